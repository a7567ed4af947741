//! Stored versions in the order of the moments they show, which is not always the order they were made in.

use std::cmp::Reverse;

use weft_protocol::ids::DocumentId;
use weft_storage::{SNAPSHOT_PAGE_MAX, SnapshotId, SnapshotQuery, SnapshotRow, Store, StoreError};

/// Where a version lies in the list: by its moment in Unix milliseconds, then by its number.
pub type Place = (i64, SnapshotId);

/// Above every version.
pub const NEWEST: Place = (i64::MAX, SnapshotId(i64::MAX));

/// Returns the place of a version.
#[must_use]
pub fn place(row: &SnapshotRow) -> Place {
    (row.taken_at_ms, row.id)
}

/// Returns the versions below a place, newest first and at most `wanted`, without those in quarantine. All of a document's are
/// looked at, and only a page more than `wanted` is held.
///
/// # Errors
/// The store's.
pub async fn versions(
    store: &dyn Store,
    document: DocumentId,
    below: Place,
    wanted: usize,
) -> Result<Vec<SnapshotRow>, StoreError> {
    let (mut newest, mut made_before) = (Vec::new(), None);
    loop {
        let limit = SNAPSHOT_PAGE_MAX;
        let query = SnapshotQuery { document, with_auto: false, below: made_before, limit };
        let page = store.snapshots(query).await?;
        let Some(last) = page.last() else { return Ok(newest) };
        made_before = Some(last.id);
        let is_end = page.len() < limit as usize;
        newest.extend(page.into_iter().filter(|row| row.quarantined.is_none() && place(row) < below));
        newest.sort_unstable_by_key(|row| Reverse(place(row)));
        newest.truncate(wanted);
        if is_end {
            return Ok(newest);
        }
    }
}
