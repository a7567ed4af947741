//! Tokens that end, are renewed or revoked while their session lives.

use serde_json::json;
use weft_tests::frames::{self, Message};
use weft_tests::http;
use weft_tests::replica::Replica;
use weft_tests::store::Store;
use weft_tests::token::{CLOSED, claims, mint_json, now, token};
use weft_tests::wait::SOON;
use weft_tests::weft::Weft;

use super::{ack, closed, notice, open, send, state};

const NOTES: [(&str, &str); 1] = [("notes", "write")];

/// [X3]
#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_its_token_does_and_one_with_a_fresh_token_goes_on() {
    let weft = closed().await;
    let brief = mint_json(claims("ada", &NOTES, 6));
    let mut ends = open(weft.address(), "notes", &brief).await;
    let mut stays = open(weft.address(), "notes", &brief).await;
    let mut other = open(weft.address(), "notes", &token("bob", &NOTES)).await;
    state(&mut ends).await;
    send(&mut stays, frames::token(&token("ada", &NOTES))).await;
    let (code, why) = ends.end(SOON).await.expect("a close frame");
    assert_eq!((code, why.contains("expired")), (4401, true), "{why}");
    assert!(now() + 1 >= token_end(&brief), "not before its end");
    send(&mut stays, frames::update(&Replica::default().append("still here"))).await;
    assert_eq!(ack(&mut stays).await, 1);
    other.find(|message| matches!(message, Message::Update(_)).then_some(())).await;
}

fn token_end(token: &str) -> u64 {
    let claims = jsonwebtoken::dangerous::insecure_decode_claims::<serde_json::Value>(token);
    let end = claims.expect("claims")["exp"].to_string();
    end.split('.').next().and_then(|whole| whole.parse().ok()).expect("a number of seconds")
}

/// [X3]
#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_token_must_be_good_and_the_same_users() {
    let weft = closed().await;
    let mine = token("ada", &NOTES);
    for (fresh, code) in [
        (token("bob", &NOTES), 4401),
        ("nonsense".to_owned(), 4401),
        (token("ada", &[("other", "write")]), 4403),
    ] {
        let mut socket = open(weft.address(), "notes", &mine).await;
        state(&mut socket).await;
        send(&mut socket, frames::token(&fresh)).await;
        assert_eq!(socket.end(SOON).await.expect("a close frame").0, code);
    }
    let mut socket = open(weft.address(), "notes", &mine).await;
    send(&mut socket, frames::token(&token("ada", &[("no*", "read")]))).await;
    assert_eq!(notice(&mut socket).await, r#"{"readonly":true}"#);
}

/// [X4]
#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_user_is_out_at_once_and_comes_back_with_a_newer_token() {
    let mut weft = closed().await;
    let mut mine = claims("ada", &NOTES, 3_600);
    mine["iat"] = (now() - 10).into();
    let old = mint_json(mine);
    let mut socket = open(weft.address(), "notes", &old).await;
    let mut bob = open(weft.address(), "notes", &token("bob", &NOTES)).await;
    state(&mut socket).await;
    assert_eq!(revoke(&weft, json!({ "user": "ada" })).await, 204);
    let (code, why) = socket.end(SOON).await.expect("a close frame");
    assert_eq!((code, why.contains("revoked")), (4401, true), "{why}");
    state(&mut bob).await;
    for _ in 0..2 {
        let mut again = open(weft.address(), "notes", &old).await;
        assert_eq!(again.end(SOON).await.expect("a close frame").0, 4401);
        weft.kill().await;
        weft.launch_again().await;
    }
    let mut fresh = claims("ada", &NOTES, 3_600);
    fresh["iat"] = (now() + 5).into();
    state(&mut open(weft.address(), "notes", &mint_json(fresh)).await).await;
}

/// [X4]
#[tokio::test(flavor = "multi_thread")]
async fn a_share_link_opens_one_document_until_it_is_taken_back() {
    let weft = closed().await;
    let writer = format!("Bearer {}", token("ada", &NOTES));
    let headers = [("Authorization", writer.as_str())];
    let made =
        http::request(weft.address(), "POST /api/documents/notes/links", &headers, r#"{"access":"read"}"#);
    let made = made.await.expect("an answer");
    assert_eq!(made.status, 201);
    let link: serde_json::Value = serde_json::from_slice(&made.body).expect("JSON");
    let token = link["token"].as_str().expect("a token").to_owned();
    assert_eq!(link["path"], format!("/d/notes?token={token}"));
    let mut reader = open(weft.address(), "notes", &token).await;
    assert_eq!(notice(&mut reader).await, r#"{"readonly":true}"#);
    let mut elsewhere = open(weft.address(), "notes2", &token).await;
    assert_eq!(elsewhere.end(SOON).await.expect("a close frame").0, 4403);
    let id = link["id"].as_str().expect("an id");
    let line = format!("DELETE /api/documents/notes/links/{}x", &id[1..]);
    let other = http::request(weft.address(), &line, &headers, "");
    assert_eq!(other.await.expect("an answer").status, 404, "another document's link");
    let line = format!("DELETE /api/documents/notes/links/{id}");
    assert_eq!(http::request(weft.address(), &line, &headers, "").await.expect("an answer").status, 204);
    assert_eq!(reader.end(SOON).await.expect("a close frame").0, 4401);
}

/// [X4]
#[tokio::test(flavor = "multi_thread")]
async fn what_one_server_revokes_ends_sessions_of_another_on_the_same_database() {
    let url = weft_tests::postgres::fresh_database();
    let start = async || Weft::start_with(Store::at(url.clone()), &CLOSED).await;
    let (one, other) = (start().await, start().await);
    let mut socket = open(other.address(), "notes", &token("ada", &NOTES)).await;
    state(&mut socket).await;
    assert_eq!(revoke(&one, json!({ "user": "ada" })).await, 204);
    let (code, why) = socket.end(SOON).await.expect("a close frame");
    assert_eq!((code, why.contains("revoked")), (4401, true), "{why}");
}

async fn revoke(weft: &Weft, what: serde_json::Value) -> u16 {
    let admin = format!("Bearer {}", token("root", &[("*", "admin")]));
    let headers = [("Authorization", admin.as_str())];
    let body = what.to_string();
    let asked = http::request(weft.address(), "POST /api/revocations", &headers, &body);
    asked.await.expect("an answer").status
}
