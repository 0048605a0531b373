//! The only reader of the wall clock beneath the HTTP edge.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::types::Timestamp;

/// Reads the wall clock once and counts on from there, so that somebody who sets the clock changes nothing here.
pub(super) struct Clock {
    wall: i64,
    started: Instant,
    /// The clock was given, not read.
    given: bool,
}

/// A wall clock that was set back by less than this is not followed: milliseconds.
const BACK: i64 = 24 * 3_600_000;

impl Clock {
    /// `wall`: what the machine says, unless something else is given. `last`: when something was last written. A clock
    /// that was set back while the server was away would put whoever comes now before those who wait already; so time
    /// goes on from `last`, unless that is so far ahead that it was the mistake.
    #[expect(clippy::disallowed_methods, reason = "the edge, where time comes from")]
    pub(super) fn start(wall: Option<Timestamp>, last: Option<Timestamp>) -> Self {
        let given = wall.is_some();
        let machine = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_millis() as i64;
        let wall = wall.map_or_else(machine, |t| t.0);
        let wall = last.map_or(wall, |t| if t.0.saturating_sub(wall) < BACK { wall.max(t.0) } else { wall });
        Self { wall, started: Instant::now(), given }
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp(self.wall + self.started.elapsed().as_millis() as i64)
    }

    /// Seconds since 1970 as the wall clock says now, jumps and all: what a telephone's codes are held against.
    #[expect(clippy::disallowed_methods, reason = "the edge, where time comes from")]
    pub(super) fn wall_s(&self) -> u64 {
        if self.given {
            return self.now().0.unsigned_abs() / 1_000;
        }
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_does_not_go_back_behind_what_is_written() {
        for (wall, last, begins) in [
            (5_000, None, 5_000),
            (5_000, Some(4_000), 5_000),
            (5_000, Some(5_000 + 3_600_000), 5_000 + 3_600_000),
            (5_000, Some(5_000 + BACK), 5_000),
        ] {
            let clock = Clock::start(Some(Timestamp(wall)), last.map(Timestamp));
            assert_eq!(clock.wall, begins, "{wall} {last:?}");
        }
    }
}
