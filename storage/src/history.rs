//! Reading a document's past: its updates in their total order, and what there was at a moment.
//!
//! The *ordering time* of an update is when it was received, but never less than that of the update before it of the same
//! writer: a clock that stepped back counts as standing still. Updates are ordered by (ordering time, writer, seq), which
//! keeps every writer's own order. What there was at a moment is every update whose ordering time is at or before it, so of
//! each writer it is a range from 1: a [`Frontier`].

use async_trait::async_trait;
use weft_protocol::ids::{DocumentId, Seq, WriterId};

use crate::{DocumentRow, Frontier, SnapshotId, SnapshotRow, StoreError, StoredSnapshot, StoredUpdate};

mod ordered;

pub use ordered::{Ordered, OrderedUpdates};

/// What there was at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Of every writer, the updates up to the moment.
    pub frontier: Frontier,
    /// The greatest ordering time among those that were looked at; none if nothing was.
    pub last_ms: Option<i64>,
}

/// The first update of a writer above a frontier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Who numbered it.
    pub writer: WriterId,
    /// Its number.
    pub seq: Seq,
    /// When it was received, in Unix milliseconds.
    pub received_at_ms: i64,
}

/// A range of one writer's updates and how much of it to read at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Whose updates.
    pub writer: WriterId,
    /// Only those with higher numbers.
    pub above: Seq,
    /// The last number wanted.
    pub up_to: Seq,
    /// Most rows to return, at least 1.
    pub rows_max: u32,
    /// The row with which the payloads reach this many bytes is the last one.
    pub bytes_max: u32,
}

/// A minute of the clock in which a document was edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActiveMinute {
    /// When the first update of it was received, in Unix milliseconds.
    pub first_ms: i64,
    /// When the last one was.
    pub last_ms: i64,
}

/// What a database tells of a document's past.
#[async_trait]
pub trait History {
    /// Returns what there was at `at_ms`, for somebody who knows that everything at or below `above` was there: numbers and
    /// times of the updates above that are read, by writer, up to the first one that is later.
    ///
    /// # Errors
    /// Only those of every method.
    async fn reach_at(&self, id: DocumentId, above: &Frontier, at_ms: i64) -> Result<Reach, StoreError>;

    /// Returns the first update above `above` of every writer that has one, by writer; without payloads.
    ///
    /// # Errors
    /// [`StoreError::Gap`] if the numbering does not go on right above the frontier.
    async fn heads(&self, id: DocumentId, above: &Frontier) -> Result<Vec<Head>, StoreError>;

    /// Reads the beginning of a stretch of one writer's updates, ascending; of a stretch that is not empty at least one row.
    ///
    /// # Errors
    /// [`StoreError::Gap`] if numbers are missing.
    async fn stretch(&self, id: DocumentId, stretch: Stretch) -> Result<Vec<StoredUpdate>, StoreError>;

    /// Returns the usable snapshot that contains most among those that contain nothing outside of `reach` and were taken at
    /// or before `at_ms`. The time counts as well because the state of a snapshot may hold more than its frontier says, where
    /// a stored update was put aside; what was received later it cannot hold. One that turns out broken is quarantined, and
    /// the next one is taken.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] as for [`Store::load`](crate::Store::load).
    async fn snapshot_within(
        &self,
        id: DocumentId,
        reach: &Frontier,
        at_ms: i64,
    ) -> Result<Option<StoredSnapshot>, StoreError>;

    /// Returns the minutes in which the document was edited before `before_ms`, newest first, at most `rows_max`.
    ///
    /// # Errors
    /// Only those of every method.
    async fn active_minutes(
        &self,
        id: DocumentId,
        before_ms: i64,
        rows_max: u32,
    ) -> Result<Vec<ActiveMinute>, StoreError>;

    /// Returns the description of one snapshot of a document.
    ///
    /// # Errors
    /// Only those of every method.
    async fn snapshot_row(
        &self,
        document: DocumentId,
        id: SnapshotId,
    ) -> Result<Option<SnapshotRow>, StoreError>;

    /// Reads one snapshot and says what is wrong with it, if something is, without putting it into quarantine; none if there is no
    /// such snapshot of this document.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] as for [`Store::load`](crate::Store::load).
    async fn inspect_snapshot(
        &self,
        document: DocumentId,
        id: SnapshotId,
    ) -> Result<Option<Result<StoredSnapshot, String>>, StoreError>;

    /// Lists documents behind an identity, deleted ones included, in the order of their identities.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if a row holds what no build writes.
    async fn every_document(
        &self,
        behind: Option<DocumentId>,
        rows_max: u32,
    ) -> Result<Vec<DocumentRow>, StoreError>;

    /// Gives another label to a version that people made.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if the document has no such version, automatic snapshots included.
    async fn rename_snapshot(
        &self,
        document: DocumentId,
        id: SnapshotId,
        label: &str,
    ) -> Result<(), StoreError>;

    /// Deletes a named version that is not in quarantine. No update is lost with it: the journal has them all.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if the document has no such version.
    async fn delete_snapshot(&self, document: DocumentId, id: SnapshotId) -> Result<(), StoreError>;
}
