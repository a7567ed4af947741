//! What it costs the CRDT to find the place of an item, known before it is asked to.
//!
//! An item says what was left and right of it when it was written. Where others were written between the same two, the
//! CRDT walks over all of them and over what was written behind each. A client that has seen the others names the one
//! that comes first as its right neighbour, and nothing is walked over. So the walk is long only for items whose authors
//! did not know of each other, and it is the product of their numbers: 16,000 such items in 100 KB took 3.5 s.
//!
//! Counted are steps, rather more than the CRDT takes: where it is not known which item comes first, every block of the
//! list counts; unless the two neighbours were written together and few others went between them, which adds up to
//! no more than the list has. An item right behind its author's previous one costs nothing here and is not kept.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use weft_protocol::ids::ClientId;
use weft_protocol::validate::Id;

use super::sequence::Sequence;

/// Blocks an item may add to its list: itself, and two that it cuts.
const BLOCKS_AN_ITEM: u64 = 3;

/// Neighbours by one author with at most this many of its clocks between them were written together.
const NEAR_CLOCKS_MAX: u32 = 16;
/// At most this many others beside an item are few.
const FEW: u32 = 16;

/// The items that have one item as their left neighbour.
#[derive(Debug, Clone, Copy)]
struct Crowd {
    count: u32,
    /// Keyed hash of the item that is known to come first, 0 if none is.
    first: u32,
    /// Lowest author; an item of nobody lower comes before all others.
    least: ClientId,
}

/// Everything that is known about items with a place of their own choice.
#[derive(Debug, Default)]
pub(super) struct Crowds {
    by_left: HashMap<u64, Crowd>,
    /// Items between the same two neighbours that were walked over, when there are any.
    between: HashMap<u64, u32>,
    /// Per client: clocks of the items that do not continue the one before.
    jumps: HashMap<ClientId, Vec<u32>>,
    /// Per list: blocks, at most.
    blocks: HashMap<Sequence, u64>,
}

/// What an update adds to it, and what that costs.
#[derive(Debug, Default)]
pub(super) struct Draft {
    added: Crowds,
    /// Steps the CRDT takes at most.
    pub(super) steps: u64,
    /// Most items between the same two neighbours.
    pub(super) densest: u32,
}

/// An item about to be placed.
pub(super) struct Newcomer {
    /// The item.
    pub(super) id: Id,
    /// Where it is.
    pub(super) sequence: Sequence,
    /// Its left neighbour.
    pub(super) left: Option<Id>,
    /// Its right neighbour.
    pub(super) right: Option<Id>,
    /// The item behind the left neighbour by the same author, if it is known.
    pub(super) next: Option<Id>,
    /// It cannot be joined with its neighbours.
    pub(super) is_block: bool,
}

impl Newcomer {
    /// Returns whether its neighbours were written together.
    fn is_near(&self) -> bool {
        let (Some(left), Some(right)) = (self.left, self.right) else { return false };
        left.client == right.client && right.clock.wrapping_sub(left.clock) <= NEAR_CLOCKS_MAX
    }
}

impl Crowds {
    fn is_jump(&self, id: Id) -> bool {
        self.jumps.get(&id.client).is_some_and(|clocks| clocks.binary_search(&id.clock).is_ok())
    }

    /// Takes over what was placed.
    pub(super) fn take_over(&mut self, draft: Draft) {
        let Draft { added, .. } = draft;
        self.by_left.extend(added.by_left);
        self.between.extend(added.between);
        for (client, clocks) in added.jumps {
            self.jumps.entry(client).or_default().extend(clocks);
        }
        for (sequence, blocks) in added.blocks {
            *self.blocks.entry(sequence).or_default() += blocks;
        }
    }

    /// Counts the cuts of a delete, where it begins and where it ends.
    pub(super) fn cut(&mut self, ends: [Sequence; 2]) {
        for end in ends {
            *self.blocks.entry(end.place()).or_default() += 1;
        }
    }

    fn blocks(&self, sequence: Sequence) -> u64 {
        self.blocks.get(&sequence).copied().unwrap_or(0)
    }
}

impl Draft {
    /// Notes a tombstone without a place: nothing continues there.
    pub(super) fn interrupt(&mut self, id: Id) {
        self.added.jumps.entry(id.client).or_default().push(id.clock);
    }

