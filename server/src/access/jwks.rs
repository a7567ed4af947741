//! Reading keys from files and identity providers, not too often.

use std::io::Read;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::keys::{SOURCE_BYTES_MAX, Source};

/// An identity provider is asked this often.
const URL_PERIOD_MS: i64 = 300_000;
/// Tokens that name unknown keys make it be asked at most this often.
const UNKNOWN_PERIOD_MS: i64 = 10_000;
/// It has to answer within this time.
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// When keys were read last.
#[derive(Debug, Default)]
pub struct Pace {
    asked_at_ms: i64,
    unknown_at_ms: i64,
    modified: Option<SystemTime>,
}

impl Pace {
    /// Returns true when an unknown key is worth a question.
    pub fn may_ask_for_unknown(&mut self, now_ms: i64) -> bool {
        let may = now_ms.saturating_sub(self.unknown_at_ms) >= UNKNOWN_PERIOD_MS;
        if may {
            self.unknown_at_ms = now_ms;
        }
        may
    }

    /// Returns true when the source should be read again; blocks for as long as it takes to look at a file's time.
    pub fn is_due(&mut self, source: &Source, now_ms: i64) -> bool {
        match source {
            Source::Text(_) => false,
            Source::File(path) => {
                let modified = std::fs::metadata(path).and_then(|file| file.modified()).ok();
                let changed = modified != self.modified;
                self.modified = modified;
                changed
            }
            Source::Url(_) => {
                let due = now_ms.saturating_sub(self.asked_at_ms) >= URL_PERIOD_MS;
                if due {
                    self.asked_at_ms = now_ms;
                }
                due
            }
        }
    }
}

/// Reads a key file.
///
/// # Errors
/// What is wrong with it.
pub fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let mut text = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(SOURCE_BYTES_MAX).read_to_end(&mut text));
    read.map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(text)
}

/// Fetches a JWKS.
///
/// # Errors
/// What went wrong.
pub fn fetch(url: &str) -> Result<Vec<u8>, String> {
    let config = ureq::Agent::config_builder().timeout_global(Some(FETCH_TIMEOUT)).max_redirects(3).build();
    let failed = |error: ureq::Error| format!("{url}: {error}");
    let mut response = ureq::Agent::new_with_config(config).get(url).call().map_err(failed)?;
    response.body_mut().with_config().limit(SOURCE_BYTES_MAX).read_to_vec().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [X5]
    #[test]
    fn unknown_keys_do_not_make_the_provider_be_asked_all_the_time() {
        let mut pace = Pace::default();
        assert!(pace.may_ask_for_unknown(1_000_000));
        assert!(!pace.may_ask_for_unknown(1_000_001));
        assert!(pace.may_ask_for_unknown(1_000_000 + UNKNOWN_PERIOD_MS));
        let url = Source::Url("https://id.example/jwks".to_owned());
        assert!(pace.is_due(&url, 1_000_000));
        assert!(!pace.is_due(&url, 1_000_001));
        assert!(pace.is_due(&url, 1_000_000 + URL_PERIOD_MS));
    }
}
