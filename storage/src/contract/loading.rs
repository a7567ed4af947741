//! What [`Store::load`](crate::Store::load) and its relatives promise.

use super::{FIRST, SECOND, Subject, append, appends, id, save, snapshot};
use crate::{Append, Frontier, StoreError, Stored};

/// What nobody ever wrote is empty, not an error.
pub async fn an_unknown_document_is_empty(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    assert_eq!(store.load(id("a")).await, Ok(Stored::default()));
    assert_eq!(store.frontier(id("a")).await, Ok(Frontier::new()));
    assert_eq!(store.updates_above(id("a"), &Frontier::new(), 10).await, Ok(vec![]));
}

/// Updates of several writers come in the order of their times; a clock that stepped back reorders no writer.
pub async fn writers_interleave_by_time_and_keep_their_order(subject: &dyn Subject) {
    let at = |seq, received_at_ms| Append { received_at_ms, ..append("a", seq) };
    let first = [at(1, 10), at(2, 50), at(3, 40), at(4, 60)];
    subject.store(FIRST).append(&first).await.expect("appended");
    subject.store(SECOND).append(&[at(1, 20), at(2, 55)]).await.expect("appended");
    let updates = subject.store(FIRST).load(id("a")).await.expect("loaded").updates;
    let order: Vec<_> = updates.iter().map(|update| (update.writer, update.seq)).collect();
    assert_eq!(order, [(FIRST, 1), (SECOND, 1), (FIRST, 2), (FIRST, 3), (SECOND, 2), (FIRST, 4)]);
}

/// The snapshot and what is above its frontier: also of writers it does not know.
pub async fn only_updates_above_the_snapshot_are_loaded(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    store.append(&appends("a", 1..=5)).await.expect("appended");
    subject.store(SECOND).append(&appends("a", 1..=2)).await.expect("appended");
    let id_of_snapshot = save(&store, snapshot("a", 3, "state at 3")).await;
    let stored = store.load(id("a")).await.expect("loaded");
    let found = stored.snapshot.as_ref().expect("a snapshot");
    assert_eq!((found.id, found.taken_at_ms), (id_of_snapshot, 77));
    assert_eq!((&found.frontier, &found.state[..]), (&Frontier::from_iter([(FIRST, 3)]), &b"state at 3"[..]));
    let mut above: Vec<_> = stored.updates.iter().map(|update| (update.writer, update.seq)).collect();
    above.sort_unstable();
    assert_eq!(above, [(FIRST, 4), (FIRST, 5), (SECOND, 1), (SECOND, 2)]);
    assert_eq!(stored.frontier(), Frontier::from_iter([(FIRST, 5), (SECOND, 2)]));
}

/// Loading around missing updates would lose edits.
pub async fn a_hole_above_the_frontier_is_an_error(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    store.append(&appends("a", 1..=6)).await.expect("appended");
    save(&store, snapshot("a", 2, "state")).await;
    subject.lose_update(id("a"), FIRST, 4).await;
    subject.lose_update(id("a"), FIRST, 5).await;
    let gap = StoreError::Gap { document: id("a"), writer: FIRST, missing_from: 4, missing_to: 5 };
    assert_eq!(store.load(id("a")).await, Err(gap.clone()));
    let above = Frontier::from_iter([(FIRST, 2)]);
    assert_eq!(store.updates_above(id("a"), &above, 10).await, Err(gap));
    subject.lose_update(id("a"), FIRST, 3).await;
    let gap = StoreError::Gap { document: id("a"), writer: FIRST, missing_from: 3, missing_to: 5 };
    assert_eq!(store.load(id("a")).await, Err(gap));
}

/// What a snapshot contains may be thinned out.
pub async fn a_hole_below_the_frontier_is_none(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    store.append(&appends("a", 1..=4)).await.expect("appended");
    save(&store, snapshot("a", 3, "state")).await;
    subject.lose_update(id("a"), FIRST, 2).await;
    assert_eq!(store.load(id("a")).await.expect("loaded").updates.len(), 1);
}

/// A deletion is told with the content, which is there all the same.
pub async fn a_deleted_document_says_so(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    store.append(&[append("a", 1)]).await.expect("appended");
    assert!(!store.load(id("a")).await.expect("loaded").deleted);
    store.delete_document(id("a"), 5).await.expect("deleted");
    let stored = store.load(id("a")).await.expect("loaded");
    assert_eq!((stored.deleted, stored.updates.len()), (true, 1));
    assert_eq!(stored.document.and_then(|row| row.deleted_at_ms), Some(5));
}

/// Advancing the frontier by each page visits every update once, in the order of loading.
pub async fn histories_are_read_in_pages(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    store.append(&appends("a", 1..=50)).await.expect("appended");
    subject.store(SECOND).append(&appends("a", 1..=30)).await.expect("appended");
    let whole = store.load(id("a")).await.expect("loaded").updates;
    let mut frontier = Frontier::new();
    let mut pages = Vec::new();
    loop {
        let page = store.updates_above(id("a"), &frontier, 7).await.expect("read");
        assert!(page.len() == 7 || pages.len() + page.len() == 80, "only the last page is short");
        if page.is_empty() {
            break;
        }
        page.iter().for_each(|update| frontier.advance(update.writer, update.seq));
        pages.extend(page);
    }
    assert_eq!(pages, whole);
    assert_eq!(store.frontier(id("a")).await, Ok(frontier));
}

/// Every writer that ever wrote to the document, and no other.
pub async fn the_frontier_names_every_writer(subject: &dyn Subject) {
    for writer in 1..=30 {
        let store = subject.store(weft_protocol::ids::WriterId(writer));
        store.append(&appends("a", 1..=writer)).await.expect("appended");
        store.append(&appends("b", 1..=1)).await.expect("appended");
    }
    let reached = subject.store(FIRST).frontier(id("a")).await.expect("read");
    let expected: Vec<_> = (1..=30).map(|writer| (weft_protocol::ids::WriterId(writer), writer)).collect();
    assert_eq!(reached.iter().collect::<Vec<_>>(), expected);
}

/// Neighbours in the key do not leak into each other.
pub async fn documents_do_not_mix(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    let batch: Vec<_> = (0..40).flat_map(|n| appends(&format!("d{n}"), 1..=3)).collect();
    store.append(&batch).await.expect("appended");
    for n in 0..40 {
        let document = format!("d{n}");
        let updates = store.load(id(&document)).await.expect("loaded").updates;
        let payloads: Vec<_> = updates.into_iter().map(|update| update.payload).collect();
        assert_eq!(payloads, [format!("{document}/1"), format!("{document}/2"), format!("{document}/3")]);
    }
}
