//! What differs between two sets of files, as an editor would name it: which entry, which key, which line.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::Serialize;
use similar::{DiffTag, TextDiff};

use super::Side;
use crate::content::{Content, Kind, SourceFile};

/// Kept of a line.
const QUOTED: usize = 120;

/// One edit: lines of one key of one entry that stand together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// Path below the content's root.
    pub file: String,
    /// First line, from 1: in the draft, or in what is live where lines were only removed.
    pub line: u32,
    /// Intent or article; none in deskbell.toml.
    pub entry: Option<String>,
    /// `examples`, `answer`, `text`, `widget.accent`, …; empty where the whole entry came or went.
    pub key: String,
    /// In words: "example added", "article removed".
    pub what: String,
    /// The first line as it reads now, or as it read where it was removed.
    pub quote: String,
    /// Questions whose reply it changes.
    pub questions: u64,
    /// Lines of the live file that went.
    #[serde(skip)]
    pub(super) old: Vec<u32>,
    /// Lines of the draft's file that came.
    #[serde(skip)]
    pub(super) new: Vec<u32>,
}

impl Edit {
    /// Whether the whole entry came (`true`) or went (`false`).
    pub(super) fn whole(&self) -> Option<bool> {
        (self.key.is_empty() && self.entry.is_some()).then_some(!self.new.is_empty())
    }

    /// Whether it can have to do with what visitors are told: tests and who cares for an entry cannot.
    fn counts(&self) -> bool {
        !matches!(self.key.as_str(), "expect" | "owner" | "tags") && !self.key.starts_with("widget")
    }
}

/// The edits that lead from one side to the other, in the order of the files. What cannot change a reply is left out:
/// comments, tests, canned replies, the widget.
pub(super) fn edits(live: &Side<'_>, draft: &Side<'_>) -> Vec<Edit> {
    let (old, new) = (by_path(live.files), by_path(draft.files));
    let paths: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    let (old_known, new_known) = (entries(live.content), entries(draft.content));
    let mut all = Vec::new();
    for path in paths {
        let Some(kind @ (Kind::Settings | Kind::Intents | Kind::Article(_))) = Kind::of(path) else { continue };
        let (before, after) = (text(&old, path), text(&new, path));
        if before == after {
            continue;
        }
        let old_places = places(&kind, path, &before, live.content);
        let new_places = places(&kind, path, &after, draft.content);
        let (old_lines, new_lines) = (lines(&before), lines(&after));
        for (from, to) in hunks(&old_lines, &new_lines) {
            let mut parts: Vec<(Place, Vec<u32>, Vec<u32>)> = Vec::new();
            let mut put = |mut place: Place, line: u32, is_new: bool| {
                if place
                    .entry
                    .as_ref()
                    .is_some_and(|e| !(old_known.contains(e.as_str()) && new_known.contains(e.as_str())))
                {
                    place.key.clear();
                }
                let index = parts.iter().position(|(p, ..)| *p == place).unwrap_or_else(|| {
                    parts.push((place, Vec::new(), Vec::new()));
                    parts.len() - 1
                });
                if let Some((_, old, new)) = parts.get_mut(index) {
                    if is_new { new.push(line) } else { old.push(line) }
                }
            };
            from.into_iter().for_each(|n| put(place_in(&old_places, n), n, false));
            to.into_iter().for_each(|n| put(place_in(&new_places, n), n, true));
            for (place, old, new) in parts {
                let edit =
                    Edit { file: path.to_owned(), entry: place.entry, key: place.key, old, new, ..Edit::default() };
                all.extend(told(edit, &kind, &old_lines, &new_lines));
            }
        }
    }
    all
}

