//! Merged rows.

use bytes::Bytes;
use weft_protocol::ids::DocumentId;

use super::{Tables, UpdateCells};
use crate::error::StoreError;
use crate::thinning::{MergedRow, Thinned};

impl Tables {
    /// Puts merged rows in the place of others; all or none.
    pub(in crate::memory) fn merge_updates(
        &mut self,
        document: DocumentId,
        rows: &[MergedRow],
    ) -> Result<(), StoreError> {
        let range = |row: &MergedRow| (document, row.writer, row.first)..=(document, row.writer, row.last);
        for row in rows {
            row.checked(document)?;
            let found = self.updates.range(range(row)).count();
            if found != row.rows as usize {
                return Err(row.changed(document, found as u64));
            }
        }
        for row in rows {
            let keys: Vec<_> = self.updates.range(range(row)).map(|(key, _)| *key).collect();
            keys.iter().for_each(|key| drop(self.updates.remove(key)));
            let received_at_ms = row.received_at_ms;
            let merged = Some(row.clone());
            let cells = UpdateCells { received_at_ms, author: None, payload: Bytes::new(), merged };
            self.updates.insert((document, row.writer, row.last), cells);
        }
        Ok(())
    }

    pub(in crate::memory) fn thinned(&self, document: DocumentId) -> Option<Thinned> {
        self.thinned.get(&document).cloned()
    }

    pub(in crate::memory) fn set_thinned(&mut self, document: DocumentId, thinned: Thinned) {
        self.thinned.insert(document, thinned);
    }
}
