//! The figures: what each row of the table is called, and what Weft must reach.

/// What a figure must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Must {
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
    /// Nothing: the figure is for information.
    Any,
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The scenario's letter.
    pub scenario: char,
    /// What was measured, with its unit.
    pub label: &'static str,
    /// What it must be.
    pub must: Must,
}

macro_rules! rows {
    ($($id:ident = $scenario:literal $label:literal $must:expr;)*) => {
        /// Names a row.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Id { $(#[doc = $label] $id,)* }

        impl Id {
            /// Returns the row.
            pub fn row(self) -> Row {
                match self { $(Self::$id => Row { scenario: $scenario, label: $label, must: $must },)* }
            }
        }
    };
}

use Must::{Any, AtLeast, AtMost};

rows! {
    FanOutP50 = 'A' "fan-out, 100 clients, 10 writers, 20,000 deliveries/s: p50 ms" AtMost(0.7);
    FanOutP99 = 'A' "... p99 ms" AtMost(2.0);
    FanOutCpu = 'A' "... CPU seconds per million deliveries" AtMost(8.0);
    FanOutAckP50 = 'A' "... ack p50 ms" Any;
    FanOutAckP99 = 'A' "... ack p99 ms" Any;
    FanOutMost10 = 'A' "most deliveries/s with p99 < 100 ms, 10 clients" AtLeast(400_000.0);
    FanOutMost100 = 'A' "... 100 clients" AtLeast(2_000_000.0);
    FanOutMost500 = 'A' "... 500 clients" AtLeast(2_000_000.0);
    FanOutAcked = 'A' "... edits/s acknowledged there, 10 clients" Any;
    RoomsP99 = 'B' "many documents, 2 edits/s each: p99 ms" AtMost(3.0);
    RoomsResident = 'B' "... resident MiB" AtMost(120.0);
    RoomsAckP50 = 'B' "... ack p50 ms" Any;
    RoomsAckP99 = 'B' "... ack p99 ms" Any;
    RoomsAcked = 'B' "... edits/s acknowledged" Any;
    Cursors = 'C' "most clients moving cursors at 20 Hz in one document, p99 < 150 ms" AtLeast(1_000.0);
    IdleKib = 'D' "idle connections: KiB each" AtMost(8.0);
    Connects = 'D' "... connects a second" AtLeast(8_000.0);
    TraceCpu = 'E' "editing trace: CPU seconds to take it in" AtMost(0.6);
    TraceWarmOne = 'E' "... warm join, 1 client: ms" AtMost(3.0);
    TraceWarmAll = 'E' "... warm join, last of 100: ms" AtMost(60.0);
    TraceColdOne = 'E' "... cold join, 1 client: ms" AtMost(3.0);
    TraceColdAll = 'E' "... cold join, last of 100: ms" AtMost(80.0);
    StalledGrowth = 'F' "a client stops reading while much is written: growth MiB" AtMost(8.0);
    StalledMissed = 'F' "... edits it misses for ever" AtMost(0.0);
    CrashAcked = 'G' "SIGKILL: acknowledged edits lost" AtMost(0.0);
    CrashSeen = 'G' "... edits lost that others had seen" Any;
    CrashSeenOld = 'G' "... of those, older than the commit in flight" AtMost(0.0);
    ReconnectP50 = 'H' "1,000 clients of 100 documents reconnect at once: p50 ms" AtMost(90.0);
    ReconnectP99 = 'H' "... p99 ms" AtMost(130.0);
    SlowWritten = 'I' "a reader stalls, MB written to ten others meanwhile" Any;
    SlowP50 = 'I' "... p50 ms of the others" Any;
    SlowWithoutP50 = 'I' "... p50 ms when nobody stalls" Any;
    SlowP99 = 'I' "... p99 ms of the others" Any;
    SlowWithoutP99 = 'I' "... p99 ms when nobody stalls" Any;
    SlowGrowth = 'I' "... growth MiB" Any;
    SlowWithoutGrowth = 'I' "... growth MiB when nobody stalls" Any;
    SlowBytes = 'I' "... KiB it gets when it reads on" Any;
    SlowDifferences = 'I' "... differences among them" AtMost(1.0);
}

impl Must {
    /// Says how much better than required a value is; below 1 it falls short. `None` if nothing is required.
    pub fn ratio(self, value: f64) -> Option<f64> {
        match self {
            Self::Any => None,
            // Nothing lost where nothing may be lost is exactly what is required.
            Self::AtMost(0.0) => Some(if value == 0.0 { 1.0 } else { 0.0 }),
            // What is too small to measure is not infinitely good.
            Self::AtMost(bound) => Some(bound / value.max(bound / 1000.0)),
            Self::AtLeast(bound) => Some(value / bound),
        }
    }
}

impl Row {
    /// Makes one value of several runs: the median, but the worst where nothing may be lost.
    pub fn summary(&self, runs: &[f64]) -> f64 {
        if self.must == AtMost(0.0) { runs.iter().copied().fold(0.0, f64::max) } else { median(runs) }
    }
}

/// The middle of several runs; the mean of the two in the middle of an even number.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        count if count % 2 == 1 => sorted[count / 2],
        count => f64::midpoint(sorted[count / 2 - 1], sorted[count / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_above_one_is_better_than_required() {
        assert_eq!(AtMost(2.0).ratio(1.0), Some(2.0));
        assert_eq!(AtLeast(2.0).ratio(1.0), Some(0.5));
        assert_eq!((AtMost(0.0).ratio(0.0), AtMost(0.0).ratio(1.0)), (Some(1.0), Some(0.0)));
    }

    #[test]
    fn a_single_loss_is_not_averaged_away() {
        let runs = [0.0, 0.0, 3.0];
        assert!((Id::CrashAcked.row().summary(&runs) - 3.0).abs() < f64::EPSILON);
        assert!(Id::FanOutP99.row().summary(&runs).abs() < f64::EPSILON);
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
    }
}
