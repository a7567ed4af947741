//! What [`Store::append`](crate::Store::append) promises.

use bytes::Bytes;
use weft_protocol::ids::{DocumentId, Seq};

use super::{FIRST, SECOND, Subject, append, appends, id, name};
use crate::{ACTIVITY_RESOLUTION_MS, Append, DocumentKind, StoreError};

/// Every column of an append comes back as it went in.
pub async fn appended_updates_are_read_back_whole(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    let mut anonymous = append("a", 2);
    anonymous.author = None;
    anonymous.payload = Bytes::from_static(&[0, 255, 0]);
    store.append(&[append("a", 1), anonymous.clone()]).await.expect("appended");
    let updates = store.load(id("a")).await.expect("loaded").updates;
    assert_eq!(updates.len(), 2);
    assert_eq!((updates[0].writer, updates[0].seq, updates[0].received_at_ms), (FIRST, 1, 1_000));
    assert_eq!(updates[0].author.as_deref(), Some("author of 1"));
    assert_eq!(updates[0].payload, "a/1");
    assert_eq!((updates[1].author.as_deref(), &updates[1].payload), (None, &anonymous.payload));
}

/// A batch of no rows succeeds.
pub async fn an_empty_batch_is_nothing(subject: &dyn Subject) {
    subject.store(FIRST).append(&[]).await.expect("nothing to do");
}

/// A retry after an unknown commit cannot duplicate.
pub async fn repeating_an_append_changes_nothing(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    let batch = [appends("a", 1..=3), appends("b", 1..=2)].concat();
    store.append(&batch).await.expect("appended");
    let before = (store.load(id("a")).await, store.load(id("b")).await);
    store.append(&batch).await.expect("repeated");
    store.append(&batch[1..2]).await.expect("repeated in part");
    assert_eq!((store.load(id("a")).await, store.load(id("b")).await), before);
}

/// Rows that exist and rows that do not may be mixed.
pub async fn a_repeated_batch_with_new_rows_adds_only_those(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    store.append(&appends("a", 1..=3)).await.expect("appended");
    store.append(&appends("a", 2..=5)).await.expect("repeated and continued");
    let seqs: Vec<Seq> = store.load(id("a")).await.expect("loaded").updates.iter().map(|u| u.seq).collect();
    assert_eq!(seqs, [1, 2, 3, 4, 5]);
}

/// A different payload under a key that exists is told apart from a retry, and the batch is all or nothing.
pub async fn a_conflict_is_named_and_leaves_nothing_of_the_batch(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    store.append(&appends("a", 1..=2)).await.expect("appended");
    let mut other = append("a", 2);
    other.payload = Bytes::from_static(b"something else");
    let conflict = StoreError::Conflict { document: id("a"), writer: FIRST, seq: 2 };
    for batch in [
        vec![other.clone()],
        vec![append("b", 1), other.clone(), append("c", 1)],
        [appends("b", 1..=600), vec![other, append("a", 3)]].concat(),
    ] {
        assert_eq!(store.append(&batch).await, Err(conflict.clone()), "batch of {}", batch.len());
    }
    for document in ["b", "c"] {
        assert_eq!(store.load(id(document)).await.expect("loaded").updates, []);
        assert_eq!(store.document(id(document)).await, Ok(None));
    }
    let updates = store.load(id("a")).await.expect("loaded").updates;
    assert_eq!((updates.len(), &updates[1].payload), (2, &append("a", 2).payload));
    store.append(&[append("b", 1)]).await.expect("the store goes on");
}

/// The same row twice in a batch counts once.
pub async fn equal_rows_in_one_batch_are_one_row(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    store.append(&[append("a", 1), append("a", 1), append("a", 2)]).await.expect("appended");
    assert_eq!(store.load(id("a")).await.expect("loaded").updates.len(), 2);
}

/// Two payloads for one key conflict also within a batch.
pub async fn different_rows_under_one_key_in_one_batch_conflict(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    let mut other = append("a", 1);
    other.payload = Bytes::from_static(b"something else");
    let conflict = StoreError::Conflict { document: id("a"), writer: FIRST, seq: 1 };
    assert_eq!(store.append(&[append("a", 1), other]).await, Err(conflict));
    assert_eq!(store.load(id("a")).await.expect("loaded").updates, []);
}

/// The row of a document is there as soon as its first update is.
pub async fn a_first_append_creates_the_document(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    store.append(&appends("team/é", 1..=2)).await.expect("appended");
    let row = store.document(id("team/é")).await.expect("read").expect("created");
    assert_eq!(
        (row.id, row.name, row.kind, row.title),
        (id("team/é"), name("team/é"), DocumentKind::Any, None)
    );
    assert_eq!(row.deleted_at_ms, None);
    assert!((1_000..=2_000).contains(&row.created_at_ms));
}

