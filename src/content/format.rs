//! One layout for all files: line ends, blanks, indentation, the order of keys, and where editors find the schema.
//!
//! Works on lines, so that quotes, comments and the breaks within texts stay as they are written. What comes out is read
//! again and compared with what went in: a change that would say something else is not made.

use super::layout::{self, Line};
use super::tree::{Node, Value};
use super::{Kind, SourceFile, articles, pieces, yaml};

/// The order of an intent's keys: what it is, when and how it is reached, what is said, how it is tested.
const ORDER: &[&str] = &[
    "id",
    "title",
    "owner",
    "department",
    "needs",
    "priority",
    "when",
    "valid_from",
    "valid_until",
    "review_by",
    "examples",
    "keywords",
    "patterns",
    "slots",
    "answer",
    "options",
    "handoff",
    "expect",
    "reject",
];

/// Columns of the intents' dashes and of their keys.
const DASH: usize = 2;
const KEY: usize = 4;

/// The file as it should be laid out; none where it is so already, or where nothing can be done without changing what it
/// says. `schema` is the address of the schema for files that name none.
#[must_use]
pub fn format(file: &SourceFile, schema: Option<&str>) -> Option<SourceFile> {
    let text = std::str::from_utf8(&file.bytes).ok()?;
    let kind = Kind::of(&file.path)?;
    let mut now = one_way(&file.path, &kind, text, schema)?;
    // Moving a key moves its note, which then stands before something else.
    for _ in 0..3 {
        match one_way(&file.path, &kind, &now, schema) {
            Some(next) if next != now => now = next,
            _ => break,
        }
    }
    (now != text).then(|| SourceFile { path: file.path.clone(), bytes: now.into_bytes() })
}

/// How much is changed: where more would change what the file says, less is tried.
#[derive(Debug, Clone, Copy)]
struct Steps {
    order: bool,
    indent: bool,
    tabs: bool,
}

fn one_way(path: &str, kind: &Kind, text: &str, schema: Option<&str>) -> Option<String> {
    let plain = unix(text);
    let all = [
        Steps { order: true, indent: true, tabs: true },
        Steps { order: false, indent: true, tabs: true },
        Steps { order: true, indent: false, tabs: true },
        Steps { order: false, indent: false, tabs: true },
        Steps { order: false, indent: false, tabs: false },
    ];
    let tries = all.into_iter().map(|steps| match kind {
        Kind::Intents | Kind::Canned | Kind::Cases => with_header(&laid_out(&plain, kind, steps), schema),
        Kind::Article(_) => {
            let Some((front, body)) = articles::parts(&plain) else { return plain.clone() };
            let (first, rest) = front.split_once('\n').unwrap_or((front, ""));
            let front = with_header(&laid_out(rest, kind, steps), schema);
            format!("{}\n{front}---\n{body}", first.trim_end())
        }
        Kind::Tests | Kind::Settings => plain.clone(),
    });
    tries.into_iter().find(|after| same(path, kind, text, after))
}

/// Without a byte order mark, with line ends of one kind, and one at the end.
fn unix(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
    match text.trim_end_matches('\n') {
        "" => String::new(),
        body => format!("{body}\n"),
    }
}

/// Whether two versions say the same; a file that could not be read may only become one that can be.
fn same(path: &str, kind: &Kind, before: &str, after: &str) -> bool {
    let read = |text: &str| -> Option<String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        match kind {
            Kind::Intents | Kind::Canned | Kind::Cases => Some(said(&yaml::parse(text).ok()?, 0)),
            Kind::Article(_) => {
                let (front, body) = articles::parts(text)?;
                Some(said(&yaml::parse(front).ok()?, 0) + &unix(body))
            }
            Kind::Tests | Kind::Settings => Some(pieces::pieces(path, text)?.join("\n")),
        }
    };
    match (read(before), read(after)) {
        (Some(before), Some(after)) => before == after,
        // Tabs are the one reason for not being readable that is mended here.
        (None, Some(_)) => before.contains('\t'),
        (None, None) => unix(before) == after,
        (Some(_), None) => false,
    }
}

/// What a document says; the keys of entries, which stand two levels down, in one order, as theirs does not matter.
fn said(node: &Node, depth: usize) -> String {
    match &node.value {
        Value::Nothing => "~".to_owned(),
        Value::Text(text) => format!("{text:?}"),
        Value::Other(text) => text.clone(),
        Value::List(items) => format!("[{}]", items.iter().map(|i| said(i, depth + 1) + ",").collect::<String>()),
        Value::Map(pairs) => {
            let one = |(key, value): &(Node, Node)| format!("{}:{},", said(key, depth + 1), said(value, depth + 1));
            let mut all: Vec<String> = pairs.iter().map(one).collect();
            if depth == 2 {
                all.sort();
            }
            format!("{{{}}}", all.concat())
        }
    }
}

fn laid_out(text: &str, kind: &Kind, steps: Steps) -> String {
    let text = if steps.tabs { spaced(text) } else { text.to_owned() };
    let mut lines = layout::lines(&text);
    if steps.indent {
        layout::indent(&mut lines);
    }
    if steps.order && *kind == Kind::Intents {
        lines = in_order(lines);
    }
    if steps.indent {
        layout::notes(&mut lines);
    }
    lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
        + if lines.is_empty() { "" } else { "\n" }
}

/// Two spaces for each tab before a line's first sign.
fn spaced(text: &str) -> String {
    let one = |line: &str| {
        let rest = line.trim_start();
        line.get(..line.len() - rest.len()).unwrap_or_default().replace('\t', "  ") + rest
    };
    text.split_inclusive('\n').map(one).collect()
}

