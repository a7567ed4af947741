//! What the database gives back: frontiers, and snapshots with a checksum that is right or is not.

use weft_protocol::ids::DocumentId;
use xxhash_rust::xxh3::Xxh3;

use crate::frontier::Frontier;
use crate::snapshot::SnapshotId;
use crate::snapshot::envelope::{Sealed, Unverified, Verdict};

const DOCUMENT: DocumentId = DocumentId([7; 16]);
const BYTES_MAX: usize = 1 << 20;

/// Plays an input.
///
/// # Panics
/// When a promise is broken.
pub fn attack(input: &[u8]) {
    let Some((first, rest)) = input.split_first() else { return };
    match first % 3 {
        0 => frontier(rest),
        1 => snapshot(rest),
        _ => sealed(rest),
    }
}

fn frontier(bytes: &[u8]) {
    if let Ok(frontier) = Frontier::decode(bytes) {
        assert_eq!(Frontier::decode(&frontier.encode()), Ok(frontier));
    }
}

/// Any frontier and any state under a checksum that fits: what is opened stays in its bound.
fn snapshot(input: &[u8]) {
    let Some((len, rest)) = input.split_first() else { return };
    let (frontier, state) = rest.split_at(usize::from(*len).min(rest.len()));
    let mut hash = Xxh3::new();
    hash.update(&DOCUMENT.0);
    hash.update(&(frontier.len() as u64).to_be_bytes());
    hash.update(frontier);
    hash.update(state);
    let checksum = hash.digest128().to_be_bytes().to_vec();
    let (frontier, state) = (frontier.to_vec(), state.to_vec());
    let row = Unverified { id: SnapshotId(1), taken_at_ms: 0, frontier, state, checksum };
    if let Ok(Verdict::Valid(snapshot)) = row.open(DOCUMENT, BYTES_MAX) {
        assert!(snapshot.state.len() <= BYTES_MAX);
    }
}

/// What was sealed opens to the same; with any byte changed it does not open.
fn sealed(input: &[u8]) {
    let [at_low, at_high, flip, state @ ..] = input else { return };
    let whole = Sealed::of(DOCUMENT, &Frontier::new(), state);
    let Sealed { frontier, state: envelope, checksum } = whole;
    let row = Unverified {
        id: SnapshotId(1),
        taken_at_ms: 0,
        frontier,
        state: envelope,
        checksum: checksum.to_vec(),
    };
    match row.clone().open(DOCUMENT, BYTES_MAX) {
        Ok(Verdict::Valid(snapshot)) => {
            assert_eq!(snapshot.state, state, "[D6] a snapshot is what was stored")
        }
        other => panic!("[D6] {other:?}"),
    }
    let mut broken = row;
    let at = usize::from(u16::from_le_bytes([*at_low, *at_high])) % broken.state.len();
    broken.state[at] ^= flip | 1;
    assert!(
        matches!(broken.open(DOCUMENT, BYTES_MAX), Ok(Verdict::Broken(_))),
        "[D6] a flipped bit is found"
    );
}
