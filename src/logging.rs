//! The log: one file a day in the data folder, the last seven kept.
//!
//! What goes in holds no patient data and no secrets: commands and their exit status, errors by
//! number, never a value that somebody typed.

use std::path::Path;

use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::filter::LevelFilter;

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
        drop(log.with_writer(appender).try_init());
    }
}
