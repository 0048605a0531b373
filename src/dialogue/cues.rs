//! Small words that steer a conversation whatever the content says: thanks, yes, no, "that did not help".

use super::words::Words;

/// Greetings and politeness: they stand around a question and are not one. Longest first where one begins another.
#[rustfmt::skip]
const POLITE: &[&str] = &[
    "good morning", "good afternoon", "good evening", "good day", "thank you very much", "thank you so much",
    "thanks a lot", "thanks in advance", "thank you in advance", "many thanks", "thank you", "thanks so much",
    "kind regards", "best regards", "hello there", "hi there", "hey there", "hi all", "dear team",
    "dear sir or madam", "dear madam or sir", "hello team", "hi team", "excuse me", "hello bot", "hi bot", "hey bot",
    "im sorry to bother you", "sorry to bother you", "guten morgen", "guten tag", "guten abend", "schonen guten tag",
    "schonen tag", "vielen dank im voraus", "danke im voraus", "vielen dank", "danke schon", "danke sehr",
    "besten dank", "herzlichen dank", "liebe grusse", "viele grusse", "mit freundlichen grussen",
    "freundliche grusse", "sehr geehrte damen und herren", "liebes team", "hallo zusammen", "hallo team",
    "gruss gott", "gruezi", "moin moin", "ich grusse sie", "merci beaucoup", "merci davance", "sil vous plait",
    "bonne journee", "buenos dias", "buenas tardes", "buenas noches", "muchas gracias", "por favor", "de antemano",
    "hello", "hi", "hey", "hiya", "heya", "howdy", "thanks", "thx", "ty", "tks", "cheers", "please", "pls", "plz",
    "greetings", "regards", "sorry", "bye", "goodbye", "hallo", "hallochen", "moin", "servus", "danke", "dankeschon",
    "bitte", "tschuss", "gruss", "grusse", "entschuldigung", "guten", "bonjour", "bonsoir", "salut", "merci", "svp",
    "hola", "gracias", "buenas", "thnx", "tnx", "thanx", "btw", "mfg", "lg", "vg", "vielen lieben dank im voraus",
    "vielen lieben dank", "lieben dank", "hope you are well", "i hope you are well", "hope youre well",
    "i hope youre well", "hope you are doing well", "i hope you are doing well", "i hope youre doing well",
    "i hope this finds you well", "hope this finds you well", "have a nice day", "have a good day",
    "ich hoffe es geht ihnen gut", "ich hoffe ihnen geht es gut", "ich hoffe es geht euch gut", "schonen tag noch",
    "einen schonen tag noch",
];

/// How people lead up to a question; nothing of it is the question.
#[rustfmt::skip]
const REQUESTS: &[&str] = &[
    "could you please tell me", "can you please tell me", "could you tell me please", "could you tell me",
    "can you tell me", "would you tell me", "please tell me", "pls tell me", "plz tell me", "tell me please",
    "i would like to know", "i would love to know", "id like to know", "i want to know", "i just want to know",
    "i wanted to know", "i wanted to ask", "i just wanted to ask", "i would like to ask", "i was wondering",
    "just wondering", "may i ask", "can i ask", "please let me know", "let me know", "konnten sie mir bitte sagen",
    "konnen sie mir bitte sagen", "konnten sie mir sagen", "konnen sie mir sagen", "konnt ihr mir bitte sagen",
    "konnt ihr mir sagen", "konntet ihr mir sagen", "kannst du mir bitte sagen", "kannst du mir sagen",
    "sagen sie mir bitte", "ich wollte mal fragen", "ich wollte fragen", "wollte fragen", "ich wollte nur fragen",
    "ich mochte fragen", "ich mochte gerne wissen", "ich mochte wissen", "ich wurde gerne wissen",
    "ich wurde gern wissen", "wissen sie", "wisst ihr", "darf ich fragen",
];

/// The same that say thank you rather than hello.
#[rustfmt::skip]
const THANKS: &[&str] = &[
    "thank you", "thanks", "thx", "ty", "cheers", "many thanks", "vielen dank", "danke", "besten dank", "dankeschon",
    "herzlichen dank", "merci", "gracias", "bye", "goodbye", "tschuss",
];

/// Words that neither ask nor tell.
#[rustfmt::skip]
const EMPTY: &[&str] = &[
    "ok", "okay", "k", "alright", "all right", "fine", "great", "perfect", "cool", "nice", "super", "good", "got it",
    "understood", "i see", "right", "sure", "wonderful", "awesome", "that helped", "that helps", "this helped",
    "very helpful", "helpful", "it worked", "that worked", "works now", "solved", "a lot", "so much", "very much",
    "that is all", "thats all", "thats great", "and", "well", "alles klar", "klar", "gut", "prima", "passt",
    "verstanden", "toll", "in ordnung", "das hat geholfen", "hat geholfen", "hat funktioniert", "sehr gut",
    "das war alles", "mehr nicht", "ach so", "aha", "oh", "ah", "hm", "hmm", "so", "also", "und", "einen", "tag",
    "daccord", "parfait", "tres bien", "vale", "perfecto", "bueno",
];

