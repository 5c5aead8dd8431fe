//! What keeps patients' data and passwords within this process and its own files (HIPAA 164.312(a)(1),
//! access control): no core file, no look into its memory, and files that are their owner's alone.

use std::path::Path;

/// Shuts the process off, before it knows anything: a process that dies leaves no core file, and what it
/// makes is private. On Linux other programs of the same account may not look into its memory either,
/// which also holds where the system hands cores to a program of its own (core(5), `PR_SET_DUMPABLE`).
///
/// What the system refuses is left: a desk that could not open would help nobody.
#[cfg(unix)]
pub fn shut_off() {
    use rustix::fs::Mode;
    use rustix::process::{Resource, Rlimit, setrlimit, umask};
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).unwrap_or_default();
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
        .unwrap_or_default();
    umask(Mode::RWXG | Mode::RWXO);
}

/// Who may look into what is the system's business there.
#[cfg(not(unix))]
pub fn shut_off() {}

/// Makes those files of the data folder private that every account could read, as a copy of a database
/// may come to be, and says how many. What is open to its group alone is taken as meant. The folder
/// itself may hold other things (it may be a home folder), and is left alone; where everybody may write
/// into it, that is said.
#[cfg(unix)]
#[must_use]
pub fn mend(folder: &Path) -> Vec<String> {
    use std::os::unix::fs::MetadataExt as _;
    let ours = |name: &str, beginnings: &[&str]| beginnings.iter().any(|start| name.starts_with(start));
    let mut mended = 0;
    for (place, beginnings) in
        [(folder.to_owned(), &["frontdesk.", "demo-", "log"][..]), (folder.join("log"), &["frontdesk.log."])]
    {
        for entry in std::fs::read_dir(&place).into_iter().flatten().flatten() {
            if ours(&entry.file_name().to_string_lossy(), beginnings) && made_private(&entry.path()) {
                mended += 1;
            }
        }
    }
    let mut lines = Vec::new();
    if mended > 0 {
        let what = if mended == 1 { "one file".to_owned() } else { format!("{mended} files") };
        lines.push(format!(
            "{what} in {} could be read by every account of this machine; that is mended",
            folder.display()
        ));
    }
    // A folder like /tmp (sticky) keeps what is in it from others.
    let mode = std::fs::metadata(folder).map_or(0, |metadata| metadata.mode());
    if mode & 0o1002 == 0o002 {
        lines.push(format!(
            "every account of this machine may put other files in place of those in {folder}; run: chmod o-w {quoted}",
            folder = folder.display(),
            quoted = shell_words::quote(&folder.to_string_lossy())
        ));
    }
    lines
}

/// The files are the platform's business there.
#[cfg(not(unix))]
#[must_use]
pub fn mend(_: &Path) -> Vec<String> {
    Vec::new()
}

/// Takes a file of this account's, or a folder, from all others where all could read or write it, and
/// answers whether that was so. A link is left alone.
#[cfg(unix)]
fn made_private(path: &Path) -> bool {
    use std::fs::{OpenOptions, Permissions};
    use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
    // What was opened is what is changed, whatever is put in its place meanwhile.
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let Ok(flags) = i32::try_from(flags.bits()) else { return false };
    let Ok(file) = OpenOptions::new().read(true).custom_flags(flags).open(path) else { return false };
    let Ok(metadata) = file.metadata() else { return false };
    let ours = metadata.uid() == rustix::process::geteuid().as_raw();
    let plain = metadata.is_file() || metadata.is_dir();
    plain
        && ours
        && metadata.mode() & 0o007 != 0
        && file.set_permissions(Permissions::from_mode(metadata.mode() & 0o700)).is_ok()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn what_all_could_read_is_made_private_and_nothing_else_is_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir(path("log")).unwrap();
        let files = [
            ("frontdesk.db", 0o644, 0o600),
            ("frontdesk.db-wal", 0o666, 0o600),
            ("frontdesk.before-v2-from-v1.db", 0o604, 0o600),
            ("demo-2026-12-01.db", 0o640, 0o640),
            ("notes.txt", 0o644, 0o644),
            ("log/frontdesk.log.2026-12-01", 0o644, 0o600),
            ("log/other", 0o644, 0o644),
            ("log", 0o755, 0o700),
        ];
        for (name, mode, _) in files {
            if name != "log" {
                std::fs::write(path(name), "x").unwrap();
            }
            std::fs::set_permissions(path(name), std::fs::Permissions::from_mode(mode)).unwrap();
        }
        symlink(path("notes.txt"), path("frontdesk.link")).unwrap();
        let lines = mend(folder.path());
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].starts_with("5 files in ") && lines[0].ends_with("that is mended"), "{lines:?}");
        for (name, _, mode) in files {
            assert_eq!(std::fs::metadata(path(name)).unwrap().mode() & 0o777, mode, "{name}");
        }
        assert_eq!(mend(folder.path()), [""; 0], "it is said once");
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        let lines = mend(folder.path());
        assert!(lines.len() == 1 && lines[0].contains("run: chmod o-w "), "{lines:?}");
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o1777)).unwrap();
        assert_eq!(mend(folder.path()), [""; 0]);
        assert_eq!(mend(&path("nowhere")), [""; 0]);
    }

    #[test]
    fn a_process_that_is_shut_off_leaves_no_core() {
        use rustix::process::{Resource, getrlimit};
        shut_off();
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
        #[cfg(target_os = "linux")]
        assert_eq!(
            rustix::process::dumpable_behavior().unwrap(),
            rustix::process::DumpableBehavior::NotDumpable
        );
    }
}
