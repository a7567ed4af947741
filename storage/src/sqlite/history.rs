//! Reading the past.

use async_trait::async_trait;
use weft_protocol::ids::DocumentId;

use super::SqliteStore;
use super::failure::failed;
use super::load::{reached, sql_number};
use crate::document::DocumentRow;
use crate::error::StoreError;
use crate::frontier::Frontier;
use crate::history::{ActiveMinute, Head, History, Reach, Stretch};
use crate::rows::updates_covered;
use crate::rows::{
    DocumentCells, FrontierCells, HeadCells, MinuteCells, ReachCells, SnapshotCells, StateCells, UpdateCells,
    reach,
};
use crate::snapshot::{SnapshotId, SnapshotRow, StoredSnapshot};
use crate::update::{StoredUpdate, check_dense};

/// The numbers of a writer up to the one before the first that was received later than ?4.
const REACH: &str = "\
SELECT ?2 AS writer, max(seq) AS seq, max(received_at) AS last_ms FROM updates
WHERE document_id = ?1 AND writer = ?2 AND seq > ?3 AND seq <= coalesce((
    SELECT seq - 1 FROM updates WHERE document_id = ?1 AND writer = ?2 AND seq > ?3 AND received_at > ?4
    ORDER BY seq LIMIT 1), 9223372036854775807)";

const HEAD: &str = "\
SELECT writer, seq, received_at, first_seq FROM updates
WHERE document_id = ?1 AND writer = ?2 AND seq > ?3 ORDER BY seq LIMIT 1";

/// The lengths are read without the payloads, which are then read only as far as the page goes. Not ordered by the database,
/// which would carry every payload through its sorter.
const STRETCH: &str = "\
SELECT u.writer, u.seq, u.received_at, u.author, u.payload, u.first_seq FROM (
    SELECT seq, sum(length) OVER (ORDER BY seq ROWS UNBOUNDED PRECEDING) - length AS before FROM (
        SELECT seq, length(payload) AS length FROM updates
        WHERE document_id = ?1 AND writer = ?2 AND seq > ?3 AND seq <= ?4 ORDER BY seq LIMIT ?5)) AS page
CROSS JOIN updates AS u ON u.document_id = ?1 AND u.writer = ?2 AND u.seq = page.seq
WHERE page.before < ?6";

const SNAPSHOTS_BEFORE: &str = "\
SELECT id, frontier FROM snapshots
WHERE document_id = ?1 AND quarantined_at IS NULL AND taken_at <= ?2 AND updates_covered <= ?3
ORDER BY updates_covered DESC, id DESC";

const MINUTES: &str = "\
SELECT min(received_at) AS first_ms, max(received_at) AS last_ms FROM updates
WHERE document_id = ?1 AND received_at < ?2
GROUP BY received_at / 60000 ORDER BY last_ms DESC LIMIT ?3";

const ROW: &str = "\
SELECT id, document_id, taken_at, kind, label, author, length(state) AS stored_bytes, quarantine_reason
FROM snapshots WHERE id = ?1 AND document_id = ?2";

const INSPECT: &str = "\
SELECT id, taken_at, frontier, state, checksum FROM snapshots WHERE id = ?1 AND document_id = ?2";

const DOCUMENTS: &str = "\
SELECT id, name, kind, title, created_at, updated_at, deleted_at FROM documents WHERE id > ?1 ORDER BY id LIMIT ?2";

const RENAME: &str = "UPDATE snapshots SET label = ?3 WHERE id = ?1 AND document_id = ?2 AND kind <> 'auto'";

const DELETE: &str = "\
DELETE FROM snapshots WHERE id = ?1 AND document_id = ?2 AND kind = 'named' AND quarantined_at IS NULL";

#[async_trait]
impl History for SqliteStore {
    async fn reach_at(&self, id: DocumentId, above: &Frontier, at_ms: i64) -> Result<Reach, StoreError> {
        let mut connection = self.reading().await?;
        let mut cells = Vec::new();
        for (writer, last) in reached(&mut connection, id).await?.iter() {
            if above.contains(writer, last) {
                continue;
            }
            let query = sqlx::query_as(REACH)
                .bind(id.0.to_vec())
                .bind(sql_number(writer.0))
                .bind(sql_number(above.seq(writer)))
                .bind(at_ms);
            let found: Option<ReachCells> = query
                .fetch_optional(&mut *connection)
                .await
                .map_err(|error| failed(&error, "updates", id))?;
            cells.extend(found);
        }
        reach(cells, above, id)
    }

    async fn heads(&self, id: DocumentId, above: &Frontier) -> Result<Vec<Head>, StoreError> {
        let mut connection = self.reading().await?;
        let mut heads = Vec::new();
        for (writer, last) in reached(&mut connection, id).await?.iter() {
            if above.contains(writer, last) {
                continue;
            }
            let query = sqlx::query_as(HEAD)
                .bind(id.0.to_vec())
                .bind(sql_number(writer.0))
                .bind(sql_number(above.seq(writer)));
            let found: Option<HeadCells> = query
                .fetch_optional(&mut *connection)
                .await
                .map_err(|error| failed(&error, "updates", id))?;
            heads.extend(found.map(|cells| cells.into_head(id, above)).transpose()?);
        }
        Ok(heads)
    }

