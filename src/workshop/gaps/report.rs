//! What is told of gaps, as data.

use std::collections::{HashMap, HashSet};

use serde::{Serialize, Serializer};

use super::{Marks, SLICES, Told, entry_of};
use crate::content::{Content, HandoffPolicy, Kind, Location, SourceFile, lists};
use crate::engine::normal;
use crate::types::Timestamp;
use crate::workshop::asked::Course;

/// What was asked in vain, and what else tells where content is missing.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Gaps {
    /// Questions that were looked at.
    pub questions: usize,
    /// Of these asked in vain, the ignored ones included.
    pub in_vain: usize,
    /// Of these ignored for good.
    pub ignored: usize,
    /// The first is the one that helps most visitors.
    pub clusters: Vec<Cluster>,
    /// Entries that answered nothing; empty where too little was asked to say so.
    pub unused: Vec<Entry>,
    /// Entries whose answers were often followed by a person.
    pub handed: Vec<Handed>,
    /// Answers from which on that is said.
    pub handed_from: u64,
}

/// Questions of one meaning.
#[derive(Debug, Clone, Serialize)]
pub struct Cluster {
    /// Eight hex digits; stays the same as long as its first question is in the period.
    pub id: String,
    /// Questions.
    pub size: usize,
    /// Who asked them.
    pub visitors: usize,
    /// Codes, in order.
    pub languages: Vec<String>,
    /// Why they count; one question may have several.
    pub signals: Signals,
    /// At most five texts, as they were asked first.
    pub samples: Vec<Sample>,
    /// Distinct texts.
    pub texts_total: usize,
    /// Questions in eight equal slices of the period, the oldest first.
    pub trend: [u32; SLICES],
    /// Of its questions.
    #[serde(serialize_with = "ms")]
    pub first: Timestamp,
    /// Of its questions.
    #[serde(serialize_with = "ms")]
    pub last: Timestamp,
    /// At most three entries that come near, best first.
    pub nearest: Vec<Nearest>,
    /// What agents said about its questions.
    pub suggestions: Vec<Suggestion>,
    /// The entry of the draft that has one of its texts.
    pub drafted: Option<Drafted>,
    /// All its texts up to a bound, in the order of the samples.
    #[serde(skip)]
    pub texts: Vec<String>,
    /// What is kept when it is ignored: one text a line.
    #[serde(skip)]
    pub known_by: Vec<String>,
}

fn ms<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i64(at.0)
}

/// Counts of questions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Signals {
    /// The bot did not know.
    pub unknown: u32,
    /// It asked which is meant, and none was taken.
    pub ambiguous: u32,
    /// Answered, and a thumb down.
    pub thumbs_down: u32,
    /// Answered, and a person within two turns.
    pub handed_over: u32,
    /// An agent told the editors.
    pub suggested: u32,
}

impl Signals {
    pub(super) fn count(&mut self, marks: &Marks) {
        self.unknown += u32::from(marks.unknown);
        self.ambiguous += u32::from(marks.ambiguous);
        self.thumbs_down += u32::from(marks.thumbs_down);
        self.handed_over += u32::from(marks.handed_over);
        self.suggested += u32::from(marks.suggested);
    }
}

/// A text of a cluster.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sample {
    /// Redacted.
    pub text: String,
    /// Of the conversation.
    pub language: Option<String>,
    /// Address without what stands behind `?`.
    pub page: Option<String>,
    /// When it was asked first.
    #[serde(serialize_with = "ms")]
    pub at: Timestamp,
    /// How often.
    pub times: usize,
}

/// An entry that comes near.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Nearest {
    /// Intent or passage.
    pub id: String,
    /// `intent` or `article`.
    pub kind: &'static str,
    /// For people.
    pub title: String,
    /// 0.0..=1.0.
    pub confidence: f32,
    /// Of the first: why it did not answer; of the others: what makes it near.
    pub why: String,
}

/// What an agent told.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suggestion {
    /// `should_have`, `make_answer` or `wording`.
    pub kind: String,
    /// Intent or article.
    pub target: Option<String>,
    /// The answer, or the words.
    pub text: Option<String>,
    /// For the editor.
    pub note: Option<String>,
    /// Who.
    pub by: String,
}

impl Suggestion {
    pub(super) fn of(told: &Told) -> Self {
        let Told { kind, target, text, note, by, .. } = told.clone();
        Self { kind, target, text, note, by }
    }
}

/// See [`Cluster::drafted`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drafted {
    /// Intent or article.
    pub id: String,
}

