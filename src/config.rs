//! The settings: flags over environment over the config file over defaults.
//!
//! The URLs may hold passwords: they are kept as secrets, which `Debug` does not show, and no
//! fault of this module repeats them.

mod password_command;

use std::ffi::OsString;
use std::fmt;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};

use directories::{BaseDirs, ProjectDirs};
use secrecy::{ExposeSecret as _, SecretString};
use toml::de::DeTable;

pub use self::password_command::PasswordCommand;
use crate::domain::text;
use crate::store::Location;

/// The name of the embedded file in the data folder.
pub const EMBEDDED_FILE: &str = "frontdesk.db";

const MYSQL_FORM: &str = "mysql://USER:PASSWORD@HOST:PORT/DATABASE";
const MONGODB_FORM: &str = "mongodb://USER:PASSWORD@HOST:PORT/DATABASE";

/// The settings that a run works with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the embedded file and the log lie.
    pub data_dir: PathBuf,
    /// The MySQL or MariaDB server; none means the embedded file.
    pub mysql: Option<SecretString>,
    /// The MongoDB server.
    pub mongodb: Option<SecretString>,
    /// The desk's colours.
    pub theme: ThemeChoice,
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
            Some(url) => Location::Server(url.clone()),
            None => Location::File(self.data_dir.join(EMBEDDED_FILE)),
        }
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

    fn url(&self, name: &'static str) -> Result<Option<SecretString>, ConfigFault> {
        let Some(value) = (self.variable)(name).filter(|value| !value.is_empty()) else { return Ok(None) };
        let text =
            value.into_string().map_err(|_| ConfigFault(format!("{name}: is not written in UTF-8")))?;
        Ok(Some(SecretString::from(text)))
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

/// The config file, as `config.toml.example` explains it. No `Debug`: it holds secrets.
#[derive(Default)]
struct File {
    data_dir: Option<PathBuf>,
    mysql: Option<String>,
    mongodb: Option<String>,
    theme: ThemeChoice,
}

impl File {
    /// Reads the text of a config file. A fault comes with the place that it is about, in bytes, and
    /// repeats no value that may hold a password: what the parser says quotes the line.
    fn parse(text: &str) -> Result<Self, (Range<usize>, String)> {
        let table = DeTable::parse(text).map_err(|error| {
            let fault = "is not written as TOML; expected lines such as theme = 'dark'";
            (error.span().unwrap_or_default(), fault.to_owned())
        })?;
        let mut file = File::default();
        for (key, value) in table.get_ref() {
            let name: &str = key.get_ref();
            let fault = |fault: String| (key.span(), fault);
            let string = || {
                let text = value.get_ref().as_str().map(str::to_owned);
                text.ok_or_else(|| fault(format!("{name} is not a text; expected {name} = 'TEXT'")))
            };
            match name {
                "data_dir" => file.data_dir = Some(string()?.into()),
                "mysql" => file.mysql = Some(string()?),
                "mongodb" => file.mongodb = Some(string()?),
                "theme" => {
                    let theme = string()?;
                    file.theme = ThemeChoice::parse(&theme).ok_or_else(|| {
                        let theme = text::fit(&theme, WIDEST_QUOTE);
                        fault(format!("theme is \"{theme}\"; expected auto, dark, light or mono"))
                    })?;
                }
                _ => {
                    let name = text::fit(name, WIDEST_QUOTE);
                    return Err(fault(format!(
                        "there is no setting \"{name}\"; expected data_dir, mysql, mongodb or theme"
                    )));
                }
            }
        }
        Ok(file)
    }
}

/// How much of a value a fault repeats, in cells.
const WIDEST_QUOTE: usize = 40;

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    /// A config file that was named and is not there, one that cannot be read or has an unknown
    /// key, a URL that is not one, or no folder to keep data in.
    pub fn load(flags: Flags, machine: &Machine<'_>) -> Result<Self, ConfigFault> {
        let named = flags.config.or_else(|| machine.path("FRONTDESK_CONFIG"));
        let (file, path) = match (&named, &machine.config_file) {
            (Some(path), _) => (read(path)?, Some(path.clone())),
            (None, Some(path)) if path.exists() => (read(path)?, Some(path.clone())),
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

        let pick = |flag: Option<SecretString>, name: &str, variable: &'static str, key: Option<String>| {
            if let Some(url) = flag {
                return Ok(Some((name.to_owned(), url)));
            }
            if let Some(url) = machine.url(variable)? {
                return Ok(Some((variable.to_owned(), url)));
            }
            Ok(key.map(|url| (in_file(name.trim_start_matches('-')), SecretString::from(url))))
        };
        let mysql = pick(flags.mysql, "--mysql", "FRONTDESK_MYSQL_URL", file.mysql)?;
        let mongodb = pick(flags.mongodb, "--mongodb", "FRONTDESK_MONGODB_URL", file.mongodb)?;

        Ok(Config {
            data_dir,
            mysql: mysql.map(|(name, url)| mysql_url(&name, url)).transpose()?,
            mongodb: mongodb.map(|(name, url)| mongodb_url(&name, url)).transpose()?,
            theme: file.theme,
            file: path,
            default_file: machine.config_file.clone(),
        })
    }
}

