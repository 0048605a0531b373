//! What a socket costs without a server behind it: every frame comes back as it is.

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpListener;
use tokio_tungstenite::accept_async_with_config;
use tokio_tungstenite::tungstenite::Message;

use crate::client::{Failure, buffers};

/// Serves until it is killed.
pub(crate) async fn serve() -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (tcp, _) = listener.accept().await?;
        tokio::spawn(async move {
            tcp.set_nodelay(true)?;
            let mut socket = accept_async_with_config(tcp, Some(buffers())).await?;
            while let Some(Ok(message)) = socket.next().await {
                if let Message::Text(text) = message {
                    socket.send(Message::Text(text)).await?;
                }
            }
            Ok::<_, Failure>(())
        });
    }
}
