//! What the bot would say, offered to an agent: nothing is said, and nothing is remembered.

use std::collections::BTreeMap;

use super::{AnswerKind, Choice, Memory, passage};
use crate::content::{Content, HandoffPolicy, Intent, Situation};
use crate::engine::{Candidate, Reading, Target};
use crate::types::Language;

/// Characters that are read of one text, and of all: what keeps the worst that can be written, which costs 8.5 ms for
/// 4,000 characters in the largest content that is measured (docs/performance.md), below 5 ms, read twice each.
const CHARS: usize = 500;
const ALL_CHARS: usize = 1_000;

/// Least confidence of what is offered at all.
const LEAST: f32 = 0.15;

/// What an older text counts, against the one after it.
const OLDER: f32 = 0.9;

/// Something that an agent may send.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggested {
    /// Intent, or passage of an article.
    pub id: String,
    /// Which of the two.
    pub kind: AnswerKind,
    /// For the agent.
    pub title: String,
    /// Markdown with its variables filled in; the question for what is not known yet, where something is not.
    pub text: String,
    /// Language of the text.
    pub language: Language,
    /// Probability of being right, of the text that it fits best.
    pub confidence: f32,
    /// Title and path of the article that it quotes.
    pub source: Option<(String, String)>,
    /// What could be tapped after it.
    pub options: Vec<Choice>,
}

/// The best answers to some texts, the most telling first: what an agent types, then what the visitor said last. What
/// did not help before is left out, and so is what has no words of its own.
#[must_use]
pub fn suggest(
    content: &Content,
    memory: &Memory,
    texts: &[&str],
    situation: &Situation<'_>,
    most: usize,
) -> Vec<Suggested> {
    let mut best: Vec<(f32, Candidate, Reading)> = Vec::new();
    let (mut weight, mut room) = (1.0, ALL_CHARS);
    let texts = texts.iter().map(|t| t.trim()).filter(|t| !t.is_empty());
    for text in texts {
        let most = CHARS.min(room);
        let text = text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end]);
        if text.is_empty() {
            break;
        }
        room -= text.chars().count();
        let reading = content.read(text, situation);
        for candidate in reading.candidates.iter().filter(|c| c.confidence >= LEAST) {
            let rank = candidate.confidence * weight;
            match best.iter_mut().find(|(_, c, _)| c.target == candidate.target) {
                Some(known) if known.0 >= rank => {}
                Some(known) => *known = (rank, candidate.clone(), reading.clone()),
                None => best.push((rank, candidate.clone(), reading.clone())),
            }
        }
        weight *= OLDER;
    }
    best.sort_by(|a, b| b.0.total_cmp(&a.0));
    let said = best.iter().filter_map(|(_, candidate, reading)| say(content, memory, candidate, reading, situation));
    said.take(most).collect()
}

fn say(
    content: &Content,
    memory: &Memory,
    candidate: &Candidate,
    reading: &Reading,
    situation: &Situation<'_>,
) -> Option<Suggested> {
    let id = content.id_of(candidate.target);
    let failed = memory.failed.contains(&id) || memory.shown.iter().any(|s| s.rejected && s.id == id);
    if failed {
        return None;
    }
    let fallback = content.settings.default_language();
    let wanted = situation.language.unwrap_or(reading.language);
    let (kind, text, language, source, options) = match candidate.target {
        Target::Intent(index) => {
            let intent = content.intents.get(index as usize)?;
            let (text, language) = words(content, memory, intent, reading, (wanted, fallback), situation)?;
            (AnswerKind::Intent, text, language, None, options(content, memory, intent, wanted, situation))
        }
        Target::Passage { article, passage } => {
            let article = content.articles.get(article as usize)?;
            let own = article.passages.get(passage as usize);
            let mut parts =
                own.into_iter().chain(&article.passages).map(|p| (p, passage::cut(&p.markdown, &article.title)));
            let (part, text) = parts.find(|(_, text)| !text.is_empty())?;
            let path = match part.anchor.as_str() {
                "" => format!("/help/{}", article.id),
                anchor => format!("/help/{}#{anchor}", article.id),
            };
            let source = Some((article.title.clone(), path));
            (AnswerKind::Article, text, article.language, source, Vec::new())
        }
    };
    let title = content.title_of(candidate.target, wanted);
    Some(Suggested { id, kind, title, text, language, confidence: candidate.confidence, source, options })
}

/// The answer, or the question for what it needs and nobody has said.
fn words(
    content: &Content,
    memory: &Memory,
    intent: &Intent,
    reading: &Reading,
    (wanted, fallback): (Language, Language),
    situation: &Situation<'_>,
) -> Option<(String, Language)> {
    let mut slots: BTreeMap<String, String> =
        reading.captures.iter().filter(|(name, _)| intent.slots.iter().any(|s| s.name == *name)).cloned().collect();
    slots.extend(memory.slots.iter().map(|(name, value)| (name.clone(), value.clone())));
    slots.retain(|_, value| !value.is_empty());
    let missing = intent.slots.iter().find(|s| !s.optional && !slots.contains_key(&s.name));
    let (template, language) = match missing {
        Some(slot) => slot.ask.get(wanted, fallback)?,
        None => intent.answer.as_ref()?.get(wanted, fallback)?,
    };
    let hours = content.settings.hours_today(situation.at, language);
    let text = content.render(template, &slots, &[("hours", &hours)]);
    let text = text.trim();
    (!text.is_empty()).then(|| (text.to_owned(), language))
}

