//! What an entry says. The kind stands in a column of its own, the rest is JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Malformed;
use super::parts::{
    AskForm, ChoiceForm, GuessForm, KindForm, PageForm, PriorityForm, ReasonForm, ReleaseToForm, ReopenedForm,
    ShownForm, TransferToForm, bare, finite, forms, language, values,
};
use crate::conversation::{Answer, Body, Handoff, Mark, Packet, Text};
use crate::types::{AgentId, Language, Seq, Timestamp};

pub(super) fn encode(body: &Body) -> Result<(&'static str, Vec<u8>), Malformed> {
    Ok(match body {
        Body::Text(t) => ("text", serde_json::to_vec(&TextForm::from(t))?),
        Body::Answer(a) => ("answer", serde_json::to_vec(&AnswerForm::from(a))?),
        Body::Clarify { text, options, content_version } => {
            let (text, content_version) = (text.clone(), content_version.clone());
            ("clarify", serde_json::to_vec(&ClarifyForm { text, options: forms(options), content_version })?)
        }
        Body::Handoff(h) => ("handoff", serde_json::to_vec(&HandoffForm::from(&**h))?),
        Body::Claimed { agent } => ("claimed", serde_json::to_vec(&AgentForm { agent: agent.to_string() })?),
        Body::Released { to } => ("released", serde_json::to_vec(&ReleasedForm { to: (*to).into() })?),
        Body::Transferred { to, note } => {
            ("transferred", serde_json::to_vec(&TransferredForm { to: Some(to.into()), note: note.clone() })?)
        }
        Body::Away { agent } => ("away", serde_json::to_vec(&AgentForm { agent: agent.to_string() })?),
        Body::Note { text, mentions, whisper } => {
            let mentions = mentions.iter().map(ToString::to_string).collect();
            ("note", serde_json::to_vec(&NoteForm { text: text.clone(), mentions, whisper: *whisper })?)
        }
        Body::Marked(mark) => ("marked", serde_json::to_vec(&MarkForm::from(mark))?),
        Body::Reopened { to } => ("reopened", serde_json::to_vec(&ReopenedTo { to: (*to).into() })?),
        Body::Rating { score, comment, about } => {
            let (comment, about) = (comment.clone(), about.map(|s| s.0));
            ("rating", serde_json::to_vec(&RatingForm { score: *score, comment, about })?)
        }
        Body::Closed { reason, follow_up } => {
            ("closed", serde_json::to_vec(&ClosedForm { reason: reason.clone(), follow_up: follow_up.map(|t| t.0) })?)
        }
    })
}

pub(super) fn decode(kind: &str, json: &[u8]) -> Result<Body, Malformed> {
    Ok(match kind {
        "text" => Body::Text(serde_json::from_slice::<TextForm>(json)?.into()),
        "answer" => Body::Answer(serde_json::from_slice::<AnswerForm>(json)?.try_into()?),
        "clarify" => {
            let f: ClarifyForm = serde_json::from_slice(json)?;
            Body::Clarify { text: f.text, options: values(f.options), content_version: f.content_version }
        }
        "handoff" => Body::Handoff(Box::new(serde_json::from_slice::<HandoffForm>(json)?.try_into()?)),
        "claimed" => Body::Claimed { agent: agent(json)? },
        "released" => Body::Released { to: serde_json::from_slice::<ReleasedForm>(json)?.to.into() },
        "transferred" => {
            let f: TransferredForm = serde_json::from_slice(json)?;
            let to = f.to.ok_or_else(|| Malformed::what("a transfer to nowhere"))?.try_into()?;
            Body::Transferred { to, note: f.note }
        }
        "away" => Body::Away { agent: agent(json)? },
        "note" => {
            let f: NoteForm = serde_json::from_slice(json)?;
            let mentions = f.mentions.iter().map(|a| a.parse()).collect::<Result<_, _>>()?;
            Body::Note { text: f.text, mentions, whisper: f.whisper }
        }
        "marked" => Body::Marked(serde_json::from_slice::<MarkForm>(json)?.into()),
        "reopened" => Body::Reopened { to: serde_json::from_slice::<ReopenedTo>(json)?.to.into() },
        "rating" => {
            let f: RatingForm = serde_json::from_slice(json)?;
            Body::Rating { score: f.score, comment: f.comment, about: f.about.map(Seq) }
        }
        "closed" => {
            let f: ClosedForm = serde_json::from_slice(json)?;
            Body::Closed { reason: f.reason, follow_up: f.follow_up.map(Timestamp) }
        }
        _ => return Err(Malformed::what("unknown kind of entry")),
    })
}

fn agent(json: &[u8]) -> Result<AgentId, Malformed> {
    Ok(serde_json::from_slice::<AgentForm>(json)?.agent.parse()?)
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct TextForm {
    text: String,
    #[serde(skip_serializing_if = "bare")]
    option: Option<String>,
    #[serde(skip_serializing_if = "bare")]
    fields: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "bare")]
    options: Vec<ChoiceForm>,
    #[serde(skip_serializing_if = "bare")]
    ask: Option<AskForm>,
}

impl From<&Text> for TextForm {
    fn from(v: &Text) -> Self {
        Self {
            text: v.text.clone(),
            option: v.option.clone(),
            fields: v.fields.clone(),
            options: forms(&v.options),
            ask: v.ask.as_ref().map(AskForm::from),
        }
    }
}

