mod crowding;
mod placement;

use weft_protocol::validate::{Refused, Unsupported};

use super::*;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte =
        |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hexadecimal");
    digits.chunks(2).map(byte).collect()
}

/// Structs by section: client, first clock, structs.
fn update(sections: &[(u8, u8, &[&[u8]])], deletes: &[(u8, &[(u8, u8)])]) -> Vec<u8> {
    let short = |len: usize| u8::try_from(len).expect("short");
    let mut bytes = vec![short(sections.len())];
    for (client, clock, structs) in sections {
        bytes.extend([short(structs.len()), *client, *clock]);
        structs.iter().for_each(|one| bytes.extend_from_slice(one));
    }
    bytes.push(short(deletes.len()));
    for (client, ranges) in deletes {
        bytes.extend([*client, short(ranges.len())]);
        ranges.iter().for_each(|(clock, len)| bytes.extend([*clock, *len]));
    }
    bytes
}

/// One character at the start of the root text `t`.
const FIRST: &[u8] = b"\x04\x01\x01t\x01a";

/// One character behind the given one.
fn behind(client: u8, clock: u8) -> Vec<u8> {
    vec![0x84, client, clock, 1, b'b']
}

/// One character inside the type with the given id.
fn inside(client: u8, clock: u8) -> Vec<u8> {
    vec![0x04, 0, client, clock, 1, b'c']
}

/// A text inside the root map `m`.
const TEXT_IN_MAP: &[u8] = b"\x27\x01\x01m\x01k\x02";

fn loaded(updates: &[Vec<u8>]) -> Replica {
    let mut replica = Replica::new();
    for update in updates {
        assert_eq!(replica.apply(update), Ok(Outcome::Applied), "{update:?}");
    }
    replica
}

fn same(a: &Replica, b: &Replica) {
    assert_eq!(a.state_vector(), b.state_vector());
    assert_eq!(a.encode_state(), b.encode_state());
}

#[test]
fn an_update_is_applied_once() {
    let typed = update(&[(1, 0, &[FIRST, &behind(1, 0)])], &[]);
    let mut replica = loaded(std::slice::from_ref(&typed));
    assert_eq!(replica.state_vector(), [1, 1, 2]);
    assert_eq!(replica.apply(&typed), Ok(Outcome::Known));
    assert_eq!(replica.apply(&[0, 0]), Ok(Outcome::Known));
    assert_eq!(replica.encode_state(), Ok(update(&[(1, 0, &[b"\x04\x01\x01t\x02ab"])], &[])));
}

#[test]
fn a_delete_is_known_the_second_time_however_it_is_cut() {
    let mut replica = loaded(&[
        update(&[(1, 0, &[b"\x04\x01\x01t\x04abcd"])], &[]),
        update(&[], &[(1, &[(0, 2)])]),
        update(&[], &[(1, &[(3, 1)])]),
    ]);
    assert_eq!(replica.apply(&update(&[], &[(1, &[(0, 1), (1, 1), (3, 1)])])), Ok(Outcome::Known));
    assert_eq!(replica.apply(&update(&[], &[(1, &[(0, 4)])])), Ok(Outcome::Applied));
    assert_eq!(replica.apply(&update(&[], &[(1, &[(0, 4)])])), Ok(Outcome::Known));
}

#[test]
fn what_loses_against_a_newer_entry_is_known_to_be_deleted() {
    let mut replica = loaded(&[
        update(&[(1, 0, &[b"\x28\x01\x01m\x01k\x01\x7e"])], &[]),
        update(&[(2, 0, &[b"\xa8\x01\x00\x01\x7f"])], &[]),
    ]);
    assert_eq!(replica.apply(&update(&[], &[(1, &[(0, 1)])])), Ok(Outcome::Known));
}

#[test]
fn children_of_a_deleted_type_are_known_to_be_deleted() {
    let mut replica =
        loaded(&[update(&[(1, 0, &[TEXT_IN_MAP, &inside(1, 0)])], &[]), update(&[], &[(1, &[(0, 1)])])]);
    assert_eq!(replica.apply(&update(&[], &[(1, &[(0, 2)])])), Ok(Outcome::Known));
}

