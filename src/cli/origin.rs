//! Where this process runs, and under which account: what the audit trail says of it, and what may be the
//! proof of who somebody is.

use crate::domain::staff::MAX_OS_USER;
use crate::domain::text::accept_line;
use crate::store::sql::trail::Origin;

/// The origin of this process. The account is that of the process's user id, since a variable such as USER
/// says whatever its owner likes.
#[must_use]
pub fn current() -> Origin {
    let name = whoami::username().ok();
    let (real, effective) = (rustix::process::getuid().as_raw(), rustix::process::geteuid().as_raw());
    let os_user = os_user(name.as_deref(), real, effective);
    Origin { host: whoami::hostname().unwrap_or_default(), os_user, clock: super::clock::now }
}

/// The account as the audit trail calls it. One that proves nothing is called by a name with a blank in it,
/// which no account has and which is nobody's on the staff: that of a program that runs as its file's owner
/// and not as whoever started it; one that the machine has no name for, as in a container; one whose name
/// holds what no terminal is to be sent, or is longer than a name is kept.
fn os_user(name: Option<&str>, real: u32, effective: u32) -> String {
    let named = name.filter(|name| !name.is_empty());
    let is_whole =
        |name: &&str| accept_line(name, MAX_OS_USER).is_ok_and(|kept| kept == *name) && !name.contains(' ');
    match named.filter(is_whole) {
        Some(name) if real == effective => name.to_owned(),
        Some(name) => {
            let name: String = name.chars().take(MAX_OS_USER / 2).collect();
            format!("{name} (started by {real})")
        }
        None => format!("uid {effective}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_that_of_the_process_and_not_what_a_variable_says() {
        let origin = current();
        assert!(!origin.os_user.is_empty());
        let uid = rustix::process::geteuid().as_raw();
        assert!(uid != 0 || origin.os_user == "root");
    }

    #[test]
    fn an_account_that_proves_nothing_is_called_by_a_name_that_nobody_has() {
        assert_eq!(os_user(Some("ana"), 1000, 1000), "ana");
        let long = "x".repeat(MAX_OS_USER + 1);
        for (name, real) in [
            (Some("ana"), 1001),
            (Some("root"), 1000),
            (Some(long.as_str()), 1000),
            (Some("an\u{202e}a"), 1000),
            (Some("ana "), 1000),
            (Some(""), 1000),
            (None, 1000),
        ] {
            let called = os_user(name, real, 1000 * u32::from(name != Some("root")));
            assert!(called.contains(' ') && called.chars().count() <= MAX_OS_USER, "{name:?}: {called}");
        }
    }
}
