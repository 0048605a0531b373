//! Reads `*.test.md`: conversations with what must come of them.

use std::collections::BTreeMap;

use super::cases::{CIRCUMSTANCES, circumstance};
use super::gather::{Gathered, Reference};
use super::problem::did_you_mean;
use super::source::Source;
use super::syntax::{At, Place};
use super::{Expect, Given, Location, Step, Transcript};

/// Reads the file. Lines that are no steps are left out and reported.
pub(super) fn read(source: &Source<'_>, gathered: &mut Gathered) {
    let mut reader = Reader { source, gathered, current: None, comment: false, ahead: Given::default() };
    for number in 1..=u32::try_from(source.text.lines().count()).unwrap_or(u32::MAX) {
        reader.line(number, source.line(number));
    }
    reader.finish();
}

struct Reader<'a, 'b> {
    source: &'a Source<'a>,
    gathered: &'b mut Gathered,
    current: Option<Transcript>,
    /// Inside `<!-- … -->`.
    comment: bool,
    /// Circumstances that stand above the first conversation, in a file that names none.
    ahead: Given,
}

impl Reader<'_, '_> {
    fn line(&mut self, number: u32, text: &str) {
        let trimmed = text.trim();
        if self.comment || trimmed.starts_with("<!--") {
            self.comment = !trimmed.ends_with("-->");
            return;
        }
        let place = self.source.place_of_line(number);
        let location = self.source.location(place);
        let rest = |mark: char| trimmed.strip_prefix(mark).map(str::trim);
        if trimmed.is_empty() {
        } else if let Some(name) = rest('#').filter(|_| !trimmed.starts_with("##")) {
            self.finish();
            self.current = Some(self.begin(name.to_owned(), location));
        } else if let Some(say) = rest('>') {
            let mut transcript =
                self.current.take().unwrap_or_else(|| self.begin(self.source.path.to_owned(), location.clone()));
            transcript.steps.push(Step { location, say: say.to_owned(), expect: Vec::new(), places: Vec::new() });
            self.current = Some(transcript);
        } else if let Some(answer) = rest('<') {
            self.answer(place, answer);
        } else if let Some(effect) = rest('!') {
            self.effect(place, effect);
        } else if let Some(given) = rest('?') {
            self.given(place, given);
        } else if self.current.as_ref().is_none_or(|t| t.steps.is_empty()) {
            // Prose that introduces a conversation.
        } else {
            self.say(
                "T002",
                place,
                "this line is no step of a conversation",
                "begin it with `> `, `< `, `! ` or `? `, or put it into `<!-- … -->`",
            );
        }
    }

    fn begin(&self, name: String, location: Location) -> Transcript {
        Transcript { name, location, given: self.ahead.clone(), steps: Vec::new() }
    }

    /// `? language=de page=/orders hours=closed date=2026-12-24 at=10:30`
    fn given(&mut self, place: Place, given: &str) {
        if self.current.as_ref().is_some_and(|t| !t.steps.is_empty()) {
            let help = "write it below the name of the conversation, before the first `> `";
            self.say("T003", place, "circumstances hold for a whole conversation", help);
            return;
        }
        for word in given.split_whitespace() {
            let at = |text: &str| At { value: text.to_owned(), place: self.source.find_from(place, text) };
            let Some((key, value)) = word.split_once('=').filter(|(_, value)| !value.is_empty()) else {
                let place = at(word).place;
                self.say("T006", place, format!("`{word}` is no circumstance"), CIRCUMSTANCES);
                continue;
            };
            let (key, value) = (At { value: key.to_owned(), place: at(word).place }, at(value));
            let mut given = self.current.as_ref().map_or_else(|| self.ahead.clone(), |t| t.given.clone());
            circumstance(self.source, self.gathered, &mut given, &key, &value);
            match &mut self.current {
                Some(transcript) => transcript.given = given,
                None => self.ahead = given,
            }
        }
    }

    fn answer(&mut self, place: Place, answer: &str) {
        let quoted = answer
            .strip_prefix('"')
            .and_then(|t| t.strip_suffix('"'))
            .or_else(|| answer.strip_prefix('“').and_then(|t| t.strip_suffix('”')));
        if let Some(text) = quoted {
            self.expect(place, Expect::Text(text.to_owned()));
            return;
        }
        if answer.is_empty() || answer.contains(char::is_whitespace) {
            self.say(
                "T002",
                place,
                "after `< ` stands an id, or a text in quotes",
                format!("write `< \"{answer}\"` if the bot must say this"),
            );
            return;
        }
        let problem = self.source.problem(
            "T001",
            self.source.find_from(place, answer),
            format!("there is no intent or article `{answer}`"),
        );
        let fix = self.source.replace_within(place, answer, answer);
        self.gathered.references.push(Reference { id: answer.to_owned(), problem, articles_too: true, fix });
        self.expect(place, Expect::Id(answer.to_owned()));
    }

    fn effect(&mut self, place: Place, effect: &str) {
        let mut words = effect.split_whitespace();
        let name = words.next().unwrap_or_default();
        let expect = match name {
            "clarify" => Expect::Clarify,
            "unknown" => Expect::Unknown,
            "handoff" => {
                let mut wanted = BTreeMap::new();
                for word in words.by_ref() {
                    match word.split_once('=') {
                        Some((key @ ("department" | "reason" | "priority"), value)) if !value.is_empty() => {
                            if key == "department" {
                                let value = At { value: value.to_owned(), place: self.source.find_from(place, value) };
                                self.gathered.department(self.source, Some(&value));
                            }
                            wanted.insert(key.to_owned(), value.to_owned());
                        }
                        _ => {
                            let message = format!("a hand-off has no `{word}`");
                            self.say("T004", place, message, "write `department=…`, `reason=…` or `priority=…`");
                        }
                    }
                }
                Expect::Handoff(wanted)
            }
            _ => {
                let help = did_you_mean(name, ["handoff", "clarify", "unknown"])
                    .map_or("effects are `! handoff`, `! clarify` and `! unknown`".to_owned(), |n| {
                        format!("did you mean `! {n}`?")
                    });
                self.say("T004", place, format!("there is no effect `{name}`"), help);
                return;
            }
        };
        if let Some(extra) = words.next() {
            self.say("T004", place, format!("`{extra}` says nothing here"), "remove it");
        }
        self.expect(place, expect);
    }

    fn expect(&mut self, place: Place, expect: Expect) {
        match self.current.as_mut().and_then(|t| t.steps.last_mut()) {
            Some(step) => {
                step.expect.push(expect);
                step.places.push(self.source.location(place));
            }
            None => self.say("T003", place, "nobody has said anything yet", "write what the visitor says first: `> …`"),
        }
    }

    fn finish(&mut self) {
        let Some(transcript) = self.current.take() else { return };
        if !transcript.steps.is_empty() && transcript.steps.iter().all(|s| s.expect.is_empty()) {
            let place = Place { line: transcript.location.line, column: 1, span: u32::MAX };
            self.say(
                "T005",
                place,
                "nothing in this conversation says what must happen",
                "add `< id` or `! effect` below a `> ` line",
            );
        }
        if transcript.steps.iter().any(|s| !s.expect.is_empty()) {
            self.gathered.tests.push(transcript);
        }
    }

    fn say(&mut self, code: &'static str, place: Place, message: impl Into<String>, help: impl Into<String>) {
        self.gathered.problems.push(self.source.problem(code, place, message).help(help));
    }
}
