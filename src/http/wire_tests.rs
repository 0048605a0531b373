use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::conversation::{Answer, Handoff, Packet, Sent};
use crate::conversation::{Author, Body, Text, TransferTo};
use crate::dialogue::{AnswerKind, Choice};
use crate::dialogue::{Guess, Shown};
use crate::http::entries::ev;
use crate::types::{Language, Priority, Timestamp, VisitorId};

const C: ConversationId = ConversationId(0xc0ffee);

fn names(id: AgentId) -> Option<String> {
    (id.0 == 7).then(|| "Anna".to_owned())
}

fn seen(author: Author, body: Body, reader: Reader) -> Value {
    let sent = Some(Sent { cmid: "m1".to_owned(), digest: [0; 16] });
    let entry = Entry { seq: Seq(5), at: Timestamp(1_000), author, body, sent };
    json!(ev(C, entry, Seq(3), reader, &names))
}

#[test]
fn an_entry_is_written_like_this() {
    let told = seen(Author::Visitor, Body::Text(Text::plain("hello")), Reader::Visitor);
    let c = "00000000000000000000000000c0ffee";
    assert_eq!(
        told,
        json!({
            "c": c, "seq": 5, "prev": 3, "mid": format!("{c}-5"), "at": 1_000, "from": {"kind": "visitor"},
            "kind": "text", "body": {"text": "hello"}, "cmid": "m1"
        })
    );
    let answer = Body::Answer(Answer {
        text: "Every day.".into(),
        id: "hours".into(),
        kind: AnswerKind::Intent,
        confidence: 0.5,
        options: vec![Choice { id: "intent:x".into(), label: "X".into() }],
        content_version: "v1".into(),
        source: Some(("Hours".into(), "/help/hours".into())),
        language: Language::DE,
    });
    assert_eq!(
        seen(Author::Bot, answer, Reader::Visitor)["body"],
        json!({
            "text": "Every day.", "id": "hours", "kind": "intent", "confidence": 0.5, "options": [{"id": "intent:x", "label": "X"}],
            "content_version": "v1", "source": {"title": "Hours", "url": "/help/hours"}, "language": "de"
        })
    );
    let claimed = seen(Author::Agent(AgentId(7)), Body::Claimed { agent: AgentId(7) }, Reader::Visitor);
    assert_eq!(claimed["body"], json!({"agent": {"kind": "agent", "id": "a7", "name": "Anna"}}));
    assert_eq!(claimed["from"], json!({"kind": "agent", "id": "a7", "name": "Anna"}));
    assert!(claimed["cmid"].is_null(), "names of messages are their sender's");
}

#[test]
fn visitors_are_not_told_what_is_for_agents() {
    let packet = Packet {
        question: "where?".into(),
        why: vec!["asked for".into()],
        candidates: vec![Guess {
            id: "x".into(),
            kind: AnswerKind::Article,
            title: "X".into(),
            confidence: 0.25,
            source: Some("a.yaml:3".into()),
            line: Some("where is it".into()),
            words: vec!["where".into()],
        }],
        shown: vec![Shown { id: "x".into(), title: "X".into(), rejected: true }],
        tried: vec!["asked".into()],
        slots: BTreeMap::from([("order".into(), "7".into())]),
        language: Some(Language::EN),
        page: Some(Page { url: Some("https://shop.example/".into()), ..Page::default() }),
        upset: true,
        suggested_reply: Some("Hello".into()),
    };
    let handoff = |reader| {
        let body = Handoff {
            reason: Reason::Frustration,
            department: Some("orders".into()),
            priority: Priority::High,
            packet: packet.clone(),
        };
        seen(Author::Bot, Body::Handoff(Box::new(body)), reader)["body"].clone()
    };
    assert_eq!(handoff(Reader::Visitor), json!({"reason": "frustration", "department": "orders", "priority": "high"}));
    assert_eq!(
        handoff(Reader::Agent)["packet"],
        json!({
            "question": "where?", "why": ["asked for"],
            "candidates": [{"id": "x", "kind": "article", "title": "X", "confidence": 0.25, "source": "a.yaml:3", "line": "where is it", "words": ["where"]}],
            "shown": [{"id": "x", "title": "X", "rejected": true}], "tried": ["asked"], "slots": {"order": "7"}, "language": "en",
            "page": {"url": "https://shop.example/", "title": null, "referrer": null}, "mood": "upset", "suggested_reply": "Hello"
        })
    );
    let moved = Body::Transferred { to: TransferTo::Agent(AgentId(7)), note: Some("careful".into()) };
    assert_eq!(
        seen(Author::Agent(AgentId(8)), moved.clone(), Reader::Visitor)["body"],
        json!({"to": {"agent": "a7"}, "name": "Anna"})
    );
    assert_eq!(seen(Author::Agent(AgentId(8)), moved, Reader::Agent)["body"]["note"], "careful");
    let closed = Body::Closed { reason: Some("spam".into()), follow_up: None };
    assert_eq!(seen(Author::Agent(AgentId(7)), closed.clone(), Reader::Visitor)["body"], json!({}));
    assert_eq!(seen(Author::Agent(AgentId(7)), closed, Reader::Agent)["body"], json!({"reason": "spam"}));
    let note = Entry {
        seq: Seq(1),
        at: Timestamp(0),
        author: Author::Agent(AgentId(7)),
        body: Body::Note { text: "x".into(), mentions: Vec::new(), whisper: false },
        sent: None,
    };
    assert!(!visible(&note, Reader::Visitor) && visible(&note, Reader::Agent));
}

