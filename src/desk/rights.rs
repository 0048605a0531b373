//! Who may do what: one function, asked by socket and HTTP alike.

use super::Actor;
use crate::conversation::{Owner, State};
use crate::queue;
use crate::types::Role;

/// What somebody may want to do with a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// See it and its log.
    See,
    /// Write into it, tap, rate.
    Speak,
    /// End it as its visitor, or ask for a person.
    End,
    /// Take it.
    Claim,
    /// Write for colleagues.
    Note,
    /// Give it up, pass it on, resolve it: what its agent does.
    Handle,
}

/// Whether `actor` may do `action`; denied unless said otherwise here.
#[must_use]
pub fn may(actor: &Actor, action: Action, state: &State) -> bool {
    match actor {
        Actor::Visitor(v) => *v == state.visitor && matches!(action, Action::See | Action::Speak | Action::End),
        Actor::Person(p) => {
            let sees = match p.role {
                Role::Editor => false,
                Role::Supervisor | Role::Admin => true,
                Role::Agent => {
                    state.owner == Owner::Agent(p.id) || queue::serves(&p.departments, state.department.as_deref())
                }
            };
            // That only the assignee handles a chat is the state machine's to say: it knows the reason.
            !p.disabled && sees && action != Action::End
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::conversation::Visit;
    use crate::store::Person;
    use crate::types::{AgentId, Timestamp, VisitorId};

    fn person(role: Role, departments: &[&str]) -> Actor {
        Actor::Person(Arc::new(Person {
            id: AgentId(1),
            email: "a@shop.example".into(),
            name: "A".into(),
            role,
            departments: departments.iter().map(|d| (*d).to_owned()).collect(),
            capacity: 3,
            disabled: false,
        }))
    }

    #[test]
    fn rights_follow_the_table() {
        let mut state = State::new(VisitorId(1), Visit::default(), Timestamp(0));
        state.department = Some("orders".into());
        let rows = [
            (Actor::Visitor(VisitorId(1)), "see speak end"),
            (Actor::Visitor(VisitorId(2)), ""),
            (person(Role::Agent, &[]), "see speak claim note handle"),
            (person(Role::Agent, &["orders"]), "see speak claim note handle"),
            (person(Role::Agent, &["returns"]), ""),
            (person(Role::Supervisor, &["returns"]), "see speak claim note handle"),
            (person(Role::Admin, &[]), "see speak claim note handle"),
            (person(Role::Editor, &[]), ""),
        ];
        let actions = [
            (Action::See, "see"),
            (Action::Speak, "speak"),
            (Action::End, "end"),
            (Action::Claim, "claim"),
            (Action::Note, "note"),
            (Action::Handle, "handle"),
        ];
        for (actor, allowed) in rows {
            for (action, name) in actions {
                let want = allowed.split(' ').any(|a| a == name);
                assert_eq!(may(&actor, action, &state), want, "{actor:?} {name}");
            }
        }
        state.owner = Owner::Agent(AgentId(1));
        assert!(may(&person(Role::Agent, &["returns"]), Action::See, &state), "what is mine I see");
    }
}
