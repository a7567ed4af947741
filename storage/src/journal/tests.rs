//! The pure core under chosen and random schedules.

use bytes::Bytes;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use weft_protocol::ids::{DocumentId, DocumentName, Seq, WriterId};

use super::{Batch, Journal, JournalLimits, Outcome, Refused};
use crate::error::StoreError;
use crate::update::Append;

fn name(document: u32) -> DocumentName {
    DocumentName::new(format!("document-{document}")).expect("a legal name")
}

fn id(document: u32) -> DocumentId {
    DocumentId::of(&name(document))
}

fn append(document: u32, seq: Seq) -> Append {
    let payload = Bytes::from(vec![7; usize::try_from(seq % 50).expect("small")]);
    Append { document: id(document), name: name(document), seq, received_at_ms: 0, author: None, payload }
}

fn away() -> StoreError {
    StoreError::Unavailable { why: "away".into() }
}

fn poison() -> StoreError {
    StoreError::Rejected { table: "updates", key: "?".into(), why: "poison".into() }
}

fn committed(document: u32, up_to: Seq) -> Outcome {
    Outcome::Committed { document: id(document), up_to }
}

fn filled(rows: &[(u32, Seq)]) -> Journal {
    let mut journal = Journal::new(JournalLimits::default());
    for (document, seq) in rows {
        journal.push(append(*document, *seq)).expect("there is room");
    }
    journal
}

fn keys(batch: &Batch) -> Vec<(DocumentId, Seq)> {
    batch.iter().map(|append| (append.document, append.seq)).collect()
}

#[test]
fn what_arrives_during_a_commit_is_the_next_batch() {
    let mut journal = filled(&[(1, 1), (2, 1), (1, 2)]);
    let first = journal.next_batch(0).expect("three rows wait");
    assert_eq!(first.len(), 3);
    journal.push(append(1, 3)).expect("there is room");
    assert_eq!(journal.next_batch(0), None, "one batch is in flight");
    assert_eq!(journal.settled(1, Ok(())), [committed(1, 2), committed(2, 1)]);
    assert_eq!(keys(&journal.next_batch(1).expect("one row waits")), [(id(1), 3)]);
    assert_eq!(journal.settled(2, Ok(())), [committed(1, 3)]);
    assert_eq!((journal.backlog_bytes(), journal.backlog_rows()), (0, 0));
    assert_eq!(journal.next_batch(2), None);
}

/// [D3]
#[test]
fn a_failed_commit_is_repeated_unchanged_and_first_after_a_growing_pause() {
    let mut journal = filled(&[(1, 1), (2, 1)]);
    let first = journal.next_batch(0).expect("rows wait");
    let backlog = journal.backlog_bytes();
    let mut now_ms = 0;
    for pause_ms in [20, 40, 80, 160, 320, 640, 1_280, 2_000, 2_000] {
        assert_eq!(journal.settled(now_ms, Err(away())), []);
        journal.push(append(3, now_ms + 1)).ok();
        assert_eq!(journal.next_batch(now_ms + pause_ms - 1), None);
        now_ms += pause_ms;
        assert_eq!(journal.next_batch(now_ms).as_ref(), Some(&first));
    }
    assert!(journal.backlog_bytes() > backlog);
    assert_eq!(journal.retrying().expect("still failing").since_ms, 0);
    assert_eq!(journal.settled(now_ms, Ok(())), [committed(1, 1), committed(2, 1)]);
    assert_eq!(journal.retrying(), None);
}

#[test]
fn batches_end_at_the_row_bound_and_at_the_byte_bound() {
    let mut journal = Journal::new(JournalLimits { batch_rows_max: 2, ..JournalLimits::default() });
    (1..=3).for_each(|seq| journal.push(append(1, seq)).expect("there is room"));
    assert_eq!(journal.next_batch(0).expect("rows wait").len(), 2);

    let bytes = append(1, 1).weight_bytes() + append(1, 2).weight_bytes();
    let mut journal = Journal::new(JournalLimits { batch_bytes_max: bytes, ..JournalLimits::default() });
    (1..=3).for_each(|seq| journal.push(append(1, seq)).expect("there is room"));
    assert_eq!(journal.next_batch(0).expect("rows wait").len(), 2);

    let mut journal = Journal::new(JournalLimits { batch_bytes_max: 1, ..JournalLimits::default() });
    (1..=3).for_each(|seq| journal.push(append(1, seq)).expect("there is room"));
    assert_eq!(journal.next_batch(0).expect("an oversized row goes alone").len(), 1);
}

/// [D4]
#[test]
fn a_full_backlog_refuses_and_counts_what_is_in_flight() {
    let weight = append(1, 1).weight_bytes();
    let mut journal = Journal::new(JournalLimits { backlog_bytes_max: weight, ..JournalLimits::default() });
    journal.push(append(1, 1)).expect("there is room");
    let full = Refused::Full { backlog_bytes: weight, backlog_bytes_max: weight };
    assert_eq!(journal.push(append(2, 1)), Err(full.clone()));
    journal.next_batch(0).expect("a row waits");
    assert_eq!(journal.push(append(2, 1)), Err(full));
    journal.settled(0, Ok(()));
    assert_eq!(journal.push(append(2, 1)), Ok(()));
    assert!(!journal.is_pending(id(1)) && journal.is_pending(id(2)));
}

