//! "Did you mean…": asked where the reading is not sure, and what comes of the choice.

use super::draft::{Draft, Sense};
use super::{Choice, Pending, Reason, Say, choices};
use crate::content::Phrase;
use crate::engine::{Candidate, Reading, Target};

impl Draft<'_> {
    /// Asks which of at most three is meant.
    pub(super) fn clarify(&mut self, candidates: &[Candidate]) {
        let language = self.reply_language();
        let mut options: Vec<Choice> = Vec::new();
        for candidate in candidates {
            let id = self.content.id_of(candidate.target);
            let id = match candidate.target {
                Target::Intent(_) => format!("intent:{id}"),
                Target::Passage { .. } => format!("article:{id}"),
            };
            let label = self.content.title_of(candidate.target, language);
            if options.len() < 3 && !options.iter().any(|o| o.id == id || o.label == label) {
                options.push(Choice { id, label });
            }
        }
        let ids: Vec<&str> = options.iter().map(|o| o.id.split_once(':').map_or("", |(_, id)| id)).collect();
        self.tried(format!("asked \"Did you mean…\": {}", ids.join(", ")));
        options.push(Choice { id: "none".into(), label: self.phrase(Phrase::NoneOfThese) });
        let text = self.with_regret(self.phrase(Phrase::Clarify));
        self.say.push(Say::Clarify { text, options: options.clone() });
        self.memory.pending = Some(Pending::Clarify { options });
    }

    /// A text while a choice is asked for. False: the text is to be taken as any other.
    pub(super) fn clarify_reply(&mut self, options: &[Choice], text: &str, whole: &Reading) -> bool {
        // A sure reading of a whole new sentence wins over a word it shares with an option.
        let sure = matches!(self.sense(whole), Sense::Sure(_) | Sense::Failed(_))
            && super::words::Words::of(text).count() >= 4;
        let Some(choice) = choices::resolve(text, options)
            .filter(|c| !sure || super::words::Words::of(&c.label) == super::words::Words::of(text))
        else {
            let Sense::Maybe(candidates) = self.sense(whole) else { return false };
            let same = candidates.iter().all(|c| {
                let id = self.content.id_of(c.target);
                options.iter().any(|o| o.id.split_once(':').is_some_and(|(_, i)| i == id))
            });
            if same {
                // The same list again would go round in a circle.
                self.remember(text, whole);
                self.declined();
            }
            return same;
        };
        self.choose(&choice.id, &choice.label);
        true
    }

    /// Follows a choice: of a list, or of the options under a text.
    pub(super) fn choose(&mut self, id: &str, label: &str) {
        let pending = self.memory.pending.take();
        let listed = matches!(pending, Some(Pending::Clarify { .. }));
        match id {
            "none" => {
                self.declined();
                return;
            }
            "person" => {
                let rejected = self.memory.shown.last().is_some_and(|s| s.rejected);
                let reason = match pending {
                    Some(Pending::Rephrase) if rejected => Reason::RepeatedFailure,
                    Some(Pending::Rephrase | Pending::Clarify { .. }) => Reason::LowConfidence,
                    _ => Reason::Asked,
                };
                self.memory.pending = pending;
                self.ring(reason, None);
                return;
            }
            "email" => {
                if self.input.email_known {
                    self.tell(self.phrase(Phrase::AnythingElse), Vec::new(), None);
                } else {
                    self.ask_address();
                }
                return;
            }
            "no" => {
                self.tell(self.phrase(Phrase::AnythingElse), Vec::new(), None);
                return;
            }
            _ => {}
        }
        let named = id.split_once(':').filter(|(kind, _)| matches!(*kind, "intent" | "article")).map(|(_, id)| id);
        let target = named
            .and_then(|id| self.content.target_of(id))
            .filter(|t| matches!(t, Target::Intent(_)) == id.starts_with("intent:"))
            .filter(|t| self.content.allowed(*t, &self.situation()));
        let Some(target) = target else {
            // Not of this content, or not any more: its words are still the visitor's.
            self.memory.pending = pending.filter(|p| !matches!(p, Pending::Clarify { .. }));
            self.text(label);
            return;
        };
        if listed {
            let id = self.content.id_of(target);
            self.amend(&format!("took {id}"));
            self.memory.why = None;
        } else {
            self.memory.question = Some(label.chars().take(200).collect());
            self.memory.candidates.clear();
            self.memory.why = None;
        }
        if self.has_failed(target) {
            self.ring(Reason::RepeatedFailure, Some(target));
            return;
        }
        if listed {
            let question = self.memory.question.clone().unwrap_or_default();
            self.fill(target, None, &question);
        }
        self.answer(target, 1.0, None);
    }

    /// None of what was offered: one more try in other words, then a person.
    pub(super) fn declined(&mut self) {
        self.amend("none taken");
        self.miss();
    }

    /// Adds what came of the last list to its line.
    fn amend(&mut self, outcome: &str) {
        if let Some(line) = self.memory.tried.last_mut().filter(|l| l.starts_with("asked \"Did you mean")) {
            line.push_str("; ");
            line.push_str(outcome);
        }
    }
}
