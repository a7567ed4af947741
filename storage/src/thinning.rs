//! Thinning out: several old updates of one writer as one row.
//!
//! A merged row stands for all numbers from its first to its last, and says at least what the updates behind these numbers
//! said. It is keyed by its last number, so that whoever has seen less than that reads it, and reads nothing twice that could do
//! harm: known updates are known. So snapshots, frontiers and loading stay what they are.
//!
//! The payload of a merged row is a version byte and, in bincode, one part for each author.

use std::borrow::Cow;

use async_trait::async_trait;
use bytes::Bytes;
use weft_protocol::ids::{DocumentId, Seq, WriterId};

use crate::StoreError;
use crate::update::{Merged, StoredUpdate};

/// First byte of every merged payload.
const PARTS_VERSION: u8 = 1;
/// Largest merged payload that is read, in bytes: one row of merged ones is bounded by whoever merges, an update by a frame.
const PARTS_BYTES_MAX: usize = 256 << 20;

/// What one author said within a merged row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedPart {
    /// The authenticated author, if there was one.
    pub author: Option<String>,
    /// Of how many updates it was merged, at least 1.
    pub updates: u32,
    /// Yjs update format v1.
    pub payload: Bytes,
}

/// A part as it is written: author, number of updates, update.
type PartCells<'a> = (Option<Cow<'a, str>>, u32, Cow<'a, [u8]>);

impl MergedPart {
    /// Returns the payload of a row with these parts.
    pub(crate) fn encode_all(parts: &[Self]) -> Vec<u8> {
        let mut bytes = vec![PARTS_VERSION];
        let cells: Vec<_> = parts.iter().map(Self::cells).collect();
        bincode::serde::encode_into_std_write(cells, &mut bytes, limited())
            .expect("strings, numbers and bytes encode and a Vec takes every write");
        bytes
    }

    fn cells(&self) -> PartCells<'_> {
        (self.author.as_deref().map(Cow::from), self.updates, Cow::from(&self.payload[..]))
    }

    /// Reads the payload of a row.
    pub(crate) fn decode_all(bytes: &[u8]) -> Result<Vec<Self>, String> {
        let Some((&PARTS_VERSION, body)) = bytes.split_first() else {
            return Err(format!("unknown version {:?} of merged updates", bytes.first()));
        };
        let (cells, read): (Vec<PartCells<'_>>, usize) =
            bincode::serde::decode_from_slice(body, limited())
                .map_err(|error| format!("merged updates do not decode: {error}"))?;
        if read != body.len() {
            return Err(format!("{} bytes follow merged updates", body.len() - read));
        }
        let part = |(author, updates, payload): PartCells<'_>| Self {
            author: author.map(Cow::into_owned),
            updates,
            payload: payload.into_owned().into(),
        };
        let parts: Vec<_> = cells.into_iter().map(part).collect();
        if parts.is_empty() || parts.iter().any(|part| part.updates == 0) {
            return Err("merged updates of nothing".to_owned());
        }
        Ok(parts)
    }
}

/// Without the limit a length of a few bytes makes bincode allocate what it claims.
fn limited() -> bincode::config::Configuration<
    bincode::config::LittleEndian,
    bincode::config::Varint,
    bincode::config::Limit<PARTS_BYTES_MAX>,
> {
    bincode::config::standard().with_limit::<PARTS_BYTES_MAX>()
}

/// A row that takes the place of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedRow {
    /// Who numbered them.
    pub writer: WriterId,
    /// First number.
    pub first: Seq,
    /// Last number, the one of the row.
    pub last: Seq,
    /// When the last of them was received, in Unix milliseconds.
    pub received_at_ms: i64,
    /// How many rows stand there now; anything else there is somebody else's work, and is left alone.
    pub rows: u32,
    /// What they say, in an order in which each part has its causes.
    pub parts: Vec<MergedPart>,
}

