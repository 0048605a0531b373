//! "I want to talk to a person", in any wording: the one wish that a bot must never miss, and never hear where it is not.
//!
//! Rules over words rather than examples: they hold for every content, also for one that says nothing about people.

use super::words::Words;

/// People, as visitors call those behind the counter. Alone, or with [`FILLERS`], each is a wish.
#[rustfmt::skip]
const PEOPLE: &[&str] = &[
    // English
    "human", "humans", "person", "agent", "agents", "operator", "representative", "rep", "advisor", "adviser",
    "colleague", "human being", "supervisor", "live chat", "live support", "customer service", "customer support",
    "support team", "staff member", "employee",
    // German
    "mensch", "menschen", "mitarbeiter", "mitarbeiterin", "mitarbeitern", "berater", "beraterin", "kundenberater",
    "kundendienst", "kundenservice", "kundenbetreuer", "ansprechpartner", "ansprechpartnerin", "sachbearbeiter",
    "kollege", "kollegen", "kollegin", "servicemitarbeiter", "person",
    // French
    "humain", "conseiller", "conseillere", "operateur", "etre humain", "vraie personne", "service client",
    // Spanish
    "humano", "persona", "agente", "asesor", "asesora", "operador", "operadora", "representante",
    "atencion al cliente",
];

/// The same, too vague to be a wish by themselves: they need a verb.
#[rustfmt::skip]
const SOMEBODY: &[&str] = &[
    "someone", "somebody", "anyone", "anybody", "people", "manager", "boss", "your team", "the team", "support",
    "jemand", "jemanden", "jemandem", "wen", "irgendwen", "chef", "support", "quelquun", "alguien", "une personne",
    "una persona", "responsable",
];

/// What may stand around a person without changing the wish.
#[rustfmt::skip]
const FILLERS: &[&str] = &[
    "a", "an", "the", "real", "live", "actual", "living", "please", "pls", "plz", "now", "to", "with", "your", "any",
    "i", "need", "want", "id", "like", "just", "get", "me", "give", "can", "could", "would", "have", "here", "right",
    "immediately", "asap", "speak", "talk", "chat", "hi", "hello", "hey", "yes", "ok", "no", "support", "service",
    "customer", "human", "another", "different", "some", "one", "of", "you", "again", "bitte", "sie", "mir", "uns", "ein", "eine", "einen",
    "einem", "einer", "echte", "echten", "echter", "richtigen", "richtiger", "mit", "den", "der", "dem", "jetzt",
    "ich", "will", "mochte", "moechte", "brauche", "hallo", "sofort", "an", "zu", "ja", "kann", "einmal", "mal",
    "lieber", "doch", "un", "une", "vrai", "vraie", "sil", "vous", "plait", "je", "veux", "voudrais", "avec",
    "parler", "svp", "bonjour", "una", "real", "por", "favor", "con", "quiero", "hablar", "necesito", "hola", "yo",
];

/// Verbs of talking; a person follows with `to` or `with`, or at once.
#[rustfmt::skip]
const TALK: &[&str] = &[
    "talk", "speak", "chat", "escalate", "escalated", "talking", "speaking", "parler", "discuter", "echanger", "hablar", "conversar",
    "chatear",
];

/// Verbs with a person as their direct object.
const REACH: &[&str] =
    &["contact", "call", "phone", "ring", "reach", "see", "involve", "bring", "contacter", "joindre", "contactar"];

/// Verbs with "me": connect me, put me through.
#[rustfmt::skip]
const PASS: &[&str] = &[
    "connect", "transfer", "put", "forward", "pass", "hand", "get", "give", "switch", "redirect", "patch", "send",
    "let",
];

/// Wishes: I want a human.
#[rustfmt::skip]
const WANT: &[&str] = &[
    "want", "need", "prefer", "have", "like", "get", "give", "request", "demand", "require", "wants", "bring", "call",
    "will", "mochte", "moechte", "brauche", "benotige", "hatte", "haette", "verlange", "wunsche", "will", "wollen",
    "holen", "rufen", "veux", "voudrais", "souhaite", "besoin", "quiero", "quisiera", "necesito", "prefiero",
];

/// German verbs, which stand after the person: mit jemandem sprechen.
#[rustfmt::skip]
const TALK_LAST: &[&str] = &[
    "sprechen", "reden", "chatten", "telefonieren", "weiter", "schreiben", "verbinden", "verbunden", "unterhalten", "spreche",
    "rede", "weiterleiten", "weitergeleitet", "kontakt", "sprache", "verbinde", "verbindet", "erreichen",
];

