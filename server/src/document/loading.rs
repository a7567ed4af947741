//! A document out of what is stored: the newest snapshot that reads, then every update above it.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use bytes::Bytes;
use weft_protocol::ids::{Seq, WriterId};
use weft_protocol::validate::Limits;
use weft_storage::{Frontier, SnapshotId, Stored, StoredUpdate};

use super::attribution::stored_author;
use super::event::{Author, Loaded};
use super::replica::{Outcome, Replica, ReplicaError};

/// Why stored rows make no document. They are left as they are.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// A snapshot passes its checksum and does not decode; the one before it may.
    #[error("snapshot {} does not decode: {why}", id.0)]
    Snapshot {
        /// Which one.
        id: SnapshotId,
        /// What the replica said.
        why: ReplicaError,
    },
    /// No update can be read, and there is no snapshot: the document would look empty and is not.
    #[error("none of its updates can be read, the first is {0}")]
    Nothing(PutAside),
    /// Too many updates break the replica, one after the other.
    #[error("more than {BREAKING_MAX} updates break the replica, the last is {0}")]
    Breaking(PutAside),
}

/// An update that is refused by the rules it once passed. It stays where it is stored, and is tried again by every load.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("update {seq} of writer {}: {why}", writer.0)]
pub struct PutAside {
    /// Who numbered it.
    pub writer: WriterId,
    /// Its number.
    pub seq: Seq,
    /// What the replica said.
    pub why: ReplicaError,
}

/// Updates that may break the replica before loading is given up; each costs a load from the beginning.
const BREAKING_MAX: usize = 8;

/// Returns the whole stored state, when it needs no decoding: a snapshot without later updates, or nothing at all.
#[must_use]
pub fn whole_state(stored: &Stored) -> Option<Bytes> {
    if !stored.updates.is_empty() {
        return None;
    }
    Some(
        stored
            .snapshot
            .as_ref()
            .map_or_else(|| Bytes::from_static(&[0, 0]), |snapshot| snapshot.state.clone()),
    )
}

/// Builds the replica; takes milliseconds to seconds.
///
/// Updates of different writers lie between one another in no causal order; those that come before their causes wait for
/// the rest. What still waits at the end is handed on as `ahead`. An update that is refused is put aside, and everything
/// else is loaded: one bad row must not take the document away. Of a writer with such rows the frontier stops before the
/// first of them, so that no snapshot claims to contain it and every load meets it again.
///
/// # Errors
/// [`Unreadable`] names the row.
pub fn rebuild(stored: Stored) -> Result<Loaded, Unreadable> {
    let mut breaking = Vec::new();
    loop {
        match Rebuilding::of(&stored, &breaking)?.replay() {
            Ok(rebuilt) => return rebuilt.finish(&stored),
            Err(broken) if breaking.len() == BREAKING_MAX => return Err(Unreadable::Breaking(broken)),
            Err(broken) => breaking.push(broken),
        }
    }
}

/// A replica on its way, and what it did not take.
struct Rebuilding<'s> {
    replica: Replica,
    frontier: Frontier,
    waiting: Vec<&'s StoredUpdate>,
    aside: Vec<PutAside>,
    authors: Vec<Author>,
}

impl<'s> Rebuilding<'s> {
    /// Starts with the snapshot; `breaking` updates are not tried.
    fn of(stored: &'s Stored, breaking: &[PutAside]) -> Result<Self, Unreadable> {
        let (mut replica, frontier) = match &stored.snapshot {
            None => (Replica::new(), Frontier::default()),
            Some(snapshot) => {
                let replica = Replica::from_state(&snapshot.state)
                    .map_err(|why| Unreadable::Snapshot { id: snapshot.id, why })?;
                (replica, snapshot.frontier.clone())
            }
        };
        // What was small enough once is taken, whatever the limits are now.
        replica.hold_to(Limits::OWN_STATE);
        let breaks = |update: &&StoredUpdate| {
            breaking.iter().any(|row| (row.writer, row.seq) == (update.writer, update.seq))
        };
        let waiting = stored.updates.iter().filter(|update| !breaks(update)).collect();
        Ok(Self { replica, frontier, waiting, aside: breaking.to_vec(), authors: Vec::new() })
    }

    /// Applies what can be applied, until a whole round brings nothing new.
    ///
    /// # Errors
    /// The update that broke the replica.
    fn replay(mut self) -> Result<Self, PutAside> {
        loop {
            let before = self.waiting.len();
            for update in std::mem::take(&mut self.waiting) {
                match self.replica.apply(&update.payload) {
                    Ok(Outcome::Applied | Outcome::Trimmed { .. } | Outcome::Known) => {
                        self.note_authors(update)
                    }
                    Ok(Outcome::Gap | Outcome::Part { .. }) => self.waiting.push(update),
                    Err(why) => {
                        let breaks = matches!(why, ReplicaError::Panicked { .. });
                        let row = PutAside { writer: update.writer, seq: update.seq, why };
                        if breaks {
                            return Err(row);
                        }
                        self.aside.push(row);
                    }
                }
            }
            if self.waiting.is_empty() || self.waiting.len() == before {
                return Ok(self);
            }
        }
    }

    fn note_authors(&mut self, update: &StoredUpdate) {
        let newcomers = self.replica.newcomers_in(&update.payload).into_iter();
        let (user, first_seen_ms) = (update.author.as_deref(), update.received_at_ms);
        self.authors.extend(newcomers.filter_map(|client| stored_author(client, user, first_seen_ms)));
    }

    fn finish(mut self, stored: &Stored) -> Result<Loaded, Unreadable> {
        if stored.snapshot.is_none() && self.replica.is_empty() && !self.aside.is_empty() {
            return Err(Unreadable::Nothing(self.aside.swap_remove(0)));
        }
        self.replica.hold_to(Limits::default());
        let lacking = self.waiting.iter().map(|update| (update.writer, update.seq));
        let lacking = lacking.chain(self.aside.iter().map(|row| (row.writer, row.seq)));
        let mut first_lacking = BTreeMap::<WriterId, Seq>::new();
        for (writer, seq) in lacking {
            let first = first_lacking.entry(writer).or_insert(seq);
            *first = seq.min(*first);
        }
        let behind = |update: &&StoredUpdate| {
            first_lacking.get(&update.writer).is_none_or(|first| update.seq < *first)
        };
        let (mut tail_updates, mut tail_bytes) = (0, 0);
        for update in stored.updates.iter().filter(behind) {
            self.frontier.advance(update.writer, update.seq);
            tail_updates += 1;
            tail_bytes += update.payload.len() as u64;
        }
        let ahead = self.waiting.into_iter().map(|update| update.payload.clone()).collect();
        let Self { replica, frontier, aside, authors, .. } = self;
        let stored = stored.frontier();
        Ok(Loaded { replica, frontier, stored, ahead, aside, authors, tail_updates, tail_bytes })
    }
}
