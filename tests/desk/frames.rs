//! What is drawn, at the smallest size and at a common one. To take frames that changed on purpose:
//! `INSTA_UPDATE=always cargo test --test desk frames`, and look at each of them as somebody who
//! has to work in it.

use frontdesk::ui::theme::Palette;

use crate::clinic::{House, LEE, RUIZ, TODAY};
use crate::support::{FREE, Frame, Working};

/// The smallest window that can be worked in, and a common one.
const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];

/// Holds a frame to its snapshot.
pub fn hold(name: &str, frame: &Frame) {
    let area = frame.cells.area;
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!(format!("{name}-{}", area.width), frame.text()));
}

/// Types keys one after the other, each once the text before it is on the screen, and holds what is
/// shown after the last text.
async fn walk(name: &str, steps: &[(&str, &str)]) {
    for size in SIZES {
        let house = House::new();
        let mut desk = house.desk_of(size).await;
        let mut frame = desk.frame();
        for (keys, text) in steps {
            desk.keys(keys).await;
            frame = desk.wait_for(text).await;
        }
        hold(name, &frame);
    }
}

/// The board's cursor on Ana Ruiz at Dr. Lee's, by its keys.
const ANA: (&str, &str) = ("<Home>l<Tab><Tab>", "Ana Ruiz  1992-01-15  Scheduled");

#[tokio::test]
async fn board() {
    walk("board", &[ANA]).await;
    walk("board-fine", &[("<Home><Tab><Tab><Tab>", "Ayşe Yılmaz  1984-06-17  Sched"), ("++", "José García")])
        .await;
    walk("board-coarse", &[ANA, ("--", "11:00")]).await;
    walk("board-right", &[("llll", "Dr. Zoë Müller, Derm")]).await;
}

#[tokio::test]
async fn board_of_other_days() {
    walk("board-sunday", &[("g6.12.<Enter>", "6 Dec 2026"), ("<Home>", "Jonas Weber")]).await;
    walk("board-past", &[("g5.10.2026<Enter>", "5 Oct 2026"), ("l", "57 days ago")]).await;
}

#[tokio::test]
async fn board_without_a_doctor() {
    for size in SIZES {
        let house = House::empty();
        let mut desk = Working::begin(&house, size, Palette::Dark);
        hold("board-empty", &desk.wait_for("There are no doctors yet").await);
    }
    walk("board-nobody", &[("fxyz<Enter>", "No doctor matches")]).await;
}

#[tokio::test]
async fn prompts() {
    walk("filter", &[("fcard", "1 doctor;")]).await;
    walk("go-to", &[("g", "Go to a date")]).await;
    walk("go-to-fault", &[("g31.2.<Enter>", "31 February")]).await;
    walk("question", &[("b«john smith»<C-q>", "Quit?"), ("", "1980-04-02"), ("", "✗ overlaps")]).await;
    walk("toast", &[ANA, ("c", "Ana Ruiz (1992-01-15) is cancelled"), ("", "X Ana Ruiz")]).await;
}

#[tokio::test]
async fn help() {
    walk("help", &[("?", "Keys: ")]).await;
    walk("help-form", &[("b", "✗ overlaps"), ("<F1>", "Keys: ")]).await;
    walk("palette", &[ANA, ("<C-k>", "Commands")]).await;
    walk("palette-typed", &[("<C-k>day", "▶ previous day")]).await;
}

/// Part of the verdict on Ana Ruiz's time.
const TAKEN: &str = "✗ overlaps Ana Ruiz";

#[tokio::test]
async fn booking_form_with_the_patients_that_are_meant() {
    walk("booking-start", &[ANA, ("b", TAKEN)]).await;
    walk("booking-patients", &[ANA, ("b«smi»", "1975-11-30"), ("", TAKEN)]).await;
    walk("booking-nobody", &[ANA, ("b«qqxx»", "nobody found"), ("", TAKEN)]).await;
}

#[tokio::test]
async fn booking_form_at_its_other_fields() {
    walk("booking-doctors", &[ANA, ("b<Tab>«dr»", "Physiotherapy"), ("", "✗ overlaps")]).await;
    let notes = "b<Tab><Tab><Tab><Tab><Tab>«brings the X-ray, and wants a word with the doctor about it»";
    walk("booking-notes", &[ANA, (notes, "brings the X-ray"), ("", TAKEN)]).await;
}

