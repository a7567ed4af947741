//! Group commit: one journal per process turns the appends of all documents into few, large transactions.
//!
//! [`Journal`] is the pure core: no clock, no task, no store. [`JournalHandle`] is the shell that drives it.
//!
//! ```text
//!            push                 next_batch                 settled
//!   appends ------> queue ----------------------> in flight -------> Ok: committed, documents are told
//!                     ^                            |     ^
//!                     |                            |     | after a backoff, the same rows under the same keys
//!                   (new rows wait)                v     |
//!                                     unknown outcome: head of the line
//!                                     permanent error: cut in two, the pieces go to the head of the line;
//!                                                      a piece of one row that still fails is the culprit
//! ```
//!
//! - At most one batch is in flight; what arrives meanwhile is the next one. No timer is involved unless the store fails.
//! - Rows leave in the order they came, so per document in the order of their numbers, and a row is never passed by a later
//!   one of its document: whatever is committed of a document is a prefix of what it appended.
//! - Nothing is dropped except the rows of a document from its culprit on, and those are reported.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use weft_protocol::ids::{DocumentId, Seq};

use crate::error::StoreError;
use crate::update::Append;

mod bisect;
mod health;
mod task;
#[cfg(test)]
mod tests;

pub use health::{COMMIT_BUCKETS, JournalHealth, JournalState, SLOW_COMMIT_MS};
pub use task::{JournalHandle, Subscription, Undrained};

/// Bounds of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalLimits {
    /// Most rows in one transaction.
    pub batch_rows_max: usize,
    /// Most bytes ([`Append::weight_bytes`]) in one transaction; a single larger row still goes, alone.
    pub batch_bytes_max: usize,
    /// Most bytes waiting and in flight together, over all documents.
    pub backlog_bytes_max: usize,
    /// Pause after the first failure in a row; it doubles with every further one.
    pub retry_first_ms: u64,
    /// Longest pause between attempts.
    pub retry_max_ms: u64,
    /// Longest time one commit may take before its outcome counts as unknown and it is tried again. It only has to outlast the
    /// timeouts of the store itself.
    pub commit_timeout_ms: u64,
}

impl Default for JournalLimits {
    fn default() -> Self {
        Self {
            batch_rows_max: 1_000,
            batch_bytes_max: 4 << 20,
            backlog_bytes_max: 256 << 20,
            retry_first_ms: 20,
            retry_max_ms: 2_000,
            commit_timeout_ms: 30_000,
        }
    }
}

/// Why an append was not taken. The update is not in the journal and must not be acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The backlog is at its bound: the store has been away or too slow for too long.
    #[error("{backlog_bytes} bytes wait for the store, at most {backlog_bytes_max} may")]
    Full {
        /// Bytes waiting and in flight.
        backlog_bytes: usize,
        /// The bound.
        backlog_bytes_max: usize,
    },
    /// Earlier updates of this document failed for good; taking later ones would leave a hole. Lifted by
    /// [`Journal::reopen`] once the document was rebuilt from the store.
    #[error("document {document} has updates that failed for good")]
    Failed {
        /// The document.
        document: DocumentId,
    },
    /// The number does not follow the one before it: a fault of the caller that would leave a hole.
    #[error("document {document} appends seq {found} where {expected} is next")]
    OutOfOrder {
        /// The document.
        document: DocumentId,
        /// The number that would be dense.
        expected: Seq,
        /// The number given.
        found: Seq,
    },
}

/// What became of a document's appends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything up to this number is durable.
    Committed {
        /// The document.
        document: DocumentId,
        /// Highest number that is durable.
        up_to: Seq,
    },
    /// Everything from this number on was given up for good; everything below it is durable.
    Failed {
        /// The document.
        document: DocumentId,
        /// First number that was given up.
        from_seq: Seq,
        /// Why.
        error: StoreError,
    },
}

impl Outcome {
    /// Returns the document this concerns.
    #[must_use]
    pub fn document(&self) -> DocumentId {
        match self {
            Self::Committed { document, .. } | Self::Failed { document, .. } => *document,
        }
    }
}

/// Rows that go into one transaction, shared with the shell so that a retry copies nothing.
pub type Batch = Arc<Vec<Append>>;

/// A row of failures that has not ended yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retrying {
    /// When the commit began that failed first, by the clock of the caller, in milliseconds.
    pub since_ms: u64,
    /// When the next attempt is due, by the same clock.
    pub due_ms: u64,
    /// What the store said last.
    pub error: StoreError,
    /// The pause that led to `due_ms`.
    delay_ms: u64,
}

/// What waits or is in flight of one document.
#[derive(Clone, Copy, Debug)]
struct Pending {
    rows: usize,
    last_seq: Seq,
}

