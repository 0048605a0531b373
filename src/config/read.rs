//! Settings read from file, environment and flags, and everything that is wrong with them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::error::Kind;
use figment::providers::{Env, Format, Serialized, Toml};
use figment::value::{Dict, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Config;
use crate::types::Role;

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

/// What an origin must be.
pub const ORIGIN: &str =
    "must be an exact origin such as https://shop.example: in lower case, without a path or the usual port";

/// Something wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// Such as `socket.hello_ms`; empty where it is the file as a whole.
    pub path: String,
    /// In plain words; never a value, which may be secret.
    pub message: String,
    /// Where it is said: `FILE:LINE`, a variable of the environment or a flag; empty where it is said nowhere.
    pub place: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in [&self.place, &self.path] {
            if !part.is_empty() {
                write!(f, "{part}: ")?;
            }
        }
        f.write_str(&self.message)
    }
}

/// Reads file, environment and flags.
///
/// # Errors
/// All that is wrong, each with its path and place.
pub fn load(file: Option<&Path>, flags: &Flags) -> Result<Config, Vec<ConfigError>> {
    let name = file.map(|f| f.display().to_string()).unwrap_or_default();
    let text = match file {
        Some(path) => std::fs::read_to_string(path).map_err(|e| vec![whole(&name, &e.to_string())])?,
        None => String::new(),
    };
    let mut sources = Sources::of_file(&name, &text)?;
    let secrets: Vec<String> = SECRETS.iter().map(|key| format!("{key}_file")).collect();
    let ignored: Vec<&str> = secrets.iter().map(String::as_str).chain(["config"]).collect();
    sources.figment = sources.figment.merge(Env::prefixed(PREFIX).ignore(&ignored).split("__"));
    for key in SECRETS {
        let variable = format!("{}_FILE", variable(key));
        if let Some(path) = std::env::var_os(&variable) {
            let secret = std::fs::read_to_string(path).map_err(|e| vec![whole(&variable, &e.to_string())])?;
            sources.figment = sources.figment.merge(Serialized::default(key, secret.trim_end()));
            sources.places.insert((*key).to_owned(), variable);
        }
    }
    sources.with_flags(flags);
    read(sources)
}

/// Reads a file's text alone.
///
/// # Errors
/// As [`load`].
pub fn parse(text: &str) -> Result<Config, Vec<ConfigError>> {
    read(Sources::of_file("", text)?)
}

/// What variables of the environment begin with.
const PREFIX: &str = "DESKBELL_";

/// What may hold a password, and may therefore also lie in a file that `DESKBELL_…_FILE` names.
const SECRETS: &[&str] = &["store", "bus"];

fn variable(path: &str) -> String {
    format!("{PREFIX}{}", path.replace('.', "__").to_uppercase())
}

fn whole(place: &str, message: &str) -> ConfigError {
    ConfigError { path: String::new(), message: message.to_owned(), place: place.to_owned() }
}

/// All that is said, and where.
struct Sources {
    figment: Figment,
    /// By path.
    places: BTreeMap<String, String>,
}

impl Sources {
    fn of_file(name: &str, text: &str) -> Result<Self, Vec<ConfigError>> {
        let place = |at: usize| {
            let line = text.get(..at).map_or(1, |before| before.matches('\n').count() + 1);
            if name.is_empty() { format!("line {line}") } else { format!("{name}:{line}") }
        };
        let (table, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            let told = |e: &toml::de::Error| whole(&place(e.span().map_or(0, |s| s.start)), &syntax(e.message()));
            let mut errors: Vec<_> = errors.iter().map(told).collect();
            // What follows on the same line follows from it.
            errors.dedup_by(|a, b| a.place == b.place);
            return Err(errors);
        }
        let mut places = BTreeMap::new();
        for (key, value) in table.get_ref() {
            note(key.get_ref(), key.span().start, value, &place, &mut places);
        }
        Ok(Self { figment: Figment::new().merge(Toml::string(text)), places })
    }

    fn with_flags(&mut self, flags: &Flags) {
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
                self.figment = std::mem::take(&mut self.figment).merge(Serialized::default(key, value));
                self.places.insert(key.to_owned(), format!("--{}", key.replace('_', "-")));
            }
        }
    }

    fn told(&self, error: &figment::Error) -> ConfigError {
        let path = error.path.join(".");
        let place = self.place(&path);
        ConfigError { path, message: message(&error.kind), place }
    }

    /// The place of a path, or of the nearest thing around it that has one.
    fn place(&self, path: &str) -> String {
        let mut path = path;
        loop {
            let variable = variable(path);
            if !self.places.get(path).is_some_and(|p| p.starts_with('-')) && std::env::var_os(&variable).is_some() {
                return variable;
            }
            if let Some(place) = self.places.get(path) {
                return place.clone();
            }
            match path.rsplit_once('.') {
                Some((around, _)) => path = around,
                None => return String::new(),
            }
        }
    }
}

