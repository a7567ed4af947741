//! Requests for an upgrade that are wrong, endless or misleading.

use std::net::SocketAddr;
use std::time::Duration;

use weft_tests::frames;
use weft_tests::raw::{Raw, masked, upgrade_request};
use weft_tests::wait::SOON;

use crate::attack::{Answer, Attack, Seen};
use crate::siege::{all_answered, answered, ended, still_welcome};

/// A head has to be there within ten seconds; a busy machine may take longer to notice.
const PATIENCE: Duration = Duration::from_secs(30);
const SLOW_CONNECTIONS: usize = 200;
const HEADERS: usize = 10_000;

/// Every attack of the family.
pub fn attacks() -> Vec<Attack> {
    [wrong_requests(), odd_names(), endless_heads(), smuggled()].into_iter().flatten().collect()
}

/// An attack that is one request.
fn request(
    naming: (&'static str, &'static str),
    rule: &'static str,
    answer: Answer,
    bytes: impl Into<Vec<u8>>,
) -> Attack {
    let bytes = bytes.into();
    Attack::new(naming, rule, answer, move |address| {
        let bytes = bytes.clone();
        async move {
            let mut raw = Raw::connect(address).await;
            raw.send(&bytes).await.unwrap_or_default();
            answered(&mut raw, SOON).await
        }
    })
}

