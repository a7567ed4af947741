//! Saving, pruning, quarantining and listing snapshots.

use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;
use weft_protocol::ids::DocumentId;

use super::SqliteStore;
use super::failure::{failed, is_orphan};
use crate::error::StoreError;
use crate::rows::{FrontierCells, HeldVersionCells, SnapshotCells, StateCells, updates_covered};
use crate::snapshot::envelope::{Sealed, Verdict};
use crate::snapshot::{
    HeldVersions, NewSnapshot, RESTORES_KEPT_MIN, SnapshotId, SnapshotKind, SnapshotQuery, SnapshotRow,
    SnapshotSaved, StoredSnapshot,
};

/// The write lock of the database stands for the lock on the document's row.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// Only frontiers with at least as many updates can cover the new one.
const POSSIBLY_COVERING: &str = "\
SELECT id, frontier FROM snapshots
WHERE document_id = ?1 AND quarantined_at IS NULL AND updates_covered >= ?2
ORDER BY updates_covered DESC, id DESC";

const INSERT: &str = "\
INSERT INTO snapshots (document_id, taken_at, kind, label, author, updates_covered, checksum, frontier, state)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
RETURNING id";

const PRUNE: &str = "\
DELETE FROM snapshots WHERE id IN (
    SELECT id FROM snapshots WHERE document_id = ?1 AND kind = 'auto' AND quarantined_at IS NULL
    ORDER BY id DESC LIMIT -1 OFFSET ?2)";

/// Those in quarantine take room as well.
const HELD: &str = "\
SELECT count(*) AS versions, coalesce(sum(length(state)), 0) AS bytes FROM snapshots
WHERE document_id = ?1 AND kind = 'named'";

const PRUNE_RESTORES: &str = "\
DELETE FROM snapshots WHERE id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER newest AS nth, sum(length(state)) OVER newest AS bytes
        FROM snapshots WHERE document_id = ?1 AND kind = 'restore' AND quarantined_at IS NULL
        WINDOW newest AS (ORDER BY id DESC))
    WHERE nth > ?4 AND (nth > ?2 OR bytes > ?3))";

const QUARANTINE: &str = "\
UPDATE snapshots SET
    quarantined_at = coalesce(quarantined_at, CAST(unixepoch('subsec') * 1000 AS INTEGER)),
    quarantine_reason = coalesce(quarantine_reason, ?2)
WHERE id = ?1";

const LIST: &str = "\
SELECT id, document_id, taken_at, kind, label, author, length(state) AS stored_bytes, quarantine_reason
FROM snapshots
WHERE document_id = ?1 AND id < ?2 AND (?3 OR kind <> 'auto')
ORDER BY id DESC LIMIT ?4";

const ONE: &str = "\
SELECT id, taken_at, frontier, state, checksum FROM snapshots
WHERE id = ?1 AND document_id = ?2 AND quarantined_at IS NULL";

impl SqliteStore {
    pub(super) async fn store_snapshot(&self, new: NewSnapshot) -> Result<SnapshotSaved, StoreError> {
        let sealed = Sealed::of_off_thread(new.document, &new.frontier, &new.state).await;
        let unsaved = |error: sqlx::Error| {
            if is_orphan(&error) {
                return StoreError::Missing { table: "documents", key: new.document.to_string() };
            }
            failed(&error, "snapshots", new.document)
        };
        let mut connection = self.writing().await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(unsaved)?;
        let declined = declined(&mut transaction, &new, sealed.state.len()).await.map_err(unsaved)?;
        if let Some(declined) = declined {
            return Ok(declined);
        }
        let id = insert(&mut transaction, &new, sealed).await.map_err(unsaved)?;
        let document = new.document.0.to_vec();
        let prune = match new.kind {
            SnapshotKind::Auto => {
                Some(sqlx::query(PRUNE).bind(document).bind(self.options.generations_kept()))
            }
            SnapshotKind::Restore => {
                let most = i64::try_from(new.bounds.bytes_max).unwrap_or(i64::MAX);
                let prune =
                    sqlx::query(PRUNE_RESTORES).bind(document).bind(new.bounds.versions_max).bind(most);
                Some(prune.bind(RESTORES_KEPT_MIN))
            }
            SnapshotKind::Named => None,
        };
        let pruned = match prune {
            Some(prune) => prune.execute(&mut *transaction).await.map_err(unsaved)?.rows_affected(),
            None => 0,
        };
        transaction.commit().await.map_err(unsaved)?;
        tracing::debug!(document = %new.document, snapshot = id.0, pruned, "snapshot saved");
        Ok(SnapshotSaved::Stored(id))
    }

