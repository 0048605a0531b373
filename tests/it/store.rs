//! What a store guarantees: each bullet of `deskbell::store`'s documentation, on every implementation.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod files;
mod kill;
mod story;
mod workshop;
mod world;
