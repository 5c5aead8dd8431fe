//! The house's rules that a compiler does not hold: what may depend on what, who may read a clock,
//! draw a colour or write to a terminal, and how long a file may be. The sources are read as words, without comments
//! and texts.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;

/// What each part of the house may use, besides itself. The arrow of the design page:
/// `domain <- store <- app <- ui`; what is not named here stands above them all.
const MAY_USE: [(&str, &[&str]); 6] = [
    ("domain", &[]),
    ("store", &["domain"]),
    ("app", &["domain", "store"]),
    ("ui", &["domain", "app"]),
    ("sample", &["domain", "store"]),
    ("config", &["domain", "store"]),
];

/// What has no place in a part, by the path or the beginning of the path by which it is used.
const BANNED: [(&str, &[&str]); 5] = [
    (
        "domain",
        &[
            "sqlx",
            "tokio",
            "ratatui",
            "crossterm",
            "mongodb",
            "std::fs",
            "std::net",
            "std::env",
            "std::process",
            "std::thread",
            "std::time",
            "SystemTime",
            "Utc::now",
            "Local::now",
            "await",
        ],
    ),
    ("store", &["ratatui", "crossterm", "SystemTime", "Utc::now", "Local::now"]),
    (
        "app",
        &[
            "sqlx",
            "tokio",
            "mongodb",
            "ratatui",
            "std::fs",
            "std::net",
            "std::env",
            "std::time::Instant",
            "std::time::SystemTime",
            "SystemTime",
            "Utc::now",
            "Local::now",
            "await",
        ],
    ),
    (
        "ui",
        &["sqlx", "tokio", "mongodb", "std::fs", "std::net", "std::env", "std::time", "Utc::now", "await"],
    ),
    ("sample", &["ratatui", "crossterm", "Utc::now", "SystemTime"]),
];

/// Where colours are named: the theme, which chooses them, and the terminal, which says them all.
const COLOURS: [&str; 2] = ["ui/theme.rs", "runtime/lean.rs"];
const MOST_LINES: usize = 600;

/// The one file of `ui` that writes letters into cells: all text passes it, and is cleaned there.
const WRITES_CELLS: &str = "ui/widgets.rs";
/// How ratatui writes letters into cells.
const CELLS: [&str; 14] = [
    "cell_mut",
    "render_stateful_widget",
    "render_widget",
    "set_char",
    "set_line",
    "set_span",
    "set_string",
    "set_stringn",
    "set_symbol",
    "Line",
    "Paragraph",
    "Span",
    "Text",
    "content",
];
/// Who has the process's own outputs: what commands answer, and the terminal.
const OUTPUTS: [&str; 3] = ["cli/answer.rs", "runtime/mod.rs", "runtime/terminal.rs"];
/// The one file that spells escape sequences out.
const ESCAPES: &str = "runtime/lean.rs";
/// What else of a terminal could be written to, and is by nobody.
const UNUSED: [&str; 4] = ["SetTitle", "CopyToClipboard", "clipboard", "Print"];

