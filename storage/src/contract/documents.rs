//! What is promised about rows of documents and authors.

use super::{FIRST, Subject, append, id, name};
use crate::{
    Append, AuthorRow, DOCUMENT_PAGE_MAX, DocumentChange, DocumentCursor, DocumentKind, DocumentQuery,
    NewDocument, StoreError,
};
use weft_protocol::ids::DocumentId;

fn new(text: &str, title: Option<&str>, created_at_ms: i64) -> NewDocument {
    let title = title.map(str::to_owned);
    NewDocument { name: name(text), kind: DocumentKind::Whiteboard, title, created_at_ms }
}

async fn found(subject: &dyn Subject, query: DocumentQuery) -> Vec<String> {
    let page = subject.store(FIRST).documents(query).await.expect("listed");
    page.rows.into_iter().map(|row| row.name.to_string()).collect()
}

async fn search(subject: &dyn Subject, text: &str) -> Vec<String> {
    found(subject, DocumentQuery { search: Some(text.into()), ..DocumentQuery::default() }).await
}

/// A name belongs to whoever was first, also after a soft deletion.
pub async fn a_name_is_taken_once(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    let row = store.create_document(new("a", Some("Title"), 7)).await.expect("created");
    assert_eq!(store.document(id("a")).await, Ok(Some(row.clone())));
    assert_eq!((row.created_at_ms, row.updated_at_ms, row.kind), (7, 7, DocumentKind::Whiteboard));
    let taken = Err(StoreError::Exists { name: "a".into() });
    assert_eq!(store.create_document(new("a", None, 8)).await, taken);
    store.delete_document(id("a"), 9).await.expect("deleted");
    assert_eq!(store.create_document(new("a", None, 10)).await, taken);
    store.append(&[append("b", 1)]).await.expect("appended");
    assert_eq!(store.create_document(new("b", None, 8)).await, Err(StoreError::Exists { name: "b".into() }));
}

/// A first edit does not overwrite what was there.
pub async fn a_created_document_keeps_its_kind_and_title_when_edited(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    let row = store.create_document(new("a", Some("Title"), 7)).await.expect("created");
    store.append(&[Append { received_at_ms: 8, ..append("a", 1) }]).await.expect("appended");
    assert_eq!(store.document(id("a")).await, Ok(Some(row)));
}

/// A deletion is a mark: it hides the row from listings and can be taken back.
pub async fn deleting_hides_and_undeleting_shows(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    store.create_document(new("a", None, 7)).await.expect("created");
    store.delete_document(id("a"), 20).await.expect("deleted");
    store.delete_document(id("a"), 30).await.expect("deleted already");
    let row = store.document(id("a")).await.expect("read").expect("still there");
    assert_eq!(row.deleted_at_ms, Some(20));
    assert!(found(subject, DocumentQuery::default()).await.is_empty());
    store.undelete_document(id("a")).await.expect("undeleted");
    store.undelete_document(id("a")).await.expect("not deleted anyway");
    assert_eq!(found(subject, DocumentQuery::default()).await, ["a"]);
}

/// The name is the identity; the title is what people change.
pub async fn renaming_changes_the_title_only(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    let before = store.create_document(new("a", Some("Old"), 7)).await.expect("created");
    let after = store.change_document(id("a"), DocumentChange::title(Some("New"))).await.expect("renamed");
    assert_eq!(after.title.as_deref(), Some("New"));
    assert_eq!((after.name.clone(), after.updated_at_ms), (before.name, 7));
    assert_eq!(store.document(id("a")).await, Ok(Some(after)));
    assert!(search(subject, "old").await.is_empty());
    assert_eq!(search(subject, "new").await, ["a"]);
    let untitled = store.change_document(id("a"), DocumentChange::title(None)).await.expect("renamed");
    assert_eq!(untitled.title, None);
}

/// A change of one thing leaves the other alone, and a kind can be searched for at once.
pub async fn the_kind_changes_without_the_title_and_the_title_without_the_kind(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    let before = store.create_document(new("a", Some("Board"), 7)).await.expect("created");
    let change = |change| store.change_document(id("a"), change);
    let row = change(DocumentChange::kind(DocumentKind::Document)).await.expect("changed");
    assert_eq!((row.kind, &row.title), (DocumentKind::Document, &before.title));
    assert_eq!(search(subject, "board").await, ["a"]);
    let row = change(DocumentChange::title(Some("Text"))).await.expect("changed");
    assert_eq!((row.kind, row.title.as_deref()), (DocumentKind::Document, Some("Text")));
    let both = DocumentChange { title: Some(None), kind: Some(DocumentKind::Whiteboard) };
    let row = change(both).await.expect("changed");
    assert_eq!((row.kind, row.title, row.updated_at_ms), (DocumentKind::Whiteboard, None, 7));
    let before = store.document(id("a")).await;
    let same = change(DocumentChange::default()).await.map(Some);
    assert_eq!(same, before);
    let boards = DocumentQuery { kind: Some(DocumentKind::Whiteboard), ..DocumentQuery::default() };
    assert_eq!(found(subject, boards).await, ["a"]);
}

