//! The shells of the server, as `actor.rs` of the hub, the documents and the sessions have them.

use std::collections::{BTreeSet, VecDeque};
use std::fmt::Write;

use bytes::Bytes;
use weft_protocol::close::{Close, CloseCode};
use weft_protocol::ids::SessionId;
use weft_protocol::message::Inbound;
use weft_server::document::Document;
use weft_server::document::event::{Backlog, Effect, Event, StopReason};
use weft_server::hub::Route;
use weft_server::session::{Incoming, SessionEffect};
use weft_storage::Append;

use crate::link::{Down, Up, split};
use crate::process::{Host, HubMail, Incarnation, Job, Mail, Opening, Signals};
use crate::replica::Touched;
use crate::world::World;

/// How often a document looks at the time.
const TICK_US: u64 = 2_500_000;
/// How much of an event a trace shows.
const EXCERPT_BYTES: usize = 160;

impl World {
    // The hub.

    /// Lets the hub take its next message.
    pub fn run_hub(&mut self) {
        let Some(mail) = self.process.hub_mail.pop_front() else { return };
        let again = match mail {
            HubMail::Open(opening) => vec![opening],
            HubMail::Opened(id, incarnation) => {
                let waited = self.process.hub.opened(id, incarnation, incarnation);
                if self.process.draining
                    && let Some(host) = self.process.hosts.get_mut(&incarnation)
                {
                    host.mail.push_back(Mail::Drain);
                }
                waited
            }
            HubMail::AskClose(id, incarnation, joins_seen) => {
                let granted = self.process.hub.ask_close(id, incarnation, joins_seen);
                self.note(|| format!("hub: document {incarnation} may close: {granted}"));
                self.coverage.note(if granted { "close granted" } else { "close denied" });
                self.process.jobs.push(Job::Answer(incarnation, granted));
                Vec::new()
            }
            HubMail::Gone(id, incarnation) => {
                let waited = self.process.hub.gone(id, incarnation);
                waited.iter().for_each(|_| self.coverage.note("reopen race"));
                waited
            }
        };
        again.into_iter().for_each(|opening| self.route(opening));
    }

    fn route(&mut self, opening: Opening) {
        let document = opening.document;
        match self.process.hub.route(self.id(document), opening) {
            Route::To(incarnation, opening) => self.attach(incarnation, opening),
            Route::Start(incarnation) => self.start(document, incarnation),
            Route::Waits => {}
            Route::Full(opening) => self.close_session(opening.join.session, CloseCode::Overloaded),
            Route::Draining(opening) => self.close_session(opening.join.session, CloseCode::Draining),
        }
    }

    fn start(&mut self, document: usize, incarnation: Incarnation) {
        let id = self.id(document);
        let process = &mut self.process;
        let alive = process.hosts.values().filter(|host| host.id == id).count();
        assert_eq!(alive, 0, "[L4] one document a process");
        let host = Host {
            core: Document::new(process.writer, self.limits, self.now),
            id,
            document,
            mail: VecDeque::new(),
            sockets: BTreeSet::new(),
            signals: Signals::default(),
            appended: 0,
            ticks_us: self.now.mono_us + TICK_US,
        };
        process.hosts.insert(incarnation, host);
        process.listeners.insert(id, incarnation);
        process.journal.reopen(id);
        process.hub_mail.push_back(HubMail::Opened(id, incarnation));
        process.jobs.push(Job::Fetch(incarnation));
        *self.starts.entry(id).or_default() += 1;
        self.note(|| format!("hub: document-{document} starts as {incarnation}"));
    }

    fn attach(&mut self, incarnation: Incarnation, opening: Opening) {
        let session = opening.join.session;
        let Some(host) = self.process.hosts.get_mut(&incarnation) else {
            return self.close_session(session, CloseCode::Overloaded);
        };
        host.mail.push_back(Mail::Attach(opening.join));
        // A session that is gone already is found by the document's sweep.
        let Some(attached) = self.process.sessions.get_mut(&session) else { return };
        if attached.closing {
            host.mail.push_back(Mail::Leave(session));
        } else {
            attached.document = Some(incarnation);
            attached.core.attached();
        }
    }

    // A session.

    /// Lets the server read what a client wrote next.
    pub fn read_up(&mut self, session: SessionId) {
        let Some(up) = self.links.get_mut(&session).and_then(|link| link.up.pop_front()) else { return };
        let Some(attached) = self.process.sessions.get_mut(&session) else { return };
        let (incoming, document) = match up {
            Up::Message(bytes) => (Incoming::Binary(bytes), attached.document),
            Up::Pong(payload) => (Incoming::Pong(payload), attached.document),
        };
        for effect in attached.core.receive(incoming) {
            let mail = match effect {
                SessionEffect::Forward { message, cost_bytes } => Mail::Receive(session, message, cost_bytes),
                SessionEffect::Heard(consumed_bytes) => Mail::Heard(session, consumed_bytes),
                SessionEffect::Authenticate(_) => panic!("nobody here sends a token"),
                SessionEffect::Close(close) => panic!("[H3] a stock client is refused: {close:?}"),
                SessionEffect::Pong(_) | SessionEffect::Stop => continue,
            };
            match document.and_then(|incarnation| self.process.hosts.get_mut(&incarnation)) {
                Some(host) => host.mail.push_back(mail),
                None => return self.close_session(session, CloseCode::Draining),
            }
        }
    }

