//! Settings of the server: a TOML file, then `DESKBELL_*` from the environment, then flags. Unknown keys are errors.
//!
//! One small struct a concern. What the bot says and knows is not here but in the content folder.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;

mod privacy;
mod read;

pub use privacy::{Identity, Privacy, Secret, SignatureAlgorithm, SignatureKey};
pub use read::{ConfigError, Flags, ORIGIN, is_origin, load, parse};

/// The default file, commented. A test holds that it says what the defaults are.
pub const DEFAULT_FILE: &str = include_str!("config_default.toml");

/// Everything.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where visitors and agents connect.
    pub listen: SocketAddr,
    /// Where health and metrics are.
    pub admin_listen: SocketAddr,
    /// Where data lies.
    pub data: PathBuf,
    /// The folder with `intents/` and `knowledge/`.
    pub content: PathBuf,
    /// What is served: the folder as it is, or what was published.
    pub follow: Follow,
    /// URL of the store; none: `sqlite:` in the data folder.
    pub store: Option<Hidden>,
    /// URL of the bus.
    pub bus: Hidden,
    /// Origin under which the outside reaches this server, such as `https://chat.example`.
    pub public_url: Option<String>,
    /// Whose `X-Forwarded-*` headers are believed.
    pub trusted_proxies: Vec<Network>,
    /// Foreign sites that may show the widget.
    pub sites: Vec<Site>,
    /// Connections.
    pub http: Http,
    /// Sockets.
    pub socket: Socket,
    /// Logging in.
    pub login: Login,
    /// The queue for people.
    pub queue: Queue,
    /// What is kept of visitors.
    pub privacy: Privacy,
    /// Backups by the clock.
    pub backup: Backup,
    /// The program's own log.
    pub log: Log,
    /// Traces of what a frame leads to.
    pub trace: Trace,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            admin_listen: SocketAddr::from(([127, 0, 0, 1], 9090)),
            data: PathBuf::from("./data"),
            content: PathBuf::from("."),
            follow: Follow::Folder,
            store: None,
            bus: Hidden("local:".to_owned()),
            public_url: None,
            trusted_proxies: Vec::new(),
            sites: Vec::new(),
            http: Http::default(),
            socket: Socket::default(),
            login: Login::default(),
            queue: Queue::default(),
            privacy: Privacy::default(),
            backup: Backup::default(),
            log: Log::default(),
            trace: Trace::default(),
        }
    }
}

/// Which content a server follows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Follow {
    /// That of its folder, as it is.
    #[default]
    Folder,
    /// The release that is live.
    Releases,
}

impl Follow {
    /// `folder` or `releases`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::Releases => "releases",
        }
    }
}

/// A site that may show the widget.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// As in `data-site`.
    pub name: String,
    /// Exact origins, such as `https://shop.example`.
    pub origins: Vec<String>,
    /// How it signs who its visitors are; none: they stay nameless.
    #[serde(default)]
    pub identity: Option<Identity>,
}

/// Limits of plain connections. Times in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// Connections at once.
    pub connections: usize,
    /// Connections at once from one address; an office behind one address counts as one.
    pub per_address: usize,
    /// A connection must say its first byte within this.
    pub first_byte_ms: u64,
    /// A request's head must be there within this.
    pub header_ms: u64,
    /// A request's body must be there within this.
    pub body_ms: u64,
    /// A write that makes no progress for this long ends the connection.
    pub write_ms: u64,
    /// All sockets are asked to leave within this when the server ends.
    pub drain_ms: u64,
    /// Where disk or processor keep everybody waiting for so long, new visitors and conversations are refused; typing
    /// is left out from a half of it on, visitors' messages are refused from one and a half. 0: never.
    pub crowded_ms: u64,
    /// New visitors from one address in an hour, half of them at once; 0: no limit.
    pub new_sessions: u32,
    /// New conversations from one address in an hour, half of them at once; 0: no limit.
    pub new_conversations: u32,
    /// The same of one visitor.
    pub new_conversations_per_visitor: u32,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            connections: 20_000,
            per_address: 200,
            first_byte_ms: 5_000,
            header_ms: 5_000,
            body_ms: 10_000,
            write_ms: 10_000,
            drain_ms: 10_000,
            crowded_ms: 400,
            new_sessions: 1_200,
            new_conversations: 1_200,
            new_conversations_per_visitor: 60,
        }
    }
}

