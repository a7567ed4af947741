//! What requests carry: names in paths, cursors, claims of tokens, origins.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use weft_protocol::ids::{DocumentId, DocumentName};

use crate::access::claims::{Claims, Grant, Role};
use crate::access::origin::Origins;
use crate::storage::document::{DocumentCursor, DocumentKind};

/// Plays an input.
///
/// # Panics
/// When a promise is broken.
pub fn attack(input: &[u8]) {
    let Some((first, rest)) = input.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    match first % 5 {
        0 => name(&text),
        1 => cursor(&text),
        2 => claims(&text),
        3 => origin(&text),
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

/// Claims that were signed by somebody who may write what they like into them.
fn claims(text: &str) {
    let Ok(claims) = serde_json::from_str::<Claims>(text) else { return };
    let documents = claims.documents.clone();
    let Ok(grant) = Grant::new(claims, 0) else { return };
    for name in documents.0.keys() {
        let role = documents.role(name.strip_suffix('*').unwrap_or(name));
        assert!(role.is_some(), "[X1] what is listed is opened: {name:?}");
    }
    if !documents.0.keys().any(|name| name.ends_with('*')) {
        assert_eq!(
            documents.role("not listed at all"),
            None.or(documents.0.get("not listed at all").copied())
        );
    }
    if grant.is_valid_at(1_000_000).is_ok() {
        assert!(grant.expires_at_ms.is_none_or(|end| end > 1_000_000), "[X3] it has not ended");
    }
    assert!(documents.role_everywhere().is_none_or(|role| role >= Role::Read));
}

/// The headers of a browser: origin and host, separated by a line feed.
fn origin(text: &str) {
    let (origin, host) = text.split_once('\n').unwrap_or((text, "weft.example"));
    let listed = ["https://app.example".to_owned()];
    let closed = Origins::new(&listed, false).expect("an origin");
    if closed.check(Some(origin), Some(host)).is_ok() {
        let (origin, host) = (origin.to_ascii_lowercase(), host.to_ascii_lowercase());
        let authority =
            origin.split_once("://").expect("[X6] an origin has a scheme").1.trim_end_matches('/');
        let bare = |text: &str| {
            text.trim_end_matches(":443").trim_end_matches(":80").trim_end_matches('/').to_owned()
        };
        assert!(
            bare(authority) == bare(&host) || bare(authority) == "app.example",
            "[X6] {origin:?} at {host:?}"
        );
    }
}
