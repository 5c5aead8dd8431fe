//! The rule and the openings held against the model, case by random case.

use std::collections::BTreeSet;

use chrono::Days;
use frontdesk::domain::appointment::Visit;
use frontdesk::domain::booking::{Conflict, Diary, Held, Proposal, judge, openings};
use frontdesk::domain::ids::DoctorId;
use frontdesk::domain::schedule::{Availability, Schedule};
use frontdesk::domain::slot::Interval;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::cases::{Case, case};
use crate::model::Minutes;

fn diary(case: &Case) -> Diary {
    let held = |visit: &_| Held {
        patient_name: String::new(),
        patient_born: None,
        visit: Clone::clone(visit),
        doctor_name: String::new(),
        booked_by: None,
        booked_at: None,
    };
    Diary {
        doctor_active: case.active,
        schedule: Schedule::new(case.rows.clone()),
        visits: case.visits.iter().map(held).collect(),
    }
}

/// A conflict as the model writes it.
fn line(conflict: &Conflict) -> String {
    match conflict {
        Conflict::InactiveDoctor { .. } => "inactive".to_owned(),
        Conflict::SkippedHour { ends, .. } => format!("skipped until {ends}"),
        Conflict::Closed { starts, ends, .. } => format!("closed {starts} to {ends}"),
        Conflict::DoctorBusy(clash) | Conflict::PatientBusy(clash) => {
            let whose = if conflict.kind() == "doctor_busy" { "doctor" } else { "patient" };
            let id = clash.held.visit.id;
            format!("{whose} busy with {id} to {} for {}", clash.ends, clash.overlap_minutes)
        }
    }
}

fn judged(case: &Case) -> Vec<String> {
    let mut lines: Vec<_> = judge(&case.proposal, &diary(case), case.minutes.zone).iter().map(line).collect();
    lines.sort();
    lines
}

/// What the rule should say, a line a conflict: the kind, whom it is about, and its bounds.
fn by_minutes(
    clock: &Minutes,
    proposal: &Proposal,
    active: bool,
    rows: &[Availability],
    visits: &[Visit],
) -> Vec<String> {
    let mut lines = Vec::new();
    if !active {
        lines.push("inactive".to_owned());
    }
    let Some(start) = clock.named(proposal.starts) else {
        lines.push(format!("skipped until {}", clock.wall(clock.reach(proposal.starts))));
        return lines;
    };
    let asked = start..start + usize::from(proposal.minutes);
    for visit in visits.iter().filter(|visit| visit.status.holds_time()) {
        let held = clock.visit(visit);
        let both = asked.clone().filter(|minute| held.contains(minute)).count();
        if both == 0 || Some(visit.id) == proposal.moving {
            continue;
        }
        let whose = if visit.doctor_id == proposal.doctor_id {
            "doctor"
        } else if Some(visit.patient_id) == proposal.patient_id {
            "patient"
        } else {
            continue;
        };
        lines.push(format!("{whose} busy with {} to {} for {both}", visit.id, clock.wall(held.end)));
    }
    let around = (clock.day - Days::new(3), clock.day + Days::new(2));
    let open = clock.open(rows, around.0, around.1);
    let mut minute = asked.start;
    while minute < asked.end {
        let end = (minute..asked.end).find(|minute| open[*minute]).unwrap_or(asked.end);
        if end > minute {
            lines.push(format!("closed {} to {}", clock.wall(minute), clock.wall(end)));
        }
        minute = end + 1;
    }
    lines.sort();
    lines
}

fn expected(case: &Case) -> Vec<String> {
    by_minutes(case.minutes, &case.proposal, case.active, &case.rows, &case.visits)
}

/// What openings are looked for among: the sessions of the days around, the visits of the
/// doctor and the patient.
fn offered(case: &Case, limit: usize) -> (Vec<frontdesk::domain::booking::Opening>, Vec<bool>, usize) {
    let Case { minutes, rows, visits, proposal, .. } = case;
    let (first, last) = (minutes.day - Days::new(1), minutes.day + Days::new(1));
    let in_the_way: Vec<_> = visits
        .iter()
        .filter(|visit| {
            visit.doctor_id == proposal.doctor_id || Some(visit.patient_id) == proposal.patient_id
        })
        .collect();
    let taken: Vec<Interval> = in_the_way
        .iter()
        .filter(|visit| visit.status.holds_time() && Some(visit.id) != proposal.moving)
        .map(|visit| visit.interval(minutes.zone))
        .collect();
    let open = Schedule::new(rows.clone()).open(first, last, minutes.zone);
    let from = minutes.reach(proposal.starts);
    let ask = (minutes.zone.boundary(proposal.starts), proposal.minutes);
    let found = openings(proposal.doctor_id, &open, taken, ask, minutes.zone, limit);
    let taken = minutes.taken(in_the_way, proposal.moving);
    let open = minutes.open(rows, first - Days::new(1), last);
    (found, open.iter().zip(taken).map(|(open, taken)| *open && !taken).collect(), from)
}

