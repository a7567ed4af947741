//! Clients that send without end or never read: they cost bounded memory, and only themselves.

use tokio::time::timeout;
use weft_tests::client::Client;
use weft_tests::frames;
use weft_tests::raw::{BINARY, BINARY_BEGIN, MIDDLE, Raw, header};
use weft_tests::wait::SOON;

use crate::siege::{Siege, TARGET};

const MIB: u64 = 1024 * 1024;
const FLOOD_BYTES: u64 = 500 * MIB;
const CHUNK: usize = 64 * 1024;

/// [H4] [H6]
#[tokio::test(flavor = "multi_thread")]
async fn a_frame_without_end_costs_no_memory() {
    let siege = Siege::start().await;
    let mut attacker = Raw::upgrade(siege.address(), "/sync/target").await;
    attacker.send(&header(BINARY, 1 << 40)).await.expect("the server reads");
    let sent = pour(&mut attacker, &[0; CHUNK]).await;
    println!("the server let {sent} of {FLOOD_BYTES} bytes in");
    if let Some((code, _)) = attacker.end(SOON).await {
        assert!([4413, 1009].contains(&code), "{code}");
    }
    siege.assert_memory_stayed_below(16 * MIB);
    siege.assert_unharmed().await;
}

/// [H4] [H6]
#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_endless_fragments_is_ended_at_the_limit() {
    let siege = Siege::start().await;
    let mut attacker = Raw::upgrade(siege.address(), "/sync/target").await;
    attacker.frame(BINARY_BEGIN, &[0, 2]).await.expect("the server reads");
    let length = u64::try_from(CHUNK).expect("a small number");
    let fragment = [header(MIDDLE, length), vec![0; CHUNK]].concat();
    let sent = pour(&mut attacker, &fragment).await;
    println!("the server let {sent} of {FLOOD_BYTES} bytes in");
    if let Some((code, _)) = attacker.end(SOON).await {
        assert!([4413, 1009].contains(&code), "{code}");
    }
    // The limit of a message, and once more while its buffer grows.
    siege.assert_memory_stayed_below(48 * MIB);
    siege.assert_unharmed().await;
}

/// [H6]
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_reads_costs_bounded_memory() {
    let siege = Siege::start().await;
    let mut stalled = Vec::new();
    for _ in 0..8 {
        let mut peer = Raw::upgrade(siege.address(), "/sync/broad").await;
        peer.frame(BINARY, &frames::step1(&frames::EMPTY_STATE_VECTOR)).await.expect("the server reads");
        stalled.push(peer);
    }
    let mut writer = Client::join(siege.address(), "broad").await;
    for _ in 0..400 {
        writer.replace(&"y".repeat(128 * 1024)).await.expect("the socket is open");
        writer.until("the ack", Client::saved).await;
    }
    siege.assert_memory_stayed_below(64 * MIB);
    siege.assert_unharmed().await;
}

/// [H6]
#[tokio::test(flavor = "multi_thread")]
async fn pings_and_queries_without_end_are_answered_or_ended_in_bounded_memory() {
    let mut siege = Siege::start().await;
    let mut attacker = Raw::upgrade(siege.address(), "/sync/target").await;
    let query = [header(BINARY, 1), vec![3 ^ 0x11]].concat().repeat(4_096);
    let ping = [header(0x89, 0), header(0x89, 0)].concat().repeat(4_096);
    for _ in 0..100 {
        for burst in [&query, &ping] {
            // A server that has had enough ends the connection.
            attacker.send(burst).await.unwrap_or_default();
        }
    }
    siege.holds().await;
    siege.assert_memory_stayed_below(64 * MIB);
    siege.assert_unharmed().await;
}

/// [A2] [H6]
#[tokio::test(flavor = "multi_thread")]
async fn a_socket_half_closed_by_its_client_is_cleaned_up() {
    let siege = Siege::start().await;
    let mut leaver = Raw::upgrade(siege.address(), "/sync/target").await;
    let mut watcher = siege.attacker().await;
    let state = frames::awareness_of(4_242, 1, r#"{"name":"Leaver"}"#);
    leaver.frame(BINARY, &frames::awareness(&state)).await.expect("the server reads");
    watcher.find(|message| awareness_with(message, b"Leaver")).await;
    leaver.finish().await;
    watcher.find(|message| awareness_with(message, b"null")).await;
    assert!(Client::join(siege.address(), TARGET).await.saved());
    siege.assert_unharmed().await;
}

fn awareness_with(message: &frames::Message, part: &[u8]) -> Option<()> {
    let frames::Message::Awareness(payload) = message else { return None };
    payload.windows(part.len()).any(|window| window == part).then_some(())
}

/// Sends `chunk` again and again until the flood is over or the server takes no more, and returns how much was sent.
async fn pour(attacker: &mut Raw, chunk: &[u8]) -> u64 {
    let step = u64::try_from(chunk.len()).expect("a small number");
    let mut sent = 0;
    while sent < FLOOD_BYTES && matches!(timeout(SOON, attacker.send(chunk)).await, Ok(Ok(()))) {
        sent += step;
    }
    sent
}
