//! What each role may do on the command line: every command by every role, by the table.

use std::collections::BTreeSet;

use frontdesk::domain::permission::{Deed, Rule};
use frontdesk::domain::staff::Role;

use crate::clinic::{Clinic, program};

/// Whose it is that a command is about: the doctor's who asks, or another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Own,
    Others,
}

/// A deed, whose it is done to, and a line that does it.
type Does = (Deed, Of, &'static str);

/// Every command, the deed that it is, whose, and a line of it; none for what needs no permission. In this
/// order each can be done by whoever may: a command that is not here fails the test.
const COMMANDS: &[(&str, Option<Does>)] = &[
    ("demo", None),
    ("init", None),
    ("migrate", None),
    ("check", None),
    ("password", None),
    ("grants", None),
    ("completions", None),
    ("man", None),
    ("clinic show", None),
    ("clinic set", Some((Deed::ManageClinic, Of::Own, "clinic set --max-idle-lock-minutes 10"))),
    ("day", Some((Deed::ReadCalendar, Of::Own, "day --doctor 1 --date 2031-03-04"))),
    ("day", Some((Deed::ReadCalendar, Of::Others, "day --doctor 2 --date 2031-03-09"))),
    ("find", Some((Deed::LookUp, Of::Others, "find ana"))),
    ("patient show", Some((Deed::OpenRecord, Of::Own, "patient show 1"))),
    ("patient show", Some((Deed::OpenRecord, Of::Others, "patient show 2"))),
    (
        "patient add",
        Some((
            Deed::RegisterPatient,
            Of::Own,
            "patient add --name Eve --email eve@example.org --phone '+49 170 5550103' --dob 1990-01-01",
        )),
    ),
    ("patient edit", Some((Deed::EditPatient, Of::Own, "patient edit 1 --phone '+49 170 5550104'"))),
    ("visit show", Some((Deed::ReadCalendar, Of::Own, "visit show 1"))),
    ("visit show", Some((Deed::ReadCalendar, Of::Others, "visit show 2"))),
    ("slots", Some((Deed::ReadCalendar, Of::Own, "slots --minutes 30 --doctor 1 --from 2031-03-04"))),
    ("slots", Some((Deed::ReadCalendar, Of::Others, "slots --minutes 30 --doctor 2 --from 2031-03-04"))),
    ("book", Some((Deed::Book, Of::Own, "book --patient 1 --doctor 1 --at 2031-03-05T09:00 --minutes 30"))),
    (
        "book",
        Some((Deed::Book, Of::Others, "book --patient 1 --doctor 2 --at 2031-03-16T09:00 --minutes 30")),
    ),
    (
        "book",
        Some((
            Deed::Overbook,
            Of::Own,
            "book --patient 1 --doctor 1 --at 2031-03-06T18:00 --minutes 30 --overbook pain",
        )),
    ),
    ("move", Some((Deed::Book, Of::Own, "move 1 --at 2031-03-04T10:00"))),
    ("move", Some((Deed::Book, Of::Others, "move 2 --at 2031-03-09T10:00"))),
    ("status", Some((Deed::Book, Of::Own, "status 1 no-show"))),
    ("status", Some((Deed::Book, Of::Others, "status 2 no-show"))),
    ("cancel", Some((Deed::Book, Of::Own, "cancel 1"))),
    ("cancel", Some((Deed::Book, Of::Others, "cancel 2"))),
    ("doctor list", Some((Deed::ReadCalendar, Of::Own, "doctor list"))),
    (
        "doctor add",
        Some((
            Deed::ManageDoctors,
            Of::Own,
            "doctor add --name 'Dr. Silva' --email silva@example.org --phone '+49 30 1234569' \
             --specialization GP --license L-3",
        )),
    ),
    ("doctor edit", Some((Deed::ManageDoctors, Of::Own, "doctor edit 1 --name 'Dr. H. Lee'"))),
    ("hours show", Some((Deed::ReadCalendar, Of::Own, "hours show --doctor 1"))),
    ("hours show", Some((Deed::ReadCalendar, Of::Others, "hours show --doctor 2"))),
    (
        "hours add",
        Some((Deed::ManageHours, Of::Own, "hours add --doctor 1 --day Sat --start 09:00 --end 10:00")),
    ),
    ("hours remove", Some((Deed::ManageHours, Of::Own, "hours remove 1"))),
    ("staff list", Some((Deed::ManageStaff, Of::Own, "staff list"))),
    (
        "staff add",
        Some((
            Deed::ManageStaff,
            Of::Own,
            "staff add --name Zoe --email zoe@example.org --role receptionist --os-user zoe \
             --os-user-signs-in true",
        )),
    ),
    ("staff edit", Some((Deed::ManageStaff, Of::Own, "staff edit 2 --may-refund true"))),
    ("staff deactivate", Some((Deed::ManageStaff, Of::Own, "staff deactivate 2"))),
    ("staff activate", Some((Deed::ManageStaff, Of::Own, "staff activate 2"))),
    ("staff reset", Some((Deed::ManageStaff, Of::Own, "staff reset 2"))),
    ("staff unlock", Some((Deed::ManageStaff, Of::Own, "staff unlock 2"))),
    ("audit show", Some((Deed::ReadAudit, Of::Own, "audit show"))),
    ("audit verify", Some((Deed::ReadAudit, Of::Own, "audit verify"))),
];

/// The commands that a help names below a command, as the program's own table of them has it.
fn below(path: &[&str]) -> Vec<String> {
    let output = program().args(path).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let Some((_, rest)) = help.split_once("\nCommands:\n") else { return Vec::new() };
    let rows = rest.lines().take_while(|line| !line.is_empty());
    let names = rows.filter_map(|line| {
        // A description that goes on stands further in.
        let named = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' '))?;
        named.split_whitespace().next().map(str::to_owned)
    });
    names.collect()
}