fn read(path: &Path) -> Result<File, ConfigFault> {
    let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
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
    })?;
    File::parse(&text).map_err(|(place, fault)| {
        let line = text.get(..place.start).unwrap_or(&text).matches('\n').count() + 1;
        ConfigFault(format!("config file {}, line {line}: {fault}", path.display()))
    })
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

/// Checks the form of a MySQL URL. The driver would take some mistakes for an outage, and others
/// for an empty database.
fn mysql_url(name: &str, url: SecretString) -> Result<SecretString, ConfigFault> {
    let text = url.expose_secret();
    let rest = text.strip_prefix("mysql://").or_else(|| text.strip_prefix("mariadb://"));
    let Some(rest) = rest else {
        return Err(ConfigFault(format!(
            "{name}: the URL must begin with mysql:// or mariadb://, as in {MYSQL_FORM}"
        )));
    };
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    let (server, database) = path.split_once('/').unwrap_or((path, ""));
    let host = server.rsplit_once('@').map_or(server, |(_, host)| host);
    if host.is_empty() || host.starts_with(':') {
        return Err(ConfigFault(format!("{name}: the URL names no host; expected {MYSQL_FORM}")));
    }
    if database.is_empty() || database.contains('/') {
        return Err(ConfigFault(format!("{name}: the URL names no database; expected {MYSQL_FORM}")));
    }
    Ok(url)
}

fn mongodb_url(name: &str, url: SecretString) -> Result<SecretString, ConfigFault> {
    let text = url.expose_secret();
    let rest = text.strip_prefix("mongodb://").or_else(|| text.strip_prefix("mongodb+srv://"));
    match rest {
        Some(rest) if !rest.is_empty() => Ok(url),
        _ => Err(ConfigFault(format!(
            "{name}: the URL must begin with mongodb:// or mongodb+srv://, as in {MONGODB_FORM}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(flags: Flags, variables: &[(&str, &str)], file: Option<&str>) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        if let Some(text) = file {
            std::fs::write(&path, text).unwrap();
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

    fn shown(url: Option<&SecretString>) -> &str {
        url.map_or("", |url| url.expose_secret())
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
            config: None,
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
                "config file FOLDER/config.toml, line 1: there is no setting \"mysq\"; expected data_dir, mysql, mongodb or theme",
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
        let file = "mongodb = 'mongodb://u:secret@h/db'";
        let config = load(flags, &[], Some(file)).unwrap();
        assert!(!format!("{config:?} {:?}", config.location()).contains("secret"));
        assert_eq!(config.location().label(), "h/db");
    }

    #[test]
    fn the_example_parses_and_explains_every_key() {
        let example = include_str!("../config.toml.example");
        assert!(File::parse(example).is_ok());
        // With every key that it shows switched on, too.
        let on: String =
            example.lines().map(|line| line.strip_prefix("#: ").unwrap_or(line).to_owned() + "\n").collect();
        let Ok(file) = File::parse(&on) else { panic!("{on}") };
        assert!(file.data_dir.is_some() && file.mysql.is_some() && file.mongodb.is_some());
        assert!(on.contains("\ntheme = "));
    }
}
