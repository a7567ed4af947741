//! A past that is merged while everything else goes on: in some worlds, and far earlier than any policy would.

use futures_util::FutureExt;
use weft_protocol::ids::{DocumentId, WriterId};
use weft_server::thinning::thinner::{Base, Thinner};
use weft_storage::{Frontier, History, MergedRow, Ordered, Store, StoreError, Thinning};

use crate::world::World;

/// One world in this many thins its past out.
pub const EVERY_SEEDS: u64 = 2;
/// One action in this many is followed by it.
const EVERY_ACTIONS: u64 = 50;
const STEPS_MS: [i64; 3] = [20, 1_000, 60_000];

/// The memory store answers at once.
const AT_ONCE: &str = "the memory store is not stalled";

impl World {
    /// Thins out a document once in a while.
    pub fn thin_at_times(&mut self) {
        let Some(random) = &mut self.thinnings else { return };
        if random.below(EVERY_ACTIONS) > 0 {
            return;
        }
        let (document, step_ms) = (random.index(self.names.len()), random.pick(&STEPS_MS));
        let id = DocumentId::of(&self.names[document]);
        let rows = self.merged(id, step_ms);
        if rows.is_empty() {
            return;
        }
        let replaced: u32 = rows.iter().map(|row| row.rows).sum();
        let merged = self.store.merge_updates(id, &rows).now_or_never().expect(AT_ONCE);
        if let Err(refused) = merged {
            // A commit that lands a second time, behind what was merged of the first: such rows are left alone.
            assert!(matches!(refused, StoreError::Rejected { .. }), "[T11] {refused}");
            return self.coverage.note("merge refused");
        }
        self.note(|| format!("store: {replaced} rows of document {document} become {}", rows.len()));
        self.coverage.note("past thinned out");
    }

    /// Returns what the rows that a snapshot holds can be merged to.
    fn merged(&self, id: DocumentId, step_ms: i64) -> Vec<MergedRow> {
        let journal = self.store.frontier(id).now_or_never().expect(AT_ONCE).expect("readable");
        let snapshot = self.store.snapshot_within(id, &journal, i64::MAX).now_or_never().expect(AT_ONCE);
        let Some(snapshot) = snapshot.expect("readable") else { return Vec::new() };
        let all = self.store.updates_above(id, &Frontier::new(), u32::MAX).now_or_never().expect(AT_ONCE);
        let mut clock = std::collections::BTreeMap::<WriterId, i64>::new();
        let held = all.expect("[T11] no hole").into_iter().filter(|update| {
            // What was in it is in it, whatever landed twice since.
            snapshot.frontier.contains(update.writer, update.seq)
        });
        let ordered = held.map(|update| {
            let at_ms = clock.entry(update.writer).or_insert(i64::MIN);
            *at_ms = update.received_at_ms.max(*at_ms);
            Ordered { at_ms: *at_ms, update }
        });
        let ordered: Vec<_> = ordered.collect();
        let mut thinner = Thinner::new(Base::default(), step_ms, Vec::new()).expect("an empty beginning");
        let mut rows = thinner.take(ordered).expect("[T11] the past can be folded");
        rows.extend(thinner.finish().expect("[T11] the past can be folded"));
        assert_eq!(thinner.tally().unproven, 0, "[T11] what is merged holds the same");
        rows
    }
}
