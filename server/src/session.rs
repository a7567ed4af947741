//! A session: one socket's attachment to one document.
//!
//! This is the plain state machine; [`actor`] is its shell, [`guard`] stands in front of the frame decoder and
//! [`outbox`] holds what goes out, and [`socket`] moves the bytes.
//!
//! ```text
//!  Anonymous ──good token──> Opening ──Attached──> Attached ──Close, violation──> Closing ──peer's Close, EOF──> (stopped)
//!      │                        └──────────────────Refused────────────────────────^
//!      └──bad token, any other message, no message in time────────────────────────┘
//! ```

pub mod actor;
pub mod guard;
pub mod outbox;
pub mod socket;
pub mod stream;
pub mod throttle;

use bytes::{Bytes, BytesMut};
use weft_protocol::close::{Close, CloseCode};
use weft_protocol::message::{self, Inbound};
use weft_protocol::websocket::pong_counter;

use crate::access::Denied;

/// What a message costs of a session's share of memory besides its bytes: its places in the queues on its way.
const MESSAGE_OVERHEAD_BYTES: usize = 256;

/// Frames up to this size are copied out of the buffer they were read into. A message may be kept for long, and would keep
/// the whole of that buffer with it, whatever else was in there.
const COPIED_BYTES_MAX: usize = 256 << 10;

/// What arrives on the socket, in the order it was sent.
#[derive(Debug)]
pub enum Incoming {
    /// A whole binary message.
    Binary(Bytes),
    /// A text message, which no dialect here uses.
    Text,
    /// The first part of a fragmented binary message.
    First(Bytes),
    /// A further part.
    Next(Bytes),
    /// The last part.
    Last(Bytes),
    /// A ping.
    Ping(Bytes),
    /// A pong.
    Pong(Bytes),
    /// The peer closes.
    Close,
}

/// What the shell is to do, in order.
#[derive(Debug, PartialEq, Eq)]
pub enum SessionEffect {
    /// Hand a message to the document.
    Forward {
        /// The message.
        message: Inbound,
        /// What it costs until it is handled.
        cost_bytes: usize,
    },
    /// Check a token: the first one, or a fresh one on a socket that is served.
    Authenticate(Bytes),
    /// Answer a ping.
    Pong(Bytes),
    /// Tell the document that the peer is alive and how much it has consumed.
    Heard(Option<u64>),
    /// Leave the document and close the socket.
    Close(Close),
    /// The peer has closed: end.
    Stop,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The socket came without a token, and may send one.
    Anonymous,
    Opening,
    Attached,
    Closing,
}

/// The state machine of one session.
#[derive(Debug)]
pub struct Session {
    phase: Phase,
    assembling: Option<BytesMut>,
    message_bytes_max: usize,
}

impl Session {
    /// Starts a session that waits for its document; messages over `message_bytes_max` are refused, fragmented or not.
    #[must_use]
    pub fn new(message_bytes_max: usize) -> Self {
        Self { phase: Phase::Opening, assembling: None, message_bytes_max }
    }

    /// Starts a session that has to send a token first.
    #[must_use]
    pub fn anonymous(message_bytes_max: usize) -> Self {
        Self { phase: Phase::Anonymous, assembling: None, message_bytes_max }
    }

