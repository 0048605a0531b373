//! What visitors asked in vain: over real HTTP, and from a visitor's socket to an edited file and back with the real
//! program.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use deskbell::store::By;
use deskbell::types::Role;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Answer, Client, PATIENCE, TestServer, cmid};

const GAPS: &str = "/api/v1/workshop/gaps";

/// More than the small shop of the tests knows, so that it can tell what it does not know.
const LAMPS: &str = "intents:
  - id: order-status
    title: Where is my order?
    examples: # as visitors write it
      - where is my parcel
      - when will my parcel arrive
      - has my parcel left yet
      - is my parcel on its way
    answer: On its way.
  - id: bulbs
    title: Light bulbs
    examples: [which bulb fits, what bulb do i need, is a bulb included, can i use led bulbs]
    answer: E27.
";

const WRAP: [&str; 3] = ["do you offer gift wrapping", "can you wrap it as a gift", "is gift wrapping possible"];

async fn call(server: &TestServer, cookie: &str, method: &str, path: &str, body: &Value) -> Answer {
    let origin = server.origin();
    let headers = [
        ("origin", origin.as_str()),
        ("content-type", "application/json"),
        ("cookie", cookie),
        ("connection", "close"),
    ];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    server.request(method, path, &headers, &body).await
}

/// A visitor asks, and the bot says something.
async fn ask(mut visitor: Client, text: &str) -> Client {
    visitor.say(text, None).await;
    visitor.wait(|f| f["type"] == "ev" && f["from"]["kind"] == "bot").await;
    visitor
}

