//! What [`Thinning`](crate::Thinning) promises: a merged row is read wherever one of its updates would be.

use std::sync::Arc;

use weft_protocol::ids::Seq;

use super::{FIRST, SECOND, Subject, append, appends, id};
use crate::{
    Append, Frontier, Merged, MergedPart, MergedRow, OrderedUpdates, Store, StoreError, StoredUpdate,
    Stretch, Thinned,
};

fn part(author: Option<&str>, updates: u32, payload: &'static [u8]) -> MergedPart {
    MergedPart { author: author.map(str::to_owned), updates, payload: payload.into() }
}

fn row(first: Seq, last: Seq) -> MergedRow {
    let parts = vec![part(Some("ada"), 2, b"two"), part(None, 1, b"one")];
    let rows = u32::try_from(last - first + 1).expect("few");
    MergedRow { writer: FIRST, first, last, received_at_ms: 1_000, rows, parts }
}

/// Ten updates of the first writer of which 3 to 5 are merged, and two of the second.
async fn thinned(subject: &dyn Subject) -> Arc<dyn Store> {
    let store = subject.store(FIRST);
    store.append(&appends("a", 1..=10)).await.expect("appended");
    store.append(&appends("b", 1..=3)).await.expect("appended");
    subject.store(SECOND).append(&appends("a", 1..=2)).await.expect("appended");
    store.merge_updates(id("a"), &[row(3, 5)]).await.expect("merged");
    store
}

fn above(seq: Seq) -> Frontier {
    Frontier::from_iter([(FIRST, seq)])
}

/// What is read of the first writer: numbers, what they stand for, and whether it is of the merged row's known author.
fn of_first(updates: &[StoredUpdate]) -> Vec<(Seq, Seq, u64, bool)> {
    let row = |update: &StoredUpdate| {
        (update.seq, update.first_seq(), update.updates(), update.author.as_deref() == Some("ada"))
    };
    updates.iter().filter(|update| update.writer == FIRST).map(row).collect()
}

/// Loading reads the merged row whole, above whatever was known of it, and its parts in their order.
pub async fn a_merged_row_is_read_above_all_that_it_stands_for(subject: &dyn Subject) {
    let store = thinned(subject).await;
    let tail = [6, 7, 8, 9, 10].map(|seq| (seq, seq, 1, false));
    let merged = [(5, 3, 2, true), (5, 3, 1, false)];
    for reached in [2, 3, 4] {
        let updates = store.updates_above(id("a"), &above(reached), 100).await.expect("no hole");
        assert_eq!(of_first(&updates), [&merged[..], &tail[..]].concat(), "above {reached}");
    }
    let updates = store.updates_above(id("a"), &above(5), 100).await.expect("no hole");
    assert_eq!(of_first(&updates), tail);
    let stored = store.load(id("a")).await.expect("loaded");
    assert_eq!(stored.updates.len(), 2 + 2 + 5 + 2);
    let parts: Vec<_> =
        stored.updates.iter().filter_map(|one| Some((one.merged?, &one.payload[..]))).collect();
    let merged = |updates, rest| Merged { first: 3, updates, rest };
    assert_eq!(parts, [(merged(2, 1), &b"two"[..]), (merged(1, 0), &b"one"[..])]);
    assert_eq!(store.frontier(id("a")).await.expect("read").seq(FIRST), 10);
    assert_eq!(store.load(id("b")).await.expect("loaded").updates.len(), 3, "others are as they were");
}

/// A page ends behind a row and never within it, so that what comes above it is what is missing.
pub async fn a_page_never_divides_a_merged_row(subject: &dyn Subject) {
    let store = thinned(subject).await;
    let page = store.updates_above(id("a"), &Frontier::from_iter([(FIRST, 2), (SECOND, 2)]), 1).await;
    assert_eq!(of_first(&page.expect("read")), [(5, 3, 2, true), (5, 3, 1, false)]);
    let stretch = Stretch { writer: FIRST, above: 2, up_to: 10, rows_max: 1, bytes_max: 1 };
    let page = store.stretch(id("a"), stretch).await.expect("read");
    assert_eq!(of_first(&page), [(5, 3, 2, true), (5, 3, 1, false)]);
    for reached in [2, 3, 4] {
        let heads = store.heads(id("a"), &above(reached)).await.expect("no hole");
        let of_first: Vec<_> =
            heads.iter().filter(|head| head.writer == FIRST).map(|head| head.seq).collect();
        assert_eq!(of_first, [5], "above {reached}");
    }
}

