//! Who is connected: so many sockets a person, and one a device.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

/// Sockets by person.
pub(super) struct Registry<K: Eq + Hash + Copy> {
    people: Arc<Mutex<HashMap<K, Vec<Entry>>>>,
}

struct Entry {
    device: String,
    superseded: CancellationToken,
}

/// The person has too many sockets.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooMany;

impl<K: Eq + Hash + Copy> Registry<K> {
    /// Nobody is connected.
    pub(super) fn new() -> Self {
        Self { people: Arc::default() }
    }

    /// Takes a seat; another socket of the same device loses its own.
    ///
    /// # Errors
    /// [`TooMany`] where `most` others are there.
    pub(super) fn enter(&self, person: K, device: &str, most: usize) -> Result<Seat<K>, TooMany> {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        let entries = people.entry(person).or_default();
        if let Some(same) = entries.iter().position(|e| e.device == device) {
            entries.swap_remove(same).superseded.cancel();
        }
        if entries.len() >= most {
            return Err(TooMany);
        }
        let superseded = CancellationToken::new();
        entries.push(Entry { device: device.to_owned(), superseded: superseded.clone() });
        Ok(Seat { people: Arc::clone(&self.people), person, device: device.to_owned(), superseded })
    }
}

/// A socket's seat; left when dropped.
pub(super) struct Seat<K: Eq + Hash + Copy> {
    people: Arc<Mutex<HashMap<K, Vec<Entry>>>>,
    person: K,
    device: String,
    /// Another socket of the same device took over.
    pub(super) superseded: CancellationToken,
}

impl<K: Eq + Hash + Copy> Drop for Seat<K> {
    fn drop(&mut self) {
        if self.superseded.is_cancelled() {
            return;
        }
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        // Between the look at the token and the lock a successor may have come: it has a token of its own.
        if self.superseded.is_cancelled() {
            return;
        }
        if let Some(entries) = people.get_mut(&self.person) {
            entries.retain(|e| e.device != self.device);
            if entries.is_empty() {
                people.remove(&self.person);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_has_one_seat_and_a_person_a_few() {
        let registry = Registry::new();
        let a = registry.enter(1, "a", 2).ok();
        let b = registry.enter(1, "b", 2).ok();
        assert!(registry.enter(1, "c", 2).is_err());
        assert!(registry.enter(2, "c", 2).is_ok());
        let again = registry.enter(1, "a", 2).ok();
        assert!(a.as_ref().is_some_and(|s| s.superseded.is_cancelled()));
        drop(a);
        assert!(again.as_ref().is_some_and(|s| !s.superseded.is_cancelled()));
        assert!(registry.enter(1, "c", 2).is_err(), "the old seat's end does not free the new one's");
        drop((again, b));
        assert!(registry.people.lock().unwrap().is_empty());
    }
}
