//! What a visitor said, written so that it stays text wherever an answer puts it.

/// A value as a part of an address: RFC 3986, only unreserved characters stay.
pub(super) fn as_address(value: &str) -> String {
    let mut address = String::with_capacity(value.len());
    for byte in value.trim().bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => address.push(char::from(byte)),
            _ => address.push_str(&format!("%{byte:02X}")),
        }
    }
    address
}

/// A value between backticks, where a backslash would be shown.
pub(super) fn as_code(value: &str) -> String {
    value.chars().filter(|c| *c != '`' && !is_direction(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Direction controls could make a value run over the words around it.
const fn is_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

/// A value such that Markdown shows it as it is: no links, no markup, no lines of its own.
pub(super) fn as_text(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 8);
    for (index, c) in value.char_indices() {
        match c {
            c if is_direction(c) => {}
            '\n' | '\r' | '\t' => text.push(' '),
            c if c.is_control() => {}
            '\\' | '`' | '*' | '_' | '[' | ']' | '(' | ')' | '<' | '>' | '~' | '|' | '!' | '#' | '{' | '}' => {
                text.extend(['\\', c])
            }
            // `https://…` must not become a link of the visitor's making.
            ':' if value[index + 1..].starts_with("//") => text.push_str("\\:"),
            '-' | '+' | '=' if index == 0 => text.extend(['\\', c]),
            c => text.push(c),
        }
    }
    text
}
