//! `deskbell widget`: the lines that bring the widget to a page.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;

use super::user::name;
use crate::config::{self, Flags};
use crate::http;

/// The lines that bring the widget to a page
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  deskbell widget --url https://chat.shop.example --site shop

The first line always brings the newest version. The second names one version and its hash, so that the browser refuses
anything else: put the new line on your pages whenever you update the server.")]
pub(super) struct Args {
    /// Where visitors reach this server [default: `public_url` of the configuration]
    #[arg(long, value_parser = url)]
    url: Option<String>,
    /// As in `deskbell site add`
    #[arg(long, value_parser = name)]
    site: Option<String>,
    /// TOML file of the server
    #[arg(long, value_name = "FILE", env = "DESKBELL_CONFIG")]
    config: Option<PathBuf>,
}

/// Prints them.
///
/// # Errors
/// Where the configuration has errors, or this program was built without the widget.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let url = match args.url {
        Some(url) => url,
        None => match config::load(args.config.as_deref(), &Flags::default()) {
            Ok(config) => config.public_url.unwrap_or_else(|| format!("http://{}", config.listen)),
            Err(errors) => {
                bail!(
                    "the configuration has errors:\n{}",
                    errors.iter().map(|e| format!("  {e}\n")).collect::<String>()
                )
            }
        },
    };
    let Some(pinned) = http::pinned() else { bail!("this program was built without the widget") };
    let (url, site) = (url.trim_end_matches('/'), args.site.as_deref().unwrap_or("default"));
    let mut out = std::io::stdout().lock();
    writeln!(out, "<!-- always the newest version -->")?;
    writeln!(out, "<script async src=\"{url}/widget.js\" data-site=\"{site}\"></script>")?;
    writeln!(out, "<!-- this version alone -->")?;
    writeln!(
        out,
        "<script async src=\"{url}/{}\" integrity=\"{}\" crossorigin=\"anonymous\" data-site=\"{site}\"></script>",
        pinned.path, pinned.integrity
    )?;
    Ok(ExitCode::SUCCESS)
}

fn url(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let fine = rest.is_some_and(|r| !r.is_empty() && !r.contains(|c: char| c.is_whitespace() || "\"'<>\\".contains(c)));
    if fine { Ok(text.to_owned()) } else { Err("it is written as https://chat.shop.example".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_can_stand_in_the_line() {
        assert!(url("https://chat.shop.example/support").is_ok());
        for bad in ["chat.shop.example", "javascript:alert(1)", "https://", "https://a\"><script>"] {
            assert!(url(bad).is_err(), "{bad}");
        }
    }
}
