//! What may happen next, and how often it does.

use weft_protocol::ids::{SessionId, WriterId};
use weft_protocol::message::Outbound;
use weft_server::access::Permit;
use weft_server::document::event::Join;
use weft_server::session::Session;

use crate::client::{say, say_data};
use crate::link::Link;
use crate::process::{Attached, HubMail, Incarnation, Opening, Process};
use crate::replica::Touched;
use crate::world::World;

/// Largest message of a client; none here comes near.
const MESSAGE_BYTES_MAX: usize = 1 << 20;
/// The tab that may be closed for good.
const DEPARTING: usize = 3;

/// One thing that happens.
#[derive(Debug, Clone, Copy)]
pub enum Action {
    Connect(usize),
    Edit(usize),
    Renew(usize),
    Depart(usize),
    Hang(usize),
    Cut(SessionId),
    Stall(SessionId),
    Read(SessionId),
    ReadUp(SessionId),
    Notice(SessionId),
    Exchange(usize),
    Hub,
    Mail(Incarnation),
    Signal(Incarnation),
    Tick(Incarnation),
    Job(usize),
    StartCommit,
    SettleCommit,
    LandLate,
    RunShort,
    Drain,
    Exit,
    Crash,
}

impl World {
    /// Lets one thing happen, chosen by the seed.
    pub fn happen(&mut self) {
        let mut choices = self.benign();
        self.add_chaos(&mut choices);
        let total: u64 = choices.iter().map(|(weight, _)| *weight).sum();
        let mut drawn = self.random.below(total);
        let chosen = choices.iter().find(|(weight, _)| {
            let found = drawn < *weight;
            drawn = drawn.saturating_sub(*weight);
            found
        });
        if let Some((_, action)) = chosen {
            self.act(*action);
        }
        let us = match self.random.below(400) {
            0 => self.random.below(40_000_000),
            1..12 => self.random.below(3_000_000),
            _ => self.random.below(3_000),
        };
        self.pass(us);
        self.thin_at_times();
    }

    /// What happens also when nothing goes wrong.
    pub fn benign(&self) -> Vec<(u64, Action)> {
        let mut all = Vec::with_capacity(32);
        for (session, link) in &self.links {
            let attached = self.process.sessions.get(session);
            let open = attached.is_some_and(|attached| attached.document.is_some() || attached.closing);
            if !link.up.is_empty() && !link.up_stalled && open {
                all.push((100, Action::ReadUp(*session)));
            }
            if !link.down.is_empty() && !link.down_stalled && !link.client_gone {
                all.push((100, Action::Read(*session)));
            }
            if link.client_gone && (link.up.is_empty() || attached.is_none()) {
                all.push((20, Action::Notice(*session)));
            }
            if attached.is_none() && !link.client_gone && link.down.is_empty() {
                all.push((20, Action::Hang(link.client)));
            }
        }
        let process = &self.process;
        if !process.hub_mail.is_empty() {
            all.push((100, Action::Hub));
        }
        for (incarnation, host) in &process.hosts {
            if !host.mail.is_empty() {
                all.push((125, Action::Mail(*incarnation)));
            }
            let signals = &host.signals;
            if signals.flush || signals.committed.is_some() || signals.failed.is_some() {
                all.push((75, Action::Signal(*incarnation)));
            }
            if host.ticks_us <= self.now.mono_us {
                all.push((40, Action::Tick(*incarnation)));
            }
        }
        let ready = process.jobs.iter().enumerate().filter(|(_, job)| self.is_ready(job));
        all.extend(ready.map(|(index, _)| (30, Action::Job(index))));
        if process.commit.is_some() {
            all.push((50, Action::SettleCommit));
        } else if process.journal.backlog_rows() > 0 {
            all.push((50, Action::StartCommit));
        }
        if process.draining && process.hub.is_empty() && process.journal.backlog_rows() == 0 {
            all.push((50, Action::Exit));
        }
        all
    }

