//! What visitors see of the shop before the first message.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Edge;
use super::assets::PIN;
use crate::content::{Content, Localized, Phrase, Position, PrechatField, PrechatWhen, Proactive, WidgetSettings};
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

/// The settings that the loader carries, as JSON: `Settings` in `web-widget/src/settings.ts`.
pub(super) fn settings_json(edge: &Edge) -> String {
    let content = edge.desk.content();
    #[derive(Serialize)]
    struct Texts {
        greeting: String,
        suggested: Vec<Choice>,
    }
    #[derive(Serialize)]
    struct Settings<'a> {
        name: &'a str,
        pin: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        notice: Option<Notice<'a>>,
        languages: Vec<String>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        trace: bool,
        texts: BTreeMap<String, Texts>,
        #[serde(flatten)]
        widget: Widget<'a>,
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        sites: BTreeMap<&'a str, Widget<'a>>,
    }
    let settings = &content.settings;
    let texts = settings.languages.iter().map(|l| {
        let texts = Texts { greeting: settings.phrase(Phrase::Greeting, *l), suggested: suggested(&content, *l) };
        (l.to_string(), texts)
    });
    let widget = &settings.widget;
    let notice = edge.desk.notice_now();
    let all = Settings {
        name: &settings.name,
        pin: &PIN,
        notice: notice.as_ref().map(|n| Notice { text: &n.texts, until: n.until.map(|t| t.0) }),
        languages: settings.languages.iter().map(ToString::to_string).collect(),
        trace: edge.config.trace.endpoint.is_some(),
        texts: texts.collect(),
        widget: Widget::of(&widget.all, None),
        sites: widget.sites.iter().map(|(name, own)| (name.as_str(), Widget::of(own, Some(&widget.all)))).collect(),
    };
    serde_json::to_string(&all).unwrap_or_else(|_| "{}".to_owned())
}

/// What an operator tells everybody.
#[derive(Serialize)]
struct Notice<'a> {
    text: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<i64>,
}

/// `[widget]`, or what differs on one site.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Widget<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    accent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    radius: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    launcher: Option<ByLanguage<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<ByLanguage<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<ByLanguage<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    typing_preview: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sound: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prechat: Option<Prechat>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proactive: Option<Vec<Rule<'a>>>,
}

type ByLanguage<'a> = BTreeMap<String, &'a str>;

#[derive(Serialize)]
struct Prechat {
    fields: Vec<&'static str>,
    when: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_s: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scroll_pct: Option<u8>,
    text: ByLanguage<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<ByLanguage<'a>>,
}

impl<'a> Widget<'a> {
    /// `under`: what holds where `own` is silent, for a value that is made of two keys.
    fn of(own: &'a WidgetSettings, under: Option<&'a WidgetSettings>) -> Self {
        let asks = own.prechat.is_some() || own.prechat_when.is_some();
        let fields = own.prechat.as_ref().or_else(|| under.and_then(|u| u.prechat.as_ref()));
        let when = own.prechat_when.or_else(|| under.and_then(|u| u.prechat_when)).unwrap_or(PrechatWhen::Start);
        Self {
            accent: own.accent.as_deref(),
            radius: own.radius,
            position: own.position.map(|p| match p {
                Position::Start => "start",
                Position::End => "end",
            }),
            avatar: own.avatar.as_deref(),
            launcher: own.launcher.as_ref().map(by_language),
            title: own.title.as_ref().map(by_language),
            consent: own.consent.as_ref().map(by_language),
            typing_preview: own.typing_preview,
            sound: own.sound,
            prechat: fields.filter(|_| asks).map(|fields| Prechat {
                fields: fields
                    .iter()
                    .map(|field| match field {
                        PrechatField::Name => "name",
                        PrechatField::Email => "email",
                    })
                    .collect(),
                when: match when {
                    PrechatWhen::Start => "start",
                    PrechatWhen::Handoff => "handoff",
                },
            }),
            proactive: own.proactive.as_ref().map(|rules| rules.iter().map(rule).collect()),
        }
    }
}

fn rule(rule: &Proactive) -> Rule<'_> {
    Rule {
        id: &rule.id,
        page: rule.page.as_deref(),
        after_s: rule.after_s,
        scroll_pct: rule.scroll_pct,
        text: by_language(&rule.text),
        question: rule.question.as_ref().map(by_language),
    }
}

fn by_language(texts: &Localized) -> ByLanguage<'_> {
    texts.texts.iter().map(|(language, text)| (language.to_string(), text.as_str())).collect()
}
