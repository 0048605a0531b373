//! The schema, step by step. Each step is one transaction with the number it leads to, so a kill leaves a step done or
//! not begun. Thirty lines of our own: the crates for it bring their own table or error type and cannot say the words
//! an operator needs when a newer program has written the file.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use super::connection::refused;
use super::{backup, directory, random, stamp, watermark};
use crate::fault;
use crate::store::StoreError;

pub(super) const STEPS: &[&str] = &[
    include_str!("../migrations/0001_begin.sql"),
    include_str!("../migrations/0002_sites.sql"),
    include_str!("../migrations/0003_rights.sql"),
    include_str!("../migrations/0004_privacy.sql"),
    include_str!("../migrations/0005_notice.sql"),
    include_str!("../migrations/0006_bound.sql"),
    include_str!("../migrations/0007_care.sql"),
    include_str!("../migrations/0008_beside.sql"),
    include_str!("../migrations/0009_skills.sql"),
    include_str!("../migrations/0010_workshop.sql"),
];

/// The schema that this program writes.
pub(super) const KNOWN: i64 = STEPS.len() as i64;

/// Marks the file as ours, in its header: `Dskb`.
const APPLICATION: i64 = 0x4473_6b62;

/// What comes before a change of a schema that holds data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BeforeMigration {
    /// A copy beside the database, named by its schema; without one nothing is changed.
    Copy,
    /// Nothing: whoever asked for it has a copy elsewhere.
    Nothing,
}

/// Schema of the data; 0: none yet.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Refuses what another program wrote, or a newer one.
pub(super) fn check(connection: &Connection) -> rusqlite::Result<Result<(), StoreError>> {
    let version = version(connection)?;
    if version > KNOWN {
        let words = format!(
            "the data was written by a newer version of deskbell (schema {version}, this program knows {KNOWN})"
        );
        return Ok(Err(StoreError::Refused(words)));
    }
    let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables > 0 && application != APPLICATION {
        return Ok(Err(StoreError::Refused("the file is another program's database".to_owned())));
    }
    Ok(Ok(()))
}

/// Brings the schema of a file up to date. Data of an older schema is copied before.
///
/// # Errors
/// [`StoreError::Refused`] where the copy cannot be made, with the way to go on without it; nothing was changed then.
pub(super) fn change(
    connection: &mut Connection,
    path: &Path,
    steps: &[&str],
    before: BeforeMigration,
) -> Result<(), StoreError> {
    let old = version(connection).map_err(|e| refused(path, &e))?;
    if old > 0 && old < steps.len() as i64 {
        if before == BeforeMigration::Copy {
            let kept = keep(connection, path, old)?;
            tracing::info!(schema = old, copy = %kept.display(), "the data is brought up to date; a copy is kept");
        } else {
            tracing::warn!(schema = old, "the data is brought up to date without a copy");
        }
    }
    run(connection, steps, random()?).map_err(|e| refused(path, &e))
}

/// Copies the data as it is, unless a start that was interrupted has done so.
fn keep(connection: &Connection, path: &Path, old: i64) -> Result<PathBuf, StoreError> {
    let now = watermark::in_database(connection).map_err(|e| refused(path, &e))?;
    let mut to = directory::beside(path, &format!(".schema-{old}"));
    if to.exists() {
        match backup::check(&to) {
            Ok(m) if m.schema == old && m.epoch == format!("{:016x}", now.epoch) && m.commits == now.commits => {
                return Ok(to);
            }
            // Of other data, or damaged: not ours to delete.
            _ => to = directory::beside(path, &format!(".schema-{old}-{}", stamp())),
        }
    }
    backup::make(path, &to).map_err(|e| {
        StoreError::Refused(format!(
            "the data has to be brought up to date, and the copy that is made before ({}) failed: {e}; nothing was \
             changed. Make room, or back the data up elsewhere and start with --migrate-without-backup",
            to.display()
        ))
    })?;
    Ok(to)
}

