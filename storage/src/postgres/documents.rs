//! Creating, listing, renaming and deleting documents; and their authors.

use weft_protocol::ids::DocumentId;

use super::failure::{failed, is_duplicate};
use super::{PostgresStore, give_back};
use crate::author::AuthorRow;
use crate::document::{
    DocumentChange, DocumentCursor, DocumentKind, DocumentPage, DocumentQuery, DocumentRow, NewDocument,
    search_text,
};
use crate::error::StoreError;
use crate::rows::{AuthorCells, DocumentCells};

const INSERT: &str = "\
INSERT INTO documents (id, name, kind, title, search, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)";

/// Without a cursor the page starts behind the greatest place there can be, so that the index is always entered by range.
const LIST: &str = "\
SELECT id, name, kind, title, created_at, updated_at, deleted_at FROM documents
WHERE deleted_at IS NULL
  AND (updated_at, id) < ($1, $2)
  AND ($3::text IS NULL OR strpos(search, $3) > 0)
  AND ($4::text IS NULL OR kind = $4)
ORDER BY updated_at DESC, id DESC LIMIT $5";

/// What a change leaves out stays, also when another one changes it at this moment: $2 says whether the title is meant.
const CHANGE: &str = "\
UPDATE documents SET
    title = CASE WHEN $2 THEN $3 ELSE title END,
    search = CASE WHEN $2 THEN $4 ELSE search END,
    kind = coalesce($5, kind)
WHERE id = $1
RETURNING id, name, kind, title, created_at, updated_at, deleted_at";

/// Deleting keeps the first moment; $2 is NULL to undelete.
const SET_DELETED: &str = "\
UPDATE documents SET deleted_at = CASE WHEN $2::bigint IS NULL THEN NULL ELSE coalesce(deleted_at, $2) END
WHERE id = $1";

/// In the order of the key, so that two nodes do not wait for each other crosswise.
const UPSERT_AUTHORS: &str = "\
INSERT INTO authors (document_id, client_id, user_id, name, color, first_seen)
SELECT DISTINCT ON (document_id, client_id) document_id, client_id, user_id, name, color,
    min(first_seen) OVER (PARTITION BY document_id, client_id)
