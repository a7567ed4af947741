//! `weft check`, `weft history` and `weft replay` over a database that somebody damaged.

use std::process::{Command, Output};

use bytes::Bytes;
use serde_json::json;
use weft_protocol::ids::{DocumentId, DocumentName, WriterId};
use weft_protocol::lib0::write_var_uint;
use weft_storage::contract::Subject;
use weft_storage::sqlite::SqliteStore;
use weft_storage::{
    Append, Frontier, NewSnapshot, SnapshotId, SnapshotKind, SnapshotSaved, Store as _, StoreOptions,
    VersionBounds,
};
use weft_tests::environment::server_binary;
use weft_tests::http;
use weft_tests::replica::Replica;
use weft_tests::store::Store;
use weft_tests::weft::Weft;

use super::{ask, bytes, frames, post, text_of};

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

/// The character at a clock of client 7's text, behind the one before it.
fn typed(clock: u64) -> Bytes {
    let mut update = vec![1, 1, 7];
    write_var_uint(&mut update, clock);
    match clock {
        0 => update.extend([4, 1, 1, b't']),
        _ => {
            update.extend([0x84, 7]);
            write_var_uint(&mut update, clock - 1);
        }
    }
    update.extend([1, b'x', 0]);
    update.into()
}

/// Two servers take turns with what one person types.
///
/// [T9]
#[tokio::test(flavor = "multi_thread")]
async fn a_check_puts_together_what_came_by_two_servers_however_much_it_is() {
    const EACH: u64 = 30_000;
    let scratch = Store::sqlite();
    let url = scratch.url().to_owned();
    let name = DocumentName::new(NAME).expect("legal");
    assert!(weft(&["migrate", "--database", &url]).0.status.success());
    for writer in 0..2 {
        let id = WriterId(writer + 1);
        let store = SqliteStore::open(&url, id, StoreOptions::default()).await.expect("opened");
        let append = |seq: u64| {
            let clock = 2 * (seq - 1) + writer;
            let (document, name) = (DocumentId::of(&name), name.clone());
            let received_at_ms = i64::try_from(clock).expect("small");
            Append { document, name, seq, received_at_ms, author: None, payload: typed(clock) }
        };
        for first in (1..=EACH).step_by(1_000) {
            let batch: Vec<_> = (first..first + 1_000).map(append).collect();
            store.append(&batch).await.expect("appended");
        }
        store.close().await;
    }
    let (output, said) = weft(&["check", "--database", &url]);
    assert!(output.status.success(), "{said}");
    assert_eq!(said.trim(), "1 documents, 60000 updates, 0 snapshots checked: 0 problems");
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
        bounds: VersionBounds::default(),
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
    let kind = SnapshotKind::Auto;
    let (taken_at_ms, label, author, bounds) = (1_600_000_100_000, None, None, VersionBounds::default());
    let snapshot = NewSnapshot { document, taken_at_ms, frontier, state, kind, label, author, bounds };
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

/// [T10]
#[tokio::test(flavor = "multi_thread")]
async fn the_past_is_played_to_a_running_server() {
    let (_weft, url) = written().await;
    let other = Weft::start(Store::sqlite()).await;
    let server = format!("http://{}", other.address());
    let play = |more: &[&str]| {
        let args = ["replay", NAME, "--database", &url, "--speed", "1000", "--server", &server];
        weft(&[&args[..], more].concat()).0
    };
    let complaint = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let output = play(&[]);
    assert!(output.status.success(), "{}", complaint(&output));
    assert_eq!(text_of(&bytes(&other, "/update").await), "one\ntwo\nthree\n");
    assert_eq!(frames(&bytes(&other, "/replay").await).len(), 3, "update by update");
    let first_ms = frames(&bytes(&other, "/replay").await)[0].0;
    let output = play(&["--as", "a copy", "--to", "1"]);
    assert!(output.status.success() && first_ms > 1, "{}", complaint(&output));
    let output = play(&["--as", "a copy"]);
    assert!(output.status.success(), "{}", complaint(&output));
    let line = "GET /api/documents/a%20copy/update";
    let copy = http::request(other.address(), line, &[], "").await.expect("an answer");
    assert_eq!((copy.status, text_of(&copy.body).as_str()), (200, "one\ntwo\nthree\n"));
    let nowhere = weft(&["replay", NAME, "--database", &url, "--server", "127.0.0.1:9"]).0;
    assert!(!nowhere.status.success() && complaint(&nowhere).contains("--server"), "{}", complaint(&nowhere));
}

/// [T10]
#[tokio::test(flavor = "multi_thread")]
async fn who_plays_to_a_server_needs_a_token_that_may_write() {
    let (_weft, url) = written().await;
    let key = "a secret of the tests, long enough";
    let other = Weft::start_with(Store::sqlite(), &["--auth-key", key]).await;
    let server = format!("http://{}", other.address());
    let play = |token: &str| {
        let args = ["replay", NAME, "--database", &url, "--speed", "1000", "--server", &server];
        weft(&[&args[..], &["--token", token]].concat()).0
    };
    let mint = |role: &str| {
        let document = format!("{NAME}={role}");
        weft(&["token", "--auth-key", key, "--document", &document]).1.trim().to_owned()
    };
    let refused = play(&mint("read"));
    let complaint = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && complaint.contains("403"), "{complaint}");
    let output = play(&mint("write"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
