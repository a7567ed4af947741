//! What stands between a socket and the frame decoder.
//!
//! The decoder of actix reports an oversized frame only when all of it has arrived, and reads on while anything comes.
//! The guard refuses a frame by its header, waits while the session has used up its share of memory or has frames that
//! are not decoded yet, and lets nothing in before the document is open.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_util::Stream;
use futures_util::task::AtomicWaker;
use weft_protocol::websocket::{FrameRefused, FrameWalker};

/// Bytes of undecoded frames after which reading waits for the decoder.
const UNDECODED_BYTES_MAX: usize = 64 << 10;

/// A session's share of memory for what it sends, and the gate in front of it.
#[derive(Debug)]
pub struct Intake {
    open: AtomicBool,
    held_bytes: AtomicUsize,
    held_bytes_max: usize,
    decoded_frames: AtomicUsize,
    oversize_bytes: AtomicUsize,
    discarding: AtomicBool,
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
            oversize_bytes: AtomicUsize::new(0),
            discarding: AtomicBool::new(false),
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

    /// Returns the size of the frame that was refused, if one was.
    pub fn oversize_bytes(&self) -> Option<usize> {
        Some(self.oversize_bytes.load(Ordering::Relaxed)).filter(|bytes| *bytes > 0)
    }

    /// From now on bytes are read and dropped: the framing is lost, but a peer that still writes should get to read why.
    pub fn discard(&self) {
        self.discarding.store(true, Ordering::Release);
        self.open();
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
#[derive(Debug)]
pub struct Guard<S> {
    payload: S,
    intake: Arc<Intake>,
    walker: FrameWalker,
    undecoded_bytes: usize,
}

impl<S> Guard<S> {
    /// Guards `payload`; frames over `frame_bytes_max` are refused.
    pub fn new(payload: S, intake: Arc<Intake>, frame_bytes_max: usize) -> Self {
        let walker = FrameWalker::new(frame_bytes_max as u64);
        Self { payload, intake, walker, undecoded_bytes: 0 }
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

impl<S> Guard<S>
where
    S: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    fn discard(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, PayloadError>>> {
        loop {
            match Pin::new(&mut self.payload).poll_next(cx) {
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(Some(Err(_)) | None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl<S> Stream for Guard<S>
where
    S: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.intake.discarding.load(Ordering::Acquire) {
            return self.discard(cx);
        }
        if self.decoder_is_behind() {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if !self.intake.may_read(cx.waker()) {
            return Poll::Pending;
        }
        let polled = Pin::new(&mut self.payload).poll_next(cx);
        if let Poll::Ready(Some(Ok(chunk))) = &polled {
            self.undecoded_bytes += chunk.len();
            if let Err(FrameRefused::TooLarge { bytes, .. }) = self.walker.walk(chunk) {
                let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
                self.intake.oversize_bytes.store(bytes, Ordering::Relaxed);
                return Poll::Ready(Some(Err(PayloadError::Overflow)));
            }
        }
        polled
    }
}
