//! An agent: claims what waits, in a race with the others, answers, notes, gives back, passes on, resolves.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use super::client::{Core, Part};
use super::ledger::{C, Line, Who, agent_id, id};

/// A chat at hand.
#[derive(Debug, Default)]
struct Chat {
    ver: u64,
    owed: bool,
    replies: u64,
}

/// See the module.
pub(crate) struct Agent {
    pub(crate) cookie: String,
    /// Conversations that were handed over, for whoever has no business with them.
    pub(crate) known: Arc<Mutex<Vec<C>>>,
    /// Of so many ticks one cuts the line.
    pub(crate) cut_in: u64,
    /// Chats at once.
    pub(crate) most: usize,
    waiting: BTreeMap<C, u64>,
    chats: BTreeMap<C, Chat>,
    colleagues: Vec<String>,
}

impl Agent {
    pub(crate) fn new(cookie: String, known: Arc<Mutex<Vec<C>>>, cut_in: u64, most: usize) -> Self {
        Self { cookie, known, cut_in, most, waiting: BTreeMap::new(), chats: BTreeMap::new(), colleagues: Vec::new() }
    }

    /// Takes in how a conversation stands.
    fn stands(&mut self, core: &mut Core, told: &Value) {
        let Some(c) = told["c"].as_str().map(id) else { return };
        let ver = told["ver"].as_u64().unwrap_or(0);
        let mine = agent_id(&told["agent"]["id"]) == core.who.sender();
        match told["state"].as_str() {
            Some("waiting") => drop(self.waiting.insert(c, ver)),
            _ => drop(self.waiting.remove(&c)),
        }
        if told["state"] == "assigned" && mine {
            let chat = self.chats.entry(c).or_insert_with(|| Chat { owed: true, ..Chat::default() });
            chat.ver = ver;
            core.keep(c, true);
        } else {
            self.chats.remove(&c);
        }
        if told["state"] == "closed" {
            core.keep(c, false);
        }
    }

    fn work(&mut self, core: &mut Core) {
        if let Some((c, chat)) = self.chats.iter_mut().find(|(_, chat)| chat.owed) {
            chat.owed = false;
            chat.replies += 1;
            let text = format!("Let me see. ({})", chat.replies);
            core.say("send", Some(*c), &text);
            if core.chance.one_in(5) {
                core.say("note", Some(*c), &format!("A note. ({})", chat.replies));
            }
        }
        let done = self.chats.iter().find(|(_, chat)| chat.replies > 4).map(|(c, chat)| (*c, chat.ver));
        if let Some((c, ver)) = done {
            self.chats.remove(&c);
            let name = format!("{c:032x}");
            let colleague = core.chance.pick(&self.colleagues).cloned();
            core.out.push(match (core.chance.below(6), colleague) {
                (0, _) => json!({"type": "release", "rid": "act", "c": name, "ver": ver, "to": "bot"}),
                (1, _) => json!({"type": "release", "rid": "act", "c": name, "ver": ver, "to": "queue"}),
                (2, Some(to)) => {
                    json!({"type": "transfer", "rid": "act", "c": name, "ver": ver, "to": {"agent": to}, "note": "yours"})
                }
                _ => json!({"type": "resolve", "rid": "act", "c": name, "ver": ver, "reason": "done"}),
            });
        }
        if self.chats.len() < self.most
            && let Some((c, ver)) = self.waiting.pop_first()
        {
            let name = format!("{c:032x}");
            core.out.push(json!({"type": "claim", "rid": format!("claim:{name}:{ver}"), "c": name, "ver": ver}));
        }
    }

    fn pry(&self, core: &mut Core) {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(c) = core.chance.pick(&known) {
            let name = format!("{c:032x}");
            core.out.push(json!({"type": "open", "rid": "pry", "c": name}));
            core.out.push(json!({"type": "claim", "rid": "pry", "c": name, "ver": 2}));
        }
    }
}

impl Part for Agent {
    fn door(&self) -> Option<(&'static str, Option<String>)> {
        Some(("/ws/agent", Some(self.cookie.clone())))
    }

    fn greet(&self, _: &mut Value) {}

    fn welcomed(&mut self, core: &mut Core, welcome: &Value) {
        self.waiting.clear();
        self.chats.clear();
        let all = welcome["me"]["colleagues"].as_array().into_iter().flatten();
        let mine = core.who.sender();
        self.colleagues = all
            .filter(|c| agent_id(&c["id"]) != mine && c["presence"] == "online")
            .filter_map(|c| c["id"].as_str().map(str::to_owned))
            .collect();
        for told in welcome["conversations"].as_array().into_iter().flatten() {
            self.stands(core, told);
        }
        // Whoever is offered no chats can only get what is not for them.
        if !matches!(core.who, Who::Outsider(_)) {
            core.out.push(json!({"type": "presence", "state": "online"}));
            core.out.push(json!({"type": "watch", "rid": "watch", "view": "all"}));
        }
    }

    fn heard(&mut self, core: &mut Core, frame: &Value) {
        match frame["type"].as_str() {
            Some("conversation") => self.stands(core, frame),
            Some("res") => {
                for told in frame["conversations"].as_array().into_iter().flatten() {
                    self.stands(core, told);
                }
                if frame["conversation"].is_object() {
                    self.stands(core, &frame["conversation"]);
                }
                let mut claim = frame["rid"].as_str().unwrap_or_default().split(':');
                if let (Some("claim"), Some(c), Some(ver), true) =
                    (claim.next(), claim.next(), claim.next(), frame["ok"] == true)
                {
                    let c = id(c);
                    core.note(Line::Claimed { c, ver: ver.parse().unwrap_or(0) });
                    self.known.lock().unwrap_or_else(PoisonError::into_inner).push(c);
                }
            }
            Some("ev") if frame["kind"] == "text" && frame["from"]["kind"] == "visitor" => {
                if let Some(chat) = frame["c"].as_str().and_then(|c| self.chats.get_mut(&id(c))) {
                    chat.owed = true;
                }
            }
            _ => {}
        }
    }

    fn tick(&mut self, core: &mut Core) {
        if core.quiet {
            return;
        }
        if matches!(core.who, Who::Outsider(_)) {
            if core.chance.one_in(20) {
                self.pry(core);
            }
            return;
        }
        self.work(core);
        core.cut = core.cut || core.chance.one_in(self.cut_in);
    }
}
