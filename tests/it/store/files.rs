//! What concerns the file: who may open it, what survives, what is noticed.

use std::path::Path;
use std::sync::Arc;

use deskbell::store::sqlite::{self, Location, Options};
use deskbell::store::{self, CommitError, Ended, NewPerson, OpenMode, StoreError};
use deskbell::types::{ConversationId, Role, Timestamp};
use rusqlite::Connection;
use tokio::task::JoinSet;

use super::world::{C, VISITOR, append, directory, insist, named, open, options, session, sound};

fn beside(directory: &Path, mode: OpenMode) -> Options {
    Options::new(Location::File(directory.join("deskbell.db")), mode)
}

async fn refusal(options: Options) -> String {
    match sqlite::open(options).await {
        Err(StoreError::Refused(words)) => words,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("was opened"),
    }
}

#[tokio::test]
async fn commits_and_epoch_survive_a_drop() {
    let directory = directory();
    let store = open(directory.path()).await;
    let epoch = store.epoch();
    for n in 0..10 {
        store.commit(append(C, n, &["x"])).await.unwrap();
    }
    drop(store);
    let store = open(directory.path()).await;
    assert_eq!((sound(&*store, C).await.len(), store.epoch()), (10, epoch));

    let other = super::world::directory();
    assert_ne!(open(other.path()).await.epoch(), epoch);
}

#[tokio::test]
async fn what_is_queued_is_written_before_the_end() {
    let directory = directory();
    let store = open(directory.path()).await;
    let mut commit = Box::pin(store.commit(append(C, 0, &["nobody waits for me"])));
    // Asked for, and given up at once.
    assert!(futures_util::poll!(&mut commit).is_pending());
    drop(commit);
    drop(store);
    assert_eq!(sound(&*open(directory.path()).await, C).await.len(), 1);
}

#[tokio::test]
async fn a_second_server_is_refused() {
    let directory = directory();
    let first = open(directory.path()).await;
    let words = refusal(options(directory.path())).await;
    assert!(words.contains("another server already uses"), "{words}");
    first.commit(append(C, 0, &["x"])).await.unwrap();
    drop(first);
    open(directory.path()).await;
}

