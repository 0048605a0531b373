//! The state of a conversation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Malformed;
use super::parts::{
    ChoiceForm, GuessForm, PageForm, PriorityForm, ReasonForm, ShownForm, bare, forms, language, values,
};
use crate::conversation::{Burst, Owner, State, Verified, Visit};
use crate::dialogue::{Memory, Pending, Wanted};
use crate::types::{Seq, Timestamp};

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct StateForm {
    visitor: String,
    owner: OwnerForm,
    ver: u64,
    head: u64,
    visitor_head: u64,
    visitor_said: u64,
    opened_at: i64,
    updated_at: i64,
    #[serde(skip_serializing_if = "bare")]
    department: Option<String>,
    #[serde(skip_serializing_if = "bare")]
    priority: PriorityForm,
    #[serde(skip_serializing_if = "bare")]
    waiting_since: Option<i64>,
    #[serde(skip_serializing_if = "bare")]
    reason: Option<ReasonForm>,
    #[serde(skip_serializing_if = "bare")]
    needs: Vec<String>,
    #[serde(skip_serializing_if = "bare")]
    last_agent: Option<(String, i64)>,
    #[serde(skip_serializing_if = "bare")]
    due: Option<i64>,
    #[serde(skip_serializing_if = "bare")]
    labels: Vec<String>,
    #[serde(skip_serializing_if = "bare")]
    mentioned: Vec<String>,
    #[serde(skip_serializing_if = "bare")]
    away_since: Option<i64>,
    #[serde(skip_serializing_if = "bare")]
    burst: Option<BurstForm>,
    #[serde(skip_serializing_if = "bare")]
    offered: Vec<ChoiceForm>,
    #[serde(skip_serializing_if = "bare")]
    answers: Vec<(u64, String)>,
    memory: MemoryForm,
    visit: VisitForm,
    preview: String,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OwnerForm {
    #[default]
    Bot,
    Queue,
    Agent(String),
    Closed,
}

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct BurstForm {
    since: i64,
    texts: Vec<String>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct VisitForm {
    #[serde(skip_serializing_if = "bare")]
    site: Option<String>,
    #[serde(skip_serializing_if = "bare")]
    locale: Option<String>,
    #[serde(skip_serializing_if = "bare")]
    page: Option<PageForm>,
    #[serde(skip_serializing_if = "bare")]
    email: Option<String>,
    #[serde(skip_serializing_if = "bare")]
    name: Option<String>,
    #[serde(skip_serializing_if = "bare")]
    attributes: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "bare")]
    verified: Option<VerifiedForm>,
}

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct VerifiedForm {
    subject: String,
    #[serde(skip_serializing_if = "bare")]
    name: Option<String>,
    #[serde(skip_serializing_if = "bare")]
    email: Option<String>,
    #[serde(skip_serializing_if = "bare")]
    attributes: BTreeMap<String, String>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct MemoryForm {
    #[serde(skip_serializing_if = "bare")]
    language: Option<String>,
    #[serde(skip_serializing_if = "bare")]
    misses: u32,
    #[serde(skip_serializing_if = "bare")]
    pending: Option<PendingForm>,
    #[serde(skip_serializing_if = "bare")]
    slots: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "bare")]
    shown: Vec<ShownForm>,
    #[serde(skip_serializing_if = "bare")]
    tried: Vec<String>,
    #[serde(skip_serializing_if = "bare")]
    question: Option<String>,
    #[serde(skip_serializing_if = "bare")]
    candidates: Vec<GuessForm>,
    #[serde(skip_serializing_if = "bare")]
    why: Option<String>,
    #[serde(skip_serializing_if = "bare")]
    failed: Vec<String>,
    #[serde(skip_serializing_if = "bare")]
    upset: u32,
    #[serde(skip_serializing_if = "bare")]
    asked: Vec<String>,
    #[serde(skip_serializing_if = "bare")]
    greeted: bool,
    #[serde(skip_serializing_if = "bare")]
    wanted: Option<WantedForm>,
    #[serde(skip_serializing_if = "bare")]
    offered: u32,
}

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct WantedForm {
    reason: ReasonForm,
    since: i64,
}

#[derive(PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PendingForm {
    Slot { intent: String, slot: String, tries: u32 },
    Clarify { options: Vec<ChoiceForm> },
    Rephrase,
    Email { tries: u32 },
}

impl From<&State> for StateForm {
    fn from(v: &State) -> Self {
        Self {
            visitor: v.visitor.to_string(),
            owner: match v.owner {
                Owner::Bot => OwnerForm::Bot,
                Owner::Queue => OwnerForm::Queue,
                Owner::Agent(a) => OwnerForm::Agent(a.to_string()),
                Owner::Closed => OwnerForm::Closed,
            },
            ver: v.ver,
            head: v.head.0,
            visitor_head: v.visitor_head.0,
            visitor_said: v.visitor_said.0,
            opened_at: v.opened_at.0,
            updated_at: v.updated_at.0,
            department: v.department.clone(),
            priority: v.priority.into(),
            waiting_since: v.waiting_since.map(|t| t.0),
            reason: v.reason.map(Into::into),
            needs: v.needs.clone(),
            last_agent: v.last_agent.map(|(a, at)| (a.to_string(), at.0)),
            due: v.due.map(|t| t.0),
            labels: v.labels.clone(),
            mentioned: v.mentioned.iter().map(ToString::to_string).collect(),
            away_since: v.away_since.map(|t| t.0),
            burst: v.burst.as_ref().map(|b| BurstForm { since: b.since.0, texts: b.texts.clone() }),
            offered: forms(&v.offered),
            answers: v.answers.iter().map(|(s, id)| (s.0, id.clone())).collect(),
            memory: MemoryForm::from(&v.memory),
            visit: VisitForm::from(&v.visit),
            preview: v.preview.clone(),
        }
    }
}

