//! From everything found to one reading: one list of candidates, a verdict, and the reasons.

use super::articles::{self, Why};
use super::reader::Read;
use super::{Candidate, Evidence, Options, Query, Reading, Reason, Target, Verdict, intents, keywords, patterns};

/// Confidence of a rule that decides by itself.
const DECIDED: f32 = 0.97;
/// Candidates in a reading, and reasons for each.
const CANDIDATES: usize = 5;
const REASONS: usize = 3;
/// Candidates that a question back can offer.
pub(crate) const OFFERED: usize = 3;

/// How much of its odds an article has against an intent.
const YIELD: f32 = 0.15;

/// A candidate with its reasons.
struct Case {
    target: Target,
    confidence: f32,
    why: Vec<Why>,
    captures: Vec<(String, String)>,
}

/// What the parts of the engine found.
pub(crate) struct Finds {
    pub(crate) exact: Option<(Target, u32)>,
    pub(crate) keywords: Vec<keywords::Hit>,
    pub(crate) patterns: Vec<patterns::Hit>,
    pub(crate) intents: Vec<intents::Found>,
    pub(crate) articles: Vec<articles::Found>,
}

/// Makes the reading.
pub(crate) fn decide(query: &Query<'_>, text: &Read, finds: Finds, options: &Options) -> Reading {
    let (confident_at, ambiguous_at) = (options.confident_at.unwrap_or(1.0), options.ambiguous_at.unwrap_or(1.0));
    let (decided, tied) = match finds.exact {
        Some((target, source)) if (query.allow)(target) => (vec![said_so(text, target, source, &finds)], false),
        _ => rules(query, text, &finds),
    };
    let mut cases = learned(finds);
    if !decided.is_empty() {
        // The rest keeps its order below what a rule decided.
        cases.retain(|case| !decided.iter().any(|d| d.target == case.target));
        cases.iter_mut().for_each(|case| case.confidence *= 1.0 - DECIDED);
        cases.splice(0..0, decided);
    }
    cases.truncate(CANDIDATES);
    let verdict = match cases.first() {
        None => Verdict::Unknown,
        Some(_) if tied => Verdict::Ambiguous,
        Some(best) if best.confidence >= confident_at => Verdict::Confident,
        Some(best) if best.confidence >= ambiguous_at => Verdict::Ambiguous,
        Some(_) => Verdict::Unknown,
    };
    let captures = cases.first_mut().map(|c| std::mem::take(&mut c.captures)).unwrap_or_default();
    let candidates = cases.iter().map(|c| Candidate { target: c.target, confidence: c.confidence }).collect();
    let trace = cases.into_iter().flat_map(|case| {
        let target = case.target;
        case.why.into_iter().take(REASONS).map(move |w| {
            let words =
                w.words.iter().filter_map(|at| text.written().get(*at as usize)).map(|w| w.text.clone()).collect();
            Reason { target, evidence: w.evidence, words, source: w.source, weight: w.weight }
        })
    });
    Reading { verdict, language: text.language, candidates, captures, trace: trace.collect() }
}

/// What stands in the content word for word.
fn said_so(text: &Read, target: Target, source: u32, finds: &Finds) -> Case {
    let words = (0..text.words.len() as u32).collect();
    let why = vec![Why { evidence: Evidence::Example, source, words, weight: 1.0 }];
    let of_target = finds.patterns.iter().find(|hit| Target::Intent(hit.intent) == target);
    let captures = of_target.map(|hit| hit.captures.clone()).unwrap_or_default();
    Case { target, confidence: DECIDED, why, captures }
}

