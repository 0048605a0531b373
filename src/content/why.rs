//! Why a text is answered, or why not: a sentence for agents and editors.

use std::fmt::Write as _;

use super::{Content, Situation, When};
use crate::engine::{Candidate, Evidence, Reading, Reason, Rules, Target, Verdict};

/// Characters of a line that are quoted.
const QUOTED: usize = 120;
/// The second is close to the best if it is at least this likely against it.
const CLOSE: f32 = 0.4;
/// Words that are named at most, and letters of each.
const NAMED: usize = 5;
const LETTERS: usize = 40;

impl Content {
    /// Where a line of the engine's rules stands: `intents/orders.yaml:12`.
    #[must_use]
    pub fn place_of(&self, source: u32) -> Option<String> {
        self.lines.get(source as usize).map(|l| format!("{}:{}", l.file, l.line))
    }

    /// The beginning of that line.
    #[must_use]
    pub fn line_of(&self, source: u32) -> Option<&str> {
        self.line_texts.get(source as usize).map(String::as_str).filter(|t| !t.is_empty())
    }

    /// Why `reading`, which [`Content::read`] gave for `text`, says what it says.
    #[must_use]
    pub fn why(&self, text: &str, reading: &Reading, situation: &Situation<'_>) -> String {
        let (Some(best), true) = (reading.candidates.first(), reading.verdict == Verdict::Confident) else {
            return self
                .hindered(text, reading, situation)
                .unwrap_or_else(|| self.unanswered(text, reading, situation));
        };
        if let Some(place) = self.verbatim(text, reading, best) {
            return format!("it stands word for word in {place}");
        }
        match self.decided(reading, best) {
            Some(rule) => format!("decided by {rule}"),
            None => {
                format!("sure to {}, {}", percent(best.confidence), self.needed(self.engine.options().confident_at))
            }
        }
    }

    /// The line of a candidate that is the text itself.
    fn verbatim(&self, text: &str, reading: &Reading, best: &Candidate) -> Option<String> {
        let bare = |t: &str| t.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
        let text = bare(text);
        let of_best = reading.trace.iter().filter(|r| r.target == best.target && r.evidence == Evidence::Example);
        let found =
            of_best.map(|r| r.source).find(|source| self.line_of(*source).is_some_and(|line| bare(line) == text));
        found.and_then(|source| self.place_of(source))
    }

    /// The rule that decided for a candidate.
    fn decided(&self, reading: &Reading, best: &Candidate) -> Option<String> {
        let of_best = |r: &&Reason| r.target == best.target;
        let found = reading.trace.iter().filter(of_best).find_map(|r| {
            let kind = match r.evidence {
                Evidence::Keyword => "the keywords in",
                Evidence::Pattern => "the pattern in",
                Evidence::Example | Evidence::Body => return None,
            };
            Some((kind, r.source))
        });
        found.map(|(kind, source)| format!("{kind} {}", self.place_of(source).unwrap_or_else(|| "?".to_owned())))
    }

    /// Something would answer if it were another time, page or language.
    fn hindered(&self, text: &str, reading: &Reading, situation: &Situation<'_>) -> Option<String> {
        let always = |when: &When| *when == When::default();
        if self.intents.iter().all(|i| always(&i.when)) && self.articles.iter().all(|a| always(&a.when)) {
            return None;
        }
        let free = self.read_as(text, situation, &|_| true);
        let best = free.candidates.first().filter(|_| free.verdict == Verdict::Confident)?;
        let known = Situation { language: Some(reading.language), ..*situation };
        if self.allowed(best.target, &known) {
            return None;
        }
        let when = self.when(best.target);
        let mut only = Vec::new();
        if let Some(language) = when.language.filter(|l| *l != reading.language) {
            only.push(format!("to visitors who write `{language}`"));
        }
        if let Some(page) = &when.page {
            only.push(format!("on pages like `{page}`"));
        }
        match when.open {
            Some(true) => only.push("inside the opening hours".to_owned()),
            Some(false) => only.push("outside the opening hours".to_owned()),
            None => {}
        }
        only.extend(when.valid_from.map(|day| format!("from {day} on")));
        only.extend(when.valid_until.map(|day| format!("until {day}")));
        Some(format!(
            "{} would answer ({}), but only {}",
            self.named(best.target, reading),
            percent(best.confidence),
            only.join(" and ")
        ))
    }

