//! The editing trace: a long document's keystrokes, read from a file or generated in the same shape.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use flate2::bufread::GzDecoder;
use serde::Deserialize;
use yrs::{GetString, OffsetKind, Options, ReadTxn, Text, Transact};

use crate::failure::{Doing, Failure, Outcome};
use crate::random::Random;
use crate::writer;

/// Keystrokes of the generated trace, as many as the recorded one has.
const GENERATED_EDITS: usize = 259_778;
/// Edits that go into one update.
const EDITS_PER_UPDATE: usize = 100;

/// One keystroke: at a position, so many units deleted, then a text inserted.
#[derive(Debug, Clone, Deserialize)]
struct Patch(u32, u32, String);

#[derive(Deserialize)]
struct Transaction {
    patches: Vec<Patch>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recording {
    end_content: String,
    txns: Vec<Transaction>,
}

/// Keystrokes, and where they come from.
pub struct Trace {
    patches: Vec<Patch>,
    end: Option<String>,
    /// Where they come from, for the output.
    pub source: String,
}

/// The trace as the updates one client would send.
pub struct Updates {
    /// The updates, in order.
    pub updates: Vec<Vec<u8>>,
    /// How many clocks they hold.
    pub clocks: u64,
    /// The text they end with.
    pub text: String,
}

impl Trace {
    /// Reads the first `limit` keystrokes of a recorded trace (gzipped JSON as in josephg/editing-traces).
    ///
    /// # Errors
    /// A file that is missing or not such a trace.
    pub fn read(path: &Path, limit: usize) -> Outcome<Self> {
        let file = File::open(path).doing(&format!("open {}", path.display()))?;
        let recording: Recording = serde_json::from_reader(BufReader::new(GzDecoder::new(BufReader::new(
            file,
        ))))
        .map_err(|error| Failure::Unexpected(format!("{} is not a trace: {error}", path.display())))?;
        let mut patches: Vec<Patch> = recording.txns.into_iter().flat_map(|change| change.patches).collect();
        let end = (patches.len() <= limit).then_some(recording.end_content);
        patches.truncate(limit);
        Ok(Self { patches, end, source: format!("recorded trace {}", path.display()) })
    }

    /// Generates up to `limit` keystrokes in the shape of the recorded trace: seven in ten insert one character and the rest
    /// delete one, one in five jumps somewhere else.
    pub fn generate(seed: u64, limit: usize) -> Self {
        let mut random = Random::seeded(seed);
        let (mut length, mut cursor) = (0u64, 0u64);
        let patches = (0..GENERATED_EDITS.min(limit)).map(|_| {
            if random.below(5) == 0 {
                // Mostly nearby, as people edit.
                let reach = if random.below(4) == 0 { length } else { 400.min(length) };
                let low = cursor.saturating_sub(reach / 2);
                cursor = (low + random.below(reach + 1)).min(length);
            }
            let at = u32::try_from(cursor).expect("the text is short");
            if cursor > 0 && random.below(10) < 3 {
                (cursor, length) = (cursor - 1, length - 1);
                return Patch(at - 1, 1, String::new());
            }
            (cursor, length) = (cursor + 1, length + 1);
            let letter = char::from(b'a' + random.below(26).to_le_bytes()[0]);
            Patch(at, 0, letter.to_string())
        });
        Self { patches: patches.collect(), end: None, source: format!("generated trace, seed {seed}") }
    }

    /// Plays the keystrokes into a document of `writer` and collects an update for every hundred.
    ///
    /// # Errors
    /// A recorded trace that does not end with the text it says.
    pub fn updates(&self, writer: usize) -> Outcome<Updates> {
        let document = writer::document(writer);
        let text = document.get_or_insert_text("text");
        let mut updates = Vec::with_capacity(self.patches.len() / EDITS_PER_UPDATE + 1);
        for patches in self.patches.chunks(EDITS_PER_UPDATE) {
            let mut change = document.transact_mut();
            for Patch(at, deleted, inserted) in patches {
                if *deleted > 0 {
                    text.remove_range(&mut change, *at, *deleted);
                }
                if !inserted.is_empty() {
                    text.insert(&mut change, *at, inserted);
                }
            }
            updates.push(change.encode_update_v1());
        }
        let state = document.transact();
        let text = text.get_string(&state);
        if self.end.as_ref().is_some_and(|end| *end != text) {
            return Err(Failure::Unexpected("the trace does not end with the text it says".to_owned()));
        }
        let client = yrs::block::ClientID::new(writer::client_id(writer));
        Ok(Updates { updates, clocks: u64::from(state.state_vector().get(&client)), text })
    }
}

/// Returns the text that a document holds after one update.
///
/// # Errors
/// Bytes that are not an update.
pub fn text_of(update: &[u8]) -> Outcome<String> {
    use yrs::updates::decoder::Decode;
    let bad = |error: &dyn std::fmt::Display| {
        Failure::Unexpected(format!("the joined state is not usable: {error}"))
    };
    let document = yrs::Doc::with_options(Options { offset_kind: OffsetKind::Utf16, ..Options::default() });
    let text = document.get_or_insert_text("text");
    let update = yrs::Update::decode_v1(update).map_err(|error| bad(&error))?;
    let mut change = document.transact_mut();
    change.apply_update(update).map_err(|error| bad(&error))?;
    Ok(text.get_string(&change))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_trace_replays_to_its_text() {
        let trace = Trace::generate(1, 5_000);
        let played = trace.updates(0).expect("no recorded end");
        assert_eq!(played.updates.len(), 50);
        let merged = yrs::merge_updates_v1(&played.updates).expect("all are updates");
        assert_eq!(text_of(&merged).expect("an update"), played.text);
        assert!(played.clocks > 3_000 && played.text.len() > 1_000);
    }
}
