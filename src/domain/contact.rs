//! E-mail addresses and telephone numbers, as they come from people.
//!
//! The database keeps one form of each, so that two desks cannot store one person's number in two
//! ways: phones in the international form of ITU-T E.164 without separators, e-mail addresses
//! with the domain in lower case. Only the form is decided here; whether an address is taken is
//! the store's answer.

use email_address::{EmailAddress, Options};
use thiserror::Error;

use super::text::{self, TextFault, accept_line};

/// The most characters that the columns `patients.email` and `doctors.email` hold.
pub const EMAIL_MAX_CHARS: usize = 100;

/// How many digits an international number has, country code included: at least what the
/// smallest networks use, at most what E.164 allows.
pub const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// Room for a number with generous separators; nothing longer is a typing habit.
const PHONE_MAX_TYPED: usize = 60;

/// How many cells of what was typed a fault repeats: its field shows the rest, and the line is to be
/// whole at 80 columns.
const QUOTED_CELLS: usize = 15;

/// What is wrong with an address or a number. Displays as the latter half of a line whose first
/// half names the field: "Phone" + "has letters; ...".
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ContactFault {
    /// Empty, too long, or with a character that no value may hold.
    #[error(transparent)]
    Text(#[from] TextFault),
    /// There is no '@'.
    #[error("has no @; write it like name@example.org")]
    NoAt,
    /// There is white space in the address.
    #[error("has a space in it; write it like name@example.org")]
    EmailSpace,
    /// The domain is one word, an IP address, or badly formed.
    #[error("\"{0}\" is no mail domain; write name@example.org")]
    Domain(String),
    /// Anything else that makes it no e-mail address; holds what was typed, safe to draw.
    #[error("\"{0}\" is no e-mail address; write name@example.org")]
    Email(String),
    /// There are letters in the number.
    #[error("has letters; write only digits, like +49 30 1234567")]
    Letters,
    /// There is a character that is neither a digit nor a usual separator.
    #[error("has '{0}' in it; write only digits, like +49 30 1234567")]
    PhoneCharacter(char),
    /// A plus sign that is not the first character.
    #[error("has a + that is not at its start; write it like +49 30 1234567")]
    Plus,
    /// There is no country code, so that nobody abroad could dial it.
    #[error("has no country code; start with one, like +49 30 1234567")]
    National,
    /// The country code starts with 0.
    #[error("has a country code that starts with 0; write +49 30 1234567")]
    CountryCode,
    /// Too few or too many digits for a number with its country code.
    #[error(
        "has {digits} digit{s}; with its country code a number has {first} to {last}",
        s = if *.digits == 1 { "" } else { "s" },
        first = PHONE_DIGITS.start(),
        last = PHONE_DIGITS.end()
    )]
    DigitCount {
        /// How many there are.
        digits: usize,
    },
}

/// Takes an e-mail address in: trims it and puts the domain in lower case. The part before the '@'
/// is kept as typed, because its case is the receiver's business (RFC 5321, 2.4); whether two
/// addresses are the same is nevertheless decided without regard to case, as people expect and as
/// the unique index does.
///
/// The domain needs a dot: this is mail to people outside the house. Address literals
/// (`name@[192.0.2.1]`), display names and quoted spaces are refused.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn accept_email(input: &str) -> Result<String, ContactFault> {
    let address = accept_line(input, EMAIL_MAX_CHARS)?;
    if address.contains(' ') {
        return Err(ContactFault::EmailSpace);
    }
    let Some((local, domain)) = address.rsplit_once('@') else {
        return Err(ContactFault::NoAt);
    };
    let domain = domain.to_ascii_lowercase();
    if local.is_empty() || domain.is_empty() {
        return Err(ContactFault::Email(quoted(&address)));
    }
    if !is_mail_domain(&domain) {
        return Err(ContactFault::Domain(quoted(&domain)));
    }
    let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
    let address = format!("{local}@{domain}");
    match EmailAddress::parse_with_options(&address, options) {
        Ok(_) => Ok(address),
        Err(_) => Err(ContactFault::Email(quoted(&address))),
    }
}

/// Takes a telephone number in and answers its one stored form, `+` and 7 to 15 digits.
///
/// It must carry its country code, after `+` or `00`. Spaces, dots, hyphens, slashes and
/// parentheses may separate the digits, which may be of any script; a trunk zero in parentheses,
/// as in `+49 (0)30 1234567`, is dropped, because it is not dialled after a country code.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn accept_phone(input: &str) -> Result<String, ContactFault> {
    let line = text::ascii_digits(&accept_line(input, PHONE_MAX_TYPED)?);
    if line.chars().any(char::is_alphabetic) {
        return Err(ContactFault::Letters);
    }
    let mut digits = String::with_capacity(line.len());
    let mut plus = false;
    for c in line.replace("(0)", "").chars() {
        match c {
            '0'..='9' => digits.push(c),
            '+' | '＋' if digits.is_empty() && !plus => plus = true,
            '+' | '＋' => return Err(ContactFault::Plus),
            _ if is_phone_separator(c) => {}
            _ => return Err(ContactFault::PhoneCharacter(c)),
        }
    }
    let international = match digits.strip_prefix("00") {
        _ if plus => digits.as_str(),
        Some(after) => after,
        None => return Err(ContactFault::National),
    };
    if international.starts_with('0') {
        return Err(ContactFault::CountryCode);
    }
    if !PHONE_DIGITS.contains(&international.len()) {
        return Err(ContactFault::DigitCount { digits: international.len() });
    }
    Ok(format!("+{international}"))
}

