//! A bare broadcaster: what sockets allow on this machine, without documents and without storage.
//!
//! It speaks just enough of the dialect for the generator: a SyncStep1 is answered with nothing new, and updates and awareness go
//! to everybody else under the same path. Whatever a server adds to this is what its documents cost.

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, TcpStream};

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::net::{AddressFamily, SocketType, bind, listen, socket};

use crate::failure::{Doing, Outcome};
use crate::frame::{self, Kind};
use crate::message::{self, EMPTY_UPDATE, Sync};

/// As many connections as a storm opens at once.
const BACKLOG: i32 = 4096;
const READ_BYTES: usize = 64 * 1024;
const EVENTS: usize = 256;
/// Marks the listening socket among the events.
const LISTENER: u64 = u64::MAX;

struct Member {
    stream: Option<TcpStream>,
    document: Option<usize>,
    inbox: Vec<u8>,
    outbox: Vec<u8>,
    written: usize,
    dirty: bool,
    blocked: bool,
}

struct Broadcaster {
    epoll: OwnedFd,
    listener: TcpListener,
    members: Vec<Member>,
    documents: HashMap<String, usize>,
    /// Members by document.
    rooms: Vec<Vec<usize>>,
    dirty: Vec<usize>,
}

/// Serves until the process ends.
///
/// # Errors
/// The system refuses a socket or the epoll.
pub fn serve() -> Outcome<()> {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).doing("create a socket")?;
    bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).doing("bind")?;
    listen(&socket, BACKLOG).doing("listen")?;
    let listener = TcpListener::from(socket);
    listener.set_nonblocking(true).doing("listen")?;
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).doing("create an epoll")?;
    epoll::add(&epoll, &listener, EventData::new_u64(LISTENER), EventFlags::IN)
        .doing("watch the listener")?;
    println!("listening on http://{}", listener.local_addr().doing("read the address")?);
    let (members, documents, rooms, dirty) = (Vec::new(), HashMap::new(), Vec::new(), Vec::new());
    Broadcaster { epoll, listener, members, documents, rooms, dirty }.run()
}

impl Broadcaster {
    fn run(&mut self) -> Outcome<()> {
        let mut events = Vec::with_capacity(EVENTS);
        let mut scratch = vec![0; READ_BYTES];
        loop {
            epoll::wait(&self.epoll, spare_capacity(&mut events), None).doing("wait for sockets")?;
            for event in events.drain(..) {
                // Copies, because the kernel's event is packed.
                let (data, flags) = (event.data, event.flags);
                if data.u64() == LISTENER {
                    self.accept()?;
                    continue;
                }
                let at = usize::try_from(data.u64()).expect("it was an index");
                if flags.contains(EventFlags::OUT) {
                    self.mark_dirty(at);
                }
                if flags.intersects(EventFlags::IN | EventFlags::HUP | EventFlags::ERR) {
                    self.read(at, &mut scratch);
                }
            }
            self.flush()?;
        }
    }

    fn accept(&mut self) -> Outcome<()> {
        while let Ok((stream, _)) = self.listener.accept() {
            stream.set_nonblocking(true).doing("accept")?;
            stream.set_nodelay(true).doing("accept")?;
            let data = EventData::new_u64(self.members.len() as u64);
            epoll::add(&self.epoll, &stream, data, EventFlags::IN).doing("watch a socket")?;
            self.members.push(Member {
                stream: Some(stream),
                document: None,
                inbox: Vec::new(),
                outbox: Vec::new(),
                written: 0,
                dirty: false,
                blocked: false,
            });
        }
        Ok(())
    }

    fn read(&mut self, at: usize, scratch: &mut [u8]) {
        let Member { stream: Some(stream), inbox, document, .. } = &mut self.members[at] else { return };
        match stream.read(scratch) {
            Ok(read @ 1..) => inbox.extend_from_slice(&scratch[..read]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            Ok(0) | Err(_) => return self.leave(at),
        }
        let mut inbox = std::mem::take(inbox);
        if document.is_none() {
            self.join(at, &mut inbox);
        }
        if self.members[at].document.is_some() {
            let mut taken = 0;
            while let Ok(Some(frame)) = frame::parse(&inbox[taken..]) {
                let (start, end) = (taken + frame.length - frame.payload.len(), taken + frame.length);
                let (kind, mask) = (frame.kind, frame.mask);
                mask.into_iter().for_each(|mask| frame::apply_mask(&mut inbox[start..end], mask));
                taken = end;
                self.receive(at, kind, &inbox[start..end]);
            }
            inbox.drain(..taken);
        }
        self.members[at].inbox = inbox;
    }

    fn join(&mut self, at: usize, inbox: &mut Vec<u8>) {
        let Some(end) = inbox.windows(4).position(|window| window == b"\r\n\r\n") else { return };
        let path = String::from_utf8_lossy(&inbox[..end]).split(' ').nth(1).unwrap_or_default().to_owned();
        inbox.drain(..end + 4);
        let rooms = &mut self.rooms;
        let document = *self.documents.entry(path).or_insert_with(|| {
            rooms.push(Vec::new());
            rooms.len() - 1
        });
        self.rooms[document].push(at);
        self.members[at].document = Some(document);
        // The generator does not check the accept key, so none is computed.
        self.members[at].outbox.extend_from_slice(b"HTTP/1.1 101 Switching Protocols\r\n\r\n");
        self.mark_dirty(at);
    }

    fn leave(&mut self, at: usize) {
        let member = &mut self.members[at];
        member.stream = None;
        if let Some(document) = member.document {
            self.rooms[document].retain(|other| *other != at);
        }
    }

    fn receive(&mut self, at: usize, kind: Kind, payload: &[u8]) {
        match (kind, payload) {
            (Kind::Binary, [0, 0, ..]) => {
                let answer = message::sync(Sync::Step2, &EMPTY_UPDATE);
                frame::append_plain(&mut self.members[at].outbox, Kind::Binary, &answer);
                self.mark_dirty(at);
            }
            (Kind::Binary, [0, 2, ..] | [1, ..]) => {
                let Some(document) = self.members[at].document else { return };
                let room = std::mem::take(&mut self.rooms[document]);
                for other in room.iter().copied().filter(|other| *other != at) {
                    frame::append_plain(&mut self.members[other].outbox, Kind::Binary, payload);
                    self.mark_dirty(other);
                }
                self.rooms[document] = room;
            }
            _ => {}
        }
    }

    fn mark_dirty(&mut self, at: usize) {
        if !std::mem::replace(&mut self.members[at].dirty, true) {
            self.dirty.push(at);
        }
    }

    fn flush(&mut self) -> Outcome<()> {
        for at in std::mem::take(&mut self.dirty) {
            let member = &mut self.members[at];
            member.dirty = false;
            let Some(stream) = &mut member.stream else { continue };
            let mut blocked = false;
            while member.written < member.outbox.len() && !blocked {
                match stream.write(&member.outbox[member.written..]) {
                    Ok(written) => member.written += written,
                    // Whatever else is wrong with the socket, reading from it will tell.
                    Err(_) => blocked = true,
                }
            }
            if !blocked {
                member.outbox.clear();
                member.written = 0;
            }
            if blocked != member.blocked {
                member.blocked = blocked;
                let interest = if blocked { EventFlags::IN | EventFlags::OUT } else { EventFlags::IN };
                epoll::modify(&self.epoll, &*stream, EventData::new_u64(at as u64), interest)
                    .doing("watch a socket")?;
            }
        }
        Ok(())
    }
}
