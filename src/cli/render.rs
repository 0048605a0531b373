//! Problems in the forms that people and programs read them in, and the content that commands work on.

#[cfg(test)]
mod golden;

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Patch, Renderer, Snippet};
use anyhow::bail;
use serde_json::{Value, json};

use crate::content::{self, Content, Edit, Fix, Problem, Severity, SourceFile};
use crate::reload;
use crate::types::Timestamp;

/// Which content.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ContentArg {
    /// Folder that holds intents/ and knowledge/
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(super) content: PathBuf,
}

/// A content and how it came about.
pub(super) struct Loaded {
    /// Everything that is sound.
    pub(super) content: Content,
    /// The files it is made of.
    pub(super) files: Vec<SourceFile>,
    /// What is not sound, in the order of the files.
    pub(super) problems: Vec<Problem>,
}

impl ContentArg {
    /// Reads and compiles the content, with all its problems.
    ///
    /// # Errors
    /// If the folder is no content: that is wrong usage, not a problem of the content.
    pub(super) fn load(&self) -> anyhow::Result<Loaded> {
        let (files, mut problems) = self.files()?;
        let (content, found) = content::build(&files);
        problems.extend(found);
        problems.sort_by(|a, b| a.location.cmp(&b.location));
        Ok(Loaded { content, files, problems })
    }

    /// Reads the files, with what could not be read.
    ///
    /// # Errors
    /// See [`ContentArg::load`].
    pub(super) fn files(&self) -> anyhow::Result<(Vec<SourceFile>, Vec<Problem>)> {
        let root = &self.content;
        if !root.is_dir() {
            bail!("{} is not a folder", root.display());
        }
        if !["intents", "knowledge", "deskbell.toml"].iter().any(|name| root.join(name).exists()) {
            bail!("{} holds no content: neither intents/ nor knowledge/ nor deskbell.toml", root.display());
        }
        Ok(reload::read_folder(root))
    }

    /// The content for commands that are not about problems: those go to stderr, in one line.
    ///
    /// # Errors
    /// See [`ContentArg::load`].
    pub(super) fn load_sound(&self) -> anyhow::Result<Content> {
        let loaded = self.load()?;
        let (errors, _) = content::count(&loaded.problems);
        if errors > 0 {
            eprintln!(
                "warning: the content has {errors} error{}; what is broken is left out (see `deskbell check`)",
                plural(errors)
            );
        }
        Ok(loaded.content)
    }
}

/// Now, by the wall clock.
#[expect(clippy::disallowed_methods, reason = "a command is the edge, where time comes from")]
pub(super) fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Writes a result to stdout. A reader who has seen enough (`| head`) is no error.
///
/// # Errors
/// If stdout cannot be written to for another reason.
pub(super) fn say(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Puts a file in the place of another at once, so that a server which looks at the folder never reads half of it.
///
/// # Errors
/// If the folder cannot be written to.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.new"));
    std::fs::write(&beside, bytes)?;
    if let Ok(old) = std::fs::metadata(path) {
        std::fs::set_permissions(&beside, old.permissions())?;
    }
    std::fs::rename(&beside, path)
}

pub(super) const fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

/// Characters of a line that are shown, so that a file of one huge line stays readable.
const WIDE: usize = 160;

/// As a compiler would show it: the line, what is wrong with it, and a way out.
pub(super) fn text(problems: &[Problem], files: &[SourceFile]) -> String {
    let coloured = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    text_by(&if coloured { Renderer::styled() } else { Renderer::plain() }, problems, files)
}

fn text_by(renderer: &Renderer, problems: &[Problem], files: &[SourceFile]) -> String {
    let mut out = String::new();
    for problem in problems {
        out += &one(problem, files, renderer);
        out += "\n\n";
    }
    let (errors, warnings) = content::count(problems);
    out += &match (errors, warnings) {
        (0, 0) => "no problems".to_owned(),
        (0, w) => format!("{w} warning{}", plural(w)),
        (e, 0) => format!("{e} error{}", plural(e)),
        (e, w) => format!("{e} error{}, {w} warning{}", plural(e), plural(w)),
    };
    let places: BTreeSet<&str> = problems.iter().map(|p| p.location.file.as_str()).collect();
    if !places.is_empty() {
        out += &format!(" in {} file{} (`deskbell explain CODE` says more)", places.len(), plural(places.len()));
    }
    out
}

