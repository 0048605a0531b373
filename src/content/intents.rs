//! Reads a file of intents.

use std::collections::BTreeSet;

use super::gather::{Gathered, Reference};
use super::problem::{did_you_mean, sure_mean};
use super::source::Source;
use super::syntax::{At, IntentBlock, IntentsFile, Pairs, Place, SlotBlock, Texts, UnknownKey};
use super::{HandoffPolicy, Intent, IntentOption, Localized, Slot, When, yaml};
use crate::types::Priority;

/// Characters beyond which an answer is long for a chat.
const LONG: usize = 2_000;

/// The variable that every answer has: today's opening hours.
const HOURS: &str = "hours";

/// Reads the file. What is broken is left out and reported.
pub(super) fn read(source: &Source<'_>, gathered: &mut Gathered) {
    let file: IntentsFile = match yaml::parse(source.text) {
        Ok(file) => file,
        Err(broken) => {
            gathered.incomplete = true;
            gathered.problems.push(source.broken(broken));
            return;
        }
    };
    for unknown in &file.unknown {
        gathered.problems.push(source.unknown_key(unknown));
    }
    let Some(blocks) = file.intents else {
        gathered.incomplete = true;
        let place = Place { line: 1, column: 1, span: 0 };
        gathered.problems.push(
            source
                .problem("F003", place, "the file has no `intents:`")
                .help("begin it with `intents:` and list them below it"),
        );
        return;
    };
    for block in &blocks {
        Reader { source, gathered }.intent(block);
    }
}

pub(super) struct Reader<'a, 'b> {
    pub(super) source: &'a Source<'a>,
    pub(super) gathered: &'b mut Gathered,
}

impl Reader<'_, '_> {
    fn intent(&mut self, at: &At<IntentBlock>) {
        let block = &at.value;
        for unknown in &block.unknown {
            self.gathered.problems.push(self.source.unknown_key(unknown));
        }
        let Some(id) = block.id.as_ref().filter(|id| !id.value.is_empty()) else {
            self.say("F003", at.place, "this intent has no `id`", "give it one, such as `order-status`");
            return;
        };
        if !is_kebab(&id.value) {
            let help = kebab(&id.value)
                .map_or("an id has lower-case letters, digits and single hyphens".to_owned(), |k| {
                    format!("write `{k}`")
                });
            self.say("I002", id.place, format!("the id `{}` is not in kebab-case", id.value), help);
            // Mended only where nothing refers to it, which is known when all files are read.
            let fix = kebab(&id.value).and_then(|k| self.source.replace(id.place, &id.value, &k));
            self.gathered.renames.push((self.gathered.problems.len() - 1, id.value.clone(), fix));
        }
        if !self.gathered.claim(self.source, &id.value, id.place) {
            return;
        }
        let mut when = self.when(block, &id.value);
        self.gathered.validity(self.source, block.valid_from.as_ref(), block.valid_until.as_ref(), &mut when);
        let (rule, captured) = self.rule(id, block, &when);
        let slots = self.slots(block.slots.as_ref());
        let answer = self.answer(block, &when);
        self.variables(block, &slots, answer.as_ref(), &captured);
        let handoff =
            [("never", HandoffPolicy::Never), ("offer", HandoffPolicy::Offer), ("always", HandoffPolicy::Always)];
        let handoff = self.gathered.word(self.source, block.handoff.as_ref(), &handoff).unwrap_or_default();
        if block.answer.is_none()
            && handoff != HandoffPolicy::Always
            && block.handoff.as_ref().is_none_or(|h| h.value != "always")
            && !misspelt(block, &["answer", "handoff"])
        {
            self.say(
                "I004",
                id.place,
                format!("`{}` has no answer", id.value),
                "write an `answer`, or set `handoff: always`",
            );
        }
        let priority = [("normal", Priority::Normal), ("high", Priority::High), ("urgent", Priority::Urgent)];
        let title = block.title.as_ref().and_then(|t| self.text(t, "title")).unwrap_or_default();
        let intent = Intent {
            id: id.value.clone(),
            title,
            when,
            slots,
            answer,
            options: self.options(block),
            handoff,
            department: self.gathered.department(self.source, block.department.as_ref()),
            needs: block.needs.iter().flatten().map(|skill| skill.value.clone()).collect(),
            priority: self.gathered.word(self.source, block.priority.as_ref(), &priority).unwrap_or_default(),
            owner: block.owner.as_ref().map(|o| o.value.clone()),
            review_by: self.gathered.date(self.source, block.review_by.as_ref()),
            location: self.source.location(id.place),
            examples: rule.examples.iter().map(|e| e.text.clone()).collect(),
        };
        self.gathered.single_tests(self.source, &id.value, block.expect.as_ref(), block.reject.as_ref());
        self.gathered.intents.push((intent, rule));
    }

