//! Clients that mean harm, by the hundred, against the program itself.

use std::time::Duration;

use serde_json::json;

use crate::durability::program::{BINARY, Program, directory};
use crate::offend::{self, ALL, Log};
use crate::support::Client;

/// Of each kind at once.
const EACH: usize = 500;

/// What all of a kind together may cost, at their worst.
const MEMORY_KIB: u64 = 64 * 1024;

/// Waits longer than any deadline that these tests set, however busy the machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A line of the kernel's account of a process, KiB.
fn memory(program: &Program, line: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.id())).unwrap();
    let found = status.lines().find_map(|l| l.strip_prefix(line)).unwrap();
    found.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(target_os = "linux"), ignore = "asks the kernel for the memory of a process")]
async fn every_offender_is_ended_and_costs_little() {
    let directory = directory();
    let mut command = std::process::Command::new(BINARY);
    for (key, value) in [
        ("HTTP__CONNECTIONS", "5000"),
        ("HTTP__PER_ADDRESS", "5000"),
        ("HTTP__FIRST_BYTE_MS", "500"),
        ("HTTP__HEADER_MS", "500"),
        ("HTTP__BODY_MS", "500"),
        ("HTTP__WRITE_MS", "500"),
        ("SOCKET__HELLO_MS", "5000"),
        ("SOCKET__HEARTBEAT_MS", "500"),
        ("SOCKET__GRACE_MS", "500"),
        ("SOCKET__TICK_MS", "100"),
        ("SOCKET__PER_PERSON", "5000"),
        // As it is by default: others of these tests ask for more.
        ("SOCKET__FRAMES_PER_SECOND", "50"),
    ] {
        command.env(format!("DESKBELL_{key}"), value);
    }
    let program = Program::start_with(directory.path(), command);
    let mut writer = Client::connect(program.address, "/ws", None).await;
    writer.hello(json!({})).await;
    let mut c: Option<String> = None;
    for _ in 0..30 {
        let ack = writer.say(&"ß".repeat(4_000), c.as_deref()).await;
        c = ack["c"].as_str().map(str::to_owned);
    }
    let log = Log { token: writer.token.clone().unwrap(), c: c.unwrap() };
    writer.settle().await;
    let _ = writer.socket.close(None).await;
    for (kind, name) in ALL {
        // The kernel forgets the most it has seen.
        std::fs::write(format!("/proc/{}/clear_refs", program.id()), "5").unwrap();
        let before = memory(&program, "VmRSS:");
        let all = (0..EACH).map(|n| offend::offend(kind, program.address, n, &log, PATIENCE));
        let ended = futures_util::future::join_all(all).await;
        let open = ended.iter().filter(|e| e.is_none()).count();
        assert_eq!(open, 0, "{name}: not ended");
        // Whoever comes then is served as always.
        let mut bystander = Client::connect(program.address, "/ws", None).await;
        bystander.hello(json!({})).await;
        assert_eq!(bystander.say("when are you open?", None).await["type"], "ack", "after {name}");
        let _ = bystander.socket.close(None).await;
        let (most, after) = (memory(&program, "VmHWM:"), memory(&program, "VmRSS:"));
        eprintln!("{name}: from {before} KiB to {most}, {after} when they were gone");
        assert!(most <= before + MEMORY_KIB, "{name}: from {before} KiB to {most}");
    }
    program.stop();
}
