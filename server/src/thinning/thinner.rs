//! Going through a part of the past and merging it, with the proof that nothing is lost: both the updates as they are stored
//! and the merged ones are folded, and nothing is written before both hold the same.

use bytes::Bytes;
use weft_storage::{Frontier, MergedRow, Ordered};

use super::bucket::{Bucket, Merging};
use crate::history::fold::{Fold, Unfolded};

/// Rows that are written in one transaction, replaced ones counted; live edits wait for it.
const ROWS_MAX: u64 = 4_096;
/// Bytes that are.
const BYTES_MAX: usize = 1 << 20;

/// What became of updates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows read.
    pub rows_before: u64,
    /// Rows that are there afterwards.
    pub rows_after: u64,
    /// Bytes of updates read.
    pub bytes_before: u64,
    /// Bytes of updates that are there afterwards.
    pub bytes_after: u64,
    /// Rows that were left as they are because the proof failed.
    pub unproven: u64,
}

impl Tally {
    /// Adds another one.
    pub fn add(&mut self, other: Self) {
        self.rows_before += other.rows_before;
        self.rows_after += other.rows_after;
        self.bytes_before += other.bytes_before;
        self.bytes_after += other.bytes_after;
        self.unproven += other.unproven;
    }
}

/// Where a window begins.
#[derive(Debug, Clone, Default)]
pub struct Base {
    /// What there was before it.
    pub state: Option<(Bytes, Frontier)>,
    /// Time of the last update in that, in Unix milliseconds.
    pub last_ms: Option<i64>,
}

/// Merges a window. Every call takes milliseconds and more.
#[derive(Debug)]
pub struct Thinner {
    step_ms: i64,
    /// Moments that stay moments: nothing is merged across them. Ascending.
    fences_ms: Vec<i64>,
    /// What is stored.
    original: Fold,
    /// What would be.
    thinned: Fold,
    bucket: Bucket,
    bucket_key: Option<(i64, usize)>,
    /// Merged and not yet proven.
    pending: Pending,
    tally: Tally,
}

#[derive(Debug, Default)]
struct Pending {
    rows: Vec<MergedRow>,
    /// Rows that these take the place of.
    replaced: u64,
    /// Bytes of these.
    bytes: usize,
    /// What changes if they are written.
    tally: Tally,
}

impl Thinner {
    /// Starts a window; `fences_ms` are moments across which nothing is merged.
    ///
    /// # Errors
    /// [`Unfolded::Base`].
    pub fn new(base: Base, step_ms: i64, mut fences_ms: Vec<i64>) -> Result<Self, Unfolded> {
        fences_ms.sort_unstable();
        let original = Fold::new(base.state.clone(), base.last_ms, &[])?;
        let thinned = Fold::new(base.state, base.last_ms, &[])?;
        let (bucket, pending) = (Bucket::default(), Pending::default());
        let tally = Tally::default();
        Ok(Self { step_ms, fences_ms, original, thinned, bucket, bucket_key: None, pending, tally })
    }

    /// Takes the next updates, and returns rows that are to be written.
    ///
    /// # Errors
    /// [`Unfolded`]; nothing more can be merged.
    pub fn take(&mut self, batch: Vec<Ordered>) -> Result<Vec<MergedRow>, Unfolded> {
        let mut proven = Vec::new();
        for ordered in batch {
            let fence = self.fences_ms.partition_point(|fence_ms| *fence_ms < ordered.at_ms);
            let key = (ordered.at_ms.div_euclid(self.step_ms), fence);
            if self.bucket.is_full() || self.bucket_key.is_some_and(|last| last != key) {
                self.close()?;
                if self.pending.replaced >= ROWS_MAX || self.pending.bytes >= BYTES_MAX {
                    proven.extend(self.prove()?);
                }
            }
            self.bucket_key = Some(key);
            self.bucket.push(ordered);
        }
        Ok(proven)
    }

    /// Ends the window, and returns the last rows that are to be written.
    ///
    /// # Errors
    /// As [`Thinner::take`].
    pub fn finish(&mut self) -> Result<Vec<MergedRow>, Unfolded> {
        self.close()?;
        self.prove()
    }

    /// Returns what became of everything so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Merges the bucket.
    fn close(&mut self) -> Result<(), Unfolded> {
        let bucket = std::mem::take(&mut self.bucket);
        self.bucket_key = None;
        let before = weigh(bucket.rows().iter().flatten());
        let is_causal = self.replay(bucket.rows())?;
        // What waits for its causes, or was refused, is not touched: only what was understood can be said in other words.
        let Merging { rows, after } = if is_causal { bucket.merge() } else { bucket.keep() };
        let weighed = weigh(after.iter());
        self.thinned.take(after)?;
        self.tally.add(Tally {
            rows_before: before.0,
            rows_after: before.0,
            bytes_before: before.1,
            bytes_after: before.1,
            unproven: 0,
        });
        let saved = &mut self.pending.tally;
        saved.rows_after += before.0 - weighed.0;
        saved.bytes_after += before.1.saturating_sub(weighed.1);
        self.pending.replaced += rows.iter().map(|row| u64::from(row.rows)).sum::<u64>();
        self.pending.bytes +=
            rows.iter().flat_map(|row| &row.parts).map(|part| part.payload.len()).sum::<usize>();
        self.pending.rows.extend(rows);
        Ok(())
    }

    /// Folds what is stored; returns whether every row had its causes at once, and was none that others waited for.
    fn replay(&mut self, rows: &[Vec<Ordered>]) -> Result<bool, Unfolded> {
        let mut is_causal = true;
        for row in rows {
            let before = self.original.outstanding();
            self.original.take(row.clone())?;
            is_causal &= self.original.outstanding() == before;
        }
        Ok(is_causal)
    }

    /// Hands out what is pending if both folds hold the same; otherwise it stays as it is stored.
    fn prove(&mut self) -> Result<Vec<MergedRow>, Unfolded> {
        let pending = std::mem::take(&mut self.pending);
        if pending.rows.is_empty() {
            return Ok(Vec::new());
        }
        let is_whole = self.original.outstanding() == self.thinned.outstanding();
        let same = self.original.replica().holds_the_same_as(self.thinned.replica());
        if is_whole && matches!(same, Ok(true)) {
            self.tally.rows_after -= pending.tally.rows_after;
            self.tally.bytes_after -= pending.tally.bytes_after;
            return Ok(pending.rows);
        }
        self.tally.unproven += pending.replaced;
        self.thinned = self.original.copy()?;
        Ok(Vec::new())
    }
}

/// Rows and bytes.
fn weigh<'a>(updates: impl Iterator<Item = &'a Ordered>) -> (u64, u64) {
    updates.fold((0, 0), |(rows, bytes), one| {
        (rows + u64::from(one.update.ends_row()), bytes + one.update.payload.len() as u64)
    })
}
