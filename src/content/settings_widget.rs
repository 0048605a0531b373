//! `[widget]` in `deskbell.toml`: how the widget looks and behaves on the pages that show it.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::Localized;
use super::problem::did_you_mean;
use super::settings_file::Reader;

/// Most proactive messages of one site.
const RULES: usize = 20;

/// Longest texts, in characters: on the button, above the first screen, before the first message, beside the button.
const LABEL: usize = 40;
const TITLE: usize = 80;
const CONSENT: usize = 1_000;
const SAID: usize = 300;

/// What the editors set for the widget, and what differs on one site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Widget {
    /// For all sites.
    pub all: WidgetSettings,
    /// By the name of the site; what is set here takes the place of what is set for all.
    pub sites: BTreeMap<String, WidgetSettings>,
}

/// One set of settings. What is left out is left to the widget.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WidgetSettings {
    /// `#rgb` or `#rrggbb`; the widget sets its lightness so that text on it can be read.
    pub accent: Option<String>,
    /// Of the panel's corners, CSS pixels, 0 to 28.
    pub radius: Option<u8>,
    /// The corner of the page.
    pub position: Option<Position>,
    /// A picture for the bell: `https://…`, or a path under this server.
    pub avatar: Option<String>,
    /// Words beside the bell on the button.
    pub launcher: Option<Localized>,
    /// Heading of the first screen, in the place of "Good morning".
    pub title: Option<Localized>,
    /// Must be agreed to before the first message is sent.
    pub consent: Option<Localized>,
    /// Agents see what is being typed; the visitor is told so.
    pub typing_preview: Option<bool>,
    /// A tone for an answer that comes while nobody looks.
    pub sound: Option<bool>,
    /// Asked before a message, or before a person is called.
    pub prechat: Option<Vec<PrechatField>>,
    /// Which of the two.
    pub prechat_when: Option<PrechatWhen>,
    /// Said beside the button by itself.
    pub proactive: Option<Vec<Proactive>>,
}

/// A corner: `end` is right in left-to-right languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named by what they are")]
pub enum Position {
    Start,
    End,
}

/// What may be asked of a visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named by what they are")]
pub enum PrechatField {
    Name,
    Email,
}

/// When it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrechatWhen {
    /// Before the first message.
    Start,
    /// Before a person is called.
    Handoff,
}

/// A message that the widget shows by itself, once all its conditions hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proactive {
    /// Unique in its list; what the browser remembers once the visitor has clicked or dismissed it.
    pub id: String,
    /// Path of the page, `*` stands for any characters; none: every page.
    pub page: Option<String>,
    /// Time on the page, seconds.
    pub after_s: Option<u16>,
    /// How far the page was scrolled, percent.
    pub scroll_pct: Option<u8>,
    /// What it says.
    pub text: Localized,
    /// What a click asks for the visitor; none: it opens the panel.
    pub question: Option<Localized>,
}

type TextsBlock = BTreeMap<Spanned<String>, Spanned<String>>;

