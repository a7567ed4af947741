//! What may reach the CRDT: the half of the rules that needs no document.
//!
//! yrs aborts, hangs or corrupts memory on updates that no Yjs client writes, so nothing a client sends reaches it
//! before [`parse`] has passed it. The other half, what depends on the replica (causes that must exist, parents
//! that must be types), is `server/src/document/replica.rs`; [`Update`] is what it needs for that.
//!
//! Source of the format: Yjs 13 `utils/encoding.js`, `structs/*.js`; update format v1. An update is
//! `structs ‖ deletes`:
//!
//! ```text
//! structs  = count, count x (structs in section, client, clock of the first, struct...)
//! struct   = info, [origin id], [right origin id], [parent, [key]], content     parent only without origins
//! deletes  = count, count x (client, ranges, ranges x (clock, len))
//! ```
//!
//! Lengths and offsets of text are UTF-16 code units. Nothing is allocated for an update of one client with up to
//! two structs and two delete ranges.

mod content;
mod read;
mod refused;
#[cfg(test)]
mod tests;

use smallvec::SmallVec;

pub use content::{Content, DEPTH_MAX, first_value};
pub use read::{parse, state_vector};
pub use refused::{Refused, Unsupported};

use crate::ids::ClientId;
use crate::lib0::{Reader, write_var_uint};

/// No clock, and no clock plus a length, may exceed this.
///
/// yrs computes with clocks as `u32` and with their differences as `i32`; below 2^30 the sum of any two clocks and
/// the difference of any two still fit. A client would have to type for decades to get there.
pub const CLOCK_MAX: u32 = 1 << 30;

/// Largest number of clients in one update, and in a state vector.
pub const CLIENTS_MAX: usize = 1 << 20;

/// Bounds of one update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole update.
    pub update_bytes_max: usize,
    /// Sections, each of one client.
    pub clients_max: usize,
    /// Structs of all clients together; one takes 20 bytes while the update is looked at.
    pub structs_max: usize,
    /// Delete ranges of all clients together; one takes 16 bytes while the update is looked at.
    pub delete_ranges_max: usize,
    /// Items of a document that were put between the same two neighbours by authors who did not know of each other.
    pub items_between_max: u32,
    /// Steps to find the places of all items of a live update, of up to 100 ns each; a sync reply may take
    /// [`SYNC_REPLY_STEPS`] times as many.
    pub steps_max: u64,
}

/// How much longer than a live update a sync reply may take: it brings what was written offline, for days.
pub const SYNC_REPLY_STEPS: u64 = 8;

impl Default for Limits {
    fn default() -> Self {
        // A struct a client writes has eight bytes and more on average, so 16 MiB hold about 2^21 of them.
        let most = 1 << 21;
        let clients_max = CLIENTS_MAX;
        Self {
            update_bytes_max: 16 << 20,
            clients_max,
            structs_max: most,
            delete_ranges_max: most,
            // A session of ten thousand that all write at once into an empty list stays below; at this many, the next
            // item costs a millisecond.
            items_between_max: 1 << 13,
            // Two seconds at worst.
            steps_max: 1 << 24,
        }
    }
}

impl Limits {
    /// For states the server wrote itself: only the format bounds them (offsets are `u32`).
    pub const OWN_STATE: Self = Self {
        update_bytes_max: u32::MAX as usize,
        clients_max: CLIENTS_MAX,
        structs_max: usize::MAX,
        delete_ranges_max: usize::MAX,
        items_between_max: u32::MAX,
        steps_max: u64::MAX,
    };
}

/// Names one clock of one client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    /// The author.
    pub client: ClientId,
    /// The author's clock.
    pub clock: u32,
}

/// What a struct holds, as far as the rules care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A tombstone without a place.
    Gc,
    /// A tombstone that keeps its place.
    Deleted,
    /// A shared type: other items may name it as their parent.
    Type,
    /// Clocks the sender does not know.
    Skip,
    /// A run of text.
    Text,
    /// Any other content.
    Other,
}

/// One struct of an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Struct {
    /// First clock.
    pub clock: u32,
    /// Clocks covered, at least 1.
    pub len: u32,
    /// Position of the first byte in the update.
    pub at: u32,
    /// Position behind the last byte in the update.
    pub bytes_end: u32,
    /// What it holds.
    pub kind: Kind,
}

impl Struct {
    /// Returns the clock behind the last one covered.
    #[must_use]
    pub fn end(&self) -> u32 {
        self.clock + self.len
    }
}

/// Where an item wants to be, and so what has to exist before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place<'a> {
    /// The item to its left when it was written.
    pub origin: Option<Id>,
    /// The item to its right when it was written.
    pub right_origin: Option<Id>,
    /// The shared type it is in.
    pub parent: Parent<'a>,
    /// Its key there, if it is an entry and not in the list. Not written with an origin: the same as its origin's.
    pub key: Option<&'a str>,
}

