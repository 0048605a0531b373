//! Articles by a few words, as somebody types them.

use std::collections::HashMap;

use super::{Article, Content};
use crate::engine::{self, Target};
use crate::types::Language;

/// What the engine must be sure of, to offer an article that lacks one of the words.
const LIKELY: f32 = 0.3;

impl Content {
    /// Articles of a language: without words all, in their order; else those that have every word or its beginning, titles
    /// first, and behind them what the engine takes the text to be about.
    #[must_use]
    pub fn search(&self, text: &str, language: Language, most: usize) -> Vec<&Article> {
        let words = words(text);
        let of_language = || self.articles.iter().filter(|a| a.language == language);
        if words.is_empty() {
            return of_language().take(most).collect();
        }
        let mut scored: Vec<_> = of_language().filter_map(|a| Some((score(a, &words)?, a))).collect();
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        let mut all: Vec<_> = scored.into_iter().map(|(_, a)| a).collect();
        let fits = |t: Target| {
            let Target::Passage { article, .. } = t else { return false };
            self.articles.get(article as usize).is_some_and(|a| a.language == language)
        };
        let query = engine::Query { text, language: Some(language), allow: &fits };
        for candidate in self.engine.read(&query).candidates {
            if candidate.confidence >= LIKELY
                && let Target::Passage { article, .. } = candidate.target
                && let Some(article) = self.articles.get(article as usize)
                && !all.iter().any(|a| a.id == article.id)
            {
                all.push(article);
            }
        }
        all.truncate(most);
        all
    }
}

/// How well an article fits; none where a word is missing.
fn score(article: &Article, wanted: &[String]) -> Option<u32> {
    let mut best: HashMap<usize, u32> = HashMap::new();
    let mut look = |text: &str, worth: u32| {
        for word in words(text) {
            for (at, wanted) in wanted.iter().enumerate() {
                if word.starts_with(wanted.as_str()) {
                    let known = best.entry(at).or_default();
                    *known = worth.max(*known);
                }
            }
        }
    };
    look(&article.title, 9);
    for question in article.questions.iter().chain(&article.tags) {
        look(question, 4);
    }
    for passage in &article.passages {
        look(passage.heading.as_deref().unwrap_or_default(), 3);
        look(&passage.markdown, 1);
    }
    (best.len() == wanted.len()).then(|| best.values().sum())
}

fn words(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_alphanumeric());
    parts.filter(|w| !w.is_empty()).map(str::to_lowercase).collect()
}
