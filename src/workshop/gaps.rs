//! What visitors asked in vain, by meaning.
//!
//! Only what went wrong is looked at: what is asked often and answered well is no gap.

mod ids;
mod report;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};

use super::asked::{Asked, Came, Course};
use super::cluster::{self, Point, dot};
use crate::content::{Content, HandoffPolicy, Situation};
use crate::engine::{Meaning, Target, Verdict, normal};
use crate::types::{ConversationId, Language, Seq, Timestamp, VisitorId};

pub use report::{Cluster, Entry, Gaps, Handed, Nearest, Sample, Signals, Suggestion};

/// Average likeness from which two groups of texts are one, where words tell what they mean, and where only letters do.
/// By what real questions did: docs/gaps.md.
const MEANT: f32 = 0.45;
const SPELT: f32 = 0.25;
/// Most clusters that are told: the first by rank.
const CLUSTERS: usize = 500;
/// Distinct texts of a cluster that are kept, and of which samples are shown.
const TEXTS: usize = 200;
const SAMPLES: usize = 5;
/// Texts by which an ignored cluster is known again.
const KNOWN_BY: usize = 20;
/// Entries near a cluster that are named.
const NEAREST: usize = 3;
/// Slices of the trend.
const SLICES: usize = 8;
/// Answers of an entry below which nothing is said of how often a person followed, and the share from which it is.
const ANSWERED: u64 = 10;
const OFTEN: f32 = 0.2;
/// Answers in the period below which nobody can say that an entry is not used.
const PERIOD: u64 = 50;

/// What an agent told the editors.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// `should_have`, `make_answer` or `wording`.
    pub kind: String,
    /// The intent or article that should have answered.
    pub target: Option<String>,
    /// The answer, or the words.
    pub text: Option<String>,
    /// For the editor.
    pub note: Option<String>,
    /// Who, as it is shown.
    pub by: String,
    /// About which entry of which conversation.
    pub about: (ConversationId, Seq),
    /// When.
    pub at: Timestamp,
}

/// The time that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// From here on.
    pub since: Timestamp,
    /// Until now.
    pub until: Timestamp,
}

/// What was heard in that time.
#[derive(Debug, Clone, Copy)]
pub struct Heard<'a> {
    /// Questions and what came of them.
    pub asked: &'a [Asked],
    /// What happened altogether.
    pub course: &'a Course,
    /// What agents told the editors.
    pub told: &'a [Told],
}

/// Why a question counts as asked in vain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Marks {
    unknown: bool,
    ambiguous: bool,
    thumbs_down: bool,
    handed_over: bool,
    suggested: bool,
}

/// A question asked in vain.
struct Vain<'a> {
    asked: &'a Asked,
    marks: Marks,
    told: Vec<&'a Told>,
}

/// One text, however often it was asked.
struct Distinct<'a> {
    normal: String,
    meaning: Meaning,
    asked: Vec<usize>,
    first: &'a Asked,
}

