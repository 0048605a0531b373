//! What the program itself asks agents to say otherwise, until the team switches it off.

/// A rule of the program. Its words are looked for as whole words, in whichever case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Stable.
    pub name: &'static str,
    /// In replies of this language.
    pub language: &'static str,
    /// Any of these. None: what it looks for is no list of words; whoever applies it knows it by its name.
    pub words: &'static [&'static str],
    /// What the agent is told.
    pub hint: &'static str,
}

/// Scolding, blaming, and passing over somebody who is upset. Few and plain: a rule that is wrong every other time is
/// read by nobody. One name stands for the same rule in each language, before its code.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "scolding-en",
        language: "en",
        words: &[
            "calm down",
            "as I already said",
            "as I already told you",
            "as already mentioned",
            "obviously",
            "you should have known",
            "read the instructions",
            "that is not true",
            "stop complaining",
        ],
        hint: "This may sound like a reproach. Say it once more in other words, as if for the first time.",
    },
    Rule {
        name: "blaming-en",
        language: "en",
        words: &[
            "your fault",
            "your mistake",
            "your own fault",
            "you failed to",
            "you forgot to",
            "you must have",
            "you did it wrong",
            "you did something wrong",
            "you claim",
            "you neglected",
        ],
        hint: "This puts the blame on the visitor. Say what can be done now instead.",
    },
    Rule {
        name: "passing-over-en",
        language: "en",
        words: &[
            "not my problem",
            "not our problem",
            "nothing I can do",
            "nothing we can do",
            "that is our policy",
            "that's our policy",
            "not my department",
            "you will have to wait",
            "you'll have to wait",
            "whatever",
        ],
        hint: "Somebody who is upset reads this as a door that closes. Name the trouble first, then the next step.",
    },
    Rule {
        name: "scolding-de",
        language: "de",
        words: &[
            "beruhigen Sie sich",
            "beruhige dich",
            "wie ich bereits sagte",
            "wie ich schon sagte",
            "wie bereits erwähnt",
            "wie schon gesagt",
            "offensichtlich",
            "das hätten Sie wissen müssen",
            "lesen Sie die Anleitung",
            "das stimmt nicht",
            "hören Sie auf",
        ],
        hint: "Das kann wie ein Vorwurf klingen. Sagen Sie es noch einmal anders, wie beim ersten Mal.",
    },
    Rule {
        name: "blaming-de",
        language: "de",
        words: &[
            "Ihre Schuld",
            "Ihr Fehler",
            "selbst schuld",
            "selber schuld",
            "Sie haben vergessen",
            "Sie haben versäumt",
            "Sie haben falsch",
            "Sie hätten",
            "Sie behaupten",
            "deine Schuld",
            "dein Fehler",
        ],
        hint: "Das gibt dem Besucher die Schuld. Sagen Sie lieber, was jetzt möglich ist.",
    },
    Rule {
        name: "passing-over-de",
        language: "de",
        words: &[
            "nicht mein Problem",
            "nicht unser Problem",
            "da kann ich nichts machen",
            "da können wir nichts machen",
            "nicht zuständig",
            "das ist bei uns so",
            "da müssen Sie warten",
            "Pech gehabt",
        ],
        hint: "Wer verärgert ist, liest das als zugeschlagene Tür. Erst das Ärgernis benennen, dann den nächsten Schritt.",
    },
    // Rows of capitals and exclamation marks.
    Rule {
        name: "shouting-en",
        language: "en",
        words: &[],
        hint: "Capitals and rows of exclamation marks read as shouting.",
    },
    Rule {
        name: "shouting-de",
        language: "de",
        words: &[],
        hint: "Großbuchstaben und viele Ausrufezeichen lesen sich wie Geschrei.",
    },
    // Somebody is upset, and the first reply says nothing about it.
    Rule {
        name: "silence-en",
        language: "en",
        words: &[],
        hint: "The visitor is upset, and this says nothing about it. One honest sentence first helps.",
    },
    Rule {
        name: "silence-de",
        language: "de",
        words: &[],
        hint: "Der Besucher ist verärgert, und hier steht nichts dazu. Ein ehrlicher Satz vorweg hilft.",
    },
];

/// The rule of this name.
pub(super) fn rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|r| r.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_has_a_name_of_its_own_in_both_languages() {
        for rule in RULES {
            let wordless = rule.name.starts_with("shouting-") || rule.name.starts_with("silence-");
            assert_eq!(rule.words.is_empty(), wordless, "{}", rule.name);
            assert!(!rule.hint.is_empty() && rule.hint.chars().count() <= 200);
            assert!(rule.name.ends_with(&format!("-{}", rule.language)), "{}", rule.name);
            assert_eq!(RULES.iter().filter(|r| r.name == rule.name).count(), 1, "{}", rule.name);
        }
        assert_eq!(RULES.iter().filter(|r| r.language == "de").count() * 2, RULES.len());
        // No name of a rule can be the name of something kept.
        assert!(RULES.iter().all(|r| r.name.parse::<crate::store::keeps::KeepId>().is_err()));
    }
}
