//! What may never reach a screen, and what no screen may need: text that drives terminals, and
//! colour.

use frontdesk::domain::clinic::Clinic;
use frontdesk::domain::staff::{Identity, Role};
use frontdesk::store::sql::conn::Stmt;
use frontdesk::ui::theme::Palette;
use ratatui::style::Color;
use unicode_width::UnicodeWidthChar as _;

use crate::clinic::{House, LEE, zone};
use crate::frames::hold;
use crate::support::{Frame, Working};

/// What an older program, or somebody who means ill, may have written.
const HOSTILE: [&str; 12] = [
    "\u{1b}[31mRed\u{1b}[0m Alert\u{1b}]0;title\u{7}",
    "Ann\u{202e}eiraM\u{202c} Right",
    "Zero\u{200b}Wi\u{200d}dth\u{feff}\u{2060} None",
    "New\nLine\r\nTab\tEnd",
    "\u{9b}31mCsi \u{9d}0;x\u{9c}",
    "\u{2066}Iso\u{2069}late \u{200f}Mark\u{61c}",
    "\u{0}Nul\u{8}\u{8}\u{7f}Back",
    "Tag\u{e0041}\u{e007f} \u{ad}Soft \u{2028}Sep\u{2029}",
    "\u{301}\u{302}Z\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309}\u{30a}algo \u{20dd}\u{488}\u{489}\u{488}\u{489}\u{488}X",
    "\u{fff9}Note\u{fffa}Ruby\u{fffb} \u{180e}\u{2062}\u{3164}\u{115f}Blank",
    "\u{e000}\u{f8ff}Own \u{fdd0}\u{ffff}\u{10fffe}Non \u{378}Un\u{fffc}",
    "Аnа \u{1f468}\u{200d}\u{2695}\u{fe0f} 𝐀 \u{fe00}\u{e0100}Vs",
];

fn assert_safe(frame: &Frame) {
    let area = frame.cells.area;
    for y in 0..area.height {
        for x in 0..area.width {
            let symbol = frame.cells[(x, y)].symbol();
            let marks = symbol.chars().filter(|c| !c.is_ascii() && c.width() == Some(0)).count();
            assert!(marks <= 4, "{marks} marks at {x}, {y}:\n{}", frame.text().escape_debug());
            for c in symbol.chars() {
                let drives = c.is_control()
                    || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{200b}'..='\u{200f}')
                    || matches!(
                        c,
                        '\u{61c}' | '\u{feff}' | '\u{180b}'..='\u{180f}' | '\u{ad}' | '\u{2028}' | '\u{2029}'
                    )
                    || matches!(c, '\u{fff0}'..='\u{fffc}' | '\u{fe00}'..='\u{fe0f}' | '\u{3164}' | '\u{115f}' | '\u{378}')
                    || matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{ffff}' | '\u{e0000}'..);
                assert!(!drives, "U+{:04X} at {x}, {y}:\n{}", u32::from(c), frame.text().escape_debug());
            }
        }
    }
}

/// A clinic in which every text is hostile.
async fn hostile_house() -> House {
    let house = House::new();
    let mut raw = house.raw().await;
    for (n, text) in HOSTILE.iter().enumerate() {
        let n = i32::try_from(n).unwrap();
        for sql in [
            "UPDATE patients SET name = substr(? || ' ' || id, 1, 100) WHERE id % 12 = ?",
            "UPDATE doctors SET name = 'Dr. ' || ? || id WHERE id % 12 = ?",
            "UPDATE appointments SET notes = ?1, booked_by = ?1, changed_by = ?1, overbook_reason = ?1 WHERE id % 12 = ?2",
        ] {
            raw.run(Stmt::new(sql).bind(*text).bind(n)).await.unwrap();
        }
    }
    raw.run_text("UPDATE patients SET address = name, phone = substr(name, 1, 20)").await.unwrap();
    raw.run_text("UPDATE doctors SET specialization = name").await.unwrap();
    house
}

#[tokio::test]
async fn no_text_from_data_or_from_a_paste_drives_the_terminal() {
    for size in [(80, 24), (120, 40)] {
        let house = hostile_house().await;
        let clinic = Clinic { name: HOSTILE.concat(), zone: zone() };
        let who = Identity { name: HOSTILE.concat(), ..House::who() };
        house.employ(&who).await;
        let mut desk = Working::begin_as(&house, (clinic, who), size, Palette::Dark);
        let frame = desk.wait_for("· today").await;
        assert!(frame.lines()[0].contains("Tue 1 Dec 2026  09:42"), "{}", frame.text());
        // Each step is looked at as it is, and once more when the answers are there: another key that
        // changes nothing is drawn with them.
        for step in [
            "",
            "l<Tab>",
            "<Tab>",
            "<Enter>",
            "e",
            "<Esc>y<Esc>",
            "d",
            "u",
            "m",
            "<Esc>",
            "b",
            "#1<Enter>",
            "<Tab>",
            "<C-o>",
            "<Esc>",
            "<Esc>y",
            "f",
            "<Esc>",
            "2#1",
            "<Tab><Enter>",
            "<Esc><Tab>",
            "<C-e>",
            "<Esc>",
            "p",
        ] {
            assert_safe(&desk.keys(step).await);
            assert_safe(&desk.keys("<F1>").await);
            assert_safe(&desk.keys("<Esc>").await);
        }
        // Pasted, into every kind of field.
        let typed = HOSTILE.concat();
        for step in
            ["<F2>g", "<Esc>f", "<Esc>b", "<Tab>", "<Tab>", "<Tab>", "<Tab>", "<Tab>", "<Esc><F3>", "<C-n>"]
        {
            desk.keys(step).await;
            assert_safe(&desk.paste(&typed).await);
            assert_safe(&desk.keys("<Enter>").await);
        }
    }
}

