//! Answers that come late: to a question that was asked anew since, or that nobody asks any more.
//! Here the test is the store, and answers in the order that it likes.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{NaiveDate, TimeDelta};
use crossterm::event::Event;
use frontdesk::app::msg::{Answer, Card, Effect, Lane, Msg, Read, Timer, Write, Written};
use frontdesk::app::remote::Ticket;
use frontdesk::app::{App, Opening as Opened, Overlay, WATCH};
use frontdesk::domain::appointment::{Appointment, Status, Visit};
use frontdesk::domain::booking::{Conflict, Opening, Verdict};
use frontdesk::domain::clock::Instant;
use frontdesk::domain::day::{Day, DayChange, DayVersions, Names};
use frontdesk::domain::doctor::{Doctor, DoctorDetails};
use frontdesk::domain::ids::{AppointmentId, DoctorId, PatientId, StaffId};
use frontdesk::domain::patient::{Named, Patient, PatientDetails};
use frontdesk::store::StoreError;
use frontdesk::store::sql::history::Order;
use frontdesk::store::sql::search::Found;

use crate::clinic::{House, LEE, NOW, TODAY, wall};
use crate::support::{LOCKING, parsed};

mod staff;

const TOMORROW: &str = "2026-12-02";

/// A desk whose store is the test.
pub struct Bench {
    pub app: App,
    pub reads: Vec<(Ticket, Read)>,
    pub writes: Vec<(Ticket, Order, Write)>,
    pub timers: Vec<Timer>,
    pub doors: Vec<Ticket>,
    /// The questions whether the shell leads round the lock.
    pub shells: Vec<Ticket>,
    /// Whether the desk was left, or handed to the shell.
    pub is_left: bool,
    /// Whom the stores were to work for.
    pub worked_for: Vec<Option<StaffId>>,
    /// How long ago it was opened.
    pub later: TimeDelta,
}

impl Bench {
    /// Opened, with its first question under way.
    pub fn new() -> Self {
        let opening = Opened {
            clinic: House::clinic(),
            who: Some(House::who()),
            locking: LOCKING,
            store: "sqlite".into(),
            demo: false,
            size: (120, 40),
            session: "desk".to_owned(),
            now: NOW.parse().unwrap(),
        };
        let (app, effects) = App::open(opening);
        let mut bench = Bench {
            app,
            reads: Vec::new(),
            writes: Vec::new(),
            timers: Vec::new(),
            doors: Vec::new(),
            shells: Vec::new(),
            is_left: false,
            worked_for: Vec::new(),
            later: TimeDelta::zero(),
        };
        bench.perform(effects);
        bench
    }

    /// On the board of today, with John Smith at Dr. Lee's at 09:30.
    pub fn on_the_board() -> Self {
        let mut bench = Bench::new();
        let (ticket, _) = bench.asked(Lane::Day);
        bench.answer(ticket, Answer::Day(Ok(Box::new(day(TODAY, "John Smith")))));
        bench
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Read(ticket, read) => self.reads.push((ticket, read)),
                Effect::Write(ticket, order, write) => self.writes.push((ticket, order, write)),
                Effect::After(_, timer) => self.timers.push(timer),
                Effect::Redraw | Effect::Tell(_) | Effect::Refused(_) => {}
                Effect::Suspend | Effect::Quit => self.is_left = true,
                Effect::AskShell(ticket) => self.shells.push(ticket),
                Effect::Door(ticket, _) => self.doors.push(ticket),
                Effect::Become(who) => self.worked_for.push(who.map(|who| who.staff_id)),
            }
        }
    }

    pub fn tell(&mut self, msg: Msg) -> bool {
        let at = NOW.parse::<Instant>().unwrap() + self.later;
        let (effects, changed) = self.app.update(at, msg);
        self.perform(effects);
        changed
    }

    pub fn keys(&mut self, keys: &str) {
        for key in parsed(keys) {
            self.tell(Msg::Input(Event::Key(key)));
        }
    }

    pub fn answer(&mut self, ticket: Ticket, answer: Answer) -> bool {
        self.tell(Msg::Answer(ticket, answer))
    }

    /// The last question of a lane.
    pub fn asked(&self, lane: Lane) -> (Ticket, Read) {
        self.reads.iter().rfind(|(_, read)| read.lane() == lane).cloned().expect("nothing was asked")
    }

    /// Stays on a day until the next one is read ahead; answers with the question for it.
    fn stay(&mut self) -> (Ticket, NaiveDate) {
        let Some(timer) = self.timers.iter().rfind(|t| matches!(t, Timer::Ahead(_))).copied() else {
            panic!("nothing is read ahead");
        };
        self.tell(Msg::Timer(timer));
        match self.asked(Lane::Ahead) {
            (ticket, Read::Ahead(date, _)) => (ticket, date),
            other => panic!("{other:?}"),
        }
    }

    /// How often a day was asked for because it is to be shown.
    fn days_asked(&self) -> usize {
        self.reads.iter().filter(|(_, read)| read.lane() == Lane::Day).count()
    }

    pub fn board(&self) -> Vec<&str> {
        let day = self.app.calendar.known();
        day.map(|day| {
            day.visits.iter().map(|visit| day.patient_of(visit).map_or("?", |of| of.name.as_str())).collect()
        })
        .unwrap_or_default()
    }
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn visit(id: i32, at: &str) -> Visit {
    Visit {
        id: AppointmentId(id),
        doctor_id: LEE,
        patient_id: PatientId(id),
        starts: wall(at),
        minutes: 30,
        status: Status::Scheduled,
    }
}

