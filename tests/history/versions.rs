//! Versions that people name, and those that follow from edits.

use serde_json::json;
use weft_tests::replica::Replica;
use weft_tests::store::Store;
use weft_tests::weft::Weft;

use super::{ask, bytes, json as get, post, text_of};

/// [T8]
#[tokio::test(flavor = "multi_thread")]
async fn a_named_version_stays_as_it_was_until_its_name_is_taken_away() {
    let mut weft = Weft::start(Store::sqlite()).await;
    let replica = Replica::default();
    post(&weft, &replica.append("first")).await;
    let made = ask(&weft, "POST /versions", None, &json!({ "label": " Draft " }).to_string()).await;
    assert_eq!(made.status, 201);
    let made: serde_json::Value = serde_json::from_slice(&made.body).expect("JSON");
    assert_eq!(made["label"], "Draft");
    let id = made["id"].as_str().expect("an id");
    post(&weft, &replica.append(", second")).await;
    weft.stop().await;
    weft.launch_again().await;
    assert_eq!(text_of(&bytes(&weft, &format!("/history/{id}")).await), "first");
    let number = id.strip_prefix("named-").expect("named");
    let other = format!("/history/restore-{number}");
    assert_eq!(ask(&weft, &format!("GET {other}"), None, "").await.status, 404, "another kind's number");
    let renamed =
        ask(&weft, &format!("PATCH /versions/{id}"), None, &json!({ "label": "Final" }).to_string()).await;
    assert_eq!(renamed.status, 200);
    let list = get(&weft, "/versions").await;
    assert_eq!(
        (&list["versions"][0]["label"], &list["versions"][0]["kind"]),
        (&json!("Final"), &json!("named"))
    );
    for label in ["", "  ", &"x".repeat(201), "a\u{0}b"] {
        let body = json!({ "label": label }).to_string();
        assert_eq!(ask(&weft, "POST /versions", None, &body).await.status, 400, "{label:?}");
    }
    assert_eq!(ask(&weft, &format!("DELETE /versions/{id}"), None, "").await.status, 204);
    assert_eq!(ask(&weft, &format!("DELETE /versions/{id}"), None, "").await.status, 404);
    assert_eq!(ask(&weft, &format!("GET /history/{id}"), None, "").await.status, 404);
    assert_eq!(text_of(&bytes(&weft, "/update").await), "first, second", "no edit goes with it");
}

/// [T7] [T8]
#[tokio::test(flavor = "multi_thread")]
async fn versions_are_listed_in_pages_newest_first() {
    let weft = Weft::start(Store::sqlite()).await;
    let replica = Replica::default();
    for n in 0..5 {
        post(&weft, &replica.append("x")).await;
        let body = json!({ "label": n.to_string() }).to_string();
        assert_eq!(ask(&weft, "POST /versions", None, &body).await.status, 201);
    }
    let mut labels = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = get(&weft, &format!("/versions?auto=1&limit=2&cursor={cursor}")).await;
        let versions = page["versions"].as_array().expect("a list").clone();
        assert!(versions.len() <= 2);
        labels.extend(versions.iter().map(|version| version["label"].clone()));
        match page["next"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    // Nobody paused for two minutes: at most the end of five minutes of the clock is among them.
    labels.retain(|label| !label.is_null());
    assert_eq!(labels, ["4", "3", "2", "1", "0"]);
}
