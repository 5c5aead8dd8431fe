//! However a desk ends, the terminal is as it was before.

use std::time::Duration;

use portable_pty::CommandBuilder;
use rustix::process::Signal;

use crate::terminal::{FRONTDESK, Terminal, demo, demo_folder, demo_without_signals};

/// A person is not kept waiting longer than this for a desk to end.
const SOON: Duration = Duration::from_secs(2);

#[test]
fn asked_to_end_it_restores_the_terminal() {
    for signal in [Signal::TERM, Signal::INT] {
        let folder = demo_folder();
        let mut desk = demo(folder.path(), &[]);
        desk.signal(signal);
        assert_eq!(desk.ended().exit_code(), 0);
        desk.assert_restored();
    }
}

#[test]
fn a_terminal_that_goes_away_ends_it_soon() {
    let folder = demo_folder();
    let mut desk = demo(folder.path(), &[]);
    desk.hang_up(|_| {});
    ends_soon(desk, folder.path());
}

#[test]
fn a_terminal_that_goes_away_without_a_signal_ends_it_soon() {
    let folder = demo_folder();
    let mut desk = demo_without_signals(folder.path());
    desk.hang_up(|_| {});
    ends_soon(desk, folder.path());
}

#[test]
fn a_terminal_that_goes_away_amid_a_paste_ends_it_soon() {
    let folder = demo_folder();
    let mut desk = demo_without_signals(folder.path());
    desk.hang_up(|desk| desk.keys("\x1b[200~the first half"));
    ends_soon(desk, folder.path());
}

#[test]
fn a_terminal_that_goes_away_while_it_is_stopped_ends_it_soon() {
    let folder = demo_folder();
    let mut desk = demo_without_signals(folder.path());
    desk.hang_up(|desk| desk.signal(Signal::STOP));
    desk.signal(Signal::CONT);
    ends_soon(desk, folder.path());
}

/// The connection that a desk is worked over goes amid a booking: the next desk has it.
#[test]
fn a_booking_that_was_begun_is_taken_up_after_the_terminal_went_away() {
    let folder = demo_folder();
    let mut desk = demo(folder.path(), &[]);
    desk.keys("ob#1\r");
    desk.wait_for("✓ free");
    desk.hang_up(|_| {});
    ends_soon(desk, folder.path());
    let mut next = demo(folder.path(), &[]);
    next.wait_for("B takes it up");
    next.keys("B");
    next.wait_for("✓ free");
    next.keys("\r");
    next.wait_for("Booked ");
    assert!(!log(folder.path()).contains("could not be kept"));
}

fn ends_soon(mut desk: Terminal, folder: &std::path::Path) {
    let (status, took) = desk.ended_within(Duration::from_secs(20));
    assert!(took < SOON, "it took {took:?}");
    assert_eq!(status.exit_code(), 0, "{}", log(folder));
    assert!(!log(folder).contains("internal error"));
}

#[test]
fn a_fault_in_the_loop_restores_the_terminal_and_says_one_line() {
    let folder = demo_folder();
    let mut desk = demo(folder.path(), &[("FRONTDESK_TEST_PANIC", "loop")]);
    desk.keys("\x1b[24~");
    assert_eq!(desk.ended().exit_code(), 1);
    desk.assert_restored();
    one_line(&desk, "frontdesk: internal error at src/");
    assert!(log(folder.path()).contains("internal error"));
    assert!(!log(folder.path()).contains("Ana Ruiz"));
}

#[test]
fn a_fault_beside_the_loop_restores_the_terminal_and_says_one_line() {
    for place in ["task", "input"] {
        let folder = demo_folder();
        let mut desk = demo(folder.path(), &[("FRONTDESK_TEST_PANIC", place)]);
        desk.keys("\x1b[24~");
        assert_eq!(desk.ended().exit_code(), 1);
        desk.assert_restored();
        one_line(&desk, "frontdesk: an internal error ended the desk");
        assert!(log(folder.path()).contains("internal error"));
        assert!(!log(folder.path()).contains("Ana Ruiz"));
    }
}

/// Nothing but one line of the program's own is on the screen that the shell has back.
fn one_line(desk: &Terminal, begins: &str) {
    desk.look(|seen| {
        let text = seen.text();
        let said: String = text.lines().map(str::trim_end).collect();
        assert!(said.starts_with(begins), "{text}");
        assert_eq!(said.matches("frontdesk:").count(), 1, "{text}");
        for never in ["Ana Ruiz", "panicked", "backtrace", "asked for by a test"] {
            assert!(!said.contains(never), "{text}");
        }
        // One line of at most the screen's width and a bit, and no more.
        assert!(text.trim_end().lines().count() <= 2, "{text}");
    });
}

fn log(folder: &std::path::Path) -> String {
    let files = std::fs::read_dir(folder.join("log")).unwrap().map(|file| file.unwrap().path());
    files.map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

#[test]
fn suspended_it_gives_the_shell_its_terminal_and_continued_it_is_drawn_anew() {
    let folder = demo_folder();
    let mut shell = CommandBuilder::new("sh");
    let script = r#""$0" demo --data-dir "$1"; echo SUSPENDED; read go; echo "READ $go"; fg; echo ENDED $?"#;
    shell.args(["-mc", script]);
    shell.args([FRONTDESK, folder.path().to_str().unwrap()]);
    let mut shell = Terminal::run(shell, &[]);
    shell.wait_for("Dr. ");
    shell.keys("\x1a");
    // The shell goes on when the desk is stopped.
    shell.wait_for("SUSPENDED");
    shell.assert_restored();
    // What is typed now is for the shell, and comes to nobody else.
    shell.keys("go on\r");
    shell.until("what was typed", |seen| String::from_utf8_lossy(&seen.bytes).contains("READ go on"));
    shell.until("the board", |seen| seen.screen().alternate_screen() && seen.text().contains("Dr. "));
    assert!(!shell.is_cooked());
    shell.keys("?");
    shell.wait_for("Keys");
    shell.keys("\x1b");
    shell.until("the board", |seen| !seen.text().contains("Keys"));
    shell.keys("q");
    shell.wait_for("ENDED 0");
    shell.ended();
    shell.assert_restored();
}

#[test]
fn where_no_shell_could_continue_it_it_goes_on_by_itself() {
    let folder = demo_folder();
    let mut desk = demo(folder.path(), &[]);
    desk.keys("\x1a");
    desk.until("the shell's screen", |seen| !seen.screen().alternate_screen());
    desk.until("the board", |seen| seen.screen().alternate_screen() && seen.text().contains("Dr. "));
    assert!(!desk.is_cooked());
    desk.keys("q");
    assert_eq!(desk.ended().exit_code(), 0);
}

#[test]
fn stopped_from_outside_and_continued_it_takes_its_terminal_back() {
    let folder = demo_folder();
    let mut desk = demo(folder.path(), &[]);
    desk.signal(Signal::STOP);
    desk.signal(Signal::CONT);
    // Entered once more, whatever state it was left in.
    let entered = |bytes: &[u8]| String::from_utf8_lossy(bytes).matches("\x1b[?1049h").count();
    desk.until("a second beginning", |seen| entered(&seen.bytes) == 2 && seen.text().contains("Dr. "));
    desk.keys("q");
    assert_eq!(desk.ended().exit_code(), 0);
    desk.assert_restored();
}
