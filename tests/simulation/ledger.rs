//! What is durable, known from the rows alone: the oracle asks nothing of the server.

use std::collections::BTreeMap;

use bytes::Bytes;
use weft_protocol::ids::{DocumentId, Seq, WriterId};
use weft_storage::journal::Batch;
use weft_storage::{Frontier, StoredUpdate};

use crate::replica::{Content, Replica, Touched};

/// Every committed row, and per document what they amount to.
#[derive(Default)]
pub struct Ledger {
    rows: BTreeMap<(DocumentId, WriterId, Seq), Bytes>,
    folds: BTreeMap<DocumentId, Fold>,
}

struct Fold {
    replica: Replica,
    content: Content,
}

impl Default for Fold {
    fn default() -> Self {
        Self { replica: Replica::new(1), content: Content::default() }
    }
}

impl Ledger {
    /// Notes rows that the store has committed.
    ///
    /// # Panics
    /// [D3] when a row leaves a hole or repeats another row of its writer.
    pub fn commit(&mut self, writer: WriterId, batch: &Batch) {
        for append in batch.iter() {
            let key = (append.document, writer, append.seq);
            if self.rows.contains_key(&key) {
                continue;
            }
            let highest = self.highest(append.document, writer);
            assert_eq!(append.seq, highest + 1, "[D3] rows of {writer:?} are dense");
            let mut earlier = self.rows.range((append.document, writer, 0)..key);
            assert!(earlier.all(|(_, row)| *row != append.payload), "[D3] one update in two rows");
            self.rows.insert(key, append.payload.clone());
            self.folds.entry(append.document).or_default().replica.merge(&append.payload);
        }
        for append in batch.iter() {
            if let Some(fold) = self.folds.get_mut(&append.document) {
                fold.content = fold.replica.content();
            }
        }
    }

    /// Returns the highest committed number of a writer.
    pub fn highest(&self, document: DocumentId, writer: WriterId) -> Seq {
        let of_writer = (document, writer, 0)..=(document, writer, Seq::MAX);
        self.rows.range(of_writer).next_back().map_or(0, |((_, _, seq), _)| *seq)
    }

    /// Returns what of an update is not committed, if anything.
    pub fn lacks(&self, document: DocumentId, touched: &Touched) -> Option<String> {
        match self.folds.get(&document) {
            Some(fold) => fold.content.lacks(touched),
            None => Content::default().lacks(touched),
        }
    }

    /// Returns what all committed rows of a document amount to.
    pub fn content(&self, document: DocumentId) -> Content {
        self.folds.get(&document).map_or_else(Content::default, |fold| fold.content.clone())
    }

    /// Returns what the rows at or below a frontier amount to.
    ///
    /// # Panics
    /// [D6] when the frontier names rows that are not committed.
    pub fn content_at(&self, document: DocumentId, frontier: &Frontier) -> Content {
        let replica = Replica::new(1);
        for (writer, seq) in frontier.iter() {
            let committed = self.highest(document, writer);
            assert!(seq <= committed, "[D6] a frontier at {seq} of {writer:?}, committed up to {committed}");
        }
        for ((_, writer, seq), payload) in self.rows.range(of_document(document)) {
            if frontier.contains(*writer, *seq) {
                replica.merge(payload);
            }
        }
        replica.content()
    }

    /// Compares with what the store says it holds.
    ///
    /// # Panics
    /// When the store holds other rows.
    pub fn assert_is(&self, stored: &[(DocumentId, StoredUpdate)]) {
        let (merged, single): (Vec<_>, Vec<_>) = stored.iter().partition(|(_, row)| row.merged.is_some());
        for (id, row) in &single {
            let noted = self.rows.get(&(*id, row.writer, row.seq));
            assert_eq!(noted, Some(&row.payload), "[D7] the store holds what was committed");
        }
        let of = |id, writer, seq: Seq| {
            let here = move |(of, row): &&(DocumentId, StoredUpdate)| *of == id && row.writer == writer;
            single.iter().copied().filter(here).any(|(_, row)| row.seq == seq)
                || merged
                    .iter()
                    .copied()
                    .filter(here)
                    .any(|(_, row)| (row.first_seq()..=row.seq).contains(&seq))
        };
        for (id, writer, seq) in self.rows.keys() {
            assert!(of(*id, *writer, *seq), "[T11] the store has {seq} of {writer:?}, by itself or merged");
        }
        for (id, fold) in &self.folds {
            let replica = Replica::new(1);
            stored.iter().filter(|(of, _)| of == id).for_each(|(_, row)| replica.merge(&row.payload));
            assert_eq!(replica.content(), fold.content, "[T13] the rows alone are the document");
        }
    }
}

fn of_document(id: DocumentId) -> std::ops::RangeInclusive<(DocumentId, WriterId, Seq)> {
    (id, WriterId(0), 0)..=(id, WriterId(u64::MAX), Seq::MAX)
}
