//! Deskbell: a self-hosted support chat.

pub mod types;

pub mod content;
pub mod dialogue;
pub mod engine;

pub mod protocol;
