//! A client that costs little: small buffers, and frames looked at as text.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// Longest wait for a frame.
const PATIENCE: Duration = Duration::from_secs(20);

/// As large as a server needs them, on either side.
pub(crate) fn buffers() -> WebSocketConfig {
    WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(0).max_write_buffer_size(64 * 1024)
}

/// An open socket.
pub(crate) struct Client(WebSocketStream<TcpStream>);

impl Client {
    /// Number `n` comes from an address of its own for every hundred.
    pub(crate) async fn open(server: SocketAddr, n: u32, path: &str, cookie: Option<&str>) -> Result<Self, Failure> {
        let tcp = TcpSocket::new_v4()?;
        let [_, high, low, _] = (n / 100).to_be_bytes().map(|b| b.wrapping_add(1));
        let own = Ipv4Addr::new(127, high, low, (n / 100 % 250) as u8 + 1);
        tcp.bind(SocketAddr::new(IpAddr::V4(own), 0))?;
        let tcp = tcp.connect(server).await?;
        tcp.set_nodelay(true)?;
        let mut request = format!("ws://{server}{path}").into_client_request()?;
        request.headers_mut().insert("origin", HeaderValue::from_str(&format!("http://{server}"))?);
        if let Some(cookie) = cookie {
            request.headers_mut().insert("cookie", HeaderValue::from_str(cookie)?);
        }
        Ok(Self(client_async_with_config(request, tcp, Some(buffers())).await?.0))
    }

    /// The same, and welcomed.
    pub(crate) async fn greet(server: SocketAddr, n: u32, path: &str, cookie: Option<&str>) -> Result<Self, Failure> {
        let mut me = Self::open(server, n, path, cookie).await?;
        me.say(format!(r#"{{"type":"hello","v":1,"device":"pace-{n}","locale":"en"}}"#)).await?;
        me.until("welcome").await?;
        Ok(me)
    }

    pub(crate) async fn say(&mut self, text: String) -> Result<(), Failure> {
        Ok(self.0.send(Message::text(text)).await?)
    }

    /// The next frame.
    pub(crate) async fn hear(&mut self) -> Result<Utf8Bytes, Failure> {
        loop {
            let message = timeout(PATIENCE, self.0.next()).await.map_err(|_| "no frame in twenty seconds")?;
            match message.ok_or("the server closed the socket")?? {
                Message::Text(text) => return Ok(text),
                Message::Close(frame) => return Err(format!("closed: {frame:?}").into()),
                _ => {}
            }
        }
    }

    /// Skips frames up to one of this type.
    pub(crate) async fn until(&mut self, kind: &str) -> Result<Utf8Bytes, Failure> {
        loop {
            let text = self.hear().await?;
            if is(&text, kind) {
                return Ok(text);
            }
        }
    }
}

/// Whether a frame is of this type.
pub(crate) fn is(frame: &str, kind: &str) -> bool {
    frame.strip_prefix(r#"{"type":""#).and_then(|f| f.strip_prefix(kind)).is_some_and(|f| f.starts_with('"'))
}

/// The text of a field, as far as it has no escapes.
pub(crate) fn field<'a>(frame: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = frame.split_once(&format!(r#""{name}":""#))?;
    rest.split('"').next()
}
