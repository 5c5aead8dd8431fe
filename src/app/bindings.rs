//! The one binding table, and the actions that it names.

use crossterm::event::KeyCode;

use super::keymap::{Binding, Context, Footer, Key};

macro_rules! actions {
    ($($name:ident => $title:literal,)*) => {
        /// What a key can do; its name in the help, the palette and the manual is its title.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action {
            $(#[doc = $title] $name,)*
        }

        impl Action {
            /// All of them.
            pub const ALL: &'static [Action] = &[$(Action::$name,)*];

            /// Its name in the help, the palette and the manual.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self {
                    $(Action::$name => $title,)*
                }
            }
        }
    };
}

actions! {
    Book => "book here",
    Open => "open the visit, or book here",
    TakeUp => "take up what was left unfinished",
    Done => "mark the visit as done",
    NoShow => "mark the visit as a no-show",
    Cancel => "cancel the visit",
    Reinstate => "schedule the visit again",
    Move => "move the visit: time, doctor, length",
    EditNotes => "edit the visit's notes",
    OpenPatient => "open the visit's patient",
    History => "what was done to the visit, by whom, when",
    Undo => "undo the last change of status",
    NextOpening => "next opening of this doctor",
    NextOpeningAnyone => "next opening of any doctor shown",
    Today => "today, now",
    PreviousDay => "previous day",
    NextDay => "next day",
    PreviousWeek => "previous week",
    NextWeek => "next week",
    GoTo => "go to a date",
    Filter => "filter by doctor or specialization",
    ShowAll => "show or hide doctors who are not in",
    Up => "up",
    Down => "down",
    Left => "doctor to the left",
    Right => "doctor to the right",
    PageUp => "a screen up",
    PageDown => "a screen down",
    DayStart => "start of the day's hours",
    DayEnd => "end of the day's hours",
    NextVisit => "next visit of this doctor",
    PreviousVisit => "previous visit of this doctor",
    ZoomIn => "finer rows",
    ZoomOut => "coarser rows",
    NextField => "next field",
    PreviousField => "previous field",
    Submit => "do it",
    Opening1 => "take opening 1",
    Opening2 => "take opening 2",
    Opening3 => "take opening 3",
    Overbook => "overbook, with a reason",
    NewPatient => "register a patient",
    EditPatient => "edit the patient",
    BookPatient => "book for the patient",
    BreakGlass => "open a record that is not yours, with a reason (doctors)",
    SwitchPane => "to the visits and back",
    OpenVisit => "open the visit",
    ShowOnCalendar => "show the visit on the calendar",
    AddStaff => "add somebody who signs in",
    EditStaff => "change their record",
    SetStaffActive => "let them sign in no longer, or again",
    ResetPassword => "give them a new password",
    Unlock => "let them try again, who are locked out",
    Leave => "leave what is open",
    ThrowAway => "throw away what is typed",
    KeepForLater => "keep it for later",
    Yes => "yes",
    No => "no",
    ShowCalendar => "calendar",
    ShowPatients => "patients: look up, register, edit",
    ShowClinic => "clinic: staff, audit trail (administrators)",
    NextView => "the clinic's next view: staff, audit trail",
    Help => "show all keys",
    Palette => "find a command by name",
    Lock => "lock the desk",
    SignOut => "sign out: another person signs in",
    Redraw => "draw the screen anew",
    Suspend => "suspend to the shell",
    Quit => "quit",
}

impl Action {
    /// Whether it works wherever somebody is, also where nothing can be seen or something is waited for:
    /// out, and to what hides or redraws the screen.
    #[must_use]
    pub(super) fn is_way_out(self) -> bool {
        use Action::{Lock, Quit, Redraw, SignOut, Suspend};
        matches!(self, Quit | Suspend | Redraw | Lock | SignOut)
    }
}

