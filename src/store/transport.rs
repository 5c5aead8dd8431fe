//! How a server may be reached: over this host itself, or by TLS that is verified, and else not at all,
//! unless the settings allow it (HIPAA 164.312(e)(1), transmission security; OWASP's cheat sheet on
//! transport layer security).
//!
//! What a URL means is read by the drivers' own parsers, so that no spelling means one thing here and
//! another there. A URL says how its server is reached; it cannot by itself give verification up.

use std::net::IpAddr;
use std::path::Path;
use std::str::FromStr as _;

use mongodb::options::{ConnectionString, HostInfo, ServerAddress, Tls, TlsOptions};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::{ExposeSecret, SecretString};
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use url::Url;

use super::{Result, StoreError};

/// A server's URL, which may hold a password, and whether the settings allow that it is reached without
/// verified TLS.
#[derive(Clone, Debug)]
pub struct ServerUrl {
    url: SecretString,
    may_be_unverified: bool,
}

impl ServerUrl {
    /// The same, where the settings allow what its URL says of TLS, whatever that is.
    #[must_use]
    pub fn allowing_unverified(self, may_be_unverified: bool) -> Self {
        ServerUrl { may_be_unverified, ..self }
    }

    /// The same with another text.
    #[must_use]
    pub fn with_url(self, url: SecretString) -> Self {
        ServerUrl { url, ..self }
    }
}

impl From<SecretString> for ServerUrl {
    fn from(url: SecretString) -> Self {
        ServerUrl { url, may_be_unverified: false }
    }
}

impl From<String> for ServerUrl {
    fn from(url: String) -> Self {
        SecretString::from(url).into()
    }
}

impl From<&str> for ServerUrl {
    fn from(url: &str) -> Self {
        SecretString::from(url).into()
    }
}

impl ExposeSecret<str> for ServerUrl {
    fn expose_secret(&self) -> &str {
        self.url.expose_secret()
    }
}

/// What lies between a desk and its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// This host alone: whatever the URL says of TLS.
    ThisHost,
    /// TLS with a certificate of a known authority for the very name in the URL.
    Verified,
    /// A network, and nothing that shows who answers. Only where the settings allow it.
    Unverified,
}

impl Reach {
    /// The name in documents, and the words for people.
    #[must_use]
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Reach::ThisHost => ("this_host", "within this host"),
            Reach::Verified => ("verified", "verified TLS"),
            Reach::Unverified => ("unverified", "WITHOUT VERIFIED TLS"),
        }
    }
}

