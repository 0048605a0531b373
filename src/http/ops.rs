//! For those who run it: alive, ready, and in figures. On a listener of its own, not for the outside.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use metrics::{counter, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use metrics_process::Collector;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::Edge;
use super::error::Refuse;

/// Figures are tidied this often.
const UPKEEP: Duration = Duration::from_secs(5);

/// Bounds of times, seconds.
const TIMES: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Bounds of times within the processor, seconds.
const MOMENTS: &[f64] = &[0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 1.0];

/// Bounds of people's waiting, seconds.
const WAITS: &[f64] = &[1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0];

/// Bounds of numbers.
const NUMBERS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// What is told of a figure.
struct Figure {
    name: &'static str,
    kind: Kind,
    what: &'static str,
}

#[derive(Clone, Copy)]
enum Kind {
    Counter,
    Gauge,
    Histogram(&'static [f64]),
}

const fn figure(name: &'static str, kind: Kind, what: &'static str) -> Figure {
    Figure { name, kind, what }
}

/// Every figure of this program, in the order of docs/operations.md; a test compares. Those of the process are
/// described by the crate that reads them.
const FIGURES: &[Figure] = {
    use Kind::{Counter, Gauge, Histogram};
    &[
        figure("ws_connections", Gauge, "open sockets"),
        figure("ws_frames_total", Counter, "frames by direction and type"),
        figure("ws_closed_total", Counter, "sockets closed by the server, by code"),
        figure("connections_refused_total", Counter, "connections beyond a limit, by limit"),
        figure("ack_seconds", Histogram(TIMES), "from a message's frame to its ack"),
        figure("nack_total", Counter, "refused messages, by code"),
        figure("replay_events_total", Counter, "entries behind what clients held when they came back"),
        figure("resync_total", Counter, "conversations that clients must fetch anew, by reason"),
        figure("outbox_overflow_total", Counter, "readers that were too slow"),
        figure("answers_total", Counter, "the bot's turns, by what came of them"),
        figure("turn_seconds", Histogram(MOMENTS), "a decision in which the bot spoke, without the store"),
        figure("understand_seconds", Histogram(MOMENTS), "one reading of the engine"),
        figure("queue_depth", Gauge, "conversations that wait for a person"),
        figure("queue_wait_seconds", Histogram(WAITS), "waiting of those whom a person took"),
        figure(
            "wait_estimates_total",
            Counter,
            "waiting times that visitors were told, by whether the wait lay in the range",
        ),
        figure(
            "wait_estimate_error_seconds",
            Histogram(WAITS),
            "from the middle of such a range to the wait that came",
        ),
        figure("offers_total", Counter, "offers that were let pass, by how they ended"),
        figure("agent_load", Gauge, "chats that agents have"),
        figure("agent_capacity", Gauge, "chats that the agents who are online may have"),
        figure("claim_conflicts_total", Counter, "claims that came second"),
        figure("store_commit_seconds", Histogram(TIMES), "one transaction, its sync included"),
        figure("store_group_size", Histogram(NUMBERS), "writes in one transaction"),
        figure("watermark_age_seconds", Gauge, "how long the mark beside the database has lagged behind it"),
        figure("data_loss_detected", Counter, "whether this start found data missing"),
        figure("store_backup_timestamp_seconds", Gauge, "when the newest backup by the clock was made, since 1970"),
        figure("store_backup_failures_total", Counter, "backups by the clock that failed"),
        figure("content_reload_total", Counter, "contents that went live or were rejected, by result"),
        figure("content_compile_total", Counter, "contents that were compiled to go live"),
        figure("panics_total", Counter, "faults of the program that were caught"),
        figure("deskbell_build_info", Gauge, "1, with the program's version"),
    ]
};

/// Told from the start, so that the first of them is a rise and not a new series.
const FROM_ZERO: &[&str] = &[
    "claim_conflicts_total",
    "content_compile_total",
    "data_loss_detected",
    "outbox_overflow_total",
    "panics_total",
    "replay_events_total",
    "store_backup_failures_total",
];

/// The process's figures: one recorder, however many servers there are in it.
pub(super) fn metrics() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(install).clone()
}

