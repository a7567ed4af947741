//! What [`History`](crate::History) promises: the total order, moments, and versions that change their name.

use std::sync::Arc;

use bytes::Bytes;
use weft_protocol::ids::{Seq, WriterId};

use super::{FIRST, SECOND, Subject, append, appends, id, save, snapshot};
use crate::{
    ActiveMinute, Append, Frontier, Head, NewSnapshot, OrderedUpdates, Reach, SnapshotKind, Store,
    StoreError, Stretch,
};

fn at(seq: Seq, received_at_ms: i64) -> Append {
    Append { received_at_ms, ..append("a", seq) }
}

/// Two writers whose clocks step back, and a third one: (writer, seq, ordering time) in the total order.
const ORDER: [(WriterId, Seq, i64); 9] = [
    (FIRST, 1, 10),
    (SECOND, 1, 20),
    (FIRST, 2, 50),
    (FIRST, 3, 50),
    (SECOND, 2, 50),
    (SECOND, 3, 55),
    (FIRST, 4, 60),
    (WriterId(5), 1, 60),
    (FIRST, 5, 90),
];

async fn written(subject: &dyn Subject) -> Arc<dyn Store> {
    let first = [at(1, 10), at(2, 50), at(3, 40), at(4, 60), at(5, 90)];
    subject.store(FIRST).append(&first).await.expect("appended");
    subject.store(SECOND).append(&[at(1, 20), at(2, 50), at(3, 55)]).await.expect("appended");
    subject.store(WriterId(5)).append(&[at(1, 60)]).await.expect("appended");
    subject.store(FIRST).append(&appends("b", 1..=3)).await.expect("appended");
    subject.store(FIRST)
}

async fn read(store: &Arc<dyn Store>, above: &Frontier, up_to: &Frontier) -> Vec<(WriterId, Seq, i64)> {
    let mut ordered = OrderedUpdates::open(store.clone(), id("a"), above, up_to).await.expect("opened");
    let mut order = Vec::new();
    while let Some(next) = ordered.next().await.expect("read") {
        order.push((next.update.writer, next.update.seq, next.at_ms));
    }
    assert_eq!(ordered.held_bytes(), 0);
    order
}

/// Times decide, then writers; a clock that stepped back stands still; nobody's own order changes.
pub async fn updates_are_read_in_their_total_order(subject: &dyn Subject) {
    let store = written(subject).await;
    let all = store.frontier(id("a")).await.expect("read");
    assert_eq!(read(&store, &Frontier::new(), &all).await, expected());
    assert_eq!(read(&store, &all, &all).await, []);
    assert_eq!(read(&store, &Frontier::new(), &Frontier::new()).await, []);
}

/// [`ORDER`], sorted: which of two writers' numbers is less is not for the eye.
fn expected() -> Vec<(WriterId, Seq, i64)> {
    let mut order = ORDER.to_vec();
    order.sort_by_key(|(writer, seq, at_ms)| (*at_ms, *writer, *seq));
    order
}

/// A moment divides the order: what there was before it, and what is read from it on.
pub async fn a_moment_is_what_was_ordered_before_it(subject: &dyn Subject) {
    let store = written(subject).await;
    let all = store.frontier(id("a")).await.expect("read");
    for at_ms in [i64::MIN, 0, 9, 10, 19, 20, 49, 50, 54, 55, 60, 89, 90, i64::MAX] {
        let (before, behind): (Vec<_>, Vec<_>) = expected().into_iter().partition(|row| row.2 <= at_ms);
        let reach = store.reach_at(id("a"), &Frontier::new(), at_ms).await.expect("read");
        let frontier: Frontier = before.iter().map(|(writer, seq, _)| (*writer, *seq)).collect();
        let last_ms = before.iter().map(|row| row.2).max();
        assert_eq!(reach, Reach { frontier: frontier.clone(), last_ms }, "at {at_ms}");
        assert_eq!(read(&store, &Frontier::new(), &frontier).await, before);
        assert_eq!(read(&store, &frontier, &all).await, behind);
        let later = store.reach_at(id("a"), &frontier, i64::MAX).await.expect("read");
        assert_eq!(later.frontier, all, "going on from {at_ms}");
    }
    let nothing = store.reach_at(id("nobody's"), &Frontier::new(), 99).await;
    assert_eq!(nothing, Ok(Reach::default()));
}

