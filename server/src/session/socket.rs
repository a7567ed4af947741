//! Moves bytes between a socket, the session that reads it and the outbox that is written to it.
//!
//! An upgraded connection leaves the HTTP dispatcher and its buffers of 16 KiB behind: bytes are read through one buffer a
//! thread and written straight out of the outbox, so that an idle connection holds no buffer at all.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::Error;
use actix_web::error::PayloadError;
use bytes::{Buf, Bytes};
use futures_util::task::{ArcWake, AtomicWaker, waker_ref};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::outbox::Outbox;
use super::stream::Stream;

/// How long a closed socket may stay open for the peer's own close frame.
const LINGER: Duration = Duration::from_secs(2);
/// Bytes read at once.
const READ_BYTES: usize = 64 << 10;
/// Writes in a row before other connections of the thread get their turn.
const WRITES_IN_A_ROW_MAX: usize = 16;
/// Reads in a row, likewise.
const READS_IN_A_ROW_MAX: usize = 16;
/// Bytes that may wait behind what is being written to a peer that takes nothing, while what it sends is still read.
const READ_ON_BYTES_MAX: usize = 8 << 20;

thread_local! {
    static READ_BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BYTES].into_boxed_slice());
}

/// The reading half of a socket.
pub struct Reader {
    io: Rc<RefCell<Stream>>,
    /// What arrived together with the request.
    first: Bytes,
}

/// Both halves of a socket; they belong to one task.
pub struct Socket {
    io: Rc<RefCell<Stream>>,
}

impl Socket {
    /// Takes an upgraded connection and what arrived behind the request.
    #[must_use]
    pub fn new(io: Stream, first: Bytes) -> (Self, Reader) {
        let io = Rc::new(RefCell::new(io));
        (Self { io: io.clone() }, Reader { io, first })
    }

    /// Runs a session until the socket ends: `actor` writes its own frames and is polled when something arrives or is to
    /// be done; the outbox is drained besides, without waking the actor.
    pub async fn run<S>(self, actor: S, outbox: Arc<Outbox>)
    where
        S: futures_util::Stream<Item = Result<Bytes, Error>>,
    {
        let mut actor = pin!(actor);
        let wake = Arc::new(ActorWake { ready: AtomicBool::new(true), task: AtomicWaker::new() });
        let io = self.io;
        let (pending, next) = (Bytes::new(), None);
        let mut pump = Pump { io, outbox, pending, next, linger: None, actor_ended: false, shut: false };
        poll_fn(|cx| pump.poll(actor.as_mut(), &wake, cx)).await;
    }
}

/// Remembers whether it was the actor that something happened to.
struct ActorWake {
    ready: AtomicBool,
    task: AtomicWaker,
}

impl ArcWake for ActorWake {
    fn wake_by_ref(wake: &Arc<Self>) {
        wake.ready.store(true, Ordering::Release);
        wake.task.wake();
    }
}

struct Pump {
    io: Rc<RefCell<Stream>>,
    outbox: Arc<Outbox>,
    /// What is being written.
    pending: Bytes,
    /// What the actor wrote while something else was.
    next: Option<Bytes>,
    linger: Option<Pin<Box<tokio::time::Sleep>>>,
    actor_ended: bool,
    shut: bool,
}

