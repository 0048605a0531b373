//! A message taken apart: where one question may end and the next begin.

use super::cues;
use super::words::Words;

/// Connectors that begin a new question wherever they stand. (`\u{73}`: so that no test takes the word for a crate.)
#[rustfmt::skip]
const HARD: &[&str] = &[
    " and also ", " and another question ", " and secondly ", " also, ", ", also ", " und außerdem ",
    " und ausserdem ", " außerdem ", " ausserdem ", " und noch eine frage", " und dann noch ", " und auch ",
    " et aussi ", " y también ",
];

/// Connectors that join two questions or two things: only reading both halves tells.
const SOFT: &[&str] = &[" and ", " und ", " et ", " y ", " & ", " plus ", ", "];

/// The sentences of a text, each with words of its own beside politeness.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut start = 0;
    let bytes = text.as_bytes();
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let ends = match c {
            '\n' | ';' => true,
            '?' | '!' => true,
            // "2.5", "z.B." and "no. 5" go on.
            '.' => bytes.get(end).is_none_or(|b| b.is_ascii_whitespace()) && !abbreviated(&text[start..at]),
            _ => false,
        };
        if ends {
            push(&mut out, &text[start..end]);
            start = end;
        }
    }
    push(&mut out, &text[start..]);
    out
}

fn push<'a>(out: &mut Vec<&'a str>, sentence: &'a str) {
    let mut rest = sentence;
    // The original's offsets are needed, so letters are compared without changing lengths.
    while let Some((at, len)) = HARD.iter().filter_map(|h| find_ignoring_case(rest, h).map(|at| (at, h.len()))).min() {
        keep(out, &rest[..at]);
        rest = &rest[at + len..];
    }
    keep(out, rest);
}

fn keep<'a>(out: &mut Vec<&'a str>, piece: &'a str) {
    let mut piece = piece.trim().trim_start_matches([',', '-', '–', '?', '!', '.']).trim();
    // "And what does it cost?" asks what it costs.
    for lead in ["and ", "und ", "but ", "aber ", "also ", "et ", "y "] {
        if find_ignoring_case(piece, lead) == Some(0) {
            piece = piece[lead.len()..].trim_start_matches([',', ' ']);
        }
    }
    if piece.is_empty() || Words::of(piece).is_empty() || cues::small_talk(piece).is_some() {
        return;
    }
    out.push(piece);
}

fn find_ignoring_case(text: &str, what: &str) -> Option<usize> {
    text.as_bytes()
        .windows(what.len())
        .position(|w| w.eq_ignore_ascii_case(what.as_bytes()))
        .filter(|at| text.is_char_boundary(*at) && text.is_char_boundary(at + what.len()))
}

fn abbreviated(before: &str) -> bool {
    let last = before.rsplit(char::is_whitespace).next().unwrap_or("");
    let letters = last.chars().filter(|c| c.is_alphabetic()).count();
    // "z. B.", "No. 5", "ca. 3", and "1." of a list.
    letters <= 1
        || ["no", "nr", "ca", "bzw", "inkl", "evtl", "approx", "incl", "st", "str", "mr", "mrs", "dr"]
            .contains(&last.to_lowercase().as_str())
}

/// Ways to take a sentence into two halves at a word such as "and"; each half has at least two words.
pub(super) fn halves(sentence: &str) -> Vec<(&str, &str)> {
    let mut out = Vec::new();
    for soft in SOFT {
        let mut from = 0;
        while let Some(at) = sentence.get(from..).and_then(|rest| find_ignoring_case(rest, soft)).map(|at| at + from) {
            let (first, second) = (sentence[..at].trim(), sentence[at + soft.len()..].trim());
            if Words::of(first).count() >= 2 && Words::of(second).count() >= 2 {
                out.push((at, (first, second)));
            }
            from = at + soft.len() - 1;
        }
    }
    out.sort_by_key(|(at, _)| *at);
    // A long list of things is not a row of questions.
    out.truncate(4);
    out.into_iter().map(|(_, halves)| halves).collect()
}

/// Whether a text has the form of a question.
pub(super) fn is_question(text: &str) -> bool {
    #[rustfmt::skip]
    const BEGIN: &[&str] = &[
        "what", "whats", "where", "wheres", "when", "who", "why", "how", "which", "can i", "can you", "could i",
        "could you", "do you", "do i", "does", "is there", "are there", "is it", "may i", "will you", "will it",
        "was", "wo", "wann", "wer", "warum", "wieso", "wie", "welche", "welcher", "welches", "wohin", "kann ich",
        "kann man", "konnen sie", "konnt ihr", "haben sie", "habt ihr", "gibt es", "darf ich", "muss ich", "ist es",
        "liefern sie", "whether", "ob", "comment", "quand", "ou", "pourquoi", "combien", "como", "cuando", "donde", "cuanto",
        "por que",
    ];
    text.trim_end().ends_with('?') || Words::of(text).starts_with_any(BEGIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_where_they_end() {
        for (text, want) in [
            ("where is my parcel? how do I return it", vec!["where is my parcel?", "how do I return it"]),
            ("where is my parcel? And how do I return it", vec!["where is my parcel?", "how do I return it"]),
            ("Hi! Where is my parcel? Thanks.", vec!["Where is my parcel?"]),
            ("where is my parcel and also how do I return it", vec!["where is my parcel", "how do I return it"]),
            (
                "Wo ist mein Paket und außerdem was kostet der Versand?",
                vec!["Wo ist mein Paket", "was kostet der Versand?"],
            ),
            ("it is 2.5 m long, ca. 3 kg", vec!["it is 2.5 m long, ca. 3 kg"]),
            ("my order\nAB123456", vec!["my order", "AB123456"]),
            ("", vec![]),
            ("?!", vec![]),
            ("ÄÖÜ ß… und auch ẞ?", vec!["ÄÖÜ ß…", "ẞ?"]),
        ] {
            assert_eq!(sentences(text), want, "{text:?}");
        }
    }

    #[test]
    fn halves_are_offered_at_and() {
        assert_eq!(
            halves("where is my parcel and how do I return it"),
            vec![("where is my parcel", "how do I return it")]
        );
        assert!(halves("black and white").is_empty());
        assert_eq!(halves("was kostet es und wie lange dauert es"), vec![("was kostet es", "wie lange dauert es")]);
        assert!(is_question("Wie lange?") && is_question("how long") && !is_question("my lamp is broken"));
    }
}
