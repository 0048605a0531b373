//! The checkout that a content folder is: which commit it stands on, and a draft as a commit on a branch of its own.
//!
//! By the plumbing of the `git` program, so that the operator's version, formats and rights hold: neither the working
//! tree nor its index is touched, no hook runs, and an existing branch is never moved.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::timeout;

use crate::store::workshop::DraftFile;

/// Longest run of one `git`: large checkouts on slow disks take seconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// Longest name of a branch, without what stands before it.
const BRANCH: usize = 60;

/// Before every branch that is made here.
const PREFIX: &str = "deskbell/";

/// Why the checkout was not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GitError {
    /// There is no `git` on this machine.
    #[error("git is not installed on the server's machine")]
    NotInstalled,
    /// The folder is none, or has no commit.
    #[error("the content folder is not a git checkout with a commit")]
    NoCheckout,
    /// There is a branch of this name.
    #[error("there is a branch of this name already")]
    Exists,
    /// The name is none that a branch may have here.
    #[error("a branch is named by small letters, digits and hyphens, at most 60")]
    Name,
    /// These files are others in the checkout than those that the draft changes.
    #[error("what is live differs from the last commit of the checkout in: {}", .0.join(", "))]
    Differs(Vec<String>),
    /// It did not come to an end.
    #[error("git did not answer in time")]
    Slow,
    /// It said no; what it said is for the operator.
    #[error("git refused; the server's log tells why")]
    Refused(String),
}

/// A content folder under version control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    folder: PathBuf,
    /// From the top of the checkout to the folder: empty, or with `/` at its end.
    prefix: String,
    /// Of the last commit.
    pub commit: String,
    /// Checked out; none: a commit by itself.
    pub branch: Option<String>,
}

/// Whose commit it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
}

/// Whether a branch may be called so, without what stands before it.
#[must_use]
pub fn is_branch(name: &str) -> bool {
    (1..=BRANCH).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}

