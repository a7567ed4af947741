//! Creating, listing, renaming and deleting documents; and their authors.

use sqlx::Connection;
use weft_protocol::ids::DocumentId;

use super::SqliteStore;
use super::failure::{failed, is_duplicate};
use super::load::document;
use crate::author::AuthorRow;
use crate::document::{
    DocumentChange, DocumentCursor, DocumentKind, DocumentPage, DocumentQuery, DocumentRow, NewDocument,
    search_text,
};
use crate::error::StoreError;
use crate::rows::{AuthorCells, DocumentCells};

const BEGIN: &str = "BEGIN IMMEDIATE";

const INSERT: &str = "\
INSERT INTO documents (id, name, kind, title, search, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)";

/// Without a cursor the page starts behind the greatest place there can be, so that the index is always entered by range.
const LIST: &str = "\
SELECT id, name, kind, title, created_at, updated_at, deleted_at FROM documents
WHERE deleted_at IS NULL
  AND (updated_at, id) < (?1, ?2)
  AND (?3 IS NULL OR instr(search, ?3) > 0)
  AND (?4 IS NULL OR kind = ?4)
ORDER BY updated_at DESC, id DESC LIMIT ?5";

/// What a change leaves out stays: ?2 says whether the title is meant.
const CHANGE: &str = "\
UPDATE documents SET
    title = CASE WHEN ?2 THEN ?3 ELSE title END,
    search = CASE WHEN ?2 THEN ?4 ELSE search END,
    kind = coalesce(?5, kind)
WHERE id = ?1
RETURNING id, name, kind, title, created_at, updated_at, deleted_at";

/// Deleting keeps the first moment; ?2 is NULL to undelete.
const SET_DELETED: &str = "\
UPDATE documents SET deleted_at = CASE WHEN ?2 IS NULL THEN NULL ELSE coalesce(deleted_at, ?2) END WHERE id = ?1";

const UPSERT_AUTHOR: &str = "\
INSERT INTO authors (document_id, client_id, user_id, name, color, first_seen) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (document_id, client_id) DO UPDATE SET
    name = CASE WHEN user_id IS excluded.user_id AND excluded.name <> '' THEN excluded.name ELSE name END,
    color = CASE WHEN user_id IS excluded.user_id AND excluded.color <> '' THEN excluded.color ELSE color END,
    first_seen = min(first_seen, excluded.first_seen)";

const AUTHORS: &str = "\
SELECT client_id, user_id, name, color, first_seen FROM authors WHERE document_id = ?1 ORDER BY client_id";

impl SqliteStore {
    pub(super) async fn insert_document(&self, new: NewDocument) -> Result<DocumentRow, StoreError> {
        let row = new.into_row();
        let mut connection = self.writing().await?;
        let inserted = sqlx::query(INSERT)
            .bind(row.id.0.to_vec())
            .bind(row.name.as_str().to_owned())
            .bind(row.kind.as_str())
            .bind(row.title.clone())
            .bind(search_text(&row.name, row.title.as_deref()))
            .bind(row.created_at_ms)
            .execute(&mut *connection)
            .await;
        match inserted {
            Ok(_) => Ok(row),
            Err(error) if is_duplicate(&error) => Err(StoreError::Exists { name: row.name.to_string() }),
            Err(error) => Err(failed(&error, "documents", row.id)),
        }
    }

    pub(super) async fn list_documents(&self, query: DocumentQuery) -> Result<DocumentPage, StoreError> {
        let limit = query.limit_bounded();
        let start = query.cursor.unwrap_or(DocumentCursor::START);
        let mut connection = self.reading().await?;
        let cells: Vec<DocumentCells> = sqlx::query_as(LIST)
            .bind(start.updated_at_ms)
            .bind(start.id.0.to_vec())
            .bind(query.search.map(|text| text.to_lowercase()))
            .bind(query.kind.map(|kind| kind.as_str()))
            .bind(i64::from(limit) + 1)
            .fetch_all(&mut *connection)
            .await
            .map_err(|error| failed(&error, "documents", "a listing"))?;
        let rows = cells.into_iter().map(DocumentCells::into_row).collect::<Result<_, _>>()?;
        Ok(DocumentPage::of(rows, limit))
    }

    pub(super) async fn update_document(
        &self,
        id: DocumentId,
        change: DocumentChange,
    ) -> Result<DocumentRow, StoreError> {
        let mut connection = self.writing().await?;
        let missing = || StoreError::Missing { table: "documents", key: id.to_string() };
        let name = document(&mut connection, id).await?.ok_or_else(missing)?.name;
        let means_title = change.title.is_some();
        let title = change.title.flatten();
        let search = search_text(&name, title.as_deref());
        let changed: Option<DocumentCells> = sqlx::query_as(CHANGE)
            .bind(id.0.to_vec())
            .bind(means_title)
            .bind(title)
            .bind(search)
            .bind(change.kind.map(DocumentKind::as_str))
            .fetch_optional(&mut *connection)
            .await
            .map_err(|error| failed(&error, "documents", id))?;
        changed.ok_or_else(missing)?.into_row()
    }

    pub(super) async fn set_deleted(&self, id: DocumentId, at_ms: Option<i64>) -> Result<(), StoreError> {
        let mut connection = self.writing().await?;
        let query = sqlx::query(SET_DELETED).bind(id.0.to_vec()).bind(at_ms);
        let changed =
            query.execute(&mut *connection).await.map_err(|error| failed(&error, "documents", id))?;
        match changed.rows_affected() {
            0 => Err(StoreError::Missing { table: "documents", key: id.to_string() }),
            _ => Ok(()),
        }
    }

    pub(super) async fn upsert_authors(&self, authors: &[AuthorRow]) -> Result<(), StoreError> {
        let mut connection = self.writing().await?;
        let unsaved = |error: sqlx::Error| failed(&error, "authors", format!("{} rows", authors.len()));
        let mut transaction = connection.begin_with(BEGIN).await.map_err(unsaved)?;
        for author in authors {
            let client_id = author.checked_client_id()?;
            sqlx::query(UPSERT_AUTHOR)
                .bind(author.document.0.to_vec())
                .bind(client_id)
                .bind(author.user_id.clone())
                .bind(author.name.clone())
                .bind(author.color.clone())
                .bind(author.first_seen_ms)
                .execute(&mut *transaction)
                .await
                .map_err(|error| failed(&error, "authors", format!("{}, {client_id}", author.document)))?;
        }
        transaction.commit().await.map_err(unsaved)
    }

    pub(super) async fn list_authors(&self, id: DocumentId) -> Result<Vec<AuthorRow>, StoreError> {
        let mut connection = self.reading().await?;
        let query = sqlx::query_as(AUTHORS).bind(id.0.to_vec());
        let cells: Vec<AuthorCells> =
            query.fetch_all(&mut *connection).await.map_err(|error| failed(&error, "authors", id))?;
        cells.into_iter().map(|cells| cells.into_row(id)).collect()
    }
}
