//! Going back to a version, with people in the document.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use weft_tests::client::Client;
use weft_tests::replica::Replica;
use weft_tests::store::Store;
use weft_tests::token::{CLOSED, token};
use weft_tests::weft::Weft;

use super::{ask, bytes, json as get, post, text_of};

#[expect(clippy::disallowed_methods, reason = "the server's clock is the one of this machine")]
pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_millis()).expect("before the year 292 million")
}

async fn restore(weft: &Weft, id: &str) -> Value {
    let answer = ask(weft, &format!("POST /versions/{id}/restore"), None, "").await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    serde_json::from_slice(&answer.body).expect("JSON")
}

async fn name(weft: &Weft, label: &str) -> String {
    let made = ask(weft, "POST /versions", None, &json!({ "label": label }).to_string()).await;
    let made: Value = serde_json::from_slice(&made.body).expect("JSON");
    made["id"].as_str().expect("an id").to_owned()
}

/// [T20] [T21] [T22] [T24]
#[tokio::test(flavor = "multi_thread")]
async fn a_restore_reaches_everybody_is_committed_and_can_be_taken_back() {
    let mut weft = Weft::start(Store::sqlite()).await;
    let mut ada = Client::join(weft.address(), "team/notes").await;
    let mut ben = Client::join(weft.address(), "team/notes").await;
    ada.append("first draft").await.expect("sent");
    ada.until("the ack", Client::saved).await;
    let draft = name(&weft, "Draft").await;
    ada.append(", more").await.expect("sent");
    ben.until("the edit", |ben| ben.text() == "first draft, more").await;
    // Somebody whose edit is on no way yet.
    let away = Client::join(weft.address(), "team/notes").await.into_replica();
    away.append(" (mine)");

    let restored = restore(&weft, &draft).await;
    assert!(restored["update_bytes"].as_u64().expect("a size") > 0, "{restored}");
    for client in [&mut ada, &mut ben] {
        client.until("the restore", |client| client.text() == "first draft").await;
        let notice = json!({ "restored": { "by": null, "version": "Draft" } }).to_string();
        client.until("the notice", |client| client.notices().contains(&notice)).await;
    }
    drop((ada, ben));
    weft.kill().await;
    weft.launch_again().await;
    assert_eq!(text_of(&bytes(&weft, "/update").await), "first draft");
    let id = restored["id"].as_str().expect("an id");
    assert_eq!(text_of(&bytes(&weft, &format!("/history/{id}")).await), "first draft");

    let mut ada = Client::join(weft.address(), "team/notes").await;
    restore(&weft, restored["before"].as_str().expect("an id")).await;
    ada.until("the restore is taken back", |ada| ada.text() == "first draft, more").await;
    restore(&weft, &draft).await;
    let again = restore(&weft, &draft).await;
    assert_eq!(again["update_bytes"], 0, "what is there is not restored again");
    let mut away = Client::rejoin(weft.address(), "team/notes", away).await;
    for client in [&mut away, &mut ada] {
        client.until("everything", |client| client.text() == "first draft (mine)").await;
    }
    let list = get(&weft, "/versions").await;
    let labels: Vec<_> =
        list["versions"].as_array().expect("a list").iter().map(|one| &one["label"]).collect();
    assert!(labels.contains(&&json!("Restored from Draft")), "{labels:?}");
    assert!(labels.contains(&&json!("Before restoring Draft")), "{labels:?}");
}

