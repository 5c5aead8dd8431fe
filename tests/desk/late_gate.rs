//! Answers that come late to a desk that is closed, or whose person is another by now. Here the test is the
//! store.

use frontdesk::app::field::Field;
use frontdesk::app::gate::Why;
use frontdesk::app::msg::{Answer, DoorAnswer, Lane, Msg, Timer, Write, Written};
use frontdesk::domain::draft::{BookingDraft, Draft};
use frontdesk::domain::ids::{DoctorId, StaffId};
use frontdesk::domain::staff::{Identity, Role};
use frontdesk::store::StoreError;
use frontdesk::store::sql::drafts::Kept;
use frontdesk::store::sql::sign_in::{SignIn, Standing};

use crate::clinic::{House, TODAY, somebody};
use crate::late::{Bench, day};

/// Signs somebody in at a closed gate.
fn sign_in(bench: &mut Bench, identity: Identity) {
    bench.keys("<C-u>password<Enter>");
    let ticket = *bench.doors.last().expect("nobody knocked");
    let welcome = SignIn::Welcome { identity, must_change: false };
    bench.tell(Msg::Door(ticket, DoorAnswer::SignIn(Ok(welcome))));
}

fn ben() -> Identity {
    somebody(2, "Ben Okafor")
}

fn why(bench: &Bench) -> Option<Why> {
    bench.app.closed().map(|closed| closed.why)
}

/// A bench at which nothing that was kept is on its way.
fn at_work() -> Bench {
    let mut bench = Bench::on_the_board();
    let (ticket, _) = bench.asked(Lane::Drafts);
    bench.answer(ticket, Answer::Drafts(Ok(Vec::new())));
    bench
}

#[test]
fn an_answer_that_comes_behind_a_closed_gate_is_there_when_it_opens() {
    let mut bench = Bench::new();
    let (ticket, _) = bench.asked(Lane::Day);
    bench.keys("<A-l>");
    bench.answer(ticket, Answer::Day(Ok(Box::new(day(TODAY, "John Smith")))));
    assert_eq!(why(&bench), Some(Why::Locked));
    assert!(bench.board().contains(&"John Smith"));
    // What other desks do is not looked at meanwhile, and again once it is open.
    let timer = bench.timers.iter().rfind(|timer| matches!(timer, Timer::Watch(_))).copied().unwrap();
    let asked = bench.reads.len();
    bench.tell(Msg::Timer(timer));
    assert_eq!(bench.reads.len(), asked);
    sign_in(&mut bench, House::who());
    assert_eq!(why(&bench), None);
    bench.asked(Lane::Changes);
    assert!(bench.board().contains(&"John Smith"));
    assert!(bench.worked_for.is_empty(), "the stores go on working for the same person");
}

#[test]
fn what_was_typed_ahead_is_done_when_the_gate_is_open_again_and_not_before() {
    let mut bench = at_work();
    bench.keys("]b");
    let (ticket, _) = bench.asked(Lane::Day);
    bench.keys("<A-l>");
    bench.answer(ticket, Answer::Day(Ok(Box::new(day("2026-12-02", "x")))));
    assert!(bench.app.booking.is_none());
    sign_in(&mut bench, House::who());
    assert!(bench.app.booking.is_some());
}

#[test]
fn an_answer_to_the_one_before_is_not_the_next_ones() {
    let mut bench = at_work();
    bench.keys("2smith");
    let (ticket, _) = bench.asked(Lane::Find);
    bench.keys("<A-l>");
    sign_in(&mut bench, ben());
    assert_eq!((why(&bench), bench.app.who.staff_id), (None, StaffId(2)));
    assert_eq!(bench.worked_for, [Some(StaffId(2))]);
    let found = frontdesk::store::sql::search::Found {
        patients: vec![crate::late::patient(1, "Smith")],
        ..Default::default()
    };
    bench.answer(ticket, Answer::Find(Ok(found)));
    assert!(bench.app.patients.found.value().is_none() && bench.app.patients.query.is_blank());
    assert!(bench.board().is_empty(), "nor is the board that was read for the first");
}

/// Drafts are handed out once: those that are on their way to the first are not lost, nor the next one's.
#[test]
fn drafts_on_their_way_to_the_one_before_are_kept_for_them_again() {
    let mut bench = Bench::on_the_board();
    let (ticket, _) = bench.asked(Lane::Drafts);
    bench.keys("<A-l>");
    sign_in(&mut bench, ben());
    assert_eq!(why(&bench), Some(Why::Locked), "until they are here");
    let draft = Draft::Booking(BookingDraft { patient: "jo".into(), ..BookingDraft::default() });
    let kept = Kept { draft: draft.clone(), patient: None, visit: None };
    bench.answer(ticket, Answer::Drafts(Ok(vec![kept])));
    let (ticket, _, write) = bench.writes.last().cloned().unwrap();
    assert_eq!(write, Write::Keep(Box::new(House::who()), vec![draft]));
    assert!(bench.worked_for.is_empty());
    bench.tell(Msg::Written(ticket, Written::Kept(Ok(()))));
    assert_eq!((why(&bench), bench.worked_for.as_slice()), (None, &[Some(StaffId(2))][..]));
}

