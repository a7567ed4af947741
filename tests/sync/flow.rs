//! A client that reads too slowly gets the newest state instead of everything that led to it.

use weft_tests::client::Client;
use weft_tests::frames::{self, Message};
use weft_tests::http;
use weft_tests::raw::{BINARY, Raw};
use weft_tests::replica::Replica;
use weft_tests::store::Store;
use weft_tests::wait::{SOON, until};
use weft_tests::weft::Weft;

use crate::{contains, open_in_step};

const EDITS: usize = 200;
const EDIT_BYTES: usize = 128 * 1024;
/// More than the kernel buffers for one connection.
const LARGE_BYTES: usize = 12 << 20;
/// A document, and how often it is asked for by somebody who does not read.
const ASKED_BYTES: usize = 1 << 20;
const QUESTIONS: usize = 300;
/// A third of what the answers come to.
const PEAK_BYTES_MAX: u64 = 100 << 20;
/// What is never unsent on a connection that is read.
const STUCK_BYTES: u64 = 64 << 10;

/// [F1]
#[tokio::test(flavor = "multi_thread")]
async fn who_did_not_read_for_a_while_gets_one_difference_and_holds_the_same() {
    let weft = Weft::start(Store::sqlite()).await;
    // It reads only when it is told to wait for something.
    let mut slow = Client::join(weft.address(), "slow").await;
    let mut writer = Client::join(weft.address(), "slow").await;
    for edit in 0..EDITS {
        writer.replace(&format!("{edit:04}").repeat(EDIT_BYTES / 4)).await.expect("the socket is open");
        writer.until("the ack", Client::saved).await;
    }
    let last = writer.text();
    slow.until("the newest text", |slow| slow.text() == last).await;
    let (read, written) = (slow.received_bytes(), EDITS * EDIT_BYTES);
    println!("{read} of {written} bytes were sent to the slow client");
    assert!(read < written / 4, "{read} of {written} bytes were sent to a client that did not read");
    writer.replace("and on").await.expect("the socket is open");
    slow.until("the next edit", |slow| slow.text() == "and on").await;
}

/// [F6] [H6]
#[tokio::test(flavor = "multi_thread")]
async fn asking_without_reading_costs_one_answer() {
    let weft = Weft::start(Store::sqlite()).await;
    let mut writer = Client::join(weft.address(), "asked").await;
    writer.append(&"x".repeat(ASKED_BYTES)).await.expect("the socket is open");
    writer.until("the ack", Client::saved).await;
    let mut observer = open_in_step(&weft, "/sync/asked").await;
    let mut reader = Raw::upgrade(weft.address(), "/sync/asked").await;
    // It names a client nobody knows, so that each answer is a difference of its own.
    let question = frames::step1(&[1, 1, 0]);
    for _ in 0..QUESTIONS {
        reader.frame(BINARY, &question).await.expect("the server reads");
    }
    // Others hear this when everything before it has been handled.
    let state = frames::awareness_of(4_242, 1, r#"{"name":"Asker"}"#);
    reader.frame(BINARY, &frames::awareness(&state)).await.expect("the server reads");
    observer
        .find(|message| matches!(message, Message::Awareness(seen) if contains(seen, b"Asker")).then_some(()))
        .await;
    let peak = weft.peak_resident_bytes();
    println!("{} MiB at most", peak >> 20);
    assert!(peak < PEAK_BYTES_MAX, "{} MiB after {QUESTIONS} questions", peak >> 20);
}

/// A server with a large document, its writer, and a reader that asked for it and takes nothing of the answer.
async fn stalled_on_a_large_document(options: &[&str]) -> (Weft, Client, Raw) {
    let weft = Weft::start_with(Store::sqlite(), options).await;
    let mut writer = Client::join(weft.address(), "large").await;
    writer.append(&"x".repeat(LARGE_BYTES)).await.expect("the socket is open");
    writer.until("the ack", Client::saved).await;
    let mut reader = Raw::upgrade(weft.address(), "/sync/large").await;
    reader.frame(BINARY, &frames::step1(&frames::EMPTY_STATE_VECTOR)).await.expect("the server reads");
    let full = async || weft.unsent_bytes().iter().any(|unsent| *unsent > STUCK_BYTES);
    until("the kernel's buffers are full", SOON, full).await;
    (weft, writer, reader)
}

/// [F5]
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_takes_nothing_is_let_go_when_its_document_is_deleted() {
    let (weft, writer, reader) = stalled_on_a_large_document(&[]).await;
    let deleted = http::request(weft.address(), "DELETE /api/documents/large", &[], "").await;
    assert_eq!(deleted.expect("the server answers").status, 204);
    drop(writer);
    until("the sockets are gone", SOON, async || weft.unsent_bytes().is_empty()).await;
    drop(reader);
}

/// [F5] Linux counts the time of a closed window, probes answered or not: the option ends who takes nothing for so long.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_takes_nothing_is_cut_off_by_the_kernel_after_the_time_that_is_set() {
    let (weft, writer, reader) = stalled_on_a_large_document(&["--limit-tcp-user-timeout-ms", "3000"]).await;
    until("only the writer is left", SOON, async || weft.unsent_bytes().len() == 1).await;
    drop((reader, writer));
}

/// [F7]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_reader_writes_that_takes_nothing_arrives() {
    let (_weft, mut writer, mut reader) = stalled_on_a_large_document(&[]).await;
    let update = Replica::default().append("heard");
    reader.frame(BINARY, &frames::update(&update)).await.expect("the socket is open");
    writer.until("what the reader wrote", |writer| writer.text().contains("heard")).await;
}
