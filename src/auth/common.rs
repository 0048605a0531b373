//! Passwords that everybody tries first.
//!
//! The commonest passwords are few words with ornaments: a number behind, an exclamation mark, a zero for an o. So a
//! word list of our own and three rules stand for a long list: every ornament of a listed word is refused as well.

use std::collections::HashSet;
use std::sync::OnceLock;

const WORDS: &str = include_str!("common.txt");

/// Walks over the keyboard, both layouts, and the alphabet.
const WALKS: &[&str] = &[
    "1234567890",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "yxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "1q2w3e4r5t6y7u8i9o0p",
    "1q2w3e4r5t6z7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "qazwsxedcrfvtgbyhnujm",
    "1qay2wsx3edc4rfv5tgb6zhn7ujm",
    "zaq12wsxcde34rfv",
    "!qaz@wsx#edc$rfv",
    "qweasdzxc",
    "qweasdyxc",
    "123qweasdzxc",
    "qwe123asd456",
    "123qwe456rty",
    "1234qwerasdfzxcv",
    "1234qwerasdfyxcv",
    "qwer1234asdf5678",
];

/// Whether a password is a common one, or one with ornaments.
pub(super) fn is_common(password: &str) -> bool {
    let plain = password.to_lowercase();
    let distinct: HashSet<char> = plain.chars().collect();
    distinct.len() < 4 || is_number(&plain) || is_walk(&plain) || is_word(&plain) || is_word(&without_leet(&plain))
}

/// Dates, telephone numbers, and numbers behind one, two or three letters.
fn is_number(plain: &str) -> bool {
    let letters = plain.chars().filter(|c| c.is_alphabetic()).count();
    let digits = plain.chars().filter(char::is_ascii_digit).count();
    letters < 4 && digits >= 5 && plain.chars().count() < 16
}

/// A walk, or one walked twice, back, or with a few steps of a number behind.
fn is_walk(plain: &str) -> bool {
    let on = |part: &str| {
        let back: String = part.chars().rev().collect();
        part.chars().count() >= 3 && WALKS.iter().any(|w| w.contains(part) || w.contains(&back))
    };
    let count = plain.chars().count();
    let at = |n: usize| plain.char_indices().nth(n).map_or(plain.len(), |(i, _)| i);
    on(plain)
        || (1..count).any(|n| {
            let (first, rest) = plain.split_at(at(n));
            on(first) && (on(rest) || rest.chars().count() < 3)
        })
}

/// A listed word, perhaps twice, between things that are no letters.
fn is_word(plain: &str) -> bool {
    static LISTED: OnceLock<HashSet<&str>> = OnceLock::new();
    let listed = LISTED.get_or_init(|| WORDS.split_whitespace().collect());
    let word = plain.trim_matches(|c: char| !c.is_alphabetic());
    let middle = word.len() / 2;
    listed.contains(word)
        || (word.is_char_boundary(middle) && {
            let (first, second) = word.split_at(middle);
            listed.contains(first) && listed.contains(second)
        })
        // A letter or two more, as in `passwords` or `xpassword`.
        || [1, 2].iter().any(|n| {
            word.len() > 8
                && (word.get(*n..).is_some_and(|w| w.len() > 6 && listed.contains(w))
                    || word.get(..word.len() - n).is_some_and(|w| w.len() > 6 && listed.contains(w)))
        })
}

fn without_leet(plain: &str) -> String {
    // What stands at the end is a number more often than letters.
    let body = plain.trim_end_matches(|c: char| c.is_ascii_digit() || "!?.#*-_".contains(c));
    let read = |c| match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        '8' => 'b',
        other => other,
    };
    body.chars().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commonest_are_refused_with_their_ornaments() {
        for common in [
            "password",
            "Password1",
            "P@ssw0rd",
            "P4ssw0rd!",
            "passwort123",
            "password2026!",
            "12345678",
            "123456789",
            "87654321",
            "qwertyui",
            "qwertz123",
            "1q2w3e4r",
            "1qaz2wsx",
            "asdfghjkl",
            "asdfasdf",
            "abcd1234",
            "abc123456",
            "aaaaaaaa",
            "abababab",
            "iloveyou",
            "iloveyou2",
            "sunshine",
            "princess1",
            "football!",
            "welcome1",
            "Willkommen1",
            "letmein99",
            "admin123",
            "admin@2024",
            "monkey12",
            "dragon!!",
            "superman",
            "trustno1",
            "starwars",
            "michael1",
            "Summer2024",
            "Sommer2025!",
            "changeme",
            "Deskbell1",
            "passwordpassword",
            "adminadmin",
            "passwords",
            "01012000",
            "0171234567",
            "qweasdzxc",
            "qwer1234",
            "test1234",
            "zaq12wsx",
        ] {
            assert!(is_common(common), "{common}");
        }
        for fine in [
            "correct horse",
            "a long password",
            "long enough",
            "spaces stay ",
            "wrong horse",
            "kuckuck im mai",
            "tr4ub4dor&3x",
            "mW8.qf2Lz",
            "blue lamp seven",
            "xkJ2!mzP",
            "lampenladen am markt",
            "horse battery",
        ] {
            assert!(!is_common(fine), "{fine}");
        }
    }
}
