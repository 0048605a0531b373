//! What the visitor's panel asks for beside the talk: articles, the way out of the line, its past, one's own data.

use serde_json::json;

use deskbell::types::Role;

use crate::support::{Client, TestServer};

#[tokio::test]
async fn articles_are_found_by_the_beginnings_of_words_and_read_by_everybody() {
    let server = TestServer::start().await;
    let titles = |body: serde_json::Value| -> Vec<String> {
        body["articles"].as_array().unwrap().iter().map(|a| a["title"].as_str().unwrap().to_owned()).collect()
    };
    let found = server.get("/api/v1/help?q=retur&language=en").await;
    assert_eq!((found.status, found.header("access-control-allow-origin")), (200, Some("*")));
    let one = &found.json()["articles"][0];
    assert_eq!((one["id"].as_str(), one["language"].as_str()), (Some("returns/how"), Some("en")));
    assert_eq!(one["excerpt"], "Send it back within 30 days.");
    for (query, there) in
        [("", true), ("30%20da", true), ("RETURN%20lamp", true), ("how+long", true), ("zzxxqqy", false)]
    {
        let titles = titles(server.get(&format!("/api/v1/help?q={query}&language=xx")).await.json());
        assert_eq!(titles.contains(&"How do I return a lamp?".to_owned()), there, "{query}: {titles:?}");
    }
    assert_eq!(server.get("/api/v1/help?q=a&x=1").await.status, 400);

    let article = server.get("/api/v1/help/returns/how").await;
    assert_eq!((article.status, article.header("access-control-allow-origin")), (200, Some("*")));
    let article = article.json();
    assert_eq!(
        (article["title"].as_str(), article["language"].as_str()),
        (Some("How do I return a lamp?"), Some("en"))
    );
    assert_eq!(article["parts"][1]["heading"], "How long do I have?");
    assert_eq!(server.get("/api/v1/help/nothing").await.status, 404);
}

#[tokio::test]
async fn whoever_asks_for_articles_too_often_waits_and_others_do_not() {
    let server = TestServer::with(|config| {
        config.trusted_proxies = deskbell::config::parse("trusted_proxies = ['127.0.0.0/8']").unwrap().trusted_proxies;
    })
    .await;
    let ask = async |from: &str| {
        let headers = [("connection", "close"), ("x-forwarded-for", from)];
        server.request("GET", "/api/v1/help?q=lamp", &headers, "").await.status
    };
    let mut refused = 0;
    for _ in 0..90 {
        refused += u32::from(ask("203.0.113.7").await == 429);
    }
    assert!(refused > 0);
    assert_eq!(ask("198.51.100.7").await, 200);
}

#[tokio::test]
async fn a_visitor_leaves_the_line_and_is_with_the_bot_again() {
    let server = TestServer::start().await;
    let mut v = server.visitor().await;
    let c = v.say("I want to talk to a person", None).await["c"].as_str().unwrap().to_owned();
    let place = v.wait(|f| f["type"] == "queue" && f["position"] == 1).await;
    assert_eq!(place["staffed"], false, "nobody is online: {place}");
    let left = v.call(json!({"type": "handoff", "c": c, "on": false})).await;
    assert_eq!((left["ok"].as_bool(), left["conversation"]["state"].as_str()), (Some(true), Some("bot")));
    let entry = v.wait(|f| f["type"] == "ev" && f["kind"] == "released").await;
    assert_eq!((entry["from"]["kind"].as_str(), entry["body"]["to"].as_str()), (Some("visitor"), Some("bot")));
    assert_eq!(v.call(json!({"type": "handoff", "c": c, "on": false})).await["ok"], true, "a second tap does no harm");
    let start = v.frames.len();
    v.say("when are you open?", Some(&c)).await;
    v.wait_from(start, |f| f["type"] == "ev" && f["kind"] == "answer").await;
    // Back in the line, then with an agent: nobody is taken away by a tap that comes too late.
    assert_eq!(v.call(json!({"type": "handoff", "c": c})).await["ok"], true);
    let cookie = server.person("lena@shop.example", Role::Agent).await;
    let mut agent = server.agent(&cookie).await;
    agent.send(json!({"type": "presence", "state": "online"})).await;
    let start = v.frames.len();
    let place = v.wait_from(start.saturating_sub(3), |f| f["type"] == "queue" && f["staffed"] == true).await;
    assert!(place["wait_s"]["high"].as_u64() > place["wait_s"]["low"].as_u64());
    let waiting = agent.call(json!({"type": "watch", "view": "waiting"})).await;
    let ver = waiting["conversations"][0]["ver"].clone();
    assert_eq!(agent.call(json!({"type": "claim", "c": c, "ver": ver})).await["ok"], true);
    assert_eq!(v.call(json!({"type": "handoff", "c": c, "on": false})).await["code"], "already_claimed");
}

