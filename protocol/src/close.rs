//! Why a socket is closed, and what stock clients do about it.
//!
//! y-websocket 3.1 takes 4400 to 4499 as final and reconnects after everything else; older clients always reconnect.

/// A close code with its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CloseCode {
    /// The peer asked for it.
    Normal,
    /// Bytes that are not what the protocol promises: final.
    Malformed,
    /// No or a bad token: final.
    Unauthorized,
    /// Not allowed: final.
    Forbidden,
    /// No such document: final.
    NotFound,
    /// Too large: final.
    TooLarge,
    /// The server is draining: reconnect.
    Draining,
    /// Overloaded or too slow: reconnect.
    Overloaded,
    /// Storage is away: reconnect later.
    StorageAway,
    /// Too many messages: reconnect later.
    RateLimited,
}

impl CloseCode {
    /// Returns the number sent on the wire.
    #[must_use]
    pub fn number(self) -> u16 {
        match self {
            Self::Normal => 1000,
            Self::Malformed => 4400,
            Self::Unauthorized => 4401,
            Self::Forbidden => 4403,
            Self::NotFound => 4404,
            Self::TooLarge => 4413,
            Self::Draining => 1012,
            Self::Overloaded => 1013,
            Self::StorageAway => 4503,
            Self::RateLimited => 4529,
        }
    }

    /// Returns true when a client should not come back with the same request.
    #[must_use]
    pub fn is_final(self) -> bool {
        (4400..4500).contains(&self.number())
    }
}

/// A close code and the reason text that travels with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    /// What the client should do.
    pub code: CloseCode,
    /// What was wrong and what to do, at most 123 bytes on the wire.
    pub reason: String,
}

impl Close {
    /// Makes a close of `code` for `reason`.
    #[must_use]
    pub fn new(code: CloseCode, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }
}
