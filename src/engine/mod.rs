//! What does this text mean?
//!
//! [`Engine::build`] takes [`Rules`] (plain Rust values, no file format) and compiles them;
//! [`Engine::read`] says which rule a text is about, how sure that is, and why.
//! Everything here is pure: same rules and same text, same [`Reading`].

mod articles;
mod background;
mod bodies;
mod build;
mod calibrate;
pub mod curve;
mod decide;
mod exact;
mod features;
mod gist;
mod glossary;
mod hash;
mod heldout;
mod intents;
mod keyboard;
mod keywords;
mod language;
mod lexicon;
mod library;
mod likeness;
mod likes;
mod logistic;
mod model;
mod normalize;
mod order;
mod patterns;
mod questions;
mod reader;
mod shorthand;
mod sources;
mod spaces;
mod spelling;
mod spread;
mod stem;
mod stopwords;
mod svm;
mod vectors;
mod weights;

#[cfg(test)]
mod rebuilt;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_articles;

use crate::types::Language;
use articles::Articles;
use build::Stages;
pub use gist::Gist;
use intents::Intents;
pub use likeness::Meaning;
use sources::Sources;

/// What an engine is built from.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// The intents, in content order; [`Target::Intent`] counts from here.
    pub intents: Vec<IntentRule>,
    /// The articles, in content order; [`Target::Passage`] counts from here.
    pub articles: Vec<ArticleRule>,
    /// Language of texts that tell nothing themselves.
    pub default_language: Option<Language>,
    /// Thresholds and priors.
    pub options: Options,
}

/// Settings of decision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Share of confident answers that shall be right, 0.5..=0.99. A text is [`Verdict::Confident`] from this confidence on
    /// (unless `confident_at` says otherwise).
    pub answer_precision: f32,
    /// Confidence from which a text is answered; `None`: follows from `answer_precision`.
    pub confident_at: Option<f32>,
    /// Confidence of the best candidate from which "did you mean" is asked instead of "I do not know"; `None`: the default.
    pub ambiguous_at: Option<f32>,
    /// Expected share of texts that nothing in the content answers, 0.0..=0.9.
    pub out_of_scope: f32,
}

impl Default for Options {
    fn default() -> Self {
        Self { answer_precision: 0.9, confident_at: None, ambiguous_at: None, out_of_scope: 0.15 }
    }
}

/// A text of the content and where it stands there, so that a trace can name its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The text itself.
    pub text: String,
    /// Opaque to the engine; the content's number for file and position.
    pub source: u32,
}

/// One intent as the engine sees it.
#[derive(Debug, Clone, Default)]
pub struct IntentRule {
    /// Unique name.
    pub id: String,
    /// Language of `examples` where it is known.
    pub language: Option<Language>,
    /// What editors call it, each with its language where that is known: read like an example.
    pub titles: Vec<(Option<Language>, Line)>,
    /// How visitors say it.
    pub examples: Vec<Line>,
    /// Groups of words that decide by themselves.
    pub keywords: Vec<KeywordRule>,
    /// Regular expressions that decide by themselves; named groups are captured.
    pub patterns: Vec<Line>,
    /// Texts that must not land here: negative examples.
    pub reject: Vec<Line>,
}

/// Words that decide: every one of `all`, at least one of `any` (if there are any), none of `none`.
/// Whole words in any inflection; an entry of several words means these words in a row.
#[derive(Debug, Clone, Default)]
pub struct KeywordRule {
    /// Each of these must stand in the text.
    pub all: Vec<String>,
    /// At least one of these.
    pub any: Vec<String>,
    /// None of these.
    pub none: Vec<String>,
    /// See [`Line::source`].
    pub source: u32,
}

