//! The texts of all articles, read: what they ask and what they say.

use std::ops::Range;

use super::model::unit;
use super::reader::{Read, Reader};
use super::{ArticleRule, Line};
use crate::types::Language;

/// A title, heading or question.
pub(crate) struct Ask {
    pub(crate) article: u32,
    pub(crate) passage: u32,
    pub(crate) source: u32,
    pub(crate) kind: Kind,
    pub(crate) read: Read,
    /// Its stems, each once.
    pub(crate) terms: Vec<u32>,
    pub(crate) meaning: Vec<f32>,
}

/// Who said it: the title and headings are the editor's words, questions are the visitors'.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Title,
    Question,
    Heading,
}

/// What a passage says, its heading included.
pub(crate) struct Body {
    pub(crate) article: u32,
    pub(crate) passage: u32,
    pub(crate) source: u32,
    pub(crate) read: Read,
    /// Of its opening words.
    pub(crate) meaning: Vec<f32>,
}

/// The texts of all articles; those of one article stand together, in content order.
#[derive(Default)]
pub(crate) struct Collected {
    pub(crate) asks: Vec<Ask>,
    pub(crate) bodies: Vec<Body>,
    pub(crate) rejected: Vec<(u32, Read)>,
    /// What each article says its language is.
    pub(crate) languages: Vec<Option<Language>>,
}

impl Collected {
    /// All that was read.
    pub(crate) fn reads(&self) -> impl Iterator<Item = &Read> + Clone {
        self.asks.iter().map(|a| &a.read).chain(self.bodies.iter().map(|b| &b.read))
    }
}

/// Reads titles, headings, questions and passages.
pub(crate) fn collect(rules: &[ArticleRule], reader: &Reader) -> Collected {
    let mut all = Collected::default();
    for (article, rule) in (0_u32..).zip(rules) {
        let read = |text: &str| reader.read_content(text, rule.language);
        let title = rule.title.as_ref().map_or("", |t| t.text.as_str());
        let ask = |kind, passage, text: &str, line: &Line| {
            let (terms, meaning) = (Vec::new(), Vec::new());
            Ask { article, passage, source: line.source, kind, read: read(text), terms, meaning }
        };
        all.asks.extend(rule.title.iter().map(|line| ask(Kind::Title, 0, &line.text, line)));
        all.asks.extend(rule.questions.iter().map(|line| ask(Kind::Question, 0, &line.text, line)));
        for (passage, part) in (0_u32..).zip(&rule.passages) {
            let heading = part.heading.as_ref().map_or("", |h| h.text.as_str());
            let asked = |line| ask(Kind::Heading, passage, &format!("{title} {heading}"), line);
            all.asks.extend(part.heading.iter().map(asked));
            let read = read(&format!("{heading} {}", part.body.text));
            all.bodies.push(Body { article, passage, source: part.body.source, read, meaning: Vec::new() });
        }
        all.languages.push(rule.language);
        all.rejected.extend(rule.reject.iter().map(|line| (article, read(&line.text))));
    }
    all
}

/// Takes the next place into a range.
pub(crate) fn extend(range: &mut Range<usize>, at: usize) {
    *range = if range.end == 0 { at..at + 1 } else { range.start..at + 1 };
}

/// Members once, ascending.
pub(crate) fn distinct(mut terms: Vec<u32>) -> Vec<u32> {
    terms.sort_unstable();
    terms.dedup();
    terms
}

/// Share of all of two sets' members that both have (Jaccard); 1 where both are empty.
pub(crate) fn shared(a: &[u32], b: &[u32]) -> f32 {
    let both = a.iter().filter(|t| b.binary_search(t).is_ok()).count();
    let all = a.len() + b.len() - both;
    if all == 0 { 1.0 } else { both as f32 / all as f32 }
}

/// Mean of vectors, of which some may be empty.
pub(crate) fn centre(all: &[Vec<f32>]) -> Vec<f32> {
    let mut sum = Vec::new();
    for meaning in all.iter().filter(|m| !m.is_empty()) {
        sum.resize(meaning.len(), 0.0);
        sum.iter_mut().zip(meaning).for_each(|(c, m)| *c += m / all.len() as f32);
    }
    sum
}

/// A vector less a centre, of length 1.
pub(crate) fn less(meaning: &mut [f32], centre: &[f32]) {
    meaning.iter_mut().zip(centre).for_each(|(m, c)| *m -= c);
    unit(meaning);
}
