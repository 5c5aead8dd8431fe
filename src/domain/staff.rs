//! Staff: the people who sign in, and what a new or changed record of one must look like.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::clock::Instant;
use super::contact::accept_email;
use super::ids::{DoctorId, StaffId};
use super::patient::{FieldFault, MAX_NAME};
use super::text::accept_line;

/// The longest name of a Unix account, in characters (`useradd` allows 32; directories allow more).
pub const MAX_OS_USER: usize = 64;
/// For how long no password is taken after too many wrong ones.
pub const LOCKED_OUT: TimeDelta = TimeDelta::minutes(15);
/// By so much the clocks of a clinic's hosts differ at the most, where they are not wrong.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(15);

/// What somebody's work is. What each may do stands in `permission`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Books, registers, takes money.
    Receptionist,
    /// Sees and changes their own day and their patients' records.
    Doctor,
    /// Manages staff, doctors, hours and settings, and reads the audit trail.
    Administrator,
}

impl Role {
    /// All of them, in the order of the table.
    pub const ALL: [Role; 3] = [Role::Receptionist, Role::Doctor, Role::Administrator];

    /// As the column holds it, as it is typed, and as a person reads it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Role::Receptionist => "receptionist",
            Role::Doctor => "doctor",
            Role::Administrator => "administrator",
        }
    }

    /// The role of a column's value, or of what somebody typed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Role::ALL.into_iter().find(|role| role.words().eq_ignore_ascii_case(text.trim()))
    }
}

/// A row of `staff`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffMember {
    /// `id`
    pub id: StaffId,
    /// What an administrator writes of them.
    pub details: StaffDetails,
    /// `is_active`: false instead of a deletion, since the audit trail names them.
    pub is_active: bool,
    /// Whether they have a password.
    pub has_password: bool,
    /// Whether the next sign-in asks for another password, since an administrator set this one.
    pub must_change_password: bool,
    /// Until when no sign-in by password is taken, where too many were wrong: see [`StaffMember::locked_out`].
    pub locked_until: Option<Instant>,
}

impl StaffMember {
    /// Until when they are locked out, where they are. A time that no desk can have meant is none: the clock of
    /// the one that wrote it was wrong, and who is locked out would be as long as it was.
    #[must_use]
    pub fn locked_out(&self, now: Instant) -> Option<Instant> {
        self.locked_until.filter(|until| *until > now && *until <= now + LOCKED_OUT + CLOCKS_DIFFER)
    }
}

/// The columns of a member of staff that an administrator writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffDetails {
    /// `name`, at most 100 characters.
    pub name: String,
    /// `email`, unique without regard to case: what they sign in with.
    pub email: String,
    /// `role`
    pub role: Role,
    /// `doctor_id`: the doctor whom they are. A doctor has one; an administrator may.
    pub doctor_id: Option<DoctorId>,
    /// `os_user`: their Unix account on the clinic's hosts, unique.
    pub os_user: Option<String>,
    /// `os_user_signs_in`: whether that account is proof enough of who they are.
    pub os_user_signs_in: bool,
    /// `may_overbook`
    pub may_overbook: bool,
    /// `may_refund`
    pub may_refund: bool,
}

impl StaffDetails {
    /// Whether a password is needed to sign in, since the Unix account is no proof: whoever is new is given a
    /// temporary one then.
    #[must_use]
    pub fn needs_password(&self) -> bool {
        !self.os_user_signs_in
    }

    /// The same person in a role: where it is another one, the permissions that were given besides were given
    /// for the work of the one before, and go with it.
    #[must_use]
    pub fn in_role(self, role: Role) -> Self {
        let stays = self.role == role;
        let (may_overbook, may_refund) = (self.may_overbook && stays, self.may_refund && stays);
        StaffDetails { role, may_overbook, may_refund, ..self }
    }

    /// The details with every value in the form in which it is kept. `before` is what is kept now, where a
    /// record is changed: a value that nobody touched stands.
    ///
    /// # Errors
    /// One fault a field, in the order of the columns.
    pub fn accept(mut self, before: Option<&StaffDetails>) -> Result<Self, Vec<FieldFault>> {
        let mut faults = Vec::new();
        if before.is_none_or(|before| before.name != self.name) {
            match accept_line(&self.name, MAX_NAME) {
                Ok(name) => self.name = name,
                Err(fault) => faults.push(FieldFault::new("name", fault.to_string())),
            }
        }
        if before.is_none_or(|before| before.email != self.email) {
            match accept_email(&self.email) {
                Ok(email) => self.email = email,
                Err(fault) => faults.push(FieldFault::new("email", fault.to_string())),
            }
        }
        match (self.role, self.doctor_id) {
            (Role::Doctor, None) => {
                faults.push(FieldFault::new(
                    "doctor_id",
                    "is missing: say which doctor of the clinic they are",
                ));
            }
            (Role::Receptionist, Some(_)) => {
                faults
                    .push(FieldFault::new("doctor_id", "is for doctors, and for administrators who are one"));
            }
            _ => {}
        }
        self.os_user = self.os_user.filter(|account| !account.trim().is_empty());
        match self.os_user.as_deref().map(accept_os_user).transpose() {
            Ok(account) => self.os_user = account,
            Err(fault) => faults.push(FieldFault::new("os_user", fault)),
        }
        if self.os_user_signs_in && self.os_user.is_none() {
            faults.push(FieldFault::new("os_user", "is missing: it cannot be the proof of who they are"));
        }
        if faults.is_empty() { Ok(self) } else { Err(faults) }
    }
}

