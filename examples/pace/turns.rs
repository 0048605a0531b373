//! Questions and their answers, and the same frames echoed.

use std::path::Path;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::task::JoinSet;
use tokio::time::sleep_until;

use crate::client::{Client, Failure, field, is};
use crate::server::Server;
use crate::{times, told};

/// Questions that the shipped shop answers at once, in a conversation of so many.
const QUESTIONS: [&str; 8] = [
    "how much does shipping to austria cost?",
    "what are your opening hours?",
    "how long does delivery take?",
    "can I pay with paypal?",
    "how do I return a lamp that I do not like?",
    "do you have gift cards?",
    "do you ship to switzerland?",
    "which bulb fits into the floor lamp?",
];

/// Pages of a log that somebody asks for who does not read them: more than the lines between take, which is megabytes.
const FETCHES: u32 = 6_000;

/// What a visitor saw.
struct Seen {
    turns: u64,
    acks: Histogram<u64>,
    replies: Histogram<u64>,
    handed_over: u64,
}

#[derive(Clone, Copy)]
struct Load {
    connections: u32,
    begin: Instant,
    end: Instant,
    /// Between two questions of a visitor; none: as soon as the answer is there.
    period: Option<Duration>,
    echo: bool,
}

pub(crate) async fn run(
    bin: &Path,
    content: &Path,
    connections: u32,
    seconds: u32,
    rate: Option<f64>,
) -> Result<(), Failure> {
    let server = Server::start(bin, content).await?;
    let Measured { a_second: turns, cpu, .. } = measure("turns", &server, connections, seconds, rate, false).await?;
    println!("server at its end    {:.1} MB resident", server.resident()? as f64 / 1e3);
    drop(server);
    let echo = Server::echo().await?;
    let Measured { a_second: messages, cpu: echo_cpu, .. } =
        measure("echo", &echo, connections, seconds, rate, true).await?;
    println!(
        "turns / echoes       {:.1} % in number, {:.1} times the processor time",
        100.0 * turns / messages,
        cpu / echo_cpu
    );
    Ok(())
}

/// The same questions with and without visitors who do not read what they asked for, in turn.
pub(crate) async fn beside_stalled(
    server: &Server,
    (connections, stalled): (u32, u32),
    seconds: u32,
    rate: f64,
    rounds: u32,
) -> Result<(), Failure> {
    let (mut without, mut with) = (times()?, times()?);
    for _ in 0..rounds {
        without.add(&measure("all read", server, connections, seconds, Some(rate), false).await?.acks)?;
        let mut deaf = Vec::new();
        for n in 0..stalled {
            deaf.push(stall(server, connections + n).await?);
        }
        with.add(&measure("some do not", server, connections - stalled, seconds, Some(rate), false).await?.acks)?;
    }
    let ratio = |q| with.value_at_quantile(q) as f64 / without.value_at_quantile(q) as f64;
    println!("ack, all read        {}", told(&without));
    println!("ack, {stalled} do not      {}", told(&with));
    println!("ratio                p50 {:.2}  p90 {:.2}  p99 {:.2}", ratio(0.5), ratio(0.9), ratio(0.99));
    Ok(())
}

