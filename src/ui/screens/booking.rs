//! The booking form, over the lower part of the board.

use chrono::NaiveDate;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::super::footer::UNKNOWN;
use super::super::names::{marked, warning};
use super::super::theme::Theme;
use super::super::widgets::{field, lay, line, part, put, rule, text_field};
use crate::app::App;
use crate::app::bindings::Action;
use crate::app::field::Field;
use crate::app::screens::booking::{Focus, Form, HEIGHT, MATCHES, matching};
use crate::app::screens::day_word;
use crate::domain::booking::{Conflict, HORIZON_DAYS, Opening, Verdict};
use crate::domain::clock::Now;
use crate::domain::dates::parse_day;
use crate::domain::patient::{FieldFault, Named};
use crate::domain::scripts::mixed;
use crate::domain::text::{fit, width, wrap};

/// What a patient may be looked up by.
const LOOK_UP_HINT: &str = "a name, last digits of the phone, an e-mail, a date of birth or #id";

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
            let starts = moving.visit.starts;
            let day = day_word(starts.date(), app.now.today());
            format!("Move the visit of {}, {day} {}", moving.patient.short(), starts.format("%H:%M"))
        }
    };
    let who = form.moving.as_ref().map(|moving| &moving.patient.name);
    let who = who.or(form.patient.as_ref().map(|patient| &patient.details.name));
    let mixed = who.and_then(|name| warning(name)).map_or(String::new(), |mixed| format!("  {mixed}"));
    // Of a long title there is what leaves the warning in sight.
    let room = usize::from(area.width).saturating_sub(width(&mixed) + 5);
    rule(frame, line(area, 0), &format!("{}{mixed}", fit(&title, room)), theme);
    let faults = form.faults_said(app.now.today());
    Panel { app, form, theme, area, faults }.draw(frame);
}

struct Panel<'a> {
    app: &'a App,
    form: &'a Form,
    theme: &'a Theme,
    area: Rect,
    /// What is wrong with the fields and is to be said.
    faults: Vec<FieldFault>,
}

