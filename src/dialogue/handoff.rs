//! Ringing a person: for whom, how soon, and what the visitor is told about it.

use super::draft::Draft;
use super::words::Words;
use super::{Ask, Choice, HandOver, Pending, Reason, Said, Wanted, person};
use crate::content::{HandoffPolicy, Intent, Phrase};
use crate::engine::{Reading, Target};
use crate::types::{Language, Priority, Room};

/// Confidence from which a candidate tells what a conversation is about, for those who take it.
const LIKELY: f32 = 0.3;

/// Tried: the same question again and again.
pub(super) const THIRD_TIME: &str = "asked the same for the third time";

/// What stands beside the wish for a person: its sentences of three words and more that wish for nobody.
fn beside(text: &str) -> String {
    let sentences = super::clauses::sentences(text);
    let told = sentences.into_iter().filter(|s| !person::asks_for_person(s) && Words::of(s).count() >= 3);
    told.collect::<Vec<_>>().join(" ")
}

impl<'a> Draft<'a> {
    /// Rings a person, and says so.
    pub(super) fn ring(&mut self, reason: Reason, about: Option<Target>) {
        self.ring_after(reason, about, false);
    }

    /// The same after an answer: where that said already that somebody comes, only news is added.
    pub(super) fn ring_after(&mut self, reason: Reason, about: Option<Target>, announced: bool) {
        if self.hand_over.is_some() {
            return;
        }
        let (department, needs, mut priority) = self.route(about);
        if self.memory.upset > 0 {
            priority = priority.max(Priority::High);
        }
        self.memory.pending = None;
        if self.input.room != Room::Free {
            self.tried(format!("wanted to ring a person ({}), no place in the queue", reason.as_str()));
            // The bot goes on; the next miss is a first one again.
            self.memory.misses = 0;
            self.memory.wanted.get_or_insert(Wanted { reason, since: self.input.at });
            self.leave_address(self.phrase(match self.input.room {
                _ if self.input.email_known => Phrase::PlaceAwaited,
                Room::OwnTaken => Phrase::QueueFullOwn,
                Room::Free | Room::AllTaken => Phrase::QueueFull,
            }));
            return;
        }
        let found = self.memory.wanted.take().filter(|_| self.input.said == Said::Place);
        let mut why = self.why(reason, about);
        self.tried(format!("rang a person: {}", reason.as_str()));
        let language = self.reply_language();
        let hours = self.content.settings.open_state_of(department.as_deref(), self.input.at, language);
        if found.is_some() {
            self.tell(self.phrase(Phrase::PlaceFound), Vec::new(), None);
            why.push("there was no place in the queue before".to_owned());
        } else if hours.open {
            let upset = self.memory.upset > 0;
            if !announced || upset && self.owes_regret {
                self.owes_regret = false;
                let text = self.phrase(if upset { Phrase::HandoffUpset } else { Phrase::Handoff });
                self.tell(text, Vec::new(), None);
            }
        } else {
            let text = match hours.opens_at {
                Some(back) => {
                    let when = self.content.settings.friendly_time(back, self.input.at, language);
                    let said = self.content.settings.friendly_time(back, self.input.at, Language::EN);
                    why.push(format!("it is outside the opening hours; people are back {said}"));
                    self.phrase_with(Phrase::ClosedHours, &[("opens", &when)])
                }
                None => {
                    why.push("it is outside the opening hours".to_owned());
                    self.phrase(Phrase::ClosedUnknown)
                }
            };
            // What is known is not asked for.
            let text = if self.input.email_known { self.phrase(Phrase::ClosedKnown) } else { text };
            self.leave_address(text);
        }
        let suggested_reply = self.suggested_reply(about);
        let since = found.map_or(self.input.at, |wanted| wanted.since);
        self.hand_over = Some(HandOver { reason, department, needs, priority, since, suggested_reply, why });
    }

    /// There is a place in the queue for who wanted one before.
    pub(super) fn place_found(&mut self) {
        if let Some(wanted) = self.memory.wanted {
            self.ring(wanted.reason, None);
        }
    }

    /// Why the bot does not do it alone: what made it ring, then why the question was not answered.
    fn why(&self, reason: Reason, about: Option<Target>) -> Vec<String> {
        let name = |target: Target| format!("“{}”", self.content.title_of(target, self.reply_language()));
        let refused = self.memory.shown.last().filter(|s| s.rejected).map(|s| format!("“{}”", s.title));
        let first = match (reason, refused) {
            (Reason::Asked, _) => "the visitor asked for a person".to_owned(),
            (Reason::LowConfidence, _) => "the visitor took the offer of a person".to_owned(),
            (Reason::RepeatedFailure, Some(title)) => format!("{title} was answered and did not help"),
            (Reason::RepeatedFailure, None) if self.memory.misses >= 2 => "not understood twice in a row".to_owned(),
            // Such as "gave up asking for order_id".
            (Reason::RepeatedFailure, None) => {
                self.memory.tried.last().cloned().unwrap_or_else(|| "the bot cannot go on".to_owned())
            }
            (Reason::Frustration, _) if self.memory.tried.last().is_some_and(|t| t == THIRD_TIME) => {
                format!("the visitor {THIRD_TIME}")
            }
            (Reason::Frustration, _) => "the visitor is upset".to_owned(),
            (Reason::Intent, _) => match about {
                Some(target) => format!("{} always goes to a person", name(target)),
                None => "the content wants a person for it".to_owned(),
            },
            (Reason::Policy, _) => "a rule of the site wants a person".to_owned(),
        };
        [first].into_iter().chain(self.memory.why.iter().map(|w| format!("the question: {w}"))).collect()
    }

