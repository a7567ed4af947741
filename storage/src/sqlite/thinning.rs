//! Merged rows.

use async_trait::async_trait;
use sqlx::Connection;
use weft_protocol::ids::DocumentId;

use super::SqliteStore;
use super::append::BEGIN;
use super::failure::failed;
use crate::error::StoreError;
use crate::rows::ThinnedCells;
use crate::thinning::{MergedPart, MergedRow, Thinned, Thinning};

const TAKE: &str = "DELETE FROM updates WHERE document_id = ?1 AND writer = ?2 AND seq >= ?3 AND seq <= ?4";

const PUT: &str = "\
INSERT INTO updates (document_id, writer, seq, received_at, author, payload, first_seq)
VALUES (?1, ?2, ?3, ?4, NULL, ?5, ?6)";

const THINNED: &str = "SELECT thinned_at, policy FROM thinnings WHERE document_id = ?1";

const SET_THINNED: &str = "\
INSERT INTO thinnings (document_id, thinned_at, policy) VALUES (?1, ?2, ?3)
ON CONFLICT (document_id) DO UPDATE SET thinned_at = excluded.thinned_at, policy = excluded.policy";

#[async_trait]
impl Thinning for SqliteStore {
    async fn merge_updates(&self, document: DocumentId, rows: &[MergedRow]) -> Result<(), StoreError> {
        let lost = |error: sqlx::Error| failed(&error, "updates", document);
        let mut connection = self.writing().await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(lost)?;
        for row in rows {
            let [writer, first, last] = row.checked(document)?;
            let take = sqlx::query(TAKE).bind(document.0.to_vec()).bind(writer).bind(first).bind(last);
            let taken = take.execute(&mut *transaction).await.map_err(lost)?.rows_affected();
            if taken != u64::from(row.rows) {
                return Err(row.changed(document, taken));
            }
            let put = sqlx::query(PUT)
                .bind(document.0.to_vec())
                .bind(writer)
                .bind(last)
                .bind(row.received_at_ms)
                .bind(MergedPart::encode_all(&row.parts))
                .bind(first);
            put.execute(&mut *transaction).await.map_err(lost)?;
        }
        transaction.commit().await.map_err(lost)
    }

    async fn thinned(&self, document: DocumentId) -> Result<Option<Thinned>, StoreError> {
        let mut connection = self.reading().await?;
        let found: Option<ThinnedCells> = sqlx::query_as(THINNED)
            .bind(document.0.to_vec())
            .fetch_optional(&mut *connection)
            .await
            .map_err(|error| failed(&error, "thinnings", document))?;
        Ok(found.map(Into::into))
    }

    async fn set_thinned(&self, document: DocumentId, thinned: &Thinned) -> Result<(), StoreError> {
        let mut connection = self.writing().await?;
        let set = sqlx::query(SET_THINNED)
            .bind(document.0.to_vec())
            .bind(thinned.at_ms)
            .bind(thinned.policy.clone());
        let done = set.execute(&mut *connection).await;
        done.map(drop).map_err(|error| failed(&error, "thinnings", document))
    }
}
