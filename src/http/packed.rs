//! What is written anew for each content: compressed once, and sent in the form that a browser takes.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::sync::Arc;

use axum::body::Bytes;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

/// A file in all its forms.
#[derive(Debug)]
pub(super) struct Packed {
    /// Of the plain form.
    pub(super) hash: Vec<u8>,
    pub(super) plain: Bytes,
    pub(super) brotli: Bytes,
    pub(super) gzip: Bytes,
}

/// The newest of each file, with what it was written from.
#[derive(Debug, Default)]
pub(super) struct Shelf(Mutex<HashMap<&'static str, (String, Arc<Packed>)>>);

impl Shelf {
    /// The file `name` as `write` makes it of `from`; the same `from` gives the one that lies here. Who comes while it
    /// is being compressed waits for it.
    ///
    /// # Errors
    ///
    /// Where it could not be compressed.
    pub(super) async fn get(
        &self,
        name: &'static str,
        from: String,
        write: impl FnOnce(&str) -> String,
    ) -> io::Result<Arc<Packed>> {
        let mut files = self.0.lock().await;
        if let Some((_, file)) = files.get(name).filter(|(known, _)| *known == from) {
            return Ok(Arc::clone(file));
        }
        let text = write(&from);
        let file = Arc::new(tokio::task::spawn_blocking(move || pack(text)).await.map_err(io::Error::other)??);
        files.insert(name, (from, Arc::clone(&file)));
        Ok(file)
    }
}

fn pack(text: String) -> io::Result<Packed> {
    let plain = text.into_bytes();
    let mut brotli = Vec::new();
    brotli::BrotliCompress(&mut plain.as_slice(), &mut brotli, &brotli::enc::BrotliEncoderParams::default())?;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(&plain)?;
    Ok(Packed {
        hash: Sha256::digest(&plain).to_vec(),
        brotli: brotli.into(),
        gzip: gzip.finish()?.into(),
        plain: plain.into(),
    })
}
