//! How a text turns: on from the last question, or against what it names.

use super::words::Words;

/// How a short text goes on from the last question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum GoesOn {
    /// "And for Austria?": the same question under another circumstance, which is this.
    Under(String),
    /// "And the warranty?": another topic, which is this.
    Topic(String),
    /// "How much is that?": the last topic, asked something else.
    About,
}

/// Whether and how a text goes on from the last question, as far as its words show.
pub(super) fn goes_on(text: &str) -> Option<GoesOn> {
    // Longest first where one begins another.
    #[rustfmt::skip]
    const LEADS: &[&str] = &[
        "and what about", "and how about", "what about", "how about", "and", "also", "or", "but", "und was ist mit",
        "und wie ist es mit", "was ist mit", "wie ist es mit", "und wie siehts mit", "wie siehts mit",
        "wie sieht es mit", "und", "oder", "aber", "auch", "et pour", "et", "y para", "y",
    ];
    #[rustfmt::skip]
    const UNDER: &[&str] = &[
        "for", "to", "in", "from", "on", "at", "with", "without", "if", "outside", "fur", "nach", "bei", "aus", "ins", "am",
        "an", "mit", "ohne", "wenn", "auf", "zum", "zur", "pour", "para", "vers",
    ];
    #[rustfmt::skip]
    const POINTERS: &[&str] = &[
        "that", "it", "this", "those", "these", "them", "there", "das", "dafur", "davon", "dies", "dort", "dorthin", "damit",
        "dazu", "es", "sie",
    ];
    let words = Words::of(text);
    if words.count() < 2 || words.count() > 7 {
        return None;
    }
    let lead = LEADS.iter().find(|l| words.starts_with_any(&[l])).map_or(0, |l| l.split(' ').count());
    // Cut from the text itself, which keeps its spelling.
    let tokens: Vec<&str> = text.split_whitespace().filter(|t| !Words::of(t).is_empty()).collect();
    let rest = tokens.get(lead..).unwrap_or_default().join(" ");
    let under = Words::of(&rest).starts_with_any(UNDER);
    match (lead > 0, under) {
        _ if Words::of(&rest).is_empty() => None,
        (_, true) => Some(GoesOn::Under(rest)),
        (true, false) => Some(GoesOn::Topic(rest)),
        _ if words.iter().any(|w| POINTERS.contains(&w)) => Some(GoesOn::About),
        _ => None,
    }
}

/// The words that a text says it does not want ("I don't want to cancel", "ich möchte nicht stornieren"); empty where
/// it refuses nothing.
pub(super) fn refused(text: &str) -> Vec<String> {
    #[rustfmt::skip]
    const REFUSALS: &[&str] = &[
        "dont want", "do not want", "didnt want", "did not want", "not want", "dont wish", "do not wish", "dont need",
        "do not need", "please dont", "please do not", "pls dont", "wouldnt like", "would not like",
    ];
    const WISHES: &[&str] = &["will", "wollte", "wollen", "mochte", "moechte", "mochten", "brauche", "wunsche"];
    const NOT: &[&str] = &["nicht", "kein", "keine", "keinen", "keinem", "keiner"];
    // "Not any more" wants the opposite; "I want to know why not" wants to know.
    #[rustfmt::skip]
    const OTHER: &[&str] = &[
        "anymore", "any more", "any longer", "mehr", "wissen", "fragen", "warum", "wieso", "weshalb", "ob", "dass",
        "wenn", "weil",
    ];
    let mut out = Vec::new();
    for clause in text.split(['.', '?', '!', ',', ';', '\n']) {
        let words = Words::of(clause);
        let list: Vec<&str> = words.iter().collect();
        for part in list.split(|w| ["but", "aber", "sondern", "and", "und", "how", "wie"].contains(w)) {
            let part = Words::of(&part.join(" "));
            if part.has_any(OTHER) {
                continue;
            }
            let from = REFUSALS.iter().filter(|r| part.has(r)).count();
            let german = part.has_any(NOT) && (part.has_any(WISHES) || part.has("bitte nicht"));
            if from > 0 || german {
                out.extend(part.iter().map(str::to_owned));
            }
        }
    }
    out
}

/// Whether a folded word turns round what is said.
pub(super) fn is_negation(word: &str) -> bool {
    [
        "not", "dont", "doesnt", "didnt", "never", "without", "no", "nicht", "nie", "ohne", "kein", "keine", "keinen",
        "keinem", "keiner",
    ]
    .contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on_and_how() {
        let under = |s: &str| Some(GoesOn::Under(s.to_owned()));
        let topic = |s: &str| Some(GoesOn::Topic(s.to_owned()));
        for (text, want) in [
            ("and for Austria?", under("for Austria?")),
            ("und nach Österreich?", under("nach Österreich?")),
            ("to Norway?", under("to Norway?")),
            ("and without a receipt?", under("without a receipt?")),
            ("und die return period bitte", topic("die return period bitte")),
            ("and the warranty?", topic("the warranty?")),
            ("what about gift cards", topic("gift cards")),
            ("und was ist mit der Garantie?", topic("der Garantie?")),
            ("how much is that?", Some(GoesOn::About)),
            ("was kostet das?", Some(GoesOn::About)),
            ("and", None),
            ("where is my order", None),
            ("and now I have another very long story to tell", None),
            ("", None),
        ] {
            assert_eq!(goes_on(text), want, "{text:?}");
        }
    }

    #[test]
    fn what_is_refused() {
        for (text, word) in [
            ("I don't want to cancel my order", "cancel"),
            ("please do not cancel it", "cancel"),
            ("I do NOT want a refund, I want a replacement", "refund"),
            ("ich möchte NICHT stornieren", "stornieren"),
            ("ich will keine Rückerstattung, sondern Ersatz", "ruckerstattung"),
            ("bitte nicht stornieren", "stornieren"),
            ("Ich brauche keine Rechnung", "rechnung"),
        ] {
            assert!(refused(text).iter().any(|w| w == word), "{text:?} refuses {word}");
            assert!(!refused(text).iter().any(|w| w == "replacement" || w == "ersatz"), "{text:?}");
        }
        for text in [
            "I did NOT receive my parcel",
            "can I return it without a receipt",
            "I don't want it any more",
            "ich will die Lampe nicht mehr",
            "ich möchte wissen, warum sie nicht da ist",
            "ich habe keine Bestätigung bekommen",
            "kann ich ohne Kassenbon zurückgeben",
            "my lamp does not work",
            "why can't I cancel",
            "",
        ] {
            assert_eq!(refused(text), Vec::<String>::new(), "{text:?}");
        }
    }
}