/// An entry of the content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Intent or article.
    pub id: String,
    /// `intent` or `article`.
    pub kind: &'static str,
    /// For people.
    pub title: String,
    /// Where it stands.
    pub file: String,
    /// Where in it.
    pub line: u32,
}

/// An entry whose answers were often followed by a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Handed {
    /// Which.
    #[serde(flatten)]
    pub entry: Entry,
    /// Answers.
    pub answered: u64,
    /// Of these followed by a person within two turns.
    pub handed: u64,
}

impl Gaps {
    /// Names the entry that already has a text of a cluster in these files and not in the content of now.
    pub fn mark_drafted(&mut self, content: &Content, files: &[SourceFile]) {
        let live: HashSet<String> = content
            .intents
            .iter()
            .flat_map(|i| &i.examples)
            .chain(content.articles.iter().flat_map(|a| &a.questions))
            .map(|t| normal(t))
            .collect();
        let mut drafted: HashMap<String, String> = HashMap::new();
        for file in files {
            let article = if let Some(Kind::Article(id)) = Kind::of(&file.path) { id } else { String::new() };
            for lists in lists::lists(file).unwrap_or_default() {
                let id = if lists.id.is_empty() { &article } else { &lists.id };
                let texts = lists.examples.iter().chain(&lists.questions).map(|t| normal(t));
                drafted.extend(texts.filter(|t| !live.contains(t)).map(|t| (t, id.clone())));
            }
        }
        if !drafted.is_empty() {
            for cluster in &mut self.clusters {
                cluster.drafted =
                    cluster.texts.iter().find_map(|t| drafted.get(&normal(t))).map(|id| Drafted { id: id.clone() });
            }
        }
    }
}

impl Cluster {
    /// How much an answer would help: visitors, then questions, then how recently.
    pub(super) fn rank(&self) -> (usize, usize, Timestamp) {
        (self.visitors, self.size, self.last)
    }

    /// Takes its texts away where fewer visitors than that wrote them.
    pub fn withhold(&mut self, fewer_than: usize) {
        if self.visitors < fewer_than {
            self.samples.clear();
            self.texts.clear();
            self.nearest.iter_mut().for_each(|n| n.why.clear());
            self.suggestions.clear();
        }
    }
}

fn entries(content: &Content) -> impl Iterator<Item = (Entry, HandoffPolicy)> {
    let entry = |id: &str, kind, title, at: &Location| Entry {
        id: id.to_owned(),
        kind,
        title,
        file: at.file.clone(),
        line: at.line,
    };
    let language = content.settings.default_language();
    let intents = content.intents.iter().map(move |i| {
        let title = content.target_of(&i.id).map_or_else(String::new, |t| content.title_of(t, language));
        (entry(&i.id, "intent", title, &i.location), i.handoff)
    });
    let articles = content
        .articles
        .iter()
        .map(move |a| (entry(&a.id, "article", a.title.clone(), &a.location), HandoffPolicy::Never));
    intents.chain(articles)
}

/// Answers of an entry and how many a person followed; those of all passages of an article.
fn used(course: &Course, id: &str) -> (u64, u64) {
    let own = course.used.iter().filter(|(used, _)| entry_of(used) == id).map(|(_, u)| u);
    own.fold((0, 0), |sum, used| (sum.0 + used.answered, sum.1 + used.handed))
}

/// Entries that answered nothing, where at least so many answers were given.
pub(super) fn unused(content: &Content, course: &Course, from: u64) -> Vec<Entry> {
    if course.used.values().map(|u| u.answered).sum::<u64>() < from {
        return Vec::new();
    }
    entries(content).map(|(entry, _)| entry).filter(|entry| used(course, &entry.id).0 == 0).collect()
}

/// Entries of at least so many answers of which at least this share was followed by a person; the worst first.
pub(super) fn handed(content: &Content, course: &Course, from: u64, share: f32) -> Vec<Handed> {
    let mut found: Vec<Handed> = entries(content)
        .filter(|(_, handoff)| *handoff == HandoffPolicy::Never)
        .map(|(entry, _)| {
            let (answered, handed) = used(course, &entry.id);
            Handed { entry, answered, handed }
        })
        .filter(|h| h.answered >= from && h.handed as f32 >= share * h.answered as f32)
        .collect();
    found.sort_by(|a, b| (b.handed * a.answered).cmp(&(a.handed * b.answered)).then(b.answered.cmp(&a.answered)));
    found
}
