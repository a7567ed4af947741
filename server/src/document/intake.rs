//! How updates are taken in: validated and applied, numbered, journaled, fanned out, and acknowledged when committed.

pub(super) mod retrying;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use weft_protocol::close::{Close, CloseCode};
use weft_protocol::dialect::y_websocket::{self, AckMode};
use weft_protocol::ids::{Seq, SessionId};
use weft_protocol::message::Outbound;

use super::Retry;
use super::event::{Backlog, Effect, Now, StorageState};
use super::member::Need;
use super::replica::{Outcome, ReplicaError};
use super::work::{Apply, ApplyKind, Task, TaskResult, Work, Worked};
use super::{Document, Slot, echo};
use crate::limits::Limit;

/// With more updates held than this, only sync replies and time make them be tried again.
const HELD_RETRY_EACH_MAX: usize = 16;
/// The same for their bytes: each try reads them all.
const HELD_RETRY_EACH_BYTES_MAX: usize = 64 << 10;

impl Document {
    /// Takes a SyncStep2 or an Update from a session and numbers it as one of the session's data frames.
    pub(super) fn take_data(&mut self, mut apply: Apply, backlog: Backlog, now: Now) {
        let (session, cost_bytes) = (apply.session, apply.cost_bytes);
        let Some(member) = self.members.get_mut(&session) else { return };
        member.data_frames += 1;
        apply.frame = member.data_frames;
        let may_write = member.permit.may_write() || apply.payload[..] == [0, 0];
        if !may_write && !self.may_take_beside(&apply) {
            apply.kind = ApplyKind::Look;
        }
        if let Some((limit, close)) = self.no_room(&apply, backlog) {
            self.effects.push(Effect::Refused(limit));
            self.notify_refused(session, apply.frame, &close.reason, now);
            self.effects.push(Effect::Processed { session, cost_bytes });
            return self.close(session, close, now);
        }
        let Slot::Here(replica) = &mut self.slot else { return };
        let outcome = match apply.run_if_short(replica, self.limits.inline_bytes_max) {
            Ok(None) => return self.tasks.push(Task::Apply(apply)),
            Ok(Some(outcome)) => Ok(outcome),
            Err(error) => Err(error),
        };
        self.effects.push(Effect::Processed { session, cost_bytes });
        self.settle(apply, outcome, now);
    }

    /// Returns why nothing more can be accepted. Nothing is lost: the client keeps what it has and sends it again.
    fn no_room(&self, apply: &Apply, backlog: Backlog) -> Option<(Limit, Close)> {
        let adds_nothing = apply.payload[..] == [0, 0];
        let unacked_bytes = self.members.get(&apply.session).map_or(0, |member| member.acks.bytes());
        let full = backlog == Backlog::Full
            || self.uncommitted_bytes + apply.payload.len() > self.limits.backlog_bytes_max
            || unacked_bytes > self.limits.backlog_bytes_max;
        if full && !adds_nothing && apply.kind != ApplyKind::Look {
            let reason = "storage is behind and the backlog is full; keep your edits and reconnect later";
            return Some((Limit::Backlog, Close::new(CloseCode::StorageAway, reason)));
        }
        if apply.kind == ApplyKind::Whole && apply.payload.len() > self.limits.update_bytes_max {
            let (len, most) = (apply.payload.len(), self.limits.update_bytes_max);
            let reason = format!("an update of {len} bytes, at most {most} are allowed; split the change");
            return Some((Limit::Update, Close::new(CloseCode::TooLarge, reason)));
        }
        let Slot::Here(replica) = &self.slot else { return None };
        // A returning client's sync reply repeats every delete it knows, so it may be large and add nothing.
        let most = match apply.kind {
            ApplyKind::Whole => self.limits.document_bytes_max,
            ApplyKind::Available => 2 * self.limits.document_bytes_max,
            ApplyKind::Look => usize::MAX,
        };
        if replica.approximate_bytes().saturating_add(apply.payload.len()) > most && !adds_nothing {
            let reason = format!("the document would grow over {most} bytes, its most; start another one");
            return Some((Limit::Document, Close::new(CloseCode::TooLarge, reason)));
        }
        None
    }

    /// Acts on what became of an update.
    pub(super) fn settle(&mut self, apply: Apply, outcome: Result<Outcome, ReplicaError>, now: Now) {
        match outcome {
            Ok(Outcome::Known) if apply.kind == ApplyKind::Look => {
                self.acknowledge(&apply, Need::Committed(self.accepted), now);
            }
            Ok(_) if apply.kind == ApplyKind::Look => self.leave_out(&apply, now),
            Ok(Outcome::Applied) => {
                let payload = apply.payload.clone();
                let seq = self.accept(apply.session, payload, now);
                self.acknowledge(&apply, Need::Committed(seq), now);
                self.retry_held_after(apply.kind, now);
            }
            Ok(Outcome::Trimmed { accepted }) => {
                let seq = self.accept(apply.session, accepted.into(), now);
                self.acknowledge(&apply, Need::Committed(seq), now);
                self.retry_held_after(apply.kind, now);
            }
            Ok(Outcome::Known) => {
                self.acknowledge(&apply, Need::Committed(self.accepted), now);
                if apply.kind == ApplyKind::Available {
                    self.retry_held_after(apply.kind, now);
                }
            }
            Ok(Outcome::Part { accepted }) => {
                self.accept(apply.session, accepted.into(), now);
                self.hold(apply, now);
                self.retry_held_after(ApplyKind::Available, now);
            }
            Ok(Outcome::Gap) => self.hold(apply, now),
            Err(error) => {
                self.notify_refused(apply.session, apply.frame, &error.to_string(), now);
                self.refuse(apply.session, &error, now);
            }
        }
    }