/// "I have a question": the first words of somebody who has not asked yet.
#[rustfmt::skip]
const OPENERS: &[&str] = &[
    "i have a question", "i have got a question", "ive got a question", "ive a question", "i had a question",
    "i have a few questions", "i have some questions", "i have questions", "a question", "question", "quick question",
    "one question", "just a quick question", "can you help me", "can you help", "could you help me", "can u help me",
    "i need help", "i need some help", "help", "help me", "i have a problem", "i have got a problem",
    "ive got a problem", "is anyone there", "anyone there", "anybody there", "are you there", "who is there",
    "i need your help", "i have another question", "another question", "one more question", "ich habe eine frage",
    "ich hab eine frage", "hab eine frage", "habe eine frage", "ich hatte eine frage", "hatte eine frage",
    "eine frage", "frage", "kurze frage", "ich hatte mal eine frage", "konnen sie mir helfen", "kannst du mir helfen",
    "konnt ihr mir helfen", "ich brauche hilfe", "brauche hilfe", "hilfe", "ich habe ein problem",
    "ich hab ein problem", "ist da jemand", "jemand da", "ich habe noch eine frage", "noch eine frage",
    "ich habe ein paar fragen", "ich brauche ihre hilfe", "jai une question", "une question", "pouvez vous maider",
    "jai besoin daide", "tengo una pregunta", "una pregunta", "necesito ayuda", "me puede ayudar", "puede ayudarme",
];

#[rustfmt::skip]
const NOT_HELPFUL: &[&str] = &[
    "did not help", "didnt help", "does not help", "doesnt help", "not helpful", "didnt work", "did not work",
    "not what i asked", "not what i meant", "wasnt my question", "not my question", "isnt what i asked",
    "isnt my question", "wrong answer", "thats wrong", "that is wrong", "thats not it", "that is not it",
    "doesnt answer", "does not answer", "didnt answer", "did not answer", "not an answer", "no help", "isnt helpful",
    "is no use", "thats useless", "not the answer", "dont understand my question", "you dont understand",
    "you didnt understand", "you misunderstood", "still dont know", "unhelpful", "not helping", "still doesnt work",
    "still not working", "already tried that", "tried that already", "i already did that", "not what i want",
    "not what i wanted", "not what im looking for", "doesnt solve", "hat nicht geholfen", "hilft nicht",
    "hilft mir nicht", "hilft mir nicht weiter", "nicht hilfreich", "half nicht", "hat mir nicht geholfen",
    "nicht geholfen", "nicht meine frage", "nicht gefragt", "falsche antwort", "das ist falsch", "das stimmt nicht",
    "beantwortet meine frage nicht", "keine antwort auf meine", "geht immer noch nicht",
    "funktioniert immer noch nicht", "hab ich schon probiert", "habe ich schon probiert", "habe ich schon versucht",
    "hab ich schon versucht", "bringt mir nichts", "bringt nichts", "sie verstehen mich nicht",
    "du verstehst mich nicht", "das meine ich nicht", "das meinte ich nicht", "nicht das was ich", "hilft uns nicht",
    "nutzt nichts", "nutzt mir nichts", "ca ne maide pas", "pas utile", "ne ma pas aide", "no me ayuda", "no ayuda",
    "no me sirve", "no es lo que",
];

#[rustfmt::skip]
const YES: &[&str] = &[
    "yes", "yes please", "yeah", "yep", "yup", "sure", "please", "please do", "ok", "okay", "of course", "do that",
    "yes do that", "ja", "ja bitte", "gern", "gerne", "ja gern", "ja gerne", "bitte", "klar", "oui", "oui merci",
    "si", "si por favor", "y",
];

#[rustfmt::skip]
const NO: &[&str] = &[
    "no", "nope", "nah", "no thanks", "no thank you", "no thx", "not now", "no need", "never mind", "nevermind",
    "not necessary", "im good", "im fine", "thats all", "that is all", "nothing else", "no thats all",
    "no that is all", "n", "nein", "nee", "nein danke", "danke nein", "nicht notig", "schon gut", "das wars",
    "nein das wars", "das war alles", "nichts", "nein das war alles", "nicht jetzt", "non", "non merci", "no gracias",
    "nada mas",
];

