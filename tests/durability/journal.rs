//! What a server leaves in its store, read by the storage crate alone.

use weft_protocol::ids::{DocumentId, DocumentName};
use weft_storage::contract::FIRST;
use weft_storage::sqlite::SqliteStore;
use weft_storage::{Store as _, StoreOptions};
use weft_tests::frames::{self, Message};
use weft_tests::replica::Replica;
use weft_tests::socket::Socket;
use weft_tests::store::Store;
use weft_tests::weft::Weft;

/// [D7]
#[tokio::test]
async fn the_journal_holds_the_bytes_that_arrived() {
    let store = Store::sqlite();
    let url = store.url().to_owned();
    let mut weft = Weft::start(store).await;
    let mut author = Socket::open(weft.address(), "/sync/raw?ack=1").await.expect("the server upgrades");
    let replica = Replica::default();
    let sent = ["first ", "second ", "third"].map(|words| replica.append(words));
    for update in &sent {
        author.send(frames::update(update)).await.expect("the socket is open");
    }
    while author.find(|message| if let Message::Ack(n) = message { Some(*n) } else { None }).await < 3 {}
    // Killed, it has no time to put a snapshot in place of the updates.
    weft.kill().await;

    let store = SqliteStore::open(&url, FIRST, StoreOptions::default()).await.expect("the store opens");
    let name = DocumentName::new("raw").expect("a short name");
    let stored = store.load(DocumentId::of(&name)).await.expect("the document loads");
    let journaled: Vec<_> = stored.updates.iter().map(|update| update.payload.to_vec()).collect();
    assert_eq!(journaled, sent);
}