fn install() -> PrometheusHandle {
    let bounded = FIGURES.iter().try_fold(PrometheusBuilder::new(), |builder, figure| match figure.kind {
        Kind::Histogram(bounds) => builder.set_buckets_for_metric(Matcher::Full(figure.name.to_owned()), bounds),
        _ => Ok(builder),
    });
    let recorder = bounded.unwrap_or_default().build_recorder();
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
    for Figure { name, kind, what } in FIGURES {
        match kind {
            Kind::Counter => describe_counter!(*name, *what),
            Kind::Gauge => describe_gauge!(*name, *what),
            Kind::Histogram(_) => describe_histogram!(*name, *what),
        }
    }
    for name in FROM_ZERO {
        counter!(*name).increment(0);
    }
    for end in ["declined", "missed"] {
        counter!("offers_total", "end" => end).increment(0);
    }
    for range in ["inside", "outside"] {
        counter!("wait_estimates_total", "range" => range).increment(0);
    }
    for result in ["live", "rejected"] {
        counter!("content_reload_total", "result" => result).increment(0);
    }
    gauge!("deskbell_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Collector::default().describe();
}

/// Bounds the memory of figures between two looks at them.
pub(super) async fn upkeep(handle: PrometheusHandle, ended: CancellationToken) {
    let mut tick = tokio::time::interval(UPKEEP);
    loop {
        tokio::select! {
            _ = tick.tick() => handle.run_upkeep(),
            () = ended.cancelled() => return,
        }
    }
}

pub(super) fn routes(handle: PrometheusHandle) -> Router<Arc<Edge>> {
    Router::new()
        .route("/livez", get(alive))
        .route("/readyz", get(ready))
        .route("/metrics", get(move |State(edge): State<Arc<Edge>>| async move { told(&edge, &handle) }))
        .fallback(|| async { Refuse::NOT_FOUND })
}

/// What nobody pushes is looked up now.
fn told(edge: &Edge, handle: &PrometheusHandle) -> Response {
    let now = edge.desk.figures();
    gauge!("queue_depth").set(now.waiting as f64);
    gauge!("agent_load").set(f64::from(now.load));
    gauge!("agent_capacity").set(f64::from(now.capacity));
    Collector::default().collect();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], handle.render()).into_response()
}

/// That this is answered shows that tasks run; the listener for visitors is looked at besides.
async fn alive(State(edge): State<Arc<Edge>>) -> Response {
    if edge.accepting.is_cancelled() && !edge.draining.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "the listener has ended\n").into_response();
    }
    "ok\n".into_response()
}

async fn ready(State(edge): State<Arc<Edge>>) -> Response {
    let draining = edge.draining.is_cancelled();
    let store = match tokio::time::timeout(Duration::from_millis(900), edge.desk.ready()).await {
        Ok(told) => told.map_err(|e| e.to_string()),
        Err(_) => Err("the store does not answer within a second".to_owned()),
    };
    let content = edge.desk.content();
    let release = edge.desk.origin().and_then(|o| o.release.clone());
    let ready = store.is_ok() && !draining;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let ok = store.is_ok();
    let why = store.err().or_else(|| draining.then(|| "the server ends".to_owned()));
    let told = json!({
        "ready": ready,
        "store": if ok { "ok" } else { "failing" },
        "why": why,
        "draining": draining,
        "content": {
            "follow": edge.config.follow.as_str(),
            "version": content.version,
            "release": release.as_ref().map(|r| json!({ "id": r.id, "name": r.name })),
            "intents": content.intents.len(),
            "articles": content.articles.len(),
            // A newer one that is broken: the server is ready all the same, with the one before.
            "rejected": edge.desk.rejected().as_deref(),
        },
    });
    (status, Json(told)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_figures_stands_in_the_operations_document() {
        let document = include_str!("../../docs/operations.md");
        let section = document.split("\n### Metrics\n").nth(1).unwrap_or_default();
        let section = section.split("\n#").next().unwrap_or_default();
        let rows: Vec<Vec<&str>> = section
            .lines()
            .filter(|line| line.starts_with("| `") && !line.starts_with("| `process_"))
            .map(|line| line.split('|').skip(1).map(|cell| cell.trim().trim_matches('`')).collect())
            .collect();
        let wanted: Vec<Vec<&str>> = FIGURES
            .iter()
            .map(|f| {
                let kind = match f.kind {
                    Kind::Counter => "counter",
                    Kind::Gauge => "gauge",
                    Kind::Histogram(_) => "histogram",
                };
                vec![f.name, kind, f.what]
            })
            .collect();
        let shown: Vec<Vec<&str>> = rows.iter().map(|row| vec![row[0], row[1], row[3]]).collect();
        assert_eq!(shown, wanted);
    }
}
