//! Where an item may be: in a type, among its own.

use super::*;

#[test]
fn a_live_parent_must_be_a_type() {
    let bad = update(&[(2, 0, &[&inside(1, 0)])], &[]);
    let parent = Id { client: 1, clock: 0 };
    let mut replica = loaded(&[update(&[(1, 0, &[FIRST])], &[])]);
    assert_eq!(replica.apply(&bad), Err(ReplicaError::Parent { parent, at: 4 }));
    assert_eq!(replica.apply_available(&bad), Err(ReplicaError::Parent { parent, at: 4 }));
    assert_eq!(replica.state_vector(), [1, 1, 1]);
    let both = update(&[(2, 0, &[&inside(1, 0)]), (1, 0, &[FIRST])], &[(1, &[(0, 1)])]);
    assert_eq!(Replica::new().apply(&both), Err(ReplicaError::Parent { parent, at: 4 }), "deletes come last");
}

fn misplaced(replica: &mut Replica, update: &[u8]) {
    let before = replica.encode_state();
    assert!(matches!(replica.apply(update), Err(ReplicaError::Misplaced { .. })), "{update:?}");
    assert_eq!(replica.encode_state(), before);
}

#[test]
fn a_parent_that_is_only_deleted_is_still_no_type() {
    let deleted = update(&[(1, 0, &[FIRST])], &[(1, &[(0, 1)])]);
    let parent = Id { client: 1, clock: 0 };
    let child = update(&[(2, 0, &[&inside(1, 0)])], &[]);
    assert_eq!(loaded(&[deleted]).apply(&child), Err(ReplicaError::Parent { parent, at: 4 }));
    // A tombstone that covers a known item changes nothing about that item.
    let mut replica = loaded(&[update(&[(1, 0, &[FIRST])], &[]), update(&[(1, 0, &[b"\x00\x03"])], &[])]);
    assert_eq!(replica.apply(&child), Err(ReplicaError::Parent { parent, at: 4 }));
    assert_eq!(replica.apply(&update(&[(2, 0, &[&inside(1, 1)])], &[])), Ok(Outcome::Applied));
}

#[test]
fn neighbours_must_be_in_one_list() {
    let mut replica = loaded(&[
        update(&[(1, 0, &[FIRST, b"\x04\x01\x01u\x01a"])], &[]),
        update(&[(2, 0, &[b"\x28\x01\x01t\x01k\x01\x7e"])], &[]),
    ]);
    misplaced(&mut replica, &update(&[(3, 0, &[b"\xc4\x01\x00\x01\x01\x01x"])], &[]));
    misplaced(&mut replica, &update(&[(3, 0, &[b"\xc4\x01\x00\x02\x00\x01x"])], &[]));
    // Known to be in the list `u`, continued in the list `t`.
    misplaced(&mut replica, &update(&[(1, 1, &[b"\x04\x01\x01t\x02ab"])], &[]));
    let between = update(&[(1, 2, &[&behind(1, 0), b"\xc4\x01\x00\x01\x02\x01x"])], &[]);
    assert_eq!(replica.apply(&between), Ok(Outcome::Applied));
}

/// What was journaled is taken again: the first entry is known then, and its delete is not repeated.
#[test]
fn joined_entries_known_in_part_are_taken_as_often_as_they_come() {
    let first = update(&[(2, 0, &[b"\x28\x01\x01m\x01k\x01\x7e"])], &[(2, &[(0, 1)])]);
    let joined = update(&[(2, 0, &[b"\x28\x01\x01m\x01k\x03\x7e\x7e\x7e"])], &[(2, &[(0, 3)])]);
    let mut replica = loaded(std::slice::from_ref(&first));
    assert_eq!(replica.apply(&joined), Ok(Outcome::Applied));
    let mut parted = loaded(std::slice::from_ref(&first));
    let waiting = [&joined[..joined.len() - 5], b"\x02\x09\x01\x00\x01\x02\x01\x00\x03"].concat();
    let Ok(Outcome::Part { accepted }) = parted.apply_available(&waiting) else { panic!("{waiting:?}") };
    let mut replayed = loaded(&[first]);
    assert_eq!(replayed.apply(&accepted), Ok(Outcome::Applied), "[D7]");
}

#[test]
fn an_entry_is_the_newest_of_its_key_and_one_value() {
    let mut replica = loaded(&[update(&[(1, 0, &[b"\x28\x01\x01m\x01k\x01\x7e"])], &[])]);
    misplaced(&mut replica, &update(&[(2, 0, &[b"\x48\x01\x00\x01\x7e"])], &[]));
    misplaced(&mut replica, &update(&[(2, 0, &[b"\xa8\x01\x00\x02\x7e\x7e"])], &[]));
    misplaced(&mut replica, &update(&[(2, 0, &[b"\x24\x01\x01m\x01l\x02ab"])], &[]));
    misplaced(&mut replica, &update(&[(2, 0, &[b"\xa8\x01\x00\x02\x7e\x7e"])], &[(2, &[(0, 1)])]));
    // What a client that keeps deleted content sends of two entries that were overwritten.
    let joined = update(&[(2, 0, &[b"\xa8\x01\x00\x02\x7e\x7e"])], &[(2, &[(0, 2)])]);
    assert_eq!(replica.apply(&joined), Ok(Outcome::Applied));
}

/// Types of client 1 inside each other, so many that the innermost has `levels` around it.
fn nested(levels: u64) -> Vec<u8> {
    use weft_protocol::lib0::write_var_uint;
    let mut bytes = vec![1];
    write_var_uint(&mut bytes, levels + 1);
    bytes.extend(b"\x01\x00\x07\x01\x01t\x00");
    for parent in 0..levels {
        bytes.extend([7, 0, 1]);
        write_var_uint(&mut bytes, parent);
        bytes.push(0);
    }
    bytes.push(0);
    bytes
}

#[test]
fn types_nest_some_hundred_levels() {
    let mut replica = loaded(&[nested(causality::TYPE_DEPTH_MAX)]);
    misplaced(&mut Replica::new(), &nested(causality::TYPE_DEPTH_MAX + 1));
    misplaced(&mut Replica::new(), &nested(100_000));
    let state = replica.encode_state().expect("encodes");
    assert_eq!(replica.apply(&update(&[], &[(1, &[(0, 1)])])), Ok(Outcome::Applied), "deleting recurses");
    Replica::verify_state(&state).expect("loads");
    Replica::verify_state(&replica.encode_state().expect("encodes")).expect("loads");
}

#[test]
fn a_parent_may_be_a_type_or_a_tombstone() {
    loaded(&[update(&[(2, 0, &[&inside(1, 0)]), (1, 0, &[TEXT_IN_MAP])], &[])]);
    loaded(&[update(&[(1, 0, &[TEXT_IN_MAP])], &[]), update(&[(2, 0, &[&inside(1, 0)])], &[])]);
    let gone = loaded(&[
        update(&[(1, 0, &[TEXT_IN_MAP, &inside(1, 0)])], &[(1, &[(0, 1)])]),
        update(&[(2, 0, &[&inside(1, 0)])], &[]),
    ]);
    Replica::verify_state(&gone.encode_state().expect("encodes")).expect("loads");
    loaded(&[update(&[(1, 0, &[b"\x00\x02"])], &[]), update(&[(2, 0, &[&inside(1, 1)])], &[])]);
}
