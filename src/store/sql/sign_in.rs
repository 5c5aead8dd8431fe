//! Signing in: by a password, or by the Unix account where an administrator made that proof enough.
//!
//! Wrong passwords are counted in the database, so that all desks share the count, and before the password
//! is looked at, so that many desks at once try no more often than one. (HIPAA 164.312(d), person or
//! entity authentication; OWASP, authentication: account lockout.)

use chrono::{TimeDelta, Timelike as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::Store;
use super::conn::Stmt;
use super::retry::retry;
use super::staff::{self, Account};
use super::trail::{Author, Entry};
use crate::domain::clock::{Instant, Zone};
use crate::domain::staff::Identity;
pub use crate::domain::staff::LOCKED_OUT;
use crate::store::password::{self, Proof};
use crate::store::{Result, StoreError};

/// After so many wrong passwords in a row no further one is taken for a while.
pub const TRIES: u32 = 5;
/// What is wrong with both, since which of them it was is not said.
pub const WRONG: &str = "the e-mail or the password is wrong";

/// What came of a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// They are who they say.
    Welcome {
        /// Who.
        identity: Identity,
        /// Whether they are to choose another password first, since an administrator set this one.
        must_change: bool,
    },
    /// The e-mail or the password is wrong: which of them is not said.
    Wrong,
    /// Too many passwords were wrong: none is taken until then.
    LockedOut(Instant),
    /// They are who they say, and work here no longer.
    Inactive,
}

impl SignIn {
    /// What is said where it was refused, with times of the day in the clinic's zone.
    #[must_use]
    pub fn said(&self, zone: Zone) -> String {
        match self {
            SignIn::LockedOut(until) => {
                let until = zone.wall(to_the_minute(*until));
                format!(
                    "too many wrong passwords; try again at {:02}:{:02}, or ask an administrator",
                    until.hour(),
                    until.minute()
                )
            }
            SignIn::Inactive => "this account is not active any more; ask an administrator".to_owned(),
            SignIn::Wrong | SignIn::Welcome { .. } => WRONG.to_owned(),
        }
    }
}

/// How it stands with somebody who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As before.
    Same,
    /// Their record is another now: a role, a permission, a name.
    Changed(Identity),
    /// They were signed out: why.
    Out(&'static str),
}

/// What happens at a desk besides what it does to records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeskEvent {
    /// Nobody touched it for a while, or somebody locked it.
    Locked,
    /// The same person came back.
    Unlocked,
    /// The person left it.
    SignedOut,
}

impl DeskEvent {
    fn action(self) -> &'static str {
        match self {
            DeskEvent::Locked => "desk.lock",
            DeskEvent::Unlocked => "desk.unlock",
            DeskEvent::SignedOut => "sign_out",
        }
    }
}

impl Store {
    /// Signs somebody in by e-mail and password. The store goes on working for whom it did: see
    /// [`Store::acting`].
    ///
    /// # Errors
    /// The database's.
    pub async fn sign_in(&self, email: &str, password: SecretString) -> Result<SignIn> {
        let now = self.trail.now();
        let counted = retry(|| self.count_try(email, now)).await?;
        let account = match counted {
            Counted::Tried(account) => Some(account),
            Counted::LockedOut(until) => return Ok(SignIn::LockedOut(until)),
            Counted::Unknown => None,
        };
        let hash = account.as_ref().and_then(|account| account.hash.as_ref());
        let hash = hash.map(|hash| hash.expose_secret().to_owned());
        let proof = password::verify(hash, password.clone()).await?;
        let Some(account) = account else { return Ok(SignIn::Wrong) };
        match proof {
            Proof::Wrong => {
                let locked_out = account.failed >= TRIES;
                let detail = json!({ "tries": account.failed, "locked_out": locked_out });
                self.told(Author::from(&Identity::from(&account.member)), "sign_in.failed", detail).await?;
                Ok(if locked_out { SignIn::LockedOut(now + LOCKED_OUT) } else { SignIn::Wrong })
            }
            Proof::Right | Proof::RightButOld if !account.member.is_active => {
                let detail = json!({ "why": "not active" });
                self.told(Author::from(&Identity::from(&account.member)), "sign_in.failed", detail).await?;
                Ok(SignIn::Inactive)
            }
            Proof::Right => self.welcome(&account, None).await,
            Proof::RightButOld => {
                let hash = SecretString::from(password::hash(password).await?);
                self.welcome(&account, Some(&hash)).await
            }
        }
    }

