//! A token bucket.

/// How much may come in a second, and how much at once after a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// In a second, over time.
    pub per_second: u64,
    /// At once.
    pub burst: u64,
}

impl Rate {
    /// Returns a rate with a burst of so many seconds' worth.
    #[must_use]
    pub fn of(per_second: u32, burst_seconds: u64) -> Self {
        let per_second = u64::from(per_second);
        Self { per_second, burst: per_second * burst_seconds }
    }
}

/// A token bucket that may be overdrawn once: what has arrived cannot be sent back, but the next has to wait.
#[derive(Debug, Clone, Copy)]
pub struct Bucket {
    rate: Rate,
    /// Millionths of a token; negative when overdrawn.
    level: i128,
    filled_us: u64,
}

const MILLION: i128 = 1_000_000;

impl Bucket {
    /// Starts full.
    #[must_use]
    pub fn new(rate: Rate, now_us: u64) -> Self {
        Self { rate, level: i128::from(rate.burst) * MILLION, filled_us: now_us }
    }

    fn fill(&mut self, now_us: u64) {
        let passed = i128::from(now_us.saturating_sub(self.filled_us));
        let most = i128::from(self.rate.burst) * MILLION;
        self.level = (self.level + passed * i128::from(self.rate.per_second)).min(most);
        self.filled_us = self.filled_us.max(now_us);
    }

    /// Takes tokens, more than there are if need be.
    pub fn spend(&mut self, tokens: u64, now_us: u64) {
        self.fill(now_us);
        self.level -= i128::from(tokens) * MILLION;
    }

    /// Takes one token, if there is one.
    #[must_use]
    pub fn take(&mut self, now_us: u64) -> bool {
        self.fill(now_us);
        let may = self.level >= MILLION;
        if may {
            self.level -= MILLION;
        }
        may
    }

    /// Returns how long it takes until nothing is overdrawn, in microseconds.
    #[must_use]
    pub fn wait_us(&mut self, now_us: u64) -> u64 {
        self.fill(now_us);
        if self.level >= 0 {
            return 0;
        }
        u64::try_from(-self.level / i128::from(self.rate.per_second.max(1))).unwrap_or(u64::MAX).max(1)
    }

    /// Returns true when at least half of a burst is there.
    #[must_use]
    pub fn is_rested(&mut self, now_us: u64) -> bool {
        self.fill(now_us);
        self.level * 2 >= i128::from(self.rate.burst) * MILLION
    }

    /// Returns true when nothing was taken for long enough.
    #[must_use]
    pub fn is_full(&mut self, now_us: u64) -> bool {
        self.fill(now_us);
        self.level == i128::from(self.rate.burst) * MILLION
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;

    /// [R2]
    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let mut bucket = Bucket::new(Rate { per_second: 10, burst: 3 }, 0);
        assert!((0..3).all(|_| bucket.take(0)));
        assert!(!bucket.take(0) && !bucket.take(99_999));
        assert!(bucket.take(100_000) && !bucket.take(100_000));
        assert!(
            (0..3).all(|_| bucket.take(100 * SECOND)) && !bucket.take(100 * SECOND),
            "no more than a burst"
        );
        bucket.spend(20, 100 * SECOND);
        assert_eq!(bucket.wait_us(100 * SECOND), 2 * SECOND);
        assert_eq!(bucket.wait_us(102 * SECOND), 0);
        assert!(!bucket.is_rested(102 * SECOND) && bucket.is_rested(103 * SECOND));
    }
}
