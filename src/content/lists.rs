//! The lists of texts of a file, as the reader of contents takes them: what an edit of the file is held against.

use std::ops::Range;

use serde::de::DeserializeOwned;

use super::build::{FILE_BYTES, Kind};
use super::syntax::{ArticleBlock, At, IntentsFile};
use super::{SourceFile, articles, intents, yaml};

/// What an intent or an article says of how visitors ask.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lists {
    /// Of an intent as written; empty for an article.
    pub id: String,
    /// Of an intent.
    pub examples: Vec<String>,
    /// Texts that must land here.
    pub expect: Vec<String>,
    /// Texts that must not.
    pub reject: Vec<String>,
    /// Of an article.
    pub questions: Vec<String>,
}

/// The lists of a file of intents, in its order, or of an article; none where it is neither, or cannot be read.
#[must_use]
pub fn lists(file: &SourceFile) -> Option<Vec<Lists>> {
    let texts = |list: Option<Vec<At<String>>>| list.into_iter().flatten().map(|t| t.value).collect();
    let text = std::str::from_utf8(&file.bytes).ok()?.get(document(file)?)?;
    if Kind::of(&file.path)? != Kind::Intents {
        let block: ArticleBlock = read(text)?;
        let (expect, reject, questions) = (texts(block.expect), texts(block.reject), texts(block.questions));
        return Some(vec![Lists { expect, reject, questions, ..Lists::default() }]);
    }
    let file: IntentsFile = read(text)?;
    let of = |block: At<super::syntax::IntentBlock>| {
        let block = block.value;
        Lists {
            id: block.id.map(|id| id.value).unwrap_or_default(),
            examples: texts(block.examples),
            expect: texts(block.expect),
            reject: texts(block.reject),
            questions: Vec::new(),
        }
    };
    Some(file.intents.into_iter().flatten().map(of).collect())
}

/// The bytes of a file of intents or of an article that are YAML; none where there are no such.
#[must_use]
pub fn document(file: &SourceFile) -> Option<Range<usize>> {
    if file.bytes.len() > FILE_BYTES {
        return None;
    }
    let whole = std::str::from_utf8(&file.bytes).ok()?;
    let text = whole.strip_prefix('\u{feff}').unwrap_or(whole);
    let from = whole.len() - text.len();
    match Kind::of(&file.path)? {
        Kind::Intents => Some(from..whole.len()),
        Kind::Article(_) => Some(from..from + articles::front_matter(text)?.end),
        _ => None,
    }
}

/// Any value of a YAML document, within the budget of a content's files; none where it cannot be read.
#[must_use]
pub fn read<T: DeserializeOwned + Default>(text: &str) -> Option<T> {
    yaml::parse(text).ok()
}

/// Whether a text may be the id of an intent: lower-case letters, digits and single hyphens, at most 100 characters.
#[must_use]
pub fn is_id(text: &str) -> bool {
    intents::is_kebab(text)
}
