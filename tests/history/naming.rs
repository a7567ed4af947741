//! Versions of moments that are past.

use bytes::Bytes;
use serde_json::{Value, json};
use weft_protocol::ids::{DocumentId, DocumentName, Seq, WriterId};
use weft_storage::contract::Subject as _;
use weft_storage::sqlite::SqliteStore;
use weft_storage::{
    Append, Frontier, NewSnapshot, SnapshotKind, SnapshotQuery, Store as _, StoreOptions, VersionBounds,
};
use weft_tests::http::{self, Answer};
use weft_tests::replica::Replica;
use weft_tests::store::Store;
use weft_tests::weft::Weft;

use super::restores::now_ms;
use super::{ask, bytes, json as get, text_of};

/// Whose updates were received when a test says so.
const OTHER: WriterId = WriterId(77);

/// A database of a document, before and between servers.
struct Past {
    store: SqliteStore,
    name: DocumentName,
}

impl Past {
    async fn of(url: &str) -> Self {
        let store = SqliteStore::open(url, OTHER, StoreOptions::default()).await.expect("opened");
        store.migrate().await.expect("migrated");
        Self { store, name: DocumentName::new("team/notes").expect("legal") }
    }

    fn id(&self) -> DocumentId {
        DocumentId::of(&self.name)
    }

    async fn receive(&self, (seq, received_at_ms): (Seq, i64), update: Vec<u8>) {
        let (document, name, payload) = (self.id(), self.name.clone(), Bytes::from(update));
        let append = Append { document, name, seq, received_at_ms, author: None, payload };
        self.store.append(&[append]).await.expect("appended");
    }
}

async fn name(weft: &Weft, label: &str, at: Value) -> Answer {
    ask(weft, "POST /versions", None, &json!({ "label": label, "at": at }).to_string()).await
}

async fn named(weft: &Weft, label: &str, at: Value) -> Value {
    let made = name(weft, label, at).await;
    assert_eq!(made.status, 201, "{label}: {}", String::from_utf8_lossy(&made.body));
    serde_json::from_slice(&made.body).expect("JSON")
}

/// Labels as listed, in pages of `limit`.
async fn listed(weft: &Weft, limit: usize) -> Vec<String> {
    let (mut labels, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = get(weft, &format!("/versions?limit={limit}&cursor={cursor}")).await;
        let versions = page["versions"].as_array().expect("a list");
        assert!(versions.len() <= limit);
        labels.extend(versions.iter().map(|one| one["label"].as_str().expect("a label").to_owned()));
        let Some(next) = page["next"].as_str() else { return labels };
        next.clone_into(&mut cursor);
    }
}

/// [T8] [T47]
#[tokio::test(flavor = "multi_thread")]
async fn a_past_moment_is_named_and_stays_what_it_was() {
    let store = Store::sqlite();
    let past = Past::of(store.url()).await;
    let replica = Replica::default();
    for (seq, word) in (1..).zip(["one", " two", " three"]) {
        past.receive((seq, i64::try_from(seq).expect("small") * 1_000), replica.append(word)).await;
    }
    let mut weft = Weft::start(store).await;
    let now = named(&weft, "now", Value::Null).await;
    let second = named(&weft, "second", json!(2_000)).await;
    assert_eq!((&second["at_ms"], &second["at"]), (&json!(2_000), &json!("1970-01-01T00:00:02.000Z")));
    let versions = [
        (named(&weft, "first", json!("1970-01-01T00:00:01.5Z")).await, 1_500, "one"),
        (named(&weft, "third", json!("auto-3000")).await, 3_000, "one two three"),
        (named(&weft, "again", second["id"].clone()).await, 2_000, "one two"),
        (second, 2_000, "one two"),
    ];
    assert!(now["at_ms"].as_i64() > Some(3_000));
    replica.replace("all of it is gone");
    past.receive((4, now_ms()), replica.state()).await;
    weft.stop().await;
    // Whatever becomes of the journal around them.
    past.store.lose_update(past.id(), OTHER, 2).await;
    weft.launch_again().await;
    for (made, at_ms, text) in versions {
        let id = made["id"].as_str().expect("an id");
        assert_eq!(made["at_ms"], at_ms, "{made}");
        assert_eq!(text_of(&bytes(&weft, &format!("/history/{id}")).await), text, "{made}");
    }
    for limit in [1, 2, 50] {
        assert_eq!(
            listed(&weft, limit).await,
            ["now", "third", "again", "second", "first"],
            "each in its place"
        );
    }
}

/// [T47]
#[tokio::test(flavor = "multi_thread")]
async fn a_moment_that_never_was_is_refused() {
    let store = Store::sqlite();
    let past = Past::of(store.url()).await;
    let (replica, hour_ms) = (Replica::default(), 3_600_000);
    past.receive((1, 1_000), replica.append("one")).await;
    let weft = Weft::start(store).await;
    let soon = now_ms() + hour_ms;
    for (at, status, title) in [
        (json!(999), 400, "before the first edit"),
        (json!(-5), 400, "before the first edit"),
        (json!(soon), 400, "in the future"),
        (json!("2999-01-01T00:00:00Z"), 400, "in the future"),
        (json!("soon"), 400, "bad request"),
        (json!(1.5), 400, "bad request"),
        (json!([1_000]), 400, "bad request"),
        (json!("named-77"), 404, "not found"),
    ] {
        let answer = name(&weft, "x", at.clone()).await;
        let problem: Value = serde_json::from_slice(&answer.body).expect("a problem");
        assert_eq!((answer.status, problem["title"].as_str()), (status, Some(title)), "{at}: {problem}");
        assert!(!problem["detail"].as_str().unwrap_or_default().is_empty(), "{at}: {problem}");
    }
    assert_eq!(listed(&weft, 50).await, [""; 0]);
    // Received by a server whose clock is ahead.
    past.receive((2, soon), replica.append(" two")).await;
    named(&weft, "ahead", json!(soon)).await;
    assert_eq!(name(&weft, "x", json!(soon + 1)).await.status, 400);
}

