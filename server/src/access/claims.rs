//! What a token says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Denied;

/// Clocks of servers that mint and check may differ by this much; it never prolongs a token.
const EARLY_LEEWAY_MS: i64 = 60_000;
/// Longest user id and name, in bytes.
const TEXT_BYTES_MAX: usize = 512;

/// What somebody may do with a document; each role includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Read, and be seen reading.
    Read,
    /// Also take part beside the document: presence and chat.
    Comment,
    /// Edit.
    Write,
    /// Also delete, restore and revoke.
    Admin,
}

impl Role {
    /// Returns the word of the `documents` claim.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Comment => "comment",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let all = [Self::Read, Self::Comment, Self::Write, Self::Admin];
        let found = all.into_iter().find(|role| role.as_str() == word);
        found.ok_or_else(|| format!("{word:?} is none of read, comment, write, admin"))
    }
}

/// Names and patterns with their roles.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Documents(pub BTreeMap<String, Role>);

impl Documents {
    /// Returns the role for a name: the exact entry, else the longest pattern (`prefix*`) that fits, else none.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<Role> {
        if let Some(role) = self.0.get(name).filter(|_| !name.ends_with('*')) {
            return Some(*role);
        }
        let patterns = self.0.iter().filter_map(|(key, role)| Some((key.strip_suffix('*')?, *role)));
        let fitting = patterns.filter(|(prefix, _)| name.starts_with(prefix));
        fitting.max_by_key(|(prefix, _)| prefix.len()).map(|(_, role)| role)
    }

    /// Returns the role of `*`.
    #[must_use]
    pub fn role_everywhere(&self) -> Option<Role> {
        self.0.get("*").copied()
    }
}

/// A moment in seconds since the Unix epoch, with or without a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NumericDate(pub f64);

impl NumericDate {
    #[expect(clippy::cast_possible_truncation, reason = "a float beyond the range becomes its end")]
    fn unix_ms(self) -> i64 {
        (self.0 * 1_000.0) as i64
    }
}

/// The claims this server reads; others are ignored.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Claims {
    /// The user's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// What the user is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// End.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<NumericDate>,
    /// Beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nbf: Option<NumericDate>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<NumericDate>,
    /// Its own id, by which it can be revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// Of a share link: the user who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made_by: Option<String>,
    /// Of a share link: the id of the token it was made with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// For whom it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aud: Option<Audience>,
    /// What it opens.
    #[serde(default)]
    pub documents: Documents,
}

/// One audience or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// One.
    One(String),
    /// Any of these.
    Any(Vec<String>),
}

/// A token whose signature was good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The user's id.
    pub user: Option<String>,
    /// What the user is called.
    pub name: Option<String>,
    /// The token's own id.
    pub token_id: Option<String>,
    /// Of a share link: the user who made it.
    pub made_by: Option<String>,
    /// Of a share link: the id of the token it was made with.
    pub parent: Option<String>,
    /// When it was made, in Unix milliseconds.
    pub issued_at_ms: Option<i64>,
    /// When it begins, in Unix milliseconds.
    pub begins_at_ms: Option<i64>,
    /// When it ends, in Unix milliseconds.
    pub expires_at_ms: Option<i64>,
    /// For whom it is.
    pub audience: Vec<String>,
    /// What it opens.
    pub documents: Documents,
    /// Which key signed it.
    pub key: u64,
}

impl Grant {
    /// Takes the claims of a token signed by `key`.
    ///
    /// # Errors
    /// [`Denied::Malformed`] for texts that are too long.
    pub fn new(claims: Claims, key: u64) -> Result<Self, Denied> {
        let texts = [&claims.sub, &claims.name, &claims.jti, &claims.made_by, &claims.parent];
        if texts.into_iter().flatten().any(|text| text.len() > TEXT_BYTES_MAX || text.contains('\0')) {
            let what =
                format!("sub, name, jti, made_by and parent have at most {TEXT_BYTES_MAX} bytes and no NUL");
            return Err(Denied::Malformed(what));
        }
        let audience = match claims.aud {
            None => Vec::new(),
            Some(Audience::One(one)) => vec![one],
            Some(Audience::Any(any)) => any,
        };
        let moment = |date: Option<NumericDate>| date.map(NumericDate::unix_ms);
        Ok(Self {
            user: claims.sub.filter(|sub| !sub.is_empty()),
            name: claims.name,
            token_id: claims.jti,
            made_by: claims.made_by,
            parent: claims.parent,
            issued_at_ms: moment(claims.iat),
            begins_at_ms: moment(claims.nbf),
            expires_at_ms: moment(claims.exp),
            audience,
            documents: claims.documents,
            key,
        })
    }

