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
