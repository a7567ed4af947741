//! The one clock of the program: nanoseconds since its first reading.

use std::sync::OnceLock;
use std::time::Instant;

/// Nanoseconds since the first reading.
pub type Nanos = u64;

/// Nanoseconds in a second.
pub const SECOND: Nanos = 1_000_000_000;
/// Nanoseconds in a millisecond.
pub const MILLISECOND: Nanos = 1_000_000;

/// Reads the clock.
#[allow(clippy::disallowed_methods, reason = "measuring time is what this program is for")]
#[allow(clippy::cast_possible_truncation, reason = "64 bits of nanoseconds last 584 years")]
pub fn now() -> Nanos {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_nanos() as Nanos
}

/// Converts to milliseconds for people.
#[allow(clippy::cast_precision_loss, reason = "figures are printed with three digits")]
pub fn milliseconds(span: Nanos) -> f64 {
    span as f64 / MILLISECOND as f64
}

/// Converts to seconds for people.
#[allow(clippy::cast_precision_loss, reason = "figures are printed with three digits")]
pub fn seconds(span: Nanos) -> f64 {
    span as f64 / SECOND as f64
}
