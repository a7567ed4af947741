//! SQLite's errors, sorted into what may pass and what never will.

use sqlx::migrate::MigrateError;

use crate::error::StoreError;

/// Primary result codes (the low byte of the extended one) that concern the data of the statement and not the state of the
/// database: `TOOBIG`, `CONSTRAINT`, `MISMATCH`, `RANGE`. Everything else, a full disk for instance, may be mended
/// while the updates wait.
const ABOUT_THE_DATA: [i32; 4] = [18, 19, 20, 25];

const CONSTRAINT_NOTNULL: i32 = 1299;
const CONSTRAINT_FOREIGNKEY: i32 = 787;
const CONSTRAINT_PRIMARYKEY: i32 = 1555;
const CONSTRAINT_UNIQUE: i32 = 2067;

fn code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

/// Returns whether a stored update differs, which the append statement turns into this violation.
pub(super) fn is_conflict(error: &sqlx::Error) -> bool {
    code(error) == Some(CONSTRAINT_NOTNULL)
}

/// Returns whether a referenced row is missing.
pub(super) fn is_orphan(error: &sqlx::Error) -> bool {
    code(error) == Some(CONSTRAINT_FOREIGNKEY)
}

/// Returns whether the key is taken.
pub(super) fn is_duplicate(error: &sqlx::Error) -> bool {
    matches!(code(error), Some(CONSTRAINT_PRIMARYKEY | CONSTRAINT_UNIQUE))
}

/// Sorts an error of a statement on `table` about the row `key`.
pub(super) fn failed(error: &sqlx::Error, table: &'static str, key: impl ToString) -> StoreError {
    let why = error.to_string();
    match error {
        sqlx::Error::Database(_)
            if code(error).is_some_and(|code| ABOUT_THE_DATA.contains(&(code & 0xff))) =>
        {
            StoreError::Rejected { table, key: key.to_string(), why }
        }
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
            StoreError::Corrupt { table, key: key.to_string(), why }
        }
        sqlx::Error::Encode(_) => StoreError::Rejected { table, key: key.to_string(), why },
        _ => StoreError::Unavailable { why: format!("{table}({}): {why}", key.to_string()) },
    }
}

/// Sorts an error of the migrations.
pub(super) fn migration_failed(error: MigrateError) -> StoreError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            failed(&error, "_sqlx_migrations", "schema")
        }
        other => StoreError::Unusable { what: "schema".into(), why: other.to_string() },
    }
}
