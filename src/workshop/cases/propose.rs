//! Edits that would make failing tests pass: tests that say what the bot does now. Nothing is written here, and nothing is
//! proposed that was not tried.

use similar::TextDiff;

use super::{Outcome, goes_by, options, outcomes, outcomes_of, play, run, verdict, words};
use crate::content::{Content, Expect, Location, SourceFile, Step, Transcript};
use crate::dialogue::{Memory, Pending, Say, Turn};
use crate::engine::{Reading, Verdict};
use crate::types::Timestamp;
use crate::workshop::edit::{self, List};

/// Characters of what the bot says that a test quotes.
const QUOTED: usize = 60;

/// What would make the failing tests of a content pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proposal {
    /// The files with all edits in them; those that change alone.
    pub files: Vec<SourceFile>,
    /// Tests that would pass, by name and place.
    pub passing: Vec<(String, Location)>,
    /// Tests for which there is no such edit, and which are to be looked at by hand.
    pub by_hand: Vec<(String, Location)>,
}

impl Proposal {
    /// The edits as a unified diff, as `git apply` takes it.
    #[must_use]
    pub fn diff(&self, before: &[SourceFile]) -> String {
        let text = |file: &SourceFile| String::from_utf8_lossy(&file.bytes).into_owned();
        let mut out = String::new();
        for file in &self.files {
            let old = before.iter().find(|f| f.path == file.path).map(text).unwrap_or_default();
            let (from, to) = (format!("a/{}", file.path), format!("b/{}", file.path));
            out += &TextDiff::from_lines(&old, &text(file)).unified_diff().header(&from, &to).to_string();
        }
        out
    }
}

/// Edits for all failing tests, each tried: the test passes with it, and no other test fails that did not before.
#[must_use]
pub fn proposals(
    content: &Content,
    files: &[SourceFile],
    now: Timestamp,
    which: impl Fn(&Transcript) -> bool,
) -> Proposal {
    let failing: Vec<(String, Location)> =
        failed(&outcomes_of(content, now, which)).iter().map(|t| (t.name.clone(), t.location.clone())).collect();
    let mut made = Proposal::default();
    let mut all = files.to_vec();
    let (mut current, _) = content.rebuild(files);
    for (name, location) in failing {
        let edited = attempt(&current, &all, &name, &location.file, now);
        match edited {
            Some((next, files)) => {
                current = next;
                all = files;
                made.passing.push((name, location));
            }
            None => made.by_hand.push((name, location)),
        }
    }
    made.files = all.into_iter().filter(|f| !files.contains(f)).collect();
    made
}

fn failed<'a>(outcomes: &[Outcome<'a>]) -> Vec<&'a Transcript> {
    outcomes.iter().filter(|o| !o.failures.is_empty()).map(|o| o.test).collect()
}

/// The content and its files after the edit for one test; none where there is none that does.
fn attempt(
    content: &Content,
    files: &[SourceFile],
    name: &str,
    file: &str,
    now: Timestamp,
) -> Option<(Content, Vec<SourceFile>)> {
    let failing = |content: &Content| -> Vec<(String, String)> {
        failed(&outcomes(content, now)).iter().map(|t| (t.name.clone(), t.location.file.clone())).collect()
    };
    let before = failing(content);
    let mut of_name = content.tests.iter().filter(|t| t.name == name && t.location.file == file);
    let test = of_name.find(|t| !run(content, t, now).failures.is_empty())?;
    let source = files.iter().find(|f| f.path == file)?;
    let edited = if test.is_conversation() {
        conversation(content, test, source, now).into_iter().collect()
    } else {
        single(content, test, files, now)
    };
    if edited.is_empty() {
        return None;
    }
    let mut all = files.to_vec();
    for file in edited {
        if let Some(place) = all.iter_mut().find(|f| f.path == file.path) {
            *place = file;
        }
    }
    let (next, problems) = content.rebuild(&all);
    let broken = problems.iter().any(|p| p.is_error());
    let after = failing(&next);
    let better = after.len() < before.len() && after.iter().all(|t| before.contains(t));
    let lost = next.tests.len() + 1 < content.tests.len();
    (!broken && better && !lost).then_some((next, all))
}

