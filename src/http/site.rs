//! What visitors see of the shop before the first message.

use std::collections::BTreeMap;

use super::Edge;
use crate::content::{Content, Phrase};
use crate::protocol::{Choice, Site, Wait};
use crate::types::Language;

impl Edge {
    /// In the language of a browser, where there is one that the bot answers in.
    pub(super) fn site_view(&self, locale: Option<&str>) -> Site {
        let content = self.desk.content();
        let settings = &content.settings;
        let language = locale
            .and_then(|l| l.parse().ok())
            .filter(|l| settings.languages.contains(l))
            .unwrap_or_else(|| settings.default_language());
        let open = settings.open_state(self.desk.now(), language);
        let wait = self.desk.usual_wait();
        Site {
            name: settings.name.clone(),
            language: language.to_string(),
            languages: settings.languages.iter().map(ToString::to_string).collect(),
            greeting: settings.phrase(Phrase::Greeting, language),
            suggested: suggested(&content, language),
            open: open.open,
            hours: open.today,
            opens_at: open.opens_at.map(|t| t.0),
            staffed: wait.is_some(),
            wait_s: wait.map(|(low, high)| Wait { low, high }),
        }
    }
}

fn suggested(content: &Content, language: Language) -> Vec<Choice> {
    let choice = |id: &String| {
        let target = content.target_of(id)?;
        let kind = if content.intents.iter().any(|i| i.id == *id) { "intent" } else { "article" };
        Some(Choice { id: format!("{kind}:{id}"), label: content.title_of(target, language) })
    };
    content.settings.suggested.iter().filter_map(choice).collect()
}

/// The settings that the loader carries, as JSON.
pub(super) fn settings_json(content: &Content, traced: bool) -> String {
    #[derive(serde::Serialize)]
    struct Texts {
        greeting: String,
        suggested: Vec<Choice>,
    }
    #[derive(serde::Serialize)]
    struct Settings<'a> {
        name: &'a str,
        languages: Vec<String>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        trace: bool,
        texts: BTreeMap<String, Texts>,
    }
    let settings = &content.settings;
    let texts = settings.languages.iter().map(|l| {
        let texts = Texts { greeting: settings.phrase(Phrase::Greeting, *l), suggested: suggested(content, *l) };
        (l.to_string(), texts)
    });
    let all = Settings {
        name: &settings.name,
        languages: settings.languages.iter().map(ToString::to_string).collect(),
        trace: traced,
        texts: texts.collect(),
    };
    serde_json::to_string(&all).unwrap_or_else(|_| "{}".to_owned())
}
