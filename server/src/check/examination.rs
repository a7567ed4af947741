//! Whether a document's updates can be read, one by one and together.

use weft_protocol::validate::{Limits, parse};
use weft_storage::StoredUpdate;

use crate::document::replica::{Outcome, Replica, ReplicaError};

/// Updates that are kept until their causes come, and their bytes; of more it is not told whether they do.
const WAITING_MAX: usize = 50_000;
const WAITING_BYTES_MAX: usize = 256 << 20;
/// With so many it is tried at the earliest whether their causes came.
const SETTLED_UPDATES: usize = 2_048;

/// Puts the updates of a document together, in whatever order; the nearer it is to that of time, the fewer have to wait.
#[derive(Debug)]
pub struct Examination {
    /// None once an update broke it: what follows is only read.
    replica: Option<Replica>,
    waiting: Vec<StoredUpdate>,
    waiting_bytes: usize,
    /// It is tried again with so many that wait.
    due: usize,
    /// Some had to be left out.
    is_cut: bool,
}

impl Default for Examination {
    fn default() -> Self {
        let mut replica = Replica::new();
        replica.hold_to(Limits::OWN_STATE);
        let (waiting, due) = (Vec::new(), SETTLED_UPDATES);
        Self { replica: Some(replica), waiting, waiting_bytes: 0, due, is_cut: false }
    }
}

impl Examination {
    /// Takes an update; returns what is wrong with it, and with those that waited for it.
    pub fn take(&mut self, update: &StoredUpdate) -> Vec<String> {
        if let Err(why) = parse(&update.payload, &Limits::OWN_STATE) {
            return vec![wrong(update, &why)];
        }
        match self.apply(update) {
            Ok(true) => return Vec::new(),
            Err(why) => return vec![why],
            Ok(false) => {}
        }
        self.waiting_bytes += update.payload.len();
        self.waiting.push(update.clone());
        let is_full = self.waiting.len() > WAITING_MAX || self.waiting_bytes > WAITING_BYTES_MAX;
        if self.waiting.len() < self.due && !is_full {
            return Vec::new();
        }
        let problems = self.settle();
        while self.waiting.len() > WAITING_MAX || self.waiting_bytes > WAITING_BYTES_MAX {
            self.is_cut = true;
            self.waiting_bytes -= self.waiting.pop().map_or(0, |update| update.payload.len());
        }
        self.due = SETTLED_UPDATES.max(2 * self.waiting.len());
        problems
    }

    /// Returns what is wrong with updates whose causes came after them, and how many lack their causes for good; none if
    /// that cannot be told.
    pub fn finish(mut self) -> (Vec<String>, Option<usize>) {
        let problems = self.settle();
        (problems, (!self.is_cut).then_some(self.waiting.len()))
    }

    /// Tries what waits until nothing goes further. By time a cause mostly comes before what needs it, so this is one round
    /// or two.
    fn settle(&mut self) -> Vec<String> {
        let mut problems = Vec::new();
        self.waiting.sort_by_key(|update| (update.received_at_ms, update.writer, update.seq));
        loop {
            let before = self.waiting.len();
            for update in std::mem::take(&mut self.waiting) {
                match self.apply(&update) {
                    Ok(false) => {
                        self.waiting.push(update);
                        continue;
                    }
                    Ok(true) => {}
                    Err(why) => problems.push(why),
                }
                self.waiting_bytes -= update.payload.len();
            }
            if self.waiting.is_empty() || self.waiting.len() == before {
                return problems;
            }
        }
    }

    /// Returns whether it was taken, or has to wait.
    fn apply(&mut self, update: &StoredUpdate) -> Result<bool, String> {
        let Some(replica) = &mut self.replica else { return Ok(true) };
        match replica.apply(&update.payload) {
            Ok(Outcome::Gap | Outcome::Part { .. }) => Ok(false),
            Ok(Outcome::Applied | Outcome::Trimmed { .. } | Outcome::Known) => Ok(true),
            Err(why) => {
                if matches!(why, ReplicaError::Panicked { .. }) {
                    self.replica = None;
                }
                Err(wrong(update, &why))
            }
        }
    }
}

fn wrong(update: &StoredUpdate, why: &impl std::fmt::Display) -> String {
    format!("update {} of writer {}: {why}", update.seq, update.writer.0)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use weft_protocol::ids::{Seq, WriterId};

    use super::*;

    fn update(seq: Seq, payload: &[u8]) -> StoredUpdate {
        let payload = Bytes::copy_from_slice(payload);
        StoredUpdate { writer: WriterId(5), seq, received_at_ms: 0, author: None, payload, merged: None }
    }

    /// [T9]
    #[test]
    fn each_update_is_read_and_put_to_the_others() {
        let (first, second) = ([1, 1, 7, 0, 4, 1, 1, b't', 1, b'x', 0], [1, 1, 7, 1, 0x84, 7, 0, 1, b'x', 0]);
        let mut examination = Examination::default();
        assert_eq!(examination.take(&update(1, &second)), Vec::<String>::new(), "it waits");
        assert!(examination.take(&update(2, b"garbage"))[0].starts_with("update 2 of writer 5: "));
        assert_eq!(examination.take(&update(3, &first)), Vec::<String>::new());
        assert_eq!(examination.finish(), (Vec::new(), Some(0)));
        let mut examination = Examination::default();
        assert_eq!(examination.take(&update(1, &second)), Vec::<String>::new());
        assert_eq!(examination.finish(), (Vec::new(), Some(1)), "its cause never came");
    }
    /// [T9]
    #[test]
    fn nothing_is_told_of_more_than_can_be_kept() {
        let second = update(1, &[1, 1, 7, 1, 0x84, 7, 0, 1, b'x', 0]);
        let mut examination = Examination::default();
        (0..WAITING_MAX).for_each(|_| assert!(examination.take(&second).is_empty()));
        assert_eq!(examination.waiting.len(), WAITING_MAX);
        assert!(examination.take(&second).is_empty());
        assert_eq!(examination.waiting.len(), WAITING_MAX);
        assert_eq!(examination.finish(), (Vec::new(), None));
    }
}
