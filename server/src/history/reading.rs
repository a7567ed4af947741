//! Updates out of storage in their total order, in batches of bounded bytes.

use weft_protocol::ids::DocumentId;
use weft_storage::{Frontier, Ordered, OrderedUpdates, StoreError};

use crate::durable::Durable;

/// Updates of a batch.
const BATCH_UPDATES_MAX: usize = 1_024;
/// Payload bytes with which a batch ends.
const BATCH_BYTES_MAX: usize = 64 << 10;

/// A walk through a document's past.
pub struct Reading {
    durable: Durable,
    /// Away while storage works on it; for good after an error.
    ordered: Option<OrderedUpdates>,
}

impl Reading {
    /// Starts above a moment and ends with `up_to`.
    ///
    /// # Errors
    /// The store's.
    pub async fn open(
        durable: &Durable,
        id: DocumentId,
        above: Frontier,
        up_to: Frontier,
    ) -> Result<Self, StoreError> {
        let opening = |store| async move { OrderedUpdates::open(store, id, &above, &up_to).await };
        Ok(Self { durable: durable.clone(), ordered: Some(durable.query(opening).await?) })
    }

    /// Returns the next updates, none behind the last one.
    ///
    /// # Errors
    /// The store's; the walk is over with it.
    pub async fn batch(&mut self) -> Result<Vec<Ordered>, StoreError> {
        let Some(mut ordered) = self.ordered.take() else { return Ok(Vec::new()) };
        let reading = |_| async move {
            let (mut batch, mut bytes) = (Vec::new(), 0);
            while batch.len() < BATCH_UPDATES_MAX && bytes < BATCH_BYTES_MAX {
                let Some(next) = ordered.next().await? else { break };
                bytes += next.update.payload.len();
                batch.push(next);
            }
            Ok((ordered, batch))
        };
        let (ordered, batch) = self.durable.query(reading).await?;
        self.ordered = Some(ordered);
        Ok(batch)
    }
}
