//! One journaled update, on its way in and on its way out.

use bytes::Bytes;
use weft_protocol::ids::{DocumentId, DocumentName, Seq, WriterId};

use crate::{Frontier, StoreError};

/// Bytes an append weighs in the backlog besides its payload, name and author: the struct and its place in the queue.
const APPEND_OVERHEAD_BYTES: usize = 128;

/// An update to be made durable under (document, this process' writer, seq).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// The document; must be [`DocumentId::of`] its name.
    pub document: DocumentId,
    /// Its name: the row in `documents` is created in the same transaction when it is absent.
    pub name: DocumentName,
    /// Dense number of this update for this document and writer, from 1, at most 2^63-1.
    pub seq: Seq,
    /// When the server received it, in Unix milliseconds.
    pub received_at_ms: i64,
    /// The authenticated author, if there is one; at most 512 bytes by the limits of the access layer.
    pub author: Option<String>,
    /// The raw update as received, Yjs update format v1.
    pub payload: Bytes,
}

impl Append {
    /// Returns what this append counts against a byte bound: payload, name, author and a constant for the rest.
    #[must_use]
    pub fn weight_bytes(&self) -> usize {
        let author = self.author.as_ref().map_or(0, String::len);
        APPEND_OVERHEAD_BYTES + self.payload.len() + self.name.as_str().len() + author
    }

    /// Returns the key of the row for use in errors.
    pub(crate) fn key(&self, writer: WriterId) -> String {
        format!("{}, writer {}, seq {}", self.document, writer.0, self.seq)
    }

    /// Returns the number as SQL holds it, checking the whole key on the way.
    pub(crate) fn checked_seq(&self, writer: WriterId) -> Result<i64, StoreError> {
        match i64::try_from(self.seq) {
            Ok(seq) if seq > 0 => Ok(seq),
            Ok(_) | Err(_) => Err(StoreError::Rejected {
                table: "updates",
                key: self.key(writer),
                why: "numbers are from 1 to 2^63-1".into(),
            }),
        }
    }

    /// Checks that the identity is derived from the name; done when the document's row is touched, not for every update.
    pub(crate) fn check_identity(&self) -> Result<(), StoreError> {
        if DocumentId::of(&self.name) == self.document {
            return Ok(());
        }
        Err(StoreError::Rejected {
            table: "documents",
            key: self.document.to_string(),
            why: format!("the identity does not belong to the name {}", self.name),
        })
    }
}

/// An update as read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredUpdate {
    /// Who numbered it.
    pub writer: WriterId,
    /// Its number.
    pub seq: Seq,
    /// When the server received it, in Unix milliseconds, by the clock of the writer's node.
    pub received_at_ms: i64,
    /// The authenticated author, if there was one.
    pub author: Option<String>,
    /// The raw update, Yjs update format v1.
    pub payload: Bytes,
    /// What else its row stands for, if it was thinned out.
    pub merged: Option<Merged>,
}

/// Where an update stands within a row of merged ones. All of such a row carry the number of its last update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merged {
    /// First number the row stands for.
    pub first: Seq,
    /// Of how many updates this one was merged.
    pub updates: u32,
    /// How many of the same row follow.
    pub rest: u32,
}

impl StoredUpdate {
    /// Returns the first number that its row stands for.
    #[must_use]
    pub fn first_seq(&self) -> Seq {
        self.merged.map_or(self.seq, |merged| merged.first)
    }

    /// Returns of how many updates it was made.
    #[must_use]
    pub fn updates(&self) -> u64 {
        self.merged.map_or(1, |merged| u64::from(merged.updates))
    }

    /// Returns whether nothing more of its row follows.
    #[must_use]
    pub fn ends_row(&self) -> bool {
        self.merged.is_none_or(|merged| merged.rest == 0)
    }
}

/// Cuts a list to `rows_max` updates, or a few more: never within a row.
pub(crate) fn cut(updates: &mut Vec<StoredUpdate>, rows_max: usize) {
    let mut end = rows_max.min(updates.len());
    while updates.get(end.saturating_sub(1)).is_some_and(|last| !last.ends_row()) && end < updates.len() {
        end += 1;
    }
    updates.truncate(end);
}

