//! Token buckets by key. Bounded: with too many keys those unused longest are forgotten.
//!
//! Of our own because a login that succeeds gives its token back: only wrong guesses shall count, yet each guess must
//! take its token before the password is looked at, or a hundred at once would all pass.

use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;
use tokio::time::Instant;

/// Keys that are remembered.
const KEYS: NonZeroUsize = NonZeroUsize::new(20_000).unwrap();

/// See the module.
pub(super) struct Buckets<K: Hash + Eq> {
    burst: f64,
    period: Duration,
    levels: Mutex<LruCache<K, (f64, Instant)>>,
}

impl<K: Hash + Eq> Buckets<K> {
    /// `burst` at once, and one more each `period`.
    pub(super) fn new(burst: u32, period: Duration) -> Self {
        Self { burst: f64::from(burst.max(1)), period, levels: Mutex::new(LruCache::new(KEYS)) }
    }

    /// Takes a token.
    ///
    /// # Errors
    /// Where there is none: milliseconds until there is.
    pub(super) fn take(&self, key: K, now: Instant) -> Result<(), u64> {
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        let (level, at) = levels.get_or_insert_mut(key, || (self.burst, now));
        *level = (*level + now.duration_since(*at).as_secs_f64() / self.period.as_secs_f64()).min(self.burst);
        *at = now;
        if *level >= 1.0 {
            *level -= 1.0;
            Ok(())
        } else {
            Err(((1.0 - *level) * self.period.as_secs_f64() * 1_000.0).ceil() as u64)
        }
    }

    /// Gives a token back.
    pub(super) fn give_back(&self, key: &K) {
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((level, _)) = levels.get_mut(key) {
            *level = (*level + 1.0).min(self.burst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_one_a_period() {
        let buckets = Buckets::new(10, Duration::from_secs(1));
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        for _ in 0..10 {
            assert_eq!(buckets.take("a", start), Ok(()));
        }
        assert_eq!(buckets.take("a", start), Err(1_000));
        assert_eq!(buckets.take("b", start), Ok(()));
        assert!(matches!(buckets.take("a", at(400)), Err(599..=601)));
        assert_eq!(buckets.take("a", at(1_001)), Ok(()));
        assert!(buckets.take("a", at(1_001)).is_err());
        buckets.give_back(&"a");
        assert_eq!(buckets.take("a", at(1_001)), Ok(()));
    }
}