#[test]
fn an_update_before_its_causes_is_a_gap_and_changes_nothing() {
    let first = update(&[(1, 0, &[FIRST])], &[]);
    let second = update(&[(1, 1, &[&behind(1, 0)])], &[]);
    let other = update(&[(2, 0, &[&behind(1, 1)])], &[]);
    let delete = update(&[], &[(2, &[(0, 1)])]);
    let mut replica = Replica::new();
    for early in [&second, &other, &delete] {
        assert_eq!(replica.apply(early), Ok(Outcome::Gap));
        assert_eq!(replica.apply_available(early), Ok(Outcome::Gap));
        assert_eq!(replica.encode_state(), Ok(vec![0, 0]));
    }
    for in_order in [&first, &second, &other, &delete] {
        assert_eq!(replica.apply(in_order), Ok(Outcome::Applied));
    }
}

#[test]
fn a_right_origin_and_a_parent_are_causes_too() {
    let mut replica = loaded(&[update(&[(1, 0, &[FIRST])], &[])]);
    assert_eq!(replica.apply(&update(&[(2, 0, &[b"\x44\x01\x05\x01x"])], &[])), Ok(Outcome::Gap));
    assert_eq!(replica.apply(&update(&[(2, 0, &[&inside(1, 5)])], &[])), Ok(Outcome::Gap));
}

#[test]
fn causes_inside_the_update_count_in_any_order_of_sections() {
    let ones: &[&[u8]] = &[FIRST, &behind(2, 0), &behind(2, 1)];
    let twos: &[&[u8]] = &[&behind(1, 0), &behind(1, 1)];
    let ascending = update(&[(1, 0, ones), (2, 0, twos)], &[]);
    let descending = update(&[(2, 0, twos), (1, 0, ones)], &[]);
    same(&loaded(&[ascending]), &loaded(&[descending]));
}

#[test]
fn items_that_wait_for_each_other_are_a_gap() {
    let circle = update(&[(2, 0, &[&behind(1, 0)]), (1, 0, &[&behind(2, 0)])], &[]);
    let mut replica = Replica::new();
    assert_eq!(replica.apply(&circle), Ok(Outcome::Gap));
    assert_eq!(replica.apply_available(&circle), Ok(Outcome::Gap));
}

#[test]
fn the_complete_part_of_an_answer_is_taken_and_its_deletes_are_clipped() {
    let answer = update(
        &[(3, 0, &[&behind(2, 9)]), (2, 0, &[&behind(1, 0), &behind(9, 0)]), (1, 0, &[FIRST])],
        &[(3, &[(0, 1)]), (2, &[(0, 5)])],
    );
    let mut replica = Replica::new();
    assert_eq!(replica.apply(&answer), Ok(Outcome::Gap));
    let expected = update(&[(2, 0, &[&behind(1, 0)]), (1, 0, &[FIRST])], &[(2, &[(0, 1)])]);
    assert_eq!(replica.apply_available(&answer), Ok(Outcome::Part { accepted: expected.clone() }));
    assert_eq!(replica.apply_available(&answer), Ok(Outcome::Gap), "nothing more of it can be taken");
    same(&replica, &loaded(&[expected]));
}

#[test]
fn a_skip_is_a_gap_until_what_it_skips_is_known() {
    let merged = update(&[(1, 0, &[FIRST, b"\x0a\x02", &behind(1, 2)])], &[]);
    let between = update(&[(1, 1, &[&behind(1, 0), &behind(1, 1)])], &[]);
    let mut replica = Replica::new();
    assert_eq!(replica.apply(&merged), Ok(Outcome::Gap));
    assert_eq!(
        replica.apply_available(&merged),
        Ok(Outcome::Part { accepted: update(&[(1, 0, &[FIRST])], &[]) })
    );
    assert_eq!(replica.apply(&between), Ok(Outcome::Applied));
    assert_eq!(replica.apply(&merged), Ok(Outcome::Applied));
    assert_eq!(replica.state_vector(), [1, 1, 4]);
    assert_eq!(replica.apply(&merged), Ok(Outcome::Known));
    Replica::verify_state(&replica.encode_state().expect("encodes")).expect("no skip reached the CRDT");
}

#[test]
fn a_struct_known_in_part_is_continued() {
    let mut replica = loaded(&[update(&[(1, 0, &[b"\x04\x01\x01t\x02ab"])], &[])]);
    assert_eq!(replica.apply(&update(&[(1, 0, &[b"\x04\x01\x01t\x04abcd"])], &[])), Ok(Outcome::Applied));
    assert_eq!(replica.encode_state(), Ok(update(&[(1, 0, &[b"\x04\x01\x01t\x04abcd"])], &[])));
    let mut replica = loaded(&[update(&[(1, 0, &[b"\x00\x02"])], &[])]);
    assert_eq!(replica.apply(&update(&[(1, 1, &[b"\x00\x03"])], &[])), Ok(Outcome::Applied));
    assert_eq!(replica.state_vector(), [1, 1, 4]);
}

