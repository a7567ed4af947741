//! Saving, pruning, quarantining and listing snapshots.

use sqlx::Connection;
use sqlx::postgres::PgConnection;
use weft_protocol::ids::DocumentId;

use super::{PostgresStore, give_back};
use crate::error::StoreError;
use crate::rows::{FrontierCells, HeldVersionCells, SnapshotCells, StateCells, updates_covered};
use crate::snapshot::envelope::{Sealed, Verdict};
use crate::snapshot::{
    HeldVersions, NewSnapshot, RESTORES_KEPT_MIN, SnapshotId, SnapshotKind, SnapshotQuery, SnapshotRow,
    SnapshotSaved, StoredSnapshot,
};

const BEGIN: &str = "BEGIN";

/// Snapshots of one document are saved one after the other. Not FOR UPDATE, which would also hold up whoever references
/// the row.
const LOCK_DOCUMENT: &str = "SELECT id FROM documents WHERE id = $1 FOR NO KEY UPDATE";

/// Only frontiers with at least as many updates can cover the new one.
const POSSIBLY_COVERING: &str = "\
SELECT id, frontier FROM snapshots
WHERE document_id = $1 AND quarantined_at IS NULL AND updates_covered >= $2
ORDER BY updates_covered DESC, id DESC";

const INSERT: &str = "\
INSERT INTO snapshots (document_id, taken_at, kind, label, author, updates_covered, checksum, frontier, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
RETURNING id";

const PRUNE: &str = "\
DELETE FROM snapshots WHERE id IN (
    SELECT id FROM snapshots WHERE document_id = $1 AND kind = 'auto' AND quarantined_at IS NULL
    ORDER BY id DESC OFFSET $2)";

/// Those in quarantine take room as well.
const HELD: &str = "\
SELECT count(*) AS versions, coalesce(sum(octet_length(state)), 0)::bigint AS bytes FROM snapshots
WHERE document_id = $1 AND kind = 'named'";

const PRUNE_RESTORES: &str = "\
DELETE FROM snapshots WHERE id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER newest AS nth, sum(octet_length(state)) OVER newest AS bytes
        FROM snapshots WHERE document_id = $1 AND kind = 'restore' AND quarantined_at IS NULL
        WINDOW newest AS (ORDER BY id DESC)) AS restores
    WHERE nth > $4 AND (nth > $2 OR bytes > $3))";

const QUARANTINE: &str = "\
UPDATE snapshots SET
    quarantined_at = coalesce(quarantined_at, (extract(epoch FROM clock_timestamp()) * 1000)::bigint),
    quarantine_reason = coalesce(quarantine_reason, $2)
WHERE id = $1";

const LIST: &str = "\
SELECT id, document_id, taken_at, kind, label, author, octet_length(state)::bigint AS stored_bytes, quarantine_reason
FROM snapshots
WHERE document_id = $1 AND id < $2 AND ($3 OR kind <> 'auto')
ORDER BY id DESC LIMIT $4";

const ONE: &str = "\
SELECT id, taken_at, frontier, state, checksum FROM snapshots
WHERE id = $1 AND document_id = $2 AND quarantined_at IS NULL";

impl PostgresStore {
    pub(super) async fn store_snapshot(&self, new: NewSnapshot) -> Result<SnapshotSaved, StoreError> {
        let sealed = Sealed::of_off_thread(new.document, &new.frontier, &new.state).await;
        let mut connection = self.connection().await?;
        let saved = self.save_through(&mut connection, &new, sealed).await;
        give_back(connection, saved)
    }

