//! The classifier: which intent do these words look like?
//!
//! A support vector machine picks the five likeliest intents; its decision, likeness to the nearest examples, words covered
//! and distance from the middle of each put them in order. It learns from the content alone, when the content is loaded.

use super::features::{Bag, Idf};
use super::lexicon::Lexicon;
use super::order::Order;
use super::spread::Spread;
use super::svm::{LANES, Label, Rows, Task};
use super::weights::{Packed, Weights};
use crate::types::Language;

/// Intents looked at closely.
pub(crate) const SHORTLIST: usize = 5;
/// Examples of an intent that are looked at, and how many of them are compared in full: the nearest by the first
/// dimensions of their meaning, which are those that say most.
const LOOKED_AT: usize = 200;
const COMPARED: usize = 20;
const HEAD: usize = 32;
/// Nearest examples whose likeness is averaged.
const NEAREST: usize = 3;
/// Length of the static block against 1.0 of the two sparse ones.
const STATIC_LENGTH: f32 = 1.5;
/// Words of a text that are looked for one by one; a longer text is no longer a question.
const MOST_WORDS: usize = 60;
/// What letters count for where no vectors tell what words mean.
const LETTERS_ALONE: f32 = 1.4;
/// Examples of an intent from which its usual likeness is taken.
const TYPICAL: usize = 30;
/// Walks over the examples in training, and over more than [`MANY`].
const PASSES: usize = 20;
const PASSES_OF_MANY: usize = 8;
const MANY: usize = 4_000;

/// A text as the classifier sees it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Probe {
    pub(crate) bag: Bag,
    /// Static vector of length 1; empty where the table does not know the language.
    pub(crate) meaning: Vec<f32>,
    /// Vectors of words that the content does not have; see [`Lexicon`].
    pub(crate) strangers: Vec<Vec<f32>>,
}

/// A text that teaches.
pub(crate) struct Lesson {
    pub(crate) language: Language,
    pub(crate) probe: Probe,
    pub(crate) label: Label,
    /// What an intent is called, in the editors' words.
    pub(crate) title: bool,
}

/// A trained classifier.
pub(crate) struct Model {
    idf: Idf,
    /// Mean of the examples' static vectors: what they have in common tells nothing.
    centre: Vec<f32>,
    weights: Weights,
    /// Examples of each class, as indexes into `examples`.
    by_class: Vec<Vec<u32>>,
    /// Stems of each class, ascending.
    vocabulary: Vec<Vec<u32>>,
    examples: Vec<Example>,
    spread: Option<Spread>,
    /// Likeness of each class's examples to their nearest.
    typical: Vec<f32>,
}

struct Example {
    words: Vec<(u32, f32)>,
    meaning: Vec<f32>,
    lesson: u32,
}

/// One intent of the shortlist.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scored {
    pub(crate) class: u32,
    /// Value of its decision function: above 0 is inside, -1 is the usual outside.
    pub(crate) decision: f32,
    /// Mean likeness of the nearest examples, 0.0..=1.0.
    pub(crate) near: f32,
    /// Share of the text's words that the class has, or has words near to, by weight, 0.0..=1.0.
    pub(crate) covered: f32,
    /// Squared distance from the middle of its examples, where 1 is their own; 1 where no vectors tell.
    pub(crate) distance: f32,
    /// Mean likeness of its own examples to their nearest.
    pub(crate) typical: f32,
    /// The nearest examples, nearest first: lesson and likeness.
    pub(crate) nearest: Vec<(u32, f32)>,
}

/// A probe weighed by a model.
pub(crate) struct Weighed {
    words: usize,
    sparse: Vec<(u32, f32)>,
    meaning: Vec<f32>,
    /// The meaning where the usual spread is a sphere.
    whitened: Vec<f32>,
}

