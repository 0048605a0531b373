//! Editors' regular expressions: compiled within a budget, refused in plain words.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

use super::Problem;
use super::source::Source;
use super::syntax::At;

/// What the patterns of a content have cost so far. Bytes stand for time: compiling takes both in proportion, and
/// bytes are the same on every machine.
#[derive(Debug, Default)]
pub(super) struct Spent {
    count: usize,
    bytes: usize,
}

const COUNT: usize = 2_000;
const EACH: usize = 256 << 10;
const TOGETHER: usize = 32 << 20;
const NESTED: u32 = 50;

static TYPO: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\{\s*(\d+)\s*[:;.\-]+\s*(\d+)\s*\}").ok());

impl Spent {
    /// Compiles a pattern. Case does not matter, as nobody minds it in a chat; `(?-i)` in the pattern makes it matter.
    pub(super) fn compile(&mut self, source: &Source<'_>, pattern: &At<String>) -> Result<Regex, Problem> {
        self.count += 1;
        if self.count > COUNT || self.bytes > TOGETHER {
            return Err(source
                .problem(
                    "I007",
                    pattern.place,
                    "with this one the patterns of the content are too many or too large together",
                )
                .help("write several alternatives as one pattern: `(?:a|b)`, and use smaller repetitions"));
        }
        if let Some(found) = TYPO.as_ref().and_then(|typo| typo.captures(&pattern.value)) {
            let place = source.find_from(pattern.place, &found[0]);
            return Err(source
                .problem("I008", place, format!("`{}` is no repetition", &found[0]))
                .help(format!("did you mean `{{{},{}}}`?", &found[1], &found[2]))
                .fix(source.replace_within(place, &found[0], &format!("{{{},{}}}", &found[1], &found[2]))));
        }
        for limit in [EACH >> 4, EACH >> 2, EACH] {
            let built =
                RegexBuilder::new(&pattern.value).case_insensitive(true).size_limit(limit).nest_limit(NESTED).build();
            match built {
                Ok(regex) => {
                    self.bytes += limit;
                    return Ok(regex);
                }
                Err(regex::Error::CompiledTooBig(_)) => {}
                Err(error) => {
                    let reason = reason(&error);
                    let help = match reason.as_str() {
                        r if r.contains("look-around") || r.contains("backreference") => {
                            "it is left out so that no pattern can ever hang; `none` under `keywords` excludes words"
                        }
                        r if r.contains("escape") => {
                            "write the pattern in single quotes, which keep backslashes as they are"
                        }
                        _ => "a bracket as such is written with a backslash: `\\(`",
                    };
                    return Err(source
                        .problem("I005", pattern.place, format!("this pattern is not a regular expression: {reason}"))
                        .help(help));
                }
            }
        }
        self.bytes += EACH;
        Err(source
            .problem("I006", pattern.place, "this pattern is too large once it is compiled")
            .help("use smaller repetitions, and `[a-z]` where `\\w` or `\\p{L}` is more than you need"))
    }
}

/// The last line of the library's report, which is the reason; the lines before draw what we draw ourselves.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().rfind(|l| !l.trim().is_empty()).unwrap_or_default();
    last.trim_start_matches("error: ").trim().to_owned()
}
