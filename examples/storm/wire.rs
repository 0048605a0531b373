//! What every client that plays a part here needs: a socket with the right origin, and names for messages.

use std::error::Error;

use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{client::IntoClientRequest, http::HeaderValue};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

pub(crate) type Failure = Box<dyn Error + Send + Sync>;

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Opens a socket at `path` of the server at `url`, such as `http://127.0.0.1:8080`.
pub(crate) async fn open(url: &str, path: &str, cookie: Option<&str>) -> Result<Socket, Failure> {
    let url = url.trim_end_matches('/');
    let mut request = format!("{}{path}", url.replacen("http", "ws", 1)).into_client_request()?;
    request.headers_mut().insert("origin", HeaderValue::from_str(url)?);
    if let Some(cookie) = cookie {
        request.headers_mut().insert("cookie", HeaderValue::from_str(cookie)?);
    }
    Ok(tokio_tungstenite::connect_async(request).await?.0)
}

/// A version 8 UUID of two numbers.
pub(crate) fn uuid(a: u64, b: u64) -> String {
    format!(
        "{:08x}-{:04x}-8{:03x}-8{:03x}-{:012x}",
        a >> 32,
        (a >> 16) & 0xffff,
        a & 0xfff,
        (b >> 48) & 0xfff,
        b & 0xffff_ffff_ffff
    )
}
