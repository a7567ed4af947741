//! What the server says on a socket, held against what the store has committed at that moment.

use bytes::Bytes;
use weft_protocol::dialect::y_websocket::AckMode;
use weft_protocol::ids::{DocumentId, SessionId, WriterId};

use crate::client::Said;
use crate::ledger::Ledger;
use crate::link::{DataFrame, Link};
use crate::replica::Touched;
use crate::shell::Cause;
use crate::world::World;

/// What one flush, the replies in the same moment and the largest document here may add to what is unread.
const UNREAD_SLACK_BYTES: u64 = 32 << 10;

/// The store as one document of one process depends on it.
struct Witness<'a> {
    ledger: &'a Ledger,
    document: DocumentId,
    writer: WriterId,
    session: SessionId,
    /// What every session brought to the document.
    brought: &'a [(SessionId, Touched)],
}

impl World {
    /// Checks one message at the moment the server queues it.
    ///
    /// # Panics
    /// With the rule that is broken.
    pub fn check_message(&mut self, session: SessionId, message: &Bytes, cause: Cause) {
        let Some(link) = self.links.get_mut(&session) else { return };
        let client = &self.clients[link.client];
        let document = DocumentId::of(&self.names[client.document]);
        let brought = self.brought.get(&document).map_or(&[][..], Vec::as_slice);
        let witness =
            Witness { ledger: &self.ledger, document, writer: self.process.writer, session, brought };
        match Said::read(message) {
            Said::Ack(frames) => {
                assert_eq!(client.ack_mode, AckMode::Count, "[W5] counts only with ack=1");
                witness.check_count(link, frames);
                self.coverage.note("ack");
            }
            Said::Update(update) => {
                if client.ack_mode == AckMode::Echo && witness.check_echo(link, &update) {
                    self.coverage.note("echo");
                } else {
                    witness.check_foreign(link, &update);
                }
            }
            Said::SyncStep1(_) if cause == Cause::Data(session) => self.coverage.note("gap held"),
            Said::SyncStep2(_) if cause == Cause::Pong => self.coverage.note("catch-up"),
            Said::Notice(notice) => {
                assert_eq!(client.ack_mode, AckMode::Count, "[D9] a stock client hears no notice");
                let is_away = notice.contains("\"away\"");
                link.storage_away = is_away || link.storage_away && !notice.contains("\"storage\"");
                self.coverage.note(if is_away { "storage away" } else { "notice" });
            }
            Said::SyncStep1(_) | Said::SyncStep2(_) | Said::Awareness(_) => {}
        }
    }

    /// Checks what waits for one client to be read.
    ///
    /// # Panics
    /// [H6] when it is more than the bounds allow.
    pub fn check_unread(&self, session: SessionId) {
        let Some(link) = self.links.get(&session) else { return };
        let most = self.limits.window_bytes + self.limits.lagging_bytes_max + UNREAD_SLACK_BYTES;
        let unread = link.unread_bytes() as u64;
        assert!(unread <= most, "[H6] {unread} bytes wait for {session}, {most} may");
    }
}

impl Witness<'_> {
    fn check_count(&self, link: &mut Link, frames: u64) {
        let frames = usize::try_from(frames).expect("few frames");
        let before = link.sent.iter().take_while(|frame| frame.is_acked).count();
        let arrived = link.arrived;
        let session = self.session;
        assert!(frames <= arrived, "[W5] {session} is told of {frames} frames, {arrived} arrived");
        assert!(frames > before, "[W5] {session} is told of {frames} frames after {before}");
        link.sent[before..frames].iter_mut().for_each(|frame| self.check_committed(frame));
    }

    /// Returns whether an update is one that its author waits for.
    fn check_echo(&self, link: &mut Link, update: &[u8]) -> bool {
        let arrived = link.arrived;
        let waited = |frame: &&mut DataFrame| !frame.is_acked && frame.payload[..] == *update;
        let Some(frame) = link.sent[..arrived].iter_mut().find(waited) else { return false };
        if self.too_early(frame).is_some() && self.may_be_anothers(frame) {
            return false;
        }
        self.check_committed(frame);
        true
    }

    /// Returns whether a frame with this content may have come from another session: tabs tell each other what they
    /// have, so what one still has under way another may bring; and deletes name no author.
    fn may_be_anothers(&self, frame: &DataFrame) -> bool {
        let mut others = self.brought.iter().filter(|(session, _)| *session != self.session);
        !frame.touched.has_structs() || others.any(|(_, brought)| brought.shares_structs(&frame.touched))
    }

    fn check_committed(&self, frame: &mut DataFrame) {
        if let Some(broken) = self.too_early(frame) {
            panic!("{broken}, and {} is told that a frame is committed", self.session);
        }
        frame.is_acked = true;
    }

    /// Returns the promise that an ack of this frame would break now, if any.
    fn too_early(&self, frame: &DataFrame) -> Option<String> {
        if let Some(lacking) = self.ledger.lacks(self.document, &frame.touched) {
            return Some(format!("[D1] the store lacks {lacking}"));
        }
        let committed = self.ledger.highest(self.document, self.writer);
        let barrier = frame.barrier.expect("an acked frame has arrived");
        (committed < barrier).then(|| format!("[D2] {barrier} were accepted, {committed} are committed"))
    }

    fn check_foreign(&self, link: &Link, update: &[u8]) {
        let own = |frame: &&DataFrame| frame.payload[..] == *update && !self.may_be_anothers(frame);
        let own = link.sent[..link.arrived].iter().find(own);
        if let Some(lacking) = own.and_then(|frame| self.ledger.lacks(self.document, &frame.touched)) {
            panic!("[W3] {} gets its own update back, and the store lacks {lacking}", self.session);
        }
    }
}
