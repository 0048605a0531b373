//! From files to a content: the order of the work, and the budgets of the whole.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use super::gather::{Gathered, Reference};
use super::problem::Severity;
use super::source::Source;
use super::syntax::Place;
use super::{
    Content, Location, Problem, SourceFile, articles, canned, cases, intents, lint, settings_file, transcripts,
};
use crate::engine::{BuildProblemKind, Engine, Rules, Target};

/// Bytes of one file.
pub const FILE_BYTES: usize = 1 << 20;
/// Bytes of all files.
pub const ALL_BYTES: usize = 64 << 20;
/// Number of files.
pub const FILES: usize = 5_000;
/// Nesting of folders.
pub const DEPTH: usize = 32;

/// What a path below the root is to the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `deskbell.toml`
    Settings,
    /// `intents/**/*.yaml`, `.yml`
    Intents,
    /// `intents/**/*.test.md`
    Tests,
    /// `intents/**/*.test.yaml`, `.yml`
    Cases,
    /// `canned/**/*.yaml`, `.yml`
    Canned,
    /// `knowledge/**/*.md`: the article with this id.
    Article(String),
}

impl Kind {
    /// What a path is; none for files that are no content.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        if path == settings_file::PATH {
            return Some(Self::Settings);
        }
        let is_yaml = path.ends_with(".yaml") || path.ends_with(".yml");
        if let Some(below) = path.strip_prefix("intents/") {
            let is_test = below.ends_with(".test.md") || below.ends_with(".test.yaml") || below.ends_with(".test.yml");
            return match (is_yaml, is_test) {
                (true, true) => Some(Self::Cases),
                (true, false) => Some(Self::Intents),
                (false, is_test) => is_test.then_some(Self::Tests),
            };
        }
        if path.starts_with("canned/") {
            return is_yaml.then_some(Self::Canned);
        }
        let id = path.strip_prefix("knowledge/")?.strip_suffix(".md")?;
        Some(Self::Article(id.to_owned()))
    }
}

pub(super) fn build(files: &[SourceFile], before: Option<&Engine>) -> (Content, Vec<Problem>) {
    let (gathered, version) = gather(files);
    compile(gathered, version, before)
}

/// All problems but those that only an engine finds.
pub(super) fn problems(files: &[SourceFile]) -> Vec<Problem> {
    let (mut gathered, _) = gather(files);
    sort(&mut gathered.problems);
    gathered.problems
}

/// In the order of the files, errors first.
pub(super) fn sort(problems: &mut Vec<Problem>) {
    problems.sort_by(|a, b| (&a.location, b.severity, a.code).cmp(&(&b.location, a.severity, b.code)));
    problems.dedup();
}

