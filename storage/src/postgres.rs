//! PostgreSQL: many nodes, one database.
//!
//! A batch is one statement, which is its own transaction: one round trip from append to durable. Two connections are
//! reserved for it. Every statement has a timeout on both sides, and a connection that failed or did not answer is thrown
//! away, so that the store recovers by itself when the database comes back.

use std::future::Future;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use sqlx::ConnectOptions;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, Postgres};
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

/// A statement about `writers`, those who wrote to document $1: hops over them through the primary key, two probes for each,
/// however long the history is.
macro_rules! each_writer {
    ($statement:literal) => {
        concat!(
            "WITH RECURSIVE writers (writer) AS (
    (SELECT writer FROM updates WHERE document_id = $1 ORDER BY writer LIMIT 1)
    UNION ALL
    SELECT (
        SELECT u.writer FROM updates AS u WHERE u.document_id = $1 AND u.writer > writers.writer
        ORDER BY u.writer LIMIT 1)
    FROM writers WHERE writers.writer IS NOT NULL
)
",
            $statement
        )
    };
}

mod append;
mod blobs;
mod documents;
mod failure;
mod history;
mod links;
mod load;
mod reach;
mod revocations;
mod snapshots;
mod thinning;

use failure::{failed, migration_failed};
use reach::{Unreachable, acquire};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations/postgres");

/// Connections for appends: one at work and one in case the other is being replaced.
const APPENDING_CONNECTIONS: u32 = 2;

/// How much longer we wait for an answer than the database may take to give it, in milliseconds.
const ANSWER_GRACE_MS: u64 = 1_000;

/// A standby answers, and takes no commit.
const PING: &str = "SELECT current_setting('transaction_read_only')";

/// Longest wait of a ping for a connection, in milliseconds: whoever asks wants to know soon.
const PING_PATIENCE_MS: u64 = 500;

/// `off` answers before the flush; every other value answers after it, and some of them wait for standbys as well.
const RAISE_SYNCHRONOUS_COMMIT: &str = "\
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

const DURABILITY: &str = "SELECT current_setting('synchronous_commit'), current_setting('fsync')";

/// A PostgreSQL database.
#[derive(Clone, Debug)]
pub struct PostgresStore {
    appending: PgPool,
    pool: PgPool,
    writer: WriterId,
    activity: Arc<Activity>,
    options: StoreOptions,
}

impl PostgresStore {
    /// Connects to `postgres://...` and checks that commits are durable there.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] for a URL that is none and for a server that cannot be made to flush at commit,
    /// [`StoreError::Unavailable`] if there is no answer.
    pub async fn open(url: &str, writer: WriterId, options: StoreOptions) -> Result<Self, StoreError> {
        let connect = PgConnectOptions::from_str(url)
            .map_err(|error| StoreError::Unusable { what: "postgres URL".into(), why: error.to_string() })?;
        Self::connect(connect, writer, options).await
    }

    async fn connect(
        connect: PgConnectOptions,
        writer: WriterId,
        options: StoreOptions,
    ) -> Result<Self, StoreError> {
        let timeout = format!("{}ms", options.statement_timeout_ms);
        let what =
            format!("{}:{}/{}", connect.get_host(), connect.get_port(), connect.get_database().unwrap_or(""));
        let connect = connect
            .application_name("weft")
            .options([("statement_timeout", &timeout), ("idle_in_transaction_session_timeout", &timeout)])
            // The planner cannot know how few writers a document has, thinks the load expensive, and spends 100 times what
            // the load takes on compiling it.
            .options([("jit", "off")])
            .disable_statement_logging();
        // Testing a connection before a commit would double the round trips; a stale one costs one retry instead.
        let appending = pool(APPENDING_CONNECTIONS, &options)
            .min_connections(1)
            .idle_timeout(None)
            .test_before_acquire(false)
            .connect_lazy_with(connect.clone());
        let pool = pool(options.connections_max.max(1), &options).connect_lazy_with(connect);
        let store = Self { appending, pool, writer, activity: Arc::default(), options };
        store.check_durability(&what).await?;
        Ok(store)
    }

    async fn check_durability(&self, what: &str) -> Result<(), StoreError> {
        let mut connection =
            self.any(self.options.acquire_timeout_ms).await.map_err(Unreachable::at_start)?;
        let asked =
            self.within(sqlx::query_as(DURABILITY).fetch_one(&mut *connection), "settings", what).await;
        let (synchronous_commit, fsync): (String, String) = give_back(connection, asked)?;
        if synchronous_commit == "off" {
            let why = "synchronous_commit is off and cannot be raised: commits would not be durable".into();
            return Err(StoreError::Unusable { what: what.into(), why });
        }
        if fsync == "off" {
            tracing::warn!(
                database = what,
                "fsync is off: a crash of the database's machine loses what was saved"
            );
        }
        Ok(())
    }

