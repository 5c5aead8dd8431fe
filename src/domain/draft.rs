//! What was begun and not sent: what is kept of it when a desk ends that nobody left, or another person takes
//! it over, so that whoever typed it can go on. The fields are as they were typed: not yet right, and judged
//! when they are taken up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ids::{AppointmentId, DoctorId, PatientId, StaffId};
use super::patient::PatientForm;
use super::permission::Deed;
use super::staff::Identity;

/// A draft, by the form that it is of. As JSON each kind is told by a field that it alone has; a booking's are
/// those that older programs kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Draft {
    /// A visit that is booked.
    Booking(BookingDraft),
    /// A visit that is moved.
    Moving(MovingDraft),
    /// A visit's notes.
    Notes(NotesDraft),
    /// A patient's record.
    Record(RecordDraft),
    /// The record of a member of staff.
    Staff(StaffDraft),
}

/// The booking form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookingDraft {
    /// The patient who was chosen.
    pub patient_id: Option<PatientId>,
    /// What was typed for the patient.
    pub patient: String,
    /// The doctor who was chosen.
    pub doctor_id: Option<DoctorId>,
    /// What was typed for the doctor.
    pub doctor: String,
    /// What was typed for the date.
    pub date: String,
    /// What was typed for the time.
    pub time: String,
    /// What was typed for the length.
    pub length: String,
    /// What was typed for notes.
    pub notes: String,
    /// What was typed for a reason, once overbooking was asked for.
    pub reason: Option<String>,
}

/// The form that moves a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovingDraft {
    /// Which visit.
    pub moving: AppointmentId,
    /// The doctor who was chosen.
    pub doctor_id: Option<DoctorId>,
    /// What was typed for the doctor.
    pub doctor: String,
    /// What was typed for the date.
    pub date: String,
    /// What was typed for the time.
    pub time: String,
    /// What was typed for the length.
    pub length: String,
    /// What was typed for a reason, once overbooking was asked for.
    pub reason: Option<String>,
}

/// A visit's notes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotesDraft {
    /// Which visit's.
    pub notes_of: AppointmentId,
    /// What was typed.
    pub notes: String,
    /// The notes from which editing began: others that were written since are not to be lost.
    pub instead_of: Option<String>,
}

/// The form of a patient's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordDraft {
    /// Whose; none for a patient who is registered.
    pub record_of: Option<PatientId>,
    /// What was typed.
    pub typed: PatientForm,
    /// The record from which editing began: what others changed of it since is not to be lost.
    pub before: Option<PatientForm>,
}

/// The form of a member of staff, which holds no password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffDraft {
    /// Whose; none for somebody who is added.
    pub staff_of: Option<StaffId>,
    /// What was typed, by column.
    pub staff: BTreeMap<String, String>,
    /// The record from which editing began, in the same way: what others changed of it since is not to be lost.
    pub before: Option<BTreeMap<String, String>>,
}

impl Draft {
    /// The patient that it names, where the form chose one.
    #[must_use]
    pub fn patient(&self) -> Option<PatientId> {
        match self {
            Draft::Booking(draft) => draft.patient_id,
            Draft::Record(draft) => draft.record_of,
            Draft::Moving(_) | Draft::Notes(_) | Draft::Staff(_) => None,
        }
    }

    /// The visit that it is of.
    #[must_use]
    pub fn visit(&self) -> Option<AppointmentId> {
        match self {
            Draft::Moving(draft) => Some(draft.moving),
            Draft::Notes(draft) => Some(draft.notes_of),
            Draft::Booking(_) | Draft::Record(_) | Draft::Staff(_) => None,
        }
    }

    /// What whoever goes on with it does.
    #[must_use]
    pub fn deed(&self) -> Deed {
        match self {
            Draft::Booking(_) | Draft::Moving(_) | Draft::Notes(_) => Deed::Book,
            Draft::Record(draft) if draft.record_of.is_some() => Deed::EditPatient,
            Draft::Record(_) => Deed::RegisterPatient,
            Draft::Staff(_) => Deed::ManageStaff,
        }
    }

    /// Whether somebody may go on with it. What is of a visit needs that one, which is with `doctor`; a booking
    /// is with whom it names, or with anybody yet.
    #[must_use]
    pub fn may_be_taken_up(&self, who: &Identity, doctor: Option<DoctorId>) -> bool {
        let Ok(reach) = who.may(self.deed()) else { return false };
        let reaches = |doctor| reach.has(doctor);
        match self {
            Draft::Booking(draft) => draft.doctor_id.is_none_or(reaches),
            Draft::Moving(_) | Draft::Notes(_) => doctor.is_some_and(reaches),
            Draft::Record(_) | Draft::Staff(_) => true,
        }
    }

    /// What it is, inside a line.
    #[must_use]
    pub fn words(&self) -> &'static str {
        match self {
            Draft::Booking(_) => "a booking",
            Draft::Moving(_) => "the move of a visit",
            Draft::Notes(_) => "the notes of a visit",
            Draft::Record(_) => "a patient's record",
            Draft::Staff(_) => "the record of a member of staff",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_read_as_it_was_kept_and_so_is_what_older_programs_kept() {
        let kinds = [
            Draft::Booking(BookingDraft { patient: "jo".into(), ..BookingDraft::default() }),
            Draft::Moving(MovingDraft {
                moving: AppointmentId(7),
                doctor_id: None,
                doctor: "lee".into(),
                date: "+1".into(),
                time: "9".into(),
                length: "30".into(),
                reason: Some("agreed".into()),
            }),
            Draft::Notes(NotesDraft { notes_of: AppointmentId(7), notes: "a\nb".into(), instead_of: None }),
            Draft::Record(RecordDraft { record_of: None, typed: PatientForm::default(), before: None }),
            Draft::Staff(StaffDraft {
                staff_of: Some(StaffId(2)),
                staff: [("name".to_owned(), "Ben".to_owned())].into(),
                before: None,
            }),
        ];
        for draft in kinds {
            let body = serde_json::to_string(&draft).unwrap();
            assert_eq!(serde_json::from_str::<Draft>(&body).unwrap(), draft, "{body}");
        }
        let old = r#"{"patient_id":3,"patient":"Ana","doctor_id":1,"doctor":"Lee","date":"d","time":"t",
            "length":"30","notes":"","reason":null}"#;
        assert!(matches!(serde_json::from_str(old), Ok(Draft::Booking(old)) if old.patient == "Ana"));
        assert!(serde_json::from_str::<Draft>(r#"{"kind": 7}"#).is_err());
    }
}
