//! Regular expressions that decide by themselves.
//!
//! Each is compiled alone and tried only where a literal that it requires stands in the text: one scan for all
//! literals costs less than one regex, and content may have thousands.

use aho_corasick::AhoCorasick;
use regex::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, HirKind};

use super::{BuildProblem, BuildProblemKind, Line};

/// Largest compiled pattern, bytes.
const SIZE_LIMIT: usize = 256 * 1024;
/// What all patterns of one content may cost together, in [`cost`]: below five seconds on a slow core. Work, not time,
/// because the same content must compile to the same engine everywhere.
const BUDGET: u64 = 40_000_000;
/// Parts of a pattern looked at for literals, and literals kept.
const MOST_LITERALS: usize = 16;

struct Pattern {
    intent: u32,
    source: u32,
    regex: Regex,
}

/// All patterns, compiled.
pub(crate) struct Patterns {
    patterns: Vec<Pattern>,
    /// Those without a literal: tried on every text.
    always: Vec<u32>,
    scan: Option<AhoCorasick>,
    /// Literal of the automaton to patterns.
    means: Vec<Vec<u32>>,
}

/// A pattern that fits a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) intent: u32,
    pub(crate) source: u32,
    /// What it matched, as written.
    pub(crate) matched: String,
    /// Its named groups that took part.
    pub(crate) captures: Vec<(String, String)>,
}

impl Patterns {
    /// `lines` with the intent each belongs to. What does not compile is reported and left out.
    pub(crate) fn new<'a>(lines: impl Iterator<Item = (u32, &'a Line)>, problems: &mut Vec<BuildProblem>) -> Self {
        let (mut patterns, mut always, mut literals, mut means) =
            (Vec::new(), Vec::new(), Vec::<String>::new(), Vec::<Vec<u32>>::new());
        let mut spent = 0_u64;
        for (intent, line) in lines {
            let (regex, needed) = match compile(&line.text, &mut spent) {
                Ok(done) => done,
                Err(kind) => {
                    problems.push(BuildProblem { source: line.source, kind });
                    continue;
                }
            };
            let at = patterns.len() as u32;
            patterns.push(Pattern { intent, source: line.source, regex });
            if needed.is_empty() {
                always.push(at);
            }
            for literal in needed {
                match literals.iter().position(|l| *l == literal) {
                    Some(i) => means[i].push(at),
                    None => {
                        literals.push(literal);
                        means.push(vec![at]);
                    }
                }
            }
        }
        let scan = if literals.is_empty() { None } else { AhoCorasick::new(&literals).ok() };
        if scan.is_none() {
            always = (0..patterns.len() as u32).collect();
        }
        Self { patterns, always, scan, means }
    }

    /// The patterns that fit, in content order.
    pub(crate) fn hits(&self, text: &str) -> Vec<Hit> {
        if self.patterns.is_empty() {
            return Vec::new();
        }
        let mut tried = self.always.clone();
        if let Some(scan) = &self.scan {
            for found in scan.find_overlapping_iter(&text.to_lowercase()) {
                tried.extend(&self.means[found.pattern().as_usize()]);
            }
        }
        tried.sort_unstable();
        tried.dedup();
        tried.into_iter().filter_map(|at| self.patterns[at as usize].hit(text)).collect()
    }
}

impl Pattern {
    fn hit(&self, text: &str) -> Option<Hit> {
        let found = self.regex.captures(text)?;
        let captures = self
            .regex
            .capture_names()
            .flatten()
            .filter_map(|name| Some((name.to_owned(), found.name(name)?.as_str().to_owned())))
            .collect();
        Some(Hit { intent: self.intent, source: self.source, matched: found.get(0)?.as_str().to_owned(), captures })
    }
}

/// The regex, and lower-case literals of which one must stand in a text that it matches (none: not known).
fn compile(pattern: &str, spent: &mut u64) -> Result<(Regex, Vec<String>), BuildProblemKind> {
    // Read with case, for without it every letter is a class and no literal is left.
    let hir =
        ParserBuilder::new().build().parse(pattern).map_err(|e| BuildProblemKind::Syntax(reason(&e.to_string())))?;
    if hir.properties().minimum_len().is_none_or(|n| n == 0) {
        return Err(BuildProblemKind::MatchesEmpty);
    }
    let cost = cost(&hir);
    if *spent + cost > BUDGET {
        return Err(BuildProblemKind::Budget);
    }
    *spent += cost;
    let regex = RegexBuilder::new(pattern)
        .case_insensitive(true)
        .size_limit(SIZE_LIMIT)
        .dfa_size_limit(SIZE_LIMIT)
        .build()
        .map_err(|e| match e {
            regex::Error::CompiledTooBig(limit) => BuildProblemKind::TooBig { limit },
            other => BuildProblemKind::Syntax(reason(&other.to_string())),
        })?;
    Ok((regex, literals(&hir).unwrap_or_default()))
}

/// The last line of the parser's message: what is wrong, without the drawing of where.
fn reason(message: &str) -> String {
    message.lines().last().unwrap_or(message).trim_start_matches("error: ").to_owned()
}

