//! What a replica knows, kept beside the CRDT so that deciding about an update needs no CRDT transaction.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::RandomState;

use weft_protocol::ids::ClientId;
use weft_protocol::lib0;
use weft_protocol::validate::{DeleteRange, Id, Kind, Struct};

use super::crowd::{Crowds, Draft};
use super::sequence::{Sequence, Sequences};

/// Per client: how far it is known, where its items are, which of them are types, and which are deleted.
/// Client ids that are remembered as new.
const NEWCOMERS_MAX: usize = 4_096;

#[derive(Debug, Default)]
pub(super) struct Mirror {
    /// Makes places of type and key, as nobody else would.
    pub(super) hasher: RandomState,
    /// Where items were placed beside others.
    pub(super) crowds: Crowds,
    /// Client ids that were not known before; whoever applies updates looks at them, or there are too many.
    pub(super) newcomers: HashSet<ClientId>,
    /// Client ids are chosen by peers, hence the keyed hash of the standard library.
    clients: HashMap<ClientId, Known>,
}

/// What is known of one client.
#[derive(Debug, Default)]
struct Known {
    clock: u32,
    /// Clocks of all items that ever arrived with a type as content, ascending.
    types: Vec<u32>,
    sequences: Sequences,
    deleted: Ranges,
}

impl Mirror {
    /// Returns whether nothing is known.
    pub(super) fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    /// Returns the clock behind the last known one of `client`.
    #[inline]
    pub(super) fn clock(&self, client: ClientId) -> u32 {
        self.clients.get(&client).map_or(0, |known| known.clock)
    }

    /// Returns where a known item is.
    #[inline]
    pub(super) fn sequence(&self, id: Id) -> Sequence {
        self.clients.get(&id.client).map_or(Sequence::NOWHERE, |known| known.sequences.at(id.clock))
    }

    /// Returns whether a known item arrived as a type.
    pub(super) fn is_type(&self, id: Id) -> bool {
        self.clients.get(&id.client).is_some_and(|known| known.types.binary_search(&id.clock).is_ok())
    }

    /// Calls `piece` with every part of `clock..end` of `client` that is not known to be deleted, ascending.
    pub(super) fn alive(&self, client: ClientId, clock: u32, end: u32, mut piece: impl FnMut(u32, u32)) {
        match self.clients.get(&client) {
            Some(known) => known.deleted.gaps(clock, end, piece),
            None if clock < end => piece(clock, end),
            None => {}
        }
    }

    /// Returns the known clocks, clients descending as Yjs writes them.
    pub(super) fn clocks(&self) -> Vec<(ClientId, u32)> {
        let mut clocks: Vec<_> = self.clients.iter().map(|(client, known)| (*client, known.clock)).collect();
        clocks.sort_unstable_by(|a, b| b.cmp(a));
        clocks
    }

    /// Returns the known clocks as an encoded state vector.
    pub(super) fn state_vector(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(1 + self.clients.len() * 8);
        lib0::write_var_uint(&mut out, self.clients.len() as u64);
        for (client, clock) in self.clocks() {
            lib0::write_var_uint(&mut out, client);
            lib0::write_var_uint(&mut out, u64::from(clock));
        }
        out
    }

    /// Returns whether `state_vector`, ascending by client, has every known clock.
    pub(super) fn is_within(&self, state_vector: &[(ClientId, u32)]) -> bool {
        self.clients.iter().all(|(client, known)| clock_in(state_vector, *client) >= known.clock)
    }

    /// Returns whether both know the same clocks and the same deletes. A type may be forgotten once it is deleted.
    pub(super) fn agrees_with(&self, other: &Self) -> bool {
        let same = |(client, known): (&ClientId, &Known)| {
            let theirs = other.clients.get(client);
            theirs.is_some_and(|theirs| theirs.clock == known.clock && theirs.deleted == known.deleted)
        };
        self.clients.len() == other.clients.len() && self.clients.iter().all(same)
    }

