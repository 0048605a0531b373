//! The program, run as an operator runs it, and a visitor who remembers what was acked.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Client, PATIENCE, cmid, request};
use futures_util::StreamExt;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_deskbell");

const INTENTS: &str = "
intents:
  - id: opening-hours
    title: When are you open?
    examples: [when are you open, what are your opening hours]
    answer: Every day from eight to eight.
";

/// A directory with content; the data comes into `data` within.
pub(crate) fn directory() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(directory.path().join("content/intents")).unwrap();
    std::fs::write(directory.path().join("content/intents/a.yaml"), INTENTS).unwrap();
    directory
}

/// A command of the program, on this directory's data.
pub(crate) fn deskbell(directory: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.args(args).arg("--data").arg(directory.join("data"));
    command
}

/// Runs it to its end. What it said stands in both streams together.
pub(crate) fn run(mut command: Command) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
}

/// The same, where it must succeed.
pub(crate) fn done(command: Command) -> String {
    let (code, text) = run(command);
    assert_eq!(code, Some(0), "{text}");
    text
}

/// All that the log holds, as text by name of message. Holds that places are dense and names unique.
pub(super) fn stored(directory: &Path) -> BTreeMap<String, String> {
    let mut heads: BTreeMap<String, u64> = BTreeMap::new();
    let mut all = BTreeMap::new();
    for line in done(deskbell(directory, &["log"])).lines().filter(|l| l.starts_with('{')) {
        let entry: Value = serde_json::from_str(line).unwrap();
        let head = heads.entry(entry["conversation"].as_str().unwrap().to_owned()).or_default();
        *head += 1;
        assert_eq!(entry["seq"], *head, "a hole: {line}");
        if let Some(cmid) = entry["cmid"].as_str() {
            let text = entry["body"]["text"].as_str().unwrap().to_owned();
            assert_eq!(all.insert(cmid.to_owned(), text), None, "stored twice: {line}");
        }
    }
    all
}

/// A running server.
pub(crate) struct Program {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
    log: Receiver<String>,
    pub(crate) said: Vec<String>,
}

impl Program {
    pub(crate) fn start(directory: &Path) -> Self {
        Self::start_with(directory, Command::new(BINARY))
    }

    /// `command`: what runs the program, `serve` and its flags not yet added.
    pub(crate) fn start_with(directory: &Path, command: Command) -> Self {
        match Self::try_start(directory, command) {
            Ok(program) => program,
            Err((status, said)) => panic!("did not start ({status}): {said:#?}"),
        }
    }

