//! A merge of all writers' updates into the total order, in memory that grows neither with rows nor with payloads.
//!
//! Of every writer only the ordering time of its next update is kept; its rows are read in pages of some kibibytes when they
//! are due. Pages of writers that alternate stay; when they are too many together, the one used longest ago is dropped, and
//! read again when it is due.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::sync::Arc;

use weft_protocol::ids::{DocumentId, Seq, WriterId};

use super::{Head, Stretch};
use crate::{Frontier, Store, StoreError, StoredUpdate};

/// Rows of a page.
const PAGE_ROWS_MAX: u32 = 512;
/// Payload bytes after which a page ends; its last row may go over it.
const PAGE_BYTES_MAX: u32 = 64 << 10;
/// Payload bytes of all pages together, above which pages are dropped.
const HELD_BYTES_MAX: usize = 1 << 20;
/// What a row weighs besides its payload and author, in bytes.
const ROW_BYTES: usize = 96;

/// An update and its place in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ordered {
    /// Its ordering time, in Unix milliseconds.
    pub at_ms: i64,
    /// The update.
    pub update: StoredUpdate,
}

/// What is known of one writer.
#[derive(Debug)]
struct Source {
    rows: VecDeque<StoredUpdate>,
    bytes: usize,
    /// Number of the last update that was returned, or that is not wanted.
    reached: Seq,
    up_to: Seq,
    /// Ordering time of the update that was returned last.
    clock_ms: i64,
    used: u64,
}

/// Reads a document's updates in their total order.
pub struct OrderedUpdates {
    store: Arc<dyn Store>,
    id: DocumentId,
    sources: BTreeMap<WriterId, Source>,
    due: BinaryHeap<Reverse<(i64, WriterId)>>,
    held_bytes: usize,
    returned: u64,
}

impl std::fmt::Debug for OrderedUpdates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OrderedUpdates")
            .field("id", &self.id)
            .field("writers", &self.sources.len())
            .field("held_bytes", &self.held_bytes)
            .finish_non_exhaustive()
    }
}

impl OrderedUpdates {
    /// Starts above a frontier, which has to be what there was at some moment for the ordering times to be right, and ends
    /// with `up_to`.
    ///
    /// # Errors
    /// [`StoreError::Gap`] if updates are missing.
    pub async fn open(
        store: Arc<dyn Store>,
        id: DocumentId,
        above: &Frontier,
        up_to: &Frontier,
    ) -> Result<Self, StoreError> {
        let heads = store.heads(id, above).await?;
        let mut ordered =
            Self { store, id, sources: BTreeMap::new(), due: BinaryHeap::new(), held_bytes: 0, returned: 0 };
        for Head { writer, seq, received_at_ms } in heads {
            if up_to.contains(writer, seq) {
                let (reached, up_to) = (above.seq(writer), up_to.seq(writer));
                let rows = VecDeque::new();
                let source = Source { rows, bytes: 0, reached, up_to, clock_ms: received_at_ms, used: 0 };
                ordered.sources.insert(writer, source);
                ordered.due.push(Reverse((received_at_ms, writer)));
            }
        }
        Ok(ordered)
    }

    /// Returns the next update, or none behind the last one.
    ///
    /// # Errors
    /// [`StoreError::Gap`] if updates are missing.
    pub async fn next(&mut self) -> Result<Option<Ordered>, StoreError> {
        let Some(Reverse((at_ms, writer))) = self.due.peek().copied() else { return Ok(None) };
        self.fill(writer).await?;
        self.returned += 1;
        let Some(source) = self.sources.get_mut(&writer) else { return Ok(None) };
        let Some(update) = source.rows.pop_front() else { return Ok(None) };
        let weight = weight_bytes(&update);
        source.used = self.returned;
        source.bytes -= weight;
        self.held_bytes -= weight;
        if !update.ends_row() {
            // The rest of the row follows at once.
            return Ok(Some(Ordered { at_ms, update }));
        }
        source.reached = update.seq;
        source.clock_ms = at_ms;
        self.due.pop();
        if source.reached >= source.up_to {
            self.sources.remove(&writer);
            return Ok(Some(Ordered { at_ms, update }));
        }
        // Its next time has to be known before anybody else's update may be returned.
        self.fill(writer).await?;
        if let Some(source) = self.sources.get(&writer)
            && let Some(next) = source.rows.front()
        {
            self.due.push(Reverse((source.clock_ms.max(next.received_at_ms), writer)));
        }
        Ok(Some(Ordered { at_ms, update }))
    }

    async fn fill(&mut self, writer: WriterId) -> Result<(), StoreError> {
        let Some(source) = self.sources.get_mut(&writer).filter(|source| source.rows.is_empty()) else {
            return Ok(());
        };
        let (rows_max, bytes_max) = (PAGE_ROWS_MAX, PAGE_BYTES_MAX);
        let stretch = Stretch { writer, above: source.reached, up_to: source.up_to, rows_max, bytes_max };
        let rows = self.store.stretch(self.id, stretch).await?;
        if rows.is_empty() {
            let (missing_from, missing_to) = (source.reached + 1, source.up_to);
            return Err(StoreError::Gap { document: self.id, writer, missing_from, missing_to });
        }
        source.bytes = rows.iter().map(weight_bytes).sum();
        source.rows = rows.into();
        source.used = self.returned;
        self.held_bytes += source.bytes;
        self.drop_pages(writer);
        Ok(())
    }

    /// Drops pages used longest ago while all together are too large; never the one that is needed now.
    fn drop_pages(&mut self, needed: WriterId) {
        while self.held_bytes > HELD_BYTES_MAX {
            let others = self.sources.iter_mut().filter(|(writer, _)| **writer != needed);
            let oldest =
                others.filter(|(_, source)| !source.rows.is_empty()).min_by_key(|(_, source)| source.used);
            let Some((_, source)) = oldest else { return };
            self.held_bytes -= source.bytes;
            source.bytes = 0;
            source.rows = VecDeque::new();
        }
    }

    /// Returns the bytes of the pages that are held.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.held_bytes
    }
}

fn weight_bytes(update: &StoredUpdate) -> usize {
    ROW_BYTES + update.payload.len() + update.author.as_ref().map_or(0, String::len)
}
