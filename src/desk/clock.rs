//! The only reader of the wall clock beneath the HTTP edge.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::types::Timestamp;

/// Reads the wall clock once and counts on from there, so that somebody who sets the clock changes nothing here.
pub(super) struct Clock {
    wall: i64,
    started: Instant,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "the edge, where time comes from")]
    pub(super) fn start() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_millis() as i64;
        Self { wall, started: Instant::now() }
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp(self.wall + self.started.elapsed().as_millis() as i64)
    }
}