    async fn save_through(
        &self,
        connection: &mut PgConnection,
        new: &NewSnapshot,
        sealed: Sealed,
    ) -> Result<SnapshotSaved, StoreError> {
        let document = &new.document.0[..];
        let mut transaction = self.within(connection.begin_with(BEGIN), "snapshots", new.document).await?;
        let lock = sqlx::query(LOCK_DOCUMENT).bind(document).fetch_optional(&mut *transaction);
        if self.within(lock, "documents", new.document).await?.is_none() {
            return Err(StoreError::Missing { table: "documents", key: new.document.to_string() });
        }
        if let Some(declined) = self.declined(&mut transaction, new, sealed.state.len()).await? {
            return Ok(declined);
        }
        let id = self.insert_snapshot(&mut transaction, new, sealed).await?;
        let prune = match new.kind {
            SnapshotKind::Auto => {
                Some(sqlx::query(PRUNE).bind(document).bind(i64::from(self.options.generations_kept())))
            }
            SnapshotKind::Restore => {
                let most = i64::try_from(new.bounds.bytes_max).unwrap_or(i64::MAX);
                let prune =
                    sqlx::query(PRUNE_RESTORES).bind(document).bind(i64::from(new.bounds.versions_max));
                Some(prune.bind(most).bind(i64::from(RESTORES_KEPT_MIN)))
            }
            SnapshotKind::Named => None,
        };
        let pruned = match prune {
            Some(prune) => {
                let pruning = prune.execute(&mut *transaction);
                self.within(pruning, "snapshots", new.document).await?.rows_affected()
            }
            None => 0,
        };
        self.within(transaction.commit(), "snapshots", new.document).await?;
        tracing::debug!(document = %new.document, snapshot = id.0, pruned, "snapshot saved");
        Ok(SnapshotSaved::Stored(id))
    }

    /// Says why a snapshot is not stored, if it is not.
    async fn declined(
        &self,
        connection: &mut PgConnection,
        new: &NewSnapshot,
        bytes: usize,
    ) -> Result<Option<SnapshotSaved>, StoreError> {
        let document = &new.document.0[..];
        match new.kind {
            SnapshotKind::Auto => {
                let query =
                    sqlx::query_as(POSSIBLY_COVERING).bind(document).bind(updates_covered(&new.frontier));
                let rows: Vec<FrontierCells> =
                    self.within(query.fetch_all(connection), "snapshots", new.document).await?;
                let covering = FrontierCells::covering(&rows, &new.frontier);
                Ok(covering.map(|covered_by| SnapshotSaved::Stale { covered_by }))
            }
            SnapshotKind::Named => {
                let query = sqlx::query_as(HELD).bind(document);
                let held: HeldVersionCells =
                    self.within(query.fetch_one(connection), "snapshots", new.document).await?;
                Ok(new.bounds.refusal(HeldVersions::from(held), bytes))
            }
            SnapshotKind::Restore => Ok(None),
        }
    }

    async fn insert_snapshot(
        &self,
        connection: &mut PgConnection,
        new: &NewSnapshot,
        sealed: Sealed,
    ) -> Result<SnapshotId, StoreError> {
        let insert = sqlx::query_scalar(INSERT)
            .bind(&new.document.0[..])
            .bind(new.taken_at_ms)
            .bind(new.kind.as_str())
            .bind(new.label.as_deref())
            .bind(new.author.as_deref())
            .bind(updates_covered(&new.frontier))
            .bind(&sealed.checksum[..])
            .bind(sealed.frontier)
            .bind(sealed.state);
        self.within(insert.fetch_one(connection), "snapshots", new.document).await.map(SnapshotId)
    }

    pub(super) async fn quarantine(&self, id: SnapshotId, reason: &str) -> Result<(), StoreError> {
        let mut connection = self.connection().await?;
        let query = sqlx::query(QUARANTINE).bind(id.0).bind(reason).execute(&mut *connection);
        let done = self.within(query, "snapshots", id.0).await;
        match give_back(connection, done)?.rows_affected() {
            0 => Err(StoreError::Missing { table: "snapshots", key: id.0.to_string() }),
            _ => Ok(()),
        }
    }

    pub(super) async fn list_snapshots(&self, query: SnapshotQuery) -> Result<Vec<SnapshotRow>, StoreError> {
        let mut connection = self.connection().await?;
        let listing = sqlx::query_as(LIST)
            .bind(&query.document.0[..])
            .bind(query.below.map_or(i64::MAX, |below| below.0))
            .bind(query.with_auto)
            .bind(i64::from(query.limit_bounded()))
            .fetch_all(&mut *connection);
        let cells: Result<Vec<SnapshotCells>, _> = self.within(listing, "snapshots", query.document).await;
        give_back(connection, cells)?.into_iter().map(SnapshotCells::into_row).collect()
    }

    pub(super) async fn read_snapshot(
        &self,
        document: DocumentId,
        id: SnapshotId,
    ) -> Result<Option<StoredSnapshot>, StoreError> {
        let mut connection = self.connection().await?;
        let query = sqlx::query_as(ONE).bind(id.0).bind(&document.0[..]).fetch_optional(&mut *connection);
        let found: Result<Option<StateCells>, _> = self.within(query, "snapshots", id.0).await;
        let Some(cells) = give_back(connection, found)? else { return Ok(None) };
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
