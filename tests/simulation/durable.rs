//! Storage and what runs away from the documents: commits, loading, work on replicas, snapshots.

use bytes::Bytes;
use futures_util::FutureExt;
use weft_protocol::ids::{DocumentId, WriterId};
use weft_server::document::attribution::AuthorsLost;
use weft_server::document::event::{Event, LoadFailure, StorageState};
use weft_server::document::loading::{rebuild, whole_state};
use weft_server::document::replica::Replica as ServerReplica;
use weft_storage::journal::{Batch, Outcome, Retrying, SLOW_COMMIT_MS};
use weft_storage::{Frontier, NewSnapshot, SnapshotKind, Store, StoreError, Stored, VersionBounds};

use crate::process::{Incarnation, Job};
use crate::replica::Replica;
use crate::world::World;

/// What a seed does to a commit.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Commits,
    FailsBefore,
    LosesReply,
    /// Nobody waits any longer; it may land when its repetition has.
    LandsLate,
    Rejected,
}

/// The memory store answers at once.
const AT_ONCE: &str = "the memory store is not stalled";

impl World {
    /// Starts the next commit, if it is time.
    pub fn start_commit(&mut self) {
        let now_ms = self.now.mono_us / 1_000;
        if self.process.commit.is_none() {
            self.process.commit = self.process.journal.next_batch(now_ms);
        }
    }

    /// Ends the commit under way in one of the ways commits end.
    pub fn settle_commit(&mut self) {
        let Some(batch) = self.process.commit.take() else { return };
        let fate = self.fate();
        let (first, rows) = (batch[0].seq, batch.len());
        self.note(|| format!("store: commit of {rows} rows from {first}: {fate:?}"));
        let writer = self.process.writer;
        let unknown = |why: &str| Err(StoreError::Unavailable { why: why.to_owned() });
        let result = match fate {
            Fate::Commits => self.commit(writer, &batch),
            Fate::FailsBefore => unknown("nothing was written"),
            Fate::LosesReply => self.commit(writer, &batch).and_then(|()| unknown("the reply was lost")),
            Fate::LandsLate => {
                self.late.push((writer, batch));
                unknown("no answer in time")
            }
            Fate::Rejected => {
                let (key, why) = ("some row".to_owned(), "for the sake of it".to_owned());
                Err(StoreError::Rejected { table: "updates", key, why })
            }
        };
        let outcomes = self.process.journal.settled(self.now.mono_us / 1_000, result);
        outcomes.into_iter().for_each(|outcome| self.deliver(outcome));
    }

    fn fate(&mut self) -> Fate {
        let (fate, what) = match self.random.below(100) {
            _ if !self.faults => return Fate::Commits,
            _ if self.takes_no_writes() => (Fate::FailsBefore, "commit refused"),
            0..8 => (Fate::FailsBefore, "commit failed"),
            8..18 => (Fate::LosesReply, "reply lost"),
            18..22 => (Fate::LandsLate, "commit timed out"),
            22 => (Fate::Rejected, "commit rejected"),
            _ => return Fate::Commits,
        };
        self.coverage.note(what);
        fate
    }

    /// Begins a time in which the store takes no writes.
    pub fn run_short(&mut self) {
        self.full_until_us = self.now.mono_us + 1_000_000 + self.random.below(20_000_000);
        self.note(|| "store: takes no writes for a while".to_owned());
    }

    fn takes_no_writes(&self) -> bool {
        self.faults && self.now.mono_us < self.full_until_us
    }

    /// Returns how storage does, as the documents' shell looks at it.
    pub fn storage_state(&self) -> StorageState {
        let now_ms = self.now.mono_us / 1_000;
        let since_ms = |retrying: &Retrying| now_ms.saturating_sub(retrying.since_ms);
        match self.process.journal.retrying().map(since_ms) {
            Some(since_ms) if since_ms >= SLOW_COMMIT_MS => {
                StorageState::Away { since_ms, reason: "storage takes no changes" }
            }
            Some(_) | None => StorageState::Ok,
        }
    }

    fn commit(&mut self, writer: WriterId, batch: &Batch) -> Result<(), StoreError> {
        let store = self.store.with_writer(writer);
        store.append(batch).now_or_never().expect(AT_ONCE)?;
        self.ledger.commit(writer, batch);
        Ok(())
    }

    /// Lets a commit land that nobody waits for any more.
    pub fn land_late(&mut self) {
        if self.late.is_empty() {
            return;
        }
        let (writer, batch) = self.late.remove(0);
        self.orphaned |= writer != self.process.writer;
        let result = self.commit(writer, &batch);
        self.note(|| format!("store: a commit lands late: {result:?}"));
        self.coverage.note("commit landed late");
    }

    fn deliver(&mut self, outcome: Outcome) {
        let listener = self.process.listeners.get(&outcome.document());
        let Some(host) = listener.and_then(|incarnation| self.process.hosts.get_mut(incarnation)) else {
            return;
        };
        match outcome {
            Outcome::Committed { up_to, .. } => {
                host.signals.committed = Some(host.signals.committed.unwrap_or(0).max(up_to));
            }
            Outcome::Failed { error, .. } => {
                host.signals.failed.get_or_insert(error.to_string());
            }
        }
    }

