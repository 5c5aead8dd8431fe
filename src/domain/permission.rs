//! What each role may do: one table, which the stores ask before they do anything.
//!
//! It is shown in `docs/permissions.md`, which a test keeps the same as [`Deed::rule`]. The stores enforce it
//! (`store::sql`, where a connection is had for a deed alone), so that no screen and no command can
//! forget it. (HIPAA 164.308(a)(4) and 164.312(a)(1), access control; 164.502(b), minimum necessary.)

use std::fmt;

use super::ids::DoctorId;
use super::staff::{Identity, Role};

/// What somebody may be about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deed {
    /// Days, openings and hours: who comes when.
    ReadCalendar,
    /// Look patients up: names and dates of birth; contact of those whose records are open to them.
    LookUp,
    /// Open a patient's record.
    OpenRecord,
    /// Register a patient.
    RegisterPatient,
    /// Change a patient's record.
    EditPatient,
    /// Book, move, cancel a visit, and say what became of it.
    Book,
    /// Book over the rule.
    Overbook,
    /// Take money.
    TakePayment,
    /// Give money back.
    Refund,
    /// Read and write what is clinical: consultations, files.
    Clinical,
    /// Write prescriptions.
    Prescribe,
    /// Add, change and deactivate staff.
    ManageStaff,
    /// Add and change doctors.
    ManageDoctors,
    /// Change doctors' hours.
    ManageHours,
    /// Change the clinic's settings, and how long what is kept.
    ManageClinic,
    /// Read the audit trail.
    ReadAudit,
}

/// What the table says of a role and a deed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Whoever has the role may.
    Yes,
    /// Of the doctor whom the person is: their own day, their own patients.
    Own,
    /// Whoever was given it: it is a permission of its own.
    Given,
    /// Nobody of the role may.
    No,
}

/// How far somebody's permission reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Everybody's.
    All,
    /// What is this doctor's.
    Own(DoctorId),
}

impl Reach {
    /// Whether what is a doctor's is within reach.
    #[must_use]
    pub fn has(self, doctor: DoctorId) -> bool {
        match self {
            Reach::All => true,
            Reach::Own(own) => own == doctor,
        }
    }
}

impl Deed {
    /// All of them, in the order of the table.
    pub const ALL: [Deed; 16] = [
        Deed::ReadCalendar,
        Deed::LookUp,
        Deed::OpenRecord,
        Deed::RegisterPatient,
        Deed::EditPatient,
        Deed::Book,
        Deed::Overbook,
        Deed::TakePayment,
        Deed::Refund,
        Deed::Clinical,
        Deed::Prescribe,
        Deed::ManageStaff,
        Deed::ManageDoctors,
        Deed::ManageHours,
        Deed::ManageClinic,
        Deed::ReadAudit,
    ];

    /// The table.
    #[must_use]
    pub fn rule(self, role: Role) -> Rule {
        use Rule::{Given, No, Own, Yes};
        let [receptionist, doctor, administrator] = match self {
            Deed::ReadCalendar | Deed::OpenRecord | Deed::Book => [Yes, Own, Yes],
            Deed::LookUp => [Yes, Yes, Yes],
            Deed::RegisterPatient | Deed::EditPatient | Deed::TakePayment => [Yes, No, Yes],
            Deed::Overbook => [Given, Given, Given],
            Deed::Refund => [Given, No, Given],
            // An administrator who is a doctor too, as in a practice of one.
            Deed::Clinical | Deed::Prescribe => [No, Own, Own],
            Deed::ManageStaff
            | Deed::ManageDoctors
            | Deed::ManageHours
            | Deed::ManageClinic
            | Deed::ReadAudit => [No, No, Yes],
        };
        match role {
            Role::Receptionist => receptionist,
            Role::Doctor => doctor,
            Role::Administrator => administrator,
        }
    }

    /// What it is, after "may" and "may not".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Deed::ReadCalendar => "read the calendar",
            Deed::LookUp => "look patients up",
            Deed::OpenRecord => "open a patient's record",
            Deed::RegisterPatient => "register patients",
            Deed::EditPatient => "change a patient's record",
            Deed::Book => "book and change visits",
            Deed::Overbook => "overbook",
            Deed::TakePayment => "take payments",
            Deed::Refund => "refund payments",
            Deed::Clinical => "read and write clinical records",
            Deed::Prescribe => "write prescriptions",
            Deed::ManageStaff => "manage staff",
            Deed::ManageDoctors => "manage doctors",
            Deed::ManageHours => "change hours",
            Deed::ManageClinic => "change the clinic's settings",
            Deed::ReadAudit => "read the audit trail",
        }
    }
}

