//! What is typed for a password: never shown, never kept in an editor's history, and wiped from memory.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use secrecy::SecretString;
use secrecy::zeroize::{Zeroize as _, Zeroizing};

/// The most characters that are taken: more than a password may have, so that one that is too long is told
/// off rather than cut.
const MOST: usize = 200;

/// A field for a password. Its text grows within one piece of memory, so that no copy of it stays behind.
pub struct Secret(Zeroizing<String>);

impl Default for Secret {
    fn default() -> Self {
        Secret(Zeroizing::new(String::with_capacity(MOST * 4)))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// How many characters are typed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.chars().count()
    }

    /// Whether nothing is typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is typed.
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// What is typed, which the field then has no longer.
    pub(super) fn take(&mut self) -> SecretString {
        let taken = SecretString::from(self.0.as_str());
        self.clear();
        taken
    }

    pub(super) fn clear(&mut self) {
        self.0.zeroize();
    }

    /// Gives a key to the field: letters go to its end, and come off there. Says whether anything changed.
    pub(super) fn key(&mut self, key: KeyEvent) -> bool {
        let command = key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        match key.code {
            // As at a shell's prompt for a password.
            KeyCode::Char('u' | 'w') if key.modifiers == KeyModifiers::CONTROL => self.clear(),
            KeyCode::Char(c) if !command && self.len() < MOST => self.0.push(c),
            KeyCode::Backspace => drop(self.0.pop()),
            _ => return false,
        }
        true
    }

    /// Puts pasted text at the end, without the line end that comes with a copied line.
    pub(super) fn paste(&mut self, text: &str) -> bool {
        let room = MOST - self.len().min(MOST);
        self.0.extend(text.trim_end_matches(['\r', '\n']).chars().take(room));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;

    #[test]
    fn what_is_typed_is_taken_once_and_shown_by_nothing() {
        let mut secret = Secret::default();
        for c in "añ€x".chars() {
            assert!(secret.key(KeyEvent::from(KeyCode::Char(c))));
        }
        secret.key(KeyEvent::from(KeyCode::Backspace));
        assert!(!secret.key(KeyEvent::new(KeyCode::Char('l'), KeyModifiers::ALT)));
        secret.paste(" 7\r\n");
        assert_eq!((secret.len(), format!("{secret:?}").as_str()), (5, "Secret"));
        assert_eq!(secret.take().expose_secret(), "añ€ 7");
        assert!(secret.is_empty());
        secret.paste(&"x".repeat(300));
        assert_eq!((secret.len(), secret.0.capacity()), (MOST, MOST * 4));
    }
}
