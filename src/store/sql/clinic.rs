//! The clinic's settings, and a sign of life.

use serde_json::json;

use super::Store;
use super::conn::{Conn, Stmt};
use super::dialect::{Dialect, SET_SETTING};
use super::history::{self, Order};
use super::retry::retry;
use super::trail::Author;
use crate::domain::clinic::{Clinic, DEFAULT_MAX_IDLE_LOCK, IDLE_LOCK_MINUTES, UNNAMED};
use crate::domain::clock::Zone;
use crate::domain::permission::Deed;
use crate::store::{Result, StoreError};

/// The setting's name.
const MAX_IDLE_LOCK: &str = "max_idle_lock_minutes";

impl Store {
    /// The clinic's name and zone.
    ///
    /// # Errors
    /// The database's, or a zone that is none.
    pub async fn clinic(&self) -> Result<Clinic> {
        settings(&mut self.db.acquire().await?, Clinic { name: UNNAMED.to_owned(), zone: Zone::utc() }).await
    }

    /// The clinic's name and zone as a migration would leave them: what is set stays, also on a schema
    /// that is older than this program, and what is not set is taken from `new`.
    ///
    /// # Errors
    /// The database's, or a zone that is none.
    pub async fn clinic_migrated(&self, new: &Clinic) -> Result<Clinic> {
        let mut conn = self.db.acquire().await?;
        if super::schema::has_table(&mut conn, "clinic_settings").await? {
            settings(&mut conn, new.clone()).await
        } else {
            Ok(new.clone())
        }
    }

    /// Sets the clinic's name and zone.
    ///
    /// # Errors
    /// Where the person may not, or the database's.
    pub async fn set_clinic(&self, order: &Order, clinic: &Clinic) -> Result<()> {
        retry(|| async {
            // Before there is staff, whoever sets the clinic up names it.
            let mut conn = if self.has_staff().await? {
                self.writing(Deed::ManageClinic).await?
            } else {
                self.writing_by(Author { staff_id: None, name: "setup".to_owned() }).await?
            };
            let outcome = async {
                if history::done_before(&mut conn, &order.key, "clinic.set").await?.is_some() {
                    return Ok(());
                }
                let new = Clinic { name: UNNAMED.to_owned(), zone: Zone::utc() };
                let before = settings(&mut conn, new).await?;
                write(&mut conn, clinic).await?;
                let said = |clinic: &Clinic| json!({ "name": clinic.name, "time_zone": clinic.zone.name() });
                let detail = json!({ "before": said(&before), "after": said(clinic) });
                conn.record(order, "clinic.set", ("clinic_settings", 0), None, detail).await
            }
            .await;
            conn.finish(outcome).await
        })
        .await
    }

    /// After how many minutes without a key every desk of the clinic locks at the latest.
    ///
    /// # Errors
    /// The database's, or a value that is none.
    pub async fn max_idle_lock(&self) -> Result<u16> {
        max_idle_lock(&mut self.db.acquire().await?).await
    }

    /// Sets after how many minutes without a key every desk of the clinic locks at the latest. Desks at work
    /// follow within a minute.
    ///
    /// # Errors
    /// [`StoreError::BadValue`] for minutes that no desk locks after; where the person may not; or the
    /// database's.
    pub async fn set_max_idle_lock(&self, order: &Order, minutes: u16) -> Result<()> {
        const ACTION: &str = "clinic.set_idle_lock";
        self.permit(Deed::ManageClinic)?;
        if !IDLE_LOCK_MINUTES.contains(&minutes) {
            let (least, most) = (IDLE_LOCK_MINUTES.start(), IDLE_LOCK_MINUTES.end());
            return Err(StoreError::BadValue(format!("the minutes must be {least} to {most}")));
        }
        retry(|| async {
            let mut conn = self.writing(Deed::ManageClinic).await?;
            let outcome = async {
                if history::done_before(&mut conn, &order.key, ACTION).await?.is_some() {
                    return Ok(());
                }
                // What cannot be read is put right by this.
                let before = match max_idle_lock(&mut conn).await {
                    Err(StoreError::Unreadable { .. }) => None,
                    before => Some(before?),
                };
                let set = conn.pick(SET_SETTING);
                conn.run(Stmt::new(set).bind(MAX_IDLE_LOCK).bind(minutes.to_string())).await?;
                let said = |minutes: Option<u16>| json!({ "max_idle_lock_minutes": minutes });
                let detail = json!({ "before": said(before), "after": said(Some(minutes)) });
                conn.record(order, ACTION, ("clinic_settings", 0), None, detail).await
            }
            .await;
            conn.finish(outcome).await
        })
        .await
    }