proptest! {
    #![proptest_config(Config { cases: 400, ..Config::default() })]

    #[test]
    fn the_rule_says_what_counting_minutes_says(case in case()) {
        prop_assert_eq!(judged(&case), expected(&case));
    }

    #[test]
    fn conflicts_come_worst_first(case in case()) {
        let rank = |conflict: &Conflict| match conflict {
            Conflict::InactiveDoctor { .. } => 0,
            Conflict::SkippedHour { .. } | Conflict::DoctorBusy(_) => 1,
            Conflict::PatientBusy(_) => 2,
            Conflict::Closed { .. } => 3,
        };
        let conflicts = judge(&case.proposal, &diary(&case), case.minutes.zone);
        prop_assert!(conflicts.is_sorted_by_key(|conflict| (rank(conflict), conflict.span().0)));
    }

    #[test]
    fn a_visit_does_not_stand_in_its_own_way(case in case()) {
        for visit in case.visits.iter().filter(|visit| visit.status.holds_time()) {
            let itself = Proposal {
                doctor_id: visit.doctor_id,
                patient_id: Some(visit.patient_id),
                starts: visit.starts,
                minutes: visit.minutes,
                moving: Some(visit.id),
            };
            let conflicts = judge(&itself, &diary(&case), case.minutes.zone);
            let others = conflicts.iter().filter_map(Conflict::clash).all(|clash| clash.held.visit.id != visit.id);
            prop_assert!(others);
        }
    }

    #[test]
    fn openings_are_the_earliest_minutes_that_fit(case in case(), limit in 1usize..8) {
        let (found, free, from) = offered(&case, limit);
        let expected = case.minutes.openings(&free, from, case.proposal.minutes, limit);
        let times: Vec<_> = found.iter().map(|opening| (opening.starts, opening.ends)).collect();
        prop_assert_eq!(times, expected);
    }

    #[test]
    fn what_is_offered_is_free_in_order_and_apart(mut case in case(), limit in 1usize..8) {
        case.active = true;
        let (found, ..) = offered(&case, limit);
        for opening in &found {
            prop_assert_eq!(opening.doctor_id, DoctorId(1));
            let asked = Proposal { starts: opening.starts, ..case.proposal.clone() };
            prop_assert_eq!(judge(&asked, &diary(&case), case.minutes.zone), vec![]);
        }
        let zone = case.minutes.zone;
        let spans: Vec<_> = found
            .iter()
            .map(|opening| Interval::of_minutes(zone.instant(opening.starts).unwrap(), case.proposal.minutes))
            .collect();
        prop_assert!(spans.windows(2).all(|pair| pair[0].end <= pair[1].start));
    }
}

/// A property that is only ever asked about easy cases shows nothing.
#[test]
fn the_random_cases_reach_every_verdict() {
    let config = Config { cases: 1_000, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let seen = std::cell::RefCell::new(BTreeSet::new());
    runner
        .run(&case(), |case| {
            let lines = expected(&case);
            let mut seen = seen.borrow_mut();
            let repeated =
                case.minutes.wall(case.minutes.reach(case.proposal.starts) + 60) == case.proposal.starts;
            if lines.is_empty() {
                seen.insert(if repeated { "free in the repeated hour" } else { "free" });
            }
            for kind in ["inactive", "skipped", "closed", "doctor busy", "patient busy"] {
                if lines.iter().any(|line| line.starts_with(kind)) {
                    seen.insert(kind);
                }
            }
            Ok(())
        })
        .expect("counting cannot fail");
    let all =
        ["closed", "doctor busy", "free", "free in the repeated hour", "inactive", "patient busy", "skipped"];
    assert_eq!(seen.into_inner().into_iter().collect::<Vec<_>>(), all);
}
