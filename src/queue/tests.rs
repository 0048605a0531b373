use super::*;
use crate::types::{Room, VisitorId};

const MINUTE: i64 = 60_000;

fn waiting(id: u128, department: Option<&str>, priority: Priority, since: i64) -> Waiting {
    Waiting {
        c: ConversationId(id),
        department: department.map(Into::into),
        priority,
        since: Timestamp(since),
        entered: Timestamp(since),
        language: None,
        needs: Vec::new(),
        last_agent: None,
        passed: Vec::new(),
    }
}

fn server(id: i64, departments: &[&str], load: u32, capacity: u32) -> Server {
    Server {
        agent: AgentId(id),
        departments: departments.iter().map(|d| (*d).to_owned()).collect(),
        languages: Vec::new(),
        skills: Vec::new(),
        load,
        capacity,
        given: 0,
    }
}

fn given(line: &[Waiting], servers: &[Server], policy: &Policy, now: i64) -> Vec<(u128, i64)> {
    assign(line, servers, policy, Timestamp(now)).into_iter().map(|(c, a)| (c.0, a.0)).collect()
}

#[test]
fn priority_comes_before_waiting_and_waiting_before_chance() {
    let mut line = vec![
        waiting(3, None, Priority::Normal, 10),
        waiting(1, None, Priority::Normal, 20),
        waiting(2, None, Priority::Urgent, 30),
        waiting(0, None, Priority::Normal, 20),
    ];
    sort(&mut line, &Policy::default(), Timestamp(40));
    assert_eq!(line.iter().map(|w| w.c.0).collect::<Vec<_>>(), [2, 3, 0, 1]);
    assert_eq!(position(&line, ConversationId(0), &[]), Some(3));
    assert_eq!(position(&line, ConversationId(9), &[]), None);
}

#[test]
fn waiting_lifts_until_nobody_who_came_later_is_before() {
    let (old, new) = (waiting(1, None, Priority::Normal, 0), waiting(2, None, Priority::Urgent, 15 * MINUTE));
    let policy = Policy::default();
    for (minutes, rank_of_old, first) in [
        (9, Priority::Normal, 2),
        (10, Priority::High, 2),
        (19, Priority::High, 2),
        (20, Priority::Urgent, 1),
        (999, Priority::Urgent, 1),
    ] {
        let now = Timestamp(minutes * MINUTE);
        assert_eq!(rank(&old, &policy, now), rank_of_old, "{minutes}");
        let mut line = [old.clone(), new.clone()];
        sort(&mut line, &policy, now);
        assert_eq!(line[0].c.0, first, "{minutes}");
    }
    let never = Policy { age: 0, ..Policy::default() };
    assert_eq!(rank(&old, &never, Timestamp(i64::MAX)), Priority::Normal);
    assert_eq!(next_change(&[old], &never, Timestamp(0)), None);
}

#[test]
fn only_those_before_me_who_want_my_people_count() {
    let line = [waiting(1, Some("orders"), Priority::Normal, 1), waiting(2, Some("returns"), Priority::Normal, 2)];
    let split = [server(1, &["orders"], 0, 1), server(2, &["returns"], 0, 1)];
    assert_eq!(position(&line, ConversationId(2), &split), Some(1));
    let shared = [server(1, &[], 0, 1)];
    assert_eq!(position(&line, ConversationId(2), &shared), Some(2));
}

#[test]
fn the_longest_wait_that_somebody_can_take_is_next() {
    let line = [waiting(1, Some("orders"), Priority::Normal, 1), waiting(2, Some("returns"), Priority::Normal, 2)];
    let policy = Policy::default();
    assert_eq!(given(&line, &[server(7, &["returns"], 0, 1)], &policy, 5), [(2, 7)]);
    assert_eq!(given(&line, &[server(7, &[], 1, 1)], &policy, 5), []);
    assert_eq!(given(&line, &[server(7, &[], 2, 3), server(8, &[], 1, 3)], &policy, 5), [(1, 8), (2, 7)]);
    assert_eq!(given(&line, &[server(7, &[], 0, 1)], &policy, 5), [(1, 7)], "one place, one chat");
}

