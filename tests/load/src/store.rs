//! A fresh store for each server: a directory for SQLite, a database for PostgreSQL.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::clock;
use crate::failure::{Doing, Failure, Outcome};

/// Which kind of store a measurement runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreKind {
    /// None: a peer brings its own, or has none.
    None,
    /// A file in a fresh directory.
    Sqlite,
    /// A fresh database on the server that the URL names.
    Postgres(String),
}

impl StoreKind {
    /// Reads `sqlite`, `postgres`, or a PostgreSQL URL.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "sqlite" => Ok(Self::Sqlite),
            "postgres" => Ok(Self::Postgres("postgres://postgres@127.0.0.1:5432/postgres".to_owned())),
            url if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Ok(Self::Postgres(url.to_owned()))
            }
            other => Err(format!("{other}: give sqlite, postgres, or postgres://user@host/database")),
        }
    }

    /// Returns the name for tables.
    pub fn name(&self) -> &'static str {
        match self {
            Self::None => "-",
            Self::Sqlite => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }
}

/// A store that exists for one server; it goes with this value.
#[derive(Debug)]
pub struct Store {
    /// What `--database` is given.
    pub url: String,
    /// For the server's log, and the database where it is a file.
    pub directory: PathBuf,
    postgres: Option<(String, String)>,
}

impl Store {
    /// Creates an empty store.
    ///
    /// # Errors
    /// No directory, or no database, to be had.
    pub fn create(kind: &StoreKind) -> Outcome<Self> {
        let name = format!("weft_load_{}_{}", std::process::id(), clock::now());
        let directory = std::env::temp_dir().join(&name);
        fs::create_dir(&directory).doing("create a directory for the store")?;
        match kind {
            StoreKind::None => Ok(Self { url: String::new(), directory, postgres: None }),
            StoreKind::Sqlite => {
                let url = format!("sqlite://{}", directory.join("weft.db").display());
                Ok(Self { url, directory, postgres: None })
            }
            StoreKind::Postgres(admin) => {
                psql(admin, &format!("CREATE DATABASE {name}"))?;
                Ok(Self {
                    url: with_database(admin, &name),
                    directory,
                    postgres: Some((admin.clone(), name)),
                })
            }
        }
    }

    /// Returns where the server's log goes.
    pub fn log(&self) -> PathBuf {
        self.directory.join("server.log")
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Some((admin, name)) = &self.postgres
            && let Err(failure) = psql(admin, &format!("DROP DATABASE {name} WITH (FORCE)"))
        {
            eprintln!("{failure}");
        }
        if let Err(error) = fs::remove_dir_all(&self.directory) {
            eprintln!("remove {}: {error}", self.directory.display());
        }
    }
}

/// Runs one statement with PostgreSQL's own client: creating a database is all that is needed of SQL here.
fn psql(url: &str, statement: &str) -> Outcome<()> {
    let done = Command::new("psql")
        .args(["--no-psqlrc", "--quiet", "--dbname", url, "--command", statement])
        .stdout(Stdio::null())
        .output()
        .doing("run psql")?;
    if done.status.success() {
        return Ok(());
    }
    Err(Failure::Unexpected(format!("{statement}: {}", String::from_utf8_lossy(&done.stderr).trim())))
}

/// Replaces the database in a PostgreSQL URL.
fn with_database(url: &str, name: &str) -> String {
    let (address, query) = url.split_once('?').map_or((url, None), |(address, query)| (address, Some(query)));
    let authority_start = address.find("://").map_or(0, |at| at + 3);
    let authority_end = address[authority_start..].find('/').map_or(address.len(), |at| authority_start + at);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}/{name}{query}", &address[..authority_end])
}

/// Returns the last lines of a log, for the message that something went wrong.
pub fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(8)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_of_a_url_is_replaced() {
        assert_eq!(
            with_database("postgres://u:p@h:5/postgres?sslmode=disable", "x"),
            "postgres://u:p@h:5/x?sslmode=disable"
        );
        assert_eq!(with_database("postgres://h", "x"), "postgres://h/x");
    }

    #[test]
    fn a_store_is_named_by_word_or_url() {
        assert_eq!(StoreKind::parse("sqlite"), Ok(StoreKind::Sqlite));
        assert!(StoreKind::parse("postgres://h/d").is_ok() && StoreKind::parse("mysql://h").is_err());
    }
}
