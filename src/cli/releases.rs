//! `deskbell releases`: what was published, and which of it is live.

use std::process::ExitCode;

use serde_json::Value;

use super::render;
use super::store_arg::StoreArg;
use crate::content::{Content, SourceFile};
use crate::store::workshop::Release;
use crate::store::{OpenMode, Store};

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
    let rows: Vec<[String; 7]> = releases.iter().map(row).collect();
    let head = ["", "id", "name", "when", "who", "commit", "changes"].map(str::to_owned);
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

fn row(release: &Release) -> [String; 7] {
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
        said(release),
    ]
}

/// The message, or what changed, in a line.
fn said(release: &Release) -> String {
    release.message.lines().next().unwrap_or_default().to_owned()
}

/// What a content changes against what is live, over what visitors asked: kept with the release.
///
/// # Errors
/// Where the store fails.
pub(super) async fn summary(_: &dyn Store, _: &Content, _: &[SourceFile]) -> anyhow::Result<Option<Value>> {
    Ok(None)
}
