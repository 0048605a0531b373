//! For those who run it: alive, ready, and in figures. On a listener of its own, not for the outside.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::Edge;
use super::error::Refuse;

/// Figures are tidied this often.
const UPKEEP: Duration = Duration::from_secs(5);

/// Bounds of times, seconds.
const TIMES: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The process's figures: one recorder, however many servers there are in it.
pub(super) fn metrics() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(install).clone()
}

fn install() -> PrometheusHandle {
    let builder = PrometheusBuilder::new();
    let builder = match builder.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &TIMES) {
        Ok(builder) => builder,
        Err(_) => PrometheusBuilder::new(),
    };
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    // Somebody else's recorder stays; ours then shows nothing, which is better than no server.
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::warn!("another recorder of metrics is installed");
    }
    describe();
    handle
}

fn describe() {
    use metrics::{describe_counter, describe_gauge, describe_histogram};
    describe_gauge!("ws_connections", "open sockets");
    describe_gauge!("queue_depth", "conversations that wait for a person");
    describe_counter!("ws_frames_total", "frames by direction and type");
    describe_counter!("ws_closed_total", "sockets closed by the server, by code");
    describe_counter!("nack_total", "refused messages by code");
    describe_counter!("resync_total", "conversations that clients must fetch anew, by reason");
    describe_counter!("replay_events_total", "entries behind what clients held when they came back");
    describe_counter!("outbox_overflow_total", "readers that were too slow");
    describe_counter!("claim_conflicts_total", "claims that came second");
    describe_counter!("connections_refused_total", "connections beyond a limit");
    describe_counter!("content_reload_total", "contents that went live or were rejected");
    describe_counter!("panics_total", "faults of the program that were caught");
    describe_histogram!("ack_seconds", "from a message's frame to its ack");
}

/// Keeps figures that nobody pushes, and bounds the memory of those that are.
pub(super) async fn upkeep(handle: PrometheusHandle, edge: Arc<Edge>, ended: CancellationToken) {
    let mut tick = tokio::time::interval(UPKEEP);
    loop {
        tokio::select! {
            _ = tick.tick() => {
                handle.run_upkeep();
                metrics::gauge!("queue_depth").set(edge.desk.queue_depth() as f64);
            }
            () = ended.cancelled() => return,
        }
    }
}

pub(super) fn routes(handle: PrometheusHandle) -> Router<Arc<Edge>> {
    Router::new()
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route(
            "/metrics",
            get(move || {
                let text = handle.render();
                async move { ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text) }
            }),
        )
        .fallback(|| async { Refuse::NOT_FOUND })
}

async fn ready(State(edge): State<Arc<Edge>>) -> Response {
    let draining = edge.draining.is_cancelled();
    let store = match tokio::time::timeout(Duration::from_secs(1), edge.desk.ready()).await {
        Ok(told) => told.map_err(|e| e.to_string()),
        Err(_) => Err("the store does not answer within a second".to_owned()),
    };
    let content = edge.desk.content();
    let ready = store.is_ok() && !draining;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let told = json!({
        "ready": ready,
        "store": if store.is_ok() { "ok" } else { "failing" },
        "why": store.err(),
        "draining": draining,
        "content": { "version": content.version, "intents": content.intents.len(), "articles": content.articles.len() },
    });
    (status, Json(told)).into_response()
}