    pub(super) async fn quarantine(&self, id: SnapshotId, reason: &str) -> Result<(), StoreError> {
        let mut connection = self.writing().await?;
        let done = sqlx::query(QUARANTINE).bind(id.0).bind(reason.to_owned()).execute(&mut *connection).await;
        let done = done.map_err(|error| failed(&error, "snapshots", id.0))?;
        match done.rows_affected() {
            0 => Err(StoreError::Missing { table: "snapshots", key: id.0.to_string() }),
            _ => Ok(()),
        }
    }

    pub(super) async fn list_snapshots(&self, query: SnapshotQuery) -> Result<Vec<SnapshotRow>, StoreError> {
        let mut connection = self.reading().await?;
        let cells: Vec<SnapshotCells> = sqlx::query_as(LIST)
            .bind(query.document.0.to_vec())
            .bind(query.below.map_or(i64::MAX, |below| below.0))
            .bind(query.with_auto)
            .bind(i64::from(query.limit_bounded()))
            .fetch_all(&mut *connection)
            .await
            .map_err(|error| failed(&error, "snapshots", query.document))?;
        cells.into_iter().map(SnapshotCells::into_row).collect()
    }

    pub(super) async fn read_snapshot(
        &self,
        document: DocumentId,
        id: SnapshotId,
    ) -> Result<Option<StoredSnapshot>, StoreError> {
        let found: Option<StateCells> = {
            let mut connection = self.reading().await?;
            let query = sqlx::query_as(ONE).bind(id.0).bind(document.0.to_vec());
            query.fetch_optional(&mut *connection).await.map_err(|error| failed(&error, "snapshots", id.0))?
        };
        let Some(cells) = found else { return Ok(None) };
        let bytes_max = self.options.snapshot_decoded_bytes_max;
        match cells.into_unverified().open_off_thread(document, bytes_max).await? {
            Verdict::Valid(snapshot) => Ok(Some(snapshot)),
            Verdict::Broken(why) => {
                self.quarantine(id, &why).await?;
                Err(StoreError::Corrupt { table: "snapshots", key: id.0.to_string(), why })
            }
        }
    }
}

/// Says why a snapshot is not stored, if it is not.
async fn declined(
    connection: &mut SqliteConnection,
    new: &NewSnapshot,
    bytes: usize,
) -> Result<Option<SnapshotSaved>, sqlx::Error> {
    let document = new.document.0.to_vec();
    match new.kind {
        SnapshotKind::Auto => {
            let query = sqlx::query_as(POSSIBLY_COVERING).bind(document).bind(updates_covered(&new.frontier));
            let rows: Vec<FrontierCells> = query.fetch_all(connection).await?;
            let covering = FrontierCells::covering(&rows, &new.frontier);
            Ok(covering.map(|covered_by| SnapshotSaved::Stale { covered_by }))
        }
        SnapshotKind::Named => {
            let held: HeldVersionCells = sqlx::query_as(HELD).bind(document).fetch_one(connection).await?;
            Ok(new.bounds.refusal(HeldVersions::from(held), bytes))
        }
        SnapshotKind::Restore => Ok(None),
    }
}

async fn insert(
    connection: &mut SqliteConnection,
    new: &NewSnapshot,
    sealed: Sealed,
) -> Result<SnapshotId, sqlx::Error> {
    sqlx::query_scalar(INSERT)
        .bind(new.document.0.to_vec())
        .bind(new.taken_at_ms)
        .bind(new.kind.as_str())
        .bind(new.label.clone())
        .bind(new.author.clone())
        .bind(updates_covered(&new.frontier))
        .bind(sealed.checksum.to_vec())
        .bind(sealed.frontier)
        .bind(sealed.state)
        .fetch_one(connection)
        .await
        .map(SnapshotId)
}
