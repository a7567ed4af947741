//! The tables as maps, with the same rules that the SQL stores have as constraints.

mod links;
mod merged;
mod snapshots;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use bytes::Bytes;
use weft_protocol::ids::{ClientId, DocumentId, Seq, WriterId};

use crate::author::AuthorRow;
use crate::blob::{BlobBounds, BlobHash, BlobRow, BlobSaved, Held, NewBlob, key};
use crate::document::{
    ACTIVITY_RESOLUTION_MS, DocumentKind, DocumentQuery, DocumentRow, NewDocument, search_text,
};
use crate::error::StoreError;
use crate::frontier::Frontier;
use crate::link::LinkRow;
use crate::revocation::{Revocation, Revoked};
use crate::snapshot::envelope::{Sealed, Unverified};
use crate::snapshot::{SnapshotId, SnapshotRow};
use crate::thinning::{MergedRow, Thinned};
use crate::update::{Append, StoredUpdate};

/// A row of `updates` besides its key.
#[derive(Clone, Debug)]
struct UpdateCells {
    received_at_ms: i64,
    author: Option<String>,
    payload: Bytes,
    /// What it says, if it is a merged row; `payload` is empty then.
    merged: Option<MergedRow>,
}

/// A row of `snapshots`.
#[derive(Clone, Debug)]
struct SnapshotCells {
    row: SnapshotRow,
    frontier: Frontier,
    sealed: Sealed,
}

#[derive(Debug, Default)]
pub(super) struct Tables {
    documents: BTreeMap<DocumentId, DocumentRow>,
    updates: BTreeMap<(DocumentId, WriterId, Seq), UpdateCells>,
    snapshots: BTreeMap<SnapshotId, SnapshotCells>,
    authors: BTreeMap<(DocumentId, ClientId), AuthorRow>,
    snapshots_taken: i64,
    revocations: BTreeMap<Revoked, Revocation>,
    blobs: BTreeMap<(DocumentId, BlobHash), (BlobRow, Vec<Bytes>)>,
    thinned: BTreeMap<DocumentId, Thinned>,
    links: BTreeMap<(DocumentId, String), LinkRow>,
}

impl Tables {
    pub(super) fn append(&mut self, writer: WriterId, batch: &[Append]) -> Result<(), StoreError> {
        for append in batch {
            append.checked_seq(writer)?;
            append.check_identity()?;
        }
        let mut new: BTreeMap<_, &Append> = BTreeMap::new();
        for append in batch {
            let key = (append.document, writer, append.seq);
            let cells = self.updates.get(&key);
            if cells.is_some_and(|cells| cells.merged.is_some()) {
                continue;
            }
            let stored = cells.map(|cells| &cells.payload);
            let held = stored.or_else(|| new.get(&key).map(|earlier| &earlier.payload));
            match held {
                Some(payload) if *payload != append.payload => {
                    return Err(StoreError::Conflict { document: append.document, writer, seq: append.seq });
                }
                Some(_) => {}
                None => {
                    new.insert(key, append);
                }
            }
        }
        for (key, append) in new {
            let Append { received_at_ms, author, payload, .. } = append.clone();
            self.updates.insert(key, UpdateCells { received_at_ms, author, payload, merged: None });
        }
        batch.iter().for_each(|append| self.touch(append));
        Ok(())
    }

    fn touch(&mut self, append: &Append) {
        let at_ms = append.received_at_ms;
        let row = self.documents.entry(append.document).or_insert_with(|| {
            let (name, kind) = (append.name.clone(), DocumentKind::Any);
            NewDocument { name, kind, title: None, created_at_ms: at_ms }.into_row()
        });
        if row.updated_at_ms < at_ms.saturating_sub(ACTIVITY_RESOLUTION_MS) {
            row.updated_at_ms = at_ms;
        }
    }

