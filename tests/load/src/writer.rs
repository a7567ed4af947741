//! Edits made in advance by real documents, as frames that are ready for the socket.

use yrs::block::ClientID;
use yrs::{Any, Array, Doc, Map, OffsetKind, Options, Text, Transact};

use crate::connection::MASK;
use crate::frame::{self, Kind};
use crate::message::{self, Sync};
use crate::random::Random;

/// Client ids start here: as long on the wire as most of Yjs' random 32-bit ids.
const FIRST_CLIENT: u64 = 1 << 31;
/// The array of [`Edits::replacing`].
pub const REPLACED: &str = "replaced";

/// Returns the client id of a writer.
pub fn client_id(writer: usize) -> u64 {
    FIRST_CLIENT + writer as u64
}

/// Returns the writer a client id belongs to, if it is one.
#[inline]
#[allow(
    clippy::cast_possible_truncation,
    reason = "the difference is compared with a count before it is used"
)]
pub fn writer_of(client: u64, writers: usize) -> Option<usize> {
    let writer = client.wrapping_sub(FIRST_CLIENT);
    (writer < writers as u64).then_some(writer as usize)
}

/// An empty document that counts text as JavaScript does.
pub fn document(writer: usize) -> Doc {
    let options = Options {
        offset_kind: OffsetKind::Utf16,
        ..Options::with_client_id(ClientID::new(client_id(writer)))
    };
    Doc::with_options(options)
}

/// The edits of one writer: frame n holds exactly the edit with clock n.
#[derive(Debug, Default)]
pub struct Edits {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Edits {
    /// Types `count` characters, one after the other, at the end of a text.
    pub fn typing(writer: usize, count: u32) -> Self {
        let document = document(writer);
        let text = document.get_or_insert_text("text");
        let mut edits = Self::default();
        for clock in 0..count {
            let letter = char::from(b'a' + (clock % 26).to_le_bytes()[0]).to_string();
            let mut change = document.transact_mut();
            text.insert(&mut change, clock, &letter);
            edits.push(&change.encode_update_v1());
        }
        edits
    }

    /// Overwrites `keys` entries of a map in turn, `count` times, with `size` bytes each.
    pub fn overwriting(writer: usize, count: u32, keys: u32, size: usize) -> Self {
        let document = document(writer);
        let map = document.get_or_insert_map("map");
        let mut random = Random::seeded(u64::from(count));
        let mut edits = Self::default();
        for clock in 0..count {
            let value = random.bytes(size);
            let mut change = document.transact_mut();
            map.insert(&mut change, format!("key {}", clock % keys), Any::from(value));
            edits.push(&change.encode_update_v1());
        }
        edits
    }

    /// Puts `size` bytes behind the only entry of an array and deletes the entry before it, `count` times. What is deleted
    /// merges into one run, so that the document stays as small as one entry.
    pub fn replacing(writer: usize, count: u32, size: usize) -> Self {
        let document = document(writer);
        let array = document.get_or_insert_array(REPLACED);
        let mut random = Random::seeded(u64::from(count));
        let mut edits = Self::default();
        for clock in 0..count {
            let value = random.bytes(size);
            let mut change = document.transact_mut();
            array.push_back(&mut change, Any::from(value));
            if clock > 0 {
                array.remove(&mut change, 0);
            }
            edits.push(&change.encode_update_v1());
        }
        edits
    }

    fn push(&mut self, update: &[u8]) {
        let message = message::sync(Sync::Update, update);
        frame::append_masked(&mut self.bytes, Kind::Binary, MASK, &message);
        self.ends.push(self.bytes.len());
    }

    /// Returns the frame that holds the edit at `clock`.
    #[inline]
    pub fn frame(&self, clock: u32) -> &[u8] {
        let clock = clock as usize;
        let start = if clock == 0 { 0 } else { self.ends[clock - 1] };
        &self.bytes[start..self.ends[clock]]
    }

    /// Returns how many edits there are.
    pub fn count(&self) -> u64 {
        self.ends.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use weft_protocol::lib0::Reader;

    fn clocks(edits: &Edits) -> Vec<(u64, u64)> {
        let mut found = Vec::new();
        for clock in 0..u32::try_from(edits.count()).expect("few") {
            let frame = frame::parse(edits.frame(clock)).expect("legal").expect("complete");
            let mut payload = frame.payload.to_vec();
            frame::apply_mask(&mut payload, MASK);
            let Ok(Some(message::Message::Update(update))) = message::read(&mut Reader::new(&payload)) else {
                panic!("the frame holds an update");
            };
            crate::update::scan(update, |edits| found.push((edits.clock, edits.len))).expect("yrs wrote it");
        }
        found
    }

    #[test]
    fn each_frame_holds_one_edit() {
        let expected: Vec<(u64, u64)> = (0..40).map(|clock| (clock, 1)).collect();
        assert_eq!(clocks(&Edits::typing(3, 40)), expected);
        assert_eq!(clocks(&Edits::overwriting(3, 40, 4, 100)), expected);
        assert_eq!(clocks(&Edits::replacing(3, 40, 100)), expected);
    }
}
