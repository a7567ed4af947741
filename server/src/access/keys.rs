//! The keys that sign tokens.
//!
//! A key verifies with its own algorithm and no other, whatever a token's header says.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};

use super::Denied;
use super::claims::{Claims, Grant};
use super::jwks;
use super::mint::LinkKey;

/// A shared secret shorter than this could be guessed.
pub const SECRET_BYTES_MIN: usize = 32;
/// Keys of a set; identity providers publish two or three.
const KEYS_MAX: usize = 64;
/// Largest key file or JWKS, in bytes.
pub const SOURCE_BYTES_MAX: u64 = 256 << 10;

const SHAPES: &str = "an HS256 secret of at least 32 bytes (openssl rand -base64 32), a PEM public key (EdDSA, ES256 or RS256), \
    or a JWKS file or https URL";

/// Where keys come from.
#[derive(Debug, Clone)]
pub enum Source {
    /// A shared secret or a PEM text, given directly.
    Text(Vec<u8>),
    /// A file with a secret, a PEM public key or a JWKS; read again when it changes.
    File(PathBuf),
    /// A JWKS; asked again from time to time.
    Url(String),
}

impl Source {
    /// Reads the option's value: a URL, the name of a file that exists, a PEM text, or a secret.
    ///
    /// # Errors
    /// What a key looks like.
    pub fn new(value: &str) -> Result<Self, String> {
        let value = value.trim();
        if let Some(rest) = value.strip_prefix("http://") {
            let host = rest.split(['/', ':']).next().unwrap_or_default();
            if !matches!(host, "localhost" | "127.0.0.1") {
                return Err("keys fetched over http can be replaced on the way, use https".to_owned());
            }
            return Ok(Self::Url(value.to_owned()));
        }
        if value.starts_with("https://") {
            return Ok(Self::Url(value.to_owned()));
        }
        if value.starts_with("-----BEGIN") {
            return Ok(Self::Text(value.as_bytes().to_vec()));
        }
        if Path::new(value).is_file() {
            return Ok(Self::File(value.into()));
        }
        let extension = Path::new(value).extension().and_then(|extension| extension.to_str());
        if value.starts_with(['/', '.']) || matches!(extension, Some("pem" | "json" | "key" | "pub" | "jwks"))
        {
            return Err(format!("there is no file {value}; a key is {SHAPES}"));
        }
        if value.len() < SECRET_BYTES_MIN {
            return Err(format!("the secret has {} bytes; a key is {SHAPES}", value.len()));
        }
        Ok(Self::Text(value.as_bytes().to_vec()))
    }

    /// Returns the shared secret, if this is one.
    #[must_use]
    pub fn secret(&self) -> Option<&[u8]> {
        match self {
            Self::Text(text) if !is_pem(text) => Some(text),
            Self::Text(_) | Self::File(_) | Self::Url(_) => None,
        }
    }

    /// Reads the keys; blocks for as long as a file or a server takes.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn read(&self) -> Result<Keys, String> {
        match self {
            Self::Text(text) => Keys::parse(text),
            Self::File(path) => {
                let text = jwks::read_file(path)?;
                Keys::parse(&text).map_err(|why| format!("{}: {why}", path.display()))
            }
            Self::Url(url) => Keys::parse_set(&jwks::fetch(url)?).map_err(|why| format!("{url}: {why}")),
        }
    }
}

fn is_pem(text: &[u8]) -> bool {
    text.trim_ascii_start().starts_with(b"-----BEGIN")
}

/// One key.
#[derive(Clone)]
struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    decoding: DecodingKey,
    /// Names the key in grants.
    print: u64,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// The keys known at present.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    keys: Vec<Key>,
}

impl PartialEq for Keys {
    fn eq(&self, other: &Self) -> bool {
        self.prints().eq(other.prints())
    }
}

impl Keys {
    fn parse(text: &[u8]) -> Result<Self, String> {
        let text = text.trim_ascii();
        if is_pem(text) {
            return Ok(Self { keys: vec![from_pem(text)?] });
        }
        if text.starts_with(b"{") {
            return Self::parse_set(text);
        }
        Ok(Self { keys: vec![from_secret(text, None)?] })
    }

