//! Ten thousand random histories of a desk: visitors come, leave and are passed on, people come, go, decline and change
//! their places, departments pause, time passes. After every step the rules are held against a model that knows nothing
//! of how people are found: it only keeps who is where, and says in its own words who could take whom.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::Strategy;

use super::*;

const SECOND: u64 = 1_000;
const NAMES: [&str; 3] = ["orders", "returns", "business"];
const SKILLS: [&str; 2] = ["refunds", "law"];
const PRIORITIES: [Priority; 3] = [Priority::Normal, Priority::High, Priority::Urgent];

#[derive(Debug, Clone)]
enum Step {
    Join {
        department: u8,
        priority: u8,
        language: u8,
        needs: u8,
    },
    /// A visitor goes, or a chat ends.
    Leave(u8),
    /// Somebody takes a chat from the line by hand.
    Claim {
        agent: u8,
        chat: u8,
    },
    /// What was given to somebody was an offer, and is let pass.
    Decline(u8),
    /// Its agent gives it to a department.
    Transfer {
        chat: u8,
        department: u8,
    },
    /// Its agent gives it to a colleague.
    Pass {
        chat: u8,
        to: u8,
    },
    Seconds(u16),
    /// At work or no more. Whoever is not loses all chats, as after a lost connection.
    Here {
        agent: u8,
        here: bool,
    },
    Capacity {
        agent: u8,
        places: u8,
    },
    Pause {
        department: u8,
        paused: bool,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..4_u8, 0..3_u8, 0..3_u8, 0..6_u8)
            .prop_map(|(department, priority, language, needs)| Step::Join { department, priority, language, needs }),
        2 => any::<u8>().prop_map(Step::Leave),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(agent, chat)| Step::Claim { agent, chat }),
        2 => any::<u8>().prop_map(Step::Decline),
        1 => (any::<u8>(), 0..3_u8).prop_map(|(chat, department)| Step::Transfer { chat, department }),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(chat, to)| Step::Pass { chat, to }),
        4 => (0..400_u16).prop_map(Step::Seconds),
        2 => (any::<u8>(), any::<bool>()).prop_map(|(agent, here)| Step::Here { agent, here }),
        1 => (any::<u8>(), 0..4_u8).prop_map(|(agent, places)| Step::Capacity { agent, places }),
        1 => (0..3_u8, any::<bool>()).prop_map(|(department, paused)| Step::Pause { department, paused }),
    ]
}

#[derive(Debug, Clone)]
struct Agent {
    here: bool,
    server: Server,
}

fn agent(id: i64) -> impl Strategy<Value = Agent> {
    (0..8_u8, 0..4_u8, 0..4_u8, 0..4_u32, any::<bool>()).prop_map(
        move |(departments, languages, skills, capacity, here)| {
            let bits = |n: u8, all: &[&str]| -> Vec<String> {
                all.iter().enumerate().filter(|(i, _)| n >> i & 1 == 1).map(|(_, s)| (*s).to_owned()).collect()
            };
            let all = [Language::EN, Language::DE];
            let languages = all.iter().enumerate().filter(|(i, _)| languages >> i & 1 == 1).map(|(_, l)| *l).collect();
            let (departments, skills) = (bits(departments, &NAMES), bits(skills, &SKILLS));
            Agent {
                here,
                server: Server { agent: AgentId(id), departments, languages, skills, load: 0, capacity, given: 0 },
            }
        },
    )
}

fn policy() -> impl Strategy<Value = Policy> {
    (any::<bool>(), 0..3_u64, 0..3_u64, any::<bool>()).prop_map(|(round, age, relax, overflow)| {
        let rules = Rules { overflow: Some((NAMES[1].to_owned(), 300 * SECOND)), ..Rules::default() };
        Policy {
            strategy: if round { super::Strategy::RoundRobin } else { super::Strategy::LeastLoaded },
            age: age * 300 * SECOND,
            relax_language: relax * 60 * SECOND,
            departments: if overflow { [(NAMES[0].to_owned(), rules)].into() } else { BTreeMap::new() },
            ..Policy::default()
        }
    })
}

/// Where a chat is. One value a chat: it cannot be in two places.
#[derive(Debug, Clone, PartialEq)]
enum At {
    Line,
    With(AgentId),
    Gone,
}

#[derive(Debug)]
struct World {
    now: i64,
    policy: Policy,
    agents: Vec<Agent>,
    chats: Vec<(Waiting, At)>,
    /// When each came, whatever became of it since.
    came: Vec<i64>,
    given: u64,
}

impl World {
    fn line(&self) -> Vec<Waiting> {
        self.chats.iter().filter(|(_, at)| *at == At::Line).map(|(w, _)| w.clone()).collect()
    }

    fn load(&self, agent: AgentId) -> u32 {
        self.chats.iter().filter(|(_, at)| *at == At::With(agent)).count() as u32
    }

    fn servers(&self) -> Vec<Server> {
        let here = self.agents.iter().filter(|a| a.here);
        here.map(|a| Server { load: self.load(a.server.agent), ..a.server.clone() }).collect()
    }

