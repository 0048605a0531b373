//! Reads `*.test.yaml`: tests as a list, with their circumstances and what must come of them.

use std::collections::BTreeMap;

use super::case_file::{
    Call, CaseBlock, CasesFile, Choice, ExpectBlock, Expected, GivenBlock, Many, RejectBlock, texts,
};
use super::gather::{Gathered, Reference};
use super::source::Source;
use super::syntax::{At, Place, UnknownKey};
use super::{Expect, Given, Step, Transcript, yaml};
use crate::engine::Verdict;

/// What may stand behind `given` and `?`.
pub(super) const CIRCUMSTANCES: &str =
    "write `language=…`, `page=…`, `hours=open` or `closed`, `date=2026-12-24`, `at=10:30`";

/// Reads the file. What is broken is left out and reported.
pub(super) fn read(source: &Source<'_>, gathered: &mut Gathered) {
    let file: CasesFile = match yaml::parse(source.text) {
        Ok(file) => file,
        Err(broken) => {
            gathered.problems.push(source.broken(broken));
            return;
        }
    };
    let mut reader = Reader { source, gathered };
    reader.unknown(&file.unknown);
    for case in file.tests.iter().flatten() {
        reader.case(case);
    }
}

/// One circumstance, by its name. What cannot be is reported.
pub(super) fn circumstance(
    source: &Source<'_>,
    gathered: &mut Gathered,
    given: &mut Given,
    key: &At<String>,
    value: &At<String>,
) {
    let text = value.value.trim();
    let mut wrong = |message: String, help: &str| {
        gathered.problems.push(source.problem("T006", value.place, message).help(help));
    };
    match key.value.as_str() {
        "language" => given.language = gathered.language(source, value),
        "page" => given.page = Some(text.to_owned()),
        "hours" => match text {
            "open" => given.open = Some(true),
            "closed" => given.open = Some(false),
            _ => wrong(format!("`{text}` says nothing about the hours"), "write `open` or `closed`"),
        },
        "date" => match text.parse().ok().filter(|_| text.len() == 10) {
            Some(date) => given.date = Some(date),
            None => wrong(format!("`{text}` is no date"), "dates are written as 2026-12-24"),
        },
        "at" => {
            let parts = text.split_once(':').and_then(|(h, m)| Some((h.parse().ok()?, m.parse().ok()?)));
            match parts.and_then(|(h, m)| jiff::civil::Time::new(h, m, 0, 0).ok()) {
                Some(time) => given.time = Some(time),
                None => {
                    wrong(format!("`{text}` is no time of day"), "times are written as \"10:30\", in quotes in YAML")
                }
            }
        }
        name => {
            let known = ["language", "page", "hours", "date", "at"];
            let problem = source.problem("T006", key.place, format!("`{name}` is no circumstance"));
            let help = super::problem::did_you_mean(name, known).map(|n| format!("did you mean `{n}`?"));
            gathered.problems.push(problem.help(help.unwrap_or_else(|| CIRCUMSTANCES.to_owned())));
        }
    }
}

struct Reader<'a, 'b> {
    source: &'a Source<'a>,
    gathered: &'b mut Gathered,
}

impl Reader<'_, '_> {
    fn case(&mut self, case: &At<CaseBlock>) {
        let block = &case.value;
        self.unknown(&block.unknown);
        let given = self.given(block.given.as_ref());
        let mut steps = Vec::new();
        match (&block.say, &block.turns) {
            (Some(say), None) => steps.extend(self.step(say, block.expect.as_ref(), block.reject.as_ref())),
            (None, Some(turns)) => {
                for (place, set) in [
                    (block.expect.as_ref().map(|e| e.place), "expect"),
                    (block.reject.as_ref().map(|r| r.place), "reject"),
                ] {
                    if let Some(place) = place {
                        let help = format!("write `{set}` below the `say` that it is about");
                        self.say("T007", place, format!("`{set}` belongs to a turn"), help);
                    }
                }
                for turn in turns {
                    self.unknown(&turn.value.unknown);
                    match &turn.value.say {
                        Some(say) => {
                            steps.extend(self.step(say, turn.value.expect.as_ref(), turn.value.reject.as_ref()));
                        }
                        None => self.say("T007", turn.place, "this turn has no `say`", "write what the visitor says"),
                    }
                }
            }
            (Some(_), Some(_)) => {
                self.say(
                    "T007",
                    case.place,
                    "a test has `say` or `turns`, not both",
                    "make `say` the first of the turns",
                );
            }
            (None, None) => {
                self.say(
                    "T007",
                    case.place,
                    "in this test nobody says anything",
                    "write what the visitor says: `say: …`",
                );
            }
        }
        if steps.is_empty() {
            return;
        }
        let place = block.name.as_ref().map_or(case.place, |name| name.place);
        if steps.iter().all(|s| s.expect.is_empty()) {
            self.say("T005", place, "nothing in this test says what must happen", "add `expect: …` below `say`");
            return;
        }
        let first = steps.first().map(|s| s.say.clone()).unwrap_or_default();
        let name = block.name.as_ref().map(|n| n.value.trim().to_owned()).filter(|n| !n.is_empty());
        let location = self.source.location(place);
        self.gathered.tests.push(Transcript { name: name.unwrap_or(first), location, given, steps });
    }

