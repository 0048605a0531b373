//! `deskbell drill`: whether going back to the newest backup would work.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::backup::contents;
use super::render;
use super::store_arg::StoreArg;
use crate::store::sqlite::backup::{self, Manifest};
use crate::store::sqlite::restore;
use crate::store::{self, OpenMode};

/// Restore the newest backup to a temporary place and check it whole
#[derive(Debug, clap::Args)]
#[command(after_help = "Example (a line of a crontab):
  0 6 * * *  deskbell drill --from /mnt/backups || mail -s 'the backup does not work' ops@shop.example

The exit code is 1 if there is no backup, the newest one is damaged or too old, or a server could not start with it.
The data in use is not touched.")]
pub(super) struct Args {
    /// Where the backups lie [default: `backups` beside the database]
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// Age of the newest backup that is still well, in hours
    #[arg(long, value_name = "HOURS", default_value_t = 26)]
    max_age: u32,
    /// Where to restore to; needs as much space as the backup, twice for a moment [default: the system's]
    #[arg(long, value_name = "DIR")]
    temp: Option<PathBuf>,
    #[command(flatten)]
    store: StoreArg,
}

/// Does it.
///
/// # Errors
/// Where no temporary directory can be made, or stdout fails.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let database = store::database(&args.store.store, &args.store.data)?;
    let from = args.from.unwrap_or_else(|| backup::default_directory(&database));
    let Some((file, manifest)) = backup::latest(&from) else {
        eprintln!("deskbell: there is no backup in {}", from.display());
        return Ok(ExitCode::FAILURE);
    };
    let age = Duration::from_millis(u64::try_from(render::now().0 - manifest.made_at).unwrap_or(0));
    let seconds = match time(args.temp.as_deref(), &file)? {
        Ok(took) => took.as_secs_f64(),
        Err(error) => {
            eprintln!("deskbell: {error:#}");
            return Ok(ExitCode::FAILURE);
        }
    };
    render::say(&report(&file, &manifest, age, seconds))?;
    if age > Duration::from_secs(u64::from(args.max_age) * 3_600) {
        eprintln!("deskbell: the newest backup is older than {} hours", args.max_age);
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn report(file: &Path, manifest: &Manifest, age: Duration, seconds: f64) -> String {
    let minutes = age.as_secs() / 60;
    let (hours, minutes) = (minutes / 60, minutes % 60);
    let (file, contents) = (file.display(), contents(manifest));
    format!(
        "backup    {file}\nage       {hours} h {minutes} min\nholds     {contents}\nrestored  in {seconds:.2} s, sound\n"
    )
}

/// How long it takes until a server could serve. The outer error is the temporary directory's, the inner the backup's.
#[expect(clippy::disallowed_methods, reason = "how long something took")]
fn time(temp: Option<&Path>, file: &Path) -> anyhow::Result<anyhow::Result<Duration>> {
    let place = Place::new(temp)?;
    let start = Instant::now();
    let restored = restore_and_open(file, &place.0);
    Ok(restored.map(|()| start.elapsed()))
}

fn restore_and_open(file: &Path, place: &Path) -> anyhow::Result<()> {
    restore::restore(file, &place.join("deskbell.db"))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = store::open_for(OpenMode::Serve, "sqlite:", place).await?;
        Ok(store.probe().await?)
    })
}

/// A directory for a moment, for this user alone.
struct Place(PathBuf);

impl Place {
    fn new(within: Option<&Path>) -> anyhow::Result<Self> {
        let within = within.map_or_else(std::env::temp_dir, Path::to_owned);
        let path = within.join(format!("deskbell-drill-{}", std::process::id()));
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("deskbell: {} could not be removed: {error}", self.0.display());
        }
    }
}
