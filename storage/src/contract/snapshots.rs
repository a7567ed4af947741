//! What is promised about snapshots.

use std::sync::Arc;

use bytes::Bytes;

use super::{FIRST, SECOND, Subject, appends, id, save, snapshot};
use crate::{
    Frontier, NewSnapshot, SnapshotId, SnapshotKind, SnapshotQuery, SnapshotRow, SnapshotSaved, Store,
    StoreError, StoreOptions, VersionBounds,
};

async fn begun(subject: &dyn Subject) -> Arc<dyn Store> {
    let store = subject.store(FIRST);
    store.append(&appends("a", 1..=9)).await.expect("appended");
    store
}

async fn listed(store: &Arc<dyn Store>) -> Vec<SnapshotRow> {
    let query = SnapshotQuery { document: id("a"), with_auto: true, below: None, limit: 100 };
    store.snapshots(query).await.expect("listed")
}

async fn loaded_id(store: &Arc<dyn Store>) -> Option<SnapshotId> {
    store.load(id("a")).await.expect("loaded").snapshot.map(|snapshot| snapshot.id)
}

/// There is no snapshot of what does not exist.
pub async fn a_snapshot_needs_a_document(subject: &dyn Subject) {
    let error = subject.store(FIRST).save_snapshot(snapshot("a", 1, "state")).await.expect_err("must fail");
    assert_eq!(error, StoreError::Missing { table: "documents", key: id("a").to_string() });
}

/// Whoever comes second with the same or less is told so; versions that people make are always kept.
pub async fn a_covered_snapshot_is_skipped(subject: &dyn Subject) {
    let store = begun(subject).await;
    let newest = save(&store, snapshot("a", 5, "five")).await;
    for seq in [4, 5] {
        let saved = store.save_snapshot(snapshot("a", seq, "late")).await;
        assert_eq!(saved, Ok(SnapshotSaved::Stale { covered_by: newest }));
    }
    assert_eq!(listed(&store).await.len(), 1);
    save(&store, NewSnapshot { kind: SnapshotKind::Named, ..snapshot("a", 5, "five") }).await;
    save(&store, NewSnapshot { kind: SnapshotKind::Restore, ..snapshot("a", 4, "four") }).await;
    assert_eq!(listed(&store).await.len(), 3);
}

/// Two nodes may each know what the other does not.
pub async fn incomparable_snapshots_are_both_kept(subject: &dyn Subject) {
    let store = begun(subject).await;
    subject.store(SECOND).append(&appends("a", 1..=3)).await.expect("appended");
    let large = save(&store, snapshot("a", 5, "five")).await;
    let small = NewSnapshot { frontier: Frontier::from_iter([(SECOND, 3)]), ..snapshot("a", 1, "other") };
    save(&store, small).await;
    assert_eq!(listed(&store).await.len(), 2);
    let stored = store.load(id("a")).await.expect("loaded");
    assert_eq!(stored.snapshot.as_ref().map(|snapshot| snapshot.id), Some(large));
    assert_eq!(stored.frontier(), Frontier::from_iter([(FIRST, 9), (SECOND, 3)]));
}

/// A version made late of an early state does not become the newest.
pub async fn the_snapshot_that_contains_most_is_loaded(subject: &dyn Subject) {
    let store = begun(subject).await;
    let most = save(&store, snapshot("a", 8, "eight")).await;
    save(&store, NewSnapshot { kind: SnapshotKind::Named, ..snapshot("a", 3, "three") }).await;
    assert_eq!(loaded_id(&store).await, Some(most));
    let equal = save(&store, NewSnapshot { kind: SnapshotKind::Named, ..snapshot("a", 8, "eight") }).await;
    assert_eq!(loaded_id(&store).await, Some(equal), "of equals the newest");
}

/// Two generations of automatic snapshots stay, and everything that people made.
pub async fn old_automatic_snapshots_are_pruned_and_no_others(subject: &dyn Subject) {
    let store = begun(subject).await;
    let first = save(&store, snapshot("a", 1, "one")).await;
    let label = Some("Draft".to_owned());
    let named = NewSnapshot { kind: SnapshotKind::Named, label, ..snapshot("a", 1, "one") };
    let named = save(&store, named).await;
    let restored = save(&store, NewSnapshot { kind: SnapshotKind::Restore, ..snapshot("a", 1, "one") }).await;
    let second = save(&store, snapshot("a", 2, "two")).await;
    assert_eq!(ids(&listed(&store).await), [second, restored, named, first]);
    let third = save(&store, snapshot("a", 3, "three")).await;
    let fourth = save(&store, snapshot("a", 4, "four")).await;
    assert_eq!(ids(&listed(&store).await), [fourth, third, restored, named]);
    let generous = subject.store_with(StoreOptions { auto_generations_kept: 3, ..StoreOptions::default() });
    let fifth = save(&generous, snapshot("a", 5, "five")).await;
    assert_eq!(ids(&listed(&store).await), [fifth, fourth, third, restored, named]);
}

