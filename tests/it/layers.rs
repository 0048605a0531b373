//! The import table of ARCHITECTURE.md, held against the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Module, and what it may name. `*`: anything.
const MAY_USE: &[(&str, &str)] = &[
    ("types", ""),
    ("engine", "types"),
    ("content", "types engine"),
    ("dialogue", "types engine content"),
    ("conversation", "types content dialogue"),
    ("queue", "types"),
    ("redact", ""),
    ("workshop", "types engine content dialogue conversation redact"),
    ("import", "types content"),
    ("protocol", ""),
    ("config", "types redact"),
    ("auth", ""),
    ("fault", ""),
    ("store", "types content dialogue conversation queue fault"),
    ("bus", "types"),
    ("desk", "types auth content dialogue conversation queue redact workshop store bus fault"),
    ("reload", "types content desk fault"),
    ("http", "types config protocol content dialogue conversation queue redact workshop store bus desk fault"),
    ("telemetry", "config redact"),
    ("cli", "*"),
];

/// Modules whose business is a format, and which may therefore name serde.
const SERDE: &[&str] = &["protocol", "content", "workshop", "import", "config", "store", "bus", "http", "cli"];

/// What a pure module must not name: the outside world.
const PURE: &[&str] =
    &["types", "engine", "content", "dialogue", "conversation", "queue", "redact", "workshop", "import", "protocol"];
const OUTSIDE: &[&str] =
    &["tokio", "axum", "rusqlite", "hyper", "tracing", "std::fs", "std::net", "std::process", "SystemTime", "Instant"];

#[test]
fn modules_name_only_what_the_table_allows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let table: BTreeMap<&str, BTreeSet<&str>> =
        MAY_USE.iter().map(|(m, u)| (*m, u.split_whitespace().collect())).collect();
    let mut faults = Vec::new();
    for file in sources(&root) {
        let module = module_of(&root, &file);
        // A file of tests stands behind `#[cfg(test)]`, as do those at the end of others.
        if module == "lib" || module == "main" || file.ends_with("tests.rs") {
            continue;
        }
        let Some(allowed) = table.get(module.as_str()) else {
            faults.push(format!("{}: module `{module}` is missing from the table", file.display()));
            continue;
        };
        for (n, line) in code_lines(&fs::read_to_string(&file).unwrap()) {
            let at = format!("{}:{n}", file.strip_prefix(&root).unwrap().display());
            for used in named(&line, "crate::") {
                let own = used == module || !table.contains_key(used.as_str());
                if !own && !allowed.contains(used.as_str()) && !allowed.contains("*") {
                    faults.push(format!("{at}: `{module}` must not name `{used}`"));
                }
            }
            if !SERDE.contains(&module.as_str()) && (line.contains("serde::") || line.contains("serde_")) {
                faults.push(format!("{at}: serde belongs into the border modules"));
            }
            if PURE.contains(&module.as_str()) {
                for outside in OUTSIDE {
                    if line.contains(&format!("{outside}::")) || line.contains(&format!("use {outside}")) {
                        faults.push(format!("{at}: `{module}` is pure and must not name `{outside}`"));
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_table_stands_in_the_architecture_document() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md")).unwrap();
    for (module, uses) in MAY_USE {
        let uses = match *uses {
            "" => "–".to_owned(),
            "*" => "anything".to_owned(),
            list => list.split_whitespace().collect::<Vec<_>>().join(", "),
        };
        let row = format!("| `{module}` | {uses} |");
        assert!(text.contains(&row), "ARCHITECTURE.md lacks the row {row}");
    }
}

fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            all.push(path);
        }
    }
    all.sort();
    all
}

/// `src/engine/score.rs` is `engine`.
fn module_of(root: &Path, file: &Path) -> String {
    let first = file.strip_prefix(root).unwrap().components().next().unwrap();
    first.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

/// Lines without comments, up to the unit tests at the end.
fn code_lines(text: &str) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    for (n, line) in text.lines().enumerate() {
        if line.trim() == "#[cfg(test)]" && text.lines().nth(n + 1).is_some_and(|l| l.trim_start().starts_with("mod "))
        {
            break;
        }
        let code = line.split("//").next().unwrap_or("");
        out.push((n + 1, code.to_owned()));
    }
    out
}

/// The module names behind each `crate::` of a line, those in braces too.
fn named(line: &str, prefix: &str) -> Vec<String> {
    let mut out = Vec::new();
    for (at, _) in line.match_indices(prefix) {
        let rest = &line[at + prefix.len()..];
        if let Some(group) = rest.strip_prefix('{') {
            for part in group.split(['}', ';']).next().unwrap_or("").split(',') {
                out.push(ident(part.trim()));
            }
        } else {
            out.push(ident(rest));
        }
    }
    out
}

fn ident(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}
