//! The settings: flags over environment over the config file over defaults.
//!
//! The URLs may hold passwords: they are kept as secrets, which `Debug` does not show, and no
//! fault of this module repeats them.

mod file;
mod password_command;
mod server;
mod url;

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use directories::{BaseDirs, ProjectDirs};
use secrecy::SecretString;

use self::file::File;
pub use self::password_command::PasswordCommand;
pub use self::server::Server;
use self::server::{Given, Kind, MONGODB, MYSQL};
use crate::domain::clinic::{DEFAULT_IDLE_LOCK, IDLE_LOCK_MINUTES};
use crate::store::Location;
use crate::store::transport::Reach;

/// The name of the embedded file in the data folder.
pub const EMBEDDED_FILE: &str = "frontdesk.db";

/// The settings that a run works with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the embedded file and the log lie.
    pub data_dir: PathBuf,
    /// The MySQL or MariaDB server; none means the embedded file.
    pub mysql: Option<Server>,
    /// The MongoDB server.
    pub mongodb: Option<Server>,
    /// Who signs in: their e-mail.
    pub user: Option<String>,
    /// The desk's colours.
    pub theme: ThemeChoice,
    /// After how many minutes without a key the desk locks; the clinic's maximum goes over it.
    pub idle_lock_minutes: u16,
    /// The config file that was read, if any.
    pub file: Option<PathBuf>,
    /// Where a config file is looked for when none is named.
    pub default_file: Option<PathBuf>,
}

impl Config {
    /// Where the relational half lies.
    #[must_use]
    pub fn location(&self) -> Location {
        match &self.mysql {
            Some(server) => Location::Server(server.url.clone()),
            None => Location::File(self.data_dir.join(EMBEDDED_FILE)),
        }
    }

    /// What has to be said at every start: the servers that are reached without verified TLS, a line
    /// each.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let servers = [("MySQL", &self.mysql), ("MongoDB", &self.mongodb)];
        let unverified = servers.into_iter().filter_map(|(kind, server)| {
            let server = server.as_ref().filter(|server| server.reach == Reach::Unverified)?;
            let place = Location::Server(server.url.clone()).label();
            Some(format!(
                "WARNING: the {kind} server {place} is reached WITHOUT VERIFIED TLS, as allow_unverified_transport permits: \
                 patients' data and passwords can be read and changed on the way"
            ))
        });
        unverified.collect()
    }
}

/// The desk's colours, as a person chooses them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThemeChoice {
    /// Whatever suits the terminal.
    #[default]
    Auto,
    /// For a dark background.
    Dark,
    /// For a light background.
    Light,
    /// Without colour.
    Mono,
}

impl ThemeChoice {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "auto" => ThemeChoice::Auto,
            "dark" => ThemeChoice::Dark,
            "light" => ThemeChoice::Light,
            "mono" => ThemeChoice::Mono,
            _ => return None,
        })
    }
}

/// What the flags say; none where a flag was not given.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--config`
    pub config: Option<PathBuf>,
    /// `--data-dir`
    pub data_dir: Option<PathBuf>,
    /// `--mysql`
    pub mysql: Option<SecretString>,
    /// `--mongodb`
    pub mongodb: Option<SecretString>,
    /// `--allow-unverified-transport`
    pub allow_unverified_transport: bool,
    /// `--user`
    pub user: Option<String>,
}

/// What the machine says: its environment and its folders. A parameter, so that a test can say
/// something else.
pub struct Machine<'m> {
    /// The value of an environment variable.
    pub variable: &'m dyn Fn(&str) -> Option<OsString>,
    /// The config file that is read where none is named; it need not exist.
    pub config_file: Option<PathBuf>,
    /// The data folder where none is named.
    pub data_dir: Option<PathBuf>,
    /// The person's own folder, which `~` means in the config file.
    pub home: Option<PathBuf>,
}

