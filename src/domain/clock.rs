//! Wall-clock time and instants.
//!
//! `appointment_time` and `doctor_availability` hold the clinic's wall-clock time: a visit at nine
//! stays at nine when the law moves the clocks. What is compared, though, are instants, derived
//! here from the clinic's IANA zone. No clock is read in this module.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::{OffsetName, Tz};

/// A point in time, in UTC.
pub type Instant = DateTime<Utc>;

/// The clinic's time zone: one setting in the database, shared by all desks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(Tz);

/// What a wall-clock time means on the clinic's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// It comes once.
    Once(Instant),
    /// The autumn change repeats it: it is read as the first of the two.
    Repeated(Instant, Instant),
    /// The spring change skips it: it does not exist.
    Skipped,
}

impl Zone {
    /// The zone of an IANA name such as `Europe/Berlin`.
    ///
    /// # Errors
    /// Half a line that says what is expected, where the name is not known.
    pub fn parse(name: &str) -> Result<Self, String> {
        name.trim().parse().map(Zone).map_err(|_| {
            format!("\"{name}\" is not a time zone; write an IANA name such as Europe/Berlin or UTC")
        })
    }

    /// UTC, where a clinic has set no zone.
    #[must_use]
    pub fn utc() -> Self {
        Zone(Tz::UTC)
    }

    /// The IANA name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.0.name()
    }

    /// What this wall-clock time means.
    #[must_use]
    pub fn read(&self, wall: NaiveDateTime) -> Reading {
        match self.0.from_local_datetime(&wall) {
            chrono::LocalResult::Single(at) => Reading::Once(at.with_timezone(&Utc)),
            chrono::LocalResult::Ambiguous(first, second) => {
                let (first, second) = (first.with_timezone(&Utc), second.with_timezone(&Utc));
                Reading::Repeated(first.min(second), first.max(second))
            }
            chrono::LocalResult::None => Reading::Skipped,
        }
    }

    /// The instant of a wall-clock time; the first of two; none where the time is skipped.
    #[must_use]
    pub fn instant(&self, wall: NaiveDateTime) -> Option<Instant> {
        match self.read(wall) {
            Reading::Once(at) | Reading::Repeated(at, _) => Some(at),
            Reading::Skipped => None,
        }
    }

    /// The instant at which a boundary (the end of a session, midnight) is reached: a skipped time
    /// counts as the moment of the jump.
    #[must_use]
    pub fn boundary(&self, wall: NaiveDateTime) -> Instant {
        if let Some(at) = self.instant(wall) {
            return at;
        }
        // A gap is found from both sides: the last instant before it and the first after it lie
        // within a day of the wall-clock time (Samoa skipped a whole day in 2011; others skip an
        // hour or less), and between them the wall clock jumps over `wall` exactly once.
        let naive = Utc.from_utc_datetime(&wall);
        let (mut before, mut after) = (naive - TimeDelta::days(2), naive + TimeDelta::days(2));
        while after - before > TimeDelta::seconds(1) {
            let middle = before + (after - before) / 2;
            if self.wall(middle) < wall {
                before = middle;
            } else {
                after = middle;
            }
        }
        DateTime::from_timestamp(after.timestamp(), 0).unwrap_or(after)
    }

    /// The clinic's wall-clock time of an instant.
    #[must_use]
    pub fn wall(&self, at: Instant) -> NaiveDateTime {
        at.with_timezone(&self.0).naive_local()
    }

    /// The part of a day that the spring change skips, on the wall clock; none on all other days.
    #[must_use]
    pub fn skipped(&self, day: NaiveDate) -> Option<(NaiveDateTime, NaiveDateTime)> {
        let (start, end) = (midnight(day), midnight(day.succ_opt()?));
        // Asked for each day that is shown: the minutes are looked at on the few that are too short.
        if self.boundary(end) - self.boundary(start) >= TimeDelta::days(1) {
            return None;
        }
        let minutes = (0..24 * 60).map(|minute| start + TimeDelta::minutes(minute));
        let mut skipped = minutes.skip_while(|wall| self.read(*wall) != Reading::Skipped);
        let first = skipped.next()?;
        Some((first, skipped.find(|wall| self.read(*wall) != Reading::Skipped).unwrap_or(end)))
    }

    /// Whether the clock changes within two days of `day`, so that the minutes between two times on
    /// the wall are not those that pass.
    #[must_use]
    pub fn changes_near(&self, day: NaiveDate) -> bool {
        let first = day.checked_sub_days(Days::new(2)).unwrap_or(day);
        let midnights: Vec<Instant> =
            first.iter_days().take(6).map(|day| self.boundary(midnight(day))).collect();
        midnights.windows(2).any(|pair| pair[1] - pair[0] != TimeDelta::days(1))
    }

    /// The zone's abbreviation at an instant (`CET`, `CEST`, `+03`): the label by which the two
    /// readings of a repeated hour are told apart.
    #[must_use]
    pub fn abbreviation(&self, at: Instant) -> String {
        let offset = *at.with_timezone(&self.0).offset();
        offset.abbreviation().map_or_else(|| offset.fix().to_string(), str::to_owned)
    }

    /// The label of a wall-clock time that the autumn change repeats; none for all others.
    #[must_use]
    pub fn repeated_label(&self, at: Instant) -> Option<String> {
        match self.read(self.wall(at)) {
            Reading::Repeated(..) => Some(self.abbreviation(at)),
            _ => None,
        }
    }
}