#[test]
fn no_command_is_without_its_deed() {
    let mut all = BTreeSet::new();
    for command in below(&[]) {
        let children = below(&[&command]);
        if children.is_empty() {
            all.insert(command);
        } else {
            all.extend(children.iter().map(|child| format!("{command} {child}")));
        }
    }
    assert!(all.len() > 25, "{all:?}");
    let told: BTreeSet<String> = COMMANDS.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(told, all);
}

/// A clinic with two doctors who have a visit each, somebody else, and the account that runs the tests made
/// a person of this role.
fn clinic_of(role: Role, given: bool) -> Clinic {
    let clinic = Clinic::untouched().with_people();
    clinic.run("book --patient 1 --doctor 1 --at 2031-03-04T09:00 --minutes 30").ok();
    clinic.run("book --patient 2 --doctor 2 --at 2031-03-09T09:00 --minutes 30").ok();
    clinic.run("staff add --name Ben --email ben@example.org --role administrator --os-user ben --os-user-signs-in true").ok();
    let doctor = if role == Role::Doctor { "1" } else { "NULL" };
    let set = "UPDATE staff SET role =";
    clinic.sql(&format!(
        "{set} '{}', doctor_id = {doctor}, may_overbook = {given}, may_refund = {given} WHERE id = 1",
        role.words()
    ));
    clinic
}

fn every_command_of(role: Role, given: bool) {
    let clinic = clinic_of(role, given);
    for (path, line) in COMMANDS {
        let Some((deed, of, line)) = line else { continue };
        let allowed = match deed.rule(role) {
            Rule::Yes => true,
            Rule::Own => *of == Of::Own && role == Role::Doctor,
            Rule::Given => given,
            Rule::No => false,
        };
        if allowed {
            clinic.run(line).ok();
        } else {
            let part = if path == &"patient show" { "has no visit with you" } else { "not permitted: " };
            clinic.run(line).fails(5, &[part]);
            clinic.run(&format!("{line} --json")).fails_in_json(5, &[part]);
        }
    }
    // What was refused stands on the trail, one row a refusal.
    clinic.sql("UPDATE staff SET role = 'administrator', doctor_id = NULL WHERE id = 1");
    let refused = clinic.run("audit show --action refused --json").ok();
    assert_eq!(refused.out.contains("\"refused\""), role != Role::Administrator || !given, "{refused:?}");
}

#[test]
fn a_receptionist_does_what_the_table_says() {
    every_command_of(Role::Receptionist, false);
}

#[test]
fn a_doctor_does_what_the_table_says() {
    every_command_of(Role::Doctor, false);
}

#[test]
fn an_administrator_does_what_the_table_says() {
    every_command_of(Role::Administrator, true);
    every_command_of(Role::Administrator, false);
}

#[test]
fn a_doctor_opens_anothers_record_by_saying_why() {
    let clinic = clinic_of(Role::Doctor, false);
    for reason in ["' '", "x", "xxxxxxxx"] {
        clinic
            .run(&format!("patient show 2 --break-glass {reason}"))
            .fails(2, &["--break-glass: the reason"]);
    }
    clinic.run("patient show 9 --break-glass collapsed").fails(4, &["there is no patient 9"]);
    let shown = clinic.run("patient show 2 --break-glass 'collapsed at the desk'");
    let shown = shown.says(0, &["break-glass: not your patient", "audit trail"]);
    assert!(shown.out.contains("Ana Ruiz") && shown.out.contains("5550102"), "{shown:?}");
    // The next command is another sign-in.
    clinic.run("patient show 2").fails(5, &["has no visit with you"]);
    // To book them is no way round it.
    let book = "book --patient 2 --doctor 1 --at 2031-03-05T09:00 --minutes 30";
    clinic.run(book).fails(5, &["patient 2 has no visit with you", "break-glass"]);
    clinic
        .run(&format!("{book} --break-glass 'colleague is ill'"))
        .says(0, &["break-glass: not your patient"]);
    clinic.run("patient show 2").ok();
    clinic.run("cancel 3").ok();
    clinic.run("patient show 2").fails(5, &["has no visit with you"]);
    // Their own needs no reason, and is not flagged.
    let own = clinic.run("patient show 1 --break-glass 'no need'").ok();
    assert_eq!(own.err, "");
    // Looked up, there is of another's patient what tells them apart.
    let found = clinic.run("find ana").ok();
    assert!(found.out.contains("1990-04-02") && !found.out.contains("5550102"), "{found:?}");
    clinic.sql("UPDATE staff SET role = 'administrator', doctor_id = NULL WHERE id = 1");
    let trail = clinic.run("audit show --action record.break_glass --json").ok();
    assert!(trail.out.contains("collapsed at the desk") && !trail.out.contains("no need"), "{trail:?}");
}