    /// Returns true until the session has shown a token that is good.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.phase == Phase::Anonymous
    }

    /// The token was good: the session waits for its document.
    pub fn authenticated(&mut self) {
        if self.phase == Phase::Anonymous {
            self.phase = Phase::Opening;
        }
    }

    /// The document took the session.
    pub fn attached(&mut self) {
        if self.phase == Phase::Opening {
            self.phase = Phase::Attached;
        }
    }

    /// The session ends from this side: nothing that still arrives matters.
    pub fn closing(&mut self) {
        self.phase = Phase::Closing;
        self.assembling = None;
    }

    /// Takes what arrived.
    pub fn receive(&mut self, incoming: Incoming) -> Vec<SessionEffect> {
        match (self.phase, incoming) {
            (_, Incoming::Close) => vec![SessionEffect::Stop],
            (Phase::Closing, _) => Vec::new(),
            (Phase::Anonymous | Phase::Opening | Phase::Attached, Incoming::Ping(payload)) => {
                vec![SessionEffect::Pong(payload)]
            }
            (Phase::Anonymous, Incoming::Pong(_)) => Vec::new(),
            (Phase::Anonymous, Incoming::Binary(bytes)) => self.introduce(&bytes),
            (Phase::Anonymous, _) => self.close(CloseCode::Unauthorized, &Denied::Missing.to_string()),
            (Phase::Opening, _) => self.violated("a message arrived before the document was open"),
            (Phase::Attached, Incoming::Pong(payload)) => vec![SessionEffect::Heard(pong_counter(&payload))],
            (Phase::Attached, Incoming::Binary(bytes)) => self.message(bytes),
            (Phase::Attached, Incoming::Text) => {
                self.violated("text messages are not part of the protocol: send binary")
            }
            (Phase::Attached, Incoming::First(bytes)) => self.assemble(Some(BytesMut::new()), &bytes, false),
            (Phase::Attached, Incoming::Next(bytes)) => {
                let parts = self.assembling.take();
                self.assemble(parts, &bytes, false)
            }
            (Phase::Attached, Incoming::Last(bytes)) => {
                let parts = self.assembling.take();
                self.assemble(parts, &bytes, true)
            }
        }
    }

    fn assemble(&mut self, parts: Option<BytesMut>, bytes: &[u8], last: bool) -> Vec<SessionEffect> {
        let Some(mut parts) = parts else { return self.violated("a continuation without a beginning") };
        if parts.len() + bytes.len() > self.message_bytes_max {
            let most = self.message_bytes_max;
            return self.close(
                CloseCode::TooLarge,
                &format!("a fragmented message of over {most} bytes, the most allowed"),
            );
        }
        parts.extend_from_slice(bytes);
        if last {
            return self.message(parts.freeze());
        }
        self.assembling = Some(parts);
        Vec::new()
    }

    fn message(&mut self, frame: Bytes) -> Vec<SessionEffect> {
        let frame = if frame.len() <= COPIED_BYTES_MAX { Bytes::copy_from_slice(&frame) } else { frame };
        let mut effects = Vec::with_capacity(1);
        let mut share = frame.len() + MESSAGE_OVERHEAD_BYTES;
        let decoded = message::decode(&frame, |message| {
            // Parts of one frame share its memory: the first carries the cost.
            let cost_bytes = std::mem::replace(&mut share, MESSAGE_OVERHEAD_BYTES);
            effects.push(match message {
                Inbound::Token(token) => SessionEffect::Authenticate(token),
                message => SessionEffect::Forward { message, cost_bytes },
            });
        });
        if let Err(malformed) = decoded {
            effects.extend(self.violated(&malformed.to_string()));
        }
        effects
    }

    /// Takes the first message of a socket that came without a token: the token, in a frame of its own.
    fn introduce(&mut self, frame: &Bytes) -> Vec<SessionEffect> {
        let mut messages = Vec::new();
        match (message::decode(frame, |message| messages.push(message)), messages.as_slice()) {
            (Ok(()), [Inbound::Token(token)]) => vec![SessionEffect::Authenticate(token.clone())],
            (Ok(()), _) => self.close(CloseCode::Unauthorized, &Denied::Missing.to_string()),
            (Err(malformed), _) => self.violated(&malformed.to_string()),
        }
    }

    fn violated(&mut self, what: &str) -> Vec<SessionEffect> {
        self.close(CloseCode::Malformed, &format!("malformed message: {what}"))
    }

    fn close(&mut self, code: CloseCode, reason: &str) -> Vec<SessionEffect> {
        self.closing();
        vec![SessionEffect::Close(Close::new(code, reason))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attached() -> Session {
        let mut session = Session::new(100);
        session.attached();
        session
    }

    fn code(effects: &[SessionEffect]) -> Option<CloseCode> {
        effects.iter().find_map(|effect| match effect {
            SessionEffect::Close(close) => Some(close.code),
            _ => None,
        })
    }

    /// [W4]
    #[test]
    fn a_message_is_forwarded_with_its_cost() {
        let effects = attached().receive(Incoming::Binary(Bytes::from_static(&[0, 0, 1, 0])));
        let message = Inbound::SyncStep1(Bytes::from_static(&[0]));
        assert_eq!(effects, [SessionEffect::Forward { message, cost_bytes: 4 + MESSAGE_OVERHEAD_BYTES }]);
    }

    /// [H4]
    #[test]
    fn fragments_are_put_together_up_to_the_bound() {
        let mut session = attached();
        assert_eq!(session.receive(Incoming::First(Bytes::from_static(&[0, 0]))), []);
        assert_eq!(session.receive(Incoming::Next(Bytes::from_static(&[1]))), []);
        assert!(matches!(
            session.receive(Incoming::Last(Bytes::from_static(&[0])))[..],
            [SessionEffect::Forward { .. }]
        ));
        session.receive(Incoming::First(Bytes::from(vec![0; 60])));
        assert_eq!(
            code(&session.receive(Incoming::Next(Bytes::from(vec![0; 60])))),
            Some(CloseCode::TooLarge)
        );
        assert_eq!(
            session.receive(Incoming::Next(Bytes::from(vec![0; 60]))),
            [],
            "closing: nothing matters any more"
        );
    }

    /// [X2]
    #[test]
    fn a_socket_without_a_token_may_only_send_one() {
        let token = Incoming::Binary(Bytes::from_static(&[2, 0, 1, b't']));
        let mut session = Session::anonymous(100);
        assert_eq!(session.receive(token), [SessionEffect::Authenticate(Bytes::from_static(b"t"))]);
        for other in [
            Incoming::Binary(Bytes::from_static(&[0, 0, 1, 0])),
            Incoming::Binary(Bytes::from_static(&[2, 0, 1, b't', 0, 0, 1, 0])),
            Incoming::Text,
            Incoming::First(Bytes::from_static(&[2, 0])),
        ] {
            let mut session = Session::anonymous(100);
            assert_eq!(code(&session.receive(other)), Some(CloseCode::Unauthorized));
            assert_eq!(session.receive(Incoming::Binary(Bytes::from_static(&[2, 0, 1, b't']))), []);
        }
    }

    /// [H1]
    #[test]
    fn what_is_not_the_protocol_is_closed_as_malformed() {
        for incoming in
            [Incoming::Text, Incoming::Next(Bytes::new()), Incoming::Binary(Bytes::from_static(&[0, 9]))]
        {
            assert_eq!(code(&attached().receive(incoming)), Some(CloseCode::Malformed));
        }
    }
}
