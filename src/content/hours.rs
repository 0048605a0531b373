//! Opening hours: pure functions of a moment, a time zone and a week.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{ToSpan, Zoned};

use super::Localized;
use crate::types::{Language, Timestamp};

/// When people are there.
#[derive(Debug, Clone)]
pub struct Hours {
    pub(super) zone: TimeZone,
    /// From Monday; none: always open, holidays aside.
    pub(super) week: Option<[Vec<Slot>; 7]>,
    pub(super) holidays: Vec<Holiday>,
}

/// From and until, in minutes after the day's midnight; until is larger than from and may lie in the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) from: u16,
    pub(super) until: u16,
}

/// A day that is not like others of its weekday.
#[derive(Debug, Clone)]
pub(super) struct Holiday {
    pub(super) date: Date,
    pub(super) name: Localized,
    /// Empty: closed all day.
    pub(super) hours: Vec<Slot>,
}

/// What the opening hours say about a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenState {
    /// People are there. Always true where no hours are set.
    pub open: bool,
    /// Today's hours such as `08:00–18:00`; none on closed days and where no hours are set.
    pub today: Option<String>,
    /// When people are back, if they are not there now; at most 30 days ahead.
    pub opens_at: Option<Timestamp>,
    /// Name of today's holiday, in the visitor's language, if it is one.
    pub holiday: Option<String>,
}

const DAY: u16 = 24 * 60;

impl Default for Hours {
    fn default() -> Self {
        Self { zone: TimeZone::UTC, week: None, holidays: Vec::new() }
    }
}

impl Slot {
    /// Reads `08:00-18:00`. Until may be `24:00`, or before from: then it goes on after midnight.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (from, until) = text.split_once(['-', '–'])?;
        let (from, until) = (minutes(from)?, minutes(until)?);
        match until {
            _ if from >= DAY || from == until => None,
            u if u < from => Some(Self { from, until: u + DAY }),
            u => Some(Self { from, until: u }),
        }
    }
}

fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let digits = |t: &str| {
        (!t.is_empty() && t.len() <= 2 && t.bytes().all(|b| b.is_ascii_digit()))
            .then(|| t.parse::<u16>().ok())
            .flatten()
    };
    let (hours, minutes) = (digits(hours)?, digits(minutes).filter(|m| *m < 60)?);
    (hours * 60 + minutes <= DAY).then_some(hours * 60 + minutes)
}

impl Hours {
    /// Whether people are there at `at`.
    pub(super) fn state(&self, at: Timestamp, language: Language, fallback: Language) -> OpenState {
        let now = self.local(at);
        let today = now.date();
        let holiday = self.holiday(today);
        let slots = self.slots(today);
        let open = self.around(today).any(|(from, until)| from <= at && at < until);
        OpenState {
            open,
            today: (self.week.is_some() || holiday.is_some()).then(|| spelled(&slots)).flatten(),
            opens_at: if open { None } else { self.next_opening(today, at) },
            holiday: holiday.and_then(|h| h.name.get(language, fallback)).map(|(name, _)| name.to_owned()),
        }
    }

    /// Whether hours are set at all.
    pub(super) const fn has_week(&self) -> bool {
        self.week.is_some()
    }

    /// A moment on the site's clock.
    /// Whether nobody ever goes home.
    pub(super) fn always(&self) -> bool {
        self.week.is_none() && self.holidays.is_empty()
    }

    /// Whether nobody is ever there.
    pub(super) fn never(&self) -> bool {
        self.week.as_ref().is_some_and(|days| days.iter().all(Vec::is_empty))
            && self.holidays.iter().all(|h| h.hours.is_empty())
    }

    pub(super) fn local(&self, at: Timestamp) -> Zoned {
        jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_zoned(self.zone.clone())
    }

    fn holiday(&self, date: Date) -> Option<&Holiday> {
        self.holidays.iter().find(|h| h.date == date)
    }

    fn slots(&self, date: Date) -> Vec<Slot> {
        if let Some(holiday) = self.holiday(date) {
            return holiday.hours.clone();
        }
        match &self.week {
            None => vec![Slot { from: 0, until: DAY }],
            Some(week) => week.get(date.weekday().to_monday_zero_offset() as usize).cloned().unwrap_or_default(),
        }
    }

    /// The openings of a day and of the one before, which may reach into it.
    fn around(&self, date: Date) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        [date.yesterday().ok(), Some(date)].into_iter().flatten().flat_map(|d| self.openings(d))
    }

    /// Each opening of a day as moments. Clock times that a change of the clocks skips or repeats are taken as the next
    /// one that exists, or the first of two.
    fn openings(&self, date: Date) -> Vec<(Timestamp, Timestamp)> {
        let moment = |minute: u16| {
            let local = date.to_datetime(Time::midnight()).checked_add(i64::from(minute).minutes()).ok()?;
            let zoned = local.to_zoned(self.zone.clone()).ok()?;
            Some(Timestamp(zoned.timestamp().as_millisecond()))
        };
        self.slots(date)
            .iter()
            .filter_map(|s| Some((moment(s.from)?, moment(s.until)?)))
            .filter(|(from, until)| from < until)
            .collect()
    }

    fn next_opening(&self, today: Date, at: Timestamp) -> Option<Timestamp> {
        let mut date = today;
        for _ in 0..=30 {
            if let Some(from) = self.openings(date).into_iter().map(|(from, _)| from).filter(|from| *from > at).min() {
                return Some(from);
            }
            date = date.tomorrow().ok()?;
        }
        None
    }
}

