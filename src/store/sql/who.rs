//! Who acts: the person whom a store works for, and what they may do.
//!
//! Whatever reads or writes the clinic's records asks [`Store::permit`] first, since a connection for it
//! is had for a [`Deed`] alone. What is not a person's doing takes its connections elsewhere: migrations,
//! the sign-in itself, counts, and the upkeep of indexes.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

use super::Store;
use super::conn::{Conn, Stmt};
use crate::domain::ids::PatientId;
use crate::domain::permission::{Deed, Forbidden, Reach};
use crate::domain::staff::Identity;
use crate::store::{Result, StoreError};

/// The person whom a store works for. Clones are of the same person.
#[derive(Clone, Debug, Default)]
pub(super) struct Who(Arc<RwLock<State>>);

#[derive(Debug, Default)]
struct State {
    /// Who is signed in; nobody before the sign-in, and after they were signed out.
    identity: Option<Identity>,
    /// Why somebody who was signed in is not any more.
    ended: Option<&'static str>,
    /// The patients whose records they opened by saying why.
    broken_glass: HashSet<PatientId>,
}

impl Who {
    pub(super) fn new(identity: Identity) -> Self {
        let state = State { identity: Some(identity), ..State::default() };
        Who(Arc::new(RwLock::new(state)))
    }

    /// The person.
    ///
    /// # Errors
    /// [`StoreError::NotSignedIn`]
    pub(super) fn identity(&self) -> Result<Identity> {
        let state = self.0.read().unwrap_or_else(PoisonError::into_inner);
        state.identity.clone().ok_or(StoreError::NotSignedIn(state.ended))
    }

    /// What their record says now, or that it lets them work no longer.
    pub(super) fn become_now(&self, now: Result<Identity, &'static str>) {
        let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match now {
            Ok(identity) => state.identity = Some(identity),
            Err(why) => {
                state.identity = None;
                state.ended = Some(why);
            }
        }
    }

    pub(super) fn break_glass(&self, patient: PatientId) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).broken_glass.insert(patient);
    }

    fn has_broken_glass(&self, patient: PatientId) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).broken_glass.contains(&patient)
    }
}

impl Store {
    /// The same store, working for a person who signed in. Everything before goes on working for whom it
    /// worked for.
    #[must_use]
    pub fn acting(mut self, identity: Identity) -> Self {
        self.who = Who::new(identity);
        self
    }

    /// The person whom it works for.
    ///
    /// # Errors
    /// [`StoreError::NotSignedIn`]
    pub fn identity(&self) -> Result<Identity> {
        self.who.identity()
    }

    /// How far the person may do something.
    ///
    /// # Errors
    /// [`StoreError::NotSignedIn`], and [`StoreError::Forbidden`] where they may not at all.
    pub fn permit(&self, deed: Deed) -> Result<Reach> {
        let identity = self.who.identity()?;
        identity.may(deed).map_err(|forbidden| {
            self.trail.refused(&identity, forbidden, None);
            StoreError::Forbidden(forbidden)
        })
    }

    /// Whether the person may do something to what is a doctor's.
    pub(super) fn permit_of(&self, deed: Deed, doctor: crate::domain::ids::DoctorId) -> Result<()> {
        if self.permit(deed)?.has(doctor) { Ok(()) } else { Err(self.forbid(deed)) }
    }

    /// The refusal of what is not their own.
    pub(super) fn forbid(&self, deed: Deed) -> StoreError {
        match self.who.identity() {
            Ok(identity) => {
                let forbidden = Forbidden { deed, role: identity.role };
                self.trail.refused(&identity, forbidden, None);
                StoreError::Forbidden(forbidden)
            }
            Err(error) => error,
        }
    }

    /// Whether the person may open this patient's record: a doctor that of a patient who has or had a visit
    /// with them, or which they opened by saying why.
    ///
    /// # Errors
    /// [`StoreError::NotTheirs`], or the database's.
    pub(super) async fn permit_record(&self, conn: &mut Conn, patient: PatientId) -> Result<()> {
        let Reach::Own(doctor) = self.permit(Deed::OpenRecord)? else { return Ok(()) };
        if self.who.has_broken_glass(patient) {
            return Ok(());
        }
        let theirs = Stmt::new(
            "SELECT 1 FROM appointments a WHERE a.patient_id = ? AND a.doctor_id = ? \
             AND COALESCE(a.status, 'Scheduled') <> 'Cancelled' LIMIT 1",
        );
        if conn.first(theirs.bind(patient).bind(doctor)).await?.is_some() {
            return Ok(());
        }
        let identity = self.who.identity()?;
        let forbidden = Forbidden { deed: Deed::OpenRecord, role: identity.role };
        self.trail.refused(&identity, forbidden, Some(patient));
        Err(StoreError::NotTheirs(patient))
    }

    /// A connection for something that the person may do; to what, [`Store::permit`] answers.
    ///
    /// # Errors
    /// Those of [`Store::permit`], or the database's.
    pub(super) async fn conn(&self, deed: Deed) -> Result<Conn> {
        self.permit(deed)?;
        self.db.acquire().await
    }
}
