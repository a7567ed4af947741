//! `weft check`, `weft history` and `weft replay` over a database that somebody damaged.

use std::process::{Command, Output};

use bytes::Bytes;
use serde_json::json;
use weft_protocol::ids::{DocumentId, DocumentName, WriterId};
use weft_storage::contract::Subject;
use weft_storage::sqlite::SqliteStore;
use weft_storage::{
    Append, Frontier, NewSnapshot, SnapshotId, SnapshotKind, SnapshotSaved, Store as _, StoreOptions,
};
use weft_tests::environment::server_binary;
use weft_tests::replica::Replica;
use weft_tests::store::Store;
use weft_tests::weft::Weft;

use super::{ask, post};

/// Who wrote what no server would.
const VANDAL: WriterId = WriterId(77);
const NAME: &str = "team/notes";

fn weft(args: &[&str]) -> (Output, String) {
    let output = Command::new(server_binary()).args(args).output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    (output, said)
}

/// Two edits, a version, a third edit; the server has ended.
async fn written() -> (Weft, String) {
    let store = Store::sqlite();
    let url = store.url().to_owned();
    let mut weft = Weft::start(store).await;
    let replica = Replica::default();
    post(&weft, &replica.append("one\n")).await;
    post(&weft, &replica.append("two\n")).await;
    let label = json!({ "label": "Draft" }).to_string();
    assert_eq!(ask(&weft, "POST /versions", None, &label).await.status, 201);
    post(&weft, &replica.append("three\n")).await;
    weft.stop().await;
    (weft, url)
}

async fn damaged(url: &str) -> SqliteStore {
    SqliteStore::open(url, VANDAL, StoreOptions::default()).await.expect("opened")
}

/// [T9]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_broken_is_named_and_nothing_is_changed() {
    let (_weft, url) = written().await;
    let (output, said) = weft(&["check", "--database", &url]);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 documents, 3 updates") && said.contains(": 0 problems"), "{said}");
    let store = damaged(&url).await;
    let name = DocumentName::new(NAME).expect("legal");
    let document = DocumentId::of(&name);
    let garbage = Append {
        document,
        name,
        seq: 1,
        received_at_ms: 1,
        author: None,
        payload: Bytes::from_static(b"garbage"),
    };
    store.append(&[garbage]).await.expect("appended");
    store.corrupt_snapshot(SnapshotId(1)).await;
    let frontier = store.frontier(document).await.expect("read");
    let (writer, _) = frontier.iter().find(|(writer, _)| *writer != VANDAL).expect("the server's");
    store.lose_update(document, writer, 2).await;
    store.close().await;
    for _ in 0..2 {
        let (output, said) = weft(&["check", "--database", &url, NAME]);
        assert_eq!(output.status.code(), Some(1), "{said}");
        for line in [
            "team/notes: snapshot 1: the checksum differs",
            "team/notes: update 1 of writer 77: ",
            &format!("team/notes: updates of writer {} lack 2 to 2", writer.0),
            "team/notes: 1 updates wait for others that are not stored",
            "3 problems",
        ] {
            assert!(said.contains(line), "{line:?} in\n{said}");
        }
    }
    let (output, _) = weft(&["check", "--database", &url, "no-such"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no document no-such"));
}

/// What one update of the vandal's makes of a document.
fn append(name: &str, payload: &[u8]) -> Append {
    let name = DocumentName::new(name).expect("legal");
    let (document, payload) = (DocumentId::of(&name), Bytes::copy_from_slice(payload));
    Append { document, name, seq: 1, received_at_ms: 1, author: None, payload }
}

/// A named version that says it has everything up to `seq` of the vandal.
async fn version(store: &SqliteStore, name: &str, (seq, state): (u64, &'static [u8])) -> SnapshotId {
    let new = NewSnapshot {
        document: append(name, b"").document,
        taken_at_ms: 2,
        frontier: Frontier::from_iter([(VANDAL, seq)]),
        state: Bytes::from_static(state),
        kind: SnapshotKind::Named,
        label: Some("Mine".to_owned()),
        author: None,
    };
    match store.save_snapshot(new).await {
        Ok(SnapshotSaved::Stored(id)) => id,
        other => panic!("{other:?}"),
    }
}

/// [T9]
#[tokio::test(flavor = "multi_thread")]
async fn every_document_and_every_snapshot_is_looked_at_and_quarantine_is_no_news() {
    let folder = Store::sqlite();
    let store = damaged(folder.url()).await;
    store.migrate().await.expect("migrated");
    // More than are listed at once, and the ones that are broken anywhere among them.
    let sound: Vec<_> = (0..450).map(|n| append(&format!("sound {n}"), &[0, 0])).collect();
    let names: Vec<_> = (0..20).map(|n| format!("broken {n}")).collect();
    let broken: Vec<_> = names.iter().map(|name| append(name, b"garbage")).collect();
    store.append(&[sound, broken].concat()).await.expect("appended");
    let deleted = append(&names[7], b"").document;
    store.delete_document(deleted, 5).await.expect("deleted");
    version(&store, "sound 1", (1, &[0, 0])).await;
    let undecoded = version(&store, "sound 2", (1, b"garbage")).await;
    let boasting = version(&store, "sound 3", (2, &[0, 0])).await;
    let known = version(&store, "sound 4", (1, b"garbage")).await;
    store.quarantine_snapshot(known, "a bad day").await.expect("put there");
    store.close().await;
    let (output, said) = weft(&["check", "--database", folder.url()]);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for name in &names {
        assert!(said.contains(&format!("{name}: update 1 of writer 77: ")), "{name} in\n{said}");
    }
    for line in [
        format!("sound 2: snapshot {}: it does not decode: ", undecoded.0),
        format!("sound 3: snapshot {}: it claims updates that the journal does not have", boasting.0),
        format!("sound 4: snapshot {} is in quarantine: a bad day", known.0),
        "470 documents, 470 updates, 4 snapshots checked: 22 problems".to_owned(),
    ] {
        assert!(said.contains(&line), "{line:?} in\n{said}");
    }
}

/// [T10]
#[tokio::test(flavor = "multi_thread")]
async fn the_past_is_listed_and_played_in_a_terminal() {
    let (_weft, url) = written().await;
    let (output, said) = weft(&["history", NAME, "--database", &url]);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("UPDATES") && said.contains("named-1") && said.contains("Draft"), "{said}");
    let (output, said) = weft(&["replay", NAME, "--database", &url, "--speed", "1000"]);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("3/3") && said.trim_end().ends_with("text | three"), "{said}");
    for command in ["history", "replay", "check"] {
        let (output, said) = weft(&[command, "--help"]);
        assert!(output.status.success() && said.contains("--database"), "{said}");
    }
    let (output, _) = weft(&["replay", NAME, "--database", &url, "--from", "yesterday"]);
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && complaint.contains("--from"), "{complaint}");
    assert!(!weft(&["replay", NAME, "--speed", "0"]).0.status.success());
}

