//! The form of a desk that is closed: who wants in, and the password that somebody chooses who must.

use crossterm::event::{Event, KeyEvent};
use secrecy::{ExposeSecret as _, SecretString};

use crate::app::App;
use crate::app::bindings::Action;
use crate::app::field::Field;
use crate::app::gate::Leaving;
use crate::app::keymap::{self, Context, Key};
use crate::app::msg::{Door, DoorAnswer, Effect};
use crate::app::remote::Ticket;
use crate::app::secret::Secret;
use crate::domain::contact::accept_email;
use crate::domain::password::accept_password;
use crate::domain::staff::Identity;
use crate::store::sql::history::Order;
use crate::store::sql::sign_in::SignIn;

/// Where the cursor of the form is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// The e-mail.
    Email,
    /// The password, or the new one.
    Password,
    /// The new one once more.
    Again,
}

/// Somebody who proved who they are, and must choose another password before they come in.
#[derive(Debug)]
struct MustChange {
    identity: Identity,
    /// The one that an administrator set.
    set: SecretString,
}

/// The form.
#[derive(Debug)]
pub struct SignInForm {
    /// Who.
    pub email: Field,
    /// The e-mail with which it began.
    began_with: String,
    /// Their password, or a new one.
    pub password: Secret,
    /// The new one once more.
    pub again: Secret,
    /// Where the cursor is.
    pub focus: Focus,
    /// What is wrong, and in which line.
    pub fault: Option<(Focus, String)>,
    /// What went wrong when it was asked.
    pub trouble: Option<String>,
    /// Why what was typed is not done.
    pub notice: Option<&'static str>,
    /// The question that is under way.
    asking: Option<Ticket>,
    /// The password that it is about.
    tried: Option<SecretString>,
    must_change: Option<MustChange>,
}

impl SignInForm {
    /// The form with an e-mail, which may be none yet.
    #[must_use]
    pub fn new(email: &str) -> Self {
        SignInForm {
            email: Field::line(254).with(email),
            began_with: email.to_owned(),
            password: Secret::default(),
            again: Secret::default(),
            focus: if email.is_empty() { Focus::Email } else { Focus::Password },
            fault: None,
            trouble: None,
            notice: None,
            asking: None,
            tried: None,
            must_change: None,
        }
    }

    /// Whether a new password is asked for.
    #[must_use]
    pub fn is_for_new_password(&self) -> bool {
        self.must_change.is_some()
    }

    /// Whether an answer is on its way.
    #[must_use]
    pub fn is_asking(&self) -> bool {
        self.asking.is_some()
    }

    /// Whether a password is being changed: that is a write, and finishes before the program ends.
    pub(in crate::app) fn is_changing(&self) -> bool {
        self.is_asking() && self.must_change.is_some()
    }

    fn lines(&self) -> [Focus; 2] {
        if self.is_for_new_password() {
            [Focus::Password, Focus::Again]
        } else {
            [Focus::Email, Focus::Password]
        }
    }

    fn go_on(&mut self) {
        if self.focus == Focus::Password && !self.is_for_new_password() && self.holds_email() {
            // Whoever begins with the e-mail finds the cursor behind it, where it stands already.
            self.email.set(self.password.text());
            self.password.clear();
            return;
        }
        let [first, second] = self.lines();
        self.focus = if self.focus == first { second } else { first };
        if self.focus == Focus::Email {
            // What is typed next is an e-mail, or a password that was to go elsewhere: never a part of this one.
            self.email.select_all();
        } else {
            self.email.unselect();
        }
    }

    /// Whether an e-mail was typed for the password, where one stood before.
    fn holds_email(&self) -> bool {
        !self.began_with.is_empty()
            && self.email.text() == self.began_with
            && accept_email(self.password.text()).is_ok()
    }

    /// Says what is wrong; a password that was wrong is typed anew.
    pub(in crate::app) fn refuse(&mut self, line: Focus, fault: impl Into<String>) {
        self.fault = Some((line, fault.into()));
        self.focus = line;
        if line != Focus::Email {
            self.again.clear();
        }
        if line == Focus::Password {
            self.password.clear();
        }
    }

    /// Whether it holds what nobody else is to go on with: a password, or the right to choose one.
    pub(in crate::app) fn holds_secret(&self) -> bool {
        self.must_change.is_some() || !self.password.is_empty()
    }

    /// Forgets all but the e-mail with which it began.
    pub(in crate::app) fn begin_anew(&mut self) {
        *self = SignInForm::new(&self.began_with);
    }

    fn edited(&mut self, changed: bool) {
        if changed {
            (self.fault, self.trouble, self.notice) = (None, None, None);
        }
    }