    fn add_chaos(&self, all: &mut Vec<(u64, Action)>) {
        let temper = &self.temper;
        for (index, client) in self.clients.iter().enumerate().filter(|(_, client)| !client.departed) {
            all.push((temper.edits, Action::Edit(index)));
            all.push((1, Action::Renew(index)));
            all.push((temper.exchanges, Action::Exchange(index)));
            match client.session {
                None => all.push((10, Action::Connect(index))),
                Some(session) => {
                    all.push((temper.cuts, Action::Cut(session)));
                    let stalled =
                        self.links.get(&session).is_some_and(|link| link.up_stalled || link.down_stalled);
                    all.push((if stalled { 6 } else { temper.stalls }, Action::Stall(session)));
                }
            }
            if index == DEPARTING && self.now.mono_us > 5_000_000 {
                all.push((1, Action::Depart(index)));
            }
        }
        if !self.late.is_empty() {
            all.push((6, Action::LandLate));
        }
        if self.full_until_us < self.now.mono_us {
            all.push((temper.shortages, Action::RunShort));
        }
        all.push((temper.restarts, if self.process.draining { Action::Crash } else { Action::Drain }));
        all.push((temper.restarts, Action::Crash));
    }

    /// Carries out an action.
    pub fn act(&mut self, action: Action) {
        match action {
            Action::Connect(client) => self.connect(client),
            Action::Edit(client) => self.edit(client),
            Action::Renew(client) => self.renew(client),
            Action::Depart(client) => self.depart(client),
            Action::Hang(client) => self.hang(client),
            Action::Cut(session) => self.cut(session),
            Action::Stall(session) => self.stall(session),
            Action::Read(session) => self.read(session),
            Action::ReadUp(session) => self.read_up(session),
            Action::Notice(session) => self.notice(session),
            Action::Exchange(client) => self.exchange(client),
            Action::Hub => self.run_hub(),
            Action::Mail(incarnation) => self.run_mail(incarnation),
            Action::Signal(incarnation) => self.run_signal(incarnation),
            Action::Tick(incarnation) => self.tick(incarnation),
            Action::Job(index) => self.run_job(index),
            Action::StartCommit => self.start_commit(),
            Action::SettleCommit => self.settle_commit(),
            Action::LandLate => self.land_late(),
            Action::RunShort => self.run_short(),
            Action::Drain => self.drain(),
            Action::Exit => self.replace_process("drain"),
            Action::Crash => self.crash(),
        }
    }

    // Clients.

    /// Opens a socket for a client.
    pub fn connect(&mut self, index: usize) {
        self.sessions += 1;
        let session = SessionId(self.sessions);
        let client = &mut self.clients[index];
        let mut link = Link { client: index, ..Link::default() };
        client.open(session, &mut link);
        client.renews_us = self.now.mono_us + 15_000_000;
        let join = Join { session, ack_mode: client.ack_mode, permit: Permit::open() };
        let opening = Opening { document: client.document, join };
        self.links.insert(session, link);
        let attached = Attached { core: Session::new(MESSAGE_BYTES_MAX), document: None, closing: false };
        self.process.sessions.insert(session, attached);
        self.process.hub_mail.push_back(HubMail::Open(opening));
        self.note(|| format!("client {index}: connects as {session}"));
    }

    fn edit(&mut self, index: usize) {
        let client = &mut self.clients[index];
        let update = client.replica.edit(&mut self.random);
        if update == [0, 0] {
            return;
        }
        if let Some(link) = client.session.and_then(|session| self.links.get_mut(&session)) {
            say_data(link, Outbound::Update(&update), &update, Touched::of(&update));
        }
        self.note(|| format!("client {index}: edits, {} bytes", update.len()));
    }

    /// Lets a client say again who it is.
    pub fn renew(&mut self, index: usize) {
        let client = &mut self.clients[index];
        client.renews_us = self.now.mono_us + 15_000_000;
        let said = client.presence.renew(format!("{{\"at\":{}}}", self.now.mono_us));
        if let Some(link) = client.session.and_then(|session| self.links.get_mut(&session)) {
            say(link, Outbound::Awareness(&said));
        }
    }

