//! What the readers of the single files have in common: where they put what they found.

use std::collections::HashMap;

use jiff::civil::Date;

use super::problem::{Fix, did_you_mean, sure_mean};
use super::source::Source;
use super::syntax::{At, Place, Texts};
use super::template::{self, Templates, Variable};
use super::words;
use super::{
    Article, CannedReply, Expect, Given, Intent, Localized, Location, Problem, Settings, Step, Transcript, When,
};
use crate::engine::{ArticleRule, IntentRule, Line};
use crate::types::Language;

/// Everything found so far.
pub(super) struct Gathered {
    pub(super) settings: Settings,
    pub(super) problems: Vec<Problem>,
    pub(super) lines: Vec<Location>,
    pub(super) intents: Vec<(Intent, IntentRule)>,
    pub(super) articles: Vec<(Article, ArticleRule)>,
    pub(super) canned: Vec<CannedReply>,
    pub(super) tests: Vec<Transcript>,
    pub(super) templates: Templates,
    pub(super) references: Vec<Reference>,
    /// Where each id stands.
    pub(super) ids: HashMap<String, Location>,
    /// Some file could not be read at all: what refers to something unknown may be right after all.
    pub(super) incomplete: bool,
    pub(super) patterns: super::pattern::Spent,
    /// Links in texts, each with where its address stands.
    pub(super) links: Vec<Link>,
    /// Ids that are not in kebab-case: the problem, the id, and what would mend it.
    pub(super) renames: Vec<(usize, String, Option<Fix>)>,
}

/// A mention of an id that must exist.
pub(super) struct Reference {
    pub(super) id: String,
    /// Reported where it does not.
    pub(super) problem: Problem,
    pub(super) articles_too: bool,
    /// Puts it where it stands: what another id would take the place of.
    pub(super) fix: Option<Fix>,
}

/// A link in a text that visitors read.
pub(super) struct Link {
    pub(super) to: String,
    /// Path of the file that it stands in.
    pub(super) file: String,
    /// Reported where it leads nowhere.
    pub(super) problem: Problem,
    /// Puts it where it stands.
    pub(super) fix: Option<Fix>,
}

