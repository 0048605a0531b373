//! A draft on its way into a real checkout: as a branch, and as a patch.

use std::path::{Path, PathBuf};
use std::process::Command;

use deskbell::config::Follow;
use deskbell::store;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Shop, intents};

const ARTICLE: &str = "---\ntitle: How do I return a lamp?\n---\nSend it back within 30 days.\n";

fn git(folder: &Path, args: &[&str]) -> String {
    let out = Command::new("git")
        .args(["-c", "user.name=Operator", "-c", "user.email=ops@shop.example", "-c", "init.defaultBranch=main"])
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).into_owned()
}

/// A checkout whose content lies in `shop/`, with a hook that would be seen.
fn checkout() -> (TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("shop");
    for (path, text) in [("intents/a.yaml", intents("From eight to eight.")), ("knowledge/old one.md", ARTICLE.into())]
    {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    std::fs::write(root.path().join("README"), "of the whole\n").unwrap();
    git(root.path(), &["init", "-q"]);
    git(root.path(), &["add", "."]);
    git(root.path(), &["commit", "-qm", "begin"]);
    for hook in ["pre-commit", "post-commit", "commit-msg", "reference-transaction", "post-index-change"] {
        let path = root.path().join(".git/hooks").join(hook);
        std::fs::write(&path, format!("#!/bin/sh\ntouch '{}'\n", root.path().join(".git/hooked").display())).unwrap();
        Command::new("chmod").arg("755").arg(&path).status().unwrap();
    }
    (root, folder)
}

/// A server whose content is that of the checkout.
async fn shop(folder: &Path) -> Shop {
    let store = store::open("sqlite::memory:", Path::new(".")).await.unwrap();
    let shop = Shop::on(store, Follow::Folder, Some(folder.to_owned()), &[]).await;
    let (content, files, _) = deskbell::reload::load(folder, None).unwrap();
    let origin = deskbell::desk::Origin { version: content.version.clone(), files: files.into(), release: None };
    shop.server.desk().swap_from(content.into(), origin);
    shop
}

/// A file that changes, one that comes and one that goes; the draft's number.
async fn drafted(shop: &Shop) -> i64 {
    let rev = shop.put(None, "intents/a.yaml", &intents("From ten to six.")).await;
    let rev = shop.put(Some(rev), "knowledge/gift wrap.md", "---\ntitle: Gifts\n---\nWe wrap them.").await;
    let gone = json!({"rev": rev, "path": "knowledge/old one.md", "text": null});
    shop.call("PUT", "/draft/file", gone).await.json()["rev"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_becomes_a_branch_and_nothing_else_moves() {
    let (root, folder) = checkout();
    let shop = shop(&folder).await;
    let rev = drafted(&shop).await;
    let overview = shop.call("GET", "", Value::Null).await.json();
    assert_eq!(overview["git"]["branch"], "main", "{overview}");
    // Something of the operator's is under way.
    std::fs::write(root.path().join("README"), "changed\n").unwrap();
    git(root.path(), &["add", "README"]);
    let index = std::fs::read(root.path().join(".git/index")).unwrap();
    let (head, status) = (git(root.path(), &["rev-parse", "HEAD"]), git(root.path(), &["status", "--porcelain"]));
    let _ = std::fs::remove_file(root.path().join(".git/hooked"));

    let branch = |name: &str| json!({"rev": rev, "name": name, "message": "New hours\n\nAsked 41 times."});
    let made = shop.call("POST", "/branch", branch("new-hours")).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let made = made.json();
    assert_eq!(made["branch"], "deskbell/new-hours");
    let commit = made["commit"].as_str().unwrap();
    let show = |what: &str| git(root.path(), &["show", &format!("deskbell/new-hours:{what}")]);
    assert_eq!(show("shop/intents/a.yaml"), intents("From ten to six."));
    assert_eq!(show("shop/knowledge/gift wrap.md"), "---\ntitle: Gifts\n---\nWe wrap them.");
    assert_eq!(show("README"), "of the whole\n", "nothing of what is under way comes along");
    let told = git(root.path(), &["show", "--no-renames", "--format=%an <%ae>%n%cn%n%P%n%B", "--name-status", commit]);
    let wanted = format!(
        "Anna <eva@shop.example>\nAnna\n{}\nNew hours\n\nAsked 41 times.\n\n\nM\tshop/intents/a.yaml\nA\tshop/knowledge/gift wrap.md\nD\tshop/knowledge/old one.md\n",
        head.trim()
    );
    assert_eq!(told, wanted);
    assert_eq!(std::fs::read(root.path().join(".git/index")).unwrap(), index);
    assert!(!root.path().join(".git/hooked").exists(), "a hook ran");
    assert_eq!(
        (git(root.path(), &["rev-parse", "HEAD"]), git(root.path(), &["status", "--porcelain"])),
        (head, status)
    );
    assert_eq!(shop.draft().await["rev"], rev, "the draft stays");

    assert_eq!(shop.refused("POST", "/branch", branch("new-hours")).await, (409, "exists".to_owned()));
    assert_eq!(git(root.path(), &["rev-parse", "deskbell/new-hours"]).trim(), commit);
    for name in ["--force", "-d", "../main", "a/b", "a b", "a..b", "HEAD", ""] {
        assert_eq!(shop.refused("POST", "/branch", branch(name)).await, (422, "name".to_owned()), "{name}");
    }
    // Of two at once one wins.
    let (one, two) =
        tokio::join!(shop.call("POST", "/branch", branch("at-once")), shop.call("POST", "/branch", branch("at-once")));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_takes_nothing_of_others_back() {
    let (root, folder) = checkout();
    // What is served was changed and not committed.
    std::fs::write(folder.join("intents/a.yaml"), intents("From nine to nine.")).unwrap();
    let shop = shop(&folder).await;
    let rev = drafted(&shop).await;
    let branch = json!({"rev": rev, "name": "late", "message": "why"});
    let refused = shop.call("POST", "/branch", branch.clone()).await;
    assert_eq!((refused.status, &refused.json()["files"]), (409, &json!(["intents/a.yaml"])), "{}", refused.body);
    git(root.path(), &["commit", "-qam", "nine to nine"]);
    assert_eq!(shop.call("POST", "/branch", branch).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_checkout_there_is_no_branch_and_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::start(Follow::Folder, Some(folder.path().to_owned())).await;
    let rev = shop.put(None, "intents/a.yaml", &intents("From ten to six.")).await;
    let branch = json!({"rev": rev, "name": "new-hours", "message": "why"});
    assert_eq!(shop.refused("POST", "/branch", branch).await, (409, "no_checkout".to_owned()));
    assert_eq!(shop.call("GET", "", Value::Null).await.json()["git"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_a_patch_that_git_applies() {
    let (root, folder) = checkout();
    let shop = shop(&folder).await;
    assert_eq!(shop.call("GET", "/draft.patch", Value::Null).await.status, 204);
    drafted(&shop).await;
    let patch = shop.call("GET", "/draft.patch", Value::Null).await;
    assert_eq!(patch.status, 200);
    let file = root.path().join(".git/draft.patch");
    std::fs::write(&file, &patch.body).unwrap();
    git(&folder, &["apply", "--check", file.to_str().unwrap()]);
    git(&folder, &["apply", file.to_str().unwrap()]);
    let read = |path: &str| std::fs::read_to_string(folder.join(path)).unwrap();
    assert_eq!(read("intents/a.yaml"), intents("From ten to six."));
    assert_eq!(read("knowledge/gift wrap.md"), "---\ntitle: Gifts\n---\nWe wrap them.");
    assert!(!folder.join("knowledge/old one.md").exists());
}
