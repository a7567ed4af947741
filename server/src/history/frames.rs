//! The frames of a replay: time, author, update, in lib0's encodings.

use weft_protocol::lib0::{var_bytes_len, write_var_bytes, write_var_string, write_var_uint};
use weft_storage::Ordered;

/// Appends the frame of an update.
pub fn write_update(out: &mut Vec<u8>, ordered: &Ordered) {
    let author = ordered.update.author.as_deref().unwrap_or_default();
    write(out, ordered.at_ms, author, &ordered.update.payload);
}

/// Appends the frame of a state, which nobody in particular wrote.
pub fn write_state(out: &mut Vec<u8>, at_ms: i64, state: &[u8]) {
    write(out, at_ms, "", state);
}

fn write(out: &mut Vec<u8>, at_ms: i64, author: &str, update: &[u8]) {
    out.reserve(10 + var_bytes_len(author.len()) + var_bytes_len(update.len()));
    // There were no documents before 1970.
    write_var_uint(out, u64::try_from(at_ms).unwrap_or(0));
    write_var_string(out, author);
    write_var_bytes(out, update);
}

#[cfg(test)]
mod tests {
    use weft_protocol::lib0::Reader;

    use super::*;

    /// [T4]
    #[test]
    fn a_frame_reads_as_it_was_written() {
        let mut out = Vec::new();
        write_state(&mut out, -1, &[0, 0]);
        write(&mut out, 1_700_000_000_123, "ada", &[7; 300]);
        let mut reader = Reader::new(&out);
        assert_eq!(reader.var_uint(), Ok(0));
        assert_eq!(reader.var_string(), Ok(""));
        assert_eq!(reader.var_bytes(), Ok(&[0, 0][..]));
        assert_eq!(reader.var_uint(), Ok(1_700_000_000_123));
        assert_eq!(reader.var_string(), Ok("ada"));
        assert_eq!(reader.var_bytes(), Ok(&[7; 300][..]));
        assert_eq!(reader.end(), Ok(()));
    }
}
