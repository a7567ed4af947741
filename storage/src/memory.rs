//! A store for simulations and tests: deterministic, without clock or randomness, with faults on request.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use weft_protocol::ids::{DocumentId, Seq, WriterId};

use crate::Store;
use crate::author::AuthorRow;
use crate::blob::{BlobBounds, BlobHash, BlobRow, BlobSaved, NewBlob};
use crate::document::{DocumentChange, DocumentPage, DocumentQuery, DocumentRow, NewDocument};
use crate::error::StoreError;
use crate::frontier::Frontier;
use crate::options::StoreOptions;
use crate::revocation::Revocation;
use crate::snapshot::envelope::{Sealed, Verdict};
use crate::snapshot::{NewSnapshot, SnapshotId, SnapshotQuery, SnapshotRow, SnapshotSaved, StoredSnapshot};
use crate::stored::Stored;
use crate::update::{Append, StoredUpdate, check_dense, cut, interleave};

mod faults;
mod history;
mod links;
mod tables;
mod thinning;

pub use faults::Faults;
use faults::{Strike, unavailable};
use tables::Tables;

/// A database in memory. Clones share it; what is written survives as long as one of them does, which is how a test
/// restarts a server on the same data.
#[derive(Clone, Debug)]
pub struct MemoryStore {
    tables: Arc<Mutex<Tables>>,
    faults: Arc<Faults>,
    writer: WriterId,
    options: StoreOptions,
}

impl MemoryStore {
    /// Makes an empty database as `writer` uses it.
    #[must_use]
    pub fn new(writer: WriterId) -> Self {
        Self { tables: Arc::default(), faults: Arc::default(), writer, options: StoreOptions::default() }
    }

    /// Returns the same database as another process incarnation uses it.
    #[must_use]
    pub fn with_writer(&self, writer: WriterId) -> Self {
        Self { writer, ..self.clone() }
    }

    /// Returns the same database under other bounds.
    #[must_use]
    pub fn with_options(&self, options: StoreOptions) -> Self {
        Self { options, ..self.clone() }
    }

    /// Returns the switches that make calls fail.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Returns every committed update in key order, for oracles.
    #[must_use]
    pub fn all_updates(&self) -> Vec<(DocumentId, StoredUpdate)> {
        self.tables().all_updates()
    }

    /// Flips a bit in the stored state of a snapshot; returns whether there is such a snapshot.
    #[must_use]
    pub fn corrupt_snapshot(&self, id: SnapshotId) -> bool {
        self.tables().corrupt(id)
    }

