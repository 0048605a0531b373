//! Conversations as data, in `tests/transcripts/*.md`: `> ` the visitor, `< ` the bot, `! ` what else came of it.
//! `UPDATE=1` writes what the bot says now; read the difference before you keep it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod properties;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use deskbell::content::{self, Content, Severity, SourceFile};
use deskbell::dialogue::{AnswerKind, Ask, Choice, Input, Memory, Said, Say, Turn, turn};
use deskbell::types::{Language, Room, Timestamp};

/// Wednesday, 2026-11-18, 10:00 in Berlin: people are there.
pub(crate) const OPEN: Timestamp = Timestamp(1_794_992_400_000);

static SMALL: LazyLock<Content> = LazyLock::new(|| load("tests/transcripts/content"));
pub(crate) static SHOP: LazyLock<Content> = LazyLock::new(|| load("."));

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn load(folder: &str) -> Content {
    let folder = root().join(folder);
    let mut files = Vec::new();
    for part in ["deskbell.toml", "intents", "knowledge"] {
        gather(&folder, &folder.join(part), &mut files);
    }
    let (content, problems) = content::build(&files);
    let errors: Vec<_> = problems.iter().filter(|p| p.severity == Severity::Error).collect();
    // The shipped content is checked elsewhere; a slip in it is no reason to play none of its conversations.
    assert!(errors.is_empty() || folder == root(), "{errors:#?}");
    content
}

fn gather(root: &Path, path: &Path, files: &mut Vec<SourceFile>) {
    if path.is_dir() {
        let mut inside: Vec<_> = fs::read_dir(path).unwrap().map(|e| e.unwrap().path()).collect();
        inside.sort();
        inside.iter().for_each(|p| gather(root, p, files));
    } else if let Ok(bytes) = fs::read(path) {
        let path = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
        files.push(SourceFile { path, bytes });
    }
}

/// What stands around a conversation: `@ key=value …` before its first line.
struct Setting<'a> {
    content: &'a Content,
    at: Timestamp,
    locale: Option<Language>,
    room: Room,
    email_known: bool,
    page: Option<String>,
}

impl Setting<'_> {
    fn read(words: &str) -> Self {
        let mut setting =
            Setting { content: &SMALL, at: OPEN, locale: None, room: Room::Free, email_known: false, page: None };
        for word in words.split_whitespace() {
            match word.split_once('=').unwrap_or((word, "")) {
                ("content", "shop") => setting.content = &SHOP,
                ("at", "night") => setting.at = OPEN.plus_ms(12 * 3_600_000),
                ("locale", l) => setting.locale = l.parse().ok(),
                ("queue", "full") => setting.room = Room::AllTaken,
                ("queue", "own") => setting.room = Room::OwnTaken,
                ("email", "known") => setting.email_known = true,
                ("page", page) => setting.page = Some(page.to_owned()),
                other => panic!("unknown setting {other:?}"),
            }
        }
        setting
    }

    fn turn(&self, memory: Memory, line: &str) -> Turn {
        let (tag, rest) = match line.strip_prefix('[').and_then(|l| l.split_once(']')) {
            Some((tag, rest)) => (Some(tag), rest.trim()),
            None => (None, line),
        };
        let text = line.replace(" ⏎ ", "\n");
        let said = match tag {
            Some("button") => Said::Person,
            Some("thumb down") => Said::NotHelpful { id: rest },
            Some("form") => Said::Email(rest),
            Some(id) => Said::Choice { id, label: rest },
            None => Said::Text(&text),
        };
        let input = Input {
            said,
            at: self.at,
            page: self.page.as_deref(),
            locale: self.locale,
            email_known: self.email_known,
            room: self.room,
        };
        turn(self.content, memory, input)
    }
}

fn show(turn: &Turn) -> String {
    let mut out = String::new();
    for say in &turn.say {
        let (head, text, options) = match say {
            Say::Text { text, options, .. } => (String::new(), text, options),
            Say::Clarify { text, options } => ("? ".to_owned(), text, options),
            Say::Answer { text, options, id, kind, source, .. } => {
                let source = source.as_ref().map(|(_, path)| format!(" {path}")).unwrap_or_default();
                let mark = if *kind == AnswerKind::Article { "article " } else { "" };
                (format!("({mark}{id}{source}) "), text, options)
            }
        };
        let mut text = text.replace("\n\n", " ⏎ ").replace('\n', " ⏎ ");
        if text.chars().count() > 110 {
            text = text.chars().take(109).chain(['…']).collect();
        }
        let options: String = options.iter().map(|o: &Choice| format!(" [{}]", o.id)).collect();
        writeln!(out, "< {head}{text}{options}").unwrap();
        if let Say::Text { ask: Some(ask), .. } = say {
            match ask {
                Ask::Slot(name) => writeln!(out, "! ask {name}").unwrap(),
                Ask::Email => writeln!(out, "! ask email").unwrap(),
            }
        }
    }
    if let Some(email) = &turn.email {
        writeln!(out, "! email {email}").unwrap();
    }
    if let Some(h) = &turn.hand_over {
        let department = h.department.as_deref().unwrap_or("-");
        writeln!(
            out,
            "! handoff reason={} department={department} priority={}",
            h.reason.as_str(),
            h.priority.as_str()
        )
        .unwrap();
        // Why the reading was unsure is the engine's business, and has tests of its own.
        for why in h.why.iter().filter(|w| !w.starts_with("the question: ")) {
            writeln!(out, "! because {why}").unwrap();
        }
    }
    out
}

/// Plays a file; gives it as the bot makes it now.
fn play(text: &str) -> String {
    let mut out = String::new();
    let mut setting = Setting::read("");
    let mut memory = Memory::default();
    for line in text.lines() {
        if let Some(said) = line.strip_prefix("> ") {
            let turn = setting.turn(std::mem::take(&mut memory), said);
            writeln!(out, "{line}").unwrap();
            out.push_str(&show(&turn));
            memory = turn.memory;
        } else if line.starts_with("< ") || line.starts_with("! ") {
            // Written anew.
        } else {
            if let Some(words) = line.strip_prefix("@ ") {
                setting = Setting::read(words);
            } else if line.starts_with("# ") {
                setting = Setting::read("");
                memory = Memory::default();
            }
            writeln!(out, "{line}").unwrap();
        }
    }
    out
}

#[test]
fn conversations_go_as_written() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut files: Vec<_> =
        fs::read_dir(root().join("tests/transcripts")).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|p| p.extension().is_some_and(|e| e == "md"));
    files.sort();
    assert!(!files.is_empty());
    let mut faults = String::new();
    for file in files {
        let written = fs::read_to_string(&file).unwrap();
        let played = play(&written);
        if update {
            fs::write(&file, &played).unwrap();
        } else if written != played {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            for (n, (was, is)) in written.lines().zip(played.lines()).enumerate().filter(|(_, (a, b))| a != b).take(3) {
                writeln!(faults, "{name}:{}\n  written {was}\n  now     {is}", n + 1).unwrap();
            }
            if written.lines().count() != played.lines().count() {
                writeln!(faults, "{name}: {} lines written, {} now", written.lines().count(), played.lines().count())
                    .unwrap();
            }
        }
    }
    assert!(faults.is_empty(), "UPDATE=1 rewrites the files\n{faults}");
}
