//! Backups, the way back, and the drill.

#![expect(clippy::disallowed_methods, reason = "how long a large one takes is printed")]

use std::path::{Path, PathBuf};

use deskbell::store::sqlite::backup;
use rusqlite::Connection;

use super::program::{BINARY, Program, Visitor, deskbell, directory, done, run, stored};
use crate::support::PATIENCE;

fn backups(directory: &Path) -> PathBuf {
    directory.join("data/backups")
}

/// Makes one; the file.
fn back_up(directory: &Path) -> PathBuf {
    done(deskbell(directory, &["backup"])).lines().next().unwrap().into()
}

fn command(directory: &Path, name: &str, file: &Path) -> std::process::Command {
    let mut command = deskbell(directory, &[name]);
    command.arg(file);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_beside_a_busy_server_holds_what_was_acked_before() {
    let directory = directory();
    let program = Program::start(directory.path());
    let mut before = Visitor::new(&program).await;
    before.chat(20).await;
    let mut during = Visitor::new(&program).await;
    let path = directory.path().to_owned();
    let mut making = tokio::task::spawn_blocking(move || back_up(&path));
    let file = loop {
        tokio::select! {
            biased;
            made = &mut making => break made.unwrap(),
            () = during.chat(1) => {}
        }
    };
    // In words.
    let (code, text) = run(command(directory.path(), "restore", &file));
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("another server already uses"), "{text}");
    let (code, text) = run(command(directory.path(), "backup", &file));
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("is there already"), "{text}");
    let epoch = during.client.epoch();
    before.leave().await;
    during.leave().await;
    program.stop();
    during.check_beside(directory.path(), &[&before]);

    let text = done(command(directory.path(), "restore", &file));
    let kept = text.split("lies in ").nth(1).unwrap().trim();
    assert!(Path::new(kept).join("deskbell.db").is_file(), "{text}");
    let program = Program::start(directory.path());
    // Known and wanted, so there is nothing to report.
    assert!(!program.said.join("\n").contains("data_loss_detected"));
    before.check_beside(directory.path(), &[&during]);
    let mut client = crate::support::Client::connect(program.address, "/ws", None).await;
    client.hello(serde_json::json!({})).await;
    assert_ne!(client.epoch(), epoch);
    let _ = client.socket.close(None).await;
    program.stop();
    // The old data is as it was, and can be looked at where it lies.
    let url = format!("sqlite:{kept}/deskbell.db");
    let old = done(deskbell(directory.path(), &["log", "--store", &url]));
    for cmid in during.acked.keys().chain(before.acked.keys()) {
        assert!(old.contains(cmid), "{cmid} is gone from the data that was replaced");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_whole_backups_are_used() {
    let directory = directory();
    let (code, text) = run(deskbell(directory.path(), &["drill"]));
    assert_eq!((code, text.contains("there is no backup in")), (Some(1), true), "{text}");
    let (code, text) = run(deskbell(directory.path(), &["backup"]));
    assert_eq!((code, text.contains("there is no data at")), (Some(2), true), "{text}");
    let program = Program::start(directory.path());
    let mut visitor = Visitor::new(&program).await;
    visitor.chat(2).await;
    visitor.leave().await;
    program.stop();
    let file = back_up(directory.path());
    let text = done(deskbell(directory.path(), &["drill"]));
    assert!(text.contains("sound"), "{text}");

    let manifest = PathBuf::from(format!("{}.json", file.display()));
    let (data, says) = (std::fs::read(&file).unwrap(), std::fs::read_to_string(&manifest).unwrap());
    let digest = |bytes: &[u8]| {
        use sha2::Digest;
        sha2::Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect::<String>()
    };
    let flipped = {
        let mut bytes = data.clone();
        let at = bytes.len() / 2 + 4096 / 2;
        bytes[at] ^= 1;
        bytes
    };
    // Damaged before it was summed up: only reading all of it shows that.
    let torn: Vec<u8> = data.iter().enumerate().map(|(n, b)| if n >= 4096 { b ^ 0x55 } else { *b }).collect();
    // Sound pages, and a log with a hole.
    let holed = {
        let file = directory.path().join("holed.db");
        std::fs::write(&file, &data).unwrap();
        Connection::open(&file).unwrap().execute("DELETE FROM entry WHERE seq = 1", []).unwrap();
        std::fs::read(&file).unwrap()
    };
    let holed_says = says.replace(&digest(&data), &digest(&holed));
    let torn_says = says.replace(&digest(&data), &digest(&torn));
    let old = says.replacen("\"made_at\": 1", "\"made_at\": ", 1);
    for (name, bytes, text, words) in [
        ("a flipped bit", &flipped, &says, "is not what was backed up"),
        ("the end is missing", &data[..data.len() / 2].to_vec(), &says, "is not what was backed up"),
        ("torn pages", &torn, &torn_says, "is damaged"),
        ("a hole", &holed, &holed_says, "lacks entry 1"),
        ("no manifest", &data, &String::new(), "its manifest"),
        ("too old", &data, &old, "is older than 26 hours"),
    ] {
        std::fs::write(&file, bytes).unwrap();
        std::fs::write(&manifest, text).unwrap();
        let before = std::fs::read(directory.path().join("data/deskbell.db")).unwrap();
        let (code, said) = run(deskbell(directory.path(), &["drill"]));
        assert_eq!(code, Some(1), "{name}: {said}");
        if name == "no manifest" {
            assert!(said.contains("there is no backup"), "{name}: {said}");
        } else {
            assert!(said.contains(words), "{name}: {said}");
        }
        if name != "too old" {
            let (code, said) = run(command(directory.path(), "restore", &file));
            assert_eq!((code, said.contains(words)), (Some(2), true), "{name}: {said}");
            assert_eq!(std::fs::read(directory.path().join("data/deskbell.db")).unwrap(), before, "{name}");
        }
    }
}

/// `BACKUP_MIB=1024` for figures of a large one.
#[tokio::test(flavor = "multi_thread")]
async fn under_load_a_large_backup_is_killed_then_made_and_restored_elsewhere() {
    let mib: u64 = std::env::var("BACKUP_MIB").ok().and_then(|n| n.parse().ok()).unwrap_or(8);
    let (old, new) = (directory(), directory());
    let program = Program::start(old.path());
    let mut first = Visitor::new(&program).await;
    for n in 0..20 {
        let text = format!("{n} {}", "and so on ".repeat(350));
        assert_eq!(first.say(&text).await.unwrap()["type"], "ack");
    }
    // Of many old chats none waits for anybody.
    let c = first.c.clone().unwrap();
    assert_eq!(first.client.call(serde_json::json!({"type": "end", "c": c})).await["ok"], true);
    first.leave().await;
    program.stop();
    grow(&old.path().join("data/deskbell.db"), mib);
    let program = Program::start(old.path());
    let mut load = tokio::task::JoinSet::new();
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    for _ in 0..4 {
        let (mut visitor, stop) = (Visitor::new(&program).await, stop.clone());
        load.spawn(async move {
            while !stop.load(std::sync::atomic::Ordering::SeqCst) {
                visitor.chat(1).await;
            }
            visitor.leave().await;
            visitor
        });
    }
    let mut before = Visitor::new(&program).await;
    before.chat(5).await;
    for part in 1..=3 {
        let mut child = deskbell(old.path(), &["backup"]).spawn().unwrap();
        // A third of what a quick one takes, two thirds, and all of it.
        tokio::time::sleep(std::time::Duration::from_millis(part * (5 + mib / 2))).await;
        let _ = child.kill(); // it may have ended
        if !child.wait().unwrap().success() {
            assert!(backup::latest(&backups(old.path())).is_none_or(|(file, _)| backup::check(&file).is_ok()));
        }
    }
    let path = old.path().to_owned();
    let began = std::time::Instant::now();
    let file = tokio::task::spawn_blocking(move || back_up(&path)).await.unwrap();
    let made = began.elapsed();
    stop.store(true, std::sync::atomic::Ordering::SeqCst);
    let others = load.join_all().await;
    before.leave().await;
    program.stop();
    let began = std::time::Instant::now();
    done(command(new.path(), "restore", &file));
    let restored = began.elapsed();
    let program = Program::start(new.path());
    let back = began.elapsed();
    program.stop();
    let said: usize = others.iter().map(|v| v.acked.len()).sum();
    let bytes = std::fs::metadata(&file).unwrap().len();
    eprintln!(
        "{} MiB, {said} messages meanwhile: backup {made:?}, restore {restored:?}, back in service {back:?}",
        bytes >> 20
    );
    for visitor in [&first, &before] {
        let c = visitor.c.as_deref().unwrap();
        let log = done(deskbell(new.path(), &["log", "--conversation", c]));
        for cmid in visitor.acked.keys() {
            assert!(log.contains(cmid), "{cmid} was acked before and is not in it");
        }
    }
}

/// Copies the conversations that are there until the database has this size.
fn grow(database: &Path, mib: u64) {
    let connection = Connection::open(database).unwrap();
    while std::fs::metadata(database).unwrap().len() >> 20 < mib {
        connection
            .execute_batch(
                "BEGIN;
                 CREATE TEMP TABLE more AS SELECT key AS old, key + (SELECT max(key) FROM conversation) AS new
                   FROM conversation LIMIT 1000;
                 INSERT INTO conversation SELECT new, randomblob(16), head, visitor_head, ver, owner, agent, visitor,
                   department, priority, waiting_since, opened_at, updated_at, unanswered, state, due, mentioned
                   FROM more JOIN conversation ON key = old;
                 INSERT INTO entry SELECT new, seq, at, author, entry.agent, kind, body, cmid, digest
                   FROM more JOIN entry ON conversation = old;
                 DROP TABLE more;
                 COMMIT;
                 PRAGMA wal_checkpoint(TRUNCATE);",
            )
            .unwrap();
    }
}

/// The disk is gone: a new machine has nothing but the backup.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_enough() {
    let (old, new) = (directory(), directory());
    let program = Program::start(old.path());
    let mut visitor = Visitor::new(&program).await;
    visitor.chat(3).await;
    visitor.leave().await;
    program.stop();
    let file = old.path().join("one.db");
    done(command(old.path(), "backup", &file));
    let text = done(command(new.path(), "restore", &file));
    assert!(!text.contains("lies in"), "{text}");
    visitor.check(new.path());
    let program = Program::start(new.path());
    visitor.back(&program).await;
    visitor.chat(3).await;
    visitor.leave().await;
    program.stop();
    visitor.check(new.path());
}

