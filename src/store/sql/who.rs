//! Who acts: the person whom a store works for, and what they may do.
//!
//! Whatever reads or writes the clinic's records asks [`Store::permit`] first, since a connection for it
//! is had for a [`Deed`] alone. What is not a person's doing takes its connections elsewhere: migrations,
//! the sign-in itself, counts, and the upkeep of indexes.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use super::conn::{Conn, Stmt};
use super::staff::{self, Account};
use super::{Store, sign_in::Standing};
use crate::domain::appointment::Visit;
use crate::domain::booking::Conflict;
use crate::domain::ids::{AppointmentId, DoctorId, PatientId, StaffId};
use crate::domain::patient::Patient;
use crate::domain::permission::{Deed, Forbidden, Reach};
use crate::domain::staff::Identity;
use crate::store::{Result, StoreError};

/// What a doctor is told in place of the colleague with whom somebody else's patient is.
const ANOTHER: &str = "another doctor";

/// Whether somebody may open a patient's record, and by what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// By the role, or since the patient is theirs.
    Open,
    /// By having said why (break-glass).
    BreakGlass,
    /// Not until they say why.
    Closed,
}

/// The person whom a store works for. Clones are of the same person.
#[derive(Clone, Debug, Default)]
pub(super) struct Who(Arc<RwLock<State>>);

#[derive(Debug, Default)]
struct State {
    /// Who is signed in; nobody before the sign-in, and after they were signed out.
    identity: Option<Identity>,
    /// Why somebody who was signed in is not any more.
    ended: Option<&'static str>,
    /// Whether a write found them changed, which their desk was not told yet.
    is_untold: bool,
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
    fn become_now(&self, now: Result<Identity, &'static str>) {
        let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
        state.is_untold = true;
        match now {
            Ok(identity) => state.identity = Some(identity),
            Err(why) => {
                state.identity = None;
                state.ended = Some(why);
            }
        }
    }

    /// What became of them that their desk was not told yet.
    pub(super) fn told(&self) -> Option<Standing> {
        let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let was_untold = std::mem::take(&mut state.is_untold);
        match (&state.identity, state.ended) {
            (None, Some(why)) => Some(Standing::Out(why)),
            (Some(now), _) if was_untold => Some(Standing::Changed(now.clone())),
            _ => None,
        }
    }

    pub(super) fn break_glass(&self, patient: PatientId) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).broken_glass.insert(patient);
    }

    fn has_broken_glass(&self, patient: PatientId) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).broken_glass.contains(&patient)
    }
}

/// By which of their passwords people signed in at this desk, whichever they have by now: in memory alone, and
/// of all that work on the same store.
#[derive(Clone, Debug, Default)]
pub(super) struct Proofs(Arc<Mutex<Proved>>);

#[derive(Debug, Default)]
struct Proved {
    by: HashMap<StaffId, i32>,
    /// The last request by which somebody was to set their password here, and which it was to be.
    to_be: HashMap<StaffId, (String, i32)>,
}

impl Proofs {
    /// Somebody proved who they are while this was their password, or set it here.
    pub(super) fn put(&self, staff: StaffId, version: i32) {
        self.lock().by.insert(staff, version);
    }

    /// Somebody sets their password under a request's key: which it is to be.
    pub(super) fn sets(&self, staff: StaffId, key: &str, version: i32) {
        self.lock().to_be.insert(staff, (key.to_owned(), version));
    }

    /// They did: it is the one by which they go on here, where it is still theirs.
    pub(super) fn has_set(&self, staff: StaffId, key: &str) {
        let mut proved = self.lock();
        if let Some((_, version)) = proved.to_be.get(&staff).filter(|(asked, _)| asked == key) {
            let version = *version;
            proved.by.insert(staff, version);
        }
    }

    /// Which it was; the one that they have, for whom nobody asked yet.
    fn of(&self, staff: StaffId, now: i32) -> i32 {
        *self.lock().by.entry(staff).or_insert(now)
    }

