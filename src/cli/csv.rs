//! Rows as CSV for other programs (RFC 4180, UTF-8 without a byte order mark), with the one rule for cells.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a return for a formula, quoted or
//! not, and a formula may run commands or send the sheet away. Patients choose their names, so a name may
//! be one. OWASP's page "CSV Injection" has the rule: every cell stands in quotes, and one that
//! would be taken for a formula begins with an apostrophe, which a spreadsheet shows as text. A program
//! that reads the sheet takes that apostrophe away; one that wants the values to the letter takes
//! `--json`.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::domain::text;

/// Rows that are written as they come, so that a long table is never in memory as a whole.
pub struct Sheet<W: Write> {
    out: ::csv::Writer<W>,
}

impl<W: Write> Sheet<W> {
    /// Begins a sheet with the names of its columns.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn new(out: W, head: &[&str]) -> io::Result<Self> {
        let mut writer = ::csv::WriterBuilder::new();
        writer.quote_style(::csv::QuoteStyle::Always).terminator(::csv::Terminator::CRLF);
        let mut sheet = Sheet { out: writer.from_writer(out) };
        sheet.row(head)?;
        Ok(sheet)
    }

    /// Writes one row, each cell as [`cell`] has it.
    ///
    /// # Errors
    /// Those of `out`; `InvalidInput` where the row has not as many cells as the head.
    pub fn row<C: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = C>) -> io::Result<()> {
        for value in cells {
            self.out.write_field(cell(value.as_ref()).as_bytes()).map_err(of_writer)?;
        }
        self.out.write_record(None::<&[u8]>).map_err(of_writer)
    }

    /// Writes what is still held back, and gives back what was written to.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn finish(self) -> io::Result<W> {
        self.out.into_inner().map_err(::csv::IntoInnerError::into_error)
    }
}

/// A whole sheet as a text, for an answer that is short.
///
/// # Errors
/// `InvalidInput` where a row has not as many cells as the head.
pub fn document<R, C>(head: &[&str], rows: impl IntoIterator<Item = R>) -> io::Result<String>
where
    R: IntoIterator<Item = C>,
    C: AsRef<str>,
{
    let mut sheet = Sheet::new(Vec::new(), head)?;
    for row in rows {
        sheet.row(row)?;
    }
    sheet.finish().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// The text of a cell: cleaned, its line ends kept, and with an apostrophe before it where a spreadsheet
/// would take it for a formula. Blanks before the sign do not count, since some spreadsheets drop
/// them; the signs of full width count as their narrow ones do.
#[must_use]
pub fn cell(value: &str) -> Cow<'_, str> {
    let clean = text::clean_multiline(value);
    let sign = |text: &str| {
        text.trim_start().starts_with(['=', '+', '-', '@', '\u{FF1D}', '\u{FF0B}', '\u{FF0D}', '\u{FF20}'])
    };
    if value.starts_with(['\t', '\r', '\n']) || sign(&clean) {
        Cow::Owned(format!("'{clean}"))
    } else {
        clean
    }
}

fn of_writer(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        _ => io::Error::new(io::ErrorKind::InvalidInput, "a row has not as many cells as the head"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(sheet: &str) -> Vec<Vec<String>> {
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(sheet.as_bytes());
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    #[test]
    fn a_sheet_is_quoted_and_ends_its_lines_as_the_rfc_says() {
        let sheet = document(&["id", "name"], [["7", "Ruiz, Ana"], ["8", "O\"Brien\nJr"]]).unwrap();
        assert_eq!(sheet, "\"id\",\"name\"\r\n\"7\",\"Ruiz, Ana\"\r\n\"8\",\"O\"\"Brien\nJr\"\r\n");
        assert_eq!(document(&["id"], Vec::<[&str; 1]>::new()).unwrap(), "\"id\"\r\n");
        let short = document(&["id", "name"], [["7"]]).unwrap_err();
        assert_eq!(short.kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn no_cell_is_a_formula() {
        for (value, written) in [
            ("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")"),
            ("+49 30 1234567", "'+49 30 1234567"),
            ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
            ("@SUM(1)", "'@SUM(1)"),
            ("\t=1", "' =1"),
            ("\tplain", "' plain"),
            ("\r=1", "'\n=1"),
            ("\n=1", "'\n=1"),
            ("  =1", "'  =1"),
            ("\u{200B}=1", "'=1"),
            ("\u{FEFF}\u{202E}+1", "'+1"),
            ("\0=1", "' =1"),
            ("＝1+1", "'＝1+1"),
            ("Ana = Ruiz", "Ana = Ruiz"),
            ("'=1", "'=1"),
            ("", ""),
            ("a\u{1B}[31m\u{202E}b\r\nc", "a [31mb\nc"),
        ] {
            assert_eq!(cell(value), written, "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_in_is_one_harmless_cell(values in proptest::collection::vec(
            "[=+@\\-\t\r\n \u{200B}\u{202E}\u{1B},;\"'a=]{0,8}|\\PC{0,8}|.{0,8}", 1..4))
        {
            let head: Vec<&str> = values.iter().map(|_| "head").collect();
            let sheet = document(&head, [&values]).unwrap();
            let rows = read(&sheet);
            prop_assert_eq!(rows.len(), 2);
            prop_assert_eq!(rows[1].len(), values.len());
            for (value, read) in values.iter().zip(&rows[1]) {
                prop_assert_eq!(&cell(value), read);
                let formula = ['=', '+', '-', '@', '\t', '\r'];
                prop_assert!(!read.starts_with(formula) && !read.trim_start().starts_with(formula));
                prop_assert!(matches!(text::clean_multiline(read), Cow::Borrowed(_)));
            }
        }
    }
}
