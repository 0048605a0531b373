//! The live board: who waits, who is there, and how fast somebody came. What it counts is of the last hour and of this
//! process: after a restart it begins anew.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use super::hub::lock;
use super::{Action, Actor, Availability, Colleague, Desk, DeskError, On, may};
use crate::bus::{Hint, Shared};
use crate::conversation::Refusal;
use crate::queue::WaitQuality;
use crate::store::beside::Paused;
use crate::store::{Person, StoreError};
use crate::types::{AgentId, Timestamp};

/// What is counted: an hour, milliseconds; and so many answers of it at most.
const WINDOW_MS: i64 = 3_600_000;
const ANSWERS: usize = 20_000;

/// Somebody should come within so many seconds, to so large a share of those who wait, where the content says nothing.
const TARGET: (u32, f32) = (60, 0.8);

/// A chat that somebody took out of the line.
struct Answered {
    department: Option<String>,
    waited_s: u32,
    at: Timestamp,
}

/// What the board counts.
#[derive(Default)]
pub(super) struct Tally {
    answered: Mutex<VecDeque<Answered>>,
    /// Since when each is where they are.
    moved: Mutex<HashMap<AgentId, (Availability, Timestamp)>>,
}

impl Tally {
    /// Somebody came after this wait.
    pub(super) fn answered(&self, department: Option<&str>, waited_s: u32, at: Timestamp) {
        let mut answered = lock(&self.answered);
        answered.push_back(Answered { department: department.map(str::to_owned), waited_s, at });
        let old = at.plus_ms(-WINDOW_MS);
        while answered.len() > ANSWERS || answered.front().is_some_and(|a| a.at < old) {
            answered.pop_front();
        }
    }

    /// Somebody may be elsewhere now.
    pub(super) fn moved(&self, agent: AgentId, to: Availability, at: Timestamp) {
        let mut moved = lock(&self.moved);
        match moved.get_mut(&agent) {
            Some((known, _)) if *known == to => {}
            _ => {
                moved.insert(agent, (to, at));
            }
        }
    }
}

/// The board.
#[derive(Debug, Clone)]
pub struct Board {
    /// Of the content, then what else somebody waits for; none: for nobody in particular.
    pub departments: Vec<BoardDepartment>,
    /// By name, with since when they are where they are.
    pub people: Vec<(Colleague, Option<Timestamp>)>,
    /// How well the waiting times that visitors were told have held.
    pub waits: WaitQuality,
    /// When this was true.
    pub now: Timestamp,
}

/// A row of the board.
#[derive(Debug, Clone)]
pub struct BoardDepartment {
    /// None: chats that name no department.
    pub name: Option<String>,
    /// So many wait.
    pub waiting: u32,
    /// The longest of them for so long, seconds.
    pub longest_s: u64,
    /// Seconds within which somebody should come, and to which share.
    pub target: (u32, f32),
    /// Chats that somebody took in the last hour.
    pub answered: u32,
    /// Those of them within the target.
    pub in_target: u32,
    /// It takes no new chats.
    pub paused: Option<Paused>,
    /// By the opening hours.
    pub open: bool,
}

