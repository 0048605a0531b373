//! Who is next, for whom, at which place, and how long will it take: pure functions over the waiting line.

use crate::types::{AgentId, ConversationId, Priority, Room, Timestamp, VisitorId};

/// Somebody who waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The conversation.
    pub c: ConversationId,
    /// For whom; `None`: anybody.
    pub department: Option<String>,
    /// How soon.
    pub priority: Priority,
    /// Since when; kept through claim and return.
    pub since: Timestamp,
}

/// Where somebody comes from, as a number: an address, or the network of one customer where a customer has many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Block(pub u128);

/// Who takes a place in the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guest {
    /// Who.
    pub visitor: VisitorId,
    /// From where, where that is known.
    pub from: Option<Block>,
}

/// How many may wait at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places {
    /// Altogether.
    pub all: u32,
    /// Of one visitor; 0: no limit of its own.
    pub per_visitor: u32,
    /// From one [`Block`]; 0: no limit of its own.
    pub per_block: u32,
}

/// Whether there is a place for one more, beside those who have one.
#[must_use]
pub fn room<'a>(taken: impl Iterator<Item = &'a Guest>, guest: &Guest, places: Places) -> Room {
    let (mut all, mut same_visitor, mut same_block) = (0, 0, 0);
    for other in taken {
        all += 1;
        same_visitor += u32::from(other.visitor == guest.visitor);
        same_block += u32::from(guest.from.is_some() && other.from == guest.from);
    }
    let below = |n: u32, limit: u32| limit == 0 || n < limit;
    if all >= places.all {
        Room::AllTaken
    } else if below(same_visitor, places.per_visitor) && below(same_block, places.per_block) {
        Room::Free
    } else {
        Room::OwnTaken
    }
}

/// Somebody who takes chats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Who.
    pub agent: AgentId,
    /// Which queues; empty: all.
    pub departments: Vec<String>,
    /// Chats at hand.
    pub load: u32,
    /// Chats at once.
    pub capacity: u32,
}

impl Server {
    /// Whether this person takes chats of a department.
    #[must_use]
    pub fn serves(&self, department: Option<&str>) -> bool {
        serves(&self.departments, department)
    }
}

/// Whether somebody with these departments (none: all) takes chats of `department` (none: anybody's).
#[must_use]
pub fn serves(departments: &[String], department: Option<&str>) -> bool {
    departments.is_empty() || department.is_none_or(|d| departments.iter().any(|x| x == d))
}

/// Puts a line in order: highest priority first, then longest wait; the id breaks ties so that all nodes agree.
pub fn sort(line: &mut [Waiting]) {
    line.sort_by(|a, b| b.priority.cmp(&a.priority).then(a.since.cmp(&b.since)).then_with(|| a.c.cmp(&b.c)));
}

/// Place of `c` in a sorted line, from 1: those before it who compete for the same people, itself included.
/// With nobody at work, all before it count.
#[must_use]
pub fn position(line: &[Waiting], c: ConversationId, servers: &[Server]) -> Option<u32> {
    let at = line.iter().position(|w| w.c == c)?;
    let mine = line[at].department.as_deref();
    let competes = |other: &Waiting| {
        servers.is_empty()
            || other.department.as_deref() == mine
            || servers.iter().any(|s| s.serves(mine) && s.serves(other.department.as_deref()))
    };
    Some(1 + line[..at].iter().filter(|w| competes(w)).count() as u32)
}

/// What recent chats tell about waiting, all in seconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// From "waiting" to "claimed", newest last.
    pub waits: Vec<u32>,
    /// From "claimed" to "closed", newest last.
    pub services: Vec<u32>,
}

/// Samples that count: older ones are forgotten.
pub const SAMPLES: usize = 100;

/// Fewer samples than these are not trusted alone.
const TRUSTED: usize = 5;

/// A chat that takes nobody in particular any particular time, seconds: what is assumed before anything is known.
const USUAL_SERVICE: u32 = 300;

impl History {
    /// Remembers a wait.
    pub fn waited(&mut self, seconds: u32) {
        remember(&mut self.waits, seconds);
    }

