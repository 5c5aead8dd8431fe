//! Passwords as they are kept: Argon2id with OWASP's parameters, as a PHC string that holds its
//! salt and its parameters, so that these may rise and the older hashes still verify.
//!
//! A hash takes tens of milliseconds and 19 MiB on purpose; it runs on a thread of its own, so that
//! no key waits for it.

use argon2::password_hash::phc::{Output, ParamsString, Salt};
use argon2::password_hash::{self, generate_salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, PasswordHash, Version};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};

use super::{Result, StoreError};
use crate::domain::password::{accept_password, normalised, spoken};

/// KiB of memory, passes and lanes: the OWASP Password Storage Cheat Sheet's second choice, which
/// is the one that asks least memory of a desk among those with two passes.
const COST: (u32, u32, u32) = (19_456, 2, 1);
/// What a kept hash may ask for at most. One that asks for more is not ours, and would be a way to
/// take a desk's memory from it.
const MOST: (u32, u32, u32) = (262_144, 16, 16);
/// A hash's length in bytes.
const LENGTH: usize = 32;
/// Of no password: what is worked on where there is no hash, for as long as on a real one.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$kuD4DOOxV5rv3PChLAFfCw$LaemLxCc9sJiUrjdFZYeP2U15wIb7jDCNrqZwr9clQA";

/// What a password proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// It is another, or there is none.
    Wrong,
    /// It is the one.
    Right,
    /// It is the one, but its hash was made with less than what is asked today: hash it again.
    RightButOld,
}

/// The PHC string under which a password is kept, with a salt of its own.
///
/// # Errors
/// `Memory` where there is too little for it.
pub async fn hash(password: SecretString) -> Result<String> {
    off_the_loop(move || make(&password, COST)).await
}

/// A random password for somebody's first sign-in, of the operating system's random bytes; see
/// [`spoken`]. `about` as for [`accept_password`], which it passes.
#[must_use]
pub fn temporary(about: &[&str]) -> SecretString {
    loop {
        // Sixteen bytes, as for a salt.
        let random = Zeroizing::new(generate_salt());
        let mut bytes = Zeroizing::new([0; 12]);
        bytes.copy_from_slice(&random[..12]);
        let password = Zeroizing::new(spoken(*bytes));
        if accept_password(&password, about).is_ok() {
            return SecretString::from(password.as_str());
        }
    }
}

/// Whether a password is the one that was hashed. `None`, of a person who is not known or has no
/// password, takes as long as a wrong one, so that the time tells nobody who is known.
///
/// # Errors
/// `Unreadable` where what is kept is no hash of ours, `Memory` where there is too little.
pub async fn verify(hash: Option<String>, password: SecretString) -> Result<Proof> {
    off_the_loop(move || {
        let proof = check(hash.as_deref().unwrap_or(NOBODYS), &password)?;
        Ok(if hash.is_some() { proof } else { Proof::Wrong })
    })
    .await
}

/// Runs it on a thread for work that blocks. It is never aborted: a caller that goes away leaves it
/// to end by itself.
async fn off_the_loop<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Memory)?
}

fn make(password: &SecretString, cost: (u32, u32, u32)) -> Result<String> {
    let salt = generate_salt();
    let params = params(cost, LENGTH).map_err(|_| StoreError::Memory)?;
    let hash = PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params).map_err(|_| StoreError::Memory)?,
        salt: Some(Salt::new(&salt).map_err(|_| StoreError::Memory)?),
        hash: Some(output(password, &salt, Algorithm::Argon2id, Version::V0x13, params)?),
    };
    Ok(hash.to_string())
}