    fn unanswered(&self, text: &str, reading: &Reading, situation: &Situation<'_>) -> String {
        let telling = self.engine.telling(text, situation.language);
        let strange: Vec<&str> = telling.iter().filter(|(_, known)| !known).map(|(word, _)| word.as_str()).collect();
        let options = self.engine.options();
        let Some(best) = reading.candidates.first() else {
            return match (telling.is_empty(), strange.is_empty()) {
                (true, _) => "it has no word that says what it is about".to_owned(),
                (_, false) => format!("no word of it stands anywhere in the content: {}", listed(&strange)),
                (..) => "nothing in the content resembles it".to_owned(),
            };
        };
        let second = reading.candidates.get(1);
        let mut out = String::new();
        if reading.verdict == Verdict::Ambiguous {
            if let (Some(a), Some(second)) = (self.decided(reading, best), second)
                && let Some(b) = self.decided(reading, second)
            {
                return format!("two rules decide with equal right: {a} and {b}");
            }
            let _ = write!(out, "sure to {}, {}: ", percent(best.confidence), self.needed(options.confident_at));
            let name = self.named(best.target, reading);
            let _ = match second.filter(|s| s.confidence >= CLOSE * best.confidence) {
                Some(second) => {
                    let other = self.named(second.target, reading);
                    write!(out, "two are close, {name} and {other} ({})", percent(second.confidence))
                }
                None => write!(out, "{name} is the likeliest, and nothing else is near"),
            };
        } else if !strange.is_empty() && strange.len() == telling.len() {
            return format!("no word of it stands anywhere in the content: {}", listed(&strange));
        } else {
            let ambiguous = options.ambiguous_at.unwrap_or(1.0);
            let name = self.named(best.target, reading);
            let _ = write!(
                out,
                "sure to {}, a question back needs {}: nearest is {name}",
                percent(best.confidence),
                percent(ambiguous)
            );
        }
        if !strange.is_empty() {
            let _ = write!(out, "; not in the content: {}", listed(&strange));
        }
        out
    }

    fn needed(&self, confident_at: Option<f32>) -> String {
        format!("answers need {}", percent(confident_at.unwrap_or(1.0)))
    }

    fn named(&self, target: Target, reading: &Reading) -> String {
        let language = reading.language;
        let known = self.settings.languages.contains(&language);
        let language = if known { language } else { self.settings.default_language() };
        format!("“{}”", self.title_of(target, language))
    }
}

fn listed(words: &[&str]) -> String {
    let mut out: Vec<String> =
        words.iter().take(NAMED).map(|w| format!("“{}”", w.chars().take(LETTERS).collect::<String>())).collect();
    if words.len() > NAMED {
        out.push("…".to_owned());
    }
    out.join(", ")
}

fn percent(share: f32) -> String {
    format!("{:.0} %", share * 100.0)
}

