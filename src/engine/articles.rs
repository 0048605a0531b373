//! Which article answers this?
//!
//! A first search takes the articles whose questions and passages share words or letters with the text, or mean about
//! the same. The best of them are looked at word by word: each word of the text, by how telling it is in this content,
//! seeks its like in the article's question, or failing that in its passages, and each word of the question in the text.

use std::collections::HashMap;

use super::bodies::{Bodies, idf};
use super::hash::{Hashed, hash};
use super::lexicon::{Lexicon, short};
use super::model::{dot, unit};
use super::questions::Questions;
use super::reader::{Read, Reader};
use super::{ArticleRule, Evidence, Line};
use crate::types::Language;

/// Articles that a search returns, and those looked at word by word.
pub(crate) const SHORTLIST: usize = 5;
const LOOKED_AT: usize = 14;
/// Weights of the first search: words of the question, of the passages, letters, meaning.
const FIRST: [f32; 4] = [1.0, 0.3, 0.3, 0.5];
/// Weights of the last: words of the text found, words of the question found, passages, meaning.
const LAST: [f32; 4] = [1.0, 0.2, 0.2, 0.2];
/// What a word counts that the article has in its passages only.
const IN_BODY: f32 = 0.4;
/// Questions whose meaning is compared: all, or this many of those that share most words and letters.
const MANY: usize = 400;

/// Articles fewer than this cannot show what a stranger scores; it is taken to be this much.
const FEW: usize = 5;
const LONELY: f32 = 0.25;

/// Log-odds that four in five texts that belong to intents shall stay below, and what an article in a language that is
/// not the text's keeps of its score.
const STRAY: f32 = 0.5;
const FOREIGN: f32 = 0.5;

/// A title, heading or question.
struct Ask {
    article: u32,
    passage: u32,
    source: u32,
    read: Read,
    /// Its stems, each once.
    terms: Vec<u32>,
    meaning: Vec<f32>,
}

struct Body {
    article: u32,
    passage: u32,
    source: u32,
    read: Read,
}

/// The texts of all articles, read.
#[derive(Default)]
pub(crate) struct Collected {
    asks: Vec<Ask>,
    bodies: Vec<Body>,
    rejected: Vec<(u32, Read)>,
    /// What each article says its language is.
    languages: Vec<Option<Language>>,
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
        let ask = |passage, text: &str, line: &Line| {
            let (terms, meaning) = (Vec::new(), Vec::new());
            Ask { article, passage, source: line.source, read: read(text), terms, meaning }
        };
        all.asks.extend(rule.title.iter().chain(&rule.questions).map(|line| ask(0, &line.text, line)));
        for (passage, part) in (0_u32..).zip(&rule.passages) {
            let heading = part.heading.as_ref().map_or("", |h| h.text.as_str());
            all.asks.extend(part.heading.iter().map(|line| ask(passage, &format!("{title} {heading}"), line)));
            let read = read(&format!("{heading} {}", part.body.text));
            all.bodies.push(Body { article, passage, source: part.body.source, read });
        }
        all.languages.push(rule.language);
        all.rejected.extend(rule.reject.iter().map(|line| (article, read(&line.text))));
    }
    all
}

