//! Who stands behind client ids.

use serde_json::Value;
use weft_tests::frames::{self, Message};
use weft_tests::socket::Socket;
use weft_tests::store::Store;
use weft_tests::token::{CLOSED, token};
use weft_tests::wait::{SOON, until};
use weft_tests::weft::Weft;
use yrs::{Doc, GetString, ReadTxn, StateVector, Text, Transact};

use super::{ask, frames as film};

const NAME: &str = "team/notes";

async fn join(weft: &Weft, user: &str) -> Socket {
    let token = token(user, &[(NAME, "write")]);
    let path = format!("/sync/{NAME}?ack=1&token={token}");
    Socket::open(weft.address(), &path).await.expect("the server upgrades")
}

async fn send(socket: &mut Socket, frame: Vec<u8>) {
    socket.send(frame).await.expect("the socket is open");
}

async fn sent(socket: &mut Socket, update: &[u8]) {
    send(socket, frames::update(update)).await;
    socket.find(|message| matches!(message, Message::Ack(_)).then_some(())).await;
}

/// Writes as `client` on top of `state`, and returns the edit.
fn write(client: u64, state: &[u8], words: &str) -> Vec<u8> {
    use yrs::updates::decoder::Decode;
    let doc = Doc::with_client_id(client);
    let text = doc.get_or_insert_text("text");
    let mut txn = doc.transact_mut();
    txn.apply_update(yrs::Update::decode_v1(state).expect("a state")).expect("a state");
    drop(txn);
    let before = doc.transact().state_vector();
    text.push(&mut doc.transact_mut(), words);
    assert!(text.get_string(&doc.transact()).ends_with(words));
    doc.transact().encode_diff_v1(&before)
}

async fn authors(weft: &Weft) -> Vec<Value> {
    let reader = token("reader", &[(NAME, "read")]);
    let answer = ask(weft, "GET /authors", Some(&reader), "").await;
    let view: Value = serde_json::from_slice(&answer.body).expect("JSON");
    view["authors"].as_array().expect("a list").clone()
}

/// [T5] [T6]
#[tokio::test(flavor = "multi_thread")]
async fn forging_the_client_id_of_another_changes_no_ones_attribution() {
    let mut weft = Weft::start_with(Store::sqlite(), &CLOSED).await;
    let mut ada = join(&weft, "ada").await;
    let shown = r##"{"user":{"id":"x","name":"Somebody else","color":"#2563eb"}}"##;
    send(&mut ada, frames::awareness(&frames::awareness_of(7, 1, shown))).await;
    let first = write(7, &[0, 0], "by ada");
    sent(&mut ada, &first).await;
    let mut eve = join(&weft, "eve").await;
    let forged = write(7, &first, ", and by eve as ada");
    sent(&mut eve, &forged).await;
    let own = write(9, &first, ", by eve");
    sent(&mut eve, &own).await;
    until("both authors", SOON, async || authors(&weft).await.len() == 2).await;
    let found = authors(&weft).await;
    assert_eq!(
        (&found[0]["client"], &found[0]["user"], &found[0]["name"]),
        (&7.into(), &"ada".into(), &"ada".into())
    );
    assert_eq!(found[0]["color"], "#2563eb", "what the session announced");
    assert_eq!((&found[1]["client"], &found[1]["user"]), (&9.into(), &"eve".into()));
    // After a restart eve is the first whom this process sees with the id.
    weft.stop().await;
    weft.launch_again().await;
    let mut eve = join(&weft, "eve").await;
    let doc = Doc::new();
    let text = doc.get_or_insert_text("text");
    for update in [&first, &forged, &own] {
        use yrs::updates::decoder::Decode;
        doc.transact_mut().apply_update(yrs::Update::decode_v1(update).expect("ours")).expect("ours");
    }
    let state = doc.transact().encode_diff_v1(&StateVector::default());
    sent(&mut eve, &write(7, &state, ", again")).await;
    assert!(text.get_string(&doc.transact()).starts_with("by ada"));
    let again = authors(&weft).await;
    assert_eq!((again.len(), &again[0]["user"]), (2, &"ada".into()));
    // Every update is its user's, whatever it says.
    let reader = token("reader", &[(NAME, "read")]);
    let answer = ask(&weft, "GET /replay", Some(&reader), "").await;
    let users: Vec<_> = film(&answer.body).into_iter().map(|frame| frame.1).collect();
    assert_eq!(users, ["ada", "eve", "eve", "eve"]);
    let answer = ask(&weft, "GET /history", Some(&reader), "").await;
    let view: Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!(view["groups"][0]["authors"][0]["user"], "ada");
    assert_eq!(view["groups"][0]["authors"][1]["updates"], 3);
}

/// [T6]
#[tokio::test(flavor = "multi_thread")]
async fn who_brought_a_client_id_is_known_although_the_server_was_killed_before_it_was_stored() {
    let mut weft = Weft::start_with(Store::sqlite(), &CLOSED).await;
    let mut ada = join(&weft, "ada").await;
    sent(&mut ada, &write(7, &[0, 0], "by ada")).await;
    weft.kill().await;
    weft.launch_again().await;
    let _anybody = join(&weft, "bob").await;
    until("the author", SOON, async || !authors(&weft).await.is_empty()).await;
    assert_eq!(authors(&weft).await[0]["user"], "ada");
}
