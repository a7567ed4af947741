//! When a snapshot is taken and what it contains.
//!
//! A snapshot is stored only when everything in it is committed, so that no reader of storage sees what the journal
//! does not have.

use bytes::Bytes;
use weft_protocol::ids::{Seq, WriterId};
use weft_storage::Frontier;

use super::event::{DocumentLimits, Loaded, Now};

/// After a failed snapshot the next one waits at least this long.
const RETRY_MS: u64 = 10_000;

#[derive(Debug, Default)]
enum Phase {
    #[default]
    Idle,
    /// The state is being encoded.
    Encoding { updates: u64, bytes: u64 },
    /// The state waits until everything in it is committed: this writer's updates up to `accepted`.
    Encoded { state: Bytes, frontier: Frontier, accepted: Seq, updates: u64, bytes: u64 },
    /// The state is being verified and stored.
    Saving { updates: u64, bytes: u64 },
}

/// Counts what the newest snapshot lacks.
#[derive(Debug, Default)]
pub struct Retention {
    frontier: Frontier,
    /// A stored update of this writer is not in the replica: no frontier may pass over it.
    is_stopped: bool,
    phase: Phase,
    updates: u64,
    bytes: u64,
    oldest_us: Option<u64>,
    retry_us: u64,
}

impl Retention {
    /// Starts from what storage had.
    pub fn loaded(&mut self, loaded: &Loaded, writer: WriterId, now: Now) {
        self.frontier = loaded.frontier.clone();
        self.is_stopped = loaded.frontier.seq(writer) < loaded.stored.seq(writer);
        self.updates = loaded.tail_updates;
        self.bytes = loaded.tail_bytes;
        self.oldest_us = (self.updates > 0).then_some(now.mono_us);
    }

    /// Counts an accepted update.
    pub fn accepted(&mut self, bytes: usize, now: Now) {
        self.updates += 1;
        self.bytes += bytes as u64;
        self.oldest_us.get_or_insert(now.mono_us);
    }

    /// Returns true while a snapshot is on its way.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !matches!(self.phase, Phase::Idle)
    }

    /// Returns true when count, bytes or time call for a snapshot.
    #[must_use]
    pub fn wants_now(&self, limits: &DocumentLimits, now: Now) -> bool {
        let old = self.oldest_us.is_some_and(|oldest| oldest + limits.snapshot_age_ms * 1_000 <= now.mono_us);
        let many = self.updates >= limits.snapshot_updates_max || self.bytes >= limits.snapshot_bytes_max;
        self.may_start(now) && (many || old)
    }

    /// Returns true when a document that is about to be unloaded should be stored first.
    #[must_use]
    pub fn wants_final(&self, now: Now) -> bool {
        self.may_start(now) && self.updates > 0
    }

    fn may_start(&self, now: Now) -> bool {
        matches!(self.phase, Phase::Idle) && self.retry_us <= now.mono_us
    }

    /// Notes that the state is being encoded.
    pub fn encoding(&mut self) {
        self.phase = Phase::Encoding { updates: self.updates, bytes: self.bytes };
    }

    /// Takes the encoded state if a snapshot waits for it; it contains this writer's updates up to `accepted`.
    pub fn encoded(&mut self, state: Bytes, writer: WriterId, accepted: Seq) {
        if let Phase::Encoding { updates, bytes } = self.phase {
            let mut frontier = self.frontier.clone();
            if !self.is_stopped {
                frontier.advance(writer, accepted);
            }
            self.phase = Phase::Encoded { state, frontier, accepted, updates, bytes };
        }
    }

    /// Hands out the state once everything in it is committed.
    pub fn due(&mut self, committed: Seq) -> Option<(Bytes, Frontier)> {
        let Phase::Encoded { accepted, updates, bytes, .. } = &self.phase else { return None };
        if *accepted > committed {
            return None;
        }
        let saving = Phase::Saving { updates: *updates, bytes: *bytes };
        match std::mem::replace(&mut self.phase, saving) {
            Phase::Encoded { state, frontier, .. } => Some((state, frontier)),
            Phase::Idle | Phase::Encoding { .. } | Phase::Saving { .. } => None,
        }
    }

    /// Notes how storing went; a failure is tried again later.
    pub fn saved(&mut self, ok: bool, now: Now) {
        let Phase::Saving { updates, bytes } = self.phase else { return };
        self.phase = Phase::Idle;
        if ok {
            self.updates -= updates.min(self.updates);
            self.bytes -= bytes.min(self.bytes);
            self.oldest_us = (self.updates > 0).then_some(now.mono_us);
        } else {
            self.retry_us = now.mono_us + RETRY_MS * 1_000;
        }
    }
}
