//! lib0's binary primitives, as far as Yjs' v1 wire formats use them.
//!
//! Source of the format: lib0's `encoding.js` and y-protocols' `PROTOCOL.md`. A varUint has seven bits a byte,
//! least significant first, the top bit meaning "more". JavaScript holds integers up to 2^53 - 1; more is refused.

/// Largest integer JavaScript holds exactly.
pub const JS_INTEGER_MAX: u64 = (1 << 53) - 1;

/// Why bytes are not what the format promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The bytes end inside a value.
    #[error("the bytes end inside a value at byte {at}")]
    UnexpectedEnd {
        /// Position in bytes.
        at: usize,
    },
    /// An integer is larger than JavaScript can hold.
    #[error("the integer at byte {at} is larger than 2^53 - 1")]
    IntegerTooLarge {
        /// Position in bytes.
        at: usize,
    },
    /// A string is not UTF-8.
    #[error("the string at byte {at} is not UTF-8")]
    NotUtf8 {
        /// Position in bytes.
        at: usize,
    },
    /// A count or length cannot fit into the bytes that follow.
    #[error("the count at byte {at} is larger than the bytes that follow allow")]
    CountTooLarge {
        /// Position in bytes.
        at: usize,
    },
    /// Bytes follow the end of the message.
    #[error("bytes follow the end of the message at byte {at}")]
    TrailingBytes {
        /// Position in bytes.
        at: usize,
    },
    /// More messages than one frame may hold.
    #[error("more than {most} messages in one frame, the next at byte {at}")]
    TooManyMessages {
        /// Position in bytes.
        at: usize,
        /// How many are allowed.
        most: usize,
    },
    /// A tag has no meaning in this place.
    #[error("the tag {tag} at byte {at} is unknown")]
    UnknownTag {
        /// The tag found.
        tag: u64,
        /// Position in bytes.
        at: usize,
    },
}

/// Reads lib0 values from a byte slice; never allocates, never reads past the end.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Returns the position of the next byte.
    #[must_use]
    pub fn at(&self) -> usize {
        self.at
    }

    /// Returns how many bytes are left.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// Reads one byte.
    ///
    /// # Errors
    /// [`Malformed::UnexpectedEnd`].
    #[inline]
    pub fn byte(&mut self) -> Result<u8, Malformed> {
        let byte = *self.bytes.get(self.at).ok_or(Malformed::UnexpectedEnd { at: self.at })?;
        self.at += 1;
        Ok(byte)
    }

    /// Reads an unsigned integer up to [`JS_INTEGER_MAX`].
    ///
    /// # Errors
    /// [`Malformed::UnexpectedEnd`], [`Malformed::IntegerTooLarge`].
    #[inline]
    pub fn var_uint(&mut self) -> Result<u64, Malformed> {
        let start = self.at;
        let mut value = 0u64;
        let mut shift = 0u32;
        loop {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
            shift += 7;
            if shift > 56 {
                return Err(Malformed::IntegerTooLarge { at: start });
            }
        }
        if value > JS_INTEGER_MAX {
            return Err(Malformed::IntegerTooLarge { at: start });
        }
        Ok(value)
    }

    /// Reads a count of things that take at least `bytes_each` bytes, so that no count can exceed what follows.
    ///
    /// # Errors
    /// As [`Reader::var_uint`], and [`Malformed::CountTooLarge`].
    #[inline]
    pub fn count(&mut self, bytes_each: usize) -> Result<usize, Malformed> {
        let at = self.at;
        let count = self.var_uint()?;
        let most = self.remaining() / bytes_each.max(1);
        usize::try_from(count).ok().filter(|count| *count <= most).ok_or(Malformed::CountTooLarge { at })
    }

    /// Reads `len` bytes.
    ///
    /// # Errors
    /// [`Malformed::UnexpectedEnd`].
    #[inline]
    pub fn take(&mut self, len: usize) -> Result<&'a [u8], Malformed> {
        if len > self.remaining() {
            return Err(Malformed::UnexpectedEnd { at: self.at });
        }
        let taken = &self.bytes[self.at..self.at + len];
        self.at += len;
        Ok(taken)
    }

    /// Reads a length-prefixed byte array (`varUint8Array`).
    ///
    /// # Errors
    /// As [`Reader::count`].
    #[inline]
    pub fn var_bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let len = self.count(1)?;
        self.take(len)
    }

    /// Reads a length-prefixed UTF-8 string (`varString`).
    ///
    /// # Errors
    /// As [`Reader::var_bytes`], and [`Malformed::NotUtf8`].
    #[inline]
    pub fn var_string(&mut self) -> Result<&'a str, Malformed> {
        let at = self.at;
        std::str::from_utf8(self.var_bytes()?).map_err(|_| Malformed::NotUtf8 { at })
    }

    /// Checks that nothing is left.
    ///
    /// # Errors
    /// [`Malformed::TrailingBytes`].
    pub fn end(&self) -> Result<(), Malformed> {
        if self.remaining() == 0 { Ok(()) } else { Err(Malformed::TrailingBytes { at: self.at }) }
    }
}

