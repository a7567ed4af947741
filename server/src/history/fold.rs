//! What there was: a state and the updates above it, folded.

use bytes::Bytes;
use weft_protocol::ids::{Seq, WriterId};
use weft_protocol::validate::Limits;
use weft_storage::{Frontier, Ordered};

use crate::document::replica::{Outcome, Replica, ReplicaError};

/// Updates that may wait for their causes, and their bytes.
const WAITING_MAX: usize = 20_000;
const WAITING_BYTES_MAX: usize = 64 << 20;

/// An update that broke the replica, or why nothing more can be folded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfolded {
    /// To be left out, from the beginning.
    #[error("update {seq} of writer {} breaks the replica", writer.0)]
    Breaks {
        /// Who numbered it.
        writer: WriterId,
        /// Its number.
        seq: Seq,
    },
    /// The state at the bottom is none.
    #[error("the state to start with does not decode: {0}")]
    Base(ReplicaError),
    /// The state cannot be written.
    #[error("the state cannot be written: {0}")]
    Unwritable(ReplicaError),
    /// Too much waits.
    #[error("more than {WAITING_MAX} updates, or {WAITING_BYTES_MAX} bytes of them, wait for their causes")]
    Waiting,
}

/// A replica on its way through the past. Every call takes milliseconds and more.
#[derive(Debug)]
pub struct Fold {
    replica: Replica,
    waiting: Vec<Bytes>,
    waiting_bytes: usize,
    /// Updates that broke the replica at an earlier try.
    left_out: Vec<(WriterId, Seq)>,
    /// What was taken, what waits and what was refused, the last row as a whole.
    frontier: Frontier,
    /// Whether more of the last row is to come, so that the frontier is ahead of the state.
    is_within_row: bool,
    /// Ordering time of the last update that was taken.
    last_ms: Option<i64>,
    updates: u64,
    /// Updates that were not taken and never will be.
    refused: u64,
}

impl Fold {
    /// Starts with a state.
    ///
    /// # Errors
    /// [`Unfolded::Base`].
    pub fn new(
        base: Option<(Bytes, Frontier)>,
        last_ms: Option<i64>,
        left_out: &[(WriterId, Seq)],
    ) -> Result<Self, Unfolded> {
        let (mut replica, frontier) = match base {
            None => (Replica::new(), Frontier::new()),
            Some((state, frontier)) => (Replica::from_state(&state).map_err(Unfolded::Base)?, frontier),
        };
        // What was small enough once is taken, whatever the limits are now.
        replica.hold_to(Limits::OWN_STATE);
        Ok(Self {
            replica,
            waiting: Vec::new(),
            waiting_bytes: 0,
            left_out: left_out.to_vec(),
            frontier,
            is_within_row: false,
            last_ms,
            updates: 0,
            refused: 0,
        })
    }

    /// Takes the next updates.
    ///
    /// # Errors
    /// [`Unfolded::Breaks`], [`Unfolded::Waiting`].
    pub fn take(&mut self, batch: Vec<Ordered>) -> Result<(), Unfolded> {
        let mut is_further = false;
        for Ordered { at_ms, update } in batch {
            self.is_within_row = !update.ends_row();
            self.frontier.advance(update.writer, update.seq);
            self.last_ms = self.last_ms.max(Some(at_ms));
            self.updates += 1;
            if self.left_out.contains(&(update.writer, update.seq)) {
                continue;
            }
            match self.replica.apply(&update.payload) {
                Ok(Outcome::Gap | Outcome::Part { .. }) => {
                    self.waiting_bytes += update.payload.len();
                    // Counted by its own bytes, so it must not keep its neighbours alive.
                    self.waiting.push(Bytes::copy_from_slice(&update.payload));
                }
                Ok(Outcome::Applied | Outcome::Trimmed { .. }) => is_further = true,
                Ok(Outcome::Known) => {}
                Err(ReplicaError::Panicked { .. }) => {
                    return Err(Unfolded::Breaks { writer: update.writer, seq: update.seq });
                }
                // Refused by the rules it once passed: left out here as it is where documents are loaded.
                Err(_) => self.refused += 1,
            }
        }
        if is_further {
            self.retry(Replica::apply)?;
        }
        if self.waiting.len() > WAITING_MAX || self.waiting_bytes > WAITING_BYTES_MAX {
            return Err(Unfolded::Waiting);
        }
        Ok(())
    }

    /// Tries what waits until a whole round brings nothing new.
    fn retry(
        &mut self,
        apply: fn(&mut Replica, &[u8]) -> Result<Outcome, ReplicaError>,
    ) -> Result<(), Unfolded> {
        loop {
            let mut is_further = false;
            for payload in std::mem::take(&mut self.waiting) {
                match apply(&mut self.replica, &payload) {
                    Ok(Outcome::Gap) => self.waiting.push(payload),
                    Ok(Outcome::Part { .. }) => {
                        is_further = true;
                        self.waiting.push(payload);
                    }
                    Ok(_) => {
                        is_further = true;
                        self.waiting_bytes -= payload.len();
                    }
                    Err(why @ ReplicaError::Panicked { .. }) => return Err(Unfolded::Unwritable(why)),
                    Err(_) => self.waiting_bytes -= payload.len(),
                }
            }
            if !is_further || self.waiting.is_empty() {
                return Ok(());
            }
        }
    }

