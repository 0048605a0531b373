//! `deskbell site`, beside the running program.

use serde_json::json;

use crate::durability::program::{Program, deskbell, directory, done, run};
use crate::support::{Client, PATIENCE, request};

async fn upgrade(program: &Program, origin: &str) -> u16 {
    let headers = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA=="),
        ("origin", origin),
    ];
    request(program.address, "GET", "/ws", &headers, "").await.status
}

/// Asks until the answer is this one.
async fn becomes(program: &Program, origin: &str, status: u16) {
    let ask = async { while upgrade(program, origin).await != status {} };
    tokio::time::timeout(PATIENCE, ask).await.unwrap_or_else(|_| panic!("{origin} never got {status}"));
}

#[tokio::test]
async fn a_site_comes_and_goes_beside_a_running_server() {
    let directory = directory();
    let at = directory.path();
    let mut command = std::process::Command::new(crate::durability::program::BINARY);
    command.env("DESKBELL_HTTP__HEADER_MS", "50").env("DESKBELL_SOCKET__TICK_MS", "50");
    let program = Program::start_with(at, command);
    let (shop, www) = ("https://shop.example", "https://www.shop.example");
    assert_eq!(upgrade(&program, shop).await, 403);
    assert_eq!(done(deskbell(at, &["site", "list"])), "");
    done(deskbell(at, &["site", "add", "--name", "shop", "--origin", shop, "--origin", www]));
    becomes(&program, shop, 101).await;
    assert_eq!(upgrade(&program, www).await, 101);
    assert_eq!(upgrade(&program, "https://evil.example").await, 403);
    assert_eq!(done(deskbell(at, &["site", "list"])), format!("shop\t{shop}\nshop\t{www}\n"));
    assert_eq!(run(deskbell(at, &["site", "add", "--name", "shop", "--origin", shop])).0, Some(1));
    done(deskbell(at, &["site", "remove", "--name", "shop", "--origin", www]));
    becomes(&program, www, 403).await;
    assert_eq!(upgrade(&program, shop).await, 101);
    // Whoever is connected from a site that is taken away is shown out.
    let mut client = Client::connect_as(program.address, "/ws", shop).await;
    client.hello(json!({"site": "shop"})).await;
    let mut own = Client::connect(program.address, "/ws", None).await;
    own.hello(json!({})).await;
    done(deskbell(at, &["site", "remove", "--name", "shop"]));
    assert_eq!(client.closed().await, 4503);
    becomes(&program, shop, 403).await;
    own.settle().await;
    assert_eq!(run(deskbell(at, &["site", "remove", "--name", "shop"])).0, Some(1));
    for bad in
        ["*", "null", "shop.example", "https://shop.example/", "https://Shop.example", "https://shop.example:443"]
    {
        let (code, words) = run(deskbell(at, &["site", "add", "--name", "shop", "--origin", bad]));
        assert!(code == Some(2) && words.contains("exact origin"), "{bad}: {words}");
    }
    program.stop();
}
