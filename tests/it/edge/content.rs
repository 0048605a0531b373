//! Hostile, broken and half-written content under the running program: refused with file and line, and answered as
//! before meanwhile.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::durability::program::{Program, directory};
use crate::support::{Client, PATIENCE, request};

/// Puts something bad into the folder, under a name that contains the given one; false where this machine cannot.
type Plant = Box<dyn Fn(&Path, &str) -> bool>;

fn text(text: impl Into<Vec<u8>>) -> Plant {
    let text = text.into();
    Box::new(move |root, name| fs::write(root.join(format!("intents/{name}.yaml")), &text).is_ok())
}

fn intent(more: &str) -> Plant {
    text(format!("intents:\n  - id: bad\n    examples: [something else]\n    answer: x\n{more}"))
}

/// A folder that is whole when it comes.
fn staged(root: &Path, name: &str, fill: impl Fn(&Path) -> bool) -> bool {
    let folder = root.join(format!("staged-{name}"));
    fs::create_dir(&folder).is_ok() && fill(&folder) && fs::rename(&folder, root.join("intents").join(name)).is_ok()
}

fn bomb() -> String {
    let mut out = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..9 {
        let before = vec![format!("*a{}", n - 1); 9].join(", ");
        out += &format!("a{n}: &a{n} [{before}]\n");
    }
    out
}

/// (name, code, line or 0 where the parser may choose it, what)
fn rows() -> Vec<(&'static str, &'static str, u32, Plant)> {
    let patterns = |pattern: &str, n: usize| {
        intent(&format!("    patterns:\n{}", (0..n).map(|i| format!("      - '{pattern}{i}'\n")).collect::<String>()))
    };
    vec![
        ("alias-bomb", "S003", 6, text(bomb())),
        ("deep-list", "S003", 1, text("[".repeat(100_000))),
        ("deep-map", "S003", 33, text((0..100).map(|n| format!("{}k:\n", " ".repeat(n))).collect::<String>())),
        (
            "many-values",
            "S003",
            0,
            text(format!("intents:\n  - id: bad\n    examples:\n{}", "    - a\n".repeat(120_000))),
        ),
        ("endless-anchor", "S002", 0, text("x: &a [*a]\nintents: []\n")),
        ("two-documents", "S002", 3, text("intents: []\n---\nintents: []\n")),
        ("twice-a-key", "F004", 2, text("intents: []\nintents: []\n")),
        ("a-tag", "F002", 1, text("intents: !!python/object/apply:os.system [ls]\n")),
        ("fat-pattern", "I006", 6, patterns(r"\b\w{1,40}\s+\p{L}{200}", 1)),
        ("fat-patterns", "I006", 6, patterns(r"\w{6}\p{L}{8}", 600)),
        ("many-patterns", "I007", 2_006, patterns("x", 2_001)),
        ("nested-pattern", "I005", 6, patterns(&format!("{}a{}", "(".repeat(200), ")".repeat(200)), 1)),
        (
            "template",
            "A002",
            4,
            text("intents:\n  - id: bad\n    examples: [something else]\n    answer: \"{{ 'a' * 999999999 }}\"\n"),
        ),
        ("not-utf-8", "S001", 2, text(b"intents:\n  - id: \xff\xfe\n".to_vec())),
        ("control", "S004", 2, text("intents:\n  - id: a\0b\n")),
        ("too-large", "B001", 1, text(vec![b'#'; (1 << 20) + 1])),
        (
            "sparse",
            "B001",
            1,
            Box::new(|root, name| {
                let file = fs::File::create(root.join(format!("intents/{name}.yaml")));
                file.and_then(|f| f.set_len(64 << 30)).is_ok()
            }),
        ),
        (
            "pipe",
            "B006",
            1,
            Box::new(|root, name| {
                Command::new("mkfifo")
                    .arg(root.join(format!("intents/{name}.yaml")))
                    .status()
                    .is_ok_and(|s| s.success())
            }),
        ),
        (
            "device",
            "B006",
            1,
            Box::new(|root, name| {
                let path = root.join(format!("intents/{name}.yaml"));
                let made =
                    Command::new("mknod").arg(path).args(["c", "1", "5"]).stderr(std::process::Stdio::null()).status();
                made.is_ok_and(|s| s.success())
            }),
        ),
        (
            "socket",
            "B006",
            1,
            Box::new(|root, name| UnixListener::bind(root.join(format!("intents/{name}.yaml"))).is_ok()),
        ),
        (
            "link-to-zeros",
            "B005",
            1,
            Box::new(|root, name| symlink("/dev/zero", root.join(format!("intents/{name}.yaml"))).is_ok()),
        ),
        (
            "link-to-secrets",
            "B005",
            1,
            Box::new(|root, name| symlink("/etc/passwd", root.join(format!("intents/{name}.yaml"))).is_ok()),
        ),
        (
            "link-up",
            "B005",
            1,
            Box::new(|root, name| symlink("../../data/deskbell.db", root.join(format!("intents/{name}.yaml"))).is_ok()),
        ),
        ("link-to-root", "B005", 1, Box::new(|root, name| symlink("/", root.join(format!("intents/{name}"))).is_ok())),
        (
            "link-to-itself",
            "B007",
            1,
            Box::new(|root, name| {
                let path = root.join(format!("intents/{name}.yaml"));
                symlink(&path, &path).is_ok()
            }),
        ),
        (
            "link-in-a-circle",
            "B004",
            1,
            Box::new(|root, name| symlink(root.join("intents"), root.join(format!("intents/{name}"))).is_ok()),
        ),
        (
            "deep-folders",
            "B004",
            1,
            Box::new(|root, name| fs::create_dir_all(root.join(format!("intents/{name}/{}", "d/".repeat(40)))).is_ok()),
        ),
        (
            "links-to-each-other",
            "B004",
            1,
            Box::new(|root, name| {
                let folder = |n: usize| root.join(format!("intents/{name}-{n}"));
                (0..12).all(|n| fs::create_dir(folder(n)).is_ok())
                    && (0..12).all(|n| {
                        (0..12).filter(|m| *m != n).all(|m| symlink(folder(m), folder(n).join(m.to_string())).is_ok())
                    })
            }),
        ),
        (
            "many-files",
            "B003",
            1,
            Box::new(|root, name| {
                staged(root, name, |folder| {
                    (0..5_001).all(|n| fs::write(folder.join(format!("{n}.yaml")), "intents: []\n").is_ok())
                })
            }),
        ),
        (
            "much-in-all",
            "B002",
            1,
            Box::new(|root, name| {
                staged(root, name, |folder| {
                    (0..65).all(|n| fs::write(folder.join(format!("{n}.yaml")), vec![b'#'; 1 << 20]).is_ok())
                })
            }),
        ),
        (
            "name-not-utf-8",
            "B007",
            1,
            Box::new(|root, name| {
                use std::os::unix::ffi::OsStrExt as _;
                let file = [name.as_bytes(), b"\xff.yaml"].concat();
                fs::write(root.join("intents").join(std::ffi::OsStr::from_bytes(&file)), "intents: []\n").is_ok()
            }),
        ),
    ]
}

