//! What sessions send: sync requests, updates, awareness.

use std::collections::BTreeMap;

use bytes::Bytes;
use weft_protocol::awareness as awareness_wire;
use weft_protocol::close::{Close, CloseCode};
use weft_protocol::dialect::y_websocket;
use weft_protocol::ids::SessionId;
use weft_protocol::message::{Inbound, Outbound};

use super::awareness::{Heard, Ownership};
use super::event::{Effect, Now};
use super::member::Member;
use super::replica::ReplicaError;
use super::work::{Apply, ApplyKind, Task};
use super::{Document, Slot, Waiting};
use crate::limits::Limit;

impl Document {
    pub(super) fn receive(&mut self, waiting: Waiting, now: Now) {
        if let Some(member) = self.members.get_mut(&waiting.session) {
            member.heard_us = now.mono_us;
        }
        let early = matches!(self.slot, Slot::Loading) && self.state_frame.is_some();
        if early && is_empty_joiner(&waiting.message) {
            self.push_state(waiting.session, now);
            self.effects.push(Effect::Processed { session: waiting.session, cost_bytes: waiting.cost_bytes });
        } else if matches!(self.slot, Slot::Here(_)) && self.tasks.is_empty() {
            self.handle_message(waiting, now);
        } else {
            self.waiting.push_back(waiting);
        }
    }

    pub(super) fn handle_waiting(&mut self, now: Now) {
        while matches!(self.slot, Slot::Here(_)) && self.tasks.is_empty() {
            let Some(waiting) = self.waiting.pop_front() else { break };
            self.handle_message(waiting, now);
        }
        if self.waiting.is_empty() {
            for session in std::mem::take(&mut self.departing) {
                self.leave(session, now);
            }
        }
    }

    pub(super) fn handle_message(&mut self, waiting: Waiting, now: Now) {
        let Waiting { session, message, cost_bytes, backlog } = waiting;
        if self.members.contains_key(&session) {
            match message {
                Inbound::SyncStep1(state_vector) => self.answer_sync_step_1(session, state_vector, now),
                Inbound::SyncStep2(payload) => {
                    let apply = Apply { session, frame: 0, kind: ApplyKind::Available, payload, cost_bytes };
                    return self.take_data(apply, backlog, now);
                }
                Inbound::Update(payload) => {
                    let apply = Apply { session, frame: 0, kind: ApplyKind::Whole, payload, cost_bytes };
                    return self.take_data(apply, backlog, now);
                }
                Inbound::Awareness(bytes) => self.hear_awareness(session, &bytes, now),
                Inbound::QueryAwareness => self.answer_awareness_query(session, now),
                Inbound::Token(_) => tracing::error!(%session, "a token reached the document"),
                Inbound::Unknown(tag) => tracing::debug!(%session, tag, "message of unknown type ignored"),
            }
        }
        self.effects.push(Effect::Processed { session, cost_bytes });
    }

    pub(super) fn answer_awareness_query(&mut self, session: SessionId, now: Now) {
        if self.postpone_awareness(session) {
            return;
        }
        let everybody = self.awareness.encode_all().unwrap_or_else(|| awareness_wire::EMPTY.to_vec());
        self.push(session, y_websocket::frame(Outbound::Awareness(&everybody)), now);
    }

    pub(super) fn hear_awareness(&mut self, session: SessionId, bytes: &[u8], now: Now) {
        if bytes.len() > self.limits.awareness_bytes_max {
            self.effects.push(Effect::Refused(Limit::Awareness));
            let (len, most) = (bytes.len(), self.limits.awareness_bytes_max);
            let reason = format!("an awareness message of {len} bytes, at most {most} are allowed");
            return self.close(session, Close::new(CloseCode::TooLarge, reason), now);
        }
        let rules =
            Rules { members: &self.members, clients_max: self.limits.awareness_clients_per_session_max };
        match self.awareness.hear(session, bytes, &rules) {
            Ok(heard) => self.note_awareness(session, heard, now),
            Err(refused) => self.close(session, Close::new(CloseCode::Malformed, refused.to_string()), now),
        }
    }

