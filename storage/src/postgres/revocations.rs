//! Revoked access.

use super::{PostgresStore, give_back};
use crate::error::StoreError;
use crate::revocation::{Revocation, bounded};
use crate::rows::RevocationCells;

/// The row of the subject itself is left to the upsert, and rows that another node drops at the same time are left to it. A new
/// subject finds room only below $5.
const REVOKE: &str = "\
WITH expired AS (
    SELECT kind, value FROM revocations
    WHERE expires_at <= $3 AND NOT (kind = $1 AND value = $2)
    FOR UPDATE SKIP LOCKED
), dropped AS (
    DELETE FROM revocations USING expired
    WHERE revocations.kind = expired.kind AND revocations.value = expired.value
)
INSERT INTO revocations (kind, value, revoked_at, expires_at)
SELECT $1, $2, $3, $4
WHERE EXISTS (SELECT FROM revocations WHERE kind = $1 AND value = $2)
   OR (SELECT count(*) FROM revocations WHERE expires_at IS NULL OR expires_at > $3) < $5
ON CONFLICT (kind, value) DO UPDATE SET
    revoked_at = greatest(revocations.revoked_at, excluded.revoked_at),
    expires_at = CASE
        WHEN revocations.expires_at IS NULL OR excluded.expires_at IS NULL THEN NULL
        ELSE greatest(revocations.expires_at, excluded.expires_at)
    END";

const LIVE: &str = "\
SELECT kind, value, revoked_at, expires_at FROM revocations
WHERE expires_at IS NULL OR expires_at > $1
ORDER BY revoked_at DESC, kind, value LIMIT $2";

impl PostgresStore {
    pub(super) async fn upsert_revocation(&self, revocation: Revocation) -> Result<(), StoreError> {
        revocation.check()?;
        let mut connection = self.connection().await?;
        let upsert = sqlx::query(REVOKE)
            .bind(revocation.subject.kind())
            .bind(revocation.subject.value())
            .bind(revocation.revoked_at_ms)
            .bind(revocation.expires_at_ms)
            .bind(i64::from(self.options.revocations_max))
            .execute(&mut *connection);
        let done = self.within(upsert, "revocations", revocation.subject.key()).await;
        match give_back(connection, done)?.rows_affected() {
            0 => Err(revocation.too_many(self.options.revocations_max)),
            _ => Ok(()),
        }
    }

    pub(super) async fn live_revocations(&self, now_ms: i64) -> Result<Vec<Revocation>, StoreError> {
        let most = self.options.revocations_max;
        let mut connection = self.connection().await?;
        let query = sqlx::query_as(LIVE).bind(now_ms).bind(i64::from(most) + 1).fetch_all(&mut *connection);
        let cells: Result<Vec<RevocationCells>, _> = self.within(query, "revocations", "all").await;
        let rows = give_back(connection, cells)?.into_iter().map(RevocationCells::into_row);
        Ok(bounded(rows.collect::<Result<_, _>>()?, most))
    }
}
