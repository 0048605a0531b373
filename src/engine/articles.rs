//! Which article answers this?
//!
//! A first search takes the articles whose questions and passages share words or letters with the text, or mean about
//! the same. The best of them are looked at word by word: each word of the text, by how telling it is in this content,
//! seeks its like in the article's question, or failing that in its passages, and each word of the question in the text.

use std::collections::HashMap;
use std::ops::Range;

use super::bodies::{Bodies, idf};
use super::hash::Hashed;
use super::heldout::{Asked, Signs, Trial, Trust, probability};
use super::lexicon::{Lexicon, short};
use super::library::{Ask, Body, Collected, Kind, centre, distinct, extend, less, shared};
use super::likes::{Likes, Word};
use super::model::dot;
use super::questions::Questions;
use super::reader::{Read, Reader};
use super::{Evidence, Options, Outcome, background};
use crate::types::Language;

/// Articles that a search returns, and those looked at word by word.
pub(crate) const SHORTLIST: usize = 5;
const LOOKED_AT: usize = 14;
/// Weights of the first search: words of the question, of the passages, letters, meaning.
const FIRST: [f32; 4] = [1.0, 0.3, 0.3, 0.5];
/// Weights of the last: words of the text found, words of the question found, words of a passage, meaning of the
/// question, meaning of a passage.
const LAST: [f32; 5] = [1.0, 0.3, 0.1, 0.3, 0.2];
/// What meaning counts beside words where the passages of one article are compared, and that its heading fits best.
const QUOTED: f32 = 0.15;
const HEADED: f32 = 0.2;
/// What a word counts that the article has in its passages only.
const IN_BODY: f32 = 0.4;
/// Questions whose meaning is compared: all, or this many of those that share most words and letters.
const MANY: usize = 150;
/// Share of the best score of a first search that is too little to be worth a look.
const BEHIND: f32 = 0.2;
/// Words of a passage that say what it is about.
const OPENING: usize = 60;
/// Words of a text that are looked at: beyond this it is a letter, and its first words say what it is about.
const READ: usize = 60;

/// Share of words from which two passages say the same, the same if their questions do too, and two questions ask the
/// same; and words that a passage must have for its words alone to tell.
const SAME_BODY: f32 = 0.9;
const LIKE_BODY: f32 = 0.6;
const SAME_ASK: f32 = 0.8;
const TELLING: usize = 8;

/// Questions that are held out to learn what confidence is worth, and titles asked by strangers.
const TRIALS: usize = 200;

/// Log-odds that four in five texts that belong to intents shall stay below, and what an article in a language that is
/// not the text's keeps of its score.
const STRAY: f32 = 1.0;
const FOREIGN: f32 = 0.5;

/// What belongs to one article.
#[derive(Default)]
struct Own {
    asks: Range<usize>,
    bodies: Range<usize>,
    /// Stems of its passages, ascending.
    said: Vec<u32>,
}

/// All articles, searchable.
pub(crate) struct Articles {
    asks: Vec<Ask>,
    bodies: Vec<Body>,
    of: Vec<Own>,
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
    trust: Trust,
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

/// What a search shall take for not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Without {
    Nothing,
    Ask(usize),
    Article(u32),
}

/// A text as it is compared.
struct Sought<'a> {
    text: &'a Read,
    words: Vec<Word>,
    /// Weight of all words together.
    whole: f32,
    meaning: Vec<f32>,
    /// Passages that share words, best first, each with its share of the best possible.
    bodies: Vec<(u32, f32)>,
}

/// An article looked at.
#[derive(Debug, Clone, Copy, Default)]
struct Scored {
    article: u32,
    score: f32,
    /// The question nearest to the text, how much of it the text has, and how near its meaning is.
    ask: Option<usize>,
    back: f32,
    meaning: f32,
}

