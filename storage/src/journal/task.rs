//! The shell of the journal: one task that commits, and handles that any thread appends through.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use weft_protocol::ids::DocumentId;

use super::{Batch, Journal, JournalHealth, JournalLimits, JournalState, Outcome, Refused, SLOW_COMMIT_MS};
use crate::Store;
use crate::error::StoreError;
use crate::update::Append;

type Listener = Arc<dyn Fn(Outcome) + Send + Sync>;

/// A document's claim to its outcomes; given back through [`JournalHandle::unsubscribe`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscription {
    document: DocumentId,
    number: u64,
}

/// The deadline passed with something left to commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rows} updates of {bytes} bytes are not committed")]
pub struct Undrained {
    /// Rows waiting or in flight.
    pub rows: usize,
    /// Their bytes.
    pub bytes: usize,
}

/// The process' journal. Cheap to clone; every method may be called from any thread.
///
/// When the last handle is dropped the task commits what is left and ends.
#[derive(Clone)]
pub struct JournalHandle {
    shared: Arc<Shared>,
    /// Only handles hold this, not the task: its end is how the task learns that nobody can append any more.
    _open: Arc<CloseOnDrop>,
}

struct Shared {
    limits: JournalLimits,
    started: Instant,
    state: Mutex<State>,
    listeners: Mutex<Listeners>,
    backlog_bytes: AtomicUsize,
    /// When the commit under way began, or the first of the failures in a row; [`NEVER`] while nothing is owed.
    owed_since_ms: AtomicU64,
    /// Wakes the task, only when it sleeps.
    wake: Notify,
    /// Wakes those who wait for an empty journal.
    emptied: Notify,
}

struct State {
    core: Journal,
    health: JournalHealth,
    /// The task found nothing to do; the next append wakes it. Appends while it works need no wake-up.
    asleep: bool,
    closed: bool,
    /// Outcomes were taken from the core and not all listeners have been called.
    delivering: bool,
    flushes: Vec<(DocumentId, oneshot::Sender<()>)>,
}

#[derive(Default)]
struct Listeners {
    by_document: HashMap<DocumentId, (u64, Listener)>,
    subscribed: u64,
}

const NEVER: u64 = u64::MAX;

struct CloseOnDrop(Arc<Shared>);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        self.0.state().closed = true;
        self.0.wake.notify_one();
    }
}

