//! Sixty broken configurations: each error is told, with its place, and no value is.

use std::process::{Command, Output};

use super::program::BINARY;

/// What stands under keys where it does not belong, and must not be printed.
const SECRET: &str = "hunter2";

/// A file, and for each error of it line, path and a part of what is said; in any order.
const BROKEN: &[(&str, &[&str])] = &[
    ("nonsense = 1", &["1: nonsense: unknown key; known are listen"]),
    ("lisen = '127.0.0.1:1'", &["1: lisen: unknown key; did you mean `listen`?"]),
    ("Listen = '127.0.0.1:1'", &["1: Listen: unknown key; did you mean `listen`?"]),
    ("\n\nadmin-listen = '127.0.0.1:1'", &["3: admin-listen: unknown key; did you mean `admin_listen`?"]),
    ("password = 'hunter2'", &["1: password: unknown key"]),
    ("listen = 'hunter2'", &["1: listen: invalid socket address"]),
    ("listen = 8080", &["1: listen: wrong type"]),
    ("listen = '127.0.0.1'", &["1: listen: invalid socket address"]),
    ("listen = '127.0.0.1:99999'", &["1: listen: invalid socket address"]),
    ("admin_listen = ''", &["1: admin_listen: invalid socket address"]),
    ("data = 7", &["1: data: wrong type"]),
    ("content = ['a']", &["1: content: wrong type"]),
    ("store = 1", &["1: store: wrong type"]),
    ("store = { url = 'hunter2' }", &["1: store: wrong type"]),
    ("bus = true", &["1: bus: wrong type"]),
    ("public_url = 'chat.example'", &["1: public_url: must be an origin"]),
    ("public_url = 'https://hunter2@chat.example/x'", &["1: public_url: must be an origin"]),
    ("public_url = 'ftp://chat.example'", &["1: public_url: must be an origin"]),
    ("trusted_proxies = 'all'", &["1: trusted_proxies: wrong type"]),
    ("trusted_proxies = ['10.0.0.0/33']", &["1: trusted_proxies.0: must be an address or a network"]),
    (
        "trusted_proxies = [\n  '::1',\n  'hunter2',\n  '10.0.0.0/8',\n  5,\n]",
        &["3: trusted_proxies.1: must be an address", "5: trusted_proxies.3: wrong type"],
    ),
    ("sites = 1", &["1: sites: wrong type"]),
    ("[sites]\nname = 'x'", &["1: sites: wrong type"]),
    ("[[sites]]", &["1: sites.0: `name` is missing", "1: sites.0: `origins` is missing"]),
    ("[[sites]]\nname = 'x'", &["1: sites.0: `origins` is missing"]),
    ("[[sites]]\norigins = []", &["1: sites.0: `name` is missing"]),
    ("[[sites]]\nname = ''\norigins = []", &["2: sites.0.name: must not be empty"]),
    ("[[sites]]\nname = 'x'\norigins = ['*']", &["3: sites.0.origins.0: must be an exact origin"]),
    ("[[sites]]\nname = 'x'\norigins = ['https://a.example/']", &["3: sites.0.origins.0: must be an exact origin"]),
    ("[[sites]]\nname = 'x'\norigins = ['https://A.example']", &["3: sites.0.origins.0: must be an exact origin"]),
    ("[[sites]]\nname = 'x'\norigins = ['null']", &["3: sites.0.origins.0: must be an exact origin"]),
    (
        "[[sites]]\nname = 'x'\norigin = ['https://a.example']",
        &["3: sites.0.origin: unknown key; did you mean `origins`?", "1: sites.0: `origins` is missing"],
    ),
    (
        "[[sites]]\nname = 5\norigins = 'hunter2'\n[[sites]]\nname = 'y'\norigins = [\n7,\n'https://*.y.example']",
        &[
            "2: sites.0.name: wrong type",
            "3: sites.0.origins: wrong type",
            "7: sites.1.origins.0: wrong type",
            "8: sites.1.origins.1: must be an exact origin",
        ],
    ),
    ("http = 1", &["1: http: wrong type"]),
    ("[http]\nconnections = 0", &["2: http.connections: must be at least 1"]),
    ("[http]\nconnections = -1", &["2: http.connections: "]),
    ("[http]\nper_adress = 5", &["2: http.per_adress: unknown key; did you mean `per_address`?"]),
    ("[http]\nheader_ms = '5s'", &["2: http.header_ms: wrong type"]),
    ("[http]\nbody_ms = 1.5", &["2: http.body_ms: wrong type"]),
    ("[http]\ndrain_ms = 9000000000", &["2: http.drain_ms: must be at most"]),
    (
        "[http]\nfirst_byte_ms = 0\nheader_ms = 0\nbody_ms = 0\nwrite_ms = 0",
        &["2: http.first_byte_ms", "3: http.header_ms", "4: http.body_ms", "5: http.write_ms"],
    ),
    ("[socket]\nhello_ms = 'hunter2'", &["2: socket.hello_ms: wrong type"]),
    ("[socket]\nhello_ms = 0", &["2: socket.hello_ms: must be at least 1"]),
    ("[socket]\nheartbeat_ms = 9223372036854775807", &["2: socket.heartbeat_ms: must be at most"]),
    ("[socket]\nper_person = 0\nreplay = 'all'", &["2: socket.per_person", "3: socket.replay: wrong type"]),
    ("[socket]\nmessages_per_second = 5000000000", &["2: socket.messages_per_second: "]),
    ("[sockets]\nhello_ms = 1", &["1: sockets: unknown key; did you mean `socket`?"]),
    ("socket.helo_ms = 1", &["1: socket.helo_ms: unknown key; did you mean `hello_ms`?"]),
    ("[login]\nper_address = 0\nper_account = 0", &["2: login.per_address", "3: login.per_account"]),
    ("[login]\nsession_hours = 0", &["2: login.session_hours: must be at least 1"]),
    ("[login]\nsession_days = 1", &["2: login.session_days: unknown key"]),
    ("[queue]\naway_after_s = 9\nlost_after_s = 3", &["3: queue.lost_after_s: must not be less"]),
    ("[queue]\nlost_after_s = 99999999999", &["2: queue.lost_after_s: must be at most"]),
    ("[queue]\ncapacity = 'hunter2'", &["2: queue.capacity: wrong type"]),
    ("[backup]\nkeep = 0", &["2: backup.keep: must be at least 1"]),
    ("[backup]\nevery = 1\ndirectory = 5", &["2: backup.every: unknown key", "3: backup.directory: wrong type"]),
    ("[log]\nformat = 'jsno'", &["2: log.format: unknown value; did you mean `json`?"]),
    ("[log]\nformat = 'hunter2'", &["2: log.format: unknown value; known are text, json"]),
    ("[log]\nfilter = 'deskbell=hunter2'", &["2: log.filter: must be a filter"]),
    ("[trace]\nendpoint = 'https://hunter2@c.example'", &["2: trace.endpoint: must be an origin"]),
    ("[trace]\nsample = 1.5", &["2: trace.sample: must be between 0 and 1"]),
    ("[trace]\nsample = 'all'\nurl = 'hunter2'", &["2: trace.sample: wrong type", "3: trace.url: unknown key"]),
    ("listen = ", &["1: this is not valid TOML"]),
    ("[http\nbody_ms = 1", &["1: this is not valid TOML"]),
    ("data = './a'\ndata = './b'", &["2: this is not valid TOML"]),
    ("store = hunter2", &["1: this is not valid TOML"]),
    ("a = 'x\nb = 1\nlisten = = 2", &["1: this is not valid TOML", "3: this is not valid TOML"]),
    (
        "lisen = 1\nlisten = 2\n[http]\nx = 1\nbody_ms = 0\n[socket]\ny = 2\nhello_ms = 'hunter2'\n[log]\nformat = 3",
        &[
            "1: lisen: unknown key",
            "2: listen: wrong type",
            "4: http.x: unknown key",
            "5: http.body_ms: must be at least 1",
            "7: socket.y: unknown key",
            "8: socket.hello_ms: wrong type",
            "10: log.format: ",
        ],
    ),
];