#[tokio::test]
async fn commands_work_beside_a_server() {
    let directory = directory();
    let server = open(directory.path()).await;
    server.commit(append(C, 0, &["x"])).await.unwrap();
    let version = server.people_version().await.unwrap();

    let command = sqlite::open(beside(directory.path(), OpenMode::Existing)).await.unwrap();
    assert_eq!(command.epoch(), server.epoch());
    assert_eq!(sound(&*command, C).await, ["x"]);
    let person = NewPerson {
        email: "a@example.org".to_owned(),
        name: "Ada".to_owned(),
        role: Role::Agent,
        departments: Vec::new(),
        languages: vec![],
        skills: vec![],
        capacity: 3,
        password_hash: String::new(),
    };
    command.add_person(person).await.unwrap();
    assert_eq!(server.people().await.unwrap().len(), 1);
    assert!(server.people_version().await.unwrap() > version);

    // Both write at once, on the same conversation.
    let mut tasks = JoinSet::new();
    for store in [Arc::clone(&server), command] {
        tasks.spawn(async move {
            for _ in 0..30 {
                insist(&*store, C, "y").await;
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(sound(&*server, C).await.len(), 61);
}

#[tokio::test]
async fn a_command_may_come_first() {
    let directory = directory();
    let words = refusal(beside(directory.path(), OpenMode::Existing)).await;
    assert!(words.starts_with("there is no data at"), "{words}");
    let command = sqlite::open(beside(directory.path(), OpenMode::Beside)).await.unwrap();
    command.commit(append(C, 0, &["x"])).await.unwrap();
    // While it is still at work.
    let server = open(directory.path()).await;
    assert_eq!(sound(&*server, C).await, ["x"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_may_begin_at_once() {
    let directory = directory();
    let mut tasks = JoinSet::new();
    for n in 0..8 {
        let mode = if n == 4 { OpenMode::Serve } else { OpenMode::Beside };
        let options = beside(directory.path(), mode);
        tasks.spawn(async move { sqlite::open(options).await.map(|store| store.epoch()) });
    }
    let epochs: Vec<u64> = tasks.join_all().await.into_iter().map(Result::unwrap).collect();
    assert!(epochs.iter().all(|epoch| *epoch == epochs[0]), "{epochs:?}");
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let directory = directory();
    drop(open(directory.path()).await);
    let file = directory.path().join("deskbell.db");
    Connection::open(&file).unwrap().pragma_update(None, "user_version", 99).unwrap();
    for mode in [OpenMode::Serve, OpenMode::Beside] {
        let words = refusal(beside(directory.path(), mode)).await;
        assert!(words.contains("written by a newer version of deskbell (schema 99, this program knows"), "{words}");
    }
}

#[tokio::test]
async fn foreign_and_damaged_files_are_refused() {
    let directory = directory();
    let file = directory.path().join("deskbell.db");
    Connection::open(&file).unwrap().execute_batch("CREATE TABLE recipes (name TEXT)").unwrap();
    let words = refusal(options(directory.path())).await;
    assert!(words.contains("another program's database"), "{words}");

    std::fs::write(&file, "This is a letter, not a database. ".repeat(200)).unwrap();
    let words = refusal(options(directory.path())).await;
    assert!(words.contains("is not a database of deskbell"), "{words}");

    std::fs::remove_file(&file).unwrap();
    let store = open(directory.path()).await;
    for n in 0..50 {
        store.commit(append(C, n, &["something to fill pages with, so that there are some to damage"])).await.unwrap();
    }
    drop(store);
    let mut bytes = std::fs::read(&file).unwrap();
    for byte in bytes.iter_mut().skip(4096).step_by(7) {
        *byte ^= 0x55;
    }
    std::fs::write(&file, bytes).unwrap();
    let words = refusal(options(directory.path())).await;
    assert!(words.contains("is damaged"), "{words}");
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_refused() {
    let directory = directory();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let words = refusal(options(&file)).await;
    assert!(words.starts_with("cannot write in"), "{words}");
}

#[tokio::test]
async fn the_url_chooses() {
    let directory = directory();
    let elsewhere = directory.path().join("else/where.db");
    let refused = async |url: &str| match store::open(url, directory.path()).await {
        Err(StoreError::Refused(words)) => words,
        _ => panic!("{url} was taken"),
    };
    assert!(refused("postgres://u:secret@h/d").await.contains("not available yet"));
    assert!(!refused("mysql://u:secret@h/d").await.contains("secret"));
    drop(store::open("sqlite::memory:", directory.path()).await.unwrap());
    assert!(std::fs::read_dir(directory.path()).unwrap().next().is_none());
    drop(store::open(&format!("sqlite:{}", elsewhere.display()), directory.path()).await.unwrap());
    drop(store::open("sqlite:", directory.path()).await.unwrap());
    assert!(elsewhere.is_file() && directory.path().join("deskbell.db").is_file());
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_for_their_owner() {
    use std::os::unix::fs::PermissionsExt;
    let directory = directory();
    let data = directory.path().join("data");
    let store = open(&data).await;
    store.commit(append(C, 0, &["x"])).await.unwrap();
    assert_eq!(std::fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
    for file in std::fs::read_dir(&data).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.path());
    }
}

/// A connection that keeps the writer waiting.
fn hold(directory: &Path) -> Connection {
    let connection = Connection::open(directory.join("deskbell.db")).unwrap();
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    connection
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_is_busy() {
    let directory = directory();
    let store = sqlite::open(Options { queue: 4, group: 1, ..options(directory.path()) }).await.unwrap();
    let hold = hold(directory.path());
    let mut tasks = JoinSet::new();
    for n in 1..=20 {
        let store = Arc::clone(&store);
        tasks.spawn(async move { store.commit(append(ConversationId(n), 0, &["x"])).await });
    }
    // Four in the queue, and one in the thread's hands if it was quick; all others are told at once.
    for _ in 0..15 {
        let told = tasks.join_next().await.unwrap().unwrap();
        assert!(matches!(told, Err(CommitError::Store(StoreError::Busy))), "{told:?}");
    }
    drop(hold);
    let stored = tasks.join_all().await.into_iter().filter(Result::is_ok).count();
    assert!((4..=5).contains(&stored), "{stored}");
    // Busy means: not written, and never will be.
    assert_eq!(store.conversations(None, 100).await.unwrap().len(), stored);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_commit_does_not_spoil_its_group() {
    let directory = directory();
    let store = open(directory.path()).await;
    store.commit(named(C, 0, deskbell::conversation::Author::Visitor, "m", 1)).await.unwrap();
    let hold = hold(directory.path());
    let commits = [
        append(ConversationId(1), 0, &["good"]),
        append(ConversationId(2), 5, &["stale"]),
        named(C, 1, deskbell::conversation::Author::Visitor, "m", 1),
        append(ConversationId(1), 1, &["good as well"]),
        append(ConversationId(1), 1, &["too late"]),
    ];
    let mut waiting: Vec<_> = commits.into_iter().map(|commit| Box::pin(store.commit(commit))).collect();
    for commit in &mut waiting {
        assert!(futures_util::poll!(commit).is_pending());
    }
    drop(hold);
    let mut told = Vec::new();
    for commit in waiting {
        told.push(match commit.await {
            Ok(()) => "good",
            Err(CommitError::Stale) => "stale",
            Err(CommitError::Duplicate(_)) => "duplicate",
            Err(e) => panic!("{e}"),
        });
    }
    assert_eq!(told, ["good", "stale", "duplicate", "good", "stale"]);
    assert_eq!(sound(&*store, ConversationId(1)).await, ["good", "good as well"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_fails_and_recovers() {
    let directory = directory();
    let store = sqlite::open(Options { max_pages: Some(96), ..options(directory.path()) }).await.unwrap();
    // Something to throw away later.
    let rubbish: Vec<[u8; 32]> = (0..=255).map(|n| [n; 32]).collect();
    let agent = {
        let person = NewPerson {
            email: "a@example.org".to_owned(),
            name: "Ada".to_owned(),
            role: Role::Agent,
            departments: Vec::new(),
            languages: vec![],
            skills: vec![],
            capacity: 3,
            password_hash: String::new(),
        };
        store.add_person(person).await.unwrap()
    };
    for token in &rubbish {
        store.add_session(session(*token, agent, Timestamp(1), Timestamp(2))).await.unwrap();
    }
    let long = "long words ".repeat(300);
    let mut acked = 0;
    let error = loop {
        match store.commit(append(C, acked, &[&long])).await {
            Ok(()) => acked += 1,
            Err(e) => break e,
        }
    };
    assert!(matches!(error, CommitError::Store(StoreError::Failed(_))), "{error:?}");
    assert!(matches!(store.probe().await, Err(StoreError::Failed(_))));
    // Reading goes on, and nothing is there by half.
    assert_eq!(sound(&*store, C).await.len() as u64, acked);

    for token in &rubbish {
        store.end_sessions(Ended::Token(*token), None).await.unwrap();
    }
    store.probe().await.unwrap();
    store.commit(append(C, acked, &[&long])).await.unwrap();
    drop(store);
    assert_eq!(sound(&*open(directory.path()).await, C).await.len() as u64, acked + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_spoils_nothing_else() {
    let directory = directory();
    let store = sqlite::open(Options { max_pages: Some(96), ..options(directory.path()) }).await.unwrap();
    let hold = hold(directory.path());
    let huge = "huge ".repeat(200_000);
    let texts = ["small", &huge, "small as well"];
    let commits = (1..).zip(texts).map(|(n, text)| append(ConversationId(n), 0, &[text]));
    let mut waiting: Vec<_> = commits.map(|commit| Box::pin(store.commit(commit))).collect();
    for commit in &mut waiting {
        assert!(futures_util::poll!(commit).is_pending());
    }
    drop(hold);
    let mut fits = Vec::new();
    for commit in waiting {
        fits.push(commit.await.is_ok());
    }
    assert_eq!(fits, [true, false, true]);
    assert!(sound(&*store, ConversationId(2)).await.is_empty());
    assert_eq!(sound(&*store, ConversationId(3)).await, ["small as well"]);
}

#[tokio::test]
async fn lost_data_gets_a_new_epoch() {
    let directory = directory();
    let (database, log) = (directory.path().join("deskbell.db"), directory.path().join("deskbell.db-wal"));
    let store = open(directory.path()).await;
    let epoch = store.epoch();
    for n in 0..40 {
        store.commit(append(C, n, &["x"])).await.unwrap();
    }
    // As a power cut would leave them, were it not for the mark, which is written at the end.
    let copies = (std::fs::read(&database).unwrap(), std::fs::read(&log).unwrap());
    drop(store);
    let lay = |log_bytes: &[u8]| {
        std::fs::write(&database, &copies.0).unwrap();
        std::fs::write(&log, log_bytes).unwrap();
        let _ = std::fs::remove_file(directory.path().join("deskbell.db-shm"));
    };
    lay(&copies.1);
    let store = open(directory.path()).await;
    assert_eq!((sound(&*store, C).await.len(), store.epoch()), (40, epoch));
    drop(store);

    let mut flipped = copies.1.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    lay(&flipped);
    let store = open(directory.path()).await;
    let left = sound(&*store, C).await.len();
    assert!(left < 40, "the flipped bit lost nothing");
    assert_ne!(store.epoch(), epoch);
    let renamed = store.epoch();
    drop(store);
    assert_eq!(open(directory.path()).await.epoch(), renamed);
}

#[tokio::test]
async fn tokens_of_visitors_survive() {
    let directory = directory();
    open(directory.path()).await.add_visitor(VISITOR, [3; 32], Timestamp(1)).await.unwrap();
    assert_eq!(
        open(directory.path()).await.visitor([3; 32], Timestamp(1)).await.unwrap().map(|(v, _)| v),
        Some(VISITOR)
    );
}

/// As `docs/operations.md` says it is done.
#[tokio::test]
async fn going_back_to_a_copy_gets_a_new_epoch() {
    let directory = directory();
    let (database, copy) = (directory.path().join("deskbell.db"), directory.path().join("copy.db"));
    let store = open(directory.path()).await;
    let epoch = store.epoch();
    for n in 0..5 {
        store.commit(append(C, n, &["x"])).await.unwrap();
    }
    let beside = Connection::open(&database).unwrap();
    beside.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
    drop(beside);
    store.commit(append(C, 5, &["after the copy"])).await.unwrap();
    drop(store);

    for end in ["", "-wal", "-shm", ".lock"] {
        let _ = std::fs::remove_file(directory.path().join(format!("deskbell.db{end}")));
    }
    std::fs::rename(&copy, &database).unwrap();
    let store = open(directory.path()).await;
    assert_eq!(sound(&*store, C).await.len(), 5);
    assert_ne!(store.epoch(), epoch);
}
