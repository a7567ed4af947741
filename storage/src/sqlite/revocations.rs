//! Revoked access.

use sqlx::Connection;

use super::SqliteStore;
use super::failure::failed;
use crate::error::StoreError;
use crate::revocation::{Revocation, bounded};
use crate::rows::RevocationCells;

const BEGIN: &str = "BEGIN IMMEDIATE";

/// The row of the subject itself is left to the upsert.
const DROP_EXPIRED: &str =
    "DELETE FROM revocations WHERE expires_at <= ?3 AND NOT (kind = ?1 AND value = ?2)";

/// A new subject finds room only below ?5. `max` of two is NULL, which is never, when one of them is.
const REVOKE: &str = "\
INSERT INTO revocations (kind, value, revoked_at, expires_at)
SELECT ?1, ?2, ?3, ?4
WHERE EXISTS (SELECT 1 FROM revocations WHERE kind = ?1 AND value = ?2)
   OR (SELECT count(*) FROM revocations) < ?5
ON CONFLICT (kind, value) DO UPDATE SET
    revoked_at = max(revoked_at, excluded.revoked_at),
    expires_at = max(expires_at, excluded.expires_at)";

const LIVE: &str = "\
SELECT kind, value, revoked_at, expires_at FROM revocations
WHERE expires_at IS NULL OR expires_at > ?1
ORDER BY revoked_at DESC, kind, value LIMIT ?2";

impl SqliteStore {
    pub(super) async fn upsert_revocation(&self, revocation: Revocation) -> Result<(), StoreError> {
        revocation.check()?;
        let unsaved = |error: sqlx::Error| failed(&error, "revocations", revocation.subject.key());
        let mut connection = self.writing().await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(unsaved)?;
        let (kind, value) = (revocation.subject.kind(), revocation.subject.value());
        let drop_expired = sqlx::query(DROP_EXPIRED).bind(kind).bind(value).bind(revocation.revoked_at_ms);
        drop_expired.execute(&mut *transaction).await.map_err(unsaved)?;
        let upsert = sqlx::query(REVOKE)
            .bind(kind)
            .bind(value)
            .bind(revocation.revoked_at_ms)
            .bind(revocation.expires_at_ms)
            .bind(self.options.revocations_max);
        let done = upsert.execute(&mut *transaction).await.map_err(unsaved)?;
        transaction.commit().await.map_err(unsaved)?;
        match done.rows_affected() {
            0 => Err(revocation.too_many(self.options.revocations_max)),
            _ => Ok(()),
        }
    }

    pub(super) async fn live_revocations(&self, now_ms: i64) -> Result<Vec<Revocation>, StoreError> {
        let most = self.options.revocations_max;
        let mut connection = self.reading().await?;
        let query = sqlx::query_as(LIVE).bind(now_ms).bind(i64::from(most) + 1);
        let cells: Vec<RevocationCells> =
            query.fetch_all(&mut *connection).await.map_err(|error| failed(&error, "revocations", "all"))?;
        let rows = cells.into_iter().map(RevocationCells::into_row);
        Ok(bounded(rows.collect::<Result<_, _>>()?, most))
    }
}