/// How the widget looks and behaves on a page.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WidgetBlock {
    /// Colour of the button and of what belongs to the visitor: "#0f6cbd".
    #[schemars(with = "Option<String>")]
    accent: Option<Spanned<String>>,
    /// Radius of the panel's corners in pixels, 0 to 28.
    #[schemars(with = "Option<i64>")]
    radius: Option<Spanned<i64>>,
    /// "end" or "start": right or left where one reads from left to right.
    #[schemars(with = "Option<String>")]
    position: Option<Spanned<String>>,
    /// A picture in the place of the bell: "https://…", or a path under this server such as "/widget/favicon.svg".
    #[schemars(with = "Option<String>")]
    avatar: Option<Spanned<String>>,
    /// Words on the button, by language: {en = "Ask us"}.
    #[schemars(with = "BTreeMap<String, String>")]
    launcher: TextsBlock,
    /// Heading of the first screen, by language.
    #[schemars(with = "BTreeMap<String, String>")]
    title: TextsBlock,
    /// What must be agreed to before the first message is sent, by language.
    #[schemars(with = "BTreeMap<String, String>")]
    consent: TextsBlock,
    /// Agents see what is being typed before it is sent; visitors are told so.
    typing_preview: Option<bool>,
    /// A tone when an answer comes.
    sound: Option<bool>,
    /// What is asked of a visitor: "name", "email".
    #[schemars(with = "Option<Vec<String>>")]
    prechat: Option<Vec<Spanned<String>>>,
    /// "start": before the first message; "handoff": before a person is called.
    #[schemars(with = "Option<String>")]
    prechat_when: Option<Spanned<String>>,
    /// Messages that the widget shows by itself.
    proactive: Option<Vec<ProactiveBlock>>,
    /// What differs on one site, by the name that its pages give as `data-site`.
    #[schemars(with = "BTreeMap<String, WidgetBlock>")]
    sites: BTreeMap<Spanned<String>, WidgetBlock>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ProactiveBlock {
    /// Unique, kebab-case.
    #[schemars(with = "String")]
    id: Spanned<String>,
    /// Path of the page, with * for any characters: "/pricing*". Left out: every page.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    page: Option<Spanned<String>>,
    /// Seconds on the page, up to 3600.
    #[serde(default)]
    #[schemars(with = "Option<i64>")]
    after_s: Option<Spanned<i64>>,
    /// How far the page was scrolled, 0 to 100. Of `after_s` and this at least one; both: both must hold.
    #[serde(default)]
    #[schemars(with = "Option<i64>")]
    scroll_pct: Option<Spanned<i64>>,
    /// What it says, by language.
    #[schemars(with = "BTreeMap<String, String>")]
    text: TextsBlock,
    /// What a click asks for the visitor, by language. Left out: it opens the panel.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    question: TextsBlock,
}

impl Reader<'_, '_> {
    /// `[widget]` and `[widget.sites.…]`.
    pub(super) fn widget(&mut self, block: &WidgetBlock) -> Widget {
        let sites = block.sites.iter().map(|(name, block)| {
            if let Some((inner, _)) = block.sites.iter().next() {
                self.refuse(inner.span(), "a site has no sites of its own", "put it under [widget.sites]");
            }
            (name.get_ref().clone(), self.widget_settings(block))
        });
        let sites = sites.collect();
        Widget { all: self.widget_settings(block), sites }
    }

    fn widget_settings(&mut self, block: &WidgetBlock) -> WidgetSettings {
        let accent = block.accent.as_ref().filter(|text| {
            let fine = is_colour(text.get_ref());
            if !fine {
                self.refuse(text.span(), "this is not a colour", "write it as \"#0f6cbd\" or \"#06c\"");
            }
            fine
        });
        let avatar = block.avatar.as_ref().filter(|text| {
            let fine = is_picture(text.get_ref());
            if !fine {
                let help = "write \"https://…\", or a path under this server such as \"/widget/favicon.svg\"";
                self.refuse(text.span(), "this is not the address of a picture", help);
            }
            fine
        });
        let fields = block.prechat.as_ref().map(|fields| {
            let words = [("name", PrechatField::Name), ("email", PrechatField::Email)];
            fields.iter().filter_map(|field| self.word(field, words)).collect()
        });
        WidgetSettings {
            accent: accent.map(|text| text.get_ref().clone()),
            radius: self.whole(block.radius.as_ref(), "radius", 0..=28).and_then(|n| u8::try_from(n).ok()),
            position: block
                .position
                .as_ref()
                .and_then(|text| self.word(text, [("start", Position::Start), ("end", Position::End)])),
            avatar: avatar.map(|text| text.get_ref().clone()),
            launcher: self.said(&block.launcher, LABEL),
            title: self.said(&block.title, TITLE),
            consent: self.said(&block.consent, CONSENT),
            typing_preview: block.typing_preview,
            sound: block.sound,
            prechat: fields,
            prechat_when: block
                .prechat_when
                .as_ref()
                .and_then(|text| self.word(text, [("start", PrechatWhen::Start), ("handoff", PrechatWhen::Handoff)])),
            proactive: block.proactive.as_ref().map(|rules| self.proactive(rules)),
        }
    }

