//! Going back: the edit that gives a document the content it had, as a person would make it.
//!
//! Two states of one document share their items, so nothing has to be guessed. What is alive in both stays as it is, with
//! the carets in it and with what others are about to write beside it. What was deleted since is written again, right
//! behind where it was deleted. What was added since is deleted. Values that were overwritten are set again. So it is
//! for every list and every key of every type; which type a root is does not matter, and one that was used as two keeps
//! both parts.
//!
//! Only between two items that stayed nothing is known: after a restore the old content is there, in other items. There
//! what is alike stays ([`likeness`]).
//!
//! All of it works on the bytes of both states ([`outline`]), not on the CRDT: yrs tells no item's id, and its types have to
//! be asked for by a name and a kind that bytes do not tell.

mod cut;
mod draft;
mod lane;
mod likeness;
mod merge;
mod outline;
mod print;
#[cfg(test)]
mod tests;

use weft_protocol::validate::{self, Limits, Refused};

use merge::Merge;
pub(super) use outline::{Outline, Owner};

/// Why content cannot be restored. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// A state has what the server takes from nobody: a subdocument, a weak link.
    #[error("a state cannot be read: {0}")]
    Refused(#[from] Refused),
    /// A state is not complete.
    #[error("a state is incomplete or contradicts itself: {what}")]
    State {
        /// What is wrong.
        what: &'static str,
    },
    /// Either state or the update is beyond what can be done in seconds.
    #[error("the document is too large to be restored in one edit")]
    TooLong,
}

/// Returns the update that makes the content of the state `live` that of the state `old`, an earlier one of the same
/// document; `None` if it is already. Both are what [`super::Replica::encode_state`] wrote.
///
/// Takes time and memory in proportion to both, so it is no work for the threads that serve others.
///
/// # Errors
/// [`RestoreError`]; nothing is left out in silence.
pub fn restore(live: &[u8], old: &[u8]) -> Result<Option<Vec<u8>>, RestoreError> {
    let (live, old) = (validate::parse(live, &Limits::OWN_STATE)?, validate::parse(old, &Limits::OWN_STATE)?);
    let (live, old) = (Outline::read(&live)?, Outline::read(&old)?);
    Merge::new(&live, &old).run()
}