/// [D3]
#[test]
fn nothing_passes_a_number_that_was_refused() {
    let weight = append(1, 1).weight_bytes();
    let mut journal =
        Journal::new(JournalLimits { backlog_bytes_max: weight + 40, ..JournalLimits::default() });
    journal.push(append(2, 1)).expect("there is room");
    assert!(matches!(journal.push(append(1, 1)), Err(Refused::Full { .. })));
    journal.next_batch(0).expect("a row waits");
    journal.settled(0, Ok(()));
    let refused = Refused::OutOfOrder { document: id(1), expected: 1, found: 2 };
    assert_eq!(journal.push(append(1, 2)), Err(refused), "there is room, but the first would be missing");
    assert_eq!(journal.push(append(1, 1)), Ok(()));
    assert!(matches!(journal.push(append(1, 2)), Err(Refused::Full { .. })));
    journal.next_batch(0).expect("a row waits");
    journal.settled(0, Ok(()));
    journal.reopen(id(1));
    assert_eq!(
        journal.push(append(1, 7)),
        Ok(()),
        "rebuilt from the store, the document starts where that ends"
    );
}

#[test]
fn a_number_out_of_order_is_refused() {
    let mut journal = filled(&[(1, 8)]);
    let refused = Refused::OutOfOrder { document: id(1), expected: 9, found: 10 };
    assert_eq!(journal.push(append(1, 10)), Err(refused));
    assert_eq!(journal.push(append(1, 9)), Ok(()));
}

#[test]
fn a_poisonous_row_fails_its_document_from_there_on_and_no_other() {
    let mut journal = filled(&[(1, 1), (2, 1), (2, 2), (3, 1), (2, 3), (4, 1)]);
    let mut outcomes = Vec::new();
    let mut attempts = 0;
    while let Some(batch) = journal.next_batch(0) {
        let bad = batch.iter().any(|append| append.document == id(2) && append.seq == 2);
        outcomes.extend(journal.settled(0, if bad { Err(poison()) } else { Ok(()) }));
        if attempts == 0 {
            journal.push(append(2, 4)).expect("not known to be poisonous yet");
        }
        attempts += 1;
    }
    let failed = Outcome::Failed { document: id(2), from_seq: 2, error: poison() };
    for expected in [committed(1, 1), committed(2, 1), committed(3, 1), committed(4, 1), failed] {
        assert!(outcomes.contains(&expected), "{expected:?} in {outcomes:?}");
    }
    assert_eq!(outcomes.len(), 5);
    assert_eq!((journal.backlog_bytes(), journal.backlog_rows()), (0, 0));
    assert_eq!(journal.push(append(2, 5)), Err(Refused::Failed { document: id(2) }));
    journal.reopen(id(2));
    assert_eq!(journal.push(append(2, 2)), Ok(()));
}

#[test]
fn a_blamed_document_is_isolated_at_once() {
    let mut journal = filled(&[(1, 1), (2, 1), (3, 1), (4, 1)]);
    journal.next_batch(0).expect("rows wait");
    let conflict = StoreError::Conflict { document: id(3), writer: WriterId(1), seq: 1 };
    assert_eq!(journal.settled(0, Err(conflict.clone())), []);
    assert_eq!(keys(&journal.next_batch(0).expect("the others")), [(id(1), 1), (id(2), 1), (id(4), 1)]);
    assert_eq!(journal.settled(0, Ok(())).len(), 3);
    assert_eq!(keys(&journal.next_batch(0).expect("the blamed")), [(id(3), 1)]);
    let failed = Outcome::Failed { document: id(3), from_seq: 1, error: conflict };
    assert_eq!(journal.settled(0, Err(failed_error(&failed))), [failed]);
}

fn failed_error(outcome: &Outcome) -> StoreError {
    match outcome {
        Outcome::Failed { error, .. } => error.clone(),
        Outcome::Committed { .. } => panic!("must be a failure"),
    }
}

/// A store that holds rows under their keys and fails as the dice say.
struct Table {
    rows: BTreeMap<(DocumentId, Seq), Bytes>,
    poisoned: BTreeMap<DocumentId, Seq>,
}

impl Table {
    fn commit(&mut self, batch: &Batch, dice: u32) -> Result<(), StoreError> {
        if dice < 15 {
            return Err(away());
        }
        let is_poison = |append: &&Append| self.poisoned.get(&append.document) == Some(&append.seq);
        if batch.iter().any(|append| is_poison(&append)) {
            return Err(poison());
        }
        for append in batch.iter() {
            let last = self.rows.range((append.document, 0)..=(append.document, Seq::MAX)).next_back();
            let last = last.map_or(0, |((_, seq), _)| *seq);
            assert!(append.seq <= last + 1, "the rows of a document reach the store as a prefix");
            let earlier = self.rows.insert((append.document, append.seq), append.payload.clone());
            assert!(earlier.is_none_or(|payload| payload == append.payload), "a retry repeats the payload");
        }
        if dice < 30 { Err(away()) } else { Ok(()) }
    }
}

