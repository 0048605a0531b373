//! What editors work with: releases, the shared draft, branches and patches.

mod checkout;
mod draft;
mod program;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use deskbell::config::Follow;
use deskbell::desk::Options;
use deskbell::reload::{self, LastGood};
use deskbell::store::{self, Store};
use deskbell::types::Role;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Answer, Client, TestServer};

/// The file of the usual server's intents, with another answer.
fn intents(hours: &str) -> String {
    format!(
        "intents:\n  - id: opening-hours\n    title: When are you open?\n    examples: [when are you open, what are your opening hours]\n    answer: {hours}\n    expect: [when do you open]\n"
    )
}

/// A server with an editor.
struct Shop {
    server: TestServer,
    cookie: String,
    _data: TempDir,
}

impl Shop {
    async fn start(follow: Follow, folder: Option<PathBuf>) -> Self {
        let store = store::open("sqlite::memory:", Path::new(".")).await.unwrap();
        Self::on(store, follow, folder, &[]).await
    }

    async fn on(store: Arc<dyn Store>, follow: Follow, folder: Option<PathBuf>, more: &[(&str, &str)]) -> Self {
        let follows_releases = follow == Follow::Releases;
        let options =
            Options { crowded_after: std::time::Duration::ZERO, follows_releases, folder, ..Options::default() };
        let server = TestServer::of(store, options, more, |config| config.follow = follow).await;
        let data = tempfile::tempdir().unwrap();
        if follows_releases {
            let desk = server.desk();
            let in_force = (desk.content(), desk.origin().unwrap().files.clone());
            let last_good = LastGood::in_data(data.path());
            tokio::spawn(reload::follow(None, in_force, last_good, desk, server.shutdown.clone()));
        }
        let cookie = server.person("eva@shop.example", Role::Editor).await;
        Self { server, cookie, _data: data }
    }

    async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        let origin = self.server.origin();
        let headers = [
            ("connection", "close"),
            ("origin", origin.as_str()),
            ("content-type", "application/json"),
            ("cookie", self.cookie.as_str()),
        ];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.server.request(method, &format!("/api/v1/workshop{path}"), &headers, &body).await
    }

    /// What is refused, by status and code.
    async fn refused(&self, method: &str, path: &str, body: Value) -> (u16, String) {
        let answer = self.call(method, path, body).await;
        let code = answer.json()["code"].as_str().unwrap_or_default().to_owned();
        (answer.status, code)
    }

    /// Puts a file into the draft; its new number.
    async fn put(&self, rev: Option<i64>, path: &str, text: &str) -> i64 {
        let answer = self.call("PUT", "/draft/file", json!({"rev": rev, "path": path, "text": text})).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["rev"].as_i64().unwrap()
    }

    async fn draft(&self) -> Value {
        let answer = self.call("GET", "/draft", Value::Null).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    /// How often a content was compiled to go live.
    async fn compiled(&self) -> u64 {
        let figures =
            crate::support::request(self.server.admin, "GET", "/metrics", &[("connection", "close")], "").await.body;
        figure(&figures, "content_compile_total")
    }

    /// Asks until it is answered so; the version that the answer names.
    async fn answers(&self, visitor: &mut Client, c: Option<&str>, text: &str) -> String {
        answers(visitor, c, text).await
    }
}

fn figure(figures: &str, name: &str) -> u64 {
    let line = figures.lines().find(|l| l.split([' ', '{']).next() == Some(name));
    line.and_then(|l| l.rsplit(' ').next()).and_then(|n| n.parse().ok()).unwrap_or_else(|| panic!("{figures}"))
}

/// Asks for the opening hours until the answer is this; the version that it names.
async fn answers(visitor: &mut Client, c: Option<&str>, wanted: &str) -> String {
    let ask = async {
        loop {
            let start = visitor.frames.len();
            let ack = visitor.say("when are you open?", c).await;
            assert_eq!(ack["type"], "ack", "{ack}");
            let answer = visitor.wait_from(start, |f| f["kind"] == "answer").await;
            if answer["body"]["text"].as_str().is_some_and(|t| t.contains(wanted)) {
                return answer["body"]["content_version"].as_str().unwrap().to_owned();
            }
        }
    };
    tokio::time::timeout(crate::support::PATIENCE, ask).await.unwrap_or_else(|_| panic!("never answered {wanted}"))
}
