//! A hostile client: every way we know to harm the server, each with the answer it has to get.
//!
//! `docs/attacks.md` lists them. Each runs against a server with two clients at work on the attacked document and two on
//! another; afterwards they still are, the memory is back, and hardly a line is logged.

#[path = "hostile/attack.rs"]
mod attack;
#[path = "hostile/entry.rs"]
mod entry;
#[path = "hostile/framing.rs"]
mod framing;
#[path = "hostile/gaps.rs"]
mod gaps;
#[path = "hostile/handshake.rs"]
mod handshake;
#[path = "hostile/harmless.rs"]
mod harmless;
#[path = "hostile/images.rs"]
mod images;
#[path = "hostile/joins.rs"]
mod joins;
#[path = "hostile/page.rs"]
mod page;
#[path = "hostile/patience.rs"]
mod patience;
#[path = "hostile/presence.rs"]
mod presence;
#[path = "hostile/protocol.rs"]
mod protocol;
#[path = "hostile/rates.rs"]
mod rates;
#[path = "hostile/requests.rs"]
mod requests;
#[path = "hostile/siege.rs"]
mod siege;
#[path = "hostile/updates.rs"]
mod updates;

use siege::Siege;

/// [H5] [W2]
#[tokio::test(flavor = "multi_thread")]
async fn hostile_handshakes_are_refused() {
    Siege::start().await.withstands(handshake::attacks()).await;
}

/// [H4] [H6] [F2] [A2]
#[tokio::test(flavor = "multi_thread")]
async fn hostile_frames_are_refused() {
    Siege::start_with(&["--limit-idle-ms", "500"]).await.withstands(framing::attacks()).await;
}

/// [H1] [H6] [W4]
#[tokio::test(flavor = "multi_thread")]
async fn hostile_messages_are_refused() {
    Siege::start().await.withstands(protocol::attacks()).await;
}

/// [A2] [A4] [H1]
#[tokio::test(flavor = "multi_thread")]
async fn hostile_awareness_is_refused() {
    Siege::start().await.withstands(presence::attacks()).await;
}

/// [H1] [H2] [H6] [W8]
#[tokio::test(flavor = "multi_thread")]
async fn hostile_updates_are_refused() {
    Siege::start_with(&updates::OPTIONS).await.withstands(updates::attacks()).await;
}

/// [H6] [L4]
#[tokio::test(flavor = "multi_thread")]
async fn hostile_joins_are_refused() {
    Siege::start_with(&joins::OPTIONS).await.withstands(joins::attacks()).await;
    Siege::start_with(&["--limit-connections", "32"]).await.withstands(joins::over_the_limit()).await;
}

/// [O1] [O2] [O3] [H9]
#[tokio::test(flavor = "multi_thread")]
async fn hostile_images_are_refused() {
    Siege::start().await.withstands(images::attacks()).await;
}

/// [H5] [H9]
#[tokio::test(flavor = "multi_thread")]
async fn hostile_requests_are_refused() {
    Siege::start().await.withstands(requests::attacks()).await;
}

/// [X1] [X2] [X3] [X5] [X6] [X7]
#[tokio::test(flavor = "multi_thread")]
async fn hostile_tokens_are_refused() {
    let closed = ["--auth-key", entry::PUBLIC, "--limit-messages-per-second", "100000"];
    Siege::start_as(&closed, Some(entry::good())).await.withstands(entry::attacks()).await;
}

/// [R1] [R2]
#[tokio::test(flavor = "multi_thread")]
async fn hostile_rates_are_refused() {
    Siege::start_as(&rates::OPTIONS, None).await.withstands(rates::attacks()).await;
}
