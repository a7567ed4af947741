//! Which part of an update can be integrated now (rules L2 and L3), decided as Yjs would integrate it.
//!
//! Every section is a queue. Its first struct can be taken if the clocks before it are known and so are its
//! origins and its parent, before the update or from structs taken already. A struct that waits for another section
//! is looked at again when that section has come far enough: each struct waits at most three times, so the cost
//! grows with the structs and the logarithm of the sections, not with their product. Two sections that wait for
//! each other stay where they are; no client can have written that.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use smallvec::SmallVec;
use weft_protocol::validate::{DeleteRange, Id, Kind, Parent, Struct, Update};

use super::mirror::Mirror;

/// An item whose parent is alive and not a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BadParent {
    pub(super) parent: Id,
    pub(super) at: u32,
}

/// What of an update is new and can be applied.
#[derive(Debug)]
pub(super) struct Plan {
    /// Per section: indexes of its first struct taken and behind its last, in [`Update::structs`]. What is between
    /// them has no gap. Only the first may be known in part.
    pub(super) taken: SmallVec<[(u32, u32); 1]>,
    /// Deletes of known clocks that are not known to be deleted.
    pub(super) deletes: SmallVec<[DeleteRange; 2]>,
    /// Everything in the update is known or taken.
    pub(super) complete: bool,
    /// The bytes of the update say exactly what is new.
    pub(super) verbatim: bool,
}

impl Plan {
    pub(super) fn is_empty(&self) -> bool {
        self.deletes.is_empty() && self.taken.iter().all(|(first, end)| first == end)
    }
}

/// Decides about an update.
///
/// # Errors
/// [`BadParent`] if an item that could be taken is placed into something that is alive and not a type.
pub(super) fn resolve(update: &Update<'_>, mirror: &Mirror) -> Result<Plan, BadParent> {
    let mut resolver = Resolver::new(update, mirror);
    resolver.run()?;
    Ok(resolver.finish())
}

/// The place in one section.
struct Queue {
    /// Clock known before the update.
    known: u32,
    /// Clock known with what was taken.
    clock: u32,
    /// Next struct to look at.
    next: u32,
    end: u32,
    /// First struct taken, and behind the last.
    taken: (u32, u32),
}

struct Resolver<'u> {
    update: &'u Update<'u>,
    mirror: &'u Mirror,
    queues: SmallVec<[Queue; 1]>,
    runnable: SmallVec<[usize; 4]>,
    /// Per section: who waits for which of its clocks, lowest first. Empty until somebody waits.
    waiting: Vec<BinaryHeap<Reverse<(u32, usize)>>>,
}

/// What a struct has to wait for.
enum Missing {
    Nothing,
    /// Another section may bring this clock.
    Section(usize, u32),
    /// Nothing in this update brings it.
    Cause,
}

impl<'u> Resolver<'u> {
    fn new(update: &'u Update<'u>, mirror: &'u Mirror) -> Self {
        let queues = update.sections().iter().map(|section| {
            let known = mirror.clock(section.client);
            let taken = (section.end, section.end);
            Queue { known, clock: known, next: section.first, end: section.end, taken }
        });
        let queues: SmallVec<[Queue; 1]> = queues.collect();
        let runnable = (0..queues.len()).rev().collect();
        Self { update, mirror, queues, runnable, waiting: Vec::new() }
    }

    fn run(&mut self) -> Result<(), BadParent> {
        while let Some(section) = self.runnable.pop() {
            self.advance(section)?;
            self.wake(section);
        }
        Ok(())
    }

    /// Takes structs of one section until one has to wait.
    fn advance(&mut self, section: usize) -> Result<(), BadParent> {
        while self.queues[section].next < self.queues[section].end {
            let queue = &self.queues[section];
            let one = self.update.structs()[queue.next as usize];
            // A gap is passed over: what follows it is known, or has a clock that is too high.
            if one.kind != Kind::Skip && one.end() > queue.clock {
                if one.clock > queue.clock {
                    return Ok(());
                }
                match self.missing(&one)? {
                    Missing::Nothing => self.take(section, &one),
                    Missing::Cause => return Ok(()),
                    Missing::Section(other, clock) => {
                        self.wait(section, other, clock);
                        return Ok(());
                    }
                }
            }
            self.queues[section].next += 1;
        }
        Ok(())
    }

    fn take(&mut self, section: usize, one: &Struct) {
        let queue = &mut self.queues[section];
        if queue.taken.0 == queue.taken.1 {
            queue.taken.0 = queue.next;
        }
        queue.taken.1 = queue.next + 1;
        queue.clock = one.end();
    }

    fn missing(&self, one: &Struct) -> Result<Missing, BadParent> {
        let place = self.update.place(one);
        let parent = if let Parent::Item(id) = place.parent { Some(id) } else { None };
        for id in [place.origin, place.right_origin, parent].into_iter().flatten() {
            match self.update.section_of(id.client) {
                Some(other) if id.clock < self.queues[other].clock => {}
                Some(other) => return Ok(Missing::Section(other, id.clock)),
                None if id.clock < self.mirror.clock(id.client) => {}
                None => return Ok(Missing::Cause),
            }
        }
        match parent {
            Some(parent) if !self.may_have_children(parent) => Err(BadParent { parent, at: one.at }),
            _ => Ok(Missing::Nothing),
        }
    }

    /// As [`Mirror::may_have_children`], including the structs taken from this update. Its deletes do not count:
    /// they are applied after its structs.
    fn may_have_children(&self, id: Id) -> bool {
        match self.update.section_of(id.client) {
            Some(section) if id.clock >= self.queues[section].known => self
                .update
                .struct_at(&self.update.sections()[section], id.clock)
                .is_some_and(|one| matches!(one.kind, Kind::Type | Kind::Gc | Kind::Deleted)),
            _ => self.mirror.may_have_children(id),
        }
    }

    fn wait(&mut self, section: usize, other: usize, clock: u32) {
        if self.waiting.is_empty() {
            self.waiting.resize_with(self.queues.len(), BinaryHeap::new);
        }
        self.waiting[other].push(Reverse((clock, section)));
    }

    fn wake(&mut self, section: usize) {
        let Some(waiting) = self.waiting.get_mut(section) else { return };
        while let Some(Reverse((clock, waiter))) = waiting.peek().copied()
            && clock < self.queues[section].clock
        {
            waiting.pop();
            self.runnable.push(waiter);
        }
    }

    fn finish(self) -> Plan {
        let mut complete = self.queues.iter().all(|queue| queue.next == queue.end);
        let mut verbatim = self.update.is_canonical();
        for (section, queue) in self.update.sections().iter().zip(&self.queues) {
            verbatim &= queue.taken == (section.first, section.end);
        }
        let mut deletes = SmallVec::new();
        for range in self.update.deletes() {
            let clock = match self.update.section_of(range.client) {
                Some(section) => self.queues[section].clock,
                None => self.mirror.clock(range.client),
            };
            complete &= range.end() <= clock;
            let before = deletes.len();
            self.mirror.alive(range.client, range.clock, range.end().min(clock), |start, end| {
                deletes.push(DeleteRange { client: range.client, clock: start, len: end - start });
            });
            verbatim &= deletes.len() == before + 1 && deletes[before] == *range;
        }
        let taken = self.queues.iter().map(|queue| queue.taken).collect();
        Plan { taken, deletes, complete, verbatim: verbatim && complete }
    }
}