#[test]
fn a_conversation_has_a_side_for_each_reader() {
    let mut state = State::new(VisitorId(1), visit(Some("shop".into()), Some("de-AT".into()), None), Timestamp(9));
    (state.head, state.visitor_head, state.ver, state.owner) = (Seq(4), Seq(3), 2, Owner::Queue);
    (state.waiting_since, state.reason, state.preview) = (Some(Timestamp(8)), Some(Reason::Asked), "help".into());
    let told = |reader| {
        let glance = Glance { c: C, state: &state, reader, read: Seq(2), online: true, offered: None, blocked: false };
        json!(conversation(&glance, &names))
    };
    let visitor = told(Reader::Visitor);
    assert_eq!(
        (visitor["head"].clone(), visitor["state"].clone(), visitor["priority"].clone()),
        (json!(3), json!("waiting"), json!("normal"))
    );
    assert!(visitor["reason"].is_null() && visitor["visitor"].is_null());
    let agent = told(Reader::Agent);
    assert_eq!(visitor["preview"], agent["preview"]);
    assert_eq!(
        (agent["head"].clone(), agent["reason"].clone(), agent["preview"].clone()),
        (json!(4), json!("asked"), json!("help"))
    );
    assert_eq!(agent["visitor"]["locale"], "de-AT");
    assert_eq!(agent["language"], "de");
}

#[test]
fn a_send_means_one_thing_or_nothing() {
    let read = |text: &str| serde_json::from_str::<p::SendBody>(text).expect(text);
    let event = |kind, body: &str| visitor_event(kind, read(body));
    assert_eq!(
        event(p::SendKind::Text, r#"{"text":" hi "}"#),
        Ok(Event::VisitorSaid { text: " hi ".into(), typing: false })
    );
    assert_eq!(event(p::SendKind::Choice, r#"{"option":"none"}"#), Ok(Event::VisitorChose { option: "none".into() }));
    assert_eq!(
        event(p::SendKind::Rating, r#"{"score":5,"about":3}"#),
        Ok(Event::VisitorRated { score: 5, comment: None, about: Some(Seq(3)) })
    );
    for (kind, body) in [
        (p::SendKind::Text, "{}"),
        (p::SendKind::Text, r#"{"text":"\n"}"#),
        (p::SendKind::Text, r#"{"text":"x","score":1}"#),
        (p::SendKind::Choice, r#"{"text":"x"}"#),
        (p::SendKind::Form, r#"{"fields":{}}"#),
        (p::SendKind::Rating, r#"{"score":0}"#),
        (p::SendKind::Rating, r#"{"score":6}"#),
        (p::SendKind::Rating, r#"{"comment":"x"}"#),
    ] {
        assert_eq!(event(kind, body), Err(ErrorCode::Invalid), "{body}");
    }
    let long = "x".repeat(4_001);
    assert_eq!(words(Some(long)), Err(ErrorCode::TooLarge));
    assert_eq!(words(Some("ü".repeat(4_000))).map(|t| t.len()), Ok(8_000));
}

#[test]
fn equal_bodies_have_equal_digests() {
    let read = |text: &str| serde_json::from_str::<p::SendBody>(text).expect(text);
    let a = digest("form", &read(r#"{"fields":{"a":"1","b":"2"}}"#));
    assert_eq!(a, digest("form", &read(r#"{ "fields": {"b":"2", "a":"1"}, "text": null }"#)));
    assert_ne!(a, digest("form", &read(r#"{"fields":{"a":"1","b":"3"}}"#)));
    assert_ne!(a, digest("text", &read(r#"{"fields":{"a":"1","b":"2"}}"#)));
}

#[test]
fn names_of_messages_are_uuids() {
    assert!(is_cmid("123e4567-e89b-12d3-a456-426614174000"));
    for bad in [
        "",
        "x",
        "123e4567e89b12d3a456426614174000",
        "123e4567-e89b-12d3-a456-42661417400g",
        "{123e4567-e89b-12d3-a456-426614174000}",
    ] {
        assert!(!is_cmid(bad), "{bad}");
    }
}