impl Checkout {
    /// The checkout that a folder is, or lies in.
    ///
    /// # Errors
    /// [`GitError::NotInstalled`], [`GitError::NoCheckout`], [`GitError::Slow`].
    pub async fn of(folder: &Path) -> Result<Self, GitError> {
        let none = |error| match error {
            GitError::Refused(_) => GitError::NoCheckout,
            other => other,
        };
        let prefix = git(folder, &["rev-parse", "--show-prefix"], None, &[]).await.map_err(none)?;
        let commit =
            git(folder, &["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], None, &[]).await.map_err(none)?;
        let branch = match git(folder, &["symbolic-ref", "--short", "--quiet", "HEAD"], None, &[]).await {
            Ok(branch) => Some(line(&branch)),
            Err(GitError::Refused(_)) => None,
            Err(error) => return Err(error),
        };
        Ok(Self { folder: folder.to_owned(), prefix: line(&prefix), commit: line(&commit), branch })
    }

    /// Whether the content's files differ from the last commit.
    ///
    /// # Errors
    /// As of [`GitError`].
    pub async fn is_dirty(&self) -> Result<bool, GitError> {
        let status = ["status", "--porcelain", "--no-renames", "--", "deskbell.toml", "intents", "knowledge", "canned"];
        Ok(!git(&self.folder, &status, None, &[]).await?.is_empty())
    }

    /// Who commits here by default.
    pub async fn user(&self) -> Option<String> {
        let name = git(&self.folder, &["config", "user.name"], None, &[]).await.ok()?;
        Some(line(&name)).filter(|name| !name.is_empty())
    }

    /// Makes a branch with one commit: that of the release `on` if it is there, else the last one, with these files.
    /// Gives branch and commit.
    ///
    /// # Errors
    /// As of [`GitError`].
    pub async fn branch_off(
        &self,
        name: &str,
        message: &str,
        author: &Author,
        on: Option<&str>,
        files: &[DraftFile],
    ) -> Result<(String, String), GitError> {
        if !is_branch(name) {
            return Err(GitError::Name);
        }
        let branch = format!("{PREFIX}{name}");
        let parent = self.parent(on, files).await?;
        let index = Scratch::new()?;
        let scratch = [("GIT_INDEX_FILE", index.0.to_string_lossy().into_owned())];
        self.run(&["read-tree", &parent], None, &scratch).await?;
        let mut rows = Vec::new();
        for file in files {
            let path = format!("{}{}", self.prefix, file.path);
            let row = match &file.bytes {
                Some(bytes) => {
                    let object = self.run(&["hash-object", "-w", "--no-filters", "--stdin"], Some(bytes), &[]).await?;
                    format!("{} {}\t{path}\0", self.mode(&parent, &path).await?, line(&object))
                }
                None => format!("0 {}\t{path}\0", "0".repeat(parent.len())),
            };
            rows.extend_from_slice(row.as_bytes());
        }
        self.run(&["update-index", "-z", "--index-info"], Some(&rows), &scratch).await?;
        let tree = line(&self.run(&["write-tree"], None, &scratch).await?);
        let who = [
            ("GIT_AUTHOR_NAME", author.name.clone()),
            ("GIT_AUTHOR_EMAIL", author.email.clone()),
            ("GIT_COMMITTER_NAME", author.name.clone()),
            ("GIT_COMMITTER_EMAIL", author.email.clone()),
        ];
        let made = self.run(&["commit-tree", &tree, "-p", &parent, "-F", "-"], Some(message.as_bytes()), &who).await?;
        let commit = line(&made);
        // Made only where there is none: of two at once one wins.
        let create = format!("create refs/heads/{branch}\0{commit}\0");
        match self.run(&["update-ref", "-z", "--stdin"], Some(create.as_bytes()), &[]).await {
            Ok(_) => Ok((branch, commit)),
            Err(GitError::Refused(_)) if self.has(&branch).await => Err(GitError::Exists),
            Err(error) => Err(error),
        }
    }

    /// The commit that the draft's files can be put on without taking anything of others back.
    async fn parent(&self, on: Option<&str>, files: &[DraftFile]) -> Result<String, GitError> {
        let mut other = Vec::new();
        let hex = |c: &&str| c.len() >= 40 && c.bytes().all(|b| b.is_ascii_hexdigit());
        for commit in on.filter(hex).into_iter().chain([self.commit.as_str()]) {
            let exact = format!("{commit}^{{commit}}");
            if self.run(&["rev-parse", "--verify", "--quiet", &exact], None, &[]).await.is_err() {
                continue;
            }
            other.clear();
            for file in files {
                let there =
                    self.file_at(commit, &file.path).await?.map(|bytes| <[u8; 32]>::from(Sha256::digest(bytes)));
                if there != file.was {
                    other.push(file.path.clone());
                }
            }
            if other.is_empty() {
                return Ok(commit.to_owned());
            }
        }
        Err(GitError::Differs(other))
    }

    /// A file as a commit has it.
    async fn file_at(&self, commit: &str, path: &str) -> Result<Option<Vec<u8>>, GitError> {
        let object = format!("{commit}:{}{path}", self.prefix);
        match self.run(&["cat-file", "blob", &object], None, &[]).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(GitError::Refused(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The mode that a file has; that of a new one.
    async fn mode(&self, commit: &str, path: &str) -> Result<&'static str, GitError> {
        let listed = git_at_top(&self.folder, &["ls-tree", "-z", "--full-tree", commit, "--", path]).await?;
        Ok(if listed.starts_with(b"100755") { "100755" } else { "100644" })
    }

    async fn has(&self, branch: &str) -> bool {
        let name = format!("refs/heads/{branch}");
        self.run(&["show-ref", "--verify", "--quiet", &name], None, &[]).await.is_ok()
    }

    async fn run(&self, args: &[&str], input: Option<&[u8]>, more: &[(&str, String)]) -> Result<Vec<u8>, GitError> {
        git(&self.folder, args, input, more).await
    }
}

/// A name for an index of our own, gone with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self, GitError> {
        let random = getrandom::u64().map_err(|e| GitError::Refused(e.to_string()))?;
        Ok(Self(std::env::temp_dir().join(format!("deskbell-index-{random:016x}"))))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        for end in ["", ".lock"] {
            let mut path = self.0.clone().into_os_string();
            path.push(end);
            let _ = std::fs::remove_file(path); // it may never have been made
        }
    }
}

fn line(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches(['\n', '\r']).to_owned()
}

async fn git_at_top(folder: &Path, args: &[&str]) -> Result<Vec<u8>, GitError> {
    git(folder, args, None, &[("GIT_LITERAL_PATHSPECS", "1".to_owned())]).await
}

/// Runs it in a folder; what it prints.
async fn git(folder: &Path, args: &[&str], input: Option<&[u8]>, more: &[(&str, String)]) -> Result<Vec<u8>, GitError> {
    let mut command = Command::new("git");
    // Nothing of this process's surroundings decides what happens, but where programs and the operator's settings lie.
    command.env_clear();
    for name in ["PATH", "HOME", "XDG_CONFIG_HOME", "TMPDIR", "SYSTEMROOT"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    command
        .envs([
            ("LC_ALL", "C"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_OPTIONAL_LOCKS", "0"),
            ("GIT_NO_REPLACE_OBJECTS", "1"),
        ])
        .envs(more.iter().map(|(name, value)| (*name, value)))
        // No program that the checkout's settings name is run.
        .args([
            "-c",
            "core.hooksPath=/dev/null",
            "-c",
            "core.fsmonitor=false",
            "-c",
            "gc.auto=0",
            "-c",
            "maintenance.auto=false",
        ])
        .args(args)
        .current_dir(folder)
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let run = async {
        let mut child = command.spawn().map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound if folder.is_dir() => GitError::NotInstalled,
            std::io::ErrorKind::NotFound => GitError::NoCheckout,
            _ => GitError::Refused(e.to_string()),
        })?;
        if let (Some(input), Some(mut stdin)) = (input, child.stdin.take()) {
            let _ = stdin.write_all(input).await; // whoever does not read says why by the way it ends
        }
        child.wait_with_output().await.map_err(|e| GitError::Refused(e.to_string()))
    };
    let Output { status, stdout, stderr } = timeout(PATIENCE, run).await.map_err(|_| GitError::Slow)??;
    if status.success() {
        return Ok(stdout);
    }
    let told = String::from_utf8_lossy(&stderr);
    tracing::debug!(args = ?args, told = %told, "git said no");
    Err(GitError::Refused(told.trim().chars().take(500).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_cannot_be_an_option_or_leave_its_place() {
        for name in ["a", "opening-hours-2", &"x".repeat(60)] {
            assert!(is_branch(name), "{name}");
        }
        for name in
            ["", "-a", "a-", "--force", "a/b", "../a", "a..b", "a.lock", "A", "ä", "a b", "@{u}", &"x".repeat(61)]
        {
            assert!(!is_branch(name), "{name}");
        }
    }
}