impl Articles {
    /// None where there is nothing to find.
    pub(crate) fn new(collected: Collected, reader: &Reader, options: &Options) -> Option<Self> {
        let Collected { mut asks, bodies, rejected, languages } = collected;
        if asks.is_empty() && bodies.is_empty() {
            return None;
        }
        let questions = Questions::new(asks.iter().map(|a| (a.read.words.as_slice(), a.read.keys.as_slice())));
        let index = Bodies::new(bodies.iter().map(|b| b.read.stems.as_slice()));
        let mut terms: HashMap<u64, u32, Hashed> = HashMap::default();
        let mut number = |keys: &[u64]| {
            let mut found: Vec<u32> = Vec::with_capacity(keys.len());
            for key in keys {
                let next = terms.len() as u32;
                found.push(*terms.entry(*key).or_insert(next));
            }
            found
        };
        let mut of: Vec<Own> = languages.iter().map(|_| Own::default()).collect();
        let mut lexicon = Lexicon::default();
        for (at, ask) in asks.iter_mut().enumerate() {
            let found = number(&ask.read.keys);
            for (term, word) in found.iter().zip(&ask.read.words) {
                lexicon.learn(*term, || reader.vector(word, ask.read.language));
            }
            ask.terms = distinct(found);
            extend(&mut of[ask.article as usize].asks, at);
        }
        for (at, body) in bodies.iter().enumerate() {
            let own = &mut of[body.article as usize];
            extend(&mut own.bodies, at);
            own.said.extend(number(&body.read.keys));
        }
        let mut df = vec![0.0_f32; terms.len()];
        for own in &mut of {
            own.said = distinct(std::mem::take(&mut own.said));
            let all = asks[own.asks.clone()].iter().flat_map(|a| &a.terms).chain(&own.said);
            distinct(all.copied().collect()).into_iter().for_each(|t| df[t as usize] += 1.0);
        }
        let n = of.len() as f32;
        let idf_of: Vec<f32> = df.iter().map(|df| idf(*df, n)).collect();
        let mut made = Self {
            asks,
            bodies,
            of,
            questions,
            index,
            terms,
            unknown: idf(0.0, n),
            idf: idf_of,
            lexicon,
            centre: Vec::new(),
            trust: Trust::usual(options),
            rejected,
            languages,
        };
        made.settle(reader);
        made.trust = Trust::learn(&made.trials(reader), options);
        // From here on their keys will do.
        let reads = made.asks.iter_mut().map(|a| &mut a.read).chain(made.bodies.iter_mut().map(|b| &mut b.read));
        reads.for_each(|read| (read.words, read.stems) = (Vec::new(), Vec::new()));
        Some(made)
    }

    /// Vectors of the questions and passages.
    fn settle(&mut self, reader: &Reader) {
        let mut asked: Vec<_> = self.asks.iter().map(|a| self.meaning(&a.read, reader, usize::MAX)).collect();
        self.centre = centre(&asked);
        asked.iter_mut().for_each(|m| less(m, &self.centre));
        self.asks.iter_mut().zip(asked).for_each(|(ask, meaning)| ask.meaning = meaning);
        let mut said: Vec<_> = self.bodies.iter().map(|b| self.meaning(&b.read, reader, OPENING)).collect();
        let centre = centre(&said);
        said.iter_mut().for_each(|m| less(m, &centre));
        self.bodies.iter_mut().zip(said).for_each(|(body, meaning)| body.meaning = meaning);
    }

    /// Vector of what the first words of a text mean.
    fn meaning(&self, text: &Read, reader: &Reader, first: usize) -> Vec<f32> {
        reader.meaning(text, |at| match self.terms.get(&text.keys[at]) {
            _ if at >= first => 0.0,
            Some(term) => self.idf[*term as usize] / self.unknown,
            None => 1.0,
        })
    }

