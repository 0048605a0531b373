//! Who a site says a visitor is: what is believed, what is not, and what follows a person from device to device.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use deskbell::config::Config;
use deskbell::types::Seq;
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::{Client, TestServer};

const SECRET: &str = "a secret of the shop, long enough for it";
const OTHER: &str = "a secret of the other, long enough too..";

fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// Three sites: two with secrets of their own, one with a public key.
fn config() -> Config {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let public = STANDARD.encode(signing_key().verifying_key().as_bytes());
    let text = format!(
        "[[sites]]\nname = 'shop'\norigins = []\nidentity = {{ alg = 'HS256', key_file = '{}' }}\n
         [[sites]]\nname = 'other'\norigins = []\nidentity = {{ alg = 'HS256', key_file = '{}' }}\n
         [[sites]]\nname = 'signed'\norigins = []\nidentity = {{ alg = 'EdDSA', key_file = '{}' }}\n
         [[sites]]\nname = 'plain'\norigins = []\n",
        file("shop", SECRET),
        file("other", OTHER),
        file("signed", &public),
    );
    let config = deskbell::config::parse(&text).unwrap();
    assert!(!format!("{config:?}").contains("a secret"));
    config
}

async fn server() -> TestServer {
    let sites = config().sites;
    TestServer::with(|c| (c.sites, c.socket.message_burst) = (sites, 1_000)).await
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn shared(header: &Value, claims: &Value, key: &[u8]) -> String {
    let message = format!("{}.{}", part(header), part(claims));
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    hmac.update(message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(hmac.finalize().into_bytes()))
}

fn public(claims: &Value) -> String {
    let message = format!("{}.{}", part(&json!({"alg": "EdDSA", "typ": "JWT"})), part(claims));
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signing_key().sign(message.as_bytes()).to_bytes()))
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

fn claims(more: Value) -> Value {
    let mut claims = json!({"sub": "anna", "aud": "shop", "exp": now() + 600, "iat": now()});
    for (key, value) in more.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(key);
        } else {
            claims[key] = value.clone();
        }
    }
    claims
}

fn hs(more: Value) -> String {
    shared(&json!({"alg": "HS256", "typ": "JWT"}), &claims(more), SECRET.as_bytes())
}

async fn at(server: &TestServer, site: &str) -> Client {
    server.visitor_with(json!({"site": site})).await
}

async fn identify(client: &mut Client, jwt: &str) -> Value {
    client.call(json!({"type": "identify", "jwt": jwt})).await
}

/// Identifies; the `welcome` that follows, and the token to keep.
async fn become_known(client: &mut Client, jwt: &str) -> (Value, String) {
    let start = client.frames.len();
    let res = identify(client, jwt).await;
    assert_eq!(res["ok"], true, "{res}");
    let welcome = client.wait_from(start, |f| f["type"] == "welcome").await;
    assert_eq!(welcome["token"], res["token"]);
    (welcome, res["token"].as_str().unwrap().to_owned())
}

fn ids(welcome: &Value) -> Vec<String> {
    let mut all: Vec<_> =
        welcome["conversations"].as_array().unwrap().iter().map(|c| c["c"].as_str().unwrap().to_owned()).collect();
    all.sort();
    all
}

