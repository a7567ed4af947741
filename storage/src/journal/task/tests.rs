//! The shell over a store that fails on request; time is paused, so waiting for a deadline costs nothing.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout};
use weft_protocol::ids::{DocumentId, DocumentName, Seq, WriterId};

use super::{
    JournalHandle, JournalLimits, JournalState, Outcome, Refused, SLOW_COMMIT_MS, Subscription, Undrained,
};
use crate::memory::MemoryStore;
use crate::update::Append;

const LONG: Duration = Duration::from_secs(600);

fn name(document: &str) -> DocumentName {
    DocumentName::new(document).expect("a legal name")
}

fn id(document: &str) -> DocumentId {
    DocumentId::of(&name(document))
}

fn append(document: &str, seq: Seq) -> Append {
    let payload = Bytes::from_static(b"payload");
    Append { document: id(document), name: name(document), seq, received_at_ms: 0, author: None, payload }
}

fn committed(document: &str, up_to: Seq) -> Outcome {
    Outcome::Committed { document: id(document), up_to }
}

struct Fixture {
    store: MemoryStore,
    journal: JournalHandle,
    heard: Arc<Mutex<Vec<Outcome>>>,
}

impl Fixture {
    fn new() -> Self {
        let store = MemoryStore::new(WriterId(1));
        let journal =
            JournalHandle::spawn(Arc::new(store.clone()), JournalLimits::default(), &Handle::current());
        Self { store, journal, heard: Arc::default() }
    }

    fn listen(&self, document: &str) -> Subscription {
        let heard = Arc::clone(&self.heard);
        let hear = move |outcome| heard.lock().expect("no listener panics").push(outcome);
        self.journal.subscribe(id(document), Box::new(hear))
    }

    fn append(&self, document: &str, seqs: std::ops::RangeInclusive<Seq>) {
        seqs.for_each(|seq| self.journal.append(append(document, seq)).expect("there is room"));
    }

    async fn drained(&self) {
        self.journal.drain(Instant::now() + LONG).await.expect("the store works in the end");
    }

    fn heard(&self) -> Vec<Outcome> {
        self.heard.lock().expect("no listener panics").clone()
    }

    fn stored(&self) -> usize {
        self.store.all_updates().len()
    }
}

#[tokio::test(start_paused = true)]
async fn a_document_hears_how_far_it_is_durable() {
    let fixture = Fixture::new();
    fixture.listen("a");
    fixture.append("a", 1..=3);
    fixture.append("b", 1..=1);
    fixture.journal.flushed(id("a")).await;
    assert_eq!(fixture.heard(), [committed("a", 3)]);
    assert_eq!((fixture.stored(), fixture.journal.backlog_bytes()), (4, 0));
    let health = fixture.journal.health();
    assert_eq!((health.commits, health.rows, health.bytes), (1, 4, 28));
    assert_eq!((health.state, health.commit_us.iter().sum::<u64>()), (JournalState::Ok, 1));
}

#[tokio::test(start_paused = true)]
async fn what_waits_behind_a_commit_goes_as_one() {
    let fixture = Fixture::new();
    fixture.listen("a");
    fixture.store.faults().stall();
    fixture.append("a", 1..=1);
    tokio::task::yield_now().await;
    fixture.append("a", 2..=500);
    assert_eq!(fixture.stored(), 0);
    assert!(fixture.journal.backlog_bytes() > 0);
    fixture.store.faults().release();
    fixture.drained().await;
    assert_eq!(fixture.heard(), [committed("a", 1), committed("a", 500)]);
}

/// [D3]
#[tokio::test(start_paused = true)]
async fn a_lost_reply_is_repeated_and_duplicates_nothing() {
    let fixture = Fixture::new();
    fixture.listen("a");
    fixture.store.faults().fail_after_commit(2);
    fixture.append("a", 1..=2);
    fixture.drained().await;
    assert_eq!(fixture.heard(), [committed("a", 2)]);
    assert_eq!((fixture.stored(), fixture.journal.health().failures), (2, 2));
}

/// [D4]
#[tokio::test(start_paused = true)]
async fn nothing_is_told_durable_while_the_store_is_away() {
    let fixture = Fixture::new();
    fixture.listen("a");
    fixture.store.faults().fail_before_commit(u32::MAX);
    fixture.append("a", 1..=2);
    let flushed = timeout(Duration::from_secs(30), fixture.journal.flushed(id("a"))).await;
    assert!(flushed.is_err(), "nothing is flushed");
    assert_eq!(fixture.heard(), []);
    let JournalState::Retrying { since_ms, .. } = fixture.journal.health().state else {
        panic!("must be retrying");
    };
    assert!((29_000..=30_000).contains(&since_ms), "{since_ms} ms");
    let drained = fixture.journal.drain(Instant::now() + Duration::from_secs(5)).await;
    assert_eq!(drained, Err(Undrained { rows: 2, bytes: fixture.journal.backlog_bytes() }));
    fixture.store.faults().fail_before_commit(0);
    fixture.drained().await;
    assert_eq!(fixture.heard(), [committed("a", 2)]);
    assert_eq!(fixture.journal.health().state, JournalState::Ok);
}

#[tokio::test(start_paused = true)]
async fn a_commit_without_an_answer_is_repeated() {
    let fixture = Fixture::new();
    fixture.listen("a");
    fixture.store.faults().stall();
    fixture.append("a", 1..=1);
    tokio::time::advance(Duration::from_secs(31)).await;
    tokio::task::yield_now().await;
    fixture.store.faults().release();
    fixture.drained().await;
    assert_eq!(fixture.heard(), [committed("a", 1)]);
}