impl MergedRow {
    /// Returns the updates as they are read back.
    pub fn into_updates(self) -> impl Iterator<Item = StoredUpdate> {
        let Self { writer, first, last, received_at_ms, parts, .. } = self;
        let rests = (0..u32::try_from(parts.len()).unwrap_or(u32::MAX)).rev();
        parts.into_iter().zip(rests).map(move |(part, rest)| {
            let MergedPart { author, updates, payload } = part;
            let merged = Some(Merged { first, updates, rest });
            StoredUpdate { writer, seq: last, received_at_ms, author, payload, merged }
        })
    }

    /// Returns the numbers as SQL holds them, checking the row on the way.
    pub(crate) fn checked(&self, document: DocumentId) -> Result<[i64; 3], StoreError> {
        let sql = |number: u64| i64::try_from(number).ok().filter(|number| *number > 0);
        let numbers = (sql(self.writer.0), sql(self.first), sql(self.last));
        match numbers {
            (Some(writer), Some(first), Some(last)) if first < last && !self.parts.is_empty() => {
                Ok([writer, first, last])
            }
            _ => Err(self.rejected(document, "a merged row has parts, and numbers that ascend")),
        }
    }

    /// The rows are not those that were merged.
    pub(crate) fn changed(&self, document: DocumentId, found: u64) -> StoreError {
        self.rejected(document, &format!("{} rows were merged, {found} are there", self.rows))
    }

    fn rejected(&self, document: DocumentId, why: &str) -> StoreError {
        let key = format!("{document}, writer {}, seq {} to {}", self.writer.0, self.first, self.last);
        StoreError::Rejected { table: "updates", key, why: why.to_owned() }
    }
}

/// How far a document was thinned out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thinned {
    /// What the present moment was then, in Unix milliseconds.
    pub at_ms: i64,
    /// By what policy.
    pub policy: String,
}

/// What a database does to thin out a document's past.
#[async_trait]
pub trait Thinning {
    /// Puts merged rows in the place of those they were made of, all in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Rejected`] if something else stands there by now, because somebody else merged it.
    async fn merge_updates(&self, document: DocumentId, rows: &[MergedRow]) -> Result<(), StoreError>;

    /// Returns how far a document was thinned out; none if it never was.
    ///
    /// # Errors
    /// Only those of every method.
    async fn thinned(&self, document: DocumentId) -> Result<Option<Thinned>, StoreError>;

    /// Remembers how far a document was thinned out.
    ///
    /// # Errors
    /// Only those of every method.
    async fn set_thinned(&self, document: DocumentId, thinned: &Thinned) -> Result<(), StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> Vec<MergedPart> {
        let part = |author: Option<&str>, updates| MergedPart {
            author: author.map(str::to_owned),
            updates,
            payload: Bytes::from_static(&[0, 0]),
        };
        vec![part(Some("ada"), 3), part(None, 1)]
    }

    /// [T11]
    #[test]
    fn parts_read_back_and_nothing_else_does() {
        let bytes = MergedPart::encode_all(&parts());
        assert_eq!(MergedPart::decode_all(&bytes), Ok(parts()));
        for cut in 0..bytes.len() {
            assert!(MergedPart::decode_all(&bytes[..cut]).is_err(), "cut at {cut}");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(MergedPart::decode_all(&longer), Err("1 bytes follow merged updates".to_owned()));
        assert!(MergedPart::decode_all(&MergedPart::encode_all(&[])).is_err());
        let bomb = [PARTS_VERSION, 253, 255, 255, 255, 255, 255, 255, 255, 63];
        assert!(MergedPart::decode_all(&bomb).is_err(), "and allocates nothing");
    }

    /// [T11]
    #[test]
    fn all_of_a_row_carry_its_last_number() {
        let (writer, parts) = (WriterId(1), parts());
        let row = MergedRow { writer, first: 3, last: 9, received_at_ms: 5, rows: 4, parts };
        let read: Vec<_> = row
            .into_updates()
            .map(|one| (one.seq, one.first_seq(), one.updates(), one.ends_row(), one.author))
            .collect();
        assert_eq!(read, [(9, 3, 3, false, Some("ada".to_owned())), (9, 3, 1, true, None)]);
    }
}