    /// Adds an item, in the order in which causes come before effects.
    pub(super) fn place(&mut self, hasher: &RandomState, known: &Crowds, item: &Newcomer) {
        let place = item.left.is_none().then(|| item.sequence.place());
        let left = hasher.hash_one((place, item.left));
        let crowd = self.added.by_left.get(&left).or_else(|| known.by_left.get(&left)).copied();
        let before = Id { client: item.id.client, clock: item.id.clock.wrapping_sub(1) };
        if crowd.is_none() && item.left == Some(before) {
            if item.is_block {
                self.add_blocks(item.sequence, 1);
            }
            return;
        }
        let crowd = crowd.or_else(|| {
            let next = item.next.filter(|next| !known.is_jump(*next) && !self.added.is_jump(*next))?;
            Some(Crowd { count: 1, first: short(hasher, next), least: next.client })
        });
        let placed = self.join(hasher, known, (left, crowd), item);
        self.added.by_left.insert(left, placed);
        self.interrupt(item.id);
        self.add_blocks(item.sequence, BLOCKS_AN_ITEM);
    }

    fn add_blocks(&mut self, sequence: Sequence, more: u64) {
        *self.added.blocks.entry(sequence.place()).or_default() += more;
    }

    /// Returns the crowd with the item in it, and counts the steps to its place there.
    fn join(
        &mut self,
        hasher: &RandomState,
        known: &Crowds,
        (left, crowd): (u64, Option<Crowd>),
        item: &Newcomer,
    ) -> Crowd {
        let (client, itself) = (item.id.client, short(hasher, item.id));
        let Some(Crowd { count, first, least }) = crowd else {
            return Crowd { count: 1, first: itself, least: client };
        };
        let (count_now, least_now) = (count.saturating_add(1), least.min(client));
        if item.right.is_some_and(|right| short(hasher, right) == first) {
            return Crowd { count: count_now, first: itself, least: least_now };
        }
        let is_cheap = count < FEW && item.is_near();
        let list = item.sequence.place();
        let blocks = if is_cheap { 0 } else { known.blocks(list) + self.added.blocks(list) };
        self.steps += u64::from(count) + blocks;
        let gap = hasher.hash_one((left, item.right));
        let so_far = self.added.between.get(&gap).or_else(|| known.between.get(&gap)).copied().unwrap_or(1);
        self.added.between.insert(gap, so_far.saturating_add(1));
        self.densest = self.densest.max(so_far.saturating_add(1));
        Crowd { count: count_now, first: if client <= least { itself } else { 0 }, least: least_now }
    }
}

/// Returns a keyed hash that is never 0; two items share one by chance only.
fn short(hasher: &RandomState, id: Id) -> u32 {
    u32::try_from(hasher.hash_one(id) >> 32).expect("32 bits are left") | 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Places items of (client, clock, left, right) in one list and returns what it cost.
    fn placed(items: &[(u64, u32, Option<Id>, Option<Id>)]) -> Draft {
        let (hasher, known) = (RandomState::new(), Crowds::default());
        let sequence = Sequence::in_root(&hasher, "list", None);
        let mut draft = Draft::default();
        for (client, clock, left, right) in items.iter().copied() {
            let id = Id { client, clock };
            let item = Newcomer { id, sequence, left, right, next: None, is_block: false };
            draft.place(&hasher, &known, &item);
        }
        draft
    }

    fn id(client: u64, clock: u32) -> Option<Id> {
        Some(Id { client, clock })
    }

    /// [H7]
    #[test]
    fn who_has_seen_the_others_costs_nothing() {
        let typed: Vec<_> = (1..100).map(|clock| (1, clock, id(1, clock - 1), None)).collect();
        assert_eq!(placed(&typed).steps, 0, "one behind the other");
        let prepended: Vec<_> =
            (0..100u32).map(|n| (1, n, None, n.checked_sub(1).and_then(|last| id(1, last)))).collect();
        assert_eq!(placed(&prepended).steps, 0, "one before the other");
        let guests: Vec<_> =
            (0..100u64).map(|n| (n, 0, None, n.checked_sub(1).and_then(|last| id(last, 0)))).collect();
        assert_eq!(placed(&guests).steps, 0, "one before the other, each by another author");
    }

    /// [H7]
    #[test]
    fn who_has_not_costs_as_many_steps_as_there_are_others() {
        let strangers: Vec<_> = (0..100).map(|client| (client, 0, None, None)).collect();
        let draft = placed(&strangers);
        assert!(draft.steps >= 99 * 100 / 2, "{}", draft.steps);
        assert_eq!(draft.densest, 100);
        // One author that names another right neighbour each time.
        let scattered: Vec<_> = (0..100).map(|n| (2, n, None, id(1, n))).collect();
        let draft = placed(&scattered);
        assert!(draft.steps >= 98 * 99 / 2, "{}", draft.steps);
        assert!(draft.densest <= 2);
    }
}
