//! Measures the server under a load of its own making: idle sockets, turns of the bot, claims, starts.
//!
//! ```text
//! cargo build --release --bins --examples
//! target/release/examples/pace idle --sockets 10000
//! target/release/examples/pace turns --connections 1000 --seconds 10
//! target/release/examples/pace turns --connections 1000 --seconds 10 --rate 1000
//! target/release/examples/pace stalls --connections 1000 --stalled 50
//! target/release/examples/pace claims --agents 200 --claims 200
//! target/release/examples/pace starts --runs 7
//! ```
//!
//! Each command starts its own server on a free port of the loopback, with the shipped content and data in a folder that is
//! removed, and ends it. `turns` runs an echo of the same frames as well, in the same minute: on a machine with other
//! work the ratio of the two says more than either. Processor time is that of the server's process alone.

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a command that measures time and prints")]

mod claims;
mod client;
mod echo;
mod idle;
mod server;
mod turns;

use std::path::PathBuf;
use std::time::Instant;

use clap::{Parser, Subcommand};
use hdrhistogram::Histogram;

use client::Failure;
use server::Server;

#[derive(Parser)]
struct Args {
    /// The server's program; left out: the one that was built beside this.
    #[arg(long, global = true)]
    bin: Option<PathBuf>,
    /// Folder that holds intents/ and knowledge/.
    #[arg(long, global = true, default_value = ".")]
    content: PathBuf,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Sockets that said hello and nothing since: memory, and how fast they were welcomed.
    Idle {
        #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=30_000))]
        sockets: u32,
        /// How many connect at once.
        #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=2_000))]
        at_once: u32,
    },
    /// Questions and answers, beside an echo of the same frames.
    Turns {
        #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
        connections: u32,
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=120))]
        seconds: u32,
        /// Turns a second of all together, whether answers come or not; left out: each asks as soon as it is answered.
        #[arg(long)]
        rate: Option<f64>,
    },
    /// Acks of those who read, beside some who do not.
    Stalls {
        #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(100..=5_000))]
        connections: u32,
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=99))]
        stalled: u32,
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=60))]
        seconds: u32,
        /// Turns a second of all together.
        #[arg(long, default_value_t = 200.0)]
        rate: f64,
        #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=20))]
        rounds: u32,
    },
    /// From an agent's claim until every other agent knows.
    Claims {
        #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(2..=1_000))]
        agents: u32,
        #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1_000))]
        claims: u32,
    },
    /// From the start of the process to `listening`.
    Starts {
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=100))]
        runs: u32,
    },
    /// The echo alone, as a process of its own.
    #[command(hide = true)]
    Echo,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let own = std::env::current_exe()?;
    let beside = own.parent().and_then(|p| p.parent()).map(|p| p.join("deskbell"));
    let bin = args.bin.or(beside).ok_or("no program")?;
    let content = args.content;
    match args.what {
        What::Idle { sockets, at_once } => idle::run(&Server::start(&bin, &content).await?, sockets, at_once).await,
        What::Turns { connections, seconds, rate } => turns::run(&bin, &content, connections, seconds, rate).await,
        What::Stalls { connections, stalled, seconds, rate, rounds } => {
            let server = Server::start(&bin, &content).await?;
            turns::beside_stalled(&server, (connections, stalled), seconds, rate, rounds).await
        }
        What::Claims { agents, claims } => claims::run(&Server::start(&bin, &content).await?, agents, claims).await,
        What::Starts { runs } => {
            let (mut times, mut cpu) = (times()?, 0.0);
            for _ in 0..runs {
                let began = Instant::now();
                let server = Server::start(&bin, &content).await?;
                times.record(began.elapsed().as_micros() as u64)?;
                cpu += server.cpu()? / f64::from(runs);
            }
            println!("start to listening   {}; {cpu:.2} s of processor time", told(&times));
            Ok(())
        }
        What::Echo => echo::serve().await,
    }
}

/// Microseconds, to three digits.
fn times() -> Result<Histogram<u64>, Failure> {
    Ok(Histogram::new(3)?)
}

/// As milliseconds.
fn told(times: &Histogram<u64>) -> String {
    let at = |q| times.value_at_quantile(q) as f64 / 1000.0;
    let most = times.max() as f64 / 1000.0;
    format!(
        "ms: p50 {:.2}  p90 {:.2}  p99 {:.2}  p99.9 {:.2}  most {most:.2}  ({} times)",
        at(0.5),
        at(0.9),
        at(0.99),
        at(0.999),
        times.len()
    )
}
