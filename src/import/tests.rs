//! Small projects, written by hand in each format, and what must come of them: `tests/import/*.txt` holds the files under
//! `in/`, what is made of them under `out/`, the report, and what `check` says. `UPDATE=1` writes the last three anew.

use std::fmt::Write as _;
use std::path::Path;

use super::{Project, botpress, csv, kebab, nlpjs, rasa, write};
use crate::content::{self, SourceFile, folder};
use crate::types::Language;

fn shown(files: &[SourceFile], folder: &str) -> String {
    files.iter().fold(String::new(), |mut out, file| {
        let _ = write!(out, "== {folder}{}\n{}", file.path, String::from_utf8_lossy(&file.bytes));
        out
    })
}

#[test]
fn projects_of_each_format() {
    for format in ["rasa", "botpress", "nlpjs", "csv", "translations"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/import/{format}.txt"));
        let golden = std::fs::read_to_string(&path).unwrap();
        let below = |part: &str| -> Vec<SourceFile> {
            let own = |f: SourceFile| Some(SourceFile { path: f.path.strip_prefix(part)?.to_owned(), ..f });
            folder(&golden).into_iter().filter_map(own).collect()
        };
        let (input, there) = (below("in/"), below("there/"));
        let fresh = |project: Project| (write(&project), project);
        let (files, project) = match format {
            "rasa" => fresh(rasa::read(&input)),
            "botpress" => fresh(botpress::read(&input)),
            "nlpjs" => fresh(nlpjs::read(&input)),
            _ => csv::read(&input, &there).map(|(project, files)| (files, project)).unwrap(),
        };
        let unchanged = there.iter().filter(|f| !files.iter().any(|g| g.path == f.path));
        let (_, problems) = content::build(&files.iter().chain(unchanged).cloned().collect::<Vec<_>>());
        let problems: String = problems.iter().map(|p| format!("{} {}: {}\n", p.code, p.location, p.message)).collect();
        let now = format!(
            "{}{}{}== report\n{}== check\n{problems}",
            shown(&input, "in/"),
            shown(&there, "there/"),
            shown(&files, "out/"),
            project.report()
        );
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &now).unwrap();
            continue;
        }
        let lines: Vec<&str> = now.lines().collect();
        assert_eq!(lines, golden.lines().collect::<Vec<_>>(), "{format}: run with UPDATE=1");
    }
}

#[test]
fn names_become_ids() {
    for (name, id) in [
        ("faq/ask_returns", "faq-ask-returns"),
        ("checkBalance", "check-balance"),
        ("Rückgabe & Größe", "rueckgabe-groesse"),
        ("agent.acquaintance", "agent-acquaintance"),
        ("déjà vu?", "deja-vu"),
        ("返品", "intent-1"),
        ("--", "intent-1"),
    ] {
        assert_eq!(kebab(name, "intent-1"), id);
    }
}

/// The shipped shop's texts out, each of them translated, and in again.
#[test]
fn a_table_of_texts_comes_back_with_its_translations_and_changes_nothing_else() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (files, _) = crate::reload::read_folder(root);
    let (before, _) = content::build(&files);
    let french: Language = "fr".parse().unwrap();
    let table = csv::table(&before, &[french]);
    let as_file = |bytes: Vec<u8>| vec![SourceFile { path: "texts.csv".to_owned(), bytes }];
    let (project, unchanged) = csv::read(&as_file(table.clone().into_bytes()), &files).unwrap();
    assert_eq!((project.translated, unchanged.len(), project.left.len()), (Some(0), 0, 0), "nothing was filled in");

    let mut reader = ::csv::Reader::from_reader(table.trim_start_matches('\u{feff}').as_bytes());
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(reader.headers().unwrap().iter().map(str::to_owned).collect::<Vec<_>>()).unwrap();
    let hostile =
        ["yes", "a: b # c", "- x", "\"q\" 'q'", "one\n  two\n\nthree", "{a}, [b]", "été 🙂", "=1", "| x", "a\\b"];
    let mut wanted = Vec::new();
    for (n, row) in reader.records().enumerate() {
        let row = row.unwrap();
        let text = format!("{} {n}", hostile[n % hostile.len()]);
        // Every third English text is changed too.
        let english = if n % 3 == 0 { format!("Changed: {n}") } else { row[3].to_owned() };
        wanted.push((row[1].to_owned(), row[2].to_owned(), text.clone()));
        writer.write_record([&row[0], &row[1], &row[2], &english, &row[4], &text]).unwrap();
    }
    let (project, changed) = csv::read(&as_file(writer.into_inner().unwrap()), &files).unwrap();
    assert_eq!(project.left.iter().map(|l| l.what.as_str()).collect::<Vec<_>>(), ["the language `fr`"]);
    assert_eq!(project.translated, Some(wanted.len() + wanted.len().div_ceil(3)));
    let settings = "languages = [\"en\", \"de\", \"fr\"]\n";
    let now: Vec<SourceFile> = files
        .iter()
        .map(|f| changed.iter().find(|c| c.path == f.path).unwrap_or(f).clone())
        .map(|f| if f.path == "deskbell.toml" { SourceFile { bytes: settings.into(), ..f } } else { f })
        .collect();
    let (after, _) = content::build(&now);
    let mut reader =
        ::csv::Reader::from_reader(csv::table(&after, &[]).trim_start_matches('\u{feff}').to_owned().leak().as_bytes());
    let found: Vec<_> = reader
        .records()
        .map(|row| row.unwrap())
        .map(|row| (row[1].to_owned(), row[2].to_owned(), row[5].strip_prefix('\'').unwrap_or(&row[5]).to_owned()))
        .collect();
    assert_eq!(found, wanted);
}
