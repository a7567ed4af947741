//! Identities that travel between crates, nodes and the database.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Longest document name in bytes of UTF-8.
pub const DOCUMENT_NAME_BYTES_MAX: usize = 512;

/// Identity of a document: the first 16 bytes of SHA-256 of its name.
///
/// Derived, not assigned, so that every node knows it without asking the database first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DocumentId(pub [u8; 16]);

impl DocumentId {
    /// Returns the identity of the document called `name`.
    #[must_use]
    pub fn of(name: &DocumentName) -> Self {
        let digest = Sha256::digest(name.0.as_bytes());
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        Self(id)
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DocumentId({self})")
    }
}

/// A document's name as users and clients say it; may contain slashes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct DocumentName(String);

/// Why a string is not a document name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// The name has no characters.
    #[error("the document name is empty")]
    Empty,
    /// The name is longer than [`DOCUMENT_NAME_BYTES_MAX`].
    #[error("the document name has {bytes} bytes, at most {DOCUMENT_NAME_BYTES_MAX} are allowed")]
    TooLong {
        /// Length found, in bytes.
        bytes: usize,
    },
    /// The name has a control character (PostgreSQL stores no NUL, terminals obey the others).
    #[error("the document name has a control character at byte {at}")]
    Control {
        /// Position in bytes.
        at: usize,
    },
}

impl DocumentName {
    /// Checks and takes a name.
    ///
    /// # Errors
    /// [`BadName`] for an empty or overlong name and for control characters.
    pub fn new(name: impl Into<String>) -> Result<Self, BadName> {
        let name = name.into();
        if name.is_empty() {
            return Err(BadName::Empty);
        }
        if name.len() > DOCUMENT_NAME_BYTES_MAX {
            return Err(BadName::TooLong { bytes: name.len() });
        }
        if let Some((at, _)) = name.char_indices().find(|(_, c)| c.is_control()) {
            return Err(BadName::Control { at });
        }
        Ok(Self(name))
    }

    /// Returns the name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DocumentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One incarnation of one process: a fresh random number at each start, never zero, below 2^63 so that SQL's
/// signed 64-bit integers hold it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct WriterId(pub u64);

/// Dense number of an update, per document and writer, from 1.
pub type Seq = u64;

/// One socket's attachment to one document, unique within a process.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SessionId(pub u64);

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s{}", self.0)
    }
}

/// The author number inside Yjs updates and awareness (below 2^53).
pub type ClientId = u64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_slashes_and_refuse_control_characters() {
        assert_eq!(DocumentName::new("team/notes é").expect("legal").as_str(), "team/notes é");
        assert_eq!(DocumentName::new(""), Err(BadName::Empty));
        assert_eq!(DocumentName::new("a\0b"), Err(BadName::Control { at: 1 }));
        assert_eq!(DocumentName::new("x".repeat(513)), Err(BadName::TooLong { bytes: 513 }));
    }

    #[test]
    fn ids_differ_by_name_and_are_stable() {
        let id = |name: &str| DocumentId::of(&DocumentName::new(name).expect("legal"));
        assert_eq!(id("a").to_string(), "ca978112ca1bbdcafac231b39a23dc4d");
        assert_ne!(id("a"), id("b"));
    }
}
