//! A trace of one message, as a collector gets it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use super::program::Program;
use crate::support::{Client, PATIENCE, cmid};

const TEXT: &str = "when are you open, says marked4711?";

/// Something that takes OTLP over HTTP: its address, and what comes.
async fn collector() -> (String, UnboundedReceiver<Bytes>) {
    let (sender, receiver) = unbounded_channel();
    let take = |State(sender): State<Arc<UnboundedSender<Bytes>>>, body: Bytes| async move {
        let _ = sender.send(body); // a test that has ended listens no more
    };
    let router = Router::new().route("/v1/traces", post(take)).with_state(Arc::new(sender));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (format!("http://{address}"), receiver)
}

fn spans(body: &Bytes) -> Vec<Span> {
    let request = ExportTraceServiceRequest::decode(body.clone()).unwrap();
    let scopes = request.resource_spans.into_iter().flat_map(|r| r.scope_spans);
    scopes.flat_map(|s| s.spans).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

async fn say(visitor: &mut Client, trace: Option<&str>) {
    let cmid = cmid();
    let mut frame = json!({"type": "send", "cmid": cmid, "kind": "text", "body": {"text": TEXT}});
    if let Some(trace) = trace {
        frame["trace"] = json!(trace);
    }
    visitor.send(frame).await;
    visitor.wait(|f| f["type"] == "ack" && f["cmid"] == cmid.as_str()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_followed_from_its_frame_to_the_disk() {
    let (endpoint, mut came) = collector().await;
    let settings = [
        ("DESKBELL_TRACE__ENDPOINT", endpoint.as_str()),
        ("DESKBELL_TRACE__SAMPLE", "1"),
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
    ];
    let program = Program::start(&settings);
    let mut visitor = Client::connect(program.address, "/ws", None).await;
    let page = json!({"url": "https://shop.example/marked4711"});
    visitor.hello(json!({"page": page})).await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    // Not sampled, says the client: that is the server's decision.
    say(&mut visitor, Some(&format!("00-{trace}-b7ad6b7169203331-00"))).await;
    visitor.wait(|f| f["type"] == "ev" && f["from"]["kind"] == "bot").await;
    let mut found: BTreeMap<String, Span> = BTreeMap::new();
    let mut of_trace = Vec::new();
    while ["frame", "desk.apply", "engine.understand", "store.commit"].iter().any(|n| !found.contains_key(*n)) {
        let body = timeout(PATIENCE, came.recv()).await.unwrap_or_else(|_| panic!("{:?}", found.keys())).unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("marked4711"), "what visitors write is in a trace");
        for span in spans(&body).into_iter().filter(|s| hex(&s.trace_id) == trace) {
            of_trace.push(span.span_id.clone());
            found.entry(span.name.clone()).or_insert(span);
        }
    }
    let id = |name: &str| hex(&found[name].span_id);
    let parent = |name: &str| hex(&found[name].parent_span_id);
    assert_eq!(parent("frame"), "b7ad6b7169203331");
    assert_eq!(parent("desk.apply"), id("frame"));
    assert_eq!(parent("engine.understand"), id("desk.apply"));
    assert_eq!(parent("store.commit"), id("desk.apply"));
    for span in found.values() {
        let keys: Vec<&str> = span.attributes.iter().map(|a| a.key.as_str()).collect();
        assert!(keys.iter().all(|k| ["kind", "event", "busy_ns", "idle_ns"].contains(k)), "{}: {keys:?}", span.name);
        assert!(span.end_time_unix_nano >= span.start_time_unix_nano);
    }
    // What is no trace context is none.
    say(&mut visitor, Some("00-zz-zz-01")).await;
    let other = loop {
        let body = timeout(PATIENCE, came.recv()).await.unwrap().unwrap();
        if let Some(span) = spans(&body).into_iter().find(|s| s.name == "frame" && hex(&s.trace_id) != trace) {
            break span;
        }
    };
    assert!(other.parent_span_id.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_not_there_is_told_of_once() {
    // Nobody listens there any more.
    let endpoint = format!("http://{}", TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap());
    let settings = [
        ("DESKBELL_TRACE__ENDPOINT", endpoint.as_str()),
        ("DESKBELL_TRACE__SAMPLE", "1"),
        ("OTEL_BSP_SCHEDULE_DELAY", "1"),
    ];
    let mut program = Program::start(&settings);
    let mut visitor = Client::connect(program.address, "/ws", None).await;
    visitor.hello(json!({})).await;
    say(&mut visitor, None).await;
    program.until("the collector of traces cannot be reached");
    say(&mut visitor, None).await;
    visitor.socket.close(None).await.unwrap();
    program.terminate();
    assert_eq!(program.ended().code(), Some(0));
    let told: Vec<String> = program.said().into_iter().filter(|line| line.contains("collector")).collect();
    assert_eq!(told.len(), 1, "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_that_was_not_chosen() {
    let (endpoint, mut came) = collector().await;
    let mut program = Program::start(&[("DESKBELL_TRACE__ENDPOINT", &endpoint), ("DESKBELL_TRACE__SAMPLE", "0")]);
    let mut visitor = Client::connect(program.address, "/ws", None).await;
    visitor.hello(json!({})).await;
    say(&mut visitor, Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")).await;
    visitor.socket.close(None).await.unwrap();
    program.terminate();
    // What was kept is sent before the end.
    assert_eq!(program.ended().code(), Some(0));
    assert!(came.try_recv().is_err());
}
