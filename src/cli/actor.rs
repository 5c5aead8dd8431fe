//! Who acts: until people sign in, the Unix account and the host.

use crate::domain::appointment::Actor;
use crate::domain::text;

/// The longest name of an actor, in characters (`booked_by`, `audit_log.actor`).
const MAX_ACTOR: usize = 100;

/// `account@host` of this process. The account is that of the process's user id, since a variable
/// such as USER says whatever its owner likes.
#[must_use]
pub fn current() -> Actor {
    let account = whoami::username().ok().filter(|name| !name.is_empty()).unwrap_or_else(nameless);
    let host = whoami::hostname().unwrap_or_default();
    named(&account, &host)
}

/// An account that the machine has no name for, as in a container: by its number.
fn nameless() -> String {
    #[cfg(unix)]
    if let Ok(process) = std::fs::metadata("/proc/self") {
        return format!("uid-{}", std::os::unix::fs::MetadataExt::uid(&process));
    }
    "unknown".to_owned()
}

fn named(account: &str, host: &str) -> Actor {
    let whole = if host.is_empty() { account.to_owned() } else { format!("{account}@{host}") };
    Actor { name: text::clean(&whole).trim().chars().take(MAX_ACTOR).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_one_clean_name_that_fits_the_column() {
        assert_eq!(named("ana", "desk-1").name, "ana@desk-1");
        assert_eq!(named("ana", "").name, "ana");
        assert!(!named("ana\u{1b}[31m", "h").name.contains('\u{1b}'));
        assert_eq!(named(&"a".repeat(80), &"h".repeat(80)).name.chars().count(), MAX_ACTOR);
        assert!(!current().name.is_empty());
    }
}
