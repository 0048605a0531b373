//! What is sound YAML, and yet not what was meant: seen in the lines, since the parser has thrown it away.

use super::Problem;
use super::source::Source;
use super::syntax::Place;

/// Looks through the lines of a file.
pub(super) fn look(source: &Source<'_>, problems: &mut Vec<Problem>) {
    // Deeper than this a line belongs to a text below `|` or `>`.
    let mut block: Option<usize> = None;
    let mut above: Option<(usize, bool)> = None;
    for number in 1..=u32::try_from(source.text.lines().count()).unwrap_or(u32::MAX) {
        let line = source.line(number);
        let rest = line.trim_start();
        let indent = line.len() - rest.len();
        if rest.is_empty() {
            continue;
        }
        if let Some(depth) = block {
            if indent > depth {
                continue;
            }
            block = None;
        }
        if rest.starts_with('#') {
            continue;
        }
        let item = rest.trim_start_matches("- ");
        let key = line.len() - item.trim_start().len();
        let value = item.split_once(": ").map_or(item, |(_, value)| value).trim_start();
        if value.starts_with(['|', '>']) || item.ends_with(": |") || item.ends_with(": >") {
            block = Some(if rest.starts_with("- ") && !item.contains(": ") { indent } else { key });
            above = None;
            continue;
        }
        // Plain texts alone: quotes keep a `#`, and brackets end before it.
        let plain = !value.starts_with(['"', '\'', '[', '{', '&', '*', '!']) && !value.is_empty();
        if plain && let Some(at) = cut_off(value) {
            let from = line.len() - value.len();
            let said = line.get(from + at + 1..).unwrap_or_default();
            let column = line.get(..from + at + 1).map_or(0, |b| b.chars().count()) + 1;
            let span = said.chars().count();
            let place = Place {
                line: number,
                column: u32::try_from(column).unwrap_or(u32::MAX),
                span: u32::try_from(span).unwrap_or(u32::MAX),
            };
            let start = source.byte_of(Place { column: 1, ..place }).unwrap_or(0) + from;
            let fix = (!value.contains(['\\', '\n'])).then(|| {
                let text = value.trim_end();
                source.fix(start..start + text.len(), &format!("'{}'", text.replace('\'', "''")))
            });
            let problem =
                source.problem("F008", place, format!("`{said}` is taken for a note and is no part of the text"));
            problems.push(problem.help("put the text in quotes; behind the `#` of a note stands a space").fix(fix));
        }
        // `- a` and, further right, `- b`: one text, "a - b".
        if let Some((depth, true)) = above
            && rest.starts_with("- ")
            && indent > depth
        {
            let place = source.place_of_line(number);
            let problem =
                source.problem("F009", place, "this line is no item of its own: it goes on with the one above");
            problems.push(problem.help("let the `-` of all items stand in one column"));
        }
        let is_item = rest.starts_with("- ") && plain && !item.contains(": ") && !item.ends_with(':');
        above = Some((indent, is_item));
    }
}

/// Where in a plain text a `#` begins a note that looks like a part of the text: `order #123`.
fn cut_off(value: &str) -> Option<usize> {
    let at = value.find(" #")?;
    let next = value.get(at + 2..)?.chars().next()?;
    // A colour, a number, a tag; a note has a space behind its sign.
    next.is_alphanumeric().then_some(at)
}
