//! Violations of RFC 6455 and of the size of a frame, as no WebSocket library would send them.

use std::time::Duration;

use weft_tests::client::Client;
use weft_tests::frames;
use weft_tests::raw::{BINARY, BINARY_BEGIN, LAST, MIDDLE, Raw, TEXT, header};
use weft_tests::replica::Replica;
use weft_tests::socket::End;
use weft_tests::wait::SOON;

use crate::siege::Siege;

const FRAME_LIMIT: u64 = 16 * 1024 * 1024;
const CONTROL_PING: u8 = 0x89;
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(60);
const SLOW_CONNECTIONS: usize = 200;

/// Fails unless the connection ended with one of `codes`, or without a close frame.
fn assert_ended_with(end: &End, codes: &[u16], attack: &str) {
    if let Some((code, reason)) = end {
        assert!(
            codes.contains(code),
            "{attack}: closed with {code} {reason}, expected one of {codes:?} or a drop"
        );
    }
}

/// [H4]
#[tokio::test(flavor = "multi_thread")]
async fn frames_that_break_the_transport_end_their_connection_only() {
    let violations: [(&str, &[u8]); 9] = [
        ("an unmasked frame", &[0x82, 2, 0, 0]),
        ("the first reserved bit", &[0xc2, 0x80, 0, 0, 0, 0]),
        ("the second reserved bit", &[0xa2, 0x80, 0, 0, 0, 0]),
        ("a reserved kind of frame", &[0x83, 0x80, 0, 0, 0, 0]),
        ("a reserved kind of control frame", &[0x8b, 0x80, 0, 0, 0, 0]),
        ("a fragmented ping", &[0x09, 0x80, 0, 0, 0, 0]),
        ("a continuation of nothing", &[0x80, 0x80, 0, 0, 0, 0]),
        ("a close frame of one byte", &[0x88, 0x81, 0, 0, 0, 0, 3]),
        ("a length above 2^63", &[0x82, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ];
    let mut siege = Siege::start().await;
    for (attack, bytes) in violations {
        let mut attacker = Raw::upgrade(siege.address(), "/sync/target").await;
        attacker.send(bytes).await.expect("the server reads");
        assert_ended_with(&attacker.end(SOON).await, &[1002, 1003, 1007, 1009, 4400, 4413], attack);
    }
    siege.holds().await;
    siege.assert_logged_less_than(200);
    siege.assert_unharmed().await;
}

/// [H4]
#[tokio::test(flavor = "multi_thread")]
async fn an_oversized_control_frame_and_interleaved_messages_end_their_connection_only() {
    let siege = Siege::start().await;
    let mut long_ping = Raw::upgrade(siege.address(), "/sync/target").await;
    long_ping.frame(CONTROL_PING, &[0; 126]).await.expect("the server reads");
    assert_ended_with(&long_ping.end(SOON).await, &[1002, 4400], "a ping of 126 bytes");

    let mut interleaved = Raw::upgrade(siege.address(), "/sync/target").await;
    interleaved.frame(BINARY_BEGIN, &[0, 2]).await.expect("the server reads");
    interleaved.frame(BINARY, &[3]).await.expect("the server reads");
    assert_ended_with(&interleaved.end(SOON).await, &[1002, 4400], "a message within a message");

    let mut bad_text = Raw::upgrade(siege.address(), "/sync/target").await;
    bad_text.frame(TEXT, &[0xff, 0xfe]).await.expect("the server reads");
    assert_ended_with(&bad_text.end(SOON).await, &[1002, 1003, 1007, 4400], "text that is not UTF-8");
    siege.assert_logged_less_than(200);
    siege.assert_unharmed().await;
}

/// [H4]
#[tokio::test(flavor = "multi_thread")]
async fn a_frame_above_the_limit_is_refused_from_its_header_with_4413() {
    let siege = Siege::start().await;
    let mut attacker = Raw::upgrade(siege.address(), "/sync/target").await;
    attacker.send(&header(BINARY, FRAME_LIMIT + 1)).await.expect("the server reads");
    let end = attacker.end(SOON).await.expect("a close frame says why");
    assert_eq!(end.0, 4413, "{end:?}");
    siege.assert_unharmed().await;
}

/// [H4]
#[tokio::test(flavor = "multi_thread")]
async fn a_fragmented_message_with_a_ping_inside_works() {
    let siege = Siege::start().await;
    let mut author = Raw::upgrade(siege.address(), "/sync/fragments").await;
    let frame = frames::update(&Replica::default().append("in pieces"));
    let (begin, rest) = frame.split_at(1);
    let (middle, last) = rest.split_at(rest.len() / 2);
    author.frame(BINARY_BEGIN, begin).await.expect("the server reads");
    author.frame(CONTROL_PING, b"are you there?").await.expect("the server reads");
    author.frame(MIDDLE, middle).await.expect("the server reads");
    author.frame(LAST, last).await.expect("the server reads");
    let mut reader = Client::join(siege.address(), "fragments").await;
    reader.until("the message of three fragments", |reader| reader.text() == "in pieces").await;
    siege.assert_unharmed().await;
}

/// [H4]
#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_trickle_in_one_by_one_are_a_message_like_any_other() {
    let siege = Siege::start().await;
    let mut author = Raw::upgrade(siege.address(), "/sync/trickle").await;
    let frame = frames::update(&Replica::default().append("drop by drop"));
    let length = u64::try_from(frame.len()).expect("a short frame");
    let mut bytes = header(BINARY, length);
    let mask = bytes[bytes.len() - 4..].to_vec();
    bytes.extend(frame.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    for byte in bytes {
        author.send(&[byte]).await.expect("the server reads");
        tokio::task::yield_now().await;
    }
    let mut reader = Client::join(siege.address(), "trickle").await;
    reader.until("the message", |reader| reader.text() == "drop by drop").await;
    siege.assert_unharmed().await;
}

/// [H5]
#[tokio::test(flavor = "multi_thread")]
async fn handshakes_that_never_end_are_ended_and_keep_nobody_out() {
    let mut siege = Siege::start().await;
    let mut slow = Vec::new();
    for _ in 0..SLOW_CONNECTIONS {
        let mut connection = Raw::connect(siege.address()).await;
        connection.send(b"GET /sync/target HTTP/1.1\r\nHost: x\r\nX-Slow: ").await.expect("the server reads");
        slow.push(connection);
    }
    siege.holds().await;
    for connection in &mut slow {
        assert!(connection.ends_within(HANDSHAKE_LIMIT).await, "a handshake may take for ever");
    }
    siege.assert_unharmed().await;
}

/// [H5]
#[tokio::test(flavor = "multi_thread")]
async fn a_request_head_without_end_is_refused() {
    let siege = Siege::start().await;
    let mut attacker = Raw::connect(siege.address()).await;
    attacker.send(b"GET /sync/target HTTP/1.1\r\n").await.expect("the server reads");
    let line = format!("X-Filler: {}\r\n", "x".repeat(8 * 1024));
    let mut refused = false;
    for _ in 0..8_192 {
        refused = refused || attacker.send(line.as_bytes()).await.is_err();
    }
    assert!(refused || attacker.ends_within(SOON).await, "64 MiB of request head are welcome");
    siege.assert_memory_stayed_below(FRAME_LIMIT);
    siege.assert_unharmed().await;
}