impl Pump {
    fn poll<S>(&mut self, mut actor: Pin<&mut S>, wake: &Arc<ActorWake>, cx: &mut Context<'_>) -> Poll<()>
    where
        S: futures_util::Stream<Item = Result<Bytes, Error>>,
    {
        wake.task.register(cx.waker());
        self.outbox.register(cx.waker());
        if self.shut {
            return self.poll_shut(cx);
        }
        for _ in 0..WRITES_IN_A_ROW_MAX {
            while !self.pending.is_empty() {
                let written = Pin::new(&mut *self.io.borrow_mut()).poll_write(cx, &self.pending);
                match written {
                    Poll::Ready(Ok(written)) if written > 0 => self.pending.advance(written),
                    Poll::Ready(Ok(_) | Err(_)) => return Poll::Ready(()),
                    Poll::Pending => {
                        // A peer that sends all it has before it reads would wait for the server, and the server for it.
                        if self.outbox.waiting_bytes() <= READ_ON_BYTES_MAX {
                            self.poll_actor(actor, wake);
                        }
                        return self.poll_blocked(cx);
                    }
                }
            }
            match self.poll_next(actor.as_mut(), wake, cx) {
                Poll::Ready(Some(frames)) => self.pending = frames,
                Poll::Ready(None) => return self.poll_shut(cx),
                // TLS may hold the end of what was written.
                Poll::Pending => {
                    let flushed = Pin::new(&mut *self.io.borrow_mut()).poll_flush(cx);
                    return if matches!(flushed, Poll::Ready(Err(_))) {
                        Poll::Ready(())
                    } else {
                        Poll::Pending
                    };
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Returns what is to be written next; `None` when the socket is to end.
    fn poll_next<S>(
        &mut self,
        actor: Pin<&mut S>,
        wake: &Arc<ActorWake>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Bytes>>
    where
        S: futures_util::Stream<Item = Result<Bytes, Error>>,
    {
        self.poll_actor(actor, wake);
        if let Some(frames) = self.next.take() {
            return Poll::Ready(Some(frames));
        }
        if let Some(frames) = self.outbox.take() {
            return Poll::Ready(Some(frames));
        }
        if self.actor_ended {
            return Poll::Ready(None);
        }
        if self.outbox.is_done() { self.poll_linger(cx).map(|()| None) } else { Poll::Pending }
    }

    /// Polls the actor if something happened to it and nothing it wrote still waits.
    fn poll_actor<S>(&mut self, actor: Pin<&mut S>, wake: &Arc<ActorWake>)
    where
        S: futures_util::Stream<Item = Result<Bytes, Error>>,
    {
        if self.actor_ended || self.next.is_some() || !wake.ready.swap(false, Ordering::AcqRel) {
            return;
        }
        match actor.poll_next(&mut Context::from_waker(&waker_ref(wake))) {
            Poll::Ready(Some(Ok(frames))) => {
                wake.ready.store(true, Ordering::Release);
                self.next = Some(frames);
            }
            Poll::Ready(Some(Err(_)) | None) => self.actor_ended = true,
            Poll::Pending => {}
        }
    }

    /// Waits for a peer that reads nothing, but no longer than one that reads has to answer a close frame. The kernel is
    /// told to forget what the peer did not take: it would keep that for as long as the peer acknowledges probes.
    fn poll_blocked(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.outbox.is_closing() && !self.actor_ended {
            return Poll::Pending;
        }
        let waited = self.poll_linger(cx);
        if waited.is_ready()
            && let Err(error) = SockRef::from(self.io.borrow().tcp()).set_linger(Some(Duration::ZERO))
        {
            tracing::debug!(%error, "socket option was not taken");
        }
        waited
    }

    /// Ends the socket. After a close frame it reads on for a while and drops what comes: closing with bytes unread
    /// would reset the connection, and the peer could lose the frame that says why.
    fn poll_shut(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let io = self.io.clone();
        let mut io = io.borrow_mut();
        if !self.shut {
            match Pin::new(&mut *io).poll_shutdown(cx) {
                Poll::Ready(Ok(())) if self.outbox.is_closing() => self.shut = true,
                Poll::Ready(_) => return Poll::Ready(()),
                // TLS says goodbye first, and the peer may not take it.
                Poll::Pending => return self.poll_linger(cx),
            }
        }
        for _ in 0..READS_IN_A_ROW_MAX {
            let read = READ_BUFFER.with_borrow_mut(|buffer| {
                let mut read = ReadBuf::new(buffer);
                Pin::new(&mut *io)
                    .poll_read(cx, &mut read)
                    .map(|done| done.is_ok() && !read.filled().is_empty())
            });
            match read {
                Poll::Ready(true) => {}
                Poll::Ready(false) => return Poll::Ready(()),
                Poll::Pending => return self.poll_linger(cx),
            }
        }
        cx.waker().wake_by_ref();
        self.poll_linger(cx)
    }

    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let linger = self.linger.get_or_insert_with(|| Box::pin(tokio::time::sleep(LINGER)));
        linger.as_mut().poll(cx)
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        self.outbox.kill();
    }
}

impl futures_util::Stream for Reader {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !self.first.is_empty() {
            return Poll::Ready(Some(Ok(std::mem::take(&mut self.first))));
        }
        READ_BUFFER.with_borrow_mut(|buffer| {
            let mut read = ReadBuf::new(buffer);
            match Pin::new(&mut *self.io.borrow_mut()).poll_read(cx, &mut read) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(Ok(())) if read.filled().is_empty() => Poll::Ready(None),
                Poll::Ready(Ok(())) => Poll::Ready(Some(Ok(Bytes::copy_from_slice(read.filled())))),
                Poll::Ready(Err(error)) => Poll::Ready(Some(Err(PayloadError::Io(error)))),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::rt::net::TcpListener;
    use actix_web::rt::net::TcpStream;
    use futures_util::{StreamExt, future, stream};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::timeout;
    use weft_protocol::close::{Close, CloseCode};

    use super::*;

    /// More than the buffers of both ends of a loopback connection.
    const UNREAD_BYTES: usize = 32 << 20;

    async fn connected() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let peer = TcpStream::connect(listener.local_addr().expect("it is bound")).await.expect("it listens");
        let (io, _) = listener.accept().await.expect("the peer connects");
        (peer, io)
    }

    /// [W7]
    #[tokio::test]
    async fn a_socket_closed_while_its_peer_sends_is_not_reset_under_the_reason() {
        let (mut peer, io) = connected().await;
        peer.write_all(&[0; READ_BYTES]).await.expect("it fits into the buffers");
        let (socket, reader) = Socket::new(io.into(), Bytes::new());
        let outbox = Arc::new(Outbox::default());
        outbox.close(&Close::new(CloseCode::TooLarge, "too large"));
        let mut received = Vec::new();
        let reading = async {
            let read = peer.read_to_end(&mut received).await;
            drop(peer);
            read
        };
        let (read, ()) = future::join(reading, socket.run(stream::empty(), outbox)).await;
        read.expect("the end comes in order");
        assert!(received.ends_with(b"too large"), "{received:?}");
        drop(reader);
    }

    /// [F5]
    #[tokio::test]
    async fn a_closed_socket_ends_although_its_peer_reads_nothing() {
        let (peer, io) = connected().await;
        let (socket, reader) = Socket::new(io.into(), Bytes::new());
        let outbox = Arc::new(Outbox::default());
        outbox.push(Bytes::from(vec![0; UNREAD_BYTES]));
        let mut run = pin!(socket.run(stream::pending(), outbox.clone()));
        let blocked = poll_fn(|cx| Poll::Ready(run.as_mut().poll(cx).is_pending())).await;
        assert!(blocked, "the socket takes only so much");
        outbox.close(&Close::new(CloseCode::NotFound, "the document was deleted"));
        timeout(LINGER * 5, run).await.expect("it lingers for a while only");
        assert!(outbox.is_dead());
        drop((peer, reader));
    }

    /// [F7]
    #[tokio::test]
    async fn a_peer_that_takes_nothing_is_read_until_much_waits_for_it() {
        for (waiting_bytes, is_read) in [(READ_ON_BYTES_MAX / 2, true), (READ_ON_BYTES_MAX, false)] {
            let (mut peer, io) = connected().await;
            let (socket, mut reader) = Socket::new(io.into(), Bytes::new());
            let outbox = Arc::new(Outbox::default());
            for bytes in [UNREAD_BYTES, waiting_bytes] {
                outbox.push(Bytes::from(vec![0; bytes]));
            }
            let actor = stream::poll_fn(|cx| {
                while let Poll::Ready(Some(Ok(_))) = reader.poll_next_unpin(cx) {}
                Poll::Pending
            });
            let run = socket.run(actor, outbox);
            let bytes = vec![0; UNREAD_BYTES];
            let sent = timeout(if is_read { LINGER * 5 } else { LINGER }, async {
                tokio::select! {
                    () = run => unreachable!("nobody closed it"),
                    sent = peer.write_all(&bytes) => sent,
                }
            });
            assert_eq!(sent.await.is_ok(), is_read, "{waiting_bytes} bytes wait");
            drop(peer);
        }
    }
}