/// All articles, searchable.
pub(crate) struct Articles {
    asks: Vec<Ask>,
    bodies: Vec<Body>,
    /// The asks of each article, and the stems of its passages, ascending.
    of: Vec<(Vec<u32>, Vec<u32>)>,
    questions: Questions,
    index: Option<Bodies>,
    /// Numbers of stems, and how telling each is.
    terms: HashMap<u64, u32, Hashed>,
    idf: Vec<f32>,
    /// Weight of a stem that no article has.
    unknown: f32,
    lexicon: Lexicon,
    /// Mean of the questions' vectors.
    centre: Vec<f32>,
    /// What a text that belongs to none of the articles reaches.
    noise: f32,
    /// Least score that the second-best is taken to have.
    floor: f32,
    /// What an article has to have over what texts that belong to intents reach, in log-odds.
    handicap: f32,
    /// Texts that must not land in an article.
    rejected: Vec<(u32, Read)>,
    languages: Vec<Option<Language>>,
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

/// The best of an article, while searching.
#[derive(Clone, Copy, Default)]
struct Best {
    score: f32,
    ask: Option<usize>,
    body_score: f32,
    body: Option<usize>,
}

/// A distinct word of the text: stem, weight, vector.
struct Sought {
    term: Option<u32>,
    weight: f32,
    vector: Vec<f32>,
}

/// Likeness of words, a row for each term and a column for each sought word.
struct Likes {
    terms: Vec<u32>,
    rows: Vec<f32>,
    width: usize,
}

impl Likes {
    fn of(&self, term: u32) -> &[f32] {
        match self.terms.binary_search(&term) {
            Ok(row) => &self.rows[row * self.width..(row + 1) * self.width],
            Err(_) => &[],
        }
    }
}

impl Articles {
    /// None where there is nothing to find.
    pub(crate) fn new(collected: Collected, reader: &Reader) -> Option<Self> {
        let Collected { mut asks, bodies, rejected, languages } = collected;
        if asks.is_empty() && bodies.is_empty() {
            return None;
        }
        let questions = Questions::new(asks.iter().map(|a| (a.read.words.as_slice(), a.read.stems.as_slice())));
        let index = Bodies::new(&bodies.iter().map(|b| b.read.stems.clone()).collect::<Vec<_>>());
        let mut terms: HashMap<u64, u32, Hashed> = HashMap::default();
        let mut number = |stems: &[String]| {
            let mut found: Vec<u32> = Vec::with_capacity(stems.len());
            for stem in stems {
                let next = terms.len() as u32;
                found.push(*terms.entry(hash(stem)).or_insert(next));
            }
            found
        };
        let count = languages.len();
        let mut of = vec![(Vec::new(), Vec::new()); count];
        let mut lexicon = Lexicon::default();
        for (at, ask) in asks.iter_mut().enumerate() {
            let found = number(&ask.read.stems);
            for (term, word) in found.iter().zip(&ask.read.words) {
                lexicon.learn(*term, || reader.vector(word, ask.read.language));
            }
            ask.terms = distinct(found);
            of[ask.article as usize].0.push(at as u32);
        }
        for body in &bodies {
            of[body.article as usize].1.extend(number(&body.read.stems));
        }
        let mut df = vec![0.0_f32; terms.len()];
        for (own, words) in &mut of {
            *words = distinct(std::mem::take(words));
            let all = own.iter().flat_map(|a| &asks[*a as usize].terms).chain(words.iter());
            distinct(all.copied().collect()).into_iter().for_each(|t| df[t as usize] += 1.0);
        }
        let n = count as f32;
        let idf_of: Vec<f32> = df.iter().map(|df| idf(*df, n)).collect();
        let (idf, unknown) = (idf_of, idf(0.0, n));
        let (centre, noise, floor, handicap) = (Vec::new(), LONELY, LONELY, 0.0);
        let mut made = Self {
            asks,
            bodies,
            of,
            questions,
            index,
            terms,
            idf,
            unknown,
            lexicon,
            centre,
            noise,
            floor,
            handicap,
            rejected,
            languages,
        };
        made.settle(reader);
        Some(made)
    }

    /// Vectors of the questions, and what a stranger scores: the title of each article, were that article not there.
    fn settle(&mut self, reader: &Reader) {
        let meanings: Vec<Vec<f32>> = self.asks.iter().map(|a| self.meaning(&a.read, reader)).collect();
        for meaning in meanings.iter().filter(|m| !m.is_empty()) {
            self.centre.resize(meaning.len(), 0.0);
            self.centre.iter_mut().zip(meaning).for_each(|(c, m)| *c += m / meanings.len() as f32);
        }
        for (at, meaning) in meanings.into_iter().enumerate() {
            self.asks[at].meaning = self.centred(meaning);
        }
        let firsts = self.of.iter().filter_map(|(asks, _)| asks.first()).map(|a| &self.asks[*a as usize]);
        let step = (self.of.len() / 200).max(1);
        let others: Vec<f32> = firsts
            .step_by(step)
            .filter_map(|ask| {
                self.score(&ask.read, reader).into_iter().find(|(a, _, _)| *a != ask.article).map(|f| f.1)
            })
            .collect();
        let mean = others.iter().sum::<f32>() / others.len() as f32;
        (self.noise, self.floor) = if others.len() < FEW { (LONELY, LONELY) } else { (mean, mean / 2.0) };
    }

    fn meaning(&self, text: &Read, reader: &Reader) -> Vec<f32> {
        reader.meaning(text, |at| {
            let idf = self.terms.get(&hash(&text.stems[at])).map_or(self.unknown, |t| self.idf[*t as usize]);
            idf / self.unknown
        })
    }