/// [T12]
#[tokio::test(flavor = "multi_thread")]
async fn an_old_past_is_thinned_out_by_hand() {
    let (_weft, url) = written().await;
    // What the server wrote is a minute old at most; this is of another year.
    let store = damaged(&url).await;
    let name = DocumentName::new("old").expect("legal");
    let document = DocumentId::of(&name);
    let replica = Replica::default();
    let old = |seq: u64| Append {
        document,
        name: name.clone(),
        seq,
        received_at_ms: 1_600_000_000_000 + i64::try_from(seq).expect("few") * 100,
        author: Some("ada".to_owned()),
        payload: replica.append("letter ").into(),
    };
    store.append(&(1..=50).map(old).collect::<Vec<_>>()).await.expect("appended");
    let frontier = store.frontier(document).await.expect("read");
    let state = Bytes::from(replica.state());
    let kind = weft_storage::SnapshotKind::Auto;
    let (taken_at_ms, label, author) = (1_600_000_100_000, None, None);
    let snapshot = weft_storage::NewSnapshot { document, taken_at_ms, frontier, state, kind, label, author };
    store.save_snapshot(snapshot).await.expect("saved");
    store.close().await;
    let (output, said) = weft(&["thin", "1d=1m", "--database", &url]);
    assert!(output.status.success() && said.contains("50 rows became 1,"), "{said}");
    let (output, said) = weft(&["check", "--database", &url]);
    assert!(output.status.success() && said.contains("2 documents, 53 updates"), "{said}");
    let (output, said) = weft(&["history", "old", "--database", &url]);
    assert!(output.status.success() && said.contains("ada"), "{said}");
    assert!(said.lines().any(|line| line.contains(" 50 ")), "fifty updates: {said}");
    for (policy, why) in [("1h=1m", "too young"), ("soon", "no rule"), ("", "has a rule")] {
        let (output, _) = weft(&["thin", policy, "--database", &url]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && told.contains(why), "{policy}: {told}");
    }
}
