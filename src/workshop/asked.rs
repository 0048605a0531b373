//! What visitors asked, and what came of it: a fold over the log of a conversation.

use std::collections::BTreeMap;

use crate::conversation::{Author, Body, Entry, ReleaseTo, State, Text};
use crate::dialogue::{Ask, Reason};
use crate::types::{ConversationId, Language, Seq, Timestamp, VisitorId};

/// Kept of a question by the packet that it is compared with.
const QUESTION: usize = 500;
/// Turns after an answer within which a person tells that it was not enough.
const SOON: usize = 2;

/// A text that somebody wrote to the bot.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// Pieces of one burst are joined by line feeds, as the bot reads them.
    pub text: String,
    /// Of the conversation.
    pub language: Option<Language>,
    /// Where the visitor was last in this conversation.
    pub page: Option<String>,
    /// When it was asked.
    pub at: Timestamp,
    /// What answers it, where somebody has said so; `Some(None)`: nothing does.
    pub right: Option<Option<String>>,
    /// Where it stands; none for a text that stands in no log.
    pub from: Option<(ConversationId, Seq)>,
    /// Whose it is, where that is known.
    pub visitor: Option<VisitorId>,
    /// What the bot did.
    pub came: Came,
    /// The visitor gave the answer a thumb down.
    pub thumbs_down: bool,
    /// The answer was followed by a person within two turns, though the content does not want one.
    pub handed_over_soon: bool,
}

/// What came of a question.
#[derive(Debug, Clone, PartialEq)]
pub enum Came {
    /// It was answered, or asked for what the answer needs.
    Answered {
        /// Intent or passage; empty where no answer came in the end.
        id: String,
        /// Of that answer, 0.0..=1.0.
        confidence: f32,
    },
    /// The bot asked which is meant.
    AskedBack {
        /// The visitor took one of them.
        taken: bool,
    },
    /// The bot asked for other words, or rang a person because it had asked for them before.
    Unknown,
    /// The content wants a person for it.
    HandedOver,
}

impl Asked {
    /// A text of which nothing more is known.
    #[must_use]
    pub fn plain(text: String, at: Timestamp) -> Self {
        let (language, page, right, from, visitor, came) = (None, None, None, None, None, Came::Unknown);
        let (thumbs_down, handed_over_soon) = (false, false);
        Self { text, language, page, at, right, from, visitor, came, thumbs_down, handed_over_soon }
    }
}

/// How questions went when they were asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Course {
    /// In which anything was asked.
    pub conversations: usize,
    /// Answered, or asked for what the answer needs.
    pub answered: usize,
    /// Asked which is meant.
    pub asked_back: usize,
    /// Asked for other words.
    pub not_understood: usize,
    /// A person was rung because the visitor wished for one.
    pub wished: usize,
    /// A person was rung for another reason.
    pub handed_over: usize,
    /// Answers by intent or passage, whatever led to them.
    pub used: BTreeMap<String, Used>,
}

/// How often something answered, and how often that was not enough.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Used {
    /// Answers.
    pub answered: u64,
    /// Of these followed by a person within two turns.
    pub handed: u64,
}

impl Course {
    /// All turns that were counted.
    #[must_use]
    pub const fn all(&self) -> usize {
        self.answered + self.asked_back + self.not_understood + self.wished + self.handed_over
    }
}

/// A conversation as the store has it.
pub struct Held<'a> {
    /// Which.
    pub c: ConversationId,
    /// All of it, in order.
    pub log: &'a [Entry],
    /// As it is now.
    pub state: &'a State,
}

/// Adds what a visitor wrote to the bot since then, and what came of it. `rephrase` are the words with which the bot asks
/// for others.
pub fn follow(held: &Held<'_>, since: Timestamp, rephrase: &[String], texts: &mut Vec<Asked>, course: &mut Course) {
    let before = (course.all(), texts.len());
    let mut fold = Fold {
        held,
        since,
        rephrase,
        texts,
        course,
        bots: true,
        awaits: None,
        open: Vec::new(),
        given: Vec::new(),
        turn: Turn::default(),
    };
    held.log.iter().for_each(|entry| fold.entry(entry));
    fold.end();
    course.conversations += usize::from((course.all(), texts.len()) != before);
}