/// The draft's file as it would be without some edits; none: it would not be there.
pub(super) fn undone(live: &[SourceFile], draft: &[SourceFile], path: &str, edits: &[&Edit]) -> Option<SourceFile> {
    let (old, new) = (by_path(live), by_path(draft));
    let (before, after) = (text(&old, path), text(&new, path));
    let (back, out): (HashSet<u32>, HashSet<u32>) =
        (edits.iter().flat_map(|e| &e.old).copied().collect(), edits.iter().flat_map(|e| &e.new).copied().collect());
    let (old_lines, new_lines) = (lines(&before), lines(&after));
    let mut lines: Vec<&str> = Vec::new();
    for op in TextDiff::from_slices(&old_lines, &new_lines).ops() {
        let kept = |n: &usize| match op.tag() {
            DiffTag::Equal => false,
            _ => back.contains(&number(*n)),
        };
        lines.extend(op.old_range().filter(kept).filter_map(|n| old_lines.get(n)));
        let stays = |n: &usize| op.tag() == DiffTag::Equal || !out.contains(&number(*n));
        lines.extend(op.new_range().filter(stays).filter_map(|n| new_lines.get(n)));
    }
    let gone = lines.is_empty() && !old.contains_key(path);
    // A last line without an end would run into the one that follows it now.
    let last = lines.len().saturating_sub(1);
    let ended = |(n, line): (usize, &&str)| {
        if n < last && !line.ends_with('\n') { format!("{line}\n") } else { (*line).to_owned() }
    };
    let bytes = lines.iter().enumerate().map(ended).collect::<String>().into_bytes();
    (!gone).then(|| SourceFile { path: path.to_owned(), bytes })
}

/// Where a line belongs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Place {
    entry: Option<String>,
    key: String,
}

fn by_path(files: &[SourceFile]) -> BTreeMap<&str, &SourceFile> {
    files.iter().map(|f| (f.path.as_str(), f)).collect()
}

fn text(files: &BTreeMap<&str, &SourceFile>, path: &str) -> String {
    files.get(path).map_or_else(String::new, |f| String::from_utf8_lossy(&f.bytes).into_owned())
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX - 1) + 1
}

/// Lines that went and lines that came, for each place where the texts differ.
fn hunks(before: &[&str], after: &[&str]) -> Vec<(Vec<u32>, Vec<u32>)> {
    let diff = TextDiff::from_slices(before, after);
    let differ = diff.ops().iter().filter(|op| op.tag() != DiffTag::Equal);
    differ.map(|op| (op.old_range().map(number).collect(), op.new_range().map(number).collect())).collect()
}

