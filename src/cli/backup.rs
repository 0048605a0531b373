//! `deskbell backup`, and the same by the server's clock.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use super::render;
use super::store_arg::StoreArg;
use crate::config;
use crate::store::sqlite::backup::{self, Manifest};
use crate::store::{self, StoreError};

/// Copy the data, also while a server uses it
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  deskbell backup --data /var/lib/deskbell /mnt/backups/

The copy is checked whole and put in place together with its manifest (FILE.json), or not at all. What was acknowledged
before the command began is in it. `deskbell restore FILE` goes back to it, `deskbell drill` tries that out.")]
pub(super) struct Args {
    /// The file to make, or the directory to make one in [default: `backups` beside the database]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    store: StoreArg,
}

/// Does it.
///
/// # Errors
/// Where there is no data, the file is there already, or the disk fails.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let database = store::database(&args.store.store, &args.store.data)?;
    let file = match args.file {
        Some(file) if file.is_dir() => backup::new_file(&file),
        Some(file) => file,
        None => backup::new_file(&backup::default_directory(&database)),
    };
    let manifest = backup::make(&database, &file)?;
    render::say(&format!("{}\n{}\n", file.display(), contents(&manifest)))?;
    Ok(ExitCode::SUCCESS)
}

/// What is in a backup, for people.
pub(super) fn contents(manifest: &Manifest) -> String {
    let Manifest { conversations, entries, bytes, .. } = manifest;
    format!("{conversations} conversations, {entries} entries, {bytes} bytes")
}

/// Makes backups as the configuration says, for as long as it is polled. The first one is due when the newest that is
/// there gets too old, so restarts neither add backups nor put them off.
pub(super) async fn keep(settings: config::Backup, database: PathBuf) {
    let directory = settings.directory.clone().unwrap_or_else(|| backup::default_directory(&database));
    let interval = Duration::from_secs(settings.every_hours.saturating_mul(3_600));
    let made_at = backup::latest(&directory).map(|(_, manifest)| manifest.made_at);
    let age = made_at.map_or(interval, |at| Duration::from_millis(render::now().0.abs_diff(at)));
    if let Some(at) = made_at {
        newest(at);
    }
    let mut wait = interval.saturating_sub(age);
    loop {
        tokio::time::sleep(wait).await;
        let (database, directory, kept) = (database.clone(), directory.clone(), settings.keep);
        let made = match tokio::task::spawn_blocking(move || make_one(&database, &directory, kept)).await {
            Ok(made) => made,
            Err(fault) => Err(StoreError::Failed(fault.to_string())),
        };
        wait = match made {
            Ok((file, manifest)) => {
                newest(manifest.made_at);
                tracing::info!(file = %file.display(), "the data was backed up");
                interval
            }
            Err(error) => {
                metrics::counter!("store_backup_failures_total").increment(1);
                tracing::error!(%error, "no backup could be made");
                // Not again at once: a full disk is not emptied by trying.
                interval.min(Duration::from_secs(300))
            }
        };
    }
}

fn newest(made_at: i64) {
    metrics::gauge!("store_backup_timestamp_seconds").set(made_at as f64 / 1_000.0);
}

fn make_one(database: &Path, directory: &Path, keep: usize) -> Result<(PathBuf, Manifest), StoreError> {
    let file = backup::new_file(directory);
    let manifest = backup::make(database, &file)?;
    backup::prune(directory, keep)?;
    Ok((file, manifest))
}