async fn answered(visitor: &mut Client) -> String {
    let start = visitor.frames.len();
    visitor.say("when are you open?", None).await;
    let answer = visitor.wait_from(start, |f| f["type"] == "ev" && f["from"]["kind"] == "bot").await;
    assert_eq!(answer["body"]["id"], "opening-hours", "{answer}");
    answer["body"]["text"].as_str().unwrap().to_owned()
}

/// Asks until this is the answer.
async fn becomes(visitor: &mut Client, wanted: &str) {
    let comes = async { while answered(visitor).await != wanted {} };
    tokio::time::timeout(PATIENCE, comes).await.unwrap_or_else(|_| panic!("never was {wanted:?}"));
}

async fn visitor(program: &Program) -> Client {
    let mut client = Client::connect(program.address, "/ws", None).await;
    client.hello(json!({})).await;
    client
}

async fn version(program: &Program) -> String {
    let ready = request(program.admin, "GET", "/readyz", &[("connection", "close")], "").await.json();
    ready["content"]["version"].as_str().unwrap().to_owned()
}

/// Takes away whatever has this name in it.
fn clean(root: &Path, name: &str) {
    for entry in fs::read_dir(root.join("intents")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with(name) {
            let folder = fs::symlink_metadata(&path).unwrap().is_dir();
            if folder { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
        }
    }
}

#[tokio::test]
async fn what_editors_break_is_refused_in_its_place_and_answers_go_on() {
    let directory = directory();
    let root = directory.path().join("content");
    let mut program = Program::start(directory.path());
    let before = version(&program).await;
    let mut visitor = visitor(&program).await;
    let mut wrong = Vec::new();
    for (name, code, line, plant) in rows() {
        if !plant(&root, name) {
            eprintln!("SKIPPED {name}: this machine cannot make it");
            continue;
        }
        let began = tokio::time::Instant::now();
        let told = program.until(&format!("at=intents/{name}"));
        eprintln!("{name}: told after {} ms", began.elapsed().as_millis());
        let fits = told.contains(&format!("code=\"{code}\"")) && (line == 0 || told.contains(&format!(":{line}:")));
        if !fits {
            wrong.push(format!("{name}: not {code} in line {line}: {told}"));
        }
        assert_eq!(answered(&mut visitor).await, "Every day from eight to eight.", "{name}");
        assert_eq!(version(&program).await, before, "{name}");
        clean(&root, name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // And what is right goes live.
    let path = root.join("intents/a.yaml");
    fs::write(&path, fs::read_to_string(&path).unwrap().replace("eight to eight", "nine to five")).unwrap();
    becomes(&mut visitor, "Every day from nine to five.").await;
    program.stop();
}

#[tokio::test]
async fn a_folder_that_broke_while_the_server_was_down_starts_with_the_last_good_one() {
    let directory = directory();
    let path = directory.path().join("content/intents/a.yaml");
    let good = fs::read_to_string(&path).unwrap();
    let program = Program::start(directory.path());
    let before = version(&program).await;
    program.kill();
    for broken in ["intents: [", "", "intents: []\nintents: []\n"] {
        // An empty file is no intents at all, which is an error too.
        fs::write(&path, broken).unwrap();
        let mut program = Program::start(directory.path());
        program.until("the last good one is served");
        assert_eq!(version(&program).await, before, "{broken:?}");
        assert_eq!(answered(&mut visitor(&program).await).await, "Every day from eight to eight.");
        program.kill();
    }
    fs::write(&path, "intents: [").unwrap();
    let program = Program::start(directory.path());
    fs::write(&path, good.replace("eight to eight", "nine to five")).unwrap();
    becomes(&mut visitor(&program).await, "Every day from nine to five.").await;
    program.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_saved_a_hundred_times_a_second_is_never_live_by_half() {
    let directory = directory();
    let path = directory.path().join("content/intents/a.yaml");
    let program = Program::start(directory.path());
    let mut visitor = visitor(&program).await;
    let written = |n: usize| {
        // The question's intent stands last: half of the file is sound, and does not know it.
        let others: String = (0..200)
            .map(|i| {
                format!("  - id: other-{i}\n    examples: [thing number {i} of batch {n}]\n    answer: Thing {i}.\n")
            })
            .collect();
        let last = "  - id: opening-hours\n    examples: [when are you open, what are your opening hours]\n";
        format!("intents:\n{others}{last}    answer: Version {n}.\n")
    };
    fs::write(&path, written(0)).unwrap();
    becomes(&mut visitor, "Version 0.").await;
    let stop = Arc::new(AtomicBool::new(false));
    let writer = std::thread::spawn({
        let (path, stop) = (path.clone(), Arc::clone(&stop));
        move || {
            let mut n = 0;
            while !stop.load(Ordering::Relaxed) {
                n += 1;
                // As an editor that saves in place: cut, then in two pieces.
                let text = written(n);
                let (first, second) = text.split_at(text.len() / 2);
                fs::write(&path, first).unwrap();
                std::thread::sleep(Duration::from_millis(5));
                let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
                std::io::Write::write_all(&mut file, second.as_bytes()).unwrap();
                std::thread::sleep(Duration::from_millis(5));
            }
            n
        }
    });
    let asks = std::env::var("ASKS").ok().and_then(|n| n.parse().ok()).unwrap_or(120);
    for _ in 0..asks {
        let told = answered(&mut visitor).await;
        assert!(told.starts_with("Version "), "{told}");
        tokio::time::sleep(Duration::from_millis(50)).await; // the length of the trial: six seconds at least
    }
    stop.store(true, Ordering::Relaxed);
    let last = writer.join().unwrap();
    eprintln!("{asks} questions during {last} saves");
    // When it has come to rest, the last one is live.
    becomes(&mut visitor, &format!("Version {last}.")).await;
    program.stop();
}
