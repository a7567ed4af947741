//! Sessions of a document: joining and leaving, what is written to them, and what happens when they read too slowly.

use bytes::Bytes;
use weft_protocol::awareness as awareness_wire;
use weft_protocol::close::{Close, CloseCode};
use weft_protocol::dialect::y_websocket;
use weft_protocol::ids::SessionId;
use weft_protocol::message::Outbound;

use super::event::{Effect, Join, Now};
use super::fan_out::{self, Flush};
use super::member::{Flow, Member};
use super::{Document, Slot};
use crate::limits::Limit;
use crate::version::version;

impl Document {
    pub(super) fn join(&mut self, join: Join, now: Now) {
        self.joins_seen += 1;
        let session = join.session;
        let refusal = if self.draining {
            Some(Close::new(CloseCode::Draining, "the server is restarting, reconnect"))
        } else if self.members.len() >= self.limits.sessions_max {
            let most = self.limits.sessions_max;
            Some(Close::new(CloseCode::Overloaded, format!("the document has {most} sessions, its most")))
        } else {
            None
        };
        if let Some(close) = refusal {
            if !self.draining {
                self.effects.push(Effect::Refused(Limit::SessionsPerDocument));
            }
            self.effects.push(Effect::Close { session, close });
            return;
        }
        self.expire_at(join.permit.caller.expires_at_ms(), now);
        self.members.insert(session, Member::new(join, now));
        self.ungreeted.push(session);
        if matches!(self.slot, Slot::Here(_)) {
            self.greet_joined(now);
        }
    }

    /// Greets who joined while there was no replica to greet with.
    pub(super) fn greet_joined(&mut self, now: Now) {
        for session in std::mem::take(&mut self.ungreeted) {
            self.greet(session, now);
        }
    }

    /// Sends what stock servers send first: SyncStep1, then everybody's awareness if there is any; and what only those learn who
    /// ask for acks.
    pub(super) fn greet(&mut self, session: SessionId, now: Now) {
        self.tell_readonly(session, now);
        self.ask_for_missing(session, now);
        self.greet_people(session, now);
        if let Some(everybody) = self.awareness.encode_all() {
            self.push(session, y_websocket::frame(Outbound::Awareness(&everybody)), now);
        }
        self.greet_storage(session, now);
        self.notify(session, &serde_json::json!({ "version": version() }), now);
    }

    /// Lets a session go when what it sent before has been handled.
    pub(super) fn depart(&mut self, session: SessionId, now: Now) {
        if self.waiting.iter().any(|waiting| waiting.session == session) {
            self.departing.push(session);
        } else {
            self.leave(session, now);
        }
    }

    pub(super) fn leave(&mut self, session: SessionId, now: Now) {
        let Some(member) = self.members.remove(&session) else { return };
        self.unacked.retain(|other| *other != session);
        let gone = self.awareness.forget(session, &member.clients);
        self.fan_out.add_awareness(gone);
        if self.members.is_empty() {
            self.empty_since_us = now.mono_us;
        }
    }

    /// Closes a session and forgets it.
    pub(super) fn close(&mut self, session: SessionId, close: Close, now: Now) {
        self.effects.push(Effect::Close { session, close });
        self.leave(session, now);
    }

    pub(super) fn pong(&mut self, session: SessionId, consumed_bytes: Option<u64>, now: Now) {
        let Some(member) = self.members.get_mut(&session) else { return };
        member.heard_us = now.mono_us;
        member.consumed(consumed_bytes.unwrap_or(0));
        self.catch_up(session, now);
    }

    pub(super) fn push(&mut self, session: SessionId, frames: Bytes, now: Now) {
        let Some(member) = self.members.get_mut(&session) else { return };
        let ping = member.wrote(frames.len(), &self.limits, now);
        self.effects.push(Effect::Push { session, frames });
        if let Some(counter) = ping {
            self.effects.push(Effect::Push { session, frames: ping_frame(counter) });
        }
        self.close_if_too_slow(session, now);
    }

