//! A server of its own, as a child process that can be killed and started again on the same port and data.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::ledger::{self, Stored, agent_id};
use crate::wire::Failure;

/// Password of everybody here.
const PASSWORD: &str = "correct horse battery";

/// A start takes less than this, however busy the machine.
const START: Duration = Duration::from_secs(60);

const INTENTS: &str = "
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
    department: service
";

/// A chat that is handed over without a department is anybody's: here there is none such.
const SETTINGS: &str = "departments = [\"service\", \"orders\"]\ndefault_department = \"service\"\n";

/// See the module.
pub(crate) struct Server {
    bin: PathBuf,
    home: PathBuf,
    settings: Vec<(String, String)>,
    /// Where visitors and agents reach it.
    pub(crate) address: SocketAddr,
    child: Child,
}

impl Server {
    /// Starts a server whose content and data lie below `home`; `settings` are for its environment.
    pub(crate) async fn start(bin: &Path, home: &Path, settings: &[(&str, &str)]) -> Result<Self, Failure> {
        std::fs::create_dir_all(home.join("content/intents"))?;
        std::fs::write(home.join("content/intents/a.yaml"), INTENTS)?;
        std::fs::write(home.join("content/deskbell.toml"), SETTINGS)?;
        let settings: Vec<_> = settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let (child, address) = spawn(bin, home, &settings, SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        Ok(Self { bin: bin.to_owned(), home: home.to_owned(), settings, address, child })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its process, while it runs.
    #[allow(dead_code, reason = "the modes beside this one measure its memory")]
    pub(crate) fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// `kill -9`: nothing is written any more.
    pub(crate) async fn kill(&mut self) -> Result<(), Failure> {
        Ok(self.child.kill().await?)
    }

    /// Again, on the same port and data.
    pub(crate) async fn restart(&mut self) -> Result<(), Failure> {
        self.child = spawn(&self.bin, &self.home, &self.settings, self.address).await?.0;
        Ok(())
    }

    /// Sends SIGTERM.
    pub(crate) async fn terminate(&self) -> Result<(), Failure> {
        let pid = self.child.id().ok_or("the server has ended already")?;
        let done = Command::new("kill").args(["-TERM", &pid.to_string()]).status().await?;
        if done.success() { Ok(()) } else { Err("the server has ended already".into()) }
    }

    /// Waits for its end; the exit code.
    pub(crate) async fn ended(&mut self, patience: Duration) -> Result<Option<i32>, Failure> {
        Ok(timeout(patience, self.child.wait()).await.map_err(|_| "the server does not end")??.code())
    }

    /// Again, to end by itself at a place of its program: what `FAULT_AT` says, see `src/fault.rs`. Debug builds only.
    pub(crate) async fn restart_failing(&mut self, at: &str) -> Result<(), Failure> {
        let settings = [&self.settings[..], &[("FAULT_AT".to_owned(), at.to_owned())]].concat();
        self.child = spawn(&self.bin, &self.home, &settings, self.address).await?.0;
        Ok(())
    }

    /// Waits until it has ended by itself. What leads to the place is done meanwhile: it is asked to end for the places
    /// on that way, the content is changed for those on the other; for the rest there are the clients.
    pub(crate) async fn ends_at(&mut self, at: &str, patience: Duration) -> Result<(), Failure> {
        if at.starts_with("drain") {
            self.terminate().await?;
        }
        let began = Instant::now();
        for n in 0_u32.. {
            if at.starts_with("content") {
                std::fs::write(self.home.join("content/intents/a.yaml"), format!("# {at}, {n}{INTENTS}"))?;
            }
            match timeout(Duration::from_millis(500), self.child.wait()).await {
                // No code: a signal, as an abort is one.
                Ok(ended) => {
                    let peace = ended?.code().is_some();
                    let words = || format!("the server ended in peace and not at {at}").into();
                    return if peace { Err(words()) } else { Ok(()) };
                }
                Err(_) if began.elapsed() < patience => {}
                Err(_) => break,
            }
        }
        Err(format!("the server does not come to {at}").into())
    }

    /// Adds an agent; its id.
    pub(crate) async fn agent(&self, name: &str, department: &str) -> Result<i64, Failure> {
        let email = format!("{name}@shop.example");
        let mut args = vec!["user", "add", "--email", &email, "--name", name, "--role", "agent", "--capacity", "12"];
        args.extend(["--password-stdin"]);
        if !department.is_empty() {
            args.extend(["--department", department]);
        }
        self.command(&args, PASSWORD).await?;
        let list = self.command(&["user", "list"], "").await?;
        let list = String::from_utf8_lossy(&list.stdout).into_owned();
        let line = list.lines().find(|l| l.contains(&email)).ok_or("the agent is not listed")?;
        let id = line.split('\t').next().unwrap_or_default();
        agent_id(&id.into()).ok_or_else(|| format!("no id in {line:?}").into())
    }

    /// Logs an agent in; the cookie.
    pub(crate) async fn login(&self, name: &str) -> Result<String, Failure> {
        let (url, origin) = (format!("{}/api/v1/login", self.url()), self.url());
        let body = serde_json::json!({"email": format!("{name}@shop.example"), "password": PASSWORD});
        let answer = tokio::task::spawn_blocking(move || ureq::post(url).header("origin", origin).send_json(body));
        let answer = answer.await??;
        let cookie = answer.headers().get("set-cookie").and_then(|c| c.to_str().ok()).ok_or("no cookie")?;
        Ok(cookie.split(';').next().unwrap_or_default().to_owned())
    }

    /// Everything that is stored, as `deskbell log` prints it.
    pub(crate) async fn log(&self) -> Result<Vec<Stored>, Failure> {
        let out = self.command(&["log"], "").await?;
        String::from_utf8(out.stdout)?.lines().map(ledger::stored).collect()
    }

    async fn command(&self, args: &[&str], input: &str) -> Result<Output, Failure> {
        let mut child = Command::new(&self.bin)
            .args(args)
            .arg("--data")
            .arg(self.home.join("data"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes()).await?;
        }
        let out = child.wait_with_output().await?;
        if out.status.success() {
            Ok(out)
        } else {
            Err(format!("deskbell {args:?}: {}", String::from_utf8_lossy(&out.stderr)).into())
        }
    }
}

async fn spawn(
    bin: &Path,
    home: &Path,
    settings: &[(String, String)],
    address: SocketAddr,
) -> Result<(Child, SocketAddr), Failure> {
    let log = std::fs::OpenOptions::new().create(true).append(true).open(home.join("server.log"))?;
    let mut child = Command::new(bin)
        .arg("serve")
        .arg("--content")
        .arg(home.join("content"))
        .arg("--data")
        .arg(home.join("data"))
        .args(["--listen", &address.to_string(), "--admin-listen", "127.0.0.1:0"])
        .envs(settings.iter().map(|(k, v)| (k, v)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()?;
    let stdout = child.stdout.take().ok_or("no standard output")?;
    let mut line = String::new();
    timeout(START, BufReader::new(stdout).read_line(&mut line)).await.map_err(|_| "the server does not start")??;
    let told = line.trim().strip_prefix("listening on http://");
    let told = told.ok_or_else(|| format!("the server did not start: see {}", home.join("server.log").display()))?;
    Ok((child, told.parse()?))
}
