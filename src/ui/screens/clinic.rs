//! The clinic's screen: the staff, and beside the list who is marked.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::super::names::marked as marked_name;
use super::super::theme::Theme;
use super::super::widgets::{lay, line, part, put};
use crate::app::App;
use crate::app::screens::clinic::ClinicView;
use crate::domain::clock::Now;
use crate::domain::staff::StaffMember;
use crate::domain::text::{fit, width};

/// Draws the screen.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    for row in 0..area.height {
        put(frame, line(area, row), "", theme.text);
    }
    views(frame, line(area, 0), app, theme);
    let body = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area };
    match app.office.view {
        ClinicView::Staff => staff(frame, body, app, theme),
        ClinicView::Trail => super::audit::draw(frame, body, app, theme),
    }
}

/// The views, and how many the shown one has.
fn views(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let mut x = 1;
    for view in ClinicView::ALL {
        let style = if view == app.office.view { theme.tab } else { theme.muted };
        x += lay(frame, part(area, x, area.width.saturating_sub(x)), view.title(), style) + 3;
    }
    if let (ClinicView::Staff, Some(list)) = (app.office.view, app.office.staff.value()) {
        let active = list.staff.iter().filter(|member| member.is_active).count();
        let left = list.staff.len() - active;
        let text =
            if left == 0 { format!("{active} active") } else { format!("{active} active, {left} not") };
        lay(frame, part(area, x, area.width.saturating_sub(x)), &text, theme.muted);
    }
}

fn staff(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let office = &app.office;
    let Some(list) = office.staff.value() else {
        let failure = office.staff.failure();
        let style = if failure.is_some() { theme.bad } else { theme.muted };
        put(frame, line(area, 0), &format!("  {}", failure.unwrap_or("Reading the staff ...")), style);
        return;
    };
    let left = (area.width / 2).clamp(38, 60);
    let rows = usize::from(area.height.max(1));
    let top = (office.marked + 1).saturating_sub(rows);
    for (n, member) in list.staff.iter().enumerate().skip(top).take(rows) {
        let row = part(line(area, u16::try_from(n - top).unwrap_or(0)), 0, left);
        entry(frame, row, app, member, n == office.marked, theme);
    }
    for y in 0..area.height {
        lay(frame, part(line(area, y), left, 1), "│", theme.rule);
    }
    let right = Rect { x: area.x + left + 2, width: area.width.saturating_sub(left + 3), ..area };
    if let Some(member) = office.marked() {
        person(frame, right, app, member, theme);
    }
}

/// A line of the list: the name, the role, and a sign where somebody cannot sign in.
fn entry(frame: &mut Frame<'_>, row: Rect, app: &App, member: &StaffMember, marked: bool, theme: &Theme) {
    lay(frame, part(row, 1, 1), if marked { "▶" } else { " " }, theme.cursor);
    let locked = member.locked_out(app.now.at).is_some();
    let (sign, style) = match (member.is_active, locked) {
        (false, _) => ("-", theme.muted),
        (true, true) => ("L", theme.bad),
        (true, false) => (" ", theme.text),
    };
    lay(frame, part(row, 3, 1), sign, style);
    let style = match (member.is_active, marked) {
        (_, true) => theme.strong,
        (true, false) => theme.text,
        (false, false) => theme.muted,
    };
    put(frame, part(row, 5, row.width.saturating_sub(20)), &marked_name(&member.details.name), style);
    put(frame, part(row, row.width.saturating_sub(14), 13), member.details.role.words(), theme.muted);
}

/// Everything about somebody.
fn person(frame: &mut Frame<'_>, area: Rect, app: &App, member: &StaffMember, theme: &Theme) {
    let details = &member.details;
    // The number stays, however long the name is.
    let id = format!("  #{}", member.id);
    let room = usize::from(area.width).saturating_sub(width(&id));
    put(frame, line(area, 0), &format!("{}{id}", fit(&marked_name(&details.name), room)), theme.strong);
    let doctors = app.office.staff.value().map(|list| list.doctors.as_slice()).unwrap_or_default();
    let doctor = details.doctor_id.map(|id| {
        let name = doctors.iter().find(|(of, _)| *of == id).map_or("", |(_, name)| name.as_str());
        let id = format!("  #{id}");
        format!("{}{id}", fit(name, usize::from(area.width.saturating_sub(9)).saturating_sub(width(&id))))
    });
    let may = [(details.may_overbook, "overbook"), (details.may_refund, "refund")];
    let may: Vec<&str> = may.into_iter().filter_map(|(may, what)| may.then_some(what)).collect();
    let locked = member.locked_out(app.now.at);
    let (state, style) = match locked {
        _ if !member.is_active => ("signs in no longer".to_owned(), theme.warning),
        Some(until) => {
            // The minute after, since seconds are not shown.
            let until = Now::new(until + chrono::TimeDelta::seconds(59), app.clinic.zone).wall;
            (format!("locked out until {}", until.format("%H:%M")), theme.bad)
        }
        None => ("active".to_owned(), theme.text),
    };
    let (password, password_style) = match (member.has_password, member.must_change_password) {
        (false, _) if details.os_user_signs_in => ("none; the account is enough", theme.text),
        (false, _) => ("none: they cannot sign in", theme.warning),
        (true, true) => ("good for one sign-in", theme.text),
        (true, false) => ("their own", theme.text),
    };
    let none = || "none".to_owned();
    let mut account = details.os_user.clone().unwrap_or_else(none);
    if details.os_user_signs_in {
        account.push_str(", signs in");
    }
    let rows = [
        ("State", state, style),
        ("E-mail", details.email.clone(), theme.text),
        ("Role", details.role.words().to_owned(), theme.text),
        ("Doctor", doctor.unwrap_or_else(none), theme.text),
        ("May", if may.is_empty() { "what the role may".to_owned() } else { may.join(", ") }, theme.text),
        ("Account", account, theme.text),
        ("Password", password.to_owned(), password_style),
    ];
    for ((label, value, style), y) in rows.into_iter().zip(1..) {
        let row = line(area, y);
        put(frame, part(row, 0, 8), label, theme.muted);
        put(frame, part(row, 9, area.width.saturating_sub(9)), &value, style);
    }
}

/// The line above the keys.
pub fn status(app: &App) -> String {
    if app.office.view == ClinicView::Trail {
        return super::audit::status(app);
    }
    match (app.office.marked(), app.office.staff.failure()) {
        (_, Some(failure)) => failure.to_owned(),
        (Some(member), None) if app.office.busy == Some(member.id) => "… on its way".to_owned(),
        (Some(member), None) => {
            let details = &member.details;
            format!("{}  {}  {}", marked_name(&details.name), details.role.words(), details.email)
        }
        (None, None) => String::new(),
    }
}
