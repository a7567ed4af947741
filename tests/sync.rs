//! What the server says on a socket, frame by frame, and that clients converge by it.

#[path = "sync/awareness.rs"]
mod awareness;
#[path = "sync/flow.rs"]
mod flow;

use weft_tests::client::Client;
use weft_tests::frames::{self, Message};
use weft_tests::http;
use weft_tests::replica::Replica;
use weft_tests::socket::Socket;
use weft_tests::store::Store;
use weft_tests::wait::SOON;
use weft_tests::weft::Weft;

async fn open(weft: &Weft, path: &str) -> Socket {
    Socket::open(weft.address(), path).await.expect("the server upgrades")
}

/// Opens a socket that has said what it has, nothing, and has heard what the server has.
async fn open_in_step(weft: &Weft, path: &str) -> Socket {
    let mut socket = open(weft, path).await;
    send(&mut socket, frames::step1(&frames::EMPTY_STATE_VECTOR)).await;
    socket.find(|message| matches!(message, Message::Step2(_)).then_some(())).await;
    socket
}

async fn send(socket: &mut Socket, frame: Vec<u8>) {
    socket.send(frame).await.expect("the socket is open");
}

async fn ack(socket: &mut Socket) -> u64 {
    socket.find(|message| if let Message::Ack(n) = message { Some(*n) } else { None }).await
}

/// [W1]
#[tokio::test]
async fn the_server_asks_first_and_answers_with_what_is_missing() {
    let weft = Weft::start(Store::sqlite()).await;
    let mut socket = open(&weft, "/sync/greeting").await;
    assert!(matches!(socket.message().await, Message::Step1(_)), "the first message is its state vector");
    send(&mut socket, frames::step1(&frames::EMPTY_STATE_VECTOR)).await;
    let answer =
        socket.find(|m| if let Message::Step2(update) = m { Some(update.clone()) } else { None }).await;
    assert_eq!(answer, frames::EMPTY_UPDATE, "nothing is missing of an empty document");
}

/// [W1]
#[tokio::test]
async fn a_returning_client_gets_only_what_it_lacks() {
    let weft = Weft::start(Store::sqlite()).await;
    let mut writer = Client::join(weft.address(), "diff").await;
    writer.append(&"long ago ".repeat(2_000)).await.expect("the socket is open");
    writer.until("the ack", Client::saved).await;
    let absent = Client::join(weft.address(), "diff").await.into_replica();
    writer.append("news").await.expect("the socket is open");
    writer.until("the ack", Client::saved).await;

    let mut socket = open(&weft, "/sync/diff").await;
    send(&mut socket, frames::step1(&absent.state_vector())).await;
    let missing =
        socket.find(|m| if let Message::Step2(update) = m { Some(update.clone()) } else { None }).await;
    assert!(missing.len() < 200, "{} bytes for four letters", missing.len());
    absent.merge(&missing);
    assert_eq!(absent.text(), writer.text());
}

/// [W3]
#[tokio::test]
async fn an_edit_reaches_the_others_as_the_bytes_its_author_sent() {
    let weft = Weft::start(Store::sqlite()).await;
    let (mut author, mut reader) =
        (open_in_step(&weft, "/sync/raw").await, open_in_step(&weft, "/sync/raw").await);
    let update = Replica::default().append("verbatim");
    send(&mut author, frames::update(&update)).await;
    let relayed =
        reader.find(|m| if let Message::Update(update) = m { Some(update.clone()) } else { None }).await;
    assert_eq!(relayed, update);
}

/// [W6]
#[tokio::test]
async fn a_client_without_acks_gets_its_raw_update_back_once_it_is_committed() {
    let weft = Weft::start(Store::sqlite()).await;
    let mut author = open_in_step(&weft, "/sync/echo").await;
    let update = Replica::default().append("echo");
    for _ in 0..2 {
        send(&mut author, frames::update(&update)).await;
        let echoed =
            author.find(|m| if let Message::Update(update) = m { Some(update.clone()) } else { None }).await;
        assert_eq!(echoed, update, "also when the server had it already");
    }
}

