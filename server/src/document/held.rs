//! Updates that arrived before their causes.
//!
//! They wait as raw bytes, never inside the replica, until what they build on is there. A sender that leaves does not
//! take its updates away: what they wait for may still come from somebody else.

use std::collections::VecDeque;

use weft_protocol::ids::SessionId;

use super::work::{Apply, ApplyKind};

/// The bounded side buffer of one document, oldest first.
#[derive(Debug)]
pub struct Held {
    entries: VecDeque<Apply>,
    bytes: usize,
    bytes_max: usize,
}

/// The buffer has no room for another update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldFull;

impl Held {
    /// Starts empty.
    #[must_use]
    pub fn new(bytes_max: usize) -> Self {
        Self { entries: VecDeque::new(), bytes: 0, bytes_max }
    }

    /// Returns how many updates wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns what waits, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns true when nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns true when an update of `session` waits.
    #[must_use]
    pub fn waits_for(&self, session: SessionId) -> bool {
        self.entries.iter().any(|entry| entry.session == session)
    }

    /// Keeps an update until its causes are there.
    ///
    /// A sync reply replaces the same session's earlier one, of which it is a superset.
    ///
    /// # Errors
    /// [`HeldFull`] when the bound is reached.
    pub fn push(&mut self, apply: Apply) -> Result<(), HeldFull> {
        if apply.kind == ApplyKind::Available {
            self.remove(|held| held.session == apply.session && held.kind == ApplyKind::Available);
        }
        if self.bytes + weight(&apply) > self.bytes_max {
            return Err(HeldFull);
        }
        self.bytes += weight(&apply);
        self.entries.push_back(apply);
        Ok(())
    }

    /// Takes everything out to be tried again; what still waits is pushed back.
    pub fn take(&mut self) -> VecDeque<Apply> {
        self.bytes = 0;
        std::mem::take(&mut self.entries)
    }

    /// Forgets the updates of sessions for which `is_gone` holds, when more than half of the bound is used.
    pub fn make_room(&mut self, is_gone: impl Fn(SessionId) -> bool) {
        if self.bytes > self.bytes_max / 2 {
            self.remove(|held| is_gone(held.session));
        }
    }

    fn remove(&mut self, which: impl Fn(&Apply) -> bool) {
        self.entries.retain(|entry| !which(entry));
        self.bytes = self.entries.iter().map(weight).sum();
    }
}

fn weight(apply: &Apply) -> usize {
    apply.payload.len() + size_of::<Apply>()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn apply(session: u64, kind: ApplyKind, bytes: usize) -> Apply {
        Apply {
            session: SessionId(session),
            frame: 1,
            kind,
            payload: Bytes::from(vec![0; bytes]),
            cost_bytes: 0,
        }
    }

    /// [W8]
    #[test]
    fn a_later_sync_reply_replaces_the_earlier_one() {
        let mut held = Held::new(10_000);
        held.push(apply(1, ApplyKind::Available, 10)).expect("room");
        held.push(apply(1, ApplyKind::Available, 20)).expect("room");
        held.push(apply(2, ApplyKind::Available, 20)).expect("room");
        assert_eq!(held.len(), 2);
    }

    /// [W8]
    #[test]
    fn the_bound_holds_and_room_comes_back() {
        let mut held = Held::new(1_000);
        held.push(apply(1, ApplyKind::Whole, 600)).expect("room");
        assert_eq!(held.push(apply(2, ApplyKind::Whole, 600)), Err(HeldFull));
        held.make_room(|session| session == SessionId(1));
        assert!(held.is_empty());
        held.push(apply(2, ApplyKind::Whole, 600)).expect("room again");
    }
}
