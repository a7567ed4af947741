//! Who may do what: access tokens, the keys that sign them, and what voids them.
//!
//! A token is a JWT whose `documents` claim maps names and patterns to roles; what it does not name it does not open.
//! It is checked when a session joins, its role on every message, its expiry by the clock of the document, and its
//! standing (revoked, key withdrawn) whenever that changes. Without a key the server is open, and stays on loopback.

pub mod claims;
pub mod jwks;
pub mod keys;
pub mod mint;
pub mod origin;
pub mod sign_in;
pub mod standing;

use std::sync::Arc;

use arc_swap::ArcSwap;
use weft_protocol::close::{Close, CloseCode};
use weft_protocol::ids::DocumentName;

use claims::{Grant, Role};
use keys::{Keys, Source};
use mint::LinkKey;
use standing::Standing;

/// Longest token that is looked at, in bytes; about 300 patterns.
pub const TOKEN_BYTES_MAX: usize = 16 << 10;

/// Why a token opens nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// None was given.
    #[error("no access token: pass ?token=, Authorization: Bearer or the subprotocol weft.token.<JWT>")]
    Missing,
    /// It is not a token.
    #[error("the access token is not understood: {0}")]
    Malformed(String),
    /// Nobody known signed it.
    #[error("the access token is not signed by a key of this server")]
    Unsigned,
    /// It names a key that is not known; it may have been published since.
    #[error("the access token is signed by an unknown key")]
    UnknownKey,
    /// It is for somebody else.
    #[error("the access token is for another {0}")]
    Elsewhere(&'static str),
    /// It is over.
    #[error("the access token has expired, get a fresh one")]
    Expired,
    /// It has not begun.
    #[error("the access token is not valid yet; is a clock wrong?")]
    Early,
    /// It was taken back.
    #[error("the access token was revoked")]
    Revoked,
    /// A fresh token on a socket was another person's.
    #[error("the access token is another user's; open a new connection for them")]
    OtherUser,
}

impl From<&Denied> for Close {
    fn from(denied: &Denied) -> Self {
        Close::new(CloseCode::Unauthorized, denied.to_string())
    }
}

/// Whoever sends a request or opens a session.
#[derive(Debug, Clone)]
pub enum Caller {
    /// The server has no key: everybody may do everything.
    Anybody,
    /// The bearer of a token.
    Bearer(Arc<Grant>),
}

impl Caller {
    /// Returns what the caller may do with a document, `None` for nothing.
    #[must_use]
    pub fn role(&self, name: &DocumentName) -> Option<Role> {
        match self {
            Self::Anybody => Some(Role::Admin),
            Self::Bearer(grant) => grant.documents.role(name.as_str()),
        }
    }

    /// Returns what the caller may do with every document there is or will be, `None` for nothing.
    #[must_use]
    pub fn role_everywhere(&self) -> Option<Role> {
        match self {
            Self::Anybody => Some(Role::Admin),
            Self::Bearer(grant) => grant.documents.role_everywhere(),
        }
    }

    /// Returns the authenticated user.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        match self {
            Self::Anybody => None,
            Self::Bearer(grant) => grant.user.as_deref(),
        }
    }

    /// Returns what the authenticated user is called.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Anybody => None,
            Self::Bearer(grant) => grant.name.as_deref(),
        }
    }

    /// Returns the id of the token.
    #[must_use]
    pub fn token_id(&self) -> Option<&str> {
        match self {
            Self::Anybody => None,
            Self::Bearer(grant) => grant.token_id.as_deref(),
        }
    }

    /// Returns when the token ends, in Unix milliseconds.
    #[must_use]
    pub fn expires_at_ms(&self) -> Option<i64> {
        match self {
            Self::Anybody => None,
            Self::Bearer(grant) => grant.expires_at_ms,
        }
    }

    /// Returns a permit for one document.
    ///
    /// # Errors
    /// A final close when the caller may do nothing with it.
    pub fn permit(&self, name: &DocumentName) -> Result<Permit, Close> {
        let role = self.role(name);
        let role = role.ok_or_else(|| {
            let reason = "the access token does not name this document; ask for one that does";
            Close::new(CloseCode::Forbidden, reason)
        })?;
        Ok(Permit { caller: self.clone(), role })
    }

    /// Returns whether two sessions are the same person's. Without access control everybody is; bearers of tokens
    /// without a user are strangers to each other.
    #[must_use]
    pub fn is_same_person(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Anybody, Self::Anybody) => true,
            (Self::Bearer(one), Self::Bearer(other)) => one.user.is_some() && one.user == other.user,
            _ => false,
        }
    }
}

/// What one session may do with its document.
#[derive(Debug, Clone)]
pub struct Permit {
    /// Whose it is.
    pub caller: Caller,
    /// What it allows.
    pub role: Role,
}

impl Permit {
    /// Returns a permit of a server without access control.
    #[must_use]
    pub fn open() -> Self {
        Self { caller: Caller::Anybody, role: Role::Admin }
    }

