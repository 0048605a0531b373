//! RFC 6455, case by case, on the socket that visitors use.

use serde_json::{Value, json};

use super::raw::{BINARY, CLOSE, LAST, MORE, NEXT, PING, PONG, Raw, TEXT, Told, frame, head, text};
use crate::support::TestServer;

const ASK: &str = "{\"type\":\"ping\",\"n\":7}";

fn answer() -> Told {
    Told::Frame(json!({"type": "pong", "n": 7}))
}

/// A message in pieces of these sizes; the last takes the rest.
fn pieces(payload: &[u8], sizes: &[usize]) -> Vec<Vec<u8>> {
    let (mut rest, mut out) = (payload, Vec::new());
    for (i, size) in sizes.iter().enumerate() {
        let (piece, after) = rest.split_at(*size);
        out.push(frame(if i == 0 { TEXT & MORE } else { NEXT }, piece));
        rest = after;
    }
    out.push(frame(LAST, rest));
    out
}

/// [`ASK`] with blanks behind it, so many bytes in all.
fn padded(bytes: usize) -> Vec<u8> {
    format!("{ASK}{}", " ".repeat(bytes - ASK.len())).into_bytes()
}

#[tokio::test]
async fn what_the_standard_allows_is_understood() {
    let server = TestServer::start().await;
    let ask = ASK.as_bytes();
    let preview = "{\"type\":\"typing\",\"on\":true,\"preview\":\"ä€😀\"}";
    let cut = |needle: &str, at: usize| preview.find(needle).unwrap() + at;
    let pong = |payload: &[u8]| Told::Pong(payload.to_vec());
    let quarter = padded(64 * 1024);
    let rows: Vec<(&str, Vec<u8>, Vec<Told>)> = vec![
        ("one frame", text(ASK), vec![answer()]),
        ("three fragments", pieces(ask, &[3, 5]).concat(), vec![answer()]),
        ("a byte each", pieces(ask, &vec![1; ask.len() - 1]).concat(), vec![answer()]),
        ("empty fragments", pieces(ask, &[0, 0, 4, 0, ask.len() - 4]).concat(), vec![answer()]),
        ("64 fragments", pieces(ask, &[[1; 10].as_slice(), &[0; 53]].concat()).concat(), vec![answer()]),
        (
            "a ping between fragments",
            {
                let p = pieces(ask, &[4]);
                [p[0].clone(), frame(PING, b"now"), p[1].clone()].concat()
            },
            vec![pong(b"now"), answer()],
        ),
        (
            "a pong between fragments",
            {
                let p = pieces(ask, &[4]);
                [p[0].clone(), frame(PONG, b"x"), p[1].clone()].concat()
            },
            vec![answer()],
        ),
        ("an unasked pong", [frame(PONG, b"hello"), text(ASK)].concat(), vec![answer()]),
        ("an empty ping", frame(PING, b""), vec![pong(b"")]),
        ("the longest ping", frame(PING, &[0xfe; 125]), vec![pong(&[0xfe; 125])]),
        (
            "characters cut between fragments",
            [
                pieces(preview.as_bytes(), &[cut("ä", 1), cut("€", 2) - cut("ä", 1), cut("😀", 3) - cut("€", 2)])
                    .concat(),
                text(ASK),
            ]
            .concat(),
            vec![answer()],
        ),
        ("64 KiB", frame(TEXT, &quarter), vec![answer()]),
        ("64 KiB in two", pieces(&quarter, &[40_000]).concat(), vec![answer()]),
        ("a mask of zeros", [head(TEXT, ask.len() as u64, 0x80), vec![0; 4], ask.to_vec()].concat(), vec![answer()]),
        ("two messages at once", [text(ASK), text(ASK)].concat(), vec![answer(), answer()]),
    ];
    for (name, bytes, wanted) in rows {
        for step in [bytes.len(), 1] {
            // A byte at a time only where it is few: each is a packet.
            if step == 1 && bytes.len() > 500 {
                continue;
            }
            let mut raw = Raw::visitor(server.address).await;
            for part in bytes.chunks(step) {
                raw.send(part).await;
            }
            for told in &wanted {
                assert_eq!(raw.told().await, *told, "{name}");
            }
            raw.send(&frame(CLOSE, &1000_u16.to_be_bytes())).await;
            assert_eq!(raw.told().await, Told::Close(1000), "{name}");
            assert_eq!(raw.told().await, Told::End, "{name}");
        }
    }
}

