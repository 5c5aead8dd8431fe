//! What the clinic's screen asks about staff, and has written: with the passwords that are made for them.

use secrecy::SecretString;

use crate::app::msg::{StaffList, StaffOrder, StaffWritten};
use crate::domain::staff::{StaffDetails, StaffMember};
use crate::store::sql::history::Order;
use crate::store::sql::staff::NewPassword;
use crate::store::{Result, Store, password};

/// The staff, and the doctors whom some of them are.
pub async fn list(store: &Store) -> Result<StaffList> {
    let staff = store.staff().await?;
    let doctors = store.doctors().await?;
    Ok(StaffList {
        staff,
        doctors: doctors.into_iter().map(|doctor| (doctor.id, doctor.details.name)).collect(),
    })
}

/// Writes what was asked of staff.
pub async fn carry_out(store: &Store, order: &Order, asked: StaffOrder) -> Result<StaffWritten> {
    let without = |member: StaffMember| StaffWritten { member, password: None };
    match asked {
        StaffOrder::Add(details) if !details.needs_password() => {
            store.save_staff(order, None, &details, true, None).await.map(without)
        }
        StaffOrder::Add(details) => {
            let (kept, told) = temporary(store, &details).await?;
            let member = store.save_staff(order, None, &details, true, Some(&kept)).await?;
            with_password(store, member, &kept, told).await
        }
        StaffOrder::Edit(before, details) => {
            store.save_staff(order, Some(&before), &details, before.is_active, None).await.map(without)
        }
        StaffOrder::SetActive(id, is_active) => {
            store.set_staff_active(order, id, is_active).await.map(without)
        }
        StaffOrder::ResetPassword(of) => {
            let (kept, told) = temporary(store, &of.details).await?;
            let member = store.reset_password(order, of.id, Some(&kept)).await?;
            with_password(store, member, &kept, told).await
        }
        StaffOrder::Unlock(id) => store.reset_password(order, id, None).await.map(without),
    }
}

/// A random password for somebody's next sign-in, as it is kept and as it is told.
async fn temporary(store: &Store, details: &StaffDetails) -> Result<(NewPassword, SecretString)> {
    let clinic = store.clinic().await?;
    let told = password::temporary(&[&details.name, &details.email, &clinic.name]);
    let hash = SecretString::from(password::hash(told.clone()).await?);
    Ok((NewPassword { hash, must_change: true }, told))
}

/// With the password, unless the one stands that an earlier attempt at the same request made.
async fn with_password(
    store: &Store,
    member: StaffMember,
    kept: &NewPassword,
    told: SecretString,
) -> Result<StaffWritten> {
    let stands = store.keeps_password(member.id, kept).await?;
    Ok(StaffWritten { member, password: Some(told).filter(|_| stands) })
}
