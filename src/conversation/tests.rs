//! Whatever happens to a conversation, in whatever order: what must always hold.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::content::{self, SourceFile};

static CONTENT: LazyLock<Content> = LazyLock::new(|| {
    let intents = "
intents:
  - id: order-status
    title: Where is my order?
    examples: [where is my order, where is my parcel, track my order, has my order shipped]
    slots: {order_id: {ask: What is your order number?, pattern: '[A-Z]{2}\\d{6}'}}
    answer: Your order {{ order_id }} is on its way.
  - id: opening-hours
    title: When are you open?
    examples: [when are you open, what are your opening hours, are you open today]
    answer: Every day from eight to six.
  - id: complaint
    title: A complaint
    examples: [i want to complain, this is a complaint, i am unhappy with your service]
    answer: I am sorry to hear that.
    handoff: always
    department: service
    priority: high
";
    let file = SourceFile { path: "intents/a.yaml".into(), bytes: intents.into() };
    content::build(&[file]).0
});

fn now(at: i64) -> Now<'static> {
    Now { content: &CONTENT, at: Timestamp(at), room: Room::Free }
}

fn begin() -> State {
    State::new(VisitorId(1), Visit::default(), Timestamp(1))
}

fn say(state: &State, text: &str, at: i64) -> Change {
    handle(state, Event::VisitorSaid { text: text.into(), typing: false }, now(at)).unwrap()
}

fn waiting() -> State {
    let state = say(&begin(), "i want to complain", 10).state;
    assert_eq!(state.owner, Owner::Queue);
    state
}

const ANNA: AgentId = AgentId(1);
const BEN: AgentId = AgentId(2);

#[test]
fn a_question_and_its_answer_are_one_change() {
    let change = say(&begin(), "when are you open today?", 5);
    let kinds: Vec<_> = change.entries.iter().map(|e| (e.seq.0, e.author)).collect();
    assert_eq!(kinds, [(1, Author::Visitor), (2, Author::Bot)]);
    assert!(matches!(&change.entries[1].body, Body::Answer(a) if a.id == "opening-hours"));
    assert_eq!(change.wake, None);
}

#[test]
fn a_fragment_waits_for_the_rest_and_both_are_one_turn() {
    let first = say(&begin(), "hello", 1_000);
    assert_eq!(first.entries.len(), 1, "only stored");
    assert_eq!(first.wake, Some(Timestamp(1_000 + GRACE_MS as i64)));
    let typing = Event::VisitorSaid { text: "when are you".into(), typing: true };
    let second = handle(&first.state, typing, now(1_200)).unwrap();
    assert_eq!(second.wake, Some(Timestamp(1_000 + BURST_MS as i64)), "never longer than a burst");
    let third = say(&second.state, "open today?", 1_500);
    let due = handle(&third.state, Event::BotDue, now(2_200)).unwrap();
    let bot: Vec<_> = third.entries.iter().chain(&due.entries).filter(|e| e.author == Author::Bot).collect();
    assert_eq!(bot.len(), 1, "{bot:?}");
    assert!(matches!(&bot[0].body, Body::Answer(a) if a.id == "opening-hours"), "{bot:?}");
    assert!(handle(&due.state, Event::BotDue, now(2_300)).unwrap().entries.is_empty(), "the turn was taken");
}

#[test]
fn the_hand_over_and_the_new_owner_are_one_change() {
    let change = say(&begin(), "i want to complain", 10);
    let last = change.entries.last().unwrap();
    let Body::Handoff(handoff) = &last.body else { panic!("{last:?}") };
    assert_eq!((handoff.department.as_deref(), handoff.priority), (Some("service"), Priority::High));
    assert_eq!(handoff.packet.question, "i want to complain");
    assert_eq!(handoff.packet.why, ["“A complaint” always goes to a person"]);
    let best = &handoff.packet.candidates[0];
    assert_eq!((best.line.as_deref(), best.words.len()), (Some("i want to complain"), 4));
    assert_eq!(change.state.owner, Owner::Queue);
    let silent = say(&change.state, "when are you open today?", 20);
    assert_eq!(silent.entries.len(), 1, "the bot is silent while a person is awaited");
}

