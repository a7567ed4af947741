use super::*;
use crate::validate::{Limits, parse};

const LIMITS: MergeLimits = MergeLimits { piece_bytes_max: 1 << 16, row_bytes_max: 1 << 16 };

/// Text of `client` at `clock`, right behind `left`, or at the beginning of root `t`.
fn typed(client: u8, clock: u8, left: Option<(u8, u8)>, text: &str) -> Vec<u8> {
    let mut bytes = vec![1, 1, client, clock];
    match left {
        Some((client, clock)) => bytes.extend_from_slice(&[0x84, client, clock]),
        None => bytes.extend_from_slice(&[4, 1, 1, b't']),
    }
    bytes.push(u8::try_from(text.len()).expect("short"));
    bytes.extend_from_slice(text.as_bytes());
    bytes.push(0);
    bytes
}

/// A value of `client` at `clock` behind the one before it, which it deletes if it is the next value of a map's entry.
fn valued(client: u8, clock: u8, is_entry: bool) -> Vec<u8> {
    let mut bytes = vec![1, 1, client, clock];
    match clock {
        0 => bytes.extend_from_slice(&[8, 1, 1, b't']),
        _ => bytes.extend_from_slice(&[0x88, client, clock - 1]),
    }
    bytes.extend_from_slice(&[1, 125, clock]);
    match is_entry && clock > 0 {
        true => bytes.extend_from_slice(&[1, client, 1, clock - 1, 1]),
        false => bytes.push(0),
    }
    bytes
}

