//! `[routing]` and `[department.NAME]` in `deskbell.toml`: how chats find people.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::Hours;
use super::problem::did_you_mean;
use super::settings_file::{HolidayBlock, Reader};
use crate::types::{Giving, Language, Strategy};

/// How chats find people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routing {
    /// Who moves first.
    pub mode: Giving,
    /// To whom, of those who can take it.
    pub strategy: Strategy,
    /// An offer stands so long.
    pub offer_seconds: u32,
    /// Offers in a row that may be let pass unanswered before somebody is away; 0: any number.
    pub misses_until_away: u32,
    /// Who had a chat last is preferred for so long; 0: never.
    pub prefer_last_agent_hours: u32,
    /// Each such wait lifts a chat by one step of priority; 0: never.
    pub age_minutes: u32,
    /// So long a chat waits for somebody who speaks its language; 0: the language is a preference only.
    pub relax_language_minutes: u32,
}

impl Default for Routing {
    fn default() -> Self {
        Self {
            mode: Giving::Pull,
            strategy: Strategy::LeastLoaded,
            offer_seconds: 30,
            misses_until_away: 2,
            prefer_last_agent_hours: 24,
            age_minutes: 10,
            relax_language_minutes: 2,
        }
    }
}

/// What is different in one department.
#[derive(Debug, Clone, Default)]
pub struct Department {
    /// When its people are there; none: as at the whole desk. Holidays of the desk are in it, behind its own.
    pub(super) hours: Option<Hours>,
    /// Where its chats go on to, and after how many minutes.
    pub overflow: Option<(String, u32)>,
    /// Most chats that wait in it; none: as many as the whole queue has places.
    pub max_waiting: Option<u32>,
    /// What it wants to keep: within so many seconds, this share of its chats is taken, 0 to 1.
    pub target: Option<(u32, f32)>,
    /// Languages that its people write. A chat in another one waits for nobody who speaks it. Empty: any.
    pub languages: Vec<Language>,
}

/// How chats find people.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RoutingBlock {
    /// "pull": people take chats from the line; "offer": chats are offered to one after another; "assign": they are given.
    #[schemars(with = "Option<String>")]
    mode: Option<Spanned<String>>,
    /// "least_loaded" or "round_robin": to whom, of those who can take it.
    #[schemars(with = "Option<String>")]
    strategy: Option<Spanned<String>>,
    /// An offer stands so long, 5 to 600; default 30.
    #[schemars(with = "Option<i64>")]
    offer_seconds: Option<Spanned<i64>>,
    /// After so many offers in a row without an answer somebody is away, 0 (never) to 20; default 2.
    #[schemars(with = "Option<i64>")]
    misses_until_away: Option<Spanned<i64>>,
    /// Who had a chat last is preferred for so long, 0 (never) to 720; default 24.
    #[schemars(with = "Option<i64>")]
    prefer_last_agent_hours: Option<Spanned<i64>>,
    /// Each such wait lifts a chat by one step of priority, 0 (never) to 1440; default 10.
    #[schemars(with = "Option<i64>")]
    age_minutes: Option<Spanned<i64>>,
    /// So long a chat is kept for those who speak its language, 0 to 60; default 2.
    #[schemars(with = "Option<i64>")]
    relax_language_minutes: Option<Spanned<i64>>,
}

