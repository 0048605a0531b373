//! `deskbell fmt`: one layout for all content.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;

use super::render::{self, ContentArg};
use crate::content::{self, Kind, SourceFile};

/// Lays out the content's files alike: line ends, indentation, the order of keys, the lines that name the schema.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  deskbell fmt --content shop\n  deskbell fmt --check      changes nothing, for checks before a merge\n\nNotes, quotes and what the files say stay as they are. Files that name no schema get one where\n`deskbell schema --write .deskbell` has put it. With --check exits 1 if a file is laid out otherwise."
)]
pub(super) struct Args {
    #[command(flatten)]
    content: ContentArg,
    /// Change nothing; name the files that would change
    #[arg(long)]
    check: bool,
}

/// Runs the command.
///
/// # Errors
/// If there is no content at that place, or a file cannot be written to.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let root = &args.content.content;
    let (files, _) = args.content.files()?;
    let mut changed = 0;
    for file in &files {
        let Some(new) = content::format(file, schema(root, file).as_deref()) else { continue };
        changed += 1;
        if !args.check {
            let path = root.join(&new.path);
            std::fs::write(&path, &new.bytes).with_context(|| format!("{} cannot be written", path.display()))?;
        }
        render::say(&format!("{}\n", file.path))?;
    }
    Ok(if args.check && changed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Where the schema of a file lies as seen from it, if it lies in the content.
fn schema(root: &Path, file: &SourceFile) -> Option<String> {
    let name = match Kind::of(&file.path)? {
        Kind::Intents => "intents.json",
        Kind::Canned => "canned.json",
        Kind::Article(_) => "articles.json",
        Kind::Cases => "tests.json",
        Kind::Settings | Kind::Tests => return None,
    };
    let there = root.join(".deskbell").join(name).is_file();
    there.then(|| format!("{}.deskbell/{name}", "../".repeat(file.path.matches('/').count())))
}
