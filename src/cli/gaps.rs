//! `deskbell gaps`: what visitors asked in vain, and the edits that put it right.

mod change;
mod report;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{anyhow, bail};

use super::render::{self, ContentArg};
use super::store_arg::StoreArg;
use crate::config;
use crate::content::{self, Content, Problem, SourceFile};
use crate::desk;
use crate::redact::Redactor;
use crate::store::{By, OpenMode};
use crate::types::Language;
use crate::workshop::gaps::{Cluster, Gaps, Period};

/// What visitors asked in vain
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  deskbell gaps --data ./data                       the questions, by meaning; what helps most visitors first
  deskbell gaps --add 3fa9c2d1 --to delivery-time --text 1,3
  deskbell gaps --new 3fa9c2d1 --id gift-wrap --answer 'We do, for 2 €.' --answer de='Ja, für 2 €.'
  deskbell gaps --ignore 3fa9c2d1

--add and --new change the files of --content and nothing else in them; what they changed is printed. The data is only
read, also while a server uses it, but for --ignore and --restore. Exits with 1 where there is no such cluster or entry.
See docs/gaps.md.")]
pub(super) struct Args {
    #[command(flatten)]
    content: ContentArg,
    #[command(flatten)]
    store: StoreArg,
    /// Time to look back: 28d, 12h, 4w
    #[arg(long, value_name = "TIME", default_value = "28d", value_parser = span)]
    since: i64,
    /// `json` for programs
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// A configuration whose own patterns are taken out of texts, too
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// List what was ignored for good
    #[arg(long, group = "deed")]
    ignored: bool,
    /// Add the texts of this cluster to the examples of an intent, or the questions of an article
    #[arg(long, value_name = "CLUSTER", group = "deed", requires = "to")]
    add: Option<String>,
    /// With --add: the intent or article
    #[arg(long, value_name = "ENTRY", requires = "add")]
    to: Option<String>,
    /// Make a new intent of this cluster
    #[arg(long, value_name = "CLUSTER", group = "deed", requires_all = ["id", "answer"])]
    new: Option<String>,
    /// With --new: how it is called, such as `gift-wrap`
    #[arg(long, value_name = "ID", requires = "new")]
    id: Option<String>,
    /// With --new: the answer, in the first language of the content or as `de=…`; once a language
    #[arg(long, value_name = "TEXT", requires = "new")]
    answer: Vec<String>,
    /// With --new: shown to visitors when the bot asks which is meant
    #[arg(long, value_name = "TEXT", requires = "new", default_value = "")]
    title: String,
    /// With --new: the file, such as `intents/gifts.yaml`; else that of the nearest intent
    #[arg(long, value_name = "PATH", requires = "new")]
    file: Option<String>,
    /// With --add and --new: which of the listed texts, such as `1,3`; else all that are listed
    #[arg(long, value_name = "N,N", value_delimiter = ',')]
    text: Vec<usize>,
    /// Ignore this cluster for good, and what will be asked of its meaning
    #[arg(long, value_name = "CLUSTER", group = "deed")]
    ignore: Option<String>,
    /// Show again what has this number in --ignored
    #[arg(long, value_name = "N", group = "deed")]
    restore: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Milliseconds of `28d`, `12h`, `4w`.
fn span(text: &str) -> Result<i64, String> {
    let wrong = || "a number with h, d or w behind it, such as 28d; at most ten years".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let ms = match unit {
        'h' => 3_600_000,
        'd' => 86_400_000,
        'w' => 7 * 86_400_000,
        _ => return Err(wrong()),
    };
    let number: i64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    number.checked_mul(ms).filter(|span| (1..=3_660 * 86_400_000).contains(span)).ok_or_else(wrong)
}

/// Runs the command.
///
/// # Errors
/// If there is no content at that place, no data, or an edit is refused.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let own = match &args.config {
        Some(file) => match config::load(Some(file), &config::Flags::default()) {
            Ok(config) => config.privacy.redactor().unwrap_or_default(),
            Err(errors) => bail!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")),
        },
        None => Redactor::default(),
    };
    if args.ignored || args.restore.is_some() {
        return ignored(&args);
    }
    let (files, mut problems) = args.content.files()?;
    let (content, found) = content::build(&files);
    problems.extend(found);
    let loaded = Whole { content, files, problems };
    let until = render::now();
    let period = Period { since: until.plus_ms(-args.since), until };
    let redactor = own.with_all();
    let (heard, ignored) = args.store.with(OpenMode::Existing, async |store| {
        let heard = desk::heard(&*store, &loaded.content.settings, &redactor, period.since).await?;
        Ok((heard, store.ignored().await?))
    })?;
    let texts: Vec<String> = ignored.into_iter().map(|i| i.text).collect();
    let gaps = heard.gaps(&loaded.content, &texts, period);
    if let Some(id) = &args.ignore {
        let Some(cluster) = find(&gaps, id) else { return Ok(ExitCode::FAILURE) };
        let text = cluster.known_by.join("\n");
        let number =
            args.store.with(OpenMode::Existing, async |store| Ok(store.ignore(&text, By::command()).await?))?;
        let number = number.ok_or_else(|| anyhow!("too many clusters are ignored"))?;
        render::say(&format!("ignored; `deskbell gaps --restore {number}` shows it again\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    if let (Some(id), Some(to)) = (&args.add, &args.to) {
        let Some(cluster) = find(&gaps, id) else { return Ok(ExitCode::FAILURE) };
        return change::add(&args.content, &loaded, to, &chosen(cluster, &args.text)?);
    }
    if let (Some(id), Some(new)) = (&args.new, &args.id) {
        let Some(cluster) = find(&gaps, id) else { return Ok(ExitCode::FAILURE) };
        let default = loaded.content.settings.default_language();
        let new = crate::workshop::edit::NewIntent {
            id: new.clone(),
            title: args.title.clone(),
            examples: chosen(cluster, &args.text)?,
            answer: args.answer.iter().map(|a| answer(a, default)).collect(),
        };
        return change::new(&args.content, &loaded, args.file.as_deref(), cluster, &new);
    }
    render::say(&match args.format {
        Format::Text => report::text(&gaps, period),
        Format::Json => report::json(&gaps),
    })?;
    Ok(ExitCode::SUCCESS)
}

/// A content, what it was made of, and what is wrong with it.
struct Whole {
    content: Content,
    files: Vec<SourceFile>,
    problems: Vec<Problem>,
}

fn ignored(args: &Args) -> anyhow::Result<ExitCode> {
    let found = args.store.with(OpenMode::Existing, async |store| match args.restore {
        Some(id) => Ok(Err(store.unignore(id, By::command()).await?)),
        None => Ok(Ok(store.ignored().await?)),
    })?;
    match found {
        Ok(all) => {
            render::say(&match args.format {
                Format::Text => report::ignored(&all),
                Format::Json => report::ignored_json(&all),
            })?;
            Ok(ExitCode::SUCCESS)
        }
        Err(true) => Ok(ExitCode::SUCCESS),
        Err(false) => {
            eprintln!("deskbell: nothing ignored has this number");
            Ok(ExitCode::FAILURE)
        }
    }
}

/// The cluster with this id, or one that begins so.
fn find<'a>(gaps: &'a Gaps, id: &str) -> Option<&'a Cluster> {
    let mut found = gaps.clusters.iter().filter(|c| !id.is_empty() && c.id.starts_with(id));
    let first = found.next().filter(|_| found.next().is_none());
    if first.is_none() {
        eprintln!("deskbell: there is no cluster `{id}` now; `deskbell gaps` lists them");
    }
    first
}

