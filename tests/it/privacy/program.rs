//! The real program with its data in a directory of its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_deskbell");

const INTENTS: &str = "
intents:
  - id: complaint
    title: A complaint
    examples: [i want to complain, i have a complaint]
    answer: I am sorry to hear that.
    handoff: always
";

/// A place for content and data.
pub(super) struct Home(TempDir);

impl Home {
    pub(super) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(home.path().join("content/intents")).unwrap();
        std::fs::write(home.path().join("content/intents/a.yaml"), INTENTS).unwrap();
        Self(home)
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    pub(super) fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// A command on these data.
    pub(super) fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(BINARY);
        command.args(arguments).arg("--data").arg(self.data()).stdin(Stdio::null()).output().unwrap()
    }

    pub(super) fn ok(&self, arguments: &[&str]) -> String {
        let done = self.run(arguments);
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    }

    pub(super) fn serve(&self, config: &str) -> Server {
        std::fs::write(self.path("config.toml"), config).unwrap();
        let mut child = Command::new(BINARY)
            .arg("serve")
            .args(["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"])
            .arg("--config")
            .arg(self.path("config.toml"))
            .arg("--content")
            .arg(self.path("content"))
            .arg("--data")
            .arg(self.data())
            .envs([("DESKBELL_HTTP__DRAIN_MS", "50"), ("DESKBELL_SOCKET__MESSAGE_BURST", "1000")])
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let address = first.trim().strip_prefix("listening on http://").map(|a| a.parse().unwrap());
        Server { child, address: address.expect("it started") }
    }
}

/// A running one; ends with the value.
pub(super) struct Server {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status(); // a hard end follows
        for _ in 0..200 {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Files below a directory that hold these bytes, in any case.
pub(super) fn holding(directory: &Path, words: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path, words));
        } else if let Ok(bytes) = std::fs::read(&path) {
            let bytes = bytes.to_ascii_lowercase();
            if memchr(&bytes, words.to_ascii_lowercase().as_bytes()) {
                found.push(path);
            }
        }
    }
    found
}

fn memchr(bytes: &[u8], words: &[u8]) -> bool {
    bytes.windows(words.len()).any(|w| w == words)
}
