//! Where this process runs, and under which account: what the audit trail says of it, and what may be the
//! proof of who somebody is.

use crate::store::sql::trail::Origin;

/// The origin of this process. The account is that of the process's user id, since a variable such as USER
/// says whatever its owner likes.
#[must_use]
pub fn current() -> Origin {
    let os_user = whoami::username().ok().filter(|name| !name.is_empty()).unwrap_or_else(nameless);
    Origin { host: whoami::hostname().unwrap_or_default(), os_user, clock: super::clock::now }
}

/// An account that the machine has no name for, as in a container: by its number.
fn nameless() -> String {
    #[cfg(unix)]
    if let Ok(process) = std::fs::metadata("/proc/self") {
        return format!("uid-{}", std::os::unix::fs::MetadataExt::uid(&process));
    }
    "unknown".to_owned()
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
}
