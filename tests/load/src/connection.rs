//! One client's side of a socket: what to answer, what to report. No IO; [`crate::swarm`] moves the bytes.

use std::collections::VecDeque;

use weft_protocol::lib0::{Malformed, Reader};

use crate::clock::Nanos;
use crate::failure::{Failure, Outcome};
use crate::frame::{self, Kind};
use crate::message::{self, EMPTY_UPDATE, Message, Sync};
use crate::update::{self, Edits};

/// Who wants to know what the connections receive. `at` is the connection's index, `now` the moment of the read.
pub trait Watcher {
    /// Edits arrived, in an update of any kind.
    fn edits(&mut self, _at: usize, _edits: Edits, _now: Nanos) {}
    /// A client's awareness state arrived.
    fn state(&mut self, _at: usize, _client: u64, _clock: u64, _now: Nanos) {}
    /// An answer to a SyncStep1 arrived, after its edits were reported.
    fn synced(&mut self, _at: usize, _now: Nanos) {}
    /// An edit of this connection is committed.
    fn committed(&mut self, _at: usize, _clock: u64, _now: Nanos) {}
    /// The bytes of an update arrived; tells whether its edits are to be reported.
    fn update(&mut self, _at: usize, _update: &[u8], _now: Nanos) -> bool {
        true
    }
}

/// Where in its life a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The HTTP answer is awaited.
    Upgrading,
    /// Messages flow.
    Open,
    /// The socket is gone.
    Closed,
}

/// Marks a data frame that is no edit, in the queue of what waits for its ack.
const NO_EDIT: u32 = u32::MAX;

/// One client's side of a socket.
#[derive(Debug)]
pub struct Connection {
    /// Where in its life it is.
    pub phase: Phase,
    /// Bytes that wait for the socket.
    pub outbox: Vec<u8>,
    /// What is sent as soon as messages flow: a SyncStep1, usually.
    greeting: Vec<u8>,
    /// Bytes of a frame that is still incomplete.
    pub inbox: Vec<u8>,
    /// Clocks of the data frames that were sent and are not committed, oldest first.
    uncommitted: VecDeque<u32>,
    committed: u64,
    acks: bool,
    /// What the server said about itself, if anything: refusals and the reason for closing.
    pub remark: Option<String>,
}

impl Connection {
    /// Starts with the upgrade request in the outbox.
    pub fn new(request: Vec<u8>, greeting: Vec<u8>, acks: bool) -> Self {
        Self {
            phase: Phase::Upgrading,
            outbox: request,
            greeting,
            inbox: Vec::new(),
            uncommitted: VecDeque::new(),
            committed: 0,
            acks,
            remark: None,
        }
    }

    /// Queues a message; the mask is constant because only its cost matters here.
    pub fn send(&mut self, payload: &[u8]) {
        frame::append_masked(&mut self.outbox, Kind::Binary, MASK, payload);
    }

    /// Queues a data frame that is no single edit.
    pub fn send_data(&mut self, payload: &[u8]) {
        self.send(payload);
        self.sent_data(NO_EDIT);
    }

    /// Queues a frame that was masked before and holds the edit at `clock`.
    #[inline]
    pub fn send_edit(&mut self, masked: &[u8], clock: u32) {
        self.outbox.extend_from_slice(masked);
        self.sent_data(clock);
    }

    /// Remembers a data frame until its ack.
    fn sent_data(&mut self, clock: u32) {
        if self.acks {
            self.uncommitted.push_back(clock);
        }
    }

    /// Returns how many data frames wait for their ack.
    pub fn uncommitted(&self) -> usize {
        self.uncommitted.len()
    }

    /// Takes in what was read, answers, reports, and returns how many bytes were complete.
    ///
    /// # Errors
    /// Bytes that are not of this dialect.
    pub fn consume(
        &mut self,
        at: usize,
        bytes: &[u8],
        now: Nanos,
        watcher: &mut impl Watcher,
    ) -> Outcome<usize> {
        let mut taken = 0;
        if self.phase == Phase::Upgrading {
            taken = self.upgrade(bytes)?;
        }
        while self.phase == Phase::Open
            && let Some(frame) = frame::parse(&bytes[taken..])?
        {
            match frame.kind {
                Kind::Binary => self.messages(at, frame.payload, now, watcher).map_err(|error| {
                    Failure::Unexpected(format!("the server sent a bad message: {error}"))
                })?,
                // In order with everything else, because servers derive flow control from it.
                Kind::Ping => frame::append_masked(&mut self.outbox, Kind::Pong, MASK, frame.payload),
                Kind::Close => self.close(frame.payload),
                Kind::Text | Kind::Pong => {}
            }
            taken += frame.length;
        }
        Ok(taken)
    }

