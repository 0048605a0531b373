//! The commands: one file each. Results go to stdout, everything else to stderr.
//!
//! Exit codes: 0 done, 1 found what it looks for (problems, failed tests), 2 wrong usage or configuration; `plan` has its
//! own.

mod ask;
mod audit;
mod backup;
mod calibrate;
mod check;
mod config;
mod drill;
mod escape;
mod explain;
mod export;
mod fmt;
mod gaps;
mod import;
mod log;
mod notice;
mod plan;
mod publish;
mod releases;
mod render;
mod restore;
mod rollback;
mod schema;
mod serve;
mod site;
mod store_arg;
mod test;
mod user;
mod visitor;
mod widget;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Self-hosted support chat: answers what it knows at once, and rings a human with the whole story when it does not.
#[derive(Parser)]
#[command(
    version,
    after_help = "Example:\n  deskbell serve            the shipped shop on http://127.0.0.1:8080\n  deskbell ask 'where is my parcel'"
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server; so does no command at all.
    Serve(serve::Args),
    /// Look for problems in the content.
    Check(check::Args),
    /// What a code of `check` means.
    Explain(explain::Args),
    /// Lay out the content's files alike.
    Fmt(fmt::Args),
    /// Run the tests that lie in the content.
    Test(test::Args),
    /// What an edit changes in the answers to what visitors really asked.
    Plan(plan::Args),
    /// What the engine makes of a text.
    Ask(ask::Args),
    /// How many questions can be answered how well.
    Calibrate(calibrate::Args),
    /// Content that was written for another program, or translated in a table.
    Import(import::Args),
    /// What visitors asked in vain, and edits that put it right.
    Gaps(gaps::Args),
    /// The texts of a content as a table, for translators.
    Export(export::Args),
    /// JSON Schema for editors.
    Schema(schema::Args),
    /// Make the content folder a release, live from now on.
    Publish(publish::Args),
    /// What was published, and which of it is live.
    Releases(releases::Args),
    /// Make an earlier release live again.
    Rollback(rollback::Args),
    /// People who log in.
    User(user::Args),
    /// Sites that may show the widget.
    Site(site::Args),
    /// The lines that bring the widget to a page.
    Widget(widget::Args),
    /// Tell all visitors something, such as that something is broken.
    Notice(notice::Args),
    /// One person's data: find, export, erase.
    Visitor(visitor::Args),
    /// Every durable event as JSON lines, in order.
    Log(log::Args),
    /// Who did what, and whether nobody has changed it since.
    Audit(audit::Args),
    /// Copy the data, also while a server uses it.
    Backup(backup::Args),
    /// Put a backup in the place of the data.
    Restore(restore::Args),
    /// Restore the newest backup to a temporary place and check it whole.
    Drill(drill::Args),
    /// The server's configuration.
    Config(config::Args),
}

/// Parses the command line and runs it.
#[must_use]
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return plan::usage(&error).unwrap_or_else(|| error.exit()),
    };
    let command = cli.command.unwrap_or_else(|| Command::Serve(serve::Args::default()));
    let done = match command {
        Command::Serve(args) => serve::run(args),
        Command::Check(args) => check::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Fmt(args) => fmt::run(args),
        Command::Test(args) => test::run(args),
        Command::Plan(args) => plan::run(args),
        Command::Ask(args) => ask::run(args),
        Command::Calibrate(args) => calibrate::run(args),
        Command::Import(args) => import::run(args),
        Command::Gaps(args) => gaps::run(args),
        Command::Export(args) => export::run(args),
        Command::Schema(args) => schema::run(args),
        Command::Publish(args) => publish::run(args),
        Command::Releases(args) => releases::run(args),
        Command::Rollback(args) => rollback::run(args),
        Command::User(args) => user::run(args),
        Command::Site(args) => site::run(args),
        Command::Widget(args) => widget::run(args),
        Command::Notice(args) => notice::run(args),
        Command::Visitor(args) => visitor::run(args),
        Command::Log(args) => log::run(args),
        Command::Audit(args) => audit::run(args),
        Command::Backup(args) => backup::run(args),
        Command::Restore(args) => restore::run(args),
        Command::Drill(args) => drill::run(args),
        Command::Config(args) => config::run(args),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(2)
    })
}