    async fn stretch(&self, id: DocumentId, stretch: Stretch) -> Result<Vec<StoredUpdate>, StoreError> {
        let mut connection = self.reading().await?;
        let cells: Vec<UpdateCells> = sqlx::query_as(STRETCH)
            .bind(id.0.to_vec())
            .bind(sql_number(stretch.writer.0))
            .bind(sql_number(stretch.above))
            .bind(sql_number(stretch.up_to))
            .bind(i64::from(stretch.rows_max))
            .bind(i64::from(stretch.bytes_max))
            .fetch_all(&mut *connection)
            .await
            .map_err(|error| failed(&error, "updates", format!("{id}, writer {}", stretch.writer.0)))?;
        let mut updates = UpdateCells::into_updates(cells, id)?;
        // Those of one row stay in their order.
        updates.sort_by_key(|update| update.seq);
        check_dense(id, &Frontier::from_iter([(stretch.writer, stretch.above)]), &updates)?;
        Ok(updates)
    }

    async fn snapshot_within(
        &self,
        id: DocumentId,
        reach: &Frontier,
        at_ms: i64,
    ) -> Result<Option<StoredSnapshot>, StoreError> {
        loop {
            let rows: Vec<FrontierCells> = {
                let mut connection = self.reading().await?;
                let query = sqlx::query_as(SNAPSHOTS_BEFORE)
                    .bind(id.0.to_vec())
                    .bind(at_ms)
                    .bind(updates_covered(reach));
                query.fetch_all(&mut *connection).await.map_err(|error| failed(&error, "snapshots", id))?
            };
            let Some(snapshot) = FrontierCells::within(&rows, reach) else { return Ok(None) };
            match self.read_snapshot(id, snapshot).await {
                // Pruned or put into quarantine since the list was read.
                Ok(None) | Err(StoreError::Corrupt { .. }) => {}
                found => return found,
            }
        }
    }

    async fn active_minutes(
        &self,
        id: DocumentId,
        before_ms: i64,
        rows_max: u32,
    ) -> Result<Vec<ActiveMinute>, StoreError> {
        let mut connection = self.reading().await?;
        let query = sqlx::query_as(MINUTES).bind(id.0.to_vec()).bind(before_ms).bind(i64::from(rows_max));
        let cells: Vec<MinuteCells> =
            query.fetch_all(&mut *connection).await.map_err(|error| failed(&error, "updates", id))?;
        Ok(cells.into_iter().map(Into::into).collect())
    }

    async fn snapshot_row(
        &self,
        document: DocumentId,
        id: SnapshotId,
    ) -> Result<Option<SnapshotRow>, StoreError> {
        let mut connection = self.reading().await?;
        let query = sqlx::query_as(ROW).bind(id.0).bind(document.0.to_vec());
        let found: Option<SnapshotCells> = query
            .fetch_optional(&mut *connection)
            .await
            .map_err(|error| failed(&error, "snapshots", id.0))?;
        found.map(SnapshotCells::into_row).transpose()
    }

    async fn inspect_snapshot(
        &self,
        document: DocumentId,
        id: SnapshotId,
    ) -> Result<Option<Result<StoredSnapshot, String>>, StoreError> {
        let found: Option<StateCells> = {
            let mut connection = self.reading().await?;
            let query = sqlx::query_as(INSPECT).bind(id.0).bind(document.0.to_vec());
            query.fetch_optional(&mut *connection).await.map_err(|error| failed(&error, "snapshots", id.0))?
        };
        let Some(cells) = found else { return Ok(None) };
        let verdict = cells.into_unverified().open(document, self.options.snapshot_decoded_bytes_max)?;
        Ok(Some(verdict.into_result()))
    }

    async fn every_document(
        &self,
        behind: Option<DocumentId>,
        rows_max: u32,
    ) -> Result<Vec<DocumentRow>, StoreError> {
        let mut connection = self.reading().await?;
        let behind = behind.map_or_else(Vec::new, |id| id.0.to_vec());
        let query = sqlx::query_as(DOCUMENTS).bind(behind).bind(i64::from(rows_max));
        let cells: Vec<DocumentCells> =
            query.fetch_all(&mut *connection).await.map_err(|error| failed(&error, "documents", "all"))?;
        cells.into_iter().map(DocumentCells::into_row).collect()
    }

    async fn rename_snapshot(
        &self,
        document: DocumentId,
        id: SnapshotId,
        label: &str,
    ) -> Result<(), StoreError> {
        let mut connection = self.writing().await?;
        let query = sqlx::query(RENAME).bind(id.0).bind(document.0.to_vec()).bind(label.to_owned());
        let done =
            query.execute(&mut *connection).await.map_err(|error| failed(&error, "snapshots", id.0))?;
        changed(done.rows_affected(), id)
    }

    async fn delete_snapshot(&self, document: DocumentId, id: SnapshotId) -> Result<(), StoreError> {
        let mut connection = self.writing().await?;
        let query = sqlx::query(DELETE).bind(id.0).bind(document.0.to_vec());
        let done =
            query.execute(&mut *connection).await.map_err(|error| failed(&error, "snapshots", id.0))?;
        changed(done.rows_affected(), id)
    }
}

fn changed(rows: u64, id: SnapshotId) -> Result<(), StoreError> {
    match rows {
        0 => Err(StoreError::Missing { table: "snapshots", key: id.0.to_string() }),
        _ => Ok(()),
    }
}
