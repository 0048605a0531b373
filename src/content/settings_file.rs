//! Reads `deskbell.toml`: its syntax, and what each value must be.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::hours::{Holiday, Slot};
use super::problem::{did_you_mean, sure_mean};
use super::settings_routing::{DepartmentBlock, RoutingBlock};
use super::settings_widget::WidgetBlock;
use super::source::Source;
use super::syntax::Place;
use super::{Localized, Phrase, Problem, Settings, template, words};
use crate::types::Language;

/// The file's name below the content's root.
pub(super) const PATH: &str = "deskbell.toml";

/// The bot's settings. Every key may be left out.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SettingsFile {
    /// The shop's name.
    #[schemars(with = "Option<String>")]
    name: Option<Spanned<String>>,
    /// Languages of the content, the default first: ["en", "de"].
    #[schemars(with = "Vec<String>")]
    languages: Vec<Spanned<String>>,
    /// Time zone of opening hours and validity: "Europe/Berlin".
    #[schemars(with = "Option<String>")]
    timezone: Option<Spanned<String>>,
    /// Share of given answers that shall be right, 0.5 to 0.99.
    #[schemars(with = "Option<f64>")]
    answer_precision: Option<Spanned<f64>>,
    /// Confidence from which the bot answers; else it follows from answer_precision.
    #[schemars(with = "Option<f64>")]
    confident_at: Option<Spanned<f64>>,
    /// Confidence from which the bot asks what is meant.
    #[schemars(with = "Option<f64>")]
    ambiguous_at: Option<Spanned<f64>>,
    /// Expected share of messages that nothing in the content answers, 0 to 0.9.
    #[schemars(with = "Option<f64>")]
    out_of_scope: Option<Spanned<f64>>,
    /// Departments that may be named; without the key any may.
    departments: Vec<String>,
    /// Where a chat goes that names no department.
    #[schemars(with = "Option<String>")]
    default_department: Option<Spanned<String>>,
    /// Ids of intents offered on opening.
    #[schemars(with = "Vec<String>")]
    suggested: Vec<Spanned<String>>,
    /// `{{ name }}` in answers.
    variables: BTreeMap<String, String>,
    /// Opening hours: monday = ["08:00-18:00"]. Days left out are closed; without the section it is always open.
    #[schemars(with = "Option<BTreeMap<String, Vec<String>>>")]
    hours: Option<BTreeMap<Spanned<String>, Vec<Spanned<String>>>>,
    /// Days that are not like others.
    holidays: Vec<HolidayBlock>,
    /// The bot's own sentences, by language.
    #[schemars(with = "BTreeMap<String, BTreeMap<String, String>>")]
    texts: BTreeMap<Spanned<String>, BTreeMap<Spanned<String>, Spanned<String>>>,
    /// How chats find people.
    routing: RoutingBlock,
    /// What is different in one department, by its name.
    #[schemars(with = "BTreeMap<String, DepartmentBlock>")]
    department: BTreeMap<Spanned<String>, DepartmentBlock>,
    /// How the widget looks and behaves.
    widget: WidgetBlock,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HolidayBlock {
    /// 2026-12-24
    #[schemars(with = "String")]
    date: Spanned<DateOrText>,
    /// One text, or one a language.
    #[serde(default)]
    #[schemars(with = "Option<super::syntax::Texts>")]
    name: Option<Name>,
    /// As under [hours]; without them it is closed all day.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    hours: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum DateOrText {
    Date(toml::value::Datetime),
    Text(String),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Name {
    One(String),
    Each(BTreeMap<String, String>),
}

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Errors that are told at once: beyond that it is another kind of file, and each costs another reading.
const MOST: usize = 10;

/// Where things that other files must agree with stand.
#[derive(Debug, Default)]
pub(super) struct Places {
    pub(super) suggested: Vec<(String, Place)>,
}

/// Reads the file. What cannot be used keeps its default.
pub(super) fn read(source: &Source<'_>, problems: &mut Vec<Problem>) -> (Settings, Places) {
    let mut settings = Settings::default();
    let (mut table, errors) = DeTable::parse_recoverable(source.text);
    if !errors.is_empty() {
        let mut all: Vec<Problem> = errors.iter().map(|e| syntax_problem(source, e)).collect();
        // What follows on the same line follows from it.
        all.dedup_by_key(|p| p.location.line);
        problems.extend(all.into_iter().take(MOST));
        return (settings, Places::default());
    }
    // Reading stops at its first error. So what is wrong is taken out, and the rest is read again.
    let before = problems.len();
    let file = loop {
        match SettingsFile::deserialize(toml::Deserializer::from(table.clone())) {
            Ok(file) => break file,
            Err(error) => {
                problems.push(syntax_problem(source, &error));
                let enough = problems.len() - before >= MOST;
                if enough || !error.span().is_some_and(|span| take_out(table.get_mut(), &span)) {
                    return (settings, Places::default());
                }
            }
        }
    };
    let mut reader = Reader { source, problems };
    if let Some(name) = file.name {
        settings.name = name.into_inner();
    }
    let languages: Vec<Language> =
        file.languages.iter().filter_map(|l| reader.language(l.get_ref(), l.span())).collect();
    if !languages.is_empty() {
        settings.languages = languages;
    }
    if let Some(zone) = file.timezone.as_ref().and_then(|zone| reader.zone(zone)) {
        settings.hours.zone = zone;
    }
    reader.numbers(&mut settings, [file.answer_precision, file.confident_at, file.ambiguous_at, file.out_of_scope]);
    settings.departments = file.departments;
    if let Some(department) = file.default_department {
        if !settings.departments.is_empty() && !settings.departments.contains(department.get_ref()) {
            let nearest = did_you_mean(department.get_ref(), settings.departments.iter().map(String::as_str));
            let help = nearest.map_or_else(
                || format!("the departments are: {}", settings.departments.join(", ")),
                |name| format!("did you mean `{name}`?"),
            );
            reader
                .say("C007", department.span(), format!("`{}` is not one of the departments", department.get_ref()))
                .help = Some(help);
            let known = settings.departments.iter().map(String::as_str);
            if let Some(sure) = sure_mean(department.get_ref(), known) {
                reader.mend(department.span(), department.get_ref(), sure);
            }
        }
        settings.default_department = Some(department.into_inner());
    }
    let places = Places {
        suggested: file.suggested.iter().map(|id| (id.get_ref().clone(), source.place_of_bytes(id.span()))).collect(),
    };
    settings.suggested = file.suggested.into_iter().map(Spanned::into_inner).collect();
    settings.variables = file.variables.into_iter().collect();
    if let Some(days) = &file.hours {
        settings.hours.week = Some(reader.week(days));
    }
    for holiday in &file.holidays {
        let default = settings.default_language();
        settings.hours.holidays.extend(reader.holiday(holiday, default));
    }
    let variables: Vec<String> = settings.variables.iter().map(|(name, _)| name.clone()).collect();
    for (language, texts) in &file.texts {
        if let Some(code) = reader.language(language.get_ref(), language.span()) {
            for (key, text) in texts {
                if let Some(phrase) = reader.phrase(key, text, &variables) {
                    settings.texts.insert((code, phrase.key()), text.get_ref().clone());
                }
            }
        }
    }
    settings.routing = reader.routing(&file.routing);
    settings.department =
        reader.departments(&file.department, &settings.departments, &settings.hours, settings.default_language());
    settings.widget = reader.widget(&file.widget);
    (settings, places)
}

/// Takes out the key or value that lies just there. False where there is none.
fn take_out(table: &mut DeTable<'_>, span: &Range<usize>) -> bool {
    // The deepest first: a list of sections lies where its first one does.
    if table.iter_mut().any(|(_, value)| take_out_of(value.get_mut(), span)) {
        return true;
    }
    let here = table.iter().find(|(key, value)| key.span() == *span || value.span() == *span);
    here.map(|(key, _)| key.clone()).is_some_and(|key| table.remove(&key).is_some())
}

fn take_out_of(value: &mut DeValue<'_>, span: &Range<usize>) -> bool {
    match value {
        DeValue::Table(table) => take_out(table, span),
        DeValue::Array(array) => {
            let before = array.len();
            let all = std::mem::replace(array, DeArray::new());
            *array = all.into_iter().filter(|element| element.span() != *span).collect();
            array.len() < before || array.iter_mut().any(|element| take_out_of(element.get_mut(), span))
        }
        _ => false,
    }
}

fn syntax_problem(source: &Source<'_>, error: &toml::de::Error) -> Problem {
    let place = error.span().map_or(Place { line: 1, column: 1, span: 0 }, |span| source.place_of_bytes(span));
    let message = error.message();
    if let Some(rest) = message.strip_prefix("unknown field `") {
        let mut names = rest.split('`').step_by(2);
        let field = names.next().unwrap_or_default();
        let known: Vec<&str> = names.collect();
        let problem = source.problem("F001", place, format!("unknown key `{field}`"));
        return match did_you_mean(field, known.iter().copied()) {
            Some(name) => {
                let fix = sure_mean(field, known.iter().copied());
                problem
                    .help(format!("did you mean `{name}`?"))
                    .fix(fix.and_then(|by| source.replace_within(place, field, by)))
            }
            None => problem.help(format!("known keys: {}", known.join(", "))),
        };
    }
    if message.starts_with("invalid type") || message.starts_with("data did not match") {
        let (wanted, help) = match message.rsplit("expected ").next().unwrap_or_default() {
            e if e.starts_with("a sequence") => ("a list is needed here", "write it in brackets: [\"…\", \"…\"]"),
            e if e.starts_with("a string") => ("a text is needed here", "write it in quotes: \"…\""),
            e if e.starts_with("f64") || e.starts_with("floating") => {
                ("a number is needed here", "write it without quotes: 0.9")
            }
            e if e.starts_with("a map") || e.starts_with("a table") => {
                ("keys and values are needed here", "write a section in square brackets above them")
            }
            _ => ("another kind of value is needed here", "docs/content.md shows an example of each key"),
        };
        return source.problem("F002", place, wanted).help(help);
    }
    if message.starts_with("duplicate key") {
        return source.problem("F004", place, "a key stands twice in one section");
    }
    if message.starts_with("missing field") {
        return source.problem("F003", place, message.replace("field", "key"));
    }
    if message.contains("expected `nan`")
        || message.contains("expected `true`")
        || message.contains("string values must be quoted")
    {
        return source.problem("S006", place, "a text needs quotes").help("write it as \"…\"");
    }
    source
        .problem("S006", place, format!("this is not valid TOML: {}", message.lines().next().unwrap_or_default()))
        .help("a line is `key = \"text\"`, `key = 1`, `key = [\"a\", \"b\"]` or `[section]`")
}

/// Takes the values out of what was read, and tells what is wrong with them.
pub(super) struct Reader<'a, 'b> {
    source: &'a Source<'a>,
    problems: &'b mut Vec<Problem>,
}

impl Reader<'_, '_> {
    pub(super) fn say(&mut self, code: &'static str, span: Range<usize>, message: String) -> &mut Problem {
        let problem = self.source.problem(code, self.source.place_of_bytes(span), message);
        self.problems.push(problem);
        let last = self.problems.len() - 1;
        &mut self.problems[last]
    }

    /// Gives the problem that was said last the change that mends it.
    fn mend(&mut self, span: Range<usize>, value: &str, by: &str) {
        let fix = self.source.replace_within(self.source.place_of_bytes(span), value, by);
        if let Some(last) = self.problems.last_mut() {
            last.fix = fix.map(Box::new);
        }
    }

    pub(super) fn language(&mut self, code: &str, span: Range<usize>) -> Option<Language> {
        let language = code.parse().ok();
        if language.is_none() {
            let problem = self.say("F006", span.clone(), format!("`{code}` is not a language code"));
            problem.help = Some("languages are written as `en`, `de`, `fr`".to_owned());
            if let Some(meant) = words::language(code) {
                problem.help = Some(format!("write `{meant}`"));
                self.mend(span, code, meant);
            }
        }
        language
    }

    pub(super) fn zone(&mut self, zone: &Spanned<String>) -> Option<TimeZone> {
        match TimeZone::get(zone.get_ref()) {
            Ok(found) => Some(found),
            Err(_) => {
                let known = jiff::tz::db().available();
                let names: Vec<String> = known.map(|n| n.to_string()).collect();
                let nearest = did_you_mean(zone.get_ref(), names.iter().map(String::as_str));
                self.say("C001", zone.span(), format!("there is no time zone `{}`", zone.get_ref())).help = nearest
                    .map(|n| format!("did you mean `{n}`?"))
                    .or_else(|| Some("time zones are written as `Europe/Berlin`".to_owned()));
                if let Some(sure) = sure_mean(zone.get_ref(), names.iter().map(String::as_str)) {
                    self.mend(zone.span(), zone.get_ref(), sure);
                }
                None
            }
        }
    }

    fn numbers(
        &mut self,
        settings: &mut Settings,
        [precision, confident, ambiguous, scope]: [Option<Spanned<f64>>; 4],
    ) {
        let options = &mut settings.options;
        if let Some(n) = self.number(precision.as_ref(), "answer_precision", 0.5..=0.99) {
            options.answer_precision = n;
        }
        options.confident_at = self.number(confident.as_ref(), "confident_at", 0.0..=1.0);
        options.ambiguous_at = self.number(ambiguous.as_ref(), "ambiguous_at", 0.0..=1.0);
        if let Some(n) = self.number(scope.as_ref(), "out_of_scope", 0.0..=0.9) {
            options.out_of_scope = n;
        }
        if let (Some(confident), Some(unsure), Some(at)) = (options.confident_at, options.ambiguous_at, &ambiguous)
            && unsure > confident
        {
            options.ambiguous_at = None;
            self.say("C003", at.span(), "ambiguous_at is larger than confident_at".to_owned());
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a share between 0 and 1")]
    pub(super) fn number(
        &mut self,
        number: Option<&Spanned<f64>>,
        name: &str,
        range: std::ops::RangeInclusive<f64>,
    ) -> Option<f32> {
        let number = number?;
        if range.contains(number.get_ref()) {
            return Some(*number.get_ref() as f32);
        }
        self.say("C003", number.span(), format!("{name} must be between {} and {}", range.start(), range.end()));
        None
    }

    pub(super) fn week(&mut self, days: &BTreeMap<Spanned<String>, Vec<Spanned<String>>>) -> [Vec<Slot>; 7] {
        let mut week: [Vec<Slot>; 7] = Default::default();
        for (day, texts) in days {
            match DAYS.iter().position(|d| d == day.get_ref()) {
                Some(index) => week[index] = self.slots(texts),
                None => {
                    let nearest = did_you_mean(day.get_ref(), DAYS);
                    self.say("C008", day.span(), format!("there is no day `{}`", day.get_ref())).help =
                        nearest.map(|n| format!("did you mean `{n}`?"));
                    let open = DAYS.into_iter().filter(|name| !days.keys().any(|d| d.get_ref() == name));
                    if let Some(sure) = sure_mean(day.get_ref(), open) {
                        self.mend(day.span(), day.get_ref(), sure);
                    }
                }
            }
        }
        week
    }

    fn slots(&mut self, texts: &[Spanned<String>]) -> Vec<Slot> {
        let mut slots = Vec::new();
        for text in texts {
            match Slot::parse(text.get_ref()) {
                Some(slot) => slots.push(slot),
                None => {
                    self.say("C002", text.span(), format!("`{}` are no opening hours", text.get_ref())).help =
                        Some("write them as \"08:00-18:00\"".to_owned());
                }
            }
        }
        slots.sort_by_key(|s| s.from);
        slots
    }

    pub(super) fn holiday(&mut self, block: &HolidayBlock, default: Language) -> Option<Holiday> {
        let text = match block.date.get_ref() {
            DateOrText::Date(date) => date.to_string(),
            DateOrText::Text(text) => text.clone(),
        };
        let Ok(date) = text.parse() else {
            let problem = self.say("C006", block.date.span(), format!("`{text}` is no date"));
            problem.help = Some("dates are written as 2026-12-24".to_owned());
            if let Some(meant) = words::date(&text) {
                problem.help = Some(format!("write \"{meant}\""));
                self.mend(block.date.span(), &text, &meant.to_string());
            }
            return None;
        };
        let name = match &block.name {
            None => Localized::default(),
            Some(Name::One(text)) => Localized { texts: vec![(default, text.clone())] },
            Some(Name::Each(texts)) => Localized {
                texts: texts
                    .iter()
                    .filter_map(|(code, text)| Some((self.language(code, block.date.span())?, text.clone())))
                    .collect(),
            },
        };
        Some(Holiday { date, name, hours: self.slots(&block.hours) })
    }

    fn phrase(&mut self, key: &Spanned<String>, text: &Spanned<String>, variables: &[String]) -> Option<Phrase> {
        let Some(phrase) = Phrase::of_key(key.get_ref()) else {
            let nearest = did_you_mean(key.get_ref(), Phrase::all().map(Phrase::key));
            self.say("C004", key.span(), format!("the bot has no sentence `{}`", key.get_ref())).help = nearest
                .map(|n| format!("did you mean `{n}`?"))
                .or_else(|| Some("docs/content.md lists them".to_owned()));
            if let Some(sure) = sure_mean(key.get_ref(), Phrase::all().map(Phrase::key)) {
                self.mend(key.span(), key.get_ref(), sure);
            }
            return None;
        };
        if text.get_ref().trim().is_empty() {
            self.say("A004", text.span(), "this text is empty".to_owned());
            return None;
        }
        match template::variables(text.get_ref()) {
            Err(fault) => {
                self.say("A002", text.span(), fault.message);
                return None;
            }
            Ok(found) => {
                for v in found {
                    if phrase.variable() != Some(v.name.as_str()) && !variables.contains(&v.name) {
                        self.say(
                            "A001",
                            text.span(),
                            format!("`{{{{ {} }}}}` is not known in this sentence", v.name),
                        )
                        .help = phrase.variable().map(|v| format!("it may use `{{{{ {v} }}}}`"));
                    }
                }
            }
        }
        Some(phrase)
    }
}

#[cfg(test)]
mod tests {
    use crate::content::{SourceFile, build};

    #[test]
    fn every_error_is_told_not_only_the_first() {
        let said = |text: &str| -> Vec<String> {
            let (_, problems) = build(&[SourceFile { path: super::PATH.to_owned(), bytes: text.into() }]);
            let told = problems.iter().filter(|p| p.location.file == super::PATH);
            told.map(|p| {
                format!("{} {}: {} {}", p.code, p.location.line, p.message, p.help.as_deref().unwrap_or_default())
            })
            .collect()
        };
        let several = "nam = \"x\"\nlanguages = \"en\"\ntimezone = \"Europe/Berln\"\nout_of_scope = true\n[variables]\nphone = 1\n[hourz]\nmonday = []\n[[holidays]]\nname = \"x\"\n[[holidays]]\ndate = 2026-12-24\nnmae = \"x\"\n";
        let found = said(several);
        for part in [
            "F001 1: unknown key `nam` did you mean `name`?",
            "F002 2: a list is needed here",
            "C001 3: there is no time zone `Europe/Berln` did you mean `Europe/Berlin`?",
            "F002 4: ",
            "F002 6: a text is needed here",
            "F001 7: unknown key `hourz` did you mean `hours`?",
            "F003 9: missing key `date`",
            "F001 13: unknown key `nmae` did you mean `name`?",
        ] {
            assert!(found.iter().any(|line| line.starts_with(part)), "{part}: {found:#?}");
        }
        assert_eq!(found.len(), 8, "{found:#?}");
        let broken = said("name = x\nlanguages = [\"en\"]\ntimezone = = 1\n");
        assert_eq!(broken.iter().filter(|line| line.starts_with("S006 ")).count(), 2, "{broken:#?}");
    }
}
