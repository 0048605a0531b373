//! A text that stands in the content word for word needs no classifier.

use std::collections::HashMap;
use std::ops::Deref;

use super::normalize::{self, Word};
use super::{ArticleRule, IntentRule, Line, Target};

/// Examples, titles and questions by their words; texts that stand for two things are not in it.
#[derive(Default)]
pub(crate) struct Exact {
    texts: HashMap<String, Option<(Target, u32)>>,
}

impl Exact {
    pub(crate) fn of_intents(rules: &[IntentRule]) -> Self {
        let mut me = Self::default();
        for (n, rule) in (0_u32..).zip(rules) {
            me.add(Target::Intent(n), &rule.examples);
        }
        me
    }

    pub(crate) fn of_articles(rules: &[ArticleRule]) -> Self {
        let mut me = Self::default();
        for (n, rule) in (0_u32..).zip(rules) {
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
}

/// What a text of exactly these words is about, and the line that says so; none where several tables know it.
pub(crate) fn find(tables: &[impl Deref<Target = Exact>], words: &[Word]) -> Option<(Target, u32)> {
    let key = key(words);
    let mut known = tables.iter().filter_map(|t| t.texts.get(&key));
    known.next().copied().flatten().filter(|_| known.next().is_none())
}

fn key(words: &[Word]) -> String {
    let mut key = String::new();
    for word in words {
        key.push_str(&word.text);
        key.push(' ');
    }
    key
}
