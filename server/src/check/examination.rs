//! Whether a document's updates can be read, one by one and together.

use weft_protocol::validate::{Limits, parse};
use weft_storage::StoredUpdate;

use crate::document::replica::{Outcome, Replica, ReplicaError};

/// Updates that are kept until their causes come, and their bytes; of more it is not told whether they do.
const WAITING_MAX: usize = 50_000;
const WAITING_BYTES_MAX: usize = 256 << 20;

/// Puts the updates of a document together, writer by writer.
#[derive(Debug)]
pub struct Examination {
    /// None once an update broke it: what follows is only read.
    replica: Option<Replica>,
    waiting: Vec<StoredUpdate>,
    waiting_bytes: usize,
}

impl Default for Examination {
    fn default() -> Self {
        let mut replica = Replica::new();
        replica.hold_to(Limits::OWN_STATE);
        Self { replica: Some(replica), waiting: Vec::new(), waiting_bytes: 0 }
    }
}

impl Examination {
    /// Takes an update; returns what is wrong with it.
    pub fn take(&mut self, update: &StoredUpdate) -> Vec<String> {
        if let Err(why) = parse(&update.payload, &Limits::OWN_STATE) {
            return vec![wrong(update, &why)];
        }
        match self.apply(update) {
            Ok(true) => Vec::new(),
            Ok(false) => {
                self.waiting_bytes += update.payload.len();
                if self.waiting.len() < WAITING_MAX && self.waiting_bytes < WAITING_BYTES_MAX {
                    self.waiting.push(update.clone());
                }
                Vec::new()
            }
            Err(why) => vec![why],
        }
    }

    /// Returns what is wrong with updates whose causes came after them, and how many lack their causes for good.
    pub fn finish(mut self) -> (Vec<String>, usize) {
        let mut problems = Vec::new();
        loop {
            let before = self.waiting.len();
            for update in std::mem::take(&mut self.waiting) {
                match self.apply(&update) {
                    Ok(true) => {}
                    Ok(false) => self.waiting.push(update),
                    Err(why) => problems.push(why),
                }
            }
            if self.waiting.is_empty() || self.waiting.len() == before {
                return (problems, self.waiting.len());
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
        assert_eq!(examination.finish(), (Vec::new(), 0));
        let mut examination = Examination::default();
        assert_eq!(examination.take(&update(1, &second)), Vec::<String>::new());
        assert_eq!(examination.finish(), (Vec::new(), 1), "its cause never came");
    }
}
