//! A visitor is one site's: a token is worth nothing at another.

use deskbell::config::Site;
use serde_json::{Value, json};

use crate::support::{Client, TestServer, cmid};

const A: &str = "https://a.example";
const B: &str = "https://b.example";

async fn server() -> TestServer {
    TestServer::with(|c| {
        c.sites = [("a", A), ("b", B)]
            .map(|(name, origin)| Site { name: name.into(), origins: vec![origin.into()], identity: None })
            .into();
        c.socket.message_burst = 1_000;
    })
    .await
}

#[tokio::test]
async fn a_token_of_one_site_is_nobodys_at_another() {
    let server = server().await;
    let mut own = Client::connect_as(server.address, "/ws", A).await;
    own.hello(json!({"site": "a"})).await;
    let ack = own.say("when are you open", None).await;
    let c = ack["c"].as_str().unwrap().to_owned();
    own.wait(|f| f["type"] == "ev" && f["kind"] == "answer").await;
    let (token, epoch) = (own.token.clone().unwrap(), own.epoch());
    let resume = json!([{"c": c, "epoch": epoch, "seq": 0}]);
    let elsewhere =
        [(Some(B), json!({"site": "b"})), (Some(B), json!({})), (None, json!({"site": "b"})), (None, json!({}))];
    for (origin, hello) in elsewhere {
        let mut other = match origin {
            Some(origin) => Client::connect_as(server.address, "/ws", origin).await,
            None => server.socket("/ws", None).await,
        };
        let mut said = hello.clone();
        (said["token"], said["resume"]) = (json!(token), resume.clone());
        let welcome = other.hello(said).await;
        assert_eq!(welcome["conversations"], json!([]), "{hello}");
        assert!(welcome["token"].is_string(), "somebody new: {hello}");
        let resync = other.wait(|f| f["type"] == "resync").await;
        assert_eq!((resync["reason"].as_str(), resync["head"].as_u64()), (Some("gone"), Some(0)));
        for frame in
            [json!({"type": "fetch", "after": 0, "limit": 10}), json!({"type": "handoff"}), json!({"type": "end"})]
        {
            let mut frame: Value = frame;
            frame["c"] = json!(c);
            assert_eq!(other.call(frame.clone()).await["code"], "not_found", "{frame}");
        }
        assert_eq!(other.say("mine now?", Some(&c)).await["code"], "not_found");
        assert_eq!(other.call(json!({"type": "identify", "jwt": "x"})).await["code"], "unavailable");
        other.send(json!({"type": "typing", "c": c, "on": true})).await;
        other.send(json!({"type": "read", "c": c, "seq": 1})).await;
        other.settle().await;
        assert!(other.log(&c).is_empty(), "{hello}");
    }
    // Another site's page may neither name the first one nor ask by HTTP.
    let mut forbidden = Client::connect_as(server.address, "/ws", B).await;
    forbidden.send(json!({"type": "hello", "v": 1, "device": cmid(), "site": "a", "token": token})).await;
    assert_eq!(forbidden.closed().await, 4503);
    for path in ["/api/v1/visitor/export", "/api/v1/visitor/erase"] {
        let answer = server.post(path, &[("origin", B)], &json!({"token": token}).to_string()).await;
        assert_eq!(answer.status, 404, "{path}: as if it were nobody's");
    }
    // Nothing of it touched the owner.
    own.settle().await;
    let mut back = Client::connect_as(server.address, "/ws", A).await;
    let welcome = back.hello(json!({"site": "a", "token": token})).await;
    assert_eq!(welcome["conversations"][0]["c"], c.as_str());
    assert_eq!(welcome["conversations"][0]["state"], "bot");
    assert!(welcome["token"].is_null());
    assert_eq!(back.say("and on sunday", Some(&c)).await["type"], "ack");
}

/// The requests that a token alone decides, from wherever a page may stand.
#[tokio::test]
async fn only_pages_of_sites_and_programs_ask_with_a_token() {
    let server = server().await;
    let mut own = Client::connect_as(server.address, "/ws", A).await;
    own.hello(json!({"site": "a"})).await;
    own.say("when are you open", None).await;
    let body = json!({"token": own.token.clone().unwrap()}).to_string();
    let here = server.origin();
    let cookie = ("cookie", "deskbell=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
    // Headers, how it is answered, and which origin may read that.
    type Row<'a> = (&'a [(&'a str, &'a str)], u16, Option<&'a str>);
    let table: &[Row<'_>] = &[
        (&[("origin", A)], 200, Some(A)),
        (&[("origin", A), cookie], 200, Some(A)),
        (&[("origin", B)], 404, Some(B)),
        (&[("origin", &here)], 200, None),
        (&[], 200, None),
        (&[cookie], 403, None),
        (&[cookie, ("sec-fetch-site", "cross-site")], 403, None),
        (&[cookie, ("sec-fetch-site", "same-site")], 403, None),
        (&[cookie, ("sec-fetch-site", "same-origin")], 200, None),
        (&[("origin", "null")], 403, None),
        (&[("origin", "null"), cookie], 403, None),
        (&[("origin", "null"), ("sec-fetch-site", "same-origin")], 403, None),
        (&[("origin", "https://evil.example")], 403, None),
        (&[("origin", "https://a.example.evil.example")], 403, None),
        (&[("origin", "http://a.example")], 403, None),
        (&[("origin", "https://a.example/")], 403, None),
        (&[("origin", A), ("origin", A)], 403, None),
        (&[("origin", "")], 403, None),
    ];
    for (more, status, allowed) in table {
        let mut headers = vec![("connection", "close"), ("content-type", "application/json")];
        headers.extend(*more);
        let answer = server.request("POST", "/api/v1/visitor/export", &headers, &body).await;
        assert_eq!(answer.status, *status, "{more:?}: {}", answer.body);
        assert_eq!(answer.header("access-control-allow-origin"), *allowed, "{more:?}");
        assert_eq!(answer.header("access-control-allow-credentials"), None, "{more:?}");
        if *status == 403 {
            assert!(!answer.body.contains("when are you open"), "{more:?}");
            // Nor is it written: what was refused has not been done.
            let erased = server.request("POST", "/api/v1/visitor/erase", &headers, &body).await;
            assert_eq!(erased.status, 403, "{more:?}");
        }
        // What a browser asks before.
        let asked = server.request("OPTIONS", "/api/v1/visitor/export", &headers, "").await;
        assert_eq!(asked.status, if *status == 403 { 403 } else { 204 }, "{more:?}");
        assert_eq!(asked.header("access-control-allow-origin"), *allowed, "{more:?}");
    }
    own.settle().await;
}