    /// Remembers a service.
    pub fn served(&mut self, seconds: u32) {
        remember(&mut self.services, seconds);
    }

    /// Range in which four of five waits at `position` should lie, seconds: `(low, high)`.
    ///
    /// While places are free, a wait is the time somebody takes to notice: the 10th to 90th percentile of recent waits.
    /// Beyond that, chats must end first: with `n` places, the next ends after about a service time over `n`.
    #[must_use]
    pub fn estimate(&self, position: u32, department: Option<&str>, servers: &[Server]) -> (u32, u32) {
        let able = servers.iter().filter(|s| s.serves(department));
        let (places, free) = able.fold((0, 0), |(p, f), s| (p + s.capacity, f + s.capacity.saturating_sub(s.load)));
        let (notice_low, notice_high) = if self.waits.len() >= TRUSTED { spread(&self.waits) } else { (10, 120) };
        let (service_low, service_high) = if self.services.len() >= TRUSTED {
            spread(&self.services)
        } else {
            (USUAL_SERVICE / 3, USUAL_SERVICE * 2)
        };
        if places == 0 {
            // Nobody is at work: somebody has to come first.
            return (60 * position, (900 + service_high * position).min(24 * 3600));
        }
        let behind = position.saturating_sub(free);
        let low = notice_low + behind * service_low / places;
        let high = notice_high + behind * service_high / places;
        (low, high.max(low + 1).min(24 * 3600))
    }
}

fn remember(samples: &mut Vec<u32>, value: u32) {
    if samples.len() == SAMPLES {
        samples.remove(0);
    }
    samples.push(value);
}

/// 10th and 90th percentile.
fn spread(samples: &[u32]) -> (u32, u32) {
    let mut s = samples.to_vec();
    s.sort_unstable();
    let at = |p: usize| s[(s.len() - 1) * p / 100];
    (at(10), at(90))
}

/// Who shall be offered the first chat of a sorted line that anybody can take: the least loaded, then the lowest id.
#[must_use]
pub fn next(line: &[Waiting], servers: &[Server]) -> Option<(ConversationId, AgentId)> {
    line.iter().find_map(|w| {
        servers
            .iter()
            .filter(|s| s.load < s.capacity && s.serves(w.department.as_deref()))
            .min_by_key(|s| (s.load, s.agent))
            .map(|s| (w.c, s.agent))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(id: u128, department: Option<&str>, priority: Priority, since: i64) -> Waiting {
        Waiting { c: ConversationId(id), department: department.map(Into::into), priority, since: Timestamp(since) }
    }

    fn server(id: i64, departments: &[&str], load: u32, capacity: u32) -> Server {
        Server {
            agent: AgentId(id),
            departments: departments.iter().map(|d| (*d).to_owned()).collect(),
            load,
            capacity,
        }
    }

    #[test]
    fn priority_comes_before_waiting_and_waiting_before_chance() {
        let mut line = vec![
            waiting(3, None, Priority::Normal, 10),
            waiting(1, None, Priority::Normal, 20),
            waiting(2, None, Priority::Urgent, 30),
            waiting(0, None, Priority::Normal, 20),
        ];
        sort(&mut line);
        assert_eq!(line.iter().map(|w| w.c.0).collect::<Vec<_>>(), [2, 3, 0, 1]);
        assert_eq!(position(&line, ConversationId(0), &[]), Some(3));
        assert_eq!(position(&line, ConversationId(9), &[]), None);
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
        assert_eq!(next(&line, &[server(7, &["returns"], 0, 1)]), Some((ConversationId(2), AgentId(7))));
        assert_eq!(next(&line, &[server(7, &[], 1, 1)]), None);
        let both = [server(7, &[], 2, 3), server(8, &[], 1, 3)];
        assert_eq!(next(&line, &both), Some((ConversationId(1), AgentId(8))));
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
            h.waited(7);
            h.served(60);
        }
        assert_eq!(h.waits.len(), SAMPLES);
        assert_eq!(h.estimate(1, None, &[server(1, &[], 0, 3)]), (7, 8));
        let none = h.estimate(1, None, &[]);
        assert!(none.1 >= 900, "{none:?}");
    }
}