    pub(super) fn note_awareness(&mut self, session: SessionId, heard: Heard, now: Now) {
        for (client, from) in heard.taken {
            if let Some(other) = self.members.get_mut(&from) {
                other.clients.retain(|owned| *owned != client);
            }
        }
        if let Some(member) = self.members.get_mut(&session) {
            for client in heard.gained {
                if !member.clients.contains(&client) {
                    member.clients.push(client);
                }
            }
        }
        self.fan_out.add_awareness(heard.changed);
        if !heard.stale.is_empty() {
            let removed = self.awareness.encode_some(heard.stale.iter());
            self.push(session, y_websocket::frame(Outbound::Awareness(&removed)), now);
        }
    }

    pub(super) fn answer_sync_step_1(&mut self, session: SessionId, state_vector: Bytes, now: Now) {
        if self.postpone_answer(session, &state_vector) {
            return;
        }
        if is_empty_state_vector(&state_vector) {
            self.send_state(session, now);
        } else {
            self.send_difference(session, state_vector, now);
        }
    }

    /// Sends the whole state; all who ask while nothing changes share one encoding.
    pub(super) fn send_state(&mut self, session: SessionId, now: Now) {
        if self.state_frame.is_some() {
            return self.push_state(session, now);
        }
        let Slot::Here(replica) = &self.slot else { return };
        if replica.approximate_bytes() <= self.limits.inline_bytes_max {
            match replica.encode_state() {
                Ok(state) => self.state_frame = Some(y_websocket::frame(Outbound::SyncStep2(&state))),
                Err(error) => return self.replica_lost(&error.to_string()),
            }
            self.push_state(session, now);
        } else {
            self.state_wanted.push(session);
            self.want_state();
        }
    }

    pub(super) fn want_state(&mut self) {
        if !self.tasks.iter().any(|task| matches!(task, Task::State)) {
            self.tasks.push(Task::State);
        }
    }

    pub(super) fn push_state(&mut self, session: SessionId, now: Now) {
        if let Some(frame) = self.state_frame.clone() {
            self.push(session, frame, now);
        }
    }

    pub(super) fn send_difference(&mut self, session: SessionId, state_vector: Bytes, now: Now) {
        let Slot::Here(replica) = &self.slot else { return };
        if replica.approximate_bytes() > self.limits.inline_bytes_max {
            self.tasks.push(Task::Diff { session, state_vector });
            return;
        }
        let diff = replica.diff(&state_vector);
        self.push_difference(session, diff, now);
    }

    pub(super) fn push_difference(
        &mut self,
        session: SessionId,
        diff: Result<Vec<u8>, ReplicaError>,
        now: Now,
    ) {
        match diff {
            Ok(diff) => self.push(session, y_websocket::frame(Outbound::SyncStep2(&diff)), now),
            Err(error) => self.refuse(session, &error, now),
        }
    }

    /// Asks a session for what the document lacks.
    pub(super) fn ask_for_missing(&mut self, session: SessionId, now: Now) {
        let Slot::Here(replica) = &self.slot else { return };
        let frame = y_websocket::frame(Outbound::SyncStep1(&replica.state_vector()));
        self.push(session, frame, now);
    }
}

struct Rules<'a> {
    members: &'a BTreeMap<SessionId, Member>,
    clients_max: usize,
}

impl Ownership for Rules<'_> {
    fn same_user(&self, one: SessionId, other: SessionId) -> bool {
        match (self.members.get(&one), self.members.get(&other)) {
            (Some(one), Some(other)) => one.permit.caller.is_same_person(&other.permit.caller),
            _ => true,
        }
    }

    fn may_own_more(&self, session: SessionId, gained: usize) -> bool {
        self.members.get(&session).is_some_and(|member| member.clients.len() + gained < self.clients_max)
    }
}

fn is_empty_state_vector(state_vector: &[u8]) -> bool {
    state_vector == [0]
}

pub(super) fn is_empty_joiner(message: &Inbound) -> bool {
    matches!(message, Inbound::SyncStep1(state_vector) if is_empty_state_vector(state_vector))
}
