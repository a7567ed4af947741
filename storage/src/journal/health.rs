//! What readiness and metrics want to know about the journal.

use crate::error::StoreError;

/// Buckets of the histogram of commit times: bucket `i` counts commits of less than 2^(i+6) microseconds (64 us, 128 us, ...),
/// the last one also everything above.
pub const COMMIT_BUCKETS: usize = 18;

/// A commit that takes longer, in milliseconds, is worth mentioning: it is a hundred times what a busy disk takes.
pub const SLOW_COMMIT_MS: u64 = 2_000;

/// Whether commits succeed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum JournalState {
    /// The last commit succeeded, or there was none.
    #[default]
    Ok,
    /// The commit under way has had no answer for [`SLOW_COMMIT_MS`]; acknowledgements wait.
    Waiting {
        /// For how many milliseconds by now.
        since_ms: u64,
    },
    /// Commits fail and are repeated; acknowledgements wait.
    Retrying {
        /// For how many milliseconds by now.
        since_ms: u64,
        /// What the store said last.
        error: StoreError,
    },
}

/// State and counters of a journal since the process started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JournalHealth {
    /// Whether commits succeed.
    pub state: JournalState,
    /// Bytes waiting and in flight.
    pub backlog_bytes: usize,
    /// Rows waiting and in flight.
    pub backlog_rows: usize,
    /// Transactions committed.
    pub commits: u64,
    /// Rows in them.
    pub rows: u64,
    /// Payload bytes in them.
    pub bytes: u64,
    /// Attempts that failed or whose outcome is unknown.
    pub failures: u64,
    /// Documents whose appends were given up for good.
    pub documents_failed: u64,
    /// How long the last successful commit took, in microseconds.
    pub last_commit_us: u64,
    /// Sum over all successful commits, in microseconds.
    pub commit_us_sum: u64,
    /// Histogram over all successful commits, see [`COMMIT_BUCKETS`].
    pub commit_us: [u64; COMMIT_BUCKETS],
}

impl JournalHealth {
    /// Counts a successful commit.
    pub(super) fn count_commit(&mut self, rows: usize, bytes: usize, took_us: u64) {
        self.commits += 1;
        self.rows += rows as u64;
        self.bytes += bytes as u64;
        self.last_commit_us = took_us;
        self.commit_us_sum = self.commit_us_sum.saturating_add(took_us);
        let doublings = (took_us >> 6).checked_ilog2().map_or(0, |log| log as usize + 1);
        self.commit_us[doublings.min(COMMIT_BUCKETS - 1)] += 1;
    }

    /// Returns the upper bound of a bucket in microseconds; none for the last one.
    #[must_use]
    pub fn bucket_us(bucket: usize) -> Option<u64> {
        (bucket + 1 < COMMIT_BUCKETS).then(|| 64 << bucket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_lands_in_the_bucket_below_its_bound() {
        for (took_us, bucket) in
            [(0, 0), (63, 0), (64, 1), (127, 1), (128, 2), (u64::MAX, COMMIT_BUCKETS - 1)]
        {
            let mut health = JournalHealth::default();
            health.count_commit(1, 40, took_us);
            assert_eq!(health.commit_us[bucket], 1, "{took_us} us");
            assert!(JournalHealth::bucket_us(bucket).is_none_or(|bound| took_us < bound));
        }
    }
}
