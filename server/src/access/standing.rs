//! What makes a token void before it ends: it was revoked, its user was, or its key was withdrawn.

use std::collections::{BTreeMap, BTreeSet};

use weft_storage::{Revocation, Revoked};

use super::claims::Grant;
use super::keys::Keys;

/// What tokens are held against at present.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Standing {
    tokens: BTreeMap<String, Revocation>,
    users: BTreeMap<String, Revocation>,
    keys: BTreeSet<u64>,
}

impl Standing {
    /// Puts together what was revoked and which keys are good.
    #[must_use]
    pub fn new(revocations: Vec<Revocation>, keys: &Keys) -> Self {
        let mut standing = Self { keys: keys.prints().collect(), ..Self::default() };
        for revocation in revocations {
            match revocation.subject.clone() {
                Revoked::Token(id) => standing.tokens.insert(id, revocation),
                Revoked::User(id) => standing.users.insert(id, revocation),
            };
        }
        standing
    }

    /// Returns what was revoked.
    #[must_use]
    pub fn revocations(&self) -> Vec<Revocation> {
        self.tokens.values().chain(self.users.values()).cloned().collect()
    }

    /// Returns true while a token is good.
    #[must_use]
    pub fn admits(&self, grant: &Grant) -> bool {
        self.keys.contains(&grant.key) && !self.is_revoked(grant)
    }

    /// Returns true when a token was taken back, or of a share link, when the token it was made with was. A user's tokens and
    /// links made before they were revoked are void; one that does not say when it was made counts as older.
    #[must_use]
    pub fn is_revoked(&self, grant: &Grant) -> bool {
        let mut tokens = [&grant.token_id, &grant.parent].into_iter().flatten();
        let users = [&grant.user, &grant.made_by].into_iter().flatten();
        let mut revoked = users.filter_map(|user| self.users.get(user));
        tokens.any(|id| self.tokens.contains_key(id))
            || revoked.any(|user| grant.issued_at_ms.is_none_or(|at| at <= user.revoked_at_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::super::claims::{Claims, NumericDate};
    use super::*;

    /// [X4]
    #[test]
    fn a_revoked_token_and_the_older_tokens_of_a_revoked_user_are_void() {
        let claims = |sub: &str, jti: &str, iat: f64| Claims {
            sub: Some(sub.to_owned()),
            jti: Some(jti.to_owned()),
            iat: Some(NumericDate(iat)),
            ..Claims::default()
        };
        let grant = |claims: Claims| Grant::new(claims, 7).expect("short texts");
        let revoke = |subject| Revocation { subject, revoked_at_ms: 20_000, expires_at_ms: None };
        let revocations =
            vec![revoke(Revoked::Token("lost".to_owned())), revoke(Revoked::User("ada".to_owned()))];
        let standing = Standing { keys: [7].into(), ..Standing::new(revocations, &Keys::default()) };
        assert!(!standing.admits(&grant(claims("bob", "lost", 30.0))));
        assert!(standing.admits(&grant(claims("bob", "kept", 10.0))));
        assert!(!standing.admits(&grant(claims("ada", "old", 20.0))));
        assert!(standing.admits(&grant(claims("ada", "new", 20.5))));
        assert!(!standing.admits(&grant(Claims { iat: None, ..claims("ada", "when", 0.0) })));
        let made = |claims: Claims| grant(Claims { sub: None, jti: Some("link".to_owned()), ..claims });
        let by = |user: &str, iat| Claims { made_by: Some(user.to_owned()), ..claims("", "", iat) };
        assert!(!standing.admits(&made(by("ada", 10.0))), "what a revoked user shared");
        assert!(standing.admits(&made(by("ada", 30.0))) && standing.admits(&made(by("bob", 10.0))));
        assert!(!standing.admits(&made(Claims { parent: Some("lost".to_owned()), ..by("bob", 30.0) })));
        let withdrawn = Standing::default();
        assert!(!withdrawn.admits(&grant(claims("bob", "kept", 10.0))), "its key is not known any more");
    }
}