/// Takes all `steps` that are still to be taken. `epoch` names the data set if this creates it.
pub(super) fn run(connection: &mut Connection, steps: &[&str], epoch: u64) -> rusqlite::Result<()> {
    loop {
        // Two processes may come here at once: who gets the lock looks again.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version = version(&transaction)?;
        let Some(step) = usize::try_from(version).ok().and_then(|v| steps.get(v)) else {
            return Ok(());
        };
        transaction.execute_batch(step)?;
        if version == 0 {
            transaction.pragma_update(None, "application_id", APPLICATION)?;
            transaction.execute(
                "INSERT INTO meta (one, epoch, commits, people_version) VALUES (1, ?1, 0, 0)",
                [epoch.cast_signed()],
            )?;
        }
        transaction.pragma_update(None, "user_version", version + 1)?;
        fault::point("migrate_mid");
        transaction.commit()?;
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};
    use std::time::Duration;

    use super::super::connection::{self, Checkpoints, Location};
    use super::*;

    /// What comes after the schemas that there are, whatever it will be: long enough to be met by a kill.
    const NEXT: &str = "
        CREATE TABLE next (n INTEGER PRIMARY KEY, filler BLOB NOT NULL) STRICT;
        WITH RECURSIVE count (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < 20000)
        INSERT INTO next SELECT n, randomblob(400) FROM count;";

    /// Names the database to a copy of this program that does nothing but change its schema.
    const CHILD: &str = "DESKBELL_TEST_MIGRATION";

    fn open(path: &Path) -> Connection {
        connection::writer(&Location::File(path.to_owned()), Checkpoints::Make).unwrap()
    }

    fn steps() -> Vec<&'static str> {
        [STEPS, &[NEXT]].concat()
    }

    /// A database of the newest schema with one visitor in it.
    fn database(directory: &Path) -> PathBuf {
        let path = directory.join("deskbell.db");
        directory::prepare(&path).unwrap();
        let mut connection = open(&path);
        run(&mut connection, STEPS, 7).unwrap();
        connection.execute("INSERT INTO visitor (id, created_at) VALUES (zeroblob(16), 5)", []).unwrap();
        connection.execute("UPDATE meta SET commits = commits + 1", []).unwrap();
        path
    }

    fn visitors(path: &Path) -> i64 {
        let connection = connection::reader(path).unwrap();
        let sound: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(sound, "ok");
        connection.query_row("SELECT count(*) FROM visitor", [], |row| row.get(0)).unwrap()
    }

    fn copies(path: &Path) -> Vec<String> {
        let names = std::fs::read_dir(directory::parent(path)).unwrap().map(|e| e.unwrap().file_name());
        let mut names: Vec<String> = names.filter_map(|n| n.into_string().ok()).collect();
        names.retain(|n| n.contains(".schema-") && !n.ends_with(".json") && !n.contains(".part"));
        names
    }

    #[test]
    fn data_is_copied_before_it_is_changed_and_new_data_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = database(directory.path());
        let mut connection = open(&path);
        change(&mut connection, &path, STEPS, BeforeMigration::Copy).unwrap();
        assert!(copies(&path).is_empty(), "there was nothing to change");
        change(&mut connection, &path, &steps(), BeforeMigration::Copy).unwrap();
        assert_eq!(version(&connection).unwrap(), KNOWN + 1);
        let copy = directory.path().join(format!("deskbell.db.schema-{KNOWN}"));
        assert_eq!(backup::check(&copy).unwrap().schema, KNOWN);
        assert_eq!((visitors(&copy), visitors(&path)), (1, 1));
        let new = directory.path().join("new.db");
        directory::prepare(&new).unwrap();
        change(&mut open(&new), &new, &steps(), BeforeMigration::Copy).unwrap();
        assert_eq!(copies(&path).len(), 1, "an empty file is nothing to copy");
    }

    #[test]
    fn without_a_copy_nothing_is_changed_unless_that_is_wanted() {
        let directory = tempfile::tempdir().unwrap();
        let path = database(directory.path());
        // A directory where the copy would be written.
        let part = directory.path().join(format!("deskbell.db.schema-{KNOWN}.part"));
        std::fs::create_dir_all(part.join("in-the-way")).unwrap();
        let mut connection = open(&path);
        let told = change(&mut connection, &path, &steps(), BeforeMigration::Copy).unwrap_err().to_string();
        assert!(told.contains("nothing was changed") && told.contains("--migrate-without-backup"), "{told}");
        assert_eq!(version(&connection).unwrap(), KNOWN);
        change(&mut connection, &path, &steps(), BeforeMigration::Nothing).unwrap();
        assert_eq!(version(&connection).unwrap(), KNOWN + 1);
        assert!(copies(&path).is_empty());
    }

    #[test]
    fn a_copy_of_other_data_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = database(directory.path());
        let mut connection = open(&path);
        keep(&connection, &path, KNOWN).unwrap();
        keep(&connection, &path, KNOWN).unwrap();
        assert_eq!(copies(&path).len(), 1, "the data is the same");
        connection.execute("UPDATE meta SET commits = commits + 1", []).unwrap();
        change(&mut connection, &path, &steps(), BeforeMigration::Copy).unwrap();
        assert_eq!(copies(&path).len(), 2);
    }

    /// `KILLS=100` for more than the usual twenty.
    #[test]
    fn killed_at_any_moment_it_starts_again_and_the_copy_is_there() {
        if let Some(path) = std::env::var_os(CHILD).map(PathBuf::from) {
            return change(&mut open(&path), &path, &steps(), BeforeMigration::Copy).unwrap();
        }
        let name = "store::sqlite::migrations::tests::killed_at_any_moment_it_starts_again_and_the_copy_is_there";
        let kills: u32 = std::env::var("KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(20);
        let directory = tempfile::tempdir().unwrap();
        let path = database(directory.path());
        let (mut done, mut undone) = (0, 0);
        let mut limit = 400_000;
        while done + undone < kills {
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args([name, "--exact"])
                .env(CHILD, &path)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            std::thread::sleep(Duration::from_micros(getrandom::u64().unwrap() % limit));
            let _ = child.kill(); // it may have ended
            child.wait().unwrap();
            let now = version(&open(&path)).unwrap();
            assert_eq!(visitors(&path), 1);
            if now == KNOWN + 1 {
                done += 1;
                // So that most kills meet it under way, however fast this machine is today.
                limit = (limit * 9 / 10).max(2_000);
                assert_eq!(copies(&path).len(), 1);
                let copy = directory.path().join(&copies(&path)[0]);
                assert_eq!((backup::check(&copy).unwrap().schema, visitors(&copy)), (KNOWN, 1));
                for end in ["", "-wal", "-shm"] {
                    let _ = std::fs::remove_file(directory::beside(&path, end)); // from the copy, as an operator would
                }
                std::fs::rename(&copy, &path).unwrap();
                std::fs::remove_file(directory::beside(&copy, ".json")).unwrap();
            } else {
                assert_eq!(now, KNOWN);
                undone += 1;
            }
        }
        println!("{kills} kills: {undone} before the end, {done} after it");
        assert!(undone > 0, "no kill met it under way");
        change(&mut open(&path), &path, &steps(), BeforeMigration::Copy).unwrap();
        assert_eq!(visitors(&path), 1);
    }
}