impl Panel<'_> {
    fn draw(&self, frame: &mut Frame<'_>) {
        let form = self.form;
        let chosen = form.patient.is_some() || form.moving.is_some();
        let nobody = form.doctor.is_none() && !form.doctor_field.is_blank();
        // What stands below: what went wrong when it was sent, else the faults of the fields.
        let below = self.below();
        let rows = u16::try_from(below.len()).unwrap_or(u16::MAX).min(HEIGHT - 4);
        match form.focus {
            Focus::Patient if !chosen && !form.patient_field.is_blank() => {
                let (height, foot) = self.brief(frame, rows);
                self.patients(frame, self.rows(4, height));
                self.say(frame, foot, &below);
            }
            Focus::Doctor if !nobody => {
                let (height, foot) = self.brief(frame, rows);
                self.doctors(frame, self.rows(4, height));
                self.say(frame, foot, &below);
            }
            // The lines below the field are its own while it is written.
            Focus::Notes => {
                let (height, foot) = self.brief(frame, rows);
                self.notes(frame, height + 1);
                self.say(frame, foot, &below);
            }
            _ => self.whole(frame, rows, &below, chosen),
        }
        self.fields(frame);
    }

    /// The verdict in full, with the faults between it and the fields.
    fn whole(&self, frame: &mut Frame<'_>, rows: u16, below: &[String], chosen: bool) {
        let form = self.form;
        let trouble = form.trouble.is_some();
        let top = if trouble { 4 } else { 4 + rows };
        let foot = if trouble { HEIGHT - rows } else { HEIGHT };
        if let Some(reason) = &form.reason {
            let wrong = self.faults.iter().any(|fault| fault.field == "reason");
            let row = (top + 4).min(foot - 1);
            self.verdict(frame, self.rows(top, row - top));
            let at = line(self.area, row);
            self.label(frame, part(at, 0, 9), "Reason", "reason");
            self.input(frame, part(at, 10, self.area.width.saturating_sub(12)), reason, Focus::Reason);
            if wrong {
                put(frame, self.text(row + 1), &self.fault_line("reason"), self.theme.bad);
            }
        } else {
            self.verdict(frame, self.rows(top, (foot - top).min(5)));
            let room = if self.app.verdict_known().is_some() { top <= 5 } else { top <= HEIGHT - 2 };
            if form.focus == Focus::Patient && !chosen && room && !trouble {
                put(frame, self.inset(HEIGHT - 2), LOOK_UP_HINT, self.theme.muted);
            }
        }
        self.say(frame, if trouble { foot } else { 4 }, below);
    }

    /// The verdict in a line, and the openings where nothing else is to be said, above `rows` lines
    /// at the foot. Answers with how many lines are left for a list, and where the foot begins.
    fn brief(&self, frame: &mut Frame<'_>, rows: u16) -> (u16, u16) {
        let foot = HEIGHT - rows.max(1);
        self.summary(frame, line(self.area, foot - 1));
        if rows == 0 {
            self.offer_beside(frame, self.inset(foot));
        }
        // Where nothing is asked of the rule, its line is the list's.
        let last = if self.form.proposed.is_some() { foot - 1 } else { foot };
        ((last - 4).min(MATCHES), foot)
    }

    /// What is to be said below the fields, in lines that are whole.
    fn below(&self) -> Vec<String> {
        let cells = usize::from(self.area.width.saturating_sub(2));
        if let Some(trouble) = &self.form.trouble {
            return wrap(&format!("! nothing is lost, Enter tries again: {trouble}"), cells);
        }
        // The reason has its own line, below it.
        let said = self.faults.iter().filter(|fault| fault.field != "reason");
        said.flat_map(|fault| wrap(&self.fault_line(fault.field), cells)).collect()
    }

    fn fault_line(&self, field: &str) -> String {
        let fault = self.faults.iter().find(|fault| fault.field == field);
        fault.map_or(String::new(), |fault| format!("! {fault}"))
    }

    fn say(&self, frame: &mut Frame<'_>, from: u16, lines: &[String]) {
        for (row, text) in (from..HEIGHT).zip(lines) {
            put(frame, self.text(row), text, self.theme.bad);
        }
    }

    /// `count` lines of the form from the `row`th on.
    fn rows(&self, row: u16, count: u16) -> Rect {
        let row = row.min(HEIGHT);
        Rect { y: self.area.y + row, height: count.min(HEIGHT - row), ..self.area }
    }

    /// A line of the form, nearly from edge to edge.
    fn text(&self, row: u16) -> Rect {
        part(line(self.area, row), 1, self.area.width.saturating_sub(2))
    }

    /// A line of the form, below the fields' texts.
    fn inset(&self, row: u16) -> Rect {
        part(line(self.area, row), 10, self.area.width.saturating_sub(11))
    }

    fn label(&self, frame: &mut Frame<'_>, place: Rect, label: &str, name: &str) {
        let faulty = self.faults.iter().any(|fault| fault.field == name);
        let style = if faulty { self.theme.bad } else { self.theme.muted };
        let mark = if faulty { "!" } else { " " };
        put(frame, place, &format!("{mark}{label}"), style);
    }

    fn input(&self, frame: &mut Frame<'_>, place: Rect, of: &Field, focus: Focus) {
        field(frame, place, of, self.form.focus == focus && self.app.overlays.is_empty(), self.theme);
    }

    fn fields(&self, frame: &mut Frame<'_>) {
        let form = self.form;
        let half = self.area.width / 2;
        let row = line(self.area, 1);
        self.label(frame, part(row, 0, 9), "Patient", "patient");
        let chosen = |patient: Named| {
            // The date tells namesakes apart: a long name is cut rather than it.
            let born = patient.born.map_or_else(|| UNKNOWN.to_owned(), |born| born.to_string());
            let room = usize::from(half).saturating_sub(14 + born.len());
            format!("{}  {born}", fit(&marked(&patient.name), room))
        };
        match (&form.moving, &form.patient) {
            (Some(moving), _) => {
                put(frame, part(row, 10, half - 12), &chosen(moving.patient.clone()), self.theme.strong);
            }
            (None, Some(patient)) if form.focus != Focus::Patient => {
                put(frame, part(row, 10, half - 12), &chosen(patient.named()), self.theme.strong);
            }
            (None, Some(patient)) => {
                self.input(frame, part(row, 10, half - 24), &form.patient_field, Focus::Patient);
                let born = patient.details.date_of_birth.to_string();
                put(frame, part(row, half - 12, 10), &born, self.theme.strong);
            }
            _ => self.input(frame, part(row, 10, half - 12), &form.patient_field, Focus::Patient),
        }
        self.label(frame, part(row, half, 8), "Doctor", "doctor");
        self.input(frame, part(row, half + 9, half - 11), &form.doctor_field, Focus::Doctor);

        let row = line(self.area, 2);
        self.label(frame, part(row, 0, 9), "Date", "date");
        self.input(frame, part(row, 10, 12), &form.date, Focus::Date);
        if let Ok(date) = parse_day(&form.date.text(), self.app.now.today()) {
            put(frame, part(row, 23, 16), &day_word(date, self.app.now.today()), self.theme.muted);
        }
        self.label(frame, part(row, half, 8), "Time", "time");
        self.input(frame, part(row, half + 9, 7), &form.time, Focus::Time);
        self.label(frame, part(row, half + 17, 8), "Length", "length");
        self.input(frame, part(row, half + 26, 6), &form.length, Focus::Length);
        let row_end = part(row, half + 33, 9);
        put(frame, row_end, &self.until(), self.theme.muted);

        if form.moving.is_none() && form.focus != Focus::Notes {
            self.notes(frame, 1);
        }
    }

    fn notes(&self, frame: &mut Frame<'_>, height: u16) {
        let form = self.form;
        let row = line(self.area, 3);
        self.label(frame, part(row, 0, 9), "Notes", "notes");
        let place = Rect { height, ..part(row, 10, self.area.width.saturating_sub(12)) };
        if form.focus == Focus::Notes {
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
            let lines = wrap(&format!("! {failure}"), usize::from(list.width.saturating_sub(11)));
            for (row, text) in (0..list.height).zip(&lines) {
                put(frame, part(line(list, row), 10, list.width.saturating_sub(11)), text, self.theme.bad);
            }
            return;
        }
        let Some(value) = found.value() else {
            put(
                frame,
                part(line(list, 0), 10, list.width.saturating_sub(11)),
                LOOK_UP_HINT,
                self.theme.muted,
            );
            return;
        };
        if value.patients.is_empty() {
            let registers = self.app.offers(Action::NewPatient);
            let how = if registers { "; Ctrl-N registers a new patient" } else { "" };
            put(frame, line(list, 0), &format!("          nobody found{how}"), self.theme.warning);
            return;
        }
        let shown = value.patients.iter().take(MATCHES.into()).enumerate();
        let top = (self.form.marked + 1).saturating_sub(list.height.into());
        for (n, patient) in shown.skip(top).take(list.height.into()) {
            let row = line(list, u16::try_from(n - top).unwrap_or(0));
            let mark = if n == self.form.marked { "▶" } else { " " };
            put(frame, part(row, 8, 2), mark, self.theme.cursor);
            let details = &patient.details;
            let spelled = if value.forgiven { "  spelled otherwise" } else { "" };
            let text = |mixed: &str| {
                let (born, phone) = (details.date_of_birth, &details.phone);
                format!("{born}  {mixed}{phone}  #{}{spelled}", patient.id)
            };
            // The sign stands before the name, and is enough where its words would push off what follows.
            let mixed = mixed(&details.name).map_or(String::new(), |mixed| format!("{mixed}  "));
            let place = part(row, 42, row.width.saturating_sub(43));
            let whole = text(&mixed);
            let about = if width(&whole) <= usize::from(place.width) { whole } else { text("") };
            let name = part(row, 10, 30);
            put(frame, name, &marked(&details.name), self.theme.text);
            put(frame, place, &about, self.theme.muted);
        }
    }

    fn doctors(&self, frame: &mut Frame<'_>, list: Rect) {
        let all = self.app.calendar.all_doctors();
        let matches = matching(all, &self.form.doctor_field.text());
        let at = self.form.marked;
        let top = (at + 1).saturating_sub(list.height.into());
        for (n, doctor) in matches.iter().enumerate().skip(top).take(list.height.into()) {
            let row = line(list, u16::try_from(n - top).unwrap_or(0));
            let half = self.area.width / 2;
            put(frame, part(row, half + 7, 2), if n == at { "▶" } else { " " }, self.theme.cursor);
            let text = format!("{}  {}", doctor.details.name, doctor.details.specialization);
            put(frame, part(row, half + 9, row.width.saturating_sub(half + 10)), &text, self.theme.text);
        }
    }

    /// The openings, where the verdict itself has but one line.
    fn offer_beside(&self, frame: &mut Frame<'_>, place: Rect) {
        if let Some(verdict) = self.app.verdict_known().filter(|verdict| !verdict.is_free()) {
            self.offer(frame, place, verdict);
        }
    }

    /// The verdict in one line.
    fn summary(&self, frame: &mut Frame<'_>, row: Rect) {
        let place = part(row, 10, row.width.saturating_sub(11));
        match self.app.verdict_known() {
            Some(verdict) if verdict.is_free() => put(frame, place, "✓ free", self.theme.good),
            Some(verdict) => {
                let first = verdict.conflicts.first().map(|conflict| Self::why(conflict, place.width));
                put(frame, place, &first.unwrap_or_default(), self.theme.bad);
            }
            None => {
                put(frame, place, self.unknown().first().map_or("", String::as_str), self.theme.warning);
            }
        }
    }

    /// That the rule could not be asked, and what happens next; empty where nothing was asked.
    fn unknown(&self) -> Vec<String> {
        let asked = self.form.proposed.is_some();
        let failure = self.form.verdict.failure();
        let next = if self.app.away.is_some() && asked {
            "  asked again once the database answers; what is typed stays"
        } else if failure.is_some() {
            "  a change of any field asks again; what is typed stays"
        } else {
            return Vec::new();
        };
        let why = match failure {
            Some(failure) if self.app.away.is_none() => failure,
            _ => "the database is away",
        };
        let mut lines = wrap(&format!("? not known: {why}"), usize::from(self.area.width.saturating_sub(11)));
        // What went wrong when it was sent says itself what happens next.
        if self.form.trouble.is_none() {
            lines.push(next.to_owned());
        }
        lines
    }

    fn verdict(&self, frame: &mut Frame<'_>, area: Rect) {
        let on_it = self.form.focus == Focus::Verdict;
        put(frame, part(line(area, 0), 8, 1), if on_it { "▶" } else { " " }, self.theme.cursor);
        let place = |row: u16| part(line(area, row), 10, area.width.saturating_sub(11));
        if self.form.sending {
            put(frame, place(0), "… on its way", self.theme.muted);
            return;
        }
        let Some(verdict) = self.app.verdict_known() else {
            for (row, text) in (0..).zip(self.unknown()) {
                put(frame, place(row), &text, self.theme.warning);
            }
            return;
        };
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
        // Three lines for the conflicts, where there are: who booked what is in the way goes below it
        // where there is room, and conflicts that have no room are counted.
        let last = 3.min(area.height.saturating_sub(1)).max(row);
        let mut left = verdict.conflicts.iter().peekable();
        while let Some(conflict) = left.next_if(|_| row < last) {
            put(frame, place(row), &Self::why(conflict, area.width.saturating_sub(11)), self.theme.bad);
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

    /// Why not, in a line of `cells` cells: a name is cut rather than what follows it.
    fn why(conflict: &Conflict, cells: u16) -> String {
        let (starts, ends) = conflict.span();
        let span = format!("{}-{}", starts.format("%H:%M"), ends.format("%H:%M"));
        let what = match conflict {
            Conflict::DoctorBusy(clash) | Conflict::PatientBusy(clash) => {
                let held = &clash.held;
                let behind = format!("{span} by {} min", clash.overlap_minutes);
                let room = |before: &str| usize::from(cells).saturating_sub(before.len() + behind.len() + 4);
                let (before, who) = if matches!(conflict, Conflict::DoctorBusy(_)) {
                    let before = "overlaps";
                    let mut patient = held.patient();
                    patient.name = marked(&patient.name).into_owned();
                    (before, patient.fitted(room(before)))
                } else {
                    let before = "overlaps their visit with";
                    (before, fit(&held.doctor_name, room(before)).into_owned())
                };
                format!("{before} {who} {behind}")
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
        };
        format!("✗ {what}")
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
}
