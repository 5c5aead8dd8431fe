//! Effects performed: a store's question or order in a task of its own, the answer as a message.
//!
//! Nothing is ever aborted: a task that is cancelled inside a transaction would hand its connection
//! on with the transaction open. Of the questions of one lane, one runs and at most one waits, the
//! latest.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use chrono::NaiveDate;
use secrecy::SecretString;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::app::msg::{Answer, Card, Door, DoorAnswer, Lane, Msg, Read, Timer, Write, Written};
use crate::app::remote::Ticket;
use crate::app::screens::audit;
use crate::app::screens::board::View;
use crate::domain::clock::{self, Now};
use crate::domain::day::{DayChange, DayVersions};
use crate::domain::draft::Draft;
use crate::domain::ids::PatientId;
use crate::domain::permission::Deed;
use crate::domain::query::PatientQuery;
use crate::domain::staff::Identity;
use crate::store::sql::audit::ReadFor;
use crate::store::sql::history::Order;
use crate::store::sql::sign_in::{DeskEvent, Standing};
use crate::store::sql::who::Access;
use crate::store::{Result, Store, StoreError, password};

/// How often the words of all names are read again, and patients looked for that another program
/// wrote.
const REFRESH: Duration = Duration::from_mins(10);

/// An answer that comes within this goes into the frame of the key that asked for it: one frame in
/// place of two, which over a slow link is half the bytes, and nothing flickers. Nobody sees so short
/// a wait.
pub const SOON: Duration = Duration::from_millis(4);

/// A message, and the lane that its coming frees.
pub struct Arrived {
    /// The lane.
    pub lane: Option<Lane>,
    /// The message.
    pub msg: Msg,
}

/// What runs in a lane.
struct Running {
    since: Instant,
    /// What waits for the lane to be free.
    next: Option<(Ticket, Read)>,
}

/// Performs effects.
pub struct Performer {
    store: Store,
    send: UnboundedSender<Arrived>,
    /// The lanes in which something runs.
    lanes: HashMap<Lane, Running>,
    /// The lanes whose last answer did not come soon: the store is far away, or busy.
    slow: HashSet<Lane>,
    /// What is under way; a task that panics shows here.
    pub tasks: JoinSet<()>,
    /// What is done besides, and may end with the program.
    pub background: JoinSet<()>,
    /// What the audit trail is being told.
    told: JoinSet<()>,
}

impl Performer {
    /// For a store, sending what arrives to the loop.
    pub fn new(store: Store, send: UnboundedSender<Arrived>) -> Self {
        Performer {
            store,
            send,
            lanes: HashMap::new(),
            slow: HashSet::new(),
            tasks: JoinSet::new(),
            background: JoinSet::new(),
            told: JoinSet::new(),
        }
    }

    /// Asks, once the lane is free.
    pub fn read(&mut self, ticket: Ticket, read: Read, now: clock::Instant) {
        let lane = read.lane();
        if let Some(running) = self.lanes.get_mut(&lane) {
            running.next = Some((ticket, read));
            return;
        }
        self.lanes.insert(lane, Running { since: Instant::now(), next: None });
        let (store, send) = (self.store.clone(), self.send.clone());
        self.tasks.spawn(async move {
            let answer = ask(&store, read, now).await;
            // The loop may have ended meanwhile.
            drop(send.send(Arrived { lane: Some(lane), msg: Msg::Answer(ticket, answer) }));
        });
    }

    /// The answer of a lane arrived: what waited is asked.
    pub fn free(&mut self, lane: Lane, now: clock::Instant) {
        let Some(running) = self.lanes.remove(&lane) else { return };
        if running.since.elapsed() <= SOON {
            self.slow.remove(&lane);
        } else {
            self.slow.insert(lane);
        }
        if let Some((ticket, read)) = running.next {
            self.read(ticket, read, now);
        }
    }

    /// The lanes in which an answer is about to come, as far as each one's last answer tells.
    pub fn soon(&self) -> impl Iterator<Item = Lane> {
        let lanes = self.lanes.iter();
        let soon =
            lanes.filter(|(lane, running)| !self.slow.contains(lane) && running.since.elapsed() < SOON);
        soon.map(|(lane, _)| *lane)
    }

    /// Writes.
    pub fn write(&mut self, ticket: Ticket, order: Order, write: Write) {
        let (store, send) = (self.store.clone(), self.send.clone());
        self.tasks.spawn(async move {
            let written = carry_out(&store, &order, write).await;
            drop(send.send(Arrived { lane: None, msg: Msg::Written(ticket, written) }));
        });
    }