/// The words of a source: names, numbers, and `::`, `{`, `}`, `,` each for itself. Comments, texts
/// and characters are left out, other signs are one word each.
fn words(source: &str) -> Vec<String> {
    let chars: Vec<char> = source.chars().collect();
    let mut words = Vec::new();
    let mut at = 0;
    let rest = |at: usize, text: &str| text.chars().enumerate().all(|(n, c)| chars.get(at + n) == Some(&c));
    while at < chars.len() {
        let c = chars[at];
        if rest(at, "//") {
            at += chars[at..].iter().take_while(|c| **c != '\n').count();
        } else if rest(at, "/*") {
            let mut depth = 0;
            loop {
                if rest(at, "/*") {
                    (depth, at) = (depth + 1, at + 2);
                } else if rest(at, "*/") {
                    (depth, at) = (depth - 1, at + 2);
                } else {
                    at += 1;
                }
                if depth == 0 || at >= chars.len() {
                    break;
                }
            }
        } else if let Some(hashes) = raw_text(&chars[at..]) {
            let end = format!("\"{}", "#".repeat(hashes));
            at += chars[at..].iter().position(|c| *c == '"').unwrap() + 1;
            while at < chars.len() && !rest(at, &end) {
                at += 1;
            }
            at += end.len();
        } else if c == '"' {
            at += 1;
            while at < chars.len() && chars[at] != '"' {
                at += if chars[at] == '\\' { 2 } else { 1 };
            }
            at += 1;
        } else if c == '\'' && (chars.get(at + 1) == Some(&'\\') || chars.get(at + 2) == Some(&'\'')) {
            // A character; a lifetime has no second quote.
            at += if chars[at + 1] == '\\' { 3 } else { 2 };
            at += chars[at..].iter().take_while(|c| **c != '\'').count() + 1;
        } else if c.is_alphanumeric() || c == '_' {
            let length = chars[at..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').count();
            words.push(chars[at..at + length].iter().collect());
            at += length;
        } else if rest(at, "::") {
            words.push("::".to_owned());
            at += 2;
        } else {
            if !c.is_whitespace() {
                words.push(c.to_string());
            }
            at += 1;
        }
    }
    words
}

/// Where a raw text begins: how many hashes stand around it.
fn raw_text(chars: &[char]) -> Option<usize> {
    let start = match chars {
        ['r', ..] => 1,
        ['b', 'r', ..] => 2,
        _ => return None,
    };
    let hashes = chars[start..].iter().take_while(|c| **c == '#').count();
    (chars.get(start + hashes) == Some(&'"')).then_some(hashes)
}

/// The words without the modules that are compiled for tests alone, which may read a file.
fn without_tests(mut words: Vec<String>) -> Vec<String> {
    let mark = ["#", "[", "cfg", "(", "test", ")", "]", "mod"];
    while let Some(start) = words.windows(mark.len()).position(|window| window == mark) {
        let mut depth = 0;
        let length = words[start..].iter().position(|word| {
            match word.as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            // A module in a file of its own ends at once.
            (word == "}" || word == ";") && depth == 0
        });
        let end = length.map_or(words.len(), |length| start + length + 1);
        words.drain(start..end);
    }
    words
}

/// All paths in the words, with groups taken apart: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn paths(words: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        if is_name(&words[at]) {
            at = path(words, at, &[], &mut found);
        } else {
            at += 1;
        }
    }
    found
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Reads one path from a place on, below `head`, and answers the place after it.
fn path(words: &[String], mut at: usize, head: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut path = head.to_vec();
    loop {
        path.push(words[at].clone());
        at += 1;
        if words.get(at).is_none_or(|word| word != "::") {
            break;
        }
        at += 1;
        match words.get(at) {
            Some(name) if is_name(name) => {}
            Some(open) if open == "{" => {
                at += 1;
                while words.get(at).is_some_and(|word| word != "}") {
                    at = if is_name(&words[at]) { self::path(words, at, &path, found) } else { at + 1 };
                }
                return at + 1;
            }
            // A turbofish, or everything.
            _ => break,
        }
    }
    found.push(path);
    at
}

/// The module of a file: `store/sql/conn.rs` is `store::sql::conn`.
fn module(file: &str) -> Vec<&str> {
    let mut names: Vec<&str> = file.trim_end_matches(".rs").split('/').collect();
    if names.len() == 1 && ["lib", "main"].contains(&names[0]) || names.last() == Some(&"mod") {
        names.pop();
    }
    names
}

/// The part of the house that a path leads to: by `crate::`, or by `super::` up to the root.
fn part<'p>(module: &[&str], path: &'p [String]) -> Option<&'p str> {
    let ups = path.iter().take_while(|name| *name == "super").count();
    let next = match path[0].as_str() {
        "crate" => 1,
        // A module inside the file is one deeper, so that one `super` more leads to the root.
        "super" if ups >= module.len() => ups,
        _ => return None,
    };
    path.get(next).map(String::as_str)
}

