//! `deskbell restore`.

use std::path::PathBuf;
use std::process::ExitCode;

use super::backup::contents;
use super::render;
use super::store_arg::StoreArg;
use crate::store;
use crate::store::sqlite::restore;

/// Put a backup in the place of the data, which is kept aside
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  systemctl stop deskbell
  deskbell restore --data /var/lib/deskbell /mnt/backups/deskbell-20261122T004210.123Z.db
  systemctl start deskbell

The server has to be stopped. The backup is compared with its manifest and checked whole first. The data that was there is
moved to a directory `replaced-TIME` beside the database. Clients load everything anew: the data gets a new epoch.")]
pub(super) struct Args {
    /// The backup; its manifest lies beside it as FILE.json
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    store: StoreArg,
}

/// Does it.
///
/// # Errors
/// Where the backup is not sound, a server runs, or the disk fails.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let database = store::database(&args.store.store, &args.store.data)?;
    let restored = restore::restore(&args.file, &database)?;
    let mut text = format!("{} restored: {}\n", database.display(), contents(&restored.manifest));
    if let Some(kept) = restored.kept {
        text += &format!("what was there lies in {}\n", kept.display());
    }
    render::say(&text)?;
    Ok(ExitCode::SUCCESS)
}
