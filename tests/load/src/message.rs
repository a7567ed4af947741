//! The messages of the y-websocket dialect, with Weft's acknowledgements (types 100 and 101).

use weft_protocol::lib0::{Malformed, Reader, write_var_bytes, write_var_string, write_var_uint};

/// One message from the server.
#[derive(Debug, Clone, Copy)]
pub enum Message<'a> {
    /// The server's state vector; it wants the difference.
    SyncStep1,
    /// The difference to a state vector that was sent before.
    SyncStep2(&'a [u8]),
    /// Fresh edits.
    Update(&'a [u8]),
    /// Awareness states.
    Awareness(&'a [u8]),
    /// The first n data frames of this socket are committed.
    Committed(u64),
    /// A notice, as JSON.
    Notice(&'a str),
}

/// Reads the next message of a frame; `None` for a type that says nothing to a load generator.
///
/// # Errors
/// Whatever makes the bytes not a message.
#[inline]
pub fn read<'a>(reader: &mut Reader<'a>) -> Result<Option<Message<'a>>, Malformed> {
    let message = match reader.var_uint()? {
        0 => {
            let at = reader.at();
            let step = reader.var_uint()?;
            let body = reader.var_bytes()?;
            match step {
                0 => Message::SyncStep1,
                1 => Message::SyncStep2(body),
                2 => Message::Update(body),
                tag => return Err(Malformed::UnknownTag { tag, at }),
            }
        }
        1 => Message::Awareness(reader.var_bytes()?),
        100 => Message::Committed(reader.var_uint()?),
        101 => Message::Notice(reader.var_string()?),
        _ => {
            reader.take(reader.remaining())?;
            return Ok(None);
        }
    };
    Ok(Some(message))
}

/// Calls `found` with the client id and clock of each state in an awareness update.
///
/// # Errors
/// Whatever makes the bytes not an awareness update.
#[inline]
pub fn awareness_states(update: &[u8], mut found: impl FnMut(u64, u64)) -> Result<(), Malformed> {
    let mut reader = Reader::new(update);
    for _ in 0..reader.var_uint()? {
        let client = reader.var_uint()?;
        let clock = reader.var_uint()?;
        reader.var_bytes()?;
        found(client, clock);
    }
    Ok(())
}

/// Which of the sync messages.
#[derive(Debug, Clone, Copy)]
pub enum Sync {
    /// Carries a state vector.
    Step1 = 0,
    /// Carries a difference.
    Step2 = 1,
    /// Carries fresh edits.
    Update = 2,
}

/// An update that holds nothing, and a state vector that knows nothing is its first byte.
pub const EMPTY_UPDATE: [u8; 2] = [0, 0];
/// The state vector of an empty document.
pub const EMPTY_STATE_VECTOR: [u8; 1] = [0];

/// Encodes a sync message.
pub fn sync(step: Sync, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 8);
    out.extend_from_slice(&[0, step as u8]);
    write_var_bytes(&mut out, body);
    out
}

/// Encodes a state vector that knows the first `clocks` edits of `client`.
pub fn state_vector(client: u64, clocks: u64) -> Vec<u8> {
    let mut out = vec![1];
    write_var_uint(&mut out, client);
    write_var_uint(&mut out, clocks);
    out
}

/// Encodes the awareness state of one client.
pub fn awareness(client: u64, clock: u64, state: &str) -> Vec<u8> {
    let mut body = vec![1];
    write_var_uint(&mut body, client);
    write_var_uint(&mut body, clock);
    write_var_string(&mut body, state);
    let mut out = vec![1];
    write_var_bytes(&mut out, &body);
    out
}
