//! Who asks, from where, and for which host: `Origin`, `Host`, and what trusted proxies add.

use std::net::IpAddr;

use axum::http::{HeaderMap, header};

use super::error::Refuse;
use super::visitor::Home;
use crate::config::Config;
use crate::store::Site;

/// Address of the other end of the connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) IpAddr);

/// The address of the client: the peer, or what trusted proxies say, read from the right up to the first stranger.
pub(super) fn client(config: &Config, headers: &HeaderMap, peer: Peer) -> IpAddr {
    let trusted = |a: IpAddr| config.trusted_proxies.iter().any(|n| n.holds(a));
    let mut address = peer.0.to_canonical();
    if !trusted(address) {
        return address;
    }
    let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok());
    let hops: Vec<&str> = forwarded.flat_map(|v| v.split(',')).map(str::trim).collect();
    for hop in hops.iter().rev() {
        let Ok(next) = hop.parse::<IpAddr>() else { break };
        address = next.to_canonical();
        if !trusted(address) {
            break;
        }
    }
    address
}

/// Whether the client speaks https, as far as this server can know.
pub(super) fn is_https(config: &Config, headers: &HeaderMap, peer: Peer) -> bool {
    if config.public_url.as_deref().is_some_and(|u| u.starts_with("https://")) {
        return true;
    }
    let trusted = config.trusted_proxies.iter().any(|n| n.holds(peer.0.to_canonical()));
    let proto = headers.get("x-forwarded-proto").and_then(|v| v.to_str().ok());
    trusted && proto.and_then(|p| p.rsplit(',').next()).is_some_and(|p| p.trim() == "https")
}

/// The host that was asked for, if it can be one.
pub(super) fn host(headers: &HeaderMap) -> Option<&str> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let fine = !host.is_empty()
        && host.len() <= 255
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]_".contains(&b));
    fine.then_some(host)
}

/// What an `Origin` header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// There is none.
    Missing,
    /// This server's own, or a site's.
    From(Home),
    /// Any other, `null` too.
    Foreign,
}

/// Judges the `Origin` header: byte by byte, as browsers write it. `added`: sites beside those of the configuration.
pub(super) fn origin(config: &Config, added: &[Site], headers: &HeaderMap, peer: Peer) -> Origin {
    let mut all = headers.get_all(header::ORIGIN).iter();
    let Some(value) = all.next() else { return Origin::Missing };
    let (Ok(value), None) = (value.to_str(), all.next()) else { return Origin::Foreign };
    let scheme = if is_https(config, headers, peer) { "https" } else { "http" };
    let own =
        host(headers).is_some_and(|host| value.strip_prefix(scheme).and_then(|v| v.strip_prefix("://")) == Some(host));
    if own || config.public_url.as_deref() == Some(value) {
        return Origin::From(Home::Own);
    }
    let configured = config.sites.iter().map(|s| (&s.name, &s.origins));
    let all = configured.chain(added.iter().map(|s| (&s.name, &s.origins)));
    let sites: Vec<String> =
        all.filter(|(_, origins)| origins.iter().any(|o| o == value)).map(|(name, _)| name.clone()).collect();
    if sites.is_empty() { Origin::Foreign } else { Origin::From(Home::Sites(sites)) }
}

/// Whether a request that changes something, with a cookie, was made by this server's own pages.
pub(super) fn is_own_request(config: &Config, headers: &HeaderMap, peer: Peer) -> bool {
    match origin(config, &[], headers, peer) {
        Origin::From(Home::Own) => true,
        Origin::From(Home::Sites(_)) | Origin::Foreign => false,
        // Programs send neither; a browser that carries a cookie says where the request comes from.
        Origin::Missing => {
            !headers.contains_key(header::COOKIE)
                || headers.get("sec-fetch-site").is_some_and(|v| v.as_bytes() == b"same-origin")
        }
    }
}

