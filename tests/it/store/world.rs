//! Stores to test, and commits to test them with.

use std::path::Path;
use std::sync::Arc;

use deskbell::conversation::{Author, Body, Entry, Owner, Sent, State, Text, Visit};
use deskbell::store::sqlite::{self, Location, Options};
use deskbell::store::{Commit, CommitError, NewSession, OpenMode, Range, Side, Store};
use deskbell::types::{AgentId, ConversationId, Seq, Timestamp, VisitorId};
use tempfile::TempDir;

pub(super) const C: ConversationId = ConversationId(0xc0de);
pub(super) const VISITOR: VisitorId = VisitorId(0x715);

/// A directory for a database in a file.
pub(super) fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// The usual options on the usual file of a directory.
pub(super) fn options(directory: &Path) -> Options {
    Options::new(Location::File(directory.join("deskbell.db")), OpenMode::Serve)
}

pub(super) async fn open(directory: &Path) -> Arc<dyn Store> {
    sqlite::open(options(directory)).await.unwrap()
}

pub(super) fn entry(seq: u64, author: Author, text: &str) -> Entry {
    Entry { seq: Seq(seq), at: Timestamp(1_000 + seq as i64), author, body: Body::Text(Text::plain(text)), sent: None }
}

pub(super) fn sent(mut entry: Entry, cmid: &str, digest: u8) -> Entry {
    entry.sent = Some(Sent { cmid: cmid.to_owned(), digest: [digest; 16] });
    entry
}

pub(super) fn state(head: u64) -> State {
    let mut state = State::new(VISITOR, Visit::default(), Timestamp(1_000));
    state.head = Seq(head);
    state.visitor_head = Seq(head);
    state.updated_at = Timestamp(1_000 + head as i64);
    state
}

/// Appends these texts of the visitor behind `expected`.
pub(super) fn append(c: ConversationId, expected: u64, texts: &[&str]) -> Commit {
    let entries: Vec<Entry> =
        texts.iter().zip(expected + 1..).map(|(text, seq)| entry(seq, Author::Visitor, text)).collect();
    let state = state(expected + entries.len() as u64);
    Commit { c, expected: Seq(expected), entries: entries.into(), state, room: None, address: String::new() }
}

/// A commit with one message that has a name.
pub(super) fn named(c: ConversationId, expected: u64, author: Author, cmid: &str, digest: u8) -> Commit {
    let entry = sent(entry(expected + 1, author, cmid), cmid, digest);
    Commit { entries: [entry].into(), ..append(c, expected, &[cmid]) }
}

/// Gives a fresh conversation to an agent who has this many places.
pub(super) fn claim(c: ConversationId, expected: u64, agent: AgentId, places: u32) -> Commit {
    let mut commit = append(c, expected, &["claimed"]);
    commit.state.owner = Owner::Agent(agent);
    commit.room = Some((agent, places));
    commit
}

pub(super) const ALL: Range = Range { after: Seq(0), before: None, limit: u32::MAX, side: Side::First };

/// The log has no holes and the state is that of its end. Gives the texts.
pub(super) async fn sound(store: &dyn Store, c: ConversationId) -> Vec<String> {
    let entries = store.entries(c, ALL).await.unwrap();
    let head = store.state(c).await.unwrap().map_or(0, |s| s.head.0);
    assert_eq!(entries.iter().map(|e| e.seq.0).collect::<Vec<_>>(), (1..=head).collect::<Vec<_>>());
    let text = |e: Entry| if let Body::Text(t) = e.body { t.text } else { String::new() };
    entries.into_iter().map(text).collect()
}

/// Appends until it is in, as the desk does.
pub(super) async fn insist(store: &dyn Store, c: ConversationId, text: &str) -> u64 {
    loop {
        let head = store.state(c).await.unwrap().map_or(0, |s| s.head.0);
        match store.commit(append(c, head, &[text])).await {
            Ok(()) => return head + 1,
            Err(CommitError::Stale) => {}
            Err(e) => panic!("{e}"),
        }
    }
}

/// A login as such.
pub(super) fn session(token: [u8; 32], person: AgentId, at: Timestamp, until: Timestamp) -> NewSession {
    let (device, address) = (String::new(), String::new());
    let (known, replaces, checked, note) = (None, None, None, None);
    NewSession { token, person, at, until, idle_until: until, device, address, known, replaces, checked, note }
}
