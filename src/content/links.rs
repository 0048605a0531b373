//! Links and Markdown in what visitors read: where they lead, and whether the chat shows them.

use std::collections::BTreeMap;

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag};

use super::gather::{Gathered, Link};
use super::problem::sure_mean;
use super::source::Source;
use super::syntax::Place;

/// Where articles lie on the server.
const HELP: &str = "/help/";

/// What is told of a construct that the chat shows as the signs it is written with.
const UNSHOWN: &str = "the chat shows bold, italics, lists, quotes, links and code";

impl Gathered {
    /// Looks through the Markdown of a text that stands at a place, however it is quoted there.
    pub(super) fn markdown(&mut self, source: &Source<'_>, place: Place, text: &str) {
        // Most texts have none of it, and there are thousands.
        if text.contains(['[', '<', '|']) {
            look(source, text, self, &|piece| source.find_from(place, piece));
        }
    }
}

/// Looks through an article whose Markdown begins at a byte of its file.
pub(super) fn in_article(source: &Source<'_>, body: usize, gathered: &mut Gathered) {
    let text = source.text.get(body..).unwrap_or_default();
    let from = source.place_of_bytes(body..body);
    look(source, text, gathered, &|piece| source.find_from(from, piece));
}

fn look(source: &Source<'_>, text: &str, gathered: &mut Gathered, find: &dyn Fn(&str) -> Place) {
    let (mut tables, mut tags) = (0, 0);
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        let piece = text.get(range.clone()).unwrap_or_default().lines().next().unwrap_or_default();
        let unshown = match &event {
            Event::Start(Tag::Link { link_type, dest_url, .. }) => {
                if !matches!(link_type, LinkType::Autolink | LinkType::Email) {
                    link(source, gathered, dest_url, find);
                }
                None
            }
            Event::Start(Tag::Image { .. }) => Some("an image is shown by its words only"),
            Event::Start(Tag::Table(_)) if tables == 0 => {
                tables += 1;
                Some("a table is shown as the signs it is written with")
            }
            Event::Html(_) | Event::InlineHtml(_) if tags == 0 && !piece.starts_with("<!--") => {
                tags += 1;
                Some("HTML is shown as it is written")
            }
            _ => None,
        };
        if let Some(message) = unshown {
            let place = find(piece);
            gathered.problems.push(source.problem("A009", place, message).help(UNSHOWN));
        }
    }
}

fn link(source: &Source<'_>, gathered: &mut Gathered, to: &str, find: &dyn Fn(&str) -> Place) {
    if to.is_empty() || to.contains("{{") || to.contains("{%") {
        return;
    }
    let elsewhere = to.contains("://") || to.starts_with("mailto:") || to.starts_with("tel:");
    if elsewhere || to.starts_with('/') && !to.starts_with(HELP) {
        return;
    }
    let place = find(to);
    let problem = source.problem("A007", place, format!("the link `{to}` leads nowhere"));
    let fix = source.replace_within(place, to, to);
    gathered.links.push(Link { to: to.to_owned(), file: source.path.to_owned(), problem, fix });
}

/// Compares all links with what there is.
pub(super) fn resolve(gathered: &mut Gathered) {
    if gathered.incomplete {
        return;
    }
    let anchors: BTreeMap<&str, Vec<&str>> = gathered
        .articles
        .iter()
        .map(|(a, _)| (a.id.as_str(), a.passages.iter().map(|p| p.anchor.as_str()).collect()))
        .collect();
    let mut problems = Vec::new();
    for Link { to, file, problem, fix } in &gathered.links {
        let (path, anchor) = to.split_once('#').map_or((to.as_str(), None), |(path, anchor)| (path, Some(anchor)));
        let wanted = match path.strip_prefix(HELP) {
            Some(id) => decoded(id.trim_end_matches('/')),
            None => beside(file, path),
        };
        let mut problem = problem.clone();
        let found = anchors.get_key_value(wanted.as_str());
        let (id, help) = match found {
            Some((id, _)) => (Some(*id), None),
            // The list of all articles.
            None if wanted.is_empty() && path == HELP => continue,
            None => {
                let near = sure_mean(&wanted, anchors.keys().copied());
                let help = near.map(|n| format!("did you mean `{HELP}{n}`?"));
                (near, Some(help.unwrap_or_else(|| "name an article that exists, or write it".to_owned())))
            }
        };
        let mut by = id.map(|id| format!("{HELP}{id}"));
        let mut wrong = help;
        if let (Some(anchor), Some(id)) = (anchor.filter(|a| !a.is_empty()), id) {
            let known = || anchors.get(id).into_iter().flatten().copied().filter(|a| !a.is_empty());
            let anchor = decoded(anchor);
            if known().any(|a| a == anchor) {
                by = by.map(|by| format!("{by}#{anchor}"));
            } else {
                let near = sure_mean(&anchor, known());
                if wrong.is_none() {
                    problem.code = "A008";
                    problem.message = format!("the article `{id}` has no heading `{anchor}`");
                    let names = known().map(|a| format!("`#{a}`")).collect::<Vec<_>>().join(", ");
                    wrong = Some(match (near, names.is_empty()) {
                        (Some(near), _) => format!("did you mean `#{near}`?"),
                        (None, true) => "it has no headings: leave out what begins with `#`".to_owned(),
                        (None, false) => format!("its headings are: {names}"),
                    });
                }
                by = near.and_then(|near| by.map(|by| format!("{by}#{near}")));
            }
        }
        if wrong.is_none() && !path.starts_with(HELP) {
            problem.message = format!("the chat cannot follow `{to}`: it is not a whole path");
            wrong = by.as_ref().map(|by| format!("write `{by}`"));
        }
        if let Some(help) = wrong {
            let fix = by.zip(fix.clone()).map(|(by, mut fix)| {
                fix.edits.iter_mut().for_each(|edit| edit.text.clone_from(&by));
                fix
            });
            problems.push(problem.help(help).fix(fix));
        }
    }
    gathered.problems.extend(problems);
}

/// The article that a path beside a file names: `../returns/how-long.md` in `knowledge/en/delivery/x.md`.
fn beside(file: &str, path: &str) -> String {
    let folder = file.strip_prefix("knowledge/").unwrap_or_default();
    let own = folder.strip_suffix(".md").unwrap_or_default();
    if path.is_empty() {
        return own.to_owned();
    }
    let mut parts: Vec<&str> = folder.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let id = decoded(&parts.join("/"));
    id.strip_suffix(".md").map(str::to_owned).unwrap_or(id)
}

/// A path without its percent signs.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).filter(|_| *first == b'%').and_then(|h| std::str::from_utf8(h).ok());
        match hex.and_then(|h| u8::from_str_radix(h, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
