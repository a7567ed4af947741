//! Pages of others.

use weft_tests::http;
use weft_tests::socket::Socket;
use weft_tests::store::Store;
use weft_tests::token::{SECRET, token};
use weft_tests::wait::SOON;
use weft_tests::weft::Weft;

use super::state;

/// [X6]
#[tokio::test(flavor = "multi_thread")]
async fn browsers_come_from_the_servers_own_pages_and_listed_ones_only() {
    let options = ["--auth-key", SECRET, "--allow-origin", "https://app.example"];
    let weft = Weft::start_with(Store::sqlite(), &options).await;
    let path = format!("/sync/notes?token={}", token("ada", &[("notes", "write")]));
    let own = format!("http://{}", weft.address());
    for origin in [own.as_str(), "https://app.example"] {
        let mut socket =
            Socket::open_with(weft.address(), &path, &[("origin", origin)]).await.expect("upgraded");
        state(&mut socket).await;
    }
    for origin in ["https://evil.example", "null", "http://app.example", "https://127.0.0.1"] {
        let mut socket =
            Socket::open_with(weft.address(), &path, &[("origin", origin)]).await.expect("upgraded");
        let (code, why) = socket.end(SOON).await.expect("a close frame");
        assert_eq!((code, why.contains("--allow-origin")), (4403, true), "{origin}: {why}");
    }
}

/// [X6]
#[tokio::test(flavor = "multi_thread")]
async fn pages_of_others_change_nothing_through_the_api_and_listed_ones_may() {
    let weft = Weft::start_with(Store::sqlite(), &["--allow-origin", "https://app.example"]).await;
    let create = async |origin: &str| {
        let headers = [("Origin", origin)];
        http::request(weft.address(), "POST /api/documents", &headers, "{}").await.expect("an answer")
    };
    assert_eq!(create("https://evil.example").await.status, 403);
    let made = create("https://app.example").await;
    assert_eq!(made.status, 201);
    assert!(made.head.to_ascii_lowercase().contains("access-control-allow-origin: https://app.example"));
    let asked = [
        ("Origin", "https://app.example"),
        ("Access-Control-Request-Method", "PATCH"),
        ("Access-Control-Request-Headers", "authorization,content-type"),
    ];
    let preflight =
        http::request(weft.address(), "OPTIONS /api/documents/x", &asked, "").await.expect("an answer");
    assert_eq!(preflight.status, 200, "{}", preflight.head);
    let read = http::request(weft.address(), "GET /api/documents", &[("Origin", "https://evil.example")], "");
    let read = read.await.expect("an answer");
    assert!(!read.head.to_ascii_lowercase().contains("access-control-allow-origin"), "{}", read.head);
}

/// [X6]
#[tokio::test(flavor = "multi_thread")]
async fn an_open_server_does_not_answer_to_foreign_names() {
    let weft = Weft::start(Store::sqlite()).await;
    for (host, status) in [("localhost", 200), ("127.0.0.1:8080", 200), ("rebound.example", 403)] {
        let headers = [("Host", host)];
        let answer =
            http::request(weft.address(), "GET /api/documents", &headers, "").await.expect("an answer");
        assert_eq!(answer.status, status, "{host}");
    }
    let rebound = [("host", "rebound.example"), ("origin", "http://rebound.example")];
    let mut socket = Socket::open_with(weft.address(), "/sync/notes", &rebound).await.expect("upgraded");
    assert_eq!(socket.end(SOON).await.expect("a close frame").0, 4403);
}