impl Desk {
    /// What goes on now.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn board(&self, by: &Arc<Person>) -> Result<Board, DeskError> {
        if !may(&Actor::Person(Arc::clone(by)), Action::Steer, On::Any) {
            return Err(DeskError::Forbidden);
        }
        let (content, now) = (self.content(), self.now());
        let settings = &content.settings;
        let waiting: Vec<(Option<String>, Timestamp)> =
            lock(&self.line).waiting().iter().map(|w| (w.department.clone(), w.since)).collect();
        let mut names: Vec<Option<String>> = settings.departments.iter().cloned().map(Some).collect();
        for (department, _) in &waiting {
            if !names.contains(department) {
                names.push(department.clone());
            }
        }
        let row = |name: Option<String>| {
            let mine = || waiting.iter().filter(|(department, _)| *department == name);
            let target = self.target(name.as_deref());
            let (answered, in_target) = self.answered(name.as_deref(), target.0, now);
            BoardDepartment {
                waiting: mine().count() as u32,
                longest_s: mine().map(|(_, since)| now.since(*since) / 1_000).max().unwrap_or(0),
                target,
                answered,
                in_target,
                paused: name.as_deref().and_then(|name| self.paused(name)),
                open: settings.open_state_of(name.as_deref(), now, settings.default_language()).open,
                name,
            }
        };
        let departments = names.into_iter().map(row).collect();
        let moved = lock(&self.tally.moved);
        let since = |c: &Colleague| moved.get(&c.person.id).filter(|(a, _)| *a == c.availability).map(|(_, at)| *at);
        let people = self.colleagues().into_iter().map(|c| (since(&c), c)).map(|(at, c)| (c, at)).collect();
        drop(moved);
        Ok(Board { departments, people, waits: self.wait_quality(), now })
    }

    /// Within how many seconds somebody should come, and to which share.
    pub(super) fn target(&self, department: Option<&str>) -> (u32, f32) {
        let content = self.content();
        department.and_then(|d| content.settings.department.get(d)?.target).unwrap_or(TARGET)
    }

    /// Chats of a department that somebody took in the last hour, and those of them that waited no longer than this.
    fn answered(&self, department: Option<&str>, within_s: u32, now: Timestamp) -> (u32, u32) {
        let answered = lock(&self.tally.answered);
        let old = now.plus_ms(-WINDOW_MS);
        let mine = answered.iter().filter(|a| a.at >= old && a.department.as_deref() == department);
        mine.fold((0, 0), |(all, fast), a| (all + 1, fast + u32::from(a.waited_s <= within_s)))
    }

    /// Since when and why a department takes no new chats, if that is so.
    #[must_use]
    pub fn paused(&self, department: &str) -> Option<Paused> {
        self.pauses.load().iter().find(|p| p.department == department).cloned()
    }

    /// Pauses a department for this reason (it may be empty), or (none) not any more.
    ///
    /// # Errors
    /// `NotFound` where the content names departments and this is none of them; `Forbidden`, `Busy`, `Storage`.
    pub async fn pause(
        &self,
        by: &Arc<Person>,
        address: IpAddr,
        department: &str,
        reason: Option<&str>,
    ) -> Result<(), DeskError> {
        if !may(&Actor::Person(Arc::clone(by)), Action::Steer, On::Any) {
            return Err(DeskError::Forbidden);
        }
        let content = self.content();
        let known = &content.settings.departments;
        // What is paused can be ended, also where the content has dropped it meanwhile.
        let named = known.is_empty() || known.iter().any(|d| d == department) || self.paused(department).is_some();
        if !named {
            return Err(DeskError::NotFound);
        }
        if department.trim().is_empty() || department.chars().count() > 100 {
            return Err(DeskError::Refused(Refusal::Invalid));
        }
        self.store.pause(department, reason, self.by(by, address)).await?;
        self.load_pauses().await?;
        Ok(())
    }

    /// Reads what is paused, and tells where it is another.
    pub(super) async fn load_pauses(&self) -> Result<(), StoreError> {
        let read = self.store.paused().await?;
        if **self.pauses.load() != read {
            self.pauses.store(Arc::new(read));
            self.bus.publish(Hint::Shared { what: Shared::Departments, of: None });
            self.renew_policy();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_counted_and_no_more() {
        let tally = Tally::default();
        for n in 0..10_i64 {
            tally.answered(Some("orders"), 50 + n as u32 * 5, Timestamp(n * 600_000));
        }
        // The last is of minute 90: what is older than minute 30 is gone.
        let left: Vec<i64> = lock(&tally.answered).iter().map(|a| a.at.0 / 60_000).collect();
        assert_eq!(left, [30, 40, 50, 60, 70, 80, 90]);
        for n in 0..ANSWERS + 5 {
            tally.answered(None, 1, Timestamp(5_400_000 + n as i64 % 2));
        }
        assert_eq!(lock(&tally.answered).len(), ANSWERS);
    }

    #[test]
    fn it_is_known_since_when_somebody_is_where_they_are() {
        let tally = Tally::default();
        let at = |to, ms| {
            tally.moved(AgentId(1), to, Timestamp(ms));
            lock(&tally.moved)[&AgentId(1)].1.0
        };
        assert_eq!([at(Availability::Online, 5), at(Availability::Online, 9), at(Availability::Away, 12)], [5, 5, 12]);
    }
}
