//! What waits to be written to one socket.
//!
//! The document fills it directly, without a message to the session for every frame; the body of the WebSocket response
//! drains it. How much may wait is decided by the document, which stops queueing updates for a session that has a whole
//! window unread; the bound here is the backstop behind that. It goes by what the socket has not taken, because what the
//! peer says it has read may be a lie, and because answers are asked for by the peer and come without any flush.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::task::{Poll, Waker};

use bytes::{Bytes, BytesMut};
use futures_util::task::AtomicWaker;
use weft_protocol::close::{Close, CloseCode};
use weft_protocol::dialect::y_websocket;
use weft_protocol::message::Outbound;
use weft_protocol::websocket;

/// Small chunks are joined up to this many bytes for one write.
const WRITE_BYTES: usize = 64 << 10;

/// Bytes that may wait besides the largest chunk: whoever leaves more unread is cut off. The largest one does not count,
/// because the state of a large document is one.
const WAITING_BYTES_MAX: usize = 16 << 20;
/// What a chunk takes besides its bytes.
const CHUNK_OVERHEAD_BYTES: usize = 64;

#[derive(Debug, Default)]
struct Queue {
    chunks: VecDeque<Bytes>,
    /// Of all chunks, with their overhead.
    waiting_bytes: usize,
    /// Of the largest chunk since nothing waited.
    largest_bytes: usize,
    closing: bool,
    dead: bool,
}

impl Queue {
    fn add(&mut self, chunk: Bytes) {
        let bytes = chunk.len() + CHUNK_OVERHEAD_BYTES;
        self.waiting_bytes += bytes;
        self.largest_bytes = self.largest_bytes.max(bytes);
        self.chunks.push_back(chunk);
    }

    fn remove(&mut self) -> Option<Bytes> {
        let chunk = self.chunks.pop_front()?;
        self.waiting_bytes -= chunk.len() + CHUNK_OVERHEAD_BYTES;
        if self.chunks.is_empty() {
            self.largest_bytes = 0;
        }
        Some(chunk)
    }

    fn clear(&mut self) {
        self.chunks = VecDeque::new();
        (self.waiting_bytes, self.largest_bytes) = (0, 0);
    }

    fn close(&mut self, close: &Close) {
        if !self.closing {
            let mut frame = Vec::with_capacity(128);
            websocket::close(&mut frame, close);
            self.add(frame.into());
            self.closing = true;
        }
    }

    /// Drops what nobody reads, and says so should the peer ever read again.
    fn overflow(&mut self) {
        self.clear();
        let reason = "too slow: more than the outbox holds is waiting to be read; reconnect";
        self.close(&Close::new(CloseCode::Overloaded, reason));
    }
}

/// The frames that wait for one socket.
#[derive(Debug, Default)]
pub struct Outbox {
    queue: Mutex<Queue>,
    waker: AtomicWaker,
}

impl Outbox {
    /// Queues whole frames and wakes the socket; after a close frame nothing follows.
    pub fn push(&self, frames: Bytes) {
        let mut queue = self.lock();
        if queue.closing || queue.dead {
            return;
        }
        let was_empty = queue.chunks.is_empty();
        queue.add(frames);
        if queue.waiting_bytes.saturating_sub(queue.largest_bytes) > WAITING_BYTES_MAX {
            queue.overflow();
        }
        drop(queue);
        if was_empty {
            self.waker.wake();
        }
    }

    /// Queues a close frame, behind the message by which y-protocols says that access is the reason.
    pub fn refuse(&self, close: &Close) {
        if matches!(close.code, CloseCode::Unauthorized | CloseCode::Forbidden) {
            self.push(y_websocket::frame(Outbound::PermissionDenied(&close.reason)));
        }
        self.close(close);
    }

    /// Queues a close frame; the first one counts.
    pub fn close(&self, close: &Close) {
        self.lock().close(close);
        self.waker.wake();
    }

