//! What an editor would see who reads all examples and all articles side by side.

use std::collections::HashMap;

use super::gather::Gathered;
use super::lint::{disjoint, normal, only_filler};
use super::{Location, Problem};
use crate::engine::{Gist, Line};

fn span(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(0)
}

fn at(gathered: &Gathered, line: &Line) -> Option<Location> {
    gathered.lines.get(line.source as usize).cloned()
}

/// Examples that say nearly the same in two intents, and intents that know single words only.
pub(super) fn examples(gathered: &Gathered) -> Vec<Problem> {
    let gist = Gist::new(&gathered.settings.languages);
    let mut problems = Vec::new();
    let mut first: HashMap<Vec<String>, (usize, &Line)> = HashMap::new();
    for (index, (intent, rule)) in gathered.intents.iter().enumerate() {
        for line in &rule.examples {
            let words = gist.of(&line.text);
            // One word says too little to be the same question.
            if words.len() < 2 {
                continue;
            }
            let (other, like) = *first.entry(words).or_insert((index, line));
            let Some((other_intent, _)) = gathered.intents.get(other) else { continue };
            // The same words are told of already.
            if other == index || normal(&like.text) == normal(&line.text) || disjoint(&intent.when, &other_intent.when)
            {
                continue;
            }
            let (Some(here), Some(there)) = (at(gathered, line), at(gathered, like)) else { continue };
            let message =
                format!("`{}` says nearly the same: “{}” ({}:{})", other_intent.id, like.text, there.file, there.line);
            let help = "keep it where it belongs, or join the intents";
            problems.push(Problem::new("I024", here, span(&line.text), message).help(help));
        }
        let decides = !rule.keywords.is_empty() || !rule.patterns.is_empty();
        let short = |line: &Line| !line.text.trim().contains(char::is_whitespace) && line.text.is_ascii();
        if !decides && rule.examples.len() > 1 && rule.examples.iter().all(short) {
            let message = format!("all examples of `{}` are single words", intent.id);
            let help = "add whole sentences, as visitors ask; a word that decides by itself belongs under `keywords`";
            problems.push(Problem::new("I026", intent.location.clone(), span(&intent.id), message).help(help));
        }
    }
    problems
}

/// Articles that nobody will find, and sections without words.
pub(super) fn articles(gathered: &Gathered) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (article, rule) in &gathered.articles {
        if !gathered.settings.languages.contains(&article.language) {
            let message =
                format!("the article is in `{}`, which is not among the languages of the content", article.language);
            let help = "add it to `languages` in deskbell.toml";
            problems.push(Problem::new("K003", article.location.clone(), 0, message).help(help));
        }
        let last = rule.passages.len();
        for (index, part) in rule.passages.iter().enumerate() {
            if let Some(heading) = part.heading.as_ref().filter(|_| part.body.text.is_empty() && last > 1)
                && let Some(place) = at(gathered, heading)
            {
                let message = format!("below “{}” stands nothing", heading.text);
                let help = if index + 1 == last {
                    "write it, or remove the heading"
                } else {
                    "write it, remove the heading, or make what follows a `###`"
                };
                problems.push(Problem::new("K004", place, span(&heading.text), message).help(help));
            }
        }
        let says = |text: &str| {
            !text.trim().is_empty() && !only_filler(text) && normal(text).split(' ').any(|w| !only_filler(w))
        };
        let lines = rule
            .title
            .iter()
            .chain(&rule.questions)
            .chain(rule.passages.iter().flat_map(|p| p.heading.iter().chain([&p.body])));
        if !rule.passages.is_empty() && !lines.into_iter().any(|line| says(&line.text)) {
            let help = "name what it is about in its title, in the words that visitors use";
            problems.push(
                Problem::new("K005", article.location.clone(), 0, "no word of this article says what it is about")
                    .help(help),
            );
        }
    }
    problems
}
