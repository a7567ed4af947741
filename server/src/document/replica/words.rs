//! What a document says, as plain text for a terminal.

use yrs::{GetString, Map, ReadTxn, XmlFragment};

use super::flat::{self, CONTAINERS, FORMAT, Piece, TEXT};
use super::{Replica, ReplicaError};

/// Characters shown of one root.
const CHARS_MAX: usize = 100_000;

impl Replica {
    /// Returns the words of every root that has any, by its name.
    ///
    /// # Errors
    /// [`ReplicaError::Panicked`] after a failure, [`ReplicaError::Unencodable`] if the CRDT fails.
    pub fn words(&self) -> Result<Vec<(String, String)>, ReplicaError> {
        self.check_usable()?;
        let is_flat = self.read(|transaction| flat::is_flat(transaction, TEXT))?;
        let state = if is_flat { self.encode_state()? } else { Vec::new() };
        self.read(|transaction| {
            let names = transaction.root_refs().map(|(name, _)| name.to_owned());
            // What is said of a flat text is no text itself.
            let names = names.filter(|name| !is_flat || (name != CONTAINERS && name != FORMAT));
            let roots = names.map(|name| match &*name {
                TEXT if is_flat => (lines(transaction, &state), name),
                _ => (words(transaction, &name), name),
            });
            let mut said: Vec<_> =
                roots.filter(|(words, _)| !words.is_empty()).map(|(words, name)| (name, words)).collect();
            said.sort();
            said
        })
    }
}

/// Returns the blocks of a flat text, a line each.
fn lines(transaction: &impl ReadTxn, state: &[u8]) -> String {
    let mut text = String::new();
    flat::read(transaction, state, TEXT, |piece| {
        match piece {
            Piece::Letters(letters) => text.push_str(letters),
            Piece::Map(map) if flat::is_inline(transaction, &map) => text.push(' '),
            Piece::Map(_) if text.is_empty() || text.ends_with('\n') => {}
            Piece::Map(_) => text.push('\n'),
        }
        // A character has four bytes at most.
        text.len() < 4 * CHARS_MAX
    });
    shown(text.trim_end())
}

/// Nobody says of what kind a root is: it is read as each kind, and what comes out decides.
fn words(transaction: &impl ReadTxn, name: &str) -> String {
    let plain = transaction.get_text(name).map(|text| text.get_string(transaction));
    if let Some(plain) = plain.filter(|plain| !plain.is_empty()) {
        return shown(&plain);
    }
    let fragment = transaction.get_xml_fragment(name).filter(|fragment| fragment.len(transaction) > 0);
    if let Some(fragment) = fragment {
        return shown(&unmarked(&fragment.get_string(transaction)));
    }
    match transaction.get_map(name).map_or(0, |map| map.len(transaction)) {
        0 => String::new(),
        entries => format!("({entries} entries)"),
    }
}

/// Characters that would move a terminal's cursor are left out.
fn shown(text: &str) -> String {
    text.chars().filter(|c| *c == '\n' || !c.is_control()).take(CHARS_MAX).collect()
}

/// Leaves out the tags of markup; a new element is a new line.
fn unmarked(markup: &str) -> String {
    let mut text = String::new();
    for piece in markup.split_inclusive('>') {
        let (words, tag) = piece.split_once('<').unwrap_or((piece, ""));
        text.push_str(words);
        if tag.starts_with('/') && !text.ends_with('\n') {
            text.push('\n');
        }
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use yrs::{Doc, MapPrelim, StateVector, Text, Transact, XmlElementPrelim, XmlTextPrelim};

    use super::*;

    #[test]
    fn a_document_is_read_whatever_its_roots_are() {
        let doc = Doc::new();
        let (title, body) = (doc.get_or_insert_text("title"), doc.get_or_insert_xml_fragment("body"));
        let board = doc.get_or_insert_map("elements");
        let mut txn = doc.transact_mut();
        title.push(&mut txn, "A\u{1b}[2Jtitle");
        for words in ["one", "two"] {
            let paragraph = body.push_back(&mut txn, XmlElementPrelim::empty("paragraph"));
            paragraph.push_back(&mut txn, XmlTextPrelim::new(words));
        }
        board.insert(&mut txn, "a", 1);
        drop(txn);
        let state = doc.transact().encode_state_as_update_v1(&StateVector::default());
        let replica = Replica::from_state(&state).expect("a state");
        let words = replica.words().expect("words");
        let said = |at: usize| (words[at].0.as_str(), words[at].1.as_str());
        assert_eq!(
            [said(0), said(1), said(2)],
            [("body", "one\ntwo"), ("elements", "(1 entries)"), ("title", "A[2Jtitle"),]
        );
    }
    #[test]
    fn a_flat_text_is_a_line_for_each_block() {
        let doc = Doc::new();
        let (text, format) = (doc.get_or_insert_text("text"), doc.get_or_insert_map("format"));
        let mut txn = doc.transact_mut();
        format.insert(&mut txn, "text", 1);
        for words in ["one", "", "two\nlines"] {
            let end = text.len(&txn);
            text.insert_embed(&mut txn, end, MapPrelim::default());
            text.push(&mut txn, words);
        }
        text.insert_embed(&mut txn, 2, MapPrelim::from([("inline", true)]));
        drop(txn);
        let state = doc.transact().encode_state_as_update_v1(&StateVector::default());
        let replica = Replica::from_state(&state).expect("a state");
        assert_eq!(replica.words().expect("words"), [("text".to_owned(), "o ne\ntwo\nlines".to_owned())]);
    }
}
