//! A count of transactions outside the database, to notice that some are gone.
//!
//! SQLite ends its log at the first frame whose checksum is wrong. One flipped bit in the middle therefore loses what
//! comes after it, and the database is sound all the same. This file remembers how far it had come, at most a second
//! behind; a database that knows less gets a new epoch, so that clients drop what they hold instead of mixing it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use super::now;

const MAGIC: &[u8; 8] = b"dskbmrk1";
const INTERVAL: Duration = Duration::from_secs(1);

/// The file beside the database.
pub(super) struct Watermark {
    file: File,
    epoch: u64,
    written: u64,
    due: Instant,
}

/// What the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) epoch: u64,
    pub(super) commits: u64,
}

impl Watermark {
    /// Where it lies.
    pub(super) fn path(database: &Path) -> PathBuf {
        let mut path = database.as_os_str().to_owned();
        path.push(".mark");
        path.into()
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
        let file = super::directory::private_file(path)?;
        Ok(Self { file, epoch, written: 0, due: now() })
    }

    /// Called after each commit; writes at most once a second.
    pub(super) fn advance(&mut self, connection: &Connection) {
        if now() >= self.due {
            self.finish(connection);
            self.due = now() + INTERVAL;
        }
    }

    /// Writes now.
    pub(super) fn finish(&mut self, connection: &Connection) {
        // A mark that lags behind is harmless, so a failure stops nothing; the disk's troubles show in the commits.
        match commits(connection) {
            Ok(commits) if commits != self.written => match self.write(commits) {
                Ok(()) => self.written = commits,
                Err(e) => tracing::warn!(error = %e, "cannot write the store's watermark"),
            },
            Ok(_) => {}
            Err(e) => tracing::warn!(error = %e, "cannot read the store's count of commits"),
        }
    }

    fn write(&self, commits: u64) -> io::Result<()> {
        use std::io::{Seek, SeekFrom, Write};
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0))?;
        // 64 bytes lie in one sector: old or new, not half of each; the checksum is for the disk that breaks this.
        file.write_all(&encode(Mark { epoch: self.epoch, commits }))?;
        file.sync_data()
    }
}

/// Transactions so far, as the database counts them.
pub(super) fn commits(connection: &Connection) -> rusqlite::Result<u64> {
    let n: i64 = connection.prepare_cached("SELECT commits FROM meta")?.query_row([], |row| row.get(0))?;
    Ok(n.unsigned_abs())
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
}
