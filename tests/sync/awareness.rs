//! Cursors and names: who is told what about whom.

use std::time::Duration;

use tokio::time::Instant;
use weft_tests::frames::{self, Message, Presence};
use weft_tests::socket::{Arrival, Socket};
use weft_tests::store::Store;
use weft_tests::wait::SOON;
use weft_tests::weft::Weft;

use crate::{contains, open, open_in_step, send};

const SILENCE_LIMIT: Duration = Duration::from_secs(20);
const IDS_OF_A_SESSION_MAX: usize = 64;

/// Announces a client with a name.
async fn announce(socket: &mut Socket, client: u64, clock: u64, name: &str) {
    let state = format!(r#"{{"user":{{"name":"{name}"}}}}"#);
    send(socket, frames::awareness(&frames::awareness_of(client, clock, &state))).await;
}

/// Waits until the socket is told what `wanted` accepts about `client`.
async fn told(socket: &mut Socket, client: u64, wanted: impl Fn(&Presence) -> bool) -> Presence {
    let found = |message: &Message| {
        let Message::Awareness(payload) = message else { return None };
        frames::decode_awareness(payload).into_iter().find(|entry| entry.client == client && wanted(entry))
    };
    socket.find(found).await
}

/// [A1]
#[tokio::test]
async fn awareness_reaches_everybody_its_sender_included() {
    let weft = Weft::start(Store::sqlite()).await;
    let (mut ada, mut bob) =
        (open_in_step(&weft, "/sync/here").await, open_in_step(&weft, "/sync/here").await);
    let state = frames::awareness_of(77, 1, r#"{"user":{"name":"Ada"}}"#);
    send(&mut ada, frames::awareness(&state)).await;
    for socket in [&mut ada, &mut bob] {
        socket
            .find(|message| {
                matches!(message, Message::Awareness(seen) if contains(seen, b"Ada")).then_some(())
            })
            .await;
    }
}

/// [A1]
#[tokio::test]
async fn a_query_is_answered_with_everybodys_awareness() {
    let weft = Weft::start(Store::sqlite()).await;
    let (mut ada, mut bob) =
        (open_in_step(&weft, "/sync/query").await, open_in_step(&weft, "/sync/query").await);
    send(&mut ada, frames::awareness(&frames::awareness_of(78, 1, r#"{"name":"Ada"}"#))).await;
    let names_ada = |message: &Message| {
        matches!(message, Message::Awareness(seen) if contains(seen, b"Ada")).then_some(())
    };
    bob.find(names_ada).await;
    send(&mut bob, frames::QUERY_AWARENESS.to_vec()).await;
    bob.find(names_ada).await;
    // y-sweet's client appends an empty byte array to the query.
    send(&mut bob, vec![3, 0]).await;
    bob.find(names_ada).await;
}

/// [A2]
#[tokio::test]
async fn a_dropped_socket_takes_its_awareness_with_it() {
    let weft = Weft::start(Store::sqlite()).await;
    let (mut ada, mut bob) =
        (open_in_step(&weft, "/sync/gone").await, open_in_step(&weft, "/sync/gone").await);
    send(&mut ada, frames::awareness(&frames::awareness_of(79, 4, r#"{"name":"Ada"}"#))).await;
    bob.find(|message| matches!(message, Message::Awareness(seen) if contains(seen, b"Ada")).then_some(()))
        .await;
    drop(ada);
    bob.find(|message| matches!(message, Message::Awareness(seen) if contains(seen, b"null")).then_some(()))
        .await;
}

/// [A3]
#[tokio::test]
async fn a_silent_socket_hears_something_before_its_client_gives_up() {
    let weft = Weft::start(Store::sqlite()).await;
    let mut socket = open_in_step(&weft, "/sync/silence").await;
    let mut last = Instant::now();
    for _ in 0..2 {
        let arrival = socket.arrival(SILENCE_LIMIT).await;
        assert!(matches!(arrival, Some(Arrival::Frame(_))), "{arrival:?} after {:?}", last.elapsed());
        last = Instant::now();
    }
}

/// [A2]
#[tokio::test]
async fn nobody_changes_or_removes_the_awareness_of_somebody_else() {
    let weft = Weft::start(Store::sqlite()).await;
    let mut ada = open_in_step(&weft, "/sync/owner").await;
    let mut mallory = open_in_step(&weft, "/sync/owner").await;
    announce(&mut ada, 81, 3, "Ada").await;
    told(&mut mallory, 81, |entry| entry.state.contains("Ada")).await;
    send(&mut mallory, frames::awareness(&frames::awareness_of(81, 3, "null"))).await;
    send(&mut mallory, frames::awareness(&frames::awareness_of(81, 9, "null"))).await;
    announce(&mut mallory, 82, 1, "Mallory").await;
    told(&mut ada, 82, |entry| entry.state.contains("Mallory")).await;
    let mut late = open_in_step(&weft, "/sync/owner").await;
    send(&mut late, frames::QUERY_AWARENESS.to_vec()).await;
    let shown = told(&mut late, 81, |_| true).await;
    assert!(shown.state.contains("Ada"), "{shown:?}");
}

/// [A2]
#[tokio::test]
async fn the_awareness_of_others_stays_when_one_leaves() {
    let weft = Weft::start(Store::sqlite()).await;
    let (mut ada, mut bob) =
        (open_in_step(&weft, "/sync/stay").await, open_in_step(&weft, "/sync/stay").await);
    announce(&mut ada, 83, 1, "Ada").await;
    announce(&mut bob, 84, 1, "Bob").await;
    told(&mut ada, 84, |entry| entry.state.contains("Bob")).await;
    drop(bob);
    told(&mut ada, 84, |entry| entry.state == "null").await;
    let mut late = open(&weft, "/sync/stay").await;
    assert!(told(&mut late, 83, |_| true).await.state.contains("Ada"), "a newcomer is told without asking");
}

/// [A4]
#[tokio::test]
async fn a_session_owns_a_bounded_number_of_ids() {
    let weft = Weft::start(Store::sqlite()).await;
    let mut crowd = open_in_step(&weft, "/sync/crowd").await;
    for client in 1_000..1_100 {
        announce(&mut crowd, client, 1, "one of many").await;
    }
    // Messages of one session are handled in order: the answer says that all of the above were.
    send(&mut crowd, frames::step1(&[0])).await;
    crowd.find(|message| matches!(message, Message::Step2(_)).then_some(())).await;
    let mut watcher = open_in_step(&weft, "/sync/crowd").await;
    announce(&mut watcher, 7, 1, "watcher").await;
    told(&mut crowd, 7, |_| true).await;
    let mut late = open(&weft, "/sync/crowd").await;
    let everybody =
        late.find(|message| {
            if let Message::Awareness(all) = message { Some(frames::decode_awareness(all)) } else { None }
        })
        .await;
    assert_eq!(everybody.len(), IDS_OF_A_SESSION_MAX + 1, "the watcher and its share of the crowd");
}

/// [A4] [W7]
#[tokio::test]
async fn awareness_over_its_limit_closes_the_session() {
    let weft = Weft::start(Store::sqlite()).await;
    let mut loud = open_in_step(&weft, "/sync/loud").await;
    announce(&mut loud, 85, 1, &"x".repeat(70_000)).await;
    let (code, reason) = loud.end(SOON).await.expect("a close frame says why");
    assert_eq!(code, 4413, "{reason}");
}

/// [A5]
#[tokio::test]
async fn a_client_that_comes_back_at_an_old_clock_is_told_and_seen_again() {
    let weft = Weft::start(Store::sqlite()).await;
    let (mut ada, mut bob) =
        (open_in_step(&weft, "/sync/back").await, open_in_step(&weft, "/sync/back").await);
    announce(&mut ada, 86, 5, "Ada").await;
    told(&mut bob, 86, |entry| entry.state.contains("Ada")).await;
    drop(ada);
    let removed = told(&mut bob, 86, |entry| entry.state == "null").await;
    let mut again = open_in_step(&weft, "/sync/back").await;
    announce(&mut again, 86, 5, "Ada").await;
    let gone = told(&mut again, 86, |entry| entry.state == "null").await;
    announce(&mut again, 86, gone.clock.max(removed.clock) + 1, "Ada").await;
    told(&mut bob, 86, |entry| entry.state.contains("Ada")).await;
}
