//! Images of documents.

use bytes::Bytes;
use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;
use weft_protocol::ids::DocumentId;

use super::SqliteStore;
use super::failure::failed;
use crate::blob::{BlobBounds, BlobHash, BlobRow, BlobSaved, Held, NewBlob, key};
use crate::document::{DocumentKind, search_text};
use crate::error::StoreError;
use crate::rows::{BlobCells, HeldCells};

const BEGIN: &str = "BEGIN IMMEDIATE";

const CREATE_DOCUMENT: &str = "\
INSERT INTO documents (id, name, kind, search, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5)
ON CONFLICT DO NOTHING";

const IS_DELETED: &str = "SELECT deleted_at IS NOT NULL FROM documents WHERE id = ?1";

const HELD: &str = "\
SELECT count(*) AS blobs, coalesce(sum(size), 0) AS bytes, coalesce(max(hash = ?2), 0) AS known
FROM blobs WHERE document_id = ?1";

const INSERT: &str = "\
INSERT INTO blobs (document_id, hash, type, size, created_at, author) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

const INSERT_PIECE: &str =
    "INSERT INTO blob_pieces (document_id, hash, piece, bytes) VALUES (?1, ?2, ?3, ?4)";

const ONE: &str = "\
SELECT blobs.hash, blobs.type, blobs.size, blobs.created_at, blobs.author FROM blobs
JOIN documents ON documents.id = blobs.document_id
WHERE blobs.document_id = ?1 AND blobs.hash = ?2 AND documents.deleted_at IS NULL";

const PIECE: &str = "SELECT bytes FROM blob_pieces WHERE document_id = ?1 AND hash = ?2 AND piece = ?3";

impl SqliteStore {
    pub(super) async fn store_blob(&self, new: NewBlob, bounds: BlobBounds) -> Result<BlobSaved, StoreError> {
        let unsaved = |error: sqlx::Error| failed(&error, "blobs", new.key());
        let mut connection = self.writing().await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(unsaved)?;
        let verdict = save(&mut transaction, &new, bounds).await.map_err(unsaved)?;
        if verdict == BlobSaved::Stored {
            transaction.commit().await.map_err(unsaved)?;
        }
        Ok(verdict)
    }

    pub(super) async fn read_blob(
        &self,
        document: DocumentId,
        hash: BlobHash,
    ) -> Result<Option<BlobRow>, StoreError> {
        let mut connection = self.reading().await?;
        let query = sqlx::query_as(ONE).bind(document.0.to_vec()).bind(hash.0.to_vec());
        let found: Option<BlobCells> = query
            .fetch_optional(&mut *connection)
            .await
            .map_err(|error| failed(&error, "blobs", key(document, hash)))?;
        found.map(BlobCells::into_row).transpose()
    }

    pub(super) async fn read_piece(
        &self,
        document: DocumentId,
        hash: BlobHash,
        piece: u32,
    ) -> Result<Bytes, StoreError> {
        let key = || format!("{}, {piece}", key(document, hash));
        let mut connection = self.reading().await?;
        let query = sqlx::query_scalar(PIECE).bind(document.0.to_vec()).bind(hash.0.to_vec()).bind(piece);
        let found: Option<Vec<u8>> = query
            .fetch_optional(&mut *connection)
            .await
            .map_err(|error| failed(&error, "blob_pieces", key()))?;
        found.map(Bytes::from).ok_or_else(|| StoreError::Missing { table: "blob_pieces", key: key() })
    }
}

async fn save(
    connection: &mut SqliteConnection,
    new: &NewBlob,
    bounds: BlobBounds,
) -> Result<BlobSaved, sqlx::Error> {
    let (document, hash) = (new.document().0.to_vec(), new.hash.0.to_vec());
    sqlx::query(CREATE_DOCUMENT)
        .bind(document.clone())
        .bind(new.name.as_str().to_owned())
        .bind(DocumentKind::Any.as_str())
        .bind(search_text(&new.name, None))
        .bind(new.created_at_ms)
        .execute(&mut *connection)
        .await?;
    if sqlx::query_scalar(IS_DELETED).bind(document.clone()).fetch_one(&mut *connection).await? {
        return Ok(BlobSaved::Deleted);
    }
    let asked = sqlx::query_as(HELD).bind(document.clone()).bind(hash.clone());
    let cells: HeldCells = asked.fetch_one(&mut *connection).await?;
    let verdict = new.verdict(Held::from(cells), bounds);
    if verdict != BlobSaved::Stored {
        return Ok(verdict);
    }
    sqlx::query(INSERT)
        .bind(document.clone())
        .bind(hash.clone())
        .bind(new.kind.as_str())
        .bind(i64::try_from(new.bytes()).unwrap_or(i64::MAX))
        .bind(new.created_at_ms)
        .bind(new.author.clone())
        .execute(&mut *connection)
        .await?;
    for (number, piece) in (0_i64..).zip(&new.pieces) {
        sqlx::query(INSERT_PIECE)
            .bind(document.clone())
            .bind(hash.clone())
            .bind(number)
            .bind(piece.to_vec())
            .execute(&mut *connection)
            .await?;
    }
    Ok(BlobSaved::Stored)
}
