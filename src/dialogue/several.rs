//! Two questions in one message: both are answered, or the bot asks; neither is dropped in silence.

use super::draft::{Draft, Sense};
use super::{Choice, Pending, Say, clauses, cues};
use crate::content::{HandoffPolicy, Phrase, Situation};
use crate::engine::{Candidate, Evidence, Reading, Target};

/// A part of a message, as read on its own.
#[derive(Debug)]
pub(super) struct Piece {
    text: String,
    reading: Reading,
    sense: Sense,
}

/// Most answers to one message.
const MOST: usize = 3;

impl Draft<'_> {
    /// Reads a text without the politeness around it, where that says more.
    pub(super) fn read_kindly(&self, text: &str) -> Reading {
        let whole = self.read(text);
        let Some(rest) = cues::without_politeness(text).filter(|r| r.chars().any(char::is_alphanumeric)) else {
            return whole;
        };
        // "please" may be the only word that tells the language.
        let situation = Situation { language: Some(whole.language), ..self.situation() };
        let bare = Reading { language: whole.language, ..self.content.read(&rest, &situation) };
        let about_politeness = |r: &Reading| {
            let Some(best) = r.candidates.first() else { return true };
            let mut words = r.trace.iter().filter(|t| t.target == best.target).flat_map(|t| &t.words).peekable();
            words.peek().is_some() && words.all(|w| cues::is_polite_word(w))
        };
        // "hi zxqv" is no greeting, and "hi, my order" is about the order; but where the bare words say nothing while
        // the whole says something with them, the whole is right.
        match (self.sense(&bare), self.sense(&whole)) {
            (Sense::Nothing, Sense::Sure(_) | Sense::Failed(_)) if !about_politeness(&whole) => whole,
            (Sense::Maybe(_), Sense::Sure(best))
                if !about_politeness(&whole) && bare.candidates.iter().any(|c| c.target == best.target) =>
            {
                whole
            }
            _ => bare,
        }
    }

    /// The questions of a message, if it has more than one.
    pub(super) fn several(&self, text: &str) -> Option<Vec<Piece>> {
        let sentences = clauses::sentences(text);
        let mut pieces: Vec<Piece> = Vec::new();
        // A message of very many sentences is a story; its parts are not taken for questions of their own.
        if sentences.len() > 8 {
            return None;
        }
        let alone = sentences.len() == 1;
        for sentence in sentences {
            match self.halved(sentence) {
                Some((first, second)) => pieces.extend([first, second]),
                // Nothing to set against: reading it again would tell nothing.
                None if alone => return None,
                None => pieces.push(self.piece(sentence)),
            }
        }
        if pieces.len() < 2 {
            return None;
        }
        let mut sure: Vec<Target> = Vec::new();
        for piece in &pieces {
            if let Sense::Sure(best) | Sense::Failed(best) = &piece.sense
                && !sure.contains(&best.target)
            {
                sure.push(best.target);
            }
        }
        let mut seen: Vec<Target> = Vec::new();
        pieces.retain(|piece| match &piece.sense {
            Sense::Sure(best) | Sense::Failed(best) => {
                let new = !seen.contains(&best.target);
                seen.push(best.target);
                new
            }
            // An unsure part is a question of its own if it looks like one and is not about what is answered anyway.
            Sense::Maybe(some) => clauses::is_question(&piece.text) && !some.iter().any(|c| sure.contains(&c.target)),
            Sense::Nothing => clauses::is_question(&piece.text) && super::words::Words::of(&piece.text).count() >= 4,
        });
        let likely = pieces.iter().filter(|p| matches!(p.sense, Sense::Maybe(_))).count();
        (pieces.len() >= 2 && (!sure.is_empty() || likely >= 2)).then_some(pieces)
    }

    fn piece(&self, text: &str) -> Piece {
        let reading = self.read_kindly(text);
        // "I would like to know what it costs" asks what it costs.
        let text = cues::without_politeness(text).unwrap_or_else(|| text.to_owned());
        Piece { text, sense: self.sense(&reading), reading }
    }

    /// The halves of a sentence around an "and": both surely about different things, or both questions that are likely
    /// about different things where the whole says nothing.
    fn halved(&self, sentence: &str) -> Option<(Piece, Piece)> {
        let sure = |p: &Piece| match &p.sense {
            Sense::Sure(best) | Sense::Failed(best) => Some(best.target),
            Sense::Maybe(_) | Sense::Nothing => None,
        };
        let likely = |p: &Piece| match &p.sense {
            _ if !clauses::is_question(&p.text) => None,
            Sense::Maybe(some) => some.first().map(|c| c.target),
            _ => sure(p),
        };
        let mut second_best = None;
        for (first, second) in clauses::halves(sentence) {
            if cues::small_talk(first).is_some() || cues::small_talk(second).is_some() {
                continue;
            }
            let (first, second) = (self.piece(first), self.piece(second));
            if sure(&first).zip(sure(&second)).is_some_and(|(a, b)| a != b) {
                return Some((first, second));
            }
            let differ = likely(&first).zip(likely(&second)).is_some_and(|(a, b)| a != b);
            if differ && second_best.is_none() && !matches!(self.sense(&self.read_kindly(sentence)), Sense::Sure(_)) {
                second_best = Some((first, second));
            }
        }
        second_best
    }

    /// Answers several questions: those that need nothing first, then the one that asks back.
    pub(super) fn answer_several(&mut self, text: &str, pieces: Vec<Piece>) {
        self.memory.pending = None;
        let mut candidates = Vec::new();
        let mut trace = Vec::new();
        for piece in &pieces {
            candidates.extend(piece.reading.candidates.first().cloned());
            trace.extend(piece.reading.trace.iter().cloned());
        }
        if let Some(first) = pieces.first() {
            self.remember(text, &Reading { candidates, trace, ..first.reading.clone() });
        }
        let mut asking: Vec<Candidate> = Vec::new();
        let mut unsure: Vec<Vec<Candidate>> = Vec::new();
        let (mut unknown, mut failed, mut said) = (false, None, 0);
        let mut ring = None;
        for piece in &pieces {
            match &piece.sense {
                Sense::Sure(best) if said + asking.len() < MOST => {
                    self.fill(best.target, Some(&piece.reading), text);
                    let intent = self.intent(best.target);
                    if intent.is_some_and(|i| self.missing(i).is_some()) {
                        asking.push(best.clone());
                        continue;
                    }
                    let lead = (said > 0).then_some(Phrase::AndAlso);
                    match intent {
                        Some(intent) => {
                            let spoke = self.say_intent(best.target, intent, best.confidence, lead);
                            if intent.handoff == HandoffPolicy::Always || !spoke {
                                ring.get_or_insert(best.target);
                            }
                            said += usize::from(spoke);
                        }
                        None => {
                            self.answer(best.target, best.confidence, lead);
                            said += 1;
                        }
                    }
                    self.memory.misses = 0;
                }
                Sense::Sure(best) => unsure.push(vec![best.clone()]),
                Sense::Maybe(some) => unsure.push(some.clone()),
                Sense::Failed(best) => failed = Some(best.target),
                Sense::Nothing => unknown = true,
            }
        }
        if let Some(about) = ring {
            self.ring_after(super::Reason::Intent, Some(about), false);
        } else if let Some(about) = failed {
            self.ring(super::Reason::RepeatedFailure, Some(about));
        }
        if self.hand_over.is_some() {
            return;
        }
        let lead = (said > 0).then_some(Phrase::AndAlso);
        // One thing can be asked at a time; of two, the visitor chooses which comes first.
        match (asking.as_slice(), unsure.is_empty()) {
            ([], true) => {
                if unknown {
                    self.other_half_unknown(lead);
                }
            }
            ([one], true) => {
                self.answer(one.target, one.confidence, lead);
                if unknown {
                    self.tried("one part not understood".to_owned());
                }
            }
            _ => {
                // The best of each first, so that each part is among the three.
                let most = unsure.iter().map(Vec::len).max().unwrap_or(0);
                let mut all = asking;
                all.extend((0..most).flat_map(|n| unsure.iter().filter_map(move |some| some.get(n).cloned())));
                self.clarify(&all[..all.len().min(3)]);
            }
        }
    }

    fn other_half_unknown(&mut self, lead: Option<Phrase>) {
        self.tried("one part not understood, asked to rephrase".to_owned());
        let person: Choice = self.person();
        let text = self.phrase(Phrase::Rephrase);
        let text = match lead {
            Some(lead) => format!("{}\n\n{text}", self.phrase(lead)),
            None => text,
        };
        self.say.push(Say::Text { text, options: vec![person], ask: None });
        self.memory.pending = Some(Pending::Rephrase);
    }
}

/// The content's own words decided: a keyword, a pattern, or every word of the text stands in one example.
pub(super) fn decided(reading: &Reading, words: usize) -> bool {
    let Some(best) = reading.candidates.first() else { return false };
    reading.trace.iter().filter(|r| r.target == best.target).any(|r| match r.evidence {
        Evidence::Keyword | Evidence::Pattern => true,
        Evidence::Example => words >= 2 && r.words.len() >= words && best.confidence >= 0.9,
        Evidence::Body => false,
    })
}