    pub(super) fn close_if_too_slow(&mut self, session: SessionId, now: Now) {
        let too_slow = self.members.get(&session).is_some_and(|member| match &member.flow {
            Flow::Live => false,
            Flow::Lagging { since_bytes, .. } => *since_bytes > self.limits.lagging_bytes_max,
        });
        if too_slow {
            self.effects.push(Effect::Refused(Limit::Outbox));
            let reason = "too slow: more than the outbox holds is waiting to be read; reconnect";
            self.close(session, Close::new(CloseCode::Overloaded, reason), now);
        }
    }

    pub(super) fn flush(&mut self, now: Now) {
        self.tell_people(now);
        let Some(flush) = self.fan_out.take(&self.awareness, now) else { return };
        let live: Vec<_> = fan_out::live(&self.members).collect();
        for session in &live {
            let frames = self.share_of(&flush, *session);
            if !frames.is_empty() {
                self.push(*session, frames, now);
            }
        }
        self.mark_lagging(&live);
    }

    /// Returns what a session gets of a flush: with half a window unread it gets updates only, because a cursor that is
    /// drawn late is of no use, and the updates have to fit.
    fn share_of(&mut self, flush: &Flush, session: SessionId) -> Bytes {
        let Some(member) = self.members.get_mut(&session) else { return Bytes::new() };
        if !member.misses_awareness && member.in_flight_bytes() <= self.limits.window_bytes / 2 {
            return flush.frames_for(session);
        }
        member.misses_awareness |= flush.has_awareness();
        flush.updates_for(session)
    }

    /// Keeps the question of a session that has a whole window unread until it has read on, and tells whether it did.
    ///
    /// An answer may be as long as the document, and a few bytes ask for it: those who never read would have the server
    /// hold one for each time they ask. The newest question stands for those before it.
    pub(super) fn postpone_answer(&mut self, session: SessionId, state_vector: &[u8]) -> bool {
        let Some(member) = self.members.get_mut(&session) else { return false };
        if member.in_flight_bytes() <= self.limits.window_bytes {
            return false;
        }
        match &mut member.flow {
            Flow::Lagging { known, .. } => *known = state_vector.to_vec(),
            Flow::Live => member.flow = Flow::Lagging { known: state_vector.to_vec(), since_bytes: 0 },
        }
        true
    }

    /// The same for a question about awareness, which is answered with everybody's once the session has read on.
    pub(super) fn postpone_awareness(&mut self, session: SessionId) -> bool {
        let Some(member) = self.members.get_mut(&session) else { return false };
        let late = member.in_flight_bytes() > self.limits.window_bytes / 2;
        member.misses_awareness |= late;
        late
    }

    /// Stops queueing updates for sessions that have a whole window unread.
    ///
    /// Done right after a flush, when what such a session was sent equals what the replica has.
    pub(super) fn mark_lagging(&mut self, candidates: &[SessionId]) {
        let Slot::Here(replica) = &self.slot else { return };
        let mut known: Option<Vec<u8>> = None;
        for session in candidates {
            let Some(member) = self.members.get_mut(session) else { continue };
            if member.in_flight_bytes() > self.limits.window_bytes {
                let known = known.get_or_insert_with(|| replica.state_vector()).clone();
                member.flow = Flow::Lagging { known, since_bytes: 0 };
                tracing::debug!(%session, "session is lagging, updates are collapsed for it");
            }
        }
    }

    /// Gives a session that has read most of its window one difference, and makes it live again; one that was only
    /// spared awareness is told who is here.
    pub(super) fn catch_up(&mut self, session: SessionId, now: Now) {
        let Some(member) = self.members.get_mut(&session) else { return };
        let (unread, window) = (member.in_flight_bytes(), self.limits.window_bytes);
        if member.is_live() {
            // Not at the half where it begins, or it would begin again at once.
            if member.misses_awareness && unread <= window / 4 {
                self.send_everybody(session, now);
            }
            return;
        }
        if unread > window / 2 || !matches!(self.slot, Slot::Here(_)) {
            return;
        }
        let Flow::Lagging { known, .. } = std::mem::replace(&mut member.flow, Flow::Live) else { return };
        self.send_difference(session, known.into(), now);
        self.send_everybody(session, now);
    }

