//! `deskbell log`: every durable event, as JSON lines.

use std::io::{BufWriter, ErrorKind, Write};
use std::process::ExitCode;

use serde_json::Value;

use super::escape;
use super::store_arg::StoreArg;
use crate::config;
use crate::redact::Redactor;
use crate::store::{self, OpenMode, Range, Side, Store};
use crate::types::{ConversationId, Seq};

/// Read at once.
const PAGE: u32 = 500;

/// Print every durable event as JSON lines
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  deskbell log --data ./data | jq -r 'select(.kind == \"text\") | .body.text'

One object a line: conversation, seq, at (milliseconds since 1970), author, agent (where it is one), kind, body, cmid
(where a client named it). Sorted by conversation, then by seq.")]
pub(super) struct Args {
    /// Only this conversation
    #[arg(long, value_name = "ID")]
    conversation: Option<ConversationId>,
    /// Without card numbers, IBANs and e-mail addresses: for eyes that need not see them
    #[arg(long)]
    redact: bool,
    /// With --redact: a configuration whose own patterns are taken out too
    #[arg(long, value_name = "FILE", requires = "redact")]
    config: Option<std::path::PathBuf>,
    #[command(flatten)]
    store: StoreArg,
}

/// Does it.
///
/// # Errors
/// Where the store or standard output fails.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let own = match &args.config {
        Some(file) => match config::load(Some(file), &config::Flags::default()) {
            Ok(config) => config.privacy.redactor().unwrap_or_default(),
            Err(errors) => {
                for error in errors {
                    eprintln!("deskbell: {error}");
                }
                return Ok(ExitCode::from(2));
            }
        },
        None => Redactor::default(),
    };
    let redactor = if args.redact { own.with_all() } else { own };
    args.store.with(OpenMode::Existing, async |store| {
        let mut out = BufWriter::new(std::io::stdout().lock());
        match print(&*store, args.conversation, &redactor, &mut out).await {
            // Whoever reads has seen enough: `deskbell log | head`.
            Err(e) if e.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == ErrorKind::BrokenPipe) => {
                Ok(ExitCode::SUCCESS)
            }
            Ok(0) if args.conversation.is_some() => {
                eprintln!("deskbell: there is no such conversation");
                Ok(ExitCode::FAILURE)
            }
            Ok(_) => Ok(ExitCode::SUCCESS),
            Err(e) => Err(e),
        }
    })
}

/// Gives the number of lines.
async fn print(
    store: &dyn Store,
    only: Option<ConversationId>,
    redactor: &Redactor,
    out: &mut impl Write,
) -> anyhow::Result<u64> {
    let mut lines = 0;
    if let Some(c) = only {
        lines = print_one(store, c, redactor, out).await?;
    } else {
        let mut after = None;
        while let page = store.conversations(after, PAGE).await?
            && !page.is_empty()
        {
            for c in page {
                lines += print_one(store, c, redactor, out).await?;
                after = Some(c);
            }
        }
    }
    out.flush()?;
    Ok(lines)
}

async fn print_one(
    store: &dyn Store,
    c: ConversationId,
    redactor: &Redactor,
    out: &mut impl Write,
) -> anyhow::Result<u64> {
    let mut lines = 0;
    let mut after = Seq(0);
    loop {
        let range = Range { after, before: None, limit: PAGE, side: Side::First };
        let page = store.entries(c, range).await?;
        for entry in &page {
            let line = store::json_line(c, entry)?;
            let line = if redactor.is_idle() { line } else { without(&line, redactor)? };
            writeln!(out, "{}", escape::json(&line))?;
            after = entry.seq;
            lines += 1;
        }
        if page.len() < PAGE as usize {
            return Ok(lines);
        }
    }
}

/// A line without what its texts should not hold. Names of fields and ids stay.
fn without(line: &str, redactor: &Redactor) -> anyhow::Result<String> {
    fn walk(value: &mut Value, redactor: &Redactor) {
        match value {
            Value::String(text) => *text = redactor.redact(text).into_owned(),
            Value::Array(all) => all.iter_mut().for_each(|v| walk(v, redactor)),
            Value::Object(all) => all.values_mut().for_each(|v| walk(v, redactor)),
            _ => {}
        }
    }
    let mut line: Value = serde_json::from_str(line)?;
    if let Some(body) = line.get_mut("body") {
        walk(body, redactor);
    }
    Ok(line.to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::conversation::{Author, Body, Entry, Sent, State, Text, Visit};
    use crate::store::Commit;
    use crate::types::{AgentId, Timestamp, VisitorId};

    #[tokio::test]
    async fn lines_are_sorted_and_whole() {
        let store = store::open("sqlite::memory:", "unused".as_ref()).await.unwrap();
        for c in [2, 1] {
            let entries: Arc<[Entry]> = (1..=1_001)
                .map(|n| Entry {
                    seq: Seq(n),
                    at: Timestamp(n as i64),
                    author: if n == 1 { Author::Visitor } else { Author::Agent(AgentId(7)) },
                    body: Body::Text(Text::plain("say \"hi\"\n")),
                    sent: (n == 1).then(|| Sent { cmid: "m".to_owned(), digest: [0; 16] }),
                })
                .collect();
            let mut state = State::new(VisitorId(1), Visit::default(), Timestamp(0));
            state.head = Seq(1_001);
            let commit =
                Commit { c: ConversationId(c), expected: Seq(0), entries, state, room: None, address: String::new() };
            store.commit(commit).await.unwrap();
        }
        let mut out = Vec::new();
        assert_eq!(print(&*store, None, &Redactor::default(), &mut out).await.unwrap(), 2_002);
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[0],
            r#"{"conversation":"00000000000000000000000000000001","seq":1,"at":1,"author":"visitor","kind":"text","body":{"text":"say \"hi\"\n"},"cmid":"m"}"#
        );
        assert_eq!(
            lines[2_001],
            r#"{"conversation":"00000000000000000000000000000002","seq":1001,"at":1001,"author":"agent","agent":"a7","kind":"text","body":{"text":"say \"hi\"\n"}}"#
        );
        let mut out = Vec::new();
        assert_eq!(print(&*store, Some(ConversationId(3)), &Redactor::default(), &mut out).await.unwrap(), 0);
    }
}
