//! Where an SQLite database is, and whether it can be there.

use std::fs::{self, OpenOptions};
use std::io::Read;
use std::path::PathBuf;

use crate::error::StoreError;

/// What every SQLite file starts with.
const HEADER: &[u8; 16] = b"SQLite format 3\0";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Memory,
    File(PathBuf),
}

impl Place {
    /// Reads `sqlite::memory:`, `sqlite://path` or `sqlite:path`; everything behind the scheme is the path as it stands.
    pub(super) fn of(url: &str) -> Result<Self, StoreError> {
        let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).unwrap_or(url);
        match path {
            "" => Err(StoreError::Unusable { what: url.into(), why: "the path is missing".into() }),
            ":memory:" => Ok(Self::Memory),
            path => Ok(Self::File(path.into())),
        }
    }

    pub(super) fn unusable(&self, why: impl Into<String>) -> StoreError {
        let what = match self {
            Self::Memory => "sqlite::memory:".into(),
            Self::File(path) => path.display().to_string(),
        };
        StoreError::Unusable { what, why: why.into() }
    }

    /// Creates directory and file, and looks at what is there: the driver's own words are "unable to open database file" for
    /// a missing directory, a directory in place of the file, and missing rights alike.
    pub(super) fn prepare(&self) -> Result<(), StoreError> {
        let Self::File(path) = self else { return Ok(()) };
        if path.is_dir() {
            return Err(self.unusable("it is a directory; name a file in it"));
        }
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            let why =
                |error| self.unusable(format!("cannot create the directory {}: {error}", parent.display()));
            fs::create_dir_all(parent).map_err(why)?;
        }
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let file = open.map_err(|error| self.unusable(format!("cannot open it for writing: {error}")))?;
        let mut head = Vec::new();
        let read = file.take(HEADER.len() as u64).read_to_end(&mut head);
        read.map_err(|error| self.unusable(format!("cannot read it: {error}")))?;
        if head.is_empty() || head == HEADER {
            return Ok(());
        }
        Err(self.unusable("it is not an SQLite database"))
    }
}