/// The form for Joan Smithers at the cursor.
const JOAN: (&str, &str) = ("b«joan smithers»<Enter>", "Joan Smithers  1975-11-30");

#[tokio::test]
async fn booking_form_with_each_verdict() {
    walk("booking-free", &[ANA, ("o", "10:15  free"), JOAN, ("", FREE)]).await;
    walk("booking-conflict", &[ANA, JOAN, ("", TAKEN), ("", "[3]")]).await;
    let long = ("<BackTab><BackTab>«120»", "Peter Novák (1968-07-21) 10:00");
    walk("booking-conflicts", &[ANA, JOAN, ("", TAKEN), long, ("", "Alt-3")]).await;
}

#[tokio::test]
async fn booking_form_with_rarer_verdicts() {
    let at = |time: &str| format!("<BackTab><BackTab><BackTab>«{time}»");
    walk("booking-closed", &[ANA, JOAN, ("", TAKEN), (&at("7:00"), "outside hours 07:00-07:30")]).await;
    let past = ("<BackTab><BackTab><BackTab><BackTab>«30.11.»<Tab>«14:00»", "in the past");
    walk("booking-past", &[ANA, JOAN, ("", TAKEN), past, ("", "free until 12:00")]).await;
    let gap = ("<BackTab><BackTab><BackTab><BackTab>«28.3.2027»<Tab>«2:30»", "the clocks go forward");
    walk("booking-skipped", &[ANA, JOAN, ("", TAKEN), gap, ("", "28 Mar 2027")]).await;
    let ana = ("b«ana ruiz»<Enter>", "Ana Ruiz  1992-01-15");
    let silva = ("<Tab><Tab>«silva»<Tab><Tab>«9:40»", "their visit with");
    walk("booking-patient-busy", &[ANA, ana, ("", TAKEN), silva]).await;
}

#[tokio::test]
async fn booking_form_with_faults() {
    let wrong = "b<Tab>«nobody»<Tab>«31.2.»<Tab>«25:00»<Tab>«0»<Tab><Tab><Enter>";
    walk("booking-faults", &[ANA, (wrong, "choose a patient")]).await;
    walk("booking-fault-at-a-field", &[ANA, ("b<Tab><Tab><Tab>«25:00»<Tab>", "not on the clock")]).await;
}

#[tokio::test]
async fn booking_form_that_overbooks_or_moves() {
    walk("booking-reason", &[ANA, JOAN, ("", "[1]"), ("<C-o>chest pain", "chest pain")]).await;
    walk("booking-reason-fault", &[ANA, JOAN, ("", "[1]"), ("<C-o><Enter>", "is empty")]).await;
    walk("booking-move", &[ANA, ("m«14:00»", FREE)]).await;
}

#[tokio::test]
async fn booking_form_that_lost() {
    'size: for size in SIZES {
        // Where the board sees the other desk first, it is not a race.
        for _ in 0..5 {
            let house = House::new();
            let mut desk = house.desk_of(size).await;
            desk.fill_booking("«john smith»", "John Smith  1980-04-02").await;
            house.book(LEE, RUIZ, &format!("{TODAY}T13:00"), 30).await;
            desk.keys("<Enter>").await;
            let frame = desk.wait_for("✗ overlaps Ana Ruiz").await;
            if frame.text().contains("It was free a moment ago") {
                // The board follows by itself.
                desk.wait_for("13:00-13:30  30 min  Ana Ruiz").await;
                hold("booking-lost", &desk.wait_for("[3]").await);
                continue 'size;
            }
        }
        panic!("the board saw the other desk first, five times");
    }
}

#[tokio::test]
async fn booking_form_that_could_not_be_sent() {
    for size in SIZES {
        let house = House::new();
        let mut desk = house.desk_of(size).await;
        desk.fill_booking("«john smith»", "John Smith  1980-04-02").await;
        let no = "CREATE TRIGGER no BEFORE INSERT ON appointments BEGIN SELECT RAISE(ABORT, 'no'); END";
        house.raw().await.run_text(no).await.unwrap();
        desk.keys("<Enter>").await;
        hold("booking-trouble", &desk.wait_for("nothing is lost").await);
    }
}

#[tokio::test]
async fn patients() {
    let john = ("2«john smith»", "Oct 09:00");
    walk("patients-start", &[("2", "Type a name")]).await;
    walk("patients-many", &[("2«smi»", "Joan Smithers"), ("", "Past visits")]).await;
    walk("patients-one", &[john]).await;
    walk("patients-visits", &[john, ("<Tab><Down>", "▶ S Tue  2 Feb")]).await;
    walk("patients-nobody", &[("2«qqxx»", "Nobody found")]).await;
    walk("patients-long", &[("2«wolfe»", "Past visits")]).await;
}