    /// Returns a fold that has the same behind it, with a replica of its own.
    ///
    /// # Errors
    /// [`Unfolded::Unwritable`], [`Unfolded::Base`].
    pub fn copy(&self) -> Result<Self, Unfolded> {
        let state = self.replica.encode_state().map_err(Unfolded::Unwritable)?;
        let fresh = Self::new(Some((state.into(), self.frontier.clone())), self.last_ms, &self.left_out)?;
        Ok(Self {
            waiting: self.waiting.clone(),
            waiting_bytes: self.waiting_bytes,
            is_within_row: self.is_within_row,
            updates: self.updates,
            refused: self.refused,
            ..fresh
        })
    }

    /// Returns how many updates wait for their causes, and how many were refused so far.
    #[must_use]
    pub fn outstanding(&self) -> (usize, u64) {
        (self.waiting.len(), self.refused)
    }

    /// Returns the replica as it is by now.
    #[must_use]
    pub fn replica(&self) -> &Replica {
        &self.replica
    }

    /// Returns how many updates were taken.
    #[must_use]
    pub fn updates(&self) -> u64 {
        self.updates
    }

    /// Returns the ordering time of the last update taken, or of the state at the bottom.
    #[must_use]
    pub fn last_ms(&self) -> Option<i64> {
        self.last_ms
    }

    /// Returns state and frontier if the one says exactly what the other does: nothing waits and nothing was left out.
    ///
    /// # Errors
    /// [`Unfolded::Unwritable`].
    pub fn checkpoint(&self) -> Result<Option<(Bytes, Frontier)>, Unfolded> {
        if !self.waiting.is_empty() || !self.left_out.is_empty() || self.is_within_row {
            return Ok(None);
        }
        let state = self.replica.encode_state().map_err(Unfolded::Unwritable)?;
        Ok(Some((state.into(), self.frontier.clone())))
    }

    /// Returns the state. Of what still waits the part is in it that can be: a Yjs client that has the same updates shows the
    /// same.
    ///
    /// # Errors
    /// [`Unfolded::Unwritable`].
    pub fn finish(mut self) -> Result<Bytes, Unfolded> {
        if !self.waiting.is_empty() {
            self.retry(Replica::apply_available)?;
        }
        self.replica.encode_state().map(Bytes::from).map_err(Unfolded::Unwritable)
    }
}

#[cfg(test)]
mod tests {
    use weft_storage::{Merged, StoredUpdate};

    use super::*;

    /// A text item of client 7 at `clock`, left of which is the item before it.
    fn typed(clock: u8) -> Bytes {
        match clock {
            0 => Bytes::from_static(&[1, 1, 7, 0, 4, 1, 1, b't', 1, b'x', 0]),
            _ => Bytes::from(vec![1, 1, 7, clock, 0x84, 7, clock - 1, 1, b'x', 0]),
        }
    }

    fn at(at_ms: i64, seq: Seq, payload: Bytes) -> Ordered {
        let update = StoredUpdate {
            writer: WriterId(1),
            seq,
            received_at_ms: at_ms,
            author: None,
            payload,
            merged: None,
        };
        Ordered { at_ms, update }
    }

    fn state(clocks: &[u8]) -> Bytes {
        let mut fold = Fold::new(None, None, &[]).expect("empty");
        let updates =
            clocks.iter().zip(1_u32..).map(|(clock, seq)| at(seq.into(), seq.into(), typed(*clock)));
        fold.take(updates.collect::<Vec<_>>()).expect("taken");
        fold.finish().expect("written")
    }

    /// [T1]
    #[test]
    fn updates_ahead_of_their_causes_wait_for_them() {
        let whole = state(&[0_u8, 1, 2]);
        assert_eq!(state(&[2, 1, 0]), whole);
        assert_eq!(state(&[1, 2, 0]), whole);
        assert_eq!(state(&[0, 2]), state(&[0]), "as long as they are not there");
    }

    /// [T1]
    #[test]
    fn a_checkpoint_says_exactly_what_its_frontier_does() {
        let mut fold = Fold::new(None, None, &[]).expect("empty");
        fold.take(vec![at(5, 1, typed(0)), at(6, 2, typed(2))]).expect("taken");
        assert_eq!(fold.checkpoint(), Ok(None), "something waits");
        fold.take(vec![at(7, 3, typed(1)), at(8, 4, Bytes::from_static(b"?"))]).expect("taken");
        let (state, frontier) = fold.checkpoint().expect("written").expect("exact");
        assert_eq!((fold.last_ms(), frontier.seq(WriterId(1))), (Some(8), 4));
        let mut further = Fold::new(Some((state, frontier)), Some(8), &[]).expect("a state");
        further.take(vec![at(9, 5, typed(3))]).expect("taken");
        assert_eq!(further.finish(), Ok(super::tests::state(&[0, 1, 2, 3])));
    }

    /// [T11] [T13]
    #[test]
    fn there_is_no_checkpoint_within_a_merged_row() {
        let part = |clock, rest| {
            let mut part = at(9, 4, typed(clock));
            part.update.merged = Some(Merged { first: 1, updates: 2, rest });
            part
        };
        let mut fold = Fold::new(None, None, &[]).expect("empty");
        fold.take(vec![part(0, 1)]).expect("taken");
        assert_eq!(fold.checkpoint(), Ok(None), "the rest is to come");
        let mut copy = fold.copy().expect("copied");
        assert_eq!(copy.checkpoint(), Ok(None), "to the copy as well");
        for fold in [&mut fold, &mut copy] {
            fold.take(vec![part(1, 0)]).expect("taken");
            let (kept, frontier) = fold.checkpoint().expect("written").expect("exact");
            assert_eq!((kept, frontier.seq(WriterId(1))), (state(&[0, 1]), 4));
        }
    }
}
