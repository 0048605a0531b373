//! What must not lie about: card numbers, IBANs, e-mail addresses, and what a site names itself.
//!
//! A card number is 13 to 19 digits of any script, in groups or not, that pass Luhn's check (ISO/IEC 7812-1, annex B); of
//! one in ten order or phone numbers of that length the same is true, and those go too. An IBAN is what passes its own
//! check (ISO 13616, modulo 97). What was redacted once stays as it is.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

/// What is put in the place of an address, an IBAN and a site's own pattern. Of a card the first six and last four stay.
const ADDRESS: &str = "[e-mail]";
const IBAN: &str = "[IBAN]";
const OWN: &str = "[redacted]";

/// Largest compiled pattern of a site, bytes.
const PATTERN: usize = 256 * 1024;

/// What to take out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Card numbers.
    Cards,
    /// International bank account numbers.
    Ibans,
    /// E-mail addresses.
    Emails,
    /// What the site's own patterns match.
    Patterns,
}

impl std::str::FromStr for Kind {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "cards" => Ok(Self::Cards),
            "ibans" => Ok(Self::Ibans),
            "emails" => Ok(Self::Emails),
            "patterns" => Ok(Self::Patterns),
            _ => Err("must be one of cards, ibans, emails, patterns"),
        }
    }
}

/// Takes out what it was made for.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    kinds: Vec<Kind>,
    patterns: Vec<Regex>,
}

impl Redactor {
    /// For these kinds; `patterns` are the site's own.
    ///
    /// # Errors
    /// The place of the first pattern that cannot be used, and why.
    pub fn new(kinds: &[Kind], patterns: &[String]) -> Result<Self, (usize, String)> {
        let patterns = patterns.iter().enumerate().map(|(n, p)| pattern(p).map_err(|why| (n, why)));
        Ok(Self { kinds: kinds.to_vec(), patterns: patterns.collect::<Result<_, _>>()? })
    }

    /// The same for every kind: for what leaves the house.
    #[must_use]
    pub fn with_all(&self) -> Self {
        Self { kinds: vec![Kind::Cards, Kind::Ibans, Kind::Emails, Kind::Patterns], patterns: self.patterns.clone() }
    }

    /// Whether it takes out nothing at all.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.kinds.is_empty()
    }

    /// The text without what it should not hold.
    #[must_use]
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.redact_but(text, None)
    }

    /// The same, but for one kind: an address that somebody left to be reached by is not taken out of its own field.
    #[must_use]
    pub fn redact_but<'a>(&self, text: &'a str, spared: Option<Kind>) -> Cow<'a, str> {
        let has = |kind| self.kinds.contains(&kind) && spared != Some(kind);
        let mut out = Cow::Borrowed(text);
        // What one step leaves may be what another looks for. Each round takes something away, so there is a last one.
        loop {
            let mut next = out.clone();
            // Before cards: the digits of an account may pass for one.
            if has(Kind::Ibans) {
                next = ibans(next);
            }
            if has(Kind::Cards) {
                next = cards(next);
            }
            if has(Kind::Emails) && next.contains('@') {
                next = replace(next, &EMAIL, ADDRESS);
            }
            if has(Kind::Patterns) {
                next = self.patterns.iter().fold(next, |text, pattern| replace(text, pattern, OWN));
            }
            if next == out {
                return out;
            }
            out = next;
        }
    }
}

fn pattern(text: &str) -> Result<Regex, String> {
    let regex = RegexBuilder::new(text).size_limit(PATTERN).build().map_err(|e| e.to_string())?;
    let mark = [ADDRESS, IBAN, OWN, "4******1"].iter().any(|mark| regex.is_match(mark));
    if mark || regex.is_match("") {
        return Err("must match neither nothing nor what stands for something redacted".to_owned());
    }
    Ok(regex)
}

static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    #[expect(clippy::unwrap_used, reason = "a constant, compiled by the tests")]
    Regex::new(r"[\p{L}\p{M}\p{N}.%&'*+_~-]+@(?:[\p{L}\p{M}\p{N}-]+\.)+[\p{L}\p{M}\p{N}-]{2,}").unwrap()
});

fn replace<'a>(text: Cow<'a, str>, regex: &Regex, by: &str) -> Cow<'a, str> {
    if regex.is_match(&text) { Cow::Owned(regex.replace_all(&text, regex::NoExpand(by)).into_owned()) } else { text }
}

