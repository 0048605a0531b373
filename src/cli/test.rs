//! `deskbell test`: the tests that lie in the content.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::ValueEnum;
use serde::Serialize;

use super::render::{self, ContentArg, plural};
use crate::workshop::cases::{Outcome, outcomes};

/// Runs the tests that lie in the content: `expect` and `reject` lines, and conversations in *.test.md.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  deskbell test --content shop\n  deskbell test --format junit > report.xml\n\nExits 1 if a test fails."
)]
pub(super) struct Args {
    #[command(flatten)]
    content: ContentArg,
    /// How to show the results
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people: what failed, and a summary
    Text,
    /// One object a test, one a line
    Json,
    /// JUnit XML
    Junit,
}

/// Runs the command.
///
/// # Errors
/// If there is no content at that place.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let content = args.content.load_sound()?;
    let outcomes = outcomes(&content, render::now());
    let out = match args.format {
        Format::Text => text(&outcomes),
        Format::Json => json_lines(&outcomes),
        Format::Junit => junit(&outcomes),
    };
    if !out.is_empty() {
        render::say(&format!("{out}\n"))?;
    }
    let failed = outcomes.iter().any(|o| !o.failures.is_empty());
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn text(outcomes: &[Outcome<'_>]) -> String {
    let mut out = String::new();
    for outcome in outcomes.iter().filter(|o| !o.failures.is_empty()) {
        let _ = writeln!(out, "FAIL {} {}", outcome.test.location, outcome.test.name);
        for (location, message) in &outcome.failures {
            let place = if *location == outcome.test.location { String::new() } else { format!("{location} ") };
            let _ = writeln!(out, "     {place}{}", message.replace('\n', "\n     "));
        }
    }
    let failed = outcomes.iter().filter(|o| !o.failures.is_empty()).count();
    if failed > 0 {
        out.push('\n');
    }
    let _ = write!(
        out,
        "{} test{}, {} passed, {failed} failed",
        outcomes.len(),
        plural(outcomes.len()),
        outcomes.len() - failed
    );
    out
}

fn json_lines(outcomes: &[Outcome<'_>]) -> String {
    #[derive(Serialize)]
    struct Row<'a> {
        name: &'a str,
        ok: bool,
        file: &'a str,
        line: u32,
        column: u32,
        messages: Vec<&'a str>,
    }
    let rows = outcomes.iter().map(|o| Row {
        name: &o.test.name,
        ok: o.failures.is_empty(),
        file: &o.test.location.file,
        line: o.test.location.line,
        column: o.test.location.column,
        messages: o.failures.iter().map(|(_, m)| m.as_str()).collect(),
    });
    rows.filter_map(|r| serde_json::to_string(&r).ok()).collect::<Vec<_>>().join("\n")
}

fn junit(outcomes: &[Outcome<'_>]) -> String {
    let failed = outcomes.iter().filter(|o| !o.failures.is_empty()).count();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"deskbell\" tests=\"{}\" failures=\"{failed}\" errors=\"0\" skipped=\"0\">\n",
        outcomes.len()
    );
    for o in outcomes {
        let at = &o.test.location;
        let _ = write!(
            out,
            "    <testcase classname=\"{}\" name=\"{}\" file=\"{0}\" line=\"{}\"",
            xml(&at.file),
            xml(&o.test.name),
            at.line
        );
        if o.failures.is_empty() {
            out += "/>\n";
            continue;
        }
        out += ">\n";
        for (location, message) in &o.failures {
            let _ = writeln!(
                out,
                "      <failure message=\"{}\">{}</failure>",
                xml(message),
                xml(&format!("{location}\n{message}"))
            );
        }
        out += "    </testcase>\n";
    }
    out + "  </testsuite>\n</testsuites>"
}

/// A text as XML holds it; what XML cannot hold at all is left out.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\n' => out += "&#10;",
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{self, Content, SourceFile};
    use crate::types::Timestamp;

    fn content() -> Content {
        let intents = "intents:
  - id: order-status
    keywords: [{any: [parcel]}]
    answer: On its way.
    expect: [my parcel, 'my <letter> & co']
    reject: [a parcel please]
  - id: after-hours
    keywords: [{any: [night]}]
    when: {page: /night/*, hours: closed}
    valid_from: 2030-01-01
    answer: We sleep.
    expect: [at night]
";
        let settings = "[hours]\nmonday = [\"08:00-18:00\"]\n";
        let file = |path: &str, text: &str| SourceFile { path: path.to_owned(), bytes: text.into() };
        let (content, problems) = content::build(&[file("deskbell.toml", settings), file("intents/a.yaml", intents)]);
        assert_eq!(problems, []);
        content
    }

    #[test]
    fn each_form_of_report() {
        let content = content();
        // A Monday inside the hours, years before the intent of the night is valid.
        let outcomes = outcomes(&content, Timestamp(1_763_982_000_000));
        assert_eq!(
            text(&outcomes),
            "FAIL intents/a.yaml:5:25 order-status expect: my <letter> & co
     is not understood at all
FAIL intents/a.yaml:6:14 order-status reject: a parcel please
     is understood as `order-status` (97 %)

4 tests, 2 passed, 2 failed"
        );
        let rows = json_lines(&outcomes);
        assert_eq!(
            rows.lines().next(),
            Some(
                r#"{"name":"order-status expect: my parcel","ok":true,"file":"intents/a.yaml","line":5,"column":14,"messages":[]}"#
            )
        );
        assert_eq!(rows.lines().count(), 4);
        let xml = junit(&outcomes);
        assert!(xml.contains(r#"tests="4" failures="2""#), "{xml}");
        assert!(xml.contains(r#"<testcase classname="intents/a.yaml" name="order-status expect: my &lt;letter&gt; &amp; co" file="intents/a.yaml" line="5">"#), "{xml}");
    }
}
