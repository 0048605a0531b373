//! Every ack leaves after a sync of the log that began when its message was in the log. A kill cannot show that: what the
//! kernel holds survives it. The kernel's own record of the calls can.

use std::process::Command;

use super::program::{BINARY, Program, Visitor, directory};

const MESSAGES: usize = 40;
const VISITORS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn acks_leave_after_the_sync_of_their_message() {
    if Command::new("strace").args(["-e", "trace=none", "true"]).output().is_ok_and(|o| o.status.success()) {
        let directory = directory();
        let trace = directory.path().join("trace");
        let mut command = Command::new("strace");
        command.args(["-f", "-y", "-s", "16384", "-e", "trace=pwrite64,fsync,fdatasync,sendto,write,writev", "-o"]);
        command.arg(&trace).arg(BINARY);
        let program = Program::start_with(directory.path(), command);
        let mut visitors = Vec::new();
        for _ in 0..VISITORS {
            visitors.push(Visitor::new(&program).await);
        }
        let mut chats = tokio::task::JoinSet::new();
        for mut visitor in visitors {
            chats.spawn(async move {
                visitor.chat(MESSAGES).await;
                visitor
            });
        }
        let acked: Vec<String> = chats.join_all().await.into_iter().flat_map(|v| v.acked.into_keys()).collect();
        program.end_traced();
        let lines: Vec<String> =
            String::from_utf8_lossy(&std::fs::read(&trace).unwrap()).lines().map(str::to_owned).collect();
        assert_eq!(acked.len(), MESSAGES * VISITORS);
        for cmid in &acked {
            proven(&lines, cmid);
        }
        // The check itself: without syncs nothing is proven.
        let without: Vec<String> = lines.into_iter().filter(|l| !l.contains("sync")).collect();
        assert!(std::panic::catch_unwind(|| proven(&without, &acked[0])).is_err());
    } else {
        eprintln!("SKIPPED: the order of sync and ack needs strace, and the right to trace");
    }
}

/// Fails unless the message was written to the log, then a sync of the log began and ended, and then the ack left.
fn proven(lines: &[String], cmid: &str) {
    let log = |l: &str| l.contains("deskbell.db-wal>");
    let at = |from: usize, fits: &dyn Fn(&str) -> bool| lines[from..].iter().position(|l| fits(l)).map(|n| from + n);
    let written = at(0, &|l| l.contains("pwrite64(") && log(l) && l.contains(cmid));
    let written = written.unwrap_or_else(|| panic!("{cmid} was not written to the log"));
    let syncs = |l: &str| (l.contains("fdatasync(") || l.contains("fsync(")) && log(l);
    let began = at(written, &syncs).unwrap_or_else(|| panic!("no sync after {cmid} was written"));
    let synced = if lines[began].contains("<unfinished") {
        let thread = lines[began].split_whitespace().next().unwrap();
        let resumed = |l: &str| l.starts_with(thread) && l.contains("sync resumed>");
        at(began, &resumed).unwrap_or_else(|| panic!("the sync after {cmid} did not end"))
    } else {
        began
    };
    assert!(lines[synced].contains("= 0"), "{}", lines[synced]);
    let ack = |l: &str| l.contains("\\\"type\\\":\\\"ack\\\"") && l.contains(cmid);
    let left = at(0, &ack).unwrap_or_else(|| panic!("no ack of {cmid}"));
    assert!(left > synced, "the ack of {cmid} left at line {left}, its sync ended at {synced}");
}
