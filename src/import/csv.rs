//! Tables: questions with their answers, as people keep them in spreadsheets; and the texts of a content with their
//! translations, out and in again.

use std::collections::{BTreeMap, HashMap};

use super::texts::Change;
use super::{Entry, Project, at, kebab, text_of, whole, write};
use crate::content::{Content, Localized, Location, SourceFile};
use crate::types::Language;

/// First cells of a table of texts.
const TEXTS: [&str; 3] = ["file", "id", "text"];

/// What a column of a table of questions is called.
const NAMES: &[(&str, &[&str])] = &[
    ("id", &["id", "intent", "name"]),
    ("topic", &["topic", "category", "kategorie", "thema"]),
    ("title", &["title", "titel"]),
    ("question", &["question", "questions", "example", "examples", "utterance", "utterances", "frage", "fragen"]),
    ("answer", &["answer", "answers", "response", "antwort", "antworten"]),
    ("language", &["language", "lang", "locale", "sprache"]),
];

/// Reads tables. Of questions and answers a project is made; texts with their translations go into the files that are
/// there (`there`): those files, changed, and nothing else.
///
/// # Errors
/// Why a table cannot be read at all.
pub fn read(files: &[SourceFile], there: &[SourceFile]) -> Result<(Project, Vec<SourceFile>), String> {
    let mut project = Project::default();
    let mut changes: BTreeMap<String, Vec<(Location, Change)>> = BTreeMap::new();
    let mut of_texts = false;
    for file in files.iter().filter(|f| f.path.to_lowercase().ends_with(".csv")) {
        let Some(text) = text_of(file, &mut project) else { continue };
        let rows = rows(text).map_err(|e| format!("{}: {e}", file.path))?;
        let Some((_, head)) = rows.first() else { continue };
        let head: Vec<String> = head.iter().map(|c| c.trim().to_lowercase()).collect();
        if head.iter().map(String::as_str).take(3).eq(TEXTS) {
            of_texts = true;
            translations(&file.path, &head, &rows, &mut project, &mut changes);
        } else {
            questions(&file.path, &head, &rows, &mut project)?;
        }
    }
    if !of_texts {
        project.tidy();
        let files = if project.entries.is_empty() { Vec::new() } else { write(&project) };
        return Ok((project, files));
    }
    let (content, _) = crate::content::build(there);
    let texts_there = all_texts(&content);
    let stand: HashMap<(&str, &str), &Localized> =
        texts_there.iter().map(|(_, id, path, text)| ((*id, path.as_str()), *text)).collect();
    let (mut written, mut texts) = (Vec::new(), 0);
    for (path, all) in changes {
        let rows: HashMap<(String, String), Location> =
            all.iter().map(|(row, c)| ((c.id.clone(), c.path.clone()), row.clone())).collect();
        let Some(file) = there.iter().find(|f| f.path == path) else {
            for ((id, text), row) in rows {
                project.leave(&row, format!("`{text}` of `{id}`"), format!("there is no file {path}"));
            }
            continue;
        };
        let said = |c: &Change| stand.get(&(c.id.as_str(), c.path.as_str())).and_then(|t| in_language(t, c.language));
        let all: Vec<Change> =
            all.into_iter().map(|(_, c)| c).filter(|c| said(c).is_none_or(|t| t.trim_end() != c.text)).collect();
        if all.is_empty() {
            continue;
        }
        match super::texts::set(file, content.settings.default_language(), &all) {
            Ok((changed, refused)) => {
                texts += all.len() - refused.len();
                for (change, why) in refused {
                    let row = rows.get(&(change.id.clone(), change.path.clone())).cloned().unwrap_or_default();
                    project.leave(&row, format!("`{}` of `{}`", change.path, change.id), why);
                }
                if changed != *file {
                    written.push(changed);
                }
            }
            Err(why) => project.leave(&whole(&path), format!("{} texts", all.len()), why),
        }
    }
    let known = &content.settings.languages;
    let news: Vec<String> = project.languages.iter().filter(|l| !known.contains(l)).map(|l| format!("`{l}`")).collect();
    if !news.is_empty() {
        let why = "add it to `languages` in deskbell.toml, or nobody will see the texts";
        project.leave(&whole("deskbell.toml"), format!("the language {}", news.join(", ")), why);
    }
    project.translated = Some(texts);
    Ok((project, written))
}

