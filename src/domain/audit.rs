//! The audit trail as it is read again: its rows, what is asked of it, and what a visit's rows tell.
//! (HIPAA 164.312(b), audit controls.) How rows are chained, and what breaks a chain, is [`chain`]'s.

pub mod actions;
pub mod chain;
pub mod fault;
pub mod query;
pub mod witness;

use chrono::NaiveDateTime;
use serde_json::Value as Json;

use self::chain::MEANWHILE;
use super::appointment::Status;
use super::clock::Instant;
use super::ids::{AppointmentId, DoctorId, PatientId, StaffId};

/// A row of `audit_log`, for people.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditRow {
    /// `id`
    pub id: i64,
    /// `at`: when, by the clock of the desk.
    pub at: Instant,
    /// `staff_id`: who; none for somebody who was not signed in, and for rows of older programs.
    pub staff_id: Option<StaffId>,
    /// `actor`: what they were called then.
    pub actor: String,
    /// `host`: where the desk ran; none in rows of older programs.
    pub host: Option<String>,
    /// `os_user`: under which Unix account.
    pub os_user: Option<String>,
    /// `action`: `appointment.book`, `record.open`, ...
    pub action: String,
    /// `record`: the table of the record.
    pub record: String,
    /// `record_id`: its id; 0 for what is nobody's record.
    pub record_id: i32,
    /// `patient_id`: whose record it is, or is about.
    pub patient_id: Option<PatientId>,
    /// `detail`: what was before and after, and what else there is to say. NULL where there is nothing.
    pub detail: Json,
    /// `desk` and `seq`: the chain of the row and its place there; none in rows of older programs.
    pub place: Option<(String, i64)>,
    /// `at` of the row before it in its chain; none for the first one.
    pub before: Option<Instant>,
    /// Whether it is in no chain though chains had begun: no program of ours writes such a row.
    pub is_unchained: bool,
}

/// What whoever reads the trail must not overlook about a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    /// A record was opened that is not the doctor's.
    BreakGlass,
    /// The desk's clock was set back before it, from this time: times around it cannot be relied on.
    ClockSetBack(Instant),
    /// It is in no chain, though chains had begun: somebody put it there.
    Unchained,
}

impl Flag {
    /// Its name, as programs know it and columns have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Flag::BreakGlass => "break_glass",
            Flag::ClockSetBack(_) => "clock_set_back",
            Flag::Unchained => "unchained",
        }
    }

    /// One letter, where there is room for no more.
    #[must_use]
    pub fn letter(self) -> &'static str {
        match self {
            Flag::BreakGlass => "!",
            Flag::ClockSetBack(_) => "<",
            Flag::Unchained => "?",
        }
    }
}

/// What is said of a row that is in no chain though chains had begun.
pub const IN_NO_CHAIN: &str = "in no chain, and no program of this clinic's wrote it";

/// What is asked of the trail. All that is named must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Whose record.
    pub patient: Option<PatientId>,
    /// Who did it.
    pub staff: Option<StaffId>,
    /// Which visit.
    pub visit: Option<AppointmentId>,
    /// From this time on.
    pub from: Option<Instant>,
    /// Before this time.
    pub until: Option<Instant>,
    /// An action, or the words before a dot with which it begins: `sign_in`, `appointment`. What chains
    /// say of each other (`audit.witness`) is found by its whole name alone.
    pub action: Option<String>,
}

impl AuditFilter {
    /// Whether there is any time between its two.
    ///
    /// # Errors
    /// One line.
    pub fn accept_times(self) -> Result<Self, &'static str> {
        match (self.from, self.until) {
            (Some(from), Some(until)) if from >= until => Err("there is no time between the two"),
            _ => Ok(self),
        }
    }
}

/// Where a page of the trail ended: the next one goes on before this row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// `at` of the last row.
    pub at: Instant,
    /// `id` of the last row.
    pub id: i64,
}

/// A page of the trail, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditPage {
    /// The rows.
    pub rows: Vec<AuditRow>,
    /// Where to go on; none where there is nothing before.
    pub next: Option<Cursor>,
}

