//! How fast one session may send.
//!
//! Who sends too fast is not read for a while: nothing is lost, and TCP tells the sender to wait. Only who keeps it up for
//! long is closed, with a code that says to try again later.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::clock::Clock;
use crate::limits::bucket::{Bucket, Rate};

/// Bounds of what one session sends.
#[derive(Debug, Clone, Copy)]
pub struct ThrottleLimits {
    /// Frames.
    pub messages: Rate,
    /// Bytes.
    pub bytes: Rate,
    /// A session that is made to wait again and again for this time is closed, in milliseconds.
    pub patience_ms: u64,
}

/// What a session sent lately.
#[derive(Debug)]
pub struct Throttle {
    clock: Clock,
    /// When the clock was read last: once for each time the socket is read.
    now_us: u64,
    patience_us: u64,
    messages: Bucket,
    bytes: Bucket,
    /// Since when it sends too fast.
    since_us: Option<u64>,
    sleep: Option<Pin<Box<tokio::time::Sleep>>>,
}

/// What the guard is to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Pace {
    /// Read on.
    Go,
    /// Wait; the task is woken.
    Wait,
    /// Wait, for the first time in a while.
    Slow,
    /// It sent too fast for too long.
    Enough,
}

impl Throttle {
    /// Starts with full buckets.
    #[must_use]
    pub fn new(limits: ThrottleLimits, clock: Clock) -> Self {
        let now_us = clock.now().mono_us;
        Self {
            clock,
            now_us,
            patience_us: limits.patience_ms * 1_000,
            messages: Bucket::new(limits.messages, now_us),
            bytes: Bucket::new(limits.bytes, now_us),
            since_us: None,
            sleep: None,
        }
    }

    /// Counts what arrived.
    pub fn spend(&mut self, messages: usize, bytes: usize) {
        let now_us = self.now_us;
        self.messages.spend(messages as u64, now_us);
        self.bytes.spend(bytes as u64, now_us);
    }

    /// Decides whether to read on, and reads the clock for what arrives then.
    pub fn pace(&mut self, cx: &mut Context<'_>) -> Pace {
        self.now_us = self.clock.now().mono_us;
        let now_us = self.now_us;
        let wait_us = self.messages.wait_us(now_us).max(self.bytes.wait_us(now_us));
        if wait_us == 0 {
            self.sleep = None;
            if self.since_us.is_some() && self.messages.is_rested(now_us) && self.bytes.is_rested(now_us) {
                self.since_us = None;
            }
            return Pace::Go;
        }
        let first = self.since_us.is_none();
        let since_us = *self.since_us.get_or_insert(now_us);
        if now_us.saturating_sub(since_us) > self.patience_us {
            return Pace::Enough;
        }
        // Patience may end before the wait does.
        let patience_us = (since_us + self.patience_us).saturating_sub(now_us) + 1_000;
        let sleep_us = wait_us.min(patience_us);
        let sleep =
            self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(Duration::from_micros(sleep_us))));
        if sleep.as_mut().poll(cx) == Poll::Ready(()) {
            // Timers are coarser than the bucket.
            self.sleep = None;
            cx.waker().wake_by_ref();
        }
        if first { Pace::Slow } else { Pace::Wait }
    }
}
