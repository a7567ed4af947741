//! The end of a schedule: nothing goes wrong any more, everybody comes back, and everything must come out even.

use weft_server::document::loading::rebuild;

use crate::replica::Replica;
use crate::world::{World, tab};

/// Virtual time in which everything must have settled: several times the longest pause of the server.
const SETTLE_ROUNDS_MAX: usize = 400;
const ROUND_US: u64 = 500_000;
/// Things that may happen in one round, 100 us each. A commit that failed often waits 2 s for the next try, and trying is all that
/// may happen then.
const ROUND_ACTIONS_MAX: usize = 40_000;

impl World {
    /// Heals everything and checks what must hold then.
    ///
    /// # Panics
    /// With the rule that is broken.
    pub fn settle(&mut self) {
        self.faults = false;
        self.note(|| "world: heals".to_owned());
        while !self.late.is_empty() {
            self.land_late();
        }
        if self.orphaned {
            // Their author was told nothing and may have departed; whoever loads next has them.
            self.replace_process("rows of an ended process landed");
        }
        for link in self.links.values_mut() {
            (link.up_stalled, link.down_stalled) = (false, false);
        }
        self.reconnect_after_departure();
        self.until("everybody agrees and is told so", Self::disagreement);
        self.join_witnesses();
        self.until("a late joiner agrees, and everybody sees who is here", Self::disagreement);
        (0..self.clients.len()).for_each(|client| self.depart(client));
        self.until("all documents are unloaded", Self::still_open);
        self.check_store();
    }

    /// What a departed tab told another one directly, and nobody else, that one sends only when it connects again.
    fn reconnect_after_departure(&mut self) {
        if !self.clients.iter().any(|client| client.departed) {
            return;
        }
        let open: Vec<_> = self.clients.iter().filter_map(|client| client.session).collect();
        open.into_iter().for_each(|session| self.cut(session));
    }

    /// A fresh tab a document: what it is sent is what the server's replica holds.
    fn join_witnesses(&mut self) {
        for document in 0..self.names.len() {
            let n = self.clients.len() as u64;
            let witness = tab(n, document, &mut self.random);
            self.clients.push(witness);
        }
    }

    fn until(&mut self, what: &str, missing: fn(&Self) -> Option<String>) {
        for _ in 0..SETTLE_ROUNDS_MAX {
            for index in 0..self.clients.len() {
                let client = &self.clients[index];
                match client.session {
                    _ if client.departed => {}
                    None => self.connect(index),
                    Some(_) if client.renews_us <= self.now.mono_us => self.renew(index),
                    Some(_) => {}
                }
            }
            self.quiesce();
            if missing(self).is_none() {
                return self.note(|| format!("world: {what}"));
            }
            self.pass(ROUND_US);
        }
        panic!("[W1] it never happens that {what}: {}", missing(self).unwrap_or_default());
    }

    /// Lets happen what can happen without time.
    fn quiesce(&mut self) {
        for _ in 0..ROUND_ACTIONS_MAX {
            let possible = self.benign();
            if possible.is_empty() {
                return;
            }
            let (_, action) = possible[self.random.index(possible.len())];
            self.act(action);
            self.pass(100);
        }
        panic!("[F1] the world does not come to rest");
    }

    fn disagreement(&self) -> Option<String> {
        for (index, client) in self.clients.iter().enumerate().filter(|(_, client)| !client.departed) {
            let Some(link) = client.session.and_then(|session| self.links.get(&session)) else {
                return Some(format!("client {index} is offline"));
            };
            if let Some(frame) = link.sent.iter().position(|frame| !frame.is_acked) {
                return Some(format!("[W5] [W6] [W8] client {index} waits for an ack of frame {frame}"));
            }
            if link.storage_away {
                return Some(format!("[D9] client {index} believes that storage is away"));
            }
            let (held, stored) = (client.replica.content(), self.ledger.content(self.id(client.document)));
            if held != stored {
                return Some(format!("[W1] client {index} holds {held:?}, stored is {stored:?}"));
            }
            let here =
                self.clients.iter().filter(|other| !other.departed && other.document == client.document);
            let here = here.map(|other| other.id).collect();
            if client.presence.present() != here {
                let seen = client.presence.present();
                return Some(format!("[A1] [A2] client {index} sees {seen:?}, here are {here:?}"));
            }
        }
        None
    }

    fn still_open(&self) -> Option<String> {
        let process = &self.process;
        let rest =
            (process.hub.len(), process.sessions.len(), self.links.len(), process.journal.backlog_rows());
        (rest != (0, 0, 0, 0)).then(|| format!("[L4] documents, sessions, sockets and rows left: {rest:?}"))
    }

    /// What is stored, loaded once more, is what everybody held.
    fn check_store(&self) {
        self.ledger.assert_is(&self.store.all_updates());
        for document in 0..self.names.len() {
            let id = self.id(document);
            let loaded = rebuild(self.load(id)).expect("[D5] what is stored can be read");
            let replica = Replica::new(1);
            replica.merge(&loaded.replica.encode_state().expect("[H2] a loaded document can be encoded"));
            let held = replica.content();
            assert_eq!(held, self.ledger.content(id), "[D1] a fresh load holds every committed row");
            for client in self.clients.iter().filter(|client| client.document == document) {
                assert!(held.is_empty() || !client.departed || client.session.is_none(), "nobody is left");
            }
        }
    }
}
