//! A tab with a stock y-websocket client.

use bytes::Bytes;
use weft_protocol::dialect::y_websocket::AckMode;
use weft_protocol::ids::SessionId;
use weft_protocol::lib0::Reader;
use weft_protocol::message::Outbound;

use crate::link::{DataFrame, Down, Link, Up};
use crate::presence::Presence;
use crate::replica::{Replica, Touched};

/// A tab.
pub struct Client {
    /// Its author number.
    pub id: u64,
    /// Index of the document it edits.
    pub document: usize,
    /// How it learns of commits.
    pub ack_mode: AckMode,
    /// What it holds.
    pub replica: Replica,
    /// Who it believes is here.
    pub presence: Presence,
    /// Its socket, if it has one.
    pub session: Option<SessionId>,
    /// It has been closed for good.
    pub departed: bool,
    /// When it says its awareness again.
    pub renews_us: u64,
}

/// A message as a client reads it.
#[derive(Debug)]
pub enum Said {
    /// The server asks for what it lacks.
    SyncStep1(Bytes),
    /// What the client lacked.
    SyncStep2(Bytes),
    /// A live update.
    Update(Bytes),
    /// Awareness entries.
    Awareness(Bytes),
    /// The first data frames are committed.
    Ack(u64),
    /// JSON.
    Notice(String),
}

impl Said {
    /// Reads a message of the server.
    ///
    /// # Panics
    /// [W1] when it is none.
    pub fn read(message: &Bytes) -> Self {
        let mut reader = Reader::new(message);
        let whole = "[W1] the server sends whole messages";
        let tag = reader.var_uint().expect(whole);
        let said = match tag {
            0 => {
                let step = reader.var_uint().expect(whole);
                let body = message.slice_ref(reader.var_bytes().expect(whole));
                match step {
                    0 => Self::SyncStep1(body),
                    1 => Self::SyncStep2(body),
                    2 => Self::Update(body),
                    other => panic!("[W1] sync step {other}"),
                }
            }
            1 => Self::Awareness(message.slice_ref(reader.var_bytes().expect(whole))),
            100 => Self::Ack(reader.var_uint().expect(whole)),
            101 => Self::Notice(reader.var_string().expect(whole).to_owned()),
            other => panic!("[W1] a message of type {other}"),
        };
        assert_eq!(reader.remaining(), 0, "[W4] one message a frame");
        said
    }
}

impl Client {
    /// Opens a socket: says what it has and who it is.
    pub fn open(&mut self, session: SessionId, link: &mut Link) {
        self.session = Some(session);
        say(link, Outbound::SyncStep1(&self.replica.state_vector()));
        say(link, Outbound::Awareness(&self.presence.announce()));
    }

    /// The socket is gone.
    pub fn lost(&mut self) {
        self.session = None;
        self.presence.forget_others();
    }

    /// Reads one frame; returns the code when it is the last.
    pub fn read(&mut self, down: Down, link: &mut Link) -> Option<u16> {
        match down {
            Down::Close(code) => return Some(code),
            Down::Ping(payload) => link.up.push_back(Up::Pong(payload)),
            Down::Message(message) => self.hear(Said::read(&message), link),
        }
        None
    }

    fn hear(&mut self, said: Said, link: &mut Link) {
        match said {
            Said::SyncStep1(state_vector) => {
                let diff = self.replica.diff(&state_vector);
                // What waits for its causes is passed on and nobody's promise.
                let touched = Touched::of(&diff).known_to(&self.replica.content());
                say_data(link, Outbound::SyncStep2(&diff), &diff, touched);
            }
            Said::SyncStep2(update) | Said::Update(update) => self.replica.merge(&update),
            Said::Awareness(update) => {
                if let Some(changed) = self.presence.hear(&update) {
                    say(link, Outbound::Awareness(&changed));
                }
            }
            Said::Ack(_) | Said::Notice(_) => {}
        }
    }
}

/// Sends a message.
pub fn say(link: &mut Link, message: Outbound<'_>) {
    let mut out = Vec::with_capacity(message.encoded_len());
    message.encode(&mut out);
    link.up.push_back(Up::Message(out.into()));
}

/// Sends a SyncStep2 or an Update and notes what the server owes an ack for.
pub fn say_data(link: &mut Link, message: Outbound<'_>, payload: &[u8], touched: Touched) {
    let payload = Bytes::copy_from_slice(payload);
    link.sent.push(DataFrame { payload, touched, barrier: None, is_acked: false });
    say(link, message);
}
