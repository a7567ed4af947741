//! The way from actors to storage.
//!
//! Connections belong to the runtime they were opened on, and an arbiter's runtime stops whenever its actors work. So
//! storage has a runtime of its own, and everything that waits for the database or blocks runs there.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use weft_protocol::ids::DocumentId;
use weft_storage::journal::{JournalHandle, SLOW_COMMIT_MS};
use weft_storage::{
    AuthorRow, Frontier, NewSnapshot, SnapshotKind, Store, StoreError, Stored, VersionBounds,
};

use crate::document::attribution::AuthorsLost;
use crate::document::event::{Author, LoadFailure, Loaded, StorageState};
use crate::document::loading::{Unreadable, rebuild};
use crate::document::replica::Replica;

/// Longest time a document may take to come from storage.
const LOAD_TIMEOUT: Duration = Duration::from_secs(20);
/// Documents decoded, encoded or verified at once; more only compete for the same cores.
const HEAVY_TASKS_MAX: usize = 4;
/// Attempts to find a snapshot that decodes; two generations are kept.
const LOAD_ATTEMPTS_MAX: usize = 4;

/// The store, the journal, and the runtime both live on.
#[derive(Clone)]
pub struct Durable {
    store: Arc<dyn Store>,
    journal: JournalHandle,
    runtime: Handle,
    heavy: Arc<Semaphore>,
}

