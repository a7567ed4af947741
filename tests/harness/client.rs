//! A client of one document: a socket and the replica that it keeps in step.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Error;

use crate::frames::{self, Message};
use crate::replica::Replica;
use crate::socket::{Arrival, End, Socket};
use crate::wait::SOON;

/// A well-behaved client. It reads only while it is asked to wait for something.
#[derive(Debug)]
pub struct Client {
    socket: Socket,
    replica: Replica,
    synced: bool,
    sent: u64,
    acked: u64,
    received_bytes: usize,
    notices: Vec<String>,
    ended: Option<End>,
}

impl Client {
    /// Joins a document, with acknowledgements, and waits until it is in step.
    pub async fn join(address: SocketAddr, document: &str) -> Client {
        Client::join_as(address, document, None).await
    }

    /// Joins as [`Client::join`] does, with an access token.
    pub async fn join_as(address: SocketAddr, document: &str, token: Option<&str>) -> Client {
        let token = token.map(|token| format!("&token={token}")).unwrap_or_default();
        let path = format!("/sync/{}?ack=1{token}", encoded(document));
        let mut client = Client::open(address, &path, Replica::default()).await;
        client
            .until("the first SyncStep2 and the ack of ours", |client| client.synced && client.saved())
            .await;
        client
    }

    /// Joins a document with a replica of earlier, without waiting.
    pub async fn rejoin(address: SocketAddr, document: &str, replica: Replica) -> Client {
        Client::open(address, &format!("/sync/{}?ack=1", encoded(document)), replica).await
    }

    async fn open(address: SocketAddr, path: &str, replica: Replica) -> Client {
        let socket = Socket::open(address, path).await.expect("the server upgrades");
        let mut client = Client {
            socket,
            replica,
            synced: false,
            sent: 0,
            acked: 0,
            received_bytes: 0,
            notices: Vec::new(),
            ended: None,
        };
        let hello = frames::step1(&client.replica.state_vector());
        client.socket.send(hello).await.expect("the socket is open");
        client
    }

    /// Appends to the text and sends the edit.
    ///
    /// # Errors
    /// When the connection is gone; the replica holds the edit all the same.
    pub async fn append(&mut self, content: &str) -> Result<(), Error> {
        let update = self.replica.append(content);
        self.sent += 1;
        self.socket.send(frames::update(&update)).await
    }

    /// Puts `content` in place of the whole text and sends the edit.
    ///
    /// # Errors
    /// When the connection is gone; the replica holds the edit all the same.
    pub async fn replace(&mut self, content: &str) -> Result<(), Error> {
        let update = self.replica.replace(content);
        self.sent += 1;
        self.socket.send(frames::update(&update)).await
    }

    /// Sends a frame as it is.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send(&mut self, frame: Vec<u8>) -> Result<(), Error> {
        self.socket.send(frame).await
    }

    /// The text.
    pub fn text(&self) -> String {
        self.replica.text()
    }

    /// The number of data frames sent, and how many of them are acknowledged.
    pub fn counts(&self) -> (u64, u64) {
        (self.sent, self.acked)
    }

    /// The size of all messages read.
    pub fn received_bytes(&self) -> usize {
        self.received_bytes
    }

    /// Whether everything sent is acknowledged, and something was sent.
    pub fn saved(&self) -> bool {
        self.sent > 0 && self.acked == self.sent
    }

    /// The notices read so far, JSON.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// How the socket ended, if it has.
    pub fn ended(&self) -> Option<&End> {
        self.ended.as_ref()
    }

    /// The replica, without its socket.
    pub fn into_replica(self) -> Replica {
        self.replica
    }

    /// Reads until `condition` holds.
    ///
    /// # Panics
    /// When it does not hold soon, or the socket ends before.
    pub async fn until(&mut self, what: &str, condition: impl Fn(&Client) -> bool) {
        let end = Instant::now() + SOON;
        while !condition(self) {
            let left = end.saturating_duration_since(Instant::now());
            match self.socket.arrival(left).await {
                Some(Arrival::Frame(frame)) => {
                    self.received_bytes += frame.len();
                    self.absorb(frames::decode(&frame)).await;
                }
                Some(Arrival::Ended(how)) => {
                    self.ended = Some(how);
                    assert!(condition(self), "the socket ended ({:?}) while waiting for {what}", self.ended);
                }
                None => panic!("waited {SOON:?} in vain for {what}: {self:?}"),
            }
        }
    }

    /// Reads whatever arrives for a while, or until the socket ends.
    pub async fn listen(&mut self, period: Duration) {
        let end = Instant::now() + period;
        while self.ended.is_none() {
            match self.socket.arrival(end.saturating_duration_since(Instant::now())).await {
                Some(Arrival::Frame(frame)) => {
                    self.received_bytes += frame.len();
                    self.absorb(frames::decode(&frame)).await;
                }
                Some(Arrival::Ended(how)) => self.ended = Some(how),
                None => return,
            }
        }
    }

    async fn absorb(&mut self, message: Message) {
        match message {
            Message::Step1(state_vector) => {
                self.sent += 1;
                let answer = frames::step2(&self.replica.diff(&state_vector));
                // A socket that ends here is noticed by the next read.
                self.socket.send(answer).await.unwrap_or_default();
            }
            Message::Step2(update) => {
                self.replica.merge(&update);
                self.synced = true;
            }
            Message::Update(update) => self.replica.merge(&update),
            Message::Ack(n) => {
                assert!(
                    self.acked < n && n <= self.sent,
                    "ack {n} after {} of {} frames",
                    self.acked,
                    self.sent
                );
                self.acked = n;
            }
            Message::Notice(notice) => self.notices.push(notice),
            Message::Awareness(_) | Message::Denied(_) => {}
            Message::Other(kind, _) => panic!("the server sent a message of the unknown type {kind}"),
        }
    }
}

/// A document name as browsers put it into a path.
fn encoded(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let encode = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    name.bytes().map(encode).collect()
}
