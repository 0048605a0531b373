//! `deskbell user`: people who log in.

use std::io::{Read, Write};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::store_arg::StoreArg;
use crate::auth;
use crate::store::{Act, By, Ended, FactorChange, NewPerson, Note, OpenMode, Person, PersonChange, PersonError, Store};
use crate::types::{Language, Role, Timestamp};

/// People who log in
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  deskbell user add --email ada@example.org --name Ada --role agent --department orders --password-stdin < password.txt
  deskbell user disable --email ada@example.org

A running server takes changes up within a second.")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Add a person
    #[command(after_help = "Example:
  deskbell user add --email ada@example.org --name Ada --role agent --department orders --password-stdin < password.txt")]
    Add(Add),
    /// List everybody: id, address, name, role, departments, chats at once, status, what it logs in with, languages,
    /// skills; separated by tabs
    #[command(after_help = "Example:\n  deskbell user list --data ./data")]
    List(StoreArg),
    /// End a person's sessions and let it log in no more
    #[command(after_help = "Example:\n  deskbell user disable --email ada@example.org")]
    Disable(Who),
    /// Let a person log in again
    #[command(after_help = "Example:\n  deskbell user enable --email ada@example.org")]
    Enable(Who),
    /// Change what a person may do, which ends their sessions
    #[command(after_help = "Example:\n  deskbell user role ada@example.org --role supervisor")]
    Role(NewRole),
    /// Change whose chats a person gets, which ends their sessions
    #[command(after_help = "Example:\n  deskbell user departments ada@example.org --department orders")]
    Departments(Departments),
    /// Change which languages a person writes, for chats that are offered or given
    #[command(after_help = "Example:\n  deskbell user languages ada@example.org --language en --language de")]
    Languages(Languages),
    /// Change what a person can do that others cannot, for chats that need it
    #[command(after_help = "Example:\n  deskbell user skills ada@example.org --skill refunds")]
    Skills(Skills),
    /// List a person's sessions: id, since, last used (both UTC), device, network; separated by tabs
    #[command(after_help = "Example:\n  deskbell user sessions ada@example.org")]
    Sessions(Who),
    /// End all sessions of a person
    #[command(after_help = "Example:\n  deskbell user logout ada@example.org")]
    Logout(Who),
    /// Take a person's second factor away, as when the telephone is lost
    #[command(after_help = "Example:\n  deskbell user reset-second-factor ada@example.org")]
    ResetSecondFactor(Who),
    /// Change a password, which ends the person's sessions
    #[command(
        after_help = "Example:\n  deskbell user password --email ada@example.org --password-stdin < password.txt"
    )]
    Password(Password),
}

#[derive(Debug, clap::Args)]
struct Add {
    #[command(flatten)]
    who: Who,
    /// As visitors see it
    #[arg(long, value_parser = name)]
    name: String,
    /// What it may do
    #[arg(long, value_parser = PossibleValuesParser::new(["agent", "supervisor", "editor", "admin"])
        .try_map(|role| role.parse::<Role>()))]
    role: Role,
    /// Whose chats it gets; may stand several times; left out: all
    #[arg(long = "department", value_parser = name)]
    departments: Vec<String>,
    /// Language that it writes, such as `en`; may stand several times; left out: all
    #[arg(long = "language", value_parser = language)]
    languages: Vec<Language>,
    /// What it can do that others cannot; may stand several times
    #[arg(long = "skill", value_parser = name)]
    skills: Vec<String>,
    /// Chats at once
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=1_000))]
    capacity: u32,
    #[command(flatten)]
    password: FromStdin,
}

#[derive(Debug, clap::Args)]
struct Who {
    /// Address to log in with
    #[arg(value_name = "EMAIL", value_parser = email, required_unless_present = "email", conflicts_with = "email")]
    address: Option<String>,
    /// The same
    #[arg(long, value_name = "EMAIL", value_parser = email)]
    email: Option<String>,
    #[command(flatten)]
    store: StoreArg,
}