fn names(of: &[(i32, &str)]) -> Names {
    let named = |name: &str| Named { name: name.to_owned(), born: Some(date("1980-04-02")) };
    of.iter().map(|(id, name)| (PatientId(*id), named(name))).collect()
}

pub fn day(on: &str, patient: &str) -> Day {
    let details = DoctorDetails {
        name: "Dr. Hannah Lee".to_owned(),
        email: String::new(),
        phone: String::new(),
        specialization: "Cardiology".to_owned(),
        license_number: String::new(),
        default_minutes: Some(30),
    };
    Day {
        date: date(on),
        doctors: vec![Doctor { id: LEE, details, is_active: true }],
        schedules: HashMap::new(),
        visits: vec![visit(1, &format!("{on}T09:30")), visit(2, &format!("{on}T10:00"))],
        names: names(&[(1, patient), (2, "Ana Ruiz")]),
        versions: DayVersions::default(),
    }
}

pub fn patient(id: i32, name: &str) -> Patient {
    let details = PatientDetails {
        name: name.to_owned(),
        email: format!("{id}@example.org"),
        phone: "+49301234567".to_owned(),
        date_of_birth: date("1980-04-02"),
        address: None,
    };
    Patient { id: PatientId(id), details, created_at: None }
}

fn found(names: &[(i32, &str)]) -> Answer {
    let patients = names.iter().map(|(id, name)| patient(*id, name)).collect();
    Answer::Find(Ok(Found { patients, forgiven: false }))
}

fn card(id: i32, name: &str) -> Answer {
    let card = Card {
        patient: patient(id, name),
        next: Vec::new(),
        past: Vec::new(),
        later: 0,
        earlier: 0,
        by_break_glass: false,
    };
    Answer::Card(Ok(Some(Box::new(card))))
}

fn record(id: i32, patient: &str, notes: &str) -> Answer {
    let appointment = Appointment {
        visit: visit(id, &format!("{TODAY}T09:30")),
        patient_name: patient.to_owned(),
        patient_born: None,
        doctor_name: "Dr. Hannah Lee".to_owned(),
        notes: Some(notes.to_owned()),
        overbook_reason: None,
        booked_by: None,
        booked_at: None,
        changed_by: None,
        changed_at: None,
    };
    Answer::Appointment(Ok(Some(Box::new(appointment))))
}

fn verdict(free: bool) -> Verdict {
    let closed = Conflict::Closed {
        doctor_id: DoctorId(1),
        starts: wall("2026-12-01T07:00"),
        ends: wall("2026-12-01T08:00"),
    };
    Verdict { conflicts: if free { Vec::new() } else { vec![closed] }, openings: Vec::new() }
}

#[test]
fn a_late_day_is_dropped() {
    let mut bench = Bench::on_the_board();
    bench.keys("]");
    let (tomorrow, _) = bench.asked(Lane::Day);
    bench.keys("]");
    let (after, _) = bench.asked(Lane::Day);
    bench.answer(tomorrow, Answer::Day(Ok(Box::new(day(TOMORROW, "late")))));
    assert!(bench.app.calendar.known().is_none() && bench.app.calendar.day.is_loading());
    bench.answer(after, Answer::Day(Ok(Box::new(day("2026-12-03", "right")))));
    assert_eq!(bench.board(), ["right", "Ana Ruiz"]);
    // Neither does a failure of the one undo the success of the other.
    bench.answer(tomorrow, Answer::Day(Err(StoreError::Lost)));
    assert_eq!(bench.board(), ["right", "Ana Ruiz"]);
    assert!(bench.app.calendar.day.failure().is_none());
}

