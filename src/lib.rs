//! Deskbell: a self-hosted support chat.

pub mod types;

pub mod content;
pub mod conversation;
pub mod dialogue;
pub mod engine;
pub mod queue;

pub mod protocol;

#[cfg(feature = "server")]
pub mod auth;
#[cfg(feature = "server")]
pub mod bus;
#[cfg(feature = "server")]
pub mod cli;
#[cfg(feature = "server")]
pub mod desk;
#[cfg(feature = "server")]
pub mod reload;
#[cfg(feature = "server")]
pub mod store;

#[cfg(feature = "server")]
pub mod config;
#[cfg(feature = "server")]
pub mod http;
#[cfg(feature = "server")]
pub mod telemetry;
