//! Keys: what each does where, and how each is called.
//!
//! Dispatch, footer, help, palette and the manual page all read [`BINDINGS`].

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::bindings::BINDINGS;

/// Where a binding works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// The calendar, when nothing lies over it.
    Calendar,
    /// A visit that is open, or under the calendar's cursor.
    Visit,
    /// A visit that is open.
    OpenVisit,
    /// What was done to a visit.
    History,
    /// The booking form.
    Booking,
    /// The verdict line of the booking form, where no text is typed.
    Verdict,
    /// The patients screen.
    Patients,
    /// The visits beside a patient.
    PatientVisits,
    /// The clinic's staff.
    Staff,
    /// The audit trail, where the filter is typed.
    Trail,
    /// A form of fields: a patient's record, the notes.
    Form,
    /// A prompt of one line: go to a date, filter.
    Prompt,
    /// A list to choose from: the command palette.
    List,
    /// The help.
    Help,
    /// A question.
    Question,
    /// The question whether what is typed is to be dropped.
    Dropping,
    /// What is told once.
    Told,
    /// Signing in, at a desk that is closed: nothing else works there.
    SignIn,
    /// Everywhere else.
    Everywhere,
}

impl Context {
    /// All of them, in the order of the manual.
    pub const ALL: [Context; 19] = [
        Context::Calendar,
        Context::Visit,
        Context::OpenVisit,
        Context::History,
        Context::Booking,
        Context::Verdict,
        Context::Patients,
        Context::PatientVisits,
        Context::Staff,
        Context::Trail,
        Context::Form,
        Context::Prompt,
        Context::List,
        Context::Help,
        Context::Question,
        Context::Dropping,
        Context::Told,
        Context::SignIn,
        Context::Everywhere,
    ];

    /// The heading in the help.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Context::Everywhere => "Everywhere",
            Context::Calendar => "Calendar",
            Context::Visit => "A visit (open, or under the cursor)",
            Context::OpenVisit => "An open visit",
            Context::History => "What was done to a visit",
            Context::Booking => "Booking",
            Context::Verdict => "Booking, on the verdict line",
            Context::Patients => "Patients",
            Context::PatientVisits => "A patient's visits",
            Context::Staff => "Clinic: staff",
            Context::Trail => "Clinic: audit trail",
            Context::Form => "A form",
            Context::Prompt => "A prompt",
            Context::List => "A list",
            Context::Help => "This help",
            Context::Question => "A question",
            Context::Dropping => "The question whether what is typed is lost",
            Context::Told => "A password that is shown once",
            Context::SignIn => "Signing in",
        }
    }
}

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Which.
    pub code: KeyCode,
    /// With which modifiers; SHIFT is part of the character for characters.
    pub modifiers: KeyModifiers,
}

impl Key {
    pub(super) const fn of(code: KeyCode) -> Self {
        Key { code, modifiers: KeyModifiers::NONE }
    }

    pub(super) const fn char(c: char) -> Self {
        Key::of(KeyCode::Char(c))
    }

    pub(super) const fn ctrl(c: char) -> Self {
        Key { code: KeyCode::Char(c), modifiers: KeyModifiers::CONTROL }
    }

    pub(super) const fn alt(c: char) -> Self {
        Key { code: KeyCode::Char(c), modifiers: KeyModifiers::ALT }
    }

    /// The key of an event, as the table writes it.
    #[must_use]
    pub fn pressed(event: KeyEvent) -> Self {
        let modifiers = match event.code {
            KeyCode::Char(_) | KeyCode::BackTab => event.modifiers - KeyModifiers::SHIFT,
            _ => event.modifiers,
        };
        Key { code: event.code, modifiers }
    }

    /// Whether typing it in a field writes it.
    #[must_use]
    pub fn is_text(self) -> bool {
        matches!(self.code, KeyCode::Char(_)) && self.modifiers.is_empty()
    }

    /// Its name on screen: `Ctrl-K`, `Enter`, `?`.
    #[must_use]
    pub fn name(self) -> String {
        let key = match self.code {
            KeyCode::Char(' ') => "Space".to_owned(),
            KeyCode::Char(c) if self.modifiers.is_empty() => c.to_string(),
            KeyCode::Char(c) => c.to_ascii_uppercase().to_string(),
            KeyCode::F(n) => format!("F{n}"),
            KeyCode::PageUp => "PgUp".to_owned(),
            KeyCode::PageDown => "PgDn".to_owned(),
            KeyCode::BackTab => "Shift-Tab".to_owned(),
            other => format!("{other:?}"),
        };
        let prefix = match self.modifiers {
            m if m.contains(KeyModifiers::CONTROL) => "Ctrl-",
            m if m.contains(KeyModifiers::ALT) => "Alt-",
            m if m.contains(KeyModifiers::SHIFT) => "Shift-",
            _ => "",
        };
        format!("{prefix}{key}")
    }
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// Where it works.
    pub context: Context,
    /// The keys, the one to show first.
    pub keys: &'static [Key],
    /// What it does.
    pub action: super::bindings::Action,
    /// What the footer says; none where there is never room for it.
    pub footer: Option<Footer>,
}

