//! The guarantees that hold wherever the data lies.

use std::sync::Arc;

use deskbell::conversation::{Author, Burst, Owner};
use deskbell::store::sqlite::{self, Location, Options};
use deskbell::store::{
    CommitError, Ended, Filter, NewPerson, NewSession, OpenMode, PersonChange, PersonError, Range, Sender, Side, Store,
    Stored,
};
use deskbell::types::{AgentId, ConversationId, Priority, Role, Seq, Timestamp, VisitorId};
use tokio::task::JoinSet;

use super::world::{ALL, C, VISITOR, append, claim, directory, insist, named, open, session, sound, state};

/// One test a guarantee and implementation.
macro_rules! story {
    ($($guarantee:ident,)*) => {
        mod file {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $guarantee() {
                let directory = super::directory();
                super::$guarantee(super::open(directory.path()).await).await;
            })*
        }
        mod memory {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $guarantee() {
                super::$guarantee(super::memory().await).await;
            })*
        }
    };
}

story! {
    a_commit_is_read_at_once,
    of_racing_writers_one_wins_each_place,
    a_stale_commit_changes_nothing,
    a_message_is_stored_once,
    names_belong_to_their_senders,
    holes_are_refused,
    capacity_holds_in_a_race,
    ranges_are_open_intervals,
    lists_are_in_order,
    conversations_can_be_walked,
    touched_ones_are_found,
    visitors_are_known_by_their_token,
    people_are_unique_by_address,
    sessions_end,
    people_version_rises,
    a_probe_leaves_nothing,
}

async fn memory() -> Arc<dyn Store> {
    sqlite::open(Options::new(Location::Memory, OpenMode::Serve)).await.unwrap()
}

async fn a_commit_is_read_at_once(store: Arc<dyn Store>) {
    assert_eq!(store.state(C).await.unwrap(), None);
    assert!(store.entries(C, ALL).await.unwrap().is_empty());
    for n in 0..200 {
        let commit = append(C, n, &["x"]);
        store.commit(commit.clone()).await.unwrap();
        assert_eq!(store.state(C).await.unwrap(), Some(commit.state));
        let last = Range { limit: 1, side: Side::Last, ..ALL };
        assert_eq!(store.entries(C, last).await.unwrap(), commit.entries.to_vec());
    }
}

async fn of_racing_writers_one_wins_each_place(store: Arc<dyn Store>) {
    let mut tasks = JoinSet::new();
    for task in 0..16 {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            let mut places = Vec::new();
            for n in 0..20 {
                places.push(insist(&*store, C, &format!("{task}/{n}")).await);
            }
            places
        });
    }
    let mut places: Vec<u64> = tasks.join_all().await.into_iter().flatten().collect();
    places.sort_unstable();
    assert_eq!(places, (1..=320).collect::<Vec<_>>());
    let mut texts = sound(&*store, C).await;
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(texts.len(), 320);
}

async fn a_stale_commit_changes_nothing(store: Arc<dyn Store>) {
    assert!(matches!(store.commit(append(C, 3, &["x"])).await, Err(CommitError::Stale)));
    assert_eq!(store.state(C).await.unwrap(), None);
    store.commit(append(C, 0, &["a", "b"])).await.unwrap();
    for expected in [0, 1, 3] {
        assert!(matches!(store.commit(append(C, expected, &["x"])).await, Err(CommitError::Stale)));
    }
    assert_eq!(sound(&*store, C).await, ["a", "b"]);
}

