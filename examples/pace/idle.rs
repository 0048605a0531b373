//! Visitors who look and say nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::client::{Client, Failure};
use crate::server::Server;

/// Memory is looked at after this: what connecting needed is given back by then.
const SETTLE: Duration = Duration::from_secs(8);

pub(crate) async fn run(server: &Server, sockets: u32, at_once: u32) -> Result<(), Failure> {
    sleep(SETTLE).await;
    let before = server.resident()?;
    println!("before anybody       {:.1} MB resident", before as f64 / 1e3);
    let (address, next) = (server.address, Arc::new(AtomicU32::new(0)));
    let (began, cpu) = (Instant::now(), server.cpu()?);
    let mut doors = JoinSet::new();
    for _ in 0..at_once {
        let next = next.clone();
        doors.spawn(async move {
            let mut open = Vec::new();
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= sockets {
                    return Ok::<_, Failure>(open);
                }
                open.push(Client::greet(address, n, "/ws", None).await?);
            }
        });
    }
    let mut open = Vec::new();
    while let Some(some) = doors.join_next().await {
        open.extend(some??);
    }
    let took = began.elapsed().as_secs_f64();
    let each = (server.cpu()? - cpu) / f64::from(sockets) * 1e6;
    println!(
        "{} welcomed        {:.0} a second, {each:.0} µs of the server each",
        open.len(),
        f64::from(sockets) / took
    );
    sleep(SETTLE).await;
    let (cpu, idle) = (server.cpu()?, Instant::now());
    let after = server.resident()?;
    let socket = (after as f64 - before as f64) * 1024.0 / f64::from(sockets);
    println!("with all of them     {:.1} MB resident, {socket:.0} bytes a socket", after as f64 / 1e3);
    sleep(SETTLE).await;
    let share = (server.cpu()? - cpu) / idle.elapsed().as_secs_f64() * 100.0;
    println!("at rest              {share:.1} % of a processor, {:.1} MB resident", server.resident()? as f64 / 1e3);
    Ok(())
}
