//! `deskbell audit`: who did what, as JSON lines, and whether nobody has changed it since.

use std::io::{BufWriter, ErrorKind, Write};
use std::process::ExitCode;

use super::store_arg::StoreArg;
use crate::store::{OpenMode, Store};
use crate::types::Timestamp;

/// Read at once.
const PAGE: u32 = 500;

/// Print who did what as JSON lines, or check that it is whole
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  deskbell audit --since 7d | jq -r 'select(.what == \"login_wrong\") | .address'
  deskbell audit --verify

One object a line: n, at (milliseconds since 1970), who (a person's id, command, server or nobody), what, on, detail,
address, hash. --verify reads the whole table and prints {\"rows\", \"deleted\", \"head\"}: keep the head elsewhere, and give it back
with --expect to learn whether rows were taken from the end. The exit code is 1 where something is wrong.")]
pub(super) struct Args {
    /// Check the chain of hashes instead
    #[arg(long)]
    verify: bool,
    /// With --verify: a head that was printed before must be in the chain
    #[arg(long, value_name = "HASH", requires = "verify")]
    expect: Option<String>,
    /// Only the last so many days, hours or minutes, such as 7d, 12h, 30m
    #[arg(long, value_name = "DURATION", value_parser = milliseconds, conflicts_with = "verify")]
    since: Option<i64>,
    #[command(flatten)]
    store: StoreArg,
}

/// Does it.
///
/// # Errors
/// Where the store or standard output fails.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args { verify, expect, since, store } = args;
    store.with(OpenMode::Existing, async |store| {
        let mut out = BufWriter::new(std::io::stdout().lock());
        if verify {
            return check(&*store, expect.as_deref(), &mut out).await;
        }
        let since = since.map(|ms| Timestamp(jiff::Timestamp::now().as_millisecond() - ms));
        match print(&*store, since, &mut out).await {
            // Whoever reads has seen enough: `deskbell audit | head`.
            Err(e) if e.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == ErrorKind::BrokenPipe) => {
                Ok(ExitCode::SUCCESS)
            }
            other => other.map(|()| ExitCode::SUCCESS),
        }
    })
}

async fn print(store: &dyn Store, since: Option<Timestamp>, out: &mut impl Write) -> anyhow::Result<()> {
    let mut after = 0;
    loop {
        let rows = store.audit_rows(after, since, PAGE).await?;
        for row in &rows {
            writeln!(out, "{}", row.json())?;
            after = row.n;
        }
        if rows.len() < PAGE as usize {
            return Ok(out.flush()?);
        }
    }
}

async fn check(store: &dyn Store, expect: Option<&str>, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    // What was deleted with age left its last hash.
    let anchor = store.audit_anchor().await?;
    let mut last: Option<(u64, [u8; 32])> = anchor;
    let mut met = expect.is_none_or(|head| anchor.is_some_and(|(_, hash)| hex(&hash) == head));
    loop {
        let rows = store.audit_rows(last.map_or(0, |(n, _)| n), None, PAGE).await?;
        let read = rows.len();
        for row in rows {
            if let Err(broken) = row.check(last) {
                eprintln!("deskbell: row {} of the audit table: {broken}", row.n);
                return Ok(ExitCode::FAILURE);
            }
            met = met || expect.is_some_and(|head| hex(&row.hash) == head);
            last = Some((row.n, row.hash));
        }
        if read < PAGE as usize {
            break;
        }
    }
    if !met {
        eprintln!("deskbell: the head that was expected is not in the audit table: rows were taken from its end");
        return Ok(ExitCode::FAILURE);
    }
    let (rows, head) = (last.map_or(0, |(n, _)| n), last.map(|(_, hash)| hex(&hash)));
    let deleted = anchor.map_or(0, |(n, _)| n);
    writeln!(out, "{}", serde_json::json!({ "rows": rows, "deleted": deleted, "head": head }))?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn hex(hash: &[u8; 32]) -> String {
    hash.iter().map(|b| format!("{b:02x}")).collect()
}

fn milliseconds(text: &str) -> Result<i64, String> {
    let bad = || "must be a number with d, h or m, such as 7d".to_owned();
    let unit = match text.chars().last() {
        Some('d') => 86_400_000,
        Some('h') => 3_600_000,
        Some('m') => 60_000,
        _ => return Err(bad()),
    };
    let number: i64 = text.get(..text.len() - 1).and_then(|n| n.parse().ok()).ok_or_else(bad)?;
    number.checked_mul(unit).filter(|ms| *ms > 0).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(milliseconds("7d"), Ok(604_800_000));
        assert_eq!(milliseconds("90m"), Ok(5_400_000));
        for bad in ["", "7", "d", "-1d", "0h", "1w", "9999999999999999d"] {
            assert!(milliseconds(bad).is_err(), "{bad}");
        }
    }
}