#[tokio::test]
async fn what_the_standard_forbids_ends_the_socket_with_its_code() {
    let server = TestServer::start().await;
    let ask = ASK.as_bytes();
    let mut rows: Vec<(String, Vec<u8>, u16)> = Vec::new();
    let mut row = |name: &str, bytes: Vec<u8>, code: u16| rows.push((name.to_owned(), bytes, code));
    row("not masked", [head(TEXT, ask.len() as u64, 0), ask.to_vec()].concat(), 1002);
    for bit in [0x40, 0x20, 0x10, 0x70] {
        row(&format!("reserved bits {bit:#x} on a text"), frame(TEXT | bit, ask), 1002);
        row(&format!("reserved bits {bit:#x} on a ping"), frame(PING | bit, b""), 1002);
    }
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        row(&format!("reserved opcode {opcode}"), frame(0x80 | opcode, b""), 1002);
    }
    row("a ping of 126 bytes", frame(PING, &[0; 126]), 1002);
    row("a pong of 126 bytes", frame(PONG, &[0; 126]), 1002);
    row("a close of 126 bytes", frame(CLOSE, &[[3, 232].as_slice(), &[b'x'; 124]].concat()), 1002);
    row("a ping in fragments", frame(PING & MORE, b"x"), 1002);
    row("a close in fragments", frame(CLOSE & MORE, &[3, 232]), 1002);
    row("a last fragment of nothing", frame(LAST, ask), 1002);
    row("a next fragment of nothing", frame(NEXT, ask), 1002);
    row("a text within a text", [frame(TEXT & MORE, b"x"), text(ASK)].concat(), 1002);
    row("a binary within a text", [frame(TEXT & MORE, b"x"), frame(BINARY, b"x")].concat(), 1002);
    row("binary", frame(BINARY, b"x"), 1003);
    row("binary in fragments", [frame(BINARY & MORE, b"x"), frame(LAST, b"x")].concat(), 1003);
    for (name, bytes) in [
        ("a byte that is none", b"a\xff".as_slice()),
        ("a lone continuation", b"\x80"),
        ("an overlong slash", b"\xc0\xaf"),
        ("an overlong nul", b"\xe0\x80\x80"),
        ("a surrogate", b"\xed\xa0\x80"),
        ("above the last character", b"\xf4\x90\x80\x80"),
        ("the beginning of a character", b"x\xe2\x82"),
    ] {
        row(name, frame(TEXT, bytes), 1007);
        let mut cut: Vec<Vec<u8>> = bytes.iter().map(|b| frame(NEXT, &[*b])).collect();
        cut[0] = frame(TEXT & MORE, &bytes[..1]);
        cut.push(frame(LAST, b""));
        row(&format!("{name}, a byte a fragment"), cut.concat(), 1007);
    }
    row("64 KiB and a byte", frame(TEXT, &padded(64 * 1024 + 1)), 1009);
    row("the same in two", pieces(&padded(64 * 1024 + 1), &[40_000]).concat(), 1009);
    row("a terabyte announced", [head(TEXT, 1 << 40, 0x80), vec![0; 4]].concat(), 1009);
    row("more than fits announced", [head(TEXT, u64::MAX, 0x80), vec![0; 4]].concat(), 1009);
    row("65 fragments", pieces(ask, &[[1; 10].as_slice(), &[0; 54]].concat()).concat(), 1008);
    row("a close of one byte", frame(CLOSE, &[3]), 1002);
    row("a close whose reason is no text", frame(CLOSE, b"\x03\xe8\xff"), 1007);
    for code in [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65_535_u16] {
        row(&format!("a close with {code}"), frame(CLOSE, &code.to_be_bytes()), 1002);
    }
    for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999_u16] {
        row(&format!("a close with {code}"), frame(CLOSE, &code.to_be_bytes()), code);
    }
    row("a close with nothing", frame(CLOSE, b""), 0);
    row("a close, and then more", [frame(CLOSE, &[3, 232]), text(ASK), frame(PING, b"x")].concat(), 1000);
    let mut wrong = Vec::new();
    for (name, bytes, code) in rows {
        let mut raw = Raw::visitor(server.address).await;
        raw.send(&bytes).await;
        let told = raw.told().await;
        if told != Told::Close(code) {
            wrong.push(format!("{name}: {told:?}, not {code}"));
        }
        if !matches!(told, Told::End) && raw.told().await != Told::End {
            wrong.push(format!("{name}: the line goes on"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Nobody else heard of it.
    assert_eq!(server.visitor().await.say("when are you open?", None).await["type"], "ack");
}

#[tokio::test]
async fn compression_and_dialects_are_not_agreed_on() {
    let server = TestServer::start().await;
    let own = server.origin();
    for (name, value) in [
        ("sec-websocket-extensions", "permessage-deflate; client_max_window_bits"),
        ("sec-websocket-extensions", "x-webkit-deflate-frame"),
        ("sec-websocket-protocol", "chat, superchat"),
    ] {
        let headers = [
            ("connection", "keep-alive, Upgrade"),
            ("upgrade", "WebSocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("origin", &own),
            (name, value),
        ];
        let answer = server.request("GET", "/ws", &headers, "").await;
        assert_eq!((answer.status, answer.header(name)), (101, None));
        // The standard's own example (section 1.3).
        assert_eq!(answer.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    }
}

#[tokio::test]
async fn a_handshake_is_whole_or_none() {
    let server = TestServer::with(|c| c.http.header_ms = 200).await;
    let own = server.origin();
    let good = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA=="),
        ("origin", own.as_str()),
    ];
    let with = |name: &str, value: Option<&'static str>| {
        let mut all = good.to_vec();
        all.retain(|(n, _)| *n != name);
        all.extend(value.map(|v| (good.iter().find(|(n, _)| *n == name).unwrap().0, v)));
        all
    };
    for (headers, status) in [
        (good.to_vec(), 101),
        (with("upgrade", None), 426),
        (with("upgrade", Some("h2c")), 426),
        (with("connection", None), 426),
        (with("connection", Some("close")), 426),
        (with("sec-websocket-version", None), 426),
        (with("sec-websocket-version", Some("8")), 426),
        (with("sec-websocket-version", Some("14")), 426),
        (with("sec-websocket-key", None), 426),
        (with("sec-websocket-key", Some("AAAA")), 426),
        (with("sec-websocket-key", Some("AAAAAAAAAAAAAAAAAAAAAAAA")), 426),
        (with("sec-websocket-key", Some("!!!!!!!!!!!!!!!!!!!!!!==")), 426),
        ([good.to_vec(), vec![("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA==")]].concat(), 426),
        (with("origin", None), 403),
    ] {
        for path in ["/ws", "/ws/agent"] {
            assert_eq!(server.request("GET", path, &headers, "").await.status, status, "{path} {headers:?}");
        }
    }
    for method in ["POST", "PUT", "HEAD", "OPTIONS", "TRACE"] {
        let status = server.request(method, "/ws", &good, "").await.status;
        assert!(matches!(status, 405 | 426), "{method}: {status}");
    }
}

#[tokio::test]
async fn frames_that_come_with_the_handshake_are_read() {
    let server = TestServer::start().await;
    let to = server.address;
    let mut bytes = format!(
        "GET /ws HTTP/1.1\r\nhost: {to}\r\norigin: http://{to}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    .into_bytes();
    bytes.extend(text("{\"type\":\"hello\",\"v\":1,\"device\":\"d\"}"));
    bytes.extend(text(ASK));
    let mut raw = Raw::with(to, &bytes).await;
    assert!(raw.http_head().await.starts_with("HTTP/1.1 101"));
    let is = |told: &Told, kind: &str| matches!(told, Told::Frame(Value::Object(f)) if f["type"] == kind);
    assert!(is(&raw.told().await, "welcome"));
    assert!(is(&raw.told().await, "pong"));
}

#[tokio::test]
async fn a_message_that_does_not_end_ends_its_socket() {
    let server = TestServer::with(|c| (c.http.body_ms, c.socket.tick_ms) = (200, 20)).await;
    for (name, begun) in [
        ("half a head", vec![0x81]),
        ("half a frame", frame(TEXT, b"{\"type\":\"ping\",\"n\":1}")[..9].to_vec()),
        ("no last fragment", frame(TEXT & MORE, b"{\"type\":")),
        ("a ping within", [frame(TEXT & MORE, b"{\"type\":"), frame(PING, b"x")].concat()),
    ] {
        let mut raw = Raw::visitor(server.address).await;
        raw.send(&begun).await;
        if name == "a ping within" {
            assert_eq!(raw.told().await, Told::Pong(b"x".to_vec()));
        }
        assert_eq!(raw.told().await, Told::Close(4000), "{name}");
    }
}
