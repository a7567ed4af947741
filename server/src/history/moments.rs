//! The state at a moment: the nearest state known before it, and the updates up to it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use weft_protocol::ids::{DocumentId, Seq, WriterId};
use weft_storage::{Frontier, Reach, StoreError};

use super::fold::{Fold, Unfolded};
use super::reading::Reading;
use crate::durable::Durable;

/// On the way through a long past its state is kept every so many updates.
const CHECKPOINT_UPDATES: u64 = 4_000;
/// Bytes of all states that are kept.
const CHECKPOINTS_BYTES_MAX: usize = 64 << 20;
/// Larger states are not kept.
const CHECKPOINT_BYTES_MAX: usize = 8 << 20;
/// Updates that may break the replica before the moment is given up; each costs a fold from the beginning.
const BREAKING_MAX: usize = 8;
/// A checkpoint nearer than this is used without looking for a snapshot that is nearer still.
const NEAR_UPDATES: u64 = 2 * CHECKPOINT_UPDATES;

/// What there was at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Time of the last update in it, in Unix milliseconds; none if there is none.
    pub last_ms: Option<i64>,
    /// Whole state, Yjs update format v1.
    pub state: Bytes,
}

/// Why there is no state.
#[derive(Debug, thiserror::Error)]
pub enum NoState {
    /// Storage says so.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is stored cannot be folded.
    #[error("the past cannot be read: {0}")]
    Unfolded(#[from] Unfolded),
    /// The work panicked.
    #[error("the past cannot be read: {0}")]
    Panicked(String),
}

/// A state computed lately.
#[derive(Debug, Clone)]
struct Checkpoint {
    document: DocumentId,
    /// No update in it has a greater ordering time.
    last_ms: i64,
    frontier: Frontier,
    state: Bytes,
}

/// States computed lately, those used last at the end. What is at or below a frontier never changes, so none of them is ever
/// wrong.
#[derive(Debug, Default)]
pub struct Checkpoints {
    kept: Mutex<Vec<Checkpoint>>,
}

impl Checkpoints {
    fn kept(&self) -> MutexGuard<'_, Vec<Checkpoint>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the fullest one that holds nothing later than `at_ms`.
    fn before(&self, document: DocumentId, at_ms: i64) -> Option<Checkpoint> {
        let mut kept = self.kept();
        let usable =
            kept.iter().enumerate().filter(|(_, one)| one.document == document && one.last_ms <= at_ms);
        let (at, _) = usable.max_by_key(|(_, one)| one.frontier.updates())?;
        let found = kept.remove(at);
        kept.push(found.clone());
        Some(found)
    }

