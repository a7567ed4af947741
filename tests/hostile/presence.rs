//! Awareness that is malformed, too much, or somebody else's.

use std::net::SocketAddr;

use weft_tests::frames::{self, awareness, awareness_of, hex, put_bytes, put_uint};

use crate::attack::{Answer, Attack};
use crate::protocol::{message, messages};
use crate::siege::{attacker, outcome};

/// Every attack of the family.
pub fn attacks() -> Vec<Attack> {
    [malformed_presence(), foreign_presence(), restless()].into_iter().flatten().collect()
}

fn malformed_presence() -> Vec<Attack> {
    let bad = Answer::Close(4400);
    let state = |naming, answer, json: &[u8]| {
        let mut payload = vec![1, 9, 1];
        put_bytes(&mut payload, json);
        message(naming, answer, awareness(&payload))
    };
    let raw = |name, what, digits| message((name, what), bad, hex(digits));
    let deep = [vec![b'['; 5_000], vec![b']'; 5_000]].concat();
    vec![
        raw("awareness without a length", "ends an awareness message behind its type", "01"),
        raw("awareness shorter than its length", "announces five bytes and sends one", "010501"),
        raw("awareness of fewer than it says", "counts three entries and sends none", "010103"),
        raw("awareness count", "counts 2^28 entries in four bytes", "0104ffffff7f"),
        state(("state that is not JSON", "shows a state of one brace"), bad, b"{"),
        state(("state that is not UTF-8", "shows a state of FF FE"), bad, b"\xff\xfe"),
        state(("empty state", "shows a state without a byte"), bad, b""),
        state(("deep state", "shows JSON nested 5,000 deep"), bad, &deep),
        state(
            ("huge awareness", "shows a state of 1 MiB"),
            Answer::Close(4413),
            format!("\"{}\"", "x".repeat(1 << 20)).as_bytes(),
        ),
    ]
}

fn foreign_presence() -> Vec<Attack> {
    vec![
        Attack::new(
            ("ten thousand ids", "shows 10,000 clients, of which a session may own 64"),
            "A4",
            Answer::Served,
            |address| async move {
                let mut socket = attacker(address).await;
                for first in (0..10_000_u64).step_by(1_000) {
                    socket.send(awareness(&crowd(first, 1_000))).await.expect("the socket is open");
                }
                let seen = outcome(&mut socket).await;
                assert!(present(address).await.len() <= 64 + 8, "more ids than a session may own");
                seen
            },
        ),
        Attack::new(
            ("ids of others", "removes a client of somebody else, and shows it elsewhere"),
            "A2",
            Answer::Served,
            |address| async move {
                let mut owner = attacker(address).await;
                let state = awareness_of(4_711, 1_000, r#"{"name":"Owner"}"#);
                owner.send(awareness(&state)).await.expect("the socket is open");
                outcome(&mut owner).await;
                let mut thief = attacker(address).await;
                for (clock, state) in [(1_000, "null"), (1_001, "null"), (1 << 52, "null")] {
                    thief
                        .send(awareness(&awareness_of(4_711, clock, state)))
                        .await
                        .expect("the socket is open");
                }
                let seen = outcome(&mut thief).await;
                let shown = present(address).await;
                let owner = shown.iter().find(|entry| entry.client == 4_711);
                assert!(owner.is_some_and(|entry| entry.state.contains("Owner")), "{shown:?}");
                seen
            },
        ),
        message(
            ("awareness clock at the end", "shows a clock of 2^53 - 1, after which no newer one exists"),
            Answer::Served,
            awareness(&awareness_of(990_002, (1 << 53) - 1, "{}")),
        ),
        message(
            ("clock beyond the end", "shows a clock of 2^53"),
            Answer::Close(4400),
            awareness(&awareness_of(990_003, 1 << 53, "{}")),
        ),
    ]
}

fn restless() -> Vec<Attack> {
    vec![
        Attack::new(
            ("coming and going", "shows and removes 20,000 clients, 60 at a time"),
            "A4",
            Answer::Served,
            |address| async move {
                let mut socket = attacker(address).await;
                for first in (100_000..120_000_u64).step_by(60) {
                    for state in ["{}", "null"] {
                        let mut payload = Vec::new();
                        put_uint(&mut payload, 60);
                        for client in first..first + 60 {
                            payload.extend_from_slice(&awareness_of(client, 1, state)[1..]);
                        }
                        socket.send(awareness(&payload)).await.expect("the socket is open");
                    }
                }
                outcome(&mut socket).await
            },
        ),
        messages(
            ("awareness flood", "moves its cursor 20,000 times"),
            "H6",
            Answer::Served,
            (0..20_000).map(|clock| awareness(&awareness_of(990_004, clock, r#"{"cursor":1}"#))).collect(),
        ),
    ]
}

fn crowd(first: u64, count: u64) -> Vec<u8> {
    let mut payload = Vec::new();
    put_uint(&mut payload, count);
    for client in first..first + count {
        payload.extend_from_slice(&awareness_of(client, 1, "{}")[1..]);
    }
    payload
}

/// Who a newcomer is told is here.
async fn present(address: SocketAddr) -> Vec<frames::Presence> {
    let mut socket = attacker(address).await;
    socket.send(frames::QUERY_AWARENESS.to_vec()).await.expect("the socket is open");
    socket.send(frames::step1(&frames::EMPTY_STATE_VECTOR)).await.expect("the socket is open");
    let mut shown = Vec::new();
    loop {
        match socket.message().await {
            frames::Message::Awareness(payload) => shown.extend(frames::decode_awareness(&payload)),
            frames::Message::Step2(_) => break,
            _ => {}
        }
    }
    shown.retain(|entry| entry.state != "null");
    shown.sort_by_key(|entry| entry.client);
    shown.dedup_by_key(|entry| entry.client);
    shown
}