fn check(text: &str, environment: &[(&str, &str)]) -> (Option<i32>, Vec<String>) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("server.toml");
    std::fs::write(&file, text).unwrap();
    let mut command = Command::new(BINARY);
    command.env_clear().envs(environment.iter().copied()).args(["config", "check", "--config"]).arg(&file);
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(stderr.is_empty(), "{}", String::from_utf8_lossy(&stderr));
    let name = format!("{}:", file.display());
    let lines = String::from_utf8(stdout).unwrap().lines().map(|l| l.replace(&name, "")).collect();
    (status.code(), lines)
}

#[test]
fn each_error_is_told_with_its_line_and_without_the_value() {
    assert!(BROKEN.len() >= 60, "{}", BROKEN.len());
    for (text, wanted) in BROKEN {
        let (code, said) = check(text, &[]);
        assert_eq!(code, Some(2), "{text}: {said:#?}");
        for part in *wanted {
            assert!(said.iter().any(|line| line.starts_with(part)), "{text}\nlacks {part:?}: {said:#?}");
        }
        assert_eq!(said.len(), wanted.len(), "{text}: {said:#?}");
        assert!(!said.iter().any(|line| line.contains(SECRET)), "{text}: {said:#?}");
    }
}

#[test]
fn the_environment_is_named_where_it_is_wrong() {
    let environment =
        [("DESKBELL_SOCKET__HELLO_MS", "hunter2"), ("DESKBELL_LISTN", "x"), ("DESKBELL_HTTP__BODY_MS", "0")];
    let (code, mut said) = check("[socket]\nhello_ms = 5\ntick_ms = 0", &environment);
    said.sort();
    assert_eq!(code, Some(2), "{said:#?}");
    assert_eq!(said.len(), 4, "{said:#?}");
    for part in [
        "3: socket.tick_ms: must be at least 1",
        "DESKBELL_HTTP__BODY_MS: http.body_ms: must be at least 1",
        "DESKBELL_LISTN: listn: unknown key; did you mean `listen`?",
        "DESKBELL_SOCKET__HELLO_MS: socket.hello_ms: wrong type",
    ] {
        assert!(said.iter().any(|line| line.starts_with(part)), "{part}: {said:#?}");
    }
}

#[test]
fn a_secret_may_lie_in_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let secret = directory.path().join("store");
    std::fs::write(&secret, "sqlite:elsewhere.db\n").unwrap();
    let (code, said) = check("", &[("DESKBELL_STORE_FILE", secret.to_str().unwrap())]);
    assert_eq!((code, said), (Some(0), vec!["the configuration is fine".to_owned()]));
    let (code, said) = check("", &[("DESKBELL_STORE_FILE", "/nowhere/secret")]);
    assert_eq!(code, Some(2));
    assert!(said[0].starts_with("DESKBELL_STORE_FILE: "), "{said:?}");
}
