//! Releases, the draft and what was set aside, as functions of a connection.

use std::io::{Read as _, Write as _};

use async_trait::async_trait;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest as _, Sha256};

use super::connection::failed;
use super::writer::Outcome;
use super::{Sqlite, audit};
use crate::content::{SourceFile, limits};
use crate::fault;
use crate::store::workshop::{
    Draft, DraftError, DraftFile, IGNORED, Ignored, Move, NewDraft, NewRelease, Published, Release, ReleaseError,
    Workshop,
};
use crate::store::{Act, By, Note, StoreError};
use crate::types::Timestamp;

#[async_trait]
impl Workshop for Sqlite {
    async fn add_release(&self, mut new: NewRelease, by: By) -> Result<Published, ReleaseError> {
        self.room()?;
        let files = std::mem::take(&mut new.files);
        let hashed = blocking(move || files.into_iter().map(|f| (hash(&f.bytes), f)).collect::<Vec<_>>()).await?;
        // Files never go: what is there now is there when the release is written.
        let (hashed, there) = self
            .readers
            .read(move |c| {
                let there = hashed.iter().map(|(hash, _)| has_file(c, hash)).collect::<rusqlite::Result<Vec<bool>>>();
                there.map(|there| (hashed, there)).map_err(|e| failed(&e))
            })
            .await?;
        let work = move || hashed.into_iter().zip(there).map(|((hash, file), there)| Packed::new(hash, file, there));
        let files: Vec<Packed> = blocking(move || work().collect::<Result<_, StoreError>>()).await??;
        self.writer.write(move |c| add(c, &new, &files, &by)).await
    }

    async fn releases(&self, before: Option<i64>, limit: u32) -> Result<Vec<Release>, StoreError> {
        self.readers.read(move |c| releases(c, before, limit).map_err(|e| failed(&e))).await
    }

    async fn release(&self, id: i64) -> Result<Option<Release>, StoreError> {
        self.readers.read(move |c| release(c, id).map_err(|e| failed(&e))).await
    }

    async fn release_named(&self, name: &str) -> Result<Option<Release>, StoreError> {
        let name = name.to_owned();
        self.readers.read(move |c| named(c, &name).map_err(|e| failed(&e))).await
    }

    async fn release_files(&self, id: i64) -> Result<Option<Vec<SourceFile>>, StoreError> {
        let read = move |c: &Connection| {
            let packed = packed(c, id).map_err(|e| failed(&e))?;
            let there = !packed.is_empty() || release(c, id).map_err(|e| failed(&e))?.is_some();
            Ok(there.then_some(packed))
        };
        let Some(packed) = self.readers.read(read).await? else { return Ok(None) };
        blocking(move || packed.into_iter().map(unpacked).collect::<Result<_, _>>()).await?.map(Some)
    }

    async fn live(&self) -> Result<Option<(i64, i64)>, StoreError> {
        self.readers.read(|c| live(c).map_err(|e| failed(&e))).await
    }

    async fn make_live(&self, release: i64, by: By) -> Result<bool, StoreError> {
        self.writer.write(move |c| make_live(c, release, &by).map(Ok)).await
    }

    async fn moves(&self, before: Option<i64>, limit: u32) -> Result<Vec<Move>, StoreError> {
        self.readers.read(move |c| moves(c, before, limit).map_err(|e| failed(&e))).await
    }

    async fn draft(&self) -> Result<Option<Draft>, StoreError> {
        self.readers.read(|c| draft(c).map_err(|e| failed(&e))).await
    }

    async fn put_draft(&self, expected: Option<i64>, draft: NewDraft, by: By) -> Result<i64, DraftError> {
        self.room()?;
        self.writer.write(move |c| put_draft(c, expected, &draft, &by)).await
    }

    async fn drop_draft(&self, rev: i64, by: By) -> Result<bool, StoreError> {
        self.writer.write(move |c| drop_draft(c, rev, &by).map(Ok)).await
    }

