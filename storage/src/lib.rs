//! The durable journal and the snapshots of every document.
//!
//! **Durable** means: the transaction that holds the row has committed on a store that flushes at commit. For PostgreSQL that
//! is `synchronous_commit` other than `off` on a server with `fsync` on, for SQLite it is WAL with `synchronous = FULL`. The
//! in-memory store is durable only against what a test does to it. Nothing here answers `Ok` to a write earlier than that.
//!
//! - [`Store`] is what the server needs from a database.
//! - [`Journal`](journal::Journal) groups the appends of all documents into commits; [`JournalHandle`](journal::JournalHandle)
//!   runs it.
//! - [`Frontier`] says which updates a snapshot contains.
//! - [`History`] is what a database tells of a document's past, [`OrderedUpdates`] reads it from beginning to end.
//! - [`Links`] remembers the share links of documents.
//! - [`Thinning`] puts merged rows in the place of old ones.

use async_trait::async_trait;
use bytes::Bytes;
use weft_protocol::ids::DocumentId;

mod activity;
mod author;
mod blob;
#[cfg(feature = "contract")]
pub mod contract;
mod document;
mod error;
mod frontier;
mod history;
pub mod journal;
mod link;
pub mod memory;
mod open;
mod options;
pub mod postgres;
mod revocation;
mod rows;
mod snapshot;
pub mod sqlite;
mod stored;
mod thinning;
mod update;

pub use author::AuthorRow;
pub use blob::{BLOB_PIECE_BYTES, BadHash, BlobBounds, BlobHash, BlobRow, BlobSaved, BlobType, NewBlob};
pub use document::{
    ACTIVITY_RESOLUTION_MS, BadCursor, DOCUMENT_PAGE_MAX, DocumentChange, DocumentCursor, DocumentKind,
    DocumentPage, DocumentQuery, DocumentRow, NewDocument,
};
pub use error::StoreError;
pub use frontier::{BadFrontier, FRONTIER_BYTES_MAX, Frontier};
pub use history::{ActiveMinute, Head, History, Ordered, OrderedUpdates, Reach, Stretch};
pub use link::{LinkRow, LinkSaved, Links};
pub use open::{open, open_with};
pub use options::StoreOptions;
pub use revocation::{REVOKED_VALUE_BYTES_MAX, Revocation, Revoked};
pub use snapshot::{
    NewSnapshot, SNAPSHOT_PAGE_MAX, SnapshotId, SnapshotKind, SnapshotQuery, SnapshotRow, SnapshotSaved,
    StoredSnapshot, VersionBounds,
};
pub use stored::Stored;
pub use thinning::{MergedPart, MergedRow, Thinned, Thinning};
pub use update::{Append, Merged, StoredUpdate};