    /// Closes a session from the server's side.
    pub fn close_session(&mut self, session: SessionId, code: CloseCode) {
        let Some(attached) = self.process.sessions.get_mut(&session) else { return };
        attached.core.closing();
        let document = attached.document.take();
        if let Some(host) = document.and_then(|incarnation| self.process.hosts.get_mut(&incarnation)) {
            host.mail.push_back(Mail::Leave(session));
        }
        self.close_outbox(session, &Close::new(code, "closed by its session"));
    }

    fn close_outbox(&mut self, session: SessionId, close: &Close) {
        assert!(!close.code.is_final(), "[H3] a stock client is closed for good: {close:?}");
        let Some(attached) = self.process.sessions.get_mut(&session) else { return };
        if std::mem::replace(&mut attached.closing, true) {
            return;
        }
        self.note(|| format!("{session}: closed with {}, {}", close.code.number(), close.reason));
        if close.reason.starts_with("too slow") {
            self.coverage.note("too slow");
        }
        if close.reason.contains("backlog is full") {
            self.coverage.note("backlog refused");
        }
        if let Some(link) = self.links.get_mut(&session).filter(|link| !link.client_gone) {
            link.down.push_back(Down::Close(close.code.number()));
        }
    }

    // A document.

    /// Lets a document take its next message.
    pub fn run_mail(&mut self, incarnation: Incarnation) {
        let Some(host) = self.process.hosts.get_mut(&incarnation) else { return };
        let Some(mail) = host.mail.pop_front() else { return };
        match mail {
            Mail::Attach(join) => {
                host.sockets.insert(join.session);
                self.step(incarnation, Event::Join(join));
            }
            Mail::Receive(session, message, cost_bytes) => {
                self.receive(incarnation, session, message, cost_bytes);
            }
            Mail::Heard(session, consumed_bytes) => {
                self.step(incarnation, Event::Pong { session, consumed_bytes });
            }
            Mail::Leave(session) => {
                host.sockets.remove(&session);
                self.step(incarnation, Event::Leave(session));
            }
            Mail::Drain => self.step(incarnation, Event::Drain),
        }
    }

    fn receive(&mut self, incarnation: Incarnation, session: SessionId, message: Inbound, cost_bytes: usize) {
        let Some(host) = self.process.hosts.get_mut(&incarnation) else { return };
        if message.carries_data()
            && host.sockets.contains(&session)
            && let Some(link) = self.links.get_mut(&session)
        {
            let frame = &mut link.sent[link.arrived];
            frame.barrier = Some(host.appended);
            link.arrived += 1;
        }
        if let Inbound::SyncStep2(payload) | Inbound::Update(payload) = &message {
            // Also of a session that has ended since: what it sent before is taken in.
            self.brought.entry(host.id).or_default().push((session, Touched::of(payload)));
        }
        let full = self.process.journal.backlog_bytes() > self.backlog_bytes_max;
        let backlog = if full { Backlog::Full } else { Backlog::Open };
        self.step(incarnation, Event::Receive { session, message, cost_bytes, backlog });
    }

    /// Lets a document take one of the signals raised for it.
    pub fn run_signal(&mut self, incarnation: Incarnation) {
        let turn = self.random.below(3);
        let Some(host) = self.process.hosts.get_mut(&incarnation) else { return };
        let signals = &mut host.signals;
        let event = if turn == 0 && std::mem::take(&mut signals.flush) {
            Event::Flush
        } else if let Some(up_to) = signals.committed.take() {
            Event::Committed(up_to)
        } else if let Some(why) = signals.failed.take() {
            self.coverage.note("append failed");
            Event::AppendFailed(why)
        } else if std::mem::take(&mut signals.flush) {
            Event::Flush
        } else {
            return;
        };
        self.step(incarnation, event);
    }

    /// Lets a document look at the time.
    pub fn tick(&mut self, incarnation: Incarnation) {
        let Some(host) = self.process.hosts.get_mut(&incarnation) else { return };
        host.ticks_us = self.now.mono_us + TICK_US;
        let dead = host.sockets.iter().filter(|session| !self.process.sessions.contains_key(session));
        let dead: Vec<_> = dead.copied().collect();
        for session in dead {
            if let Some(host) = self.process.hosts.get_mut(&incarnation) {
                host.sockets.remove(&session);
            }
            self.step(incarnation, Event::Leave(session));
        }
        let storage = self.storage_state();
        self.step(incarnation, Event::Storage(storage));
        self.step(incarnation, Event::Tick);
    }