/// [D7]
#[test]
fn a_returning_client_that_repeats_everything_is_trimmed_to_what_is_new() {
    let known: Vec<Vec<u8>> = (0..20).map(|clock| behind(1, clock)).collect();
    let mut structs: Vec<&[u8]> = vec![FIRST];
    structs.extend(known.iter().map(Vec::as_slice));
    let mut replica = loaded(&[update(&[(1, 0, &structs)], &[(1, &[(1, 3)])])]);
    let new = behind(1, 20);
    structs.push(&new);
    let again = update(&[(1, 0, &structs)], &[(1, &[(1, 4)])]);
    let accepted = update(&[(1, 21, &[&new])], &[(1, &[(4, 1)])]);
    assert_eq!(replica.apply(&again), Ok(Outcome::Trimmed { accepted: accepted.clone() }));
    let mut journal = loaded(&[update(&[(1, 0, &structs[..21])], &[(1, &[(1, 3)])])]);
    assert_eq!(journal.apply(&accepted), Ok(Outcome::Applied));
    same(&journal, &replica);
}

#[test]
fn tombstones_the_server_never_saw_as_items_are_taken() {
    let replica = loaded(&[hex("0103070001010161010002880700017d030107010003")]);
    Replica::verify_state(&replica.encode_state().expect("encodes")).expect("loads");
}

#[test]
fn halves_of_an_emoji_are_deleted_one_after_the_other() {
    let replica = loaded(&[hex("010107000401017404f09f988000"), hex("000107010101"), hex("000107010001")]);
    Replica::verify_state(&replica.encode_state().expect("encodes")).expect("loads");
}

#[test]
fn bytes_come_back_as_they_were() {
    let state = hex("010101002301016d016b02010200");
    assert_eq!(loaded(std::slice::from_ref(&state)).encode_state(), Ok(state));
}

/// [H2]
#[test]
fn updates_that_broke_the_crdt_leave_the_replica_as_it_was() {
    let mut replica = loaded(&[update(&[(1, 0, &[FIRST])], &[])]);
    for hostile in [
        "0101ff13886612e77c4150000000",
        "ffffff7f0000",
        "010107ffffffff0f000800",
        "010101feffffff0f000a010101000a",
        "010301feffffff0f000c008080406407ffffffff0f0002010206000a0d0701ffffffff0f0b",
        "0301078080402901016102696406677569642d31760002070da6070b0162047472756588010b00020308a1070d09080003\
         0a00020702050d07000302ffffffff07020506",
        "010101000201017400027b7d00",
        "01010700070101780502686b00",
        "01010700050101741a7b226e223a31323334353637383930313233343536373030307d00",
        "010101002801016d016b017a000000000000000100",
    ] {
        assert!(matches!(replica.apply(&hex(hostile)), Err(ReplicaError::Refused(_))), "{hostile}");
    }
    let what = Unsupported::BigInt;
    let big = replica.apply(&hex("010101002801016d016b017a000000000000000100"));
    assert_eq!(big, Err(ReplicaError::Refused(Refused::Unsupported { what, at: 11 })));
    same(&replica, &loaded(&[update(&[(1, 0, &[FIRST])], &[])]));
}

#[test]
fn a_diff_holds_what_the_peer_lacks() {
    let replica = loaded(&[
        update(&[(1, 0, &[b"\x04\x01\x01t\x04abcd"])], &[]),
        update(&[(2, 0, &[&behind(1, 3)])], &[(1, &[(0, 1)])]),
    ]);
    let everything = replica.encode_state().expect("encodes");
    assert_eq!(replica.diff(&[0]), Ok(everything.clone()));
    assert_eq!(replica.diff(&[1, 9, 5]), Ok(everything), "clients we do not know change nothing");
    assert_eq!(replica.diff(&[2, 1, 4, 2, 1]), Ok(update(&[], &[(1, &[(0, 1)])])));
    assert_eq!(replica.diff(&[2, 1, 100, 2, 1]), Ok(update(&[], &[(1, &[(0, 1)])])), "ahead of us");
    let last = replica.diff(&[2, 1, 3, 2, 1]).expect("encodes");
    assert_eq!(last, update(&[(1, 3, &[b"\x84\x01\x02\x01d"])], &[(1, &[(0, 1)])]));
    assert!(matches!(replica.diff(&hex("ffffff7f")), Err(ReplicaError::Refused(_))));
}

