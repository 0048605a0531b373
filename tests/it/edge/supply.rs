//! What the program serves is what was built, byte by byte, in every form.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use sha2::{Digest, Sha384};

use crate::support::TestServer;

/// One file of `dist/manifest.json`.
#[derive(Deserialize)]
struct Built {
    sha384: String,
    bytes: usize,
}

/// The bytes of an answer.
fn fetch(url: &str, encoding: &str) -> (Option<String>, Vec<u8>) {
    let mut answer = ureq::get(url).header("accept-encoding", encoding).call().unwrap_or_else(|e| panic!("{url}: {e}"));
    let coding = answer.headers().get("content-encoding").map(|v| v.to_str().unwrap().to_owned());
    (coding, answer.body_mut().read_to_vec().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_served_has_the_hashes_of_the_manifest() {
    let server = TestServer::start().await;
    for (part, at) in [("web-widget", "widget"), ("web-console", "console")] {
        let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join(part).join("dist");
        let manifest = std::fs::read(dist.join("manifest.json")).unwrap();
        let manifest: BTreeMap<String, Built> = serde_json::from_slice(&manifest).unwrap();
        assert!(manifest.len() >= 4, "{part}");
        for (name, built) in manifest {
            let url = format!("{}/{at}/{name}", server.origin());
            let served =
                tokio::task::spawn_blocking(move || [fetch(&url, "identity"), fetch(&url, "gzip"), fetch(&url, "br")]);
            let [(_, plain), gzip, brotli] = served.await.unwrap();
            assert_eq!(format!("sha384-{}", STANDARD.encode(Sha384::digest(&plain))), built.sha384, "{part} {name}");
            assert_eq!(plain.len(), built.bytes, "{part} {name}");
            for (coding, ending, (said, bytes)) in [("gzip", "gz", gzip), ("br", "br", brotli)] {
                assert_eq!(said.as_deref(), Some(coding), "{part} {name}");
                assert_eq!(bytes, std::fs::read(dist.join(format!("{name}.{ending}"))).unwrap(), "{part} {name}");
            }
        }
    }
}