    /// Takes over structs of one client that were integrated, and where they are; they continue what is known of
    /// it, the first of them perhaps only with its end.
    pub(super) fn extend(&mut self, client: ClientId, structs: &[Struct], sequences: &[Sequence]) {
        let known = self.clients.entry(client).or_default();
        if known.clock == 0 && self.newcomers.len() < NEWCOMERS_MAX {
            self.newcomers.insert(client);
        }
        for (one, sequence) in structs.iter().zip(sequences) {
            match one.kind {
                Kind::Type => known.types.push(one.clock),
                Kind::Gc | Kind::Deleted => known.deleted.insert(known.clock, one.end()),
                Kind::Text | Kind::Other | Kind::Skip => {}
            }
            known.sequences.push(known.clock, *sequence);
            known.clock = one.end();
        }
    }

    /// Takes over where items were placed, and where deletes cut them; all of them are known.
    pub(super) fn take_over(&mut self, crowding: Draft, deletes: &[DeleteRange]) {
        self.crowds.take_over(crowding);
        for range in deletes {
            let (client, last) = (range.client, range.end() - 1);
            let ends = [range.clock, last].map(|clock| self.sequence(Id { client, clock }));
            self.crowds.cut(ends);
        }
    }

    /// Takes over clocks that were deleted; all of them are known.
    pub(super) fn delete(&mut self, range: DeleteRange) {
        let known = self.clients.entry(range.client).or_default();
        known.deleted.insert(range.clock, range.end());
    }
}

/// Returns the clock of `client` in a state vector that ascends by client.
pub(super) fn clock_in(state_vector: &[(ClientId, u32)], client: ClientId) -> u32 {
    state_vector.binary_search_by_key(&client, |(client, _)| *client).map_or(0, |found| state_vector[found].1)
}

/// Disjoint, non-adjacent ranges of clocks: start to end.
#[derive(Debug, Default, PartialEq, Eq)]
struct Ranges(BTreeMap<u32, u32>);

impl Ranges {
    /// Adds `start..end`, joined with what it overlaps or touches.
    fn insert(&mut self, mut start: u32, mut end: u32) {
        if let Some((before, before_end)) = self.0.range_mut(..=start).next_back()
            && *before_end >= start
        {
            if *before_end >= end {
                return;
            }
            start = *before;
        }
        while let Some((next, next_end)) = self.0.range(start..=end).next() {
            let (next, next_end) = (*next, *next_end);
            end = end.max(next_end);
            self.0.remove(&next);
        }
        self.0.insert(start, end);
    }

    fn gaps(&self, mut start: u32, end: u32, mut piece: impl FnMut(u32, u32)) {
        if let Some((_, before_end)) = self.0.range(..=start).next_back() {
            start = start.max(*before_end);
        }
        while start < end {
            let Some((next, next_end)) = self.0.range(start..end).next() else {
                return piece(start, end);
            };
            if start < *next {
                piece(start, *next);
            }
            start = *next_end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_agree_with_a_set_of_clocks() {
        let mut state = 7u32;
        let mut random = move |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        for _ in 0..200 {
            let mut ranges = Ranges::default();
            let mut clocks = [false; 64];
            for _ in 0..12 {
                let start = random(60);
                let end = start + 1 + random(4);
                ranges.insert(start, end);
                clocks[start as usize..end as usize].fill(true);
                let (from, to) = (random(64), random(64));
                let mut alive = Vec::new();
                ranges.gaps(from, to, |start, end| alive.extend(start..end));
                let expected: Vec<u32> = (from..to).filter(|clock| !clocks[*clock as usize]).collect();
                assert_eq!(alive, expected);
            }
            let touching = ranges.0.iter().zip(ranges.0.iter().skip(1)).any(|(a, b)| a.1 >= b.0);
            assert!(!touching, "{ranges:?}");
        }
    }
}
