//! What the person at the desk is offered: of each action, the deed that it is by the table of
//! `domain::permission`. The stores enforce the table; here it keeps a desk from offering what they refuse.

use chrono::TimeDelta;

use super::App;
use super::bindings::Action;
use super::msg::Effect;
use crate::domain::permission::{Deed, Forbidden, Reach};

/// A key that comes again within this is held down.
const HELD_DOWN: TimeDelta = TimeDelta::seconds(1);

impl Action {
    /// What somebody must be permitted to use it; none for what only moves about, or does what another
    /// action began. A new action does not compile until it is here.
    #[must_use]
    pub fn deed(self) -> Option<Deed> {
        use Action as A;
        Some(match self {
            A::Open
            | A::OpenVisit
            | A::History
            | A::ShowOnCalendar
            | A::NextOpening
            | A::NextOpeningAnyone
            | A::Today
            | A::PreviousDay
            | A::NextDay
            | A::PreviousWeek
            | A::NextWeek
            | A::GoTo
            | A::Filter
            | A::ShowAll
            | A::ShowCalendar => Deed::ReadCalendar,
            A::Book
            | A::TakeUp
            | A::Done
            | A::NoShow
            | A::Cancel
            | A::Reinstate
            | A::Move
            | A::EditNotes
            | A::Undo
            | A::Opening1
            | A::Opening2
            | A::Opening3
            | A::BookPatient => Deed::Book,
            A::Overbook => Deed::Overbook,
            A::ShowPatients => Deed::LookUp,
            A::OpenPatient | A::BreakGlass => Deed::OpenRecord,
            A::NextView => Deed::ReadAudit,
            A::NewPatient => Deed::RegisterPatient,
            A::EditPatient => Deed::EditPatient,
            A::ShowClinic | A::AddStaff | A::EditStaff | A::SetStaffActive | A::ResetPassword | A::Unlock => {
                Deed::ManageStaff
            }
            A::Up
            | A::Down
            | A::Left
            | A::Right
            | A::PageUp
            | A::PageDown
            | A::DayStart
            | A::DayEnd
            | A::NextVisit
            | A::PreviousVisit
            | A::ZoomIn
            | A::ZoomOut
            | A::NextField
            | A::PreviousField
            | A::Submit
            | A::SwitchPane
            | A::Leave
            | A::ThrowAway
            | A::KeepForLater
            | A::Yes
            | A::No
            | A::Help
            | A::Palette
            | A::Redraw
            | A::Suspend
            | A::Quit
            | A::Lock
            | A::SignOut => return None,
        })
    }

    /// Its name for somebody who is offered so much.
    #[must_use]
    pub fn title_of(self, offers: impl Fn(Action) -> bool) -> &'static str {
        match self {
            Action::ShowPatients if !offers(Action::NewPatient) => "patients: look up",
            _ => self.title(),
        }
    }

    /// Whether it changes the visit that is meant.
    fn changes_a_visit(self) -> bool {
        use Action as A;
        matches!(self, A::Done | A::NoShow | A::Cancel | A::Reinstate | A::Move | A::EditNotes)
    }
}

impl App {
    /// Whether the person may ever use an action: what the help and the palette show.
    #[must_use]
    pub fn offers(&self, action: Action) -> bool {
        if matches!(action, Action::Quit | Action::Suspend) && self.keeps_the_shell() {
            return false;
        }
        match action.deed().map(|deed| self.who.may(deed)) {
            // Whoever opens every record has no glass to break.
            Some(reach) if action == Action::BreakGlass => matches!(reach, Ok(Reach::Own(_))),
            reach => reach.is_none_or(|reach| reach.is_ok()),
        }
    }

    /// Why the person may not use an action where they are; none where they may.
    #[must_use]
    pub fn refusal(&self, action: Action) -> Option<Forbidden> {
        let deed = action.deed()?;
        let reach = match self.who.may(deed) {
            Ok(reach) => reach,
            Err(forbidden) => return Some(forbidden),
        };
        let visit = if action.changes_a_visit() {
            self.visit_meant()
        } else if action == Action::ShowOnCalendar {
            self.marked_visit().map(|appointment| &appointment.visit)
        } else {
            None
        };
        let is_theirs = visit.is_none_or(|visit| reach.has(visit.doctor_id));
        (!is_theirs).then_some(Forbidden { deed, role: self.who.role })
    }

    /// Tells the audit trail that a key was refused: once for a key that is held down.
    pub(super) fn note_refusal(&mut self, action: Action, deed: Deed) {
        let at = self.now.at;
        let last = self.refused.replace((action, at));
        if last.is_none_or(|(of, before)| of != action || at - before > HELD_DOWN) {
            self.effects.push(Effect::Refused(deed));
        }
    }
}
