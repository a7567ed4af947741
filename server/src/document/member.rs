//! A session as its document sees it: what it was promised and how much it has consumed.

use std::collections::VecDeque;

use bytes::Bytes;
use smallvec::SmallVec;
use weft_protocol::dialect::y_websocket::AckMode;
use weft_protocol::ids::{ClientId, Seq};

use super::event::{DocumentLimits, Join, Now};
use crate::access::Permit;

/// What a data frame waits for before it is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// This writer's updates are committed up to this number.
    Committed(Seq),
    /// Its causes arrive first.
    Causes,
    /// It was not taken: the author may not write. A later sync reply, when it may, has it again.
    Leave,
}

#[derive(Debug)]
struct Awaited {
    frame: u64,
    need: Need,
    echo: Option<Bytes>,
}

/// What a commit releases for one session.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Released {
    /// The new count of committed data frames, if it grew.
    pub frames: Option<u64>,
    /// Raw updates to give back to their author.
    pub echoes: Vec<Bytes>,
}

/// The data frames of one session that are not acknowledged yet, in the order they came.
#[derive(Debug, Default)]
pub struct AckQueue {
    awaited: VecDeque<Awaited>,
    acked_frames: u64,
    echo_bytes: usize,
}

impl AckQueue {
    /// Adds the next data frame; `echo` is what its author gets back.
    pub fn push(&mut self, frame: u64, need: Need, echo: Option<Bytes>) {
        self.echo_bytes += echo.as_ref().map_or(0, Bytes::len);
        if let Some(last) = self.awaited.back_mut()
            && last.need == need
            && matches!(need, Need::Committed(_) | Need::Leave)
            && last.echo.is_none()
            && echo.is_none()
        {
            last.frame = frame;
            return;
        }
        self.awaited.push_back(Awaited { frame, need, echo });
    }

    /// Notes that the causes of the frames up to `frame` (or of exactly that frame) arrived.
    pub fn resolve(&mut self, frame: u64, seq: Seq, and_before: bool) {
        for awaited in &mut self.awaited {
            let meant = awaited.frame == frame || (and_before && awaited.frame < frame);
            if meant && matches!(awaited.need, Need::Causes | Need::Leave) {
                awaited.need = Need::Committed(seq);
            }
        }
    }

    /// Returns what a commit up to `committed` releases. Counts grow only over frames whose predecessors are released
    /// as well; echoes need no order.
    pub fn release(&mut self, committed: Seq) -> Released {
        let mut released = Released::default();
        let satisfied = |awaited: &Awaited| matches!(awaited.need, Need::Committed(seq) if seq <= committed);
        while self.awaited.front().is_some_and(satisfied) {
            let awaited = self.awaited.pop_front().expect("the front was there just now");
            self.acked_frames = awaited.frame;
            released.frames = Some(awaited.frame);
            released.echoes.extend(awaited.echo);
        }
        for awaited in self.awaited.iter_mut().filter(|awaited| awaited.echo.is_some()) {
            if satisfied(awaited) {
                released.echoes.extend(awaited.echo.take());
            }
        }
        self.echo_bytes -= released.echoes.iter().map(Bytes::len).sum::<usize>();
        released
    }

    /// Returns true when nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.awaited.is_empty()
    }

    /// Returns what the queue holds in memory, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.echo_bytes + self.awaited.len() * size_of::<Awaited>()
    }
}

/// Whether a session gets every update or will get one difference later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flow {
    /// It gets every frame.
    Live,
    /// It reads too slowly: updates and awareness are dropped for it until it has caught up.
    Lagging {
        /// The state vector it holds once it has read what was written.
        known: Vec<u8>,
        /// Bytes written since, replies and acks.
        since_bytes: u64,
    },
}

/// A session attached to a document.
#[derive(Debug)]
pub struct Member {
    /// How it learns of commits.
    pub ack_mode: AckMode,
    /// Who it is and what it may do.
    pub permit: Permit,
    /// Data frames received so far.
    pub data_frames: u64,
    /// What waits for a commit.
    pub acks: AckQueue,
    /// Whether it keeps up.
    pub flow: Flow,
    /// Whether awareness was left out for it, so that it is told of everybody once it has read on.
    pub misses_awareness: bool,
    /// Client ids whose awareness it owns.
    pub clients: SmallVec<[ClientId; 1]>,
    /// When it was last asked for what the document lacks, and how long until it is asked again.
    pub ask: Ask,
    /// When something was last written to it.
    pub written_us: u64,
    /// When it was last heard.
    pub heard_us: u64,
    pushed_bytes: u64,
    pinged_bytes: u64,
    consumed_bytes: u64,
    pinged_us: u64,
}

/// Backs off the requests for missing updates.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ask {
    next_us: u64,
    wait_us: u64,
}

const ASK_WAIT_FIRST_US: u64 = 250_000;
const ASK_WAIT_MOST_US: u64 = 30_000_000;

impl Ask {
    /// Returns true when it is time to ask, and doubles the wait for the next time.
    pub fn is_due(&mut self, now: Now) -> bool {
        if now.mono_us < self.next_us {
            return false;
        }
        self.wait_us = (self.wait_us * 2).clamp(ASK_WAIT_FIRST_US, ASK_WAIT_MOST_US);
        self.next_us = now.mono_us + self.wait_us;
        true
    }

