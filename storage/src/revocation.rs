//! Rows of `revocations`: access tokens that are void before they expire.

use crate::error::StoreError;

/// Longest id of a token or a user, in bytes.
pub const REVOKED_VALUE_BYTES_MAX: usize = 512;

/// Whose access is revoked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Revoked {
    /// The one token of this id (`jti`).
    Token(String),
    /// Every token of this user (`sub`) that was issued before the revocation.
    User(String),
}

/// A row of `revocations`, keyed by its subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Whose access.
    pub subject: Revoked,
    /// Since when, in Unix milliseconds.
    pub revoked_at_ms: i64,
    /// When no revoked token can be valid any more and the row may be dropped, in Unix milliseconds; never without one.
    pub expires_at_ms: Option<i64>,
}

impl Revoked {
    /// Returns the kind as the database holds it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Token(_) => "token",
            Self::User(_) => "user",
        }
    }

    /// Returns the id of the token or the user.
    pub(crate) fn value(&self) -> &str {
        match self {
            Self::Token(value) | Self::User(value) => value,
        }
    }

    /// Returns the subject of a row.
    pub(crate) fn of(kind: &str, value: String) -> Option<Self> {
        match kind {
            "token" => Some(Self::Token(value)),
            "user" => Some(Self::User(value)),
            _ => None,
        }
    }

    /// Returns the key of the row for use in errors.
    pub(crate) fn key(&self) -> String {
        format!("{}, {:?}", self.kind(), self.value())
    }
}

impl Revocation {
    /// Returns whether the row still matters.
    pub(crate) fn is_live(&self, now_ms: i64) -> bool {
        self.expires_at_ms.is_none_or(|expires_at_ms| expires_at_ms > now_ms)
    }

    /// Returns what holds after another revocation of the same subject: neither may shorten the other.
    pub(crate) fn joined(self, other: &Self) -> Self {
        let latest = |(one, other): (i64, i64)| one.max(other);
        Self {
            subject: self.subject,
            revoked_at_ms: self.revoked_at_ms.max(other.revoked_at_ms),
            expires_at_ms: self.expires_at_ms.zip(other.expires_at_ms).map(latest),
        }
    }

    /// Checks what the databases would take differently: PostgreSQL has no NUL in text.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let value = self.subject.value();
        let why = match value.len() {
            0 => "the id is empty".to_owned(),
            1..=REVOKED_VALUE_BYTES_MAX if !value.contains('\0') => return Ok(()),
            1..=REVOKED_VALUE_BYTES_MAX => "the id contains NUL".to_owned(),
            bytes => format!("the id has {bytes} bytes, at most {REVOKED_VALUE_BYTES_MAX} are kept"),
        };
        Err(StoreError::Rejected { table: "revocations", key: self.subject.kind().to_owned(), why })
    }

    /// Returns the error for a revocation beyond the most there may be.
    pub(crate) fn too_many(&self, revocations_max: u32) -> StoreError {
        let why = format!("{revocations_max} revocations are in force, the most that are kept");
        StoreError::Rejected { table: "revocations", key: self.subject.key(), why }
    }
}

/// Cuts what several nodes stored beyond the bound at the same moment, the oldest first.
pub(crate) fn bounded(mut newest_first: Vec<Revocation>, revocations_max: u32) -> Vec<Revocation> {
    let most = revocations_max as usize;
    if newest_first.len() > most {
        tracing::error!(
            revocations_max,
            "more revocations are stored than are read; the oldest are not in force"
        );
        newest_first.truncate(most);
    }
    newest_first
}