    /// The password that is typed twice, where it can stand.
    fn chosen(&mut self, clinic: &str) -> Option<(Identity, SecretString)> {
        let must = self.must_change.as_ref()?;
        let identity = must.identity.clone();
        let about = [identity.name.as_str(), &identity.email, clinic];
        let accepted = accept_password(self.password.text(), &about).map(SecretString::from);
        let is_the_one = self.password.text() == must.set.expose_secret();
        let same = self.again.text() == self.password.text();
        match accepted {
            Err(fault) => self.refuse(Focus::Password, format!("the password {fault}")),
            Ok(_) if is_the_one => {
                self.refuse(Focus::Password, "that is the one that was set for you; choose another");
            }
            Ok(_) if self.again.is_empty() => self.focus = Focus::Again,
            Ok(_) if !same => self.refuse(Focus::Again, "is not the same; type it anew"),
            Ok(accepted) => return Some((identity, accepted)),
        }
        None
    }
}

impl App {
    /// What is typed at a desk that is closed.
    pub(in crate::app) fn door_input(&mut self, event: &Event) {
        match event {
            Event::Key(key) => self.door_key(*key),
            Event::Paste(text) => self.door_edit(|form| match form.focus {
                Focus::Email => form.email.paste(text),
                Focus::Password => form.password.paste(text),
                Focus::Again => form.again.paste(text),
            }),
            _ => {}
        }
    }

    fn door_edit(&mut self, edit: impl FnOnce(&mut SignInForm) -> bool) {
        // What cannot be seen is not typed into.
        if self.is_too_small() {
            return;
        }
        if let Some(form) = self.door_form().filter(|form| !form.is_asking()) {
            let changed = edit(form);
            form.edited(changed);
        }
    }

    fn door_key(&mut self, key: KeyEvent) {
        match keymap::action(&[Context::SignIn], Key::pressed(key)) {
            Some(Action::Quit) => self.leave_for_shell(Leaving::Quit),
            Some(Action::Suspend) => self.leave_for_shell(Leaving::Suspend),
            Some(Action::Redraw) => self.effects.push(Effect::Redraw),
            _ if self.is_too_small() => {}
            Some(Action::Submit) => self.knock(),
            Some(action) => {
                let Some(form) = self.door_form().filter(|form| !form.is_asking()) else { return };
                match action {
                    Action::NextField | Action::PreviousField => form.go_on(),
                    Action::Leave => form.begin_anew(),
                    _ => {}
                }
            }
            None => self.door_edit(|form| match form.focus {
                Focus::Email => form.email.key(key),
                Focus::Password => form.password.key(key),
                Focus::Again => form.again.key(key),
            }),
        }
    }

    /// Enter: asks whether they may come in, or says what is missing.
    fn knock(&mut self) {
        let ticket = self.tickets.issue();
        let (key, at) = (self.fresh_key(), self.now.at);
        let by_account = self.account_unlocks();
        let clinic = self.clinic.name.clone();
        let Some(form) = self.door_form().filter(|form| !form.is_asking()) else { return };
        form.edited(true);
        let door = if form.is_for_new_password() {
            match form.chosen(&clinic) {
                Some((who, password)) => Door::ChangePassword(Box::new(who), Order { key, at }, password),
                None => return,
            }
        } else if !form.password.is_empty() && !form.email.is_blank() {
            Door::SignIn(form.email.text().trim().to_owned(), form.password.take())
        } else if form.password.is_empty() && by_account {
            Door::ByAccount
        } else if form.email.is_blank() {
            return form.refuse(Focus::Email, "is missing: the one with which you sign in");
        } else if form.focus == Focus::Email {
            return form.go_on();
        } else {
            return form.refuse(Focus::Password, "is missing");
        };
        if let Door::SignIn(_, password) = &door {
            // Needed once more where they must choose another.
            form.tried = Some(password.clone());
        }
        form.asking = Some(ticket);
        self.effects.push(Effect::Door(ticket, door));
    }

    /// What came of it.
    pub(in crate::app) fn door_answered(&mut self, ticket: Ticket, answer: DoorAnswer) {
        let zone = self.clinic.zone;
        let Some(form) = self.door_form() else { return };
        if form.asking.take_if(|asked| *asked == ticket).is_none() {
            return;
        }
        let tried = form.tried.take();
        match answer {
            DoorAnswer::SignIn(Ok(SignIn::Welcome { identity, must_change: true })) => {
                form.must_change = tried.map(|set| MustChange { identity, set });
                form.focus = Focus::Password;
            }
            DoorAnswer::SignIn(Ok(SignIn::Welcome { identity, must_change: false }))
            | DoorAnswer::ByAccount(Ok(Some(identity))) => self.proven(identity),
            DoorAnswer::SignIn(Ok(refused)) => form.refuse(Focus::Password, refused.said(zone)),
            DoorAnswer::ByAccount(Ok(None)) => {
                form.refuse(Focus::Password, "is needed: your Unix account is not proof enough any more");
                self.gate.distrust_account();
            }
            DoorAnswer::PasswordChanged(Ok(())) => {
                if let Some(must) = form.must_change.take() {
                    self.proven(must.identity);
                }
            }
            DoorAnswer::SignIn(Err(error))
            | DoorAnswer::ByAccount(Err(error))
            | DoorAnswer::PasswordChanged(Err(error)) => form.trouble = Some(error.to_string()),
        }
        self.watch_door();
    }
}