#[test]
fn a_diff_from_the_middle_of_an_emoji_is_an_update() {
    let replica = loaded(&[hex("010107000401017404f09f988000")]);
    let diff = replica.diff(&[1, 7, 1]).expect("encodes");
    assert_eq!(loaded(&[hex("0101070004010174016100")]).apply(&diff), Ok(Outcome::Applied));
}

#[test]
fn a_peer_that_is_behind_is_not_covered() {
    let replica = loaded(&[update(&[(2, 0, &[&behind(1, 0)]), (1, 0, &[FIRST])], &[])]);
    assert_eq!(replica.covers(&replica.state_vector()), Ok(true));
    assert_eq!(replica.covers(&[3, 1, 7, 2, 1, 5, 5]), Ok(true));
    assert_eq!(replica.covers(&[1, 1, 1]), Ok(false));
    assert_eq!(replica.covers(&[0]), Ok(false));
    assert_eq!(Replica::new().covers(&[0]), Ok(true));
    assert!(replica.covers(&[1]).is_err());
}

#[test]
fn a_loaded_state_knows_what_the_replica_knew() {
    let saved = loaded(&[
        update(&[(1, 0, &[TEXT_IN_MAP, &inside(1, 0), &behind(1, 1)])], &[]),
        update(&[(2, 0, &[&behind(1, 2)])], &[(1, &[(1, 1)])]),
    ]);
    let state = saved.encode_state().expect("encodes");
    Replica::verify_state(&state).expect("loads");
    let mut loaded = Replica::from_state(&state).expect("loads");
    same(&loaded, &saved);
    assert!(loaded.mirror.agrees_with(&saved.mirror));
    assert_eq!(loaded.apply(&update(&[(3, 0, &[&inside(1, 0)])], &[])), Ok(Outcome::Applied));
}

#[test]
fn a_state_with_missing_causes_is_not_loaded() {
    let state = update(&[(1, 1, &[&behind(1, 0)])], &[]);
    assert!(matches!(Replica::from_state(&state), Err(ReplicaError::State { .. })));
    assert!(matches!(Replica::verify_state(&state), Err(ReplicaError::State { .. })));
    assert!(matches!(Replica::from_state(&[]), Err(ReplicaError::Refused(_))));
    assert_eq!(Replica::from_state(&[0, 0]).expect("empty").state_vector(), [0]);
}

#[test]
fn a_broken_replica_says_so_for_ever() {
    let mut replica = loaded(&[update(&[(1, 0, &[FIRST])], &[])]);
    let broken = replica.break_down("said so".to_owned());
    assert_eq!(broken, ReplicaError::Panicked { what: "said so".to_owned() });
    assert_eq!(replica.apply(&[0, 0]), Err(broken.clone()));
    assert_eq!(replica.apply_available(&[0, 0]), Err(broken.clone()));
    assert_eq!(replica.encode_state(), Err(broken.clone()));
    assert_eq!(replica.diff(&[0]), Err(broken));
}

#[test]
fn a_panic_inside_the_crdt_does_not_leave_the_replica() {
    // Dropped during the panic, the transaction would commit, panic again and abort the process.
    let abort = "010301feffffff0f000c008080406407ffffffff0f0002010206000a0d0701ffffffff0f0b";
    let orphan = yrs::Update::decode_v1(&hex(abort)).expect("yrs reads it");
    let replica = Replica::new();
    let panicked = catch_unwind(AssertUnwindSafe(|| change(&replica.doc, orphan)));
    assert!(!matches!(panicked, Ok(Ok(_))), "the rules exist because of this");
    assert!(
        matches!(replica.encode_state(), Err(ReplicaError::Unencodable { .. })),
        "the document stays locked"
    );
}

#[test]
fn the_estimate_follows_the_encoded_size() {
    let mut replica = Replica::new();
    replica.apply(&update(&[(1, 0, &[FIRST])], &[])).expect("legal");
    for clock in 0..100 {
        replica.apply(&update(&[(1, clock + 1, &[&behind(1, clock)])], &[])).expect("legal");
    }
    let estimate = replica.approximate_bytes();
    let exact = replica.encode_state().expect("encodes").len();
    assert!(estimate.abs_diff(exact) < 16, "{estimate} for {exact}");
    assert_eq!(replica.approximate_bytes(), exact);
}

#[test]
fn a_replica_can_be_sent_to_another_thread() {
    fn send<T: Send + Sync>(_: &T) {}
    send(&Replica::new());
}
