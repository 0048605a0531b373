//! What the program says of itself: its log on stderr, for people or as JSON; traces, where they are asked for; and the
//! faults that it caught. None of it holds what visitors write.

use std::io::{self, IsTerminal, Write};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, SpanData, SpanExporter};
use tracing::Subscriber;
use tracing_subscriber::filter::{EnvFilter, FilterExt, dynamic_filter_fn, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Log, LogFormat, Trace};
use crate::redact::Redactor;

/// Target of the spans that make up a trace. They never stand in the log.
const TRACE: &str = "deskbell::trace";

/// The span that a trace begins with; whoever makes it has decided that this one is kept.
const FIRST: &str = "frame";

/// A collector that does not answer is given up after this.
const PATIENCE: Duration = Duration::from_secs(5);

/// What must be let go at the end.
#[derive(Debug, Default)]
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// Sends what is still to be sent. Not from within an async runtime.
    pub fn end(self) {
        if let Some(traces) = self.traces {
            // What could not be sent is told of by the exporter.
            let _ = traces.shutdown();
        }
    }
}

/// Starts log and traces. Does nothing where a log is running already.
///
/// # Errors
/// What is wrong with the filter or the collector's address.
pub fn start(log: &Log, trace: &Trace) -> Result<Telemetry, String> {
    let filter = EnvFilter::try_new(&log.filter).map_err(|e| format!("log.filter: {e}"))?;
    let filter = filter.and(filter_fn(|meta| meta.target() != TRACE));
    let layer = tracing_subscriber::fmt::layer();
    let layer = match log.format {
        LogFormat::Text => {
            let colours = io::stderr().is_terminal();
            layer.with_target(false).with_ansi(colours).with_writer(OneLine { colours }).with_filter(filter).boxed()
        }
        LogFormat::Json => {
            layer.json().flatten_event(true).with_writer(OneLine { colours: false }).with_filter(filter).boxed()
        }
    };
    let traces = trace.endpoint.as_deref().map(collector).transpose()?;
    let tracer = traces.as_ref().map(|t| {
        let tracer = t.tracer("deskbell");
        // Where a place lies in the code is no secret, but nobody asked for it, and it is most of a span's bytes.
        tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_filter(dynamic_filter_fn(is_traced))
    });
    // A log that runs already is a test's or an embedding program's: it stays.
    let _ = tracing_subscriber::registry().with(tracer).with(layer).try_init();
    Ok(Telemetry { traces })
}

/// A first span, or one within another that is kept.
fn is_traced<S>(meta: &tracing::Metadata<'_>, context: &Context<'_, S>) -> bool
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    meta.target() == TRACE && (meta.name() == FIRST || context.lookup_current().is_some())
}

fn collector(endpoint: &str) -> Result<SdkTracerProvider, String> {
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .with_timeout(PATIENCE)
        .build()
        .map_err(|e| format!("trace.endpoint: {e}"))?;
    let resource = Resource::builder().with_service_name("deskbell").build();
    // What comes here was chosen before; a client's flag has no say in it.
    let provider = SdkTracerProvider::builder().with_sampler(Sampler::AlwaysOn).with_resource(resource);
    Ok(provider.with_batch_exporter(Told { exporter, failing: AtomicBool::new(false) }).build())
}

/// An exporter whose failures are told: the first one, and when it is over. The traces of that time are lost.
#[derive(Debug)]
struct Told<E> {
    exporter: E,
    failing: AtomicBool,
}

impl<E: SpanExporter> SpanExporter for Told<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let done = self.exporter.export(batch).await;
        match (&done, self.failing.swap(done.is_err(), Ordering::Relaxed)) {
            (Err(error), false) => tracing::warn!(%error, "the collector of traces cannot be reached: traces are lost"),
            (Ok(()), true) => tracing::info!("the collector of traces is reached again"),
            _ => {}
        }
        done
    }

    fn shutdown_with_timeout(&self, patience: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(patience)
    }

    fn shutdown(&self) -> OTelSdkResult {
        self.exporter.shutdown()
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// A fault of one task ends that task. It is counted, and its place goes into the log, but not its words: they may hold
/// what a visitor wrote.
pub fn count_panics() {
    std::panic::set_hook(Box::new(|info| {
        metrics::counter!("panics_total").increment(1);
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a task failed");
    }));
}

/// Stderr, where an event is one line whatever its fields hold.
#[derive(Clone, Copy)]
struct OneLine {
    /// The escapes of a terminal's colours stay.
    colours: bool,
}

impl<'a> MakeWriter<'a> for OneLine {
    type Writer = Self;

    fn make_writer(&'a self) -> Self::Writer {
        *self
    }
}

impl Write for OneLine {
    /// The formatter writes an event at once, with the line feed at its end.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        io::stderr().lock().write_all(&one_line(event, self.colours))?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Nothing that visitors write is logged; what a fault lets through all the same lacks at least this.
static REDACTOR: LazyLock<Redactor> = LazyLock::new(|| Redactor::default().with_all());

fn one_line(event: &[u8], colours: bool) -> Vec<u8> {
    let text = event.strip_suffix(b"\n").unwrap_or(event);
    let redacted = std::str::from_utf8(text).map(|text| REDACTOR.redact(text));
    let text = redacted.as_ref().map_or(text, |text| text.as_bytes());
    let mut line = Vec::with_capacity(event.len());
    for &byte in text {
        if byte.is_ascii_control() && byte != b'\t' && !(colours && byte == 0x1b) {
            line.extend(byte.escape_ascii());
        } else {
            line.push(byte);
        }
    }
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn an_event_is_one_line() {
        let said = |text: &str, colours| String::from_utf8(one_line(text.as_bytes(), colours)).unwrap();
        assert_eq!(said("a\nERROR b\r\x1b[2Jc\n", false), "a\\nERROR b\\r\\x1b[2Jc\n");
        assert_eq!(said("\x1b[31ma\x1b[0m\n\n", true), "\x1b[31ma\x1b[0m\\n\n");
        assert_eq!(said("ä\tö\n", false), "ä\tö\n");
        assert_eq!(said("who=anna@mail.example 4111 1111 1111 1111\n", false), "who=[e-mail] 411111******1111\n");
    }

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_fault_is_logged_and_counted_without_its_words() {
        let kept = Kept::default();
        let writer = kept.clone();
        let log = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
        let before = std::panic::take_hook();
        count_panics();
        let caught = tracing::subscriber::with_default(log, || {
            metrics::with_local_recorder(&recorder, || {
                std::panic::catch_unwind(|| panic!("the visitor wrote {}", "hunter2"))
            })
        });
        std::panic::set_hook(before);
        assert!(caught.is_err());
        let said = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert!(said.contains("a task failed") && said.contains("telemetry.rs:"), "{said}");
        assert!(!said.contains("hunter2") && !said.contains("visitor wrote"), "{said}");
        assert!(recorder.handle().render().contains("panics_total 1"));
    }
}