fn ids(rows: &[SnapshotRow]) -> Vec<SnapshotId> {
    rows.iter().map(|row| row.id).collect()
}

/// Damage is noticed, reported once, kept for inspection, and costs nothing but a longer tail.
pub async fn a_damaged_snapshot_is_quarantined_and_the_one_before_it_used(subject: &dyn Subject) {
    let store = begun(subject).await;
    let older = save(&store, snapshot("a", 3, "three")).await;
    let newer = save(&store, snapshot("a", 7, "seven")).await;
    subject.corrupt_snapshot(newer).await;
    let stored = store.load(id("a")).await.expect("loaded");
    assert_eq!(stored.snapshot.as_ref().map(|snapshot| snapshot.id), Some(older));
    assert_eq!(stored.updates.len(), 6);
    assert_eq!(stored.quarantined.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [newer]);
    let rows = listed(&store).await;
    assert_eq!((rows[0].id, rows[0].quarantined.as_deref()), (newer, Some("the checksum differs")));
    assert_eq!(rows[1].quarantined, None);
    assert_eq!(store.load(id("a")).await.expect("loaded").quarantined, []);
}

/// The journal is the document; snapshots only shorten it.
pub async fn with_all_snapshots_damaged_the_updates_are_the_document(subject: &dyn Subject) {
    let store = begun(subject).await;
    for (seq, state) in [(3, "three"), (7, "seven")] {
        let saved = save(&store, snapshot("a", seq, state)).await;
        subject.corrupt_snapshot(saved).await;
    }
    let stored = store.load(id("a")).await.expect("loaded");
    assert_eq!((stored.snapshot, stored.updates.len(), stored.quarantined.len()), (None, 9, 2));
}

/// What the caller could not decode is out of use, but never deleted, and does not stand in the way of a good one.
pub async fn a_quarantined_snapshot_is_neither_used_nor_pruned_nor_covering(subject: &dyn Subject) {
    let store = begun(subject).await;
    let bad = save(&store, snapshot("a", 5, "looks fine")).await;
    store.quarantine_snapshot(bad, "does not decode").await.expect("quarantined");
    store.quarantine_snapshot(bad, "again").await.expect("the first reason stays");
    assert_eq!(loaded_id(&store).await, None);
    assert_eq!(store.snapshot(id("a"), bad).await, Ok(None));
    for seq in 5..=8 {
        save(&store, snapshot("a", seq, "good")).await;
    }
    let rows = listed(&store).await;
    let kept = rows.iter().find(|row| row.id == bad).expect("never deleted");
    assert_eq!((rows.len(), kept.quarantined.as_deref()), (3, Some("does not decode")));
    let missing = store.quarantine_snapshot(SnapshotId(i64::MAX), "no such").await;
    assert!(matches!(missing, Err(StoreError::Missing { table: "snapshots", .. })), "{missing:?}");
}

/// An intact snapshot that this configuration refuses is not damage: it must not give way to an older one.
pub async fn a_snapshot_over_the_limit_is_an_error_and_stays(subject: &dyn Subject) {
    let store = begun(subject).await;
    save(&store, snapshot("a", 1, "x")).await;
    let large = NewSnapshot { state: Bytes::from(vec![0; 200_000]), ..snapshot("a", 2, "") };
    let large = save(&store, large).await;
    let strict =
        subject.store_with(StoreOptions { snapshot_decoded_bytes_max: 199_999, ..StoreOptions::default() });
    let too_large = StoreError::TooLarge { key: large.0.to_string(), bytes_max: 199_999 };
    assert_eq!(strict.load(id("a")).await, Err(too_large.clone()));
    assert_eq!(strict.snapshot(id("a"), large).await, Err(too_large));
    let snapshot = store.load(id("a")).await.expect("loaded").snapshot.expect("still in use");
    assert_eq!((snapshot.id, snapshot.state.len()), (large, 200_000));
}

/// One version is read with its content, and only as part of its own document.
pub async fn a_version_is_read_by_number(subject: &dyn Subject) {
    let store = begun(subject).await;
    let good = save(&store, snapshot("a", 3, "three")).await;
    let found = store.snapshot(id("a"), good).await.expect("read").expect("exists");
    assert_eq!((found.id, found.frontier.seq(FIRST), &found.state[..]), (good, 3, &b"three"[..]));
    assert_eq!(store.snapshot(id("b"), good).await, Ok(None));
    assert_eq!(store.snapshot(id("a"), SnapshotId(i64::MAX)).await, Ok(None));
    subject.corrupt_snapshot(good).await;
    let damaged = store.snapshot(id("a"), good).await;
    assert!(matches!(damaged, Err(StoreError::Corrupt { table: "snapshots", .. })), "{damaged:?}");
    assert_eq!(store.snapshot(id("a"), good).await, Ok(None));
}

