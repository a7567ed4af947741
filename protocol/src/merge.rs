//! Several updates as fewer ones that say the same.
//!
//! What a document's updates are merged to must not only hold the same structs and deletes, it must also come in an order in
//! which everything has its causes: two merged updates that wait for each other would wait for ever. So updates are placed in
//! *rows*, one writer's each, and within a row in *pieces*, one author's each, both in an order of their own; an update goes
//! to the open piece of its author only if everything it builds upon is in that piece or before it, and opens another
//! piece, or row, otherwise. Read from the first row to the last, and in each from the first piece to the last, causes
//! come first.
//!
//! A run of text that was typed in many updates, and a run of values that was appended, becomes one struct, as Yjs itself joins
//! them: each continues the one to its left, with the same neighbour to the right. That nothing was lost is for the caller to
//! see, by applying both.

mod piece;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::hash::Hash;

use crate::ids::ClientId;
use crate::validate::{DeleteRange, Id, Parent, Section, Update};
use piece::Piece;

/// Bounds of what is merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MergeLimits {
    /// A piece takes no further update once it has this many bytes.
    pub piece_bytes_max: usize,
    /// A row takes no further update once its pieces have this many bytes.
    pub row_bytes_max: usize,
}

/// One update on its way in.
#[derive(Debug, Clone)]
pub struct Part<'a, A> {
    /// Whose it is; only updates of equal authors are merged.
    pub author: A,
    /// Of how many it was merged before; 1 for one as it came.
    pub updates: u32,
    /// What it says.
    pub update: &'a Update<'a>,
}

/// Merged updates of one author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedPiece<A> {
    /// Whose.
    pub author: A,
    /// Of how many updates.
    pub updates: u32,
    /// Yjs update format v1.
    pub update: Vec<u8>,
}

/// Merged updates of one writer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedRow<W, A> {
    /// Who numbered them.
    pub writer: W,
    /// What they say, causes first.
    pub pieces: Vec<MergedPiece<A>>,
}

/// Where structs went, and the order in which they will be read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Location {
    row: usize,
    piece: usize,
}

/// Clocks of one client, and where they went.
#[derive(Debug, Clone, Copy)]
struct Placed {
    clock: u32,
    end: u32,
    location: Location,
}

#[derive(Debug)]
struct Row<W, A> {
    writer: W,
    pieces: Vec<Piece<A>>,
    /// Where each author's updates go on.
    open: HashMap<A, usize>,
    bytes: usize,
}

/// Takes updates in an order in which each has its causes, and merges them.
#[derive(Debug)]
pub struct Merger<W, A> {
    limits: MergeLimits,
    rows: Vec<Row<W, A>>,
    open: HashMap<W, usize>,
    placed: HashMap<ClientId, Vec<Placed>>,
    /// What is deleted by any of the updates, also by later ones.
    deleted: HashMap<ClientId, Vec<DeleteRange>>,
}

impl<W: Clone + Eq + Hash, A: Clone + Eq + Hash> Merger<W, A> {
    /// Starts with what all the updates that will be taken delete: a value behind one that is deleted may be the next value of a
    /// map's entry, and whether the other is deleted before it or after says nothing, because rows of several writers are in no
    /// causal order but that of structs.
    #[must_use]
    pub fn new(limits: MergeLimits, deletes: impl IntoIterator<Item = DeleteRange>) -> Self {
        let mut deleted = HashMap::<ClientId, Vec<DeleteRange>>::new();
        for range in deletes {
            deleted.entry(range.client).or_default().push(range);
        }
        deleted.values_mut().for_each(piece::join);
        Self { limits, rows: Vec::new(), open: HashMap::new(), placed: HashMap::new(), deleted }
    }