#[tokio::test]
async fn what_is_wrong_with_a_signature_is_refused() {
    let server = server().await;
    let hs256 = json!({"alg": "HS256", "typ": "JWT"});
    let whole = hs(json!({}));
    let cut = whole.rsplit_once('.').unwrap().0.to_owned();
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        STANDARD.encode(
            [&[0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0][..], signing_key().verifying_key().as_bytes()]
                .concat()
        )
    );
    let signed = json!({"aud": "signed"});
    let attributes: serde_json::Map<String, Value> = (0..17).map(|n| (format!("k{n}"), json!("v"))).collect();
    let table: Vec<(&str, &str, String)> = vec![
        ("no algorithm", "shop", format!("{}.{}.", part(&json!({"alg": "none"})), part(&claims(json!({}))))),
        ("none in capitals", "shop", format!("{}.{}.", part(&json!({"alg": "NONE"})), part(&claims(json!({}))))),
        ("none with a signature", "shop", shared(&json!({"alg": "none"}), &claims(json!({})), SECRET.as_bytes())),
        ("no signature", "shop", format!("{cut}.")),
        ("two parts", "shop", cut),
        ("another algorithm", "shop", shared(&json!({"alg": "HS512"}), &claims(json!({})), SECRET.as_bytes())),
        (
            "a public key as secret",
            "signed",
            shared(&hs256, &claims(signed.clone()), signing_key().verifying_key().as_bytes()),
        ),
        ("the same as PEM", "signed", shared(&hs256, &claims(signed.clone()), pem.as_bytes())),
        (
            "the same in base64",
            "signed",
            shared(
                &hs256,
                &claims(signed.clone()),
                STANDARD.encode(signing_key().verifying_key().as_bytes()).as_bytes(),
            ),
        ),
        ("HS256 that says EdDSA", "signed", shared(&json!({"alg": "EdDSA"}), &claims(signed), SECRET.as_bytes())),
        ("EdDSA where HS256 is", "shop", public(&claims(json!({})))),
        ("another audience", "shop", hs(json!({"aud": "other"}))),
        ("no audience", "shop", hs(json!({"aud": null}))),
        ("another site's key", "shop", shared(&hs256, &claims(json!({})), OTHER.as_bytes())),
        ("another site's token", "other", whole.clone()),
        ("expired", "shop", hs(json!({"exp": now() - 120}))),
        ("ten years", "shop", hs(json!({"exp": now() + 315_360_000}))),
        ("two hours", "shop", hs(json!({"exp": now() + 7_200}))),
        ("no end", "shop", hs(json!({"exp": null}))),
        ("an end in words", "shop", hs(json!({"exp": "tomorrow"}))),
        ("an end without end", "shop", hs(json!({"exp": i64::MAX}))),
        ("not yet", "shop", hs(json!({"nbf": now() + 300}))),
        ("signed tomorrow", "shop", hs(json!({"iat": now() + 300}))),
        ("nobody", "shop", hs(json!({"sub": null}))),
        ("an empty name", "shop", hs(json!({"sub": ""}))),
        ("a list as name", "shop", hs(json!({"sub": ["anna"]}))),
        ("too long a name", "shop", hs(json!({"sub": "a".repeat(201)}))),
        ("control characters", "shop", hs(json!({"name": "a\u{1b}[2J"}))),
        ("too many attributes", "shop", hs(json!({"attributes": attributes}))),
        ("a deep attribute", "shop", hs(json!({"attributes": {"__proto__": {"x": 1}}}))),
        ("too large", "shop", hs(json!({"filler": "x".repeat(9_000)}))),
        (
            "a key's name with a path",
            "shop",
            shared(&json!({"alg": "HS256", "kid": "../../dev/null"}), &claims(json!({})), b""),
        ),
        (
            "a key's name with a query",
            "shop",
            shared(&json!({"alg": "HS256", "kid": "x' UNION SELECT 'k"}), &claims(json!({})), b"k"),
        ),
        (
            "a key in the header",
            "shop",
            shared(
                &json!({"alg": "HS256", "jwk": {"kty": "oct", "k": "aw"}, "jku": "https://evil.example"}),
                &claims(json!({})),
                b"k",
            ),
        ),
        (
            "an extension",
            "shop",
            shared(&json!({"alg": "HS256", "crit": ["x"], "x": 1}), &claims(json!({})), SECRET.as_bytes()),
        ),
        ("no token", "shop", "anna@shop.example".to_owned()),
        ("dots", "shop", "..".to_owned()),
    ];
    for (what, site, jwt) in table {
        let mut client = at(&server, site).await;
        let res = identify(&mut client, &jwt).await;
        assert_eq!(res["code"], "forbidden", "{what}: {res}");
        assert!(res["token"].is_null(), "{what}");
    }
    assert_eq!(identify(&mut at(&server, "plain").await, &whole).await["code"], "unavailable");
    assert_eq!(identify(&mut at(&server, "shop").await, &whole).await["ok"], true, "the same key, everything right");
    assert_eq!(
        identify(&mut at(&server, "signed").await, &public(&claims(json!({"aud": "signed"})))).await["ok"],
        true
    );
    let late = hs(json!({"exp": now() - 30, "nbf": now() + 30, "iat": now() + 30}));
    assert_eq!(
        identify(&mut at(&server, "shop").await, &late).await["ok"],
        true,
        "clocks differ by less than a minute"
    );
}