const fn bind(
    context: Context,
    keys: &'static [Key],
    action: Action,
    footer: Option<(u8, &'static str)>,
) -> Binding {
    let footer = match footer {
        Some((rank, label)) => Some(Footer { rank, label }),
        None => None,
    };
    Binding { context, keys, action, footer }
}

/// The table. Within a context, the order is that of the footer and the help.
pub const BINDINGS: &[Binding] = {
    use Action as A;
    use Context as C;
    use KeyCode as K;
    &[
        bind(C::Visit, &[Key::char('d')], A::Done, Some((1, "done"))),
        bind(C::Visit, &[Key::char('n')], A::NoShow, Some((3, "no-show"))),
        bind(C::Visit, &[Key::char('c')], A::Cancel, Some((2, "cancel"))),
        bind(C::Visit, &[Key::char('m')], A::Move, Some((9, "move"))),
        bind(C::Visit, &[Key::char('s')], A::Reinstate, Some((2, "schedule"))),
        bind(C::Visit, &[Key::char('e')], A::EditNotes, None),
        bind(C::Visit, &[Key::char('p')], A::OpenPatient, None),
        bind(C::OpenVisit, &[Key::char('h')], A::History, Some((5, "history"))),
        bind(C::OpenVisit, &[Key::char('u')], A::Undo, None),
        bind(C::OpenVisit, &[Key::of(K::Esc), Key::of(K::Enter)], A::Leave, Some((4, "leave"))),
        bind(C::History, &[Key::of(K::Down), Key::char('j')], A::Down, Some((2, "down"))),
        bind(C::History, &[Key::of(K::Up), Key::char('k')], A::Up, Some((3, "up"))),
        bind(C::History, &[Key::of(K::PageDown), Key::char(' ')], A::PageDown, None),
        bind(C::History, &[Key::of(K::PageUp)], A::PageUp, None),
        bind(C::History, &[Key::of(K::Esc), Key::char('h'), Key::of(K::Enter)], A::Leave, Some((1, "leave"))),
        bind(C::Calendar, &[Key::of(K::Enter)], A::Open, Some((8, "open"))),
        bind(C::Calendar, &[Key::char('b')], A::Book, Some((4, "book"))),
        bind(C::Calendar, &[Key::char('B')], A::TakeUp, None),
        bind(C::Calendar, &[Key::char('o')], A::NextOpening, Some((11, "next opening"))),
        bind(C::Calendar, &[Key::char('O')], A::NextOpeningAnyone, None),
        bind(C::Calendar, &[Key::char('u')], A::Undo, None),
        bind(C::Calendar, &[Key::char('t')], A::Today, Some((12, "today"))),
        bind(C::Calendar, &[Key::char('['), Key::char(',')], A::PreviousDay, Some((13, "day before"))),
        bind(C::Calendar, &[Key::char(']'), Key::char('.')], A::NextDay, Some((14, "day after"))),
        bind(C::Calendar, &[Key::char('{'), Key::char('<')], A::PreviousWeek, None),
        bind(C::Calendar, &[Key::char('}'), Key::char('>')], A::NextWeek, None),
        bind(C::Calendar, &[Key::char('g')], A::GoTo, Some((5, "date"))),
        bind(C::Calendar, &[Key::char('f'), Key::char('/')], A::Filter, Some((6, "filter"))),
        bind(C::Calendar, &[Key::char('a')], A::ShowAll, None),
        bind(C::Calendar, &[Key::of(K::Up), Key::char('k')], A::Up, None),
        bind(C::Calendar, &[Key::of(K::Down), Key::char('j')], A::Down, None),
        bind(C::Calendar, &[Key::of(K::Left), Key::char('h')], A::Left, None),
        bind(C::Calendar, &[Key::of(K::Right), Key::char('l')], A::Right, None),
        bind(C::Calendar, &[Key::of(K::PageUp)], A::PageUp, None),
        bind(C::Calendar, &[Key::of(K::PageDown)], A::PageDown, None),
        bind(C::Calendar, &[Key::of(K::Home)], A::DayStart, None),
        bind(C::Calendar, &[Key::of(K::End)], A::DayEnd, None),
        bind(C::Calendar, &[Key::of(K::Tab)], A::NextVisit, None),
        bind(C::Calendar, &[Key::of(K::BackTab)], A::PreviousVisit, None),
        bind(C::Calendar, &[Key::char('+'), Key::char('=')], A::ZoomIn, None),
        bind(C::Calendar, &[Key::char('-')], A::ZoomOut, None),
        bind(C::Calendar, &[Key::char('1')], A::ShowCalendar, None),
        bind(C::Calendar, &[Key::char('2')], A::ShowPatients, Some((10, "patients"))),
        bind(C::Calendar, &[Key::char('6')], A::ShowClinic, None),
        bind(C::Calendar, &[Key::char('?')], A::Help, None),
        bind(C::Calendar, &[Key::char('q')], A::Quit, Some((7, "quit"))),
        bind(C::Booking, &[Key::of(K::Enter)], A::Submit, Some((1, "book"))),
        bind(C::Booking, &[Key::of(K::Tab)], A::NextField, Some((6, "next field"))),
        bind(C::Booking, &[Key::of(K::BackTab)], A::PreviousField, None),
        bind(C::Booking, &[Key::of(K::Up)], A::Up, None),
        bind(C::Booking, &[Key::of(K::Down)], A::Down, None),
        bind(C::Verdict, &[Key::char('1')], A::Opening1, Some((3, "take opening"))),
        bind(C::Verdict, &[Key::char('2')], A::Opening2, None),
        bind(C::Verdict, &[Key::char('3')], A::Opening3, None),
        bind(C::Booking, &[Key::alt('1')], A::Opening1, Some((5, "take opening"))),
        bind(C::Booking, &[Key::alt('2')], A::Opening2, None),
        bind(C::Booking, &[Key::alt('3')], A::Opening3, None),
        bind(C::Booking, &[Key::ctrl('o')], A::Overbook, Some((3, "overbook"))),
        bind(C::Booking, &[Key::ctrl('n')], A::NewPatient, Some((4, "new patient"))),
        bind(C::Booking, &[Key::of(K::Esc)], A::Leave, Some((2, "leave it"))),
        bind(C::Booking, &[Key::ctrl('t')], A::ThrowAway, Some((7, "throw away"))),
        bind(C::Patients, &[Key::of(K::Enter), Key::ctrl('b')], A::BookPatient, Some((1, "book"))),
        bind(C::Patients, &[Key::ctrl('e')], A::EditPatient, Some((4, "edit"))),
        bind(C::Patients, &[Key::ctrl('n')], A::NewPatient, Some((3, "register"))),
        bind(C::Patients, &[Key::ctrl('g')], A::BreakGlass, Some((1, "open with a reason"))),
        bind(C::Patients, &[Key::of(K::Tab)], A::SwitchPane, Some((5, "visits"))),
        bind(C::Patients, &[Key::of(K::Up)], A::Up, None),
        bind(C::Patients, &[Key::of(K::Down)], A::Down, None),
        bind(C::Patients, &[Key::of(K::PageUp)], A::PageUp, None),
        bind(C::Patients, &[Key::of(K::PageDown)], A::PageDown, None),
        bind(C::Patients, &[Key::of(K::Esc)], A::Leave, Some((2, "back"))),
        bind(C::PatientVisits, &[Key::of(K::Enter)], A::OpenVisit, Some((1, "open"))),
        bind(C::PatientVisits, &[Key::char('g')], A::ShowOnCalendar, Some((3, "show on calendar"))),
        bind(C::PatientVisits, &[Key::of(K::Up), Key::char('k')], A::Up, None),
        bind(C::PatientVisits, &[Key::of(K::Down), Key::char('j')], A::Down, None),
        bind(C::PatientVisits, &[Key::of(K::PageUp)], A::PageUp, None),
        bind(C::PatientVisits, &[Key::of(K::PageDown)], A::PageDown, None),
        bind(C::PatientVisits, &[Key::of(K::Tab), Key::of(K::Esc)], A::SwitchPane, Some((2, "back"))),
        bind(C::Staff, &[Key::of(K::Enter), Key::char('e')], A::EditStaff, Some((2, "edit"))),
        bind(C::Staff, &[Key::char('n')], A::AddStaff, Some((1, "add"))),
        bind(C::Staff, &[Key::char('x')], A::SetStaffActive, Some((4, "(de)activate"))),
        bind(C::Staff, &[Key::char('r')], A::ResetPassword, Some((5, "reset"))),
        bind(C::Staff, &[Key::char('u')], A::Unlock, Some((6, "unlock"))),
        bind(C::Staff, &[Key::of(K::Up), Key::char('k')], A::Up, None),
        bind(C::Staff, &[Key::of(K::Down), Key::char('j')], A::Down, None),
        bind(C::Staff, &[Key::of(K::PageUp)], A::PageUp, None),
        bind(C::Staff, &[Key::of(K::PageDown)], A::PageDown, None),
        bind(C::Staff, &[Key::of(K::Tab)], A::NextView, Some((7, "audit trail"))),
        bind(C::Staff, &[Key::char('1')], A::ShowCalendar, None),
        bind(C::Staff, &[Key::char('2')], A::ShowPatients, None),
        bind(C::Staff, &[Key::char('?')], A::Help, None),
        bind(C::Staff, &[Key::of(K::Esc)], A::Leave, Some((3, "back"))),
        bind(C::Staff, &[Key::char('q')], A::Quit, None),
        bind(C::Trail, &[Key::of(K::Enter)], A::Submit, Some((1, "filter, open a row"))),
        bind(C::Trail, &[Key::of(K::Up)], A::Up, None),
        bind(C::Trail, &[Key::of(K::Down)], A::Down, None),
        bind(C::Trail, &[Key::of(K::PageUp)], A::PageUp, None),
        bind(C::Trail, &[Key::of(K::PageDown)], A::PageDown, None),
        bind(C::Trail, &[Key::of(K::Tab)], A::NextView, Some((3, "staff"))),
        bind(C::Trail, &[Key::of(K::Esc)], A::Leave, Some((2, "back"))),
        bind(C::Form, &[Key::ctrl('s')], A::Submit, Some((1, "save"))),
        bind(C::Form, &[Key::of(K::Tab)], A::NextField, Some((3, "next field"))),
        bind(C::Form, &[Key::of(K::BackTab)], A::PreviousField, None),
        bind(C::Form, &[Key::of(K::Esc)], A::Leave, Some((2, "leave it"))),
        bind(C::Prompt, &[Key::of(K::Enter)], A::Submit, Some((1, "go"))),
        bind(C::Prompt, &[Key::of(K::Esc)], A::Leave, Some((2, "leave"))),
        bind(C::List, &[Key::of(K::Enter)], A::Submit, Some((1, "do it"))),
        bind(C::List, &[Key::of(K::Up), Key::ctrl('p')], A::Up, None),
        bind(C::List, &[Key::of(K::Down), Key::ctrl('n')], A::Down, None),
        bind(C::List, &[Key::of(K::Esc)], A::Leave, Some((2, "leave"))),
        bind(C::Help, &[Key::of(K::Down), Key::char('j')], A::Down, Some((2, "down"))),
        bind(C::Help, &[Key::of(K::Up), Key::char('k')], A::Up, Some((3, "up"))),
        bind(C::Help, &[Key::of(K::PageDown), Key::char(' ')], A::PageDown, None),
        bind(C::Help, &[Key::of(K::PageUp)], A::PageUp, None),
        bind(C::Help, &[Key::of(K::Esc), Key::char('?'), Key::char('q')], A::Leave, Some((1, "leave"))),
        bind(C::Question, &[Key::char('y'), Key::of(K::Enter)], A::Yes, Some((1, "yes"))),
        bind(C::Question, &[Key::char('n'), Key::of(K::Esc)], A::No, Some((2, "no"))),
        bind(C::Dropping, &[Key::char('k')], A::KeepForLater, Some((3, "keep it for later"))),
        bind(C::Told, &[Key::of(K::Enter), Key::of(K::Esc)], A::Leave, Some((1, "close"))),
        bind(C::SignIn, &[Key::of(K::Enter)], A::Submit, Some((1, "sign in"))),
        bind(C::SignIn, &[Key::of(K::Tab), Key::of(K::Down)], A::NextField, Some((3, "next field"))),
        bind(C::SignIn, &[Key::of(K::BackTab), Key::of(K::Up)], A::PreviousField, None),
        bind(C::SignIn, &[Key::of(K::Esc)], A::Leave, Some((4, "begin anew"))),
        bind(C::SignIn, &[Key::ctrl('l')], A::Redraw, None),
        bind(C::SignIn, &[Key::ctrl('z')], A::Suspend, None),
        bind(C::SignIn, &[Key::ctrl('q')], A::Quit, Some((2, "quit"))),
        bind(C::Everywhere, &[Key::of(K::F(1))], A::Help, None),
        bind(C::Everywhere, &[Key::ctrl('k')], A::Palette, Some((15, "commands"))),
        bind(C::Everywhere, &[Key::of(K::F(2)), Key::alt('c')], A::ShowCalendar, None),
        bind(C::Everywhere, &[Key::of(K::F(3)), Key::alt('p')], A::ShowPatients, None),
        bind(C::Everywhere, &[Key::of(K::F(7))], A::ShowClinic, None),
        bind(C::Everywhere, &[Key::alt('l')], A::Lock, None),
        bind(C::Everywhere, &[Key::alt('o')], A::SignOut, None),
        bind(C::Everywhere, &[Key::ctrl('l')], A::Redraw, None),
        bind(C::Everywhere, &[Key::ctrl('z')], A::Suspend, None),
        bind(C::Everywhere, &[Key::ctrl('q')], A::Quit, None),
    ]
};
