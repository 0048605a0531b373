//! `deskbell serve`.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use sha2::{Digest as _, Sha256};
use tokio::net::{TcpListener, TcpSocket};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::backup;
use crate::bus::{Bus, Local};
use crate::config::{self, Config, Flags, Follow};
use crate::content::{Content, Problem, Severity, SourceFile};
use crate::desk::{Desk, NamedRelease, Options, Origin};
use crate::reload::{self, LastGood};
use crate::store::{BeforeMigration, Store};
use crate::{http, store, telemetry};

/// Runs the server.
#[derive(clap::Args, Default)]
#[command(after_help = "Example:\n  deskbell serve --content ./shop --data /var/lib/deskbell --listen 127.0.0.1:8080")]
pub(super) struct Args {
    /// TOML file; `deskbell config default` prints one.
    #[arg(long, value_name = "FILE", env = "DESKBELL_CONFIG")]
    config: Option<PathBuf>,
    /// Folder that holds intents/ and knowledge/ [default: .]
    #[arg(long, value_name = "DIR")]
    content: Option<PathBuf>,
    /// Folder for the data [default: ./data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where the log is kept [default: sqlite: in the data folder]
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// How several nodes hear of each other [default: local:]
    #[arg(long, value_name = "URL")]
    bus: Option<String>,
    /// Where visitors and agents connect [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Where health and metrics are [default: 127.0.0.1:9090]
    #[arg(long, value_name = "ADDR")]
    admin_listen: Option<String>,
    /// Bring data of an older version up to date without the copy that is made of it otherwise.
    #[arg(long)]
    migrate_without_backup: bool,
}

pub(super) fn run(args: Args) -> Result<ExitCode> {
    let flags = Flags {
        content: args.content,
        data: args.data,
        store: args.store,
        bus: args.bus,
        listen: args.listen,
        admin_listen: args.admin_listen,
    };
    let config = config::load(args.config.as_deref(), &flags).map_err(|errors| {
        anyhow!("the configuration has errors:\n{}", errors.iter().map(|e| format!("  {e}\n")).collect::<String>())
    })?;
    let told = telemetry::start(&config.log, &config.trace).map_err(|e| anyhow!(e))?;
    telemetry::count_panics();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no threads")?;
    let before = if args.migrate_without_backup { BeforeMigration::Nothing } else { BeforeMigration::Copy };
    let done = runtime.block_on(serve(Arc::new(config), before));
    // What still runs on a blocking thread has nothing left to say.
    runtime.shutdown_timeout(Duration::from_millis(200));
    told.end();
    done.map(|()| ExitCode::SUCCESS)
}

async fn serve(config: Arc<Config>, before: BeforeMigration) -> Result<()> {
    let shutdown = on_signal()?;
    // The ports first: that one of them is taken is the most usual mistake and the quickest to find.
    let listener = bind("listen", config.listen)?;
    let admin = bind("admin_listen", config.admin_listen)?;
    std::fs::create_dir_all(&config.data).with_context(|| format!("the data folder {}", config.data.display()))?;
    let last_good = LastGood::in_data(&config.data);
    let url = config.store.as_ref().map_or("sqlite:", |u| u.reveal());
    // Before the store: what it finds at its start is counted.
    http::record_metrics();
    let seen = reload::print(&config.content).await;
    let (first, store) = match config.follow {
        // Before the store: whoever starts with a broken folder is told so at once.
        Follow::Folder => {
            let first = first_of_folder(config.content.clone(), last_good.clone()).await?;
            (first, store::open_to_serve(url, &config.data, before).await?)
        }
        Follow::Releases => {
            let store = store::open_to_serve(url, &config.data, before).await?;
            (first_of_releases(&*store, config.content.clone(), last_good.clone()).await?, store)
        }
    };
    if config.backup.every_hours > 0 {
        tokio::spawn(backup::keep(config.backup.clone(), store::database(url, &config.data)?));
    }
    let First { content, files, release, known, rejected } = first;
    let desk = Desk::open(store, bus(&config)?, Arc::clone(&content), options(&config)).await?;
    desk.originates(Origin { version: content.version.clone(), files: files.clone(), release });
    desk.note_rejected(rejected);
    tokio::spawn(Arc::clone(&desk).run(shutdown.clone()));
    match config.follow {
        Follow::Folder => {
            let root = config.content.clone();
            tokio::spawn(reload::watch(root, seen, last_good, Arc::clone(&desk), shutdown.clone()));
        }
        Follow::Releases => {
            let in_force = (content, files);
            tokio::spawn(reload::follow(known, in_force, last_good, Arc::clone(&desk), shutdown.clone()));
        }
    }
    let address = listener.local_addr()?;
    tracing::info!(%address, admin = %admin.local_addr()?, content = desk.content().version, "serving");
    let served = http::run(listener, Some(admin), desk, config, shutdown);
    let mut stdout = std::io::stdout();
    // Whoever started this may not listen to it: then there is nobody to tell.
    let _ = writeln!(stdout, "listening on http://{address}").and_then(|()| stdout.flush());
    served.await;
    tracing::info!("ended");
    Ok(())
}

/// Connections that the kernel holds until they are accepted; it may hold fewer (`net.core.somaxconn`). The usual 128 are
/// too few when all clients of a server come back at once: the kernel forgets some of those beyond, and a client that waits
/// for the server to speak first would wait for ever.
const BACKLOG: u32 = 4_096;

