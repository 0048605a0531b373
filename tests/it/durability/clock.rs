//! A wall clock that jumps between two runs. Within one run nobody reads it.

use std::path::Path;
use std::sync::Arc;

use deskbell::bus::Local;
use deskbell::content;
use deskbell::conversation::{Event, Visit};
use deskbell::desk::{Actor, Desk, Options};
use deskbell::store::{self, Filter, Range, Side, Store};
use deskbell::types::{ConversationId, Seq, Timestamp, VisitorId};

const HOUR: i64 = 3_600_000;
const NOON: i64 = 1_790_000_000_000;
const ALL: Range = Range { after: Seq(0), before: None, limit: 500, side: Side::First };

async fn desk(directory: &Path, wall: i64) -> (Arc<Desk>, Arc<dyn Store>) {
    let store = store::open("sqlite:", directory).await.unwrap();
    let options = Options { wall: Some(Timestamp(wall)), ..Options::default() };
    let content = Arc::new(content::build(&[]).0);
    (Desk::open(store.clone(), Arc::new(Local::default()), content, options).await.unwrap(), store)
}

#[tokio::test]
async fn a_jump_changes_no_order_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut waiting: Vec<ConversationId> = Vec::new();
    // Hours from the first run. A clock that had been ten years ahead is followed back: that was the mistake.
    for (n, (hours, followed)) in
        (1..).zip([(0, false), (24, false), (23, false), (1, false), (30, false), (87_600, false), (31, true)])
    {
        let (desk, store) = desk(directory.path(), NOON + hours * HOUR).await;
        let visit = Visit::default();
        waiting.push(desk.ask_person(VisitorId(n), None, &visit).await.unwrap().0);
        for (k, c) in (1..).zip(&waiting) {
            let event = Event::VisitorSaid { text: format!("run {n}"), typing: false };
            let cmid = format!("{n}-{k}");
            let sent = desk.send(&Actor::Visitor(VisitorId(k)), Some(*c), &cmid, [0; 16], event, &visit).await.unwrap();
            assert!(!sent.dup);
            let log = store.entries(*c, ALL).await.unwrap();
            assert_eq!(log.iter().map(|e| e.seq.0).collect::<Vec<_>>(), (1..=log.len() as u64).collect::<Vec<_>>());
            let named: Vec<&str> = log.iter().filter_map(|e| e.sent.as_ref()).map(|s| s.cmid.as_str()).collect();
            assert_eq!(named, (k..=n).map(|run| format!("{run}-{k}")).collect::<Vec<_>>(), "what was said, in order");
            assert!(followed || log.iter().map(|e| e.at).is_sorted(), "hour {hours}");
        }
        let line: Vec<ConversationId> =
            store.list(Filter::Waiting, 500).await.unwrap().into_iter().map(|(c, _)| c).collect();
        assert_eq!(line.len(), waiting.len());
        assert!(followed || line == waiting, "hour {hours}: who came first is first, whatever the clock says");
    }
}