    /// Lets somebody in, where they are who they say.
    pub fn open_door(&mut self, ticket: Ticket, door: Door) {
        let (store, send) = (self.store.clone(), self.send.clone());
        self.tasks.spawn(async move {
            let answer = match door {
                Door::SignIn(email, password) => DoorAnswer::SignIn(store.sign_in(&email, password).await),
                Door::ByAccount => DoorAnswer::ByAccount(store.unlock_by_account().await),
                Door::ChangePassword(who, order, password) => {
                    DoorAnswer::PasswordChanged(change_password(store.acting(*who), &order, password).await)
                }
            };
            drop(send.send(Arrived { lane: None, msg: Msg::Door(ticket, answer) }));
        });
    }

    /// Works for somebody else from now on, or for nobody. What the one before asked and waits is not asked:
    /// it would be on the trail as the other's.
    pub fn become_somebody(&mut self, who: Option<Identity>) {
        let store = self.store.clone();
        self.store = match who {
            Some(who) => store.acting(who),
            None => store.acting_for_nobody(),
        };
        for running in self.lanes.values_mut() {
            running.next = None;
        }
    }

    /// Puts on the audit trail what happens at the desk. It is not waited for.
    pub fn tell(&mut self, event: DeskEvent) {
        let store = self.store.clone();
        self.told.spawn(async move {
            if let Err(error) = store.desk_event(event).await {
                tracing::warn!(%error, "what happened at the desk is not on the audit trail yet");
            }
        });
    }

    /// Puts on the audit trail what the person was refused, with its next row.
    pub fn refused(&self, deed: Deed) {
        self.store.refused(deed);
    }

    /// Puts on the audit trail that the person leaves, where one is signed in, and whatever waits for it.
    pub async fn say_goodbye(&mut self) {
        if self.store.identity().is_ok() {
            self.tell(DeskEvent::SignedOut);
        }
        while self.told.join_next().await.is_some() {}
        if let Err(error) = self.store.write_notes().await {
            tracing::warn!(%error, "the audit trail could not be written");
        }
    }

    /// Keeps what somebody typed and did not send. What goes wrong is in the log: nobody is there to read it.
    pub async fn keep(&self, who: &Identity, drafts: Vec<Draft>, now: clock::Instant) {
        let store = self.store.clone().acting(who.clone());
        for draft in drafts {
            // One that cannot be kept costs no other.
            if let Err(error) = store.keep_draft(&draft, now).await {
                tracing::warn!(%error, "what was typed could not be kept");
            }
        }
    }

    /// Wakes the app later.
    pub fn after(&mut self, delay: Duration, timer: Timer) {
        let send = self.send.clone();
        self.background.spawn(async move {
            tokio::time::sleep(delay).await;
            drop(send.send(Arrived { lane: None, msg: Msg::Timer(timer) }));
        });
    }

    /// Reads the words of all names and makes unknown patients known, now and from time to time.
    pub fn keep_look_up_fresh(&mut self) {
        let store = self.store.clone();
        self.background.spawn(async move {
            loop {
                // The desk works without both, and says when the store is away.
                if let Err(error) = store.load_words().await {
                    tracing::warn!(%error, "the words of names could not be read");
                }
                match store.index_all_patients().await {
                    Ok(0) => {}
                    Ok(count) => tracing::info!(count, "patients made known to the look-up"),
                    Err(error) => tracing::warn!(%error, "patients could not be made known"),
                }
                tokio::time::sleep(REFRESH).await;
            }
        });
    }
}

