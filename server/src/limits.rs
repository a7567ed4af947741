//! Bounds that belong to nobody in particular: how fast, and how much for one address or one user.

pub mod bucket;
pub mod room;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex};

use weft_protocol::close::{Close, CloseCode};

use bucket::{Bucket, Rate};

/// Addresses and users remembered at most; those without sessions and with a full bucket are forgotten first.
const REMEMBERED_MAX: usize = 100_000;

/// A bound that somebody ran into; the label of its metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Bytes of a frame or message.
    Frame,
    /// Bytes or structs of an update.
    Update,
    /// Bytes of an awareness message.
    Awareness,
    /// Bytes of a document.
    Document,
    /// Bytes that are accepted and not committed.
    Backlog,
    /// Bytes of updates that wait for their causes.
    Held,
    /// Bytes that a session has not read.
    Outbox,
    /// Sessions of a document.
    SessionsPerDocument,
    /// Sessions of a user.
    SessionsPerUser,
    /// Sessions of an address.
    SessionsPerAddress,
    /// Joins of an address in a second.
    Joins,
    /// Requests of an address in a second.
    Requests,
    /// Messages or bytes of a session in a second.
    Rate,
    /// Open documents.
    OpenDocuments,
    /// Connections.
    Connections,
    /// Updates of sessions that may not write.
    Role,
    /// Bytes of an image.
    Blob,
    /// Images of a document.
    BlobsPerDocument,
    /// Bytes of all images of a document.
    BlobBytesPerDocument,
    /// Images that are arriving, in bytes.
    Uploads,
    /// Named versions of a document.
    VersionsPerDocument,
    /// Bytes of all named versions of a document.
    VersionBytesPerDocument,
    /// Share links of a document.
    LinksPerDocument,
    /// Pasts that are gone through.
    Moments,
    /// Replays under way.
    Replays,
}

impl Limit {
    /// Every limit.
    pub const ALL: [Self; 25] = [
        Self::Frame,
        Self::Update,
        Self::Awareness,
        Self::Document,
        Self::Backlog,
        Self::Held,
        Self::Outbox,
        Self::SessionsPerDocument,
        Self::SessionsPerUser,
        Self::SessionsPerAddress,
        Self::Joins,
        Self::Requests,
        Self::Rate,
        Self::OpenDocuments,
        Self::Connections,
        Self::Role,
        Self::Blob,
        Self::BlobsPerDocument,
        Self::BlobBytesPerDocument,
        Self::Uploads,
        Self::VersionsPerDocument,
        Self::VersionBytesPerDocument,
        Self::LinksPerDocument,
        Self::Moments,
        Self::Replays,
    ];

    /// Returns the label of its metric.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Frame => "frame_bytes",
            Self::Update => "update",
            Self::Awareness => "awareness_bytes",
            Self::Document => "document_bytes",
            Self::Backlog => "backlog_bytes",
            Self::Held => "held_bytes",
            Self::Outbox => "outbox_bytes",
            Self::SessionsPerDocument => "sessions_per_document",
            Self::SessionsPerUser => "sessions_per_user",
            Self::SessionsPerAddress => "sessions_per_address",
            Self::Joins => "joins_per_second",
            Self::Requests => "requests_per_second",
            Self::Rate => "messages_per_second",
            Self::OpenDocuments => "open_documents",
            Self::Connections => "connections",
            Self::Role => "role",
            Self::Blob => "blob_bytes",
            Self::BlobsPerDocument => "blobs_per_document",
            Self::BlobBytesPerDocument => "blob_bytes_per_document",
            Self::Uploads => "uploads_bytes",
            Self::VersionsPerDocument => "versions_per_document",
            Self::VersionBytesPerDocument => "version_bytes_per_document",
            Self::LinksPerDocument => "links_per_document",
            Self::Moments => "moments",
            Self::Replays => "replays",
        }
    }
}

/// Bounds of one address and of one user.
#[derive(Debug, Clone, Copy)]
pub struct QuotaLimits {
    /// Sessions of one user at once.
    pub sessions_per_user_max: u32,
    /// Sessions of one address at once.
    pub sessions_per_address_max: u32,
    /// Joins of one address.
    pub joins: Rate,
    /// HTTP requests of one address.
    pub requests: Rate,
}

#[derive(Debug)]
struct Use {
    sessions: u32,
    joins: Bucket,
    requests: Bucket,
}

#[derive(Debug, Default)]
struct Uses {
    addresses: HashMap<IpAddr, Use>,
    users: HashMap<String, u32>,
}

/// Who uses how much at present.
#[derive(Debug, Clone)]
pub struct Quotas(Arc<(QuotaLimits, Mutex<Uses>)>);

/// A session's share of its address's and its user's quota, given back when dropped.
#[derive(Debug)]
pub struct Share {
    quotas: Quotas,
    address: Option<IpAddr>,
    user: Option<String>,
}

impl Quotas {
    /// Starts with nobody.
    #[must_use]
    pub fn new(limits: QuotaLimits) -> Self {
        Self(Arc::new((limits, Mutex::default())))
    }