async fn a_message_is_stored_once(store: Arc<dyn Store>) {
    store.commit(named(C, 0, Author::Visitor, "m1", 7)).await.unwrap();
    insist(&*store, C, "later").await;
    let first = Stored { seq: Seq(1), at: Timestamp(1_001), digest: [7; 16] };
    // Whatever the head that was expected, and whatever the content: the digest tells the caller which it is.
    for (expected, digest) in [(0, 7), (2, 7), (2, 8)] {
        match store.commit(named(C, expected, Author::Visitor, "m1", digest)).await {
            Err(CommitError::Duplicate(stored)) => assert_eq!(stored, first),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(sound(&*store, C).await, ["m1", "later"]);
    assert_eq!(store.sent(C, Sender::Visitor, "m1").await.unwrap(), Some(first));
    assert_eq!(store.sent(C, Sender::Visitor, "m2").await.unwrap(), None);

    // Sixteen copies of a message at once.
    let mut tasks = JoinSet::new();
    for _ in 0..16 {
        let store = Arc::clone(&store);
        tasks.spawn(async move { store.commit(named(C, 2, Author::Visitor, "m3", 1)).await.is_ok() });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|won| *won).count(), 1);
    assert_eq!(sound(&*store, C).await.len(), 3);
}

async fn names_belong_to_their_senders(store: Arc<dyn Store>) {
    let senders = [Author::Visitor, Author::Agent(AgentId(1)), Author::Agent(AgentId(2))];
    for (head, author) in (0..).zip(senders) {
        store.commit(named(C, head, author, "m", head as u8)).await.unwrap();
    }
    store.commit(named(ConversationId(2), 0, Author::Visitor, "m", 9)).await.unwrap();
    let stored = store.sent(C, Sender::Agent(AgentId(2)), "m").await.unwrap().unwrap();
    assert_eq!((stored.seq, stored.digest), (Seq(3), [2; 16]));
    assert_eq!(store.sent(C, Sender::Agent(AgentId(3)), "m").await.unwrap(), None);
}

async fn holes_are_refused(store: Arc<dyn Store>) {
    let mut wrong_head = append(C, 0, &["a"]);
    wrong_head.state = state(2);
    let mut wrong_place = append(C, 0, &["a"]);
    wrong_place.entries = append(C, 1, &["a"]).entries;
    for commit in [wrong_head, wrong_place] {
        assert!(matches!(store.commit(commit).await, Err(CommitError::Store(_))));
    }
    assert!(sound(&*store, C).await.is_empty());
}

async fn capacity_holds_in_a_race(store: Arc<dyn Store>) {
    let agent = AgentId(4);
    let mut tasks = JoinSet::new();
    for n in 1..=16 {
        let store = Arc::clone(&store);
        tasks.spawn(async move { store.commit(claim(ConversationId(n), 0, agent, 3)).await });
    }
    let (won, lost): (Vec<_>, Vec<_>) = tasks.join_all().await.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 3);
    assert!(lost.iter().all(|r| matches!(r, Err(CommitError::NoRoom))));
    let mine = store.list(Filter::Assigned(Some(agent)), 100).await.unwrap();
    assert_eq!(mine.len(), 3);
    // What was refused left nothing behind.
    assert_eq!(store.list(Filter::All, 100).await.unwrap().len(), 3);
    // More in a chat that the agent has already is no new chat.
    store.commit(claim(mine[0].0, 1, agent, 3)).await.unwrap();
    // A place becomes free with a chat that ends.
    let mut end = append(mine[0].0, 2, &["end"]);
    end.state.owner = Owner::Closed;
    store.commit(end).await.unwrap();
    store.commit(claim(ConversationId(99), 0, agent, 3)).await.unwrap();
}

async fn ranges_are_open_intervals(store: Arc<dyn Store>) {
    store.commit(append(C, 0, &["1", "2", "3", "4", "5", "6"])).await.unwrap();
    let check = async |after, before: Option<u64>, limit, side, wanted: &[u64]| {
        let range = Range { after: Seq(after), before: before.map(Seq), limit, side };
        let got = store.entries(C, range).await.unwrap();
        assert_eq!(got.iter().map(|e| e.seq.0).collect::<Vec<_>>(), wanted, "{range:?}");
    };
    check(0, None, 10, Side::First, &[1, 2, 3, 4, 5, 6]).await;
    check(2, None, 2, Side::First, &[3, 4]).await;
    check(0, Some(5), 2, Side::Last, &[3, 4]).await;
    check(3, Some(6), 10, Side::Last, &[4, 5]).await;
    check(6, None, 10, Side::First, &[]).await;
    check(0, Some(1), 10, Side::Last, &[]).await;
    check(0, None, 0, Side::First, &[]).await;
}