/// Rows that hold something, with their lines. The sign between cells is the one that the first line has most of.
fn rows(text: &str) -> Result<Vec<(u32, Vec<String>)>, String> {
    let first = text.lines().next().unwrap_or_default();
    let count = |sign: &u8| first.bytes().filter(|b| b == sign).count();
    let between = [b',', b';', b'\t', b'|'].into_iter().rev().max_by_key(count).unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(between).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|e| e.to_string())?;
        let line = row.position().map_or(0, |p| u32::try_from(p.line()).unwrap_or(u32::MAX));
        if row.iter().any(|cell| !cell.trim().is_empty()) {
            rows.push((line, row.iter().map(bare).collect()));
        }
    }
    Ok(rows)
}

/// Signs with which a spreadsheet takes a text for a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A cell as a spreadsheet shows it, and never runs it.
fn cell(text: &str) -> String {
    if text.starts_with(FORMULA) || text.starts_with('\'') { format!("'{text}") } else { text.to_owned() }
}

/// The text that such a cell stands for.
fn bare(cell: &str) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(FORMULA) || rest.starts_with('\'') => rest.to_owned(),
        _ => cell.to_owned(),
    }
}

fn translations(
    path: &str,
    head: &[String],
    rows: &[(u32, Vec<String>)],
    project: &mut Project,
    changes: &mut BTreeMap<String, Vec<(Location, Change)>>,
) {
    let languages: Vec<(usize, Language)> =
        head.iter().enumerate().skip(TEXTS.len()).filter_map(|(i, name)| Some((i, name.parse().ok()?))).collect();
    for name in head.iter().skip(TEXTS.len()).filter(|n| n.parse::<Language>().is_err() && !n.is_empty()) {
        project.leave(&at(path, 1), format!("the column `{name}`"), "it names no language");
    }
    for (line, row) in rows.iter().skip(1) {
        let [Some(file), Some(id), Some(key)] = [row.first(), row.get(1), row.get(2)] else { continue };
        for (index, language) in &languages {
            let Some(text) = row.get(*index).filter(|t| !t.trim().is_empty()) else { continue };
            if !project.languages.contains(language) {
                project.languages.push(*language);
            }
            let text = text.replace("\r\n", "\n").trim_end().to_owned();
            let change = Change { id: id.trim().to_owned(), path: key.trim().to_owned(), language: *language, text };
            changes.entry(file.trim().to_owned()).or_default().push((at(path, *line), change));
        }
    }
}

/// What a text says in just this language.
fn in_language(text: &Localized, language: Language) -> Option<&str> {
    text.texts.iter().find(|(l, _)| *l == language).map(|(_, t)| t.as_str())
}

/// Every text of a content that visitors or agents read: file, id, path, and what it says.
fn all_texts(content: &Content) -> Vec<(&str, &str, String, &Localized)> {
    let mut all = Vec::new();
    for intent in &content.intents {
        let file = intent.location.file.as_str();
        let mut push = |path: String, text| all.push((file, intent.id.as_str(), path, text));
        if !intent.title.texts.is_empty() {
            push("title".to_owned(), &intent.title);
        }
        if let Some(answer) = &intent.answer {
            push("answer".to_owned(), answer);
        }
        for (n, option) in (1..).zip(&intent.options) {
            push(format!("options.{n}.label"), &option.label);
        }
        for slot in &intent.slots {
            for (key, text) in [("ask", &slot.ask), ("retry", &slot.retry)] {
                if !text.texts.is_empty() {
                    push(format!("slots.{}.{key}", slot.name), text);
                }
            }
        }
    }
    for canned in &content.canned {
        all.push((canned.location.file.as_str(), canned.shortcut.as_str(), "text".to_owned(), &canned.text));
    }
    all
}

/// The texts of a content as a table, one a row, with a column for each of its languages and of `more`. Comes back by
/// [`read`] with what a translator filled in. Articles are whole files in one language and stay out.
#[must_use]
pub fn table(content: &Content, more: &[Language]) -> String {
    let mut languages = content.settings.languages.clone();
    languages.extend(more.iter().filter(|l| !content.settings.languages.contains(l)));
    let mut out = csv::Writer::from_writer(Vec::new());
    let head = TEXTS.iter().map(|c| (*c).to_owned()).chain(languages.iter().map(ToString::to_string));
    // Writing to memory cannot fail.
    let _ = out.write_record(head);
    for (file, id, path, text) in all_texts(content) {
        let said = |l: &Language| in_language(text, *l).map_or_else(String::new, cell);
        let row = [cell(file), cell(id), path].into_iter().chain(languages.iter().map(said));
        let _ = out.write_record(row);
    }
    let bytes = out.into_inner().unwrap_or_default();
    // The mark by which spreadsheets know UTF-8.
    format!("\u{feff}{}", String::from_utf8_lossy(&bytes))
}

