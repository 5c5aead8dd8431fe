//! Looks by meaning. The one place where colours have names; everything else asks for what a thing
//! means. Every meaning that matters has a letter or a mark beside its hue, so that the plain theme
//! loses none.

use ratatui::style::{Color, Modifier, Style};

use crate::domain::appointment::Status;

/// Which set of looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Palette {
    /// For a dark background.
    #[default]
    Dark,
    /// For a light background.
    Light,
    /// Without colour: `NO_COLOR`, or a terminal that has none.
    Plain,
}

/// The looks.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    /// Text.
    pub text: Style,
    /// What is less important.
    pub muted: Style,
    /// What is to be seen first.
    pub strong: Style,
    /// The clinic's line at the top.
    pub title: Style,
    /// The screen that is shown, among the others.
    pub tab: Style,
    /// A key in the footer and the help.
    pub key: Style,
    /// The mark of the cursor.
    pub cursor: Style,
    /// What is typed.
    pub field: Style,
    /// The field that has the cursor.
    pub field_focused: Style,
    /// Text that is marked, so that typing replaces it.
    pub marked: Style,
    /// What is right: a time that is free.
    pub good: Style,
    /// What is wrong: a fault, a conflict.
    pub bad: Style,
    /// What wants a look: a store that is away, a name found in spite of a typo.
    pub warning: Style,
    /// Time in which nobody is there.
    pub closed: Style,
    /// The line of now.
    pub now: Style,
    /// The visit that is being booked, on the board.
    pub ghost: Style,
    /// Lines and frames.
    pub rule: Style,
    statuses: [Style; 4],
}

impl Theme {
    /// The looks of a palette.
    #[must_use]
    pub fn new(palette: Palette) -> Self {
        match palette {
            Palette::Plain => Theme::plain(),
            Palette::Dark => Theme::coloured(&Hues {
                muted: Color::Indexed(245),
                accent: Color::Indexed(117),
                good: Color::Indexed(114),
                bad: Color::Indexed(210),
                warning: Color::Indexed(221),
                closed: Color::Indexed(238),
                field: Color::Indexed(236),
                title: (Color::Indexed(255), Color::Indexed(24)),
                blocks: [
                    (Color::Indexed(255), Color::Indexed(24)),
                    (Color::Indexed(151), Color::Indexed(236)),
                    (Color::Indexed(244), Color::Indexed(233)),
                    (Color::Indexed(223), Color::Indexed(52)),
                ],
            }),
            Palette::Light => Theme::coloured(&Hues {
                muted: Color::Indexed(242),
                accent: Color::Indexed(25),
                good: Color::Indexed(28),
                bad: Color::Indexed(124),
                warning: Color::Indexed(94),
                closed: Color::Indexed(251),
                field: Color::Indexed(254),
                title: (Color::Indexed(255), Color::Indexed(25)),
                blocks: [
                    (Color::Indexed(17), Color::Indexed(153)),
                    (Color::Indexed(22), Color::Indexed(194)),
                    (Color::Indexed(243), Color::Indexed(255)),
                    (Color::Indexed(88), Color::Indexed(224)),
                ],
            }),
        }
    }

    fn plain() -> Self {
        let text = Style::new();
        let strong = text.add_modifier(Modifier::BOLD);
        let dim = text.add_modifier(Modifier::DIM);
        let reversed = text.add_modifier(Modifier::REVERSED);
        Theme {
            text,
            muted: dim,
            strong,
            title: reversed,
            tab: strong.add_modifier(Modifier::UNDERLINED),
            key: strong,
            cursor: strong,
            field: text.add_modifier(Modifier::UNDERLINED),
            field_focused: text.add_modifier(Modifier::UNDERLINED),
            marked: reversed,
            good: strong,
            bad: strong,
            warning: strong,
            closed: dim,
            now: strong,
            ghost: reversed,
            rule: dim,
            statuses: [text, text, dim, dim],
        }
    }

    fn coloured(hues: &Hues) -> Self {
        let text = Style::new();
        let fg = |colour| text.fg(colour);
        let strong = text.add_modifier(Modifier::BOLD);
        let block = |(front, back): (Color, Color)| text.fg(front).bg(back);
        Theme {
            text,
            muted: fg(hues.muted),
            strong,
            title: text.fg(hues.title.0).bg(hues.title.1),
            tab: fg(hues.accent).add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
            key: fg(hues.accent),
            cursor: fg(hues.warning).add_modifier(Modifier::BOLD),
            field: text.bg(hues.field),
            field_focused: text.bg(hues.field).add_modifier(Modifier::BOLD),
            marked: text.add_modifier(Modifier::REVERSED),
            good: fg(hues.good),
            bad: fg(hues.bad),
            warning: fg(hues.warning),
            closed: fg(hues.closed),
            now: fg(hues.bad),
            ghost: fg(hues.warning).add_modifier(Modifier::REVERSED),
            rule: fg(hues.closed),
            statuses: hues.blocks.map(block),
        }
    }

    /// A visit of this status on the board.
    #[must_use]
    pub fn status(&self, status: Status) -> Style {
        match status {
            Status::Scheduled => self.statuses[0],
            Status::Completed => self.statuses[1],
            Status::Cancelled => self.statuses[2],
            Status::NoShow => self.statuses[3],
        }
    }
}

struct Hues {
    muted: Color,
    accent: Color,
    good: Color,
    bad: Color,
    warning: Color,
    closed: Color,
    field: Color,
    title: (Color, Color),
    blocks: [(Color, Color); 4],
}