    async fn ignored(&self) -> Result<Vec<Ignored>, StoreError> {
        self.readers.read(|c| ignored(c).map_err(|e| failed(&e))).await
    }

    async fn ignore(&self, text: &str, by: By) -> Result<Option<i64>, StoreError> {
        let text = text.to_owned();
        self.writer.write(move |c| ignore(c, &text, &by).map(Ok)).await
    }

    async fn unignore(&self, id: i64, by: By) -> Result<bool, StoreError> {
        self.writer.write(move |c| unignore(c, id, &by).map(Ok)).await
    }
}

/// Packing megabytes takes its time.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|e| StoreError::Failed(e.to_string()))
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// A file on its way to the table.
struct Packed {
    path: String,
    hash: [u8; 32],
    size: usize,
    /// None: it is there.
    deflated: Option<Vec<u8>>,
}

impl Packed {
    fn new(hash: [u8; 32], file: SourceFile, there: bool) -> Result<Self, StoreError> {
        let size = file.bytes.len();
        let deflate = || {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(&file.bytes).and_then(|()| encoder.finish())
        };
        let deflated = if there { None } else { Some(deflate().map_err(|e| StoreError::Failed(e.to_string()))?) };
        Ok(Self { path: file.path, hash, size, deflated })
    }
}

/// Path, hash and packed bytes.
type Row3 = (String, [u8; 32], Vec<u8>);

fn unpacked((path, wanted, deflated): Row3) -> Result<SourceFile, StoreError> {
    let mut bytes = Vec::new();
    let read = DeflateDecoder::new(deflated.as_slice()).take(limits::FILE_BYTES as u64 + 1).read_to_end(&mut bytes);
    if read.is_err() || hash(&bytes) != wanted {
        return Err(StoreError::Failed(format!("`{path}` of the release is damaged")));
    }
    Ok(SourceFile { path, bytes })
}

fn has_file(c: &Connection, hash: &[u8; 32]) -> rusqlite::Result<bool> {
    c.prepare_cached("SELECT EXISTS (SELECT 1 FROM content_file WHERE hash = ?1)")?.query_row([hash], |row| row.get(0))
}

fn add(c: &Connection, new: &NewRelease, files: &[Packed], by: &By) -> Outcome<Published, ReleaseError> {
    let last = live(c)?.map(|(_, m)| m);
    if new.after.is_some_and(|expected| expected != last) {
        return Ok(Err(ReleaseError::Moved));
    }
    let there = match named(c, &new.name)? {
        Some(other) if other.version != new.version => return Ok(Err(ReleaseError::Taken)),
        Some(same) => Some(same.id),
        None if new.named => None,
        None => same_files(c, &new.version)?,
    };
    let id = match there {
        Some(id) => id,
        None => insert(c, new, files, by)?,
    };
    let moved = make_live(c, id, by)?;
    let found = release(c, id)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    Ok(Ok(Published { release: found, new: there.is_none(), moved }))
}

/// The newest release of a version; the live one if it is among them.
fn same_files(c: &Connection, version: &str) -> rusqlite::Result<Option<i64>> {
    c.prepare_cached(
        "SELECT id FROM release WHERE version = ?1
         ORDER BY id = (SELECT release FROM release_move ORDER BY id DESC LIMIT 1) DESC, id DESC LIMIT 1",
    )?
    .query_row([version], |row| row.get(0))
    .optional()
}