/// Reads all files, and looks across them.
pub(super) fn gather(files: &[SourceFile]) -> (Gathered, String) {
    let mut files: Vec<&SourceFile> = files.iter().collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let version = version(&files);
    let mut problems = Vec::new();
    let mut unread = 0;
    let mut texts: Vec<(Kind, Source<'_>)> = Vec::new();
    let mut bytes = 0;
    for file in &files {
        let Some(kind) = Kind::of(&file.path) else { continue };
        bytes += file.bytes.len();
        if texts.len() >= FILES || bytes > ALL_BYTES {
            let code = if bytes > ALL_BYTES { "B002" } else { "B003" };
            let message = if bytes > ALL_BYTES {
                "the content is larger than 64 MiB; this file and those after it are not read"
            } else {
                "the content has more than 5,000 files; this one and those after it are not read"
            };
            problems
                .push(Problem::new(code, top(&file.path), 0, message).help("look for files that do not belong here"));
            unread += 1;
            break;
        }
        match text(file) {
            Ok(text) => texts.push((kind, Source::new(&file.path, text))),
            Err(problem) => {
                problems.push(problem);
                unread += 1;
            }
        }
    }
    let (settings, places) = match texts.iter().find(|(kind, _)| *kind == Kind::Settings) {
        Some((_, source)) => settings_file::read(source, &mut problems),
        None => Default::default(),
    };
    let mut gathered = Gathered::new(settings);
    gathered.problems = problems;
    gathered.incomplete = unread > 0;
    for (kind, source) in &texts {
        match kind {
            Kind::Settings => {
                for (id, place) in &places.suggested {
                    let problem = source.problem("C005", *place, format!("there is no intent `{id}`"));
                    let fix = source.replace_within(*place, id, id);
                    gathered.references.push(Reference { id: id.clone(), problem, articles_too: false, fix });
                }
            }
            Kind::Intents => intents::read(source, &mut gathered),
            Kind::Article(id) => articles::read(source, id, &mut gathered),
            Kind::Tests => transcripts::read(source, &mut gathered),
            Kind::Cases => cases::read(source, &mut gathered),
            Kind::Canned => canned::read(source, &mut gathered),
        }
    }
    lint::across(&mut gathered);
    (gathered, version)
}

fn compile(gathered: Gathered, version: String, before: Option<&Engine>) -> (Content, Vec<Problem>) {
    let Gathered { settings, mut problems, lines, intents, articles, canned, tests, templates, .. } = gathered;
    let mut templates = templates;
    for text in settings.texts.values() {
        // Those that cannot be compiled were reported where they were read.
        let _ = templates.add(text);
    }
    for phrase in super::Phrase::all() {
        for language in [crate::types::Language::EN, crate::types::Language::DE] {
            if let Some(text) = phrase.default_text(language) {
                let _ = templates.add(text);
            }
        }
    }
    let (intents, intent_rules): (Vec<_>, Vec<_>) = intents.into_iter().unzip();
    let (articles, article_rules): (Vec<_>, Vec<_>) = articles.into_iter().unzip();
    let example_places = intent_rules
        .iter()
        .map(|r: &crate::engine::IntentRule| r.examples.iter().map(|e| e.source).collect())
        .collect();
    let rules = Rules {
        intents: intent_rules,
        articles: article_rules,
        default_language: Some(settings.default_language()),
        options: settings.options,
    };
    let line_texts = super::why::quotes(&rules, lines.len());
    let (engine, refused) = match before {
        Some(before) => before.rebuild(rules),
        None => Engine::build(rules),
    };
    problems.extend(refused.into_iter().map(|r| {
        let location = lines.get(r.source as usize).cloned().unwrap_or_default();
        refused_by_engine(&r.kind, location)
    }));
    sort(&mut problems);
    let mut ids = HashMap::new();
    for (index, article) in (0_u32..).zip(&articles) {
        for (passage, part) in (0_u32..).zip(&article.passages) {
            let target = Target::Passage { article: index, passage };
            if passage == 0 {
                ids.insert(article.id.clone(), target);
            }
            ids.insert(format!("{}#{}", article.id, part.anchor), target);
        }
    }
    ids.extend(
        (0_u32..)
            .zip(&intents)
            .map(|(index, intent): (u32, &super::Intent)| (intent.id.clone(), Target::Intent(index))),
    );
    (
        Content {
            version,
            settings,
            intents,
            articles,
            canned,
            tests,
            engine,
            lines,
            line_texts,
            templates,
            ids,
            example_places,
            watch: OnceLock::default(),
        },
        problems,
    )
}

pub(super) fn refused_by_engine(kind: &BuildProblemKind, location: Location) -> Problem {
    let (code, help) = match kind {
        BuildProblemKind::Syntax(_) => ("I005", "single quotes around a pattern keep its backslashes as they are"),
        BuildProblemKind::TooBig { .. } => ("I006", "use smaller repetitions"),
        BuildProblemKind::MatchesEmpty => ("I023", "let it need at least one letter"),
        BuildProblemKind::Budget => ("I007", "write several alternatives as one pattern: `(?:a|b)`"),
    };
    Problem::new(code, location, 0, kind.to_string()).help(help)
}

/// The text of a file, if it is one.
fn text(file: &SourceFile) -> Result<&str, Problem> {
    if file.bytes.len() > FILE_BYTES {
        let message = format!("the file has {} KiB; 1,024 are allowed", file.bytes.len() / 1024);
        return Err(Problem::new("B001", top(&file.path), 0, message).help("split it by topic"));
    }
    let text = std::str::from_utf8(&file.bytes).map_err(|error| {
        let good = String::from_utf8_lossy(file.bytes.get(..error.valid_up_to()).unwrap_or_default()).into_owned();
        let place = Source::new(&file.path, &good).place_of_bytes(good.len()..good.len());
        let location = Location { file: file.path.clone(), line: place.line, column: place.column };
        Problem::new("S001", location, 0, "from here on the file is not UTF-8")
            .help("save it again with the encoding UTF-8")
    })?;
    if let Some(at) = text.find(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{85}')) {
        let source = Source::new(&file.path, text);
        let place: Place = source.place_of_bytes(at..at);
        return Err(source
            .problem("S004", place, "the file holds a control character, so it is probably no text file")
            .help("remove the character, or the file"));
    }
    Ok(text)
}

fn top(path: &str) -> Location {
    Location { file: path.to_owned(), line: 1, column: 1 }
}

/// Path and content of each file, with lengths, so that no two contents look alike.
fn version(files: &[&SourceFile]) -> String {
    let mut hash = Sha256::new();
    for file in files {
        for part in [file.path.as_bytes(), &file.bytes] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    hash.finalize().iter().take(8).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Errors and warnings of a list.
#[must_use]
pub fn count(problems: &[Problem]) -> (usize, usize) {
    let errors = problems.iter().filter(|p| p.severity == Severity::Error).count();
    (errors, problems.len() - errors)
}
