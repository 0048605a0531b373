//! A line that can be cut in one direction: a relay between client and server which stops passing bytes on, and says
//! nothing.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// See the module.
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    up: Arc<AtomicBool>,
    down: Arc<AtomicBool>,
}

impl Relay {
    /// In front of `server`, whole.
    pub(crate) async fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (up, down) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let cuts = (up.clone(), down.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(server).await else { return };
                let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
                tokio::spawn(pass(from_client, to_server, cuts.0.clone()));
                tokio::spawn(pass(from_server, to_client, cuts.1.clone()));
            }
        });
        Self { address, up, down }
    }

    /// Nothing gets to the server any more.
    pub(crate) fn cut_up(&self) {
        self.up.store(true, Ordering::SeqCst);
    }

    /// Nothing gets to the client any more.
    pub(crate) fn cut_down(&self) {
        self.down.store(true, Ordering::SeqCst);
    }
}

/// Passes on until it is cut; then neither reads nor ends.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, cut: Arc<AtomicBool>) {
    let mut buffer = [0; 4_096];
    loop {
        let Ok(n @ 1..) = from.read(&mut buffer).await else { return };
        if cut.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if to.write_all(&buffer[..n]).await.is_err() {
            return;
        }
    }
}
