//! `deskbell export`: the texts of a content as a table.

use std::process::ExitCode;

use clap::ValueEnum;

use super::render::{self, ContentArg};
use crate::import;
use crate::types::Language;

/// Writes what visitors and agents read as a table, for translators: one text a row, one language a column.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  deskbell export --format csv --content shop --languages fr > texts.csv\n  deskbell import --format csv texts.csv --to shop\n\nThe second line puts back what was filled in and leaves all else as it is."
)]
pub(super) struct Args {
    #[command(flatten)]
    content: ContentArg,
    /// As what
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
    /// Columns for languages that the content does not have yet
    #[arg(long, value_name = "LANGUAGES", value_delimiter = ',')]
    languages: Vec<Language>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table that spreadsheets open
    Csv,
}

/// Runs the command.
///
/// # Errors
/// If there is no content at that place, or it has errors.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let content = args.content.load_sound()?;
    match args.format {
        Format::Csv => render::say(&import::csv::table(&content, &args.languages))?,
    }
    Ok(ExitCode::SUCCESS)
}