    /// Each question as if it did not stand there, titles and questions as if their article did not, and background; a
    /// sample of each. A question that another article asks too tells nothing.
    fn trials(&self, reader: &Reader) -> Vec<Trial> {
        let places = |wanted: &dyn Fn(&Ask) -> bool| -> Vec<usize> {
            (0..self.asks.len()).filter(|at| wanted(&self.asks[*at])).collect()
        };
        let of_several = |ask: &Ask| ask.kind == Kind::Question && self.of[ask.article as usize].asks.len() > 1;
        let (inside, outside) = (places(&of_several), places(&|ask| ask.kind != Kind::Heading));
        if inside.is_empty() {
            return Vec::new();
        }
        let trial = |read: &Read, without, kind: &dyn Fn(&[Scored]) -> Option<Asked>| {
            let sought = self.sought(read, reader);
            let found = self.look(&sought, without);
            let signs = signs(found.first()?, found.get(1), &sought);
            Some(Trial { language: read.language, signs, kind: kind(&found)? })
        };
        let twin = |at: usize, best: &Scored| {
            let own = Scored { article: self.asks[at].article, ask: Some(at), ..Scored::default() };
            best.article != own.article && (self.same(&own, best) || self.alike(&own, best) >= SAME_ASK)
        };
        let inside = sample(&inside).filter_map(|at| {
            let ask = &self.asks[at];
            let place = |found: &[Scored]| found.iter().position(|s| s.article == ask.article).unwrap_or(usize::MAX);
            let kind = |found: &[Scored]| (!twin(at, found.first()?)).then(|| Asked::Inside(place(found)));
            trial(&ask.read, Without::Ask(at), &kind)
        });
        let outside = sample(&outside).filter_map(|at| {
            let ask = &self.asks[at];
            let kind = |found: &[Scored]| (!twin(at, found.first()?)).then_some(Asked::Stranger);
            trial(&ask.read, Without::Article(ask.article), &kind)
        });
        let languages = reader.languages.known().iter();
        let background = languages
            .flat_map(|l| background::of(*l).map(|text| reader.read_content(text, Some(*l))))
            .filter_map(|read| trial(&read, Without::Nothing, &|_| Some(Asked::Background)));
        inside.chain(outside).chain(background).collect()
    }

    /// The articles worth looking at.
    fn order(&self, sought: &Sought<'_>, without: Without) -> Vec<u32> {
        let mut scores = self.questions.compare(&sought.text.words, &sought.text.keys, FIRST[0], FIRST[2]);
        for at in promising(&scores) {
            scores[at] += FIRST[3] * dot(&sought.meaning, &self.asks[at].meaning).max(0.0);
        }
        if let Without::Ask(at) = without {
            scores[at] = 0.0;
        }
        let best = |own: &Own| scores[own.asks.clone()].iter().copied().fold(0.0, f32::max);
        let mut first: Vec<f32> = self.of.iter().map(best).collect();
        let mut seen: Vec<u32> = Vec::with_capacity(sought.bodies.len());
        for (at, share) in &sought.bodies {
            let article = self.bodies[*at as usize].article;
            // Best first: an article's others add nothing.
            if !seen.contains(&article) {
                seen.push(article);
                first[article as usize] += FIRST[1] * share;
            }
        }
        if let Without::Article(article) = without {
            first[article as usize] = 0.0;
        }
        best_of(&first, LOOKED_AT).into_iter().map(|article| article as u32).collect()
    }