/// [D1] [W5]
#[tokio::test]
async fn acks_count_the_data_frames_of_their_socket_and_end_at_their_number() {
    let weft = Weft::start(Store::sqlite()).await;
    let mut socket = open_in_step(&weft, "/sync/count?ack=1").await;
    let replica = Replica::default();
    send(&mut socket, frames::step2(&frames::EMPTY_UPDATE)).await;
    for _ in 0..500 {
        send(&mut socket, frames::update(&replica.append("x"))).await;
        send(&mut socket, frames::step1(&replica.state_vector())).await;
    }
    let mut acked = 0;
    while acked < 501 {
        let next = ack(&mut socket).await;
        assert!(acked < next && next <= 501, "ack {next} follows ack {acked}");
        acked = next;
    }
}

/// [D2] [W5]
#[tokio::test]
async fn an_empty_answer_is_acknowledged_as_a_barrier() {
    let weft = Weft::start(Store::sqlite()).await;
    let mut socket = open_in_step(&weft, "/sync/barrier?ack=1").await;
    for n in 1..=5 {
        send(&mut socket, frames::step2(&frames::EMPTY_UPDATE)).await;
        assert_eq!(ack(&mut socket).await, n);
    }
}

/// [D2] [W5]
#[tokio::test]
async fn a_repeated_update_is_acknowledged_again() {
    let weft = Weft::start(Store::sqlite()).await;
    let mut socket = open_in_step(&weft, "/sync/repeated?ack=1").await;
    let update = Replica::default().append("once");
    for n in 1..=3 {
        send(&mut socket, frames::update(&update)).await;
        assert_eq!(ack(&mut socket).await, n);
    }
    assert_eq!(Client::join(weft.address(), "repeated").await.text(), "once");
}

/// [W8] [D1]
#[tokio::test]
async fn an_update_ahead_of_its_cause_is_held_until_the_cause_arrives() {
    let weft = Weft::start(Store::sqlite()).await;
    let mut socket = open_in_step(&weft, "/sync/gap?ack=1").await;
    let replica = Replica::default();
    replica.append("cause ");
    let effect = replica.append("effect");
    send(&mut socket, frames::update(&effect)).await;
    let asked = socket
        .find(|message| match message {
            Message::Ack(n) => panic!("{n} frames are acknowledged although nothing could be committed"),
            Message::Step1(state_vector) => Some(state_vector.clone()),
            _ => None,
        })
        .await;
    send(&mut socket, frames::step2(&replica.diff(&asked))).await;
    while ack(&mut socket).await < 2 {}
    assert_eq!(Client::join(weft.address(), "gap").await.text(), "cause effect");
}

