//! YAML as lines: which of them open a block, which belong to a text above, and where each should begin.

/// A line and what it is.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) text: String,
    /// It holds a key or an item of its own.
    pub(super) node: bool,
    /// A note, or nothing.
    pub(super) note: bool,
    /// It belongs to a text below `|` or `>`, in which every blank counts.
    block: bool,
    /// That text says itself how it is indented.
    fixed: bool,
}

impl Line {
    /// Blanks before the first sign.
    pub(super) fn indent(&self) -> usize {
        self.text.len() - self.text.trim_start_matches(' ').len()
    }
}

/// What a value leaves open at the end of its line.
#[derive(Debug, Default)]
struct Open {
    quote: Option<char>,
    brackets: usize,
}

impl Open {
    fn is_open(&self) -> bool {
        self.quote.is_some() || self.brackets > 0
    }

    /// Reads on; `fresh` where a value begins, in which a quote opens.
    fn read(&mut self, text: &str, fresh: bool) {
        let mut before = if fresh { ' ' } else { 'x' };
        let mut chars = text.chars().peekable();
        let begins = text.trim_start().starts_with(['"', '\'', '[', '{']);
        while let Some(c) = chars.next() {
            match (self.quote, c) {
                (Some('"'), '\\') => drop(chars.next()),
                (Some('\''), '\'') if chars.peek() == Some(&'\'') => drop(chars.next()),
                (Some(q), c) if c == q => self.quote = None,
                (Some(_), _) => {}
                (None, '#') if before == ' ' => return,
                (None, '"' | '\'') if (self.brackets > 0 || begins) && " [{,:".contains(before) => self.quote = Some(c),
                (None, '[' | '{') if self.brackets > 0 || begins => self.brackets += 1,
                (None, ']' | '}') => self.brackets = self.brackets.saturating_sub(1),
                _ => {}
            }
            before = if c == '\t' { ' ' } else { c };
        }
    }
}

/// The value of a line behind its dashes and its key.
fn value(rest: &str) -> (&str, bool) {
    let mut rest = rest;
    while let Some(after) = rest.strip_prefix("- ") {
        rest = after.trim_start();
    }
    if rest == "-" {
        return ("", true);
    }
    if rest.starts_with(['"', '\'']) {
        let quote = rest.chars().next().unwrap_or('"');
        let end = rest.get(1..).and_then(|r| r.find(quote)).map_or(rest.len(), |at| at + 2);
        return match rest.get(end..).and_then(|r| r.strip_prefix(':')) {
            Some(after) if after.is_empty() || after.starts_with(' ') => (after.trim_start(), true),
            _ => (rest, false),
        };
    }
    let key = rest.match_indices(':').find(|(at, _)| matches!(rest.as_bytes().get(at + 1), None | Some(b' ')));
    match key.filter(|_| !rest.starts_with(['[', '{', '#', '|', '>'])) {
        Some((at, _)) => (rest.get(at + 1..).unwrap_or_default().trim_start(), true),
        None => (rest, false),
    }
}

/// Reads a text.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    let mut open = Open::default();
    // The column of the node whose text below `|` is being read, and whether it says its indentation.
    let mut block: Option<(usize, bool)> = None;
    for raw in text.lines() {
        let indent = raw.len() - raw.trim_start_matches(' ').len();
        let rest = raw.trim_start_matches(' ');
        let mut line = Line { text: raw.to_owned(), node: false, note: false, block: false, fixed: false };
        if let Some((depth, fixed)) = block {
            if rest.trim().is_empty() || indent > depth {
                line.block = true;
                line.fixed = fixed;
                out.push(line);
                continue;
            }
            block = None;
            // Blank lines behind the text are no part of it to the eye.
            for last in out.iter_mut().rev().take_while(|l| l.text.trim().is_empty()) {
                (last.block, last.note) = (false, true);
            }
        }
        if open.is_open() {
            open.read(rest, false);
            out.push(line);
            continue;
        }
        line.text = raw.trim_end().to_owned();
        let (said, has_key) = value(rest.trim_end());
        let is_item = rest.starts_with("- ") || rest.trim_end() == "-";
        line.note = rest.trim().is_empty() || rest.starts_with('#');
        line.node = !line.note && (has_key || is_item);
        if line.node {
            if let Some(style) = said.strip_prefix(['|', '>']) {
                // Below an item without a key the text is indented against the dash.
                let column = if has_key { indent + rest.len() - dashless(rest).len() } else { indent };
                block = Some((
                    column,
                    style.starts_with(|c: char| c.is_ascii_digit())
                        || style.len() > 1 && style.as_bytes()[1].is_ascii_digit(),
                ));
            } else {
                open = Open::default();
                open.read(said, true);
            }
        }
        out.push(line);
    }
    out
}

