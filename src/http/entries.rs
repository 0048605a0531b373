//! Entries of a log, from the domain's types to the frames of `protocol`.

use super::wire::{Names, Reader, agent, mid, nameless, page, reason};
use crate::conversation::{Author, Body, Entry, Mark, ReleaseTo, Reopened, Text, TransferTo};
use crate::dialogue::{AnswerKind, Ask, Choice};
use crate::protocol as p;
use crate::types::{ConversationId, Seq};

fn author(by: Author, names: Names<'_>) -> p::From {
    match by {
        Author::Visitor => nameless(p::FromKind::Visitor),
        Author::Bot => nameless(p::FromKind::Bot),
        Author::System => nameless(p::FromKind::System),
        Author::Agent(id) => agent(id, names),
    }
}

/// An entry as a reader sees it; `prev` is the place of the entry before it that this reader may see.
pub(super) fn ev(c: ConversationId, entry: Entry, prev: Seq, reader: Reader, names: Names<'_>) -> p::Ev {
    let Entry { seq, at, author: by, body, sent } = entry;
    // Names of messages are the sender's own affair: a visitor learns its own, agents learn those of agents.
    let own = match by {
        Author::Visitor => reader == Reader::Visitor,
        _ => reader == Reader::Agent,
    };
    p::Ev {
        c: c.to_string(),
        seq: seq.0,
        prev: prev.0,
        mid: mid(c, seq),
        at: at.0,
        from: author(by, names),
        what: what(body, reader, names),
        cmid: sent.filter(|_| own).map(|s| s.cmid),
    }
}

fn what(body: Body, reader: Reader, names: Names<'_>) -> p::EvBody {
    let agents_only = |text: Option<String>| text.filter(|_| reader == Reader::Agent);
    match body {
        Body::Text(Text { text, option, fields, options, ask }) => p::EvBody::Text {
            text,
            option,
            fields: if fields.is_empty() { None } else { Some(fields) },
            options: options.into_iter().map(choice).collect(),
            ask: ask.map(|a| match a {
                Ask::Slot(name) => p::Ask::Slot(name),
                Ask::Email => p::Ask::Email,
            }),
        },
        Body::Answer(a) => p::EvBody::Answer {
            text: a.text,
            id: a.id,
            kind: answer_kind(a.kind),
            confidence: a.confidence,
            options: a.options.into_iter().map(choice).collect(),
            content_version: a.content_version,
            source: a.source.map(|(title, url)| p::Source { title, url }),
            language: a.language.to_string(),
        },
        Body::Clarify { text, options, content_version } => {
            p::EvBody::Clarify { text, options: options.into_iter().map(choice).collect(), content_version }
        }
        Body::Handoff(h) => {
            let crate::conversation::Handoff { reason: why, department, priority, packet: story } = *h;
            p::EvBody::Handoff {
                reason: reason(why),
                department,
                priority: priority.as_str().to_owned(),
                packet: (reader == Reader::Agent).then(|| Box::new(packet(story))),
            }
        }
        Body::Claimed { agent: id } => p::EvBody::Claimed { agent: agent(id, names) },
        Body::Released { to } => p::EvBody::Released {
            to: match to {
                ReleaseTo::Bot => p::ReleaseTo::Bot,
                ReleaseTo::Queue => p::ReleaseTo::Queue,
            },
        },
        Body::Transferred { to, note } => {
            let (to, name) = match to {
                TransferTo::Agent(id) => (p::TransferTo::Agent(id.to_string()), names(id)),
                TransferTo::Department(d) => (p::TransferTo::Department(d), None),
            };
            p::EvBody::Transferred { to, name, note: agents_only(note) }
        }
        Body::Away { agent: id } => p::EvBody::Away { agent: agent(id, names) },
        Body::Note { text, mentions, whisper } => {
            p::EvBody::Note { text, mentions: mentions.iter().map(ToString::to_string).collect(), whisper }
        }
        Body::Marked(mark) => marked(mark),
        Body::Reopened { to } => p::EvBody::Reopened {
            to: match to {
                Reopened::Bot => p::ReopenedTo::Bot,
                Reopened::Queue => p::ReopenedTo::Queue,
                Reopened::Agent => p::ReopenedTo::Agent,
            },
        },
        Body::Rating { score, comment, about } => p::EvBody::Rating { score, comment, about: about.map(|s| s.0) },
        Body::Closed { reason, follow_up } => p::EvBody::Closed {
            reason: agents_only(reason),
            follow_up: follow_up.filter(|_| reader == Reader::Agent).map(|t| t.0),
        },
    }
}

fn marked(mark: Mark) -> p::EvBody {
    let (mut labels, mut snoozed_until, mut follow_up, mut priority) = (None, None, None, None);
    match mark {
        Mark::Labels(all) => labels = Some(all),
        Mark::Snoozed(until) => snoozed_until = Some(until.map_or(0, |t| t.0)),
        Mark::FollowUp(until) => follow_up = Some(until.map_or(0, |t| t.0)),
        Mark::Priority(p) => priority = Some(p.as_str().to_owned()),
    }
    p::EvBody::Marked { labels, snoozed_until, follow_up, priority }
}

fn packet(packet: crate::conversation::Packet) -> p::Packet {
    p::Packet {
        question: packet.question,
        why: packet.why,
        candidates: packet
            .candidates
            .into_iter()
            .map(|g| p::PacketCandidate {
                id: g.id,
                kind: answer_kind(g.kind),
                title: g.title,
                confidence: g.confidence,
                source: g.source,
                line: g.line,
                words: g.words,
            })
            .collect(),
        shown: packet
            .shown
            .into_iter()
            .map(|s| p::PacketShown { id: s.id, title: s.title, rejected: s.rejected })
            .collect(),
        tried: packet.tried,
        slots: packet.slots,
        language: packet.language.map(|l| l.to_string()).unwrap_or_default(),
        page: packet.page.map(page),
        mood: if packet.upset { "upset" } else { "calm" }.to_owned(),
        suggested_reply: packet.suggested_reply,
    }
}

fn choice(choice: Choice) -> p::Choice {
    p::Choice { id: choice.id, label: choice.label }
}

const fn answer_kind(kind: AnswerKind) -> p::AnswerKind {
    match kind {
        AnswerKind::Intent => p::AnswerKind::Intent,
        AnswerKind::Article => p::AnswerKind::Article,
    }
}
