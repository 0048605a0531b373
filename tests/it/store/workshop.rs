//! Releases, the draft and what was set aside.

use std::sync::Arc;

use deskbell::content::SourceFile;
use deskbell::store::sqlite::{self, Location, Options};
use deskbell::store::workshop::{DraftError, DraftFile, IGNORED, NewDraft, NewRelease, Published, ReleaseError};
use deskbell::store::{By, OpenMode, Store, Who};
use deskbell::types::{AgentId, Timestamp};
use tokio::task::JoinSet;

use super::world::{directory, open};

macro_rules! story {
    ($($guarantee:ident,)*) => {
        mod file {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $guarantee() {
                let directory = super::directory();
                super::$guarantee(super::open(directory.path()).await).await;
            })*
        }
        mod memory {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $guarantee() {
                let options = super::Options::new(super::Location::Memory, super::OpenMode::Serve);
                super::$guarantee(super::sqlite::open(options).await.unwrap()).await;
            })*
        }
    };
}

story! {
    a_release_comes_back_as_it_was,
    the_one_made_live_last_is_live,
    equal_files_are_one_release_unless_named,
    a_name_belongs_to_one_content,
    of_two_publishers_both_are_kept_and_one_is_live,
    of_two_who_expect_the_same_live_release_one_wins,
    a_draft_is_replaced_only_by_who_has_seen_it,
    of_two_drafts_one_wins,
    a_text_is_set_aside_once,
    what_was_set_aside_goes_with_its_age,
}

fn by(agent: i64) -> By {
    By { who: Who::Person(AgentId(agent)), at: Some(Timestamp(agent * 1_000)), address: "192.0.2.0/24".to_owned() }
}

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), bytes: text.into() }
}

fn new(name: &str, version: &str, files: &[(&str, &str)]) -> NewRelease {
    NewRelease {
        name: name.to_owned(),
        named: true,
        version: version.to_owned(),
        author: "Anna".to_owned(),
        commit: Some("abc".to_owned()),
        message: "why".to_owned(),
        summary: Some(serde_json::json!({"changes": 2})),
        files: files.iter().map(|(path, text)| file(path, text)).collect(),
        after: None,
    }
}

async fn add(store: &dyn Store, name: &str, version: &str) -> Published {
    store.add_release(new(name, version, &[("intents/a.yaml", version)]), by(1)).await.unwrap()
}

async fn acts(store: &dyn Store) -> Vec<(String, String, String)> {
    let rows = store.audit_rows(0, None, 100).await.unwrap();
    rows.into_iter().map(|r| (r.who, r.what, r.detail)).collect()
}

async fn a_release_comes_back_as_it_was(store: Arc<dyn Store>) {
    assert_eq!((store.live().await.unwrap(), store.release_files(1).await.unwrap()), (None, None));
    let files = [("deskbell.toml", ""), ("intents/a.yaml", "intents: []\n"), ("knowledge/é.md", "\u{feff}x\r\n")];
    let Published { release, new: fresh, moved } = store.add_release(new("one", "v1", &files), by(7)).await.unwrap();
    assert!(fresh && moved && release.live);
    assert_eq!((release.at, release.bytes, release.author.as_str()), (Timestamp(7_000), 18, "Anna"));
    assert_eq!((release.commit.as_deref(), release.message.as_str()), (Some("abc"), "why"));
    assert_eq!(release.summary, Some(serde_json::json!({"changes": 2})));
    let back = store.release_files(release.id).await.unwrap().unwrap();
    assert_eq!(back, files.map(|(path, text)| file(path, text)));
    assert_eq!(store.release_named("one").await.unwrap(), Some(release.clone()));
    assert_eq!(store.release(release.id).await.unwrap(), Some(release));
    let wanted = [("a7", "release_published", "one (v1)"), ("a7", "release_live", "one, the first")];
    assert_eq!(acts(&*store).await, wanted.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())));
}

async fn the_one_made_live_last_is_live(store: Arc<dyn Store>) {
    let one = add(&*store, "one", "v1").await.release.id;
    let two = add(&*store, "two", "v2").await.release.id;
    assert_eq!(store.live().await.unwrap().unwrap().0, two);
    assert!(!store.make_live(two, by(2)).await.unwrap(), "it is so already");
    assert!(!store.make_live(99, by(2)).await.unwrap(), "there is none such");
    assert!(store.make_live(one, by(2)).await.unwrap());
    assert_eq!(store.live().await.unwrap().unwrap().0, one);
    let live: Vec<(i64, bool)> = store.releases(None, 9).await.unwrap().iter().map(|r| (r.id, r.live)).collect();
    assert_eq!(live, [(two, false), (one, true)]);
    assert_eq!(store.releases(Some(two), 9).await.unwrap().len(), 1);
    assert_eq!(store.releases(None, 1).await.unwrap()[0].id, two);
    let moves = store.moves(None, 9).await.unwrap();
    let shown: Vec<(i64, &str, i64)> = moves.iter().map(|m| (m.release, m.by.as_str(), m.at.0)).collect();
    assert_eq!(shown, [(one, "a2", 2_000), (two, "a1", 1_000), (one, "a1", 1_000)]);
    assert_eq!(store.moves(Some(moves[0].id), 1).await.unwrap(), [moves[1].clone()]);
    assert_eq!(acts(&*store).await.last().unwrap().2, "one, instead of two");
}

