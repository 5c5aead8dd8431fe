//! What stands in a server's URL: its form, and the password in it. No fault repeats it.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret as _, SecretString};

use super::ConfigFault;

const MYSQL_FORM: &str = "mysql://USER:PASSWORD@HOST:PORT/DATABASE";
const MONGODB_FORM: &str = "mongodb://USER:PASSWORD@HOST:PORT/DATABASE";

/// Whether there is a password in a URL, or what may be one: also in a URL that is not written as it
/// should be, so that one slip in it does not make it public.
pub(super) fn holds_secret(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let user = rest.rsplit_once('@').map_or("", |(user, _)| user);
    let options = rest.split_once('?').map_or("", |(_, options)| options).to_lowercase();
    user.split_once(':').is_some_and(|(_, password)| !password.is_empty())
        || ["tlscertificatekeyfilepassword=", "aws_session_token"].iter().any(|name| options.contains(name))
}

/// The same URL with this password, in place of any that it holds.
///
/// # Errors
/// Where the URL names no user; `name` is what the URL is called.
pub(super) fn with_password(
    name: &str,
    url: &str,
    password: &SecretString,
) -> Result<SecretString, ConfigFault> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let user = authority.rsplit_once('@').map_or("", |(user, _)| user).split(':').next().unwrap_or_default();
    if user.is_empty() {
        return Err(ConfigFault::of(
            name,
            "the URL names no user, whose password there is; expected USER@HOST in it",
        ));
    }
    let hosts = rest.get(authority.rfind('@').map_or(0, |at| at + 1)..).unwrap_or_default();
    let password = utf8_percent_encode(password.expose_secret(), NON_ALPHANUMERIC);
    Ok(SecretString::from(format!("{scheme}://{user}:{password}@{hosts}")))
}

/// Checks the form of a MySQL URL. The driver would take some mistakes for an outage, and others
/// for an empty database.
pub(super) fn check_mysql(name: &str, url: &str) -> Result<(), ConfigFault> {
    let Some(rest) = url.strip_prefix("mysql://").or_else(|| url.strip_prefix("mariadb://")) else {
        let fault = format!("the URL must begin with mysql:// or mariadb://, as in {MYSQL_FORM}");
        return Err(ConfigFault::of(name, &fault));
    };
    check_marks(name, rest)?;
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    let (server, database) = path.split_once('/').unwrap_or((path, ""));
    let host = server.rsplit_once('@').map_or(server, |(_, host)| host);
    if host.is_empty() || host.starts_with(':') {
        return Err(ConfigFault::of(name, &format!("the URL names no host; expected {MYSQL_FORM}")));
    }
    if database.is_empty() || database.contains('/') {
        return Err(ConfigFault::of(name, &format!("the URL names no database; expected {MYSQL_FORM}")));
    }
    Ok(())
}

/// Checks the form of a MongoDB URL.
pub(super) fn check_mongodb(name: &str, url: &str) -> Result<(), ConfigFault> {
    match url.strip_prefix("mongodb://").or_else(|| url.strip_prefix("mongodb+srv://")) {
        Some(rest) if !rest.is_empty() => check_marks(name, rest),
        _ => {
            let fault = format!("the URL must begin with mongodb:// or mongodb+srv://, as in {MONGODB_FORM}");
            Err(ConfigFault::of(name, &fault))
        }
    }
}

/// A password with a mark in it that ends the server's part of a URL would be taken for a host, and
/// shown as one.
fn check_marks(name: &str, rest: &str) -> Result<(), ConfigFault> {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if !authority.contains('@') && rest.contains('@') {
        let fault = "the URL has a / ? or # before its @; write such characters of a password in percent form: %2F %3F %23";
        return Err(ConfigFault::of(name, fault));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_goes_into_a_url_and_comes_out_as_it_was() {
        let odd = SecretString::from("p@ss:/?#%41 ü");
        for (url, expected) in [
            ("mysql://ana@db:3306/clinic?ssl-ca=/a/b.pem", "mysql://ana:P@db:3306/clinic?ssl-ca=/a/b.pem"),
            ("mariadb://ana:old@db/clinic", "mariadb://ana:P@db/clinic"),
            ("mongodb://ana@a:1,b:2/clinic?w=1", "mongodb://ana:P@a:1,b:2/clinic?w=1"),
            ("mongodb+srv://ana:@db.example.org", "mongodb+srv://ana:P@db.example.org"),
        ] {
            let whole = with_password("X", url, &odd).unwrap();
            let encoded = "p%40ss%3A%2F%3F%23%2541%20%C3%BC";
            assert_eq!(whole.expose_secret().replace(encoded, "P"), expected);
        }
        let options: sqlx::mysql::MySqlConnectOptions =
            with_password("X", "mysql://ana@db/clinic", &odd).unwrap().expose_secret().parse().unwrap();
        assert!(format!("{options:?}").contains("p@ss:/?#%41 ü"));
        for url in ["mysql://db/clinic", "mysql://:x@db/clinic", "mongodb://db/?x=a@b"] {
            let line = with_password("X", url, &odd).unwrap_err().to_string();
            assert!(line.starts_with("X: the URL names no user"), "{line}");
        }
    }

    #[test]
    fn marks_in_a_password_are_not_taken_for_a_place() {
        for url in
            ["mysql://ana:se/cret@db/clinic", "mysql://ana:12?cret@db/clinic", "mysql://ana:1#cret@db/c"]
        {
            let line = check_mysql("X", url).unwrap_err().to_string();
            assert!(line.contains("in percent form") && !line.contains("cret@"), "{line}");
            check_mongodb("X", &url.replace("mysql", "mongodb")).unwrap_err();
        }
        check_mysql("X", "mysql://ana:p%2F@db/clinic?ssl-ca=/a@b.pem").unwrap();
    }
}
