//! What the bot says by itself: defaults in each language, any of them replaced by `[texts.<language>]`.

use crate::types::Language;

/// A sentence of the bot's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phrase {
    /// First words on opening. Key `greeting`.
    Greeting,
    /// Not understood for the first time: asks to say it differently, and offers a person. `rephrase`
    Rephrase,
    /// Leads the list of what may be meant. `clarify`
    Clarify,
    /// Last entry of that list. `none_of_these`
    NoneOfThese,
    /// A person is being rung. `handoff`
    Handoff,
    /// The same to somebody who is upset: empathy first. `handoff_upset`
    HandoffUpset,
    /// Put before an answer to somebody who is upset. `sorry_first`
    SorryFirst,
    /// Nobody is there now; `{{ opens }}` is when they are back; offers to leave an address. `closed_hours`
    ClosedHours,
    /// The same where it is not known when they are back. `closed_unknown`
    ClosedUnknown,
    /// The same to somebody whose address is known. `closed_known`
    ClosedKnown,
    /// After an offer was declined or a thank-you. `anything_else`
    AnythingElse,
    /// Asks for an e-mail address. `ask_email`
    AskEmail,
    /// The address looks wrong. `email_retry`
    EmailRetry,
    /// The address is kept; `{{ email }}`. `email_thanks`
    EmailThanks,
    /// Label: a person, please. `talk_to_person`
    TalkToPerson,
    /// Label: leave my e-mail address. `leave_email`
    LeaveEmail,
    /// Label: no, thank you. `no_thanks`
    NoThanks,
    /// Goes back to an interrupted question of the bot's. `back_to`
    BackTo,
    /// Said when a slot could not be filled after two tries. `slot_given_up`
    SlotGivenUp,
    /// The answer is in another language than the visitor's: said before it. `other_language`
    OtherLanguage,
    /// Leads the second answer to a message with two questions. `and_also`
    AndAlso,
    /// The human queue is full; offers to leave an address. `queue_full`
    QueueFull,
    /// As many wait as may of one visitor or one address; offers to leave an address. `queue_full_own`
    QueueFullOwn,
    /// There is no place, and an address is known: what happens next. `place_awaited`
    PlaceAwaited,
    /// There is a place now, and the chat has it. `place_found`
    PlaceFound,
    /// After "that did not help". `did_not_help`
    DidNotHelp,
    /// A colleague gave the chat back to the bot. `back_with_bot`
    BackWithBot,
    /// First words that a person may send, offered to the agent; `{{ topic }}`. `suggested_reply`
    SuggestedReply,
}

impl Phrase {
    /// Every phrase.
    pub fn all() -> impl Iterator<Item = Self> {
        DEFAULTS.iter().map(|(phrase, ..)| *phrase)
    }

    /// Its key under `[texts.<language>]`.
    #[must_use]
    pub fn key(self) -> &'static str {
        DEFAULTS.iter().find(|(phrase, ..)| *phrase == self).map_or("", |(_, key, ..)| key)
    }

    /// The phrase of a key.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        DEFAULTS.iter().find(|(_, k, ..)| *k == key).map(|(phrase, ..)| *phrase)
    }

    /// What it says where the editors have set nothing; none in languages that have no defaults.
    #[must_use]
    pub fn default_text(self, language: Language) -> Option<&'static str> {
        let (_, _, en, de) = DEFAULTS.iter().find(|(phrase, ..)| *phrase == self)?;
        match language {
            Language::EN => Some(en),
            Language::DE => Some(de),
            _ => None,
        }
    }

    /// The one variable it may use.
    pub(super) const fn variable(self) -> Option<&'static str> {
        match self {
            Self::ClosedHours => Some("opens"),
            Self::EmailThanks => Some("email"),
            Self::SuggestedReply => Some("topic"),
            _ => None,
        }
    }
}