fn options(
    content: &Content,
    memory: &Memory,
    intent: &Intent,
    wanted: Language,
    situation: &Situation<'_>,
) -> Vec<Choice> {
    let fallback = content.settings.default_language();
    let fits = |id: &String| {
        !memory.failed.contains(id) && content.target_of(id).is_some_and(|t| content.allowed(t, situation))
    };
    let choice = |option: &crate::content::IntentOption| {
        let label = option.label.get(wanted, fallback)?.0.to_owned();
        Some(Choice { id: format!("intent:{}", option.intent), label })
    };
    // Somebody is here already.
    let all = intent.options.iter().filter(|_| intent.handoff != HandoffPolicy::Always);
    all.filter(|o| fits(&o.intent)).filter_map(choice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{SourceFile, build};
    use crate::types::Timestamp;

    const SHOP: &str = r#"
intents:
  - id: returns
    title: {en: Returns, de: Rückgabe}
    examples: [how do i return a lamp, send it back, wie gebe ich etwas zurück, i want to give it back]
    answer: {en: "Within {{ days }} days.", de: "Innerhalb von {{ days }} Tagen."}
    options: [{label: Where is my order?, intent: order}]
  - id: order
    title: Where is my order?
    examples: [where is my order, where is my parcel, when does it come, track my order]
    slots:
      number: {ask: Your number?, pattern: '\d{6}'}
    answer: "Order {{ number }} is on its way."
  - id: complaint
    title: A complaint
    examples: [i want to complain, this is a complaint, complain about the service, i have a complaint]
    handoff: always
"#;

    fn content() -> Content {
        let file = |path: &str, text: &str| SourceFile { path: path.into(), bytes: text.into() };
        let article = "---\ntitle: Cleaning a lamp\nquestions: [how do i clean a lamp, the lamp is dusty]\n---\n\
                       Wipe it.\n\n## Glass\n\nWarm water cleans the glass of a lamp.\n";
        let settings = "languages = ['en', 'de']\n[variables]\ndays = '30'\n";
        let files =
            [file("intents/a.yaml", SHOP), file("knowledge/care/clean.md", article), file("deskbell.toml", settings)];
        build(&files).0
    }

    fn ask(memory: &Memory, texts: &[&str], language: Language) -> Vec<Suggested> {
        let situation = Situation { page: None, at: Timestamp(0), language: Some(language) };
        suggest(&content(), memory, texts, &situation, 3)
    }

    #[test]
    fn the_answer_stands_there_as_it_would_be_sent() {
        let all = ask(&Memory::default(), &["how do i return a lamp"], Language::DE);
        assert_eq!((all[0].id.as_str(), all[0].text.as_str()), ("returns", "Innerhalb von 30 Tagen."), "{all:?}");
        assert_eq!(all[0].options.len(), 1);
        assert!(all.len() <= 3 && all.windows(2).all(|w| w[0].confidence >= w[1].confidence));
        let all = ask(&Memory::default(), &["how do i clean a lamp"], Language::EN);
        assert_eq!(all[0].source, Some(("Cleaning a lamp".into(), "/help/care/clean".into())), "{all:?}");
        assert_eq!(all[0].text, "Wipe it.");
    }

    #[test]
    fn what_is_needed_is_asked_for_and_what_did_not_help_is_left_out() {
        let mut memory = Memory::default();
        let first = |memory: &Memory| ask(memory, &["where is my order"], Language::EN).into_iter().next();
        assert_eq!(first(&memory).map(|s| s.text), Some("Your number?".into()));
        memory.slots.insert("number".into(), "123456".into());
        assert_eq!(first(&memory).map(|s| s.text), Some("Order 123456 is on its way.".into()));
        memory.failed.push("order".into());
        assert!(first(&memory).is_none_or(|s| s.id != "order"));
        let all = ask(&Memory::default(), &["i want to complain"], Language::EN);
        assert!(all.iter().all(|s| s.id != "complaint"), "it has no words: {all:?}");
    }

    #[test]
    fn what_the_agent_types_comes_before_what_was_asked() {
        let texts = ["how do i return a lamp", "where is my order"];
        let both = ask(&Memory::default(), &texts, Language::EN);
        assert_eq!(both.iter().map(|s| s.id.as_str()).take(2).collect::<Vec<_>>(), ["returns", "order"], "{both:?}");
        assert!(ask(&Memory::default(), &["", " "], Language::EN).is_empty());
        let long = "how do i return a lamp ".repeat(1_000);
        assert!(ask(&Memory::default(), &[long.as_str()], Language::EN).len() <= 3);
    }
}
