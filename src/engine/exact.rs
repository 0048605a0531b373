//! A text that stands in the content word for word needs no classifier.

use std::collections::HashMap;

use super::normalize::{self, Word};
use super::{Line, Rules, Target};

/// Examples, titles and questions by their words; texts that stand for two things are not in it.
#[derive(Default)]
pub(crate) struct Exact {
    texts: HashMap<String, Option<(Target, u32)>>,
}

impl Exact {
    pub(crate) fn new(rules: &Rules) -> Self {
        let mut me = Self::default();
        for (n, rule) in (0_u32..).zip(&rules.intents) {
            me.add(Target::Intent(n), &rule.examples);
        }
        for (n, rule) in (0_u32..).zip(&rules.articles) {
            let target = Target::Passage { article: n, passage: 0 };
            me.add(target, rule.title.as_slice());
            me.add(target, &rule.questions);
        }
        me
    }

    fn add(&mut self, target: Target, lines: &[Line]) {
        for line in lines {
            let key = key(&normalize::words(&line.text));
            if key.is_empty() {
                continue;
            }
            self.texts
                .entry(key)
                .and_modify(|known| {
                    if known.is_some_and(|(other, _)| other != target) {
                        *known = None;
                    }
                })
                .or_insert(Some((target, line.source)));
        }
    }

    /// What a text of exactly these words is about, and the line that says so.
    pub(crate) fn find(&self, words: &[Word]) -> Option<(Target, u32)> {
        self.texts.get(&key(words)).copied().flatten()
    }
}

fn key(words: &[Word]) -> String {
    let mut key = String::new();
    for word in words {
        key.push_str(&word.text);
        key.push(' ');
    }
    key
}
