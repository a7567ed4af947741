//! Snapshots: an encoding equal to folding everything at or below a frontier.

use bytes::Bytes;
use weft_protocol::ids::DocumentId;

use crate::frontier::Frontier;

pub(crate) mod envelope;

/// Most rows one listing of snapshots holds.
pub const SNAPSHOT_PAGE_MAX: u32 = 200;

/// Number of a snapshot in its store; later snapshots of a document have higher ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SnapshotId(pub i64);

/// Why a snapshot was taken, which decides whether it may be pruned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SnapshotKind {
    /// By the server, to keep loading short. Old ones are pruned.
    Auto,
    /// By a person, as a version with a label. Never pruned.
    Named,
    /// By a restore, as the version it made. The oldest give way when there are more than [`VersionBounds`] allow.
    Restore,
}

impl SnapshotKind {
    /// Returns the word used in the database and in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Named => "named",
            Self::Restore => "restore",
        }
    }

    /// Returns the kind of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Auto, Self::Named, Self::Restore].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A snapshot to be saved. The caller has verified it by decoding it into a fresh replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSnapshot {
    /// The document, whose row must exist.
    pub document: DocumentId,
    /// Unix milliseconds.
    pub taken_at_ms: i64,
    /// What the state contains.
    pub frontier: Frontier,
    /// Whole state, Yjs update format v1, uncompressed.
    pub state: Bytes,
    /// Why it was taken.
    pub kind: SnapshotKind,
    /// What a person called it.
    pub label: Option<String>,
    /// Who asked for it.
    pub author: Option<String>,
    /// What versions of its kind may be together; automatic snapshots have their own bound.
    pub bounds: VersionBounds,
}

/// What the versions of one kind may be together in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionBounds {
    /// How many there may be; the two newest that restores made stay in any case.
    pub versions_max: u32,
    /// Their bytes at rest together.
    pub bytes_max: u64,
}

impl Default for VersionBounds {
    fn default() -> Self {
        Self { versions_max: 1_000, bytes_max: 1 << 30 }
    }
}

impl VersionBounds {
    /// Says why one more named version is refused, if it is.
    pub(crate) fn refusal(self, held: HeldVersions, new_bytes: usize) -> Option<SnapshotSaved> {
        if held.versions >= u64::from(self.versions_max) {
            Some(SnapshotSaved::TooMany)
        } else if held.bytes.saturating_add(new_bytes as u64) > self.bytes_max {
            Some(SnapshotSaved::TooLarge)
        } else {
            None
        }
    }
}

/// The named versions a document has when another one comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HeldVersions {
    pub(crate) versions: u64,
    pub(crate) bytes: u64,
}

/// After a restore the version before it and the one it made stay.
pub(crate) const RESTORES_KEPT_MIN: u32 = 2;

/// What became of a snapshot that was to be saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotSaved {
    /// It is durable under this number.
    Stored(SnapshotId),
    /// It was skipped: this valid snapshot contains as much or more. Only automatic snapshots are ever skipped.
    Stale {
        /// The snapshot that covers it.
        covered_by: SnapshotId,
    },
    /// The document has as many named versions as it may; nothing changed.
    TooMany,
    /// The document's named versions would have more bytes together than they may; nothing changed.
    TooLarge,
}

/// A snapshot without its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotRow {
    /// Its number.
    pub id: SnapshotId,
    /// Its document.
    pub document: DocumentId,
    /// Unix milliseconds.
    pub taken_at_ms: i64,
    /// Why it was taken.
    pub kind: SnapshotKind,
    /// What a person called it.
    pub label: Option<String>,
    /// Who asked for it.
    pub author: Option<String>,
    /// Bytes at rest, compressed.
    pub stored_bytes: u64,
    /// Why it must not be used, if it was found broken.
    pub quarantined: Option<String>,
}

/// A snapshot as read back, checksum and envelope verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSnapshot {
    /// Its number.
    pub id: SnapshotId,
    /// Unix milliseconds.
    pub taken_at_ms: i64,
    /// What the state contains.
    pub frontier: Frontier,
    /// Whole state, Yjs update format v1, uncompressed.
    pub state: Bytes,
}

/// Which snapshots to list: newest first, quarantined ones included and marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotQuery {
    /// Of which document.
    pub document: DocumentId,
    /// Whether to list automatic ones too, or only versions that people made.
    pub with_auto: bool,
    /// Continue below this number.
    pub below: Option<SnapshotId>,
    /// Rows wanted, 1 to [`SNAPSHOT_PAGE_MAX`]; 0 means 50.
    pub limit: u32,
}

impl SnapshotQuery {
    /// Returns the rows to fetch at most.
    pub(crate) fn limit_bounded(&self) -> u32 {
        match self.limit {
            0 => 50,
            limit => limit.min(SNAPSHOT_PAGE_MAX),
        }
    }
}
