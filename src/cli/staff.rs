//! `staff add`, `staff edit` and what else is done about the people who sign in.

use clap::{Args, Subcommand};
use secrecy::ExposeSecret;

use super::answer::{Answer, Failure, Format};
use super::new_password::{self, Temporary};
use super::person::{ChangedPerson, NewPerson, RequestKey, or_kept, said, staff_looks_like_another, taken};
use super::session::Session;
use super::values::OrNone;
use super::{json, show, values};
use crate::domain::ids::{DoctorId, StaffId};
use crate::domain::scripts::mixed;
use crate::domain::staff::{Role, StaffDetails, StaffMember};
use crate::store::sql::sign_in::to_the_minute;
use crate::store::{Result as Stored, StoreError};

/// `staff ...`
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Add somebody who signs in; prints a password for the first time
    Add(Add),
    /// Change somebody's record; what is not named stays as it is
    Edit(Edit),
    /// Let somebody sign in no longer; what they did stays theirs
    Deactivate(One),
    /// Let somebody sign in again
    Activate(One),
    /// Give somebody a new password, for one sign-in that then asks for another
    Reset(One),
    /// Let somebody try again who is locked out by wrong passwords
    Unlock(One),
    /// The people who sign in, by name
    List(List),
}

/// Arguments of `staff add`. Without the Unix account as proof, a password for the first sign-in is printed,
/// or taken from FRONTDESK_NEW_PASSWORD_COMMAND.
#[derive(Debug, Args)]
pub struct Add {
    #[command(flatten)]
    person: NewPerson,
    /// receptionist, doctor or administrator
    #[arg(long, value_parser = values::role)]
    role: Role,
    /// The doctor whom they are: a doctor must be one, an administrator may
    #[arg(long, value_name = "ID", value_parser = values::id::<DoctorId>)]
    doctor: Option<DoctorId>,
    /// Their Unix account on the clinic's hosts
    #[arg(long, value_name = "ACCOUNT")]
    os_user: Option<String>,
    #[command(flatten)]
    given: Given,
    #[command(flatten)]
    key: RequestKey,
}

/// What an administrator gives, true or false.
#[derive(Debug, Args)]
struct Given {
    /// Whether that account is proof enough of who they are, without a password: true or false
    #[arg(long, value_name = "BOOLEAN", action = clap::ArgAction::Set)]
    os_user_signs_in: Option<bool>,
    /// Whether they may book over the rule: true or false
    #[arg(long, value_name = "BOOLEAN", action = clap::ArgAction::Set)]
    may_overbook: Option<bool>,
    /// Whether they may give money back: true or false
    #[arg(long, value_name = "BOOLEAN", action = clap::ArgAction::Set)]
    may_refund: Option<bool>,
}

/// Arguments of `staff edit`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true)
    .args(["name", "email", "role", "doctor", "os_user", "os_user_signs_in", "may_overbook", "may_refund"]))]
pub struct Edit {
    /// The member's id
    #[arg(value_parser = values::id::<StaffId>)]
    id: StaffId,
    #[command(flatten)]
    person: ChangedPerson,
    /// receptionist, doctor or administrator; another one takes away what they may besides, unless it is given
    /// again
    #[arg(long, value_parser = values::role)]
    role: Option<Role>,
    /// The doctor whom they are; an empty one takes it away
    #[arg(long, value_name = "ID", value_parser = values::doctor_or_none)]
    doctor: Option<OrNone<DoctorId>>,
    /// Their Unix account on the clinic's hosts; an empty one takes it away
    #[arg(long, value_name = "ACCOUNT")]
    os_user: Option<String>,
    #[command(flatten)]
    given: Given,
    #[command(flatten)]
    key: RequestKey,
}

/// Arguments of the commands that do one thing to somebody.
#[derive(Debug, Args)]
pub struct One {
    /// The member's id
    #[arg(value_parser = values::id::<StaffId>)]
    id: StaffId,
    #[command(flatten)]
    key: RequestKey,
}

/// Arguments of `staff list`.
#[derive(Debug, Args)]
pub struct List {
    /// Also those who sign in no longer
    #[arg(long)]
    all: bool,
}

