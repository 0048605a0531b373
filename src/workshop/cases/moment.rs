//! When a test takes place.

use jiff::civil::Date;
use jiff::{ToSpan, Zoned};

use crate::content::{Content, Given};
use crate::types::Timestamp;

/// Minutes between moments that are looked at, and days looked ahead for one.
const STEP: i64 = 15;
const DAYS: i64 = 14;

/// The moment that the circumstances of a test want; without any the present one, or the next at which people are there.
///
/// # Errors
/// In words, where there is no such moment.
pub(super) fn of(content: &Content, given: &Given, now: Timestamp) -> Result<Timestamp, String> {
    let state = |at| content.settings.open_state(at, content.settings.default_language());
    let fits = |at| given.open.is_none_or(|wanted| state(at).open == wanted);
    let hours = if given.open == Some(false) { "closed" } else { "open" };
    match (given.date, given.time) {
        (None, None) if given.open != Some(false) => {
            let state = state(now);
            match (state.open, state.opens_at) {
                (true, _) => Ok(now),
                (false, Some(opens)) => Ok(opens),
                (false, None) if given.open.is_some() => Err("it never opens".to_owned()),
                (false, None) => Ok(now),
            }
        }
        (None, None) => (0..DAYS * 24 * 60 / STEP)
            .map(|n| now.plus_ms(n * STEP * 60_000))
            .find(|at| fits(*at))
            .ok_or_else(|| "it is never closed".to_owned()),
        (None, Some(time)) => {
            let today = content.settings.local(now).date();
            let days = (0..DAYS).filter_map(|n| today.checked_add(n.days()).ok());
            let moments: Vec<Timestamp> =
                days.filter_map(|day| moment(content, now, day, time.hour(), time.minute())).collect();
            // Without a word about the hours a day on which people are there, if there is one.
            let found = moments.iter().find(|at| if given.open.is_some() { fits(**at) } else { state(**at).open });
            match (found, moments.first(), given.open) {
                (Some(at), ..) | (None, Some(at), None) => Ok(*at),
                _ => Err(format!("at {:02}:{:02} it is never {hours}", time.hour(), time.minute())),
            }
        }
        (Some(day), Some(time)) => {
            let at = moment(content, now, day, time.hour(), time.minute()).ok_or("there is no such day")?;
            let when = format!("{day} at {:02}:{:02}", time.hour(), time.minute());
            if fits(at) { Ok(at) } else { Err(format!("on {when} it is not {hours}")) }
        }
        (Some(day), None) => {
            let start = moment(content, now, day, 0, 0).ok_or("there is no such day")?;
            let mut all = (0..24 * 60 / STEP).map(|n| start.plus_ms(n * STEP * 60_000));
            let wanted = given.open.unwrap_or(true);
            match (all.find(|at| state(*at).open == wanted), given.open) {
                (Some(at), _) => Ok(at),
                (None, Some(_)) => Err(format!("on {day} it is never {hours}")),
                (None, None) => Ok(start.plus_ms(12 * 3_600_000)),
            }
        }
    }
}

fn moment(content: &Content, now: Timestamp, day: Date, hour: i8, minute: i8) -> Option<Timestamp> {
    let zone = content.settings.local(now).time_zone().clone();
    let at: Zoned = day.at(hour, minute, 0, 0).to_zoned(zone).ok()?;
    Some(Timestamp(at.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{self, SourceFile};

    #[test]
    fn each_circumstance_has_its_moment() {
        let settings = "timezone = \"Europe/Berlin\"\n[hours]\nmonday = [\"08:00-18:00\"]\ntuesday = [\"20:00-24:00\"]\n[[holidays]]\ndate = \"2026-12-28\"\n";
        let file = |text: &str| SourceFile { path: "deskbell.toml".to_owned(), bytes: text.into() };
        let (weekly, problems) = content::build(&[file(settings)]);
        assert_eq!(problems, []);
        let (always, _) = content::build(&[]);
        // Sunday, 2026-11-22, 12:00 in Berlin.
        let now = Timestamp(1_795_345_200_000);
        let given = |open, date: &str, time: &str| Given {
            open,
            date: date.parse().ok(),
            time: time.parse().ok(),
            ..Given::default()
        };
        let at = |content: &Content, given: &Given| {
            let told = |at| content.settings.local(at).strftime("%Y-%m-%d %H:%M").to_string();
            of(content, given, now).map_or_else(|why| why, told)
        };
        for (open, date, time, wanted) in [
            (None, "", "", "2026-11-23 08:00"),
            (Some(true), "", "", "2026-11-23 08:00"),
            (Some(false), "", "", "2026-11-22 12:00"),
            (None, "", "10:30", "2026-11-23 10:30"),
            (None, "", "04:00", "2026-11-22 04:00"),
            (Some(true), "", "04:00", "at 04:00 it is never open"),
            (Some(true), "", "21:00", "2026-11-24 21:00"),
            (Some(false), "", "10:30", "2026-11-22 10:30"),
            (None, "2026-12-21", "", "2026-12-21 08:00"),
            (Some(false), "2026-12-21", "", "2026-12-21 00:00"),
            (None, "2026-12-28", "", "2026-12-28 12:00"),
            (Some(true), "2026-12-28", "", "on 2026-12-28 it is never open"),
            (None, "2026-12-21", "19:00", "2026-12-21 19:00"),
            (Some(false), "2026-12-21", "19:00", "2026-12-21 19:00"),
            (Some(true), "2026-12-21", "19:00", "on 2026-12-21 at 19:00 it is not open"),
        ] {
            assert_eq!(at(&weekly, &given(open, date, time)), wanted, "{open:?} {date} {time}");
        }
        assert_eq!(of(&always, &Given::default(), now), Ok(now));
        assert_eq!(at(&always, &given(Some(false), "", "")), "it is never closed");
    }
}