    /// Returns updates above a frontier, grouped by writer, ascending, at most `per_writer` of each.
    pub(super) fn updates_above(
        &self,
        id: DocumentId,
        above: &Frontier,
        per_writer: usize,
    ) -> Vec<StoredUpdate> {
        let writers = self.frontier(id);
        let ranges = writers.iter().flat_map(|(writer, last)| {
            let first = above.seq(writer).saturating_add(1);
            let range = (id, writer, first)..=(id, writer, last.max(first));
            self.updates.range(range).take(per_writer)
        });
        ranges.flat_map(|(key, cells)| cells.as_updates(key.1, key.2)).collect()
    }

    pub(super) fn frontier(&self, id: DocumentId) -> Frontier {
        let rows = self.updates.range((id, WriterId(0), 0)..=(id, WriterId(u64::MAX), Seq::MAX));
        rows.map(|((_, writer, seq), _)| (*writer, *seq)).collect()
    }

    pub(super) fn all_updates(&self) -> Vec<(DocumentId, StoredUpdate)> {
        let updates = self.updates.iter().flat_map(|((id, writer, seq), cells)| {
            cells.as_updates(*writer, *seq).into_iter().map(|update| (*id, update))
        });
        updates.collect()
    }

    pub(super) fn lose_update(&mut self, document: DocumentId, writer: WriterId, seq: Seq) -> bool {
        self.updates.remove(&(document, writer, seq)).is_some()
    }

    /// Returns the rows of one page and one more if there are more.
    pub(super) fn documents(&self, query: &DocumentQuery) -> Vec<DocumentRow> {
        let needle = query.search.as_ref().map(|text| text.to_lowercase());
        let found = |row: &&DocumentRow| {
            row.deleted_at_ms.is_none()
                && query.kind.is_none_or(|kind| kind == row.kind)
                && needle
                    .as_ref()
                    .is_none_or(|text| search_text(&row.name, row.title.as_deref()).contains(text))
                && query.cursor.is_none_or(|at| (row.updated_at_ms, row.id) < (at.updated_at_ms, at.id))
        };
        let mut rows: Vec<_> = self.documents.values().filter(found).cloned().collect();
        rows.sort_by_key(|row| std::cmp::Reverse((row.updated_at_ms, row.id)));
        rows.truncate(query.limit_bounded() as usize + 1);
        rows
    }

    pub(super) fn document(&self, id: DocumentId) -> Option<&DocumentRow> {
        self.documents.get(&id)
    }

    pub(super) fn document_mut(&mut self, id: DocumentId) -> Result<&mut DocumentRow, StoreError> {
        self.documents.get_mut(&id).ok_or_else(|| missing("documents", id.to_string()))
    }

    pub(super) fn every_document(&self, behind: Option<DocumentId>, rows_max: usize) -> Vec<DocumentRow> {
        let rows = self.documents.values().filter(|row| behind.is_none_or(|behind| row.id > behind));
        rows.take(rows_max).cloned().collect()
    }

    pub(super) fn create(&mut self, new: NewDocument) -> Result<DocumentRow, StoreError> {
        let row = new.into_row();
        if self.documents.contains_key(&row.id) {
            return Err(StoreError::Exists { name: row.name.to_string() });
        }
        self.documents.insert(row.id, row.clone());
        Ok(row)
    }

    pub(super) fn record_author(&mut self, author: &AuthorRow) -> Result<(), StoreError> {
        author.checked_client_id()?;
        let key = (author.document, author.client_id);
        match self.authors.entry(key) {
            Entry::Vacant(vacant) => {
                vacant.insert(author.clone());
            }
            Entry::Occupied(mut known) => {
                let known = known.get_mut();
                known.first_seen_ms = known.first_seen_ms.min(author.first_seen_ms);
                let is_same = known.user_id == author.user_id;
                if is_same && !author.name.is_empty() {
                    known.name.clone_from(&author.name);
                }
                if is_same && !author.color.is_empty() {
                    known.color.clone_from(&author.color);
                }
            }
        }
        Ok(())
    }

