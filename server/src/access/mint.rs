//! Making tokens: `weft token`, and share links.

use jsonwebtoken::{Algorithm, EncodingKey, Header};

use super::claims::Claims;
use super::keys::SECRET_BYTES_MIN;

/// The secret that signs share links.
#[derive(Clone)]
pub struct LinkKey {
    secret: Vec<u8>,
}

impl std::fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkKey")
    }
}

impl LinkKey {
    /// The `kid` of tokens it signs.
    pub const ID: &str = "weft-link";

    /// Takes a secret.
    ///
    /// # Errors
    /// That it is too short.
    pub fn new(secret: &[u8]) -> Result<Self, String> {
        if secret.len() < SECRET_BYTES_MIN {
            let len = secret.len();
            return Err(format!(
                "the secret has {len} bytes, at least {SECRET_BYTES_MIN} are needed (openssl rand -base64 32)"
            ));
        }
        Ok(Self { secret: secret.to_vec() })
    }

    /// Returns the secret.
    #[must_use]
    pub fn secret(&self) -> &[u8] {
        &self.secret
    }

    /// Signs a share link's token.
    ///
    /// # Errors
    /// What the signature needs and has not.
    pub fn sign(&self, claims: &Claims) -> Result<String, String> {
        let header = Header { kid: Some(Self::ID.to_owned()), ..Header::new(Algorithm::HS256) };
        sign(&header, claims, &EncodingKey::from_secret(&self.secret))
    }
}

/// Signs claims with a secret (HS256) or a PEM private key (EdDSA, ES256, RS256).
///
/// # Errors
/// What is wrong with the key.
pub fn mint(claims: &Claims, key: &[u8], kid: Option<String>) -> Result<String, String> {
    let key = key.trim_ascii();
    if !key.starts_with(b"-----BEGIN") {
        let secret = LinkKey::new(key)?;
        let header = Header { kid, ..Header::new(Algorithm::HS256) };
        return sign(&header, claims, &EncodingKey::from_secret(secret.secret()));
    }
    let tries = [
        (Algorithm::EdDSA, EncodingKey::from_ed_pem(key)),
        (Algorithm::ES256, EncodingKey::from_ec_pem(key)),
        (Algorithm::RS256, EncodingKey::from_rsa_pem(key)),
    ];
    for (algorithm, encoding) in tries {
        let header = Header { kid: kid.clone(), ..Header::new(algorithm) };
        if let Ok(encoding) = encoding
            && let Ok(token) = sign(&header, claims, &encoding)
        {
            return Ok(token);
        }
    }
    Err("the PEM text is no private key for EdDSA, ES256 or RS256 (PKCS#8: openssl pkcs8 -topk8 -nocrypt)"
        .to_owned())
}

fn sign(header: &Header, claims: &Claims, key: &EncodingKey) -> Result<String, String> {
    jsonwebtoken::encode(header, claims, key).map_err(|error| format!("the token cannot be signed: {error}"))
}