/// Something that was done to a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitEvent {
    /// When.
    pub at: Instant,
    /// Who, as they were called then.
    pub who: String,
    /// From which host, and under which Unix account; none in rows of older programs.
    pub origin: Option<(String, String)>,
    /// What.
    pub what: VisitChange,
    /// The reason for which the booking rule was overridden, where it was.
    pub overbooked: Option<String>,
    /// Whether the row that tells it is in no chain, though chains had begun: it is not to be relied on.
    pub is_unchained: bool,
}

/// What was done to a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VisitChange {
    /// It was booked for this time.
    Booked(Spot),
    /// It was moved: from where, to where.
    Moved(Spot, Spot),
    /// Its status was set: from what, to what.
    Status(Option<Status>, Status),
    /// Its notes were written. What they said the trail does not hold.
    Notes,
    /// Something that this program does not know: the action.
    Other(String),
}

/// Where a visit stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// With whom.
    pub doctor_id: DoctorId,
    /// The doctor's name now; empty where it is not known.
    pub doctor_name: String,
    /// When, on the clinic's clock.
    pub starts: NaiveDateTime,
    /// How long, in minutes.
    pub minutes: u16,
}

impl VisitEvent {
    /// What a row of the trail about a visit tells; none for what changed nothing, as that it was opened.
    #[must_use]
    pub fn of(row: AuditRow) -> Option<Self> {
        if !row.action.starts_with("appointment.") {
            return None;
        }
        let (before, after) = (&row.detail["before"], &row.detail["after"]);
        let status = |side: &Json| side["status"].as_str().and_then(Status::from_column);
        let what = match (row.action.as_str(), Spot::of(before), Spot::of(after)) {
            ("appointment.book", _, Some(spot)) => VisitChange::Booked(spot),
            ("appointment.move", Some(from), Some(to)) => VisitChange::Moved(from, to),
            ("appointment.notes", ..) => VisitChange::Notes,
            ("appointment.status", ..) => match status(after) {
                Some(now) => VisitChange::Status(status(before), now),
                None => VisitChange::Other(row.action),
            },
            _ => VisitChange::Other(row.action),
        };
        let reason = |side: &Json| side["overbook_reason"].as_str().map(str::to_owned);
        // What keeps its reason was not overbooked again, but where it came to stand anew.
        let is_placed = match &what {
            VisitChange::Booked(_) | VisitChange::Moved(..) => true,
            VisitChange::Status(Some(from), to) => !from.holds_time() && to.holds_time(),
            _ => false,
        };
        let overbooked = reason(after).filter(|_| is_placed);
        let (origin, is_unchained) = (row.host.zip(row.os_user), row.is_unchained);
        Some(VisitEvent { at: row.at, who: row.actor, origin, what, overbooked, is_unchained })
    }

    /// The places that it names, for their doctors' names.
    pub fn spots_mut(&mut self) -> impl Iterator<Item = &mut Spot> {
        match &mut self.what {
            VisitChange::Booked(spot) => [Some(spot), None],
            VisitChange::Moved(from, to) => [Some(from), Some(to)],
            _ => [None, None],
        }
        .into_iter()
        .flatten()
    }

    /// What was done, in words: `moved from Tue 1 Dec 09:00 to Wed 2 Dec 09:00`.
    #[must_use]
    pub fn words(&self) -> String {
        let did = match &self.what {
            VisitChange::Booked(spot) => format!("booked for {}", spot.words()),
            VisitChange::Moved(from, to) => moved(from, to),
            VisitChange::Status(Some(Status::Completed), Status::Scheduled) => {
                "set back to scheduled".to_owned()
            }
            VisitChange::Status(_, Status::Scheduled) => "reinstated".to_owned(),
            VisitChange::Status(_, Status::Completed) => "set to completed".to_owned(),
            VisitChange::Status(_, Status::Cancelled) => "cancelled".to_owned(),
            VisitChange::Status(_, Status::NoShow) => "set to no-show".to_owned(),
            VisitChange::Notes => "wrote the notes".to_owned(),
            VisitChange::Other(action) => action.clone(),
        };
        match &self.overbooked {
            Some(reason) => format!("{did}, overbooked: {reason}"),
            None => did,
        }
    }
}

/// One thing that a row of the trail tells besides who, what and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its name: a column's, or a word.
    pub name: String,
    /// What it was before; none where the row tells of no before.
    pub before: Option<String>,
    /// What it is after, or simply is; none where it is gone.
    pub after: Option<String>,
}

