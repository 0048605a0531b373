//! Whatever SECURITY.md says is held by a test, is: under that name.

use std::path::Path;
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Names of tests within the sources, such as `http::auth::tests::name`.
fn is_in_sources(name: &str) -> bool {
    let parts: Vec<&str> = name.split("::").collect();
    let Some((test, module)) = parts.split_last() else { return false };
    let module = module.strip_suffix(&["tests"]).unwrap_or(module).join("/");
    let files = [format!("src/{module}.rs"), format!("src/{module}/mod.rs"), format!("src/{module}/tests.rs")];
    let held = |file: &String| std::fs::read_to_string(root().join(file)).unwrap_or_default();
    files.iter().map(held).any(|text| text.contains(&format!("fn {test}(")))
}

#[test]
fn every_test_that_the_policy_names_is_there() {
    let own = Command::new(std::env::current_exe().unwrap()).arg("--list").output().unwrap();
    let own = String::from_utf8(own.stdout).unwrap();
    let mut count = 0;
    for (file, heading) in [("SECURITY.md", "held by")] {
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        let (head, rows) = text.split_once(heading).unwrap();
        assert!(head.ends_with("| "), "{file}: the table's last column");
        for row in rows.lines().skip(2).take_while(|l| l.starts_with('|')) {
            let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
            let [who, .., held] = cells[..] else { panic!("{file}: {row}") };
            let names: Vec<&str> = quoted(held).collect();
            assert!(!names.is_empty(), "{file}: nothing holds the line against {who}");
            for name in names {
                // A test of this binary, one of the sources', a target of the fuzzer, or a file.
                let there = own.lines().any(|l| l == format!("{name}: test"))
                    || is_in_sources(name)
                    || root().join(name).is_file();
                assert!(there, "{file}: there is no {name}, which should hold the line against {who}");
                count += 1;
            }
        }
    }
    assert!(count >= 30, "{count}");
}
