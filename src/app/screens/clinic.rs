//! The clinic's screen, which administrators have: its views, of which one is the staff.

use secrecy::SecretString;

use super::audit::TrailView;
use super::booking::step;
use super::prompts::Then;
use crate::app::bindings::Action;
use crate::app::keymap::Context;
use crate::app::msg::{Effect, Read, StaffList, StaffOrder, StaffWritten, Write};
use crate::app::remote::{Remote, Ticket};
use crate::app::{App, Overlay, Purpose, Screen};
use crate::domain::ids::StaffId;
use crate::domain::permission::Deed;
use crate::domain::staff::StaffMember;
use crate::store::Result;

/// What of the clinic is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClinicView {
    /// The people who sign in.
    #[default]
    Staff,
    /// The audit trail.
    Trail,
}

impl ClinicView {
    /// All of them, in the order of their tabs.
    pub const ALL: [ClinicView; 2] = [ClinicView::Staff, ClinicView::Trail];

    /// The name on its tab.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            ClinicView::Staff => "Staff",
            ClinicView::Trail => "Audit trail",
        }
    }
}

/// The screen.
#[derive(Debug, Default)]
pub struct Office {
    /// What is shown.
    pub view: ClinicView,
    /// The staff: who is active first.
    pub staff: Remote<Box<StaffList>>,
    /// Which of them is marked.
    pub marked: usize,
    /// The question whether another desk changed any of them.
    watch: Option<Ticket>,
    /// The audit trail.
    pub trail: TrailView,
    /// About whom something is on its way.
    pub busy: Option<StaffId>,
    /// Whether a form that was kept waits for the list.
    pub(in crate::app) takes_up: bool,
}

impl Office {
    /// Where keys work.
    pub(in crate::app) fn context(&self) -> Context {
        match self.view {
            ClinicView::Staff => Context::Staff,
            ClinicView::Trail => Context::Trail,
        }
    }

    /// Who is marked.
    #[must_use]
    pub fn marked(&self) -> Option<&StaffMember> {
        self.staff.value().and_then(|list| list.staff.get(self.marked))
    }

    /// Takes the list, and keeps the mark on whom it was.
    fn put(&mut self, mut list: Box<StaffList>, on: Option<StaffId>) {
        list.staff.sort_by_key(|member| !member.is_active);
        let on = on.or_else(|| self.marked().map(|member| member.id));
        let stays = list.staff.iter().position(|member| Some(member.id) == on);
        self.marked = stays.unwrap_or(self.marked.min(list.staff.len().saturating_sub(1)));
        self.staff.put(list);
    }
}

/// A password that was made for somebody, shown once.
#[derive(Debug)]
pub struct ToldOnce {
    /// Whose it is.
    pub member: StaffMember,
    /// The password.
    pub password: SecretString,
}

impl App {
    /// Whether the clinic's screen is for whoever is at the desk.
    #[must_use]
    pub fn has_office(&self) -> bool {
        self.who.may(Deed::ManageStaff).is_ok()
    }

    /// Shows the clinic's screen to whom it is for.
    pub(crate) fn show_clinic(&mut self) {
        if let Err(forbidden) = self.who.may(Deed::ManageStaff) {
            return self.toast(forbidden.to_string());
        }
        self.overlays.clear();
        self.booking = None;
        self.screen = Screen::Clinic;
        self.load_staff();
        if self.office.view == ClinicView::Trail {
            self.show_trail();
        }
    }

    pub(crate) fn load_staff(&mut self) {
        self.office.watch = None;
        let ticket = self.office.staff.ask(self.tickets.issue());
        self.effects.push(Effect::Read(ticket, Read::Staff));
    }

    /// Looks whether another desk changed the staff, as often as the board looks: a clinic has few.
    pub(crate) fn watch_staff(&mut self) {
        if self.screen != Screen::Clinic || self.staff_is_reread() {
            return;
        }
        if let Err(forbidden) = self.who.may(Deed::ManageStaff) {
            // Another administrator made them something else.
            self.show_calendar();
            self.office = Office::default();
            return self.toast(forbidden.to_string());
        }
        if self.office.staff.value().is_none() && !self.office.staff.is_loading() {
            return self.load_staff();
        }
        if !self.office.staff.is_loading() {
            let ticket = self.tickets.issue();
            self.office.watch = Some(ticket);
            self.effects.push(Effect::Read(ticket, Read::Staff));
        }
    }

    /// The staff. Says whether anything that is shown changed.
    pub(crate) fn staff_came(&mut self, ticket: Ticket, list: Result<Box<StaffList>>) -> bool {
        let was_away = self.away.is_some();
        let answer = self.heard(list);
        let away = was_away != self.away.is_some();
        let reread = self.staff_reread(ticket, &answer);
        let watched = self.office.watch.take_if(|asked| *asked == ticket).is_some();
        match answer {
            Ok(list) if reread || watched => {
                let before = self.office.staff.value().cloned();
                self.office.put(list, None);
                self.staff_known();
                away || reread || self.office.staff.value() != before.as_ref()
            }
            Ok(list) => {
                if self.office.staff.ticket() != ticket || !self.office.staff.is_loading() {
                    return away;
                }
                self.office.put(list, None);
                self.staff_known();
                true
            }
            Err(_) if reread => true,
            Err(_) if watched => away,
            Err(line) => self.office.staff.answer(ticket, Err(line)) || away,
        }
    }