    pub(super) fn say(
        &mut self,
        code: &'static str,
        place: Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.gathered.problems.push(self.source.problem(code, place, message).help(help));
    }

    /// A text that stands by itself: a map of languages must be complete.
    fn text(&mut self, texts: &At<Texts>, what: &str) -> Option<Localized> {
        let text = self.gathered.localized(self.source, texts, what)?;
        if let Texts::Each(_) = texts.value {
            self.gathered.complete(self.source, texts.place, &text, what);
        }
        Some(text)
    }

    fn when(&mut self, block: &IntentBlock, id: &str) -> When {
        let Some(when) = &block.when else { return When::default() };
        for unknown in &when.unknown {
            self.gathered.problems.push(self.source.unknown_key(unknown));
        }
        if let Some(hours) = when.hours.as_ref() {
            let never = match hours.value.as_str() {
                "closed" if self.gathered.settings.hours.always() => {
                    "the content has no opening hours, so it is always open"
                }
                "open" if self.gathered.settings.hours.never() => "no day has opening hours, so it is never open",
                _ => "",
            };
            if !never.is_empty() {
                let message = format!("`{id}` can never answer: {never}");
                self.say("I031", hours.place, message, "write [hours] in deskbell.toml, or remove the condition");
            }
        }
        if let Some(language) = when.language.as_ref()
            && let Ok(code) = language.value.parse()
            && !self.gathered.settings.languages.contains(&code)
        {
            let message = format!("`{id}` answers in `{code}` only, which is not among the languages of the content");
            self.say("I031", language.place, message, "add it to `languages` in deskbell.toml");
        }
        When {
            language: when.language.as_ref().and_then(|l| self.gathered.language(self.source, l)),
            page: when.page.as_ref().map(|p| p.value.trim().to_owned()).filter(|p| !p.is_empty()),
            open: self.gathered.word(self.source, when.hours.as_ref(), &[("open", true), ("closed", false)]),
            ..When::default()
        }
    }

    fn slots(&mut self, slots: Option<&Pairs<SlotBlock>>) -> Vec<Slot> {
        let mut found = Vec::new();
        for (name, block) in slots.map(|s| s.0.as_slice()).unwrap_or_default() {
            for unknown in &block.unknown {
                self.gathered.problems.push(self.source.unknown_key(unknown));
            }
            if !is_variable(&name.value) {
                let message = format!("`{}` cannot be the name of a slot", name.value);
                self.say("I021", name.place, message, "use letters, digits and underscores, such as `order_id`");
                continue;
            }
            let optional = block.optional.unwrap_or(false);
            if block.ask.is_none() && !optional {
                self.say(
                    "I020",
                    name.place,
                    format!("the slot `{}` has no question", name.value),
                    "add `ask`, or `optional: true`",
                );
            }
            let pattern =
                block.pattern.as_ref().and_then(|pattern| match self.gathered.patterns.compile(self.source, pattern) {
                    Ok(regex) => Some(regex),
                    Err(problem) => {
                        self.gathered.problems.push(problem);
                        None
                    }
                });
            let mut text =
                |texts: &Option<At<Texts>>, what| texts.as_ref().and_then(|t| self.text(t, what)).unwrap_or_default();
            let (ask, retry) = (text(&block.ask, "question"), text(&block.retry, "text"));
            found.push(Slot { name: name.value.clone(), ask, pattern, retry, optional });
        }
        found
    }

    fn answer(&mut self, block: &IntentBlock, when: &When) -> Option<Localized> {
        let texts = block.answer.as_ref()?;
        let answer = self.gathered.localized(self.source, texts, "answer")?;
        if when.language.is_none() {
            self.gathered.complete(self.source, texts.place, &answer, "answer");
        }
        for (language, text) in &answer.texts {
            self.gathered.markdown(self.source, texts.place, text);
            let length = text.chars().count();
            if length > LONG {
                let message = format!("the answer in `{language}` has {length} characters");
                self.say("A005", texts.place, message, "say the main thing, and put the rest into an article");
            }
        }
        Some(answer)
    }

