//! `deskbell calibrate`: how many questions can be answered how well, what the thresholds cost, and how many visitors ask
//! about something else.

mod asked;
mod report;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;

use super::render::{self, ContentArg};
use super::store_arg::StoreArg;
use crate::content::{Content, Situation};
use crate::desk;
use crate::engine::curve::{self, Estimate, Point, Shares};
use crate::engine::{Evidence, Options, Outcome, Target, Verdict};
use crate::redact::Redactor;
use crate::store::OpenMode;
use crate::types::Language;
use crate::workshop::asked::{Asked, Course};

/// Precisions that the curve is read at.
const LEVELS: [f32; 7] = [0.99, 0.975, 0.95, 0.925, 0.9, 0.85, 0.8];
/// Fewest held-out texts of a language that tell anything of it.
const FEWEST: usize = 20;
/// Fewest texts of visitors that an estimate can be acted on from.
const ENOUGH: usize = 200;
/// Most texts that are read from the store: the newest.
const QUESTIONS: usize = 100_000;
/// Estimates outside these are at the edge: more likely a sign that the texts are unlike what was learned from.
const EDGES: (f32, f32) = (0.01, 0.9);

/// How many questions can be answered how well
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  deskbell calibrate --precision 0.95
  deskbell calibrate --store --days 14     estimates out_of_scope from what visitors asked

The curve comes from examples that were held out when the content was compiled. Exits with 1 where the content is too
small to have one, or where no threshold reaches --precision.")]
pub(super) struct Args {
    #[command(flatten)]
    content: ContentArg,
    /// Share of answers that shall be right: says from which confidence on they are
    #[arg(long, value_name = "P", value_parser = share)]
    precision: Option<f32>,
    /// Reads what visitors asked from the server's data: `sqlite:` (a file in the data directory, also without a value) or
    /// `sqlite:PATH`. Nothing is changed and no text is shown
    #[arg(long, value_name = "URL", num_args = 0..=1, default_missing_value = "sqlite:", conflicts_with = "questions")]
    store: Option<String>,
    /// Directory of the data, for --store
    #[arg(long, value_name = "DIR", default_value = "./data", env = "DESKBELL_DATA")]
    data: PathBuf,
    /// Days to look back, for --store
    #[arg(long, value_name = "N", default_value_t = 28, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    days: u32,
    /// Reads what visitors asked from a file, {"text", "language"?} a line. With an `id` in every line (null: nothing
    /// answers it) the curve is that of these texts
    #[arg(long, value_name = "FILE")]
    questions: Option<PathBuf>,
    /// One object for programs; docs/operations.md describes it
    #[arg(long)]
    json: bool,
}

fn share(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(p) if (0.5..=1.0).contains(&p) => Ok(p),
        _ => Err("a share from 0.5 to 1, such as 0.95".to_owned()),
    }
}

/// Everything that is told.
struct Findings {
    intents: usize,
    examples: usize,
    articles: usize,
    /// In force; both thresholds are given.
    options: Options,
    /// As the content says: given only where the editors set them.
    set: Options,
    /// Whether the curve is that of judged questions, not of held-out examples.
    judged: bool,
    /// Of all texts, then of each language of the content.
    curves: Vec<Curve>,
    /// Looked for besides.
    precision: Option<f32>,
    heard: Option<Heard>,
}

/// The curve of one language, or of all.
struct Curve {
    language: Option<Language>,
    texts: usize,
    /// Share of the texts, by weight, that nothing answers.
    strange: f32,
    points: Vec<Point>,
    /// None for too few texts.
    shares: Option<Shares>,
}

/// What visitors asked.
struct Heard {
    /// What came of it when it was asked; none for texts of a file.
    course: Option<Course>,
    days: u32,
    /// What the content as it is makes of the texts: answered, asked back, unknown.
    now: [usize; 3],
    /// Texts whose first candidate is an article.
    articles: usize,
    texts: usize,
    estimate: Option<Estimate>,
}

