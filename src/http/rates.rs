//! Token buckets by key. Bounded: with too many keys those unused longest are forgotten.
//!
//! Of our own because a login that succeeds gives its token back: only wrong guesses shall count, yet each guess must
//! take its token before the password is looked at, or a hundred at once would all pass.

use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;
use tokio::time::Instant;

use crate::config;
use crate::queue::Block;
use crate::types::VisitorId;

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

/// The network that an address stands for: an IPv4 address for itself, an IPv6 address for its /64, which is what one
/// connection is given; by single addresses everybody would have 2^64 of them.
///
/// `None` for 127.0.0.1 and ::1, which stand for nobody in particular: a proxy on this machine that nobody has called
/// trusted yet has them for all its visitors, and five of those would fill the line for everybody.
pub(super) fn block(address: IpAddr) -> Option<Block> {
    match address.to_canonical() {
        IpAddr::V4(Ipv4Addr::LOCALHOST) | IpAddr::V6(Ipv6Addr::LOCALHOST) => None,
        IpAddr::V4(a) => Some(Block(u128::from(u32::from(a)))),
        IpAddr::V6(a) => Some(Block(u128::from(a) >> 64 << 64)),
    }
}

/// What costs more than a socket, by who asks for it.
///
/// An office or a mobile carrier has hundreds behind one address, and they come in waves: so half of an hour's share
/// may come at once, and what is left out of it comes back evenly.
pub(super) struct Caps {
    sessions: Option<Buckets<Block>>,
    conversations: Option<Buckets<Block>>,
    conversations_of_visitor: Option<Buckets<VisitorId>>,
}

impl Caps {
    pub(super) fn new(limits: &config::Http) -> Self {
        Self {
            sessions: hourly(limits.new_sessions),
            conversations: hourly(limits.new_conversations),
            conversations_of_visitor: hourly(limits.new_conversations_per_visitor),
        }
    }

    /// Somebody without a token comes.
    ///
    /// # Errors
    /// Milliseconds until the next may.
    pub(super) fn session(&self, from: Option<Block>, now: Instant) -> Result<(), u64> {
        take(self.sessions.as_ref(), from, now)
    }

    /// A visitor opens a conversation.
    ///
    /// # Errors
    /// Milliseconds until the next may be opened.
    pub(super) fn conversation(&self, visitor: VisitorId, from: Option<Block>, now: Instant) -> Result<(), u64> {
        take(self.conversations_of_visitor.as_ref(), Some(visitor), now)?;
        take(self.conversations.as_ref(), from, now).inspect_err(|_| {
            if let Some(b) = &self.conversations_of_visitor {
                b.give_back(&visitor);
            }
        })
    }

    /// None was opened.
    pub(super) fn no_conversation(&self, visitor: VisitorId, from: Option<Block>) {
        if let Some(b) = &self.conversations_of_visitor {
            b.give_back(&visitor);
        }
        if let (Some(b), Some(from)) = (&self.conversations, from) {
            b.give_back(&from);
        }
    }
}

/// A token, where both a limit and somebody to whom it applies are known.
fn take<K: Hash + Eq>(buckets: Option<&Buckets<K>>, key: Option<K>, now: Instant) -> Result<(), u64> {
    match (buckets, key) {
        (Some(buckets), Some(key)) => buckets.take(key, now),
        _ => Ok(()),
    }
}

/// So many an hour, half of them at once; 0: no limit.
fn hourly<K: Hash + Eq>(n: u32) -> Option<Buckets<K>> {
    (n > 0).then(|| Buckets::new(n.div_ceil(2), Duration::from_secs(3_600) / n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_office_counts_as_one_and_so_does_a_line_with_ipv6() {
        let of = |a: &str| block(a.parse().expect(a));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
        assert_eq!(of("10.0.0.1"), of("::ffff:10.0.0.1"));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!((of("127.0.0.1"), of("::1"), of("::ffff:127.0.0.1")), (None, None, None));
        assert!(of("127.0.0.2").is_some());
    }

    #[test]
    fn half_an_hours_share_at_once_and_nothing_for_what_did_not_come() {
        let limits = config::Http {
            new_sessions: 6,
            new_conversations: 6,
            new_conversations_per_visitor: 4,
            ..config::Http::default()
        };
        let (caps, start) = (Caps::new(&limits), Instant::now());
        let later = start + Duration::from_secs(601);
        let (office, home) = (Some(Block(1)), Some(Block(2)));
        assert_eq!((0..5).filter(|_| caps.session(office, start).is_ok()).count(), 3);
        assert_eq!(caps.session(office, start), Err(600_000), "one every ten minutes");
        assert_eq!((caps.session(home, start), caps.session(office, later)), (Ok(()), Ok(())));
        let open = |n, from, at| caps.conversation(VisitorId(n), from, at);
        assert_eq!((open(1, office, start), open(1, office, start)), (Ok(()), Ok(())));
        assert!(open(1, home, start).is_err(), "by the visitor");
        assert_eq!(open(2, office, start), Ok(()));
        assert!(open(3, office, start).is_err(), "by the address");
        caps.no_conversation(VisitorId(2), office);
        assert_eq!((open(3, office, start), open(3, home, start)), (Ok(()), Ok(())), "the refused one cost nothing");
        let free = Caps::new(&config::Http { new_sessions: 0, ..limits });
        assert!((0..10_000).all(|_| free.session(office, start).is_ok()));
    }

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
