//! What visitors asked, and what came of it.

use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Deserializer};

use crate::cli::render;
use crate::content::{Phrase, Settings};
use crate::conversation::{Author, Body, Entry, ReleaseTo, State, Text};
use crate::dialogue::{Ask, Reason};
use crate::store::{Range, Side, Store};
use crate::types::{Language, Seq, Timestamp};

/// Read at once.
const PAGE: u32 = 500;
/// Kept of a question by the packet that it is compared with.
const QUESTION: usize = 500;

/// A text that somebody wrote to the bot.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    /// Pieces of one burst are joined by line feeds, as the bot reads them.
    pub(super) text: String,
    /// Of the conversation.
    pub(super) language: Option<Language>,
    pub(super) page: Option<String>,
    pub(super) at: Timestamp,
    /// What answers it, where somebody has said so; `Some(None)`: nothing does.
    pub(super) right: Option<Option<String>>,
}

/// How questions went when they were asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Course {
    pub(super) conversations: usize,
    /// Answered, or asked for what the answer needs.
    pub(super) answered: usize,
    /// Asked which is meant.
    pub(super) asked_back: usize,
    /// Asked for other words.
    pub(super) not_understood: usize,
    /// A person was rung because the visitor wished for one.
    pub(super) wished: usize,
    /// A person was rung for another reason.
    pub(super) handed_over: usize,
}

impl Course {
    pub(super) const fn all(&self) -> usize {
        self.answered + self.asked_back + self.not_understood + self.wished + self.handed_over
    }
}

/// Texts of a file, one object a line.
///
/// # Errors
/// If the file cannot be read, or a line is not what it should be.
pub(super) fn read_file(path: &Path) -> anyhow::Result<Vec<Asked>> {
    #[derive(Deserialize)]
    struct Line {
        text: String,
        #[serde(default)]
        language: Option<String>,
        #[serde(default)]
        page: Option<String>,
        #[serde(default, deserialize_with = "given")]
        id: Option<Option<String>>,
    }
    /// Tells `null` from a key that is not there.
    fn given<'a, D: Deserializer<'a>>(from: D) -> Result<Option<Option<String>>, D::Error> {
        Option::deserialize(from).map(Some)
    }
    let file = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let at = render::now();
    let mut texts = Vec::new();
    for (number, line) in (1_usize..).zip(file.lines()).filter(|(_, l)| !l.trim().is_empty()) {
        let line: Line = serde_json::from_str(line).with_context(|| {
            format!("{}:{number} is not {{\"text\": …, \"language\"?: …, \"id\"?: …}}", path.display())
        })?;
        let language = line.language.map(|l| l.parse()).transpose();
        let language = language.with_context(|| format!("{}:{number} names no language code", path.display()))?;
        texts.push(Asked { text: line.text, language, page: line.page, at, right: line.id });
    }
    Ok(texts)
}

/// What visitors wrote to the bot since then, and what came of it.
///
/// # Errors
/// If the store fails.
pub(super) async fn read(
    store: &dyn Store,
    settings: &Settings,
    since: Timestamp,
) -> anyhow::Result<(Vec<Asked>, Course)> {
    let rephrase: Vec<String> = settings.languages.iter().map(|l| settings.phrase(Phrase::Rephrase, *l)).collect();
    let (mut texts, mut course, mut after) = (Vec::new(), Course::default(), None);
    loop {
        let page = store.touched(since, after, PAGE).await?;
        for c in &page {
            after = Some(*c);
            let Some(state) = store.state(*c).await? else { continue };
            let mut log = Vec::new();
            loop {
                let behind = log.last().map_or(Seq(0), |e: &Entry| e.seq);
                let range = Range { after: behind, before: None, limit: PAGE, side: Side::First };
                let more = store.entries(*c, range).await?;
                let last = more.len() < PAGE as usize;
                log.extend(more);
                if last {
                    break;
                }
            }
            let before = (course.all(), texts.len());
            follow(&log, &state, since, &rephrase, &mut texts, &mut course);
            course.conversations += usize::from((course.all(), texts.len()) != before);
        }
        if page.len() < PAGE as usize {
            return Ok((texts, course));
        }
    }
}

/// One turn: what the visitor wrote, and what the bot did then.
#[derive(Default)]
struct Turn<'a> {
    said: Vec<&'a Text>,
    at: Timestamp,
    did: Vec<&'a Body>,
    did_at: Timestamp,
}