    /// Returns the same database as another process incarnation uses it.
    #[must_use]
    pub fn with_writer(&self, writer: WriterId) -> Self {
        Self { writer, activity: Arc::default(), ..self.clone() }
    }

    /// Returns the same database under other bounds on snapshots and time; those on connections stay.
    #[must_use]
    pub fn with_options(&self, options: StoreOptions) -> Self {
        Self { options, ..self.clone() }
    }

    /// Runs a statement that damages exactly one row.
    #[cfg(feature = "contract")]
    pub(crate) async fn damage(&self, query: sqlx::query::Query<'_, Postgres, sqlx::postgres::PgArguments>) {
        let done = query.execute(&self.pool).await.expect("the statement is valid");
        assert_eq!(done.rows_affected(), 1, "the row exists");
    }

    async fn connection(&self) -> Result<PoolConnection<Postgres>, StoreError> {
        self.any(self.options.acquire_timeout_ms).await.map_err(Unreachable::while_running)
    }

    async fn any(&self, patience_ms: u64) -> Result<PoolConnection<Postgres>, Unreachable> {
        acquire(&self.pool, Duration::from_millis(patience_ms)).await
    }

    async fn appending_connection(&self) -> Result<PoolConnection<Postgres>, StoreError> {
        let patience = Duration::from_millis(self.options.acquire_timeout_ms);
        acquire(&self.appending, patience).await.map_err(Unreachable::while_running)
    }

    /// Waits for a statement on the row `key` of `table`, but not for ever: a peer that vanished sends no error.
    async fn within<T>(
        &self,
        statement: impl Future<Output = Result<T, sqlx::Error>>,
        table: &'static str,
        key: impl ToString,
    ) -> Result<T, StoreError> {
        let limit = Duration::from_millis(self.options.statement_timeout_ms + ANSWER_GRACE_MS);
        match tokio::time::timeout(limit, statement).await {
            Ok(answer) => answer.map_err(|error| failed(&error, table, key)),
            Err(_) => {
                Err(StoreError::Unavailable { why: format!("no answer within {} ms", limit.as_millis()) })
            }
        }
    }

    fn sql_writer(&self) -> Result<i64, StoreError> {
        i64::try_from(self.writer.0).map_err(|_| StoreError::Rejected {
            table: "updates",
            key: format!("writer {}", self.writer.0),
            why: "writers are below 2^63".into(),
        })
    }
}

fn pool(connections: u32, options: &StoreOptions) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_millis(options.acquire_timeout_ms))
        .after_connect(|connection, _| {
            Box::pin(async move {
                let raised = sqlx::query(RAISE_SYNCHRONOUS_COMMIT).fetch_optional(&mut *connection).await?;
                if raised.is_some() {
                    tracing::warn!(
                        "synchronous_commit is off on the server: raised to on for this connection"
                    );
                }
                Ok(())
            })
        })
}

/// Returns a connection to its pool, or throws it away when it may be broken or still busy.
fn give_back<T>(
    mut connection: PoolConnection<Postgres>,
    result: Result<T, StoreError>,
) -> Result<T, StoreError> {
    if result.as_ref().is_err_and(StoreError::is_retryable) {
        connection.close_on_drop();
    }
    result
}

#[async_trait]
impl Store for PostgresStore {
    async fn migrate(&self) -> Result<(), StoreError> {
        // A connection of its own: waiting for another node that migrates may take longer than any statement should.
        let patient =
            PgConnectOptions::clone(&self.pool.connect_options()).options([("statement_timeout", "0")]);
        let pool = pool(1, &self.options).connect_lazy_with(patient);
        let migrated = MIGRATIONS.run(&pool).await.map_err(migration_failed);
        pool.close().await;
        migrated
    }

    async fn close(&self) {
        self.appending.close().await;
        self.pool.close().await;
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let mut connection = self.any(PING_PATIENCE_MS).await.map_err(Unreachable::while_running)?;
        let asked = sqlx::query_scalar(PING).fetch_one(&mut *connection);
        let answer = self.within(asked, "connection", "ping").await;
        let read_only: String = give_back(connection, answer)?;
        match read_only.as_str() {
            "off" => Ok(()),
            _ => Err(StoreError::Unavailable { why: "the database is read-only".into() }),
        }
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
