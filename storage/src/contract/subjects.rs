//! The three stores as subjects.

use std::sync::Arc;

use async_trait::async_trait;
use weft_protocol::ids::{DocumentId, Seq, WriterId};

use super::Subject;
use crate::memory::MemoryStore;
use crate::postgres::PostgresStore;
use crate::sqlite::SqliteStore;
use crate::{SnapshotId, Store, StoreOptions};

#[async_trait]
impl Subject for MemoryStore {
    fn store(&self, writer: WriterId) -> Arc<dyn Store> {
        Arc::new(self.with_writer(writer))
    }

    fn store_with(&self, options: StoreOptions) -> Arc<dyn Store> {
        Arc::new(self.with_options(options))
    }

    async fn corrupt_snapshot(&self, id: SnapshotId) {
        assert!(MemoryStore::corrupt_snapshot(self, id), "the snapshot exists");
    }

    async fn lose_update(&self, document: DocumentId, writer: WriterId, seq: Seq) {
        assert!(MemoryStore::lose_update(self, document, writer, seq), "the update exists");
    }
}

#[async_trait]
impl Subject for SqliteStore {
    fn store(&self, writer: WriterId) -> Arc<dyn Store> {
        Arc::new(self.with_writer(writer))
    }

    fn store_with(&self, options: StoreOptions) -> Arc<dyn Store> {
        Arc::new(self.with_options(options))
    }

    async fn corrupt_snapshot(&self, id: SnapshotId) {
        const CORRUPT: &str = "UPDATE snapshots SET state = CAST(state || 'x' AS BLOB) WHERE id = ?1";
        self.damage(sqlx::query(CORRUPT).bind(id.0)).await;
    }

    async fn lose_update(&self, document: DocumentId, writer: WriterId, seq: Seq) {
        const LOSE: &str = "DELETE FROM updates WHERE document_id = ?1 AND writer = ?2 AND seq = ?3";
        let query = sqlx::query(LOSE).bind(document.0.to_vec());
        self.damage(query.bind(writer.0.cast_signed()).bind(seq.cast_signed())).await;
    }
}

#[async_trait]
impl Subject for PostgresStore {
    fn store(&self, writer: WriterId) -> Arc<dyn Store> {
        Arc::new(self.with_writer(writer))
    }

    fn store_with(&self, options: StoreOptions) -> Arc<dyn Store> {
        Arc::new(self.with_options(options))
    }

    async fn corrupt_snapshot(&self, id: SnapshotId) {
        const CORRUPT: &str = r"UPDATE snapshots SET state = state || '\x00'::bytea WHERE id = $1";
        self.damage(sqlx::query(CORRUPT).bind(id.0)).await;
    }

    async fn lose_update(&self, document: DocumentId, writer: WriterId, seq: Seq) {
        const LOSE: &str = "DELETE FROM updates WHERE document_id = $1 AND writer = $2 AND seq = $3";
        let query = sqlx::query(LOSE).bind(document.0.to_vec());
        self.damage(query.bind(writer.0.cast_signed()).bind(seq.cast_signed())).await;
    }
}