#[test]
fn what_cannot_be_kept_stays_and_nobody_else_comes_in() {
    let mut bench = at_work();
    bench.keys("bjo<A-l>");
    sign_in(&mut bench, ben());
    let (ticket, ..) = bench.writes.last().cloned().unwrap();
    bench.tell(Msg::Written(ticket, Written::Kept(Err(StoreError::Busy(1205)))));
    let closed = bench.app.closed().unwrap();
    assert!(closed.form.trouble.as_ref().unwrap().contains("could not be kept"));
    assert_eq!(bench.app.booking.as_ref().unwrap().patient_field.text(), "jo");
    // The first one finds it as it was.
    sign_in(&mut bench, House::who());
    assert_eq!(why(&bench), None);
    assert_eq!(bench.app.booking.as_ref().unwrap().patient_field.text(), "jo");
}

#[test]
fn whoever_is_out_is_out_with_all_that_they_had_open_once_it_is_kept() {
    let out = "an administrator deactivated your account";
    for by_read in [false, true] {
        let mut bench = at_work();
        bench.keys("bjo");
        if by_read {
            let (ticket, _) = bench.asked(Lane::Find);
            bench.answer(ticket, Answer::Find(Err(StoreError::NotSignedIn(Some(out)))));
        } else {
            let timer =
                bench.timers.iter().rfind(|timer| matches!(timer, Timer::Standing(_))).copied().unwrap();
            bench.tell(Msg::Timer(timer));
            let (ticket, _) = bench.asked(Lane::Standing);
            bench.answer(ticket, Answer::Standing(Ok((Standing::Out(out), Some(15)))));
        }
        assert_eq!(why(&bench), Some(Why::Out(out)));
        let (ticket, _, write) = bench.writes.last().cloned().unwrap();
        assert!(matches!(write, Write::Keep(who, drafts) if *who == House::who() && drafts.len() == 1));
        bench.tell(Msg::Written(ticket, Written::Kept(Ok(()))));
        assert_eq!(bench.worked_for, [None]);
        assert!(bench.app.booking.is_none() && bench.board().is_empty() && !bench.app.has_somebody());
        assert_eq!(why(&bench), Some(Why::Out(out)));
        // Let in again, they have their board, and what was kept is asked for.
        bench.later += chrono::TimeDelta::seconds(3);
        let asked = bench.reads.len();
        sign_in(&mut bench, House::who());
        assert_eq!(why(&bench), None);
        assert!(bench.reads[asked..].iter().any(|(_, read)| read.lane() == Lane::Drafts));
    }
}

#[test]
fn an_answer_to_a_sign_in_that_was_begun_anew_lets_nobody_in() {
    let mut bench = at_work();
    bench.keys("<A-l>password<Enter>");
    let ticket = *bench.doors.last().unwrap();
    let wrong = DoorAnswer::SignIn(Ok(SignIn::Wrong));
    bench.tell(Msg::Door(ticket, wrong));
    let again = SignIn::Welcome { identity: House::who(), must_change: false };
    bench.tell(Msg::Door(ticket, DoorAnswer::SignIn(Ok(again))));
    assert_eq!(why(&bench), Some(Why::Locked));
}

/// A timer that was set before the last key locks nothing; one that no key came after does, whatever the
/// clock says.
/// Notes that were typed before the visit's were here are taken up again, and the visit is read anew.
#[test]
fn notes_that_a_role_closed_before_the_visit_was_read_are_taken_up() {
    let mut bench = at_work();
    bench.keys("<Home><Tab>e");
    let (late, _) = bench.asked(Lane::Appointment);
    bench.keys("scan");
    for role in [Role::Doctor, Role::Administrator] {
        stand(&mut bench);
        let (ticket, _) = bench.asked(Lane::Standing);
        let doctor_id = (role == Role::Doctor).then_some(DoctorId(4));
        let now = Identity { role, doctor_id, ..House::who() };
        bench.answer(ticket, Answer::Standing(Ok((Standing::Changed(now), None))));
        let (ticket, _) = bench.asked(Lane::Day);
        bench.answer(ticket, Answer::Day(Ok(Box::new(day(TODAY, "John Smith")))));
        // What is typed before a pause is for what was closed.
        bench.later += chrono::TimeDelta::seconds(3);
        bench.keys("B");
        assert_eq!(bench.app.visit_card().is_some(), role == Role::Administrator);
    }
    let notes = || bench.app.visit_card().and_then(|card| card.notes.as_ref()).map(Field::text);
    assert_eq!(notes().as_deref(), Some("scan"));
    let (ticket, _) = bench.asked(Lane::Appointment);
    assert_ne!(ticket, late);
}