fn wrong_requests() -> Vec<Attack> {
    let good = || upgrade_request("/sync/target", "");
    let refused = Answer::Status(400);
    vec![
        request(
            ("old WebSocket", "asks for version 8 of the protocol"),
            "W2",
            Answer::Status(426),
            good().replace("Version: 13", "Version: 8"),
        ),
        request(
            ("no version", "leaves the version out"),
            "W2",
            refused,
            good().replace("Sec-WebSocket-Version: 13\r\n", ""),
        ),
        request(
            ("no key", "leaves the key out"),
            "W2",
            refused,
            good().replace("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""),
        ),
        request(
            ("other upgrade", "asks for an upgrade to h2c"),
            "W2",
            Answer::Problem(426),
            good().replace("Upgrade: websocket", "Upgrade: h2c"),
        ),
        request(
            ("upgrade by POST", "upgrades with another method"),
            "W2",
            Answer::Status(405),
            good().replace("GET", "POST"),
        ),
        request(
            ("tunnel", "asks for a CONNECT tunnel through the server"),
            "W2",
            Answer::Status(404),
            "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n",
        ),
        request(
            ("upgrade elsewhere", "upgrades at a path that is no endpoint"),
            "W2",
            Answer::Status(404),
            upgrade_request("/api/documents", ""),
        ),
        request(
            ("HTTP/1.0 without upgrade", "asks for a session in HTTP/1.0, without the upgrade"),
            "W2",
            Answer::Problem(426),
            "GET /sync/target HTTP/1.0\r\n\r\n",
        ),
        request(
            ("upgrade in HTTP/1.0", "upgrades in HTTP/1.0, which knows no upgrades"),
            "W2",
            Answer::Status(101),
            good().replace("HTTP/1.1", "HTTP/1.0"),
        ),
        request(
            ("HTTP/9.9", "names a version of HTTP that does not exist"),
            "H5",
            refused,
            "GET /sync/target HTTP/9.9\r\nHost: localhost\r\n\r\n",
        ),
    ]
}

/// An attack that upgrades with an odd name.
fn name(naming: (&'static str, &'static str), answer: Answer, raw_name: &str) -> Attack {
    let request = upgrade_request(&format!("/sync/{raw_name}"), "");
    Attack::new(naming, "W2", answer, move |address| {
        let request = request.clone();
        async move { join_by(address, &request).await }
    })
}

async fn join_by(address: SocketAddr, request: &str) -> Seen {
    let mut raw = Raw::connect(address).await;
    raw.send(request.as_bytes()).await.expect("the server reads the request");
    raw.upgraded().await;
    raw.frame(0x88, &1000_u16.to_be_bytes()).await.unwrap_or_default();
    match ended(&mut raw, SOON).await {
        // It was taken for a session, and closed as the peer asked.
        Seen::Closed(1000, _) | Seen::Ended => Seen::Served,
        refused => refused,
    }
}

fn odd_names() -> Vec<Attack> {
    let bad = Answer::Close(4400);
    vec![
        name(("no name", "joins a document without a name"), bad, ""),
        name(("NUL in a name", "puts %00 into the name"), bad, "a%00b"),
        name(("control characters", "puts a line end and an escape into the name"), bad, "a%0d%0a%1b%5b2J"),
        name(("name that is not UTF-8", "puts %FF%FE into the name"), bad, "%FF%FE"),
        name(("overlong slash", "writes a slash as %C0%AF"), bad, "..%C0%AF..%C0%AFetc"),
        name(("long name", "names a document with 513 bytes"), bad, &"n".repeat(513)),
        name(
            ("path traversal", "joins ../../../etc/passwd, which is a name like any other"),
            Answer::Served,
            "../../../etc/passwd",
        ),
        name(
            ("double encoding", "joins %252e%252e%252fetc, decoded once"),
            Answer::Served,
            "%252e%252e%252fetc%252fpasswd",
        ),
        name(("broken percent", "ends the name within an escape"), Answer::Served, "a%2"),
        name(
            ("SQL in a name", "joins a document named by an injection"),
            Answer::Served,
            "x';%20DROP%20TABLE%20updates;--",
        ),
    ]
}

fn endless_heads() -> Vec<Attack> {
    vec![
        Attack::new(
            ("slow heads", "opens 200 connections and never ends the heads of their requests"),
            "H5",
            Answer::Status(408),
            |address| async move {
                let mut slow = Vec::new();
                for _ in 0..SLOW_CONNECTIONS {
                    let mut raw = Raw::connect(address).await;
                    raw.send(b"GET /sync/target HTTP/1.1\r\nHost: x\r\nX-Slow: ").await.expect("it reads");
                    slow.push(raw);
                }
                all_answered(&mut slow, PATIENCE).await
            },
        )
        .beside_others(),
        Attack::new(
            ("silent connections", "opens 200 connections and says nothing"),
            "H5",
            Answer::Status(408),
            |address| async move {
                let mut silent = Vec::new();
                for _ in 0..SLOW_CONNECTIONS {
                    silent.push(Raw::connect(address).await);
                }
                all_answered(&mut silent, PATIENCE).await
            },
        )
        .beside_others(),
        Attack::new(
            ("endless head", "sends 64 MiB of header lines"),
            "H5",
            Answer::Status(431),
            |address| async move {
                let line = format!("X-Filler: {}\r\n", "x".repeat(8 * 1024));
                endless(address, &line, 8_192).await
            },
        )
        .peak_mib(8),
        Attack::new(
            ("ten thousand headers", "sends 10,000 short header lines"),
            "H5",
            Answer::Status(431),
            |address| async move {
                let lines: String = (0..HEADERS).map(|n| format!("X-{n}: 1\r\n")).collect();
                let mut raw = Raw::connect(address).await;
                raw.send(upgrade_request("/sync/target", &lines).as_bytes()).await.unwrap_or_default();
                answered(&mut raw, SOON).await
            },
        )
        .peak_mib(8),
        Attack::new(
            ("huge header", "sends one header line of 1 MiB"),
            "H5",
            Answer::Status(431),
            |address| async move {
                let line = format!("X-Filler: {}\r\n", "x".repeat(1 << 20));
                endless(address, &line, 1).await
            },
        )
        .peak_mib(8),
    ]
}

async fn endless(address: SocketAddr, line: &str, times: usize) -> Seen {
    let mut raw = Raw::connect(address).await;
    raw.send(b"GET /sync/target HTTP/1.1\r\n").await.expect("the server reads");
    for _ in 0..times {
        if raw.send(line.as_bytes()).await.is_err() {
            break;
        }
    }
    answered(&mut raw, SOON).await
}

fn smuggled() -> Vec<Attack> {
    let served = Answer::Served;
    vec![
        Attack::new(
            ("request behind the upgrade", "pipelines a second request behind the upgrade"),
            "H4",
            Answer::Close(4400),
            |address| async move {
                let both =
                    [upgrade_request("/sync/target", ""), upgrade_request("/sync/elsewhere", "")].concat();
                after_upgrade(address, both.as_bytes()).await
            },
        ),
        Attack::new(
            ("body with the upgrade", "announces and sends a body with the upgrade"),
            "H4",
            Answer::Close(4400),
            |address| async move {
                let request = upgrade_request("/sync/target", "Content-Length: 5\r\n") + "hello";
                after_upgrade(address, request.as_bytes()).await
            },
        ),
        Attack::new(
            ("two upgrades", "asks for h2c and WebSocket in one request"),
            "W2",
            served,
            |address| async move {
                let request = upgrade_request("/sync/target", "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n");
                join_by(address, &request).await
            },
        ),
        Attack::new(
            (
                "message before the answer",
                "sends a message together with the upgrade, not waiting for the answer",
            ),
            "W1",
            served,
            |address| async move {
                let hello = masked(0x82, &frames::step1(&frames::EMPTY_STATE_VECTOR));
                let mut raw = Raw::connect(address).await;
                let request = [upgrade_request("/sync/target", "").into_bytes(), hello].concat();
                raw.send(&request).await.expect("the server reads");
                raw.upgraded().await;
                still_welcome(address).await
            },
        ),
    ]
}

async fn after_upgrade(address: SocketAddr, bytes: &[u8]) -> Seen {
    let mut raw = Raw::connect(address).await;
    raw.send(bytes).await.expect("the server reads");
    raw.upgraded().await;
    ended(&mut raw, SOON).await
}
