//! How waiting chats find people without being taken by hand: offers, assignments, departments that help out.
//!
//! Nothing of it is stored. Who waits, since when and for whom is a part of the state, so after a restart offers are made
//! anew, and that is all there is to do.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;

use super::hub::lock;
use super::line::{Line, Offer};
use super::turns::Deed;
use super::{Action, Availability, Desk, DeskError};
use crate::bus::Hint;
use crate::content::Content;
use crate::conversation::Event;
use crate::queue::{self, Giving, Policy, Rules, Server, WaitQuality};
use crate::store::beside::Paused;
use crate::types::{AgentId, ConversationId, Timestamp};

/// A look that nothing asked for: a hint may be lost, and the next change may be far.
const LOOK: Duration = Duration::from_secs(5);

/// After something could not be committed.
const AGAIN: Duration = Duration::from_secs(1);

/// Moves of one look; the next follows at once.
const AT_ONCE: usize = 64;

/// Something that the desk does by itself.
struct Move {
    c: ConversationId,
    event: Event,
    /// To whom, where it is given to somebody.
    to: Option<AgentId>,
}

/// What is to be done now, and when to look again.
struct Plan {
    moves: Vec<Move>,
    next: Option<Timestamp>,
    /// Who has let too many offers pass.
    absent: Vec<AgentId>,
    /// Offers that began or ended.
    told: Vec<(AgentId, ConversationId)>,
}

/// The rules that content and supervisors have set.
fn policy(content: &Content, paused: &[Paused]) -> Policy {
    let (settings, routing) = (&content.settings, &content.settings.routing);
    let mut departments: std::collections::BTreeMap<String, Rules> = settings
        .department
        .iter()
        .map(|(name, d)| {
            let overflow = d.overflow.as_ref().map(|(to, minutes)| (to.clone(), u64::from(*minutes) * 60_000));
            (name.clone(), Rules { paused: false, overflow, languages: d.languages.clone() })
        })
        .collect();
    for pause in paused {
        departments.entry(pause.department.clone()).or_default().paused = true;
    }
    Policy {
        mode: routing.mode,
        strategy: routing.strategy,
        offer: u64::from(routing.offer_seconds) * 1_000,
        misses_until_away: routing.misses_until_away,
        prefer_last_agent: u64::from(routing.prefer_last_agent_hours) * 3_600_000,
        age: u64::from(routing.age_minutes) * 60_000,
        relax_language: u64::from(routing.relax_language_minutes) * 60_000,
        departments,
    }
}

impl Desk {
    /// Takes the rules from the content in force.
    pub(super) fn renew_policy(&self) {
        self.policy.store(Arc::new(policy(&self.content(), &self.pauses.load())));
        self.places_changed();
    }

    /// Whether a department takes no new chats.
    #[must_use]
    pub fn is_paused(&self, department: &str) -> bool {
        self.policy.load().departments.get(department).is_some_and(|rules| rules.paused)
    }

    /// Those who take new chats now.
    pub(super) fn servers(&self) -> Vec<Server> {
        let people = self.people.load();
        let line = lock(&self.line);
        let loads = line.loads();
        let online =
            people.values().filter(|p| !p.disabled && self.presence.availability(p.id) == Availability::Online);
        let mut all: Vec<Server> = online
            .map(|p| Server {
                agent: p.id,
                departments: p.departments.clone(),
                languages: p.languages.clone(),
                skills: p.skills.clone(),
                load: loads.get(&p.id).copied().unwrap_or(0),
                capacity: p.capacity,
                given: line.last_given(p.id),
            })
            .collect();
        all.sort_unstable_by_key(|s| s.agent);
        all
    }

    /// Whether somebody is at work who takes chats of a department, and it takes any.
    #[must_use]
    pub fn is_staffed(&self, department: Option<&str>) -> bool {
        !department.is_some_and(|d| self.is_paused(d)) && self.servers().iter().any(|s| s.serves(department))
    }

    /// How well the waiting times that visitors were told have held.
    #[must_use]
    pub fn wait_quality(&self) -> WaitQuality {
        lock(&self.line).history.quality()
    }

    /// To whom a chat is offered, until when.
    #[must_use]
    pub fn offered(&self, c: ConversationId) -> Option<(AgentId, Timestamp)> {
        lock(&self.line).offers.get(&c).map(|o| (o.agent, o.until))
    }

    /// What is offered to somebody, until when.
    #[must_use]
    pub fn offers_to(&self, agent: AgentId) -> Vec<(ConversationId, Timestamp)> {
        let line = lock(&self.line);
        line.offers.iter().filter(|(_, o)| o.agent == agent).map(|(c, o)| (*c, o.until)).collect()
    }

    /// Somebody leaves an offered chat to the next.
    ///
    /// # Errors
    /// `NotFound` where it is not on offer to them.
    pub fn decline(&self, agent: AgentId, c: ConversationId) -> Result<(), DeskError> {
        let mut line = lock(&self.line);
        if line.offers.get(&c).is_none_or(|o| o.agent != agent) {
            return Err(DeskError::NotFound);
        }
        line.offers.remove(&c);
        line.misses.remove(&agent);
        line.passed(c, agent, self.now());
        drop(line);
        metrics::counter!("offers_total", "end" => "declined").increment(1);
        self.bus.publish(Hint::Offer { agent, c });
        self.route.notify_one();
        Ok(())
    }