impl From<TextForm> for Text {
    fn from(v: TextForm) -> Self {
        Self {
            text: v.text,
            option: v.option,
            fields: v.fields,
            options: values(v.options),
            ask: v.ask.map(Into::into),
        }
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct AnswerForm {
    text: String,
    id: String,
    kind: KindForm,
    confidence: f32,
    #[serde(skip_serializing_if = "bare")]
    options: Vec<ChoiceForm>,
    content_version: String,
    #[serde(skip_serializing_if = "bare")]
    source: Option<SourceForm>,
    #[serde(skip_serializing_if = "bare")]
    language: Option<String>,
}

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct SourceForm {
    title: String,
    path: String,
}

impl From<&Answer> for AnswerForm {
    fn from(v: &Answer) -> Self {
        Self {
            text: v.text.clone(),
            id: v.id.clone(),
            kind: v.kind.into(),
            confidence: finite(v.confidence),
            options: forms(&v.options),
            content_version: v.content_version.clone(),
            source: v.source.clone().map(|(title, path)| SourceForm { title, path }),
            language: Some(v.language.to_string()),
        }
    }
}

impl TryFrom<AnswerForm> for Answer {
    type Error = Malformed;
    fn try_from(v: AnswerForm) -> Result<Self, Malformed> {
        Ok(Self {
            text: v.text,
            id: v.id,
            kind: v.kind.into(),
            confidence: v.confidence,
            options: values(v.options),
            content_version: v.content_version,
            source: v.source.map(|s| (s.title, s.path)),
            language: language(v.language)?.unwrap_or(Language::EN),
        })
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct HandoffForm {
    reason: ReasonForm,
    #[serde(skip_serializing_if = "bare")]
    department: Option<String>,
    priority: PriorityForm,
    packet: PacketForm,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct PacketForm {
    question: String,
    #[serde(skip_serializing_if = "bare")]
    why: Vec<String>,
    #[serde(skip_serializing_if = "bare")]
    candidates: Vec<GuessForm>,
    #[serde(skip_serializing_if = "bare")]
    shown: Vec<ShownForm>,
    #[serde(skip_serializing_if = "bare")]
    tried: Vec<String>,
    #[serde(skip_serializing_if = "bare")]
    slots: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "bare")]
    language: Option<String>,
    #[serde(skip_serializing_if = "bare")]
    page: Option<PageForm>,
    #[serde(skip_serializing_if = "bare")]
    upset: bool,
    #[serde(skip_serializing_if = "bare")]
    suggested_reply: Option<String>,
}

impl From<&Handoff> for HandoffForm {
    fn from(v: &Handoff) -> Self {
        let p = &v.packet;
        let packet = PacketForm {
            question: p.question.clone(),
            why: p.why.clone(),
            candidates: forms(&p.candidates),
            shown: forms(&p.shown),
            tried: p.tried.clone(),
            slots: p.slots.clone(),
            language: p.language.map(|l| l.to_string()),
            page: p.page.as_ref().map(PageForm::from),
            upset: p.upset,
            suggested_reply: p.suggested_reply.clone(),
        };
        Self { reason: v.reason.into(), department: v.department.clone(), priority: v.priority.into(), packet }
    }
}

impl TryFrom<HandoffForm> for Handoff {
    type Error = Malformed;
    fn try_from(v: HandoffForm) -> Result<Self, Malformed> {
        let p = v.packet;
        let packet = Packet {
            question: p.question,
            why: p.why,
            candidates: values(p.candidates),
            shown: values(p.shown),
            tried: p.tried,
            slots: p.slots,
            language: language(p.language)?,
            page: p.page.map(Into::into),
            upset: p.upset,
            suggested_reply: p.suggested_reply,
        };
        Ok(Self { reason: v.reason.into(), department: v.department, priority: v.priority.into(), packet })
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct ClarifyForm {
    text: String,
    options: Vec<ChoiceForm>,
    content_version: String,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct AgentForm {
    agent: String,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct ReleasedForm {
    to: ReleaseToForm,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct TransferredForm {
    to: Option<TransferToForm>,
    #[serde(skip_serializing_if = "bare")]
    note: Option<String>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct NoteForm {
    text: String,
    #[serde(skip_serializing_if = "bare")]
    mentions: Vec<String>,
    #[serde(skip_serializing_if = "bare")]
    whisper: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum MarkForm {
    Labels(Vec<String>),
    SnoozedUntil(Option<i64>),
    FollowUp(Option<i64>),
    Priority(PriorityForm),
}

impl From<&Mark> for MarkForm {
    fn from(v: &Mark) -> Self {
        match v {
            Mark::Labels(labels) => Self::Labels(labels.clone()),
            Mark::Snoozed(until) => Self::SnoozedUntil(until.map(|t| t.0)),
            Mark::FollowUp(until) => Self::FollowUp(until.map(|t| t.0)),
            Mark::Priority(priority) => Self::Priority((*priority).into()),
        }
    }
}

impl From<MarkForm> for Mark {
    fn from(v: MarkForm) -> Self {
        match v {
            MarkForm::Labels(labels) => Self::Labels(labels),
            MarkForm::SnoozedUntil(until) => Self::Snoozed(until.map(Timestamp)),
            MarkForm::FollowUp(until) => Self::FollowUp(until.map(Timestamp)),
            MarkForm::Priority(priority) => Self::Priority(priority.into()),
        }
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct ReopenedTo {
    to: ReopenedForm,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct RatingForm {
    score: u8,
    #[serde(skip_serializing_if = "bare")]
    comment: Option<String>,
    #[serde(skip_serializing_if = "bare")]
    about: Option<u64>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct ClosedForm {
    #[serde(skip_serializing_if = "bare")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "bare")]
    follow_up: Option<i64>,
}
