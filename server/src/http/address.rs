//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use actix_web::http::header::HeaderMap;

/// Addresses that share their first bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no network: try 10.0.0.0/8, 192.0.2.7 or fd00::/8");
        let (address, bits) =
            text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), str::parse).map_err(|_| wrong())?;
        if bits > most { Err(wrong()) } else { Ok(Self { address, bits }) }
    }
}

impl Network {
    fn contains(&self, other: IpAddr) -> bool {
        let first = |bits: u32, all: u32, value: u128| if bits == 0 { 0 } else { value >> (all - bits) };
        match (self.address, other) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let of = |address: std::net::Ipv4Addr| first(self.bits, 32, u32::from(address).into());
                of(own) == of(other)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                first(self.bits, 128, own.into()) == first(self.bits, 128, other.into())
            }
            _ => false,
        }
    }
}

/// Returns the address that limits are counted for: the last one in `X-Forwarded-For` that no trusted proxy has. `None` for
/// this machine itself, and behind a proxy that does not say.
#[must_use]
pub fn of(peer: Option<SocketAddr>, headers: &HeaderMap, proxies: &[Network]) -> Option<IpAddr> {
    let trusted = |address: IpAddr| address.is_loopback() || proxies.iter().any(|net| net.contains(address));
    let peer = peer?.ip().to_canonical();
    if !trusted(peer) {
        return Some(peer);
    }
    let forwarded = headers.get_all("x-forwarded-for").filter_map(|value| value.to_str().ok());
    let mut hops: Vec<_> = forwarded.flat_map(|value| value.split(',')).collect();
    while let Some(hop) = hops.pop() {
        // What is no address was not written by a proxy worth believing, and neither is what stands before it.
        let address = hop.trim().parse::<IpAddr>().ok()?.to_canonical();
        if !trusted(address) {
            return Some(address);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn seen(peer: &str, forwarded: Option<&str>) -> Option<String> {
        let request = TestRequest::default();
        let request = match forwarded {
            Some(value) => request.append_header(("x-forwarded-for", value)),
            None => request,
        };
        let peer: SocketAddr = peer.parse().expect("an address");
        let proxies = ["10.0.0.0/8".parse().expect("a network")];
        of(Some(peer), request.to_http_request().headers(), &proxies).map(|address| address.to_string())
    }

    /// [R1]
    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(seen("192.0.2.1:9", Some("198.51.100.7")).as_deref(), Some("192.0.2.1"));
        assert_eq!(seen("10.1.2.3:9", Some("198.51.100.7")).as_deref(), Some("198.51.100.7"));
        assert_eq!(
            seen("127.0.0.1:9", Some("6.6.6.6, 198.51.100.7, 10.9.9.9")).as_deref(),
            Some("198.51.100.7")
        );
        assert_eq!(seen("[::ffff:127.0.0.1]:9", Some("198.51.100.7")).as_deref(), Some("198.51.100.7"));
        assert_eq!(seen("127.0.0.1:9", None), None);
        assert_eq!(seen("127.0.0.1:9", Some("nonsense")), None);
    }

    #[test]
    fn networks_are_read() {
        for wrong in ["", "10.0.0.0/33", "ten/8", "::/129", "10.0.0.0/-1"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
        let contains = |net: &str, one: &str| {
            net.parse::<Network>().expect("a network").contains(one.parse().expect("an address"))
        };
        assert!(contains("0.0.0.0/0", "192.0.2.1") && !contains("0.0.0.0/0", "::1"));
        assert!(contains("fd00::/8", "fd12::1") && !contains("fd00::/8", "fe80::1"));
        assert!(contains("192.0.2.7", "192.0.2.7") && !contains("192.0.2.7", "192.0.2.8"));
    }
}