/// An `expect` line moves to who answers; a `reject` line that does not hold goes.
fn single(content: &Content, test: &Transcript, files: &[SourceFile], now: Timestamp) -> Vec<SourceFile> {
    let Some(step) = test.steps.first() else { return Vec::new() };
    let file = files.iter().find(|f| f.path == step.location.file);
    let Some(without) = file.and_then(|f| without_item(f, &step.location)) else { return Vec::new() };
    let wanted = match step.expect.first() {
        Some(Expect::Id(id)) => id,
        _ => return vec![without],
    };
    let reading = super::read_for(content, wanted, &step.say, now);
    let best = reading.candidates.first().filter(|_| reading.verdict != Verdict::Unknown);
    let Some(best) = best else { return vec![without] };
    let id = content.id_of(best.target);
    let entry = id.split('#').next().unwrap_or(&id);
    let intent = content.intents.iter().find(|i| i.id == entry).map(|i| (i.location.file.as_str(), entry));
    let article = content.articles.iter().find(|a| a.id == entry).map(|a| (a.location.file.as_str(), ""));
    let Some((path, place)) = intent.or(article) else { return Vec::new() };
    let to = if path == without.path { Some(&without) } else { files.iter().find(|f| f.path == path) };
    let added = to.map(|to| edit::add_lines(to, place, List::Expect, std::slice::from_ref(&step.say)));
    match added {
        Some(Ok(added)) if added.path == without.path => vec![added],
        Some(Ok(added)) => vec![without, added],
        // It stands there already.
        Some(Err(edit::EditError::Nothing)) => vec![without],
        _ => Vec::new(),
    }
}

/// A file without the item of a list that stands at a place on a line of its own; without the list where it was the only
/// one.
fn without_item(file: &SourceFile, at: &Location) -> Option<SourceFile> {
    let text = std::str::from_utf8(&file.bytes).ok()?;
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let index = at.line.checked_sub(1)? as usize;
    let item = |line: Option<&&str>| line.is_some_and(|l| l.trim_start().starts_with("- "));
    let before: String = lines.get(index)?.chars().take(at.column.checked_sub(1)? as usize).collect();
    if before.trim() != "-" {
        return None;
    }
    let indent = |line: &str| line.len() - line.trim_start().len();
    let own = indent(lines.get(index)?);
    let peer = |n: usize| item(lines.get(n)) && lines.get(n).is_some_and(|l| indent(l) == own);
    let is_key = |n: usize| lines.get(n).is_some_and(|l| l.trim_end().ends_with(':'));
    let only = index > 0 && is_key(index - 1) && !peer(index + 1);
    lines.remove(index);
    if only {
        lines.remove(index - 1);
    }
    Some(SourceFile { path: file.path.clone(), bytes: lines.concat().into_bytes() })
}

/// The file of a conversation, in which every check that fails says what happens instead.
fn conversation(content: &Content, test: &Transcript, file: &SourceFile, now: Timestamp) -> Option<SourceFile> {
    let text = std::str::from_utf8(&file.bytes).ok()?;
    let mut edits: Vec<(Location, String)> = Vec::new();
    let mut possible = true;
    let markdown = file.path.ends_with(".md");
    play(content, test, now, |step, before, turn, reading| {
        for (expect, place) in step.expect.iter().zip(&step.places) {
            let one = Step { expect: vec![expect.clone()], places: vec![place.clone()], ..step.clone() };
            if super::step_failures(content, &one, before, turn, reading).is_empty() {
                continue;
            }
            let instead = if markdown { line(content, expect, before, turn) } else { scalar(expect, turn, reading) };
            match instead {
                Some(instead) => edits.push((place.clone(), instead)),
                None => possible = false,
            }
        }
    })
    .ok()?;
    if !possible || edits.is_empty() {
        return None;
    }
    // From the end, so that places above stay where they are.
    edits.sort_by(|a, b| b.0.cmp(&a.0));
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    for (place, instead) in edits {
        let line = lines.get_mut(place.line.checked_sub(1)? as usize)?;
        let from = line.char_indices().nth(place.column.checked_sub(1)? as usize)?.0;
        let until = if markdown { line.trim_end().len() } else { from + extent(line.get(from..)?)? };
        line.replace_range(from..until, &instead);
    }
    Some(SourceFile { path: file.path.clone(), bytes: lines.concat().into_bytes() })
}

