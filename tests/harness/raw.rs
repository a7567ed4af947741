//! A TCP connection that may send what no WebSocket library would.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::socket::End;
use crate::wait::{SOON, within};

/// The first byte of a frame: a whole binary message.
pub const BINARY: u8 = 0x82;
/// The first byte of a frame: a whole text message.
pub const TEXT: u8 = 0x81;
/// The first byte of a frame: the beginning of a binary message.
pub const BINARY_BEGIN: u8 = 0x02;
/// The first byte of a frame: the middle of a message.
pub const MIDDLE: u8 = 0x00;
/// The first byte of a frame: the end of a message.
pub const LAST: u8 = 0x80;

const MASK: [u8; 4] = [0x11, 0x22, 0x33, 0x44];

/// A connection after the upgrade, or before it.
#[derive(Debug)]
pub struct Raw {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Raw {
    /// Connects without sending anything.
    pub async fn connect(address: SocketAddr) -> Raw {
        let stream = TcpStream::connect(address).await.expect("the server accepts connections");
        stream.set_nodelay(true).expect("the option exists");
        Raw { stream, unread: Vec::new() }
    }

    /// Connects and upgrades at `path`.
    pub async fn upgrade(address: SocketAddr, path: &str) -> Raw {
        let mut raw = Raw::connect(address).await;
        raw.send(upgrade_request(path, "").as_bytes()).await.expect("the server reads the request");
        raw.upgraded().await;
        raw
    }

    /// Reads the answer to an upgrade.
    ///
    /// # Panics
    /// When it is another one.
    pub async fn upgraded(&mut self) {
        let head = within("the answer to the upgrade", SOON, self.head()).await.unwrap_or_default();
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    }

    /// Reads the status and the head of an answer, `None` when the connection ends before.
    ///
    /// # Panics
    /// When neither comes within `limit`.
    pub async fn response(&mut self, limit: Duration) -> Option<(u16, String)> {
        let head = within("an answer or an end", limit, self.head()).await?;
        let status = head.split(' ').nth(1)?.trim().parse().expect("a status is a number");
        Some((status, head))
    }

    /// Reads one answer of known length and throws it away.
    ///
    /// # Panics
    /// When none comes soon.
    pub async fn skip_response(&mut self) {
        let (_, head) = self.response(SOON).await.expect("an answer");
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let length: usize = length.unwrap_or_default();
        while self.unread.len() < length {
            assert!(self.more().await, "the connection ended in the body of an answer");
        }
        self.unread.drain(..length);
    }

    /// Ends the connection with a reset: the peer gets an error instead of an end of input.
    pub fn reset(self) {
        self.stream.set_zero_linger().expect("the option exists");
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Sends a masked frame.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn frame(&mut self, first: u8, payload: &[u8]) -> std::io::Result<()> {
        self.send(&masked(first, payload)).await
    }

    /// Closes the sending half: the peer sees an end of input.
    pub async fn finish(&mut self) {
        self.stream.shutdown().await.expect("the connection is open");
    }

    /// Reads until the server ends the connection, and tells how.
    ///
    /// # Panics
    /// When it does not within `limit`.
    pub async fn end(&mut self, limit: Duration) -> End {
        within("the server's end of the connection", limit, self.read_to_close()).await
    }

    /// Whether the server ends the connection within `limit`.
    pub async fn ends_within(&mut self, limit: Duration) -> bool {
        timeout(limit, self.read_to_close()).await.is_ok()
    }

    async fn head(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.unread.windows(4).position(|window| window == b"\r\n\r\n") {
                let head = self.unread.drain(..end + 4).collect();
                return Some(String::from_utf8(head).expect("a head is ASCII"));
            }
            if !self.more().await {
                return None;
            }
        }
    }

    async fn read_to_close(&mut self) -> End {
        loop {
            while let Some((first, payload)) = self.take_frame() {
                if first & 0x0f == 8 {
                    let (code, reason) = payload.split_at_checked(2)?;
                    let code = u16::from_be_bytes(code.try_into().expect("two bytes"));
                    return Some((code, String::from_utf8_lossy(reason).into_owned()));
                }
            }
            if !self.more().await {
                return None;
            }
        }
    }

    fn take_frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let (&first, rest) = self.unread.split_first()?;
        let (&short, rest) = rest.split_first()?;
        let (wide, rest) = match short {
            126 => rest.split_at_checked(2)?,
            127 => rest.split_at_checked(8)?,
            _ => (&[][..], rest),
        };
        let length = wide.iter().fold(0, |length, &byte| length << 8 | usize::from(byte));
        let length = if wide.is_empty() { usize::from(short) } else { length };
        let payload = rest.get(..length)?.to_vec();
        self.unread.drain(..2 + wide.len() + length);
        Some((first, payload))
    }

    async fn more(&mut self) -> bool {
        let mut buffer = [0; 16 * 1024];
        let read = self.stream.read(&mut buffer).await.unwrap_or(0);
        self.unread.extend_from_slice(&buffer[..read]);
        read > 0
    }
}

/// A request for the upgrade at `path`, with further header lines, each with its line end.
pub fn upgrade_request(path: &str, headers: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    )
}

/// A whole masked frame.
pub fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = header(first, u64::try_from(payload.len()).expect("a length fits 64 bits"));
    frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

/// The head of a masked frame of any length, with its mask.
pub fn header(first: u8, length: u64) -> Vec<u8> {
    let mut head = vec![first];
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short), _) if short < 126 => head.push(0x80 | short),
        (_, Ok(medium)) => {
            head.push(0x80 | 126);
            head.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            head.push(0x80 | 127);
            head.extend_from_slice(&length.to_be_bytes());
        }
    }
    head.extend_from_slice(&MASK);
    head
}