    fn centred(&self, mut meaning: Vec<f32>) -> Vec<f32> {
        meaning.iter_mut().zip(&self.centre).for_each(|(m, c)| *m -= c);
        unit(&mut meaning);
        meaning
    }

    /// Articles, best first, each with its score.
    fn score(&self, text: &Read, reader: &Reader) -> Vec<(u32, f32, Best)> {
        let likeness = self.questions.compare(&text.words, &text.stems);
        let meaning = self.centred(self.meaning(text, reader));
        let mut best = vec![Best::default(); self.of.len()];
        let mut scores: Vec<f32> =
            likeness.words.iter().zip(&likeness.letters).map(|(w, l)| FIRST[0] * w + FIRST[2] * l).collect();
        for at in promising(&scores) {
            scores[at] += FIRST[3] * dot(&meaning, &self.asks[at].meaning).max(0.0);
        }
        for ((at, ask), score) in self.asks.iter().enumerate().zip(scores) {
            let best = &mut best[ask.article as usize];
            if score > best.score {
                (best.score, best.ask) = (score, Some(at));
            }
        }
        for (at, score) in self.passages(text, reader) {
            let best = &mut best[self.bodies[at as usize].article as usize];
            if score > best.body_score {
                (best.body_score, best.body) = (score, Some(at as usize));
            }
        }
        let first = |b: &Best| b.score + FIRST[1] * b.body_score;
        let mut order: Vec<u32> = (0..best.len() as u32).filter(|a| first(&best[*a as usize]) > 0.0).collect();
        order.sort_by(|a, b| first(&best[*b as usize]).total_cmp(&first(&best[*a as usize])).then(a.cmp(b)));
        order.truncate(LOOKED_AT);
        let sought = self.sought(text, reader);
        let likes = self.likes(&order, &sought);
        let look = |a: u32| {
            let (article, score, best) = self.look(a, best[a as usize], &sought, &likes, &meaning);
            let foreign = self.languages[article as usize].is_some_and(|language| language != text.language);
            (article, if foreign { FOREIGN * score } else { score }, best)
        };
        let mut found: Vec<_> = order.into_iter().map(look).collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found
    }

    fn passages(&self, text: &Read, reader: &Reader) -> Vec<(u32, f32)> {
        let telling =
            text.stems.iter().zip(&text.words).filter(|(_, w)| !reader.is_function_word(&w.text, text.language));
        let telling: Vec<&str> = telling.map(|(s, _)| s.as_str()).collect();
        self.index.as_ref().map(|index| index.search(&telling)).unwrap_or_default()
    }

    fn sought(&self, text: &Read, reader: &Reader) -> Vec<Sought> {
        let mut sought: Vec<Sought> = Vec::with_capacity(text.words.len());
        let mut seen: Vec<&String> = Vec::with_capacity(text.words.len());
        // Beyond this a text is a letter, and its first words say what it is about.
        for (word, stem) in text.words.iter().zip(&text.stems).take(60) {
            if seen.contains(&stem) {
                continue;
            }
            seen.push(stem);
            let term = self.terms.get(&hash(stem)).copied();
            let weight = term.map_or(self.unknown, |t| self.idf[t as usize]);
            let known = term.map(|t| self.lexicon.vector(t)).filter(|v| !v.is_empty());
            let vector = known.map_or_else(|| short(reader.vector(word, text.language)), <[f32]>::to_vec);
            sought.push(Sought { term, weight, vector });
        }
        sought
    }

    /// How near each sought word is to each word of some articles' questions: the words share most of them, so each pair
    /// is compared once.
    fn likes(&self, articles: &[u32], sought: &[Sought]) -> Likes {
        let asks = articles.iter().flat_map(|a| &self.of[*a as usize].0);
        let terms = distinct(asks.flat_map(|a| &self.asks[*a as usize].terms).copied().collect());
        let like = |s: &Sought, t: u32| if s.term == Some(t) { 1.0 } else { self.lexicon.like(&s.vector, t) };
        let rows = terms.iter().flat_map(|t| sought.iter().map(|s| like(s, *t))).collect();
        Likes { terms, rows, width: sought.len() }
    }

