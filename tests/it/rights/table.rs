//! The table, and the document that is made of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const TEXT: &str = include_str!("table.txt");

/// A part of the table: calls by actors and objects.
pub(super) struct Part {
    pub(super) title: String,
    /// Who, and the objects that they are asked with.
    pub(super) columns: Vec<(String, Vec<String>)>,
    /// The call, and a cell for each object of each column.
    pub(super) rows: Vec<(String, Vec<Vec<char>>)>,
}

pub(super) fn read() -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for line in TEXT.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#')) {
        if let Some(title) = line.strip_prefix("= ") {
            parts.push(Part { title: title.into(), columns: Vec::new(), rows: Vec::new() });
            continue;
        }
        let part = parts.last_mut().unwrap();
        if let Some(columns) = line.strip_prefix(": ") {
            part.columns = columns
                .split('|')
                .map(|c| {
                    let (who, objects) = c.trim().split_once('(').unwrap();
                    let objects = objects.trim_end_matches(')').split(' ').map(str::to_owned).collect();
                    (who.to_owned(), objects)
                })
                .collect();
            continue;
        }
        let (call, cells) = line.split_once(" : ").unwrap();
        let cells: Vec<Vec<char>> =
            cells.split('|').map(|c| c.split_whitespace().map(|c| c.chars().next().unwrap()).collect()).collect();
        assert!(cells.iter().zip(&part.columns).all(|(c, (_, o))| c.len() == o.len()), "{line}");
        assert_eq!(cells.len(), part.columns.len(), "{line}");
        part.rows.push((call.trim().to_owned(), cells));
    }
    parts
}

fn markdown() -> String {
    let mut out = String::new();
    for part in read() {
        out += &format!("\n### {}\n\n|  |", part.title);
        for (who, objects) in &part.columns {
            let objects = if objects.len() > 1 { format!(": {}", objects.join(", ")) } else { String::new() };
            out += &format!(" {who}{objects} |");
        }
        out += &format!("\n|---|{}\n", "---|".repeat(part.columns.len()));
        for (call, cells) in &part.rows {
            out += &format!("| `{call}` |");
            for cell in cells {
                let cell: Vec<&str> = cell
                    .iter()
                    .map(|c| match c {
                        '+' => "yes",
                        '-' => "not found",
                        'x' => "forbidden",
                        '0' => "log in",
                        '.' => "silence",
                        other => panic!("`{other}`"),
                    })
                    .collect();
                let same = cell.iter().all(|c| *c == cell[0]);
                out += &format!(" {} |", if same { cell[0].to_owned() } else { cell.join(", ") });
            }
            out += "\n";
        }
    }
    out
}

#[test]
fn the_document_says_what_the_table_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rights.md");
    let text = fs::read_to_string(&path).unwrap();
    let (begin, end) = ("<!-- table: UPDATE=1 cargo nextest run rights::table -->\n", "\n<!-- end of the table -->");
    let (head, rest) = text.split_once(begin).unwrap();
    let (shown, tail) = rest.split_once(end).unwrap();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, format!("{head}{begin}{}{end}{tail}", markdown())).unwrap();
    } else {
        assert_eq!(shown, markdown(), "run it with UPDATE=1");
    }
}

#[test]
fn every_frame_and_every_route_stands_in_the_table() {
    let calls: BTreeSet<String> = read().into_iter().flat_map(|p| p.rows).map(|(call, _)| call).collect();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let frames = fs::read_to_string(source.join("protocol/client.rs")).unwrap();
    let list = frames.split("pub enum ClientFrame {").nth(1).unwrap().split("\n}").next().unwrap();
    let mut found = 0;
    for line in list.lines().filter(|l| l.starts_with("    ") && l.as_bytes()[4].is_ascii_uppercase()) {
        let name = line.trim().split([' ', '(', '{', ',']).next().unwrap().to_lowercase();
        found += 1;
        let named = name == "hello"
            || calls.iter().any(|c| *c == format!("ws {name}") || c.starts_with(&format!("ws {name} ")));
        assert!(named, "the frame `{name}` is not in the table");
    }
    assert!(found >= 17, "{found}");
    // What everybody may ask for. A stream is a socket: its frames stand in the table.
    let open = [
        "/api",
        "/api/{*rest}",
        "/api/v1/login",
        "/api/v1/openapi.json",
        "/api/v1/stream",
        "/api/v1/stream/send",
        "/api/v1/help",
        "/api/v1/help/{*id}",
        "/api/v1/help/{id}",
    ];
    let mut found = 0;
    for file in fs::read_dir(source.join("http")).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for route in
            text.split(".route(\"").skip(1).filter_map(|s| s.split('"').next()).filter(|r| r.starts_with("/api"))
        {
            found += 1;
            let named = calls.iter().any(|c| c.split(' ').nth(1).is_some_and(|p| p.split('?').next() == Some(route)));
            assert!(named || open.contains(&route), "the route `{route}` is not in the table");
        }
    }
    assert!(found >= 14, "{found}");
    let described: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(source.join("http/openapi.json")).unwrap()).unwrap();
    let mut found = 0;
    for (path, methods) in described["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            found += 1;
            let call = format!("{} {path}", method.to_uppercase());
            let named = calls.iter().any(|c| c.split('?').next() == Some(call.as_str()));
            assert!(named || open.contains(&path.as_str()), "`{call}` is described and not in the table");
        }
    }
    assert!(found >= 18, "{found}");
}