/// Does what a `staff` command asks.
///
/// # Errors
/// A value that cannot stand, somebody who is not there, or the store's.
pub async fn staff(command: &Command, session: &Session, format: Format) -> Result<Answer, Failure> {
    match command {
        Command::Add(args) => add(args, session, format).await,
        Command::Edit(args) => edit(args, session, format).await,
        Command::Deactivate(args) => set_active(args, false, session, format).await,
        Command::Activate(args) => set_active(args, true, session, format).await,
        Command::Reset(args) => reset(args, session, format).await,
        Command::Unlock(args) => {
            let order = session.order(args.key.request_id.as_deref());
            written(session.store.reset_password(&order, args.id, None).await, |_| false, session, format)
        }
        Command::List(args) => list(args, session, format).await,
    }
}

async fn add(args: &Add, session: &Session, format: Format) -> Result<Answer, Failure> {
    let details = StaffDetails {
        name: args.person.name.clone(),
        email: args.person.email.clone(),
        role: args.role,
        doctor_id: args.doctor,
        os_user: args.os_user.clone(),
        os_user_signs_in: args.given.os_user_signs_in.unwrap_or(false),
        may_overbook: args.given.may_overbook.unwrap_or(false),
        may_refund: args.given.may_refund.unwrap_or(false),
    };
    let details = details.accept(None)?;
    let temporary = if details.needs_password() { Some(temporary(&details, session).await?) } else { None };
    let order = session.order(args.key.request_id.as_deref());
    let kept = temporary.as_ref().map(|temporary| &temporary.kept);
    let saved = session.store.save_staff(&order, None, &details, true, kept).await;
    let member = saved.map_err(named)?;
    let differs = args.key.differs(member.details == details);
    told(&member, temporary, differs, session, format).await
}

async fn edit(args: &Edit, session: &Session, format: Format) -> Result<Answer, Failure> {
    let before = known(args.id, session).await?;
    let kept = &before.details;
    let given = &args.given;
    let moved = kept.clone().in_role(args.role.unwrap_or(kept.role));
    let details = StaffDetails {
        name: or_kept(args.person.name.as_ref(), &kept.name),
        email: or_kept(args.person.email.as_ref(), &kept.email),
        role: moved.role,
        doctor_id: args.doctor.map_or(kept.doctor_id, |doctor| doctor.0),
        os_user: args.os_user.clone().or_else(|| kept.os_user.clone()),
        os_user_signs_in: given.os_user_signs_in.unwrap_or(kept.os_user_signs_in),
        may_overbook: given.may_overbook.unwrap_or(moved.may_overbook),
        may_refund: given.may_refund.unwrap_or(moved.may_refund),
    };
    let details = details.accept(Some(kept))?;
    let order = session.order(args.key.request_id.as_deref());
    let saved = session.store.save_staff(&order, Some(&before), &details, before.is_active, None).await;
    let answer = written(saved, |member| args.key.differs(member.details == details), session, format)?;
    let signs_in = before.has_password || !details.needs_password();
    let answer = if signs_in { answer } else { answer.with_note(no_way_in(before.id)) };
    Ok(match gone(kept, &details) {
        Some(gone) => answer.with_note(gone),
        None => answer,
    })
}

/// What is to be said of permissions that went with the role for which they were given.
fn gone(before: &StaffDetails, after: &StaffDetails) -> Option<String> {
    let may = [
        (before.may_overbook && !after.may_overbook, "--may-overbook true"),
        (before.may_refund && !after.may_refund, "--may-refund true"),
    ];
    let gone: Vec<&str> = may.into_iter().filter_map(|(gone, flag)| gone.then_some(flag)).collect();
    (before.role != after.role && !gone.is_empty()).then(|| {
        format!(
            "what they might do besides as {} went with that role; to give it again: {}",
            before.role.words(),
            gone.join(" ")
        )
    })
}

/// What is to be said where somebody has no way to sign in.
fn no_way_in(id: StaffId) -> String {
    format!("they have no password, and cannot sign in; run: frontdesk staff reset {id}")
}

async fn set_active(
    args: &One,
    is_active: bool,
    session: &Session,
    format: Format,
) -> Result<Answer, Failure> {
    let order = session.order(args.key.request_id.as_deref());
    let saved = session.store.set_staff_active(&order, args.id, is_active).await;
    written(saved, |member| args.key.differs(member.is_active == is_active), session, format)
}

async fn reset(args: &One, session: &Session, format: Format) -> Result<Answer, Failure> {
    let before = known(args.id, session).await?;
    let temporary = temporary(&before.details, session).await?;
    let order = session.order(args.key.request_id.as_deref());
    let member = session.store.reset_password(&order, args.id, Some(&temporary.kept)).await?;
    told(&member, Some(temporary), false, session, format).await
}