#[test]
fn what_stands_beside_the_wish_for_a_person_is_the_question() {
    let asked = say(&begin(), "when are you open today?", 10).state;
    let change = say(&asked, "My parcel came three weeks late. I want to talk to a person!", 20);
    let Some(Body::Handoff(handoff)) = change.entries.last().map(|e| &e.body) else { panic!("{change:?}") };
    assert_eq!(handoff.packet.question, "My parcel came three weeks late.");
}

#[test]
fn only_one_agent_gets_it_and_only_that_one_may_act() {
    let state = waiting();
    let claim = |agent| Event::Claim { agent, ver: state.ver };
    let claimed = handle(&state, claim(ANNA), now(20)).unwrap().state;
    assert_eq!(handle(&claimed, claim(BEN), now(21)).unwrap_err(), Refusal::AlreadyClaimed);
    let text = || "hi".to_owned();
    let ben = Event::AgentSaid { agent: BEN, text: text(), seen: None };
    assert_eq!(handle(&claimed, ben, now(22)).unwrap_err(), Refusal::NotAssignee);
    let stale = Event::Resolve { agent: ANNA, ver: claimed.ver - 1, reason: text(), follow_up: None };
    assert_eq!(handle(&claimed, stale, now(22)).unwrap_err(), Refusal::Stale);
    let done = Event::Resolve { agent: ANNA, ver: claimed.ver, reason: text(), follow_up: None };
    let closed = handle(&claimed, done, now(23)).unwrap().state;
    let late = Event::VisitorSaid { text: text(), typing: false };
    assert_eq!(handle(&closed, late, now(24)).unwrap_err(), Refusal::Closed);
    let rating = Event::VisitorRated { score: 5, comment: None, about: None };
    assert_eq!(handle(&closed, rating, now(25)).unwrap().entries.len(), 1, "a rating comes after the end");
}

#[test]
fn an_answer_to_an_older_state_of_things_is_refused() {
    let state = waiting();
    let claimed = handle(&state, Event::Claim { agent: ANNA, ver: state.ver }, now(20)).unwrap().state;
    let reply = |seen: u64| Event::AgentSaid { agent: ANNA, text: "so it is blue?".into(), seen: Some(Seq(seen)) };
    let more = say(&claimed, "no, wait, it is red", 30).state;
    assert_eq!(handle(&more, reply(claimed.head.0), now(31)).unwrap_err(), Refusal::Stale);
    let first = handle(&more, reply(more.head.0), now(32)).unwrap().state;
    assert!(handle(&first, reply(more.head.0), now(33)).is_ok(), "an agent does not overtake itself");
}

#[test]
fn a_lost_agents_chat_goes_back_with_its_wait() {
    let state = waiting();
    let since = state.waiting_since;
    let claimed = handle(&state, Event::Claim { agent: ANNA, ver: state.ver }, now(50)).unwrap().state;
    let away = handle(&claimed, Event::AgentAway { agent: ANNA }, now(60)).unwrap();
    assert!(matches!(away.entries[0].body, Body::Away { agent: ANNA }));
    assert!(handle(&away.state, Event::AgentAway { agent: ANNA }, now(61)).unwrap().entries.is_empty(), "said once");
    let lost = handle(&away.state, Event::AgentLost { agent: ANNA }, now(90)).unwrap().state;
    assert_eq!((lost.owner, lost.waiting_since), (Owner::Queue, since));
    let late = Event::AgentSaid { agent: ANNA, text: "hi".into(), seen: None };
    assert_eq!(handle(&lost, late, now(91)).unwrap_err(), Refusal::NotAssignee);
}

#[test]
fn given_back_to_the_bot_it_answers_again() {
    let state = waiting();
    let claimed = handle(&state, Event::Claim { agent: ANNA, ver: state.ver }, now(20)).unwrap().state;
    let release = Event::Release { agent: ANNA, ver: claimed.ver, to: ReleaseTo::Bot };
    let given = handle(&claimed, release, now(30)).unwrap();
    assert_eq!(given.state.owner, Owner::Bot);
    let answer = say(&given.state, "when are you open today?", 40);
    assert!(answer.entries.iter().any(|e| matches!(&e.body, Body::Answer(a) if a.id == "opening-hours")));
}