fn spelled(slots: &[Slot]) -> Option<String> {
    let clock = |m: u16| format!("{:02}:{:02}", if m > DAY { m - DAY } else { m } / 60, m % 60);
    let text: Vec<String> = slots.iter().map(|s| format!("{}–{}", clock(s.from), clock(s.until))).collect();
    (!text.is_empty()).then(|| text.join(", "))
}

/// A moment as people write it.
pub(super) fn friendly(moment: &Zoned, now: &Zoned, language: Language) -> String {
    let days = now.date().until(moment.date()).map_or(i32::MAX, |span| span.get_days());
    let (hour, minute) = (moment.hour(), moment.minute());
    let weekday = moment.weekday().to_monday_zero_offset() as usize;
    let month = usize::from(moment.month().unsigned_abs()).saturating_sub(1);
    let pick = |names: &[&'static str], index: usize| names.get(index).copied().unwrap_or_default();
    match language {
        Language::EN => {
            let at = format!("at {hour}:{minute:02}");
            match days {
                0 => format!("today {at}"),
                1 => format!("tomorrow {at}"),
                2..=6 => format!("{} {at}", pick(&DAYS_EN, weekday)),
                _ => format!("{} {} {} {at}", pick(&DAYS_EN, weekday), moment.day(), pick(&MONTHS_EN, month)),
            }
        }
        Language::DE => {
            let um = format!("um {hour}:{minute:02} Uhr");
            match days {
                0 => format!("heute {um}"),
                1 => format!("morgen {um}"),
                2..=6 => format!("am {} {um}", pick(&DAYS_DE, weekday)),
                _ => format!("am {}, {}. {} {um}", pick(&DAYS_DE, weekday), moment.day(), pick(&MONTHS_DE, month)),
            }
        }
        _ if days == 0 => format!("{hour:02}:{minute:02}"),
        _ => format!("{} {hour:02}:{minute:02}", moment.date()),
    }
}

const DAYS_EN: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const DAYS_DE: [&str; 7] = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"];
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const MONTHS_DE: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    fn berlin(monday_to_friday: &[&str], saturday: &[&str]) -> Hours {
        let parse = |list: &[&str]| list.iter().map(|t| Slot::parse(t).unwrap()).collect::<Vec<_>>();
        let (work, sat) = (parse(monday_to_friday), parse(saturday));
        Hours {
            zone: TimeZone::get("Europe/Berlin").unwrap(),
            week: Some([work.clone(), work.clone(), work.clone(), work.clone(), work, sat, vec![]]),
            holidays: vec![],
        }
    }

    fn check(hours: &Hours, moment: &str, open: bool, today: Option<&str>, opens: Option<&str>) {
        let state = hours.state(at(moment), Language::EN, Language::EN);
        assert_eq!((state.open, state.today.as_deref(), state.opens_at), (open, today, opens.map(at)), "{moment}");
    }

    #[test]
    fn slots_are_read() {
        for (text, wanted) in [
            ("08:00-18:00", Some((480, 1080))),
            ("8:00 – 12:30", Some((480, 750))),
            ("22:00-02:00", Some((1320, 1560))),
            ("00:00-24:00", Some((0, 1440))),
            ("24:00-25:00", None),
            ("08:00-08:00", None),
            ("8-18", None),
            ("08:60-10:00", None),
            ("", None),
        ] {
            assert_eq!(Slot::parse(text).map(|s| (s.from, s.until)), wanted, "{text}");
        }
    }

    #[test]
    fn without_hours_it_is_always_open() {
        check(&Hours::default(), "2026-11-21T03:00:00Z", true, None, None);
    }

    #[test]
    fn a_week() {
        let hours = berlin(&["08:00-12:00", "13:00-18:00"], &["09:00-12:00"]);
        let day = Some("08:00–12:00, 13:00–18:00");
        check(&hours, "2026-11-20T07:00:00Z", true, day, None); // Friday 8:00, on the minute
        check(&hours, "2026-11-20T06:59:59Z", false, day, Some("2026-11-20T07:00:00Z"));
        check(&hours, "2026-11-20T11:00:00Z", false, day, Some("2026-11-20T12:00:00Z")); // lunch
        check(&hours, "2026-11-20T17:00:00Z", false, day, Some("2026-11-21T08:00:00Z"));
        check(&hours, "2026-11-21T20:00:00Z", false, Some("09:00–12:00"), Some("2026-11-23T07:00:00Z"));
        check(&hours, "2026-11-22T10:00:00Z", false, None, Some("2026-11-23T07:00:00Z"));
    }

    #[test]
    fn past_midnight() {
        let hours = berlin(&["20:00-02:00"], &[]);
        check(&hours, "2026-11-20T23:30:00Z", true, None, None); // Saturday 0:30, still Friday's
        check(&hours, "2026-11-21T01:00:00Z", false, None, Some("2026-11-23T19:00:00Z"));
        check(&hours, "2026-11-23T00:30:00Z", false, Some("20:00–02:00"), Some("2026-11-23T19:00:00Z"));
        let round_the_clock = berlin(&["00:00-24:00"], &[]);
        check(&round_the_clock, "2026-11-20T22:59:59Z", true, Some("00:00–24:00"), None);
        check(&round_the_clock, "2026-11-20T23:00:00Z", false, None, Some("2026-11-22T23:00:00Z"));
    }

    #[test]
    fn the_clocks_change() {
        // Sunday 2026-03-29, 2:00 becomes 3:00; Sunday 2026-10-25, 3:00 becomes 2:00.
        let mut hours = berlin(&["08:00-18:00"], &[]);
        check(&hours, "2026-03-28T12:00:00Z", false, None, Some("2026-03-30T06:00:00Z"));
        check(&hours, "2026-10-24T12:00:00Z", false, None, Some("2026-10-26T07:00:00Z"));
        if let Some(week) = &mut hours.week {
            week[6] = vec![Slot::parse("02:30-04:00").unwrap()];
        }
        let day = Some("02:30–04:00");
        check(&hours, "2026-03-29T01:10:00Z", false, day, Some("2026-03-29T01:30:00Z")); // 2:30 is 3:30
        check(&hours, "2026-03-29T01:30:00Z", true, day, None);
        check(&hours, "2026-03-29T02:00:00Z", false, day, Some("2026-03-30T06:00:00Z"));
        check(&hours, "2026-10-25T00:30:00Z", true, day, None); // the first 2:30
        check(&hours, "2026-10-25T01:30:00Z", true, day, None); // and the second
    }

    #[test]
    fn holidays() {
        let mut hours = berlin(&["08:00-18:00"], &[]);
        let name =
            Localized { texts: vec![(Language::EN, "Christmas Day".into()), (Language::DE, "Weihnachten".into())] };
        hours.holidays = vec![
            Holiday { date: "2026-12-25".parse().unwrap(), name: name.clone(), hours: vec![] },
            Holiday {
                date: "2026-12-24".parse().unwrap(),
                name: Localized::default(),
                hours: vec![Slot::parse("08:00-12:00").unwrap()],
            },
        ];
        check(&hours, "2026-12-24T12:00:00Z", false, Some("08:00–12:00"), Some("2026-12-28T07:00:00Z"));
        let state = hours.state(at("2026-12-25T10:00:00Z"), Language::DE, Language::EN);
        assert_eq!((state.open, state.today, state.holiday.as_deref()), (false, None, Some("Weihnachten")));
        hours.week = None;
        check(&hours, "2026-12-25T10:00:00Z", false, None, Some("2026-12-25T23:00:00Z"));
        check(&hours, "2026-12-26T10:00:00Z", true, None, None);
    }

    #[test]
    fn never_open_has_no_opening() {
        check(&berlin(&[], &[]), "2026-11-20T10:00:00Z", false, None, None);
        for edge in [i64::MIN, i64::MAX, 0] {
            let _ = berlin(&["08:00-18:00"], &[]).state(Timestamp(edge), Language::EN, Language::EN);
        }
    }

    #[test]
    fn moments_as_people_write_them() {
        let hours = berlin(&[], &[]);
        let friendly_at = |moment: &str, language| {
            friendly(&hours.local(at(moment)), &hours.local(at("2026-11-20T11:00:00Z")), language)
        };
        for (moment, en, de) in [
            ("2026-11-20T13:00:00Z", "today at 14:00", "heute um 14:00 Uhr"),
            ("2026-11-21T07:05:00Z", "tomorrow at 8:05", "morgen um 8:05 Uhr"),
            ("2026-11-20T23:00:00Z", "tomorrow at 0:00", "morgen um 0:00 Uhr"),
            ("2026-11-23T07:00:00Z", "Monday at 8:00", "am Montag um 8:00 Uhr"),
            ("2026-11-27T07:00:00Z", "Friday 27 November at 8:00", "am Freitag, 27. November um 8:00 Uhr"),
        ] {
            assert_eq!(friendly_at(moment, Language::EN), en);
            assert_eq!(friendly_at(moment, Language::DE), de);
        }
        assert_eq!(friendly_at("2026-11-23T07:00:00Z", "fr".parse().unwrap()), "2026-11-23 08:00");
    }
}
