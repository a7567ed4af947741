//! What the schedules reached, so that a run that tests nothing fails.

use std::collections::BTreeMap;

/// What every run must have seen at least once.
const MUST_HAPPEN: [&str; 27] = [
    "ack",
    "append failed",
    "backlog refused",
    "catch-up",
    "close denied",
    "commit failed",
    "commit landed late",
    "commit refused",
    "commit rejected",
    "crash",
    "crash with a commit in flight",
    "cut",
    "document panicked",
    "drain",
    "echo",
    "gap from a tab",
    "gap held",
    "load failed",
    "past thinned out",
    "reopen race",
    "reply lost",
    "snapshot failed",
    "snapshot loaded",
    "snapshot saved",
    "storage away",
    "work",
    "work panicked",
];

/// Counts by name.
#[derive(Debug, Default)]
pub struct Coverage(BTreeMap<&'static str, u64>);

impl Coverage {
    /// Counts one.
    pub fn note(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }

    /// Adds the counts of another run.
    pub fn add(&mut self, other: &Self) {
        for (what, count) in &other.0 {
            *self.0.entry(what).or_default() += count;
        }
    }

    /// Fails when something never happened.
    pub fn assert_complete(&self) {
        let never: Vec<_> = MUST_HAPPEN.iter().filter(|what| !self.0.contains_key(*what)).collect();
        assert!(never.is_empty(), "these never happened: {never:?}");
    }
}

impl std::fmt::Display for Coverage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|(what, count)| writeln!(f, "  {what}: {count}"))
    }
}