/// [W4]
#[tokio::test]
async fn several_messages_in_one_frame_are_all_heard() {
    let weft = Weft::start(Store::sqlite()).await;
    let mut socket = open_in_step(&weft, "/sync/several").await;
    let awareness = frames::awareness(&frames::awareness_of(80, 1, r#"{"name":"Eve"}"#));
    let both = [frames::update(&Replica::default().append("together")), awareness].concat();
    send(&mut socket, both).await;
    socket
        .find(|message| matches!(message, Message::Awareness(seen) if contains(seen, b"Eve")).then_some(()))
        .await;
    let mut reader = Client::join(weft.address(), "several").await;
    reader.until("the update of the frame", |reader| reader.text() == "together").await;
}

/// [W4]
#[tokio::test]
async fn a_message_of_an_unknown_type_is_ignored() {
    let weft = Weft::start(Store::sqlite()).await;
    let mut socket = open_in_step(&weft, "/sync/unknown?ack=1").await;
    send(&mut socket, vec![102, 1, 5]).await;
    send(&mut socket, frames::update(&Replica::default().append("still here"))).await;
    assert_eq!(ack(&mut socket).await, 1);
}

/// [W1]
#[tokio::test(flavor = "multi_thread")]
async fn many_clients_typing_at_once_end_with_the_same_text() {
    let weft = Weft::start(Store::sqlite()).await;
    let mut clients = Vec::new();
    for _ in 0..12 {
        clients.push(Client::join(weft.address(), "crowd").await);
    }
    for round in 0..30 {
        for (i, client) in clients.iter_mut().enumerate() {
            client.append(&format!("<{i}.{round}>")).await.expect("the socket is open");
        }
    }
    let expected: usize =
        (0..12).flat_map(|i| (0..30).map(move |round| format!("<{i}.{round}>").len())).sum();
    let mut texts = Vec::new();
    for mut client in clients {
        client.until("everybody's words", |client| client.saved() && client.text().len() == expected).await;
        texts.push(client.text());
    }
    assert!(texts.iter().all(|text| *text == texts[0]));
    assert_eq!(Client::join(weft.address(), "crowd").await.text(), texts[0]);
}

/// [W2]
#[tokio::test]
async fn a_name_that_no_document_can_have_is_closed_for_good_with_a_reason() {
    let weft = Weft::start(Store::sqlite()).await;
    let too_long = format!("/sync/{}", "x".repeat(5_000));
    for path in ["/sync/", "/sync/%00", "/sync/%ff", &too_long] {
        let mut socket = open(&weft, path).await;
        let (code, reason) = socket.end(SOON).await.expect("a close frame says why");
        assert_eq!(code, 4400, "{path}: {reason}");
        assert!(reason.contains("name"), "{path}: {reason}");
    }
}

/// [W2]
#[tokio::test]
async fn a_path_that_is_no_endpoint_is_not_upgraded() {
    let weft = Weft::start(Store::sqlite()).await;
    for path in ["/", "/nothing/here", "/healthz"] {
        assert!(Socket::open(weft.address(), path).await.is_err(), "{path} was upgraded");
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// [W10]
#[tokio::test]
async fn who_asks_for_acks_is_told_once_which_server_this_is() {
    let weft = Weft::start(Store::sqlite()).await;
    let version =
        |message: &Message| if let Message::Notice(text) = message { Some(text.clone()) } else { None };
    let mut socket = open(&weft, "/sync/version?ack=1").await;
    let told = socket.find(version).await;
    let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    let told = told["version"].as_str().expect("a version").to_owned();
    assert!(told.starts_with(concat!(env!("CARGO_PKG_VERSION"), "+")), "{told}");
    assert_eq!(weft_server::version::version().split('+').next(), told.split('+').next());
    // A stock client would not understand.
    for (path, notices) in [("/sync/version", 0), ("/sync/version?ack=1", 1)] {
        let mut socket = open(&weft, path).await;
        send(&mut socket, frames::step1(&frames::EMPTY_STATE_VECTOR)).await;
        let mut seen = 0;
        loop {
            match socket.message().await {
                Message::Notice(_) => seen += 1,
                Message::Step2(_) => break,
                _ => {}
            }
        }
        assert_eq!(seen, notices, "{path}");
    }
}

/// [W7] [P9]
#[tokio::test]
async fn a_document_deleted_while_it_is_open_says_so_and_its_sessions_do_not_come_back() {
    let weft = Weft::start(Store::sqlite()).await;
    let mut client = Client::join(weft.address(), "doomed").await;
    client.append("text").await.expect("the socket is open");
    client.until("the ack", Client::saved).await;
    let mut idle = open_in_step(&weft, "/sync/doomed").await;
    let ask = async |line: &str| {
        let answer = http::request(weft.address(), line, &[], "").await;
        assert_eq!(answer.expect("an answer").status, 204, "{line}");
    };
    ask("DELETE /api/documents/doomed").await;
    let gone = Some((4404, "the document was deleted".to_owned()));
    assert_eq!(idle.end(SOON).await, gone);
    client.until("the end", |client| client.ended().is_some()).await;
    assert_eq!(client.ended(), Some(&gone));
    let mut late = open(&weft, "/sync/doomed").await;
    assert_eq!(late.end(SOON).await, gone, "also for who comes later");
    ask("POST /api/documents/doomed/undelete").await;
    let mut back = Client::join(weft.address(), "doomed").await;
    back.until("what was there", |back| back.text() == "text").await;
}
