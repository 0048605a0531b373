//! Answers: of intents, once their slots are known, and of articles.

use super::draft::Draft;
use super::{AnswerKind, Ask, Choice, Pending, Reason, Say, Shown, passage};
use crate::content::{HandoffPolicy, Intent, Phrase, Slot};
use crate::engine::Target;

impl<'a> Draft<'a> {
    /// Answers a target: asks for what must be known first, says it, and rings whom the content wants rung.
    pub(super) fn answer(&mut self, target: Target, confidence: f32, lead: Option<Phrase>) {
        self.memory.pending = None;
        self.memory.misses = 0;
        let Some(intent) = self.intent(target) else {
            self.say_article(target, confidence, lead);
            return;
        };
        match self.missing(intent) {
            Some(slot) => self.ask_slot(intent, slot, confidence, lead),
            None => self.answer_intent(target, intent, confidence, lead),
        }
    }

    /// Answers an intent that needs nothing more.
    pub(super) fn answer_intent(&mut self, target: Target, intent: &'a Intent, confidence: f32, lead: Option<Phrase>) {
        let said = self.say_intent(target, intent, confidence, lead);
        if intent.handoff == HandoffPolicy::Always || !said {
            let reason = if self.wished { Reason::Asked } else { Reason::Intent };
            self.ring_after(reason, Some(target), said && self.wished);
        }
    }

    /// Says what an intent has to say; false if that is nothing.
    pub(super) fn say_intent(
        &mut self,
        target: Target,
        intent: &'a Intent,
        confidence: f32,
        lead: Option<Phrase>,
    ) -> bool {
        let (wanted, fallback) = (self.reply_language(), self.content.settings.default_language());
        let Some((template, language)) = intent.answer.as_ref().and_then(|a| a.get(wanted, fallback)) else {
            return false;
        };
        let text = self.render(template);
        if text.trim().is_empty() {
            return false;
        }
        let text = self.with_lead(text.trim(), language, lead);
        let mut options: Vec<Choice> = Vec::new();
        for option in &intent.options {
            let Some(to) = self.content.target_of(&option.intent) else { continue };
            if self.memory.failed.contains(&option.intent) || !self.content.allowed(to, &self.situation()) {
                continue;
            }
            let label = option
                .label
                .get(wanted, fallback)
                .map_or_else(|| self.content.title_of(to, wanted), |(l, _)| l.to_owned());
            options.push(Choice { id: format!("intent:{}", option.intent), label });
        }
        if intent.handoff == HandoffPolicy::Offer {
            options.push(self.person());
        }
        self.memory.slots.retain(|_, value| !value.is_empty());
        self.shown(&intent.id, target, confidence);
        self.say.push(Say::Answer {
            text,
            id: intent.id.clone(),
            kind: AnswerKind::Intent,
            confidence,
            options,
            source: None,
            language,
        });
        true
    }

    fn say_article(&mut self, target: Target, confidence: f32, lead: Option<Phrase>) {
        let Target::Passage { article, passage } = target else { return };
        let quote = self.content.articles.get(article as usize).and_then(|a| {
            let own = a.passages.get(passage as usize);
            // The text before the first heading may be empty: then the first part with words speaks for the article.
            let full = own
                .into_iter()
                .chain(&a.passages)
                .map(|p| (p, passage::cut(&p.markdown, &a.title)))
                .find(|(_, t)| !t.is_empty());
            full.map(|(p, text)| (a, p, text))
        });
        let Some((article, part, text)) = quote else {
            self.ring(Reason::Intent, Some(target));
            return;
        };
        let text = self.with_lead(&text, article.language, lead);
        let path = match part.anchor.as_str() {
            "" => format!("/help/{}", article.id),
            anchor => format!("/help/{}#{anchor}", article.id),
        };
        let id = self.content.id_of(target);
        self.shown(&id, target, confidence);
        let options = Vec::new();
        let source = Some((article.title.clone(), path));
        self.say.push(Say::Answer {
            text,
            id,
            kind: AnswerKind::Article,
            confidence,
            options,
            source,
            language: article.language,
        });
    }

    fn shown(&mut self, id: &str, target: Target, confidence: f32) {
        let title = self.content.title_of(target, self.reply_language());
        self.tried(format!("answered “{title}” ({confidence:.2})"));
        // "Somebody is coming" is nothing that was shown.
        if self.intent(target).is_none_or(|i| i.handoff != HandoffPolicy::Always) {
            self.memory.shown.push(Shown { id: id.to_owned(), title, rejected: false });
        }
    }

    /// Asks for a slot for the first time.
    pub(super) fn ask_slot(&mut self, intent: &'a Intent, slot: &'a Slot, confidence: f32, lead: Option<Phrase>) {
        let topic = self.content.settings.default_language();
        let topic = intent.title.get(topic, topic).map_or(intent.id.as_str(), |(t, _)| t);
        self.tried(format!("asked for {}, to answer “{topic}” ({confidence:.2})", slot.name));
        self.put_question(intent, slot, 1, lead);
    }

    /// Puts the question for a slot, and waits for it.
    pub(super) fn put_question(&mut self, intent: &'a Intent, slot: &'a Slot, tries: u32, lead: Option<Phrase>) {
        let asked = slot.ask.get(self.reply_language(), self.content.settings.default_language());
        let (text, language) = asked.map_or_else(|| (slot.name.as_str(), self.language), |(t, l)| (t, l));
        let text = self.render(text);
        let text = self.with_lead(&text, language, lead);
        self.tell(text, Vec::new(), Some(Ask::Slot(slot.name.clone())));
        self.memory.pending = Some(Pending::Slot { intent: intent.id.clone(), slot: slot.name.clone(), tries });
    }
}
