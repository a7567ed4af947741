//! Rows as SQL returns them, the same for both databases, and their way into our types.

use sqlx::FromRow;
use weft_protocol::ids::{DocumentId, DocumentName, WriterId};

use crate::author::AuthorRow;
use crate::blob::{BlobHash, BlobRow, BlobType, Held};
use crate::document::{DocumentKind, DocumentRow};
use crate::error::StoreError;
use crate::frontier::Frontier;
use crate::history::{ActiveMinute, Head, Reach};
use crate::link::LinkRow;
use crate::revocation::{Revocation, Revoked};
use crate::snapshot::envelope::Unverified;
use crate::snapshot::{HeldVersions, SnapshotId, SnapshotKind, SnapshotRow};
use crate::thinning::{MergedPart, MergedRow, Thinned};
use crate::update::StoredUpdate;

/// A column holds what no build writes.
fn corrupt(table: &'static str, key: impl ToString, why: impl ToString) -> StoreError {
    StoreError::Corrupt { table, key: key.to_string(), why: why.to_string() }
}

fn document_id(table: &'static str, bytes: &[u8]) -> Result<DocumentId, StoreError> {
    let id = <[u8; 16]>::try_from(bytes);
    id.map(DocumentId).map_err(|_| corrupt(table, format!("{bytes:02x?}"), "a document id has 16 bytes"))
}

#[derive(FromRow)]
pub(crate) struct DocumentCells {
    id: Vec<u8>,
    name: String,
    kind: String,
    title: Option<String>,
    created_at: i64,
    updated_at: i64,
    deleted_at: Option<i64>,
}

impl DocumentCells {
    pub(crate) fn into_row(self) -> Result<DocumentRow, StoreError> {
        let id = document_id("documents", &self.id)?;
        let name = DocumentName::new(self.name).map_err(|error| corrupt("documents", id, error))?;
        let kind = DocumentKind::from_word(&self.kind)
            .ok_or_else(|| corrupt("documents", id, format!("unknown kind {}", self.kind)))?;
        if DocumentId::of(&name) != id {
            return Err(corrupt("documents", id, format!("the identity does not belong to the name {name}")));
        }
        Ok(DocumentRow {
            id,
            name,
            kind,
            title: self.title,
            created_at_ms: self.created_at,
            updated_at_ms: self.updated_at,
            deleted_at_ms: self.deleted_at,
        })
    }
}

#[derive(FromRow)]
pub(crate) struct UpdateCells {
    writer: i64,
    seq: i64,
    received_at: i64,
    author: Option<String>,
    payload: Vec<u8>,
    /// First number the row stands for, if it is a merged one.
    first_seq: Option<i64>,
}

impl UpdateCells {
    /// Reads rows, each of which is one update or some that were merged.
    pub(crate) fn into_updates(rows: Vec<Self>, id: DocumentId) -> Result<Vec<StoredUpdate>, StoreError> {
        let mut updates = Vec::with_capacity(rows.len());
        for cells in rows {
            cells.read_into(&mut updates, id)?;
        }
        Ok(updates)
    }

    fn read_into(self, updates: &mut Vec<StoredUpdate>, id: DocumentId) -> Result<(), StoreError> {
        let key = || format!("{id}, writer {}, seq {}", self.writer, self.seq);
        let positive = |number: i64| {
            u64::try_from(number).map_err(|_| corrupt("updates", key(), "the key has a negative number"))
        };
        let (writer, seq) = (WriterId(positive(self.writer)?), positive(self.seq)?);
        let received_at_ms = self.received_at;
        let Some(first) = self.first_seq.map(positive).transpose()? else {
            let (author, payload) = (self.author, self.payload.into());
            updates.push(StoredUpdate { writer, seq, received_at_ms, author, payload, merged: None });
            return Ok(());
        };
        let parts = MergedPart::decode_all(&self.payload).map_err(|why| corrupt("updates", key(), why))?;
        let row = MergedRow { writer, first, last: seq, received_at_ms, rows: 0, parts };
        updates.extend(row.into_updates());
        Ok(())
    }
}

/// A writer of a document and its highest seq.
#[derive(FromRow)]
pub(crate) struct ReachedCells {
    pub(crate) writer: i64,
    pub(crate) seq: i64,
}

impl ReachedCells {
    pub(crate) fn into_frontier(reached: Vec<Self>, id: DocumentId) -> Result<Frontier, StoreError> {
        let entry = |cells: Self| {
            let entry = u64::try_from(cells.writer).ok().zip(u64::try_from(cells.seq).ok());
            let (writer, seq) = entry
                .ok_or_else(|| corrupt("updates", id, "a key of this document has a negative number"))?;
            Ok((WriterId(writer), seq))
        };
        reached.into_iter().map(entry).collect()
    }
}

