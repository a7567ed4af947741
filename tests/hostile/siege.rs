//! A server under attack, with witnesses inside: two clients on the attacked document and two on another.

use std::net::SocketAddr;

use weft_tests::client::Client;
use weft_tests::frames::{self, Message};
use weft_tests::socket::{Arrival, End, Socket};
use weft_tests::store::Store;
use weft_tests::wait::SOON;
use weft_tests::weft::Weft;
use weft_tests::witness::Witness;

/// The name of the attacked document.
pub const TARGET: &str = "target";

/// A server whose witnesses exchange edits from before the first attack until after the last.
pub struct Siege {
    weft: Weft,
    same_document: Witness,
    other_document: Witness,
    calm_bytes: u64,
}

impl Siege {
    /// Starts the server and the witnesses, and notes the memory in use.
    pub async fn start() -> Siege {
        let weft = Weft::start(Store::sqlite()).await;
        let mut same_document = Witness::start(weft.address(), TARGET).await;
        let mut other_document = Witness::start(weft.address(), "elsewhere").await;
        same_document.still_exchanges().await;
        other_document.still_exchanges().await;
        let calm_bytes = weft.resident_bytes();
        Siege { weft, same_document, other_document, calm_bytes }
    }

    /// Where the attacks go.
    pub fn address(&self) -> SocketAddr {
        self.weft.address()
    }

    /// An attacker on the witnesses' own document.
    pub async fn attacker(&self) -> Socket {
        Socket::open(self.address(), "/sync/target?ack=1").await.expect("the server upgrades")
    }

    /// Fails unless the witnesses can still exchange edits.
    pub async fn holds(&mut self) {
        self.same_document.still_exchanges().await;
        self.other_document.still_exchanges().await;
    }

    /// Fails when the server has ever held more than `limit` bytes above what it held in calm.
    pub fn assert_memory_stayed_below(&self, limit: u64) {
        let grown = self.weft.peak_resident_bytes().saturating_sub(self.calm_bytes);
        println!("the peak of memory is {grown} bytes above calm, {limit} are allowed");
        assert!(grown < limit, "memory has grown by {grown} bytes, {limit} are allowed");
    }

    /// Fails when the server has written more than `limit` lines: whoever makes it write may fill its disk.
    pub fn assert_logged_less_than(&self, limit: usize) {
        let lines = self.weft.lines_logged();
        assert!(lines < limit, "{lines} lines were logged, {limit} are allowed");
    }

    /// Ends the siege: nobody inside was harmed, the server is well, newcomers are served, and the store can be loaded.
    pub async fn assert_unharmed(mut self) {
        self.holds().await;
        assert_eq!(self.weft.status("/readyz").await, 200);
        assert!(self.same_document.finish().await > 0);
        assert!(self.other_document.finish().await > 0);
        let before = Client::join(self.weft.address(), TARGET).await;
        self.weft.kill().await;
        self.weft.launch_again().await;
        let after = Client::join(self.weft.address(), TARGET).await;
        assert_eq!(before.text(), after.text(), "the attacked document is stored as it was shown");
    }
}

/// What became of an attacker.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server ended its socket.
    Closed(End),
    /// It is served like before.
    Served,
}

/// Finds out what became of an attacker: a session that is still served gets an answer to its SyncStep1.
pub async fn outcome(socket: &mut Socket) -> Outcome {
    // A socket that is closed already says so at the next read.
    socket.send(frames::step1(&frames::EMPTY_STATE_VECTOR)).await.unwrap_or_default();
    loop {
        match socket.arrival(SOON).await {
            Some(Arrival::Ended(end)) => return Outcome::Closed(end),
            Some(Arrival::Frame(frame)) if matches!(frames::decode(&frame), Message::Step2(_)) => {
                return Outcome::Served;
            }
            Some(Arrival::Frame(_)) => {}
            None => panic!("the server neither answers nor closes"),
        }
    }
}

/// Fails unless the socket was closed for good with `code` and a reason.
pub fn assert_closed_with(outcome: &Outcome, code: u16, attack: &str) {
    let Outcome::Closed(Some((actual, reason))) = outcome else {
        panic!("{attack}: expected a close with {code}, got {outcome:?}");
    };
    assert_eq!(*actual, code, "{attack}: {reason}");
    assert!(!reason.is_empty(), "{attack}: no reason is given");
}
