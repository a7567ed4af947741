//! What has to be added to one state, and deleted from it, to make its content that of another.

use std::collections::BTreeSet;
use std::hash::RandomState;

use weft_protocol::ids::ClientId;
use weft_protocol::validate::{Content, DeleteRange, Id, Parent};

use super::RestoreError;
use super::draft::{Draft, Spot};
use super::lane::Lane;
use super::outline::{NONE, Outline, Owner};
use super::print::Prints;

/// Clocks of one client: client, first, behind the last.
pub(super) type Span = (ClientId, u32, u32);

/// A type of both states, or of one.
pub(super) struct Work<'a> {
    live: Option<Owner<'a>>,
    old: Option<Owner<'a>>,
    /// What names it as the parent of a new item.
    parent: Parent<'a>,
}

/// The comparison of two states.
pub(super) struct Merge<'m, 'a> {
    pub(super) live: &'m Outline<'a>,
    pub(super) old: &'m Outline<'a>,
    pub(super) draft: Draft<'a>,
    /// Clocks that are alive in the types looked at; the others go with their types or stay with them.
    alive: Vec<Span>,
    pub(super) kept: Vec<Span>,
    work: Vec<Work<'a>>,
    prints: Option<(Prints, Prints)>,
}

impl<'m, 'a> Merge<'m, 'a> {
    pub(super) fn new(live: &'m Outline<'a>, old: &'m Outline<'a>) -> Self {
        let (alive, kept, work) = (Vec::new(), Vec::new(), Vec::new());
        Self { live, old, draft: Draft::default(), alive, kept, work, prints: None }
    }

    /// Compares everything and returns the update, `None` if it would be empty.
    pub(super) fn run(mut self) -> Result<Option<Vec<u8>>, RestoreError> {
        let names = self.live.types.keys().chain(self.old.types.keys());
        let names: BTreeSet<&str> = names
            .filter_map(|owner| if let Owner::Root(name) = owner { Some(*name) } else { None })
            .collect();
        for name in names {
            let root = Some(Owner::Root(name));
            self.work.push(Work { live: root, old: root, parent: Parent::Root(name) });
            while let Some(work) = self.work.pop() {
                self.compare(&work)?;
            }
        }
        let deletes = self.deletes();
        let (live, old) = (self.live, self.old);
        Ok(self.draft.finish(&deletes, |client| live.knows(client) || old.knows(client)))
    }

    fn compare(&mut self, work: &Work<'a>) -> Result<(), RestoreError> {
        let (live_state, old_state) = (self.live, self.old);
        let live = work.live.and_then(|owner| live_state.types.get(&owner));
        let old = work.old.and_then(|owner| old_state.types.get(&owner));
        let sequence = live.and_then(|parts| parts.sequence);
        self.note_alive(sequence);
        Lane::new(self, sequence, work.parent).restore(old.and_then(|parts| parts.sequence))?;
        let keys: BTreeSet<&str> =
            [live, old].into_iter().flatten().flat_map(|parts| parts.entries.keys().copied()).collect();
        for key in keys {
            let entries = live.and_then(|parts| parts.entries.get(key).copied());
            self.note_alive(entries);
            if let Some(old) = old_state.value(old.and_then(|parts| parts.entries.get(key).copied())) {
                self.restore_entry(
                    entries,
                    old,
                    Spot { left: None, right: None, parent: work.parent, key: Some(key) },
                )?;
            }
        }
        Ok(())
    }

    fn note_alive(&mut self, list: Option<u32>) {
        let live = self.live;
        self.alive.extend(
            live.alive(list).map(|at| live.item(at)).map(|item| (item.id.client, item.id.clock, item.end)),
        );
    }

    /// Makes an old value the newest entry of its key.
    fn restore_entry(&mut self, entries: Option<u32>, old: u32, spot: Spot<'a>) -> Result<(), RestoreError> {
        if let Some(live) = self.live.value(entries)
            && (self.live.item(live).last_id() == self.old.item(old).last_id() || self.is_like(live, old))
        {
            let item = self.live.item(live);
            self.kept.push((item.id.client, item.id.clock, item.end));
            self.descend(live, old);
            return Ok(());
        }
        let last = self.live.list(entries).last;
        let left = (last != NONE).then(|| self.live.item(last).last_id());
        self.copy(old, Spot { left, ..spot })
    }

    /// Adds a copy of a whole item.
    fn copy(&mut self, old: u32, spot: Spot<'a>) -> Result<(), RestoreError> {
        let content = self.old.item(old).content;
        let id = self.draft.insert(spot, content)?;
        self.fill(old, content, id);
        Ok(())
    }

    /// Has everything in a type copied into its copy.
    pub(super) fn fill(&mut self, old: u32, content: Content<'a>, copy: Id) {
        if content.is_type() {
            self.work.push(Work { live: None, old: Some(Owner::Item(old)), parent: Parent::Item(copy) });
        }
    }

    /// Has what is in a type that stays compared.
    pub(super) fn descend(&mut self, live: u32, old: u32) {
        let item = self.live.item(live);
        if item.content.is_type() {
            let (live, old) = (Some(Owner::Item(live)), Some(Owner::Item(old)));
            self.work.push(Work { live, old, parent: Parent::Item(item.id) });
        }
    }

    /// Returns whether two items of different ids have the same content, or can get it from inside.
    fn is_like(&mut self, live: u32, old: u32) -> bool {
        let (a, b) = (self.live.item(live).content, self.old.item(old).content);
        if a.is_type() || b.is_type() {
            return a == b;
        }
        let (of_live, of_old) = self.prints();
        of_live.of_one(a, live) == of_old.of_one(b, old)
    }

    /// Returns the fingerprints of both states; made when somebody asks, which is where content was written anew.
    pub(super) fn prints(&mut self) -> &(Prints, Prints) {
        let (live, old) = (self.live, self.old);
        self.prints.get_or_insert_with(|| {
            let hasher = RandomState::new();
            (Prints::new(live, hasher.clone()), Prints::new(old, hasher))
        })
    }

    /// Returns what was alive and is not kept.
    fn deletes(&mut self) -> Vec<DeleteRange> {
        self.alive.sort_unstable();
        self.kept.sort_unstable();
        let mut deletes: Vec<DeleteRange> = Vec::new();
        let mut kept = self.kept.iter().peekable();
        for (client, mut clock, end) in self.alive.iter().copied() {
            let mut gone = |clock: u32, end: u32| match deletes.last_mut() {
                Some(last) if last.client == client && last.end() == clock => last.len += end - clock,
                _ if clock < end => deletes.push(DeleteRange { client, clock, len: end - clock }),
                _ => {}
            };
            while let Some((_, first, behind)) = kept.next_if(|kept| (kept.0, kept.1) < (client, end)) {
                gone(clock, *first);
                clock = *behind;
            }
            gone(clock, end);
        }
        deletes
    }
}