async fn lists_are_in_order(store: Arc<dyn Store>) {
    // Opened in this order: (id, owner, priority, waiting since).
    let agent = |n| Owner::Agent(AgentId(n));
    let all = [
        (1, Owner::Queue, Priority::Normal, Some(10)),
        (2, Owner::Queue, Priority::Urgent, Some(30)),
        (3, Owner::Queue, Priority::Normal, Some(5)),
        (4, agent(1), Priority::Normal, Some(1)),
        (5, agent(2), Priority::Normal, None),
        (6, agent(1), Priority::High, None),
        (7, Owner::Bot, Priority::Normal, None),
        (8, Owner::Bot, Priority::Normal, None),
        (9, Owner::Closed, Priority::Normal, None),
    ];
    for (n, owner, priority, since) in all {
        let mut commit = append(ConversationId(n), 0, &["x"]);
        let at = 1_000 + n as i64;
        commit.state.owner = owner;
        commit.state.priority = priority;
        commit.state.waiting_since = since.map(Timestamp);
        (commit.state.opened_at, commit.state.updated_at) = (Timestamp(at), Timestamp(2_000 - at));
        commit.state.visitor = VisitorId(n % 2);
        commit.state.burst = (n == 8).then(|| Burst { since: Timestamp(at), texts: vec!["x".to_owned()] });
        store.commit(commit).await.unwrap();
    }
    let check = async |filter: Filter, wanted: &[u128]| {
        let got = store.list(filter.clone(), 100).await.unwrap();
        assert!(got.iter().all(|(_, state)| filter.fits(state)));
        assert_eq!(got.iter().map(|(c, _)| c.0).collect::<Vec<_>>(), wanted, "{filter:?}");
        let first = store.list(filter.clone(), 1).await.unwrap();
        assert_eq!(first.first(), got.first(), "{filter:?}");
    };
    check(Filter::Waiting, &[2, 3, 1]).await;
    check(Filter::Assigned(None), &[4, 5, 6]).await;
    check(Filter::Assigned(Some(AgentId(1))), &[4, 6]).await;
    check(Filter::OfVisitor(VisitorId(1)), &[9, 7, 5, 3, 1]).await;
    check(Filter::All, &[1, 2, 3, 4, 5, 6, 7, 8, 9]).await;
    check(Filter::Unanswered, &[8]).await;
    check(Filter::OfVisitor(VISITOR), &[]).await;
    // The lists follow the states.
    let mut answered = append(ConversationId(8), 1, &["y"]);
    answered.state.visitor = VisitorId(0);
    store.commit(answered).await.unwrap();
    check(Filter::Unanswered, &[]).await;
}

async fn conversations_can_be_walked(store: Arc<dyn Store>) {
    for n in [5, 1, u128::MAX, 3] {
        store.commit(append(ConversationId(n), 0, &["x"])).await.unwrap();
    }
    let mut walked = Vec::new();
    while let page = store.conversations(walked.last().copied(), 2).await.unwrap()
        && !page.is_empty()
    {
        walked.extend(page);
    }
    assert_eq!(walked, [1, 3, 5, u128::MAX].map(ConversationId));
}

async fn touched_ones_are_found(store: Arc<dyn Store>) {
    // Last touched at 1,001, 1,003 and 1,002.
    for (n, entries) in [(1, &["x"][..]), (2, &["x", "y", "z"]), (3, &["x", "y"])] {
        store.commit(append(ConversationId(n), 0, entries)).await.unwrap();
    }
    for (since, after, wanted) in [
        (0, None, &[1, 2, 3][..]),
        (1_002, None, &[2, 3]),
        (1_002, Some(2), &[3]),
        (1_003, None, &[2]),
        (1_004, None, &[]),
    ] {
        let found = store.touched(Timestamp(since), after.map(ConversationId), 10).await.unwrap();
        assert_eq!(found, wanted.iter().copied().map(ConversationId).collect::<Vec<_>>(), "{since} {after:?}");
    }
    assert_eq!(store.touched(Timestamp(0), None, 2).await.unwrap().len(), 2);
}

async fn visitors_are_known_by_their_token(store: Arc<dyn Store>) {
    store.add_visitor(VISITOR, [1; 32], Timestamp(5)).await.unwrap();
    assert_eq!(store.visitor([1; 32], Timestamp(6)).await.unwrap(), Some((VISITOR, Timestamp(5))));
    assert_eq!(store.visitor([2; 32], Timestamp(6)).await.unwrap(), None);
    assert!(store.add_visitor(VisitorId(9), [1; 32], Timestamp(5)).await.is_err());
    assert_eq!(store.visitor([1; 32], Timestamp(6)).await.unwrap(), Some((VISITOR, Timestamp(5))));
}

fn new_person(email: &str) -> NewPerson {
    NewPerson {
        email: email.to_owned(),
        name: "Ada".to_owned(),
        role: Role::Supervisor,
        departments: vec!["orders".to_owned(), "it's \"quoted\"".to_owned()],
        languages: vec![],
        skills: vec![],
        capacity: 5,
        password_hash: "$argon2id$…".to_owned(),
    }
}