/// Why somebody may not do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Forbidden {
    /// What.
    pub deed: Deed,
    /// Who is signed in: their role.
    pub role: Role,
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (deed, role) = (self.deed.words(), self.role.words());
        let a = if self.role == Role::Administrator { "an" } else { "a" };
        match self.deed.rule(self.role) {
            Rule::Given => {
                // Whole in a terminal of 80 columns.
                write!(f, "not permitted: to {deed} is a permission that an administrator gives")
            }
            Rule::Own => write!(f, "not permitted: {a} {role} may {deed} only where it is their own"),
            Rule::Yes | Rule::No => write!(f, "not permitted: {a} {role} may not {deed}"),
        }
    }
}

impl Identity {
    /// How far this person may do something.
    ///
    /// # Errors
    /// [`Forbidden`] where they may not at all.
    pub fn may(&self, deed: Deed) -> Result<Reach, Forbidden> {
        let forbidden = Forbidden { deed, role: self.role };
        match deed.rule(self.role) {
            Rule::Yes => Ok(Reach::All),
            Rule::Own => self.doctor_id.map(Reach::Own).ok_or(forbidden),
            Rule::Given => {
                let given = match deed {
                    Deed::Overbook => self.may_overbook,
                    Deed::Refund => self.may_refund,
                    _ => false,
                };
                if given { Ok(Reach::All) } else { Err(forbidden) }
            }
            Rule::No => Err(forbidden),
        }
    }

    /// Whether they may do it to anything at all: for what a screen offers.
    #[must_use]
    pub fn can(&self, deed: Deed) -> bool {
        self.may(deed).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::StaffId;

    fn somebody(role: Role, doctor: Option<i32>, given: bool) -> Identity {
        Identity {
            staff_id: StaffId(1),
            name: "Ana".into(),
            email: "ana@example.org".into(),
            role,
            doctor_id: doctor.map(DoctorId),
            may_overbook: given,
            may_refund: given,
        }
    }

    /// The table as the documentation shows it, which is made from the rules.
    fn table() -> String {
        use std::fmt::Write as _;
        let mut text = String::from("| may | receptionist | doctor | administrator |\n|---|---|---|---|\n");
        for deed in Deed::ALL {
            let cell = |role| match deed.rule(role) {
                Rule::Yes => "yes",
                Rule::Own => "own",
                Rule::Given => "if given",
                Rule::No => "no",
            };
            let cells: Vec<_> = Role::ALL.into_iter().map(cell).collect();
            let _ = writeln!(text, "| {} | {} |", deed.words(), cells.join(" | "));
        }
        text
    }

    #[test]
    fn the_documentation_shows_this_very_table() {
        let page = include_str!("../../docs/permissions.md");
        assert!(page.contains(&table()), "docs/permissions.md needs this table:\n{}", table());
    }

    #[test]
    fn each_role_may_what_its_work_is_and_nothing_else() {
        let reception = somebody(Role::Receptionist, None, false);
        let doctor = somebody(Role::Doctor, Some(5), true);
        let administrator = somebody(Role::Administrator, None, true);
        let both = somebody(Role::Administrator, Some(5), false);
        let own = Reach::Own(DoctorId(5));
        let may = |who: &Identity, deed| who.may(deed).ok();
        assert_eq!(may(&reception, Deed::Book), Some(Reach::All));
        assert_eq!(may(&reception, Deed::Overbook), None);
        assert_eq!(may(&reception, Deed::Clinical), None);
        assert_eq!(may(&doctor, Deed::Book), Some(own));
        assert_eq!(may(&doctor, Deed::Overbook), Some(Reach::All));
        assert_eq!(may(&doctor, Deed::Refund), None, "given, but the role takes no money");
        assert_eq!(may(&doctor, Deed::RegisterPatient), None);
        assert_eq!(may(&administrator, Deed::ManageStaff), Some(Reach::All));
        assert_eq!(may(&administrator, Deed::Prescribe), None, "no doctor");
        assert_eq!(may(&both, Deed::Prescribe), Some(own));
        assert_eq!(
            may(&somebody(Role::Doctor, None, true), Deed::ReadCalendar),
            None,
            "no doctor of the clinic"
        );
        assert!(own.has(DoctorId(5)) && !own.has(DoctorId(6)) && Reach::All.has(DoctorId(6)));
    }

    #[test]
    fn a_refusal_says_what_would_be_needed() {
        let said = |deed, role| Forbidden { deed, role }.to_string();
        assert_eq!(said(Deed::ManageStaff, Role::Doctor), "not permitted: a doctor may not manage staff");
        assert!(
            said(Deed::Overbook, Role::Receptionist).ends_with("a permission that an administrator gives")
        );
        assert!(said(Deed::Prescribe, Role::Administrator).contains(": an administrator may"));
        assert!(said(Deed::Book, Role::Doctor).contains("only where it is their own"));
    }
}
