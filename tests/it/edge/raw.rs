//! A connection on which any bytes can be sent, and what comes back is read as it is.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::{PATIENCE, cmid};

/// Opcodes (RFC 6455, section 5.2), with the bit for the last fragment where one is meant.
pub(super) const TEXT: u8 = 0x81;
pub(super) const BINARY: u8 = 0x82;
pub(super) const CLOSE: u8 = 0x88;
pub(super) const PING: u8 = 0x89;
pub(super) const PONG: u8 = 0x8a;
/// Takes the bit for the last fragment away.
pub(super) const MORE: u8 = 0x7f;
/// The last piece of a fragmented message.
pub(super) const LAST: u8 = 0x80;
/// A piece in between.
pub(super) const NEXT: u8 = 0x00;

/// A frame as a client must send it: masked.
pub(super) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = head(first, payload.len() as u64, 0x80);
    let mask = [0x37, 0xfa, 0x21, 0x3d];
    out.extend(mask);
    out.extend(payload.iter().zip(mask.iter().cycle()).map(|(b, m)| b ^ m));
    out
}

/// The beginning of a frame, up to its length. `mask`: 0x80, or 0 for none.
pub(super) fn head(first: u8, length: u64, mask: u8) -> Vec<u8> {
    let mut out = vec![first];
    match length {
        0..=125 => out.push(mask | length as u8),
        126..=65_535 => {
            out.push(mask | 126);
            out.extend((length as u16).to_be_bytes());
        }
        _ => {
            out.push(mask | 127);
            out.extend(length.to_be_bytes());
        }
    }
    out
}

/// A whole text message.
pub(super) fn text(text: &str) -> Vec<u8> {
    frame(TEXT, text.as_bytes())
}

/// What a server says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Told {
    /// A frame of the protocol.
    Frame(Value),
    /// A pong with its payload.
    Pong(Vec<u8>),
    /// A close, by its code; 0 where it has none.
    Close(u16),
    /// The end of the line.
    End,
    /// Neither a word nor an end.
    Silence,
}

/// See the module.
pub(super) struct Raw {
    tcp: TcpStream,
    held: Vec<u8>,
}

impl Raw {
    /// Sends bytes over a new connection.
    pub(super) async fn with(to: SocketAddr, bytes: &[u8]) -> Self {
        let mut raw = Self { tcp: TcpStream::connect(to).await.unwrap(), held: Vec::new() };
        raw.send(bytes).await;
        raw
    }

    /// A visitor's socket, greeted.
    pub(super) async fn visitor(to: SocketAddr) -> Self {
        let ask = format!(
            "GET /ws HTTP/1.1\r\nhost: {to}\r\norigin: http://{to}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        );
        let mut raw = Self::with(to, ask.as_bytes()).await;
        let head = raw.http_head().await;
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
        raw.send(&text(&format!("{{\"type\":\"hello\",\"v\":1,\"device\":\"{}\"}}", cmid()))).await;
        loop {
            match raw.told().await {
                Told::Frame(f) if f["type"] == "welcome" => return raw,
                Told::Frame(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    pub(super) async fn send(&mut self, bytes: &[u8]) {
        let _ = self.tcp.write_all(bytes).await; // a server that has closed says so when it is read
    }

    /// Everything up to the end of the line.
    pub(super) async fn rest(mut self) -> String {
        while self.more().await.expect("an end") {}
        String::from_utf8_lossy(&self.held).into_owned()
    }

    /// The head of an answer, with its empty line.
    pub(super) async fn http_head(&mut self) -> String {
        loop {
            if let Some(at) = self.held.windows(4).position(|w| w == b"\r\n\r\n") {
                let head: Vec<u8> = self.held.drain(..at + 4).collect();
                return String::from_utf8_lossy(&head).into_owned();
            }
            assert!(self.more().await == Some(true), "no answer: {}", String::from_utf8_lossy(&self.held));
        }
    }

    /// What the server says next.
    pub(super) async fn told(&mut self) -> Told {
        loop {
            if let Some((opcode, payload)) = self.frame() {
                return match opcode {
                    TEXT => Told::Frame(serde_json::from_slice(&payload).unwrap()),
                    PONG => Told::Pong(payload),
                    CLOSE => Told::Close(payload.get(..2).map_or(0, |c| u16::from_be_bytes([c[0], c[1]]))),
                    other => panic!("the server sent a frame {other:#x}"),
                };
            }
            match self.more().await {
                Some(true) => {}
                Some(false) => return Told::End,
                None => return Told::Silence,
            }
        }
    }

    /// A whole frame of the server: its first byte and payload.
    fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let (first, short) = (*self.held.first()?, *self.held.get(1)?);
        assert_eq!(short & 0x80, 0, "a server's frame is not masked");
        let (start, length) = match short {
            126 => (4, usize::from(u16::from_be_bytes(self.held.get(2..4)?.try_into().unwrap()))),
            127 => (10, u64::from_be_bytes(self.held.get(2..10)?.try_into().unwrap()) as usize),
            n => (2, usize::from(n)),
        };
        let payload = self.held.get(start..start + length)?.to_vec();
        self.held.drain(..start + length);
        Some((first, payload))
    }

    /// Reads on; false at the end, none where nothing comes.
    async fn more(&mut self) -> Option<bool> {
        let mut buffer = [0; 16 * 1024];
        match timeout(PATIENCE, self.tcp.read(&mut buffer)).await.ok()? {
            Ok(0) | Err(_) => Some(false),
            Ok(n) => {
                self.held.extend_from_slice(&buffer[..n]);
                Some(true)
            }
        }
    }
}
