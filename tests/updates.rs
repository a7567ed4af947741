//! A document read and changed by requests.

use weft_tests::client::Client;
use weft_tests::http::{self, Answer};
use weft_tests::replica::Replica;
use weft_tests::store::Store;
use weft_tests::token::base64_url;
use weft_tests::weft::Weft;

const UPDATE: &str = "/api/documents/team%2Fnotes/update";

async fn get(weft: &Weft, query: &str) -> Vec<u8> {
    let answer = http::fetch(weft.address(), &format!("{UPDATE}{query}")).await.expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.head);
    answer.body
}

async fn post(weft: &Weft, headers: &[(&str, &str)], update: &[u8]) -> Answer {
    http::send(weft.address(), &format!("POST {UPDATE}"), headers, update).await.expect("an answer")
}

/// [W9] [D1]
#[tokio::test(flavor = "multi_thread")]
async fn a_request_changes_what_everybody_has_and_is_answered_when_it_is_committed() {
    let mut weft = Weft::start(Store::sqlite()).await;
    let mut client = Client::join(weft.address(), "team/notes").await;
    let replica = Replica::default();
    assert_eq!(post(&weft, &[], &replica.append("from a server")).await.status, 204);
    client.until("the edit", |client| client.text() == "from a server").await;
    weft.kill().await;
    weft.launch_again().await;
    let copy = Replica::default();
    copy.merge(&get(&weft, "").await);
    assert_eq!(copy.text(), "from a server");
    assert_eq!(post(&weft, &[], &replica.append("!")).await.status, 204);
    let since = base64_url(&copy.state_vector());
    copy.merge(&get(&weft, &format!("?since={since}")).await);
    assert_eq!(copy.text(), "from a server!");
}

/// [W9] [H2]
#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_no_updates_are_refused_with_a_reason_and_change_nothing() {
    let weft = Weft::start_with(Store::sqlite(), &["--limit-frame-bytes", "50000"]).await;
    let replica = Replica::default();
    replica.append("first");
    let second = replica.append("second");
    let bomb = [("Content-Encoding", "gzip")];
    let many = vec![0; 50_001];
    for (headers, body, status, what) in [
        (&[][..], &b"no update"[..], 400, ""),
        (&[], b"", 400, ""),
        (&[], &second, 409, "builds on others"),
        (&bomb, b"\x1f\x8b\x08\x00", 415, "Content-Encoding"),
        (&[], &many, 413, "50000"),
    ] {
        let answer = post(&weft, headers, body).await;
        let text = String::from_utf8_lossy(&answer.body);
        assert_eq!(answer.status, status, "{text}");
        assert!(answer.head.contains("application/problem+json") && text.contains(what), "{text}");
    }
    let answer = http::fetch(weft.address(), &format!("{UPDATE}?since=%21%21")).await.expect("an answer");
    assert_eq!(answer.status, 400);
    assert_eq!(get(&weft, "").await, [0, 0]);
}
