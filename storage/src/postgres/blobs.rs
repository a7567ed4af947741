//! Images of documents.

use bytes::Bytes;
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use weft_protocol::ids::DocumentId;

use super::{PostgresStore, give_back};
use crate::blob::{BlobBounds, BlobHash, BlobRow, BlobSaved, Held, NewBlob, key};
use crate::document::{DocumentKind, search_text};
use crate::error::StoreError;
use crate::rows::{BlobCells, HeldCells};

const BEGIN: &str = "BEGIN";

/// A transaction of its own: held open over megabytes of pieces, the new row would keep the journal waiting.
const CREATE_DOCUMENT: &str = "\
INSERT INTO documents (id, name, kind, search, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)
ON CONFLICT DO NOTHING";

const IS_DELETED: &str = "SELECT deleted_at IS NOT NULL FROM documents WHERE id = $1";

/// Blobs of one document are counted and stored one after the other. Not a lock on its row, which the journal moves.
const LOCK: &str = "SELECT pg_advisory_xact_lock($1)";

const HELD: &str = "\
SELECT count(*) AS blobs, coalesce(sum(size), 0)::bigint AS bytes, coalesce(bool_or(hash = $2), false) AS known
FROM blobs WHERE document_id = $1";

const INSERT: &str = "\
INSERT INTO blobs (document_id, hash, type, size, created_at, author) VALUES ($1, $2, $3, $4, $5, $6)";

const INSERT_PIECE: &str =
    "INSERT INTO blob_pieces (document_id, hash, piece, bytes) VALUES ($1, $2, $3, $4)";

const ONE: &str = "\
SELECT blobs.hash, blobs.type, blobs.size, blobs.created_at, blobs.author FROM blobs
JOIN documents ON documents.id = blobs.document_id
WHERE blobs.document_id = $1 AND blobs.hash = $2 AND documents.deleted_at IS NULL";

const PIECE: &str = "SELECT bytes FROM blob_pieces WHERE document_id = $1 AND hash = $2 AND piece = $3";

impl PostgresStore {
    pub(super) async fn store_blob(&self, new: NewBlob, bounds: BlobBounds) -> Result<BlobSaved, StoreError> {
        let mut connection = self.connection().await?;
        let saved = self.save_blob_through(&mut connection, &new, bounds).await;
        give_back(connection, saved)
    }

    async fn save_blob_through(
        &self,
        connection: &mut PgConnection,
        new: &NewBlob,
        bounds: BlobBounds,
    ) -> Result<BlobSaved, StoreError> {
        let document = new.document();
        let create = sqlx::query(CREATE_DOCUMENT)
            .bind(&document.0[..])
            .bind(new.name.as_str())
            .bind(DocumentKind::Any.as_str())
            .bind(search_text(&new.name, None))
            .bind(new.created_at_ms);
        self.within(create.execute(&mut *connection), "documents", document).await?;
        let asked = sqlx::query_scalar(IS_DELETED).bind(&document.0[..]).fetch_one(&mut *connection);
        if self.within(asked, "documents", document).await? {
            return Ok(BlobSaved::Deleted);
        }
        let mut transaction = self.within(connection.begin_with(BEGIN), "blobs", new.key()).await?;
        let lock = sqlx::query(LOCK).bind(lock_of(document)).execute(&mut *transaction);
        self.within(lock, "blobs", new.key()).await?;
        let asked = sqlx::query_as(HELD).bind(&document.0[..]).bind(&new.hash.0[..]);
        let cells: HeldCells = self.within(asked.fetch_one(&mut *transaction), "blobs", new.key()).await?;
        let verdict = new.verdict(Held::from(cells), bounds);
        if verdict == BlobSaved::Stored {
            self.insert_blob(&mut transaction, new).await?;
            self.within(transaction.commit(), "blobs", new.key()).await?;
        }
        Ok(verdict)
    }

    async fn insert_blob(&self, connection: &mut PgConnection, new: &NewBlob) -> Result<(), StoreError> {
        let (document, hash) = (new.document(), new.hash);
        let insert = sqlx::query(INSERT)
            .bind(&document.0[..])
            .bind(&hash.0[..])
            .bind(new.kind.as_str())
            .bind(i64::try_from(new.bytes()).unwrap_or(i64::MAX))
            .bind(new.created_at_ms)
            .bind(new.author.as_deref());
        self.within(insert.execute(&mut *connection), "blobs", new.key()).await?;
        for (number, piece) in (0_i32..).zip(&new.pieces) {
            let insert = sqlx::query(INSERT_PIECE)
                .bind(&document.0[..])
                .bind(&hash.0[..])
                .bind(number)
                .bind(&piece[..])
                .execute(&mut *connection);
            self.within(insert, "blob_pieces", new.key()).await?;
        }
        Ok(())
    }

    pub(super) async fn read_blob(
        &self,
        document: DocumentId,
        hash: BlobHash,
    ) -> Result<Option<BlobRow>, StoreError> {
        let mut connection = self.connection().await?;
        let query = sqlx::query_as(ONE).bind(&document.0[..]).bind(&hash.0[..]);
        let found: Result<Option<BlobCells>, _> =
            self.within(query.fetch_optional(&mut *connection), "blobs", key(document, hash)).await;
        give_back(connection, found)?.map(BlobCells::into_row).transpose()
    }

    pub(super) async fn read_piece(
        &self,
        document: DocumentId,
        hash: BlobHash,
        piece: u32,
    ) -> Result<Bytes, StoreError> {
        let mut connection = self.connection().await?;
        let query = sqlx::query_scalar(PIECE).bind(&document.0[..]).bind(&hash.0[..]).bind(i64::from(piece));
        let found: Result<Option<Vec<u8>>, _> =
            self.within(query.fetch_optional(&mut *connection), "blob_pieces", key(document, hash)).await;
        let missing =
            || StoreError::Missing { table: "blob_pieces", key: format!("{}, {piece}", key(document, hash)) };
        give_back(connection, found)?.map(Bytes::from).ok_or_else(missing)
    }
}

/// Documents that share a number by accident wait for each other, no more.
pub(super) fn lock_of(document: DocumentId) -> i64 {
    let (first, _) = document.0.split_first_chunk().expect("an id has 16 bytes");
    i64::from_be_bytes(*first)
}