    fn upgrade(&mut self, bytes: &[u8]) -> Outcome<usize> {
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(0) };
        let head = String::from_utf8_lossy(&bytes[..end]);
        if head.split(' ').nth(1) != Some("101") {
            let status = head.lines().next().unwrap_or_default();
            return Err(Failure::Unexpected(format!("the upgrade was answered with: {status}")));
        }
        self.phase = Phase::Open;
        let greeting = std::mem::take(&mut self.greeting);
        if !greeting.is_empty() {
            self.send(&greeting);
        }
        Ok(end + 4)
    }

    fn close(&mut self, payload: &[u8]) {
        let reason = payload.split_first_chunk::<2>().map(|(code, text)| {
            format!("closed with {} {}", u16::from_be_bytes(*code), String::from_utf8_lossy(text))
        });
        self.remark = Some(reason.unwrap_or_else(|| "closed without a reason".to_owned()));
        self.phase = Phase::Closed;
    }

    #[inline]
    fn messages(
        &mut self,
        at: usize,
        bytes: &[u8],
        now: Nanos,
        watcher: &mut impl Watcher,
    ) -> Result<(), Malformed> {
        let mut reader = Reader::new(bytes);
        // Stock servers send one message a frame; those that batch send several.
        while reader.remaining() > 0 {
            match message::read(&mut reader)? {
                Some(Message::Update(update)) => report(at, update, now, watcher)?,
                Some(Message::SyncStep2(update)) => {
                    report(at, update, now, watcher)?;
                    watcher.synced(at, now);
                }
                Some(Message::Awareness(states)) => {
                    message::awareness_states(states, |client, clock| watcher.state(at, client, clock, now))?;
                }
                Some(Message::Committed(frames)) => self.ack(at, frames, now, watcher),
                Some(Message::Notice(text)) if text.contains("refused") => {
                    self.remark = Some(text.to_owned())
                }
                Some(Message::SyncStep1) => self.answer(),
                Some(Message::Notice(_)) | None => {}
            }
        }
        Ok(())
    }

    /// Answers a SyncStep1 like a client that has nothing the server lacks.
    fn answer(&mut self) {
        self.send_data(&message::sync(Sync::Step2, &EMPTY_UPDATE));
    }

    fn ack(&mut self, at: usize, frames: u64, now: Nanos, watcher: &mut impl Watcher) {
        while self.committed < frames
            && let Some(clock) = self.uncommitted.pop_front()
        {
            self.committed += 1;
            if clock != NO_EDIT {
                watcher.committed(at, u64::from(clock), now);
            }
        }
        if self.committed < frames {
            self.remark = Some(format!("{frames} frames acknowledged where {} were sent", self.committed));
        }
    }
}

#[inline]
fn report(at: usize, update: &[u8], now: Nanos, watcher: &mut impl Watcher) -> Result<(), Malformed> {
    if !watcher.update(at, update, now) {
        return Ok(());
    }
    update::scan(update, |edits| watcher.edits(at, edits, now))
}

/// The key every frame is masked with: a constant, because unpredictability only matters to proxies.
pub const MASK: [u8; 4] = [0x57, 0x65, 0x66, 0x74];

#[cfg(test)]
mod tests {
    use super::*;

    struct Nobody;

    impl Watcher for Nobody {}

    #[derive(Default)]
    struct Log(Vec<String>);

    impl Watcher for Log {
        fn edits(&mut self, at: usize, edits: Edits, _now: Nanos) {
            self.0.push(format!("{at}: {} {}+{}", edits.client, edits.clock, edits.len));
        }
        fn synced(&mut self, _at: usize, _now: Nanos) {
            self.0.push("synced".to_owned());
        }
        fn committed(&mut self, _at: usize, clock: u64, _now: Nanos) {
            self.0.push(format!("committed {clock}"));
        }
    }

    fn open() -> Connection {
        let mut connection = Connection::new(Vec::new(), Vec::new(), true);
        let head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
        assert_eq!(connection.consume(0, head, 0, &mut Nobody).expect("legal"), head.len());
        connection
    }

    fn frames(messages: &[&[u8]]) -> Vec<u8> {
        let mut out = Vec::new();
        messages.iter().for_each(|message| frame::append_plain(&mut out, Kind::Binary, message));
        out
    }

    #[test]
    fn edits_are_found_in_updates_and_in_answers() {
        let update = [1, 1, 9, 4, 4, 1, 1, b't', 2, b'a', b'b', 0];
        let bytes = frames(&[&message::sync(Sync::Update, &update), &message::sync(Sync::Step2, &update)]);
        let mut log = Log::default();
        let taken = open().consume(3, &bytes, 0, &mut log).expect("legal");
        assert_eq!((taken, log.0.join(", ")), (bytes.len(), "3: 9 4+2, 3: 9 4+2, synced".to_owned()));
    }

    #[test]
    fn acks_skip_frames_that_are_no_edit() {
        let mut connection = open();
        connection.consume(0, &frames(&[&[0, 0, 1, 0]]), 0, &mut Nobody).expect("legal");
        connection.send_edit(b"", 5);
        connection.send_edit(b"", 6);
        let mut log = Log::default();
        connection.consume(0, &frames(&[&[100, 2]]), 0, &mut log).expect("legal");
        assert_eq!((log.0.join(", "), connection.uncommitted()), ("committed 5".to_owned(), 1));
    }

    #[test]
    fn a_refused_upgrade_is_an_error() {
        let mut connection = Connection::new(Vec::new(), Vec::new(), false);
        assert!(connection.consume(0, b"HTTP/1.1 503 Busy\r\n\r\n", 0, &mut Nobody).is_err());
    }
}
