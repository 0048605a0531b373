//! Places where a test can end the process as a crash would, or hold it up so that a race happens.
//!
//! `FAULT_AT=NAME:K` in the environment aborts at the K-th passage of the place of that name, counted from 1;
//! `FAULT_AT=NAME:K:sleep=MS` waits there for so many milliseconds instead, and `*` for K does so at each passage. Debug
//! builds only: the programs that the tests run anyway have the places, the released one has not, and there is no second
//! build with a feature.

#[cfg(debug_assertions)]
pub(crate) use on::{pause, point};

/// Nothing, unless a test wants the process to end or to wait here. For threads that may block.
#[cfg(not(debug_assertions))]
pub(crate) const fn point(_name: &str) {}

/// The same in a task, which waits without holding up others.
#[cfg(not(debug_assertions))]
pub(crate) async fn pause(_name: &str) {}

#[cfg(debug_assertions)]
mod on {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    static PLAN: OnceLock<Option<Plan>> = OnceLock::new();
    static PASSED: AtomicU32 = AtomicU32::new(0);

    pub(crate) fn point(name: &str) {
        if let Some(wait) = here(name) {
            std::thread::sleep(wait);
        }
    }

    pub(crate) async fn pause(name: &str) {
        if let Some(wait) = here(name) {
            tokio::time::sleep(wait).await;
        }
    }

    /// How long to wait here, if at all. Does not return where the process shall end.
    fn here(name: &str) -> Option<Duration> {
        let plan = PLAN.get_or_init(|| Plan::read(&std::env::var("FAULT_AT").ok()?)).as_ref()?;
        if plan.name != name {
            return None;
        }
        let passage = PASSED.fetch_add(1, Ordering::Relaxed) + 1;
        if plan.passage.is_some_and(|wanted| wanted != passage) {
            return None;
        }
        if plan.wait.is_none() {
            std::process::abort();
        }
        plan.wait
    }

    #[derive(Debug, PartialEq, Eq)]
    struct Plan {
        name: String,
        /// None: each.
        passage: Option<u32>,
        /// None: abort.
        wait: Option<Duration>,
    }

    impl Plan {
        /// None: not understood, and then nothing happens; a test that waits for it says so.
        fn read(text: &str) -> Option<Self> {
            let mut parts = text.split(':');
            let name = parts.next()?.to_owned();
            let passage = match parts.next().unwrap_or("1") {
                "*" => None,
                number => Some(number.parse().ok()?),
            };
            let wait = match parts.next() {
                Some(kind) => Some(Duration::from_millis(kind.strip_prefix("sleep=")?.parse().ok()?)),
                None => None,
            };
            Some(Self { name, passage, wait })
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_plan_is_read() {
            let plan = |passage, ms: Option<u64>| {
                Some(Plan { name: "x".to_owned(), passage, wait: ms.map(Duration::from_millis) })
            };
            for (text, wanted) in [
                ("x", plan(Some(1), None)),
                ("x:3", plan(Some(3), None)),
                ("x:*:sleep=5", plan(None, Some(5))),
                ("x:2:sleep=5", plan(Some(2), Some(5))),
                ("x:two", None),
                ("x:2:panic", None),
            ] {
                assert_eq!(Plan::read(text), wanted, "{text}");
            }
        }
    }
}