/// What the documents believe while the schedule runs.
struct Run {
    journal: Journal,
    table: Table,
    pushed: BTreeMap<DocumentId, Seq>,
    up_to: BTreeMap<DocumentId, Seq>,
    failed: BTreeMap<DocumentId, Seq>,
    weights: BTreeMap<(DocumentId, Seq), usize>,
    now_ms: u64,
}

impl Run {
    fn new(rng: &mut StdRng) -> Self {
        let limits = JournalLimits {
            batch_rows_max: rng.random_range(1..40),
            batch_bytes_max: rng.random_range(1..8_000),
            backlog_bytes_max: rng.random_range(500..20_000),
            ..JournalLimits::default()
        };
        let poisoned =
            (0..rng.random_range(0..3)).map(|_| (id(rng.random_range(0..8)), rng.random_range(1..20)));
        let table = Table { rows: BTreeMap::new(), poisoned: poisoned.collect() };
        let journal = Journal::new(limits);
        let (pushed, up_to, failed) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { journal, table, pushed, up_to, failed, weights: BTreeMap::new(), now_ms: 0 }
    }

    fn push(&mut self, document: u32) {
        let seq = self.pushed.get(&id(document)).copied().unwrap_or(0) + 1;
        let append = append(document, seq);
        let weight = append.weight_bytes();
        match self.journal.push(append) {
            Ok(()) => {
                self.pushed.insert(id(document), seq);
                self.weights.insert((id(document), seq), weight);
            }
            Err(Refused::Full { .. }) => {}
            Err(Refused::Failed { document }) => assert!(self.failed.contains_key(&document)),
            Err(error) => panic!("{error}"),
        }
    }

    fn hear(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Committed { document, up_to } => {
                let before = self.up_to.insert(document, up_to);
                assert!(before.is_none_or(|before| before < up_to), "commits go forward");
                assert!(self.table.rows.contains_key(&(document, up_to)), "told durable only when it is");
            }
            Outcome::Failed { document, from_seq, .. } => {
                assert_eq!(self.table.poisoned.get(&document), Some(&from_seq), "only the culprit is blamed");
                assert_eq!(self.up_to.get(&document).copied().unwrap_or(0), from_seq - 1);
                assert_eq!(self.failed.insert(document, from_seq), None);
            }
        }
    }

    fn check_backlog(&self) {
        let open = self.weights.iter().filter(|((document, seq), _)| {
            self.up_to.get(document).copied().unwrap_or(0) < *seq && !self.failed.contains_key(document)
        });
        let (rows, bytes) = open.fold((0, 0), |(rows, bytes), (_, weight)| (rows + 1, bytes + weight));
        assert_eq!((self.journal.backlog_rows(), self.journal.backlog_bytes()), (rows, bytes));
    }

    fn step(&mut self, rng: &mut StdRng) {
        (0..rng.random_range(0..12)).for_each(|_| self.push(rng.random_range(0..8)));
        self.now_ms += rng.random_range(0..60);
        if !self.journal.is_in_flight() {
            drop(self.journal.next_batch(self.now_ms));
        } else if rng.random_bool(0.7) {
            self.settle(rng.random_range(0..100));
        }
        self.check_backlog();
    }

    fn settle(&mut self, dice: u32) {
        let batch = self.journal.in_flight.clone().expect("a batch is in flight");
        let result = self.table.commit(&batch, dice);
        let outcomes = self.journal.settled(self.now_ms, result);
        outcomes.into_iter().for_each(|outcome| self.hear(outcome));
    }

    fn finish(&mut self) {
        loop {
            if self.journal.is_in_flight() {
                self.settle(99);
            } else if self.journal.next_batch(u64::MAX).is_none() {
                break;
            }
        }
        self.check_backlog();
        assert_eq!(self.journal.backlog_rows(), 0);
        for (document, pushed) in &self.pushed {
            let durable = self.up_to.get(document).copied().unwrap_or(0);
            let end = self.failed.get(document).map_or(*pushed, |from_seq| from_seq - 1);
            assert_eq!(durable, end, "everything below a failure is durable");
        }
    }
}

/// [D3]
#[test]
fn no_schedule_loses_repeats_or_reorders_a_row() {
    for seed in 0..300 {
        let outcome = std::panic::catch_unwind(|| {
            let mut rng = StdRng::seed_from_u64(seed);
            let mut run = Run::new(&mut rng);
            (0..80).for_each(|_| run.step(&mut rng));
            run.finish();
        });
        assert!(outcome.is_ok(), "seed {seed}");
    }
}
