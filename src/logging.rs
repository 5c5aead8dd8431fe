//! The log: one file a day in the data folder, the last seven kept.
//!
//! What goes in holds no patient data and no secrets: commands and their exit status, errors by
//! number, never a value that somebody typed. What it does hold is cleaned all the same: a log is read
//! in a terminal, and the name of a column or a file comes from outside too.

use std::io::{self, Write};
use std::path::Path;

use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::domain::text::clean_multiline;

/// How many days' files are kept.
const KEPT: usize = 7;

/// Starts logging to `log/frontdesk.log.DATE` in the data folder. A folder that cannot be written
/// is no reason not to open the desk: then there is no log.
pub fn start(data_dir: &Path) {
    let folder = data_dir.join("log");
    // Of another account's folder, which cannot be listed, the appender would speak on standard error.
    if crate::store::sql::schema::make_private_folder(&folder).is_err() || folder.read_dir().is_err() {
        return;
    }
    let appender = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("frontdesk.log")
        .max_log_files(KEPT)
        .build(&folder);
    if let Ok(appender) = appender {
        let log = tracing_subscriber::fmt().with_max_level(LevelFilter::INFO).with_ansi(false);
        // Fails where a log was started before, as in a test.
        drop(log.with_writer(Cleaned(appender)).try_init());
    }
}

/// A writer of which each write, a whole line of the log, is cleaned first.
struct Cleaned<W>(W);

impl<W: Write> Write for Cleaned<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write_all(clean_multiline(&String::from_utf8_lossy(line)).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<'w, M: MakeWriter<'w>> MakeWriter<'w> for Cleaned<M> {
    type Writer = Cleaned<M::Writer>;

    fn make_writer(&'w self) -> Self::Writer {
        Cleaned(self.0.make_writer())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_of_the_log_is_cleaned() {
        let kept = Kept::default();
        let to = kept.clone();
        let log =
            tracing_subscriber::fmt().with_ansi(false).with_writer(Cleaned(move || to.clone())).finish();
        tracing::subscriber::with_default(log, || {
            let column = "a\u{1b}[31mb\u{202e}c\u{200b}d\u{9b}e";
            tracing::error!(%column, "failed");
        });
        let written = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert!(written.contains("failed column=a"), "{written:?}");
        assert_eq!(clean_multiline(&written), written);
        assert_eq!(written.lines().count(), 1);
    }
}