/// One article as the engine sees it.
#[derive(Debug, Clone, Default)]
pub struct ArticleRule {
    /// Unique name.
    pub id: String,
    /// Language of the article where it is known.
    pub language: Option<Language>,
    /// Title, as a question or a noun phrase.
    pub title: Option<Line>,
    /// Questions that it answers, as visitors say them.
    pub questions: Vec<Line>,
    /// Its passages; the first may be the text before the first heading.
    pub passages: Vec<PassageRule>,
    /// Texts that must not land here.
    pub reject: Vec<Line>,
}

/// One passage of an article: found and quoted on its own.
#[derive(Debug, Clone, Default)]
pub struct PassageRule {
    /// Its heading; none for the text before the first.
    pub heading: Option<Line>,
    /// Plain text without markup.
    pub body: Line,
}

impl Default for Line {
    fn default() -> Self {
        Self { text: String::new(), source: u32::MAX }
    }
}

/// What a text can be about: indexes into [`Rules`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// `Rules::intents[_]`
    Intent(u32),
    /// `Rules::articles[article].passages[passage]`
    Passage {
        /// Index of the article.
        article: u32,
        /// Index of the passage in it.
        passage: u32,
    },
}

/// What the engine would do with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Answer with the first candidate.
    Confident,
    /// Ask which of the first three is meant.
    Ambiguous,
    /// Say so and offer a person.
    Unknown,
}

/// One possible meaning.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// What it would be about.
    pub target: Target,
    /// Calibrated probability of being right, 0.0..=1.0.
    pub confidence: f32,
}

/// Why a candidate was considered: one reason of possibly several.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// Whom it speaks for.
    pub target: Target,
    /// What kind of evidence.
    pub evidence: Evidence,
    /// The words of the visitor's text that matched, as written (normalised).
    pub words: Vec<String>,
    /// The line they matched; see [`Line::source`].
    pub source: u32,
    /// How much it weighs, larger is more; comparable within one reading and one kind of evidence.
    pub weight: f32,
}

/// The kinds of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Evidence {
    /// A keyword rule decided.
    Keyword,
    /// A pattern decided.
    Pattern,
    /// Likeness to an example, or to the title or a question of an article.
    Example,
    /// Likeness to the body of a passage.
    Body,
}

/// What the engine makes of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// What to do with it.
    pub verdict: Verdict,
    /// Language of the text.
    pub language: Language,
    /// At most five, best first, never two passages of one article.
    pub candidates: Vec<Candidate>,
    /// Named groups of the pattern that decided for the first candidate.
    pub captures: Vec<(String, String)>,
    /// Why, best first: at most three reasons a candidate.
    pub trace: Vec<Reason>,
}

/// A question to the engine.
pub struct Query<'a> {
    /// The visitor's words, any length; beyond 4,000 characters the rest is not read.
    pub text: &'a str,
    /// Language of the conversation so far, if known: tips the balance for short texts.
    pub language: Option<Language>,
    /// Which targets may answer now (hours, page, validity); consulted for the few that matched.
    pub allow: &'a dyn Fn(Target) -> bool,
}

/// A text of the content that was read by an engine which had not learned it: what confidence and thresholds follow from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// Language of the text.
    pub language: Language,
    /// Confidence of the first candidate, 0.0..=1.0.
    pub confidence: f32,
    /// Place of the right target among the candidates, counted from 0; `usize::MAX`: not among them; `None`: the text is
    /// out of scope, nothing answers it.
    pub place: Option<usize>,
    /// How many texts it stands for: texts out of scope weigh [`Options::out_of_scope`] of all together.
    pub weight: f32,
}

/// An example that another intent would win if it were not an example: see [`Engine::examined`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lost {
    /// The line of the example; see [`Line::source`].
    pub source: u32,
    /// Index of the intent that would answer.
    pub to: u32,
    /// How sure it would be, at least the confidence from which a text is answered.
    pub confidence: f32,
}

/// Something in the rules that the engine had to leave out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildProblem {
    /// The line it stands in; see [`Line::source`].
    pub source: u32,
    /// What is wrong with it.
    pub kind: BuildProblemKind,
}