/// What is different in one department.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct DepartmentBlock {
    /// Its own opening hours, as under [hours].
    #[schemars(with = "Option<BTreeMap<String, Vec<String>>>")]
    hours: Option<BTreeMap<Spanned<String>, Vec<Spanned<String>>>>,
    /// Its own days that are not like others; on the same date they come before those of the whole desk.
    holidays: Vec<HolidayBlock>,
    /// Its time zone, if it is another one: "Europe/London".
    #[schemars(with = "Option<String>")]
    timezone: Option<Spanned<String>>,
    /// Where a chat goes that nobody here has taken: {to = "orders", after_minutes = 5}.
    overflow: Option<OverflowBlock>,
    /// Most chats that wait here, 0 to 100000.
    #[schemars(with = "Option<i64>")]
    max_waiting: Option<Spanned<i64>>,
    /// What the department wants to keep: {seconds = 60, share = 0.8}.
    target: Option<TargetBlock>,
    /// Languages that its people write: ["en", "de"]. A chat in another one is not kept for somebody who speaks it.
    #[schemars(with = "Vec<String>")]
    languages: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OverflowBlock {
    /// A department.
    #[schemars(with = "String")]
    to: Spanned<String>,
    /// 1 to 1440.
    #[schemars(with = "i64")]
    after_minutes: Spanned<i64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TargetBlock {
    /// A chat is to be taken within so many, 1 to 86400.
    #[schemars(with = "i64")]
    seconds: Spanned<i64>,
    /// This share of all chats, 0 to 1.
    #[schemars(with = "f64")]
    share: Spanned<f64>,
}

impl Reader<'_, '_> {
    /// `[routing]`.
    pub(super) fn routing(&mut self, block: &RoutingBlock) -> Routing {
        let mut r = Routing::default();
        if let Some(mode) = &block.mode {
            let words = [("pull", Giving::Pull), ("offer", Giving::Offer), ("assign", Giving::Assign)];
            r.mode = self.word(mode, words).unwrap_or_default();
        }
        if let Some(strategy) = &block.strategy {
            let words = [("least_loaded", Strategy::LeastLoaded), ("round_robin", Strategy::RoundRobin)];
            r.strategy = self.word(strategy, words).unwrap_or_default();
        }
        let numbers = [
            (&block.offer_seconds, "offer_seconds", 5..=600, &mut r.offer_seconds),
            (&block.misses_until_away, "misses_until_away", 0..=20, &mut r.misses_until_away),
            (&block.prefer_last_agent_hours, "prefer_last_agent_hours", 0..=720, &mut r.prefer_last_agent_hours),
            (&block.age_minutes, "age_minutes", 0..=1_440, &mut r.age_minutes),
            (&block.relax_language_minutes, "relax_language_minutes", 0..=60, &mut r.relax_language_minutes),
        ];
        for (number, name, range, into) in numbers {
            if let Some(n) = self.whole(number.as_ref(), name, range).and_then(|n| u32::try_from(n).ok()) {
                *into = n;
            }
        }
        r
    }

    /// `[department.…]`; `site`: the hours of the whole desk.
    pub(super) fn departments(
        &mut self,
        blocks: &BTreeMap<Spanned<String>, DepartmentBlock>,
        listed: &[String],
        site: &Hours,
        default: Language,
    ) -> BTreeMap<String, Department> {
        let mut all = BTreeMap::new();
        for (name, block) in blocks {
            if self.is_listed(name, listed) {
                let department = self.department(name.get_ref(), block, listed, site, default);
                all.insert(name.get_ref().clone(), department);
            }
        }
        self.break_circles(blocks, &mut all);
        all
    }

    fn is_listed(&mut self, name: &Spanned<String>, listed: &[String]) -> bool {
        let fine = listed.is_empty() || listed.contains(name.get_ref());
        if !fine {
            let nearest = did_you_mean(name.get_ref(), listed.iter().map(String::as_str));
            self.say("C010", name.span(), format!("`{}` is not one of the departments", name.get_ref())).help =
                Some(nearest.map_or_else(
                    || format!("the departments are: {}", listed.join(", ")),
                    |name| format!("did you mean `{name}`?"),
                ));
        }
        fine
    }

    fn department(
        &mut self,
        name: &str,
        block: &DepartmentBlock,
        listed: &[String],
        site: &Hours,
        default: Language,
    ) -> Department {
        let zone = block.timezone.as_ref().and_then(|zone| self.zone(zone));
        let own = block.hours.is_some() || !block.holidays.is_empty() || zone.is_some();
        let hours = own.then(|| Hours {
            zone: zone.unwrap_or_else(|| site.zone.clone()),
            week: block.hours.as_ref().map(|days| self.week(days)).or_else(|| site.week.clone()),
            holidays: {
                let own = block.holidays.iter().filter_map(|h| self.holiday(h, default));
                own.chain(site.holidays.iter().cloned()).collect()
            },
        });
        let overflow = block.overflow.as_ref().and_then(|o| {
            let minutes = self.whole(Some(&o.after_minutes), "after_minutes", 1..=1_440);
            if o.to.get_ref() == name {
                self.say("C011", o.to.span(), format!("`{name}` goes on to itself")).help =
                    Some("name another department".to_owned());
                return None;
            }
            let fine = self.is_listed(&o.to, listed);
            Some((o.to.get_ref().clone(), u32::try_from(minutes?).ok()?)).filter(|_| fine)
        });
        let target = block.target.as_ref().and_then(|t| {
            let seconds = self.whole(Some(&t.seconds), "seconds", 1..=86_400);
            let share = self.number(Some(&t.share), "share", 0.0..=1.0);
            Some((u32::try_from(seconds?).ok()?, share?))
        });
        let most = self.whole(block.max_waiting.as_ref(), "max_waiting", 0..=100_000);
        Department {
            hours,
            overflow,
            max_waiting: most.and_then(|n| u32::try_from(n).ok()),
            target,
            languages: block.languages.iter().filter_map(|l| self.language(l.get_ref(), l.span())).collect(),
        }
    }

    /// A chat that goes on and on would never arrive.
    fn break_circles(
        &mut self,
        blocks: &BTreeMap<Spanned<String>, DepartmentBlock>,
        all: &mut BTreeMap<String, Department>,
    ) {
        for (name, block) in blocks {
            let next = |at: &str| all.get(at).and_then(|d| d.overflow.as_ref()).map(|(to, _)| to.clone());
            let mut at = next(name.get_ref());
            // Longer than there are departments is a circle that begins elsewhere.
            for _ in 0..all.len() {
                if at.as_ref() == Some(name.get_ref()) {
                    break;
                }
                at = at.and_then(|at| next(&at));
            }
            if at.as_ref() == Some(name.get_ref())
                && let Some(overflow) = &block.overflow
                && let Some(department) = all.get_mut(name.get_ref())
            {
                department.overflow = None;
                self.say("C011", overflow.to.span(), format!("from `{}` chats go round in a circle", name.get_ref()))
                    .help = Some("let one department of the circle keep its chats".to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{Settings, SourceFile, build};
    use crate::types::Timestamp;

    fn read(text: &str) -> (Settings, Vec<String>) {
        let (content, problems) = build(&[SourceFile { path: "deskbell.toml".to_owned(), bytes: text.into() }]);
        let told = problems.iter().filter(|p| p.location.file == "deskbell.toml");
        let told = told.map(|p| {
            format!("{} {}: {} {}", p.code, p.location.line, p.message, p.help.as_deref().unwrap_or_default())
        });
        (content.settings.clone(), told.collect())
    }

    #[test]
    fn what_is_set_is_read() {
        let (settings, told) = read(
            "languages = [\"en\"]\ndepartments = [\"orders\", \"returns\"]\n[routing]\nmode = \"offer\"\nstrategy = \"round_robin\"\noffer_seconds = 20\nmisses_until_away = 3\nprefer_last_agent_hours = 0\nage_minutes = 0\nrelax_language_minutes = 5\n[department.orders]\noverflow = {to = \"returns\", after_minutes = 5}\nmax_waiting = 50\ntarget = {seconds = 60, share = 0.8}\nlanguages = [\"en\", \"de\"]\n",
        );
        assert_eq!(told, Vec::<String>::new());
        let wanted = Routing {
            mode: Giving::Offer,
            strategy: Strategy::RoundRobin,
            offer_seconds: 20,
            misses_until_away: 3,
            prefer_last_agent_hours: 0,
            age_minutes: 0,
            relax_language_minutes: 5,
        };
        assert_eq!(settings.routing, wanted);
        let orders = &settings.department["orders"];
        assert_eq!(orders.overflow, Some(("returns".to_owned(), 5)));
        assert_eq!((orders.max_waiting, orders.target), (Some(50), Some((60, 0.8))));
        assert_eq!(orders.languages, [Language::EN, Language::DE]);
        assert_eq!(read("languages = [\"en\"]\n").0.routing, Routing::default());
    }

    #[test]
    fn each_mistake_is_told_with_its_line() {
        let (settings, told) = read(
            "departments = [\"orders\", \"returns\"]\n[routing]\nmode = \"asign\"\noffer_seconds = 1\nage_minuts = 3\n[department.order]\nmax_waiting = 5\n[department.orders]\noverflow = {to = \"retruns\", after_minutes = 0}\ntarget = {seconds = 60, share = 80}\ntimezone = \"Europe/Londn\"\nlanguages = [\"english\"]\nhours = {monday = [\"9-17\"], someday = []}\n[[department.returns.holidays]]\ndate = \"soon\"\n",
        );
        for part in [
            "F001 5: unknown key `age_minuts` did you mean `age_minutes`?",
            "F005 3: `asign` may not stand here did you mean `assign`?",
            "C003 4: offer_seconds must be between 5 and 600",
            "C010 6: `order` is not one of the departments did you mean `orders`?",
            "C010 9: `retruns` is not one of the departments did you mean `returns`?",
            "C003 9: after_minutes must be between 1 and 1440",
            "C003 10: share must be between 0 and 1",
            "C001 11: there is no time zone `Europe/Londn` did you mean `Europe/London`?",
            "F006 12: `english` is not a language code",
            "C002 13: `9-17` are no opening hours",
            "C008 13: there is no day `someday`",
            "C006 15: `soon` is no date",
        ] {
            assert!(told.iter().any(|line| line.starts_with(part)), "{part}: {told:#?}");
        }
        assert_eq!(told.len(), 12, "{told:#?}");
        assert_eq!(settings.routing, Routing::default());
        assert_eq!(settings.department["orders"].overflow, None);
    }

    #[test]
    fn chats_do_not_go_in_circles() {
        let ring = |names: &[(&str, &str)]| -> (Vec<String>, usize) {
            let blocks = names
                .iter()
                .map(|(from, to)| format!("[department.{from}]\noverflow = {{to = \"{to}\", after_minutes = 1}}\n"));
            let (settings, told) = read(&blocks.collect::<String>());
            let left = settings.department.values().filter(|d| d.overflow.is_some()).count();
            (told.into_iter().filter(|t| t.starts_with("C011")).collect(), left)
        };
        assert_eq!(ring(&[("a", "b"), ("b", "c")]), (Vec::new(), 2));
        for (circle, left) in [
            (&[("a", "a")][..], 0),
            (&[("a", "b"), ("b", "a")], 1),
            (&[("a", "b"), ("b", "c"), ("c", "a")], 2),
            (&[("a", "b"), ("b", "c"), ("c", "b")], 2),
        ] {
            let (told, kept) = ring(circle);
            assert_eq!((told.len(), kept), (1, left), "{circle:?}: {told:?}");
        }
    }

    #[test]
    fn a_department_has_its_own_hours_and_the_holidays_of_all() {
        let (settings, told) = read(
            "timezone = \"Europe/Berlin\"\n[hours]\nmonday = [\"08:00-18:00\"]\n[[holidays]]\ndate = \"2026-11-23\"\n[[holidays]]\ndate = \"2026-11-30\"\n[department.night]\ntimezone = \"Europe/London\"\nhours = {monday = [\"20:00-22:00\"]}\n[[department.night.holidays]]\ndate = \"2026-11-23\"\nhours = [\"10:00-11:00\"]\n[department.plain]\nmax_waiting = 3\n",
        );
        assert_eq!(told.len(), 0, "{told:?}");
        let at = |text: &str| Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond());
        for (moment, desk, night) in [
            ("2026-11-16T08:00:00Z", true, false),
            ("2026-11-16T20:30:00Z", false, true),
            ("2026-11-16T19:30:00Z", false, false), // 20:30 in Berlin, 19:30 in London
            ("2026-11-23T10:30:00Z", false, true),  // its own day that is not like others
            ("2026-11-30T20:30:00Z", false, false), // the holiday of all
        ] {
            let open = |department| settings.open_state_of(department, at(moment), Language::EN).open;
            assert_eq!((open(None), open(Some("night"))), (desk, night), "{moment}");
            assert_eq!((open(Some("plain")), open(Some("unknown"))), (desk, desk), "{moment}");
        }
        let opens = settings.open_state_of(Some("night"), at("2026-11-16T08:00:00Z"), Language::EN).opens_at;
        assert_eq!(opens, Some(at("2026-11-16T20:00:00Z")));
    }
}