    fn given(&mut self, block: Option<&At<GivenBlock>>) -> Given {
        let mut given = Given::default();
        let Some(block) = block else { return given };
        self.unknown(&block.value.unknown);
        let GivenBlock { language, page, hours, date, at, .. } = &block.value;
        for (key, value) in [("language", language), ("page", page), ("hours", hours), ("date", date), ("at", at)] {
            if let Some(value) = value {
                let key = At { value: key.to_owned(), place: value.place };
                circumstance(self.source, self.gathered, &mut given, &key, value);
            }
        }
        given
    }

    fn step(
        &mut self,
        say: &At<String>,
        expect: Option<&At<Expected<ExpectBlock>>>,
        reject: Option<&At<Expected<RejectBlock>>>,
    ) -> Option<Step> {
        if say.value.trim().is_empty() {
            self.say("T007", say.place, "`say` is empty", "write what the visitor says");
            return None;
        }
        let mut wanted: Vec<(Expect, Place)> = Vec::new();
        match expect.map(|e| (&e.value, e.place)) {
            Some((Expected::Ids(ids), place)) => self.ids(&texts(ids, place, self.source), true, &mut wanted),
            Some((Expected::Block(block), _)) => self.expected(block, &mut wanted),
            None => {}
        }
        match reject.map(|r| (&r.value, r.place)) {
            Some((Expected::Ids(ids), place)) => self.ids(&texts(ids, place, self.source), false, &mut wanted),
            Some((Expected::Block(block), _)) => {
                self.unknown(&block.unknown);
                for ids in [&block.intent, &block.article].into_iter().flatten() {
                    self.ids(&ids.texts(self.source), false, &mut wanted);
                }
                let said = block.text.iter().flat_map(|t| t.texts(self.source));
                wanted.extend(said.map(|t| (Expect::NotText(t.value), t.place)));
            }
            None => {}
        }
        for (expect, place) in &wanted {
            let against = match expect {
                Expect::NotId(id) => wanted.iter().any(|(e, _)| *e == Expect::Id(id.clone())),
                Expect::NotText(text) => wanted.iter().any(|(e, _)| *e == Expect::Text(text.clone())),
                _ => false,
            };
            if against {
                self.say(
                    "T008",
                    *place,
                    "the same is expected and rejected, so this test always fails",
                    "remove one of the two",
                );
            }
        }
        let location = self.source.location(say.place);
        let places = wanted.iter().map(|(_, place)| self.source.location(*place)).collect();
        let expect = wanted.into_iter().map(|(expect, _)| expect).collect();
        Some(Step { location, say: say.value.trim().to_owned(), expect, places })
    }

