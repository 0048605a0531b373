//! Killed in the middle of writing. This shows that nothing acked waits in the process; that it does not wait in the
//! operating system either takes a power cut, which `synchronous = FULL` and the order of sync and reply stand for.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use deskbell::types::ConversationId;
use tokio::task::JoinSet;

use super::world::{directory, insist, open, sound};

const WRITERS: u128 = 8;

/// Names the data to a copy of this program that does nothing but write to it.
const CHILD: &str = "DESKBELL_TEST_DATA";

#[tokio::test(flavor = "multi_thread")]
async fn every_acked_commit_survives_a_kill() {
    match std::env::var_os(CHILD) {
        Some(data) => write_without_end(data.as_ref()).await,
        None => kill_and_count().await,
    }
}

async fn write_without_end(directory: &Path) {
    let store = open(directory).await;
    let mut tasks = JoinSet::new();
    for writer in 1..=WRITERS {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            loop {
                let seq = insist(&*store, ConversationId(writer), "x").await;
                let mut out = std::io::stdout().lock();
                writeln!(out, "acked {writer} {seq}").unwrap();
                out.flush().unwrap();
            }
        });
    }
    tasks.join_next().await;
}

async fn kill_and_count() {
    let directory = directory();
    let mut acked = [0; WRITERS as usize + 1];
    for round in 1..=3 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["store::kill::every_acked_commit_survives_a_kill", "--exact", "--nocapture"])
            .env(CHILD, directory.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut acks = 0;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            // Another line of the test's frame may stand before it.
            let mut words = line.split("acked ").nth(1).unwrap_or_default().split(' ');
            let (Some(Ok(writer)), Some(Ok(seq))) =
                (words.next().map(str::parse::<usize>), words.next().map(str::parse::<u64>))
            else {
                continue;
            };
            acked[writer] = acked[writer].max(seq);
            acks += 1;
            if acks == 100 * round {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(acks >= 100 * round, "the child ended early");
        let store = open(directory.path()).await;
        for writer in 1..=WRITERS {
            let there = sound(&*store, ConversationId(writer)).await.len() as u64;
            assert!(there >= acked[writer as usize], "writer {writer}: {there} of {acked:?}");
        }
    }
}
