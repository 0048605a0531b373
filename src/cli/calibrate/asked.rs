//! What visitors asked, from a file.

use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Deserializer};

use crate::cli::render;
use crate::workshop::asked::Asked;

/// Texts of a file, one object a line.
///
/// # Errors
/// If the file cannot be read, or a line is not what it should be.
pub(super) fn read_file(path: &Path) -> anyhow::Result<Vec<Asked>> {
    #[derive(Deserialize)]
    struct Line {
        text: String,
        #[serde(default)]
        language: Option<String>,
        #[serde(default)]
        page: Option<String>,
        #[serde(default, deserialize_with = "given")]
        id: Option<Option<String>>,
    }
    /// Tells `null` from a key that is not there.
    fn given<'a, D: Deserializer<'a>>(from: D) -> Result<Option<Option<String>>, D::Error> {
        Option::deserialize(from).map(Some)
    }
    let file = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let at = render::now();
    let mut texts = Vec::new();
    for (number, line) in (1_usize..).zip(file.lines()).filter(|(_, l)| !l.trim().is_empty()) {
        let line: Line = serde_json::from_str(line).with_context(|| {
            format!("{}:{number} is not {{\"text\": …, \"language\"?: …, \"id\"?: …}}", path.display())
        })?;
        let language = line.language.map(|l| l.parse()).transpose();
        let language = language.with_context(|| format!("{}:{number} names no language code", path.display()))?;
        texts.push(Asked { language, page: line.page, right: line.id, ..Asked::plain(line.text, at) });
    }
    Ok(texts)
}
