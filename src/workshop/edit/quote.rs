//! Texts as YAML: plain where that reads back, in quotes where it does not.

/// Where a text will stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// On a line of its own, or behind a key.
    Block,
    /// Between `[` and `]`.
    Flow,
}

/// A text as one line: what ends a line or cannot be written becomes a blank, blanks around it are cut.
#[must_use]
pub fn clean(text: &str) -> String {
    let text = text.replace("\r\n", " ");
    let text: String = text.chars().map(|c| if is_written(c) { c } else { ' ' }).collect();
    text.trim().to_owned()
}

/// Whether YAML allows a character within a line, and a file of the content may hold it.
fn is_written(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// A cleaned text as it is written into a file.
pub(super) fn quoted(text: &str, style: Style) -> String {
    if is_plain(text, style) {
        text.to_owned()
    } else if text.contains(['"', '\\']) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        format!("\"{text}\"")
    }
}

/// Whether a text stays itself without quotes, for every reader of YAML 1.1 and 1.2.
fn is_plain(text: &str, style: Style) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let second = text.chars().nth(1);
    let special = match first {
        '-' | '?' | ':' => second.is_none_or(|c| c.is_whitespace() || style == Style::Flow),
        ',' | '[' | ']' | '{' | '}' | '#' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => true,
        _ => false,
    };
    let breaks = |c: char| matches!(c, ',' | '[' | ']' | '{' | '}') || c == ':';
    let flow = style == Style::Flow && text.contains(breaks);
    let comment = text.char_indices().any(|(at, c)| c == '#' && text[..at].ends_with(char::is_whitespace));
    let key = text.ends_with(':')
        || text.char_indices().any(|(at, c)| c == ':' && text[at + 1..].starts_with(char::is_whitespace));
    let document = text.starts_with("---") || text.starts_with("...");
    // A blank of another alphabet at an end would be read, and seen by nobody.
    let blank = first.is_whitespace() || text.ends_with(char::is_whitespace);
    !(special || flow || comment || key || document || blank || is_other(text))
}

/// Whether a reader could take it for a number, a date, a truth value or nothing.
fn is_other(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "y",
        "n",
        "yes",
        "no",
        "on",
        "off",
        "true",
        "false",
        "null",
        "nil",
        "none",
        "~",
        "=",
        "<<",
        ".inf",
        "-.inf",
        "+.inf",
        ".nan",
        "inf",
        "-inf",
        "+inf",
        "nan",
        "infinity",
        "-infinity",
        "+infinity",
    ];
    let lower = text.to_lowercase();
    let number = lower.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'))
        && lower.contains(|c: char| c.is_ascii_digit())
        && lower
            .chars()
            .all(|c| c.is_ascii_hexdigit() || matches!(c, '+' | '-' | '.' | '_' | ':' | 'x' | 'o' | 't' | 'z' | ' '));
    number || WORDS.contains(&lower.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_stand_where_they_are_needed() {
        for (text, block, flow) in [
            ("where is my order?", "where is my order?", "where is my order?"),
            ("wo ist's", "wo ist's", "wo ist's"),
            ("two, please", "two, please", "\"two, please\""),
            ("order: lost", "\"order: lost\"", "\"order: lost\""),
            ("at 10:30", "at 10:30", "\"at 10:30\""),
            ("why:", "\"why:\"", "\"why:\""),
            ("no #1", "\"no #1\"", "\"no #1\""),
            ("c#", "c#", "c#"),
            ("#1", "\"#1\"", "\"#1\""),
            ("-5 €", "-5 €", "\"-5 €\""),
            ("- a", "\"- a\"", "\"- a\""),
            ("?", "\"?\"", "\"?\""),
            ("¿qué?", "¿qué?", "¿qué?"),
            ("yes", "\"yes\"", "\"yes\""),
            ("No", "\"No\"", "\"No\""),
            ("yes please", "yes please", "yes please"),
            ("12", "\"12\"", "\"12\""),
            ("1_000", "\"1_000\"", "\"1_000\""),
            ("0x1F", "\"0x1F\"", "\"0x1F\""),
            ("2026-11-01", "\"2026-11-01\"", "\"2026-11-01\""),
            ("~", "\"~\"", "\"~\""),
            ("he said \"hi\"", "he said \"hi\"", "he said \"hi\""),
            ("\"hi\" he's said", "'\"hi\" he''s said'", "'\"hi\" he''s said'"),
            ("@me", "\"@me\"", "\"@me\""),
            ("*", "\"*\"", "\"*\""),
            ("C:\\ drive: full", "'C:\\ drive: full'", "'C:\\ drive: full'"),
            ("😀", "😀", "😀"),
            ("退款吗？", "退款吗？", "退款吗？"),
            ("", "\"\"", "\"\""),
        ] {
            assert_eq!((quoted(text, Style::Block).as_str(), quoted(text, Style::Flow).as_str()), (block, flow));
        }
    }

    #[test]
    fn texts_become_one_line() {
        for (text, wanted) in
            [("  a  b\t", "a  b"), ("a\r\nb\nc\rd", "a b c d"), ("a\u{2028}b\u{0}c\u{feff}", "a b c"), ("\n", "")]
        {
            assert_eq!(clean(text), wanted);
        }
    }
}