    fn keep(&self, new: Checkpoint) {
        if new.state.len() > CHECKPOINT_BYTES_MAX {
            return;
        }
        let mut kept = self.kept();
        kept.retain(|one| one.document != new.document || one.frontier != new.frontier);
        kept.push(new);
        let mut bytes: usize = kept.iter().map(|one| one.state.len()).sum();
        let mut surplus = 0;
        while bytes > CHECKPOINTS_BYTES_MAX {
            bytes -= kept[surplus].state.len();
            surplus += 1;
        }
        kept.drain(..surplus);
    }
}

/// Returns the state of a document at a moment.
///
/// # Errors
/// [`NoState`].
pub async fn state_at(
    durable: &Durable,
    checkpoints: &Checkpoints,
    id: DocumentId,
    at_ms: i64,
) -> Result<State, NoState> {
    let mut left_out = Vec::new();
    loop {
        let base = Base::find(durable, checkpoints, id, at_ms).await?;
        match base.fold(durable, checkpoints, (id, at_ms), &left_out).await {
            Err(NoState::Unfolded(Unfolded::Breaks { writer, seq })) if left_out.len() < BREAKING_MAX => {
                tracing::error!(document = %id, writer = writer.0, seq, "update put aside");
                left_out.push((writer, seq));
            }
            folded => return folded,
        }
    }
}

/// Where to start.
#[derive(Debug)]
struct Base {
    known: Option<(Bytes, Frontier)>,
    /// Ordering time of the last update in it, if all that is below it is known to be in order.
    last_ms: Option<i64>,
    /// Everything at the moment.
    reach: Reach,
}

impl Base {
    async fn find(
        durable: &Durable,
        checkpoints: &Checkpoints,
        id: DocumentId,
        at_ms: i64,
    ) -> Result<Self, NoState> {
        let checkpoint = checkpoints.before(id, at_ms);
        let above = checkpoint.as_ref().map(|one| one.frontier.clone()).unwrap_or_default();
        let from = above.clone();
        let reach = durable.query(move |store| async move { store.reach_at(id, &from, at_ms).await }).await?;
        if reach.frontier.updates() - above.updates() > NEAR_UPDATES {
            let within = reach.frontier.clone();
            let finding = move |store: std::sync::Arc<dyn weft_storage::Store>| async move {
                store.snapshot_within(id, &within, at_ms).await
            };
            let snapshot = durable.query(finding).await?;
            let fuller = snapshot.filter(|one| one.frontier.updates() > above.updates());
            if let Some(snapshot) = fuller {
                let last_ms = reach.last_ms.max(checkpoint.map(|one| one.last_ms));
                let known = Some((snapshot.state, snapshot.frontier));
                return Ok(Self { known, last_ms, reach });
            }
        }
        let last_ms = checkpoint.as_ref().map(|one| one.last_ms);
        let known = checkpoint.map(|one| (one.state, one.frontier));
        Ok(Self { known, last_ms, reach })
    }

    async fn fold(
        self,
        durable: &Durable,
        checkpoints: &Checkpoints,
        (id, at_ms): (DocumentId, i64),
        left_out: &[(WriterId, Seq)],
    ) -> Result<State, NoState> {
        let above = self.known.as_ref().map(|(_, frontier)| frontier.clone()).unwrap_or_default();
        let (known, last_ms, skip) = (self.known, self.last_ms, left_out.to_vec());
        if let Some((state, frontier)) = &known
            && *frontier == self.reach.frontier
        {
            return Ok(State { last_ms, state: state.clone() });
        }
        let mut fold = heavy(durable, move || Fold::new(known, last_ms, &skip)).await?;
        let mut reading = Reading::open(durable, id, above, self.reach.frontier).await?;
        let mut due = CHECKPOINT_UPDATES;
        loop {
            let batch = reading.batch().await?;
            let is_end = batch.is_empty();
            let wants = is_end || fold.updates() + batch.len() as u64 >= due;
            let (further, checkpoint) = heavy(durable, move || {
                fold.take(batch)?;
                let checkpoint = if wants { fold.checkpoint()? } else { None };
                Ok((fold, checkpoint))
            })
            .await?;
            fold = further;
            let reached_ms = fold.last_ms();
            if let (Some((state, frontier)), Some(last_ms)) = (checkpoint, reached_ms) {
                checkpoints.keep(Checkpoint { document: id, last_ms, frontier, state: state.clone() });
                due = fold.updates() + CHECKPOINT_UPDATES;
                if is_end {
                    return Ok(State { last_ms: Some(last_ms), state });
                }
            }
            if is_end {
                let state = heavy(durable, move || fold.finish()).await?;
                debug_assert!(
                    reached_ms.is_none_or(|last_ms| last_ms <= at_ms),
                    "[T1] nothing later is in it"
                );
                return Ok(State { last_ms: reached_ms, state });
            }
        }
    }
}

async fn heavy<T: Send + 'static>(
    durable: &Durable,
    work: impl FnOnce() -> Result<T, Unfolded> + Send + 'static,
) -> Result<T, NoState> {
    Ok(durable.heavy(work).await.map_err(NoState::Panicked)??)
}

#[cfg(test)]
mod tests;
