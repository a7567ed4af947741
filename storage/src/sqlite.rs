//! SQLite: the embedded default. One process at a time is the intended use; several work, at the speed of one writer.
//!
//! One connection writes and a few read, which WAL lets them do at the same time. Commits flush (`synchronous = FULL`): with
//! `NORMAL` a power cut takes back transactions that were acknowledged.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    Sqlite, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, Executor};
use weft_protocol::ids::{DocumentId, WriterId};

use crate::Store;
use crate::activity::Activity;
use crate::author::AuthorRow;
use crate::blob::{BlobBounds, BlobHash, BlobRow, BlobSaved, NewBlob};
use crate::document::{DocumentChange, DocumentPage, DocumentQuery, DocumentRow, NewDocument};
use crate::error::StoreError;
use crate::frontier::Frontier;
use crate::options::StoreOptions;
use crate::revocation::Revocation;
use crate::snapshot::{NewSnapshot, SnapshotId, SnapshotQuery, SnapshotRow, SnapshotSaved, StoredSnapshot};
use crate::stored::Stored;
use crate::update::{Append, StoredUpdate};

mod append;
mod blobs;
mod documents;
mod failure;
mod history;
mod links;
mod load;
mod place;
mod revocations;
mod snapshots;
mod thinning;

use failure::{failed, migration_failed};
use place::Place;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations/sqlite");

/// Page cache of a connection, negative because that is how SQLite tells kibibytes from pages. A batch of a thousand documents
/// dirties a thousand pages; the default of 2 MB would write them out in the middle of the transaction and read them back.
/// More would only be resident memory: every connection of the pool fills its own.
const CACHE_KIB: &str = "-4096";

/// Pages in the write-ahead log before a commit moves them into the file. The default of 1,000 would do so at every commit of
/// a thousand documents; the same pages come again with the next one, and moving them once is enough. Costs 64 MB of disk.
const CHECKPOINT_PAGES: &str = "16384";

/// What the write-ahead log is cut back to after a reader of another process, a backup perhaps, had kept it from being reused.
const LOG_KEPT_BYTES: &str = "67108864";

/// Reads the file, which a statement without a table would not.
const PING: &str = "SELECT 1 FROM sqlite_schema LIMIT 1";

/// Changes nothing, and fails where nothing can be changed.
const WRITE_PROBE: &str = "PRAGMA user_version = 0";

/// A database in one file, or in memory for as long as the store lives.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    /// One connection.
    writing: SqlitePool,
    /// Whether that connection was opened since it last was seen to write.
    writing_is_new: Arc<AtomicBool>,
    reading: SqlitePool,
    writer: WriterId,
    activity: Arc<Activity>,
    options: StoreOptions,
}

impl SqliteStore {
    /// Opens `sqlite://path` or `sqlite::memory:`, creating the file and the folder it is in if they are missing. Opening twice in memory
    /// gives two databases; [`SqliteStore::with_writer`] shares one.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] if the path cannot be created, read or written, or is no database.
    pub async fn open(url: &str, writer: WriterId, options: StoreOptions) -> Result<Self, StoreError> {
        let place = Place::of(url)?;
        place.prepare()?;
        let connect = connect_options(&place, &options);
        let acquire = Duration::from_millis(options.acquire_timeout_ms);
        let pool = |connections| {
            let kept =
                SqlitePoolOptions::new().idle_timeout(None).max_lifetime(None).test_before_acquire(false);
            kept.max_connections(connections).acquire_timeout(acquire)
        };
        let unusable = |error: sqlx::Error| place.unusable(error.to_string());
        let writing_is_new = Arc::new(AtomicBool::new(false));
        let is_new = Arc::clone(&writing_is_new);
        let one = match place {
            // The database lives in this connection.
            Place::Memory => pool(1),
            Place::File(_) => pool(1)
                .after_connect(move |_, _| {
                    is_new.store(true, Ordering::Release);
                    Box::pin(std::future::ready(Ok(())))
                })
                .after_release(|connection, _| Box::pin(is_reusable(connection))),
        };
        let writing = one.connect_with(connect.clone()).await.map_err(unusable)?;
        let reading = match place {
            Place::Memory => writing.clone(),
            Place::File(_) => pool(options.connections_max.max(1)).connect_lazy_with(connect.read_only(true)),
        };
        Ok(Self { writing, writing_is_new, reading, writer, activity: Arc::default(), options })
    }

    /// Returns the same database as another process incarnation uses it.
    #[must_use]
    pub fn with_writer(&self, writer: WriterId) -> Self {
        Self { writer, activity: Arc::default(), ..self.clone() }
    }

    /// Returns the same database under other bounds on snapshots; those on connections stay.
    #[must_use]
    pub fn with_options(&self, options: StoreOptions) -> Self {
        Self { options, ..self.clone() }
    }

    /// Runs a statement that damages exactly one row.
    #[cfg(feature = "contract")]
    pub(crate) async fn damage(&self, query: sqlx::query::Query<'_, Sqlite, sqlx::sqlite::SqliteArguments>) {
        let done = query.execute(&self.writing).await.expect("the statement is valid");
        assert_eq!(done.rows_affected(), 1, "the row exists");
    }

    async fn writing(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        let broken = |error: sqlx::Error| failed(&error, "connection", "writing");
        let mut connection = self.writing.acquire().await.map_err(broken)?;
        if self.writing_is_new.load(Ordering::Acquire) {
            if let Err(error) = probe(&mut connection).await {
                connection.close_on_drop();
                return Err(broken(error));
            }
            self.writing_is_new.store(false, Ordering::Release);
        }
        Ok(connection)
    }

