//! Typed answers to "did you mean…": a number, an ordinal, or the words of an option.

use super::Choice;
use super::cues;
use super::words::Words;

#[rustfmt::skip]
const FIRST: &[&str] = &[
    "1", "first", "the first", "first one", "one", "1st", "a", "number 1", "erste", "ersten", "erster", "erstes",
    "eins", "das erste", "die erste", "premier", "premiere", "primero", "primera",
];
#[rustfmt::skip]
const SECOND: &[&str] = &[
    "2", "second", "the second", "two", "2nd", "b", "number 2", "zweite", "zweiten", "zweiter", "zweites", "zwei",
    "deuxieme", "segundo", "segunda",
];
#[rustfmt::skip]
const THIRD: &[&str] = &[
    "3", "third", "the third", "three", "3rd", "c", "number 3", "dritte", "dritten", "dritter", "drittes", "drei",
    "troisieme", "tercero", "tercera",
];
const LAST: &[&str] = &["last", "letzte", "letzten", "letztes", "latter", "derniere", "ultimo"];

/// Words around an ordinal: "the second one please".
#[rustfmt::skip]
const AROUND: &[&str] = &[
    "the", "one", "please", "option", "number", "nr", "no", "i", "mean", "meant", "take", "its", "it", "is", "that",
    "das", "die", "der", "den", "bitte", "ich", "meine", "nummer", "antwort", "option", "nehme", "le", "la", "el",
    "question", "frage", "would", "be", "yes", "ja", "choice",
];

/// Which of the options a text names.
pub(super) fn resolve<'a>(text: &str, options: &'a [Choice]) -> Option<&'a Choice> {
    let words = Words::of(text);
    if words.is_empty() {
        return None;
    }
    if let Some(exact) = options.iter().find(|o| Words::of(&o.label) == words) {
        return Some(exact);
    }
    let real: Vec<&Choice> = options.iter().filter(|o| o.id != "none").collect();
    if let Some(n) = ordinal(&words, real.len()) {
        return real.get(n).copied();
    }
    let none = options.iter().find(|o| o.id == "none");
    if none.is_some() && cues::none_of_these(text) {
        return none;
    }
    if real.len() == 1 && cues::yes(text) {
        return real.first().copied();
    }
    by_words(&words, &real)
}

fn ordinal(words: &Words, count: usize) -> Option<usize> {
    if words.count() > 6 {
        return None;
    }
    let mut found = None;
    for (at, word) in words.iter().enumerate() {
        let n = [FIRST, SECOND, THIRD]
            .iter()
            .position(|l| l.contains(&word))
            .or_else(|| LAST.contains(&word).then(|| count.saturating_sub(1)));
        match n {
            // "the second one": `one` after an ordinal is filler; so is `a` anywhere but alone.
            Some(_) if found.is_some() && word == "one" => {}
            Some(_) if ["a", "one"].contains(&word) && words.count() > 1 && at == 0 => {}
            Some(n) => {
                if found.is_some_and(|f| f != n) {
                    return None;
                }
                found = Some(n);
            }
            None if AROUND.contains(&word) => {}
            None => return None,
        }
    }
    found.filter(|n| *n < count)
}

/// The option that shares most words of weight with the text, if it is the only such.
fn by_words<'a>(words: &Words, options: &[&'a Choice]) -> Option<&'a Choice> {
    let said: Vec<&str> = words.iter().filter(|w| w.chars().count() > 2 && !AROUND.contains(w)).collect();
    if said.is_empty() || said.len() > 8 {
        return None;
    }
    let mut scored: Vec<(usize, &'a Choice)> = options
        .iter()
        .map(|o| {
            let label = Words::of(&o.label);
            (said.iter().filter(|w| label.iter().any(|l| alike(l, w))).count(), *o)
        })
        .collect();
    scored.sort_by_key(|(n, _)| std::cmp::Reverse(*n));
    let (best, choice) = *scored.first()?;
    let second = scored.get(1).map_or(0, |(n, _)| *n);
    // Half the words must be of the option, or a longer sentence with one shared word would count.
    (best > second && best * 2 >= said.len()).then_some(choice)
}

/// The same word in another inflection: a common beginning of at least four letters and most of the shorter.
fn alike(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let common = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count();
    let shorter = a.chars().count().min(b.chars().count());
    let longer = a.chars().count().max(b.chars().count());
    common >= 4 && common + 1 >= shorter && longer - common <= 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> Vec<Choice> {
        [
            ("intent:status", "Where is my order?"),
            ("intent:cancel", "Cancel my order"),
            ("article:x", "How do I return a lamp?"),
            ("none", "None of these"),
        ]
        .into_iter()
        .map(|(id, label)| Choice { id: id.into(), label: label.into() })
        .collect()
    }

    #[test]
    fn typed_choices_are_found() {
        let options = options();
        for (text, id) in [
            ("2", Some("intent:cancel")),
            ("the second one please", Some("intent:cancel")),
            ("das zweite bitte", Some("intent:cancel")),
            ("first", Some("intent:status")),
            ("number 3", Some("article:x")),
            ("the last one", Some("article:x")),
            ("4", None),
            ("cancel", Some("intent:cancel")),
            ("cancelling", Some("intent:cancel")),
            ("I want to return it", Some("article:x")),
            ("Where is my order", Some("intent:status")),
            ("order", None),
            ("none of these", Some("none")),
            ("nein", Some("none")),
            ("something else", Some("none")),
            ("do you have red lamps for the kitchen or the bathroom", None),
            ("", None),
            ("1 or 2", None),
            ("one", Some("intent:status")),
        ] {
            assert_eq!(resolve(text, &options).map(|c| c.id.as_str()), id, "{text:?}");
        }
    }

    #[test]
    fn yes_takes_the_only_one() {
        let options = [options().remove(0), options().remove(3)];
        assert_eq!(resolve("yes", &options).map(|c| c.id.as_str()), Some("intent:status"));
        assert_eq!(resolve("2", &options).map(|c| c.id.as_str()), None);
    }
}
