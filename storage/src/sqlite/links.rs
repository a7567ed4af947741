//! Share links.

use async_trait::async_trait;
use sqlx::Connection;
use weft_protocol::ids::DocumentId;

use super::SqliteStore;
use super::append::BEGIN;
use super::failure::failed;
use crate::error::StoreError;
use crate::link::{LinkRow, LinkSaved, Links};
use crate::rows::LinkCells;

const DROP_ENDED: &str = "DELETE FROM links WHERE document_id = ?1 AND expires_at <= ?2";

const INSERT: &str = "\
INSERT INTO links (document_id, id, access, made_by, made_by_name, parent, made_at, expires_at)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
WHERE (SELECT count(*) FROM links WHERE document_id = ?1) < ?9";

const LIVE: &str = "\
SELECT id, access, made_by, made_by_name, parent, made_at, expires_at FROM links
WHERE document_id = ?1 AND expires_at > ?2 ORDER BY made_at DESC, id";

const DELETE: &str = "DELETE FROM links WHERE document_id = ?1 AND id = ?2";

#[async_trait]
impl Links for SqliteStore {
    async fn save_link(&self, link: &LinkRow, links_max: u32) -> Result<LinkSaved, StoreError> {
        let unsaved = |error: sqlx::Error| failed(&error, "links", &link.id);
        let document = link.document.0.to_vec();
        let mut connection = self.writing().await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(unsaved)?;
        let drop_ended = sqlx::query(DROP_ENDED).bind(&document).bind(link.made_at_ms);
        drop_ended.execute(&mut *transaction).await.map_err(unsaved)?;
        let insert = sqlx::query(INSERT)
            .bind(&document)
            .bind(&link.id)
            .bind(&link.access)
            .bind(link.made_by.as_deref())
            .bind(link.made_by_name.as_deref())
            .bind(link.parent.as_deref())
            .bind(link.made_at_ms)
            .bind(link.expires_at_ms)
            .bind(links_max);
        let done = insert.execute(&mut *transaction).await.map_err(unsaved)?;
        transaction.commit().await.map_err(unsaved)?;
        Ok(LinkSaved::of(done.rows_affected()))
    }

    async fn links(&self, document: DocumentId, now_ms: i64) -> Result<Vec<LinkRow>, StoreError> {
        let unread = |error: sqlx::Error| failed(&error, "links", document);
        let mut connection = self.reading().await?;
        let query = sqlx::query_as(LIVE).bind(document.0.to_vec()).bind(now_ms);
        let cells: Vec<LinkCells> = query.fetch_all(&mut *connection).await.map_err(unread)?;
        Ok(cells.into_iter().map(|cells| cells.into_row(document)).collect())
    }

    async fn delete_link(&self, document: DocumentId, id: &str) -> Result<(), StoreError> {
        let mut connection = self.writing().await?;
        let delete = sqlx::query(DELETE).bind(document.0.to_vec()).bind(id);
        delete.execute(&mut *connection).await.map_err(|error| failed(&error, "links", id))?;
        Ok(())
    }
}