    /// Checks for whom the token is.
    ///
    /// # Errors
    /// [`Denied::Elsewhere`].
    pub fn is_for(&self, audience: Option<&str>) -> Result<(), Denied> {
        match audience {
            Some(wanted) if !self.audience.iter().any(|one| one == wanted) => {
                Err(Denied::Elsewhere("audience"))
            }
            _ => Ok(()),
        }
    }

    /// Checks the time.
    ///
    /// # Errors
    /// [`Denied::Expired`] from the very moment it ends, [`Denied::Early`].
    pub fn is_valid_at(&self, now_ms: i64) -> Result<(), Denied> {
        if self.expires_at_ms.is_some_and(|end| end <= now_ms) {
            return Err(Denied::Expired);
        }
        let begin = self.begins_at_ms.max(self.issued_at_ms);
        if begin.is_some_and(|begin| begin > now_ms.saturating_add(EARLY_LEEWAY_MS)) {
            return Err(Denied::Early);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents(entries: &[(&str, Role)]) -> Documents {
        Documents(entries.iter().map(|(name, role)| ((*name).to_owned(), *role)).collect())
    }

    /// [X1]
    #[test]
    fn the_longest_match_wins_and_nothing_listed_is_nothing_allowed() {
        let some = documents(&[
            ("team/*", Role::Read),
            ("team/notes/*", Role::Write),
            ("team/notes/plan", Role::Read),
            ("team/notes/pl*", Role::Admin),
        ]);
        assert_eq!(some.role("team/x"), Some(Role::Read));
        assert_eq!(some.role("team/notes/x"), Some(Role::Write));
        assert_eq!(
            some.role("team/notes/plan"),
            Some(Role::Read),
            "an exact name is longer than its pattern"
        );
        assert_eq!(some.role("team/notes/plane"), Some(Role::Admin));
        assert_eq!(some.role("team"), None);
        assert_eq!(Documents::default().role("team"), None);
        assert_eq!(documents(&[("*", Role::Comment)]).role("anything"), Some(Role::Comment));
    }

    /// [X1]
    #[test]
    fn a_star_inside_a_name_is_a_letter_and_a_pattern_is_no_name() {
        let some = documents(&[("a*b", Role::Write), ("c*", Role::Read)]);
        assert_eq!(some.role("aXb"), None);
        assert_eq!(some.role("a*b"), Some(Role::Write));
        assert_eq!(some.role("c*"), Some(Role::Read));
    }

    /// [X3]
    #[test]
    fn a_token_ends_at_its_moment_and_begins_with_some_leeway() {
        let claims =
            Claims { exp: Some(NumericDate(100.0)), nbf: Some(NumericDate(50.0)), ..Claims::default() };
        let grant = Grant::new(claims, 0).expect("short texts");
        assert_eq!(grant.is_valid_at(99_999), Ok(()));
        assert_eq!(grant.is_valid_at(100_000), Err(Denied::Expired));
        assert_eq!(grant.is_valid_at(0), Ok(()));
        assert_eq!(grant.is_valid_at(-20_000), Err(Denied::Early));
    }

    /// [X1]
    #[test]
    fn claims_of_another_shape_are_refused() {
        for wrong in [
            r#"{"exp":"4102444800"}"#,
            r#"{"documents":{"a":"owner"}}"#,
            r#"{"documents":["a"]}"#,
            r#"{"sub":7}"#,
        ] {
            assert!(serde_json::from_str::<Claims>(wrong).is_err(), "{wrong}");
        }
    }
}
