//! `deskbell releases`: what was published, and which of it is live.

use std::process::ExitCode;

use serde_json::Value;

use super::render;
use super::store_arg::StoreArg;
use crate::content::{self, Content, SourceFile};
use crate::desk;
use crate::redact::Redactor;
use crate::store::workshop::Release;
use crate::store::{OpenMode, Store};
use crate::workshop::plan::{Side, Summary, plan};

/// What was published, newest first, and which of it is live
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  deskbell releases\n  deskbell releases --limit 5 --json")]
pub(super) struct Args {
    /// One JSON object a release, one a line
    #[arg(long)]
    json: bool,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u32,
    #[command(flatten)]
    store: StoreArg,
}

/// Does it.
///
/// # Errors
/// Where the store fails.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let releases = args.store.with(OpenMode::Existing, async |store| Ok(store.releases(None, args.limit).await?))?;
    if releases.is_empty() {
        eprintln!("deskbell: nothing is published yet");
    }
    let out: String = match args.json {
        true => releases.iter().map(|r| format!("{}\n", r.json())).collect(),
        false => table(&releases),
    };
    render::say(&out)?;
    Ok(ExitCode::SUCCESS)
}

fn table(releases: &[Release]) -> String {
    let rows: Vec<[String; 8]> = releases.iter().map(row).collect();
    let head = ["", "id", "name", "when", "who", "commit", "changes", "message"].map(str::to_owned);
    let wide: Vec<usize> = (0..head.len())
        .map(|i| rows.iter().chain([&head]).filter_map(|r| r.get(i)).map(|c| c.chars().count()).max().unwrap_or(0))
        .collect();
    let mut out = String::new();
    for row in [&head].into_iter().chain(&rows).filter(|_| !rows.is_empty()) {
        let cells: Vec<String> = row.iter().zip(&wide).map(|(cell, wide)| format!("{cell:<wide$}")).collect();
        out += cells.join("  ").trim_end();
        out.push('\n');
    }
    out
}

fn row(release: &Release) -> [String; 8] {
    let live = if release.live { "live" } else { "" };
    let when = jiff::Timestamp::from_millisecond(release.at.0).unwrap_or_default();
    let commit = release.commit.as_deref().unwrap_or("-");
    let (hash, dirty) = commit.strip_suffix("-dirty").map_or((commit, ""), |hash| (hash, "+"));
    [
        live.to_owned(),
        release.id.to_string(),
        release.name.clone(),
        when.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        release.author.clone(),
        format!("{}{dirty}", hash.get(..8).unwrap_or(hash)),
        release.summary.as_ref().and_then(words).unwrap_or_else(|| "-".to_owned()),
        release.message.lines().next().unwrap_or_default().to_owned(),
    ]
}

/// What a release changed, in words; none where nothing was asked.
fn words(summary: &Value) -> Option<String> {
    let summary: Summary = serde_json::from_value(summary.clone()).ok()?;
    in_words(&summary)
}

/// Figures in words; none where nothing was asked.
pub(super) fn in_words(s: &Summary) -> Option<String> {
    if s.questions == 0 {
        return None;
    }
    let worse = s.lost + s.below + s.no_longer_asked_back;
    let better = s.newly_answered + s.above + s.now_asked_back;
    let other = s.changed + s.reworded + s.handoff + s.choices;
    let parts = [(better, "better"), (worse, "worse"), (other, "other words or answers")];
    let told: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    let told = if told.is_empty() { "nothing".to_owned() } else { told.join(", ") };
    Some(format!("{told} of {} questions", s.questions))
}

/// What a content changes against what is live, over what visitors asked in the last seven days: kept with the release.
/// None before the first one.
///
/// # Errors
/// Where the store fails.
pub(super) async fn summary(
    store: &dyn Store,
    content: &Content,
    files: &[SourceFile],
) -> anyhow::Result<Option<Value>> {
    let Some((live, _)) = store.live().await? else { return Ok(None) };
    let live = store.release_files(live).await?.unwrap_or_default();
    Ok(compared(store, &live, content, files).await?.json())
}

/// What changes from these files to that content.
///
/// # Errors
/// Where the store fails.
pub(super) async fn compared(
    store: &dyn Store,
    from: &[SourceFile],
    content: &Content,
    files: &[SourceFile],
) -> anyhow::Result<Summary> {
    let since = render::now().plus_ms(-7 * 86_400_000);
    let asked = desk::questions(store, &content.settings, &Redactor::default(), since).await?;
    if asked.is_empty() {
        return Ok(Summary::default());
    }
    let (live, _) = content::build(from);
    Ok(plan(&Side { content: &live, files: from }, &Side { content, files }, &asked).summary())
}