    fn proactive(&mut self, blocks: &[ProactiveBlock]) -> Vec<Proactive> {
        let mut rules: Vec<Proactive> = Vec::new();
        for block in blocks {
            let id = block.id.get_ref();
            if rules.len() == RULES {
                self.refuse(
                    block.id.span(),
                    &format!("there are more than {RULES} proactive messages"),
                    "leave some out",
                );
                break;
            }
            if !super::intents::is_kebab(id) {
                self.say("I002", block.id.span(), format!("the id `{id}` is not in kebab-case")).help =
                    Some("write small letters, digits and single dashes".to_owned());
                continue;
            }
            if rules.iter().any(|rule| rule.id == *id) {
                self.say("I001", block.id.span(), format!("the id `{id}` is given twice"));
                continue;
            }
            if let Some(page) = &block.page
                && !page.get_ref().starts_with(['/', '*'])
            {
                let help = "it is compared with the path of the page: \"/pricing*\"";
                self.refuse(page.span(), "this is not the path of a page", help);
                continue;
            }
            let after_s = self.whole(block.after_s.as_ref(), "after_s", 0..=3_600);
            let scroll_pct = self.whole(block.scroll_pct.as_ref(), "scroll_pct", 0..=100);
            if block.after_s.is_none() && block.scroll_pct.is_none() {
                let said = self.say("F003", block.id.span(), format!("the message `{id}` does not say when it comes"));
                said.help = Some("add after_s = 20 or scroll_pct = 50".to_owned());
                continue;
            }
            let Some(text) = self.said(&block.text, SAID) else {
                if block.text.is_empty() {
                    self.say("A004", block.id.span(), format!("the message `{id}` has no text"));
                }
                continue;
            };
            rules.push(Proactive {
                id: id.clone(),
                page: block.page.as_ref().map(|page| page.get_ref().clone()),
                after_s: after_s.and_then(|n| u16::try_from(n).ok()),
                scroll_pct: scroll_pct.and_then(|n| u8::try_from(n).ok()),
                text,
                question: self.said(&block.question, SAID),
            });
        }
        rules
    }

    /// Texts by language, none where none can be used.
    fn said(&mut self, texts: &TextsBlock, most: usize) -> Option<Localized> {
        let mut found = Vec::new();
        for (code, text) in texts {
            let Some(language) = self.language(code.get_ref(), code.span()) else { continue };
            let length = text.get_ref().chars().count();
            if text.get_ref().trim().is_empty() {
                self.say("A004", text.span(), "this text is empty".to_owned());
            } else if length > most {
                self.refuse(text.span(), &format!("this text has {length} characters"), &format!("it may have {most}"));
            } else {
                found.push((language, text.get_ref().clone()));
            }
        }
        (!found.is_empty()).then_some(Localized { texts: found })
    }

