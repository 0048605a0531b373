//! Slots: what must be known before an answer makes sense.

use super::draft::{Draft, Sense};
use super::{Pending, clauses, cues};
use crate::content::{Intent, Phrase, Slot};
use crate::engine::{Reading, Target, Verdict};

/// Longest value kept.
const LONGEST: usize = 200;
/// Most values kept.
const MOST: usize = 32;
/// Times a slot is asked for before the bot lets go.
const TRIES: u32 = 2;

/// The value of a slot in a text.
pub(super) fn value_of(slot: &Slot, text: &str) -> Option<String> {
    let Some(pattern) = &slot.pattern else {
        let value: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect();
        return (!value.is_empty()).then_some(value);
    };
    // Visitors do not care for capitals; codes do.
    let loose = regex::RegexBuilder::new(pattern.as_str()).case_insensitive(true).build();
    let found = loose.as_ref().unwrap_or(pattern).captures(text)?;
    let value = found.name(&slot.name).or_else(|| found.get(0))?.as_str().trim();
    let value: String = value.chars().take(LONGEST).collect();
    if value.is_empty() {
        return None;
    }
    Some(if only_capitals(pattern.as_str()) { value.to_uppercase() } else { value })
}

/// The letters that a pattern stands for are capitals, every one.
fn only_capitals(pattern: &str) -> bool {
    let mut letters = 0;
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => {
                // \d, \b, and \p{…} with its name.
                let class = rest.next();
                let named = matches!(class, Some('p' | 'P')) && rest.peek() == Some(&'{');
                while named && rest.next().is_some_and(|c| c != '}') {}
            }
            '(' if rest.peek() == Some(&'?') => {
                // (?i), (?:…), (?P<name>…)
                rest.find(|c| matches!(c, ':' | '>' | ')'));
            }
            c if c.is_lowercase() => return false,
            c if c.is_uppercase() => letters += 1,
            _ => {}
        }
    }
    letters > 0
}

/// A wrong value rather than no value: it looks like an attempt to give one.
fn is_attempt(slot: &Slot, text: &str) -> bool {
    let pattern = slot.pattern.as_ref().map_or("", |p| p.as_str());
    let digits = pattern.contains("\\d") || pattern.contains("0-9");
    (digits && text.chars().any(|c| c.is_ascii_digit())) || (pattern.contains('@') && text.contains('@'))
}

