//! Held updates are tried again when something new is there.

use super::super::event::Now;
use super::super::replica::{Outcome, ReplicaError};
use super::super::work::{Apply, ApplyKind, Task};
use super::super::{Document, Slot};

/// Whether held updates are to be tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::document) enum Retry {
    Due,
    NotDue,
}

impl Document {
    /// Tries held updates until a whole round brings nothing new.
    pub(in crate::document) fn retry_held(&mut self, now: Now) {
        if self.settling.is_some() {
            self.settling = Some(Retry::Due);
            return;
        }
        loop {
            let mut progress = false;
            for apply in self.held.take() {
                progress |= self.retry(apply, now);
            }
            if !progress {
                self.held_tried = matches!(self.slot, Slot::Here(_)).then_some(self.accepted);
                return;
            }
        }
    }

    /// Tries one held update; returns true when it brought something new.
    fn retry(&mut self, apply: Apply, now: Now) -> bool {
        let Slot::Here(replica) = &mut self.slot else {
            self.hold_again(apply);
            return false;
        };
        match apply.run_if_short(replica, self.limits.inline_bytes_max) {
            Ok(Some(outcome)) => self.retried(apply, Ok(outcome), now),
            Err(error) => self.retried(apply, Err(error), now),
            Ok(None) => {
                self.tasks.push(Task::Retry(apply));
                false
            }
        }
    }

    /// Acts on what became of a held update; returns true when it brought something new.
    pub(super) fn retried(&mut self, apply: Apply, outcome: Result<Outcome, ReplicaError>, now: Now) -> bool {
        let superset = apply.kind == ApplyKind::Available;
        match outcome {
            Ok(Outcome::Applied) => {
                let seq = self.accept(apply.session, apply.payload.clone(), now);
                self.resolve(&apply, seq, superset, now);
                true
            }
            Ok(Outcome::Trimmed { accepted }) => {
                let seq = self.accept(apply.session, accepted.into(), now);
                self.resolve(&apply, seq, superset, now);
                true
            }
            Ok(Outcome::Known) => {
                self.resolve(&apply, self.accepted, superset, now);
                false
            }
            Ok(Outcome::Part { accepted }) => {
                self.accept(apply.session, accepted.into(), now);
                self.hold_again(apply);
                true
            }
            Ok(Outcome::Gap) => {
                self.hold_again(apply);
                false
            }
            Err(error) => {
                self.refuse(apply.session, &error, now);
                false
            }
        }
    }

    fn hold_again(&mut self, apply: Apply) {
        let fits = self.held.push(apply);
        debug_assert!(fits.is_ok(), "[W8] an update that was held fits again");
    }
}