    /// Counts a join by an address, `None` for one that cannot be told from others (this machine, a proxy that does not say).
    ///
    /// # Errors
    /// The limit, and a close that says to try again later.
    pub fn join(&self, address: Option<IpAddr>, now_us: u64) -> Result<Share, (Limit, Close)> {
        let mut share = Share { quotas: self.clone(), address: None, user: None };
        let Some(address) = address.map(network) else { return Ok(share) };
        let mut uses = self.lock();
        let Some(one) = uses.of(address, &self.0.0, now_us) else {
            return Err((
                Limit::Connections,
                busy("too many addresses are connected, try again later".into()),
            ));
        };
        let most = self.0.0.sessions_per_address_max;
        if !one.joins.take(now_us) {
            let per_second = self.0.0.joins.per_second;
            let reason = format!("more than {per_second} joins a second from {address}, try again later");
            return Err((Limit::Joins, Close::new(CloseCode::RateLimited, reason)));
        }
        if one.sessions >= most {
            let reason = format!("{address} has {most} sessions, the most for one address");
            return Err((Limit::SessionsPerAddress, busy(reason)));
        }
        one.sessions += 1;
        share.address = Some(address);
        Ok(share)
    }

    /// Counts an HTTP request by an address; returns false when there were too many.
    #[must_use]
    pub fn request(&self, address: Option<IpAddr>, now_us: u64) -> bool {
        let Some(address) = address.map(network) else { return true };
        let mut uses = self.lock();
        uses.of(address, &self.0.0, now_us).is_some_and(|one| one.requests.take(now_us))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Uses> {
        self.0.1.lock().expect("nothing panics while it counts")
    }
}

impl Share {
    /// Counts the session for its user, once.
    ///
    /// # Errors
    /// The limit, and a close that says to try again later.
    pub fn of_user(&mut self, user: &str) -> Result<(), (Limit, Close)> {
        if self.user.is_some() {
            return Ok(());
        }
        let most = self.quotas.0.0.sessions_per_user_max;
        let mut uses = self.quotas.lock();
        let sessions = uses.users.entry(user.to_owned()).or_default();
        if *sessions >= most {
            let reason = format!("you have {most} sessions, the most for one user: close some");
            return Err((Limit::SessionsPerUser, busy(reason)));
        }
        *sessions += 1;
        drop(uses);
        self.user = Some(user.to_owned());
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut uses = self.quotas.lock();
        if let Some(one) = self.address.and_then(|address| uses.addresses.get_mut(&address)) {
            one.sessions -= 1;
        }
        if let Some(user) = self.user.take()
            && let Some(sessions) = uses.users.get_mut(&user)
        {
            *sessions -= 1;
            if *sessions == 0 {
                uses.users.remove(&user);
            }
        }
    }
}

impl Uses {
    fn of(&mut self, address: IpAddr, limits: &QuotaLimits, now_us: u64) -> Option<&mut Use> {
        if self.addresses.len() >= REMEMBERED_MAX && !self.addresses.contains_key(&address) {
            self.addresses.retain(|_, one| {
                one.sessions > 0 || !one.joins.is_full(now_us) || !one.requests.is_full(now_us)
            });
            if self.addresses.len() >= REMEMBERED_MAX {
                return None;
            }
        }
        Some(self.addresses.entry(address).or_insert_with(|| Use {
            sessions: 0,
            joins: Bucket::new(limits.joins, now_us),
            requests: Bucket::new(limits.requests, now_us),
        }))
    }
}

fn busy(reason: String) -> Close {
    Close::new(CloseCode::Overloaded, reason)
}

/// One customer of IPv6 has a whole /64 of addresses.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;

    fn quotas() -> Quotas {
        let rate = Rate { per_second: 2, burst: 4 };
        let limits = QuotaLimits {
            sessions_per_user_max: 2,
            sessions_per_address_max: 3,
            joins: rate,
            requests: rate,
        };
        Quotas::new(limits)
    }

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().expect("an address"))
    }

    /// [R1]
    #[test]
    fn an_address_has_so_many_sessions_and_joins() {
        let quotas = quotas();
        let mut shares: Vec<_> =
            (0..3).map(|_| quotas.join(address("192.0.2.1"), 0).expect("room")).collect();
        assert_eq!(quotas.join(address("192.0.2.1"), 0).expect_err("full").0, Limit::SessionsPerAddress);
        assert_eq!(quotas.join(address("192.0.2.1"), 0).expect_err("too fast").0, Limit::Joins);
        assert!(quotas.join(address("192.0.2.2"), 0).is_ok(), "another address");
        shares.pop();
        assert!(quotas.join(address("192.0.2.1"), SECOND).is_ok(), "a place is free again");
        assert!((0..100).all(|_| quotas.join(None, 0).is_ok()), "this machine itself");
    }

    /// [R1]
    #[test]
    fn addresses_of_one_network_count_together() {
        let quotas = quotas();
        let _shares: Vec<_> =
            (0..3).map(|n| quotas.join(address(&format!("2001:db8:1:2::{n}")), 0).expect("room")).collect();
        assert!(quotas.join(address("2001:db8:1:2:ffff::1"), 0).is_err());
        assert!(quotas.join(address("2001:db8:1:3::1"), 0).is_ok());
        assert_eq!(network("::ffff:192.0.2.1".parse().expect("mapped")), address("192.0.2.1").expect("some"));
    }

    /// [R1]
    #[test]
    fn a_user_has_so_many_sessions_wherever_they_are() {
        let quotas = quotas();
        let join = |user: &str| {
            let mut share = quotas.join(None, 0).expect("room");
            share.of_user(user).map(|()| share)
        };
        let first = join("ada").expect("room");
        let _second = join("ada").expect("room");
        assert_eq!(join("ada").expect_err("full").0, Limit::SessionsPerUser);
        assert!(join("bob").is_ok());
        drop(first);
        assert!(join("ada").is_ok());
    }
}