#[tokio::test]
async fn history_follows_a_person_and_nobody_else() {
    let server = server().await;
    let cookie = server.person("agent@shop.example", deskbell::types::Role::Agent).await;
    let mut agent = server.agent(&cookie).await;
    let anna = |more: Value| {
        let mut all = json!({"name": "Anna", "email": "anna@mail.example", "attributes": {"customer": "4711"}});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        hs(all)
    };

    // Two devices, each with a conversation from before it was known whose they are.
    let (mut phone, mut desk) = (at(&server, "shop").await, at(&server, "shop").await);
    let first = phone.say("when are you open", None).await["c"].as_str().unwrap().to_owned();
    let second = desk.say("when are you open?", None).await["c"].as_str().unwrap().to_owned();
    let old = phone.token.clone().unwrap();
    let (welcome, token) = become_known(&mut phone, &anna(json!({}))).await;
    assert_eq!(ids(&welcome), [first.as_str()]);
    let mut both = vec![first.clone(), second.clone()];
    both.sort();
    let (welcome, other) = become_known(&mut desk, &anna(json!({}))).await;
    assert_eq!(ids(&welcome), both, "both are hers, each once");
    assert!(token != other && token != old);
    assert_eq!(desk.say("and on sunday?", Some(&first)).await["type"], "ack");
    let again = become_known(&mut desk, &anna(json!({"iat": now() - 1}))).await.0;
    assert_eq!(ids(&again), both, "saying it twice changes nothing");

    // Agents see that it was verified, in conversations from before and new ones.
    let third = desk.say("i want to complain", None).await["c"].as_str().unwrap().to_owned();
    for c in [&first, &second, &third] {
        let told = agent.call(json!({"type": "open", "c": c})).await;
        let told = &told["conversation"]["visitor"];
        assert_eq!(told["verified"]["subject"], "anna", "{told}");
        assert_eq!(told["verified"]["attributes"]["customer"], "4711");
        assert_eq!(told["verified"]["email"], "anna@mail.example");
    }

    // The old token is nobody's, and neither a name nor an address that is typed opens anything.
    let mut thief = at(&server, "shop").await;
    let mut stale = server.socket("/ws", None).await;
    assert_eq!(ids(&stale.hello(json!({"site": "shop", "token": old})).await), Vec::<String>::new());
    let own = thief.say("i am anna, anna@mail.example", None).await["c"].as_str().unwrap().to_owned();
    let cmid = crate::support::cmid();
    let fields = json!({"email": "anna@mail.example", "name": "Anna"});
    thief.send(json!({"type": "send", "c": own, "cmid": cmid, "kind": "form", "body": {"fields": fields}})).await;
    thief.wait(|f| f["cmid"] == cmid.as_str()).await;
    let fetched = thief.call(json!({"type": "fetch", "c": first, "after": 0, "limit": 10})).await;
    assert_eq!(fetched["code"], "not_found");
    let mut thief = server.visitor_with(json!({"site": "shop", "token": thief.token.clone().unwrap()})).await;
    assert_eq!(thief.frames[0]["conversations"].as_array().unwrap().len(), 1);
    let told = agent.call(json!({"type": "open", "c": own})).await;
    assert!(told["conversation"]["visitor"]["verified"].is_null());

    // Another person on the same device: nothing of the one before is theirs, nor the other way round.
    let ben = hs(json!({"sub": "ben"}));
    let (welcome, bens) = become_known(&mut desk, &ben).await;
    assert_eq!(ids(&welcome), Vec::<String>::new());
    assert_eq!(desk.say("hello?", Some(&first)).await["code"], "not_found");
    let fourth = desk.say("when are you open today", None).await["c"].as_str().unwrap().to_owned();
    let back = server.visitor_with(json!({"site": "shop", "token": bens})).await;
    assert_eq!(ids(&back.frames[0]), [fourth]);
    assert_eq!(ids(&become_known(&mut thief, &anna(json!({}))).await.0).len(), 4, "a key opens it");
}