/// Bytes of a scalar on its line; none for one that goes on below, or is no scalar.
fn extent(rest: &str) -> Option<usize> {
    let rest = rest.trim_end();
    match rest.chars().next()? {
        quote @ ('"' | '\'') => {
            let end = rest.get(1..)?.find(quote)? + 2;
            // An escaped quote, or a doubled one, is not the end; such a text is changed by hand.
            let plain = !rest.get(..end)?.contains('\\') && !rest.get(end..)?.starts_with(quote);
            plain.then_some(end)
        }
        '[' | '{' | '|' | '>' | '&' | '*' | '!' => None,
        _ => Some(rest.find([',', ']', '}']).unwrap_or(rest.len()).min(rest.find(" #").unwrap_or(rest.len()))),
    }
}

/// The line of a `*.test.md` that holds for what happened.
fn line(content: &Content, expect: &Expect, before: &Memory, turn: &Turn) -> Option<String> {
    match expect {
        Expect::Text(_) => Some(format!("< \"{}\"", said(turn)?)),
        Expect::Handoff(wanted) if turn.hand_over.is_some() => {
            let hand_over = turn.hand_over.as_ref()?;
            let department =
                hand_over.department.as_deref().or(content.settings.default_department.as_deref()).unwrap_or("none");
            let all = [
                ("department", department),
                ("reason", hand_over.reason.as_str()),
                ("priority", hand_over.priority.as_str()),
            ];
            let same = all.iter().filter(|(key, _)| wanted.contains_key(*key));
            Some(same.fold("! handoff".to_owned(), |line, (key, value)| format!("{line} {key}={value}")))
        }
        _ => Some(match answering(turn) {
            Some(id) => format!("< {id}"),
            None if turn.say.iter().any(|s| matches!(s, Say::Clarify { .. })) => "! clarify".to_owned(),
            None if turn.hand_over.is_some() => "! handoff".to_owned(),
            None if turn.memory.misses > before.misses => "! unknown".to_owned(),
            None => format!("< \"{}\"", said(turn)?),
        }),
    }
}

/// The value of a `*.test.yaml` that holds for what happened; none where another key would have to stand there.
fn scalar(expect: &Expect, turn: &Turn, reading: &Reading) -> Option<String> {
    match expect {
        Expect::Id(_) => answering(turn),
        Expect::Text(_) => Some(serde_json::Value::from(said(turn)?).to_string()),
        Expect::Option(_) => options(turn).next().map(|o| serde_json::Value::from(o.label.as_str()).to_string()),
        Expect::Asks(_) => match &turn.memory.pending {
            Some(Pending::Slot { slot, .. }) => Some(slot.clone()),
            _ => None,
        },
        Expect::Verdict(_) => Some(verdict(reading.verdict).to_owned()),
        Expect::Sure(_) => {
            let sure = reading.candidates.first()?.confidence;
            Some(format!("{:.2}", (f64::from(sure) * 100.0).floor() / 100.0))
        }
        Expect::Offered(wanted) => turn.say.iter().find_map(|say| match say {
            Say::Clarify { options, .. } => {
                let mut ids = options.iter().filter_map(|o| o.id.split_once(':').map(|(_, id)| id));
                ids.find(|id| !goes_by(id, wanted)).map(str::to_owned)
            }
            _ => None,
        }),
        _ => None,
    }
}

/// Who answers, or asks for what the answer needs.
fn answering(turn: &Turn) -> Option<String> {
    let said = turn.say.iter().find_map(|s| if let Say::Answer { id, .. } = s { Some(id.clone()) } else { None });
    let asks = || match &turn.memory.pending {
        Some(Pending::Slot { intent, .. }) => Some(intent.clone()),
        _ => None,
    };
    let silent = || turn.hand_over.as_ref().and_then(|_| turn.memory.candidates.first()).map(|c| c.id.clone());
    said.or_else(asks).or_else(|| if turn.say.is_empty() { silent() } else { None })
}

/// The beginning of what the bot says, whole words.
fn said(turn: &Turn) -> Option<String> {
    let first = words(turn.say.first()?).lines().find(|l| !l.trim().is_empty())?.replace('"', "");
    let mut out = String::new();
    for word in first.split_whitespace() {
        if out.chars().count() + word.chars().count() >= QUOTED {
            break;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out += word;
    }
    (!out.is_empty()).then_some(out)
}