/// Whoever asked to leave a locked desk and signed in meanwhile is at work; a lock since then asks anew.
#[test]
fn an_answer_whether_a_locked_desk_may_be_left_leaves_no_other() {
    for key in ["<C-q>", "<C-z>"] {
        let mut bench = at_work();
        bench.keys(&format!("<A-l>{key}"));
        let first = *bench.shells.last().unwrap();
        sign_in(&mut bench, House::who());
        bench.tell(Msg::Shell(first, Ok(false)));
        assert!(!bench.is_left && why(&bench).is_none());
        bench.keys(&format!("<A-l>{key}"));
        bench.tell(Msg::Shell(first, Ok(false)));
        assert!(!bench.is_left);
        let ticket = *bench.shells.last().unwrap();
        bench.tell(Msg::Shell(ticket, Ok(true)));
        assert!(!bench.is_left);
        bench.keys(key);
        let ticket = *bench.shells.last().unwrap();
        bench.tell(Msg::Shell(ticket, Err(StoreError::Lost)));
        assert!(!bench.is_left, "nobody can say");
        bench.keys(key);
        let ticket = *bench.shells.last().unwrap();
        bench.tell(Msg::Shell(ticket, Ok(false)));
        assert!(bench.is_left);
    }
}

#[test]
fn the_timer_locks_where_no_key_came_since_it_was_set() {
    let mut bench = at_work();
    let idle =
        |bench: &Bench| bench.timers.iter().rfind(|timer| matches!(timer, Timer::Idle(_))).copied().unwrap();
    let first = idle(&bench);
    bench.later = chrono::TimeDelta::seconds(1);
    bench.keys("l");
    bench.tell(Msg::Timer(first));
    assert_eq!(why(&bench), None);
    let second = idle(&bench);
    assert_ne!(first, second);
    bench.tell(Msg::Timer(first));
    assert_eq!(why(&bench), None);
    bench.tell(Msg::Timer(second));
    assert_eq!(why(&bench), Some(Why::Idle(5)));
}

/// Whoever goes away from the form for a new password leaves it to nobody else.
#[test]
fn a_password_that_is_to_be_chosen_is_not_left_to_whoever_comes_by() {
    let mut bench = at_work();
    bench.keys("<A-l>password<Enter>");
    let ticket = *bench.doors.last().unwrap();
    let welcome = SignIn::Welcome { identity: House::who(), must_change: true };
    bench.tell(Msg::Door(ticket, DoorAnswer::SignIn(Ok(welcome))));
    let asks = |bench: &Bench| bench.app.closed().is_some_and(|closed| closed.form.is_for_new_password());
    assert!(asks(&bench));
    let idle =
        |bench: &Bench| bench.timers.iter().rfind(|timer| matches!(timer, Timer::Idle(_))).copied().unwrap();
    bench.later = chrono::TimeDelta::seconds(1);
    let first = idle(&bench);
    bench.keys("so");
    bench.tell(Msg::Timer(first));
    assert!(asks(&bench), "a key came since");
    let second = idle(&bench);
    assert_ne!(first, second);
    bench.tell(Msg::Timer(second));
    assert!(!asks(&bench) && why(&bench) == Some(Why::Locked));
    // Nothing is left to be watched.
    let asked = bench.timers.len();
    bench.tell(Msg::Timer(second));
    assert_eq!(bench.timers.len(), asked);
}

/// The timer that asks how it stands comes due.
fn stand(bench: &mut Bench) {
    let timer = bench.timers.iter().rfind(|timer| matches!(timer, Timer::Standing(_))).copied().unwrap();
    bench.tell(Msg::Timer(timer));
}

/// Where nobody can say whether the person still works here, their desk closes, whatever the reason; and opens
/// on what was there.
#[test]
fn a_database_that_does_not_answer_for_a_minute_closes_the_gate_and_nothing_is_lost() {
    for fails in [true, false] {
        let mut bench = at_work();
        bench.keys("bjo");
        for n in 1..12 {
            stand(&mut bench);
            assert_eq!(why(&bench), None, "after {} s", n * 5);
            if fails {
                let (ticket, _) = bench.asked(Lane::Standing);
                bench.answer(ticket, Answer::Standing(Err(StoreError::Busy(1205))));
            }
        }
        let asked = bench.reads.iter().filter(|(_, read)| read.lane() == Lane::Standing).count();
        assert_eq!(asked, if fails { 11 } else { 1 }, "one at a time");
        stand(&mut bench);
        assert_eq!(why(&bench), Some(Why::Unanswered));
        // Whoever did not look goes on typing.
        bench.keys("hn<Enter>");
        assert!(bench.doors.is_empty());
        assert!(bench.app.closed().unwrap().form.password.is_empty());
        bench.later += chrono::TimeDelta::seconds(3);
        sign_in(&mut bench, House::who());
        assert_eq!(why(&bench), None);
        assert_eq!(bench.app.booking.as_ref().unwrap().patient_field.text(), "jo");
        assert!(bench.worked_for.is_empty() && bench.writes.is_empty());
        // From here on it is another minute.
        for _ in 0..11 {
            stand(&mut bench);
        }
        assert_eq!(why(&bench), None);
        let (ticket, _) = bench.asked(Lane::Standing);
        bench.answer(ticket, Answer::Standing(Ok((Standing::Same, Some(15)))));
        stand(&mut bench);
        assert_eq!(why(&bench), None, "an answer, before the minute is over");
    }
}
