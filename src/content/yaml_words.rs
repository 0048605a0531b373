//! What people get wrong in YAML, in their words: the parser tells where it lost its way, the lines there tell why.

use std::ops::Range;

use super::syntax::Place;

/// A mistake found in the lines.
#[derive(Debug, PartialEq)]
pub(super) struct Cause {
    pub(super) place: Place,
    pub(super) message: String,
    pub(super) help: String,
    /// Bytes of the text and what mends them.
    pub(super) edit: Option<(Range<usize>, String)>,
}

/// A line taken apart: `  - key: value`.
struct Line<'a> {
    number: u32,
    /// Byte at which it begins.
    start: usize,
    text: &'a str,
    /// Bytes of the line before its key, or before its value where it has none.
    key: usize,
    /// Bytes of the line before its value; the length of the line where it has none.
    value: usize,
}

impl<'a> Line<'a> {
    fn of(text: &'a str, number: u32) -> Option<Self> {
        let index = number.checked_sub(1)? as usize;
        let start: usize = text.split_inclusive('\n').take(index).map(str::len).sum();
        let line = text.split_inclusive('\n').nth(index)?.trim_end();
        let mut key = line.len() - line.trim_start().len();
        while let Some(rest) = line.get(key..).and_then(|r| r.strip_prefix("- ")) {
            key = line.len() - rest.trim_start().len();
        }
        let rest = line.get(key..)?;
        let value = match rest.split_once(':') {
            Some((name, value)) if is_key(name) && (value.is_empty() || value.starts_with(' ')) => {
                key + name.len() + 1 + (value.len() - value.trim_start().len())
            }
            _ => key,
        };
        Some(Self { number, start, text: line, key, value })
    }

    fn value(&self) -> &'a str {
        self.text.get(self.value..).unwrap_or_default()
    }

    fn has_key(&self) -> bool {
        self.value > self.key
    }

    fn place(&self, from: usize, length: usize) -> Place {
        let count = |r: Range<usize>| {
            let piece = self.text.get(r).unwrap_or_default();
            u32::try_from(piece.chars().count()).unwrap_or(u32::MAX)
        };
        Place { line: self.number, column: count(0..from) + 1, span: count(from..from + length) }
    }

    fn cause(&self, from: usize, message: impl Into<String>, help: impl Into<String>) -> Cause {
        let length = self.text.len().saturating_sub(from);
        Cause { place: self.place(from, length), message: message.into(), help: help.into(), edit: None }
    }

    /// The value in single quotes.
    fn quoted(&self) -> Option<(Range<usize>, String)> {
        let value = self.value();
        (!value.contains('\\') && !value.is_empty()).then(|| {
            let range = self.start + self.value..self.start + self.text.len();
            (range, format!("'{}'", value.replace('\'', "''")))
        })
    }
}

