//! Finds the edits inside a raw update without building a document.
//!
//! Source of the format: Yjs' update encoding version 1. An update is a list of clients, each with a first clock and a run of
//! structs that follow one another without gaps; the set of deletions comes after them and is of no interest here.

use weft_protocol::lib0::{Malformed, Reader};

/// Consecutive edits of one client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edits {
    /// The client id.
    pub client: u64,
    /// Clock of the first edit.
    pub clock: u64,
    /// How many clocks there are.
    pub len: u64,
}

const GC: u8 = 0;
const SKIP: u8 = 10;
const HAS_ORIGIN: u8 = 0x80;
const HAS_RIGHT_ORIGIN: u8 = 0x40;
const HAS_PARENT_KEY: u8 = 0x20;
/// Deeper values than this do not come from a load generator's own writers.
const ANY_DEPTH_MAX: u32 = 64;

/// Calls `found` for each run of edits inside `update`.
///
/// # Errors
/// Whatever makes the bytes not an update.
#[inline]
pub fn scan(update: &[u8], mut found: impl FnMut(Edits)) -> Result<(), Malformed> {
    let mut reader = Reader::new(update);
    for _ in 0..reader.var_uint()? {
        let structs = reader.var_uint()?;
        let client = reader.var_uint()?;
        let mut clock = reader.var_uint()?;
        for _ in 0..structs {
            let info = reader.byte()?;
            let len = match info & 0x1f {
                GC => reader.var_uint()?,
                SKIP => {
                    clock += reader.var_uint()?;
                    continue;
                }
                content => item(&mut reader, info, content)?,
            };
            found(Edits { client, clock, len });
            clock += len;
        }
    }
    Ok(())
}

/// Reads an item up to its end and returns how many clocks it takes.
#[inline]
fn item(reader: &mut Reader<'_>, info: u8, content: u8) -> Result<u64, Malformed> {
    if info & HAS_ORIGIN != 0 {
        skip_id(reader)?;
    }
    if info & HAS_RIGHT_ORIGIN != 0 {
        skip_id(reader)?;
    }
    if info & (HAS_ORIGIN | HAS_RIGHT_ORIGIN) == 0 {
        if reader.var_uint()? == 1 {
            reader.var_bytes()?;
        } else {
            skip_id(reader)?;
        }
        if info & HAS_PARENT_KEY != 0 {
            reader.var_bytes()?;
        }
    }
    content_len(reader, content)
}

#[inline]
fn skip_id(reader: &mut Reader<'_>) -> Result<(), Malformed> {
    reader.var_uint()?;
    reader.var_uint()?;
    Ok(())
}

#[inline]
fn content_len(reader: &mut Reader<'_>, content: u8) -> Result<u64, Malformed> {
    match content {
        1 => reader.var_uint(),
        4 => reader.var_bytes().map(utf16_len),
        _ => rare_content_len(reader, content),
    }
}

/// The kinds of content that a typing client does not send.
fn rare_content_len(reader: &mut Reader<'_>, content: u8) -> Result<u64, Malformed> {
    match content {
        2 => {
            let len = reader.var_uint()?;
            (0..len).try_for_each(|_| reader.var_bytes().map(drop))?;
            Ok(len)
        }
        3 | 5 => reader.var_bytes().map(|_| 1),
        6 => {
            reader.var_bytes()?;
            reader.var_bytes().map(|_| 1)
        }
        7 => {
            // Only XML elements (3) and hooks (5) carry a name.
            if matches!(reader.var_uint()?, 3 | 5) {
                reader.var_bytes()?;
            }
            Ok(1)
        }
        8 => {
            let len = reader.var_uint()?;
            (0..len).try_for_each(|_| skip_any(reader, 0))?;
            Ok(len)
        }
        9 => {
            reader.var_bytes()?;
            skip_any(reader, 0).map(|()| 1)
        }
        tag => Err(Malformed::UnknownTag { tag: u64::from(tag), at: reader.at() }),
    }
}

