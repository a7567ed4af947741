//! Where an SQLite database is, and whether it can be there.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

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

    /// Creates the file and the folder it is in, and looks at what is there: the driver's own words are "unable to open database file" for
    /// a missing directory, a directory in place of the file, and missing rights alike.
    pub(super) fn prepare(&self) -> Result<(), StoreError> {
        let Self::File(path) = self else { return Ok(()) };
        if path.is_dir() {
            return Err(self.unusable("it is a directory; name a file in it"));
        }
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            self.prepare_folder(parent)?;
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

    /// Creates one folder. Where more are missing, the path is mistyped or a volume is not mounted, and documents written there
    /// would be missed.
    fn prepare_folder(&self, folder: &Path) -> Result<(), StoreError> {
        match fs::create_dir(folder) {
            Ok(()) => Ok(()),
            Err(_) if folder.is_dir() => Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let above = folder.ancestors().skip(1).find(|above| above.is_dir());
                let exists =
                    above.map_or_else(|| "none of it".to_owned(), |above| above.display().to_string());
                Err(self.unusable(format!(
                    "the folder {} does not exist, of its path only {exists}: correct it or create the folder",
                    folder.display()
                )))
            }
            Err(error) => {
                Err(self.unusable(format!("cannot create the folder {}: {error}", folder.display())))
            }
        }
    }
}
