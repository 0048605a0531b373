//! Edits of the content folder.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use super::Whole;
use crate::cli::escape;
use crate::cli::render::{self, ContentArg};
use crate::content::{self, SourceFile};
use crate::workshop::edit::{self, NewIntent};
use crate::workshop::gaps::Cluster;

/// Adds texts to an entry.
///
/// # Errors
/// Where the edit is refused, or the file cannot be written.
pub(super) fn add(content: &ContentArg, loaded: &Whole, to: &str, texts: &[String]) -> anyhow::Result<ExitCode> {
    if loaded.content.target_of(to).is_none() {
        let ids = loaded.content.intents.iter().map(|i| i.id.as_str());
        let ids = ids.chain(loaded.content.articles.iter().map(|a| a.id.as_str()));
        let near = content::did_you_mean(to, ids).map(|id| format!("; did you mean `{id}`?")).unwrap_or_default();
        eprintln!("deskbell: there is no intent or article `{to}`{near}");
        return Ok(ExitCode::FAILURE);
    }
    write(content, loaded, &edit::add_to(&loaded.files, to, texts)?)
}

/// Makes a new intent, in the file that is named or that of the nearest intent.
///
/// # Errors
/// As [`add`].
pub(super) fn new(
    content: &ContentArg,
    loaded: &Whole,
    path: Option<&str>,
    cluster: &Cluster,
    new: &NewIntent,
) -> anyhow::Result<ExitCode> {
    let path =
        path.map_or_else(|| edit::home(&loaded.content, cluster.nearest.iter().map(|n| n.id.as_str())), str::to_owned);
    write(content, loaded, &edit::new_in(&loaded.files, &path, new)?)
}

/// Writes a file if the content is no worse for it, and prints what changed.
fn write(content: &ContentArg, loaded: &Whole, edited: &SourceFile) -> anyhow::Result<ExitCode> {
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
    let nothing = SourceFile { path: edited.path.clone(), bytes: Vec::new() };
    render::say(&escape::plain(&render::diff(before.unwrap_or(&nothing), edited)))?;
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_is_put_in_place_with_its_rights() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deep/a.yaml");
        put(&path, b"one").expect("a new file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("its rights");
        put(&path, b"two").expect("again");
        assert_eq!(fs::read(&path).expect("there"), b"two");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read_dir(path.parent().expect("a folder")).expect("there").count(), 1);
    }
}
