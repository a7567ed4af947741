//! The updates of one step of the clock, on their way to be as few as they can be.

use weft_protocol::ids::WriterId;
use weft_protocol::merge::{MergeLimits, Merger, Part};
use weft_protocol::validate::{Limits, Update, parse};
use weft_storage::{MergedPart, MergedRow, Ordered};

/// A merged update takes no more once it has so many bytes: it is one frame of a replay.
const LIMITS: MergeLimits = MergeLimits { piece_bytes_max: 64 << 10, row_bytes_max: 256 << 10 };
/// Rows and bytes of a bucket; what is more is another one.
const ROWS_MAX: usize = 4_096;
const BYTES_MAX: usize = 1 << 20;

/// Whose updates are merged with each other: without an authenticated user, those of one client id.
type Author = (Option<String>, Option<u64>);

/// Rows as they are stored, in their total order; each has the updates of one row, all of one writer and number.
#[derive(Debug, Default)]
pub struct Bucket {
    rows: Vec<Vec<Ordered>>,
    bytes: usize,
}

/// What a bucket comes to.
#[derive(Debug, Default)]
pub struct Merging {
    /// Rows that take the place of others.
    pub rows: Vec<MergedRow>,
    /// All updates as they are read afterwards, in their total order.
    pub after: Vec<Ordered>,
}

impl Bucket {
    /// Adds the next update.
    pub fn push(&mut self, ordered: Ordered) {
        self.bytes += ordered.update.payload.len();
        match self.rows.last_mut() {
            Some(row) if row.last().is_some_and(|last| !last.update.ends_row()) => row.push(ordered),
            _ => self.rows.push(vec![ordered]),
        }
    }

    /// Returns whether nothing more is to be added.
    #[must_use]
    pub fn is_full(&self) -> bool {
        let ends_row = self.rows.last().and_then(|row| row.last()).is_none_or(|last| last.update.ends_row());
        ends_row && (self.rows.len() >= ROWS_MAX || self.bytes >= BYTES_MAX)
    }

    /// Returns the rows.
    #[must_use]
    pub fn rows(&self) -> &[Vec<Ordered>] {
        &self.rows
    }

    /// Leaves everything as it is.
    #[must_use]
    pub fn keep(self) -> Merging {
        Merging { rows: Vec::new(), after: self.rows.into_iter().flatten().collect() }
    }

    /// Merges what can be, if every update reads and each has its causes before it; otherwise everything stays as it is.
    #[must_use]
    pub fn merge(self) -> Merging {
        match self.merged() {
            Some(rows) if !rows.is_empty() => Merging { after: self.after(&rows), rows },
            _ => self.keep(),
        }
    }

    fn merged(&self) -> Option<Vec<MergedRow>> {
        let updates: Vec<Vec<Update<'_>>> = self.rows.iter().map(|row| read(row)).collect::<Option<_>>()?;
        let deletes = updates.iter().flatten().flat_map(|update| update.deletes().iter().copied());
        let mut merger = Merger::<WriterId, Author>::new(LIMITS, deletes);
        let mut gone_to = Vec::with_capacity(self.rows.len());
        for (row, parsed) in self.rows.iter().zip(&updates) {
            let parts: Vec<_> = row.iter().zip(parsed).map(|(one, update)| part(one, update)).collect();
            gone_to.push(merger.take(&row.first()?.update.writer, &parts));
        }
        let received_at_ms = self.rows.last()?.last()?.at_ms;
        let mut merged = Vec::new();
        for (index, into) in merger.finish().into_iter().enumerate() {
            let from = self.rows.iter().zip(&gone_to).filter(|(_, to)| **to == index).map(|(row, _)| row);
            let from: Vec<_> = from.filter_map(|row| Some((row.first()?, row.last()?))).collect();
            // A commit that landed twice lies within a row that was merged before.
            let first = from.iter().map(|(first, _)| first.update.first_seq()).min();
            let (Some(first), Some((_, last)), 2..) = (first, from.last(), from.len()) else { continue };
            let parts = into.pieces.into_iter().map(|piece| MergedPart {
                author: piece.author.0,
                updates: piece.updates,
                payload: piece.update.into(),
            });
            merged.push(MergedRow {
                writer: into.writer,
                first,
                last: last.update.seq,
                received_at_ms,
                rows: u32::try_from(from.len()).ok()?,
                parts: parts.collect(),
            });
        }
        Some(merged)
    }

    /// Returns everything in the order in which it will be read.
    fn after(&self, merged: &[MergedRow]) -> Vec<Ordered> {
        let is_merged = |one: &&Ordered| {
            let (writer, seq) = (one.update.writer, one.update.seq);
            merged.iter().any(|row| row.writer == writer && (row.first..=row.last).contains(&seq))
        };
        let mut after: Vec<_> = self.rows.iter().flatten().filter(|one| !is_merged(one)).cloned().collect();
        for row in merged {
            let at_ms = row.received_at_ms;
            after.extend(row.clone().into_updates().map(|update| Ordered { at_ms, update }));
        }
        // A clock that stepped back stands still: behind a merged row nothing of its writer is earlier.
        after.sort_by_key(|one| (one.update.writer, one.update.seq));
        let mut clock = None;
        for one in &mut after {
            let before = clock.filter(|(writer, _)| *writer == one.update.writer).map(|(_, at_ms)| at_ms);
            one.at_ms = one.at_ms.max(before.unwrap_or(i64::MIN));
            clock = Some((one.update.writer, one.at_ms));
        }
        after.sort_by_key(|one| (one.at_ms, one.update.writer, one.update.seq));
        after
    }
}

/// Parses the updates of a row; none if one does not read.
fn read(row: &[Ordered]) -> Option<Vec<Update<'_>>> {
    row.iter().map(|one| parse(&one.update.payload, &Limits::OWN_STATE).ok()).collect()
}

fn part<'a>(one: &Ordered, update: &'a Update<'a>) -> Part<'a, Author> {
    let author = one.update.author.clone();
    let client = update.sections().first().map(|section| section.client).filter(|_| author.is_none());
    let updates = u32::try_from(one.update.updates()).unwrap_or(u32::MAX);
    Part { author: (author, client), updates, update }
}
