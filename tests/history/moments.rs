//! What there was.

use weft_tests::replica::Replica;
use weft_tests::store::Store;
use weft_tests::weft::Weft;

use super::{ask, bytes, frames, json, post, text_of};

/// [T1] [T4]
#[tokio::test(flavor = "multi_thread")]
async fn every_moment_shows_what_was_there_across_restarts_and_snapshots() {
    let mut weft = Weft::start_with(Store::sqlite(), &["--limit-idle-ms", "10"]).await;
    let replica = Replica::default();
    for n in 0..12 {
        post(&weft, &replica.append(&format!("{n} "))).await;
        if n % 4 == 3 {
            // An orderly end stores a snapshot, and the next writer starts at 1.
            weft.stop().await;
            weft.launch_again().await;
        }
    }
    let film = frames(&bytes(&weft, "/replay").await);
    assert_eq!(film.len(), 12);
    let oracle = Replica::default();
    for (n, (at_ms, author, update)) in film.iter().enumerate() {
        oracle.merge(update);
        assert_eq!(author, "");
        let is_last_of_its_ms = film.get(n + 1).is_none_or(|next| next.0 > *at_ms);
        if is_last_of_its_ms {
            let answer = ask(&weft, &format!("GET /history/{at_ms}"), None, "").await;
            assert_eq!(text_of(&answer.body), oracle.text(), "at {at_ms}");
            let head = answer.head.to_lowercase();
            assert!(head.contains(&format!("weft-moment: {at_ms}")), "{head}");
        }
    }
    assert_eq!(oracle.text(), replica.text());
    assert_eq!(text_of(&bytes(&weft, "/history/2999-01-01T00:00:00Z").await), replica.text());
    assert_eq!(bytes(&weft, "/history/0").await, [0, 0]);
    // From a moment on: the state there, then what followed.
    let middle = film[5].0;
    let rest = frames(&bytes(&weft, &format!("/replay?from={middle}")).await);
    assert_eq!(rest[0].0, middle);
    assert_eq!(rest.len(), 1 + film.iter().filter(|frame| frame.0 > middle).count());
    let copy = Replica::default();
    rest.iter().for_each(|frame| copy.merge(&frame.2));
    assert_eq!(copy.text(), replica.text());
    let until = frames(&bytes(&weft, &format!("/replay?to={middle}")).await);
    assert_eq!(until.len(), film.iter().filter(|frame| frame.0 <= middle).count());
}

/// [T3]
#[tokio::test(flavor = "multi_thread")]
async fn edits_are_listed_as_bursts() {
    let weft = Weft::start(Store::sqlite()).await;
    let replica = Replica::default();
    let mut sent = 0;
    for n in 0..5 {
        let update = replica.append(&n.to_string());
        sent += update.len();
        post(&weft, &update).await;
    }
    let view = json(&weft, "/history").await;
    let group = &view["groups"][0];
    assert_eq!((view["groups"].as_array().map(Vec::len), &view["next"]), (Some(1), &serde_json::Value::Null));
    assert_eq!((group["updates"].as_u64(), group["bytes"].as_u64()), (Some(5), Some(sent as u64)));
    assert_eq!((&group["from_ms"], &group["to_ms"]), (&view["first_ms"], &view["last_ms"]));
    assert_eq!(group["authors"][0]["updates"], 5);
    let last_ms = view["last_ms"].as_i64().expect("a time");
    let later = json(&weft, &format!("/history?from={}", last_ms + 1)).await;
    assert_eq!(later["groups"].as_array().map(Vec::len), Some(0));
    let part = json(&weft, &format!("/history?from={last_ms}&to={last_ms}")).await;
    assert_eq!(part["groups"][0]["to_ms"], last_ms);
}