fn follow(
    log: &[Entry],
    state: &State,
    since: Timestamp,
    rephrase: &[String],
    texts: &mut Vec<Asked>,
    course: &mut Course,
) {
    let (mut bots, mut awaited) = (true, false);
    let mut turn = Turn::default();
    let mut end = |turn: &mut Turn<'_>, awaited: &mut bool| {
        let done = std::mem::take(turn);
        if done.at >= since && !done.did.is_empty() {
            weigh(&done, *awaited, state, rephrase, texts, course);
        }
        if let Some(body) = done.did.last() {
            *awaited = matches!(body, Body::Clarify { .. }) || matches!(body, Body::Text(t) if t.ask.is_some());
        }
    };
    for entry in log {
        match (&entry.author, &entry.body) {
            (_, Body::Released { to: ReleaseTo::Bot }) => bots = true,
            (Author::Visitor, Body::Text(text)) if bots => {
                if !turn.did.is_empty() {
                    end(&mut turn, &mut awaited);
                }
                if turn.said.is_empty() {
                    turn.at = entry.at;
                }
                turn.said.push(text);
            }
            (Author::Visitor, _) => end(&mut turn, &mut awaited),
            (Author::Bot, body) if bots => {
                // One turn is one moment. What follows later came of the button or a thumb, not of the words.
                if !turn.did.is_empty() && turn.did_at != entry.at {
                    end(&mut turn, &mut awaited);
                }
                if turn.said.is_empty() {
                    turn.at = entry.at;
                }
                turn.did_at = entry.at;
                turn.did.push(body);
                bots = !matches!(body, Body::Handoff(_));
            }
            _ => {}
        }
    }
    end(&mut turn, &mut awaited);
}

