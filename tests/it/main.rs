//! Tests that look at the program from outside: one binary, one file a subject.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod beside;
mod calibrate;
mod care;
mod delivery;
mod desk;
mod durability;
mod edge;
mod fallback;
mod gaps;
mod http;
mod layers;
mod ledger;
mod notice;
#[path = "../../examples/flood/offend.rs"]
mod offend;
mod operation;
mod overload;
mod panel;
mod plan;
mod privacy;
mod rights;
mod routing;
mod simulation;
mod socket;
mod store;
mod support;
mod trail;
mod transcripts;
#[path = "../../examples/storm/wire.rs"]
mod wire;
mod workshop;
mod writing;
