//! Guesses at passwords by the thousand, and what they cost those who talk.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio::time::{Duration, Instant, sleep, timeout};

use super::{PATIENCE, bystand, memory, ms, start, worst};
use crate::wire::Failure;

pub(super) const PASSWORD: &str = "correct horse battery";

/// People who log in at once.
const PEOPLE: usize = 100;

/// Guesses of an attack, and how many of them wait for their answer at any time.
const GUESSES: usize = 1_000;
const AT_ONCE: usize = 500;

/// Where the first of the people has logged in before.
const KNOWN: &str = "192.0.2.1";

/// Somebody tries.
pub(super) struct Try {
    account: String,
    password: &'static str,
    from: String,
    /// Hangs up as soon as it is sent.
    leaves: bool,
}

pub(super) fn guess(account: String, from: String) -> Try {
    Try { account, password: "a wrong guess", from, leaves: false }
}

fn person(n: usize) -> String {
    format!("p{n}@shop.example")
}

fn address(n: usize) -> String {
    format!("203.0.{}.{}", n / 250, n % 250 + 1)
}

/// The attacks, each with a name and who tries.
fn attacks() -> Vec<(&'static str, Vec<Try>)> {
    let all = |make: &dyn Fn(usize) -> Try, n: usize| (0..n).map(make).collect::<Vec<_>>();
    vec![
        ("one account, one address", all(&|_| guess(person(0), "198.51.100.9".to_owned()), GUESSES)),
        ("one account, an address each", all(&|n| guess(person(0), address(n)), GUESSES)),
        ("an account and address each", all(&|n| guess(format!("x{n}@shop.example"), address(n)), GUESSES)),
        (
            "the same, and hang up",
            all(&|n| Try { leaves: true, ..guess(format!("y{n}@shop.example"), address(n)) }, GUESSES),
        ),
        (
            "100 people log in at once",
            all(&|n| Try { password: PASSWORD, ..guess(person(n), address(2_000 + n)) }, PEOPLE),
        ),
        ("10,000 addresses, one account", all(&|n| guess(person(1), address(3_000 + n)), 10_000)),
    ]
}

/// Runs all attacks against a server of their own, and prints a line for each.
#[expect(clippy::print_stdout, reason = "the result")]
pub(super) async fn run(bin: &Path, home: &Path) -> Result<(), Failure> {
    for n in 0..PEOPLE {
        add(bin, home, &person(n)).await?;
    }
    let (server, to) = start(bin, home, &[("DESKBELL_TRUSTED_PROXIES", "[\"127.0.0.1\"]")]).await?;
    let owner = || Try { password: PASSWORD, ..guess(person(0), KNOWN.to_owned()) };
    let first = tried(to, &owner()).await?;
    println!("the owner logs in: {} after {:.0} ms", first.0, first.1.as_secs_f64() * 1_000.0);
    println!(
        "{:<30} {:>6} {:>5} {:>5} {:>5} {:>5} {:>6} {:>12} {:>9} {:>10} {:>8} {:>8}",
        "attack",
        "tries",
        "200",
        "401",
        "429",
        "503",
        "s",
        "owner in, ms",
        "most MiB",
        "then holds",
        "ack p50",
        "ack p99"
    );
    for (round, (name, tries)) in (1..).zip(std::iter::once(("none", Vec::new())).chain(attacks())) {
        worst(&server)?;
        let count = tries.len();
        let began = Instant::now();
        let work = async {
            let attack = tokio::spawn(all(to, tries));
            // In its midst.
            sleep(Duration::from_millis(500)).await;
            let owner = tried(to, &owner()).await;
            let told = attack.await;
            let took = began.elapsed();
            if count == 0 {
                sleep(Duration::from_secs(5)).await;
            }
            (owner, told, took)
        };
        let ((owner, told, took), waits) = bystand(to, round, work).await?;
        let (owner, told) = (owner?, told??);
        if owner.0 != 200 {
            return Err(format!("{name}: the owner was told {}", owner.0).into());
        }
        let of = |status: u16| told.iter().filter(|s| **s == status).count();
        let most = memory(&server, "VmHWM:")?;
        sleep(Duration::from_secs(3)).await;
        println!(
            "{name:<30} {count:>6} {:>5} {:>5} {:>5} {:>5} {:>6.1} {:>12.0} {most:>9} {:>10} {:>8} {:>8}",
            of(200),
            of(401),
            of(429),
            of(503),
            took.as_secs_f64(),
            owner.1.as_secs_f64() * 1_000.0,
            memory(&server, "VmRSS:")?,
            ms(&waits, 0.5),
            ms(&waits, 0.99),
        );
    }
    Ok(())
}

async fn add(bin: &Path, home: &Path, email: &str) -> Result<(), Failure> {
    let mut child = Command::new(bin)
        .args(["user", "add", "--email", email, "--name", "P", "--role", "agent", "--password-stdin", "--data"])
        .arg(home.join("data"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    child.stdin.take().ok_or("no input")?.write_all(PASSWORD.as_bytes()).await?;
    if child.wait().await?.success() { Ok(()) } else { Err("a person could not be added".into()) }
}

/// All of them, some at once; how each was answered, 0 for those who did not wait for it.
async fn all(to: SocketAddr, tries: Vec<Try>) -> Result<Vec<u16>, Failure> {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = Vec::new();
    for one in tries {
        let place = Arc::clone(&places).acquire_owned().await?;
        running.push(tokio::spawn(async move {
            let _place = place;
            tried(to, &one).await.map(|(status, _)| status)
        }));
    }
    let mut told = Vec::new();
    for one in running {
        told.push(one.await??);
    }
    Ok(told)
}

pub(super) async fn tried(to: SocketAddr, one: &Try) -> Result<(u16, Duration), Failure> {
    let began = Instant::now();
    let body = json!({"email": one.account, "password": one.password}).to_string();
    let ask = format!(
        "POST /api/v1/login HTTP/1.1\r\nhost: {to}\r\norigin: http://{to}\r\nx-forwarded-for: {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        one.from,
        body.len()
    );
    let mut tcp = TcpStream::connect(to).await?;
    tcp.write_all(ask.as_bytes()).await?;
    if one.leaves {
        // Long enough for the request to be read.
        sleep(Duration::from_millis(20)).await;
        return Ok((0, began.elapsed()));
    }
    let mut told = String::new();
    timeout(PATIENCE, tcp.read_to_string(&mut told)).await??;
    let status = told.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or("no answer")?;
    Ok((status, began.elapsed()))
}
