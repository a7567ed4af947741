//! Share links.

use std::cmp::Reverse;

use weft_protocol::ids::DocumentId;

use super::Tables;
use crate::link::{LinkRow, LinkSaved};

impl Tables {
    pub(in crate::memory) fn save_link(&mut self, link: &LinkRow, links_max: u32) -> LinkSaved {
        let (document, now_ms) = (link.document, link.made_at_ms);
        self.links.retain(|(of, _), row| *of != document || row.expires_at_ms > now_ms);
        let held = self.links.keys().filter(|(of, _)| *of == document).count();
        if held >= links_max as usize {
            return LinkSaved::TooMany;
        }
        self.links.insert((document, link.id.clone()), link.clone());
        LinkSaved::Stored
    }

    pub(in crate::memory) fn links(&self, document: DocumentId, now_ms: i64) -> Vec<LinkRow> {
        let live = self.links.values().filter(|row| row.document == document && row.expires_at_ms > now_ms);
        let mut live: Vec<_> = live.cloned().collect();
        live.sort_by_key(|row| Reverse(row.made_at_ms));
        live
    }

    pub(in crate::memory) fn delete_link(&mut self, document: DocumentId, id: &str) {
        self.links.remove(&(document, id.to_owned()));
    }
}