FROM unnest($1::bytea[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[])
    WITH ORDINALITY AS seen (document_id, client_id, user_id, name, color, first_seen, at)
ORDER BY document_id, client_id, at
ON CONFLICT (document_id, client_id) DO UPDATE SET
    name = CASE WHEN authors.user_id IS NOT DISTINCT FROM excluded.user_id AND excluded.name <> ''
        THEN excluded.name ELSE authors.name END,
    color = CASE WHEN authors.user_id IS NOT DISTINCT FROM excluded.user_id AND excluded.color <> ''
        THEN excluded.color ELSE authors.color END,
    first_seen = least(authors.first_seen, excluded.first_seen)";

const AUTHORS: &str = "\
SELECT client_id, user_id, name, color, first_seen FROM authors WHERE document_id = $1 ORDER BY client_id";

impl PostgresStore {
    pub(super) async fn insert_document(&self, new: NewDocument) -> Result<DocumentRow, StoreError> {
        let row = new.into_row();
        let mut connection = self.connection().await?;
        let insert = sqlx::query(INSERT)
            .bind(&row.id.0[..])
            .bind(row.name.as_str())
            .bind(row.kind.as_str())
            .bind(row.title.as_deref())
            .bind(search_text(&row.name, row.title.as_deref()))
            .bind(row.created_at_ms)
            .execute(&mut *connection);
        let answered = self.within(async { Ok(insert.await) }, "documents", row.id).await;
        let created = answered.and_then(|inserted| match inserted {
            Ok(_) => Ok(()),
            Err(error) if is_duplicate(&error) => Err(StoreError::Exists { name: row.name.to_string() }),
            Err(error) => Err(failed(&error, "documents", row.id)),
        });
        give_back(connection, created).map(|()| row)
    }

    pub(super) async fn list_documents(&self, query: DocumentQuery) -> Result<DocumentPage, StoreError> {
        let limit = query.limit_bounded();
        let start = query.cursor.unwrap_or(DocumentCursor::START);
        let mut connection = self.connection().await?;
        let listing = sqlx::query_as(LIST)
            .bind(start.updated_at_ms)
            .bind(&start.id.0[..])
            .bind(query.search.map(|text| text.to_lowercase()))
            .bind(query.kind.map(|kind| kind.as_str()))
            .bind(i64::from(limit) + 1)
            .fetch_all(&mut *connection);
        let cells: Result<Vec<DocumentCells>, _> = self.within(listing, "documents", "a listing").await;
        let rows = give_back(connection, cells)?.into_iter().map(DocumentCells::into_row);
        Ok(DocumentPage::of(rows.collect::<Result<_, _>>()?, limit))
    }

    pub(super) async fn update_document(
        &self,
        id: DocumentId,
        change: DocumentChange,
    ) -> Result<DocumentRow, StoreError> {
        let missing = || StoreError::Missing { table: "documents", key: id.to_string() };
        let name = self.read_document(id).await?.ok_or_else(missing)?.name;
        let mut connection = self.connection().await?;
        let title = change.title.as_ref().and_then(Option::as_deref);
        let query = sqlx::query_as(CHANGE)
            .bind(&id.0[..])
            .bind(change.title.is_some())
            .bind(title)
            .bind(search_text(&name, title))
            .bind(change.kind.map(DocumentKind::as_str));
        let changed: Result<Option<DocumentCells>, _> =
            self.within(query.fetch_optional(&mut *connection), "documents", id).await;
        give_back(connection, changed)?.ok_or_else(missing)?.into_row()
    }

    pub(super) async fn set_deleted(&self, id: DocumentId, at_ms: Option<i64>) -> Result<(), StoreError> {
        let mut connection = self.connection().await?;
        let query = sqlx::query(SET_DELETED).bind(&id.0[..]).bind(at_ms);
        let changed = self.within(query.execute(&mut *connection), "documents", id).await;
        match give_back(connection, changed)?.rows_affected() {
            0 => Err(StoreError::Missing { table: "documents", key: id.to_string() }),
            _ => Ok(()),
        }
    }

    pub(super) async fn upsert_authors(&self, authors: &[AuthorRow]) -> Result<(), StoreError> {
        let client_ids: Vec<i64> =
            authors.iter().map(AuthorRow::checked_client_id).collect::<Result<_, _>>()?;
        let mut connection = self.connection().await?;
        let upsert = sqlx::query(UPSERT_AUTHORS)
            .bind(authors.iter().map(|author| &author.document.0[..]).collect::<Vec<_>>())
            .bind(client_ids)
            .bind(authors.iter().map(|author| author.user_id.as_deref()).collect::<Vec<_>>())
            .bind(authors.iter().map(|author| author.name.as_str()).collect::<Vec<_>>())
            .bind(authors.iter().map(|author| author.color.as_str()).collect::<Vec<_>>())
            .bind(authors.iter().map(|author| author.first_seen_ms).collect::<Vec<_>>())
            .execute(&mut *connection);
        let done = self.within(upsert, "authors", format!("{} rows", authors.len())).await;
        give_back(connection, done.map(drop))
    }

    pub(super) async fn list_authors(&self, id: DocumentId) -> Result<Vec<AuthorRow>, StoreError> {
        let mut connection = self.connection().await?;
        let query = sqlx::query_as(AUTHORS).bind(&id.0[..]).fetch_all(&mut *connection);
        let cells: Result<Vec<AuthorCells>, _> = self.within(query, "authors", id).await;
        give_back(connection, cells)?.into_iter().map(|cells| cells.into_row(id)).collect()
    }
}
