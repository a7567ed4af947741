//! Every role against every message and every route.

use serde_json::json;
use weft_tests::frames::{self, Message};
use weft_tests::http;
use weft_tests::replica::Replica;
use weft_tests::socket::{Arrival, Socket};
use weft_tests::token::token;
use weft_tests::wait::SOON;
use weft_tests::weft::Weft;

use super::{ack, closed, notice, open, send, state};

/// The roles, and last a token that names other documents only.
const ROLES: [&str; 5] = ["read", "comment", "write", "admin", "none"];

/// What happens to a message: one word for each of [`ROLES`].
const MESSAGES: [(&str, [&str; 5]); 9] = [
    ("join", ["told readonly", "told readonly", "served", "served", "4403"]),
    ("SyncStep1", ["answered", "answered", "answered", "answered", "4403"]),
    ("SyncStep2, empty", ["acked", "acked", "acked", "acked", "4403"]),
    ("SyncStep2", ["refused", "refused", "applied", "applied", "4403"]),
    ("Update", ["refused", "refused", "applied", "applied", "4403"]),
    ("Update of chat", ["refused", "applied", "applied", "applied", "4403"]),
    ("Update, known", ["acked", "acked", "acked", "acked", "4403"]),
    ("Awareness", ["seen", "seen", "seen", "seen", "4403"]),
    ("QueryAwareness", ["answered", "answered", "answered", "answered", "4403"]),
];

