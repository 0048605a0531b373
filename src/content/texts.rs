//! What the bot says by itself: defaults in each language, any of them replaced by `[texts.<language>]`.

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
    /// After "that did not help". `did_not_help`
    DidNotHelp,
    /// A colleague gave the chat back to the bot. `back_with_bot`
    BackWithBot,
    /// First words that a person may send, offered to the agent; `{{ topic }}`. `suggested_reply`
    SuggestedReply,
}
