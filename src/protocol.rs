//! Every frame on the wire of `deskbell.v1`, and nothing else: plain data, no behaviour.
//!
//! `http::wire` converts between these and the domain's types, by hand, so that neither drags the other along.
//! The TypeScript in `web-widget/src/protocol.ts` is generated from these files; a test fails when it lags.
//! What each frame means, and when it may be sent, stands in `docs/protocol.md`.
//!
//! Numbers: times are milliseconds since 1970 UTC, waits are seconds, `seq` and `ver` stay below 2^53.

mod client;
mod entry;
mod server;

use serde::{Deserialize, Serialize};

#[cfg(test)]
use ts_rs::TS;

pub use client::*;
pub use entry::*;
pub use server::*;

/// The version that `hello` must name.
pub const VERSION: u32 = 1;

/// Longest text of a visitor or agent, in Unicode scalar values.
pub const TEXT_CHARS: usize = 4_000;

/// Largest message of a visitor, bytes.
pub const VISITOR_FRAME: usize = 64 * 1024;

/// Largest message of an agent, bytes.
pub const AGENT_FRAME: usize = 256 * 1024;

/// Most events in one answer to `fetch`.
pub const FETCH_LIMIT: u32 = 200;

/// The closed list of reasons for a refusal. No other text from inside ever leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(rename_all = "snake_case"))]
pub enum ErrorCode {
    /// The same `cmid` came with another body.
    CmidConflict,
    /// Longer than the limits in `welcome`.
    TooLarge,
    /// Not understood: malformed, unknown field, unknown kind.
    Invalid,
    /// Too many messages; try again after `after_ms`.
    Rate,
    /// The server is at its limit; try again after `after_ms`.
    Busy,
    /// Could not be written to disk; nothing is lost, try again.
    Storage,
    /// The conversation has ended.
    Closed,
    /// The chat belongs to somebody else, or to nobody.
    NotAssignee,
    /// Somebody else was faster.
    AlreadyClaimed,
    /// The agent has no free place.
    AtCapacity,
    /// Not allowed.
    Forbidden,
    /// Not there, or not yours: the same answer.
    NotFound,
    /// No place in the queue for a person.
    QueueFull,
    /// `ver` is not the current one.
    Stale,
    /// The client speaks another version.
    Version,
    /// Not available here or now.
    Unavailable,
}

/// Who owns the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(rename_all = "snake_case"))]
pub enum ConversationState {
    /// The bot answers.
    Bot,
    /// Waits for a person.
    Waiting,
    /// A person has it.
    Assigned,
    /// Ended.
    Closed,
}

/// Why the server closed a socket. 4000–4499: come back; 4500–4999: do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum CloseCode {
    /// RFC 6455: the server restarts.
    Restart = 1012,
    /// Nothing heard for two heartbeats.
    HeartbeatLost = 4000,
    /// The client reads too slowly; nothing durable is lost, resume.
    Slow = 4003,
    /// The server lost track of this session; resume.
    StateInvalid = 4005,
    /// Too many frames.
    Rate = 4008,
    /// The third frame that could not be read.
    BadFrame = 4500,
    /// Token unknown, or session not logged in.
    TokenInvalid = 4501,
    /// No `hello` within 5 s.
    NoHello = 4502,
    /// Origin or site not allowed.
    Forbidden = 4503,
    /// The same device opened another socket.
    Superseded = 4504,
    /// Another protocol version.
    Version = 4505,
    /// Blocked by an agent.
    Banned = 4506,
    /// Logged out elsewhere, or rights changed.
    Revoked = 4507,
    /// Too many sockets of one visitor.
    TooManyConnections = 4508,
    /// The data of this visitor was erased.
    Erased = 4509,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use ts_rs::{Config, TypeVisitor};

    use super::*;

    const HEADER: &str = "// generated from src/protocol.rs by `UPDATE=1 cargo test protocol`; do not edit\n";

    /// Renders a type and everything it reaches, each once, by name: the order of mention differs between compilations.
    struct Render {
        config: Config,
        types: BTreeMap<String, String>,
    }

    impl TypeVisitor for Render {
        fn visit<T: TS + 'static + ?Sized>(&mut self) {
            if T::output_path().is_none() {
                return;
            }
            let name = T::ident(&self.config);
            if self.types.contains_key(&name) {
                return;
            }
            let text = format!("\n{}export {}\n", T::docs().unwrap_or_default(), T::decl(&self.config));
            self.types.insert(name, text);
            T::visit_dependencies(self);
        }
    }

    /// The web must not speak an older protocol than the server.
    #[test]
    fn protocol_ts_follows_this_file() {
        let mut render = Render {
            // Every number on the wire stays below 2^53, as the head of this file promises.
            config: Config::new().with_large_int("number"),
            types: BTreeMap::new(),
        };
        render.visit::<ClientFrame>();
        render.visit::<ServerFrame>();
        let all: String = std::iter::once(HEADER).chain(render.types.values().map(String::as_str)).collect();
        let lines: Vec<&str> = all.lines().map(str::trim_end).collect();
        let text = lines.join("\n") + "\n";
        let text = text.replace("/**\n * ", "/** ").replace("\n */\n", " */\n");

        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("web-widget/src/protocol.ts");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &text).unwrap();
            return;
        }
        let held = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
        assert!(held == text, "web-widget/src/protocol.ts lags src/protocol.rs: run `UPDATE=1 cargo test protocol`");
    }
}
