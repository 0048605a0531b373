//! The program with settings of a test's choice, and everything that it says.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Answer, PATIENCE, request};

pub(super) const BINARY: &str = env!("CARGO_BIN_EXE_deskbell");

pub(super) const INTENTS: &str = "
intents:
  - id: opening-hours
    title: When are you open?
    examples: [when are you open, what are your opening hours]
    answer: Every day from eight to eight.
  - id: complaint
    title: A complaint
    examples: [i want to complain, i have a complaint]
    answer: I am sorry to hear that.
    handoff: always
";

/// What was said on stderr so far, line by line.
type Said = Arc<(Mutex<Vec<String>>, Condvar)>;

/// A running server; content and data lie in `home`.
pub(super) struct Program {
    home: Arc<TempDir>,
    child: Child,
    pub(super) address: SocketAddr,
    pub(super) admin: SocketAddr,
    said: Said,
}

impl Program {
    pub(super) fn start(settings: &[(&str, &str)]) -> Self {
        let home = Arc::new(tempfile::tempdir().unwrap());
        std::fs::create_dir_all(home.path().join("content/intents")).unwrap();
        std::fs::write(home.path().join("content/intents/a.yaml"), INTENTS).unwrap();
        Self::start_in(home, settings)
    }

    /// Ends it and starts another on what it leaves.
    pub(super) fn again(mut self, settings: &[(&str, &str)]) -> Self {
        self.terminate();
        assert_eq!(self.ended().code(), Some(0), "{:#?}", self.said());
        Self::start_in(Arc::clone(&self.home), settings)
    }

    fn start_in(home: Arc<TempDir>, settings: &[(&str, &str)]) -> Self {
        // The program does not say where its admin listener is in every format of its log: a port that is free now.
        let admin = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut child = Command::new(BINARY)
            .arg("serve")
            .args(["--listen", "127.0.0.1:0", "--admin-listen", &admin.to_string()])
            .arg("--content")
            .arg(home.path().join("content"))
            .arg("--data")
            .arg(home.path().join("data"))
            .envs([("DESKBELL_HTTP__DRAIN_MS", "50"), ("DESKBELL_SOCKET__MESSAGE_BURST", "1000")])
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = Said::default();
        let (stderr, log) = (BufReader::new(child.stderr.take().unwrap()), Arc::clone(&said));
        std::thread::spawn(move || {
            for line in stderr.split(b'\n').map_while(Result::ok) {
                log.0.lock().unwrap().push(String::from_utf8_lossy(&line).into_owned());
                log.1.notify_all();
            }
        });
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let address = first.trim().strip_prefix("listening on http://").map(|a| a.parse().unwrap());
        let address = address.unwrap_or_else(|| panic!("did not start: {:#?}", said.0.lock().unwrap()));
        Self { home, child, address, admin, said }
    }

    pub(super) fn content(&self, path: &str) -> std::path::PathBuf {
        self.home.path().join("content").join(path)
    }

    pub(super) fn said(&self) -> Vec<String> {
        self.said.0.lock().unwrap().clone()
    }

    /// Waits for a line of its log.
    pub(super) fn until(&self, part: &str) -> String {
        let found = |said: &[String]| said.iter().find(|l| l.contains(part)).cloned();
        let said = self.said.0.lock().unwrap();
        let (said, _) = self.said.1.wait_timeout_while(said, PATIENCE, |said| found(said).is_none()).unwrap();
        found(&said).unwrap_or_else(|| panic!("`{part}` was not said: {said:#?}"))
    }

    pub(super) async fn admin(&self, path: &str) -> Answer {
        request(self.admin, "GET", path, &[("connection", "close")], "").await
    }

    /// Asks whether it is ready until the answer fits; the answer.
    pub(super) async fn ready(&self, fits: impl Fn(&Value) -> bool) -> Value {
        let look = async {
            loop {
                let told = self.admin("/readyz").await.json();
                if fits(&told) {
                    return told;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, look).await.expect("another answer of /readyz")
    }

    /// As a supervisor does it.
    pub(super) fn terminate(&self) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
    }

    pub(super) fn ended(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    pub(super) fn data(&self) -> std::path::PathBuf {
        self.home.path().join("data")
    }

    /// A command beside it, with this on its standard input.
    pub(super) fn command(&self, args: &[&str], input: &str) -> String {
        use std::io::Write as _;
        let mut command = Command::new(BINARY);
        command.args(args).arg("--data").arg(self.data()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let out = child.wait_with_output().unwrap();
        assert!(out.status.success(), "{args:?}");
        String::from_utf8(out.stdout).unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it has ended, unless the test failed
        let _ = self.child.wait();
    }
}

/// What a file's name must not become before it is whole.
pub(super) fn replace(path: &Path, text: &str) {
    let half = path.with_extension("half");
    std::fs::write(&half, text).unwrap();
    std::fs::rename(half, path).unwrap();
}
