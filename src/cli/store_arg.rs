//! Which data a command works on: the same two flags everywhere.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, anyhow};

use crate::config::{Log, Trace};
use crate::store::{self, OpenMode, Store};
use crate::telemetry;

/// `--data` and `--store`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct StoreArg {
    /// Directory of the data
    #[arg(long, value_name = "DIR", default_value = "./data", env = "DESKBELL_DATA")]
    pub(super) data: PathBuf,
    /// Where conversations and people are stored: `sqlite:` (a file in the data directory) or `sqlite:PATH`
    #[arg(long, value_name = "URL", default_value = "sqlite:", env = "DESKBELL_STORE", hide_env_values = true)]
    pub(super) store: String,
}

impl StoreArg {
    /// Opens the store and does something with it, on a small runtime of its own.
    ///
    /// # Errors
    /// Whatever goes wrong in opening or in the work.
    pub(super) fn with<T>(
        &self,
        mode: OpenMode,
        work: impl AsyncFnOnce(Arc<dyn Store>) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        // What the store finds wrong is said by whoever finds it.
        let log = Log { filter: "warn".to_owned(), ..Log::default() };
        telemetry::start(&log, &Trace::default()).map_err(|e| anyhow!(e))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let store = store::open_for(mode, &self.store, &self.data).await.context("cannot open the store")?;
            work(store).await
        })
    }
}
