//! Deskbell: a self-hosted support chat.

pub mod types;

pub mod content;
pub mod conversation;
pub mod dialogue;
pub mod engine;

pub mod protocol;

#[cfg(feature = "server")]
pub mod store;

pub mod queue;
#[cfg(feature = "server")]
pub mod bus;
