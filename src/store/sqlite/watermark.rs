//! A count of transactions outside the database, to notice that some are gone.
//!
//! SQLite ends its log at the first frame whose checksum is wrong. One flipped bit in the middle therefore loses what
//! comes after it, and the database is sound all the same. This file remembers how far it had come; a database that knows
//! less, or is another one, gets a new epoch, so that clients drop what they hold instead of mixing it.
//!
//! It is written after each commit and before its replies, which costs microseconds, and synced once a second, which costs
//! as much as a commit. So it is exact after the death of the process, and at most a second behind after a power cut. It is
//! never ahead: what it counts was synced before it was counted.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use super::{directory, now};

const MAGIC: &[u8; 8] = b"dskbmrk1";
const INTERVAL: Duration = Duration::from_secs(1);

/// The file beside the database.
pub(super) struct Watermark {
    file: File,
    epoch: u64,
    written: Option<u64>,
    due: Instant,
    /// Since when the file on disk says less than the database.
    behind_since: Option<Instant>,
}

/// What the file says, or the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) epoch: u64,
    pub(super) commits: u64,
}

/// What database and mark together say about the time between the last run and this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finding {
    /// All that was marked is there.
    Whole,
    /// There is data but no readable mark: a copy without it, for one.
    Unknown,
    /// The database does not know of that many transactions.
    Lost(u64),
    /// The database is not the one that was marked: deleted and made anew, or replaced.
    Other,
}

impl Finding {
    /// `marked`: what the mark says, if it can be read. `found`: what the database says, if there is anything in it.
    pub(super) fn new(marked: Option<Mark>, found: Option<Mark>) -> Self {
        match (marked, found) {
            (None, None) => Self::Whole,
            (None, Some(found)) if found.commits == 0 => Self::Whole,
            (None, Some(_)) => Self::Unknown,
            (Some(marked), None) if marked.commits == 0 => Self::Whole,
            (Some(_), None) => Self::Other,
            (Some(marked), Some(found)) if marked.epoch != found.epoch => Self::Other,
            (Some(marked), Some(found)) if marked.commits > found.commits => Self::Lost(marked.commits - found.commits),
            (Some(_), Some(_)) => Self::Whole,
        }
    }
}

impl Watermark {
    /// Where it lies.
    pub(super) fn path(database: &Path) -> PathBuf {
        directory::beside(database, ".mark")
    }

