//! What is kept for how long: a server whose clock stands later deletes what had its time, and nothing else.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use deskbell::desk::Options;
use deskbell::store::beside::{NewSuggestion, SuggestionKind};
use deskbell::store::privacy::Claims;
use deskbell::store::{self, By, Store};
use deskbell::types::{AgentId, Role, Seq, Timestamp};
use rusqlite::Connection;
use serde_json::json;

use crate::support::{PATIENCE, TestServer};

const DAY_MS: i64 = 86_400_000;
const BEGIN_MS: i64 = 1_800_000_000_000;

fn days(n: u64) -> Option<Duration> {
    (n > 0).then(|| Duration::from_secs(n * 86_400))
}

/// A server on the same data, so many days later.
async fn later(store: &Arc<dyn Store>, after: i64, keep: u64, keep_audit: u64) -> TestServer {
    let wall = Some(Timestamp(BEGIN_MS + after * DAY_MS));
    let options = Options { wall, keep: days(keep), keep_audit: days(keep_audit), ..Options::default() };
    TestServer::on(store.clone(), options, |_| {}).await
}

/// Rows of each class.
fn rows(data: &Path) -> Vec<(&'static str, i64)> {
    let c = Connection::open(data.join("deskbell.db")).unwrap();
    let classes = [
        "conversation",
        "visitor_token",
        "visitor",
        "identity",
        "used_signature",
        "session",
        "known_address",
        "blocked",
        "suggestion",
    ];
    classes
        .map(|class| (class, c.query_row(&format!("SELECT count(*) FROM {class}"), [], |row| row.get(0)).unwrap()))
        .into()
}

/// Waits until this is what is left: the first look for what has had its time is at the start.
async fn left(data: &Path, wanted: [i64; 9]) {
    let become_so = async {
        while rows(data).iter().map(|(_, n)| *n).ne(wanted) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let done = tokio::time::timeout(PATIENCE, become_so).await;
    assert!(done.is_ok(), "{wanted:?} was expected, and this is left: {:?}", rows(data));
}

/// One of each class, made on the first day.
async fn first_day(store: &Arc<dyn Store>) {
    let server = later(store, 0, 365, 0).await;
    server.person("anna@shop.example", Role::Agent).await;
    server.visitor().await.say("when are you open?", None).await;
    server.visitor().await.say("when are you open?", None).await;
    let c = server.store.conversations(None, 10).await.unwrap()[0];
    let visitor = server.store.state(c).await.unwrap().unwrap().visitor;
    let claims = Claims {
        site: "shop".into(),
        subject: "u-1".into(),
        name: None,
        email: None,
        attributes: [].into(),
        issued: None,
        once: Some(([1; 32], Timestamp(BEGIN_MS + 3_600_000))),
    };
    let identify = store::privacy::Identify {
        visitor,
        fresh: deskbell::types::VisitorId(9),
        token: [2; 32],
        claims,
        at: Timestamp(BEGIN_MS),
    };
    server.store.identify(identify).await.unwrap().unwrap();
    let until = Some(Timestamp(BEGIN_MS + 3 * DAY_MS));
    assert!(server.store.block(visitor, until, "spam", By::command()).await.unwrap());
    let (kind, by, at) = (SuggestionKind::Wording, AgentId(1), Timestamp(BEGIN_MS));
    let told = NewSuggestion { c, seq: Seq(1), kind, target: None, text: None, note: Some("n".into()), at, by };
    server.store.suggest(told).await.unwrap().unwrap();
    server.shutdown.cancel();
    let _ = server.running.await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_class_goes_when_its_time_is_over() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path();
    let store = store::open("sqlite:", data).await.unwrap();
    first_day(&store).await;
    assert_eq!(rows(data).iter().map(|(_, n)| *n).collect::<Vec<_>>(), [2, 2, 2, 1, 1, 1, 1, 1, 1]);
    for (day, wanted) in [
        (0, [2, 2, 2, 1, 1, 1, 1, 1, 1]),
        // A login and its signature last a day at most, and so does the token of somebody who identified.
        (2, [2, 1, 2, 1, 0, 0, 1, 1, 1]),
        // A block ends when it was said to.
        (36, [2, 1, 2, 1, 0, 0, 1, 0, 1]),
        (38, [2, 0, 2, 1, 0, 0, 1, 0, 1]),
        (89, [2, 0, 2, 1, 0, 0, 1, 0, 1]),
        (91, [2, 0, 2, 1, 0, 0, 0, 0, 1]),
        (364, [2, 0, 2, 1, 0, 0, 0, 0, 1]),
        // With the last conversation goes who it was, and with each what the editors were told of it.
        (366, [0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ] {
        let server = later(&store, day, 365, 0).await;
        left(data, wanted).await;
        server.shutdown.cancel();
        let _ = server.running.await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_conversations_kept_for_good_the_rest_still_goes() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path();
    let store = store::open("sqlite:", data).await.unwrap();
    first_day(&store).await;
    let before = store.audit_rows(0, None, 1_000).await.unwrap().len();
    let server = later(&store, 4_000, 0, 0).await;
    left(data, [2, 0, 2, 1, 0, 0, 0, 0, 1]).await;
    server.shutdown.cancel();
    let _ = server.running.await;
    let rows = store.audit_rows(0, None, 1_000).await.unwrap();
    assert!(rows.len() >= before && rows[0].n == 1, "{} of {before}", rows.len());
    // Rows of the audit table have a setting of their own.
    let server = later(&store, 4_400, 0, 365).await;
    let gone = async {
        while store.audit_rows(0, None, 1).await.unwrap()[0].n == 1 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.unwrap();
    let rows = store.audit_rows(0, None, 1_000).await.unwrap();
    let oldest = BEGIN_MS + (4_400 - 365) * DAY_MS;
    assert!(rows.iter().all(|row| row.at.0 >= oldest), "{rows:?}");
    left(data, [2, 0, 2, 1, 0, 0, 0, 0, 1]).await;
    let mut visitor = server.visitor_with(json!({})).await;
    assert_eq!(visitor.say("when are you open?", None).await["type"], "ack");
}
