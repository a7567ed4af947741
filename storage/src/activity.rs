//! Which documents a batch has to touch besides appending to them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use weft_protocol::ids::DocumentId;

use crate::document::ACTIVITY_RESOLUTION_MS;
use crate::error::StoreError;
use crate::update::Append;

/// Documents remembered; beyond that the memory starts afresh, which costs one needless touch for each.
const DOCUMENTS_REMEMBERED_MAX: usize = 1 << 17;

/// Remembers when this process last touched the row of each document, so that a batch touches only documents that are new to
/// the process or whose `updated_at` has become too old: without this every commit would rewrite the row of every document
/// in it. A wrong memory is harmless: the row is looked at again after [`ACTIVITY_RESOLUTION_MS`].
#[derive(Debug, Default)]
pub(crate) struct Activity {
    touched_ms: Mutex<HashMap<DocumentId, i64>>,
}

/// Documents to be created or moved, each with its newest append, in the order of their ids: two processes that create the
/// same documents must not wait for each other crosswise.
pub(crate) type Touches<'a> = BTreeMap<DocumentId, &'a Append>;

impl Activity {
    /// Returns the documents of a batch whose rows are to be touched.
    pub(crate) fn due<'a>(&self, batch: &'a [Append]) -> Result<Touches<'a>, StoreError> {
        let mut touches = Touches::new();
        let touched_ms = self.touched_ms();
        for append in batch {
            let is_recent =
                |at_ms: &i64| append.received_at_ms < at_ms.saturating_add(ACTIVITY_RESOLUTION_MS);
            if touched_ms.get(&append.document).is_some_and(is_recent) {
                continue;
            }
            let newest = touches.entry(append.document).or_insert(append);
            if newest.received_at_ms < append.received_at_ms {
                *newest = append;
            }
        }
        drop(touched_ms);
        touches.values().try_for_each(|append| append.check_identity())?;
        Ok(touches)
    }

    /// Remembers touches that were committed.
    pub(crate) fn done(&self, touches: &Touches<'_>) {
        if touches.is_empty() {
            return;
        }
        let mut touched_ms = self.touched_ms();
        if touched_ms.len() + touches.len() > DOCUMENTS_REMEMBERED_MAX {
            touched_ms.clear();
        }
        touched_ms.extend(touches.iter().map(|(id, append)| (*id, append.received_at_ms)));
    }

    fn touched_ms(&self) -> MutexGuard<'_, HashMap<DocumentId, i64>> {
        self.touched_ms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
