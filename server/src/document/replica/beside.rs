//! Looking at an update without applying it: whether it adds anything, and whether all it changes stands beside the body, chat
//! and comments, which those may write who may not write the body.

use weft_protocol::validate::{self, DeleteRange, Id};

use super::causality::{self, Plan};
use super::{Outcome, Replica, ReplicaError};

/// The root types beside the body.
pub(super) const ROOTS: [&str; 2] = ["chat", "comments"];

impl Replica {
    /// Looks at an update without applying it: [`Outcome::Known`] if it would add nothing, [`Outcome::Gap`] otherwise.
    ///
    /// # Errors
    /// As [`Replica::apply`].
    pub fn look(&self, update: &[u8]) -> Result<Outcome, ReplicaError> {
        self.check_usable()?;
        let update = validate::parse(update, &self.limits)?;
        let plan = causality::resolve(&update, &self.mirror)?;
        Ok(if plan.is_empty() && plan.complete { Outcome::Known } else { Outcome::Gap })
    }

    /// Returns whether an update changes only what stands beside the body, and has all its causes here.
    ///
    /// # Errors
    /// As [`Replica::apply`].
    pub fn stays_beside(&self, update: &[u8]) -> Result<bool, ReplicaError> {
        self.check_usable()?;
        let update = validate::parse(update, &self.limits)?;
        let plan = causality::resolve(&update, &self.mirror)?;
        if !plan.complete {
            return Ok(false);
        }
        let taken = plan.taken.iter().flat_map(|(first, end)| *first as usize..*end as usize);
        let mut places = taken.map(|index| plan.sequences[index]);
        Ok(places.all(|place| place.is_beside() || place.is_tombstone())
            && plan.deletes.iter().all(|range| self.deletes_beside(&update, &plan, range)))
    }

    fn deletes_beside(&self, update: &validate::Update<'_>, plan: &Plan, range: &DeleteRange) -> bool {
        let known = self.mirror.clock(range.client);
        let own = |clock: u32| {
            let section = update.section_of(range.client)?;
            let index = update.struct_at(&update.sections()[section], clock)?;
            Some(plan.sequences[index])
        };
        (range.clock..range.end()).all(|clock| {
            let id = Id { client: range.client, clock };
            let place = if clock < known { Some(self.mirror.sequence(id)) } else { own(clock) };
            place.is_some_and(|place| place.is_beside() || place.is_tombstone())
        })
    }
}

#[cfg(test)]
mod tests {
    use yrs::{Doc, Map, ReadTxn, StateVector, Text, Transact, XmlFragment, XmlTextPrelim};

    use super::*;

    fn update(change: impl FnOnce(&Doc)) -> (Vec<u8>, Vec<u8>) {
        let doc = Doc::with_client_id(7);
        let body = doc.get_or_insert_text("body");
        let chat = doc.get_or_insert_map("chat");
        body.insert(&mut doc.transact_mut(), 0, "the body");
        chat.insert(&mut doc.transact_mut(), "first", "hello");
        let before = doc.transact().state_vector();
        let state = doc.transact().encode_state_as_update_v1(&StateVector::default());
        change(&doc);
        (state, doc.transact().encode_diff_v1(&before))
    }

    fn stays_beside(change: impl FnOnce(&Doc)) -> bool {
        let (state, update) = update(change);
        let mut replica = Replica::new();
        replica.apply(&state).expect("a state");
        replica.stays_beside(&update).expect("an update")
    }

    /// [X2]
    #[test]
    fn chat_and_comments_are_beside_the_body_and_nothing_else_is() {
        assert!(stays_beside(|doc| {
            let chat = doc.get_or_insert_map("chat");
            chat.insert(&mut doc.transact_mut(), "second", "more");
            chat.insert(&mut doc.transact_mut(), "first", "changed");
            chat.remove(&mut doc.transact_mut(), "second");
        }));
        assert!(stays_beside(|doc| {
            let comments = doc.get_or_insert_xml_fragment("comments");
            let text = comments.insert(&mut doc.transact_mut(), 0, XmlTextPrelim::new("nested"));
            text.insert(&mut doc.transact_mut(), 6, ", and more");
        }));
        assert!(!stays_beside(|doc| {
            doc.get_or_insert_text("body").insert(&mut doc.transact_mut(), 0, "x");
        }));
        assert!(!stays_beside(|doc| {
            doc.get_or_insert_text("body").remove_range(&mut doc.transact_mut(), 0, 1);
        }));
        assert!(!stays_beside(|doc| {
            doc.get_or_insert_map("chat").insert(&mut doc.transact_mut(), "k", "v");
            doc.get_or_insert_text("body").insert(&mut doc.transact_mut(), 3, "both");
        }));
        assert!(!stays_beside(|doc| {
            doc.get_or_insert_map("chats").insert(&mut doc.transact_mut(), "k", "v");
        }));
    }

    /// [X2]
    #[test]
    fn what_lacks_its_causes_is_not_let_by() {
        let (_, update) = update(|doc| {
            doc.get_or_insert_map("chat").insert(&mut doc.transact_mut(), "first", "again");
        });
        assert!(!Replica::new().stays_beside(&update).expect("an update"));
    }
}
