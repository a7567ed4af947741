//! Everything a replica is built from.

use crate::document::DocumentRow;
use crate::frontier::Frontier;
use crate::snapshot::{SnapshotId, StoredSnapshot};
use crate::update::StoredUpdate;

/// What [`Store::load`](crate::Store::load) found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// The row of the document; none if it was never created nor written to.
    pub document: Option<DocumentRow>,
    /// Whether the document is soft-deleted. Its content is here all the same.
    pub deleted: bool,
    /// The newest valid snapshot.
    pub snapshot: Option<StoredSnapshot>,
    /// Every update above the snapshot's frontier; per writer ascending, writers interleaved by time received.
    pub updates: Vec<StoredUpdate>,
    /// Snapshots found broken by this load and put into quarantine, with the reason.
    pub quarantined: Vec<(SnapshotId, String)>,
}

impl Stored {
    /// Returns the frontier of snapshot and updates together.
    #[must_use]
    pub fn frontier(&self) -> Frontier {
        let mut frontier =
            self.snapshot.as_ref().map(|snapshot| snapshot.frontier.clone()).unwrap_or_default();
        for update in &self.updates {
            frontier.advance(update.writer, update.seq);
        }
        frontier
    }
}
