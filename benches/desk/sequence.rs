//! What is typed: a piece of a receptionist's work, but for what would write.

/// Keys of one kind.
pub struct Step {
    /// What they do.
    pub label: &'static str,
    /// The keys.
    pub keys: Keys,
}

/// The keys of a step.
pub enum Keys {
    /// One key, so often.
    Key(&'static str, usize),
    /// A text, letter by letter.
    Text(&'static str),
}

const UP: &str = "\x1b[A";
const DOWN: &str = "\x1b[B";
const RIGHT: &str = "\x1b[C";
const HOME: &str = "\x1b[H";
const ENTER: &str = "\r";
const TAB: &str = "\t";
const ESC: &str = "\x1b";
const CLEAR: &str = "\x15";

const fn key(label: &'static str, key: &'static str, times: usize) -> Step {
    Step { label, keys: Keys::Key(key, times) }
}

const fn text(label: &'static str, text: &'static str) -> Step {
    Step { label, keys: Keys::Text(text) }
}

/// The sequence.
pub const WORK: [Step; 42] = [
    key("cursor on the board", DOWN, 15),
    key("cursor on the board", UP, 5),
    key("sideways over doctors", RIGHT, 40),
    key("day after, day before", "]", 10),
    key("day after, day before", "[", 5),
    key("week after, before", "}", 4),
    key("week after, before", "{", 4),
    key("screens and forms", HOME, 1),
    key("to the next visit", TAB, 3),
    key("open a visit", ENTER, 1),
    key("screens and forms", ESC, 1),
    key("screens and forms", "b", 1),
    text("look-up while booking", "ann smi"),
    key("booking form", ENTER, 1),
    key("booking form", TAB, 2),
    text("booking form", "kowal"),
    key("booking form", TAB, 1),
    text("booking form", "+3"),
    key("booking form", TAB, 1),
    text("booking form", "10:15"),
    key("booking form", TAB, 1),
    key("screens and forms", ESC, 1),
    key("to the next visit", TAB, 2),
    key("open a visit", ENTER, 1),
    key("screens and forms", ESC, 1),
    key("screens and forms", "2", 1),
    text("look-up", "muell"),
    key("patients one by one", DOWN, 8),
    key("screens and forms", CLEAR, 1),
    text("look-up", "garcia mar"),
    key("patients one by one", DOWN, 4),
    key("screens and forms", CLEAR, 1),
    text("look-up of a typo", "smiht john"),
    key("screens and forms", CLEAR, 1),
    text("look-up of a phone", "5551234"),
    key("screens and forms", CLEAR, 1),
    text("look-up of a birthday", "2.4.1980"),
    key("screens and forms", ESC, 1),
    key("screens and forms", "g", 1),
    text("screens and forms", "+21"),
    key("go to a date", ENTER, 1),
    key("cursor on the board", DOWN, 5),
];