#[test]
fn the_newest_are_kept() {
    let directory = directory();
    Program::start(directory.path()).stop();
    let files: Vec<PathBuf> = (0..4).map(|_| back_up(directory.path())).collect();
    let mine = backups(directory.path()).join("before-the-sale.db");
    done(command(directory.path(), "backup", &mine));
    std::fs::write(backups(directory.path()).join("deskbell-20200101T000000.000Z.db.part"), "half").unwrap();
    assert_eq!(backup::latest(&backups(directory.path())).unwrap().0, mine);
    backup::prune(&backups(directory.path()), 2).unwrap();
    let there: Vec<bool> = files.iter().chain([&mine]).map(|f| f.exists()).collect();
    assert_eq!(there, [false, false, true, true, true]);
    assert_eq!(std::fs::read_dir(backups(directory.path())).unwrap().count(), 6, "each with its manifest, no halves");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_makes_backups_by_itself() {
    let directory = directory();
    let mut command = std::process::Command::new(BINARY);
    command.env("DESKBELL_BACKUP__EVERY_HOURS", "1");
    let mut program = Program::start_with(directory.path(), command);
    program.until("the data was backed up");
    let made = async {
        while !program.admin("/metrics").await.1.contains("store_backup_timestamp_seconds 1") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, made).await.expect("the age of the backup in /metrics");
    program.stop();
    assert!(done(deskbell(directory.path(), &["drill"])).contains("sound"));
    // A restart does not add one.
    let mut command = std::process::Command::new(BINARY);
    command.env("DESKBELL_BACKUP__EVERY_HOURS", "1");
    Program::start_with(directory.path(), command).stop();
    assert_eq!(std::fs::read_dir(backups(directory.path())).unwrap().count(), 2);
    assert!(stored(directory.path()).is_empty());
}

#[test]
fn two_backups_at_once_do_not_meet() {
    let directory = directory();
    Program::start(directory.path()).stop();
    let database = directory.path().join("data/deskbell.db");
    let holder = std::fs::File::create(directory.path().join("data/deskbell.db.backup-lock")).unwrap();
    holder.lock().unwrap();
    let (code, text) = run(deskbell(directory.path(), &["backup"]));
    assert_eq!((code, text.contains("another backup")), (Some(2), true), "{text}");
    drop(holder);
    back_up(directory.path());
    let sound: String =
        Connection::open(database).unwrap().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
}