#[test]
fn who_is_rung_again_is_rung_in_the_same_department() {
    let mine = handle(&waiting(), Event::Claim { agent: ANNA, ver: 2 }, now(20)).unwrap().state;
    let back = Event::Release { agent: ANNA, ver: mine.ver, to: ReleaseTo::Bot };
    let bot = handle(&mine, back, now(30)).unwrap().state;
    let forgetful = State { memory: Memory::default(), ..bot };
    let again = handle(&forgetful, Event::VisitorAsksPerson, now(40)).unwrap().state;
    assert_eq!((again.owner, again.department.as_deref()), (Owner::Queue, Some("service")));
}

#[test]
fn an_address_left_while_waiting_is_kept() {
    let state = waiting();
    let fields = [("email".to_owned(), "mara@home.example".to_owned())].into();
    let change = handle(&state, Event::VisitorFilled { fields }, now(20)).unwrap();
    assert_eq!(change.state.visit.email.as_deref(), Some("mara@home.example"));
    assert!(change.entries.iter().all(|e| e.author != Author::Bot), "the bot is silent");
}

/// A chat that Anna has, claimed at 20.
fn annas() -> State {
    let waiting = waiting();
    handle(&waiting, Event::Claim { agent: ANNA, ver: waiting.ver }, now(20)).unwrap().state
}

fn after(state: &State, event: Event, at: i64) -> State {
    handle(state, event, now(at)).unwrap().state
}

#[test]
fn what_is_put_off_comes_back_in_its_time_or_when_the_visitor_writes() {
    let snooze = |until| Event::Mark { agent: ANNA, mark: Mark::Snoozed(Some(Timestamp(until))) };
    let put_off = after(&annas(), snooze(1_000), 30);
    assert_eq!((put_off.owner, put_off.due), (Owner::Agent(ANNA), Some(Timestamp(1_000))));
    let early = handle(&put_off, Event::Wake { stays: true }, now(999)).unwrap();
    assert!(early.entries.is_empty() && early.state == put_off);
    let back = after(&put_off, Event::Wake { stays: true }, 1_000);
    assert_eq!((back.owner, back.due), (Owner::Agent(ANNA), None));
    let queued = after(&put_off, Event::Wake { stays: false }, 1_000);
    assert_eq!((queued.owner, queued.waiting_since), (Owner::Queue, Some(Timestamp(10))), "its place is at the front");
    let written = after(&put_off, Event::VisitorSaid { text: "hello?".into(), typing: false }, 500);
    assert_eq!(written.due, Some(Timestamp(500)), "it is due now");
    let gone = after(&put_off, Event::AgentLost { agent: ANNA }, 60);
    assert_eq!(gone.owner, Owner::Agent(ANNA), "what was put off can wait for her");
    for wrong in [29, 30, 366 * 86_400_000 + 31] {
        assert_eq!(handle(&annas(), snooze(wrong), now(30)), Err(Refusal::Invalid));
    }
    let ben = Event::Mark { agent: BEN, mark: Mark::Snoozed(Some(Timestamp(99))) };
    assert_eq!(handle(&annas(), ben, now(30)), Err(Refusal::NotAssignee));
}