    /// Returns whether updates are taken.
    #[must_use]
    pub fn may_write(&self) -> bool {
        self.role >= Role::Write
    }
}

/// Checks tokens.
#[derive(Debug)]
pub struct Access {
    source: Option<Source>,
    link_key: Option<LinkKey>,
    keys: ArcSwap<Keys>,
    standing: ArcSwap<Standing>,
    audience: Option<String>,
    refresh: tokio::sync::Mutex<jwks::Pace>,
}

impl Access {
    /// Makes access control that lets everybody do everything.
    #[must_use]
    pub fn open() -> Self {
        Self::with(None, Keys::default(), None, None)
    }

    /// Makes access control with the keys of `source`; tokens must be for `audience`, if there is one.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the key and what one looks like.
    pub fn closed(source: Source, audience: Option<String>, link_key: Option<&str>) -> Result<Self, String> {
        let link_key = match (link_key, source.secret()) {
            (Some(secret), _) => Some(LinkKey::new(secret.as_bytes())?),
            (None, Some(secret)) => Some(LinkKey::new(secret)?),
            (None, None) => None,
        };
        let keys = source.read()?;
        Ok(Self::with(Some(source), keys, audience, link_key))
    }

    fn with(source: Option<Source>, keys: Keys, audience: Option<String>, link_key: Option<LinkKey>) -> Self {
        let keys = keys.with_links(link_key.as_ref());
        let standing = Standing::new(Vec::new(), &keys);
        Self {
            source,
            link_key,
            keys: ArcSwap::from_pointee(keys),
            standing: ArcSwap::from_pointee(standing),
            audience,
            refresh: tokio::sync::Mutex::default(),
        }
    }

    /// Returns true when everybody may do everything.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.source.is_none()
    }

    /// Returns the key for share links, if this server can sign any.
    #[must_use]
    pub fn link_key(&self) -> Option<&LinkKey> {
        self.link_key.as_ref()
    }

    /// Returns what tokens are held against, besides their signature and their time.
    #[must_use]
    pub fn standing(&self) -> Arc<Standing> {
        self.standing.load_full()
    }

    /// Checks a token. A key that is not known is looked for once, which may take seconds.
    ///
    /// # Errors
    /// Why it opens nothing.
    pub async fn check(&self, token: Option<&str>, now_ms: i64) -> Result<Caller, Denied> {
        if self.is_open() {
            return Ok(Caller::Anybody);
        }
        let token = token.ok_or(Denied::Missing)?;
        match self.check_known(token, now_ms) {
            Err(Denied::UnknownKey) => {
                self.refresh_for_unknown_key(now_ms).await;
                self.check_known(token, now_ms)
            }
            checked => checked,
        }
    }

    fn check_known(&self, token: &str, now_ms: i64) -> Result<Caller, Denied> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(Denied::Malformed(format!("it is longer than {TOKEN_BYTES_MAX} bytes")));
        }
        let grant = self.keys.load().verify(token)?;
        grant.is_for(self.audience.as_deref())?;
        grant.is_valid_at(now_ms)?;
        if !self.standing.load().admits(&grant) {
            return Err(Denied::Revoked);
        }
        Ok(Caller::Bearer(Arc::new(grant)))
    }

    async fn refresh_for_unknown_key(&self, now_ms: i64) {
        let mut pace = self.refresh.lock().await;
        if pace.may_ask_for_unknown(now_ms) {
            self.read_keys().await;
        }
    }

    /// Reads the keys again if they are due: a changed file, or a URL not asked for a while. Returns true when
    /// the standing of tokens may have changed.
    pub async fn refresh(&self, now_ms: i64) -> bool {
        // Held while the keys are read: who finds a key unknown meanwhile waits and looks again.
        let mut pace = self.refresh.lock().await;
        let due = self.source.as_ref().is_some_and(|source| pace.is_due(source, now_ms));
        due && self.read_keys().await
    }

    async fn read_keys(&self) -> bool {
        let Some(source) = self.source.clone() else { return false };
        let read = tokio::task::spawn_blocking(move || source.read()).await;
        match read {
            Ok(Ok(keys)) => {
                let keys = keys.with_links(self.link_key.as_ref());
                if keys == **self.keys.load() {
                    return false;
                }
                let revoked = self.standing.load().revocations();
                self.standing.store(Arc::new(Standing::new(revoked, &keys)));
                tracing::info!(keys = keys.len(), "access keys replaced");
                self.keys.store(Arc::new(keys));
                true
            }
            // The keys that were good a moment ago stay; a withdrawn key needs a source that answers.
            Ok(Err(why)) => {
                tracing::error!(why, "access keys could not be read, the known ones stay");
                false
            }
            Err(_) => false,
        }
    }

    /// Replaces what was revoked; returns true when that is something else than before.
    pub fn revoked(&self, revocations: Vec<weft_storage::Revocation>) -> bool {
        let standing = Standing::new(revocations, &self.keys.load());
        if standing == **self.standing.load() {
            return false;
        }
        self.standing.store(Arc::new(standing));
        true
    }
}