    fn lock(&self) -> MutexGuard<'_, Proved> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// Looks whether the person is still who they were, by their row as it is now: active, and by the password
    /// by which they signed in. Where it says something else of them, it holds from now on; answers whether it
    /// does.
    ///
    /// # Errors
    /// [`StoreError::NotSignedIn`] where they are out, or the database's.
    pub(super) fn check(&self, row: Result<Option<Account>>) -> Result<bool> {
        let known = self.identity()?;
        let out = |why| {
            self.who.become_now(Err(why));
            Err(StoreError::NotSignedIn(Some(why)))
        };
        let account = match row {
            Ok(Some(account)) => account,
            Ok(None) => return out(staff::REMOVED),
            // Of whom nothing is known, nothing is let through.
            Err(error @ StoreError::Unreadable { .. }) => {
                tracing::warn!(%error, "whoever is signed in is signed out, since their record cannot be read");
                return out(staff::UNREADABLE);
            }
            // That says nothing of them: what asked is not done, and a desk that hears nothing closes by itself.
            Err(error) => return Err(error),
        };
        if !account.member.is_active {
            return out(staff::DEACTIVATED);
        }
        if self.proofs.of(known.staff_id, account.version) != account.version {
            return out(staff::PASSWORD_SET);
        }
        let now = Identity::from(&account.member);
        let changed = now != known;
        if changed {
            self.who.become_now(Ok(now));
        }
        Ok(changed)
    }

    /// The same store, working for a person who signed in. Everything before goes on working for whom it
    /// worked for.
    #[must_use]
    pub fn acting(mut self, identity: Identity) -> Self {
        self.who = Who::new(identity);
        self
    }

