//! Passwords of staff: set by an administrator, and changed by whose they are. What may be one is
//! `domain::password`'s; how they are hashed, `store::password`'s. The trail says that one was set, never
//! which.

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::Store;
use super::history::{self, Order};
use super::retry::retry;
use super::staff::{NewPassword, by_id, by_id_alone, existing, forgive, replace_password, write_password};
use super::trail::Author;
use crate::domain::ids::StaffId;
use crate::domain::permission::Deed;
use crate::domain::staff::StaffMember;
use crate::store::{Result, StoreError};

impl Store {
    /// Gives a member of staff another password, and lets them try again where too many were wrong; without
    /// one, that alone. With one, desks at which they are signed in close within a minute.
    ///
    /// # Errors
    /// Where the person may not, an unknown id, or the database's.
    pub async fn reset_password(
        &self,
        order: &Order,
        id: StaffId,
        password: Option<&NewPassword>,
    ) -> Result<StaffMember> {
        let action = if password.is_some() { "staff.reset_password" } else { "staff.unlock" };
        retry(|| async {
            let mut conn = self.writing(Deed::ManageStaff).await?;
            let outcome = async {
                if let Some(done) = self.begin(&mut conn, order, action, Some(id)).await? {
                    return Ok(done);
                }
                existing(&mut conn, id).await?;
                if let Some(password) = password {
                    write_password(&mut conn, id, password).await?;
                }
                forgive(&mut conn, id).await?;
                conn.record(order, action, ("staff", id.0), None, json!({})).await?;
                existing(&mut conn, id).await
            }
            .await;
            conn.finish(outcome).await
        })
        .await
    }

    /// Whether somebody's password is this one: not where it was to be set by a request that had been carried
    /// out before, with another.
    ///
    /// # Errors
    /// Where the person may not, or the database's.
    pub async fn keeps_password(&self, id: StaffId, password: &NewPassword) -> Result<bool> {
        let account = by_id(&mut self.conn(Deed::ManageStaff).await?, id).await?;
        let hash = account.and_then(|account| account.hash);
        Ok(hash.is_some_and(|hash| hash.expose_secret() == password.hash.expose_secret()))
    }

    /// Whether the person who is signed in has a password.
    ///
    /// # Errors
    /// [`NotSignedIn`](crate::store::StoreError::NotSignedIn), or the database's.
    pub async fn has_password(&self) -> Result<bool> {
        let id = self.identity()?.staff_id;
        let account = by_id(&mut self.db.acquire().await?, id).await?;
        Ok(account.is_some_and(|account| account.member.has_password))
    }

    /// Changes the password of the person who is signed in: the one by which they did. Desks elsewhere at which
    /// they are signed in close within a minute; this one goes on.
    ///
    /// # Errors
    /// [`NotSignedIn`](crate::store::StoreError::NotSignedIn), also where another was set since; or the
    /// database's.
    pub async fn change_password(&self, order: &Order, hash: SecretString) -> Result<()> {
        let identity = self.identity()?;
        let id = identity.staff_id;
        let version = retry(|| async {
            // Asked below: of this very request, which may have been carried out, the row tells too.
            let mut conn = self.writing_by(Author::from(&identity)).await?;
            let outcome = async {
                let done = history::done_before(&mut conn, &order.key, "staff.change_password").await?;
                if done.is_some_and(|done| done != id.0) {
                    return Err(StoreError::KeyUsed);
                }
                let account = by_id_alone(&mut conn, id).await;
                let version = account.as_ref().map_or(0, |found| found.as_ref().map_or(0, |of| of.version));
                if done.is_some() {
                    // It is this password by which they go on, and none that was set since.
                    self.proofs.has_set(id, &order.key);
                }
                self.check(account)?;
                if done.is_some() {
                    return Ok(version);
                }
                self.proofs.sets(id, &order.key, version + 1);
                replace_password(&mut conn, id, &hash, version).await?;
                conn.record(order, "staff.change_password", ("staff", id.0), None, json!({})).await?;
                Ok(version + 1)
            }
            .await;
            conn.finish(outcome).await
        })
        .await?;
        // This desk goes on; others at which they are signed in do not.
        self.proofs.put(id, version);
        Ok(())
    }
}
