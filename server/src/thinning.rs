//! Thinning out the past: old updates are merged to one for each minute, hour or day, where a policy says so.
//!
//! [`policy`] says what is due, [`bucket`] merges the updates of one step of the clock, [`thinner`] goes through a window and
//! proves what it merged. Storage puts merged rows in the place of those they were made of, and reads them wherever one of these
//! would be; so whatever is merged when, loading, snapshots and versions stay what they are. Only what lies within a step can no
//! longer be told apart.
//!
//! Left alone are the moments of versions that people or restores made, everything that the newest snapshot does not hold, and
//! whatever does not read, waits for its causes, or comes out differently.

pub mod bucket;
pub mod command;
pub mod policy;
pub mod thinner;

use std::time::Duration;

use weft_protocol::ids::DocumentId;
use weft_storage::{DocumentRow, Frontier, MergedRow, SnapshotId, SnapshotQuery, StoreError, Thinned};

use crate::clock::Clock;
use crate::document::replica::Replica;
use crate::durable::Durable;
use crate::history::fold::Unfolded;
use crate::history::moments::{Checkpoints, NoState, state_at};
use crate::history::reading::Reading;
use policy::{Policy, Window};
use thinner::{Base, Tally, Thinner};

/// How often the server looks for what is due.
const PERIOD: Duration = Duration::from_secs(3_600);
/// A document is not looked at again for so long.
const REST_MS: i64 = 20 * 3_600_000;
/// Documents listed at once.
const DOCUMENTS_PAGE: u32 = 200;
/// Versions whose moments are kept apart; of a document with more, nothing is merged.
const FENCES_MAX: usize = 100_000;

/// Why a document was not thinned out.
#[derive(Debug, thiserror::Error)]
pub enum Unthinned {
    /// Storage says so.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is stored cannot be folded.
    #[error("the past cannot be read: {0}")]
    Unfolded(#[from] Unfolded),
    /// What was there before cannot be told.
    #[error(transparent)]
    NoState(#[from] NoState),
    /// The work panicked.
    #[error("merging panicked: {0}")]
    Panicked(String),
    /// More versions than can be kept apart.
    #[error("it has more than {FENCES_MAX} versions")]
    Versions,
}

/// Thins out documents by a policy.
#[derive(Clone)]
pub struct Thinning {
    /// The way to storage.
    pub durable: Durable,
    /// What is merged when.
    pub policy: Policy,
    /// What time it is, in Unix milliseconds.
    pub now_ms: i64,
}

/// Thins out whatever is due, every hour, until it is dropped.
pub async fn run(durable: Durable, policy: Policy, clock: Clock) {
    let mut period = tokio::time::interval(PERIOD);
    period.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        period.tick().await;
        let now_ms = clock.now().unix_ms;
        let thinning = Thinning { durable: durable.clone(), policy: policy.clone(), now_ms };
        let mut all = Tally::default();
        let pass = thinning.everything(REST_MS, |row, outcome| match outcome {
            Ok(tally) => all.add(*tally),
            Err(why) => tracing::warn!(document = %row.id, %why, "a document is not thinned out"),
        });
        match pass.await {
            Ok(()) if all.rows_before == all.rows_after => {}
            Ok(()) => tracing::info!(
                rows_before = all.rows_before,
                rows_after = all.rows_after,
                bytes_before = all.bytes_before,
                bytes_after = all.bytes_after,
                unproven = all.unproven,
                "the past was thinned out"
            ),
            Err(error) => tracing::warn!(%error, "the past is not thinned out, storage is away"),
        }
    }
}

impl Thinning {
    /// Goes through all documents that were not looked at for `rest_ms`, deleted ones too, and tells how each went.
    ///
    /// # Errors
    /// The store's, when documents cannot be listed.
    pub async fn everything(
        &self,
        rest_ms: i64,
        mut told: impl FnMut(&DocumentRow, Result<&Tally, &Unthinned>),
    ) -> Result<(), StoreError> {
        let Some(reaches_ms) = self.policy.reaches_ms(self.now_ms) else { return Ok(()) };
        let mut behind = None;
        loop {
            let listing = move |store: std::sync::Arc<dyn weft_storage::Store>| async move {
                store.every_document(behind, DOCUMENTS_PAGE).await
            };
            let page = self.durable.query(listing).await?;
            let Some(last) = page.last() else { return Ok(()) };
            behind = Some(last.id);
            for row in page.iter().filter(|row| row.created_at_ms < reaches_ms) {
                told(row, self.document(row, rest_ms).await.as_ref());
            }
        }
    }

