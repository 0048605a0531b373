//! Ended at the worst moments, and started again.

use std::path::Path;
use std::process::Command;

use super::program::{BINARY, Program, Visitor, deskbell, directory, done, run, stored};

fn failing(at: &str) -> Command {
    let mut command = Command::new(BINARY);
    command.env("FAULT_AT", at);
    command
}

/// Ends by itself, as a kill in that place would end it.
fn aborted(mut command: Command) -> bool {
    use std::os::unix::process::ExitStatusExt;
    command.output().unwrap().status.signal() == Some(6)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acked_is_lost_at_any_commit() {
    for point in ["before_commit", "after_commit_before_ack"] {
        let directory = directory();
        let mut visitor: Option<Visitor> = None;
        for k in [3, 4, 7, 12] {
            let program = Program::start_with(directory.path(), failing(&format!("{point}:{k}")));
            let mut person = match visitor.take() {
                Some(mut person) => {
                    person.back(&program).await;
                    person
                }
                None => Visitor::new(&program).await,
            };
            // What was under way the last time is sent again under its name, then new things until the end.
            let mut again: Vec<(String, String)> = person.open.clone().into_iter().collect();
            while let Some((cmid, text)) = again.pop() {
                let Some(told) = person.say_as(&cmid, &text).await else { break };
                assert_eq!(told["type"], "ack", "{told}");
                // In the first place it was lost, in the second only its ack was.
                assert_eq!(told["dup"], point == "after_commit_before_ack", "{told}");
            }
            while person.say("when are you open?").await.is_some() {}
            use std::os::unix::process::ExitStatusExt;
            assert_eq!(program.ended().signal(), Some(6), "{point}:{k}");
            visitor = Some(person);
        }
        let visitor = visitor.unwrap();
        assert!(visitor.acked.len() > 8, "{point}: {}", visitor.acked.len());
        visitor.check(directory.path());
    }
}

#[test]
fn a_migration_starts_again() {
    let directory = directory();
    let data = directory.path().join("data");
    // A command wants data: an empty file is where the first step begins.
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("deskbell.db"), "").unwrap();
    let ended_in = |step: u32| {
        let mut command = deskbell(directory.path(), &["log"]);
        command.env("FAULT_AT", format!("migrate_mid:{step}"));
        aborted(command)
    };
    // As often as it is begun the first step gets undone, and then each later one is ended once, as many as there are.
    assert!(ended_in(1) && ended_in(1) && ended_in(1));
    while ended_in(2) {}
    assert!(!ended_in(1), "all steps are done");
    assert!(stored(directory.path()).is_empty());
    Program::start(directory.path()).stop();
}

/// By a kill at a random moment, `KILLS` times or twenty. What comes after the first step is tried out beside the steps
/// themselves, in `src/store/sqlite/migrations.rs`.
#[test]
fn killed_at_any_moment_the_first_start_starts_again() {
    let kills: u32 = std::env::var("KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(20);
    let (mut undone, mut limit) = (0, 30_000);
    for _ in 0..kills {
        let directory = directory();
        let data = directory.path().join("data");
        std::fs::create_dir_all(&data).unwrap();
        std::fs::write(data.join("deskbell.db"), "").unwrap();
        let mut child = deskbell(directory.path(), &["log"]).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_micros(getrandom::u64().unwrap() % limit));
        let _ = child.kill(); // it may have ended
        if child.wait().unwrap().success() {
            limit = (limit * 9 / 10).max(2_000);
        } else {
            undone += 1;
        }
        assert!(stored(directory.path()).is_empty());
    }
    eprintln!("{kills} kills: {undone} before the end");
    assert!(undone > 0, "no kill met it under way");
}

/// The last good content is there, whatever becomes of the folder and of the moment in which a newer one takes its place.
#[test]
fn a_crash_while_content_is_kept_leaves_one_to_start_with() {
    let directory = directory();
    Program::start(directory.path()).stop();
    let file = directory.path().join("content/intents/a.yaml");
    let good = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, good.replace("eight", "nine")).unwrap();
    let Err((status, _)) = Program::try_start(directory.path(), failing("content_mid_swap")) else {
        panic!("passed it");
    };
    use std::os::unix::process::ExitStatusExt;
    assert_eq!(status.signal(), Some(6));
    std::fs::write(&file, "intents: [").unwrap();
    let mut program = Program::start(directory.path());
    program.until("the last good one is served");
    program.stop();
    std::fs::write(&file, good).unwrap();
    Program::start(directory.path()).stop();
    let left = std::fs::read_dir(directory.path().join("data")).unwrap().map(|e| e.unwrap().file_name());
    let left: Vec<_> = left.filter(|n| n.to_string_lossy().starts_with("last-good-content")).collect();
    assert_eq!(left.len(), 1, "what was left by the crash goes: {left:?}");
}

fn backups(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory.join("data/backups")).unwrap();
    entries.map(|e| e.unwrap().file_name().into_string().unwrap()).filter(|n| !n.ends_with(".part")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_whole_or_not_there() {
    let directory = directory();
    let program = Program::start(directory.path());
    let mut visitor = Visitor::new(&program).await;
    visitor.chat(3).await;
    let mut command = deskbell(directory.path(), &["backup"]);
    command.env("FAULT_AT", "backup_mid_copy");
    assert!(aborted(command));
    assert!(backups(directory.path()).is_empty());
    done(deskbell(directory.path(), &["backup"]));
    assert_eq!(backups(directory.path()).len(), 2);
    assert!(done(deskbell(directory.path(), &["drill"])).contains("sound"));
    visitor.leave().await;
    program.stop();
    visitor.check(directory.path());
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_restore_is_not_served() {
    let directory = directory();
    let program = Program::start(directory.path());
    let mut visitor = Visitor::new(&program).await;
    visitor.chat(3).await;
    visitor.leave().await;
    program.stop();
    let file = done(deskbell(directory.path(), &["backup"])).lines().next().unwrap().to_owned();
    let mut command = deskbell(directory.path(), &["restore", &file]);
    command.env("FAULT_AT", "restore_mid_move");
    assert!(aborted(command));
    let Err((status, said)) = Program::try_start(directory.path(), Command::new(BINARY)) else {
        panic!("serves half a restore");
    };
    assert_eq!(status.code(), Some(2));
    assert!(said.join("\n").contains("the last restore was interrupted"), "{said:?}");
    let (code, text) = run(deskbell(directory.path(), &["log"]));
    assert_eq!((code, text.contains("interrupted")), (Some(2), true), "{text}");
    done(deskbell(directory.path(), &["restore", &file]));
    visitor.check(directory.path());
    Program::start(directory.path()).stop();
}
