//! Access tokens as an application's own server would mint them.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use weft_server::access::claims::Claims;
use weft_server::access::mint;

/// The secret that servers of these tests check with.
pub const SECRET: &str = "a secret of the tests, long enough";

/// The options of a server that checks with [`SECRET`].
pub const CLOSED: [&str; 2] = ["--auth-key", SECRET];

/// Now, in seconds since the Unix epoch.
///
/// # Panics
/// When the clock stands before 1970.
#[allow(clippy::disallowed_methods)] // tokens end by the time of day
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}

/// A token for an hour: a user and what it opens.
pub fn token(sub: &str, documents: &[(&str, &str)]) -> String {
    mint_json(claims(sub, documents, 3_600))
}

/// The claims of a token for so many seconds.
pub fn claims(sub: &str, documents: &[(&str, &str)], seconds: u64) -> Value {
    let documents: serde_json::Map<_, _> =
        documents.iter().map(|(name, role)| ((*name).to_owned(), json!(role))).collect();
    json!({ "sub": sub, "name": sub, "iat": now(), "exp": now() + seconds, "documents": documents })
}

/// Signs claims with [`SECRET`].
pub fn mint_json(claims: Value) -> String {
    sign(claims, SECRET.as_bytes(), None)
}

/// Signs claims with a secret or a PEM private key.
///
/// # Panics
/// When they are no claims, or the key is none.
pub fn sign(claims: Value, key: &[u8], kid: Option<&str>) -> String {
    let claims: Claims = serde_json::from_value(claims).expect("claims");
    mint::mint(&claims, key, kid.map(str::to_owned)).expect("a key")
}

/// Base64 of the alphabet for addresses, without padding.
pub fn base64_url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits =
            chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for n in 0..=chunk.len() {
            text.push(char::from(ALPHABET[(bits >> (18 - 6 * n)) as usize & 63]));
        }
    }
    text
}
