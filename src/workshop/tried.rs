//! What a content makes of a text, for an editor who tries it: the reading, why, and what the visitor would see.

use serde::Serialize;

use crate::content::{Content, Situation};
use crate::dialogue::{self, Choice, Input, Memory, Said, Say};
use crate::engine::{Evidence, Query, Target, Verdict};
use crate::types::{Language, Room, Timestamp};

/// Most lines of a candidate.
const LINES: usize = 5;

/// What came of a text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tried {
    /// `confident`, `ambiguous` or `unknown`.
    pub verdict: &'static str,
    /// Of the first candidate that may answer, 0.0..=1.0.
    pub confidence: f32,
    /// Of the text.
    pub language: String,
    /// Why it is so, in a sentence.
    pub why: String,
    /// What one reading took, microseconds: filled in by whoever has a clock.
    pub micros: u64,
    /// Best first, also those that may not answer now.
    pub candidates: Vec<Candidate>,
    /// What the visitor would see.
    pub said: Vec<Words>,
    /// Whether a person is rung.
    pub handoff: Option<HandOff>,
}

/// Something that could answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    /// Intent or passage.
    pub id: String,
    /// `intent` or `article`.
    pub kind: &'static str,
    /// For people.
    pub title: String,
    /// 0.0..=1.0
    pub confidence: f32,
    /// It may answer now, on this page, in this language.
    pub allowed: bool,
    /// Lines of the content that speak for it, best first.
    pub lines: Vec<Line>,
}

/// A line of the content.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// Below the content's root.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// What it says, cut.
    pub text: String,
    /// `keywords`, `pattern`, `example` or `body`.
    pub by: &'static str,
}

/// Something that the bot says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Words {
    /// `answer`, `clarify` or `text`.
    pub kind: &'static str,
    /// Which answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Markdown.
    pub text: String,
    /// What may be tapped.
    pub options: Vec<Tap>,
    /// The article that it quotes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// Something to tap.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tap {
    /// For people.
    pub label: String,
}

/// An article's page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Source {
    /// For people.
    pub title: String,
    /// On this server.
    pub url: String,
}

/// A person is rung.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HandOff {
    /// To whom; none: whoever there is.
    pub department: Option<String>,
    /// Such as `asked`.
    pub reason: &'static str,
}

/// Tries a text as a visitor's first message.
#[must_use]
pub fn tried(content: &Content, text: &str, language: Option<Language>, page: Option<&str>, at: Timestamp) -> Tried {
    let situation = Situation { page, at, language };
    let reading = content.read(text, &situation);
    let free = content.engine.read(&Query { text, language, allow: &|_| true });
    let known = Situation { language: Some(reading.language), ..situation };
    // What may answer is what was read; what may not stands where it would come.
    let mut candidates = reading.candidates.clone();
    candidates.extend(free.candidates.iter().filter(|c| !content.allowed(c.target, &known)).cloned());
    candidates.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let trace: Vec<_> = reading.trace.iter().chain(&free.trace).collect();
    let lines = |target: Target| {
        let mut lines: Vec<Line> = Vec::new();
        for reason in trace.iter().filter(|r| r.target == target) {
            let Some(place) = content.lines.get(reason.source as usize) else { continue };
            let line = Line {
                file: place.file.clone(),
                line: place.line,
                text: content.line_of(reason.source).unwrap_or_default().to_owned(),
                by: by(reason.evidence),
            };
            if lines.len() < LINES && !lines.contains(&line) {
                lines.push(line);
            }
        }
        lines
    };
    let memory = Memory { language, ..Memory::default() };
    let input = Input { said: Said::Text(text), at, page, locale: language, email_known: false, room: Room::Free };
    let turn = dialogue::turn(content, memory, input);
    Tried {
        verdict: match reading.verdict {
            Verdict::Confident => "confident",
            Verdict::Ambiguous => "ambiguous",
            Verdict::Unknown => "unknown",
        },
        confidence: reading.candidates.first().map_or(0.0, |c| c.confidence),
        language: reading.language.to_string(),
        why: content.why(text, &reading, &situation),
        micros: 0,
        candidates: candidates
            .iter()
            .map(|c| Candidate {
                id: content.id_of(c.target),
                kind: match c.target {
                    Target::Intent(_) => "intent",
                    Target::Passage { .. } => "article",
                },
                title: content.title_of(c.target, reading.language),
                confidence: c.confidence,
                allowed: content.allowed(c.target, &known),
                lines: lines(c.target),
            })
            .collect(),
        said: turn.say.into_iter().map(words).collect(),
        handoff: turn.hand_over.map(|h| HandOff {
            department: h.department.or_else(|| content.settings.default_department.clone()),
            reason: h.reason.as_str(),
        }),
    }
}

