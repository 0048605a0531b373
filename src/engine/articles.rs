//! Which article answers this? Words of its titles and questions, words of its passages, and letters, in one score.

use super::bodies::Bodies;
use super::questions::Questions;
use super::reader::{Read, Reader};
use super::{ArticleRule, Evidence, Line};

/// Weights of the parts: words of the question, words of the answer, letters, meaning.
const PARTS: [f32; 4] = [1.0, 0.3, 0.3, 0.3];
/// Articles that a search returns.
pub(crate) const SHORTLIST: usize = 5;

/// A title, heading or question.
struct Ask {
    article: u32,
    passage: u32,
    source: u32,
    read: Read,
}

struct Body {
    article: u32,
    passage: u32,
    source: u32,
    stems: Vec<String>,
}

/// All articles, searchable.
pub(crate) struct Articles {
    asks: Vec<Ask>,
    bodies: Vec<Body>,
    questions: Questions,
    index: Option<Bodies>,
    /// Texts that must not land in an article.
    rejected: Vec<(u32, Read)>,
    count: usize,
}

/// A reason to think of an article: kind, source, matched words.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Why {
    pub(crate) evidence: Evidence,
    pub(crate) source: u32,
    pub(crate) words: Vec<u32>,
    pub(crate) weight: f32,
}

/// One article found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub(crate) article: u32,
    pub(crate) passage: u32,
    pub(crate) confidence: f32,
    pub(crate) why: Vec<Why>,
}

impl Articles {
    /// None where there is nothing to find.
    pub(crate) fn new(rules: &[ArticleRule], reader: &Reader) -> Option<Self> {
        let (mut asks, mut bodies, mut rejected) = (Vec::new(), Vec::new(), Vec::new());
        for (article, rule) in (0_u32..).zip(rules) {
            let read = |text: &str| reader.read_content(text, rule.language);
            let title = rule.title.as_ref().map_or("", |t| t.text.as_str());
            let mut ask = |passage, text: &str, line: &Line| {
                asks.push(Ask { article, passage, source: line.source, read: read(text) })
            };
            for line in rule.title.iter().chain(&rule.questions) {
                ask(0, &line.text, line);
            }
            for (passage, part) in (0_u32..).zip(&rule.passages) {
                let heading = part.heading.as_ref().map_or("", |h| h.text.as_str());
                if let Some(line) = &part.heading {
                    ask(passage, &format!("{title} {heading}"), line);
                }
                let stems = read(&format!("{heading} {}", part.body.text)).stems;
                bodies.push(Body { article, passage, source: part.body.source, stems });
            }
            rejected.extend(rule.reject.iter().map(|line| (article, read(&line.text))));
        }
        if asks.is_empty() && bodies.is_empty() {
            return None;
        }
        let questions = Questions::new(asks.iter().map(|a| (a.read.words.as_slice(), a.read.stems.as_slice())));
        let index = Bodies::new(&bodies.iter().map(|b| b.stems.clone()).collect::<Vec<_>>());
        Some(Self { asks, bodies, questions, index, rejected, count: rules.len() })
    }

    /// The best articles that `allow` lets through, best first, each with its best passage.
    pub(crate) fn search(&self, text: &Read, reader: &Reader, allow: impl Fn(u32, u32) -> bool) -> Vec<Found> {
        let likeness = self.questions.compare(&text.words, &text.stems);
        // Best question and best passage of each article.
        let mut best = vec![(0.0_f32, None::<usize>, 0.0_f32, None::<usize>); self.count];
        let whole = PARTS.iter().sum::<f32>();
        for (at, ask) in self.asks.iter().enumerate() {
            let score = PARTS[0] * likeness.words[at] + PARTS[2] * likeness.letters[at];
            let best = &mut best[ask.article as usize];
            if score > best.0 {
                (best.0, best.1) = (score, Some(at));
            }
        }
        if let Some(index) = &self.index {
            let content: Vec<&str> = text
                .stems
                .iter()
                .zip(&text.words)
                .filter(|(_, w)| !reader.is_function_word(&w.text, text.language))
                .map(|(s, _)| s.as_str())
                .collect();
            for (at, score) in index.search(&content) {
                let best = &mut best[self.bodies[at as usize].article as usize];
                if score > best.2 {
                    (best.2, best.3) = (score, Some(at as usize));
                }
            }
        }
        let mut order: Vec<(u32, f32)> = best
            .iter()
            .zip(0..)
            .map(|(b, article)| (article, (b.0 + PARTS[1] * b.2) / whole))
            .filter(|(_, s)| *s > 0.0)
            .collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let rejected = |article: u32| self.rejected.iter().any(|(a, read)| *a == article && read.stems == text.stems);
        let second = order.get(1).map_or(0.0, |o| o.1);
        let found = order.into_iter().filter(|(article, _)| !rejected(*article)).filter_map(|(article, score)| {
            let (_, ask, _, body) = best[article as usize];
            let passage = self.passage(ask, body);
            // A passage that may not answer now may have a sibling that may.
            let passage = if allow(article, passage) { passage } else { 0 };
            allow(article, passage).then(|| Found {
                article,
                passage,
                confidence: confidence(score, second),
                why: self.why(text, reader, ask, body),
            })
        });
        found.take(SHORTLIST).collect()
    }

    /// A heading that fits says which passage; else the passage whose words fit.
    fn passage(&self, ask: Option<usize>, body: Option<usize>) -> u32 {
        let heading = ask.map_or(0, |a| self.asks[a].passage);
        if heading > 0 { heading } else { body.map_or(0, |b| self.bodies[b].passage) }
    }

    fn why(&self, text: &Read, reader: &Reader, ask: Option<usize>, body: Option<usize>) -> Vec<Why> {
        let reason = |evidence, source, stems: &[String]| {
            let words = reader.shared(text, stems);
            Why { evidence, source, weight: words.len() as f32 / text.words.len().max(1) as f32, words }
        };
        let ask = ask.map(|a| reason(Evidence::Example, self.asks[a].source, &self.asks[a].read.stems));
        let body = body.map(|b| reason(Evidence::Body, self.bodies[b].source, &self.bodies[b].stems));
        ask.into_iter().chain(body).collect()
    }
}

/// Of the best article's score and of the second's.
fn confidence(score: f32, second: f32) -> f32 {
    // With few articles the second says little; an unrelated text reaches about this much.
    let second = second.max(0.15);
    let z = -2.01 + 4.65 * score + 6.01 * ((score - second) / score).max(-1.0);
    1.0 / (1.0 + (-z).exp())
}
