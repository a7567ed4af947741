//! Items beside many others: what stock clients do is taken, what nobody does is refused before it costs anything.

use weft_protocol::lib0::write_var_uint;

use super::*;

/// Items of one letter in the list `t`: author, clock, left and right neighbour; authors in runs.
type Item = (u64, u32, Option<(u64, u32)>, Option<(u64, u32)>);

fn encoded(items: &[Item]) -> Vec<u8> {
    let mut out = Vec::new();
    let sections = || items.chunk_by(|a, b| a.0 == b.0);
    write_var_uint(&mut out, sections().count() as u64);
    for section in sections() {
        write_var_uint(&mut out, section.len() as u64);
        write_var_uint(&mut out, section[0].0);
        write_var_uint(&mut out, section[0].1.into());
        for (_, _, left, right) in section {
            let flags = if left.is_some() { 0x80 } else { 0 } | if right.is_some() { 0x40 } else { 0 };
            out.push(4 | flags);
            for (client, clock) in left.iter().chain(right) {
                write_var_uint(&mut out, *client);
                write_var_uint(&mut out, (*clock).into());
            }
            if flags == 0 {
                out.extend(b"\x01\x01t");
            }
            out.extend(b"\x01a");
        }
    }
    out.push(0);
    out
}

fn strict() -> Replica {
    Replica::with_limits(Limits { items_between_max: 100, steps_max: 10_000, ..Limits::default() })
}

/// [H7]
#[test]
fn too_many_strangers_in_one_gap_are_refused_also_one_by_one() {
    let strangers: Vec<Item> = (1..=101).map(|client| (client, 0, None, None)).collect();
    let refused = strict().apply(&encoded(&strangers));
    assert!(matches!(refused, Err(ReplicaError::Crowded { found: 101, limit: 100, .. })), "{refused:?}");
    let mut replica = strict();
    for stranger in &strangers[..100] {
        assert_eq!(replica.apply(&encoded(&[*stranger])), Ok(Outcome::Applied));
    }
    let (before, last) = (replica.encode_state(), encoded(&strangers[100..]));
    assert!(matches!(replica.apply(&last), Err(ReplicaError::Crowded { found: 101, .. })));
    assert!(matches!(replica.apply_available(&last), Err(ReplicaError::Crowded { .. })));
    assert_eq!(replica.encode_state(), before, "a refusal changes nothing");
    // Whoever has seen the others may go on.
    let first = (100, 0, None, Some((1, 0)));
    assert_eq!(strict().apply(&encoded(&[(1, 0, None, None), first])), Ok(Outcome::Applied));
    let mut loaded =
        Replica::from_state(&before.expect("encodes")).expect("what is stored is loaded whatever it costs");
    assert_eq!(loaded.apply(&last), Ok(Outcome::Applied), "the usual limits are wider");
}

/// [H7]
#[test]
fn one_author_that_scatters_its_neighbours_is_refused_by_the_steps() {
    let mut replica = strict();
    let text = [&b"\x01\x01\x01\x00\x04\x01\x01t\x7f"[..], &[b'x'; 127], b"\x00"].concat();
    assert_eq!(replica.apply(&text), Ok(Outcome::Applied));
    let scattered: Vec<Item> = (0..127).map(|n| (2, n, None, Some((1, n)))).collect();
    let refused = replica.apply(&encoded(&scattered));
    assert!(matches!(refused, Err(ReplicaError::Crowded { limit: 10_000, .. })), "{refused:?}");
    assert_eq!(
        replica.apply_available(&encoded(&scattered)),
        Ok(Outcome::Applied),
        "written offline, it may"
    );
}

/// [H3] [H7]
#[test]
fn what_stock_clients_write_is_taken_in_any_number() {
    let behind: Vec<Item> =
        (0..5_000u32).map(|n| (1, n, n.checked_sub(1).map(|last| (1, last)), None)).collect();
    let in_front: Vec<Item> =
        (0..5_000u32).map(|n| (1, n, None, n.checked_sub(1).map(|last| (1, last)))).collect();
    let guests: Vec<Item> = (1..=5_000).map(|n| (n, 0, None, (n > 1).then(|| (n - 1, 0)))).collect();
    let visitors: Vec<Item> = (1..=5_000).map(|n| (n, 0, (n > 1).then(|| (n - 1, 0)), None)).collect();
    for items in [&behind, &in_front, &guests, &visitors] {
        let mut replica = strict();
        assert_eq!(replica.apply(&encoded(items)), Ok(Outcome::Applied));
        let mut again = Replica::from_state(&replica.encode_state().expect("encodes")).expect("loads");
        assert_eq!(again.apply(&encoded(items)), Ok(Outcome::Known));
    }
}

/// Two people replace the same words at once, without having seen each other. [H3] [H7]
#[test]
fn the_same_places_changed_by_two_at_once_are_taken() {
    let mut replica = strict();
    let text = [&b"\x01\x01\x01\x00\x04\x01\x01t\xe8\x07"[..], &[b'x'; 1_000], b"\x00"].concat();
    assert_eq!(replica.apply(&text), Ok(Outcome::Applied));
    for client in [2, 3] {
        let replaced: Vec<Item> =
            (0..199).map(|n| (client, n, Some((1, 5 * n)), Some((1, 5 * n + 3)))).collect();
        assert_eq!(replica.apply(&encoded(&replaced)), Ok(Outcome::Applied));
    }
}

/// [H7]
#[test]
fn long_work_is_left_to_somebody_else() {
    let many: Vec<Item> =
        (0..3_000u32).map(|n| (1, n, n.checked_sub(1).map(|last| (1, last)), None)).collect();
    let mut replica = Replica::new();
    assert_eq!(replica.apply_if_short(&encoded(&many)), Ok(None));
    assert_eq!(replica.apply_available_if_short(&encoded(&many)), Ok(None));
    assert_eq!(replica.state_vector(), [0]);
    let strangers: Vec<Item> = (1..=1_000).map(|client| (client, 0, None, None)).collect();
    assert_eq!(replica.apply_if_short(&encoded(&strangers)), Ok(None), "few, but each beside all before it");
    assert_eq!(replica.apply_if_short(&encoded(&many[..1_000])), Ok(Some(Outcome::Applied)));
}
