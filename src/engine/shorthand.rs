//! What people write instead of words: abbreviations, and pictures.

use crate::types::Language;

/// One word for one word, so that places in the text stay what they are.
#[rustfmt::skip]
const ENGLISH: &[(&str, &str)] = &[
    ("u", "you"), ("ur", "your"), ("r", "are"), ("pls", "please"), ("plz", "please"), ("plss", "please"), ("thx", "thanks"),
    ("thnx", "thanks"), ("tnx", "thanks"), ("thanx", "thanks"), ("ty", "thanks"), ("cuz", "because"), ("coz", "because"),
    ("bcoz", "because"), ("bcz", "because"), ("bc", "because"), ("abt", "about"), ("tmrw", "tomorrow"), ("tmr", "tomorrow"), ("2day", "today"),
    ("2moro", "tomorrow"), ("msg", "message"), ("pkg", "package"), ("acct", "account"), ("addr", "address"),
    ("qty", "quantity"), ("wat", "what"), ("wats", "whats"), ("wen", "when"), ("wer", "where"),
    ("hw", "how"), ("hv", "have"), ("dnt", "dont"), ("cnt", "cant"), ("shld", "should"), ("wld", "would"),
    ("gonna", "going"), ("wanna", "want"), ("gotta", "must"), ("recd", "received"),
    ("pymt", "payment"), ("asap", "urgently"),
];

#[rustfmt::skip]
const GERMAN: &[(&str, &str)] = &[
    ("bzgl", "wegen"), ("bezgl", "wegen"), ("wg", "wegen"), ("evtl", "vielleicht"), ("eventl", "vielleicht"),
    ("vllt", "vielleicht"), ("vlt", "vielleicht"), ("viell", "vielleicht"), ("ggf", "vielleicht"), ("nich", "nicht"), ("nix", "nichts"),
    ("nen", "einen"), ("hab", "habe"), ("hätt", "hätte"), ("könnt", "könnte"), ("möcht", "möchte"), ("is", "ist"),
    ("jz", "jetzt"), ("jtz", "jetzt"), ("iwie", "irgendwie"), ("iwo", "irgendwo"), ("iwann", "irgendwann"), ("bidde", "bitte"), ("bitt", "bitte"),
    ("nr", "nummer"), ("bestellnr", "bestellnummer"), ("bestnr", "bestellnummer"), ("auftragsnr", "auftragsnummer"),
    ("rechnungsnr", "rechnungsnummer"), ("kundennr", "kundennummer"), ("sendungsnr", "sendungsnummer"), ("tel", "telefon"),
    ("inkl", "inklusive"), ("kpl", "komplett"), ("std", "stunden"), ("min", "minuten"), ("moin", "hallo"),
    ("asap", "dringend"), ("info", "information"), ("infos", "informationen"),
];

/// Pictures that stand for a thing, in English and in German.
#[rustfmt::skip]
const PICTURES: &[(char, &str, &str)] = &[
    ('📦', "parcel", "Paket"), ('🚚', "delivery", "Lieferung"), ('🚛', "delivery", "Lieferung"), ('💡', "bulb", "Glühbirne"),
    ('💳', "card payment", "Kartenzahlung"), ('💰', "money", "Geld"), ('💸', "money", "Geld"), ('💶', "money", "Geld"),
    ('🎁', "gift", "Geschenk"), ('🔌', "plug", "Stecker"), ('☎', "phone", "Telefon"), ('📞', "phone", "Telefon"),
    ('📧', "email", "E-Mail"), ('✉', "email", "E-Mail"), ('🧾', "invoice", "Rechnung"), ('💔', "broken", "kaputt"),
    ('🔑', "password", "Passwort"), ('🔐', "password", "Passwort"),
];

/// English words that lost their apostrophe: `wont` is not a slip of `want`.
#[rustfmt::skip]
const CONTRACTIONS: &[&str] = &[
    "arent", "cant", "couldnt", "didnt", "doesnt", "dont", "hadnt", "hasnt", "havent", "isnt", "mustnt", "neednt",
    "shouldnt", "wasnt", "werent", "wont", "wouldnt", "im", "ive", "id", "ill", "youre", "youve", "youll", "hes", "shes",
    "its", "weve", "theyre", "theyve", "theyll", "thats", "thatll", "theres", "heres", "whats", "whatll", "wheres",
    "whens", "whos", "whys", "hows", "itll", "lets",
];

