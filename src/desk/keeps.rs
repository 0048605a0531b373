//! Canned replies, macros, views and wording rules: one's own, and everybody's.

use std::sync::Arc;

use super::wording::{self, RULES, Rule};
use super::{Action, Actor, Desk, DeskError, On, may};
use crate::bus::{Hint, Shared};
use crate::content::OpenState;
use crate::conversation::Refusal;
use crate::store::Person;
use crate::store::beside::Paused;
use crate::store::keeps::{Keep, KeepBody, KeepError, KeepId, KeepKind};
use crate::types::{AgentId, Language};

/// Labels are counted among so many conversations, and so many are named.
const LABELS: (u32, u32) = (2_000, 200);

/// What an agent has beside the log.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Everybody's, and the agent's own.
    pub keeps: Vec<Keep>,
    /// Wording rules of the program, and whether they are looked for.
    pub rules: Vec<(&'static Rule, bool)>,
    /// Labels that are in use, with how many conversations have them, of those touched last.
    pub labels: Vec<(String, u64)>,
    /// In the order of the content.
    pub departments: Vec<Department>,
}

/// A department now.
#[derive(Debug, Clone)]
pub struct Department {
    /// As in the content.
    pub name: String,
    /// Whether people are there.
    pub open: OpenState,
    /// Today's hours in words.
    pub hours: String,
    /// It takes no new chats.
    pub paused: Option<Paused>,
    /// Within how many seconds somebody should come, and to which share.
    pub target: (u32, f32),
    /// Where its chats go on to, and after how many minutes.
    pub overflow: Option<(String, u32)>,
    /// So many may wait in it.
    pub max_waiting: Option<u32>,
    /// What its people write; empty: anything.
    pub languages: Vec<Language>,
}

/// Something kept as it is named from outside.
#[derive(Debug, Clone, Copy)]
pub enum Named {
    /// By a person.
    Kept(KeepId),
    /// A rule of the program.
    Rule(&'static Rule),
}

impl std::str::FromStr for Named {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        wording::rule(s).map(Self::Rule).ok_or(()).or_else(|()| s.parse().map(Self::Kept))
    }
}

impl Desk {
    /// What this person has beside the log.
    ///
    /// # Errors
    /// `Forbidden`, `Busy` and `Storage`.
    pub async fn kept(&self, by: &Arc<Person>) -> Result<Kept, DeskError> {
        if !may(&Actor::Person(Arc::clone(by)), Action::Keep, On::Any) {
            return Err(DeskError::Forbidden);
        }
        let off = self.store.wording_off().await?;
        Ok(Kept {
            keeps: self.store.keeps(by.id).await?,
            rules: RULES.iter().map(|r| (r, !off.iter().any(|name| name == r.name))).collect(),
            labels: self.store.labels(LABELS.0, LABELS.1).await?,
            departments: self.departments(),
        })
    }

    /// Departments of the content, as they are now.
    #[must_use]
    pub fn departments(&self) -> Vec<Department> {
        let (content, now) = (self.content(), self.now());
        let settings = &content.settings;
        let language: Language = settings.default_language();
        let department = |name: &String| Department {
            name: name.clone(),
            open: settings.open_state_of(Some(name), now, language),
            hours: settings.hours_today_of(Some(name), now, language),
            paused: self.paused(name),
            target: self.target(Some(name)),
            overflow: settings.department.get(name).and_then(|d| d.overflow.clone()),
            max_waiting: settings.department.get(name).and_then(|d| d.max_waiting),
            languages: settings.department.get(name).map(|d| d.languages.clone()).unwrap_or_default(),
        };
        settings.departments.iter().map(department).collect()
    }

    /// Keeps something more, for this person or (none) for everybody.
    ///
    /// # Errors
    /// `Forbidden` where it is not theirs to keep, `Refused` where it is not sound, `Conflict` where its name is taken
    /// or there are too many; `Busy` and `Storage`.
    pub async fn add_keep(
        &self,
        by: &Arc<Person>,
        owner: Option<AgentId>,
        body: KeepBody,
    ) -> Result<KeepId, DeskError> {
        if !may(&Actor::Person(Arc::clone(by)), Action::Keep, On::Kept(owner)) {
            return Err(DeskError::Forbidden);
        }
        self.insist_sound(&body)?;
        let kind = body.kind();
        let id = self.store.add_keep(owner, body, by.id, self.now()).await?;
        self.shared_changed(kind, owner);
        Ok(id)
    }

