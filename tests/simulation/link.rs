//! One socket: two queues that keep their order until they are cut.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::replica::Touched;

/// What a client writes.
pub enum Up {
    /// A binary message.
    Message(Bytes),
    /// The answer to a ping.
    Pong(Bytes),
}

/// What a server writes.
#[derive(Clone)]
pub enum Down {
    /// A binary message.
    Message(Bytes),
    /// A ping with its payload.
    Ping(Bytes),
    /// The end, with its code.
    Close(u16),
}

/// A data frame that a client sent on this socket.
pub struct DataFrame {
    /// The raw update.
    pub payload: Bytes,
    /// What it names.
    pub touched: Touched,
    /// Highest number its document had given out when the frame arrived there.
    pub barrier: Option<u64>,
    /// Whether the client was told that it is committed.
    pub is_acked: bool,
}

/// A socket and what is under way on it.
#[derive(Default)]
pub struct Link {
    /// Index of the client.
    pub client: usize,
    /// Towards the server.
    pub up: VecDeque<Up>,
    /// Towards the client.
    pub down: VecDeque<Down>,
    /// Nothing moves towards the server until it is let go on.
    pub up_stalled: bool,
    /// The client reads nothing until it is let go on.
    pub down_stalled: bool,
    /// The client is gone; the server will notice later.
    pub client_gone: bool,
    /// The data frames sent, in order.
    pub sent: Vec<DataFrame>,
    /// How many of them reached the document.
    pub arrived: usize,
    /// The server said last that its storage is away.
    pub storage_away: bool,
}

impl Link {
    /// Bytes the server has written and the client has not read.
    pub fn unread_bytes(&self) -> usize {
        let bytes = |down: &Down| match down {
            Down::Message(bytes) | Down::Ping(bytes) => bytes.len(),
            Down::Close(_) => 4,
        };
        self.down.iter().map(bytes).sum()
    }
}

/// Takes WebSocket frames as a server writes them apart.
///
/// # Panics
/// [W4] when they are not whole frames of the kinds a server sends.
pub fn split(frames: &Bytes) -> Vec<Down> {
    let (mut all, mut at) = (Vec::new(), 0);
    while at < frames.len() {
        let (head, length) = match frames[at + 1] {
            126 => (4, usize::from(u16::from_be_bytes([frames[at + 2], frames[at + 3]]))),
            127 => panic!("[W4] a frame longer than any document here"),
            short => (2, usize::from(short)),
        };
        let payload = frames.slice(at + head..at + head + length);
        all.push(match frames[at] {
            0x82 => Down::Message(payload),
            0x89 => Down::Ping(payload),
            opcode => panic!("[W4] a frame that begins with {opcode:#x}"),
        });
        at += head + length;
    }
    all
}
