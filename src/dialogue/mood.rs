//! Anger, as far as words show it. Each sign counts; from two on a person is rung.

use super::words::Words;

/// Each counts two: nobody says these calmly to a shop. A trailing `*` stands for any ending.
#[rustfmt::skip]
const STRONG: &[&str] = &[
    "fuck*", "motherfuck*", "shit", "shitty", "bullshit", "asshole*", "bastard*", "idiot", "idiots", "idiotic",
    "moron*", "wtf", "stfu", "retarded", "you suck", "you guys suck", "youre useless", "you are useless",
    "useless bot", "stupid bot", "dumb bot", "stupid machine", "piece of crap", "piece of junk", "piece of garbage",
    "go to hell", "shut up", "i hate you", "screw you", "crap service", "are you stupid", "are you dumb",
    "you are stupid", "youre stupid", "scheiss*", "verscheiss*", "arsch*", "verarsch*", "wichser*", "fick*",
    "idioten", "vollidiot*", "dreckslad*", "drecks", "saftladen", "zum kotzen", "dummer bot", "bloder bot",
    "dumme maschine", "dammlich*", "halt die klappe", "halts maul", "ihr seid unfahig", "nutzloser bot", "leck mich",
    "bescheuert*", "merde", "putain", "connard*", "mierda", "joder", "gilipollas", "imbecile*", "imbecil*",
];

/// Each counts one.
#[rustfmt::skip]
const MILD: &[&str] = &[
    "damn", "damned", "dammit", "goddamn", "the hell", "bloody", "crap", "ridiculous", "unacceptable", "outrageous",
    "disgrace", "disgraceful", "disgusting", "pathetic", "appalling", "what a joke", "is a joke", "a bad joke",
    "fed up", "furious", "frustrated", "frustrating", "sick of this", "sick of waiting", "so angry", "im angry",
    "i am angry", "really angry", "annoyed", "pissed", "terrible service", "awful service", "worst service",
    "horrible service", "worst shop", "worst company", "waste of time", "this sucks", "it sucks", "useless",
    "never again", "had enough", "rip off", "liars", "lied to", "scammers", "scammed", "for the last time",
    "how many times", "report you", "sue you", "my lawyer", "verdammt*", "unverschamt*", "frechheit", "lacherlich",
    "unmoglich von ihnen", "unfassbar", "wutend", "stinksauer", "ich bin sauer", "bin echt sauer", "genervt", "nervt",
    "es reicht", "mir reichts", "reicht mir", "nutzlos", "unfahig*", "so ein mist", "schlechter witz",
    "ein witz sein", "saumassig*", "katastrophe", "zumutung", "nie wieder", "schnauze voll", "zum letzten mal",
    "abzocke", "betruger*", "anwalt", "verbraucherzentrale", "verarscht", "inadmissible", "inacceptable", "honteux",
    "ridicule", "marre", "inaceptable", "vergonzoso", "harto", "verguenza",
];

/// Not signs, though a list says so.
#[rustfmt::skip]
const CALM: &[&str] = &[
    "stupid question", "dumb question", "silly question", "dumme frage", "blode frage", "my lawyer recommended",
    "the hell out of", "idiot proof", "idiotproof", "idiotensicher", "not annoyed", "not angry",
    "no longer frustrated",
];

/// How many signs of anger a text gives: 0 is calm.
pub(super) fn anger(text: &str) -> u32 {
    let words = Words::of(text);
    let mut sign = 0;
    if !words.has_any(CALM) {
        if STRONG.iter().any(|p| stands(&words, p)) {
            sign += 2;
        }
        if MILD.iter().any(|p| stands(&words, p)) {
            sign += 1;
        }
    }
    if shouts(text) {
        sign += 1;
    }
    sign += text.chars().filter(|c| matches!(c, '😡' | '🤬' | '😠' | '👿' | '🖕')).count().min(2) as u32;
    if text.contains("!!!") || text.contains("?!?!") || text.contains("!?!?") {
        sign += 1;
    }
    sign
}

fn stands(words: &Words, phrase: &str) -> bool {
    match phrase.strip_suffix('*') {
        Some(stem) => words.iter().any(|w| w.starts_with(stem)),
        None => words.has(phrase),
    }
}

/// At least three words in capitals, and hardly any other. Codes such as `AB123456` are no words.
fn shouts(text: &str) -> bool {
    let words = text
        .split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’')
        .filter(|w| w.chars().filter(|c| c.is_alphabetic()).count() >= 2 && !w.chars().any(char::is_numeric));
    let (mut loud, mut all) = (0, 0);
    for word in words {
        all += 1;
        if word.chars().all(|c| !c.is_alphabetic() || c.is_uppercase()) {
            loud += 1;
        }
    }
    loud >= 3 && loud * 4 >= all * 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anger_is_counted() {
        for (text, signs) in [
            ("where is my parcel", 0),
            ("WHERE IS MY PARCEL", 1),
            ("where is my parcel!!!", 1),
            ("WHERE IS MY PARCEL!!!", 2),
            ("THIS IS RIDICULOUS, WHERE IS MY PARCEL", 2),
            ("you are useless, you stupid bot", 3),
            ("this is bullshit", 2),
            ("this is unacceptable", 1),
            ("What the hell is going on", 1),
            ("so eine Scheiße", 2),
            ("where is my parcel 😡", 1),
            ("😡😡😡", 2),
            ("das ist eine Frechheit!!!", 2),
            ("Das ist eine Unverschämtheit", 1),
        ] {
            assert_eq!(anger(text), signs, "{text:?}");
        }
    }

    #[test]
    fn calm_words_are_no_anger() {
        for text in [
            "ist die Lampe hell genug?",
            "a screw is missing",
            "stupid question, but how do I change the bulb",
            "dumme Frage: passt E27?",
            "OK",
            "USB LED",
            "my code is SUMMER20",
            "is the cable thick (dick)",
            "I have AB123456 CD123456 EF123456",
            "Shitake lamp",
            "wow!!",
            "do you have an idiot-proof manual",
            "",
            "ich bin nicht da, bitte beim Nachbarn abgeben",
            "LED lamp E27 IP44 for the bathroom",
        ] {
            assert_eq!(anger(text), 0, "{text:?}");
        }
    }
}