fn dashless(mut rest: &str) -> &str {
    while let Some(after) = rest.strip_prefix("- ") {
        rest = after.trim_start();
    }
    rest
}

/// A block that is open: a list or keys, the column where it began and the one where it belongs.
struct Level {
    list: bool,
    old: usize,
    new: usize,
}

/// Two blanks a level.
pub(super) fn indent(lines: &mut [Line]) {
    let mut levels: Vec<Level> = Vec::new();
    let mut shift: isize = 0;
    // Of a text below `|`: where it stood, and where its lines belong.
    let mut text: Option<usize> = None;
    let mut inner = 0;
    for line in lines.iter_mut() {
        let old = line.indent();
        if line.block {
            if line.fixed || line.text.trim().is_empty() {
                continue;
            }
            let from = *text.get_or_insert(old);
            let new = (inner + old).saturating_sub(from);
            line.text = " ".repeat(new) + line.text.trim_start_matches(' ');
            continue;
        }
        text = None;
        if line.note {
            continue;
        }
        if !line.node {
            let new = old.saturating_add_signed(shift);
            line.text = " ".repeat(new) + line.text.trim_start_matches(' ');
            continue;
        }
        let mut rest = line.text.trim_start_matches(' ').to_owned();
        let mut column = old;
        let mut written = String::new();
        let mut first = None;
        loop {
            let item = rest == "-" || rest.starts_with("- ");
            levels.retain(|l| l.old < column || l.old == column && (l.list == item || item && !l.list));
            let below = levels.last().map_or(0, |l| l.new + 2);
            let new = match levels.iter().rev().find(|l| l.old == column && l.list == item) {
                Some(known) => known.new,
                None => {
                    levels.push(Level { list: item, old: column, new: below });
                    below
                }
            };
            first.get_or_insert(new);
            inner = new + 2;
            if !item {
                shift = isize::try_from(new).unwrap_or(0) - isize::try_from(column).unwrap_or(0);
                written.push_str(&rest);
                break;
            }
            let after = rest.get(1..).unwrap_or_default();
            let content = after.trim_start();
            if content.is_empty() {
                written.push('-');
                break;
            }
            written.push_str("- ");
            column += 1 + after.len() - content.len();
            rest = content.to_owned();
            let (_, has_key) = value(&rest);
            if !(has_key && !rest.starts_with(['[', '{']) || rest.starts_with("- ") || rest == "-") {
                shift = isize::try_from(new + 2).unwrap_or(0) - isize::try_from(column).unwrap_or(0);
                written.push_str(&rest);
                break;
            }
        }
        line.text = " ".repeat(first.unwrap_or(0)) + &written;
    }
}

/// Notes stand where what they are about stands.
pub(super) fn notes(lines: &mut [Line]) {
    let mut next = None;
    for line in lines.iter_mut().rev() {
        if line.node {
            next = Some(line.indent());
        } else if line.note && line.text.trim_start().starts_with('#') {
            if let Some(indent) = next {
                line.text = " ".repeat(indent) + line.text.trim_start();
            }
        } else if !line.note {
            // Within a text that goes over several lines nothing is known.
            next = next.filter(|_| line.block);
        }
    }
}
