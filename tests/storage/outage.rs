//! PostgreSQL goes away and comes back; nobody restarts anything.

use std::sync::{Arc, Mutex};

use weft_protocol::ids::{DocumentId, DocumentName, Seq, WriterId};
use weft_storage::journal::{JournalHandle, JournalLimits, JournalState, Outcome};
use weft_storage::postgres::PostgresStore;
use weft_storage::{Append, Store, StoreOptions};
use weft_tests::postgres::{Holder, PrivatePostgres, fresh_database};
use weft_tests::wait::{SOON, until};

const WRITER: WriterId = WriterId(1);

fn append(document: &str, seq: Seq) -> Append {
    let name = DocumentName::new(document).expect("legal");
    let document = DocumentId::of(&name);
    let payload = format!("update {seq}").into_bytes().into();
    Append { document, name, seq, received_at_ms: 1_000, author: None, payload }
}

/// Short timeouts: an attempt must end before the test's patience does.
fn options() -> StoreOptions {
    StoreOptions { acquire_timeout_ms: 500, statement_timeout_ms: 500, ..StoreOptions::default() }
}

/// Migrates with time enough, also while the machine is busy, and opens with little.
async fn migrated(url: &str) -> PostgresStore {
    let patient = PostgresStore::open(url, WRITER, StoreOptions::default()).await.expect("opened");
    patient.migrate().await.expect("migrated");
    patient.close().await;
    let mut opened = None;
    until("the database is opened", SOON, async || {
        opened = PostgresStore::open(url, WRITER, options()).await.ok();
        opened.is_some()
    })
    .await;
    opened.expect("just opened")
}

/// Reads the numbers of a document's updates. With timeouts so short, a machine that is busy may need more than one attempt.
async fn numbers(store: &PostgresStore, document: DocumentId) -> Vec<Seq> {
    let mut read = Vec::new();
    let reading = async || match store.load(document).await {
        Ok(stored) => {
            read = stored.updates.iter().map(|update| update.seq).collect();
            true
        }
        Err(error) => {
            assert!(error.is_retryable(), "{error}");
            false
        }
    };
    until("the document is read", SOON, reading).await;
    read
}

/// [D4]
#[tokio::test(flavor = "multi_thread")]
async fn a_store_recovers_by_itself() {
    let postgres = PrivatePostgres::start();
    let store = migrated(postgres.url()).await;
    until("the first append succeeds", SOON, async || store.append(&[append("a", 1)]).await.is_ok()).await;
    postgres.stop();
    let away = [
        store.append(&[append("a", 2)]).await.expect_err("the database is away"),
        store.load(append("a", 1).document).await.expect_err("the database is away"),
        store.ping().await.expect_err("the database is away"),
    ];
    for error in away {
        assert!(error.is_retryable(), "{error}");
    }
    postgres.start_again();
    let appended = async || store.append(&[append("a", 2)]).await.is_ok();
    until("an append succeeds again", SOON, appended).await;
    assert_eq!(numbers(&store, append("a", 1).document).await, [1, 2]);
}

/// [D3] [D4]
#[tokio::test(flavor = "multi_thread")]
async fn the_journal_commits_everything_once_the_database_is_back() {
    let postgres = PrivatePostgres::start();
    let store = Arc::new(migrated(postgres.url()).await);
    let runtime = tokio::runtime::Handle::current();
    let journal =
        JournalHandle::spawn(Arc::clone(&store) as Arc<dyn Store>, JournalLimits::default(), &runtime);
    let heard: Arc<Mutex<Vec<Outcome>>> = Arc::default();
    let hear = Arc::clone(&heard);
    let document = append("a", 1).document;
    journal.subscribe(document, Box::new(move |outcome| hear.lock().expect("no panics").push(outcome)));
    for seq in 1..=2_000 {
        journal.append(append("a", seq)).expect("there is room");
        if seq == 500 {
            postgres.stop();
        }
    }
    let retrying = async || matches!(journal.health().state, JournalState::Retrying { .. });
    until("the journal notices", SOON, retrying).await;
    postgres.start_again();
    journal.drain(tokio::time::Instant::now() + SOON).await.expect("everything is committed");
    let last = heard.lock().expect("no panics").last().cloned();
    assert_eq!(last, Some(Outcome::Committed { document, up_to: 2_000 }));
    assert_eq!(numbers(&store, document).await, (1..=2_000).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_waits_too_long_is_unavailable_and_not_lost() {
    let url = fresh_database();
    let store = migrated(&url).await;
    until("the first append succeeds", SOON, async || store.append(&[append("a", 1)]).await.is_ok()).await;
    let lock = Holder::start(&url, "begin; lock table updates; select pg_sleep(60)");
    until("the table is locked", SOON, async || store.append(&[append("a", 2)]).await.is_err()).await;
    let error = store.append(&[append("a", 2)]).await.expect_err("the table is locked");
    assert!(error.is_retryable(), "{error}");
    drop(lock);
    until("an append succeeds again", SOON, async || store.append(&[append("a", 2)]).await.is_ok()).await;
    assert_eq!(numbers(&store, append("a", 1).document).await, [1, 2]);
}
