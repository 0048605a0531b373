//! What a visitor, an agent and a timer can do: the whole application without a socket, on the real store in memory.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use deskbell::auth;
use deskbell::bus::{Local, Party};
use deskbell::content::{self, SourceFile};
use deskbell::conversation::{Author, Body, Entry, Event, Owner, ReleaseTo, TransferTo, Visit};
use deskbell::desk::{
    Actor, Attempt, Availability, Desk, DeskError, LoginError, Mail, Mailbox, Options, Receipt, View,
};
use deskbell::store::{self, NewPerson, Person, Range, Side, Store};
use deskbell::types::{AgentId, ConversationId, Role, Seq, VisitorId};
use tokio::task::JoinSet;

const INTENTS: &str = "
intents:
  - id: opening-hours
    title: When are you open?
    examples: [when are you open, what are your opening hours]
    answer: Every day.
  - id: complaint
    title: A complaint
    examples: [i want to complain, i have a complaint]
    answer: I am sorry to hear that.
    handoff: always
    department: service
";

struct World {
    desk: Arc<Desk>,
    store: Arc<dyn Store>,
}

async fn world(options: Options) -> World {
    let store = store::open("sqlite::memory:", Path::new(".")).await.unwrap();
    World { desk: desk(store.clone(), options).await, store }
}

async fn desk(store: Arc<dyn Store>, options: Options) -> Arc<Desk> {
    let file = SourceFile { path: "intents/a.yaml".into(), bytes: INTENTS.into() };
    let (content, problems) = content::build(&[file]);
    assert!(problems.iter().all(|p| p.severity < content::Severity::Error), "{problems:?}");
    Desk::open(store, Arc::new(Local::default()), Arc::new(content), options).await.unwrap()
}

fn attempt<'a>(email: &'a str, password: &'a str) -> Attempt<'a> {
    Attempt { email, password, ..Attempt::default() }
}

fn quick() -> Options {
    Options { away_after: Duration::from_millis(30), lost_after: Duration::from_millis(90), ..Options::default() }
}

impl World {
    async fn person(&self, n: u32, capacity: u32, departments: &[&str]) -> Arc<Person> {
        let new = NewPerson {
            email: format!("a{n}@shop.example"),
            name: format!("Anna {n}"),
            role: Role::Agent,
            departments: departments.iter().map(|d| (*d).to_owned()).collect(),
            languages: vec![],
            skills: vec![],
            capacity,
            password_hash: auth::hash_password("correct horse").unwrap(),
        };
        let id = self.store.add_person(new).await.unwrap();
        let all = self.store.people().await.unwrap();
        let person = Arc::new(all.into_iter().find(|p| p.id == id).unwrap());
        // Another process added somebody: the desk must notice by itself.
        let mailbox = self.desk.connect_agent(&person).mailbox.clone();
        while self.desk.name_of(id).is_none() {
            until(&mailbox, |mail| mail.people).await;
        }
        person
    }

    fn run(&self) -> tokio_util::sync::DropGuard {
        let stop = tokio_util::sync::CancellationToken::new();
        tokio::spawn(self.desk.clone().run(stop.clone()));
        stop.drop_guard()
    }

    async fn say(&self, v: VisitorId, c: Option<ConversationId>, n: u32, text: &str) -> Result<Receipt, DeskError> {
        let event = Event::VisitorSaid { text: text.into(), typing: false };
        self.desk.send(&Actor::Visitor(v), c, &cmid(n), digest(text), event, &Visit::default()).await
    }

    async fn log(&self, c: ConversationId) -> Vec<Entry> {
        let range = Range { after: Seq(0), before: None, limit: 1_000, side: Side::First };
        let log = self.desk.entries(c, range).await.unwrap();
        assert_eq!(log, self.store.entries(c, range).await.unwrap(), "the desk's tail is the store's log");
        log
    }

    async fn complaint(&self) -> (VisitorId, ConversationId) {
        let (v, _) = self.desk.new_visitor("").await.unwrap();
        let receipt = self.say(v, None, 1, "i want to complain").await.unwrap();
        (v, receipt.c)
    }

    async fn ver(&self, c: ConversationId) -> u64 {
        self.store.state(c).await.unwrap().unwrap().ver
    }
}

fn cmid(n: u32) -> String {
    format!("00000000-0000-4000-8000-{n:012}")
}

fn digest(text: &str) -> [u8; 16] {
    let mut d = [0; 16];
    for (to, from) in d.iter_mut().zip(text.bytes()) {
        *to = from;
    }
    d
}

