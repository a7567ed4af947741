//! What is loaded when a row cannot be.

use weft_protocol::ids::SessionId;
use weft_protocol::message::Inbound;
use weft_storage::StoredSnapshot;

use super::super::Document;
use super::super::event::{Backlog, DocumentLimits, Effect, Event, Join, Now};
use super::*;
use weft_protocol::dialect::y_websocket::AckMode;

use crate::access::Permit;

const ME: WriterId = WriterId(7);
const OTHER: WriterId = WriterId(9);

/// One letter of `client` at the start of the text `t`, at its clock 0.
fn letter(client: u8) -> Vec<u8> {
    vec![1, 1, client, 0, 4, 1, 1, b't', 1, b'a', 0]
}

/// One letter of `client` behind the letter of `other`.
fn behind(client: u8, other: u8) -> Vec<u8> {
    vec![1, 1, client, 0, 0x84, other, 0, 1, b'b', 0]
}

/// Placed into a letter, which is no type.
fn poison(client: u8) -> Vec<u8> {
    vec![1, 1, client, 0, 4, 0, 1, 0, 1, b'c', 0]
}

fn rows(writer: WriterId, payloads: &[Vec<u8>]) -> Vec<StoredUpdate> {
    let numbered = payloads.iter().zip(1..);
    numbered
        .map(|(payload, seq)| StoredUpdate {
            writer,
            seq,
            received_at_ms: 0,
            author: None,
            payload: Bytes::copy_from_slice(payload),
            merged: None,
        })
        .collect()
}

fn stored(updates: Vec<StoredUpdate>) -> Stored {
    Stored { updates, ..Stored::default() }
}

fn lacking(loaded: &Loaded) -> Vec<(WriterId, Seq)> {
    loaded.aside.iter().map(|row| (row.writer, row.seq)).collect()
}

/// [D8]
#[test]
fn a_refused_row_is_put_aside_and_everything_else_is_loaded() {
    let mut updates = rows(ME, &[letter(1), poison(2), letter(3)]);
    updates.extend(rows(OTHER, &[behind(5, 2), behind(4, 3)]));
    let loaded = rebuild(stored(updates)).expect("the rest");
    assert_eq!(lacking(&loaded), [(ME, 2)]);
    assert_eq!(loaded.replica.state_vector(), [3, 4, 1, 3, 1, 1, 1]);
    assert_eq!(loaded.ahead, [Bytes::from(behind(5, 2))], "what builds on it waits");
    assert_eq!((loaded.frontier.seq(ME), loaded.frontier.seq(OTHER)), (1, 0), "no snapshot may pass over it");
    assert_eq!((loaded.stored.seq(ME), loaded.stored.seq(OTHER)), (3, 2));
    assert_eq!(loaded.tail_updates, 1, "only what a snapshot will cover calls for one");
}

/// [D5] [D8]
#[test]
fn a_document_of_which_nothing_can_be_read_is_not_empty() {
    let unreadable = rebuild(stored(rows(ME, &[poison(2), vec![9, 9]]))).expect_err("nothing is left");
    assert!(matches!(unreadable, Unreadable::Nothing(PutAside { seq: 2, .. })), "{unreadable}");
    assert!(rebuild(stored(Vec::new())).expect("a new document").replica.is_empty());
}

/// [D8]
#[test]
fn a_row_that_was_small_enough_once_is_loaded_under_lower_limits() {
    let bytes = Limits::default().update_bytes_max + 1;
    let mut large = vec![1, 1, 1, 0, 4, 1, 1, b't'];
    weft_protocol::lib0::write_var_uint(&mut large, bytes as u64);
    large.resize(large.len() + bytes, b'x');
    large.push(0);
    let loaded = rebuild(stored(rows(ME, std::slice::from_ref(&large)))).expect("loads");
    assert!(loaded.aside.is_empty());
    let mut replica = loaded.replica;
    large[2] = 2;
    assert!(replica.apply(&large).is_err(), "what is new is held to the limits");
}

/// Numbers go on behind a row that was put aside, and snapshots stop before it. [D6] [D8]
#[test]
fn a_document_numbers_behind_what_is_put_aside_and_its_snapshots_stop_before() {
    let limits = DocumentLimits { snapshot_updates_max: 1, ..DocumentLimits::default() };
    let (session, now) = (SessionId(1), Now::default());
    let mut document = Document::new(ME, limits, now);
    let loaded = rebuild(stored(rows(ME, &[letter(1), poison(2), letter(3)]))).expect("the rest");
    document.step(Event::Loaded(Box::new(loaded)), now);
    document.step(Event::Join(Join { session, ack_mode: AckMode::Count, permit: Permit::open() }), now);
    let message = Inbound::Update(letter(4).into());
    let receive = Event::Receive { session, message, cost_bytes: 1, backlog: Backlog::Open };
    let effects = document.step(receive, now);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Append { seq: 4, .. })), "{effects:?}");
    let saves = |effect: &Effect| match effect {
        Effect::SaveSnapshot { frontier, .. } => Some(frontier.seq(ME)),
        _ => None,
    };
    assert_eq!(effects.iter().find_map(saves), None, "it is not committed yet");
    let effects = document.step(Event::Committed(4), now);
    assert_eq!(effects.iter().find_map(saves), Some(1), "{effects:?}");
}

/// What a snapshot has collected may be built on; without the snapshot the same row is refused. [D8]
#[test]
fn a_row_accepted_on_a_snapshot_is_put_aside_when_the_snapshot_is_lost() {
    let gone = vec![1, 1, 1, 0, 0, 1, 0];
    let mut written = vec![letter(1), poison(2)];
    let snapshot = StoredSnapshot {
        id: SnapshotId(1),
        taken_at_ms: 0,
        frontier: [(ME, 1)].into_iter().collect(),
        state: gone.into(),
    };
    let behind_it = rows(ME, &written).split_off(1);
    let whole = Stored { snapshot: Some(snapshot), updates: behind_it, ..Stored::default() };
    assert_eq!(lacking(&rebuild(whole).expect("loads")), []);
    written.push(letter(3));
    let without = rebuild(stored(rows(ME, &written))).expect("loads");
    assert_eq!((lacking(&without), without.frontier.seq(ME)), (vec![(ME, 2)], 1));
}