/// The same for a handler that such a request alone may reach.
///
/// # Errors
/// [`Refuse::FORBIDDEN`]
pub(super) fn own_request(config: &Config, headers: &HeaderMap, peer: Peer) -> Result<(), Refuse> {
    if is_own_request(config, headers, peer) { Ok(()) } else { Err(Refuse::FORBIDDEN) }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;
    use crate::config;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, HeaderValue::from_str(value).expect("header"));
        }
        map
    }

    fn peer(text: &str) -> Peer {
        Peer(text.parse().expect("address"))
    }

    #[test]
    fn only_exact_origins_are_let_in() {
        let config =
            config::parse("[[sites]]\nname = 'shop'\norigins = ['https://shop.example', 'http://127.0.0.1:3000']")
                .expect("config");
        let judge = |o: &str| {
            origin(&config, &[], &headers(&[("host", "chat.example:8080"), ("origin", o)]), peer("127.0.0.1"))
        };
        assert_eq!(judge("http://chat.example:8080"), Origin::From(Home::Own));
        for site in ["https://shop.example", "http://127.0.0.1:3000"] {
            assert_eq!(judge(site), Origin::From(Home::Sites(vec!["shop".into()])), "{site}");
        }
        for bad in [
            "null",
            "",
            "http://evil.example",
            "https://chat.example:8080",
            "http://chat.example",
            "http://chat.example:8081",
            "http://chat.example:8080.evil.example",
            "http://evil.example:8080",
            "HTTP://chat.example:8080",
            "http://CHAT.example:8080",
            "http://chat.example:8080/",
            "http://chat.example.:8080",
            "http://x@chat.example:8080",
            "http://chat.example:8080@evil.example",
            "http://sub.chat.example:8080",
            "ws://chat.example:8080",
            "file://",
            "http://shop.example",
            "https://shop.example:443",
            "https://shop.example.",
            "https://xn--shop-x.example",
            "https://shop.example.evil.example",
            "https://evilshop.example",
            "https://www.shop.example",
            " https://shop.example",
            "https://shop.example https://shop.example",
            "chrome-extension://abc",
            "http://[::1]:8080",
            "*",
        ] {
            assert_eq!(judge(bad), Origin::Foreign, "{bad}");
        }
        let none = headers(&[("host", "chat.example:8080")]);
        assert_eq!(origin(&config, &[], &none, peer("127.0.0.1")), Origin::Missing);
        let two = headers(&[("host", "a"), ("origin", "http://a"), ("origin", "http://a")]);
        assert_eq!(origin(&config, &[], &two, peer("127.0.0.1")), Origin::Foreign);
    }

    #[test]
    fn behind_https_only_https_is_own() {
        let config = config::parse("public_url = 'https://chat.example'").expect("config");
        let judge =
            |o: &str| origin(&config, &[], &headers(&[("host", "chat.example"), ("origin", o)]), peer("10.0.0.1"));
        assert_eq!(judge("https://chat.example"), Origin::From(Home::Own));
        assert_eq!(judge("http://chat.example"), Origin::Foreign);
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let config = config::parse("trusted_proxies = ['10.0.0.0/8']").expect("config");
        let h = headers(&[("x-forwarded-for", "1.1.1.1, 2.2.2.2, 10.0.0.9"), ("x-forwarded-proto", "https")]);
        assert_eq!(client(&config, &h, peer("10.0.0.1")).to_string(), "2.2.2.2");
        assert_eq!(client(&config, &h, peer("9.9.9.9")).to_string(), "9.9.9.9");
        assert!(is_https(&config, &h, peer("10.0.0.1")));
        assert!(!is_https(&config, &h, peer("9.9.9.9")));
    }

    #[test]
    fn a_cookie_without_an_origin_is_not_enough() {
        let config = Config::default();
        let ask = |pairs: &[(&'static str, &str)]| is_own_request(&config, &headers(pairs), peer("127.0.0.1"));
        assert!(ask(&[("host", "a"), ("origin", "http://a"), ("cookie", "x=y")]));
        assert!(ask(&[("host", "a")]));
        assert!(ask(&[("host", "a"), ("cookie", "x=y"), ("sec-fetch-site", "same-origin")]));
        assert!(!ask(&[("host", "a"), ("cookie", "x=y")]));
        assert!(!ask(&[("host", "a"), ("cookie", "x=y"), ("sec-fetch-site", "same-site")]));
        assert!(!ask(&[("host", "a"), ("origin", "http://b")]));
    }
}
