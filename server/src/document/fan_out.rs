//! What the other sessions are told, and when.
//!
//! The first change goes out as soon as the messages that are here already are handled. In a room so large that
//! writing to everybody takes longer than the next change, flushes are spaced: what comes meanwhile shares one write a
//! session, and of awareness only the newest entry of each client is sent. So cost grows with sessions x flushes, not
//! with sessions x messages.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use weft_protocol::dialect::y_websocket;
use weft_protocol::ids::{ClientId, SessionId};
use weft_protocol::message::Outbound;

use super::awareness::Awareness;
use super::event::{Effect, Now};
use super::member::Member;

/// Spacing below which a flush is not delayed: timers are no finer.
const SPACING_LEAST_US: u64 = 1_000;
/// Spacing beyond which people would notice. Cursors move at 20 to 30 Hz: at this spacing every second or third state of
/// each client is never sent.
const SPACING_MOST_US: u64 = 100_000;
/// Bytes that the kernel copies into a socket in a microsecond, roughly; in a room where everybody moves, the bytes of a
/// flush cost more than its writes.
const COPIED_BYTES_PER_US: u64 = 1_024;

#[derive(Debug)]
struct Segment {
    author: Option<SessionId>,
    frame: Bytes,
}

/// Frames and awareness changes that wait for the next flush.
#[derive(Debug, Default)]
pub struct FanOut {
    segments: Vec<Segment>,
    awareness: BTreeSet<ClientId>,
    scheduled: bool,
    flushed_us: u64,
    /// What the last flush had for a session that wrote none of it.
    flushed_bytes: u64,
}

/// Frames for everybody, or for everybody but their author.
#[derive(Debug)]
pub struct Flush {
    segments: Vec<Segment>,
    shared: Bytes,
    /// The shared frames without awareness, made for the first session that gets no more than that.
    shared_updates: OnceCell<Bytes>,
    awareness: Option<Bytes>,
}

impl FanOut {
    /// Adds an update for everybody but its author, who gets it when it is committed.
    pub fn add_update(&mut self, author: Option<SessionId>, update: &[u8]) {
        self.segments.push(Segment { author, frame: y_websocket::frame(Outbound::Update(update)) });
    }

    /// Adds changed awareness for everybody, its sender included (stock clients count on hearing themselves).
    pub fn add_awareness(&mut self, clients: impl IntoIterator<Item = ClientId>) {
        self.awareness.extend(clients);
    }

    /// Returns the client ids whose awareness waits for the next flush.
    pub fn changed(&self) -> impl Iterator<Item = ClientId> {
        self.awareness.iter().copied()
    }

    /// Asks for a flush, now or after the spacing that `sessions` call for.
    pub fn schedule(&mut self, sessions: usize, cost_us_per_session: u64, now: Now) -> Option<Effect> {
        if self.scheduled || (self.segments.is_empty() && self.awareness.is_empty()) {
            return None;
        }
        self.scheduled = true;
        let cost_us = cost_us_per_session + self.flushed_bytes / COPIED_BYTES_PER_US;
        let spacing = (sessions as u64 * cost_us).min(SPACING_MOST_US);
        let due = self.flushed_us + spacing;
        if spacing < SPACING_LEAST_US || due <= now.mono_us {
            return Some(Effect::FlushSoon);
        }
        Some(Effect::FlushAt { mono_us: due })
    }

    /// Takes everything that waits; `None` when nothing does.
    pub fn take(&mut self, awareness: &Awareness, now: Now) -> Option<Flush> {
        self.scheduled = false;
        self.flushed_us = now.mono_us;
        if self.segments.is_empty() && self.awareness.is_empty() {
            return None;
        }
        let segments = std::mem::take(&mut self.segments);
        let changed = std::mem::take(&mut self.awareness);
        let awareness = (!changed.is_empty())
            .then(|| y_websocket::frame(Outbound::Awareness(&awareness.encode_some(changed.iter()))));
        let shared = join(segments.iter().map(|segment| &segment.frame), awareness.as_ref());
        self.flushed_bytes = shared.len() as u64;
        Some(Flush { segments, shared, shared_updates: OnceCell::new(), awareness })
    }
}

impl Flush {
    /// Returns what `session` gets: everything it did not write itself.
    #[must_use]
    pub fn frames_for(&self, session: SessionId) -> Bytes {
        if self.is_author(session) {
            return join(self.of_others(session), self.awareness.as_ref());
        }
        self.shared.clone()
    }

