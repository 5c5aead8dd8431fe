//! The rows of `staff`: who may sign in. How they do is `sign_in`'s; their passwords are `passwords`'.

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::Store;
use super::conn::{Conn, Row, Stmt};
use super::dialect::FOR_UPDATE;
use super::history::{self, Order};
use super::retry::retry;
use super::trail::Author;
use super::versions::{Calendar, NOBODY, STAFF_DAY, bump};
use super::writing::Writing;
use crate::domain::clinic::Clinic;
use crate::domain::fold::fold;
use crate::domain::ids::{DoctorId, StaffId};
use crate::domain::permission::Deed;
use crate::domain::staff::{Role, StaffDetails, StaffMember, leaves_none};
use crate::store::{Result, StoreError};

/// Whom the trail names where a clinic is set up: nobody has signed in yet.
const SETUP: &str = "setup";
/// Why somebody is not signed in any more.
pub(super) const DEACTIVATED: &str = "an administrator deactivated your account";
/// The same, where there is no row of theirs.
pub(super) const REMOVED: &str = "your record was removed";
/// The same, where the password by which they signed in is not theirs any more.
pub(super) const PASSWORD_SET: &str = "your password was set anew, by an administrator or at another desk";
/// The same, where their row is none that can be gone by.
pub(super) const UNREADABLE: &str = "your record cannot be read any more; ask an administrator";

const COLUMNS: &str = "SELECT id, name, email, role, doctor_id, os_user, os_user_signs_in, may_overbook, \
     may_refund, is_active, password_hash, must_change_password, failed_sign_ins, locked_until, password_version \
     FROM staff ";

/// [`COLUMNS`] of somebody, and behind them what was done under a key: each statement costs, and a transaction
/// asks both.
const WITH_DONE: &str = "SELECT s.id, s.name, s.email, s.role, s.doctor_id, s.os_user, s.os_user_signs_in, \
     s.may_overbook, s.may_refund, s.is_active, s.password_hash, s.must_change_password, s.failed_sign_ins, \
     s.locked_until, s.password_version, k.record_id, k.action \
     FROM staff s LEFT JOIN idempotency_keys k ON k.idempotency_key = ? WHERE s.id = ?";
/// How many of its columns are the person's.
const OF_PERSON: usize = 15;

/// A password as it is to be kept.
#[derive(Clone, Debug)]
pub struct NewPassword {
    /// Its hash, in the PHC string format.
    pub hash: SecretString,
    /// Whether the next sign-in asks for another.
    pub must_change: bool,
}

/// A row with what only a sign-in needs.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) member: StaffMember,
    pub(super) hash: Option<SecretString>,
    pub(super) failed: u32,
    /// How many passwords were set: which one this is.
    pub(super) version: i32,
}

impl Store {
    /// Whether anybody can sign in: whether the clinic was set up.
    ///
    /// # Errors
    /// The database's.
    pub async fn has_staff(&self) -> Result<bool> {
        has_any(&mut self.db.acquire().await?).await
    }

    /// All staff, by name; also those who left.
    ///
    /// # Errors
    /// Where the person may not, the database's, or a row that cannot be read.
    pub async fn staff(&self) -> Result<Vec<StaffMember>> {
        let rows = self.conn(Deed::ManageStaff).await?.all(Stmt::new(COLUMNS)).await?;
        let mut staff = rows.iter().map(member).collect::<Result<Vec<_>>>()?;
        staff.sort_by_cached_key(|member| (fold(&member.details.name), member.id));
        Ok(staff)
    }

