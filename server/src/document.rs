//! A document: one CRDT replica, the sessions that edit it, and what they were promised.
//!
//! This is a plain state machine: an [`Event`] goes in, [`Effect`]s come out. It knows no actors, sockets, clocks,
//! futures or SQL; [`actor`] is its shell, and the simulation drives it through every order of events.
//!
//! ```text
//!            Loaded                    AskClose, CloseGranted
//!  Loading ─────────> Open ──────────────────────────────────> Ended
//!     │ LoadFailed     │  AppendFailed, replica lost              ^
//!     └────────────────┴───────────────────────────────────────────┘
//! ```
//!
//! While the replica is away (being built, or on the blocking pool) messages wait in the order they came; their senders
//! are bounded by their own share of memory, which is given back when a message has been handled.

mod access;
pub mod actor;
mod attachment;
pub mod attribution;
pub mod awareness;
pub mod event;
mod exchange;
pub mod fan_out;
pub mod held;
mod intake;
pub mod loading;
pub mod mail;
pub mod member;
mod people;
pub mod presence;
pub mod replica;
pub mod retention;
pub mod signals;
mod storage;
pub mod work;

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use weft_protocol::close::{Close, CloseCode};
use weft_protocol::dialect::y_websocket::{self, AckMode};
use weft_protocol::ids::{Seq, SessionId, WriterId};
use weft_protocol::message::{Inbound, Outbound};

use attribution::Attribution;
use awareness::Awareness;
use event::{Backlog, DocumentLimits, Effect, Event, LoadFailure, Loaded, Now, StopReason, StorageState};
use exchange::is_empty_joiner;
use fan_out::FanOut;
use held::Held;
use intake::retrying::Retry;
use member::Member;
use people::Vouched;
use presence::Seen;
use replica::Replica;
use retention::Retention;
use work::{Apply, ApplyKind, Task};

/// Stands in for a session for updates that storage had ahead of their causes.
const STORAGE: SessionId = SessionId(0);

/// Where the replica is.
#[derive(Debug)]
enum Slot {
    /// It is being built from storage.
    Loading,
    /// It is here.
    Here(Box<Replica>),
    /// It is on loan to the blocking pool.
    Away,
    /// The document has ended.
    Ended,
}

#[derive(Debug)]
struct Waiting {
    session: SessionId,
    message: Inbound,
    cost_bytes: usize,
    backlog: Backlog,
}

/// The state machine of one document.
#[derive(Debug)]
pub struct Document {
    limits: DocumentLimits,
    writer: WriterId,
    slot: Slot,
    members: BTreeMap<SessionId, Member>,
    /// Sessions that joined while the replica was away; until they are asked, they keep what the document lacks.
    ungreeted: Vec<SessionId>,
    /// What was accepted when held updates were last tried in vain.
    held_tried: Option<Seq>,
    /// Results of work are being settled: held updates are tried again when all of them are.
    settling: Option<Retry>,
    /// Sessions with data frames that wait for a commit.
    unacked: Vec<SessionId>,
    awareness: Awareness,
    vouched: Vouched,
    seen: Seen,
    attribution: Attribution,
    fan_out: FanOut,
    held: Held,
    waiting: VecDeque<Waiting>,
    /// Sessions that left while messages of theirs were waiting.
    departing: Vec<SessionId>,
    tasks: Vec<Task>,
    /// The encoded whole state as a SyncStep2 frame, while nothing was applied since.
    state_frame: Option<Bytes>,
    /// Sessions that wait for the whole state to be encoded.
    state_wanted: Vec<SessionId>,
    /// Highest number given to an update by this process.
    accepted: Seq,
    /// Highest number known to be committed.
    committed: Seq,
    /// Bytes of the updates between the two, oldest first.
    uncommitted: VecDeque<(Seq, usize)>,
    uncommitted_bytes: usize,
    retention: Retention,
    /// What sessions were told last of storage.
    storage: StorageState,
    joins_seen: u64,
    empty_since_us: u64,
    asked_close: bool,
    draining: bool,
    /// The next time somebody's token ends, in Unix milliseconds.
    expires_at_ms: Option<i64>,
    effects: Vec<Effect>,
}

