//! `deskbell notice`: what all visitors are told, such as that something is broken.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

use super::store_arg::StoreArg;
use crate::store::{By, Notice, OpenMode};
use crate::types::Timestamp;

/// Tell all visitors something, such as that something is broken
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  deskbell notice set --text en='We cannot take cards right now.' --text de='Kartenzahlung geht gerade nicht.' --until 2h
  deskbell notice clear

It stands above every chat within a second, also in those that are open, and on every page that opens the chat.")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Say it; what was said before is replaced
    #[command(
        after_help = "Example:\n  deskbell notice set --text en='Deliveries are a day late.' --until 2026-12-24T18:00:00+01:00"
    )]
    Set {
        /// Language and text, at most 500 characters; may stand several times
        #[arg(long = "text", required = true, value_name = "LANGUAGE=TEXT", value_parser = text)]
        texts: Vec<(String, String)>,
        /// Until a time (2026-12-24T18:00:00+01:00) or for so long (30m, 2h, 1d); left out: until it is cleared
        #[arg(long, value_name = "TIME", value_parser = until)]
        until: Option<i64>,
        #[command(flatten)]
        store: StoreArg,
    },
    /// Say nothing any more
    #[command(after_help = "Example:\n  deskbell notice clear")]
    Clear(StoreArg),
    /// Print it as a line of JSON
    #[command(after_help = "Example:\n  deskbell notice show")]
    Show(StoreArg),
}

/// Does it.
///
/// # Errors
/// Where a text cannot be one, or the store fails.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Set { texts, until, store } => {
            let texts: BTreeMap<String, String> = texts.into_iter().collect();
            let Some(notice) = Notice::new(texts, until.map(Timestamp)) else {
                anyhow::bail!("a text is given as en='…', with a language of two letters and at most 500 characters");
            };
            store.with(OpenMode::Existing, async |store| Ok(store.set_notice(Some(notice), By::command()).await?))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Clear(store) => {
            if store.with(OpenMode::Existing, async |store| Ok(store.set_notice(None, By::command()).await?))? {
                return Ok(ExitCode::SUCCESS);
            }
            eprintln!("deskbell: nothing was said");
            Ok(ExitCode::FAILURE)
        }
        Command::Show(store) => {
            let notice = store.with(OpenMode::Existing, async |store| Ok(store.notice().await?))?;
            if let Some(Notice { texts, until }) = notice {
                let line = serde_json::json!({ "text": texts, "until": until.map(|t| t.0) });
                writeln!(std::io::stdout().lock(), "{line}")?;
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn text(given: &str) -> Result<(String, String), String> {
    let (language, text) = given.split_once('=').ok_or("it is written as en='…'")?;
    Ok((language.to_owned(), text.to_owned()))
}

/// Milliseconds since 1970.
fn until(given: &str) -> Result<i64, String> {
    if let Ok(at) = given.parse::<jiff::Timestamp>() {
        return Ok(at.as_millisecond());
    }
    let unit = match given.chars().last() {
        Some('m') => 60_000,
        Some('h') => 3_600_000,
        Some('d') => 86_400_000,
        _ => 0,
    };
    let number = given.get(..given.len().saturating_sub(1)).and_then(|n| n.parse::<i64>().ok());
    let length = number.filter(|n| *n > 0 && unit > 0).and_then(|n| n.checked_mul(unit));
    let now = jiff::Timestamp::now().as_millisecond();
    length
        .and_then(|ms| now.checked_add(ms))
        .ok_or_else(|| "it is written as 2h, 1d or 2026-12-24T18:00:00+01:00".to_owned())
}