#[tokio::test]
async fn patients_found_in_spite_of_a_typo() {
    for size in SIZES {
        let house = House::new();
        let mut desk = house.desk_of(size).await;
        desk.keys("2").await;
        hold("patients-typo", &crate::flows_patients::forgiven(&mut desk).await);
    }
}

#[tokio::test]
async fn record_form() {
    walk("record-new", &[("2<C-n>", "Register a patient")]).await;
    let wrong = "2<C-n><Tab>2.2.2027<Tab>call me<Tab>nobody<Tab>";
    walk("record-faults", &[(wrong, "nobody"), ("<C-s>", "is empty")]).await;
    walk("record-edit", &[("2«john smith»", "Oct 09:00"), ("<C-e>", "Edit John Smith")]).await;
    walk("record-question", &[("2<C-n>Grace<Esc>", "Leave this form?")]).await;
}

#[tokio::test]
async fn visit_card() {
    walk("visit", &[ANA, ("<Enter>", "Brings the last ECG")]).await;
    walk("visit-notes", &[ANA, ("e", "Brings the last ECG"), ("<Enter>A third line.", "A third line.")])
        .await;
    // Booked over the rule.
    let omar = ("<Tab><Tab><Tab><Tab>", "Omar Haddad  1955-05-05  Sched");
    walk("visit-overbooked", &[ANA, omar, ("<Enter>", "chest pain")]).await;
    let undone = [("c", "is cancelled"), ("s", "is scheduled"), ("<Enter>", "Brings the last ECG")];
    walk("visit-history", &[&[ANA], &undone[..], &[("h", "reinstated")]].concat()).await;
}

/// The clinic's screen.
const CLINIC: (&str, &str) = ("6", "ana.ruiz-cano@");

#[tokio::test]
async fn clinic_trail() {
    let steps = [ANA, ("c", "is cancelled"), ("6", "active"), ("<Tab>", "appointment.status")];
    walk("trail", &steps).await;
    let open = [("visit 2<Enter>", "appointment.status"), ("<Enter>", "Scheduled -> Cancelled")];
    walk("trail-open", &[&steps[..], &open[..]].concat()).await;
    walk("trail-fault", &[&steps[..], &[("smith<Enter>", "is not known here")]].concat()).await;
}

#[tokio::test]
async fn clinic_staff() {
    walk("clinic", &[CLINIC]).await;
    walk("clinic-left", &[CLINIC, ("<Down>", "▶   Ben"), ("xy", "Ben Okafor signs in no longer")]).await;
    walk("clinic-question", &[CLINIC, ("r", "Give yourself a new")]).await;
    walk("staff-new", &[CLINIC, ("n", "Add to the staff")]).await;
    walk("staff-edit", &[CLINIC, ("e<Tab><Tab>", "Edit Ana Ruiz-Cano")]).await;
    let wrong = "n<Tab>eve<Tab>d<Tab>nobody<Tab>a b<Tab>y<C-s>";
    walk("staff-faults", &[CLINIC, (wrong, "no doctor of the clinic")]).await;
}

#[tokio::test]
async fn store_that_is_away() {
    for size in SIZES {
        let house = House::new();
        let mut desk = house.desk_of(size).await;
        house.raw().await.run_text("ALTER TABLE calendar_days RENAME TO away").await.unwrap();
        hold("away", &desk.wait_for("is away").await);
        // Back, since the day after may have been read ahead by then.
        desk.keys("[").await;
        hold(
            "away-day",
            // In the body and in the foot: where the machine is slow, the day that is on its way is drawn
            // empty first.
            &desk
                .until("the day's failure", |frame| frame.text().matches("refused a statement").count() == 2)
                .await,
        );
    }
}

#[tokio::test]
async fn window_that_is_too_small() {
    let house = House::new();
    let mut desk = house.desk().await;
    hold("too-small", &desk.resize(79, 20).await);
    desk.keys("<C-l>").await;
    desk.resize(80, 24).await;
    desk.keys("bx").await;
    desk.resize(60, 23).await;
    desk.keys("<C-q>").await;
    hold("too-small-question", &desk.wait_for("Quit?").await);
}
