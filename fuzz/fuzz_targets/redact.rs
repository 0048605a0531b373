//! Any text, and any row of pieces of numbers and addresses, through the redactor: no card number is left, twice is once,
//! and it does not grow.
#![no_main]

use std::borrow::Cow;
use std::sync::LazyLock;

use deskbell::redact::{Kind, Redactor};
use libfuzzer_sys::fuzz_target;

static ALL: LazyLock<Redactor> = LazyLock::new(|| {
    let kinds = [Kind::Cards, Kind::Ibans, Kind::Emails, Kind::Patterns];
    Redactor::new(&kinds, &["KD-[0-9]{4}".to_owned(), r"(?i)secret \w+".to_owned()]).expect("good patterns")
});

const PIECES: [&str; 32] = [
    "0", "1", "4", "9", "4111", "1111", "1111 1111", "5555-5555", "378282246310005", " ", "-", " - ", ".", "\u{a0}", "\u{200b}",
    "\u{664}", "\u{ff17}", "\u{1d7d7}", "x", "DE89 3704 0044 0532 0130 00", "DE89", "GB82 WEST", "[IBAN]", "[e-mail]", "@", "a@",
    "b.example", ".example", "KD-", "KD-4711", "secret ", "******",
];

/// What comes to stand between digits, and at most how much of it, for the digits to count as one number.
fn separates(c: char) -> bool {
    c == ' ' || c == '\t' || "-._\u{a0}\u{ad}\u{202f}\u{2212}\u{3000}\u{feff}".contains(c)
        || ('\u{2000}'..='\u{200f}').contains(&c) || ('\u{2010}'..='\u{2015}').contains(&c) || ('\u{205f}'..='\u{2064}').contains(&c)
}

/// Digits of the scripts among the pieces.
fn digit(c: char) -> Option<u32> {
    c.to_digit(10).or_else(|| {
        let zeros = ['\u{660}', '\u{ff10}', '\u{1d7ce}', '\u{1d7d8}'];
        zeros.iter().find_map(|zero| (c as u32).checked_sub(*zero as u32).filter(|d| *d < 10))
    })
}

fn luhn(digits: &[u32]) -> bool {
    let doubled = |d: u32| if d > 4 { 2 * d - 9 } else { 2 * d };
    let sum: u32 = digits.iter().rev().enumerate().map(|(n, d)| if n % 2 == 1 { doubled(*d) } else { *d }).sum();
    sum % 10 == 0 && digits.iter().any(|d| *d != 0)
}

/// Another look at the same text: any number of whole groups, of 13 to 19 digits.
fn holds_card(text: &str) -> bool {
    let mut runs: Vec<Vec<Vec<u32>>> = vec![vec![]];
    let mut gap = usize::MAX;
    for c in text.chars() {
        match (digit(c), gap) {
            (Some(d), 0) => runs.last_mut().and_then(|run| run.last_mut()).expect("a group").push(d),
            (Some(d), 1..=3) => runs.last_mut().expect("a run").push(vec![d]),
            (Some(d), _) => runs.push(vec![vec![d]]),
            (None, _) if separates(c) => {
                gap = gap.saturating_add(1);
                continue;
            }
            (None, _) => {
                gap = usize::MAX;
                continue;
            }
        }
        gap = 0;
    }
    runs.iter().any(|run| {
        (0..run.len()).any(|from| {
            (from + 1..=run.len()).any(|to| {
                let digits = run[from..to].concat();
                (13..=19).contains(&digits.len()) && luhn(&digits)
            })
        })
    })
}

fuzz_target!(|bytes: &[u8]| {
    let text: String = match bytes.split_first() {
        Some((0, pieces)) => pieces.iter().map(|b| PIECES[usize::from(*b) % PIECES.len()]).collect(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    };
    let once = ALL.redact(&text);
    assert!(once.len() <= 2 * text.len(), "{text:?} became {once:?}");
    if let Cow::Owned(out) = &once {
        assert_ne!(*out, text, "nothing was taken out");
    }
    assert_eq!(ALL.redact(&once), once, "{text:?}");
    // Long names, as of conversations, are spared.
    let long = once.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').any(|word| word.len() >= 32);
    assert!(long || !holds_card(&once), "{text:?} became {once:?}");
    assert!(!once.contains("KD-4711"), "{text:?} became {once:?}");
});