impl TryFrom<StateForm> for State {
    type Error = Malformed;
    fn try_from(v: StateForm) -> Result<Self, Malformed> {
        Ok(Self {
            visitor: v.visitor.parse()?,
            owner: match v.owner {
                OwnerForm::Bot => Owner::Bot,
                OwnerForm::Queue => Owner::Queue,
                OwnerForm::Agent(a) => Owner::Agent(a.parse()?),
                OwnerForm::Closed => Owner::Closed,
            },
            ver: v.ver,
            head: Seq(v.head),
            visitor_head: Seq(v.visitor_head),
            visitor_said: Seq(v.visitor_said),
            opened_at: Timestamp(v.opened_at),
            updated_at: Timestamp(v.updated_at),
            department: v.department,
            priority: v.priority.into(),
            waiting_since: v.waiting_since.map(Timestamp),
            reason: v.reason.map(Into::into),
            needs: v.needs,
            last_agent: v.last_agent.map(|(a, at)| a.parse().map(|a| (a, Timestamp(at)))).transpose()?,
            due: v.due.map(Timestamp),
            labels: v.labels,
            mentioned: v.mentioned.iter().map(|a| a.parse()).collect::<Result<_, _>>()?,
            away_since: v.away_since.map(Timestamp),
            burst: v.burst.map(|b| Burst { since: Timestamp(b.since), texts: b.texts }),
            offered: values(v.offered),
            answers: v.answers.into_iter().map(|(s, id)| (Seq(s), id)).collect(),
            memory: v.memory.try_into()?,
            visit: v.visit.into(),
            preview: v.preview,
        })
    }
}

impl From<&Visit> for VisitForm {
    fn from(v: &Visit) -> Self {
        Self {
            site: v.site.clone(),
            locale: v.locale.clone(),
            page: v.page.as_ref().map(PageForm::from),
            email: v.email.clone(),
            name: v.name.clone(),
            attributes: v.attributes.clone(),
            verified: v.verified.as_ref().map(|v| VerifiedForm {
                subject: v.subject.clone(),
                name: v.name.clone(),
                email: v.email.clone(),
                attributes: v.attributes.clone(),
            }),
        }
    }
}

impl From<VisitForm> for Visit {
    fn from(v: VisitForm) -> Self {
        let verified =
            |v: VerifiedForm| Verified { subject: v.subject, name: v.name, email: v.email, attributes: v.attributes };
        Self {
            site: v.site,
            locale: v.locale,
            page: v.page.map(Into::into),
            email: v.email,
            name: v.name,
            attributes: v.attributes,
            verified: v.verified.map(verified),
        }
    }
}

impl From<&Memory> for MemoryForm {
    fn from(v: &Memory) -> Self {
        Self {
            language: v.language.map(|l| l.to_string()),
            misses: v.misses,
            pending: v.pending.as_ref().map(PendingForm::from),
            slots: v.slots.clone(),
            shown: forms(&v.shown),
            tried: v.tried.clone(),
            question: v.question.clone(),
            candidates: forms(&v.candidates),
            why: v.why.clone(),
            failed: v.failed.clone(),
            upset: v.upset,
            asked: v.asked.clone(),
            greeted: v.greeted,
            wanted: v.wanted.map(|w| WantedForm { reason: w.reason.into(), since: w.since.0 }),
            offered: v.offered,
        }
    }
}

impl TryFrom<MemoryForm> for Memory {
    type Error = Malformed;
    fn try_from(v: MemoryForm) -> Result<Self, Malformed> {
        Ok(Self {
            language: language(v.language)?,
            misses: v.misses,
            pending: v.pending.map(Into::into),
            slots: v.slots,
            shown: values(v.shown),
            tried: v.tried,
            question: v.question,
            candidates: values(v.candidates),
            why: v.why,
            failed: v.failed,
            upset: v.upset,
            asked: v.asked,
            greeted: v.greeted,
            wanted: v.wanted.map(|w| Wanted { reason: w.reason.into(), since: Timestamp(w.since) }),
            offered: v.offered,
        })
    }
}

impl From<&Pending> for PendingForm {
    fn from(v: &Pending) -> Self {
        match v {
            Pending::Slot { intent, slot, tries } => {
                Self::Slot { intent: intent.clone(), slot: slot.clone(), tries: *tries }
            }
            Pending::Clarify { options } => Self::Clarify { options: forms(options) },
            Pending::Rephrase => Self::Rephrase,
            Pending::Email { tries } => Self::Email { tries: *tries },
        }
    }
}

impl From<PendingForm> for Pending {
    fn from(v: PendingForm) -> Self {
        match v {
            PendingForm::Slot { intent, slot, tries } => Self::Slot { intent, slot, tries },
            PendingForm::Clarify { options } => Self::Clarify { options: values(options) },
            PendingForm::Rephrase => Self::Rephrase,
            PendingForm::Email { tries } => Self::Email { tries },
        }
    }
}
