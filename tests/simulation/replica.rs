//! A Yjs document as a tab holds it, and what updates and replicas contain, read with yrs alone.

use std::collections::BTreeMap;

use yrs::block::ClientID;
use yrs::types::ToJson;
use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{
    Array, ArrayRef, Doc, GetString, IdSet, Map, MapRef, OffsetKind, Options, ReadTxn, StateVector, Text,
    TextRef, Transact, Update,
};

use crate::xorshift::Random;

/// Pieces of text, among them a character of two UTF-16 units.
const WORDS: [&str; 5] = ["a", "weft ", "é", "\u{1f9f6}", "a somewhat longer piece of text, as if pasted "];

/// Clocks of each client, half-open.
type Ranges = BTreeMap<u64, Vec<(u32, u32)>>;

/// A replica with a text, a map and an array.
pub struct Replica {
    doc: Doc,
    text: TextRef,
    map: MapRef,
    array: ArrayRef,
}

/// What a replica holds, comparable.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Content {
    clocks: BTreeMap<u64, u32>,
    deleted: Ranges,
    shown: String,
}

/// Which structs and deletes an update names.
#[derive(Debug, Clone, Default)]
pub struct Touched {
    inserted: Ranges,
    deleted: Ranges,
}

impl Replica {
    /// Starts empty, as author `client`.
    pub fn new(client: u64) -> Self {
        let mut options = Options::with_guid_and_client_id("simulation".into(), ClientID::new(client));
        options.offset_kind = OffsetKind::Utf16;
        let doc = Doc::with_options(options);
        let (text, map) = (doc.get_or_insert_text("text"), doc.get_or_insert_map("map"));
        let array = doc.get_or_insert_array("array");
        Self { doc, text, map, array }
    }

    /// Makes a random edit and returns it.
    pub fn edit(&self, random: &mut Random) -> Vec<u8> {
        let mut txn = self.doc.transact_mut();
        let length = u32::try_from(random.below(u64::from(self.text.len(&txn)) + 1)).expect("below a u32");
        match random.below(10) {
            0..5 => {
                let at = self.boundary(&txn, length);
                self.text.insert(&mut txn, at, random.pick(&WORDS));
            }
            5..7 if length > 0 => {
                let start = self.boundary(&txn, length - 1);
                let end = self.boundary(&txn, (start + 7).min(self.text.len(&txn)));
                if end > start {
                    self.text.remove_range(&mut txn, start, end - start);
                }
            }
            7 => {
                self.map.insert(&mut txn, random.pick(&["one", "two"]), random.pick(&WORDS));
            }
            8 if self.array.len(&txn) > 4 => self.array.remove_range(&mut txn, 1, 2),
            _ => {
                self.array.push_back(&mut txn, random.pick(&WORDS));
            }
        }
        txn.encode_update_v1()
    }

    /// Returns the place at or before `at` that does not split a character: no editor lets a person do that.
    fn boundary(&self, txn: &impl ReadTxn, at: u32) -> u32 {
        let mut units = 0;
        for character in self.text.get_string(txn).chars() {
            let next = units + if u32::from(character) > 0xffff { 2 } else { 1 };
            if next > at {
                break;
            }
            units = next;
        }
        units
    }

    /// Takes an update; structs whose causes are missing stay pending, as in Yjs.
    pub fn merge(&self, update: &[u8]) {
        let update = Update::decode_v1(update).expect("[W1] what the server and tabs send is an update");
        self.doc.transact_mut().apply_update(update).expect("[W1] what the server and tabs send applies");
    }

    /// Returns what is known.
    pub fn state_vector(&self) -> Vec<u8> {
        self.doc.transact().state_vector().encode_v1()
    }

    /// Returns what a peer lacks, what is pending included, as Yjs does.
    pub fn diff(&self, state_vector: &[u8]) -> Vec<u8> {
        let theirs = StateVector::decode_v1(state_vector).expect("[W1] SyncStep1 holds a state vector");
        self.doc.transact().encode_state_as_update_v1(&theirs)
    }

