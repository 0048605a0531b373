//! `deskbell plan`: what an edit changes in the answers to what visitors really asked.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, anyhow, bail};
use clap::ValueEnum;
use serde::Deserialize;

use super::escape;
use super::render::{self, ContentArg, plural};
use super::store_arg::StoreArg;
use crate::config;
use crate::content::{self, Content, SourceFile};
use crate::redact::Redactor;
use crate::store::OpenMode;
use crate::types::{Language, Timestamp};
use crate::workshop::plan::{self, Plan, Question, Side};

/// What an edit changes in the answers to what visitors really asked
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  deskbell plan --from live --to . --since 7d
  deskbell plan --from main/ --to branch/ --questions asked.jsonl --format markdown > comment.md
  deskbell plan --from live --to . --accept 1,4

Exits with 0 where no reply changes, with 2 where some do, and with 1 where something is wrong, the command line included.")]
pub(super) struct Args {
    /// What is live: a folder, `release:NAME`, or `live`: the release that is live
    #[arg(long, value_name = "CONTENT")]
    from: String,
    /// The draft: a folder, or `release:NAME`
    #[arg(long, value_name = "CONTENT", default_value = ".")]
    to: String,
    /// What visitors asked, from a file: {"text", "language"?, "page"?, "times"?} a line. Without it, from the server's data
    #[arg(long, value_name = "FILE")]
    questions: Option<PathBuf>,
    /// How far to look back in the server's data: hours, days or weeks, such as 24h, 7d or 2w
    #[arg(long, value_name = "PERIOD", default_value = "28d", value_parser = period)]
    since: i64,
    #[command(flatten)]
    store: StoreArg,
    /// The server's configuration, whose own patterns are redacted too
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How to show the plan
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Makes tests of these lines of the plan, in the folder of --to: numbers as in 1,4, or all
    #[arg(long, value_name = "LINES", value_parser = lines)]
    accept: Option<Lines>,
}

/// Questions that are read from the server's data, at most: the newest.
const MOST: usize = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One object for programs
    Json,
    /// For a comment in a review
    Markdown,
}

/// Which lines of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Lines {
    All,
    These(Vec<usize>),
}

fn lines(text: &str) -> Result<Lines, String> {
    if text == "all" {
        return Ok(Lines::All);
    }
    let numbers: Result<Vec<usize>, _> = text.split(',').map(|n| n.trim().parse()).collect();
    numbers.map(Lines::These).map_err(|_| "numbers with commas between them, such as 1,4, or all".to_owned())
}

/// Milliseconds.
fn period(text: &str) -> Result<i64, String> {
    let wrong = || "a number of hours, days or weeks, such as 24h, 7d or 2w".to_owned();
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let unit = match unit {
        "h" => 3_600_000,
        "d" => 86_400_000,
        "w" => 7 * 86_400_000,
        _ => return Err(wrong()),
    };
    match number.parse::<i64>() {
        Ok(n) if (1..=87_600).contains(&n) => Ok(n * unit),
        _ => Err(wrong()),
    }
}

/// The exit code of a command line that cannot be read, where it is one of this command: here 2 says that replies change.
pub(super) fn usage(error: &clap::Error) -> Option<ExitCode> {
    let own = std::env::args_os().nth(1).is_some_and(|command| command == "plan");
    if !own || error.exit_code() == 0 {
        return None;
    }
    let _ = error.print();
    Some(ExitCode::FAILURE)
}

/// Runs the command. What goes wrong is said here and exits with 1.
///
/// # Errors
/// None.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    planned(&args).or_else(|error| {
        eprintln!("error: {error:#}");
        Ok(ExitCode::FAILURE)
    })
}

