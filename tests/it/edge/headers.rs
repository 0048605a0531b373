//! What every answer tells browsers, and what keeps other pages from acting in an agent's name.

use deskbell::types::Role;
use serde_json::json;

use crate::support::{Answer, TestServer};

/// Every route there is: those of the description, and the pages.
async fn routes(server: &TestServer) -> Vec<(String, String)> {
    let described = server.get("/api/v1/openapi.json").await.json();
    let mut all: Vec<(String, String)> = Vec::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            all.push((method.to_uppercase(), path.replace("{c}", &"0".repeat(32))));
        }
    }
    assert!(all.len() >= 6, "{all:?}");
    let sources = [
        include_str!("../../../src/http/assets.rs"),
        include_str!("../../../src/http/help.rs"),
        include_str!("../../../src/http/upgrade.rs"),
        include_str!("../../../src/http/api.rs"),
        include_str!("../../../src/http/auth.rs"),
    ];
    let paths = sources.iter().flat_map(|s| s.split(".route(\"").skip(1)).filter_map(|s| s.split('"').next());
    for path in paths.filter(|p| !p.starts_with("/api/v1/")) {
        // Each part that may be anything is something that is there, and something that is not.
        for part in ["panel.js", "index.html", "app.js", "returns/how", "nothing"] {
            all.push(("GET".to_owned(), path.replace("{*path}", part).replace("{*id}", part).replace("{*rest}", part)));
        }
    }
    all.push(("GET".to_owned(), "/nothing/at/all".to_owned()));
    all.sort();
    all.dedup();
    assert!(all.len() >= 30, "{all:?}");
    all
}

fn directive<'a>(csp: &'a str, name: &str) -> Option<&'a str> {
    csp.split(';').map(str::trim).find_map(|d| d.strip_prefix(name).filter(|r| r.is_empty() || r.starts_with(' ')))
}

fn check(what: &str, path: &str, answer: &Answer, https: bool) {
    let header = |name: &str| {
        let all: Vec<_> = answer.headers.iter().filter(|(n, _)| n == name).collect();
        assert!(all.len() <= 1, "{what}: {name} twice");
        all.first().map(|(_, v)| v.as_str())
    };
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(header(name), Some(value), "{what}: {name}");
    }
    // The one page for frames names who may hold it in its policy.
    let framed = path == "/embed" && answer.status == 200;
    assert_eq!(header("x-frame-options"), (!framed).then_some("DENY"), "{what}");
    assert!(header("cache-control").is_some() && header("permissions-policy").is_some(), "{what}");
    assert_eq!(header("server"), None, "{what}");
    let hsts = header("strict-transport-security");
    assert_eq!(hsts, https.then_some("max-age=31536000"), "{what}");
    // Only what any page may load is for other origins; no answer to a cookie ever is.
    let shared = ["/widget.js", "/widget.json", "/api/v1/help"].contains(&path)
        || ["/widget/", "/api/v1/help/"].iter().any(|p| path.starts_with(p));
    let open = header("access-control-allow-origin") == Some("*");
    assert!(open || header("access-control-allow-origin").is_none(), "{what}");
    assert!(shared || !open, "{what}");
    assert!(open || !shared || answer.status >= 400, "{what}");
    let policy = if open { "cross-origin" } else { "same-origin" };
    assert_eq!(header("cross-origin-resource-policy"), Some(policy), "{what}");
    assert_eq!(header("access-control-allow-credentials"), None, "{what}");

    let csp = header("content-security-policy").unwrap_or_else(|| panic!("{what}: no policy"));
    for (name, value) in [
        ("default-src", " 'none'"),
        ("base-uri", " 'none'"),
        ("form-action", " 'none'"),
        ("frame-ancestors", if framed { " 'self'" } else { " 'none'" }),
    ] {
        assert_eq!(directive(csp, name), Some(value), "{what}: {csp}");
    }
    assert!(!csp.contains("unsafe") && !csp.contains('*') && !csp.contains("nonce"), "{what}: {csp}");
    let page = header("content-type").is_some_and(|t| t.starts_with("text/html"));
    if let Some(scripts) = directive(csp, "script-src") {
        assert_eq!(scripts, " 'self'", "{what}");
        assert_eq!(directive(csp, "require-trusted-types-for"), Some(" 'script'"), "{what}");
        assert_eq!(directive(csp, "trusted-types"), Some(" 'none'"), "{what}");
    }
    if page {
        assert_eq!(directive(csp, "object-src"), Some(" 'none'"), "{what}: {csp}");
        for inline in ["<style", "style=\"", " onclick=", " onload=", "javascript:"] {
            assert!(!answer.body.contains(inline), "{what}: {inline}");
        }
        for script in answer.body.split("<script").skip(1) {
            let (tag, rest) = script.split_once('>').unwrap();
            assert!(tag.contains("src=") && rest.trim_start().starts_with("</script"), "{what}: a script in the page");
        }
    }
}

