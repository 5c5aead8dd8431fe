//! A booking that was begun and not sent: what is kept of it when a desk ends that nobody left, so that
//! whoever worked there can go on. A form that moves a visit has no draft: the visit stands as it was.

use serde::{Deserialize, Serialize};

use super::ids::{DoctorId, PatientId};

/// The fields of the booking form as they were typed: not yet right, and judged when they are taken up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
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
