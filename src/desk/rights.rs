//! Who may do what: one function, asked by socket and HTTP alike. `docs/rights.md` has the table.

use std::sync::Arc;

use super::hub::lock;
use super::turns::Cached;
use super::{Actor, Desk, DeskError};
use crate::conversation::{Owner, State};
use crate::queue;
use crate::store::Person;
use crate::types::{AgentId, ConversationId, Role};

/// What somebody may want to do. Every frame and every route names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Be connected.
    Stay,
    /// See a conversation and its log; say that it was read, or that one types.
    See,
    /// Write into it, tap, rate.
    Speak,
    /// End it as its visitor, or ask for a person.
    End,
    /// Say who one is, by a site's signature.
    Identify,
    /// Watch lists of conversations, and open one of them.
    Watch,
    /// Take one.
    Claim,
    /// Write for colleagues.
    Note,
    /// Give it up, pass it on, resolve it: what its agent does.
    Handle,
    /// Say whether one takes chats.
    Serve,
    /// One's own login: who am I, sessions, second factor.
    Account,
    /// Sessions of others.
    Sessions,
    /// See who works here.
    ListPeople,
    /// Add and change them.
    ChangePeople,
    /// Read the audit table.
    Audit,
    /// Change what the bot says.
    Content,
    /// Tell all visitors something.
    Notice,
    /// Run the floor: take over a colleague's chat, give a waiting one to somebody, whisper, say whether somebody else takes
    /// chats and how many, look at the board, pause departments.
    Steer,
    /// Keep canned replies, macros, views and wording rules: one's own, or everybody's.
    Keep,
    /// Ask the engine what it would say.
    Suggest,
    /// Block a visitor whose conversation one may see, and take that back.
    Block,
    /// Tell the editors something, and read what one has told them.
    Tell,
    /// Add and remove sites.
    Sites,
}

/// What it is done to.
#[derive(Debug, Clone, Copy)]
pub enum On<'a> {
    /// Anything at all: whether somebody like this ever may.
    Any,
    /// A conversation.
    Conversation(&'a State),
    /// A person.
    Person(AgentId),
    /// Somebody who works here, in their role.
    Colleague(&'a Person),
    /// Something kept: whose it is; none: everybody's.
    Kept(Option<AgentId>),
}

/// Whether `actor` may do `action`; denied unless said otherwise here.
#[must_use]
pub fn may(actor: &Actor, action: Action, on: On<'_>) -> bool {
    match actor {
        Actor::Visitor(v) => {
            let ever = matches!(action, Action::Stay | Action::See | Action::Speak | Action::End | Action::Identify);
            ever && match on {
                On::Any => true,
                On::Conversation(state) => *v == state.visitor,
                On::Person(_) | On::Colleague(_) | On::Kept(_) => false,
            }
        }
        Actor::Person(p) => {
            !p.disabled
                && role_may(p.role, action)
                && match on {
                    On::Any => true,
                    On::Conversation(state) => sees(p, state),
                    // Nobody locks themselves out, or makes themselves more than they are.
                    On::Person(id) => match action {
                        Action::ChangePeople => id != p.id,
                        Action::Account => id == p.id,
                        _ => true,
                    },
                    // Those above are not steered from below; and oneself is changed by others.
                    On::Colleague(other) => other.id != p.id && (p.role == Role::Admin || other.role != Role::Admin),
                    On::Kept(None) => matches!(p.role, Role::Supervisor | Role::Admin),
                    On::Kept(Some(id)) => id == p.id,
                }
        }
    }
}

fn role_may(role: Role, action: Action) -> bool {
    match action {
        Action::Stay | Action::Account => true,
        // That only the assignee handles a chat is the state machine's to say: it knows the reason.
        Action::See
        | Action::Speak
        | Action::Watch
        | Action::Claim
        | Action::Note
        | Action::Handle
        | Action::Serve
        | Action::Keep
        | Action::Suggest
        | Action::Block => matches!(role, Role::Agent | Role::Supervisor | Role::Admin),
        Action::Tell => true,
        Action::Notice | Action::Steer => matches!(role, Role::Supervisor | Role::Admin),
        Action::Content => matches!(role, Role::Editor | Role::Admin),
        Action::Sessions | Action::ListPeople | Action::ChangePeople | Action::Audit | Action::Sites => {
            role == Role::Admin
        }
        // A visitor's alone.
        Action::End | Action::Identify => false,
    }
}

fn sees(person: &Person, state: &State) -> bool {
    match person.role {
        Role::Editor => false,
        Role::Supervisor | Role::Admin => true,
        Role::Agent => {
            state.owner == Owner::Agent(person.id) || queue::serves(&person.departments, state.department.as_deref())
        }
    }
}

impl Desk {
    /// A conversation, for somebody who may do this to it; none where there is none.
    ///
    /// # Errors
    /// `NotFound` where it is not theirs, after as much work as where there is none: neither the answer nor its time
    /// tells that a guessed id was right. `Busy` and `Storage`.
    pub(super) async fn load_for(
        &self,
        actor: Option<&Actor>,
        action: Action,
        c: ConversationId,
    ) -> Result<Option<Arc<Cached>>, DeskError> {
        let at_hand = lock(&self.cache).contains(&c);
        let found = self.load(c).await?;
        match (&found, actor) {
            (Some(cached), Some(actor)) if !may(actor, action, On::Conversation(&cached.state)) => {
                if at_hand {
                    // The store was not asked, as it is for an id that nobody has. Now it is, for one of these.
                    self.store.state(ConversationId(!c.0)).await?;
                }
                Err(DeskError::NotFound)
            }
            _ => Ok(found),
        }
    }
}
