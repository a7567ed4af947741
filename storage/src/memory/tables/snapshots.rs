//! Snapshots.

use weft_protocol::ids::DocumentId;

use super::{SnapshotCells, Tables, missing};
use crate::error::StoreError;
use crate::snapshot::envelope::{Sealed, Unverified};
use crate::snapshot::{
    HeldVersions, NewSnapshot, RESTORES_KEPT_MIN, SnapshotId, SnapshotKind, SnapshotQuery, SnapshotRow,
    SnapshotSaved, VersionBounds,
};

impl Tables {
    /// Returns the snapshots that loading would try, best first.
    pub(in crate::memory) fn candidates(&self, id: DocumentId) -> Vec<Unverified> {
        let mut usable: Vec<_> = self.usable(id).collect();
        usable.sort_by_key(|cells| std::cmp::Reverse((cells.frontier.updates(), cells.row.id)));
        usable.into_iter().map(SnapshotCells::as_unverified).collect()
    }

    fn usable(&self, id: DocumentId) -> impl Iterator<Item = &SnapshotCells> {
        self.snapshots
            .values()
            .filter(move |cells| cells.row.document == id && cells.row.quarantined.is_none())
    }

    pub(in crate::memory) fn save_snapshot(
        &mut self,
        new: NewSnapshot,
        sealed: Sealed,
        generations_kept: u32,
    ) -> Result<SnapshotSaved, StoreError> {
        self.document_mut(new.document)?;
        if let Some(declined) = self.declined(&new, sealed.state.len()) {
            return Ok(declined);
        }
        self.snapshots_taken += 1;
        let id = SnapshotId(self.snapshots_taken);
        let row = SnapshotRow {
            id,
            document: new.document,
            taken_at_ms: new.taken_at_ms,
            kind: new.kind,
            label: new.label,
            author: new.author,
            stored_bytes: sealed.state.len() as u64,
            quarantined: None,
        };
        self.snapshots.insert(id, SnapshotCells { row, frontier: new.frontier, sealed });
        match new.kind {
            SnapshotKind::Auto => self.prune(new.document, generations_kept),
            SnapshotKind::Restore => self.prune_restores(new.document, new.bounds),
            SnapshotKind::Named => {}
        }
        Ok(SnapshotSaved::Stored(id))
    }

    /// Says why a snapshot is not stored, if it is not.
    fn declined(&self, new: &NewSnapshot, bytes: usize) -> Option<SnapshotSaved> {
        match new.kind {
            SnapshotKind::Auto => {
                let covering = self.usable(new.document).find(|cells| cells.frontier.covers(&new.frontier));
                covering.map(|cells| SnapshotSaved::Stale { covered_by: cells.row.id })
            }
            SnapshotKind::Named => {
                let rows = self.snapshots.values().map(|cells| &cells.row);
                let named = rows.filter(|row| (row.document, row.kind) == (new.document, new.kind));
                let held = named.fold(HeldVersions { versions: 0, bytes: 0 }, |held, row| HeldVersions {
                    versions: held.versions + 1,
                    bytes: held.bytes + row.stored_bytes,
                });
                new.bounds.refusal(held, bytes)
            }
            SnapshotKind::Restore => None,
        }
    }

    fn prune_restores(&mut self, id: DocumentId, bounds: VersionBounds) {
        let restores = self.usable(id).filter(|cells| cells.row.kind == SnapshotKind::Restore);
        let mut newest_first: Vec<_> = restores.map(|cells| (cells.row.id, cells.row.stored_bytes)).collect();
        newest_first.reverse();
        let mut bytes = 0;
        for (nth, (old, stored_bytes)) in (1..).zip(newest_first) {
            bytes += stored_bytes;
            if nth > RESTORES_KEPT_MIN && (nth > bounds.versions_max || bytes > bounds.bytes_max) {
                self.snapshots.remove(&old);
            }
        }
    }

    fn prune(&mut self, id: DocumentId, generations_kept: u32) {
        let autos = self.usable(id).filter(|cells| cells.row.kind == SnapshotKind::Auto);
        let oldest_first: Vec<_> = autos.map(|cells| cells.row.id).collect();
        let surplus = oldest_first.len().saturating_sub(generations_kept as usize);
        for old in &oldest_first[..surplus] {
            self.snapshots.remove(old);
        }
    }

    pub(in crate::memory) fn quarantine(&mut self, id: SnapshotId, reason: &str) -> Result<(), StoreError> {
        let cells = self.snapshots.get_mut(&id).ok_or_else(|| missing("snapshots", id.0.to_string()))?;
        cells.row.quarantined.get_or_insert_with(|| reason.to_owned());
        Ok(())
    }

    /// Flips a bit of the stored state.
    pub(in crate::memory) fn corrupt(&mut self, id: SnapshotId) -> bool {
        let byte = self.snapshots.get_mut(&id).and_then(|cells| cells.sealed.state.last_mut());
        byte.is_some_and(|byte| {
            *byte ^= 1;
            true
        })
    }

    pub(in crate::memory) fn snapshots(&self, query: SnapshotQuery) -> Vec<SnapshotRow> {
        let rows = self.snapshots.values().rev().map(|cells| &cells.row);
        rows.filter(|row| row.document == query.document)
            .filter(|row| query.with_auto || row.kind != SnapshotKind::Auto)
            .filter(|row| query.below.is_none_or(|below| row.id < below))
            .take(query.limit_bounded() as usize)
            .cloned()
            .collect()
    }

    pub(in crate::memory) fn snapshot(&self, document: DocumentId, id: SnapshotId) -> Option<Unverified> {
        let cells = self.snapshots.get(&id).filter(|cells| cells.row.document == document)?;
        cells.row.quarantined.is_none().then(|| cells.as_unverified())
    }

    pub(in crate::memory) fn snapshot_row(
        &self,
        document: DocumentId,
        id: SnapshotId,
    ) -> Option<&SnapshotRow> {
        self.snapshots.get(&id).map(|cells| &cells.row).filter(|row| row.document == document)
    }

    pub(in crate::memory) fn rename_snapshot(
        &mut self,
        document: DocumentId,
        id: SnapshotId,
        label: &str,
    ) -> Result<(), StoreError> {
        let row = self.snapshots.get_mut(&id).map(|cells| &mut cells.row);
        let row = row.filter(|row| row.document == document && row.kind != SnapshotKind::Auto);
        row.ok_or_else(|| missing("snapshots", id.0.to_string()))?.label = Some(label.to_owned());
        Ok(())
    }

    pub(in crate::memory) fn delete_snapshot(
        &mut self,
        document: DocumentId,
        id: SnapshotId,
    ) -> Result<(), StoreError> {
        let row = self.snapshot_row(document, id);
        let named = row.filter(|row| row.kind == SnapshotKind::Named && row.quarantined.is_none());
        named.map(drop).ok_or_else(|| missing("snapshots", id.0.to_string()))?;
        self.snapshots.remove(&id);
        Ok(())
    }
}