fn one(problem: &Problem, files: &[SourceFile], renderer: &Renderer) -> String {
    let level = if problem.is_error() { Level::ERROR } else { Level::WARNING };
    let title = level.primary_title(problem.message.as_str()).id(problem.code);
    let place = &problem.location;
    let line = files
        .iter()
        .find(|f| f.path == place.file)
        .and_then(|f| std::str::from_utf8(&f.bytes).ok())
        .and_then(|t| t.trim_start_matches('\u{feff}').lines().nth(place.line.saturating_sub(1) as usize));
    // A cut line would shift the column that the renderer derives, so a long one is named and not drawn.
    let mut group: Group<'_> = match line.filter(|l| l.chars().count() <= WIDE) {
        Some(line) => {
            let byte = |column: usize| line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
            let from = place.column.saturating_sub(1) as usize;
            let (start, end) = (byte(from), byte(from + (problem.span as usize).max(1)));
            let snippet = Snippet::source(line).path(place.file.as_str()).line_start(place.line as usize);
            title.element(snippet.annotation(AnnotationKind::Primary.span(start..end.max(start))))
        }
        None => title
            .element(Origin::path(place.file.as_str()).line(place.line as usize).char_column(place.column as usize)),
    };
    let help = problem.help.as_deref();
    let mended = problem.fix.as_deref().and_then(|fix| suggestion(fix, help.unwrap_or("write it so"), files));
    if let (None, Some(help)) = (&mended, help) {
        group = group.element(Level::HELP.message(help));
    }
    let groups: Vec<Group<'_>> = std::iter::once(group).chain(mended).collect();
    renderer.render(&groups)
}

/// What the lines would be.
fn suggestion<'a>(fix: &'a Fix, help: &'a str, files: &'a [SourceFile]) -> Option<Group<'a>> {
    let text = text_of(files, &fix.file)?;
    let (first, last) = (fix.edits.first()?, fix.edits.last()?);
    let start = text.get(..first.range.start)?.rfind('\n').map_or(0, |at| at + 1);
    let stop = text.get(last.range.end..)?.find('\n').map_or(text.len(), |at| last.range.end + at);
    // A line that is removed with its end.
    let stop =
        if last.range.end > start && text.get(..last.range.end)?.ends_with('\n') { last.range.end } else { stop };
    let shown = text.get(start..stop)?;
    if shown.lines().any(|l| l.chars().count() > WIDE) {
        return None;
    }
    let number = text.get(..start)?.matches('\n').count() + 1;
    let patch = |e: &'a Edit| Patch::new(e.range.start - start..e.range.end - start, e.text.as_str());
    let snippet =
        Snippet::source(shown).line_start(number).path(fix.file.as_str()).patches(fix.edits.iter().map(patch));
    Some(Level::HELP.secondary_title(help).element(snippet))
}

fn text_of<'a>(files: &'a [SourceFile], path: &str) -> Option<&'a str> {
    files.iter().find(|f| f.path == path).and_then(|f| std::str::from_utf8(&f.bytes).ok())
}

/// Line and column of a byte, both from 1, the column in characters.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let before = before.strip_prefix('\u{feff}').unwrap_or(before);
    let line = before.matches('\n').count() + 1;
    (line, before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1)
}

/// The change in lines and columns, for programs; none where its file is not known.
fn change(
    fix: &Fix,
    files: &[SourceFile],
    shape: impl Fn((usize, usize), (usize, usize), &str) -> Value,
) -> Option<Vec<Value>> {
    let text = text_of(files, &fix.file)?;
    let one = |e: &Edit| shape(place(text, e.range.start), place(text, e.range.end), &e.text);
    Some(fix.edits.iter().map(one).collect())
}

/// What a fix changes, as `patch` takes it.
pub(super) fn diff(old: &SourceFile, new: &SourceFile) -> String {
    let (old_text, new_text) = (String::from_utf8_lossy(&old.bytes), String::from_utf8_lossy(&new.bytes));
    let lines = similar::TextDiff::from_lines(old_text.as_ref(), new_text.as_ref());
    let (before, after) = (format!("a/{}", old.path), format!("b/{}", new.path));
    lines.unified_diff().context_radius(3).header(&before, &after).to_string()
}