/// A database of documents, as one process incarnation (one [`WriterId`](weft_protocol::ids::WriterId)) uses it.
///
/// Every method may fail with [`StoreError::Unavailable`]; the call can then be repeated, also a write whose outcome is
/// unknown. Every future may be dropped: what it had begun is rolled back or, if the commit was under way, is either wholly
/// there or wholly absent. Time always comes from the caller.
#[async_trait]
pub trait Store: History + Thinning + Links + Send + Sync + 'static {
    /// Brings the schema up to date. Several processes may do so at once.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] if the schema was made by a newer or a different build.
    async fn migrate(&self) -> Result<(), StoreError>;

    /// Makes one round trip to the database.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if it does not answer in time.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Closes all connections once what they are doing is done. `SQLite`'s write-ahead log is in the file then, so that a
    /// copy of the file alone holds everything.
    async fn close(&self);

    /// Appends updates of any documents in one transaction; when this returns `Ok`, every one of them is durable.
    ///
    /// Idempotent by (document, writer, seq): repeating an append that had reached the database changes nothing. Creates the
    /// rows of documents that do not exist, and moves `updated_at` when it is older than [`ACTIVITY_RESOLUTION_MS`].
    /// Works on soft-deleted documents too; whether to let people edit those is the server's decision.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if a key holds a different payload, [`StoreError::Rejected`] for data the database will never
    /// take; both leave nothing of the batch behind.
    async fn append(&self, batch: &[Append]) -> Result<(), StoreError>;

    /// Reads what a replica is built from: the newest valid snapshot and every update above its frontier, per writer
    /// ascending, writers interleaved by time received. All of it as of one moment.
    ///
    /// A snapshot that fails its checksum or its decoding is quarantined, which is reported, and the generation before it is
    /// used. A document that was never written to is an empty [`Stored`], not an error.
    ///
    /// # Errors
    /// [`StoreError::Gap`] if updates are missing, [`StoreError::TooLarge`] if the snapshot exceeds the configured limit,
    /// [`StoreError::Corrupt`] for other rows that cannot be.
    async fn load(&self, id: DocumentId) -> Result<Stored, StoreError>;

    /// Reads updates above `above`, ordered as in [`Store::load`], the oldest `rows_max` of them. Asking again above the
    /// frontier advanced by what came back pages through a history, and heals a gap on the bus.
    ///
    /// # Errors
    /// [`StoreError::Gap`] if updates are missing.
    async fn updates_above(
        &self,
        id: DocumentId,
        above: &Frontier,
        rows_max: u32,
    ) -> Result<Vec<StoredUpdate>, StoreError>;

    /// Returns the highest committed seq of every writer of the document, by a few index probes per writer.
    ///
    /// # Errors
    /// Only those of every method.
    async fn frontier(&self, id: DocumentId) -> Result<Frontier, StoreError>;

    /// Saves a snapshot that the caller has verified, under a lock on the document's row, and prunes automatic snapshots
    /// older than the generations that are kept. Of what restores made, the oldest give way beyond the bounds; a named version
    /// beyond them is refused. Named and quarantined ones are never pruned.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if the document has no row.
    async fn save_snapshot(&self, snapshot: NewSnapshot) -> Result<SnapshotSaved, StoreError>;

    /// Marks a snapshot as unusable because the caller could not decode it; loading then uses the one before it. A snapshot
    /// that is quarantined already keeps its first reason.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if there is no such snapshot.
    async fn quarantine_snapshot(&self, id: SnapshotId, reason: &str) -> Result<(), StoreError>;

    /// Lists snapshots of a document, newest first.
    ///
    /// # Errors
    /// Only those of every method.
    async fn snapshots(&self, query: SnapshotQuery) -> Result<Vec<SnapshotRow>, StoreError>;

    /// Reads one snapshot; none if there is no such snapshot of this document or it is quarantined.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if it fails its checksum or decoding, in which case it has been quarantined.
    async fn snapshot(
        &self,
        document: DocumentId,
        id: SnapshotId,
    ) -> Result<Option<StoredSnapshot>, StoreError>;

    /// Lists documents that are not deleted, newest activity first.
    ///
    /// # Errors
    /// Only those of every method.
    async fn documents(&self, query: DocumentQuery) -> Result<DocumentPage, StoreError>;

    /// Reads a document's row, soft-deleted or not.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if the row holds what no build writes.
    async fn document(&self, id: DocumentId) -> Result<Option<DocumentRow>, StoreError>;

    /// Creates a document before its first edit.
    ///
    /// # Errors
    /// [`StoreError::Exists`] if the name is taken, also by a soft-deleted document.
    async fn create_document(&self, document: NewDocument) -> Result<DocumentRow, StoreError>;

    /// Changes a document's title, kind or both, and returns its row.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if there is no such document.
    async fn change_document(
        &self,
        id: DocumentId,
        change: DocumentChange,
    ) -> Result<DocumentRow, StoreError>;

    /// Marks a document as deleted at `at_ms`; its updates and snapshots stay. Deleting twice keeps the first moment.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if there is no such document.
    async fn delete_document(&self, id: DocumentId, at_ms: i64) -> Result<(), StoreError>;

    /// Takes back a deletion, if there was one.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if there is no such document.
    async fn undelete_document(&self, id: DocumentId) -> Result<(), StoreError>;

    /// Remembers who stands behind client ids, of any documents in one transaction. The first user of a client id stays its
    /// user: a row that names another changes nothing but `first_seen`, which is the earliest. Of the same user the later name
    /// and colour win, unless they are empty.
    ///
    /// # Errors
    /// [`StoreError::Rejected`] for a client id of 2^63 or more.
    async fn record_authors(&self, authors: &[AuthorRow]) -> Result<(), StoreError>;

    /// Returns who stands behind the client ids of a document, by client id.
    ///
    /// # Errors
    /// Only those of every method.
    async fn authors(&self, id: DocumentId) -> Result<Vec<AuthorRow>, StoreError>;

    /// Stores an image of a document under the hash of its bytes, and creates the document's row if it is absent. Idempotent:
    /// a blob that is there already is left as it is, whatever the bounds. When this returns [`BlobSaved::Stored`] or
    /// [`BlobSaved::Known`], it is durable.
    ///
    /// # Errors
    /// Only those of every method; a blob beyond the bounds is an outcome.
    async fn save_blob(&self, blob: NewBlob, bounds: BlobBounds) -> Result<BlobSaved, StoreError>;

    /// Reads a blob's row; none if the document has no such blob or is soft-deleted.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if the row holds what no build writes.
    async fn blob(&self, document: DocumentId, hash: BlobHash) -> Result<Option<BlobRow>, StoreError>;

    /// Reads a piece of a blob, counted from 0: [`BLOB_PIECE_BYTES`], of the last what remains.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if there is no such piece.
    async fn blob_piece(&self, document: DocumentId, hash: BlobHash, piece: u32)
    -> Result<Bytes, StoreError>;

    /// Revokes access and drops revocations that have expired by `revoked_at_ms`, which is the present moment. Idempotent:
    /// of two revocations of one subject the later moment and the later expiry hold.
    ///
    /// # Errors
    /// [`StoreError::Rejected`] for an id of no or of too many bytes or with NUL, and when the most revocations there may be are in
    /// force: none of them is forgotten for a new one.
    async fn revoke(&self, revocation: Revocation) -> Result<(), StoreError>;

    /// Returns the revocations that have not expired by `now_ms`, newest first.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if a row holds what no build writes.
    async fn revocations(&self, now_ms: i64) -> Result<Vec<Revocation>, StoreError>;
}
