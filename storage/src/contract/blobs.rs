//! What is promised about images.

use bytes::Bytes;

use super::{FIRST, SECOND, Subject, append, id, name};
use crate::{
    BLOB_PIECE_BYTES, BlobBounds, BlobHash, BlobRow, BlobSaved, BlobType, DocumentKind, DocumentQuery,
    NewBlob, StoreError,
};

const ROOMY: BlobBounds = BlobBounds { blobs_max: 100, bytes_max: 1 << 30 };

/// Returns a blob of so many bytes; the hash is whatever the caller says it is.
fn blob(document: &str, hash: u8, bytes: usize) -> NewBlob {
    let all: Vec<u8> = (0..bytes).map(|n| u8::try_from(n % 251).expect("below 251") ^ hash).collect();
    NewBlob {
        name: name(document),
        hash: BlobHash([hash; 32]),
        kind: BlobType::Webp,
        pieces: all.chunks(BLOB_PIECE_BYTES).map(Bytes::copy_from_slice).collect(),
        created_at_ms: 5,
        author: Some("ada".into()),
    }
}

/// Every byte and every column comes back, in pieces of the size that is promised.
pub async fn a_blob_is_read_back_piece_by_piece(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    let new = blob("a", 1, 2 * BLOB_PIECE_BYTES + 7);
    assert_eq!(store.save_blob(new.clone(), ROOMY).await, Ok(BlobSaved::Stored));
    let row = store.blob(id("a"), new.hash).await.expect("read").expect("stored");
    let (hash, kind, bytes) = (new.hash, BlobType::Webp, new.bytes());
    assert_eq!(row, BlobRow { hash, kind, bytes, created_at_ms: 5, author: Some("ada".into()) });
    assert_eq!(row.pieces(), 3);
    for (number, piece) in (0..).zip(&new.pieces) {
        assert_eq!(store.blob_piece(id("a"), new.hash, number).await.as_ref(), Ok(piece), "{number}");
    }
    let beyond = store.blob_piece(id("a"), new.hash, 3).await.expect_err("there are three");
    assert!(matches!(beyond, StoreError::Missing { table: "blob_pieces", .. }), "{beyond}");
    let anonymous = NewBlob { author: None, kind: BlobType::Png, ..blob("a", 2, 1) };
    assert_eq!(store.save_blob(anonymous, ROOMY).await, Ok(BlobSaved::Stored));
    let row = store.blob(id("a"), BlobHash([2; 32])).await.expect("read").expect("stored");
    assert_eq!((row.author, row.kind, row.bytes), (None, BlobType::Png, 1));
}

/// The hash is the name: whoever comes second changes neither author nor time, and a full document still knows what it has.
pub async fn storing_a_blob_again_changes_nothing(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    store.save_blob(blob("a", 1, 9), ROOMY).await.expect("stored");
    let before = store.blob(id("a"), BlobHash([1; 32])).await;
    let later = NewBlob { created_at_ms: 99, author: Some("bob".into()), ..blob("a", 1, 9) };
    let full = BlobBounds { blobs_max: 1, bytes_max: 9 };
    assert_eq!(store.save_blob(later, full).await, Ok(BlobSaved::Known));
    assert_eq!(store.blob(id("a"), BlobHash([1; 32])).await, before);
}

/// An image may come before the first edit; the document it is of can then be listed and edited like any other.
pub async fn a_first_blob_creates_the_document(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    store.save_blob(blob("team/é", 1, 9), ROOMY).await.expect("stored");
    let row = store.document(id("team/é")).await.expect("read").expect("created");
    assert_eq!((row.name, row.kind, row.created_at_ms), (name("team/é"), DocumentKind::Any, 5));
    let search = DocumentQuery { search: Some("É".into()), ..DocumentQuery::default() };
    assert_eq!(store.documents(search).await.expect("listed").rows.len(), 1);
    store.append(&[append("team/é", 1)]).await.expect("appended");
    store.save_blob(blob("team/é", 2, 9), ROOMY).await.expect("stored");
    assert_eq!(store.load(id("team/é")).await.expect("loaded").updates.len(), 1);
}

