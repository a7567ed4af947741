//! Where a y-websocket-compatible server listens.

use std::net::{SocketAddr, ToSocketAddrs};

use crate::failure::{Doing, Failure, Outcome};

/// Where a y-websocket-compatible server listens, and how a document's name becomes a URL.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// The address.
    pub address: SocketAddr,
    /// Path in front of the name, with both slashes.
    prefix: String,
    /// Query behind the name, with its question mark.
    query: &'static str,
    /// Whether the server acknowledges from its database.
    pub acks: bool,
}

impl Endpoint {
    /// Weft's own endpoint at `http://ADDR`.
    ///
    /// # Errors
    /// An address that does not resolve.
    pub fn weft(url: &str) -> Outcome<Self> {
        let authority = url.strip_prefix("http://").unwrap_or(url).trim_end_matches('/');
        Ok(Self { address: resolve(authority)?, prefix: "/sync/".to_owned(), query: "?ack=1", acks: true })
    }

    /// The endpoint of a peer, at a URL that would be given to `WebsocketProvider`.
    ///
    /// # Errors
    /// A URL that is not `ws://host:port[/path]`, or a host that does not resolve.
    pub fn peer(url: &str) -> Outcome<Self> {
        let rest = url
            .strip_prefix("ws://")
            .ok_or_else(|| Failure::Unexpected(format!("{url}: a peer is given as ws://host:port[/path]")))?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let path = path.trim_end_matches('/');
        let prefix = if path.is_empty() { "/".to_owned() } else { format!("/{path}/") };
        Ok(Self { address: resolve(authority)?, prefix, query: "", acks: false })
    }

    /// Builds the upgrade request for a document.
    pub fn request(&self, document: &str) -> Vec<u8> {
        let Self { address, prefix, query, .. } = self;
        // The key is constant: nothing between here and the server could have cached an answer.
        format!(
            "GET {prefix}{document}{query} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: d2VmdC1sb2FkLWNsaWVudA==\r\n\r\n"
        )
        .into_bytes()
    }
}

fn resolve(authority: &str) -> Outcome<SocketAddr> {
    let found = authority.to_socket_addrs().doing(&format!("resolve {authority}"))?.next();
    found.ok_or_else(|| Failure::Unexpected(format!("{authority} has no address")))
}
