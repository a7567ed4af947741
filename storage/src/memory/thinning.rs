//! Merged rows.

use async_trait::async_trait;
use weft_protocol::ids::DocumentId;

use super::MemoryStore;
use crate::error::StoreError;
use crate::thinning::{MergedRow, Thinned, Thinning};

#[async_trait]
impl Thinning for MemoryStore {
    async fn merge_updates(&self, document: DocumentId, rows: &[MergedRow]) -> Result<(), StoreError> {
        self.write(|tables| tables.merge_updates(document, rows)).await
    }

    async fn thinned(&self, document: DocumentId) -> Result<Option<Thinned>, StoreError> {
        self.read(|tables| tables.thinned(document)).await
    }

    async fn set_thinned(&self, document: DocumentId, thinned: &Thinned) -> Result<(), StoreError> {
        self.write(|tables| {
            tables.set_thinned(document, thinned.clone());
            Ok(())
        })
        .await
    }
}
