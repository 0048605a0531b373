//! Follows the release that is live, whoever made it so: this server, another process, a command.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::watch::report;
use super::{LastGood, compile, first_of};
use crate::content::{Content, Problem, SourceFile};
use crate::desk::{Desk, Origin, Release};

/// How often the pointer is looked at: one row by its index.
const POLL: Duration = Duration::from_millis(250);

/// Contents that stay compiled, the one in force included: going back to one of them is a swap.
const KEPT: usize = 4;

/// A content that is compiled, and the files that it is made of.
pub type Compiled = (Arc<Content>, Arc<[SourceFile]>);

/// Contents that were in force, newest first.
struct Kept(VecDeque<Compiled>);

impl Kept {
    fn take(&self, version: &str) -> Option<Compiled> {
        self.0.iter().find(|(content, _)| content.version == version).cloned()
    }

    /// To the front.
    fn put(&mut self, compiled: Compiled) {
        self.0.retain(|(content, _)| content.version != compiled.0.version);
        self.0.push_front(compiled);
        self.0.truncate(KEPT);
    }
}

/// Puts in force what is live, until `shutdown`. `known` is the move that what is in force came by, `in_force` what it is
/// made of. A release that cannot be used is logged and the one in force stays.
pub async fn follow(
    mut known: Option<i64>,
    in_force: Compiled,
    last_good: LastGood,
    desk: Arc<Desk>,
    shutdown: CancellationToken,
) {
    let mut kept = Kept(VecDeque::from([in_force]));
    loop {
        tokio::select! {
            () = desk.moved() => {}
            () = sleep(POLL) => {}
            () = shutdown.cancelled() => return,
        }
        // A store that does not answer is told of by whoever looks after it.
        let Ok(Some((release, last))) = desk.live().await else { continue };
        if known == Some(last) {
            continue;
        }
        if take(release, &mut kept, &last_good, &desk).await {
            known = Some(last);
        }
    }
}

/// False: to be tried again.
async fn take(id: i64, kept: &mut Kept, last_good: &LastGood, desk: &Desk) -> bool {
    let (release, compiled) = match find(id, kept, desk).await {
        Ok(Some(found)) => found,
        Ok(None) => return true,
        Err(refused) => {
            // What is tried again and again is told once.
            if desk.rejected().is_none_or(|told| *told != refused.why) {
                tracing::error!(release = id, why = refused.why, "the content in force stays");
                metrics::counter!("content_reload_total", "result" => "rejected").increment(1);
                desk.note_rejected(Some(refused.why));
            }
            return !refused.again;
        }
    };
    let (content, files) = compiled.clone();
    let origin = Origin { version: content.version.clone(), files: files.clone(), release: Some((&release).into()) };
    if content.version == desk.content().version {
        desk.originates(origin);
        desk.note_rejected(None);
    } else {
        tracing::info!(version = content.version, release = release.name, "release is live");
        metrics::counter!("content_reload_total", "result" => "live").increment(1);
        desk.swap_from(content, origin);
    }
    kept.put(compiled);
    let last_good = last_good.clone();
    if let Ok(Err(error)) = spawn_blocking(move || last_good.keep(&files)).await {
        tracing::warn!(%error, "the content could not be kept for a restart");
    }
    true
}

/// Why a release is not in force.
struct Refused {
    why: String,
    /// It may be another time.
    again: bool,
}

/// A release as it can be put in force; none where there is none such.
async fn find(id: i64, kept: &Kept, desk: &Desk) -> Result<Option<(Release, Compiled)>, Refused> {
    let unread = |_| Refused { why: format!("release {id} cannot be read"), again: true };
    let Some(release) = desk.release(id).await.map_err(unread)? else { return Ok(None) };
    if let Some(compiled) = kept.take(&release.version) {
        return Ok(Some((release, compiled)));
    }
    let Some(files) = desk.release_files(id).await.map_err(unread)? else { return Ok(None) };
    let in_force = desk.content();
    let work = spawn_blocking(move || (compile(&files, Some(&in_force)), files));
    match work.await {
        Ok(((content, problems), files)) if !problems.iter().any(Problem::is_error) => {
            Ok(Some((release, (Arc::new(content), files.into()))))
        }
        Ok(((_, problems), _)) => {
            report(&problems);
            let why = first_of(&problems).unwrap_or_default();
            Err(Refused { why: format!("release {}: {why}", release.name), again: false })
        }
        Err(_) => Err(Refused { why: format!("release {} could not be compiled", release.name), again: false }),
    }
}