/// [T47]
#[tokio::test(flavor = "multi_thread")]
async fn a_version_of_a_moment_takes_no_edit_for_contained_that_waited_then() {
    let store = Store::sqlite();
    let past = Past::of(store.url()).await;
    let replica = Replica::default();
    let [one, two, three] = ["one", " two", " three"].map(|word| replica.append(word));
    past.receive((1, 1_000), one).await;
    past.receive((2, 3_000), three).await;
    let mut weft = Weft::start(store).await;
    let made = named(&weft, "ahead", json!(3_000)).await;
    let id = made["id"].as_str().expect("an id").to_owned();
    assert_eq!(text_of(&bytes(&weft, &format!("/history/{id}")).await), "one");
    weft.stop().await;
    let query = SnapshotQuery { document: past.id(), with_auto: true, below: None, limit: 0 };
    for row in past.store.snapshots(query).await.expect("listed") {
        if row.kind == SnapshotKind::Auto {
            past.store.quarantine_snapshot(row.id, "a test").await.expect("it is there");
        }
    }
    past.receive((3, 4_000), two).await;
    weft.launch_again().await;
    assert_eq!(text_of(&bytes(&weft, "/update").await), "one two three");
}

/// [T8]
#[tokio::test(flavor = "multi_thread")]
async fn more_versions_than_are_read_at_once_are_listed_by_their_moments() {
    let store = Store::sqlite();
    let past = Past::of(store.url()).await;
    past.receive((1, 1), Replica::default().append("one")).await;
    for n in 0..405_i64 {
        let (document, frontier, state) = (past.id(), Frontier::new(), Bytes::from_static(&[0, 0]));
        // Later moments are named first, and of each moment two.
        let (taken_at_ms, label) = (1_000 - n / 2, Some(format!("{n}")));
        let (kind, author, bounds) = (SnapshotKind::Named, None, VersionBounds::default());
        let new = NewSnapshot { document, taken_at_ms, frontier, state, kind, label, author, bounds };
        past.store.save_snapshot(new).await.expect("saved");
    }
    let weft = Weft::start(store).await;
    let order = |a: &i64| (a / 2, -a);
    let mut wanted: Vec<_> = (0..405).collect();
    wanted.sort_by_key(order);
    for limit in [7, 200] {
        let labels = listed(&weft, limit).await;
        assert_eq!(labels, wanted.iter().map(i64::to_string).collect::<Vec<_>>(), "pages of {limit}");
    }
}

/// [T14] [R3]
#[tokio::test(flavor = "multi_thread")]
async fn versions_are_bounded_and_a_restore_is_never_refused() {
    let store = Store::sqlite();
    let past = Past::of(store.url()).await;
    past.receive((1, 1_000), Replica::default().append("one")).await;
    let options = [["--limit-versions-per-document", "2"], ["--limit-version-bytes-per-document", "1024"]];
    let weft = Weft::start_with(store, options.as_flattened()).await;
    let first = named(&weft, "first", Value::Null).await;
    let second = named(&weft, "second", json!(1_000)).await;
    assert_refused(&weft, "at most 2 named versions (limit versions-per-document)", "versions_per").await;
    for _ in 0..3 {
        let path = format!("POST /versions/{}/restore", second["id"].as_str().expect("an id"));
        assert_eq!(ask(&weft, &path, None, "").await.status, 200);
    }
    let labels = listed(&weft, 50).await;
    let is_named = |label: &&String| *label == "first" || *label == "second";
    assert_eq!((labels.iter().filter(is_named).count(), labels.len()), (2, 4), "{labels:?}");
    let path = format!("DELETE /versions/{}", first["id"].as_str().expect("an id"));
    assert_eq!(ask(&weft, &path, None, "").await.status, 204);
    let replica = Replica::default();
    replica.append(&incompressible(2_000));
    past.receive((2, now_ms()), replica.state()).await;
    assert_refused(&weft, "1024 bytes together (limit version-bytes-per-document)", "version_bytes_per")
        .await;
    named(&weft, "small", json!(1_000)).await;
}

async fn assert_refused(weft: &Weft, why: &str, limit: &str) {
    let answer = name(weft, "one more", Value::Null).await;
    let problem: Value = serde_json::from_slice(&answer.body).expect("a problem");
    let detail = problem["detail"].as_str().expect("a detail");
    assert!(
        answer.status == 413 && detail.contains(why) && detail.ends_with("delete one first"),
        "{problem}"
    );
    let counted = format!("weft_refused_total{{limit=\"{limit}_document\"}} 1");
    assert!(http::metrics(weft.address(), &[]).await.contains(&counted), "{counted}");
}

/// Letters without a pattern.
fn incompressible(letters: usize) -> String {
    let mut state = 1_u32;
    let mut letter = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b'a' + u8::try_from(state >> 24).expect("a byte") % 26)
    };
    (0..letters).map(|_| letter()).collect()
}
