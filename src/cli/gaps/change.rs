//! Edits of the content folder.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use crate::cli::escape;
use crate::cli::render::{self, ContentArg, Loaded};
use crate::content::{self, SourceFile};
use crate::engine::Target;
use crate::workshop::edit::{self, List, NewIntent};
use crate::workshop::gaps::Cluster;

/// Lines around a change that are printed.
const AROUND: usize = 3;

/// Adds texts to an entry.
///
/// # Errors
/// Where the edit is refused, or the file cannot be written.
pub(super) fn add(content: &ContentArg, loaded: &Loaded, to: &str, texts: &[String]) -> anyhow::Result<ExitCode> {
    let (path, entry, list) = match loaded.content.target_of(to) {
        Some(Target::Intent(n)) => {
            let intent = loaded.content.intents.get(n as usize).context("no such intent")?;
            (intent.location.file.as_str(), to, List::Examples)
        }
        Some(Target::Passage { article, .. }) => {
            let article = loaded.content.articles.get(article as usize).context("no such article")?;
            (article.location.file.as_str(), "", List::Questions)
        }
        None => {
            let ids = loaded.content.intents.iter().map(|i| i.id.as_str());
            let ids = ids.chain(loaded.content.articles.iter().map(|a| a.id.as_str()));
            let near = content::did_you_mean(to, ids).map(|id| format!("; did you mean `{id}`?")).unwrap_or_default();
            eprintln!("deskbell: there is no intent or article `{to}`{near}");
            return Ok(ExitCode::FAILURE);
        }
    };
    let file = loaded.files.iter().find(|f| f.path == path).context("the file is gone")?;
    write(content, loaded, &edit::add_lines(file, entry, list, texts)?)
}

/// Makes a new intent, in the file that is named or that of the nearest intent.
///
/// # Errors
/// As [`add`].
pub(super) fn new(
    content: &ContentArg,
    loaded: &Loaded,
    path: Option<&str>,
    cluster: &Cluster,
    new: &NewIntent,
) -> anyhow::Result<ExitCode> {
    if loaded.content.target_of(&new.id).is_some() {
        bail!("the id `{}` is taken", new.id);
    }
    let path =
        path.map_or_else(|| edit::home(&loaded.content, cluster.nearest.iter().map(|n| n.id.as_str())), str::to_owned);
    let file = loaded.files.iter().find(|f| f.path == path);
    write(content, loaded, &edit::add_intent(file, &path, new)?)
}

/// Writes a file if the content is no worse for it, and prints what changed.
fn write(content: &ContentArg, loaded: &Loaded, edited: &SourceFile) -> anyhow::Result<ExitCode> {
    let before = loaded.files.iter().find(|f| f.path == edited.path);
    let mut files: Vec<SourceFile> = loaded.files.iter().filter(|f| f.path != edited.path).cloned().collect();
    files.push(edited.clone());
    let (_, problems) = loaded.content.rebuild(&files);
    let (errors, _) = content::count(&problems);
    if errors > content::count(&loaded.problems).0 {
        let new = problems.iter().filter(|p| p.is_error() && !loaded.problems.contains(p));
        let words: Vec<String> =
            new.map(|p| format!("{}:{}: {} [{}]", p.location.file, p.location.line, p.message, p.code)).collect();
        bail!("nothing was changed, for the content would have an error more: {}", words.join("; "));
    }
    let path = content.content.join(&edited.path);
    if let Some(before) = before
        && fs::read(&path).with_context(|| format!("cannot read {}", path.display()))? != before.bytes
    {
        bail!("{} was changed meanwhile; try again", path.display());
    }
    put(&path, &edited.bytes).with_context(|| format!("cannot write {}", path.display()))?;
    let text =
        |file: Option<&SourceFile>| file.map_or_else(String::new, |f| String::from_utf8_lossy(&f.bytes).into_owned());
    render::say(&escape::plain(&difference(&edited.path, &text(before), &text(Some(edited)))))?;
    Ok(ExitCode::SUCCESS)
}

/// Puts a file in the place of another at once: a server that looks meanwhile sees one or the other.
fn put(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // Behind a link lies the file.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(folder)?;
    // Names that begin with a dot are no content.
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let new = folder.join(format!(".{name}.{}", std::process::id()));
    let put = || {
        fs::write(&new, bytes)?;
        if let Ok(old) = fs::metadata(&path) {
            fs::set_permissions(&new, old.permissions())?;
        }
        fs::File::open(&new)?.sync_all()?;
        fs::rename(&new, &path)
    };
    put().inspect_err(|_| drop(fs::remove_file(&new)))
}

/// What changed, with some lines around: everything lies between the first and the last line that differ.
fn difference(path: &str, before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let most = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
    let from = head.saturating_sub(AROUND);
    let mut out = format!("--- {path}\n+++ {path}\n@@ line {} @@\n", from + 1);
    let mut lines = |sign: &str, lines: &[&str]| {
        for line in lines {
            let _ = writeln!(out, "{sign}{line}"); // into a string
        }
    };
    lines(" ", &old[from..head]);
    lines("-", &old[head..old.len() - tail]);
    lines("+", &new[head..new.len() - tail]);
    lines(" ", &old[old.len() - tail..(old.len() - tail + AROUND).min(old.len())]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_show_what_changed_and_what_is_around() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        assert_eq!(
            difference("a", old, &old.replace("5\n", "5\nx\n")),
            "--- a\n+++ a\n@@ line 3 @@\n 3\n 4\n 5\n+x\n 6\n 7\n 8\n"
        );
        assert_eq!(difference("a", old, &old.replace('9', "y")), "--- a\n+++ a\n@@ line 6 @@\n 6\n 7\n 8\n-9\n+y\n");
        assert_eq!(difference("a", "", "x\n"), "--- a\n+++ a\n@@ line 1 @@\n+x\n");
        assert_eq!(difference("a", "x\nx\n", "x\nx\nx\n"), "--- a\n+++ a\n@@ line 1 @@\n x\n x\n+x\n");
    }

    #[test]
    fn a_file_is_put_in_place_with_its_rights() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deep/a.yaml");
        put(&path, b"one").expect("a new file");
        let mut rights = fs::metadata(&path).expect("there").permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut rights, 0o640);
        fs::set_permissions(&path, rights.clone()).expect("its rights");
        put(&path, b"two").expect("again");
        assert_eq!(fs::read(&path).expect("there"), b"two");
        assert_eq!(fs::metadata(&path).expect("there").permissions(), rights);
        assert_eq!(fs::read_dir(path.parent().expect("a folder")).expect("there").count(), 1);
    }
}