impl JournalHandle {
    /// Starts the journal's task on `runtime`, which must have its timers enabled. Best a runtime of its own thread: a commit
    /// must not wait behind a document.
    #[must_use]
    pub fn spawn(store: Arc<dyn Store>, limits: JournalLimits, runtime: &Handle) -> Self {
        let _context = runtime.enter();
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                core: Journal::new(limits.clone()),
                health: JournalHealth::default(),
                asleep: false,
                closed: false,
                delivering: false,
                flushes: Vec::new(),
            }),
            limits,
            started: Instant::now(),
            listeners: Mutex::default(),
            backlog_bytes: AtomicUsize::new(0),
            owed_since_ms: AtomicU64::new(NEVER),
            wake: Notify::new(),
            emptied: Notify::new(),
        });
        runtime.spawn(supervise(Arc::clone(&shared), store));
        Self { _open: Arc::new(CloseOnDrop(Arc::clone(&shared))), shared }
    }

    /// Queues an append without blocking or awaiting. The listener of its document hears when it is durable.
    ///
    /// # Errors
    /// [`Refused`]: the update is not in the journal.
    pub fn append(&self, append: Append) -> Result<(), Refused> {
        let mut state = self.shared.state();
        state.core.push(append)?;
        self.shared.backlog_bytes.store(state.core.backlog_bytes(), Ordering::Relaxed);
        let wake = std::mem::take(&mut state.asleep);
        drop(state);
        if wake {
            self.shared.wake.notify_one();
        }
        Ok(())
    }

    /// Returns the bytes waiting and in flight, without taking a lock.
    #[must_use]
    pub fn backlog_bytes(&self) -> usize {
        self.shared.backlog_bytes.load(Ordering::Relaxed)
    }

    /// Makes `listener` hear the outcomes of `document`: one call per commit, in order, on the journal's thread, so it must
    /// only hand the outcome on. It replaces an earlier listener, and lifts the ban on a document that had failed for good.
    ///
    /// Whoever rebuilds a document after a crash awaits [`JournalHandle::flushed`] before loading it, or numbers that are
    /// still in flight would be given out twice.
    pub fn subscribe(
        &self,
        document: DocumentId,
        listener: Box<dyn Fn(Outcome) + Send + Sync>,
    ) -> Subscription {
        self.shared.state().core.reopen(document);
        let mut listeners = self.shared.listeners();
        listeners.subscribed += 1;
        let number = listeners.subscribed;
        listeners.by_document.insert(document, (number, Arc::from(listener)));
        Subscription { document, number }
    }

    /// Ends a subscription; one that was replaced is ended already. A call that is under way may still finish after this.
    pub fn unsubscribe(&self, subscription: Subscription) {
        let mut listeners = self.shared.listeners();
        let current = listeners.by_document.get(&subscription.document).map(|(number, _)| *number);
        if current == Some(subscription.number) {
            listeners.by_document.remove(&subscription.document);
            // Nobody appends until somebody subscribes anew, for which this lock is needed: a ban need not be remembered.
            self.shared.state().core.reopen(subscription.document);
        }
    }

    /// Resolves when nothing of the document is queued or in flight and its listener has heard so. While the store is away
    /// that can take for ever: combine it with a deadline. May be dropped at any time.
    pub async fn flushed(&self, document: DocumentId) {
        let (sender, receiver) = oneshot::channel();
        {
            let mut state = self.shared.state();
            if !state.delivering && !state.core.is_pending(document) {
                return;
            }
            state.flushes.push((document, sender));
        }
        // An error means that the task is gone with its runtime, so nothing will ever be in flight again.
        drop(receiver.await);
    }

    /// Resolves when the journal is empty and all listeners have heard so. Appends stay possible; the caller stops them first.
    ///
    /// # Errors
    /// [`Undrained`] if the deadline passes before.
    pub async fn drain(&self, deadline: Instant) -> Result<(), Undrained> {
        loop {
            let emptied = self.shared.emptied.notified();
            let left = self.shared.left();
            if left.rows == 0 {
                return Ok(());
            }
            if timeout_at(deadline, emptied).await.is_err() {
                let left = self.shared.left();
                return if left.rows == 0 { Ok(()) } else { Err(left) };
            }
        }
    }

    /// Returns for how many milliseconds commits have been failing or the one under way has had no answer, without taking a
    /// lock; 0 when neither.
    #[must_use]
    pub fn overdue_ms(&self) -> u64 {
        match self.shared.owed_since_ms.load(Ordering::Relaxed) {
            NEVER => 0,
            since_ms => self.shared.now_ms().saturating_sub(since_ms),
        }
    }

    /// Returns state and counters.
    #[must_use]
    pub fn health(&self) -> JournalHealth {
        let (now_ms, overdue_ms) = (self.shared.now_ms(), self.overdue_ms());
        let state = self.shared.state();
        let journal_state = match state.core.retrying() {
            Some(retrying) => JournalState::Retrying {
                since_ms: now_ms.saturating_sub(retrying.since_ms),
                error: retrying.error.clone(),
            },
            None if overdue_ms >= SLOW_COMMIT_MS => JournalState::Waiting { since_ms: overdue_ms },
            None => JournalState::Ok,
        };
        JournalHealth {
            state: journal_state,
            backlog_bytes: state.core.backlog_bytes(),
            backlog_rows: state.core.backlog_rows(),
            ..state.health.clone()
        }
    }
}

/// What the task does next.
enum Step {
    Commit(Batch),
    PauseUntil(Instant),
    Sleep,
    End,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listeners(&self) -> MutexGuard<'_, Listeners> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Returns what is not committed; outcomes on their way to listeners count as one row at least.
    fn left(&self) -> Undrained {
        let state = self.state();
        let rows = state.core.backlog_rows().max(usize::from(state.delivering));
        Undrained { rows, bytes: state.core.backlog_bytes() }
    }

