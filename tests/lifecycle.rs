//! Start, readiness, orderly end, and refusing to start with options that cannot work.

use std::net::TcpListener;

use weft_tests::client::Client;
use weft_tests::frames;
use weft_tests::raw::Raw;
use weft_tests::socket::Socket;
use weft_tests::store::{Scratch, Store};
use weft_tests::wait::{SOON, until};
use weft_tests::weft::{STOP_LIMIT, Weft, run_to_end};

/// [L1]
#[tokio::test]
async fn a_started_server_is_alive_and_ready() {
    let weft = Weft::start(Store::sqlite()).await;
    assert_eq!(weft.status("/healthz").await, 200);
    assert_eq!(weft.status("/readyz").await, 200);
    assert_eq!(weft.status("/no/such/page.js").await, 404);
}

/// [L2]
#[tokio::test]
async fn a_termination_closes_sockets_with_1012_and_ends_with_0() {
    for signal in ["TERM", "INT"] {
        let mut weft = Weft::start(Store::sqlite()).await;
        let mut socket = Socket::open(weft.address(), "/sync/some%20document").await.expect("it upgrades");
        socket.send(frames::step1(&frames::EMPTY_STATE_VECTOR)).await.expect("the socket is open");
        weft.signal(signal).await;
        let end = socket.end(STOP_LIMIT).await.expect("a close frame says why");
        assert_eq!(end.0, 1012, "{end:?}");
        assert!(!end.1.is_empty(), "a reason is given");
        assert_eq!(weft.ended().await.code(), Some(0), "after SIG{signal}");
    }
}

/// [L2]
#[tokio::test]
async fn a_termination_does_not_wait_for_a_peer_that_has_stopped_reading() {
    let mut weft = Weft::start(Store::sqlite()).await;
    let mut writer = Client::join(weft.address(), "stalled").await;
    let mut stalled = Raw::upgrade(weft.address(), "/sync/stalled").await;
    stalled.frame(weft_tests::raw::BINARY, &frames::step1(&[0])).await.expect("the server reads");
    for _ in 0..64 {
        writer.append(&"x".repeat(256 * 1024)).await.expect("the socket is open");
    }
    writer.until("the acks", Client::saved).await;
    assert_eq!(weft.stop().await.code(), Some(0));
}

/// [L2]
#[tokio::test]
async fn after_an_orderly_end_the_file_alone_holds_everything() {
    let (store, other) = (Store::sqlite(), Scratch::new("copy"));
    let file = store.folder().join("weft.db");
    let mut weft = Weft::start(store).await;
    let mut writer = Client::join(weft.address(), "copied").await;
    writer.append("words").await.expect("the socket is open");
    writer.until("the ack", Client::saved).await;
    assert_eq!(weft.stop().await.code(), Some(0));
    let copy = other.path().join("weft.db");
    std::fs::copy(&file, &copy).expect("the file is there");
    let url = format!("sqlite://{}", copy.display());
    let (status, said) = run_to_end(&["check", "--database", &url]).await;
    assert!(status.success() && said.contains("1 documents, 1 updates"), "{said}");
}

/// [L2]
#[tokio::test]
async fn a_second_signal_ends_the_server_at_once() {
    let mut weft = Weft::start(Store::sqlite()).await;
    let _session = Client::join(weft.address(), "open").await;
    weft.signal("TERM").await;
    // The first may already have ended it.
    if weft.is_running() {
        weft.signal("TERM").await;
    }
    weft.ended().await;
}

/// [L2]
#[tokio::test]
async fn a_restart_on_the_same_port_has_the_documents() {
    let mut weft = Weft::start(Store::sqlite()).await;
    let mut writer = Client::join(weft.address(), "notes/2026").await;
    writer.append("grüße 🙂").await.expect("the socket is open");
    writer.until("the ack", Client::saved).await;
    assert_eq!(weft.stop().await.code(), Some(0));
    weft.launch_again().await;
    assert_eq!(Client::join(weft.address(), "notes/2026").await.text(), "grüße 🙂");
}

/// [L4]
#[tokio::test]
async fn documents_in_memory_live_as_long_as_the_server() {
    let weft = Weft::start(Store::at("sqlite::memory:".to_owned())).await;
    let mut writer = Client::join(weft.address(), "short-lived").await;
    writer.append("here").await.expect("the socket is open");
    writer.until("the ack", Client::saved).await;
    drop(writer);
    assert_eq!(Client::join(weft.address(), "short-lived").await.text(), "here");
}

/// [L3]
#[tokio::test]
async fn options_that_cannot_work_are_refused_by_name_before_anything_is_bound() {
    let refused: [(&[&str], &str); 6] = [
        (&["--listen", "nonsense"], "--listen"),
        (&["--database", "oracle://somewhere/x"], "--database"),
        (&["--database", "sqlite:///proc/no/such/folder/weft.db"], "--database"),
        (&["--database", "postgres://nobody@127.0.0.1:1/none"], "--database"),
        (&["--workers", "many"], "--workers"),
        (&["--no-such-option"], "--no-such-option"),
    ];
    for (options, named) in refused {
        assert_refused(options, named).await;
    }
}

/// [L3]
#[tokio::test]
async fn without_an_access_key_only_loopback_is_served() {
    assert_refused(&["--listen", "0.0.0.0:0", "--database", "sqlite::memory:"], "access key").await;
}

/// [L3]
#[tokio::test]
async fn a_port_in_use_is_an_error_that_names_the_option() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = taken.local_addr().expect("it is bound").to_string();
    assert_refused(&["--listen", &address, "--database", "sqlite::memory:"], "--listen").await;
}

/// [L3]
#[tokio::test]
async fn help_names_every_documented_option() {
    let (status, text) = run_to_end(&["serve", "--help"]).await;
    assert!(status.success());
    for option in ["--listen", "--database", "--workers", "--log", "--log-format"] {
        assert!(text.contains(option), "{option} is missing in {text}");
    }
}

/// [L1]
#[tokio::test]
async fn readiness_and_health_do_not_depend_on_sessions_that_misbehave() {
    let weft = Weft::start(Store::sqlite()).await;
    let mut silent = Vec::new();
    for _ in 0..50 {
        silent.push(Raw::connect(weft.address()).await);
    }
    until("the server is ready beside silent connections", SOON, async || {
        weft.status("/readyz").await == 200
    })
    .await;
}

async fn assert_refused(options: &[&str], named: &str) {
    let (status, text) = run_to_end(options).await;
    assert!(!status.success(), "{options:?} was accepted: {text}");
    assert!(text.contains(named), "{options:?}: the message does not name {named}: {text}");
    assert!(!text.contains("listening on"), "{options:?}: bound before it was refused: {text}");
}