    /// Takes what `writer` stored as one: it stays within one row. Returns the index of that row.
    pub fn take(&mut self, writer: &W, parts: &[Part<'_, A>]) -> usize {
        let needed = parts.iter().filter_map(|part| self.last_cause(part.update)).max();
        let row = self.row_for(writer, needed);
        for part in parts {
            self.place(row, part);
        }
        row
    }

    /// Returns everything, causes first.
    #[must_use]
    pub fn finish(self) -> Vec<MergedRow<W, A>> {
        let finished = |row: Row<W, A>| MergedRow {
            writer: row.writer,
            pieces: row.pieces.into_iter().map(Piece::finish).collect(),
        };
        self.rows.into_iter().map(finished).collect()
    }

    fn row_for(&mut self, writer: &W, needed: Option<Location>) -> usize {
        if let Some(row) = self.open.get(writer).copied()
            && needed.is_none_or(|needed| needed.row <= row)
            && self.rows[row].bytes < self.limits.row_bytes_max
        {
            return row;
        }
        self.rows.push(Row { writer: writer.clone(), pieces: Vec::new(), open: HashMap::new(), bytes: 0 });
        self.open.insert(writer.clone(), self.rows.len() - 1);
        self.rows.len() - 1
    }

    fn place(&mut self, row: usize, part: &Part<'_, A>) {
        let needed = self.last_cause(part.update).filter(|needed| needed.row == row);
        let (limit, deleted) = (self.limits.piece_bytes_max, &self.deleted);
        let into = &mut self.rows[row];
        let open = into.open.get(&part.author).copied().filter(|open| {
            needed.is_none_or(|needed| needed.piece <= *open) && into.pieces[*open].takes(part.update, limit)
        });
        let piece = open.unwrap_or_else(|| {
            into.pieces.push(Piece::new(part.author.clone()));
            into.open.insert(part.author.clone(), into.pieces.len() - 1);
            into.pieces.len() - 1
        });
        let is_deleted = |id: Id| {
            let ranges = deleted.get(&id.client).map_or(&[][..], Vec::as_slice);
            let at = ranges.partition_point(|range| range.end() <= id.clock);
            ranges.get(at).is_some_and(|range| range.clock <= id.clock)
        };
        let before = into.pieces[piece].bytes();
        into.pieces[piece].take(part.update, part.updates, is_deleted);
        into.bytes += into.pieces[piece].bytes().saturating_sub(before);
        for section in part.update.sections() {
            self.remember(section, part.update, Location { row, piece });
        }
    }

    /// Remembers where clocks are that were not seen before.
    fn remember(&mut self, section: &Section, update: &Update<'_>, location: Location) {
        let structs = update.structs_of(section);
        let (Some(first), Some(last)) = (structs.first(), structs.last()) else { return };
        let placed = self.placed.entry(section.client).or_default();
        let clock = placed.last().map_or(first.clock, |known| known.end.max(first.clock));
        match placed.last_mut() {
            _ if clock >= last.end() => {}
            Some(known) if known.location == location && known.end == clock => known.end = last.end(),
            _ => placed.push(Placed { clock, end: last.end(), location }),
        }
    }

    /// Returns the last place among what an update builds upon; none if all of that is older than what was taken.
    fn last_cause(&self, update: &Update<'_>) -> Option<Location> {
        let mut last = None;
        let mut needs = |client: ClientId, clock: u32, end: u32| {
            let placed = self.placed.get(&client).map_or(&[][..], Vec::as_slice);
            let from = placed.partition_point(|one| one.end <= clock);
            let there = placed[from..].iter().take_while(|one| one.clock < end);
            last = last.max(there.map(|one| one.location).max());
        };
        for section in update.sections() {
            for one in update.structs_of(section) {
                let place = update.place(one);
                let parent = if let Parent::Item(id) = place.parent { Some(id) } else { None };
                for id in [place.origin, place.right_origin, parent].into_iter().flatten() {
                    needs(id.client, id.clock, id.clock + 1);
                }
            }
            if let Some(before) = update.structs_of(section).first().and_then(|one| one.clock.checked_sub(1))
            {
                needs(section.client, before, before + 1);
            }
        }
        for range in update.deletes() {
            needs(range.client, range.clock, range.end());
        }
        last
    }
}