/// The pure core of the journal. Time is any millisecond clock of the caller that does not run backwards.
#[derive(Debug)]
pub struct Journal {
    limits: JournalLimits,
    queue: VecDeque<Append>,
    /// What goes before the queue: a batch to be retried, or what a permanent error left of one.
    pieces: VecDeque<Batch>,
    in_flight: Option<Batch>,
    /// When it was handed out.
    in_flight_since_ms: u64,
    retrying: Option<Retrying>,
    /// Only documents with something pending have an entry, so this stays as small as the backlog.
    pending: HashMap<DocumentId, Pending>,
    failed: HashSet<DocumentId>,
    /// Documents whose newest number was refused, and that number: nothing later may pass it.
    holes: HashMap<DocumentId, Seq>,
    backlog_bytes: usize,
    backlog_rows: usize,
}

/// Capacity, in rows, that an empty queue may keep after a flood.
const QUEUE_ROWS_KEPT: usize = 1 << 16;

impl Journal {
    /// Makes an empty journal.
    #[must_use]
    pub fn new(limits: JournalLimits) -> Self {
        Self {
            limits,
            queue: VecDeque::new(),
            pieces: VecDeque::new(),
            in_flight: None,
            in_flight_since_ms: 0,
            retrying: None,
            pending: HashMap::new(),
            failed: HashSet::new(),
            holes: HashMap::new(),
            backlog_bytes: 0,
            backlog_rows: 0,
        }
    }

    /// Takes an append into the queue.
    ///
    /// # Errors
    /// [`Refused`]; the journal is then as it was, except that it takes no later number of the document before this one.
    pub fn push(&mut self, append: Append) -> Result<(), Refused> {
        let (document, weight) = (append.document, append.weight_bytes());
        if !self.failed.is_empty() && self.failed.contains(&document) {
            return Err(Refused::Failed { document });
        }
        if let Some(expected) = self.expected(document)
            && append.seq != expected
        {
            return Err(Refused::OutOfOrder { document, expected, found: append.seq });
        }
        let backlog_bytes = self.backlog_bytes + weight;
        if backlog_bytes > self.limits.backlog_bytes_max {
            self.holes.insert(document, append.seq);
            let (backlog_bytes, backlog_bytes_max) = (self.backlog_bytes, self.limits.backlog_bytes_max);
            return Err(Refused::Full { backlog_bytes, backlog_bytes_max });
        }
        if !self.holes.is_empty() {
            self.holes.remove(&document);
        }
        let pending = self.pending.entry(document).or_insert(Pending { rows: 0, last_seq: append.seq });
        *pending = Pending { rows: pending.rows + 1, last_seq: append.seq };
        self.backlog_bytes = backlog_bytes;
        self.backlog_rows += 1;
        self.queue.push_back(append);
        Ok(())
    }

    /// Returns the only number of the document that leaves no hole, where the journal can know it: the one it refused last, or
    /// the one behind what is pending.
    fn expected(&self, document: DocumentId) -> Option<Seq> {
        let refused = if self.holes.is_empty() { None } else { self.holes.get(&document).copied() };
        refused.or_else(|| self.pending.get(&document).map(|pending| pending.last_seq + 1))
    }

    /// Returns the rows to commit now, if there are any and nothing is in flight and no pause is on. The caller reports
    /// what became of them through [`Journal::settled`].
    pub fn next_batch(&mut self, now_ms: u64) -> Option<Batch> {
        let paused = self.retrying.as_ref().is_some_and(|retrying| now_ms < retrying.due_ms);
        if self.in_flight.is_some() || paused {
            return None;
        }
        let batch = self.pieces.pop_front().or_else(|| self.gather())?;
        self.in_flight = Some(Arc::clone(&batch));
        self.in_flight_since_ms = now_ms;
        Some(batch)
    }

    fn gather(&mut self) -> Option<Batch> {
        let mut bytes = 0;
        let fits = |append: &&Append| {
            bytes += append.weight_bytes();
            bytes <= self.limits.batch_bytes_max
        };
        let fitting = self.queue.iter().take(self.limits.batch_rows_max).take_while(fits).count();
        let rows = fitting.max(1).min(self.queue.len());
        if rows == 0 {
            return None;
        }
        let batch = self.queue.drain(..rows).collect();
        if self.queue.is_empty() && self.queue.capacity() > QUEUE_ROWS_KEPT {
            self.queue = VecDeque::new();
        }
        Some(Arc::new(batch))
    }

