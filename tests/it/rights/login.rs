//! Guesses, and what they cost whom.

use std::path::Path;

use deskbell::desk::Options;
use deskbell::store;
use deskbell::types::Role;
use serde_json::json;

use super::{PASSWORD, add, insist_closed, try_login};
use crate::support::TestServer;

#[tokio::test]
async fn the_owner_gets_in_from_where_they_were_before_also_after_a_restart() {
    let store = store::open("sqlite::memory:", Path::new(".")).await.unwrap();
    let trusting = |c: &mut deskbell::config::Config| c.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    let from = async |server: &TestServer, address: &str, password: &str| {
        let body = json!({"email": "anna@shop.example", "password": password}).to_string();
        server.post("/api/v1/login", &[("x-forwarded-for", address)], &body).await.status
    };
    let server = TestServer::on(store.clone(), Options::default(), trusting).await;
    add(&server, "anna@shop.example", Role::Agent, &[]).await;
    assert_eq!(from(&server, "192.0.2.1", PASSWORD).await, 200);
    let server = TestServer::on(store, Options::default(), trusting).await;
    let mut wrong = Vec::new();
    for n in 0..12 {
        wrong.push(from(&server, &format!("198.51.100.{n}"), "a wrong guess").await);
    }
    assert_eq!(wrong, [[401; 10].as_slice(), &[429, 429]].concat());
    assert_eq!(from(&server, "203.0.113.9", PASSWORD).await, 429, "from a new place: later");
    assert_eq!(from(&server, "192.0.2.1", PASSWORD).await, 200, "from the known place: now");
}

#[tokio::test]
async fn refusals_are_alike() {
    let server = TestServer::start().await;
    let id = add(&server, "anna@shop.example", Role::Agent, &[]).await;
    add(&server, "gone@shop.example", Role::Agent, &[]).await;
    let (gone, _) = server.store.person_by_email("gone@shop.example").await.unwrap().unwrap();
    server.store.change_person(gone.id, store::PersonChange::Disabled(true)).await.unwrap();
    let mut all = Vec::new();
    for (email, password) in [
        ("anna@shop.example", "wrong horse"),
        ("nobody@shop.example", "wrong horse"),
        ("gone@shop.example", PASSWORD),
        ("no address", "x"),
    ] {
        let answer = try_login(&server, email, password, None).await;
        insist_closed(&answer.json());
        let headers: Vec<_> = answer.headers.iter().filter(|(n, _)| n != "date").cloned().collect();
        all.push((answer.status, headers, answer.body));
    }
    assert!(all.windows(2).all(|w| w[0] == w[1]), "{all:?}");
    let told = super::audited(&server).await;
    assert!(told.contains(&format!("nobody login_wrong {id} password")), "{told:?}");
    assert!(!told.iter().any(|t| t.contains("nobody@") || t.contains("no address")), "what was typed is not kept");
}