    /// The rule in other words: may this person be given this chat now, if there is a place?
    fn fits(&self, w: &Waiting, a: &Server) -> bool {
        let can = |s: &Server| {
            let department = match &w.department {
                None => true,
                Some(d) => s.departments.is_empty() || s.departments.contains(d),
            };
            department && w.needs.iter().all(|n| s.skills.contains(n))
        };
        let speaks = |s: &Server| match w.language {
            None => true,
            Some(l) => s.languages.is_empty() || s.languages.contains(&l),
        };
        if let Some(d) = &w.department
            && self.policy.departments.get(d).is_some_and(|r| r.paused)
        {
            return false;
        }
        let mut able: Vec<Server> = self.servers().into_iter().filter(can).collect();
        let young = self.now - w.entered.0 < self.policy.relax_language as i64;
        if young && able.iter().any(speaks) {
            able.retain(speaks);
        }
        let asked = |s: &Server| w.passed.iter().any(|(who, _)| *who == s.agent);
        let fresh: Vec<&Server> = able.iter().filter(|s| !asked(s)).collect();
        if fresh.is_empty() {
            let rested = w.passed.iter().all(|(_, at)| self.now - at.0 >= self.policy.offer as i64);
            return rested && able.iter().any(|s| s.agent == a.agent);
        }
        fresh.iter().any(|s| s.agent == a.agent)
    }

    /// Comes before: more urgent after ageing, or as urgent and here for longer.
    fn before(&self, a: &Waiting, b: &Waiting) -> bool {
        let level = |w: &Waiting| {
            let waited = self.now - w.since.0;
            let lifted = if self.policy.age == 0 { 0 } else { waited / self.policy.age as i64 };
            (w.priority as i64 + lifted).min(2)
        };
        (-level(a), a.since.0, a.c.0) < (-level(b), b.since.0, b.c.0)
    }

    fn pick(&self, n: u8, wanted: impl Fn(&At) -> bool) -> Option<usize> {
        let fitting: Vec<usize> = (0..self.chats.len()).filter(|i| wanted(&self.chats[*i].1)).collect();
        (!fitting.is_empty()).then(|| fitting[n as usize % fitting.len()])
    }

    fn back(&mut self, chat: usize) {
        let now = Timestamp(self.now);
        let (w, at) = &mut self.chats[chat];
        if let At::With(agent) = *at {
            w.last_agent = Some((agent, now));
        }
        (w.entered, *at) = (now, At::Line);
        w.passed.clear();
    }

    fn happen(&mut self, step: &Step) {
        let waits = |at: &At| *at == At::Line;
        let taken = |at: &At| matches!(at, At::With(_));
        match *step {
            Step::Join { department, priority, language, needs } => {
                let at = Timestamp(self.now);
                // Ids are no order of coming.
                let id = (self.chats.len() as u128 + 1).wrapping_mul(7_919) % 10_007;
                let waiting = Waiting {
                    c: ConversationId(id),
                    department: NAMES.get(department as usize).map(|d| (*d).to_owned()),
                    priority: PRIORITIES[priority as usize],
                    since: at,
                    entered: at,
                    language: [Language::EN, Language::DE].get(language as usize).copied(),
                    needs: SKILLS.get(needs as usize).map(|s| (*s).to_owned()).into_iter().collect(),
                    last_agent: None,
                    passed: Vec::new(),
                };
                self.chats.push((waiting, At::Line));
                self.came.push(self.now);
            }
            Step::Leave(n) => {
                if let Some(chat) = self.pick(n, |at| *at != At::Gone) {
                    self.chats[chat].1 = At::Gone;
                }
            }
            Step::Claim { agent, chat } => {
                let servers = self.servers();
                if let Some(chat) = self.pick(chat, waits)
                    && let Some(s) = servers.get(agent as usize % servers.len().max(1))
                    && s.load < s.capacity
                {
                    self.chats[chat].1 = At::With(s.agent);
                }
            }
            Step::Decline(n) => {
                if let Some(chat) = self.pick(n, taken)
                    && let At::With(agent) = self.chats[chat].1
                {
                    let (w, at) = &mut self.chats[chat];
                    *at = At::Line;
                    w.passed.retain(|(a, _)| *a != agent);
                    w.passed.push((agent, Timestamp(self.now)));
                }
            }
            Step::Transfer { chat, department } => {
                if let Some(chat) = self.pick(chat, taken) {
                    self.back(chat);
                    self.chats[chat].0.department = Some(NAMES[department as usize].to_owned());
                }
            }
            Step::Pass { chat, to } => {
                let servers = self.servers();
                if let Some(chat) = self.pick(chat, taken)
                    && let Some(s) = servers.get(to as usize % servers.len().max(1))
                    && s.load < s.capacity
                {
                    self.chats[chat].1 = At::With(s.agent);
                }
            }
            Step::Seconds(n) => self.now += i64::from(n) * SECOND as i64,
            Step::Here { agent, here } => {
                let n = agent as usize % self.agents.len();
                self.agents[n].here = here;
                if !here {
                    let gone = self.agents[n].server.agent;
                    for chat in 0..self.chats.len() {
                        if self.chats[chat].1 == At::With(gone) {
                            self.back(chat);
                        }
                    }
                }
            }
            Step::Capacity { agent, places } => {
                let n = agent as usize % self.agents.len();
                self.agents[n].server.capacity = u32::from(places);
            }
            Step::Pause { department, paused } => {
                let name = NAMES[department as usize].to_owned();
                self.policy.departments.entry(name).or_default().paused = paused;
            }
        }
    }