    /// Sets a clinic up that has no staff: its name and zone, and its first administrator.
    ///
    /// # Errors
    /// [`StoreError::SetUpAlready`], or the database's.
    pub async fn set_up(
        &self,
        order: &Order,
        clinic: &Clinic,
        details: &StaffDetails,
        password: Option<&NewPassword>,
    ) -> Result<StaffMember> {
        retry(|| async {
            let author = Author { staff_id: None, name: SETUP.to_owned() };
            let mut conn = self.writing_by(author).await?;
            let outcome = async {
                // Two who set it up at once meet here.
                bump(&mut conn, Calendar::Doctors, [(STAFF_DAY, NOBODY)].into()).await?;
                if let Some(id) = history::done_before(&mut conn, &order.key, "clinic.set_up").await? {
                    return existing(&mut conn, StaffId(id)).await;
                }
                if has_any(&mut conn).await? {
                    return Err(StoreError::SetUpAlready);
                }
                super::clinic::write(&mut conn, clinic).await?;
                let id = insert(&mut conn, details, true).await?;
                if let Some(password) = password {
                    write_password(&mut conn, id, password).await?;
                }
                let mut detail = json!({
                    "name": clinic.name, "time_zone": clinic.zone.name(), "after": said(details, true),
                });
                say_password(&mut detail, password);
                conn.record(order, "clinic.set_up", ("staff", id.0), None, detail).await?;
                existing(&mut conn, id).await
            }
            .await;
            conn.finish(outcome).await
        })
        .await
    }

    /// Writes a new member of staff, or changes one from what they were read as (`before`). Desks at which
    /// they are signed in follow within a minute.
    ///
    /// # Errors
    /// [`StoreError::Changed`] where somebody else changed them since; [`StoreError::LastAdministrator`];
    /// [`StoreError::Duplicate`] for an e-mail or Unix account in use; [`StoreError::DoctorHasAccount`]; an
    /// unknown doctor; or the database's.
    pub async fn save_staff(
        &self,
        order: &Order,
        before: Option<&StaffMember>,
        details: &StaffDetails,
        is_active: bool,
        password: Option<&NewPassword>,
    ) -> Result<StaffMember> {
        let action = match before {
            None => "staff.add",
            Some(before) if before.is_active && !is_active => "staff.deactivate",
            Some(before) if !before.is_active && is_active => "staff.activate",
            Some(_) => "staff.edit",
        };
        retry(|| async {
            let mut conn = self.writing(Deed::ManageStaff).await?;
            let about = before.map(|before| before.id);
            let outcome = match self.begin(&mut conn, order, action, about).await {
                Ok(Some(done)) => Ok(done),
                Ok(None) => try_save(&mut conn, order, (action, before), details, is_active, password).await,
                Err(error) => Err(error),
            };
            let outcome = history::or_done_meanwhile(&mut conn, order, action, outcome).await;
            conn.finish(outcome).await
        })
        .await
    }

    /// Takes somebody's work here away, or gives it back: whoever left is not active, since the trail goes on
    /// naming them. Where it is so already nothing is done. Desks at which they are signed in follow within a
    /// minute.
    ///
    /// # Errors
    /// [`StoreError::LastAdministrator`]; [`StoreError::DoctorHasAccount`]; where the person may not, an unknown
    /// id, or the database's.
    pub async fn set_staff_active(&self, order: &Order, id: StaffId, is_active: bool) -> Result<StaffMember> {
        let action = if is_active { "staff.activate" } else { "staff.deactivate" };
        retry(|| async {
            let mut conn = self.writing(Deed::ManageStaff).await?;
            let outcome = async {
                if let Some(done) = self.begin(&mut conn, order, action, Some(id)).await? {
                    return Ok(done);
                }
                let before = existing(&mut conn, id).await?;
                if before.is_active == is_active {
                    return Ok(before);
                }
                if let (Some(doctor), true) = (before.details.doctor_id, is_active) {
                    has_no_other_account(&mut conn, doctor, Some(id)).await?;
                }
                change(&mut conn, order, action, &before, (&before.details, is_active), None).await?;
                existing(&mut conn, id).await
            }
            .await;
            conn.finish(outcome).await
        })
        .await
    }
}

