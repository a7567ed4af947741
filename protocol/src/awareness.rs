//! Cursors and names on the wire.
//!
//! Source of the format: y-protocols' `awareness.js`: varUint n, then n times (varUint client id, varUint clock,
//! varString JSON, `null` meaning "gone").

use serde::de::IgnoredAny;

use crate::ids::ClientId;
use crate::lib0::{Malformed, Reader, write_var_string, write_var_uint};

/// The awareness update that says nothing; it keeps a stock client's 30 s watchdog quiet.
pub const EMPTY: &[u8] = &[0];

/// The JSON of a client that is gone.
pub const GONE: &str = "null";

/// Deepest nesting of a state: receivers compare states by recursion, and one that runs out of stack loses its connection.
pub const DEPTH_MAX: usize = 128;

/// What one client says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Whose entry it is.
    pub client: ClientId,
    /// Grows with every change of the client's own entry.
    pub clock: u64,
    /// The state as JSON; [`GONE`] for none.
    pub json: &'a str,
}

/// Why an awareness update is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The bytes are not an awareness update.
    #[error("malformed awareness: {0}")]
    Malformed(#[from] Malformed),
    /// A state is not JSON, and would throw in every other client.
    #[error("the awareness state of client {client} is not JSON")]
    NotJson {
        /// Whose state it is.
        client: ClientId,
    },
    /// A state is nested deeper than other clients survive.
    #[error("the awareness state of client {client} is nested more than {DEPTH_MAX} levels deep")]
    TooDeep {
        /// Whose state it is.
        client: ClientId,
    },
}

/// Decodes and checks an awareness update entry by entry; entries before a bad one have been handed out.
///
/// # Errors
/// [`Refused`]; counts are bounded by the bytes that follow, JSON depth by [`DEPTH_MAX`].
pub fn decode<'a>(bytes: &'a [u8], mut each: impl FnMut(Entry<'a>)) -> Result<(), Refused> {
    let mut reader = Reader::new(bytes);
    for _ in 0..reader.count(3)? {
        let client = reader.var_uint()?;
        let clock = reader.var_uint()?;
        let json = reader.var_string()?;
        serde_json::from_str::<IgnoredAny>(json).map_err(|_| Refused::NotJson { client })?;
        if depth(json) > DEPTH_MAX {
            return Err(Refused::TooDeep { client });
        }
        each(Entry { client, clock, json });
    }
    Ok(reader.end()?)
}

/// Returns how deep arrays and objects are nested in valid JSON. The parser does not tell: it skips without recursion.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth -= 1,
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// Encodes an awareness update of `count` entries.
#[must_use]
pub fn encode<'a>(count: usize, entries: impl Iterator<Item = Entry<'a>>) -> Vec<u8> {
    let mut out = Vec::with_capacity(16 + 64 * count);
    write_var_uint(&mut out, count as u64);
    for entry in entries {
        write_var_uint(&mut out, entry.client);
        write_var_uint(&mut out, entry.clock);
        write_var_string(&mut out, entry.json);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_round_trip() {
        let entries = [
            Entry { client: 7, clock: 1, json: r#"{"user":"Ada"}"# },
            Entry { client: 8, clock: 2, json: GONE },
        ];
        let bytes = encode(entries.len(), entries.into_iter());
        let mut seen = Vec::new();
        decode(&bytes, |entry| seen.push(entry)).expect("legal");
        assert_eq!(seen, entries);
        assert_eq!(encode(0, std::iter::empty()), EMPTY);
    }

    #[test]
    fn bad_json_and_impossible_counts_are_refused() {
        let bytes = encode(1, [Entry { client: 7, clock: 1, json: "{" }].into_iter());
        assert_eq!(decode(&bytes, |_| {}), Err(Refused::NotJson { client: 7 }));
        let deep = "[".repeat(5000);
        let bytes = encode(1, [Entry { client: 7, clock: 1, json: &deep }].into_iter());
        assert_eq!(decode(&bytes, |_| {}), Err(Refused::NotJson { client: 7 }));
        assert!(decode(&[0xff, 0xff, 0xff, 0x7f], |_| {}).is_err());
        assert!(decode(&[0, 0], |_| {}).is_err());
    }

    /// [H1]
    #[test]
    fn deep_states_are_refused_and_brackets_in_strings_are_not_depth() {
        let nested = |levels: usize| ["[".repeat(levels), "]".repeat(levels)].concat();
        let refusal = |json: &str| {
            let bytes = encode(1, [Entry { client: 7, clock: 1, json }].into_iter());
            decode(&bytes, |_| {}).err()
        };
        assert_eq!(refusal(&nested(DEPTH_MAX)), None);
        assert_eq!(refusal(&nested(DEPTH_MAX + 1)), Some(Refused::TooDeep { client: 7 }));
        assert_eq!(refusal(&format!(r#"{{"\\":"\"{}"}}"#, "[".repeat(1_000))), None);
    }
}