/// The texts with these numbers, as they are listed.
fn chosen(cluster: &Cluster, numbers: &[usize]) -> anyhow::Result<Vec<String>> {
    let samples: Vec<&str> = cluster.samples.iter().map(|s| s.text.as_str()).collect();
    if numbers.is_empty() {
        return Ok(samples.iter().map(|t| (*t).to_owned()).collect());
    }
    let one = |n: &usize| n.checked_sub(1).and_then(|n| samples.get(n)).map(|t| (*t).to_owned());
    numbers.iter().map(|n| one(n).ok_or_else(|| anyhow!("there is no text {n} in this cluster"))).collect()
}

/// `de=…` as its language, anything else as the first of the content.
fn answer(text: &str, default: Language) -> (Language, String) {
    let named = text.split_once('=').filter(|(code, _)| code.bytes().all(|b| b.is_ascii_lowercase()));
    match named.and_then(|(code, rest)| Some((code.parse().ok()?, rest.to_owned()))) {
        Some(named) => named,
        None => (default, text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_answers_are_read() {
        for (text, wanted) in [("28d", Some(2_419_200_000)), ("1h", Some(3_600_000)), ("2w", Some(1_209_600_000))] {
            assert_eq!(span(text).ok(), wanted);
        }
        for text in ["", "d", "28", "0d", "-1d", "é", "9999999999999999w", "4000d"] {
            assert!(span(text).is_err(), "{text}");
        }
        assert_eq!(answer("de=Ja", Language::EN), (Language::DE, "Ja".to_owned()));
        assert_eq!(answer("a = b", Language::EN), (Language::EN, "a = b".to_owned()));
        assert_eq!(answer("Yes", Language::EN), (Language::EN, "Yes".to_owned()));
    }
}