/// Skips one value of lib0's `any` encoding.
fn skip_any(reader: &mut Reader<'_>, depth: u32) -> Result<(), Malformed> {
    let at = reader.at();
    let tag = reader.byte()?;
    match tag {
        120 | 121 | 126 | 127 => Ok(()),
        125 => {
            while reader.byte()? >= 0x80 {}
            Ok(())
        }
        124 => reader.take(4).map(drop),
        122 | 123 => reader.take(8).map(drop),
        116 | 119 => reader.var_bytes().map(drop),
        117 | 118 if depth < ANY_DEPTH_MAX => {
            for _ in 0..reader.var_uint()? {
                if tag == 118 {
                    reader.var_bytes()?;
                }
                skip_any(reader, depth + 1)?;
            }
            Ok(())
        }
        tag => Err(Malformed::UnknownTag { tag: u64::from(tag), at }),
    }
}

/// Counts UTF-16 units without decoding: every byte that starts a character, and twice where four bytes make it.
#[inline]
fn utf16_len(text: &[u8]) -> u64 {
    if let [byte] = text
        && *byte < 0x80
    {
        return 1;
    }
    text.iter().map(|byte| u64::from(byte & 0xc0 != 0x80) + u64::from(*byte >= 0xf0)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use yrs::updates::decoder::Decode;
    use yrs::{Any, Doc, GetString, Map, OffsetKind, Options, ReadTxn, StateVector, Text, Transact, Update};

    fn edits(update: &[u8]) -> Vec<Edits> {
        let mut all = Vec::new();
        scan(update, |edits| all.push(edits)).expect("yrs wrote it");
        all
    }

    fn document() -> Doc {
        let options = Options {
            offset_kind: OffsetKind::Utf16,
            ..Options::with_client_id(yrs::block::ClientID::new(7))
        };
        Doc::with_options(options)
    }

    #[test]
    fn every_clock_of_a_mixed_document_is_found() {
        let document = document();
        let text = document.get_or_insert_text("t");
        let map = document.get_or_insert_map("m");
        {
            let mut change = document.transact_mut();
            text.insert(&mut change, 0, "añ😀 plain");
            text.remove_range(&mut change, 1, 2);
            map.insert(&mut change, "bytes", Any::from(vec![1u8, 2, 3]));
            map.insert(&mut change, "bytes", Any::from(vec![4u8; 300]));
            let inner =
                HashMap::from([("x".to_owned(), Any::from(1.5)), ("y".to_owned(), Any::from(-70_000i64))]);
            map.insert(&mut change, "deep", Any::from(vec![Any::from(inner), Any::Null, Any::from("s")]));
        }
        let update = document.transact().encode_state_as_update_v1(&StateVector::default());
        let found = edits(&update);
        let clocks: u64 = found.iter().map(|edits| edits.len).sum();
        let known = document.transact().state_vector().get(&yrs::block::ClientID::new(7));
        assert_eq!(clocks, u64::from(known));
        assert!(found.windows(2).all(|pair| pair[0].clock + pair[0].len == pair[1].clock));
        assert!(text.get_string(&document.transact()).starts_with('a'));
    }

    #[test]
    fn merged_updates_with_a_hole_count_only_what_they_hold() {
        let document = document();
        let text = document.get_or_insert_text("t");
        let updates: Vec<Vec<u8>> = (0..3)
            .map(|at| {
                let mut change = document.transact_mut();
                text.insert(&mut change, at, "x");
                change.encode_update_v1()
            })
            .collect();
        assert!(updates.iter().all(|update| Update::decode_v1(update).is_ok()));
        let merged = yrs::merge_updates_v1([&updates[0], &updates[2]]).expect("both are updates");
        let clocks: Vec<u64> = edits(&merged).iter().map(|edits| edits.clock).collect();
        assert_eq!(clocks, [0, 2]);
    }

    #[test]
    fn units_are_counted_as_javascript_counts_them() {
        for text in ["a", "ab", "ñ", "漢字", "😀a"] {
            assert_eq!(utf16_len(text.as_bytes()), text.encode_utf16().count() as u64);
        }
    }
}