    /// What the database calls itself, for people: `MariaDB 10.11.19`, `MySQL 9.7.4`, `SQLite 3.50.2`.
    ///
    /// # Errors
    /// Where it does not answer.
    pub async fn server_name(&self) -> Result<String> {
        let version = self.server_version().await?;
        Ok(match self.db.dialect() {
            Dialect::MySql => product(&version),
            Dialect::Sqlite => version,
        })
    }

    /// Whether the database answers, and with which version of its own.
    ///
    /// # Errors
    /// Where it does not.
    pub async fn server_version(&self) -> Result<String> {
        let mut conn = self.db.acquire().await?;
        let text = conn.pick(super::dialect::SERVER_VERSION);
        let row = conn.first(Stmt::new(text)).await?;
        row.map_or(Err(StoreError::Lost), |row| row.cells("version").get())
    }
}

/// Writes the settings, whatever stood there.
pub(super) async fn write(conn: &mut Conn, clinic: &Clinic) -> Result<()> {
    for (name, value) in [("clinic_name", clinic.name.as_str()), ("time_zone", clinic.zone.name())] {
        let set = conn.pick(SET_SETTING);
        conn.run(Stmt::new(set).bind(name).bind(value)).await?;
    }
    Ok(())
}

async fn max_idle_lock(conn: &mut Conn) -> Result<u16> {
    let stmt = Stmt::new("SELECT name, value FROM clinic_settings WHERE name = ?").bind(MAX_IDLE_LOCK);
    let Some(row) = conn.first(stmt).await? else { return Ok(DEFAULT_MAX_IDLE_LOCK) };
    let mut cells = row.cells("clinic_settings");
    let _name: String = cells.get()?;
    let value: String = cells.get()?;
    let minutes = value.trim().parse().ok().filter(|minutes| IDLE_LOCK_MINUTES.contains(minutes));
    minutes.ok_or_else(|| cells.unreadable())
}

/// The settings that are there, over others.
async fn settings(conn: &mut Conn, mut clinic: Clinic) -> Result<Clinic> {
    let stmt =
        Stmt::new("SELECT name, value FROM clinic_settings WHERE name IN ('clinic_name', 'time_zone')");
    for row in conn.all(stmt).await? {
        let mut cells = row.cells("clinic_settings");
        let name: String = cells.get()?;
        let value: String = cells.get()?;
        match name.as_str() {
            "clinic_name" => clinic.name = value,
            _ => clinic.zone = Zone::parse(&value).map_err(|_| cells.unreadable())?,
        }
    }
    Ok(clinic)
}

/// What a server calls itself, from its version: MariaDB says so there, as `10.11.19-MariaDB-deb12`.
fn product(version: &str) -> String {
    let number = version.split(['-', '+', ' ']).next().unwrap_or_default();
    let name = if version.to_ascii_lowercase().contains("mariadb") { "MariaDB" } else { "MySQL" };
    format!("{name} {number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_called_what_it_calls_itself() {
        for (version, name) in [
            ("10.11.19-MariaDB-0+deb12u1", "MariaDB 10.11.19"),
            ("11.4.2-MariaDB-ubu2404-log", "MariaDB 11.4.2"),
            ("9.7.4", "MySQL 9.7.4"),
            ("8.0.36-0ubuntu0.22.04.1", "MySQL 8.0.36"),
        ] {
            assert_eq!(product(version), name);
        }
    }
}
