//! What is written down, and that nobody can change it unseen.

use std::path::Path;
use std::process::Command;

use deskbell::desk::Options;
use deskbell::store::{self, Act, By, Note};
use deskbell::types::{Role, Timestamp};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::{ask, audited};
use crate::support::TestServer;

fn deskbell(directory: &Path, args: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deskbell"));
    let output = command.args(args).arg("--data").arg(directory).output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[tokio::test]
async fn what_people_do_is_written_down() {
    let server = TestServer::start().await;
    let cookie = server.person("anna@shop.example", Role::Agent).await;
    let admin = server.person("root@shop.example", Role::Admin).await;
    let mut v = server.visitor().await;
    let c = v.say("i want to complain", None).await["c"].as_str().unwrap().to_owned();
    v.wait(|f| f["kind"] == "handoff").await;
    let mut a = server.agent(&cookie).await;
    let mut ver = a.call(json!({"type": "watch", "view": "waiting"})).await["conversations"][0]["ver"].clone();
    for (act, more) in [
        ("claim", json!({})),
        ("release", json!({"to": "queue"})),
        ("claim", json!({})),
        ("resolve", json!({"reason": "x"})),
    ] {
        let mut frame = json!({"type": act, "c": c, "ver": ver});
        frame.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let res = a.call(frame).await;
        assert_eq!(res["ok"], true, "{res}");
        ver = res["conversation"]["ver"].clone();
    }
    assert_eq!(ask(&server, &admin, "PATCH", "/api/v1/people/a1", &json!({"role": "supervisor"})).await.status, 204);
    ask(&server, &admin, "POST", "/api/v1/logout", &json!({})).await;
    let all = audited(&server).await;
    for wanted in [
        "command person_added a1 agent".to_owned(),
        format!("a1 claimed {c}"),
        format!("a1 released {c}"),
        format!("a1 resolved {c}"),
        "a2 role a1 agent to supervisor".to_owned(),
    ] {
        assert!(all.contains(&wanted), "`{wanted}` is not in {all:#?}");
    }
    for part in ["server started ", "a1 login ", "a2 logout "] {
        assert!(all.iter().any(|row| row.starts_with(part)), "`{part}` is not in {all:#?}");
    }
    let rows = server.store.audit_rows(0, None, 1_000).await.unwrap();
    let chats = ["claimed", "released", "resolved"];
    for row in rows.iter().filter(|r| chats.contains(&r.what.as_str())) {
        assert_eq!(row.address, "127.0.0.1", "{row:?}");
    }
    assert!(!all.iter().any(|row| row.contains("complain") || row.contains("Password")), "no words of visitors");
}

#[tokio::test]
async fn an_admin_reads_it_in_pages() {
    let server = TestServer::start().await;
    let admin = server.person("root@shop.example", Role::Admin).await;
    for n in 0..5 {
        server.store.audit(Note::new(By::command(), Act::Export, n)).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut after = 0;
    loop {
        let path = format!("/api/v1/audit?after={after}&limit=3");
        let page = ask(&server, &admin, "GET", &path, &Value::Null).await.json();
        seen.extend(page["rows"].as_array().unwrap().iter().map(|r| r["n"].as_u64().unwrap()));
        after = *seen.last().unwrap();
        if page["more"] == false {
            break;
        }
    }
    assert_eq!(seen, (1..=seen.len() as u64).collect::<Vec<_>>());
    assert!(seen.len() >= 7, "{seen:?}");

    // The same from the newest on.
    let (mut back, mut before) = (Vec::new(), u64::MAX);
    loop {
        let path = format!("/api/v1/audit?before={before}&limit=3");
        let page = ask(&server, &admin, "GET", &path, &Value::Null).await.json();
        back.extend(page["rows"].as_array().unwrap().iter().map(|r| r["n"].as_u64().unwrap()));
        before = *back.last().unwrap();
        if page["more"] == false {
            break;
        }
    }
    back.reverse();
    assert_eq!(back, seen);
    let both = ask(&server, &admin, "GET", "/api/v1/audit?before=5&after=1", &Value::Null).await;
    assert_eq!(both.status, 400, "{}", both.body);
    let none = ask(&server, &admin, "GET", "/api/v1/audit?before=1", &Value::Null).await.json();
    assert_eq!((&none["rows"], &none["more"]), (&json!([]), &json!(false)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_was_changed_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path();
    let head = {
        let store = store::open("sqlite:", data).await.unwrap();
        let server = TestServer::on(store, Options::default(), |_| {}).await;
        server.person("anna@shop.example", Role::Agent).await;
        for n in 0..20 {
            server.store.audit(Note::new(By::command(), Act::Erase, n)).await.unwrap();
        }
        let (code, said) = deskbell(data, &["audit", "--verify"]);
        assert_eq!(code, Some(0), "{said}");
        let said: Value = serde_json::from_str(&said).unwrap();
        assert!(said["rows"].as_u64().unwrap() >= 23, "{said}");
        server.shutdown.cancel();
        let _ = server.running.await;
        said["head"].as_str().unwrap().to_owned()
    };
    let (code, lines) = deskbell(data, &["audit", "--since", "1d"]);
    assert_eq!(code, Some(0));
    let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!(
        (last["what"].as_str(), last["on"].as_str(), last["hash"].as_str()),
        (Some("erase"), Some("19"), Some(&*head))
    );
    let c = Connection::open(data.join("deskbell.db")).unwrap();
    for refused in [
        "UPDATE audit SET who = 'nobody' WHERE n = 5",
        "DELETE FROM audit WHERE n = 5",
        "INSERT OR REPLACE INTO audit SELECT 5, at, 'nobody', what, matter, detail, address, prev, hash FROM audit WHERE n = 5",
        "INSERT INTO audit SELECT n + 100, at, who, what, matter, detail, address, prev, hash FROM audit WHERE n = 5",
    ] {
        assert!(c.execute(refused, []).is_err(), "{refused}");
    }
    assert_eq!(deskbell(data, &["audit", "--verify", "--expect", &head]).0, Some(0));
    // Whoever owns the file can take the triggers away, but not the hashes.
    c.execute_batch(
        "DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_shortened; DROP TRIGGER audit_only_grows",
    )
    .unwrap();
    for (tampered, undo, words) in [
        ("UPDATE audit SET detail = 'x' WHERE n = 5", "UPDATE audit SET detail = '' WHERE n = 5", "it was changed"),
        ("UPDATE audit SET at = at + 1 WHERE n = 6", "UPDATE audit SET at = at - 1 WHERE n = 6", "it was changed"),
        ("UPDATE audit SET prev = zeroblob(32) WHERE n = 7", "", "another one"),
    ] {
        c.execute(tampered, []).unwrap();
        let (code, said) = deskbell(data, &["audit", "--verify"]);
        assert_eq!(code, Some(1), "{tampered}: {said}");
        assert!(said.contains(words), "{tampered}: {said}");
        if !undo.is_empty() {
            c.execute(undo, []).unwrap();
        }
    }
    c.execute("UPDATE audit SET prev = (SELECT hash FROM audit WHERE n = 6) WHERE n = 7", []).unwrap();
    assert_eq!(deskbell(data, &["audit", "--verify"]).0, Some(0), "all is as it was");
    c.execute("DELETE FROM audit WHERE n = (SELECT max(n) FROM audit)", []).unwrap();
    assert_eq!(deskbell(data, &["audit", "--verify"]).0, Some(0), "a shorter chain is a chain");
    assert_eq!(deskbell(data, &["audit", "--verify", "--expect", &head]).0, Some(1));
    c.execute("DELETE FROM audit WHERE n = 9", []).unwrap();
    assert_eq!(deskbell(data, &["audit", "--verify"]).0, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn old_rows_go_and_the_rest_is_still_proven() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path();
    let store = store::open("sqlite:", data).await.unwrap();
    let day = |n: i64| Timestamp(n * 86_400_000);
    for n in 1..=10 {
        store.audit(Note::server(day(n), Act::Content, n)).await.unwrap();
    }
    assert_eq!(store.expire_audit(day(1), day(11)).await.unwrap(), 0);
    assert_eq!(store.expire_audit(day(5), day(11)).await.unwrap(), 4);
    assert_eq!(store.expire_audit(day(8), day(12)).await.unwrap(), 3);
    let rows = store.audit_rows(0, None, 100).await.unwrap();
    assert_eq!((rows[0].n, rows.last().unwrap().what.as_str()), (8, "audit_expired"));
    let (n, hash) = store.audit_anchor().await.unwrap().unwrap();
    assert_eq!((n, hash), (7, rows[0].prev));
    let (code, said) = deskbell(data, &["audit", "--verify"]);
    assert_eq!(code, Some(0), "{said}");
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((said["rows"].as_u64(), said["deleted"].as_u64()), (Some(12), Some(7)));
    let c = Connection::open(data.join("deskbell.db")).unwrap();
    for refused in [
        "DELETE FROM audit WHERE n = 8",
        "DELETE FROM audit_anchor",
        "UPDATE audit_anchor SET n = 3",
        "UPDATE audit_anchor SET hash = zeroblob(32), n = 9",
    ] {
        assert!(c.execute(refused, []).is_err(), "{refused}");
    }
    // Whoever owns the file can take the triggers away.
    c.execute_batch(
        "CREATE TEMP TABLE kept AS SELECT * FROM audit; CREATE TEMP TABLE kept_anchor AS SELECT * FROM audit_anchor;
         DROP TRIGGER audit_is_not_shortened; DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_anchor_is_not_changed;
         DROP TRIGGER audit_anchor_stays; DROP TRIGGER audit_anchor_is_a_row; DROP TRIGGER audit_only_grows",
    )
    .unwrap();
    let verify = || deskbell(data, &["audit", "--verify"]);
    for (tampered, words) in [
        ("UPDATE audit_anchor SET n = 4", "is missing"),
        ("UPDATE audit_anchor SET n = 4, hash = zeroblob(32)", "is missing"),
        (
            "UPDATE audit_anchor SET n = 8, hash = (SELECT hash FROM audit WHERE n = 8); DELETE FROM audit WHERE n = 9",
            "is missing",
        ),
        ("UPDATE audit_anchor SET hash = zeroblob(32)", "another one"),
        ("DELETE FROM audit_anchor", "is missing"),
        ("UPDATE audit SET matter = 'x' WHERE n = 8", "row 8 of the audit table: it was changed"),
        ("UPDATE audit SET at = at - 1 WHERE n = 12", "row 12 of the audit table: it was changed"),
        ("UPDATE audit SET hash = zeroblob(32) WHERE n = 8", "row 8 of the audit table: it was changed"),
        // A row that was deleted with age, said anew in front of those that are left: nobody reads what is behind the anchor.
        ("UPDATE audit SET n = 7 WHERE n = 8", "row 9 of the audit table: a row is missing"),
    ] {
        c.execute_batch(&format!("SAVEPOINT one; {tampered}; RELEASE one")).unwrap();
        let (code, said) = verify();
        assert_eq!(code, Some(1), "{tampered}: {said}");
        assert!(said.contains(words), "{tampered}: {said}");
        c.execute_batch(
            "DELETE FROM audit; DELETE FROM audit_anchor; INSERT INTO audit SELECT * FROM kept;
             INSERT INTO audit_anchor SELECT * FROM kept_anchor",
        )
        .unwrap();
        assert_eq!(verify().0, Some(0), "all is as it was after {tampered}");
    }
    c.execute("DELETE FROM audit WHERE n = 8", []).unwrap();
    assert_eq!(deskbell(data, &["audit", "--verify"]).0, Some(1), "more is missing than the anchor tells");
}