async fn gaps(server: &TestServer, cookie: &str, more: &str) -> Value {
    let answer = server.get_as(cookie, &format!("{GAPS}{more}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

#[tokio::test]
async fn editors_see_what_was_asked_in_vain_and_set_it_aside() {
    let server = TestServer::with_content(&[("intents/lamps.yaml", LAMPS)]).await;
    let editor = server.person("ed@shop.example", Role::Editor).await;
    for text in WRAP {
        ask(server.visitor().await, text).await;
    }
    let listed = gaps(&server, &editor, "").await;
    assert_eq!((&listed["days"], &listed["questions"], &listed["in_vain"]), (&json!(28), &json!(3), &json!(3)));
    let clusters = listed["clusters"].as_array().unwrap();
    assert_eq!(clusters.len(), 1, "{listed:#}");
    assert_eq!(
        (&clusters[0]["size"], &clusters[0]["visitors"], &clusters[0]["texts_total"]),
        (&json!(3), &json!(3), &json!(3))
    );
    assert_eq!(clusters[0]["trend"].as_array().unwrap()[7], 3);
    let id = clusters[0]["id"].as_str().unwrap();
    // Asked once more: seen at the next look, or when the one before has had its time.
    ask(server.visitor().await, WRAP[0]).await;
    let path = format!("{GAPS}/{id}/ignore");
    let number = call(&server, &editor, "POST", &path, &json!({})).await;
    assert_eq!(number.status, 201, "{}", number.body);
    let after = gaps(&server, &editor, "").await;
    assert_eq!((after["clusters"].as_array().unwrap().len(), &after["ignored_questions"]), (0, &json!(4)), "{after:#}");
    let ignored = after["ignored"].as_array().unwrap();
    assert!(ignored[0]["text"].as_str().unwrap().contains(WRAP[1]), "{after:#}");
    assert_eq!(call(&server, &editor, "POST", &path, &json!({})).await.status, 404, "it is hidden now");
    // Other words of the same meaning come later.
    ask(server.visitor().await, "please wrap it as a gift").await;
    ask(server.visitor().await, "DO YOU OFFER GIFT WRAPPING??").await;
    let back = format!("/api/v1/workshop/ignored/{}", number.json()["id"]);
    assert_eq!(call(&server, &editor, "DELETE", &back, &Value::Null).await.status, 204);
    assert_eq!(call(&server, &editor, "DELETE", &back, &Value::Null).await.status, 404);
    let again = gaps(&server, &editor, "?days=1&show=open").await;
    assert_eq!(
        (again["clusters"].as_array().unwrap().len(), &again["clusters"][0]["size"]),
        (1, &json!(6)),
        "{again:#}"
    );
    assert!(gaps(&server, &editor, "?show=ignored").await["clusters"].as_array().unwrap().is_empty());
    for bad in ["?days=0", "?days=367", "?show=all", "?since=1"] {
        assert_eq!(server.get_as(&editor, &format!("{GAPS}{bad}")).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn what_was_asked_in_vain_goes_into_the_draft() {
    let server = TestServer::with_content(&[("intents/lamps.yaml", LAMPS)]).await;
    let editor = server.person("ed@shop.example", Role::Editor).await;
    for text in WRAP {
        ask(server.visitor().await, text).await;
    }
    let listed = gaps(&server, &editor, "").await;
    assert_eq!(listed["clusters"][0]["drafted"], Value::Null);
    let path = |deed: &str| format!("{GAPS}/{}/{deed}", listed["clusters"][0]["id"].as_str().unwrap());
    let add = |rev: Value, to: &str, texts: &[&str]| json!({"rev": rev, "to": to, "texts": texts});
    let done = call(&server, &editor, "POST", &path("add"), &add(Value::Null, "bulbs", &WRAP[..2])).await;
    assert_eq!(done.status, 200, "{}", done.body);
    let rev = done.json()["rev"].clone();
    assert_eq!(
        (&done.json()["draft"]["rev"], &done.json()["draft"]["files"][0]["path"]),
        (&rev, &json!("intents/lamps.yaml"))
    );
    let texts = |draft: &Value, op: &str| -> Vec<String> {
        let diff = draft["files"][0]["diff"].as_array().unwrap().iter().filter(|l| l["op"] == op);
        diff.map(|l| l["text"].as_str().unwrap().trim_end().to_owned()).collect()
    };
    let flow = "    examples: [which bulb fits, what bulb do i need, is a bulb included, can i use led bulbs";
    assert_eq!(texts(&done.json()["draft"], "del"), [format!("{flow}]")]);
    assert_eq!(texts(&done.json()["draft"], "add"), [format!("{flow}, {}, {}]", WRAP[0], WRAP[1])]);
    assert_eq!(gaps(&server, &editor, "").await["clusters"][0]["drafted"], json!({"id": "bulbs"}));
    // Somebody who has not seen that draft.
    let late = call(&server, &editor, "POST", &path("add"), &add(Value::Null, "order-status", &["x"])).await;
    assert_eq!(late.status, 409, "{}", late.body);
    let wrap = |id: &str| json!({"rev": rev, "id": id, "title": "Gift wrapping", "texts": [WRAP[2]], "answer": {"en": "We do."}, "file": "intents/new.yaml"});
    for (body, deed, words) in [
        (add(rev.clone(), "no-such", &["x"]), "add", "there is no intent or article `no-such`"),
        (add(rev.clone(), "bulbs", &[WRAP[0]]), "add", "stands there already"),
        (wrap("bulbs"), "new", "the id `bulbs` is taken"),
        (wrap("Not so"), "new", "an id has lower-case letters"),
    ] {
        let refused = call(&server, &editor, "POST", &path(deed), &body).await;
        assert_eq!((refused.status, &refused.json()["code"]), (422, &json!("refused")), "{}", refused.body);
        assert!(refused.json()["message"].as_str().unwrap().contains(words), "{}", refused.body);
    }
    let article =
        call(&server, &editor, "POST", &path("add"), &add(rev.clone(), "returns/how", &["can i return it"])).await;
    assert_eq!(article.status, 200, "{}", article.body);
    let mut new = wrap("gift-wrap");
    new["rev"] = article.json()["rev"].clone();
    let done = call(&server, &editor, "POST", &path("new"), &new).await;
    assert_eq!(done.status, 200, "{}", done.body);
    let files: Vec<Value> =
        done.json()["draft"]["files"].as_array().unwrap().iter().map(|f| f["path"].clone()).collect();
    assert_eq!(files, ["intents/lamps.yaml", "intents/new.yaml", "knowledge/returns/how.md"]);
    assert_eq!(
        call(
            &server,
            &editor,
            "POST",
            &path("new"),
            &json!({"rev": 1, "id": "x", "texts": ["x"], "answer": {"?": "x"}})
        )
        .await
        .status,
        400
    );
}

#[tokio::test]
async fn thumbs_down_count_and_erased_visitors_are_gone() {
    let server = TestServer::with_content(&[("intents/lamps.yaml", LAMPS)]).await;
    let editor = server.person("ed@shop.example", Role::Editor).await;
    let mut visitor = server.visitor().await;
    let c = visitor.say("where is my parcel", None).await["c"].as_str().unwrap().to_owned();
    let answer = visitor.wait(|f| f["kind"] == "answer").await;
    assert!(gaps(&server, &editor, "").await["clusters"].as_array().unwrap().is_empty(), "answered well");
    let thumb = cmid();
    let body = json!({"score": 1, "about": answer["seq"]});
    visitor.send(json!({"type": "send", "c": c, "cmid": thumb, "kind": "rating", "body": body})).await;
    visitor.wait(|f| f["type"] == "ack" && f["cmid"] == thumb.as_str()).await;
    // A look at another span is a look of its own.
    let listed = gaps(&server, &editor, "?days=2").await;
    assert_eq!(listed["clusters"][0]["signals"]["thumbs_down"], 1, "{listed:#}");
    let data = server.store.state(c.parse().unwrap()).await.unwrap().unwrap();
    server.store.erase_visitor(data.visitor, By::command()).await.unwrap().unwrap();
    assert!(gaps(&server, &editor, "?days=3").await["clusters"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn words_of_few_visitors_are_for_those_who_may_read_chats() {
    let store = deskbell::store::open("sqlite::memory:", std::path::Path::new(".")).await.unwrap();
    let options = deskbell::desk::Options { crowded_after: std::time::Duration::ZERO, ..Default::default() };
    let server = TestServer::of(store, options, &[("intents/lamps.yaml", LAMPS)], |c| c.privacy.gap_visitors = 2).await;
    let editor = server.person("ed@shop.example", Role::Editor).await;
    let admin = server.person("root@shop.example", Role::Admin).await;
    ask(server.visitor().await, "do you engrave names, mine is anna@mail.example").await;
    let of_editor = gaps(&server, &editor, "").await;
    assert_eq!(
        (&of_editor["clusters"][0]["visitors"], of_editor["clusters"][0]["samples"].as_array().unwrap().len()),
        (&json!(1), 0)
    );
    assert!(!of_editor.to_string().contains("engrave"), "{of_editor:#}");
    let of_admin = gaps(&server, &admin, "").await;
    let text = of_admin["clusters"][0]["samples"][0]["text"].as_str().unwrap();
    assert_eq!(text, "do you engrave names, mine is [e-mail]", "redacted for everybody");
}

/// The real program with content and data in a directory of its own.
struct Home {
    folder: TempDir,
    server: Option<Child>,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("content/intents")).unwrap();
        fs::write(folder.path().join("content/intents/lamps.yaml"), LAMPS).unwrap();
        Self { folder, server: None }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_deskbell"));
        command.stdin(Stdio::null());
        command
    }

    fn serve(&mut self) -> SocketAddr {
        self.stop();
        let mut child = self
            .command()
            .args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--content"])
            .arg(self.path("content"))
            .arg("--data")
            .arg(self.path("data"))
            .env("DESKBELL_HTTP__DRAIN_MS", "50")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        self.server = Some(child);
        first.trim().strip_prefix("listening on http://").and_then(|a| a.parse().ok()).expect("it started")
    }

    /// `deskbell gaps` on content and data.
    fn gaps(&self, arguments: &[&str]) -> Output {
        let mut command = self.command();
        command
            .arg("gaps")
            .args(arguments)
            .arg("--content")
            .arg(self.path("content"))
            .arg("--data")
            .arg(self.path("data"));
        command.output().unwrap()
    }

    fn ok(&self, arguments: &[&str]) -> String {
        let done = self.gaps(arguments);
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.ok(&["--format", "json"])).unwrap()
    }

    fn stop(&mut self) {
        if let Some(mut child) = self.server.take() {
            let _ = Command::new("kill").arg(child.id().to_string()).status();
            let _ = child.wait();
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn visitor(address: SocketAddr) -> Client {
    let mut visitor = Client::connect(address, "/ws", None).await;
    visitor.hello(json!({})).await;
    visitor
}

#[tokio::test]
async fn a_gap_is_closed_from_the_command_line() {
    let mut home = Home::new();
    let address = home.serve();
    for text in WRAP {
        ask(visitor(address).await, text).await;
    }
    ask(visitor(address).await, "do you sell solar panels").await;
    let listed = home.json();
    let clusters = listed["clusters"].as_array().unwrap();
    assert_eq!(clusters.len(), 2, "{listed:#}");
    let (wrap, solar) = (clusters[0]["id"].as_str().unwrap(), clusters[1]["id"].as_str().unwrap());
    assert_eq!((&clusters[0]["visitors"], &clusters[1]["visitors"]), (&json!(3), &json!(1)));
    let text = home.ok(&[]);
    assert!(text.contains(&format!("{wrap}  3 visitors, 3 questions")) && text.contains("  1  "), "{text}");

    // Ignored for good: also when it is asked again, and after a restart.
    home.ok(&["--ignore", solar]);
    ask(visitor(address).await, "Do you sell solar panels?").await;
    let address = home.serve();
    ask(visitor(address).await, "are solar panels sold by you").await;
    assert_eq!(home.json()["clusters"].as_array().unwrap().len(), 1, "{:#}", home.json());
    assert!(home.ok(&["--ignored"]).contains("do you sell solar panels"));
    assert_eq!(home.gaps(&["--ignore", solar]).status.code(), Some(1));

    // Two texts become examples; the file keeps everything else.
    let diff = home.ok(&["--add", wrap, "--to", "order-status", "--text", "1,2"]);
    assert_eq!(diff.lines().filter(|l| l.starts_with('+') && !l.starts_with("+++")).count(), 2, "{diff}");
    let file = fs::read_to_string(home.path("content/intents/lamps.yaml")).unwrap();
    let added: Vec<&str> = file.lines().filter(|l| !LAMPS.lines().any(|old| old == *l)).collect();
    assert_eq!(added.len(), 2, "{file}");
    let kept: Vec<&str> = file.lines().filter(|l| !added.contains(l)).collect();
    assert_eq!(kept, LAMPS.lines().collect::<Vec<_>>(), "comment and order stay");
    fs::write(home.path("content/intents/lamps.yaml"), LAMPS).unwrap();

    // A new intent answers it: the running server takes the folder up, and the gap is gone.
    home.ok(&["--new", wrap, "--id", "gift-wrap", "--answer", "We do: for 2 €.", "--title", "Gift wrapping"]);
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let mut one = visitor(address).await;
        one.say(WRAP[2], None).await;
        let said = one.wait(|f| f["type"] == "ev" && f["from"]["kind"] == "bot").await;
        if said["kind"] == "answer" && said["body"]["id"] == "gift-wrap" {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "the server never took it up: {said:#}");
    }
    let after = home.json();
    assert!(after["clusters"].as_array().unwrap().is_empty(), "{after:#}");

    // What is refused changes nothing.
    let before = fs::read(home.path("content/intents/lamps.yaml")).unwrap();
    home.ok(&["--restore", "1"]);
    for (arguments, code) in [
        (&["--add", solar, "--to", "bulb"][..], 1),
        (&["--add", "ffffffff", "--to", "bulbs"], 1),
        (&["--add", solar, "--to", "bulbs", "--text", "9"], 2),
        (&["--new", solar, "--id", "bulbs", "--answer", "x"], 2),
        (&["--new", solar, "--id", "Solar", "--answer", "x"], 2),
        (&["--new", solar, "--id", "solar", "--answer", "x", "--file", "../solar.yaml"], 2),
        (&["--restore", "1"], 1),
        (&["--since", "soon"], 2),
    ] {
        let done = home.gaps(arguments);
        assert_eq!(done.status.code(), Some(code), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    }
    assert_eq!(fs::read(home.path("content/intents/lamps.yaml")).unwrap(), before);
}