fn merged(updates: &[(&'static str, Vec<u8>)]) -> Vec<MergedRow<u8, &'static str>> {
    merged_within(
        LIMITS,
        &updates.iter().map(|(author, update)| (1, *author, update.clone())).collect::<Vec<_>>(),
    )
}

fn merged_within(
    limits: MergeLimits,
    updates: &[(u8, &'static str, Vec<u8>)],
) -> Vec<MergedRow<u8, &'static str>> {
    let parsed = updates.iter().map(|(_, _, update)| parse(update, &Limits::default()).expect("legal"));
    let mut merger = Merger::new(limits, parsed.flat_map(|update| update.deletes().to_vec()));
    for (writer, author, update) in updates {
        let update = parse(update, &Limits::default()).expect("legal");
        merger.take(writer, &[Part { author: *author, updates: 1, update: &update }]);
    }
    merger.finish()
}

fn pieces(rows: &[MergedRow<u8, &'static str>]) -> Vec<(u8, &'static str, u32)> {
    rows.iter()
        .flat_map(|row| row.pieces.iter().map(|piece| (row.writer, piece.author, piece.updates)))
        .collect()
}

/// [T11]
#[test]
fn what_was_typed_letter_by_letter_is_one_struct() {
    let rows = merged(&[
        ("ada", typed(7, 0, None, "a")),
        ("ada", typed(7, 1, Some((7, 0)), "b")),
        ("ada", typed(7, 2, Some((7, 1)), "cd")),
    ]);
    assert_eq!(pieces(&rows), [(1, "ada", 3)]);
    assert_eq!(rows[0].pieces[0].update, typed(7, 0, None, "abcd"));
}

/// [T11]
#[test]
fn text_elsewhere_is_a_struct_of_its_own() {
    let rows = merged(&[
        ("ada", typed(7, 0, None, "ab")),
        ("ada", typed(7, 2, Some((7, 0)), "c")),
        ("ada", typed(7, 3, Some((7, 2)), "d")),
    ]);
    let update = parse(&rows[0].pieces[0].update, &Limits::default()).expect("legal");
    assert_eq!(update.structs().iter().map(|one| (one.clock, one.len)).collect::<Vec<_>>(), [(0, 2), (2, 2)]);
}

/// [T11] [T5]
#[test]
fn authors_stay_apart_and_each_in_one_piece_where_they_do_not_build_upon_each_other() {
    let rows = merged(&[
        ("ada", typed(7, 0, None, "a")),
        ("bob", typed(8, 0, None, "x")),
        ("ada", typed(7, 1, Some((7, 0)), "b")),
        ("bob", typed(8, 1, Some((8, 0)), "y")),
    ]);
    assert_eq!(pieces(&rows), [(1, "ada", 2), (1, "bob", 2)]);
}

/// [T11]
#[test]
fn pieces_never_wait_for_each_other() {
    let ping_pong = [
        ("ada", typed(7, 0, None, "a")),
        ("bob", typed(8, 0, Some((7, 0)), "x")),
        ("ada", typed(7, 1, Some((8, 0)), "b")),
        ("bob", typed(8, 1, Some((7, 1)), "y")),
    ];
    assert_eq!(pieces(&merged(&ping_pong)), [(1, "ada", 1), (1, "bob", 1), (1, "ada", 1), (1, "bob", 1)]);
    let across: Vec<_> = ping_pong
        .iter()
        .zip([1, 2, 1, 2])
        .map(|((author, update), writer)| (writer, *author, update.clone()))
        .collect();
    let rows = merged_within(LIMITS, &across);
    assert_eq!(pieces(&rows), [(1, "ada", 1), (2, "bob", 1), (1, "ada", 1), (2, "bob", 1)], "nor do rows");
    let deleting =
        [("ada", typed(7, 0, None, "a")), ("bob", typed(8, 0, None, "x")), ("ada", vec![0, 1, 8, 1, 0, 1])];
    assert_eq!(
        pieces(&merged(&deleting)),
        [(1, "ada", 1), (1, "bob", 1), (1, "ada", 1)],
        "deletes wait as well"
    );
}

/// [T11]
#[test]
fn values_of_a_list_are_joined_and_those_of_an_entry_are_not() {
    let values = |is_entry| {
        let rows = merged(&(0..3).map(|clock| ("ada", valued(7, clock, is_entry))).collect::<Vec<_>>());
        assert_eq!(pieces(&rows), [(1, "ada", 3)]);
        let update = rows[0].pieces[0].update.clone();
        let parsed = parse(&update, &Limits::default()).expect("legal");
        let lengths: Vec<_> = parsed.structs().iter().map(|one| one.len).collect();
        (lengths, parsed.deletes().to_vec())
    };
    assert_eq!(values(false), (vec![3], vec![]));
    assert_eq!(values(true), (vec![1, 1, 1], vec![DeleteRange { client: 7, clock: 0, len: 2 }]));
}

/// Rows of several writers come in no order of their deletes.
///
/// [T11]
#[test]
fn a_value_whose_left_neighbour_is_deleted_later_is_not_joined() {
    let rows = merged(&[
        ("ada", valued(7, 0, false)),
        ("ada", valued(7, 1, false)),
        ("bob", vec![0, 1, 7, 1, 0, 1]),
    ]);
    let update = parse(&rows[0].pieces[0].update, &Limits::default()).expect("legal");
    assert_eq!(update.structs().len(), 2);
}

/// [T11]
#[test]
fn clocks_that_do_not_follow_are_kept_as_they_came() {
    let rows = merged(&[
        ("ada", typed(7, 0, None, "ab")),
        ("ada", typed(7, 0, None, "ab")),
        ("ada", typed(7, 2, Some((7, 1)), "c")),
    ]);
    assert_eq!(pieces(&rows), [(1, "ada", 1), (1, "ada", 2)], "what is known already is not joined");
}

/// [T11]
#[test]
fn rows_and_pieces_are_bounded() {
    let typing = |writer: u8| {
        (0..100_u8).map(move |clock| {
            (writer, "ada", typed(7, clock, clock.checked_sub(1).map(|left| (7, left)), "x"))
        })
    };
    let limits = MergeLimits { piece_bytes_max: 40, row_bytes_max: 1 << 16 };
    let rows = merged_within(limits, &typing(1).collect::<Vec<_>>());
    assert!(rows.len() == 1 && rows[0].pieces.len() > 2);
    assert!(rows[0].pieces.iter().all(|piece| piece.update.len() <= 48));
    let rows =
        merged_within(MergeLimits { piece_bytes_max: 40, row_bytes_max: 60 }, &typing(1).collect::<Vec<_>>());
    assert!(rows.len() > 1 && rows.iter().all(|row| row.pieces.len() <= 2));
    assert_eq!(pieces(&rows).iter().map(|(_, _, updates)| updates).sum::<u32>(), 100);
}
