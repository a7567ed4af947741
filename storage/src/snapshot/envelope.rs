//! State at rest: a version byte, then zstd; and the checksum that guards a snapshot row.

use std::io::Read;

use bytes::Bytes;
use weft_protocol::ids::DocumentId;
use xxhash_rust::xxh3::Xxh3;

use crate::StoreError;
use crate::frontier::Frontier;
use crate::snapshot::{SnapshotId, StoredSnapshot};

/// First byte of every stored state.
const ENVELOPE_VERSION: u8 = 1;

/// Level 3 compresses Yjs updates to about half at some 300 MB/s; higher levels win little and stall the blocking pool.
const ZSTD_LEVEL: i32 = 3;

/// Above this size sealing and opening leave the async threads: it is about where zstd takes longer than 0.2 ms.
const BLOCKING_BYTES_MIN: usize = 64 << 10;

/// What a snapshot row holds besides its description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sealed {
    /// Encoded frontier.
    pub frontier: Vec<u8>,
    /// Version byte and compressed state.
    pub state: Vec<u8>,
    /// Over document, frontier and state as stored.
    pub checksum: [u8; 16],
}

impl Sealed {
    /// Compresses a state and computes its checksum.
    pub(crate) fn of(document: DocumentId, frontier: &Frontier, state: &[u8]) -> Self {
        let frontier = frontier.encode();
        let packed =
            zstd::bulk::compress(state, ZSTD_LEVEL).expect("zstd compresses any bytes into a bound it chose");
        let mut envelope = Vec::with_capacity(packed.len() + 1);
        envelope.push(ENVELOPE_VERSION);
        envelope.extend_from_slice(&packed);
        let checksum = checksum(document, &frontier, &envelope);
        Self { frontier, state: envelope, checksum }
    }

    /// Like [`Sealed::of`], on the blocking pool when the state is large.
    pub(crate) async fn of_off_thread(document: DocumentId, frontier: &Frontier, state: &Bytes) -> Self {
        if state.len() < BLOCKING_BYTES_MIN {
            return Self::of(document, frontier, state);
        }
        let (frontier, state) = (frontier.clone(), state.clone());
        tokio::task::spawn_blocking(move || Self::of(document, &frontier, &state))
            .await
            .expect("sealing does not panic and the blocking pool outlives its runtime's futures")
    }
}

/// A snapshot row as read, not yet trusted.
#[derive(Clone, Debug)]
pub(crate) struct Unverified {
    pub id: SnapshotId,
    pub taken_at_ms: i64,
    pub frontier: Vec<u8>,
    pub state: Vec<u8>,
    pub checksum: Vec<u8>,
}

/// What the bytes of a snapshot row turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Whole.
    Valid(StoredSnapshot),
    /// Not what was written: to be quarantined for this reason.
    Broken(String),
}

impl Verdict {
    /// Returns the snapshot, or why it is none.
    pub(crate) fn into_result(self) -> Result<StoredSnapshot, String> {
        match self {
            Self::Valid(snapshot) => Ok(snapshot),
            Self::Broken(why) => Err(why),
        }
    }
}

impl Unverified {
    /// Verifies checksum and envelope and decompresses at most `bytes_max` bytes.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`]: intact but larger than this configuration allows, so it must not be put aside for an older one.
    pub(crate) fn open(self, document: DocumentId, bytes_max: usize) -> Result<Verdict, StoreError> {
        if self.checksum != checksum(document, &self.frontier, &self.state) {
            return Ok(Verdict::Broken("the checksum differs".into()));
        }
        let frontier = match Frontier::decode(&self.frontier) {
            Ok(frontier) => frontier,
            Err(error) => return Ok(Verdict::Broken(error.to_string())),
        };
        let Some((&ENVELOPE_VERSION, packed)) = self.state.split_first() else {
            return Ok(Verdict::Broken(format!("unknown envelope version {:?}", self.state.first())));
        };
        match decompress(packed, bytes_max) {
            Ok(state) if state.len() <= bytes_max => Ok(Verdict::Valid(StoredSnapshot {
                id: self.id,
                taken_at_ms: self.taken_at_ms,
                frontier,
                state: state.into(),
            })),
            Ok(_) => Err(StoreError::TooLarge { key: self.id.0.to_string(), bytes_max }),
            Err(error) => Ok(Verdict::Broken(format!("the state does not decompress: {error}"))),
        }
    }