/// Counts a turn, and keeps its text if the bot took it for a question.
fn weigh(
    turn: &Turn<'_>,
    awaited: bool,
    state: &State,
    rephrase: &[String],
    texts: &mut Vec<Asked>,
    course: &mut Course,
) {
    let typed = turn.said.iter().all(|t| t.option.is_none() && t.fields.is_empty());
    let whole = turn.said.iter().map(|t| t.text.as_str()).collect::<Vec<_>>().join("\n");
    let is = |kind: fn(&Body) -> bool| turn.did.iter().any(|b| kind(b));
    let handoff = turn.did.iter().find_map(|b| if let Body::Handoff(h) = b { Some(h) } else { None });
    let asks_again = |b: &&Body| matches!(b, Body::Text(t) if rephrase.iter().any(|r| t.text.contains(r.as_str())));
    // A reply to what the bot asked is no question of its own; a person rung counts whatever led there.
    let question = typed && !awaited && !turn.said.is_empty();
    let read = if let Some(handoff) = handoff {
        match handoff.reason {
            Reason::Asked => course.wished += 1,
            _ => course.handed_over += 1,
        }
        let cut: String = whole.trim().chars().take(QUESTION).collect();
        matches!(handoff.reason, Reason::RepeatedFailure | Reason::Intent) && handoff.packet.question == cut
    } else if !question {
        false
    } else if is(|b| matches!(b, Body::Answer(_)))
        || is(|b| matches!(b, Body::Text(Text { ask: Some(Ask::Slot(_)), .. })))
    {
        course.answered += 1;
        true
    } else if is(|b| matches!(b, Body::Clarify { .. })) {
        course.asked_back += 1;
        true
    } else if turn.did.iter().any(asks_again) {
        course.not_understood += 1;
        true
    } else {
        false
    };
    if read && question {
        let page = state.visit.page.as_ref().and_then(|p| p.url.clone());
        texts.push(Asked { text: whole, language: state.memory.language, page, at: turn.at, right: None });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Answer, Handoff, Packet, Visit};
    use crate::dialogue::{AnswerKind, Choice};
    use crate::types::{AgentId, Priority, VisitorId};

    const AGAIN: &str = "In other words, please?";

    /// `v` the visitor writes, `t` taps, `a` answer, `s` a slot is asked for, `c` asked back, `r` other words wanted,
    /// `k` small talk, `h…` handed over (by the question behind it, or `!` for a wish), `p` a person writes, `b` given back.
    fn entry((seq, (at, line)): (u64, (i64, &str))) -> Entry {
        let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
        let text = |author, text: &str| (author, Body::Text(Text::plain(text)));
        let (author, body) = match kind {
            "v" => text(Author::Visitor, rest),
            "t" => (Author::Visitor, Body::Text(Text { option: Some("x".into()), ..Text::plain(rest) })),
            "a" => {
                let (text, id, content_version) = Default::default();
                let (kind, options, language) = (AnswerKind::Intent, Vec::new(), Language::EN);
                let answer =
                    Answer { text, id, kind, confidence: 0.9, options, content_version, source: None, language };
                (Author::Bot, Body::Answer(answer))
            }
            "s" => (Author::Bot, Body::Text(Text { ask: Some(Ask::Slot("order".into())), ..Text::default() })),
            "c" => {
                let options = vec![Choice { id: "intent:a".into(), label: "A".into() }];
                (Author::Bot, Body::Clarify { text: String::new(), options, content_version: String::new() })
            }
            "r" => text(Author::Bot, &format!("I am sorry.\n\n{AGAIN}")),
            "k" => text(Author::Bot, "Hello!"),
            "h" => {
                let reason = if rest == "!" { Reason::Asked } else { Reason::RepeatedFailure };
                let packet = Packet { question: rest.to_owned(), ..Packet::default() };
                let handoff = Handoff { reason, department: None, priority: Priority::Normal, packet };
                (Author::Bot, Body::Handoff(Box::new(handoff)))
            }
            "p" => text(Author::Agent(AgentId(1)), rest),
            "b" => (Author::System, Body::Released { to: ReleaseTo::Bot }),
            other => panic!("{other}"),
        };
        Entry { seq: Seq(seq), at: Timestamp(at), author, body, sent: None }
    }

    #[test]
    fn only_questions_to_the_bot_are_kept() {
        // Answered, asked back, not understood, wished, handed over otherwise; and the texts.
        for (name, log, counts, wanted) in [
            ("answered", &[(10, "v one"), (10, "a")][..], [1, 0, 0, 0, 0], &["one"][..]),
            ("a burst", &[(10, "v one"), (11, "v two"), (12, "a"), (12, "a")], [1, 0, 0, 0, 0], &["one\ntwo"]),
            ("a slot", &[(10, "v one"), (10, "s"), (20, "v AB1"), (20, "a")], [1, 0, 0, 0, 0], &["one"]),
            ("a choice", &[(10, "v one"), (10, "c"), (20, "t A"), (20, "a")], [0, 1, 0, 0, 0], &["one"]),
            ("small talk", &[(10, "v hi"), (10, "k"), (20, "v one"), (20, "a")], [1, 0, 0, 0, 0], &["one"]),
            (
                "twice not understood",
                &[(10, "v one"), (10, "r"), (20, "v two"), (20, "k"), (20, "h two")],
                [0, 0, 1, 0, 1],
                &["one", "two"],
            ),
            ("it did not help", &[(10, "v one"), (10, "a"), (20, "v no"), (20, "h one")], [1, 0, 0, 0, 1], &["one"]),
            ("the button", &[(10, "v one"), (10, "r"), (20, "k"), (20, "h !")], [0, 0, 1, 1, 0], &["one"]),
            (
                "a person, and back",
                &[(10, "v person"), (10, "h !"), (20, "v two"), (30, "p hi"), (40, "b"), (50, "v three"), (50, "a")],
                [1, 0, 0, 1, 0],
                &["three"],
            ),
            ("long ago", &[(1, "v old"), (1, "a"), (20, "v one"), (20, "c")], [0, 1, 0, 0, 0], &["one"]),
            ("no answer yet", &[(10, "v one")], [0; 5], &[]),
        ] {
            let log: Vec<Entry> = (1..).zip(log.iter().copied()).map(entry).collect();
            let state = State::new(VisitorId(1), Visit::default(), Timestamp(0));
            let (mut texts, mut c) = (Vec::new(), Course::default());
            follow(&log, &state, Timestamp(5), &[AGAIN.to_owned()], &mut texts, &mut c);
            assert_eq!([c.answered, c.asked_back, c.not_understood, c.wished, c.handed_over], counts, "{name}");
            assert_eq!(texts.iter().map(|t| t.text.as_str()).collect::<Vec<_>>(), wanted, "{name}");
        }
    }
}
