//! How much is an article's lead worth?
//!
//! What holds over many contents is a constant; what a content can tell is learned when it loads. Each question that an
//! article was given is asked as if it did not stand there (the article's other questions remain, so it is in scope, and
//! found or not), and again as if its article did not (what a stranger scores), beside sentences that no content answers.
//! A line through the log-odds of these trials, drawn from the constants (Platt, 1999, with a prior), is the confidence.

use super::calibrate::threshold;
use super::decide::OFFERED;
use super::{Options, Outcome};
use crate::types::Language;

/// Log-odds of being right: constant, lead over the second, share of the question found in the text, likeness of meaning.
/// Fitted over FAQs and over questions grouped by intent, whole and with a third of the articles missing, so that texts out
/// of scope are [`USUAL`] of all; no word count or share of unknown words helped on contents other than those fitted on.
const ODDS: [f32; 4] = [-2.1, 13.0, 2.4, 1.5];
const USUAL: f32 = 0.2;
/// The second-best is taken to have at least this score: a lead over nothing tells nothing.
const FLOOR: f32 = 0.2;
/// However well an article fits, another that fits as well makes it one of two: most log-odds for each point of lead.
const EVEN: f32 = 40.0;

/// Fewest held-out questions that tell anything, and how many are believed at most.
const FEWEST: usize = 20;
const BELIEVED: f32 = 30.0;
/// How hard it is to move the line from slope 1 and offset 0.
const STIFF: [f32; 2] = [20.0, 2.0];
/// Half of the strangers are strange altogether, fewer where thresholds are set, which are set for this many more strangers.
const STRANGE: [f32; 2] = [0.5, 0.2];
const HARDER: f32 = 0.12;
/// A few hundred trials tell confidence well and its tails badly: how far below the precision wanted, and above, the least
/// confidence of an answer may lie, and between which a question back may begin.
const CAUTION: [f32; 2] = [0.15, 0.0];
const AMBIGUOUS: [f32; 2] = [0.2, 0.35];
/// Of the texts that are asked about, this many shall find theirs among those offered.
const OFFERED_RIGHT: f32 = 0.85;

/// What the best article shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Signs {
    pub(crate) score: f32,
    /// Score of the best other article.
    pub(crate) second: f32,
    /// Share of its question that the text has.
    pub(crate) back: f32,
    /// Likeness of meaning; none where no vectors serve the language.
    pub(crate) meaning: Option<f32>,
}

impl Signs {
    fn odds(&self) -> f32 {
        let lead = self.score - self.second.max(FLOOR);
        // Where meaning is not known it is taken to be as near as the words are.
        ODDS[0] + ODDS[1] * lead + ODDS[2] * self.back + ODDS[3] * self.meaning.unwrap_or(self.back)
    }
}

/// A text that was searched as if it or its article were not there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trial {
    pub(crate) language: Language,
    pub(crate) signs: Signs,
    pub(crate) kind: Asked,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Somebody whose article is there: its place among those found, `usize::MAX` if it is not.
    Inside(usize),
    /// Somebody whose article is not there.
    Stranger,
    /// Somebody who asks what no content answers.
    Background,
}

impl Asked {
    /// Place of the right article among those found; none for a text that is out of scope.
    const fn place(self) -> Option<usize> {
        if let Self::Inside(place) = self { Some(place) } else { None }
    }
}

/// From signs to log-odds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trust {
    slope: f32,
    offset: f32,
    /// Confidence from which is answered, and from which is asked what is meant; none where nothing was learned.
    pub(crate) thresholds: Option<(f32, f32)>,
    pub(crate) outcomes: Vec<Outcome>,
}

impl Trust {
    /// What holds for content that cannot tell.
    pub(crate) fn usual(options: &Options) -> Self {
        let odds = |share: f32| (share / (1.0 - share)).ln();
        let offset = odds(USUAL) - odds(options.out_of_scope.clamp(0.01, 0.9));
        Self { slope: 1.0, offset, thresholds: None, outcomes: Vec::new() }
    }

