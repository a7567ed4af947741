//! Client ids that a replica has met for the first time.

use weft_protocol::ids::ClientId;
use weft_protocol::validate::{self, Limits};

use super::Replica;

impl Replica {
    /// Returns the client ids of an update that was just applied and brought them, and forgets that they are new. Costs
    /// nothing while nobody is.
    pub fn newcomers_in(&mut self, update: &[u8]) -> Vec<ClientId> {
        if self.mirror.newcomers.is_empty() {
            return Vec::new();
        }
        let Ok(update) = validate::parse(update, &Limits::OWN_STATE) else { return Vec::new() };
        let clients = update.sections().iter().map(|section| section.client);
        clients.filter(|client| self.mirror.newcomers.remove(client)).collect()
    }
}