async fn people_are_unique_by_address(store: Arc<dyn Store>) {
    let id = store.add_person(new_person("Ada@Example.ORG")).await.unwrap();
    assert!(matches!(store.add_person(new_person("ada@example.org")).await, Err(PersonError::Exists)));
    let other = store.add_person(new_person("b@example.org")).await.unwrap();
    let people = store.people().await.unwrap();
    assert_eq!(people.iter().map(|p| p.id).collect::<Vec<_>>(), [id, other]);
    let (ada, hash) = store.person_by_email("ADA@example.org").await.unwrap().unwrap();
    assert_eq!((&ada, hash.as_str()), (&people[0], "$argon2id$…"));
    assert_eq!((ada.email.as_str(), ada.role, ada.disabled), ("ada@example.org", Role::Supervisor, false));
    assert_eq!(ada.departments, new_person("").departments);
    assert!(store.person_by_email("c@example.org").await.unwrap().is_none());
}

async fn sessions_end(store: Arc<dyn Store>) {
    let id = store.add_person(new_person("a@example.org")).await.unwrap();
    let (now, until) = (Timestamp(100), Timestamp(200));
    let shows = async |token: u8, at| store.session([token; 32], Timestamp(at)).await.unwrap().map(|p| p.id);

    for token in 1..=3 {
        store.add_session(session([token; 32], id, now, until)).await.unwrap();
    }
    assert_eq!((shows(1, 199).await, shows(1, 200).await), (Some(id), None));
    store.end_sessions(Ended::Token([1; 32]), None).await.unwrap();
    assert_eq!((shows(1, 150).await, shows(2, 150).await), (None, Some(id)));

    assert!(store.change_person(id, PersonChange::Password("new".to_owned())).await.unwrap());
    assert_eq!(shows(2, 150).await, None);
    assert_eq!(store.person_by_email("a@example.org").await.unwrap().unwrap().1, "new");

    store.add_session(session([4; 32], id, now, until)).await.unwrap();
    assert!(store.change_person(id, PersonChange::Disabled(true)).await.unwrap());
    assert_eq!(shows(4, 150).await, None);
    assert!(store.people().await.unwrap()[0].disabled);
    store.add_session(session([5; 32], id, now, until)).await.unwrap();
    assert_eq!(shows(5, 150).await, None);
    assert!(store.change_person(id, PersonChange::Disabled(false)).await.unwrap());
    assert_eq!(shows(4, 150).await, None);

    // A login that began before the password or the second factor changed, and ends after.
    let late = async |hash: &str, factor: bool| {
        let checked = Some((hash.to_owned(), factor));
        store.add_session(NewSession { checked, ..session([7; 32], id, now, until) }).await.unwrap()
    };
    assert!(!late("old", false).await && !late("new", true).await);
    assert_eq!(shows(7, 150).await, None);
    assert!(late("new", false).await);
    assert_eq!(shows(7, 150).await, Some(id));

    assert!(!store.change_person(AgentId(77), PersonChange::Disabled(true)).await.unwrap());
    assert!(store.add_session(session([6; 32], AgentId(77), now, until)).await.is_err());
}

async fn people_version_rises(store: Arc<dyn Store>) {
    let mut last = store.people_version().await.unwrap();
    let mut risen = async || {
        let version = store.people_version().await.unwrap();
        std::mem::replace(&mut last, version) < version
    };
    let id = store.add_person(new_person("a@example.org")).await.unwrap();
    assert!(risen().await);
    store.add_session(session([1; 32], id, Timestamp(1), Timestamp(2))).await.unwrap();
    assert!(risen().await);
    store.end_sessions(Ended::Token([1; 32]), None).await.unwrap();
    assert!(risen().await);
    store.change_person(id, PersonChange::Disabled(true)).await.unwrap();
    assert!(risen().await);
    store.commit(append(C, 0, &["x"])).await.unwrap();
    assert!(store.add_person(new_person("a@example.org")).await.is_err());
    assert!(!risen().await);
}

async fn a_probe_leaves_nothing(store: Arc<dyn Store>) {
    store.commit(append(C, 0, &["x"])).await.unwrap();
    store.probe().await.unwrap();
    store.probe().await.unwrap();
    assert_eq!(sound(&*store, C).await, ["x"]);
}
