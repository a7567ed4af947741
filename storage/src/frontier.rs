//! How much of every writer's numbering a snapshot, a replica or a node contains.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use weft_protocol::ids::{Seq, WriterId};

/// Longest encoding accepted, in bytes: room for some 50,000 process incarnations.
pub const FRONTIER_BYTES_MAX: usize = 1 << 20;

/// First byte of every encoded frontier.
const FRONTIER_VERSION: u8 = 1;

/// Why bytes are not a frontier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFrontier {
    /// The first byte is not a version this build knows.
    #[error("unknown frontier version {found:?}")]
    Version {
        /// The first byte, if there is one.
        found: Option<u8>,
    },
    /// The bytes end early, exceed the limit or are no map of numbers.
    #[error("frontier does not decode: {0}")]
    Decode(String),
    /// Bytes follow the last entry.
    #[error("{0} bytes follow the frontier")]
    Trailing(usize),
    /// An entry says 0, which no update bears.
    #[error("writer {} stands at seq 0", .0.0)]
    Zero(WriterId),
}

/// Writer -> highest seq contained. Everything at or below it is contained, because numbering is dense.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frontier(BTreeMap<WriterId, Seq>);

impl Frontier {
    /// Returns the frontier that contains nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the highest seq of `writer` that is contained; 0 for none.
    #[must_use]
    pub fn seq(&self, writer: WriterId) -> Seq {
        self.0.get(&writer).copied().unwrap_or(0)
    }

    /// Returns whether the update (`writer`, `seq`) is contained.
    #[must_use]
    pub fn contains(&self, writer: WriterId, seq: Seq) -> bool {
        seq <= self.seq(writer)
    }

    /// Raises `writer` to `seq`; never lowers it.
    pub fn advance(&mut self, writer: WriterId, seq: Seq) {
        if seq > 0 {
            let highest = self.0.entry(writer).or_insert(seq);
            *highest = seq.max(*highest);
        }
    }

    /// Returns whether everything in `other` is contained here.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.0.iter().all(|(writer, seq)| self.contains(*writer, *seq))
    }

    /// Raises every writer to at least where `other` has it.
    pub fn merge(&mut self, other: &Self) {
        for (writer, seq) in &other.0 {
            self.advance(*writer, *seq);
        }
    }

    /// Returns the number of updates contained. If `a` covers `b` then `a` counts at least as many, so the greatest count
    /// among several frontiers is one that no other of them strictly covers.
    #[must_use]
    pub fn updates(&self) -> u64 {
        self.0.values().fold(0, |sum, seq| sum.saturating_add(*seq))
    }

    /// Returns the entries in the order of their writers.
    pub fn iter(&self) -> impl Iterator<Item = (WriterId, Seq)> + '_ {
        self.0.iter().map(|(writer, seq)| (*writer, *seq))
    }

    /// Returns the number of writers.
    #[must_use]
    pub fn writers(&self) -> usize {
        self.0.len()
    }

    /// Returns whether nothing is contained.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the encoding at rest: a version byte, then bincode.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![FRONTIER_VERSION];
        bincode::serde::encode_into_std_write(self, &mut bytes, limited())
            .expect("a map of integers encodes and a Vec takes every write");
        bytes
    }

    /// Reads what [`Frontier::encode`] wrote.
    ///
    /// # Errors
    /// [`BadFrontier`] for an unknown version, undecodable bytes, more than [`FRONTIER_BYTES_MAX`] of them, an entry at 0, and
    /// for bytes left over.
    pub fn decode(bytes: &[u8]) -> Result<Self, BadFrontier> {
        let Some((&FRONTIER_VERSION, body)) = bytes.split_first() else {
            return Err(BadFrontier::Version { found: bytes.first().copied() });
        };
        let (frontier, read): (Self, usize) = bincode::serde::decode_from_slice(body, limited())
            .map_err(|error| BadFrontier::Decode(error.to_string()))?;
        if read != body.len() {
            return Err(BadFrontier::Trailing(body.len() - read));
        }
        match frontier.0.iter().find(|(_, seq)| **seq == 0) {
            Some((writer, _)) => Err(BadFrontier::Zero(*writer)),
            None => Ok(frontier),
        }
    }
}

impl FromIterator<(WriterId, Seq)> for Frontier {
    fn from_iter<I: IntoIterator<Item = (WriterId, Seq)>>(entries: I) -> Self {
        let mut frontier = Self::new();
        for (writer, seq) in entries {
            frontier.advance(writer, seq);
        }
        frontier
    }
}

/// Without the limit a length of a few bytes makes bincode allocate what it claims.
fn limited() -> bincode::config::Configuration<
    bincode::config::LittleEndian,
    bincode::config::Varint,
    bincode::config::Limit<FRONTIER_BYTES_MAX>,
> {
    bincode::config::standard().with_limit::<FRONTIER_BYTES_MAX>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frontier(entries: &[(u64, Seq)]) -> Frontier {
        entries.iter().map(|(writer, seq)| (WriterId(*writer), *seq)).collect()
    }

    #[test]
    fn advancing_never_lowers_and_zero_is_nothing() {
        let mut seen = frontier(&[(1, 5)]);
        seen.advance(WriterId(1), 3);
        seen.advance(WriterId(2), 0);
        assert_eq!(seen, frontier(&[(1, 5)]));
        assert!(seen.contains(WriterId(1), 5));
        assert!(!seen.contains(WriterId(1), 6));
        assert!(!seen.contains(WriterId(2), 1));
    }

    #[test]
    fn covering_is_a_partial_order() {
        let (a, b) = (frontier(&[(1, 5), (2, 1)]), frontier(&[(1, 4), (2, 2)]));
        assert!(!a.covers(&b) && !b.covers(&a));
        let mut both = a.clone();
        both.merge(&b);
        assert!(both.covers(&a) && both.covers(&b));
        assert_eq!(both.updates(), 7);
    }

    #[test]
    fn an_encoding_reads_back_and_nothing_else_does() {
        let original = frontier(&[(1, 5), (u64::MAX >> 1, 300)]);
        let bytes = original.encode();
        assert_eq!(Frontier::decode(&bytes), Ok(original));
        assert_eq!(Frontier::decode(&[]), Err(BadFrontier::Version { found: None }));
        assert_eq!(Frontier::decode(&[9]), Err(BadFrontier::Version { found: Some(9) }));
        let mut longer = bytes.clone();
        longer.push(0);
        assert_eq!(Frontier::decode(&longer), Err(BadFrontier::Trailing(1)));
        for cut in 1..bytes.len() {
            assert!(matches!(Frontier::decode(&bytes[..cut]), Err(BadFrontier::Decode(_))), "cut at {cut}");
        }
        assert_eq!(Frontier::decode(&[1, 1, 7, 0]), Err(BadFrontier::Zero(WriterId(7))));
    }

    #[test]
    fn a_length_bomb_is_an_error_and_not_an_allocation() {
        let bomb = [1, 253, 255, 255, 255, 255, 255, 255, 255, 63];
        assert!(matches!(Frontier::decode(&bomb), Err(BadFrontier::Decode(_))));
    }
}
