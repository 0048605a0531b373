//! The bot's settings: `deskbell.toml` in the content folder.

use std::collections::BTreeMap;

use super::{Department, Hours, OpenState, Phrase, Routing, Widget, hours};
use crate::engine::Options;
use crate::types::{Language, Timestamp};

/// What the editors set for the whole bot.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The shop's name.
    pub name: String,
    /// Languages of the content, the default first; never empty.
    pub languages: Vec<Language>,
    /// Departments that may be named; empty: any.
    pub departments: Vec<String>,
    /// Where a chat goes that names none.
    pub default_department: Option<String>,
    /// Ids of intents offered on opening.
    pub suggested: Vec<String>,
    /// `{{ name }}` in answers, beside slots.
    pub variables: Vec<(String, String)>,
    /// When people are there, and the site's time zone.
    pub hours: Hours,
    /// How chats find people.
    pub routing: Routing,
    /// What is different in single departments, by name.
    pub department: BTreeMap<String, Department>,
    /// When the engine answers, asks back or gives up.
    pub options: Options,
    /// How the widget looks and behaves.
    pub widget: Widget,
    /// The bot's own sentences where the editors have set them.
    pub(super) texts: BTreeMap<(Language, &'static str), String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: "Support".to_owned(),
            languages: vec![Language::EN],
            departments: Vec::new(),
            default_department: None,
            suggested: Vec::new(),
            variables: Vec::new(),
            hours: Hours::default(),
            routing: Routing::default(),
            department: BTreeMap::new(),
            options: Options::default(),
            widget: Widget::default(),
            texts: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// The language to fall back to.
    #[must_use]
    pub fn default_language(&self) -> Language {
        self.languages.first().copied().unwrap_or(Language::EN)
    }

    /// What the bot says by itself, in `language` or the nearest there is.
    #[must_use]
    pub fn phrase(&self, phrase: Phrase, language: Language) -> String {
        [language, self.default_language(), Language::EN]
            .into_iter()
            .find_map(|l| self.texts.get(&(l, phrase.key())).map(String::as_str).or_else(|| phrase.default_text(l)))
            .unwrap_or_default()
            .to_owned()
    }

    /// Whether people are there at `at`.
    #[must_use]
    pub fn open_state(&self, at: Timestamp, language: Language) -> OpenState {
        self.hours.state(at, language, self.default_language())
    }

    /// A moment on the site's clock.
    #[must_use]
    pub fn local(&self, at: Timestamp) -> jiff::Zoned {
        self.hours.local(at)
    }

    /// Whether people of a department are there at `at`; of none, or one without hours of its own: as at the whole desk.
    #[must_use]
    pub fn open_state_of(&self, department: Option<&str>, at: Timestamp, language: Language) -> OpenState {
        let own =
            department.or(self.default_department.as_deref()).and_then(|d| self.department.get(d)?.hours.as_ref());
        own.unwrap_or(&self.hours).state(at, language, self.default_language())
    }

    /// Today's opening hours as a sentence may hold them: `08:00–18:00`, `closed (Christmas Day)`. It is what dialogues
    /// give to answers as `{{ hours }}`.
    #[must_use]
    pub fn hours_today(&self, at: Timestamp, language: Language) -> String {
        self.hours_today_of(None, at, language)
    }

    /// The same of a department; of none, or one without hours of its own: of the whole desk.
    #[must_use]
    pub fn hours_today_of(&self, department: Option<&str>, at: Timestamp, language: Language) -> String {
        let own = department.and_then(|d| self.department.get(d)?.hours.as_ref()).unwrap_or(&self.hours);
        let state = own.state(at, language, self.default_language());
        let language = if self.languages.contains(&language) { language } else { self.default_language() };
        let (closed, always) =
            if language == Language::DE { ("geschlossen", "rund um die Uhr") } else { ("closed", "around the clock") };
        let text = match state.today {
            Some(today) => today,
            None if state.open && !own.has_week() => always.to_owned(),
            None => closed.to_owned(),
        };
        state.holiday.map_or(text.clone(), |name| format!("{text} ({name})"))
    }

    /// A moment as people write it, in the site's time zone: `today at 14:00`, `tomorrow at 8:00`, `Monday at 8:00`.
    #[must_use]
    pub fn friendly_time(&self, moment: Timestamp, now: Timestamp, language: Language) -> String {
        hours::friendly(&self.hours.local(moment), &self.hours.local(now), language)
    }
}
