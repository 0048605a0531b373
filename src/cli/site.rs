//! `deskbell site`: where the widget may be shown.

use std::io::Write;
use std::process::ExitCode;

use super::store_arg::StoreArg;
use super::user::name;
use crate::config;
use crate::store::{OpenMode, Site};

/// Sites that may show the widget
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  deskbell site add --name shop --origin https://www.shop.example --origin https://shop.example
  deskbell site remove --name shop --origin https://shop.example

A running server takes changes up within a second. Sites in the configuration file are not listed here and stay.")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Let a site show the widget, from these origins too
    #[command(after_help = "Example:\n  deskbell site add --name shop --origin https://www.shop.example")]
    Add {
        /// As in `data-site`
        #[arg(long, value_parser = name)]
        name: String,
        /// Scheme, host and port as browsers write them; may stand several times
        #[arg(long = "origin", required = true, value_name = "ORIGIN", value_parser = origin)]
        origins: Vec<String>,
        #[command(flatten)]
        store: StoreArg,
    },
    /// List sites: name and origin, separated by a tab
    #[command(after_help = "Example:\n  deskbell site list --data ./data")]
    List(StoreArg),
    /// Take an origin from a site, or the whole site
    #[command(after_help = "Example:\n  deskbell site remove --name shop")]
    Remove {
        /// As it was added
        #[arg(long)]
        name: String,
        /// Only this one
        #[arg(long, value_name = "ORIGIN")]
        origin: Option<String>,
        #[command(flatten)]
        store: StoreArg,
    },
}

/// Does it.
///
/// # Errors
/// Where the store fails.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let (done, otherwise) = match args.command {
        Command::Add { name, origins, store } => (
            store.with(OpenMode::Beside, async |store| Ok(store.add_site(Site { name, origins }).await?))?,
            "the site had these origins already",
        ),
        Command::List(store) => {
            let sites = store.with(OpenMode::Existing, async |store| Ok(store.sites().await?))?;
            let mut out = std::io::stdout().lock();
            for (site, origin) in sites.iter().flat_map(|s| s.origins.iter().map(move |o| (&s.name, o))) {
                writeln!(out, "{site}\t{origin}")?;
            }
            (true, "")
        }
        Command::Remove { name, origin, store } => (
            store.with(OpenMode::Existing, async |store| Ok(store.remove_site(&name, origin.as_deref()).await?))?,
            "there is no such site or origin",
        ),
    };
    if !done {
        eprintln!("deskbell: {otherwise}");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn origin(text: &str) -> Result<String, String> {
    if config::is_origin(text) { Ok(text.to_owned()) } else { Err(config::ORIGIN.to_owned()) }
}