impl<'a> Draft<'a> {
    /// The first slot of an intent that is not known.
    pub(super) fn missing(&self, intent: &'a Intent) -> Option<&'a Slot> {
        intent.slots.iter().find(|slot| match self.memory.slots.get(&slot.name) {
            // An empty value marks what the visitor could do without.
            Some(value) if value.is_empty() => !slot.optional,
            Some(value) => value_of(slot, value).is_none(),
            None => true,
        })
    }

    /// Takes values out of what the visitor wrote: groups of the pattern that matched, and codes that fit a slot.
    pub(super) fn fill(&mut self, target: Target, reading: Option<&Reading>, text: &str) {
        let Some(intent) = self.intent(target) else { return };
        let own = reading.filter(|r| r.candidates.first().is_some_and(|c| c.target == target));
        for (name, value) in own.into_iter().flat_map(|r| &r.captures) {
            match intent.slots.iter().find(|s| s.name == *name) {
                Some(slot) => {
                    if let Some(value) = value_of(slot, value) {
                        self.keep(name, value);
                    }
                }
                None => self.keep(name, value.chars().take(LONGEST).collect()),
            }
        }
        for slot in intent.slots.iter().filter(|s| s.pattern.is_some()) {
            // Long enough and with a digit: a code, not a word that a loose pattern happens to fit.
            let code = value_of(slot, text).filter(|v| v.chars().count() >= 5 && v.chars().any(|c| c.is_ascii_digit()));
            if let Some(value) = code {
                self.keep(&slot.name, value);
            }
        }
    }

    fn keep(&mut self, name: &str, value: String) {
        if self.memory.slots.len() < MOST || self.memory.slots.contains_key(name) {
            self.memory.slots.insert(name.to_owned(), value);
        }
    }

    /// A text while a slot is asked for. False: the text is to be taken as any other.
    pub(super) fn slot_reply(&mut self, pending: (String, String, u32), text: &str, whole: &Reading) -> bool {
        let (intent_id, slot_name, tries) = pending;
        let Some(target) = self.content.target_of(&intent_id) else { return false };
        let Some(intent) = self.intent(target) else { return false };
        let Some(slot) = intent.slots.iter().find(|s| s.name == slot_name) else { return false };

        let other = self.other_question(target, text, whole);
        let free = slot.pattern.is_none();
        if let Some(value) =
            value_of(slot, text).filter(|_| !free || (other.is_none() && !cues::skips(text) && !cues::no(text)))
        {
            self.keep(&slot.name, value);
            self.answer(target, 1.0, None);
            // "AB123456. And how do I return it?"
            let rest: Vec<&str> =
                clauses::sentences(text).into_iter().filter(|s| free || value_of(slot, s).is_none()).collect();
            if !free && self.hand_over.is_none() && !rest.is_empty() {
                let rest = rest.join(" ");
                let reading = self.read(&rest);
                if let Some(more) = self.other_question(target, &rest, &reading) {
                    self.interrupt(more, &rest, &reading, Some(Phrase::AndAlso));
                }
            }
            return true;
        }
        if let Some(more) = other {
            self.interrupt(more, text, whole, None);
            return true;
        }
        if cues::small_talk(text).is_some() && !cues::yes(text) {
            // "Thanks", "one moment please": kind, and no value.
            self.put_question(intent, slot, tries, Some(Phrase::BackTo));
            return true;
        }
        if cues::skips(text) || cues::no(text) {
            self.give_up(target, slot);
            return true;
        }
        let again = whole.verdict == Verdict::Confident && whole.candidates.first().is_some_and(|c| c.target == target);
        if matches!(self.sense(whole), Sense::Maybe(_)) && clauses::is_question(text) && !is_attempt(slot, text) {
            return false;
        }
        if again && self.asked_before(text) >= 2 {
            self.repeated();
            return true;
        }
        if !again && !is_attempt(slot, text) {
            self.memory.misses = self.memory.misses.saturating_add(1);
        }
        let done = tries >= TRIES;
        if self.memory.misses >= 2 && !(slot.optional && done) {
            self.tried(format!("no value for {}, not understood twice", slot.name));
            self.memory.pending = Some(Pending::Slot { intent: intent_id, slot: slot_name, tries });
            self.ring(super::Reason::RepeatedFailure, Some(target));
            return true;
        }
        if done {
            self.give_up(target, slot);
            return true;
        }
        self.tried(format!("no valid {}, asked again", slot.name));
        let retry = slot.retry.get(self.reply_language(), self.content.settings.default_language());
        match retry.map(|(t, _)| self.render(t)).filter(|t| !t.trim().is_empty()) {
            Some(text) => {
                self.tell(text, Vec::new(), Some(super::Ask::Slot(slot.name.clone())));
                self.memory.pending = Some(Pending::Slot { intent: intent_id, slot: slot_name, tries: tries + 1 });
            }
            None => self.put_question(intent, slot, tries + 1, None),
        }
        true
    }

    /// A question that is surely about something else than the intent that waits for a slot.
    fn other_question(&self, waiting: Target, text: &str, reading: &Reading) -> Option<(Target, f32)> {
        let Sense::Sure(best) = self.sense(reading) else { return None };
        let waits = self.intent(waiting)?;
        // What a free text answers may well sound like a question of the content; only its form tells them apart.
        let free = waits.slots.iter().all(|s| s.pattern.is_none());
        (best.target != waiting && (!free || clauses::is_question(text))).then_some((best.target, best.confidence))
    }

    /// Answers another question, then comes back to the slot.
    fn interrupt(&mut self, (target, confidence): (Target, f32), text: &str, reading: &Reading, lead: Option<Phrase>) {
        let waiting = match self.memory.pending.take() {
            Some(Pending::Slot { intent, slot, tries }) => Some((intent, slot, tries)),
            _ => None,
        };
        let misses = self.memory.misses;
        let small = cues::small_talk(text).is_some();
        if !small {
            self.remember(text, reading);
        }
        self.fill(target, Some(reading), text);
        self.answer(target, confidence, lead);
        if small {
            self.memory.misses = misses;
        }
        // Nothing to come back to: a person was rung, or the other question waits for something itself.
        if self.hand_over.is_some() || self.memory.pending.is_some() {
            return;
        }
        let Some((intent, slot, tries)) = waiting else { return };
        let back = self.content.target_of(&intent).and_then(|t| self.intent(t));
        if let Some((intent, slot)) = back.and_then(|i| i.slots.iter().find(|s| s.name == slot).map(|s| (i, s))) {
            self.put_question(intent, slot, tries, Some(Phrase::BackTo));
        }
    }

    /// Two tries and no value: does without where the content can, else rings a person.
    fn give_up(&mut self, target: Target, slot: &Slot) {
        let misses = self.memory.misses;
        self.tried(format!("gave up asking for {}", slot.name));
        if slot.optional {
            self.keep(&slot.name, String::new());
            self.answer(target, 1.0, None);
            // Doing without is no proof of having understood: the next miss counts on.
            self.memory.misses = misses.min(1);
            return;
        }
        // The answer makes no sense without: a person can find the value in other ways.
        let text = self.phrase(Phrase::SlotGivenUp);
        self.tell(text, Vec::new(), None);
        self.ring_after(super::Reason::RepeatedFailure, Some(target), true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Localized;

    fn slot(pattern: Option<&str>) -> Slot {
        Slot {
            name: "order_id".into(),
            ask: Localized::default(),
            pattern: pattern.map(|p| regex::Regex::new(p).unwrap()),
            retry: Localized::default(),
            optional: false,
        }
    }

    #[test]
    fn values_are_found_anywhere() {
        let code = slot(Some(r"\b[A-Z]{2}\d{6}\b"));
        assert_eq!(value_of(&code, "it is ab123456, thanks").as_deref(), Some("AB123456"));
        assert_eq!(value_of(&code, "12345"), None);
        let named = slot(Some(r"order (?P<order_id>\d+)"));
        assert_eq!(value_of(&named, "Order 77").as_deref(), Some("77"));
        let loose = slot(Some(r"(?i)\b[a-z]{2}\d{6}\b"));
        assert_eq!(value_of(&loose, "Ab123456").as_deref(), Some("Ab123456"));
        assert_eq!(value_of(&slot(None), " any\n text ").as_deref(), Some("any text"));
        assert_eq!(value_of(&slot(None), "  "), None);
    }

    #[test]
    fn capitals_of_a_pattern() {
        for (pattern, capitals) in [
            (r"[A-Z]{2}\d{6}", true),
            (r"\bX\w+", true),
            (r"[a-z]+", false),
            (r"(?P<id>[A-Z])", true),
            (r"\d+", false),
            (r"(?i)[A-Z]", true),
            (r"\p{Lu}X", true),
        ] {
            assert_eq!(only_capitals(pattern), capitals, "{pattern}");
        }
    }
}