    /// Starts over: nothing is missing.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

impl Member {
    /// Attaches a session.
    #[must_use]
    pub fn new(join: Join, now: Now) -> Self {
        Self {
            ack_mode: join.ack_mode,
            permit: join.permit,
            data_frames: 0,
            acks: AckQueue::default(),
            flow: Flow::Live,
            misses_awareness: false,
            clients: SmallVec::new(),
            ask: Ask::default(),
            written_us: now.mono_us,
            heard_us: now.mono_us,
            pushed_bytes: 0,
            pinged_bytes: 0,
            consumed_bytes: 0,
            pinged_us: now.mono_us,
        }
    }

    /// Returns true when every frame goes to this session.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.flow == Flow::Live
    }

    /// Counts bytes written; returns the counter of the ping that must follow them, if one is due.
    #[must_use]
    pub fn wrote(&mut self, bytes: usize, limits: &DocumentLimits, now: Now) -> Option<u64> {
        self.written_us = now.mono_us;
        self.pushed_bytes += bytes as u64;
        if let Flow::Lagging { since_bytes, .. } = &mut self.flow {
            *since_bytes += bytes as u64;
        }
        (self.pushed_bytes - self.pinged_bytes >= limits.ping_every_bytes).then(|| self.ping(now))
    }

    /// Returns the counter of a ping to be written now.
    #[must_use]
    pub fn ping(&mut self, now: Now) -> u64 {
        self.pinged_bytes = self.pushed_bytes;
        self.pinged_us = now.mono_us;
        self.pushed_bytes
    }

    /// Returns true when bytes were written that no ping asked about, or no ping was written for `ms`.
    #[must_use]
    pub fn needs_ping(&self, ms: u64, now: Now) -> bool {
        self.pinged_us + ms * 1_000 <= now.mono_us
    }

    /// Returns the bytes written and not known to be consumed.
    #[must_use]
    pub fn in_flight_bytes(&self) -> u64 {
        self.pushed_bytes - self.consumed_bytes
    }

    /// Takes the answer to a ping. A counter that was never sent is ignored.
    pub fn consumed(&mut self, bytes: u64) {
        if bytes <= self.pushed_bytes {
            self.consumed_bytes = self.consumed_bytes.max(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn echo(n: u8) -> Option<Bytes> {
        Some(Bytes::from(vec![n]))
    }

    /// [W5]
    #[test]
    fn counts_cover_only_a_prefix_of_released_frames() {
        let mut acks = AckQueue::default();
        acks.push(1, Need::Committed(4), None);
        acks.push(2, Need::Causes, None);
        acks.push(3, Need::Committed(5), None);
        assert_eq!(acks.release(3), Released::default());
        assert_eq!(acks.release(5).frames, Some(1));
        assert_eq!(acks.release(9).frames, None);
        acks.resolve(2, 9, false);
        assert_eq!(acks.release(9).frames, Some(3));
        assert!(acks.is_empty());
    }

    /// [W6]
    #[test]
    fn echoes_come_after_their_commit_and_do_not_wait_for_a_gap() {
        let mut acks = AckQueue::default();
        acks.push(1, Need::Causes, echo(1));
        acks.push(2, Need::Committed(2), echo(2));
        assert_eq!(acks.release(1).echoes, Vec::<Bytes>::new());
        assert_eq!(acks.release(2).echoes, [Bytes::from_static(&[2])]);
        acks.resolve(5, 3, true);
        assert_eq!(acks.release(3).echoes, [Bytes::from_static(&[1])]);
        assert_eq!(acks.echo_bytes, 0);
    }

    /// [W5] [X2]
    #[test]
    fn a_frame_that_was_not_taken_holds_the_count_until_a_sync_reply_has_it_again() {
        let mut acks = AckQueue::default();
        acks.push(1, Need::Leave, None);
        acks.push(2, Need::Leave, None);
        acks.push(3, Need::Committed(4), None);
        assert_eq!(acks.awaited.len(), 2, "refused frames in a row take one place");
        assert_eq!(acks.release(9).frames, None);
        acks.resolve(3, 4, true);
        assert_eq!(acks.release(9).frames, Some(3));
    }

    #[test]
    fn frames_with_the_same_need_take_one_place() {
        let mut acks = AckQueue::default();
        for frame in 1..=1000 {
            acks.push(frame, Need::Committed(7), None);
        }
        assert_eq!(acks.awaited.len(), 1);
        assert_eq!(acks.release(7).frames, Some(1000));
    }

    /// [F2]
    #[test]
    fn a_pong_nobody_asked_for_frees_nothing() {
        let limits = DocumentLimits::default();
        let session = weft_protocol::ids::SessionId(1);
        let join = Join { session, ack_mode: AckMode::Echo, permit: Permit::open() };
        let mut member = Member::new(join, Now::default());
        let _ = member.wrote(100, &limits, Now::default());
        member.consumed(1 << 60);
        assert_eq!(member.in_flight_bytes(), 100);
        member.consumed(60);
        member.consumed(50);
        assert_eq!(member.in_flight_bytes(), 40);
    }
}
