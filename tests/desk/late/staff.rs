//! Of the staff: late lists, lost answers, and what is asked for while something is on its way.

use frontdesk::app::msg::{Answer, Lane, StaffList, StaffOrder, StaffWritten, Timer, Write, Written};
use frontdesk::app::{Overlay, Screen};
use frontdesk::domain::ids::StaffId;
use frontdesk::domain::staff::{Role, StaffDetails, StaffMember};
use frontdesk::store::StoreError;
use secrecy::SecretString;

use super::{Bench, Msg};

fn member(id: i32, name: &str) -> StaffMember {
    StaffMember {
        id: StaffId(id),
        details: StaffDetails {
            name: name.to_owned(),
            email: format!("{}@riverside.example", name.to_lowercase()),
            role: Role::Administrator,
            doctor_id: None,
            os_user: None,
            os_user_signs_in: false,
            may_overbook: false,
            may_refund: false,
        },
        is_active: true,
        has_password: true,
        must_change_password: false,
        locked_until: None,
    }
}

fn list(staff: &[(i32, &str)]) -> Answer {
    let staff = staff.iter().map(|(id, name)| member(*id, name)).collect();
    Answer::Staff(Ok(Box::new(StaffList { staff, doctors: Vec::new() })))
}

fn written(id: i32, name: &str, password: Option<&str>) -> Written {
    let password = password.map(SecretString::from);
    Written::Staff(Ok(Box::new(StaffWritten { member: member(id, name), password })))
}

/// A desk that shows Ana and Ben.
fn at_the_clinic() -> Bench {
    let mut bench = Bench::on_the_board();
    bench.keys("6");
    let (ticket, _) = bench.asked(Lane::Staff);
    bench.answer(ticket, list(&[(1, "Ana"), (2, "Ben")]));
    bench
}

fn names(bench: &Bench) -> Vec<&str> {
    let list = bench.app.office.staff.value().expect("the staff");
    list.staff.iter().map(|member| member.details.name.as_str()).collect()
}

/// Lets the time come at which it is looked what other desks did.
fn watch(bench: &mut Bench) {
    let watch = bench.timers.iter().rfind(|timer| matches!(timer, Timer::Watch(_))).copied().unwrap();
    bench.tell(Msg::Timer(watch));
}

#[test]
fn a_late_staff_list_is_dropped() {
    let mut bench = Bench::on_the_board();
    bench.keys("6");
    let (first, _) = bench.asked(Lane::Staff);
    bench.keys("<Esc>6");
    let (second, _) = bench.asked(Lane::Staff);
    assert!(bench.answer(second, list(&[(1, "Ana"), (2, "Ben")])));
    bench.keys("<Down>");
    assert!(!bench.answer(first, list(&[(1, "Late")])), "nothing changed");
    assert_eq!(names(&bench), ["Ana", "Ben"]);
    // The mark stays on whom it was, whoever comes before them.
    watch(&mut bench);
    let (ticket, _) = bench.asked(Lane::Staff);
    bench.answer(ticket, list(&[(3, "Abe"), (1, "Ana"), (2, "Ben")]));
    assert_eq!(bench.app.office.marked().map(|member| member.id), Some(StaffId(2)));
    watch(&mut bench);
    let (ticket, _) = bench.asked(Lane::Staff);
    assert!(!bench.answer(ticket, list(&[(3, "Abe"), (1, "Ana"), (2, "Ben")])), "nobody changed");
}

#[test]
fn a_form_that_is_read_again_is_not_overtaken_by_the_watch() {
    let mut bench = at_the_clinic();
    bench.keys("<Down>e<Tab><Tab><Tab><Tab>ben<C-s>");
    let (ticket, ..) = *bench.writes.last().unwrap();
    let changed = StoreError::Changed { what: "member of staff", id: 2 };
    bench.tell(Msg::Written(ticket, Written::Staff(Err(changed))));
    let (reread, _) = bench.asked(Lane::Staff);
    watch(&mut bench);
    assert_eq!(bench.asked(Lane::Staff).0, reread);
    bench.answer(reread, list(&[(1, "Ana"), (2, "Benno")]));
    let Some(Overlay::Staff(form)) = bench.app.overlays.last() else { panic!("the form is gone") };
    assert_eq!(form.sheet.trouble.as_deref(), Some("another desk changed: Name, E-mail"));
    assert_eq!((form.sheet.text(0), form.sheet.text(4)), ("Benno".to_owned(), "ben".to_owned()));
    assert_eq!(names(&bench), ["Ana", "Benno"]);
}

#[test]
fn a_request_whose_answer_was_lost_is_the_same_and_shows_no_password_that_does_not_stand() {
    let mut bench = at_the_clinic();
    bench.keys("nCleo<Tab>cleo@riverside.example<C-s>");
    let (ticket, first, _) = bench.writes.last().cloned().unwrap();
    // On its way: nothing is typed, nor sent again.
    bench.keys("xx<C-s>");
    assert_eq!(bench.writes.len(), 1);
    bench.tell(Msg::Written(ticket, Written::Staff(Err(StoreError::Lost))));
    bench.keys("<C-s>");
    let (ticket, again, asked) = bench.writes.last().cloned().unwrap();
    assert_eq!((first.key, bench.writes.len()), (again.key, 2));
    assert!(matches!(asked, Write::Staff(StaffOrder::Add(details)) if details.name == "Cleo"));
    bench.tell(Msg::Written(ticket, written(3, "Cleo", None)));
    assert!(bench.app.overlays.is_empty());
    let toast = bench.app.toast.as_ref().map(|toast| toast.text.as_str());
    assert_eq!(toast, Some("Added Cleo, #3; r gives them a password"));
}

#[test]
fn one_thing_at_a_time_is_done_about_somebody() {
    let mut bench = at_the_clinic();
    bench.keys("<Down>ry");
    let (ticket, _, asked) = bench.writes.last().cloned().unwrap();
    assert!(matches!(asked, Write::Staff(StaffOrder::ResetPassword(of)) if of.id == StaffId(2)));
    bench.keys("x");
    assert!(bench.app.overlays.is_empty(), "no question");
    assert!(bench.app.toast.as_ref().is_some_and(|toast| toast.text.contains("on its way")));
    bench.tell(Msg::Written(ticket, written(2, "Ben", Some("babo-bubo"))));
    assert!(matches!(bench.app.overlays.last(), Some(Overlay::Told(told)) if told.member.id == StaffId(2)));
    assert!(!format!("{:?}", bench.app).contains("babo-bubo"), "no log can hold it");
    // It is shown this once: no other screen comes over it by the way.
    bench.keys("<F2>");
    assert!(matches!(bench.app.overlays.last(), Some(Overlay::Told(_))));
    bench.keys("<Enter>x");
    assert!(matches!(bench.app.overlays.last(), Some(Overlay::Question(_))));
}

#[test]
fn who_is_no_administrator_any_more_sees_the_staff_no_longer() {
    let mut bench = at_the_clinic();
    bench.app.who.role = Role::Receptionist;
    watch(&mut bench);
    assert_eq!(bench.app.screen, Screen::Calendar);
    assert!(bench.app.office.staff.value().is_none());
    assert!(bench.app.toast.as_ref().is_some_and(|toast| toast.text.contains("may not manage staff")));
}
