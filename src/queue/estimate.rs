//! How long will it take? A range from recent waits and services, and how well such ranges held.

use super::Server;

/// What recent chats tell about waiting, all in seconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// From "waiting" to "claimed", of those who found a place free when they came: how long it takes to be noticed.
    /// Newest last.
    pub notices: Vec<u32>,
    /// From "claimed" to "closed", newest last.
    pub services: Vec<u32>,
    /// How far a wait was from the middle of the range that was told on joining, and whether it lay within; newest last.
    pub held: Vec<(u32, bool)>,
}

/// How well the ranges that visitors were told have held, over the last [`SAMPLES`] of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WaitQuality {
    /// Ranges that were told and whose chats have been taken since.
    pub told: u32,
    /// Of these, waits that lay within; four of five should.
    pub inside: u32,
    /// Median distance of a wait from the middle of its range, seconds.
    pub median_error_s: u32,
}

/// Samples that count: older ones are forgotten.
pub const SAMPLES: usize = 100;

/// Fewer samples than these are not trusted alone.
const TRUSTED: usize = 5;

/// A chat that takes nobody in particular any particular time, seconds: what is assumed before anything is known.
const USUAL_SERVICE: f64 = 300.0;

/// Nobody is told more than a day.
const LONGEST: u32 = 24 * 3600;

impl History {
    /// Remembers the wait of somebody who found a place free ([`finds_place`]).
    pub fn noticed(&mut self, seconds: u32) {
        remember(&mut self.notices, seconds);
    }

    /// Remembers a service.
    pub fn served(&mut self, seconds: u32) {
        remember(&mut self.services, seconds);
    }

    /// Remembers what a wait was that had been told as a range. Gives the distance from the range's middle.
    pub fn told(&mut self, (low, high): (u32, u32), seconds: u32) -> u32 {
        let error = seconds.abs_diff(low.midpoint(high));
        remember(&mut self.held, (error, (low..=high).contains(&seconds)));
        error
    }

    /// How well ranges have held.
    #[must_use]
    pub fn quality(&self) -> WaitQuality {
        let mut errors: Vec<u32> = self.held.iter().map(|(error, _)| *error).collect();
        errors.sort_unstable();
        WaitQuality {
            told: errors.len() as u32,
            inside: self.held.iter().filter(|(_, inside)| *inside).count() as u32,
            median_error_s: errors.get(errors.len() / 2).copied().unwrap_or(0),
        }
    }

    /// Range in which four of five waits at `position` should lie, seconds: `(low, high)`.
    ///
    /// While places are free, a wait is the time somebody takes to notice: the 10th to 90th percentile of recent ones.
    /// Beyond that, chats must end first. With `n` places that are all taken, chats end at random about every service time
    /// over `n`, so that the time until the `k`-th end has a gamma distribution: its 10th to 90th percentile comes on top.
    #[must_use]
    pub fn estimate(&self, position: u32, department: Option<&str>, servers: &[Server]) -> (u32, u32) {
        let (places, free) = places(department, servers);
        let (notice_low, notice_high) = if self.notices.len() >= TRUSTED { spread(&self.notices) } else { (10, 120) };
        let service = if self.services.len() >= TRUSTED { mean(&self.services) } else { USUAL_SERVICE };
        if places == 0 {
            // Nobody is at work: somebody has to come first.
            let high = (service * f64::from(position) * 2.0).min(f64::from(LONGEST)) as u32;
            let low = position.saturating_mul(60).min(LONGEST - 1);
            return (low, high.saturating_add(900).clamp(low + 1, LONGEST));
        }
        let behind = position.saturating_sub(free);
        let (soon, late) = ends(behind, service / f64::from(places));
        let low = notice_low.saturating_add(soon).min(LONGEST - 1);
        (low, notice_high.saturating_add(late).clamp(low + 1, LONGEST))
    }
}

/// Whether somebody at this place finds a place free, so that nothing has to end first.
#[must_use]
pub fn finds_place(position: u32, department: Option<&str>, servers: &[Server]) -> bool {
    position <= places(department, servers).1
}

/// Places of all who take chats of a department, and those of them that are free.
fn places(department: Option<&str>, servers: &[Server]) -> (u32, u32) {
    servers.iter().filter(|s| s.serves(department)).fold((0_u32, 0_u32), |(places, free), s| {
        (places.saturating_add(s.capacity), free.saturating_add(s.capacity.saturating_sub(s.load)))
    })
}

/// 10th and 90th percentile of the time until the `count`-th end, where one comes every `between` seconds (a day at the
/// most): of the gamma distribution, by Wilson and Hilferty.
fn ends(count: u32, between: f64) -> (u32, u32) {
    if count == 0 {
        return (0, 0);
    }
    let (k, part) = (f64::from(count), 1.0 / (9.0 * f64::from(count)));
    let at = |deviations: f64| {
        let seconds = k * (1.0 - part + deviations * part.sqrt()).powi(3) * between;
        seconds.clamp(0.0, f64::from(LONGEST))
    };
    (at(-1.2816) as u32, at(1.2816).ceil() as u32)
}

fn remember<T>(samples: &mut Vec<T>, value: T) {
    if samples.len() == SAMPLES {
        samples.remove(0);
    }
    samples.push(value);
}

fn mean(samples: &[u32]) -> f64 {
    samples.iter().map(|s| f64::from(*s)).sum::<f64>() / samples.len().max(1) as f64
}

/// 10th and 90th percentile.
fn spread(samples: &[u32]) -> (u32, u32) {
    let mut s = samples.to_vec();
    s.sort_unstable();
    let at = |p: usize| s.get((s.len().saturating_sub(1)) * p / 100).copied().unwrap_or(0);
    (at(10), at(90))
}