    /// The same store, working for nobody.
    #[must_use]
    pub fn acting_for_nobody(mut self) -> Self {
        self.who = Who::default();
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
    pub(super) fn permit_of(&self, deed: Deed, doctor: DoctorId) -> Result<()> {
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

    /// Puts on the trail what a desk refused the person by the same table, and did not ask for here.
    pub fn refused(&self, deed: Deed) {
        self.forbid(deed);
    }

    /// Whether the person may open a patient's record: a doctor that of a patient who has or had a visit with
    /// them, or which they opened by saying why. To ask is not to open: nothing of it is on the trail.
    ///
    /// # Errors
    /// [`StoreError::Forbidden`] for whoever opens no records, or the database's.
    pub async fn access(&self, patient: PatientId) -> Result<Access> {
        if self.permit(Deed::OpenRecord)? == Reach::All {
            return Ok(Access::Open);
        }
        self.access_on(&mut self.conn(Deed::OpenRecord).await?, patient).await
    }

    pub(super) async fn access_on(&self, conn: &mut Conn, patient: PatientId) -> Result<Access> {
        let Reach::Own(doctor) = self.permit(Deed::OpenRecord)? else { return Ok(Access::Open) };
        Ok(if theirs(conn, doctor, vec![patient]).await?.contains(&patient) {
            Access::Open
        } else if self.who.has_broken_glass(patient) {
            Access::BreakGlass
        } else {
            Access::Closed
        })
    }

    /// Lets the person open a patient's record, or refuses that, which is on the trail.
    ///
    /// # Errors
    /// [`StoreError::NotTheirs`], or those of [`Store::access`].
    pub(super) async fn permit_record(&self, conn: &mut Conn, patient: PatientId) -> Result<()> {
        if self.access_on(conn, patient).await? != Access::Closed {
            return Ok(());
        }
        Err(self.not_theirs(patient))
    }

    /// What must answer with a row before a patient may come to be the person's by a visit, or they could open
    /// any record by booking its patient; none where the record is open to them by their role, or by their
    /// having said why.
    pub(super) fn must_be_theirs(&self, patient: PatientId) -> Result<Option<Stmt>> {
        Ok(match self.permit(Deed::OpenRecord)? {
            Reach::Own(doctor) if !self.who.has_broken_glass(patient) => Some(of_theirs(doctor, [patient])),
            _ => None,
        })
    }

    /// The refusal of what needs an open record, which is on the trail.
    pub(super) fn not_theirs(&self, patient: PatientId) -> StoreError {
        match self.identity() {
            Ok(identity) => {
                let forbidden = Forbidden { deed: Deed::OpenRecord, role: identity.role };
                self.trail.refused(&identity, forbidden, Some(patient));
                StoreError::NotTheirs(patient)
            }
            Err(error) => error,
        }
    }

    /// Lets the person open a visit: with the doctor whom they are, or one in a record that they may open,
    /// which shows all of them.
    ///
    /// # Errors
    /// [`StoreError::Forbidden`], or the database's.
    pub(super) async fn permit_visit(&self, conn: &mut Conn, visit: &Visit) -> Result<()> {
        if self.permit(Deed::ReadCalendar)?.has(visit.doctor_id)
            || self.access_on(conn, visit.patient_id).await? != Access::Closed
        {
            return Ok(());
        }
        Err(self.forbid(Deed::ReadCalendar))
    }

    /// Leaves of the patients whose records the person may not open what tells them apart: name and date of
    /// birth. (HIPAA 164.502(b), minimum necessary.)
    pub(super) async fn veil(&self, conn: &mut Conn, patients: &mut [Patient]) -> Result<()> {
        let theirs = match self.identity()?.may(Deed::OpenRecord) {
            Ok(Reach::All) => return Ok(()),
            Ok(Reach::Own(doctor)) => {
                let ids = patients.iter().map(|patient| patient.id).collect();
                theirs(conn, doctor, ids).await?
            }
            Err(_) => HashSet::new(),
        };
        let open = |id| theirs.contains(&id) || self.who.has_broken_glass(id);
        for patient in patients.iter_mut().filter(|patient| !open(patient.id)) {
            patient.details.email.clear();
            patient.details.phone.clear();
            patient.details.address = None;
        }
        Ok(())
    }

    /// Leaves of conflicts what a doctor needs to know: that a patient who is not theirs is elsewhere then;
    /// not with whom, nor who booked that.
    pub(super) async fn veil_conflicts(
        &self,
        conn: &mut Conn,
        patient: Option<PatientId>,
        conflicts: &mut [Conflict],
    ) -> Result<()> {
        let Reach::Own(doctor) = self.permit(Deed::Book)? else { return Ok(()) };
        let elsewhere =
            |conflict: &Conflict| conflict.clash().is_some_and(|clash| clash.held.visit.doctor_id != doctor);
        if !conflicts.iter().any(elsewhere) {
            return Ok(());
        }
        if let Some(patient) = patient
            && self.access_on(conn, patient).await? != Access::Closed
        {
            return Ok(());
        }
        for clash in conflicts.iter_mut().filter_map(Conflict::clash_mut) {
            let held = &mut clash.held;
            if held.visit.doctor_id != doctor {
                ANOTHER.clone_into(&mut held.doctor_name);
                (held.booked_by, held.booked_at) = (None, None);
                // Nobody's, as nothing that is kept has these.
                (held.visit.id, held.visit.doctor_id) = (AppointmentId(0), DoctorId(0));
            }
        }
        Ok(())
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

/// Which of some patients have or had a visit with a doctor. One that was cancelled makes nobody theirs.
async fn theirs(conn: &mut Conn, doctor: DoctorId, patients: Vec<PatientId>) -> Result<HashSet<PatientId>> {
    if patients.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = conn.all(of_theirs(doctor, patients)).await?;
    rows.iter().map(|row| Ok(PatientId(row.cells("appointments").get()?))).collect()
}

/// Asks which of some patients they are.
fn of_theirs(doctor: DoctorId, patients: impl IntoIterator<Item = PatientId>) -> Stmt {
    let stmt = Stmt::new(
        "SELECT DISTINCT a.patient_id FROM appointments a WHERE a.doctor_id = ? \
         AND COALESCE(a.status, 'Scheduled') <> 'Cancelled' AND a.patient_id IN ",
    );
    stmt.bind(doctor).list(patients)
}