    /// Like [`Unverified::open`], on the blocking pool when the state is large.
    pub(crate) async fn open_off_thread(
        self,
        document: DocumentId,
        bytes_max: usize,
    ) -> Result<Verdict, StoreError> {
        if self.state.len() < BLOCKING_BYTES_MIN {
            return self.open(document, bytes_max);
        }
        tokio::task::spawn_blocking(move || self.open(document, bytes_max))
            .await
            .expect("opening does not panic and the blocking pool outlives its runtime's futures")
    }
}

/// Decompresses at most one byte more than `bytes_max`, so that the caller can tell "too much" from "just enough".
fn decompress(packed: &[u8], bytes_max: usize) -> std::io::Result<Vec<u8>> {
    let claimed = zstd::zstd_safe::get_frame_content_size(packed).ok().flatten().unwrap_or(0);
    let capacity = usize::try_from(claimed).unwrap_or(usize::MAX).min(bytes_max);
    let bound = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    let mut state = Vec::with_capacity(capacity);
    zstd::stream::read::Decoder::with_buffer(packed)?.take(bound).read_to_end(&mut state)?;
    Ok(state)
}

/// The document and the frontier are covered too: a flipped bit in a frontier would silently drop updates from every load.
fn checksum(document: DocumentId, frontier: &[u8], state: &[u8]) -> [u8; 16] {
    let mut hash = Xxh3::new();
    hash.update(&document.0);
    hash.update(&(frontier.len() as u64).to_be_bytes());
    hash.update(frontier);
    hash.update(state);
    hash.digest128().to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use weft_protocol::ids::WriterId;

    const DOCUMENT: DocumentId = DocumentId([3; 16]);

    fn row(sealed: Sealed) -> Unverified {
        Unverified {
            id: SnapshotId(1),
            taken_at_ms: 9,
            frontier: sealed.frontier,
            state: sealed.state,
            checksum: sealed.checksum.to_vec(),
        }
    }

    fn sealed(state: &[u8]) -> Unverified {
        row(Sealed::of(DOCUMENT, &Frontier::from_iter([(WriterId(1), 2)]), state))
    }

    #[test]
    fn a_sealed_state_opens_to_the_same_bytes() {
        let state = b"weft ".repeat(10_000);
        let unverified = sealed(&state);
        assert!(unverified.state.len() < state.len() / 10);
        let Ok(Verdict::Valid(snapshot)) = unverified.open(DOCUMENT, state.len()) else {
            panic!("must be valid");
        };
        assert_eq!(snapshot.state, state);
        assert!(matches!(sealed(b"").open(DOCUMENT, 0), Ok(Verdict::Valid(_))));
    }

    #[test]
    fn every_flipped_bit_of_the_row_is_found() {
        let whole = sealed(b"some state");
        for at in 0..whole.state.len() {
            let mut broken = whole.clone();
            broken.state[at] ^= 1;
            assert!(matches!(broken.open(DOCUMENT, 100), Ok(Verdict::Broken(_))), "state byte {at}");
        }
        for at in 0..whole.frontier.len() {
            let mut broken = whole.clone();
            broken.frontier[at] ^= 1;
            assert!(matches!(broken.open(DOCUMENT, 100), Ok(Verdict::Broken(_))), "frontier byte {at}");
        }
        assert!(matches!(whole.open(DocumentId([4; 16]), 100), Ok(Verdict::Broken(_))));
    }

    #[test]
    fn a_small_row_cannot_blow_up_beyond_the_limit() {
        let bomb = sealed(&vec![0; 10 << 20]);
        assert!(bomb.state.len() < 2_000);
        let result = bomb.open(DOCUMENT, 1 << 20);
        assert_eq!(result, Err(StoreError::TooLarge { key: "1".into(), bytes_max: 1 << 20 }));
    }

    #[test]
    fn bytes_that_are_no_zstd_are_broken_even_under_a_right_checksum() {
        let mut forged = sealed(b"x");
        forged.state = vec![ENVELOPE_VERSION, 1, 2, 3];
        forged.checksum = checksum(DOCUMENT, &forged.frontier, &forged.state).to_vec();
        assert!(matches!(forged.open(DOCUMENT, 100), Ok(Verdict::Broken(_))));
    }
}
