//! Where a trace begins: at a client's frame.

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::config::Trace;

/// The span around what a frame leads to, for one frame of many. Whether it is kept is for the server to say: a client's
/// own trace is gone on with, but its flags are not believed, or any visitor could have everything traced.
pub(super) fn frame(config: &Trace, kind: &'static str, traceparent: Option<&str>) -> Span {
    if config.endpoint.is_none() || !is_kept(config.sample, super::random()) {
        return Span::none();
    }
    let span = tracing::info_span!(target: "deskbell::trace", parent: None, "frame", kind, otel.kind = "server");
    if let Some(traceparent) = traceparent {
        let carrier = HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
        // What is no trace context is none: the trace then begins here.
        let _ = span.set_parent(TraceContextPropagator::new().extract(&carrier));
    }
    span
}

/// `chance` is even over all numbers.
fn is_kept(sample: f64, chance: u64) -> bool {
    (chance >> 11) as f64 / (1_u64 << 53) as f64 <= sample && sample > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_kept() {
        assert!(is_kept(1.0, u64::MAX) && is_kept(1.0, 0));
        assert!(!is_kept(0.0, 0) && !is_kept(0.01, u64::MAX / 50));
        assert!(is_kept(0.01, u64::MAX / 200));
    }
}
