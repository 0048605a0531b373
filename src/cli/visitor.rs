//! `deskbell visitor`: one person's data, everywhere.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::escape;
use super::store_arg::StoreArg;
use crate::store::privacy::{self, Audience};
use crate::store::{self, Act, By, Note, OpenMode, Store};
use crate::types::{Timestamp, VisitorId};

/// Tries to take what was deleted from the disk, and the time between them.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(500);

/// One person's data
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  deskbell visitor find anna@mail.example
  deskbell visitor export 3f0c9a51d2b84e6f9a51d2b84e6f3f0c > anna.json
  deskbell visitor erase 3f0c9a51d2b84e6f9a51d2b84e6f3f0c")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print the ids of visitors with this address, signed by a site or typed into a conversation
    #[command(after_help = "Example:\n  deskbell visitor find anna@mail.example --data ./data")]
    Find {
        /// In any case
        email: String,
        #[command(flatten)]
        store: StoreArg,
    },
    /// Print everything about one person as JSON
    #[command(after_help = "Example:\n  deskbell visitor export 3f0c9a51d2b84e6f9a51d2b84e6f3f0c > anna.json

The id stands in the console beside a conversation, and in what `visitor find` prints.")]
    Export {
        /// 32 hexadecimal digits
        id: VisitorId,
        #[command(flatten)]
        store: StoreArg,
    },
    /// Let a visitor write no more
    #[command(
        after_help = "Example:\n  deskbell visitor block 3f0c9a51d2b84e6f9a51d2b84e6f3f0c --reason 'threats' --hours 48

A running server closes the visitor's sockets and open chats within a second. Whoever throws their token away is a new
visitor; one who is signed for by a site is found again."
    )]
    Block {
        /// 32 hexadecimal digits
        id: VisitorId,
        /// For colleagues
        #[arg(long)]
        reason: String,
        /// For so long; left out: until it is taken back
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=8_784))]
        hours: Option<u32>,
        #[command(flatten)]
        store: StoreArg,
    },
    /// Let a visitor write again
    #[command(after_help = "Example:\n  deskbell visitor unblock 3f0c9a51d2b84e6f9a51d2b84e6f3f0c")]
    Unblock {
        /// 32 hexadecimal digits
        id: VisitorId,
        #[command(flatten)]
        store: StoreArg,
    },
    /// Print who may not write, one JSON object a line
    #[command(after_help = "Example:\n  deskbell visitor blocked --data ./data")]
    Blocked {
        #[command(flatten)]
        store: StoreArg,
    },
    /// Erase everything about one person, for good
    #[command(after_help = "Example:\n  deskbell visitor erase 3f0c9a51d2b84e6f9a51d2b84e6f3f0c

Beside a running server too, which closes the person's sockets within a second. Ends when nothing is left in the
database and its log; a backup that is restored later obeys. Copies that were made before are named: they go with age,
or by your hand.")]
    Erase {
        /// 32 hexadecimal digits
        id: VisitorId,
        #[command(flatten)]
        store: StoreArg,
    },
}

/// Longest reason of a block, characters; more is cut off.
const REASON: usize = 500;

fn now() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_millisecond())
}

/// Does it.
///
/// # Errors
/// Where the store fails.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Find { email, store } => {
            let found = store.with(OpenMode::Existing, async |store| Ok(store.find_visitors(&email).await?))?;
            let mut out = std::io::stdout().lock();
            for id in &found {
                writeln!(out, "{id}")?;
            }
            if found.is_empty() { nobody("there is no visitor with this address") } else { Ok(ExitCode::SUCCESS) }
        }
        Command::Export { id, store } => {
            let found = store.with(OpenMode::Existing, async |store| {
                let found = privacy::export(&*store, id, Audience::Operator).await?;
                if found.is_some() {
                    store.audit(Note::new(By::command(), Act::Export, id)).await?;
                }
                Ok(found)
            })?;
            let Some(found) = found else { return nobody("there is no such visitor") };
            writeln!(std::io::stdout().lock(), "{}", escape::json(&serde_json::to_string_pretty(&found)?))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Block { id, reason, hours, store } => {
            let until = hours.map(|h| now().plus_ms(i64::from(h) * 3_600_000));
            let reason: String = reason.trim().chars().take(REASON).collect();
            let done = store
                .with(OpenMode::Existing, async |store| Ok(store.block(id, until, &reason, By::command()).await?))?;
            if done { Ok(ExitCode::SUCCESS) } else { nobody("there is no such visitor") }
        }
        Command::Unblock { id, store } => {
            let done = store.with(OpenMode::Existing, async |store| Ok(store.unblock(id, By::command()).await?))?;
            if done { Ok(ExitCode::SUCCESS) } else { nobody("this visitor is not blocked") }
        }
        Command::Blocked { store } => {
            let all = store.with(OpenMode::Existing, async |store| Ok(store.blocked().await?))?;
            let mut out = std::io::stdout().lock();
            for b in all {
                let line = serde_json::json!({
                    "visitor": b.visitor.to_string(), "since": b.at.0, "until": b.until.map(|t| t.0),
                    "reason": b.reason, "by": b.by,
                });
                writeln!(out, "{}", escape::json(&line.to_string()))?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Erase { id, store } => {
            let copies = copies(&store);
            let erased = store.with(OpenMode::Existing, async |store| erase(&*store, id).await)?;
            if !erased {
                return nobody("there is no such visitor");
            }
            for copy in copies? {
                eprintln!("deskbell: a copy from before is kept and may hold the same: {}", copy.display());
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn erase(store: &dyn Store, id: VisitorId) -> anyhow::Result<bool> {
    let gone = store.erase_visitor(id, By::command()).await?;
    // Whoever asks again may do so because the first time did not come to its end.
    let again = gone.is_none() && store.tombstones(0).await?.iter().any(|stone| stone.id == id.0);
    if gone.is_none() && !again {
        return Ok(false);
    }
    let mut whole = true;
    for _ in 0..TRIES {
        match store.purge(whole).await {
            Ok(true) => return Ok(true),
            // Rewritten it is; the log is still read.
            Ok(false) => whole = false,
            Err(crate::store::StoreError::Busy) => {}
            Err(e) => return Err(e).context("it is erased, but what was deleted could not be taken from the disk"),
        }
        tokio::time::sleep(PAUSE).await;
    }
    bail!("it is erased, but the database's log is in use all the time: run this again")
}

/// Copies of the data that lie beside it.
fn copies(arg: &StoreArg) -> anyhow::Result<Vec<PathBuf>> {
    let database = store::database(&arg.store, &arg.data)?;
    let (directory, name) = (database.parent().unwrap_or(".".as_ref()), database.file_name().unwrap_or_default());
    let name = name.to_string_lossy().into_owned();
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).with_context(|| directory.display().to_string())? {
        let entry = entry?;
        let file = entry.file_name().to_string_lossy().into_owned();
        let copy = file.starts_with("replaced-")
            || file.starts_with(&format!("{name}.schema-")) && !file.ends_with(".json")
            || file.starts_with(&format!("{name}-wal.damaged-"));
        let backups = file == "backups" && std::fs::read_dir(entry.path()).is_ok_and(|mut all| all.next().is_some());
        if copy || backups {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

fn nobody(words: &str) -> anyhow::Result<ExitCode> {
    eprintln!("deskbell: {words}");
    Ok(ExitCode::FAILURE)
}