    /// Every variable of the answer and of the slots' questions must be known; every captured name must be of use.
    fn variables(
        &mut self,
        block: &IntentBlock,
        slots: &[Slot],
        answer: Option<&Localized>,
        captured: &[(String, Place)],
    ) {
        let mut used: Vec<(String, Place)> = Vec::new();
        if let (Some(answer), Some(texts)) = (answer, &block.answer) {
            used.extend(self.gathered.compile(self.source, texts.place, answer));
        }
        for (name, slot_block) in block.slots.as_ref().map(|s| s.0.as_slice()).unwrap_or_default() {
            let Some(slot) = slots.iter().find(|s| s.name == name.value) else { continue };
            for (texts, text) in [(&slot_block.ask, &slot.ask), (&slot_block.retry, &slot.retry)] {
                if let Some(at) = texts {
                    used.extend(self.gathered.compile(self.source, at.place, text));
                }
            }
        }
        let mut known: BTreeSet<String> =
            slots.iter().map(|s| s.name.clone()).chain(captured.iter().map(|(name, _)| name.clone())).collect();
        known.insert(HOURS.to_owned());
        known.extend(self.gathered.settings.variables.iter().map(|(name, _)| name.clone()));
        // A slot that was refused for another reason is not reported a second time here.
        known.extend(block.slots.iter().flat_map(|s| &s.0).map(|(name, _)| name.value.clone()));
        let mut said = BTreeSet::new();
        for (name, place) in &used {
            if !known.contains(name) && said.insert(name) {
                let names = || known.iter().map(String::as_str);
                let help = did_you_mean(name, names()).map_or("name a slot of this intent, a name its patterns capture, or one under [variables] in deskbell.toml".to_owned(), |n| format!("did you mean `{n}`?"));
                let fix = sure_mean(name, names()).and_then(|n| self.source.replace_within(*place, name, n));
                let problem = self.source.problem("A001", *place, format!("nothing fills `{{{{ {name} }}}}`"));
                self.gathered.problems.push(problem.help(help).fix(fix));
            }
        }
        let mut said = BTreeSet::new();
        for (name, place) in captured {
            let is_used = slots.iter().any(|s| &s.name == name) || used.iter().any(|(n, _)| n == name);
            if !is_used && said.insert(name) {
                let place = self.source.find_from(*place, name);
                self.say(
                    "I022",
                    place,
                    format!("the pattern captures `{name}`, but nothing uses it"),
                    "name a slot so, use it in the answer, or write `(?:…)`",
                );
            }
        }
    }

    fn options(&mut self, block: &IntentBlock) -> Vec<IntentOption> {
        let mut options = Vec::new();
        for at in block.options.iter().flatten() {
            let option = &at.value;
            for unknown in &option.unknown {
                self.gathered.problems.push(self.source.unknown_key(unknown));
            }
            let (Some(label), Some(intent)) = (&option.label, &option.intent) else {
                let missing = if option.label.is_none() { "label" } else { "intent" };
                self.say(
                    "F003",
                    at.place,
                    format!("this option has no `{missing}`"),
                    "an option is written as `{label: Change the address, intent: change-address}`",
                );
                continue;
            };
            let Some(label) = self.text(label, "label") else { continue };
            let problem = self.source.problem("I009", intent.place, format!("there is no intent `{}`", intent.value));
            let range = self.source.range_of(intent.place, &intent.value);
            let fix = range.map(|range| self.source.fix(range, &intent.value));
            self.gathered.references.push(Reference { id: intent.value.clone(), problem, articles_too: false, fix });
            options.push(IntentOption { label, intent: intent.value.clone() });
        }
        options
    }
}

/// Whether an unknown key of the block was probably meant to be one of these: then that one error is enough.
pub(super) fn misspelt(block: &IntentBlock, names: &[&str]) -> bool {
    let meant = |unknown: &UnknownKey| did_you_mean(&unknown.key.value, unknown.known.iter().copied());
    block.unknown.iter().filter_map(meant).any(|name| names.contains(&name))
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.len() <= 64
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Lower-case letters, digits and single hyphens, at most 100 characters.
pub(super) fn is_kebab(id: &str) -> bool {
    id.len() <= 100
        && id
            .split('-')
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

/// The nearest id that would do.
fn kebab(text: &str) -> Option<String> {
    let mut id = String::new();
    for c in text.chars() {
        if c.is_ascii_uppercase() && id.ends_with(|p: char| p.is_ascii_lowercase()) {
            id.push('-');
        }
        match c {
            c if c.is_ascii_alphanumeric() => id.push(c.to_ascii_lowercase()),
            _ if id.ends_with('-') || id.is_empty() => {}
            _ => id.push('-'),
        }
    }
    let id = id.trim_end_matches('-').to_owned();
    is_kebab(&id).then_some(id)
}