#[derive(FromRow)]
pub(crate) struct StateCells {
    pub(crate) id: i64,
    taken_at: i64,
    frontier: Vec<u8>,
    state: Vec<u8>,
    checksum: Vec<u8>,
}

impl StateCells {
    pub(crate) fn into_unverified(self) -> Unverified {
        let Self { id, taken_at, frontier, state, checksum } = self;
        Unverified { id: SnapshotId(id), taken_at_ms: taken_at, frontier, state, checksum }
    }
}

#[derive(FromRow)]
pub(crate) struct SnapshotCells {
    id: i64,
    document_id: Vec<u8>,
    taken_at: i64,
    kind: String,
    label: Option<String>,
    author: Option<String>,
    stored_bytes: i64,
    quarantine_reason: Option<String>,
}

impl SnapshotCells {
    pub(crate) fn into_row(self) -> Result<SnapshotRow, StoreError> {
        let kind = SnapshotKind::from_word(&self.kind)
            .ok_or_else(|| corrupt("snapshots", self.id, format!("unknown kind {}", self.kind)))?;
        Ok(SnapshotRow {
            id: SnapshotId(self.id),
            document: document_id("snapshots", &self.document_id)?,
            taken_at_ms: self.taken_at,
            kind,
            label: self.label,
            author: self.author,
            stored_bytes: u64::try_from(self.stored_bytes).unwrap_or(0),
            quarantined: self.quarantine_reason,
        })
    }
}

/// A usable snapshot and its frontier, to decide whether a new one is stale.
#[derive(FromRow)]
pub(crate) struct FrontierCells {
    pub(crate) id: i64,
    pub(crate) frontier: Vec<u8>,
}

impl FrontierCells {
    /// Returns the first snapshot that covers `frontier`. One whose frontier does not decode covers nothing; loading will
    /// quarantine it.
    pub(crate) fn covering(rows: &[Self], frontier: &Frontier) -> Option<SnapshotId> {
        let covers =
            |row: &&Self| Frontier::decode(&row.frontier).is_ok_and(|stored| stored.covers(frontier));
        rows.iter().find(covers).map(|row| SnapshotId(row.id))
    }

    /// Returns the first snapshot that `reach` covers.
    pub(crate) fn within(rows: &[Self], reach: &Frontier) -> Option<SnapshotId> {
        let is_within =
            |row: &&Self| Frontier::decode(&row.frontier).is_ok_and(|stored| reach.covers(&stored));
        rows.iter().find(is_within).map(|row| SnapshotId(row.id))
    }
}

#[derive(FromRow)]
pub(crate) struct AuthorCells {
    client_id: i64,
    user_id: Option<String>,
    name: String,
    color: String,
    first_seen: i64,
}

impl AuthorCells {
    pub(crate) fn into_row(self, document: DocumentId) -> Result<AuthorRow, StoreError> {
        let client_id = u64::try_from(self.client_id)
            .map_err(|_| corrupt("authors", document, "a client id is negative"))?;
        let Self { user_id, name, color, first_seen, .. } = self;
        Ok(AuthorRow { document, client_id, user_id, name, color, first_seen_ms: first_seen })
    }
}

#[derive(FromRow)]
pub(crate) struct RevocationCells {
    kind: String,
    value: String,
    revoked_at: i64,
    expires_at: Option<i64>,
}

impl RevocationCells {
    pub(crate) fn into_row(self) -> Result<Revocation, StoreError> {
        let Self { kind, value, revoked_at, expires_at } = self;
        let subject =
            Revoked::of(&kind, value).ok_or_else(|| corrupt("revocations", &kind, "unknown kind"))?;
        Ok(Revocation { subject, revoked_at_ms: revoked_at, expires_at_ms: expires_at })
    }
}

#[derive(FromRow)]
pub(crate) struct LinkCells {
    id: String,
    access: String,
    made_by: Option<String>,
    made_by_name: Option<String>,
    parent: Option<String>,
    made_at: i64,
    expires_at: i64,
}

impl LinkCells {
    pub(crate) fn into_row(self, document: DocumentId) -> LinkRow {
        let Self { id, access, made_by, made_by_name, parent, made_at, expires_at } = self;
        let (made_at_ms, expires_at_ms) = (made_at, expires_at);
        LinkRow { document, id, access, made_by, made_by_name, parent, made_at_ms, expires_at_ms }
    }
}

