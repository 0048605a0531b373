//! Lets a storm of visitors and agents loose on a server that it starts and kills, and proves that nothing was lost.
//!
//! ```text
//! cargo build --release && cargo run --release --example storm -- --visitors 150 --agents 9 --kills 100
//! ```
//!
//! Every client writes down what it sends before it sends it, and every frame it gets; in the end these ledgers are held
//! against `deskbell log`. Bounded in number and time, on the loopback alone; the exit code is 1 where a rule of
//! `harness/check.rs` did not hold.

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a command that measures time and prints")]

mod crowd;
mod desk;
mod harness;
mod overload;
mod raw;
mod soak;
mod wire;

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

#[derive(Parser)]
struct Args {
    /// The server's program; left out: the one that was built beside this.
    #[arg(long)]
    bin: Option<PathBuf>,
    /// Where data and the server's log go; left out: a folder that is removed.
    #[arg(long)]
    home: Option<PathBuf>,
    /// Write every client's ledger into this folder, as JSON lines.
    #[arg(long)]
    ledgers: Option<PathBuf>,
    /// Visitors who write.
    #[arg(long, default_value_t = 150, value_parser = clap::value_parser!(u32).range(1..=5_000))]
    visitors: u32,
    /// Of so many visitors one has a second tab; 0: none.
    #[arg(long, default_value_t = 4)]
    second_tab_in: u32,
    /// Visitors more whose second tab stops reading.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=500))]
    stalled: u32,
    /// For how long, in seconds.
    #[arg(long, default_value_t = 20)]
    stall_s: u64,
    /// Agents who work.
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u32).range(0..=100))]
    agents: u32,
    /// Messages a second, all visitors together.
    #[arg(long, default_value_t = 300.0)]
    rate: f64,
    /// How often the server is killed.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=1_000))]
    kills: u32,
    /// Places where the server aborts, such as `before_publish:3`, one run for each; a debug build has them.
    #[arg(long = "fault")]
    faults: Vec<String>,
    /// A place where the server is held up, such as `before_publish:*:sleep=20`; a debug build has it.
    #[arg(long)]
    held_up: Option<String>,
    /// Seconds between two kills; without kills, the length of the storm.
    #[arg(long, default_value_t = 4.0)]
    every_s: f64,
    /// A client cuts its line about every so many seconds; 0: never.
    #[arg(long, default_value_t = 30)]
    cut_every_s: u64,
    /// No kills: find the capacity, offer three times that, and see whether the server goes on.
    #[arg(long, conflicts_with = "crowd")]
    overload: bool,
    /// No kills: a crowd from 250 loopback addresses asks for a person.
    #[arg(long)]
    crowd: bool,
    /// No kills: fifty agents claim a thousand chats while visitors leave and chats are passed on.
    #[arg(long, conflicts_with_all = ["overload", "crowd"])]
    desk: bool,
    /// Sockets of `--overload` (default 3,000) and `--soak` (2,000), visitors of `--crowd` (5,000).
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=14_000))]
    sockets: Option<u32>,
    /// Seconds of each of the two stretches of `--overload`, or of `--crowd`.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=600))]
    length_s: u64,
    /// What chance begins with.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Instead of a storm: so many minutes of many calm sockets, and whether memory stays where it is.
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u32).range(1..=1_440))]
    soak: Option<u32>,
    /// Soak: so many of them leave and come back a second.
    #[arg(long, default_value_t = 5.0)]
    churn: f64,
    /// Soak: messages a second, all together.
    #[arg(long, default_value_t = 50.0)]
    messages: f64,
}

#[tokio::main]
async fn main() -> Result<(), wire::Failure> {
    let args = Args::parse();
    let own = std::env::current_exe()?;
    let beside = own.parent().and_then(|p| p.parent()).map(|p| p.join("deskbell"));
    let folder = tempfile::tempdir()?;
    let bin = args.bin.or(beside).ok_or("no program")?;
    let home = args.home.unwrap_or_else(|| folder.path().to_owned());
    let length = Duration::from_secs(args.length_s);
    if let Some(minutes) = args.soak {
        let report = soak::run(&soak::Plan {
            bin,
            home,
            sockets: args.sockets.unwrap_or(2_000),
            churn: args.churn,
            rate: args.messages,
            time: Duration::from_secs(u64::from(minutes) * 60),
        })
        .await?;
        println!("{report}");
        folder.close()?;
        std::process::exit(i32::from(!report.faults.is_empty()));
    }
    if args.desk {
        let report = desk::run(&bin, &home).await?;
        println!("{report}");
        folder.close()?;
        std::process::exit(i32::from(!report.holds()));
    }
    if args.overload || args.crowd {
        let (told, holds) = if args.overload {
            let report = overload::run(&bin, &home, args.sockets.unwrap_or(3_000), length).await?;
            (report.to_string(), report.holds())
        } else {
            let report = crowd::run(&bin, &home, args.sockets.unwrap_or(5_000), length).await?;
            (report.to_string(), report.holds())
        };
        println!("{told}");
        folder.close()?;
        std::process::exit(i32::from(!holds));
    }
    let plan = harness::Plan {
        bin,
        home,
        ledgers: args.ledgers,
        visitors: args.visitors,
        second_tab_in: args.second_tab_in,
        stalled: args.stalled,
        stall: Duration::from_secs(args.stall_s),
        agents: args.agents,
        rate: args.rate,
        kills: args.kills,
        faults: args.faults,
        held_up: args.held_up,
        every: Duration::try_from_secs_f64(args.every_s)?,
        cut_every_s: args.cut_every_s,
        seed: args.seed,
    };
    let report = harness::run(&plan).await?;
    println!("{report}");
    if !report.violations.is_empty() {
        std::process::exit(1);
    }
    Ok(())
}