    /// Returns what `session` gets while it reads too slowly to be told who is where.
    #[must_use]
    pub fn updates_for(&self, session: SessionId) -> Bytes {
        if self.is_author(session) {
            return join(self.of_others(session), None);
        }
        self.shared_updates.get_or_init(|| join(self.of_others(session), None)).clone()
    }

    /// Returns true when awareness has changed.
    #[must_use]
    pub fn has_awareness(&self) -> bool {
        self.awareness.is_some()
    }

    fn is_author(&self, session: SessionId) -> bool {
        self.segments.iter().any(|segment| segment.author == Some(session))
    }

    fn of_others(&self, session: SessionId) -> impl Iterator<Item = &Bytes> + Clone {
        let others = self.segments.iter().filter(move |segment| segment.author != Some(session));
        others.map(|segment| &segment.frame)
    }
}

/// Puts frames behind one another; a single frame is shared, not copied.
fn join<'a>(frames: impl Iterator<Item = &'a Bytes> + Clone, last: Option<&'a Bytes>) -> Bytes {
    let mut frames = frames.chain(last);
    match (frames.next(), frames.next()) {
        (None, _) => Bytes::new(),
        (Some(only), None) => only.clone(),
        (Some(first), Some(second)) => {
            let mut all = Vec::with_capacity(2 * (first.len() + second.len()));
            for frame in [first, second].into_iter().chain(frames) {
                all.extend_from_slice(frame);
            }
            all.into()
        }
    }
}

/// Returns the sessions that get frames now.
pub fn live(members: &BTreeMap<SessionId, Member>) -> impl Iterator<Item = SessionId> {
    members.iter().filter(|(_, member)| member.is_live()).map(|(session, _)| *session)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(mono_us: u64) -> Now {
        Now { mono_us, unix_ms: 0 }
    }

    /// [W3]
    #[test]
    fn an_author_never_gets_its_own_update_from_the_fan_out() {
        let mut fan_out = FanOut::default();
        fan_out.add_update(Some(SessionId(1)), &[1]);
        fan_out.add_update(Some(SessionId(2)), &[2]);
        let flush = fan_out.take(&Awareness::default(), at(0)).expect("two updates wait");
        let one = y_websocket::frame(Outbound::Update(&[1]));
        let two = y_websocket::frame(Outbound::Update(&[2]));
        assert_eq!(flush.frames_for(SessionId(1)), two);
        assert_eq!(flush.frames_for(SessionId(2)), one);
        assert_eq!(flush.frames_for(SessionId(3)), [one, two].concat());
        assert!(fan_out.take(&Awareness::default(), at(0)).is_none());
    }

    /// [F3]
    #[test]
    fn flushes_of_a_large_room_are_spaced_and_of_a_small_one_are_not() {
        let mut fan_out = FanOut::default();
        fan_out.add_awareness([7]);
        assert!(matches!(fan_out.schedule(500, 10, at(10_000)), Some(Effect::FlushSoon)));
        assert!(fan_out.schedule(500, 10, at(10_000)).is_none(), "one flush is enough");
        fan_out.take(&Awareness::default(), at(10_000));
        fan_out.add_awareness([7]);
        let later = fan_out.schedule(500, 10, at(11_000));
        assert!(matches!(later, Some(Effect::FlushAt { mono_us: 15_000 })));
        fan_out.take(&Awareness::default(), at(15_000));
        fan_out.add_awareness([7]);
        assert!(matches!(fan_out.schedule(20, 10, at(15_001)), Some(Effect::FlushSoon)));
    }

    /// [F3]
    #[test]
    fn a_large_flush_makes_the_next_one_wait_longer() {
        let mut fan_out = FanOut::default();
        fan_out.add_update(None, &[0; 20 << 10]);
        fan_out.take(&Awareness::default(), at(10_000));
        fan_out.add_awareness([7]);
        let later = fan_out.schedule(500, 10, at(11_000));
        assert!(matches!(later, Some(Effect::FlushAt { mono_us: 25_000 })), "{later:?}");
        fan_out.take(&Awareness::default(), at(30_000));
        fan_out.add_awareness([7]);
        assert!(matches!(fan_out.schedule(500, 10, at(31_000)), Some(Effect::FlushAt { mono_us: 35_000 })));
    }
}