    /// The error: how it ended before it listened, and what it said.
    pub(crate) fn try_start(directory: &Path, mut command: Command) -> Result<Self, (ExitStatus, Vec<String>)> {
        command.args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]);
        command.arg("--content").arg(directory.join("content")).arg("--data").arg(directory.join("data"));
        for (key, value) in [
            ("DESKBELL_HTTP__DRAIN_MS", "50"),
            ("DESKBELL_SOCKET__MESSAGES_PER_SECOND", "100000"),
            ("DESKBELL_SOCKET__MESSAGE_BURST", "100000"),
            ("DESKBELL_SOCKET__FRAMES_PER_SECOND", "100000"),
            ("DESKBELL_HTTP__NEW_CONVERSATIONS_PER_VISITOR", "0"),
            // A machine that is busy with other tests makes it refuse nobody.
            ("DESKBELL_HTTP__CROWDED_MS", "0"),
        ] {
            if command.get_envs().all(|(known, _)| known != key) {
                command.env(key, value);
            }
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, log) = channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let Some(address) = first.trim().strip_prefix("listening on http://") else {
            return Err((child.wait().unwrap(), log.iter().collect()));
        };
        let address = address.parse().unwrap();
        let mut program = Self { child, address, admin: address, log, said: Vec::new() };
        let serving = program.until("serving");
        let admin = serving.split("admin=").nth(1).unwrap().split(' ').next().unwrap();
        program.admin = admin.parse().unwrap();
        Ok(program)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line of its log, unless it was said already.
    pub(crate) fn until(&mut self, part: &str) -> String {
        loop {
            if let Some(line) = self.said.iter().find(|l| l.contains(part)) {
                return line.clone();
            }
            match self.log.recv_timeout(PATIENCE) {
                Ok(line) => self.said.push(line),
                Err(e) => panic!("`{part}` was not said ({e}): {:#?}", self.said),
            }
        }
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// As a supervisor does it; it must end well.
    pub(crate) fn stop(mut self) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{:#?}", self.log.iter().collect::<Vec<_>>());
    }

    /// The same under a tracer, which passes no signal on: the program is its only child.
    pub(super) fn end_traced(mut self) {
        let children = format!("/proc/{0}/task/{0}/children", self.child.id());
        let program = std::fs::read_to_string(children).unwrap();
        let told = Command::new("kill").args(["-TERM", program.trim()]).status().unwrap();
        assert!(told.success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }

    /// Waits for its end by itself.
    pub(super) fn ended(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    pub(super) async fn admin(&self, path: &str) -> (u16, String) {
        let answer = request(self.admin, "GET", path, &[("connection", "close")], "").await;
        (answer.status, answer.body)
    }

    /// Waits until it is ready, or not; gives what it says.
    pub(super) async fn ready(&self, ready: bool) -> Value {
        let look = async {
            loop {
                let (status, body) = self.admin("/readyz").await;
                if (status == 200) == ready {
                    return serde_json::from_str(&body).unwrap();
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, look).await.unwrap_or_else(|_| panic!("never was {ready}"))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it has ended, unless the test failed
        let _ = self.child.wait();
    }
}

/// A visitor with a ledger.
pub(super) struct Visitor {
    pub(super) client: Client,
    pub(super) c: Option<String>,
    /// Text by name of each message that was acked.
    pub(super) acked: BTreeMap<String, String>,
    /// The same of those that were sent and not acked.
    pub(super) open: BTreeMap<String, String>,
}

impl Visitor {
    pub(super) async fn new(program: &Program) -> Self {
        let mut client = Client::connect(program.address, "/ws", None).await;
        client.hello(json!({})).await;
        Self { client, c: None, acked: BTreeMap::new(), open: BTreeMap::new() }
    }

    /// The same visitor on a new connection.
    pub(super) async fn back(&mut self, program: &Program) -> Value {
        let mut resume = Vec::new();
        if let Some(c) = &self.c {
            let seq = self.client.log(c).iter().filter_map(|e| e["seq"].as_u64()).max().unwrap_or(0);
            resume.push(json!({"c": c, "epoch": self.client.epoch(), "seq": seq}));
        }
        let token = self.client.token.clone();
        self.client = Client::connect(program.address, "/ws", None).await;
        let welcome = self.client.hello(json!({"token": token, "resume": resume})).await;
        self.client.token = self.client.token.take().or(token);
        welcome
    }

    /// Hangs up: a server that ends waits for nobody then.
    pub(super) async fn leave(&mut self) {
        let _ = self.client.socket.close(None).await; // it may be gone already
    }

    /// Says something; the ack or nack. None: the line ended before.
    pub(super) async fn say(&mut self, text: &str) -> Option<Value> {
        self.say_as(&cmid(), text).await
    }

    pub(super) async fn say_as(&mut self, cmid: &str, text: &str) -> Option<Value> {
        self.open.insert(cmid.to_owned(), text.to_owned());
        let mut frame = json!({"type": "send", "cmid": cmid, "kind": "text", "body": {"text": text}});
        if let Some(c) = &self.c {
            frame["c"] = json!(c);
        }
        self.client.send(frame).await;
        loop {
            let told = match tokio::time::timeout(PATIENCE, self.client.socket.next()).await.unwrap() {
                Some(Ok(Message::Text(text))) => serde_json::from_str::<Value>(&text).unwrap(),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => continue,
            };
            let kind = told["type"].as_str().unwrap().to_owned();
            self.client.frames.push(told.clone());
            if told["cmid"] == cmid && kind == "ack" {
                self.c = told["c"].as_str().map(str::to_owned);
                self.acked.extend(self.open.remove_entry(cmid));
            }
            if told["cmid"] == cmid && (kind == "ack" || kind == "nack") {
                return Some(told);
            }
        }
    }

    /// Says so many things, each acked.
    pub(super) async fn chat(&mut self, times: usize) {
        for n in 0..times {
            let told = self.say(&format!("number {n}: when are you open?")).await.unwrap();
            assert_eq!(told["type"], "ack", "{told}");
        }
    }

    /// Everything that was acked is stored, as it was said, and nothing that nobody said.
    pub(super) fn check(&self, directory: &Path) {
        self.check_beside(directory, &[]);
    }

    /// The same where others may have said something too.
    pub(super) fn check_beside(&self, directory: &Path, others: &[&Self]) {
        let stored = stored(directory);
        for (cmid, text) in &self.acked {
            assert_eq!(stored.get(cmid), Some(text), "acked and lost: {cmid}");
        }
        for (cmid, text) in &stored {
            let said = |v: &Self| v.acked.get(cmid).or(v.open.get(cmid)) == Some(text);
            assert!(said(self) || others.iter().any(|v| said(v)), "nobody said {cmid}");
        }
    }
}
