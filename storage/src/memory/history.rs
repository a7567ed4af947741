//! Reading the past.

use std::collections::BTreeMap;

use async_trait::async_trait;
use weft_protocol::ids::DocumentId;

use super::MemoryStore;
use crate::document::DocumentRow;
use crate::error::StoreError;
use crate::frontier::Frontier;
use crate::history::{ActiveMinute, Head, History, Reach, Stretch};
use crate::snapshot::envelope::Verdict;
use crate::snapshot::{SnapshotId, SnapshotRow, StoredSnapshot};
use crate::update::{StoredUpdate, check_dense};

impl MemoryStore {
    async fn above(&self, id: DocumentId, above: &Frontier) -> Result<Vec<StoredUpdate>, StoreError> {
        self.read(|tables| tables.updates_above(id, above, usize::MAX)).await
    }
}

#[async_trait]
impl History for MemoryStore {
    async fn reach_at(&self, id: DocumentId, above: &Frontier, at_ms: i64) -> Result<Reach, StoreError> {
        let mut reach = Reach { frontier: above.clone(), last_ms: None };
        let mut later = None;
        for update in self.above(id, above).await? {
            if later == Some(update.writer) || update.received_at_ms > at_ms {
                later = Some(update.writer);
                continue;
            }
            reach.frontier.advance(update.writer, update.seq);
            reach.last_ms = reach.last_ms.max(Some(update.received_at_ms));
        }
        Ok(reach)
    }

    async fn heads(&self, id: DocumentId, above: &Frontier) -> Result<Vec<Head>, StoreError> {
        let firsts = self.read(|tables| tables.updates_above(id, above, 1)).await?;
        check_dense(id, above, &firsts)?;
        let head = |update: StoredUpdate| {
            let StoredUpdate { writer, seq, received_at_ms, .. } = update;
            Head { writer, seq, received_at_ms }
        };
        Ok(firsts.into_iter().filter(StoredUpdate::ends_row).map(head).collect())
    }

    async fn stretch(&self, id: DocumentId, stretch: Stretch) -> Result<Vec<StoredUpdate>, StoreError> {
        let above = Frontier::from_iter([(stretch.writer, stretch.above)]);
        let all = self.above(id, &above).await?.into_iter().filter(|update| update.writer == stretch.writer);
        let (mut updates, mut rows, mut bytes) = (Vec::<StoredUpdate>::new(), 0, 0);
        for update in all.take_while(|update| update.seq <= stretch.up_to) {
            let begins_row = updates.last().is_none_or(StoredUpdate::ends_row);
            if begins_row && (rows == stretch.rows_max || bytes >= stretch.bytes_max as usize) {
                break;
            }
            rows += u32::from(begins_row);
            bytes += update.payload.len();
            updates.push(update);
        }
        check_dense(id, &above, &updates)?;
        Ok(updates)
    }

    async fn snapshot_within(
        &self,
        id: DocumentId,
        reach: &Frontier,
        at_ms: i64,
    ) -> Result<Option<StoredSnapshot>, StoreError> {
        let candidates = self.read(|tables| tables.candidates(id)).await?;
        for candidate in candidates.into_iter().filter(|candidate| candidate.taken_at_ms <= at_ms) {
            let number = candidate.id;
            if !Frontier::decode(&candidate.frontier).is_ok_and(|frontier| reach.covers(&frontier)) {
                continue;
            }
            match candidate.open(id, self.options.snapshot_decoded_bytes_max)? {
                Verdict::Valid(snapshot) => return Ok(Some(snapshot)),
                Verdict::Broken(why) => self.tables().quarantine(number, &why)?,
            }
        }
        Ok(None)
    }

    async fn active_minutes(
        &self,
        id: DocumentId,
        before_ms: i64,
        rows_max: u32,
    ) -> Result<Vec<ActiveMinute>, StoreError> {
        let mut minutes = BTreeMap::<i64, ActiveMinute>::new();
        for update in self.above(id, &Frontier::new()).await? {
            let at_ms = update.received_at_ms;
            if at_ms < before_ms {
                let fresh = ActiveMinute { first_ms: at_ms, last_ms: at_ms };
                let minute = minutes.entry(at_ms / 60_000).or_insert(fresh);
                minute.first_ms = minute.first_ms.min(at_ms);
                minute.last_ms = minute.last_ms.max(at_ms);
            }
        }
        Ok(minutes.into_values().rev().take(rows_max as usize).collect())
    }

    async fn snapshot_row(
        &self,
        document: DocumentId,
        id: SnapshotId,
    ) -> Result<Option<SnapshotRow>, StoreError> {
        self.read(|tables| tables.snapshot_row(document, id).cloned()).await
    }

    async fn inspect_snapshot(
        &self,
        document: DocumentId,
        id: SnapshotId,
    ) -> Result<Option<Result<StoredSnapshot, String>>, StoreError> {
        let Some(found) = self.read(|tables| tables.snapshot(document, id)).await? else {
            return Ok(None);
        };
        let verdict = found.open(document, self.options.snapshot_decoded_bytes_max)?;
        Ok(Some(verdict.into_result()))
    }

    async fn every_document(
        &self,
        behind: Option<DocumentId>,
        rows_max: u32,
    ) -> Result<Vec<DocumentRow>, StoreError> {
        self.read(|tables| tables.every_document(behind, rows_max as usize)).await
    }

    async fn rename_snapshot(
        &self,
        document: DocumentId,
        id: SnapshotId,
        label: &str,
    ) -> Result<(), StoreError> {
        self.write(|tables| tables.rename_snapshot(document, id, label)).await
    }

    async fn delete_snapshot(&self, document: DocumentId, id: SnapshotId) -> Result<(), StoreError> {
        self.write(|tables| tables.delete_snapshot(document, id)).await
    }
}
