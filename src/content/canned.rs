//! Reads a file of canned replies: what agents have ready to send.

use std::sync::LazyLock;

use regex::Regex;

use super::gather::Gathered;
use super::problem::{did_you_mean, sure_mean};
use super::source::Source;
use super::syntax::{At, CannedBlock, CannedFile, Place, Texts};
use super::{CannedReply, yaml};

/// Longest shortcut, title and text, characters.
const SHORTCUT: usize = 40;
const TITLE: usize = 100;
const TEXT: usize = 4_000;

/// What the console fills in, beside the variables of the content.
const FILLED: &[&str] = &["visitor.name", "agent.name", "shop"];

/// A tag, or the beginning of one that never ends.
static TAG: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?s)\{\{(.*?)\}\}|\{\{|\{%").ok());

/// Reads the file. What is broken is left out and reported.
pub(super) fn read(source: &Source<'_>, gathered: &mut Gathered) {
    let file: CannedFile = match yaml::parse(source.text) {
        Ok(file) => file,
        Err(broken) => {
            gathered.incomplete = true;
            gathered.problems.push(source.broken(broken));
            return;
        }
    };
    for unknown in &file.unknown {
        gathered.problems.push(source.unknown_key(unknown));
    }
    let Some(blocks) = file.canned else {
        let place = Place { line: 1, column: 1, span: 0 };
        let problem = source.problem("F003", place, "the file has no `canned:`");
        gathered.problems.push(problem.help("begin it with `canned:` and list the replies below it"));
        return;
    };
    for block in &blocks {
        if let Some(reply) = reply(source, gathered, block) {
            gathered.canned.push(reply);
        }
    }
}

fn reply(source: &Source<'_>, gathered: &mut Gathered, at: &At<CannedBlock>) -> Option<CannedReply> {
    let block = &at.value;
    for unknown in &block.unknown {
        gathered.problems.push(source.unknown_key(unknown));
    }
    let (Some(shortcut), Some(texts)) = (&block.shortcut, &block.text) else {
        let missing = if block.shortcut.is_none() { "shortcut" } else { "text" };
        let problem = source.problem("F003", at.place, format!("this reply has no `{missing}`"));
        gathered.problems.push(problem.help("a reply is written as `{shortcut: thanks, title: Thanks, text: …}`"));
        return None;
    };
    if !is_shortcut(&shortcut.value) {
        let message = format!("`{}` cannot be typed as a shortcut", shortcut.value);
        let problem = source.problem("R001", shortcut.place, message);
        gathered.problems.push(problem.help("use up to 40 letters, digits, `-` and `_`, such as `thanks`"));
        return None;
    }
    let name = shortcut.value.to_lowercase();
    if let Some(first) = gathered.canned.iter().find(|c| c.shortcut.to_lowercase() == name) {
        let (file, line) = (&first.location.file, first.location.line);
        let message = format!("the shortcut `{}` is taken: it stands in {file}:{line} too", shortcut.value);
        gathered.problems.push(source.problem("R002", shortcut.place, message).help("give one of the two another one"));
        return None;
    }
    let title = block.title.as_ref().map(|t| t.value.trim().to_owned()).filter(|t| !t.is_empty());
    let title_place = block.title.as_ref().map_or(shortcut.place, |t| t.place);
    let text = gathered.localized(source, texts, "reply")?;
    if let Texts::Each(_) = texts.value {
        gathered.complete(source, texts.place, &text, "reply");
    }
    for (what, place, length, most) in text
        .texts
        .iter()
        .map(|(_, t)| ("reply", texts.place, t.chars().count(), TEXT))
        .chain(title.iter().map(|t| ("title", title_place, t.chars().count(), TITLE)))
    {
        if length > most {
            let problem = source.problem("R003", place, format!("this {what} has {length} characters"));
            gathered.problems.push(problem.help(format!("{most} are allowed")));
            return None;
        }
    }
    for (_, text) in &text.texts {
        variables(source, gathered, texts.place, text);
        gathered.markdown(source, texts.place, text);
    }
    Some(CannedReply {
        title: title.unwrap_or_else(|| shortcut.value.clone()),
        shortcut: shortcut.value.clone(),
        text,
        department: gathered.department(source, block.department.as_ref()),
        location: source.location(shortcut.place),
    })
}

/// A reply is filled in by the console: one name between the brackets, and no conditions.
fn variables(source: &Source<'_>, gathered: &mut Gathered, place: Place, text: &str) {
    let Some(tag) = TAG.as_ref() else { return };
    for captures in tag.captures_iter(text) {
        let Some(whole) = captures.get(0) else { continue };
        let at = source.find_from(place, whole.as_str());
        let Some(name) = captures.get(1).map(|m| m.as_str().trim()) else {
            let problem = source.problem("A002", at, "in a canned reply only `{{ name }}` may stand");
            gathered.problems.push(problem.help("write `{{ visitor.name }}`, or leave the brackets out"));
            continue;
        };
        let own = gathered.settings.variables.iter().map(|(name, _)| name.as_str());
        let known: Vec<&str> = FILLED.iter().copied().chain(own).collect();
        if !known.contains(&name) {
            let help = match did_you_mean(name, known.iter().copied()) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("known names: {}", known.join(", ")),
            };
            let problem = source.problem("A001", at, format!("nothing fills `{{{{ {name} }}}}`"));
            let fix = sure_mean(name, known.iter().copied()).and_then(|by| source.replace_within(at, name, by));
            gathered.problems.push(problem.help(help).fix(fix));
        }
    }
}

fn is_shortcut(text: &str) -> bool {
    (1..=SHORTCUT).contains(&text.chars().count()) && text.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
}