/// What may follow a person in "I want a human …": anything else makes it an adjective (a human size lamp).
#[rustfmt::skip]
const AFTER: &[&str] = &[
    "please", "pls", "now", "to", "who", "here", "for", "and", "not", "instead", "that", "right", "about", "on", "or",
    "because", "immediately", "asap", "from", "with", "today", "via", "i", "no", "this", "help", "helping", "again",
    "thanks", "thank", "being", "you", "can", "agent", "but", "so", "then", "rather", "when", "is", "support",
    "representative", "operator", "bitte", "der", "die", "den", "das", "und", "nicht", "sofort", "jetzt", "sprechen",
    "haben", "keinen", "kein", "statt", "aus", "fur", "zum", "wegen", "am", "vom", "im", "mit", "ihres", "ihrer",
    "sil", "svp", "qui", "pour", "et", "pas", "humaine", "reelle", "por", "que", "para", "y", "no", "real", "humana",
];

/// Questions about the bot or the shop, not wishes.
#[rustfmt::skip]
const ABOUT: &[&str] = &[
    "are you", "are u", "r u", "you are", "youre", "is this", "is it", "am i", "bin ich", "do you sell",
    "do you have lamps", "did i", "who are you", "bist du", "bist", "sind sie", "seid ihr", "ist das", "ist da ein",
    "rede ich", "spreche ich", "schreibe ich", "verkaufen sie", "verkauft ihr", "es tu", "etes vous", "vous etes",
    "tu es", "cest un", "eres", "es usted", "es un", "estoy hablando",
];

/// Bots, refused.
#[rustfmt::skip]
const NO_BOT: &[&str] = &[
    "not a bot", "no bot", "no bots", "not a robot", "no robot", "no robots", "not a machine", "stop the bot",
    "hate bots", "hate chatbots", "hate this bot", "not with a bot", "not to a bot", "instead of a bot",
    "instead of the bot", "not the bot", "no chatbot", "not a chatbot", "no ai", "no machine", "not with a machine",
    "kein bot", "keinen bot", "keinem bot", "keine bots", "kein roboter", "keinen roboter", "keinem roboter",
    "keinen chatbot", "keinem chatbot", "kein chatbot", "nicht mit einem bot", "nicht mit einer maschine",
    "keine maschine", "keiner maschine", "nicht mit dem bot", "hasse bots", "nicht mit einem roboter",
    "nicht mit einem chatbot", "nicht mit ki", "pas de robot", "pas un robot", "pas a un robot", "pas de bot",
    "pas un bot", "no con un bot", "no con un robot", "ningun bot", "no un robot", "no un bot",
];

/// People set against machines: nobody says this of anything else.
#[rustfmt::skip]
const REAL: &[&str] = &[
    "real human", "real person", "actual human", "actual person", "live agent", "live person", "human agent", "human assistance", "human support",
    "human help", "human being", "echten menschen", "echter mensch", "echte person", "richtigen menschen", "vraie personne", "persona real",
];

/// Negations; right before a wish they turn it round.
#[rustfmt::skip]
const NOT: &[&str] = &[
    "dont", "not", "no", "never", "without", "doesnt", "wont", "nicht", "kein", "keine", "keinen", "ohne", "nie",
    "pas", "sans", "sin", "nunca", "didnt", "havent",
];

/// Whether a text wishes for a person.
pub(super) fn asks_for_person(text: &str) -> bool {
    // Sentence by sentence, so that "Are you a robot? I want a human" is heard.
    text.split(['.', '?', '!', '\n', ';', ',']).any(|s| wishes(&Words::of(s))) || {
        let all = Words::of(text);
        !all.starts_with_any(ABOUT) && all.has_any(NO_BOT)
    }
}

fn wishes(words: &Words) -> bool {
    if words.is_empty() || words.starts_with_any(ABOUT) {
        return false;
    }
    let list: Vec<&str> = words.iter().collect();
    if only_person(&list) || unwanted_bot(&list) || (words.has_any(REAL) && !list.iter().any(|w| NOT.contains(w))) {
        return true;
    }
    (0..list.len()).any(|i| {
        let negated = list[i.saturating_sub(4)..i].iter().any(|w| NOT.contains(w));
        !negated && (talks_to(&list, i) || passes_on(&list, i) || wants(&list, i) || talks_last(&list, i))
    })
}

/// A person and nothing else of weight: "agent", "a real person please".
fn only_person(list: &[&str]) -> bool {
    list.len() <= 8
        && (0..list.len()).any(|i| {
            person_at(list, i).is_some_and(|n| {
                let rest = list[..i].iter().chain(&list[i + n..]);
                rest.clone().all(|w| FILLERS.contains(w) || PEOPLE.contains(w))
                    && !list.iter().any(|w| NOT[..2].contains(w))
            })
        })
}

