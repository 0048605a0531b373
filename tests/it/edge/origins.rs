//! Whose pages may open a socket: an exact list, and nobody else.

use crate::support::TestServer;

/// Origins that look like the site `https://shop.example`, or like the server's own, and are not.
const FOREIGN: &[&str] = &[
    "null",
    "",
    "*",
    "file://",
    "about:blank",
    "chrome-extension://abcdefghijklmnop",
    "http://evil.example",
    "https://evil.example",
    "http://shop.example",
    "https://shop.example:444",
    "https://shop.example:443",
    "https://shop.example/",
    "https://shop.example.",
    "https://SHOP.example",
    "HTTPS://shop.example",
    "https://www.shop.example",
    "https://example",
    "https://evilshop.example",
    "https://shop.example.evil.example",
    "https://shop.evil",
    "https://shop-example",
    "https://xn--shp-fna.example",
    "https://sh\u{f6}p.example",
    "https://u:p@shop.example",
    "https://shop.example@evil.example",
    "https://shop.example%2eevil.example",
    "https://shop.example, https://evil.example",
    "https://shop.example https://shop.example",
    "https://shop.example\\@evil.example",
    "wss://shop.example",
    "//shop.example",
    "shop.example",
    "http://localhost",
    "http://127.0.0.1",
    "http://[::1]",
    "http://0.0.0.0",
];

#[tokio::test]
async fn only_an_exact_origin_gets_a_socket() {
    let server = TestServer::with(|c| {
        // What is refused leaves the line open for another request, and this test waits for its end.
        c.http.header_ms = 100;
        c.sites = vec![deskbell::config::Site {
            name: "shop".into(),
            origins: vec!["https://shop.example".into(), "http://staging.shop.example:8443".into()],
            identity: None,
        }];
    })
    .await;
    let own = server.origin();
    let mut foreign: Vec<String> = FOREIGN.iter().map(|o| (*o).to_owned()).collect();
    foreign.extend([
        own.replace("http:", "https:"),
        own.replace("http:", "ws:"),
        own.replace("127.0.0.1", "127.0.0.1.evil.example"),
        own.replace("127.0.0.1", "localhost"),
        own.replace("127.0.0.1", "[::ffff:127.0.0.1]"),
        own.replace("127.0.0.1", "127.1"),
        format!("{own}0"),
        format!("{own}/"),
        format!("{own}.evil.example"),
        own.to_uppercase(),
    ]);
    for path in ["/ws", "/ws/agent"] {
        for bad in &foreign {
            assert_eq!(server.upgrade(path, &[("origin", bad)]).await, 403, "{path} {bad}");
        }
        assert_eq!(server.upgrade(path, &[]).await, 403, "{path}: none");
        assert_eq!(server.upgrade(path, &[("origin", &own), ("origin", &own)]).await, 403, "{path}: two");
        assert_eq!(server.upgrade(path, &[("origin", &own)]).await, 101, "{path}");
    }
    for site in ["https://shop.example", "http://staging.shop.example:8443"] {
        assert_eq!(server.upgrade("/ws", &[("origin", site)]).await, 101, "{site}");
        assert_eq!(
            server.upgrade("/ws/agent", &[("origin", site)]).await,
            403,
            "agents work on the server's own pages"
        );
    }
    // A page that rebinds a name to this address brings its own host with it, and is its own origin there: what it gets is
    // a visitor's socket, as anybody does. The cookie of an agent does not come along, for it is bound to another host.
    assert_eq!(server.upgrade("/ws", &[("host", "evil.example"), ("origin", &own)]).await, 403);
}

#[tokio::test]
async fn behind_a_public_address_only_that_one_is_own() {
    let server = TestServer::with(|c| {
        c.http.header_ms = 200;
        c.public_url = Some("https://chat.example".into());
    })
    .await;
    for (host, origin, status) in [
        ("chat.example", "https://chat.example", 101),
        ("chat.example", "http://chat.example", 403),
        ("chat.example", "https://chat.example:8443", 403),
        ("inner.local:8080", "https://chat.example", 101),
        ("inner.local:8080", "http://inner.local:8080", 403),
    ] {
        assert_eq!(server.upgrade("/ws/agent", &[("host", host), ("origin", origin)]).await, status, "{host} {origin}");
    }
}
