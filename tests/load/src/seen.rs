//! Which clocks of one writer somebody has received.

/// A set of clocks below a bound.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    words: Vec<u64>,
    bound: u64,
    count: u64,
}

impl Seen {
    /// Starts empty; clocks from `bound` on are ignored.
    pub fn below(bound: u64) -> Self {
        let words = usize::try_from(bound.div_ceil(64)).expect("a bitmap of edits fits into memory");
        Self { words: vec![0; words], bound, count: 0 }
    }

    /// Adds a clock and tells whether it is new.
    #[inline]
    #[allow(
        clippy::cast_possible_truncation,
        reason = "the clock is below the bound, and the bitmap is in memory"
    )]
    pub fn insert(&mut self, clock: u64) -> bool {
        if clock >= self.bound {
            return false;
        }
        let word = &mut self.words[(clock / 64) as usize];
        let bit = 1 << (clock % 64);
        let fresh = *word & bit == 0;
        *word |= bit;
        self.count += u64::from(fresh);
        fresh
    }

    /// Adds `len` clocks from `first` on, a word at a time: joined documents come in long runs.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "the clocks are below the bound, and the bitmap is in memory"
    )]
    pub fn insert_all(&mut self, first: u64, len: u64) {
        let end = first.saturating_add(len).min(self.bound);
        let mut clock = first;
        while clock < end {
            let bits = (64 - clock % 64).min(end - clock);
            let mask = (u64::MAX >> (64 - bits)) << (clock % 64);
            let word = &mut self.words[(clock / 64) as usize];
            self.count += u64::from((mask & !*word).count_ones());
            *word |= mask;
            clock += bits;
        }
    }

    /// Tells whether the clock was added.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "the clock is below the bound, and the bitmap is in memory"
    )]
    pub fn contains(&self, clock: u64) -> bool {
        clock < self.bound && self.words[(clock / 64) as usize] & (1 << (clock % 64)) != 0
    }

    /// Returns how many clocks there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Returns how many clocks below the bound are not there.
    pub fn missing(&self) -> u64 {
        self.bound - self.count
    }

    /// Returns the first clock that is not there: what a state vector would say.
    pub fn prefix(&self) -> u64 {
        (0..self.bound).find(|clock| !self.contains(*clock)).unwrap_or(self.bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_count_once() {
        let mut seen = Seen::below(70);
        assert!(seen.insert(0) && seen.insert(65) && !seen.insert(65) && !seen.insert(70));
        assert_eq!((seen.count(), seen.missing(), seen.prefix()), (2, 68, 1));
    }

    #[test]
    fn a_run_is_the_same_as_its_clocks() {
        for (first, len) in [(0, 200), (3, 61), (60, 10), (64, 64), (199, 5), (300, 1), (5, 0)] {
            let (mut at_once, mut one_by_one) = (Seen::below(200), Seen::below(200));
            at_once.insert(62);
            one_by_one.insert(62);
            at_once.insert_all(first, len);
            for clock in first..first + len {
                one_by_one.insert(clock);
            }
            assert_eq!((at_once.count, &at_once.words), (one_by_one.count, &one_by_one.words));
        }
    }
}
