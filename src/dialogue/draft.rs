//! A turn in the making: what every part of the dialogue reads and adds to.

use super::words::Words;
use super::{AnswerKind, Ask, Choice, Guess, HandOver, Input, Memory, Pending, Reason, Say, Turn};
use crate::content::{Content, Phrase, Situation};
use crate::engine::{Candidate, Reading, Target, Verdict};
use crate::types::Language;

/// Kept of a visitor's question.
const QUESTION: usize = 500;
/// Kept of the words of a guess, and of each.
const WORDS: usize = 8;
const LETTERS: usize = 40;
/// Kept of `shown`, `tried`, `failed`.
const KEPT: usize = 20;
/// Kept of `asked`.
const ASKED: usize = 5;

/// A turn in the making.
pub(super) struct Draft<'a> {
    pub(super) content: &'a Content,
    pub(super) input: Input<'a>,
    pub(super) memory: Memory,
    /// Of the visitor's words.
    pub(super) language: Language,
    pub(super) say: Vec<Say>,
    pub(super) hand_over: Option<HandOver>,
    pub(super) email: Option<String>,
    /// This message shows anger that no word of regret has met yet.
    pub(super) owes_regret: bool,
    /// The visitor wishes for a person in this message.
    pub(super) wished: bool,
}

/// What a reading means for this conversation: what did not help before is taken out.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sense {
    /// Answer.
    Sure(Candidate),
    /// Ask which; never empty, at most three.
    Maybe(Vec<Candidate>),
    /// Sure of something that did not help.
    Failed(Candidate),
    /// Not understood.
    Nothing,
}

impl<'a> Draft<'a> {
    pub(super) fn new(content: &'a Content, memory: Memory, input: Input<'a>) -> Self {
        let language = memory.language.or(input.locale).unwrap_or_else(|| content.settings.default_language());
        Self {
            content,
            input,
            memory,
            language,
            say: Vec::new(),
            hand_over: None,
            email: None,
            owes_regret: false,
            wished: false,
        }
    }

    pub(super) fn finish(mut self) -> Turn {
        self.memory.bound();
        Turn {
            say: self.say,
            memory: self.memory,
            hand_over: self.hand_over,
            email: self.email,
            language: self.language,
        }
    }