#[test]
fn what_has_ended_goes_on_with_who_wants_it() {
    let annas = annas();
    let resolve = |follow_up| Event::Resolve { agent: ANNA, ver: annas.ver, reason: "done".into(), follow_up };
    let closed = after(&annas, resolve(None), 40);
    let again = Event::Reopen { agent: BEN, ver: closed.ver };
    assert_eq!(after(&closed, again.clone(), 50).owner, Owner::Agent(BEN));
    assert_eq!(handle(&annas, again, now(50)), Err(Refusal::Invalid), "it has not ended");
    let stale = Event::Reopen { agent: BEN, ver: closed.ver - 1 };
    assert_eq!(handle(&closed, stale, now(50)), Err(Refusal::Stale));

    let visitors = after(&closed, Event::VisitorReopens, 50);
    assert_eq!((visitors.owner, visitors.waiting_since), (Owner::Queue, Some(Timestamp(50))));
    assert_eq!(visitors.last_agent, Some((ANNA, Timestamp(40))), "who knows the story");
    let full = Now { room: Room::AllTaken, ..now(50) };
    assert_eq!(handle(&closed, Event::VisitorReopens, full).unwrap().state.owner, Owner::Bot, "no place: the bot");
    let late = now(41 + REOPEN_MS as i64);
    assert_eq!(handle(&closed, Event::VisitorReopens, late), Err(Refusal::Closed));
    let bots = after(&begin(), Event::VisitorEnds, 5);
    assert_eq!(after(&bots, Event::VisitorReopens, 6).owner, Owner::Bot);

    let followed = after(&annas, resolve(Some(Timestamp(9_000))), 40);
    assert_eq!(followed.owner, Owner::Closed);
    let due = after(&followed, Event::Wake { stays: true }, 9_000);
    assert_eq!((due.owner, due.waiting_since), (Owner::Queue, Some(Timestamp(9_000))));
    assert_eq!(handle(&annas, resolve(Some(Timestamp(40))), now(40)), Err(Refusal::Invalid), "that time is over");
}

#[test]
fn marks_notes_and_takeovers_are_between_colleagues() {
    let labelled = |labels: &[&str]| {
        let labels = labels.iter().map(|l| (*l).to_owned()).collect();
        handle(&annas(), Event::Mark { agent: BEN, mark: Mark::Labels(labels) }, now(30))
    };
    let change = labelled(&["late  parcel", "vip", "vip"]).unwrap();
    assert_eq!(change.state.labels, ["late parcel", "vip"]);
    assert!(!change.entries[0].visible_to_visitor() && change.state.visitor_head < change.state.head);
    assert!(labelled(&[]).unwrap().entries.is_empty(), "no label before, none after");
    let (long, many) = ("x".repeat(41), (0..21).map(|n| n.to_string()).collect::<Vec<_>>());
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for wrong in [&[" "][..], &["a\u{7}"], &[&long], &many] {
        assert_eq!(labelled(wrong).unwrap_err(), Refusal::Invalid, "{wrong:?}");
    }

    let note = Event::AgentNoted { agent: ANNA, text: "look".into(), mentions: vec![BEN, BEN], whisper: false };
    let noted = after(&annas(), note, 30);
    assert_eq!(noted.mentioned, [BEN]);
    assert_eq!(after(&noted, Event::SawMention { agent: BEN }, 31).mentioned, []);

    let annas = annas();
    let taken = handle(&annas, Event::TakeOver { agent: BEN, ver: annas.ver }, now(30)).unwrap();
    assert_eq!((taken.state.owner, taken.entries.len()), (Owner::Agent(BEN), 1));
    assert_eq!(handle(&annas, Event::TakeOver { agent: ANNA, ver: annas.ver }, now(30)), Err(Refusal::AlreadyClaimed));
    assert_eq!(handle(&annas, Event::TakeOver { agent: BEN, ver: 1 }, now(30)), Err(Refusal::Stale));

    let moved = after(&waiting(), Event::Overflow { department: "orders".into() }, 30);
    assert_eq!((moved.department.as_deref(), moved.waiting_since), (Some("orders"), Some(Timestamp(10))));
    assert_eq!(after(&waiting(), Event::Assign { agent: BEN, by: None }, 30).owner, Owner::Agent(BEN));
    assert_eq!(handle(&annas, Event::Assign { agent: BEN, by: None }, now(30)), Err(Refusal::AlreadyClaimed));
    let by_anna = |ver| Event::Assign { agent: BEN, by: Some((ANNA, ver)) };
    let given = handle(&waiting(), by_anna(waiting().ver), now(30)).unwrap();
    assert_eq!((given.state.owner, given.entries[0].author), (Owner::Agent(BEN), Author::Agent(ANNA)));
    assert_eq!(handle(&waiting(), by_anna(waiting().ver - 1), now(30)), Err(Refusal::Stale));
    assert_eq!(after(&annas, Event::Block { agent: Some(BEN), reason: "abuse".into() }, 30).owner, Owner::Closed);
}

