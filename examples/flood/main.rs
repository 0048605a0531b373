//! What floods cost: starts a server with its default deadlines, sends clients that mean harm, each kind in its turn, and
//! prints how long the server took to end them, what it holds in memory, and how long bystanders waited for their acks.
//!
//!     cargo build --release && cargo run --release --example flood -- --each 500
//!     cargo run --release --example flood -- --login     # instead: guesses at passwords
//!     cargo run --release --example flood -- --alike     # instead: what is not yours against what is not there

mod alike;
mod login;
mod offend;
#[path = "../storm/wire.rs"]
mod wire;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use clap::Parser;
use futures_util::{SinkExt, StreamExt};
use hdrhistogram::Histogram;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

use offend::{ALL, Log};
use wire::{Failure, Socket, open, uuid};

/// Nothing here takes longer.
const PATIENCE: Duration = Duration::from_secs(120);

/// Visitors who only want an answer, and the pause of each between two questions.
const BYSTANDERS: u64 = 20;
const PAUSE: Duration = Duration::from_millis(200);

const INTENTS: &str = "intents:\n  - id: hours\n    examples: [when are you open]\n    answer: All day.\n";

#[derive(Parser)]
struct Args {
    /// Offenders of each kind at once.
    #[arg(long, default_value_t = 500)]
    each: usize,
    /// Guesses at passwords instead.
    #[arg(long)]
    login: bool,
    /// What is not yours against what is not there, instead.
    #[arg(long)]
    alike: bool,
    /// The program; else the one beside this.
    #[arg(long)]
    bin: Option<PathBuf>,
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the result")]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let bin = match args.bin {
        Some(bin) => bin,
        None => std::env::current_exe()?.with_file_name("../deskbell"),
    };
    let home = tempfile::tempdir()?;
    std::fs::create_dir_all(home.path().join("intents"))?;
    std::fs::write(home.path().join("intents/a.yaml"), INTENTS)?;
    println!("load of the machine: {}", std::fs::read_to_string("/proc/loadavg")?.trim());
    if args.login {
        return login::run(&bin, home.path()).await;
    }
    if args.alike {
        return alike::run(&bin, home.path()).await;
    }
    // All come from one address here, and some of them are one visitor.
    let raised = [("DESKBELL_HTTP__PER_ADDRESS", "20000"), ("DESKBELL_SOCKET__PER_PERSON", "20000")];
    let (server, address) = start(&bin, home.path(), &raised).await?;
    let log = long_log(address).await?;
    println!(
        "{:<30} {:>6} {:>10} {:>10} {:>9} {:>9}",
        "offenders", "ended", "longest s", "holds MiB", "ack p50", "ack p99"
    );
    let quiet = bystand(address, 0, async { sleep(Duration::from_secs(5)).await }).await?.1;
    println!(
        "{:<30} {:>6} {:>10} {:>10} {:>9} {:>9}",
        "none",
        "",
        "",
        memory(&server, "VmRSS:")?,
        ms(&quiet, 0.5),
        ms(&quiet, 0.99)
    );
    for (round, (kind, name)) in (1..).zip(ALL) {
        let flood =
            futures_util::future::join_all((0..args.each).map(|n| offend::offend(kind, address, n, &log, PATIENCE)));
        let (ended, waits) = bystand(address, round, flood).await?;
        let longest = ended.iter().flatten().max().copied().unwrap_or_default();
        println!(
            "{name:<30} {:>6} {:>10.1} {:>10} {:>9} {:>9}",
            ended.iter().flatten().count(),
            longest.as_secs_f64(),
            memory(&server, "VmRSS:")?,
            ms(&waits, 0.5),
            ms(&waits, 0.99),
        );
    }
    println!("most memory held at any time: {} MiB", memory(&server, "VmHWM:")?);
    Ok(())
}

async fn start(bin: &Path, home: &Path, settings: &[(&str, &str)]) -> Result<(Child, SocketAddr), Failure> {
    let mut child = Command::new(bin)
        .args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"])
        .arg("--content")
        .arg(home)
        .arg("--data")
        .arg(home.join("data"))
        .envs(settings.iter().copied())
        // The long log below is written by one visitor in one go.
        .env("DESKBELL_SOCKET__MESSAGE_BURST", "1000")
        .env("DESKBELL_SOCKET__MESSAGES_PER_SECOND", "100")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line).await?;
    let address = line.trim().strip_prefix("listening on http://").ok_or("the server did not start")?.parse()?;
    Ok((child, address))
}

