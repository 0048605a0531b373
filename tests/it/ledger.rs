//! Nothing is lost, doubled or shown to the wrong reader while the server is killed under real sockets. The longer run
//! with figures is `examples/storm`; the checker's own tests stand in its `harness/check.rs`.

#![expect(clippy::disallowed_methods, reason = "the harness measures time")]

#[path = "../../examples/storm/harness/mod.rs"]
pub(crate) mod harness;

use std::path::PathBuf;
use std::time::Duration;

use harness::{Plan, run};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_while_the_server_is_killed() {
    let home = tempfile::tempdir().unwrap();
    let plan = Plan {
        bin: PathBuf::from(env!("CARGO_BIN_EXE_deskbell")),
        home: home.path().to_owned(),
        ledgers: None,
        visitors: 30,
        second_tab_in: 5,
        stalled: 0,
        stall: Duration::ZERO,
        agents: 3,
        rate: 60.0,
        kills: 3,
        every: Duration::from_secs(1),
        cut_every_s: 3,
        seed: 7,
    };
    let report = run(&plan).await.unwrap();
    assert!(report.violations.is_empty(), "{report}");
    assert_eq!(report.exit, Some(0), "{report}");
    let s = &report.stats;
    assert!(s.connects > 150 && s.resent > 0 && s.sent > 100 && report.stored > 200, "a storm it was not: {report}");
}
