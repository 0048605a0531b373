//! Watches the content folder and puts what is sound in force.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::{RecursiveMode, Watcher};
use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{ENTRIES, FOLDERS, LastGood, load};
use crate::content::{Problem, Severity, limits};
use crate::desk::{Desk, Origin};

/// An editor saves several files at once: this long after the last change they are read.
const QUIET: Duration = Duration::from_millis(200);

/// But whoever never stops writing is not waited for longer than this.
const LONGEST: Duration = Duration::from_secs(2);

/// Without word from the system the folder is looked at this often: network folders send none.
const POLL: Duration = Duration::from_secs(1);

/// Problems of one load that are logged.
const LOGGED: usize = 20;

/// What a folder looked like: names, sizes and times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Print(u64);

/// What the folder looks like now. To be taken before its first load, so that what changes meanwhile is seen as a change.
pub async fn print(root: &Path) -> Print {
    look(root).await.0
}

/// Watches `root` until `shutdown`, for what is different from `known`. A content with an error is logged and the one
/// in force stays.
pub async fn watch(root: PathBuf, mut known: Print, last_good: LastGood, desk: Arc<Desk>, shutdown: CancellationToken) {
    let changed = Arc::new(Notify::new());
    let _watcher = listen(&root, Arc::clone(&changed));
    let mut poll = POLL;
    loop {
        tokio::select! {
            () = changed.notified() => settle(&changed).await,
            () = sleep(poll) => {}
            () = shutdown.cancelled() => return,
        }
        let (print, took) = look(&root).await;
        // A huge folder is looked at less often: never more than one part in fifty of the time.
        poll = POLL.max(took * 50);
        if print == known {
            continue;
        }
        known = print;
        reload(&root, &last_good, &desk).await;
    }
}

fn listen(root: &Path, changed: Arc<Notify>) -> Option<notify::RecommendedWatcher> {
    let tell = move |event: notify::Result<notify::Event>| {
        // Reading the files is an event too.
        if event.is_ok_and(|e| !e.kind.is_access()) {
            changed.notify_one();
        }
    };
    let mut watcher = notify::recommended_watcher(tell)
        .inspect_err(|error| tracing::warn!(%error, "the content folder is polled instead of watched"))
        .ok()?;
    watch_part(&mut watcher, root, RecursiveMode::NonRecursive);
    for part in FOLDERS {
        watch_part(&mut watcher, &root.join(part), RecursiveMode::Recursive);
    }
    Some(watcher)
}

/// What is not there cannot be watched; polling finds it when it comes.
fn watch_part(watcher: &mut notify::RecommendedWatcher, path: &Path, mode: RecursiveMode) {
    if let Err(error) = watcher.watch(path, mode) {
        tracing::debug!(%error, "a part of the content folder is polled instead of watched");
    }
}

async fn settle(changed: &Notify) {
    let began = Instant::now();
    while began.elapsed() < LONGEST && timeout(QUIET, changed.notified()).await.is_ok() {}
}

/// A print, and how long it took to take.
async fn look(root: &Path) -> (Print, Duration) {
    let (root, began) = (root.to_owned(), Instant::now());
    let print = spawn_blocking(move || {
        let mut look =
            Look { root: fs::canonicalize(&root).unwrap_or_default(), left: ENTRIES, hasher: DefaultHasher::new() };
        for part in ["deskbell.toml"].into_iter().chain(FOLDERS) {
            look.stamp(&root.join(part), 0);
        }
        look.hasher.finish()
    });
    (Print(print.await.unwrap_or_default()), began.elapsed())
}

struct Look {
    root: PathBuf,
    /// So many entries more; see [`ENTRIES`].
    left: usize,
    hasher: DefaultHasher,
}

impl Look {
    fn stamp(&mut self, path: &Path, depth: usize) {
        let Some(left) = self.left.checked_sub(1) else { return };
        self.left = left;
        path.hash(&mut self.hasher);
        let Ok(meta) = fs::metadata(path) else { return };
        if !meta.is_dir() {
            (meta.len(), meta.modified().ok()).hash(&mut self.hasher);
            return;
        }
        // A link to somewhere else is refused when it is read: nothing behind it matters, and it may be the whole machine.
        let inside = fs::canonicalize(path).is_ok_and(|p| p.starts_with(&self.root));
        if depth > limits::DEPTH || !inside {
            return;
        }
        let Ok(entries) = fs::read_dir(path) else { return };
        let mut inside: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
        inside.sort();
        for path in inside {
            self.stamp(&path, depth + 1);
        }
    }
}

async fn reload(root: &Path, last_good: &LastGood, desk: &Desk) {
    let (root, last_good) = (root.to_owned(), last_good.clone());
    let in_force = desk.content();
    let loaded = spawn_blocking(move || {
        let loaded = load(&root, Some(&in_force));
        if let Ok((content, files, _)) = &loaded
            && content.version != in_force.version
            && let Err(error) = last_good.keep(files)
        {
            tracing::warn!(%error, "the content could not be kept for a restart");
        }
        loaded
    });
    match loaded.await {
        Ok(Ok((content, files, problems))) => {
            if content.version == desk.content().version {
                desk.note_rejected(None);
                return;
            }
            tracing::info!(version = content.version, warnings = problems.len(), "content is live");
            metrics::counter!("content_reload_total", "result" => "live").increment(1);
            let origin = Origin { version: content.version.clone(), files: files.into(), release: None };
            desk.swap_from(Arc::new(content), origin);
        }
        Ok(Err(problems)) => {
            report(&problems);
            desk.note_rejected(first_of(&problems));
            let errors = problems.iter().filter(|p| p.severity == Severity::Error).count();
            tracing::error!(errors, "the content has errors: the one in force stays");
            metrics::counter!("content_reload_total", "result" => "rejected").increment(1);
        }
        Err(error) => tracing::error!(%error, "the content could not be compiled: the one in force stays"),
    }
}

/// The first error, with its place.
#[must_use]
pub fn first_of(problems: &[Problem]) -> Option<String> {
    let first = problems.iter().find(|p| p.severity == Severity::Error)?;
    Some(format!("{}: {}", first.location, first.message))
}

/// Logs errors with their places.
pub(super) fn report(problems: &[Problem]) {
    for problem in problems.iter().filter(|p| p.severity == Severity::Error).take(LOGGED) {
        tracing::error!(code = problem.code, at = %problem.location, "{}", problem.message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whatever_is_content_changes_the_print() {
        let root = tempfile::tempdir().unwrap();
        let mut known = vec![print(root.path()).await];
        for path in ["deskbell.toml", "canned/a.yaml", "intents/b/c.yaml", "knowledge/d.md"] {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "x").unwrap();
            let now = print(root.path()).await;
            assert!(!known.contains(&now), "{}", path.display());
            known.push(now);
        }
        std::fs::write(root.path().join("README.md"), "x").unwrap();
        assert_eq!(Some(&print(root.path()).await), known.last(), "what is no content is no change");
    }
}
