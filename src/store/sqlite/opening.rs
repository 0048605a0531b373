//! From a path to a database that may be used: settings in force, sound, of this program's schema, nothing missing.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rusqlite::Connection;

use super::ballast::Ballast;
use super::connection::{self, Checkpoints, Location, Shared, failed, refused};
use super::directory::{self, Lock};
use super::migrations::BeforeMigration;
use super::readers::Readers;
use super::watermark::{self, Finding, Watermark};
use super::writer::Writer;
use super::{Options, Sqlite, migrations, privacy, random, stamp};
use crate::store::{OpenMode, StoreError};

/// Up to this size the whole file is checked at the start: about a second. Larger ones are checked by each backup.
const CHECKED: u64 = 256 * 1024 * 1024;

pub(super) fn open(options: &Options) -> Result<Sqlite, StoreError> {
    let lock = match (&options.location, options.mode) {
        (Location::Memory, _) => None,
        (Location::File(path), OpenMode::Serve) => {
            directory::prepare(path)?;
            Some(Lock::take(path)?)
        }
        (Location::File(path), mode) => {
            if mode == OpenMode::Existing && !path.is_file() {
                return Err(StoreError::Refused(format!("there is no data at {}", path.display())));
            }
            directory::prepare(path)?;
            None
        }
    };
    let beside = lock.is_none() && options.location != Location::Memory;
    let checkpoints = if beside { Checkpoints::Leave } else { Checkpoints::Make };
    let mut connection = connection::writer(&options.location, checkpoints)?;
    let (epoch, watermark) = match &options.location {
        Location::Memory => {
            migrations::run(&mut connection, migrations::STEPS, random()?).map_err(|e| failed(&e))?;
            (watermark::in_database(&connection).map_err(|e| failed(&e))?.epoch, None)
        }
        Location::File(path) if beside => (prepare_beside(&mut connection, path, options.before_migration)?, None),
        Location::File(path) => {
            check_pages(&connection, path)?;
            let watermark = prepare(&mut connection, path, options.before_migration)?;
            (watermark.epoch(), Some(watermark))
        }
    };
    if let Some(pages) = options.max_pages {
        let set = connection.execute_batch(&format!("PRAGMA max_page_count = {pages}"));
        set.map_err(|e| failed(&e))?;
    }
    let connection: Shared = Arc::new(Mutex::new(connection));
    let reading: Vec<Shared> = match &options.location {
        // A second connection would see another database.
        Location::Memory => vec![Arc::clone(&connection)],
        Location::File(path) => (0..options.readers.max(1))
            .map(|_| Ok(Arc::new(Mutex::new(connection::reader(path)?))))
            .collect::<Result<_, StoreError>>()?,
    };
    let ballast = match (&options.location, &lock) {
        (Location::File(path), Some(_)) => Ballast::take(path).map(Arc::new),
        _ => None,
    };
    let readers = Readers::start(reading, options.queue.max(1))?;
    let writer = Writer::start(connection, watermark, ballast.clone(), options.queue, options.group)?;
    Ok(Sqlite { epoch, location: options.location.clone(), ballast, readers, writer, _lock: lock })
}

/// For whoever holds the lock: looks for what is missing, brings the schema up to date and starts the mark.
fn prepare(connection: &mut Connection, path: &Path, before: BeforeMigration) -> Result<Watermark, StoreError> {
    let refuse = |e: rusqlite::Error| refused(path, &e);
    let interrupted = restoring(path);
    if interrupted.exists() {
        let words = format!(
            "the last restore was interrupted ({} is there): run `deskbell restore` again before anything else",
            interrupted.display()
        );
        return Err(StoreError::Refused(words));
    }
    migrations::check(connection).map_err(refuse)??;
    let file = Watermark::path(path);
    let unmarked = |e: std::io::Error| StoreError::Refused(format!("cannot use {}: {e}", file.display()));
    let found = match migrations::version(connection).map_err(refuse)? {
        0 => None,
        _ => Some(watermark::in_database(connection).map_err(refuse)?),
    };
    let finding = Finding::new(Watermark::read(&file).map_err(unmarked)?, found);
    report(finding, path)?;
    migrations::change(connection, path, migrations::STEPS, before)?;
    privacy::obey(connection, path)?;
    if finding != Finding::Whole {
        let renamed = connection.execute("UPDATE meta SET epoch = ?1", [random()?.cast_signed()]);
        renamed.map_err(refuse)?;
    }
    let epoch = watermark::in_database(connection).map_err(refuse)?.epoch;
    let mut watermark = Watermark::start(&file, epoch).map_err(unmarked)?;
    watermark.finish(connection);
    Ok(watermark)
}

/// The same for a command. The schema is not changed under a running server, which may be an older program.
fn prepare_beside(connection: &mut Connection, path: &Path, before: BeforeMigration) -> Result<u64, StoreError> {
    let refuse = |e: rusqlite::Error| refused(path, &e);
    // A server that has just begun creates the schema in a moment.
    for _ in 0..100 {
        migrations::check(connection).map_err(refuse)??;
        // Nobody serves: what a server would notice is noticed before this command writes over it.
        if let Some(_lock) = Lock::try_take(path)? {
            return prepare(connection, path, before).map(|watermark| watermark.epoch());
        }
        if migrations::version(connection).map_err(refuse)? == migrations::KNOWN {
            return Ok(watermark::in_database(connection).map_err(refuse)?.epoch);
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let words =
        "the running server is an older version of deskbell than this command; restart it with this version first";
    Err(StoreError::Refused(words.to_owned()))
}

/// What a restore puts the new database at before the old one makes room for it.
pub(super) fn restoring(path: &Path) -> PathBuf {
    directory::beside(path, ".restoring")
}

/// Tells the operator, and keeps a log of SQLite that lost something before anything is written over it.
fn report(finding: Finding, path: &Path) -> Result<(), StoreError> {
    match finding {
        Finding::Whole => return Ok(()),
        Finding::Unknown => {
            tracing::warn!("the store has no watermark: clients load everything anew, in case something is missing");
            return Ok(());
        }
        Finding::Lost(transactions) => {
            tracing::error!(transactions, "data_loss_detected: data was lost since the last run; clients load anew");
        }
        Finding::Other => {
            tracing::error!("data_loss_detected: the database is another one than in the last run; clients load anew");
        }
    }
    metrics::counter!("data_loss_detected").increment(1);
    let log = directory::beside(path, "-wal");
    if std::fs::metadata(&log).is_ok_and(|m| m.len() > 0) {
        let kept = directory::beside(path, &format!("-wal.damaged-{}", stamp()));
        let copied = directory::private_file(&kept)
            .and_then(|mut to| std::io::copy(&mut std::fs::File::open(&log)?, &mut to).and_then(|_| to.sync_all()));
        copied.map_err(|e| StoreError::Refused(format!("{} cannot be kept: {e}", log.display())))?;
        tracing::error!(file = %kept.display(), "the log as it was found is kept");
    }
    Ok(())
}

/// Whether the file is sound, as far as that can be told in about a second.
fn check_pages(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    if std::fs::metadata(path).is_ok_and(|m| m.len() >= CHECKED) {
        tracing::info!("the database is large and not checked at the start; each backup checks it");
        return Ok(());
    }
    let verdict: String =
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(|e| refused(path, &e))?;
    if verdict != "ok" {
        let path = path.display();
        let words = format!("{path} is damaged ({verdict}); keep the file and restore a backup");
        return Err(StoreError::Refused(words));
    }
    Ok(())
}