/// Rows come in stretches of bounded bytes, however large a row and however many there are.
pub async fn stretches_are_bounded(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    let sized = |seq: Seq| Append { payload: Bytes::from(vec![7; 100]), ..append("a", seq) };
    store.append(&(1..=50).map(sized).collect::<Vec<_>>()).await.expect("appended");
    let read = |above, up_to, rows_max, bytes_max| {
        let (store, stretch) = (store.clone(), Stretch { writer: FIRST, above, up_to, rows_max, bytes_max });
        async move {
            let rows = store.stretch(id("a"), stretch).await.expect("read");
            rows.iter().map(|update| update.seq).collect::<Vec<_>>()
        }
    };
    assert_eq!(read(0, 99, 3, 1 << 20).await, [1, 2, 3]);
    assert_eq!(read(10, 12, 9, 1 << 20).await, [11, 12]);
    assert_eq!(read(48, 99, 9, 1).await, [49], "at least one");
    assert_eq!(read(20, 99, 99, 300).await, [21, 22, 23]);
    assert_eq!(read(20, 99, 99, 301).await, [21, 22, 23, 24], "the last row may go over it");
    assert_eq!(read(50, 99, 9, 1).await, Vec::<Seq>::new());
}

/// Many writers that alternate, and rows larger than everything that may be held: the pages stay within their bound.
pub async fn many_writers_are_merged_in_bounded_memory(subject: &dyn Subject) {
    let (writers, rows, payload_bytes) = (40, 12, 9_000);
    for writer in 1..=writers {
        let sized = |seq: Seq| {
            let received_at_ms = i64::try_from(seq * 100 + writer).expect("small");
            Append { received_at_ms, payload: Bytes::from(vec![1; payload_bytes]), ..append("a", seq) }
        };
        let batch: Vec<_> = (1..=rows).map(sized).collect();
        subject.store(WriterId(writer)).append(&batch).await.expect("appended");
    }
    let store = subject.store(FIRST);
    let all = store.frontier(id("a")).await.expect("read");
    let mut ordered = OrderedUpdates::open(store, id("a"), &Frontier::new(), &all).await.expect("opened");
    let (mut found, mut last_ms, mut most_bytes) = (0, 0, 0);
    while let Some(next) = ordered.next().await.expect("read") {
        assert!(next.at_ms > last_ms, "{} after {last_ms}", next.at_ms);
        last_ms = next.at_ms;
        most_bytes = most_bytes.max(ordered.held_bytes());
        found += 1;
    }
    assert_eq!(found, writers * rows);
    assert!(most_bytes < 1_200_000, "{most_bytes} bytes held of {}", writers * rows * payload_bytes as u64);
}

/// Reading around missing updates would show a past that never was.
pub async fn a_hole_in_the_past_is_an_error(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    store.append(&appends("a", 1..=5)).await.expect("appended");
    subject.lose_update(id("a"), FIRST, 3).await;
    let gap = StoreError::Gap { document: id("a"), writer: FIRST, missing_from: 3, missing_to: 3 };
    let stretch = Stretch { writer: FIRST, above: 0, up_to: 5, rows_max: 9, bytes_max: 1 << 20 };
    assert_eq!(store.stretch(id("a"), stretch).await, Err(gap.clone()));
    assert_eq!(store.heads(id("a"), &Frontier::from_iter([(FIRST, 2)])).await, Err(gap));
    let head = Head { writer: FIRST, seq: 1, received_at_ms: 1_000 };
    assert_eq!(store.heads(id("a"), &Frontier::new()).await, Ok(vec![head]));
}

/// The snapshot with most in it that has nothing later in it, by its frontier and by its time.
pub async fn the_snapshot_of_a_moment_has_nothing_later_in_it(subject: &dyn Subject) {
    let store = written(subject).await;
    let named = |seq, taken_at_ms, state| {
        let (kind, label) = (SnapshotKind::Named, Some("v".to_owned()));
        NewSnapshot { kind, label, taken_at_ms, ..snapshot("a", seq, state) }
    };
    save(&store, named(1, 15, "one")).await;
    let two = save(&store, named(2, 51, "two")).await;
    save(&store, named(3, 95, "three, taken late")).await;
    let of = |at_ms| {
        let store = store.clone();
        async move {
            let reach = store.reach_at(id("a"), &Frontier::new(), at_ms).await.expect("read");
            let found = store.snapshot_within(id("a"), &reach.frontier, at_ms).await.expect("read");
            found.map(|snapshot| snapshot.state)
        }
    };
    assert_eq!(of(14).await, None);
    assert_eq!(of(40).await.as_deref(), Some(&b"one"[..]));
    assert_eq!(of(60).await.as_deref(), Some(&b"two"[..]), "not the one that was taken later");
    assert_eq!(of(99).await.as_deref(), Some(&b"three, taken late"[..]));
    subject.corrupt_snapshot(two).await;
    assert_eq!(of(60).await.as_deref(), Some(&b"one"[..]), "a broken one is passed over");
    assert_eq!(store.snapshot(id("a"), two).await, Ok(None), "and put into quarantine");
}

