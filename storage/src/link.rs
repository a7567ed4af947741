//! Rows of `links`: the share links of a document, so that they can be found again and taken back.

use async_trait::async_trait;
use weft_protocol::ids::DocumentId;

use crate::StoreError;

/// A row of `links`, keyed by document and link. The link's token is not in it: whoever reads the database opens nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRow {
    /// What the link opens.
    pub document: DocumentId,
    /// The id of its token (`jti`).
    pub id: String,
    /// The role it gives.
    pub access: String,
    /// The authenticated user who made it.
    pub made_by: Option<String>,
    /// What that user was called then.
    pub made_by_name: Option<String>,
    /// The id of the token it was made with.
    pub parent: Option<String>,
    /// When it was made, in Unix milliseconds.
    pub made_at_ms: i64,
    /// When it ends, in Unix milliseconds.
    pub expires_at_ms: i64,
}

/// What became of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkSaved {
    /// It is stored.
    Stored,
    /// The document has as many links as it may have.
    TooMany,
}

impl LinkSaved {
    /// Returns what an insert that found room, or did not, came to.
    pub(crate) fn of(rows_affected: u64) -> Self {
        if rows_affected == 0 { Self::TooMany } else { Self::Stored }
    }
}

/// What a database holds of share links.
#[async_trait]
pub trait Links: Send + Sync {
    /// Stores a link unless its document has `links_max` already, and drops the document's links that have ended by `made_at_ms`,
    /// which is the present moment.
    ///
    /// # Errors
    /// Only those of every method.
    async fn save_link(&self, link: &LinkRow, links_max: u32) -> Result<LinkSaved, StoreError>;

    /// Returns the links of a document that have not ended by `now_ms`, newest first.
    ///
    /// # Errors
    /// Only those of every method.
    async fn links(&self, document: DocumentId, now_ms: i64) -> Result<Vec<LinkRow>, StoreError>;

    /// Forgets a link; does nothing if there is none.
    ///
    /// # Errors
    /// Only those of every method.
    async fn delete_link(&self, document: DocumentId, id: &str) -> Result<(), StoreError>;
}
