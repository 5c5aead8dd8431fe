//! The clinic's settings, and a sign of life.

use super::Store;
use super::conn::Stmt;
use super::dialect::SET_SETTING;
use crate::domain::clinic::{Clinic, UNNAMED};
use crate::domain::clock::Zone;
use crate::store::{Result, StoreError};

impl Store {
    /// The clinic's name and zone.
    ///
    /// # Errors
    /// The database's, or a zone that is none.
    pub async fn clinic(&self) -> Result<Clinic> {
        let rows = self
            .conn()
            .await?
            .all(Stmt::new(
                "SELECT name, value FROM clinic_settings WHERE name IN ('clinic_name', 'time_zone')",
            ))
            .await?;
        let mut clinic = Clinic { name: UNNAMED.to_owned(), zone: Zone::utc() };
        for row in &rows {
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

    /// Sets the clinic's name and zone.
    ///
    /// # Errors
    /// The database's.
    pub async fn set_clinic(&self, clinic: &Clinic) -> Result<()> {
        let mut conn = self.conn().await?;
        for (name, value) in [("clinic_name", clinic.name.as_str()), ("time_zone", clinic.zone.name())] {
            let set = conn.pick(SET_SETTING);
            conn.run(Stmt::new(set).bind(name).bind(value)).await?;
        }
        Ok(())
    }

    /// Whether the database answers, and with which version of its own.
    ///
    /// # Errors
    /// Where it does not.
    pub async fn server_version(&self) -> Result<String> {
        let mut conn = self.conn().await?;
        let text = conn.pick(super::dialect::SERVER_VERSION);
        let row = conn.first(Stmt::new(text)).await?;
        row.map_or(Err(StoreError::Lost), |row| row.cells("version").get())
    }
}