#[test]
fn changes_of_a_day_that_was_left_are_dropped() {
    let mut bench = Bench::on_the_board();
    let Some(watch @ Timer::Watch(_)) = bench.timers.iter().rfind(|t| matches!(t, Timer::Watch(_))).copied()
    else {
        panic!("nothing watches");
    };
    bench.tell(Msg::Timer(watch));
    let (changes, read) = bench.asked(Lane::Changes);
    assert!(matches!(read, Read::Changes(of, ..) if of == date(TODAY)));
    bench.keys("]");
    let (tomorrow, _) = bench.asked(Lane::Day);
    bench.answer(tomorrow, Answer::Day(Ok(Box::new(day(TOMORROW, "right")))));
    let change = DayChange::Doctors {
        doctors: vec![LEE],
        schedules: HashMap::new(),
        visits: vec![visit(9, &format!("{TODAY}T09:30"))],
        names: names(&[(9, "late")]),
        versions: DayVersions::default(),
    };
    bench.answer(changes, Answer::Changes(Ok(Some(change))));
    assert_eq!(bench.board(), ["right", "Ana Ruiz"]);
    assert_eq!(bench.app.calendar.known().map(|day| day.date), Some(date(TOMORROW)));
}

/// A day in which no name is known is asked for those in sight once, and shows them when they come.
#[test]
fn names_come_late_and_once() {
    let mut bench = Bench::new();
    let (ticket, _) = bench.asked(Lane::Day);
    bench.answer(ticket, Answer::Day(Ok(Box::new(Day { names: Names::new(), ..day(TODAY, "") }))));
    let (first, read) = bench.asked(Lane::Names);
    assert!(matches!(read, Read::Names(of) if of == [PatientId(1), PatientId(2)]));
    bench.keys("jjkk");
    assert_eq!(bench.asked(Lane::Names).0, first, "one question at a time");
    assert_eq!(bench.board(), ["?", "?"]);
    assert!(bench.answer(first, Answer::Names(Err(StoreError::Lost))));
    bench.keys("j");
    let (second, _) = bench.asked(Lane::Names);
    assert_ne!(second, first, "the next key asks again");
    bench.answer(first, Answer::Names(Ok(names(&[(1, "late"), (2, "late")]))));
    assert_eq!(bench.board(), ["?", "?"]);
    assert!(bench.answer(second, Answer::Names(Ok(names(&[(1, "John Smith"), (2, "Ana Ruiz")])))));
    assert_eq!(bench.board(), ["John Smith", "Ana Ruiz"]);
    let asked = bench.reads.len();
    bench.keys("jk");
    assert_eq!(bench.reads.len(), asked, "all are known");
}

/// Who does not exist is not asked for again and again.
#[test]
fn a_name_that_is_not_there_is_not_waited_for() {
    let mut bench = Bench::new();
    let (ticket, _) = bench.asked(Lane::Day);
    bench.answer(ticket, Answer::Day(Ok(Box::new(Day { names: Names::new(), ..day(TODAY, "") }))));
    let (ticket, _) = bench.asked(Lane::Names);
    let asked = bench.reads.len();
    bench.answer(ticket, Answer::Names(Ok(names(&[(1, "John Smith")]))));
    assert_eq!(bench.board(), ["John Smith", "?"]);
    assert_eq!(bench.reads.len(), asked, "not before the next key");
}

#[test]
fn a_day_that_was_read_ahead_is_shown_at_once_and_what_changed_since_is_asked() {
    let mut bench = Bench::on_the_board();
    let (ahead, of) = bench.stay();
    assert_eq!(of, date(TOMORROW));
    let asked = bench.days_asked();
    assert!(!bench.answer(ahead, Answer::Day(Ok(Box::new(day(TOMORROW, "ahead"))))), "nothing is drawn");
    assert_eq!(bench.board(), ["John Smith", "Ana Ruiz"]);
    bench.keys("]");
    assert_eq!(bench.board(), ["ahead", "Ana Ruiz"]);
    let (changes, read) = bench.asked(Lane::Changes);
    assert!(matches!(read, Read::Changes(of, ..) if of == date(TOMORROW)));
    bench.answer(changes, Answer::Changes(Ok(Some(DayChange::Everything(Box::new(day(TOMORROW, "new")))))));
    assert_eq!(bench.board(), ["new", "Ana Ruiz"]);
    // Back to the day that was left, which is still known; and on, in the direction of the last key.
    bench.keys("[");
    assert_eq!(bench.board(), ["John Smith", "Ana Ruiz"]);
    assert_eq!(bench.stay().1, date("2026-11-30"));
    bench.keys("}");
    assert_eq!(bench.days_asked(), asked + 1, "a week ahead is not known");
}

