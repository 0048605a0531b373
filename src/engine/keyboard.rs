//! Where letters lie: a finger that misses hits a neighbour.

use super::spelling::ERROR;
use crate::types::Language;

/// Rows of letters from the top; each lies half a key to the right of the one above.
const QWERTY: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
const QWERTZ: [&str; 3] = ["qwertzuiopü", "asdfghjklöä", "yxcvbnm"];
const AZERTY: [&str; 3] = ["azertyuiop", "qsdfghjklm", "wxcvbn"];
const TURKISH: [&str; 3] = ["qwertyuıopğü", "asdfghjklşi", "zxcvbnmöç"];

/// What is taken off an error that a finger makes by itself.
const SLIP: u32 = 2;

/// The keyboard that a language is mostly typed on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keyboard(&'static [&'static str; 3]);

impl Keyboard {
    pub(crate) fn of(language: Language) -> Self {
        Self(match language.code() {
            "de" | "hu" | "cs" | "sk" | "sl" | "hr" => &QWERTZ,
            "fr" => &AZERTY,
            "tr" => &TURKISH,
            _ => &QWERTY,
        })
    }

    /// What it weighs to have typed `b` for `a`.
    pub(crate) fn instead(self, a: char, b: char) -> u32 {
        if a == b {
            0
        } else if self.neighbours(a, b) {
            ERROR - SLIP
        } else {
            ERROR
        }
    }

    /// What it weighs to have typed a letter too many, or too few, beside `beside`.
    pub(crate) fn extra(letter: char, beside: Option<char>) -> u32 {
        if beside == Some(letter) { ERROR - SLIP } else { ERROR }
    }

    /// What it weighs to have swapped two letters.
    pub(crate) const SWAP: u32 = ERROR - SLIP;

    fn neighbours(self, a: char, b: char) -> bool {
        let (Some((row_a, at_a)), Some((row_b, at_b))) = (self.place(a), self.place(b)) else { return false };
        match row_b - row_a {
            0 => (at_a - at_b).abs() == 1,
            // Half a key to the right: `s` lies under `w` and `e`.
            1 => matches!(at_a - at_b, 0 | 1),
            -1 => matches!(at_b - at_a, 0 | 1),
            _ => false,
        }
    }

    fn place(self, letter: char) -> Option<(i32, i32)> {
        (0..)
            .zip(self.0)
            .find_map(|(row, keys)| (0..).zip(keys.chars()).find(|(_, k)| *k == letter).map(|(at, _)| (row, at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_those_of_the_language() {
        let cases = [
            ("en", 'e', 'r', true),
            ("en", 's', 'w', true),
            ("en", 's', 'e', true),
            ("en", 's', 'x', true),
            ("en", 's', 'r', false),
            ("en", 'a', 'l', false),
            ("en", 't', 'y', true),
            ("de", 't', 'y', false),
            ("de", 't', 'z', true),
            ("de", 'ö', 'l', true),
            ("de", 'ü', 'p', true),
            ("fr", 'a', 'z', true),
            ("tr", 'ı', 'u', true),
            ("en", '退', '款', false),
        ];
        for (language, a, b, near) in cases {
            let keyboard = Keyboard::of(language.parse().unwrap());
            assert_eq!(keyboard.instead(a, b) < ERROR, near, "{language} {a} {b}");
            assert_eq!(keyboard.instead(a, b), keyboard.instead(b, a), "{language} {a} {b}");
        }
        assert_eq!(Keyboard::of(Language::EN).instead('a', 'a'), 0);
    }
}