    /// Learns from trials, if there are enough of texts in scope.
    pub(crate) fn learn(trials: &[Trial], options: &Options) -> Self {
        let mut made = Self::usual(options);
        let inside = trials.iter().filter(|t| matches!(t.kind, Asked::Inside(_))).count();
        if inside < FEWEST {
            return made;
        }
        let weights = weigh(trials, options.out_of_scope, STRANGE[0]);
        let believed = BELIEVED.min(inside as f32) / weights.iter().sum::<f32>();
        let samples = trials.iter().zip(&weights);
        let samples = samples.map(|(t, w)| (made.odds(&t.signs), t.kind == Asked::Inside(0), w * believed));
        let (slope, offset) = line(&samples.collect::<Vec<_>>());
        (made.slope, made.offset) = (slope, slope * made.offset + offset);
        let judged = |share: f32| {
            let weights = weigh(trials, share, STRANGE[1]);
            let mut judged: Vec<_> =
                trials.iter().zip(weights).map(|(t, w)| (made.at(&t.signs), w, t.kind.place())).collect();
            judged.sort_by(|a, b| b.0.total_cmp(&a.0));
            judged
        };
        let (hard, mut unsure) = (judged(options.out_of_scope + HARDER), judged(options.out_of_scope));
        let (low, high) = (options.answer_precision - CAUTION[0], options.answer_precision + CAUTION[1]);
        let confident_at = threshold(&hard, options.answer_precision, 1).clamp(low, high);
        unsure.retain(|j| j.0 < confident_at);
        let ambiguous_at = threshold(&unsure, OFFERED_RIGHT, OFFERED).clamp(AMBIGUOUS[0], AMBIGUOUS[1]);
        made.thresholds = Some((confident_at, ambiguous_at));
        let outcome = |(t, weight): (&Trial, f32)| Outcome {
            language: t.language,
            confidence: made.at(&t.signs),
            place: t.kind.place(),
            weight,
        };
        made.outcomes = trials.iter().zip(weights).map(outcome).collect();
        made
    }

    /// Log-odds that the best article is right.
    pub(crate) fn odds(&self, signs: &Signs) -> f32 {
        (self.offset + self.slope * signs.odds()).min(EVEN * (signs.score - signs.second))
    }

    fn at(&self, signs: &Signs) -> f32 {
        probability(self.odds(signs))
    }
}

/// Of log-odds, 0.0..=1.0.
pub(crate) fn probability(odds: f32) -> f32 {
    1.0 / (1.0 + (-odds).exp())
}

/// Slope and offset that fit samples of log-odds, outcome and weight best, less what it costs to leave 1 and 0.
fn line(samples: &[(f32, bool, f32)]) -> (f32, f32) {
    let (mut slope, mut offset) = (1.0_f32, 0.0_f32);
    for _ in 0..20 {
        let (mut g, mut h) = ([STIFF[0] * (slope - 1.0), STIFF[1] * offset], [STIFF[0], STIFF[1], 0.0]);
        for (odds, right, weight) in samples {
            let p = probability(slope * odds + offset);
            let (miss, sure) = (weight * (p - f32::from(u8::from(*right))), weight * p * (1.0 - p));
            g = [g[0] + miss * odds, g[1] + miss];
            h = [h[0] + sure * odds * odds, h[1] + sure, h[2] + sure * odds];
        }
        // Newton's step; both sums on the diagonal are positive, and so is their lead over the rest.
        let room = (h[0] * h[1] - h[2] * h[2]).max(1e-6);
        slope -= ((g[0] * h[1] - g[1] * h[2]) / room).clamp(-1.0, 1.0);
        offset -= ((g[1] * h[0] - g[0] * h[2]) / room).clamp(-1.0, 1.0);
    }
    // More lead is never worse.
    (slope.max(0.1), offset)
}