fn check(kept: &str, password: &SecretString) -> Result<Proof> {
    let read = || -> Result<_, password_hash::Error> {
        let hash = PasswordHash::new(kept)?;
        let algorithm = Algorithm::try_from(hash.algorithm.as_str())?;
        let version = hash.version.map_or(Ok(Version::V0x13), Version::try_from)?;
        let params = Params::try_from(&hash)?;
        let (salt, output) = hash.salt.zip(hash.hash).ok_or(password_hash::Error::EncodingInvalid)?;
        Ok((algorithm, version, params, salt, output))
    };
    let (algorithm, version, params, salt, expected) = read().map_err(|_| unreadable())?;
    if params.m_cost() > MOST.0 || params.t_cost() > MOST.1 || params.p_cost() > MOST.2 {
        return Err(unreadable());
    }
    let old = algorithm != Algorithm::Argon2id
        || version != Version::V0x13
        || params.m_cost() < COST.0
        || params.t_cost() < COST.1
        || params.p_cost() < COST.2
        || expected.len() < LENGTH;
    // Compared in a time that does not depend on where they differ.
    let same = output(password, &salt, algorithm, version, params)? == expected;
    Ok(match (same, old) {
        (false, _) => Proof::Wrong,
        (true, false) => Proof::Right,
        (true, true) => Proof::RightButOld,
    })
}

/// The hash itself. What it worked on is wiped: from the memory of the first pass a password can be
/// searched for at a fraction of the cost.
fn output(
    password: &SecretString,
    salt: &[u8],
    algorithm: Algorithm,
    version: Version,
    params: Params,
) -> Result<Output> {
    let password = Zeroizing::new(normalised(password.expose_secret()));
    let mut memory = Vec::new();
    memory.try_reserve_exact(params.block_count()).map_err(|_| StoreError::Memory)?;
    memory.resize(params.block_count(), Block::new());
    let mut memory = Zeroizing::new(memory);
    let length = params.output_len().unwrap_or(LENGTH);
    let mut bytes = Zeroizing::new(vec![0; length]);
    Argon2::new(algorithm, version, params)
        .hash_password_into_with_memory(password.as_bytes(), salt, &mut bytes, memory.as_mut_slice())
        .map_err(|_| StoreError::Memory)?;
    Output::new(&bytes).map_err(|_| StoreError::Memory)
}

fn params((memory, passes, lanes): (u32, u32, u32), length: usize) -> argon2::Result<Params> {
    Params::new(memory, passes, lanes, Some(length))
}