/// What can be wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildProblemKind {
    /// A pattern that does not compile, and why not.
    #[error("the pattern does not compile: {0}")]
    Syntax(String),
    /// A pattern that grows beyond a limit when compiled.
    #[error("the pattern takes more than {limit} bytes when compiled")]
    TooBig {
        /// The limit in bytes.
        limit: usize,
    },
    /// A pattern that matches the empty text, and with it every text.
    #[error("the pattern matches the empty text, and so every text")]
    MatchesEmpty,
    /// The patterns before this one used up what compiling may cost.
    #[error("all patterns together take too long to compile; this one is left out")]
    Budget,
}

/// Rules compiled. `Send` and `Sync`; reading takes a shared reference, so one engine serves all threads.
pub struct Engine {
    options: Options,
    sources: Sources,
    stages: build::Stages,
}

/// A text without what makes no difference: case, marks and blanks. Two texts of one normal form are one question.
#[must_use]
pub fn normal(text: &str) -> String {
    let words: Vec<String> = normalize::words(text).into_iter().map(|w| w.text).collect();
    // Of pictures and signs alone no word is left.
    if words.is_empty() { text.trim().to_owned() } else { words.join(" ") }
}

impl Engine {
    /// The options in force: `confident_at` and `ambiguous_at` are always given here.
    #[must_use]
    pub const fn options(&self) -> &Options {
        &self.options
    }

    /// Every held-out text that confidence was learned from: examples of intents or, where there are none, questions of
    /// articles; empty for content too small to learn from.
    #[must_use]
    pub fn outcomes(&self) -> &[Outcome] {
        let articles = || (*self.stages.articles).as_ref().map_or(&[][..], Articles::outcomes);
        (*self.stages.intents).as_ref().map_or_else(articles, Intents::outcomes)
    }

    fn lost(&self) -> Vec<Lost> {
        let all = (*self.stages.intents).iter().flat_map(Intents::lost);
        all.map(|(place, to, confidence)| Lost { source: self.sources.example(place), to, confidence }).collect()
    }

    /// Examples that an engine read which had not learned them, but others of their intent: the line ([`Line::source`]) and
    /// what became of it. Examples of intents with fewer than three are never held out; of large content not all are.
    pub fn held_out(&self) -> impl Iterator<Item = (u32, &Outcome)> {
        let all = (*self.stages.intents).as_ref().into_iter().flat_map(Intents::held_out);
        all.map(|(place, outcome)| (self.sources.example(place), outcome))
    }

    /// The languages of the content, the default first.
    #[must_use]
    pub fn languages(&self) -> &[Language] {
        self.stages.reader.languages.known()
    }

    /// The words of a text that say something about topics, as written, and whether the content has them in some inflection.
    /// Words that only keywords and patterns have do not count.
    #[must_use]
    pub fn telling(&self, text: &str, language: Option<Language>) -> Vec<(String, bool)> {
        let reader = &self.stages.reader;
        reader.telling(&reader.read(text, language))
    }

    /// What a text means.
    #[must_use]
    pub fn read(&self, query: &Query<'_>) -> Reading {
        let Stages { reader, exact, keywords, patterns, intents, articles, handicap, .. } = &self.stages;
        let text = reader.read(query.text, query.language);
        let finds = decide::Finds {
            exact: exact::find(exact, text.written()),
            keywords: keywords.hits(text.written()),
            patterns: patterns.0.hits(query.text),
            intents: (**intents)
                .as_ref()
                .map(|i| i.search(&text, reader, |intent| (query.allow)(Target::Intent(intent))))
                .unwrap_or_default(),
            articles: (**articles)
                .as_ref()
                .map(|a| {
                    let allow = |article, passage| (query.allow)(Target::Passage { article, passage });
                    a.search(&text, reader, **handicap, allow)
                })
                .unwrap_or_default(),
        };
        let mut reading = decide::decide(query, &text, finds, &self.options);
        reading.trace.iter_mut().for_each(|reason| reason.source = self.sources.of(reason));
        reading
    }
}
