//! What the fuzz targets do with their input. Every function panics when a promise is broken.
//!
//! Bytes that come from peers: [`replica`] and [`forged`] attack the validator and the CRDT behind it, [`dialect`] the
//! messages and frames of sessions, [`http`] what requests carry. Bytes that come from the database: [`stored`].

pub mod decisions;
pub mod dialect;
pub mod forged;
pub mod http;
pub mod replica;
pub mod stored;

/// The replica as the server builds it.
#[path = "../../../server/src/document"]
pub mod server {
    #[allow(dead_code)]
    pub mod replica;
}

/// What tokens say and where browsers come from, as the server reads it.
#[path = "../../../server/src/access"]
pub mod access {
    #[allow(dead_code)]
    pub mod claims;
    #[allow(dead_code)]
    pub mod origin;

    /// What the server says of a token that is not taken.
    #[derive(Debug, PartialEq, Eq)]
    #[allow(missing_docs)]
    pub enum Denied {
        Malformed(String),
        Elsewhere(&'static str),
        Expired,
        Early,
    }
}

/// Rows as storage reads them.
#[path = "../../../storage/src"]
mod storage {
    #[allow(dead_code)]
    pub mod document;
    #[allow(dead_code)]
    pub mod error;
    #[allow(dead_code)]
    pub mod frontier;
    #[allow(dead_code)]
    pub mod snapshot;
}

use storage::error::StoreError;
use storage::{frontier, snapshot};

/// Hostile updates as decisions, shared with the seeded test.
#[path = "../../corpus"]
mod corpus {
    #[allow(dead_code)]
    pub mod hostile_update;
    /// Numbers come from the input.
    pub mod xorshift {
        pub use crate::decisions::Random;
    }
}
