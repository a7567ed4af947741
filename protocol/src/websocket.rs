//! WebSocket frames as the server writes them, and the shape of frames as the guard reads them (RFC 6455).
//!
//! The server encodes a frame once and shares its bytes between all outboxes; that is why frames are built here and
//! not by the framework.

use bytes::Bytes;

use crate::close::Close;

/// Longest payload of a control frame in bytes.
pub const CONTROL_BYTES_MAX: usize = 125;

/// The opcode of a binary frame.
pub const OPCODE_BINARY: u8 = 2;
/// The opcode of a close frame.
pub const OPCODE_CLOSE: u8 = 8;
/// The opcode of a ping.
pub const OPCODE_PING: u8 = 9;

const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;

/// Appends an unmasked binary frame of `len` payload bytes, which `body` writes.
///
/// The length is asked for first because browsers refuse a length that is not in its shortest form.
///
/// # Panics
/// When `body` writes another number of bytes: the stream of frames would be broken for ever.
pub fn binary(out: &mut Vec<u8>, len: usize, body: impl FnOnce(&mut Vec<u8>)) {
    out.reserve(len + 10);
    out.push(BINARY);
    if let Ok(short @ 0..=125) = u8::try_from(len) {
        out.push(short);
    } else if let Ok(medium) = u16::try_from(len) {
        out.push(126);
        out.extend_from_slice(&medium.to_be_bytes());
    } else {
        out.push(127);
        out.extend_from_slice(&(len as u64).to_be_bytes());
    }
    let start = out.len();
    body(out);
    assert_eq!(out.len() - start, len, "a frame has the length its header says");
}

/// Appends a ping frame that carries `counter`; every peer returns it in order in a pong.
pub fn ping(out: &mut Vec<u8>, counter: u64) {
    out.extend_from_slice(&[PING, 8]);
    out.extend_from_slice(&counter.to_be_bytes());
}

/// Reads the counter of a pong that answers [`ping`]; `None` for any other payload.
#[must_use]
pub fn pong_counter(payload: &[u8]) -> Option<u64> {
    payload.try_into().ok().map(u64::from_be_bytes)
}

/// Appends a close frame; a reason over 123 bytes is cut at a character.
#[allow(clippy::cast_possible_truncation)] // cut to CONTROL_BYTES_MAX just before
pub fn close(out: &mut Vec<u8>, close: &Close) {
    let mut cut = close.reason.len().min(CONTROL_BYTES_MAX - 2);
    while !close.reason.is_char_boundary(cut) {
        cut -= 1;
    }
    out.extend_from_slice(&[CLOSE, (cut + 2) as u8]);
    out.extend_from_slice(&close.code.number().to_be_bytes());
    out.extend_from_slice(&close.reason.as_bytes()[..cut]);
}

/// Takes the first frame off `frames`, as written by this module: its opcode and its payload.
///
/// Returns `None` when no whole frame is there.
pub fn take_frame(frames: &mut Bytes) -> Option<(u8, Bytes)> {
    let opcode = frames.first()? & 0x0f;
    let (header, len) = match frames.get(1)? {
        126 => (4, u64::from(u16::from_be_bytes(frames.get(2..4)?.try_into().ok()?))),
        127 => (10, u64::from_be_bytes(frames.get(2..10)?.try_into().ok()?)),
        short => (2, u64::from(*short)),
    };
    let end = usize::try_from(len).ok()?.checked_add(header)?;
    if frames.len() < end {
        return None;
    }
    let frame = frames.split_to(end);
    Some((opcode, frame.slice(header..)))
}

/// Why the guard stops reading from a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameRefused {
    /// The header announces more than the bound.
    #[error("a frame of {bytes} bytes was announced, at most {max} are allowed")]
    TooLarge {
        /// Announced payload length in bytes.
        bytes: u64,
        /// The bound in bytes.
        max: u64,
    },
    /// The header breaks RFC 6455, or announces what no dialect here uses.
    #[error("malformed WebSocket frame: {0}")]
    Broken(&'static str),
}

/// Walks the frame headers of a byte stream without keeping a byte of the payloads.
///
/// What it passes, the decoder behind it can decode: that one reports a broken header again and again.
#[derive(Debug)]
pub struct FrameWalker {
    frame_bytes_max: u64,
    header: [u8; 14],
    header_len: usize,
    payload_left: u64,
    frames: usize,
    /// A fragmented message has begun and not ended.
    continues: bool,
}

impl FrameWalker {
    /// Starts before the first frame; payloads over `frame_bytes_max` are refused.
    #[must_use]
    pub fn new(frame_bytes_max: u64) -> Self {
        Self { frame_bytes_max, header: [0; 14], header_len: 0, payload_left: 0, frames: 0, continues: false }
    }

    /// Returns how many whole frames went by.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// Walks the next bytes of the stream.
    ///
    /// # Errors
    /// [`FrameRefused`] as soon as the header shows it, before the payload arrives.
    pub fn walk(&mut self, mut bytes: &[u8]) -> Result<(), FrameRefused> {
        while !bytes.is_empty() {
            if self.payload_left > 0 {
                let skip = usize::try_from(self.payload_left).unwrap_or(usize::MAX).min(bytes.len());
                self.payload_left -= skip as u64;
                self.frames += usize::from(self.payload_left == 0);
                bytes = &bytes[skip..];
                continue;
            }
            self.header[self.header_len] = bytes[0];
            self.header_len += 1;
            bytes = &bytes[1..];
            if self.header_len == 2 {
                self.check_header()?;
            }
            if self.header_len >= 2 && self.header_len == header_len(self.header[1]) {
                self.header_len = 0;
                self.payload_left = payload_len(&self.header);
                if self.payload_left > self.frame_bytes_max {
                    return Err(FrameRefused::TooLarge {
                        bytes: self.payload_left,
                        max: self.frame_bytes_max,
                    });
                }
                self.frames += usize::from(self.payload_left == 0);
            }
        }
        Ok(())
    }