/// Whether the name means this host for everybody: `localhost` (RFC 6761) and the loopback addresses
/// (RFC 1122, RFC 4291). Another name of this machine may be another machine's tomorrow.
fn is_this_host(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    let address = host.parse::<IpAddr>().map(|address| address.to_canonical());
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// The driver's options of a MySQL URL. Without a word of TLS in it, a server on this host is reached as
/// the driver likes (TLS where the server has it), and any other by verified TLS.
///
/// # Errors
/// [`StoreError::Transport`]: a URL that cannot be read or gives verified TLS up, and files that it names
/// and that are not there or hold no certificate.
pub fn mysql(server: &ServerUrl) -> Result<(MySqlConnectOptions, Reach)> {
    // What the parsers say of a URL they cannot read may quote it.
    let unreadable = || {
        StoreError::Transport(
            "the MySQL URL cannot be read; expected mysql://USER:PASSWORD@HOST:PORT/DATABASE".to_owned(),
        )
    };
    let options = MySqlConnectOptions::from_str(server.expose_secret()).map_err(|_| unreadable())?;
    let url = Url::parse(server.expose_secret()).map_err(|_| unreadable())?;
    // By the driver's names of them, the last one that is given counts.
    let option = |names: [&str; 2]| {
        url.query_pairs()
            .filter(|(key, _)| names.contains(&&**key))
            .last()
            .map(|(_, value)| value.into_owned())
    };
    // sqlx connects to the address in the brackets, and takes the brackets for a part of the name.
    let host = options.get_host().trim_matches(['[', ']']).to_owned();
    let local = options.get_socket().is_some() || is_this_host(&host);
    let options = options.host(&host);
    let says = option(["sslmode", "ssl-mode"]).map(|_| options.get_ssl_mode());
    let (options, reach) = match says {
        _ if local => (options, Reach::ThisHost),
        None | Some(MySqlSslMode::VerifyIdentity) => {
            (options.ssl_mode(MySqlSslMode::VerifyIdentity), Reach::Verified)
        }
        Some(_) if server.may_be_unverified => (options, Reach::Unverified),
        Some(_) => {
            return Err(given_up("the ssl-mode in the MySQL URL", "leave it out, or write VERIFY_IDENTITY"));
        }
    };
    let authorities = option(["sslca", "ssl-ca"]);
    // A certificate may stand in the URL itself; the driver reads it then, and is asked for one.
    for name in authorities.iter().filter(|name| !name.trim_start().starts_with("-----BEGIN")) {
        need_certificates("ssl-ca", Path::new(name))?;
    }
    match (option(["sslcert", "ssl-cert"]), option(["sslkey", "ssl-key"])) {
        (None, None) => {}
        (Some(certificate), Some(key)) => {
            need_certificates("ssl-cert", Path::new(&certificate))?;
            need_key("ssl-key", Path::new(&key))?;
        }
        _ => {
            return Err(StoreError::Transport(
                "the MySQL URL names one of ssl-cert and ssl-key; a desk's own certificate needs both"
                    .to_owned(),
            ));
        }
    }
    Ok((options, reach))
}

/// The driver's reading of a MongoDB URL, with TLS set as it has to be. The members of a replica set name
/// each other, so that a server which is reached without verified TLS is one, on this host, and none
/// that it names.
///
/// # Errors
/// [`StoreError::Transport`]: a URL that cannot be read or gives verified TLS up, and files that it names
/// and that are not there or hold no certificate.
pub fn mongodb(server: &ServerUrl) -> Result<(ConnectionString, Reach)> {
    let mut url = ConnectionString::parse(server.expose_secret()).map_err(|_| {
        StoreError::Transport(
            "the MongoDB URL cannot be read; expected mongodb://USER:PASSWORD@HOST:PORT/DATABASE".to_owned(),
        )
    })?;
    let verified = match &url.tls {
        Some(Tls::Enabled(options)) => options.allow_invalid_certificates != Some(true),
        Some(Tls::Disabled) | None => false,
    };
    let alone = match &url.host_info {
        HostInfo::HostIdentifiers(hosts) => match hosts.as_slice() {
            [ServerAddress::Tcp { host, .. }] => is_this_host(host),
            [ServerAddress::Unix { .. }] => true,
            _ => false,
        },
        _ => false,
    };
    let reach = match &url.tls {
        _ if alone && verified => Reach::ThisHost,
        _ if alone && url.direct_connection != Some(false) => {
            if url.load_balanced != Some(true) {
                url.direct_connection = Some(true);
            }
            Reach::ThisHost
        }
        None => {
            url.tls = Some(Tls::Enabled(TlsOptions::default()));
            Reach::Verified
        }
        Some(_) if verified => Reach::Verified,
        Some(_) if server.may_be_unverified => Reach::Unverified,
        Some(_) => {
            return Err(given_up(
                "what the MongoDB URL says of TLS",
                "leave out tls=false, tlsInsecure and tlsAllowInvalidCertificates",
            ));
        }
    };
    if let Some(Tls::Enabled(options)) = &url.tls {
        if let Some(path) = &options.ca_file_path {
            need_certificates("tlsCAFile", path)?;
        }
        if let Some(path) = &options.cert_key_file_path {
            need_certificates("tlsCertificateKeyFile", path)?;
            need_key("tlsCertificateKeyFile", path)?;
        }
    }
    Ok((url, reach))
}

fn given_up(what: &str, instead: &str) -> StoreError {
    StoreError::Transport(format!(
        "{what} gives up that the server on another host is verified: {instead}, or allow it with --allow-unverified-transport"
    ))
}

/// A file of authorities must hold one: the drivers pass over what they cannot read, and then know none.
fn need_certificates(option: &str, path: &Path) -> Result<()> {
    need_file(option, path)?;
    let certificates =
        CertificateDer::pem_file_iter(path).map(|mut all| all.next().is_some_and(|one| one.is_ok()));
    if matches!(certificates, Ok(true)) {
        return Ok(());
    }
    Err(StoreError::Transport(format!(
        "{option} in the URL: {} holds no certificate; expected one in PEM form",
        path.display()
    )))
}

/// The key of a desk's own certificate, which may not be one that needs a password.
fn need_key(option: &str, path: &Path) -> Result<()> {
    need_file(option, path)?;
    if PrivateKeyDer::from_pem_file(path).is_ok() {
        return Ok(());
    }
    Err(StoreError::Transport(format!(
        "{option} in the URL: {} holds no key; expected one in PEM form, without a password",
        path.display()
    )))
}

fn need_file(option: &str, path: &Path) -> Result<()> {
    match std::fs::File::open(path) {
        Ok(_) => Ok(()),
        Err(error) => Err(StoreError::Transport(format!(
            "{option} in the URL: {} cannot be read: {}",
            path.display(),
            error.kind()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mode by its name, since the driver's type cannot be compared.
    fn read(url: &str, allowed: bool) -> Result<(String, Reach)> {
        let (options, reach) = mysql(&ServerUrl::from(url).allowing_unverified(allowed))?;
        Ok((format!("{:?}", options.get_ssl_mode()), reach))
    }

    fn asked(url: &str, allowed: bool) -> Result<(ConnectionString, Reach)> {
        mongodb(&ServerUrl::from(url).allowing_unverified(allowed))
    }

    fn refused<T: std::fmt::Debug>(read: Result<T>) -> String {
        let error = read.unwrap_err();
        assert!(matches!(error, StoreError::Transport(_)), "{error:?}");
        let line = error.to_string();
        assert!(!line.contains("secret") && !line.contains('\n'), "{line}");
        line
    }

    #[test]
    fn what_counts_as_this_host() {
        for host in ["localhost", "LocalHost", "127.0.0.1", "127.8.9.10", "::1", "[::1]", "::ffff:127.0.0.1"]
        {
            assert!(is_this_host(host), "{host}");
        }
        for host in
            ["", "0.0.0.0", "10.0.0.1", "127.1", "128.0.0.1", "::2", "localhost.example", "a.localhost", "db"]
        {
            assert!(!is_this_host(host), "{host}");
        }
    }

    #[test]
    fn a_mysql_server_elsewhere_is_verified_whatever_its_url_leaves_out() {
        use MySqlSslMode::{Disabled, Preferred, VerifyIdentity};
        for (url, expected) in [
            ("mysql://u@localhost/c", (Preferred, Reach::ThisHost)),
            ("mysql://u@127.0.0.2/c?ssl-mode=DISABLED", (Disabled, Reach::ThisHost)),
            ("mysql://u@[::1]:3306/c?ssl-mode=verify_identity", (VerifyIdentity, Reach::ThisHost)),
            ("mysql://u@db/c?socket=/run/mysqld.sock", (Preferred, Reach::ThisHost)),
            ("mariadb://u@db/c", (VerifyIdentity, Reach::Verified)),
            ("mysql://u@[2001:db8::1]/c", (VerifyIdentity, Reach::Verified)),
            ("mysql://localhost@db/c?charset=utf8mb4", (VerifyIdentity, Reach::Verified)),
            ("mysql://u@db/c?ssl-mode=VERIFY_IDENTITY", (VerifyIdentity, Reach::Verified)),
            // Not the driver's name of it: it means nothing to the driver.
            ("mysql://u@db/c?SSL-MODE=DISABLED", (VerifyIdentity, Reach::Verified)),
        ] {
            let expected = (format!("{:?}", expected.0), expected.1);
            assert_eq!(read(url, false).unwrap(), expected, "{url}");
            // To be allowed to is no reason to.
            assert_eq!(read(url, true).unwrap(), expected, "{url}");
        }
        let (options, _) = mysql(&"mysql://u@[2001:db8::1]/c".into()).unwrap();
        assert_eq!(options.get_host(), "2001:db8::1");
    }

    #[test]
    fn a_mysql_url_that_gives_verification_up_needs_to_be_allowed_to() {
        for mode in ["DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "verify_ca"] {
            for key in ["ssl-mode", "sslmode", "ssl%2Dmode"] {
                let url = format!("mysql://u:secret@db/c?{key}={mode}");
                let line = refused(read(&url, false));
                assert!(line.contains("VERIFY_IDENTITY, or allow it with --allow-unverified"), "{line}");
                assert_eq!(read(&url, true).unwrap().1, Reach::Unverified, "{url}");
            }
        }
        let twice = "mysql://u@db/c?ssl-mode=VERIFY_IDENTITY&sslmode=DISABLED";
        refused(read(twice, false));
        assert!(refused(read("mysql://u:secret@db/c?ssl-mode=secret", true)).contains("cannot be read"));
        assert!(refused(read("mysql://u:secret@h:port/c", false)).contains("cannot be read"));
    }

    #[test]
    fn a_mongodb_server_elsewhere_is_verified_whatever_its_url_leaves_out() {
        for url in [
            "mongodb://db",
            "mongodb://u:p@db/c?tls=true",
            "mongodb://db/?tlsAllowInvalidCertificates=false",
            "mongodb://localhost,db/",
            // Each would name the others of its set.
            "mongodb://localhost:1,localhost:2/?replicaSet=r",
            "mongodb://localhost/?directConnection=false",
            "mongodb+srv://cluster.example.org/c",
        ] {
            let (read, reach) = asked(url, false).unwrap();
            assert_eq!(reach, Reach::Verified, "{url}");
            let Some(Tls::Enabled(options)) = read.tls else { panic!("{url}") };
            assert_ne!(options.allow_invalid_certificates, Some(true), "{url}");
        }
        for url in [
            "mongodb://localhost/?replicaSet=r",
            "mongodb://u:p@127.0.0.1:27017/c?tls=false",
            "mongodb://[::1]/?tlsInsecure=true",
            "mongodb://%2Frun%2Fmongodb.sock/c",
        ] {
            let (read, reach) = asked(url, false).unwrap();
            assert_eq!((reach, read.direct_connection), (Reach::ThisHost, Some(true)), "{url}");
        }
        // Verified, what it names is verified too.
        let (read, reach) = asked("mongodb://localhost/?tls=true&replicaSet=r", false).unwrap();
        assert_eq!((reach, read.direct_connection), (Reach::ThisHost, None));
    }

    #[test]
    fn a_mongodb_url_that_gives_verification_up_needs_to_be_allowed_to() {
        for (host, option) in [
            ("db", "tls=false"),
            ("db", "ssl=false"),
            ("db", "TLS=false"),
            ("db", "tlsInsecure=true"),
            ("db", "tls=true&tlsAllowInvalidCertificates=true"),
            ("localhost,db", "tls=false"),
            ("localhost:1,localhost:2", "tls=false"),
            ("localhost", "tls=false&directConnection=false"),
        ] {
            let url = format!("mongodb://u:secret@{host}/c?{option}");
            let line = refused(asked(&url, false));
            assert!(line.contains("or allow it with --allow-unverified-transport"), "{line}");
            assert_eq!(asked(&url, true).unwrap().1, Reach::Unverified, "{url}");
        }
        refused(asked("mongodb+srv://u:secret@cluster.example.org/c?tls=false", false));
        assert!(refused(asked("mongodb://u:secret@h:port/", true)).contains("cannot be read"));
    }

    #[test]
    fn the_files_that_a_url_names_must_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let name = path.display();
        let urls = [
            ("ssl-ca", format!("mysql://u:secret@db/c?ssl-ca={name}")),
            ("ssl-ca", format!("mysql://u:secret@localhost/c?sslca={name}")),
            ("ssl-cert", format!("mysql://u:secret@db/c?ssl-cert={name}&ssl-key={name}")),
            ("tlsCAFile", format!("mongodb://u:secret@db/c?tlsCAFile={name}")),
            ("tlsCertificateKeyFile", format!("mongodb://u:secret@db/c?tlsCertificateKeyFile={name}")),
        ];
        let said = |url: &str| {
            refused(if url.starts_with("mysql") {
                read(url, false).map(drop)
            } else {
                asked(url, false).map(drop)
            })
        };
        for (option, url) in &urls {
            let line = said(url);
            assert!(line.starts_with(&format!("{option} in the URL: {name} cannot be read: ")), "{line}");
        }
        let pem = |what: &str| format!("-----BEGIN {what}-----\nMTIz\n-----END {what}-----\n");
        std::fs::write(&path, pem("PRIVATE KEY")).unwrap();
        for (_, url) in &urls {
            assert!(said(url).ends_with("holds no certificate; expected one in PEM form"), "{url}");
        }
        std::fs::write(&path, pem("CERTIFICATE")).unwrap();
        for (_, url) in urls.iter().filter(|(_, url)| url.to_lowercase().contains("key")) {
            assert!(
                said(url).ends_with("holds no key; expected one in PEM form, without a password"),
                "{url}"
            );
        }
        std::fs::write(&path, pem("CERTIFICATE") + &pem("PRIVATE KEY")).unwrap();
        for (_, url) in &urls {
            if url.starts_with("mysql") { read(url, false).map(drop) } else { asked(url, false).map(drop) }
                .unwrap();
        }
        for one in ["ssl-key", "ssl-cert"] {
            assert!(said(&format!("mysql://u:secret@db/c?{one}={name}")).contains("needs both"), "{one}");
        }
    }
}