/// Takes mail until `wanted`.
async fn until(mailbox: &Mailbox, wanted: impl Fn(&Mail) -> bool) -> Mail {
    let waiting = async {
        loop {
            let mail = mailbox.recv().await;
            if wanted(&mail) {
                return mail;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("the hint never came")
}

#[tokio::test]
async fn a_message_is_stored_once_however_often_it_is_sent() {
    let w = world(Options::default()).await;
    let (v, token) = w.desk.new_visitor("").await.unwrap();
    let first = w.say(v, None, 1, "when are you open").await.unwrap();
    let again = w.say(v, None, 1, "when are you open").await.unwrap();
    assert_eq!(again, Receipt { dup: true, ..first }, "a resent opening finds its conversation");
    assert_eq!(w.say(v, Some(first.c), 1, "something else").await, Err(DeskError::Conflict));
    w.desk.act(&Actor::Visitor(v), first.c, Event::VisitorEnds).await.unwrap();
    let late = w.say(v, Some(first.c), 1, "when are you open").await.unwrap();
    assert!(late.dup, "also after the end");
    assert_eq!(w.desk.known_visitor("", &token).await.unwrap(), Some((v, None)));
    let kinds: Vec<_> = w.log(first.c).await.into_iter().map(|e| e.author).collect();
    assert_eq!(kinds, [Author::Visitor, Author::Bot, Author::Visitor]);
}

#[tokio::test]
async fn what_is_not_yours_is_not_there() {
    let w = world(Options::default()).await;
    let _running = w.run();
    let (_, c) = w.complaint().await;
    let (stranger, _) = w.desk.new_visitor("").await.unwrap();
    assert_eq!(w.say(stranger, Some(c), 1, "let me in").await, Err(DeskError::NotFound));
    assert_eq!(w.desk.state(&Actor::Visitor(stranger), c).await.unwrap_err(), DeskError::NotFound);
    assert_eq!(w.say(stranger, Some(ConversationId(1)), 1, "x").await, Err(DeskError::NotFound));
    let other = Actor::Person(w.person(1, 3, &["orders"]).await);
    assert_eq!(w.desk.state(&other, c).await.unwrap_err(), DeskError::NotFound);
    let claim = Event::Claim { agent: AgentId(1), ver: w.ver(c).await };
    assert_eq!(w.desk.act(&other, c, claim).await.unwrap_err(), DeskError::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_agents_one_gets_it() {
    let w = world(Options::default()).await;
    let _running = w.run();
    let mut people = Vec::new();
    for n in 0..6 {
        people.push(w.person(n, 3, &[]).await);
    }
    for _ in 0..5 {
        let (_, c) = w.complaint().await;
        let ver = w.ver(c).await;
        let mut race = JoinSet::new();
        for p in &people {
            let (desk, p) = (w.desk.clone(), p.clone());
            race.spawn(async move { desk.act(&Actor::Person(p.clone()), c, Event::Claim { agent: p.id, ver }).await });
        }
        let won = race.join_all().await.into_iter().filter(Result::is_ok).count();
        assert_eq!(won, 1);
        assert_eq!(w.log(c).await.iter().filter(|e| matches!(e.body, Body::Claimed { .. })).count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_more_than_fits() {
    let w = world(Options::default()).await;
    let _running = w.run();
    let anna = w.person(1, 2, &[]).await;
    let mut race = JoinSet::new();
    for _ in 0..5 {
        let (_, c) = w.complaint().await;
        let (desk, p, ver) = (w.desk.clone(), anna.clone(), w.ver(c).await);
        race.spawn(async move { desk.act(&Actor::Person(p.clone()), c, Event::Claim { agent: p.id, ver }).await });
    }
    let results = race.join_all().await;
    assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 2);
    assert!(results.iter().all(|r| r.is_ok() || *r.as_ref().unwrap_err() == DeskError::AtCapacity), "{results:?}");
    assert_eq!(w.desk.list(&anna, View::Mine, 10).await.unwrap().0.len(), 2);
    for (limit, shown, more) in [(10, 3, false), (3, 3, false), (2, 2, true)] {
        let (list, told) = w.desk.list(&anna, View::Waiting, limit).await.unwrap();
        assert_eq!((list.len(), told), (shown, more), "of three, {limit} may be shown");
    }
    let (department, more) = w.desk.list(&anna, View::Department, 4).await.unwrap();
    assert_eq!((department.len(), more), (4, true), "of five that wait or are somebody's");
}

#[tokio::test]
async fn a_chat_goes_only_to_somebody_who_can_take_it() {
    let w = world(Options::default()).await;
    let _running = w.run();
    let (anna, ben) = (w.person(1, 3, &[]).await, w.person(2, 1, &[]).await);
    let me = Actor::Person(anna.clone());
    let (_, c) = w.complaint().await;
    w.desk.act(&me, c, Event::Claim { agent: anna.id, ver: w.ver(c).await }).await.unwrap();
    let ver = w.ver(c).await;
    let to_ben = || Event::Transfer { agent: anna.id, ver, to: TransferTo::Agent(ben.id), note: None };
    assert_eq!(w.desk.act(&me, c, to_ben()).await.unwrap_err(), DeskError::Unavailable, "not here");
    let connection = w.desk.connect_agent(&ben);
    w.desk.set_presence(ben.id, Availability::Away);
    assert_eq!(w.desk.act(&me, c, to_ben()).await.unwrap_err(), DeskError::Unavailable, "away");
    w.desk.set_presence(ben.id, Availability::TransferOnly);
    let state = w.desk.act(&me, c, to_ben()).await.unwrap();
    assert_eq!(state.owner, Owner::Agent(ben.id));
    let (_, d) = w.complaint().await;
    w.desk.act(&me, d, Event::Claim { agent: anna.id, ver: w.ver(d).await }).await.unwrap();
    let more = Event::Transfer { agent: anna.id, ver: w.ver(d).await, to: TransferTo::Agent(ben.id), note: None };
    assert_eq!(w.desk.act(&me, d, more).await.unwrap_err(), DeskError::AtCapacity);
    drop(connection);
}

#[tokio::test]
async fn an_agent_who_is_gone_is_away_and_then_loses_the_chat() {
    let w = world(quick()).await;
    let _running = w.run();
    let anna = w.person(1, 3, &[]).await;
    let (v, c) = w.complaint().await;
    let visitor = w.desk.connect_visitor(v);
    visitor.mailbox.follow(c);
    let connection = w.desk.connect_agent(&anna);
    w.desk.act(&Actor::Person(anna.clone()), c, Event::Claim { agent: anna.id, ver: w.ver(c).await }).await.unwrap();
    let waits_since = w.store.state(c).await.unwrap().unwrap().waiting_since;
    drop(connection);
    loop {
        until(&visitor.mailbox, |mail| !mail.logs.is_empty()).await;
        if w.store.state(c).await.unwrap().unwrap().owner == Owner::Queue {
            break;
        }
    }
    let log = w.log(c).await;
    let tail: Vec<&Body> = log.iter().rev().take(2).map(|e| &e.body).collect();
    assert!(matches!(tail[..], [Body::Released { to: ReleaseTo::Queue }, Body::Away { .. }]), "{tail:?}");
    assert_eq!(w.store.state(c).await.unwrap().unwrap().waiting_since, waits_since, "the wait is the first one");
    assert_eq!(w.desk.place(c).unwrap().position, 1);
}

#[tokio::test]
async fn an_agent_who_comes_back_in_time_keeps_the_chat() {
    let w = world(Options { away_after: Duration::from_millis(20), lost_after: Duration::from_secs(3600), ..quick() })
        .await;
    let _running = w.run();
    let anna = w.person(1, 3, &[]).await;
    let (v, c) = w.complaint().await;
    let visitor = w.desk.connect_visitor(v);
    visitor.mailbox.follow(c);
    let connection = w.desk.connect_agent(&anna);
    w.desk.act(&Actor::Person(anna.clone()), c, Event::Claim { agent: anna.id, ver: w.ver(c).await }).await.unwrap();
    drop(connection);
    while w.store.state(c).await.unwrap().unwrap().away_since.is_none() {
        until(&visitor.mailbox, |mail| !mail.logs.is_empty()).await;
    }
    let _again = w.desk.connect_agent(&anna);
    while w.store.state(c).await.unwrap().unwrap().away_since.is_some() {
        until(&visitor.mailbox, |mail| !mail.logs.is_empty()).await;
    }
    assert_eq!(w.store.state(c).await.unwrap().unwrap().owner, Owner::Agent(anna.id));
}

#[tokio::test]
async fn a_turn_that_was_owed_is_taken_after_a_restart() {
    let w = world(Options::default()).await;
    let (v, _) = w.desk.new_visitor("").await.unwrap();
    let typing = Event::VisitorSaid { text: "when are you open".into(), typing: true };
    let c = w.desk.send(&Actor::Visitor(v), None, &cmid(1), digest("a"), typing, &Visit::default()).await.unwrap().c;
    assert_eq!(w.log(c).await.len(), 1, "the visitor types, so the bot waits");
    // The first desk is forgotten as by a crash; its own timer may still fire, and then one of the two is too late.
    let next = World { desk: desk(w.store.clone(), Options::default()).await, store: w.store.clone() };
    let visitor = next.desk.connect_visitor(v);
    visitor.mailbox.follow(c);
    if next.store.state(c).await.unwrap().unwrap().head == Seq(1) {
        until(&visitor.mailbox, |mail| !mail.logs.is_empty()).await;
    }
    let log = next.log(c).await;
    assert!(matches!(&log[1].body, Body::Answer(a) if a.id == "opening-hours"), "{log:?}");
    assert_eq!(log.len(), 2);
}

#[tokio::test]
async fn typing_that_stops_ends_the_pause() {
    let w = world(Options::default()).await;
    let (v, _) = w.desk.new_visitor("").await.unwrap();
    let me = Actor::Visitor(v);
    let typing = Event::VisitorSaid { text: "when are you open".into(), typing: true };
    let visitor = w.desk.connect_visitor(v);
    let c = w.desk.send(&me, None, &cmid(1), digest("a"), typing, &Visit::default()).await.unwrap().c;
    w.desk.typing(&me, c, true, None);
    assert!(w.desk.is_typing(c));
    w.desk.typing(&me, c, false, None);
    assert!(!w.desk.is_typing(c));
    while w.store.state(c).await.unwrap().unwrap().head < Seq(2) {
        until(&visitor.mailbox, |mail| !mail.logs.is_empty()).await;
    }
}

#[tokio::test]
async fn followers_hear_what_concerns_them() {
    let w = world(Options::default()).await;
    let (v, c) = w.complaint().await;
    let (one, two) = (w.desk.connect_visitor(v), w.desk.connect_visitor(v));
    one.mailbox.follow(c);
    w.desk.typing(&Actor::Visitor(v), c, true, Some("hel"));
    let mail = until(&one.mailbox, |m| !m.typing.is_empty()).await;
    assert_eq!(mail.typing, [(c, Party::Visitor, true, Some("hel".into()))]);
    let d = w.say(v, None, 2, "when are you open").await.unwrap().c;
    let mail = until(&two.mailbox, |m| !m.logs.is_empty()).await;
    assert_eq!(mail.logs, [(d, Seq(2))], "a conversation opened in one tab is followed in the other");
    w.desk.read(&Actor::Visitor(v), c, Seq(2));
    w.desk.read(&Actor::Visitor(v), c, Seq(1));
    assert_eq!(w.desk.read_marks(c).0, Seq(2), "marks never go back");
}

#[tokio::test]
async fn the_full_queue_says_so() {
    let w = world(Options { queue_capacity: 1, ..Options::default() }).await;
    let (_, first) = w.complaint().await;
    let (_, second) = w.complaint().await;
    assert_eq!(w.store.state(first).await.unwrap().unwrap().owner, Owner::Queue);
    assert_eq!(w.store.state(second).await.unwrap().unwrap().owner, Owner::Bot, "no place, and the visitor is told");
    assert!(w.log(second).await.iter().any(|e| e.author == Author::Bot));
    assert_eq!(w.desk.queue_depth(), 1);
}

#[tokio::test]
async fn logins_need_the_right_password_and_end() {
    let w = world(Options::default()).await;
    let _running = w.run();
    let anna = w.person(1, 3, &[]).await;
    assert_eq!(w.desk.login(&attempt("a1@shop.example", "wrong horse")).await.unwrap_err(), LoginError::Wrong);
    assert_eq!(w.desk.login(&attempt("nobody@shop.example", "correct horse")).await.unwrap_err(), LoginError::Wrong);
    let login = w.desk.login(&attempt(" A1@Shop.example ", "correct horse")).await.unwrap();
    assert_eq!(w.desk.session(&login.token).await.unwrap().unwrap(), anna);
    let connection = w.desk.connect_agent(&anna);
    let disabled = store::PersonChange::Disabled(true);
    assert!(w.store.change_person(anna.id, disabled).await.unwrap());
    until(&connection.mailbox, |m| m.people).await;
    assert_eq!(w.desk.session(&login.token).await.unwrap(), None, "the hint comes when the session has ended");
    assert_eq!(w.desk.login(&attempt("a1@shop.example", "correct horse")).await.unwrap_err(), LoginError::Wrong);
}
