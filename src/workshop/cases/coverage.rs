//! What the tests of a content reach, and which examples are understood without having been learned.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::play;
use crate::content::{Content, Expect, HandoffPolicy, Location};
use crate::dialogue::{Memory, Pending, Say};
use crate::types::Timestamp;

/// What the tests reach.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Coverage {
    /// Intents, then articles, in the order of the files.
    pub entries: Vec<Covered>,
    /// Entries with a test, of all.
    pub tested: usize,
    /// Slots, options and calls for a person that some conversation walks through, of all.
    pub walked: usize,
    /// All of these.
    pub ways: usize,
}

/// What the tests reach of one entry.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Covered {
    /// Of the intent or article.
    pub id: String,
    /// `intent` or `article`.
    pub kind: &'static str,
    /// Path of the file.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// `expect` lines.
    pub expect: usize,
    /// `reject` lines.
    pub reject: usize,
    /// Conversations in which it is expected, or answers.
    pub conversations: usize,
    /// `slot order_id`, `option change-address`, `hand-off` that no conversation walks through.
    pub unwalked: Vec<String>,
}

/// What the tests reach.
#[must_use]
pub fn coverage(content: &Content, now: Timestamp) -> Coverage {
    let mut lines: HashMap<&str, (usize, usize)> = HashMap::new();
    let mut conversations: BTreeMap<String, usize> = BTreeMap::new();
    let mut walked: BTreeSet<(String, String)> = BTreeSet::new();
    for test in &content.tests {
        if !test.is_conversation() {
            for expect in test.steps.iter().flat_map(|s| &s.expect) {
                match expect {
                    Expect::Id(id) => lines.entry(id).or_default().0 += 1,
                    Expect::NotId(id) => lines.entry(id).or_default().1 += 1,
                    _ => {}
                }
            }
            continue;
        }
        let mut reached: BTreeSet<String> = BTreeSet::new();
        let mut options: BTreeMap<String, String> = BTreeMap::new();
        // What cannot be played reaches nothing, and fails as a test.
        let _ = play(content, test, now, |step, before: &Memory, turn, _| {
            let expected =
                step.expect.iter().filter_map(|e| if let Expect::Id(id) = e { Some(entry(id)) } else { None });
            reached.extend(expected);
            // A slot is walked through when the answer to its question is taken, or given up.
            if let Some(Pending::Slot { intent, slot, .. }) = &before.pending {
                walked.insert((intent.clone(), format!("slot {slot}")));
            }
            for say in &turn.say {
                let Say::Answer { id, options: shown, .. } = say else { continue };
                if let Some(from) = options.get(&entry(id)) {
                    walked.insert((from.clone(), format!("option {}", entry(id))));
                }
                reached.insert(entry(id));
                let leads = shown.iter().filter_map(|o| o.id.strip_prefix("intent:"));
                options.extend(leads.map(|to| (to.to_owned(), entry(id))));
                if content.intents.iter().any(|i| i.id == *id && i.handoff == HandoffPolicy::Offer) {
                    options.insert("person".to_owned(), id.clone());
                }
            }
            if turn.hand_over.is_some() {
                let first = turn.memory.candidates.first().map(|c| entry(&c.id));
                for id in first.into_iter().chain(options.get("person").cloned()) {
                    walked.insert((id.clone(), "hand-off".to_owned()));
                    reached.insert(id);
                }
            }
        });
        for id in reached {
            *conversations.entry(id).or_default() += 1;
        }
    }
    let row = |id: &str, kind, at: &Location, ways: Vec<String>| {
        let (expect, reject) = lines.get(id).copied().unwrap_or_default();
        let unwalked = ways.into_iter().filter(|way| !walked.contains(&(id.to_owned(), way.clone()))).collect();
        Covered {
            id: id.to_owned(),
            kind,
            file: at.file.clone(),
            line: at.line,
            expect,
            reject,
            conversations: conversations.get(id).copied().unwrap_or(0),
            unwalked,
        }
    };
    let mut made = Coverage::default();
    for intent in &content.intents {
        let mut ways: Vec<String> =
            intent.slots.iter().filter(|s| !s.optional).map(|s| format!("slot {}", s.name)).collect();
        ways.extend(intent.options.iter().map(|o| format!("option {}", o.intent)));
        if intent.handoff != HandoffPolicy::Never {
            ways.push("hand-off".to_owned());
        }
        made.ways += ways.len();
        made.entries.push(row(&intent.id, "intent", &intent.location, ways));
    }
    made.entries.extend(content.articles.iter().map(|a| row(&a.id, "article", &a.location, Vec::new())));
    made.tested = made.entries.iter().filter(|e| e.is_tested()).count();
    made.walked = made.ways - made.entries.iter().map(|e| e.unwalked.len()).sum::<usize>();
    made
}

