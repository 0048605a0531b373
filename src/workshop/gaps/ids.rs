//! Names of clusters that stay the same from one look to the next.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::Cluster;

/// Eight hex digits of a text's hash.
pub(super) fn id_of(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(4).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Of two clusters with one name (one text in two languages, or by chance) the smaller gets another.
pub(super) fn tell_apart(clusters: &mut [Cluster]) {
    let mut taken = std::collections::HashSet::new();
    for cluster in clusters {
        while !taken.insert(cluster.id.clone()) {
            cluster.id = id_of(&cluster.id);
        }
    }
}