impl AuditRow {
    /// What the row tells, field by field; what stayed as it was is left out.
    #[must_use]
    pub fn told(&self) -> Vec<Told> {
        let Json::Object(fields) = &self.detail else {
            let text = shown(&self.detail);
            return text
                .map(|text| Told { name: "detail".into(), before: None, after: Some(text) })
                .into_iter()
                .collect();
        };
        if self.action == witness::WITNESS {
            // Which they are is for programs.
            let count = fields.get("chains").and_then(Json::as_array).map_or(0, Vec::len);
            return vec![Told { name: "chains seen".into(), before: None, after: Some(count.to_string()) }];
        }
        let mut told = Vec::new();
        let (before, after) = (fields.get("before").and_then(Json::as_object), fields.get("after"));
        let none = serde_json::Map::new();
        let after = after.and_then(Json::as_object);
        let names = before.into_iter().chain(after).flat_map(serde_json::Map::keys);
        let mut names: Vec<&String> = names.collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let side = |side: Option<&serde_json::Map<String, Json>>| {
                side.unwrap_or(&none).get(name).and_then(shown)
            };
            let (before, after) = (side(before), side(after));
            if before != after {
                told.push(Told { name: name.clone(), before, after });
            }
        }
        for (name, value) in fields.iter().filter(|(name, _)| !["before", "after"].contains(&name.as_str())) {
            if let Some(after) = shown(value) {
                told.push(Told { name: name.clone(), before: None, after: Some(after) });
            }
        }
        told
    }

    /// What must not be overlooked about it.
    #[must_use]
    pub fn flags(&self) -> Vec<Flag> {
        let glass = (self.action == "record.break_glass").then_some(Flag::BreakGlass);
        let back = self.before.filter(|before| self.at + MEANWHILE < *before).map(Flag::ClockSetBack);
        let unchained = self.is_unchained.then_some(Flag::Unchained);
        unchained.into_iter().chain(glass).chain(back).collect()
    }

    /// The record: `appointments #7`, and nothing where it is nobody's.
    #[must_use]
    pub fn record_words(&self) -> String {
        if self.record_id == 0 { String::new() } else { format!("{} #{}", self.record, self.record_id) }
    }

    /// Who, with the number by which they are told from others of that name: `Ana Brandt #1`; `-` for nobody.
    #[must_use]
    pub fn who(&self) -> String {
        match (self.actor.as_str(), self.staff_id) {
            ("", None) => "-".to_owned(),
            (name, Some(id)) => format!("{name} #{id}").trim_start().to_owned(),
            (name, None) => name.to_owned(),
        }
    }

    /// From where: `ana@desk1`; empty in rows of older programs.
    #[must_use]
    pub fn origin_words(&self) -> String {
        match (&self.os_user, &self.host) {
            (Some(user), Some(host)) => format!("{user}@{host}"),
            _ => String::new(),
        }
    }
}

impl Told {
    /// In words: `phone 1 -> 2`, `reason in pain`.
    #[must_use]
    pub fn words(&self) -> String {
        let Told { name, before, after } = self;
        match (before, after) {
            (None, Some(after)) => format!("{name}: {after}"),
            (Some(before), Some(after)) => format!("{name}: {before} -> {after}"),
            (Some(before), None) => format!("{name}: {before} -> nothing"),
            (None, None) => name.clone(),
        }
    }
}

/// A value in words; none for what is nothing.
fn shown(value: &Json) -> Option<String> {
    match value {
        Json::Null => None,
        Json::String(text) if text.is_empty() => None,
        Json::Array(list) if list.is_empty() => None,
        Json::String(text) => Some(text.clone()),
        Json::Bool(yes) => Some(if *yes { "yes" } else { "no" }.to_owned()),
        other => Some(other.to_string()),
    }
}

/// A move in words: what stayed as it was is left out.
fn moved(from: &Spot, to: &Spot) -> String {
    let mut parts = Vec::new();
    if from.starts != to.starts {
        let year = from.starts.format("%Y").to_string() != to.starts.format("%Y").to_string();
        let form = if year { "%a %-d %b %Y %H:%M" } else { "%a %-d %b %H:%M" };
        parts.push(format!("moved from {} to {}", from.starts.format(form), to.starts.format(form)));
    }
    if from.doctor_id != to.doctor_id {
        let given = if parts.is_empty() { "moved from" } else { "from" };
        parts.push(format!("{given} {} to {}", from.doctor(), to.doctor()));
    }
    if from.minutes != to.minutes {
        parts.push(format!("{} min instead of {}", to.minutes, from.minutes));
    }
    if parts.is_empty() { "moved to where it was".to_owned() } else { parts.join(", ") }
}