async fn equal_files_are_one_release_unless_named(store: Arc<dyn Store>) {
    let unnamed =
        |name: &str, version: &str| NewRelease { named: false, ..new(name, version, &[("intents/a.yaml", version)]) };
    let one = store.add_release(unnamed("monday", "v1"), by(1)).await.unwrap().release;
    let again = store.add_release(unnamed("tuesday", "v1"), by(1)).await.unwrap();
    assert_eq!((again.release, again.new, again.moved), (one.clone(), false, false));
    add(&*store, "two", "v2").await;
    let back = store.add_release(unnamed("wednesday", "v1"), by(1)).await.unwrap();
    assert_eq!((back.release.id, back.new, back.moved), (one.id, false, true), "the older one is live again");
    let named = add(&*store, "named", "v1").await;
    assert!(named.new && named.moved && named.release.id != one.id);
    let same = add(&*store, "named", "v1").await;
    assert_eq!((same.release.id, same.new, same.moved), (named.release.id, false, false));
    assert_eq!(store.releases(None, 9).await.unwrap().len(), 3);
}

async fn a_name_belongs_to_one_content(store: Arc<dyn Store>) {
    let one = add(&*store, "one", "v1").await.release;
    let other = store.add_release(new("one", "v2", &[("intents/a.yaml", "x")]), by(1)).await;
    assert!(matches!(other, Err(ReleaseError::Taken)), "{other:?}");
    assert_eq!(store.releases(None, 9).await.unwrap(), [one]);
}

async fn of_two_publishers_both_are_kept_and_one_is_live(store: Arc<dyn Store>) {
    let mut tasks = JoinSet::new();
    for n in 0..16 {
        let store = Arc::clone(&store);
        // Half of the files are everybody's.
        let files = [("intents/all.yaml", "the same".to_owned()), ("intents/own.yaml", format!("of {}", n % 4))];
        tasks.spawn(async move {
            let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
            let version = format!("v{}", n % 4);
            let published = store.add_release(new(&version, &version, &files), by(n)).await.unwrap();
            let read = store.release_files(published.release.id).await.unwrap().unwrap();
            assert_eq!(read[1].bytes, format!("of {}", n % 4).into_bytes());
            published.new
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|new| *new).count(), 4);
    let releases = store.releases(None, 99).await.unwrap();
    assert_eq!((releases.len(), releases.iter().filter(|r| r.live).count()), (4, 1));
    assert_eq!(store.moves(None, 99).await.unwrap()[0].release, releases.iter().find(|r| r.live).unwrap().id);
}

async fn of_two_who_expect_the_same_live_release_one_wins(store: Arc<dyn Store>) {
    add(&*store, "one", "v1").await;
    let last = store.live().await.unwrap().map(|(_, last)| last);
    let mut tasks = JoinSet::new();
    for n in 0..8 {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            let name = format!("next-{n}");
            let release = NewRelease { after: Some(last), ..new(&name, &name, &[("intents/a.yaml", &name)]) };
            match store.add_release(release, by(n)).await {
                Ok(published) => published.new,
                Err(ReleaseError::Moved) => false,
                Err(other) => panic!("{other}"),
            }
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|new| *new).count(), 1);
    assert_eq!(store.releases(None, 99).await.unwrap().len(), 2);
}

fn draft(text: &str) -> NewDraft {
    let file = |path: &str, bytes: Option<&str>, was| DraftFile {
        path: path.to_owned(),
        bytes: bytes.map(|b| b.as_bytes().to_vec()),
        was,
    };
    let files = vec![file("intents/a.yaml", Some(text), Some([7; 32])), file("intents/b.yaml", None, None)];
    NewDraft { base: "v1".to_owned(), files }
}