/// Limits of sockets. Times in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Socket {
    /// `hello` must come within this.
    pub hello_ms: u64,
    /// How often clients ping. A socket is given up after twice this and ten seconds more.
    pub heartbeat_ms: u64,
    /// Added to two heartbeats before a silent socket is given up.
    pub grace_ms: u64,
    /// How often a session looks at its clocks.
    pub tick_ms: u64,
    /// Sockets at once of one visitor or agent.
    pub per_person: usize,
    /// Messages of a visitor a second, in the long run.
    pub messages_per_second: u32,
    /// Messages of a visitor at once after a rest.
    pub message_burst: u32,
    /// Frames that wait for a slow reader.
    pub outbox_frames: usize,
    /// Bytes that wait for a slow reader.
    pub outbox_bytes: usize,
    /// Frames of a client a second, over ten seconds.
    pub frames_per_second: u32,
    /// Pings and pongs of a client a second, over ten seconds.
    pub pings_per_second: u32,
    /// Events that are replayed on resume; with more to say the client fetches pages.
    pub replay: u64,
}

impl Default for Socket {
    fn default() -> Self {
        Self {
            hello_ms: 5_000,
            heartbeat_ms: 25_000,
            grace_ms: 10_000,
            tick_ms: 2_000,
            per_person: 10,
            messages_per_second: 1,
            message_burst: 10,
            outbox_frames: 256,
            outbox_bytes: 256 * 1024,
            frames_per_second: 50,
            pings_per_second: 10,
            replay: 500,
        }
    }
}

/// Limits of logging in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Login {
    /// Wrong tries for one account from one address in five minutes.
    pub per_address: u32,
    /// Wrong tries for one account from all unknown addresses in fifteen minutes.
    pub per_account: u32,
    /// A session lasts so many hours.
    pub session_hours: u64,
    /// A session with which nothing is done ends after so many hours.
    pub idle_hours: u64,
    /// Roles that log in with a second factor: `agent`, `supervisor`, `editor`, `admin`.
    pub second_factor_for: Vec<String>,
}

impl Default for Login {
    fn default() -> Self {
        Self { per_address: 5, per_account: 10, session_hours: 24, idle_hours: 8, second_factor_for: Vec::new() }
    }
}

/// The queue for people. Times in seconds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Queue {
    /// Conversations that wait at once.
    pub capacity: u32,
    /// Of one visitor; 0: no limit.
    pub per_visitor: u32,
    /// From one address; 0: no limit.
    pub per_address: u32,
    /// An agent without a connection is away after this.
    pub away_after_s: u64,
    /// Its chats go back to the queue after this.
    pub lost_after_s: u64,
}

impl Default for Queue {
    fn default() -> Self {
        Self { capacity: 200, per_visitor: 1, per_address: 5, away_after_s: 30, lost_after_s: 120 }
    }
}

/// Backups that the server makes by itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Backup {
    /// Hours from one to the next; 0: none.
    pub every_hours: u64,
    /// So many are kept.
    pub keep: usize,
    /// Where they lie; none: `backups` beside the database.
    pub directory: Option<PathBuf>,
}

impl Default for Backup {
    fn default() -> Self {
        Self { every_hours: 0, keep: 24, directory: None }
    }
}

/// The program's own log, on stderr.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// How it looks.
    pub format: LogFormat,
    /// What is logged: `info`, or `warn,deskbell=debug` and the like.
    pub filter: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info".to_owned() }
    }
}

/// Traces: off unless there is a collector.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Trace {
    /// Where a collector takes OTLP over HTTP, such as `http://127.0.0.1:4318`; none: no traces.
    pub endpoint: Option<String>,
    /// The share of frames that are traced, 0 to 1.
    pub sample: f64,
}

impl Default for Trace {
    fn default() -> Self {
        Self { endpoint: None, sample: 0.01 }
    }
}

/// See [`Log::format`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object a line.
    Json,
}

/// A text that may hold a password: never printed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Hidden(String);