/// One turn: what the visitor wrote, and what the bot did then.
#[derive(Default)]
struct Turn<'a> {
    said: Vec<(Seq, &'a Text)>,
    at: Timestamp,
    did: Vec<(Seq, &'a Body)>,
    did_at: Timestamp,
}

/// What the bot waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Awaits {
    /// Which is meant.
    Choice,
    /// A slot, or an address.
    Value,
}

/// A question that may still turn out to be answered badly, or at all.
struct Open {
    /// Place among the texts.
    text: usize,
    /// Turns since.
    turns: usize,
    /// Of its answer; none before it came.
    answer: Option<Seq>,
    /// The content itself offers or wants a person for it.
    wants: bool,
}

/// An answer that a person may still follow.
struct Given<'a> {
    id: &'a str,
    turns: usize,
}

struct Fold<'a, 'b> {
    held: &'b Held<'a>,
    since: Timestamp,
    rephrase: &'b [String],
    texts: &'b mut Vec<Asked>,
    course: &'b mut Course,
    /// The bot is the one who answers.
    bots: bool,
    awaits: Option<Awaits>,
    open: Vec<Open>,
    given: Vec<Given<'a>>,
    turn: Turn<'a>,
}

impl<'a> Fold<'a, '_> {
    fn entry(&mut self, entry: &'a Entry) {
        match (&entry.author, &entry.body) {
            (_, Body::Released { to: ReleaseTo::Bot }) => self.bots = true,
            (Author::Visitor, Body::Text(text)) if self.bots => {
                if !self.turn.did.is_empty() {
                    self.end();
                }
                if self.turn.said.is_empty() {
                    self.turn.at = entry.at;
                }
                self.turn.said.push((entry.seq, text));
            }
            (Author::Visitor, body) => {
                self.end();
                if let Body::Rating { score, about: Some(about), .. } = body {
                    self.rated(*about, *score);
                }
            }
            (Author::Bot, body) if self.bots => {
                // One turn is one moment. What follows later came of the button or a thumb, not of the words.
                if !self.turn.did.is_empty() && self.turn.did_at != entry.at {
                    self.end();
                }
                if self.turn.said.is_empty() {
                    self.turn.at = entry.at;
                }
                self.turn.did_at = entry.at;
                self.turn.did.push((entry.seq, body));
                self.bots = !matches!(body, Body::Handoff(_));
            }
            _ => {}
        }
    }

    /// A thumb, or stars, for one answer; two of five and less are a thumb down. The last word counts.
    fn rated(&mut self, about: Seq, score: u8) {
        let open = self.open.iter().rev().find(|o| o.answer == Some(about));
        if let Some(text) = open.and_then(|o| self.texts.get_mut(o.text)) {
            text.thumbs_down = score <= 2;
        }
    }

    fn end(&mut self) {
        let turn = std::mem::take(&mut self.turn);
        if turn.did.is_empty() {
            return;
        }
        self.judge(&turn);
        if turn.at >= self.since {
            self.use_of(&turn);
            self.weigh(&turn);
        }
        self.awaits = match turn.did.last() {
            Some((_, Body::Clarify { .. })) => Some(Awaits::Choice),
            Some((_, Body::Text(text))) if text.ask.is_some() => Some(Awaits::Value),
            _ => None,
        };
    }

    /// What this turn says of the questions before it.
    fn judge(&mut self, turn: &Turn<'a>) {
        let answer = turn.did.iter().find_map(|(seq, b)| if let Body::Answer(a) = b { Some((*seq, a)) } else { None });
        let asks_slot = turn.did.iter().any(|(_, b)| matches!(b, Body::Text(Text { ask: Some(Ask::Slot(_)), .. })));
        let reason = turn.did.iter().find_map(|(_, b)| if let Body::Handoff(h) = b { Some(h.reason) } else { None });
        let refused = turn.said.iter().any(|(_, t)| t.option.as_deref() == Some("none"));
        self.open.iter_mut().for_each(|o| o.turns += 1);
        if let Some(last) = self.open.last_mut()
            && last.turns == 1
            && let Some(asked) = self.texts.get_mut(last.text)
        {
            match (&mut asked.came, self.awaits) {
                (Came::AskedBack { taken }, Some(Awaits::Choice)) if !refused && (answer.is_some() || asks_slot) => {
                    *taken = true;
                    last.answer = answer.map(|(seq, _)| seq);
                }
                _ => {}
            }
        }
        // A slot may be asked for more than once before the answer comes.
        if let (Some((seq, answer)), Some(Awaits::Value)) = (answer, self.awaits)
            && let Some(last) = self.open.last_mut().filter(|o| o.answer.is_none())
            && let Some(Asked { came: Came::Answered { id, confidence }, .. }) = self.texts.get_mut(last.text)
        {
            id.clone_from(&answer.id);
            *confidence = answer.confidence;
            (last.answer, last.turns) = (Some(seq), 0);
        }
        if reason.is_some_and(|r| !matches!(r, Reason::Intent | Reason::Policy)) {
            for open in self.open.iter().filter(|o| o.answer.is_some() && o.turns <= SOON && !o.wants) {
                if let Some(asked) = self.texts.get_mut(open.text) {
                    asked.handed_over_soon = true;
                }
            }
            for given in self.given.drain(..).filter(|g| g.turns < SOON) {
                self.course.used.entry(given.id.to_owned()).or_default().handed += 1;
            }
        }
        self.given.iter_mut().for_each(|g| g.turns += 1);
    }

    /// Counts the answers of a turn, typed for or tapped.
    fn use_of(&mut self, turn: &Turn<'a>) {
        for (_, body) in &turn.did {
            if let Body::Answer(answer) = body {
                self.course.used.entry(answer.id.clone()).or_default().answered += 1;
                self.given.push(Given { id: &answer.id, turns: 0 });
            }
        }
    }

    /// Counts a turn, and keeps its text if the bot took it for a question.
    fn weigh(&mut self, turn: &Turn<'_>) {
        let typed = turn.said.iter().all(|(_, t)| t.option.is_none() && t.fields.is_empty());
        let whole = turn.said.iter().map(|(_, t)| t.text.as_str()).collect::<Vec<_>>().join("\n");
        let is = |kind: fn(&Body) -> bool| turn.did.iter().any(|(_, b)| kind(b));
        let handoff = turn.did.iter().find_map(|(_, b)| if let Body::Handoff(h) = b { Some(h) } else { None });
        let answer = turn.did.iter().find_map(|(seq, b)| if let Body::Answer(a) = b { Some((*seq, a)) } else { None });
        let rephrase = self.rephrase;
        let asks_again = |b: &Body| matches!(b, Body::Text(t) if rephrase.iter().any(|r| t.text.contains(r.as_str())));
        // A reply to what the bot asked is no question of its own; a person rung counts whatever led there.
        let question = typed && self.awaits.is_none() && !turn.said.is_empty();
        let answered = || match answer {
            Some((_, a)) => Came::Answered { id: a.id.clone(), confidence: a.confidence },
            None => Came::Answered { id: String::new(), confidence: 1.0 },
        };
        let came = if let Some(handoff) = handoff {
            match handoff.reason {
                Reason::Asked => self.course.wished += 1,
                _ => self.course.handed_over += 1,
            }
            let cut: String = whole.trim().chars().take(QUESTION).collect();
            let about_this = handoff.packet.question == cut;
            match handoff.reason {
                Reason::RepeatedFailure if about_this => Some(Came::Unknown),
                Reason::Intent if about_this => Some(Came::HandedOver),
                _ => None,
            }
        } else if !question {
            None
        } else if answer.is_some() || is(|b| matches!(b, Body::Text(Text { ask: Some(Ask::Slot(_)), .. }))) {
            self.course.answered += 1;
            Some(answered())
        } else if is(|b| matches!(b, Body::Clarify { .. })) {
            self.course.asked_back += 1;
            Some(Came::AskedBack { taken: false })
        } else if turn.did.iter().any(|(_, b)| asks_again(b)) {
            self.course.not_understood += 1;
            Some(Came::Unknown)
        } else {
            None
        };
        let Some(came) = came.filter(|_| question) else { return };
        let page = self.held.state.visit.page.as_ref().and_then(|p| p.url.clone());
        let wants = matches!(came, Came::HandedOver);
        self.open.push(Open { text: self.texts.len(), turns: 0, answer: answer.map(|(seq, _)| seq), wants });
        self.texts.push(Asked {
            language: self.held.state.memory.language,
            page,
            from: turn.said.first().map(|(seq, _)| (self.held.c, *seq)),
            visitor: Some(self.held.state.visitor),
            came,
            ..Asked::plain(whole, turn.at)
        });
    }
}

#[cfg(test)]
mod tests;