    /// What a key does on the screen.
    pub(crate) fn clinic_action(&mut self, action: Action) {
        match (action, self.office.view) {
            (Action::NextView, ClinicView::Staff) => {
                self.office.view = ClinicView::Trail;
                return self.show_trail();
            }
            (Action::NextView, ClinicView::Trail) => return self.office.view = ClinicView::Staff,
            (_, ClinicView::Trail) => return self.trail_action(action),
            (_, ClinicView::Staff) => {}
        }
        let page = usize::from(self.size.1.saturating_sub(8)).max(1);
        let count = self.office.staff.value().map_or(0, |list| list.staff.len());
        let at = self.office.marked;
        match action {
            Action::Up | Action::Down => self.office.marked = step(at, action == Action::Down, count),
            Action::PageUp => self.office.marked = at.saturating_sub(page),
            Action::PageDown => self.office.marked = (at + page).min(count.saturating_sub(1)),
            Action::AddStaff => self.open_staff_form(None),
            Action::Leave => self.show_calendar(),
            Action::EditStaff | Action::SetStaffActive | Action::ResetPassword | Action::Unlock => {
                if let Some(member) = self.office.marked().cloned() {
                    self.about(action, member);
                }
            }
            _ => {}
        }
    }

    fn about(&mut self, action: Action, member: StaffMember) {
        if self.office.busy == Some(member.id) {
            return self.toast("The last change of theirs is on its way");
        }
        let name = member.details.name.clone();
        let name = crate::domain::text::fit(&name, 24);
        match action {
            Action::EditStaff => self.open_staff_form(Some(member)),
            Action::SetStaffActive => {
                let question = if member.id == self.who.staff_id {
                    "This is your own account. Let yourself sign in no longer?".to_owned()
                } else if member.is_active {
                    format!("Let {name} sign in no longer?")
                } else {
                    format!("Let {name} sign in again?")
                };
                self.ask(question, Then::SetStaffActive(member.id, !member.is_active));
            }
            Action::ResetPassword => {
                let question = if member.id == self.who.staff_id {
                    "This is your own account. Give yourself a new password?".to_owned()
                } else {
                    format!("Give {name} a new password? The old one ends.")
                };
                self.ask(question, Then::ResetPassword(member.id));
            }
            _ if member.locked_out(self.now.at).is_none() => {
                self.toast(format!("{name} is not locked out"));
            }
            _ => self.order_staff(member.id, StaffOrder::Unlock(member.id)),
        }
    }

    /// What was asked about and is to be done.
    pub(crate) fn set_staff_active(&mut self, id: StaffId, is_active: bool) {
        self.order_staff(id, StaffOrder::SetActive(id, is_active));
    }

    /// The same for a new password.
    pub(crate) fn reset_password(&mut self, id: StaffId) {
        let known = self.office.staff.value().and_then(|list| list.staff.iter().find(|of| of.id == id));
        if let Some(member) = known.cloned() {
            self.order_staff(id, StaffOrder::ResetPassword(Box::new(member)));
        }
    }

    fn order_staff(&mut self, about: StaffId, asked: StaffOrder) {
        self.office.busy = Some(about);
        let key = self.fresh_key();
        self.write(key, Write::Staff(asked.clone()), Purpose::Staff(Box::new(asked)));
    }

    /// Something was done about somebody, or why not.
    pub(crate) fn staff_written(&mut self, asked: &StaffOrder, written: Result<Box<StaffWritten>>) {
        self.office.busy = None;
        match self.heard(written) {
            Ok(written) => {
                let name = &written.member.details.name;
                let line = match asked {
                    StaffOrder::SetActive(_, true) => format!("{name} may sign in again"),
                    StaffOrder::SetActive(_, false) => {
                        format!("{name} signs in no longer; an open desk ends within a minute")
                    }
                    StaffOrder::Unlock(_) => format!("{name} may try again"),
                    _ => format!("{name} has a new password"),
                };
                self.toast(line);
                self.show_staff(*written);
            }
            // What is not known to have been done is seen on the list.
            Err(line) => {
                self.toast(line);
                self.load_staff();
            }
        }
    }

    /// Somebody was added or changed.
    pub(crate) fn staff_saved(&mut self, written: StaffWritten, new: bool) {
        let member = &written.member;
        let did = if new { "Added" } else { "Saved the record of" };
        let mut line = format!("{did} {}, #{}", member.details.name, member.id);
        let signs_in = member.details.os_user_signs_in;
        if !signs_in && (!member.has_password || new && written.password.is_none()) {
            line.push_str("; r gives them a password");
        }
        self.toast(line);
        self.show_staff(written);
    }

    /// Shows somebody as they were just written, and the password that was made for them.
    fn show_staff(&mut self, written: StaffWritten) {
        let StaffWritten { member, password } = written;
        if let Some(mut list) = self.office.staff.value().cloned() {
            match list.staff.iter_mut().find(|known| known.id == member.id) {
                Some(known) => known.clone_from(&member),
                None => list.staff.push(member.clone()),
            }
            self.office.put(list, Some(member.id));
        }
        if self.screen == Screen::Clinic {
            self.load_staff();
        }
        if let Some(password) = password {
            self.overlays.push(Overlay::Told(Box::new(ToldOnce { member, password })));
        }
    }
}
