//! How days, times and tables are written for people.

use std::fmt::Write as _;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use crate::domain::appointment::{Status, Visit, end_of};
use crate::domain::booking::Opening;
use crate::domain::clock::{Instant, Zone};
use crate::domain::text;

/// No column but the last is wider, in cells.
const WIDEST: usize = 40;

/// `Tue 1 Dec 2026`
#[must_use]
pub fn day(date: NaiveDate) -> String {
    date.format("%a %-d %b %Y").to_string()
}

/// `Tue 1 Dec 2026 09:30`, with the zone's abbreviation where the autumn change repeats the time.
#[must_use]
pub fn moment(wall: NaiveDateTime, zone: Zone) -> String {
    format!("{} {}", day(wall.date()), start(wall, zone))
}

/// An instant, as the clinic's clock showed it.
#[must_use]
pub fn instant(at: Instant, zone: Zone) -> String {
    let wall = zone.wall(at);
    format!("{} {}", day(wall.date()), labelled(wall, Some(at), zone))
}

/// The same to the second.
#[must_use]
pub fn second(at: Instant, zone: Zone) -> String {
    let wall = zone.wall(at);
    let label = zone.repeated_label(at).map_or(String::new(), |label| format!(" {label}"));
    format!("{} {}{label}", day(wall.date()), wall.format("%H:%M:%S"))
}

/// `09:30`: when a visit starts. A time that comes twice is meant as the first of the two.
#[must_use]
pub fn start(wall: NaiveDateTime, zone: Zone) -> String {
    labelled(wall, zone.instant(wall), zone)
}

/// `09:30-10:00`, and the weekday where it ends on another day. Where the clock changes meanwhile, both
/// ends carry the zone's abbreviation, since the length is not what the digits say.
#[must_use]
pub fn span(starts: NaiveDateTime, minutes: u16, zone: Zone) -> String {
    let ends = end_of(starts, minutes, zone);
    let end = zone.instant(starts).map(|at| at + TimeDelta::minutes(i64::from(minutes)));
    let other_day = if ends.date() == starts.date() { String::new() } else { ends.format(" %a").to_string() };
    let begins = zone.instant(starts);
    if let (Some(begins), Some(end)) = (begins, end)
        && (ends - starts) != (end - begins)
    {
        let label = |wall: NaiveDateTime, at| format!("{} {}", wall.format("%H:%M"), zone.abbreviation(at));
        return format!("{}-{}{other_day}", label(starts, begins), label(ends, end));
    }
    format!("{}-{}{other_day}", start(starts, zone), labelled(ends, end, zone))
}

fn labelled(wall: NaiveDateTime, at: Option<Instant>, zone: Zone) -> String {
    let label = at.and_then(|at| zone.repeated_label(at)).map_or(String::new(), |label| format!(" {label}"));
    format!("{}{label}", wall.format("%H:%M"))
}

/// `Tue 1 Dec 2026 09:00-09:30`: when a visit is.
#[must_use]
pub fn visit(visit: &Visit, zone: Zone) -> String {
    format!("{} {}", day(visit.starts.date()), span(visit.starts, visit.minutes, zone))
}

/// A status in words for people.
#[must_use]
pub fn status(status: Status) -> &'static str {
    match status {
        Status::Scheduled => "scheduled",
        Status::Completed => "completed",
        Status::Cancelled => "cancelled",
        Status::NoShow => "no-show",
    }
}

/// The starts of openings, each day said once: `Tue 1 Dec 2026 09:30, 10:15; Wed 2 Dec 2026 09:00`.
#[must_use]
pub fn openings(openings: &[Opening], zone: Zone) -> String {
    let mut line = String::new();
    let mut last = None;
    for opening in openings {
        let date = opening.starts.date();
        let time = start(opening.starts, zone);
        let _ = match last {
            Some(before) if before == date => write!(line, ", {time}"),
            Some(_) => write!(line, "; {} {time}", day(date)),
            None => write!(line, "{} {time}", day(date)),
        };
        last = Some(date);
    }
    line
}

/// Rows as columns, two spaces apart, under a head where there is one; safe to draw.
#[must_use]
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| text::width(cell)).max().unwrap_or(0).min(WIDEST)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            if column + 1 == columns {
                line.push_str(&text::clean(cell));
            } else {
                line.push_str(&text::pad(cell, widths[column]));
                line.push_str("  ");
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::WALL_FORMAT;
    use crate::domain::ids::DoctorId;

    fn wall(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, WALL_FORMAT).unwrap()
    }

    #[test]
    fn times_that_come_twice_are_told_apart() {
        let berlin = Zone::parse("Europe/Berlin").unwrap();
        for (starts, minutes, expected) in [
            ("2026-12-01T09:00", 30, "09:00-09:30"),
            ("2026-12-01T23:30", 60, "23:30-00:30 Wed"),
            ("2026-10-25T02:30", 60, "02:30 CEST-02:30 CET"),
            ("2026-10-25T01:30", 60, "01:30-02:30 CEST"),
            ("2026-03-29T01:30", 60, "01:30 CET-03:30 CEST"),
            ("2026-03-29T01:30", 30, "01:30 CET-03:00 CEST"),
            ("2026-10-25T01:30", 150, "01:30 CEST-03:00 CET"),
            ("2026-03-29T02:30", 60, "02:30-04:00"),
        ] {
            assert_eq!(span(wall(starts), minutes, berlin), expected, "{starts}");
        }
    }

    #[test]
    fn openings_name_each_day_once() {
        let opening =
            |starts: &str| Opening { starts: wall(starts), ends: wall(starts), doctor_id: DoctorId(1) };
        let three = ["2026-12-01T09:30", "2026-12-01T10:15", "2026-12-02T09:00"].map(opening);
        assert_eq!(openings(&three, Zone::utc()), "Tue 1 Dec 2026 09:30, 10:15; Wed 2 Dec 2026 09:00");
    }

    #[test]
    fn tables_line_up_and_are_safe_to_draw() {
        let rows =
            [["1", "李小龙", "x"], ["12", "A\u{1b}[31m", ""]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table(&rows), "1   李小龙  x\n12  A [31m\n");
    }
}
