//! Where a server under test keeps its documents.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of one test's own, removed when dropped.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Creates an empty folder that other users may enter, as PostgreSQL must.
    pub fn new(purpose: &str) -> Scratch {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let unique =
            format!("weft-{purpose}-{}-{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(unique);
        std::fs::create_dir_all(&path).expect("the folder for temporary files is writable");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("the folder is ours");
        Scratch(path)
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("cannot remove {}: {error}", self.0.display());
        }
    }
}

/// The store of one server, surviving its restarts.
#[derive(Debug)]
pub struct Store {
    scratch: Scratch,
    url: String,
}

impl Store {
    /// SQLite in a folder of its own.
    pub fn sqlite() -> Store {
        let scratch = Scratch::new("sqlite");
        let url = format!("sqlite://{}", scratch.path().join("weft.db").display());
        Store { scratch, url }
    }

    /// A database of its own on the shared PostgreSQL.
    pub fn postgres() -> Store {
        Store::at(crate::postgres::fresh_database())
    }

    /// The database at `url`, which the caller looks after.
    pub fn at(url: String) -> Store {
        Store { scratch: Scratch::new("store"), url }
    }

    /// What `--database` is given.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The working folder of the server.
    pub fn folder(&self) -> &Path {
        self.scratch.path()
    }
}