/// [T24]
#[tokio::test(flavor = "multi_thread")]
async fn any_moment_can_be_restored_and_nothing_else() {
    let weft = Weft::start(Store::sqlite()).await;
    let replica = Replica::default();
    post(&weft, &replica.append("one")).await;
    let at_ms = get(&weft, "/history").await["last_ms"].as_i64().expect("a time");
    // A moment has everything of its millisecond.
    while now_ms() <= at_ms {
        tokio::task::yield_now().await;
    }
    post(&weft, &replica.append(" two")).await;
    let none = format!("POST /versions/auto-{at_ms}/nothing");
    for (line, status) in
        [("POST /versions/named-77/restore", 404), ("POST /versions/soon/restore", 400), (none.as_str(), 404)]
    {
        assert_eq!(ask(&weft, line, None, "").await.status, status, "{line}");
    }
    assert_eq!(text_of(&bytes(&weft, "/update").await), "one two");
    restore(&weft, &format!("auto-{at_ms}")).await;
    assert_eq!(text_of(&bytes(&weft, "/update").await), "one");
    let once = || restore(&weft, "auto-0");
    let all = tokio::join!(once(), once(), once(), once());
    let sizes = [&all.0, &all.1, &all.2, &all.3].map(|one| one["update_bytes"].as_u64().expect("a size"));
    let idle = sizes.iter().filter(|bytes| **bytes == 0).count();
    assert_eq!(idle, 3, "of several at once all but one have nothing left to do: {sizes:?}");
    assert_eq!(text_of(&bytes(&weft, "/update").await), "");
}

/// [T48]
#[tokio::test(flavor = "multi_thread")]
async fn labels_stay_readable_however_often_one_restores() {
    let weft = Weft::start(Store::sqlite()).await;
    let replica = Replica::default();
    post(&weft, &replica.append("one")).await;
    let mut wanted = name(&weft, "Draft").await;
    post(&weft, &replica.append(" two")).await;
    for step in ["before", "before", "id", "id", "before", "id"] {
        wanted = restore(&weft, &wanted).await[step].as_str().expect("an id").to_owned();
    }
    let list = get(&weft, "/versions").await;
    let versions = list["versions"].as_array().expect("a list");
    assert_eq!(versions.len(), 13);
    for version in versions {
        let label = version["label"].as_str().expect("a label");
        let named = label.strip_prefix("Before restoring ").or_else(|| label.strip_prefix("Restored from "));
        let named = named.unwrap_or(label);
        let is_time = named.starts_with("20") && named.ends_with('Z') && !named.contains(' ');
        assert!(named == "Draft" || is_time, "{label}");
    }
}

/// [T24] [T8]
#[tokio::test(flavor = "multi_thread")]
async fn everybody_is_told_who_restored_and_what_a_restore_made_stays() {
    let weft = Weft::start_with(Store::sqlite(), &CLOSED).await;
    let opens = |user, role| token(user, &[("team/notes", role)]);
    let (ada, admin) = (opens("ada", "write"), opens("root", "admin"));
    let mut writer = Client::join_as(weft.address(), "team/notes", Some(&ada)).await;
    writer.append("one").await.expect("sent");
    writer.until("the ack", Client::saved).await;
    let made = ask(&weft, "POST /versions", Some(&ada), r#"{"label":"Draft"}"#).await;
    assert_eq!(made.status, 201);
    writer.append(" two").await.expect("sent");
    writer.until("the ack", Client::saved).await;
    let mut reader = Client::join_as(weft.address(), "team/notes", Some(&opens("ben", "read"))).await;
    let answer = ask(&weft, "POST /versions/named-1/restore", Some(&ada), "").await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let restored: Value = serde_json::from_slice(&answer.body).expect("JSON");
    let notice = json!({ "restored": { "by": "ada", "version": "Draft" } }).to_string();
    reader.until("the notice", |reader| reader.notices().contains(&notice)).await;
    reader.until("the restore", |reader| reader.text() == "one").await;
    let list = ask(&weft, "GET /versions", Some(&ada), "").await;
    let list: Value = serde_json::from_slice(&list.body).expect("JSON");
    let versions = list["versions"].as_array().expect("a list").iter();
    let told: Vec<_> = versions.map(|one| [&one["label"], &one["author"]["user"]]).collect();
    let ada_made =
        ["Restored from Draft", "Before restoring Draft", "Draft"].map(|label| [json!(label), json!("ada")]);
    assert_eq!(told, ada_made.each_ref().map(|[label, user]| [label, user]), "the newest first");
    for version in [&restored["id"], &restored["before"]] {
        let line = format!("DELETE /versions/{}", version.as_str().expect("an id"));
        assert_eq!(ask(&weft, &line, Some(&admin), "").await.status, 409, "{line}");
    }
}
