//! Cutting a batch that failed for good, so that the row at fault ends up alone.

use std::collections::HashMap;

use weft_protocol::ids::DocumentId;

use crate::update::Append;

/// Cuts a batch of at least two rows into two that are not empty; the first is to be tried first.
///
/// Rows of one document stay together as long as there are others, so innocent documents are through after few attempts;
/// the rows of a single document are cut in order, so that a prefix of them commits. A blamed document goes second.
pub(super) fn cut(batch: &[Append], blamed: Option<DocumentId>) -> (Vec<Append>, Vec<Append>) {
    debug_assert!(batch.len() > 1, "a single row is not cut");
    let mut places: HashMap<DocumentId, usize> = HashMap::new();
    for append in batch {
        let next = places.len();
        places.entry(append.document).or_insert(next);
    }
    if places.len() == 1 {
        let (first, second) = batch.split_at(batch.len() / 2);
        return (first.to_vec(), second.to_vec());
    }
    let half = places.len() / 2;
    let blamed = blamed.filter(|document| places.contains_key(document));
    batch.iter().cloned().partition(|append| match blamed {
        Some(document) => append.document != document,
        None => places[&append.document] < half,
    })
}
