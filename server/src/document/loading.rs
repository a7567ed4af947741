//! A document out of what is stored: the newest snapshot that reads, then every update above it.

use std::collections::BTreeMap;

use bytes::Bytes;
use weft_protocol::ids::{Seq, WriterId};
use weft_storage::{Frontier, SnapshotId, Stored, StoredUpdate};

use super::event::Loaded;
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
    /// An update is refused by the rules it once passed.
    #[error("update {seq} of writer {} is unreadable: {why}", writer.0)]
    Update {
        /// Who numbered it.
        writer: WriterId,
        /// Its number.
        seq: Seq,
        /// What the replica said.
        why: ReplicaError,
    },
}

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
/// the rest. What still waits at the end is handed on as `ahead`, and the frontier stops before it, so that no snapshot
/// claims to contain it.
///
/// # Errors
/// [`Unreadable`] names the row.
pub fn rebuild(stored: Stored) -> Result<Loaded, Unreadable> {
    let tail_updates = stored.updates.len() as u64;
    let tail_bytes = stored.updates.iter().map(|update| update.payload.len() as u64).sum();
    let (mut replica, mut frontier) = match stored.snapshot {
        None => (Replica::new(), Frontier::default()),
        Some(snapshot) => {
            let replica = Replica::from_state(&snapshot.state)
                .map_err(|why| Unreadable::Snapshot { id: snapshot.id, why })?;
            (replica, snapshot.frontier)
        }
    };
    let highest = highest_seqs(&stored.updates);
    let mut waiting = stored.updates;
    loop {
        let before = waiting.len();
        waiting = apply_round(&mut replica, waiting)?;
        if waiting.is_empty() || waiting.len() == before {
            break;
        }
    }
    for (writer, seq) in highest {
        let ahead =
            waiting.iter().filter(|update| update.writer == writer).map(|update| update.seq - 1).min();
        frontier.advance(writer, ahead.unwrap_or(seq));
    }
    let ahead = waiting.into_iter().map(|update| update.payload).collect();
    Ok(Loaded { replica, frontier, ahead, tail_updates, tail_bytes })
}

fn highest_seqs(updates: &[StoredUpdate]) -> BTreeMap<WriterId, Seq> {
    updates.iter().map(|update| (update.writer, update.seq)).collect()
}

/// Applies what can be applied and returns the rest, in its order.
fn apply_round(replica: &mut Replica, updates: Vec<StoredUpdate>) -> Result<Vec<StoredUpdate>, Unreadable> {
    let mut waiting = Vec::new();
    for update in updates {
        match replica.apply(&update.payload) {
            Ok(Outcome::Applied | Outcome::Trimmed { .. } | Outcome::Known) => {}
            Ok(Outcome::Gap | Outcome::Part { .. }) => waiting.push(update),
            Err(why) => return Err(Unreadable::Update { writer: update.writer, seq: update.seq, why }),
        }
    }
    Ok(waiting)
}