/// What a route answers: one status for each of [`ROLES`], and last for no token at all.
const ROUTES: [(&str, &str, [u16; 6]); 38] = [
    ("GET /healthz", "", [200, 200, 200, 200, 200, 200]),
    ("GET /readyz", "", [200, 200, 200, 200, 200, 200]),
    ("GET /api/documents", "", [200, 200, 200, 200, 200, 401]),
    ("POST /api/documents", r#"{"name":"fresh-ROLE"}"#, [403, 403, 201, 201, 403, 401]),
    ("GET /api/documents/matrix", "", [200, 200, 200, 200, 403, 401]),
    ("GET /api/documents/matrix/update", "", [200, 200, 200, 200, 403, 401]),
    // Not an update: who may write learns that, nobody else.
    ("POST /api/documents/matrix/update", "?", [403, 403, 400, 400, 403, 401]),
    ("GET /api/documents/matrix/preview", "", [200, 200, 200, 200, 403, 401]),
    ("GET /api/documents/matrix/presence", "", [200, 200, 200, 200, 403, 401]),
    // No image: who may write learns that, nobody else.
    ("POST /api/documents/matrix/blobs", "?", [403, 403, 415, 415, 403, 401]),
    ("POST /api/documents/matrix/blobs", "GIF89aROLE", [403, 403, 201, 201, 403, 401]),
    (IMAGE, "", [404, 404, 404, 404, 403, 401]),
    ("GET /api/documents/matrix/blobs/matrix", "", [400, 400, 400, 400, 400, 401]),
    ("GET /api/documents/matrix/history", "", [200, 200, 200, 200, 403, 401]),
    ("GET /api/documents/matrix/history/0", "", [200, 200, 200, 200, 403, 401]),
    ("GET /api/documents/matrix/replay", "", [200, 200, 200, 200, 403, 401]),
    ("GET /api/documents/matrix/authors", "", [200, 200, 200, 200, 403, 401]),
    ("GET /api/documents/matrix/versions?auto=1", "", [200, 200, 200, 200, 403, 401]),
    ("POST /api/documents/matrix/versions", r#"{"label":"by ROLE"}"#, [403, 403, 201, 201, 403, 401]),
    // By the writer: the first number.
    ("GET /api/documents/matrix/history/named-1", "", [200, 200, 200, 200, 403, 401]),
    ("PATCH /api/documents/matrix/versions/named-1", r#"{"label":"x"}"#, [403, 403, 200, 200, 403, 401]),
    // By the admin: nobody else's to take away.
    ("DELETE /api/documents/matrix/versions/named-2", "", [403, 403, 403, 204, 403, 401]),
    ("DELETE /api/documents/matrix/versions/named-1", "", [403, 403, 204, 404, 403, 401]),
    // What is there now: nobody sees a difference.
    ("POST /api/documents/matrix/versions/auto-9999999999999/restore", "", [403, 403, 200, 200, 403, 401]),
    ("GET /api/documents/nowhere/history", "", [403, 403, 403, 403, 403, 401]),
    ("PATCH /api/documents/matrix/versions/auto-1", r#"{"label":"x"}"#, [400, 400, 400, 400, 400, 401]),
    ("GET /metrics", "", [403, 403, 403, 403, 403, 401]),
    ("PATCH /api/documents/matrix", r#"{"title":"M"}"#, [403, 403, 200, 200, 403, 401]),
    ("PATCH /api/documents/matrix", r#"{"kind":"whiteboard"}"#, [403, 403, 200, 200, 403, 401]),
    ("PATCH /api/documents/matrix", "{}", [403, 403, 400, 400, 403, 401]),
    ("POST /api/documents/matrix/links", r#"{"access":"read"}"#, [403, 403, 201, 201, 403, 401]),
    ("POST /api/documents/matrix/links", r#"{"access":"write"}"#, [403, 403, 201, 201, 403, 401]),
    ("POST /api/documents/matrix/links", r#"{"access":"admin"}"#, [403, 403, 403, 400, 403, 401]),
    ("GET /api/documents/matrix/links", "", [403, 403, 200, 200, 403, 401]),
    ("DELETE /api/documents/matrix/links/link-0-a", "", [403, 403, 404, 404, 403, 401]),
    ("POST /api/revocations", r#"{"user":"nobody"}"#, [403, 403, 403, 403, 403, 401]),
    ("DELETE /api/documents/matrix", "", [403, 403, 403, 204, 403, 401]),
    ("POST /api/documents/matrix/undelete", "", [403, 403, 403, 204, 403, 401]),
];

const IMAGE: &str =
    "GET /api/documents/matrix/blobs/0000000000000000000000000000000000000000000000000000000000000000";

fn token_of(role: &str) -> String {
    match role {
        "none" => token("none", &[("elsewhere", "admin")]),
        role => token(role, &[("matrix", role), ("fresh-*", role)]),
    }
}

/// [X1] [X2]
#[tokio::test(flavor = "multi_thread")]
async fn every_role_with_every_message() {
    let weft = closed().await;
    let mut owner = open(weft.address(), "matrix", &token_of("admin")).await;
    let known = Replica::default().append("known");
    send(&mut owner, frames::update(&known)).await;
    ack(&mut owner).await;
    println!("{:18}{}", "", ROLES.map(|role| format!("{role:15}")).concat());
    for (message, expected) in MESSAGES {
        let mut found = Vec::new();
        for role in ROLES {
            found.push(becomes(&weft, &mut owner, &known, (role, message)).await);
        }
        println!("{message:18}{}", found.iter().map(|word| format!("{word:15}")).collect::<String>());
        assert_eq!(found, expected, "{message}");
    }
}

/// What becomes of a message sent with a role.
async fn becomes(weft: &Weft, owner: &mut Socket, known: &[u8], (role, message): (&str, &str)) -> String {
    let mut socket = open(weft.address(), "matrix", &token_of(role)).await;
    if role == "none" {
        return socket.end(SOON).await.map_or("ended".to_owned(), |(code, _)| code.to_string());
    }
    let fresh = Replica::default().append(&format!("{message} by {role}"));
    match message {
        "join" => match socket.message().await {
            Message::Notice(text) if text.starts_with(r#"{"readonly":true"#) => {
                assert_eq!(text.contains("comment"), role == "comment", "{text}");
                "told readonly".to_owned()
            }
            Message::Step1(_) => "served".to_owned(),
            other => format!("{other:?}"),
        },
        "SyncStep1" => {
            assert!(!state(&mut socket).await.is_empty());
            "answered".to_owned()
        }
        "SyncStep2, empty" => acked(&mut socket, frames::step2(&frames::EMPTY_UPDATE)).await,
        "Update, known" => acked(&mut socket, frames::update(known)).await,
        "SyncStep2" => taken(owner, &mut socket, frames::step2(&fresh)).await,
        "Update of chat" => taken(owner, &mut socket, frames::update(&said(role))).await,
        "Update" => taken(owner, &mut socket, frames::update(&fresh)).await,
        "Awareness" => {
            let id = 1_000 + role.len() as u64;
            send(&mut socket, frames::awareness(&frames::awareness_of(id, 1, r#"{"user":1}"#))).await;
            owner.find(|message| announces(message, id)).await;
            "seen".to_owned()
        }
        "QueryAwareness" => {
            send(&mut socket, frames::QUERY_AWARENESS.to_vec()).await;
            socket.find(|message| matches!(message, Message::Awareness(_)).then_some(())).await;
            "answered".to_owned()
        }
        other => panic!("{other} is not sent"),
    }
}

/// A message in a chat.
fn said(by: &str) -> Vec<u8> {
    use yrs::{Doc, Map, Transact};
    let doc = Doc::new();
    let chat = doc.get_or_insert_map("chat");
    let mut txn = doc.transact_mut();
    chat.insert(&mut txn, by, "hello");
    txn.encode_update_v1()
}

fn announces(message: &Message, id: u64) -> Option<()> {
    let Message::Awareness(payload) = message else { return None };
    frames::decode_awareness(payload).iter().any(|one| one.client == id).then_some(())
}

async fn acked(socket: &mut Socket, frame: Vec<u8>) -> String {
    send(socket, frame).await;
    assert_eq!(ack(socket).await, 1);
    "acked".to_owned()
}

/// Sends new content and tells whether it was taken, by what the sender hears and by what everybody else has.
async fn taken(owner: &mut Socket, socket: &mut Socket, frame: Vec<u8>) -> String {
    let before = state(owner).await;
    send(socket, frame).await;
    let word = loop {
        match socket.message().await {
            Message::Ack(1) => break "applied",
            Message::Notice(text) if text.contains("refused") => {
                assert!(text.contains(r#""frame":1"#), "{text}");
                break "refused";
            }
            Message::Ack(n) => panic!("ack {n}"),
            _ => {}
        }
    };
    // Still served, and nothing but the refusal came.
    state(socket).await;
    assert_eq!(state(owner).await == before, word == "refused", "{word}");
    word.to_owned()
}

/// [X1] [X2]
#[tokio::test(flavor = "multi_thread")]
async fn every_role_with_every_route() {
    let weft = closed().await;
    for name in ["matrix", "unlisted"] {
        let body = json!({ "name": name }).to_string();
        let admin = token("owner", &[("*", "admin")]);
        assert_eq!(ask(&weft, "POST /api/documents", Some(&admin), &body).await.status, 201);
    }
    for (route, body, expected) in ROUTES {
        for (role, status) in ROLES.iter().map(|role| Some(*role)).chain([None]).zip(expected) {
            let token = role.map(token_of);
            let body = body.replace("ROLE", role.unwrap_or("nobody"));
            let answer = ask(&weft, route, token.as_deref(), &body).await;
            assert_eq!(answer.status, status, "{route} {body} as {role:?}: {}", text(&answer));
            if status >= 400 {
                assert!(answer.head.contains("application/problem+json"), "{}", answer.head);
            }
        }
    }
}

/// [X1]
#[tokio::test(flavor = "multi_thread")]
async fn pages_are_for_everybody_and_hold_nothing() {
    let weft = closed().await;
    let admin = token("owner", &[("*", "admin")]);
    for page in ["GET /", "GET /d/matrix"] {
        let (open, closed) = (ask(&weft, page, Some(&admin), "").await, ask(&weft, page, None, "").await);
        // A server that was built without pages has none for anybody.
        assert!([200, 404].contains(&closed.status), "{}", closed.head);
        assert_eq!((open.status, open.body), (closed.status, closed.body), "{page}");
    }
}

/// [X1]
#[tokio::test(flavor = "multi_thread")]
async fn a_list_has_only_what_its_token_opens() {
    let weft = closed().await;
    let admin = token("owner", &[("*", "admin")]);
    for n in 0..120 {
        let name = if n == 7 { "mine".to_owned() } else { format!("theirs-{n}") };
        let body = json!({ "name": name }).to_string();
        assert_eq!(ask(&weft, "POST /api/documents", Some(&admin), &body).await.status, 201);
    }
    let answer = ask(&weft, "GET /api/documents", Some(&token("ada", &[("mine", "read")])), "").await;
    let list: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
    let names: Vec<_> =
        list["documents"].as_array().expect("a list").iter().map(|row| &row["name"]).collect();
    assert_eq!(names, ["mine"], "found although pages of others come before it");
}

/// [X2] [W5]
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_may_write_later_is_asked_for_what_was_refused() {
    let weft = closed().await;
    let replica = Replica::default();
    let mut socket = open(weft.address(), "later", &token("ada", &[("later", "read")])).await;
    assert_eq!(notice(&mut socket).await, r#"{"readonly":true}"#);
    send(&mut socket, frames::update(&replica.append("kept "))).await;
    assert!(notice(&mut socket).await.contains("your access is read"));
    send(&mut socket, frames::update(&replica.append("by its client"))).await;
    assert!(notice(&mut socket).await.contains(r#""frame":2"#));
    send(&mut socket, frames::token(&token("ada", &[("later", "write")]))).await;
    assert_eq!(notice(&mut socket).await, r#"{"readonly":false}"#);
    let asked =
        socket.find(|message| if let Message::Step1(has) = message { Some(has.clone()) } else { None });
    let answer = frames::step2(&replica.diff(&asked.await));
    send(&mut socket, answer).await;
    assert_eq!(ack(&mut socket).await, 3, "the reply has what the refused frames had");
    let mut other = open(weft.address(), "later", &token("bob", &[("*", "read")])).await;
    let copy = Replica::default();
    copy.merge(&state(&mut other).await);
    assert_eq!(copy.text(), "kept by its client");
    send(&mut socket, frames::token(&token("ada", &[("later", "read")]))).await;
    assert_eq!(notice(&mut socket).await, r#"{"readonly":true}"#);
    send(&mut socket, frames::update(&replica.append("!"))).await;
    assert!(notice(&mut socket).await.contains("refused"));
    assert!(
        socket.arrival(std::time::Duration::ZERO).await.is_none_or(|last| !matches!(last, Arrival::Ended(_)))
    );
}

async fn ask(weft: &Weft, line: &str, token: Option<&str>, body: &str) -> http::Answer {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<_> = bearer.iter().map(|bearer| ("Authorization", bearer.as_str())).collect();
    http::request(weft.address(), line, &headers, body).await.expect("an answer")
}

fn text(answer: &http::Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}