    /// Tells a session of everybody it may have missed, coming, moving and going.
    fn send_everybody(&mut self, session: SessionId, now: Now) {
        if let Some(member) = self.members.get_mut(&session) {
            member.misses_awareness = false;
        }
        if let Some(everybody) = self.awareness.encode_all_and_removed() {
            self.push(session, y_websocket::frame(Outbound::Awareness(&everybody)), now);
        }
    }

    pub(super) fn tick_session(&mut self, session: SessionId, now: Now) {
        let limits = self.limits;
        let Some(member) = self.members.get_mut(&session) else { return };
        let unheard_us = now.mono_us.saturating_sub(member.heard_us);
        if unheard_us > limits.unheard_close_ms * 1_000 {
            let reason = format!(
                "nothing was heard for {} s, not even a pong; reconnect",
                limits.unheard_close_ms / 1_000
            );
            return self.close(session, Close::new(CloseCode::Overloaded, reason), now);
        }
        if unheard_us > limits.unheard_awareness_ms * 1_000 && !member.clients.is_empty() {
            let clients = std::mem::take(&mut member.clients);
            let gone = self.awareness.forget(session, &clients);
            self.fan_out.add_awareness(gone);
        }
        let Some(member) = self.members.get_mut(&session) else { return };
        let ping = member.needs_ping(limits.keep_alive_ms, now).then(|| member.ping(now));
        let silent = member.is_live() && member.written_us + limits.keep_alive_ms * 1_000 <= now.mono_us;
        if silent {
            self.push(session, y_websocket::frame(Outbound::Awareness(awareness_wire::EMPTY)), now);
        }
        if let Some(counter) = ping {
            self.effects.push(Effect::Push { session, frames: ping_frame(counter) });
        }
        self.catch_up(session, now);
        if self.held.waits_for(session)
            && self.members.get_mut(&session).is_some_and(|member| member.ask.is_due(now))
        {
            self.ask_for_missing(session, now);
        }
    }
}

fn ping_frame(counter: u64) -> Bytes {
    let mut frame = Vec::with_capacity(10);
    weft_protocol::websocket::ping(&mut frame, counter);
    frame.into()
}

#[cfg(test)]
mod tests {
    use weft_protocol::dialect::y_websocket::AckMode;
    use weft_protocol::ids::WriterId;
    use weft_protocol::message::Inbound;

    use super::super::event::{Backlog, DocumentLimits, Event, Loaded};
    use super::super::replica::Replica;
    use super::super::work::Work;
    use super::*;
    use crate::access::Permit;

    const ADA: SessionId = SessionId(1);
    const BOB: SessionId = SessionId(2);

    /// A loaded document that does every encoding away from the arbiter.
    fn loaded() -> Document {
        loaded_with(DocumentLimits { inline_bytes_max: 0, ..DocumentLimits::default() })
    }

    fn loaded_with(limits: DocumentLimits) -> Document {
        let mut document = Document::new(WriterId(1), limits, Now::default());
        let mut replica = Replica::new();
        replica.apply(&[1, 1, 1, 0, 4, 1, 1, 116, 1, 97, 0]).expect("the letter a in a text");
        document.step(Event::Loaded(Box::new(Loaded::fresh(replica))), Now::default());
        document
    }

    fn join(document: &mut Document, session: SessionId) -> Vec<Effect> {
        let join = Join { session, ack_mode: AckMode::Count, permit: Permit::open() };
        document.step(Event::Join(join), Now::default())
    }

    fn say(document: &mut Document, session: SessionId, message: Inbound) -> Vec<Effect> {
        let event = Event::Receive { session, message, cost_bytes: 1, backlog: Backlog::Open };
        document.step(event, Now::default())
    }

    fn lend(document: &mut Document) -> Box<Work> {
        let wanted = Inbound::SyncStep1(Bytes::from_static(&[0]));
        let work = say(document, ADA, wanted).into_iter().find_map(|effect| match effect {
            Effect::Work(work) => Some(work),
            _ => None,
        });
        work.expect("the state is encoded elsewhere")
    }

    fn is_for(effect: &Effect, wanted: SessionId) -> bool {
        matches!(effect, Effect::Push { session, .. } if *session == wanted)
    }