#[test]
fn a_day_that_is_on_its_way_is_not_asked_for_twice() {
    let mut bench = Bench::on_the_board();
    let (ahead, _) = bench.stay();
    let asked = bench.days_asked();
    bench.keys("]");
    assert!(bench.app.calendar.known().is_none());
    assert_eq!(bench.days_asked(), asked);
    bench.answer(ahead, Answer::Day(Ok(Box::new(day(TOMORROW, "right")))));
    assert_eq!(bench.board(), ["right", "Ana Ruiz"]);
}

#[test]
fn a_day_read_ahead_for_another_is_kept_and_never_shown_for_it() {
    let mut bench = Bench::on_the_board();
    let (ahead, _) = bench.stay();
    bench.keys("}");
    let (week, _) = bench.asked(Lane::Day);
    bench.answer(ahead, Answer::Day(Ok(Box::new(day(TOMORROW, "late")))));
    assert!(bench.app.calendar.known().is_none() && bench.app.calendar.day.is_loading());
    bench.answer(week, Answer::Day(Ok(Box::new(day("2026-12-08", "right")))));
    assert_eq!(bench.board(), ["right", "Ana Ruiz"]);
    // One that failed is asked for when it is wanted.
    let (ahead, of) = bench.stay();
    assert_eq!(of, date("2026-12-15"));
    bench.answer(ahead, Answer::Day(Err(StoreError::Lost)));
    let asked = bench.days_asked();
    bench.keys("}");
    assert_eq!(bench.days_asked(), asked + 1);
}

#[test]
fn a_day_that_nobody_looked_at_for_long_is_read_again() {
    let mut bench = Bench::on_the_board();
    let (ahead, _) = bench.stay();
    bench.answer(ahead, Answer::Day(Ok(Box::new(day(TOMORROW, "old")))));
    bench.later = TimeDelta::minutes(2);
    bench.keys("]");
    assert!(bench.app.calendar.known().is_none());
    let (tomorrow, _) = bench.asked(Lane::Day);
    bench.answer(tomorrow, Answer::Day(Ok(Box::new(day(TOMORROW, "right")))));
    assert_eq!(bench.board(), ["right", "Ana Ruiz"]);
}

#[test]
fn one_timer_at_a_time_watches() {
    let mut bench = Bench::on_the_board();
    // Days are gone through; each that comes sets a timer.
    for on in [TOMORROW, "2026-12-03", "2026-12-04"] {
        bench.keys("]");
        let (ticket, _) = bench.asked(Lane::Day);
        bench.answer(ticket, Answer::Day(Ok(Box::new(day(on, "John Smith")))));
    }
    let watches: Vec<_> = bench.timers.iter().filter(|t| matches!(t, Timer::Watch(_))).copied().collect();
    assert!(watches.len() > 1);
    for timer in watches {
        bench.tell(Msg::Timer(timer));
    }
    assert_eq!(bench.reads.iter().filter(|(_, read)| read.lane() == Lane::Changes).count(), 1);
    // What other desks do is promised within two seconds, and to ask and to draw take some of them.
    assert!(WATCH <= Duration::from_millis(1_500));
}

#[test]
fn patients_found_late_are_dropped() {
    let mut bench = Bench::on_the_board();
    bench.keys("2s");
    let (first, _) = bench.asked(Lane::Find);
    bench.keys("m");
    let (second, read) = bench.asked(Lane::Find);
    assert!(matches!(&read, Read::Find(text, ..) if text == "sm"));
    bench.answer(first, found(&[(7, "late")]));
    assert!(bench.app.patients.marked().is_none());
    bench.answer(second, found(&[(8, "right")]));
    bench.answer(first, found(&[(7, "later still")]));
    assert_eq!(bench.app.patients.marked().map(|patient| patient.id), Some(PatientId(8)));
    // What is emptied asks nothing, and an answer finds nobody waiting.
    bench.keys("<Back>");
    let (last, _) = bench.asked(Lane::Find);
    bench.keys("<Back>");
    bench.answer(last, found(&[(7, "late")]));
    assert!(bench.app.patients.marked().is_none());
}

