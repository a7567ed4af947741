//! Reading the past.

use async_trait::async_trait;
use weft_protocol::ids::DocumentId;

use super::{PostgresStore, give_back};
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

/// Of each writer the numbers above the frontier ($2, $3) up to the one before the
/// first that was received later than $4.
const REACH: &str = each_writer!(
    "\
SELECT writers.writer, part.seq, part.last_ms FROM writers
LEFT JOIN unnest($2::bigint[], $3::bigint[]) AS frontier (writer, seq) ON frontier.writer = writers.writer
LEFT JOIN LATERAL (
    SELECT n.seq - 1 AS seq FROM updates AS n
    WHERE n.document_id = $1 AND n.writer = writers.writer AND n.seq > coalesce(frontier.seq, 0)
      AND n.received_at > $4
    ORDER BY n.seq LIMIT 1) AS last ON true
CROSS JOIN LATERAL (
    SELECT max(u.seq) AS seq, max(u.received_at) AS last_ms FROM updates AS u
    WHERE u.document_id = $1 AND u.writer = writers.writer AND u.seq > coalesce(frontier.seq, 0)
      AND u.seq <= coalesce(last.seq, 9223372036854775807)) AS part
WHERE writers.writer IS NOT NULL"
);

const HEADS: &str = each_writer!(
    "\
SELECT head.writer, head.seq, head.received_at, head.first_seq FROM writers
LEFT JOIN unnest($2::bigint[], $3::bigint[]) AS frontier (writer, seq) ON frontier.writer = writers.writer
CROSS JOIN LATERAL (
    SELECT u.writer, u.seq, u.received_at, u.first_seq FROM updates AS u
    WHERE u.document_id = $1 AND u.writer = writers.writer AND u.seq > coalesce(frontier.seq, 0)
    ORDER BY u.seq LIMIT 1) AS head
WHERE writers.writer IS NOT NULL ORDER BY head.writer"
);

/// The lengths of payloads are known without reading those that are stored out of line.
const STRETCH: &str = "\
SELECT writer, seq, received_at, author, payload, first_seq FROM (
    SELECT page.*, sum(octet_length(payload)) OVER (ORDER BY seq ROWS UNBOUNDED PRECEDING)
        - octet_length(payload) AS before
    FROM (
        SELECT writer, seq, received_at, author, payload, first_seq FROM updates
        WHERE document_id = $1 AND writer = $2 AND seq > $3 AND seq <= $4 ORDER BY seq LIMIT $5) AS page) AS summed
WHERE before < $6 ORDER BY seq";

const SNAPSHOTS_BEFORE: &str = "\
SELECT id, frontier FROM snapshots
WHERE document_id = $1 AND quarantined_at IS NULL AND taken_at <= $2 AND updates_covered <= $3
ORDER BY updates_covered DESC, id DESC";

const MINUTES: &str = "\
SELECT min(received_at) AS first_ms, max(received_at) AS last_ms FROM updates
WHERE document_id = $1 AND received_at < $2
GROUP BY received_at / 60000 ORDER BY last_ms DESC LIMIT $3";

const ROW: &str = "\
SELECT id, document_id, taken_at, kind, label, author, octet_length(state)::bigint AS stored_bytes, quarantine_reason
FROM snapshots WHERE id = $1 AND document_id = $2";

const INSPECT: &str = "\
SELECT id, taken_at, frontier, state, checksum FROM snapshots WHERE id = $1 AND document_id = $2";

const DOCUMENTS: &str = "\
SELECT id, name, kind, title, created_at, updated_at, deleted_at FROM documents WHERE id > $1 ORDER BY id LIMIT $2";

const RENAME: &str = "UPDATE snapshots SET label = $3 WHERE id = $1 AND document_id = $2 AND kind <> 'auto'";

const DELETE: &str = "\
DELETE FROM snapshots WHERE id = $1 AND document_id = $2 AND kind = 'named' AND quarantined_at IS NULL";

/// Numbers beyond what SQL holds are in no row, so the greatest one stands for them.
fn sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn columns(frontier: &Frontier) -> (Vec<i64>, Vec<i64>) {
    frontier.iter().map(|(writer, seq)| (sql(writer.0), sql(seq))).unzip()
}

#[async_trait]
impl History for PostgresStore {
    async fn reach_at(&self, id: DocumentId, above: &Frontier, at_ms: i64) -> Result<Reach, StoreError> {
        let mut connection = self.connection().await?;
        let (writers, seqs) = columns(above);
        let query = sqlx::query_as(REACH).bind(&id.0[..]).bind(writers).bind(seqs).bind(at_ms);
        let cells: Result<Vec<ReachCells>, _> =
            self.within(query.fetch_all(&mut *connection), "updates", id).await;
        reach(give_back(connection, cells)?, above, id)
    }

