//! Groups of words that decide by themselves.
//!
//! A text is written out as the stems of its words between single blanks, once for each language of the content, and
//! scanned for the entries written the same way: whole words, any inflection, several words in a row.

use std::collections::HashMap;

use aho_corasick::AhoCorasick;

use super::KeywordRule;
use super::normalize::{Word, words};
use super::stem::Stems;
use crate::types::Language;

/// What an entry is to its rule.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    All(u32),
    Any,
    None,
}

struct Rule {
    intent: u32,
    source: u32,
    all: u32,
    any: bool,
}

/// The entries of all rules in one language's stems.
struct Automaton {
    stems: Stems,
    scan: AhoCorasick,
    /// Pattern of the automaton to (rule, role).
    means: Vec<Vec<(u32, Role)>>,
}

/// All keyword rules, compiled.
pub(crate) struct Keywords {
    rules: Vec<Rule>,
    automata: Vec<Automaton>,
}

/// A rule that fits a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) intent: u32,
    pub(crate) source: u32,
    /// Places of the words that fitted, ascending.
    pub(crate) words: Vec<u32>,
}

#[derive(Default)]
struct Seen {
    all: Vec<u32>,
    any: bool,
    none: bool,
    words: Vec<u32>,
}

impl Keywords {
    /// `rules` with the intent each belongs to.
    pub(crate) fn new<'a>(languages: &[Language], rules: impl Iterator<Item = (u32, &'a KeywordRule)>) -> Self {
        let given: Vec<_> = rules.collect();
        let automata = languages.iter().filter_map(|l| Automaton::new(Stems::new(*l), &given)).collect();
        let rules = given
            .iter()
            .map(|(intent, r)| Rule {
                intent: *intent,
                source: r.source,
                all: r.all.len() as u32,
                any: !r.any.is_empty(),
            })
            .collect();
        Self { rules, automata }
    }

    /// The rules that fit, in content order.
    pub(crate) fn hits(&self, words: &[Word]) -> Vec<Hit> {
        let mut seen: HashMap<u32, Seen> = HashMap::new();
        for automaton in &self.automata {
            automaton.scan(words, &mut seen);
        }
        let mut hits: Vec<_> = seen.into_iter().filter_map(|(at, seen)| self.judge(at, seen)).collect();
        hits.sort_by_key(|(at, _)| *at);
        hits.into_iter().map(|(_, hit)| hit).collect()
    }

    fn judge(&self, at: u32, mut seen: Seen) -> Option<(u32, Hit)> {
        let rule = &self.rules[at as usize];
        seen.all.sort_unstable();
        seen.all.dedup();
        let fits =
            !seen.none && seen.all.len() as u32 == rule.all && (seen.any || !rule.any) && (rule.all > 0 || rule.any);
        seen.words.sort_unstable();
        seen.words.dedup();
        fits.then_some((at, Hit { intent: rule.intent, source: rule.source, words: seen.words }))
    }
}

impl Automaton {
    fn new(stems: Stems, rules: &[(u32, &KeywordRule)]) -> Option<Self> {
        let mut patterns: Vec<String> = Vec::new();
        let mut means: Vec<Vec<(u32, Role)>> = Vec::new();
        let mut place: HashMap<String, usize> = HashMap::new();
        for (at, (_, rule)) in rules.iter().enumerate() {
            let all = rule.all.iter().enumerate().map(|(i, e)| (e, Role::All(i as u32)));
            let any = rule.any.iter().map(|e| (e, Role::Any));
            let none = rule.none.iter().map(|e| (e, Role::None));
            for (entry, role) in all.chain(any).chain(none) {
                let (written, _) = write(&stems.keys(&words(entry)));
                // An entry without a word would stand everywhere.
                if written.len() < 2 {
                    continue;
                }
                let i = *place.entry(written.clone()).or_insert(patterns.len());
                if i == patterns.len() {
                    patterns.push(written);
                    means.push(Vec::new());
                }
                means[i].push((at as u32, role));
            }
        }
        if patterns.is_empty() {
            return None;
        }
        AhoCorasick::new(&patterns).ok().map(|scan| Self { stems, scan, means })
    }

    fn scan(&self, words: &[Word], seen: &mut HashMap<u32, Seen>) {
        let (text, starts) = write(&self.stems.keys(words));
        for found in self.scan.find_overlapping_iter(&text) {
            let first = starts.partition_point(|s| *s <= found.start());
            let end = starts.partition_point(|s| *s < found.end());
            for (rule, role) in &self.means[found.pattern().as_usize()] {
                let seen = seen.entry(*rule).or_default();
                match role {
                    Role::All(i) => seen.all.push(*i),
                    Role::Any => seen.any = true,
                    Role::None => {
                        seen.none = true;
                        continue;
                    }
                }
                seen.words.extend(first as u32..end as u32);
            }
        }
    }
}

/// `" a b "`, and where each word begins.
fn write(keys: &[String]) -> (String, Vec<usize>) {
    let mut out = String::from(" ");
    let mut starts = Vec::with_capacity(keys.len());
    for key in keys {
        starts.push(out.len());
        out.push_str(key);
        out.push(' ');
    }
    (out, starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(all: &[&str], any: &[&str], none: &[&str]) -> KeywordRule {
        let own = |l: &[&str]| l.iter().map(|s| (*s).to_owned()).collect();
        KeywordRule { all: own(all), any: own(any), none: own(none), source: 7 }
    }

    #[test]
    fn rules_fit_whole_words_in_any_inflection() {
        let order = || rule(&["order", "status"], &[], &["cancel"]);
        let track = || rule(&[], &["track my parcel", "tracking number"], &[]);
        let both = || rule(&["parcel"], &["late", "lost"], &[]);
        let cases: &[(KeywordRule, &str, Option<&[u32]>)] = &[
            (order(), "What's the status of my orders?", Some(&[2, 5])),
            (order(), "order status, or cancelling it", None),
            (order(), "statusorder", None),
            (order(), "status", None),
            (track(), "can i TRACK my parcels now", Some(&[2, 3, 4])),
            (track(), "track the parcel", None),
            (track(), "tracking numbers?", Some(&[0, 1])),
            (both(), "parcel", None),
            (both(), "my parcel is lost", Some(&[1, 3])),
            (rule(&[], &[], &["x"]), "anything", None),
            (rule(&["?"], &[], &[]), "anything?", None),
            (rule(&[], &["退款"], &[]), "我要退款", Some(&[2, 3])),
            (rule(&[], &["Rückgabe"], &[]), "infos zu rueckgaben", Some(&[2])),
            (rule(&[], &["iade"], &[]), "İADE", Some(&[0])),
            (rule(&[], &["kargo"], &[]), "", None),
        ];
        for (rule, text, expected) in cases {
            let languages = [Language::EN, Language::DE, "tr".parse().unwrap()];
            let keywords = Keywords::new(&languages, [(3, rule)].into_iter());
            let got = keywords.hits(&words(text));
            let expected: Vec<_> = expected.iter().map(|w| Hit { intent: 3, source: 7, words: w.to_vec() }).collect();
            assert_eq!(got, expected, "{text}");
        }
    }
}