    pub(super) fn situation(&self) -> Situation<'a> {
        Situation { page: self.input.page, at: self.input.at, language: self.memory.language.or(self.input.locale) }
    }

    pub(super) fn read(&self, text: &str) -> Reading {
        self.content.read(text, &self.situation())
    }

    /// Takes over the language of a text, unless the text is too short to tell.
    pub(super) fn learn_language(&mut self, text: &str, reading: &Reading) {
        let words = Words::of(text).count();
        let ours = self.content.settings.languages.contains(&reading.language);
        let understood = reading.verdict != Verdict::Unknown;
        let tells = match self.memory.language.or(self.input.locale) {
            // Nothing known: a language of the site is likely, any other needs a sentence.
            None => ours || words >= 4,
            Some(known) if known == reading.language => true,
            Some(_) => words >= 5 || (understood && ours && (words >= 2 || self.memory.language.is_none())),
        };
        if tells {
            self.language = reading.language;
        }
        self.memory.language = Some(self.language);
    }

    /// The language to speak: the visitor's if the site has it, else the site's first.
    pub(super) fn reply_language(&self) -> Language {
        let settings = &self.content.settings;
        if settings.languages.contains(&self.language) { self.language } else { settings.default_language() }
    }

    pub(super) fn phrase(&self, phrase: Phrase) -> String {
        self.phrase_with(phrase, &[])
    }

    pub(super) fn phrase_with(&self, phrase: Phrase, variables: &[(&str, &str)]) -> String {
        let text = self.content.settings.phrase(phrase, self.reply_language());
        self.content.render(&text, &self.memory.slots, variables)
    }

    /// Fills a text of the content: slots, the site's variables, and today's hours as `{{ hours }}`.
    pub(super) fn render(&self, template: &str) -> String {
        let hours = if template.contains("hours") {
            self.content.settings.open_state(self.input.at, self.reply_language()).today
        } else {
            None
        };
        self.content.render(template, &self.memory.slots, &[("hours", hours.as_deref().unwrap_or("–"))])
    }

    /// Says something of the bot's own, after a word of regret where one is owed.
    pub(super) fn tell(&mut self, text: String, options: Vec<Choice>, ask: Option<Ask>) {
        let text = self.with_regret(text);
        self.say.push(Say::Text { text, options, ask });
    }

    pub(super) fn with_regret(&mut self, text: String) -> String {
        if std::mem::take(&mut self.owes_regret) {
            format!("{}\n\n{text}", self.phrase(Phrase::SorryFirst))
        } else {
            text
        }
    }

    /// What stands before a text of the content in `language`: regret, and a word about the language, each where due.
    pub(super) fn with_lead(&mut self, text: &str, language: Language, lead: Option<Phrase>) -> String {
        const NOTE: &str = "answered in another language than the visitor's";
        let mut parts = Vec::new();
        if language != self.language && !self.memory.tried.iter().any(|t| t == NOTE) {
            // In the visitor's language if there is such a text: it is the one they can read.
            parts.push(self.content.settings.phrase(Phrase::OtherLanguage, self.language));
            self.tried(NOTE.to_owned());
        }
        if let Some(lead) = lead {
            parts.push(self.phrase(lead));
        }
        parts.push(text.to_owned());
        let text = parts.join("\n\n");
        self.with_regret(text)
    }

    /// The choice of a person, as an option. Offers are counted.
    pub(super) fn person(&mut self) -> Choice {
        self.memory.offered = self.memory.offered.saturating_add(1);
        Choice { id: "person".into(), label: self.phrase(Phrase::TalkToPerson) }
    }

    pub(super) fn tried(&mut self, line: String) {
        self.memory.tried.push(line);
        bound(&mut self.memory.tried, KEPT);
    }

    pub(super) fn sense(&self, reading: &Reading) -> Sense {
        match reading.verdict {
            Verdict::Confident => match reading.candidates.first() {
                Some(best) if self.has_failed(best.target) => Sense::Failed(best.clone()),
                Some(best) => Sense::Sure(best.clone()),
                None => Sense::Nothing,
            },
            Verdict::Ambiguous => {
                let best = reading.candidates.first().map_or(0.0, |c| c.confidence);
                let some: Vec<Candidate> = reading
                    .candidates
                    .iter()
                    // Whatever is six times less likely than the best is no help in a list.
                    .filter(|c| c.confidence * 6.0 >= best && !self.has_failed(c.target))
                    .take(3)
                    .cloned()
                    .collect();
                if some.is_empty() { Sense::Nothing } else { Sense::Maybe(some) }
            }
            Verdict::Unknown => Sense::Nothing,
        }
    }

    pub(super) fn has_failed(&self, target: Target) -> bool {
        !self.memory.failed.is_empty() && self.memory.failed.contains(&self.content.id_of(target))
    }

    /// Keeps the question for whoever takes over.
    pub(super) fn remember(&mut self, text: &str, reading: &Reading) {
        self.memory.question = Some(text.trim().chars().take(QUESTION).collect());
        self.memory.candidates = self.guesses(reading);
        let answered = reading.verdict == Verdict::Confident;
        self.memory.why = (!answered).then(|| self.content.why(text, reading, &self.situation()));
    }

    fn guesses(&self, reading: &Reading) -> Vec<Guess> {
        let guess = |c: &Candidate| {
            let reason = reading.trace.iter().find(|r| r.target == c.target);
            Guess {
                id: self.content.id_of(c.target),
                kind: kind(c.target),
                title: self.content.title_of(c.target, self.reply_language()),
                confidence: c.confidence,
                source: reason.and_then(|r| self.content.place_of(r.source)),
                line: reason.and_then(|r| self.content.line_of(r.source)).map(str::to_owned),
                words: reason.map(|r| r.words.iter().take(WORDS).map(|w| cut(w)).collect()).unwrap_or_default(),
            }
        };
        reading.candidates.iter().take(5).map(guess).collect()
    }

    /// Counts how often this very question was asked before, and adds it.
    pub(super) fn asked_before(&mut self, text: &str) -> usize {
        let asked: String = Words::of(text).text().chars().take(200).collect();
        let times = self.memory.asked.iter().filter(|a| **a == asked).count();
        if !asked.is_empty() {
            self.memory.asked.push(asked);
            bound(&mut self.memory.asked, ASKED);
        }
        times
    }

    /// Nothing understood: asks to say it differently, or hands over if that was asked already.
    pub(super) fn miss(&mut self) {
        self.memory.misses = self.memory.misses.saturating_add(1);
        if self.memory.misses >= 2 {
            self.tried("did not understand again".to_owned());
            self.ring(Reason::RepeatedFailure, None);
            return;
        }
        self.tried("did not understand, asked to rephrase".to_owned());
        let person = self.person();
        self.tell(self.phrase(Phrase::Rephrase), vec![person], None);
        self.memory.pending = Some(Pending::Rephrase);
    }
}

impl Memory {
    fn bound(&mut self) {
        bound(&mut self.shown, KEPT);
        bound(&mut self.tried, KEPT);
        bound(&mut self.failed, KEPT);
        bound(&mut self.asked, ASKED);
    }
}

fn cut(word: &str) -> String {
    word.chars().take(LETTERS).collect()
}

fn bound<T>(list: &mut Vec<T>, most: usize) {
    if list.len() > most {
        list.drain(..list.len() - most);
    }
}

pub(super) const fn kind(target: Target) -> AnswerKind {
    match target {
        Target::Intent(_) => AnswerKind::Intent,
        Target::Passage { .. } => AnswerKind::Article,
    }
}
