//! Who is connected: so many sockets a person, and one a device.
//!
//! A phone that changes its network leaves a socket behind that nobody ever closes; it is noticed only when it misses
//! its heartbeats. So whoever comes when all seats are taken gets the seat of the socket that has been silent longest.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use tokio::time::Instant;

use crate::config::{self, ms};
use crate::protocol::CloseCode;

/// Sockets by person.
pub(super) struct Registry<K: Eq + Hash + Copy> {
    people: People<K>,
    names: AtomicU64,
}

type People<K> = Arc<Mutex<HashMap<K, Vec<Entry>>>>;

struct Entry {
    name: u64,
    device: String,
    heard: Instant,
    /// Why it must go.
    taken: watch::Sender<Option<CloseCode>>,
}

/// The person has too many sockets.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooMany;

impl<K: Eq + Hash + Copy> Registry<K> {
    /// Nobody is connected.
    pub(super) fn new() -> Self {
        Self { people: Arc::default(), names: AtomicU64::new(0) }
    }

    /// Takes a seat; another socket of the same device loses its own. Where `limits.per_person` others are there, the
    /// one of which nothing was heard for longest goes, if it was silent at two looks at the clocks.
    ///
    /// # Errors
    /// [`TooMany`] where all of them have just said something.
    pub(super) fn enter(
        &self,
        person: K,
        device: &str,
        limits: &config::Socket,
        now: Instant,
    ) -> Result<Seat<K>, TooMany> {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        let entries = people.entry(person).or_default();
        if let Some(same) = entries.iter().position(|e| e.device == device) {
            entries.swap_remove(same).taken.send_replace(Some(CloseCode::Superseded));
        }
        if entries.len() >= limits.per_person {
            let oldest = entries.iter().enumerate().min_by_key(|(_, e)| e.heard).map(|(i, e)| (i, e.heard));
            match oldest.filter(|(_, heard)| now.saturating_duration_since(*heard) >= ms(2 * limits.tick_ms)) {
                Some((i, _)) => entries.swap_remove(i).taken.send_replace(Some(CloseCode::TooManyConnections)),
                None => return Err(TooMany),
            };
        }
        let (sender, taken) = watch::channel(None);
        let name = self.names.fetch_add(1, Ordering::Relaxed);
        entries.push(Entry { name, device: device.to_owned(), heard: now, taken: sender });
        Ok(Seat { people: Arc::clone(&self.people), person, name, taken })
    }
}

impl<K: Eq + Hash + Copy> Registry<K> {
    /// All sockets of somebody must go.
    pub(super) fn end(&self, person: K, why: CloseCode) {
        let people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in people.get(&person).into_iter().flatten() {
            entry.taken.send_replace(Some(why));
        }
    }
}

/// A socket's seat; left when dropped.
pub(super) struct Seat<K: Eq + Hash + Copy> {
    people: People<K>,
    person: K,
    name: u64,
    taken: watch::Receiver<Option<CloseCode>>,
}

impl<K: Eq + Hash + Copy> Seat<K> {
    /// The client was heard at that time. To be told at each look at the clocks.
    pub(super) fn heard(&self, at: Instant) {
        self.with(|entries, mine| entries[mine].heard = at.max(entries[mine].heard));
    }

    /// When somebody else has taken the seat: why. Safe to cancel.
    pub(super) async fn taken(&mut self) -> CloseCode {
        match self.taken.wait_for(Option::is_some).await.map(|code| *code) {
            Ok(Some(code)) => code,
            _ => CloseCode::Superseded,
        }
    }

    fn with(&self, change: impl FnOnce(&mut Vec<Entry>, usize)) {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(entries) = people.get_mut(&self.person) else { return };
        if let Some(mine) = entries.iter().position(|e| e.name == self.name) {
            change(entries, mine);
            if entries.is_empty() {
                people.remove(&self.person);
            }
        }
    }
}

impl<K: Eq + Hash + Copy> Drop for Seat<K> {
    fn drop(&mut self) {
        self.with(|entries, mine| drop(entries.swap_remove(mine)));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn limits(per_person: usize) -> config::Socket {
        config::Socket { per_person, ..config::Socket::default() }
    }

    #[tokio::test]
    async fn a_device_has_one_seat_and_a_person_a_few() {
        let (registry, now, two) = (Registry::new(), Instant::now(), limits(2));
        let mut a = registry.enter(1, "a", &two, now).expect("a seat");
        let b = registry.enter(1, "b", &two, now).ok();
        assert!(registry.enter(1, "c", &two, now).is_err());
        assert!(registry.enter(2, "c", &two, now).is_ok());
        let again = registry.enter(1, "a", &two, now).ok();
        assert_eq!(a.taken().await, CloseCode::Superseded);
        drop(a);
        assert!(again.as_ref().is_some_and(|s| s.taken.borrow().is_none()));
        assert!(registry.enter(1, "c", &two, now).is_err(), "the old seat's end does not free the new one's");
        drop((again, b));
        assert!(registry.people.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn the_longest_silent_seat_gives_way() {
        let (registry, start, three) = (Registry::new(), Instant::now(), limits(3));
        let at = |s| start + Duration::from_secs(s);
        let [a, mut b, c] = ["a", "b", "c"].map(|d| registry.enter(1, d, &three, start).expect("a seat"));
        a.heard(at(9));
        assert!(registry.enter(1, "d", &three, at(1)).is_err(), "all of them have just spoken");
        let d = registry.enter(1, "d", &three, at(10)).expect("a seat");
        let e = registry.enter(1, "e", &three, at(10)).expect("a seat");
        assert_eq!(b.taken().await, CloseCode::TooManyConnections);
        assert!(c.taken.borrow().is_some() && a.taken.borrow().is_none() && d.taken.borrow().is_none());
        assert!(registry.enter(1, "f", &three, at(10)).is_err());
        drop((a, b, c, d, e));
        assert!(registry.people.lock().unwrap().is_empty());
    }
}
