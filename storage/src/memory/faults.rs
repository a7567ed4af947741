//! Faults on request.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use weft_protocol::ids::DocumentId;

use crate::error::StoreError;

/// What the next calls on a [`MemoryStore`](super::MemoryStore) shall suffer. All clones of a store share one.
#[derive(Debug, Default)]
pub struct Faults {
    plan: Mutex<Plan>,
    released: Notify,
}

#[derive(Debug, Default)]
struct Plan {
    fail_before: u32,
    fail_after: u32,
    fail_reads: u32,
    panics: u32,
    stalled: bool,
    writes_refused: bool,
    rejected: BTreeSet<DocumentId>,
}

/// Where in a commit the fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strike {
    /// Not at all.
    Never,
    /// Nothing was written.
    Before,
    /// Everything was written and the reply was lost.
    After,
}

impl Faults {
    /// Makes the next `commits` writes fail with nothing written.
    pub fn fail_before_commit(&self, commits: u32) {
        self.plan().fail_before = commits;
    }

    /// Makes the next `commits` writes commit and then lose the reply; those asked for by
    /// [`Faults::fail_before_commit`] come first.
    pub fn fail_after_commit(&self, commits: u32) {
        self.plan().fail_after = commits;
    }

    /// Makes the next `commits` writes panic with nothing written.
    pub fn panic_at_commit(&self, commits: u32) {
        self.plan().panics = commits;
    }

    /// Makes the next `reads` reads fail.
    pub fn fail_reads(&self, reads: u32) {
        self.plan().fail_reads = reads;
    }

    /// Makes every write fail with nothing written until [`Faults::take_writes`], as a full disk or a standby does; reads work.
    pub fn refuse_writes(&self) {
        self.plan().writes_refused = true;
    }

    /// Takes back [`Faults::refuse_writes`].
    pub fn take_writes(&self) {
        self.plan().writes_refused = false;
    }

    /// Makes every call, reads included, wait until [`Faults::release`]; what it then does is as if it had come late.
    pub fn stall(&self) {
        self.plan().stalled = true;
    }

    /// Lets stalled and future calls go on.
    pub fn release(&self) {
        self.plan().stalled = false;
        self.released.notify_waiters();
    }

    /// Makes every append that touches `document` fail for good, until [`Faults::accept`].
    pub fn reject(&self, document: DocumentId) {
        self.plan().rejected.insert(document);
    }

    /// Takes back [`Faults::reject`].
    pub fn accept(&self, document: DocumentId) {
        self.plan().rejected.remove(&document);
    }

    /// Waits while the store is stalled.
    pub(super) async fn pass(&self) {
        loop {
            let released = self.released.notified();
            if !self.plan().stalled {
                return;
            }
            released.await;
        }
    }

    pub(super) fn strike_write(&self) -> Strike {
        let mut plan = self.plan();
        if plan.panics > 0 {
            plan.panics -= 1;
            drop(plan);
            panic!("a commit panics on request");
        }
        if plan.writes_refused {
            Strike::Before
        } else if plan.fail_before > 0 {
            plan.fail_before -= 1;
            Strike::Before
        } else if plan.fail_after > 0 {
            plan.fail_after -= 1;
            Strike::After
        } else {
            Strike::Never
        }
    }

    pub(super) fn strike_read(&self) -> Result<(), StoreError> {
        let mut plan = self.plan();
        if plan.fail_reads == 0 {
            return Ok(());
        }
        plan.fail_reads -= 1;
        Err(unavailable("a read fails on request"))
    }

    pub(super) fn is_rejected(&self, document: DocumentId) -> bool {
        self.plan().rejected.contains(&document)
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn unavailable(why: &str) -> StoreError {
    StoreError::Unavailable { why: why.into() }
}