    async fn heads(&self, id: DocumentId, above: &Frontier) -> Result<Vec<Head>, StoreError> {
        let mut connection = self.connection().await?;
        let (writers, seqs) = columns(above);
        let query = sqlx::query_as(HEADS).bind(&id.0[..]).bind(writers).bind(seqs);
        let cells: Result<Vec<HeadCells>, _> =
            self.within(query.fetch_all(&mut *connection), "updates", id).await;
        give_back(connection, cells)?.into_iter().map(|cells| cells.into_head(id, above)).collect()
    }

    async fn stretch(&self, id: DocumentId, stretch: Stretch) -> Result<Vec<StoredUpdate>, StoreError> {
        let mut connection = self.connection().await?;
        let query = sqlx::query_as(STRETCH)
            .bind(&id.0[..])
            .bind(sql(stretch.writer.0))
            .bind(sql(stretch.above))
            .bind(sql(stretch.up_to))
            .bind(i64::from(stretch.rows_max))
            .bind(i64::from(stretch.bytes_max));
        let cells: Result<Vec<UpdateCells>, _> =
            self.within(query.fetch_all(&mut *connection), "updates", id).await;
        let updates = UpdateCells::into_updates(give_back(connection, cells)?, id)?;
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
                let mut connection = self.connection().await?;
                let query =
                    sqlx::query_as(SNAPSHOTS_BEFORE).bind(&id.0[..]).bind(at_ms).bind(updates_covered(reach));
                let rows = self.within(query.fetch_all(&mut *connection), "snapshots", id).await;
                give_back(connection, rows)?
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
        let mut connection = self.connection().await?;
        let query = sqlx::query_as(MINUTES).bind(&id.0[..]).bind(before_ms).bind(i64::from(rows_max));
        let cells: Result<Vec<MinuteCells>, _> =
            self.within(query.fetch_all(&mut *connection), "updates", id).await;
        Ok(give_back(connection, cells)?.into_iter().map(Into::into).collect())
    }

    async fn snapshot_row(
        &self,
        document: DocumentId,
        id: SnapshotId,
    ) -> Result<Option<SnapshotRow>, StoreError> {
        let mut connection = self.connection().await?;
        let query = sqlx::query_as(ROW).bind(id.0).bind(&document.0[..]);
        let found: Result<Option<SnapshotCells>, _> =
            self.within(query.fetch_optional(&mut *connection), "snapshots", id.0).await;
        give_back(connection, found)?.map(SnapshotCells::into_row).transpose()
    }

    async fn inspect_snapshot(
        &self,
        document: DocumentId,
        id: SnapshotId,
    ) -> Result<Option<Result<StoredSnapshot, String>>, StoreError> {
        let mut connection = self.connection().await?;
        let query = sqlx::query_as(INSPECT).bind(id.0).bind(&document.0[..]);
        let found: Result<Option<StateCells>, _> =
            self.within(query.fetch_optional(&mut *connection), "snapshots", id.0).await;
        let Some(cells) = give_back(connection, found)? else { return Ok(None) };
        let verdict = cells.into_unverified().open(document, self.options.snapshot_decoded_bytes_max)?;
        Ok(Some(verdict.into_result()))
    }

    async fn every_document(
        &self,
        behind: Option<DocumentId>,
        rows_max: u32,
    ) -> Result<Vec<DocumentRow>, StoreError> {
        let mut connection = self.connection().await?;
        let behind = behind.map_or_else(Vec::new, |id| id.0.to_vec());
        let query = sqlx::query_as(DOCUMENTS).bind(behind).bind(i64::from(rows_max));
        let cells: Result<Vec<DocumentCells>, _> =
            self.within(query.fetch_all(&mut *connection), "documents", "all").await;
        give_back(connection, cells)?.into_iter().map(DocumentCells::into_row).collect()
    }

    async fn rename_snapshot(
        &self,
        document: DocumentId,
        id: SnapshotId,
        label: &str,
    ) -> Result<(), StoreError> {
        let mut connection = self.connection().await?;
        let query = sqlx::query(RENAME).bind(id.0).bind(&document.0[..]).bind(label);
        let done = self.within(query.execute(&mut *connection), "snapshots", id.0).await;
        changed(give_back(connection, done)?.rows_affected(), id)
    }

    async fn delete_snapshot(&self, document: DocumentId, id: SnapshotId) -> Result<(), StoreError> {
        let mut connection = self.connection().await?;
        let query = sqlx::query(DELETE).bind(id.0).bind(&document.0[..]);
        let done = self.within(query.execute(&mut *connection), "snapshots", id.0).await;
        changed(give_back(connection, done)?.rows_affected(), id)
    }
}

fn changed(rows: u64, id: SnapshotId) -> Result<(), StoreError> {
    match rows {
        0 => Err(StoreError::Missing { table: "snapshots", key: id.0.to_string() }),
        _ => Ok(()),
    }
}
