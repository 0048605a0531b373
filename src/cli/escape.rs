//! What visitors wrote, as it may be shown on a terminal: nothing moves the cursor, colours or reorders what is around it.

use std::borrow::Cow;
use std::fmt::Write;

/// Whether a character does something to a terminal or to its neighbours instead of standing there.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
        || matches!(c, '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Text for people: what acts is written as `\u{1b}`; line feeds and tabs stay.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    let bad = |c: char| acts(c) && c != '\n' && c != '\t';
    if !text.contains(bad) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        if bad(c) {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c)); // into a string
        } else {
            out.push(c);
        }
        out
    }))
}

/// JSON: the same value, in which what acts is written as JSON writes it. Outside of texts there is none of it but the
/// line feeds between them.
pub(super) fn json(text: &str) -> Cow<'_, str> {
    let bad = |c: char| acts(c) && c != '\n';
    if !text.contains(bad) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        if bad(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}"); // into a string
            }
        } else {
            out.push(c);
        }
        out
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts_and_the_value_is_the_same() {
        let text = "a\u{1b}[2J\u{9b}31m\u{202e}b\u{7f}\u{feff}\u{e0041}\u{2066}ä\u{2028}\u{200b}";
        let told = json(&serde_json::to_string(text).unwrap()).into_owned();
        assert!(!told.chars().any(acts), "{told}");
        assert_eq!(serde_json::from_str::<String>(&told).unwrap(), text);
        assert_eq!(plain("\u{1b}[31mä\nb"), "\\u{1b}[31mä\nb");
        assert!(matches!(plain("as it is"), Cow::Borrowed(_)));
    }
}