#[tokio::test]
async fn a_visitor_sees_the_last_words_of_each_conversation() {
    let server = TestServer::start().await;
    let mut v = server.visitor().await;
    let c = v.say("when are you open?", None).await["c"].as_str().unwrap().to_owned();
    v.settle().await;
    let mut again = Client::connect(server.address, "/ws", None).await;
    let welcome = again.hello(json!({"token": v.token})).await;
    assert_eq!(welcome["conversations"][0]["c"], c.as_str());
    assert_eq!(welcome["conversations"][0]["preview"], "when are you open?");
    assert!(welcome["conversations"][0]["visitor"].is_null() && welcome["conversations"][0]["reason"].is_null());
}

#[tokio::test]
async fn who_is_asked_before_the_first_question_is_known_and_the_bot_says_nothing() {
    let server = TestServer::start().await;
    let mut v = server.visitor().await;
    let form = json!({"name": "Mara", "email": "mara@mail.example"});
    let frame = json!({"type": "send", "cmid": crate::support::cmid(), "kind": "form", "body": {"fields": form}});
    v.send(frame).await;
    let c = v.wait(|f| f["type"] == "ack").await["c"].as_str().unwrap().to_owned();
    v.say("I want to talk to a person", Some(&c)).await;
    v.wait(|f| f["type"] == "ev" && f["kind"] == "handoff").await;
    let log = v.log(&c);
    assert_eq!(log[1]["body"]["text"], "I want to talk to a person", "no word in between: {log:?}");
    assert!(log.iter().all(|e| e["body"]["ask"].is_null()), "the address is not asked for again");
    let cookie = server.person("lena@shop.example", Role::Agent).await;
    let mut agent = server.agent(&cookie).await;
    let waiting = agent.call(json!({"type": "watch", "view": "waiting"})).await;
    let visitor = &waiting["conversations"][0]["visitor"];
    assert_eq!((visitor["name"].as_str(), visitor["email"].as_str()), (Some("Mara"), Some("mara@mail.example")));
}

#[tokio::test]
async fn the_page_of_a_site_may_ask_for_its_visitors_data_and_no_other_page() {
    let site = "https://shop.example";
    let server = TestServer::with(|config| {
        config.sites =
            deskbell::config::parse("[[sites]]\nname = 'shop'\norigins = ['https://shop.example']").unwrap().sites;
    })
    .await;
    let mut v = Client::connect_as(server.address, "/ws", site).await;
    let token = v.hello(json!({"site": "shop"})).await["token"].as_str().unwrap().to_owned();
    v.say("hello", None).await;
    let ask = async |method: &str, path: &str, origin: &str| {
        let headers = [("connection", "close"), ("content-type", "application/json"), ("origin", origin)];
        server.request(method, path, &headers, &json!({ "token": token }).to_string()).await
    };
    for path in ["/api/v1/visitor/export", "/api/v1/visitor/erase"] {
        let before = ask("OPTIONS", path, site).await;
        assert_eq!((before.status, before.header("access-control-allow-origin")), (204, Some(site)));
        assert_eq!(before.header("access-control-allow-headers"), Some("content-type"));
        assert_eq!(before.header("access-control-allow-credentials"), None);
        for (method, status) in [("OPTIONS", 403), ("POST", 403)] {
            let foreign = ask(method, path, "https://evil.example").await;
            assert_eq!((foreign.status, foreign.header("access-control-allow-origin")), (status, None), "{method}");
        }
        let done = ask("POST", path, site).await;
        assert_eq!((done.status, done.header("access-control-allow-origin")), (200, Some(site)), "{path}");
    }
    assert_eq!(v.closed().await, 4509);
}