    /// Signs the person in whose Unix account this desk runs under, where an administrator made that proof
    /// enough; nobody else.
    ///
    /// # Errors
    /// The database's.
    pub async fn sign_in_by_account(&self) -> Result<Option<Identity>> {
        self.by_account(|_| true).await
    }

    /// The same at a desk that was locked: only somebody without a password, since whoever has one types it.
    ///
    /// # Errors
    /// The database's.
    pub async fn unlock_by_account(&self) -> Result<Option<Identity>> {
        self.by_account(|account| account.hash.is_none()).await
    }

    async fn by_account(&self, suffices: impl FnOnce(&Account) -> bool) -> Result<Option<Identity>> {
        let mut conn = self.db.acquire().await?;
        let account = staff::by_os_user(&mut conn, &self.trail.origin().os_user).await?;
        drop(conn);
        let Some(account) = account.filter(suffices) else { return Ok(None) };
        let identity = Identity::from(&account.member);
        self.told(Author::from(&identity), "sign_in", json!({ "by": "os_user" })).await?;
        self.proofs.put(identity.staff_id, account.version);
        Ok(Some(identity))
    }

    /// Whether somebody is signed in by the Unix account alone where this program is begun under it. Nobody is
    /// by this question.
    ///
    /// # Errors
    /// The database's.
    pub async fn account_signs_in(&self) -> Result<bool> {
        let mut conn = self.db.acquire().await?;
        Ok(staff::by_os_user(&mut conn, &self.trail.origin().os_user).await?.is_some())
    }

    /// The e-mail of the person whose Unix account this desk runs under, where they are known by it.
    ///
    /// # Errors
    /// The database's.
    pub async fn email_of_account(&self) -> Result<Option<String>> {
        let stmt = Stmt::new("SELECT email FROM staff WHERE os_user = ? AND is_active");
        let stmt = stmt.bind(self.trail.origin().os_user.as_str());
        let row = self.db.acquire().await?.first(stmt).await?;
        row.map(|row| row.cells("staff").get()).transpose()
    }

    /// How it stands with the person who is signed in; what the store lets them do follows. Whoever's record
    /// cannot be read is out: nothing is let through for somebody of whom nothing is known.
    ///
    /// # Errors
    /// The database's, where it does not answer.
    pub async fn standing(&self) -> Result<Standing> {
        let known = match self.identity() {
            Ok(known) => known,
            // As a write found out meanwhile.
            Err(StoreError::NotSignedIn(Some(why))) => return Ok(Standing::Out(why)),
            Err(error) => return Err(error),
        };
        let row = staff::by_id(&mut self.db.acquire().await?, known.staff_id).await;
        match self.check(row) {
            // What a write found out is said too, and not before there is an answer: it is said once.
            Ok(_) | Err(StoreError::NotSignedIn(Some(_))) => Ok(self.who.told().unwrap_or(Standing::Same)),
            Err(error) => Err(error),
        }
    }

    /// Puts on the trail what happens at the desk of the person who is signed in. Where it cannot be written
    /// now, it is with the desk's next row.
    ///
    /// # Errors
    /// The database's.
    pub async fn desk_event(&self, event: DeskEvent) -> Result<()> {
        let identity = self.identity()?;
        let author = Author::from(&identity);
        let told = self.told(author.clone(), event.action(), json!({})).await;
        // Of a commit nobody knows: rather twice on the trail than not at all.
        if told.is_err() {
            let entry = said(self.trail.now(), event.action(), identity.staff_id.0, json!({}));
            self.trail.note(author, entry);
        }
        told
    }

