//! The one write into the CRDT, and what is left of a panic in it.

use std::any::Any;
use std::mem::ManuallyDrop;

use weft_protocol::validate::DeleteRange;
use yrs::{Doc, ReadTxn, Transact, WriteTxn};

/// Applies an update and returns what it deleted, also where the update did not say so: entries that lost against
/// a newer one, children of deleted types.
pub(super) fn change(doc: &Doc, update: yrs::Update) -> Result<Vec<DeleteRange>, String> {
    let transaction = doc.try_transact_mut().map_err(|error| error.to_string())?;
    let mut transaction = ManuallyDrop::new(transaction);
    transaction.apply_update(update).map_err(|error| error.to_string())?;
    // Cannot happen: structs and deletes are handed over only when every cause is known, and yrs integrates in
    // causal order. If it did, encoding the state could fail ever after, so what is pending is thrown away.
    if transaction.has_missing_updates() {
        transaction.prune_pending();
        return Err("the CRDT kept a part pending".to_owned());
    }
    let deleted = delete_ranges(transaction.delete_set());
    transaction.commit();
    drop(ManuallyDrop::into_inner(transaction));
    Ok(deleted)
}

fn delete_ranges(deletes: &yrs::IdSet) -> Vec<DeleteRange> {
    let mut all = Vec::new();
    for (client, ranges) in deletes.iter() {
        let client = client.get();
        all.extend(ranges.iter().map(|range| DeleteRange {
            client,
            clock: range.start,
            len: range.end - range.start,
        }));
    }
    all
}

/// Returns what a panic said.
pub(super) fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without words".to_owned())
}
