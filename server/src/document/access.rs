//! What sessions may do here: roles on every message, tokens that end, are renewed or revoked.

use serde_json::json;
use weft_protocol::close::Close;
use weft_protocol::dialect::y_websocket::{self, AckMode};
use weft_protocol::ids::SessionId;
use weft_protocol::message::Outbound;

use super::event::{Effect, Now};
use super::member::{Member, Need};
use super::people::Voucher;
use super::work::Apply;
use super::{Document, Slot};
use crate::access::claims::Role;
use crate::access::standing::Standing;
use crate::access::{Caller, Denied, Permit};
use crate::limits::Limit;

/// A timer is set for at most this long; a token that ends later is looked at again then.
const LOOK_AGAIN_MS: i64 = 24 * 3_600 * 1_000;

/// Largest update of chat or comments.
const BESIDE_BYTES_MAX: usize = 64 << 10;

impl Document {
    /// Asks to be woken when a token ends, unless an earlier one does.
    pub(super) fn expire_at(&mut self, at_ms: Option<i64>, now: Now) {
        let Some(at_ms) = at_ms else { return };
        let unix_ms = at_ms.clamp(now.unix_ms, now.unix_ms.saturating_add(LOOK_AGAIN_MS));
        if self.expires_at_ms.is_none_or(|known| unix_ms < known) {
            self.expires_at_ms = Some(unix_ms);
            self.effects.push(Effect::ExpireAt { unix_ms });
        }
    }

    /// Closes the sessions whose token has ended.
    pub(super) fn expire(&mut self, now: Now) {
        if self.expires_at_ms.is_none_or(|at_ms| at_ms > now.unix_ms) {
            // An earlier token came after this timer was set, or left before it.
            return;
        }
        let end = |member: &Member| member.permit.caller.expires_at_ms();
        let ended = self.members.iter().filter(|(_, member)| end(member).is_some_and(|at| at <= now.unix_ms));
        let ended: Vec<_> = ended.map(|(session, _)| *session).collect();
        for session in ended {
            self.deny(session, &Denied::Expired, now);
        }
        self.expires_at_ms = None;
        self.expire_at(self.members.values().filter_map(end).min(), now);
    }

    /// Closes the sessions whose token was revoked or whose key was withdrawn.
    pub(super) fn check_standing(&mut self, only: Option<SessionId>, standing: &Standing, now: Now) {
        let is_void = |member: &Member| match &member.permit.caller {
            Caller::Anybody => false,
            Caller::Bearer(grant) => !standing.admits(grant),
        };
        let void: Vec<_> = match only {
            Some(session) => {
                let member = self.members.get(&session);
                member.filter(|member| is_void(member)).map(|_| session).into_iter().collect()
            }
            None => {
                let void = self.members.iter().filter(|(_, member)| is_void(member));
                void.map(|(session, _)| *session).collect()
            }
        };
        for session in void {
            self.deny(session, &Denied::Revoked, now);
        }
    }

    /// Takes over what a fresh token allows. Who may write from now on is asked for what was refused before.
    pub(super) fn renewed(&mut self, session: SessionId, permit: Permit, now: Now) {
        let Some(member) = self.members.get_mut(&session) else { return };
        let (role_before, role) = (member.permit.role, permit.role);
        let could_write = member.permit.may_write();
        let may_write = permit.may_write();
        self.expire_at(permit.caller.expires_at_ms(), now);
        let Some(member) = self.members.get_mut(&session) else { return };
        let named_otherwise = Voucher::of(&member.permit.caller) != Voucher::of(&permit.caller);
        member.permit = permit;
        if named_otherwise {
            let clients = member.clients.clone();
            self.fan_out.add_awareness(clients);
        }
        if readonly(role_before) != readonly(role) {
            self.notify(session, &readonly(role), now);
        }
        if may_write && !could_write {
            self.ask_for_missing(session, now);
        }
    }

    /// Tells a session that its updates would be refused.
    pub(super) fn tell_readonly(&mut self, session: SessionId, now: Now) {
        let Some(role) = self.members.get(&session).map(|member| member.permit.role) else { return };
        if role < Role::Write {
            self.notify(session, &readonly(role), now);
        }
    }

    /// Returns whether an update may be taken from somebody who may write beside the body only. What is long is not
    /// looked at so closely.
    pub(super) fn may_take_beside(&self, apply: &Apply) -> bool {
        let role = self.members.get(&apply.session).map(|member| member.permit.role);
        let Slot::Here(replica) = &self.slot else { return false };
        role == Some(Role::Comment)
            && apply.payload.len() <= BESIDE_BYTES_MAX
            && replica.stays_beside(&apply.payload).unwrap_or(false)
    }

    /// Leaves out an update whose author may not write. The session stays: its client keeps the edit, and brings it
    /// again should it be allowed to write later.
    pub(super) fn leave_out(&mut self, apply: &Apply, now: Now) {
        let Some(member) = self.members.get_mut(&apply.session) else { return };
        let role = member.permit.role.as_str();
        self.effects.push(Effect::Refused(Limit::Role));
        member.acks.push(apply.frame, Need::Leave, None);
        let reason = format!("your access is {role}: edits are not taken");
        self.notify_refused(apply.session, apply.frame, &reason, now);
    }

    /// Sends a notice to a session that asked for them.
    pub(super) fn notify(&mut self, session: SessionId, notice: &serde_json::Value, now: Now) {
        if self.members.get(&session).is_some_and(|member| member.ack_mode == AckMode::Count) {
            self.push(session, y_websocket::frame(Outbound::Notice(&notice.to_string())), now);
        }
    }

    /// Sends a notice to every session that asked for them.
    pub(super) fn announce(&mut self, notice: &serde_json::Value, now: Now) {
        let sessions: Vec<_> = self.members.keys().copied().collect();
        sessions.into_iter().for_each(|session| self.notify(session, notice, now));
    }

    fn deny(&mut self, session: SessionId, denied: &Denied, now: Now) {
        let close = Close::from(denied);
        self.push(session, y_websocket::frame(Outbound::PermissionDenied(&close.reason)), now);
        self.close(session, close, now);
    }
}

/// Says whether the body may be edited, and of who may comment, that chat may.
fn readonly(role: Role) -> serde_json::Value {
    match role {
        Role::Read => json!({ "readonly": true }),
        Role::Comment => json!({ "readonly": true, "role": "comment" }),
        Role::Write | Role::Admin => json!({ "readonly": false }),
    }
}