#[derive(FromRow)]
pub(crate) struct BlobCells {
    hash: Vec<u8>,
    r#type: String,
    size: i64,
    created_at: i64,
    author: Option<String>,
}

impl BlobCells {
    pub(crate) fn into_row(self) -> Result<BlobRow, StoreError> {
        let hash = <[u8; 32]>::try_from(&self.hash[..]).map(BlobHash);
        let hash =
            hash.map_err(|_| corrupt("blobs", format!("{:02x?}", self.hash), "a hash has 32 bytes"))?;
        let kind = BlobType::from_word(&self.r#type)
            .ok_or_else(|| corrupt("blobs", hash, format!("unknown type {}", self.r#type)))?;
        let bytes = u64::try_from(self.size).map_err(|_| corrupt("blobs", hash, "the size is negative"))?;
        Ok(BlobRow { hash, kind, bytes, created_at_ms: self.created_at, author: self.author })
    }
}

/// What a document has when another blob comes.
#[derive(FromRow)]
pub(crate) struct HeldCells {
    blobs: i64,
    bytes: i64,
    known: bool,
}

impl From<HeldCells> for Held {
    fn from(cells: HeldCells) -> Self {
        let whole = |number: i64| u64::try_from(number).unwrap_or(0);
        Self { known: cells.known, blobs: whole(cells.blobs), bytes: whole(cells.bytes) }
    }
}

/// The named versions a document has when another one comes.
#[derive(FromRow)]
pub(crate) struct HeldVersionCells {
    versions: i64,
    bytes: i64,
}

impl From<HeldVersionCells> for HeldVersions {
    fn from(cells: HeldVersionCells) -> Self {
        let whole = |number: i64| u64::try_from(number).unwrap_or(0);
        Self { versions: whole(cells.versions), bytes: whole(cells.bytes) }
    }
}

/// Returns the number of updates a frontier contains as SQL holds it.
pub(crate) fn updates_covered(frontier: &Frontier) -> i64 {
    i64::try_from(frontier.updates()).unwrap_or(i64::MAX)
}

/// How far a writer had come at a moment; NULLs where it has nothing new.
#[derive(FromRow)]
pub(crate) struct ReachCells {
    writer: i64,
    seq: Option<i64>,
    last_ms: Option<i64>,
}

/// Adds to `above` what was found above it.
pub(crate) fn reach(cells: Vec<ReachCells>, above: &Frontier, id: DocumentId) -> Result<Reach, StoreError> {
    let last_ms = cells.iter().filter_map(|cells| cells.last_ms).max();
    let new =
        cells.into_iter().filter_map(|cells| Some(ReachedCells { writer: cells.writer, seq: cells.seq? }));
    let mut frontier = above.clone();
    frontier.merge(&ReachedCells::into_frontier(new.collect(), id)?);
    Ok(Reach { frontier, last_ms })
}

/// The first update of a writer above a frontier.
#[derive(FromRow)]
pub(crate) struct HeadCells {
    writer: i64,
    seq: i64,
    received_at: i64,
    first_seq: Option<i64>,
}

impl HeadCells {
    pub(crate) fn into_head(self, id: DocumentId, above: &Frontier) -> Result<Head, StoreError> {
        let key = u64::try_from(self.writer).ok().zip(u64::try_from(self.seq).ok());
        let (writer, seq) =
            key.ok_or_else(|| corrupt("updates", id, "a key of this document has a negative number"))?;
        let (writer, missing_from) = (WriterId(writer), above.seq(WriterId(writer)) + 1);
        let first = self.first_seq.map_or(Some(seq), |first| u64::try_from(first).ok());
        let first = first.ok_or_else(|| corrupt("updates", id, "a first number is negative"))?;
        if first > missing_from {
            let missing_to = first.saturating_sub(1);
            return Err(StoreError::Gap { document: id, writer, missing_from, missing_to });
        }
        Ok(Head { writer, seq, received_at_ms: self.received_at })
    }
}

#[derive(FromRow)]
pub(crate) struct MinuteCells {
    first_ms: i64,
    last_ms: i64,
}

impl From<MinuteCells> for ActiveMinute {
    fn from(MinuteCells { first_ms, last_ms }: MinuteCells) -> Self {
        Self { first_ms, last_ms }
    }
}

/// How far a document was thinned out.
#[derive(FromRow)]
pub(crate) struct ThinnedCells {
    thinned_at: i64,
    policy: String,
}

impl From<ThinnedCells> for Thinned {
    fn from(ThinnedCells { thinned_at, policy }: ThinnedCells) -> Self {
        Self { at_ms: thinned_at, policy }
    }
}
