//! What the visitor wrote: from the wishes that outrank everything down to "I did not understand".

use super::cues::Small;
use super::draft::{Draft, Sense};
use super::turns::{self, GoesOn};
use super::words::Words;
use super::{Memory, Pending, Reason, address, choices, clauses, cues, mood, person, several, slots};
use crate::content::{Content, HandoffPolicy, Phrase, Situation};
use crate::engine::{Candidate, Reading, Target, Verdict};
use crate::types::Timestamp;

/// Confidence from which the words of a follow-up name something by themselves.
const OWN: f32 = 0.2;

/// See [`super::sounds_complete`].
pub(super) fn sounds_complete(content: &Content, memory: &Memory, text: &str, at: Timestamp) -> bool {
    let trimmed = text.trim();
    if person::asks_for_person(trimmed) {
        return true;
    }
    match &memory.pending {
        Some(Pending::Email { .. }) if address::find(trimmed).is_some() => return true,
        Some(Pending::Clarify { options }) if choices::resolve(trimmed, options).is_some() => return true,
        Some(Pending::Slot { intent, slot, .. }) => {
            let intent = content.target_of(intent).and_then(|t| match t {
                Target::Intent(i) => content.intents.get(i as usize),
                Target::Passage { .. } => None,
            });
            let slot = intent.and_then(|i| i.slots.iter().find(|s| s.name == *slot));
            if cues::skips(trimmed)
                || slot.is_some_and(|s| s.pattern.is_some() && slots::value_of(s, trimmed).is_some())
            {
                return true;
            }
        }
        _ => {}
    }
    // "Hi!" and "I have a question." are whole sentences, and still nothing to answer.
    if cues::small_talk(trimmed) == Some(Small::Opening) {
        return false;
    }
    let words = Words::of(trimmed).count();
    let finished = trimmed.ends_with(['?', '!', '.']);
    // A whole sentence that means nothing to the bot will not mean more for waiting.
    if finished && words >= 4 {
        return true;
    }
    let reading = content.read(trimmed, &Situation { page: None, at, language: memory.language });
    reading.verdict == Verdict::Confident
        && (words >= 3
            || finished
            || matches!(memory.pending, Some(Pending::Slot { .. } | Pending::Clarify { .. }))
            || several::decided(&reading, words))
}