/// What visitors asked in vain in a period, put together by meaning and ranked by how many visitors an answer would help.
/// `ignored` are the texts that were ignored for good, each several lines of one cluster; clusters of their meaning go to
/// [`Gaps::ignored`]. What the content of now answers is no gap any more; see docs/gaps.md.
#[must_use]
pub fn gaps(content: &Content, heard: &Heard<'_>, ignored: &[String], period: Period) -> Gaps {
    let vain = in_vain(content, heard);
    let texts = distinct(content, &vain);
    let (mut open, mut hidden) = (Vec::new(), Vec::new());
    // What cannot be compared stands in spaces of their own.
    let mut spaces: BTreeMap<Option<Language>, Vec<usize>> = BTreeMap::new();
    for (n, text) in texts.iter().enumerate() {
        spaces.entry(text.meaning.within()).or_default().push(n);
    }
    let seeds: Vec<Seed> = ignored.iter().map(|text| Seed::new(content, text)).collect();
    for (space, numbers) in spaces {
        let at = if space.is_none() { MEANT } else { SPELT };
        let mut points: Vec<Point> = Vec::new();
        points.extend(seeds.iter().filter_map(|seed| seed.point(space)));
        let known = points.len();
        points.extend(numbers.iter().map(|n| Point { mean: texts[*n].meaning.vector().to_vec(), count: 1.0 }));
        let (wordless, points): (Vec<_>, Vec<_>) = points.into_iter().enumerate().partition(|(_, p)| p.mean.is_empty());
        let places: Vec<usize> = points.iter().map(|(place, _)| *place).collect();
        let groups = cluster::groups(points.into_iter().map(|(_, p)| p).collect(), at);
        let groups = groups.into_iter().map(|g| g.into_iter().map(|n| places[n]).collect::<Vec<_>>());
        for group in groups.chain(wordless.into_iter().map(|(place, _)| vec![place])) {
            let is_ignored = group.iter().any(|place| *place < known);
            let members: Vec<usize> = group.iter().filter_map(|p| p.checked_sub(known)).map(|p| numbers[p]).collect();
            let verbatim = |n: &usize| seeds.iter().any(|seed| seed.normals.contains(&texts[*n].normal));
            let (same, others): (Vec<usize>, Vec<usize>) = members.into_iter().partition(|n| is_ignored || verbatim(n));
            for (members, into) in [(same, &mut hidden), (others, &mut open)] {
                if !members.is_empty() {
                    into.push(members);
                }
            }
        }
    }
    let mut clusters: Vec<Cluster> = open.iter().map(|m| cluster_of(content, &vain, &texts, m, period)).collect();
    clusters.sort_by(|a, b| b.rank().cmp(&a.rank()).then_with(|| a.id.cmp(&b.id)));
    ids::tell_apart(&mut clusters);
    clusters.truncate(CLUSTERS);
    Gaps {
        questions: heard.asked.len(),
        in_vain: vain.len(),
        ignored: hidden.iter().flatten().map(|n| texts[*n].asked.len()).sum(),
        clusters,
        unused: report::unused(content, heard.course, PERIOD),
        handed: report::handed(content, heard.course, ANSWERED, OFTEN),
        handed_from: ANSWERED,
    }
}

/// A text, its language and its page.
type Circumstances<'a> = (&'a str, Option<Language>, Option<&'a str>);

/// The questions that were asked in vain, and still would be.
fn in_vain<'a>(content: &Content, heard: &Heard<'a>) -> Vec<Vain<'a>> {
    let mut told: HashMap<usize, Vec<&Told>> = HashMap::new();
    let mut places: HashMap<ConversationId, Vec<(Seq, usize)>> = HashMap::new();
    for (n, asked) in heard.asked.iter().enumerate() {
        if let Some((c, seq)) = asked.from {
            places.entry(c).or_default().push((seq, n));
        }
    }
    for letter in heard.told {
        let before = places.get(&letter.about.0).into_iter().flatten().filter(|(seq, _)| *seq <= letter.about.1);
        if let Some((_, n)) = before.max() {
            told.entry(*n).or_default().push(letter);
        }
    }
    let mut now: HashMap<Circumstances<'_>, Option<String>> = HashMap::new();
    let mut vain = Vec::new();
    for (n, asked) in heard.asked.iter().enumerate() {
        let mut marks = Marks {
            unknown: asked.came == Came::Unknown,
            ambiguous: asked.came == Came::AskedBack { taken: false },
            thumbs_down: asked.thumbs_down,
            handed_over: asked.handed_over_soon && !wants_person(content, &asked.came),
            suggested: false,
        };
        let mut told = told.remove(&n).unwrap_or_default();
        if marks == Marks::default() && told.is_empty() {
            continue;
        }
        let key = (asked.text.as_str(), asked.language, asked.page.as_deref());
        let answered = now.entry(key).or_insert_with(|| answered_by(content, asked));
        if let Some(id) = answered {
            (marks.unknown, marks.ambiguous) = (false, false);
            // Of an answer that the content would not give any more nothing is left to be put right.
            if matches!(&asked.came, Came::Answered { id: then, .. } if !then.is_empty() && then != id) {
                (marks.thumbs_down, marks.handed_over) = (false, false);
            }
            told.retain(|t| t.kind != "should_have" || t.target.as_ref().is_some_and(|t| entry_of(t) != entry_of(id)));
        }
        marks.suggested = !told.is_empty();
        if marks != Marks::default() {
            vain.push(Vain { asked, marks, told });
        }
    }
    vain
}

