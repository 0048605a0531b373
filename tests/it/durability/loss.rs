//! Data that is missing at the start is noticed, whatever took it.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::Value;

use super::program::{Program, Visitor, deskbell, directory, done, stored};

fn data(directory: &Path, end: &str) -> PathBuf {
    directory.join(format!("data/deskbell.db{end}"))
}

fn flip(file: &Path, percent: usize) {
    let mut bytes = std::fs::read(file).unwrap();
    let at = bytes.len() * percent / 100;
    bytes[at] ^= 0x10;
    std::fs::write(file, bytes).unwrap();
}

fn remove(directory: &Path, ends: &[&str]) {
    for end in ends {
        std::fs::remove_file(data(directory, end)).unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_noticed() {
    let original = directory();
    let program = Program::start(original.path());
    let mut visitor = Visitor::new(&program).await;
    visitor.chat(4).await;
    let older = original.path().join("older.db");
    done(with(deskbell(original.path(), &["backup"]), &older));
    visitor.chat(20).await;
    // Within the second in which the last of it was acked.
    program.kill();

    let other = directory();
    let program = Program::start(other.path());
    let mut stranger = Visitor::new(&program).await;
    stranger.chat(60).await;
    stranger.leave().await;
    program.stop();
    let other = data(other.path(), "");

    type Damage<'a> = (&'a str, bool, &'a dyn Fn(&Path));
    let damages: &[Damage<'_>] = &[
        ("nothing", false, &|_| {}),
        ("a bit of the log at 25 %", true, &|d| flip(&data(d, "-wal"), 25)),
        ("a bit of the log at 50 %", true, &|d| flip(&data(d, "-wal"), 50)),
        ("a bit of the log at 75 %", true, &|d| flip(&data(d, "-wal"), 75)),
        ("a bit of the last transaction in the log", true, &|d| flip(&data(d, "-wal"), 99)),
        ("a bit of the log's header", true, &|d| flip(&data(d, "-wal"), 0)),
        ("half of the log", true, &|d| {
            let file = std::fs::OpenOptions::new().write(true).open(data(d, "-wal")).unwrap();
            file.set_len(file.metadata().unwrap().len() / 2).unwrap();
        }),
        ("the log", true, &|d| remove(d, &["-wal"])),
        ("all but the mark", true, &|d| remove(d, &["", "-wal", "-shm"])),
        ("to an older copy", true, &|d| {
            remove(d, &["", "-wal", "-shm"]);
            std::fs::copy(d.join("older.db"), data(d, "")).unwrap();
        }),
        ("to another database", true, &|d| {
            remove(d, &["", "-wal", "-shm"]);
            std::fs::copy(&other, data(d, "")).unwrap();
        }),
        ("the mark", false, &|d| remove(d, &[".mark"])),
    ];
    for (name, lost, damage) in damages {
        let directory = directory();
        copy(original.path(), directory.path());
        damage(directory.path());
        let log = std::fs::read(data(directory.path(), "-wal")).unwrap_or_default();
        // Whoever opens the data first notices; then it is over.
        let program = Program::start(directory.path());
        let said = program.said.join("\n");
        assert_eq!(said.contains("data_loss_detected"), *lost, "{name}: {said}");
        let (_, metrics) = program.admin("/metrics").await;
        assert_eq!(metrics.contains("data_loss_detected 1"), *lost, "{name}");
        let kept = std::fs::read_dir(directory.path().join("data")).unwrap().map(|e| e.unwrap().path());
        let kept: Vec<PathBuf> = kept.filter(|p| p.to_string_lossy().contains("-wal.damaged-")).collect();
        assert_eq!(kept.len(), usize::from(*lost && !log.is_empty()), "{name}");
        assert!(kept.iter().all(|k| std::fs::read(k).unwrap() == log), "{name}: the log was not kept as it was");

        let old = visitor.client.epoch();
        let mut client = resumed(&visitor, &program).await;
        assert_eq!(client.epoch() == old, *name == "nothing", "{name}");
        if *name == "nothing" {
            visitor.check(directory.path());
        } else {
            let resync = client.wait(|f| f["type"] == "resync").await;
            let reasons = ["epoch", "gone"];
            assert!(reasons.iter().any(|r| resync["reason"] == *r), "{name}: {resync}");
        }
        // A second start has nothing to report, and the renamed data stays what it is.
        let epoch = client.epoch();
        let _ = client.socket.close(None).await;
        program.stop();
        stored(directory.path());
        let program = Program::start(directory.path());
        assert!(!program.said.join("\n").contains("data_loss_detected"), "{name}: said again");
        let mut client = resumed(&visitor, &program).await;
        assert_eq!(client.epoch(), epoch, "{name}: renamed again");
        let _ = client.socket.close(None).await;
        program.stop();
    }
}

/// The visitor's view, on a new connection.
async fn resumed(visitor: &Visitor, program: &Program) -> crate::support::Client {
    let c = visitor.c.as_ref().unwrap();
    let resume = serde_json::json!([{"c": c, "epoch": visitor.client.epoch(), "seq": 3}]);
    let hello = serde_json::json!({"token": visitor.client.token, "resume": resume});
    let mut client = crate::support::Client::connect(program.address, "/ws", None).await;
    let _: Value = client.hello(hello).await;
    client
}

fn with(mut command: std::process::Command, arg: &Path) -> std::process::Command {
    command.arg(arg);
    command
}

/// A command that comes before the server must not write over what the server would have noticed.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_notices_before_it_writes() {
    let directory = directory();
    let program = Program::start(directory.path());
    Visitor::new(&program).await.chat(10).await;
    program.kill();
    flip(&data(directory.path(), "-wal"), 50);
    let log = std::fs::read(data(directory.path(), "-wal")).unwrap();
    stored(directory.path());
    let kept = std::fs::read_dir(directory.path().join("data")).unwrap().map(|e| e.unwrap().path());
    let kept: Vec<PathBuf> = kept.filter(|p| p.to_string_lossy().contains("-wal.damaged-")).collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(std::fs::read(&kept[0]).unwrap(), log);
}

#[test]
fn a_newer_schema_is_refused_in_words() {
    let directory = directory();
    Program::start(directory.path()).stop();
    Connection::open(data(directory.path(), "")).unwrap().pragma_update(None, "user_version", 99).unwrap();
    for args in [&["log"][..], &["backup"], &["user", "list"]] {
        let (code, text) = super::program::run(deskbell(directory.path(), args));
        assert_eq!(code, Some(2), "{args:?}: {text}");
        assert!(text.contains("written by a newer version of deskbell (schema 99, this program knows"), "{text}");
    }
    let Err((status, said)) = Program::try_start(directory.path(), std::process::Command::new(super::program::BINARY))
    else {
        panic!("was started");
    };
    assert_eq!(status.code(), Some(2));
    assert!(said.join("\n").contains("written by a newer version of deskbell"), "{said:?}");
}
