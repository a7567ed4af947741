//! Latencies, counted in buckets of at most 1.6 % width.

use crate::clock::{Nanos, milliseconds};

/// Each power of two is divided into this many bits of buckets.
const SUB_BITS: u32 = 6;
/// Enough buckets for every 64-bit value.
const BUCKETS: usize = (65 - SUB_BITS as usize) << SUB_BITS;

/// Counts of latencies; recording is a shift and an addition.
#[derive(Debug, Clone)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Histogram {
    /// Starts empty.
    pub fn new() -> Self {
        Self { counts: vec![0; BUCKETS], total: 0 }
    }

    /// Counts one latency.
    #[inline]
    pub fn record(&mut self, latency: Nanos) {
        self.counts[bucket(latency)] += 1;
        self.total += 1;
    }

    /// Returns how many latencies were counted.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Returns the latency in milliseconds that `share` of all latencies do not exceed; 0 when there are none.
    #[allow(clippy::cast_precision_loss, reason = "a rank among fewer than 2^52 latencies")]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the share is within 0..=1")]
    pub fn percentile(&self, share: f64) -> f64 {
        let rank = ((self.total as f64 * share).ceil() as u64).max(1);
        let mut passed = 0;
        for (index, count) in self.counts.iter().enumerate() {
            passed += count;
            if passed >= rank {
                return milliseconds(upper_edge(index));
            }
        }
        0.0
    }
}

#[inline]
#[allow(clippy::cast_possible_truncation, reason = "at most BUCKETS")]
fn bucket(value: u64) -> usize {
    let shift = (63 - (value | 1).leading_zeros()).saturating_sub(SUB_BITS);
    ((u64::from(shift) << SUB_BITS) + (value >> shift)) as usize
}

fn upper_edge(index: usize) -> u64 {
    let block = index >> SUB_BITS;
    let shift = block.saturating_sub(1);
    let mantissa = (index - (shift << SUB_BITS)) as u64;
    ((mantissa + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_at_most_two_percent_wide() {
        for value in [0, 1, 63, 64, 127, 128, 1_000, 123_456, 98_765_432_100, u64::MAX >> 1] {
            let edge = upper_edge(bucket(value));
            assert!(
                edge >= value && edge - value <= value / 60 + 1,
                "{value} went into a bucket up to {edge}"
            );
        }
    }

    #[test]
    fn percentiles_are_ranks() {
        let mut histogram = Histogram::new();
        for millisecond in 1..=100u64 {
            histogram.record(millisecond * 1_000_000);
        }
        assert!((histogram.percentile(0.5) - 50.0).abs() < 1.0);
        assert!((histogram.percentile(0.99) - 99.0).abs() < 2.0);
    }
}
