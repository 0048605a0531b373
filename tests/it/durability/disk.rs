//! A disk that takes nothing more, in four ways: it is full, a file may not grow, writing fails, syncing fails.

#![expect(clippy::disallowed_methods, reason = "how long the recovery took is printed")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use rusqlite::Connection;

use super::program::{BINARY, Program, Visitor, deskbell, directory, run};

/// Nearly as long as a message may be, so that a log without room shows at once.
fn long(n: usize) -> String {
    format!("{n} {}", "and so on ".repeat(350))
}

/// Refused while the trouble lasts, and going on by itself afterwards: three times, or `ROUNDS` of them.
async fn refused_and_recovers(directory: &Path, program: Program, begin: impl Fn(&Program), end: impl Fn(&Program)) {
    let mut visitor = Visitor::new(&program).await;
    let rounds: u32 = std::env::var("ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(3);
    let mut recovery = Vec::new();
    for round in 0..rounds {
        visitor.chat(3).await;
        begin(&program);
        let mut n = 0;
        let (cmid, nack) = loop {
            n += 1;
            let cmid = crate::support::cmid();
            let told = visitor.say_as(&cmid, &long(n)).await.expect("the server goes on");
            if told["type"] == "nack" {
                break (cmid, told);
            }
            assert!(n < 5_000, "round {round}: no trouble");
        };
        assert_eq!((nack["code"].as_str(), nack["retry"].as_str()), (Some("storage"), Some("later")), "{nack}");
        let ready = program.ready(false).await;
        assert_eq!(ready["store"], "failing", "{ready}");
        assert!(ready["why"].as_str().is_some_and(|why| why.len() > 10), "{ready}");
        assert_eq!(program.admin("/livez").await.0, 200);
        end(&program);
        let over = Instant::now();
        program.ready(true).await;
        let text = visitor.open[&cmid].clone();
        let told = visitor.say_as(&cmid, &text).await.unwrap();
        assert_eq!(told["type"], "ack", "{told}");
        recovery.push(over.elapsed());
    }
    recovery.sort_unstable();
    let [half, most] = [recovery.len() / 2, recovery.len() - 1].map(|n| recovery[n].as_millis());
    eprintln!("{rounds} rounds; from the end of the trouble to the next ack: median {half} ms, most {most} ms");
    visitor.chat(3).await;
    assert!(visitor.open.is_empty(), "what was refused got in later: {:?}", visitor.open.keys());
    visitor.leave().await;
    program.stop();
    visitor.check(directory);
    let database = Connection::open(directory.join("data/deskbell.db")).unwrap();
    let sound: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
}

/// A mount that goes with the test.
struct Mount(PathBuf);

impl Mount {
    fn new(at: PathBuf, size: &str) -> Option<Self> {
        std::fs::create_dir_all(&at).unwrap();
        let options = format!("size={size}");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&at).output();
        mounted.is_ok_and(|o| o.status.success()).then_some(Self(at))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk() {
    let directory = directory();
    let Some(_mount) = Mount::new(directory.path().join("data"), "3m") else {
        eprintln!("SKIPPED: a full disk needs the right to mount one");
        return;
    };
    let ballast = directory.path().join("data/ballast");
    let program = Program::start(directory.path());
    let fill = |_: &Program| {
        use std::io::Write;
        let mut file = std::fs::File::create(&ballast).unwrap();
        while file.write_all(&[1; 512]).is_ok() {}
    };
    refused_and_recovers(directory.path(), program, fill, |_| std::fs::remove_file(&ballast).unwrap()).await;
}

/// Beside a full disk people can be shut out, and the server's log goes on; messages come back when there is room.
#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_the_ballast_is_left_to_what_must_go_on() {
    let directory = directory();
    let Some(_mount) = Mount::new(directory.path().join("data"), "96m") else {
        eprintln!("SKIPPED: a full disk needs the right to mount one");
        return;
    };
    let (ballast, filler) = (directory.path().join("data/deskbell.db.ballast"), directory.path().join("data/filler"));
    let program = Program::start(directory.path());
    assert_eq!(std::fs::metadata(&ballast).unwrap().len(), 16 << 20);
    let mut visitor = Visitor::new(&program).await;
    for round in 0..3 {
        visitor.chat(3).await;
        let mut file = std::fs::File::create(&filler).unwrap();
        while std::io::Write::write_all(&mut file, &[1; 512]).is_ok() {}
        drop(file); // what is open takes room even when it is removed
        let mut n = 0;
        let (cmid, text, nack) = loop {
            n += 1;
            let (cmid, text) = (crate::support::cmid(), long(n));
            let told = visitor.say_as(&cmid, &text).await.unwrap();
            if told["type"] == "nack" {
                break (cmid, text, told);
            }
            assert!(n < 5_000, "round {round}: no trouble");
        };
        assert_eq!(nack["code"], "storage", "{nack}");
        assert!(!ballast.exists());
        // There is room now, and not for messages.
        let told = visitor.say_as(&cmid, &text).await.unwrap();
        assert_eq!(told["code"], "storage", "{told}");
        assert_eq!(program.ready(false).await["store"], "failing");
        let email = format!("ada{round}@shop.example");
        let mut add = deskbell(directory.path(), &["user", "add", "--email", &email]);
        add.args(["--name", "Ada", "--role", "agent", "--password-stdin"]);
        assert!(with_input(add, "a long password"), "nobody can be added on a full disk");
        std::fs::remove_file(&filler).unwrap();
        program.ready(true).await;
        assert_eq!(std::fs::metadata(&ballast).unwrap().len(), 16 << 20, "it is back");
        assert_eq!(visitor.say_as(&cmid, &text).await.unwrap()["type"], "ack");
    }
    visitor.leave().await;
    program.stop();
    visitor.check(directory.path());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_disk_has_no_ballast() {
    let directory = directory();
    let Some(_mount) = Mount::new(directory.path().join("data"), "60m") else {
        eprintln!("SKIPPED: a small disk needs the right to mount one");
        return;
    };
    Program::start(directory.path()).stop();
    assert!(!directory.path().join("data/deskbell.db.ballast").exists());
}

fn with_input(mut command: Command, input: &str) -> bool {
    let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
    child.wait().unwrap().success()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_without_room_leaves_nothing() {
    let directory = directory();
    let Some(_mount) = Mount::new(directory.path().join("data"), "3m") else {
        eprintln!("SKIPPED: a full disk needs the right to mount one");
        return;
    };
    let program = Program::start(directory.path());
    let mut visitor = Visitor::new(&program).await;
    for n in 0..20 {
        assert_eq!(visitor.say(&long(n)).await.unwrap()["type"], "ack");
    }
    let mut made = 0;
    let text = loop {
        match run(deskbell(directory.path(), &["backup"])) {
            (Some(0), _) => made += 1,
            (code, text) => break (code, text),
        }
    };
    assert_eq!((text.0, text.1.contains("full")), (Some(2), true), "{text:?}");
    let backups = directory.path().join("data/backups");
    assert_eq!(std::fs::read_dir(&backups).unwrap().count(), 2 * made, "halves were left");
    std::fs::remove_dir_all(backups).unwrap();
    visitor.chat(1).await;
    visitor.leave().await;
    program.stop();
    visitor.check(directory.path());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_may_not_grow() {
    let directory = directory();
    // Asked to write beyond the limit, a process is ended, unless it does not care: then it gets an error.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", BINARY]);
    let program = Program::start_with(directory.path(), command);
    let limit = |program: &Program, bytes: &str| {
        let pid = program.id().to_string();
        let set = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={bytes}:")]).status();
        assert!(set.unwrap().success());
    };
    let log = directory.path().join("data/deskbell.db-wal");
    let begin = |program: &Program| limit(program, &std::fs::metadata(&log).unwrap().len().to_string());
    refused_and_recovers(directory.path(), program, begin, |program| limit(program, "unlimited")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_fails() {
    failing_calls(&["sync/fsync", "sync/fdatasync"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_fails() {
    failing_calls(&["rw/pwrite"]).await;
}

/// What the system is asked for fails with input/output errors.
async fn failing_calls(calls: &[&str]) {
    let directory = directory();
    if Command::new("fiu-run").arg("-h").output().is_err() {
        eprintln!("SKIPPED: a failing call needs fiu-run (Debian: fiu-utils)");
        return;
    }
    let control = directory.path().join("fiu");
    let mut command = Command::new("fiu-run");
    command.arg("-x").arg("-f").arg(&control).arg(BINARY);
    let program = Program::start_with(directory.path(), command);
    let tell = |program: &Program, order: &str| {
        let pid = program.id().to_string();
        for call in calls {
            let order = format!("{order} name=posix/io/{call}");
            let told = Command::new("fiu-ctrl").arg("-f").arg(&control).arg("-c").arg(order).arg(&pid).output();
            let told = told.unwrap();
            assert!(told.status.success(), "{told:?}");
        }
    };
    refused_and_recovers(directory.path(), program, |p| tell(p, "enable"), |p| tell(p, "disable")).await;
}