#[test]
fn an_address_that_the_site_has_signed_is_not_asked_for() {
    let signed = Verified { email: Some("mara@home.example".into()), ..Verified::default() };
    let full = Now { room: Room::AllTaken, ..now(10) };
    for (verified, asks) in [(None, true), (Some(signed), false)] {
        let visit = Visit { verified, ..Visit::default() };
        let state = State::new(VisitorId(1), visit, Timestamp(1));
        let wish = handle(&state, Event::VisitorAsksPerson, full).unwrap();
        let asked = wish.entries.iter().any(|e| matches!(&e.body, Body::Text(t) if t.ask.is_some()));
        assert_eq!((asked, wish.state.awaits_place().is_none()), (asks, asks));
    }
}

fn events() -> impl Strategy<Value = Event> {
    let texts = prop::sample::select(vec![
        "where is my order",
        "AB123456",
        "when are you open today?",
        "zxqv blorp wibble",
        "you are useless!!!",
        "a human please",
        "that did not help",
        "hello",
        "",
        "thanks",
        "where is my order and when are you open?",
    ]);
    let agent = prop::sample::select(vec![ANNA, BEN]);
    let ver = 1_u64..8;
    let options =
        prop::sample::select(vec!["none", "person", "email", "no", "intent:opening-hours", "intent:gone", "x"]);
    let mark = prop_oneof![
        prop::collection::vec("[a-c ]{0,3}", 0..3).prop_map(Mark::Labels),
        prop::option::of(1_i64..90_000).prop_map(|at| Mark::Snoozed(at.map(Timestamp))),
        prop::option::of(1_i64..90_000).prop_map(|at| Mark::FollowUp(at.map(Timestamp))),
        Just(Mark::Priority(Priority::Urgent)),
    ];
    prop_oneof![
        8 => (texts, any::<bool>()).prop_map(|(t, typing)| Event::VisitorSaid { text: t.into(), typing }),
        2 => options.prop_map(|o| Event::VisitorChose { option: o.into() }),
        1 => Just(Event::VisitorFilled { fields: [("email".to_owned(), "a@b.example".to_owned())].into() }),
        1 => (0_u8..7, prop::option::of(0_u64..9))
            .prop_map(|(score, about)| Event::VisitorRated { score, comment: None, about: about.map(Seq) }),
        1 => Just(Event::VisitorAsksPerson),
        1 => Just(Event::VisitorEnds),
        3 => Just(Event::BotDue),
        2 => agent.clone().prop_map(|agent| Event::AgentSaid { agent, text: "hello".into(), seen: None }),
        1 => agent.clone().prop_map(|agent| {
            Event::AgentNoted { agent, text: "note".into(), mentions: vec![ANNA], whisper: false }
        }),
        4 => (agent.clone(), ver.clone()).prop_map(|(agent, ver)| Event::Claim { agent, ver }),
        2 => (agent.clone(), ver.clone(), any::<bool>()).prop_map(|(agent, ver, bot)| {
            Event::Release { agent, ver, to: if bot { ReleaseTo::Bot } else { ReleaseTo::Queue } }
        }),
        2 => (agent.clone(), ver.clone(), any::<bool>()).prop_map(|(agent, ver, d)| {
            let to = if d { TransferTo::Department("other".into()) } else { TransferTo::Agent(BEN) };
            Event::Transfer { agent, ver, to, note: None }
        }),
        1 => (agent.clone(), ver.clone(), prop::option::of(1_i64..90_000)).prop_map(|(agent, ver, at)| {
            Event::Resolve { agent, ver, reason: "done".into(), follow_up: at.map(Timestamp) }
        }),
        2 => (agent.clone(), mark).prop_map(|(agent, mark)| Event::Mark { agent, mark }),
        1 => agent.clone().prop_map(|agent| Event::SawMention { agent }),
        2 => any::<bool>().prop_map(|stays| Event::Wake { stays }),
        2 => (agent.clone(), ver.clone()).prop_map(|(agent, ver)| Event::Reopen { agent, ver }),
        1 => (agent.clone(), ver.clone()).prop_map(|(agent, ver)| Event::TakeOver { agent, ver }),
        1 => (agent.clone(), prop::option::of(ver.clone()))
            .prop_map(|(agent, ver)| Event::Assign { agent, by: ver.map(|ver| (ANNA, ver)) }),
        1 => Just(Event::Overflow { department: "other".into() }),
        1 => agent.clone().prop_map(|agent| Event::Block { agent: Some(agent), reason: "spam".into() }),
        1 => Just(Event::VisitorReopens),
        1 => Just(Event::VisitorLeavesLine),
        1 => agent.clone().prop_map(|agent| Event::AgentAway { agent }),
        1 => agent.clone().prop_map(|agent| Event::AgentBack { agent }),
        1 => agent.prop_map(|agent| Event::AgentLost { agent }),
    ]
}