/// Versions come newest first, in pages, with automatic ones only on request.
pub async fn versions_are_listed_newest_first(subject: &dyn Subject) {
    let store = begun(subject).await;
    let auto = save(&store, snapshot("a", 1, "one")).await;
    let mut named = Vec::new();
    for label in ["first", "second", "third"] {
        let (kind, author) = (SnapshotKind::Named, Some("Ada".to_owned()));
        let version = NewSnapshot { kind, label: Some(label.into()), author, ..snapshot("a", 2, "two") };
        named.push(save(&store, version).await);
    }
    let query = SnapshotQuery { document: id("a"), with_auto: false, below: None, limit: 2 };
    let page = store.snapshots(query).await.expect("listed");
    assert_eq!(ids(&page), [named[2], named[1]]);
    assert_eq!((page[0].label.as_deref(), page[0].author.as_deref()), (Some("third"), Some("Ada")));
    assert_eq!((page[0].kind, page[0].document, page[0].taken_at_ms), (SnapshotKind::Named, id("a"), 77));
    assert!(page[0].stored_bytes > 0);
    let query = SnapshotQuery { below: Some(named[1]), with_auto: true, ..query };
    assert_eq!(ids(&store.snapshots(query).await.expect("listed")), [named[0], auto]);
}

fn version(document: &str, kind: SnapshotKind, (versions_max, bytes_max): (u32, u64)) -> NewSnapshot {
    let bounds = VersionBounds { versions_max, bytes_max };
    NewSnapshot { kind, bounds, ..snapshot(document, 1, "one") }
}

/// Nothing that people named gives way; once one is deleted there is room for another. Each document has bounds of its own.
pub async fn named_versions_beyond_the_bounds_are_refused(subject: &dyn Subject) {
    let store = begun(subject).await;
    store.append(&appends("b", 1..=1)).await.expect("appended");
    let named = |bounds| version("a", SnapshotKind::Named, bounds);
    let restored = save(&store, version("a", SnapshotKind::Restore, (9, 1 << 20))).await;
    let first = save(&store, named((2, 1 << 20))).await;
    let each = listed(&store).await[0].stored_bytes;
    let second = save(&store, named((2, 2 * each))).await;
    assert_eq!(store.save_snapshot(named((2, 1 << 20))).await, Ok(SnapshotSaved::TooMany));
    assert_eq!(store.save_snapshot(named((3, 3 * each - 1))).await, Ok(SnapshotSaved::TooLarge));
    assert_eq!(ids(&listed(&store).await), [second, first, restored]);
    save(&store, version("b", SnapshotKind::Named, (1, each))).await;
    store.delete_snapshot(id("a"), first).await.expect("deleted");
    let third = save(&store, named((2, 2 * each))).await;
    assert_eq!(ids(&listed(&store).await), [third, second, restored]);
}

/// A restore is never refused, and what it made is never what gives way.
pub async fn of_what_restores_made_the_oldest_give_way(subject: &dyn Subject) {
    let store = begun(subject).await;
    store.append(&appends("b", 1..=1)).await.expect("appended");
    let restore = |bounds| version("a", SnapshotKind::Restore, bounds);
    let elsewhere = save(&store, version("b", SnapshotKind::Restore, (9, 1 << 20))).await;
    let named = save(&store, version("a", SnapshotKind::Named, (9, 1 << 20))).await;
    let first = save(&store, restore((3, 1 << 20))).await;
    let each = listed(&store).await[0].stored_bytes;
    let second = save(&store, restore((3, 3 * each))).await;
    let third = save(&store, restore((3, 3 * each))).await;
    assert_eq!(ids(&listed(&store).await), [third, second, first, named]);
    let fourth = save(&store, restore((3, 4 * each))).await;
    assert_eq!(ids(&listed(&store).await), [fourth, third, second, named], "too many");
    let fifth = save(&store, restore((9, 4 * each - 1))).await;
    assert_eq!(ids(&listed(&store).await), [fifth, fourth, third, named], "too many bytes");
    let sixth = save(&store, restore((1, 1))).await;
    assert_eq!(ids(&listed(&store).await), [sixth, fifth, named], "the two of a restore stay");
    let row = store.snapshot_row(id("b"), elsewhere).await.expect("read");
    assert!(row.is_some(), "another document's stay");
}