impl Document {
    /// Starts a document that is being loaded; updates it accepts are numbered for `writer`.
    #[must_use]
    pub fn new(writer: WriterId, limits: DocumentLimits, now: Now) -> Self {
        Self {
            limits,
            writer,
            slot: Slot::Loading,
            members: BTreeMap::new(),
            ungreeted: Vec::new(),
            held_tried: None,
            settling: None,
            unacked: Vec::new(),
            awareness: Awareness::default(),
            vouched: Vouched::default(),
            seen: Seen::default(),
            attribution: Attribution::default(),
            fan_out: FanOut::default(),
            held: Held::new(limits.held_bytes_max),
            waiting: VecDeque::new(),
            departing: Vec::new(),
            tasks: Vec::new(),
            state_frame: None,
            state_wanted: Vec::new(),
            accepted: 0,
            committed: 0,
            uncommitted: VecDeque::new(),
            uncommitted_bytes: 0,
            retention: Retention::default(),
            storage: StorageState::Ok,
            joins_seen: 0,
            empty_since_us: now.mono_us,
            asked_close: false,
            draining: false,
            expires_at_ms: None,
            effects: Vec::new(),
        }
    }

    /// Handles one event and returns what is to be done, in order.
    pub fn step(&mut self, event: Event, now: Now) -> Vec<Effect> {
        if !matches!(self.slot, Slot::Ended) {
            self.handle(event, now);
        }
        std::mem::take(&mut self.effects)
    }

    fn handle(&mut self, event: Event, now: Now) {
        match event {
            Event::Fetched(state) => self.fetched(&state, now),
            Event::Loaded(loaded) => self.loaded(*loaded, now),
            Event::LoadFailed(failure) => self.load_failed(failure),
            Event::Join(join) => self.join(join, now),
            Event::Leave(session) => self.depart(session, now),
            Event::Receive { session, message, cost_bytes, backlog } => {
                self.receive(Waiting { session, message, cost_bytes, backlog }, now);
            }
            Event::Pong { session, consumed_bytes } => self.pong(session, consumed_bytes, now),
            Event::Committed(up_to) => self.committed(up_to, now),
            Event::AppendFailed(reason) => {
                self.end(StopReason::AppendFailed, CloseCode::StorageAway, &reason)
            }
            Event::Worked(worked) => self.worked(*worked, now),
            Event::WorkFailed(what) => self.replica_lost(&what),
            Event::SnapshotSaved(outcome) => {
                self.retention.saved(outcome.is_ok(), now);
                self.consider_closing(now);
            }
            Event::AuthorsSaved(saved) => self.authors_saved(saved, now),
            Event::Storage(state) => self.storage_is(state, now),
            Event::Flush => self.flush(now),
            Event::Renewed { session, permit } => self.renewed(session, permit, now),
            Event::Standing { session, standing } => self.check_standing(session, &standing, now),
            Event::Announce(notice) => self.announce(&notice, now),
            Event::Expire => self.expire(now),
            Event::Tick => self.tick(now),
            Event::CloseGranted => self.close_granted(),
            Event::CloseDenied => self.asked_close = false,
            Event::Deleted => self.end(StopReason::Deleted, CloseCode::NotFound, "the document was deleted"),
            Event::Drain => self.drain(now),
        }
        if matches!(self.slot, Slot::Ended) {
            return;
        }
        if self.draining {
            self.consider_closing(now);
        }
        self.hand_out_work();
        let flush = self.fan_out.schedule(self.members.len(), self.limits.flush_cost_us_per_session, now);
        self.effects.extend(flush);
    }

    // Loading.

    fn fetched(&mut self, state: &[u8], now: Now) {
        self.state_frame = Some(y_websocket::frame(Outbound::SyncStep2(state)));
        let early: Vec<_> = self.waiting.iter().filter(|waiting| is_empty_joiner(&waiting.message)).collect();
        let sessions: Vec<_> = early.iter().map(|waiting| (waiting.session, waiting.cost_bytes)).collect();
        self.waiting.retain(|waiting| !is_empty_joiner(&waiting.message));
        for (session, cost_bytes) in sessions {
            self.push_state(session, now);
            self.effects.push(Effect::Processed { session, cost_bytes });
        }
    }