impl Covered {
    /// Whether some test would fail if it stopped answering.
    #[must_use]
    pub const fn is_tested(&self) -> bool {
        self.expect + self.conversations > 0
    }
}

/// The examples of one intent, each read by an engine that had not learned it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Examples {
    /// Intent.
    pub id: String,
    /// How many were held out: of large content not all, of intents with fewer than three none.
    pub held_out: usize,
    /// How many of these were still understood: their intent came first, and would be answered or asked about.
    pub understood: usize,
    /// Those that were not: where they stand, and what they say.
    pub missed: Vec<(String, String)>,
}

/// What became of the examples that were held out when the content was compiled, by intent; intents without are left out.
#[must_use]
pub fn examples(content: &Content) -> Vec<Examples> {
    let least = content.engine.options().ambiguous_at.unwrap_or(0.0);
    let held: HashMap<u32, bool> = content
        .engine
        .held_out()
        .map(|(line, outcome)| (line, outcome.place == Some(0) && outcome.confidence >= least))
        .collect();
    let of = |(index, intent): (usize, &crate::content::Intent)| {
        let mut row = Examples { id: intent.id.clone(), held_out: 0, understood: 0, missed: Vec::new() };
        for line in content.example_places(index) {
            let Some(understood) = held.get(&line) else { continue };
            row.held_out += 1;
            if *understood {
                row.understood += 1;
            } else {
                let text = content.line_of(line).unwrap_or_default().to_owned();
                row.missed.push((content.place_of(line).unwrap_or_default(), text));
            }
        }
        (row.held_out > 0).then_some(row)
    };
    content.intents.iter().enumerate().filter_map(of).collect()
}

/// The entry that an id belongs to.
fn entry(id: &str) -> String {
    id.split('#').next().unwrap_or(id).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{self, SourceFile};

    /// Five intents of eight examples each, and one example that nobody could guess from the others.
    fn shop(first: &str) -> Vec<SourceFile> {
        let things = ["parcel", "invoice", "refund", "lamp", "voucher"];
        let frames = [
            "where is my {}",
            "i have a question about the {}",
            "tell me about my {} please",
            "what about the {}",
            "is there a {} for me",
            "my {} is missing",
            "the {} again",
            "{} please",
        ];
        let mut text = format!("intents:\n{first}");
        for thing in things {
            let examples: String = frames.iter().map(|f| format!("      - {}\n", f.replace("{}", thing))).collect();
            text += &format!("  - id: {thing}\n    examples:\n{examples}");
            if thing == "lamp" {
                text += "      - xylophones crimson badger\n";
            }
            text += "    answer: Yes.\n";
        }
        vec![SourceFile { path: "intents/a.yaml".to_owned(), bytes: text.into() }]
    }

    #[test]
    fn examples_are_told_with_their_lines_also_after_an_edit_above() {
        let (content, _) = content::build(&shop(""));
        let found = examples(&content);
        assert_eq!(found.len(), 5);
        for intent in &found {
            assert!(intent.held_out >= 6 && intent.understood + intent.missed.len() == intent.held_out, "{intent:?}");
            assert!(intent.understood * 2 > intent.held_out, "{intent:?}");
        }
        let odd = |found: &[Examples]| {
            let lamp = found.iter().find(|e| e.id == "lamp").unwrap();
            lamp.missed.iter().find(|(_, text)| text.contains("badger")).unwrap().0.clone()
        };
        assert_eq!(odd(&found), "intents/a.yaml:43");
        // What was learned is taken over, but the lines have moved.
        let (content, _) = content.rebuild(&shop("  - id: above\n    patterns: [above]\n    answer: Yes.\n"));
        assert_eq!(odd(&examples(&content)), "intents/a.yaml:46");
    }
}
