//! Places where a test can end the process as a crash would.
//!
//! `FAULT_AT=NAME:K` in the environment aborts at the K-th passage of the place. Debug builds only: the programs that the
//! tests run anyway have the places, the released one has not, and there is no second build with a feature.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

static AT: OnceLock<Option<(String, u32)>> = OnceLock::new();
static PASSED: AtomicU32 = AtomicU32::new(0);

/// Nothing, unless a test wants the process to end here.
pub(super) fn point(name: &str) {
    if cfg!(debug_assertions)
        && let Some((wanted, times)) = AT.get_or_init(wanted)
        && wanted == name
        && PASSED.fetch_add(1, Ordering::Relaxed) + 1 == *times
    {
        std::process::abort();
    }
}

fn wanted() -> Option<(String, u32)> {
    let text = std::env::var("FAULT_AT").ok()?;
    let (name, times) = text.split_once(':').unwrap_or((&text, "1"));
    Some((name.to_owned(), times.parse().ok()?))
}
