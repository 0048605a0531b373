//! What a compiled content can be asked.

use std::collections::BTreeMap;

use super::{Content, Situation, Watch, When};
use crate::engine::{Query, Reading, Target};
use crate::types::Language;

impl Content {
    /// What the engine makes of a text under the given circumstances: intents and articles that may not answer now are left out.
    #[must_use]
    pub fn read(&self, text: &str, situation: &Situation<'_>) -> Reading {
        // Which language the text has is known only afterwards; it is rare that this matters, and then it is read again.
        let any = Situation { language: None, ..*situation };
        let reading = self.read_as(text, situation, &|target| self.allowed(target, &any));
        let fits = |target| self.when(target).language.is_none_or(|wanted| wanted == reading.language);
        if reading.candidates.iter().all(|c| fits(c.target)) {
            return reading;
        }
        let language = reading.language;
        let known = Situation { language: Some(language), ..*situation };
        self.read_as(text, &known, &|target| self.allowed(target, &known))
    }

    pub(super) fn read_as(&self, text: &str, situation: &Situation<'_>, allow: &dyn Fn(Target) -> bool) -> Reading {
        let query = Query { text, language: situation.language, allow };
        let mut reading = None;
        if let Some(watch) = self.watch.get() {
            watch(&mut || reading = Some(self.engine.read(&query)));
        }
        reading.unwrap_or_else(|| self.engine.read(&query))
    }

    /// Has each reading of the engine watched; the first to ask stays.
    pub fn watched_by(&self, watch: Watch) {
        let _ = self.watch.set(watch);
    }

    /// Where the examples of an intent stand, in their order.
    pub fn example_places(&self, intent: usize) -> impl Iterator<Item = u32> + '_ {
        self.example_places.get(intent).into_iter().flatten().copied()
    }

    /// `order-status`, or `returns/how-long#heading`.
    #[must_use]
    pub fn id_of(&self, target: Target) -> String {
        match target {
            Target::Intent(index) => self.intents.get(index as usize).map_or_else(String::new, |i| i.id.clone()),
            Target::Passage { article, passage } => {
                let Some(article) = self.articles.get(article as usize) else { return String::new() };
                match article.passages.get(passage as usize) {
                    Some(part) if !part.anchor.is_empty() => format!("{}#{}", article.id, part.anchor),
                    _ => article.id.clone(),
                }
            }
        }
    }

    /// What an id names: an intent, an article (its first passage) or a passage.
    #[must_use]
    pub fn target_of(&self, id: &str) -> Option<Target> {
        self.ids.get(id).copied()
    }

    /// How a target is called in front of visitors.
    #[must_use]
    pub fn title_of(&self, target: Target, language: Language) -> String {
        match target {
            Target::Intent(index) => {
                let Some(intent) = self.intents.get(index as usize) else { return String::new() };
                let title = intent.title.get(language, self.settings.default_language());
                title.map_or_else(|| spoken(&intent.id), |(title, _)| title.to_owned())
            }
            Target::Passage { article, passage } => {
                let Some(article) = self.articles.get(article as usize) else { return String::new() };
                match article.passages.get(passage as usize).and_then(|p| p.heading.as_ref()) {
                    Some(heading) => format!("{} – {heading}", article.title),
                    None => article.title.clone(),
                }
            }
        }
    }

    /// Fills `{{ variables }}` of a template with slots, settings' variables and `extra`; unknown ones become empty.
    /// What slots and `extra` say is shown as it is, whatever Markdown it looks like.
    #[must_use]
    pub fn render(&self, template: &str, slots: &BTreeMap<String, String>, extra: &[(&str, &str)]) -> String {
        self.templates.fill(template, slots, &self.settings.variables, extra)
    }

    /// Whether a target may answer under these circumstances. A language that is not known yet hinders nobody.
    #[must_use]
    pub fn allowed(&self, target: Target, situation: &Situation<'_>) -> bool {
        let when = self.when(target);
        when.language.is_none_or(|wanted| situation.language.is_none_or(|language| language == wanted))
            && when.page.as_deref().is_none_or(|pattern| situation.page.is_some_and(|page| on_page(pattern, page)))
            && self.valid(when, situation)
            && when.open.is_none_or(|open| {
                self.settings.open_state(situation.at, self.settings.default_language()).open == open
            })
    }

    fn valid(&self, when: &When, situation: &Situation<'_>) -> bool {
        if when.valid_from.is_none() && when.valid_until.is_none() {
            return true;
        }
        let today = self.settings.hours.local(situation.at).date();
        when.valid_from.is_none_or(|from| from <= today) && when.valid_until.is_none_or(|until| today <= until)
    }

    pub(super) fn when(&self, target: Target) -> &When {
        const ALWAYS: &When = &When { language: None, page: None, open: None, valid_from: None, valid_until: None };
        match target {
            Target::Intent(index) => self.intents.get(index as usize).map_or(ALWAYS, |i| &i.when),
            Target::Passage { article, .. } => self.articles.get(article as usize).map_or(ALWAYS, |a| &a.when),
        }
    }
}

/// An id as a title, where the editors have given none: `order-status` is "Order status".
fn spoken(id: &str) -> String {
    let words = id.replace('-', " ");
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Whether a page's address matches. A pattern with `://` is compared with the whole address, others with its path.
fn on_page(pattern: &str, page: &str) -> bool {
    let end = page.find(['?', '#']).unwrap_or(page.len());
    let address = page.get(..end).unwrap_or_default();
    if pattern.contains("://") {
        return glob(pattern, address);
    }
    let path = match address.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
        None => address,
    };
    glob(pattern, path)
}

/// `*` is any characters, everything else itself.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages() {
        for (pattern, page, wanted) in [
            ("/orders/*", "https://shop.example/orders/AB123456?x=/y", true),
            ("/orders/*", "https://shop.example/orders", false),
            ("/orders/*", "/orders/1", true),
            ("/", "https://shop.example", true),
            ("*/cart", "https://shop.example/de/cart#top", true),
            ("/a*b*c", "/a-b-b-c", true),
            ("/a*b*c", "/a-c", false),
            ("/ab*ba", "/aba", false),
            ("https://shop.example/*", "https://other.example/", false),
            ("*", "", true),
        ] {
            assert_eq!(on_page(pattern, page), wanted, "{pattern} {page}");
        }
    }
}
