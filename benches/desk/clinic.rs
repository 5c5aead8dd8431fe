//! The clinic on which the desk is measured: made once, and kept for as long as the days around now
//! are among its days.

use std::path::{Path, PathBuf};

use chrono::{Days, NaiveDate, Utc};
use frontdesk::cli::origin;
use frontdesk::domain::clinic::Clinic;
use frontdesk::domain::clock::{Now, Zone};
use frontdesk::domain::staff::{Role, StaffDetails};
use frontdesk::sample::{Plan, fill};
use frontdesk::store::Store;
use frontdesk::store::sql::history::Order;
use frontdesk::store::sql::schema::open_embedded;

/// For how many days a clinic serves: the sequence leafs and goes weeks ahead.
const SERVES: u64 = 30;

/// The data folder of a clinic by a plan.
pub fn made(plan: &Plan) -> PathBuf {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("target/bench-data/desk-{}", plan.patients));
    let marker = folder.join("made");
    #[expect(clippy::disallowed_methods, reason = "the program that is measured opens on this day too")]
    let now = Now::new(Utc::now(), Zone::utc());
    let of = format!("{plan:?}");
    let kept = std::fs::read_to_string(&marker).unwrap_or_default();
    if let Some((date, kept)) = kept.split_once(' ')
        && let Ok(date) = date.parse::<NaiveDate>()
        && kept == of
        && (date..=date + Days::new(SERVES)).contains(&now.today())
    {
        bring_up_to_date(&folder);
        return folder;
    }
    println!("making a clinic of {} patients in {} ...", plan.patients, folder.display());
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).unwrap();
    on(&folder, async |store| fill(store, plan, now, |_| {}).await.unwrap());
    std::fs::write(marker, format!("{} {of}", now.today())).unwrap();
    folder
}

/// What the schema gained since the clinic was made is not to be measured with the first start.
fn bring_up_to_date(folder: &Path) {
    on(folder, async |store| {
        store.index_all_patients().await.unwrap();
    });
    for file in std::fs::read_dir(folder).unwrap().flatten() {
        // The copy that is kept of a file as it was before.
        if file.file_name().to_string_lossy().starts_with("frontdesk.before-") {
            std::fs::remove_file(file.path()).unwrap();
        }
    }
}

fn on(folder: &Path, work: impl AsyncFnOnce(&Store)) {
    let clinic = Clinic { name: "Made-up clinic".to_owned(), zone: Zone::utc() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (store, _) =
            open_embedded(&folder.join("frontdesk.db"), origin::current(), &clinic).await.unwrap();
        if !store.has_staff().await.unwrap() {
            // The desk that is measured signs in by the account under which it runs.
            let staff = StaffDetails {
                name: "Ana Ruiz-Cano".to_owned(),
                email: "bench@example.org".to_owned(),
                role: Role::Administrator,
                doctor_id: None,
                os_user: Some(origin::current().os_user),
                os_user_signs_in: true,
                may_overbook: true,
                may_refund: true,
            };
            let order = Order::fresh(frontdesk::runtime::clock());
            store.set_up(&order, &clinic, &staff, None).await.unwrap();
        }
        let identity = store.sign_in_by_account().await.unwrap().expect("whoever made it");
        let store = store.acting(identity);
        work(&store).await;
        store.close().await;
    });
}
