//! How long will it take? A range from recent waits and services, and how well such ranges held.

use super::Server;

/// What recent chats tell about waiting, all in seconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// From "waiting" to "claimed", newest last.
    pub waits: Vec<u32>,
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
const USUAL_SERVICE: u32 = 300;

/// Nobody is told more than a day.
const LONGEST: u32 = 24 * 3600;

impl History {
    /// Remembers a wait.
    pub fn waited(&mut self, seconds: u32) {
        remember(&mut self.waits, seconds);
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
    /// While places are free, a wait is the time somebody takes to notice: the 10th to 90th percentile of recent waits.
    /// Beyond that, chats must end first: with `n` places, the next ends after about a service time over `n`.
    #[must_use]
    pub fn estimate(&self, position: u32, department: Option<&str>, servers: &[Server]) -> (u32, u32) {
        let able = servers.iter().filter(|s| s.serves(department));
        let (places, free) = able.fold((0_u32, 0_u32), |(p, f), s| {
            (p.saturating_add(s.capacity), f.saturating_add(s.capacity.saturating_sub(s.load)))
        });
        let (notice_low, notice_high) = if self.waits.len() >= TRUSTED { spread(&self.waits) } else { (10, 120) };
        let (service_low, service_high) = if self.services.len() >= TRUSTED {
            spread(&self.services)
        } else {
            (USUAL_SERVICE / 3, USUAL_SERVICE * 2)
        };
        if places == 0 {
            // Nobody is at work: somebody has to come first.
            let high = service_high.saturating_mul(position).saturating_add(900);
            let low = position.saturating_mul(60).min(LONGEST - 1);
            return (low, high.clamp(low + 1, LONGEST));
        }
        let behind = u64::from(position.saturating_sub(free));
        let after = |service: u32| {
            let seconds = behind.saturating_mul(u64::from(service)) / u64::from(places);
            u32::try_from(seconds).unwrap_or(LONGEST)
        };
        let low = notice_low.saturating_add(after(service_low)).min(LONGEST - 1);
        let high = notice_high.saturating_add(after(service_high));
        (low, high.clamp(low + 1, LONGEST))
    }
}

fn remember<T>(samples: &mut Vec<T>, value: T) {
    if samples.len() == SAMPLES {
        samples.remove(0);
    }
    samples.push(value);
}

/// 10th and 90th percentile.
fn spread(samples: &[u32]) -> (u32, u32) {
    let mut s = samples.to_vec();
    s.sort_unstable();
    let at = |p: usize| s.get((s.len().saturating_sub(1)) * p / 100).copied().unwrap_or(0);
    (at(10), at(90))
}
