//! Getting a connection, and saying why there is none.
//!
//! The pool tries again while a database refuses connections and in the end only says that its time is over. So one more
//! attempt is made outside of it, to learn what is wrong.

use std::io::ErrorKind;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPool, Postgres};
use sqlx::{ConnectOptions, Connection};
use tokio::time::timeout;

use super::failure::state;
use crate::error::StoreError;

/// Longest attempt to learn why there is no connection.
const DIAGNOSIS: Duration = Duration::from_millis(700);

/// Why there is no connection, in words without the password.
#[derive(Debug)]
pub(super) struct Unreachable {
    why: String,
    database: String,
    /// Waiting will not help: what was configured is wrong.
    is_configured_so: bool,
}

impl Unreachable {
    /// Returns the error of a server that runs: somebody may mend the database while it waits.
    pub(super) fn while_running(self) -> StoreError {
        StoreError::Unavailable { why: self.why }
    }

    /// Returns the error of a server that starts.
    pub(super) fn at_start(self) -> StoreError {
        match self.is_configured_so {
            true => StoreError::Unusable { what: self.database, why: self.why },
            false => self.while_running(),
        }
    }
}

/// Waits for a connection of the pool, at most as long as the pool does.
pub(super) async fn acquire(
    pool: &PgPool,
    patience: Duration,
) -> Result<PoolConnection<Postgres>, Unreachable> {
    match timeout(patience, pool.acquire()).await.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
        Ok(connection) => Ok(connection),
        Err(sqlx::Error::PoolTimedOut) => Err(diagnose(pool).await),
        Err(error) => Err(explain(&error, &pool.connect_options())),
    }
}

async fn diagnose(pool: &PgPool) -> Unreachable {
    let connect = pool.connect_options();
    let why = match timeout(DIAGNOSIS, connect.connect()).await {
        Ok(Ok(connection)) => {
            // It was only for the answer; that it ends well does not matter.
            let _ = timeout(DIAGNOSIS, connection.close()).await;
            format!("all {} connections to {} are busy", pool.size(), place(&connect))
        }
        Ok(Err(error)) => return explain(&error, &connect),
        Err(_) => format!("no answer from {} within {} ms", place(&connect), DIAGNOSIS.as_millis()),
    };
    Unreachable { why, database: database(&connect), is_configured_so: false }
}

fn database(connect: &PgConnectOptions) -> String {
    connect.get_database().unwrap_or_else(|| connect.get_username()).to_owned()
}

fn place(connect: &PgConnectOptions) -> String {
    match connect.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", connect.get_host(), connect.get_port()),
    }
}

fn explain(error: &sqlx::Error, connect: &PgConnectOptions) -> Unreachable {
    let (place, user, database) = (place(connect), connect.get_username(), database(connect));
    let code = state(error);
    let (why, is_configured_so) = match (code.as_deref(), error) {
        (Some("28000" | "28P01"), _) => {
            (format!("{place} does not let the user {user} in: check user and password ({error})"), true)
        }
        (Some("3D000"), _) => {
            (format!("{place} has no database {database}: create it or correct the name"), true)
        }
        (Some("53300"), _) => {
            (format!("{place} has no connection left: raise its max_connections or close others"), false)
        }
        (Some("57P03"), _) => (format!("{place} is starting or stopping"), false),
        (None, sqlx::Error::Io(io)) if io.kind() == ErrorKind::ConnectionRefused => {
            (format!("connection refused at {place}: is PostgreSQL running there?"), false)
        }
        (_, error) => (format!("cannot connect to {place}: {error}"), false),
    };
    Unreachable { why, database, is_configured_so }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    #[test]
    fn a_refusal_names_the_place_and_never_the_password() {
        let connect =
            PgConnectOptions::from_str("postgres://ada:secret@db.example:5433/weft").expect("a URL");
        let refused = sqlx::Error::Io(ErrorKind::ConnectionRefused.into());
        let explained = explain(&refused, &connect);
        assert_eq!(explained.why, "connection refused at db.example:5433: is PostgreSQL running there?");
        assert!(!explain(&sqlx::Error::PoolClosed, &connect).why.contains("secret"));
    }
}
