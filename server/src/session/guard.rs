//! What stands between a socket and the frame decoder.
//!
//! The decoder of actix reports an oversized frame only when all of it has arrived, a broken header again and again, and
//! reads on while anything comes. The guard refuses both by the header, waits while the session has used up its share of
//! memory or has frames that are not decoded yet, and lets nothing in before the document is open.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_util::Stream;
use futures_util::task::AtomicWaker;
use weft_protocol::websocket::{FrameRefused, FrameWalker};

use super::throttle::{Pace, Throttle};
use crate::metrics::Metrics;

/// Bytes of undecoded frames after which reading waits for the decoder.
const UNDECODED_BYTES_MAX: usize = 64 << 10;

/// Why a socket is not read any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GuardRefused {
    /// A frame's header.
    Frame(FrameRefused),
    /// Too many messages or bytes a second, for too long.
    TooFast,
}

/// A session's share of memory for what it sends, and the gate in front of it.
#[derive(Debug)]
pub struct Intake {
    open: AtomicBool,
    held_bytes: AtomicUsize,
    held_bytes_max: usize,
    decoded_frames: AtomicUsize,
    /// Messages behind the first of their frame, not counted yet.
    more_messages: AtomicUsize,
    refused: OnceLock<GuardRefused>,
    waker: AtomicWaker,
}

impl Intake {
    /// Starts closed; reading waits while messages of more than `held_bytes_max` bytes are on their way.
    #[must_use]
    pub fn new(held_bytes_max: usize) -> Self {
        Self {
            open: AtomicBool::new(false),
            held_bytes: AtomicUsize::new(0),
            held_bytes_max,
            decoded_frames: AtomicUsize::new(0),
            more_messages: AtomicUsize::new(0),
            refused: OnceLock::new(),
            waker: AtomicWaker::new(),
        }
    }

    /// Lets bytes in.
    pub fn open(&self) {
        self.open.store(true, Ordering::Release);
        self.waker.wake();
    }

    /// Counts a message on its way.
    pub fn charge(&self, bytes: usize) {
        self.held_bytes.fetch_add(bytes, Ordering::AcqRel);
    }

    /// Counts a message handled.
    pub fn release(&self, bytes: usize) {
        let before = self.held_bytes.fetch_sub(bytes, Ordering::AcqRel);
        if before > self.held_bytes_max && before - bytes <= self.held_bytes_max {
            self.waker.wake();
        }
    }

    /// Counts a frame that came out of the decoder.
    pub fn decoded(&self) {
        self.decoded_frames.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts the messages of a frame behind its first: a frame may have thousands.
    pub fn more_messages(&self, messages: usize) {
        self.more_messages.fetch_add(messages, Ordering::Relaxed);
    }

    /// Returns why the guard lets nothing in any more, if it does not.
    pub fn refused(&self) -> Option<GuardRefused> {
        self.refused.get().copied()
    }

    fn may_read(&self, waker: &std::task::Waker) -> bool {
        let may = || {
            self.open.load(Ordering::Acquire)
                && self.held_bytes.load(Ordering::Acquire) <= self.held_bytes_max
        };
        if may() {
            return true;
        }
        self.waker.register(waker);
        may()
    }
}

/// The payload of an upgraded request, guarded.
pub struct Guard<S> {
    payload: S,
    intake: Arc<Intake>,
    walker: FrameWalker,
    undecoded_bytes: usize,
    throttle: Throttle,
    metrics: Arc<Metrics>,
}

impl<S> Guard<S> {
    /// Guards `payload`; frames over `frame_bytes_max` are refused.
    pub fn new(
        payload: S,
        intake: Arc<Intake>,
        frame_bytes_max: usize,
        (throttle, metrics): (Throttle, Arc<Metrics>),
    ) -> Self {
        let walker = FrameWalker::new(frame_bytes_max as u64);
        Self { payload, intake, walker, undecoded_bytes: 0, throttle, metrics }
    }

    /// Returns what the stream yields instead of bytes while the session sends too fast.
    fn poll_throttle(&mut self, cx: &mut Context<'_>) -> Poll<Option<PayloadError>> {
        self.throttle.spend(self.intake.more_messages.swap(0, Ordering::Relaxed), 0);
        match self.throttle.pace(cx) {
            Pace::Go => return Poll::Ready(None),
            Pace::Slow => {
                self.metrics.throttled.inc();
            }
            Pace::Wait => {}
            Pace::Enough => {
                self.intake.refused.get_or_init(|| GuardRefused::TooFast);
                return Poll::Ready(Some(PayloadError::Overflow));
            }
        }
        Poll::Pending
    }

    /// Returns true when enough frames wait for the decoder. They are whole, so it can go on without more bytes.
    fn decoder_is_behind(&mut self) -> bool {
        let decoded = self.intake.decoded_frames.load(Ordering::Relaxed);
        if self.walker.frames() == decoded {
            self.undecoded_bytes = 0;
        }
        self.undecoded_bytes > UNDECODED_BYTES_MAX && self.walker.frames() > decoded
    }
}

impl<S> Stream for Guard<S>
where
    S: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.intake.refused().is_some() {
            return Poll::Ready(None);
        }
        if self.decoder_is_behind() {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if !self.intake.may_read(cx.waker()) {
            return Poll::Pending;
        }
        match self.poll_throttle(cx) {
            Poll::Ready(None) => {}
            Poll::Ready(Some(enough)) => return Poll::Ready(Some(Err(enough))),
            Poll::Pending => return Poll::Pending,
        }
        let polled = Pin::new(&mut self.payload).poll_next(cx);
        if let Poll::Ready(Some(Ok(chunk))) = &polled {
            self.undecoded_bytes += chunk.len();
            let before = self.walker.frames();
            let walked = self.walker.walk(chunk);
            let frames = self.walker.frames().saturating_sub(before);
            self.throttle.spend(frames, chunk.len());
            if let Err(refused) = walked {
                self.intake.refused.get_or_init(|| GuardRefused::Frame(refused));
                return Poll::Ready(Some(Err(PayloadError::Overflow)));
            }
        }
        polled
    }
}