    /// [W1]
    #[test]
    fn a_session_that_joins_while_the_replica_is_away_is_asked_when_it_is_back() {
        let mut document = loaded();
        join(&mut document, ADA);
        let work = lend(&mut document);
        assert!(!join(&mut document, BOB).iter().any(|effect| is_for(effect, BOB)));
        let effects = document.step(Event::Worked(Box::new(work.run())), Now::default());
        assert!(effects.iter().any(|effect| is_for(effect, BOB)), "SyncStep1");
    }

    /// [D2]
    #[test]
    fn what_a_session_sent_before_it_left_is_taken_in() {
        let mut document = loaded();
        join(&mut document, ADA);
        let work = lend(&mut document);
        let update = Bytes::from_static(&[1, 1, 2, 0, 4, 1, 1, 116, 1, 98, 0]);
        say(&mut document, ADA, Inbound::Update(update));
        document.step(Event::Leave(ADA), Now::default());
        let effects = document.step(Event::Worked(Box::new(work.run())), Now::default());
        let again = effects.into_iter().find_map(|effect| match effect {
            Effect::Work(work) => Some(work),
            _ => None,
        });
        let effects =
            document.step(Event::Worked(Box::new(again.expect("the update").run())), Now::default());
        assert!(effects.iter().any(|effect| matches!(effect, Effect::Append { seq: 1, .. })), "{effects:?}");
    }

    /// What one session is sent by a flush after another has said something.
    fn hears(document: &mut Document, session: SessionId, said: Inbound) -> Vec<Bytes> {
        say(document, BOB, said);
        pushed(document.step(Event::Flush, Now::default()), session)
    }

    fn pushed(effects: Vec<Effect>, to: SessionId) -> Vec<Bytes> {
        let frames = effects.into_iter().filter_map(|effect| match effect {
            Effect::Push { session, frames } if session == to => Some(frames),
            _ => None,
        });
        frames.collect()
    }

    /// Inserts `len` letters with the clock that `clock` says.
    fn letters(clock: u8, len: u8) -> Bytes {
        [&[1, 1, 9, clock, 4, 1, 1, 116, len], &vec![97; len.into()][..], &[0]].concat().into()
    }

    fn cursor(clock: u64) -> Bytes {
        let entry = awareness_wire::Entry { client: 7, clock, json: "{}" };
        awareness_wire::encode(1, [entry].into_iter()).into()
    }

    fn awareness_frame(clock: u64) -> Bytes {
        y_websocket::frame(Outbound::Awareness(&cursor(clock)))
    }

    /// [F4]
    #[test]
    fn a_slow_reader_is_spared_awareness_and_told_of_everybody_once_it_has_read_on() {
        let limits = DocumentLimits { window_bytes: 200, ..DocumentLimits::default() };
        let mut document = loaded_with(limits);
        join(&mut document, ADA);
        join(&mut document, BOB);
        assert_eq!(hears(&mut document, ADA, Inbound::Awareness(cursor(1))), [awareness_frame(1)]);
        hears(&mut document, ADA, Inbound::Update(letters(0, 100)));
        assert_eq!(hears(&mut document, ADA, Inbound::Awareness(cursor(2))), Vec::<Bytes>::new());
        say(&mut document, BOB, Inbound::Awareness(cursor(3)));
        let update = letters(100, 1);
        let frame = y_websocket::frame(Outbound::Update(&update));
        assert_eq!(hears(&mut document, ADA, Inbound::Update(update)), [frame], "updates go on");
        let read = document.members[&ADA].in_flight_bytes();
        let mut pong = |consumed: u64| {
            let event = Event::Pong { session: ADA, consumed_bytes: Some(consumed) };
            pushed(document.step(event, Now::default()), ADA)
        };
        assert_eq!(pong(read - 90), Vec::<Bytes>::new(), "nearly half of the window is unread");
        assert_eq!(pong(read), [awareness_frame(3)]);
        assert_eq!(pong(read), Vec::<Bytes>::new(), "once");
        assert_eq!(hears(&mut document, ADA, Inbound::Awareness(cursor(4))), [awareness_frame(4)]);
    }
}