/// Work of compiling, roughly in states.
fn cost(hir: &Hir) -> u64 {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(l) => 4 * l.0.len() as u64,
        HirKind::Class(class) => {
            8 * class.minimum_len().map_or(1, |_| match class {
                regex_syntax::hir::Class::Unicode(c) => c.ranges().len(),
                regex_syntax::hir::Class::Bytes(c) => c.ranges().len(),
            }) as u64
        }
        HirKind::Repetition(r) => cost(&r.sub).saturating_mul(u64::from(r.max.unwrap_or(r.min + 1).max(1))),
        HirKind::Capture(c) => 2 + cost(&c.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().map(cost).fold(1, u64::saturating_add),
    }
    .min(SIZE_LIMIT as u64)
}

/// Literals of which one must occur: those of the most telling part of a sequence, all of an alternation.
fn literals(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Literal(l) => {
            let text = std::str::from_utf8(&l.0).ok()?.to_lowercase();
            // Letters with more than one other case (`k` and the Kelvin sign) are matched by regex only; nobody types them.
            Some(vec![text])
        }
        HirKind::Capture(c) => literals(&c.sub),
        HirKind::Repetition(r) if r.min > 0 => literals(&r.sub),
        HirKind::Concat(parts) => parts.iter().filter_map(literals).max_by_key(|l| l.iter().map(String::len).min()),
        HirKind::Alternation(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(literals(part)?);
                if all.len() > MOST_LITERALS {
                    return None;
                }
            }
            Some(all)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(patterns: &[&str]) -> (Patterns, Vec<BuildProblem>) {
        let lines: Vec<_> =
            patterns.iter().zip(0..).map(|(p, source)| Line { text: (*p).to_owned(), source }).collect();
        let mut problems = Vec::new();
        let built = Patterns::new(lines.iter().map(|l| (l.source, l)), &mut problems);
        (built, problems)
    }

    /// Groups that take part, where the pattern matches at all.
    type Captures = Option<&'static [(&'static str, &'static str)]>;

    #[test]
    fn patterns_match_in_any_case_and_capture() {
        let cases: &[(&str, &str, Captures)] = &[
            (
                r"\border\s+#?(?P<order_id>[A-Z]{2}\d{6})\b",
                "where is Order #ab123456?",
                Some(&[("order_id", "ab123456")]),
            ),
            (r"\border\s+#?(?P<order_id>[A-Z]{2}\d{6})\b", "where is order ab12345?", None),
            (r"\b[A-Z]{2}\d{6}\b", "AB123456", Some(&[])),
            (r"refund|money\s+back", "i want my MONEY  back", Some(&[])),
            (r"(?i)größe (?P<size>\d+)(?P<half>\.5)?", "in GRÖSSE 42, nicht Größe 43", Some(&[("size", "43")])),
            (r"退款", "我要退款", Some(&[])),
            (r"(?:tr|track)ing", "tracking", Some(&[])),
        ];
        for (pattern, text, expected) in cases {
            let (patterns, problems) = build(&[pattern]);
            assert_eq!(problems, [], "{pattern}");
            let hits = patterns.hits(text);
            assert_eq!(hits.len(), usize::from(expected.is_some()), "{pattern} on {text}");
            if let (Some(expected), Some(hit)) = (expected, hits.first()) {
                let expected: Vec<_> = expected.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
                assert_eq!(hit.captures, expected, "{pattern} on {text}");
            }
        }
    }

    #[test]
    fn bad_patterns_are_problems_and_the_rest_works() {
        let (patterns, problems) = build(&["(", r"\w{500}\w{500}", ".*", "fine"]);
        assert!(matches!(problems[0], BuildProblem { source: 0, kind: BuildProblemKind::Syntax(_) }), "{problems:?}");
        assert_eq!(problems[1], BuildProblem { source: 1, kind: BuildProblemKind::TooBig { limit: SIZE_LIMIT } });
        assert_eq!(problems[2], BuildProblem { source: 2, kind: BuildProblemKind::MatchesEmpty });
        assert_eq!(patterns.hits("that is fine").len(), 1);
    }

    #[test]
    fn work_on_patterns_is_bounded() {
        let hard: Vec<String> = (0..400).map(|i| format!("a{i}(b{{1,200}}){{1,200}}")).collect();
        let (_, problems) = build(&hard.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(problems.len(), 400);
        assert_eq!(problems.last().map(|p| &p.kind), Some(&BuildProblemKind::Budget));
    }

    #[test]
    fn literals_are_found_where_they_are_required() {
        let cases: &[(&str, Option<&[&str]>)] = &[
            (r"\border\s+#?\d", Some(&["order"])),
            ("a|bc", None),
            ("(?:refund|money)", Some(&["refund", "money"])),
            ("(foo)?bar", Some(&["bar"])),
            (r"\d+", None),
            ("x(?:yy)+", Some(&["yy"])),
        ];
        for (pattern, expected) in cases {
            let hir = ParserBuilder::new().build().parse(pattern).unwrap();
            let got = literals(&hir);
            if let Some(expected) = expected {
                assert_eq!(got.unwrap(), *expected, "{pattern}");
            }
        }
    }
}