/// English contractions without their apostrophe.
pub(crate) fn contractions() -> impl Iterator<Item = &'static str> {
    CONTRACTIONS.iter().copied()
}

/// What is short for what in a language.
pub(crate) fn of(language: Language) -> impl Iterator<Item = (&'static str, &'static str)> {
    let list = match language.code() {
        "en" => ENGLISH,
        "de" => GERMAN,
        _ => &[],
    };
    list.iter().copied()
}

/// Whether a letter stands three times in a row: `plzzzz`.
pub(crate) fn is_drawn_out(word: &str) -> bool {
    let (mut last, mut times) = (' ', 0);
    word.chars().any(|c| {
        times = if c == last { times + 1 } else { 1 };
        last = c;
        times > 2 && c.is_alphabetic()
    })
}

/// A word whose letters stand at most `most` times in a row, where they stood three times and more.
pub(crate) fn drawn_in(word: &str, most: usize) -> String {
    let letters: Vec<char> = word.chars().collect();
    let runs = letters.chunk_by(|a, b| a == b);
    runs.flat_map(|run| run.iter().take(if run.len() > 2 && run[0].is_alphabetic() { most } else { run.len() }))
        .collect()
}

/// A text with words for the pictures in it; none where there is none with a word in this language.
pub(crate) fn in_words(text: &str, language: Language) -> Option<String> {
    if text.is_ascii() || !matches!(language.code(), "en" | "de") {
        return None;
    }
    let word = |c: char| {
        let (_, english, german) = PICTURES.iter().find(|(picture, ..)| *picture == c)?;
        Some(if language == Language::DE { *german } else { *english })
    };
    if !text.chars().take(super::normalize::MAX_CHARS).any(|c| word(c).is_some()) {
        return None;
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut last = None;
    for c in text.chars().take(super::normalize::MAX_CHARS) {
        match word(c) {
            // Three parcels are one parcel, said loudly.
            Some(word) if last != Some(c) => out.extend([" ", word, " "]),
            Some(_) => {}
            None => out.push(c),
        }
        if c != '\u{fe0f}' {
            last = Some(c);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::super::normalize::words;
    use super::*;

    #[test]
    fn what_is_short_is_one_word_for_one_word() {
        for (language, list) in [(Language::EN, ENGLISH), (Language::DE, GERMAN)] {
            for (short, long) in list {
                assert_eq!(words(short).len(), 1, "{short}");
                assert_eq!(words(long).len(), 1, "{long}");
                assert_eq!(words(long)[0].text, *long);
                assert_ne!(short, long);
                assert!(of(language).all(|(s, _)| s != *long), "{short} is short for {long}, which is short itself");
            }
        }
    }

    #[test]
    fn letters_drawn_out() {
        for (word, two, one) in [
            ("plzzzz", "plzz", "plz"),
            ("hellooo", "helloo", "hello"),
            ("bitteeee", "bittee", "bitte"),
            ("süüüß", "süüß", "süß"),
        ] {
            assert!(is_drawn_out(word), "{word}");
            assert_eq!(drawn_in(word, 2), two);
            assert_eq!(drawn_in(word, 1), one);
        }
        for word in ["hello", "bookkeeper", "1000", "10000000", "", "退退退款"] {
            assert!(!is_drawn_out(word) || word.starts_with('退'), "{word}");
        }
        assert_eq!(drawn_in("1000", 1), "1000");
    }

    #[test]
    fn pictures_in_words() {
        for (text, language, expected) in [
            ("where is my 📦?", "en", Some("where is my  parcel ?")),
            ("wo ist mein 📦📦📦", "de", Some("wo ist mein  Paket ")),
            ("😀", "en", None),
            ("📦", "fr", None),
            ("plain", "en", None),
        ] {
            assert_eq!(in_words(text, language.parse().unwrap()).as_deref(), expected, "{text}");
        }
    }
}