/// A binding in the footer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footer {
    /// Which go first where not all have room: 1 before 2. How to leave what is open ranks high, since
    /// nobody guesses it; what a key's own name tells (Tab, Enter on a list) ranks low.
    pub rank: u8,
    /// What it says.
    pub label: &'static str,
}

/// The action of a key where `contexts` are active, the innermost of them first.
#[must_use]
pub fn action(contexts: &[Context], key: Key) -> Option<super::bindings::Action> {
    contexts.iter().find_map(|context| {
        BINDINGS
            .iter()
            .find(|binding| binding.context == *context && binding.keys.contains(&key))
            .map(|binding| binding.action)
    })
}

/// The bindings that work where `contexts` are active, innermost context first; those whose keys
/// all mean something else there are left out, and so is a second way to the same action.
#[must_use]
pub fn active(contexts: &[Context]) -> Vec<&'static Binding> {
    let of = |context: &Context| {
        let context = *context;
        BINDINGS.iter().filter(move |binding| binding.context == context)
    };
    let works =
        |binding: &&Binding| binding.keys.iter().any(|key| action(contexts, *key) == Some(binding.action));
    let mut seen = Vec::new();
    let first = |binding: &&Binding| {
        let new = !seen.contains(&binding.action);
        seen.push(binding.action);
        new
    };
    contexts.iter().flat_map(of).filter(works).filter(first).collect()
}

/// A part of the manual: its heading, and keys with what they do.
pub type Chapter = (&'static str, Vec<(String, &'static str)>);

/// All bindings, by context: what help, the manual page and `docs/keys.md` print. `first` are the
/// contexts to begin with.
#[must_use]
pub fn chapters(first: &[Context]) -> Vec<Chapter> {
    chapters_of(first, |_| true)
}

/// The same of what somebody is offered.
#[must_use]
pub fn chapters_of(first: &[Context], offers: impl Fn(super::bindings::Action) -> bool) -> Vec<Chapter> {
    let others = Context::ALL.into_iter().filter(|context| !first.contains(context));
    let rows = |context: Context| -> Vec<_> {
        let of = BINDINGS.iter().filter(|binding| binding.context == context && offers(binding.action));
        of.map(|binding| {
            let keys: Vec<String> = binding.keys.iter().map(|key| key.name()).collect();
            (keys.join("  "), binding.action.title_of(&offers))
        })
        .collect()
    };
    let chapters = first.iter().copied().chain(others).map(|context| (context.title(), rows(context)));
    chapters.filter(|(_, rows)| !rows.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::bindings::Action;
    use super::*;
    use std::collections::HashSet;
    use std::fmt::Write as _;

    #[test]
    fn no_key_means_two_things_in_one_context() {
        let mut seen = HashSet::new();
        for binding in BINDINGS {
            assert!(!binding.keys.is_empty());
            for key in binding.keys {
                assert!(seen.insert((binding.context, *key)), "{:?} {}", binding.context, key.name());
            }
        }
    }

    #[test]
    fn every_action_has_a_key_and_a_name() {
        for action in Action::ALL {
            assert!(BINDINGS.iter().any(|binding| binding.action == *action), "{action:?} has no key");
            assert!(!action.title().is_empty());
        }
    }

    #[test]
    fn a_key_that_is_text_is_never_taken_where_text_is_typed() {
        use Context as C;
        let typed_in =
            [C::Everywhere, C::Booking, C::Patients, C::Trail, C::Form, C::Prompt, C::List, C::SignIn];
        for context in typed_in {
            for binding in BINDINGS.iter().filter(|binding| binding.context == context) {
                for key in binding.keys {
                    assert!(!key.is_text(), "{context:?} takes {}", key.name());
                }
            }
        }
    }

    #[test]
    fn the_page_of_keys_is_that_of_the_table() {
        let mut page = String::from(
            "# Keys\n\nMade from the binding table (`src/app/bindings.rs`); a test compares them.\n",
        );
        for (title, rows) in chapters(&[]) {
            let _ = write!(page, "\n## {title}\n\n| key | what it does |\n|---|---|\n");
            for (keys, what) in rows {
                let keys: Vec<String> = keys.split("  ").map(|key| format!("`{key}`")).collect();
                let _ = writeln!(page, "| {} | {what} |", keys.join(" "));
            }
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/keys.md");
        if std::env::var_os("UPDATE_KEYS").is_some() {
            std::fs::write(path, &page).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert_eq!(kept, page, "UPDATE_KEYS=1 cargo test writes docs/keys.md anew");
    }

    #[test]
    fn the_innermost_context_wins() {
        let esc = Key::of(KeyCode::Esc);
        assert_eq!(action(&[Context::Help, Context::Booking], esc), Some(Action::Leave));
        assert_eq!(action(&[Context::Calendar], esc), None);
        let shift_question = KeyEvent::new(KeyCode::Char('?'), KeyModifiers::SHIFT);
        assert_eq!(action(&[Context::Calendar], Key::pressed(shift_question)), Some(Action::Help));
    }
}
