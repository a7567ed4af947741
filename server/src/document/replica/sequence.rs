//! Which list, or which key of which type, an item belongs to.

use std::hash::{BuildHasher, RandomState};

use weft_protocol::validate::Id;

use super::beside;

/// The place an item shares with its neighbours: one type, and there its list or the entries of one key.
///
/// Two items are in the same place if, and only if, these are equal: 46 bits of a hash that is keyed per replica, so
/// that nobody outside can look for two places that look the same. Beside it: whether the place is a key, how many
/// types are around it, whether the outermost stands beside the body, and whether the item arrived as a tombstone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Sequence(u64);

const TOMBSTONE: u64 = 1 << 63;
const BESIDE: u64 = 1 << 62;
const DEPTH_SHIFT: u32 = 48;
const DEPTH: u64 = 0x3fff << DEPTH_SHIFT;
const KEY: u64 = 1 << 47;
const HASH: u64 = KEY - 1;

impl Sequence {
    /// Nowhere: a tombstone without a place, and what was placed relative to such. The CRDT keeps those without a
    /// place too, so they fit anywhere.
    pub(super) const NOWHERE: Self = Self(0);

    /// Returns the place in a root type.
    pub(super) fn in_root(hasher: &RandomState, name: &str, key: Option<&str>) -> Self {
        let place = Self::new(hasher.hash_one((name, key)), key, 0);
        if beside::ROOTS.contains(&name) { Self(place.0 | BESIDE) } else { place }
    }

    /// Returns the place in the type `parent`, which is itself in `around`.
    pub(super) fn in_type(hasher: &RandomState, parent: Id, around: Self, key: Option<&str>) -> Self {
        if around.place() == Self::NOWHERE {
            return Self::NOWHERE;
        }
        let place = Self::new(hasher.hash_one((parent, key)), key, around.depth() + 1);
        Self(place.0 | around.0 & BESIDE)
    }

    fn new(hash: u64, key: Option<&str>, depth: u64) -> Self {
        // Never zero, which is nowhere.
        Self(hash & HASH | 1 | if key.is_some() { KEY } else { 0 } | depth << DEPTH_SHIFT)
    }

    /// Returns whether the place is a key and not a list.
    pub(super) fn is_key(self) -> bool {
        self.0 & KEY != 0
    }

    /// Returns how many types are around it, below the root.
    pub(super) fn depth(self) -> u64 {
        (self.0 & DEPTH) >> DEPTH_SHIFT
    }

    /// Returns whether it is in one of the root types beside the body.
    pub(super) fn is_beside(self) -> bool {
        self.0 & BESIDE != 0
    }

    /// Returns it as the place of a tombstone.
    pub(super) fn tombstone(self) -> Self {
        Self(self.0 | TOMBSTONE)
    }

    /// Returns whether the item arrived as a tombstone.
    pub(super) fn is_tombstone(self) -> bool {
        self.0 & TOMBSTONE != 0
    }

    /// Returns it without what the item is.
    pub(super) fn place(self) -> Self {
        Self(self.0 & !TOMBSTONE)
    }

    /// Returns the place of an item between one here and one in `other`, if there is such a place.
    pub(super) fn and(self, other: Self) -> Option<Self> {
        match (self.place(), other.place()) {
            (Self::NOWHERE, place) | (place, Self::NOWHERE) => Some(place),
            (place, other) => (place == other).then_some(place),
        }
    }
}

/// The places of all items of one client, joined where neighbours share one.
#[derive(Debug, Default)]
pub(super) struct Sequences {
    starts: Vec<u32>,
    places: Vec<Sequence>,
}

impl Sequences {
    /// Adds the items from `clock` on; clocks come in ascending order.
    pub(super) fn push(&mut self, clock: u32, sequence: Sequence) {
        if self.places.last() != Some(&sequence) {
            self.starts.push(clock);
            self.places.push(sequence);
        }
    }

    /// Returns the place of a known clock.
    pub(super) fn at(&self, clock: u32) -> Sequence {
        let behind = self.starts.partition_point(|start| *start <= clock);
        behind.checked_sub(1).map_or(Sequence::NOWHERE, |found| self.places[found])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_apart_by_type_and_key() {
        let hasher = RandomState::new();
        let parent = Id { client: 1, clock: 2 };
        let root = Sequence::in_root(&hasher, "a", None);
        let entry = Sequence::in_root(&hasher, "a", Some("k"));
        let inside = Sequence::in_type(&hasher, parent, root, None);
        assert_eq!(root, Sequence::in_root(&hasher, "a", None));
        assert_ne!(root, entry);
        assert_ne!(root, inside);
        assert_eq!((root.depth(), inside.depth()), (0, 1));
        assert_eq!((root.is_key(), entry.is_key()), (false, true));
        assert_eq!(root.and(entry), None);
        assert_eq!(root.and(root.tombstone()), Some(root));
        assert_eq!(root.and(Sequence::NOWHERE.tombstone()), Some(root));
        assert_eq!(Sequence::in_type(&hasher, parent, Sequence::NOWHERE, None), Sequence::NOWHERE);
    }

    #[test]
    fn neighbours_in_one_place_are_kept_once() {
        let hasher = RandomState::new();
        let (a, b) = (Sequence::in_root(&hasher, "a", None), Sequence::in_root(&hasher, "b", None));
        let mut sequences = Sequences::default();
        [(0, a), (1, a), (5, b), (6, a)].into_iter().for_each(|(clock, place)| sequences.push(clock, place));
        assert_eq!(sequences.starts, [0, 5, 6]);
        assert_eq!([0, 4, 5, 6, 9].map(|clock| sequences.at(clock)), [a, a, b, a, a]);
        assert_eq!(Sequences::default().at(0), Sequence::NOWHERE);
    }
}
