//! Work on a replica that is too long for an arbiter thread.
//!
//! The replica travels with the work, so that exactly one thread has it; the document collects what arrives meanwhile.

use bytes::Bytes;
use weft_protocol::ids::SessionId;

use super::replica::{Outcome, Replica, ReplicaError};

/// One thing to do with the replica.
#[derive(Debug)]
pub enum Task {
    /// Encode what a session lacks.
    Diff {
        /// Who asked.
        session: SessionId,
        /// The session's state vector.
        state_vector: Bytes,
    },
    /// Encode the whole state.
    State,
    /// Apply an update that takes long.
    Apply(Apply),
    /// Try an update again that was held and takes long.
    Retry(Apply),
}

/// An update on its way into the replica.
#[derive(Debug, Clone)]
pub struct Apply {
    /// Who sent it.
    pub session: SessionId,
    /// Which of the session's data frames it is, from 1.
    pub frame: u64,
    /// How much of it must be applicable.
    pub kind: ApplyKind,
    /// The raw update.
    pub payload: Bytes,
    /// Given back when done, in bytes.
    pub cost_bytes: usize,
}

/// How much of an update must be applicable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplyKind {
    /// All of it (a live update).
    Whole,
    /// The causally complete part (a sync reply).
    Available,
    /// None: it is only looked at, because its author may not write.
    Look,
}

/// Work handed out.
#[derive(Debug)]
pub struct Work {
    /// The replica, on loan.
    pub replica: Replica,
    /// What to do, in order.
    pub tasks: Vec<Task>,
}

/// What one task came to.
#[derive(Debug)]
pub enum TaskResult {
    /// What a session lacked, or that its state vector is not one.
    Diff {
        /// Who asked.
        session: SessionId,
        /// The encoded difference.
        diff: Result<Vec<u8>, ReplicaError>,
    },
    /// The whole state.
    State(Result<Bytes, ReplicaError>),
    /// What became of an update.
    Apply {
        /// The update.
        apply: Apply,
        /// What became of it.
        outcome: Result<Outcome, ReplicaError>,
    },
    /// What became of an update that had been held.
    Retry {
        /// The update.
        apply: Apply,
        /// What became of it.
        outcome: Result<Outcome, ReplicaError>,
    },
}

/// Work done.
#[derive(Debug)]
pub struct Worked {
    /// The replica, back again.
    pub replica: Replica,
    /// One result a task, in order.
    pub results: Vec<TaskResult>,
}

impl Work {
    /// Does the work; blocks for milliseconds to seconds.
    #[must_use]
    pub fn run(self) -> Worked {
        let mut replica = self.replica;
        let results = self.tasks.into_iter().map(|task| task.run(&mut replica)).collect();
        Worked { replica, results }
    }
}

impl Task {
    /// Does one task.
    pub fn run(self, replica: &mut Replica) -> TaskResult {
        match self {
            Self::Diff { session, state_vector } => {
                TaskResult::Diff { session, diff: replica.diff(&state_vector) }
            }
            Self::State => TaskResult::State(replica.encode_state().map(Bytes::from)),
            Self::Apply(apply) => {
                let outcome = apply.run(replica);
                TaskResult::Apply { apply, outcome }
            }
            Self::Retry(apply) => {
                let outcome = apply.run(replica);
                TaskResult::Retry { apply, outcome }
            }
        }
    }
}

impl Apply {
    /// Applies the update.
    ///
    /// # Errors
    /// The replica's.
    pub fn run(&self, replica: &mut Replica) -> Result<Outcome, ReplicaError> {
        match self.kind {
            ApplyKind::Whole => replica.apply(&self.payload),
            ApplyKind::Available => replica.apply_available(&self.payload),
            ApplyKind::Look => replica.look(&self.payload),
        }
    }

    /// Applies the update if it has at most `bytes_max` bytes and takes a few milliseconds at most; otherwise nothing
    /// happens, and it has to be run elsewhere.
    ///
    /// # Errors
    /// The replica's.
    pub fn run_if_short(
        &self,
        replica: &mut Replica,
        bytes_max: usize,
    ) -> Result<Option<Outcome>, ReplicaError> {
        if self.payload.len() > bytes_max {
            return Ok(None);
        }
        match self.kind {
            ApplyKind::Whole => replica.apply_if_short(&self.payload),
            ApplyKind::Available => replica.apply_available_if_short(&self.payload),
            ApplyKind::Look => replica.look(&self.payload).map(Some),
        }
    }
}
