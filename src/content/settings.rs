//! The bot's settings: `deskbell.toml` in the content folder.

use super::{Hours, OpenState, Phrase};
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
    /// When people are there.
    pub hours: Hours,
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
        let _ = (phrase, language);
        String::new()
    }

    /// Whether people are there at `at`.
    #[must_use]
    pub fn open_state(&self, at: Timestamp, language: Language) -> OpenState {
        let _ = (at, language);
        OpenState { open: true, today: None, opens_at: None, holiday: None }
    }

    /// A moment as people write it, in the site's time zone: `today at 14:00`, `tomorrow at 8:00`, `Monday at 8:00`.
    #[must_use]
    pub fn friendly_time(&self, moment: Timestamp, now: Timestamp, language: Language) -> String {
        let _ = (moment, now, language);
        String::new()
    }
}