/// Nothing is created by changing it.
pub async fn changing_what_does_not_exist_is_an_error(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    let missing = StoreError::Missing { table: "documents", key: id("a").to_string() };
    assert_eq!(store.change_document(id("a"), DocumentChange::title(Some("x"))).await, Err(missing.clone()));
    assert_eq!(store.delete_document(id("a"), 1).await, Err(missing.clone()));
    assert_eq!(store.undelete_document(id("a")).await, Err(missing));
    assert_eq!(store.document(id("a")).await, Ok(None));
}

/// Search looks into name and title, in any script, and takes no character as a wildcard.
pub async fn listings_are_searched_ignoring_case(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    for (at_ms, (text, title)) in
        (1..).zip([("team/Plan", None), ("b", Some("Übersicht 100%")), ("c", Some("under_score"))])
    {
        store.create_document(new(text, title, at_ms)).await.expect("created");
    }
    assert_eq!(search(subject, "PLAN").await, ["team/Plan"]);
    assert_eq!(search(subject, "übers").await, ["b"]);
    assert_eq!(search(subject, "ÜBERS").await, ["b"]);
    assert_eq!(search(subject, "%").await, ["b"]);
    assert_eq!(search(subject, "_").await, ["c"]);
    assert_eq!(search(subject, "").await, ["c", "b", "team/Plan"]);
    assert!(search(subject, "nothing").await.is_empty());
    let boards = DocumentQuery { kind: Some(DocumentKind::Whiteboard), ..DocumentQuery::default() };
    assert_eq!(found(subject, boards).await.len(), 3);
    let texts = DocumentQuery { kind: Some(DocumentKind::Document), ..DocumentQuery::default() };
    assert!(found(subject, texts).await.is_empty());
}

/// Pages follow each other without overlap, ties included, and are bounded.
pub async fn listings_go_by_activity_in_pages(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    for n in 0..10 {
        // Pairs share a moment.
        store.create_document(new(&format!("d{n}"), None, n / 2)).await.expect("created");
    }
    let (mut cursor, mut seen) = (None, Vec::new());
    loop {
        let query = DocumentQuery { limit: 3, cursor, ..DocumentQuery::default() };
        let page = store.documents(query).await.expect("listed");
        assert!(page.rows.len() <= 3);
        seen.extend(page.rows.iter().map(|row| (row.updated_at_ms, row.id)));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 10);
    assert!(seen.is_sorted_by(|a, b| a > b), "newest first");
    let everything = DocumentQuery { limit: u32::MAX, ..DocumentQuery::default() };
    let page = store.documents(everything).await.expect("listed");
    assert!(page.rows.len() == 10 && page.rows.len() <= DOCUMENT_PAGE_MAX as usize && page.next.is_none());
    let end = DocumentCursor { updated_at_ms: -1, id: DocumentId([0; 16]) };
    let behind = DocumentQuery { cursor: Some(end), ..DocumentQuery::default() };
    assert!(found(subject, behind).await.is_empty());
}

/// The newest name and colour win, the earliest moment stays.
pub async fn the_first_user_of_a_client_id_stays_its_user(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    let author = |client_id, name: &str, first_seen_ms| AuthorRow {
        document: id("a"),
        client_id,
        user_id: Some("u1".into()),
        name: name.into(),
        color: "#123456".into(),
        first_seen_ms,
    };
    store.record_authors(&[]).await.expect("nothing to do");
    store.record_authors(&[author(9, "Ada", 50), author(3, "Bob", 60)]).await.expect("recorded");
    store.record_authors(&[author(9, "Ada L.", 70)]).await.expect("recorded");
    store.record_authors(&[AuthorRow { document: id("b"), ..author(1, "Eve", 1) }]).await.expect("recorded");
    let forged = AuthorRow { user_id: Some("u2".into()), ..author(9, "Eve", 80) };
    let nobody = AuthorRow { user_id: None, ..author(3, "Eve", 80) };
    store.record_authors(&[forged, nobody, author(3, "", 90)]).await.expect("they change nothing");
    let expected = vec![author(3, "Bob", 60), author(9, "Ada L.", 50)];
    assert_eq!(store.authors(id("a")).await, Ok(expected));
    let error =
        store.record_authors(&[author(1, "x", 1), author(1 << 63, "y", 1)]).await.expect_err("rejected");
    assert!(matches!(error, StoreError::Rejected { table: "authors", .. }), "{error}");
    assert_eq!(store.authors(id("a")).await.expect("read").len(), 2);
}

/// A restart, or several nodes starting at once, find the schema as it is.
pub async fn migrating_again_changes_nothing(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    store.append(&[append("a", 1)]).await.expect("appended");
    let (one, other) = (subject.store(FIRST), subject.store(FIRST));
    let (one, other) = tokio::join!(one.migrate(), other.migrate());
    assert_eq!((one, other), (Ok(()), Ok(())));
    store.ping().await.expect("the store answers");
    assert_eq!(store.load(id("a")).await.expect("loaded").updates.len(), 1);
}
