//! A server, clients that type into several documents, and what must hold around every fault of its storage.

use std::time::Duration;

use tokio::time::Instant;
use weft_tests::client::Client;
use weft_tests::store::Store;
use weft_tests::wait::until;
use weft_tests::weft::Weft;

const CLIENTS: usize = 4;
/// Marks typed by each client before, during and after a fault.
const MARKS: usize = 5;
/// How long acks are watched to stay away.
const WATCHED: Duration = Duration::from_secs(3);
/// How often a waiting crew reads its sockets.
const LISTENING: Duration = Duration::from_millis(20);
/// How long the server may take to notice a fault or its end, longest timeouts of the store included.
pub const NOTICED: Duration = Duration::from_secs(90);

/// What a fault looks like from outside.
#[derive(Debug, Clone, Copy)]
pub struct Signs {
    /// The part that `/readyz` blames.
    pub part: &'static str,
    /// What it says of it, in part.
    pub why: &'static str,
}

/// A server and its clients, each alone in a document.
#[derive(Debug)]
pub struct Crew {
    pub weft: Weft,
    clients: Vec<Client>,
    typed: usize,
}

impl Crew {
    /// Starts a server over `store`; everybody has typed and been told "saved".
    pub async fn start(store: Store) -> Crew {
        let weft = Weft::start(store).await;
        let mut clients = Vec::new();
        for n in 0..CLIENTS {
            clients.push(Client::join(weft.address(), &document(n)).await);
        }
        let mut crew = Crew { weft, clients, typed: 0 };
        crew.types().await;
        crew.is_saved().await;
        assert_eq!(crew.weft.status("/readyz").await, 200);
        crew
    }

    /// Everybody types.
    pub async fn types(&mut self) {
        for _ in 0..MARKS {
            for (n, client) in self.clients.iter_mut().enumerate() {
                client.append(&mark(n, self.typed)).await.expect("the socket is open");
            }
            self.typed += 1;
        }
    }

    /// Waits until everybody is told that everything is saved.
    pub async fn is_saved(&mut self) {
        let clients = &mut self.clients;
        until("everything typed is acknowledged", NOTICED, async || {
            for client in clients.iter_mut() {
                client.listen(LISTENING).await;
                assert_eq!(client.ended(), None, "nobody has to reconnect");
            }
            clients.iter().all(Client::saved)
        })
        .await;
    }

    /// How many frames are acknowledged, over all clients.
    pub fn acked(&self) -> u64 {
        self.clients.iter().map(|client| client.counts().1).sum()
    }

    /// Waits until `/readyz` shows the signs.
    pub async fn is_unready(&self, signs: Signs) {
        let weft = &self.weft;
        let mut last = String::new();
        until(&format!("/readyz shows {signs:?}"), NOTICED, async || {
            let (status, body) = weft.readiness().await;
            let shown = status == 503 && body[signs.part].as_str().is_some_and(|why| why.contains(signs.why));
            let shape = body.to_string().replace(|sign: char| sign.is_ascii_digit(), "");
            if shape != last {
                println!("/readyz {status} {body}");
                last = shape;
            }
            shown
        })
        .await;
    }

    /// Waits until `/readyz` is content.
    pub async fn is_ready(&self) {
        until("/readyz is content", NOTICED, async || self.weft.status("/readyz").await == 200).await;
    }

    /// Reads for a while; nobody may be told "saved" or be sent away.
    pub async fn hears_no_ack(&mut self) {
        let before = self.acked();
        for client in &mut self.clients {
            client.listen(WATCHED / u32::try_from(CLIENTS).expect("few")).await;
            assert_eq!(client.ended(), None, "open documents work on without storage");
        }
        assert_eq!(self.acked(), before, "nothing is committed, so nothing is saved");
    }

    /// Waits until everybody was told last that storage is in `state`.
    pub async fn is_told(&mut self, state: &str) {
        let told = format!("\"state\":\"{state}\"");
        let clients = &mut self.clients;
        until(&format!("everybody is told that storage is {state}"), NOTICED, async || {
            for client in clients.iter_mut() {
                client.listen(LISTENING).await;
            }
            clients.iter().all(|client| client.notices().last().is_some_and(|notice| notice.contains(&told)))
        })
        .await;
        for notice in clients.iter().flat_map(Client::notices) {
            assert!(!notice.contains("://") && !notice.contains("127.0.0.1"), "{notice}");
        }
    }

    /// A fault that is over: everything is acknowledged, and nothing of it is lost or doubled by the end of the process.
    pub async fn recovers(&mut self) {
        self.is_saved().await;
        self.is_ready().await;
        self.types().await;
        self.is_saved().await;
        self.weft.kill().await;
        self.weft.launch_again().await;
        for (n, client) in self.clients.iter().enumerate() {
            let whole: String = (0..self.typed).map(|at| mark(n, at)).collect();
            assert_eq!(client.text(), whole);
            assert_eq!(Client::join(self.weft.address(), &document(n)).await.text(), whole);
        }
    }

    /// The whole course of a fault during which nothing can be committed.
    pub async fn rides_out(&mut self, signs: Signs, inject: impl FnOnce(), heal: impl FnOnce()) {
        inject();
        self.types().await;
        self.is_unready(signs).await;
        self.hears_no_ack().await;
        self.is_told("away").await;
        heal();
        let healed = Instant::now();
        self.is_told("ok").await;
        println!("everybody is told {} ms after the end of the fault", healed.elapsed().as_millis());
        self.recovers().await;
    }
}

fn document(n: usize) -> String {
    format!("crew/{n}")
}

/// No mark is part of another one.
fn mark(n: usize, at: usize) -> String {
    format!("<{n}:{at}>")
}
