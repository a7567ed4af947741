//! What is promised about share links.

use weft_protocol::ids::WriterId;

use super::{FIRST, SECOND, Subject, id};
use crate::{LinkRow, LinkSaved};

const MANY: u32 = 100;

fn link(document: &str, link: &str, made_at_ms: i64, expires_at_ms: i64) -> LinkRow {
    LinkRow {
        document: id(document),
        id: link.into(),
        access: "read".into(),
        made_by: Some("ada".into()),
        made_by_name: Some("Ada Lovelace".into()),
        parent: None,
        made_at_ms,
        expires_at_ms,
    }
}

/// Newest first, whole, and no other document's.
pub async fn links_are_read_back_until_they_end(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    assert_eq!(store.links(id("a"), 0).await, Ok(vec![]));
    let old = LinkRow { made_by: None, made_by_name: None, ..link("a", "old", 10, 50) };
    let new = LinkRow { parent: Some("ä".into()), access: "write".into(), ..link("a", "new", 20, 90) };
    for row in [&old, &new, &link("b", "other", 15, 90)] {
        assert_eq!(store.save_link(row, MANY).await, Ok(LinkSaved::Stored));
    }
    assert_eq!(store.links(id("a"), 49).await, Ok(vec![new.clone(), old]));
    assert_eq!(store.links(id("a"), 50).await, Ok(vec![new]));
}

/// Taking back twice is taking back once.
pub async fn a_deleted_link_is_gone_and_no_other(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    for row in [link("a", "one", 1, 90), link("a", "two", 2, 90), link("b", "one", 3, 90)] {
        store.save_link(&row, MANY).await.expect("stored");
    }
    for _ in 0..2 {
        store.delete_link(id("a"), "one").await.expect("deleted");
    }
    assert_eq!(store.links(id("a"), 0).await, Ok(vec![link("a", "two", 2, 90)]));
    assert_eq!(store.links(id("b"), 0).await, Ok(vec![link("b", "one", 3, 90)]));
}

/// Those that have ended make room, and other documents take none.
pub async fn a_document_has_so_many_links(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    store.save_link(&link("b", "other", 1, 90), 2).await.expect("stored");
    for (name, made_at_ms, expected) in [
        ("one", 1, LinkSaved::Stored),
        ("two", 2, LinkSaved::Stored),
        ("three", 3, LinkSaved::TooMany),
        ("four", 50, LinkSaved::Stored),
    ] {
        let ends = if name == "one" { 50 } else { 90 };
        assert_eq!(store.save_link(&link("a", name, made_at_ms, ends), 2).await, Ok(expected), "{name}");
    }
    let held: Vec<_> = store.links(id("a"), 0).await.expect("read").into_iter().map(|row| row.id).collect();
    assert_eq!(held, ["four", "two"]);
}

/// However many ask for one at the same moment.
pub async fn links_made_at_once_do_not_pass_the_bound_together(subject: &dyn Subject) {
    let store = |writer: WriterId| {
        let store = subject.store(writer);
        async move {
            let mut stored = 0;
            for n in 0..6 {
                let row = link("a", &format!("{n} of {writer:?}"), 1, 90);
                let saved = store.save_link(&row, 5).await.expect("answered");
                stored += u32::from(saved == LinkSaved::Stored);
            }
            stored
        }
    };
    let (one, other) = tokio::join!(store(FIRST), store(SECOND));
    assert_eq!(one + other, 5, "{one} and {other}");
    assert_eq!(subject.store(FIRST).links(id("a"), 0).await.expect("read").len(), 5);
}