impl Who {
    fn email(&self) -> &str {
        self.address.as_deref().or(self.email.as_deref()).unwrap_or_default()
    }
}

#[derive(Debug, clap::Args)]
struct NewRole {
    #[command(flatten)]
    who: Who,
    /// What it may do
    #[arg(long, value_parser = PossibleValuesParser::new(["agent", "supervisor", "editor", "admin"])
        .try_map(|role| role.parse::<Role>()))]
    role: Role,
}

#[derive(Debug, clap::Args)]
struct Departments {
    #[command(flatten)]
    who: Who,
    /// Whose chats it gets; may stand several times; left out: all
    #[arg(long = "department", value_parser = name)]
    departments: Vec<String>,
}

#[derive(Debug, clap::Args)]
struct Languages {
    #[command(flatten)]
    who: Who,
    /// Language that it writes, such as `en`; may stand several times; left out: all
    #[arg(long = "language", value_parser = language)]
    languages: Vec<Language>,
}

#[derive(Debug, clap::Args)]
struct Skills {
    #[command(flatten)]
    who: Who,
    /// What it can do; may stand several times; left out: nothing in particular
    #[arg(long = "skill", value_parser = name)]
    skills: Vec<String>,
}

#[derive(Debug, clap::Args)]
struct Password {
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    password: FromStdin,
}

#[derive(Debug, clap::Args)]
struct FromStdin {
    /// Read the password from standard input; there is no other way: a flag would show it to everybody on the machine
    #[arg(long, required = true)]
    password_stdin: bool,
}

/// Does it.
///
/// # Errors
/// Where the store or standard input fails, or the password cannot be one.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Add(add) => run_add(add),
        Command::List(store) => store.with(OpenMode::Existing, async |store| list(&*store).await),
        Command::Disable(who) => change(&who, PersonChange::Disabled(true)),
        Command::Enable(who) => change(&who, PersonChange::Disabled(false)),
        Command::Role(r) => change(&r.who, PersonChange::Role(r.role)),
        Command::Departments(d) => change(&d.who, PersonChange::Departments(d.departments)),
        Command::Languages(l) => change(&l.who, PersonChange::Languages(l.languages)),
        Command::Skills(s) => change(&s.who, PersonChange::Skills(s.skills)),
        Command::Sessions(who) => sessions(&who),
        Command::Logout(who) => logout(&who),
        Command::ResetSecondFactor(who) => reset(&who),
        Command::Password(p) => change(&p.who, PersonChange::Password(password_from(std::io::stdin())?)),
    }
}

