//! Telling sessions whether storage takes what the document accepts.

use weft_protocol::ids::SessionId;
use weft_storage::journal::JournalState;

use super::Document;
use super::event::{Now, StorageState};

impl StorageState {
    /// Returns what people are told of a journal: a reason in words of ours, because what the database says may name hosts.
    #[must_use]
    pub fn of(journal: &JournalState) -> Self {
        match journal {
            JournalState::Ok => Self::Ok,
            JournalState::Waiting { since_ms } => {
                Self::Away { since_ms: *since_ms, reason: "storage does not answer" }
            }
            JournalState::Retrying { since_ms, .. } => {
                Self::Away { since_ms: *since_ms, reason: "storage takes no changes" }
            }
        }
    }

    fn is_away(&self) -> bool {
        matches!(self, Self::Away { .. })
    }

    fn notice(&self) -> serde_json::Value {
        let storage = match self {
            Self::Ok => serde_json::json!({ "state": "ok" }),
            Self::Away { since_ms, reason } => {
                serde_json::json!({ "state": "away", "since_ms": since_ms, "reason": reason })
            }
        };
        serde_json::json!({ "storage": storage })
    }
}

impl Document {
    /// Takes the state of storage, and tells everybody when it has changed between the two.
    pub(super) fn storage_is(&mut self, state: StorageState, now: Now) {
        let changed = self.storage.is_away() != state.is_away();
        self.storage = state;
        if changed {
            let sessions: Vec<_> = self.members.keys().copied().collect();
            sessions.into_iter().for_each(|session| self.tell_storage(session, now));
        }
    }

    /// Tells a session that joins while storage is away.
    pub(super) fn greet_storage(&mut self, session: SessionId, now: Now) {
        if self.storage.is_away() {
            self.tell_storage(session, now);
        }
    }

    fn tell_storage(&mut self, session: SessionId, now: Now) {
        let notice = self.storage.notice();
        self.notify(session, &notice, now);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use weft_protocol::dialect::y_websocket::AckMode;
    use weft_protocol::ids::WriterId;
    use weft_protocol::message::Inbound;
    use weft_storage::StoreError;

    use super::super::event::{Backlog, DocumentLimits, Effect, Event, Join, Loaded};
    use super::super::replica::Replica;
    use super::*;
    use crate::access::Permit;

    const ADA: SessionId = SessionId(1);
    const STOCK: SessionId = SessionId(2);

    fn away() -> StorageState {
        StorageState::Away { since_ms: 2_000, reason: "storage takes no changes" }
    }

    fn opened() -> Document {
        let mut document = Document::new(WriterId(1), DocumentLimits::default(), Now::default());
        document.step(Event::Loaded(Box::new(Loaded::fresh(Replica::new()))), Now::default());
        document
    }

    fn join(document: &mut Document, session: SessionId, ack_mode: AckMode) -> Vec<Effect> {
        document.step(Event::Join(Join { session, ack_mode, permit: Permit::open() }), Now::default())
    }

    /// Returns who is told what of storage, the words being the last part of a frame.
    fn told(effects: &[Effect]) -> Vec<(SessionId, String)> {
        let notice = |effect: &Effect| match effect {
            Effect::Push { session, frames } => {
                let text = String::from_utf8_lossy(frames).into_owned();
                text.find("{\"storage\"").map(|at| (*session, text[at..].to_owned()))
            }
            _ => None,
        };
        effects.iter().filter_map(notice).collect()
    }

    /// [D9]
    #[test]
    fn sessions_that_ask_for_acks_hear_of_storage_when_it_changes_and_when_they_join() {
        let mut document = opened();
        join(&mut document, ADA, AckMode::Count);
        join(&mut document, STOCK, AckMode::Echo);
        assert_eq!(told(&document.step(Event::Storage(StorageState::Ok), Now::default())), []);
        let words = r#"{"storage":{"reason":"storage takes no changes","since_ms":2000,"state":"away"}}"#;
        let effects = document.step(Event::Storage(away()), Now::default());
        assert_eq!(told(&effects), [(ADA, words.to_owned())], "a stock client would not understand");
        assert_eq!(told(&document.step(Event::Storage(away()), Now::default())), [], "it knows");
        let late = SessionId(3);
        assert_eq!(told(&join(&mut document, late, AckMode::Count)), [(late, words.to_owned())]);
        assert_eq!(told(&join(&mut document, SessionId(4), AckMode::Echo)), []);
        let ok = r#"{"storage":{"state":"ok"}}"#;
        let effects = document.step(Event::Storage(StorageState::Ok), Now::default());
        assert_eq!(told(&effects), [(ADA, ok.to_owned()), (late, ok.to_owned())]);
    }

    /// [D9]
    #[test]
    fn a_commit_is_the_first_word_that_storage_is_back() {
        let mut document = opened();
        join(&mut document, ADA, AckMode::Count);
        let update = Bytes::from_static(&[1, 1, 1, 0, 4, 1, 1, 116, 1, 97, 0]);
        let (message, backlog) = (Inbound::Update(update), Backlog::Open);
        document.step(Event::Receive { session: ADA, message, cost_bytes: 1, backlog }, Now::default());
        document.step(Event::Storage(away()), Now::default());
        let effects = document.step(Event::Committed(1), Now::default());
        assert_eq!(told(&effects), [(ADA, r#"{"storage":{"state":"ok"}}"#.to_owned())]);
    }

    /// [D9]
    #[test]
    fn the_reason_is_ours_and_names_no_host() {
        let error = StoreError::Unavailable { why: "connection refused at db.internal:5432".into() };
        let failing = StorageState::of(&JournalState::Retrying { since_ms: 7, error });
        assert!(!failing.notice().to_string().contains("db.internal"), "{}", failing.notice());
        assert_eq!(StorageState::of(&JournalState::Ok), StorageState::Ok);
        assert!(StorageState::of(&JournalState::Waiting { since_ms: 7 }).is_away());
    }
}