/// The hash of an image of another document opens nothing.
pub async fn blobs_belong_to_their_document(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    store.save_blob(blob("a", 1, 9), ROOMY).await.expect("stored");
    store.append(&[append("b", 1)]).await.expect("appended");
    let (hash, other) = (BlobHash([1; 32]), BlobHash([2; 32]));
    assert_eq!(store.blob(id("b"), hash).await, Ok(None));
    assert_eq!(store.blob(id("a"), other).await, Ok(None));
    assert_eq!(store.blob(id("nowhere"), hash).await, Ok(None));
    assert!(store.blob_piece(id("b"), hash, 0).await.is_err());
    assert_eq!(store.save_blob(blob("b", 1, 9), ROOMY).await, Ok(BlobSaved::Stored), "its own copy");
}

/// A deletion hides the images, takes no new ones, and gives back every one when it is taken back.
pub async fn a_deleted_document_keeps_its_blobs_and_shows_none(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    let new = blob("a", 1, BLOB_PIECE_BYTES + 1);
    store.save_blob(new.clone(), ROOMY).await.expect("stored");
    store.delete_document(id("a"), 7).await.expect("deleted");
    assert_eq!(store.blob(id("a"), new.hash).await, Ok(None));
    assert_eq!(store.save_blob(blob("a", 2, 9), ROOMY).await, Ok(BlobSaved::Deleted));
    assert_eq!(store.save_blob(new.clone(), ROOMY).await, Ok(BlobSaved::Deleted));
    store.undelete_document(id("a")).await.expect("undeleted");
    assert_eq!(store.blob(id("a"), new.hash).await.expect("read").map(|row| row.pieces()), Some(2));
    assert_eq!(store.blob_piece(id("a"), new.hash, 1).await.as_ref(), Ok(&new.pieces[1]));
    assert_eq!(store.blob(id("a"), BlobHash([2; 32])).await, Ok(None), "it was not taken");
}

/// The bounds hold for each document on its own, up to the last byte.
pub async fn a_document_has_so_many_blobs_and_bytes_of_them(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    let bounds = BlobBounds { blobs_max: 3, bytes_max: 30 };
    assert_eq!(store.save_blob(blob("a", 1, 20), bounds).await, Ok(BlobSaved::Stored));
    assert_eq!(store.save_blob(blob("a", 2, 11), bounds).await, Ok(BlobSaved::TooLarge));
    assert_eq!(store.save_blob(blob("a", 2, 9), bounds).await, Ok(BlobSaved::Stored));
    assert_eq!(store.save_blob(blob("a", 3, 1), bounds).await, Ok(BlobSaved::Stored));
    assert_eq!(store.save_blob(blob("a", 4, 1), bounds).await, Ok(BlobSaved::TooMany));
    assert_eq!(store.save_blob(blob("b", 4, 30), bounds).await, Ok(BlobSaved::Stored));
    assert_eq!(store.blob(id("a"), BlobHash([4; 32])).await, Ok(None));
}

/// Uploads through two nodes count each other.
pub async fn blobs_that_come_at_once_do_not_pass_the_bounds_together(subject: &dyn Subject) {
    let bounds = BlobBounds { blobs_max: 4, bytes_max: 1 << 30 };
    let store = |writer| {
        let store = subject.store(writer);
        async move {
            let mut stored = 0;
            for hash in 0..6 {
                let hash = if writer == FIRST { hash } else { 100 + hash };
                let saved = store.save_blob(blob("a", hash, 1_000), bounds).await.expect("answered");
                stored += u32::from(saved == BlobSaved::Stored);
            }
            stored
        }
    };
    let (one, other) = tokio::join!(store(FIRST), store(SECOND));
    assert_eq!(one + other, 4, "{one} and {other}");
}
