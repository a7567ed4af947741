//! A state as lists of items in their order, read from its bytes without the CRDT.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use weft_protocol::ids::ClientId;
use weft_protocol::validate::{Content, Id, Parent, Update};

use super::RestoreError;
use super::cut::{self, Piece};

/// No item.
pub(super) const NONE: u32 = u32::MAX;
/// Steps to put all items in order, of some nanoseconds each. What a document may add to this by one update is bounded
/// when the update comes ([`weft_protocol::validate::Limits::steps_max`]).
const STEPS_MAX: u64 = 1 << 30;

/// A part of an item that nothing refers into the middle of.
#[derive(Debug)]
pub(in super::super) struct Item<'a> {
    pub(in super::super) id: Id,
    /// Clock behind the last one.
    pub(super) end: u32,
    pub(in super::super) content: Content<'a>,
    /// It is not deleted itself; the type it is in may be.
    pub(super) alive: bool,
    /// The list it is in, or [`NONE`].
    pub(super) list: u32,
    pub(super) left: u32,
    pub(super) right: u32,
    /// How many items are before it in its list.
    pub(super) position: u32,
    /// How many items that are alive are before it in its list.
    pub(super) rank: u32,
    origin: Option<Id>,
    right_origin: Option<Id>,
}

impl Item<'_> {
    pub(super) fn last_id(&self) -> Id {
        Id { client: self.id.client, clock: self.end - 1 }
    }
}

/// A type: a root by its name, or the item that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in super::super) enum Owner<'a> {
    Root(&'a str),
    Item(u32),
}

/// What is in a type: any type may have both.
#[derive(Debug, Default)]
pub(in super::super) struct Parts<'a> {
    /// Its sequence, as a list.
    pub(in super::super) sequence: Option<u32>,
    /// The entries of each key, as a list; the last is the newest.
    pub(super) entries: BTreeMap<&'a str, u32>,
}

/// Items in their order.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct List {
    pub(super) first: u32,
    pub(super) last: u32,
}

/// A state as lists of items.
#[derive(Debug, Default)]
pub(in super::super) struct Outline<'a> {
    pub(super) items: Vec<Item<'a>>,
    pub(super) lists: Vec<List>,
    pub(in super::super) types: HashMap<Owner<'a>, Parts<'a>>,
    /// Items in the order in which they were put in: causes before effects.
    pub(super) order: Vec<u32>,
    clients: HashMap<ClientId, Range<usize>>,
}

impl<'a> Outline<'a> {
    /// Reads a state.
    ///
    /// # Errors
    /// [`RestoreError::State`] if parts are missing or it contradicts itself.
    pub(in super::super) fn read(update: &Update<'a>) -> Result<Self, RestoreError> {
        let mut outline = Self::default();
        let mut parents = Vec::new();
        for pieces in cut::pieces(update)? {
            let first = outline.items.len();
            let client = pieces[0].id.client;
            for Piece { id, end, content, alive, place } in pieces {
                parents.push((place.parent, place.key));
                let (origin, right_origin) = (place.origin, place.right_origin);
                let (position, rank) = (0, 0);
                let (list, left, right) = (NONE, NONE, NONE);
                outline.items.push(Item {
                    id,
                    end,
                    content,
                    alive,
                    list,
                    left,
                    right,
                    position,
                    rank,
                    origin,
                    right_origin,
                });
            }
            outline.clients.insert(client, first..outline.items.len());
        }
        if outline.items.len() >= NONE as usize {
            return Err(RestoreError::State { what: "it has 2^32 items" });
        }
        Weaver::new(&mut outline, &parents).run()?;
        outline.number();
        Ok(outline)
    }

    /// Returns the item that covers an id.
    pub(super) fn find(&self, id: Id) -> Option<u32> {
        let range = self.clients.get(&id.client)?;
        let items = &self.items[range.clone()];
        let found = items.partition_point(|item| item.id.clock <= id.clock).checked_sub(1)?;
        (id.clock < items[found].end).then(|| index(range.start + found))
    }

