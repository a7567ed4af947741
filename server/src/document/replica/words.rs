//! What a document says, as plain text for a terminal.

use yrs::{GetString, Map, ReadTxn, XmlFragment};

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
        self.read(|transaction| {
            let names = transaction.root_refs().map(|(name, _)| name.to_owned());
            let roots = names.map(|name| (words(transaction, &name), name));
            let mut said: Vec<_> =
                roots.filter(|(words, _)| !words.is_empty()).map(|(words, name)| (name, words)).collect();
            said.sort();
            said
        })
    }
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
    use yrs::{Doc, StateVector, Text, Transact, XmlElementPrelim, XmlTextPrelim};

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
}