#[tokio::test(start_paused = true)]
async fn a_document_that_cannot_be_stored_is_told_and_others_are_not_held_up() {
    let fixture = Fixture::new();
    for document in ["a", "b", "c"] {
        fixture.listen(document);
    }
    fixture.store.faults().reject(id("b"));
    for document in ["a", "b", "c"] {
        fixture.append(document, 1..=2);
    }
    fixture.drained().await;
    let heard = fixture.heard();
    assert!(heard.contains(&committed("a", 2)) && heard.contains(&committed("c", 2)), "{heard:?}");
    let failed = |outcome: &Outcome| matches!(outcome, Outcome::Failed { from_seq: 1, .. });
    assert_eq!((heard.len(), heard.iter().filter(|outcome| failed(outcome)).count()), (3, 1));
    assert_eq!(fixture.journal.health().documents_failed, 1);
    assert_eq!(fixture.journal.append(append("b", 3)), Err(Refused::Failed { document: id("b") }));
    fixture.store.faults().accept(id("b"));
    fixture.listen("b");
    fixture.append("b", 1..=1);
    fixture.drained().await;
    assert_eq!(fixture.heard().last(), Some(&committed("b", 1)));
}

#[tokio::test(start_paused = true)]
async fn only_the_current_listener_hears() {
    let fixture = Fixture::new();
    let earlier = fixture.listen("a");
    let later = fixture.listen("a");
    fixture.journal.unsubscribe(earlier);
    fixture.append("a", 1..=1);
    fixture.drained().await;
    assert_eq!(fixture.heard(), [committed("a", 1)]);
    fixture.journal.unsubscribe(later);
    fixture.append("a", 2..=2);
    fixture.drained().await;
    assert_eq!(fixture.heard().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn neither_a_panicking_listener_nor_a_panicking_store_stops_the_journal() {
    let fixture = Fixture::new();
    fixture.listen("a");
    fixture.journal.subscribe(id("b"), Box::new(|_| panic!("a listener panics on purpose")));
    fixture.store.faults().panic_at_commit(1);
    fixture.append("b", 1..=1);
    fixture.append("a", 1..=1);
    fixture.drained().await;
    assert_eq!(fixture.heard(), [committed("a", 1)]);
    assert_eq!(fixture.stored(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_last_handle_leaves_nothing_behind() {
    let fixture = Fixture::new();
    fixture.store.faults().fail_before_commit(3);
    fixture.append("a", 1..=5);
    let Fixture { store, journal, .. } = fixture;
    drop(journal);
    let stored = async {
        while store.all_updates().len() < 5 {
            tokio::time::advance(Duration::from_millis(10)).await;
        }
    };
    timeout(LONG, stored).await.expect("the task commits what is left");
}

#[tokio::test(start_paused = true)]
async fn a_document_without_appends_is_flushed_at_once() {
    let fixture = Fixture::new();
    fixture.journal.flushed(id("a")).await;
    fixture.drained().await;
}

/// [L1]
#[tokio::test(start_paused = true)]
async fn a_commit_without_an_answer_is_told_of_before_it_has_failed() {
    let fixture = Fixture::new();
    assert_eq!(fixture.journal.overdue_ms(), 0);
    fixture.store.faults().stall();
    fixture.append("a", 1..=1);
    tokio::time::advance(Duration::from_millis(1)).await;
    tokio::time::sleep(Duration::from_millis(SLOW_COMMIT_MS)).await;
    assert!(fixture.journal.overdue_ms() >= SLOW_COMMIT_MS);
    let state = fixture.journal.health().state;
    assert!(matches!(state, JournalState::Waiting { since_ms } if since_ms >= SLOW_COMMIT_MS), "{state:?}");
    fixture.store.faults().release();
    fixture.drained().await;
    assert_eq!((fixture.journal.overdue_ms(), fixture.journal.health().state), (0, JournalState::Ok));
}

/// [D4]
#[tokio::test(start_paused = true)]
async fn a_store_that_takes_no_writes_for_a_while_is_waited_for() {
    let fixture = Fixture::new();
    let _subscription = fixture.listen("a");
    fixture.store.faults().refuse_writes();
    fixture.append("a", 1..=3);
    tokio::time::sleep(LONG).await;
    assert!(fixture.journal.overdue_ms() >= 599_000, "{} ms", fixture.journal.overdue_ms());
    assert!(matches!(fixture.journal.health().state, JournalState::Retrying { .. }));
    assert_eq!(*fixture.heard.lock().expect("no listener panics"), []);
    fixture.store.faults().take_writes();
    fixture.drained().await;
    assert_eq!(*fixture.heard.lock().expect("no listener panics"), [committed("a", 3)]);
    assert_eq!(fixture.journal.overdue_ms(), 0);
}

/// [D9]
#[tokio::test(start_paused = true)]
async fn a_failure_is_as_old_as_the_commit_that_failed() {
    let fixture = Fixture::new();
    fixture.store.faults().stall();
    fixture.append("a", 1..=1);
    // Given up once, tried again, and stalled again: all of it is one outage.
    let mut longest_ms = 0;
    for _ in 0..70 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let overdue_ms = fixture.journal.overdue_ms();
        assert!(overdue_ms >= longest_ms, "{overdue_ms} ms after {longest_ms} ms");
        longest_ms = overdue_ms;
    }
    assert!(longest_ms >= 69_000, "{longest_ms} ms");
    fixture.store.faults().release();
    fixture.drained().await;
}
