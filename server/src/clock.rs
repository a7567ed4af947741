//! The only place of the server that reads clocks.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::document::event::Now;

/// Reads the time since the process started and the time of day.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    started: Instant,
}

impl Clock {
    /// Starts at zero.
    #[must_use]
    #[allow(clippy::disallowed_methods)] // this is the shell that reads clocks for everybody
    pub fn start() -> Self {
        Self { started: Instant::now() }
    }

    /// Returns the time.
    #[must_use]
    #[allow(clippy::disallowed_methods, clippy::cast_possible_truncation)] // as above; 2^64 us are 584,000 years
    pub fn now(&self) -> Now {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now {
            // Not from zero, so that "a minute ago" is never before the beginning.
            mono_us: 3_600_000_000 + self.started.elapsed().as_micros() as u64,
            unix_ms: i64::try_from(unix.as_millis()).unwrap_or(i64::MAX),
        }
    }
}