    /// Somebody was seen: offers that passed before do not count any more.
    pub(super) fn forget_misses(&self, agent: AgentId) {
        lock(&self.line).misses.remove(&agent);
    }

    /// Looks after the line until `shutdown`.
    pub(super) async fn route(self: Arc<Self>, shutdown: CancellationToken) {
        loop {
            let wait = self.settle().await;
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.route.notified() => {}
                () = tokio::time::sleep(wait) => {
                // Time alone has changed something: perhaps who is before whom.
                if wait < LOOK && self.queue_depth() > 0 {
                    self.bus.publish(Hint::Queue);
                }
            }
            }
        }
    }

    /// Does what is to be done now. Gives the time until the next look.
    async fn settle(self: &Arc<Self>) -> Duration {
        loop {
            let Plan { moves, next, absent, told } = self.plan();
            for (agent, c) in told {
                self.bus.publish(Hint::Offer { agent, c });
            }
            for agent in absent {
                tracing::info!(%agent, "let offers pass unanswered, and is away");
                self.set_presence(agent, Availability::Away);
            }
            if moves.is_empty() {
                let wait = next.map_or(LOOK, |at| Duration::from_millis(at.since(self.now())));
                return wait.clamp(Duration::from_millis(1), LOOK);
            }
            let done = join_all(moves.into_iter().map(|m| self.carry(m))).await;
            if !done.contains(&true) {
                return AGAIN;
            }
        }
    }

    async fn carry(self: &Arc<Self>, m: Move) -> bool {
        let Move { c, event, to } = m;
        let action = Action::See;
        let deed = Deed { actor: None, action, c, event, sent: None, visit: None, opens: false, from: None };
        match self.apply(deed).await {
            Ok(_) => true,
            // Somebody was faster; and where no hint of it has come, the line learns it here.
            Err(DeskError::Refused(_)) => {
                if let Ok(Some(found)) = self.load(c).await {
                    lock(&self.line).put(c, &found.state, None, self.now());
                }
                false
            }
            Err(DeskError::NotFound) => {
                lock(&self.line).remove(c);
                false
            }
            Err(error) => {
                if let Some(agent) = to {
                    lock(&self.line).passed(c, agent, self.now());
                }
                tracing::warn!(conversation.id = %c, %error, "a waiting chat could not be moved; it is tried again");
                false
            }
        }
    }

    fn plan(&self) -> Plan {
        let (policy, mut servers, now) = (self.policy.load_full(), self.servers(), self.now());
        let mut line = lock(&self.line);
        let mut plan = Plan { moves: Vec::new(), next: None, absent: Vec::new(), told: Vec::new() };
        end_offers(&mut line, &policy, &servers, now, &mut plan);
        servers.retain(|s| !plan.absent.contains(&s.agent));
        for (c, department) in queue::overflow(line.waiting(), &servers, &policy, now) {
            if let Some(offer) = line.offers.remove(&c) {
                plan.told.push((offer.agent, c));
            }
            plan.moves.push(Move { c, event: Event::Overflow { department }, to: None });
        }
        if policy.mode != Giving::Pull {
            for s in &mut servers {
                s.load += line.offers.values().filter(|o| o.agent == s.agent).count() as u32;
            }
            let moving: BTreeSet<ConversationId> = plan.moves.iter().map(|m| m.c).collect();
            let open = |c: ConversationId| !moving.contains(&c) && !line.offers.contains_key(&c);
            let free: Vec<_> = line.waiting().iter().filter(|w| open(w.c)).cloned().collect();
            for (c, agent) in queue::assign(&free, &servers, &policy, now) {
                if policy.mode == Giving::Assign {
                    plan.moves.push(Move { c, event: Event::Assign { agent, by: None }, to: Some(agent) });
                } else {
                    line.gives(c, agent);
                    line.offers.insert(c, Offer { agent, until: now.plus_ms(policy.offer.cast_signed()) });
                    plan.told.push((agent, c));
                }
            }
        }
        plan.moves.truncate(AT_ONCE);
        let ends = line.offers.values().map(|o| o.until).min();
        plan.next = queue::next_change(line.waiting(), &policy, now).into_iter().chain(ends).min();
        plan
    }
}

/// Takes offers back that have run out, whose chat is gone, or whose person takes no chats any more.
fn end_offers(line: &mut Line, policy: &Policy, servers: &[Server], now: Timestamp, plan: &mut Plan) {
    let mut over: Vec<(ConversationId, Offer)> = line.offers.iter().map(|(c, o)| (*c, *o)).collect();
    over.retain(|(c, offer)| {
        offer.until <= now
            || policy.mode != Giving::Offer
            || !line.waits(*c)
            || !servers.iter().any(|s| s.agent == offer.agent)
    });
    over.sort_unstable_by_key(|(c, offer)| (offer.until, *c));
    for (c, offer) in over {
        line.offers.remove(&c);
        plan.told.push((offer.agent, c));
        let missed = offer.until <= now && line.waits(c) && policy.mode == Giving::Offer;
        if !missed {
            continue;
        }
        metrics::counter!("offers_total", "end" => "missed").increment(1);
        line.passed(c, offer.agent, now);
        let misses = line.misses.entry(offer.agent).or_insert(0);
        *misses += 1;
        if policy.misses_until_away > 0 && *misses >= policy.misses_until_away {
            line.misses.remove(&offer.agent);
            plan.absent.push(offer.agent);
        }
    }
}