fn is_key(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// Why the parser stopped at a place with these words.
pub(super) fn cause(text: &str, place: Place, said: &str) -> Option<Cause> {
    let line = Line::of(text, place.line)?;
    let around = || [place.line, place.line + 1, place.line.saturating_sub(1)].into_iter();
    if said.contains("tab") || said.contains("found character that cannot start") {
        let tabbed = |n| Line::of(text, n).filter(|l| leading(l.text).contains('\t'));
        if let Some(line) = around().find_map(tabbed) {
            let at = line.text.find('\t').unwrap_or(0);
            return Some(Cause {
                place: line.place(at, 1),
                message: "a tab indents this line".to_owned(),
                help: "indent with spaces: YAML does not allow tabs; `deskbell fmt` replaces them".to_owned(),
                edit: None,
            });
        }
    }
    quotes(text, &line, said)
        .or_else(|| brackets(text, &line, said))
        .or_else(|| begins_badly(&line))
        .or_else(|| holds_a_colon(&line))
        .or_else(|| out_of_line(text, &line, said))
}

fn leading(line: &str) -> &str {
    line.get(..line.len() - line.trim_start().len()).unwrap_or_default()
}

/// What is wrong with quotes: an apostrophe in single ones, a backslash in double ones, text behind them.
fn quotes(text: &str, here: &Line<'_>, said: &str) -> Option<Cause> {
    let about = ["quoted", "quote", "escape", "scalar content", "trailing content"].iter().any(|w| said.contains(w));
    if !about {
        return None;
    }
    for number in (here.number.saturating_sub(200).max(1)..=here.number).rev() {
        let Some(line) = Line::of(text, number) else { continue };
        let value = line.value();
        let inner = |q: char| value.strip_prefix(q).and_then(|v| v.strip_suffix(q)).filter(|v| !v.is_empty());
        let whole = line.start + line.value..line.start + line.text.len();
        if let Some(inner) = inner('\'').filter(|i| i.replace("''", "").contains('\'') && !i.contains("', ")) {
            let mut cause = line.cause(
                line.value,
                "an apostrophe ends a text in single quotes",
                "put the text in double quotes, or write the apostrophe twice",
            );
            if !inner.contains(['"', '\\']) {
                cause.edit = Some((whole, format!("\"{inner}\"")));
            }
            return Some(cause);
        }
        if let Some(at) = bad_escape(line.text) {
            let mut cause = line.cause(
                at,
                "a backslash in double quotes has a meaning of its own",
                "put the text in single quotes, which keep backslashes as they are",
            );
            cause.place.span = 2;
            let open = line.text.get(..at)?.rfind('"')?;
            let close = at + line.text.get(at..)?.find('"')?;
            let inner = line.text.get(open + 1..close)?;
            if !inner.contains('\'') && line.text.matches('"').count() == 2 {
                cause.edit = Some((line.start + open..line.start + close + 1, format!("'{inner}'")));
            }
            return Some(cause);
        }
        for quote in ['"', '\''] {
            let Some(rest) = value.strip_prefix(quote) else { continue };
            match rest.find(quote) {
                Some(end)
                    if !rest.get(end + 1..)?.trim().is_empty()
                        && !rest.get(end + 1..)?.trim().starts_with(['#', ','])
                        && !value.starts_with("''") =>
                {
                    let mut cause = line.cause(
                        line.value + end + 2,
                        "behind the closing quote stands more text",
                        "put the whole text in quotes",
                    );
                    if !value.contains(['\'', '\\']) {
                        cause.edit = Some((whole, format!("'{value}'")));
                    }
                    return Some(cause);
                }
                None => {
                    let help = "close it, or take it away if the text needs no quotes";
                    return Some(line.cause(line.value, "a quote is opened here and never closed", help));
                }
                Some(_) => {}
            }
        }
    }
    None
}

/// A backslash in double quotes that YAML knows no meaning of: where in the line.
fn bad_escape(line: &str) -> Option<usize> {
    let open = line.find('"')?;
    let mut chars = line.char_indices().skip_while(|(at, _)| *at <= open);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return None,
            '\\' => match chars.next() {
                Some((_, next)) if !"0abtnvfre \"/\\N_LPxuU\t".contains(next) => return Some(at),
                _ => {}
            },
            _ => {}
        }
    }
    None
}

/// A bracket that is never closed, or one too many.
fn brackets(text: &str, here: &Line<'_>, said: &str) -> Option<Cause> {
    if said.contains("misplaced bracket") {
        let at = here.text.rfind([']', '}'])?;
        let mut cause = here.cause(at, "this bracket closes nothing", "remove it, or open one before it");
        cause.place.span = 1;
        return Some(cause);
    }
    if !["flow", "unclosed", "illegal placement", "',' or"].iter().any(|w| said.contains(w)) {
        return None;
    }
    for number in (here.number.saturating_sub(50).max(1)..=here.number).rev() {
        let Some(line) = Line::of(text, number) else { continue };
        if let Some(at) = open_bracket(line.value()) {
            let at = line.value + at;
            let close = if line.text.get(at..)?.starts_with('[') { ']' } else { '}' };
            let mut cause =
                line.cause(at, "this bracket is never closed", format!("write `{close}` behind its last item"));
            cause.place.span = 1;
            return Some(cause);
        }
    }
    None
}

/// The bracket of a value that has no partner in it.
fn open_bracket(value: &str) -> Option<usize> {
    let mut open = Vec::new();
    let mut quote = None;
    for (at, c) in value.char_indices() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '"') => quote = Some(c),
            (None, '\'') if at == 0 || value.get(..at).is_some_and(|b| b.ends_with(['[', '{', ',', ' '])) => {
                quote = Some(c)
            }
            (None, '[' | '{') => open.push(at),
            (None, ']' | '}') => drop(open.pop()),
            _ => {}
        }
    }
    open.pop()
}

