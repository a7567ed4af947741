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

async fn link(weft: &Weft, bearer: &str, line: &str, body: &str) -> (u16, serde_json::Value) {
    let bearer = format!("Bearer {bearer}");
    let headers = [("Authorization", bearer.as_str())];
    let answer = http::request(weft.address(), line, &headers, body).await.expect("an answer");
    (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
}

const LINKS: &str = "POST /api/documents/notes/links";
const LIST: &str = "GET /api/documents/notes/links";

/// [X10]
#[tokio::test(flavor = "multi_thread")]
async fn links_are_listed_for_those_who_may_share_until_they_are_taken_back() {
    let weft = closed().await;
    let mut mine = claims("ada", &NOTES, 3_600);
    mine["name"] = "Ada Lovelace".into();
    let ada = mint_json(mine);
    let mut made = Vec::new();
    for role in ["read", "comment", "write"] {
        let (status, link_made) = link(&weft, &ada, LINKS, &json!({ "access": role }).to_string()).await;
        assert_eq!(status, 201);
        made.push(link_made);
    }
    let (status, seen) = link(&weft, &token("bob", &NOTES), LIST, "").await;
    assert_eq!((status, seen["links"].as_array().map(Vec::len)), (200, Some(3)));
    assert!(
        !seen.to_string().contains("token"),
        "who did not make a link gets nothing that opens by it: {seen}"
    );
    let (_, all) = link(&weft, &token("root", &[("notes", "admin")]), LIST, "").await;
    let (_, list) = link(&weft, &ada, LIST, "").await;
    assert_eq!(all, list, "an administrator is shown what its maker is");
    let links = list["links"].as_array().expect("a list");
    let field = |field: &str| links.iter().map(|one| one[field].clone()).collect::<Vec<_>>();
    made.reverse();
    let by_time = |name: &str| {
        let mut all = made.iter().map(|one| one[name].to_string()).collect::<Vec<_>>();
        all.sort();
        all
    };
    for name in ["id", "token", "path", "expires"] {
        let mut found = field(name).iter().map(ToString::to_string).collect::<Vec<_>>();
        found.sort();
        assert_eq!(found, by_time(name), "{name}");
    }
    assert_eq!(field("made_by"), vec![json!({ "user": "ada", "name": "Ada Lovelace" }); 3]);
    assert_eq!(link(&weft, &token("eve", &[("notes", "comment")]), LIST, "").await.0, 403);
    let (_, elsewhere) =
        link(&weft, &token("bob", &[("x", "write")]), "GET /api/documents/x/links", "").await;
    assert_eq!(elsewhere, json!({ "links": [] }));
    let id = links[0]["id"].as_str().expect("an id").to_owned();
    let line = format!("DELETE /api/documents/notes/links/{id}");
    assert_eq!(link(&weft, &ada, &line, "").await.0, 204);
    let (_, list) = link(&weft, &ada, LIST, "").await;
    assert_eq!(list["links"].as_array().expect("a list").len(), 2);
    assert!(!list.to_string().contains(&id));
}

/// [X10]
#[tokio::test(flavor = "multi_thread")]
async fn a_link_makes_no_links_and_no_link_outlives_who_made_it() {
    let weft = closed().await;
    let far = json!({ "access": "write", "expires": "2036-01-01T00:00:00Z" }).to_string();
    let write = json!({ "access": "write" }).to_string();
    assert_eq!(link(&weft, &token("ada", &NOTES), LINKS, &far).await.0, 400, "ten years");
    let (_, made) = link(&weft, &token("ada", &NOTES), LINKS, &write).await;
    let guest = made["token"].as_str().expect("a token").to_owned();
    assert_eq!(link(&weft, &guest, LINKS, &write).await.0, 403, "by a link");
    assert_eq!(link(&weft, &guest, LIST, "").await.0, 403, "by a link");
    let mut nobody = claims("", &NOTES, 60);
    nobody["jti"] = "parent".into();
    let nobody = mint_json(nobody);
    let (_, child) = link(&weft, &nobody, LINKS, &write).await;
    let (_, listed) = link(&weft, &nobody, LIST, "").await;
    assert!(listed["links"][0]["token"].is_null(), "who is nobody is shown no tokens: {listed}");
    let child = child["token"].as_str().expect("a token").to_owned();
    assert!(token_end(&child) <= token_end(&nobody), "no longer than its maker");
    state(&mut open(weft.address(), "notes", &child).await).await;
    for (subject, gone) in [(json!({ "token": "parent" }), &child), (json!({ "user": "ada" }), &guest)] {
        let mut reader = open(weft.address(), "notes", gone).await;
        state(&mut reader).await;
        assert_eq!(revoke(&weft, subject).await, 204);
        assert_eq!(reader.end(SOON).await.expect("a close frame").0, 4401);
    }
    let (_, list) = link(&weft, &token("bob", &NOTES), LIST, "").await;
    assert_eq!(list, json!({ "links": [] }), "what opens nothing is not listed");
}

/// [X10] [R3]
#[tokio::test(flavor = "multi_thread")]
async fn a_document_has_so_many_links() {
    let options = [&CLOSED[..], &["--limit-links-per-document", "2"]].concat();
    let weft = Weft::start_with(Store::sqlite(), &options).await;
    let ada = token("ada", &NOTES);
    let read = json!({ "access": "read" }).to_string();
    let (_, first) = link(&weft, &ada, LINKS, &read).await;
    assert_eq!(link(&weft, &ada, LINKS, &read).await.0, 201);
    let (status, problem) = link(&weft, &ada, LINKS, &read).await;
    assert_eq!((status, problem["detail"].to_string().contains("at most 2 links")), (413, true), "{problem}");
    let line = format!("DELETE /api/documents/notes/links/{}", first["id"].as_str().expect("an id"));
    assert_eq!(link(&weft, &ada, &line, "").await.0, 204);
    assert_eq!(link(&weft, &ada, LINKS, &read).await.0, 201);
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