#[test]
fn patients_found_late_for_the_booking_form_are_dropped() {
    let mut bench = Bench::on_the_board();
    bench.keys("bs");
    let (first, _) = bench.asked(Lane::Find);
    bench.keys("m<Enter>");
    let (second, _) = bench.asked(Lane::Find);
    bench.answer(first, found(&[(7, "late")]));
    assert!(bench.app.booking.as_ref().unwrap().patient.is_none());
    bench.answer(second, found(&[(8, "right")]));
    let chosen = |bench: &Bench| bench.app.booking.as_ref().unwrap().patient.as_ref().map(|p| p.id.0);
    assert_eq!(chosen(&bench), Some(8));
    bench.answer(first, found(&[(7, "later still")]));
    assert_eq!(chosen(&bench), Some(8));
    // A form that was left takes nothing, and the patients screen does not take what was its.
    bench.keys("<Esc>");
    bench.answer(second, found(&[(7, "late")]));
    assert!(bench.app.booking.is_none() && bench.app.patients.found.value().is_none());
}

#[test]
fn a_late_card_is_dropped() {
    let mut bench = Bench::on_the_board();
    bench.keys("2smith");
    let (ticket, _) = bench.asked(Lane::Find);
    bench.answer(ticket, found(&[(1, "one"), (2, "two")]));
    let (first, _) = bench.asked(Lane::Card);
    bench.keys("<Down>");
    let (second, _) = bench.asked(Lane::Card);
    bench.answer(second, card(2, "two"));
    bench.answer(first, card(1, "one"));
    assert_eq!(bench.app.patients.card.value().map(|card| card.patient.id.0), Some(2));
}

#[test]
fn a_record_that_is_read_again_is_not_overtaken_by_the_watch() {
    let mut bench = Bench::on_the_board();
    bench.keys("2smith");
    let (ticket, _) = bench.asked(Lane::Find);
    bench.answer(ticket, found(&[(1, "John Smith")]));
    let (ticket, _) = bench.asked(Lane::Card);
    bench.answer(ticket, card(1, "John Smith"));
    bench.keys("<C-e>y<C-s>");
    let (ticket, ..) = *bench.writes.last().unwrap();
    let changed = StoreError::Changed { what: "patient", id: 1 };
    bench.tell(Msg::Written(ticket, Written::Patient(Err(changed))));
    let (reread, _) = bench.asked(Lane::Card);
    // It waits for an answer before it, and of all that wait in a lane the last alone is asked.
    let watch = bench.timers.iter().rfind(|timer| matches!(timer, Timer::Watch(_))).copied().unwrap();
    bench.tell(Msg::Timer(watch));
    bench.asked(Lane::Changes);
    assert_eq!(bench.asked(Lane::Card).0, reread);
    bench.answer(reread, card(1, "Jon Smith"));
    let Some(Overlay::Record(form)) = bench.app.overlays.last() else { panic!("the form is gone") };
    assert_eq!(form.sheet.trouble.as_deref(), Some("another desk changed: Name"));
}

#[test]
fn a_late_visit_is_dropped() {
    let mut bench = Bench::on_the_board();
    bench.keys("<Enter>");
    let (first, _) = bench.asked(Lane::Appointment);
    bench.keys("<Esc>j<Enter>");
    let (second, read) = bench.asked(Lane::Appointment);
    assert!(matches!(read, Read::Appointment(AppointmentId(2))));
    bench.answer(first, record(1, "John Smith", "late"));
    let card = bench.app.visit_card().unwrap();
    assert!(card.id == AppointmentId(2) && card.appointment.value().is_none());
    bench.answer(second, record(2, "Ana Ruiz", "right"));
    bench.answer(first, record(1, "John Smith", "later still"));
    let notes = bench.app.visit_card().and_then(|card| card.appointment.value()?.notes.clone());
    assert_eq!(notes.as_deref(), Some("right"));
    // With none open, there is nobody to take it.
    bench.keys("<Esc>");
    bench.answer(second, record(2, "Ana Ruiz", "late"));
    assert!(bench.app.visit_card().is_none());
}