    /// People of the department that this would go to are there by its opening hours.
    fn staffed(&self, about: Option<Target>) -> bool {
        let (department, ..) = self.route(about);
        self.content.settings.open_state_of(department.as_deref(), self.input.at, self.language).open
    }

    /// Says that nobody is there, and asks for an address unless there is one.
    fn leave_address(&mut self, text: String) {
        if self.input.email_known {
            self.tell(text, Vec::new(), None);
            return;
        }
        let email = Choice { id: "email".into(), label: self.phrase(Phrase::LeaveEmail) };
        self.tell(text, vec![email], Some(Ask::Email));
        self.memory.pending = Some(Pending::Email { tries: 1 });
    }

    /// A visitor who asks for a person. What the content has to say to that is said first.
    pub(super) fn wish(&mut self, text: &str, reading: &Reading) {
        self.wished = true;
        let sure = reading.candidates.first().filter(|_| reading.verdict == crate::engine::Verdict::Confident).cloned();
        let intent = sure.as_ref().and_then(|c| self.intent(c.target)).filter(|i| i.handoff == HandoffPolicy::Always);
        let only = super::clauses::sentences(text).len() <= 1;
        match (sure, intent) {
            // "Somebody is coming" is no answer while nobody is there.
            (Some(best), Some(intent))
                if only
                    && !self.has_failed(best.target)
                    && self.input.room == Room::Free
                    && self.staffed(self.topic().or(Some(best.target))) =>
            {
                self.keep_wish(text);
                let about = self.topic().or(Some(best.target));
                let said = self.say_intent(best.target, intent, best.confidence, None);
                self.ring_after(Reason::Asked, about, said);
            }
            (sure, intent) => {
                // The wish is no question, but what stands beside it may be: the colleague starts from that.
                let beside = beside(text);
                if !beside.is_empty() {
                    let reading = self.read(&beside);
                    self.remember(&beside, &reading);
                    let likely = reading.candidates.first().filter(|c| c.confidence >= LIKELY).map(|c| c.target);
                    let about = likely.or_else(|| self.topic());
                    return self.ring(Reason::Asked, about);
                }
                if sure.is_some() && intent.is_none() {
                    self.remember(text, reading);
                } else {
                    self.keep_wish(text);
                }
                let about = sure.filter(|_| intent.is_none()).map(|c| c.target).or_else(|| self.topic());
                self.ring(Reason::Asked, about);
            }
        }
    }

    /// With nothing asked before, the wish stands for the question; likeness to other things says nothing then.
    fn keep_wish(&mut self, text: &str) {
        if self.memory.question.is_none() {
            self.memory.question = Some(text.trim().chars().take(500).collect());
        }
    }

    /// What the conversation is about, as far as the bot knows.
    pub(super) fn topic(&self) -> Option<Target> {
        let last = self.memory.shown.last().and_then(|s| self.content.target_of(&s.id));
        last.or_else(|| {
            self.memory
                .candidates
                .first()
                .filter(|g| g.confidence >= LIKELY)
                .and_then(|g| self.content.target_of(&g.id))
        })
    }

    /// Who shall take it, with which skills, and how soon.
    fn route(&self, about: Option<Target>) -> (Option<String>, Vec<String>, Priority) {
        let pending = match &self.memory.pending {
            Some(Pending::Slot { intent, .. }) => self.content.target_of(intent),
            _ => None,
        };
        let known: Vec<_> = [about, pending, self.topic()].into_iter().flatten().collect();
        let first = known.first().and_then(|target| self.intent(*target));
        let department = known.iter().find_map(|target| match *target {
            Target::Intent(_) => self.intent(*target)?.department.clone(),
            Target::Passage { article, .. } => self.content.articles.get(article as usize)?.department.clone(),
        });
        let needs = first.map(|i| i.needs.clone()).unwrap_or_default();
        (department, needs, first.map_or(Priority::Normal, |i| i.priority))
    }

    fn suggested_reply(&self, about: Option<Target>) -> Option<String> {
        // "What you wrote about wanting a person" is nothing to begin with.
        let telling =
            |t: &Target| !(self.wished && self.intent(*t).is_some_and(|i| i.handoff == HandoffPolicy::Always));
        let topic = match about.or_else(|| self.topic()).filter(telling) {
            Some(target) => self.content.title_of(target, self.reply_language()),
            None if self.wished => return None,
            None => self.memory.question.as_ref()?.chars().take(80).collect(),
        };
        let topic = topic.trim();
        (!topic.is_empty())
            .then(|| self.phrase_with(Phrase::SuggestedReply, &[("topic", topic)]))
            .filter(|t| !t.is_empty())
    }

    pub(super) fn intent(&self, target: Target) -> Option<&'a Intent> {
        match target {
            Target::Intent(i) => self.content.intents.get(i as usize),
            Target::Passage { .. } => None,
        }
    }
}
