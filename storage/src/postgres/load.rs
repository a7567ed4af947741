//! Reading what a replica is built from.

use sqlx::Connection;
use sqlx::postgres::PgConnection;
use weft_protocol::ids::DocumentId;

use super::{PostgresStore, give_back};
use crate::document::DocumentRow;
use crate::error::StoreError;
use crate::frontier::Frontier;
use crate::rows::{DocumentCells, ReachedCells, StateCells, UpdateCells};
use crate::snapshot::SnapshotId;
use crate::snapshot::envelope::Verdict;
use crate::stored::Stored;
use crate::update::{StoredUpdate, check_dense, cut, interleave};

/// All statements in it see one moment: a snapshot and the tail that belongs to it.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

const DOCUMENT: &str = "\
SELECT id, name, kind, title, created_at, updated_at, deleted_at FROM documents WHERE id = $1";

const BEST_SNAPSHOT: &str = "\
SELECT id, taken_at, frontier, state, checksum FROM snapshots WHERE id = (
    SELECT id FROM snapshots WHERE document_id = $1 AND quarantined_at IS NULL
    ORDER BY updates_covered DESC, id DESC LIMIT 1)";

const REACHED: &str = each_writer!(
    "\
SELECT writers.writer, last.seq FROM writers
CROSS JOIN LATERAL (
    SELECT u.seq FROM updates AS u WHERE u.document_id = $1 AND u.writer = writers.writer
    ORDER BY u.seq DESC LIMIT 1) AS last
WHERE writers.writer IS NOT NULL"
);

/// One range of the key per writer above the frontier ($2, $3). The ORDER BY inside keeps the planner
/// from turning the ranges into one scan of the document's whole history.
const UPDATES_ABOVE: &str = each_writer!(
    "\
SELECT tail.writer, tail.seq, tail.received_at, tail.author, tail.payload, tail.first_seq FROM writers
LEFT JOIN unnest($2::bigint[], $3::bigint[]) AS frontier (writer, seq) ON frontier.writer = writers.writer
CROSS JOIN LATERAL (
    SELECT u.writer, u.seq, u.received_at, u.author, u.payload, u.first_seq FROM updates AS u
    WHERE u.document_id = $1 AND u.writer = writers.writer AND u.seq > coalesce(frontier.seq, 0)
    ORDER BY u.seq LIMIT $4) AS tail
WHERE writers.writer IS NOT NULL
ORDER BY tail.writer, tail.seq"
);

/// What one look at a document gave.
enum Look {
    Whole(Stored),
    Broken(SnapshotId, String),
}

impl PostgresStore {
    pub(super) async fn load_document(&self, id: DocumentId) -> Result<Stored, StoreError> {
        let mut quarantined = Vec::new();
        loop {
            let mut connection = self.connection().await?;
            let look = self.look(&mut connection, id).await;
            match give_back(connection, look)? {
                Look::Whole(stored) => return Ok(Stored { quarantined, ..stored }),
                Look::Broken(snapshot, reason) => {
                    self.quarantine(snapshot, &reason).await?;
                    quarantined.push((snapshot, reason));
                }
            }
        }
    }

    async fn look(&self, connection: &mut PgConnection, id: DocumentId) -> Result<Look, StoreError> {
        let mut transaction = self.within(connection.begin_with(BEGIN), "documents", id).await?;
        let document = self.select_document(&mut transaction, id).await?;
        let deleted = document.as_ref().is_some_and(|row| row.deleted_at_ms.is_some());
        let mut stored = Stored { document, deleted, ..Stored::default() };
        let best = sqlx::query_as(BEST_SNAPSHOT).bind(&id.0[..]).fetch_optional(&mut *transaction);
        let found: Option<StateCells> = self.within(best, "snapshots", id).await?;
        if let Some(cells) = found {
            let number = SnapshotId(cells.id);
            let bytes_max = self.options.snapshot_decoded_bytes_max;
            match cells.into_unverified().open_off_thread(id, bytes_max).await? {
                Verdict::Valid(snapshot) => stored.snapshot = Some(snapshot),
                Verdict::Broken(reason) => return Ok(Look::Broken(number, reason)),
            }
        }
        let above = stored.frontier();
        stored.updates = self.select_updates(&mut transaction, id, &above, None).await?;
        self.within(transaction.commit(), "updates", id).await?;
        Ok(Look::Whole(stored))
    }

    pub(super) async fn read_updates_above(
        &self,
        id: DocumentId,
        above: &Frontier,
        rows_max: u32,
    ) -> Result<Vec<StoredUpdate>, StoreError> {
        let mut connection = self.connection().await?;
        let updates = self.select_updates(&mut connection, id, above, Some(rows_max)).await;
        let mut updates = give_back(connection, updates)?;
        cut(&mut updates, rows_max as usize);
        Ok(updates)
    }

    async fn select_updates(
        &self,
        connection: &mut PgConnection,
        id: DocumentId,
        above: &Frontier,
        rows_max: Option<u32>,
    ) -> Result<Vec<StoredUpdate>, StoreError> {
        // Numbers beyond what SQL holds are in no row, so the greatest one stands for them.
        let sql = |number| i64::try_from(number).unwrap_or(i64::MAX);
        let query = sqlx::query_as(UPDATES_ABOVE)
            .bind(&id.0[..])
            .bind(above.iter().map(|(writer, _)| sql(writer.0)).collect::<Vec<_>>())
            .bind(above.iter().map(|(_, seq)| sql(seq)).collect::<Vec<_>>())
            .bind(rows_max.map(i64::from));
        let cells: Vec<UpdateCells> = self.within(query.fetch_all(connection), "updates", id).await?;
        let updates = UpdateCells::into_updates(cells, id)?;
        check_dense(id, above, &updates)?;
        Ok(interleave(updates))
    }

    pub(super) async fn read_frontier(&self, id: DocumentId) -> Result<Frontier, StoreError> {
        let mut connection = self.connection().await?;
        let query = sqlx::query_as(REACHED).bind(&id.0[..]).fetch_all(&mut *connection);
        let reached: Result<Vec<ReachedCells>, _> = self.within(query, "updates", id).await;
        ReachedCells::into_frontier(give_back(connection, reached)?, id)
    }

    pub(super) async fn read_document(&self, id: DocumentId) -> Result<Option<DocumentRow>, StoreError> {
        let mut connection = self.connection().await?;
        let row = self.select_document(&mut connection, id).await;
        give_back(connection, row)
    }

    pub(super) async fn select_document(
        &self,
        connection: &mut PgConnection,
        id: DocumentId,
    ) -> Result<Option<DocumentRow>, StoreError> {
        let query = sqlx::query_as(DOCUMENT).bind(&id.0[..]).fetch_optional(connection);
        let found: Option<DocumentCells> = self.within(query, "documents", id).await?;
        found.map(DocumentCells::into_row).transpose()
    }
}
