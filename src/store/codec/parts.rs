//! Pieces that occur in states and in entries.

use serde::{Deserialize, Serialize};

use super::Malformed;
use crate::conversation as c;
use crate::dialogue as d;
use crate::types::{AgentId, Language};

/// Left out when writing: reading puts the default back.
pub(super) fn bare<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Copies a list into its mirror.
pub(super) fn forms<'a, A, B: From<&'a A>>(list: &'a [A]) -> Vec<B> {
    list.iter().map(B::from).collect()
}

/// Turns a list of mirrors into what they mirror.
pub(super) fn values<A, B: From<A>>(list: Vec<A>) -> Vec<B> {
    list.into_iter().map(B::from).collect()
}

/// JSON knows no infinities.
pub(super) fn finite(x: f32) -> f32 {
    if x.is_finite() { x } else { 0.0 }
}

pub(super) fn language(code: Option<String>) -> Result<Option<Language>, Malformed> {
    Ok(code.map(|l| l.parse()).transpose()?)
}

/// Fieldless enums: the first variant is what a missing field means.
macro_rules! mirror {
    ($name:ident = $domain:ty { $first:ident $(, $variant:ident)* }) => {
        #[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub(super) enum $name { #[default] $first $(, $variant)* }

        impl From<$domain> for $name {
            fn from(v: $domain) -> Self {
                match v {
                    <$domain>::$first => Self::$first,
                    $(<$domain>::$variant => Self::$variant,)*
                }
            }
        }
        impl From<$name> for $domain {
            fn from(v: $name) -> Self {
                match v {
                    $name::$first => Self::$first,
                    $($name::$variant => Self::$variant,)*
                }
            }
        }
    };
}

mirror!(KindForm = d::AnswerKind { Intent, Article });
mirror!(ReasonForm = d::Reason { Asked, LowConfidence, RepeatedFailure, Frustration, Intent, Policy });
mirror!(PriorityForm = crate::types::Priority { Normal, High, Urgent });
mirror!(ReleaseToForm = c::ReleaseTo { Queue, Bot });
mirror!(ReopenedForm = c::Reopened { Queue, Bot, Agent });

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ChoiceForm {
    id: String,
    label: String,
}

impl From<&d::Choice> for ChoiceForm {
    fn from(v: &d::Choice) -> Self {
        Self { id: v.id.clone(), label: v.label.clone() }
    }
}

impl From<ChoiceForm> for d::Choice {
    fn from(v: ChoiceForm) -> Self {
        Self { id: v.id, label: v.label }
    }
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct GuessForm {
    id: String,
    kind: KindForm,
    title: String,
    confidence: f32,
    #[serde(skip_serializing_if = "bare")]
    source: Option<String>,
    #[serde(skip_serializing_if = "bare")]
    line: Option<String>,
    #[serde(skip_serializing_if = "bare")]
    words: Vec<String>,
}

impl From<&d::Guess> for GuessForm {
    fn from(v: &d::Guess) -> Self {
        Self {
            id: v.id.clone(),
            kind: v.kind.into(),
            title: v.title.clone(),
            confidence: finite(v.confidence),
            source: v.source.clone(),
            line: v.line.clone(),
            words: v.words.clone(),
        }
    }
}

impl From<GuessForm> for d::Guess {
    fn from(v: GuessForm) -> Self {
        Self {
            id: v.id,
            kind: v.kind.into(),
            title: v.title,
            confidence: v.confidence,
            source: v.source,
            line: v.line,
            words: v.words,
        }
    }
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ShownForm {
    id: String,
    title: String,
    #[serde(skip_serializing_if = "bare")]
    rejected: bool,
}

impl From<&d::Shown> for ShownForm {
    fn from(v: &d::Shown) -> Self {
        Self { id: v.id.clone(), title: v.title.clone(), rejected: v.rejected }
    }
}

impl From<ShownForm> for d::Shown {
    fn from(v: ShownForm) -> Self {
        Self { id: v.id, title: v.title, rejected: v.rejected }
    }
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct PageForm {
    #[serde(skip_serializing_if = "bare")]
    url: Option<String>,
    #[serde(skip_serializing_if = "bare")]
    title: Option<String>,
    #[serde(skip_serializing_if = "bare")]
    referrer: Option<String>,
}

impl From<&c::Page> for PageForm {
    fn from(v: &c::Page) -> Self {
        Self { url: v.url.clone(), title: v.title.clone(), referrer: v.referrer.clone() }
    }
}

impl From<PageForm> for c::Page {
    fn from(v: PageForm) -> Self {
        Self { url: v.url, title: v.title, referrer: v.referrer }
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum AskForm {
    Slot(String),
    Email,
}

impl From<&d::Ask> for AskForm {
    fn from(v: &d::Ask) -> Self {
        match v {
            d::Ask::Slot(s) => Self::Slot(s.clone()),
            d::Ask::Email => Self::Email,
        }
    }
}

impl From<AskForm> for d::Ask {
    fn from(v: AskForm) -> Self {
        match v {
            AskForm::Slot(s) => Self::Slot(s),
            AskForm::Email => Self::Email,
        }
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TransferToForm {
    Agent(String),
    Department(String),
}

impl From<&c::TransferTo> for TransferToForm {
    fn from(v: &c::TransferTo) -> Self {
        match v {
            c::TransferTo::Agent(a) => Self::Agent(a.to_string()),
            c::TransferTo::Department(d) => Self::Department(d.clone()),
        }
    }
}

impl TryFrom<TransferToForm> for c::TransferTo {
    type Error = Malformed;
    fn try_from(v: TransferToForm) -> Result<Self, Malformed> {
        Ok(match v {
            TransferToForm::Agent(a) => Self::Agent(a.parse::<AgentId>()?),
            TransferToForm::Department(d) => Self::Department(d),
        })
    }
}