    /// The mark that was left, if there is a readable one.
    pub(super) fn read(path: &Path) -> io::Result<Option<Mark>> {
        match std::fs::read(path) {
            Ok(bytes) => Ok(decode(&bytes)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Starts marking.
    pub(super) fn start(path: &Path, epoch: u64) -> io::Result<Self> {
        let file = directory::private_file(path)?;
        Ok(Self { file, epoch, written: None, due: now(), behind_since: None })
    }

    /// The name of the data set that is marked.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Called after each commit, before anybody is told of it.
    pub(super) fn note(&mut self, connection: &Connection) {
        self.behind_since.get_or_insert_with(now);
        // A mark that lags behind is harmless, so a failure stops nothing; the disk's troubles show in the commits.
        match in_database(connection) {
            Ok(Mark { commits, .. }) if Some(commits) != self.written => match self.write(commits) {
                Ok(()) => self.written = Some(commits),
                Err(e) => {
                    self.written = None;
                    tracing::warn!(error = %e, "cannot write the store's watermark");
                }
            },
            Ok(_) => {}
            Err(e) => tracing::warn!(error = %e, "cannot read the store's count of commits"),
        }
    }

    /// Called when everybody was told; syncs at most once a second.
    pub(super) fn advance(&mut self) {
        if self.behind_since.is_some() && now() >= self.due {
            self.sync();
        }
    }

    /// How long until something that was committed must be synced; `None`: nothing is to be synced.
    pub(super) fn due_in(&self) -> Option<Duration> {
        self.behind_since.map(|_| self.due.saturating_duration_since(now()))
    }

    /// Writes and syncs now.
    pub(super) fn finish(&mut self, connection: &Connection) {
        self.note(connection);
        self.sync();
    }

    fn sync(&mut self) {
        self.due = now() + INTERVAL;
        match self.file.sync_data() {
            Ok(()) if self.written.is_some() => self.behind_since = None,
            Ok(()) => {}
            Err(e) => tracing::warn!(error = %e, "cannot sync the store's watermark"),
        }
        let age = self.behind_since.map_or(Duration::ZERO, |since| now() - since);
        metrics::gauge!("watermark_age_seconds").set(age);
    }

    fn write(&self, commits: u64) -> io::Result<()> {
        write(&self.file, Mark { epoch: self.epoch, commits })
    }
}

/// Marks a database that nobody uses.
pub(super) fn put(database: &Path, mark: Mark) -> io::Result<()> {
    let file = directory::private_file(&Watermark::path(database))?;
    write(&file, mark)?;
    file.sync_data()
}

fn write(mut file: &File, mark: Mark) -> io::Result<()> {
    use std::io::{Seek, SeekFrom, Write};
    file.seek(SeekFrom::Start(0))?;
    // 64 bytes lie in one sector: old or new, not half of each; the checksum is for the disk that breaks this.
    file.write_all(&encode(mark))
}

/// Name and transactions so far, as the database says.
pub(super) fn in_database(connection: &Connection) -> rusqlite::Result<Mark> {
    connection.prepare_cached("SELECT epoch, commits FROM meta")?.query_row([], |row| {
        Ok(Mark { epoch: row.get::<_, i64>(0)?.cast_unsigned(), commits: row.get::<_, i64>(1)?.unsigned_abs() })
    })
}

fn encode(mark: Mark) -> [u8; 64] {
    let mut bytes = [0; 64];
    bytes[..8].copy_from_slice(MAGIC);
    bytes[8..16].copy_from_slice(&mark.epoch.to_le_bytes());
    bytes[16..24].copy_from_slice(&mark.commits.to_le_bytes());
    let sum = Sha256::digest(&bytes[..24]);
    bytes[32..].copy_from_slice(&sum);
    bytes
}

fn decode(bytes: &[u8]) -> Option<Mark> {
    let number = |from: usize| bytes.get(from..from + 8)?.try_into().ok().map(u64::from_le_bytes);
    let mark = Mark { epoch: number(8)?, commits: number(16)? };
    (bytes == encode(mark)).then_some(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_mark_is_no_mark() {
        let mark = Mark { epoch: 7, commits: 9 };
        let mut bytes = encode(mark);
        assert_eq!(decode(&bytes), Some(mark));
        bytes[17] ^= 1;
        assert_eq!(decode(&bytes), None);
        assert_eq!(decode(&bytes[..40]), None);
        assert_eq!(decode(&[]), None);
    }

    #[test]
    fn what_is_missing_is_found() {
        let mark = |epoch, commits| Some(Mark { epoch, commits });
        for (marked, found, finding) in [
            (None, None, Finding::Whole),
            (None, mark(7, 0), Finding::Whole),
            (None, mark(7, 3), Finding::Unknown),
            (mark(7, 0), None, Finding::Whole),
            (mark(7, 3), None, Finding::Other),
            (mark(7, 3), mark(7, 3), Finding::Whole),
            // A power cut takes up to a second of the mark, and nothing of the database.
            (mark(7, 3), mark(7, 9), Finding::Whole),
            (mark(7, 3), mark(7, 2), Finding::Lost(1)),
            (mark(7, 3), mark(8, 3), Finding::Other),
            (mark(7, 3), mark(8, 99), Finding::Other),
        ] {
            assert_eq!(Finding::new(marked, found), finding, "{marked:?} {found:?}");
        }
    }
}
