//! What durability costs: group commit under 1, 16 and 256 producers, and reading.
//!
//! Figures mean nothing without the disk's: the time of `fdatasync` is printed first, from the same directory.
//! `TMPDIR` chooses the disk.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on stops")]
#![expect(clippy::disallowed_methods, reason = "measures time")]
#![expect(clippy::print_stdout, reason = "prints what the figures hang on")]

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use deskbell::conversation::{Author, Body, Entry, State, Text, Visit};
use deskbell::store::sqlite::{self, Location, Options};
use deskbell::store::{Commit, OpenMode, Range, Side, Store};
use deskbell::types::{ConversationId, Seq, Timestamp, VisitorId};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

fn commit(c: ConversationId, head: u64) -> Commit {
    let entry = Entry {
        seq: Seq(head + 1),
        at: Timestamp(head as i64),
        author: Author::Visitor,
        body: Body::Text(Text::plain("My parcel should have been here on Tuesday, but nothing came. ".repeat(3))),
        sent: None,
    };
    let mut state = State::new(VisitorId(c.0), Visit::default(), Timestamp(0));
    state.head = Seq(head + 1);
    Commit { c, expected: Seq(head), entries: [entry].into(), state, room: None, address: String::new() }
}

/// `total` commits by `producers` tasks, each on conversations of its own.
async fn produce(store: &Arc<dyn Store>, producers: u64, total: u64, round: u64) -> Duration {
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for producer in 0..producers {
        let store = Arc::clone(store);
        let c = ConversationId(u128::from(round) << 32 | u128::from(producer));
        let mine = total / producers + u64::from(producer < total % producers);
        tasks.spawn(async move {
            for head in 0..mine {
                store.commit(commit(c, head)).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    start.elapsed()
}

fn writing(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let (p50, p99) = fdatasync(directory.path());
    println!("fdatasync of 4 KiB in {}: p50 {p50:?}, p99 {p99:?}", directory.path().display());
    let location = Location::File(directory.path().join("deskbell.db"));
    let store = runtime.block_on(sqlite::open(Options::new(location, OpenMode::Serve))).unwrap();

    let mut group = criterion.benchmark_group("commit");
    group.throughput(Throughput::Elements(1)).measurement_time(Duration::from_secs(5)).sample_size(20);
    let mut round = 0;
    for producers in [1, 16, 256] {
        group.bench_function(BenchmarkId::new("producers", producers), |bencher| {
            bencher.iter_custom(|total| {
                round += 1;
                runtime.block_on(produce(&store, producers, total, round))
            });
        });
    }
}

/// Median and 99th percentile of writing 4 KiB to the end of a file and syncing.
fn fdatasync(directory: &std::path::Path) -> (Duration, Duration) {
    let mut file = std::fs::File::create(directory.join("sync")).unwrap();
    let mut times: Vec<Duration> = (0..300)
        .map(|_| {
            let start = Instant::now();
            file.write_all(&[7; 4096]).unwrap();
            file.sync_data().unwrap();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

fn reading(criterion: &mut Criterion) {
    const CONVERSATIONS: u128 = 2_000;
    let runtime = Runtime::new().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let location = Location::File(directory.path().join("deskbell.db"));
    let store = runtime.block_on(sqlite::open(Options::new(location, OpenMode::Serve))).unwrap();
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for c in 0..CONVERSATIONS {
            let store = Arc::clone(&store);
            tasks.spawn(async move {
                for head in 0..20 {
                    store.commit(commit(ConversationId(c), head)).await.unwrap();
                }
            });
        }
        tasks.join_all().await;
    });

    let mut group = criterion.benchmark_group("read");
    group.throughput(Throughput::Elements(1));
    let last = Range { after: Seq(0), before: None, limit: 20, side: Side::Last };
    let mut next = (0..CONVERSATIONS).cycle().map(ConversationId);
    group.bench_function("state", |bencher| {
        bencher.iter(|| runtime.block_on(store.state(next.next().unwrap())).unwrap().unwrap());
    });
    group.bench_function("20 entries", |bencher| {
        bencher.iter(|| runtime.block_on(store.entries(next.next().unwrap(), last)).unwrap());
    });
    group.bench_function("state, 64 readers", |bencher| {
        bencher.iter_custom(|total| {
            let start = Instant::now();
            runtime.block_on(async {
                let mut tasks = JoinSet::new();
                for reader in 0..64 {
                    let store = Arc::clone(&store);
                    let mine = total / 64 + u64::from(reader < total % 64);
                    tasks.spawn(async move {
                        for n in 0..mine {
                            let c = ConversationId(u128::from(reader * 31 + n * 7) % CONVERSATIONS);
                            store.state(c).await.unwrap().unwrap();
                        }
                    });
                }
                tasks.join_all().await;
            });
            start.elapsed()
        });
    });
}

criterion_group!(benches, writing, reading);
criterion_main!(benches);
