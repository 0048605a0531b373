//! What a browser says of its visitor: page, language, and what the site adds. Nobody has signed it.

use std::collections::BTreeMap;

use super::wire;
use crate::conversation::{Page, Visit};
use crate::protocol as p;
use crate::redact::Redactor;

/// Most attributes, and their longest names and values in characters; what is beyond is left out.
const ATTRIBUTES: usize = 16;
const NAME: usize = 40;
const VALUE: usize = 200;

/// Of a hello, as it may be kept.
pub(super) fn of(redactor: &Redactor, hello: p::Hello) -> Visit {
    let mut visit = wire::visit(hello.site, hello.locale, hello.page);
    visit.attributes = attributes(redactor, hello.attributes.unwrap_or_default());
    visit.page = visit.page.map(|page| redacted(redactor, page));
    visit
}

/// Later in the session: another page, or other attributes.
pub(super) fn change(
    visit: &mut Visit,
    redactor: &Redactor,
    page: Option<p::Page>,
    given: Option<BTreeMap<String, String>>,
) {
    if let Some(page) = wire::visit(None, None, page).page {
        visit.page = Some(redacted(redactor, page));
    }
    if let Some(given) = given {
        visit.attributes = attributes(redactor, given);
    }
}

fn redacted(redactor: &Redactor, mut page: Page) -> Page {
    if !redactor.is_idle() {
        for text in [&mut page.url, &mut page.title, &mut page.referrer].into_iter().flatten() {
            *text = redactor.redact(text).into_owned();
        }
    }
    page
}

fn attributes(redactor: &Redactor, given: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let fits = |(name, value): &(String, String)| {
        !name.trim().is_empty() && name.chars().count() <= NAME && value.chars().count() <= VALUE
    };
    let kept = given.into_iter().filter(fits).take(ATTRIBUTES);
    kept.map(|(name, value)| (redactor.redact(&name).into_owned(), redactor.redact(&value).into_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    #[test]
    fn what_is_kept_is_bounded_and_redacted() {
        let redactor =
            config::parse("[privacy]\nredact = ['cards']").expect("default").privacy.redactor().expect("redactor");
        let many = (0..40).map(|n| (format!("k{n:02}"), "v".to_owned())).collect();
        assert_eq!(attributes(&redactor, many).len(), ATTRIBUTES);
        let mixed = [("plan", "gold"), ("", "x"), ("long", &"x".repeat(201)), ("card", "4111 1111 1111 1111")];
        let kept = attributes(&redactor, mixed.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
        assert_eq!(kept.get("plan").map(String::as_str), Some("gold"));
        assert_eq!(kept.len(), 2);
        assert!(!kept["card"].contains("4111 1111"), "{kept:?}");
    }
}
