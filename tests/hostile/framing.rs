//! Frames that break RFC 6455, never end, or never stop coming.

use std::net::SocketAddr;

use tokio::time::timeout;
use weft_tests::client::Client;
use weft_tests::frames::{self, awareness, awareness_of};
use weft_tests::raw::{BINARY, BINARY_BEGIN, MIDDLE, Raw, TEXT, header, masked};
use weft_tests::socket::Socket;
use weft_tests::wait::SOON;

use crate::attack::{Answer, Attack};
use crate::siege::{TARGET, attacker, ended, large_document, still_welcome};

const FRAME_BYTES_MAX: u64 = 16 << 20;
const FLOOD_BYTES: usize = 200 << 20;
const CHUNK_BYTES: usize = 64 << 10;
const PING: u8 = 0x89;
const PONG: u8 = 0x8a;
const CLOSE: u8 = 0x88;

/// Every attack of the family.
pub fn attacks() -> Vec<Attack> {
    [
        broken_headers(),
        broken_messages(),
        endless(),
        control_floods(),
        odd_ends(),
        never_reading(),
        lying_readers(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// An attack that is a row of bytes behind the upgrade.
fn bytes(naming: (&'static str, &'static str), answer: Answer, bytes: impl Into<Vec<u8>>) -> Attack {
    let bytes = bytes.into();
    Attack::new(naming, "H4", answer, move |address| {
        let bytes = bytes.clone();
        async move {
            let mut raw = Raw::upgrade(address, TARGET).await;
            raw.send(&bytes).await.unwrap_or_default();
            ended(&mut raw, SOON).await
        }
    })
    .peak_mib(8)
}

fn broken_headers() -> Vec<Attack> {
    let bad = Answer::Close(4400);
    let large = Answer::Close(4413);
    vec![
        bytes(("unmasked frame", "sends a frame without a mask"), bad, [0x82, 2, 0, 0]),
        bytes(
            ("first reserved bit", "sets RSV1, as a compressed frame has it"),
            bad,
            [0xc2, 0x80, 0, 0, 0, 0],
        ),
        bytes(("second reserved bit", "sets RSV2"), bad, [0xa2, 0x80, 0, 0, 0, 0]),
        bytes(("third reserved bit", "sets RSV3"), bad, [0x92, 0x80, 0, 0, 0, 0]),
        bytes(("reserved opcode", "sends a frame of opcode 3"), bad, [0x83, 0x80, 0, 0, 0, 0]),
        bytes(
            ("reserved control opcode", "sends a control frame of opcode 11"),
            bad,
            [0x8b, 0x80, 0, 0, 0, 0],
        ),
        bytes(("fragmented ping", "sends a ping that is not final"), bad, [0x09, 0x80, 0, 0, 0, 0]),
        bytes(("long ping", "sends a ping of 126 bytes"), bad, masked(PING, &[0; 126])),
        bytes(
            ("continuation of nothing", "continues a message that never began"),
            bad,
            [0x80, 0x80, 0, 0, 0, 0],
        ),
        bytes(
            ("message within a message", "begins a message inside another"),
            bad,
            [masked(BINARY_BEGIN, &[0, 2]), masked(BINARY, &[3])].concat(),
        ),
        bytes(
            ("frame over the limit", "announces one byte more than the limit and sends none"),
            large,
            header(BINARY, FRAME_BYTES_MAX + 1),
        ),
        bytes(("frame of 2^63 bytes", "announces 2^63 bytes"), large, header(BINARY, 1 << 63)),
        bytes(("frame of 2^64 bytes", "announces 2^64 - 1 bytes"), large, header(BINARY, u64::MAX)),
    ]
}

fn broken_messages() -> Vec<Attack> {
    let bad = Answer::Close(4400);
    vec![
        bytes(("text frame", "sends text where bytes belong"), bad, masked(TEXT, b"hello")),
        bytes(("text that is not UTF-8", "sends text of FF FE"), bad, masked(TEXT, &[0xff, 0xfe])),
        bytes(("close of one byte", "sends a close frame with half a code"), bad, masked(CLOSE, &[3])),
        bytes(
            ("close with a reserved code", "closes with 1005, which nobody may send"),
            bad,
            masked(CLOSE, &1005_u16.to_be_bytes()),
        ),
        bytes(
            ("close reason that is not UTF-8", "closes with a reason of FF FE"),
            bad,
            masked(CLOSE, &[0x03, 0xe8, 0xff, 0xfe]),
        ),
        bytes(
            ("data after the close", "goes on sending edits behind its close frame"),
            Answer::CloseOrEnd(1000),
            [
                masked(CLOSE, &1000_u16.to_be_bytes()),
                masked(BINARY, &frames::update(&frames::EMPTY_UPDATE)).repeat(1_000),
            ]
            .concat(),
        ),
    ]
}

fn endless() -> Vec<Attack> {
    let chunk = || vec![0; CHUNK_BYTES];
    let fragment = |bytes: usize| {
        let length = u64::try_from(bytes).expect("a small number");
        [header(MIDDLE, length), vec![0; bytes]].concat()
    };
    vec![
        flood(
            ("endless frame", "announces 2^40 bytes and sends 200 MiB of them"),
            "H4",
            Answer::CloseOrEnd(4413),
            (header(BINARY, 1 << 40), chunk()),
        ),
        flood(
            ("endless fragments", "sends a message of 64 KiB fragments that never ends"),
            "H4",
            Answer::CloseOrEnd(4413),
            (masked(BINARY_BEGIN, &[0, 2]), fragment(CHUNK_BYTES)),
        ),
        Attack::new(
            ("empty fragments", "sends a million fragments without a byte, and never the last"),
            "H6",
            Answer::Served,
            |address| async move {
                let mut raw = Raw::upgrade(address, TARGET).await;
                raw.send(&masked(BINARY_BEGIN, &[0, 2])).await.expect("the server reads");
                pour(&mut raw, &masked(MIDDLE, &[]).repeat(10_000), 6_000_000).await;
                still_welcome(address).await
            },
        ),
        Attack::new(
            ("empty frames", "sends a hundred thousand frames without a byte"),
            "H1",
            Answer::CloseOrEnd(4400),
            |address| async move {
                let mut raw = Raw::upgrade(address, TARGET).await;
                pour(&mut raw, &masked(BINARY, &[]).repeat(10_000), 600_000).await;
                ended(&mut raw, SOON).await
            },
        ),
        Attack::new(
            ("byte by byte", "sends 100 sync requests a byte at a time"),
            "H6",
            Answer::Served,
            |address| async move {
                let mut raw = Raw::upgrade(address, TARGET).await;
                let all = masked(BINARY, &frames::step1(&frames::EMPTY_STATE_VECTOR)).repeat(100);
                for byte in all {
                    raw.send(&[byte]).await.expect("the server reads");
                }
                still_welcome(address).await
            },
        ),
    ]
}

/// An attack that sends a beginning and then the same bytes until the server has had enough.
fn flood(
    naming: (&'static str, &'static str),
    rule: &'static str,
    answer: Answer,
    (begin, again): (Vec<u8>, Vec<u8>),
) -> Attack {
    Attack::new(naming, rule, answer, move |address| {
        let (begin, again) = (begin.clone(), again.clone());
        async move {
            let mut raw = Raw::upgrade(address, TARGET).await;
            raw.send(&begin).await.expect("the server reads");
            pour(&mut raw, &again, FLOOD_BYTES).await;
            ended(&mut raw, SOON).await
        }
    })
}

/// Sends `chunk` again and again until `bytes` are sent or the server takes no more.
pub async fn pour(raw: &mut Raw, chunk: &[u8], bytes: usize) {
    for _ in 0..bytes.div_ceil(chunk.len()) {
        if !matches!(timeout(SOON, raw.send(chunk)).await, Ok(Ok(()))) {
            return;
        }
    }
}

/// Sends `chunk` again and again until `bytes` are sent, the server takes no more, or it has not for two seconds: it has
/// stopped to read because the attacker does not.
pub async fn pour_unread(raw: &mut Raw, chunk: &[u8], bytes: usize) {
    let stalled = std::time::Duration::from_secs(2);
    for _ in 0..bytes.div_ceil(chunk.len()) {
        if !matches!(timeout(stalled, raw.send(chunk)).await, Ok(Ok(()))) {
            return;
        }
    }
}

fn control_floods() -> Vec<Attack> {
    let flooding = |naming, chunk: Vec<u8>, bytes| {
        Attack::new(naming, "H6", Answer::Served, move |address| {
            let chunk = chunk.clone();
            async move {
                let mut raw = Raw::upgrade(address, TARGET).await;
                pour_unread(&mut raw, &chunk, bytes).await;
                still_welcome(address).await
            }
        })
    };
    let forged: Vec<u8> = (0..10_000_u64).flat_map(|n| masked(PONG, &(n * 100).to_be_bytes())).collect();
    vec![
        flooding(
            ("ping flood", "sends pings of 125 bytes and reads no pong"),
            masked(PING, &[0; 125]).repeat(1_000),
            32 << 20,
        ),
        flooding(("empty pings", "sends pings without a payload"), masked(PING, &[]).repeat(10_000), 4 << 20),
        flooding(
            ("pong flood", "sends a million pongs that nobody asked for"),
            masked(PONG, &[]).repeat(10_000),
            6_000_000,
        ),
        flooding(("forged pongs", "claims to have read what it was never sent"), forged, 4 << 20),
    ]
}

fn odd_ends() -> Vec<Attack> {
    vec![
        Attack::new(
            ("half-closed socket", "shows a cursor and closes its sending half"),
            "A2",
            Answer::End,
            |address| async move {
                let (mut leaver, mut watcher) = shown(address, 4_242).await;
                leaver.finish().await;
                watcher.find(|message| awareness_with(message, b"null")).await;
                ended(&mut leaver, SOON).await
            },
        ),
        Attack::new(
            ("reset", "shows a cursor and resets its connection"),
            "A2",
            Answer::Served,
            |address| async move {
                let (leaver, mut watcher) = shown(address, 4_243).await;
                leaver.reset();
                watcher.find(|message| awareness_with(message, b"null")).await;
                still_welcome(address).await
            },
        ),
        Attack::new(
            ("five hundred resets", "joins and resets its connection in the middle of a frame, 500 times"),
            "H6",
            Answer::Served,
            |address| async move {
                for _ in 0..500 {
                    let mut raw = Raw::upgrade(address, TARGET).await;
                    raw.send(&header(BINARY, 1 << 20)).await.unwrap_or_default();
                    raw.reset();
                }
                still_welcome(address).await
            },
        )
        .log_lines(550),
    ]
}

/// Somebody with a cursor, and somebody who has seen it and so will see it go.
async fn shown(address: SocketAddr, client: u64) -> (Raw, Socket) {
    let mut raw = Raw::upgrade(address, TARGET).await;
    let mut watcher = attacker(address).await;
    let state = awareness_of(client, 1, r#"{"name":"Leaver"}"#);
    raw.frame(BINARY, &awareness(&state)).await.expect("the server reads");
    watcher.find(|message| awareness_with(message, b"Leaver")).await;
    (raw, watcher)
}

fn awareness_with(message: &frames::Message, part: &[u8]) -> Option<()> {
    let frames::Message::Awareness(payload) = message else { return None };
    payload.windows(part.len()).any(|window| window == part).then_some(())
}

fn never_reading() -> Vec<Attack> {
    vec![
        Attack::new(
            ("never reading a busy document", "joins eight times and reads nothing while 50 MiB are edited"),
            "H6",
            Answer::Served,
            |address| async move {
                let mut stalled = Vec::new();
                for _ in 0..8 {
                    let mut raw = Raw::upgrade(address, "/sync/broad").await;
                    let hello = frames::step1(&frames::EMPTY_STATE_VECTOR);
                    raw.frame(BINARY, &hello).await.expect("the server reads");
                    stalled.push(raw);
                }
                let mut writer = Client::join(address, "broad").await;
                for _ in 0..400 {
                    writer.replace(&"y".repeat(128 * 1024)).await.expect("the socket is open");
                    writer.until("the ack", Client::saved).await;
                }
                still_welcome(address).await
            },
        )
        .peak_mib(64),
        hungry(
            (
                "never reading whole documents",
                "asks 100,000 times for the whole of a document and reads nothing",
            ),
            frames::step1(&frames::EMPTY_STATE_VECTOR),
        ),
        hungry(
            ("never reading differences", "asks 100,000 times for a difference of 200 KiB and reads nothing"),
            frames::step1(&[1, 77, 1]),
        ),
    ]
}

fn lying_readers() -> Vec<Attack> {
    vec![
        Attack::new(
            (
                "never reading with forged pongs",
                "asks for differences, reads nothing, and claims to have read all",
            ),
            "F2",
            Answer::Served,
            |address| async move {
                let mut raw = hungry_at(address, "pongs").await;
                let ask = masked(BINARY, &frames::step1(&[1, 77, 1]));
                let mut chunk = Vec::new();
                for n in 0..100_000_u64 {
                    chunk.extend_from_slice(&ask);
                    chunk.extend(masked(PONG, &(n * 200_000).to_be_bytes()));
                }
                pour_unread(&mut raw, &chunk, chunk.len()).await;
                still_welcome(address).await
            },
        ),
        Attack::new(
            (
                "never reading queries",
                "shows 60 cursors of 1 KiB, asks 1,000,000 times who is here, and reads nothing",
            ),
            "H6",
            Answer::Served,
            |address| async move {
                let mut raw = hungry_at(address, "queries").await;
                for client in 0..60 {
                    let state = awareness_of(client, 1, &format!(r#"{{"name":"{}"}}"#, "q".repeat(1_000)));
                    raw.frame(BINARY, &awareness(&state)).await.expect("the server reads");
                }
                pour_unread(&mut raw, &masked(BINARY, &frames::QUERY_AWARENESS).repeat(10_000), 7_000_000)
                    .await;
                still_welcome(address).await
            },
        ),
    ]
}

/// An attack that asks again and again for what it does not read.
fn hungry(naming: (&'static str, &'static str), ask: Vec<u8>) -> Attack {
    let (name, _) = naming;
    Attack::new(naming, "H6", Answer::Served, move |address| {
        let ask = masked(BINARY, &ask).repeat(1_000);
        async move {
            let mut raw = hungry_at(address, &name.replace(' ', "-")).await;
            pour_unread(&mut raw, &ask, 100 * ask.len()).await;
            still_welcome(address).await
        }
    })
}

/// Joins a document of 200 KiB that nobody else is in.
async fn hungry_at(address: SocketAddr, document: &str) -> Raw {
    large_document(address, document, 200 << 10).await;
    Raw::upgrade(address, &format!("/sync/{document}")).await
}
