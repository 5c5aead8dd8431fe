//! A server that the settings name: its URL, and where its password comes from.

use secrecy::{ExposeSecret as _, SecretString};

use super::{ConfigFault, Machine, PasswordCommand, url};
use crate::store::StoreError;
use crate::store::transport::{self, Reach, ServerUrl};

/// A server that is set: where it is, and how its password is had.
#[derive(Clone, Debug)]
pub struct Server {
    /// Its URL.
    pub url: ServerUrl,
    /// What lies between it and this desk.
    pub reach: Reach,
    /// What the URL is called in a fault.
    name: String,
    /// What prints its password, where that was not asked yet.
    command: Option<PasswordCommand>,
}

impl Server {
    /// Has its password printed by the command that is set, if any. Once it was, nothing is run again.
    ///
    /// # Errors
    /// Those of [`PasswordCommand::run`].
    pub async fn ask_password(&mut self) -> Result<(), ConfigFault> {
        if let Some(command) = &self.command {
            let password = command.run().await?;
            self.set_password(&password)?;
            self.command = None;
        }
        Ok(())
    }

    fn set_password(&mut self, password: &SecretString) -> Result<(), ConfigFault> {
        let whole = url::with_password(&self.name, self.url.expose_secret(), password)?;
        self.url = self.url.clone().with_url(whole);
        Ok(())
    }
}

/// A kind of server: what its settings are called, and how its URL is checked.
pub(super) struct Kind {
    flag: &'static str,
    pub key: &'static str,
    variable: &'static str,
    password: &'static str,
    command: &'static str,
    pub command_key: &'static str,
    form: fn(&str, &str) -> Result<(), ConfigFault>,
    reach: fn(&ServerUrl) -> Result<Reach, StoreError>,
}

pub(super) const MYSQL: Kind = Kind {
    flag: "--mysql",
    key: "mysql",
    variable: "FRONTDESK_MYSQL_URL",
    password: "FRONTDESK_MYSQL_PASSWORD",
    command: "FRONTDESK_MYSQL_PASSWORD_COMMAND",
    command_key: "mysql_password_command",
    form: url::check_mysql,
    reach: |url| transport::mysql(url).map(|(_, reach)| reach),
};

pub(super) const MONGODB: Kind = Kind {
    flag: "--mongodb",
    key: "mongodb",
    variable: "FRONTDESK_MONGODB_URL",
    password: "FRONTDESK_MONGODB_PASSWORD",
    command: "FRONTDESK_MONGODB_PASSWORD_COMMAND",
    command_key: "mongodb_password_command",
    form: url::check_mongodb,
    reach: |url| transport::mongodb(url).map(|(_, reach)| reach),
};

/// What is said of one server, beside what the machine says; what stands in the file has the name of its
/// place beside it.
pub(super) struct Given {
    pub kind: &'static Kind,
    pub flag: Option<SecretString>,
    pub key: Option<(String, String)>,
    pub words: Option<(String, Vec<String>)>,
    pub may_be_unverified: bool,
}

impl Given {
    /// The server, if any is named. Its password is the first of these that is given: the variable with
    /// the password, the variable with a command, the one in a URL of the environment, the file's command,
    /// the one in the file's URL.
    pub fn server(self, machine: &Machine<'_>) -> Result<Option<Server>, ConfigFault> {
        let kind = self.kind;
        let in_environment = machine.secret(kind.variable)?;
        // Whether what the file says of a password stands behind the URL's own.
        let (name, text, over_file) = match (self.flag, in_environment, self.key) {
            (Some(url), _, _) => (kind.flag.to_owned(), url, false),
            (None, Some(url), _) => {
                let has_its_own = url::holds_secret(url.expose_secret());
                (kind.variable.to_owned(), url, has_its_own)
            }
            (None, None, Some((name, url))) => (name, SecretString::from(url), false),
            (None, None, None) => return Ok(None),
        };
        (kind.form)(&name, text.expose_secret())?;
        if name == kind.flag && url::holds_secret(text.expose_secret()) {
            let fault = format!(
                "a password on the command line can be read by every account of this machine; leave it out of the URL, and give it in {} or by {} in the config file",
                kind.password, kind.command_key
            );
            return Err(ConfigFault::of(&name, &fault));
        }
        let url = ServerUrl::from(text).allowing_unverified(self.may_be_unverified);
        let reach = (kind.reach)(&url).map_err(|error| ConfigFault::of(&name, &error.to_string()))?;
        let mut server = Server { url, reach, name, command: None };
        if let Some(password) = machine.secret(kind.password)? {
            server.set_password(&password)?;
        } else if let Some(line) = machine.secret(kind.command)? {
            server.command = Some(PasswordCommand::of_line(kind.command, line.expose_secret())?);
        } else if let Some((name, words)) = self.words
            && !over_file
        {
            server.command = Some(PasswordCommand::of_words(&name, words)?);
        }
        Ok(Some(server))
    }
}
