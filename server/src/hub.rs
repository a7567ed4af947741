//! Which documents are open, and the only way to open one.
//!
//! ```text
//!            Opened              AskClose with every join seen
//!  Opening ─────────> Open ─────────────────────────────────────> Closing ──Gone──> (absent)
//!     └───────────────┴──────────────────Gone──────────────────────> (absent)
//! ```
//!
//! A join that meets a closing document waits until it is gone and opens it anew. Joins are counted on both sides: a
//! document may end only if it has seen every join that was sent to it.

pub mod actor;

use std::collections::HashMap;

use weft_protocol::ids::DocumentId;

/// What the hub knows of a document; `A` is its address and `J` a join.
#[derive(Debug)]
enum Slot<A, J> {
    Opening { document: A, incarnation: u64, joins: u64 },
    Open { document: A, incarnation: u64, joins: u64 },
    Closing { incarnation: u64, waiting: Vec<J> },
}

/// What is to be done with a join.
#[derive(Debug, PartialEq, Eq)]
pub enum Route<A, J> {
    /// Send it to this document.
    To(A, J),
    /// Start the document as this incarnation, report it with [`Hub::started`], and route the join again.
    Start(u64, J),
    /// It waits for a closing document.
    Waits,
    /// There are too many open documents.
    Full(J),
    /// The hub drains.
    Draining(J),
}

/// The documents of this process.
#[derive(Debug)]
pub struct Hub<A, J> {
    slots: HashMap<DocumentId, Slot<A, J>>,
    documents_max: usize,
    incarnations: u64,
    draining: bool,
}

impl<A: Clone, J> Hub<A, J> {
    /// Starts without documents.
    #[must_use]
    pub fn new(documents_max: usize) -> Self {
        Self { slots: HashMap::new(), documents_max, incarnations: 0, draining: false }
    }

    /// Decides about a join.
    pub fn route(&mut self, id: DocumentId, join: J) -> Route<A, J> {
        if self.draining {
            return Route::Draining(join);
        }
        let open = self.slots.len();
        match self.slots.get_mut(&id) {
            Some(Slot::Opening { document, joins, .. } | Slot::Open { document, joins, .. }) => {
                *joins += 1;
                Route::To(document.clone(), join)
            }
            Some(Slot::Closing { waiting, .. }) => {
                waiting.push(join);
                Route::Waits
            }
            None if open >= self.documents_max => Route::Full(join),
            None => {
                self.incarnations += 1;
                Route::Start(self.incarnations, join)
            }
        }
    }

    /// Notes a document that was started for [`Route::Start`].
    pub fn started(&mut self, id: DocumentId, incarnation: u64, document: A) {
        let before = self.slots.insert(id, Slot::Opening { document, incarnation, joins: 0 });
        assert!(before.is_none(), "[L1] one actor per document per process");
    }

    /// Notes that a document has loaded.
    pub fn opened(&mut self, id: DocumentId, opened: u64) {
        if let Some(Slot::Opening { document, incarnation, joins }) = self.slots.get(&id)
            && *incarnation == opened
        {
            let slot = Slot::Open { document: document.clone(), incarnation: opened, joins: *joins };
            self.slots.insert(id, slot);
        }
    }

    /// Decides whether a document may end: only if it has seen all joins.
    pub fn ask_close(&mut self, id: DocumentId, asking: u64, joins_seen: u64) -> bool {
        let granted = match self.slots.get(&id) {
            Some(Slot::Opening { incarnation, joins, .. } | Slot::Open { incarnation, joins, .. }) => {
                *incarnation == asking && *joins == joins_seen
            }
            Some(Slot::Closing { incarnation, .. }) => *incarnation == asking,
            None => true,
        };
        if granted && !matches!(self.slots.get(&id), Some(Slot::Closing { .. })) {
            self.slots.insert(id, Slot::Closing { incarnation: asking, waiting: Vec::new() });
        }
        granted
    }

    /// Notes that a document has ended, however; returns the joins that waited for it.
    pub fn gone(&mut self, id: DocumentId, ended: u64) -> Vec<J> {
        let is_it = match self.slots.get(&id) {
            Some(
                Slot::Opening { incarnation, .. }
                | Slot::Open { incarnation, .. }
                | Slot::Closing { incarnation, .. },
            ) => *incarnation == ended,
            None => false,
        };
        if !is_it {
            return Vec::new();
        }
        match self.slots.remove(&id) {
            Some(Slot::Closing { waiting, .. }) => waiting,
            Some(Slot::Opening { .. } | Slot::Open { .. }) | None => Vec::new(),
        }
    }

    /// Refuses joins from now on.
    pub fn drain(&mut self) {
        self.draining = true;
    }

    /// Returns the documents that are not closing yet.
    pub fn open(&self) -> impl Iterator<Item = &A> {
        self.slots.values().filter_map(|slot| match slot {
            Slot::Opening { document, .. } | Slot::Open { document, .. } => Some(document),
            Slot::Closing { .. } => None,
        })
    }

    /// Returns the address of an open document.
    #[must_use]
    pub fn find(&self, id: DocumentId) -> Option<A> {
        match self.slots.get(&id)? {
            Slot::Opening { document, .. } | Slot::Open { document, .. } => Some(document.clone()),
            Slot::Closing { .. } => None,
        }
    }

    /// Returns how many documents are known, closing ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Returns true when no document is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: DocumentId = DocumentId([7; 16]);

    fn opened() -> Hub<&'static str, u8> {
        let mut hub = Hub::new(1);
        assert_eq!(hub.route(ID, 1), Route::Start(1, 1));
        hub.started(ID, 1, "first");
        assert_eq!(hub.route(ID, 1), Route::To("first", 1));
        hub.opened(ID, 1);
        hub
    }

    /// [L1]
    #[test]
    fn a_join_that_meets_a_closing_document_waits_and_opens_it_anew() {
        let mut hub = opened();
        assert!(hub.ask_close(ID, 1, 1));
        assert_eq!(hub.route(ID, 2), Route::Waits);
        assert_eq!(hub.gone(ID, 1), [2]);
        assert_eq!(hub.route(ID, 2), Route::Start(2, 2));
    }

    /// [L2]
    #[test]
    fn a_document_that_has_not_seen_a_join_may_not_end() {
        let mut hub = opened();
        assert_eq!(hub.route(ID, 2), Route::To("first", 2));
        assert!(!hub.ask_close(ID, 1, 1));
        assert!(hub.ask_close(ID, 1, 2));
    }

    /// [L1]
    #[test]
    fn the_end_of_an_earlier_incarnation_does_not_touch_the_present_one() {
        let mut hub = opened();
        hub.gone(ID, 1);
        assert_eq!(hub.route(ID, 1), Route::Start(2, 1));
        hub.started(ID, 2, "second");
        hub.gone(ID, 1);
        hub.opened(ID, 1);
        assert!(!hub.ask_close(ID, 1, 0));
        assert_eq!(hub.route(ID, 1), Route::To("second", 1));
    }

    #[test]
    fn the_number_of_documents_is_bounded_and_draining_refuses() {
        let mut hub = opened();
        assert_eq!(hub.route(DocumentId([8; 16]), 9), Route::Full(9));
        hub.drain();
        assert_eq!(hub.route(ID, 9), Route::Draining(9));
    }
}