    /// Numbers an applied update, journals it and tells the others.
    fn accept(&mut self, author: SessionId, payload: Bytes, now: Now) -> Seq {
        self.accepted += 1;
        self.state_frame = None;
        self.uncommitted.push_back((self.accepted, payload.len()));
        self.uncommitted_bytes += payload.len();
        self.retention.accepted(payload.len(), now);
        self.note_authors(author, &payload, now);
        let alone = self.members.len() == usize::from(self.members.contains_key(&author));
        if !alone {
            self.fan_out.add_update(Some(author), &payload);
        }
        let user =
            self.members.get(&author).and_then(|member| member.permit.caller.user().map(str::to_owned));
        let seq = self.accepted;
        self.effects.push(Effect::Append { seq, received_at_ms: now.unix_ms, author: user, payload });
        if self.retention.wants_now(&self.limits, now) {
            self.begin_snapshot();
        }
        seq
    }

    /// Queues the ack of a data frame, or sends it when its commit has been seen already.
    fn acknowledge(&mut self, apply: &Apply, need: Need, now: Now) {
        let Some(member) = self.members.get_mut(&apply.session) else { return };
        member.ask.reset();
        if let (Need::Committed(seq), ApplyKind::Available) = (need, apply.kind) {
            // A sync reply has everything its author had, also what was held aside or left out.
            member.acks.resolve(apply.frame, seq, true);
        }
        let echo = echo(member.ack_mode, &apply.payload);
        member.acks.push(apply.frame, need, echo);
        self.note_unacked(apply.session, now);
    }

    fn note_unacked(&mut self, session: SessionId, now: Now) {
        if !self.unacked.contains(&session) {
            self.unacked.push(session);
        }
        if self.committed == self.accepted {
            self.release(session, now);
        }
    }

    /// Holds an update aside until its causes are there, and asks its sender for them.
    fn hold(&mut self, mut apply: Apply, now: Now) {
        // What waits is counted by its own bytes, so it must not keep those alive that it was received with.
        apply.payload = Bytes::copy_from_slice(&apply.payload);
        let session = apply.session;
        let Some(member) = self.members.get_mut(&session) else { return };
        let echo = echo(member.ack_mode, &apply.payload);
        member.acks.push(apply.frame, Need::Causes, echo);
        let due = member.ask.is_due(now);
        if !self.unacked.contains(&session) {
            self.unacked.push(session);
        }
        self.held.make_room(|other| !self.members.contains_key(&other));
        if self.held.push(apply).is_err() {
            self.effects.push(Effect::Refused(Limit::Held));
            let most = self.limits.held_bytes_max;
            let reason =
                format!("more than {most} bytes of updates wait for their causes; reconnect and sync");
            return self.close(session, Close::new(CloseCode::Overloaded, reason), now);
        }
        if due {
            self.ask_for_missing(session, now);
        }
    }

    fn retry_held_after(&mut self, kind: ApplyKind, now: Now) {
        let few = self.held.len() <= HELD_RETRY_EACH_MAX && self.held.bytes() <= HELD_RETRY_EACH_BYTES_MAX;
        if !self.held.is_empty() && (few || kind == ApplyKind::Available) {
            self.retry_held(now);
        }
    }

    fn resolve(&mut self, apply: &Apply, seq: Seq, and_before: bool, now: Now) {
        let Some(member) = self.members.get_mut(&apply.session) else { return };
        member.acks.resolve(apply.frame, seq, and_before);
        member.ask.reset();
        self.note_unacked(apply.session, now);
    }

    /// The journal committed everything up to `up_to`: authors are told.
    pub(super) fn committed(&mut self, up_to: Seq, now: Now) {
        if matches!(self.slot, Slot::Loading) {
            // Of the document's earlier incarnation; what is loaded contains it.
            return;
        }
        debug_assert!(up_to <= self.accepted, "[D1] only accepted updates are committed");
        self.committed = self.committed.max(up_to);
        self.storage_is(StorageState::Ok, now);
        while let Some((seq, bytes)) = self.uncommitted.front().copied()
            && seq <= self.committed
        {
            self.uncommitted.pop_front();
            self.uncommitted_bytes -= bytes;
        }
        for session in std::mem::take(&mut self.unacked) {
            self.release(session, now);
            if self.members.get(&session).is_some_and(|member| !member.acks.is_empty()) {
                self.unacked.push(session);
            }
        }
        self.save_due_snapshot();
        if self.draining || self.members.is_empty() {
            self.consider_closing(now);
        }
    }