/// A phrase, its key in the file, and its default in English and German.
const DEFAULTS: &[(Phrase, &str, &str, &str)] = &[
    (
        Phrase::Greeting,
        "greeting",
        "Hello! I am the shop's digital assistant. Ask me anything – and if you would rather talk to a person, just say so.",
        "Guten Tag! Ich bin der digitale Assistent. Fragen Sie mich einfach – und wenn Sie lieber mit einem Menschen sprechen möchten, sagen Sie es mir.",
    ),
    (
        Phrase::Rephrase,
        "rephrase",
        "I am not sure I understood that. Could you say it in other words? If you prefer, I will get a person for you.",
        "Das habe ich leider nicht ganz verstanden. Können Sie es anders sagen? Auf Wunsch hole ich Ihnen gern jemanden aus dem Team.",
    ),
    (
        Phrase::Clarify,
        "clarify",
        "I want to get this right. Which of these do you mean?",
        "Damit ich richtig antworte: Was davon meinen Sie?",
    ),
    (Phrase::NoneOfThese, "none_of_these", "None of these", "Nichts davon"),
    (
        Phrase::Handoff,
        "handoff",
        "I have called for a colleague. They can read what we have written so far, so you need not repeat yourself.",
        "Ich habe jemanden aus unserem Team gerufen. Was wir bisher geschrieben haben, ist dort zu lesen – Sie müssen nichts wiederholen.",
    ),
    (
        Phrase::HandoffUpset,
        "handoff_upset",
        "I am sorry this has been so frustrating. A colleague will look after it personally – they can read everything we have written, so you need not repeat yourself.",
        "Es tut mir leid, dass das so ärgerlich für Sie ist. Jemand aus unserem Team kümmert sich jetzt persönlich darum – was wir bisher geschrieben haben, ist dort zu lesen, Sie müssen nichts wiederholen.",
    ),
    (Phrase::SorryFirst, "sorry_first", "I am sorry about the trouble.", "Das tut mir leid."),
    (
        Phrase::ClosedHours,
        "closed_hours",
        "My colleagues are not here right now; they are back {{ opens }}. Leave me your e-mail address and they will get in touch with you.",
        "Im Moment ist niemand aus unserem Team da; {{ opens }} sind wir wieder für Sie da. Hinterlassen Sie mir Ihre E-Mail-Adresse, dann melden wir uns bei Ihnen.",
    ),
    (
        Phrase::ClosedUnknown,
        "closed_unknown",
        "My colleagues are not here right now. Leave me your e-mail address and they will get in touch with you.",
        "Im Moment ist niemand aus unserem Team da. Hinterlassen Sie mir Ihre E-Mail-Adresse, dann melden wir uns bei Ihnen.",
    ),
    (
        Phrase::ClosedKnown,
        "closed_known",
        "My colleagues are not here right now. They have your e-mail address and will get in touch with you.",
        "Im Moment ist niemand aus unserem Team da. Ihre E-Mail-Adresse liegt uns vor, und wir melden uns bei Ihnen.",
    ),
    (
        Phrase::AnythingElse,
        "anything_else",
        "Is there anything else I can do for you?",
        "Kann ich sonst noch etwas für Sie tun?",
    ),
    (
        Phrase::AskEmail,
        "ask_email",
        "What e-mail address can we reach you at?",
        "Unter welcher E-Mail-Adresse erreichen wir Sie?",
    ),
    (
        Phrase::EmailRetry,
        "email_retry",
        "That does not look like an e-mail address. It should be something like name@example.com.",
        "Das sieht nicht nach einer E-Mail-Adresse aus. Sie sollte etwa so aussehen: name@example.com.",
    ),
    (
        Phrase::EmailThanks,
        "email_thanks",
        "Thank you – we will write to {{ email }}.",
        "Vielen Dank – wir schreiben Ihnen an {{ email }}.",
    ),
    (Phrase::TalkToPerson, "talk_to_person", "Talk to a person", "Mit einem Menschen sprechen"),
    (Phrase::LeaveEmail, "leave_email", "Leave my e-mail address", "E-Mail-Adresse hinterlassen"),
    (Phrase::NoThanks, "no_thanks", "No, thank you", "Nein, danke"),
    (Phrase::BackTo, "back_to", "Now, back to my question:", "Nun zurück zu meiner Frage:"),
    (
        Phrase::SlotGivenUp,
        "slot_given_up",
        "No problem, we can do without it. I have called for a colleague to help you.",
        "Kein Problem, es geht auch ohne. Ich habe jemanden aus unserem Team gerufen.",
    ),
    (
        Phrase::OtherLanguage,
        "other_language",
        "I only have this in another language, I am afraid:",
        "Das habe ich leider nur in einer anderen Sprache:",
    ),
    (Phrase::AndAlso, "and_also", "And to your other question:", "Und zu Ihrer anderen Frage:"),
    (
        Phrase::QueueFull,
        "queue_full",
        "A lot of people are waiting for my colleagues just now. Leave me your e-mail address, and I will put you in line as soon as there is a place.",
        "Gerade warten sehr viele auf unser Team. Hinterlassen Sie mir Ihre E-Mail-Adresse, dann stelle ich Sie an, sobald ein Platz frei ist.",
    ),
    (
        Phrase::QueueFullOwn,
        "queue_full_own",
        "You, or somebody on the same internet connection, are waiting for my colleagues already, and I cannot put another chat in line beside that. Leave me your e-mail address, and I will do so as soon as I can.",
        "Sie oder jemand am selben Internetanschluss warten bereits auf unser Team, und daneben kann ich keinen weiteren Chat anstellen. Hinterlassen Sie mir Ihre E-Mail-Adresse, dann hole ich das nach, sobald es geht.",
    ),
    (
        Phrase::PlaceAwaited,
        "place_awaited",
        "There is no place in line for this chat yet. I will put you in line as soon as there is one: my colleagues answer here, and they see your address.",
        "Für diesen Chat ist noch kein Platz in der Warteschlange frei. Sobald einer frei ist, stelle ich Sie an: Unser Team antwortet hier und sieht Ihre Adresse.",
    ),
    (
        Phrase::PlaceFound,
        "place_found",
        "There is a place now: you are in line, and my colleagues have your address.",
        "Jetzt ist ein Platz frei: Sie stehen in der Warteschlange, und unser Team hat Ihre Adresse.",
    ),
    (
        Phrase::DidNotHelp,
        "did_not_help",
        "I am sorry that did not help. Shall I get a person for you?",
        "Schade, dass das nicht geholfen hat. Soll ich jemanden aus unserem Team dazuholen?",
    ),
    (
        Phrase::BackWithBot,
        "back_with_bot",
        "I am back – the assistant. Just write if there is anything else.",
        "Hier ist wieder der Assistent. Schreiben Sie einfach, wenn noch etwas ist.",
    ),
    (
        Phrase::SuggestedReply,
        "suggested_reply",
        "Hello! I have read what you wrote about “{{ topic }}” and will take care of it.",
        "Guten Tag! Ich habe gelesen, was Sie zu „{{ topic }}“ geschrieben haben, und kümmere mich darum.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::template;

    #[test]
    fn each_phrase_has_a_key_and_texts_with_its_variable_only() {
        for phrase in Phrase::all() {
            assert_eq!(Phrase::of_key(phrase.key()), Some(phrase));
            for language in [Language::EN, Language::DE] {
                let text = phrase.default_text(language).unwrap();
                let names: Vec<_> = template::variables(text).unwrap().into_iter().map(|v| v.name).collect();
                assert_eq!(names, phrase.variable().into_iter().map(str::to_owned).collect::<Vec<_>>(), "{text}");
            }
        }
        // A phrase that is added to the enum and not to the table would be silent.
        assert_eq!(Phrase::SuggestedReply as usize + 1, DEFAULTS.len());
    }
}