    fn step(&self) -> Step {
        let now_ms = self.now_ms();
        let mut state = self.state();
        if let Some(batch) = state.core.next_batch(now_ms) {
            let since_ms = state.core.retrying().map_or(now_ms, |retrying| retrying.since_ms);
            self.owed_since_ms.store(since_ms, Ordering::Relaxed);
            return Step::Commit(batch);
        }
        if let Some(retrying) = state.core.retrying() {
            return Step::PauseUntil(self.started + Duration::from_millis(retrying.due_ms));
        }
        if state.closed {
            return Step::End;
        }
        state.asleep = true;
        Step::Sleep
    }

    fn settle(&self, batch: &[Append], result: Result<(), StoreError>, took: Duration) {
        let now_ms = self.now_ms();
        let mut state = self.state();
        let was_retrying = state.core.retrying().is_some();
        match &result {
            Ok(()) => {
                let bytes = batch.iter().map(|append| append.payload.len()).sum();
                let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
                state.health.count_commit(batch.len(), bytes, took_us);
                if was_retrying {
                    tracing::info!(rows = batch.len(), "commits succeed again");
                }
            }
            Err(error) => {
                state.health.failures += 1;
                if !was_retrying {
                    tracing::warn!(%error, rows = batch.len(), "a commit failed");
                }
            }
        }
        let outcomes = state.core.settled(now_ms, result);
        let since_ms = state.core.retrying().map_or(NEVER, |retrying| retrying.since_ms);
        self.owed_since_ms.store(since_ms, Ordering::Relaxed);
        let failed = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Failed { .. })).count();
        state.health.documents_failed += failed as u64;
        self.backlog_bytes.store(state.core.backlog_bytes(), Ordering::Relaxed);
        state.delivering = true;
        drop(state);
        self.deliver(outcomes);
    }

    /// Calls the listeners without holding a lock, then lets go those who wait for a flush.
    fn deliver(&self, outcomes: Vec<Outcome>) {
        let calls: Vec<(Option<Listener>, Outcome)> = {
            let listeners = self.listeners();
            let listener = |id| listeners.by_document.get(&id).map(|(_, listener)| Arc::clone(listener));
            outcomes.into_iter().map(|outcome| (listener(outcome.document()), outcome)).collect()
        };
        for (listener, outcome) in calls {
            if let Outcome::Failed { document, from_seq, error } = &outcome {
                tracing::error!(%document, from_seq, %error, "updates cannot be stored and are given up");
            }
            let Some(listener) = listener else { continue };
            if catch_unwind(AssertUnwindSafe(|| listener(outcome))).is_err() {
                tracing::error!("a journal listener panicked");
            }
        }
        let mut state = self.state();
        state.delivering = false;
        let (done, waiting): (Vec<_>, Vec<_>) = std::mem::take(&mut state.flushes)
            .into_iter()
            .partition(|(document, sender)| sender.is_closed() || !state.core.is_pending(*document));
        state.flushes = waiting;
        let empty = state.core.backlog_rows() == 0;
        drop(state);
        for (_, sender) in done {
            // The waiter may have given up, which is its right.
            let _ = sender.send(());
        }
        if empty {
            self.emptied.notify_waiters();
        }
    }
}

/// Runs the task again if it panics: without it every acknowledgement would wait for ever. What was in flight then is of
/// unknown outcome, like a broken connection.
async fn supervise(shared: Arc<Shared>, store: Arc<dyn Store>) {
    while let Err(error) = tokio::spawn(run(Arc::clone(&shared), Arc::clone(&store))).await {
        if !error.is_panic() {
            return;
        }
        tracing::error!(%error, "the journal's task panicked");
        let why = "the journal's task panicked".to_owned();
        shared.settle(&[], Err(StoreError::Unavailable { why }), Duration::ZERO);
    }
}

async fn run(shared: Arc<Shared>, store: Arc<dyn Store>) {
    let limit = Duration::from_millis(shared.limits.commit_timeout_ms);
    loop {
        match shared.step() {
            Step::Commit(batch) => {
                let begun = Instant::now();
                let result = timeout(limit, store.append(&batch)).await.unwrap_or_else(|_| {
                    let why = format!("no answer to a commit within {} ms", limit.as_millis());
                    Err(StoreError::Unavailable { why })
                });
                shared.settle(&batch, result, begun.elapsed());
            }
            Step::PauseUntil(due) => sleep_until(due).await,
            Step::Sleep => shared.wake.notified().await,
            Step::End => return,
        }
    }
}

#[cfg(test)]
mod tests;