impl Durable {
    /// Brings them together.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, journal: JournalHandle, runtime: Handle) -> Self {
        Self { store, journal, runtime, heavy: Arc::new(Semaphore::new(HEAVY_TASKS_MAX)) }
    }

    /// Returns the journal.
    #[must_use]
    pub fn journal(&self) -> &JournalHandle {
        &self.journal
    }

    /// Returns how storage does, as documents are told; without taking a lock while all is well.
    #[must_use]
    pub fn storage_state(&self) -> StorageState {
        if self.journal.overdue_ms() < SLOW_COMMIT_MS {
            return StorageState::Ok;
        }
        StorageState::of(&self.journal.health().state)
    }

    /// Runs a query on the storage runtime. Dropping the returned future does not stop the query.
    ///
    /// # Errors
    /// The store's; a query that panicked counts as [`StoreError::Unavailable`].
    pub async fn query<F, Q, T>(&self, query: Q) -> Result<T, StoreError>
    where
        Q: FnOnce(Arc<dyn Store>) -> F,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
        T: Send + 'static,
    {
        let task = self.runtime.spawn(query(self.store.clone()));
        task.await.unwrap_or_else(|panic| Err(StoreError::Unavailable { why: panic.to_string() }))
    }

    /// Runs work that blocks on the storage runtime's blocking pool.
    ///
    /// # Errors
    /// The text of a panic.
    pub async fn heavy<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, String> {
        let _permit = self.heavy.acquire().await.expect("the semaphore is never closed");
        self.runtime.spawn_blocking(work).await.map_err(|panic| panic.to_string())
    }

    /// Waits until everything of a document that was accepted before is committed.
    ///
    /// # Errors
    /// [`LoadFailure::Away`] if that takes too long.
    pub async fn settled(&self, id: DocumentId) -> Result<(), LoadFailure> {
        let settling = tokio::time::timeout(LOAD_TIMEOUT, self.journal.flushed(id)).await;
        settling.map_err(|_| {
            LoadFailure::Away(format!("nothing was committed within {} s", LOAD_TIMEOUT.as_secs()))
        })
    }

    /// Reads a document, after everything of it that is still in the journal.
    ///
    /// # Errors
    /// [`LoadFailure`]; a document that cannot be read is never an empty one.
    pub async fn fetch(&self, id: DocumentId) -> Result<Stored, LoadFailure> {
        let journal = self.journal.clone();
        let fetching = self.query(move |store| async move {
            journal.flushed(id).await;
            store.load(id).await
        });
        let stored = tokio::time::timeout(LOAD_TIMEOUT, fetching)
            .await
            .map_err(|_| LoadFailure::Away(format!("nothing came within {} s", LOAD_TIMEOUT.as_secs())))?
            .map_err(load_failure)?;
        for (snapshot, why) in &stored.quarantined {
            tracing::error!(document = %id, snapshot = snapshot.0, why, "snapshot quarantined");
        }
        if stored.deleted { Err(LoadFailure::Deleted) } else { Ok(stored) }
    }

    /// Builds a document of what was read; goes back one snapshot for each that does not decode.
    ///
    /// # Errors
    /// [`LoadFailure::Corrupt`] names the row; nothing is overwritten.
    pub async fn rebuild(&self, id: DocumentId, mut stored: Stored) -> Result<Loaded, LoadFailure> {
        for _ in 0..LOAD_ATTEMPTS_MAX {
            let rebuilt = self.heavy(move || rebuild(stored)).await.map_err(LoadFailure::Corrupt)?;
            match rebuilt {
                Ok(loaded) => {
                    for row in &loaded.aside {
                        tracing::error!(document = %id, writer = row.writer.0, seq = row.seq, why = %row.why, "update put aside");
                    }
                    return Ok(loaded);
                }
                Err(Unreadable::Snapshot { id: snapshot, why }) => {
                    tracing::error!(document = %id, snapshot = snapshot.0, %why, "snapshot quarantined");
                    let reason = why.to_string();
                    self.query(
                        move |store| async move { store.quarantine_snapshot(snapshot, &reason).await },
                    )
                    .await
                    .map_err(load_failure)?;
                    stored = self.fetch(id).await?;
                }
                Err(unreadable @ (Unreadable::Nothing(_) | Unreadable::Breaking(_))) => {
                    tracing::error!(document = %id, %unreadable, "document cannot be loaded");
                    return Err(LoadFailure::Corrupt(unreadable.to_string()));
                }
            }
        }
        Err(LoadFailure::Corrupt("no snapshot decodes".to_owned()))
    }

    /// Verifies an encoded state by decoding it, and stores it.
    ///
    /// # Errors
    /// Why it does not count as a snapshot.
    pub async fn save_snapshot(
        &self,
        snapshot: (DocumentId, Frontier, Bytes),
        taken_at_ms: i64,
    ) -> Result<(), String> {
        let (document, frontier, state) = snapshot;
        let verified = state.clone();
        self.heavy(move || Replica::verify_state(&verified)).await?.map_err(|error| error.to_string())?;
        let (kind, label, author) = (SnapshotKind::Auto, None, None);
        let bounds = VersionBounds::default();
        let new = NewSnapshot { document, taken_at_ms, frontier, state, kind, label, author, bounds };
        let saved = self.query(move |store| async move { store.save_snapshot(new).await }).await;
        saved.map(|_| ()).map_err(|error| error.to_string())
    }

    /// Stores who stands behind client ids.
    ///
    /// # Errors
    /// Whether it is worth trying again.
    pub async fn record_authors(self, document: DocumentId, authors: Vec<Author>) -> Result<(), AuthorsLost> {
        let row = |author: Author| {
            let Author { client, user, name, color, first_seen_ms } = author;
            AuthorRow { document, client_id: client, user_id: user, name, color, first_seen_ms }
        };
        let rows: Vec<_> = authors.into_iter().map(row).collect();
        let recorded = self.query(move |store| async move { store.record_authors(&rows).await }).await;
        recorded.map_err(|error| {
            tracing::warn!(%document, %error, "who wrote could not be stored");
            if error.is_retryable() { AuthorsLost::ForNow } else { AuthorsLost::ForGood }
        })
    }
}

fn load_failure(error: StoreError) -> LoadFailure {
    if error.is_retryable() {
        LoadFailure::Away(error.to_string())
    } else {
        LoadFailure::Corrupt(error.to_string())
    }
}
