//! More than an address or a session may ask for. The attacker comes through the proxy on this machine, from an
//! address of its own; the witnesses do not.

use std::net::{Ipv4Addr, SocketAddr};

use weft_tests::frames;
use weft_tests::raw::{BINARY, Raw, masked};
use weft_tests::wait::SOON;

use crate::attack::{Answer, Attack, Seen};
use crate::framing::pour_unread;
use crate::siege::{answered, ended};

/// Options of the server under these attacks: bounds that a test can reach.
pub const OPTIONS: [&str; 10] = [
    "--limit-joins-per-second",
    "10",
    "--limit-requests-per-second",
    "10",
    "--limit-messages-per-second",
    "1000",
    "--limit-throttle-ms",
    "1000",
    "--limit-sessions-per-address",
    "50",
];

/// Every attack of the family.
pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::new(
            ("sessions of one address", "opens 60 sessions from one address, 50 are allowed"),
            "R1",
            Answer::Close(1013),
            |address| async move {
                let mut sessions = joins(address, Ipv4Addr::new(203, 0, 113, 2), 60).await;
                ended(sessions.last_mut().expect("there are 60"), SOON).await
            },
        )
        .log_lines(40),
        Attack::new(
            ("join flood", "joins and leaves 400 times from one address, ten times a second are allowed"),
            "R1",
            Answer::Close(4529),
            |address| async move {
                for _ in 0..400 {
                    drop(joins(address, Ipv4Addr::new(203, 0, 113, 3), 1).await);
                }
                let mut last = joins(address, Ipv4Addr::new(203, 0, 113, 3), 1).await.remove(0);
                ended(&mut last, SOON).await
            },
        )
        .log_lines(40),
        Attack::new(
            ("request flood", "asks 400 times for the list of documents, ten times a second are allowed"),
            "R1",
            Answer::Problem(429),
            |address| async move {
                let mut seen = Seen::Ended;
                for _ in 0..400 {
                    let mut raw = Raw::connect(address).await;
                    let request =
 b"GET /api/documents HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 203.0.113.4\r\n\r\n";
                    raw.send(request).await.expect("the server reads");
                    seen = answered(&mut raw, SOON).await;
                }
                seen
            },
        ),
        Attack::new(
            ("message flood", "sends 200,000 messages, 1,000 in a second are allowed"),
            "R2",
            Answer::CloseOrEnd(4529),
            |address| async move {
                let mut raw = joins(address, Ipv4Addr::new(203, 0, 113, 5), 1).await.remove(0);
                let chunk = masked(BINARY, &frames::update(&frames::EMPTY_UPDATE)).repeat(1_000);
                pour_unread(&mut raw, &chunk, 200 * chunk.len()).await;
                ended(&mut raw, SOON).await
            },
        ),
    ]
}

async fn joins(address: SocketAddr, source: Ipv4Addr, count: usize) -> Vec<Raw> {
    let request = weft_tests::raw::upgrade_request("/sync/target", &format!("X-Forwarded-For: {source}\r\n"));
    let mut all = Vec::new();
    for _ in 0..count {
        let mut raw = Raw::connect(address).await;
        raw.send(request.as_bytes()).await.expect("the server reads");
        raw.upgraded().await;
        all.push(raw);
    }
    all
}