#[tokio::test]
async fn every_answer_of_every_route_is_guarded() {
    let server = TestServer::start().await;
    let secure = TestServer::with(|c| c.public_url = Some("https://chat.example".into())).await;
    for (method, path) in routes(&server).await {
        for (server, https) in [(&server, false), (&secure, true)] {
            for (m, headers) in [
                (method.as_str(), vec![]),
                (method.as_str(), vec![("origin", "https://evil.example"), ("cookie", "deskbell=x")]),
                ("OPTIONS", vec![("origin", "https://evil.example"), ("access-control-request-method", "POST")]),
                ("DELETE", vec![]),
            ] {
                let all = [vec![("connection", "close")], headers].concat();
                let answer = server.request(m, &path, &all, "").await;
                check(&format!("{m} {path} {}", answer.status), &path, &answer, https);
                if m == "OPTIONS" || m == "DELETE" {
                    assert!(answer.status >= 400, "{m} {path}: {}", answer.status);
                }
            }
        }
    }
    // What is refused before a route sees it, too.
    let refused = server.request("GET", "/", &[("connection", "close"), ("transfer-encoding", "chunked")], "").await;
    check("refused", "/", &refused, false);
}

#[tokio::test]
async fn other_pages_change_nothing_in_an_agents_name() {
    let server = TestServer::start().await;
    let cookie = server.person("anna@shop.example", Role::Agent).await;
    let good = json!({"email": "anna@shop.example", "password": "correct horse"}).to_string();
    let form = "email=anna%40shop.example&password=correct+horse";
    let same = ("sec-fetch-site", "same-origin");
    // (headers beside the cookie, body, status of a login, status of a logout)
    let own = server.origin();
    for (headers, body, login, logout) in [
        (vec![("origin", "https://evil.example")], good.as_str(), 403, 403),
        (vec![("origin", "null")], &good, 403, 403),
        (vec![("origin", "")], &good, 403, 403),
        (vec![("origin", ""), ("sec-fetch-site", "cross-site")], &good, 403, 403),
        (vec![("origin", ""), ("sec-fetch-site", "same-site")], &good, 403, 403),
        (vec![("origin", ""), ("sec-fetch-site", "none")], &good, 403, 403),
        (vec![("origin", "https://evil.example"), same], &good, 403, 403),
        (vec![("origin", ""), ("referer", &own)], &good, 403, 403),
        (vec![("origin", &own), ("content-type", "text/plain")], &good, 415, 415),
        (vec![("origin", &own), ("content-type", "application/x-www-form-urlencoded")], form, 415, 415),
        (vec![("origin", &own), ("content-type", "multipart/form-data; boundary=x")], "--x--", 415, 415),
        (vec![("origin", &own), ("content-type", "")], &good, 415, 415),
        (vec![("origin", &own), ("content-type", "text/json")], &good, 415, 415),
    ] {
        let all = [headers.clone(), vec![("cookie", cookie.as_str())]].concat();
        assert_eq!(server.post("/api/v1/login", &all, body).await.status, login, "login {headers:?}");
        assert_eq!(server.post("/api/v1/logout", &all, body).await.status, logout, "logout {headers:?}");
        let me = server.get_as(&cookie, "/api/v1/me").await;
        assert_eq!(me.status, 200, "{headers:?} ended the session");
    }
    assert_eq!(server.post("/api/v1/logout", &[("cookie", &cookie)], "{}").await.status, 204);
    let me = server.get_as(&cookie, "/api/v1/me").await;
    assert_eq!(me.status, 401);
}

#[tokio::test]
async fn the_cookie_is_for_this_host_and_no_script() {
    for (public, name, secure) in [(None, "deskbell=", false), (Some("https://chat.example"), "__Host-deskbell=", true)]
    {
        let server = TestServer::with(|c| c.public_url = public.map(str::to_owned)).await;
        let origin = public.map_or_else(|| server.origin(), str::to_owned);
        server.known("a@b.example", Role::Agent).await;
        let body = json!({"email": "a@b.example", "password": "correct horse"}).to_string();
        let mut set = Vec::new();
        for _ in 0..2 {
            let answer = server.post("/api/v1/login", &[("origin", &origin)], &body).await;
            set.push(answer.header("set-cookie").unwrap().to_owned());
        }
        assert_ne!(set[0], set[1], "a new session each time");
        for cookie in set {
            assert!(cookie.starts_with(name), "{cookie}");
            let parts: Vec<_> = cookie.split("; ").skip(1).collect();
            for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
                assert!(parts.contains(&part), "{cookie}");
            }
            assert_eq!(parts.contains(&"Secure"), secure, "{cookie}");
            assert!(!cookie.contains("Domain"), "{cookie}");
        }
        if secure {
            assert_eq!(server.post("/api/v1/login", &[], &body).await.status, 403, "http is not own any more");
        }
        // The name without the prefix is nobody's session where https is spoken: another host could have set it.
        if secure {
            let plain = server.get_as("deskbell=x", "/api/v1/me").await;
            assert_eq!(plain.status, 401);
        }
    }
}
