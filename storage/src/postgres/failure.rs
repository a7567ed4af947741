//! PostgreSQL's errors, sorted into what may pass and what never will.

use std::borrow::Cow;

use sqlx::migrate::MigrateError;

use crate::error::StoreError;

const NOT_NULL_VIOLATION: &str = "23502";
const UNIQUE_VIOLATION: &str = "23505";
const CARDINALITY_VIOLATION: &str = "21000";

/// Classes of SQLSTATE that concern the data of the statement: data exceptions, constraints, program limits. Everything else
/// may be mended while the updates wait: a full disk, a failover to a standby that is still read-only, a missing right, a
/// deadlock.
const ABOUT_THE_DATA: [&str; 3] = ["22", "23", "54"];

/// Returns the SQLSTATE, if the database said one.
pub(super) fn state(error: &sqlx::Error) -> Option<Cow<'_, str>> {
    error.as_database_error()?.code()
}

/// Returns whether a stored update differs, which the append statement turns into this violation.
pub(super) fn is_conflict(error: &sqlx::Error) -> bool {
    let table = error.as_database_error().and_then(|error| error.table());
    state(error).as_deref() == Some(NOT_NULL_VIOLATION) && table == Some("updates")
}

/// Returns whether a batch has a key twice.
pub(super) fn is_doubled(error: &sqlx::Error) -> bool {
    state(error).as_deref() == Some(CARDINALITY_VIOLATION)
}

/// Returns whether the key is taken.
pub(super) fn is_duplicate(error: &sqlx::Error) -> bool {
    state(error).as_deref() == Some(UNIQUE_VIOLATION)
}

/// Sorts an error of a statement on `table` about the row `key`.
pub(super) fn failed(error: &sqlx::Error, table: &'static str, key: impl ToString) -> StoreError {
    let (key, why) = (key.to_string(), error.to_string());
    let about_the_data =
        state(error).is_some_and(|state| ABOUT_THE_DATA.iter().any(|class| state.starts_with(class)));
    match error {
        sqlx::Error::Database(_) if about_the_data => StoreError::Rejected { table, key, why },
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => StoreError::Corrupt { table, key, why },
        sqlx::Error::Encode(_) => StoreError::Rejected { table, key, why },
        _ => StoreError::Unavailable { why: format!("{table}({key}): {why}") },
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