fn run_add(add: Add) -> anyhow::Result<ExitCode> {
    let person = NewPerson {
        email: add.who.email().to_owned(),
        name: add.name,
        role: add.role,
        departments: add.departments,
        languages: add.languages,
        skills: add.skills,
        capacity: add.capacity,
        password_hash: password_from(std::io::stdin())?,
    };
    let added = add.who.store.with(OpenMode::Beside, async |store| Ok(store.add_person(person).await))?;
    match added {
        Ok(id) => writeln!(std::io::stdout(), "{id}")?,
        Err(e @ PersonError::Exists) => {
            eprintln!("deskbell: {e}");
            return Ok(ExitCode::FAILURE);
        }
        Err(e) => return Err(e.into()),
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(store: &dyn Store) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    for person in store.people().await? {
        let Person { id, email, name, role, departments, languages, skills, capacity, disabled, second_factor } =
            person;
        let all = |names: Vec<String>| if names.is_empty() { "all".to_owned() } else { names.join(",") };
        let departments = all(departments);
        let languages = all(languages.iter().map(ToString::to_string).collect());
        let skills = skills.join(",");
        let status = if disabled { "disabled" } else { "active" };
        let factor = if second_factor { "second factor" } else { "password" };
        let role = role.as_str();
        writeln!(
            out,
            "{id}\t{email}\t{name}\t{role}\t{departments}\t{capacity}\t{status}\t{factor}\t{languages}\t{skills}"
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

fn change(who: &Who, change: PersonChange) -> anyhow::Result<ExitCode> {
    of(who, async |store, person| Ok(store.change_person(person.id, change).await?))
}

fn sessions(who: &Who) -> anyhow::Result<ExitCode> {
    of(who, async |store, person| {
        let mut out = std::io::stdout().lock();
        let now = Timestamp(jiff::Timestamp::now().as_millisecond());
        for s in store.sessions(Some(person.id), now).await? {
            writeln!(out, "{}\t{}\t{}\t{}\t{}", s.id, utc(s.since), utc(s.seen), s.device, s.address)?;
        }
        Ok(true)
    })
}

fn utc(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn logout(who: &Who) -> anyhow::Result<ExitCode> {
    of(who, async |store, person| {
        let note = Note::new(By::command(), Act::SessionEnded, person.id).with("all");
        store.end_sessions(Ended::Of(person.id), Some(note)).await?;
        Ok(true)
    })
}

fn reset(who: &Who) -> anyhow::Result<ExitCode> {
    of(who, async |store, person| {
        let done = store.change_second_factor(person.id, FactorChange::Remove(None), By::command()).await?;
        if !done {
            eprintln!("deskbell: {} has no second factor", person.email);
        }
        Ok(done)
    })
}

/// Does something to a person; exit code 1 where there is nobody such, or it was not done.
fn of(who: &Who, work: impl AsyncFnOnce(&dyn Store, Person) -> anyhow::Result<bool>) -> anyhow::Result<ExitCode> {
    let email = who.email();
    let done = who.store.with(OpenMode::Existing, async |store| {
        let Some((person, _)) = store.person_by_email(email).await? else {
            eprintln!("deskbell: nobody has the address {email}");
            return Ok(false);
        };
        work(&*store, person).await
    })?;
    Ok(if done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Hash of the password that stands on one line.
fn password_from(input: impl Read) -> anyhow::Result<String> {
    let mut text = String::new();
    // More than any password, so that `TooLong` is said rather than read without end.
    input.take(4_096).read_to_string(&mut text).context("cannot read the password from standard input")?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let password = line.strip_suffix('\r').unwrap_or(line);
    if password.contains(['\n', '\r']) {
        bail!("the password must stand on one line");
    }
    Ok(auth::hash_password(password)?)
}

fn email(text: &str) -> Result<String, String> {
    match crate::dialogue::email(text) {
        Some(email) => Ok(email.to_lowercase()),
        None => Err("not an e-mail address".to_owned()),
    }
}

fn language(text: &str) -> Result<Language, String> {
    text.parse().map_err(|_| "languages are written as `en`, `de`, `fr`".to_owned())
}

/// A name of a person, department, skill or site: it is shown to others, so nothing in it may hide or turn what stands around it.
pub(super) fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    let unseen = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    match text.chars().count() {
        0 => Err("is empty".to_owned()),
        1..=100 if text.chars().any(unseen) => Err("has a control character".to_owned()),
        1..=100 => Ok(text.to_owned()),
        _ => Err("has more than 100 characters".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hide_nothing() {
        assert_eq!(name(" Ada Lovelace ").as_deref(), Ok("Ada Lovelace"));
        assert_eq!(name("Zoë 李").as_deref(), Ok("Zoë 李"));
        for bad in ["", "  ", "a\u{1b}[31mb", "a\nb", "a\tb", "a\u{202e}b", "a\u{200b}b", &"x".repeat(101)] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_password_is_one_line() {
        assert!(password_from(&b"long enough\r\n"[..]).is_ok_and(|h| auth::verify_password("long enough", &h)));
        assert!(password_from(&b"spaces stay "[..]).is_ok_and(|h| auth::verify_password("spaces stay ", &h)));
        for bad in [&b"short\n"[..], b"two lines\nare many\n", b"\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8", &[b'x'; 9_000]] {
            assert!(password_from(bad).is_err());
        }
    }

    #[test]
    fn addresses_are_lower_case() {
        assert_eq!(email("Ada@Example.ORG").as_deref(), Ok("ada@example.org"));
        assert!(email("ada").is_err());
    }
}
