//! Rows of `blobs`: images of documents, kept under the hash of their bytes and cut into pieces.

use std::fmt;
use std::str::FromStr;

use bytes::Bytes;
use weft_protocol::ids::{DocumentId, DocumentName};

/// Bytes of every piece of a blob but the last, which has what remains. Whoever reads a blob slowly holds one piece of it.
pub const BLOB_PIECE_BYTES: usize = 256 << 10;

/// Images that a browser shows and that cannot run anything in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BlobType {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// GIF.
    Gif,
    /// WebP.
    Webp,
    /// AVIF.
    Avif,
}

impl BlobType {
    /// Every type.
    pub const ALL: [Self; 5] = [Self::Png, Self::Jpeg, Self::Gif, Self::Webp, Self::Avif];

    /// Returns the media type, as the database and the API have it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Avif => "image/avif",
        }
    }

    /// Returns the usual ending of a file's name.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Gif => "gif",
            Self::Webp => "webp",
            Self::Avif => "avif",
        }
    }

    /// Returns the type of that media type.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }
}

/// SHA-256 of a blob's bytes, its name within a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobHash(pub [u8; 32]);

impl fmt::Display for BlobHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The text is no SHA-256 in lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a hash is 64 hexadecimal digits in lower case")]
pub struct BadHash;

impl FromStr for BlobHash {
    type Err = BadHash;

    fn from_str(text: &str) -> Result<Self, BadHash> {
        let mut hash = [0; 32];
        if text.len() != 64 || !text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(BadHash);
        }
        for (byte, at) in hash.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| BadHash)?;
        }
        Ok(Self(hash))
    }
}

/// A blob to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBlob {
    /// Of which document; its row is created when it is absent.
    pub name: DocumentName,
    /// SHA-256 of all pieces together.
    pub hash: BlobHash,
    /// What the bytes are.
    pub kind: BlobType,
    /// The bytes: every piece but the last has [`BLOB_PIECE_BYTES`], and the last at least one.
    pub pieces: Vec<Bytes>,
    /// Unix milliseconds.
    pub created_at_ms: i64,
    /// The authenticated author, if there is one.
    pub author: Option<String>,
}

/// What all blobs of one document may be together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobBounds {
    /// Blobs of one document.
    pub blobs_max: u32,
    /// Their bytes together.
    pub bytes_max: u64,
}

/// What became of a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlobSaved {
    /// It is stored.
    Stored,
    /// It was there already; nothing changed.
    Known,
    /// The document has as many blobs as it may; nothing changed.
    TooMany,
    /// The document's blobs would have more bytes together than they may; nothing changed.
    TooLarge,
    /// The document is soft-deleted; nothing changed.
    Deleted,
}

/// A row of `blobs`, keyed by document and hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobRow {
    /// SHA-256 of the bytes.
    pub hash: BlobHash,
    /// What the bytes are.
    pub kind: BlobType,
    /// How many there are.
    pub bytes: u64,
    /// Unix milliseconds.
    pub created_at_ms: i64,
    /// The authenticated author, if there was one.
    pub author: Option<String>,
}

impl BlobRow {
    /// Returns in how many pieces the bytes are stored.
    #[must_use]
    pub fn pieces(&self) -> u32 {
        u32::try_from(self.bytes.div_ceil(BLOB_PIECE_BYTES as u64)).unwrap_or(u32::MAX)
    }
}

impl NewBlob {
    /// Returns the identity of its document.
    #[must_use]
    pub fn document(&self) -> DocumentId {
        DocumentId::of(&self.name)
    }

    /// Returns how many bytes there are.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.len() as u64).sum()
    }

    /// Returns the key of the row for use in errors.
    pub(crate) fn key(&self) -> String {
        key(self.document(), self.hash)
    }

    /// Decides about it, given what the document has.
    pub(crate) fn verdict(&self, held: Held, bounds: BlobBounds) -> BlobSaved {
        if held.known {
            BlobSaved::Known
        } else if held.blobs >= u64::from(bounds.blobs_max) {
            BlobSaved::TooMany
        } else if held.bytes.saturating_add(self.bytes()) > bounds.bytes_max {
            BlobSaved::TooLarge
        } else {
            BlobSaved::Stored
        }
    }
}

/// What a document has when another blob comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) known: bool,
    pub(crate) blobs: u64,
    pub(crate) bytes: u64,
}

/// Returns the key of a row for use in errors.
pub(crate) fn key(document: DocumentId, hash: BlobHash) -> String {
    format!("{document}, {hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_read_as_they_are_written_and_in_no_other_way() {
        let hash = BlobHash(std::array::from_fn(|n| u8::try_from(n * 7).expect("below 256")));
        let text = hash.to_string();
        assert_eq!(text.parse(), Ok(hash));
        let odd = format!("{}é", &text[..62]);
        let signed = format!("+{}", &text[1..]);
        for wrong in ["", "..", &text[1..], &format!("{text}0"), &text.to_uppercase(), &odd, &signed] {
            assert_eq!(wrong.parse::<BlobHash>(), Err(BadHash), "{wrong}");
        }
    }

    #[test]
    fn types_are_words() {
        for one in BlobType::ALL {
            assert_eq!(BlobType::from_word(one.as_str()), Some(one));
        }
        assert_eq!(BlobType::from_word("image/svg+xml"), None);
    }
}