/// Checks that per writer the numbers follow `above` without a hole. `updates` are grouped by writer, ascending. A merged row may
/// begin below what was reached, and hold more than what is wanted: known updates are known.
pub(crate) fn check_dense(
    document: DocumentId,
    above: &Frontier,
    updates: &[StoredUpdate],
) -> Result<(), StoreError> {
    let mut reached = above.clone();
    for (at, update) in updates.iter().enumerate() {
        let expected = reached.seq(update.writer) + 1;
        // A commit that was repeated after it had been merged is there twice.
        let mut behind = updates[at..].iter().take_while(|later| later.writer == update.writer);
        if update.first_seq() > expected && behind.all(|later| later.first_seq() > expected) {
            return Err(StoreError::Gap {
                document,
                writer: update.writer,
                missing_from: expected,
                missing_to: update.first_seq().saturating_sub(1),
            });
        }
        reached.advance(update.writer, update.seq);
    }
    Ok(())
}

/// Orders updates of several writers by the time they were received without ever reordering one writer's: a clock that
/// stepped back within a writer counts as standing still.
pub(crate) fn interleave(mut updates: Vec<StoredUpdate>) -> Vec<StoredUpdate> {
    updates.sort_by_key(|update| (update.writer, update.seq));
    let mut clock = (WriterId(0), i64::MIN);
    let mut keyed: Vec<(i64, StoredUpdate)> = updates
        .into_iter()
        .map(|update| {
            clock = match clock {
                (writer, at) if writer == update.writer => (writer, at.max(update.received_at_ms)),
                _ => (update.writer, update.received_at_ms),
            };
            (clock.1, update)
        })
        .collect();
    keyed.sort_by_key(|(at, update)| (*at, update.writer, update.seq));
    keyed.into_iter().map(|(_, update)| update).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(writer: u64, seq: Seq, received_at_ms: i64) -> StoredUpdate {
        let (writer, payload) = (WriterId(writer), Bytes::new());
        StoredUpdate { writer, seq, received_at_ms, author: None, payload, merged: None }
    }

    #[test]
    fn writers_interleave_by_time_but_keep_their_own_order() {
        let mixed =
            vec![stored(1, 1, 10), stored(1, 2, 5), stored(1, 3, 30), stored(2, 1, 7), stored(2, 2, 20)];
        let order: Vec<_> = interleave(mixed).iter().map(|u| (u.writer.0, u.seq)).collect();
        assert_eq!(order, [(2, 1), (1, 1), (1, 2), (2, 2), (1, 3)]);
    }

    #[test]
    fn a_hole_is_named() {
        let document = DocumentId([7; 16]);
        let above = Frontier::from_iter([(WriterId(1), 4)]);
        assert_eq!(
            check_dense(document, &above, &[stored(1, 5, 0), stored(1, 6, 0), stored(2, 1, 0)]),
            Ok(())
        );
        assert_eq!(
            check_dense(document, &above, &[stored(1, 5, 0), stored(1, 8, 0)]),
            Err(StoreError::Gap { document, writer: WriterId(1), missing_from: 6, missing_to: 7 })
        );
    }

    fn merged(first: Seq, seq: Seq, rest: u32) -> StoredUpdate {
        StoredUpdate { merged: Some(Merged { first, updates: 1, rest }), ..stored(1, seq, 0) }
    }

    /// [T11]
    #[test]
    fn a_merged_row_leaves_no_hole() {
        let document = DocumentId([7; 16]);
        let row = [merged(4, 9, 1), merged(4, 9, 0), stored(1, 10, 0)];
        for reached in [3, 4, 8] {
            let above = Frontier::from_iter([(WriterId(1), reached)]);
            assert_eq!(check_dense(document, &above, &row), Ok(()), "above {reached}");
        }
        let above = Frontier::from_iter([(WriterId(1), 2)]);
        let missing = StoreError::Gap { document, writer: WriterId(1), missing_from: 3, missing_to: 3 };
        assert_eq!(check_dense(document, &above, &row), Err(missing));
    }

    /// [T11]
    #[test]
    fn a_page_never_ends_within_a_row() {
        let row = vec![stored(1, 1, 0), merged(2, 9, 2), merged(2, 9, 1), merged(2, 9, 0), stored(1, 10, 0)];
        let lengths = (0..=6).map(|rows_max| {
            let mut page = row.clone();
            cut(&mut page, rows_max);
            page.len()
        });
        assert_eq!(lengths.collect::<Vec<_>>(), [0, 1, 4, 4, 4, 5, 5]);
    }
}
