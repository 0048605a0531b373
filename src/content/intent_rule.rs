//! What leads to an intent: its examples, keywords and patterns, as the engine takes them.

use std::collections::HashMap;

use super::intents::{Reader, misspelt};
use super::syntax::{At, IntentBlock, KeywordBlock, Place, Texts};
use super::{When, lint};
use crate::engine::{IntentRule, KeywordRule, Line};
use crate::types::Language;

/// Examples below which an intent that has nothing else is hardly ever recognised.
const FEW: usize = 4;

impl Reader<'_, '_> {
    /// What the engine gets, and the names that patterns capture.
    pub(super) fn rule(
        &mut self,
        id: &At<String>,
        block: &IntentBlock,
        when: &When,
    ) -> (IntentRule, Vec<(String, Place)>) {
        let examples = self.examples(block);
        let keywords: Vec<KeywordRule> = block.keywords.iter().flatten().filter_map(|k| self.keyword(k)).collect();
        let mut captured = Vec::new();
        let mut patterns = Vec::new();
        for pattern in block.patterns.iter().flatten() {
            let Some(line) = self.gathered.engine_line(self.source, pattern, "pattern") else { continue };
            match self.gathered.patterns.compile(self.source, pattern) {
                Ok(regex) => {
                    captured.extend(regex.capture_names().flatten().map(|name| (name.to_owned(), pattern.place)));
                    patterns.push(Line { text: pattern.value.clone(), ..line });
                }
                Err(problem) => self.gathered.problems.push(problem),
            }
        }
        let (has_keywords, has_patterns) = (
            block.keywords.as_ref().is_some_and(|k| !k.is_empty()),
            block.patterns.as_ref().is_some_and(|p| !p.is_empty()),
        );
        if misspelt(block, &["examples", "keywords", "patterns"]) {
            // Said already.
        } else if examples.is_empty() && !has_keywords && !has_patterns {
            self.say(
                "I003",
                id.place,
                format!("nothing leads to `{}`", id.value),
                "give it examples, keywords or patterns",
            );
        } else if examples.len() < FEW && !has_keywords && !has_patterns {
            let message = format!(
                "`{}` has only {} example{}",
                id.value,
                examples.len(),
                if examples.len() == 1 { "" } else { "s" }
            );
            self.say(
                "I012",
                id.place,
                message,
                "add how visitors really ask: short ones, whole sentences, typing errors",
            );
        }
        let reject = self.gathered.engine_lines(self.source, block.reject.as_ref(), "line");
        let titles = block.title.as_ref().map(|title| self.titles(title)).unwrap_or_default();
        let id = id.value.clone();
        (IntentRule { id, language: when.language, titles, examples, keywords, patterns, reject }, captured)
    }

    /// What it is called. A single text may be in any of the content's languages.
    fn titles(&mut self, title: &At<Texts>) -> Vec<(Option<Language>, Line)> {
        let mut line = |place, text: &str| {
            let source = self.gathered.source(self.source.location(place));
            Line { text: text.trim().to_owned(), source }
        };
        match &title.value {
            Texts::One(text) => vec![(None, line(title.place, text))],
            Texts::Each(each) => {
                each.iter().map(|(code, text)| (code.value.parse().ok(), line(text.place, &text.value))).collect()
            }
        }
    }

    fn examples(&mut self, block: &IntentBlock) -> Vec<Line> {
        let mut seen: HashMap<String, u32> = HashMap::new();
        let mut lines = Vec::new();
        for example in block.examples.iter().flatten() {
            let Some(line) = self.gathered.engine_line(self.source, example, "example") else { continue };
            if let Some(first) = seen.get(&lint::normal(&line.text)) {
                self.gathered.twice(self.source, example, "example", *first);
                continue;
            }
            seen.insert(lint::normal(&line.text), example.place.line);
            lines.push(line);
        }
        lines
    }

    fn keyword(&mut self, at: &At<KeywordBlock>) -> Option<KeywordRule> {
        let block = &at.value;
        for unknown in &block.unknown {
            self.gathered.problems.push(self.source.unknown_key(unknown));
        }
        let mut words = |list: &Option<Vec<At<String>>>| -> Vec<String> {
            let lines = self.gathered.engine_lines(self.source, list.as_ref(), "keyword");
            lines.into_iter().map(|line| line.text).collect()
        };
        let (all, any, none) = (words(&block.all), words(&block.any), words(&block.none));
        let first = block
            .all
            .iter()
            .chain(&block.any)
            .chain(&block.none)
            .flatten()
            .map(|w| w.place)
            .min_by_key(|p| (p.line, p.column));
        let place = first.unwrap_or(at.place);
        if all.is_empty() && any.is_empty() {
            // A misspelt `all` is reported as what it is.
            if !block.unknown.is_empty() {
                return None;
            }
            self.say("I018", place, "this rule has no words under `all` or `any`", "name the words that decide");
            return None;
        }
        let filler = |words: &[String]| words.iter().find(|w| lint::only_filler(w)).cloned();
        let loose = if all.is_empty() {
            filler(&any)
        } else {
            filler(&all).filter(|_| all.iter().all(|w| lint::only_filler(w)) && any.is_empty())
        };
        if let Some(word) = loose {
            let place = block
                .all
                .iter()
                .chain(&block.any)
                .flatten()
                .find(|w| w.value.trim() == word)
                .map_or(place, |w| w.place);
            self.say(
                "I013",
                place,
                format!("`{word}` stands in nearly every message"),
                "add a word that tells what it is about",
            );
        }
        let source = self.gathered.source(self.source.location(place));
        Some(KeywordRule { all, any, none, source })
    }
}
