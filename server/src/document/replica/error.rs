//! Why a replica could not do what was asked.

use weft_protocol::validate::{Id, Refused};

use super::causality::Misplaced;

/// Why a replica could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplicaError {
    /// The bytes will never be taken; the sender's fault. The replica is as before.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// An item is placed into something that is not a type. Final, the sender's fault. The replica is as
    /// before.
    #[error(
        "malformed update: the item at byte {at} is placed into item {}:{} which is not a shared type; \
         no Yjs client writes this, the sender has to be fixed",
        parent.client, parent.clock
    )]
    Parent {
        /// The named parent.
        parent: Id,
        /// Position of the item in the update, in bytes.
        at: u32,
    },
    /// An item is where no client can have put it. Final, the sender's fault. The replica is as before.
    #[error("malformed update: the item at byte {at} {what}; the sender has to be fixed")]
    Misplaced {
        /// What is wrong with the place.
        what: &'static str,
        /// Position of the item in the update, in bytes.
        at: u32,
    },
    /// Its items were put beside so many that finding their places would take too long. Final, the sender's fault. The
    /// replica is as before.
    #[error(
        "{found} {what}, at most {limit} are taken; no Yjs client writes this many without having seen the others"
    )]
    Crowded {
        /// What was counted.
        what: &'static str,
        /// How many there would be.
        found: u64,
        /// How many there may be.
        limit: u64,
    },
    /// The CRDT could not read an update that passed every rule. Final. The replica is as before.
    #[error("the CRDT cannot read this update: {what}")]
    Undecodable {
        /// What the CRDT said.
        what: String,
    },
    /// The CRDT failed while it changed; what it holds is unknown. Drop the replica and rebuild it from storage.
    #[error("the replica is unusable and has to be rebuilt from storage: {what}")]
    Panicked {
        /// What the CRDT said.
        what: String,
    },
    /// The CRDT failed while it was read. A change may have been applied; rebuild the replica if it happens again.
    #[error("the replica could not be encoded: {what}")]
    Unencodable {
        /// What the CRDT said.
        what: String,
    },
    /// A stored state is not one the server wrote: parts are missing, or it reads differently than it says.
    #[error("the state is incomplete or does not read as what it says: {what}")]
    State {
        /// What does not fit.
        what: &'static str,
    },
}

impl From<(Misplaced, u32)> for ReplicaError {
    fn from((misplaced, at): (Misplaced, u32)) -> Self {
        let what = match misplaced {
            Misplaced::Parent(parent) => return Self::Parent { parent, at },
            Misplaced::Between => "is between two items of different shared types or keys",
            Misplaced::Continuation => "continues an item that is somewhere else",
            Misplaced::RightOfEntry => "is an entry of a map that is older than another from the start",
            Misplaced::Entry => "is one entry of a map with several values",
            Misplaced::Depth => "is a shared type inside more than 500 others",
        };
        Self::Misplaced { what, at }
    }
}
