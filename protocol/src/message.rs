//! The messages of the y-protocols family.
//!
//! Source of the format: y-protocols' `PROTOCOL.md` and the y-websocket client. A message is a varUint type and a
//! body; type 0 is sync (SyncStep1, SyncStep2, Update), 1 awareness, 2 auth, 3 query awareness. Weft adds 100 (ack)
//! and 101 (notice), sent only to clients that asked for them. The auth message, which stock servers only send (0 and why access
//! was refused), is also taken: 0 and a fresh access token, as Hocuspocus' clients send it.

use bytes::Bytes;

use crate::lib0::{
    Malformed, Reader, var_bytes_len, var_uint_len, write_var_bytes, write_var_string, write_var_uint,
};

const SYNC: u64 = 0;
const AWARENESS: u64 = 1;
const AUTH: u64 = 2;
const QUERY_AWARENESS: u64 = 3;
const ACK: u64 = 100;
const NOTICE: u64 = 101;

const AUTH_TOKEN: u64 = 0;

const SYNC_STEP_1: u64 = 0;
const SYNC_STEP_2: u64 = 1;
const SYNC_UPDATE: u64 = 2;

/// Most messages of one frame.
///
/// A message on the wire may have three bytes and takes fifty when it is taken apart, so that a frame of the largest
/// size would fill hundreds of MiB. Clients that put several messages into a frame put in a handful.
pub const MESSAGES_PER_FRAME_MAX: usize = 4_096;

/// One message from a client; the payloads share the frame's memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inbound {
    /// The client's state vector; asks for what it lacks.
    SyncStep1(Bytes),
    /// What the server lacked: the answer to the server's own SyncStep1.
    SyncStep2(Bytes),
    /// One live update.
    Update(Bytes),
    /// Awareness entries.
    Awareness(Bytes),
    /// Asks for everybody's awareness.
    QueryAwareness,
    /// A fresh access token, UTF-8 by the format.
    Token(Bytes),
    /// A type this server does not speak; ignored, as y-websocket's clients and servers do.
    Unknown(u64),
}

impl Inbound {
    /// Returns true for the messages an ack counts: SyncStep2 and Update.
    #[must_use]
    pub fn carries_data(&self) -> bool {
        matches!(self, Self::SyncStep2(_) | Self::Update(_))
    }
}

/// Decodes the messages of one frame, usually one.
///
/// `@y/websocket` 4 may put several into a frame. A type this server does not know ends the frame, because its length
/// is unknown too; so do the bytes behind a query (y-sweet's client appends some).
///
/// # Errors
/// [`Malformed`] names the byte; nothing of the frame has taken effect then unless the caller acts on single messages.
pub fn decode(frame: &Bytes, mut each: impl FnMut(Inbound)) -> Result<(), Malformed> {
    let mut reader = Reader::new(frame);
    for _ in 0..MESSAGES_PER_FRAME_MAX {
        let at = reader.at();
        let message = match reader.var_uint()? {
            SYNC => decode_sync(frame, &mut reader)?,
            AWARENESS => Inbound::Awareness(frame.slice_ref(reader.var_bytes()?)),
            QUERY_AWARENESS => {
                each(Inbound::QueryAwareness);
                return Ok(());
            }
            AUTH if reader.var_uint()? == AUTH_TOKEN => {
                Inbound::Token(frame.slice_ref(reader.var_string()?.as_bytes()))
            }
            tag if at == 0 => {
                each(Inbound::Unknown(tag));
                return Ok(());
            }
            tag => return Err(Malformed::UnknownTag { tag, at }),
        };
        each(message);
        if reader.remaining() == 0 {
            return Ok(());
        }
    }
    Err(Malformed::TooManyMessages { at: reader.at(), most: MESSAGES_PER_FRAME_MAX })
}

fn decode_sync(frame: &Bytes, reader: &mut Reader<'_>) -> Result<Inbound, Malformed> {
    let at = reader.at();
    let step = reader.var_uint()?;
    if step > SYNC_UPDATE {
        return Err(Malformed::UnknownTag { tag: step, at });
    }
    let body = frame.slice_ref(reader.var_bytes()?);
    Ok(match step {
        SYNC_STEP_1 => Inbound::SyncStep1(body),
        SYNC_STEP_2 => Inbound::SyncStep2(body),
        _ => Inbound::Update(body),
    })
}

