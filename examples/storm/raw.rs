//! Sockets by the thousand: from chosen loopback addresses, with small buffers, and read without being parsed.

use std::net::{Ipv4Addr, SocketAddr};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use crate::wire::{Failure, uuid};

/// A socket of a visitor or an agent.
pub(crate) struct Raw {
    pub(crate) ws: WebSocketStream<TcpStream>,
}

/// Why there is no socket.
pub(crate) enum Refused {
    /// With this status before the upgrade.
    Status(u16),
    /// Anything else.
    Other(Failure),
}

impl Raw {
    /// Opens one from `source`.
    pub(crate) async fn open(
        to: SocketAddr,
        source: Ipv4Addr,
        path: &str,
        cookie: Option<&str>,
    ) -> Result<Self, Refused> {
        let other = |e: Failure| Refused::Other(e);
        let tcp = TcpSocket::new_v4().map_err(|e| other(e.into()))?;
        tcp.bind((source, 0).into()).map_err(|e| other(e.into()))?;
        let stream = tcp.connect(to).await.map_err(|e| other(e.into()))?;
        stream.set_nodelay(true).map_err(|e| other(e.into()))?;
        let mut request = format!("ws://{to}{path}").into_client_request().map_err(|e| other(e.into()))?;
        let mut header = |name, value: &str| {
            value.parse().map(|v| drop(request.headers_mut().insert(name, v))).map_err(|_| other("a bad header".into()))
        };
        header("origin", &format!("http://{to}"))?;
        if let Some(cookie) = cookie {
            header("cookie", cookie)?;
        }
        let small = WebSocketConfig::default().read_buffer_size(4_096).write_buffer_size(0);
        match tokio_tungstenite::client_async_with_config(request, stream, Some(small)).await {
            Ok((ws, _)) => Ok(Self { ws }),
            Err(Error::Http(answer)) => Err(Refused::Status(answer.status().as_u16())),
            Err(e) => Err(other(e.into())),
        }
    }

    /// Says hello, and waits for the welcome.
    pub(crate) async fn hello(&mut self, n: u64) -> Result<Value, Failure> {
        self.send(json!({"type": "hello", "v": 1, "device": uuid(n, 1), "locale": "en"})).await?;
        self.until(|f| f["type"] == "welcome").await
    }

    pub(crate) async fn send(&mut self, frame: Value) -> Result<(), Failure> {
        Ok(self.ws.send(Message::text(frame.to_string())).await?)
    }

    /// The next frame's text. Safe to cancel.
    pub(crate) async fn text(&mut self) -> Result<Utf8Bytes, Failure> {
        loop {
            match self.ws.next().await.ok_or("the line ended")?? {
                Message::Text(text) => return Ok(text),
                Message::Close(close) => return Err(format!("closed: {close:?}").into()),
                _ => {}
            }
        }
    }

    /// The next frame that fits.
    pub(crate) async fn until(&mut self, fits: impl Fn(&Value) -> bool) -> Result<Value, Failure> {
        loop {
            let frame = serde_json::from_str(&self.text().await?)?;
            if fits(&frame) {
                return Ok(frame);
            }
        }
    }
}

/// What stands behind `"name":"` in a frame that is not parsed.
pub(crate) fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let at = text.find(name)? + name.len();
    let rest = text.get(at..)?.strip_prefix("\":\"")?;
    rest.split('"').next()
}
