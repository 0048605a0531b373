//! `deskbell publish`: the folder as a release, live from then on.

use std::path::Path;
use std::process::ExitCode;

use anyhow::bail;

use super::render::{self, ContentArg, Loaded, plural};
use super::store_arg::StoreArg;
use crate::content;
use crate::desk::git::Checkout;
use crate::store::workshop::{MESSAGE, NewRelease, Published, ReleaseError, is_name};
use crate::store::{By, OpenMode};
use crate::workshop::cases;

/// Publish the content folder: a release that never changes, and that is live from now on
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  deskbell publish --content ./shop --message 'New opening hours'
  deskbell publish --name autumn --data /var/lib/deskbell

Servers that follow releases (`follow = \"releases\"`) answer with it within a second; those that follow their folder go on
as before. Exits 1 where the content has errors or a test fails: then nothing was published.")]
pub(super) struct Args {
    #[command(flatten)]
    content: ContentArg,
    /// What the release is called [default: the day and the beginning of the content's version]
    #[arg(long, value_name = "NAME", value_parser = name)]
    name: Option<String>,
    /// Why, for those who read the list of releases
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    message: String,
    /// Who publishes [default: who commits in the checkout that the folder is, else who runs this]
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    /// Publish without running the content's tests
    #[arg(long)]
    no_tests: bool,
    #[command(flatten)]
    store: StoreArg,
}

/// Does it.
///
/// # Errors
/// Where there is no content, the name is taken, or the store fails.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    if args.message.chars().count() > MESSAGE {
        bail!("a message has at most {MESSAGE} characters");
    }
    let Loaded { content, files, problems } = args.content.load()?;
    if content::count(&problems).0 > 0 {
        let errors: Vec<content::Problem> = problems.into_iter().filter(content::Problem::is_error).collect();
        render::say(&format!("{}\n", render::text(&errors, &files)))?;
        eprintln!("deskbell: nothing was published: the content has errors");
        return Ok(ExitCode::FAILURE);
    }
    let now = render::now();
    if !args.no_tests {
        let failed: Vec<_> =
            cases::outcomes(&content, now).into_iter().filter(|outcome| !outcome.failures.is_empty()).collect();
        if !failed.is_empty() {
            for outcome in &failed {
                let messages: Vec<&str> = outcome.failures.iter().map(|(_, message)| message.as_str()).collect();
                render::say(&format!("FAIL {} {}\n", outcome.test.location, outcome.test.name))?;
                render::say(&format!("     {}\n", messages.join("\n").replace('\n', "\n     ")))?;
            }
            eprintln!(
                "deskbell: nothing was published: {} test{} failed (--no-tests publishes all the same)",
                failed.len(),
                plural(failed.len())
            );
            return Ok(ExitCode::FAILURE);
        }
    }
    let folder = args.content.content.clone();
    // Before the first start too: what is published then is what the server begins with.
    let done = args.store.with(OpenMode::Beside, async |store| {
        let (commit, user) = checkout(&folder).await;
        let day = jiff::Timestamp::from_millisecond(now.0)?.strftime("%Y-%m-%d").to_string();
        let made_up = format!("{day}-{}", content.version.get(..8).unwrap_or(&content.version));
        let new = NewRelease {
            named: args.name.is_some(),
            name: args.name.clone().unwrap_or(made_up),
            version: content.version.clone(),
            author: args.author.clone().or(user).or_else(who_runs_this).unwrap_or_else(|| "unknown".to_owned()),
            commit,
            message: args.message.clone(),
            summary: super::releases::summary(&*store, &content, &files).await?,
            files,
            after: None,
        };
        Ok(store.add_release(new, By::command()).await)
    })?;
    match done {
        Ok(published) => render::say(&told(&published))?,
        Err(ReleaseError::Taken) => bail!("there is a release of this name with other files: choose another --name"),
        Err(error) => return Err(error.into()),
    }
    Ok(ExitCode::SUCCESS)
}

fn told(Published { release, new, moved }: &Published) -> String {
    let (id, name, version) = (release.id, &release.name, &release.version);
    match (new, moved) {
        (true, _) => format!("{name} is live (release {id}, version {version})\n"),
        (false, true) => format!("these files are release {id} already: {name} is live again (version {version})\n"),
        (false, false) => format!("nothing is new: {name} (release {id}) has these files and is live already\n"),
    }
}

fn name(given: &str) -> Result<String, String> {
    match is_name(given) {
        true => Ok(given.to_owned()),
        false => Err("a name has 1 to 80 characters, is no bare number and begins with no hyphen".to_owned()),
    }
}

/// Commit and committer of the checkout that the folder is, if it is one.
async fn checkout(folder: &Path) -> (Option<String>, Option<String>) {
    let Ok(checkout) = Checkout::of(folder).await else { return (None, None) };
    let dirty = checkout.is_dirty().await.unwrap_or(true);
    let commit = if dirty { format!("{}-dirty", checkout.commit) } else { checkout.commit.clone() };
    (Some(commit), checkout.user().await)
}

fn who_runs_this() -> Option<String> {
    std::env::var("USER").ok().filter(|user| !user.is_empty())
}
