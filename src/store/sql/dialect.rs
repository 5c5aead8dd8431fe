//! The two dialects, and every text in which they differ, side by side.

/// Whose SQL a connection speaks. MariaDB speaks MySQL's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// MySQL and MariaDB.
    MySql,
    /// The embedded file.
    Sqlite,
}

/// One meaning in both dialects.
#[derive(Clone, Copy, Debug)]
pub struct Both {
    /// For MySQL and MariaDB.
    pub mysql: &'static str,
    /// For SQLite.
    pub sqlite: &'static str,
}

impl Dialect {
    /// The name on screens.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Dialect::MySql => "mysql",
            Dialect::Sqlite => "sqlite",
        }
    }

    /// The text of this dialect.
    #[must_use]
    pub fn pick(self, both: Both) -> &'static str {
        match self {
            Dialect::MySql => both.mysql,
            Dialect::Sqlite => both.sqlite,
        }
    }
}

/// Begins a transaction that writes. MySQL's isolation level is the session's (see
/// [`SESSION`]); SQLite takes the write lock at once, so that no read comes before it.
pub const BEGIN: Both = Both { mysql: "START TRANSACTION", sqlite: "BEGIN IMMEDIATE" };

/// Ends one.
pub const COMMIT: &str = "COMMIT";

/// What each MySQL session starts with. READ COMMITTED, because a plain read before a lock under
/// REPEATABLE READ lets overlaps through; strict mode, so that nothing is cut or rounded in
/// silence; a short lock wait, since the whole transaction is retried; a minute after which a session
/// is ended that says nothing, since a desk whose host went away amid a transaction would keep the days
/// of it locked for as long as the server waits by default, which is eight hours; room for lists of what begins
/// at the same time; UTC for `TIMESTAMP`s.
pub const SESSION: &str = "SET SESSION transaction_isolation = 'READ-COMMITTED', \
     innodb_lock_wait_timeout = 5, wait_timeout = 60, group_concat_max_len = 1048576, time_zone = '+00:00', \
     sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'";

/// [`SESSION`] for MariaDB, whose name for the isolation level is older.
pub const SESSION_MARIADB: &str = "SET SESSION tx_isolation = 'READ-COMMITTED', \
     innodb_lock_wait_timeout = 5, wait_timeout = 60, group_concat_max_len = 1048576, time_zone = '+00:00', \
     sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'";

/// How an upsert that counts up ends, for `calendar_days`.
pub const BUMP_DAY: Both = Both {
    mysql: " ON DUPLICATE KEY UPDATE version = version + 1",
    sqlite: " ON CONFLICT (day, doctor_id) DO UPDATE SET version = version + 1",
};

/// The same for `patient_days`.
pub const BUMP_PATIENT_DAY: Both = Both {
    mysql: " ON DUPLICATE KEY UPDATE version = version + 1",
    sqlite: " ON CONFLICT (day, patient_id) DO UPDATE SET version = version + 1",
};

/// The key that the statement before gave. What gives none leaves it as it is: rows whose key is not
/// a number, and tables without a row id.
pub const LAST_ID: Both = Both { mysql: "LAST_INSERT_ID()", sqlite: "last_insert_rowid()" };

/// Text of which the bytes are given as hexadecimal digits, in place of the braces.
pub const TEXT_OF_DIGITS: Both = Both { mysql: "_utf8mb4 X'{}'", sqlite: "CAST(X'{}' AS TEXT)" };

/// Sets a clinic setting, whether it stood before or not.
pub const SET_SETTING: Both = Both {
    mysql: "INSERT INTO clinic_settings (name, value) VALUES (?, ?) \
            ON DUPLICATE KEY UPDATE value = VALUES(value)",
    sqlite: "INSERT INTO clinic_settings (name, value) VALUES (?, ?) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
};

/// How an upsert that adds to the uses of words ends, for `name_words`.
pub const COUNT_WORDS: Both = Both {
    mysql: " ON DUPLICATE KEY UPDATE uses = uses + VALUES(uses)",
    sqlite: " ON CONFLICT (word) DO UPDATE SET uses = uses + excluded.uses",
};

/// The word that leads a key of `patient_names`.
pub const LEADING_WORD: Both = Both {
    mysql: "SUBSTRING_INDEX(name_key, ' ', 1)",
    sqlite: "SUBSTR(name_key, 1, INSTR(name_key || ' ', ' ') - 1)",
};

/// An insert that lets a row stand which is there already.
pub const INSERT_IGNORE: Both = Both { mysql: "INSERT IGNORE INTO ", sqlite: "INSERT OR IGNORE INTO " };