/// Everything in the sources, by their path below `src` and their text, that the rules forbid.
fn violations<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Vec<String> {
    let mut found = Vec::new();
    for (file, source) in files {
        let mut forbid = |what: String| found.push(format!("src/{file}: {what}"));
        let lines = source.lines().count();
        if lines > MOST_LINES {
            forbid(format!("{lines} lines, and {MOST_LINES} at the most: split it by meaning"));
        }
        let module = module(file);
        let own = module.first().copied().unwrap_or_default();
        let may_use = MAY_USE.iter().find(|(part, _)| *part == own).map(|(_, parts)| *parts);
        let banned = BANNED.iter().find(|(part, _)| *part == own).map_or(&[][..], |(_, paths)| *paths);
        let above: Vec<&str> =
            MAY_USE.iter().map(|(part, _)| *part).chain(["runtime", "cli", "logging"]).collect();
        let words = words(source);
        for path in paths(&words) {
            let shown = path.join("::");
            if let (Some(may_use), Some(part)) = (may_use, part(&module, &path))
                && part != own
                && above.contains(&part)
                && !may_use.contains(&part)
            {
                forbid(format!("{own} must not use {part} ({shown})"));
            }
        }
        let words = without_tests(words);
        if let Some(name) = words.iter().find(|word| UNUSED.contains(&word.as_str())) {
            forbid(format!("{name}: nobody writes a title or a clipboard, or prints past the backend"));
        }
        if own == "ui" && file != WRITES_CELLS {
            for name in words.iter().filter(|word| CELLS.contains(&word.as_str())) {
                forbid(format!("{name}: text reaches cells through {WRITES_CELLS} alone"));
            }
        }
        let prints = |pair: &&[String]| {
            ["print", "println", "eprint", "eprintln"].contains(&pair[0].as_str()) && pair[1] == "!"
        };
        // A call without arguments: with one, it is what a process that is started has of its own.
        let handle = |call: &&[String]| {
            ["stdout", "stderr"].contains(&call[0].as_str()) && call[1] == "(" && call[2] == ")"
        };
        let output = words.windows(3).find(handle).map(|call| &call[0]);
        let output = output.or(words.windows(2).find(prints).map(|pair| &pair[0]));
        if let Some(name) = output.filter(|_| !OUTPUTS.contains(&file)) {
            forbid(format!("{name}: commands print through cli/answer.rs alone"));
        }
        let escapes = ["\\x1b", "\\u{1b}", "\\u{9b}", "\u{1b}"];
        let code = source.split("#[cfg(test)]").next().unwrap_or_default().to_lowercase();
        if file != ESCAPES && escapes.iter().any(|escape| code.contains(escape)) {
            forbid(format!("escape sequences are spelled out in {ESCAPES} alone"));
        }
        for path in paths(&words) {
            let shown = path.join("::");
            for ban in banned {
                let names: Vec<&str> = ban.split("::").collect();
                let used = match names.as_slice() {
                    // A crate that a path begins with, or the thing that it names.
                    [name] => path[0] == *name || path[path.len() - 1] == *name,
                    names => path.windows(names.len()).any(|window| window == names),
                };
                if used {
                    forbid(format!("{own} has no business with {ban} ({shown})"));
                }
            }
            let colour = path.iter().position(|name| name == "Color");
            if !COLOURS.contains(&file) && colour.is_some_and(|at| at + 1 < path.len()) {
                forbid(format!("{shown}: a colour has its name in {} alone", COLOURS[0]));
            }
        }
    }
    found
}

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            found.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn the_house_stands_by_its_rules() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    assert!(files.len() > 40, "the sources were found");
    let found = violations(files.iter().map(|(file, text)| (file.as_str(), text.as_str())));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn what_is_planted_is_found() {
    for (file, source, named) in [
        ("domain/slot.rs", "use crate::store::Store;", "domain must not use store"),
        ("domain/slot.rs", "fn f() { crate::app::App::new() }", "domain must not use app"),
        ("domain/slot.rs", "use super::super::store::Store;", "domain must not use store"),
        ("domain/mod.rs", "use super::ui;", "domain must not use ui"),
        ("domain/dates/times.rs", "use super::super::super::runtime;", "domain must not use runtime"),
        ("domain/slot.rs", "mod tests { use super::super::super::cli::Args; }", "domain must not use cli"),
        (
            "domain/slot.rs",
            "use crate::{domain::ids::PatientId, store::{Store}};",
            "domain must not use store",
        ),
        ("store/sql/mod.rs", "use crate::app;", "store must not use app"),
        ("store/mod.rs", "pub use crate::ui::theme as colours;", "store must not use ui"),
        ("app/mod.rs", "use crate::ui::draw;", "app must not use ui"),
        ("app/mod.rs", "use crate::runtime::run;", "app must not use runtime"),
        ("ui/mod.rs", "use crate::store::Store;", "ui must not use store"),
        ("sample/mod.rs", "use crate::app::App;", "sample must not use app"),
        ("domain/slot.rs", "use sqlx::Row;", "no business with sqlx"),
        ("domain/slot.rs", "fn f() { std::fs::read(\"x\"); }", "no business with std::fs"),
        ("domain/slot.rs", "use std::{cmp::Ordering, env};", "no business with std::env"),
        ("domain/slot.rs", "use std::time::SystemTime;", "no business with SystemTime"),
        ("domain/slot.rs", "let now = chrono::Utc::now();", "no business with Utc::now"),
        ("domain/slot.rs", "async fn f() { g().await }", "no business with await"),
        ("app/mod.rs", "async fn f() { g().await }", "no business with await"),
        ("app/mod.rs", "let now = std::time::Instant::now();", "no business with std::time::Instant"),
        ("app/mod.rs", "use ratatui::text::Line;", "no business with ratatui"),
        ("app/mod.rs", "tokio::spawn(f)", "no business with tokio"),
        ("ui/mod.rs", "std::fs::read(\"x\")", "no business with std::fs"),
        ("ui/widgets.rs", "Style::new().fg(Color::Red)", "ui/theme.rs alone"),
        ("ui/widgets.rs", "ratatui::style::Color::Rgb(1, 2, 3)", "ui/theme.rs alone"),
        ("cli/mod.rs", "let red = Color::Red;", "ui/theme.rs alone"),
        ("app/mod.rs", "#[cfg(test)] mod tests { fn f() {} } fn g() { std::fs::read(\"x\"); }", "std::fs"),
        ("app/mod.rs", "#[cfg(test)] mod tests { use crate::ui; }", "app must not use ui"),
        ("ui/footer.rs", "frame.buffer_mut().set_string(0, 0, name, style);", "ui/widgets.rs alone"),
        ("ui/screens/patients.rs", "use ratatui::widgets::Paragraph;", "ui/widgets.rs alone"),
        ("ui/screens/patients.rs", "frame.buffer_mut()[(0, 0)].set_symbol(&name);", "ui/widgets.rs alone"),
        ("ui/mod.rs", "use ratatui::text::{Line as L};", "ui/widgets.rs alone"),
        ("cli/find.rs", "println!(\"{name}\");", "cli/answer.rs alone"),
        ("cli/find.rs", "std::io::stdout().write_all(name);", "cli/answer.rs alone"),
        ("app/mod.rs", "eprintln!()", "cli/answer.rs alone"),
        ("runtime/terminal.rs", "execute!(stdout(), SetTitle(name))", "nobody writes a title"),
        ("runtime/terminal.rs", "use crossterm::clipboard::CopyToClipboard;", "nobody writes a title"),
        ("ui/footer.rs", r#"let red = "\x1B[31m";"#, "runtime/lean.rs alone"),
        ("ui/mod.rs", &"\n".repeat(601), "601 lines"),
    ] {
        let found = violations([(file, source)]);
        assert!(found.iter().any(|line| line.contains(named)), "{file}: {source}: {found:?}");
    }
}

#[test]
fn what_is_allowed_is_left_alone() {
    for (file, source) in [
        ("domain/slot.rs", "use super::clock::Instant; use crate::domain::ids::DoctorId;"),
        ("domain/slot.rs", "mod tests { use super::super::clock; use super::*; }"),
        ("domain/slot.rs", "//! See [`crate::store`].\n/* crate::app /* Color::Red */ */ // sqlx::query"),
        ("domain/slot.rs", r##"let text = "crate::store"; let raw = r#"use sqlx::Row; " "#; let c = '"';"##),
        ("domain/slot.rs", "fn f<'a>(text: &'a str) -> Option<&'a str> { let quote = '\\''; None }"),
        ("domain/slot.rs", "fn fs() {} struct Color; fn tokio_like() {}"),
        ("store/sql/mod.rs", "use crate::domain::clock::Zone; use sqlx::Row; use super::Result;"),
        ("app/mod.rs", "use crate::domain::ids; use crate::store::StoreError; use std::time::Duration;"),
        ("app/mod.rs", "#[cfg(test)] mod tests { mod more { fn f() { std::fs::read(\"x\"); } } } fn g() {}"),
        ("app/field.rs", "use tui_textarea::TextArea;"),
        ("ui/widgets.rs", "frame.buffer_mut().set_stringn(0, 0, &fit(name, 9), 9, style);"),
        ("cli/answer.rs", "io::stdout().lock()"),
        ("config/password_command.rs", "command.stdout(Stdio::piped()).spawn()?.stdout.take()"),
        (
            "cli/find.rs",
            "fn print(body: &str) {} print(body); #[cfg(test)] mod tests { fn f() { println!(\"\\x1b\"); } }",
        ),
        ("ui/mod.rs", "use crate::app::App; use crate::domain::day::Day; use ratatui::Frame;"),
        ("ui/theme.rs", "let red = Color::Red;"),
        ("ui/widgets.rs", "fn f(colour: Color) {} use ratatui::style::Color;"),
        ("runtime/mod.rs", "use crate::{app, ui, store}; fn f() { x.await; Utc::now(); }"),
        ("cli/mod.rs", "use crate::runtime; use crate::store::Store;"),
        ("main.rs", "frontdesk::cli::main()"),
        ("ui/mod.rs", &"\n".repeat(600)),
    ] {
        assert_eq!(violations([(file, source)]), [""; 0], "{file}: {source}");
    }
}