impl Model {
    /// Learns from the lessons that `chosen` names.
    pub(crate) fn train(lessons: &[Lesson], chosen: &[u32], classes: usize, features: usize) -> Self {
        let probes = || chosen.iter().map(|i| &lessons[*i as usize]);
        let idf = Idf::new(features, probes().map(|l| &l.probe.bag));
        let centre = centre(probes().map(|l| &l.probe));
        let dim = centre.len();
        let mut rows = Rows::new(dim);
        let mut order = Vec::with_capacity(chosen.len());
        let mut by_class = vec![Vec::new(); classes];
        let mut vocabulary = vec![Vec::new(); classes];
        let mut examples: Vec<Example> = Vec::new();
        for (row, lesson) in chosen.iter().zip(probes()) {
            let weighed = weigh(&idf, &centre, &lesson.probe);
            let mut dense = weighed.meaning.clone();
            dense.resize(dim, 0.0);
            dense.iter_mut().for_each(|v| *v *= STATIC_LENGTH);
            order.push((rows.len() as u32, lesson.label));
            rows.push(&dense, |out| out.extend(&weighed.sparse));
            if let Label::Is(class) = lesson.label {
                by_class[class as usize].push(examples.len() as u32);
                vocabulary[class as usize].extend(&lesson.probe.bag.stems);
                examples.push(Example {
                    words: weighed.sparse[..weighed.words].to_vec(),
                    meaning: weighed.meaning,
                    lesson: *row,
                });
            }
        }
        vocabulary.iter_mut().for_each(|v: &mut Vec<u32>| {
            v.sort_unstable();
            v.dedup();
        });
        let passes = if chosen.len() > MANY { PASSES_OF_MANY } else { PASSES };
        let groups = Task { rows: &rows, order, features, classes, passes }.run(|group| Packed::new(&group));
        let mut made = Self {
            idf,
            centre,
            weights: Weights::new(&groups, features),
            by_class,
            vocabulary,
            examples,
            spread: None,
            typical: Vec::new(),
        };
        let middles = made.by_class.iter().zip(0..).flat_map(|(own, class)| own.iter().map(move |at| (class, *at)));
        let meanings = middles.map(|(class, at)| (class, made.examples[at as usize].meaning.as_slice()));
        made.spread = Spread::new(meanings, classes);
        made.typical = (0..classes as u32).map(|class| made.typical_of(class)).collect();
        made
    }

    /// How near the examples of a class are to those that are nearest to them.
    fn typical_of(&self, class: u32) -> f32 {
        let own = &self.by_class[class as usize];
        let step = own.len().div_ceil(TYPICAL).max(1);
        let likeness = |at: &u32| {
            let Example { words, meaning, .. } = &self.examples[*at as usize];
            let (_, near) = self.nearest(words, meaning, class, Some(*at));
            near
        };
        let all: Vec<f32> = own.iter().step_by(step).map(likeness).collect();
        all.iter().sum::<f32>() / all.len().max(1) as f32
    }

    /// The likeliest classes that `allow` lets through, best first; none where the text shares nothing with the content.
    pub(crate) fn rank(
        &self,
        probe: &Probe,
        lexicon: &Lexicon,
        order: &Order,
        allow: impl Fn(u32) -> bool,
    ) -> Vec<Scored> {
        let mut weighed = weigh(&self.idf, &self.centre, probe);
        if let Some(spread) = self.spread.as_ref().filter(|_| !weighed.meaning.is_empty()) {
            weighed.whitened = spread.whitened(&weighed.meaning);
        }
        if weighed.sparse.is_empty() && weighed.meaning.is_empty() {
            return Vec::new();
        }
        let dense: Vec<f32> = weighed.meaning.iter().map(|v| v * STATIC_LENGTH).collect();
        let decisions = self.weights.score(&weighed.sparse, &dense);
        let mut shortlist: Vec<(u32, f32)> = Vec::with_capacity(SHORTLIST + 1);
        let mut passed = vec![false; self.by_class.len()];
        while shortlist.len() < SHORTLIST {
            let open = decisions[..self.by_class.len()]
                .iter()
                .enumerate()
                .filter(|(c, _)| !passed[*c] && !self.by_class[*c].is_empty());
            let Some((class, decision)) = open.reduce(|a, b| if *b.1 > *a.1 { b } else { a }) else { break };
            passed[class] = true;
            if allow(class as u32) {
                shortlist.push((class as u32, *decision));
            }
        }
        let mut scored: Vec<_> = shortlist
            .into_iter()
            .map(|(class, decision)| self.compare(probe, lexicon, &weighed, class, decision))
            .collect();
        order.sort(&mut scored);
        scored
    }

    fn compare(&self, probe: &Probe, lexicon: &Lexicon, text: &Weighed, class: u32, decision: f32) -> Scored {
        let (nearest, near) = self.nearest(&text.sparse[..text.words], &text.meaning, class, None);
        let covered = self.covered(probe, lexicon, class);
        let distance = match &self.spread {
            Some(spread) if !text.whitened.is_empty() => spread.distance(&text.whitened, class),
            _ => 1.0,
        };
        Scored { class, decision, near, covered, distance, typical: self.typical[class as usize], nearest }
    }