impl Spot {
    fn of(side: &Json) -> Option<Self> {
        let starts = side["appointment_time"].as_str()?;
        let forms = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"];
        Some(Spot {
            doctor_id: DoctorId(i32::try_from(side["doctor_id"].as_i64()?).ok()?),
            doctor_name: String::new(),
            starts: forms.into_iter().find_map(|form| NaiveDateTime::parse_from_str(starts, form).ok())?,
            minutes: u16::try_from(side["duration_minutes"].as_i64()?).ok()?,
        })
    }

    fn doctor(&self) -> String {
        match self.doctor_name.as_str() {
            "" => format!("doctor #{}", self.doctor_id),
            name => name.to_owned(),
        }
    }

    fn words(&self) -> String {
        let when = self.starts.format("%a %-d %b %Y %H:%M");
        format!("{when}, {} min, {}", self.minutes, self.doctor())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(action: &str, detail: Json) -> AuditRow {
        AuditRow {
            id: 1,
            at: "2026-11-20T08:00:00Z".parse().unwrap(),
            staff_id: Some(StaffId(1)),
            actor: "Ana".into(),
            host: Some("desk1".into()),
            os_user: Some("ana".into()),
            action: action.into(),
            record: "appointments".into(),
            record_id: 7,
            patient_id: Some(PatientId(3)),
            detail,
            place: Some(("desk".into(), 1)),
            before: None,
            is_unchained: false,
        }
    }

    fn side(doctor: i32, starts: &str, minutes: u16, status: &str, reason: Option<&str>) -> Json {
        json!({
            "doctor_id": doctor, "patient_id": 3, "appointment_time": starts,
            "duration_minutes": minutes, "status": status, "overbook_reason": reason,
        })
    }

    #[test]
    fn a_visits_rows_tell_what_was_done_to_it() {
        let nine = || side(1, "2026-12-01 09:00:00", 30, "Scheduled", None);
        let cancelled = || side(1, "2026-12-01 09:00:00", 30, "Cancelled", None);
        for (action, before, after, words) in [
            ("appointment.book", Json::Null, nine(), "booked for Tue 1 Dec 2026 09:00, 30 min, doctor #1"),
            (
                "appointment.book",
                Json::Null,
                side(1, "2026-12-01 09:00:00", 30, "Scheduled", Some("in pain")),
                "booked for Tue 1 Dec 2026 09:00, 30 min, doctor #1, overbooked: in pain",
            ),
            (
                "appointment.move",
                nine(),
                side(2, "2027-01-04 10:00:00", 45, "Scheduled", None),
                "moved from Tue 1 Dec 2026 09:00 to Mon 4 Jan 2027 10:00, from doctor #1 to doctor #2, 45 min instead of 30",
            ),
            (
                "appointment.move",
                nine(),
                side(1, "2026-12-02 09:00:00", 30, "Scheduled", Some("in pain")),
                "moved from Tue 1 Dec 09:00 to Wed 2 Dec 09:00, overbooked: in pain",
            ),
            ("appointment.status", nine(), cancelled(), "cancelled"),
            ("appointment.status", cancelled(), nine(), "reinstated"),
            ("appointment.notes", nine(), nine(), "wrote the notes"),
            ("appointment.bill", nine(), nine(), "appointment.bill"),
            ("appointment.move", Json::Null, json!("?"), "appointment.move"),
        ] {
            let event = VisitEvent::of(row(action, json!({ "before": before, "after": after }))).unwrap();
            assert_eq!(event.words(), words);
        }
        assert_eq!(VisitEvent::of(row("visit.open", json!({}))), None, "nothing was changed");
        let kept = side(1, "2026-12-01 09:00:00", 30, "Completed", Some("in pain"));
        let event = VisitEvent::of(row("appointment.status", json!({ "before": nine(), "after": kept })));
        assert_eq!(event.unwrap().words(), "set to completed", "that it was overbooked is an older event's");
    }
}
