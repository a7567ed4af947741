//! Clients whose edits must keep flowing while something else goes wrong.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, interval};

use crate::client::Client;

/// How often they type: often enough to notice any harm, seldom enough to leave the machine to the others.
const TURN: Duration = Duration::from_millis(20);

/// Two clients of one document that type in turns, each waiting until the other has read it and it is acknowledged.
#[derive(Debug)]
pub struct Witness {
    stop: watch::Sender<bool>,
    rounds: watch::Receiver<u32>,
    slowest_ms: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Witness {
    /// Starts them on `document`.
    pub async fn start(address: SocketAddr, document: &str) -> Witness {
        Witness::start_as(address, document, None).await
    }

    /// Starts them with an access token.
    pub async fn start_as(address: SocketAddr, document: &str, token: Option<&str>) -> Witness {
        let join = || Client::join_as(address, document, token);
        let pair = (join().await, join().await);
        let (stop, stopped) = watch::channel(false);
        let (count, rounds) = watch::channel(0);
        let slowest_ms = Arc::new(AtomicU64::new(0));
        let task = tokio::spawn(exchange(pair, stopped, (count, slowest_ms.clone())));
        Witness { stop, rounds, slowest_ms, task }
    }

    /// How long their slowest exchange took since this was asked last, in milliseconds.
    pub fn slowest_ms(&self) -> u64 {
        self.slowest_ms.swap(0, Ordering::Relaxed)
    }

    /// Waits until they have exchanged edits from now on: what went wrong has not harmed them.
    ///
    /// # Panics
    /// When they cannot.
    pub async fn still_exchanges(&mut self) {
        let goal = *self.rounds.borrow() + 2;
        let unharmed = self.rounds.wait_for(|&rounds| rounds >= goal).await.is_ok();
        assert!(unharmed, "the witnesses could not exchange edits: see their own failure");
    }

    /// Ends them after a last exchange, and returns how many there were.
    ///
    /// # Panics
    /// When they were harmed at any time.
    pub async fn finish(mut self) -> u32 {
        if !self.task.is_finished() {
            self.still_exchanges().await;
        }
        self.stop.send_replace(true);
        self.task.await.expect("two clients exchange edits unharmed");
        *self.rounds.borrow()
    }
}

async fn exchange(
    pair: (Client, Client),
    stopped: watch::Receiver<bool>,
    (count, slowest_ms): (watch::Sender<u32>, Arc<AtomicU64>),
) {
    let (mut ada, mut bob) = pair;
    let (mut round, mut turn) = (0, interval(TURN));
    while !*stopped.borrow() {
        turn.tick().await;
        round += 1;
        let begun = Instant::now();
        pass(&mut ada, &mut bob, &format!("[a{round}]")).await;
        pass(&mut bob, &mut ada, &format!("[b{round}]")).await;
        let took_ms = u64::try_from(begun.elapsed().as_millis()).expect("less than an age");
        slowest_ms.fetch_max(took_ms, Ordering::Relaxed);
        count.send_replace(round);
    }
}

async fn pass(from: &mut Client, to: &mut Client, word: &str) {
    from.append(word).await.expect("the writer's socket is open");
    to.until(&format!("{word} at the reader"), |to| to.text().contains(word)).await;
    from.until(&format!("the ack of {word}"), Client::saved).await;
}
