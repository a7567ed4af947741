//! Sessions without end, to one document and to thousands.

use std::net::SocketAddr;

use weft_tests::http;
use weft_tests::raw::Raw;
use weft_tests::socket::Socket;
use weft_tests::wait::{SOON, until};

use crate::attack::{Answer, Attack, Seen};
use crate::siege::{TARGET, ended, outcome, still_welcome};

/// Options of the server under these attacks: bounds that a test can reach.
pub const OPTIONS: [&str; 8] = [
    "--limit-sessions-per-document",
    "600",
    "--limit-open-documents",
    "2500",
    "--limit-connections",
    "3000",
    "--limit-idle-ms",
    "500",
];

/// Every attack of the family.
pub fn attacks() -> Vec<Attack> {
    [crowds(), comings_and_goings()].into_iter().flatten().collect()
}

fn crowds() -> Vec<Attack> {
    vec![
        Attack::new(
            ("five hundred sessions", "joins one document 500 times and says nothing"),
            "H6",
            Answer::Served,
            |address| async move {
                let _idle = raw_sessions(address, 500, |_| TARGET.to_owned()).await;
                still_welcome(address).await
            },
        )
        .log_lines(20),
        Attack::new(
            ("more sessions than a document has", "joins one document 700 times, 600 are allowed"),
            "H6",
            Answer::Close(1013),
            |address| async move {
                let mut idle = raw_sessions(address, 700, |_| "/sync/crowded".to_owned()).await;
                let last = idle.last_mut().expect("there are 700");
                ended(last, SOON).await
            },
        )
        .log_lines(250),
        Attack::new(
            ("two thousand documents", "joins 2,000 documents that do not exist"),
            "H6",
            Answer::Served,
            |address| async move {
                let _idle = raw_sessions(address, 2_000, |n| format!("/sync/many/{n}")).await;
                still_welcome(address).await
            },
        )
        .peak_mib(64),
        Attack::new(
            ("more documents than may be open", "joins 2,600 documents, 2,500 are allowed"),
            "H6",
            Answer::Close(1013),
            |address| async move {
                let mut idle = raw_sessions(address, 2_600, |n| format!("/sync/more/{n}")).await;
                // Not the last ones of all: documents of earlier attacks may end meanwhile and make room.
                let ends = idle.iter_mut().map(|session| Box::pin(ended(session, SOON)));
                futures_util::future::select_all(ends).await.0
            },
        )
        .peak_mib(72)
        .log_lines(1_000),
    ]
}

fn comings_and_goings() -> Vec<Attack> {
    vec![
        Attack::new(
            ("join and leave", "joins and leaves at once, 1,000 times"),
            "L4",
            Answer::Served,
            |address| async move {
                for _ in 0..1_000 {
                    drop(Raw::upgrade(address, TARGET).await);
                }
                still_welcome(address).await
            },
        ),
        Attack::new(
            ("join and leave everywhere", "joins and leaves 1,000 documents at once"),
            "L4",
            Answer::Served,
            |address| async move {
                for n in 0..1_000 {
                    drop(Raw::upgrade(address, &format!("/sync/brief/{n}")).await);
                }
                still_welcome(address).await
            },
        )
        .peak_mib(64),
        Attack::new(
            ("upgrades not waited for", "asks for 1,000 sessions and resets before the answer"),
            "L4",
            Answer::Served,
            |address| async move {
                let request = weft_tests::raw::upgrade_request(TARGET, "");
                for _ in 0..1_000 {
                    let mut raw = Raw::connect(address).await;
                    raw.send(request.as_bytes()).await.unwrap_or_default();
                    raw.reset();
                }
                still_welcome(address).await
            },
        ),
        Attack::new(
            (
                "sessions that never say hello",
                "joins 200 documents and sends neither SyncStep1 nor anything else",
            ),
            "H6",
            Answer::Served,
            |address| async move {
                // Those of earlier attacks may not have ended yet, and more than 2,500 are refused, rightly.
                until("room for 200 documents", SOON, async move || open_documents(address).await <= 2_300)
                    .await;
                let mut silent = Vec::new();
                for n in 0..200 {
                    let path = format!("/sync/silent/{n}?ack=1");
                    silent.push(Socket::open(address, &path).await.expect("the server upgrades"));
                }
                // The last of them wakes up and is served like anybody.
                outcome(silent.last_mut().expect("there are 200")).await
            },
        ),
    ]
}

async fn open_documents(address: SocketAddr) -> usize {
    let metrics = http::metrics(address, &[]).await;
    let line = metrics.lines().find_map(|line| line.strip_prefix("weft_documents_open "));
    line.and_then(|number| number.parse().ok()).expect("a number of documents")
}

async fn raw_sessions(address: SocketAddr, count: usize, path: impl Fn(usize) -> String) -> Vec<Raw> {
    let mut all = Vec::with_capacity(count);
    for n in 0..count {
        all.push(Raw::upgrade(address, &path(n)).await);
    }
    all
}

/// Sessions over the process' own bound, on a server of their own because they leave no room for anybody.
pub fn over_the_limit() -> Vec<Attack> {
    vec![
        Attack::new(
            ("more sessions than the process has", "opens more sessions than --limit-connections allows"),
            "H6",
            Answer::Close(1013),
            |address| async move {
                let mut sessions = raw_sessions(address, 64, |n| format!("/sync/over/{n}")).await;
                let seen: Seen = ended(sessions.last_mut().expect("there are 64"), SOON).await;
                seen
            },
        )
        .log_lines(80),
    ]
}