    /// What the desk does after anything happened, held against the rules.
    fn settle(&mut self) {
        let now = Timestamp(self.now);
        for (c, to) in overflow(&self.line(), &self.servers(), &self.policy, now) {
            let chat = self.chats.iter().position(|(w, at)| w.c == c && *at == At::Line).expect("overflow of nobody");
            let (w, _) = &mut self.chats[chat];
            let (wanted, after) = self.policy.departments[w.department.as_ref().unwrap()].overflow.clone().unwrap();
            assert!(to == wanted && self.now - w.entered.0 >= after as i64, "went on too early");
            (w.department, w.entered, w.passed) = (Some(to), now, Vec::new());
        }
        let mut line = self.line();
        sort(&mut line, &self.policy, now);
        for pair in line.windows(2) {
            assert!(self.before(&pair[0], &pair[1]), "order: {pair:?}");
        }
        line.reverse(); // in whichever order it comes
        let found = assign(&line, &self.servers(), &self.policy, now);
        // Who was given what, and who was left: told by a world in which nothing is given yet.
        let servers = self.servers();
        for (n, (c, agent)) in found.iter().enumerate() {
            let w = line.iter().find(|w| w.c == *c).expect("given, but not in the line");
            let server = servers.iter().find(|s| s.agent == *agent).expect("given to somebody who is not here");
            assert!(self.fits(w, server), "{w:?} does not fit {server:?}");
            assert!(!found[..n].iter().any(|(other, _)| other == c), "given twice");
        }
        let after = |s: &Server| s.load + found.iter().filter(|(_, a)| *a == s.agent).count() as u32;
        for s in &servers {
            assert!(after(s) <= s.capacity.max(s.load), "more than there is place for: {s:?} {found:?}");
        }
        let left: Vec<&Waiting> = line.iter().filter(|w| !found.iter().any(|(c, _)| *c == w.c)).collect();
        for w in &left {
            for s in &servers {
                assert!(!(after(s) < s.capacity && self.fits(w, s)), "{w:?} waits while {s:?} is free: {found:?}");
            }
            for (c, agent) in &found {
                let taken = line.iter().find(|t| t.c == *c).unwrap();
                let server = servers.iter().find(|s| s.agent == *agent).unwrap();
                if self.fits(w, server) {
                    assert!(self.before(taken, w), "{w:?} was passed over for {taken:?}");
                    // Nobody starves: from some age on, who came later is never before.
                    let aged = self.policy.age > 0 && self.now - w.since.0 >= 2 * self.policy.age as i64;
                    assert!(!aged || taken.since <= w.since, "{w:?} starves behind {taken:?}");
                }
            }
        }
        for (c, agent) in found {
            self.given += 1;
            let given = self.given;
            let chat = self.chats.iter().position(|(w, _)| w.c == c).unwrap();
            let (w, at) = &mut self.chats[chat];
            if w.passed.iter().any(|(a, _)| *a == agent) {
                w.passed.clear();
            }
            *at = At::With(agent);
            if let Some(a) = self.agents.iter_mut().find(|a| a.server.agent == agent) {
                a.server.given = given;
            }
        }
        for ((w, _), came) in self.chats.iter().zip(&self.came) {
            assert_eq!(w.since.0, *came, "a wait was forgotten");
        }
        self.nothing_before_the_next_look();
    }

    /// Until the moment that `next_change` names, time alone changes nothing.
    fn nothing_before_the_next_look(&mut self) {
        let (line, servers, now) = (self.line(), self.servers(), self.now);
        let next = next_change(&line, &self.policy, Timestamp(now)).map_or(now + 86_400_000, |at| at.0);
        assert!(next > now);
        let last = Timestamp(next - 1);
        assert!(assign(&line, &servers, &self.policy, last).is_empty(), "somebody could be given before {next}");
        assert!(overflow(&line, &servers, &self.policy, last).is_empty(), "somebody could go on before {next}");
        let ranks = |at| line.iter().map(|w| rank(w, &self.policy, at)).collect::<Vec<_>>();
        assert_eq!(ranks(Timestamp(now)), ranks(last), "the order changes before {next}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, max_shrink_iters: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_rules_hold_in_every_history(
        policy in policy(),
        agents in (agent(1), agent(2), agent(3), agent(4)),
        steps in vec(step(), 1..40),
    ) {
        let agents = vec![agents.0, agents.1, agents.2, agents.3];
        let mut world = World { now: 1_000_000, policy, agents, chats: vec![], came: vec![], given: 0 };
        for step in &steps {
            world.happen(step);
            world.settle();
        }
    }
}