    /// Hands an event to a document and carries out what it asks for.
    pub fn step(&mut self, incarnation: Incarnation, event: Event) {
        if self.process.hosts.contains_key(&incarnation) && self.panics(400) {
            self.coverage.note("document panicked");
            // As the shell does it: nothing of the step is carried out, and storage has what was accepted before.
            return self.end(incarnation, &StopReason::ReplicaLost);
        }
        let Some(host) = self.process.hosts.get_mut(&incarnation) else { return };
        let cause = Cause::of(&event);
        let seen = Excerpt::of(&event);
        let effects = host.core.step(event, self.now);
        self.note(|| format!("document {incarnation}: {}", seen.0));
        effects.into_iter().for_each(|effect| self.carry_out(incarnation, effect, cause));
    }

    fn carry_out(&mut self, incarnation: Incarnation, effect: Effect, cause: Cause) {
        let Some(host) = self.process.hosts.get_mut(&incarnation) else { return };
        match effect {
            Effect::Push { session, frames } if host.sockets.contains(&session) => {
                self.push(session, &frames, cause);
            }
            Effect::Push { .. } | Effect::Processed { .. } => {}
            Effect::Close { session, close } => {
                if host.sockets.remove(&session) {
                    self.close_outbox(session, &close);
                }
            }
            Effect::Append { seq, received_at_ms, author, payload } => {
                host.appended = seq;
                let (document, name) = (host.id, self.names[host.document].clone());
                let append = Append { document, name, seq, received_at_ms, author, payload };
                if let Err(refused) = self.process.journal.push(append) {
                    host.signals.failed.get_or_insert(refused.to_string());
                }
            }
            Effect::Work(work) => {
                self.coverage.note("work");
                self.process.jobs.push(Job::Work(incarnation, *work));
            }
            Effect::SaveSnapshot { state, frontier } => {
                self.process.jobs.push(Job::Save(incarnation, host.id, state, frontier));
            }
            Effect::Authors(_) => self.process.jobs.push(Job::Authors(incarnation)),
            Effect::Refused(_) => {}
            Effect::ExpireAt { unix_ms } => panic!("nobody here has a token, but one ends at {unix_ms}"),
            Effect::FlushSoon => host.signals.flush = true,
            Effect::FlushAt { mono_us } => self.process.jobs.push(Job::FlushAt(incarnation, mono_us)),
            Effect::AskClose { joins_seen } => {
                self.process.hub_mail.push_back(HubMail::AskClose(host.id, incarnation, joins_seen));
            }
            Effect::Stop(reason) => self.end(incarnation, &reason),
        }
    }

    fn end(&mut self, incarnation: Incarnation, reason: &StopReason) {
        let Some(host) = self.process.hosts.remove(&incarnation) else { return };
        self.note(|| format!("document {incarnation}: ends, {reason:?}"));
        let may_be_lost = self.panics.is_some();
        assert!(*reason != StopReason::ReplicaLost || may_be_lost, "[H2] nothing here breaks a replica");
        if self.process.listeners.get(&host.id) == Some(&incarnation) {
            self.process.listeners.remove(&host.id);
        }
        // Queries go on when nobody waits for them any more.
        self.process.jobs.retain(|job| matches!(job, Job::Save(..)) || job.incarnation() != incarnation);
        let reloaded = Close::new(CloseCode::Draining, "the document is being reloaded, reconnect");
        host.sockets.iter().for_each(|session| self.close_outbox(*session, &reloaded));
        self.process.hub_mail.push_back(HubMail::Gone(host.id, incarnation));
    }

    fn push(&mut self, session: SessionId, frames: &Bytes, cause: Cause) {
        if self.process.sessions.get(&session).is_none_or(|attached| attached.closing) {
            return;
        }
        for down in split(frames) {
            if let Down::Message(message) = &down {
                self.check_message(session, message, cause);
            }
            if let Some(link) = self.links.get_mut(&session).filter(|link| !link.client_gone) {
                link.down.push_back(down);
            }
        }
        self.check_unread(session);
    }
}

/// The beginning of what something shows as; a replica on loan shows as kilobytes.
struct Excerpt(String);

impl Excerpt {
    fn of(shown: &impl std::fmt::Debug) -> Self {
        let mut excerpt = Self(String::new());
        // An error only says that there was more.
        let _ = write!(excerpt, "{shown:?}");
        excerpt
    }
}

impl std::fmt::Write for Excerpt {
    fn write_str(&mut self, more: &str) -> std::fmt::Result {
        self.0.push_str(more);
        if self.0.len() > EXCERPT_BYTES { Err(std::fmt::Error) } else { Ok(()) }
    }
}

/// What made the server write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A pong.
    Pong,
    /// A data frame of this session.
    Data(SessionId),
    /// Something else.
    Other,
}

impl Cause {
    fn of(event: &Event) -> Self {
        match event {
            Event::Pong { .. } => Self::Pong,
            Event::Receive { session, message, .. } if message.carries_data() => Self::Data(*session),
            _ => Self::Other,
        }
    }
}