/// Whom the look-up does not know as they are now: patients whom an older program wrote, or changed
/// since. There is an index over these alone.
pub const NOT_KNOWN: Both =
    Both { mysql: "not_known = 1", sqlite: "(name IS NOT known_name OR phone IS NOT known_phone)" };

/// Writes down what the look-up knows a patient by: what stands there.
pub const KNOW: Both = Both {
    mysql: "known_name = LEFT(name, 100), known_phone = LEFT(phone, 20)",
    sqlite: "known_name = name, known_phone = phone",
};

/// When a visit ends, on the naive wall clock, as the column type of its start. An older program
/// may have written no length, or none that is one: what `Visit` makes of those counts here too.
pub const NAIVE_END: Both = Both {
    mysql: "TIMESTAMPADD(MINUTE, GREATEST(COALESCE(a.duration_minutes, 60), 1), a.appointment_time)",
    sqlite: "datetime(a.appointment_time, '+' || MAX(COALESCE(a.duration_minutes, 60), 1) || ' minutes')",
};

/// The visits of a group, each as its id times [`HELD_UNIT`] and its length, a blank, the status, and
/// its doctor times [`PATIENT_UNIT`] and its patient.
pub const VISITS_AT_ONCE: Both = Both {
    mysql: "GROUP_CONCAT(a.id * 2048 + LEAST(GREATEST(COALESCE(a.duration_minutes, 60), 1), 1440), ' ', \
            COALESCE(a.status, 'Scheduled'), a.doctor_id * 2147483648 + a.patient_id)",
    sqlite: "GROUP_CONCAT((a.id * 2048 + MIN(MAX(COALESCE(a.duration_minutes, 60), 1), 1440)) || ' ' || \
             COALESCE(a.status, 'Scheduled') || (a.doctor_id * 2147483648 + a.patient_id))",
};

/// What a doctor counts in [`VISITS_AT_ONCE`]: more than any patient's id.
pub const PATIENT_UNIT: i64 = 1 << 31;

/// The visits of a group, each as one number: its doctor times [`HELD_UNIT`], and its length as
/// `appointments::minutes` reads it.
pub const HELD_AT_ONCE: Both = Both {
    mysql: "GROUP_CONCAT(a.doctor_id * 2048 + LEAST(GREATEST(COALESCE(a.duration_minutes, 60), 1), 1440))",
    // A CASE is quicker than three functions, and there are hundreds of thousands.
    sqlite: "GROUP_CONCAT(a.doctor_id * 2048 + CASE WHEN a.duration_minutes BETWEEN 1 AND 1440 \
             THEN a.duration_minutes ELSE MIN(MAX(COALESCE(a.duration_minutes, 60), 1), 1440) END)",
};

/// What a doctor counts in [`HELD_AT_ONCE`], and a visit in [`VISITS_AT_ONCE`]: more than the minutes
/// of a day.
pub const HELD_UNIT: i64 = 2048;

/// The one index of `appointments` that a doctor's visits of some time are to be found by. Left to
/// themselves, MySQL and MariaDB look into each that might do, which takes longer than the rest.
pub const BY_DOCTOR: Both = Both { mysql: " FORCE INDEX (appointments_by_doctor)", sqlite: "" };

/// The same for a patient's.
pub const BY_PATIENT: Both = Both { mysql: " FORCE INDEX (appointments_by_patient)", sqlite: "" };

/// When a row of the audit trail was written, as it is hashed.
pub const AUDIT_AT: Both = Both { mysql: "CAST(at AS CHAR(19))", sqlite: "CAST(at AS TEXT)" };

/// The rows of the audit trail that have a place in a chain. In SQLite any column may hold anything.
pub const HAS_PLACE: Both =
    Both { mysql: "seq IS NOT NULL", sqlite: "typeof(seq) = 'integer' AND typeof(desk) = 'text'" };

/// Those of a desk that have none.
pub const HAS_NO_PLACE: Both =
    Both { mysql: "seq IS NULL", sqlite: "NOT (typeof(seq) = 'integer' AND typeof(desk) = 'text')" };

/// The server's own version.
pub const SERVER_VERSION: Both =
    Both { mysql: "SELECT CAST(VERSION() AS CHAR(100))", sqlite: "SELECT 'SQLite ' || sqlite_version()" };

/// Keeps the row that was read from other writers. SQLite's transaction has the whole file.
pub const FOR_UPDATE: Both = Both { mysql: " FOR UPDATE", sqlite: "" };