/// What each line of the rules says, by its number, for traces to quote.
pub(super) fn quotes(rules: &Rules, lines: usize) -> Vec<String> {
    let mut texts = vec![String::new(); lines];
    let mut put = |source: u32, text: &str| {
        if let Some(place) = texts.get_mut(source as usize) {
            let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            if let Some((end, _)) = words.char_indices().nth(QUOTED) {
                words.truncate(end);
                words.push('…');
            }
            *place = words;
        }
    };
    for rule in &rules.intents {
        let titles = rule.titles.iter().map(|(_, line)| line);
        rule.examples.iter().chain(titles).chain(&rule.patterns).for_each(|l| put(l.source, &l.text));
        for keywords in &rule.keywords {
            let part =
                |name: &str, words: &[String]| (!words.is_empty()).then(|| format!("{name}: {}", words.join(", ")));
            let parts = [part("all", &keywords.all), part("any", &keywords.any), part("none", &keywords.none)];
            put(keywords.source, &parts.into_iter().flatten().collect::<Vec<_>>().join("; "));
        }
    }
    for rule in &rules.articles {
        rule.title.iter().chain(&rule.questions).for_each(|l| put(l.source, &l.text));
        for passage in &rule.passages {
            passage.heading.iter().chain([&passage.body]).for_each(|l| put(l.source, &l.text));
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{self, SourceFile};
    use crate::types::Timestamp;

    const INTENTS: &str = "intents:
  - id: order-status
    title: Where is my order?
    examples: [where is my parcel, when will my parcel arrive, has my parcel left, is my parcel on its way]
    keywords:
      - all: [order, status]
    answer: On its way.
  - id: parcel-lost
    title: My parcel is lost
    examples: [my parcel did not arrive, my parcel is lost, i cannot find my parcel, where did my parcel go]
    keywords:
      - all: [lost, order]
    answer: We search it.
  - id: callback
    title: Call me back
    examples: [please call me back, can you phone me, i want a callback, ring me back please]
    when: {hours: open}
    answer: We ring you.
  - id: summer
    title: Summer sale
    examples: [what is in the summer sale, summer discounts, is there a sale in summer, cheap lamps in summer]
    valid_from: 2020-01-01
    answer: Ten percent.
  - id: cart
    title: My cart
    examples: [what is in my cart, empty the cart, my cart is gone, remove something from the cart]
    when: {page: '/cart*'}
    answer: See the list.
";
    const SETTINGS: &str =
        "timezone = \"UTC\"\nconfident_at = 0.8\nambiguous_at = 0.2\n[hours]\nmonday = [\"08:00-12:00\"]\n";

    #[test]
    fn each_reason_is_said() {
        let file = |path: &str, text: &str| SourceFile { path: path.to_owned(), bytes: text.into() };
        let (content, problems) = content::build(&[file("intents/a.yaml", INTENTS), file("deskbell.toml", SETTINGS)]);
        assert!(problems.iter().all(|p| !p.is_error()), "{problems:?}");
        // Thursday, 1 January 1970, around noon; the Monday after, in the morning.
        let (closed, open) = (Timestamp(43_200_000), Timestamp(4 * 86_400_000 + 9 * 3_600_000));
        for (text, at, wanted) in [
            ("my order status please", closed, "decided by the keywords in intents/a.yaml:6"),
            ("i lost my order status", closed, "two rules decide with equal right: the keywords in intents/a.yaml:"),
            ("Where is my parcel?", closed, "it stands word for word in intents/a.yaml:4"),
            ("please call me back", open, "it stands word for word in intents/a.yaml:16"),
            ("please call me back", closed, "“Call me back” would answer (97 %), but only inside the opening hours"),
            ("what is in the summer sale", closed, "but only from 2020-01-01 on"),
            ("empty the cart", closed, "“My cart” would answer (97 %), but only on pages like `/cart*`"),
            ("lampshade crimson", closed, "no word of it stands anywhere in the content: “lampshade”, “crimson”"),
            (
                &format!("crimson {}", "x".repeat(3_000)),
                closed,
                &format!("no word of it stands anywhere in the content: “crimson”, “{}”", "x".repeat(40)),
            ),
            ("", closed, "it has no word that says what it is about"),
        ] {
            let situation = Situation { at, ..Situation::default() };
            let reading = content.read(text, &situation);
            let why = content.why(text, &reading, &situation);
            assert!(why.contains(wanted), "{text}: {why}\n{reading:?}");
        }
    }

    #[test]
    fn what_is_unsure_names_what_is_close_and_what_is_strange() {
        let file = |path: &str, text: &str| SourceFile { path: path.to_owned(), bytes: text.into() };
        let (content, _) = content::build(&[file("intents/a.yaml", INTENTS), file("deskbell.toml", SETTINGS)]);
        let situation = Situation::default();
        let reading = |verdict, confidences: [f32; 2]| Reading {
            verdict,
            language: crate::types::Language::EN,
            candidates: (0..)
                .zip(confidences)
                .map(|(i, c)| Candidate { target: Target::Intent(i), confidence: c })
                .collect(),
            captures: Vec::new(),
            trace: Vec::new(),
        };
        for (text, verdict, confidences, wanted) in [
            (
                "the parcel",
                Verdict::Ambiguous,
                [0.62, 0.3],
                "sure to 62 %, answers need 80 %: two are close, “Where is my order?” and “My parcel is lost” (30 %)",
            ),
            (
                "the parcel zxqv",
                Verdict::Ambiguous,
                [0.62, 0.1],
                "sure to 62 %, answers need 80 %: “Where is my order?” is the likeliest, and nothing else is near; not in the content: “zxqv”",
            ),
            (
                "zxqv parcels",
                Verdict::Unknown,
                [0.12, 0.1],
                "sure to 12 %, a question back needs 20 %: nearest is “Where is my order?”; not in the content: “zxqv”",
            ),
        ] {
            assert_eq!(content.why(text, &reading(verdict, confidences), &situation), wanted);
        }
    }

    #[test]
    fn lines_are_quoted() {
        let long = "word ".repeat(60);
        let text = format!("---\ntitle: Returns\n---\nSend it\nback.\n\n## Refunds\n{long}\n");
        let file = |path: &str, text: &str| SourceFile { path: path.to_owned(), bytes: text.into() };
        let (content, _) = content::build(&[file("intents/a.yaml", INTENTS), file("knowledge/returns.md", &text)]);
        let quotes: Vec<(String, &str)> =
            (0..content.lines.len() as u32).filter_map(|n| Some((content.place_of(n)?, content.line_of(n)?))).collect();
        for wanted in [
            ("intents/a.yaml:4", "has my parcel left"),
            ("intents/a.yaml:6", "all: order, status"),
            ("knowledge/returns.md:2", "Returns"),
            ("knowledge/returns.md:4", "Send it back."),
            ("knowledge/returns.md:7", "Refunds"),
        ] {
            assert!(quotes.contains(&(wanted.0.to_owned(), wanted.1)), "{wanted:?} {quotes:?}");
        }
        assert!(quotes.iter().all(|(_, text)| text.chars().count() <= QUOTED + 1));
        assert_eq!((content.place_of(u32::MAX), content.line_of(u32::MAX)), (None, None));
    }
}