#[test]
fn least_loaded_fills_small_and_large_alike_and_round_robin_goes_round() {
    let line: Vec<_> = (1..=3).map(|n| waiting(n, None, Priority::Normal, n as i64)).collect();
    let servers = [server(1, &[], 0, 2), server(2, &[], 2, 6)];
    assert_eq!(given(&line, &servers, &Policy::default(), 9), [(1, 1), (2, 2), (3, 1)]);
    let round = Policy { strategy: Strategy::RoundRobin, ..Policy::default() };
    let servers = [
        Server { given: 8, ..server(1, &[], 0, 9) },
        Server { given: 9, ..server(2, &[], 0, 9) },
        Server { given: 3, ..server(3, &[], 7, 9) },
    ];
    assert_eq!(given(&line, &servers, &round, 9), [(1, 3), (2, 1), (3, 2)]);
}

#[test]
fn who_had_it_last_has_it_again_for_a_while_if_there_is_a_place() {
    let back = Waiting { last_agent: Some((AgentId(2), Timestamp(0))), ..waiting(1, None, Priority::Normal, 0) };
    let line = [back];
    let policy = Policy::default();
    let (free, busy) = ([server(1, &[], 0, 3), server(2, &[], 2, 3)], [server(1, &[], 0, 3), server(2, &[], 3, 3)]);
    assert_eq!(given(&line, &free, &policy, 24 * 60 * MINUTE - 1), [(1, 2)]);
    assert_eq!(given(&line, &free, &policy, 24 * 60 * MINUTE), [(1, 1)], "a day later");
    assert_eq!(given(&line, &busy, &policy, 5), [(1, 1)], "nobody waits for a person who has no place");
}

#[test]
fn a_language_is_waited_for_while_somebody_at_work_speaks_it() {
    let german = Waiting { language: Some(Language::DE), ..waiting(1, None, Priority::Normal, 0) };
    let line = [german];
    let policy = Policy::default();
    let speaks = |id, load, language| Server { languages: vec![language], ..server(id, &[], load, 1) };
    let (english, busy_german) = (speaks(1, 0, Language::EN), speaks(2, 1, Language::DE));
    let both = [english.clone(), busy_german];
    assert_eq!(given(&line, &both, &policy, 2 * MINUTE - 1), []);
    assert_eq!(next_change(&line, &policy, Timestamp(0)), Some(Timestamp(2 * MINUTE)));
    assert_eq!(given(&line, &both, &policy, 2 * MINUTE), [(1, 1)]);
    assert_eq!(given(&line, std::slice::from_ref(&english), &policy, 0), [(1, 1)], "nobody here speaks it");
    let rules = Rules { languages: vec![Language::EN], ..Rules::default() };
    let english_only = Policy { departments: [("orders".to_owned(), rules)].into(), ..policy.clone() };
    let there = [Waiting { department: Some("orders".into()), ..line[0].clone() }];
    assert_eq!(given(&there, &both, &english_only, 0), [(1, 1)], "nobody writes German there");
    let two = [english, server(3, &[], 0, 1)];
    assert_eq!(given(&line, &two, &policy, 0), [(1, 3)], "no languages named: all");
}

#[test]
fn a_skill_is_needed_however_long_it_takes_and_a_pause_gives_nothing() {
    let needs = Waiting { needs: vec!["refunds".into()], ..waiting(1, Some("orders"), Priority::Normal, 0) };
    let line = [needs];
    let policy = Policy::default();
    assert_eq!(given(&line, &[server(1, &[], 0, 1)], &policy, i64::from(i32::MAX)), []);
    let able = [Server { skills: vec!["refunds".into()], ..server(2, &[], 0, 1) }];
    assert_eq!(given(&line, &able, &policy, 1), [(1, 2)]);
    let paused = Rules { paused: true, ..Rules::default() };
    let policy = Policy { departments: [("orders".to_owned(), paused)].into(), ..policy };
    assert_eq!(given(&line, &able, &policy, 1), []);
}

#[test]
fn what_everybody_let_pass_rests_and_starts_again() {
    let passed = vec![(AgentId(1), Timestamp(0)), (AgentId(2), Timestamp(10_000))];
    let line = [Waiting { passed, ..waiting(1, None, Priority::Normal, 0) }];
    let policy = Policy::default();
    let two = [server(1, &[], 0, 1), server(2, &[], 0, 1)];
    assert_eq!(given(&line, &two, &policy, 39_999), []);
    assert_eq!(next_change(&line, &policy, Timestamp(20_000)), Some(Timestamp(40_000)));
    assert_eq!(given(&line, &two, &policy, 40_000), [(1, 1)]);
    let three = [two[0].clone(), two[1].clone(), server(3, &[], 0, 1)];
    assert_eq!(given(&line, &three, &policy, 10_000), [(1, 3)], "one who has not been asked");
}