/// One message to a client, borrowed from whoever holds its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outbound<'a> {
    /// The server's state vector; asks for what it lacks.
    SyncStep1(&'a [u8]),
    /// What the client lacked.
    SyncStep2(&'a [u8]),
    /// One live update.
    Update(&'a [u8]),
    /// An encoded awareness update.
    Awareness(&'a [u8]),
    /// Access was refused, with the reason.
    PermissionDenied(&'a str),
    /// The first `n` data frames of this socket are committed.
    Ack(u64),
    /// JSON for clients that asked for acks.
    Notice(&'a str),
}

impl<'a> Outbound<'a> {
    /// Decodes one message of a server, for those who are its client inside the process.
    ///
    /// # Errors
    /// [`Malformed`] names the byte.
    pub fn decode(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(message);
        let at = reader.at();
        Ok(match reader.var_uint()? {
            SYNC => match reader.var_uint()? {
                SYNC_STEP_1 => Self::SyncStep1(reader.var_bytes()?),
                SYNC_STEP_2 => Self::SyncStep2(reader.var_bytes()?),
                SYNC_UPDATE => Self::Update(reader.var_bytes()?),
                tag => return Err(Malformed::UnknownTag { tag, at: 1 }),
            },
            AWARENESS => Self::Awareness(reader.var_bytes()?),
            AUTH => {
                reader.var_uint()?;
                Self::PermissionDenied(reader.var_string()?)
            }
            ACK => Self::Ack(reader.var_uint()?),
            NOTICE => Self::Notice(reader.var_string()?),
            tag => return Err(Malformed::UnknownTag { tag, at }),
        })
    }
}

impl Outbound<'_> {
    /// Appends the encoded message.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::SyncStep1(body) => sync(out, SYNC_STEP_1, body),
            Self::SyncStep2(body) => sync(out, SYNC_STEP_2, body),
            Self::Update(body) => sync(out, SYNC_UPDATE, body),
            Self::Awareness(body) => {
                write_var_uint(out, AWARENESS);
                write_var_bytes(out, body);
            }
            Self::PermissionDenied(reason) => {
                write_var_uint(out, AUTH);
                write_var_uint(out, 0);
                write_var_string(out, reason);
            }
            Self::Ack(frames) => {
                write_var_uint(out, ACK);
                write_var_uint(out, *frames);
            }
            Self::Notice(json) => {
                write_var_uint(out, NOTICE);
                write_var_string(out, json);
            }
        }
    }

    /// Returns the exact encoded length in bytes.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        match self {
            Self::SyncStep1(body) | Self::SyncStep2(body) | Self::Update(body) => {
                2 + var_bytes_len(body.len())
            }
            Self::Awareness(body) => 1 + var_bytes_len(body.len()),
            Self::PermissionDenied(reason) => 2 + var_bytes_len(reason.len()),
            Self::Ack(frames) => 1 + var_uint_len(*frames),
            Self::Notice(json) => 1 + var_bytes_len(json.len()),
        }
    }
}

fn sync(out: &mut Vec<u8>, step: u64, body: &[u8]) {
    write_var_uint(out, SYNC);
    write_var_uint(out, step);
    write_var_bytes(out, body);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(frame: &[u8]) -> Result<Vec<Inbound>, Malformed> {
        let mut all = Vec::new();
        decode(&Bytes::copy_from_slice(frame), |message| all.push(message))?;
        Ok(all)
    }

    #[test]
    fn the_messages_of_a_y_websocket_client_are_decoded() {
        let body = Bytes::from_static(&[0]);
        assert_eq!(decoded(&[0, 0, 1, 0]), Ok(vec![Inbound::SyncStep1(body.clone())]));
        assert_eq!(decoded(&[0, 1, 1, 0]), Ok(vec![Inbound::SyncStep2(body.clone())]));
        assert_eq!(decoded(&[0, 2, 1, 0]), Ok(vec![Inbound::Update(body.clone())]));
        assert_eq!(decoded(&[1, 1, 0]), Ok(vec![Inbound::Awareness(body)]));
        assert_eq!(decoded(&[3, 9, 9]), Ok(vec![Inbound::QueryAwareness]));
        assert_eq!(decoded(&[2, 0, 1, b't']), Ok(vec![Inbound::Token(Bytes::from_static(b"t"))]));
        assert_eq!(decoded(&[2, 1, 9]), Ok(vec![Inbound::Unknown(2)]));
        assert_eq!(decoded(&[102, 1, 5]), Ok(vec![Inbound::Unknown(102)]));
    }

    #[test]
    fn several_messages_in_one_frame_are_all_decoded() {
        assert_eq!(decoded(&[0, 0, 1, 0, 1, 1, 0]).map(|all| all.len()), Ok(2));
    }

    #[test]
    fn malformed_frames_are_refused_with_the_byte() {
        assert_eq!(decoded(&[]), Err(Malformed::UnexpectedEnd { at: 0 }));
        assert_eq!(decoded(&[0, 3, 0]), Err(Malformed::UnknownTag { tag: 3, at: 1 }));
        assert_eq!(decoded(&[0, 2, 9, 0]), Err(Malformed::CountTooLarge { at: 2 }));
        assert_eq!(decoded(&[0, 2, 0, 9]), Err(Malformed::UnknownTag { tag: 9, at: 3 }));
    }

    #[test]
    fn what_is_encoded_decodes_to_the_same() {
        let mut out = Vec::new();
        Outbound::Update(&[1, 2, 3]).encode(&mut out);
        assert_eq!(out.len(), Outbound::Update(&[1, 2, 3]).encoded_len());
        assert_eq!(Outbound::decode(&out), Ok(Outbound::Update(&[1, 2, 3])));
        assert_eq!(decoded(&out), Ok(vec![Inbound::Update(Bytes::from_static(&[1, 2, 3]))]));
        let mut ack = Vec::new();
        Outbound::Ack(300).encode(&mut ack);
        assert_eq!(ack, [100, 0xac, 2]);
        assert_eq!(Outbound::Ack(300).encoded_len(), 3);
    }
}
