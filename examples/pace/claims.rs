//! One agent claims, all others must know.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::client::{Client, Failure, is};
use crate::server::Server;
use crate::{times, told};

/// Between two claims.
const PAUSE: Duration = Duration::from_millis(50);

pub(crate) async fn run(server: &Server, agents: u32, claims: u32) -> Result<(), Failure> {
    let address = server.address;
    let mut sockets = Vec::new();
    let cookie = server.agent("first").await?;
    for n in 0..agents {
        // Ten sockets a person is the most there may be.
        let cookie = if n.is_multiple_of(10) { server.agent(&format!("agent{n}")).await? } else { String::new() };
        sockets.push((n, cookie));
    }
    let mut cookies: Vec<String> = Vec::new();
    let began: Arc<Mutex<HashMap<String, Instant>>> = Arc::default();
    let (told_by, mut told_to) = mpsc::unbounded_channel();
    let mut watching = JoinSet::new();
    for (n, own) in sockets {
        if !own.is_empty() {
            cookies.push(own);
        }
        let cookie = cookies.last().ok_or("no cookie")?;
        let mut socket = Client::greet(address, n, "/ws/agent", Some(cookie)).await?;
        socket.say(r#"{"type":"presence","state":"online"}"#.to_owned()).await?;
        socket.say(r#"{"type":"watch","rid":"w","view":"all"}"#.to_owned()).await?;
        socket.until("res").await?;
        let (began, told_by) = (began.clone(), told_by.clone());
        watching.spawn(async move {
            loop {
                let frame = socket.hear().await?;
                let now = Instant::now();
                if !is(&frame, "conversation") || !frame.contains(r#""state":"assigned""#) {
                    continue;
                }
                let told: Value = serde_json::from_str(&frame)?;
                let c = told["c"].as_str().unwrap_or_default();
                let since = began.lock().unwrap_or_else(PoisonError::into_inner).get(c).copied();
                if let Some(since) = since {
                    told_by.send((c.to_owned(), n, now - since))?;
                }
            }
            #[expect(unreachable_code, reason = "names the type")]
            Ok::<_, Failure>(())
        });
    }
    let mut claimer = Client::greet(address, agents, "/ws/agent", Some(&cookie)).await?;
    claimer.say(r#"{"type":"presence","state":"online"}"#.to_owned()).await?;
    println!("{agents} agents watch");
    let (mut first, mut all) = (times()?, times()?);
    let mut visitor = Client::greet(address, agents + 1, "/ws", None).await?;
    for n in 0..claims {
        visitor.say(format!(r#"{{"type":"handoff","rid":"h{n}"}}"#)).await?;
        let res: Value = serde_json::from_str(&visitor.until("res").await?)?;
        let c = res["c"].as_str().ok_or("no conversation")?.to_owned();
        sleep(PAUSE).await;
        began.lock().unwrap_or_else(PoisonError::into_inner).insert(c.clone(), Instant::now());
        claimer.say(format!(r#"{{"type":"claim","rid":"c{n}","c":"{c}","ver":2}}"#)).await?;
        let res = claimer.until("res").await?;
        if !res.contains(r#""ok":true"#) {
            return Err(res.to_string().into());
        }
        let mut heard = std::collections::HashSet::new();
        while heard.len() < agents as usize {
            let next = timeout(Duration::from_secs(10), told_to.recv()).await.map_err(|_| "not all were told")?;
            let (of, by, after) = next.ok_or("nobody watches")?;
            if of == c && heard.insert(by) {
                first.record(after.as_micros() as u64)?;
                if heard.len() == agents as usize {
                    all.record(after.as_micros() as u64)?;
                }
            }
        }
    }
    println!("claim to an agent    {}", told(&first));
    println!("claim to all agents  {}", told(&all));
    watching.abort_all();
    Ok(())
}
