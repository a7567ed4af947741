//! Share links.

use async_trait::async_trait;
use weft_protocol::ids::DocumentId;

use super::MemoryStore;
use crate::error::StoreError;
use crate::link::{LinkRow, LinkSaved, Links};

#[async_trait]
impl Links for MemoryStore {
    async fn save_link(&self, link: &LinkRow, links_max: u32) -> Result<LinkSaved, StoreError> {
        self.write(|tables| Ok(tables.save_link(link, links_max))).await
    }

    async fn links(&self, document: DocumentId, now_ms: i64) -> Result<Vec<LinkRow>, StoreError> {
        self.read(|tables| tables.links(document, now_ms)).await
    }

    async fn delete_link(&self, document: DocumentId, id: &str) -> Result<(), StoreError> {
        self.write(|tables| {
            tables.delete_link(document, id);
            Ok(())
        })
        .await
    }
}