proptest! {
    #[test]
    fn whatever_happens(history in prop::collection::vec((events(), 0_i64..2_000), 1..60)) {
        let mut state = begin();
        let mut at = 1;
        for (event, pause) in history {
            at += pause;
            let Ok(change) = handle(&state, event.clone(), now(at)) else { continue };
            let after = &change.state;
            // Places are dense, and the state knows the last.
            for (n, entry) in (1..).zip(&change.entries) {
                prop_assert_eq!(entry.seq.0, state.head.0 + n);
            }
            prop_assert_eq!(after.head.0, state.head.0 + change.entries.len() as u64);
            // Whatever changes, an entry says so: a change without one could lose a race unseen.
            // (That somebody has looked is asked again where it is lost.)
            let looked = matches!(event, Event::SawMention { .. });
            prop_assert!(!change.entries.is_empty() || *after == state || looked, "{:?}", event);
            // The version rises exactly with the owner, and an entry explains it.
            let moves = change.entries.iter().filter(|e| matches!(
                e.body,
                Body::Handoff(_) | Body::Claimed { .. } | Body::Released { .. } | Body::Transferred { .. }
                    | Body::Closed { .. } | Body::Reopened { .. }
            )).count();
            if after.owner == state.owner {
                prop_assert!(after.ver == state.ver, "{:?}", event);
            } else {
                prop_assert!(after.ver > state.ver && moves > 0, "{:?}", event);
            }
            // The bot speaks only in its own conversations, and never behind its hand-off.
            if !matches!(state.owner, Owner::Bot | Owner::Agent(_)) && after.owner != Owner::Bot {
                prop_assert!(change.entries.iter().all(|e| e.author != Author::Bot), "{:?}", event);
            }
            if let Some(i) = change.entries.iter().position(|e| matches!(e.body, Body::Handoff(_))) {
                prop_assert_eq!(i + 1, change.entries.len());
                prop_assert_eq!(after.owner, Owner::Queue);
            }
            // Nobody is forgotten: who waits has a since, who is owed an answer will be woken.
            prop_assert!(after.owner != Owner::Queue || after.waiting_since.is_some());
            if after.burst.is_some() {
                prop_assert!(after.owner == Owner::Bot);
                prop_assert!(change.wake.is_some() || after.burst == state.burst, "{:?}", event);
            }
            // Nothing happens to the dead but notes, marks and ratings, unless it is said that they live again.
            if state.owner == Owner::Closed && after.owner != Owner::Closed {
                prop_assert!(change.entries.iter().any(|e| matches!(e.body, Body::Reopened { .. })), "{:?}", event);
            }
            // Only what an agent has, or what has ended, is put off; and only for as long as that is so.
            prop_assert!(after.due.is_none() || matches!(after.owner, Owner::Agent(_) | Owner::Closed), "{:?}", event);
            prop_assert!(!matches!(after.owner, Owner::Agent(_)) || after.last_agent.is_some());
            state = change.state;
        }
    }
}
