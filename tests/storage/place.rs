//! Where a database may be, and what is said when it cannot be there.

use weft_protocol::ids::{DocumentId, DocumentName, WriterId};
use weft_storage::sqlite::SqliteStore;
use weft_storage::{DocumentKind, NewDocument, Store, StoreError, StoreOptions, open};
use weft_tests::store::Scratch;

const WRITER: WriterId = WriterId(1);

async fn refusal(url: &str) -> (String, String) {
    match open(url, WRITER).await {
        Err(StoreError::Unusable { what, why }) => (what, why),
        Err(error) => panic!("must be unusable: {error}"),
        Ok(_) => panic!("must be unusable: {url}"),
    }
}

#[tokio::test]
async fn a_folder_in_place_of_the_file_is_named() {
    let scratch = Scratch::new("place");
    let (what, why) = refusal(&format!("sqlite://{}", scratch.path().display())).await;
    assert_eq!(what, scratch.path().display().to_string());
    assert!(why.contains("is a directory"), "{why}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_not_touched() {
    let scratch = Scratch::new("place");
    let path = scratch.path().join("letter.txt");
    std::fs::write(&path, "Dear database,").expect("written");
    let (_, why) = refusal(&format!("sqlite://{}", path.display())).await;
    assert!(why.contains("is not an SQLite database"), "{why}");
    assert_eq!(std::fs::read_to_string(&path).expect("still there"), "Dear database,");
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let scratch = Scratch::new("place");
    std::fs::write(scratch.path().join("file"), "").expect("written");
    let (_, why) = refusal(&format!("sqlite://{}/file/below/weft.db", scratch.path().display())).await;
    assert!(why.contains("cannot create the folder"), "{why}");
}

/// [L3]
#[tokio::test]
async fn a_path_that_is_mostly_missing_is_not_made_up() {
    let scratch = Scratch::new("place");
    let folder = scratch.path().display();
    let (_, why) = refusal(&format!("sqlite://{folder}/no/such/dir/weft.db")).await;
    assert!(
        why.contains(&format!("{folder}/no/such/dir does not exist, of its path only {folder}:")),
        "{why}"
    );
    assert_eq!(std::fs::read_dir(scratch.path()).expect("readable").count(), 0, "nothing was created");
    open(&format!("sqlite://{folder}/data/weft.db"), WRITER).await.expect("the last folder is created");
}

#[tokio::test]
async fn a_url_that_is_none_says_what_one_looks_like() {
    assert!(refusal("weft.db").await.1.contains("sqlite://PATH"));
    assert!(refusal("mysql://secret@host/weft").await.1.contains("sqlite or postgres"));
    assert!(!refusal("mysql://secret@host/weft").await.0.contains("secret"));
    assert!(refusal("sqlite://").await.1.contains("path is missing"));
    refusal("postgres://user@host:port/weft").await;
}

#[tokio::test]
async fn a_file_keeps_its_documents() {
    let scratch = Scratch::new("place");
    let url = format!("sqlite://{}/weft.db", scratch.path().display());
    let name = DocumentName::new("kept").expect("legal");
    let row = {
        let store = SqliteStore::open(&url, WRITER, StoreOptions::default()).await.expect("opened");
        store.migrate().await.expect("migrated");
        let document = NewDocument {
            name: name.clone(),
            kind: DocumentKind::Document,
            title: Some("Kept".into()),
            created_at_ms: 1,
        };
        let row = store.create_document(document).await.expect("created");
        store.close().await;
        row
    };
    let store = open(&url, WriterId(2)).await.expect("opened again");
    store.migrate().await.expect("migrated already");
    assert_eq!(store.document(DocumentId::of(&name)).await, Ok(Some(row)));
}

#[tokio::test]
async fn a_server_that_never_answers_is_unavailable() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = silent.local_addr().expect("bound");
    let options = StoreOptions { acquire_timeout_ms: 200, ..StoreOptions::default() };
    let opened = weft_storage::open_with(&format!("postgres://weft@{address}/weft"), WRITER, options).await;
    match opened {
        Err(error) => assert!(error.is_retryable(), "{error}"),
        Ok(_) => panic!("nobody answered"),
    }
}
