//! Languages and dates as people write them.

use jiff::civil::{Date, date as civil};

/// Names of languages in English, German and the language itself.
const LANGUAGES: &[(&str, &str)] = &[
    ("en", "english englisch eng"),
    ("de", "german deutsch allemand ger deu"),
    ("fr", "french französisch franzoesisch français francais fra fre"),
    ("es", "spanish spanisch español espanol spa"),
    ("it", "italian italienisch italiano ita"),
    ("nl", "dutch niederländisch niederlaendisch holländisch nederlands nld dut"),
    ("pl", "polish polnisch polski pol"),
    ("pt", "portuguese portugiesisch português portugues por"),
    ("da", "danish dänisch daenisch dansk dan"),
    ("sv", "swedish schwedisch svenska swe"),
    ("no", "norwegian norwegisch norsk nor"),
    ("fi", "finnish finnisch suomi fin"),
    ("cs", "czech tschechisch čeština ces cze"),
    ("hu", "hungarian ungarisch magyar hun"),
    ("ro", "romanian rumänisch rumaenisch română ron rum"),
    ("tr", "turkish türkisch tuerkisch türkçe tur"),
    ("el", "greek griechisch ελληνικά ell gre"),
    ("ru", "russian russisch русский rus"),
    ("uk", "ukrainian ukrainisch українська ukr"),
    ("ar", "arabic arabisch العربية ara"),
    ("ja", "japanese japanisch 日本語 jpn"),
    ("zh", "chinese chinesisch 中文 zho chi"),
];

/// Months by the beginning of their English and German names.
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar mär mrz", "apr", "may mai", "jun", "jul", "aug", "sep", "oct okt", "nov", "dec dez"];

/// The code of a language that is called by a name.
#[must_use]
pub(super) fn language(name: &str) -> Option<&'static str> {
    let name = name.trim().to_lowercase();
    LANGUAGES.iter().find(|(_, names)| names.split(' ').any(|n| n == name)).map(|(code, _)| *code)
}

/// The day that is meant, where it can be one only: `1.11.2026` is the first of November wherever dots are written,
/// `1/11/2026` may be January.
#[must_use]
pub(super) fn date(text: &str) -> Option<Date> {
    let parts: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|p| !p.is_empty()).collect();
    let [a, b, c] = parts.as_slice() else { return None };
    let number = |text: &str| text.parse::<i16>().ok();
    let (day, month, year) = match (number(a), number(b), number(c)) {
        (Some(year), Some(month), Some(day)) if a.len() == 4 => (day, month, year),
        (Some(day), Some(month), Some(year)) if text.contains('.') => (day, month, year),
        (Some(a), Some(b), Some(year)) => match (a, b) {
            (day, month) if day == month || day > 12 => (day, month, year),
            (month, day) if day > 12 => (day, month, year),
            _ => return None,
        },
        (Some(day), None, Some(year)) => (day, named(b)?, year),
        (None, Some(day), Some(year)) => (day, named(a)?, year),
        _ => return None,
    };
    // Two digits of a year may be any century, or a day.
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    let date = (1990..2200).contains(&year).then(|| Date::new(year, month, day).ok())??;
    (date >= civil(1990, 1, 1)).then_some(date)
}

fn named(month: &str) -> Option<i16> {
    let month = month.to_lowercase();
    let at = MONTHS.iter().position(|names| names.split(' ').any(|n| month.starts_with(n)))?;
    i16::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_taken_only_where_they_can_be_one_day() {
        for (text, wanted) in [
            ("1.11.2026", Some("2026-11-01")),
            ("2026/11/1", Some("2026-11-01")),
            ("13/11/2026", Some("2026-11-13")),
            ("11/13/2026", Some("2026-11-13")),
            ("1 November 2026", Some("2026-11-01")),
            ("1. März 2026", Some("2026-03-01")),
            ("Dec 24, 2026", Some("2026-12-24")),
            ("1/11/2026", None),
            ("31.11.2026", None),
            ("1.11.26", None),
            ("tomorrow", None),
            ("2026-11", None),
        ] {
            assert_eq!(date(text).map(|d| d.to_string()).as_deref(), wanted, "{text}");
        }
        assert_eq!((language("German"), language("deutsch"), language("engl")), (Some("de"), Some("de"), None));
    }
}
