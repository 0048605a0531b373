//! The shared draft over HTTP, and what becomes of it.

use std::path::Path;
use std::sync::Arc;

use deskbell::config::Follow;
use deskbell::content::{self, SourceFile};
use deskbell::store::workshop::NewRelease;
use deskbell::store::{self, By, Store};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Shop, intents};
use crate::support::faulty::{Commits, Faulty};

const FILE: &str = "intents/a.yaml";

#[tokio::test(flavor = "multi_thread")]
async fn of_two_editors_who_write_on_the_same_draft_one_is_told() {
    let shop = Shop::start(Follow::Folder, None).await;
    assert_eq!(shop.call("GET", "/draft", Value::Null).await.status, 204);
    let first = shop.put(None, FILE, &intents("From ten to six.")).await;
    let again = json!({"rev": null, "path": FILE, "text": "x"});
    assert_eq!(shop.refused("PUT", "/draft/file", again).await, (409, "changed".to_owned()));
    let view = shop.draft().await;
    assert_eq!(
        (view["rev"].as_i64(), &view["stale"], &view["by"]["name"]),
        (Some(first), &json!(false), &json!("Anna"))
    );
    let lines = view["files"][0]["diff"].as_array().unwrap();
    let is = |line: &&Value, op: &str, part: &str| line["op"] == op && line["text"].as_str().unwrap().contains(part);
    assert!(lines.iter().any(|l| is(&l, "add", "From ten to six.")), "{view}");
    assert!(lines.iter().any(|l| is(&l, "del", "Every day from eight")), "{view}");
    // Both write on the same one at once.
    let both = [intents("One."), intents("Two.")].map(|text| json!({"rev": first, "path": FILE, "text": text}));
    let [one, two] = both;
    let (one, two) = tokio::join!(shop.call("PUT", "/draft/file", one), shop.call("PUT", "/draft/file", two));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    assert_eq!(shop.refused("DELETE", "/draft", json!({"rev": first})).await, (409, "changed".to_owned()));
    let rev = shop.draft().await["rev"].clone();
    assert_eq!(shop.call("DELETE", "/draft", json!({"rev": rev})).await.status, 204);
    assert_eq!(shop.call("GET", "/draft", Value::Null).await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_shows_its_problems_and_failing_tests_and_nothing_of_it_answers() {
    let shop = Shop::start(Follow::Folder, None).await;
    let rev = shop.put(None, "intents/b.yaml", "intents:\n  - id: gift\n    nonsense: 1\n").await;
    let view = shop.draft().await;
    assert_eq!((&view["files"][0]["path"], &view["files"][0]["new"]), (&json!("intents/b.yaml"), &json!(true)));
    let problem = view["problems"].as_array().unwrap().iter().find(|p| p["severity"] == "error").unwrap();
    assert_eq!((&problem["file"], &problem["line"]), (&json!("intents/b.yaml"), &json!(3)), "{view}");
    let test = "intents:\n  - id: gift\n    examples: [wrap it as a gift, is there gift paper]\n    answer: We wrap it.\n    expect: [when are you open]\n";
    let rev = shop.put(Some(rev), "intents/b.yaml", test).await;
    let view = shop.draft().await;
    assert!(view["problems"].as_array().unwrap().iter().all(|p| p["severity"] != "error"), "{view}");
    let failed = &view["tests"]["failed"][0];
    assert_eq!((&failed["file"], &failed["line"]), (&json!("intents/b.yaml"), &json!(5)), "{view}");
    let tried = shop.call("POST", "/try", json!({"text": "is there gift paper"})).await.json();
    assert_ne!(tried["live"]["verdict"], "confident", "{tried}");
    assert_eq!(
        (&tried["draft"]["verdict"], &tried["draft"]["said"][0]["text"]),
        (&json!("confident"), &json!("We wrap it."))
    );
    assert_eq!(tried["draft"]["candidates"][0]["lines"][0]["file"], "intents/b.yaml", "{tried}");
    for path in ["../etc/passwd", "intents/../../x.yaml", ".git/config", "--upload-pack=x.yaml", "intents/a.sh"] {
        let body = json!({"rev": rev, "path": path, "text": "x"});
        assert_eq!(shop.refused("PUT", "/draft/file", body).await, (422, "path".to_owned()), "{path}");
    }
    let large = json!({"rev": rev, "path": "knowledge/x.md", "text": "x".repeat((1 << 20) + 1)});
    assert_eq!(shop.refused("PUT", "/draft/file", large).await, (413, "too_large".to_owned()));
    let overview = shop.call("GET", "", Value::Null).await.json();
    assert_eq!((&overview["follow"], &overview["draft"]["rev"]), (&json!("folder"), &json!(rev)));
    assert!(overview["entries"].as_array().unwrap().iter().any(|e| e["id"] == "opening-hours"), "{overview}");
    for (path, body) in [("/publish", json!({"rev": rev, "name": "a"})), ("/rollback", json!({"to": 1}))] {
        assert_eq!(shop.refused("POST", path, body).await, (409, "follows_folder".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_answers_and_the_way_back_compiles_nothing() {
    let shop = Shop::start(Follow::Releases, None).await;
    let mut visitor = shop.server.visitor().await;
    let folder = shop.answers(&mut visitor, None, "eight to eight").await;
    // What is broken, fails or says nothing new is no release.
    let rev = shop.put(None, FILE, "intents: [").await;
    let publish = |rev: i64, name: &str| json!({"rev": rev, "name": name, "message": "why"});
    assert_eq!(shop.refused("POST", "/publish", publish(rev, "one")).await, (422, "problems".to_owned()));
    let wrong = intents("From ten to six.").replace("when do you open", "something else entirely");
    let rev = shop.put(Some(rev), FILE, &wrong).await;
    assert_eq!(shop.refused("POST", "/publish", publish(rev, "one")).await, (422, "tests".to_owned()));
    let rev = shop.put(Some(rev), FILE, &intents("From ten to six.")).await;
    for name in ["", "17", "-x"] {
        assert_eq!(shop.refused("POST", "/publish", publish(rev, name)).await, (422, "name".to_owned()), "{name}");
    }
    assert_eq!(shop.refused("POST", "/publish", publish(rev - 1, "one")).await, (409, "changed".to_owned()));
    assert_eq!(shop.call("GET", "/releases", Value::Null).await.json()["releases"], json!([]));

    let plan = shop.call("POST", "/plan", json!({"days": 7})).await.json();
    assert!(plan["summary"]["reworded"].as_u64() >= Some(1), "{plan}");
    let began = Instant::now();
    let published = shop.call("POST", "/publish", publish(rev, "one")).await;
    assert_eq!(published.status, 201, "{}", published.body);
    let one = published.json()["release"].clone();
    assert_eq!((&one["author"], &one["live"], &one["message"]), (&json!("Anna"), &json!(true), &json!("why")));
    let version = shop.answers(&mut visitor, None, "ten to six").await;
    println!("published over HTTP and answered by it: {:?}", began.elapsed());
    assert_eq!(one["version"], version);
    assert_ne!(version, folder);
    assert_eq!(shop.call("GET", "/draft", Value::Null).await.status, 204, "it is no draft any more");

    let rev = shop.put(None, FILE, &intents("Never again.")).await;
    let two = shop.call("POST", "/publish", publish(rev, "two")).await.json()["release"].clone();
    shop.answers(&mut visitor, None, "Never again").await;
    let compiled = shop.compiled().await;
    assert!(compiled >= 2, "{compiled}");
    let began = Instant::now();
    let back = shop.call("POST", "/rollback", json!({"to": one["id"]})).await;
    assert_eq!((back.status, &back.json()["release"]["live"]), (200, &json!(true)));
    shop.answers(&mut visitor, None, "ten to six").await;
    println!("rolled back over HTTP and answered by it: {:?}", began.elapsed());
    assert_eq!(shop.compiled().await, compiled, "it was still in memory");
    let live: Vec<Value> =
        shop.call("GET", "/releases", Value::Null).await.json()["releases"].as_array().unwrap().clone();
    let live: Vec<(&Value, &Value)> = live.iter().map(|r| (&r["id"], &r["live"])).collect();
    assert_eq!(live, [(&two["id"], &json!(false)), (&one["id"], &json!(true))]);
    assert_eq!(shop.refused("POST", "/rollback", json!({"to": 999})).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_under_way_keeps_the_version_it_began_with() {
    let inner = store::open("sqlite::memory:", Path::new(".")).await.unwrap();
    let store = Faulty::new(inner);
    let shop = Shop::on(Arc::clone(&store) as Arc<dyn Store>, Follow::Releases, None, &[]).await;
    let old = shop.server.desk().content().version.clone();
    let mut visitor = shop.server.visitor().await;
    store.commits(Commits::Held);
    let start = visitor.frames.len();
    visitor.send(json!({"type": "send", "cmid": "m1", "kind": "text", "body": {"text": "when are you open?"}})).await;
    store.holds(1).await;
    publish_beside(&*store, "new", &[(FILE, &intents("From ten to six."))]).await;
    while shop.server.desk().content().version == old {
        tokio::task::yield_now().await;
    }
    store.commits(Commits::Work);
    let answer = visitor.wait_from(start, |f| f["kind"] == "answer").await;
    assert_eq!(answer["body"]["content_version"], old);
    assert!(answer["body"]["text"].as_str().unwrap().contains("eight to eight"), "{answer}");
    let c = answer["c"].as_str().unwrap().to_owned();
    let new = shop.answers(&mut visitor, Some(&c), "ten to six").await;
    assert_ne!(new, old, "the next one in the same conversation is of the new");
}

/// As the command does it, in another process.
async fn publish_beside(store: &dyn Store, name: &str, files: &[(&str, &str)]) {
    let files: Vec<SourceFile> =
        files.iter().map(|(path, text)| SourceFile { path: (*path).into(), bytes: (*text).into() }).collect();
    let new = NewRelease {
        name: name.to_owned(),
        named: true,
        version: content::build(&files).0.version,
        author: "Ben".to_owned(),
        commit: None,
        message: String::new(),
        summary: None,
        files,
        after: None,
    };
    store.add_release(new, By::command()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobodys_release_is_taken_back_by_a_draft_that_was_begun_before_it() {
    let shop = Shop::start(Follow::Releases, None).await;
    let rev = shop.put(None, FILE, &intents("Mine.")).await;
    let rev = shop.put(Some(rev), "knowledge/new.md", "---\ntitle: Gifts\n---\nWe wrap them.\n").await;
    let old = shop.server.desk().content().version.clone();
    publish_beside(&*shop.server.store, "theirs", &[(FILE, &intents("Theirs."))]).await;
    let publish = json!({"rev": rev, "name": "mine"});
    while shop.server.desk().content().version == old {
        tokio::task::yield_now().await;
    }
    let view = shop.draft().await;
    assert_eq!((&view["stale"], &view["files"][0]["conflict"]), (&json!(true), &json!(true)), "{view}");
    assert_eq!(view["files"][1]["conflict"], false);
    let refused = shop.call("POST", "/publish", publish).await;
    assert_eq!((refused.status, refused.json()["files"].clone()), (409, json!([FILE])), "{}", refused.body);
    // Whoever has seen it may mean theirs instead.
    let rev = shop.put(Some(rev), FILE, &intents("Both.")).await;
    let view = shop.draft().await;
    assert_eq!((&view["stale"], &view["files"][0]["conflict"]), (&json!(false), &json!(false)), "{view}");
    let published = shop.call("POST", "/publish", json!({"rev": rev, "name": "mine"})).await;
    assert_eq!(published.status, 201, "{}", published.body);
    let taken = shop.put(None, FILE, &intents("Again.")).await;
    let answer = shop.refused("POST", "/publish", json!({"rev": taken, "name": "theirs"})).await;
    assert!(answer == (409, "taken".to_owned()) || answer == (409, "moved".to_owned()), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_cannot_be_used_here_leaves_what_is_in_force() {
    let shop = Shop::start(Follow::Releases, None).await;
    let old = shop.server.desk().content().version.clone();
    publish_beside(&*shop.server.store, "broken", &[(FILE, "intents: [")]).await;
    let why = loop {
        if let Some(why) = shop.server.desk().rejected() {
            break why;
        }
        tokio::task::yield_now().await;
    };
    assert!(why.starts_with("release broken: intents/a.yaml:1"), "{why}");
    assert_eq!(shop.server.desk().content().version, old);
    publish_beside(&*shop.server.store, "sound", &[(FILE, &intents("From ten to six."))]).await;
    while shop.server.desk().rejected().is_some() {
        tokio::task::yield_now().await;
    }
    assert_ne!(shop.server.desk().content().version, old);
}