    /// The nearest examples of a class but for one, and their mean likeness.
    fn nearest(&self, words: &[(u32, f32)], meaning: &[f32], class: u32, but: Option<u32>) -> (Vec<(u32, f32)>, f32) {
        let mut nearest: Vec<(u32, f32)> = Vec::with_capacity(NEAREST + 1);
        for at in self.compared(meaning, class).into_iter().filter(|at| Some(*at) != but) {
            let example = &self.examples[at as usize];
            let likeness = (overlap(words, &example.words) + 2.0 * dot(meaning, &example.meaning)) / 3.0;
            let place = nearest.partition_point(|(_, l)| *l >= likeness);
            if place < NEAREST {
                nearest.insert(place, (example.lesson, likeness));
                nearest.truncate(NEAREST);
            }
        }
        let near = nearest.iter().map(|(_, l)| l).sum::<f32>() / nearest.len().max(1) as f32;
        (nearest, near)
    }

    /// Examples of a class that are worth comparing.
    fn compared(&self, meaning: &[f32], class: u32) -> Vec<u32> {
        let all = &self.by_class[class as usize];
        let all = &all[..all.len().min(LOOKED_AT)];
        if all.len() <= COMPARED || meaning.len() < HEAD {
            return all.to_vec();
        }
        let head = &meaning[..HEAD];
        let like = |at: &u32| self.examples[*at as usize].meaning.get(..HEAD).map_or(0.0, |m| dot(head, m));
        let mut order: Vec<(f32, u32)> = all.iter().map(|at| (like(at), *at)).collect();
        order.select_nth_unstable_by(COMPARED, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        order.truncate(COMPARED);
        order.sort_unstable_by_key(|(_, at)| *at);
        order.into_iter().map(|(_, at)| at).collect()
    }

    fn covered(&self, probe: &Probe, lexicon: &Lexicon, class: u32) -> f32 {
        let stems = &self.vocabulary[class as usize];
        let (mut all, mut found) = (0.0, 0.0);
        for stem in probe.bag.stems.iter().take(MOST_WORDS) {
            let weight = match self.idf.of[*stem as usize] {
                0.0 => self.idf.unknown,
                idf => idf,
            };
            all += weight;
            found += weight
                * if stems.binary_search(stem).is_ok() { 1.0 } else { lexicon.nearest(lexicon.vector(*stem), stems) };
        }
        for stranger in probe.strangers.iter().take(MOST_WORDS) {
            all += self.idf.unknown;
            found += self.idf.unknown * lexicon.nearest(stranger, stems);
        }
        if all > 0.0 { found / all } else { 0.0 }
    }
}

fn weigh(idf: &Idf, centre: &[f32], probe: &Probe) -> Weighed {
    let mut sparse = Vec::with_capacity(probe.bag.words.len() + probe.bag.letters.len());
    idf.weigh(&probe.bag.words, &mut sparse);
    let words = sparse.len();
    idf.weigh(&probe.bag.letters, &mut sparse);
    let mut meaning = probe.meaning.clone();
    if meaning.len() == centre.len() {
        meaning.iter_mut().zip(centre).for_each(|(v, c)| *v -= c);
        unit(&mut meaning);
    } else {
        meaning.clear();
        sparse[words..].iter_mut().for_each(|(_, v)| *v *= LETTERS_ALONE);
    }
    Weighed { words, sparse, meaning, whitened: Vec::new() }
}

fn centre<'a>(probes: impl Iterator<Item = &'a Probe>) -> Vec<f32> {
    let (mut sum, mut n) = (Vec::new(), 0.0_f32);
    for probe in probes.filter(|p| !p.meaning.is_empty()) {
        sum.resize(probe.meaning.len(), 0.0);
        sum.iter_mut().zip(&probe.meaning).for_each(|(s, v)| *s += v);
        n += 1.0;
    }
    sum.iter_mut().for_each(|s| *s /= n);
    sum
}

/// Brings a vector to length 1; zero stays zero.
pub(crate) fn unit(vector: &mut [f32]) {
    let length = dot(vector, vector).sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|v| *v /= length);
    }
}

/// Dot product of dense vectors, 0 where one of them is missing.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    if a.len() != b.len() {
        return 0.0;
    }
    // Eight sums at once, for the compiler to keep in registers.
    let mut sums = [0.0_f32; LANES];
    let ((a8, a_rest), (b8, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (x, y) in a8.iter().zip(b8) {
        for l in 0..LANES {
            sums[l] += x[l] * y[l];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    rest + sums.iter().sum::<f32>()
}

/// Dot product of sparse vectors, both by ascending feature.
pub(crate) fn overlap(a: &[(u32, f32)], b: &[(u32, f32)]) -> f32 {
    let (mut i, mut j, mut sum) = (0, 0, 0.0);
    // Which side is ahead cannot be foreseen, so there is no branch on it.
    while let (Some((f, x)), Some((g, y))) = (a.get(i), b.get(j)) {
        sum += if f == g { x * y } else { 0.0 };
        i += usize::from(f <= g);
        j += usize::from(g <= f);
    }
    sum
}