/// The name of a Unix account in the form in which it is kept.
fn accept_os_user(typed: &str) -> Result<String, String> {
    let account = accept_line(typed, MAX_OS_USER).map_err(|fault| fault.to_string())?;
    if account.contains([' ', ':', '/']) {
        return Err("must be the name of an account, without blanks, colons and slashes".to_owned());
    }
    Ok(account)
}

/// Who is signed in, as the stores know them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `staff.id`
    pub staff_id: StaffId,
    /// `staff.name`
    pub name: String,
    /// `staff.email`
    pub email: String,
    /// `staff.role`
    pub role: Role,
    /// `staff.doctor_id`
    pub doctor_id: Option<DoctorId>,
    /// `staff.may_overbook`
    pub may_overbook: bool,
    /// `staff.may_refund`
    pub may_refund: bool,
}

impl From<&StaffMember> for Identity {
    fn from(member: &StaffMember) -> Self {
        let details = &member.details;
        Identity {
            staff_id: member.id,
            name: details.name.clone(),
            email: details.email.clone(),
            role: details.role,
            doctor_id: details.doctor_id,
            may_overbook: details.may_overbook,
            may_refund: details.may_refund,
        }
    }
}

/// Whether a change of a member of staff would leave nobody to administer the clinic: of those who are
/// active, one is always an administrator. `others` are the other active administrators.
#[must_use]
pub fn leaves_none(before: (Role, bool), after: (Role, bool), others: usize) -> bool {
    let administers = |(role, is_active): (Role, bool)| role == Role::Administrator && is_active;
    others == 0 && administers(before) && !administers(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details() -> StaffDetails {
        StaffDetails {
            name: " Ana  Ruiz ".into(),
            email: "Ana@Example.ORG".into(),
            role: Role::Receptionist,
            doctor_id: None,
            os_user: Some("ana".into()),
            os_user_signs_in: true,
            may_overbook: false,
            may_refund: false,
        }
    }

    fn faults(details: StaffDetails) -> Vec<&'static str> {
        details.accept(None).unwrap_err().into_iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn every_wrong_field_is_named_in_the_order_of_the_columns() {
        let kept = details().accept(None).unwrap();
        assert_eq!((kept.name.as_str(), kept.email.as_str()), ("Ana Ruiz", "Ana@example.org"));
        let wrong = StaffDetails { name: String::new(), email: "nobody".into(), ..details() };
        let wrong = StaffDetails { role: Role::Doctor, os_user: Some("a b".into()), ..wrong };
        assert_eq!(faults(wrong), ["name", "email", "doctor_id", "os_user"]);
        assert_eq!(faults(StaffDetails { doctor_id: Some(DoctorId(1)), ..details() }), ["doctor_id"]);
        assert_eq!(faults(StaffDetails { os_user: Some(" ".into()), ..details() }), ["os_user"]);
    }

    #[test]
    fn what_was_given_besides_goes_with_the_role_it_was_given_for() {
        let given = StaffDetails { may_overbook: true, may_refund: true, ..details() };
        assert_eq!(given.clone().in_role(Role::Receptionist), given);
        let moved = given.in_role(Role::Administrator);
        assert_eq!((moved.role, moved.may_overbook, moved.may_refund), (Role::Administrator, false, false));
    }

    #[test]
    fn one_administrator_always_remains() {
        use Role::{Administrator, Receptionist};
        assert!(leaves_none((Administrator, true), (Administrator, false), 0));
        assert!(leaves_none((Administrator, true), (Receptionist, true), 0));
        assert!(!leaves_none((Administrator, true), (Receptionist, true), 1));
        assert!(!leaves_none((Administrator, false), (Receptionist, false), 0));
        assert!(!leaves_none((Receptionist, true), (Receptionist, false), 0));
    }

    #[test]
    fn roles_are_read_as_they_are_written() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.words()), Some(role));
        }
        assert_eq!(Role::parse(" Doctor "), Some(Role::Doctor));
        assert_eq!(Role::parse("boss"), None);
    }
}
