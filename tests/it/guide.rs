//! The guide for editors, followed line by line: its files are written, its commands run, and what it says one sees is
//! seen.

use std::path::Path;
use std::process::Command;

/// A fenced block: what stands behind the fence, its lines, and the line of the document it begins on.
struct Block {
    info: String,
    lines: Vec<String>,
    at: usize,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for (number, line) in (1..).zip(text.lines()) {
        match (line.strip_prefix("```"), open) {
            (Some(info), false) => {
                blocks.push(Block { info: info.trim().to_owned(), lines: Vec::new(), at: number });
                open = true;
            }
            (Some(_), true) => open = false,
            (None, true) => blocks.last_mut().unwrap().lines.push(line.to_owned()),
            (None, false) => {}
        }
    }
    blocks
}

/// Whether a line is as wanted; `…` stands for anything in it.
fn is_like(line: &str, wanted: &str) -> bool {
    let mut rest = line;
    let pieces: Vec<&str> = wanted.split('…').collect();
    for (index, piece) in pieces.iter().enumerate() {
        let found = match (index, index + 1 == pieces.len()) {
            (0, true) => (rest == *piece).then_some(0),
            (0, false) => rest.starts_with(piece).then_some(0),
            (_, true) => rest.ends_with(piece).then(|| rest.len() - piece.len()),
            _ => rest.find(piece),
        };
        let Some(at) = found else { return false };
        rest = &rest[at + piece.len()..];
    }
    true
}

/// Whether the lines are as wanted; a line `…` alone stands for any lines, also none.
fn are_like(lines: &[&str], wanted: &[&str]) -> bool {
    match (lines.split_first(), wanted.split_first()) {
        (_, Some((&"…", rest))) => (0..=lines.len()).any(|skipped| are_like(&lines[skipped..], rest)),
        (Some((line, lines)), Some((first, rest))) => is_like(line, first) && are_like(lines, rest),
        (None, None) => true,
        _ => false,
    }
}

fn run(folder: &Path, command: &str, wanted: &[&str], place: &str) {
    let (command, ends) = match command.split_once("   # ends with ") {
        Some((command, code)) => (command, code.trim().parse().unwrap()),
        None => (command, 0),
    };
    let program = Path::new(env!("CARGO_BIN_EXE_deskbell")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    let done = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .env("PATH", path)
        .env("NO_COLOR", "1")
        .env_remove("DESKBELL_DATA")
        .env_remove("DESKBELL_STORE")
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap());
    assert_eq!(done.status.code(), Some(ends), "{place}: {command}\n{out}{err}");
    let seen: Vec<&str> = out.lines().collect();
    assert!(are_like(&seen, wanted), "{place}: {command}\nsees\n{out}\ninstead of\n{}", wanted.join("\n"));
}

#[test]
fn the_guide_for_editors_does_what_it_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/content.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let (guide, _) = document.split_once("\n## The folder\n").expect("the reference begins with `## The folder`");
    let folder = tempfile::tempdir().unwrap();
    let mut commands = 0;
    for block in blocks(guide) {
        let place = format!("docs/content.md:{}", block.at);
        let mut words = block.info.split_whitespace();
        match (words.next(), words.next()) {
            (Some("console"), None) => {
                let starts: Vec<usize> = (0..block.lines.len()).filter(|i| block.lines[*i].starts_with("$ ")).collect();
                for (n, start) in starts.iter().enumerate() {
                    let end = starts.get(n + 1).copied().unwrap_or(block.lines.len());
                    let wanted: Vec<&str> = block.lines[start + 1..end].iter().map(String::as_str).collect();
                    run(folder.path(), &block.lines[*start][2..], &wanted, &place);
                    commands += 1;
                }
            }
            (Some(_), Some(file)) => {
                let file = folder.path().join(file);
                std::fs::create_dir_all(file.parent().unwrap()).unwrap();
                let before =
                    if words.next() == Some("+") { std::fs::read_to_string(&file).unwrap() } else { String::new() };
                std::fs::write(&file, before + &block.lines.join("\n") + "\n").unwrap();
            }
            _ => panic!("{place}: a block that is neither a file nor commands"),
        }
    }
    assert!(commands >= 10, "only {commands} commands were found");
}

/// What the other documents tell people to type exists, with all its flags.
#[test]
fn commands_in_the_documents_exist() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let mut documents: Vec<_> = std::fs::read_dir(docs).unwrap().map(|e| e.unwrap().path()).collect();
    documents.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"));
    let mut seen = std::collections::BTreeSet::new();
    for document in documents.iter().filter(|d| d.extension().is_some_and(|e| e == "md")) {
        let text = std::fs::read_to_string(document).unwrap();
        let fenced = blocks(&text).into_iter().filter(|b| matches!(b.info.as_str(), "console" | "sh" | ""));
        let indented = text.lines().filter_map(|l| l.strip_prefix("    ")).map(str::to_owned);
        for line in fenced.flat_map(|b| b.lines).chain(indented) {
            let line = line.strip_prefix("$ ").unwrap_or(&line).trim();
            let Some(rest) = line.strip_prefix("deskbell ") else { continue };
            let words: Vec<&str> = rest.split(['|', '>', ';', '#']).next().unwrap().split_whitespace().collect();
            let names: Vec<&str> =
                words.iter().copied().take_while(|w| w.chars().all(|c| c.is_ascii_lowercase())).take(2).collect();
            let flags: Vec<&str> =
                words.iter().filter_map(|w| w.strip_prefix("--")).map(|w| w.split('=').next().unwrap()).collect();
            seen.insert((document.clone(), names.join(" "), flags.join(" ")));
        }
    }
    assert!(seen.len() > 20, "only {} commands were found", seen.len());
    let mut helps = std::collections::BTreeMap::new();
    for (document, names, flags) in seen {
        let help = helps.entry(names.clone()).or_insert_with(|| {
            let names: Vec<&str> = names.split(' ').collect();
            // The second word may be a value and no command.
            let ask = |names: &[&str]| {
                let done = Command::new(env!("CARGO_BIN_EXE_deskbell")).args(names).arg("--help").output().unwrap();
                (done.status.success()).then(|| String::from_utf8(done.stdout).unwrap())
            };
            ask(&names).or_else(|| ask(&names[..1])).unwrap_or_default()
        });
        assert!(!help.is_empty(), "{}: there is no command `{names}`", document.display());
        for flag in flags.split(' ').filter(|f| !f.is_empty()) {
            assert!(help.contains(&format!("--{flag}")), "{}: `{names}` has no --{flag}", document.display());
        }
    }
}
