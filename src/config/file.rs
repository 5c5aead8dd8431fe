//! The config file: what may stand in it, and who may read it.

use std::fs::Metadata;
use std::io::{ErrorKind, Read as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::{ConfigFault, ThemeChoice, expected_minutes, idle_lock_minutes, url};
use crate::domain::text;

/// How much of a value a fault repeats, in cells.
const WIDEST_QUOTE: usize = 40;

/// The config file, as `config.toml.example` explains it. No `Debug`: it holds secrets.
#[derive(Default)]
pub(super) struct File {
    pub data_dir: Option<PathBuf>,
    pub mysql: Option<String>,
    pub mysql_password_command: Option<Vec<String>>,
    pub mongodb: Option<String>,
    pub mongodb_password_command: Option<Vec<String>>,
    pub allow_unverified_transport: bool,
    pub theme: ThemeChoice,
    pub idle_lock_minutes: Option<u16>,
}

impl File {
    /// Reads the text of a config file. A fault comes with the place that it is about, in bytes, and
    /// repeats no value that may hold a password: what the parser says quotes the line.
    pub fn parse(text: &str) -> Result<Self, (Range<usize>, String)> {
        let table = DeTable::parse(text).map_err(|error| {
            let fault = "is not written as TOML; expected lines such as theme = 'dark'";
            (error.span().unwrap_or_default(), fault.to_owned())
        })?;
        let mut file = File::default();
        for (key, value) in table.get_ref() {
            let name: &str = key.get_ref();
            let value = value.get_ref();
            let fault = |fault: String| (key.span(), fault);
            let string = || {
                let text = value.as_str().map(str::to_owned);
                text.ok_or_else(|| fault(format!("{name} is not a text; expected {name} = 'TEXT'")))
            };
            let words = || {
                let words = value.as_array().and_then(|words| {
                    words
                        .iter()
                        .map(|word| word.get_ref().as_str().map(str::to_owned))
                        .collect::<Option<Vec<_>>>()
                });
                words.ok_or_else(|| {
                    fault(format!(
                        "{name} is not a list of texts; expected {name} = ['pass', 'show', 'clinic']"
                    ))
                })
            };
            match name {
                "data_dir" => file.data_dir = Some(string()?.into()),
                "mysql" => file.mysql = Some(string()?),
                "mysql_password_command" => file.mysql_password_command = Some(words()?),
                "mongodb" => file.mongodb = Some(string()?),
                "mongodb_password_command" => file.mongodb_password_command = Some(words()?),
                "allow_unverified_transport" => {
                    let DeValue::Boolean(allow) = value else {
                        return Err(fault(format!("{name} is not true or false; expected {name} = false")));
                    };
                    file.allow_unverified_transport = *allow;
                }
                "theme" => {
                    let theme = string()?;
                    file.theme = ThemeChoice::parse(&theme).ok_or_else(|| {
                        let theme = text::fit(&theme, WIDEST_QUOTE);
                        fault(format!("theme is \"{theme}\"; expected auto, dark, light or mono"))
                    })?;
                }
                "idle_lock_minutes" => {
                    let number = value.as_integer().and_then(|number| idle_lock_minutes(number.as_str()));
                    file.idle_lock_minutes = Some(number.ok_or_else(|| {
                        fault(format!("{name} is not a number of minutes; {}", expected_minutes()))
                    })?);
                }
                _ => {
                    let name = text::fit(name, WIDEST_QUOTE);
                    return Err(fault(format!(
                        "there is no setting \"{name}\"; expected data_dir, mysql, mysql_password_command, mongodb, \
                         mongodb_password_command, allow_unverified_transport, theme or \
                         idle_lock_minutes"
                    )));
                }
            }
        }
        Ok(file)
    }

    /// Reads a config file, which must be there, and private where it holds a secret.
    pub fn read(path: &Path) -> Result<Self, ConfigFault> {
        let unreadable = |kind: ErrorKind| match kind {
            ErrorKind::NotFound => ConfigFault(format!("there is no config file {}", path.display())),
            kind => ConfigFault(format!(
                "the config file {} cannot be read: {}",
                path.display(),
                match kind {
                    ErrorKind::PermissionDenied => "this account is not permitted to",
                    ErrorKind::IsADirectory => "it is a folder; expected a file",
                    ErrorKind::InvalidData => "it is not text in UTF-8",
                    _ => "the disk or the system refused it",
                }
            )),
        };
        let mut text = String::new();
        let mut opened = std::fs::File::open(path).map_err(|error| unreadable(error.kind()))?;
        opened.read_to_string(&mut text).map_err(|error| unreadable(error.kind()))?;
        // Of the file that was read, whatever stands under its name by now.
        let metadata = opened.metadata().map_err(|error| unreadable(error.kind()))?;
        let file = File::parse(&text).map_err(|(place, fault)| {
            let line = text.get(..place.start).unwrap_or(&text).matches('\n').count() + 1;
            ConfigFault(format!("config file {}, line {line}: {fault}", path.display()))
        })?;
        file.check_access(path, &metadata)?;
        Ok(file)
    }

    /// Refuses a file that holds a password and that others may read, or that names a command and that
    /// others may write.
    #[cfg(unix)]
    fn check_access(&self, path: &Path, metadata: &Metadata) -> Result<(), ConfigFault> {
        use std::os::unix::fs::MetadataExt as _;
        let (mode, owner) = (metadata.mode(), metadata.uid());
        let me = rustix::process::geteuid().as_raw();
        let urls = [&self.mysql, &self.mongodb];
        let commands = [&self.mysql_password_command, &self.mongodb_password_command];
        let path = path.display();
        let mend = |command: String| match owner {
            owner if owner == me => format!("run: {command}"),
            owner => format!("it belongs to another account (uid {owner}), which has to run: {command}"),
        };
        if urls.into_iter().flatten().any(|url| url::holds_secret(url)) && mode & 0o077 != 0 {
            let mend = mend(format!("chmod 600 {}", quoted(&path.to_string())));
            return Err(ConfigFault(format!(
                "the config file {path} holds a password, and other accounts may read or write it (mode {:04o}); {mend}",
                mode & 0o7777
            )));
        }
        if commands.into_iter().flatten().next().is_none() {
            return Ok(());
        }
        if mode & 0o022 != 0 {
            let mend = mend(format!("chmod go-w {}", quoted(&path.to_string())));
            return Err(ConfigFault(format!(
                "the config file {path} names a command to run, and other accounts may write it (mode {:04o}); {mend}",
                mode & 0o7777
            )));
        }
        if ![me, 0].contains(&owner) {
            return Err(ConfigFault(format!(
                "the config file {path} names a command to run, and belongs to another account (uid {owner}); copy it, and name the copy with --config"
            )));
        }
        Ok(())
    }

    /// Who may read a file is the folder's business there.
    #[cfg(not(unix))]
    fn check_access(&self, _: &Path, _: &Metadata) -> Result<(), ConfigFault> {
        Ok(())
    }
}

/// A path as a shell takes it for one word.
fn quoted(path: &str) -> String {
    shell_words::quote(path).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_parses_and_explains_every_key() {
        let example = include_str!("../../config.toml.example");
        assert!(File::parse(example).is_ok());
        // With every key that it shows switched on, too.
        let on: String =
            example.lines().map(|line| line.strip_prefix("#: ").unwrap_or(line).to_owned() + "\n").collect();
        let Ok(file) = File::parse(&on) else { panic!("{on}") };
        assert!(file.data_dir.is_some() && file.mysql.is_some() && file.mongodb.is_some());
        assert!(file.mysql_password_command.is_some() && file.mongodb_password_command.is_some());
        assert!(!file.allow_unverified_transport && on.contains("\nallow_unverified_transport = "));
        assert!(on.contains("\ntheme = ") && file.idle_lock_minutes.is_some());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_with_a_secret_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("my config.toml");
        let read = |text: &str, mode: u32| {
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            File::read(&path).map(drop).map_err(|fault| fault.to_string())
        };
        let secrets = [
            "mysql = 'mysql://ana:secret@db/clinic'",
            "mongodb = 'mongodb://ana:secret@a:1,b:2/clinic'",
            "mongodb = 'mongodb+srv://ana:secret@db.example.org/'",
            "mongodb = 'mongodb://db/?tlsCertificateKeyFilePassword=secret'",
            // Not written as it should be, and a secret all the same.
            "mysql = 'mysql://ana:sec/re@t?@db/clinic'",
        ];
        for text in secrets {
            for mode in [0o644, 0o640, 0o604, 0o660, 0o620, 0o602] {
                let line = read(text, mode).unwrap_err();
                let mend = format!("(mode {mode:04o}); run: chmod 600 '{}'", path.display());
                assert!(line.ends_with(&mend) && !line.contains('\n'), "{line}");
                assert!(!line.contains("secret") && !line.contains("ana"), "{line}");
            }
            for mode in [0o600, 0o400, 0o700] {
                assert_eq!(read(text, mode), Ok(()), "{text}");
            }
        }
        for text in
            ["mysql = 'mysql://ana@db/clinic'", "mongodb = 'mongodb://db/c?tls=true'", "theme = 'dark'"]
        {
            assert_eq!(read(text, 0o666), Ok(()), "{text}");
        }
        let command = "mysql_password_command = ['pass', 'show', 'clinic']";
        assert_eq!(read(command, 0o644), Ok(()));
        for mode in [0o664, 0o646] {
            let line = read(command, mode).unwrap_err();
            assert!(line.contains("names a command to run") && line.contains("run: chmod go-w '"), "{line}");
        }
    }
}