fn planned(args: &Args) -> anyhow::Result<ExitCode> {
    let redactor = match &args.config {
        Some(file) => match config::load(Some(file), &config::Flags::default()) {
            Ok(config) => config.privacy.redactor().unwrap_or_default(),
            Err(errors) => bail!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")),
        },
        None => Redactor::default(),
    };
    let redactor = redactor.with_all();
    let from = side(&args.from, &args.store)?;
    let (live, problems) = content::build(&from);
    sound(&args.from, &problems)?;
    let to = side(&args.to, &args.store)?;
    let (draft, problems) = live.rebuild(&to);
    sound(&args.to, &problems)?;
    let questions = match &args.questions {
        Some(file) => read(file, &redactor)?,
        None => asked(&args.store, &live, &redactor, render::now().plus_ms(-args.since))?,
    };
    if questions.is_empty() {
        eprintln!("warning: there are no questions to answer; look further back with --since, or give --questions");
    }
    let live = Side { content: &live, files: &from };
    let plan = plan::plan(&live, &Side { content: &draft, files: &to }, &questions);
    if let Some(lines) = &args.accept {
        return accept(args, &plan, lines, &to);
    }
    let out = match args.format {
        Format::Text => escape::plain(&plan.text()).into_owned(),
        Format::Json => serde_json::to_string(&plan)? + "\n",
        Format::Markdown => plan.markdown(),
    };
    render::say(&out)?;
    Ok(if plan.changes() == 0 { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

/// The files of a folder or of a release.
fn side(name: &str, store: &StoreArg) -> anyhow::Result<Vec<SourceFile>> {
    let release = name.strip_prefix("release:");
    if name != "live" && release.is_none() {
        let (files, problems) = ContentArg { content: PathBuf::from(name) }.files()?;
        sound(name, &problems)?;
        return Ok(files);
    }
    store.with(OpenMode::Existing, async |store| {
        let id = match release {
            Some(name) => store.release_named(name).await?.ok_or_else(|| anyhow!("there is no release `{name}`"))?.id,
            None => store.live().await?.ok_or_else(|| anyhow!("no release is live; name a folder or a release"))?.0,
        };
        store.release_files(id).await?.ok_or_else(|| anyhow!("the files of `{name}` are not there any more"))
    })
}

/// A content with an error is not what would go live, so a plan of it would be of something else.
fn sound(name: &str, problems: &[content::Problem]) -> anyhow::Result<()> {
    match problems.iter().find(|p| p.is_error()) {
        Some(first) => {
            let (errors, _) = content::count(problems);
            bail!(
                "{name} has {errors} error{}: {} {} (see `deskbell check`)",
                plural(errors),
                first.location,
                first.message
            )
        }
        None => Ok(()),
    }
}

/// Questions of a file, one object a line.
fn read(path: &Path, redactor: &Redactor) -> anyhow::Result<Vec<Question>> {
    #[derive(Deserialize)]
    struct Line {
        text: String,
        #[serde(default)]
        language: Option<String>,
        #[serde(default)]
        page: Option<String>,
        #[serde(default = "once")]
        times: u32,
    }
    const fn once() -> u32 {
        1
    }
    let file = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let at = render::now();
    let mut questions = Vec::new();
    for (number, line) in (1_usize..).zip(file.lines()).filter(|(_, l)| !l.trim().is_empty()) {
        let place = || format!("{}:{number}", path.display());
        let line: Line = serde_json::from_str(line)
            .with_context(|| format!("{} is not {{\"text\": …, \"language\"?: …}}", place()))?;
        let language: Option<Language> = line
            .language
            .map(|l| l.parse())
            .transpose()
            .with_context(|| format!("{} names no language code", place()))?;
        let text = redactor.redact(&line.text).into_owned();
        let page = line.page.map(|p| redactor.redact(&p).into_owned());
        questions.push(Question { text, language, page, at, times: line.times });
    }
    Ok(questions)
}

/// What visitors asked since then, as the server's data has it; redacted before anything else is done with it.
fn asked(store: &StoreArg, live: &Content, redactor: &Redactor, since: Timestamp) -> anyhow::Result<Vec<Question>> {
    let (asked, _) = store.with(OpenMode::Existing, async |store| {
        Ok(crate::desk::asked(&*store, &live.settings, redactor, since, MOST).await?)
    })?;
    let question = |a: crate::workshop::asked::Asked| Question {
        text: a.text,
        language: a.language,
        page: a.page,
        at: a.at,
        times: 1,
    };
    Ok(asked.into_iter().map(question).collect())
}

/// Writes tests for accepted lines into the folder of the draft: those that hold there.
fn accept(args: &Args, plan: &Plan, lines: &Lines, files: &[SourceFile]) -> anyhow::Result<ExitCode> {
    let root = Path::new(&args.to);
    if !root.is_dir() {
        bail!("--accept writes tests, so --to must be a folder");
    }
    let numbers: Vec<usize> = match lines {
        Lines::All => plan.changes.iter().map(|c| c.number).collect(),
        Lines::These(numbers) => numbers.clone(),
    };
    if let Some(wrong) = numbers.iter().find(|n| **n == 0 || **n > plan.changes()) {
        bail!("there is no line {wrong}: the plan has {} line{}", plan.changes(), plural(plan.changes()));
    }
    let made = plan::accepted(plan, &numbers, files);
    for file in &made.files {
        let path = root.join(&file.path);
        render::replace(&path, &file.bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let mut out = String::new();
    for wanted in &made.written {
        out += &format!("{wanted}\n");
    }
    for (number, why) in &made.refused {
        out += &format!("{number:>5}  no test: {why}\n");
    }
    let (tests, files) = (made.written.len(), made.files.len());
    out += &format!("{tests} test{} in {files} file{}\n", plural(tests), plural(files));
    render::say(&escape::plain(&out))?;
    Ok(if made.refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
