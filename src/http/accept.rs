//! The accept loop.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header;
use axum::response::IntoResponse;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::SockRef;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::Edge;
use super::headers;
use super::origin::Peer;
use super::shape;
use super::stream::Stream;
use crate::config::{Http, ms};

/// Most headers of a request, and the most bytes of all of them.
const HEADERS: usize = 64;
const HEADER_BYTES: usize = 16 * 1024;

/// Bytes that the kernel holds for one who does not read (it takes twice this for its own account). Left to itself it would
/// hold megabytes for each.
const SEND_BUFFER: usize = 128 * 1024;

/// A connection whose request is being answered has this long after the end was announced.
const LAST_ANSWER: Duration = Duration::from_secs(3);

/// Accepts until `shutdown`, and waits for the requests that are being answered.
pub(super) async fn serve(listener: TcpListener, router: Router, edge: Arc<Edge>, shutdown: CancellationToken) {
    let connections = TaskTracker::new();
    let seats = Seats::default();
    // Connections have it of the listener.
    if let Err(error) = SockRef::from(&listener).set_send_buffer_size(SEND_BUFFER) {
        tracing::warn!(%error, "send buffers are as large as the system likes");
    }
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shutdown.cancelled() => break,
        };
        let (tcp, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, mostly: they come back when connections end.
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let ip = address.ip().to_canonical();
        let proxy = edge.config.trusted_proxies.iter().any(|n| n.holds(ip));
        match seats.take(ip, proxy, &edge.config.http) {
            Ok(seat) => {
                let (router, edge, shutdown) = (router.clone(), Arc::clone(&edge), shutdown.clone());
                connections.spawn(connection(tcp, Peer(ip), seat, router, edge, shutdown));
            }
            Err(full) => {
                metrics::counter!("connections_refused_total", "why" => full.name()).increment(1);
                connections.spawn(refuse(tcp, full));
            }
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

async fn connection(
    tcp: TcpStream,
    peer: Peer,
    seat: Seat,
    router: Router,
    edge: Arc<Edge>,
    shutdown: CancellationToken,
) {
    let limits = &edge.config.http;
    // Whoever connects and says nothing costs a descriptor and nothing else, and not for long.
    let mut first = [0];
    tokio::select! {
        // Not `readable`, which may say so of a connection that nobody has looked at yet.
        ready = timeout(ms(limits.first_byte_ms), tcp.peek(&mut first)) => {
            if !matches!(ready, Ok(Ok(1))) {
                return;
            }
        }
        () = shutdown.cancelled() => return,
    }
    let _ = tcp.set_nodelay(true);
    let io = TokioIo::new(Stream::new(tcp, ms(limits.write_ms), seat));
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let (router, edge) = (router.clone(), Arc::clone(&edge));
        async move {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(peer);
            let https = super::origin::is_https(&edge.config, request.headers(), peer);
            let mut response = match shape::refusal(&request) {
                Some(refusal) => ([(header::CONNECTION, "close")], refusal).into_response(),
                None => match router.oneshot(request).await {
                    Ok(response) => response,
                    Err(never) => match never {},
                },
            };
            headers::secure(&mut response, https);
            Ok::<_, Infallible>(response)
        }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(ms(limits.header_ms))
        .max_headers(HEADERS)
        .max_buf_size(HEADER_BYTES)
        .serve_connection(io, service)
        .with_upgrades();
    let mut served = std::pin::pin!(served);
    tokio::select! {
        // Errors are the client's: a reset, a broken request. They were answered where they could be.
        _ = served.as_mut() => {}
        () = shutdown.cancelled() => {
            served.as_mut().graceful_shutdown();
            let _ = timeout(LAST_ANSWER, served).await;
        }
    }
}

async fn refuse(mut tcp: TcpStream, full: Full) {
    let answer = match full {
        Full::Address => {
            "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 10\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        }
        Full::All => {
            "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        }
    };
    let say = async {
        tcp.write_all(answer.as_bytes()).await?;
        tcp.shutdown().await?;
        // What the client still says is taken, or the answer would be lost in a reset.
        let mut sink = [0; 1024];
        while tokio::io::AsyncReadExt::read(&mut tcp, &mut sink).await? > 0 {}
        Ok::<_, std::io::Error>(())
    };
    let _ = timeout(Duration::from_secs(1), say).await;
}

/// Why there is no seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Full {
    Address,
    All,
}

impl Full {
    const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::All => "all",
        }
    }
}

#[derive(Default)]
struct Counts {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// How many connections there are.
#[derive(Default, Clone)]
struct Seats {
    counts: Arc<Mutex<Counts>>,
}

impl Seats {
    fn take(&self, ip: IpAddr, proxy: bool, limits: &Http) -> Result<Seat, Full> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.all >= limits.connections {
            return Err(Full::All);
        }
        let of_address = counts.by_address.entry(ip).or_default();
        // A proxy stands for everybody behind it.
        if !proxy && *of_address >= limits.per_address {
            return Err(Full::Address);
        }
        *of_address += 1;
        counts.all += 1;
        Ok(Seat { counts: Arc::clone(&self.counts), ip })
    }
}

/// A connection's seat, sockets included; left when dropped.
pub(super) struct Seat {
    counts: Arc<Mutex<Counts>>,
    ip: IpAddr,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all -= 1;
        if let Some(n) = counts.by_address.get_mut(&self.ip) {
            *n -= 1;
            if *n == 0 {
                counts.by_address.remove(&self.ip);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_counted_by_address_and_altogether() {
        let limits = Http { connections: 3, per_address: 2, ..Http::default() };
        let (a, b) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let seats = Seats::default();
        let first = seats.take(a, false, &limits).ok();
        let second = seats.take(a, false, &limits).ok();
        assert_eq!(seats.take(a, false, &limits).err(), Some(Full::Address));
        let third = seats.take(a, true, &limits).ok();
        assert_eq!(seats.take(b, false, &limits).err(), Some(Full::All));
        drop((first, second, third));
        assert!(seats.counts.lock().unwrap().by_address.is_empty());
        assert!(seats.take(b, false, &limits).is_ok());
    }
}