    /// Puts something else in the place of what is kept.
    ///
    /// # Errors
    /// `NotFound` where it is not there, of another kind, or a colleague's own; else as [`Desk::add_keep`].
    pub async fn change_keep(&self, by: &Arc<Person>, what: Named, body: KeepBody) -> Result<(), DeskError> {
        let kind = body.kind();
        match what {
            Named::Rule(rule) => {
                let KeepBody::Wording(wording) = &body else { return Err(DeskError::NotFound) };
                if !wording.is_switch() {
                    return Err(DeskError::Refused(Refusal::Invalid));
                }
                self.switch_rule(by, rule, wording.enabled).await
            }
            Named::Kept(id) => {
                let owner = self.owner_of(by, kind, id).await?;
                self.insist_sound(&body)?;
                if !self.store.change_keep(id, body, by.id, self.now()).await? {
                    return Err(DeskError::NotFound);
                }
                self.shared_changed(kind, owner);
                Ok(())
            }
        }
    }

    /// Keeps it no longer. A rule of the program is looked for again.
    ///
    /// # Errors
    /// As [`Desk::change_keep`].
    pub async fn remove_keep(&self, by: &Arc<Person>, kind: KeepKind, what: Named) -> Result<(), DeskError> {
        match what {
            Named::Rule(_) if kind != KeepKind::Wording => Err(DeskError::NotFound),
            Named::Rule(rule) => self.switch_rule(by, rule, true).await,
            Named::Kept(id) => {
                let owner = self.owner_of(by, kind, id).await?;
                if !self.store.remove_keep(id).await? {
                    return Err(DeskError::NotFound);
                }
                self.shared_changed(kind, owner);
                Ok(())
            }
        }
    }

    async fn switch_rule(&self, by: &Arc<Person>, rule: &Rule, on: bool) -> Result<(), DeskError> {
        if !may(&Actor::Person(Arc::clone(by)), Action::Keep, On::Kept(None)) {
            return Err(DeskError::Forbidden);
        }
        self.store.switch_wording(rule.name, on).await?;
        self.shared_changed(KeepKind::Wording, None);
        Ok(())
    }

    /// Whose it is, for somebody who may change it. What is everybody's can be seen, so that it may not be changed is
    /// said; what is a colleague's own is not there.
    async fn owner_of(&self, by: &Arc<Person>, kind: KeepKind, id: KeepId) -> Result<Option<AgentId>, DeskError> {
        let found = self.store.keep(id).await?.filter(|k| k.body.kind() == kind).ok_or(DeskError::NotFound)?;
        match may(&Actor::Person(Arc::clone(by)), Action::Keep, On::Kept(found.owner)) {
            true => Ok(found.owner),
            false if found.owner.is_none() => Err(DeskError::Forbidden),
            false => Err(DeskError::NotFound),
        }
    }

    fn insist_sound(&self, body: &KeepBody) -> Result<(), DeskError> {
        let content = self.content();
        let known = &content.settings.departments;
        let fine = |d: &str| known.is_empty() || known.iter().any(|k| k == d);
        let sound = body.is_sound() && body.departments().into_iter().all(fine);
        if sound { Ok(()) } else { Err(DeskError::Refused(Refusal::Invalid)) }
    }

    fn shared_changed(&self, kind: KeepKind, of: Option<AgentId>) {
        let what = match kind {
            KeepKind::Canned => Shared::Canned,
            KeepKind::Macros => Shared::Macros,
            KeepKind::Views => Shared::Views,
            KeepKind::Wording => Shared::Wording,
        };
        self.bus.publish(Hint::Shared { what, of });
    }
}

impl From<KeepError> for DeskError {
    fn from(error: KeepError) -> Self {
        match error {
            KeepError::Taken => Self::Conflict,
            KeepError::Store(e) => e.into(),
        }
    }
}