    /// Takes what became of the batch in flight and returns what the documents are to be told: one outcome per document.
    ///
    /// A retryable error keeps the batch, to be tried again first and unchanged. A permanent error leads to smaller batches
    /// until the row that causes it stands alone.
    pub fn settled(&mut self, now_ms: u64, result: Result<(), StoreError>) -> Vec<Outcome> {
        let Some(batch) = self.in_flight.take() else {
            return Vec::new();
        };
        match result {
            Ok(()) => {
                self.retrying = None;
                self.committed(&batch)
            }
            Err(error) if error.is_retryable() => {
                self.retrying = Some(self.pause(now_ms, error));
                self.pieces.push_front(batch);
                Vec::new()
            }
            Err(error) => {
                self.retrying = None;
                self.refused_for_good(&batch, error)
            }
        }
    }

    fn pause(&self, now_ms: u64, error: StoreError) -> Retrying {
        let (since_ms, delay_ms) = match &self.retrying {
            Some(earlier) => (earlier.since_ms, earlier.delay_ms.saturating_mul(2)),
            None => (self.in_flight_since_ms, self.limits.retry_first_ms),
        };
        let delay_ms = delay_ms.min(self.limits.retry_max_ms);
        Retrying { since_ms, due_ms: now_ms.saturating_add(delay_ms), error, delay_ms }
    }

    fn committed(&mut self, batch: &[Append]) -> Vec<Outcome> {
        let mut outcomes: Vec<Outcome> = Vec::new();
        let mut places: HashMap<DocumentId, usize> = HashMap::with_capacity(batch.len());
        for append in batch {
            self.release(append);
            let committed = Outcome::Committed { document: append.document, up_to: append.seq };
            match places.get(&append.document) {
                Some(&place) => outcomes[place] = committed,
                None => {
                    places.insert(append.document, outcomes.len());
                    outcomes.push(committed);
                }
            }
        }
        outcomes
    }

    fn refused_for_good(&mut self, batch: &[Append], error: StoreError) -> Vec<Outcome> {
        if let [culprit] = batch {
            return vec![self.give_up(culprit, error)];
        }
        let (first, second) = bisect::cut(batch, error.blamed_document());
        self.pieces.push_front(Arc::new(second));
        self.pieces.push_front(Arc::new(first));
        Vec::new()
    }

    /// Drops the rows of a document from the culprit on: committing later ones would leave a hole.
    fn give_up(&mut self, culprit: &Append, error: StoreError) -> Outcome {
        let document = culprit.document;
        self.release(culprit);
        let mut dropped = Vec::new();
        for piece in std::mem::take(&mut self.pieces) {
            let (its, others): (Vec<_>, Vec<_>) = piece.iter().cloned().partition(|a| a.document == document);
            dropped.extend(its);
            if !others.is_empty() {
                self.pieces.push_back(Arc::new(others));
            }
        }
        let waiting = std::mem::take(&mut self.queue);
        let (its, others): (VecDeque<_>, VecDeque<_>) =
            waiting.into_iter().partition(|a| a.document == document);
        self.queue = others;
        dropped.extend(its);
        dropped.iter().for_each(|append| self.release(append));
        debug_assert!(!self.pending.contains_key(&document), "every row of a failed document is released");
        self.failed.insert(document);
        Outcome::Failed { document, from_seq: culprit.seq, error }
    }

    /// Takes a row that left the journal out of the accounts.
    fn release(&mut self, append: &Append) {
        self.backlog_bytes -= append.weight_bytes();
        self.backlog_rows -= 1;
        let pending =
            self.pending.get_mut(&append.document).expect("a row in the journal is counted as pending");
        pending.rows -= 1;
        if pending.rows == 0 {
            self.pending.remove(&append.document);
        }
    }

    /// Takes appends of a document again that had failed for good or were refused, after it was rebuilt from the store.
    pub fn reopen(&mut self, document: DocumentId) {
        self.failed.remove(&document);
        self.holes.remove(&document);
    }

    /// Returns whether anything of the document waits or is in flight.
    #[must_use]
    pub fn is_pending(&self, document: DocumentId) -> bool {
        self.pending.contains_key(&document)
    }

    /// Returns whether a batch was handed out and not settled.
    #[must_use]
    pub fn is_in_flight(&self) -> bool {
        self.in_flight.is_some()
    }

    /// Returns the failures that have not ended yet.
    #[must_use]
    pub fn retrying(&self) -> Option<&Retrying> {
        self.retrying.as_ref()
    }

    /// Returns the bytes waiting and in flight.
    #[must_use]
    pub fn backlog_bytes(&self) -> usize {
        self.backlog_bytes
    }

    /// Returns the rows waiting and in flight.
    #[must_use]
    pub fn backlog_rows(&self) -> usize {
        self.backlog_rows
    }
}