    /// Returns whether a job could end now.
    pub fn is_ready(&self, job: &Job) -> bool {
        match job {
            Job::FlushAt(_, mono_us) => *mono_us <= self.now.mono_us,
            Job::Fetch(incarnation) => {
                let host = self.process.hosts.get(incarnation);
                self.faults || host.is_none_or(|host| !self.process.journal.is_pending(host.id))
            }
            Job::Rebuild(..) | Job::Work(..) | Job::Save(..) | Job::Authors(..) | Job::Answer(..) => true,
        }
    }

    /// Lets a job end, and tells who waits for it.
    pub fn run_job(&mut self, index: usize) {
        match self.process.jobs.swap_remove(index) {
            Job::Fetch(incarnation) => self.fetch(incarnation),
            Job::Rebuild(incarnation, stored) => self.rebuild(incarnation, stored),
            Job::Work(incarnation, _) if self.panics(12) => {
                self.coverage.note("work panicked");
                self.step(incarnation, Event::WorkFailed("for the sake of it".to_owned()));
            }
            Job::Work(incarnation, work) => {
                self.step(incarnation, Event::Worked(Box::new(work.run())));
            }
            Job::Save(incarnation, id, state, frontier) => {
                let saved = self.save(id, state, frontier);
                self.step(incarnation, Event::SnapshotSaved(saved));
            }
            Job::Authors(incarnation) if self.panics(6) => {
                self.step(incarnation, Event::AuthorsSaved(Err(AuthorsLost::ForNow)));
            }
            Job::Authors(incarnation) => self.step(incarnation, Event::AuthorsSaved(Ok(()))),
            Job::FlushAt(incarnation, _) => self.step(incarnation, Event::Flush),
            Job::Answer(incarnation, true) => self.step(incarnation, Event::CloseGranted),
            Job::Answer(incarnation, false) => self.step(incarnation, Event::CloseDenied),
        }
    }

    fn fetch(&mut self, incarnation: Incarnation) {
        let Some(host) = self.process.hosts.get(&incarnation) else { return };
        let (id, pending) = (host.id, self.process.journal.is_pending(host.id));
        if pending && !self.fails(1, 20) {
            return self.process.jobs.push(Job::Fetch(incarnation));
        }
        if pending || self.fails(1, 12) {
            self.coverage.note("load failed");
            let away = LoadFailure::Away("the store is away".to_owned());
            return self.step(incarnation, Event::LoadFailed(away));
        }
        let stored = self.load(id);
        if let Some(state) = whole_state(&stored) {
            self.step(incarnation, Event::Fetched(state));
        }
        self.process.jobs.push(Job::Rebuild(incarnation, stored));
    }

    /// Reads a document.
    ///
    /// # Panics
    /// [D3] when its rows have holes, [D6] when a snapshot is broken.
    pub fn load(&self, id: DocumentId) -> Stored {
        let loaded = self.store.load(id).now_or_never().expect(AT_ONCE);
        let stored = loaded.expect("[D3] what is stored can be read");
        assert!(stored.quarantined.is_empty(), "[D6] a stored snapshot opens");
        stored
    }

    fn rebuild(&mut self, incarnation: Incarnation, stored: Stored) {
        let Some(host) = self.process.hosts.get(&incarnation) else { return };
        let id = host.id;
        if stored.snapshot.is_some() {
            self.coverage.note("snapshot loaded");
        }
        let loaded = rebuild(stored).expect("[D5] what was accepted can be read again");
        assert!(loaded.ahead.is_empty(), "[D7] no row is stored before its causes");
        let state = loaded.replica.encode_state().expect("[H2] what was loaded can be encoded");
        self.assert_state(id, &state, &loaded.frontier, "[D1] a load holds the committed rows");
        self.step(incarnation, Event::Loaded(Box::new(loaded)));
    }

    fn assert_state(&self, id: DocumentId, state: &[u8], frontier: &Frontier, rule: &str) {
        let replica = Replica::new(1);
        replica.merge(state);
        assert_eq!(replica.content(), self.ledger.content_at(id, frontier), "{rule}");
    }

    fn save(&mut self, document: DocumentId, state: Bytes, frontier: Frontier) -> Result<(), String> {
        if self.takes_no_writes() || self.fails(1, 8) {
            self.coverage.note("snapshot failed");
            return Err("the store is away".to_owned());
        }
        self.assert_state(document, &state, &frontier, "[D6] a snapshot is the fold of the rows it covers");
        ServerReplica::verify_state(&state).expect("[D6] a snapshot verifies");
        self.coverage.note("snapshot saved");
        let (taken_at_ms, kind, bounds) = (self.now.unix_ms, SnapshotKind::Auto, VersionBounds::default());
        let (label, author) = (None, None);
        let new = NewSnapshot { document, taken_at_ms, frontier, state, kind, label, author, bounds };
        let saved = self.store.save_snapshot(new).now_or_never().expect(AT_ONCE);
        saved.map(drop).map_err(|error| error.to_string())
    }
}
