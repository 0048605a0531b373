//! Where visitors have been on the site while they were connected, and with which kind of device: in memory alone.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::Mutex;

use lru::LruCache;

use super::hub::lock;
use super::{Desk, Load, Mailbox};
use crate::bus::Hint;
use crate::conversation::Page;
use crate::types::{Timestamp, VisitorId};

/// Most pages of one visitor; older ones are forgotten.
const STEPS: usize = 20;
/// Most visitors; those who came or went anywhere longest ago are forgotten. With all cut short this is 50 MB at the very most.
const VISITORS: NonZeroUsize = NonZeroUsize::new(4_096).unwrap();
/// Longest address and title, characters.
const URL: usize = 300;
const TITLE: usize = 120;

/// A page that a visitor looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its address, cut short.
    pub url: String,
    /// Its title, cut short.
    pub title: Option<String>,
    /// Since when.
    pub at: Timestamp,
}

/// What is known of a visitor's way.
#[derive(Default)]
struct Trail {
    steps: VecDeque<Step>,
    device: Option<String>,
}

pub(super) struct Trails(Mutex<LruCache<VisitorId, Trail>>);

impl Trails {
    pub(super) fn new() -> Self {
        Self(Mutex::new(LruCache::new(VISITORS)))
    }

    /// Nothing is known of this visitor any more.
    pub(super) fn forget(&self, visitor: VisitorId) {
        lock(&self.0).pop(&visitor);
    }

    fn came_with(&self, visitor: VisitorId, device: Option<String>) {
        lock(&self.0).get_or_insert_mut(visitor, Trail::default).device = device;
    }

    /// Whether this is another page than the one before.
    fn add(&self, visitor: VisitorId, step: Step) -> bool {
        let mut all = lock(&self.0);
        let steps = &mut all.get_or_insert_mut(visitor, Trail::default).steps;
        if steps.back().is_some_and(|last| last.url == step.url && last.title == step.title) {
            return false;
        }
        if steps.len() >= STEPS {
            steps.pop_front();
        }
        steps.push_back(step);
        true
    }
}

impl Desk {
    /// The visitor looks at this page now; whoever looks at what their socket follows learns of it. Without an address
    /// it is none.
    pub fn visited(&self, visitor: VisitorId, socket: &Mailbox, page: &Page) {
        let Some(url) = page.url.as_deref().filter(|url| !url.is_empty()) else { return };
        let title = page.title.as_deref().map(|title| title.chars().take(TITLE).collect());
        let step = Step { url: url.chars().take(URL).collect(), title, at: self.now() };
        if self.trails.add(visitor, step) && self.busy() == Load::Easy {
            for c in socket.following() {
                self.bus.publish(Hint::Page { c });
            }
        }
    }

    /// The last pages of a visitor, oldest first; none after a restart, or long after.
    #[must_use]
    pub fn trail(&self, visitor: VisitorId) -> Vec<Step> {
        lock(&self.trails.0).peek(&visitor).map(|t| t.steps.iter().cloned().collect()).unwrap_or_default()
    }

    /// The visitor opened a line with this kind of device, in a few words; none: of which nothing is known.
    pub fn came_with(&self, visitor: VisitorId, device: Option<String>) {
        self.trails.came_with(visitor, device);
    }

    /// With which kind of device a visitor came last.
    #[must_use]
    pub fn device(&self, visitor: VisitorId) -> Option<String> {
        lock(&self.trails.0).peek(&visitor)?.device.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trail_is_short_and_can_be_forgotten() {
        let trails = Trails::new();
        let step = |n: i64| Step { url: format!("/{n}"), title: None, at: Timestamp(n) };
        for n in 0..50 {
            assert!(trails.add(VisitorId(1), step(n)));
            assert!(!trails.add(VisitorId(1), Step { at: Timestamp(n + 1), ..step(n) }), "the same page again");
        }
        let held = |v| {
            lock(&trails.0).peek(&VisitorId(v)).map(|t| (t.steps.len(), t.steps.front().cloned(), t.device.clone()))
        };
        trails.came_with(VisitorId(1), Some("Firefox, Android".into()));
        assert_eq!(held(1), Some((STEPS, Some(step(30)), Some("Firefox, Android".into()))));
        trails.forget(VisitorId(1));
        assert_eq!(held(1), None);
        for v in 0..=VISITORS.get() as u128 {
            trails.add(VisitorId(v), step(0));
        }
        assert_eq!((held(0), lock(&trails.0).len()), (None, VISITORS.get()));
    }
}
