//! Why an update may not reach the CRDT.

use crate::lib0::Malformed;

/// Why an update or a state vector is refused. Final: the same bytes will always be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A value is not what lib0 writes.
    #[error("malformed update: {0}; the sender has to write the Yjs update format v1")]
    Malformed(#[from] Malformed),
    /// The values are readable but contradict each other.
    #[error("malformed update: {what} at byte {at}; no Yjs client writes this, the sender has to be fixed")]
    Contradiction {
        /// What was found.
        what: &'static str,
        /// Position in bytes.
        at: usize,
    },
    /// Legal in some Yjs version, but the server could not keep it faithfully or safely.
    #[error("unsupported content at byte {at}: {what}")]
    Unsupported {
        /// What was found.
        what: Unsupported,
        /// Position in bytes.
        at: usize,
    },
    /// The update is larger than the server takes at once.
    #[error("the update has {found} {what}, at most {limit} are taken at once; send it in smaller parts")]
    TooLarge {
        /// What was counted.
        what: &'static str,
        /// How many there are, as far as they were counted.
        found: usize,
        /// How many are allowed.
        limit: usize,
    },
}

impl Refused {
    /// Returns whether the sender's data is at fault, not its format.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        matches!(self, Self::Unsupported { .. })
    }

    pub(super) fn contradiction(what: &'static str, at: usize) -> Self {
        Self::Contradiction { what, at }
    }

    pub(super) fn unsupported(what: Unsupported, at: usize) -> Self {
        Self::Unsupported { what, at }
    }
}

/// Content the server does not take, each with what to use instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsupported {
    /// `ContentDoc`.
    #[error("subdocuments are not stored inside a document; open them under their own name")]
    Subdocument,
    /// Any tag 122: comes back from the CRDT as a number.
    #[error("a BigInt would come back as a number; store it as a string")]
    BigInt,
    /// `ContentJSON`, written by Yjs before version 13.
    #[error("JSON content of Yjs 12 and older; load and save it with a current Yjs first")]
    LegacyJson,
    /// Content reference 11.
    #[error("move operations are experimental in Yjs; use delete and insert")]
    Move,
    /// Type reference 7.
    #[error("weak links are experimental in Yjs; store an id instead")]
    WeakLink,
    /// Type reference 5.
    #[error("XML hooks; use an XML element instead")]
    XmlHook,
    /// A content reference that no released Yjs writes.
    #[error("content reference {0} is unknown; use a released version of Yjs 13")]
    Content(u8),
    /// A type reference that no released Yjs writes.
    #[error("type reference {0} is unknown; use a released version of Yjs 13")]
    Type(u8),
    /// JSON of an embed or a format that could not be given back as it came.
    #[error(
        "the JSON of an embed or a format is not kept exactly: it has an integer outside 64 bits, \
         half of a surrogate pair, more than 100 levels, or a syntax error; store it as a string"
    )]
    Json,
    /// Values nested deeper than a reader without a large stack survives.
    #[error("values nested more than 100 levels deep; flatten them")]
    Depth,
}