fn questions(path: &str, head: &[String], rows: &[(u32, Vec<String>)], project: &mut Project) -> Result<(), String> {
    // `answer`, `answer_de`, `answer (de)`, `answer:de`
    let mut columns: Vec<(usize, &str, Option<Language>)> = Vec::new();
    for (index, cell) in head.iter().enumerate() {
        let words: Vec<&str> = cell.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
        let Some((first, rest)) = words.split_first() else { continue };
        let name = NAMES.iter().find(|(_, all)| all.contains(first)).map(|(name, _)| *name);
        match (name, rest) {
            (Some(name), []) => columns.push((index, name, None)),
            (Some(name), [code]) if code.parse::<Language>().is_ok() => {
                columns.push((index, name, code.parse().ok()));
            }
            _ => project.leave(&at(path, 1), format!("the column `{cell}`"), "there is nothing like it here"),
        }
    }
    let has = |wanted: &str| columns.iter().any(|(_, name, _)| *name == wanted);
    if !has("question") || !has("answer") {
        return Err(format!(
            "{path}: the first row has to name the columns: `question` and `answer` (also `answer_de`, `id`, `topic`, `title`, `language`), or `file`, `id`, `text` and languages as `deskbell export` writes them"
        ));
    }
    let stem = path.rsplit('/').next().unwrap_or_default();
    let stem = kebab(stem.rsplit_once('.').map_or(stem, |(s, _)| s), "questions");
    for (line, row) in rows.iter().skip(1) {
        let here = at(path, *line);
        let texts = |wanted: &str| -> Vec<(Option<Language>, String)> {
            let cells = columns.iter().filter(|(_, name, _)| *name == wanted);
            cells
                .filter_map(|(i, _, language)| Some((*language, row.get(*i)?.replace("\r\n", "\n").trim().to_owned())))
                .filter(|(_, text)| !text.is_empty())
                .collect()
        };
        let one = |wanted: &str| texts(wanted).into_iter().next().map(|(_, text)| text);
        let own: Option<Language> =
            one("language").and_then(|l| l.split(['-', '_']).next()?.to_lowercase().parse().ok());
        let spoken = |all: Vec<(Option<Language>, String)>| -> Vec<(Option<Language>, String)> {
            all.into_iter().map(|(l, t)| (l.or(own), t)).collect()
        };
        let examples: Vec<String> = texts("question")
            .iter()
            .flat_map(|(_, t)| t.split(['\n', '|']))
            .map(|t| t.trim().to_owned())
            .filter(|t| !t.is_empty())
            .collect();
        let answer = spoken(texts("answer"));
        let name = one("id");
        for language in answer.iter().filter_map(|(l, _)| *l).chain(own) {
            if !project.languages.contains(&language) {
                project.languages.push(language);
            }
        }
        // A row of the same name, or without a name and an answer, says more of the one above.
        let fresh = name.as_ref().map(|n| kebab(n, "question"));
        let same = match &fresh {
            Some(id) => project.entries.iter().position(|e| e.id == *id && e.from.file == path),
            None if answer.is_empty() => project.entries.len().checked_sub(1),
            None => None,
        };
        if let Some(entry) = same.and_then(|i| project.entries.get_mut(i)) {
            entry.examples.extend(examples);
            for (language, text) in answer {
                match entry.answer.iter().find(|(l, _)| *l == language) {
                    None => entry.answer.push((language, text)),
                    Some((_, there)) if *there == text => {}
                    Some(_) => {
                        let why = "an answer has one text here";
                        project.left.push(super::Left {
                            file: here.file.clone(),
                            line: here.line,
                            what: "a further answer".to_owned(),
                            why: why.to_owned(),
                        });
                    }
                }
            }
            continue;
        }
        let Some(first) = examples.first() else {
            project.leave(&here, "the row", "it has no question");
            continue;
        };
        if answer.is_empty() {
            project.leave(&here, format!("the answer to “{first}”"), "the cell is empty; it rings a person");
        }
        project.entries.push(Entry {
            topic: one("topic").map_or_else(|| stem.clone(), |t| kebab(&t, "questions")),
            id: fresh.unwrap_or_else(|| kebab(first, "question")),
            title: spoken(texts("title")),
            examples,
            answer,
            from: here,
            ..Entry::default()
        });
    }
    Ok(())
}
