//! A WebSocket client that speaks y-protocols frames and answers pings like any other.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message as Frame};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::frames::{Message, decode};
use crate::wait::SOON;

/// How a socket ended: the code and reason of its close frame, or none when it was dropped.
pub type End = Option<(u16, String)>;

/// What arrives on a socket.
#[derive(Debug)]
pub enum Arrival {
    /// A binary frame, whole.
    Frame(Vec<u8>),
    /// The end.
    Ended(End),
}

/// One WebSocket.
#[derive(Debug)]
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
}

impl Socket {
    /// Opens a WebSocket to `path`, which starts with a slash and is already percent-encoded.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses the upgrade.
    pub async fn open(address: SocketAddr, path: &str) -> Result<Socket, Error> {
        Socket::open_with(address, path, &[]).await
    }

    /// Opens a WebSocket with further headers.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses the upgrade.
    pub async fn open_with(
        address: SocketAddr,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Socket, Error> {
        let tcp = TcpStream::connect(address).await?;
        tcp.set_nodelay(true)?;
        let mut request = format!("ws://{address}{path}").into_client_request()?;
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).expect("a legal header");
            request.headers_mut().insert(*name, value);
        }
        let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        let (stream, _) = client_async_with_config(request, tcp, Some(config)).await?;
        Ok(Socket { stream })
    }

    /// Sends a binary frame.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send(&mut self, frame: Vec<u8>) -> Result<(), Error> {
        self.stream.send(Frame::binary(frame)).await
    }

    /// Sends a text frame.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send_text(&mut self, text: &str) -> Result<(), Error> {
        self.stream.send(Frame::text(text)).await
    }

    /// The next binary frame or the end, `None` when neither comes before `limit` is over.
    pub async fn arrival(&mut self, limit: Duration) -> Option<Arrival> {
        let end = Instant::now() + limit;
        loop {
            let next = timeout_at(end, self.stream.next()).await.ok()?;
            return Some(match next {
                Some(Ok(Frame::Binary(frame))) => Arrival::Frame(frame.to_vec()),
                Some(Ok(Frame::Close(frame))) => {
                    Arrival::Ended(frame.map(|close| (close.code.into(), close.reason.to_string())))
                }
                Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => continue,
                Some(Ok(Frame::Text(text))) => panic!("the server sent the text frame {text}"),
                Some(Ok(Frame::Frame(_))) => unreachable!("raw frames are not read"),
                Some(Err(_)) | None => Arrival::Ended(None),
            });
        }
    }

    /// The next message.
    ///
    /// # Panics
    /// When none comes soon, or the socket ends.
    pub async fn message(&mut self) -> Message {
        match self.arrival(SOON).await {
            Some(Arrival::Frame(frame)) => decode(&frame),
            Some(Arrival::Ended(end)) => panic!("the socket ended while a message was awaited: {end:?}"),
            None => panic!("waited {SOON:?} in vain for a message"),
        }
    }

    /// Reads until the first message that `wanted` takes something from.
    ///
    /// # Panics
    /// When none comes soon, or the socket ends.
    pub async fn find<T>(&mut self, wanted: impl Fn(&Message) -> Option<T>) -> T {
        let end = Instant::now() + SOON;
        loop {
            let message = self.message().await;
            if let Some(found) = wanted(&message) {
                return found;
            }
            assert!(Instant::now() < end, "only other messages for {SOON:?}, the last {message:?}");
        }
    }

    /// Reads, whatever arrives, until the socket has ended.
    ///
    /// # Panics
    /// When it does not end within `limit`.
    pub async fn end(&mut self, limit: Duration) -> End {
        let deadline = Instant::now() + limit;
        loop {
            match self.arrival(deadline.saturating_duration_since(Instant::now())).await {
                Some(Arrival::Frame(_)) => {}
                Some(Arrival::Ended(end)) => return end,
                None => panic!("the socket is still open after {limit:?}"),
            }
        }
    }
}