fn bind(key: &str, address: SocketAddr) -> Result<TcpListener> {
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        // A server that was just stopped leaves its address in use for a minute.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listen().with_context(|| format!("{key} {address} cannot be used"))
}

fn bus(config: &Config) -> Result<Arc<dyn Bus>> {
    match config.bus.reveal() {
        "local:" | "local" => Ok(Arc::new(Local::default())),
        _ => bail!("bus: the URL must be `local:`; a bus between nodes is not available yet"),
    }
}

fn options(config: &Config) -> Options {
    Options {
        queue_capacity: config.queue.capacity,
        queue_per_visitor: config.queue.per_visitor,
        queue_per_address: config.queue.per_address,
        away_after: Duration::from_secs(config.queue.away_after_s),
        lost_after: Duration::from_secs(config.queue.lost_after_s),
        crowded_after: Duration::from_millis(config.http.crowded_ms),
        session_length: Duration::from_secs(config.login.session_hours * 3_600),
        session_idle: Duration::from_secs(config.login.idle_hours * 3_600),
        second_factor_for: config.login.second_factor_for.iter().filter_map(|r| r.parse().ok()).collect(),
        configuration: configuration(config),
        keep: days(config.privacy.keep_days),
        keep_audit: days(config.privacy.audit_days),
        follows_releases: config.follow == Follow::Releases,
        folder: Some(config.content.clone()),
        ..Options::default()
    }
}

/// None for 0: never.
fn days(n: u32) -> Option<Duration> {
    (n > 0).then(|| Duration::from_secs(86_400 * u64::from(n)))
}

/// Which configuration this is: the beginning of its hash. What is hidden is not part of it.
fn configuration(config: &Config) -> String {
    let hash = Sha256::digest(format!("{config:?}"));
    let hex: String = hash.iter().take(8).map(|b| format!("{b:02x}")).collect();
    format!("configuration {hex}")
}

/// What a server starts with.
struct First {
    content: Arc<Content>,
    files: Arc<[SourceFile]>,
    /// Which release it is.
    release: Option<NamedRelease>,
    /// The move that it came by, or that was looked at and could not be used.
    known: Option<i64>,
    /// Why it is not the newest.
    rejected: Option<String>,
}

impl First {
    fn new(content: Content, files: Vec<SourceFile>) -> Self {
        Self { content: Arc::new(content), files: files.into(), release: None, known: None, rejected: None }
    }
}

/// The content of the folder; where it has errors, the last one that had none, and the first error.
async fn first_of_folder(root: PathBuf, last_good: LastGood) -> Result<First> {
    let work = move || match reload::load(&root, None) {
        Ok((content, files, _)) => {
            keep(&last_good, &files);
            Ok(First::new(content, files))
        }
        Err(problems) => {
            print(&problems);
            match last_good.load() {
                Some((content, files)) => {
                    tracing::error!(version = content.version, "the content has errors: the last good one is served");
                    Ok(First { rejected: reload::first_of(&problems), ..First::new(content, files) })
                }
                None => bail!("the content in {} has errors; `deskbell check` tells more", root.display()),
            }
        }
    };
    tokio::task::spawn_blocking(work).await?
}

/// The release that is live; where it cannot be used, the last content that could; before the first release, the folder.
async fn first_of_releases(store: &dyn Store, root: PathBuf, last_good: LastGood) -> Result<First> {
    let Some((id, last)) = store.live().await? else {
        tracing::warn!("nothing is published yet: the folder is served as it is now");
        return first_of_folder(root, last_good).await;
    };
    let release = store.release(id).await?.with_context(|| format!("release {id} is not in the store"))?;
    let all = store.releases(None, u32::MAX).await?;
    // A file that the disk has damaged is as bad as one that this program does not understand.
    let files = store.release_files(id).await;
    let work = move || {
        let mut why = match files {
            Ok(Some(files)) => {
                let (content, problems) = reload::compile(&files, None);
                if !problems.iter().any(Problem::is_error) {
                    keep(&last_good, &files);
                    let release = Some((&release).into());
                    return Ok(First { release, known: Some(last), ..First::new(content, files) });
                }
                print(&problems);
                reload::first_of(&problems).unwrap_or_default()
            }
            Ok(None) => "it is not in the store".to_owned(),
            Err(error) => error.to_string(),
        };
        why = format!("release {}: {why}", release.name);
        let Some((content, files)) = last_good.load() else {
            bail!("{why}; and no content is kept that could be served instead")
        };
        tracing::error!(version = content.version, why, "the live release cannot be used: the last good one is served");
        let release = all.iter().find(|r| r.version == content.version).map(Into::into);
        Ok(First { release, known: Some(last), rejected: Some(why), ..First::new(content, files) })
    };
    tokio::task::spawn_blocking(work).await?
}

fn keep(last_good: &LastGood, files: &[SourceFile]) {
    if let Err(error) = last_good.keep(files) {
        tracing::warn!(%error, "the content could not be kept for a restart");
    }
}

fn print(problems: &[Problem]) {
    for p in problems.iter().filter(|p| p.severity == Severity::Error) {
        eprintln!("{}: error[{}]: {}", p.location, p.code, p.message);
    }
}

/// Cancelled by the first SIGTERM or SIGINT; the second ends the process at once.
fn on_signal() -> Result<CancellationToken> {
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let token = CancellationToken::new();
    let shutdown = token.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
            if shutdown.is_cancelled() {
                std::process::exit(1);
            }
            tracing::info!("ending: no new connections, sockets are asked to leave");
            shutdown.cancel();
        }
    });
    Ok(token)
}