    /// Thins out one document.
    ///
    /// # Errors
    /// [`Unthinned`]; what was merged before stays merged.
    pub async fn document(&self, row: &DocumentRow, rest_ms: i64) -> Result<Tally, Unthinned> {
        let id = row.id;
        let done = self.durable.query(move |store| async move { store.thinned(id).await }).await?;
        let policy = self.policy.to_string();
        if done.as_ref().is_some_and(|done| done.policy == policy && self.now_ms - done.at_ms < rest_ms) {
            return Ok(Tally::default());
        }
        let mut tally = Tally::default();
        let windows = self.policy.due(done.as_ref(), self.now_ms);
        let has_any = |window: &Window| {
            let from_ms = window.from_ms.unwrap_or(i64::MIN);
            row.created_at_ms < window.to_ms
                && row.updated_at_ms.saturating_add(weft_storage::ACTIVITY_RESOLUTION_MS) >= from_ms
        };
        if windows.iter().any(has_any) {
            let Some(held) = self.held(id).await? else { return Ok(tally) };
            let fences_ms = self.fences(id).await?;
            for window in windows.iter().filter(|window| has_any(window)) {
                match self.window(id, window, (&held, &fences_ms)).await? {
                    Some(merged) => tally.add(merged),
                    // Due until a snapshot holds it.
                    None => return Ok(tally),
                }
            }
        }
        let thinned = Thinned { at_ms: self.now_ms, policy };
        self.durable.query(move |store| async move { store.set_thinned(id, &thinned).await }).await?;
        Ok(tally)
    }

    /// Returns what the fullest snapshot holds, once it was read and verified.
    async fn held(&self, id: DocumentId) -> Result<Option<Frontier>, Unthinned> {
        let snapshot = self
            .durable
            .query(move |store| async move {
                let journal = store.frontier(id).await?;
                store.snapshot_within(id, &journal, i64::MAX).await
            })
            .await?;
        let Some(snapshot) = snapshot else { return Ok(None) };
        let (state, frontier) = (snapshot.state, snapshot.frontier);
        let verified = self.durable.heavy(move || Replica::verify_state(&state)).await;
        Ok(verified.map_err(Unthinned::Panicked)?.is_ok().then_some(frontier))
    }

    /// Returns the moments of versions that people and restores made.
    async fn fences(&self, id: DocumentId) -> Result<Vec<i64>, Unthinned> {
        let (mut fences, mut below) = (Vec::new(), None::<SnapshotId>);
        loop {
            let query = SnapshotQuery { document: id, with_auto: false, below, limit: 0 };
            let page = self.durable.query(move |store| async move { store.snapshots(query).await }).await?;
            let Some(last) = page.last() else { return Ok(fences) };
            below = Some(last.id);
            fences.extend(page.iter().map(|row| row.taken_at_ms));
            if fences.len() > FENCES_MAX {
                return Err(Unthinned::Versions);
            }
        }
    }

    /// Merges a window; none if it reaches above what the snapshot holds.
    async fn window(
        &self,
        id: DocumentId,
        window: &Window,
        (held, fences_ms): (&Frontier, &[i64]),
    ) -> Result<Option<Tally>, Unthinned> {
        let (from_ms, to_ms) = (window.from_ms, window.to_ms);
        let (above, up_to) = self
            .durable
            .query(move |store| async move {
                let above = match from_ms {
                    None => Frontier::new(),
                    Some(from_ms) => store.reach_at(id, &Frontier::new(), from_ms - 1).await?.frontier,
                };
                let up_to = store.reach_at(id, &above, to_ms - 1).await?.frontier;
                Ok((above, up_to))
            })
            .await?;
        if up_to == above {
            return Ok(Some(Tally::default()));
        }
        if !held.covers(&up_to) {
            return Ok(None);
        }
        let base = match from_ms {
            Some(from_ms) if !above.is_empty() => {
                let before = state_at(&self.durable, &Checkpoints::default(), id, from_ms - 1).await?;
                Base { state: Some((before.state, above.clone())), last_ms: before.last_ms }
            }
            _ => Base::default(),
        };
        let (step_ms, fences_ms) = (window.step_ms, fences_ms.to_vec());
        let mut thinner = self.heavy(move || Thinner::new(base, step_ms, fences_ms)).await?;
        let mut reading = Reading::open(&self.durable, id, above, up_to).await?;
        loop {
            let batch = reading.batch().await?;
            let is_end = batch.is_empty();
            let (further, rows) = self
                .heavy(move || {
                    let rows = if is_end { thinner.finish()? } else { thinner.take(batch)? };
                    Ok((thinner, rows))
                })
                .await?;
            thinner = further;
            self.write(id, rows).await?;
            if is_end {
                return Ok(Some(thinner.tally()));
            }
        }
    }

    async fn write(&self, id: DocumentId, rows: Vec<MergedRow>) -> Result<(), Unthinned> {
        if rows.is_empty() {
            return Ok(());
        }
        Ok(self.durable.query(move |store| async move { store.merge_updates(id, &rows).await }).await?)
    }

    async fn heavy<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Unfolded> + Send + 'static,
    ) -> Result<T, Unthinned> {
        Ok(self.durable.heavy(work).await.map_err(Unthinned::Panicked)??)
    }
}