    /// Word by word.
    fn look(
        &self,
        article: u32,
        mut best: Best,
        sought: &[Sought],
        likes: &Likes,
        meaning: &[f32],
    ) -> (u32, f32, Best) {
        let (asks, in_body) = &self.of[article as usize];
        let whole: f32 = sought.iter().map(|s| s.weight).sum::<f32>().max(1e-6);
        let body = |s: &Sought| if s.term.is_some_and(|t| in_body.binary_search(&t).is_ok()) { IN_BODY } else { 0.0 };
        let none: f32 = sought.iter().map(|s| s.weight * body(s)).sum();
        let mut score = LAST[0] * none / whole;
        let mut best_so_far = 0.0;
        for at in asks {
            let ask = &self.asks[*at as usize];
            let mut most: Vec<f32> = sought.iter().map(body).collect();
            let (mut back, mut weights) = (0.0, 1e-6);
            for term in &ask.terms {
                let row = likes.of(*term);
                most.iter_mut().zip(row).for_each(|(m, like)| *m = m.max(*like));
                let weight = self.idf[*term as usize];
                back += weight * row.iter().copied().fold(0.0, f32::max);
                weights += weight;
            }
            let forth: f32 = sought.iter().zip(&most).map(|(s, m)| s.weight * m).sum();
            let back = back / weights;
            let own = LAST[0] * forth / whole + LAST[1] * back + LAST[3] * dot(meaning, &ask.meaning).max(0.0);
            if own > best_so_far {
                best_so_far = own;
                best.ask = Some(*at as usize);
            }
        }
        score = score.max(best_so_far) + LAST[2] * best.body_score;
        (article, score / LAST.iter().sum::<f32>(), best)
    }

    /// The best articles that `allow` lets through, best first, each with its best passage.
    pub(crate) fn search(&self, text: &Read, reader: &Reader, allow: impl Fn(u32, u32) -> bool) -> Vec<Found> {
        let rejected = |article: u32| self.rejected.iter().any(|(a, read)| *a == article && read.stems == text.stems);
        let allowed =
            self.score(text, reader).into_iter().filter(|f| !rejected(f.0)).filter_map(|(article, score, best)| {
                let passage = self.passage(best.ask, best.body);
                // A passage that may not answer now may have a sibling that may.
                let passage = if allow(article, passage) { passage } else { 0 };
                allow(article, passage).then_some((article, passage, score, best))
            });
        let allowed: Vec<_> = allowed.take(SHORTLIST).collect();
        let second = allowed.get(1).map_or(0.0, |o| o.2);
        let mut least = 1.0_f32;
        let found = allowed.into_iter().map(|(article, passage, score, best)| {
            least = least.min(self.confidence(score, second));
            Found { article, passage, confidence: least, why: self.why(text, reader, best.ask, best.body) }
        });
        found.collect()
    }

    /// Learns from texts that belong to intents how far an article has to stand out before it may speak instead.
    pub(crate) fn yield_to<'a>(&mut self, examples: impl Iterator<Item = &'a Read>, reader: &Reader) {
        let lead = |text: &Read| {
            let found = self.score(text, reader);
            found.first().map(|best| self.odds(best.1, found.get(1).map_or(0.0, |second| second.1)))
        };
        let mut odds: Vec<f32> = examples.filter_map(lead).collect();
        odds.sort_by(f32::total_cmp);
        if let Some(high) = odds.get(odds.len() * 8 / 10) {
            self.handicap = (high - STRAY).max(0.0);
        }
    }

    /// Of an article's score and of the second-best's.
    fn confidence(&self, score: f32, second: f32) -> f32 {
        1.0 / (1.0 + (self.handicap - self.odds(score, second)).exp())
    }

    /// Log-odds. The lead tells nearly everything; the weights were fitted on two sets of questions, whole and with a
    /// third of the articles missing, and are a judgement more than a probability.
    fn odds(&self, score: f32, second: f32) -> f32 {
        let room = (score - self.noise) / (1.0 - self.noise).max(0.1);
        -0.4 + 0.5 * room + 14.5 * (score - second.max(self.floor))
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
        let body = body.map(|b| reason(Evidence::Body, self.bodies[b].source, &self.bodies[b].read.stems));
        ask.into_iter().chain(body).collect()
    }
}

/// Places of the questions worth comparing by meaning.
fn promising(scores: &[f32]) -> Vec<usize> {
    let mut all: Vec<usize> = (0..scores.len()).collect();
    if all.len() > MANY {
        all.select_nth_unstable_by(MANY, |a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
        all.truncate(MANY);
    }
    all
}

fn distinct(mut terms: Vec<u32>) -> Vec<u32> {
    terms.sort_unstable();
    terms.dedup();
    terms
}
