//! y-websocket 1.x to 3.x and `@y/websocket` 4: one document a socket, one message a frame.
//!
//! Clients up to 3.1 read only the first message of a frame, so every message gets a frame of its own; frames still
//! share a write. With `?ack=1` a client is told how many of its data frames are committed; other clients get their raw
//! update back after the commit, which is what turns `@y/websocket` 4's sync status true.

use crate::message::Outbound;
use crate::websocket;

/// How a client learns that its data frames are committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AckMode {
    /// Message 100 with a count (`?ack=1`).
    Count,
    /// The raw update comes back.
    Echo,
}

/// Appends `message` as one WebSocket frame.
pub fn encode(out: &mut Vec<u8>, message: Outbound<'_>) {
    websocket::binary(out, message.encoded_len(), |out| message.encode(out));
}

/// Returns `message` as one WebSocket frame.
#[must_use]
pub fn frame(message: Outbound<'_>) -> bytes::Bytes {
    let mut out = Vec::with_capacity(message.encoded_len() + 10);
    encode(&mut out, message);
    out.into()
}

/// Reads the ack mode from the query string of the upgrade request.
#[must_use]
pub fn ack_mode(query: &str) -> AckMode {
    if query.split('&').any(|pair| pair == "ack=1") { AckMode::Count } else { AckMode::Echo }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ack_1_asks_for_counts() {
        assert_eq!(ack_mode("token=x&ack=1"), AckMode::Count);
        assert_eq!(ack_mode("ack=10"), AckMode::Echo);
        assert_eq!(ack_mode(""), AckMode::Echo);
    }

    #[test]
    fn a_message_is_one_frame() {
        assert_eq!(&frame(Outbound::Awareness(&[0]))[..], [0x82, 3, 1, 1, 0]);
    }
}
