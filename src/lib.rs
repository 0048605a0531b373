//! Deskbell: a self-hosted support chat.

pub mod types;

pub mod engine;

pub mod protocol;
