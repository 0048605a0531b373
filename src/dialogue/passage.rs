//! A piece of an article short enough for a chat.

/// Longest quote, in characters; the article itself is one tap away.
pub(super) const LONGEST: usize = 500;

/// The beginning of a Markdown text up to about [`LONGEST`] characters, cut where a paragraph, an item or a sentence ends,
/// and without a heading that repeats the title.
pub(super) fn cut(markdown: &str, title: &str) -> String {
    let text = without_title(markdown, title);
    let mut out = String::new();
    for block in blocks(text) {
        let long = out.chars().count() + block.chars().count();
        if long <= LONGEST {
            if !out.is_empty() {
                out.push_str("\n\n");
            }
            out.push_str(block);
            continue;
        }
        // A second paragraph is left out whole; of a first one that is too long, as much as fits is said.
        if out.chars().count() < LONGEST / 4 {
            let room = LONGEST - out.chars().count();
            let piece = shorten(block, room);
            if !piece.is_empty() {
                if !out.is_empty() {
                    out.push_str("\n\n");
                }
                out.push_str(&piece);
            }
        }
        break;
    }
    out
}

fn without_title<'a>(markdown: &'a str, title: &str) -> &'a str {
    let text = markdown.trim();
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let heading = first.trim_start_matches('#').trim();
    let repeats = first.starts_with('#') || heading.eq_ignore_ascii_case(title.trim());
    if repeats && !(heading.is_empty() && rest.is_empty()) { rest.trim() } else { text }
}

/// Paragraphs, lists and fenced code, each whole.
fn blocks(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut start, mut at, mut fenced) = (0, 0, false);
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if line.trim().is_empty() && !fenced {
            out.push(text[start..at].trim_end());
            start = at + line.len();
        }
        at += line.len();
    }
    out.push(text[start..].trim_end());
    out.retain(|b| !b.trim().is_empty());
    out
}

fn shorten(block: &str, room: usize) -> String {
    let fits: String = block.chars().take(room).collect();
    if block.trim_start().starts_with("```") {
        return String::new();
    }
    // Whole lines of a list.
    let lines: Vec<&str> = block.lines().collect();
    if lines.len() > 1 && lines.iter().skip(1).any(|l| is_item(l)) {
        let mut out = String::new();
        for line in lines {
            if out.chars().count() + line.chars().count() + 1 > room {
                break;
            }
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(line);
        }
        if !out.is_empty() {
            return out;
        }
    }
    let sentence = fits
        .char_indices()
        .filter(|(at, c)| {
            matches!(c, '.' | '!' | '?' | '…') && fits[at + c.len_utf8()..].starts_with(char::is_whitespace)
        })
        .map(|(at, c)| at + c.len_utf8())
        .rfind(|end| balanced(&fits[..*end]));
    if let Some(end) = sentence.filter(|end| *end > 40) {
        return fits[..end].to_owned();
    }
    let word =
        fits.char_indices().filter(|(at, c)| c.is_whitespace() && balanced(&fits[..*at])).map(|(at, _)| at).next_back();
    match word {
        Some(end) => format!("{}…", fits[..end].trim_end()),
        None => format!("{fits}…"),
    }
}

fn is_item(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("- ")
        || line.starts_with("* ")
        || line.split_once(". ").is_some_and(|(n, _)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// No link, code or emphasis is open at the end.
fn balanced(text: &str) -> bool {
    let count = |c: char| text.chars().filter(|x| *x == c).count();
    count('[') == count(']')
        && count('(') == count(')')
        && count('`').is_multiple_of(2)
        && text.matches("**").count().is_multiple_of(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_stay() {
        assert_eq!(cut("# Returns\n\nThirty days.", "Returns"), "Thirty days.");
        assert_eq!(cut("Thirty days.\n\nReally.", "Returns"), "Thirty days.\n\nReally.");
        assert_eq!(cut("Returns\nThirty days.", "Returns"), "Thirty days.");
        assert_eq!(cut("", "x"), "");
    }

    #[test]
    fn long_texts_end_at_a_paragraph() {
        let paragraph = "This sentence has thirty chars. ".repeat(10);
        let text = format!("{}\n\n{}\n\n{}", paragraph.trim(), paragraph.trim(), paragraph.trim());
        assert_eq!(cut(&text, ""), paragraph.trim());
    }

    #[test]
    fn one_long_paragraph_ends_at_a_sentence() {
        let text = "This sentence has thirty chars. ".repeat(40);
        let out = cut(&text, "");
        assert!(out.ends_with("chars.") && out.chars().count() <= LONGEST, "{out}");
        let words = "word ".repeat(400);
        assert!(cut(&words, "").ends_with("word…"));
        let solid = "ä".repeat(2000);
        assert_eq!(cut(&solid, "").chars().count(), LONGEST + 1);
    }

    #[test]
    fn links_and_lists_are_not_torn() {
        let text = format!(
            "{} see [the long page. And more](https://x.example/a.b) {}",
            "Word ".repeat(94),
            "end. ".repeat(30)
        );
        let out = cut(&text, "");
        assert!(balanced(&out), "{out}");
        let list = "- an item of the list that is long enough to count\n".repeat(20);
        let out = cut(&list, "");
        assert!(out.lines().all(|l| l.ends_with("count")), "{out}");
        let code = format!("```\n{}```", "line\n\n".repeat(200));
        assert_eq!(cut(&code, ""), "");
    }
}
