//! Merged rows.

use async_trait::async_trait;
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use weft_protocol::ids::DocumentId;

use super::{PostgresStore, give_back};
use crate::error::StoreError;
use crate::rows::ThinnedCells;
use crate::thinning::{MergedPart, MergedRow, Thinned, Thinning};

const TAKE: &str = "DELETE FROM updates WHERE document_id = $1 AND writer = $2 AND seq >= $3 AND seq <= $4";

const PUT: &str = "\
INSERT INTO updates (document_id, writer, seq, received_at, author, payload, first_seq)
VALUES ($1, $2, $3, $4, NULL, $5, $6)";

const THINNED: &str = "SELECT thinned_at, policy FROM thinnings WHERE document_id = $1";

const SET_THINNED: &str = "\
INSERT INTO thinnings (document_id, thinned_at, policy) VALUES ($1, $2, $3)
ON CONFLICT (document_id) DO UPDATE SET thinned_at = excluded.thinned_at, policy = excluded.policy";

impl PostgresStore {
    async fn merge_rows(
        &self,
        connection: &mut PgConnection,
        document: DocumentId,
        rows: &[MergedRow],
    ) -> Result<(), StoreError> {
        let mut transaction = self.within(connection.begin(), "updates", document).await?;
        for row in rows {
            let [writer, first, last] = row.checked(document)?;
            let take = sqlx::query(TAKE).bind(&document.0[..]).bind(writer).bind(first).bind(last);
            let taken = self.within(take.execute(&mut *transaction), "updates", document).await?;
            if taken.rows_affected() != u64::from(row.rows) {
                return Err(row.changed(document, taken.rows_affected()));
            }
            let put = sqlx::query(PUT)
                .bind(&document.0[..])
                .bind(writer)
                .bind(last)
                .bind(row.received_at_ms)
                .bind(MergedPart::encode_all(&row.parts))
                .bind(first);
            self.within(put.execute(&mut *transaction), "updates", document).await?;
        }
        self.within(transaction.commit(), "updates", document).await
    }
}

#[async_trait]
impl Thinning for PostgresStore {
    async fn merge_updates(&self, document: DocumentId, rows: &[MergedRow]) -> Result<(), StoreError> {
        let mut connection = self.connection().await?;
        let merged = self.merge_rows(&mut connection, document, rows).await;
        give_back(connection, merged)
    }

    async fn thinned(&self, document: DocumentId) -> Result<Option<Thinned>, StoreError> {
        let mut connection = self.connection().await?;
        let query = sqlx::query_as(THINNED).bind(&document.0[..]).fetch_optional(&mut *connection);
        let found: Result<Option<ThinnedCells>, _> = self.within(query, "thinnings", document).await;
        Ok(give_back(connection, found)?.map(Into::into))
    }

    async fn set_thinned(&self, document: DocumentId, thinned: &Thinned) -> Result<(), StoreError> {
        let mut connection = self.connection().await?;
        let set = sqlx::query(SET_THINNED).bind(&document.0[..]).bind(thinned.at_ms).bind(&thinned.policy);
        let done = self.within(set.execute(&mut *connection), "thinnings", document).await;
        give_back(connection, done.map(drop))
    }
}