/// The past is read with it in its place.
pub async fn the_order_has_a_merged_row_where_its_last_update_was(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    let at = |seq, received_at_ms| Append { received_at_ms, ..append("a", seq) };
    store.append(&[at(1, 10), at(2, 20), at(3, 30), at(4, 60)]).await.expect("appended");
    let other = [at(1, 15), at(2, 31), at(3, 70)];
    subject.store(SECOND).append(&other).await.expect("appended");
    let merged = MergedRow { received_at_ms: 30, rows: 2, ..row(2, 3) };
    store.merge_updates(id("a"), &[merged]).await.expect("merged");
    let all = store.frontier(id("a")).await.expect("read");
    let mut ordered =
        OrderedUpdates::open(store.clone(), id("a"), &Frontier::new(), &all).await.expect("opened");
    let mut order = Vec::new();
    while let Some(next) = ordered.next().await.expect("read") {
        order.push((next.at_ms, next.update.writer == FIRST, next.update.seq));
    }
    let expected = [
        (10, true, 1),
        (15, false, 1),
        (30, true, 3),
        (30, true, 3),
        (31, false, 2),
        (60, true, 4),
        (70, false, 3),
    ];
    assert_eq!(order, expected);
    for (at_ms, reached) in [(10, 1), (29, 1), (30, 3), (59, 3), (60, 4)] {
        let reach = store.reach_at(id("a"), &Frontier::new(), at_ms).await.expect("read");
        assert_eq!(reach.frontier.seq(FIRST), reached, "at {at_ms}");
    }
}

/// Rows that are not those that were read are left alone, and with them all of the call.
pub async fn what_somebody_else_merged_is_left_alone(subject: &dyn Subject) {
    let store = thinned(subject).await;
    let before = store.load(id("a")).await.expect("loaded").updates;
    let calls = [
        vec![row(3, 5)],
        vec![row(6, 7), row(4, 8)],
        vec![row(9, 11)],
        vec![row(6, 6)],
        vec![MergedRow { parts: Vec::new(), ..row(6, 7) }],
        vec![MergedRow { writer: SECOND, ..row(1, 3) }],
    ];
    for rows in calls {
        let refused = store.merge_updates(id("a"), &rows).await.expect_err("something else is there");
        assert!(matches!(refused, StoreError::Rejected { table: "updates", .. }), "{refused}");
    }
    assert_eq!(store.load(id("a")).await.expect("loaded").updates, before);
    // What was merged can be merged again.
    let again = MergedRow { rows: 4, ..row(3, 8) };
    store.merge_updates(id("a"), &[again]).await.expect("merged");
    assert_eq!(store.load(id("a")).await.expect("loaded").updates.len(), 2 + 2 + 2 + 2);
}

/// A commit whose answer was lost may be repeated though it was merged meanwhile.
pub async fn repeating_an_append_that_was_merged_changes_nothing(subject: &dyn Subject) {
    let store = thinned(subject).await;
    let before = store.load(id("a")).await.expect("loaded").updates;
    store.append(&[append("a", 5)]).await.expect("what was there is in the row");
    assert_eq!(store.load(id("a")).await.expect("loaded").updates, before);
    store.append(&[append("a", 4)]).await.expect("appended");
    let updates = store.load(id("a")).await.expect("a number that is there twice is no hole").updates;
    assert_eq!(updates.len(), before.len() + 1);
}

/// How far it went is remembered.
pub async fn how_far_a_document_was_thinned_is_remembered(subject: &dyn Subject) {
    let store = thinned(subject).await;
    assert_eq!(store.thinned(id("a")).await, Ok(None));
    for (at_ms, policy) in [(5, "7d=1m"), (9, "30d=1h")] {
        let thinned = Thinned { at_ms, policy: policy.to_owned() };
        store.set_thinned(id("a"), &thinned).await.expect("written");
        assert_eq!(store.thinned(id("a")).await, Ok(Some(thinned)));
    }
    assert_eq!(store.thinned(id("b")).await, Ok(None));
}