async fn a_draft_is_replaced_only_by_who_has_seen_it(store: Arc<dyn Store>) {
    assert_eq!(store.draft().await.unwrap(), None);
    assert!(matches!(store.put_draft(Some(1), draft("x"), by(1)).await, Err(DraftError::Conflict)));
    let first = store.put_draft(None, draft("one"), by(1)).await.unwrap();
    let found = store.draft().await.unwrap().unwrap();
    assert_eq!((found.rev, found.base.as_str(), found.at, found.by.as_str()), (first, "v1", Timestamp(1_000), "a1"));
    assert_eq!(found.files, draft("one").files);
    for stale in [None, Some(first + 1)] {
        assert!(matches!(store.put_draft(stale, draft("x"), by(2)).await, Err(DraftError::Conflict)));
        assert!(!store.drop_draft(stale.unwrap_or_default(), by(2)).await.unwrap());
    }
    let second = store.put_draft(Some(first), draft("two"), by(2)).await.unwrap();
    assert_eq!(store.draft().await.unwrap().unwrap().files, draft("two").files);
    assert!(store.drop_draft(second, by(2)).await.unwrap());
    assert_eq!(store.draft().await.unwrap(), None);
    let third = store.put_draft(None, draft("three"), by(1)).await.unwrap();
    assert!(first < second && second < third, "a number is never given twice");
    let whats: Vec<String> = acts(&*store).await.into_iter().map(|(_, what, _)| what).collect();
    assert_eq!(whats, ["draft_changed", "draft_changed", "draft_dropped", "draft_changed"]);
}

async fn of_two_drafts_one_wins(store: Arc<dyn Store>) {
    let begun = store.put_draft(None, draft("begun"), by(1)).await.unwrap();
    let mut tasks = JoinSet::new();
    for n in 0..16 {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            match n % 4 {
                0 => store.drop_draft(begun, by(n)).await.unwrap(),
                _ => store.put_draft(Some(begun), draft(&n.to_string()), by(n)).await.is_ok(),
            }
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|won| *won).count(), 1);
}

async fn a_text_is_set_aside_once(store: Arc<dyn Store>) {
    let one = store.ignore("who are you", by(1)).await.unwrap().unwrap();
    assert_eq!(store.ignore("who are you", by(2)).await.unwrap(), Some(one));
    let two = store.ignore("are you real", by(2)).await.unwrap().unwrap();
    let all = store.ignored().await.unwrap();
    let shown: Vec<(i64, &str, &str)> = all.iter().map(|i| (i.id, i.text.as_str(), i.by.as_str())).collect();
    assert_eq!(shown, [(one, "who are you", "a1"), (two, "are you real", "a2")]);
    assert!(store.unignore(one, by(1)).await.unwrap());
    assert!(!store.unignore(one, by(1)).await.unwrap());
    assert_eq!(store.ignored().await.unwrap().len(), 1);
    for (_, _, detail) in acts(&*store).await {
        assert_eq!(detail, "", "the audit table holds no words of visitors");
    }
    let mut tasks = JoinSet::new();
    for n in 0..IGNORED + 9 {
        let store = Arc::clone(&store);
        tasks.spawn(async move { store.ignore(&n.to_string(), by(1)).await.unwrap().is_some() });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|new| *new).count(), IGNORED as usize - 1);
    assert_eq!(store.ignore("one more", by(1)).await.unwrap(), None, "as many as may be");
    assert_eq!(store.ignore("are you real", by(1)).await.unwrap(), Some(two), "known ones are still found");
}

async fn what_was_set_aside_goes_with_its_age(store: Arc<dyn Store>) {
    store.ignore("old", by(1)).await.unwrap();
    store.ignore("new", by(9)).await.unwrap();
    store.expire(Timestamp(5_000), Timestamp(10_000), 100).await.unwrap();
    let left: Vec<String> = store.ignored().await.unwrap().into_iter().map(|i| i.text).collect();
    assert_eq!(left, ["new"]);
}

/// What the tables hold is looked at from outside, as a backup or another program would.
#[tokio::test(flavor = "multi_thread")]
async fn files_are_stored_once_and_never_change() {
    let directory = directory();
    let store = open(directory.path()).await;
    let big = "the same line\n".repeat(10_000);
    for name in ["one", "two", "three"] {
        let files = [("knowledge/a.md", big.as_str()), ("knowledge/b.md", big.as_str()), ("intents/a.yaml", name)];
        store.add_release(new(name, name, &files), by(1)).await.unwrap();
    }
    drop(store);
    let connection = rusqlite::Connection::open(directory.path().join("deskbell.db")).unwrap();
    let (files, bytes): (i64, i64) = connection
        .query_row("SELECT count(*), sum(length(deflated)) FROM content_file", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!(files, 4);
    assert!(bytes < 5_000, "{bytes} bytes for three times 280,000");
    for change in [
        "UPDATE release SET version = 'x'",
        "DELETE FROM release",
        "UPDATE release_file SET path = 'x'",
        "DELETE FROM release_file",
        "UPDATE content_file SET deflated = x'00'",
        "DELETE FROM content_file",
    ] {
        let refused = connection.execute(change, []).unwrap_err().to_string();
        assert!(refused.contains("a release is never changed"), "{change}: {refused}");
    }
    // Damage, as a disk does it.
    connection.execute_batch("DROP TRIGGER content_file_stays; UPDATE content_file SET deflated = x'00'").unwrap();
    drop(connection);
    let store = open(directory.path()).await;
    let told = store.release_files(1).await.unwrap_err().to_string();
    assert!(told.contains("intents/a.yaml") && told.contains("damaged"), "{told}");
}