    fn expected(&mut self, block: &ExpectBlock, wanted: &mut Vec<(Expect, Place)>) {
        self.unknown(&block.unknown);
        for ids in [&block.intent, &block.article].into_iter().flatten() {
            self.ids(&ids.texts(self.source), true, wanted);
        }
        let lists: [(&Option<At<Many>>, fn(String) -> Expect); 3] =
            [(&block.text, Expect::Text), (&block.not_text, Expect::NotText), (&block.options, Expect::Option)];
        for (list, make) in lists {
            let texts = list.iter().flat_map(|t| t.texts(self.source));
            wanted.extend(texts.map(|t| (make(t.value), t.place)));
        }
        if let Some(verdict) = &block.verdict {
            let words =
                [("confident", Verdict::Confident), ("ambiguous", Verdict::Ambiguous), ("unknown", Verdict::Unknown)];
            let known = self.gathered.word(self.source, Some(verdict), &words);
            wanted.extend(known.map(|v| (Expect::Verdict(v), verdict.place)));
        }
        if let Some(least) = &block.min_confidence {
            match least.value.trim().parse::<f32>() {
                Ok(sure) if (0.0..=1.0).contains(&sure) => wanted.push((Expect::Sure(sure), least.place)),
                _ => {
                    let message = format!("`{}` is no share", least.value);
                    self.say("T008", least.place, message, "write a number from 0 to 1, such as 0.6");
                }
            }
        }
        wanted.extend(block.asks.iter().map(|slot| (Expect::Asks(slot.value.trim().to_owned()), slot.place)));
        match block.clarify.as_ref().map(|c| (&c.value, c.place)) {
            Some((Choice::Any(true), place)) => wanted.push((Expect::Clarify, place)),
            Some((Choice::Any(false), place)) => {
                self.say(
                    "T008",
                    place,
                    "`clarify: false` checks nothing",
                    "write `verdict: confident`, or leave it out",
                );
            }
            Some((Choice::Ids(ids), place)) => {
                wanted.push((Expect::Clarify, place));
                for id in texts(ids, place, self.source) {
                    self.refer(&id);
                    wanted.push((Expect::Offered(id.value.trim().to_owned()), id.place));
                }
            }
            None => {}
        }
        match block.handoff.as_ref().map(|h| (&h.value, h.place)) {
            Some((Call::Any(true), place)) => wanted.push((Expect::Handoff(BTreeMap::new()), place)),
            Some((Call::Any(false), place)) => wanted.push((Expect::NoHandoff, place)),
            Some((Call::Of(call), place)) => {
                self.unknown(&call.unknown);
                self.gathered.department(self.source, call.department.as_ref());
                let keys = [("department", &call.department), ("reason", &call.reason), ("priority", &call.priority)];
                self.gathered.word(self.source, call.reason.as_ref(), REASONS);
                self.gathered.word(self.source, call.priority.as_ref(), PRIORITIES);
                let set = keys
                    .into_iter()
                    .filter_map(|(key, value)| Some((key.to_owned(), value.as_ref()?.value.trim().to_owned())));
                wanted.push((Expect::Handoff(set.collect()), place));
            }
            None => {}
        }
    }

    fn ids(&mut self, ids: &[At<String>], lands: bool, wanted: &mut Vec<(Expect, Place)>) {
        for id in ids {
            self.refer(id);
            let name = id.value.trim().to_owned();
            wanted.push((if lands { Expect::Id(name) } else { Expect::NotId(name) }, id.place));
        }
    }

    /// An id must exist.
    fn refer(&mut self, id: &At<String>) {
        let name = id.value.trim();
        let problem = self.source.problem("T001", id.place, format!("there is no intent or article `{name}`"));
        let fix = self.source.replace_within(id.place, name, name);
        self.gathered.references.push(Reference { id: name.to_owned(), problem, articles_too: true, fix });
    }

    fn unknown(&mut self, unknown: &[UnknownKey]) {
        self.gathered.problems.extend(unknown.iter().map(|u| self.source.unknown_key(u)));
    }

    fn say(&mut self, code: &'static str, place: Place, message: impl Into<String>, help: impl Into<String>) {
        self.gathered.problems.push(self.source.problem(code, place, message).help(help));
    }
}

/// Why a person may be called; the dialogue has the same words.
const REASONS: &[(&str, ())] = &[
    ("asked", ()),
    ("low_confidence", ()),
    ("repeated_failure", ()),
    ("frustration", ()),
    ("intent", ()),
    ("policy", ()),
];
const PRIORITIES: &[(&str, ())] = &[("normal", ()), ("high", ()), ("urgent", ())];

#[cfg(test)]
mod tests {
    use crate::content::{SourceFile, build};

    #[test]
    fn whatever_stands_in_the_file_it_is_read_or_said() {
        for sign in
            ["[", "{", "- ", "a: ", "\"", "say: a\n", "- say: a\n  expect: ", "&a ", "? ", "|\n", "# \n", "[[a]]\n"]
        {
            let run = sign.repeat(60_000 / sign.len());
            for head in ["", "tests: ", "tests:\n", "tests: [{say: a, expect: ", "tests: [{say: a, expect: {text: "] {
                let file = SourceFile { path: "intents/a.test.yaml".to_owned(), bytes: format!("{head}{run}").into() };
                assert!(build(&[file]).1.len() < 20, "{sign:?} {head}");
            }
        }
    }
}
