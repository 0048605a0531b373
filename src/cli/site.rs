//! `deskbell site`: where the widget may be shown.

use std::io::{Read as _, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, anyhow, bail};

use super::store_arg::StoreArg;
use super::user::name;
use crate::config::{self, SignatureAlgorithm, SignatureKey};
use crate::store::{OpenMode, Site, SiteKey};

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
        identity: Identity,
        #[command(flatten)]
        store: StoreArg,
    },
    /// Give a site another key that it signs with; the old one is worth nothing from then on
    #[command(after_help = "Example:\n  deskbell site key --name shop --identity hs256 --key-file shop.secret")]
    Key {
        /// As it was added
        #[arg(long)]
        name: String,
        #[command(flatten)]
        identity: Identity,
        #[command(flatten)]
        store: StoreArg,
    },
    /// List sites: name, origin, algorithm and the key's fingerprint, separated by tabs
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

/// How a site signs who its visitors are
#[derive(Debug, clap::Args)]
struct Identity {
    /// The one algorithm
    #[arg(long = "identity", value_name = "ALGORITHM")]
    algorithm: Option<Algorithm>,
    /// Holds the secret (HS256, at least 32 bytes) or the Ed25519 public key (PEM or base64)
    #[arg(long, value_name = "FILE", requires = "algorithm", conflicts_with = "key_stdin")]
    key_file: Option<PathBuf>,
    /// Read it from standard input
    #[arg(long, requires = "algorithm")]
    key_stdin: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Algorithm {
    Hs256,
    Eddsa,
}

impl Identity {
    /// Reads the key.
    ///
    /// # Errors
    /// Why it cannot be used; never the key.
    fn read(&self) -> anyhow::Result<Option<SiteKey>> {
        let Some(algorithm) = self.algorithm else { return Ok(None) };
        let text = match &self.key_file {
            Some(file) => std::fs::read_to_string(file).with_context(|| file.display().to_string())?,
            None if self.key_stdin => std::io::read_to_string(std::io::stdin().lock().take(64 * 1024))?,
            None => bail!("--identity needs --key-file or --key-stdin"),
        };
        let algorithm = match algorithm {
            Algorithm::Hs256 => SignatureAlgorithm::Hs256,
            Algorithm::Eddsa => SignatureAlgorithm::EdDsa,
        };
        Ok(Some(match algorithm.key(&text).map_err(|why| anyhow!(why))? {
            SignatureKey::Shared(secret) => SiteKey::Shared(secret.bytes().to_vec()),
            SignatureKey::Public(key) => SiteKey::Public(key),
        }))
    }
}

/// Does it.
///
/// # Errors
/// Where the store fails.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let (done, otherwise) = match args.command {
        Command::Add { name, origins, identity, store } => {
            let key = identity.read()?;
            let site = Site { name, origins, key };
            (
                store.with(OpenMode::Beside, async |store| Ok(store.add_site(site).await?))?,
                "the site had these origins already",
            )
        }
        Command::Key { name, identity, store } => {
            let key = identity.read()?.context("--identity is needed")?;
            (
                store.with(OpenMode::Existing, async |store| Ok(store.set_site_key(&name, key).await?))?,
                "there is no such site",
            )
        }
        Command::List(store) => {
            let sites = store.with(OpenMode::Existing, async |store| Ok(store.sites().await?))?;
            let mut out = std::io::stdout().lock();
            for (site, origin) in sites.iter().flat_map(|s| s.origins.iter().map(move |o| (s, o))) {
                write!(out, "{}\t{origin}", site.name)?;
                if let Some(key) = &site.key {
                    write!(out, "\t{}\t{}", key.algorithm(), key.fingerprint())?;
                }
                writeln!(out)?;
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
