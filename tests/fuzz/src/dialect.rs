//! What a socket carries: frame headers, messages, awareness, state vectors, and what the server writes.

use bytes::Bytes;
use weft_protocol::close::{Close, CloseCode};
use weft_protocol::dialect::y_websocket::{self, AckMode};
use weft_protocol::message::{self, Inbound, Outbound};
use weft_protocol::websocket::{self, FrameWalker};
use weft_protocol::{awareness, lib0, validate};

const FRAME_BYTES_MAX: u64 = 1 << 16;

/// Plays an input.
///
/// # Panics
/// When a promise is broken.
pub fn attack(input: &[u8]) {
    let Some((first, rest)) = input.split_first() else { return };
    match first % 5 {
        0 => messages(rest),
        1 => frames(rest),
        2 => entries(rest),
        3 => texts(rest),
        _ => values(rest),
    }
}

/// What is decoded, encoded again, decodes to the same.
fn messages(input: &[u8]) {
    let mut inbound = Vec::new();
    let decoded = message::decode(&Bytes::copy_from_slice(input), |one| inbound.push(one));
    let mut again = Vec::new();
    for one in &inbound {
        let outbound = match one {
            Inbound::SyncStep1(body) => Outbound::SyncStep1(body),
            Inbound::SyncStep2(body) => Outbound::SyncStep2(body),
            Inbound::Update(body) => Outbound::Update(body),
            Inbound::Awareness(body) => Outbound::Awareness(body),
            Inbound::QueryAwareness | Inbound::Token(_) | Inbound::Unknown(_) => continue,
        };
        let from = again.len();
        outbound.encode(&mut again);
        assert_eq!(again.len() - from, outbound.encoded_len());
        if let Inbound::Awareness(body) = one {
            entries(body);
        }
        if let Inbound::SyncStep1(vector) = one {
            drop(validate::state_vector(vector));
        }
    }
    let bodies =
        |one: &Inbound| !matches!(one, Inbound::QueryAwareness | Inbound::Token(_) | Inbound::Unknown(_));
    if decoded.is_ok() && !inbound.is_empty() && inbound.iter().all(bodies) {
        let mut twice = Vec::new();
        message::decode(&Bytes::from(again), |one| twice.push(one)).expect("our own");
        assert_eq!(twice, inbound);
    }
}

/// A stream of frames is judged alike however it is cut, and payloads are not kept.
fn frames(input: &[u8]) {
    let Some((cut, stream)) = input.split_first() else { return };
    let mut whole = FrameWalker::new(FRAME_BYTES_MAX);
    let outcome = whole.walk(stream);
    let mut pieces = FrameWalker::new(FRAME_BYTES_MAX);
    let again = stream.chunks(1 + usize::from(*cut)).try_for_each(|chunk| pieces.walk(chunk));
    assert_eq!(outcome, again);
    if outcome.is_ok() {
        assert_eq!(whole.frames(), pieces.frames());
    }
}

fn entries(input: &[u8]) {
    let mut entries = Vec::new();
    if awareness::decode(input, |entry| entries.push(entry)).is_ok() {
        let bytes = awareness::encode(entries.len(), entries.iter().copied());
        let mut again = Vec::new();
        awareness::decode(&bytes, |entry| again.push(entry)).expect("our own");
        assert_eq!(again, entries);
    }
}

/// Reasons and notices of any text, and the query of the upgrade.
fn texts(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let mut frame = Vec::new();
    websocket::close(&mut frame, &Close::new(CloseCode::Malformed, text.clone()));
    assert!(frame.len() <= 2 + websocket::CONTROL_BYTES_MAX && usize::from(frame[1]) == frame.len() - 2);
    std::str::from_utf8(&frame[4..]).expect("[W7] a reason is text");
    let mode = y_websocket::ack_mode(&text);
    assert_eq!(mode == AckMode::Count, text.split('&').any(|pair| pair == "ack=1"));
    for outbound in [Outbound::PermissionDenied(&text), Outbound::Notice(&text)] {
        let bytes = y_websocket::frame(outbound);
        assert!(bytes.len() <= outbound.encoded_len() + 10);
    }
}

/// lib0's values and state vectors; what is read and written in their shortest form is the same.
fn values(input: &[u8]) {
    if let Ok(clocks) = validate::state_vector(input) {
        let mut bytes = Vec::new();
        lib0::write_var_uint(&mut bytes, clocks.len() as u64);
        for (client, clock) in &clocks {
            lib0::write_var_uint(&mut bytes, *client);
            lib0::write_var_uint(&mut bytes, u64::from(*clock));
        }
        assert_eq!(validate::state_vector(&bytes).as_ref(), Ok(&clocks));
        assert!(bytes.len() <= input.len());
    }
    let mut reader = lib0::Reader::new(input);
    while let Ok(value) = reader.var_uint() {
        let mut bytes = Vec::new();
        lib0::write_var_uint(&mut bytes, value);
        assert_eq!(lib0::Reader::new(&bytes).var_uint(), Ok(value));
        assert_eq!(bytes.len(), lib0::var_uint_len(value));
    }
    assert!(websocket::pong_counter(input).is_none() || input.len() == 8);
}