/// Weights that give texts out of scope their expected share, `strange` of it to the background.
fn weigh(trials: &[Trial], out_of_scope: f32, strange: f32) -> Vec<f32> {
    let count = |f: &dyn Fn(Asked) -> bool| trials.iter().filter(|t| f(t.kind)).count() as f32;
    let inside = count(&|k| matches!(k, Asked::Inside(_)));
    let (strangers, background) = (count(&|k| k == Asked::Stranger), count(&|k| k == Asked::Background));
    let prior = out_of_scope.clamp(0.01, 0.9);
    let outside = inside * prior / (1.0 - prior);
    let strange = if background == 0.0 { 0.0 } else { strange };
    let weight = |kind| match kind {
        Asked::Inside(_) => 1.0,
        Asked::Stranger => outside * (1.0 - strange) / strangers,
        Asked::Background => outside * strange / background,
    };
    trials.iter().map(|t| weight(t.kind)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(score: f32, kind: Asked) -> Trial {
        let signs = Signs { score, second: 0.3, back: 0.5, meaning: None };
        Trial { language: Language::EN, signs, kind }
    }

    /// Texts in scope that lead by up to 0.3, right from `needed` on, and strangers that lead by up to 0.1.
    fn trials(needed: f32) -> Vec<Trial> {
        let inside = (0..60).map(|i| i as f32 / 200.0);
        let inside = inside.map(|lead| trial(0.3 + lead, Asked::Inside(usize::from(lead < needed))));
        let outside = (0..40).map(|i| trial(0.3 + i as f32 / 400.0, Asked::Stranger));
        inside.chain(outside).collect()
    }

    #[test]
    fn a_content_whose_articles_are_hard_to_tell_apart_is_trusted_less() {
        let options = Options::default();
        let at = |trust: &Trust, lead: f32| trust.at(&trial(0.3 + lead, Asked::Stranger).signs);
        let usual = Trust::usual(&options);
        let (easy, hard) = (Trust::learn(&trials(0.02), &options), Trust::learn(&trials(0.25), &options));
        assert!(at(&easy, 0.1) > at(&hard, 0.1) + 0.1 && at(&usual, 0.1) > at(&hard, 0.1));
        assert!(at(&hard, 0.3) > at(&hard, 0.1), "a lead still counts");
        let (at_easy, at_hard) = (easy.thresholds.unwrap(), hard.thresholds.unwrap());
        assert!(at_easy.0 >= at_easy.1 && at_hard.0 >= at_hard.1);
    }

    #[test]
    fn what_was_learned_is_told_with_its_weight() {
        let options = Options { out_of_scope: 0.3, ..Options::default() };
        let trust = Trust::learn(&trials(0.1), &options);
        let sum = |f: &dyn Fn(&&Outcome) -> bool| trust.outcomes.iter().filter(f).map(|o| o.weight).sum::<f32>();
        let share = sum(&|o| o.place.is_none()) / sum(&|_| true);
        assert!((share - 0.3).abs() < 1e-3, "{share}");
        let expected: f32 = trust.outcomes.iter().map(|o| o.confidence * o.weight).sum::<f32>() / sum(&|_| true);
        let right = sum(&|o| o.place == Some(0)) / sum(&|_| true);
        assert!((expected - right).abs() < 0.06, "{expected} {right}");
    }

    #[test]
    fn few_questions_teach_nothing_and_strangers_expected_lower_trust() {
        let few: Vec<_> = trials(0.25).into_iter().step_by(4).collect();
        let usual = Trust::usual(&Options::default());
        assert_eq!(Trust::learn(&few, &Options::default()), usual);
        let wary = Trust::usual(&Options { out_of_scope: 0.5, ..Options::default() });
        let signs = trial(0.5, Asked::Stranger).signs;
        assert!(wary.at(&signs) < usual.at(&signs));
    }
}
