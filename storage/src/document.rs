//! Rows of `documents`: creating, listing, finding.

use std::fmt;
use std::str::FromStr;

use weft_protocol::ids::{DocumentId, DocumentName};

/// Most rows one page of a listing holds, whatever was asked.
pub const DOCUMENT_PAGE_MAX: u32 = 200;

/// How old, in milliseconds, `updated_at` may get before an append moves it. Listing by activity needs no better, and a row
/// written at every commit would be the hottest of the database.
pub const ACTIVITY_RESOLUTION_MS: i64 = 10_000;

/// What a document is edited as; the CRDT does not care.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// Rich text.
    Document,
    /// A board.
    Whiteboard,
    /// Whatever its clients make of it; also every document that a first edit brought into being.
    #[default]
    Any,
}

impl DocumentKind {
    /// Returns the word used in the database and in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Whiteboard => "whiteboard",
            Self::Any => "any",
        }
    }

    /// Returns the kind of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Document, Self::Whiteboard, Self::Any].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A row of `documents`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentRow {
    /// Identity, derived from the name.
    pub id: DocumentId,
    /// Unique name.
    pub name: DocumentName,
    /// What it is edited as.
    pub kind: DocumentKind,
    /// What people call it; none until somebody gave one.
    pub title: Option<String>,
    /// Unix milliseconds.
    pub created_at_ms: i64,
    /// Time of the last edit, in Unix milliseconds, late by at most [`ACTIVITY_RESOLUTION_MS`].
    pub updated_at_ms: i64,
    /// Unix milliseconds, if soft-deleted.
    pub deleted_at_ms: Option<i64>,
}

/// A document to be created before its first edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDocument {
    /// Unique name.
    pub name: DocumentName,
    /// What it is edited as.
    pub kind: DocumentKind,
    /// What people call it.
    pub title: Option<String>,
    /// Unix milliseconds.
    pub created_at_ms: i64,
}

impl NewDocument {
    /// Returns the row this makes.
    pub(crate) fn into_row(self) -> DocumentRow {
        DocumentRow {
            id: DocumentId::of(&self.name),
            name: self.name,
            kind: self.kind,
            title: self.title,
            created_at_ms: self.created_at_ms,
            updated_at_ms: self.created_at_ms,
            deleted_at_ms: None,
        }
    }
}

/// What is to be different about a document; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentChange {
    /// What people call it; `Some(None)` takes the title away.
    pub title: Option<Option<String>>,
    /// What it is edited as.
    pub kind: Option<DocumentKind>,
}

impl DocumentChange {
    /// Returns the change of the title alone.
    #[must_use]
    pub fn title(title: Option<&str>) -> Self {
        Self { title: Some(title.map(str::to_owned)), kind: None }
    }

    /// Returns the change of the kind alone.
    #[must_use]
    pub fn kind(kind: DocumentKind) -> Self {
        Self { title: None, kind: Some(kind) }
    }
}

/// Which documents to list: those not deleted, newest activity first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentQuery {
    /// Only those whose name or title contains this, ignoring case.
    pub search: Option<String>,
    /// Only those of this kind.
    pub kind: Option<DocumentKind>,
    /// Continue behind this place.
    pub cursor: Option<DocumentCursor>,
    /// Rows wanted, 1 to [`DOCUMENT_PAGE_MAX`]; 0 means 50.
    pub limit: u32,
}

impl DocumentQuery {
    /// Returns the rows to fetch at most.
    pub(crate) fn limit_bounded(&self) -> u32 {
        match self.limit {
            0 => 50,
            limit => limit.min(DOCUMENT_PAGE_MAX),
        }
    }
}

/// Place in a listing: the last row of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentCursor {
    /// Activity of that row, in Unix milliseconds.
    pub updated_at_ms: i64,
    /// Its identity, which breaks ties.
    pub id: DocumentId,
}

impl DocumentCursor {
    /// Before the first row there can be.
    pub(crate) const START: Self = Self { updated_at_ms: i64::MAX, id: DocumentId([0xff; 16]) };
}

impl fmt::Display for DocumentCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.updated_at_ms, self.id)
    }
}

/// The text is not a cursor that a listing gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of a document listing")]
pub struct BadCursor;

impl FromStr for DocumentCursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let (at, hex) = text.split_once('.').ok_or(BadCursor)?;
        if hex.len() != 32 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(BadCursor);
        }
        let id = u128::from_str_radix(hex, 16).map_err(|_| BadCursor)?;
        let updated_at_ms = at.parse().map_err(|_| BadCursor)?;
        Ok(Self { updated_at_ms, id: DocumentId(id.to_be_bytes()) })
    }
}

/// One page of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentPage {
    /// The rows, newest activity first.
    pub rows: Vec<DocumentRow>,
    /// Where the next page starts; none on the last one.
    pub next: Option<DocumentCursor>,
}

impl DocumentPage {
    /// Makes a page of at most `limit` rows out of up to `limit` + 1 that were fetched to learn whether more follow.
    pub(crate) fn of(mut rows: Vec<DocumentRow>, limit: u32) -> Self {
        let limit = limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().map(|row| DocumentCursor { updated_at_ms: row.updated_at_ms, id: row.id });
        Self { next: last.filter(|_| more), rows }
    }
}

/// Returns the text that a search looks into. Lower-cased here and not in SQL, because SQLite knows only ASCII.
pub(crate) fn search_text(name: &DocumentName, title: Option<&str>) -> String {
    let mut text = name.as_str().to_lowercase();
    if let Some(title) = title {
        text.push('\n');
        text.push_str(&title.to_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_survive_the_trip_through_a_url() {
        let cursor = DocumentCursor { updated_at_ms: -3, id: DocumentId([0xab; 16]) };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for text in
            ["", "1", "1.", "x.00000000000000000000000000000000", "1.+0000000000000000000000000000000"]
        {
            assert_eq!(text.parse::<DocumentCursor>(), Err(BadCursor), "{text}");
        }
    }

    #[test]
    fn kinds_are_words() {
        for kind in [DocumentKind::Document, DocumentKind::Whiteboard, DocumentKind::Any] {
            assert_eq!(DocumentKind::from_word(kind.as_str()), Some(kind));
        }
        assert_eq!(DocumentKind::from_word("sheet"), None);
    }
}