    async fn reading(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        self.reading.acquire().await.map_err(|error| failed(&error, "connection", "reading"))
    }

    fn sql_writer(&self) -> Result<i64, StoreError> {
        i64::try_from(self.writer.0).map_err(|_| StoreError::Rejected {
            table: "updates",
            key: format!("writer {}", self.writer.0),
            why: "writers are below 2^63".into(),
        })
    }
}

/// Fails if a connection cannot write. SQLite opens a file that is protected at that moment for reading only, without a word,
/// and such a connection would stay so when the protection has gone.
async fn probe(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with(append::BEGIN).await?;
    transaction.execute(WRITE_PROBE).await?;
    transaction.rollback().await
}

/// Returns whether a connection is fit for another transaction. On a full disk and on other failures to write, SQLite takes the
/// transaction back by itself; the driver's own rollback then fails, and it refuses every later transaction for being inside
/// of one.
async fn is_reusable(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // A rollback may be on its way still.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

fn connect_options(place: &Place, options: &StoreOptions) -> SqliteConnectOptions {
    let connect = match place {
        Place::Memory => SqliteConnectOptions::new().in_memory(true),
        // The file is there since the start: if it has gone meanwhile, an empty one in its place would only hide that.
        Place::File(path) => SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(false)
            .journal_mode(SqliteJournalMode::Wal),
    };
    connect
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("cache_size", CACHE_KIB)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        .pragma("journal_size_limit", LOG_KEPT_BYTES)
        // What a statement of many rows keeps to undo itself; in a file it would double the bytes written.
        .pragma("temp_store", "MEMORY")
        .busy_timeout(Duration::from_millis(options.acquire_timeout_ms))
        .disable_statement_logging()
}

#[async_trait]
impl Store for SqliteStore {
    async fn migrate(&self) -> Result<(), StoreError> {
        MIGRATIONS.run(&self.writing).await.map_err(migration_failed)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let mut connection = self.reading().await?;
        let pong = sqlx::query(PING).execute(&mut *connection).await;
        pong.map(drop).map_err(|error| failed(&error, "connection", "ping"))
    }

    async fn close(&self) {
        self.reading.close().await;
        self.writing.close().await;
    }

    async fn append(&self, batch: &[Append]) -> Result<(), StoreError> {
        self.append_rows(batch).await
    }

    async fn load(&self, id: DocumentId) -> Result<Stored, StoreError> {
        self.load_document(id).await
    }

    async fn updates_above(
        &self,
        id: DocumentId,
        above: &Frontier,
        rows_max: u32,
    ) -> Result<Vec<StoredUpdate>, StoreError> {
        self.read_updates_above(id, above, rows_max).await
    }

    async fn frontier(&self, id: DocumentId) -> Result<Frontier, StoreError> {
        self.read_frontier(id).await
    }

    async fn save_snapshot(&self, snapshot: NewSnapshot) -> Result<SnapshotSaved, StoreError> {
        self.store_snapshot(snapshot).await
    }

    async fn quarantine_snapshot(&self, id: SnapshotId, reason: &str) -> Result<(), StoreError> {
        self.quarantine(id, reason).await
    }

    async fn snapshots(&self, query: SnapshotQuery) -> Result<Vec<SnapshotRow>, StoreError> {
        self.list_snapshots(query).await
    }

    async fn snapshot(
        &self,
        document: DocumentId,
        id: SnapshotId,
    ) -> Result<Option<StoredSnapshot>, StoreError> {
        self.read_snapshot(document, id).await
    }

    async fn documents(&self, query: DocumentQuery) -> Result<DocumentPage, StoreError> {
        self.list_documents(query).await
    }

    async fn document(&self, id: DocumentId) -> Result<Option<DocumentRow>, StoreError> {
        self.read_document(id).await
    }

    async fn create_document(&self, document: NewDocument) -> Result<DocumentRow, StoreError> {
        self.insert_document(document).await
    }

    async fn change_document(
        &self,
        id: DocumentId,
        change: DocumentChange,
    ) -> Result<DocumentRow, StoreError> {
        self.update_document(id, change).await
    }

    async fn delete_document(&self, id: DocumentId, at_ms: i64) -> Result<(), StoreError> {
        self.set_deleted(id, Some(at_ms)).await
    }

    async fn undelete_document(&self, id: DocumentId) -> Result<(), StoreError> {
        self.set_deleted(id, None).await
    }

    async fn record_authors(&self, authors: &[AuthorRow]) -> Result<(), StoreError> {
        self.upsert_authors(authors).await
    }

    async fn authors(&self, id: DocumentId) -> Result<Vec<AuthorRow>, StoreError> {
        self.list_authors(id).await
    }

    async fn save_blob(&self, blob: NewBlob, bounds: BlobBounds) -> Result<BlobSaved, StoreError> {
        self.store_blob(blob, bounds).await
    }

    async fn blob(&self, document: DocumentId, hash: BlobHash) -> Result<Option<BlobRow>, StoreError> {
        self.read_blob(document, hash).await
    }

    async fn blob_piece(
        &self,
        document: DocumentId,
        hash: BlobHash,
        piece: u32,
    ) -> Result<Bytes, StoreError> {
        self.read_piece(document, hash, piece).await
    }

    async fn revoke(&self, revocation: Revocation) -> Result<(), StoreError> {
        self.upsert_revocation(revocation).await
    }

    async fn revocations(&self, now_ms: i64) -> Result<Vec<Revocation>, StoreError> {
        self.live_revocations(now_ms).await
    }
}
