//! What can go wrong between the server and its rows.

use weft_protocol::ids::{DocumentId, Seq, WriterId};

/// Why a store did not do what it was asked.
///
/// Every variant that concerns a row blames its table and key. The variants are cheap to clone because one failed commit
/// is reported to every document that waited for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The store cannot be reached, is busy, or did not answer in time. The outcome of a write is **unknown**: it must be
    /// repeated under the same keys.
    #[error("the store is unavailable: {why}")]
    Unavailable {
        /// What the driver said.
        why: String,
    },
    /// A row with this key exists and holds a different payload. Nothing of the batch was written.
    #[error("updates({document}, writer {}, seq {seq}) already holds a different payload", writer.0)]
    Conflict {
        /// The document of the row.
        document: DocumentId,
        /// The writer of the row.
        writer: WriterId,
        /// The number of the row.
        seq: Seq,
    },
    /// A row exists but cannot be what was written.
    #[error("{table}({key}) is corrupt: {why}")]
    Corrupt {
        /// Table of the row.
        table: &'static str,
        /// Primary key of the row.
        key: String,
        /// What does not add up.
        why: String,
    },
    /// Updates of a writer are missing above the frontier of the snapshot. Loading around them would lose edits.
    #[error("updates({document}, writer {}) lack seq {missing_from} to {missing_to}", writer.0)]
    Gap {
        /// The document that cannot be loaded.
        document: DocumentId,
        /// The writer whose numbering is broken.
        writer: WriterId,
        /// First number that is absent.
        missing_from: Seq,
        /// Last number that is absent.
        missing_to: Seq,
    },
    /// A snapshot decodes to more than the configured limit; it is intact and stays in use once the limit is raised.
    #[error("snapshots({key}) decodes to more than {bytes_max} bytes")]
    TooLarge {
        /// Primary key of the snapshot.
        key: String,
        /// The limit in force, in bytes.
        bytes_max: usize,
    },
    /// A document of this name exists, perhaps soft-deleted.
    #[error("documents({name}) exists")]
    Exists {
        /// The name asked for.
        name: String,
    },
    /// The row that was to be changed does not exist.
    #[error("{table}({key}) does not exist")]
    Missing {
        /// Table of the row.
        table: &'static str,
        /// Primary key of the row.
        key: String,
    },
    /// The store refuses this data for good, whatever is tried again. Nothing of the batch was written.
    #[error("{table}({key}) was rejected: {why}")]
    Rejected {
        /// Table of the row.
        table: &'static str,
        /// Primary key of the row, or what of it is known.
        key: String,
        /// What the driver or the check said.
        why: String,
    },
    /// The database named in the configuration cannot be used as it is; found when opening.
    #[error("the database {what} is unusable: {why}")]
    Unusable {
        /// Which database, without credentials.
        what: String,
        /// What is wrong and how to mend it.
        why: String,
    },
}

impl StoreError {
    /// Returns whether the same call may succeed later; for a write, whether its outcome is unknown.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    /// Returns the document that a failed append is to be blamed on, where the error knows it.
    #[must_use]
    pub fn blamed_document(&self) -> Option<DocumentId> {
        match self {
            Self::Conflict { document, .. } | Self::Gap { document, .. } => Some(*document),
            Self::Unavailable { .. }
            | Self::Corrupt { .. }
            | Self::TooLarge { .. }
            | Self::Exists { .. }
            | Self::Missing { .. }
            | Self::Rejected { .. }
            | Self::Unusable { .. } => None,
        }
    }
}