    /// Returns what is held.
    pub fn content(&self) -> Content {
        let txn = self.doc.transact();
        let snapshot = txn.snapshot();
        let clocks = snapshot.state_map.iter().map(|(client, clock)| (client.get(), *clock));
        let map: BTreeMap<String, String> =
            self.map.iter(&txn).map(|(key, value)| (key.to_owned(), value.to_string(&txn))).collect();
        let array = self.array.to_json(&txn);
        Content {
            clocks: clocks.filter(|(_, clock)| *clock > 0).collect(),
            deleted: ranges(&snapshot.delete_set),
            shown: format!("{} {map:?} {array:?}", self.text.get_string(&txn)),
        }
    }
}

impl Content {
    /// Returns what of an update is not held, if anything.
    pub fn lacks(&self, touched: &Touched) -> Option<String> {
        for (client, inserted) in &touched.inserted {
            let known = self.clocks.get(client).copied().unwrap_or(0);
            if let Some((start, end)) = inserted.iter().find(|(_, end)| *end > known) {
                return Some(format!("structs {start}..{end} of {client}, known up to {known}"));
            }
        }
        for (client, deletes) in &touched.deleted {
            let held = self.deleted.get(client).map_or(&[][..], Vec::as_slice);
            let within = |(start, end): &(u32, u32)| held.iter().any(|(from, to)| from <= start && end <= to);
            if let Some(delete) = deletes.iter().find(|delete| !within(delete)) {
                return Some(format!("deletes {delete:?} of {client}"));
            }
        }
        None
    }

    /// Returns true when nothing was ever written.
    pub fn is_empty(&self) -> bool {
        self.clocks.is_empty()
    }
}

impl Touched {
    /// Reads an update.
    pub fn of(update: &[u8]) -> Self {
        let update = Update::decode_v1(update).expect("only updates are looked into");
        Self { inserted: ranges(&update.insertions(true)), deleted: ranges(update.delete_set()) }
    }

    /// Returns the part that somebody holds.
    pub fn known_to(mut self, content: &Content) -> Self {
        for (client, inserted) in &mut self.inserted {
            let known = content.clocks.get(client).copied().unwrap_or(0);
            inserted.iter_mut().for_each(|range| range.1 = range.1.min(known));
            inserted.retain(|(start, end)| start < end);
        }
        for (client, deleted) in &mut self.deleted {
            let held = content.deleted.get(client).map_or(&[][..], Vec::as_slice);
            let both = |(start, end): (u32, u32)| {
                let cut = move |(from, to): &(u32, u32)| (start.max(*from), end.min(*to));
                held.iter().map(cut).filter(|(start, end)| start < end)
            };
            *deleted = deleted.drain(..).flat_map(both).collect();
        }
        self.inserted.retain(|_, ranges| !ranges.is_empty());
        self.deleted.retain(|_, ranges| !ranges.is_empty());
        self
    }

    /// Returns true when it is more than deletes.
    pub fn has_structs(&self) -> bool {
        !self.inserted.is_empty()
    }

    /// Returns true when both bring a struct in common.
    pub fn shares_structs(&self, other: &Self) -> bool {
        self.inserted.iter().any(|(client, mine)| {
            let theirs = other.inserted.get(client).map_or(&[][..], Vec::as_slice);
            mine.iter().any(|(start, end)| theirs.iter().any(|(from, to)| start < to && from < end))
        })
    }
}

fn ranges(set: &IdSet) -> Ranges {
    let mut all = Ranges::new();
    for (client, found) in set.iter() {
        let mut found: Vec<_> =
            found.iter().map(|range| (range.start, range.end)).filter(|(start, end)| start < end).collect();
        found.sort_unstable();
        let mut joined: Vec<(u32, u32)> = Vec::with_capacity(found.len());
        for (start, end) in found {
            match joined.last_mut() {
                Some(last) if last.1 >= start => last.1 = last.1.max(end),
                _ => joined.push((start, end)),
            }
        }
        if !joined.is_empty() {
            all.insert(client.get(), joined);
        }
    }
    all
}
