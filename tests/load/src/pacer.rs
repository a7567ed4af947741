//! The open loop: every edit has its due time, whatever the server does.

use crate::clock::{Nanos, SECOND};
use crate::histogram::Histogram;
use crate::swarm::Swarm;
use crate::writer::Edits;

/// A writer: the connection it writes to, and what it writes.
pub struct Feed {
    /// Index of the connection.
    pub at: usize,
    /// Its edits.
    pub edits: Edits,
}

/// The timetable: edit k of all edits belongs to writer k mod W, has its clock k div W, and is due k / rate after the start.
#[derive(Debug, Clone, Copy)]
pub struct Timetable {
    /// When the first edit is due.
    pub start: Nanos,
    /// Edits a second, of all writers together.
    pub rate: u64,
    /// How many writers there are.
    pub writers: u64,
    /// How many edits there are in all.
    pub total: u64,
}

impl Timetable {
    /// Returns when an edit is due.
    #[inline]
    pub fn due(&self, writer: usize, clock: u64) -> Nanos {
        self.start + (clock * self.writers + writer as u64) * SECOND / self.rate
    }

    /// Returns how many edits of a writer fit into the timetable.
    pub fn edits_of(&self, writer: usize) -> u64 {
        (self.total + self.writers - 1).saturating_sub(writer as u64) / self.writers
    }

    /// Returns how many edits are due by `now`.
    fn due_by(&self, now: Nanos) -> u64 {
        if now < self.start {
            return 0;
        }
        let passed = u128::from(now - self.start) * u128::from(self.rate) / u128::from(SECOND);
        u64::try_from(passed + 1).map_or(self.total, |due| due.min(self.total))
    }
}

/// Sends edits when they are due.
pub struct Pacer {
    table: Timetable,
    feeds: Vec<Feed>,
    next: u64,
    /// How late the generator itself was: a large value says that it, not the server, was the limit.
    pub lag: Histogram,
}

impl Pacer {
    /// Sets out the edits of `feeds`; writer w is the w-th of them.
    pub fn new(table: Timetable, feeds: Vec<Feed>) -> Self {
        Self { table, feeds, next: 0, lag: Histogram::new() }
    }

    /// Queues and writes what is due.
    pub fn send_due(&mut self, swarm: &mut Swarm, now: Nanos) {
        let due = self.table.due_by(now);
        if self.next == due {
            return;
        }
        while self.next < due {
            let (clock, writer) = (self.next / self.table.writers, self.next % self.table.writers);
            let clock = u32::try_from(clock).expect("a clock has 32 bits");
            let feed = &self.feeds[usize::try_from(writer).expect("an index")];
            swarm.send_edit(feed.at, feed.edits.frame(clock), clock);
            self.lag.record(now - (self.table.start + self.next * SECOND / self.table.rate));
            self.next += 1;
        }
        swarm.flush();
    }

    /// Returns how long there is nothing to send; `None` when everything is sent.
    pub fn idle(&self, now: Nanos) -> Option<Nanos> {
        let due = self.table.start + self.next * SECOND / self.table.rate;
        (self.next < self.table.total).then(|| due.saturating_sub(now))
    }

    /// Returns how many edits were sent.
    pub fn sent(&self) -> u64 {
        self.next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writers_take_turns() {
        let table = Timetable { start: 1000, rate: 10, writers: 3, total: 8 };
        assert_eq!([0, 1, 2].map(|writer| table.edits_of(writer)), [3, 3, 2]);
        assert_eq!(table.due(1, 2), 1000 + 7 * SECOND / 10);
        assert_eq!(
            [0, 999, 1000, 1000 + SECOND / 10, 1000 + SECOND].map(|now| table.due_by(now)),
            [0, 0, 1, 2, 8]
        );
    }
}