/// What the content of now answers a question with for sure.
fn answered_by(content: &Content, asked: &Asked) -> Option<String> {
    let reading = content.read(&asked.text, &situation(asked));
    let best = reading.candidates.first().filter(|_| reading.verdict == Verdict::Confident)?;
    Some(content.id_of(best.target))
}

fn situation(asked: &Asked) -> Situation<'_> {
    Situation { page: asked.page.as_deref(), at: asked.at, language: asked.language }
}

/// The intent or article of an id that may name a passage.
fn entry_of(id: &str) -> &str {
    id.split_once('#').map_or(id, |(article, _)| article)
}

/// Whether the content itself has a person offered after this answer.
fn wants_person(content: &Content, came: &Came) -> bool {
    let Came::Answered { id, .. } = came else { return false };
    let Some(Target::Intent(n)) = content.target_of(id) else { return false };
    content.intents.get(n as usize).is_some_and(|i| i.handoff != HandoffPolicy::Never)
}

fn distinct<'a>(content: &Content, vain: &[Vain<'a>]) -> Vec<Distinct<'a>> {
    let mut texts: Vec<Distinct<'a>> = Vec::new();
    let mut known: HashMap<(String, Option<Language>), usize> = HashMap::new();
    for (n, question) in vain.iter().enumerate() {
        let key = (normal(&question.asked.text), question.asked.language);
        let place = *known.entry(key.clone()).or_insert_with(|| {
            let meaning = content.engine.meaning(&question.asked.text, question.asked.language);
            texts.push(Distinct { normal: key.0, meaning, asked: Vec::new(), first: question.asked });
            texts.len() - 1
        });
        let text = &mut texts[place];
        text.asked.push(n);
        if question.asked.at < text.first.at {
            text.first = question.asked;
        }
    }
    texts
}

/// An ignored cluster, by the texts that are kept of it.
struct Seed {
    normals: HashSet<String>,
    meanings: Vec<Meaning>,
}

impl Seed {
    fn new(content: &Content, text: &str) -> Self {
        let lines = || text.lines().filter(|l| !l.trim().is_empty());
        Self {
            normals: lines().map(normal).collect(),
            meanings: lines().map(|l| content.engine.meaning(l, None)).collect(),
        }
    }

    /// Its mean among the texts of a space; none where it has no text there.
    fn point(&self, space: Option<Language>) -> Option<Point> {
        let own: Vec<&[f32]> = self
            .meanings
            .iter()
            .filter(|m| m.within() == space)
            .map(Meaning::vector)
            .filter(|v| !v.is_empty())
            .collect();
        let mut mean = vec![0.0; own.first()?.len()];
        own.iter().for_each(|v| mean.iter_mut().zip(*v).for_each(|(m, x)| *m += x / own.len() as f32));
        Some(Point { mean, count: own.len() as f32 })
    }
}