    fn sought<'a>(&self, text: &'a Read, reader: &Reader) -> Sought<'a> {
        let mut words: Vec<Word> = Vec::with_capacity(text.words.len().min(READ));
        let mut seen: Vec<u64> = Vec::with_capacity(text.words.len().min(READ));
        for (word, key) in text.words.iter().zip(&text.keys).take(READ) {
            if seen.contains(key) {
                continue;
            }
            seen.push(*key);
            let term = self.terms.get(key).copied();
            let weight = term.map_or(self.unknown, |t| self.idf[t as usize]);
            let known = term.map(|t| self.lexicon.vector(t)).filter(|v| !v.is_empty());
            let vector = known.map_or_else(|| short(reader.vector(word, text.language)), <[f32]>::to_vec);
            words.push(Word { term, weight, vector });
        }
        let mut meaning = self.meaning(text, reader, usize::MAX);
        less(&mut meaning, &self.centre);
        let telling =
            text.stems.iter().zip(&text.words).filter(|(_, w)| !reader.is_function_word(&w.text, text.language));
        let telling: Vec<&str> = telling.map(|(s, _)| s.as_str()).take(READ).collect();
        let bodies = self.index.as_ref().map(|index| index.search(&telling)).unwrap_or_default();
        let whole = words.iter().map(|w| w.weight).sum::<f32>().max(1e-6);
        Sought { text, words, whole, meaning, bodies }
    }

    /// Word by word, best first.
    fn look(&self, sought: &Sought<'_>, without: Without) -> Vec<Scored> {
        let order = self.order(sought, without);
        let asks = order.iter().flat_map(|a| &self.asks[self.of[*a as usize].asks.clone()]);
        let terms = asks.flat_map(|a| &a.terms);
        let likes = Likes::new(terms, self.terms.len(), &sought.words, &self.lexicon);
        let mut most = Vec::with_capacity(sought.words.len());
        let mut found: Vec<Scored> =
            order.into_iter().map(|a| self.look_at(a, sought, &likes, without, &mut most)).collect();
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.article.cmp(&b.article)));
        found
    }

    fn look_at(
        &self,
        article: u32,
        sought: &Sought<'_>,
        likes: &Likes,
        without: Without,
        most: &mut Vec<f32>,
    ) -> Scored {
        let own = &self.of[article as usize];
        let body = |s: &Word| if s.term.is_some_and(|t| own.said.binary_search(&t).is_ok()) { IN_BODY } else { 0.0 };
        let bodies: Vec<f32> = sought.words.iter().map(body).collect();
        let none: f32 = sought.words.iter().zip(&bodies).map(|(s, body)| s.weight * body).sum();
        let mut best = Scored { article, score: LAST[0] * none / sought.whole, ..Scored::default() };
        for at in own.asks.clone().filter(|at| without != Without::Ask(*at)) {
            let ask = &self.asks[at];
            most.clear();
            most.extend_from_slice(&bodies);
            let (mut back, mut weights) = (0.0, 1e-6);
            for term in &ask.terms {
                let (row, nearest) = likes.of(*term);
                most.iter_mut().zip(row).for_each(|(m, like)| *m = m.max(*like));
                let weight = self.idf[*term as usize];
                back += weight * nearest;
                weights += weight;
            }
            let forth: f32 = sought.words.iter().zip(most.iter()).map(|(s, m)| s.weight * m).sum();
            let (back, meaning) = (back / weights, dot(&sought.meaning, &ask.meaning).max(0.0));
            let score = LAST[0] * forth / sought.whole + LAST[1] * back + LAST[3] * meaning;
            if score > best.score {
                best = Scored { article, score, ask: Some(at), back, meaning };
            }
        }
        best.score += own.bodies.clone().map(|at| self.said(at, sought, LAST[2], LAST[4])).fold(0.0, f32::max);
        best.score /= LAST.iter().sum::<f32>();
        if self.languages[article as usize].is_some_and(|language| language != sought.text.language) {
            best.score *= FOREIGN;
        }
        best
    }

    /// How much a passage speaks of what is sought, its words and its meaning weighed.
    fn said(&self, at: usize, sought: &Sought<'_>, words: f32, meaning: f32) -> f32 {
        let share = sought.bodies.iter().find(|(body, _)| *body as usize == at).map_or(0.0, |(_, share)| *share);
        words * share + meaning * dot(&sought.meaning, &self.bodies[at].meaning).max(0.0)
    }

    /// The best articles that `allow` lets through, best first, each with its best passage; of articles that say the same
    /// the better one. `handicap` as [`Self::handicap`] has it.
    pub(crate) fn search(
        &self,
        text: &Read,
        reader: &Reader,
        handicap: f32,
        allow: impl Fn(u32, u32) -> bool,
    ) -> Vec<Found> {
        let rejected = |article: u32| self.rejected.iter().any(|(a, read)| *a == article && read.keys == text.keys);
        let sought = self.sought(text, reader);
        let mut allowed: Vec<(Scored, u32, Option<usize>)> = Vec::with_capacity(SHORTLIST);
        for scored in self.look(&sought, Without::Nothing).into_iter().filter(|s| !rejected(s.article)) {
            if allowed.len() == SHORTLIST {
                break;
            }
            if let Some((passage, body)) = self.passage(&scored, &sought, &allow)
                && !allowed.iter().any(|(other, _, _)| self.same(&scored, other))
            {
                allowed.push((scored, passage, body));
            }
        }
        let mut least = 1.0_f32;
        let found = allowed.iter().map(|(scored, passage, body)| {
            let signs = signs(scored, allowed.get(1).map(|(second, _, _)| second), &sought);
            least = least.min(probability(self.trust.odds(&signs) - handicap));
            let why = self.why(&sought, reader, scored.ask, *body);
            Found { article: scored.article, passage: *passage, confidence: least, why }
        });
        found.collect()
    }

    /// Of the passages that may answer now the one that speaks most of what is sought, with its place among the bodies.
    fn passage(
        &self,
        scored: &Scored,
        sought: &Sought<'_>,
        allow: &impl Fn(u32, u32) -> bool,
    ) -> Option<(u32, Option<usize>)> {
        let heading = scored.ask.map(|at| self.asks[at].passage).filter(|passage| *passage > 0);
        let speaks = |at: usize| {
            let headed = if heading == Some(self.bodies[at].passage) { HEADED } else { 0.0 };
            headed + self.said(at, sought, 1.0, QUOTED)
        };
        let mut order: Vec<(f32, usize)> =
            self.of[scored.article as usize].bodies.clone().map(|at| (speaks(at), at)).collect();
        if order.is_empty() {
            return allow(scored.article, 0).then_some((0, None));
        }
        order.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut passages = order.into_iter().map(|(_, at)| (self.bodies[at].passage, Some(at)));
        passages.find(|(passage, _)| allow(scored.article, *passage))
    }

    /// Whether two articles say the same, or nearly the same to the same question.
    fn same(&self, a: &Scored, b: &Scored) -> bool {
        let said = |s: &Scored| self.of[s.article as usize].said.as_slice();
        let (words, body) = (said(a).len().min(said(b).len()), shared(said(a), said(b)));
        (body >= SAME_BODY && words >= TELLING) || (body >= LIKE_BODY && self.alike(a, b) >= SAME_ASK)
    }

    /// Share of words that the questions of two articles have in common.
    fn alike(&self, a: &Scored, b: &Scored) -> f32 {
        let asked = |s: &Scored| s.ask.map_or(&[][..], |at| &self.asks[at].terms);
        shared(asked(a), asked(b))
    }

    /// What an article has to have over what texts that belong to intents reach before it may speak instead, in log-odds.
    pub(crate) fn handicap<'a>(&self, examples: impl Iterator<Item = &'a Read>, reader: &Reader) -> f32 {
        let odds = |text: &Read| {
            let sought = self.sought(text, reader);
            let found = self.look(&sought, Without::Nothing);
            found.first().map(|best| self.trust.odds(&signs(best, found.get(1), &sought)))
        };
        let mut odds: Vec<f32> = examples.filter_map(odds).collect();
        odds.sort_by(f32::total_cmp);
        odds.get(odds.len() * 8 / 10).map_or(0.0, |high| (high - STRAY).max(0.0))
    }

    /// Thresholds learned: confident, ambiguous. None where the articles have too few questions to learn from.
    pub(crate) fn thresholds(&self) -> Option<(f32, f32)> {
        self.trust.thresholds
    }

    /// What confidence was learned from.
    pub(crate) fn outcomes(&self) -> &[Outcome] {
        &self.trust.outcomes
    }

    fn why(&self, sought: &Sought<'_>, reader: &Reader, ask: Option<usize>, body: Option<usize>) -> Vec<Why> {
        let text = sought.text;
        let reason = |evidence, source, keys: &[u64]| {
            let words = reader.shared(text, keys);
            Why { evidence, source, weight: words.len() as f32 / text.words.len().max(1) as f32, words }
        };
        let ask = ask.map(|a| reason(Evidence::Example, self.asks[a].source, &self.asks[a].read.keys));
        let body = body.filter(|b| sought.bodies.iter().any(|(at, _)| *at as usize == *b));
        let body = body.map(|b| reason(Evidence::Body, self.bodies[b].source, &self.bodies[b].read.keys));
        ask.into_iter().chain(body).collect()
    }
}

