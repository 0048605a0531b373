//! `deskbell config check|default`.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

use crate::config::{self, DEFAULT_FILE, Flags};

/// The server's configuration.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  deskbell config default > deskbell-server.toml\n  deskbell config check --config deskbell-server.toml"
)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Tell every error, each with its path.
    #[command(after_help = "Example:\n  deskbell config check --config deskbell-server.toml")]
    Check {
        /// TOML file; left out: the environment alone.
        #[arg(long, value_name = "FILE", env = "DESKBELL_CONFIG")]
        config: Option<PathBuf>,
    },
    /// Print the default file, commented.
    #[command(after_help = "Example:\n  deskbell config default > deskbell-server.toml")]
    Default,
}

pub(super) fn run(args: Args) -> Result<ExitCode> {
    let mut stdout = std::io::stdout();
    match args.what {
        What::Default => {
            stdout.write_all(DEFAULT_FILE.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        What::Check { config } => match config::load(config.as_deref(), &Flags::default()) {
            Ok(_) => {
                writeln!(stdout, "the configuration is fine")?;
                Ok(ExitCode::SUCCESS)
            }
            Err(errors) => {
                for error in errors {
                    writeln!(stdout, "{error}")?;
                }
                Ok(ExitCode::from(2))
            }
        },
    }
}