    pub(super) fn authors(&self, id: DocumentId) -> Vec<AuthorRow> {
        self.authors.range((id, 0)..=(id, ClientId::MAX)).map(|(_, row)| row.clone()).collect()
    }

    pub(super) fn save_blob(&mut self, new: NewBlob, bounds: BlobBounds) -> Result<BlobSaved, StoreError> {
        let document = new.document();
        let row = self.documents.entry(document).or_insert_with(|| {
            let (name, kind) = (new.name.clone(), DocumentKind::Any);
            NewDocument { name, kind, title: None, created_at_ms: new.created_at_ms }.into_row()
        });
        if row.deleted_at_ms.is_some() {
            return Ok(BlobSaved::Deleted);
        }
        let all = (document, BlobHash([0; 32]))..=(document, BlobHash([0xff; 32]));
        let held =
            self.blobs.range(all).fold(Held { known: false, blobs: 0, bytes: 0 }, |held, (at, blob)| {
                let known = held.known || at.1 == new.hash;
                Held { known, blobs: held.blobs + 1, bytes: held.bytes + blob.0.bytes }
            });
        let verdict = new.verdict(held, bounds);
        if verdict == BlobSaved::Stored {
            let bytes = new.bytes();
            let NewBlob { hash, kind, pieces, created_at_ms, author, .. } = new;
            let row = BlobRow { hash, kind, bytes, created_at_ms, author };
            self.blobs.insert((document, hash), (row, pieces));
        }
        Ok(verdict)
    }

    pub(super) fn blob(&self, document: DocumentId, hash: BlobHash) -> Option<BlobRow> {
        let shown = self.document(document).is_some_and(|row| row.deleted_at_ms.is_none());
        self.blobs.get(&(document, hash)).filter(|_| shown).map(|(row, _)| row.clone())
    }

    pub(super) fn blob_piece(
        &self,
        document: DocumentId,
        hash: BlobHash,
        piece: u32,
    ) -> Result<Bytes, StoreError> {
        let found = self.blobs.get(&(document, hash)).and_then(|(_, pieces)| pieces.get(piece as usize));
        found.cloned().ok_or_else(|| missing("blob_pieces", format!("{}, {piece}", key(document, hash))))
    }

    pub(super) fn revoke(&mut self, new: Revocation, revocations_max: u32) -> Result<(), StoreError> {
        new.check()?;
        let now_ms = new.revoked_at_ms;
        self.revocations.retain(|subject, row| *subject == new.subject || row.is_live(now_ms));
        let new = match self.revocations.get(&new.subject) {
            Some(held) => new.joined(held),
            None if self.revocations.len() >= revocations_max as usize => {
                return Err(new.too_many(revocations_max));
            }
            None => new,
        };
        self.revocations.insert(new.subject.clone(), new);
        Ok(())
    }

    pub(super) fn revocations(&self, now_ms: i64) -> Vec<Revocation> {
        let mut live: Vec<_> = self.revocations.values().filter(|row| row.is_live(now_ms)).cloned().collect();
        live.sort_by_key(|row| std::cmp::Reverse(row.revoked_at_ms));
        live
    }
}

impl UpdateCells {
    fn as_updates(&self, writer: WriterId, seq: Seq) -> Vec<StoredUpdate> {
        let Self { received_at_ms, author, payload, merged } = self.clone();
        match merged {
            None => vec![StoredUpdate { writer, seq, received_at_ms, author, payload, merged: None }],
            Some(row) => row.into_updates().collect(),
        }
    }
}

impl SnapshotCells {
    fn as_unverified(&self) -> Unverified {
        let Sealed { frontier, state, checksum } = self.sealed.clone();
        let (id, taken_at_ms) = (self.row.id, self.row.taken_at_ms);
        Unverified { id, taken_at_ms, frontier, state, checksum: checksum.to_vec() }
    }
}

fn missing(table: &'static str, key: String) -> StoreError {
    StoreError::Missing { table, key }
}
