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

pub mod actor;
pub mod awareness;
pub mod event;
pub mod fan_out;
pub mod held;
pub mod intake;
pub mod loading;
pub mod member;
pub mod replica;
pub mod retention;
pub mod signals;
pub mod work;

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use weft_protocol::awareness as awareness_wire;
use weft_protocol::close::{Close, CloseCode};
use weft_protocol::dialect::y_websocket::{self, AckMode};
use weft_protocol::ids::{Seq, SessionId, WriterId};
use weft_protocol::message::{Inbound, Outbound};

use awareness::{Awareness, Ownership};
use event::{Backlog, DocumentLimits, Effect, Event, Join, LoadFailure, Loaded, Now, StopReason};
use fan_out::FanOut;
use held::Held;
use member::{Flow, Member};
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
    /// Sessions with data frames that wait for a commit.
    unacked: Vec<SessionId>,
    awareness: Awareness,
    fan_out: FanOut,
    held: Held,
    waiting: VecDeque<Waiting>,
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
    joins_seen: u64,
    empty_since_us: u64,
    asked_close: bool,
    draining: bool,
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
            unacked: Vec::new(),
            awareness: Awareness::default(),
            fan_out: FanOut::default(),
            held: Held::new(limits.held_bytes_max),
            waiting: VecDeque::new(),
            tasks: Vec::new(),
            state_frame: None,
            state_wanted: Vec::new(),
            accepted: 0,
            committed: 0,
            uncommitted: VecDeque::new(),
            uncommitted_bytes: 0,
            retention: Retention::default(),
            joins_seen: 0,
            empty_since_us: now.mono_us,
            asked_close: false,
            draining: false,
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
            Event::Leave(session) => self.leave(session, now),
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
            Event::Flush => self.flush(now),
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
        self.accepted = loaded.frontier.seq(self.writer);
        self.committed = self.accepted;
        self.retention.loaded(loaded.frontier, loaded.tail_updates, loaded.tail_bytes, now);
        self.slot = Slot::Here(Box::new(loaded.replica));
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

    // Sessions.

    fn join(&mut self, join: Join, now: Now) {
        self.joins_seen += 1;
        let session = join.session;
        let refusal = if self.draining {
            Some(Close::new(CloseCode::Draining, "the server is restarting, reconnect"))
        } else if self.members.len() >= self.limits.sessions_max {
            let most = self.limits.sessions_max;
            Some(Close::new(CloseCode::Overloaded, format!("the document has {most} sessions, its most")))
        } else {
            None
        };
        if let Some(close) = refusal {
            self.effects.push(Effect::Close { session, close });
            return;
        }
        self.members.insert(session, Member::new(join, now));
        self.ungreeted.push(session);
        if matches!(self.slot, Slot::Here(_)) {
            self.greet_joined(now);
        }
    }

    /// Greets who joined while there was no replica to greet with.
    fn greet_joined(&mut self, now: Now) {
        for session in std::mem::take(&mut self.ungreeted) {
            self.greet(session, now);
        }
    }

    /// Sends what stock servers send first: SyncStep1, then everybody's awareness if there is any.
    fn greet(&mut self, session: SessionId, now: Now) {
        self.ask_for_missing(session, now);
        if let Some(everybody) = self.awareness.encode_all() {
            self.push(session, y_websocket::frame(Outbound::Awareness(&everybody)), now);
        }
    }

    fn leave(&mut self, session: SessionId, now: Now) {
        let Some(member) = self.members.remove(&session) else { return };
        self.unacked.retain(|other| *other != session);
        let gone = self.awareness.forget(session, &member.clients);
        self.fan_out.add_awareness(gone);
        if self.members.is_empty() {
            self.empty_since_us = now.mono_us;
        }
    }

    /// Closes a session and forgets it.
    fn close(&mut self, session: SessionId, close: Close, now: Now) {
        self.effects.push(Effect::Close { session, close });
        self.leave(session, now);
    }

    fn pong(&mut self, session: SessionId, consumed_bytes: Option<u64>, now: Now) {
        let Some(member) = self.members.get_mut(&session) else { return };
        member.heard_us = now.mono_us;
        member.consumed(consumed_bytes.unwrap_or(0));
        self.catch_up(session, now);
    }

    // Writing to sessions.

    fn push(&mut self, session: SessionId, frames: Bytes, now: Now) {
        let Some(member) = self.members.get_mut(&session) else { return };
        let ping = member.wrote(frames.len(), &self.limits, now);
        self.effects.push(Effect::Push { session, frames });
        if let Some(counter) = ping {
            self.effects.push(Effect::Push { session, frames: ping_frame(counter) });
        }
        self.close_if_too_slow(session, now);
    }

    fn close_if_too_slow(&mut self, session: SessionId, now: Now) {
        let too_slow = self.members.get(&session).is_some_and(|member| match &member.flow {
            Flow::Live => false,
            Flow::Lagging { since_bytes, .. } => *since_bytes > self.limits.lagging_bytes_max,
        });
        if too_slow {
            let reason = "too slow: more than the outbox holds is waiting to be read; reconnect";
            self.close(session, Close::new(CloseCode::Overloaded, reason), now);
        }
    }

    fn flush(&mut self, now: Now) {
        let Some(flush) = self.fan_out.take(&self.awareness, now) else { return };
        let live: Vec<_> = fan_out::live(&self.members).collect();
        for session in &live {
            let frames = flush.frames_for(*session);
            if !frames.is_empty() {
                self.push(*session, frames, now);
            }
        }
        self.mark_lagging(&live);
    }

    /// Stops queueing updates for sessions that have a whole window unread.
    ///
    /// Done right after a flush, when what such a session was sent equals what the replica has.
    fn mark_lagging(&mut self, candidates: &[SessionId]) {
        let Slot::Here(replica) = &self.slot else { return };
        let mut known: Option<Vec<u8>> = None;
        for session in candidates {
            let Some(member) = self.members.get_mut(session) else { continue };
            if member.in_flight_bytes() > self.limits.window_bytes {
                let known = known.get_or_insert_with(|| replica.state_vector()).clone();
                member.flow = Flow::Lagging { known, since_bytes: 0 };
                tracing::debug!(%session, "session is lagging, updates are collapsed for it");
            }
        }
    }

    /// Gives a session that has read most of its window one difference, and makes it live again.
    fn catch_up(&mut self, session: SessionId, now: Now) {
        let Some(member) = self.members.get_mut(&session) else { return };
        if member.is_live() || member.in_flight_bytes() > self.limits.window_bytes / 2 {
            return;
        }
        if !matches!(self.slot, Slot::Here(_)) {
            return;
        }
        let Flow::Lagging { known, .. } = std::mem::replace(&mut member.flow, Flow::Live) else { return };
        self.send_difference(session, known.into(), now);
        if let Some(everybody) = self.awareness.encode_all_and_removed() {
            self.push(session, y_websocket::frame(Outbound::Awareness(&everybody)), now);
        }
    }

    // Reading from sessions.

    fn receive(&mut self, waiting: Waiting, now: Now) {
        if let Some(member) = self.members.get_mut(&waiting.session) {
            member.heard_us = now.mono_us;
        }
        let early = matches!(self.slot, Slot::Loading) && self.state_frame.is_some();
        if early && is_empty_joiner(&waiting.message) {
            self.push_state(waiting.session, now);
            self.effects.push(Effect::Processed { session: waiting.session, cost_bytes: waiting.cost_bytes });
        } else if matches!(self.slot, Slot::Here(_)) && self.tasks.is_empty() {
            self.handle_message(waiting, now);
        } else {
            self.waiting.push_back(waiting);
        }
    }

    fn handle_waiting(&mut self, now: Now) {
        while matches!(self.slot, Slot::Here(_)) && self.tasks.is_empty() {
            let Some(waiting) = self.waiting.pop_front() else { return };
            self.handle_message(waiting, now);
        }
    }

    fn handle_message(&mut self, waiting: Waiting, now: Now) {
        let Waiting { session, message, cost_bytes, backlog } = waiting;
        if self.members.contains_key(&session) {
            match message {
                Inbound::SyncStep1(state_vector) => self.answer_sync_step_1(session, state_vector, now),
                Inbound::SyncStep2(payload) => {
                    return self.take_data(
                        session,
                        ApplyKind::Available,
                        payload,
                        (cost_bytes, backlog),
                        now,
                    );
                }
                Inbound::Update(payload) => {
                    return self.take_data(session, ApplyKind::Whole, payload, (cost_bytes, backlog), now);
                }
                Inbound::Awareness(bytes) => self.hear_awareness(session, &bytes, now),
                Inbound::QueryAwareness => self.answer_awareness_query(session, now),
                Inbound::Unknown(tag) => tracing::debug!(%session, tag, "message of unknown type ignored"),
            }
        }
        self.effects.push(Effect::Processed { session, cost_bytes });
    }

    fn answer_awareness_query(&mut self, session: SessionId, now: Now) {
        let everybody = self.awareness.encode_all().unwrap_or_else(|| awareness_wire::EMPTY.to_vec());
        self.push(session, y_websocket::frame(Outbound::Awareness(&everybody)), now);
    }

    fn hear_awareness(&mut self, session: SessionId, bytes: &[u8], now: Now) {
        if bytes.len() > self.limits.awareness_bytes_max {
            let (len, most) = (bytes.len(), self.limits.awareness_bytes_max);
            let reason = format!("an awareness message of {len} bytes, at most {most} are allowed");
            return self.close(session, Close::new(CloseCode::TooLarge, reason), now);
        }
        let rules =
            Rules { members: &self.members, clients_max: self.limits.awareness_clients_per_session_max };
        match self.awareness.hear(session, bytes, &rules) {
            Ok(heard) => self.note_awareness(session, heard, now),
            Err(refused) => self.close(session, Close::new(CloseCode::Malformed, refused.to_string()), now),
        }
    }

    fn note_awareness(&mut self, session: SessionId, heard: awareness::Heard, now: Now) {
        for (client, from) in heard.taken {
            if let Some(other) = self.members.get_mut(&from) {
                other.clients.retain(|owned| *owned != client);
            }
        }
        if let Some(member) = self.members.get_mut(&session) {
            for client in heard.gained {
                if !member.clients.contains(&client) {
                    member.clients.push(client);
                }
            }
        }
        self.fan_out.add_awareness(heard.changed);
        if !heard.stale.is_empty() {
            let removed = self.awareness.encode_some(heard.stale.iter());
            self.push(session, y_websocket::frame(Outbound::Awareness(&removed)), now);
        }
    }

    fn answer_sync_step_1(&mut self, session: SessionId, state_vector: Bytes, now: Now) {
        if is_empty_state_vector(&state_vector) {
            self.send_state(session, now);
        } else {
            self.send_difference(session, state_vector, now);
        }
    }

    /// Sends the whole state; all who ask while nothing changes share one encoding.
    fn send_state(&mut self, session: SessionId, now: Now) {
        if self.state_frame.is_some() {
            return self.push_state(session, now);
        }
        let Slot::Here(replica) = &self.slot else { return };
        if replica.approximate_bytes() <= self.limits.inline_bytes_max {
            match replica.encode_state() {
                Ok(state) => self.state_frame = Some(y_websocket::frame(Outbound::SyncStep2(&state))),
                Err(error) => return self.replica_lost(&error.to_string()),
            }
            self.push_state(session, now);
        } else {
            self.state_wanted.push(session);
            self.want_state();
        }
    }

    fn want_state(&mut self) {
        if !self.tasks.iter().any(|task| matches!(task, Task::State)) {
            self.tasks.push(Task::State);
        }
    }

    fn push_state(&mut self, session: SessionId, now: Now) {
        if let Some(frame) = self.state_frame.clone() {
            self.push(session, frame, now);
        }
    }

    fn send_difference(&mut self, session: SessionId, state_vector: Bytes, now: Now) {
        let Slot::Here(replica) = &self.slot else { return };
        if replica.approximate_bytes() > self.limits.inline_bytes_max {
            self.tasks.push(Task::Diff { session, state_vector });
            return;
        }
        let diff = replica.diff(&state_vector);
        self.push_difference(session, diff, now);
    }

    fn push_difference(
        &mut self,
        session: SessionId,
        diff: Result<Vec<u8>, replica::ReplicaError>,
        now: Now,
    ) {
        match diff {
            Ok(diff) => self.push(session, y_websocket::frame(Outbound::SyncStep2(&diff)), now),
            Err(error) => self.refuse(session, &error, now),
        }
    }

    /// Asks a session for what the document lacks.
    fn ask_for_missing(&mut self, session: SessionId, now: Now) {
        let Slot::Here(replica) = &self.slot else { return };
        let frame = y_websocket::frame(Outbound::SyncStep1(&replica.state_vector()));
        self.push(session, frame, now);
    }

    // Time and the end.

    fn tick(&mut self, now: Now) {
        let sessions: Vec<_> = self.members.keys().copied().collect();
        for session in sessions {
            self.tick_session(session, now);
        }
        if !self.held.is_empty() {
            self.retry_held(now);
        }
        self.consider_snapshot(now);
        self.consider_closing(now);
    }

    fn tick_session(&mut self, session: SessionId, now: Now) {
        let limits = self.limits;
        let Some(member) = self.members.get_mut(&session) else { return };
        let unheard_us = now.mono_us.saturating_sub(member.heard_us);
        if unheard_us > limits.unheard_close_ms * 1_000 {
            let reason = format!(
                "nothing was heard for {} s, not even a pong; reconnect",
                limits.unheard_close_ms / 1_000
            );
            return self.close(session, Close::new(CloseCode::Overloaded, reason), now);
        }
        if unheard_us > limits.unheard_awareness_ms * 1_000 && !member.clients.is_empty() {
            let clients = std::mem::take(&mut member.clients);
            let gone = self.awareness.forget(session, &clients);
            self.fan_out.add_awareness(gone);
        }
        let Some(member) = self.members.get_mut(&session) else { return };
        let ping = member.needs_ping(limits.keep_alive_ms, now).then(|| member.ping(now));
        let silent = member.is_live() && member.written_us + limits.keep_alive_ms * 1_000 <= now.mono_us;
        if silent {
            self.push(session, y_websocket::frame(Outbound::Awareness(awareness_wire::EMPTY)), now);
        }
        if let Some(counter) = ping {
            self.effects.push(Effect::Push { session, frames: ping_frame(counter) });
        }
        self.catch_up(session, now);
        if self.held.waits_for(session)
            && self.members.get_mut(&session).is_some_and(|member| member.ask.is_due(now))
        {
            self.ask_for_missing(session, now);
        }
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

    // What outside looks at.

    /// Returns how many sessions are attached.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.members.len()
    }

    /// Returns the highest numbers accepted and known to be committed.
    #[must_use]
    pub fn progress(&self) -> (Seq, Seq) {
        (self.accepted, self.committed)
    }
}

