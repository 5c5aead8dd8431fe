//! How the values of flags are read: each fault is half a line that says what is wrong and what is
//! expected, to follow the flag's name.

use std::fmt::Display;
use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime};

use super::answer::Failure;
use crate::domain::appointment::MAX_REASON;
use crate::domain::audit::actions::known;
use crate::domain::clinic::IDLE_LOCK_MINUTES;
use crate::domain::clock::{Zone, midnight};
use crate::domain::dates::{self, DateFault};
use crate::domain::ids::DoctorId;
use crate::domain::schedule::TimeOfDay;
use crate::domain::staff::Role;
use crate::domain::text;

/// The longest request id (`idempotency_keys.idempotency_key`) and clinic name, in characters.
const MAX_LINE: usize = 100;

/// An id: `12` or `#12`.
pub(super) fn id<I: FromStr>(typed: &str) -> Result<I, String> {
    typed.trim().parse().map_err(|_| format!("\"{}\" is not an id; write a number, like 12", quoted(typed)))
}

/// A visit's length.
pub(super) fn minutes(typed: &str) -> Result<u16, String> {
    dates::parse_minutes(typed).map_err(said)
}

/// A date and time on the clinic's clock.
pub(super) fn moment(typed: &str) -> Result<NaiveDateTime, String> {
    dates::parse_local(typed).map_err(said)
}

/// A time of day for hours.
pub(super) fn time_of_day(typed: &str) -> Result<TimeOfDay, String> {
    let expected = || format!("\"{}\" is not a time of day; write HH:MM, from 00:00 to 24:00", quoted(typed));
    typed.parse().map_err(|_| expected())
}

/// A weekday: three letters of its name or more.
pub(super) fn weekday(typed: &str) -> Result<chrono::Weekday, String> {
    typed.trim().parse().map_err(|_| {
        format!("\"{}\" is not a weekday; write Mon, Tue, Wed, Thu, Fri, Sat or Sun", quoted(typed))
    })
}

/// A number of answers.
pub(super) fn limit(typed: &str) -> Result<u16, String> {
    match typed.trim().parse() {
        Ok(number @ 1..=1_000) => Ok(number),
        _ => Err(format!("\"{}\" is not a number from 1 to 1000", quoted(typed))),
    }
}

/// An action of the audit trail, or the first words of several.
pub(super) fn action(typed: &str) -> Result<String, String> {
    let typed = typed.trim().trim_end_matches('.');
    let fits = |c: char| c.is_ascii_lowercase() || matches!(c, '_' | '.');
    if !typed.is_empty() && typed.len() <= 40 && typed.chars().all(fits) {
        known(typed).map(|()| typed.to_owned()).map_err(|near| {
            format!("\"{}\" is no action that is on the trail; near it are {near}", quoted(typed))
        })
    } else {
        Err(format!("\"{}\" is not an action; write one like sign_in or appointment.move", quoted(typed)))
    }
}

/// A request's key.
pub(super) fn request_id(typed: &str) -> Result<String, String> {
    text::accept_line(typed, MAX_LINE).map_err(said)
}

/// Why the booking rule is overridden.
pub(super) fn reason(typed: &str) -> Result<String, String> {
    text::accept_line(typed, MAX_REASON).map_err(said)
}

/// A clinic's name.
pub(super) fn clinic_name(typed: &str) -> Result<String, String> {
    text::accept_line(typed, MAX_LINE).map_err(said)
}

/// A role.
pub(super) fn role(typed: &str) -> Result<Role, String> {
    let expected =
        || format!("\"{}\" is no role; write receptionist, doctor or administrator", quoted(typed));
    Role::parse(typed).ok_or_else(expected)
}

/// The doctor whom somebody is; an empty text means that they are none.
pub(super) fn doctor_or_none(typed: &str) -> Result<OrNone<DoctorId>, String> {
    if typed.trim().is_empty() { Ok(OrNone(None)) } else { id(typed).map(|doctor| OrNone(Some(doctor))) }
}

/// A value that may be taken away.
#[derive(Clone, Copy, Debug)]
pub(super) struct OrNone<T>(pub(super) Option<T>);

/// After how many minutes without a key desks lock.
pub(super) fn idle_lock_minutes(typed: &str) -> Result<u16, String> {
    let (least, most) = (IDLE_LOCK_MINUTES.start(), IDLE_LOCK_MINUTES.end());
    let minutes = typed.trim().parse().ok().filter(|minutes| IDLE_LOCK_MINUTES.contains(minutes));
    minutes.ok_or_else(|| {
        format!("\"{}\" is not a number of minutes from {least} to {most}; every desk locks", quoted(typed))
    })
}

/// A clinic's zone.
pub(super) fn zone(typed: &str) -> Result<Zone, String> {
    Zone::parse(typed)
}

/// A day in any usual way of writing it, which needs today.
pub(super) fn day(flag: &str, typed: &str, today: NaiveDate) -> Result<NaiveDate, Failure> {
    dates::parse_day(typed, today).map_err(|fault| Failure::input(flag, fault))
}

/// A date and time, or a day, which then begins at midnight.
pub(super) fn moment_or_day(flag: &str, typed: &str, today: NaiveDate) -> Result<NaiveDateTime, Failure> {
    match dates::parse_local(typed) {
        Ok(moment) => Ok(moment),
        Err(DateFault::Form { .. }) => match dates::parse_day(typed, today) {
            Ok(day) => Ok(midnight(day)),
            Err(DateFault::Form { .. }) => {
                let expected =
                    "is not a date and time; write 2026-12-01T09:30, or a day such as tomorrow or mon";
                Err(Failure::input(flag, format!("\"{}\" {expected}", quoted(typed))))
            }
            Err(fault) => Err(Failure::input(flag, fault)),
        },
        Err(fault) => Err(Failure::input(flag, fault)),
    }
}

/// What was typed, safe to repeat in a line.
pub(super) fn quoted(typed: &str) -> String {
    text::fit(typed.trim(), WIDEST_QUOTE).into_owned()
}

const WIDEST_QUOTE: usize = 40;

fn said(fault: impl Display) -> String {
    fault.to_string()
}