#[tokio::test]
async fn no_text_of_staff_drives_the_terminal() {
    for size in [(80, 24), (120, 40)] {
        let house = hostile_house().await;
        let mut raw = house.raw().await;
        for (n, text) in HOSTILE.iter().enumerate() {
            let add = "INSERT INTO staff (name, email, role, doctor_id, os_user) \
                       VALUES (substr(?1 || ?2, 1, 100), ?1 || ?2, 'doctor', ?2, ?1 || ?2)";
            raw.run(Stmt::new(add).bind(*text).bind(i32::try_from(n + 1).unwrap())).await.unwrap();
        }
        drop(raw);
        let mut desk = Working::begin(&house, size, Palette::Dark);
        desk.wait_for("· today").await;
        desk.keys("6").await;
        desk.wait_for("active").await;
        for _ in 0..=HOSTILE.len() {
            assert_safe(&desk.keys("<Down>").await);
            for step in ["e", "<Tab><Tab><Tab>", "<Esc>", "x", "n", "u"] {
                assert_safe(&desk.keys(step).await);
            }
        }
        desk.keys("ry").await;
        assert_safe(&desk.wait_for("Shown this once").await);
        desk.keys("<Enter>n").await;
        for _ in 0..8 {
            assert_safe(&desk.paste(&HOSTILE.concat()).await);
            assert_safe(&desk.keys("<Tab>").await);
        }
        assert_safe(&desk.keys("<C-s>").await);
    }
}

#[tokio::test]
async fn frames_with_hostile_names() {
    for size in [(80, 24), (120, 40)] {
        let house = hostile_house().await;
        let clinic = Clinic { name: HOSTILE[0].to_owned(), zone: zone() };
        let who = Identity { name: HOSTILE[1].to_owned(), ..House::who() };
        house.employ(&who).await;
        let mut desk = Working::begin_as(&house, (clinic, who), size, Palette::Dark);
        // The day, on which keys have something to mean.
        desk.wait_for("C AnneiraM").await;
        for (name, keys, shown) in [
            ("board", "<Home>l<Tab><Tab>", "1992-01-15  Scheduled"),
            ("visit", "<Enter>", "Patient    "),
            ("booking", "<Esc>b«#1»", "1980-04-02"),
            ("conflict", "<Enter>", "Book a visit"),
            ("toast", "<Esc>c", "is cancelled"),
            ("move", "m", "Move the visit of"),
            ("patient", "<Esc>2«#1»", "Past visits"),
            ("record", "<C-e>", "Edit "),
        ] {
            desk.keys(keys).await;
            desk.wait_for(shown).await;
            // What else was asked for comes with it.
            let whole = |frame: &Frame| match name {
                "booking" | "conflict" => frame.text().contains("✗ overlaps"),
                "toast" => frame.text().contains("X New Line"),
                "move" => frame.text().contains("✓ free"),
                _ => true,
            };
            let frame = desk.until(name, whole).await;
            assert_safe(&frame);
            hold(&format!("hostile-{name}"), &frame);
        }
    }
}

