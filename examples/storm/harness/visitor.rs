//! A visitor's tab: asks, complains now and then, talks to whoever comes, ends, begins again.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::{Core, Part};
use super::ledger::{C, id};

/// What a tab does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    /// Writes.
    Talks,
    /// Looks on.
    Watches,
    /// Looks on, and sometimes stops reading for so long.
    Stalls(Duration),
}

/// See the module.
pub(crate) struct Visitor {
    pub(crate) tab: Tab,
    /// All tabs of a visitor show the same token, which the first is given.
    pub(crate) token: Arc<OnceLock<String>>,
    /// Between two messages.
    pub(crate) period: Duration,
    /// Of so many ticks one cuts the line.
    pub(crate) cut_in: u64,
    /// Characters that a message is filled up to.
    pub(crate) length: usize,
    c: Option<C>,
    next: Instant,
    count: u64,
    stalled: bool,
}

impl Visitor {
    pub(crate) fn new(tab: Tab, token: Arc<OnceLock<String>>, period: Duration, cut_in: u64, length: usize) -> Self {
        Self { tab, token, period, cut_in, length, c: None, next: Instant::now(), count: 0, stalled: false }
    }

    fn talk(&mut self, core: &mut Core) {
        let now = Instant::now();
        if now < self.next {
            return;
        }
        // Until the first message is acked the conversation has no name that a second could go to.
        if core.unacked() >= if self.c.is_some() { 8 } else { 1 } {
            return;
        }
        self.next = (self.next + self.period).max(now - self.period);
        self.count += 1;
        if let Some(c) = self.c
            && core.chance.one_in(150)
        {
            core.out.push(json!({"type": "end", "rid": "end", "c": format!("{c:032x}")}));
            return;
        }
        // Long messages are for readers who do not read: nobody shall end that conversation.
        let complains = self.length == 0 && core.chance.one_in(20);
        let mut text =
            if complains { "I want to complain".to_owned() } else { format!("When are you open? ({})", self.count) };
        while text.len() < self.length {
            text.push_str(" and on and on");
        }
        core.say("send", self.c, &text);
    }
}

impl Part for Visitor {
    fn door(&self) -> Option<(&'static str, Option<String>)> {
        (self.tab == Tab::Talks || self.token.get().is_some()).then_some(("/ws", None))
    }

    fn greet(&self, hello: &mut Value) {
        hello["locale"] = json!("en");
        if let Some(token) = self.token.get() {
            hello["token"] = json!(token);
        }
    }

    fn welcomed(&mut self, _: &mut Core, welcome: &Value) {
        if let Some(token) = welcome["token"].as_str() {
            let _ = self.token.set(token.to_owned());
        }
    }

    fn heard(&mut self, core: &mut Core, frame: &Value) {
        let c = || frame["c"].as_str().map(id);
        match frame["type"].as_str() {
            Some("ack") if self.c.is_none() => self.c = c(),
            Some("nack") if frame["code"] == "closed" => self.c = None,
            Some("ev") if frame["kind"] == "closed" && self.c == c() => self.c = None,
            _ => {}
        }
        if let Tab::Stalls(length) = self.tab
            && !self.stalled
            && frame["type"] == "ev"
        {
            self.stalled = true;
            core.stall = Some(length);
        }
    }

    fn tick(&mut self, core: &mut Core) {
        if core.quiet {
            return;
        }
        if self.tab == Tab::Talks {
            self.talk(core);
        }
        core.cut = core.cut || core.chance.one_in(self.cut_in);
    }
}
