//! From which pages a browser may come.
//!
//! A browser tells with `Origin` which page makes it connect, and sends it with every WebSocket. Programs that are no
//! browsers send none. Nothing here depends on cookies: none is ever read.

/// Which origins may connect and call.
#[derive(Debug, Clone, Default)]
pub struct Origins {
    allowed: Vec<String>,
    /// An open server believes only names that lead to itself: a page of a foreign name that was made to point here
    /// (DNS rebinding) would otherwise be of the same origin.
    loopback_hosts_only: bool,
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Foreign {
    /// A page of somebody else.
    #[error("pages of {0} may not connect; allow them with --allow-origin {0}")]
    Origin(String),
    /// A name that is not this server's.
    #[error(
        "without an access key this server answers only to localhost, not to {0}; see --auth-key and --allow-origin"
    )]
    Host(String),
}

impl Origins {
    /// Reads the allow-list.
    ///
    /// # Errors
    /// Which entry is no origin.
    pub fn new(allowed: &[String], is_open: bool) -> Result<Self, String> {
        let read = allowed.iter().map(|origin| normal(origin).ok_or_else(|| origin.clone()));
        let allowed = read.collect::<Result<Vec<_>, _>>().map_err(|wrong| {
            format!("--allow-origin {wrong}: an origin looks like https://app.example or http://localhost:3000; * is any")
        })?;
        Ok(Self { allowed, loopback_hosts_only: is_open })
    }

    /// Decides about a request by its `Origin` and `Host` headers.
    ///
    /// # Errors
    /// [`Foreign`] says who is not welcome and how to change that.
    pub fn check(&self, origin: Option<&str>, host: Option<&str>) -> Result<(), Foreign> {
        let host = host.unwrap_or_default();
        let listed = |origin: &str| self.allowed.iter().any(|allowed| allowed == "*" || allowed == origin);
        if self.loopback_hosts_only && !host.is_empty() && !is_loopback(host) {
            let known = ["http", "https"].iter().filter_map(|scheme| normal(&format!("{scheme}://{host}")));
            if !known.into_iter().any(|origin| listed(&origin)) {
                return Err(Foreign::Host(clip(host)));
            }
        }
        let Some(origin) = origin else { return Ok(()) };
        let Some(known) = normal(origin) else {
            return if listed("*") { Ok(()) } else { Err(Foreign::Origin(clip(origin))) };
        };
        let same = known.split_once("://").is_some_and(|(scheme, authority)| {
            normal(&format!("{scheme}://{host}")).is_some_and(|own| own.ends_with(&format!("://{authority}")))
        });
        if same || listed(&known) { Ok(()) } else { Err(Foreign::Origin(clip(origin))) }
    }

    /// Returns true when a page of this origin is on the list.
    #[must_use]
    pub fn lists(&self, origin: &str) -> bool {
        normal(origin).is_some_and(|origin| self.allowed.iter().any(|one| *one == origin || one == "*"))
    }
}

/// Puts an origin into one shape: lower case, without the port that its scheme implies.
pub(super) fn normal(origin: &str) -> Option<String> {
    if origin == "*" {
        return Some(origin.to_owned());
    }
    let lower = origin.to_ascii_lowercase();
    let (scheme, authority) = lower.split_once("://")?;
    let authority = authority.strip_suffix('/').unwrap_or(authority);
    let authority = match scheme {
        "http" => authority.strip_suffix(":80").unwrap_or(authority),
        "https" => authority.strip_suffix(":443").unwrap_or(authority),
        _ => authority,
    };
    let legal = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    (!authority.is_empty() && authority.chars().all(legal)).then(|| format!("{scheme}://{authority}"))
}

fn is_loopback(host: &str) -> bool {
    let name = host.rsplit_once(':').filter(|(_, port)| port.chars().all(|c| c.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name).to_ascii_lowercase();
    let ip = name.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    name == "localhost" || name.ends_with(".localhost") || ip.is_ok_and(|ip| ip.is_loopback())
}

fn clip(text: &str) -> String {
    text.chars().take(60).filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(allowed: &[&str]) -> Origins {
        let allowed: Vec<_> = allowed.iter().map(|&origin| origin.to_owned()).collect();
        Origins::new(&allowed, false).expect("origins")
    }

    /// [X6]
    #[test]
    fn the_same_origin_programs_and_the_list_are_welcome() {
        let some = closed(&["https://app.example", "http://localhost:3000"]);
        assert_eq!(some.check(None, Some("weft.example")), Ok(()));
        assert_eq!(some.check(Some("https://weft.example"), Some("weft.example")), Ok(()));
        assert_eq!(some.check(Some("https://weft.example"), Some("WEFT.example:443")), Ok(()));
        assert_eq!(some.check(Some("https://App.example:443"), Some("weft.example")), Ok(()));
        assert_eq!(some.check(Some("http://localhost:3000"), Some("weft.example")), Ok(()));
        assert_eq!(closed(&["*"]).check(Some("null"), Some("weft.example")), Ok(()));
    }

    /// [X6]
    #[test]
    fn pages_of_others_are_not() {
        let some = closed(&["https://app.example"]);
        for origin in [
            "https://evil.example",
            "null",
            "https://app.example.evil.example",
            "http://app.example",
            "https://evilapp.example",
            "https://weft.example.evil.example",
            "https://weft.example:8443",
            "",
        ] {
            assert!(some.check(Some(origin), Some("weft.example")).is_err(), "{origin}");
        }
    }

    /// [X6]
    #[test]
    fn an_open_server_answers_only_to_its_own_names() {
        let open = Origins::new(&["https://dev.example".to_owned()], true).expect("origins");
        for host in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST", "dev.example"] {
            assert_eq!(open.check(None, Some(host)), Ok(()), "{host}");
        }
        for host in ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example"]
        {
            assert!(open.check(None, Some(host)).is_err(), "{host}");
            assert!(open.check(Some(&format!("http://{host}")), Some(host)).is_err(), "{host}");
        }
    }

    #[test]
    fn what_is_no_origin_is_named() {
        assert!(
            Origins::new(&["app.example".to_owned()], false).expect_err("no scheme").contains("app.example")
        );
        assert!(Origins::new(&["https://a.example/path".to_owned()], false).is_err());
    }
}