/// The clinic's screen, the trail, what was done to a visit, and the gate.
#[tokio::test]
async fn frames_with_hostile_staff() {
    for size in [(80, 24), (120, 40)] {
        let house = hostile_house().await;
        let clinic = Clinic { name: HOSTILE[0].to_owned(), zone: zone() };
        let who = Identity { name: HOSTILE[1].to_owned(), ..House::who() };
        house.employ(&who).await;
        let mut raw = house.raw().await;
        for (n, text) in HOSTILE.iter().enumerate() {
            let n = i32::try_from(n + 1).unwrap();
            let staff = "INSERT INTO staff (name, email, role, os_user) \
                         VALUES (substr(?1 || ?2, 1, 100), ?1 || ?2, 'receptionist', ?1 || ?2)";
            raw.run(Stmt::new(staff).bind(*text).bind(n)).await.unwrap();
            // As an older program wrote, or somebody who means ill: of whom the trail is shown all the same.
            let row = "INSERT INTO audit_log (at, actor, action, record, record_id, detail, host, os_user, patient_id) \
                       VALUES ('2026-12-01 08:41:59', ?1, substr(?1, 1, 40), substr(?1, 1, 40), ?2, \
                       json_object('before', json_object(?1, ?1), 'after', json_object(?1, ?1 || 'x'), ?1, ?1), ?1, ?1, ?2)";
            raw.run(Stmt::new(row).bind(*text).bind(n)).await.unwrap();
            let booked = "INSERT INTO audit_log (at, actor, action, record, record_id, detail, host, os_user) \
                          VALUES ('2026-11-30 08:00:00', ?1, 'appointment.book', 'appointments', 2, json_object('after', \
                          json_object('appointment_time', '2026-12-01 09:00:00', 'doctor_id', ?2, 'duration_minutes', 30, \
                          'overbook_reason', ?1)), ?1, ?1)";
            raw.run(Stmt::new(booked).bind(*text).bind(n)).await.unwrap();
        }
        drop(raw);
        let mut desk = Working::begin_as(&house, (clinic, who), size, Palette::Dark);
        desk.wait_for("C AnneiraM").await;
        for (name, keys, shown) in [
            ("history", "<Home>l<Tab><Tab>c<Enter>h", "booked for"),
            ("staff", "<Esc><Esc>6", "active"),
            // Drawn anew: of a heap of marks, the test's terminal may keep a cell of what stood there before.
            ("staff-form", "<Home><Down><Down><Down>e<C-l>", "Edit "),
            ("trail", "<Esc><Tab>", "1 Dec 2026 09:41:59"),
            ("trail-row", "to 2026-12-01T09:42<Enter><Down><Down><Enter>", "Row "),
            ("gate", "<A-l>", "Enter"),
        ] {
            desk.keys(keys).await;
            let frame = desk.wait_for(shown).await;
            assert_safe(&frame);
            hold(&format!("hostile-{name}"), &frame);
        }
    }
}

/// Somebody whom a doctor's own desk shows by name and date of birth alone.
#[tokio::test]
async fn frames_with_a_hostile_name_behind_glass() {
    for size in [(80, 24), (120, 40)] {
        let house = hostile_house().await;
        let clinic = Clinic { name: HOSTILE[0].to_owned(), zone: zone() };
        let doctor = Identity {
            name: HOSTILE[1].to_owned(),
            role: Role::Doctor,
            doctor_id: Some(LEE),
            ..House::who()
        };
        house.employ(&doctor).await;
        let mut desk = Working::begin_as(&house, (clinic, doctor), size, Palette::Dark);
        desk.wait_for("· today").await;
        desk.keys("<F3>«#19»").await;
        let frame = desk.wait_for("Not your patient").await;
        assert_safe(&frame);
        hold("hostile-closed", &frame);
        desk.keys("<C-g>").await;
        let frame = desk.wait_for("Why do you open this record?").await;
        assert_safe(&frame);
        hold("hostile-glass", &frame);
        assert_safe(&desk.paste(&HOSTILE.concat()).await);
        assert_safe(&desk.keys("<Enter>").await);
    }
}

#[tokio::test]
async fn the_plain_looks_have_no_colour_and_statuses_have_letters() {
    let house = House::new();
    let mut desk = Working::begin(&house, (120, 40), Palette::Plain);
    desk.wait_for("S Ana Ruiz").await;
    let board = desk.keys("l").await.text();
    for visit in ["S Ana Ruiz", "C John Smith", "X Mia Chen", "N Lars Ødegård"] {
        assert!(board.contains(visit), "{board}");
    }
    for step in [
        "",
        "d",
        "u",
        "<Enter>",
        "e",
        "<Esc><Esc>",
        "bjohn smith",
        "<Enter>",
        "<C-o>",
        "<Esc><Esc>",
        "g31.2.<Enter>",
        "<Esc>fcard",
        "<Esc><C-k>",
        "<C-k>?",
        "<Esc>2smi",
        "<Tab>",
        "<Esc><C-n>x<C-s>",
        "<Esc>",
    ] {
        let frame = desk.keys(step).await;
        for cell in &frame.cells.content {
            assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset), "after {step}:\n{}", frame.text());
        }
    }
}

#[tokio::test]
async fn the_other_looks_tell_statuses_by_hue_too() {
    for palette in [Palette::Dark, Palette::Light] {
        let house = House::new();
        let mut desk = Working::begin(&house, (120, 40), palette);
        let frame = desk.wait_for("N Lars Ødegård").await;
        let look = |text: &str| {
            let at = |line: &String| {
                line.split(text).next().filter(|before| before.len() < line.len()).map(str::to_owned)
            };
            let (y, before) =
                frame.lines().iter().enumerate().find_map(|(y, line)| Some((y, at(line)?))).unwrap();
            let x = u16::try_from(unicode_width::UnicodeWidthStr::width(before.as_str())).unwrap();
            let cell = &frame.cells[(x, u16::try_from(y).unwrap())];
            (cell.fg, cell.bg)
        };
        let looks: std::collections::HashSet<_> =
            ["S Ana Ruiz", "C John Smith", "X Mia Chen", "N Lars Ødegård"].map(look).into();
        assert_eq!(looks.len(), 4);
    }
}