/// What is wrong, without the value: it may be a secret that stands under the wrong key.
fn message(kind: &Kind) -> String {
    let nearest = |name: &str, known: &[&'static str]| {
        let near = known.iter().map(|k| (strsim::damerau_levenshtein(name, k), *k)).min();
        match near.filter(|(distance, near)| *distance <= (name.len().max(near.len()) / 3).max(1)) {
            Some((_, near)) => format!("did you mean `{near}`?"),
            None => format!("known are {}", known.join(", ")),
        }
    };
    match kind {
        Kind::UnknownField(name, known) => format!("unknown key; {}", nearest(&name.to_lowercase(), known)),
        Kind::UnknownVariant(value, known) => format!("unknown value; {}", nearest(&value.to_lowercase(), known)),
        Kind::InvalidType(_, wanted) => format!("wrong type, expected {wanted}"),
        Kind::InvalidValue(_, wanted) => format!("wrong value, expected {wanted}"),
        Kind::InvalidLength(_, wanted) => format!("wrong length, expected {wanted}"),
        Kind::MissingField(name) => format!("`{name}` is missing"),
        Kind::DuplicateField(name) => format!("`{name}` stands twice"),
        Kind::ISizeOutOfRange(_) | Kind::USizeOutOfRange(_) => "the number is too large or too small".to_owned(),
        // In the words of whoever reads such a value, which must not hold the value.
        Kind::Message(words) => words.clone(),
        Kind::Unsupported(_) | Kind::UnsupportedKey(..) => "another kind of value is needed".to_owned(),
    }
}

/// What the parser says, in one line.
fn syntax(message: &str) -> String {
    format!("this is not valid TOML: {}", message.lines().next().unwrap_or_default())
}

fn note(
    path: &str,
    at: usize,
    value: &Spanned<DeValue<'_>>,
    place: &dyn Fn(usize) -> String,
    places: &mut BTreeMap<String, String>,
) {
    places.insert(path.to_owned(), place(at));
    match value.get_ref() {
        DeValue::Table(table) => {
            for (key, value) in table {
                note(&format!("{path}.{}", key.get_ref()), key.span().start, value, place, places);
            }
        }
        DeValue::Array(array) => {
            for (n, value) in array.iter().enumerate() {
                note(&format!("{path}.{n}"), value.span().start, value, place, places);
            }
        }
        _ => {}
    }
}

/// Reading stops at its first error. So what is wrong is taken out and the rest is read again, until nothing is wrong.
fn read(sources: Sources) -> Result<Config, Vec<ConfigError>> {
    let mut errors = Vec::new();
    let mut values: Value = sources.figment.extract().map_err(|e| vec![sources.told(&e)])?;
    let mut config = loop {
        match values.deserialize::<Config>() {
            Ok(config) => break config,
            Err(error) => {
                errors.push(sources.told(&error));
                if !take_out(&mut values, &error) {
                    return Err(errors);
                }
            }
        }
    };
    let mut more = Vec::new();
    config.check(&mut |path, message| {
        let place = sources.place(path);
        more.push(ConfigError { path: path.to_owned(), message: message.to_owned(), place });
    });
    errors.extend(more);
    if errors.is_empty() { Ok(config) } else { Err(errors) }
}

/// Takes out what an error is about; in a list something sound comes into its place, so that the others keep theirs.
/// False where nothing lies there.
fn take_out(values: &mut Value, error: &figment::Error) -> bool {
    let missing = match &error.kind {
        Kind::MissingField(name) => Some(name.to_string()),
        _ => None,
    };
    let way: Vec<String> = error.path.iter().cloned().chain(missing.clone()).collect();
    let Some((last, way)) = way.split_last() else { return false };
    let (mut at, mut list) = (values, "");
    for part in way {
        let next = match at {
            Value::Dict(_, dict) => dict.get_mut(part),
            Value::Array(_, array) => part.parse().ok().and_then(|n: usize| array.get_mut(n)),
            _ => None,
        };
        let Some(next) = next else { return false };
        if part.parse::<usize>().is_err() {
            list = part;
        }
        at = next;
    }
    let site = |key: &str| if key == "name" { Value::from("sound") } else { Value::from(Vec::<Value>::new()) };
    match at {
        Value::Dict(_, dict) if list == "sites" && ["name", "origins"].contains(&last.as_str()) => {
            dict.insert(last.clone(), site(last)).is_some() || missing.is_some()
        }
        Value::Dict(_, dict) => dict.remove(last).is_some(),
        Value::Array(_, array) => {
            let Some(element) = last.parse().ok().and_then(|n: usize| array.get_mut(n)) else { return false };
            *element = match list {
                "sites" => Value::from(Dict::from(["name", "origins"].map(|key| (key.to_owned(), site(key))))),
                "origins" => Value::from("https://sound.example"),
                _ => Value::from("127.0.0.1"),
            };
            true
        }
        _ => false,
    }
}