/// Appends an unsigned integer.
#[inline]
#[allow(clippy::cast_possible_truncation)] // each byte keeps exactly the seven bits it is masked to
pub fn write_var_uint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value as u8 & 0x7f) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Returns how many bytes [`write_var_uint`] takes for `value`.
#[must_use]
pub fn var_uint_len(value: u64) -> usize {
    let bits = 64 - (value | 1).leading_zeros() as usize;
    bits.div_ceil(7)
}

/// Returns how many bytes [`write_var_bytes`] takes for `len` bytes.
#[must_use]
pub fn var_bytes_len(len: usize) -> usize {
    var_uint_len(len as u64) + len
}

/// Appends a length-prefixed byte array.
#[inline]
pub fn write_var_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    write_var_uint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Appends a length-prefixed UTF-8 string.
#[inline]
pub fn write_var_string(out: &mut Vec<u8>, text: &str) {
    write_var_bytes(out, text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_round_trip_up_to_the_javascript_bound() {
        for value in [0, 1, 127, 128, 16_383, 16_384, u64::from(u32::MAX), JS_INTEGER_MAX] {
            let mut out = Vec::new();
            write_var_uint(&mut out, value);
            assert_eq!(out.len(), var_uint_len(value));
            let mut reader = Reader::new(&out);
            assert_eq!(reader.var_uint(), Ok(value));
            assert_eq!(reader.end(), Ok(()));
        }
        let mut out = Vec::new();
        write_var_uint(&mut out, JS_INTEGER_MAX + 1);
        assert_eq!(Reader::new(&out).var_uint(), Err(Malformed::IntegerTooLarge { at: 0 }));
        assert_eq!(Reader::new(&[0xff; 12]).var_uint(), Err(Malformed::IntegerTooLarge { at: 0 }));
    }

    #[test]
    fn a_count_cannot_exceed_what_follows() {
        assert_eq!(Reader::new(&[0xff, 0xff, 0xff, 0x7f]).count(1), Err(Malformed::CountTooLarge { at: 0 }));
        assert_eq!(Reader::new(&[2, 0, 0]).count(1), Ok(2));
        assert_eq!(Reader::new(&[2, 0, 0]).count(2), Err(Malformed::CountTooLarge { at: 0 }));
    }

    #[test]
    fn strings_are_checked() {
        assert_eq!(Reader::new(&[2, 0xc3, 0xa9]).var_string(), Ok("é"));
        assert_eq!(Reader::new(&[1, 0xc3]).var_string(), Err(Malformed::NotUtf8 { at: 0 }));
        assert_eq!(Reader::new(&[3, b'a']).var_string(), Err(Malformed::CountTooLarge { at: 0 }));
    }
}
