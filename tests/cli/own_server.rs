//! Real servers that a test starts for itself, on loopback, with certificates made here. Where the
//! servers' programs are, `scripts/servers env` says.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// How long a server may take to come up, or to go down.
const PATIENCE: Duration = Duration::from_mins(1);

/// An authority that signs servers' certificates.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Authority { issuer: Issuer::new(params, key), pem }
    }

    /// Writes its own certificate, as a URL names it.
    pub fn write(&self, path: &Path) {
        std::fs::write(path, &self.pem).unwrap();
    }

    /// A server's certificate and its key, for these names, with other terms if `change` sets any.
    pub fn sign(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Signed {
        let key = KeyPair::generate().unwrap();
        let params = server_params(names, change);
        let certificate = params.signed_by(&key, &self.issuer).unwrap().pem();
        Signed { certificate, key: key.serialize_pem(), authority: self.pem.clone() }
    }
}

/// A certificate that a server signed for itself.
pub fn self_signed(names: &[&str]) -> Signed {
    let key = KeyPair::generate().unwrap();
    let certificate = server_params(names, |_| {}).self_signed(&key).unwrap().pem();
    Signed { authority: certificate.clone(), certificate, key: key.serialize_pem() }
}

fn server_params(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, "a server of a test");
    change(&mut params);
    params
}

/// A certificate, its key, and the certificate of who signed it, in PEM form.
pub struct Signed {
    certificate: String,
    key: String,
    authority: String,
}

/// A server of a test's own. It is asked to end when the test is done with it.
pub struct OwnServer {
    pub port: u16,
    child: Child,
    folder: TempDir,
}

impl OwnServer {
    /// The words of the program of a kind of server (`MARIADB`, ...); none where the run was asked to do
    /// without it, which it says at its end.
    pub fn program(kind: &str) -> Option<Vec<String>> {
        let without = std::env::var("FRONTDESK_WITHOUT_TLS").unwrap_or_default();
        if without.split(' ').any(|name| name == kind.to_lowercase()) {
            println!("left out, as FRONTDESK_WITHOUT_TLS asks: TLS was not tested on {kind}");
            return None;
        }
        let variable = format!("FRONTDESK_TEST_{kind}_PROGRAM");
        let line = std::env::var(&variable).unwrap_or_else(|_| {
            panic!(
                "{variable} is not set: run the tests with scripts/test, which knows the servers' programs"
            )
        });
        Some(shell_words::split(&line).unwrap())
    }

    /// A folder for a server, with this certificate in it.
    pub fn folder(signed: &Signed) -> TempDir {
        let folder = TempDir::new().unwrap();
        write(folder.path(), signed);
        folder
    }

    /// Starts the program in its folder, with what `arguments` says of folder and port.
    pub fn start(
        program: &[String],
        folder: TempDir,
        arguments: impl FnOnce(&Path, u16) -> Vec<String>,
    ) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = std::fs::File::create(folder.path().join("server.log")).unwrap();
        let child = command(program)
            .args(arguments(folder.path(), port))
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut server = OwnServer { port, child, folder };
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = server.child.try_wait().unwrap();
            assert!(ended.is_none() && begun.elapsed() < PATIENCE, "{ended:?}: {}", server.log());
            std::thread::park_timeout(Duration::from_millis(20));
        }
        server
    }

    /// Puts another certificate in place of the one it has; the server has to be told.
    pub fn present(&self, signed: &Signed) {
        write(self.folder.path(), signed);
    }

    /// Takes its certificate away.
    pub fn take_certificate(&self) {
        for name in ["cert.pem", "key.pem", "both.pem"] {
            std::fs::remove_file(self.path(name)).unwrap();
        }
    }

    /// A file of its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.path("server.log")).unwrap_or_default()
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        // Asked rather than killed: the program may stand for a container.
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // Where it is gone already, that is as good.
            kill_process(pid, Signal::TERM).unwrap_or_default();
        }
        let begun = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) {
            if begun.elapsed() > PATIENCE {
                drop(self.child.kill());
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }
}

/// A program with nothing to read.
pub fn command(program: &[String]) -> Command {
    let mut command = Command::new(&program[0]);
    command.args(&program[1..]).stdin(Stdio::null());
    command
}

fn write(folder: &Path, signed: &Signed) {
    std::fs::write(folder.join("cert.pem"), &signed.certificate).unwrap();
    std::fs::write(folder.join("key.pem"), &signed.key).unwrap();
    std::fs::write(folder.join("ca.pem"), &signed.authority).unwrap();
    std::fs::write(folder.join("both.pem"), format!("{}{}", signed.certificate, signed.key)).unwrap();
}
