//! Who gets in and what they may do: every role, every message, every route; tokens that end, change, are revoked; keys that
//! rotate; pages of others; TLS.

#[path = "access/keys.rs"]
mod keys;
#[path = "access/life.rs"]
mod life;
#[path = "access/matrix.rs"]
mod matrix;
#[path = "access/origins.rs"]
mod origins;
#[path = "access/places.rs"]
mod places;
#[path = "access/tls.rs"]
mod tls;

use std::net::SocketAddr;

use weft_tests::frames::{self, Message};
use weft_tests::socket::Socket;
use weft_tests::store::Store;
use weft_tests::token::CLOSED;
use weft_tests::weft::Weft;

/// A server that wants tokens.
async fn closed() -> Weft {
    Weft::start_with(Store::sqlite(), &CLOSED).await
}

/// Opens a session with a token and acknowledgements.
async fn open(address: SocketAddr, document: &str, token: &str) -> Socket {
    let path = format!("/sync/{document}?ack=1&token={token}");
    Socket::open(address, &path).await.expect("the server upgrades")
}

/// Sends on an open socket.
async fn send(socket: &mut Socket, frame: Vec<u8>) {
    socket.send(frame).await.expect("the socket is open");
}

/// The next acknowledgement.
async fn ack(socket: &mut Socket) -> u64 {
    socket.find(|message| if let Message::Ack(n) = message { Some(*n) } else { None }).await
}

/// The next notice, apart from which server this is.
async fn notice(socket: &mut Socket) -> String {
    let told = |message: &Message| match message {
        Message::Notice(text) if !text.starts_with(r#"{"version""#) => Some(text.clone()),
        _ => None,
    };
    socket.find(told).await
}

/// What the server has, as a late joiner is told.
async fn state(socket: &mut Socket) -> Vec<u8> {
    send(socket, frames::step1(&frames::EMPTY_STATE_VECTOR)).await;
    socket.find(|message| if let Message::Step2(state) = message { Some(state.clone()) } else { None }).await
}
