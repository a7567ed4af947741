//! A Yjs document that edits and merges.

use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{Doc, GetString, OffsetKind, Options, ReadTxn, StateVector, Text, TextRef, Transact, Update};

/// A document with one text, `text`, as a client would hold it.
#[derive(Debug)]
pub struct Replica {
    doc: Doc,
    text: TextRef,
}

impl Default for Replica {
    fn default() -> Replica {
        let doc = Doc::with_options(Options { offset_kind: OffsetKind::Utf16, ..Options::default() });
        let text = doc.get_or_insert_text("text");
        Replica { doc, text }
    }
}

impl Replica {
    /// Appends to the text and returns the edit.
    pub fn append(&self, content: &str) -> Vec<u8> {
        let mut txn = self.doc.transact_mut();
        let length = self.text.len(&txn);
        self.text.insert(&mut txn, length, content);
        txn.encode_update_v1()
    }

    /// Puts `content` in place of the whole text and returns the edit.
    pub fn replace(&self, content: &str) -> Vec<u8> {
        let mut txn = self.doc.transact_mut();
        let length = self.text.len(&txn);
        self.text.remove_range(&mut txn, 0, length);
        self.text.insert(&mut txn, 0, content);
        txn.encode_update_v1()
    }

    /// Merges an update of the server.
    ///
    /// # Panics
    /// When it is not a Yjs update.
    pub fn merge(&self, update: &[u8]) {
        let update = Update::decode_v1(update).expect("the server sends Yjs updates");
        self.doc.transact_mut().apply_update(update).expect("the server sends Yjs updates");
    }

    /// The text.
    pub fn text(&self) -> String {
        self.text.get_string(&self.doc.transact())
    }

    /// What this replica has seen.
    pub fn state_vector(&self) -> Vec<u8> {
        self.doc.transact().state_vector().encode_v1()
    }

    /// What a holder of `state_vector` lacks.
    ///
    /// # Panics
    /// When it is not a Yjs state vector.
    pub fn diff(&self, state_vector: &[u8]) -> Vec<u8> {
        let state_vector = StateVector::decode_v1(state_vector).expect("the server sends Yjs state vectors");
        self.doc.transact().encode_diff_v1(&state_vector)
    }

    /// The whole document.
    pub fn state(&self) -> Vec<u8> {
        self.doc.transact().encode_diff_v1(&StateVector::default())
    }
}
