//! Who is asking, behind proxies: seen by whose wrong passwords are counted.

use deskbell::config::Login;
use deskbell::types::Role;
use serde_json::json;

use crate::support::TestServer;

/// A server that lets one wrong guess through for an address and account.
async fn server(trusted: &[&str]) -> TestServer {
    let trusted = trusted.iter().map(|n| n.parse().unwrap()).collect();
    let server = TestServer::with(|c| {
        c.trusted_proxies = trusted;
        c.login = Login { per_address: 1, per_account: 1_000_000, ..Login::default() };
    })
    .await;
    server.person("anna@shop.example", Role::Agent).await;
    server
}

/// The status of a wrong guess.
async fn guess(server: &TestServer, headers: &[(&str, &str)]) -> u16 {
    let body = json!({"email": "anna@shop.example", "password": "wrong horse"}).to_string();
    server.post("/api/v1/login", headers, &body).await.status
}

#[tokio::test]
async fn the_address_is_the_first_that_no_trusted_proxy_has() {
    // (trusted, what was said first, what is said then, whether both are the same client)
    for (trusted, first, then, same) in [
        // Nobody is trusted: whatever is claimed, it is the other end of the line.
        (vec![], vec![("x-forwarded-for", "1.1.1.1")], vec![("x-forwarded-for", "2.2.2.2")], true),
        (vec!["10.0.0.0/8"], vec![("x-forwarded-for", "1.1.1.1")], vec![], true),
        (vec![], vec![("x-real-ip", "1.1.1.1")], vec![("forwarded", "for=2.2.2.2")], true),
        // A trusted proxy: its word, and only what stands at the right.
        (vec!["127.0.0.1"], vec![("x-forwarded-for", "1.1.1.1")], vec![("x-forwarded-for", "2.2.2.2")], false),
        (
            vec!["127.0.0.1"],
            vec![("x-forwarded-for", "9.9.9.9, 1.1.1.1")],
            vec![("x-forwarded-for", "8.8.8.8, 1.1.1.1")],
            true,
        ),
        (
            vec!["127.0.0.1"],
            vec![("x-forwarded-for", "8.8.8.8, 1.1.1.1")],
            vec![("x-forwarded-for", "1.1.1.1, 8.8.8.8")],
            false,
        ),
        // Two proxies, one of them far away.
        (
            vec!["127.0.0.1", "10.0.0.0/8"],
            vec![("x-forwarded-for", "6.6.6.6, 1.1.1.1, 10.0.0.3")],
            vec![("x-forwarded-for", "7.7.7.7, 1.1.1.1, 10.0.0.4")],
            true,
        ),
        (
            vec!["127.0.0.1", "10.0.0.0/8"],
            vec![("x-forwarded-for", "1.1.1.1, 10.0.0.3")],
            vec![("x-forwarded-for", "2.2.2.2, 10.0.0.3")],
            false,
        ),
        // Several lines of the header are one list.
        (
            vec!["127.0.0.1"],
            vec![("x-forwarded-for", "5.5.5.5"), ("x-forwarded-for", "1.1.1.1")],
            vec![("x-forwarded-for", "1.1.1.1")],
            true,
        ),
        // An IPv4 address in the clothes of the sixth version is the same.
        (vec!["127.0.0.1"], vec![("x-forwarded-for", "::ffff:1.1.1.1")], vec![("x-forwarded-for", "1.1.1.1")], true),
        // What is no address says nothing, and neither does what stands before it.
        (
            vec!["127.0.0.1"],
            vec![("x-forwarded-for", "1.1.1.1, unknown")],
            vec![("x-forwarded-for", "2.2.2.2, _hidden")],
            true,
        ),
        (vec!["127.0.0.1"], vec![("x-forwarded-for", "")], vec![], true),
        (vec!["127.0.0.1"], vec![("x-forwarded-for", "1.1.1.1;drop")], vec![("x-forwarded-for", "999.1.1.1")], true),
        // Other headers are nobody's word, of a trusted proxy too: clients may have sent them through it.
        (vec!["127.0.0.1"], vec![("x-real-ip", "1.1.1.1")], vec![("x-real-ip", "2.2.2.2")], true),
        (vec!["127.0.0.1"], vec![("forwarded", "for=1.1.1.1")], vec![("forwarded", "for=2.2.2.2")], true),
        (vec!["127.0.0.1"], vec![("true-client-ip", "1.1.1.1")], vec![("cf-connecting-ip", "2.2.2.2")], true),
    ] {
        let server = server(&trusted).await;
        assert_eq!(guess(&server, &first).await, 401, "{trusted:?} {first:?}");
        let wanted = if same { 429 } else { 401 };
        assert_eq!(guess(&server, &then).await, wanted, "{trusted:?} {first:?} {then:?}");
    }
}

#[tokio::test]
async fn a_stranger_cannot_say_that_it_speaks_https() {
    let server = TestServer::start().await;
    let answer = server.request("GET", "/chat", &[("connection", "close"), ("x-forwarded-proto", "https")], "").await;
    assert_eq!(answer.header("strict-transport-security"), None);
    let server = TestServer::with(|c| c.trusted_proxies = vec!["127.0.0.1".parse().unwrap()]).await;
    let answer = server.request("GET", "/chat", &[("connection", "close"), ("x-forwarded-proto", "https")], "").await;
    assert!(answer.header("strict-transport-security").is_some());
}

/// What this process holds in memory, KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    line.and_then(|l| l.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

#[tokio::test]
async fn ten_thousand_invented_addresses_cost_little() {
    let server = TestServer::with(|c| {
        c.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
        c.login = Login { per_address: 1, per_account: 1, ..Login::default() };
    })
    .await;
    let long = "x".repeat(200);
    let body = |n: u32| json!({"email": format!("{}@{long}.example", n % 20), "password": "wrong horse"}).to_string();
    // One wrong guess takes an account's only token: what follows is refused without the memory that hashing needs.
    for n in 0..20 {
        let claimed = format!("198.51.100.{n}");
        assert_eq!(server.post("/api/v1/login", &[("x-forwarded-for", &claimed)], &body(n)).await.status, 401);
    }
    let before = resident();
    for n in 0..10_000_u32 {
        let [_, a, b, c] = n.to_be_bytes();
        let claimed = format!("203.{a}.{b}.{c}");
        assert_eq!(server.post("/api/v1/login", &[("x-forwarded-for", &claimed)], &body(n)).await.status, 429);
    }
    let grown = resident().saturating_sub(before);
    assert!(grown <= 20 * 1024, "{grown} KiB");
}
