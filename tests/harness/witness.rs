//! Clients whose edits must keep flowing while something else goes wrong.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::interval;

use crate::client::Client;

/// How often they type: often enough to notice any harm, seldom enough to leave the machine to the others.
const TURN: Duration = Duration::from_millis(20);

/// Two clients of one document that type in turns, each waiting until the other has read it and it is acknowledged.
#[derive(Debug)]
pub struct Witness {
    stop: watch::Sender<bool>,
    rounds: watch::Receiver<u32>,
    task: JoinHandle<()>,
}

impl Witness {
    /// Starts them on `document`.
    pub async fn start(address: SocketAddr, document: &str) -> Witness {
        let pair = (Client::join(address, document).await, Client::join(address, document).await);
        let (stop, stopped) = watch::channel(false);
        let (count, rounds) = watch::channel(0);
        let task = tokio::spawn(exchange(pair, stopped, count));
        Witness { stop, rounds, task }
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

async fn exchange(pair: (Client, Client), stopped: watch::Receiver<bool>, count: watch::Sender<u32>) {
    let (mut ada, mut bob) = pair;
    let (mut round, mut turn) = (0, interval(TURN));
    while !*stopped.borrow() {
        turn.tick().await;
        round += 1;
        pass(&mut ada, &mut bob, &format!("[a{round}]")).await;
        pass(&mut bob, &mut ada, &format!("[b{round}]")).await;
        count.send_replace(round);
    }
}

async fn pass(from: &mut Client, to: &mut Client, word: &str) {
    from.append(word).await.expect("the writer's socket is open");
    to.until(&format!("{word} at the reader"), |to| to.text().contains(word)).await;
    from.until(&format!("the ack of {word}"), Client::saved).await;
}