/// From here on the kernel counts the most that the server has held anew.
fn worst(server: &Child) -> Result<(), Failure> {
    Ok(std::fs::write(format!("/proc/{}/clear_refs", server.id().ok_or("the server has ended")?), "5")?)
}

/// What the kernel says of the server, MiB.
fn memory(server: &Child, line: &str) -> Result<u64, Failure> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id().ok_or("the server has ended")?))?;
    let found = status.lines().find_map(|l| l.strip_prefix(line)).ok_or("no such line")?;
    Ok(found.trim().trim_end_matches(" kB").parse::<u64>()? / 1024)
}

fn ms(waits: &Histogram<u64>, quantile: f64) -> String {
    format!("{:.1}", waits.value_at_quantile(quantile) as f64 / 1_000.0)
}

/// A visitor who has written much.
async fn long_log(address: SocketAddr) -> Result<Log, Failure> {
    let (mut socket, token) = greet(address, "long").await?;
    let mut c: Option<String> = None;
    for n in 0..30 {
        c = Some(say(&mut socket, uuid(9, n), &"ß".repeat(4_000), c.as_deref()).await?);
    }
    Ok(Log { token, c: c.ok_or("no conversation")? })
}

async fn greet(address: SocketAddr, device: &str) -> Result<(Socket, String), Failure> {
    let mut socket = open(&format!("http://{address}"), "/ws", None).await?;
    socket.send(Message::text(json!({"type": "hello", "v": 1, "device": device}).to_string())).await?;
    let welcome = heard(&mut socket, |f| f["type"] == "welcome").await?;
    Ok((socket, welcome["token"].as_str().ok_or("no token")?.to_owned()))
}

/// Sends words and waits for the ack; the conversation.
async fn say(socket: &mut Socket, cmid: String, text: &str, c: Option<&str>) -> Result<String, Failure> {
    let mut frame = json!({"type": "send", "cmid": cmid, "kind": "text", "body": {"text": text}});
    if let Some(c) = c {
        frame["c"] = json!(c);
    }
    socket.send(Message::text(frame.to_string())).await?;
    let ack = heard(socket, |f| f["cmid"] == cmid.as_str() && (f["type"] == "ack" || f["type"] == "nack")).await?;
    ack["c"].as_str().map(str::to_owned).ok_or_else(|| format!("not acked: {ack}").into())
}

async fn heard(socket: &mut Socket, fits: impl Fn(&Value) -> bool) -> Result<Value, Failure> {
    loop {
        let told = timeout(PATIENCE, socket.next()).await?.ok_or("the line ended")??;
        if let Message::Text(text) = told {
            let frame: Value = serde_json::from_str(&text)?;
            if fits(&frame) {
                return Ok(frame);
            }
        }
    }
}

/// Visitors ask while something goes on; what came of it, and how long their acks took, microseconds.
async fn bystand<T>(
    address: SocketAddr,
    round: u64,
    work: impl Future<Output = T>,
) -> Result<(T, Histogram<u64>), Failure> {
    let (stop, names) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut visitors = Vec::new();
    for n in 0..BYSTANDERS {
        let (mut socket, _) = greet(address, &format!("by-{round}-{n}")).await?;
        let (stop, names) = (Arc::clone(&stop), Arc::clone(&names));
        visitors.push(tokio::spawn(async move {
            let mut waits = Vec::new();
            let mut c: Option<String> = None;
            while !stop.load(Ordering::Relaxed) {
                let began = Instant::now();
                let name = uuid(round + 100, names.fetch_add(1, Ordering::Relaxed));
                c = Some(say(&mut socket, name, "when are you open", c.as_deref()).await?);
                waits.push(began.elapsed());
                sleep(PAUSE).await;
            }
            Ok::<_, Failure>(waits)
        }));
    }
    let done = work.await;
    stop.store(true, Ordering::Relaxed);
    let mut all = Histogram::new(3)?;
    for visitor in visitors {
        for wait in visitor.await?? {
            all.record(wait.as_micros() as u64)?;
        }
    }
    Ok((done, all))
}
