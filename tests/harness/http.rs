//! The smallest HTTP client: one request, one answer, the connection closed.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// An answer: its status and its body.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The head, as received.
    pub head: String,
    /// The body, undecoded.
    pub body: Vec<u8>,
}

/// Sends a GET.
///
/// # Errors
/// When the server cannot be reached, does not answer within ten seconds, or answers something that is not HTTP.
pub async fn fetch(address: SocketAddr, path: &str) -> std::io::Result<Answer> {
    request(address, &format!("GET {path}"), &[], "").await
}

/// Sends a request: method and path, headers, a JSON body.
///
/// # Errors
/// As [`fetch`].
pub async fn request(
    address: SocketAddr,
    line: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> std::io::Result<Answer> {
    let json = [("Content-Type", "application/json")];
    let headers = if body.is_empty() { headers.to_vec() } else { [headers, &json].concat() };
    send(address, line, &headers, body.as_bytes()).await
}

/// Sends a request with a body of any kind.
///
/// # Errors
/// As [`fetch`].
pub async fn send(
    address: SocketAddr,
    line: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> std::io::Result<Answer> {
    let mut head = format!("{line} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head.push_str(&format!("Host: {address}\r\n"));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let request = [head.as_bytes(), b"\r\n", body].concat();
    let received = timeout(ANSWER_LIMIT, exchange(address, &request)).await??;
    parse(&received).ok_or_else(|| std::io::Error::other("the answer is not HTTP"))
}

/// The status of a GET, 0 when there is no answer.
pub async fn status(address: SocketAddr, path: &str) -> u16 {
    fetch(address, path).await.map_or(0, |answer| answer.status)
}

/// What the server counts, as text.
///
/// # Panics
/// When it does not tell.
pub async fn metrics(address: SocketAddr, headers: &[(&str, &str)]) -> String {
    let answer = request(address, "GET /metrics", headers, "").await.expect("an answer");
    assert_eq!(answer.status, 200);
    String::from_utf8(answer.body).expect("text")
}

async fn exchange(address: SocketAddr, request: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request).await?;
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await?;
    Ok(received)
}

fn parse(received: &[u8]) -> Option<Answer> {
    let end = received.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8(received[..end].to_vec()).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, head, body: received[end + 4..].to_vec() })
}