struct Rules<'a> {
    members: &'a BTreeMap<SessionId, Member>,
    clients_max: usize,
}

impl Ownership for Rules<'_> {
    fn same_user(&self, one: SessionId, other: SessionId) -> bool {
        match (self.members.get(&one), self.members.get(&other)) {
            (Some(one), Some(other)) => one.user == other.user,
            _ => true,
        }
    }

    fn may_own_more(&self, session: SessionId, gained: usize) -> bool {
        self.members.get(&session).is_some_and(|member| member.clients.len() + gained < self.clients_max)
    }
}

fn is_empty_state_vector(state_vector: &[u8]) -> bool {
    state_vector == [0]
}

fn is_empty_joiner(message: &Inbound) -> bool {
    matches!(message, Inbound::SyncStep1(state_vector) if is_empty_state_vector(state_vector))
}

fn ping_frame(counter: u64) -> Bytes {
    let mut frame = Vec::with_capacity(10);
    weft_protocol::websocket::ping(&mut frame, counter);
    frame.into()
}

/// Returns what an author gets back when its update is committed.
fn echo(mode: AckMode, payload: &[u8]) -> Option<Bytes> {
    match mode {
        AckMode::Count => None,
        AckMode::Echo => Some(y_websocket::frame(Outbound::Update(payload))),
    }
}