    /// Deletes a committed update, which nothing in the server ever does; returns whether there was one.
    #[must_use]
    pub fn lose_update(&self, document: DocumentId, writer: WriterId, seq: Seq) -> bool {
        self.tables().lose_update(document, writer, seq)
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn write<T>(
        &self,
        change: impl FnOnce(&mut Tables) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.faults.pass().await;
        match self.faults.strike_write() {
            Strike::Never => change(&mut self.tables()),
            Strike::Before => Err(unavailable("a commit fails on request")),
            Strike::After => {
                change(&mut self.tables())?;
                Err(unavailable("the reply to a commit is lost on request"))
            }
        }
    }

    async fn read<T>(&self, look: impl FnOnce(&Tables) -> T) -> Result<T, StoreError> {
        self.faults.pass().await;
        self.faults.strike_read()?;
        Ok(look(&self.tables()))
    }

    fn load_now(&self, tables: &mut Tables, id: DocumentId) -> Result<Stored, StoreError> {
        let document = tables.document(id).cloned();
        let deleted = document.as_ref().is_some_and(|row| row.deleted_at_ms.is_some());
        let mut stored = Stored { document, deleted, ..Stored::default() };
        for candidate in tables.candidates(id) {
            let candidate_id = candidate.id;
            match candidate.open(id, self.options.snapshot_decoded_bytes_max)? {
                Verdict::Valid(snapshot) => {
                    stored.snapshot = Some(snapshot);
                    break;
                }
                Verdict::Broken(reason) => {
                    tables.quarantine(candidate_id, &reason)?;
                    stored.quarantined.push((candidate_id, reason));
                }
            }
        }
        let above = stored.frontier();
        stored.updates = tables.updates_above(id, &above, usize::MAX);
        check_dense(id, &above, &stored.updates)?;
        stored.updates = interleave(stored.updates);
        Ok(stored)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn migrate(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.read(|_| ()).await
    }

    async fn close(&self) {}

    async fn append(&self, batch: &[Append]) -> Result<(), StoreError> {
        self.faults.pass().await;
        if let Some(append) = batch.iter().find(|append| self.faults.is_rejected(append.document)) {
            let why = "rejected on request".into();
            return Err(StoreError::Rejected { table: "updates", key: append.key(self.writer), why });
        }
        self.write(|tables| tables.append(self.writer, batch)).await
    }

    async fn load(&self, id: DocumentId) -> Result<Stored, StoreError> {
        self.read(|_| ()).await?;
        self.load_now(&mut self.tables(), id)
    }

    async fn updates_above(
        &self,
        id: DocumentId,
        above: &Frontier,
        rows_max: u32,
    ) -> Result<Vec<StoredUpdate>, StoreError> {
        let rows_max = rows_max as usize;
        let updates = self.read(|tables| tables.updates_above(id, above, rows_max)).await?;
        check_dense(id, above, &updates)?;
        let mut updates = interleave(updates);
        cut(&mut updates, rows_max);
        Ok(updates)
    }

    async fn frontier(&self, id: DocumentId) -> Result<Frontier, StoreError> {
        self.read(|tables| tables.frontier(id)).await
    }

    async fn save_snapshot(&self, snapshot: NewSnapshot) -> Result<SnapshotSaved, StoreError> {
        let sealed = Sealed::of(snapshot.document, &snapshot.frontier, &snapshot.state);
        let generations = self.options.generations_kept();
        self.write(|tables| tables.save_snapshot(snapshot, sealed, generations)).await
    }

    async fn quarantine_snapshot(&self, id: SnapshotId, reason: &str) -> Result<(), StoreError> {
        self.write(|tables| tables.quarantine(id, reason)).await
    }

    async fn snapshots(&self, query: SnapshotQuery) -> Result<Vec<SnapshotRow>, StoreError> {
        self.read(|tables| tables.snapshots(query)).await
    }

    async fn snapshot(
        &self,
        document: DocumentId,
        id: SnapshotId,
    ) -> Result<Option<StoredSnapshot>, StoreError> {
        let Some(found) = self.read(|tables| tables.snapshot(document, id)).await? else {
            return Ok(None);
        };
        match found.open(document, self.options.snapshot_decoded_bytes_max)? {
            Verdict::Valid(snapshot) => Ok(Some(snapshot)),
            Verdict::Broken(why) => {
                self.tables().quarantine(id, &why)?;
                Err(StoreError::Corrupt { table: "snapshots", key: id.0.to_string(), why })
            }
        }
    }

    async fn documents(&self, query: DocumentQuery) -> Result<DocumentPage, StoreError> {
        let rows = self.read(|tables| tables.documents(&query)).await?;
        Ok(DocumentPage::of(rows, query.limit_bounded()))
    }

    async fn document(&self, id: DocumentId) -> Result<Option<DocumentRow>, StoreError> {
        self.read(|tables| tables.document(id).cloned()).await
    }

    async fn create_document(&self, document: NewDocument) -> Result<DocumentRow, StoreError> {
        self.write(|tables| tables.create(document)).await
    }

    async fn change_document(
        &self,
        id: DocumentId,
        change: DocumentChange,
    ) -> Result<DocumentRow, StoreError> {
        self.write(|tables| {
            let row = tables.document_mut(id)?;
            row.kind = change.kind.unwrap_or(row.kind);
            if let Some(title) = change.title {
                row.title = title;
            }
            Ok(row.clone())
        })
        .await
    }

    async fn delete_document(&self, id: DocumentId, at_ms: i64) -> Result<(), StoreError> {
        self.write(|tables| {
            tables.document_mut(id)?.deleted_at_ms.get_or_insert(at_ms);
            Ok(())
        })
        .await
    }

    async fn undelete_document(&self, id: DocumentId) -> Result<(), StoreError> {
        self.write(|tables| {
            tables.document_mut(id)?.deleted_at_ms = None;
            Ok(())
        })
        .await
    }

    async fn record_authors(&self, authors: &[AuthorRow]) -> Result<(), StoreError> {
        self.write(|tables| {
            authors.iter().try_for_each(|author| author.checked_client_id().map(drop))?;
            authors.iter().try_for_each(|author| tables.record_author(author))
        })
        .await
    }

    async fn authors(&self, id: DocumentId) -> Result<Vec<AuthorRow>, StoreError> {
        self.read(|tables| tables.authors(id)).await
    }

    async fn save_blob(&self, blob: NewBlob, bounds: BlobBounds) -> Result<BlobSaved, StoreError> {
        self.write(|tables| tables.save_blob(blob, bounds)).await
    }

    async fn blob(&self, document: DocumentId, hash: BlobHash) -> Result<Option<BlobRow>, StoreError> {
        self.read(|tables| tables.blob(document, hash)).await
    }

    async fn blob_piece(
        &self,
        document: DocumentId,
        hash: BlobHash,
        piece: u32,
    ) -> Result<Bytes, StoreError> {
        self.read(|tables| tables.blob_piece(document, hash, piece)).await?
    }

    async fn revoke(&self, revocation: Revocation) -> Result<(), StoreError> {
        self.write(|tables| tables.revoke(revocation, self.options.revocations_max)).await
    }

    async fn revocations(&self, now_ms: i64) -> Result<Vec<Revocation>, StoreError> {
        self.read(|tables| tables.revocations(now_ms)).await
    }
}
