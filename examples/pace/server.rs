//! A process that is measured: the server, or the echo.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::client::Failure;

/// What is measured is work, not what is refused for being too much of one client.
const SETTINGS: &[(&str, &str)] = &[
    ("DESKBELL_HTTP__CONNECTIONS", "40000"),
    ("DESKBELL_HTTP__PER_ADDRESS", "40000"),
    ("DESKBELL_HTTP__NEW_SESSIONS", "0"),
    ("DESKBELL_HTTP__NEW_CONVERSATIONS", "0"),
    ("DESKBELL_HTTP__NEW_CONVERSATIONS_PER_VISITOR", "0"),
    ("DESKBELL_SOCKET__MESSAGES_PER_SECOND", "100000"),
    ("DESKBELL_SOCKET__MESSAGE_BURST", "100000"),
    ("DESKBELL_SOCKET__FRAMES_PER_SECOND", "100000"),
    ("DESKBELL_QUEUE__CAPACITY", "2000"),
    ("DESKBELL_QUEUE__PER_VISITOR", "0"),
    ("DESKBELL_QUEUE__PER_ADDRESS", "0"),
    ("DESKBELL_LOG__FILTER", "warn"),
];

/// Password of everybody here.
const PASSWORD: &str = "correct horse battery";

/// See the module; ends with it.
pub(crate) struct Server {
    child: Child,
    bin: std::path::PathBuf,
    home: TempDir,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// `deskbell serve` with data of its own.
    pub(crate) async fn start(bin: &Path, content: &Path) -> Result<Self, Failure> {
        let home = tempfile::tempdir()?;
        let mut command = Command::new(bin);
        command.arg("serve").arg("--content").arg(content).arg("--data").arg(home.path().join("data"));
        command.args(["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]);
        command.envs(SETTINGS.iter().copied());
        Self::spawn(command, bin, home).await
    }

    /// This program's own echo.
    pub(crate) async fn echo() -> Result<Self, Failure> {
        let bin = std::env::current_exe()?;
        let mut command = Command::new(&bin);
        command.arg("echo");
        Self::spawn(command, &bin, tempfile::tempdir()?).await
    }

    async fn spawn(mut command: Command, bin: &Path, home: TempDir) -> Result<Self, Failure> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let stdout = child.stdout.take().ok_or("no standard output")?;
        let mut line = String::new();
        timeout(Duration::from_secs(60), BufReader::new(stdout).read_line(&mut line)).await??;
        let address = line.trim().strip_prefix("listening on http://").ok_or("it did not start")?.parse()?;
        Ok(Self { child, bin: bin.to_owned(), home, address })
    }

    fn read(&self, file: &str) -> Result<String, Failure> {
        let pid = self.child.id().ok_or("the server has ended")?;
        Ok(std::fs::read_to_string(format!("/proc/{pid}/{file}"))?)
    }

    /// Processor time used so far, seconds, to a hundredth.
    pub(crate) fn cpu(&self) -> Result<f64, Failure> {
        let stat = self.read("stat")?;
        // What stands before the last bracket is the program's name.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
        let ticks = fields.map(str::parse::<f64>).sum::<Result<f64, _>>()?;
        Ok(ticks / 100.0)
    }

    /// Resident memory, kilobytes.
    pub(crate) fn resident(&self) -> Result<u64, Failure> {
        let status = self.read("status")?;
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        Ok(line.split_whitespace().next().unwrap_or_default().parse()?)
    }

    /// Adds an agent and logs in; the cookie.
    pub(crate) async fn agent(&self, name: &str) -> Result<String, Failure> {
        let email = format!("{name}@shop.example");
        let args = ["user", "add", "--email", &email, "--name", name, "--role", "agent", "--capacity", "1000"];
        let mut child = Command::new(&self.bin)
            .args(args)
            .args(["--password-stdin", "--data"])
            .arg(self.home.path().join("data"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(PASSWORD.as_bytes()).await?;
        }
        let Output { status, stderr, .. } = child.wait_with_output().await?;
        if !status.success() {
            return Err(String::from_utf8_lossy(&stderr).into_owned().into());
        }
        let url = format!("http://{}", self.address);
        let body = serde_json::json!({"email": email, "password": PASSWORD});
        let login = format!("{url}/api/v1/login");
        let answer = tokio::task::spawn_blocking(move || ureq::post(login).header("origin", url).send_json(body));
        let answer = answer.await??;
        let cookie = answer.headers().get("set-cookie").and_then(|c| c.to_str().ok()).ok_or("no cookie")?;
        Ok(cookie.split(';').next().unwrap_or_default().to_owned())
    }
}
