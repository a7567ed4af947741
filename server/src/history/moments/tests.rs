use std::sync::Arc;

use tokio::runtime::Handle;
use weft_protocol::ids::DocumentName;
use weft_protocol::lib0::{write_var_bytes, write_var_uint};
use weft_storage::journal::{JournalHandle, JournalLimits};
use weft_storage::memory::MemoryStore;
use weft_storage::{Append, NewSnapshot, Ordered, SnapshotKind, Store, StoredUpdate, VersionBounds};

use super::*;
use crate::document::replica::Replica;

const WRITER: WriterId = WriterId(1);

fn checkpoint(document: u8, last_ms: i64, bytes: usize) -> Checkpoint {
    let frontier = Frontier::from_iter([(WriterId(1), last_ms.unsigned_abs())]);
    let (document, state) = (DocumentId([document; 16]), Bytes::from(vec![0; bytes]));
    Checkpoint { document, last_ms, frontier, state }
}

/// [T1]
#[test]
fn the_fullest_state_with_nothing_later_is_used() {
    let checkpoints = Checkpoints::default();
    for last_ms in [10, 30, 20] {
        checkpoints.keep(checkpoint(1, last_ms, 1));
    }
    let before =
        |document, at_ms| checkpoints.before(DocumentId([document; 16]), at_ms).map(|found| found.last_ms);
    assert_eq!([before(1, 9), before(1, 29), before(1, 30), before(2, 30)], [None, Some(20), Some(30), None]);
}

/// [T2]
#[test]
fn states_that_are_kept_are_bounded() {
    let checkpoints = Checkpoints::default();
    checkpoints.keep(checkpoint(1, 5, CHECKPOINT_BYTES_MAX + 1));
    assert!(checkpoints.kept().is_empty(), "too large by itself");
    for last_ms in 1..=20 {
        checkpoints.keep(checkpoint(1, last_ms, CHECKPOINT_BYTES_MAX));
        assert!(checkpoints.before(DocumentId([1; 16]), 1).is_some(), "in use");
    }
    let kept: Vec<_> = checkpoints.kept().iter().map(|one| one.last_ms).collect();
    assert_eq!(kept, [14, 15, 16, 17, 18, 19, 20, 1]);
}

/// Text of client 7 from `clock` on.
fn typed(clock: u64, words: &str) -> Bytes {
    let mut payload = vec![1, 1, 7];
    write_var_uint(&mut payload, clock);
    match clock {
        0 => payload.extend([4, 1, 1, b't']),
        _ => {
            payload.extend([0x84, 7]);
            write_var_uint(&mut payload, clock - 1);
        }
    }
    write_var_bytes(&mut payload, words.as_bytes());
    payload.push(0);
    payload.into()
}

/// The state after so many characters.
fn typed_so_far(characters: usize) -> Bytes {
    let replica = Replica::from_state(&typed(0, &"x".repeat(characters))).expect("a state");
    replica.encode_state().expect("written").into()
}

/// A document of so many edits, one each millisecond.
async fn long_past(edits: u64) -> (Arc<MemoryStore>, Durable, DocumentId) {
    let store = Arc::new(MemoryStore::new(WRITER));
    let name = DocumentName::new("long").expect("legal");
    let document = DocumentId::of(&name);
    let edit = |seq: u64| Append {
        document,
        name: name.clone(),
        seq,
        received_at_ms: i64::try_from(seq).expect("small"),
        author: None,
        payload: typed(seq - 1, "x"),
    };
    store.append(&(1..=edits).map(edit).collect::<Vec<_>>()).await.expect("appended");
    let shared: Arc<dyn Store> = store.clone();
    let journal = JournalHandle::spawn(shared.clone(), JournalLimits::default(), &Handle::current());
    (store, Durable::new(shared, journal, Handle::current()), document)
}

/// [T1] [T2]
#[tokio::test]
async fn a_long_way_begins_with_the_nearest_snapshot_that_holds_nothing_later() {
    let (store, durable, document) = long_past(NEAR_UPDATES + 1_000).await;
    let [before, at, after] = [NEAR_UPDATES + 200, NEAR_UPDATES + 400, NEAR_UPDATES + 600];
    for taken in [200, before, after] {
        let new = NewSnapshot {
            document,
            taken_at_ms: i64::try_from(taken).expect("small"),
            frontier: Frontier::from_iter([(WRITER, taken)]),
            state: typed_so_far(usize::try_from(taken).expect("small")),
            kind: SnapshotKind::Named,
            label: Some("so far".to_owned()),
            author: None,
            bounds: VersionBounds::default(),
        };
        store.save_snapshot(new).await.expect("saved");
    }
    let checkpoints = Checkpoints::default();
    let at_ms = i64::try_from(at).expect("small");
    let state = state_at(&durable, &checkpoints, document, at_ms).await.expect("a state");
    let wanted = State { last_ms: Some(at_ms), state: typed_so_far(usize::try_from(at).expect("small")) };
    assert_eq!(state, wanted);
    let kept: Vec<_> = checkpoints.kept().iter().map(|one| one.last_ms).collect();
    assert_eq!(kept, [at_ms], "nobody went all the way");
}

/// [T1]
#[tokio::test]
async fn a_state_kept_on_the_way_and_one_made_from_the_beginning_are_the_same() {
    let (_, durable, document) = long_past(2 * CHECKPOINT_UPDATES + 10).await;
    let checkpoints = Checkpoints::default();
    let at = i64::try_from(2 * CHECKPOINT_UPDATES).expect("small");
    // Forwards and backwards, through what is kept and past it.
    for at_ms in [at, 3, at - 1, at + 1, at + 999] {
        let state = state_at(&durable, &checkpoints, document, at_ms).await.expect("a state");
        let last_ms = at_ms.min(at + 10);
        let characters = usize::try_from(last_ms).expect("small");
        assert_eq!(state, State { last_ms: Some(last_ms), state: typed_so_far(characters) }, "{at_ms}");
    }
}

fn ordered(seq: u64, payload: Bytes) -> Ordered {
    let at_ms = i64::try_from(seq).expect("small");
    let update =
        StoredUpdate { writer: WRITER, seq, received_at_ms: at_ms, author: None, payload, merged: None };
    Ordered { at_ms, update }
}

/// [T1]
#[test]
fn what_was_left_out_is_in_no_state_that_is_kept() {
    let mut fold = Fold::new(None, None, &[(WRITER, 2)]).expect("empty");
    fold.take(vec![ordered(1, typed(0, "x")), ordered(2, typed(1, "x"))]).expect("taken");
    assert_eq!(fold.checkpoint(), Ok(None), "its frontier would say that the second is in it");
    assert_eq!(fold.finish(), Ok(typed_so_far(1)));
}

/// [T1]
#[test]
fn of_what_still_waits_the_part_that_can_be_is_there() {
    let mut fold = Fold::new(None, None, &[]).expect("empty");
    // Client 9 begins a text; client 8 goes on behind a character of client 7 that nobody has.
    let begun = [9, 0, 4, 1, 1, b't', 1, b'y'];
    let both = [&[2, 1][..], &begun, &[1, 8, 0, 0x84, 7, 0, 1, b'z', 0]].concat();
    fold.take(vec![ordered(1, both.into())]).expect("taken");
    assert_eq!(fold.checkpoint(), Ok(None), "something waits");
    let alone = Replica::from_state(&[&[1, 1][..], &begun, &[0]].concat()).expect("a state");
    assert_eq!(fold.finish(), Ok(alone.encode_state().expect("written").into()));
}
