//! Clients that mean harm, each of its own kind: what they send, and how long until the server has ended it.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, sleep, timeout};

/// What is held against the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Connects, and says nothing.
    Silent,
    /// One byte.
    OneByte,
    /// A request's head, a byte at a time, without end.
    DrippedHead,
    /// The beginning of what begins HTTP/2.
    HalfPreface,
    /// A body of which only the first byte comes.
    HalfBody,
    /// A socket that never says hello.
    NoHello,
    /// A socket in the middle of a frame.
    HalfFrame,
    /// A socket in the middle of a message as large as one may be.
    HalfMessage,
    /// Pings without end.
    Pings,
    /// Fragments without a byte in them, without end.
    EmptyFragments,
    /// Frames of the protocol without end.
    Frames,
    /// Requests whose answers are not read.
    DeafRequests,
    /// A socket that asks for pages of its log and reads none.
    DeafSocket,
}

/// All of them, with a name.
pub(crate) const ALL: [(Kind, &str); 13] = [
    (Kind::Silent, "silent"),
    (Kind::OneByte, "one byte"),
    (Kind::DrippedHead, "dripped head"),
    (Kind::HalfPreface, "half an HTTP/2 preface"),
    (Kind::HalfBody, "half a body"),
    (Kind::NoHello, "no hello"),
    (Kind::HalfFrame, "half a frame"),
    (Kind::HalfMessage, "unfinished message of 64 KiB"),
    (Kind::Pings, "pings"),
    (Kind::EmptyFragments, "empty fragments"),
    (Kind::Frames, "frames"),
    (Kind::DeafRequests, "requests, answers not read"),
    (Kind::DeafSocket, "pages of a log, not read"),
];

/// A visitor with something to read: what [`Kind::DeafSocket`] asks for.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    /// The visitor's token.
    pub(crate) token: String,
    /// Its conversation.
    pub(crate) c: String,
}

/// Offends once. How long the server took to end it; none if it had not after `patience`.
pub(crate) async fn offend(kind: Kind, to: SocketAddr, n: usize, log: &Log, patience: Duration) -> Option<Duration> {
    let began = Instant::now();
    let done = timeout(patience, async {
        // A refusal at the door is an end too.
        let _ = run(kind, to, n, log).await;
    });
    done.await.ok().map(|()| began.elapsed())
}