/// Whether people put this between the digits of a number: space, dot, slash, parentheses, and
/// the hyphens and dashes that text programs make of a plain hyphen.
pub(crate) fn is_phone_separator(c: char) -> bool {
    matches!(c, ' ' | '.' | '-' | '/' | '(' | ')' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// The crate that judges addresses looks at characters only: these rules of host names it leaves
/// to others (RFC 1123, 2.1).
fn is_mail_domain(domain: &str) -> bool {
    let labels_stand =
        domain.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    let top = domain.rsplit('.').next().unwrap_or_default();
    labels_stand && domain.contains('.') && !top.bytes().all(|byte| byte.is_ascii_digit())
}

fn quoted(typed: &str) -> String {
    text::fit(typed, QUOTED_CELLS).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_kept_as_typed_but_for_the_domain() {
        for (typed, kept) in [
            ("  ana.ruiz@example.org ", "ana.ruiz@example.org"),
            ("Ana.Ruiz@Example.ORG", "Ana.Ruiz@example.org"),
            ("o'brien+clinic@mail.example.co.uk", "o'brien+clinic@mail.example.co.uk"),
            ("josé@correo.example", "josé@correo.example"),
            ("post@münchen.example", "post@münchen.example"),
            ("a@1und1.de", "a@1und1.de"),
        ] {
            assert_eq!(accept_email(typed).as_deref(), Ok(kept));
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_a_reason() {
        for (typed, reason) in [
            ("", "is empty"),
            ("ana", "has no @"),
            ("ana ruiz@example.org", "has a space"),
            ("Ana <ana@example.org>", "has a space"),
            ("<ana@example.org>", "is no e-mail address"),
            ("@example.org", "is no e-mail address"),
            ("ana@", "is no e-mail address"),
            ("ana@localhost", "\"localhost\" is no mail domain"),
            ("ana@[192.0.2.1]", "is no e-mail address"),
            ("ana@192.0.2.1", "is no mail domain"),
            ("ana@-a.org", "is no mail domain"),
            ("ana@example..org", "is no mail domain"),
            ("ana@example.org.", "is no mail domain"),
            ("ana..ruiz@example.org", "is no e-mail address"),
            ("ana@ruiz@example.org", "is no e-mail address"),
            ("ana,ruiz@example.org", "is no e-mail address"),
            ("ana\u{202E}@example.org", "bidirectional control"),
        ] {
            let fault = accept_email(typed).map_err(|fault| fault.to_string());
            assert!(fault.as_ref().is_err_and(|line| line.contains(reason)), "{typed}: {fault:?}");
        }
        let local = "a".repeat(60);
        let long = |domain: usize| format!("{local}@{}.org", "b".repeat(domain));
        assert!(accept_email(&long(35)).is_ok());
        assert!(matches!(
            accept_email(&long(36)),
            Err(ContactFault::Text(TextFault::TooLong { max: 100, is: 101 }))
        ));
    }

    #[test]
    fn numbers_have_one_stored_form() {
        for (typed, kept) in [
            ("+49 30 1234567", "+49301234567"),
            ("0049 30 1234567", "+49301234567"),
            ("(+1) 555-0101", "+15550101"),
            ("+49 (0)30 / 123.45-67", "+49301234567"),
            ("+1 (212) 555-0101", "+12125550101"),
            ("+٤٩ ٣٠ ١٢٣٤٥٦٧", "+49301234567"),
            ("＋８１　３　１２３４　５６７８", "+81312345678"),
            ("+49‑30–1234567", "+49301234567"),
            (" +1234567 ", "+1234567"),
            ("+123456789012345", "+123456789012345"),
        ] {
            assert_eq!(accept_phone(typed).as_deref(), Ok(kept));
        }
    }

    #[test]
    fn what_is_no_number_is_refused_with_a_reason() {
        for (typed, reason) in [
            ("", "is empty"),
            ("call me", "has letters"),
            ("+49 30 1234567 ext 8", "has letters"),
            ("030 1234567", "start with one, like +49"),
            ("12", "start with one, like +49"),
            ("-", "start with one, like +49"),
            ("+0 30 1234567", "starts with 0"),
            ("000 30 1234567", "starts with 0"),
            ("+49 30+1234567", "not at its start"),
            ("++4930 1234567", "not at its start"),
            ("+49#30", "has '#' in it"),
            ("+", "has 0 digits; with its country code a number has 7 to 15"),
            ("+4", "has 1 digit;"),
            ("+123456", "has 6 digits"),
            ("+1234567890123456", "has 16 digits"),
            ("+49 30\u{202C}", "bidirectional control"),
        ] {
            let fault = accept_phone(typed).map_err(|fault| fault.to_string());
            assert!(fault.as_ref().is_err_and(|line| line.contains(reason)), "{typed}: {fault:?}");
        }
    }

    proptest! {
        #[test]
        fn what_was_accepted_stays_as_it_is(typed in "(\\+|00)?[-+0-9 ()./a]{0,24}", mail in "[a-zA-Z.@-]{0,12}@[a-zA-Z.-]{0,12}") {
            if let Ok(phone) = accept_phone(&typed) {
                prop_assert!(phone.len() <= 16 && phone.len() >= 8);
                prop_assert_eq!(accept_phone(&phone), Ok(phone));
            }
            if let Ok(address) = accept_email(&mail) {
                prop_assert_eq!(accept_email(&address), Ok(address));
            }
        }

        #[test]
        fn any_text_gets_an_answer(typed in any::<String>()) {
            let _ = accept_phone(&typed);
            let _ = accept_email(&typed);
        }
    }
}
