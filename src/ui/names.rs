//! Names that mix scripts so as to look like another, marked where identity matters: by a sign before
//! the name, which stays when the name is cut, and by words beside it.

use std::borrow::Cow;

use crate::domain::scripts::mixed;

/// The name, with the sign before it where it mixes scripts.
pub fn marked(name: &str) -> Cow<'_, str> {
    if mixed(name).is_some() { Cow::Owned(format!("! {name}")) } else { Cow::Borrowed(name) }
}

/// What is said of a name that mixes scripts, with the sign.
pub fn warning(name: &str) -> Option<String> {
    mixed(name).map(|mixed| format!("! {mixed}"))
}