    /// Puts on the trail what somebody did, or tried to do, at the door.
    async fn told(&self, author: Author, action: &'static str, detail: serde_json::Value) -> Result<()> {
        let entry = said(self.trail.now(), action, author.staff_id.unwrap_or(0), detail);
        self.tell(author, entry).await
    }

    /// Counts a try as wrong before it is looked at. One that is known to be in vain is on the trail at once.
    async fn count_try(&self, email: &str, now: Instant) -> Result<Counted> {
        let mut conn = self.writing_by(Author { staff_id: None, name: String::new() }).await?;
        let outcome = async {
            let Some(mut account) = staff::by_email(&mut conn, email).await? else {
                // What nobody has may hold a password that was typed into the wrong field, and on the trail it
                // would stay for ever.
                let detail = json!({ "why": "unknown" });
                conn.note(said(now, "sign_in.failed", 0, detail)).await?;
                return Ok(Counted::Unknown);
            };
            conn.author = Author::from(&Identity::from(&account.member));
            let id = account.member.id;
            if let Some(until) = account.member.locked_out(now) {
                conn.note(said(now, "sign_in.failed", id.0, json!({ "why": "locked out" }))).await?;
                return Ok(Counted::LockedOut(until));
            }
            // A lock that has run out begins the count anew.
            account.failed = if account.member.locked_until.is_some() { 1 } else { account.failed + 1 };
            let until = (account.failed >= TRIES).then(|| now + LOCKED_OUT);
            let count = i64::from(account.failed);
            let stmt = Stmt::new("UPDATE staff SET failed_sign_ins = ?, locked_until = ? WHERE id = ?");
            conn.run(stmt.bind(count).bind(until).bind(id)).await?;
            Ok(Counted::Tried(account))
        }
        .await;
        conn.finish(outcome).await
    }

    /// Forgets the wrong ones, and puts on the trail that this one was right: where it still is, and whoever
    /// it is of still works here, since it took a while to find out.
    async fn welcome(&self, proved: &Account, rehashed: Option<&SecretString>) -> Result<SignIn> {
        let at = self.trail.now();
        let id = proved.member.id;
        let (came, version) = retry(|| async {
            let mut conn = self.writing_by(Author::from(&Identity::from(&proved.member))).await?;
            let outcome = async {
                let Some(now) = staff::by_id_alone(&mut conn, id).await? else {
                    return Ok((SignIn::Wrong, 0));
                };
                let refused = if !now.member.is_active {
                    Some((SignIn::Inactive, "not active"))
                // Not by the hash: this very sign-in, or one beside it, may have made it anew from the same one.
                } else if now.version != proved.version {
                    Some((SignIn::Wrong, "another password was set meanwhile"))
                } else {
                    None
                };
                if let Some((refused, why)) = refused {
                    conn.note(said(at, "sign_in.failed", id.0, json!({ "why": why }))).await?;
                    return Ok((refused, now.version));
                }
                staff::forgive(&mut conn, id).await?;
                let mut detail = json!({ "by": "password" });
                if let (Some(hash), Some(before)) = (rehashed, &proved.hash)
                    && staff::rehash(&mut conn, id, hash, before).await?
                {
                    detail["rehashed"] = true.into();
                }
                conn.note(said(at, "sign_in", id.0, detail)).await?;
                let must_change = now.member.must_change_password;
                Ok((SignIn::Welcome { identity: Identity::from(&now.member), must_change }, now.version))
            }
            .await;
            conn.finish(outcome).await
        })
        .await?;
        if matches!(came, SignIn::Welcome { .. }) {
            self.proofs.put(id, version);
        }
        Ok(came)
    }
}

/// The minute after which a lock is over, since seconds are not shown.
#[must_use]
pub fn to_the_minute(until: Instant) -> Instant {
    until + TimeDelta::seconds(59)
}

/// A try that was counted.
enum Counted {
    Tried(Account),
    LockedOut(Instant),
    Unknown,
}

fn said(at: Instant, action: &'static str, staff: i32, detail: serde_json::Value) -> Entry {
    Entry { at, action, place: ("staff", staff.into()), patient: None, detail }
}
