//! Awareness as y-protocols' `awareness.js` keeps it.

use std::collections::{BTreeMap, BTreeSet};

use weft_protocol::awareness::{Entry, GONE, decode, encode};

/// Who one tab believes is here.
pub struct Presence {
    own: u64,
    clocks: BTreeMap<u64, u64>,
    states: BTreeMap<u64, String>,
}

impl Presence {
    /// Starts with the own state.
    pub fn new(own: u64) -> Self {
        let states = BTreeMap::from([(own, "{}".to_owned())]);
        Self { own, clocks: BTreeMap::from([(own, 1)]), states }
    }

    /// Says the own state again, as every tab does every 15 s, or a new one.
    pub fn renew(&mut self, state: String) -> Vec<u8> {
        *self.clocks.entry(self.own).or_default() += 1;
        self.states.insert(self.own, state);
        self.encode([self.own])
    }

    /// Takes the own state back, as a page does that is left.
    pub fn leave(&mut self) -> Vec<u8> {
        *self.clocks.entry(self.own).or_default() += 1;
        self.states.remove(&self.own);
        self.encode([self.own])
    }

    /// Forgets the others, as a lost connection makes a tab do; their clocks stay.
    pub fn forget_others(&mut self) {
        self.states.retain(|client, _| *client == self.own);
    }

    /// Returns what is sent when a connection opens.
    pub fn announce(&self) -> Vec<u8> {
        self.encode([self.own])
    }

    /// Takes an update; returns what y-websocket then sends back: everything that changed, whoever said it.
    pub fn hear(&mut self, update: &[u8]) -> Option<Vec<u8>> {
        let mut changed = Vec::new();
        decode(update, |entry| changed.extend(self.hear_entry(entry)))
            .expect("[A1] the server sends awareness that decodes");
        (!changed.is_empty()).then(|| self.encode(changed))
    }

    fn hear_entry(&mut self, entry: Entry<'_>) -> Option<u64> {
        let Entry { client, mut clock, json } = entry;
        let (known, gone) = (self.clocks.get(&client).copied(), json == GONE);
        let current = known.unwrap_or(0);
        let removes = current == clock && gone && self.states.contains_key(&client);
        if current >= clock && !removes {
            return None;
        }
        match gone {
            true if client == self.own && self.states.contains_key(&client) => clock += 1,
            true => drop(self.states.remove(&client)),
            false => drop(self.states.insert(client, json.to_owned())),
        }
        self.clocks.insert(client, clock);
        (!gone || known.is_some()).then_some(client)
    }

    fn encode(&self, clients: impl IntoIterator<Item = u64>) -> Vec<u8> {
        let clients: Vec<_> = clients.into_iter().collect();
        let entries = clients.iter().map(|client| Entry {
            client: *client,
            clock: self.clocks.get(client).copied().unwrap_or(0),
            json: self.states.get(client).map_or(GONE, String::as_str),
        });
        encode(clients.len(), entries)
    }

    /// Returns who is here.
    pub fn present(&self) -> BTreeSet<u64> {
        self.states.keys().copied().collect()
    }
}