/// The wall clock and the instant of one moment: what a screen is told when it asks for the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The instant.
    pub at: Instant,
    /// The clinic's wall-clock time at that instant.
    pub wall: NaiveDateTime,
}

impl Now {
    /// The moment `at` on the clinic's clock.
    #[must_use]
    pub fn new(at: Instant, zone: Zone) -> Self {
        Now { at, wall: zone.wall(at) }
    }

    /// The clinic's date.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        self.wall.date()
    }
}

/// The start of a day on the wall clock.
#[must_use]
pub fn midnight(day: NaiveDate) -> NaiveDateTime {
    day.and_time(NaiveTime::MIN)
}

/// How a wall-clock time is written in JSON and read on the command line: `YYYY-MM-DDTHH:MM`.
pub const WALL_FORMAT: &str = "%Y-%m-%dT%H:%M";

#[cfg(test)]
mod tests {
    use super::*;

    fn wall(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, WALL_FORMAT).unwrap()
    }

    #[test]
    fn a_time_is_read_once_twice_or_not_at_all() {
        let berlin = Zone::parse("Europe/Berlin").unwrap();
        assert!(matches!(berlin.read(wall("2026-03-29T01:59")), Reading::Once(_)));
        assert_eq!(berlin.read(wall("2026-03-29T02:00")), Reading::Skipped);
        assert_eq!(berlin.read(wall("2026-03-29T02:59")), Reading::Skipped);
        assert!(matches!(berlin.read(wall("2026-03-29T03:00")), Reading::Once(_)));
        let Reading::Repeated(first, second) = berlin.read(wall("2026-10-25T02:30")) else {
            panic!("02:30 comes twice");
        };
        assert_eq!(second - first, TimeDelta::hours(1));
        assert_eq!(berlin.repeated_label(first).as_deref(), Some("CEST"));
        assert_eq!(berlin.repeated_label(second).as_deref(), Some("CET"));
    }

    #[test]
    fn a_skipped_boundary_is_the_jump() {
        for (zone, skipped, jump) in [
            ("Europe/Berlin", "2026-03-29T02:00", "2026-03-29T03:00"),
            ("Europe/Berlin", "2026-03-29T02:37", "2026-03-29T03:00"),
            ("Australia/Lord_Howe", "2026-10-04T02:10", "2026-10-04T02:30"),
            ("America/Santiago", "2026-09-06T00:00", "2026-09-06T01:00"),
        ] {
            let zone = Zone::parse(zone).unwrap();
            assert_eq!(zone.read(wall(skipped)), Reading::Skipped, "{skipped}");
            assert_eq!(zone.wall(zone.boundary(wall(skipped))), wall(jump), "{skipped}");
        }
    }

    #[test]
    fn a_change_is_seen_two_days_before_and_after() {
        let near = |zone: &str, day: &str| Zone::parse(zone).unwrap().changes_near(day.parse().unwrap());
        for (day, is) in [
            ("2026-03-25", false),
            ("2026-03-27", true),
            ("2026-03-29", true),
            ("2026-03-31", true),
            ("2026-04-02", false),
            ("2026-10-25", true),
        ] {
            assert_eq!(near("Europe/Berlin", day), is, "{day}");
            assert!(!near("UTC", day));
        }
        assert!(near("Australia/Lord_Howe", "2026-10-04"));
        assert!(near("America/Santiago", "2026-09-06"));
    }

    #[test]
    fn the_part_of_a_day_that_is_skipped() {
        let skipped = |zone: &str, day: &str| {
            let part = Zone::parse(zone).unwrap().skipped(day.parse().unwrap());
            part.map(|(from, until)| format!("{}-{}", from.format("%H:%M"), until.format("%d %H:%M")))
        };
        for (zone, day, part) in [
            ("Europe/Berlin", "2026-03-29", Some("02:00-29 03:00")),
            ("Europe/Berlin", "2026-03-30", None),
            ("Europe/Berlin", "2026-10-25", None),
            ("Australia/Lord_Howe", "2026-10-04", Some("02:00-04 02:30")),
            ("America/Santiago", "2026-09-06", Some("00:00-06 01:00")),
            ("Pacific/Apia", "2011-12-30", Some("00:00-31 00:00")),
            ("UTC", "2026-03-29", None),
        ] {
            assert_eq!(skipped(zone, day).as_deref(), part, "{zone} {day}");
        }
    }

    #[test]
    fn a_zone_that_is_not_one_says_what_is_expected() {
        assert!(Zone::parse("Mars/Olympus").unwrap_err().contains("IANA"));
        assert_eq!(Zone::parse(" Asia/Tokyo ").unwrap().name(), "Asia/Tokyo");
    }
}