async fn ask(store: &Store, read: Read, now: clock::Instant) -> Answer {
    match read {
        Read::Day(date, view) | Read::Ahead(date, view) => {
            Answer::Day(store.day_in_sight(date, |day| view.unnamed(day)).await.map(Box::new))
        }
        Read::Changes(date, versions, view) => {
            let changes = changes(store, date, &versions, &view).await;
            // Asked again and again, and so the moment for what waits to be written. What cannot be now is
            // written with the next.
            if let Err(error) = store.write_notes().await {
                tracing::warn!(%error, "the audit trail could not be written");
            }
            Answer::Changes(changes)
        }
        Read::Names(patients) => Answer::Names(store.names(&patients).await),
        Read::Find(text, today, limit) => {
            Answer::Find(store.find_patients(&PatientQuery::parse(&text, today), limit).await)
        }
        Read::Card(id, limit) => Answer::Card(card(store, id, limit, now).await),
        Read::Appointment(id) => {
            Answer::Appointment(store.appointment(id).await.map(|found| found.map(Box::new)))
        }
        Read::History(id) => Answer::History(store.visit_history(id).await),
        Read::Preview(proposal) => Answer::Preview(store.preview(&proposal, now).await),
        Read::Openings(query) => Answer::Openings(store.openings(&query).await),
        Read::Trail(filter, cursor) => {
            Answer::Trail(store.audit_rows(&filter, cursor, audit::PAGE, ReadFor::People).await)
        }
        Read::Staff => Answer::Staff(super::staff::list(store).await.map(Box::new)),
        Read::Drafts => Answer::Drafts(store.take_drafts(now).await),
        Read::Standing => Answer::Standing(standing(store).await),
    }
}

/// How it stands with the person, and when every desk of the clinic locks at the latest.
async fn standing(store: &Store) -> Result<(Standing, Option<u16>)> {
    let standing = store.standing().await?;
    // How it stands is said once: whatever becomes of the rest.
    let at_most = store.max_idle_lock().await;
    if let Err(error) = &at_most {
        tracing::warn!(%error, "when desks lock at the latest could not be read");
    }
    Ok((standing, at_most.ok()))
}

async fn change_password(store: Store, order: &Order, password: SecretString) -> Result<()> {
    let hash = SecretString::from(password::hash(password).await?);
    store.change_password(order, hash).await
}

/// Keeps drafts for somebody, who need not be whom the store works for by now: all of them, or says why not, since
/// the desk that asks has them still.
async fn keep(store: &Store, who: Identity, drafts: Vec<Draft>, now: clock::Instant) -> Result<()> {
    let store = store.clone().acting(who);
    for draft in drafts {
        store.keep_draft(&draft, now).await?;
    }
    Ok(())
}

async fn changes(
    store: &Store,
    date: NaiveDate,
    versions: &DayVersions,
    view: &View,
) -> Result<Option<DayChange>> {
    let mut change = store.day_changes(date, versions).await?;
    match &mut change {
        Some(DayChange::Everything(day)) => day.names = store.names(&view.unnamed(day)).await?,
        Some(DayChange::Doctors { visits, names, .. }) => {
            let patients: Vec<PatientId> = visits.iter().map(|visit| visit.patient_id).collect();
            *names = store.names(&patients).await?;
        }
        None => {}
    }
    Ok(change)
}

async fn card(store: &Store, id: PatientId, limit: u16, now: clock::Instant) -> Result<Option<Box<Card>>> {
    // Asked first: whoever leafs through those who were found opens none of them.
    let access = store.access(id).await?;
    if access == Access::Closed {
        return Err(StoreError::NotTheirs(id));
    }
    let Some(patient) = store.patient(id).await? else { return Ok(None) };
    let wall = Now::new(now, store.zone()).wall;
    let (next, past) = store.visits_of_patient(id, wall, limit).await?;
    let (mut later, mut earlier) = (0, 0);
    // Few patients have more than are read: only then are they counted.
    if next.len().max(past.len()) >= usize::from(limit) {
        let count = store.count_visits_of_patient(id, wall).await?;
        later = count.0.saturating_sub(next.len() as u64);
        earlier = count.1.saturating_sub(past.len() as u64);
    }
    let by_break_glass = access == Access::BreakGlass;
    Ok(Some(Box::new(Card { patient, next, past, later, earlier, by_break_glass })))
}

async fn carry_out(store: &Store, order: &Order, write: Write) -> Written {
    match write {
        Write::Visit(intent, overbook) => {
            Written::Visit(store.carry_out(order, &intent, overbook.as_deref()).await)
        }
        Write::Register(details) => {
            Written::Patient(store.register_patient(order, &details).await.map(Box::new))
        }
        Write::Keep(who, drafts) => Written::Kept(keep(store, *who, drafts, order.at).await),
        Write::EditPatient(before, details) => {
            Written::Patient(store.edit_patient(order, &before, &details).await.map(Box::new))
        }
        Write::BreakGlass(id, reason) => Written::Glass(store.break_glass(order, id, &reason).await),
        Write::Staff(asked) => {
            Written::Staff(super::staff::carry_out(store, order, asked).await.map(Box::new))
        }
    }
}
