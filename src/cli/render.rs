//! Problems in the forms that people and programs read them in, and the content that commands work on.

#[cfg(test)]
mod golden;

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use anyhow::bail;
use serde_json::json;

use crate::content::{self, Content, Problem, Severity, SourceFile};
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
        let root = &self.content;
        if !root.is_dir() {
            bail!("{} is not a folder", root.display());
        }
        if !["intents", "knowledge", "deskbell.toml"].iter().any(|name| root.join(name).exists()) {
            bail!("{} holds no content: neither intents/ nor knowledge/ nor deskbell.toml", root.display());
        }
        let (files, mut problems) = reload::read_folder(root);
        let (content, found) = content::build(&files);
        problems.extend(found);
        problems.sort_by(|a, b| a.location.cmp(&b.location));
        Ok(Loaded { content, files, problems })
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
        out +=
            &format!(" in {} file{} (`deskbell check --explain CODE` says more)", places.len(), plural(places.len()));
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
    if let Some(help) = &problem.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    renderer.render(&[group])
}

/// One object a problem, one a line.
pub(super) fn json_lines(problems: &[Problem]) -> String {
    #[derive(serde::Serialize)]
    struct Row<'a> {
        code: &'a str,
        severity: &'a str,
        file: &'a str,
        line: u32,
        column: u32,
        message: &'a str,
        help: Option<&'a str>,
    }
    let rows = problems.iter().map(|p| Row {
        code: p.code,
        severity: p.severity.as_str(),
        file: &p.location.file,
        line: p.location.line,
        column: p.location.column,
        message: &p.message,
        help: p.help.as_deref(),
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
pub(super) fn sarif(problems: &[Problem], root: &Path) -> String {
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
            json!({
                "ruleId": p.code,
                "level": if p.severity == Severity::Error { "error" } else { "warning" },
                "message": {"text": format!("{}{help}", p.message)},
                "locations": [{"physicalLocation": {"artifactLocation": {"uri": from_here(root, &p.location.file)}, "region": region}}],
            })
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