    /// Reads a JWKS. Keys of kinds this server does not use are left out.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse_set(text: &[u8]) -> Result<Self, String> {
        let set: JwkSet = serde_json::from_slice(text).map_err(|error| format!("not a JWKS: {error}"))?;
        let signing = set
            .keys
            .iter()
            .filter(|jwk| matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature)));
        let keys: Vec<_> = signing.filter_map(from_jwk).collect();
        if keys.is_empty() {
            return Err("the JWKS has no key for HS256, EdDSA, ES256 or RS256".to_owned());
        }
        if keys.len() > KEYS_MAX {
            return Err(format!("the JWKS has {} keys, at most {KEYS_MAX} are read", keys.len()));
        }
        Ok(Self { keys })
    }

    /// Adds the key of share links.
    #[must_use]
    pub fn with_links(mut self, links: Option<&LinkKey>) -> Self {
        if let Some(links) = links {
            let key = from_secret(links.secret(), Some(LinkKey::ID.to_owned()));
            self.keys.extend(key);
        }
        self
    }

    /// Returns how many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Returns true when there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Returns what names the keys in grants.
    pub fn prints(&self) -> impl Iterator<Item = u64> {
        self.keys.iter().map(|key| key.print)
    }

    /// Checks a token's signature and reads its claims; its time is not looked at.
    ///
    /// # Errors
    /// [`Denied::Malformed`], [`Denied::Unsigned`], [`Denied::UnknownKey`].
    pub fn verify(&self, token: &str) -> Result<Grant, Denied> {
        let header =
            jsonwebtoken::decode_header(token).map_err(|error| Denied::Malformed(error.to_string()))?;
        let mut fitting = self.keys.iter().filter(|key| key.algorithm == header.alg).peekable();
        let named = header.kid.as_deref();
        if named.is_some_and(|kid| !self.keys.iter().any(|key| key.id.as_deref() == Some(kid)))
            && self.keys.iter().all(|key| key.id.is_some())
        {
            return Err(Denied::UnknownKey);
        }
        if fitting.peek().is_none() {
            return Err(Denied::Unsigned);
        }
        // A key without an id fits every token; a key with one fits tokens that name it or name none.
        let fitting = fitting.filter(|key| named.is_none() || key.id.is_none() || key.id.as_deref() == named);
        for key in fitting {
            let mut validation = Validation::new(key.algorithm);
            // Time and audience are checked with the server's own clock, as sessions are later.
            validation.validate_exp = false;
            validation.validate_nbf = false;
            validation.validate_aud = false;
            validation.required_spec_claims.clear();
            match jsonwebtoken::decode::<Claims>(token, &key.decoding, &validation) {
                Ok(decoded) => return Grant::new(decoded.claims, key.print),
                Err(error) if is_signature(&error) => {}
                Err(error) => return Err(Denied::Malformed(error.to_string())),
            }
        }
        Err(Denied::Unsigned)
    }
}

fn is_signature(error: &jsonwebtoken::errors::Error) -> bool {
    use jsonwebtoken::errors::ErrorKind;
    matches!(error.kind(), ErrorKind::InvalidSignature | ErrorKind::InvalidAlgorithm)
}

fn print(algorithm: Algorithm, id: Option<&str>, material: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    (format!("{algorithm:?}"), id, material).hash(&mut hasher);
    hasher.finish()
}

fn from_secret(secret: &[u8], id: Option<String>) -> Result<Key, String> {
    if secret.len() < SECRET_BYTES_MIN {
        return Err(format!("the secret has {} bytes; a key is {SHAPES}", secret.len()));
    }
    let algorithm = Algorithm::HS256;
    let print = print(algorithm, id.as_deref(), secret);
    Ok(Key { id, algorithm, decoding: DecodingKey::from_secret(secret), print })
}

fn from_pem(text: &[u8]) -> Result<Key, String> {
    if text.windows(7).any(|part| part == b"PRIVATE") {
        return Err("this is a private key: the server needs only the public one".to_owned());
    }
    let tries = [
        (Algorithm::EdDSA, DecodingKey::from_ed_pem(text)),
        (Algorithm::ES256, DecodingKey::from_ec_pem(text)),
        (Algorithm::RS256, DecodingKey::from_rsa_pem(text)),
    ];
    for (algorithm, decoding) in tries {
        if let Ok(decoding) = decoding {
            return Ok(Key { id: None, algorithm, decoding, print: print(algorithm, None, text) });
        }
    }
    Err(format!("the PEM text is no public key that is understood; a key is {SHAPES}"))
}

fn from_jwk(jwk: &Jwk) -> Option<Key> {
    let (algorithm, name) = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(_) => (Algorithm::ES256, KeyAlgorithm::ES256),
        AlgorithmParameters::OctetKeyPair(_) => (Algorithm::EdDSA, KeyAlgorithm::EdDSA),
        AlgorithmParameters::OctetKey(_) => (Algorithm::HS256, KeyAlgorithm::HS256),
        #[allow(unreachable_patterns)] // the library adds kinds with its features
        _ => return None,
    };
    if jwk.common.key_algorithm.is_some_and(|named| named != name) {
        return None;
    }
    let decoding = DecodingKey::from_jwk(jwk).ok()?;
    let short = decoding.try_get_as_bytes().is_ok_and(|secret| secret.len() < SECRET_BYTES_MIN);
    if algorithm == Algorithm::HS256 && short {
        return None;
    }
    let material = serde_json::to_vec(&jwk.algorithm).ok()?;
    let id = jwk.common.key_id.clone();
    Some(Key { print: print(algorithm, id.as_deref(), &material), id, algorithm, decoding })
}
