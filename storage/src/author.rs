//! Rows of `authors`: which person stands behind a CRDT client id.

use weft_protocol::ids::{ClientId, DocumentId};

use crate::error::StoreError;

/// A row of `authors`, keyed by document and client id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorRow {
    /// The document in which the client id was used.
    pub document: DocumentId,
    /// The author number inside updates (below 2^53).
    pub client_id: ClientId,
    /// The authenticated user, if there was one.
    pub user_id: Option<String>,
    /// The name shown at the cursor.
    pub name: String,
    /// The colour shown at the cursor, as CSS says it.
    pub color: String,
    /// When the client id was first seen, in Unix milliseconds; a later upsert never moves it forward.
    pub first_seen_ms: i64,
}

impl AuthorRow {
    /// Returns the client id as SQL holds it.
    pub(crate) fn checked_client_id(&self) -> Result<i64, StoreError> {
        i64::try_from(self.client_id).map_err(|_| StoreError::Rejected {
            table: "authors",
            key: format!("{}, {}", self.document, self.client_id),
            why: "client ids are below 2^63".into(),
        })
    }
}