    pub(super) fn word<T, const N: usize>(
        &mut self,
        text: &Spanned<String>,
        words: [(&'static str, T); N],
    ) -> Option<T> {
        let names = words.each_ref().map(|(name, _)| *name);
        if let Some((_, value)) = words.into_iter().find(|(name, _)| name == text.get_ref()) {
            return Some(value);
        }
        let nearest = did_you_mean(text.get_ref(), names);
        self.say("F005", text.span(), format!("`{}` may not stand here", text.get_ref())).help = Some(
            nearest
                .map_or_else(|| format!("it may be: {}", names.join(", ")), |name| format!("did you mean `{name}`?")),
        );
        None
    }

    pub(super) fn whole(
        &mut self,
        number: Option<&Spanned<i64>>,
        name: &str,
        range: RangeInclusive<i64>,
    ) -> Option<i64> {
        let number = number?;
        if range.contains(number.get_ref()) {
            return Some(*number.get_ref());
        }
        self.say("C003", number.span(), format!("{name} must be between {} and {}", range.start(), range.end()));
        None
    }

    fn refuse(&mut self, span: Range<usize>, message: &str, help: &str) {
        self.say("C009", span, message.to_owned()).help = Some(help.to_owned());
    }
}

/// `#rgb` or `#rrggbb`.
fn is_colour(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|hex| matches!(hex.len(), 3 | 6) && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// An address that can stand in `src` as it is, and leads to https or to this server.
fn is_picture(text: &str) -> bool {
    let plain =
        text.len() <= 500 && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "\"'\\<>".contains(c));
    let elsewhere = text.strip_prefix("https://").is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
    plain && (elsewhere || (text.starts_with('/') && !text.starts_with("//")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{SourceFile, build};

    fn read(text: &str) -> (Widget, Vec<String>) {
        let (content, problems) = build(&[SourceFile { path: "deskbell.toml".to_owned(), bytes: text.into() }]);
        let told = problems.iter().filter(|p| p.location.file == "deskbell.toml");
        (content.settings.widget, told.map(|p| format!("{} {}: {}", p.code, p.location.line, p.message)).collect())
    }

    #[test]
    fn what_is_set_is_read() {
        let (widget, told) = read(
            "languages = [\"en\"]\n[widget]\naccent = \"#0f6cbd\"\nradius = 12\nposition = \"start\"\navatar = \"/widget/favicon.svg\"\nlauncher = {en = \"Ask us\"}\nconsent = {en = \"Fine?\"}\ntyping_preview = true\nsound = false\nprechat = [\"name\", \"email\"]\nprechat_when = \"handoff\"\n[[widget.proactive]]\nid = \"price\"\npage = \"/pricing*\"\nafter_s = 20\nscroll_pct = 50\ntext = {en = \"Any questions?\"}\n[widget.sites.other]\naccent = \"#b00\"\n",
        );
        assert_eq!(told, Vec::<String>::new());
        assert_eq!(widget.all.accent.as_deref(), Some("#0f6cbd"));
        assert_eq!(widget.all.radius, Some(12));
        assert_eq!(widget.all.position, Some(Position::Start));
        assert_eq!(widget.all.prechat, Some(vec![PrechatField::Name, PrechatField::Email]));
        assert_eq!(widget.all.prechat_when, Some(PrechatWhen::Handoff));
        assert_eq!(widget.all.proactive.as_ref().map(Vec::len), Some(1));
        let other = widget.sites.get("other").expect("site");
        assert_eq!((other.accent.as_deref(), other.radius), (Some("#b00"), None));
    }

    #[test]
    fn each_mistake_is_told_with_its_line() {
        let (widget, told) = read(
            "[widget]\naccent = \"blue\"\nradius = 40\nposition = \"left\"\navatar = \"http://x.example/a.png\"\nconsent = {english = \"x\", de = \" \"}\nprechat = [\"phone\"]\nprechat_when = \"strat\"\nsond = true\n[[widget.proactive]]\nid = \"a\"\ntext = {en = \"x\"}\n[[widget.proactive]]\nid = \"b\"\npage = \"pricing\"\nafter_s = 1\ntext = {en = \"x\"}\n[widget.sites.a.sites.b]\nradius = 1\n",
        );
        for part in [
            "F001 9: unknown key `sond`",
            "C009 2: this is not a colour",
            "C003 3: radius must be between 0 and 28",
            "F005 4: `left` may not stand here",
            "C009 5: this is not the address of a picture",
            "F006 6: `english` is not a language code",
            "A004 6: this text is empty",
            "F005 7: `phone` may not stand here",
            "F005 8: `strat` may not stand here",
            "F003 11: the message `a` does not say when it comes",
            "C009 15: this is not the path of a page",
            "C009 18: a site has no sites of its own",
        ] {
            assert!(told.iter().any(|line| line.starts_with(part)), "{part}: {told:#?}");
        }
        assert_eq!(told.len(), 12, "{told:#?}");
        assert_eq!(
            widget.all,
            WidgetSettings { prechat: Some(Vec::new()), proactive: Some(Vec::new()), ..WidgetSettings::default() }
        );
    }

    #[test]
    fn pictures_come_from_https_or_from_here() {
        for fine in ["https://shop.example/a.png", "/widget/favicon.svg"] {
            assert!(is_picture(fine), "{fine}");
        }
        for bad in [
            "http://shop.example/a.png",
            "//shop.example/a.png",
            "javascript:alert(1)",
            "data:,x",
            "/a b",
            "https:///x",
            "",
            "/\"x",
        ] {
            assert!(!is_picture(bad), "{bad}");
        }
    }
}