    /// Takes what is to be written next, small chunks joined.
    pub fn take(&self) -> Option<Bytes> {
        let mut queue = self.lock();
        let first = queue.remove()?;
        let Some(second) = queue.chunks.front() else {
            queue.chunks.shrink_to(4);
            return Some(first);
        };
        if first.len() + second.len() > WRITE_BYTES {
            return Some(first);
        }
        let mut joined = BytesMut::with_capacity(2 * (first.len() + second.len()));
        joined.extend_from_slice(&first);
        while let Some(next) = queue.chunks.front()
            && joined.len() + next.len() <= WRITE_BYTES
        {
            joined.extend_from_slice(next);
            queue.remove();
        }
        Some(joined.freeze())
    }

    /// Returns true when a close frame was queued and everything before and including it has been taken.
    pub fn is_done(&self) -> bool {
        let queue = self.lock();
        queue.closing && queue.chunks.is_empty()
    }

    /// Returns the bytes that wait to be taken, with what the queue needs for them.
    pub fn waiting_bytes(&self) -> usize {
        self.lock().waiting_bytes
    }

    /// Returns true when a close frame was queued.
    pub fn is_closing(&self) -> bool {
        self.lock().closing
    }

    /// The socket is gone: what waits is dropped, and nothing is queued any more.
    pub fn kill(&self) {
        let mut queue = self.lock();
        queue.dead = true;
        queue.clear();
    }

    /// Returns true when the socket is gone.
    pub fn is_dead(&self) -> bool {
        self.lock().dead
    }

    /// Waits for what is to be written next; `None` when nothing will follow.
    pub async fn next(&self) -> Option<Bytes> {
        std::future::poll_fn(|cx| {
            self.register(cx.waker());
            match self.take() {
                Some(frames) => Poll::Ready(Some(frames)),
                None if self.is_closing() => Poll::Ready(None),
                None => Poll::Pending,
            }
        })
        .await
    }

    /// Registers who is woken by the next [`Outbox::push`] or [`Outbox::close`].
    pub fn register(&self, waker: &Waker) {
        self.waker.register(waker);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().expect("nothing panics while it holds an outbox")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_out_in_order_and_joined() {
        let outbox = Outbox::default();
        for n in 0..3u8 {
            outbox.push(Bytes::from(vec![n; 2]));
        }
        assert_eq!(outbox.take().as_deref(), Some(&[0, 0, 1, 1, 2, 2][..]));
        assert_eq!(outbox.take(), None);
    }

    #[test]
    fn nothing_follows_a_close_frame() {
        let outbox = Outbox::default();
        outbox.close(&Close::new(CloseCode::Draining, "restart"));
        outbox.push(Bytes::from_static(&[1]));
        outbox.close(&Close::new(CloseCode::Malformed, "late"));
        assert!(!outbox.is_done());
        assert_eq!(outbox.take().as_deref(), Some(&b"\x88\x09\x03\xf4restart"[..]));
        assert!(outbox.is_done());
    }

    #[test]
    fn a_dead_socket_holds_nothing() {
        let outbox = Outbox::default();
        outbox.push(Bytes::from_static(&[1]));
        outbox.kill();
        outbox.push(Bytes::from_static(&[1]));
        assert!(outbox.is_dead() && outbox.take().is_none());
    }

    /// [H6]
    #[test]
    fn whoever_reads_nothing_is_cut_off_and_what_waited_is_dropped() {
        let outbox = Outbox::default();
        let chunk = Bytes::from(vec![0; 1 << 20]);
        for _ in 0..16 {
            outbox.push(chunk.clone());
        }
        assert!(!outbox.is_closing(), "the largest chunk does not count");
        outbox.push(chunk);
        assert_eq!(outbox.take().map(|frame| frame[..4].to_vec()), Some(vec![0x88, 71, 0x03, 0xf5]));
        assert!(outbox.is_done());
    }

    /// [H6]
    #[test]
    fn one_chunk_may_be_of_any_size_and_small_ones_follow_it() {
        let outbox = Outbox::default();
        let large = Bytes::from(vec![0; WAITING_BYTES_MAX * 2]);
        outbox.push(large.clone());
        for taken in [None, Some(large)] {
            for _ in 0..1_000 {
                outbox.push(Bytes::from_static(&[1; 1_000]));
            }
            assert!(!outbox.is_closing());
            assert!(taken.is_none() || outbox.take() == taken);
        }
        outbox.push(Bytes::from_static(&[1; 1_000]));
        assert!(!outbox.is_closing(), "less waits than the largest chunk had");
    }
}
