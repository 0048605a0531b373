//! Settings read from file, environment and flags, and everything that is wrong with them.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::Deserialize;

use crate::types::Role;

use super::{Backup, Config, Http, Log, Login, Network, Queue, Site, Socket};

/// What flags of the command line say; each one that is given wins.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Flags {
    /// `--content`
    pub content: Option<PathBuf>,
    /// `--data`
    pub data: Option<PathBuf>,
    /// `--store`
    pub store: Option<String>,
    /// `--bus`
    pub bus: Option<String>,
    /// `--listen`
    pub listen: Option<String>,
    /// `--admin-listen`
    pub admin_listen: Option<String>,
}

/// Something wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// Such as `socket.hello_ms`; empty where it is the file as a whole.
    pub path: String,
    /// In plain words; never a value that may be secret.
    pub message: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.path, self.message) }
    }
}

/// Reads file, environment and flags.
///
/// # Errors
/// All that is wrong, each with its path.
pub fn load(file: Option<&Path>, flags: &Flags) -> Result<Config, Vec<ConfigError>> {
    let mut figment = Figment::new();
    if let Some(path) = file {
        let text = std::fs::read_to_string(path)
            .map_err(|e| vec![ConfigError { path: String::new(), message: format!("{}: {e}", path.display()) }])?;
        figment = figment.merge(Toml::string(&text));
    }
    figment = figment.merge(Env::prefixed("DESKBELL_").ignore(&["config"]).split("__"));
    read(with_flags(figment, flags))
}

/// Reads a file's text alone: what `config check` and tests do.
///
/// # Errors
/// As [`load`].
pub fn parse(text: &str) -> Result<Config, Vec<ConfigError>> {
    read(Figment::new().merge(Toml::string(text)))
}

fn with_flags(mut figment: Figment, flags: &Flags) -> Figment {
    let path = |p: &Option<PathBuf>| p.as_ref().map(|p| p.to_string_lossy().into_owned());
    for (key, value) in [
        ("content", path(&flags.content)),
        ("data", path(&flags.data)),
        ("store", flags.store.clone()),
        ("bus", flags.bus.clone()),
        ("listen", flags.listen.clone()),
        ("admin_listen", flags.admin_listen.clone()),
    ] {
        if let Some(value) = value {
            figment = figment.merge(Serialized::default(key, value));
        }
    }
    figment
}

fn read(figment: Figment) -> Result<Config, Vec<ConfigError>> {
    let mut errors = Vec::new();
    let config = match figment.extract::<Config>() {
        Ok(config) => Some(config),
        Err(all) => {
            errors.extend(all.into_iter().map(|e| told(&e)));
            None
        }
    };
    if config.is_none() {
        // One pass stops at its first error, so each section is read once more by itself.
        section::<Http>(&figment, "http", &mut errors);
        section::<Socket>(&figment, "socket", &mut errors);
        section::<Login>(&figment, "login", &mut errors);
        section::<Queue>(&figment, "queue", &mut errors);
        section::<Backup>(&figment, "backup", &mut errors);
        section::<Log>(&figment, "log", &mut errors);
        section::<Vec<Site>>(&figment, "sites", &mut errors);
        section::<Vec<Network>>(&figment, "trusted_proxies", &mut errors);
        section::<SocketAddr>(&figment, "listen", &mut errors);
        section::<SocketAddr>(&figment, "admin_listen", &mut errors);
    }
    match config {
        Some(mut config) => {
            config.check(&mut errors);
            if errors.is_empty() { Ok(config) } else { Err(errors) }
        }
        None => Err(errors),
    }
}

fn section<'de, T: Deserialize<'de>>(figment: &Figment, key: &str, errors: &mut Vec<ConfigError>) {
    if !figment.contains(key) {
        return;
    }
    if let Err(all) = figment.extract_inner::<T>(key) {
        for mut error in all {
            // The section's own name comes last in such a path, or not at all.
            error.path.retain(|part| part != key);
            error.path.insert(0, key.to_owned());
            let error = told(&error);
            if !errors.contains(&error) {
                errors.push(error);
            }
        }
    }
}

fn told(error: &figment::Error) -> ConfigError {
    use figment::error::Kind;
    let message = match &error.kind {
        Kind::UnknownField(name, known) => {
            format!("unknown key `{name}`; known are {}", known.join(", "))
        }
        // The value itself may be a secret that stands under the wrong key.
        Kind::InvalidType(_, wanted) => format!("wrong type, expected {wanted}"),
        Kind::InvalidValue(_, wanted) => format!("wrong value, expected {wanted}"),
        Kind::MissingField(name) => format!("`{name}` is missing"),
        kind => kind.to_string(),
    };
    ConfigError { path: error.path.join("."), message }
}

impl Config {
    /// What types cannot say.
    fn check(&mut self, errors: &mut Vec<ConfigError>) {
        let mut wrong = |path: &str, message: &str| {
            errors.push(ConfigError { path: path.to_owned(), message: message.to_owned() });
        };
        if let Some(url) = &mut self.public_url {
            if url.ends_with('/') {
                url.pop();
            }
            if !is_origin(url) {
                wrong("public_url", "must be an origin such as https://chat.example");
            }
        }
        for (i, site) in self.sites.iter().enumerate() {
            if site.name.is_empty() {
                wrong(&format!("sites.{i}.name"), "must not be empty");
            }
            for (k, origin) in site.origins.iter().enumerate() {
                if !is_origin(origin) {
                    let path = format!("sites.{i}.origins.{k}");
                    wrong(&path, "must be an exact origin such as https://shop.example, in lower case, without a path");
                }
            }
        }
        for (i, role) in self.login.second_factor_for.iter().enumerate() {
            if role.parse::<Role>().is_err() {
                wrong(&format!("login.second_factor_for.{i}"), "must be agent, supervisor, editor or admin");
            }
        }
        let positive = [
            ("http.connections", self.http.connections as u64),
            ("http.per_address", self.http.per_address as u64),
            ("http.first_byte_ms", self.http.first_byte_ms),
            ("http.header_ms", self.http.header_ms),
            ("http.body_ms", self.http.body_ms),
            ("http.write_ms", self.http.write_ms),
            ("socket.hello_ms", self.socket.hello_ms),
            ("socket.heartbeat_ms", self.socket.heartbeat_ms),
            ("socket.tick_ms", self.socket.tick_ms),
            ("socket.per_person", self.socket.per_person as u64),
            ("socket.messages_per_second", u64::from(self.socket.messages_per_second)),
            ("socket.message_burst", u64::from(self.socket.message_burst)),
            ("socket.outbox_frames", self.socket.outbox_frames as u64),
            ("socket.outbox_bytes", self.socket.outbox_bytes as u64),
            ("socket.frames_per_second", u64::from(self.socket.frames_per_second)),
            ("socket.pings_per_second", u64::from(self.socket.pings_per_second)),
            ("login.per_address", u64::from(self.login.per_address)),
            ("login.per_account", u64::from(self.login.per_account)),
            ("login.session_hours", self.login.session_hours),
            ("login.idle_hours", self.login.idle_hours),
            ("backup.keep", self.backup.keep as u64),
        ];
        for (path, value) in positive {
            if value == 0 {
                wrong(path, "must be at least 1");
            }
        }
        if self.queue.lost_after_s < self.queue.away_after_s {
            wrong("queue.lost_after_s", "must not be less than queue.away_after_s");
        }
    }
}

/// `http` or `https`, a host and perhaps a port, in lower case: as browsers write it.
fn is_origin(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|host| {
        !host.is_empty() && host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-:[]".contains(&b))
    })
}
