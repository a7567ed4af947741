use bytes::Bytes;
use weft_protocol::ids::WriterId;
use weft_storage::{Ordered, StoredUpdate};

use super::*;

fn edits(times_ms: impl Iterator<Item = i64>) -> Vec<Ordered> {
    let edit = |(at_ms, seq)| {
        let payload = Bytes::from_static(&[0, 0]);
        let update = StoredUpdate {
            writer: WriterId(1),
            seq,
            received_at_ms: at_ms,
            author: None,
            payload,
            merged: None,
        };
        Ordered { at_ms, update }
    };
    times_ms.zip(1..).map(edit).collect()
}

fn walked(limit: usize, edits: Vec<Ordered>) -> (Vec<(i64, i64, u64)>, Option<i64>) {
    let mut walk = Walk::new(People::default(), limit).take(edits);
    if walk.next.is_none() {
        walk.end();
    }
    (walk.groups.iter().map(|group| (group.from_ms, group.to_ms, group.updates)).collect(), walk.next)
}

/// [T2] [T3]
#[test]
fn a_page_that_looked_at_enough_ends_with_a_whole_millisecond() {
    let most = i64::try_from(UPDATES_MAX).expect("small");
    // One edit short of the bound, ten in one millisecond go over it.
    let times = (1..most).chain([most; 10]).chain([most + 1; 5]);
    let (groups, next) = walked(GROUPS_MAX, edits(times));
    assert_eq!((groups, next), (vec![(1, most, UPDATES_MAX + 9)], Some(most)));
}

/// [T3]
#[test]
fn a_page_with_enough_bursts_goes_on_behind_its_last_one() {
    let times = || [0, 5, 5, 500_000, 500_000, 900_000].into_iter();
    assert_eq!(walked(2, edits(times())), (vec![(0, 5, 3), (500_000, 500_000, 2)], Some(500_000)));
    let rest = times().filter(|at_ms| *at_ms > 500_000);
    assert_eq!(walked(2, edits(rest)), (vec![(900_000, 900_000, 1)], None));
}
