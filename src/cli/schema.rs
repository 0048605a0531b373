//! `deskbell schema`: JSON Schemas for the editors of the content.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::ValueEnum;

use super::render;
use crate::content;

/// Prints the JSON Schema of a kind of file, for editors that check while typing.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  deskbell schema intents > intents.schema.json\n  deskbell schema --write .deskbell      all of them; `deskbell fmt` then names them in each file\n\nA file of intents that begins with\n  # yaml-language-server: $schema=../.deskbell/intents.json\nis checked and completed by editors while one types."
)]
pub(super) struct Args {
    /// Of what
    #[arg(value_enum, required_unless_present = "write")]
    kind: Option<Kind>,
    /// Write it into this folder instead, as KIND.json; without a kind all of them
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// intents/**/*.yaml
    Intents,
    /// intents/**/*.test.yaml
    Tests,
    /// deskbell.toml
    Config,
    /// Front matter of knowledge/**/*.md
    Articles,
    /// canned/**/*.yaml
    Canned,
}

/// Runs the command.
///
/// # Errors
/// If stdout or the folder cannot be written to.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let kinds = args.kind.map_or_else(|| Kind::value_variants().to_vec(), |kind| vec![kind]);
    let Some(folder) = &args.write else {
        for kind in kinds {
            render::say(&format!("{}\n", text(kind)))?;
        }
        return Ok(ExitCode::SUCCESS);
    };
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    for kind in kinds {
        let name = kind.to_possible_value().map_or_else(String::new, |v| v.get_name().to_owned());
        let path = folder.join(format!("{name}.json"));
        std::fs::write(&path, text(kind) + "\n").with_context(|| format!("{} cannot be written", path.display()))?;
        render::say(&format!("{}\n", path.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn text(kind: Kind) -> String {
    let schema = match kind {
        Kind::Intents => content::schema::intents(),
        Kind::Tests => content::schema::tests(),
        Kind::Config => content::schema::settings(),
        Kind::Articles => content::schema::articles(),
        Kind::Canned => content::schema::canned(),
    };
    format!("{schema:#}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// `UPDATE=1` writes the files anew.
    #[test]
    fn the_committed_schemas_are_current() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema");
        for kind in Kind::value_variants() {
            let name = kind.to_possible_value().unwrap();
            let path = folder.join(format!("{}.json", name.get_name()));
            let now = text(*kind) + "\n";
            if std::env::var_os("UPDATE").is_some() {
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(&path, &now).unwrap();
            }
            assert_eq!(
                std::fs::read_to_string(&path).unwrap_or_default(),
                now,
                "{}: run with UPDATE=1",
                path.display()
            );
        }
    }
}
