//! The actions that are on the audit trail, by name.

/// All that a program of ours writes, in the order of their names.
pub const ACTIONS: [&str; 39] = [
    "appointment.book",
    "appointment.move",
    "appointment.notes",
    "appointment.status",
    "audit.export",
    "audit.gap",
    "audit.read",
    "audit.verify",
    "audit.witness",
    "clinic.set",
    "clinic.set_idle_lock",
    "clinic.set_up",
    "day.read",
    "desk.lock",
    "desk.unlock",
    "doctor.add",
    "doctor.edit",
    "draft.drop",
    "draft.keep",
    "draft.take",
    "hours.add",
    "hours.remove",
    "patient.add",
    "patient.edit",
    "patient.find",
    "record.break_glass",
    "record.open",
    "refused",
    "sign_in",
    "sign_in.failed",
    "sign_out",
    "staff.activate",
    "staff.add",
    "staff.change_password",
    "staff.deactivate",
    "staff.edit",
    "staff.reset_password",
    "staff.unlock",
    "visit.open",
];

/// An action, or the words before a dot with which some begin.
///
/// # Errors
/// What is near, for one line: the actions that begin with the same word, else the first words of all.
pub fn known(typed: &str) -> Result<(), String> {
    let first = |action: &'static str| action.split('.').next().unwrap_or(action);
    if ACTIONS.iter().any(|action| {
        *action == typed || action.strip_prefix(typed).is_some_and(|rest| rest.starts_with('.'))
    }) {
        return Ok(());
    }
    let word = typed.split('.').next().unwrap_or(typed);
    let mut near: Vec<&str> = ACTIONS.into_iter().filter(|action| first(action).starts_with(word)).collect();
    if near.is_empty() {
        near = ACTIONS.into_iter().map(first).collect();
        near.dedup();
    }
    Err(near.join(", "))
}