/// The shared type an item is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Parent<'a> {
    /// Not written: the same as that of its origin. Tombstones without a place and gaps have none either.
    #[default]
    Inherited,
    /// A root type, by its name.
    Root(&'a str),
    /// A type inside the document.
    Item(Id),
}

/// All structs of one client in an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    /// The author.
    pub client: ClientId,
    /// Index of the first struct in [`Update::structs`].
    pub first: u32,
    /// Index behind the last struct.
    pub end: u32,
}

/// Clocks of one client that an update deletes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeleteRange {
    /// The author of what is deleted.
    pub client: ClientId,
    /// First clock.
    pub clock: u32,
    /// Clocks covered, at least 1.
    pub len: u32,
}

impl DeleteRange {
    /// Returns the clock behind the last one covered.
    #[must_use]
    pub fn end(&self) -> u32 {
        self.clock + self.len
    }
}

/// Appends a delete set; the ranges of one client follow each other.
pub fn write_deletes(out: &mut Vec<u8>, deletes: &[DeleteRange]) {
    let of_clients = || deletes.chunk_by(|a, b| a.client == b.client);
    write_var_uint(out, of_clients().count() as u64);
    for ranges in of_clients() {
        write_var_uint(out, ranges[0].client);
        write_var_uint(out, ranges.len() as u64);
        for range in ranges {
            write_var_uint(out, u64::from(range.clock));
            write_var_uint(out, u64::from(range.len));
        }
    }
}

/// An update that passed [`parse`]: where its structs are and what it deletes.
#[derive(Debug, Clone)]
pub struct Update<'a> {
    bytes: &'a [u8],
    sections: SmallVec<[Section; 1]>,
    structs: SmallVec<[Struct; 2]>,
    deletes: SmallVec<[DeleteRange; 2]>,
    /// Sections by client, ascending; empty while they are in Yjs' own order, descending.
    by_client: Vec<(ClientId, u32)>,
    canonical: bool,
}

impl<'a> Update<'a> {
    /// Returns the bytes it was read from.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Returns the sections in the order of the bytes; every client has at most one, none is empty.
    #[must_use]
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// Returns the structs of all sections, one section after the other, clocks ascending without holes.
    #[must_use]
    pub fn structs(&self) -> &[Struct] {
        &self.structs
    }

    /// Returns what is deleted: per client ascending and disjoint.
    #[must_use]
    pub fn deletes(&self) -> &[DeleteRange] {
        &self.deletes
    }

    /// Returns whether the bytes say exactly what sections and deletes say: no empty section or range, no
    /// deletes out of order or twice. Those are harmless but not worth handing on.
    #[must_use]
    pub fn is_canonical(&self) -> bool {
        self.canonical
    }

    /// Returns the index of the section of `client`.
    #[must_use]
    #[inline]
    pub fn section_of(&self, client: ClientId) -> Option<usize> {
        if self.by_client.is_empty() {
            return self.sections.binary_search_by(|section| client.cmp(&section.client)).ok();
        }
        let found = self.by_client.binary_search_by_key(&client, |(client, _)| *client).ok()?;
        Some(self.by_client[found].1 as usize)
    }

    /// Returns the structs of one section.
    #[must_use]
    #[inline]
    pub fn structs_of(&self, section: &Section) -> &[Struct] {
        &self.structs[section.first as usize..section.end as usize]
    }

    /// Returns the index in [`Update::structs`] of the struct of `section` that covers `clock`.
    #[must_use]
    #[inline]
    pub fn struct_at(&self, section: &Section, clock: u32) -> Option<usize> {
        let structs = self.structs_of(section);
        let found = structs.partition_point(|one| one.clock <= clock).checked_sub(1)?;
        (clock < structs[found].end()).then_some(section.first as usize + found)
    }

    /// Reads where a struct of this update wants to be. Read again instead of kept: it is three times as large
    /// as everything else about a struct, and known structs are never asked.
    #[must_use]
    #[inline]
    pub fn place(&self, one: &Struct) -> Place<'a> {
        let mut reader = Reader::new(&self.bytes[one.at as usize..one.bytes_end as usize]);
        read::place(&mut reader).expect("parse read the same bytes").1
    }

    /// Reads what a struct of this update holds.
    #[must_use]
    pub fn content(&self, one: &Struct) -> Content<'a> {
        let bytes = &self.bytes[one.at as usize..one.bytes_end as usize];
        let mut reader = Reader::new(bytes);
        let (info, _) = read::place(&mut reader).expect("parse read the same bytes");
        Content::of(read::reference(info), &bytes[reader.at()..])
    }
}