impl Hidden {
    /// The text itself; for use, not for print.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Hidden {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// Addresses with a common beginning: `10.0.0.0/8`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether an address lies in it.
    #[must_use]
    pub fn holds(&self, address: IpAddr) -> bool {
        let differ = match (self.address, address.to_canonical()) {
            (IpAddr::V4(a), IpAddr::V4(b)) => u128::from(u32::from(a) ^ u32::from(b)) << 96,
            (IpAddr::V6(a), IpAddr::V6(b)) => u128::from(a) ^ u128::from(b),
            _ => return false,
        };
        differ.leading_zeros() >= u32::from(self.bits)
    }
}

impl FromStr for Network {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || "must be an address or a network such as 10.0.0.0/8".to_owned();
        let (address, bits) = match text.split_once('/') {
            Some((a, b)) => (a, Some(b.parse::<u8>().map_err(|_| bad())?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| bad())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        if bits > most { Err(bad()) } else { Ok(Self { address, bits }) }
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A number of milliseconds as a duration.
pub(crate) const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_file_says_what_the_defaults_are() {
        assert_eq!(parse(DEFAULT_FILE), Ok(Config::default()));
        let shown: String = DEFAULT_FILE
            .lines()
            .filter_map(|l| l.strip_prefix("# ").filter(|l| l.contains(" = ") || l.starts_with('[')).or(Some(l)))
            .filter(|l| !l.starts_with('#'))
            .fold(String::new(), |all, l| all + l + "\n");
        let shown = parse(&shown).map(|c| Config {
            store: None,
            public_url: None,
            sites: Vec::new(),
            trusted_proxies: Vec::new(),
            backup: Backup { directory: None, ..c.backup },
            trace: Trace { endpoint: None, ..c.trace },
            ..c
        });
        assert_eq!(shown, Ok(Config::default()), "each commented line shows the default");
    }

    #[test]
    fn every_error_is_told_with_its_path_and_without_the_value() {
        for (text, path) in [
            ("nonsense = 1", "nonsense"),
            ("[http]\nheader = 1", "http.header"),
            ("[socket]\nhello_ms = 'hunter2'", "socket.hello_ms"),
            ("[socket]\nhello_ms = 0", "socket.hello_ms"),
            ("listen = 'nowhere'", "listen"),
            ("public_url = 'chat.example'", "public_url"),
            ("[[sites]]\nname = 'x'\norigins = ['*']", "sites.0.origins.0"),
            ("[[sites]]\nname = 'x'\norigins = ['https://a.example/']", "sites.0.origins.0"),
            ("trusted_proxies = ['10.0.0.0/33']", "trusted_proxies"),
            ("[log]\nformat = 'xml'", "log.format"),
            ("[backup]\nkeep = 0", "backup.keep"),
            ("[privacy]\nredact = ['card']", "privacy.redact.0"),
            ("[privacy]\npatterns = ['(']", "privacy.patterns.0"),
            ("[[sites]]\nname = 'x'\norigins = []\nidentity = {alg = 'none', key_env = 'X'}", "alg"),
            (
                "[[sites]]\nname = 'x'\norigins = []\nidentity = {alg = 'HS256', key_env = 'NOT_THERE'}",
                "sites.0.identity",
            ),
            ("[[sites]]\nname = 'x'\norigins = []\nidentity = {alg = 'HS256'}", "sites.0.identity"),
            ("[queue]\naway_after_s = 9\nlost_after_s = 3", "queue.lost_after_s"),
        ] {
            let errors = parse(text).expect_err(text);
            let said = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
            assert!(said.contains(path.rsplit('.').next().unwrap_or(path)), "{text}: {said}");
            assert!(!said.contains("hunter2"), "{said}");
        }
        let two = parse("[http]\nx = 1\n[socket]\ny = 2").expect_err("two");
        assert_eq!(two.len(), 2, "{two:?}");
    }

    #[test]
    fn secrets_are_not_printed() {
        let config = parse("store = 'postgres://me:hunter2@db/x'").expect("valid");
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn networks_hold_their_addresses() {
        let holds = |n: &str, a: &str| n.parse::<Network>().expect(n).holds(a.parse().expect(a));
        assert!(holds("10.0.0.0/8", "10.9.8.7"));
        assert!(holds("10.0.0.0/8", "::ffff:10.1.1.1"));
        assert!(!holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("::1", "::1"));
        assert!(holds("0.0.0.0/0", "1.2.3.4"));
        assert!(!holds("0.0.0.0/0", "::1"));
    }
}
