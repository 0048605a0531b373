//! Releases by the commands, beside the running program.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{answers, figure, intents};
use crate::durability::program::{BINARY, Program, deskbell, directory, done, run};
use crate::support::{Client, PATIENCE, request};

fn write(root: &Path, hours: &str) {
    let half = root.join("content/intents/a.half");
    std::fs::write(&half, intents(hours)).unwrap();
    std::fs::rename(half, root.join("content/intents/a.yaml")).unwrap();
}

fn publish(root: &Path, more: &[&str]) -> Command {
    let mut command = deskbell(root, &["publish", "--author", "Ben"]);
    command.arg("--content").arg(root.join("content")).args(more);
    command
}

fn releases(root: &Path) -> Vec<Value> {
    let out = done(deskbell(root, &["releases", "--json"]));
    out.lines().filter(|l| l.starts_with('{')).map(|l| serde_json::from_str(l).unwrap()).collect()
}

fn following(root: &Path) -> Program {
    let mut command = Command::new(BINARY);
    command.env("DESKBELL_FOLLOW", "releases");
    Program::start_with(root, command)
}

async fn ready(program: &Program, fits: impl Fn(&Value) -> bool) -> Value {
    let look = async {
        loop {
            let told = request(program.admin, "GET", "/readyz", &[("connection", "close")], "").await.json();
            if fits(&told["content"]) {
                return told["content"].clone();
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, look).await.expect("another answer of /readyz")
}

async fn figures(program: &Program) -> String {
    request(program.admin, "GET", "/metrics", &[("connection", "close")], "").await.body
}

async fn visitor(program: &Program) -> Client {
    let mut visitor = Client::connect(program.address, "/ws", None).await;
    visitor.hello(json!({})).await;
    visitor
}

#[tokio::test(flavor = "multi_thread")]
async fn publish_and_rollback_beside_a_server_that_follows() {
    let home = directory();
    let root = home.path();
    write(root, "From eight to eight.");
    let mut program = following(root);
    program.until("nothing is published yet");
    let first = ready(&program, |_| true).await;
    assert_eq!((&first["follow"], &first["release"]), (&json!("releases"), &Value::Null));
    let mut visitor = visitor(&program).await;
    answers(&mut visitor, None, "eight to eight").await;

    // The folder alone changes nothing.
    write(root, "From ten to six.");
    let told = done(publish(root, &["--name", "one", "--message", "Longer mornings"]));
    let began = Instant::now();
    assert!(told.contains("one is live (release 1"), "{told}");
    let version = answers(&mut visitor, None, "ten to six").await;
    println!("published by the command, answered by it after {:?}", began.elapsed());
    let now = ready(&program, |c| c["release"]["name"] == "one").await;
    assert_eq!((&now["version"], &now["rejected"]), (&json!(version), &Value::Null));

    let told = done(publish(root, &[]));
    assert!(told.contains("nothing is new: one (release 1)"), "{told}");
    write(root, "Never.");
    done(publish(root, &[]));
    answers(&mut visitor, None, "Never").await;

    let before = figure(&figures(&program).await, "content_compile_total");
    let told = done(deskbell(root, &["rollback"]));
    let began = Instant::now();
    assert!(told.contains("one is live (release 1") && told.contains("~ intents/a.yaml"), "{told}");
    answers(&mut visitor, None, "ten to six").await;
    println!("rolled back by the command, answered by it after {:?}", began.elapsed());
    assert_eq!(figure(&figures(&program).await, "content_compile_total"), before, "it was still in memory");

    // After a restart what is live is served, whatever the folder says, and also without it.
    program.stop();
    std::fs::remove_dir_all(root.join("content")).unwrap();
    let program = following(root);
    let now = ready(&program, |_| true).await;
    assert_eq!((&now["version"], &now["release"]["name"]), (&json!(version), &json!("one")));
    let told = done(deskbell(root, &["rollback", "2"]));
    assert!(told.contains("(release 2"), "{told}");
    ready(&program, |c| c["release"]["id"] == 2).await;
    let (code, told) = run(deskbell(root, &["rollback", "nobody"]));
    assert_eq!(code, Some(2), "{told}");
    let table = done(deskbell(root, &["releases"]));
    let lines: Vec<&str> = table.lines().collect();
    assert!(
        lines[1].starts_with("live  2") && lines[2].contains("Ben") && lines[2].contains("Longer mornings"),
        "{table}"
    );
    let acts = done(deskbell(root, &["audit"]));
    assert!(acts.contains("release_published") && acts.contains("release_live"), "{acts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_broken_or_fails_its_tests_is_no_release() {
    let home = directory();
    let root = home.path();
    let program = Program::start(root);
    let refused = |more: &[&str], part: &str| {
        let (code, told) = run(publish(root, more));
        assert_eq!(code, Some(1), "{told}");
        assert!(told.contains(part) && told.contains("nothing was published"), "{told}");
    };
    let file = root.join("content/intents/a.yaml");
    std::fs::write(&file, "intents: [").unwrap();
    refused(&[], "intents/a.yaml:1");
    refused(&["--no-tests"], "intents/a.yaml:1");
    std::fs::write(&file, intents("Never.").replace("when do you open", "something else entirely")).unwrap();
    refused(&[], "FAIL intents/a.yaml:6");
    let (code, told) = run(publish(root, &["--name", "17"]));
    assert_eq!(code, Some(2), "{told}");
    assert!(releases(root).is_empty());
    done(publish(root, &["--no-tests", "--name", "unsafe"]));
    assert_eq!(releases(root).len(), 1);
    std::fs::write(&file, intents("Never.")).unwrap();
    let (code, told) = run(publish(root, &["--name", "unsafe"]));
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("there is a release of this name with other files"), "{told}");
    program.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_that_is_killed_leaves_all_or_nothing() {
    let home = directory();
    let root = home.path();
    write(root, "From eight to eight.");
    let program = following(root);
    let first = ready(&program, |_| true).await;
    write(root, "From ten to six.");
    for place in ["release_mid", "before_commit"] {
        let mut command = publish(root, &[]);
        command.env("FAULT_AT", place);
        let (code, told) = run(command);
        assert_eq!(code, None, "{place}: {told}");
        assert!(releases(root).is_empty(), "{place}");
    }
    let mut command = publish(root, &["--name", "one"]);
    command.env("FAULT_AT", "after_commit_before_ack");
    assert_eq!(run(command).0, None);
    let all = releases(root);
    assert_eq!((all.len(), &all[0]["live"]), (1, &json!(true)), "whole, though nobody was told");
    let now = ready(&program, |c| c["release"]["name"] == "one").await;
    assert_ne!(now["version"], first["version"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_publishers_at_once_make_two_releases_and_one_is_live() {
    let home = directory();
    let root = home.path();
    let program = following(root);
    let folders = [("left", "From one to two."), ("right", "From three to four.")].map(|(name, hours)| {
        let folder = root.join(name);
        std::fs::create_dir_all(folder.join("intents")).unwrap();
        std::fs::write(folder.join("intents/a.yaml"), intents(hours)).unwrap();
        (name, folder)
    });
    let children = folders.map(|(name, folder)| {
        let mut command = deskbell(root, &["publish", "--name", name]);
        command.arg("--content").arg(folder).stdout(Stdio::null()).spawn().unwrap()
    });
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let all = releases(root);
    let live: Vec<&Value> = all.iter().filter(|r| r["live"] == true).collect();
    assert_eq!((all.len(), live.len()), (2, 1), "{all:?}");
    ready(&program, |c| c["version"] == live[0]["version"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_follows_its_folder_does_not_mind() {
    let home = directory();
    let root = home.path();
    write(root, "From eight to eight.");
    let program = Program::start(root);
    let first = ready(&program, |_| true).await;
    assert_eq!((&first["follow"], &first["release"]), (&json!("folder"), &Value::Null));
    let other = root.join("other");
    std::fs::create_dir_all(other.join("intents")).unwrap();
    std::fs::write(other.join("intents/a.yaml"), intents("Never.")).unwrap();
    let mut command = deskbell(root, &["publish"]);
    command.arg("--content").arg(&other);
    done(command);
    // Nothing else happens until the folder changes: what is published was not taken up before that.
    write(root, "From ten to six.");
    let now = ready(&program, |c| c["version"] != first["version"]).await;
    assert_eq!(now["release"], Value::Null);
    let mut visitor = visitor(&program).await;
    answers(&mut visitor, None, "ten to six").await;
    let swaps = figures(&program).await;
    assert!(swaps.contains("content_reload_total{result=\"live\"} 1"), "one swap, by the folder: {swaps}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_the_disk_has_damaged_leaves_the_last_good_one() {
    let home = directory();
    let root = home.path();
    write(root, "From ten to six.");
    let program = following(root);
    done(publish(root, &["--name", "one"]));
    let good = ready(&program, |c| c["release"]["name"] == "one").await;
    program.stop();
    let database = rusqlite::Connection::open(root.join("data/deskbell.db")).unwrap();
    database.execute_batch("DROP TRIGGER content_file_stays; UPDATE content_file SET deflated = x'00'").unwrap();
    drop(database);
    std::fs::remove_dir_all(root.join("content")).unwrap();
    let program = following(root);
    let now = ready(&program, |_| true).await;
    assert_eq!((&now["version"], &now["release"]["name"]), (&good["version"], &json!("one")));
    assert!(now["rejected"].as_str().is_some_and(|w| w.starts_with("release one:") && w.contains("damaged")), "{now}");
    let mut visitor = visitor(&program).await;
    answers(&mut visitor, None, "ten to six").await;
}