fn insert(c: &Connection, new: &NewRelease, files: &[Packed], by: &By) -> rusqlite::Result<i64> {
    let bytes: usize = files.iter().map(|f| f.size).sum();
    let summary = new.summary.as_ref().map(ToString::to_string);
    let id: i64 = c
        .prepare_cached(
            "INSERT INTO release (name, version, author, revision, message, summary, bytes, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING id",
        )?
        .query_row(
            params![new.name, new.version, new.author, new.commit, new.message, summary, small(bytes), moment(by)],
            |row| row.get(0),
        )?;
    fault::point("release_mid");
    for file in files {
        if let Some(deflated) = &file.deflated {
            c.prepare_cached(
                "INSERT INTO content_file (hash, size, deflated) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            )?
            .execute(params![file.hash, small(file.size), deflated])?;
        }
        c.prepare_cached("INSERT INTO release_file (release, path, hash) VALUES (?1, ?2, ?3)")?
            .execute(params![id, file.path, file.hash])?;
    }
    audit::append(c, &Note::new(by.clone(), Act::Published, id).with(format!("{} ({})", new.name, new.version)))?;
    Ok(id)
}

fn small(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn moment(by: &By) -> i64 {
    by.at.map_or_else(super::wall, |at| at.0)
}

macro_rules! release {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, version, author, revision, message, summary, bytes, at,
               id IS (SELECT release FROM release_move ORDER BY id DESC LIMIT 1)
             FROM release ",
            $rest
        )
    };
}

fn read_release(row: &Row<'_>) -> rusqlite::Result<Release> {
    let summary: Option<String> = row.get(6)?;
    Ok(Release {
        id: row.get(0)?,
        name: row.get(1)?,
        version: row.get(2)?,
        author: row.get(3)?,
        commit: row.get(4)?,
        message: row.get(5)?,
        // Written above, so it can be read.
        summary: summary.and_then(|s| serde_json::from_str(&s).ok()),
        bytes: row.get::<_, i64>(7)?.unsigned_abs(),
        at: Timestamp(row.get(8)?),
        live: row.get(9)?,
    })
}

fn releases(c: &Connection, before: Option<i64>, limit: u32) -> rusqlite::Result<Vec<Release>> {
    c.prepare_cached(release!("WHERE id < ?1 ORDER BY id DESC LIMIT ?2"))?
        .query_map(params![before.unwrap_or(i64::MAX), limit], read_release)?
        .collect()
}

fn release(c: &Connection, id: i64) -> rusqlite::Result<Option<Release>> {
    c.prepare_cached(release!("WHERE id = ?1"))?.query_row([id], read_release).optional()
}

fn named(c: &Connection, name: &str) -> rusqlite::Result<Option<Release>> {
    c.prepare_cached(release!("WHERE name = ?1"))?.query_row([name], read_release).optional()
}

fn packed(c: &Connection, id: i64) -> rusqlite::Result<Vec<Row3>> {
    c.prepare_cached(
        "SELECT f.path, f.hash, x.deflated FROM release_file f JOIN content_file x ON x.hash = f.hash
         WHERE f.release = ?1 ORDER BY f.path",
    )?
    .query_map([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
    .collect()
}

fn live(c: &Connection) -> rusqlite::Result<Option<(i64, i64)>> {
    c.prepare_cached("SELECT release, id FROM release_move ORDER BY id DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

fn make_live(c: &Connection, id: i64, by: &By) -> rusqlite::Result<bool> {
    let Some(wanted) = release(c, id)?.filter(|r| !r.live) else { return Ok(false) };
    let before = match live(c)? {
        Some((before, _)) => release(c, before)?.map_or_else(String::new, |r| format!("instead of {}", r.name)),
        None => "the first".to_owned(),
    };
    c.prepare_cached("INSERT INTO release_move (release, at, by) VALUES (?1, ?2, ?3)")?.execute(params![
        id,
        moment(by),
        by.who.to_string()
    ])?;
    audit::append(c, &Note::new(by.clone(), Act::MadeLive, id).with(format!("{}, {before}", wanted.name)))?;
    Ok(true)
}

fn moves(c: &Connection, before: Option<i64>, limit: u32) -> rusqlite::Result<Vec<Move>> {
    c.prepare_cached("SELECT id, release, at, by FROM release_move WHERE id < ?1 ORDER BY id DESC LIMIT ?2")?
        .query_map(params![before.unwrap_or(i64::MAX), limit], |row| {
            Ok(Move { id: row.get(0)?, release: row.get(1)?, at: Timestamp(row.get(2)?), by: row.get(3)? })
        })?
        .collect()
}

fn draft(c: &Connection) -> rusqlite::Result<Option<Draft>> {
    // Both reads see one state: a reader holds one transaction for the whole of its work only if it is asked to.
    let transaction = c.unchecked_transaction()?;
    let head = transaction
        .prepare_cached("SELECT rev, base, at, by FROM draft")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?, Timestamp(row.get(2)?), row.get(3)?)))
        .optional()?;
    let Some((rev, base, at, by)) = head else { return Ok(None) };
    let files = transaction
        .prepare_cached("SELECT path, bytes, was FROM draft_file ORDER BY path")?
        .query_map([], |row| Ok(DraftFile { path: row.get(0)?, bytes: row.get(1)?, was: row.get(2)? }))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Some(Draft { rev, base, files, at, by }))
}

