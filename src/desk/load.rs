//! How pressed the server is, by two measured waits: of the oldest write for the disk, and of a task for a processor.
//!
//! What counts is the wait that does not go away: the least of a window, as in CoDel (RFC 8289). A burst that is worked
//! off at once makes long waits too, but never a whole window of them; a standing line does. One short wait ends it.

use std::time::Duration;

/// How pressed the server is; each step gives up what the one before does, and more. Work that was begun goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Load {
    /// Everything is done at once.
    #[default]
    Easy,
    /// Typing, read marks and presence are left out, places in the queue are told every two seconds. Visitors' messages
    /// that stood unread for long are refused.
    Strained,
    /// New sessions and new conversations are refused.
    Crowded,
    /// Visitors' messages are refused; agents still get through.
    Full,
}

impl Load {
    /// From 0 (easy) to 3 (full).
    #[must_use]
    pub const fn step(self) -> u8 {
        self as u8
    }

    pub(super) const fn at(step: u8) -> Self {
        match step {
            0 => Self::Easy,
            1 => Self::Strained,
            2 => Self::Crowded,
            _ => Self::Full,
        }
    }
}

/// A store's line that is so full makes the server full at once, percent.
const FILLED: usize = 80;

/// A wait is standing when it is not shorter for so long.
pub(super) const WINDOW: Duration = Duration::from_millis(250);

/// A window has at least so many looks: where looks themselves come late, one or two of them tell nothing.
const LOOKS: u32 = 4;

/// Between two looks.
pub(super) const TICK: Duration = Duration::from_millis(25);

/// The least wait of this window and the one before.
#[derive(Debug)]
pub(super) struct Gauge {
    /// A standing wait from which on the server is crowded; strained from a half of it on, full from one and a half.
    /// Zero: waits do not count, only a full line does.
    crowded: Duration,
    begun: Duration,
    looks: u32,
    this: Duration,
    last: Duration,
}

impl Gauge {
    pub(super) const fn new(crowded: Duration) -> Self {
        Self { crowded, begun: Duration::ZERO, looks: 0, this: Duration::ZERO, last: Duration::ZERO }
    }

    /// Takes a look at `at`, counted from any one moment: the longest wait now, and how full the store's line is,
    /// percent.
    pub(super) fn look(&mut self, at: Duration, wait: Duration, filled: usize) -> Load {
        if at.saturating_sub(self.begun) >= WINDOW && self.looks >= LOOKS {
            (self.last, self.this, self.begun, self.looks) = (self.this, wait, at, 0);
        }
        self.looks += 1;
        self.this = self.this.min(wait);
        match self.this.min(self.last) {
            _ if filled >= FILLED => Load::Full,
            _ if self.crowded.is_zero() => Load::Easy,
            wait if 2 * wait >= 3 * self.crowded => Load::Full,
            wait if wait >= self.crowded => Load::Crowded,
            wait if 2 * wait >= self.crowded => Load::Strained,
            _ => Load::Easy,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the gauge says after looks every tick, each with this wait.
    fn looks(gauge: &mut Gauge, at: &mut Duration, n: usize, wait: u64) -> Vec<Load> {
        (0..n)
            .map(|_| {
                *at += TICK;
                gauge.look(*at, Duration::from_millis(wait), 0)
            })
            .collect()
    }

    #[test]
    fn a_burst_is_no_overload_and_a_standing_wait_is() {
        let (mut gauge, mut at) = (Gauge::new(Duration::from_millis(200)), Duration::ZERO);
        for _ in 0..20 {
            let burst = looks(&mut gauge, &mut at, 9, 5_000);
            assert!(burst.iter().all(|l| *l == Load::Easy), "nine long waits and a short one: {burst:?}");
            looks(&mut gauge, &mut at, 1, 0);
        }
        for (wait, load) in
            [(99, Load::Easy), (100, Load::Strained), (200, Load::Crowded), (300, Load::Full), (9_000, Load::Full)]
        {
            looks(&mut gauge, &mut at, 30, 0);
            let told = looks(&mut gauge, &mut at, 21, wait);
            assert_eq!(told.last(), Some(&load), "{wait} ms for two windows");
            assert!(told[..9].iter().all(|l| *l == Load::Easy), "not before a window has passed: {told:?}");
        }
    }

    #[test]
    fn one_short_wait_ends_it() {
        let (mut gauge, mut at) = (Gauge::new(Duration::from_millis(200)), Duration::ZERO);
        assert_eq!(looks(&mut gauge, &mut at, 40, 400).last(), Some(&Load::Full));
        assert_eq!(looks(&mut gauge, &mut at, 1, 20), [Load::Easy]);
        assert_eq!(looks(&mut gauge, &mut at, 9, 400), [Load::Easy; 9]);
        assert_eq!(looks(&mut gauge, &mut at, 20, 400).last(), Some(&Load::Full));
    }

    #[test]
    fn a_line_that_is_nearly_full_counts_at_once() {
        let mut gauge = Gauge::new(Duration::from_millis(200));
        assert_eq!(gauge.look(TICK, Duration::ZERO, 79), Load::Easy);
        assert_eq!(gauge.look(TICK, Duration::ZERO, 80), Load::Full);
        assert_eq!(gauge.look(TICK, Duration::ZERO, 10), Load::Easy);
    }

    #[test]
    fn looks_that_come_late_make_longer_windows() {
        let mut gauge = Gauge::new(Duration::from_millis(200));
        let wait = Duration::from_millis(400);
        let told: Vec<_> = (1..=12).map(|n| gauge.look(wait * n, wait, 0)).collect();
        let first = told.iter().position(|l| *l == Load::Full);
        assert!(matches!(first, Some(7..=8)), "two windows of four looks without a short wait: {told:?}");
    }
}
