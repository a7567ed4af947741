//! Share links.

use async_trait::async_trait;
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use weft_protocol::ids::DocumentId;

use super::blobs::lock_of;
use super::{PostgresStore, give_back};
use crate::error::StoreError;
use crate::link::{LinkRow, LinkSaved, Links};
use crate::rows::LinkCells;

const BEGIN: &str = "BEGIN";

/// Links of one document are counted and stored one after the other.
const LOCK: &str = "SELECT pg_advisory_xact_lock($1)";

const DROP_ENDED: &str = "DELETE FROM links WHERE document_id = $1 AND expires_at <= $2";

const INSERT: &str = "\
INSERT INTO links (document_id, id, access, made_by, made_by_name, parent, made_at, expires_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8
WHERE (SELECT count(*) FROM links WHERE document_id = $1) < $9";

const LIVE: &str = "\
SELECT id, access, made_by, made_by_name, parent, made_at, expires_at FROM links
WHERE document_id = $1 AND expires_at > $2 ORDER BY made_at DESC, id";

const DELETE: &str = "DELETE FROM links WHERE document_id = $1 AND id = $2";

impl PostgresStore {
    async fn save_link_through(
        &self,
        connection: &mut PgConnection,
        link: &LinkRow,
        links_max: u32,
    ) -> Result<LinkSaved, StoreError> {
        let document = &link.document.0[..];
        let mut transaction = self.within(connection.begin_with(BEGIN), "links", &link.id).await?;
        let lock = sqlx::query(LOCK).bind(lock_of(link.document)).execute(&mut *transaction);
        self.within(lock, "links", &link.id).await?;
        let drop_ended = sqlx::query(DROP_ENDED).bind(document).bind(link.made_at_ms);
        self.within(drop_ended.execute(&mut *transaction), "links", &link.id).await?;
        let insert = sqlx::query(INSERT)
            .bind(document)
            .bind(&link.id)
            .bind(&link.access)
            .bind(link.made_by.as_deref())
            .bind(link.made_by_name.as_deref())
            .bind(link.parent.as_deref())
            .bind(link.made_at_ms)
            .bind(link.expires_at_ms)
            .bind(i64::from(links_max));
        let done = self.within(insert.execute(&mut *transaction), "links", &link.id).await?;
        self.within(transaction.commit(), "links", &link.id).await?;
        Ok(LinkSaved::of(done.rows_affected()))
    }
}

#[async_trait]
impl Links for PostgresStore {
    async fn save_link(&self, link: &LinkRow, links_max: u32) -> Result<LinkSaved, StoreError> {
        let mut connection = self.connection().await?;
        let saved = self.save_link_through(&mut connection, link, links_max).await;
        give_back(connection, saved)
    }

    async fn links(&self, document: DocumentId, now_ms: i64) -> Result<Vec<LinkRow>, StoreError> {
        let mut connection = self.connection().await?;
        let query = sqlx::query_as(LIVE).bind(&document.0[..]).bind(now_ms).fetch_all(&mut *connection);
        let cells: Result<Vec<LinkCells>, _> = self.within(query, "links", document).await;
        Ok(give_back(connection, cells)?.into_iter().map(|cells| cells.into_row(document)).collect())
    }

    async fn delete_link(&self, document: DocumentId, id: &str) -> Result<(), StoreError> {
        let mut connection = self.connection().await?;
        let delete = sqlx::query(DELETE).bind(&document.0[..]).bind(id).execute(&mut *connection);
        let done = self.within(delete, "links", id).await;
        give_back(connection, done).map(|_| ())
    }
}
