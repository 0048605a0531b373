//! Looks at how pressed the server is, and makes good for what was left out meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::Desk;
use super::load::{Gauge, Load, TICK};
use crate::bus::Hint;

/// Places in the queue are told so often while the server is strained.
const PLACES: Duration = Duration::from_secs(2);

/// So long everything must be easy before what was left out is told: one easy look may be followed by another rush.
const CALM: Duration = Duration::from_secs(1);

/// An overload is over, for the log, after so long.
const OVER: Duration = Duration::from_secs(10);

/// How pressed the server is, and what it owes.
#[derive(Default)]
pub(super) struct Pressure {
    load: AtomicU8,
    /// Places in the queue changed and nobody was told.
    places: AtomicBool,
    /// Visitors came or went and nobody was told.
    presence: AtomicBool,
}

impl Desk {
    /// How pressed the server is.
    #[must_use]
    pub fn busy(&self) -> Load {
        Load::at(self.pressure.load.load(Ordering::Relaxed))
    }

    /// Tells that places in the queue changed: at once where there is time for it.
    pub(super) fn places_changed(&self) {
        self.route.notify_one();
        if self.busy() == Load::Easy {
            self.bus.publish(Hint::Queue);
        } else {
            self.pressure.places.store(true, Ordering::Relaxed);
        }
    }

    /// Tells that a visitor came or went: at once where there is time for it.
    pub(super) fn visitor_moved(&self, hint: Hint) {
        if self.busy() == Load::Easy {
            self.bus.publish(hint);
        } else {
            self.pressure.presence.store(true, Ordering::Relaxed);
        }
    }

    /// Until `shutdown`.
    pub(super) async fn look_at_load(self: Arc<Self>, shutdown: CancellationToken) {
        let (began, mut gauge) = (Instant::now(), Gauge::new(self.options.crowded_after));
        let (mut easy_since, mut told_places, mut told_overload) = (began, began, false);
        loop {
            let asleep = Instant::now();
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = sleep(TICK) => {}
            }
            let now = Instant::now();
            // A task that was to go on by now has waited for a processor since.
            let late = now.duration_since(asleep).saturating_sub(TICK);
            let backlog = self.store.backlog();
            let filled = (100 * backlog.waiting).checked_div(backlog.bound).unwrap_or(0);
            let load = gauge.look(now.duration_since(began), late.max(backlog.oldest), filled);
            self.pressure.load.store(load.step(), Ordering::Relaxed);
            if load > Load::Easy {
                easy_since = now;
            }
            if load >= Load::Crowded && !told_overload {
                told_overload = true;
                let (late_ms, oldest_ms) = (late.as_millis() as u64, backlog.oldest.as_millis() as u64);
                tracing::warn!(late_ms, oldest_ms, waiting = backlog.waiting, "too much to do: new visitors wait");
            }
            let calm = now.duration_since(easy_since);
            if told_overload && calm >= OVER {
                told_overload = false;
                tracing::info!("no longer too much to do");
            }
            if (calm >= CALM || now.duration_since(told_places) >= PLACES)
                && self.pressure.places.swap(false, Ordering::Relaxed)
            {
                told_places = now;
                self.bus.publish(Hint::Queue);
            }
            if calm >= CALM && self.pressure.presence.swap(false, Ordering::Relaxed) {
                self.hub.refresh();
            }
        }
    }
}