async fn run(kind: Kind, to: SocketAddr, n: usize, log: &Log) -> std::io::Result<()> {
    let deaf = matches!(kind, Kind::DeafRequests | Kind::DeafSocket);
    let socket = TcpSocket::new_v4()?;
    if deaf {
        // Whoever does not read wants the other end to hold it all.
        socket.set_recv_buffer_size(4 * 1024)?;
        socket.set_send_buffer_size(16 * 1024)?;
    }
    let mut tcp = socket.connect(to).await?;
    let hello = format!("{{\"type\":\"hello\",\"v\":1,\"device\":\"{kind:?}-{n}\"}}");
    match kind {
        Kind::Silent => {}
        Kind::OneByte => tcp.write_all(b"G").await?,
        Kind::DrippedHead => {
            tcp.write_all(format!("GET / HTTP/1.1\r\nhost: {to}\r\nx: ").as_bytes()).await?;
            let (mut read, mut write) = tcp.split();
            let drip = async {
                loop {
                    write.write_all(b"y").await?;
                    sleep(Duration::from_millis(100)).await;
                }
            };
            return tokio::select! { dripped = drip => dripped, ended = end(&mut read) => ended };
        }
        Kind::HalfPreface => tcp.write_all(b"PRI * HTTP/2.0\r\n\r\nS").await?,
        Kind::HalfBody => {
            let head = format!(
                "POST /api/v1/login HTTP/1.1\r\nhost: {to}\r\norigin: http://{to}\r\ncontent-type: application/json\r\n\
                 content-length: 65536\r\nconnection: close\r\n\r\n{{"
            );
            tcp.write_all(head.as_bytes()).await?;
        }
        Kind::NoHello => upgrade(&mut tcp, to).await?,
        Kind::HalfFrame => {
            upgrade(&mut tcp, to).await?;
            tcp.write_all(&frame(0x81, hello.as_bytes())).await?;
            tcp.write_all(&frame(0x81, &[b'x'; 1_000])[..500]).await?;
        }
        Kind::HalfMessage => {
            upgrade(&mut tcp, to).await?;
            tcp.write_all(&frame(0x81, hello.as_bytes())).await?;
            tcp.write_all(&frame(0x01, &[b'x'; 65_000])).await?;
        }
        Kind::Pings => return pour(tcp, to, &hello, &frame(0x89, &[b'x'; 125]).repeat(50)).await,
        Kind::EmptyFragments => {
            upgrade(&mut tcp, to).await?;
            tcp.write_all(&frame(0x81, hello.as_bytes())).await?;
            tcp.write_all(&frame(0x01, b"x")).await?;
            return flood(tcp, &frame(0x00, b"").repeat(50)).await;
        }
        Kind::Frames => return pour(tcp, to, &hello, &frame(0x81, b"{\"type\":\"ping\",\"n\":1}").repeat(50)).await,
        Kind::DeafRequests => {
            let ask = format!("GET /console/app.js HTTP/1.1\r\nhost: {to}\r\n\r\n").repeat(50);
            loop {
                tcp.write_all(ask.as_bytes()).await?;
            }
        }
        Kind::DeafSocket => {
            upgrade(&mut tcp, to).await?;
            let Log { token, c } = log;
            let hello = hello.replace("\"v\":1", &format!("\"v\":1,\"token\":\"{token}\""));
            tcp.write_all(&frame(0x81, hello.as_bytes())).await?;
            let ask = format!("{{\"type\":\"fetch\",\"rid\":\"r\",\"c\":\"{c}\",\"after\":0,\"limit\":200}}");
            for _ in 0..60 {
                tcp.write_all(&frame(0x81, ask.as_bytes())).await?;
            }
            // It has what it asked for or it has not: its line is only written to, until it is cut.
            loop {
                sleep(Duration::from_millis(250)).await;
                tcp.write_all(&frame(0x8a, b"")).await?;
            }
        }
    }
    end(&mut tcp).await
}

async fn upgrade(tcp: &mut TcpStream, to: SocketAddr) -> std::io::Result<()> {
    let ask = format!(
        "GET /ws HTTP/1.1\r\nhost: {to}\r\norigin: http://{to}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    );
    tcp.write_all(ask.as_bytes()).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(tcp.read_u8().await?);
    }
    if head.starts_with(b"HTTP/1.1 101") { Ok(()) } else { Err(std::io::ErrorKind::ConnectionRefused.into()) }
}

async fn pour(mut tcp: TcpStream, to: SocketAddr, hello: &str, bytes: &[u8]) -> std::io::Result<()> {
    upgrade(&mut tcp, to).await?;
    tcp.write_all(&frame(0x81, hello.as_bytes())).await?;
    flood(tcp, bytes).await
}

/// Writes without end, and reads what is said meanwhile, until the server ends it.
async fn flood(mut tcp: TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    let (mut read, mut write) = tcp.split();
    let write = async {
        loop {
            write.write_all(bytes).await?;
        }
    };
    tokio::select! { wrote = write => wrote, ended = end(&mut read) => ended }
}

/// Reads to the end of the line.
async fn end(read: &mut (impl AsyncReadExt + Unpin)) -> std::io::Result<()> {
    let mut sink = [0; 4096];
    while read.read(&mut sink).await? > 0 {}
    Ok(())
}

/// A frame under a mask of zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![first];
    match payload.len() {
        n @ 0..=125 => out.push(0x80 | n as u8),
        n => {
            out.push(0x80 | 126);
            out.extend((n as u16).to_be_bytes());
        }
    }
    out.extend([0; 4]);
    out.extend(payload);
    out
}