#[rustfmt::skip]
const SKIP: &[&str] = &[
    "skip", "skip it", "skip this", "skip that", "next", "continue", "without", "i dont have it", "i dont have one",
    "dont have it", "dont have one", "i dont have that", "i dont know", "dont know", "idk", "dunno", "no idea",
    "not sure", "i am not sure", "im not sure", "i cant find it", "cant find it", "i cannot find it", "i lost it",
    "lost it", "i dont have it here", "dont know it", "i dont know it", "i forgot", "forgot it", "i have no number",
    "i dont have the number", "i dont have a number", "i have none", "none", "weiter", "uberspringen", "ohne",
    "habe ich nicht", "hab ich nicht", "weiss ich nicht", "weiss nicht", "ich weiss nicht", "ich weiss es nicht",
    "keine ahnung", "finde ich nicht", "finde sie nicht", "ich finde sie nicht", "ich habe keine", "habe keine",
    "hab keine", "die habe ich nicht", "die hab ich nicht", "die weiss ich nicht", "nicht zur hand",
    "habe ich gerade nicht", "ich habe sie nicht", "ich hab sie nicht", "keine nummer", "passer", "je ne sais pas",
    "je ne lai pas", "no se", "no lo se", "no lo tengo", "siguiente",
];

/// Beginnings of the same; a few more words may follow.
#[rustfmt::skip]
const SKIP_LEADS: &[&str] = &[
    "i dont know", "dont know", "i dont have", "dont have", "i cant find", "cant find", "i cannot find", "i lost",
    "no idea", "i forgot", "keine ahnung", "weiss ich nicht", "ich weiss nicht", "hab ich nicht", "habe ich nicht",
    "ich finde", "ich habe keine", "ich hab keine", "ich kenne", "je ne sais pas", "no lo se", "no tengo",
];

#[rustfmt::skip]
const NONE_OF_THESE: &[&str] = &[
    "none", "none of these", "none of those", "none of them", "neither", "neither of these", "something else",
    "no none of these", "other", "another", "nothing of that", "not these", "keine", "keins", "keines", "keine davon",
    "keins davon", "keines davon", "nichts davon", "nichts von dem", "etwas anderes", "was anderes", "weder noch",
    "aucun", "aucune", "autre chose", "ninguno", "ninguna", "otra cosa",
];

/// The text without greetings and politeness at any place, or `None` if nothing was taken away.
pub(super) fn without_politeness(text: &str) -> Option<String> {
    // Works on the original words, so that what the engine reads keeps its spelling, digits and question mark.
    let mut keep: Vec<&str> = Vec::new();
    let tokens: Vec<&str> = text.split_whitespace().collect();
    let folded: Vec<Words> = tokens.iter().map(|t| Words::of(t)).collect();
    let mut at = 0;
    let mut removed = false;
    while at < tokens.len() {
        match polite_at(&folded[at..]) {
            Some(n) => {
                removed = true;
                // "please?" carries the question mark of its sentence.
                if let Some(end) = tokens[at + n - 1].chars().last().filter(|c| matches!(c, '?' | '.' | '!'))
                    && let Some(last) = keep.last()
                    && last.chars().last().is_some_and(char::is_alphanumeric)
                {
                    keep.push(match end {
                        '?' => "?",
                        '!' => "!",
                        _ => ".",
                    });
                }
                at += n;
            }
            None => {
                keep.push(tokens[at]);
                at += 1;
            }
        }
    }
    if !removed {
        return None;
    }
    let mut text = String::new();
    for token in keep {
        if !text.is_empty() && !matches!(token, "?" | "." | "!") {
            text.push(' ');
        }
        text.push_str(token);
    }
    Some(text)
}

/// How many tokens from the first on are politeness.
fn polite_at(tokens: &[Words]) -> Option<usize> {
    let mut joined = String::new();
    let mut best = None;
    for (n, token) in tokens.iter().take(8).enumerate() {
        if token.is_empty() {
            // A lone dash or comma after "hi".
            continue;
        }
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(token.text());
        if POLITE.contains(&joined.as_str()) || REQUESTS.contains(&joined.as_str()) {
            best = Some(n + 1);
        }
    }
    best
}

/// Whether a folded word says nothing but hello, please or thanks.
pub(super) fn is_polite_word(word: &str) -> bool {
    POLITE.iter().any(|p| p.split(' ').any(|w| w == word)) || EMPTY.contains(&word)
}

/// What a text without a question of its own is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Small {
    /// Hello, or "I have a question".
    Opening,
    /// Thanks, fine, good-bye.
    Closing,
}

