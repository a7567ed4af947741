//! Where people get tokens: addresses of the app that signs them, told to the pages.

use serde::Serialize;

use super::origin::normal;

/// Longest address, in bytes.
const URL_BYTES_MAX: usize = 2_048;

/// What the pages know about getting in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SignIn {
    /// Answers a `GET` with cookies by `{"token": "<JWT>"}`; asked when a token ends.
    token_url: Option<String>,
    /// Where a person signs in; the page's address is appended as `return`.
    sign_in_url: Option<String>,
    #[serde(skip)]
    token_origin: Option<String>,
}

impl SignIn {
    /// Reads the two addresses.
    ///
    /// # Errors
    /// A sentence that names the option and the fix.
    pub fn new(token_url: Option<&str>, sign_in_url: Option<&str>) -> Result<Self, String> {
        let token_origin = token_url.map(|url| origin_of("--token-url", url)).transpose()?.flatten();
        sign_in_url.map(|url| origin_of("--sign-in-url", url)).transpose()?;
        let owned = |url: Option<&str>| url.map(str::to_owned);
        Ok(Self { token_url: owned(token_url), sign_in_url: owned(sign_in_url), token_origin })
    }

    /// Returns the other origin that pages ask for tokens, if it is another.
    #[must_use]
    pub fn token_origin(&self) -> Option<&str> {
        self.token_origin.as_deref()
    }
}

/// Returns the origin of an address, or none when it is a path on this server's own.
fn origin_of(option: &str, url: &str) -> Result<Option<String>, String> {
    let wrong = || {
        format!(
            "{option} {url:?}: give a path such as /login/token or an address such as https://app.example/token"
        )
    };
    let legal = |c: char| c.is_ascii_graphic() && !"\"'<>;,\\".contains(c);
    if url.len() > URL_BYTES_MAX || !url.chars().all(legal) {
        return Err(wrong());
    }
    if url.starts_with('/') && !url.starts_with("//") {
        return Ok(None);
    }
    let Some((scheme @ ("http" | "https"), rest)) = url.split_once("://") else { return Err(wrong()) };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    normal(&format!("{scheme}://{authority}")).map(Some).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [X9]
    #[test]
    fn addresses_are_a_path_or_http() {
        let origin =
            |url| SignIn::new(Some(url), None).map(|sign_in| sign_in.token_origin().map(str::to_owned));
        assert_eq!(origin("/login/token?x=1"), Ok(None));
        assert_eq!(
            origin("https://App.example:443/token?for=weft"),
            Ok(Some("https://app.example".to_owned()))
        );
        assert_eq!(origin("http://localhost:3000"), Ok(Some("http://localhost:3000".to_owned())));
        for url in [
            "",
            "token",
            "//evil.example",
            "javascript:alert(1)",
            "ftp://a/b",
            "https://",
            "https://a b/",
            "https://a;b/",
        ] {
            let refused = origin(url).expect_err(url);
            assert!(refused.starts_with("--token-url"), "{refused}");
            assert!(SignIn::new(None, Some(url)).is_err(), "{url}");
        }
    }
}