/// One object a problem, one a line.
pub(super) fn json_lines(problems: &[Problem], files: &[SourceFile]) -> String {
    #[derive(serde::Serialize)]
    struct Row<'a> {
        code: &'a str,
        severity: &'a str,
        file: &'a str,
        line: u32,
        column: u32,
        message: &'a str,
        help: Option<&'a str>,
        fix: Option<Value>,
    }
    let fix = |fix: &Fix| {
        let edits = change(fix, files, |start, end, text| {
            let at = |(line, column): (usize, usize)| json!({"line": line, "column": column});
            json!({"start": at(start), "end": at(end), "text": text})
        })?;
        Some(json!({"file": fix.file, "edits": edits}))
    };
    let rows = problems.iter().map(|p| Row {
        code: p.code,
        severity: p.severity.as_str(),
        file: &p.location.file,
        line: p.location.line,
        column: p.location.column,
        message: &p.message,
        help: p.help.as_deref(),
        fix: p.fix.as_deref().and_then(fix),
    });
    rows.filter_map(|row| serde_json::to_string(&row).ok()).collect::<Vec<_>>().join("\n")
}

/// Annotations that GitHub shows beside the changed lines.
pub(super) fn github(problems: &[Problem], root: &Path) -> String {
    // https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    let data = |t: &str| t.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |t: &str| data(t).replace(':', "%3A").replace(',', "%2C");
    let lines = problems.iter().map(|p| {
        let at = &p.location;
        let file = property(&from_here(root, &at.file));
        let help = p.help.as_ref().map_or(String::new(), |h| format!(" – {h}"));
        format!(
            "::{} file={file},line={},col={},title={}::{}",
            p.severity.as_str(),
            at.line,
            at.column,
            p.code,
            data(&format!("{}{help}", p.message))
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// SARIF 2.1.0, for code scanning pages.
pub(super) fn sarif(problems: &[Problem], files: &[SourceFile], root: &Path) -> String {
    let used: BTreeSet<&str> = problems.iter().map(|p| p.code).collect();
    let rules: Vec<_> = used
        .iter()
        .filter_map(|code| content::explain(code))
        .map(|c| json!({"id": c.name, "shortDescription": {"text": c.title}, "fullDescription": {"text": c.explain}}))
        .collect();
    let results: Vec<_> = problems
        .iter()
        .map(|p| {
            let help = p.help.as_ref().map_or(String::new(), |h| format!("\n{h}"));
            let mut region = json!({"startLine": p.location.line, "startColumn": p.location.column});
            if p.span > 0 {
                region["endColumn"] = json!(p.location.column + p.span);
            }
            let artifact = json!({"uri": from_here(root, &p.location.file)});
            let mut result = json!({
                "ruleId": p.code,
                "level": if p.severity == Severity::Error { "error" } else { "warning" },
                "message": {"text": format!("{}{help}", p.message)},
                "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region}}],
            });
            let replacements = p.fix.as_deref().and_then(|fix| {
                change(fix, files, |start, end, text| {
                    json!({
                        "deletedRegion": {"startLine": start.0, "startColumn": start.1, "endLine": end.0, "endColumn": end.1},
                        "insertedContent": {"text": text},
                    })
                })
            });
            if let Some(replacements) = replacements {
                let description = p.help.as_deref().unwrap_or(p.message.as_str());
                result["fixes"] = json!([{
                    "description": {"text": description},
                    "artifactChanges": [{"artifactLocation": artifact, "replacements": replacements}],
                }]);
            }
            result
        })
        .collect();
    let run = json!({
        "tool": {"driver": {"name": "deskbell", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": results,
    });
    format!(
        "{:#}",
        json!({"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]})
    )
}

/// A path below the content as seen from where the command runs: what annotations need.
fn from_here(root: &Path, file: &str) -> String {
    if root == Path::new(".") { file.to_owned() } else { root.join(file).to_string_lossy().into_owned() }
}