    fn loaded(&mut self, loaded: Loaded, now: Now) {
        self.accepted = loaded.stored.seq(self.writer);
        self.committed = self.accepted;
        self.retention.loaded(&loaded, self.writer, now);
        self.slot = Slot::Here(Box::new(loaded.replica));
        loaded.authors.into_iter().for_each(|author| self.attribution.note(None, author));
        for payload in loaded.ahead {
            let apply = Apply { session: STORAGE, frame: 0, kind: ApplyKind::Whole, payload, cost_bytes: 0 };
            if self.held.push(apply).is_err() {
                tracing::error!(
                    "stored updates wait for causes that are missing, and there are too many to hold"
                );
            }
        }
        self.greet_joined(now);
        self.handle_waiting(now);
    }

    fn load_failed(&mut self, failure: LoadFailure) {
        let (code, reason) = match failure {
            LoadFailure::Away(why) => {
                (CloseCode::StorageAway, format!("storage is away, try again later: {why}"))
            }
            LoadFailure::Deleted => (CloseCode::NotFound, "the document was deleted".to_owned()),
            LoadFailure::Corrupt(why) => {
                (CloseCode::StorageAway, format!("the document cannot be loaded: {why}"))
            }
        };
        self.end(StopReason::LoadFailed, code, &reason);
    }

    // Time and the end.

    fn tick(&mut self, now: Now) {
        let sessions: Vec<_> = self.members.keys().copied().collect();
        for session in sessions {
            self.tick_session(session, now);
        }
        // Causes come with what is accepted: until then another try would only cost time, thirty megabytes of it at worst.
        if !self.held.is_empty() && self.held_tried != Some(self.accepted) {
            self.retry_held(now);
        }
        self.tick_authors();
        self.consider_snapshot(now);
        self.consider_closing(now);
    }

    fn consider_closing(&mut self, now: Now) {
        let idle_us = now.mono_us.saturating_sub(self.empty_since_us);
        let idle = self.draining || idle_us >= self.limits.idle_ms * 1_000;
        let settled = self.committed == self.accepted && !self.retention.is_busy() && self.waiting.is_empty();
        if self.asked_close
            || !self.members.is_empty()
            || !idle
            || !settled
            || !matches!(self.slot, Slot::Here(_))
        {
            return;
        }
        if self.attribution.is_busy() {
            return self.save_authors();
        }
        if self.retention.wants_final(now) {
            return self.begin_snapshot();
        }
        self.asked_close = true;
        self.effects.push(Effect::AskClose { joins_seen: self.joins_seen });
    }

    fn close_granted(&mut self) {
        debug_assert!(
            self.members.is_empty() && self.committed == self.accepted,
            "[L4] only a settled document ends"
        );
        self.slot = Slot::Ended;
        self.effects.push(Effect::Stop(StopReason::Idle));
    }

    fn drain(&mut self, now: Now) {
        self.draining = true;
        let sessions: Vec<_> = self.members.keys().copied().collect();
        for session in sessions {
            self.close(session, Close::new(CloseCode::Draining, "the server is restarting, reconnect"), now);
        }
    }

    fn replica_lost(&mut self, what: &str) {
        tracing::error!(what, "the replica is unusable, the document is rebuilt from storage");
        self.end(StopReason::ReplicaLost, CloseCode::Draining, "the document is being reloaded, reconnect");
    }

    fn end(&mut self, reason: StopReason, code: CloseCode, text: &str) {
        for (session, _) in std::mem::take(&mut self.members) {
            self.effects.push(Effect::Close { session, close: Close::new(code, text) });
        }
        self.slot = Slot::Ended;
        self.tasks.clear();
        self.effects.push(Effect::Stop(reason));
    }
}

/// Returns what an author gets back when its update is committed.
fn echo(mode: AckMode, payload: &[u8]) -> Option<Bytes> {
    match mode {
        AckMode::Count => None,
        AckMode::Echo => Some(y_websocket::frame(Outbound::Update(payload))),
    }
}