    pub(super) fn knows(&self, client: ClientId) -> bool {
        self.clients.contains_key(&client)
    }

    pub(in super::super) fn item(&self, at: u32) -> &Item<'a> {
        &self.items[at as usize]
    }

    pub(super) fn list(&self, at: Option<u32>) -> List {
        at.map_or(List { first: NONE, last: NONE }, |at| self.lists[at as usize])
    }

    /// Returns the items of a list from `at` on.
    pub(super) fn from(&self, at: u32) -> impl Iterator<Item = u32> {
        let next = |at: u32| (at != NONE).then_some(at);
        std::iter::successors(next(at), move |at| next(self.item(*at).right))
    }

    /// Returns the items of a list that are alive.
    pub(in super::super) fn alive(&self, list: Option<u32>) -> impl Iterator<Item = u32> {
        self.from(self.list(list).first).filter(|at| self.item(*at).alive)
    }

    /// Returns the newest entry of a key, if it is alive.
    pub(super) fn value(&self, list: Option<u32>) -> Option<u32> {
        Some(self.list(list).last).filter(|last| *last != NONE && self.item(*last).alive)
    }

    /// Tells every item where it is in its list.
    fn number(&mut self) {
        for list in &self.lists {
            let (mut at, mut position, mut rank) = (list.first, 0, 0);
            while at != NONE {
                let item = &mut self.items[at as usize];
                (item.position, item.rank) = (position, rank);
                position += 1;
                rank += u32::from(item.alive);
                at = item.right;
            }
        }
    }
}

pub(super) fn index(at: usize) -> u32 {
    u32::try_from(at).expect("there are fewer than 2^32 items")
}

/// Puts items in order, as every Yjs implementation does.
struct Weaver<'o, 'a> {
    outline: &'o mut Outline<'a>,
    parents: &'o [(Parent<'a>, Option<&'a str>)],
    /// Per client: the next item to put in.
    next: HashMap<ClientId, usize>,
    /// Per item: the last item whose place was looked for that passed it, and in which stretch of conflicts.
    passed: Vec<(u32, u32)>,
    steps: u64,
}

impl<'o, 'a> Weaver<'o, 'a> {
    fn new(outline: &'o mut Outline<'a>, parents: &'o [(Parent<'a>, Option<&'a str>)]) -> Self {
        let next = outline.clients.iter().map(|(client, range)| (*client, range.start)).collect();
        let passed = vec![(NONE, 0); outline.items.len()];
        Self { outline, parents, next, passed, steps: 0 }
    }

    fn run(&mut self) -> Result<(), RestoreError> {
        let mut clients: Vec<_> = self.outline.clients.keys().copied().collect();
        clients.sort_unstable();
        for client in clients {
            let end = self.outline.clients[&client].end;
            self.advance(client, end)?;
        }
        Ok(())
    }

    /// Puts in the items of one client before `end`, and what they need before each.
    fn advance(&mut self, client: ClientId, end: usize) -> Result<(), RestoreError> {
        let mut waiting = vec![(client, end)];
        let mut stuck = HashSet::from([client]);
        while let Some((client, end)) = waiting.last().copied() {
            let at = self.next[&client];
            if at >= end {
                waiting.pop();
                stuck.remove(&client);
                continue;
            }
            match self.missing(at)? {
                None => {
                    self.put_in(index(at))?;
                    self.next.insert(client, at + 1);
                }
                Some((other, _)) if !stuck.insert(other) => {
                    return Err(RestoreError::State { what: "items wait for each other" });
                }
                Some(cause) => waiting.push(cause),
            }
        }
        Ok(())
    }

