//! Nothing is lost, doubled or shown to the wrong reader while the server is killed under real sockets, at random and at
//! each place of its program where that would hurt. The longer run with figures is `examples/storm`; the checker's own
//! tests stand in its `harness/check.rs`.

#![expect(clippy::disallowed_methods, reason = "the harness measures time")]

#[path = "../../examples/storm/harness/mod.rs"]
pub(crate) mod harness;

use std::path::PathBuf;
use std::time::Duration;

use harness::{Plan, Report, run};

fn plan() -> Plan {
    Plan {
        bin: PathBuf::from(env!("CARGO_BIN_EXE_deskbell")),
        home: PathBuf::new(),
        ledgers: None,
        visitors: 30,
        second_tab_in: 5,
        stalled: 0,
        stall: Duration::ZERO,
        agents: 3,
        rate: 60.0,
        kills: 0,
        faults: Vec::new(),
        held_up: None,
        every: Duration::from_secs(1),
        cut_every_s: 3,
        seed: 7,
    }
}

/// Lets it loose; holds the rules.
async fn storm(plan: Plan) -> Report {
    let home = tempfile::tempdir().unwrap();
    let report = run(&Plan { home: home.path().to_owned(), ..plan }).await.unwrap();
    assert!(report.violations.is_empty(), "{report}");
    assert_eq!(report.exit, Some(0), "{report}");
    report
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_while_the_server_is_killed() {
    let report = storm(Plan { kills: 3, ..plan() }).await;
    let s = &report.stats;
    assert!(s.connects > 150 && s.resent > 0 && s.sent > 100 && report.stored > 200, "a storm it was not: {report}");
}

/// The server is led to the place so often, and aborts there the first time, the second, and so on, each time under the
/// same clients. `FAULTS=20` for more than the usual three.
async fn aborted_at(place: &str) {
    // A server that starts keeps its content, and passes there once before it serves.
    let first = if place == "content_mid_swap" { 2 } else { 1 };
    let times: u32 = std::env::var("FAULTS").ok().and_then(|n| n.parse().ok()).unwrap_or(3);
    let faults = (first..first + times).map(|k| format!("{place}:{k}")).collect();
    let report = storm(Plan { faults, ..plan() }).await;
    assert!(report.stored > 50, "a storm it was not: {report}");
}

macro_rules! aborts {
    ($($place:ident)*) => {
        mod an_abort_loses_nothing {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $place() {
                    super::aborted_at(stringify!($place)).await;
                }
            )*
        }
    };
}

/// Races that take place: whoever comes there waits, while the others go on.
#[tokio::test(flavor = "multi_thread")]
async fn a_delay_between_two_steps_loses_nothing() {
    for place in ["before_publish", "resume_between_head_and_replay", "claim_before_cas"] {
        let held_up = Some(format!("{place}:*:sleep=20"));
        let report = storm(Plan { held_up, kills: 1, ..plan() }).await;
        assert!(report.stored > 50, "a storm it was not: {report}");
    }
}

aborts! {
    before_commit
    after_commit_before_ack
    before_publish
    resume_between_head_and_replay
    claim_before_cas
    drain_mid_flush
    content_mid_swap
}