/// Digits zero of all scripts (Unicode 14 and later, general category Nd); the others follow each. A test holds the table
/// against the regex crate's.
const ZEROS: [u32; 66] = [
    48, 1632, 1776, 1984, 2406, 2534, 2662, 2790, 2918, 3046, 3174, 3302, 3430, 3558, 3664, 3792, 3872, 4160, 4240,
    6112, 6160, 6470, 6608, 6784, 6800, 6992, 7088, 7232, 7248, 42528, 43216, 43264, 43472, 43504, 43600, 44016, 65296,
    66720, 68912, 69734, 69872, 69942, 70096, 70384, 70736, 70864, 71248, 71360, 71472, 71904, 72016, 72784, 73040,
    73120, 92768, 92864, 93008, 120_782, 120_792, 120_802, 120_812, 120_822, 123_200, 123_632, 125_264, 130_032,
];

/// What a decimal digit of any script counts.
fn digit(c: char) -> Option<u8> {
    if c.is_ascii() {
        return c.to_digit(10).map(|d| d as u8);
    }
    let c = u32::from(c);
    let zero = ZEROS[..ZEROS.partition_point(|zero| *zero <= c)].last()?;
    u8::try_from(c - zero).ok().filter(|d| *d < 10)
}

/// What people put between groups of digits, and what is put there so that nobody sees it.
const fn separates(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t' | '-' | '.' | '_' | '\u{a0}' | '\u{ad}' | '\u{2000}'
            ..='\u{200f}' | '\u{2010}'..='\u{2015}' | '\u{202f}' | '\u{205f}'..='\u{2064}' | '\u{2212}' | '\u{3000}' | '\u{feff}'
    )
}

/// Most of them between two groups.
const SEPARATORS: usize = 3;

/// Digits without anything between them: where they lie, and what they are.
struct Group {
    start: usize,
    end: usize,
    digits: Vec<u8>,
}

fn cards(text: Cow<'_, str>) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    for run in runs(&text) {
        let mut first = 0;
        while first < run.len() {
            let Some(last) = card_from(&run[first..]).map(|n| first + n) else {
                first += 1;
                continue;
            };
            let (start, end) = (run[first].start, run[last].end);
            let digits: Vec<u8> = run[first..=last].iter().flat_map(|g| g.digits.iter().copied()).collect();
            out.push_str(&text[copied..start]);
            out.extend(digits[..6].iter().map(|d| char::from(b'0' + d)));
            out.push_str("******");
            out.extend(digits[digits.len() - 4..].iter().map(|d| char::from(b'0' + d)));
            copied = end;
            first = last + 1;
        }
    }
    if copied == 0 {
        return text;
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// Groups that stand beside each other.
fn runs(text: &str) -> Vec<Vec<Group>> {
    let mut runs: Vec<Vec<Group>> = Vec::new();
    let mut between: Option<usize> = None;
    for (at, c) in text.char_indices() {
        if let Some(d) = digit(c) {
            let end = at + c.len_utf8();
            match (between, runs.last_mut()) {
                (Some(0), Some(run)) => {
                    if let Some(group) = run.last_mut() {
                        group.end = end;
                        group.digits.push(d);
                    }
                }
                (Some(_), Some(run)) => run.push(Group { start: at, end, digits: vec![d] }),
                _ => runs.push(vec![Group { start: at, end, digits: vec![d] }]),
            }
            between = Some(0);
        } else {
            between = between.filter(|n| *n < SEPARATORS && separates(c)).map(|n| n + 1);
        }
    }
    runs.retain(|run| run.iter().map(|g| g.digits.len()).sum::<usize>() >= 13 && !is_part_of_id(text, run));
    runs
}

/// The last of the groups that make up the longest card number from the first one on.
fn card_from(groups: &[Group]) -> Option<usize> {
    let mut digits: Vec<u8> = Vec::with_capacity(19);
    let mut found = None;
    for (n, group) in groups.iter().enumerate() {
        digits.extend(&group.digits);
        if digits.len() > 19 {
            break;
        }
        if digits.len() >= 13 && passes_luhn(&digits) {
            found = Some(n);
        }
    }
    found
}

fn passes_luhn(digits: &[u8]) -> bool {
    let doubled = |d: u8| if d > 4 { d * 2 - 9 } else { d * 2 };
    let sum: u32 =
        digits.iter().rev().enumerate().map(|(n, d)| u32::from(if n % 2 == 1 { doubled(*d) } else { *d })).sum();
    sum.is_multiple_of(10) && digits.iter().any(|d| *d != 0)
}

/// Random names of conversations and the like are in hexadecimal: one in a few hundred holds such digits.
fn is_part_of_id(text: &str, run: &[Group]) -> bool {
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return false };
    let in_name = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    let before: usize = text[..first.start].chars().rev().take_while(in_name).take(80).map(char::len_utf8).sum();
    let after: usize = text[last.end..].chars().take_while(in_name).take(80).map(char::len_utf8).sum();
    let name = &text[first.start - before..last.end + after];
    let hex = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let parts: Vec<&str> = name.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|p| p.len()).collect();
    let id = match lengths.as_slice() {
        [32 | 40 | 64] | [32, _] => hex(parts[0]) && !parts[0].bytes().all(|b| b.is_ascii_digit()),
        [8, 4, 4, 4, 12] => parts.iter().all(|p| hex(p)) && name.bytes().any(|b| b.is_ascii_alphabetic()),
        _ => false,
    };
    // A name's number behind the dash is short.
    id && (parts.len() != 2 || parts[1].len() < 13)
}