async fn list(args: &List, session: &Session, format: Format) -> Result<Answer, Failure> {
    let mut staff = session.store.staff().await?;
    staff.retain(|member| member.is_active || args.all);
    let document = || json::Named("staff", json::all::<_, json::Staff>(&staff));
    let rows = || staff.iter().map(|member| row(member, session)).collect::<Vec<_>>();
    let answer = Answer::new(format, document, || show::table(&rows()))?;
    let looks = staff.iter().filter_map(|member| {
        let mixed = mixed(&member.details.name)?;
        Some(staff_looks_like_another(member.id, &mixed))
    });
    Ok(answer.with_notes(looks.collect::<Vec<_>>()))
}

async fn known(id: StaffId, session: &Session) -> Result<StaffMember, Failure> {
    let staff = session.store.staff().await?;
    let found = staff.into_iter().find(|member| member.id == id);
    found.ok_or_else(|| Failure::missing("member of staff", id.0))
}

async fn temporary(details: &StaffDetails, session: &Session) -> Result<Temporary, Failure> {
    new_password::temporary(&[&details.name, &details.email, &session.clinic.name]).await
}

fn named(error: StoreError) -> Failure {
    taken("member of staff", error)
}

fn written(
    saved: Stored<StaffMember>,
    differs: impl FnOnce(&StaffMember) -> bool,
    session: &Session,
    format: Format,
) -> Result<Answer, Failure> {
    let member = saved.map_err(named)?;
    let differs = differs(&member);
    answer(&member, None, differs, session, format)
}

/// The answer with the password, where it was made here and is the one that is kept: not that of a request
/// which had been carried out before.
async fn told(
    member: &StaffMember,
    temporary: Option<Temporary>,
    differs: bool,
    session: &Session,
    format: Format,
) -> Result<Answer, Failure> {
    let Some(temporary) = temporary else { return answer(member, None, differs, session, format) };
    let stands = session.store.keeps_password(member.id, &temporary.kept).await?;
    let told = temporary.told.filter(|_| stands);
    let answer = answer(member, told.as_ref().map(ExposeSecret::expose_secret), differs, session, format)?;
    Ok(if stands || differs {
        answer
    } else {
        answer.with_note(format!(
            "this request was carried out before, and the password stands that was set then; for another: \
             frontdesk staff reset {}",
            member.id
        ))
    })
}

fn answer(
    member: &StaffMember,
    password: Option<&str>,
    differs: bool,
    session: &Session,
    format: Format,
) -> Result<Answer, Failure> {
    let document = || json::StaffKept {
        staff: json::Staff::from(member),
        temporary_password: password.map(str::to_owned),
        request_differs: differs,
    };
    let people = || {
        let row = show::table(&[row(member, session)]);
        let told =
            |password| format!("{row}password for the next sign-in, which asks for another: {password}\n");
        password.map_or_else(|| row.clone(), told)
    };
    let answer = said(Answer::new(format, document, people)?, differs);
    Ok(match mixed(&member.details.name) {
        Some(mixed) => answer.with_note(staff_looks_like_another(member.id, &mixed)),
        None => answer,
    })
}

fn row(member: &StaffMember, session: &Session) -> Vec<String> {
    let details = &member.details;
    let account = details.os_user.as_deref().map(|account| {
        let signs_in = if details.os_user_signs_in { ", signs in" } else { "" };
        format!("account {account}{signs_in}")
    });
    let may = [(details.may_overbook, "overbooks"), (details.may_refund, "refunds")];
    let may: Vec<&str> = may.into_iter().filter_map(|(may, what)| may.then_some(what)).collect();
    vec![
        format!("#{}", member.id),
        if mixed(&details.name).is_some() { format!("! {}", details.name) } else { details.name.clone() },
        details.email.clone(),
        details.role.words().to_owned(),
        details.doctor_id.map_or(String::new(), |doctor| format!("doctor {doctor}")),
        account.unwrap_or_default(),
        may.join(", "),
        state(member, session).join(", "),
    ]
}

/// What there is to say of somebody's way in.
fn state(member: &StaffMember, session: &Session) -> Vec<String> {
    let mut state = Vec::new();
    if !member.is_active {
        state.push("not active".to_owned());
    }
    if let Some(until) = member.locked_out(session.now.at) {
        state.push(format!("locked out until {}", show::instant(to_the_minute(until), session.zone())));
    }
    if member.must_change_password {
        state.push("password to be changed".to_owned());
    } else if !member.has_password && !member.details.os_user_signs_in {
        state.push("no password".to_owned());
    }
    state
}
