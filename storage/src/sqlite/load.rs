//! Reading what a replica is built from.

use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;
use weft_protocol::ids::{DocumentId, Seq};

use super::SqliteStore;
use super::failure::failed;
use crate::document::DocumentRow;
use crate::error::StoreError;
use crate::frontier::Frontier;
use crate::rows::{DocumentCells, ReachedCells, StateCells, UpdateCells};
use crate::snapshot::SnapshotId;
use crate::snapshot::envelope::Verdict;
use crate::stored::Stored;
use crate::update::{StoredUpdate, check_dense, cut, interleave};

/// Everything read in it is as of its first read.
const BEGIN: &str = "BEGIN DEFERRED";

const DOCUMENT: &str = "\
SELECT id, name, kind, title, created_at, updated_at, deleted_at FROM documents WHERE id = ?1";

/// The number first: sorting whole rows would drag every state through the sorter.
const BEST_SNAPSHOT: &str = "\
SELECT id, taken_at, frontier, state, checksum FROM snapshots WHERE id = (
    SELECT id FROM snapshots WHERE document_id = ?1 AND quarantined_at IS NULL
    ORDER BY updates_covered DESC, id DESC LIMIT 1)";

/// Hops over the writers through the primary key: two probes for each, however long the history is.
const REACHED: &str = "\
WITH RECURSIVE writers (writer) AS (
    SELECT min(writer) FROM updates WHERE document_id = ?1
    UNION ALL
    SELECT (SELECT min(u.writer) FROM updates AS u WHERE u.document_id = ?1 AND u.writer > writers.writer)
    FROM writers WHERE writers.writer IS NOT NULL
)
SELECT writer, (SELECT max(u.seq) FROM updates AS u WHERE u.document_id = ?1 AND u.writer = writers.writer) AS seq
FROM writers WHERE writer IS NOT NULL";

const UPDATES_OF_WRITER: &str = "\
SELECT writer, seq, received_at, author, payload, first_seq FROM updates
WHERE document_id = ?1 AND writer = ?2 AND seq > ?3 ORDER BY seq LIMIT ?4";

/// What one look at a document gave.
enum Look {
    Whole(Stored),
    Broken(SnapshotId, String),
}

impl SqliteStore {
    pub(super) async fn load_document(&self, id: DocumentId) -> Result<Stored, StoreError> {
        let mut quarantined = Vec::new();
        loop {
            match self.look(id).await? {
                Look::Whole(stored) => return Ok(Stored { quarantined, ..stored }),
                Look::Broken(snapshot, reason) => {
                    self.quarantine(snapshot, &reason).await?;
                    quarantined.push((snapshot, reason));
                }
            }
        }
    }

    async fn look(&self, id: DocumentId) -> Result<Look, StoreError> {
        let mut connection = self.reading().await?;
        let begun = connection.begin_with(BEGIN).await;
        let mut transaction = begun.map_err(|error| failed(&error, "documents", id))?;
        let document = document(&mut transaction, id).await?;
        let deleted = document.as_ref().is_some_and(|row| row.deleted_at_ms.is_some());
        let mut stored = Stored { document, deleted, ..Stored::default() };
        let found: Option<StateCells> = sqlx::query_as(BEST_SNAPSHOT)
            .bind(id.0.to_vec())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(|error| failed(&error, "snapshots", id))?;
        if let Some(cells) = found {
            let number = SnapshotId(cells.id);
            let bytes_max = self.options.snapshot_decoded_bytes_max;
            match cells.into_unverified().open_off_thread(id, bytes_max).await? {
                Verdict::Valid(snapshot) => stored.snapshot = Some(snapshot),
                Verdict::Broken(reason) => return Ok(Look::Broken(number, reason)),
            }
        }
        let above = stored.frontier();
        stored.updates = updates_above(&mut transaction, id, &above, None).await?;
        Ok(Look::Whole(stored))
    }

    pub(super) async fn read_updates_above(
        &self,
        id: DocumentId,
        above: &Frontier,
        rows_max: u32,
    ) -> Result<Vec<StoredUpdate>, StoreError> {
        let mut connection = self.reading().await?;
        let mut updates = updates_above(&mut connection, id, above, Some(rows_max)).await?;
        cut(&mut updates, rows_max as usize);
        Ok(updates)
    }

    pub(super) async fn read_frontier(&self, id: DocumentId) -> Result<Frontier, StoreError> {
        let mut connection = self.reading().await?;
        reached(&mut connection, id).await
    }

    pub(super) async fn read_document(&self, id: DocumentId) -> Result<Option<DocumentRow>, StoreError> {
        let mut connection = self.reading().await?;
        document(&mut connection, id).await
    }
}

pub(super) async fn document(
    connection: &mut SqliteConnection,
    id: DocumentId,
) -> Result<Option<DocumentRow>, StoreError> {
    let found: Option<DocumentCells> = sqlx::query_as(DOCUMENT)
        .bind(id.0.to_vec())
        .fetch_optional(connection)
        .await
        .map_err(|error| failed(&error, "documents", id))?;
    found.map(DocumentCells::into_row).transpose()
}

pub(super) async fn reached(
    connection: &mut SqliteConnection,
    id: DocumentId,
) -> Result<Frontier, StoreError> {
    let reached: Vec<ReachedCells> = sqlx::query_as(REACHED)
        .bind(id.0.to_vec())
        .fetch_all(connection)
        .await
        .map_err(|error| failed(&error, "updates", id))?;
    ReachedCells::into_frontier(reached, id)
}

/// Reads the range of every writer that has something above the frontier.
async fn updates_above(
    connection: &mut SqliteConnection,
    id: DocumentId,
    above: &Frontier,
    rows_max: Option<u32>,
) -> Result<Vec<StoredUpdate>, StoreError> {
    // In SQLite's LIMIT, a negative number means none.
    let limit = rows_max.map_or(-1, i64::from);
    let mut updates = Vec::new();
    for (writer, last) in reached(connection, id).await?.iter() {
        if above.contains(writer, last) {
            continue;
        }
        let cells: Vec<UpdateCells> = sqlx::query_as(UPDATES_OF_WRITER)
            .bind(id.0.to_vec())
            .bind(sql_number(writer.0))
            .bind(sql_number(above.seq(writer)))
            .bind(limit)
            .fetch_all(&mut *connection)
            .await
            .map_err(|error| failed(&error, "updates", format!("{id}, writer {}", writer.0)))?;
        updates.extend(UpdateCells::into_updates(cells, id)?);
    }
    check_dense(id, above, &updates)?;
    Ok(interleave(updates))
}

/// Numbers beyond what SQL holds are in no row, so the greatest one stands for them.
pub(super) fn sql_number(number: Seq) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