    /// Closes a tab for good; what it has not sent goes with it.
    pub fn depart(&mut self, index: usize) {
        let client = &mut self.clients[index];
        client.departed = true;
        let said = client.presence.leave();
        if let Some(link) = client.session.and_then(|session| self.links.get_mut(&session)) {
            say(link, Outbound::Awareness(&said));
            link.client_gone = true;
            link.down.clear();
            client.lost();
        }
        self.note(|| format!("client {index}: departs"));
    }

    /// A tab of the same document hears everything from another one, past the server.
    fn exchange(&mut self, index: usize) {
        let from = &self.clients[index];
        let others = self.clients.iter().enumerate().filter(|(other, client)| {
            *other != index && client.document == from.document && !client.departed
        });
        let others: Vec<_> = others.map(|(other, _)| other).collect();
        if others.is_empty() {
            return;
        }
        let to = others[self.random.index(others.len())];
        let (update, before) =
            (from.replica.diff(&self.clients[to].replica.state_vector()), self.clients[to].replica.content());
        self.clients[to].replica.merge(&update);
        if self.clients[to].session.is_some() && self.clients[to].replica.content() != before {
            self.coverage.note("gap from a tab");
        }
        self.note(|| format!("client {index}: tells client {to} directly"));
    }

    /// Lets a client read the next frame.
    fn read(&mut self, session: SessionId) {
        let Some(link) = self.links.get_mut(&session) else { return };
        let Some(down) = link.down.pop_front() else { return };
        let index = link.client;
        if let Some(code) = self.clients[index].read(down, link) {
            link.client_gone = true;
            self.clients[index].lost();
            self.note(|| format!("client {index}: is told to go with {code}"));
        }
    }

    /// A client finds that its server is gone.
    fn hang(&mut self, index: usize) {
        if let Some(session) = self.clients[index].session {
            self.links.remove(&session);
            self.clients[index].lost();
        }
    }

    // Sockets.

    /// A socket ends without a word; the server learns of it later.
    pub fn cut(&mut self, session: SessionId) {
        let Some(link) = self.links.get_mut(&session) else { return };
        link.client_gone = true;
        link.down.clear();
        if self.random.below(3) > 0 {
            link.up.clear();
        }
        self.clients[link.client].lost();
        self.coverage.note("cut");
        self.note(|| format!("{session}: is cut"));
    }

    fn stall(&mut self, session: SessionId) {
        let up = self.random.below(2) == 0;
        let Some(link) = self.links.get_mut(&session) else { return };
        let stalled = if up { &mut link.up_stalled } else { &mut link.down_stalled };
        *stalled = !*stalled;
    }

    /// The server notices that a socket has ended.
    fn notice(&mut self, session: SessionId) {
        self.links.remove(&session);
        let Some(attached) = self.process.sessions.remove(&session) else { return };
        let host = attached.document.and_then(|incarnation| self.process.hosts.get_mut(&incarnation));
        if let Some(host) = host {
            host.mail.push_back(crate::process::Mail::Leave(session));
        }
        self.note(|| format!("{session}: the server notices its end"));
    }

    // The process.

    fn drain(&mut self) {
        self.process.draining = true;
        self.process.hub.drain();
        let open: Vec<_> = self.process.hub.open().copied().collect();
        for incarnation in open {
            if let Some(host) = self.process.hosts.get_mut(&incarnation) {
                host.mail.push_back(crate::process::Mail::Drain);
            }
        }
        self.note(|| "process: drains".to_owned());
    }

    fn crash(&mut self) {
        if let Some(batch) = self.process.commit.take() {
            self.coverage.note("crash with a commit in flight");
            if self.random.below(2) == 0 {
                self.late.push((self.process.writer, batch));
            }
        }
        self.replace_process("crash");
    }

    /// Ends the process as a crash does and starts the next one.
    pub fn replace_process(&mut self, why: &'static str) {
        self.coverage.note(why);
        let writer = WriterId(self.process.writer.0 + 1);
        self.process = Process::new(writer, self.journal_limits.clone());
        for link in self.links.values_mut() {
            link.up.clear();
            link.down.clear();
        }
        self.note(|| format!("process: ends, {why}; the next one is writer {}", writer.0));
    }
}