/// Runs the command.
///
/// # Errors
/// If there is no content at that place, no data, or a file that is not what it should be.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let content = args.content.load_sound()?;
    let options = *content.engine.options();
    let mut outcomes = content.engine.outcomes().to_vec();
    let mut judged = false;
    let (texts, course) = match (&args.store, &args.questions) {
        (Some(url), _) => {
            let data = StoreArg { data: args.data.clone(), store: url.clone() };
            let since = render::now().plus_ms(-i64::from(args.days) * 86_400_000);
            let (texts, course) = data.with(OpenMode::Existing, async |store| {
                let redactor = Redactor::default().with_all();
                Ok(desk::asked(&*store, &content.settings, &redactor, since, QUESTIONS).await?)
            })?;
            (Some(texts), Some(course))
        }
        (None, Some(file)) => {
            let texts = asked::read_file(file)?;
            judged = !texts.is_empty() && texts.iter().all(|t| t.right.is_some());
            if judged {
                outcomes = judge(&content, &texts)?;
            }
            ((!judged).then_some(texts), None)
        }
        (None, None) => (None, None),
    };
    let heard = texts.map(|texts| listen(&content, &outcomes, &texts, course, args.days));
    let of_language = |language: Option<Language>| {
        let own: Vec<Outcome> = outcomes.iter().filter(|o| language.is_none_or(|l| l == o.language)).copied().collect();
        curve_of(&own, language, &options)
    };
    let mut curves = vec![of_language(None)];
    if content.engine.languages().len() > 1 {
        curves.extend(content.engine.languages().iter().map(|l| of_language(Some(*l))));
    }
    let findings = Findings {
        intents: content.intents.len(),
        examples: content.intents.iter().map(|i| i.examples.len()).sum(),
        articles: content.articles.len(),
        options,
        set: content.settings.options,
        judged,
        curves,
        precision: args.precision,
        heard,
    };
    render::say(&if args.json { report::json(&findings) } else { report::text(&findings) })?;
    let points = findings.curves.first().map_or(&[][..], |c| &c.points);
    let reached = args.precision.is_none_or(|p| curve::reaching(points, p).is_some());
    Ok(if points.is_empty() || !reached { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn curve_of(outcomes: &[Outcome], language: Option<Language>, options: &Options) -> Curve {
    let weight = |of: &dyn Fn(&Outcome) -> bool| outcomes.iter().filter(|o| of(o)).fold(0.0, |sum, o| sum + o.weight);
    let strange = weight(&|o| o.place.is_none()) / weight(&|_| true).max(f32::MIN_POSITIVE);
    let tells = outcomes.iter().filter(|o| o.place.is_some()).count() >= FEWEST;
    let (points, shares) = match (tells, options.confident_at, options.ambiguous_at) {
        (true, Some(confident), Some(ambiguous)) => {
            (curve::curve(outcomes), curve::shares(outcomes, confident, ambiguous))
        }
        _ => (Vec::new(), None),
    };
    Curve { language, texts: outcomes.len(), strange, points, shares }
}

/// Readings of texts whose right answer is known.
fn judge(content: &Content, texts: &[Asked]) -> anyhow::Result<Vec<Outcome>> {
    let mut outcomes = Vec::with_capacity(texts.len());
    for (line, text) in (1_usize..).zip(texts) {
        let right = text.right.as_ref().and_then(Option::as_deref);
        let wanted = right.map(|id| content.target_of(id));
        if let (Some(None), Some(id)) = (wanted, right) {
            bail!("question {line}: there is no intent or article `{id}` in the content");
        }
        let reading = content.read(&text.text, &situation(text));
        let same = |a: Target, b: Target| match (a, b) {
            (Target::Passage { article: a, .. }, Target::Passage { article: b, .. }) => a == b,
            _ => a == b,
        };
        let place = wanted
            .flatten()
            .map(|wanted| reading.candidates.iter().position(|c| same(c.target, wanted)).unwrap_or(usize::MAX));
        let confidence = reading.candidates.first().map_or(0.0, |c| c.confidence);
        outcomes.push(Outcome { language: reading.language, confidence, place, weight: 1.0 });
    }
    Ok(outcomes)
}

/// What the engine makes of texts that nobody has judged, and how many of them are probably out of scope.
fn listen(content: &Content, outcomes: &[Outcome], texts: &[Asked], course: Option<Course>, days: u32) -> Heard {
    let (mut now, mut articles, mut decided) = ([0; 3], 0, 0_usize);
    let mut confidences = Vec::new();
    for text in texts {
        let reading = content.read(&text.text, &situation(text));
        now[match reading.verdict {
            Verdict::Confident => 0,
            Verdict::Ambiguous => 1,
            Verdict::Unknown => 2,
        }] += 1;
        let Some(best) = reading.candidates.first() else {
            confidences.push(0.0);
            continue;
        };
        let rule = |e| matches!(e, Evidence::Keyword | Evidence::Pattern);
        if reading.trace.iter().any(|r| r.target == best.target && rule(r.evidence)) {
            // The content's own rule says that this is in scope; no likeness needs to be weighed.
            decided += 1;
            continue;
        }
        articles += usize::from(matches!(best.target, Target::Passage { .. }));
        confidences.push(best.confidence);
    }
    let estimate = if confidences.is_empty() && decided > 0 && !outcomes.is_empty() {
        Some(Estimate { share: 0.0, low: 0.0, high: 0.0 })
    } else {
        let rest = confidences.len() as f32 / texts.len().max(1) as f32;
        curve::out_of_scope(outcomes, &confidences).map(|e| Estimate {
            share: e.share * rest,
            low: e.low * rest,
            high: e.high * rest,
        })
    };
    Heard { course, days, now, articles, texts: texts.len(), estimate }
}

fn situation(text: &Asked) -> Situation<'_> {
    Situation { page: text.page.as_deref(), at: text.at, language: text.language }
}
