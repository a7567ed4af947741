//! WebSocket frames (RFC 6455, section 5.2), as far as a load generator and its bare peer need them.

use crate::failure::{Failure, Outcome};

/// What a frame carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole binary message.
    Binary,
    /// A whole text message.
    Text,
    /// The end of the conversation.
    Close,
    /// A question that wants a pong with the same payload.
    Ping,
    /// An answer to a ping.
    Pong,
}

/// One frame inside a buffer.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// What it carries.
    pub kind: Kind,
    /// Its bytes, still masked if `mask` is set.
    pub payload: &'a [u8],
    /// The key the payload is masked with; only clients mask.
    pub mask: Option<[u8; 4]>,
    /// Bytes of the buffer that the frame takes.
    pub length: usize,
}

const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;

/// Finds the first frame of `bytes`; `None` while it is incomplete.
///
/// # Errors
/// A fragmented message: no server of this dialect sends one, so it would mean that the stream is misread.
#[inline]
pub fn parse(bytes: &[u8]) -> Outcome<Option<Frame<'_>>> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    let kind = match *first {
        0x82 => Kind::Binary,
        0x81 => Kind::Text,
        0x88 => Kind::Close,
        0x89 => Kind::Ping,
        0x8a => Kind::Pong,
        other => return Err(Failure::Unexpected(format!("a frame begins with {other:#04x}"))),
    };
    let Some((size, rest)) = payload_size(second & !MASKED, rest) else { return Ok(None) };
    let (mask, rest) = if second & MASKED == 0 {
        (None, rest)
    } else {
        let Some((key, rest)) = rest.split_first_chunk::<4>() else { return Ok(None) };
        (Some(*key), rest)
    };
    let Some(payload) = rest.get(..size) else { return Ok(None) };
    Ok(Some(Frame { kind, payload, mask, length: bytes.len() - rest.len() + size }))
}

/// Reads the length that `short` announces; `None` while its bytes are incomplete.
#[inline]
fn payload_size(short: u8, rest: &[u8]) -> Option<(usize, &[u8])> {
    match short {
        126 => {
            rest.split_first_chunk::<2>().map(|(size, rest)| (usize::from(u16::from_be_bytes(*size)), rest))
        }
        127 => {
            let (size, rest) = rest.split_first_chunk::<8>()?;
            // A length beyond the address space never becomes complete.
            Some((usize::try_from(u64::from_be_bytes(*size)).unwrap_or(usize::MAX), rest))
        }
        short => Some((usize::from(short), rest)),
    }
}

/// Appends the header of a frame of `size` bytes.
fn append_header(out: &mut Vec<u8>, kind: Kind, size: usize, mask: u8) {
    out.push(FINAL | opcode(kind));
    match (u8::try_from(size), u16::try_from(size)) {
        (Ok(short @ 0..=125), _) => out.push(mask | short),
        (_, Ok(medium)) => {
            out.push(mask | 126);
            out.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            out.push(mask | 127);
            out.extend_from_slice(&(size as u64).to_be_bytes());
        }
    }
}

fn opcode(kind: Kind) -> u8 {
    match kind {
        Kind::Text => 1,
        Kind::Binary => 2,
        Kind::Close => 8,
        Kind::Ping => 9,
        Kind::Pong => 10,
    }
}

/// Appends a client's frame, masked with `key`.
pub fn append_masked(out: &mut Vec<u8>, kind: Kind, key: [u8; 4], payload: &[u8]) {
    append_header(out, kind, payload.len(), MASKED);
    out.extend_from_slice(&key);
    let start = out.len();
    out.extend_from_slice(payload);
    apply_mask(&mut out[start..], key);
}

/// Appends a server's frame.
pub fn append_plain(out: &mut Vec<u8>, kind: Kind, payload: &[u8]) {
    append_header(out, kind, payload.len(), 0);
    out.extend_from_slice(payload);
}

/// Masks or unmasks `bytes` in place.
pub fn apply_mask(bytes: &mut [u8], key: [u8; 4]) {
    let (chunks, tail) = bytes.as_chunks_mut::<4>();
    let word = u32::from_ne_bytes(key);
    for chunk in chunks {
        *chunk = (u32::from_ne_bytes(*chunk) ^ word).to_ne_bytes();
    }
    for (byte, key) in tail.iter_mut().zip(key) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_every_length_form_round_trip() {
        for size in [0, 1, 125, 126, 65_535, 65_536, 200_000] {
            let payload: Vec<u8> = (0..size).map(|at: usize| at.to_le_bytes()[0]).collect();
            let mut out = Vec::new();
            append_masked(&mut out, Kind::Binary, [1, 2, 3, 4], &payload);
            assert!(parse(&out[..out.len() - 1]).expect("legal").is_none() || size == 0);
            let frame = parse(&out).expect("legal").expect("complete");
            let mut read = frame.payload.to_vec();
            apply_mask(&mut read, frame.mask.expect("masked"));
            assert_eq!((read, frame.length), (payload, out.len()));
        }
    }

    #[test]
    fn a_fragment_is_refused() {
        assert!(parse(&[0x02, 0]).is_err());
    }
}