fn unreadable() -> StoreError {
    StoreError::Unreadable {
        table: "staff",
        column: "password_hash".to_owned(),
        key: "(signing in)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWORD: &str = "Café wider die Gezeiten";

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    async fn proof(hash: &str, password: &str) -> Proof {
        verify(Some(hash.to_owned()), secret(password)).await.unwrap()
    }

    #[tokio::test]
    async fn what_was_hashed_is_right_and_nothing_else_is() {
        let kept = hash(secret(PASSWORD)).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "OWASP's parameters: {kept}");
        assert!(kept.len() <= 128, "{kept}");
        assert_ne!(kept, hash(secret(PASSWORD)).await.unwrap(), "each has a salt of its own");
        assert_eq!(proof(&kept, PASSWORD).await, Proof::Right);
        assert_eq!(proof(&kept, "Cafe\u{301} wider die Gezeiten").await, Proof::Right, "typed otherwise");
        for wrong in ["Cafe wider die Gezeiten", "café wider die Gezeiten", "Café wider die Gezeiten ", ""]
        {
            assert_eq!(proof(&kept, wrong).await, Proof::Wrong, "{wrong}");
        }
    }

    #[test]
    fn a_temporary_password_can_stand_and_is_another_each_time() {
        let about = ["Ana Ruiz", "ana@example.org", "Riverside"];
        let [one, other] = [temporary(&about), temporary(&about)];
        assert_ne!(one.expose_secret(), other.expose_secret());
        assert!(accept_password(one.expose_secret(), &about).is_ok());
    }

    /// Made by the reference implementation, libargon2.
    #[tokio::test]
    async fn a_hash_that_was_made_elsewhere_is_verified() {
        for (kept, expected) in [
            (
                "$argon2id$v=19$m=19456,t=2,p=1$c2FsdC1tYWRlLWJ5LXJlZg$TTc19X+cpGNV6VqcNCu6O8NFZrBBJFQEb5hrPHAgGnI",
                Proof::Right,
            ),
            // More of it, as where the parameters were higher once, or somebody else's are.
            (
                "$argon2id$v=19$m=65536,t=3,p=4$c2FsdC1tYWRlLWJ5LXJlZg$LkqvmWSXPV1Cd8dbgPclmBXAxhohdFJbFphP/TLNCpE",
                Proof::Right,
            ),
            // A shorter one, fewer passes, less memory, another kind, an older version.
            (
                "$argon2id$v=19$m=19456,t=2,p=1$c2FsdC1tYWRl$caztw8tiLbglCbEmLe5pE1IZGr8JG//q",
                Proof::RightButOld,
            ),
            (
                "$argon2id$v=19$m=19456,t=1,p=1$c2FsdC1tYWRlLWJ5LXJlZg$EWd51KESg6Wzy0vMYr/Hgu028LxeiPTc/4tufLK8G3Q",
                Proof::RightButOld,
            ),
            (
                "$argon2id$v=19$m=15360,t=2,p=1$c2FsdC1tYWRlLWJ5LXJlZg$f6M8HrDXWn1b2RWWw7O1QmfWO5OWqMUbDzf2wtN+3ZI",
                Proof::RightButOld,
            ),
            (
                "$argon2i$v=19$m=19456,t=2,p=1$c2FsdC1tYWRlLWJ5LXJlZg$WFM12fUt3qhrJdMxrt/RJ9pTcPXv1Da79SObs7OQrTs",
                Proof::RightButOld,
            ),
            (
                "$argon2id$v=16$m=19456,t=2,p=1$c2FsdC1tYWRlLWJ5LXJlZg$ekdB4MHjA4z6HBemGLwAuAhMf//96C3wSHofeUGrQkU",
                Proof::RightButOld,
            ),
        ] {
            assert_eq!(proof(kept, PASSWORD).await, expected, "{kept}");
            assert_eq!(proof(kept, "cafe wider die gezeiten").await, Proof::Wrong, "{kept}");
        }
    }

    #[tokio::test]
    async fn a_hash_of_older_parameters_is_told_apart() {
        let older = make(&secret(PASSWORD), (COST.0 / 2, COST.1, COST.2)).unwrap();
        assert_eq!(proof(&older, PASSWORD).await, Proof::RightButOld);
        assert_eq!(proof(&older, "another one entirely").await, Proof::Wrong);
    }

    #[tokio::test]
    async fn nobody_has_no_password_and_costs_as_much() {
        for password in [PASSWORD, ""] {
            assert_eq!(verify(None, secret(password)).await.unwrap(), Proof::Wrong);
        }
        let nobodys = PasswordHash::new(NOBODYS).unwrap();
        let ours = PasswordHash::new(&hash(secret(PASSWORD)).await.unwrap()).unwrap();
        assert_eq!(Params::try_from(&nobodys).unwrap(), Params::try_from(&ours).unwrap());
        assert_eq!(
            (nobodys.algorithm, nobodys.version, nobodys.hash.unwrap().len()),
            (ours.algorithm, ours.version, ours.hash.unwrap().len())
        );
    }

    #[tokio::test]
    async fn what_is_no_hash_of_ours_is_unreadable_and_not_quoted() {
        for kept in [
            "",
            "ana",
            "$argon2id$v=19$m=19456,t=2,p=1",
            "$argon2id$v=19$m=19456,t=2,p=1$c2FsdC1tYWRlLWJ5LXJlZg",
            "$2y$10$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUVABCDEFGHI",
            // More than a desk has.
            "$argon2id$v=19$m=4194304,t=2,p=1$c2FsdC1tYWRlLWJ5LXJlZg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=19456,t=4000000,p=1$c2FsdC1tYWRlLWJ5LXJlZg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ] {
            let error = verify(Some(kept.to_owned()), secret(PASSWORD)).await.unwrap_err();
            assert!(matches!(error, StoreError::Unreadable { table: "staff", .. }), "{kept}: {error:?}");
            assert!(!error.to_string().contains("argon2"), "{error}");
        }
    }

    /// One thread for everything but what blocks: it would stand still while a hash is made on it.
    #[tokio::test]
    async fn a_hash_is_made_off_the_loop() {
        let looping = std::thread::current().id();
        let elsewhere = off_the_loop(|| Ok(std::thread::current().id())).await.unwrap();
        assert_ne!(looping, elsewhere);
    }
}