fn rev(c: &Connection) -> rusqlite::Result<Option<i64>> {
    c.prepare_cached("SELECT rev FROM draft")?.query_row([], |row| row.get(0)).optional()
}

fn put_draft(c: &Connection, expected: Option<i64>, draft: &NewDraft, by: &By) -> Outcome<i64, DraftError> {
    if rev(c)? != expected {
        return Ok(Err(DraftError::Conflict));
    }
    empty_draft(c)?;
    let rev = c
        .prepare_cached("INSERT INTO draft (base, at, by) VALUES (?1, ?2, ?3) RETURNING rev")?
        .query_row(params![draft.base, moment(by), by.who.to_string()], |row| row.get(0))?;
    for file in &draft.files {
        c.prepare_cached("INSERT INTO draft_file (path, bytes, was) VALUES (?1, ?2, ?3)")?
            .execute(params![file.path, file.bytes, file.was])?;
    }
    let paths: Vec<&str> = draft.files.iter().map(|f| f.path.as_str()).collect();
    audit::append(c, &Note::new(by.clone(), Act::Drafted, rev).with(paths.join(", ")))?;
    Ok(Ok(rev))
}

fn empty_draft(c: &Connection) -> rusqlite::Result<()> {
    c.prepare_cached("DELETE FROM draft_file")?.execute([])?;
    c.prepare_cached("DELETE FROM draft")?.execute([]).map(|_| ())
}

fn drop_draft(c: &Connection, wanted: i64, by: &By) -> rusqlite::Result<bool> {
    if rev(c)? != Some(wanted) {
        return Ok(false);
    }
    empty_draft(c)?;
    audit::append(c, &Note::new(by.clone(), Act::DraftDropped, wanted))?;
    Ok(true)
}

fn ignored(c: &Connection) -> rusqlite::Result<Vec<Ignored>> {
    c.prepare_cached("SELECT id, text, at, by FROM ignored ORDER BY id")?
        .query_map([], |row| {
            Ok(Ignored { id: row.get(0)?, text: row.get(1)?, at: Timestamp(row.get(2)?), by: row.get(3)? })
        })?
        .collect()
}

/// The audit table names the number, never the words.
fn ignore(c: &Connection, text: &str, by: &By) -> rusqlite::Result<Option<i64>> {
    let there: Option<i64> =
        c.prepare_cached("SELECT id FROM ignored WHERE text = ?1")?.query_row([text], |row| row.get(0)).optional()?;
    if there.is_some() {
        return Ok(there);
    }
    let new: Option<i64> = c
        .prepare_cached(
            "INSERT INTO ignored (text, at, by) SELECT ?1, ?2, ?3 WHERE ?4 > (SELECT count(*) FROM ignored) RETURNING id",
        )?
        .query_row(params![text, moment(by), by.who.to_string(), IGNORED], |row| row.get(0))
        .optional()?;
    if let Some(id) = new {
        audit::append(c, &Note::new(by.clone(), Act::Ignored, id))?;
    }
    Ok(new)
}

fn unignore(c: &Connection, id: i64, by: &By) -> rusqlite::Result<bool> {
    let rows = c.prepare_cached("DELETE FROM ignored WHERE id = ?1")?.execute([id])?;
    if rows > 0 {
        audit::append(c, &Note::new(by.clone(), Act::Unignored, id))?;
    }
    Ok(rows > 0)
}
