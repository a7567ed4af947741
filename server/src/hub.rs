//! Which documents are open, and the only way to open one.
//!
//! ```text
//!  (absent) ──join──> Opening ──Opened──> Open ──AskClose with every join seen──> Closing ──Gone──> (absent)
//!                        └─────────────────┴──────────────────Gone───────────────────────────────────^
//! ```
//!
//! A join that meets an opening document waits until its mailbox is ready; one that meets a closing document waits until
//! that is gone and opens it anew. Joins are counted on both sides: a document may end only if it has seen every join
//! that was sent to it.

pub mod actor;

use std::collections::HashMap;

use weft_protocol::ids::DocumentId;

/// What the hub knows of a document; `A` is its address and `J` a join.
#[derive(Debug)]
enum Slot<A, J> {
    Opening { incarnation: u64, waiting: Vec<J> },
    Open { document: A, incarnation: u64, joins: u64 },
    Closing { incarnation: u64, waiting: Vec<J> },
}

/// What is to be done with a join.
#[derive(Debug, PartialEq, Eq)]
pub enum Route<A, J> {
    /// Send it to this document.
    To(A, J),
    /// Start the document as this incarnation; the join waits for it.
    Start(u64),
    /// It waits.
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
            Some(Slot::Open { document, joins, .. }) => {
                *joins += 1;
                Route::To(document.clone(), join)
            }
            Some(Slot::Opening { waiting, .. } | Slot::Closing { waiting, .. }) => {
                waiting.push(join);
                Route::Waits
            }
            None if open >= self.documents_max => Route::Full(join),
            None => {
                self.incarnations += 1;
                let incarnation = self.incarnations;
                self.slots.insert(id, Slot::Opening { incarnation, waiting: vec![join] });
                Route::Start(incarnation)
            }
        }
    }

    /// Notes that a started document takes messages; returns the joins that waited for it, to be routed again.
    pub fn opened(&mut self, id: DocumentId, opened: u64, document: A) -> Vec<J> {
        if self.incarnation(id) != Some(opened) {
            return Vec::new();
        }
        match self.slots.insert(id, Slot::Open { document, incarnation: opened, joins: 0 }) {
            Some(Slot::Opening { waiting, .. }) => waiting,
            Some(Slot::Open { .. } | Slot::Closing { .. }) | None => {
                unreachable!("[L4] a document opens once, before it can ask to close")
            }
        }
    }

    /// Notes that an open document takes no more messages: the join waits until it is gone. Returns the join if it is.
    pub fn ended(&mut self, id: DocumentId, join: J) -> Option<J> {
        let slot = self.slots.get_mut(&id);
        match slot {
            Some(Slot::Opening { waiting, .. } | Slot::Closing { waiting, .. }) => waiting.push(join),
            Some(Slot::Open { incarnation, .. }) => {
                let incarnation = *incarnation;
                self.slots.insert(id, Slot::Closing { incarnation, waiting: vec![join] });
            }
            None => return Some(join),
        }
        None
    }

    /// Decides whether a document may end: only if it has seen all joins.
    pub fn ask_close(&mut self, id: DocumentId, asking: u64, joins_seen: u64) -> bool {
        if let Some(Slot::Open { incarnation, joins, .. }) = self.slots.get(&id)
            && *incarnation == asking
            && *joins == joins_seen
        {
            self.slots.insert(id, Slot::Closing { incarnation: asking, waiting: Vec::new() });
            return true;
        }
        false
    }

    /// Notes that a document has ended, however; returns the joins that waited for it, to be routed again.
    pub fn gone(&mut self, id: DocumentId, ended: u64) -> Vec<J> {
        if self.incarnation(id) != Some(ended) {
            return Vec::new();
        }
        match self.slots.remove(&id) {
            Some(Slot::Opening { waiting, .. } | Slot::Closing { waiting, .. }) => waiting,
            Some(Slot::Open { .. }) | None => Vec::new(),
        }
    }

    fn incarnation(&self, id: DocumentId) -> Option<u64> {
        match self.slots.get(&id)? {
            Slot::Opening { incarnation, .. }
            | Slot::Open { incarnation, .. }
            | Slot::Closing { incarnation, .. } => Some(*incarnation),
        }
    }

    /// Refuses joins from now on.
    pub fn drain(&mut self) {
        self.draining = true;
    }

    /// Returns the open documents.
    pub fn open(&self) -> impl Iterator<Item = &A> {
        self.slots.values().filter_map(|slot| match slot {
            Slot::Open { document, .. } => Some(document),
            Slot::Opening { .. } | Slot::Closing { .. } => None,
        })
    }

    /// Returns the address of an open document.
    #[must_use]
    pub fn find(&self, id: DocumentId) -> Option<A> {
        match self.slots.get(&id)? {
            Slot::Open { document, .. } => Some(document.clone()),
            Slot::Opening { .. } | Slot::Closing { .. } => None,
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
        assert_eq!(hub.route(ID, 1), Route::Start(1));
        assert_eq!(hub.route(ID, 2), Route::Waits);
        assert_eq!(hub.opened(ID, 1, "first"), [1, 2]);
        assert_eq!(hub.route(ID, 1), Route::To("first", 1));
        assert_eq!(hub.route(ID, 2), Route::To("first", 2));
        hub
    }

    /// [L4]
    #[test]
    fn a_join_that_meets_a_closing_document_waits_and_opens_it_anew() {
        let mut hub = opened();
        assert!(hub.ask_close(ID, 1, 2));
        assert!(!hub.ask_close(ID, 1, 2), "asked and granted once");
        assert_eq!(hub.route(ID, 3), Route::Waits);
        assert_eq!(hub.gone(ID, 1), [3]);
        assert_eq!(hub.route(ID, 3), Route::Start(2));
    }

    /// [L4]
    #[test]
    fn a_join_that_meets_a_document_that_ended_by_itself_waits_until_it_is_gone() {
        let mut hub = opened();
        assert_eq!(hub.route(ID, 3), Route::To("first", 3));
        assert_eq!(hub.ended(ID, 3), None);
        assert_eq!(hub.route(ID, 4), Route::Waits);
        assert_eq!(hub.gone(ID, 1), [3, 4]);
        assert_eq!(hub.ended(ID, 5), Some(5), "it is gone");
    }

    /// [L4]
    #[test]
    fn a_document_that_has_not_seen_a_join_may_not_end() {
        let mut hub = opened();
        assert_eq!(hub.route(ID, 3), Route::To("first", 3));
        assert!(!hub.ask_close(ID, 1, 2));
        assert!(hub.ask_close(ID, 1, 3));
    }

    /// [L4]
    #[test]
    fn the_end_of_an_earlier_incarnation_does_not_touch_the_present_one() {
        let mut hub = opened();
        hub.gone(ID, 1);
        assert_eq!(hub.route(ID, 1), Route::Start(2));
        assert_eq!(hub.opened(ID, 1, "first"), Vec::<u8>::new());
        assert_eq!(hub.opened(ID, 2, "second"), [1]);
        hub.gone(ID, 1);
        assert!(!hub.ask_close(ID, 1, 0));
        assert_eq!(hub.route(ID, 1), Route::To("second", 1));
    }

    /// [L4]
    #[test]
    fn joins_that_wait_for_a_document_that_never_opens_are_not_forgotten() {
        let mut hub: Hub<&str, u8> = Hub::new(1);
        assert_eq!(hub.route(ID, 1), Route::Start(1));
        assert_eq!(hub.gone(ID, 1), [1]);
        assert!(hub.is_empty());
    }

    #[test]
    fn the_number_of_documents_is_bounded_and_draining_refuses() {
        let mut hub = opened();
        assert_eq!(hub.route(DocumentId([8; 16]), 9), Route::Full(9));
        hub.drain();
        assert_eq!(hub.route(ID, 9), Route::Draining(9));
    }
}
