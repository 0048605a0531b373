//! `deskbell check`: what is wrong with a content.

use std::process::ExitCode;

use anyhow::bail;
use clap::ValueEnum;

use super::render::{self, ContentArg};
use crate::content;

/// Looks for problems in the content: each with its place, plain words and a way out.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  deskbell check --content shop\n  deskbell check --explain I014\n\nExits 1 if there is an error; warnings alone are no failure."
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
        let Some(code) = content::explain(name) else {
            bail!("there is no code {name}; docs/content.md lists them");
        };
        render::say(&format!("{} ({}): {}\n\n{}\n", code.name, code.severity.as_str(), code.title, code.explain))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut loaded = args.content.load()?;
    loaded.problems.extend(content::expired(&loaded.content, render::now()));
    loaded.problems.extend(content::shadowed(&loaded.content));
    loaded.problems.sort_by(|a, b| a.location.cmp(&b.location));
    let root = &args.content.content;
    let out = match args.format {
        Format::Text => render::text(&loaded.problems, &loaded.files),
        Format::Json => render::json_lines(&loaded.problems),
        Format::Github => render::github(&loaded.problems, root),
        Format::Sarif => render::sarif(&loaded.problems, root),
    };
    if !out.is_empty() {
        render::say(&format!("{out}\n"))?;
    }
    let (errors, _) = content::count(&loaded.problems);
    Ok(if errors > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
