//! Deskbell: a self-hosted support chat that answers what it knows, at once, and rings a human with the whole story
//! when it does not.
//!
//! A pure core decides, an edge makes it durable and audible, the desk joins them; `ARCHITECTURE.md` has the map.
//! The core is usable alone, without the default feature `server`:
//!
//! ```
//! use deskbell::engine::{Engine, IntentRule, Line, Query, Rules, Verdict};
//!
//! let line = |text: &str| Line { text: text.into(), ..Line::default() };
//! let parking = IntentRule {
//!     id: "parking".into(),
//!     examples: vec![line("is there parking at your shop"), line("where can i leave my car")],
//!     ..IntentRule::default()
//! };
//! let (engine, problems) = Engine::build(Rules { intents: vec![parking], ..Rules::default() });
//! assert!(problems.is_empty());
//! let reading = engine.read(&Query { text: "Where can I leave my car?", language: None, allow: &|_| true });
//! assert_eq!(reading.verdict, Verdict::Confident);
//! ```

pub mod types;

// The pure core, in reading order.
pub mod engine;

pub mod content;

pub mod dialogue;

pub mod conversation;

pub mod queue;

pub mod redact;

pub mod workshop;

pub mod import;

// The border: what goes over the wire.
pub mod protocol;

// The edge.
#[cfg(feature = "server")]
pub mod auth;
#[cfg(feature = "server")]
pub mod bus;
#[cfg(feature = "server")]
pub mod cli;
#[cfg(feature = "server")]
pub mod config;
#[cfg(feature = "server")]
pub mod desk;
#[cfg(feature = "server")]
mod fault;
#[cfg(feature = "server")]
pub mod http;
#[cfg(feature = "server")]
pub mod reload;
#[cfg(feature = "server")]
pub mod store;
#[cfg(feature = "server")]
pub mod telemetry;