/// Everything that is told of one cluster.
fn cluster_of(
    content: &Content,
    vain: &[Vain<'_>],
    texts: &[Distinct<'_>],
    members: &[usize],
    period: Period,
) -> Cluster {
    let mut mean = vec![0.0_f32; texts[members[0]].meaning.vector().len()];
    for n in members {
        mean.iter_mut().zip(texts[*n].meaning.vector()).for_each(|(m, x)| *m += x);
    }
    let questions = || members.iter().flat_map(|n| &texts[*n].asked).map(|n| &vain[*n]);
    let visitors_of = |text: &Distinct<'_>| {
        let known: HashSet<VisitorId> = text.asked.iter().filter_map(|n| vain[*n].asked.visitor).collect();
        known.len().max(1)
    };
    // What most visitors wrote stands first, then what says best what all of them mean.
    let mut by_weight: Vec<(usize, f32, usize)> =
        members.iter().map(|n| (visitors_of(&texts[*n]), dot(texts[*n].meaning.vector(), &mean), *n)).collect();
    by_weight.sort_by(|a, b| {
        b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)).then_with(|| texts[a.2].normal.cmp(&texts[b.2].normal))
    });
    let centre = by_weight.iter().max_by(|a, b| a.1.total_cmp(&b.1)).map_or(members[0], |(_, _, n)| *n);
    let earliest = members.iter().map(|n| &texts[*n]).min_by_key(|t| (t.first.at, &t.normal));
    let mut signals = Signals::default();
    let (mut visitors, mut unknown_visitors) = (HashSet::new(), 0);
    let mut trend = [0_u32; SLICES];
    let mut languages: Vec<Language> = Vec::new();
    let (mut first, mut last) = (period.until, Timestamp(i64::MIN));
    let mut suggestions: Vec<Suggestion> = Vec::new();
    for question in questions() {
        signals.count(&question.marks);
        match question.asked.visitor {
            Some(visitor) => drop(visitors.insert(visitor)),
            None => unknown_visitors += 1,
        }
        if let Some(slice) = trend.get_mut(slice_of(question.asked.at, period)) {
            *slice += 1;
        }
        languages.extend(question.asked.language.filter(|l| !languages.contains(l)));
        (first, last) = (first.min(question.asked.at), last.max(question.asked.at));
        suggestions.extend(question.told.iter().map(|t| Suggestion::of(t)));
    }
    languages.sort_unstable();
    let sample = |n: usize| Sample {
        text: texts[n].first.text.clone(),
        language: texts[n].first.language.map(|l| l.code().to_owned()),
        page: texts[n].first.page.as_deref().map(path_of),
        at: texts[n].first.at,
        times: texts[n].asked.len(),
    };
    let all: Vec<String> = by_weight.iter().take(TEXTS).map(|(_, _, n)| texts[*n].first.text.clone()).collect();
    Cluster {
        id: ids::id_of(earliest.map_or("", |t| &t.normal)),
        size: questions().count(),
        visitors: visitors.len() + unknown_visitors,
        languages: languages.iter().map(|l| l.code().to_owned()).collect(),
        signals,
        samples: by_weight.iter().take(SAMPLES).map(|(_, _, n)| sample(*n)).collect(),
        texts_total: members.len(),
        trend,
        first,
        last,
        nearest: nearest(content, texts[centre].first),
        suggestions,
        drafted: None,
        known_by: all.iter().take(KNOWN_BY).map(|t| t.split_whitespace().collect::<Vec<_>>().join(" ")).collect(),
        texts: all,
    }
}

/// The part of a page's address that is no visitor's own: without what stands behind `?` and `#`.
fn path_of(page: &str) -> String {
    page.split(['?', '#']).next().unwrap_or_default().to_owned()
}

fn slice_of(at: Timestamp, period: Period) -> usize {
    let whole = period.until.since(period.since).max(1);
    let part = at.since(period.since);
    usize::try_from(part.saturating_mul(SLICES as u64) / whole).unwrap_or(SLICES).min(SLICES - 1)
}

/// Entries that are near to a text, and why they did not answer it.
fn nearest(content: &Content, asked: &Asked) -> Vec<Nearest> {
    let situation = situation(asked);
    let reading = content.read(&asked.text, &situation);
    let language = if content.settings.languages.contains(&reading.language) {
        reading.language
    } else {
        content.settings.default_language()
    };
    let near = reading.candidates.iter().take(NEAREST).enumerate().map(|(n, candidate)| {
        let likeness = || {
            let reason = reading.trace.iter().find(|r| r.target == candidate.target)?;
            let line = content.line_of(reason.source)?;
            Some(match reason.words.as_slice() {
                [] => format!("like “{line}”"),
                [word] => format!("like “{line}”, by the word “{word}”"),
                words => format!("like “{line}”, by the words “{}”", words.join("”, “")),
            })
        };
        let why = if n == 0 { content.why(&asked.text, &reading, &situation) } else { likeness().unwrap_or_default() };
        Nearest {
            id: content.id_of(candidate.target),
            kind: kind_of(candidate.target),
            title: content.title_of(candidate.target, language),
            confidence: candidate.confidence,
            why,
        }
    });
    near.collect()
}

const fn kind_of(target: Target) -> &'static str {
    match target {
        Target::Intent(_) => "intent",
        Target::Passage { .. } => "article",
    }
}
