//! HTTP requests that never end, and connections that never leave.

use std::net::SocketAddr;
use std::time::Duration;

use weft_tests::raw::Raw;
use weft_tests::wait::SOON;

use crate::attack::{Answer, Attack, Seen};
use crate::framing::{pour, pour_unread};
use crate::requests::{JSON, create};
use crate::siege::{all_answered, answered};

/// A request has to be there within ten seconds, its body within another ten; a busy machine may take longer to notice.
const PATIENCE: Duration = Duration::from_secs(40);
const CONNECTIONS: usize = 200;

/// Attacks that wait for the end of the server's patience.
pub fn slow() -> Vec<Attack> {
    let waiting = |naming, rule, answer, begin: Vec<u8>| {
        Attack::new(naming, rule, answer, move |address| {
            let begin = begin.clone();
            async move {
                let mut slow = Vec::new();
                for _ in 0..CONNECTIONS {
                    let mut raw = Raw::connect(address).await;
                    raw.send(&begin).await.expect("the server reads");
                    slow.push(raw);
                }
                all_answered(&mut slow, PATIENCE).await
            }
        })
        .beside_others()
    };
    vec![
        waiting(
            ("slow bodies", "begins 200 bodies and never ends them"),
            "H9",
            Answer::Problem(408),
            create(&format!("{JSON}Content-Length: 100\r\n"), b"{"),
        ),
        waiting(
            ("slow chunks", "begins 200 chunked bodies and never ends them"),
            "H9",
            Answer::Problem(408),
            create(&format!("{JSON}Transfer-Encoding: chunked\r\n"), b"5\r\n{\"na"),
        ),
        waiting(
            ("slow request line", "sends half a method, 200 times"),
            "H5",
            Answer::Status(408),
            b"GE".to_vec(),
        ),
        Attack::new(
            ("body of a request without one", "announces a body with 200 GETs and never sends it"),
            "H9",
            Answer::End,
            |address| async move {
                let mut slow = Vec::new();
                for _ in 0..CONNECTIONS {
                    let mut raw = Raw::connect(address).await;
                    raw.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n")
                        .await
                        .expect("the server reads");
                    raw.skip_response().await;
                    slow.push(raw);
                }
                all_answered(&mut slow, PATIENCE).await
            },
        )
        .beside_others(),
    ]
}

/// Attacks that go on for ever.
pub fn endless() -> Vec<Attack> {
    vec![
        Attack::new(
            ("endless chunks", "sends a chunked body of 64 MiB"),
            "H9",
            Answer::Problem(413),
            |address| async move {
                let mut raw = Raw::connect(address).await;
                raw.send(&create(&format!("{JSON}Transfer-Encoding: chunked\r\n"), b""))
                    .await
                    .expect("it reads");
                let chunk = [b"4000\r\n".to_vec(), vec![b' '; 0x4000], b"\r\n".to_vec()].concat();
                pour(&mut raw, &chunk, 64 << 20).await;
                answered(&mut raw, SOON).await
            },
        )
        .peak_mib(24),
        Attack::new(
            ("idle connections", "makes a request on each of 1,000 connections and keeps them"),
            "H9",
            Answer::Status(200),
            |address| async move {
                let mut idle = Vec::new();
                for _ in 0..1_000 {
                    let mut raw = Raw::connect(address).await;
                    raw.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        .await
                        .expect("the server reads");
                    raw.skip_response().await;
                    idle.push(raw);
                }
                one_more(address).await
            },
        ),
        Attack::new(
            ("unread answers", "pipelines 100,000 requests and reads no answer"),
            "H9",
            Answer::Status(200),
            |address| async move {
                let mut raw = Raw::connect(address).await;
                let many = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(1_000);
                pour_unread(&mut raw, many.as_bytes(), 100 * many.len()).await;
                one_more(address).await
            },
        ),
        Attack::new(
            ("connect and leave", "connects and resets 2,000 times"),
            "H5",
            Answer::Status(200),
            |address| async move {
                for _ in 0..2_000 {
                    Raw::connect(address).await.reset();
                }
                one_more(address).await
            },
        ),
    ]
}

/// Makes a request like anybody else.
pub async fn one_more(address: SocketAddr) -> Seen {
    let mut raw = Raw::connect(address).await;
    raw.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.expect("the server reads");
    answered(&mut raw, SOON).await
}
