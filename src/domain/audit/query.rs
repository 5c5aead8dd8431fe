//! What somebody types to filter the audit trail: `patient 12 by ben from 1.12. to today action sign_in`.

use chrono::{Days, NaiveDate, NaiveDateTime};

use super::AuditFilter;
use crate::domain::clock::{Zone, midnight};
use crate::domain::dates::{parse_day, parse_local};
use crate::domain::fold::fold;
use crate::domain::ids::{AppointmentId, PatientId, StaffId};
use crate::domain::text::fit;

/// What may be typed, as an example.
pub const EXAMPLE: &str = "patient 12  by ben  visit 7  from 1.12.  to today  action sign_in";

/// The widest part of what was typed that a fault repeats, in cells.
const QUOTED: usize = 15;

/// What a word is the beginning of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Patient,
    By,
    Visit,
    From,
    To,
    Action,
}

impl Part {
    fn of(word: &str) -> Option<Self> {
        Some(match word.to_lowercase().as_str() {
            "patient" | "of" => Part::Patient,
            "by" | "staff" | "person" => Part::By,
            "visit" => Part::Visit,
            "from" | "since" => Part::From,
            "to" | "until" => Part::To,
            "action" => Part::Action,
            _ => return None,
        })
    }
}

impl AuditFilter {
    /// Reads what was typed, on the clinic's clock. People are named by their number or by a part of their name,
    /// by `staff`; patients and visits by the number that stands beside each. Nothing is everything.
    ///
    /// # Errors
    /// What is wrong, and what is expected, as one line.
    pub fn parse(
        typed: &str,
        today: NaiveDate,
        zone: Zone,
        staff: &[(StaffId, String)],
    ) -> Result<Self, String> {
        let mut filter = AuditFilter::default();
        let mut words = typed.split_whitespace().peekable();
        while let Some(word) = words.next() {
            let Some(part) = Part::of(word) else {
                return Err(format!("\"{}\" is not known here; write as in: {EXAMPLE}", fit(word, QUOTED)));
            };
            let mut value = Vec::new();
            while let Some(next) = words.next_if(|next| Part::of(next).is_none()) {
                value.push(next);
            }
            let value = value.join(" ");
            if value.is_empty() {
                return Err(format!("after \"{word}\" something is missing; write as in: {EXAMPLE}"));
            }
            let quoted = fit(&value, QUOTED).into_owned();
            let number = || {
                let expected =
                    format!("\"{quoted}\" is not a {word}'s number; it stands beside the {word}, like #12");
                value.trim_start_matches('#').parse::<i32>().map_err(|_| expected)
            };
            match part {
                Part::Patient => filter.patient = Some(PatientId(number()?)),
                Part::Visit => filter.visit = Some(AppointmentId(number()?)),
                Part::By => filter.staff = Some(person(&value, staff)?),
                Part::From => filter.from = Some(zone.boundary(moment(&value, today, 0)?)),
                Part::To => filter.until = Some(zone.boundary(moment(&value, today, 1)?)),
                Part::Action => filter.action = Some(value.to_lowercase()),
            }
        }
        filter.accept_times().map_err(|fault| format!("from and to: {fault}"))
    }
}

/// A time, or the beginning of a day, so many days later.
fn moment(typed: &str, today: NaiveDate, later: u64) -> Result<NaiveDateTime, String> {
    if let Ok(moment) = parse_local(typed) {
        return Ok(moment);
    }
    parse_day(typed, today).map(|day| midnight(day + Days::new(later))).map_err(|fault| fault.to_string())
}

fn person(typed: &str, staff: &[(StaffId, String)]) -> Result<StaffId, String> {
    if let Ok(id) = typed.parse() {
        return Ok(id);
    }
    let wanted = fold(typed);
    let found: Vec<&(StaffId, String)> =
        staff.iter().filter(|(_, name)| fold(name).contains(&wanted)).collect();
    let exact = staff.iter().filter(|(_, name)| fold(name) == wanted).collect::<Vec<_>>();
    match (exact.as_slice(), found.as_slice()) {
        ([(id, _)], _) | (_, [(id, _)]) => Ok(*id),
        (_, []) => Err(format!("nobody of the staff is called \"{}\"", fit(typed, QUOTED))),
        (_, several) => {
            let names: Vec<String> =
                several.iter().take(3).map(|(id, name)| format!("{} #{id}", fit(name, QUOTED))).collect();
            Err(format!("several are called so: {}; write the number", names.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::Instant;

    fn parse(typed: &str) -> Result<AuditFilter, String> {
        let staff = [(1, "Ana Ruiz-Cano"), (2, "Ben Okafor"), (3, "Ben Ruiz"), (4, "Ben")]
            .map(|(id, name)| (StaffId(id), name.to_owned()));
        let today = "2026-12-01".parse().unwrap();
        AuditFilter::parse(typed, today, Zone::parse("Europe/Berlin").unwrap(), &staff)
    }

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_typed_is_read_in_any_order() {
        let none = AuditFilter::default();
        for (typed, expected) in [
            ("", none.clone()),
            ("patient #12", AuditFilter { patient: Some(PatientId(12)), ..none.clone() }),
            (
                "by ana  Visit 7",
                AuditFilter { staff: Some(StaffId(1)), visit: Some(AppointmentId(7)), ..none.clone() },
            ),
            ("staff 9", AuditFilter { staff: Some(StaffId(9)), ..none.clone() }),
            ("by ben", AuditFilter { staff: Some(StaffId(4)), ..none.clone() }),
            ("by Ben Ókafor", AuditFilter { staff: Some(StaffId(2)), ..none.clone() }),
            (
                "from 2026-11-01 to today",
                AuditFilter {
                    from: Some(at("2026-10-31T23:00:00Z")),
                    until: Some(at("2026-12-01T23:00:00Z")),
                    ..none.clone()
                },
            ),
            ("to 2026-12-01T09:30", AuditFilter { until: Some(at("2026-12-01T08:30:00Z")), ..none.clone() }),
            ("action sign_in", AuditFilter { action: Some("sign_in".into()), ..none.clone() }),
        ] {
            assert_eq!(parse(typed), Ok(expected), "{typed}");
        }
    }

    #[test]
    fn what_cannot_be_read_says_what_is_expected() {
        for (typed, said) in [
            ("smith", "\"smith\" is not known here; write as in: patient 12"),
            ("patient", "after \"patient\" something is missing"),
            ("patient smith", "\"smith\" is not a patient's number; it stands beside the patient, like #12"),
            ("by nobody", "nobody of the staff is called \"nobody\""),
            ("by ruiz", "several are called so: Ana Ruiz-Cano #1, Ben Ruiz #3; write the number"),
            ("from gestern", "gestern"),
            ("from today to 2026-11-30", "from and to: there is no time between the two"),
            ("from 2026-12-01T09:30 to 2026-12-01T09:30", "there is no time between the two"),
        ] {
            let fault = parse(typed).unwrap_err();
            assert!(fault.contains(said), "{typed}: {fault}");
        }
    }
}
