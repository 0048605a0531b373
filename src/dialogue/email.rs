//! E-mail addresses: strict enough to catch slips, simple enough to be right.

/// The address in a text, if the text has one.
pub(super) fn find(text: &str) -> Option<&str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>' | '(' | ')' | '"' | '['| ']'))
        .map(|w| w.trim_matches(|c: char| matches!(c, '.' | '!' | '?' | ':' | '\'')))
        .map(|w| w.strip_prefix("mailto:").unwrap_or(w))
        .find(|w| is_valid(w))
}

/// One `@`, a domain with a dot and labels that could be real, at most 254 bytes, nothing invisible.
pub(super) fn is_valid(address: &str) -> bool {
    if address.len() > 254 || address.chars().any(|c| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | '"' | ',' | ';' | '(' | ')' | '\\')) {
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
        && labels.iter().all(|l| !l.is_empty() && l.len() <= 63 && !l.starts_with('-') && !l.ends_with('-') && l.chars().all(|c| c.is_alphanumeric() || c == '-'))
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
        for bad in ["", "a", "@b.de", "a@b", "a@@b.de", "a@b@c.de", "a@b..de", "a b@c.de", "a@b.d", "a@-b.de", ".a@b.de", "a@b.de\n", "a\u{0}@b.de", "<a@b.de>", "a@1.2.3.44", &long] {
            assert!(!is_valid(bad), "{bad}");
        }
        assert_eq!(find("it is jo@example.org."), Some("jo@example.org"));
        assert_eq!(find("Jo <jo@example.org>"), Some("jo@example.org"));
        assert_eq!(find("jo at example"), None);
    }
}
