//! The audit trail: who did what to whose record, newest first, filtered by what is typed.

use crossterm::event::KeyEvent;

use super::clinic::ClinicView;
use crate::app::App;
use crate::app::bindings::Action;
use crate::app::field::Field;
use crate::app::msg::{Effect, Read};
use crate::app::remote::{Remote, Ticket};
use crate::domain::audit::{AuditFilter, AuditPage, AuditRow};
use crate::domain::ids::StaffId;
use crate::store::Result;

/// How many rows are read at once.
pub const PAGE: u16 = 100;
/// How near the last row that was read the mark may come before more are read.
const NEAR: usize = 20;

/// The audit trail, as it is shown.
#[derive(Debug)]
pub struct TrailView {
    /// What is typed.
    pub query: Field,
    /// What is wrong with it.
    pub fault: Option<String>,
    /// What was asked for last; none before the first time.
    asked: Option<(String, AuditFilter)>,
    /// The rows so far, newest first, and where they go on.
    pub page: Remote<AuditPage>,
    /// The question for more rows of the same.
    more: Option<Ticket>,
    /// Which row is marked.
    pub marked: usize,
    /// Whether the marked row is shown with what was before and after.
    is_open: bool,
}

impl Default for TrailView {
    fn default() -> Self {
        TrailView {
            query: Field::line(200),
            fault: None,
            asked: None,
            page: Remote::default(),
            more: None,
            marked: 0,
            is_open: false,
        }
    }
}

impl TrailView {
    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &[AuditRow] {
        self.page.value().map_or(&[], |page| &page.rows)
    }

    /// The marked row.
    #[must_use]
    pub fn marked(&self) -> Option<&AuditRow> {
        self.rows().get(self.marked)
    }

    /// The marked row, where it is to be shown with what was before and after.
    #[must_use]
    pub fn opened(&self) -> Option<&AuditRow> {
        self.marked().filter(|_| self.is_open && !self.page.is_loading())
    }

    /// Whether what is typed is not what the rows are of.
    #[must_use]
    pub fn is_unasked(&self) -> bool {
        self.asked.as_ref().is_none_or(|(asked, _)| *asked != self.query.text())
    }

    /// Whether there are older rows than were read.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        self.page.value().is_some_and(|page| page.next.is_some())
    }
}

impl App {
    /// Shows the trail. It is read anew each time, and that it is read is on the trail as well.
    pub(crate) fn show_trail(&mut self) {
        self.ask_trail();
    }

    /// What a key does on the trail.
    pub(crate) fn trail_action(&mut self, action: Action) {
        let page = usize::from(self.size.1.saturating_sub(10)).max(1);
        let at = self.office.trail.marked;
        match action {
            Action::Up => self.mark_row(at.saturating_sub(1)),
            Action::Down => self.mark_row(at + 1),
            Action::PageUp => self.mark_row(at.saturating_sub(page)),
            Action::PageDown => self.mark_row(at + page),
            Action::Submit => {
                let typed = self.office.trail.query.text();
                let trail = &mut self.office.trail;
                let same = trail.asked.as_ref().is_some_and(|(asked, _)| *asked == typed);
                if same && trail.fault.is_none() && trail.marked().is_some() {
                    // Typed ahead of the rows, it opens the first of them.
                    trail.is_open = trail.page.is_loading() || !trail.is_open;
                } else {
                    self.ask_trail();
                }
            }
            Action::Leave => {
                let trail = &mut self.office.trail;
                if trail.is_open {
                    trail.is_open = false;
                } else if trail.query.is_blank() {
                    self.show_calendar();
                } else {
                    trail.query.set("");
                    self.ask_trail();
                }
            }
            _ => {}
        }
    }

    /// A key that is text, in the filter.
    pub(crate) fn trail_key(&mut self, key: KeyEvent) {
        if self.office.view == ClinicView::Trail && self.office.trail.query.key(key) {
            self.office.trail.fault = None;
        }
    }

    /// Pasted text, in the filter.
    pub(crate) fn trail_paste(&mut self, text: &str) {
        if self.office.view == ClinicView::Trail && self.office.trail.query.paste(text) {
            self.office.trail.fault = None;
        }
    }

    /// Asks for what is typed.
    fn ask_trail(&mut self) {
        let staff: Vec<(StaffId, String)> = self.office.staff.value().map_or_else(Vec::new, |list| {
            list.staff.iter().map(|member| (member.id, member.details.name.clone())).collect()
        });
        let typed = self.office.trail.query.text();
        let read = AuditFilter::parse(&typed, self.now.today(), self.clinic.zone, &staff);
        let ticket = self.tickets.issue();
        let trail = &mut self.office.trail;
        match read {
            Err(fault) => {
                trail.fault = Some(fault);
                // No rows stand below a filter that they are not of.
                (trail.asked, trail.more, trail.marked, trail.is_open) = (None, None, 0, false);
                trail.page.clear();
            }
            Ok(filter) => {
                trail.fault = None;
                trail.asked = Some((typed, filter.clone()));
                trail.more = None;
                trail.page.ask(ticket);
                self.effects.push(Effect::Read(ticket, Read::Trail(Box::new(filter), None)));
            }
        }
    }

    fn mark_row(&mut self, to: usize) {
        let trail = &mut self.office.trail;
        trail.marked = to.min(trail.rows().len().saturating_sub(1));
        let near = trail.marked + NEAR >= trail.rows().len();
        let cursor = trail.page.value().and_then(|page| page.next);
        if let (true, false, None, Some((_, filter)), Some(_)) =
            (near, trail.page.is_loading(), trail.more, &trail.asked, cursor)
        {
            let read = Read::Trail(Box::new(filter.clone()), cursor);
            let ticket = self.tickets.issue();
            self.office.trail.more = Some(ticket);
            self.effects.push(Effect::Read(ticket, read));
        }
    }

    /// Rows of the trail. Says whether they are shown.
    pub(crate) fn trail_came(&mut self, ticket: Ticket, answer: Result<AuditPage>) -> bool {
        let answer = self.heard(answer);
        let trail = &mut self.office.trail;
        if trail.more.take_if(|asked| *asked == ticket).is_some() {
            if let (Ok(more), Some(mut page)) = (answer, trail.page.value().cloned()) {
                page.rows.extend(more.rows);
                page.next = more.next;
                trail.page.put(page);
            }
            return true;
        }
        let taken = trail.page.answer(ticket, answer);
        if taken {
            trail.marked = 0;
            trail.is_open &= !trail.rows().is_empty();
        }
        taken
    }
}