    fn check_header(&mut self) -> Result<(), FrameRefused> {
        let (first, second) = (self.header[0], self.header[1]);
        let (last, opcode, short_len) = (first & 0x80 != 0, first & 0x0f, second & 0x7f);
        let broken = if first & 0x70 != 0 {
            Some("reserved bits are set, and no extension was agreed on")
        } else if second & 0x80 == 0 {
            Some("a client's frames are masked")
        } else {
            match opcode {
                0 if !self.continues => Some("a continuation without a beginning"),
                1 => Some("text messages are not part of the protocol: send binary"),
                2 if self.continues => Some("a message began inside another"),
                8..=10 if !last || usize::from(short_len) > CONTROL_BYTES_MAX => {
                    Some("a control frame is whole and at most 125 bytes long")
                }
                8 if short_len == 1 => Some("a close frame has no payload or a code of two bytes"),
                0 | 2 | 8..=10 => None,
                _ => Some("the opcode is reserved"),
            }
        };
        if opcode < 8 {
            self.continues = !last;
        }
        broken.map_or(Ok(()), |what| Err(FrameRefused::Broken(what)))
    }
}

fn header_len(second: u8) -> usize {
    let length = match second & 0x7f {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    2 + length + if second & 0x80 == 0 { 0 } else { 4 }
}

fn payload_len(header: &[u8; 14]) -> u64 {
    match header[1] & 0x7f {
        126 => u64::from(u16::from_be_bytes([header[2], header[3]])),
        127 => u64::from_be_bytes(header[2..10].try_into().expect("ten bytes of a fourteen-byte array")),
        short => u64::from(short),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::close::CloseCode;

    #[test]
    fn what_is_written_can_be_taken_apart() {
        for len in [0, 125, 126, 65_535, 65_536] {
            let mut out = Vec::new();
            binary(&mut out, len, |out| out.resize(out.len() + len, 7));
            ping(&mut out, 9);
            let mut frames = Bytes::from(out);
            let (opcode, payload) = take_frame(&mut frames).expect("a frame");
            assert_eq!((opcode, payload.len()), (OPCODE_BINARY, len));
            assert_eq!(take_frame(&mut frames).map(|(opcode, _)| opcode), Some(OPCODE_PING));
            assert_eq!(take_frame(&mut frames), None);
        }
        assert_eq!(take_frame(&mut Bytes::from_static(&[0x82, 2, 1])), None);
    }

    #[test]
    fn frames_have_the_shortest_form() {
        let mut out = Vec::new();
        binary(&mut out, 3, |out| out.extend_from_slice(&[1, 2, 3]));
        assert_eq!(out, [0x82, 3, 1, 2, 3]);
        out.clear();
        binary(&mut out, 300, |out| out.extend_from_slice(&[7; 300]));
        assert_eq!(out[..4], [0x82, 126, 1, 44]);
        out.clear();
        binary(&mut out, 70_000, |out| out.extend_from_slice(&[7; 70_000]));
        assert_eq!(out[..10], [0x82, 127, 0, 0, 0, 0, 0, 1, 0x11, 0x70]);
    }

    #[test]
    fn a_close_reason_is_cut_at_a_character() {
        let mut out = Vec::new();
        close(&mut out, &Close::new(CloseCode::Malformed, "é".repeat(100)));
        assert_eq!(out.len(), 2 + 2 + 122);
        assert_eq!(out[2..4], 4400u16.to_be_bytes());
    }

    #[test]
    fn an_endless_frame_is_refused_from_its_header() {
        let mut walker = FrameWalker::new(1000);
        assert_eq!(walker.walk(&[0x82, 0xff, 0, 0, 1]), Ok(()));
        let refused = walker.walk(&[0, 0, 0, 0, 0, 1, 2, 3, 4]);
        assert_eq!(refused, Err(FrameRefused::TooLarge { bytes: 1 << 40, max: 1000 }));
    }

    /// [H4]
    #[test]
    fn a_header_that_breaks_the_standard_is_refused() {
        let walk = |bytes: &[u8]| FrameWalker::new(1000).walk(bytes);
        for broken in [
            &[0xc2, 0x80][..],
            &[0x82, 0x02],
            &[0x83, 0x80],
            &[0x80, 0x80],
            &[0x81, 0x82],
            &[0x08, 0x80],
            &[0x89, 0xfe],
            &[0x88, 0x81],
            &[0x02, 0x80, 0, 0, 0, 0, 0x82, 0x80],
        ] {
            assert!(matches!(walk(broken), Err(FrameRefused::Broken(_))), "{broken:x?}");
        }
        let ping_inside = [0x02u8, 0x89, 0x80].map(|first| [first, 0x80, 0, 0, 0, 0]).concat();
        assert_eq!(walk(&ping_inside), Ok(()));
    }

    #[test]
    fn frames_split_anywhere_are_walked_alike() {
        let mut stream = Vec::new();
        for len in [0u8, 5, 125] {
            stream.extend_from_slice(&[0x82, 0x80 | len, 1, 2, 3, 4]);
            stream.extend(std::iter::repeat_n(0xff, usize::from(len)));
        }
        stream.extend_from_slice(&[0x82, 0xfe, 0x03, 0xe9, 1, 2, 3, 4]);
        for step in 1..stream.len() {
            let mut walker = FrameWalker::new(1000);
            let outcome = stream.chunks(step).try_for_each(|chunk| walker.walk(chunk));
            assert_eq!(outcome, Err(FrameRefused::TooLarge { bytes: 1001, max: 1000 }));
        }
    }
}
