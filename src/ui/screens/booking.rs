//! The booking form, over the lower part of the board.

use chrono::NaiveDate;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::super::theme::Theme;
use super::super::widgets::{field, lay, line, part, put, rule, text_field};
use crate::app::App;
use crate::app::field::Field;
use crate::app::screens::booking::{Focus, Form, HEIGHT, MATCHES, matching};
use crate::domain::booking::{Conflict, HORIZON_DAYS, Opening, Verdict};
use crate::domain::clock::Now;
use crate::domain::dates::parse_day;

/// Draws the form.
pub fn draw(frame: &mut Frame<'_>, app: &App, form: &Form, theme: &Theme) {
    let screen = frame.area();
    let area = Rect { y: screen.height.saturating_sub(HEIGHT + 2), height: HEIGHT, ..screen };
    for row in 0..area.height {
        put(frame, line(area, row), "", theme.text);
    }
    let title = match &form.moving {
        None => "Book a visit".to_owned(),
        Some(moving) => {
            format!(
                "Move the visit of {}, {}",
                moving.patient_name,
                moving.visit.starts.format("%a %-d %b %H:%M")
            )
        }
    };
    rule(frame, line(area, 0), &title, theme);
    Panel { app, form, theme, area }.draw(frame);
}

struct Panel<'a> {
    app: &'a App,
    form: &'a Form,
    theme: &'a Theme,
    area: Rect,
}