/// Each intent with its keys in order; the notes above a key go with it.
fn in_order(lines: Vec<Line>) -> Vec<Line> {
    let starts = |line: &Line| line.node && line.text.starts_with("  - ") && line.indent() == DASH;
    let mut out: Vec<Line> = Vec::with_capacity(lines.len());
    let mut rest = lines.into_iter().peekable();
    while let Some(line) = rest.next() {
        if !starts(&line) {
            out.push(line);
            continue;
        }
        let mut own = vec![line];
        while let Some(next) = rest.next_if(|l| !(l.node && l.indent() <= DASH)) {
            own.push(next);
        }
        // What stands below the last key belongs to what comes next.
        let tail = own.iter().rposition(|l| !l.note).map_or(own.len(), |at| at + 1);
        let tail = own.split_off(tail);
        out.extend(sorted(own));
        out.extend(tail);
    }
    out
}

fn sorted(own: Vec<Line>) -> Vec<Line> {
    let key = |line: &Line, first: bool| -> Option<String> {
        let is_key = line.node && (first || line.indent() == KEY && !line.text.trim_start().starts_with("- "));
        let (name, _) = line.text.get(KEY..)?.split_once(':')?;
        is_key.then(|| name.to_owned())
    };
    let mut chunks: Vec<(usize, Vec<Line>)> = Vec::new();
    let mut notes: Vec<Line> = Vec::new();
    for (at, line) in own.iter().enumerate() {
        if let Some(name) = key(line, at == 0) {
            let rank = ORDER.iter().position(|k| *k == name).unwrap_or(ORDER.len());
            let mut chunk = std::mem::take(&mut notes);
            chunk.push(line.clone());
            chunks.push((rank, chunk));
        } else if line.note {
            notes.push(line.clone());
        } else {
            match chunks.last_mut() {
                Some((_, chunk)) => {
                    chunk.append(&mut notes);
                    chunk.push(line.clone());
                }
                // The first line has no key: `- {id: …}`.
                None => return own,
            }
        }
    }
    let is_sorted = chunks.windows(2).all(|w| w[0].0 <= w[1].0);
    if is_sorted || chunks.is_empty() {
        return own;
    }
    chunks.sort_by_key(|(rank, _)| *rank);
    for (at, (_, chunk)) in chunks.iter_mut().enumerate() {
        if let Some(line) = chunk.iter_mut().find(|l| !l.note) {
            let rest = line.text.get(KEY..).unwrap_or_default().to_owned();
            line.text = format!("{}{rest}", if at == 0 { "  - " } else { "    " });
        }
    }
    chunks.into_iter().flat_map(|(_, chunk)| chunk).chain(notes).collect()
}

/// Where the two kinds of editors look for the schema, at the top.
fn with_header(text: &str, schema: Option<&str>) -> String {
    const YAML: &str = "# yaml-language-server: $schema=";
    const OTHER: &str = "# $schema: ";
    let head = text.lines().take_while(|l| l.starts_with('#'));
    let named = head.filter_map(|l| l.strip_prefix(YAML).or_else(|| l.strip_prefix(OTHER))).map(str::trim).next();
    let Some(address) = named.or(schema).map(str::to_owned) else { return text.to_owned() };
    let mut in_head = true;
    let rest = text.split_inclusive('\n').filter(|l| {
        in_head &= l.starts_with('#');
        !(in_head && (l.starts_with(YAML) || l.starts_with(OTHER)))
    });
    let rest: String = rest.collect();
    format!("{YAML}{address}\n{OTHER}{address}\n{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(path: &str, text: &str) -> String {
        let file = SourceFile { path: path.to_owned(), bytes: text.into() };
        format(&file, None).map_or_else(|| text.to_owned(), |f| String::from_utf8(f.bytes).unwrap())
    }

    #[test]
    fn a_file_is_laid_out() {
        let text = "\u{feff}# $schema: ../x.json\r\n# Orders.\r\nintents:\r\n- answer: |\r\n     Hello\r\n       you  \r\n\r\n  # how they say it\r\n  examples:\r\n  -   a b # note\r\n  - \"c:\r\n     d\"\r\n  id: x\r\n\r\n# The second.\r\n- {id: y, answer: z}\r\n";
        let wanted = "# yaml-language-server: $schema=../x.json\n# $schema: ../x.json\n# Orders.\nintents:\n  - id: x\n\n    # how they say it\n    examples:\n      - a b # note\n      - \"c:\n         d\"\n    answer: |\n      Hello\n        you  \n\n  # The second.\n  - {id: y, answer: z}\n";
        assert_eq!(formatted("intents/a.yaml", text), wanted);
        assert_eq!(formatted("intents/a.yaml", wanted), wanted);
    }

    #[test]
    fn tabs_become_spaces_and_what_cannot_be_read_stays() {
        assert_eq!(
            formatted("intents/a.yaml", "intents:\n\t- id: a\n\t\tanswer: b"),
            "intents:\n  - id: a\n    answer: b\n"
        );
        assert_eq!(formatted("intents/a.yaml", "intents: [\n\t- x\n"), "intents: [\n\t- x\n");
        let article = "---\r\n# $schema: a.json\r\ntags:\r\n- b\r\ntitle: x\r\n---\r\nText\r\n\r\n\tcode\r\n";
        let wanted = "---\n# yaml-language-server: $schema=a.json\n# $schema: a.json\ntags:\n  - b\ntitle: x\n---\nText\n\n\tcode\n";
        assert_eq!(formatted("knowledge/a.md", article), wanted);
    }
}
