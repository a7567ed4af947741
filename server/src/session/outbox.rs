//! What waits to be written to one socket.
//!
//! The document fills it directly, without a message to the session for every frame; the body of the WebSocket response
//! drains it. How much may wait is decided by the document, which stops queueing updates for a session that has a whole
//! window unread; the bound here is the backstop behind that.

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

#[derive(Debug, Default)]
struct Queue {
    chunks: VecDeque<Bytes>,
    closing: bool,
    dead: bool,
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
        queue.chunks.push_back(frames);
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
        let mut frame = Vec::with_capacity(128);
        websocket::close(&mut frame, close);
        let mut queue = self.lock();
        if !queue.closing {
            queue.chunks.push_back(frame.into());
            queue.closing = true;
        }
        drop(queue);
        self.waker.wake();
    }

    /// Takes what is to be written next, small chunks joined.
    pub fn take(&self) -> Option<Bytes> {
        let mut queue = self.lock();
        let first = queue.chunks.pop_front()?;
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
            queue.chunks.pop_front();
        }
        Some(joined.freeze())
    }

    /// Returns true when a close frame was queued and everything before and including it has been taken.
    pub fn is_done(&self) -> bool {
        let queue = self.lock();
        queue.closing && queue.chunks.is_empty()
    }

    /// Returns true when a close frame was queued.
    pub fn is_closing(&self) -> bool {
        self.lock().closing
    }

    /// The socket is gone: what waits is dropped, and nothing is queued any more.
    pub fn kill(&self) {
        let mut queue = self.lock();
        queue.dead = true;
        queue.chunks = VecDeque::new();
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
}