/// Recognises texts that are small talk as a whole.
pub(super) fn small_talk(text: &str) -> Option<Small> {
    let words = Words::of(text);
    if words.is_empty() {
        // A thumb, a heart: kind enough. Punctuation alone is not.
        return text
            .chars()
            .any(|c| matches!(c, '👍' | '🙏' | '❤' | '😊' | '🙂' | '👌' | '😀' | '😃' | '🎉'))
            .then_some(Small::Closing);
    }
    let rest = without_politeness(text).map_or_else(|| words.clone(), |t| Words::of(&t));
    if rest.is_empty() {
        return Some(if words.has_any(THANKS) { Small::Closing } else { Small::Opening });
    }
    if rest.is_any(OPENERS) {
        return Some(Small::Opening);
    }
    let idle = words.count() <= 8 && {
        let list: Vec<&str> = rest.iter().collect();
        let mut at = 0;
        while at < list.len() {
            let step =
                (1..=4).rev().find(|n| list.get(at..at + n).is_some_and(|l| EMPTY.contains(&l.join(" ").as_str())));
            match step {
                Some(n) => at += n,
                None => break,
            }
        }
        at == list.len()
    };
    idle.then_some(Small::Closing)
}

/// "That did not help", anywhere in the text.
pub(super) fn not_helpful(text: &str) -> bool {
    Words::of(text).has_any(NOT_HELPFUL)
}

/// A plain yes.
pub(super) fn yes(text: &str) -> bool {
    Words::of(text).is_any(YES)
}

/// A plain no.
pub(super) fn no(text: &str) -> bool {
    Words::of(text).is_any(NO)
}

/// The visitor cannot or will not tell a value.
pub(super) fn skips(text: &str) -> bool {
    let words = Words::of(text);
    let rest = without_politeness(text).map(|t| Words::of(&t));
    words.is_any(SKIP)
        || rest.is_some_and(|r| r.is_any(SKIP))
        || (words.count() <= 8 && words.starts_with_any(SKIP_LEADS))
}

/// "None of these", typed.
pub(super) fn none_of_these(text: &str) -> bool {
    let words = Words::of(text);
    words.is_any(NONE_OF_THESE) || words.is_any(NO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn politeness_is_taken_off() {
        for (text, rest) in [
            ("hi, where is my parcel please thanks", Some("where is my parcel")),
            ("Guten Tag, wo ist mein Paket? Vielen Dank!", Some("wo ist mein Paket?")),
            ("can I return it, please?", Some("can I return it,")),
            ("can I return it please?", Some("can I return it?")),
            ("where is my parcel", None),
            ("hello", Some("")),
            ("Sehr geehrte Damen und Herren, ich möchte AB123456 stornieren", Some("ich möchte AB123456 stornieren")),
        ] {
            assert_eq!(without_politeness(text).as_deref(), rest, "{text:?}");
        }
    }

    #[test]
    fn small_talk_is_small() {
        for text in [
            "hi",
            "Hello there!",
            "Guten Morgen",
            "i have a question",
            "hi, I have a question",
            "Hallo, ich habe eine Frage",
            "can you help me?",
            "Hilfe",
        ] {
            assert_eq!(small_talk(text), Some(Small::Opening), "{text:?}");
        }
        for text in [
            "thanks",
            "thank you very much",
            "ok",
            "okay thanks",
            "Danke!",
            "alles klar, danke",
            "👍",
            "perfect, that helped, thank you",
            "super, vielen Dank",
            "bye",
        ] {
            assert_eq!(small_talk(text), Some(Small::Closing), "{text:?}");
        }
        for text in [
            "hi, where is my parcel",
            "???",
            "i have a question about my order",
            "thanks but where is it",
            "ok and the price",
            "AB123456",
        ] {
            assert_eq!(small_talk(text), None, "{text:?}");
        }
    }

    #[test]
    fn other_cues() {
        for text in [
            "that did not help",
            "That didn't help at all",
            "das hat mir nicht geholfen",
            "this is not what I asked",
            "falsche Antwort",
            "not helpful",
        ] {
            assert!(not_helpful(text), "{text:?}");
        }
        for text in ["can you help me", "that helped", "the lamp does not work", "can you not deliver on Monday"] {
            assert!(!not_helpful(text), "{text:?}");
        }
        for text in [
            "skip",
            "I don't have it",
            "weiß ich nicht",
            "keine Ahnung",
            "weiter bitte",
            "I don't know my order number",
            "Hab ich nicht zur Hand",
        ] {
            assert!(skips(text), "{text:?}");
        }
        for text in ["AB123456", "how do I find it", "next day delivery", "without a cable?", "where is it"] {
            assert!(!skips(text), "{text:?}");
        }
        assert!(no("No, thanks!") && yes("Ja, bitte") && none_of_these("None of these.") && none_of_these("nein"));
    }
}
