//! Which moment is meant.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use weft_storage::{SnapshotId, SnapshotKind};

/// Longest way to name a moment, in bytes.
const MOMENT_BYTES_MAX: usize = 64;

/// A moment of a document's past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A time, in Unix milliseconds.
    At(i64),
    /// A version that a person or a restore made.
    Version(VersionId),
}

/// The name of a stored version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionId {
    /// What made it.
    pub kind: SnapshotKind,
    /// Where it is stored.
    pub snapshot: SnapshotId,
}

impl std::fmt::Display for VersionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.kind.as_str(), self.snapshot.0)
    }
}

/// Reads Unix milliseconds, RFC 3339 or a version's id.
///
/// # Errors
/// A sentence that says what a moment looks like.
pub fn parse(text: &str) -> Result<Moment, String> {
    let wrong = || {
        "a moment is Unix milliseconds, RFC 3339 such as 2026-01-31T12:00:00Z, or the id of a version"
            .to_owned()
    };
    if text.len() > MOMENT_BYTES_MAX {
        return Err(wrong());
    }
    if let Some((kind, number)) = text.split_once('-')
        && let Some(kind) = SnapshotKind::from_word(kind)
    {
        let number = number.parse::<i64>().ok().filter(|number| *number >= 0).ok_or_else(wrong)?;
        return Ok(match kind {
            SnapshotKind::Auto => Moment::At(number),
            SnapshotKind::Named | SnapshotKind::Restore => {
                Moment::Version(VersionId { kind, snapshot: SnapshotId(number) })
            }
        });
    }
    time_of(text).map(Moment::At).ok_or_else(wrong)
}

/// Reads a time.
///
/// # Errors
/// A sentence that says what a time looks like.
pub fn parse_time(text: &str) -> Result<i64, String> {
    let time = time_of(text).filter(|_| text.len() <= MOMENT_BYTES_MAX);
    time.ok_or_else(|| "a time is Unix milliseconds or RFC 3339 such as 2026-01-31T12:00:00Z".to_owned())
}

fn time_of(text: &str) -> Option<i64> {
    if let Ok(unix_ms) = text.parse::<i64>() {
        return Some(unix_ms);
    }
    // A plus sign in a query means a space.
    let moment = OffsetDateTime::parse(&text.replace(' ', "+"), &Rfc3339).ok()?;
    i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [T1]
    #[test]
    fn a_moment_is_named_in_three_ways() {
        let version = |kind, number| Ok(Moment::Version(VersionId { kind, snapshot: SnapshotId(number) }));
        assert_eq!(parse("1700000000000"), Ok(Moment::At(1_700_000_000_000)));
        assert_eq!(parse("-5"), Ok(Moment::At(-5)));
        assert_eq!(parse("1970-01-01T00:00:01.5Z"), Ok(Moment::At(1_500)));
        assert_eq!(parse("1970-01-01T02:00:00+02:00"), Ok(Moment::At(0)));
        assert_eq!(parse("1970-01-01T02:00:00 02:00"), Ok(Moment::At(0)));
        assert_eq!(parse("auto-77"), Ok(Moment::At(77)));
        assert_eq!(parse("named-12"), version(SnapshotKind::Named, 12));
        assert_eq!(parse("restore-13"), version(SnapshotKind::Restore, 13));
    }

    /// [T1]
    #[test]
    fn nonsense_is_no_moment() {
        let long = "9".repeat(100);
        for text in ["", "soon", "named-", "named--1", "named-x", "auto-99999999999999999999", "12.5", &long]
        {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse_time("named-1").is_err());
    }
}
