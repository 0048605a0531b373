//! E-mail addresses: strict enough to catch slips, simple enough to be right.

use super::draft::Draft;
use super::words::Words;
use super::{Ask, Pending, cues};
use crate::content::Phrase;
use crate::engine::{Reading, Verdict};

/// Times an address is asked for before the bot lets go.
const TRIES: u32 = 3;

impl Draft<'_> {
    /// Asks for an address.
    pub(super) fn ask_address(&mut self) {
        self.tell(self.phrase(Phrase::AskEmail), Vec::new(), Some(Ask::Email));
        self.memory.pending = Some(Pending::Email { tries: 1 });
    }

    /// An address left in a form.
    pub(super) fn address(&mut self, text: &str) {
        let text = text.trim();
        if is_valid(text) {
            self.keep_address(text);
            return;
        }
        let tries = match self.memory.pending {
            Some(Pending::Email { tries }) => tries,
            _ => 1,
        };
        self.ask_again(tries);
    }

    /// A text while an address is asked for. False: the text is to be taken as any other.
    pub(super) fn address_reply(&mut self, tries: u32, text: &str, whole: &Reading) -> bool {
        if let Some(address) = find(text) {
            self.keep_address(address);
            return true;
        }
        if cues::no(text) || cues::skips(text) {
            self.tell(self.phrase(Phrase::AnythingElse), Vec::new(), None);
            return true;
        }
        let attempt = text.contains('@');
        if !attempt && (whole.verdict != Verdict::Unknown || cues::small_talk(text).is_some()) {
            return false;
        }
        if tries >= TRIES && !attempt {
            return false;
        }
        self.ask_again(tries);
        true
    }

    /// A text that is an address and hardly more, though none was asked for.
    pub(super) fn volunteers_address(&mut self, text: &str) -> bool {
        let Some(address) = find(text).filter(|a| Words::of(&text.replace(a, " ")).count() <= 4) else { return false };
        self.keep_address(address);
        true
    }

    fn keep_address(&mut self, address: &str) {
        if matches!(self.memory.pending, Some(Pending::Email { .. })) {
            self.memory.pending = None;
        }
        let mut text = self.phrase_with(Phrase::EmailThanks, &[("email", address)]);
        if self.memory.wanted.is_some() {
            text = format!("{text}\n\n{}", self.phrase(Phrase::PlaceAwaited));
        }
        self.tell(text, Vec::new(), None);
        self.email = Some(address.to_owned());
    }

    fn ask_again(&mut self, tries: u32) {
        if tries >= TRIES {
            self.memory.pending = None;
            self.tell(self.phrase(Phrase::AnythingElse), Vec::new(), None);
            return;
        }
        self.tell(self.phrase(Phrase::EmailRetry), Vec::new(), Some(Ask::Email));
        self.memory.pending = Some(Pending::Email { tries: tries + 1 });
    }
}

/// The address in a text, if the text has one.
pub(super) fn find(text: &str) -> Option<&str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>' | '(' | ')' | '"' | '[' | ']'))
        .map(|w| w.trim_matches(|c: char| matches!(c, '.' | '!' | '?' | ':' | '\'')))
        .map(|w| w.strip_prefix("mailto:").unwrap_or(w))
        .find(|w| is_valid(w))
}

/// One `@`, a domain with a dot and labels that could be real, at most 254 bytes, nothing invisible.
pub(super) fn is_valid(address: &str) -> bool {
    if address.len() > 254
        || address
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | '"' | ',' | ';' | '(' | ')' | '\\'))
    {
        return false;
    }
    let Some((local, domain)) = address.split_once('@') else { return false };
    let labels: Vec<&str> = domain.split('.').collect();
    !local.is_empty()
        && local.len() <= 64
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && labels.len() >= 2
        && labels.iter().all(|l| {
            !l.is_empty()
                && l.len() <= 63
                && !l.starts_with('-')
                && !l.ends_with('-')
                && l.chars().all(|c| c.is_alphanumeric() || c == '-')
        })
        && labels.last().is_some_and(|l| l.chars().count() >= 2 && !l.chars().all(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for good in ["a@b.de", "jo.doe+x@mail.example.co.uk", "jörg@bücher.example", "o'neil@shop.example"] {
            assert!(is_valid(good), "{good}");
        }
        let long = format!("a@{}.de", "b".repeat(260));
        for bad in [
            "",
            "a",
            "@b.de",
            "a@b",
            "a@@b.de",
            "a@b@c.de",
            "a@b..de",
            "a b@c.de",
            "a@b.d",
            "a@-b.de",
            ".a@b.de",
            "a@b.de\n",
            "a\u{0}@b.de",
            "<a@b.de>",
            "a@1.2.3.44",
            &long,
        ] {
            assert!(!is_valid(bad), "{bad}");
        }
        assert_eq!(find("it is jo@example.org."), Some("jo@example.org"));
        assert_eq!(find("Jo <jo@example.org>"), Some("jo@example.org"));
        assert_eq!(find("jo at example"), None);
    }
}