#[test]
fn who_waited_long_enough_goes_on_to_where_somebody_is() {
    let rules = Rules { overflow: Some(("returns".to_owned(), 5 * MINUTE as u64)), ..Rules::default() };
    let policy = Policy { departments: [("orders".to_owned(), rules)].into(), ..Policy::default() };
    let line = [waiting(1, Some("orders"), Priority::Normal, 0), waiting(2, None, Priority::Normal, 0)];
    let there = [server(1, &["returns"], 1, 1)];
    let goes = |servers: &[Server], now| overflow(&line, servers, &policy, Timestamp(now));
    assert_eq!(goes(&there, 5 * MINUTE - 1), []);
    assert_eq!(goes(&there, 5 * MINUTE), [(ConversationId(1), "returns".to_owned())]);
    assert_eq!(goes(&[server(1, &["orders"], 0, 1)], 9 * MINUTE), [], "nobody is there either");
    assert_eq!(next_change(&line, &policy, Timestamp(0)), Some(Timestamp(5 * MINUTE)));
}

#[test]
fn places_are_few_altogether_and_fewer_for_one() {
    let guest = |visitor, from: Option<u128>| Guest { visitor: VisitorId(visitor), from: from.map(Block) };
    let places = Places { all: 5, per_visitor: 1, per_block: 2 };
    let room_for = |taken: &[Guest], g: Guest| room(taken.iter(), &g, places);
    let office = [guest(1, Some(7)), guest(2, Some(7))];
    assert_eq!(room_for(&office, guest(3, Some(7))), Room::OwnTaken, "two of an address");
    assert_eq!(room_for(&office, guest(3, Some(8))), Room::Free);
    assert_eq!(room_for(&office, guest(3, None)), Room::Free, "of whom no address is known, none is counted");
    assert_eq!(room_for(&office, guest(2, None)), Room::OwnTaken, "one a visitor");
    let many: Vec<_> = (10..15).map(|n| guest(n, None)).collect();
    assert_eq!(room_for(&many, guest(1, Some(1))), Room::AllTaken, "five altogether");
    let open = Places { per_visitor: 0, per_block: 0, ..places };
    assert_eq!(room(office.iter(), &guest(2, Some(7)), open), Room::Free);
    let off = Places { all: 0, ..open };
    assert_eq!(room([].iter(), &guest(2, None), off), Room::AllTaken, "a queue that is switched off");
}

#[test]
fn an_estimate_is_a_range_that_grows_with_the_place() {
    let mut h = History::default();
    let one = [server(1, &[], 3, 3)];
    let (a, b) = (h.estimate(1, None, &one), h.estimate(5, None, &one));
    assert!(a.0 < a.1 && b.0 > a.0 && b.1 > a.1, "{a:?} {b:?}");
    for _ in 0..200 {
        h.noticed(7);
        h.served(60);
    }
    assert_eq!(h.notices.len(), SAMPLES);
    assert_eq!(h.estimate(1, None, &[server(1, &[], 0, 3)]), (7, 8));
    let none = h.estimate(1, None, &[]);
    assert!(none.1 >= 900, "{none:?}");
    h.noticed(u32::MAX);
    for _ in 0..SAMPLES {
        h.served(u32::MAX);
    }
    for servers in [&one[..], &[]] {
        let (low, high) = h.estimate(u32::MAX, None, servers);
        assert!(low < high && high <= 86_400, "{low} {high}");
    }
}

#[test]
fn what_was_told_is_held_against_what_came() {
    let mut h = History::default();
    assert_eq!(h.quality(), WaitQuality::default());
    for (range, wait, error) in [((10, 20), 15, 0), ((10, 20), 10, 5), ((10, 20), 21, 6), ((0, 100), 99, 49)] {
        assert_eq!(h.told(range, wait), error);
    }
    assert_eq!(h.quality(), WaitQuality { told: 4, inside: 3, median_error_s: 6 });
    for _ in 0..SAMPLES {
        h.told((0, 2), 9);
    }
    assert_eq!(h.quality(), WaitQuality { told: 100, inside: 0, median_error_s: 8 });
}