impl Draft<'_> {
    /// A text, or several of one burst.
    pub(super) fn text(&mut self, text: &str) {
        let whole = self.read_kindly(text);
        self.learn_language(text, &whole);
        let signs = mood::anger(text);
        self.memory.upset = self.memory.upset.saturating_add(signs).min(100);
        self.owes_regret = signs > 0;

        if person::asks_for_person(text) {
            self.wish(text, &whole);
            return;
        }
        if signs > 0 && self.memory.upset >= 2 {
            if whole.verdict != Verdict::Unknown || self.memory.question.is_none() {
                self.remember(text, &whole);
            }
            let about = whole.candidates.first().filter(|_| whole.verdict == Verdict::Confident).map(|c| c.target);
            self.ring(Reason::Frustration, about);
            return;
        }
        if self.awaited(text, &whole) {
            return;
        }
        if self.volunteers_address(text) {
            return;
        }
        if cues::not_helpful(text) && !self.memory.shown.is_empty() {
            self.rejected_in_words(text, &whole);
            return;
        }
        self.question(text, &whole);
    }

    /// The answer to something the bot asked, if the text is one.
    fn awaited(&mut self, text: &str, whole: &Reading) -> bool {
        match self.memory.pending.clone() {
            Some(Pending::Email { tries }) => {
                self.memory.pending = None;
                self.address_reply(tries, text, whole)
            }
            Some(Pending::Clarify { options }) => {
                let done = self.clarify_reply(&options, text, whole);
                if !done {
                    self.memory.pending = None;
                }
                done
            }
            Some(Pending::Slot { intent, slot, tries }) => {
                let done = self.slot_reply((intent, slot, tries), text, whole);
                if !done {
                    self.memory.pending = None;
                }
                done
            }
            Some(Pending::Rephrase) => {
                self.memory.pending = None;
                let offered = matches!(self.sense(whole), Sense::Nothing | Sense::Maybe(_));
                if offered && cues::yes(text) {
                    self.memory.pending = Some(Pending::Rephrase);
                    self.choose("person", text);
                    return true;
                }
                if offered && cues::no(text) {
                    self.tell(self.phrase(Phrase::AnythingElse), Vec::new(), None);
                    return true;
                }
                false
            }
            None => false,
        }
    }

    /// A text that is to be understood by itself.
    fn question(&mut self, text: &str, whole: &Reading) {
        if let Some(small) = cues::small_talk(text) {
            self.small(small, whole);
            return;
        }
        if self.asked_before(text) >= 2 {
            self.remember(text, whole);
            self.repeated();
            return;
        }
        if let Some(pieces) = self.several(text) {
            self.answer_several(text, pieces);
            return;
        }
        match self.sense(whole) {
            Sense::Sure(best) if self.is_refused(text, whole, &best) => {
                self.remember(text, whole);
                self.clarify(&[best]);
            }
            Sense::Sure(best) => {
                self.remember(text, whole);
                self.fill(best.target, Some(whole), text);
                self.answer(best.target, best.confidence, None);
            }
            Sense::Failed(best) => {
                // The same answer once more would be a loop.
                self.remember(text, whole);
                self.ring(Reason::RepeatedFailure, Some(best.target));
            }
            Sense::Maybe(some) => {
                if self.follow_up(text, whole) {
                    return;
                }
                self.remember(text, whole);
                self.clarify(&some);
            }
            Sense::Nothing => {
                if self.follow_up(text, whole) || self.new_value(text) {
                    return;
                }
                if cues::yes(text) || cues::no(text) {
                    self.tell(self.phrase(Phrase::AnythingElse), Vec::new(), None);
                    return;
                }
                self.remember(text, whole);
                self.miss();
            }
        }
    }

    /// Hello and thanks: the content's words for it, else the bot's own; neither a question nor a miss.
    fn small(&mut self, small: Small, whole: &Reading) {
        if small == Small::Closing {
            self.memory.upset = 0;
        }
        let sure = match self.sense(whole) {
            Sense::Sure(best) => Some(best),
            _ => None,
        };
        if let Some(best) = sure {
            let (misses, shown) = (self.memory.misses, self.memory.shown.clone());
            self.answer(best.target, best.confidence, None);
            self.memory.misses = misses;
            self.memory.shown = shown;
            self.memory.greeted |= small == Small::Opening;
            return;
        }
        let phrase =
            if small == Small::Opening && !self.memory.greeted { Phrase::Greeting } else { Phrase::AnythingElse };
        self.memory.greeted |= small == Small::Opening;
        self.tell(self.phrase(phrase), Vec::new(), None);
    }

    /// The same question for the third time: whatever the bot says, it is not what the visitor needs.
    pub(super) fn repeated(&mut self) {
        self.tried(super::handoff::THIRD_TIME.to_owned());
        self.memory.upset = self.memory.upset.max(2);
        self.ring(Reason::Frustration, None);
    }

    /// "And for Austria?": read with the words of the last question, accepted only where that fits what is known.
    /// "And the warranty?" is a question of its own; the last answer is not given again for it.
    fn follow_up(&mut self, text: &str, alone: &Reading) -> bool {
        let Some(how) = turns::goes_on(text) else { return false };
        if let GoesOn::Topic(topic) = &how {
            let reading = self.read_kindly(topic);
            match self.sense(&reading) {
                Sense::Sure(best) => {
                    self.remember(text, &reading);
                    self.fill(best.target, Some(&reading), text);
                    self.answer(best.target, best.confidence, None);
                    return true;
                }
                Sense::Maybe(some) => {
                    self.remember(text, &reading);
                    self.clarify(&some);
                    return true;
                }
                Sense::Failed(_) | Sense::Nothing => {}
            }
        }
        let Some(last) = self.memory.question.clone() else { return false };
        let more = match &how {
            GoesOn::Under(circumstance) => circumstance.as_str(),
            GoesOn::Topic(topic) => topic.as_str(),
            GoesOn::About => text,
        };
        let joined = format!("{} {more}", last.trim_end_matches(['?', '!', '.', ' ']));
        let reading = self.read(&joined);
        let best = match self.sense(&reading) {
            Sense::Sure(best) => best,
            Sense::Maybe(some) if matches!(how, GoesOn::Under(_)) => {
                self.remember(&joined, &reading);
                self.clarify(&some);
                return true;
            }
            _ => return false,
        };
        let id = self.content.id_of(best.target);
        let repeats = self.memory.shown.last().is_some_and(|s| s.id == id);
        let likely = alone.candidates.iter().any(|c| c.target == best.target);
        // What the words say by themselves, however weakly, against what they only got from the last question.
        let own = alone.candidates.first().is_some_and(|c| c.target != best.target && c.confidence >= OWN);
        let fits = match (&how, alone.verdict) {
            (GoesOn::Under(_), _) => repeats || likely,
            (GoesOn::Topic(_), _) => (likely && !repeats) || (repeats && !own),
            (GoesOn::About, Verdict::Unknown) => repeats || likely,
            (GoesOn::About, _) => likely,
        };
        if !fits {
            return false;
        }
        self.tried(format!(
            "read \"{}\" as going on from the last question",
            text.trim().chars().take(80).collect::<String>()
        ));
        self.memory.candidates.clear();
        self.remember(&format!("{last} – {}", text.trim()), &reading);
        self.fill(best.target, Some(&reading), text);
        self.answer(best.target, best.confidence, None);
        true
    }

    /// Whether a text says that it does not want what it was read as: "I don't want to cancel". Where the content has a
    /// line that says so too, that line is what was read.
    fn is_refused(&self, text: &str, reading: &Reading, best: &Candidate) -> bool {
        let refused = turns::refused(text);
        if refused.is_empty() {
            return false;
        }
        let words = reading.trace.iter().filter(|r| r.target == best.target).flat_map(|r| &r.words);
        let words: Vec<String> = words.map(|w| Words::of(w).text().to_owned()).collect();
        !words.is_empty() && words.iter().all(|w| refused.contains(w) && !turns::is_negation(w))
    }

    /// Another order number after an answer about one: the same answer for it.
    fn new_value(&mut self, text: &str) -> bool {
        if Words::of(text).count() > 4 {
            return false;
        }
        let Some(last) = self.memory.shown.last().filter(|s| !s.rejected) else { return false };
        let Some(target) = self.content.target_of(&last.id).filter(|t| self.content.allowed(*t, &self.situation()))
        else {
            return false;
        };
        let Some(intent) = self.intent(target) else { return false };
        let fits = intent.slots.iter().any(|s| {
            s.pattern.is_some()
                && slots::value_of(s, text)
                    .is_some_and(|v| v.chars().any(|c| c.is_ascii_digit()) && v.chars().count() >= 5)
        });
        if fits && !self.has_failed(target) {
            self.fill(target, None, text);
            self.answer(target, 1.0, None);
            return true;
        }
        false
    }

    /// "That did not help", perhaps with a better question beside it.
    fn rejected_in_words(&mut self, text: &str, whole: &Reading) {
        // The content may have its own words for that, and a person to go with them.
        if let Sense::Sure(best) = self.sense(whole)
            && let Some(intent) = self.intent(best.target).filter(|i| i.handoff == HandoffPolicy::Always)
        {
            if let Some(id) = self.memory.shown.last().map(|s| s.id.clone()) {
                self.reject(&id);
            }
            let about = self.topic();
            let said = self.say_intent(best.target, intent, best.confidence, None);
            self.ring_after(Reason::RepeatedFailure, about, said);
            return;
        }
        let rest: Vec<&str> = clauses::sentences(text)
            .into_iter()
            .flat_map(|s| s.split(", "))
            .filter(|s| !cues::not_helpful(s))
            .collect();
        let rest = rest.join(" ");
        let reading = self.read_kindly(&rest);
        if !Words::of(&rest).is_empty()
            && let Some(shown) = self.memory.shown.last_mut().filter(|s| !s.rejected)
        {
            let id = shown.id.clone();
            if let Sense::Sure(best) = self.sense(&reading)
                && self.content.id_of(best.target) != id
                && self.memory.failed.is_empty()
            {
                self.reject(&id);
                self.remember(&rest, &reading);
                self.fill(best.target, Some(&reading), &rest);
                self.answer(best.target, best.confidence, None);
                return;
            }
        }
        self.rejected(None);
    }

    /// An answer did not help: once, the bot asks on; twice, a person is rung.
    pub(super) fn rejected(&mut self, id: Option<&str>) {
        let tapped = id.is_some();
        let id = match id {
            Some(id) => self.content.target_of(id).map(|_| id.to_owned()),
            None => self.memory.shown.last().map(|s| s.id.clone()),
        };
        if let Some(id) = &id {
            if tapped && self.memory.failed.contains(id) {
                // The same thumb again says nothing new.
                return;
            }
            self.reject(id);
        }
        self.memory.misses = self.memory.misses.saturating_add(1);
        let about = id.as_deref().and_then(|id| self.content.target_of(id));
        if self.memory.misses >= 2 || self.memory.failed.len() >= 2 {
            self.ring(Reason::RepeatedFailure, about);
            return;
        }
        let person = self.person();
        self.tell(self.phrase(Phrase::DidNotHelp), vec![person], None);
        self.memory.pending = Some(Pending::Rephrase);
    }

    fn reject(&mut self, id: &str) {
        for shown in self.memory.shown.iter_mut().filter(|s| s.id == id) {
            shown.rejected = true;
        }
        if !self.memory.failed.iter().any(|f| f == id) {
            self.memory.failed.push(id.to_owned());
        }
        let title = self.memory.shown.iter().find(|s| s.id == id).map_or(id, |s| s.title.as_str());
        self.tried(format!("“{title}” did not help"));
    }
}
