//! Why a TLS connection did not come to stand, in words: by the kinds of rustls, never by a driver's text.

use std::error::Error;
use std::io;

use chrono::DateTime;
use rustls::pki_types::{InvalidDnsNameError, ServerName, UnixTime};
use rustls::{AlertDescription, CertificateError};

/// What a person is told whose server's certificate is of nobody that is known here.
const UNKNOWN: &str = "its certificate is of no authority that is known here; the URL may name the authority's own (MySQL: ssl-ca=FILE, MongoDB: tlsCAFile=FILE)";
/// Of a server that has nothing to be verified by.
pub const NONE_OFFERED: &str = "it offers no TLS";

/// The fault of a TLS connection that failed within a driver's I/O error, half a line about the server;
/// none where TLS had no part in it.
#[must_use]
pub fn fault_of_io(error: &io::Error) -> Option<String> {
    fault_of(error.get_ref()?)
}

/// The same, for the error itself.
#[must_use]
pub fn fault_of(error: &(dyn Error + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return Some(fault(error));
        }
        if error.is::<InvalidDnsNameError>() {
            return Some("its name in the URL is none that a certificate can hold".to_owned());
        }
        // An I/O error hides what is in it from `source`.
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

fn fault(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(error) => certificate(error),
        rustls::Error::AlertReceived(
            AlertDescription::CertificateRequired | AlertDescription::HandshakeFailure,
        ) => "it refused the TLS greeting; it may ask for a certificate of this desk's".to_owned(),
        rustls::Error::AlertReceived(_) => "it refused the TLS greeting".to_owned(),
        rustls::Error::InconsistentKeys(_) => {
            "the desk's own certificate and key, which the URL names, do not belong together".to_owned()
        }
        rustls::Error::PeerIncompatible(_) => "it speaks no TLS as new as 1.2".to_owned(),
        rustls::Error::InvalidMessage(_) => {
            "it answered the TLS greeting with something else; it may offer no TLS".to_owned()
        }
        _ => "the TLS greeting failed".to_owned(),
    }
}

fn certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("its certificate expired on {}", day(*not_after))
        }
        CertificateError::Expired => "its certificate has expired".to_owned(),
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("its certificate begins on {}, later than this machine's clock", day(*not_before))
        }
        CertificateError::NotValidYet => {
            "its certificate is not valid yet by this machine's clock".to_owned()
        }
        CertificateError::NotValidForNameContext { expected, .. } => {
            format!("its certificate is for another name than {}", name(expected))
        }
        CertificateError::NotValidForName => "its certificate is for another name".to_owned(),
        CertificateError::UnknownIssuer => UNKNOWN.to_owned(),
        CertificateError::Revoked => "its certificate was revoked".to_owned(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "its certificate is not made for a server".to_owned()
        }
        // Among them one that was made for an authority, as a server makes for itself.
        _ => {
            "its certificate cannot be accepted: it must be a server's own, signed by an authority".to_owned()
        }
    }
}

fn name(expected: &ServerName<'_>) -> String {
    expected.to_str().into_owned()
}

/// The day in UTC, as certificates count.
fn day(at: UnixTime) -> String {
    let at = i64::try_from(at.as_secs()).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    at.map_or_else(|| "a day that cannot be read".to_owned(), |at| at.format("%Y-%m-%d (UTC)").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_found_however_deep_the_driver_hides_it_and_nothing_else_is_taken_for_one() {
        let deep = |error: rustls::Error| io::Error::other(io::Error::other(error));
        for (error, said) in [
            (rustls::Error::InvalidCertificate(CertificateError::Expired), "has expired"),
            (rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer), "of no authority"),
            (rustls::Error::InvalidCertificate(CertificateError::BadSignature), "cannot be accepted"),
            (
                rustls::Error::AlertReceived(AlertDescription::CertificateRequired),
                "a certificate of this desk's",
            ),
            (rustls::Error::General("Zebra".to_owned()), "the TLS greeting failed"),
        ] {
            let line = fault_of_io(&deep(error)).unwrap();
            assert!(line.contains(said) && !line.contains("Zebra"), "{line}");
        }
        for other in
            [io::Error::from(io::ErrorKind::ConnectionReset), io::Error::other("a certificate expired")]
        {
            assert_eq!(fault_of_io(&other), None);
        }
        let name = ServerName::try_from("not a name").unwrap_err();
        assert!(fault_of(&name).is_some_and(|line| line.contains("none that a certificate can hold")));
    }
}