impl Machine<'_> {
    /// This machine, with the platform's folders.
    #[must_use]
    pub fn real() -> Machine<'static> {
        let folders = ProjectDirs::from("", "", "frontdesk");
        Machine {
            variable: &|name| std::env::var_os(name),
            config_file: folders.as_ref().map(|folders| folders.config_dir().join("config.toml")),
            data_dir: folders.as_ref().map(|folders| folders.data_dir().to_owned()),
            home: BaseDirs::new().map(|folders| folders.home_dir().to_owned()),
        }
    }

    /// A variable's value; an empty one counts as none, as a script leaves it that has nothing
    /// to say.
    fn path(&self, name: &str) -> Option<PathBuf> {
        (self.variable)(name).filter(|value| !value.is_empty()).map(PathBuf::from)
    }

    fn text(&self, name: &str) -> Option<String> {
        (self.variable)(name)?.into_string().ok().filter(|value| !value.trim().is_empty())
    }

    fn secret(&self, name: &str) -> Result<Option<SecretString>, ConfigFault> {
        let Some(value) = (self.variable)(name).filter(|value| !value.is_empty()) else { return Ok(None) };
        let text =
            value.into_string().map_err(|_| ConfigFault(format!("{name}: is not written in UTF-8")))?;
        Ok(Some(SecretString::from(text)))
    }

    /// Whether a variable switches something on.
    fn switch(&self, name: &str) -> Result<Option<bool>, ConfigFault> {
        let Some(value) = (self.variable)(name).filter(|value| !value.is_empty()) else { return Ok(None) };
        match value.to_str() {
            Some("1" | "true" | "yes") => Ok(Some(true)),
            Some("0" | "false" | "no") => Ok(Some(false)),
            _ => Err(ConfigFault::of(name, "is not a yes or a no; expected 1 or 0")),
        }
    }
}

impl fmt::Debug for Machine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine").field("config_file", &self.config_file).finish_non_exhaustive()
    }
}

/// A setting that cannot stand: one line that names it, says what is wrong and what is expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigFault(String);

impl ConfigFault {
    /// The fault of a setting: its name, and what is wrong with it.
    fn of(name: &str, fault: &str) -> Self {
        ConfigFault(format!("{name}: {fault}"))
    }
}

/// The variable for after how many minutes without a key the desk locks.
const IDLE_LOCK: &str = "FRONTDESK_IDLE_LOCK_MINUTES";

fn idle_lock_minutes(typed: &str) -> Option<u16> {
    typed.parse().ok().filter(|minutes| IDLE_LOCK_MINUTES.contains(minutes))
}

fn expected_minutes() -> String {
    format!("expected {} to {}", IDLE_LOCK_MINUTES.start(), IDLE_LOCK_MINUTES.end())
}

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    /// A config file that was named and is not there, one that cannot be read or has an unknown key, one
    /// with a secret that others may read, a URL that is not one or gives verified TLS up, a password on
    /// the command line, or no folder to keep data in.
    pub fn load(flags: Flags, machine: &Machine<'_>) -> Result<Self, ConfigFault> {
        let named = flags.config.or_else(|| machine.path("FRONTDESK_CONFIG"));
        let (file, path) = match (&named, &machine.config_file) {
            (Some(path), _) => (File::read(path)?, Some(path.clone())),
            (None, Some(path)) if path.exists() => (File::read(path)?, Some(path.clone())),
            (None, _) => (File::default(), None),
        };
        let in_file = |key: &str| match &path {
            Some(path) => format!("{key} in {}", path.display()),
            None => key.to_owned(),
        };

        let data_dir = flags
            .data_dir
            .or_else(|| machine.path("FRONTDESK_DATA_DIR"))
            .or_else(|| file.data_dir.map(|folder| in_folder_of(path.as_deref(), folder, machine)))
            .or_else(|| machine.data_dir.clone())
            .filter(|folder| !folder.as_os_str().is_empty())
            .ok_or_else(|| {
                ConfigFault(
                    "there is no home folder to keep data in; name a folder with --data-dir".to_owned(),
                )
            })?;

        let variable = machine.switch("FRONTDESK_ALLOW_UNVERIFIED_TRANSPORT")?;
        let may_be_unverified =
            flags.allow_unverified_transport || variable.unwrap_or(file.allow_unverified_transport);
        let given = |kind: &'static Kind, flag, key: Option<String>, words: Option<Vec<String>>| {
            let key = key.map(|url| (in_file(kind.key), url));
            let words = words.map(|words| (in_file(kind.command_key), words));
            Given { kind, flag, key, words, may_be_unverified }.server(machine)
        };
        let idle_lock = match machine.text(IDLE_LOCK) {
            Some(typed) => Some(idle_lock_minutes(typed.trim()).ok_or_else(|| {
                ConfigFault::of(IDLE_LOCK, &format!("is not a number of minutes; {}", expected_minutes()))
            })?),
            None => file.idle_lock_minutes,
        };

        Ok(Config {
            idle_lock_minutes: idle_lock.unwrap_or(DEFAULT_IDLE_LOCK),
            data_dir,
            mysql: given(&MYSQL, flags.mysql, file.mysql, file.mysql_password_command)?,
            mongodb: given(&MONGODB, flags.mongodb, file.mongodb, file.mongodb_password_command)?,
            user: flags.user.or_else(|| machine.text("FRONTDESK_USER")),
            theme: file.theme,
            file: path,
            default_file: machine.config_file.clone(),
        })
    }
}