fn place_in(places: &[Place], line: u32) -> Place {
    places.get(line.saturating_sub(1) as usize).cloned().unwrap_or_default()
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn entries(content: &Content) -> HashSet<&str> {
    let intents = content.intents.iter().map(|i| i.id.as_str());
    intents.chain(content.articles.iter().map(|a| a.id.as_str())).collect()
}

/// The edit in words; none where it cannot change what visitors are told.
fn told(mut edit: Edit, kind: &Kind, before: &[&str], after: &[&str]) -> Option<Edit> {
    let prose = matches!(edit.key.as_str(), "answer" | "slots" | "text") || matches!(kind, Kind::Article(_));
    let says = |lines: &[&str], numbers: &[u32]| -> Vec<(u32, String)> {
        let of = |n: &u32| Some((*n, lines.get(n.saturating_sub(1) as usize)?.trim().to_owned()));
        let all = numbers.iter().filter_map(of);
        all.filter(|(_, t)| !t.is_empty() && (prose || !t.starts_with('#'))).collect()
    };
    let (gone, come) = (says(before, &edit.old), says(after, &edit.new));
    let (line, quote) = come.first().or(gone.first())?;
    edit.line = *line;
    edit.quote = quote.chars().take(QUOTED).collect();
    edit.what = named(&edit, kind, gone.len(), come.len());
    edit.counts().then_some(edit)
}

/// "2 examples added", "answer changed", "article removed".
fn named(edit: &Edit, kind: &Kind, gone: usize, come: usize) -> String {
    let deed = match (gone, come) {
        (0, _) => "added",
        (_, 0) => "removed",
        _ => "changed",
    };
    if matches!(kind, Kind::Settings) {
        return format!("setting `{}` {deed}", edit.key);
    }
    if edit.key.is_empty() {
        let thing = if matches!(kind, Kind::Article(_)) { "article" } else { "intent" };
        return match (&edit.entry, deed) {
            (Some(_), deed) => format!("{thing} {deed}"),
            (None, deed) => format!("lines {deed}"),
        };
    }
    let many = gone.max(come);
    let (one, list) = match edit.key.as_str() {
        "examples" => ("example", true),
        "questions" => ("question", true),
        "reject" => ("`reject` line", true),
        "patterns" => ("pattern", true),
        "keywords" => ("keywords", false),
        "slots" => ("slot", false),
        "options" => ("option", false),
        "handoff" => ("hand-off", false),
        "when" => ("condition", false),
        "valid_from" | "valid_until" => ("validity", false),
        other => (other, false),
    };
    // Only a list of one text a line can be counted by its lines.
    let flow = edit.quote.contains('[');
    if list && many > 1 && !flow {
        return format!("{many} {one}s {deed}");
    }
    if list && flow { format!("{one}s changed") } else { format!("{one} {deed}") }
}

/// The place of each line of a file.
fn places(kind: &Kind, path: &str, text: &str, content: &Content) -> Vec<Place> {
    match kind {
        Kind::Settings => settings(text),
        Kind::Article(id) => article(id, text),
        _ => intents(path, text, content),
    }
}

fn settings(text: &str) -> Vec<Place> {
    let (mut section, mut key) = (String::new(), String::new());
    let of_line = |line: &str| {
        let trimmed = line.trim();
        let header = trimmed.starts_with('[').then(|| trimmed.trim_matches(|c| c == '[' || c == ']'));
        // A list over several lines has lines that begin with a bracket as well; a section stands at the margin.
        if let Some(name) = header.filter(|_| line.starts_with('[') && trimmed.ends_with(']')) {
            section = name.trim().to_owned();
            key.clear();
        } else if let Some((name, _)) = trimmed.split_once('=')
            && name.trim().chars().all(|c| c.is_alphanumeric() || "_-.\"".contains(c))
            && !name.trim().is_empty()
        {
            key = name.trim().to_owned();
        }
        let parts = [section.as_str(), key.as_str()];
        Place { entry: None, key: parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(".") }
    };
    text.lines().map(of_line).collect()
}

fn article(id: &str, text: &str) -> Vec<Place> {
    let (mut front, mut key) = (false, "text".to_owned());
    let of_line = |(number, line): (usize, &str)| {
        if line.trim_end() == "---" && (number == 0 || front) {
            front = number == 0;
            key = if front { "front matter".to_owned() } else { "text".to_owned() };
        } else if front
            && let Some((name, _)) = line.split_once(':')
            && name.chars().all(|c| c.is_alphanumeric() || c == '_')
        {
            key = name.to_owned();
        }
        Place { entry: Some(id.to_owned()), key: key.clone() }
    };
    text.lines().enumerate().map(of_line).collect()
}

/// By indentation: an item of the list `intents` is an intent, what stands furthest out in it is a key.
fn intents(path: &str, text: &str, content: &Content) -> Vec<Place> {
    let ids: HashMap<u32, &str> =
        content.intents.iter().filter(|i| i.location.file == path).map(|i| (i.location.line, i.id.as_str())).collect();
    let lines: Vec<&str> = text.lines().collect();
    let indent = |line: &str| line.chars().take_while(|c| *c == ' ').count();
    let silent = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    let Some(head) = lines.iter().position(|l| l.starts_with("intents:")) else {
        return vec![Place::default(); lines.len()];
    };
    let first = lines.iter().enumerate().skip(head + 1).find(|(_, l)| l.trim_start().starts_with("- "));
    let Some((mut at, line)) = first else { return vec![Place::default(); lines.len()] };
    let items = indent(line);
    let is_item = |line: &str| indent(line) == items && line.trim_start().starts_with('-');
    let mut places = vec![Place::default(); at];
    while at < lines.len() {
        let next = (at + 1..lines.len()).find(|n| lines.get(*n).is_some_and(|l| is_item(l))).unwrap_or(lines.len());
        let block = lines.get(at..next).unwrap_or_default();
        let entry = (at..next).find_map(|n| ids.get(&number(n))).map(|id| (*id).to_owned());
        let dash = |line: &&str| line.len() - line.trim_start_matches([' ', '-']).len();
        let keys = block.first().map_or(items + 2, dash);
        let mut key = String::new();
        for line in block {
            let inner = if is_item(line) { line.get(keys..).unwrap_or_default() } else { line.trim_start() };
            let outermost = is_item(line) || indent(line) == keys;
            if outermost
                && !silent(line)
                && let Some((name, _)) = inner.split_once(':')
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && !name.is_empty()
            {
                key = name.to_owned();
            }
            places.push(Place { entry: entry.clone(), key: key.clone() });
        }
        at = next;
    }
    places
}