/// Minutes with edits, newest first, in pages.
pub async fn active_minutes_are_listed_newest_first(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    let times = [1, 59_999, 60_000, 200_000, 200_001, 900_000];
    let batch: Vec<_> = times.into_iter().zip(1..).map(|(ms, seq)| at(seq, ms)).collect();
    store.append(&batch).await.expect("appended");
    let minute = |first_ms, last_ms| ActiveMinute { first_ms, last_ms };
    let page = store.active_minutes(id("a"), i64::MAX, 3).await.expect("read");
    assert_eq!(page, [minute(900_000, 900_000), minute(200_000, 200_001), minute(60_000, 60_000)]);
    let page = store.active_minutes(id("a"), 60_000, 3).await.expect("read");
    assert_eq!(page, [minute(1, 59_999)]);
    assert_eq!(store.active_minutes(id("b"), i64::MAX, 3).await, Ok(vec![]));
}

/// Looking changes nothing: what is broken is told, and stays as it is.
pub async fn a_snapshot_can_be_inspected(subject: &dyn Subject) {
    let store = written(subject).await;
    let good = save(&store, snapshot("a", 1, "one")).await;
    let inspect = || store.inspect_snapshot(id("a"), good);
    assert!(matches!(inspect().await, Ok(Some(Ok(found))) if found.state == "one"));
    assert_eq!(store.inspect_snapshot(id("b"), good).await, Ok(None));
    subject.corrupt_snapshot(good).await;
    assert_eq!(inspect().await, Ok(Some(Err("the checksum differs".to_owned()))));
    let row = store.snapshot_row(id("a"), good).await.expect("read").expect("exists");
    assert_eq!(row.quarantined, None);
}

/// All of them, deleted ones too, in pages.
pub async fn every_document_is_listed(subject: &dyn Subject) {
    let store = written(subject).await;
    store.delete_document(id("b"), 5).await.expect("deleted");
    let first = store.every_document(None, 1).await.expect("read");
    let rest = store.every_document(Some(first[0].id), 9).await.expect("read");
    let mut names: Vec<_> = first.iter().chain(&rest).map(|row| row.name.as_str().to_owned()).collect();
    names.sort();
    assert_eq!((first.len(), names), (1, vec!["a".to_owned(), "b".to_owned()]));
    assert!(first[0].id < rest[0].id);
}

/// What people named they may rename, and take the name away; automatic versions and other documents' stay.
pub async fn versions_are_renamed_and_deleted(subject: &dyn Subject) {
    let store = written(subject).await;
    let auto = save(&store, snapshot("a", 1, "one")).await;
    let named = |kind| NewSnapshot { kind, label: Some("Draft".into()), ..snapshot("a", 1, "one") };
    let draft = save(&store, named(SnapshotKind::Named)).await;
    let restored = save(&store, named(SnapshotKind::Restore)).await;
    store.rename_snapshot(id("a"), draft, "Final").await.expect("renamed");
    let row = store.snapshot_row(id("a"), draft).await.expect("read").expect("exists");
    assert_eq!((row.kind, row.label.as_deref()), (SnapshotKind::Named, Some("Final")));
    assert_eq!(store.snapshot_row(id("b"), draft).await, Ok(None));
    let is_missing = |done: Result<(), StoreError>| matches!(done, Err(StoreError::Missing { .. }));
    assert!(is_missing(store.rename_snapshot(id("b"), draft, "x").await));
    assert!(is_missing(store.rename_snapshot(id("a"), auto, "x").await));
    for (document, version) in [("b", draft), ("a", auto), ("a", restored)] {
        assert!(is_missing(store.delete_snapshot(id(document), version).await), "{document}, {version:?}");
    }
    store.delete_snapshot(id("a"), draft).await.expect("deleted");
    assert!(is_missing(store.delete_snapshot(id("a"), draft).await), "once");
    assert_eq!(store.load(id("a")).await.expect("loaded").frontier().updates(), 9, "nothing else is gone");
}