fn signs(best: &Scored, second: Option<&Scored>, sought: &Sought<'_>) -> Signs {
    let meaning = (!sought.meaning.is_empty()).then_some(best.meaning);
    Signs { score: best.score, second: second.map_or(0.0, |s| s.score), back: best.back, meaning }
}

/// At most so many of some places, evenly spread.
fn sample(places: &[usize]) -> impl Iterator<Item = usize> {
    places.iter().copied().step_by(places.len().div_ceil(TRIALS).max(1))
}

/// Places of the questions worth comparing by meaning: all, or the [`MANY`] best of those not far behind the best.
fn promising(scores: &[f32]) -> Vec<usize> {
    if scores.len() <= MANY {
        return (0..scores.len()).collect();
    }
    best_of(scores, MANY)
}

/// Places of the best scores above 0, at most `most`, in no order; those far behind the best are left out.
fn best_of(scores: &[f32], most: usize) -> Vec<usize> {
    let least = (BEHIND * scores.iter().copied().fold(0.0, f32::max)).max(f32::MIN_POSITIVE);
    let mut all: Vec<usize> = (0..scores.len()).filter(|at| scores[*at] >= least).collect();
    if all.len() > most {
        all.select_nth_unstable_by(most, |a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
        all.truncate(most);
    }
    all
}