impl Config {
    /// What types cannot say.
    fn check(&mut self, wrong: &mut dyn FnMut(&str, &str)) {
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
                    wrong(&path, ORIGIN);
                }
            }
        }
        for (i, site) in self.sites.iter_mut().enumerate() {
            if let Some(Err(why)) = site.identity.as_mut().map(super::Identity::read_key) {
                wrong(&format!("sites.{i}.identity"), &why);
            }
        }
        if let Err((path, why)) = self.privacy.redactor() {
            wrong(&path, &why);
        }
        if !(1..=1_000).contains(&self.privacy.gap_visitors) {
            wrong("privacy.gap_visitors", "must be 1 to 1000");
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
        // Sums and points in time must not run over.
        let (day, year, decade) = (86_400_000, 31_536_000, 87_600);
        let bounded = [
            ("http.first_byte_ms", self.http.first_byte_ms, day),
            ("http.header_ms", self.http.header_ms, day),
            ("http.body_ms", self.http.body_ms, day),
            ("http.write_ms", self.http.write_ms, day),
            ("http.drain_ms", self.http.drain_ms, day),
            ("http.crowded_ms", self.http.crowded_ms, day),
            ("socket.hello_ms", self.socket.hello_ms, day),
            ("socket.heartbeat_ms", self.socket.heartbeat_ms, day),
            ("socket.grace_ms", self.socket.grace_ms, day),
            ("socket.tick_ms", self.socket.tick_ms, day),
            ("queue.away_after_s", self.queue.away_after_s, year),
            ("queue.lost_after_s", self.queue.lost_after_s, year),
            ("login.session_hours", self.login.session_hours, decade),
            ("login.idle_hours", self.login.idle_hours, decade),
            ("backup.every_hours", self.backup.every_hours, decade),
        ];
        for (path, value, most) in bounded {
            if value > most {
                wrong(path, &format!("must be at most {most}"));
            }
        }
        if tracing_subscriber::EnvFilter::try_new(&self.log.filter).is_err() {
            wrong("log.filter", "must be a filter such as `info` or `warn,deskbell=debug`");
        }
        if !(0.0..=1.0).contains(&self.trace.sample) {
            wrong("trace.sample", "must be between 0 and 1");
        }
        if self.trace.endpoint.as_ref().is_some_and(|e| !e.starts_with("http://") || !is_origin(e)) {
            wrong(
                "trace.endpoint",
                "must be an origin such as http://127.0.0.1:4318; a collector behind TLS needs one beside",
            );
        }
        if self.queue.lost_after_s < self.queue.away_after_s {
            wrong("queue.lost_after_s", "must not be less than queue.away_after_s");
        }
    }
}

/// `http` or `https`, a host and perhaps a port that is not the usual one, in lower case: as browsers write it.
#[must_use]
pub fn is_origin(text: &str) -> bool {
    let usual = if text.starts_with("https://") { 443 } else { 80 };
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else { return false };
    let (host, port) = match rest.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) {
        Some((host, port)) => (host, Some(port)),
        None => (rest, None),
    };
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').is_some_and(|a| a.parse::<std::net::Ipv6Addr>().is_ok()),
        None => {
            !host.is_empty()
                && host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-_".contains(&b))
        }
    };
    host && port.is_none_or(|p| !p.starts_with(['0', '+']) && p.parse::<u16>().is_ok_and(|n| n != usual))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_browsers_write() {
        for good in
            ["https://shop.example", "http://127.0.0.1:3000", "https://[::1]:8443", "http://[::1]", "http://my_host"]
        {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "*",
            "null",
            "",
            "https://",
            "shop.example",
            "ftp://shop.example",
            "https://shop.example/",
            "https://*.example",
            "https://Shop.example",
            "https://shop.example:443",
            "http://shop.example:80",
            "https://shop.example:",
            "https://shop.example:0443",
            "https://shop.example:65536",
            "https://shop.example:x",
            "https://u@shop.example",
            "https://[::g]",
            "https://[::1",
            "https://::1",
            "https://a b",
            "https://sh\u{f6}p.example",
            "HTTPS://shop.example",
            "https://shop.example?x",
            "https://shop.example#x",
            "https://a,https://b",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
    }
}