    fn release(&mut self, session: SessionId, now: Now) {
        let committed = self.committed;
        let Some(member) = self.members.get_mut(&session) else { return };
        let released = member.acks.release(committed);
        let mut frames = Vec::new();
        if let Some(count) = released.frames
            && member.ack_mode == AckMode::Count
        {
            y_websocket::encode(&mut frames, Outbound::Ack(count));
        }
        for echo in released.echoes {
            frames.extend_from_slice(&echo);
        }
        if !frames.is_empty() {
            self.push(session, frames.into(), now);
        }
    }

    /// Closes a session for what it sent; its earlier updates stay.
    pub(super) fn refuse(&mut self, session: SessionId, error: &ReplicaError, now: Now) {
        tracing::info!(%session, %error, "update refused");
        let is_unreadable = matches!(error, ReplicaError::Unencodable { .. });
        if !is_unreadable {
            // Also who sent what broke the replica is told for good: the same bytes would break it again and again.
            self.close(session, Close::new(CloseCode::Malformed, error.to_string()), now);
        }
        if is_unreadable || matches!(error, ReplicaError::Panicked { .. }) {
            self.replica_lost(&error.to_string());
        }
    }

    /// Tells a client that asked for acks which frame is refused and why.
    pub(super) fn notify_refused(&mut self, session: SessionId, frame: u64, reason: &str, now: Now) {
        let notice = serde_json::json!({ "refused": { "frame": frame, "reason": reason } });
        self.notify(session, &notice, now);
    }

    /// Lends the replica to the blocking pool when there is long work.
    pub(super) fn hand_out_work(&mut self) {
        if self.tasks.is_empty() || !matches!(self.slot, Slot::Here(_)) {
            return;
        }
        let Slot::Here(replica) = std::mem::replace(&mut self.slot, Slot::Away) else { return };
        let tasks = std::mem::take(&mut self.tasks);
        self.effects.push(Effect::Work(Box::new(Work { replica: *replica, tasks })));
    }

    /// The replica is back with results.
    pub(super) fn worked(&mut self, worked: Worked, now: Now) {
        self.slot = Slot::Here(Box::new(worked.replica));
        self.greet_joined(now);
        // A state among the results holds what was applied before it and nothing else, so nothing may be applied in between.
        self.settling = Some(Retry::NotDue);
        self.settle_results(worked.results, now);
        let is_due = self.settling.take() == Some(Retry::Due);
        if matches!(self.slot, Slot::Ended) {
            return;
        }
        if is_due {
            self.retry_held(now);
        }
        self.handle_waiting(now);
    }

    fn settle_results(&mut self, results: Vec<TaskResult>, now: Now) {
        for result in results {
            if matches!(self.slot, Slot::Ended) {
                return;
            }
            match result {
                TaskResult::Diff { session, diff } => self.push_difference(session, diff, now),
                TaskResult::State(Ok(state)) => self.state_encoded(state, now),
                TaskResult::State(Err(error)) => return self.replica_lost(&error.to_string()),
                TaskResult::Apply { apply, outcome } => {
                    self.effects
                        .push(Effect::Processed { session: apply.session, cost_bytes: apply.cost_bytes });
                    self.settle(apply, outcome, now);
                }
                TaskResult::Retry { apply, outcome } => {
                    if self.retried(apply, outcome, now) {
                        self.retry_held(now);
                    }
                }
            }
        }
    }

    fn state_encoded(&mut self, state: Bytes, now: Now) {
        self.state_frame = Some(y_websocket::frame(Outbound::SyncStep2(&state)));
        for session in std::mem::take(&mut self.state_wanted) {
            self.push_state(session, now);
        }
        self.retention.encoded(state, self.writer, self.accepted);
        self.save_due_snapshot();
    }

    /// Encodes the state for a snapshot, here if it is small.
    pub(super) fn begin_snapshot(&mut self) {
        let Slot::Here(replica) = &self.slot else { return };
        // Among results of work the replica is ahead of what is accepted.
        if replica.approximate_bytes() > self.limits.inline_bytes_max || self.settling.is_some() {
            self.retention.encoding();
            return self.want_state();
        }
        match replica.encode_state() {
            Ok(state) => {
                self.retention.encoding();
                self.retention.encoded(state.into(), self.writer, self.accepted);
                self.save_due_snapshot();
            }
            Err(error) => self.replica_lost(&error.to_string()),
        }
    }

    pub(super) fn consider_snapshot(&mut self, now: Now) {
        if self.retention.wants_now(&self.limits, now) {
            self.begin_snapshot();
        }
        self.save_due_snapshot();
    }

    /// Stores an encoded snapshot once everything in it is committed.
    fn save_due_snapshot(&mut self) {
        if let Some((state, frontier)) = self.retention.due(self.committed) {
            self.effects.push(Effect::SaveSnapshot { state, frontier });
        }
    }
}
