//! Canned replies, macros, views and wording rules.

use deskbell::types::Role;
use serde_json::{Value, json};

use super::{call, insist_guarded};
use crate::support::TestServer;

fn canned(shortcut: &str) -> Value {
    json!({"shortcut": shortcut, "title": "Thanks", "text": {"en": "Thank you, {{ visitor.name }}.", "de": "Danke."}})
}

/// One of each kind.
fn all() -> [(&'static str, Value); 4] {
    let steps = json!([{"reply": "Soon."}, {"label": "late"}, {"department": "orders"}, {"priority": "high"},
        {"snooze_minutes": 5}, {"resolve": ""}]);
    [
        ("canned", canned("thx")),
        ("macros", json!({"title": "Later", "steps": steps})),
        ("views", json!({"title": "Late", "filter": {"state": "waiting", "agent": "me", "older_than_minutes": 10}})),
        ("wording", json!({"words": ["no way"], "language": "en", "hint": "Say what is possible.", "enabled": true})),
    ]
}

async fn desk(server: &TestServer, cookie: &str) -> Value {
    let answer = server.get_as(cookie, "/api/v1/desk").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

/// Of a kind, without the program's own.
fn of(desk: &Value, kind: &str) -> Vec<Value> {
    desk[kind].as_array().unwrap().iter().filter(|k| k["fixed"] != true).cloned().collect()
}

#[tokio::test]
async fn what_is_kept_is_there_again_whole_and_for_whom_it_is() {
    let server = TestServer::start().await;
    let (anna, ben) =
        (server.person("anna@shop.example", Role::Agent).await, server.person("ben@shop.example", Role::Agent).await);
    let boss = server.person("boss@shop.example", Role::Supervisor).await;
    for (kind, body) in all() {
        let path = format!("/api/v1/desk/{kind}");
        let own = call(&server, &anna, "POST", &path, &body).await;
        assert_eq!(own.status, 201, "{kind}: {}", own.body);
        let shared = call(&server, &boss, "POST", &format!("{path}?shared=true"), &body).await;
        assert_eq!(shared.status, 201, "{kind}: {}", shared.body);
        let (own, shared) = (own.json()["id"].clone(), shared.json()["id"].clone());
        let seen = of(&desk(&server, &anna).await, kind);
        assert_eq!(seen.len(), 2, "{kind}: {seen:?}");
        for (k, wanted) in [(&seen[0], (&own, false)), (&seen[1], (&shared, true))] {
            assert_eq!((&k["id"], &k["shared"]), (wanted.0, &json!(wanted.1)), "{k}");
            for (field, value) in body.as_object().unwrap() {
                assert_eq!(k[field], *value, "{kind} {field}");
            }
        }
        assert_eq!(seen[0]["by"], "me");
        // A colleague's own is nobody else's business.
        assert_eq!(of(&desk(&server, &ben).await, kind).len(), 1);
        let (mine, everybodys) =
            (format!("{path}/{}", own.as_str().unwrap()), format!("{path}/{}", shared.as_str().unwrap()));
        let mut other = body.clone();
        let field = if kind == "wording" { "hint" } else { "title" };
        other[field] = json!("Another");
        assert_eq!(call(&server, &anna, "PUT", &mine, &other).await.status, 204);
        assert_eq!(call(&server, &boss, "PUT", &everybodys, &other).await.status, 204);
        let seen = of(&desk(&server, &anna).await, kind);
        assert!(seen.iter().all(|k| k[field] == "Another"), "{seen:?}");
        // By the wrong name of its kind it is not there.
        let wrong = if kind == "views" { "macros" } else { "views" };
        let gone = call(&server, &anna, "DELETE", &mine.replace(kind, wrong), &Value::Null).await;
        assert_eq!(gone.status, 404, "{}", gone.body);
        for path in [&mine, &everybodys] {
            let by = if path == &mine { &anna } else { &boss };
            insist_guarded(&server, by, "PUT", path, &body).await;
            insist_guarded(&server, by, "DELETE", path, &Value::Null).await;
            assert_eq!(call(&server, by, "DELETE", path, &Value::Null).await.status, 204);
            assert_eq!(call(&server, by, "DELETE", path, &Value::Null).await.status, 404);
        }
        assert!(of(&desk(&server, &anna).await, kind).is_empty());
        insist_guarded(&server, &anna, "POST", &path, &body).await;
    }
    insist_guarded(&server, &anna, "GET", "/api/v1/desk", &Value::Null).await;
}

#[tokio::test]
async fn open_sessions_hear_what_concerns_them() {
    let server = TestServer::start().await;
    let (anna, ben) = (
        server.person("anna@shop.example", Role::Agent).await,
        server.person("ben@shop.example", Role::Supervisor).await,
    );
    let (mut of_anna, mut of_ben) = (server.agent(&anna).await, server.agent(&ben).await);
    let told = |what: &'static str| move |f: &Value| f["type"] == "desk" && f["what"] == what;
    assert_eq!(call(&server, &anna, "POST", "/api/v1/desk/canned", &canned("thx")).await.status, 201);
    of_anna.wait(told("canned")).await;
    let path = "/api/v1/desk/macros?shared=true";
    assert_eq!(call(&server, &ben, "POST", path, &all()[1].1).await.status, 201);
    of_anna.wait(told("macros")).await;
    of_ben.wait(told("macros")).await;
    assert!(!of_ben.frames.iter().any(told("canned")), "what is a colleague's own is no news");
}

#[tokio::test]
async fn labels_are_told_with_how_many_chats_have_them() {
    let server = TestServer::start().await;
    let anna = server.person("anna@shop.example", Role::Agent).await;
    let mut agent = server.agent(&anna).await;
    assert_eq!(desk(&server, &anna).await["labels"], json!([]));
    for labels in [json!(["late"]), json!(["late", "vip"])] {
        let mut visitor = server.visitor().await;
        let c = visitor.say("i want to complain", None).await["c"].clone();
        visitor.wait(|f| f["kind"] == "handoff").await;
        let res = agent.call(json!({"type": "mark", "c": c, "labels": labels})).await;
        assert_eq!(res["ok"], true, "{res}");
    }
    let wanted = json!([{"label": "late", "count": 2}, {"label": "vip", "count": 1}]);
    assert_eq!(desk(&server, &anna).await["labels"], wanted);
}

#[tokio::test]
async fn replies_of_the_content_stand_beside_those_that_are_kept() {
    let file = "canned:\n  - {shortcut: hi, title: Hello, text: {en: 'Hello {{ visitor.name }}'}}\n";
    let server = TestServer::with_content(&[("canned/a.yaml", file)]).await;
    let anna = server.person("anna@shop.example", Role::Supervisor).await;
    let kept = desk(&server, &anna).await;
    let wanted = json!([{"id": "content:hi", "shared": true, "fixed": true, "shortcut": "hi", "title": "Hello",
        "text": {"en": "Hello {{ visitor.name }}"}}]);
    assert_eq!(kept["canned"], wanted);
    assert_eq!(kept["variables"]["shop"], "Support");
    let path = "/api/v1/desk/canned/content:hi";
    assert_eq!(call(&server, &anna, "PUT", path, &canned("hi")).await.status, 404, "it is changed in its file");
    assert_eq!(call(&server, &anna, "DELETE", path, &Value::Null).await.status, 404);
}

#[tokio::test]
async fn what_is_not_sound_is_not_kept() {
    let server = TestServer::start().await;
    let anna = server.person("anna@shop.example", Role::Agent).await;
    let long = |n: usize| "x".repeat(n);
    let step = |step: Value| json!({"title": "t", "steps": [step]});
    let view = |filter: Value| json!({"title": "t", "filter": filter});
    let rule = |more: Value| {
        let mut rule = json!({"hint": "h"});
        rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        rule
    };
    let bad = [
        ("canned", canned("two words")),
        ("canned", canned("")),
        ("canned", canned(&long(41))),
        ("canned", json!({"shortcut": "a", "title": "t", "text": ""})),
        ("canned", json!({"shortcut": "a", "title": "t", "text": {}})),
        ("canned", json!({"shortcut": "a", "title": "t", "text": {"english": "x"}})),
        ("canned", json!({"shortcut": "a", "title": "t", "text": long(4_001)})),
        ("canned", json!({"shortcut": "a", "title": "a\u{202e}b", "text": "x"})),
        ("canned", json!({"shortcut": "a", "title": long(101), "text": "x"})),
        ("macros", json!({"title": "t", "steps": []})),
        ("macros", json!({"title": "t", "steps": vec![json!({"label": "l"}); 21]})),
        ("macros", step(json!({"label": long(41)}))),
        ("macros", step(json!({"priority": "soon"}))),
        ("macros", step(json!({"snooze_minutes": 0}))),
        ("macros", step(json!({"label": "a", "priority": "high"}))),
        ("macros", step(json!({"delete": "everything"}))),
        ("views", view(json!({"state": "open"}))),
        ("views", view(json!({"agent": "anna"}))),
        ("views", view(json!({"older_than_minutes": 0}))),
        ("views", view(json!({"language": "English"}))),
        ("wording", rule(json!({}))),
        ("wording", rule(json!({"words": ["a"], "pattern": "a"}))),
        ("wording", rule(json!({"pattern": "("}))),
        ("wording", rule(json!({"pattern": "a*"}))),
        ("wording", rule(json!({"pattern": "a{1000}{1000}"}))),
        ("wording", json!({"words": ["a"]})),
        ("wording", json!({"enabled": false})),
    ];
    for (kind, body) in bad {
        let answer = call(&server, &anna, "POST", &format!("/api/v1/desk/{kind}"), &body).await;
        assert_eq!((answer.status, answer.json()["code"].as_str()), (400, Some("invalid")), "{kind} {body}");
    }
    assert_eq!(call(&server, &anna, "POST", "/api/v1/desk/canned?mine=1", &canned("a")).await.status, 400);
    assert_eq!(call(&server, &anna, "POST", "/api/v1/desk/nothing", &canned("a")).await.status, 404);
    let kept = desk(&server, &anna).await;
    assert!(["canned", "macros", "views", "wording"].iter().all(|kind| of(&kept, kind).is_empty()), "{kept}");
}

#[tokio::test]
async fn a_shortcut_is_given_once_and_there_is_an_end_to_everything() {
    let server = TestServer::start().await;
    let anna = server.person("anna@shop.example", Role::Agent).await;
    let boss = server.person("boss@shop.example", Role::Supervisor).await;
    let path = "/api/v1/desk/canned";
    assert_eq!(call(&server, &anna, "POST", path, &canned("thx")).await.status, 201);
    assert_eq!(call(&server, &anna, "POST", path, &canned("THX")).await.status, 409, "whatever its case");
    // Others may have it too, and everybody.
    assert_eq!(call(&server, &boss, "POST", path, &canned("thx")).await.status, 201);
    assert_eq!(call(&server, &boss, "POST", &format!("{path}?shared=true"), &canned("thx")).await.status, 201);
    let other = call(&server, &anna, "POST", path, &canned("bye")).await.json()["id"].clone();
    let other = format!("{path}/{}", other.as_str().unwrap());
    assert_eq!(call(&server, &anna, "PUT", &other, &canned("thx")).await.status, 409);
    assert_eq!(call(&server, &anna, "PUT", &other, &canned("bye")).await.status, 204);
    let view = json!({"title": "t", "filter": {}});
    for n in 0..200 {
        assert_eq!(call(&server, &anna, "POST", "/api/v1/desk/views", &view).await.status, 201, "{n}");
    }
    assert_eq!(call(&server, &anna, "POST", "/api/v1/desk/views", &view).await.status, 409);
    assert_eq!(call(&server, &boss, "POST", "/api/v1/desk/views", &view).await.status, 201);
}

#[tokio::test]
async fn the_programs_own_rules_can_be_switched_off_and_not_changed() {
    let server = TestServer::start().await;
    let anna = server.person("anna@shop.example", Role::Agent).await;
    let boss = server.person("boss@shop.example", Role::Supervisor).await;
    let path = "/api/v1/desk/wording/blaming-de";
    let rule = |desk: &Value| desk["wording"].as_array().unwrap().iter().find(|r| r["id"] == "blaming-de").cloned();
    let before = rule(&desk(&server, &anna).await).unwrap();
    assert_eq!((&before["enabled"], &before["language"], &before["fixed"]), (&json!(true), &json!("de"), &json!(true)));
    let off = json!({"enabled": false});
    assert_eq!(call(&server, &anna, "PUT", path, &off).await.status, 403, "it is everybody's");
    let changed = json!({"words": ["x"], "hint": "h", "enabled": false});
    assert_eq!(call(&server, &boss, "PUT", path, &changed).await.status, 400);
    assert_eq!(call(&server, &boss, "PUT", path, &off).await.status, 204);
    assert_eq!(rule(&desk(&server, &anna).await).unwrap()["enabled"], false);
    assert_eq!(call(&server, &boss, "DELETE", path, &Value::Null).await.status, 204);
    assert_eq!(rule(&desk(&server, &anna).await).unwrap(), before);
    assert_eq!(call(&server, &boss, "PUT", "/api/v1/desk/macros/blaming-de", &all()[1].1).await.status, 404);
}

#[tokio::test]
async fn what_no_list_of_words_can_hold_is_switched_by_its_name() {
    let server = TestServer::start().await;
    let boss = server.person("boss@shop.example", Role::Supervisor).await;
    for name in ["shouting-en", "shouting-de", "silence-en", "silence-de"] {
        let rule = async || {
            let told = desk(&server, &boss).await;
            told["wording"].as_array().unwrap().iter().find(|w| w["id"] == name).unwrap().clone()
        };
        let shipped = rule().await;
        assert_eq!(
            (&shipped["words"], &shipped["enabled"], &shipped["fixed"]),
            (&json!([]), &json!(true), &json!(true))
        );
        assert!(!shipped["hint"].as_str().unwrap().is_empty());
        let path = format!("/api/v1/desk/wording/{name}");
        let off = call(&server, &boss, "PUT", &path, &json!({"enabled": false})).await;
        assert_eq!(off.status, 204, "{}", off.body);
        assert_eq!(rule().await["enabled"], false);
    }
}
