//! What requests carry: names in paths and cursors.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use weft_protocol::ids::{DocumentId, DocumentName};

use crate::storage::document::{DocumentCursor, DocumentKind};

/// Plays an input.
///
/// # Panics
/// When a promise is broken.
pub fn attack(input: &[u8]) {
    let Some((first, rest)) = input.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    match first % 3 {
        0 => name(&text),
        1 => cursor(&text),
        _ => drop(DocumentKind::from_word(&text)),
    }
}

fn name(raw: &str) {
    let Ok(decoded) = percent_decode_str(raw).decode_utf8() else { return };
    let Ok(name) = DocumentName::new(decoded) else { return };
    let encoded = utf8_percent_encode(name.as_str(), NON_ALPHANUMERIC).to_string();
    let again = percent_decode_str(&encoded).decode_utf8().expect("what was encoded decodes");
    assert_eq!(again, name.as_str(), "[W2] a name is decoded once");
    assert_eq!(DocumentId::of(&DocumentName::new(again).expect("the same")), DocumentId::of(&name));
}

fn cursor(text: &str) {
    if let Ok(cursor) = text.parse::<DocumentCursor>() {
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }
}