const fn by(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Keyword => "keywords",
        Evidence::Pattern => "pattern",
        Evidence::Example => "example",
        Evidence::Body => "body",
    }
}

fn words(say: Say) -> Words {
    let taps = |options: Vec<Choice>| options.into_iter().map(|o| Tap { label: o.label }).collect();
    match say {
        Say::Text { text, options, .. } => Words { kind: "text", id: None, text, options: taps(options), source: None },
        Say::Clarify { text, options } => {
            Words { kind: "clarify", id: None, text, options: taps(options), source: None }
        }
        Say::Answer { text, id, options, source, .. } => Words {
            kind: "answer",
            id: Some(id),
            text,
            options: taps(options),
            source: source.map(|(title, url)| Source { title, url }),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{self, SourceFile};

    const INTENTS: &str = "intents:
  - id: order-status
    title: Where is my order?
    examples: [where is my parcel, has my parcel left, when does my parcel come, track my parcel]
    answer: On its way.
  - id: parcel-lost
    title: My parcel is lost
    examples: [my parcel did not arrive, my parcel is lost, i cannot find my parcel, where did my parcel go]
    answer: We search it.
    handoff: always
    department: orders
  - id: cart
    title: My cart
    examples: [what is in my cart, empty the cart, my cart is gone, remove something from the cart]
    when: {page: '/cart*'}
    answer: See the list.
";

    fn content() -> Content {
        let file = |path: &str, text: &str| SourceFile { path: path.to_owned(), bytes: text.into() };
        let settings = "departments = [\"orders\"]\n";
        let article = "---\ntitle: How do I return a lamp?\n---\nSend the lamp back within thirty days.\n";
        let files =
            [file("intents/a.yaml", INTENTS), file("knowledge/returns.md", article), file("deskbell.toml", settings)];
        let (content, problems) = content::build(&files);
        assert!(problems.iter().all(|p| !p.is_error()), "{problems:?}");
        content
    }

    fn of(text: &str, page: Option<&str>) -> Tried {
        tried(&content(), text, None, page, Timestamp(43_200_000))
    }

    #[test]
    fn an_answer_with_its_lines() {
        let tried = of("Where is my parcel?", None);
        assert_eq!((tried.verdict, tried.language.as_str()), ("confident", "en"));
        assert!(tried.confidence > 0.8 && tried.why.contains("intents/a.yaml:4"), "{tried:?}");
        let first = &tried.candidates[0];
        assert_eq!((first.id.as_str(), first.kind, first.allowed), ("order-status", "intent", true));
        assert_eq!((first.lines[0].line, first.lines[0].text.as_str()), (4, "where is my parcel"));
        assert_eq!((tried.said[0].kind, tried.said[0].text.as_str()), ("answer", "On its way."));
        assert_eq!(tried.handoff, None);
    }

    #[test]
    fn an_article_with_its_page_and_a_person_who_is_rung() {
        let said = of("how do i return a lamp", None).said;
        let source = said[0].source.clone().unwrap();
        assert_eq!((source.title.as_str(), source.url.as_str()), ("How do I return a lamp?", "/help/returns"));
        let handoff = of("my parcel is lost", None).handoff.unwrap();
        assert_eq!((handoff.department.as_deref(), handoff.reason), (Some("orders"), "intent"));
    }

    #[test]
    fn what_may_not_answer_here_is_shown_as_such() {
        let tried = of("empty the cart", None);
        assert_ne!(tried.verdict, "confident");
        assert!(tried.why.contains("but only on pages like"), "{}", tried.why);
        let cart = tried.candidates.iter().find(|c| c.id == "cart").unwrap();
        assert!(!cart.allowed && cart.confidence > 0.8, "{cart:?}");
        let there = of("empty the cart", Some("https://shop.example/cart/1"));
        assert_eq!((there.verdict, there.candidates[0].allowed), ("confident", true));
    }
}
