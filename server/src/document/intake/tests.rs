//! Where updates are taken in, and what happens when the replica is lost with them.

use weft_protocol::ids::WriterId;
use weft_protocol::lib0::write_var_uint;
use weft_protocol::message::Inbound;
use weft_storage::Stored;

use super::super::event::{DocumentLimits, Event, Join, StopReason};
use super::super::loading::rebuild;
use super::*;
use crate::access::Permit;

const ADA: SessionId = SessionId(1);
const BOB: SessionId = SessionId(2);

fn document() -> Document {
    let mut document = Document::new(WriterId(1), DocumentLimits::default(), Now::default());
    let loaded = rebuild(Stored::default()).expect("a new document");
    document.step(Event::Loaded(Box::new(loaded)), Now::default());
    for session in [ADA, BOB] {
        let join = Join { session, ack_mode: AckMode::Count, permit: Permit::open() };
        document.step(Event::Join(join), Now::default());
    }
    document
}

fn send(document: &mut Document, message: Inbound) -> Vec<Effect> {
    let event = Event::Receive { session: ADA, message, cost_bytes: 1, backlog: Backlog::Open };
    document.step(event, Now::default())
}

/// Three thousand letters of one author from `clock` on, one behind the other, each an item.
fn typed(clock: u64) -> Vec<u8> {
    let mut out = vec![1];
    [3_000, 1, clock].into_iter().for_each(|number| write_var_uint(&mut out, number));
    for n in clock..clock + 3_000 {
        match n.checked_sub(1) {
            None => out.extend(b"\x04\x01\x01t"),
            Some(last) => {
                out.extend([0x84, 1]);
                write_var_uint(&mut out, last);
            }
        }
        out.extend(b"\x01a");
    }
    out.push(0);
    out
}

fn work(effects: Vec<Effect>) -> Option<Box<Work>> {
    effects.into_iter().find_map(|effect| match effect {
        Effect::Work(work) => Some(work),
        _ => None,
    })
}

fn appends(effects: &[Effect]) -> usize {
    effects.iter().filter(|effect| matches!(effect, Effect::Append { .. })).count()
}

/// [H7]
#[test]
fn an_update_of_many_items_leaves_the_thread_though_it_is_small() {
    let mut document = document();
    let lent = work(send(&mut document, Inbound::Update(typed(0).into()))).expect("long work");
    let effects = document.step(Event::Worked(Box::new(lent.run())), Now::default());
    assert_eq!(appends(&effects), 1, "{effects:?}");
}

/// [H7] [W8]
#[test]
fn a_held_update_of_many_items_leaves_the_thread_when_its_causes_are_there() {
    let mut document = document();
    let held = send(&mut document, Inbound::Update(typed(1).into()));
    assert_eq!((appends(&held), work(held).is_some()), (0, false), "a gap is found at once");
    let cause = vec![1, 1, 1, 0, 4, 1, 1, b't', 1, b'a', 0];
    let effects = send(&mut document, Inbound::Update(cause.into()));
    assert_eq!(appends(&effects), 1);
    let lent = work(effects).expect("now it is long work");
    let effects = document.step(Event::Worked(Box::new(lent.run())), Now::default());
    assert_eq!(appends(&effects), 1);
    let acked = document.step(Event::Committed(2), Now::default());
    let two = y_websocket::frame(Outbound::Ack(2));
    let is_ack =
        |effect: &Effect| matches!(effect, Effect::Push { session: ADA, frames } if frames[..] == two[..]);
    assert!(acked.iter().any(is_ack), "both frames are acknowledged: {acked:?}");
}

/// [H8]
#[test]
fn who_breaks_the_replica_is_told_for_good_and_everybody_else_comes_back() {
    let mut document = document();
    let apply =
        Apply { session: ADA, frame: 1, kind: ApplyKind::Whole, payload: Bytes::new(), cost_bytes: 0 };
    let broken = ReplicaError::Panicked { what: "for the sake of it".to_owned() };
    document.settle(apply, Err(broken), Now::default());
    let closes = |effect: &Effect| match effect {
        Effect::Close { session, close } => Some((*session, close.code.is_final())),
        _ => None,
    };
    let effects = std::mem::take(&mut document.effects);
    assert_eq!(effects.iter().filter_map(closes).collect::<Vec<_>>(), [(ADA, true), (BOB, false)]);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Stop(StopReason::ReplicaLost))));
    let mut document = self::document();
    let effects = document.step(Event::WorkFailed("for the sake of it".to_owned()), Now::default());
    let comes_back =
        |effect: &Effect| matches!(effect, Effect::Close { close, .. } if !close.code.is_final());
    assert_eq!(effects.iter().filter(|effect| comes_back(effect)).count(), 2);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Stop(StopReason::ReplicaLost))));
}

/// [H8]
#[test]
fn who_only_read_when_the_replica_failed_comes_back() {
    let mut document = document();
    let failed = ReplicaError::Unencodable { what: "for the sake of it".to_owned() };
    document.refuse(ADA, &failed, Now::default());
    let effects = std::mem::take(&mut document.effects);
    let is_final = |effect: &Effect| matches!(effect, Effect::Close { close, .. } if close.code.is_final());
    assert!(!effects.iter().any(is_final), "{effects:?}");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Stop(StopReason::ReplicaLost))));
}
