//! How long it takes to erase somebody in a large database: fills one, erases a visitor, and writes it anew, while
//! somebody else goes on writing.
//!
//!     cargo run --release --example rewrite -- --mib 1024 --directory /tmp

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Parser;
use deskbell::conversation::{Author, Body, Entry, State, Text, Visit};
use deskbell::store::{self, By, Commit};
use deskbell::types::{ConversationId, Seq, Timestamp, VisitorId};
use tokio::time::Instant;

/// Entries of a commit, and bytes of each.
const ENTRIES: u64 = 100;
const BYTES: usize = 4_000;

#[derive(Parser)]
struct Args {
    /// Size of the database, MiB.
    #[arg(long, default_value_t = 1_024, value_parser = clap::value_parser!(u64).range(1..=4_096))]
    mib: u64,
    /// Where it lies while this runs; about three times as much room is needed.
    #[arg(long, default_value = "/tmp")]
    directory: PathBuf,
}

/// What a visitor wrote into a conversation of their own.
fn commit(n: u64, entries: u64, from: u64) -> Commit {
    let visitor = VisitorId(u128::from(n) + 1);
    let mut state = State::new(visitor, Visit::default(), Timestamp(1));
    state.head = Seq(from + entries);
    (state.visitor_head, state.visitor_said) = (state.head, state.head);
    // Letters that do not repeat themselves: nothing may be gained by pages that are alike.
    let text = |seq: u64| -> String {
        let mut x = (n << 20 | seq).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let letter = |_| {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            char::from(b'a' + (x % 26) as u8)
        };
        (0..BYTES).map(letter).collect()
    };
    let entry = |seq: u64| Entry {
        seq: Seq(seq),
        at: Timestamp(1),
        author: Author::Visitor,
        body: Body::Text(Text::plain(text(seq))),
        sent: None,
    };
    Commit {
        c: ConversationId(u128::from(n) << 64 | 7),
        expected: Seq(from),
        entries: (from + 1..=from + entries).map(entry).collect(),
        state,
        room: None,
        address: String::new(),
    }
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the result")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let args = Args::parse();
    let home = tempfile::Builder::new().prefix("deskbell-rewrite-").tempdir_in(&args.directory)?;
    let size = || std::fs::metadata(home.path().join("deskbell.db")).map_or(0, |m| m.len() >> 20);
    let store = store::open("sqlite:", home.path()).await?;
    println!("load of the machine: {}", std::fs::read_to_string("/proc/loadavg")?.trim());
    let mut people = 0;
    while size() < args.mib {
        // Eight at once share a sync.
        let all = (people..people + 8).map(|n| store.commit(commit(n, ENTRIES, 0)));
        for done in futures_util::future::join_all(all).await {
            done?;
        }
        people += 8;
    }
    println!("{people} conversations of {ENTRIES} entries: {} MiB", size());
    let stop = Arc::new(AtomicBool::new(false));
    let bystander = {
        let (store, stop) = (Arc::clone(&store), Arc::clone(&stop));
        tokio::spawn(async move {
            let (mut longest, mut refused, mut seq) = (Duration::ZERO, 0, 0);
            while !stop.load(Ordering::Relaxed) {
                let began = Instant::now();
                match store.commit(commit(1 << 30, 1, seq)).await {
                    Ok(_) => seq += 1,
                    Err(_) => refused += 1,
                }
                longest = longest.max(began.elapsed());
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            (longest, refused, seq)
        })
    };
    tokio::time::sleep(Duration::from_secs(1)).await;
    let began = Instant::now();
    store.erase_visitor(VisitorId(2), By::command()).await?.ok_or("nobody was erased")?;
    println!("erased: {:.2} s", began.elapsed().as_secs_f64());
    for (mut whole, what) in [(false, "the write-ahead log emptied"), (true, "the database rewritten")] {
        let (began, mut tries) = (Instant::now(), 1);
        while !store.purge(whole).await? {
            // Somebody read or wrote: what is left is to empty the log.
            (whole, tries) = (false, tries + 1);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        println!("{what}: {:.2} s, {tries} tries, {} MiB", began.elapsed().as_secs_f64(), size());
    }
    stop.store(true, Ordering::Relaxed);
    let (longest, refused, written) = bystander.await?;
    println!(
        "somebody else meanwhile: {written} commits, {refused} refused, the longest took {:.2} s",
        longest.as_secs_f64()
    );
    Ok(())
}
