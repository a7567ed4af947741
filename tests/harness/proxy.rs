//! A TCP proxy in front of a database that can lose the reply to what it has passed on.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Passes everything on until it is told to lose replies.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    plan: Arc<Plan>,
}

#[derive(Debug)]
struct Plan {
    /// What a request contains whose reply is lost.
    marker: Vec<u8>,
    /// Replies still to be lost.
    to_lose: AtomicU32,
    lost: AtomicU32,
}

impl Proxy {
    /// Starts in front of `target`; a request is known by the bytes of `marker` in it.
    pub async fn start(target: String, marker: &str) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let marker = marker.as_bytes().to_vec();
        let plan = Arc::new(Plan { marker, to_lose: AtomicU32::new(0), lost: AtomicU32::new(0) });
        tokio::spawn(accept(listener, target, Arc::clone(&plan)));
        Proxy { address, plan }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets the next `replies` to marked requests be lost with their connections.
    pub fn lose(&self, replies: u32) {
        self.plan.to_lose.store(replies, Ordering::SeqCst);
    }

    /// How many were.
    pub fn lost(&self) -> u32 {
        self.plan.lost.load(Ordering::SeqCst)
    }
}

async fn accept(listener: TcpListener, target: String, plan: Arc<Plan>) {
    while let Ok((near, _)) = listener.accept().await {
        let Ok(far) = TcpStream::connect(&target).await else { continue };
        let (from_near, to_near) = near.into_split();
        let (from_far, to_far) = far.into_split();
        let (doom, doomed) = watch::channel(false);
        tokio::spawn(requests(from_near, to_far, Arc::clone(&plan), doom));
        tokio::spawn(replies(from_far, to_near, Arc::clone(&plan), doomed));
    }
}

/// A request is small and arrives in one piece.
async fn requests(
    mut near: OwnedReadHalf,
    mut far: OwnedWriteHalf,
    plan: Arc<Plan>,
    doom: watch::Sender<bool>,
) {
    let mut bytes = vec![0; 64 << 10];
    while let Ok(length @ 1..) = near.read(&mut bytes).await {
        let request = &bytes[..length];
        let marked = request.windows(plan.marker.len()).any(|window| window == plan.marker);
        let take = |left: u32| left.checked_sub(1);
        if marked && plan.to_lose.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_ok() {
            doom.send_replace(true);
        }
        if far.write_all(request).await.is_err() {
            return;
        }
    }
}

async fn replies(
    mut far: OwnedReadHalf,
    mut near: OwnedWriteHalf,
    plan: Arc<Plan>,
    doomed: watch::Receiver<bool>,
) {
    let mut bytes = vec![0; 64 << 10];
    while let Ok(length @ 1..) = far.read(&mut bytes).await {
        if *doomed.borrow() {
            // The database has answered, so it has committed. Both ends find the connection closed.
            plan.lost.fetch_add(1, Ordering::SeqCst);
            return;
        }
        if near.write_all(&bytes[..length]).await.is_err() {
            return;
        }
    }
}
