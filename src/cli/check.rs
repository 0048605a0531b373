//! `deskbell check`: what is wrong with a content.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::ValueEnum;

use super::explain;
use super::render::{self, ContentArg};
use crate::content::{self, Effort, Mended, SourceFile};

/// Looks for problems in the content: each with its place, plain words and a way out.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  deskbell check --content shop\n  deskbell check --fix --dry-run\n\nExits 1 if there is an error; warnings alone are no failure unless --deny-warnings is given."
)]
pub(super) struct Args {
    #[command(flatten)]
    content: ContentArg,
    /// How to show the problems
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Say what a code means, and nothing else
    #[arg(long, value_name = "CODE")]
    explain: Option<String>,
    /// Mend what can be mended safely, and show what is left
    #[arg(long)]
    fix: bool,
    /// With --fix: show what would change, and change nothing
    #[arg(long, requires = "fix")]
    dry_run: bool,
    /// Leave each example out of training and read it again, however many there are
    #[arg(long)]
    thorough: bool,
    /// Warnings fail too, for checks before a merge
    #[arg(long)]
    deny_warnings: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One object a problem, one a line
    Json,
    /// Annotations of GitHub Actions
    Github,
    /// SARIF 2.1.0
    Sarif,
}

/// Runs the command.
///
/// # Errors
/// If there is no content at that place, or no such code.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    if let Some(name) = &args.explain {
        return explain::one(name);
    }
    let root = &args.content.content;
    let (mut files, unread) = args.content.files()?;
    if args.fix {
        let mended = content::mend(&files);
        if args.dry_run {
            return would_change(&files, &mended);
        }
        for new in mended.files {
            let path = root.join(&new.path);
            std::fs::write(&path, &new.bytes).with_context(|| format!("{} cannot be written", path.display()))?;
            files.iter_mut().filter(|f| f.path == new.path).for_each(|f| f.bytes.clone_from(&new.bytes));
        }
        for problem in &mended.done {
            eprintln!("mended: {} {}: {}", problem.code, problem.location, problem.message);
        }
        for problem in &mended.left {
            eprintln!("left alone: {} {}: its fix would change more than this", problem.code, problem.location);
        }
    }
    let mut problems = unread;
    let effort = if args.thorough { Effort::Thorough } else { Effort::Quick };
    let checked = content::check(&files, render::now(), effort);
    problems.extend(checked.problems);
    problems.sort_by(|a, b| a.location.cmp(&b.location));
    let out = match args.format {
        Format::Text => render::text(&problems, &files),
        Format::Json => render::json_lines(&problems, &files),
        Format::Github => render::github(&problems, root),
        Format::Sarif => render::sarif(&problems, &files, root),
    };
    if !out.is_empty() {
        render::say(&format!("{out}\n"))?;
    }
    if checked.untried > 0 {
        eprintln!(
            "note: {} examples are too many to leave each out of training and read it again; `check --thorough` does (I019)",
            checked.untried
        );
    }
    let (errors, warnings) = content::count(&problems);
    let failed = errors > 0 || args.deny_warnings && warnings > 0;
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The changes as a patch. Exits 1 where there are any, as `fmt --check` does.
fn would_change(files: &[SourceFile], mended: &Mended) -> anyhow::Result<ExitCode> {
    for new in &mended.files {
        if let Some(old) = files.iter().find(|f| f.path == new.path) {
            render::say(&render::diff(old, new))?;
        }
    }
    Ok(if mended.files.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