static IBAN_BEGIN: LazyLock<Regex> = LazyLock::new(|| {
    #[expect(clippy::unwrap_used, reason = "a constant, compiled by the tests")]
    Regex::new(r"(?i)\b[A-Z]{2}[ -]?\d[ -]?\d").unwrap()
});

fn ibans(text: Cow<'_, str>) -> Cow<'_, str> {
    let mut out = String::new();
    let (mut copied, mut from) = (0, 0);
    while let Some(begin) = IBAN_BEGIN.find_at(&text, from) {
        match iban_from(&text[begin.start()..]) {
            Some(length) => {
                out.push_str(&text[copied..begin.start()]);
                out.push_str(IBAN);
                copied = begin.start() + length;
                from = copied;
            }
            None => from = begin.start() + text[begin.start()..].chars().next().map_or(1, char::len_utf8),
        }
    }
    if copied == 0 {
        return text;
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// Length in bytes of the longest IBAN at the beginning; it ends where a word ends.
fn iban_from(text: &str) -> Option<usize> {
    let mut values: Vec<u8> = Vec::with_capacity(34);
    let (mut found, mut gap) = (None, 0);
    let mut all = text.char_indices().peekable();
    while let Some((at, c)) = all.next() {
        let value = match digit(c) {
            Some(d) => d,
            None if c.is_ascii_alphabetic() => c.to_ascii_uppercase() as u8 - b'A' + 10,
            None if separates(c) && gap == 0 => {
                gap = 1;
                continue;
            }
            None => break,
        };
        gap = 0;
        if values.len() == 34 {
            break;
        }
        values.push(value);
        let ends = all.peek().is_none_or(|(_, next)| !next.is_alphanumeric());
        if ends && values.len() >= 15 && passes_97(&values) {
            found = Some(at + c.len_utf8());
        }
    }
    found
}

fn passes_97(values: &[u8]) -> bool {
    let (head, rest) = values.split_at(4);
    let remainder = rest.iter().chain(head).fold(0_u32, |sum, value| {
        let value = u32::from(*value);
        (sum * if value > 9 { 100 } else { 10 } + value) % 97
    });
    remainder == 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all() -> Redactor {
        Redactor::new(&[Kind::Cards, Kind::Ibans, Kind::Emails, Kind::Patterns], &["KD-[0-9]{4}".to_owned()]).unwrap()
    }

    #[test]
    fn what_is_taken_out_and_what_stays() {
        for (text, out) in [
            ("4111111111111111", "411111******1111"),
            ("my card is 4111 1111 1111 1111, ok?", "my card is 411111******1111, ok?"),
            ("4111-1111-1111-1111", "411111******1111"),
            ("3782 822463 10005", "378282******0005"),
            ("card4222222222222end", "card422222******2222end"),
            ("6304000000000000000 x", "630400******0000 x"),
            ("4111\u{200b}1111\u{a0}1111 1111", "411111******1111"),
            ("４１１１１１１１１１１１１１１１", "411111******1111"),
            ("٤١١١ ١١١١ ١١١١ ١١١١", "411111******1111"),
            ("tel 030 1234567 4111 1111 1111 1111", "tel 030 1234567 411111******1111"),
            ("4111111111111111 5500000000000004", "411111******1111 550000******0004"),
            // None of these passes the check, or they are too short or too long.
            ("+49 170 1234567", "+49 170 1234567"),
            ("+1 (555) 010-9999", "+1 (555) 010-9999"),
            ("order AB123456, invoice 2026-11-0004711", "order AB123456, invoice 2026-11-0004711"),
            ("tracking 00340434161094042557", "tracking 00340434161094042557"),
            ("4111 1111 1111 1112", "4111 1111 1111 1112"),
            ("0000000000000000", "0000000000000000"),
            ("c 4111111111111111abcdefabcdefabcd-17", "c 4111111111111111abcdefabcdefabcd-17"),
            ("DE89 3704 0044 0532 0130 00 is mine", "[IBAN] is mine"),
            ("gb82west12345698765432.", "[IBAN]."),
            ("write to Anna.Lopez+shop@mail.example.org!", "write to [e-mail]!"),
            ("jörg@bücher.example", "[e-mail]"),
            ("a@b, 3 @ 4 €", "a@b, 3 @ 4 €"),
            ("customer KD-4711", "customer [redacted]"),
        ] {
            assert_eq!(all().redact(text), out, "{text}");
        }
        let cards = Redactor::new(&[Kind::Cards], &[]).unwrap();
        assert_eq!(cards.redact("a@b.example 4111111111111111"), "a@b.example 411111******1111");
        assert_eq!(all().redact_but("a@b.example", Some(Kind::Emails)), "a@b.example");
        assert!(matches!(all().redact("nothing here"), Cow::Borrowed(_)));
    }

    #[test]
    fn patterns_that_would_never_end_are_refused() {
        for bad in ["(", "x*", "redacted", "[a-z]", r"\*", r"(\p{L}{50}){200}"] {
            assert!(
                Redactor::new(&[Kind::Patterns], &["fine-[0-9]".into(), bad.into()]).is_err_and(|e| e.0 == 1),
                "{bad}"
            );
        }
    }

    #[test]
    fn the_table_of_digits_is_that_of_unicode() {
        let known = Regex::new(r"^\p{Nd}$").unwrap();
        for c in (0..=0x1_ffff).filter_map(char::from_u32) {
            // A newer Unicode may know of more scripts.
            if digit(c).is_some() {
                assert!(known.is_match(c.encode_utf8(&mut [0; 4])), "{c:?}");
            }
        }
        assert!(ZEROS.is_sorted());
        assert_eq!("７٣४𝟗".chars().map(digit).collect::<Vec<_>>(), [Some(7), Some(3), Some(4), Some(9)]);
    }

    /// Another look at the same text: digits of any script, and what stands between them.
    fn holds_card(text: &str) -> bool {
        let mut digits: Vec<Option<u8>> = Vec::new();
        let mut gap = 99;
        for c in text.chars() {
            match digit(c) {
                Some(d) => {
                    if gap > 0 {
                        digits.push(None);
                        if gap > SEPARATORS {
                            digits.extend([None; 20]);
                        }
                    }
                    digits.push(Some(d));
                    gap = 0;
                }
                None if separates(c) => gap += 1,
                None => gap = 99,
            }
        }
        digits.push(None);
        let starts = (1..digits.len()).filter(|i| digits[i - 1].is_none() && digits[*i].is_some());
        starts.into_iter().any(|start| {
            let mut number = Vec::new();
            for i in start..digits.len() {
                match digits[i] {
                    Some(d) => number.push(d),
                    None if digits[i - 1].is_none() => return false,
                    None if (13..=19).contains(&number.len()) && passes_luhn(&number) => return true,
                    None => {}
                }
            }
            false
        })
    }

    fn card() -> impl Strategy<Value = String> {
        let zero = prop::sample::select(&ZEROS[..]);
        let gap = prop::sample::select(vec!["", " ", "-", "\u{a0}", " - "]);
        (prop::collection::vec(0..10_u8, 12..=18), zero, gap, 1..=5_usize).prop_map(|(mut digits, zero, gap, size)| {
            digits.push(0);
            let last = digits.len() - 1;
            while !passes_luhn(&digits) {
                if digits[last] == 9 {
                    digits[0] = 4;
                    digits[last] = 0;
                } else {
                    digits[last] += 1;
                }
            }
            let groups = digits
                .chunks(size)
                .map(|g| g.iter().filter_map(|d| char::from_u32(zero + u32::from(*d))).collect::<String>());
            groups.collect::<Vec<_>>().join(gap)
        })
    }

    proptest! {
        #[test]
        fn no_card_is_left_and_twice_is_once(
            parts in prop::collection::vec(
                prop_oneof![card(), "[0-9 .-]{0,24}", "[a-zA-Z0-9@. ]{0,12}", "\\PC{0,8}", "DE[0-9]{20}"], 0..8),
        ) {
            let text = parts.concat();
            let once = all().redact(&text).into_owned();
            prop_assert!(!holds_card(&once), "{text:?} became {once:?}");
            prop_assert_eq!(all().redact(&once), once.as_str(), "{:?}", text);
        }

        #[test]
        fn a_card_alone_is_masked(card in card()) {
            let out = all().redact(&card).into_owned();
            prop_assert!(out.contains("******"), "{card:?} became {out:?}");
        }
    }
}