#[tokio::test]
async fn after_a_logout_old_signatures_are_worth_nothing() {
    let server = server().await;
    let (mut client, jwt) = (at(&server, "shop").await, hs(json!({})));
    let (_, token) = become_known(&mut client, &jwt).await;
    let c = client.say("when are you open", None).await["c"].as_str().unwrap().to_owned();
    let (welcome, nobody) = become_known(&mut client, "").await;
    assert_eq!(ids(&welcome), Vec::<String>::new());
    assert_ne!(nobody, token);
    assert_eq!(client.say("still?", Some(&c)).await["code"], "not_found");
    let back = server.visitor_with(json!({"site": "shop", "token": token})).await;
    assert_eq!(ids(&back.frames[0]), Vec::<String>::new());
    assert_eq!(identify(&mut client, &jwt).await["code"], "forbidden", "it was signed before the logout");
    assert_eq!(identify(&mut client, &hs(json!({"iat": null}))).await["code"], "forbidden", "nobody knows when");
    let later = hs(json!({"iat": now() + 5}));
    assert_eq!(ids(&become_known(&mut client, &later).await.0), [c]);
    // A signature that names itself is good once.
    let once = hs(json!({"jti": "one", "iat": now() + 5}));
    become_known(&mut client, &once).await;
    assert_eq!(identify(&mut at(&server, "shop").await, &once).await["code"], "forbidden");
}

#[tokio::test]
async fn cards_are_taken_out_before_anything_is_stored() {
    let server = TestServer::with(|c| c.privacy.redact = vec!["cards".into(), "emails".into()]).await;
    let mut visitor = server.visitor_with(json!({"page": {"url": "https://s.example/?card=4111111111111111"}})).await;
    let cmid = crate::support::cmid();
    let text = "my card 4111 1111 1111 1111, anna@mail.example";
    let ack = visitor.say_as(text, None, &cmid).await;
    let c = ack["c"].as_str().unwrap().to_owned();
    assert_eq!(visitor.say_as(text, None, &cmid).await["dup"], true, "the same is still the same");
    let ev = visitor.wait(|f| f["type"] == "ev" && f["seq"] == 1).await;
    assert_eq!(ev["body"]["text"], "my card 411111******1111, [e-mail]");
    let state = server.store.state(c.parse().unwrap()).await.unwrap().unwrap();
    let told = format!("{state:?}");
    assert!(!told.contains("4111 1111") && !told.contains("4111111111111111") && !told.contains("anna@"), "{told}");
}