impl Store {
    /// Begins a change of the staff; answers with whoever it is about where it was made before. What is asked is
    /// not read before this: two administrators who remove each other meet here, also on a cluster.
    ///
    /// # Errors
    /// [`StoreError::KeyUsed`] where the key was used for somebody else than `about`; where the person was
    /// removed, or is no administrator any more, and their desk does not know it yet; or the database's.
    pub(super) async fn begin(
        &self,
        conn: &mut Writing,
        order: &Order,
        action: &'static str,
        about: Option<StaffId>,
    ) -> Result<Option<StaffMember>> {
        bump(conn, Calendar::Doctors, [(STAFF_DAY, NOBODY)].into()).await?;
        if let Some(done) = history::done_before(conn, &order.key, action).await? {
            if about.is_some_and(|about| about.0 != done) {
                return Err(StoreError::KeyUsed);
            }
            return existing(conn, StaffId(done)).await.map(Some);
        }
        // Again, now that whoever changes staff at the same time has ended.
        let row = by_id(conn, self.identity()?.staff_id).await;
        self.check(row)?;
        self.permit(Deed::ManageStaff)?;
        Ok(None)
    }
}

async fn try_save(
    conn: &mut Writing,
    order: &Order,
    (action, before): (&'static str, Option<&StaffMember>),
    details: &StaffDetails,
    is_active: bool,
    password: Option<&NewPassword>,
) -> Result<StaffMember> {
    // Of two accounts that one doctor had before this was asked, both can be changed: one has to be, to end it.
    let stays = |before: &StaffMember| before.is_active && before.details.doctor_id == details.doctor_id;
    if let (Some(doctor), true) = (details.doctor_id, is_active)
        && !before.is_some_and(stays)
    {
        has_no_other_account(conn, doctor, before.map(|before| before.id)).await?;
    }
    if let Some(doctor) = details.doctor_id {
        let known = Stmt::new("SELECT id FROM doctors WHERE id = ?").bind(doctor);
        if conn.first(known).await?.is_none() {
            return Err(StoreError::Missing { what: "doctor", id: doctor.0 });
        }
    }
    let id = if let Some(before) = before {
        let now = existing(conn, before.id).await?;
        if (&now.details, now.is_active) != (&before.details, before.is_active) {
            return Err(StoreError::Changed { what: "member of staff", id: before.id.0 });
        }
        change(conn, order, action, before, (details, is_active), password).await?;
        before.id
    } else {
        let id = insert(conn, details, is_active).await?;
        let mut detail = json!({ "before": null, "after": said(details, is_active) });
        say_password(&mut detail, password);
        conn.record(order, action, ("staff", id.0), None, detail).await?;
        id
    };
    if let Some(password) = password {
        write_password(conn, id, password).await?;
    }
    existing(conn, id).await
}

/// Writes somebody anew who stands as `before`, and puts on the trail what changed.
///
/// # Errors
/// [`StoreError::LastAdministrator`], or the database's.
async fn change(
    conn: &mut Writing,
    order: &Order,
    action: &'static str,
    before: &StaffMember,
    (details, is_active): (&StaffDetails, bool),
    password: Option<&NewPassword>,
) -> Result<()> {
    let others = other_administrators(conn, before.id).await?;
    if leaves_none((before.details.role, before.is_active), (details.role, is_active), others) {
        return Err(StoreError::LastAdministrator);
    }
    let update = Stmt::new(
        "UPDATE staff SET name = ?, email = ?, role = ?, doctor_id = ?, os_user = ?, os_user_signs_in = ?, \
         may_overbook = ?, may_refund = ?, is_active = ? WHERE id = ?",
    );
    conn.run(bound(update, details, is_active).bind(before.id)).await?;
    let mut detail = json!({
        "before": said(&before.details, before.is_active), "after": said(details, is_active),
    });
    say_password(&mut detail, password);
    conn.record(order, action, ("staff", before.id.0), None, detail).await
}

/// That no other account that is active is the same doctor: who did something would not be one person.
///
/// # Errors
/// [`StoreError::DoctorHasAccount`], or the database's.
async fn has_no_other_account(conn: &mut Conn, doctor: DoctorId, but: Option<StaffId>) -> Result<()> {
    let stmt = Stmt::new("SELECT id FROM staff WHERE doctor_id = ? AND is_active AND id <> ? LIMIT 1");
    let other = conn.first(stmt.bind(doctor).bind(but.map_or(0, |id| id.0))).await?;
    if other.is_some() { Err(StoreError::DoctorHasAccount(doctor)) } else { Ok(()) }
}

async fn has_any(conn: &mut Conn) -> Result<bool> {
    Ok(conn.first(Stmt::new("SELECT id FROM staff LIMIT 1")).await?.is_some())
}

async fn insert(conn: &mut Conn, details: &StaffDetails, is_active: bool) -> Result<StaffId> {
    let stmt = Stmt::new(
        "INSERT INTO staff (name, email, role, doctor_id, os_user, os_user_signs_in, may_overbook, may_refund, \
         is_active) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    Ok(StaffId(conn.run(bound(stmt, details, is_active)).await?.last_id))
}

fn bound(stmt: Stmt, details: &StaffDetails, is_active: bool) -> Stmt {
    stmt.bind(details.name.as_str())
        .bind(details.email.as_str())
        .bind(details.role.words())
        .bind(details.doctor_id)
        .bind(details.os_user.clone())
        .bind(details.os_user_signs_in)
        .bind(details.may_overbook)
        .bind(details.may_refund)
        .bind(is_active)
}

pub(super) async fn write_password(conn: &mut Conn, id: StaffId, password: &NewPassword) -> Result<()> {
    let stmt = Stmt::new(
        "UPDATE staff SET password_hash = ?, must_change_password = ?, password_version = password_version + 1 \
         WHERE id = ?",
    );
    let stmt = stmt.bind(password.hash.expose_secret()).bind(password.must_change).bind(id);
    conn.run(stmt).await.map(drop)
}

/// The same by whose it is, who works here and signed in by the one before: never over one that was set since.
///
/// # Errors
/// [`StoreError::NotSignedIn`] where that is not so any more, or the database's.
pub(super) async fn replace_password(
    conn: &mut Conn,
    id: StaffId,
    hash: &SecretString,
    instead_of: i32,
) -> Result<()> {
    let stmt = Stmt::new(
        "UPDATE staff SET password_hash = ?, must_change_password = FALSE, password_version = password_version + 1 \
         WHERE id = ? AND password_version = ? AND is_active",
    );
    let done = conn.run(stmt.bind(hash.expose_secret()).bind(id).bind(instead_of)).await?;
    if done.rows == 0 { Err(StoreError::NotSignedIn(Some(PASSWORD_SET))) } else { Ok(()) }
}

/// Keeps a password as another hash, where it is still the one that was proved; answers whether it was.
pub(super) async fn rehash(
    conn: &mut Conn,
    id: StaffId,
    hash: &SecretString,
    instead_of: &SecretString,
) -> Result<bool> {
    let stmt =
        Stmt::new("UPDATE staff SET password_hash = ? WHERE id = ? AND password_hash = ? AND is_active");
    let stmt = stmt.bind(hash.expose_secret()).bind(id).bind(instead_of.expose_secret());
    Ok(conn.run(stmt).await?.rows > 0)
}

/// Forgets how many passwords were wrong.
pub(super) async fn forgive(conn: &mut Conn, id: StaffId) -> Result<()> {
    let stmt = Stmt::new("UPDATE staff SET failed_sign_ins = 0, locked_until = NULL WHERE id = ?").bind(id);
    conn.run(stmt).await.map(drop)
}

/// How many administrate the clinic besides somebody.
async fn other_administrators(conn: &mut Conn, id: StaffId) -> Result<usize> {
    let lock = conn.pick(FOR_UPDATE);
    let stmt = Stmt::new("SELECT id FROM staff WHERE role = ? AND is_active AND id <> ?").then(lock);
    Ok(conn.all(stmt.bind(Role::Administrator.words()).bind(id)).await?.len())
}

/// Says beside what was written of somebody that they were given a password, where they were; never which.
fn say_password(detail: &mut serde_json::Value, password: Option<&NewPassword>) {
    if password.is_some() {
        detail["password_set"] = true.into();
    }
}

/// What the audit trail says of a member of staff.
fn said(details: &StaffDetails, is_active: bool) -> serde_json::Value {
    json!({
        "name": details.name,
        "email": details.email,
        "role": details.role.words(),
        "doctor_id": details.doctor_id,
        "os_user": details.os_user,
        "os_user_signs_in": details.os_user_signs_in,
        "may_overbook": details.may_overbook,
        "may_refund": details.may_refund,
        "is_active": is_active,
    })
}

pub(super) async fn existing(conn: &mut Conn, id: StaffId) -> Result<StaffMember> {
    let found = by_id(conn, id).await?.map(|account| account.member);
    found.ok_or(StoreError::Missing { what: "member of staff", id: id.0 })
}

/// Somebody by their id.
pub(super) async fn by_id(conn: &mut Conn, id: StaffId) -> Result<Option<Account>> {
    conn.first(of_id(id)).await?.as_ref().map(account).transpose()
}

/// The query of somebody, which [`account`] reads.
pub(super) fn of_id(id: StaffId) -> Stmt {
    Stmt::new(COLUMNS).then("WHERE id = ?").bind(id)
}

/// The query of somebody, which [`account`] reads, and of what was done under a key, which [`done`] reads.
pub(super) fn of_id_with_done(id: StaffId, key: &str) -> Stmt {
    Stmt::new(WITH_DONE).bind(key).bind(id)
}

/// The record that a request wrote, and what kind of request it was, from [`of_id_with_done`].
pub(super) fn done(row: Option<&Row>) -> Result<Option<(i32, String)>> {
    let Some(row) = row else { return Ok(None) };
    let mut cells = row.cells("idempotency_keys").skip(OF_PERSON);
    let (record, action): (Option<i32>, Option<String>) = (cells.get()?, cells.get()?);
    Ok(record.zip(action))
}

/// The same, kept from others until the transaction ends.
pub(super) async fn by_id_alone(conn: &mut Conn, id: StaffId) -> Result<Option<Account>> {
    let lock = conn.pick(FOR_UPDATE);
    conn.first(of_id(id).then(lock)).await?.as_ref().map(account).transpose()
}

/// Somebody by their e-mail, without regard to case; kept from others until the transaction ends.
pub(super) async fn by_email(conn: &mut Conn, email: &str) -> Result<Option<Account>> {
    let lock = conn.pick(FOR_UPDATE);
    let stmt = Stmt::new(COLUMNS).then("WHERE email = ?").then(lock).bind(email);
    conn.first(stmt).await?.as_ref().map(account).transpose()
}

/// Whoever is active and whose Unix account is proof of who they are.
pub(super) async fn by_os_user(conn: &mut Conn, os_user: &str) -> Result<Option<Account>> {
    let stmt = Stmt::new(COLUMNS).then("WHERE os_user = ? AND os_user_signs_in AND is_active").bind(os_user);
    conn.first(stmt).await?.as_ref().map(account).transpose()
}

fn member(row: &Row) -> Result<StaffMember> {
    account(row).map(|account| account.member)
}

pub(super) fn account(row: &Row) -> Result<Account> {
    let mut cells = row.cells("staff");
    let id = StaffId(cells.get()?);
    let details = StaffDetails {
        name: cells.get()?,
        email: cells.get()?,
        role: cells.parse(Role::parse)?,
        doctor_id: cells.get::<Option<i32>>()?.map(DoctorId),
        os_user: cells.get()?,
        os_user_signs_in: cells.get()?,
        may_overbook: cells.get()?,
        may_refund: cells.get()?,
    };
    let is_active = cells.get()?;
    let hash: Option<String> = cells.get()?;
    let must_change_password = cells.get()?;
    let failed: i32 = cells.get()?;
    let locked_until: Option<chrono::NaiveDateTime> = cells.get()?;
    let version = cells.get()?;
    let member = StaffMember {
        id,
        details,
        is_active,
        has_password: hash.is_some(),
        must_change_password,
        locked_until: locked_until.map(|until| until.and_utc()),
    };
    let hash = hash.map(SecretString::from);
    Ok(Account { member, hash, failed: u32::try_from(failed).unwrap_or(0), version })
}