/// Talks a little, asks for the log until neither the lines between nor the outbox take any more, and reads nothing.
async fn stall(server: &Server, n: u32) -> Result<Client, Failure> {
    let mut socket = Client::greet(server.address, n, "/ws", None).await?;
    let text = QUESTIONS[0];
    let cmid = format!("{n:08x}-0000-4000-8000-000000000000");
    socket.say(format!(r#"{{"type":"send","cmid":"{cmid}","kind":"text","body":{{"text":"{text}"}}}}"#)).await?;
    let ack = socket.until("ack").await?;
    let c = field(&ack, "c").ok_or("no conversation")?.to_owned();
    for rid in 0..FETCHES {
        socket.say(format!(r#"{{"type":"fetch","rid":"{rid}","c":"{c}","after":0,"limit":200}}"#)).await?;
    }
    Ok(socket)
}

/// What was measured.
struct Measured {
    a_second: f64,
    /// Microseconds of the server's processor time each.
    cpu: f64,
    acks: Histogram<u64>,
}

async fn measure(
    name: &str,
    server: &Server,
    connections: u32,
    seconds: u32,
    rate: Option<f64>,
    echo: bool,
) -> Result<Measured, Failure> {
    let mut sockets = Vec::new();
    for n in 0..connections {
        sockets.push(match echo {
            true => Client::open(server.address, n, "/", None).await?,
            false => Client::greet(server.address, n, "/ws", None).await?,
        });
    }
    let begin = Instant::now() + Duration::from_millis(500);
    let end = begin + Duration::from_secs(seconds.into());
    let period = rate.map(|r| Duration::from_secs_f64(f64::from(connections) / r.max(0.1)));
    let load = Load { connections, begin, end, period, echo };
    let mut all = JoinSet::new();
    for (n, socket) in (0..).zip(sockets) {
        all.spawn(visitor(n, socket, load));
    }
    sleep_until(begin.into()).await;
    let cpu = server.cpu()?;
    sleep_until(end.into()).await;
    let cpu = server.cpu()? - cpu;
    let (mut turns, mut acks, mut replies, mut handed_over) = (0, times()?, times()?, 0);
    while let Some(seen) = all.join_next().await {
        let seen = seen??;
        turns += seen.turns;
        handed_over += seen.handed_over;
        acks.add(&seen.acks)?;
        replies.add(&seen.replies)?;
    }
    let a_second = turns as f64 / f64::from(seconds);
    let each = cpu / turns as f64 * 1e6;
    println!("{name:20} {a_second:.0} a second, {each:.1} µs of the server each; {handed_over} handed over");
    if !echo {
        println!("{name} ack            {}", told(&acks));
    }
    println!("{name} reply          {}", told(&replies));
    Ok(Measured { a_second, cpu: each, acks })
}

async fn visitor(n: u32, mut socket: Client, load: Load) -> Result<Seen, Failure> {
    let mut seen = Seen { turns: 0, acks: times()?, replies: times()?, handed_over: 0 };
    let mut c: Option<String> = None;
    // They do not all begin at once, nor with the same question.
    let spread = load.period.unwrap_or(Duration::from_millis(200)).mul_f64(f64::from(n) / f64::from(load.connections));
    let mut due = load.begin + spread;
    for serial in 0_u64.. {
        sleep_until(due.into()).await;
        if Instant::now() >= load.end {
            break;
        }
        let place = serial as usize % QUESTIONS.len();
        if place == 0 {
            c = None;
        }
        let text = QUESTIONS[(place + n as usize) % QUESTIONS.len()];
        let cmid = format!("{n:08x}-0000-4000-8000-{serial:012x}");
        let to = c.as_ref().map(|c| format!(r#""c":"{c}","#)).unwrap_or_default();
        socket
            .say(format!(r#"{{"type":"send",{to}"cmid":"{cmid}","kind":"text","body":{{"text":"{text}"}}}}"#))
            .await?;
        let mut acked = None;
        loop {
            let frame = socket.hear().await?;
            if load.echo {
                break;
            } else if is(&frame, "ack") {
                acked = Some(Instant::now());
                c = field(&frame, "c").map(str::to_owned);
            } else if is(&frame, "nack") {
                return Err(frame.to_string().into());
            } else if frame.contains(r#""kind":"handoff""#) {
                seen.handed_over += 1;
                c = None;
                break;
            } else if is(&frame, "ev") && frame.contains(r#""from":{"kind":"bot""#) && acked.is_some() {
                break;
            }
        }
        let now = Instant::now();
        if now < load.end {
            seen.turns += 1;
        }
        if let Some(acked) = acked {
            seen.acks.record((acked - due).as_micros() as u64)?;
        }
        seen.replies.record((now - due).as_micros() as u64)?;
        due = load.period.map_or(now, |p| due + p);
    }
    Ok(seen)
}