/// Sites that a command added, on a server that runs.
#[tokio::test]
async fn a_key_is_added_and_changed_beside_a_running_server() {
    use deskbell::store::{Site, SiteKey};
    let server = server().await;
    let site = |key| Site { name: "late".into(), origins: vec!["https://late.example".into()], key };
    let known = async |jwt: &str| {
        // The server looks twice a second.
        let mut told = Value::Null;
        for _ in 0..100 {
            let res = identify(&mut at(&server, "late").await, jwt).await;
            if res["ok"] == true {
                return res;
            }
            told = res;
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        told
    };
    let shared = |key: &str| shared(&json!({"alg": "HS256"}), &claims(json!({"aud": "late"})), key.as_bytes());
    server.store.add_site(site(None)).await.unwrap();
    assert_eq!(identify(&mut at(&server, "late").await, &shared(SECRET)).await["code"], "unavailable");
    assert!(server.store.set_site_key("late", SiteKey::Shared(SECRET.into())).await.unwrap());
    assert_eq!(known(&shared(SECRET)).await["ok"], true);
    assert!(
        server.store.set_site_key("late", SiteKey::Public(signing_key().verifying_key().to_bytes())).await.unwrap()
    );
    assert_eq!(known(&public(&claims(json!({"aud": "late"})))).await["ok"], true);
    assert_eq!(identify(&mut at(&server, "late").await, &shared(SECRET)).await["code"], "forbidden", "the old one");
    assert!(!server.store.set_site_key("nowhere", SiteKey::Shared(SECRET.into())).await.unwrap());
    let told = format!("{:?} {:?}", server.store.sites().await.unwrap(), server.store.audit_rows(0, None, 99).await);
    assert!(!told.contains(SECRET) && told.contains("key HS256 "), "{told}");
}

/// A server that takes cards out of agents' texts or not, a claimed conversation, and who is in it.
async fn claimed(redact_agents: bool) -> (TestServer, Client, Client, String) {
    let server = TestServer::with(|c| {
        (c.privacy.redact, c.privacy.redact_agents) = (vec!["cards".into()], redact_agents);
    })
    .await;
    let cookie = server.person("agent@shop.example", deskbell::types::Role::Agent).await;
    let (mut agent, mut visitor) = (server.agent(&cookie).await, server.visitor().await);
    let c = visitor.say("i want to complain", None).await["c"].as_str().unwrap().to_owned();
    visitor.wait(|f| f["type"] == "ev" && f["kind"] == "handoff").await;
    let ver = agent.call(json!({"type": "open", "c": c})).await["conversation"]["ver"].clone();
    assert_eq!(agent.call(json!({"type": "claim", "c": c, "ver": ver})).await["ok"], true);
    (server, agent, visitor, c)
}

#[tokio::test]
async fn agents_texts_stay_where_nobody_asked() {
    let (_server, mut agent, mut visitor, c) = claimed(false).await;
    assert_eq!(agent.say("your card 4111 1111 1111 1111", Some(&c)).await["type"], "ack");
    let told = visitor.wait(|f| f["type"] == "ev" && f["from"]["kind"] == "agent" && f["kind"] == "text").await;
    assert_eq!(told["body"]["text"], "your card 4111 1111 1111 1111");
}

#[tokio::test]
async fn agents_texts_are_redacted_where_that_is_asked_for() {
    let (server, mut agent, mut visitor, c) = claimed(true).await;
    assert_eq!(agent.say("your card 4111 1111 1111 1111", Some(&c)).await["type"], "ack");
    let told = visitor.wait(|f| f["type"] == "ev" && f["from"]["kind"] == "agent" && f["kind"] == "text").await;
    assert_eq!(told["body"]["text"], "your card 411111******1111");
    let cmid = crate::support::cmid();
    agent.send(json!({"type": "note", "c": c, "cmid": cmid, "body": {"text": "noted 4111 1111 1111 1111"}})).await;
    let noted = agent.wait(|f| f["type"] == "ev" && f["kind"] == "note").await;
    assert_eq!(noted["body"]["text"], "noted 411111******1111");
    let mut ver = agent.call(json!({"type": "open", "c": c})).await["conversation"]["ver"].clone();
    for act in [
        json!({"type": "transfer", "to": {"department": "orders"}, "note": "passed on 4111 1111 1111 1111"}),
        json!({"type": "claim"}),
        json!({"type": "resolve", "reason": "refunded 4111 1111 1111 1111"}),
    ] {
        let mut act = act;
        (act["c"], act["ver"]) = (json!(c), ver);
        let res = agent.call(act).await;
        assert_eq!(res["ok"], true, "{res}");
        ver = res["conversation"]["ver"].clone();
    }
    let all = deskbell::store::Range { after: Seq(0), before: None, limit: 100, side: deskbell::store::Side::First };
    let told = format!("{:?}", server.store.entries(c.parse().unwrap(), all).await.unwrap());
    assert!(!told.contains("4111 1111"), "{told}");
    for words in ["passed on 411111******1111", "refunded 411111******1111"] {
        assert!(told.contains(words), "{words}: {told}");
    }
}
