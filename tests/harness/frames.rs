//! y-protocols frames, written and read independently of the server's own code.

/// A frame of the sync family: the state vector of the sender.
pub fn step1(state_vector: &[u8]) -> Vec<u8> {
    sync(0, state_vector)
}

/// A frame of the sync family: what the receiver lacks.
pub fn step2(update: &[u8]) -> Vec<u8> {
    sync(1, update)
}

/// A frame of the sync family: one edit.
pub fn update(update: &[u8]) -> Vec<u8> {
    sync(2, update)
}

/// An awareness frame around a payload that may be anything.
pub fn awareness(payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![1];
    put_bytes(&mut frame, payload);
    frame
}

/// The awareness payload of one client: `state` is its JSON, `null` for one that leaves.
pub fn awareness_of(client: u64, clock: u64, state: &str) -> Vec<u8> {
    let mut payload = vec![1];
    put_uint(&mut payload, client);
    put_uint(&mut payload, clock);
    put_bytes(&mut payload, state.as_bytes());
    payload
}

/// What is said about one client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presence {
    /// Its id.
    pub client: u64,
    /// The age of the statement: newer ones are higher.
    pub clock: u64,
    /// JSON, `null` for one that has left.
    pub state: String,
}

/// Takes an awareness payload apart.
///
/// # Panics
/// When it is malformed.
pub fn decode_awareness(payload: &[u8]) -> Vec<Presence> {
    let mut rest = payload;
    let entries = (0..take_uint(&mut rest)).map(|_| Presence {
        client: take_uint(&mut rest),
        clock: take_uint(&mut rest),
        state: String::from_utf8(take_bytes(&mut rest)).expect("a state is UTF-8"),
    });
    let entries = entries.collect();
    assert!(rest.is_empty(), "bytes follow the awareness: {rest:?}");
    entries
}

/// A fresh access token.
pub fn token(token: &str) -> Vec<u8> {
    let mut frame = vec![2, 0];
    put_bytes(&mut frame, token.as_bytes());
    frame
}

/// The request for everybody's awareness.
pub const QUERY_AWARENESS: [u8; 1] = [3];

/// The state vector of an empty document.
pub const EMPTY_STATE_VECTOR: [u8; 1] = [0];

/// The update that changes nothing.
pub const EMPTY_UPDATE: [u8; 2] = [0, 0];

/// A message of the server, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// The server's state vector.
    Step1(Vec<u8>),
    /// What the client lacks.
    Step2(Vec<u8>),
    /// One edit.
    Update(Vec<u8>),
    /// Cursors and names, undecoded.
    Awareness(Vec<u8>),
    /// The first so many data frames of this socket are committed.
    Ack(u64),
    /// A notice, JSON.
    Notice(String),
    /// Access is refused: why.
    Denied(String),
    /// Any other message: its type and what follows.
    Other(u64, Vec<u8>),
}

/// Takes a frame apart.
///
/// # Panics
/// When the frame is not exactly one well-formed message.
pub fn decode(frame: &[u8]) -> Message {
    let mut rest = frame;
    let message = match take_uint(&mut rest) {
        0 => decode_sync(&mut rest),
        1 => Message::Awareness(take_bytes(&mut rest)),
        2 if rest.first() == Some(&0) => {
            rest = &rest[1..];
            Message::Denied(String::from_utf8(take_bytes(&mut rest)).expect("a reason is UTF-8"))
        }
        100 => Message::Ack(take_uint(&mut rest)),
        101 => Message::Notice(String::from_utf8(take_bytes(&mut rest)).expect("a notice is UTF-8")),
        other => Message::Other(other, std::mem::take(&mut rest).to_vec()),
    };
    assert!(rest.is_empty(), "one message per frame, but {rest:?} follows {message:?}");
    message
}

/// Appends an unsigned number, seven bits a byte, the lowest first.
pub fn put_uint(frame: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        frame.push(u8::try_from(value & 0x7f).expect("seven bits") | 0x80);
        value >>= 7;
    }
    frame.push(u8::try_from(value).expect("seven bits"));
}

/// Appends a length and that many bytes.
pub fn put_bytes(frame: &mut Vec<u8>, bytes: &[u8]) {
    put_uint(frame, u64::try_from(bytes.len()).expect("a length fits 64 bits"));
    frame.extend_from_slice(bytes);
}

/// Bytes from hexadecimal digits; spaces are allowed.
pub fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u32> = digits.chars().filter_map(|c| c.to_digit(16)).collect();
    digits
        .chunks(2)
        .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).expect("two digits are one byte"))
        .collect()
}

fn sync(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0, kind];
    put_bytes(&mut frame, payload);
    frame
}

fn decode_sync(rest: &mut &[u8]) -> Message {
    match take_uint(rest) {
        0 => Message::Step1(take_bytes(rest)),
        1 => Message::Step2(take_bytes(rest)),
        2 => Message::Update(take_bytes(rest)),
        other => panic!("the server sent the sync message {other}"),
    }
}

fn take_uint(rest: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let (&byte, tail) = rest.split_first().expect("the number ends before the frame");
        *rest = tail;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    value
}

fn take_bytes(rest: &mut &[u8]) -> Vec<u8> {
    let length = usize::try_from(take_uint(rest)).expect("a length of this frame");
    let (bytes, tail) = rest.split_at(length);
    *rest = tail;
    bytes.to_vec()
}
