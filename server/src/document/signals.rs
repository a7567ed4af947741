//! What reaches a document without a message: commits, and the end of a batch of messages.
//!
//! A commit must never be lost to a full mailbox, and many commits are as good as the newest; so the journal leaves the
//! number here and wakes the document.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use futures_util::Stream;
use futures_util::task::AtomicWaker;
use weft_protocol::ids::Seq;
use weft_storage::journal::Outcome;

/// What was raised.
#[derive(Debug, PartialEq, Eq)]
pub enum Raised {
    /// The messages that were here are handled: what waits for others may go out.
    Flush,
    /// The journal committed up to this number.
    Committed(Seq),
    /// The journal gave up.
    AppendFailed(String),
}

/// Flags that may be raised from any thread.
#[derive(Debug, Default)]
pub struct Signals {
    committed: AtomicU64,
    flush: AtomicBool,
    has_failed: AtomicBool,
    failure: Mutex<Option<String>>,
    waker: AtomicWaker,
}

impl Signals {
    /// Asks for a flush after the messages that are here.
    pub fn flush_soon(&self) {
        self.flush.store(true, Ordering::Release);
        self.waker.wake();
    }

    /// Takes an outcome from the journal.
    pub fn journal(&self, outcome: Outcome) {
        match outcome {
            Outcome::Committed { up_to, .. } => {
                self.committed.fetch_max(up_to, Ordering::AcqRel);
                self.waker.wake();
            }
            Outcome::Failed { error, .. } => self.append_failed(error.to_string()),
        }
    }

    /// Notes that updates can never be committed.
    pub fn append_failed(&self, why: String) {
        self.failure.lock().expect("nothing panics while it holds the reason").get_or_insert(why);
        self.has_failed.store(true, Ordering::Release);
        self.waker.wake();
    }

    /// Returns the stream that the document listens to.
    #[must_use]
    pub fn stream(self: Arc<Self>) -> SignalStream {
        SignalStream { signals: self, seen: 0 }
    }
}

/// Yields what was raised; commits that were overtaken are left out.
#[derive(Debug)]
pub struct SignalStream {
    signals: Arc<Signals>,
    seen: Seq,
}

impl Stream for SignalStream {
    type Item = Raised;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Raised>> {
        self.signals.waker.register(cx.waker());
        let committed = self.signals.committed.load(Ordering::Acquire);
        if committed > self.seen {
            self.seen = committed;
            return Poll::Ready(Some(Raised::Committed(committed)));
        }
        if self.signals.has_failed.swap(false, Ordering::AcqRel) {
            let why = self.signals.failure.lock().expect("nothing panics while it holds the reason").take();
            return Poll::Ready(Some(Raised::AppendFailed(why.unwrap_or_default())));
        }
        if self.signals.flush.swap(false, Ordering::AcqRel) {
            return Poll::Ready(Some(Raised::Flush));
        }
        Poll::Pending
    }
}
