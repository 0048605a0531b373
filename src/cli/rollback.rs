//! `deskbell rollback`: an earlier release is live again.

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::Context as _;

use super::render;
use super::store_arg::StoreArg;
use crate::content::{self, SourceFile};
use crate::store::workshop::Release;
use crate::store::{By, OpenMode, Store};

/// Make another release live: the one before, or a named one
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  deskbell rollback            what was live before; twice in a row comes back
  deskbell rollback autumn
  deskbell rollback 17

Servers that follow releases answer with it within a second. Nothing is deleted: what was live is still a release.
Exits 1 where there is nothing to go back to.")]
pub(super) struct Args {
    /// Name or number of a release [default: the one that was live before]
    #[arg(value_name = "NAME|ID")]
    to: Option<String>,
    #[command(flatten)]
    store: StoreArg,
}

/// Does it.
///
/// # Errors
/// Where there is no such release, or the store fails.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    args.store.with(OpenMode::Existing, async |store| {
        let Some((live, _)) = store.live().await? else {
            eprintln!("deskbell: nothing is published yet");
            return Ok(ExitCode::FAILURE);
        };
        let wanted = match &args.to {
            Some(to) => named(&*store, to).await?.with_context(|| format!("there is no release `{to}`"))?,
            None => match before(&*store, live).await? {
                Some(release) => release,
                None => {
                    eprintln!("deskbell: no other release was live before");
                    return Ok(ExitCode::FAILURE);
                }
            },
        };
        let files = async |id| anyhow::Ok(store.release_files(id).await?.unwrap_or_default());
        let (from, to) = (files(live).await?, files(wanted.id).await?);
        if !store.make_live(wanted.id, By::command()).await? {
            render::say(&format!("{} (release {}) is live already\n", wanted.name, wanted.id))?;
            return Ok(ExitCode::SUCCESS);
        }
        let changed = changes(&from, &to);
        render::say(&format!(
            "{} is live (release {}, version {})\n{changed}",
            wanted.name, wanted.id, wanted.version
        ))?;
        // It is live; what visitors will notice is told when it is found out.
        let (content, _) = content::build(&to);
        let summary = super::releases::compared(&*store, &from, &content, &to).await?;
        if let Some(words) = super::releases::in_words(&summary) {
            render::say(&format!("  of the last seven days: {words}\n"))?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

async fn named(store: &dyn Store, to: &str) -> anyhow::Result<Option<Release>> {
    Ok(match to.parse() {
        Ok(id) => store.release(id).await?,
        Err(_) => store.release_named(to).await?,
    })
}

/// What was live before `live` became so.
async fn before(store: &dyn Store, live: i64) -> anyhow::Result<Option<Release>> {
    // The release that is live was made so by the last move; that before it is of another one.
    let moves = store.moves(None, 2).await?;
    match moves.iter().find(|m| m.release != live) {
        Some(found) => Ok(store.release(found.release).await?),
        None => Ok(None),
    }
}

/// A line a file that is another.
fn changes(from: &[SourceFile], to: &[SourceFile]) -> String {
    let by_path = |files: &'_ [SourceFile]| -> BTreeMap<String, Vec<u8>> {
        files.iter().map(|f| (f.path.clone(), f.bytes.clone())).collect()
    };
    let (from, to) = (by_path(from), by_path(to));
    let mut out = String::new();
    for (path, bytes) in &to {
        match from.get(path) {
            None => out += &format!("  + {path}\n"),
            Some(other) if other != bytes => out += &format!("  ~ {path}\n"),
            Some(_) => {}
        }
    }
    for path in from.keys().filter(|path| !to.contains_key(*path)) {
        out += &format!("  - {path}\n");
    }
    if out.is_empty() { "  the same files\n".to_owned() } else { out }
}