/// A folder of the config file: `~/` means home, and what is relative is meant from the file.
fn in_folder_of(file: Option<&Path>, folder: PathBuf, machine: &Machine<'_>) -> PathBuf {
    if let (Ok(rest), Some(home)) = (folder.strip_prefix("~"), &machine.home) {
        return home.join(rest);
    }
    match file.and_then(Path::parent) {
        Some(parent) => parent.join(folder),
        None => folder,
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn load(flags: Flags, variables: &[(&str, &str)], file: Option<&str>) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        if let Some(text) = file {
            std::fs::write(&path, text).unwrap();
            #[cfg(unix)]
            std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        }
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        };
        let machine = Machine {
            variable: &variable,
            config_file: Some(path),
            data_dir: Some("/default".into()),
            home: Some("/home/ana".into()),
        };
        Config::load(flags, &machine)
            .map_err(|fault| fault.to_string().replace(&folder.path().display().to_string(), "FOLDER"))
    }

    fn shown(server: Option<&Server>) -> &str {
        server.map_or("", |server| server.url.expose_secret())
    }

    /// The URL with the password that is used in the end.
    fn asked(flag: Option<&str>, variables: &[(&str, &str)], file: &str) -> Result<String, String> {
        let flags = Flags { mysql: flag.map(SecretString::from), ..Flags::default() };
        let mut server = load(flags, variables, Some(file))?.mysql.unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(server.ask_password()).map_err(|fault| fault.to_string())?;
        Ok(shown(Some(&server)).to_owned())
    }

    #[test]
    fn flags_go_over_environment_over_file_over_defaults() {
        let file =
            "data_dir = '/file'\nmysql = 'mysql://h/file'\nmongodb = 'mongodb://file'\ntheme = 'mono'\n";
        let plain = load(Flags::default(), &[], None).unwrap();
        assert_eq!((plain.data_dir.as_path(), plain.theme), (Path::new("/default"), ThemeChoice::Auto));
        assert!(plain.mysql.is_none() && plain.mongodb.is_none() && plain.file.is_none());
        assert!(
            matches!(plain.location(), Location::File(path) if path == Path::new("/default/frontdesk.db"))
        );

        let from_file = load(Flags::default(), &[("FRONTDESK_MYSQL_URL", "")], Some(file)).unwrap();
        assert_eq!((from_file.data_dir.as_path(), from_file.theme), (Path::new("/file"), ThemeChoice::Mono));
        assert_eq!(shown(from_file.mysql.as_ref()), "mysql://h/file");

        let variables = [
            ("FRONTDESK_DATA_DIR", "/env"),
            ("FRONTDESK_MYSQL_URL", "mariadb://h/env"),
            ("FRONTDESK_MONGODB_URL", "mongodb://env"),
        ];
        let from_env = load(Flags::default(), &variables, Some(file)).unwrap();
        assert_eq!(from_env.data_dir, Path::new("/env"));
        assert_eq!(shown(from_env.mysql.as_ref()), "mariadb://h/env");
        assert_eq!(shown(from_env.mongodb.as_ref()), "mongodb://env");

        let flags = Flags {
            data_dir: Some("/flag".into()),
            mysql: Some("mysql://h/flag".into()),
            mongodb: Some("mongodb://flag".into()),
            ..Flags::default()
        };
        let from_flags = load(flags, &variables, Some(file)).unwrap();
        assert_eq!(from_flags.data_dir, Path::new("/flag"));
        assert_eq!(shown(from_flags.mysql.as_ref()), "mysql://h/flag");
        assert_eq!(shown(from_flags.mongodb.as_ref()), "mongodb://flag");
    }

    #[test]
    fn folders_in_the_file_are_meant_from_home_or_from_the_file() {
        let folder = |text: &str| load(Flags::default(), &[], Some(text)).unwrap().data_dir;
        assert_eq!(folder("data_dir = '~/desk'"), Path::new("/home/ana/desk"));
        assert!(folder("data_dir = 'desk'").ends_with("desk"));
        assert!(folder("data_dir = 'desk'").is_absolute());
    }

    #[test]
    fn what_is_wrong_is_said_in_one_line_that_names_the_place() {
        for (file, expected) in [
            (
                "mysq = 'x'",
                "config file FOLDER/config.toml, line 1: there is no setting \"mysq\"; expected data_dir, mysql, mysql_password_command, mongodb, mongodb_password_command, allow_unverified_transport, theme or idle_lock_minutes",
            ),
            (
                "\ntheme = 'pink'",
                "config file FOLDER/config.toml, line 2: theme is \"pink\"; expected auto, dark, light or mono",
            ),
            ("data_dir = 5", "line 1: data_dir is not a text; expected data_dir = 'TEXT'"),
            ("theme = 'dark'\n[mysql]\n", "line 2: mysql is not a text"),
            (
                "mysql = 'postgres://u:secret@h/db'",
                "mysql in FOLDER/config.toml: the URL must begin with mysql://",
            ),
            ("mysql = 'mysql://u:secret@h'", "names no database"),
            ("mysql = 'mysql://u:secret@/db'", "names no host"),
            ("mysql = \"mysql://u:secret@h/db", "line 1: is not written as TOML; expected lines such as"),
            ("mysql = ['mysql://u:secret@h/db']", "line 1: mysql is not a text"),
            ("mongodb = 'http://u:secret@h'", "must begin with mongodb://"),
            (
                "mysql_password_command = 'pass secret'",
                "line 1: mysql_password_command is not a list of texts",
            ),
            (
                "mongodb_password_command = ['pass', 1]",
                "line 1: mongodb_password_command is not a list of texts",
            ),
            (
                "mysql = 'mysql://u@h/db'\nmysql_password_command = []",
                "mysql_password_command in FOLDER/config.toml: names no program",
            ),
            ("allow_unverified_transport = 'yes'", "is not true or false"),
            (
                "mysql = 'mysql://u:secret@h/db?ssl-mode=REQUIRED'",
                "mysql in FOLDER/config.toml: the ssl-mode",
            ),
            (
                "mongodb = 'mongodb://u:secret@h/db?tls=false'",
                "mongodb in FOLDER/config.toml: what the MongoDB",
            ),
            ("mongodb = 'mongodb://u:secret@h:port/db'", "the MongoDB URL cannot be read"),
        ] {
            let line = load(Flags::default(), &[], Some(file)).unwrap_err();
            assert!(line.contains(expected), "{file}: {line}");
            assert!(!line.contains('\n') && !line.contains("secret"), "{file}: {line}");
        }
        let missing = Flags { config: Some("/nowhere/config.toml".into()), ..Flags::default() };
        let line = load(missing, &[], None).unwrap_err();
        assert_eq!(line, "there is no config file /nowhere/config.toml");
    }

    #[test]
    fn no_secret_is_in_a_debug_print() {
        let flags = Flags { mysql: Some("mysql://u:secret@h/db".into()), ..Flags::default() };
        assert!(!format!("{flags:?}").contains("secret"));
        let file = "mongodb = 'mongodb://u:secret@h/db'\nmysql_password_command = ['pass', 'secret']";
        let variables = [("FRONTDESK_MYSQL_URL", "mysql://u@h/db")];
        let config = load(Flags::default(), &variables, Some(file)).unwrap();
        assert!(!format!("{config:?} {:?}", config.location()).contains("secret"));
        assert_eq!(config.location().label(), "h/db");
    }

    #[cfg(unix)]
    #[test]
    fn the_password_is_the_first_that_is_given() {
        let url = "mysql = 'mysql://u:file@h/db'\n";
        let command = "mysql = 'mysql://u:file@h/db'\nmysql_password_command = ['echo', 'printed']\n";
        let (password, env_command) = ("FRONTDESK_MYSQL_PASSWORD", "FRONTDESK_MYSQL_PASSWORD_COMMAND");
        let own = ("FRONTDESK_MYSQL_URL", "mysql://u:env@h/db");
        let bare = ("FRONTDESK_MYSQL_URL", "mysql://u@h/db");
        let echo = (env_command, "echo said");
        for (variables, file, expected) in [
            (&[][..], url, "file"),
            (&[], command, "printed"),
            (&[own], command, "env"),
            (&[bare], command, "printed"),
            (&[(env_command, "")], command, "printed"),
            (&[own, echo], command, "said"),
            (&[echo], url, "said"),
            (&[own, echo, (password, "p:w")], command, "p%3Aw"),
        ] {
            let whole = asked(None, variables, file).unwrap();
            assert_eq!(whole, format!("mysql://u:{expected}@h/db"), "{variables:?} {file}");
        }
        let flag = Some("mysql://other@h/db");
        assert_eq!(asked(flag, &[], command).unwrap(), "mysql://other:printed@h/db");
        assert_eq!(asked(flag, &[own], url).unwrap(), "mysql://other@h/db");
        // What cannot be had is no reason to try without.
        let line = asked(None, &[(env_command, "false")], url).unwrap_err();
        assert_eq!(line, "FRONTDESK_MYSQL_PASSWORD_COMMAND: \"false\" ended with status 1");
        let line = asked(None, &[("FRONTDESK_MYSQL_URL", "mysql://h/db"), echo], "").unwrap_err();
        assert!(line.starts_with("FRONTDESK_MYSQL_URL: the URL names no user"), "{line}");
    }

    #[test]
    fn a_password_on_the_command_line_is_refused() {
        let secret = |url: &str| Some(SecretString::from(url));
        let mysql = Flags { mysql: secret("mysql://u:secret@h/db"), ..Flags::default() };
        let mongodb = Flags { mongodb: secret("mongodb://u:secret@h/db"), ..Flags::default() };
        for (flags, name) in [(mysql, "MYSQL"), (mongodb, "MONGODB")] {
            let line = load(flags, &[], None).unwrap_err();
            assert!(line.starts_with(&format!("--{}: a password", name.to_lowercase())), "{line}");
            assert!(line.contains(&format!("FRONTDESK_{name}_PASSWORD or by")) && !line.contains("secret"));
        }
    }

    #[test]
    fn what_is_not_verified_has_to_be_allowed_and_is_said() {
        let mysql = "mysql = 'mysql://u:secret@db:3306/clinic?ssl-mode=DISABLED'\n";
        let mongodb = "mongodb = 'mongodb://u:secret@docs/clinic?tlsInsecure=true'\n";
        let allow = "allow_unverified_transport = true\n";
        let variable = |value| [("FRONTDESK_ALLOW_UNVERIFIED_TRANSPORT", value)];
        let warned = |flags: Flags, variables: &[(&str, &str)], file: &str| {
            load(flags, variables, Some(file)).map(|config| config.warnings().join(" "))
        };
        for (variables, file) in [
            (&[][..], mysql.to_owned()),
            (&variable("0"), format!("{mysql}{allow}")),
            (&variable(""), mongodb.to_owned()),
        ] {
            let line = warned(Flags::default(), variables, &file).unwrap_err();
            assert!(line.contains("--allow-unverified-transport") && !line.contains("secret"), "{line}");
        }
        let flag = || Flags { allow_unverified_transport: true, ..Flags::default() };
        for (flags, variables, file) in [
            (flag(), &[][..], mysql.to_owned()),
            (flag(), &variable("0"), mysql.to_owned()),
            (Flags::default(), &variable("1"), mysql.to_owned()),
            (Flags::default(), &[], format!("{mysql}{allow}")),
        ] {
            let said = warned(flags, variables, &file).unwrap();
            assert!(
                said.starts_with("WARNING: the MySQL server db:3306/clinic is reached WITHOUT"),
                "{said}"
            );
            assert!(!said.contains("secret"), "{said}");
        }
        let both = warned(flag(), &[], &format!("{mysql}{mongodb}")).unwrap();
        assert!(
            both.contains("MySQL server db:3306") && both.contains("MongoDB server docs/clinic"),
            "{both}"
        );
        // Nothing is said of what is verified, or on this host.
        for file in
            ["mysql = 'mysql://u@db/clinic'", "mysql = 'mysql://u@localhost/clinic?ssl-mode=DISABLED'"]
        {
            assert_eq!(warned(flag(), &[], file).unwrap(), "");
        }
        warned(Flags::default(), &variable("maybe"), "").unwrap_err();
    }
}
