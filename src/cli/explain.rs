//! `deskbell explain`: what a code means, why it matters, and how it looks when it is right.

use std::process::ExitCode;

use anyhow::bail;

use super::render;
use crate::content;

/// Says what a code of `check` means, why it matters, and what a right one looks like.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  deskbell explain I014\n  deskbell explain          all codes")]
pub(super) struct Args {
    /// Such as I014; without one all codes are listed
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// If there is no such code, or stdout cannot be written to.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.code {
        Some(name) => one(&name),
        None => {
            render::say(&all())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// One code.
///
/// # Errors
/// If there is none of that name.
pub(super) fn one(name: &str) -> anyhow::Result<ExitCode> {
    let Some(code) = content::explain(name) else {
        let nearest = content::did_you_mean(name, content::CODES.iter().map(|c| c.name));
        match nearest {
            Some(nearest) => bail!("there is no code {name}; did you mean {nearest}?"),
            None => bail!("there is no code {name}; `deskbell explain` lists them"),
        }
    };
    let mut out = format!("{} ({}): {}\n\n{}\n", code.name, code.severity.as_str(), code.title, code.explain);
    if let Some((wrong, right)) = code.example() {
        out += &format!("\nWrong:\n\n{}\nRight:\n\n{}", indented(wrong), indented(right));
    }
    render::say(&out)?;
    Ok(ExitCode::SUCCESS)
}

/// The example's files, each below its name.
fn indented(text: &str) -> String {
    text.lines()
        .map(|line| match line.strip_prefix("== ") {
            Some(path) => format!("  {path}\n"),
            None if line.is_empty() => "\n".to_owned(),
            None => format!("    {line}\n"),
        })
        .collect()
}

fn all() -> String {
    let mut out = String::new();
    for (letter, family) in content::FAMILIES {
        out += &format!("{family}\n");
        for code in content::CODES.iter().filter(|c| c.name.starts_with(*letter)) {
            out += &format!("  {}  {:7}  {}\n", code.name, code.severity.as_str(), code.title);
        }
        out += "\n";
    }
    out + "`deskbell explain CODE` says more about one.\n"
}
