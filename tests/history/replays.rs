//! Replays that nobody reads to their end.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use weft_tests::replica::Replica;
use weft_tests::store::Store;
use weft_tests::wait::within;
use weft_tests::weft::Weft;

use super::{DOCUMENT, frames, post, unchunked};

/// Bytes of each edit, and edits: far more than sockets and the server hold on the way.
const EDIT_BYTES: usize = 256 << 10;
const EDITS: usize = 64;

/// Megabytes by a build that is not optimised, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(90);

async fn long_past() -> Weft {
    let weft = Weft::start(Store::sqlite()).await;
    let replica = Replica::default();
    for n in 0..EDITS {
        post(&weft, &replica.replace(&format!("{n:x}").repeat(EDIT_BYTES))).await;
    }
    weft
}

/// Asks for a replay, for a customer of a proxy if it is said which.
async fn asking(weft: &Weft, address: Option<&str>) -> TcpStream {
    let mut stream = TcpStream::connect(weft.address()).await.expect("the server listens");
    let forwarded = address.map(|address| format!("X-Forwarded-For: {address}\r\n")).unwrap_or_default();
    let request = format!("GET {DOCUMENT}/replay HTTP/1.1\r\nHost: {}\r\n{forwarded}\r\n", weft.address());
    stream.write_all(request.as_bytes()).await.expect("sent");
    stream
}

/// Asks for a replay and reads how its answer begins.
async fn asked(weft: &Weft, address: Option<&str>) -> TcpStream {
    let mut stream = asking(weft, address).await;
    let mut head = [0; 64];
    stream.read_exact(&mut head).await.expect("an answer");
    assert!(head.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&head));
    stream
}

/// Reads a replay to its end.
async fn whole(weft: &Weft) -> usize {
    let mut stream = TcpStream::connect(weft.address()).await.expect("the server listens");
    let head =
        format!("GET {DOCUMENT}/replay HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", weft.address());
    stream.write_all(head.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    within("the whole replay", PATIENCE, stream.read_to_end(&mut answer)).await.expect("read");
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    frames(&unchunked(&answer[end + 4..])).len()
}

/// [T4] [T2]
#[tokio::test(flavor = "multi_thread")]
async fn who_stops_reading_or_goes_away_costs_little() {
    let weft = long_past().await;
    // Somebody else's: what a replay needs while it is read.
    assert_eq!(whole(&weft).await, EDITS);
    let before = weft.resident_bytes();
    let mut stopped = Vec::new();
    for _ in 0..10 {
        stopped.push(asked(&weft, None).await);
    }
    // Room for 32: these have to be given back, or the last ones would be refused.
    for _ in 0..60 {
        drop(asked(&weft, None).await);
    }
    assert_eq!(whole(&weft).await, EDITS, "others are served");
    let after = weft.resident_bytes();
    let grown = after.saturating_sub(before) >> 20;
    let all = (EDITS * EDIT_BYTES * stopped.len()) >> 20;
    println!(
        "resident: {} MiB before, {} MiB with 10 stopped readers of {all} MiB",
        before >> 20,
        after >> 20
    );
    assert!(grown < 100, "{grown} MiB for 10 readers that stopped before {all} MiB");
    drop(stopped);
}

/// [R4]
#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_all_replays_leaves_half_of_them_to_others() {
    let weft = long_past().await;
    let greedy = Some("192.0.2.1");
    let mut held = Vec::new();
    for _ in 0..16 {
        held.push(asked(&weft, greedy).await);
    }
    for _ in 0..40 {
        held.push(asking(&weft, greedy).await);
    }
    let mut others = Vec::new();
    for n in 0..16 {
        others.push(asked(&weft, Some(if n < 8 { "192.0.2.2" } else { "192.0.2.3" })).await);
    }
}