impl Panel<'_> {
    fn draw(&self, frame: &mut Frame<'_>) {
        self.fields(frame);
        let list = Rect { y: self.area.y + 4, height: 5, ..self.area };
        let last = line(self.area, HEIGHT - 2);
        let typing = !self.form.patient_field.is_blank();
        match self.form.focus {
            Focus::Patient if self.form.patient.is_none() && self.form.moving.is_none() && typing => {
                self.patients(frame, list);
                self.summary(frame, last);
            }
            Focus::Patient if self.form.patient.is_none() && self.form.moving.is_none() => {
                self.verdict(frame, list);
                let hint = "a name, last digits of the phone, an e-mail, a date of birth or #id";
                put(frame, part(last, 10, last.width.saturating_sub(11)), hint, self.theme.muted);
            }
            Focus::Doctor => {
                self.doctors(frame, list);
                self.summary(frame, last);
            }
            // The lines below the field are its own while it is written.
            Focus::Notes => self.summary(frame, last),
            _ => self.verdict(frame, list),
        }
        let foot = line(self.area, HEIGHT - 1);
        let brief = self.form.focus != Focus::Verdict && self.form.verdict.value().is_some();
        let listed = matches!(self.form.focus, Focus::Doctor | Focus::Notes)
            || self.form.focus == Focus::Patient && typing;
        if !self.fault(frame, foot) && brief && listed {
            self.offer_beside(frame, part(foot, 10, foot.width.saturating_sub(11)));
        }
    }

    fn label(&self, frame: &mut Frame<'_>, place: Rect, label: &str, name: &str) {
        let faulty = self.shows_fault(name);
        let style = if faulty { self.theme.bad } else { self.theme.muted };
        let mark = if faulty { "!" } else { " " };
        put(frame, place, &format!("{mark}{label}"), style);
    }

    fn shows_fault(&self, name: &str) -> bool {
        let today = self.app.now.today();
        let focused = self.form.focus.field() == Some(name);
        (self.form.faults_shown || !focused && !matches!(name, "patient" | "reason"))
            && self.form.faults(today).iter().any(|fault| fault.field == name)
    }

    fn input(&self, frame: &mut Frame<'_>, place: Rect, of: &Field, focus: Focus) {
        field(frame, place, of, self.form.focus == focus && self.app.overlays.is_empty(), self.theme);
    }

    fn fields(&self, frame: &mut Frame<'_>) {
        let form = self.form;
        let half = self.area.width / 2;
        let row = line(self.area, 1);
        self.label(frame, part(row, 0, 9), "Patient", "patient");
        match (&form.moving, &form.patient) {
            (Some(moving), _) => {
                put(frame, part(row, 10, half - 12), &moving.patient_name, self.theme.strong);
            }
            (None, Some(patient)) if form.focus != Focus::Patient => {
                let details = &patient.details;
                let text = format!("{}  {}", details.name, details.date_of_birth);
                put(frame, part(row, 10, half - 12), &text, self.theme.strong);
            }
            _ => self.input(frame, part(row, 10, half - 12), &form.patient_field, Focus::Patient),
        }
        self.label(frame, part(row, half, 8), "Doctor", "doctor");
        self.input(frame, part(row, half + 9, half - 11), &form.doctor_field, Focus::Doctor);

        let row = line(self.area, 2);
        self.label(frame, part(row, 0, 9), "Date", "date");
        self.input(frame, part(row, 10, 12), &form.date, Focus::Date);
        if let Ok(date) = parse_day(&form.date.text(), self.app.now.today()) {
            put(frame, part(row, 23, 12), &date.format("%a %-d %b").to_string(), self.theme.muted);
        }
        self.label(frame, part(row, half, 8), "Time", "time");
        self.input(frame, part(row, half + 9, 7), &form.time, Focus::Time);
        self.label(frame, part(row, half + 17, 8), "Length", "length");
        self.input(frame, part(row, half + 26, 6), &form.length, Focus::Length);
        let row_end = part(row, half + 33, 9);
        put(frame, row_end, &self.until(), self.theme.muted);

        let row = line(self.area, 3);
        if form.moving.is_some() {
            return;
        }
        self.label(frame, part(row, 0, 9), "Notes", "notes");
        let focused = form.focus == Focus::Notes;
        let height = if focused { 6 } else { 1 };
        let place = Rect { height, ..part(row, 10, self.area.width.saturating_sub(12)) };
        if focused {
            text_field(frame, place, &form.notes, self.app.overlays.is_empty(), self.theme);
        } else {
            // One line of what may be several: the first, and that there is more.
            let (lines, _) = form.notes.view();
            let more = if lines.len() > 1 { " …" } else { "" };
            let first = lines.first().map_or("", String::as_str);
            put(frame, place, &format!("{first}{more}"), self.theme.field);
        }
    }

    fn until(&self) -> String {
        self.form.proposed.as_ref().map_or_else(
            || "min".to_owned(),
            |proposal| {
                let zone = self.app.clinic.zone;
                let ends = crate::domain::appointment::end_of(proposal.starts, proposal.minutes, zone);
                format!("→ {}", ends.format("%H:%M"))
            },
        )
    }

    fn patients(&self, frame: &mut Frame<'_>, list: Rect) {
        let found = &self.form.found;
        if let Some(failure) = found.failure() {
            put(frame, line(list, 0), &format!("          ! {failure}"), self.theme.bad);
            return;
        }
        let Some(value) = found.value() else {
            let hint = "a name, last digits of the phone, an e-mail, a date of birth or #id";
            put(frame, line(list, 0), &format!("          {hint}"), self.theme.muted);
            return;
        };
        if value.patients.is_empty() {
            put(
                frame,
                line(list, 0),
                "          nobody found; Ctrl-N registers a new patient",
                self.theme.warning,
            );
            return;
        }
        for (n, patient) in value.patients.iter().take(MATCHES.into()).enumerate() {
            let row = line(list, u16::try_from(n).unwrap_or(0));
            let mark = if n == self.form.marked { "▶" } else { " " };
            put(frame, part(row, 8, 2), mark, self.theme.cursor);
            let details = &patient.details;
            let text = format!("{}  {}  #{}", details.date_of_birth, details.phone, patient.id);
            let name = part(row, 10, 30);
            put(frame, name, &details.name, self.theme.text);
            let about = if value.forgiven { format!("{text}  spelled otherwise") } else { text };
            put(frame, part(row, 42, row.width.saturating_sub(43)), &about, self.theme.muted);
        }
    }

    fn doctors(&self, frame: &mut Frame<'_>, list: Rect) {
        let all = self.app.calendar.all_doctors();
        let matches = matching(all, &self.form.doctor_field.text());
        let at = self.form.marked;
        let top = (at + 1).saturating_sub(MATCHES.into());
        for (n, doctor) in matches.iter().enumerate().skip(top).take(MATCHES.into()) {
            let row = line(list, u16::try_from(n - top).unwrap_or(0));
            let half = self.area.width / 2;
            put(frame, part(row, half + 7, 2), if n == at { "▶" } else { " " }, self.theme.cursor);
            let text = format!("{}  {}", doctor.details.name, doctor.details.specialization);
            put(frame, part(row, half + 9, row.width.saturating_sub(half + 10)), &text, self.theme.text);
        }
    }

    /// The openings, where the verdict itself has but one line.
    fn offer_beside(&self, frame: &mut Frame<'_>, place: Rect) {
        if let Some(verdict) = self.form.verdict.value().filter(|verdict| !verdict.is_free()) {
            self.offer(frame, place, verdict);
        }
    }

    /// The verdict in one line.
    fn summary(&self, frame: &mut Frame<'_>, row: Rect) {
        let place = part(row, 10, row.width.saturating_sub(11));
        match self.form.verdict.value() {
            Some(verdict) if verdict.is_free() => put(frame, place, "✓ free", self.theme.good),
            Some(verdict) => {
                let first = verdict.conflicts.first().map(Self::why).unwrap_or_default();
                put(frame, place, &format!("✗ {first}"), self.theme.bad);
            }
            None => {}
        }
    }

    fn verdict(&self, frame: &mut Frame<'_>, area: Rect) {
        let on_it = self.form.focus == Focus::Verdict;
        put(frame, part(line(area, 0), 8, 1), if on_it { "▶" } else { " " }, self.theme.cursor);
        let place = |row: u16| part(line(area, row), 10, area.width.saturating_sub(11));
        if self.form.sending {
            put(frame, place(0), "… on its way", self.theme.muted);
            return;
        }
        if let Some(failure) = self.form.verdict.failure() {
            put(frame, place(0), &format!("? {failure}"), self.theme.warning);
            return;
        }
        let Some(verdict) = self.form.verdict.value() else { return };
        if verdict.is_free() {
            let past = self.form.proposed.as_ref().is_some_and(|p| p.starts < self.app.now.wall);
            let whole = self.form.faults(self.app.now.today()).is_empty();
            let verb = if self.form.moving.is_some() { "moves" } else { "books" };
            let enter = if whole { format!("; Enter {verb} it") } else { String::new() };
            let text = format!("✓ free{}{enter}", if past { ", but in the past" } else { "" });
            put(frame, place(0), &text, if past { self.theme.warning } else { self.theme.good });
            return;
        }
        let mut row = 0;
        if self.form.lost {
            put(frame, place(row), "It was free a moment ago and is taken now:", self.theme.warning);
            row += 1;
        }
        // Three lines for the conflicts: who booked what is in the way goes below it where there is
        // room, and conflicts that have no room are counted.
        let last = row + 3 - u16::from(self.form.lost);
        let mut left = verdict.conflicts.iter().peekable();
        while let Some(conflict) = left.next_if(|_| row < last) {
            put(frame, place(row), &format!("✗ {}", Self::why(conflict)), self.theme.bad);
            row += 1;
            let behind = u16::try_from(left.len()).unwrap_or(u16::MAX);
            if let Some(by) = self.booked(conflict).filter(|_| row.saturating_add(behind) < last) {
                put(frame, place(row), &format!("  {by}"), self.theme.muted);
                row += 1;
            }
        }
        let more = left.len();
        if more > 0 {
            let text = format!("+{more} more");
            let cells = u16::try_from(text.len()).unwrap_or(0) + 1;
            let end = place(row.saturating_sub(1));
            put(frame, part(end, end.width.saturating_sub(cells), cells), &text, self.theme.bad);
        }
        self.offer(frame, place(row), verdict);
        if let Some(reason) = &self.form.reason {
            let at = line(area, 4);
            put(frame, part(at, 1, 9), "Reason", self.theme.muted);
            self.input(frame, part(at, 10, area.width.saturating_sub(12)), reason, Focus::Reason);
        }
    }

    fn offer(&self, frame: &mut Frame<'_>, place: Rect, verdict: &Verdict) {
        if verdict.openings.is_empty() {
            put(frame, place, &format!("  no opening within {HORIZON_DAYS} days"), self.theme.muted);
            return;
        }
        let mut x = lay(frame, place, "  next free ", self.theme.muted);
        let digits = self.form.focus == Focus::Verdict;
        // A date is said once, for the first opening that has it.
        let mut said = self.form.proposed.as_ref().map(|proposal| proposal.starts.date());
        for (n, opening) in verdict.openings.iter().enumerate() {
            let when = self.when(opening, said);
            said = Some(opening.starts.date());
            let key = if digits { format!("[{}] ", n + 1) } else { format!("Alt-{} ", n + 1) };
            x += lay(frame, part(place, x, place.width), &key, self.theme.key);
            x += lay(frame, part(place, x, place.width), &when, self.theme.text) + 2;
        }
    }

    /// An opening, with its date where it is another than the one said before.
    fn when(&self, opening: &Opening, said: Option<NaiveDate>) -> String {
        let format = match said.map(|date| (opening.starts.date() - date).num_days()) {
            Some(0) => "%H:%M",
            // Within three weeks a day of the month says which.
            Some(1..=21) => "%a %-d %H:%M",
            _ => "%a %-d %b %H:%M",
        };
        let zone = self.app.clinic.zone;
        let label = zone.instant(opening.starts).and_then(|at| zone.repeated_label(at));
        format!(
            "{}{}",
            opening.starts.format(format),
            label.map_or(String::new(), |label| format!(" {label}"))
        )
    }

    fn why(conflict: &Conflict) -> String {
        let (starts, ends) = conflict.span();
        let span = format!("{}-{}", starts.format("%H:%M"), ends.format("%H:%M"));
        match conflict {
            Conflict::DoctorBusy(clash) | Conflict::PatientBusy(clash) => {
                let held = &clash.held;
                let who = if matches!(conflict, Conflict::DoctorBusy(_)) {
                    held.patient_name.clone()
                } else {
                    format!("their visit with {}", held.doctor_name)
                };
                format!("overlaps {who} {span} by {} min", clash.overlap_minutes)
            }
            Conflict::Closed { .. } => format!("outside hours {span}"),
            Conflict::SkippedHour { .. } => {
                format!(
                    "{} does not exist that day: the clocks go forward to {}",
                    starts.format("%H:%M"),
                    ends.format("%H:%M")
                )
            }
            Conflict::InactiveDoctor { .. } => "this doctor no longer sees patients".to_owned(),
        }
    }

    /// Who booked what is in the way.
    fn booked(&self, conflict: &Conflict) -> Option<String> {
        let held = &conflict.clash()?.held;
        let when = held.booked_at.map_or(String::new(), |at| format!(", {}", self.ago(at)));
        held.booked_by.as_ref().map(|by| format!("booked by {by}{when}"))
    }

    fn ago(&self, at: crate::domain::clock::Instant) -> String {
        let minutes = (self.app.now.at - at).num_minutes();
        match minutes {
            ..=0 => "just now".to_owned(),
            1..=59 => format!("{minutes} min ago"),
            60..=1439 => format!("{} h ago", minutes / 60),
            _ => {
                let days = (self.app.now.today() - Now::new(at, self.app.clinic.zone).today()).num_days();
                if days == 1 { "yesterday".to_owned() } else { format!("{days} days ago") }
            }
        }
    }

    /// What is wrong: of the field that the cursor has, or of the first that is wrong. Says
    /// whether anything is.
    fn fault(&self, frame: &mut Frame<'_>, row: Rect) -> bool {
        // The whole line: what is wrong and what is expected are not to be cut.
        let place = part(row, 1, row.width.saturating_sub(2));
        if let Some(trouble) = &self.form.trouble {
            put(frame, place, &format!("! nothing is lost, Enter tries again: {trouble}"), self.theme.bad);
            return true;
        }
        let faults = self.form.faults(self.app.now.today());
        let fault = faults.iter().find(|fault| self.shows_fault(fault.field));
        if let Some(fault) = fault {
            put(frame, place, &format!("! {}: {}", fault.field, fault.fault), self.theme.bad);
        }
        fault.is_some()
    }
}