/// "I don't want to talk to a bot".
fn unwanted_bot(list: &[&str]) -> bool {
    const BOTS: &[&str] =
        &["bot", "bots", "robot", "robots", "chatbot", "chatbots", "machine", "roboter", "maschine", "computer"];
    #[rustfmt::skip]
    const WILL: &[&str] = &[
        "want", "talk", "speak", "chat", "like", "wanna", "will", "mochte", "moechte", "sprechen", "reden", "veux",
        "parler", "quiero", "hablar",
    ];
    let Some(bot) = list.iter().position(|w| BOTS.contains(w)) else { return false };
    let before = &list[bot.saturating_sub(7)..bot];
    let after = &list[bot + 1..(bot + 3).min(list.len())];
    let refused = before.iter().any(|w| NOT.contains(w)) || after.contains(&"nicht");
    refused && before.iter().chain(after).any(|w| WILL.contains(w))
}

fn talks_to(list: &[&str], i: usize) -> bool {
    if REACH.contains(&list[i]) {
        return near(list, i + 1, 3, PEOPLE);
    }
    if !TALK.contains(&list[i]) {
        return false;
    }
    // "A human I can talk to".
    if list.len() == i + 2 && ["to", "with"].contains(&list[i + 1]) && near(list, i.saturating_sub(5), i.min(5), PEOPLE)
    {
        return true;
    }
    let to = list[i + 1..].iter().take(3).position(|w| ["to", "with", "a", "avec", "con"].contains(w));
    match to {
        Some(n) => near(list, i + 2 + n, 5, PEOPLE) || near(list, i + 2 + n, 3, SOMEBODY),
        None => near(list, i + 1, 1, PEOPLE) || near(list, i + 1, 1, SOMEBODY),
    }
}

fn passes_on(list: &[&str], i: usize) -> bool {
    const BETWEEN: &[&str] =
        &["through", "over", "on", "in", "touch", "directly", "straight", "speaking", "who", "about"];
    PASS.contains(&list[i])
        && list.get(i + 1).is_some_and(|w| ["me", "us"].contains(w))
        && (i + 2..(i + 8).min(list.len())).any(|at| {
            let named = person_at(list, at).or_else(|| one_of(list, at, SOMEBODY));
            named.is_some_and(|n| list.get(at + n).is_none_or(|w| AFTER.contains(w)))
                && list[i + 2..at].iter().all(|w| FILLERS.contains(w) || BETWEEN.contains(w))
        })
}

fn wants(list: &[&str], i: usize) -> bool {
    // "Do you have customer service?", "do I need a person to install it?": questions.
    if !WANT.contains(&list[i]) || (i >= 2 && ["do", "does"].contains(&list[i - 2])) {
        return false;
    }
    // Only articles and adjectives between, and nothing after that makes the person an adjective.
    let mut at = i + 1;
    while at < list.len() && at < i + 6 {
        if let Some(n) = person_at(list, at) {
            return list.get(at + n).is_none_or(|w| AFTER.contains(w));
        }
        if !FILLERS.contains(&list[at]) {
            return false;
        }
        at += 1;
    }
    false
}

fn talks_last(list: &[&str], i: usize) -> bool {
    if !TALK_LAST.contains(&list[i]) {
        return false;
    }
    let from = i.saturating_sub(7);
    // "mit jemandem sprechen", and "mich mit einem Kollegen verbinden", but not "sprechen Sie Deutsch".
    (from..i).any(|m| {
        ["mit", "an", "zu"].contains(&list[m])
            && (m + 1..i).any(|p| person_at(list, p).is_some() || SOMEBODY.contains(&list[p]))
    }) || (["kontakt", "spreche", "rede", "verbinde"].contains(&list[i])
        && list.get(i + 1..).is_some_and(|l| l.contains(&"mit") || l.contains(&"zu"))
        && near(list, i + 2, 4, PEOPLE))
        || (list[i] == "verbinden"
            && list[i + 1..].contains(&"mich")
            && (near(list, i + 1, 6, PEOPLE) || near(list, i + 1, 6, SOMEBODY)))
        || (list[i] == "erreichen" && (from..i).any(|p| person_at(list, p).is_some() || list[p].starts_with("jemand")))
}

/// A person begins at one of the `within` places from `from` on, and is one.
fn near(list: &[&str], from: usize, within: usize, who: &[&str]) -> bool {
    (from..(from + within).min(list.len())).any(|i| {
        one_of(list, i, who)
            .is_some_and(|n| list.get(i + n).is_none_or(|w| !["size", "sized", "resources", "like"].contains(w)))
    })
}