impl Gathered {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            problems: Vec::new(),
            lines: Vec::new(),
            intents: Vec::new(),
            articles: Vec::new(),
            canned: Vec::new(),
            tests: Vec::new(),
            templates: Templates::new(),
            references: Vec::new(),
            ids: HashMap::new(),
            incomplete: false,
            patterns: super::pattern::Spent::default(),
            renames: Vec::new(),
            links: Vec::new(),
        }
    }

    /// Notes where a line stands; the number is what the engine keeps of it.
    pub(super) fn source(&mut self, location: Location) -> u32 {
        self.lines.push(location);
        u32::try_from(self.lines.len() - 1).unwrap_or(u32::MAX)
    }

    /// A text as the engine takes it. None, and a problem, where it is empty.
    pub(super) fn engine_line(&mut self, source: &Source<'_>, text: &At<String>, what: &str) -> Option<Line> {
        let trimmed = text.value.trim();
        if trimmed.is_empty() {
            self.problems.push(
                source
                    .problem("I017", text.place, format!("this {what} is empty"))
                    .help("write it, or remove the line"),
            );
            return None;
        }
        Some(Line { text: trimmed.to_owned(), source: self.source(source.location(text.place)) })
    }

    /// A list of texts as the engine takes them.
    pub(super) fn engine_lines(
        &mut self,
        source: &Source<'_>,
        texts: Option<&Vec<At<String>>>,
        what: &str,
    ) -> Vec<Line> {
        texts.into_iter().flatten().filter_map(|t| self.engine_line(source, t, what)).collect()
    }

    /// A text in its languages.
    pub(super) fn localized(&mut self, source: &Source<'_>, texts: &At<Texts>, what: &str) -> Option<Localized> {
        let default = self.settings.default_language();
        let each = match &texts.value {
            Texts::One(text) if text.trim().is_empty() => {
                self.problems.push(source.problem("A004", texts.place, format!("this {what} is empty")));
                return None;
            }
            Texts::One(text) => return Some(Localized { texts: vec![(default, text.trim_end().to_owned())] }),
            Texts::Each(each) => each,
        };
        let mut found: Vec<(Language, String)> = Vec::new();
        for (code, text) in each {
            let Some(language) = self.language(source, code) else { continue };
            if text.value.trim().is_empty() {
                let message = format!("this {what} is empty in `{language}`");
                self.problems.push(source.problem("A004", code.place, message).help("write it, or remove the line"));
                continue;
            }
            if !self.settings.languages.contains(&language) {
                let message =
                    format!("this {what} is in `{language}`, which is not among the languages of the content");
                self.problems
                    .push(source.problem("A006", code.place, message).help("add it to `languages` in deskbell.toml"));
            }
            found.push((language, text.value.trim_end().to_owned()));
        }
        if found.is_empty() {
            if each.is_empty() {
                self.problems.push(source.problem("A004", texts.place, format!("this {what} is empty")));
            }
            return None;
        }
        Some(Localized { texts: found })
    }

    /// Warns of languages of the content that a text lacks.
    pub(super) fn complete(&mut self, source: &Source<'_>, place: Place, text: &Localized, what: &str) {
        let missing: Vec<String> = self
            .settings
            .languages
            .iter()
            .filter(|l| !text.texts.iter().any(|(k, _)| k == *l))
            .map(|l| format!("`{l}`"))
            .collect();
        if !missing.is_empty() && self.settings.languages.len() > 1 {
            let message = format!("this {what} is missing in {}", missing.join(", "));
            self.problems
                .push(source.problem("A003", place, message).help("write one text a language: `en: …`, `de: …`"));
        }
    }

    /// Takes the templates of a text and gives their variables, each with its place in the file.
    pub(super) fn compile(&mut self, source: &Source<'_>, place: Place, text: &Localized) -> Vec<(String, Place)> {
        let mut variables = Vec::new();
        for (_, template) in &text.texts {
            match self.templates.add(template) {
                Ok(found) => variables.extend(found.into_iter().map(|Variable { name, at }| {
                    let end = template.get(at..).and_then(|t| t.find('}')).map_or(template.len(), |n| at + n + 2);
                    let tag = template.get(at..end.min(template.len())).unwrap_or_default();
                    (name, source.find_from(place, tag))
                })),
                Err(template::Fault { at, length, message }) => {
                    let tag = template.get(at..at + length).filter(|t| !t.is_empty());
                    let place = tag.map_or(place, |t| source.find_from(place, t));
                    self.problems.push(
                        source
                            .problem("A002", place, message)
                            .help("write `{{ name }}`, or `{{ '{{' }}` for the brackets themselves"),
                    );
                }
            }
        }
        variables
    }

    pub(super) fn language(&mut self, source: &Source<'_>, code: &At<String>) -> Option<Language> {
        let language = code.value.parse().ok();
        if language.is_none() {
            let message = format!("`{}` is not a language code", code.value);
            let meant = words::language(&code.value);
            let help = meant.map_or("languages are written as `en`, `de`, `fr`".to_owned(), |c| format!("write `{c}`"));
            let fix = meant.and_then(|by| source.replace(code.place, &code.value, by));
            self.problems.push(source.problem("F006", code.place, message).help(help).fix(fix));
        }
        language
    }

    pub(super) fn department(&mut self, source: &Source<'_>, name: Option<&At<String>>) -> Option<String> {
        let name = name?;
        let known = &self.settings.departments;
        if !known.is_empty() && !known.contains(&name.value) {
            let problem = source.problem("I010", name.place, format!("there is no department `{}`", name.value));
            let help = match did_you_mean(&name.value, known.iter().map(String::as_str)) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("the departments are: {}", known.join(", ")),
            };
            let sure = sure_mean(&name.value, known.iter().map(String::as_str));
            let fix = sure.and_then(|by| source.replace(name.place, &name.value, by));
            self.problems.push(problem.help(help).fix(fix));
            return None;
        }
        Some(name.value.clone())
    }

    /// Reads one of a closed list of words.
    pub(super) fn word<T: Copy>(
        &mut self,
        source: &Source<'_>,
        word: Option<&At<String>>,
        known: &[(&str, T)],
    ) -> Option<T> {
        let word = word?;
        if let Some((_, value)) = known.iter().find(|(name, _)| *name == word.value) {
            return Some(*value);
        }
        let names = || known.iter().map(|(name, _)| *name);
        let problem = source.problem("F005", word.place, format!("`{}` may not stand here", word.value));
        let help = did_you_mean(&word.value, names()).map(|n| format!("did you mean `{n}`?"));
        let sure = sure_mean(&word.value, names());
        let fix = sure.and_then(|by| source.replace(word.place, &word.value, by));
        let help = help.unwrap_or_else(|| format!("one of: {}", names().collect::<Vec<_>>().join(", ")));
        self.problems.push(problem.help(help).fix(fix));
        None
    }

    /// The period of validity.
    pub(super) fn validity(
        &mut self,
        source: &Source<'_>,
        from: Option<&At<String>>,
        until: Option<&At<String>>,
        when: &mut When,
    ) {
        when.valid_from = self.date(source, from);
        when.valid_until = self.date(source, until);
        if let (Some(a), Some(b), Some(at)) = (when.valid_from, when.valid_until, until)
            && b < a
        {
            self.problems.push(
                source
                    .problem("I015", at.place, format!("valid until {b}, but only from {a} on"))
                    .help("swap the two dates"),
            );
        }
    }

    pub(super) fn date(&mut self, source: &Source<'_>, text: Option<&At<String>>) -> Option<Date> {
        let text = text?;
        let date = text.value.trim().parse().ok().filter(|_| text.value.trim().len() == 10);
        if date.is_none() {
            let message = format!("`{}` is no date", text.value);
            let meant = words::date(&text.value);
            let help = meant.map_or("dates are written as 2026-11-01".to_owned(), |date| format!("write `{date}`"));
            let fix = meant.and_then(|date| source.replace(text.place, &text.value, &date.to_string()));
            self.problems.push(source.problem("F007", text.place, message).help(help).fix(fix));
        }
        date
    }

    /// Takes an id. False, and a problem, where it is taken already.
    pub(super) fn claim(&mut self, source: &Source<'_>, id: &str, place: Place) -> bool {
        if let Some(first) = self.ids.get(id) {
            let problem = source.problem(
                "I001",
                place,
                format!("the id `{id}` is taken: it stands in {}:{} too", first.file, first.line),
            );
            self.problems.push(problem.help("give one of the two another id, or join them"));
            return false;
        }
        self.ids.insert(id.to_owned(), source.location(place));
        true
    }

    /// A line that stands in its list already.
    pub(super) fn twice(&mut self, source: &Source<'_>, text: &At<String>, what: &str, first: u32) {
        let message = format!("this {what} stands in line {first} already");
        let fix = source.without_item(text.place, text.value.trim());
        self.problems.push(source.problem("I011", text.place, message).help("remove one of the two").fix(fix));
    }

    /// The tests of one turn that `expect` and `reject` stand for.
    pub(super) fn single_tests(
        &mut self,
        source: &Source<'_>,
        id: &str,
        expect: Option<&Vec<At<String>>>,
        reject: Option<&Vec<At<String>>>,
    ) {
        for (texts, verb) in [(expect, "expect"), (reject, "reject")] {
            let mut seen = HashMap::new();
            for text in texts.into_iter().flatten().filter(|t| !t.value.trim().is_empty()) {
                if let Some(first) = seen.get(text.value.trim()) {
                    self.twice(source, text, "line", *first);
                    continue;
                }
                seen.insert(text.value.trim(), text.place.line);
                let location = source.location(text.place);
                let wanted = if verb == "expect" { Expect::Id(id.to_owned()) } else { Expect::NotId(id.to_owned()) };
                let say = text.value.trim().to_owned();
                self.tests.push(Transcript {
                    name: format!("{id} {verb}: {say}"),
                    location: location.clone(),
                    given: Given::default(),
                    steps: vec![Step { places: vec![location.clone()], location, say, expect: vec![wanted] }],
                });
            }
        }
    }
}