/// Intents that rules decided for, and whether several did with equal right.
fn rules(query: &Query<'_>, text: &Read, finds: &Finds) -> (Vec<Case>, bool) {
    let mut cases: Vec<(usize, Case)> = Vec::new();
    let mut add = |intent, special: usize, why: Why, captures: Vec<(String, String)>| {
        let target = Target::Intent(intent);
        match cases.iter_mut().find(|(_, c)| c.target == target) {
            Some((most, case)) => {
                *most = special.max(*most);
                case.why.push(why);
                if case.captures.is_empty() {
                    case.captures = captures;
                }
            }
            None if (query.allow)(target) => {
                cases.push((special, Case { target, confidence: DECIDED, why: vec![why], captures }))
            }
            None => {}
        }
    };
    for hit in &finds.patterns {
        let words = within(text, &hit.matched);
        // Something captured (an order number) is worth a word.
        let special = words.len().max(1) + hit.captures.len();
        add(
            hit.intent,
            special,
            Why { evidence: Evidence::Pattern, source: hit.source, words, weight: 1.0 },
            hit.captures.clone(),
        );
    }
    for hit in &finds.keywords {
        add(
            hit.intent,
            hit.words.len(),
            Why { evidence: Evidence::Keyword, source: hit.source, words: hit.words.clone(), weight: 1.0 },
            Vec::new(),
        );
    }
    let most = cases.iter().map(|(special, _)| *special).max().unwrap_or(0);
    let tied = cases.iter().filter(|(special, _)| *special == most).count();
    cases.sort_by_key(|(special, _)| std::cmp::Reverse(*special));
    cases.truncate(OFFERED.max(tied.min(CANDIDATES)));
    for (special, case) in &mut cases {
        if tied > 1 {
            case.confidence = if *special == most { DECIDED / tied as f32 } else { (1.0 - DECIDED) / 2.0 };
        } else if *special < most {
            case.confidence = 1.0 - DECIDED;
        }
    }
    // Among equals the classifier's order decides who is named first.
    let rank = |target| finds.intents.iter().position(|f| Target::Intent(f.intent) == target).unwrap_or(usize::MAX);
    cases.sort_by(|a, b| {
        b.1.confidence.total_cmp(&a.1.confidence).then_with(|| rank(a.1.target).cmp(&rank(b.1.target)))
    });
    (cases.into_iter().map(|(_, case)| case).collect(), tied > 1)
}

/// Places of the words of a matched piece of the text.
fn within(text: &Read, matched: &str) -> Vec<u32> {
    let piece = super::normalize::words(matched);
    let at = text
        .words
        .windows(piece.len().max(1))
        .position(|w| !piece.is_empty() && w.iter().zip(&piece).all(|(a, b)| a.text == b.text));
    at.map(|at| (at as u32..(at + piece.len()) as u32).collect()).unwrap_or_default()
}

/// Intents and articles in one list: each speaks for itself, and against the other side.
fn learned(finds: Finds) -> Vec<Case> {
    let intents = finds.intents.into_iter().map(|f| Case {
        target: Target::Intent(f.intent),
        confidence: f.confidence,
        why: f.why,
        captures: Vec::new(),
    });
    let articles = finds.articles.into_iter().map(|f| Case {
        target: Target::Passage { article: f.article, passage: f.passage },
        confidence: f.confidence,
        why: f.why,
        captures: Vec::new(),
    });
    let (mut a, mut b): (Vec<Case>, Vec<Case>) = (intents.collect(), articles.collect());
    let odds = |cases: &[Case]| cases.first().map_or(0.0, |c| c.confidence / (1.0 - c.confidence.min(0.999)));
    let (odds_a, odds_b) = (odds(&a), odds(&b));
    // P(this side | one of them or none) against P(this side | this side or none). An article that says the same as an
    // intent hardly speaks against it: the intent's answer was written for the question.
    let keep = |own: f32, other: f32| (1.0 + own) / (1.0 + own + other);
    let (keep_a, keep_b) = (keep(odds_a, YIELD * odds_b), keep(odds_b, odds_a));
    a.iter_mut().for_each(|c| c.confidence *= keep_a);
    b.iter_mut().for_each(|c| c.confidence *= keep_b);
    a.extend(b);
    // Stable: of equals an intent, whose answer was written for the question, comes first.
    a.sort_by(|x, y| y.confidence.total_cmp(&x.confidence));
    a
}