fn person_at(list: &[&str], i: usize) -> Option<usize> {
    one_of(list, i, PEOPLE)
}

/// How many words of `list` from `i` on are one of `who`.
fn one_of(list: &[&str], i: usize, who: &[&str]) -> Option<usize> {
    who.iter()
        .filter(|p| {
            let mut at = i;
            p.split(' ').all(|w| {
                at += 1;
                list.get(at - 1) == Some(&w)
            })
        })
        .map(|p| p.split(' ').count())
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_heard() {
        for text in [
            "human",
            "Human please!",
            "a real person",
            "agent",
            "AGENT",
            "can I talk to a human?",
            "I want to speak to someone",
            "real person now",
            "let me speak with a human being",
            "I want a human",
            "i need a real person to help me",
            "can you connect me to an agent",
            "transfer me to a representative",
            "put me through to somebody",
            "I don't want a bot",
            "i dont want to talk to a robot",
            "Could I speak with somebody from your team about my refund?",
            "get me a human",
            "get me someone who knows",
            "I'd like to talk to customer service",
            "are you a robot? I want a human",
            "live agent",
            "operator",
            "speak to a manager",
            "talk to a person",
            "I'd rather talk to an actual human",
            "can i chat with someone",
            "is there a human I can talk to?",
            "escalate to a human",
            "I would like human assistance",
            "could a real human help me",
            "Gibt es hier einen echten Menschen?",
            "Holen Sie bitte einen Kollegen",
            "Leiten Sie mich an einen Mitarbeiter weiter",
            "is there any way to talk to a live person",
            "stop, no bots please",
            "human agent please",
            "customer service please",
            "please give me an agent",
            "i would like to contact an agent",
            "can a human help me, I want a person who can read",
            "mitarbeiter",
            "Mitarbeiter bitte",
            "Ich möchte mit jemandem sprechen",
            "ich will mit einem Menschen reden",
            "kann ich mit einem Mitarbeiter sprechen?",
            "verbinden Sie mich mit einem Kollegen",
            "bitte mit einem Berater verbinden",
            "einen echten Menschen bitte",
            "ich will keinen Bot",
            "Ich brauche einen Ansprechpartner",
            "ich moechte mit einer Person sprechen",
            "Mit jemandem reden",
            "kein bot",
            "Kann ich hier auch mit einem echten Menschen schreiben?",
            "ich will nicht mit einem Bot reden",
            "Kundendienst",
            "echter Mensch",
            "kann ich jemanden erreichen",
            "je veux parler à un humain",
            "parler à quelqu'un",
            "un conseiller s'il vous plaît",
            "je voudrais parler avec une vraie personne",
            "quiero hablar con una persona",
            "hablar con un agente",
            "necesito un humano",
            "agente por favor",
        ] {
            assert!(asks_for_person(text), "{text:?} wishes for a person");
        }
    }

    #[test]
    fn what_is_no_wish_is_left_alone() {
        for text in [
            "are you a robot?",
            "do you have customer service",
            "do I need a person to install it",
            "suchen Sie Mitarbeiter im Lager",
            "a lamp for my colleague",
            "are you human?",
            "Am I talking to a human or a bot?",
            "do you sell human-size lamps",
            "I need a human size lamp",
            "is this a bot",
            "where is my order",
            "I spoke to an agent yesterday and got no refund",
            "how do I contact you",
            "bist du ein Mensch?",
            "sind Sie ein Bot?",
            "Rede ich mit einem Mitarbeiter?",
            "do you speak German",
            "sprechen Sie Deutsch?",
            "how do I connect the lamp to my phone",
            "can I give a lamp to someone as a gift",
            "shipping to a person abroad",
            "I don't want to talk to a human",
            "lamp for three people",
            "can my neighbour accept it, is there someone at the warehouse",
            "the agent lied to me about the price",
            "can I send the parcel to someone else",
            "my travel agent ordered it",
            "kann ich als Mitarbeiter Rabatt bekommen",
            "gibt es Rabatt für Mitarbeiter",
            "can you call me back when it is in stock",
            "I want to return a lamp",
            "I need support for the app on iOS",
            "what are your customer service hours",
            "can I have the lamp delivered to another person",
            "I need a staff discount",
            "get me a refund",
            "es-tu un robot ?",
            "eres un humano?",
            "",
            "?",
            "my robot lamp does not work",
            "I want a lamp that a person of two metres can use",
            "give me the price for one person",
        ] {
            assert!(!asks_for_person(text), "{text:?} is no wish for a person");
        }
    }
}