/// A value that begins with a sign that means something to YAML.
fn begins_badly(line: &Line<'_>) -> Option<Cause> {
    let value = line.value();
    let sign = value.chars().next()?;
    let is_text = match sign {
        '@' | '`' | '%' => true,
        '&' | '*' | '!' => value.contains(' ') || value.len() < 3 || sign == '*',
        '|' | '>' => value.get(1..).is_some_and(|r| r.starts_with(' ') && !r.trim_start().starts_with('#')),
        '{' => value.starts_with("{{") || value.starts_with("{%"),
        '[' => value.contains("]("),
        _ => false,
    };
    let named = if value.starts_with("{{") { "{{".to_owned() } else { sign.to_string() };
    is_text.then(|| {
        let message = format!("a text that begins with `{named}` needs quotes");
        let help = match sign {
            '|' | '>' => "put it in quotes; a text below `|` begins on the next line",
            _ => "put it in quotes",
        };
        Cause { edit: line.quoted(), ..line.cause(line.value, message, help) }
    })
}

/// A value that holds `: `.
fn holds_a_colon(line: &Line<'_>) -> Option<Cause> {
    let value = line.value();
    let plain = !value.starts_with(['"', '\'', '[', '{', '|', '>']);
    // Without a key the first colon made one: `- Note: we …`.
    let colons = value.contains(": ") || value.ends_with(':');
    (plain && line.has_key() && colons).then(|| {
        let message = "a text that holds `: ` needs quotes";
        Cause { edit: line.quoted(), ..line.cause(line.value, message, "put it in quotes") }
    })
}

/// A line that does not stand where the others of its block do.
fn out_of_line(text: &str, line: &Line<'_>, said: &str) -> Option<Cause> {
    let about = ["mapping values", "block collection", "block mapping", "simple key", "indent"];
    if !about.iter().any(|w| said.contains(w)) {
        return None;
    }
    let above = (1..line.number).rev().filter_map(|n| Line::of(text, n));
    let above = above.into_iter().find(|l| !l.text.trim().is_empty() && !l.text.trim_start().starts_with('#'))?;
    let (own, wanted) = (line.key, above.key);
    if !line.has_key() && above.value().starts_with(['|', '>']) && own <= wanted {
        let message = "the text below `|` is not indented";
        let help = format!("indent it deeper than its key: by {} spaces", wanted + 2);
        return Some(line.cause(own, message, help));
    }
    if own == wanted {
        return None;
    }
    let message = format!("this line is indented by {own}, the one above by {wanted}");
    let help = format!("what belongs to one entry stands in one column: indent it by {wanted}");
    Some(line.cause(own, message, help))
}

/// Why a text stands where a list, keys or one text belong.
pub(super) fn misshapen(text: &str, place: Place, wants_text: bool) -> Option<Cause> {
    let line = Line::of(text, place.line)?;
    if let Some(found) = begins_badly(&line) {
        return Some(found);
    }
    let rest = line.text.get(leading(line.text).len()..)?;
    let at = line.text.len() - rest.len();
    if rest.starts_with('-') && !rest.starts_with("- ") && rest.len() > 1 {
        return Some(line.cause(at, "behind the `-` of a list stands a space", "write `- ` before each item"));
    }
    let item = line.text.get(line.key..)?;
    if let Some((name, _)) =
        item.split_once(':').filter(|(n, v)| is_key(n) && !v.is_empty() && !v.starts_with([' ', '/']))
    {
        let end = line.key + name.len() + 1;
        let mut cause = line.cause(line.key, "behind the `:` of a key stands a space", format!("write `{name}: …`"));
        cause.edit = Some((line.start + end..line.start + end, " ".to_owned()));
        return Some(cause);
    }
    if let Some((name, _)) = item.split_once('=').filter(|(n, _)| is_key(n.trim())) {
        let help = format!("write `{}: …`", name.trim());
        return Some(line.cause(line.key, "a key and its value have `:` between them", help));
    }
    // `- Note: we …` was read as a key and a value.
    let dashed = line.text.get(..line.key).is_some_and(|b| b.trim() == "-");
    if wants_text && dashed && item.contains(": ") && !item.starts_with(['"', '\'', '{', '[']) {
        let whole = Line { value: line.key, ..line };
        let message = "a text that holds `: ` needs quotes";
        return Some(Cause { edit: whole.quoted(), ..whole.cause(whole.key, message, "put it in quotes") });
    }
    None
}