    /// Returns up to where which client has to be put in before an item.
    fn missing(&self, at: usize) -> Result<Option<(ClientId, usize)>, RestoreError> {
        let item = &self.outline.items[at];
        let parent = if let Parent::Item(id) = self.parents[at].0 { Some(id) } else { None };
        for id in [item.origin, item.right_origin, parent].into_iter().flatten() {
            let found =
                self.outline.find(id).ok_or(RestoreError::State { what: "causes are missing" })? as usize;
            if found >= self.next[&id.client] {
                return Ok(Some((id.client, found + 1)));
            }
        }
        Ok(None)
    }

    fn put_in(&mut self, at: u32) -> Result<(), RestoreError> {
        self.outline.order.push(at);
        let item = self.outline.item(at);
        let find = |id: Option<Id>| id.and_then(|id| self.outline.find(id)).unwrap_or(NONE);
        let (left, right) = (find(item.origin), find(item.right_origin));
        let Some(list) = self.list_of(at, left, right) else { return Ok(()) };
        let left = self.place(at, left, right, list)?;
        self.link(at, left, list);
        Ok(())
    }

    /// Returns the list an item belongs to; none where its type was collected.
    fn list_of(&mut self, at: u32, left: u32, right: u32) -> Option<u32> {
        let (parent, key) = self.parents[at as usize];
        let owner = match parent {
            Parent::Inherited => {
                let near = if left == NONE { right } else { left };
                return Some(near)
                    .filter(|near| *near != NONE)
                    .map(|near| self.outline.item(near).list)
                    .filter(|list| *list != NONE);
            }
            Parent::Root(name) => Owner::Root(name),
            Parent::Item(id) => {
                let found = self.outline.find(id)?;
                if !self.outline.item(found).content.is_type() {
                    return None;
                }
                Owner::Item(found)
            }
        };
        let parts = self.outline.types.entry(owner).or_default();
        let lists = &mut self.outline.lists;
        let add = || {
            lists.push(List { first: NONE, last: NONE });
            index(lists.len() - 1)
        };
        Some(match key {
            None => *parts.sequence.get_or_insert_with(add),
            Some(key) => *parts.entries.entry(key).or_insert_with(add),
        })
    }

    /// Returns the item that `at` goes behind: among those put between the same neighbours by others, the lower author
    /// comes first, each with what was written behind it.
    fn place(&mut self, at: u32, left: u32, right: u32, list: u32) -> Result<u32, RestoreError> {
        let outline = &*self.outline;
        let item = outline.item(at);
        let (mut behind, mut stretch) = (left, 0);
        let mut other =
            if left == NONE { outline.lists[list as usize].first } else { outline.item(left).right };
        while other != NONE && other != right {
            self.steps += 1;
            if self.steps > STEPS_MAX {
                return Err(RestoreError::TooLong);
            }
            self.passed[other as usize] = (at, stretch);
            let rival = outline.item(other);
            if item.origin == rival.origin {
                match rival.id.client.cmp(&item.id.client) {
                    Ordering::Less => (behind, stretch) = (other, stretch + 1),
                    _ if item.right_origin == rival.right_origin => break,
                    _ => {}
                }
            } else {
                let Some(origin) = rival.origin.and_then(|origin| outline.find(origin)) else { break };
                match self.passed[origin as usize] {
                    (by, when) if by == at && when == stretch => {}
                    (by, _) if by == at => (behind, stretch) = (other, stretch + 1),
                    _ => break,
                }
            }
            other = rival.right;
        }
        Ok(behind)
    }

    fn link(&mut self, at: u32, left: u32, list: u32) {
        let items = &mut self.outline.items;
        let ends = &mut self.outline.lists[list as usize];
        let right =
            if left == NONE { std::mem::replace(&mut ends.first, at) } else { items[left as usize].right };
        if left != NONE {
            items[left as usize].right = at;
        }
        if right == NONE {
            ends.last = at;
        } else {
            items[right as usize].left = at;
        }
        let item = &mut items[at as usize];
        (item.list, item.left, item.right) = (list, left, right);
    }
}
