//! Thousands of client sockets on one thread, behind one epoll.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, socket_with};

use crate::clock::{self, MILLISECOND, Nanos, SECOND};
use crate::connection::{Connection, Phase, Watcher};
use crate::endpoint::Endpoint;
use crate::failure::{Doing, Failure, Outcome};
use crate::message::{self, EMPTY_STATE_VECTOR, Sync};

/// Events taken from the kernel at once: few, so that edits that fall due in between are sent on time.
const EVENTS: usize = 16;
/// Bytes read at once: they stay within the second-level cache while they are scanned.
const READ_BYTES: usize = 64 * 1024;
/// Longest wait for an upgrade or a first sync.
const CONNECT_PATIENCE: Nanos = 60 * SECOND;

struct Socket {
    stream: Option<TcpStream>,
    connection: Connection,
    written: usize,
    interest: epoll::EventFlags,
    dirty: bool,
}

/// The client sockets of one measurement.
pub struct Swarm {
    epoll: OwnedFd,
    endpoint: Endpoint,
    sockets: Vec<Socket>,
    events: Vec<epoll::Event>,
    scratch: Vec<u8>,
    dirty: Vec<usize>,
}

impl Swarm {
    /// Starts without connections.
    ///
    /// # Errors
    /// No epoll to be had.
    pub fn new(endpoint: &Endpoint) -> Outcome<Self> {
        Ok(Self {
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC).doing("create an epoll")?,
            endpoint: endpoint.clone(),
            sockets: Vec::new(),
            events: Vec::with_capacity(EVENTS),
            scratch: vec![0; READ_BYTES],
            dirty: Vec::new(),
        })
    }

    /// Begins to connect to a document, as a client that has nothing, and returns the connection's index.
    ///
    /// # Errors
    /// No socket to be had.
    pub fn open(&mut self, document: &str) -> Outcome<usize> {
        self.open_with(document, &EMPTY_STATE_VECTOR)
    }

    /// Begins to connect to a document, as a client that has what `state_vector` says.
    ///
    /// # Errors
    /// No socket to be had.
    pub fn open_with(&mut self, document: &str, state_vector: &[u8]) -> Outcome<usize> {
        let at = self.sockets.len();
        let stream = connecting(self.endpoint.address)?;
        let interest = epoll::EventFlags::IN;
        epoll::add(&self.epoll, &stream, epoll::EventData::new_u64(at as u64), interest)
            .doing("watch a socket")?;
        let greeting = message::sync(Sync::Step1, state_vector);
        let connection = Connection::new(self.endpoint.request(document), greeting, self.endpoint.acks);
        self.sockets.push(Socket { stream: Some(stream), connection, written: 0, interest, dirty: false });
        self.write(at);
        Ok(at)
    }

    /// Connects to all documents in order, at most `in_flight` at once, until each is synced.
    ///
    /// # Errors
    /// A connection that fails, or patience that ends.
    pub fn open_all(&mut self, documents: &[String], in_flight: usize) -> Outcome<()> {
        let mut arrivals = Arrivals { synced: vec![false; self.sockets.len() + documents.len()], count: 0 };
        let deadline = clock::now() + CONNECT_PATIENCE;
        let mut opened = 0;
        while arrivals.count < documents.len() {
            while opened < documents.len() && opened - arrivals.count < in_flight {
                self.open(&documents[opened])?;
                opened += 1;
            }
            self.poll(&mut arrivals, 10 * MILLISECOND)?;
            self.all_open()?;
            if clock::now() > deadline {
                let missing = documents.len() - arrivals.count;
                return Err(Failure::Unexpected(format!(
                    "{missing} of {} clients never synced",
                    documents.len()
                )));
            }
        }
        Ok(())
    }

    /// Returns the state of one connection.
    pub fn connection(&self, at: usize) -> &Connection {
        &self.sockets[at].connection
    }

    /// Queues a message.
    pub fn send(&mut self, at: usize, payload: &[u8]) {
        self.sockets[at].connection.send(payload);
        self.mark_dirty(at);
    }

    /// Queues a data frame that is no single edit.
    pub fn send_data(&mut self, at: usize, payload: &[u8]) {
        self.sockets[at].connection.send_data(payload);
        self.mark_dirty(at);
    }

    /// Queues a frame that was masked before and holds the edit at `clock`.
    #[inline]
    pub fn send_edit(&mut self, at: usize, masked: &[u8], clock: u32) {
        self.sockets[at].connection.send_edit(masked, clock);
        self.mark_dirty(at);
    }

    #[inline]
    fn mark_dirty(&mut self, at: usize) {
        if !std::mem::replace(&mut self.sockets[at].dirty, true) {
            self.dirty.push(at);
        }
    }

    /// Writes whatever was queued, as far as the sockets take it.
    pub fn flush(&mut self) {
        let mut dirty = std::mem::take(&mut self.dirty);
        for at in dirty.drain(..) {
            self.sockets[at].dirty = false;
            self.write(at);
        }
        self.dirty = dirty;
    }

    /// Stops or resumes reading from a socket.
    ///
    /// # Errors
    /// The epoll refuses.
    pub fn set_reading(&mut self, at: usize, reading: bool) -> Outcome<()> {
        let socket = &mut self.sockets[at];
        let mut interest = socket.interest;
        interest.set(epoll::EventFlags::IN, reading);
        set_interest(&self.epoll, socket, at, interest).doing("watch a socket")
    }

    /// Fails if a connection is gone.
    ///
    /// # Errors
    /// The first connection that is gone, with what the server said.
    pub fn all_open(&self) -> Outcome<()> {
        match self.closed().next() {
            None => Ok(()),
            Some((at, reason)) => Err(Failure::Unexpected(format!("connection {at}: {reason}"))),
        }
    }

    /// Lists the connections that are gone, with what the server said.
    pub fn closed(&self) -> impl Iterator<Item = (usize, &str)> {
        self.sockets
            .iter()
            .enumerate()
            .filter(|(_, socket)| socket.connection.phase == Phase::Closed)
            .map(|(at, socket)| (at, socket.connection.remark.as_deref().unwrap_or("the socket was closed")))
    }

    /// Lists what went wrong on connections: refusals and reasons for closing.
    pub fn remarks(&self) -> impl Iterator<Item = &str> {
        self.sockets.iter().filter_map(|socket| socket.connection.remark.as_deref())
    }

    /// Waits for events, at most `patience`, and handles a few of them.
    ///
    /// # Errors
    /// The epoll fails.
    pub fn poll(&mut self, watcher: &mut impl Watcher, patience: Nanos) -> Outcome<()> {
        self.flush();
        let timeout = Timespec {
            tv_sec: (patience / SECOND).cast_signed(),
            tv_nsec: (patience % SECOND).cast_signed(),
        };
        match epoll::wait(&self.epoll, spare_capacity(&mut self.events), Some(&timeout)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error).doing("wait for sockets"),
        }
        let mut events = std::mem::take(&mut self.events);
        for event in events.drain(..) {
            // Copies, because the kernel's event is packed.
            let (data, flags) = (event.data, event.flags);
            let at = usize::try_from(data.u64()).expect("it was an index");
            if flags.contains(epoll::EventFlags::OUT) {
                self.write(at);
            }
            let readable = epoll::EventFlags::IN | epoll::EventFlags::HUP | epoll::EventFlags::ERR;
            if flags.intersects(readable) {
                self.read(at, watcher);
            }
        }
        self.events = events;
        Ok(())
    }

    /// Polls until `done` says so, or the patience ends; tells which.
    ///
    /// # Errors
    /// The epoll fails.
    pub fn poll_until<W: Watcher>(
        &mut self,
        watcher: &mut W,
        patience: Nanos,
        mut done: impl FnMut(&W) -> bool,
    ) -> Outcome<bool> {
        let deadline = clock::now() + patience;
        while !done(watcher) {
            let now = clock::now();
            if now >= deadline {
                return Ok(false);
            }
            self.poll(watcher, (deadline - now).min(10 * MILLISECOND))?;
        }
        Ok(true)
    }

    fn read(&mut self, at: usize, watcher: &mut impl Watcher) {
        let Socket { stream: Some(stream), connection, .. } = &mut self.sockets[at] else { return };
        let read = match stream.read(&mut self.scratch) {
            Ok(0) => return self.gone(at, "the server closed the socket"),
            Ok(read) => read,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => return,
            Err(error) => return self.gone(at, &error.to_string()),
        };
        let now = clock::now();
        let fresh = &self.scratch[..read];
        let outcome = if connection.inbox.is_empty() {
            connection
                .consume(at, fresh, now, watcher)
                .map(|taken| connection.inbox.extend_from_slice(&fresh[taken..]))
        } else {
            let mut inbox = std::mem::take(&mut connection.inbox);
            inbox.extend_from_slice(fresh);
            let outcome =
                connection.consume(at, &inbox, now, watcher).map(|taken| drop(inbox.drain(..taken)));
            connection.inbox = inbox;
            outcome
        };
        match outcome {
            Err(failure) => self.gone(at, &failure.to_string()),
            Ok(()) if connection.phase == Phase::Closed => self.gone(at, "closed"),
            Ok(()) if connection.outbox.is_empty() => {}
            Ok(()) => self.write(at),
        }
    }

    fn write(&mut self, at: usize) {
        let socket = &mut self.sockets[at];
        let Some(stream) = &mut socket.stream else { return };
        let mut blocked = false;
        while socket.written < socket.connection.outbox.len() && !blocked {
            match stream.write(&socket.connection.outbox[socket.written..]) {
                Ok(written) => socket.written += written,
                // A socket that is still connecting answers the same way as one that is full.
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => {
                    blocked = true
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // What the server sent before it closed is still to be read; reading reports the end.
                Err(_) => return,
            }
        }
        if !blocked {
            socket.connection.outbox.clear();
            socket.written = 0;
        }
        let mut interest = socket.interest;
        interest.set(epoll::EventFlags::OUT, blocked);
        if let Err(error) = set_interest(&self.epoll, socket, at, interest) {
            self.gone(at, &error.to_string());
        }
    }

    fn gone(&mut self, at: usize, why: &str) {
        let socket = &mut self.sockets[at];
        socket.stream = None;
        socket.connection.phase = Phase::Closed;
        socket.connection.remark.get_or_insert_with(|| why.to_owned());
    }
}

fn set_interest(
    epoll: &OwnedFd,
    socket: &mut Socket,
    at: usize,
    interest: epoll::EventFlags,
) -> Result<(), Errno> {
    if let Some(stream) = &socket.stream
        && interest != socket.interest
    {
        epoll::modify(epoll, stream, epoll::EventData::new_u64(at as u64), interest)?;
        socket.interest = interest;
    }
    Ok(())
}

/// Begins to connect without waiting: a full backlog of the server must not stop the other clients.
fn connecting(address: SocketAddr) -> Outcome<TcpStream> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = socket_with(family, SocketType::STREAM, flags, None).doing("create a socket")?;
    match connect(&socket, &address) {
        Ok(()) | Err(Errno::INPROGRESS) => {}
        Err(error) => return Err(error).doing("connect"),
    }
    let stream = TcpStream::from(socket);
    stream.set_nodelay(true).doing("set TCP_NODELAY")?;
    Ok(stream)
}

/// Counts the connections that are synced.
struct Arrivals {
    synced: Vec<bool>,
    count: usize,
}

impl Watcher for Arrivals {
    fn synced(&mut self, at: usize, _now: Nanos) {
        if !std::mem::replace(&mut self.synced[at], true) {
            self.count += 1;
        }
    }
}