/// An append moves `updated_at` only when it has become older than the resolution, and never back.
pub async fn activity_moves_only_when_it_is_old(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    let at = |seq, received_at_ms| [Append { received_at_ms, ..append("a", seq) }];
    let (begun, resolution) = (1_000_000, ACTIVITY_RESOLUTION_MS);
    for (seq, received_at_ms, expected) in [
        (1, begun, begun),
        (2, begun + resolution, begun),
        (3, begun + resolution + 1, begun + resolution + 1),
        (4, begun + resolution * 3, begun + resolution * 3),
        (5, begun, begun + resolution * 3),
    ] {
        // A fresh incarnation for each: what a store remembers must not be needed.
        subject.store(FIRST).append(&at(seq, received_at_ms)).await.expect("appended");
        let row = store.document(id("a")).await.expect("read").expect("created");
        assert_eq!(row.updated_at_ms, expected, "after seq {seq}");
        assert_eq!(row.created_at_ms, begun);
    }
}

/// The identity is derived from the name; a row that says otherwise could never be found again.
pub async fn an_identity_that_is_not_of_the_name_is_rejected(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    let stray = Append { document: DocumentId([1; 16]), ..append("a", 1) };
    let error = store.append(&[append("b", 1), stray]).await.expect_err("must be rejected");
    assert!(matches!(error, StoreError::Rejected { table: "documents", .. }), "{error}");
    assert_eq!(store.load(id("b")).await.expect("loaded").updates, []);
}

/// Numbers start at 1 and fit SQL's integers.
pub async fn numbers_outside_the_range_are_rejected(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    for seq in [0, 1 << 63, u64::MAX] {
        let bad = Append { seq, ..append("a", 1) };
        let error = store.append(&[append("b", 1), bad]).await.expect_err("must be rejected");
        assert!(matches!(error, StoreError::Rejected { table: "updates", .. }), "{error}");
        assert!(!error.is_retryable());
    }
    assert_eq!(store.load(id("b")).await.expect("loaded").updates, []);
}

/// However the store cuts a batch into statements, all of it arrives.
pub async fn batches_of_every_size_arrive(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    let mut next = 1;
    for size in [1, 2, 3, 7, 64, 511, 512, 513, 1_000, 2_500] {
        store.append(&appends("a", next..=next + size - 1)).await.expect("appended");
        next += size;
        assert_eq!(store.frontier(id("a")).await.expect("read").seq(FIRST), next - 1);
    }
    let updates = store.load(id("a")).await.expect("loaded").updates;
    assert!(
        updates
            .iter()
            .zip(1..)
            .all(|(update, seq)| update.seq == seq && update.payload == format!("a/{seq}"))
    );
}

/// Payloads of megabytes and payloads of nothing.
pub async fn large_payloads_arrive(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    let large = Append { payload: vec![0xa5; 3 << 20].into(), ..append("a", 1) };
    let empty = Append { payload: Bytes::new(), ..append("a", 2) };
    store.append(&[large.clone(), empty.clone()]).await.expect("appended");
    store.append(&[large.clone(), empty]).await.expect("repeated");
    let updates = store.load(id("a")).await.expect("loaded").updates;
    assert_eq!((&updates[0].payload, updates[1].payload.len()), (&large.payload, 0));
}

/// Nodes share documents without waiting for each other crosswise.
pub async fn writers_append_to_one_document_at_once(subject: &dyn Subject) {
    let writers = [FIRST, SECOND];
    let batches = |writer| {
        let store = subject.store(writer);
        async move {
            for seq in 1..=40 {
                // The documents in opposite orders.
                let mut batch = vec![append("a", seq), append("b", seq), append(&format!("c{seq}"), 1)];
                if writer == SECOND {
                    batch.reverse();
                }
                store.append(&batch).await.expect("appended");
            }
        }
    };
    tokio::join!(batches(FIRST), batches(SECOND));
    let reached = subject.store(FIRST).frontier(id("a")).await.expect("read");
    assert_eq!(writers.map(|writer| reached.seq(writer)), [40, 40]);
    assert_eq!(subject.store(FIRST).load(id("b")).await.expect("loaded").updates.len(), 80);
}

/// An edit that was on its way when somebody deleted the document is not lost.
pub async fn a_soft_deleted_document_still_takes_updates(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    store.append(&[append("a", 1)]).await.expect("appended");
    store.delete_document(id("a"), 5).await.expect("deleted");
    store.append(&[append("a", 2)]).await.expect("appended");
    let stored = store.load(id("a")).await.expect("loaded");
    assert_eq!((stored.deleted, stored.updates.len()), (true, 2));
}