#[test]
fn a_late_verdict_is_dropped() {
    let mut bench = Bench::on_the_board();
    bench.keys("b<Tab><Tab><Tab>11:00");
    let (first, read) = bench.asked(Lane::Preview);
    assert!(matches!(read, Read::Preview(of) if of.starts == wall("2026-12-01T11:00")));
    bench.keys("<BackTab><Tab>12:00");
    let (second, _) = bench.asked(Lane::Preview);
    bench.answer(first, Answer::Preview(Ok(verdict(false))));
    assert!(bench.app.booking.as_ref().unwrap().verdict.value().is_none());
    bench.answer(second, Answer::Preview(Ok(verdict(true))));
    bench.answer(first, Answer::Preview(Ok(verdict(false))));
    assert!(bench.app.booking.as_ref().unwrap().verdict.settled().unwrap().is_free());
    // A time that is none is not free because another was.
    bench.keys("<BackTab><Tab>99");
    assert!(bench.app.booking.as_ref().unwrap().verdict.value().is_none());
    bench.keys("<Esc>");
    bench.answer(second, Answer::Preview(Ok(verdict(true))));
}

#[test]
fn late_openings_are_dropped() {
    let at = |time: &str| {
        let opening = Opening {
            doctor_id: DoctorId(1),
            starts: wall(&format!("{TODAY}T{time}")),
            ends: wall(&format!("{TODAY}T{time}")) + TimeDelta::minutes(30),
        };
        Answer::Openings(Ok(vec![opening]))
    };
    let mut bench = Bench::on_the_board();
    let begin = bench.app.calendar.minute;
    // Somebody went on: the cursor is not taken away from where they are.
    bench.keys("o");
    let (first, _) = bench.asked(Lane::Openings);
    bench.keys("<Down>");
    let here = bench.app.calendar.minute;
    assert_ne!(here, begin);
    bench.answer(first, at("15:00"));
    assert_eq!(bench.app.calendar.minute, here);
    bench.keys("o");
    let (second, _) = bench.asked(Lane::Openings);
    bench.answer(first, at("15:00"));
    assert_eq!(bench.app.calendar.minute, here);
    bench.answer(second, at("16:00"));
    assert_eq!(bench.app.calendar.minute, 16 * 60);
}

#[test]
fn an_old_timer_does_not_take_a_newer_message_away() {
    let mut bench = Bench::on_the_board();
    let last = |bench: &Bench| *bench.timers.iter().rfind(|t| matches!(t, Timer::Toast(_))).unwrap();
    bench.keys("u");
    let old = last(&bench);
    bench.keys("u");
    assert!(!bench.tell(Msg::Timer(old)));
    assert!(bench.app.toast.is_some());
    let new = last(&bench);
    assert!(bench.tell(Msg::Timer(new)));
    assert!(bench.app.toast.is_none());
}

#[test]
fn the_same_request_has_the_same_key_and_another_has_another() {
    let mut bench = Bench::on_the_board();
    bench.keys("bsmith<Enter>");
    let (ticket, _) = bench.asked(Lane::Find);
    bench.answer(ticket, found(&[(1, "John Smith")]));
    bench.keys("<Tab><Tab><Tab><Tab>13:00<Enter>");
    let fail = |bench: &mut Bench| {
        let (ticket, order, _) = bench.writes.last().unwrap();
        let (ticket, key) = (*ticket, order.key.clone());
        assert!(bench.app.booking.as_ref().unwrap().sending && bench.app.writes_under_way() == 1);
        bench.tell(Msg::Written(ticket, Written::Visit(Err(StoreError::Lost))));
        let form = bench.app.booking.as_ref().unwrap();
        assert!(!form.sending && form.trouble.is_some());
        key
    };
    let first = fail(&mut bench);
    bench.keys("<Enter>");
    assert_eq!(fail(&mut bench), first);
    bench.keys("<BackTab><Tab>14:00<Enter>");
    assert_ne!(fail(&mut bench), first);
    assert_eq!(bench.writes.len(), 3);
}

#[test]
fn while_it_is_being_sent_a_form_is_not_sent_twice() {
    let mut bench = Bench::on_the_board();
    bench.keys("bsmith<Enter>");
    let (ticket, _) = bench.asked(Lane::Find);
    bench.answer(ticket, found(&[(1, "John Smith")]));
    bench.keys("<Tab><Tab><Tab><Tab>13:00<Enter><Enter><Enter>");
    assert_eq!(bench.writes.len(), 1);
    bench.keys("<A-p><Esc>");
    assert!(bench.app.booking.is_some());
}
